"""A graph of resources while it is drawn: nodes, edges with the field that gave them, and what could not be read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2_network import Subnet
from auditor.model import GLOBAL, NOTHING, Gap
from auditor.typed import Evidence, Place, Resource, inline_tags

T = TypeVar("T")
E = TypeVar("E", bound=Evidence)

INTERNET = "internet"
"""The node that stands for everyone."""

STRENGTHS = {
    "route": 1.0,
    "event": 1.0,
    "protects": 1.0,
    "member": 1.0,
    "environment": 0.9,
    "role": 0.7,
    "flow": 0.6,
}
"""How sure an edge of a kind is.

`route`: requests are sent there by configuration. `event`: messages are delivered there. `environment`: an address,
ARN, name or secret stands in the source's configuration. `role`: the source's role names the ARN. `flow`: a security
group names the source's group on the destination's port; `member` leads from a workload to that group.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A resource, or several that stand for one: the instances of a group, the members of a cluster."""

    id: str
    """Its ARN; of a name `dns/NAME/TYPE`, or `dns-private/NAME/TYPE` where a private zone has it."""
    kind: str
    """`load_balancer`, `auto_scaling_group`, `database` and so on."""
    name: str
    region: str
    given: str
    """The operation and the field that gave it."""
    resource: Resource | None = None
    vpc: str = ""
    subnets: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Ids of its security groups."""
    ports: tuple[int, ...] = ()
    """Where it takes connections; empty where nothing says so."""
    is_public: bool = False
    """Whether the internet is meant to reach it: a scheme, a public address, a public endpoint."""
    tags: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    members: tuple[str, ...] = ()
    """Ids of what it stands for."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One reason why two nodes are connected."""

    source: str
    target: str
    kind: str
    given: str
    """The operation and the field that gave it."""
    value: str = ""
    """What stood there, or the name of the variable; never the value of a variable."""
    port: int | None = None
    mode: str = ""
    """`read`, `write` or both; `receive` of a queue; `reader` or `writer` of a database's endpoints."""

    @property
    def strength(self) -> float:
        """How sure it is, from 0 to 1."""
        return STRENGTHS[self.kind]


class Graph:
    """Nodes, and the edges between two of them in order; which lead out of a node and which into it."""

    def __init__(self, nodes: Mapping[str, Node], edges: Mapping[tuple[str, str], tuple[Edge, ...]]) -> None:
        self.nodes = nodes
        self.edges = edges
        """By source and target."""
        self._after: dict[str, list[str]] = defaultdict(list)
        self._before: dict[str, list[str]] = defaultdict(list)
        for source, target in edges:
            self._after[source].append(target)
            self._before[target].append(source)

    def successors(self, name: str) -> Sequence[str]:
        """The nodes that edges lead to from a node."""
        return self._after.get(name, ())

    def predecessors(self, name: str) -> Sequence[str]:
        """The nodes from which edges lead to a node."""
        return self._before.get(name, ())


def given_by(resource: Resource) -> str:
    """The operation that listed a resource, and the field that names it."""
    spec = resource._fields.get("arn")
    place: Place = object.__getattribute__(resource, "_place")
    return f"{place.call} {spec.path if spec else ''}".strip()


class Draft:
    """Takes nodes and edges in any order; an edge counts once both of its ends are there."""

    def __init__(self, tags: Mapping[str, Mapping[str, str]], places: Mapping[str, Subnet]) -> None:
        self._tags = tags
        self._places = places
        self.nodes: dict[str, Node] = {}
        self.aliases: dict[str, str] = {}
        """Ids of what is no node of its own, to the node that stands for it."""
        self.gaps: dict[type, list[Gap]] = defaultdict(list)
        """What could not be read, by the kind of evidence."""
        self.hosts: dict[str, list[str]] = defaultdict(list)
        """Host names and public addresses to nodes."""
        self.names: dict[str, list[Naming]] = defaultdict(list)
        """What a configuration may call a node: addresses, ARNs, URLs, names."""
        self._edges: dict[tuple[str, str], dict[Edge, None]] = defaultdict(dict)

    def each(self, kind: type[T], every: Every[T], add: Callable[[T], object]) -> None:
        """Take in all that is known of a kind; what is not, and what lacks a field, is a gap of the kind."""
        self.gaps[kind] += every.gaps
        for item in every.known():
            try:
                add(item)
            except Unread as failure:
                self.gaps[kind].append(failure.gap)

    def details(self, kind: type[E], every: Every[E], scope: Resource) -> tuple[E, ...]:
        """What describes, or was listed under, a resource; a gap where it could not be read."""
        try:
            return every.of(scope)
        except Unread as failure:
            self.gaps[kind].append(failure.gap)
            return ()

    def add(self, resource: Resource, kind: str, **more: object) -> Node:
        """A node for a resource, under its ARN."""
        tags = {**self._tags.get(resource.arn, {}), **(resource.tags if inline_tags(type(resource)) else {})}
        node = Node(resource.arn, kind, resource.name, resource.region, given_by(resource), resource, tags=tags, **more)  # type: ignore[arg-type]
        placed = [self._places[one] for one in node.subnets if one in self._places]
        if placed and not (node.vpc and node.zones):
            zones = node.zones or tuple(sorted({one.zone for one in placed}))
            node = replace(node, vpc=node.vpc or placed[0].vpc_id, zones=zones)
        return self.put(node)

    def put(self, node: Node) -> Node:
        """A node; the first of an id stays."""
        return self.nodes.setdefault(node.id, node)

    def link(self, source: str, target: str, kind: str, given: str, value: str = "", **more: object) -> None:
        """An edge between two ids."""
        edge = Edge(source, target, kind, given, value, **more)  # type: ignore[arg-type]
        self._edges[source, target][edge] = None

    def called(self, node: Node, names: Iterable[str | None], mode: str = "") -> None:
        """Remember what configurations may call a node."""
        for name in names:
            if name:
                self.names[name].append(Naming(node.id, node.region, mode))

    def served_at(self, node_id: str, *hosts: str | None) -> None:
        """Remember the host names and addresses at which a node takes requests."""
        for host in hosts:
            if host:
                self.hosts[plain_host(host)].append(node_id)

    def resolve(self, node_id: str) -> str:
        """The node that an id stands for."""
        return self.aliases.get(node_id, node_id)

    def named(self, text: str, region: str) -> Iterator[Naming]:
        """The nodes that a piece of configuration names; of several of one name, those of the region."""
        for word in words(text):
            found = self.names.get(word, ())
            yield from [one for one in found if one.region in (region, GLOBAL)] or found

    def finish(self) -> Graph:
        """The graph of what was drawn, in order."""
        found: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        for (source, target), edges in self._edges.items():
            ends = self.resolve(source), self.resolve(target)
            if ends[0] != ends[1] and ends[0] in self.nodes and ends[1] in self.nodes:
                found[ends] += (replace(edge, source=ends[0], target=ends[1]) for edge in edges)
        ordered = {ends: tuple(sorted(set(found[ends]), key=_order)) for ends in sorted(found)}
        return Graph({name: self.nodes[name] for name in sorted(self.nodes)}, ordered)


def _order(edge: Edge) -> tuple[float, str, str, str, str, int]:
    return -edge.strength, edge.kind, edge.given, edge.value, edge.mode, edge.port or 0


@dataclass(frozen=True, slots=True)
class Naming:
    """A node that a name stands for."""

    node: str
    region: str
    mode: str


_BREAKS = re.compile(r"[\s,;|'\"=<>{}\[\]()]+")
_HOST = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_BUCKET = re.compile(r"s3a?://([a-z0-9.-]+)")


def words(text: str) -> tuple[str, ...]:
    """The pieces of a value that may name something: itself, what is between marks, hosts, and buckets of S3 URLs."""
    pieces = (text, *_BREAKS.split(text), *(host.lower() for host in _HOST.findall(text)), *_BUCKET.findall(text))
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def plain_host(host: str) -> str:
    """A host name as all of AWS's records can be compared: in lower case, without `dualstack.` and the last dot."""
    return host.lower().rstrip(".").removeprefix("dualstack.")


class Gaps:
    """What could not be read of the evidence behind an answer."""

    def __init__(self, gaps: Mapping[type, Iterable[Gap]]) -> None:
        self._gaps = {kind: tuple(dict.fromkeys(found)) for kind, found in gaps.items() if found}

    def of(self, kinds: Iterable[type], region: str) -> tuple[Gap, ...]:
        """The gaps of some kinds that concern a region; those of global services concern all."""
        found = (gap for kind in kinds for gap in self._gaps.get(kind, ()))
        return tuple(gap for gap in found if region == GLOBAL or gap.region in (region, GLOBAL))

    def kinds(self, region: str) -> tuple[type, ...]:
        """The kinds of evidence that could not be fully read in a region."""
        return tuple(kind for kind in self._gaps if self.of((kind,), region))

    def none_of(self, kinds: Iterable[type], region: str) -> None:
        """For an answer that rests on there being no more: raises `Unread` where some of it was not read."""
        for gap in self.of(kinds, region):
            raise Unread(gap)

    def all(self) -> tuple[Gap, ...]:
        """All of them, in order."""
        found = {gap: None for gaps in self._gaps.values() for gap in gaps}
        return tuple(sorted(found, key=lambda gap: (gap.service, gap.operation, gap.region, gap.code)))
