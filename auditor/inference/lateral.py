"""How far whoever takes over an interface gets inside its network: from one workload's interface to the next."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.evidence.ec2_network import NetworkInterface, Permission, SecurityGroup, Vpc
from auditor.inference.exposure import Exposure, Path
from auditor.inference.network import Interfaces
from auditor.wiring import inference

_WORKLOADS = ("compute", "database", "cache", "search", "file")
HOPS = 3
"""How many times an attacker is taken to move on."""
_WIDEST = 5
"""How many rules are worth naming."""

Place = tuple[frozenset[str], str]
"""Security groups and a subnet: interfaces that share them can do and suffer the same."""
Rule = tuple[str, str]
"""A security group's id and what its rule says."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What one interface that the internet reaches can get to."""

    start: NetworkInterface
    path: Path
    """How the internet reaches the start."""
    reached: tuple[NetworkInterface, ...]
    of: int
    """How many others there are in the network."""
    rules: tuple[tuple[str, float], ...]
    """The widest rules on the way, and the share that is left without each."""

    @property
    def share(self) -> float:
        """The share of the network's other workload interfaces that is reached."""
        return len(self.reached) / self.of if self.of else 0.0


class Lateral:
    """Answers for each VPC; load balancers are passed by, as nothing is opened backward through one."""

    def __init__(self, exposure: Exposure, interfaces: Interfaces) -> None:
        self._exposure = exposure
        self._interfaces = interfaces

    def workloads(self, vpc: Vpc) -> tuple[NetworkInterface, ...]:
        """The interfaces of workloads in a VPC."""
        here = self._interfaces.of_vpc(vpc.id, vpc.region)
        return tuple(one for one in here if self._interfaces.tier(one) in _WORKLOADS)

    def widest(self, vpc: Vpc) -> Reach | None:
        """The farthest that an attacker gets from an interface of a VPC; None where the internet reaches none."""
        graph = _Graph(self._exposure, self._interfaces, self.workloads(vpc))
        starts = ((len(graph.spread(start)), start, path) for start, path in self._starts(graph))
        widest = max(starts, key=lambda one: (one[0], one[1].id), default=None)
        return None if widest is None else self._reach(graph, widest[1], widest[2])

    def _starts(self, graph: _Graph) -> Iterator[tuple[NetworkInterface, Path]]:
        """One interface of each place that the internet reaches."""
        for members in graph.places.values():
            compute = (one for one in members if self._interfaces.tier(one) == "compute")
            ways = ((one, path) for one in compute for path in self._exposure.of(one) if not path.service)
            yield from [first] if (first := next(ways, None)) else []

    @staticmethod
    def _reach(graph: _Graph, start: NetworkInterface, path: Path) -> Reach:
        reached = graph.spread(start)
        others = len(graph) - 1
        widest = [rule for rule, _ in graph.rules_between(start, reached).most_common(_WIDEST)]
        without = ((rule, len(graph.spread(start, without=rule))) for rule in widest)
        rules = tuple((f"{what} in {group}", left / others if others else 0.0) for (group, what), left in without)
        return Reach(start, path, reached, others, rules)


class _Graph:
    """Places of a VPC and the rules that lead from one to another."""

    def __init__(self, exposure: Exposure, interfaces: Interfaces, members: tuple[NetworkInterface, ...]) -> None:
        self._exposure = exposure
        self._interfaces = interfaces
        self._count = len(members)
        self.places: dict[Place, list[NetworkInterface]] = defaultdict(list)
        for one in members:
            self.places[_place(one)].append(one)
        self._by_group: dict[str, list[Place]] = defaultdict(list)
        for place in self.places:
            for group in place[0]:
                self._by_group[group].append(place)
        self._by_block: dict[str, tuple[Place, ...]] = {}
        self._edges = self._connected()

    def __len__(self) -> int:
        return self._count

    def spread(self, start: NetworkInterface, without: Rule | None = None) -> tuple[NetworkInterface, ...]:
        """The interfaces that are reached in a few hops, if need be as though a rule were gone."""
        reached: dict[Place, None] = {}
        frontier = [_place(start)]
        for _ in range(HOPS):
            ahead = (edge for source in frontier for edge in self._edges.get(source, {}).items())
            new = (
                target for target, rules in ahead if target not in reached and (len(rules) > 1 or without not in rules)
            )
            frontier = list(dict.fromkeys(new))
            reached.update(dict.fromkeys(frontier))
        return tuple(one for place in reached for one in self.places[place] if one is not start)

    def rules_between(self, start: NetworkInterface, reached: Iterable[NetworkInterface]) -> Counter[Rule]:
        """How many interfaces each rule opens to others of the start and what is reached."""
        places = dict.fromkeys(map(_place, (start, *reached)))
        used: Counter[Rule] = Counter()
        for source in places:
            for target, rules in self._edges.get(source, {}).items():
                for rule in rules:
                    used[rule] += len(self.places[target])
        return used

    def _connected(self) -> Mapping[Place, Mapping[Place, dict[Rule, None]]]:
        edges: dict[Place, dict[Place, dict[Rule, None]]] = defaultdict(lambda: defaultdict(dict))
        for target, members in self.places.items():
            for group in self._exposure.groups_of(members[0]):
                for rule in (one for one in group.ingress if one.has_ports):
                    name = group.id, _said(rule)
                    for source in self._sources(rule, group, members[0].vpc_id):
                        if self._exposure.connects(self.places[source][0], members[0], rule):
                            edges[source][target][name] = None
        return edges

    def _sources(self, rule: Permission, group: SecurityGroup, vpc_id: str) -> dict[Place, None]:
        """The places that a rule admits, by group or because an interface in them has an address of its ranges."""
        named = (place for one in rule.group_ids for place in self._by_group.get(one, ()))
        inside = (place for block in rule.ranges for place in self._inside(block, vpc_id, group.region))
        return dict.fromkeys((*named, *inside))

    def _inside(self, block: str, vpc_id: str, region: str) -> tuple[Place, ...]:
        """The places that have an address in a block."""
        if block not in self._by_block:
            found = dict.fromkeys(map(_place, self._interfaces.in_range(block, vpc_id, region)))
            self._by_block[block] = tuple(place for place in found if place in self.places)
        return self._by_block[block]


def _said(rule: Permission) -> str:
    named = (*rule.ranges, *rule.group_ids)
    return f"{rule.what} from {named[0]}" + (" and others" if len(named) > 1 else "")


def _place(interface: NetworkInterface) -> Place:
    return frozenset(interface.group_ids), interface.subnet_id


@inference
def lateral(exposure: Exposure, interfaces: Interfaces) -> Lateral:
    """How far an attacker gets inside the account's networks."""
    return Lateral(exposure, interfaces)
