"""Load balancers as the internet and their targets see them: listeners, the groups behind them, who takes traffic."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.every import Every
from auditor.evidence.elb import ClassicLoadBalancer
from auditor.evidence.elbv2 import (
    Listener,
    ListenerRule,
    LoadBalancer,
    Target,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
)
from auditor.inference.network import grouped
from auditor.inference.traffic import IPV6


class Balancers:
    """Load balancers with what belongs to them; a region is read when it is asked about."""

    def __init__(
        self,
        balancers: Every[LoadBalancer],
        listeners: Every[Listener],
        rules: Every[ListenerRule],
        groups: Every[TargetGroup],
        attributes: Every[TargetGroupAttributes],
        health: Every[TargetHealth],
        classic: Every[ClassicLoadBalancer],
    ) -> None:
        self._balancers = balancers
        self._classic = classic
        self._listeners = listeners
        self._rules = rules
        self._groups = groups
        self._attributes = attributes
        self._health = health
        self._by_dimension: dict[str, Mapping[str, LoadBalancer]] = {}
        self._by_balancer: dict[str, Mapping[str, tuple[TargetGroup, ...]]] = {}
        self._by_group: dict[str, Mapping[str, tuple[LoadBalancer, ...]]] = {}

    def within(self, region: str) -> tuple[LoadBalancer, ...]:
        """Those of a region."""
        return self._balancers.within(region)

    def classic_within(self, region: str) -> tuple[ClassicLoadBalancer, ...]:
        """Classic Load Balancers of a region that face the internet, in a VPC."""
        return tuple(one for one in self._classic.within(region) if one.is_internet_facing and one.subnet_ids)

    def of_group(self, group_id: str, region: str) -> tuple[LoadBalancer, ...]:
        """Those that a security group is attached to."""
        if region not in self._by_group:
            self._by_group[region] = grouped(self.within(region), lambda one: one.group_ids)
        return self._by_group[region].get(group_id, ())

    def by_dimension(self, dimension: str, region: str) -> LoadBalancer | None:
        """By the last part of the ARN, as interfaces and metrics name it."""
        if region not in self._by_dimension:
            self._by_dimension[region] = {one.dimension: one for one in self.within(region)}
        return self._by_dimension[region].get(dimension)

    def listeners_of(self, balancer: LoadBalancer) -> tuple[Listener, ...]:
        """A load balancer's listeners."""
        return self._listeners.of(balancer)

    def groups_of(self, balancer: LoadBalancer, listener: Listener) -> tuple[TargetGroup, ...]:
        """The target groups behind a listener: those of its default actions and of its rules."""
        if balancer.region not in self._by_balancer:
            groups = self._groups.within(balancer.region)
            self._by_balancer[balancer.region] = grouped(groups, lambda one: one.load_balancer_arns)
        own = {*listener.target_group_arns, *(arn for one in self._rules.of(listener) for arn in one.target_group_arns)}
        behind = self._by_balancer[balancer.region].get(balancer.arn, ())
        return tuple(one for one in behind if one.arn in own)

    def reached_targets(self, group: TargetGroup) -> tuple[Target, ...]:
        """The targets of a group that get traffic."""
        if group.target_type == "lambda":
            return ()
        return tuple(target for health in self._health.of(group) for target in health.targets if target.takes_traffic)

    def keeps_client(self, balancer: LoadBalancer, group: TargetGroup, family: int) -> bool:
        """Whether targets see the client's address and not the load balancer's."""
        if not balancer.is_network or (family == IPV6) != (group.ip_address_type == "ipv6"):
            return False
        told = next((one.keeps_client_address for one in self._attributes.of(group)), None)
        if told is not None:
            return told
        return group.target_type == "instance" or group.protocol in ("UDP", "TCP_UDP", "QUIC", "TCP_QUIC")
