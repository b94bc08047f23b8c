"""What stands in Local Zones, and whether the same stands in the region itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import Subnet
from auditor.evidence.ec2_zones import LocalZone
from auditor.evidence.elbv2 import LoadBalancer, LoadBalancerTags
from auditor.wiring import inference


class LocalZones:
    """The Local Zones that the account uses; a region is read when it is asked about."""

    def __init__(self, zones: Every[LocalZone], subnets: Every[Subnet]) -> None:
        self._zones = zones
        self._subnets = subnets
        self._by_zone: dict[str, Mapping[str, LocalZone]] = {}
        self._by_subnet: dict[str, Mapping[str, str]] = {}

    def named(self, zone: str | None, region: str) -> LocalZone | None:
        """The Local Zone of a name; None where it is a zone of another kind."""
        if region not in self._by_zone:
            self._by_zone[region] = {one.zone: one for one in self._zones.within(region) if one.is_local}
        return self._by_zone[region].get(zone or "")

    def of(self, subnet: Subnet) -> LocalZone | None:
        """The Local Zone that a subnet is in."""
        return self.named(subnet.zone, subnet.region)

    def is_in_region(self, subnet_id: str, region: str) -> bool:
        """Whether a subnet is in an Availability Zone of the region."""
        if region not in self._by_subnet:
            self._by_subnet[region] = {one.id: one.zone for one in self._subnets.within(region)}
        zone = self._by_subnet[region].get(subnet_id)
        return zone is not None and self.named(zone, region) is None


@inference
def local_zones(zones: Every[LocalZone], subnets: Every[Subnet]) -> LocalZones:
    """The Local Zones and the zones of subnets."""
    return LocalZones(zones, subnets)


@dataclass(frozen=True, slots=True)
class Placed:
    """An instance, Auto Scaling group or load balancer, and where it stands."""

    what: str
    """`instance i-1`, `group web`, `load balancer shop`."""
    labels: frozenset[str]
    """By which it is told that another one does the same."""
    subnets: tuple[str, ...]


_LABELS = ("name", "service", "aws:autoscaling:groupname")


def _labels(tags: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{key.lower()}={value.lower()}" for key, value in tags.items() if key.lower() in _LABELS)


class Placements:
    """What takes traffic, by region; a region is read when it is asked about."""

    def __init__(
        self,
        instances: Every[Instance],
        groups: Every[AutoScalingGroup],
        balancers: Every[LoadBalancer],
        tags: Every[LoadBalancerTags],
    ) -> None:
        self._instances = instances
        self._groups = groups
        self._balancers = balancers
        self._tags = tags
        self._made: dict[str, tuple[Placed, ...]] = {}

    def within(self, region: str) -> tuple[Placed, ...]:
        """Everything in a region; the instances of a group stand for themselves no more."""
        if region not in self._made:
            self._made[region] = tuple(self._placed(region))
        return self._made[region]

    def _placed(self, region: str) -> Iterator[Placed]:
        for one in self._instances.within(region):
            if one.subnet and "aws:autoscaling:groupName" not in one.tags:
                yield Placed(f"instance {one.id}", _labels(one.tags), (one.subnet,))
        for group in self._groups.within(region):
            yield Placed(f"group {group.group_name}", _labels(group.tags), group.subnets)
        for balancer in self._balancers.within(region):
            tags = {key: value for one in self._tags.of(balancer) for key, value in one.values.items()}
            labels = _labels({"Name": balancer.load_balancer_name, **tags})
            yield Placed(f"load balancer {balancer.load_balancer_name}", labels, balancer.subnet_ids)


def counterparts(placed: Placed, others: Iterable[Placed]) -> Iterator[Placed]:
    """Those that do the same as one."""
    return (one for one in others if one is not placed and one.labels & placed.labels)


@inference
def placements(
    instances: Every[Instance],
    groups: Every[AutoScalingGroup],
    balancers: Every[LoadBalancer],
    tags: Every[LoadBalancerTags],
) -> Placements:
    """Instances, Auto Scaling groups and load balancers."""
    return Placements(instances, groups, balancers, tags)
