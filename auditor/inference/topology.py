"""The account as a graph: from the internet by names, edges and load balancers to what computes and what keeps data."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2_network import NetworkInterface, SecurityGroup, Subnet
from auditor.evidence.elbv2 import Target, TargetGroup
from auditor.evidence.tagging import TaggedResource
from auditor.inference.compute_groups import ComputeEvidence, ComputeGroups
from auditor.inference.entrances import EntranceEvidence, Entrances
from auditor.inference.graph import INTERNET, Draft, Edge, Gaps, Graph, Node
from auditor.inference.network import Interfaces
from auditor.inference.stores import StoreEvidence, Stores
from auditor.typed import Resource
from auditor.wiring import inference

COMPUTE = ("auto_scaling_group", "instance", "ecs_service", "function")
STORES = ("cache", "database", "proxy", "table", "bucket", "search", "file_system", "warehouse")
MESSAGING = ("queue", "topic", "stream")
_GIVEN = "ec2:DescribeSecurityGroups IpPermissions[].UserIdGroupPairs[].GroupId"
_MEMBER = "ec2:DescribeSecurityGroups GroupId"


@dataclass(frozen=True, slots=True)
class Tie:
    """A node that another one is connected to, and why."""

    node: Node
    edges: tuple[Edge, ...]

    @property
    def strongest(self) -> Edge:
        """The surest of the reasons."""
        return max(self.edges, key=lambda edge: edge.strength)

    @property
    def is_declared(self) -> bool:
        """Whether more than network rules says so."""
        return any(edge.kind != "flow" for edge in self.edges)


class Topology:
    """Questions about the graph. What is there is known; that something is not there is only known without gaps."""

    def __init__(self, graph: Graph, aliases: Mapping[str, str], gaps: Gaps) -> None:
        self.graph = graph
        self.gaps = gaps
        self._aliases = aliases
        self.nodes: Mapping[str, Node] = graph.nodes
        self.depths = self._reached()
        """How many load balancers requests from the internet pass on the shortest way to a node, and itself."""
        self._attached: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            for group in node.groups:
                self._attached[node.region, group].append(node)

    def node(self, resource: Resource | str) -> Node | None:
        """The node of a resource or an ARN: its own, or that of the group or cluster that it is part of."""
        arn = resource if isinstance(resource, str) else resource.arn
        return self.nodes.get(self._aliases.get(arn, arn))

    def of_kind(self, *kinds: str) -> Iterator[Node]:
        """The nodes of some kinds, in order."""
        return (node for node in self.nodes.values() if node.kind in kinds)

    def attached(self, group_id: str, region: str) -> tuple[Node, ...]:
        """The nodes that are known to use a security group."""
        return tuple(self._attached.get((region, group_id), ()))

    def out_of(self, node: Node, *kinds: str) -> Iterator[tuple[Node, tuple[Edge, ...]]]:
        """The nodes that edges of some kinds lead to from a node, and these edges."""
        for target in self.graph.successors(node.id):
            edges = tuple(edge for edge in self.graph.edges[node.id, target] if edge.kind in kinds)
            if edges:
                yield self.nodes[target], edges

    def into(self, node: Node, *kinds: str) -> Iterator[tuple[Node, tuple[Edge, ...]]]:
        """The nodes from which edges of some kinds lead to a node, and these edges."""
        for source in self.graph.predecessors(node.id):
            edges = tuple(edge for edge in self.graph.edges[source, node.id] if edge.kind in kinds)
            if edges:
                yield self.nodes[source], edges

    def uses(self, node: Node) -> tuple[Tie, ...]:
        """What a node uses: stores, queues, load balancers and functions, by its configuration, role or groups."""
        direct = self.out_of(node, "route", "event", "environment", "role")
        flows = (found for group, _ in self.out_of(node, "member") for found in self.out_of(group, "flow"))
        return _ties(node, direct, flows)

    def first_use(self, node: Node, wanted: Callable[[Node], bool]) -> Tie | None:
        """The surest of what a node uses that is wanted, without looking at all of it; None where nothing is."""
        direct = [one for one in self.out_of(node, "environment", "role", "route", "event") if wanted(one[0])]
        flows = (found for group, _ in self.out_of(node, "member") for found in self.out_of(group, "flow"))
        through = (one for one in flows if wanted(one[0]) and one[0].id != node.id)
        surest = max(direct, key=lambda one: max(edge.strength for edge in one[1]), default=None)
        first = surest or next(through, None)
        return Tie(*first) if first else None

    def users(self, node: Node) -> tuple[Tie, ...]:
        """What uses a node, by its configuration, role or groups."""
        direct = self.into(node, "route", "event", "environment", "role")
        flows = (
            (member, edges) for group, edges in self.into(node, "flow") for member, _ in self.into(group, "member")
        )
        return _ties(node, direct, flows)

    def is_routed(self, node: Node) -> bool:
        """Whether a load balancer, an API or a name sends requests to a node."""
        return any(True for _ in self.into(node, "route"))

    def consumes(self, node: Node) -> Node | None:
        """A queue, stream or topic whose messages a node takes; None where none is known."""
        pushed = (source for source, _ in self.into(node, "event"))
        pulled = (
            target
            for target, edges in self.out_of(node, "role")
            if any("receive" in edge.mode.split(",") for edge in edges)
        )
        return next((one for one in (*pushed, *pulled) if one.kind in (*MESSAGING, "table", "bucket")), None)

    def entrances(self, node: Node) -> Iterator[Node]:
        """What sends requests from the internet straight to a node."""
        if node.id in self.depths:
            sources = (source for source, _ in self.into(node, "route") if source.id in self.depths)
            yield from (source for source in sources if self._is_route(source.id, node.id))

    def path_from_internet(self, node: Node) -> tuple[Node, ...]:
        """A shortest way of requests from the internet to a node; empty where there is none."""
        way = [node.id] if node.id in self.depths else []
        while way and way[-1] != INTERNET:
            way.append(self._before[way[-1]])
        return tuple(self.nodes[name] for name in reversed(way))

    @cached_property
    def _before(self) -> Mapping[str, str]:
        """The node before each on a shortest way of requests from the internet."""
        before: dict[str, str] = {}
        ahead = deque([INTERNET])
        while ahead:
            here = ahead.popleft()
            for target in self.graph.successors(here):
                if target not in before and target != INTERNET and self._is_route(here, target):
                    before[target] = here
                    ahead.append(target)
        return before

    def _is_route(self, source: str, target: str) -> bool:
        routes = (edge for edge in self.graph.edges[source, target] if edge.kind == "route")
        return any(_leads_in(edge, self.nodes[source], self.nodes[target]) for edge in routes)

    def _reached(self) -> Mapping[str, int]:
        depths = {INTERNET: 0} if INTERNET in self.nodes else {}
        ahead = deque(depths)
        while ahead:
            here = ahead.popleft()
            for target, _ in self.out_of(self.nodes[here], "route"):
                if not self._is_route(here, target.id):
                    continue
                step = target.kind == "load_balancer"
                depth = depths[here] + step
                if depth < depths.get(target.id, depth + 1):
                    depths[target.id] = depth
                    (ahead.append if step else ahead.appendleft)(target.id)
        return depths


def _leads_in(edge: Edge, source: Node, target: Node) -> bool:
    """Whether who resolves a name gets any further: a public name may have private addresses behind it."""
    if source.kind != "dns_name":
        return True
    if target.kind == "load_balancer":
        return target.is_public
    return not _is_private(edge.value)


def _is_private(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return False


def _ties(node: Node, *parts: Iterable[tuple[Node, tuple[Edge, ...]]]) -> tuple[Tie, ...]:
    found: dict[str, dict[Edge, None]] = defaultdict(dict)
    nodes: dict[str, Node] = {}
    for other, edges in (pair for part in parts for pair in part):
        if other.id not in (node.id, INTERNET):
            nodes[other.id] = other
            found[other.id].update(dict.fromkeys(edges))
    return tuple(Tie(nodes[name], tuple(found[name])) for name in sorted(found))


class _Flows:
    """Security groups that other groups name: nodes between the workloads and what they may connect to."""

    def __init__(self, draft: Draft, groups: Every[SecurityGroup]) -> None:
        self._draft = draft
        self._groups: dict[tuple[str, str], SecurityGroup] = {}
        draft.each(SecurityGroup, groups, self._group)

    def _group(self, group: SecurityGroup) -> None:
        self._groups[group.region, group.id] = group

    def draw(self) -> None:
        """The rules that admit groups to a node's ports, and the members of the groups that they name."""
        named: dict[tuple[str, str], SecurityGroup] = {}
        for node in list(self._draft.nodes.values()):
            if node.kind in (*STORES, *MESSAGING, "load_balancer") and node.groups:
                named.update(((node.region, one.id), one) for one in self._admitted(node))
        for group in named.values():
            self._draft.add(group, "security_group", vpc=group.vpc_id)
        for node in list(self._draft.nodes.values()):
            if node.kind in (*COMPUTE, "proxy"):
                for group_id in node.groups:
                    if (node.region, group_id) in named:
                        self._draft.link(node.id, named[node.region, group_id].arn, "member", _MEMBER, group_id)

    def _admitted(self, node: Node) -> Iterator[SecurityGroup]:
        own = (self._groups.get((node.region, name)) for name in node.groups)
        for group in filter(None, own):
            for rule in group.ingress:
                ports = [port for port in node.ports if rule.covers(port)]
                known = (self._groups.get((node.region, name)) for name in rule.group_ids)
                for source in filter(None, known if ports else ()):
                    for port in ports:
                        self._draft.link(source.arn, node.id, "flow", _GIVEN, f"{source.id} in {group.id}", port=port)
                    yield source


class _Addresses:
    """Whose the addresses are that target groups send to."""

    def __init__(self, draft: Draft, interfaces: Interfaces) -> None:
        self._draft = draft
        self._interfaces = interfaces
        self._stores: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for node in draft.nodes.values():
            if node.kind in (*STORES, "load_balancer"):
                for group in node.groups:
                    self._stores[node.region, group].append(node)

    def connect(self, targets: Iterable[tuple[TargetGroup, Target]]) -> None:
        """Edges from target groups to what has the addresses."""
        given = "elbv2:DescribeTargetHealth Target.Id"
        for group, target in targets:
            try:
                holders = self._interfaces.at_private_address(target.id, group.region)
            except Unread as failure:
                self._draft.gaps[NetworkInterface].append(failure.gap)
                continue
            own = [one for one in holders if one.vpc_id == group.vpc_id] or holders
            for name in (name for interface in own for name in self._owners(interface)):
                self._draft.link(group.arn, name, "route", given, target.id, port=target.port)

    def _owners(self, interface: NetworkInterface) -> Iterator[str]:
        """An instance says so itself; a store that a service runs is told by its groups and subnets."""
        if interface.instance_id:
            yield interface.instance_id
        elif interface.requester_id or interface.requester_managed:
            near = (node for name in interface.group_ids for node in self._stores[interface.region, name])
            tier = self._interfaces.tier(interface)
            fitting = (one for one in near if interface.subnet_id in one.subnets and _OWNERS.get(one.kind) == tier)
            yield from dict.fromkeys(node.id for node in fitting)


_OWNERS = {
    "database": "database",
    "proxy": "database",
    "warehouse": "database",
    "cache": "cache",
    "search": "search",
    "file_system": "file",
    "load_balancer": "edge",
}
"""What the interfaces of a node say that they are part of; those of what computes say `compute`."""


def interface_tier(node: Node) -> str:
    """What the interfaces of a node say that they are part of."""
    return _OWNERS.get(node.kind, "compute")


@inference
def topology(
    entrances: EntranceEvidence,
    compute: ComputeEvidence,
    stores: StoreEvidence,
    groups: Every[SecurityGroup],
    subnets: Every[Subnet],
    interfaces: Interfaces,
    tagged: Every[TaggedResource],
) -> Topology:
    """The graph of what is known, with the gaps."""
    draft = Draft({one.arn: one.tags for one in tagged.known()}, {one.id: one for one in subnets.known()})
    draft.gaps[TaggedResource] += tagged.gaps
    draft.gaps[Subnet] += subnets.gaps
    doors, computing = Entrances(draft, entrances), ComputeGroups(draft, compute)
    doors.draw()
    computing.draw()
    keeping = Stores(draft, stores)
    keeping.draw()
    doors.connect()
    computing.connect(keeping.roles)
    _Addresses(draft, interfaces).connect(computing.targets)
    _Flows(draft, groups).draw()
    return Topology(draft.finish(), draft.aliases, Gaps(draft.gaps))
