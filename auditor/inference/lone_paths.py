"""What leads to one instance alone: a target group, a name, or a route."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from auditor.every import Every
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import RouteTable
from auditor.evidence.elbv2 import TargetGroup, TargetHealth
from auditor.evidence.route53 import RecordSet
from auditor.wiring import inference

Key = tuple[str, str]
"""A region, and an instance, an address or an interface in it."""

_LEADING = frozenset({"A", "AAAA", "CNAME"})
"""The types of records whose values are addresses, or names of hosts."""


class LonePaths:
    """The paths of all instances, found once."""

    def __init__(
        self,
        groups: Mapping[Key, Mapping[str, int]],
        hosts: Mapping[str, Sequence[tuple[str, frozenset[str]]]],
        tables: Mapping[Key, Sequence[str]],
    ) -> None:
        self._groups = groups
        self._hosts = hosts
        self._tables = tables

    def fellows(self, instance: Instance) -> Mapping[str, int]:
        """How many other targets there are in each target group in use that the instance is a target of."""
        own = (instance.id, instance.private_ip)
        return {name: n for one in own if one for name, n in self._groups.get((instance.region, one), {}).items()}

    def told(self, instance: Instance) -> Iterator[str]:
        """Each path that leads to the instance alone, in words."""
        for name, others in sorted(self.fellows(instance).items()):
            if not others:
                yield f"it is the only target of {name}"
        addresses = {one for one in (instance.public_ip, instance.private_ip, instance.public_dns) if one}
        named = {host for one in addresses for host, values in self._hosts.get(one, ()) if values <= addresses}
        for host in sorted(named):
            yield f"{host} leads to it alone"
        through = (instance.id, *instance.network_interfaces)
        for table in sorted({name for one in through for name in self._tables.get((instance.region, one), ())}):
            yield f"routes of {table} lead through it"


@inference
def lone_paths(
    groups: Every[TargetGroup], healths: Every[TargetHealth], records: Every[RecordSet], tables: Every[RouteTable]
) -> LonePaths:
    """By registered targets, healthy or not; by records of simple routing; by routes to an instance or interface."""
    members: dict[Key, dict[str, int]] = defaultdict(dict)
    for group in groups:
        if group.is_in_use and group.target_type in ("instance", "ip"):
            targets = {one.id for health in healths.of(group) for one in health.targets}
            for one in targets:
                members[group.region, one][group.target_group_name] = len(targets) - 1
    hosts: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
    for record in records:
        if record.type in _LEADING and record.routing == "simple":
            values = frozenset(record.values)
            for value in values:
                hosts[value].append((record.host, values))
    through: dict[Key, list[str]] = defaultdict(list)
    for table in tables:
        for name in {one for route in table.routes for one in (route.instance_id, route.interface_id) if one}:
            through[table.region, name].append(table.id)
    return LonePaths(members, hosts, through)
