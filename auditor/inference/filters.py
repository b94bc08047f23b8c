"""What gets from the internet into a subnet: gateway routes, network ACLs and security groups, intersected."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2_network import (
    NetworkAcl,
    NetworkAclEntry,
    NetworkInterface,
    Permission,
    PrefixList,
    PrefixListEntries,
    Route,
    RouteTable,
    SecurityGroup,
    Subnet,
)
from auditor.inference.network import Routes
from auditor.inference.traffic import (
    IPV4,
    IPV6,
    LAST_PORT,
    NOTHING,
    PUBLIC,
    Band,
    Interval,
    Ranges,
    Traffic,
    first_match,
    together,
)
from auditor.model import Gap, GapKind
from auditor.typed import Resource
from auditor.wiring import inference

R = TypeVar("R", bound=Resource)

OTHER = "other"
"""Stands for every protocol that no rule names."""
_REPLY_PORTS = (1024, LAST_PORT)
"""Where clients expect answers (network ACLs keep no state): the widest range that operating systems give out."""
_ECHO_REPLIES = {"icmp": 0, "icmpv6": 129}


@dataclass(frozen=True, slots=True)
class Opening:
    """Neighboring ports that addresses of the internet can open connections to, behind the filters of a subnet."""

    family: int
    protocol: str
    first: int
    last: int
    sources: Ranges
    chain: tuple[str, ...]
    """What lets it in: the route, the network ACL's rule, the security group's rule."""
    inspected: bool = False
    """Whether a firewall stands in the way."""
    service: str = ""
    """The prefix list of the AWS service that alone is let in; empty where `sources` are."""


@dataclass(frozen=True, slots=True)
class Way:
    """Addresses of the internet that packets of a subnet are exchanged with, and by which route."""

    sources: Ranges
    text: str
    inspected: bool


class Filters:
    """The filters of the account, a region of each read when it is asked about. Answers are made once."""

    def __init__(
        self,
        subnets: Every[Subnet],
        routes: Routes,
        acls: Every[NetworkAcl],
        groups: Every[SecurityGroup],
        lists: Every[PrefixList],
        entries: Every[PrefixListEntries],
    ) -> None:
        self._subnets = subnets
        self._routes = routes
        self._acls = acls
        self._groups = groups
        self._lists = lists
        self._entries = entries
        self._made: dict[Any, Any] = {}

    def _once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def subnet(self, subnet_id: str, region: str) -> Subnet:
        """A subnet by its id; raises `Unread` where AWS did not list it."""
        found: Mapping[str, Subnet] = self._once(("subnets", region), lambda: _by_id(self._subnets.within(region)))
        return _known(found, subnet_id, "DescribeSubnets", region)

    def group(self, group_id: str, region: str) -> SecurityGroup:
        """A security group by its id; raises `Unread` where AWS did not list it."""
        found: Mapping[str, SecurityGroup] = self._once(("groups", region), lambda: _by_id(self._groups.within(region)))
        return _known(found, group_id, "DescribeSecurityGroups", region)

    def groups_called(self, name: str, vpc_id: str, region: str) -> tuple[SecurityGroup, ...]:
        """The security groups of a VPC that have a name, of which AWS allows one."""
        found: Mapping[tuple[str, str], tuple[SecurityGroup, ...]] = self._once(
            ("names", region), lambda: {(one.vpc_id, one.group_name): (one,) for one in self._groups.within(region)}
        )
        return found.get((vpc_id, name), ())

    def prefix_list(self, list_id: str, region: str) -> PrefixList:
        """A prefix list by its id; raises `Unread` where AWS did not list it."""
        found: Mapping[str, PrefixList] = self._once(("lists", region), lambda: _by_id(self._lists.within(region)))
        return _known(found, list_id, "DescribeManagedPrefixLists", region)

    def acl(self, subnet: Subnet) -> NetworkAcl:
        """The network ACL of a subnet: its own, or its VPC's default one."""
        found: Mapping[str, NetworkAcl] = self._once(
            ("acls", subnet.region),
            lambda: {key: acl for acl in self._acls.within(subnet.region) for key in _filtered(acl)},
        )
        own = subnet.id if subnet.id in found else subnet.vpc_id
        return _known(found, own, "DescribeNetworkAcls", subnet.region)

    def openings(self, subnet: Subnet, group_ids: Sequence[str] | None, family: int) -> tuple[Opening, ...]:
        """What the internet can reach in a subnet behind security groups (None: behind none)."""
        key = ("openings", subnet.arn, None if group_ids is None else tuple(sorted(group_ids)), family)
        found: tuple[Opening, ...] = self._once(key, lambda: tuple(self._openings(subnet, group_ids, family)))
        return found

    def _openings(self, subnet: Subnet, group_ids: Sequence[str] | None, family: int) -> Iterator[Opening]:
        ways = () if subnet.blocks_ingress else self.ways(subnet, family)
        if not ways:
            return
        groups = None if group_ids is None else [self.group(one, subnet.region) for one in group_ids]
        for protocol in _protocols(groups, family):
            let_in = self.acl_admits(subnet, family, protocol)
            for way in ways:
                reached = let_in.limited_to(way.sources)
                yield from self._through(subnet, groups, way, (family, protocol), reached)

    def _through(
        self,
        subnet: Subnet,
        groups: Sequence[SecurityGroup] | None,
        way: Way,
        what: tuple[int, str],
        reached: Traffic,
    ) -> Iterator[Opening]:
        admitted = reached if groups is None else reached & self.admitted(groups, *what)
        for band in admitted.bands:
            by = self.group_rule(groups or (), what, (band.first, band.last), band.sources)
            chain = (way.text, self._acl_rule(subnet, what, band), *by)
            yield Opening(*what, band.first, band.last, band.sources, chain, way.inspected)
        for service, traffic in self._services(groups or (), *what):
            for band in (reached & traffic).bands:
                chain = (way.text, self._acl_rule(subnet, what, band), service)
                yield Opening(*what, band.first, band.last, band.sources, chain, way.inspected, service)

    def ways(self, subnet: Subnet, family: int) -> tuple[Way, ...]:
        """The addresses whose packets come and go through an internet gateway; longest prefix wins."""
        table = self._routes.of_subnet(subnet)
        if table is None:
            raise Unread(_missing("DescribeRouteTables", subnet.region, f"table of {subnet.id}"))
        found: dict[str, Way] = {}
        taken = Ranges()
        for blocks, route in self._longest_first(table, family):
            mine = (blocks - taken) & PUBLIC[family]
            taken |= blocks
            inspected = not route.to_internet_gateway
            if mine and route.is_active and (not inspected or self._comes_back(subnet, route)):
                text = f"{table.id} routes {route.destination} to {route.target}"
                known = found.get(route.target)
                found[route.target] = Way(mine | known.sources if known else mine, text, inspected)
        return tuple(found.values())

    def _longest_first(self, table: RouteTable, family: int) -> list[tuple[Ranges, Route]]:
        with_blocks = ((self._blocks_of_route(route, table.region, family), route) for route in table.routes)
        return sorted(((blocks, route) for blocks, route in with_blocks if blocks), key=lambda one: one[0].size)

    def _blocks_of_route(self, route: Route, region: str, family: int) -> Ranges:
        if route.prefix_list is None:
            return Ranges.of([route.destination], family)
        if not route.to_internet_gateway and (route.gateway_id or "").startswith("vpce-"):
            return Ranges()  # a gateway endpoint: a service's own addresses, from which no connection is opened
        named = self.prefix_list(route.prefix_list, region)
        return Ranges() if named.is_aws_managed else self.blocks_of_list(named, family)

    def _comes_back(self, subnet: Subnet, route: Route) -> bool:
        """Whether the internet gateway sends what is for the subnet through the route's firewall."""
        if not route.target.startswith(("vpce-", "eni-")):
            return False
        tables = self._routes.of_gateways(subnet.vpc_id, subnet.region)
        back = (
            way for table in tables for way in table.routes if way.target == route.target and way.prefix_list is None
        )
        return any(
            Ranges.of([way.destination], family) & Ranges.of(subnet.cidrs, family)
            for way in back
            for family in (IPV4, IPV6)
        )

    def blocks_of_list(self, named: PrefixList, family: int) -> Ranges:
        """The addresses that a customer's prefix list holds."""
        cidrs = (cidr for entries in self._entries.of(named) for cidr in entries.cidrs)
        found: Ranges = self._once(("list", named.arn, family), lambda: Ranges.of(cidrs, family))
        return found

    def acls_let_pass(self, source: Subnet, target: Subnet, rule: Permission) -> bool:
        """Whether the network ACLs between two subnets let any of a rule's ports pass, there and back."""
        if source.id == target.id:
            return True
        protocol = "tcp" if rule.is_all_traffic else rule.protocol
        key = ("passed", source.region, source.id, target.id, protocol, rule.ports)
        passed: bool = self._once(key, lambda: self._acls_pass(source, target, protocol, rule.ports))
        return passed

    def _acls_pass(self, source: Subnet, target: Subnet, protocol: str, ports: Interval) -> bool:
        family = IPV4 if source.cidr and target.cidr else IPV6
        coming, going = Ranges.of(source.cidrs, family), Ranges.of(target.cidrs, family)
        let_out = first_match((one.allows, _entry_traffic(one, family, protocol)) for one in self.acl(source).egress)
        let_in = self.acl_admits(target, family, protocol)
        return bool(let_out.within(*ports) & going) and bool(let_in.within(*ports) & coming)

    def lets_out(self, group: SecurityGroup, rule: Permission, target: NetworkInterface) -> bool:
        """Whether a group's egress has a rule for any of another rule's ports to an interface."""
        if self._once(("lets all out", group.arn), lambda: _lets_all_out(group)):
            return True
        ours = (one for one in group.egress if one.protocol in (rule.protocol, "-1") or rule.is_all_traffic)
        addresses = Ranges.of(target.private_ips, IPV4), Ranges.of(target.ipv6_addresses, IPV6)
        return any(
            _overlap(one.ports, rule.ports)
            and (
                {*target.group_ids} & {*one.group_ids}
                or self.blocks(one, group.region, IPV4) & addresses[0]
                or self.blocks(one, group.region, IPV6) & addresses[1]
            )
            for one in ours
        )

    def acl_admits(self, subnet: Subnet, family: int, protocol: str) -> Traffic:
        """What a subnet's network ACL lets in, where it also lets the answer out."""
        acl = self.acl(subnet)
        found: Traffic = self._once(("acl", acl.arn, family, protocol), lambda: _acl_admits(acl, family, protocol))
        return found

    def _acl_rule(self, subnet: Subnet, what: tuple[int, str], band: Band) -> str:
        acl = self.acl(subnet)
        wanted = Traffic((band,))
        fitting = (one for one in acl.ingress if one.allows and _entry_traffic(one, *what) & wanted)
        return f"rule {next(fitting).number} of {acl.id}"

    def admitted(self, groups: Iterable[SecurityGroup], family: int, protocol: str) -> Traffic:
        """What the rules of security groups let in from addresses, all groups added up."""
        parts = tuple(self._admitted_by(group, family, protocol) for group in groups)
        return parts[0] if len(parts) == 1 else together(parts)

    def _admitted_by(self, group: SecurityGroup, family: int, protocol: str) -> Traffic:
        def make() -> Traffic:
            rules = (one for one in group.ingress if one.protocol in (protocol, "-1"))
            sources = ((rule, self.blocks(rule, group.region, family)) for rule in rules)
            return together(Traffic.of(*_rule_ports(rule, protocol), blocks) for rule, blocks in sources)

        found: Traffic = self._once(("group", group.arn, family, protocol), make)
        return found

    def blocks(self, rule: Permission, region: str, family: int) -> Ranges:
        """The addresses that a security group's rule names, those of customers' prefix lists counted in."""
        named = (self.prefix_list(one, region) for one in rule.prefix_lists)
        lists = (self.blocks_of_list(one, family) for one in named if not one.is_aws_managed)
        ranges = rule.ipv4_ranges if family == IPV4 else rule.ipv6_ranges
        return functools.reduce(operator.or_, lists, Ranges.of(ranges, family))

    def _services(self, groups: Sequence[SecurityGroup], family: int, protocol: str) -> Iterator[tuple[str, Traffic]]:
        """The AWS services that rules let in by their prefix lists; whose addresses AWS keeps."""
        for group in groups:
            for rule in (one for one in group.ingress if one.protocol in (protocol, "-1")):
                named = (self.prefix_list(one, group.region) for one in rule.prefix_lists)
                traffic = Traffic.of(*_rule_ports(rule, protocol), PUBLIC[family])
                yield from ((one.name, traffic) for one in named if one.is_aws_managed)

    def group_rule(
        self, groups: Sequence[SecurityGroup], what: tuple[int, str], ports: Interval, sources: Ranges
    ) -> tuple[str, ...]:
        """The rule that lets most of it in; empty where there is no group."""
        family, protocol = what
        fitting = [
            (covered.size, f"{rule.what} from {self._named(rule, sources, family)} in {group.id}")
            for group in groups
            for rule in group.ingress
            if rule.protocol in (protocol, "-1") and _overlap(_rule_ports(rule, protocol), ports)
            if (covered := self.blocks(rule, group.region, family) & sources)
        ]
        return (max(fitting, key=lambda one: one[0])[1],) if fitting else ()

    @staticmethod
    def _named(rule: Permission, sources: Ranges, family: int) -> str:
        """The blocks and lists of a rule that matter here, at most three of them by name."""
        blocks = [block for block in rule.ranges if Ranges.of([block], family) & sources]
        names = [*blocks, *rule.prefix_lists]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 - enough to recognize it
        return ", ".join(names[:3]) + more


@inference
def filters(
    subnets: Every[Subnet],
    routes: Routes,
    acls: Every[NetworkAcl],
    groups: Every[SecurityGroup],
    lists: Every[PrefixList],
    entries: Every[PrefixListEntries],
) -> Filters:
    """The filters of the account."""
    return Filters(subnets, routes, acls, groups, lists, entries)


def _by_id(items: Iterable[Any]) -> Mapping[str, Any]:
    return {item.id: item for item in items}


def _known(found: Mapping[str, R], key: str, operation: str, region: str) -> R:
    if key not in found:
        raise Unread(_missing(operation, region, key))
    return found[key]


def _missing(operation: str, region: str, what: str) -> Gap:
    return Gap(GapKind.FIELD_MISSING, "ec2", operation, f"ec2:{operation}", region, what, f"{what} is not listed")


def _filtered(acl: NetworkAcl) -> tuple[str, ...]:
    return (*acl.subnet_ids, *((acl.vpc_id,) if acl.is_default else ()))


def _protocols(groups: Sequence[SecurityGroup] | None, family: int) -> tuple[str, ...]:
    """The protocols that rules speak of; ICMP is one protocol for IPv4 and another for IPv6."""
    icmp, foreign = ("icmp", "icmpv6") if family == IPV4 else ("icmpv6", "icmp")
    every = ("tcp", "udp", icmp, OTHER)
    if groups is None:
        return every
    named = dict.fromkeys(rule.protocol for group in groups for rule in group.ingress)
    spoken = (one for protocol in named for one in (every if protocol == "-1" else (protocol,)))
    return tuple(protocol for protocol in dict.fromkeys(spoken) if protocol != foreign)


def _lets_all_out(group: SecurityGroup) -> bool:
    return any(one.is_all_traffic and one.is_open_to_anywhere for one in group.egress)


def _overlap(one: Interval, other: Interval) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _rule_ports(rule: Permission, protocol: str) -> Interval:
    if protocol in _ECHO_REPLIES and not rule.is_all_traffic:
        return _icmp(rule.from_port, rule.to_port)
    return rule.ports if protocol in ("tcp", "udp") else (0, LAST_PORT)


def _icmp(kind: int | None, code: int | None) -> Interval:
    """Type and code as one number, so that messages of a type are neighbors; -1 stands for all."""
    if kind is None or kind < 0:
        return 0, LAST_PORT
    return (kind * 256, kind * 256 + 255) if code is None or code < 0 else (kind * 256 + code, kind * 256 + code)


def _entry_traffic(entry: NetworkAclEntry, family: int, protocol: str) -> Traffic:
    if entry.protocol not in (protocol, "-1"):
        return NOTHING
    ports = entry.ports
    if protocol in _ECHO_REPLIES and entry.protocol != "-1":
        ports = _icmp(entry.icmp_type, entry.icmp_code)
    return Traffic.of(*ports, Ranges.of([entry.cidr], family))


def _acl_admits(acl: NetworkAcl, family: int, protocol: str) -> Traffic:
    let_in = first_match((entry.allows, _entry_traffic(entry, family, protocol)) for entry in acl.ingress)
    let_out = first_match((entry.allows, _entry_traffic(entry, family, protocol)) for entry in acl.egress)
    if protocol in _ECHO_REPLIES:
        answered = let_out.at(_ECHO_REPLIES[protocol] * 256)
    else:
        answered = let_out.within(*(_REPLY_PORTS if protocol in ("tcp", "udp") else (0, LAST_PORT)))
    return let_in.limited_to(answered)
