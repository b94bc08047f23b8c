"""Elastic Load Balancing: application, network and gateway load balancers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import Batch, collector, described, listed

_REACHED = ("healthy", "initial", "unavailable")
"""States of targets that get traffic: `unavailable` are those whose health checks are off."""


@evidence
class Zone(Evidence):
    """A zone in which a load balancer stands."""

    zone: str = at("ZoneName")
    subnet_id: str = at("SubnetId")
    allocation_ids: tuple[str, ...] = at("LoadBalancerAddresses[].AllocationId")
    addresses: tuple[str, ...] = at("LoadBalancerAddresses[].IpAddress")


@evidence
class LoadBalancer(Resource):
    """A load balancer."""

    type_name: ClassVar = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    name_format: ClassVar = "{load_balancer_name}"
    arn: str = at("LoadBalancerArn")
    load_balancer_name: str = at("LoadBalancerName")
    dns_name: str = at("DNSName")
    kind: str = at("Type")
    """`application`, `network` or `gateway`."""
    scheme: str | None = at("Scheme")
    """`internet-facing` or `internal`; None for gateway load balancers."""
    state: str = at("State.Code")
    vpc_id: str = at("VpcId")
    created: datetime = at("CreatedTime")
    zones: tuple[Zone, ...] = at("AvailabilityZones")
    group_ids: tuple[str, ...] = at("SecurityGroups")
    ip_address_type: str = at("IpAddressType", absent="ipv4")
    filters_endpoints: bool = at(
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", absent=True, parse=lambda raw: raw != "off"
    )
    """Whether its security groups filter what comes by PrivateLink, as they do unless it says `off` (user guide)."""

    @property
    def is_application(self) -> bool:
        """Whether it understands HTTP."""
        return self.kind == "application"

    @property
    def is_network(self) -> bool:
        """Whether it passes on connections as they are."""
        return self.kind == "network"

    @property
    def is_gateway(self) -> bool:
        """Whether it stands before appliances."""
        return self.kind == "gateway"

    @property
    def is_internet_facing(self) -> bool:
        """Whether its addresses are public."""
        return self.scheme == "internet-facing"

    @property
    def is_active(self) -> bool:
        """Whether it takes traffic."""
        return self.state in ("active", "active_impaired")

    @property
    def subnet_ids(self) -> tuple[str, ...]:
        """The subnets in which it stands."""
        return tuple(zone.subnet_id for zone in self.zones)

    @property
    def has_public_ipv4(self) -> bool:
        """Whether it has public IPv4 addresses."""
        return self.is_internet_facing and self.ip_address_type != "dualstack-without-public-ipv4"

    @property
    def has_public_ipv6(self) -> bool:
        """Whether it has public IPv6 addresses."""
        return self.is_internet_facing and self.ip_address_type.startswith("dualstack")

    @property
    def dimension(self) -> str:
        """How CloudWatch names it: `app/shop/50dc6c495c0c9188`."""
        return self.arn.partition(":loadbalancer/")[2]


load_balancers = listed(LoadBalancer, call("elbv2", "DescribeLoadBalancers", page=400), "LoadBalancers[]")


@evidence
class LoadBalancerAttributes(Evidence):
    """The attributes of a load balancer, by AWS's names."""

    values: Mapping[str, str] = at("Attributes")

    def is_on(self, name: str) -> bool | None:
        """Whether an attribute is true; None where this kind of load balancer has no such attribute."""
        return _is_on(self.values, name)

    @property
    def access_log_bucket(self) -> str | None:
        """The bucket of its access logs; None where they are off."""
        on = self.is_on("access_logs.s3.enabled")
        return self.values.get("access_logs.s3.bucket") or None if on else None

    @property
    def cross_zone(self) -> bool | None:
        """Whether each zone sends to the targets of all."""
        return self.is_on("load_balancing.cross_zone.enabled")

    @property
    def deletion_protection(self) -> bool | None:
        """Whether it cannot be deleted before this is turned off."""
        return self.is_on("deletion_protection.enabled")

    @property
    def zonal_shift(self) -> bool | None:
        """Whether a zone can be taken out by Application Recovery Controller."""
        return self.is_on("zonal_shift.config.enabled")


def _is_on(values: Mapping[str, str], name: str) -> bool | None:
    return None if name not in values else values[name] == "true"


load_balancer_attributes = described(
    LoadBalancerAttributes,
    call("elbv2", "DescribeLoadBalancerAttributes", absent="LoadBalancerNotFound"),
    of=LoadBalancer,
    LoadBalancerArn="arn",
)


_LISTENER = re.compile(r"^(arn:aws[a-z-]*:elasticloadbalancing:[^:]+:\d+:)listener(/(?:app|net)/[^/]+/[^/]+)/")


def balancer_of(listener: str) -> str:
    """The ARN of the load balancer in the ARN of a listener of it; empty where it is none."""
    found = _LISTENER.match(listener)
    return f"{found[1]}loadbalancer{found[2]}" if found else ""


@evidence
class WeightedTargetGroup(Evidence):
    """One of the target groups of a forward action."""

    arn: str = at("TargetGroupArn")
    weight: int | None = at("Weight")


@evidence
class Action(Evidence):
    """What a listener or rule does with a request."""

    kind: str = at("Type")
    """`forward`, `redirect`, `fixed-response`, `authenticate-oidc`, `authenticate-cognito` or `jwt-validation`."""
    target_group_arn: str | None = at("TargetGroupArn")
    weighted: tuple[WeightedTargetGroup, ...] = at("ForwardConfig.TargetGroups")
    redirect_protocol: str | None = at("RedirectConfig.Protocol")
    redirect_status: str | None = at("RedirectConfig.StatusCode")
    fixed_status: str | None = at("FixedResponseConfig.StatusCode")

    @property
    def forwards(self) -> bool:
        """Whether requests go on to targets."""
        return self.kind == "forward"

    @property
    def authenticates(self) -> bool:
        """Whether the caller's identity is checked here."""
        return self.kind in ("authenticate-oidc", "authenticate-cognito", "jwt-validation")

    @property
    def redirects_to_https(self) -> bool:
        """Whether it sends callers to HTTPS."""
        return self.kind == "redirect" and self.redirect_protocol == "HTTPS"

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that it forwards to."""
        own = (self.target_group_arn,) if self.target_group_arn else ()
        return tuple(dict.fromkeys((*own, *(one.arn for one in self.weighted))))


def _forwarded(actions: tuple[Action, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(arn for action in actions for arn in action.target_group_arns))


@evidence
class Listener(Resource):
    """A port on which a load balancer takes connections."""

    type_name: ClassVar = "AWS::ElasticLoadBalancingV2::Listener"
    name_format: ClassVar = "{load_balancer_name}:{port}"
    arn: str = at("ListenerArn")
    load_balancer_arn: str = at("LoadBalancerArn")
    port: int | None = at("Port")
    """None for the one listener of a gateway load balancer."""
    protocol: str | None = at("Protocol")
    """None for the one listener of a gateway load balancer."""
    ssl_policy: str | None = at("SslPolicy")
    certificate_arns: tuple[str, ...] = at("Certificates[].CertificateArn")
    default_actions: tuple[Action, ...] = at("DefaultActions")
    mutual_tls: str = at("MutualAuthentication.Mode", absent="off")
    """`off`, `passthrough` or `verify`; off where the listener takes no TLS."""
    trust_store_arn: str | None = at("MutualAuthentication.TrustStoreArn")
    ignores_client_expiry: bool = at("MutualAuthentication.IgnoreClientCertificateExpiry", absent=False)
    trust_store_state: str | None = at("MutualAuthentication.TrustStoreAssociationStatus")

    @property
    def load_balancer_name(self) -> str:
        """The name in the load balancer's ARN: `loadbalancer/app/NAME/ID`."""
        return self.load_balancer_arn.split("/")[-2]

    @property
    def is_http(self) -> bool:
        """Whether it speaks HTTP, with or without TLS."""
        return self.protocol in ("HTTP", "HTTPS")

    @property
    def is_tls(self) -> bool:
        """Whether TLS ends here."""
        return self.protocol in ("HTTPS", "TLS")

    @property
    def transports(self) -> tuple[str, ...]:
        """The protocols of the packets that it takes: `tcp`, `udp` or both."""
        by_protocol = {"UDP": ("udp",), "QUIC": ("udp",), "TCP_UDP": ("tcp", "udp"), "TCP_QUIC": ("tcp", "udp")}
        return () if self.port is None else by_protocol.get(self.protocol or "", ("tcp",))

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that its default actions forward to."""
        return _forwarded(self.default_actions)

    @property
    def authenticates(self) -> bool:
        """Whether its default actions check the caller's identity."""
        return any(action.authenticates for action in self.default_actions)

    @property
    def redirects_to_https(self) -> bool:
        """Whether its default action sends callers to HTTPS."""
        return any(action.redirects_to_https for action in self.default_actions)


listeners = listed(
    Listener,
    call("elbv2", "DescribeListeners", page=400, absent="LoadBalancerNotFound"),
    "Listeners[]",
    of=LoadBalancer,
    LoadBalancerArn="arn",
)


@evidence
class Condition(Evidence):
    """What a request must have for a rule to fit."""

    field: str = at("Field")
    """`host-header`, `path-pattern`, `http-header`, `query-string`, `http-request-method` or `source-ip`."""
    plain_values: tuple[str, ...] = at("Values")
    hosts: tuple[str, ...] = at("HostHeaderConfig.Values")
    paths: tuple[str, ...] = at("PathPatternConfig.Values")
    header: str | None = at("HttpHeaderConfig.HttpHeaderName")
    header_values: tuple[str, ...] = at("HttpHeaderConfig.Values")
    methods: tuple[str, ...] = at("HttpRequestMethodConfig.Values")
    source_ips: tuple[str, ...] = at("SourceIpConfig.Values")


@evidence
class ListenerRule(Resource):
    """A rule of an application load balancer's listener."""

    type_name: ClassVar = "AWS::ElasticLoadBalancingV2::ListenerRule"
    arn: str = at("RuleArn")
    priority: str = at("Priority")
    """A number, or `default` for the listener's default actions."""
    is_default: bool = at("IsDefault")
    conditions: tuple[Condition, ...] = at("Conditions")
    actions: tuple[Action, ...] = at("Actions")

    @property
    def forwards(self) -> bool:
        """Whether requests go on to targets."""
        return any(action.forwards for action in self.actions)

    @property
    def redirects_to_https(self) -> bool:
        """Whether it sends callers to HTTPS."""
        return any(action.redirects_to_https for action in self.actions)

    @property
    def answers_itself(self) -> bool:
        """Whether it gives a fixed response."""
        return any(action.kind == "fixed-response" for action in self.actions)

    @property
    def authenticates(self) -> bool:
        """Whether it checks the caller's identity."""
        return any(action.authenticates for action in self.actions)

    @property
    def target_group_arns(self) -> tuple[str, ...]:
        """The target groups that it forwards to."""
        return _forwarded(self.actions)

    @property
    def paths(self) -> tuple[str, ...]:
        """The path patterns that it takes."""
        plain = (value for one in self.conditions if one.field == "path-pattern" for value in one.plain_values)
        return tuple(dict.fromkeys((*(path for one in self.conditions for path in one.paths), *plain)))

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the headers that it demands, in lower case."""
        return tuple(one.header.lower() for one in self.conditions if one.header)


@collector(call("elbv2", "DescribeRules", page=400, absent="ListenerNotFound"))
def listener_rules(aws: Aws, listener: Listener) -> Iterator[ListenerRule]:
    """The rules; only application load balancers have more than a default, so that no other is asked."""
    if listener.is_http:
        for page in aws.pages("DescribeRules", ListenerArn=listener.arn):
            for raw in page.get("Rules", ()):
                yield aws.parse(ListenerRule, raw)


@evidence
class TargetGroup(Resource):
    """Targets that take a load balancer's traffic."""

    type_name: ClassVar = "AWS::ElasticLoadBalancingV2::TargetGroup"
    name_format: ClassVar = "{target_group_name}"
    arn: str = at("TargetGroupArn")
    target_group_name: str = at("TargetGroupName")
    target_type: str = at("TargetType", absent="instance")
    """`instance` (the default), `ip`, `lambda` or `alb`."""
    protocol: str | None = at("Protocol")
    """None for Lambda functions."""
    protocol_version: str | None = at("ProtocolVersion")
    port: int | None = at("Port")
    vpc_id: str | None = at("VpcId")
    ip_address_type: str = at("IpAddressType", absent="ipv4")
    load_balancer_arns: tuple[str, ...] = at("LoadBalancerArns")
    health_check_enabled: bool = at("HealthCheckEnabled", absent=True)
    health_check_protocol: str | None = at("HealthCheckProtocol")
    health_check_port: str | None = at("HealthCheckPort")
    """A number or `traffic-port`."""
    health_check_path: str | None = at("HealthCheckPath")
    health_check_interval: int = at("HealthCheckIntervalSeconds")
    health_check_timeout: int = at("HealthCheckTimeoutSeconds")
    healthy_threshold: int = at("HealthyThresholdCount")
    unhealthy_threshold: int = at("UnhealthyThresholdCount")
    matcher: str | None = at("Matcher.HttpCode")

    @property
    def is_in_use(self) -> bool:
        """Whether a load balancer forwards to it."""
        return bool(self.load_balancer_arns)

    @property
    def dimension(self) -> str:
        """How CloudWatch names it: `targetgroup/shop/73e2d6bc24d8a067`."""
        return self.arn.rpartition(":")[2]

    @property
    def balancer_dimension(self) -> str:
        """How CloudWatch names its load balancer; `-` where it has none, as a dimension cannot be empty."""
        return next((arn.partition(":loadbalancer/")[2] for arn in self.load_balancer_arns), "") or "-"


target_groups = listed(TargetGroup, call("elbv2", "DescribeTargetGroups", page=400), "TargetGroups[]")


@evidence
class TargetGroupAttributes(Evidence):
    """The attributes of a target group, by AWS's names."""

    values: Mapping[str, str] = at("Attributes")

    def is_on(self, name: str) -> bool | None:
        """Whether an attribute is true; None where this kind of target group has no such attribute."""
        return _is_on(self.values, name)

    @property
    def keeps_client_address(self) -> bool | None:
        """Whether targets see the client's address; None where the attribute is not told."""
        return self.is_on("preserve_client_ip.enabled")

    @property
    def stickiness(self) -> str | None:
        """The kind of stickiness (`lb_cookie`, `app_cookie`, `source_ip`, ...); None where it is off."""
        return self.values.get("stickiness.type", "lb_cookie") if self.is_on("stickiness.enabled") else None

    @property
    def cross_zone(self) -> str | None:
        """`true`, `false` or `use_load_balancer_configuration`."""
        return self.values.get("load_balancing.cross_zone.enabled")


target_group_attributes = described(
    TargetGroupAttributes,
    call("elbv2", "DescribeTargetGroupAttributes", absent="TargetGroupNotFound"),
    of=TargetGroup,
    TargetGroupArn="arn",
)


@evidence
class Target(Evidence):
    """A registered target and how it does."""

    id: str = at("Target.Id")
    """An instance id, an address, or the ARN of a function or load balancer."""
    port: int | None = at("Target.Port")
    zone: str | None = at("Target.AvailabilityZone")
    state: str = at("TargetHealth.State")
    reason: str | None = at("TargetHealth.Reason")

    @property
    def is_healthy(self) -> bool:
        """Whether its health checks succeed."""
        return self.state == "healthy"

    @property
    def takes_traffic(self) -> bool:
        """Whether requests are sent to it."""
        return self.state in _REACHED


@evidence
class TargetHealth(Evidence):
    """The registered targets of a target group."""

    targets: tuple[Target, ...] = at("TargetHealthDescriptions")

    @property
    def healthy(self) -> tuple[Target, ...]:
        """Those whose health checks succeed."""
        return tuple(target for target in self.targets if target.is_healthy)


target_health = described(
    TargetHealth,
    call("elbv2", "DescribeTargetHealth", absent="TargetGroupNotFound"),
    of=TargetGroup,
    TargetGroupArn="arn",
)


@evidence
class LoadBalancerTags(Evidence):
    """The tags of a load balancer, for whoever wants those of all (a check takes `Tags`)."""

    values: Mapping[str, str] = at("Tags")


@collector(call("elbv2", "DescribeTags"), batch=20)
def load_balancer_tags(aws: Aws, balancers: Batch[LoadBalancer]) -> Mapping[str, LoadBalancerTags]:
    """By ARN, 20 to a call."""
    answer = aws("DescribeTags", ResourceArns=[one.arn for one in balancers])
    return {one["ResourceArn"]: aws.parse(LoadBalancerTags, one) for one in answer.get("TagDescriptions", ())}


@evidence
class SslPolicy(Evidence):
    """What a named security policy of listeners accepts."""

    policy: str = at("Name")
    protocols: tuple[str, ...] = at("SslProtocols")
    """For example `TLSv1.2`."""
    ciphers: tuple[str, ...] = at("Ciphers[].Name")


@evidence
class SslPolicies(Evidence):
    """The security policies of a region."""

    policies: tuple[SslPolicy, ...] = at("SslPolicies")

    def named(self, name: str) -> SslPolicy | None:
        """The policy of this name; None where AWS has no such policy."""
        return next((one for one in self.policies if one.policy == name), None)


@collector(call("elbv2", "DescribeSSLPolicies", page=400))
def ssl_policies(aws: Aws, _region: Region) -> SslPolicies:
    """All of them: about forty, the same in most regions."""
    pages = aws.pages("DescribeSSLPolicies")
    return aws.parse(SslPolicies, {"SslPolicies": [one for page in pages for one in page.get("SslPolicies", ())]})
