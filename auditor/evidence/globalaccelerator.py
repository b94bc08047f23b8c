"""AWS Global Accelerator: accelerators, their listeners and endpoint groups."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import listed


@evidence
class Accelerator(Resource):
    """A standard accelerator."""

    type_name: ClassVar = "AWS::GlobalAccelerator::Accelerator"
    arn: str = at("AcceleratorArn")
    enabled: bool = at("Enabled")
    dns_name: str = at("DnsName")
    status: str = at("Status")


accelerators = listed(
    Accelerator, call("globalaccelerator", "ListAccelerators", page=100), "Accelerators[]", of=Account
)


@evidence
class PortRange(Evidence):
    """Neighboring ports of a listener."""

    first: int = at("FromPort")
    last: int = at("ToPort")


@evidence
class AcceleratorListener(Resource):
    """A listener of an accelerator."""

    type_name: ClassVar = "AWS::GlobalAccelerator::Listener"
    arn: str = at("ListenerArn")
    protocol: str = at("Protocol")
    """`TCP` or `UDP`."""
    port_ranges: tuple[PortRange, ...] = at("PortRanges")


accelerator_listeners = listed(
    AcceleratorListener,
    call("globalaccelerator", "ListListeners", page=100),
    "Listeners[]",
    of=Accelerator,
    AcceleratorArn="arn",
)


@evidence
class AcceleratorEndpoint(Evidence):
    """Where an endpoint group sends traffic."""

    id: str = at("EndpointId")
    """The ARN of a load balancer, or the id of an instance or Elastic IP."""
    weight: int = at("Weight", absent=128)
    """128 where none was set (Global Accelerator API reference, EndpointConfiguration)."""
    health: str = at("HealthState")
    keeps_client_address: bool = at("ClientIPPreservationEnabled")
    """Whether it sees the client's address; Global Accelerator then has an interface in its VPC."""


@evidence
class PortOverride(Evidence):
    """A port of a listener that leads to another one of the endpoints."""

    listener_port: int = at("ListenerPort")
    endpoint_port: int = at("EndpointPort")


@evidence
class AcceleratorEndpointGroup(Resource):
    """The endpoints of a listener in one region."""

    type_name: ClassVar = "AWS::GlobalAccelerator::EndpointGroup"
    arn: str = at("EndpointGroupArn")
    serving_region: str = at("EndpointGroupRegion")
    endpoints: tuple[AcceleratorEndpoint, ...] = at("EndpointDescriptions")
    port_overrides: tuple[PortOverride, ...] = at("PortOverrides")
    traffic_percent: float = at("TrafficDialPercentage", absent=100.0)
    interval_seconds: int = at("HealthCheckIntervalSeconds", absent=30)
    failures: int = at("ThresholdCount", absent=3)
    """Dial, interval and threshold: defaults of the Global Accelerator API reference, CreateEndpointGroup."""

    @property
    def receives(self) -> bool:
        """Whether it gets traffic: the dial is up, and an endpoint has a weight."""
        return self.traffic_percent > 0 and any(one.weight > 0 for one in self.endpoints)


accelerator_endpoint_groups = listed(
    AcceleratorEndpointGroup,
    call("globalaccelerator", "ListEndpointGroups", page=100),
    "EndpointGroups[]",
    of=AcceleratorListener,
    ListenerArn="arn",
)
