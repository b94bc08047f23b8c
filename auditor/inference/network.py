"""Who is connected where: the interfaces of groups and subnets, and the way out of a subnet."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import TypeVar

from auditor.every import Every
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import (
    NatGateway,
    NetworkInterface,
    RouteTable,
    SecurityGroup,
    Subnet,
    VpcEndpoint,
)
from auditor.wiring import inference

T = TypeVar("T")
Index = Mapping[str, tuple[T, ...]]
Position = tuple[int, int]
"""Where an address stands among all: its family and number."""


def grouped(items: Iterable[T], keys: Callable[[T], Iterable[str]]) -> Index[T]:
    """Items by each of their keys."""
    found: dict[str, list[T]] = defaultdict(list)
    for item in items:
        for key in keys(item):
            found[key].append(item)
    return {key: tuple(members) for key, members in found.items()}


class Interfaces:
    """The network interfaces that are in use, by what they belong to; a region is read when it is asked about."""

    def __init__(
        self, interfaces: Every[NetworkInterface], gateways: Every[NatGateway], endpoints: Every[VpcEndpoint]
    ) -> None:
        self._interfaces = interfaces
        self._gateways = gateways
        self._endpoints = endpoints
        self._made: dict[tuple[str, str], Index[NetworkInterface]] = {}
        self._owners: dict[str, Mapping[str, str]] = {}
        self._tiers: dict[NetworkInterface, str | None] = {}
        self._sorted: dict[tuple[str, str], list[tuple[Position, NetworkInterface]]] = {}
        self._inside: dict[tuple[str, str, str], tuple[NetworkInterface, ...]] = {}

    def within(self, region: str) -> tuple[NetworkInterface, ...]:
        """Those of a region that are attached to something."""
        return self._index("all", region, lambda _: ("",)).get("", ())

    def of_group(self, group: SecurityGroup) -> tuple[NetworkInterface, ...]:
        """Those that a security group is attached to."""
        return self._index("group", group.region, lambda one: one.group_ids).get(group.id, ())

    def of_group_id(self, group_id: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those that a security group is attached to, by its id."""
        return self._index("group", region, lambda one: one.group_ids).get(group_id, ())

    def of_subnet(self, subnet: Subnet) -> tuple[NetworkInterface, ...]:
        """Those of a subnet."""
        return self._index("subnet", subnet.region, lambda one: (one.subnet_id,)).get(subnet.id, ())

    def of_vpc(self, vpc_id: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those of a VPC."""
        return self._index("vpc", region, lambda one: (one.vpc_id,)).get(vpc_id, ())

    def of_instance(self, instance_id: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those of an instance."""
        found = self._index("instance", region, lambda one: (one.instance_id,) if one.instance_id else ())
        return found.get(instance_id, ())

    def at_private_address(self, address: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those that have a private address; several VPCs may use one."""
        return self._index("private", region, _private).get(address, ())

    def at_public_address(self, address: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those that a public address leads to."""
        return self._index("public", region, _public).get(address, ())

    def in_range(self, cidr: str, vpc_id: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those of a VPC that have a private address in a block; other VPCs may use the same addresses."""
        key = (cidr, vpc_id, region)
        if key not in self._inside:
            block = ip_network(cidr, strict=False)
            first: Position = (block.version, int(block.network_address))
            last: Position = (block.version, int(block.broadcast_address))
            known = self._in_order(vpc_id, region)
            start, end = bisect_left(known, first, key=_position), bisect_right(known, last, key=_position)
            self._inside[key] = tuple(dict.fromkeys(item for _, item in known[start:end]))
        return self._inside[key]

    def _in_order(self, vpc_id: str, region: str) -> list[tuple[Position, NetworkInterface]]:
        if (vpc_id, region) not in self._sorted:
            parsed = ((ip_address(one), item) for item in self.of_vpc(vpc_id, region) for one in _private(item))
            found = (((address.version, int(address)), item) for address, item in parsed)
            self._sorted[vpc_id, region] = sorted(found, key=_position)
        return self._sorted[vpc_id, region]

    def tier(self, interface: NetworkInterface) -> str | None:
        """What an interface is part of, by its own words, or else by the NAT gateway or endpoint that has it."""
        if interface not in self._tiers:
            self._tiers[interface] = interface.tier or self._owner(interface)
        return self._tiers[interface]

    def _owner(self, interface: NetworkInterface) -> str | None:
        region = interface.region
        if region not in self._owners:
            gateways = {one: "management" for gateway in self._gateways.within(region) for one in gateway.interface_ids}
            endpoints = {
                one: "endpoint" for endpoint in self._endpoints.within(region) for one in endpoint.interface_ids
            }
            self._owners[region] = gateways | endpoints
        return self._owners[region].get(interface.id)

    def _index(
        self, name: str, region: str, keys: Callable[[NetworkInterface], Iterable[str]]
    ) -> Index[NetworkInterface]:
        if (name, region) not in self._made:
            in_use = (one for one in self._interfaces.within(region) if one.is_in_use)
            self._made[name, region] = grouped(in_use, keys)
        return self._made[name, region]


def _position(entry: tuple[Position, NetworkInterface]) -> Position:
    return entry[0]


def _private(interface: NetworkInterface) -> tuple[str, ...]:
    return (*interface.private_ips, *interface.ipv6_addresses)


def _public(interface: NetworkInterface) -> tuple[str, ...]:
    return (*interface.public_ips, *interface.ipv6_addresses)


@inference
def attached_interfaces(
    interfaces: Every[NetworkInterface], gateways: Every[NatGateway], endpoints: Every[VpcEndpoint]
) -> Interfaces:
    """The interfaces of the account."""
    return Interfaces(interfaces, gateways, endpoints)


class Routes:
    """The route tables, by what they are for."""

    def __init__(self, tables: Every[RouteTable]) -> None:
        self._tables = tables
        self._made: dict[str, Mapping[str, RouteTable]] = {}

    def of_subnet(self, subnet: Subnet) -> RouteTable | None:
        """The subnet's own table, or else its VPC's main one."""
        return self.by_ids(subnet.id, subnet.vpc_id, subnet.region)

    def by_ids(self, subnet_id: str, vpc_id: str, region: str) -> RouteTable | None:
        """The table of a subnet that is known by its id and its VPC's."""
        found = self._index(region)
        return found.get(subnet_id) or found.get(vpc_id)

    def of_gateways(self, vpc_id: str, region: str) -> tuple[RouteTable, ...]:
        """The tables for what comes into a VPC through its gateways (edge associations)."""
        return tuple(one for one in self._tables.within(region) if one.gateway_ids and one.vpc_id == vpc_id)

    def is_public(self, subnet: Subnet) -> bool:
        """Whether all other addresses are reached through an internet gateway."""
        table = self.of_subnet(subnet)
        return table is not None and table.is_public

    def _index(self, region: str) -> Mapping[str, RouteTable]:
        if region not in self._made:
            self._made[region] = {key: table for table in self._tables.within(region) for key in _served(table)}
        return self._made[region]


def _served(table: RouteTable) -> tuple[str, ...]:
    return (*table.subnet_ids, *((table.vpc_id,) if table.is_main else ()))


@inference
def routes(tables: Every[RouteTable]) -> Routes:
    """The route tables of the account."""
    return Routes(tables)


class Hosts:
    """The instances behind interfaces."""

    def __init__(self, instances: Every[Instance]) -> None:
        self._instances = instances
        self._made: dict[str, Mapping[str, Instance]] = {}
        self._stopped = frozenset(one.id for one in instances.known() if one.state in ("stopped", "stopping"))

    def of(self, interface: NetworkInterface) -> Instance | None:
        """The instance that an interface is attached to; None where it is attached to something else."""
        if interface.instance_id is None:
            return None
        region = interface.region
        if region not in self._made:
            self._made[region] = {one.id: one for one in self._instances.within(region)}
        return self._made[region].get(interface.instance_id)

    def is_stopped(self, interface: NetworkInterface) -> bool:
        """Whether it is attached to an instance that is known to be stopped."""
        return interface.instance_id in self._stopped

    def tags(self, interface: NetworkInterface) -> Mapping[str, str]:
        """The tags of an interface and of its instance; the interface's go first."""
        host = self.of(interface)
        return {**(host.tags if host else {}), **interface.tags}

    def has_tag(self, interface: NetworkInterface, wanted: Iterable[str]) -> bool:
        """Whether an interface or its instance has one of the tags, each written `Key=value`."""
        own = {f"{key}={value}".lower() for key, value in self.tags(interface).items()}
        return any(one.lower() in own for one in wanted)

    def workload(self, interface: NetworkInterface, tag_keys: Iterable[str]) -> str | None:
        """What an interface works for: its service, group or function, or else its first tag of these keys."""
        tags = self.tags(interface)
        for key in ("aws:ecs:serviceName", "aws:autoscaling:groupName", *tag_keys):
            if key in tags:
                return tags[key]
        if interface.interface_type == "lambda":
            return _function(interface.description)
        return None


def _function(description: str) -> str | None:
    """The function's name in `AWS Lambda VPC ENI-<name>-<uuid>`."""
    name = description.removeprefix("AWS Lambda VPC ENI-")[: -len("-01234567-89ab-cdef-0123-456789abcdef")]
    return name or None


@inference
def hosts(instances: Every[Instance]) -> Hosts:
    """The instances of the account."""
    return Hosts(instances)


class GroupReferences:
    """Which security groups the rules of others name."""

    def __init__(self, groups: Every[SecurityGroup]) -> None:
        self._groups = groups
        self._named: dict[str, frozenset[str]] = {}

    def name(self, group: SecurityGroup) -> bool:
        """Whether a rule of any group, ingress or egress, names this one."""
        region = group.region
        if region not in self._named:
            rules = (rule for one in self._groups.within(region) for rule in (*one.ingress, *one.egress))
            self._named[region] = frozenset(named for rule in rules for named in rule.group_ids)
        return group.id in self._named[region]


@inference
def group_references(groups: Every[SecurityGroup]) -> GroupReferences:
    """The references between security groups."""
    return GroupReferences(groups)
