"""What Global Accelerator opens to the internet: the ports of load balancers and instances without public addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.every import Every
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup, AcceleratorListener
from auditor.inference.network import Interfaces
from auditor.inference.traffic import IPV4, PUBLIC, Ranges, Traffic, together

_MANAGED = "global_accelerator_managed"
"""The interfaces that Global Accelerator makes in a VPC, where endpoints see the client's address."""


@dataclass(frozen=True, slots=True)
class Door:
    """The ports of an endpoint that an accelerator leads to."""

    accelerator: Accelerator
    protocol: str
    """`tcp` or `udp`."""
    ports: Ranges

    @property
    def traffic(self) -> Traffic:
        """What comes through: every client of the internet, under its own address."""
        return together(Traffic.of(first, last, PUBLIC[IPV4]) for first, last in self.ports.intervals)


class Accelerators:
    """The accelerators of the account, by their endpoints."""

    def __init__(self, interfaces: Interfaces, groups: Every[AcceleratorEndpointGroup]) -> None:
        self._interfaces = interfaces
        self._groups = groups
        self._doors: dict[str, Mapping[str, tuple[Door, ...]]] = {}

    def doors(self, region: str) -> Mapping[str, tuple[Door, ...]]:
        """The doors of a region by endpoint: the ARN of a load balancer, or the id of an instance.

        Without an interface of Global Accelerator there is none: endpoints that do not see the client's address have
        public ones of their own, by which they are reached anyway.
        """
        if region not in self._doors:
            managed = any(one.interface_type == _MANAGED for one in self._interfaces.within(region))
            self._doors[region] = self._made(region) if managed else {}
        return self._doors[region]

    def groups_in(self, vpc_id: str, region: str) -> frozenset[str]:
        """The security groups that Global Accelerator made in a VPC, which rules may name as a source."""
        own = (one for one in self._interfaces.of_vpc(vpc_id, region) if one.interface_type == _MANAGED)
        return frozenset(group for one in own for group in one.group_ids)

    def _made(self, region: str) -> Mapping[str, tuple[Door, ...]]:
        found: dict[str, list[Door]] = defaultdict(list)
        for group in self._groups:
            if group.serving_region == region and group.enclosing(Accelerator).enabled and group.traffic_percent > 0:
                for endpoint, door in _opened(group):
                    found[endpoint].append(door)
        return {endpoint: tuple(doors) for endpoint, doors in found.items()}


def _opened(group: AcceleratorEndpointGroup) -> Iterator[tuple[str, Door]]:
    """The endpoints of a group that get traffic under the client's address, with the ports that are opened."""
    listener = group.enclosing(AcceleratorListener)
    moved = Ranges.joined((one.listener_port, one.listener_port) for one in group.port_overrides)
    kept = Ranges.joined((one.first, one.last) for one in listener.port_ranges) - moved
    ports = kept | Ranges.joined((one.endpoint_port, one.endpoint_port) for one in group.port_overrides)
    door = Door(group.enclosing(Accelerator), listener.protocol.lower(), ports)
    yield from ((one.id, door) for one in group.endpoints if one.weight > 0 and one.keeps_client_address)
