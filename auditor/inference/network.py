"""Who is connected where: the interfaces of groups and subnets, and the way out of a subnet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from auditor.every import Every
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
        keys: Callable[[NetworkInterface], Iterable[str]] = lambda one: (*one.private_ips, *one.ipv6_addresses)  # noqa: E731
        return self._index("private", region, keys).get(address, ())

    def at_public_address(self, address: str, region: str) -> tuple[NetworkInterface, ...]:
        """Those that a public address leads to."""
        keys: Callable[[NetworkInterface], Iterable[str]] = lambda one: (*one.public_ips, *one.ipv6_addresses)  # noqa: E731
        return self._index("public", region, keys).get(address, ())

    def tier(self, interface: NetworkInterface) -> str | None:
        """What an interface is part of, by its own words, or else by the NAT gateway or endpoint that has it."""
        return interface.tier or self._owner(interface)

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
