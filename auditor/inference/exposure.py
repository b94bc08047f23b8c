"""What the internet can reach: interfaces and load balancers, by which ports, from where, and through what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import ClassVar, TypeVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2_network import NetworkInterface, Permission, SecurityGroup
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
from auditor.evidence.globalaccelerator import AcceleratorEndpointGroup
from auditor.inference.accelerators import Accelerators, Door
from auditor.inference.balancers import Balancers
from auditor.inference.filters import Filters, Opening
from auditor.inference.fronts import Front, Passage, passages
from auditor.inference.network import Interfaces
from auditor.inference.traffic import (
    IPV4,
    IPV6,
    LAST_PORT,
    NOBODY,
    PUBLIC,
    WORLD_ADDRESSES,
    Interval,
    Ranges,
    Traffic,
    is_world,
    together,
)
from auditor.inference.vpc_links import VpcLinks
from auditor.inference.vpc_origins import VpcOrigins
from auditor.model import Account, Gap, Json
from auditor.wiring import inference

A = TypeVar("A")
T = TypeVar("T")

AnyBalancer = LoadBalancer | ClassicLoadBalancer

_CLOSED_TYPES = ("nat_gateway", "natGateway", "vpc_endpoint", "lambda", "transit_gateway")
"""Interfaces to which nothing from outside can open a connection, whatever their groups say; gateway load
balancers and their endpoints as well."""
_HOPS = 2
"""Load balancers one after another: a network load balancer may have an application load balancer as its target."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way from the internet to an interface or a load balancer."""

    family: int
    """4 or 6."""
    protocol: str
    """`tcp`, `udp`, `icmp`, `icmpv6`, a protocol's number, or `other` for all that no rule names."""
    first: int
    last: int
    """Neighboring ports. Of ICMP: type and code, as type * 256 + code."""
    sources: Ranges
    """The public addresses that can take it."""
    address: str
    """The public address, or the name of the load balancer or accelerator."""
    chain: tuple[str, ...]
    """What makes it possible, from the outside inwards."""
    via: tuple[str, ...] = ()
    """ARNs of the distributions, accelerators and load balancers that it goes through."""
    inspected: bool = False
    """Whether a firewall stands in the way."""
    service: str = ""
    """The prefix list of the AWS service that alone can take it; empty where any of `sources` can."""
    front: str = ""
    """The service that answers the client, and inside the VPC asks in its place; empty where none does."""
    asked_from: Ranges = NOBODY
    """The addresses from which a front asks."""
    doubt: Gap | None = None
    """What could not be read, and decides whether there is this way; no answer holds such a way."""

    @property
    def is_direct(self) -> bool:
        """Whether it leads to the interface's own public address."""
        return not self.via

    @property
    def has_ports(self) -> bool:
        """Whether it is of TCP or UDP."""
        return self.protocol in ("tcp", "udp")

    def covers(self, port: int, protocol: str = "tcp") -> bool:
        """Whether a port is among its ports."""
        return self.protocol == protocol and self.first <= port <= self.last

    def includes(self, other: Path) -> bool:
        """Whether all ports of another way are among its ports."""
        return self.protocol == other.protocol and self.first <= other.first and other.last <= self.last

    def admitted_by(self, admitted: Ranges) -> Ranges:
        """The sources that remain behind a filter of addresses, as it sees them."""
        if not self.front:
            return self.sources & admitted
        return self.sources if self.asked_from & admitted else Ranges()

    def is_world(self, world_min_addresses: int = WORLD_ADDRESSES) -> bool:
        """Whether more addresses can take it than can be somebody's."""
        return not self.service and is_world(self.sources, self.family, world_min_addresses)

    def source_class(self, world_min_addresses: int = WORLD_ADDRESSES) -> str:
        """`world`, `limited` (a few public ranges) or `edge` (an AWS service only)."""
        if self.service:
            return "edge"
        return "world" if self.is_world(world_min_addresses) else "limited"

    @property
    def ports(self) -> str:
        """Protocol and ports as people write them."""
        if not self.has_ports:
            return "all other protocols" if self.protocol == "other" else self.protocol
        if (self.first, self.last) == (0, LAST_PORT):
            return f"all {self.protocol} ports"
        return f"{self.protocol} {self.first}" + (f"-{self.last}" if self.last != self.first else "")

    @property
    def origin(self) -> str:
        """Who can take it: `the internet`, a service, or the ranges."""
        if self.service:
            return self.service
        if self.is_world():
            return "the internet"
        names = [block for block, _ in zip(self.sources.cidrs(self.family), range(4), strict=False)]
        return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")  # noqa: PLR2004 - enough to recognize it

    def facts(self) -> dict[str, Json]:
        """The way as plain values."""
        return {
            "ports": self.ports,
            "origin": self.origin,
            "sources": self.source_class(),
            "address": self.address,
            "chain": list(self.chain),
            "inspected": self.inspected,
            "front": self.front,
        }

    def describe(self) -> str:
        """The whole way: `tcp 22 of 52.1.2.3 from the internet (rtb-1 routes 0.0.0.0/0 to igw-1; ...)`."""
        inspected = ", through a firewall" if self.inspected else ""
        return f"{self.ports} of {self.address} from {self.origin}{inspected} ({'; '.join(self.chain)})"


class Exposure:
    """Answers for the whole account; a region is worked out when it is asked about, each question once."""

    view: ClassVar = "exposure"

    def __init__(
        self,
        interfaces: Interfaces,
        filters: Filters,
        balancers: Balancers,
        accelerators: Accelerators,
        origins: VpcOrigins,
        links: VpcLinks,
        regions: Iterable[str] = (),
    ) -> None:
        self._regions = tuple(regions)
        self._accelerators = accelerators
        self._origins = origins
        self._links = links
        self._interfaces = interfaces
        self._filters = filters
        self._balancers = balancers
        self._entries: dict[str, tuple[tuple[Listener, tuple[Path, ...]], ...]] = {}
        self._behind: dict[str, Mapping[str, tuple[Path, ...]] | Gap] = {}
        self._hosts: dict[str, Mapping[str, tuple[Path, ...]]] = {}

    def of(self, interface: NetworkInterface) -> tuple[Path, ...]:
        """All ways to an interface. Of a load balancer's interface: to the load balancer's listeners."""
        return (*self.direct(interface), *self.through_load_balancers(interface))

    def direct(self, interface: NetworkInterface) -> tuple[Path, ...]:
        """The ways to an interface's own public addresses."""
        if not interface.is_in_use or interface.denies_gateway_traffic or _is_closed(interface):
            return ()
        if interface.is_load_balancer and "/" in interface.description:
            balancer = self._balancers.by_dimension(interface.description.removeprefix("ELB "), interface.region)
            return self.of_load_balancer(balancer) if balancer else ()
        return tuple(self._direct(interface))

    def _direct(self, interface: NetworkInterface) -> Iterator[Path]:
        addresses: Mapping[int, tuple[str, ...]] = {IPV4: interface.public_ips, IPV6: interface.ipv6_addresses}
        for family, known in addresses.items():
            if not known:
                continue
            subnet = self._filters.subnet(interface.subnet_id, interface.region)
            private = Ranges.of(subnet.private_ipv6_cidrs, IPV6)
            public = [one for one in known if family == IPV4 or not Ranges.of([one], IPV6) & private]
            if public:
                openings = self._filters.openings(subnet, interface.group_ids, family)
                yield from (_path(opening, address) for address in public for opening in openings)

    def facing(self, interface: NetworkInterface) -> tuple[Path, ...]:
        """The ways to an interface that no load balancer stands in: direct ones, and by accelerators or CloudFront."""
        return (*self.direct(interface), *self._to_host(interface))

    def _to_host(self, interface: NetworkInterface) -> tuple[Path, ...]:
        """The ways to an instance's interface by an accelerator, or as a VPC origin of CloudFront."""
        accelerated = self._hosts_of(interface.region).get(interface.id, ())
        own = self._interfaces.of_instance(interface.instance_id or "", interface.region)
        if interface not in _first(own):
            return accelerated
        fronts = self._origins.before_host(interface)
        if not fronts:
            return accelerated
        asked = self._through_fronts(fronts, interface.group_ids, interface)
        return _certain(accelerated, _beside((*self.direct(interface), *accelerated), asked))

    def _hosts_of(self, region: str) -> Mapping[str, tuple[Path, ...]]:
        """The ways by accelerators to the instances of a region, by interface."""
        if region not in self._hosts:
            ends = (
                (interface, door)
                for endpoint, doors in self._accelerators.doors(region).items()
                for interface in _first(self._interfaces.of_instance(endpoint, region))
                for door in doors
            )
            found: dict[str, list[Path]] = defaultdict(list)
            for interface, door in ends:
                found[interface.id] += self._through_door(door, interface.group_ids, [interface.subnet_id], interface)
            self._hosts[region] = {key: tuple(paths) for key, paths in found.items()}
        return self._hosts[region]

    def through_load_balancers(self, interface: NetworkInterface) -> tuple[Path, ...]:
        """The ways to an interface that is no direct one: most by a load balancer of which it is a target."""
        behind = self._behind_balancers(interface.region).get(interface.id, ())
        return (*self._to_host(interface), *_certain(behind))

    def _behind_balancers(self, region: str) -> Mapping[str, tuple[Path, ...]]:
        """The ways by load balancers, by interface; what could not be read is met once, and told to all who ask."""
        if region not in self._behind:
            try:
                self._behind[region] = self._targets(region)
            except Unread as failure:
                self._behind[region] = failure.gap
        found = self._behind[region]
        if isinstance(found, Gap):
            raise Unread(found)
        return found

    def of_load_balancer(self, balancer: LoadBalancer) -> tuple[Path, ...]:
        """The ways to a load balancer's listeners, by their ports."""
        return _certain(path for _, paths in self._entered(balancer) for path in paths)

    def describe(self) -> dict[str, Json]:
        """All ways from the internet to interfaces and load balancers; `unread` says what some could rest on."""
        unread: dict[str, None] = {}

        def known(ask: Callable[[A], tuple[T, ...]], about: A) -> tuple[T, ...]:
            try:
                return ask(about)
            except Unread as failure:
                unread[failure.gap.reason] = None
                return ()

        found: list[Json] = []
        for region in self._regions:
            hosts = [one for one in known(self._interfaces.within, region) if not one.is_load_balancer]
            found += (_described(one, known(self.facing, one)) for one in hosts)
            found += (
                _described(one, known(self.of_load_balancer, one)) for one in known(self._balancers.within, region)
            )
        return {"reached": [one for one in found if one], "unread": list(unread)}

    def at(self, address: str, region: str) -> tuple[Path, ...]:
        """The ways to whatever has a public address in a region."""
        return tuple(path for one in self._interfaces.at_public_address(address, region) for path in self.of(one))

    def if_public(self, subnet_ids: Iterable[str], group_ids: tuple[str, ...], region: str) -> tuple[Path, ...]:
        """The ways there would be to an interface with a public IPv4 address in these subnets, behind these groups."""
        subnets = (self._filters.subnet(one, region) for one in subnet_ids)
        openings = (opening for one in subnets for opening in self._filters.openings(one, group_ids, IPV4))
        return tuple(_path(opening, "a public address") for opening in openings)

    def admitted_world(self, group: SecurityGroup, world_min_addresses: int = WORLD_ADDRESSES) -> tuple[Path, ...]:
        """What a group's rules let in from the whole internet, of TCP and UDP, whether or not anything else does."""
        asked = ((family, protocol) for family in (IPV4, IPV6) for protocol in ("tcp", "udp"))
        bands = (
            (family, protocol, band.first, band.last, band.sources & PUBLIC[family])
            for family, protocol in asked
            for band in self._filters.admitted([group], family, protocol).bands
        )
        paths = (Path(*parts, group.id, ()) for parts in bands)
        return tuple(path for path in paths if path.is_world(world_min_addresses))

    def groups_of(self, interface: NetworkInterface) -> tuple[SecurityGroup, ...]:
        """The security groups of an interface."""
        return tuple(self._filters.group(one, interface.region) for one in interface.group_ids)

    def connects(self, source: NetworkInterface, target: NetworkInterface, rule: Permission) -> bool:
        """Whether one interface can use a rule that admits it to another: egress and network ACLs agree."""
        groups = self.groups_of(source)
        if groups and not any(self._filters.lets_out(one, rule, target) for one in groups):
            return False
        start, end = (self._filters.subnet(one.subnet_id, one.region) for one in (source, target))
        return self._filters.acls_let_pass(start, end, rule)

    def balancers_of(self, group: SecurityGroup) -> tuple[LoadBalancer, ...]:
        """The load balancers that a security group is attached to."""
        return self._balancers.of_group(group.id, group.region)

    def reachable_ports(self, interface: NetworkInterface, protocol: str = "tcp") -> tuple[Interval, ...]:
        """The ports that any way leads to, as intervals in order that do not touch."""
        return Ranges.joined((p.first, p.last) for p in self.of(interface) if p.protocol == protocol).intervals

    def _entered(self, balancer: LoadBalancer) -> tuple[tuple[Listener, tuple[Path, ...]], ...]:
        """The listeners of a load balancer with the ways to each."""
        if balancer.arn not in self._entries:
            doors = self._accelerators.doors(balancer.region).get(balancer.arn, ()) if balancer.is_active else ()
            fronts = self._fronts_of(balancer)
            listeners = self._balancers.listeners_of(balancer) if _is_entry(balancer) or doors or fronts else ()
            self._entries[balancer.arn] = tuple(
                (one, tuple(self._into_listener(balancer, one, doors, fronts))) for one in listeners
            )
        return self._entries[balancer.arn]

    def _fronts_of(self, balancer: LoadBalancer) -> tuple[Front, ...]:
        if not balancer.is_active or balancer.is_gateway:
            return ()
        return (*self._origins.before_balancer(balancer), *self._links.before(balancer))

    def _into_listener(
        self, balancer: LoadBalancer, listener: Listener, doors: Iterable[Door], fronts: Iterable[Front]
    ) -> Iterator[Path]:
        """The ways to a listener, whether the load balancer faces the internet itself or not."""
        known = (*self._entry(balancer, listener), *self._accelerated(balancer, listener, doors))
        yield from known
        yield from _beside(known, self._fronted(balancer, listener, fronts))

    def _fronted(self, balancer: LoadBalancer, listener: Listener, fronts: Iterable[Front]) -> Iterator[Path]:
        """The ways to a listener by services that ask inside the VPC."""
        port = listener.port
        if port is not None and "tcp" in listener.transports:
            own = (one for one in fronts if one.listener in ("", listener.arn))
            for path in self._through_fronts(own, _filtering(balancer), balancer):
                if path.first <= port <= path.last:
                    yield replace(path, first=port, last=port)

    def _through_fronts(
        self, fronts: Iterable[Front], group_ids: Sequence[str] | None, to: LoadBalancer | NetworkInterface
    ) -> Iterator[Path]:
        """The ways by services to what is behind security groups (None: behind none)."""
        for front in fronts:
            filtering = group_ids if front.is_filtered else None
            groups = None if filtering is None else [self._filters.group(one, to.region) for one in filtering]
            yield from (self._asked(front, one, to) for one in passages(front, self._filters, groups))

    def _asked(self, front: Front, passage: Passage, to: LoadBalancer | NetworkInterface) -> Path:
        """The way by a service to ports that it gets through to."""
        chain = (f"{front.name} asks {to.name} by {front.way}", *([passage.rule] if passage.rule else []))
        seen_as = self._nodes_of(to, IPV4) if front.is_endpoint and isinstance(to, LoadBalancer) else front.addresses
        return Path(
            IPV4, "tcp", passage.first, passage.last, PUBLIC[IPV4], front.name, chain, (front.arn,),
            front=front.service, asked_from=seen_as, doubt=front.doubt,
        )  # fmt: skip

    def _accelerated(self, balancer: LoadBalancer, listener: Listener, doors: Iterable[Door]) -> Iterator[Path]:
        """The ways to a listener by accelerators."""
        groups = _filtering(balancer)
        for door in (one for one in doors if one.protocol in listener.transports):
            for path in self._through_door(door, groups, balancer.subnet_ids, balancer):
                if listener.port is not None and path.first <= listener.port <= path.last:
                    yield replace(path, first=listener.port, last=listener.port)

    def _through_door(
        self,
        door: Door,
        group_ids: Sequence[str] | None,
        subnet_ids: Iterable[str],
        to: LoadBalancer | NetworkInterface,
    ) -> Iterator[Path]:
        """The ways by an accelerator to what is behind security groups (None: behind none)."""
        if all(self._filters.subnet(one, to.region).blocks_ingress for one in subnet_ids):
            return
        groups = [self._filters.group(one, to.region) for one in group_ids or ()]
        own = self._accelerators.groups_in(to.vpc_id, to.region)
        named = (rule for group in groups for rule in group.ingress if own.intersection(rule.group_ids))
        fitting = (rule for rule in named if rule.protocol in (door.protocol, "-1"))
        by_group = together(Traffic.of(*rule.ports, PUBLIC[IPV4]) for rule in fitting)
        by_address = self._filters.admitted(groups, IPV4, door.protocol)
        traffic = door.traffic if group_ids is None else door.traffic & (by_group | by_address)
        for band in traffic.bands:
            parts = (IPV4, door.protocol, band.first, band.last, band.sources)
            by = self._filters.group_rule(groups, parts[:2], parts[2:4], band.sources)
            chain = (f"{door.accelerator.dns_name} passes {door.protocol} on to {to.name}", *by)
            yield Path(*parts, door.accelerator.dns_name, chain, (door.accelerator.arn,))

    def _entry(self, balancer: LoadBalancer, listener: Listener) -> Iterator[Path]:
        groups = _filtering(balancer)
        families = [IPV4] * balancer.has_public_ipv4 + [IPV6] * balancer.has_public_ipv6
        if listener.port is not None:
            openings = self._openings_of(balancer, groups, families)
            fitting = (one for one in openings if one.protocol in listener.transports)
            yield from self._at_port(balancer, listener.port, fitting)

    @staticmethod
    def _at_port(balancer: AnyBalancer, port: int, openings: Iterable[Opening]) -> Iterator[Path]:
        """The ways by openings to a port; those that differ in their sources only are one."""
        found: dict[tuple[object, ...], Path] = {}
        for opening in openings:
            if opening.first <= port <= opening.last:
                path = replace(_path(opening, balancer.dns_name), first=port, last=port)
                key = (path.family, path.protocol, path.inspected, path.service)
                found[key] = replace(path, sources=path.sources | found[key].sources) if key in found else path
        yield from found.values()

    def _openings_of(
        self, balancer: AnyBalancer, groups: tuple[str, ...] | None, families: Iterable[int]
    ) -> Iterator[Opening]:
        for family in families:
            for subnet_id in balancer.subnet_ids:
                subnet = self._filters.subnet(subnet_id, balancer.region)
                yield from self._filters.openings(subnet, groups, family)

    def _targets(self, region: str) -> Mapping[str, tuple[Path, ...]]:
        """The ways to each interface of a region that is behind a load balancer."""
        found: dict[str, list[Path]] = defaultdict(list)
        for balancer in self._balancers.within(region):
            for listener, paths in self._entered(balancer):
                for interface_id, path in self._spread(balancer, listener, paths, _HOPS):
                    found[interface_id].append(path)
        for interface_id, path in self._classic(region):
            found[interface_id].append(path)
        return {key: tuple(dict.fromkeys(paths)) for key, paths in found.items()}

    def _spread(
        self, balancer: LoadBalancer, listener: Listener, paths: tuple[Path, ...], hops: int
    ) -> Iterator[tuple[str, Path]]:
        """The ways that go on from a listener to its targets."""
        if not paths or not hops:
            return
        for group in self._balancers.groups_of(balancer, listener):
            for target in self._balancers.reached_targets(group):
                port = target.port or group.port
                if port is None:
                    continue
                if group.target_type == "alb":
                    yield from self._into(balancer, target.id, port, paths, hops)
                    continue
                for interface in self._interfaces_of(group, target, balancer.region):
                    passed = (self._onward(balancer, group, interface, port, path) for path in paths)
                    yield from ((interface.id, path) for path in passed if path is not None)

    def _into(
        self, balancer: LoadBalancer, arn: str, port: int, paths: tuple[Path, ...], hops: int
    ) -> Iterator[tuple[str, Path]]:
        """From a network load balancer into the application load balancer that is its target."""
        inner = self._balancers.by_dimension(arn.partition(":loadbalancer/")[2], balancer.region)
        if inner is None:
            return
        groups = [self._filters.group(one, inner.region) for one in inner.group_ids]
        named = bool({*balancer.group_ids} & {one for group in groups for one in group.source_group_ids})
        for listener in self._balancers.listeners_of(inner):
            if listener.port == port:
                let_in = ((path, self._filters.admitted(groups, path.family, "tcp").at(port)) for path in paths)
                kept = ((path, path.sources if named else path.admitted_by(by)) for path, by in let_in)
                further = tuple(_onto(path, port, sources, balancer, inner.name) for path, sources in kept if sources)
                yield from self._spread(inner, listener, further, hops - 1)

    def _interfaces_of(self, group: TargetGroup, target: Target, region: str) -> tuple[NetworkInterface, ...]:
        """The interface that a target is: an instance's first one, or the one that has the address."""
        if group.target_type == "instance":
            return _first(self._interfaces.of_instance(target.id, region))
        if group.target_type != "ip":
            return ()
        holders = self._interfaces.at_private_address(target.id, region)
        return tuple(one for one in holders if one.vpc_id == group.vpc_id) or holders

    def _onward(
        self, balancer: LoadBalancer, group: TargetGroup, interface: NetworkInterface, port: int, path: Path
    ) -> Path | None:
        """A way that goes on to a target, if the target's groups let it in; from whom is seen as the target sees it."""
        groups, protocol = self.groups_of(interface), path.protocol
        if _names(groups, balancer, port, protocol):
            return _onto(path, port, path.sources, balancer, group.name)
        admitted = self._filters.admitted(groups, path.family, protocol).at(port)
        if self._balancers.keeps_client(balancer, group, path.family):
            subnet = self._filters.subnet(interface.subnet_id, interface.region)
            let_in = self._filters.acl_admits(subnet, path.family, protocol).at(port)
            sources = path.admitted_by(admitted & let_in)
            return _onto(path, port, sources, balancer, group.name) if sources else None
        family = IPV6 if group.ip_address_type == "ipv6" else IPV4
        seen = self._filters.admitted(groups, family, protocol).at(port)
        own = self._nodes_of(balancer, family)
        return _onto(path, port, path.sources, balancer, group.name) if seen & own else None

    def _nodes_of(self, balancer: AnyBalancer, family: int) -> Ranges:
        """The addresses from which a load balancer may send."""
        subnets = (self._filters.subnet(one, balancer.region) for one in balancer.subnet_ids)
        return Ranges.of((cidr for subnet in subnets for cidr in subnet.cidrs), family)

    def _classic(self, region: str) -> Iterator[tuple[str, Path]]:
        """The ways by Classic Load Balancers to their instances, all of which are taken to get traffic."""
        for balancer in self._balancers.classic_within(region):
            registered = (self._interfaces.of_instance(one, region) for one in balancer.instance_ids)
            ends = [interface for found in registered for interface in _first(found)]
            for listener in balancer.listeners:
                openings = (
                    one for one in self._openings_of(balancer, balancer.group_ids, [IPV4]) if one.protocol == "tcp"
                )
                paths = tuple(self._at_port(balancer, listener.port, openings))
                for interface in ends if paths else ():
                    if self._takes(interface, balancer, listener.instance_port):
                        onto = (
                            _onto(one, listener.instance_port, one.sources, balancer, interface.id) for one in paths
                        )
                        yield from ((interface.id, path) for path in onto)

    def _takes(self, interface: NetworkInterface, balancer: AnyBalancer, port: int) -> bool:
        """Whether an interface's groups let a load balancer in, by its groups or its addresses."""
        groups = self.groups_of(interface)
        seen = self._filters.admitted(groups, IPV4, "tcp").at(port)
        return _names(groups, balancer, port, "tcp") or bool(seen & self._nodes_of(balancer, IPV4))


def _names(groups: Iterable[SecurityGroup], balancer: AnyBalancer, port: int, protocol: str) -> bool:
    """Whether rules for a port name a load balancer's groups as a source."""
    fitting = (rule for one in groups for rule in one.ingress if rule.covers(port, protocol))
    return any({*rule.group_ids} & {*balancer.group_ids} for rule in fitting)


def _first(of_instance: tuple[NetworkInterface, ...]) -> tuple[NetworkInterface, ...]:
    """The interface of an instance that traffic is sent to."""
    return tuple(one for one in of_instance if one.device_index == 0) or of_instance


def _is_closed(interface: NetworkInterface) -> bool:
    kind = interface.interface_type
    return kind in _CLOSED_TYPES or kind.startswith("gateway_load_balancer")


def _is_entry(balancer: LoadBalancer) -> bool:
    return balancer.is_internet_facing and balancer.is_active and not balancer.is_gateway


def _filtering(balancer: LoadBalancer) -> tuple[str, ...] | None:
    """The security groups that filter what comes to a load balancer; None where it may have none."""
    return None if balancer.is_network and not balancer.group_ids else balancer.group_ids


def _beside(known: Sequence[Path], possible: Iterable[Path]) -> Iterator[Path]:
    """The ways beside known ones; a doubtful one says nothing new of ports to which the whole internet comes anyway."""
    wide = [path for path in known if path.is_world()]
    yield from (path for path in possible if not (path.doubt and any(one.includes(path) for one in wide)))


def _certain(*groups: Iterable[Path]) -> tuple[Path, ...]:
    """All ways; raises `Unread` where one of them is in doubt."""
    paths = tuple(chain.from_iterable(groups))
    for doubt in (path.doubt for path in paths if path.doubt):
        raise Unread(doubt)
    return paths


def _described(one: NetworkInterface | LoadBalancer, paths: Iterable[Path]) -> Json:
    """What the internet reaches, as plain values; None where no way leads to it."""
    ways: list[Json] = [path.facts() for path in paths]
    instance = one.instance_id if isinstance(one, NetworkInterface) else None
    return (
        {"id": one.arn, "name": one.name, "region": one.region, "instance": instance, "paths": ways} if ways else None
    )


def _path(opening: Opening, address: str) -> Path:
    return Path(
        opening.family, opening.protocol, opening.first, opening.last, opening.sources, address, opening.chain,
        (), opening.inspected, opening.service,
    )  # fmt: skip


def _onto(path: Path, port: int, sources: Ranges, balancer: AnyBalancer, name: str) -> Path:
    chain = (*path.chain, f"{balancer.name} passes port {path.first} on to port {port} of {name}")
    return replace(path, first=port, last=port, sources=sources, chain=chain, via=(*path.via, balancer.arn))


@inference
def exposure(
    account: Account,
    interfaces: Interfaces,
    filters: Filters,
    balancers: Every[LoadBalancer],
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    target_groups: Every[TargetGroup],
    attributes: Every[TargetGroupAttributes],
    health: Every[TargetHealth],
    classic: Every[ClassicLoadBalancer],
    endpoints: Every[AcceleratorEndpointGroup],
    origins: VpcOrigins,
    links: VpcLinks,
) -> Exposure:
    """What the internet reaches in the account."""
    behind = Balancers(balancers, listeners, rules, target_groups, attributes, health, classic)
    return Exposure(interfaces, filters, behind, Accelerators(interfaces, endpoints), origins, links, account.regions)
