"""What the internet reaches: from each way into the account to the data behind it, as the topology has it."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from auditor.drawing import Mark
    from auditor.model import Assessment, Severity

INTERNET = "internet"
STORES = frozenset({"data_relational", "data_non_relational"})
"""The tiers whose nodes hold data."""
ENTRIES = 40
"""Ways in that the page lists, the worst first."""
CHAINS = 12
"""Stores behind one of them that are shown."""
STEPS = 6
"""Steps that explain one of them."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One resource on a way."""

    name: str
    kind: str
    """For people: `load balancer`."""
    region: str
    ports: str
    """Those of the step that leads here; empty where the step has none."""
    failed: int
    """Open failures on it."""
    worst: Severity | None
    holds_data: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """Stores that are reached through the same stops."""

    through: tuple[Stop, ...]
    """Without the entry."""
    stores: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One way into the account, and the shortest chain to each store behind it."""

    entry: Stop
    doors: tuple[str, ...]
    """Ports and who can take them: `tcp 443 from the internet`; empty where only the topology knows of the way."""
    branches: tuple[Branch, ...]
    """Empty where no data is behind it."""
    more: int
    """Stores beyond these."""
    why: tuple[str, ...]
    """What makes it possible: the answer's field, or route, gateway and rules from the outside inwards."""


def ways(assessment: Assessment, marks: Mapping[str, Sequence[Mark]]) -> list[Way]:
    """The ways in of the views `topology` and `exposure`, those with the worst failures first."""
    view, exposed = assessment.views.get("topology"), assessment.views.get("exposure")
    graph = _Graph(view or {"nodes": (), "edges": ()}, marks)
    reached: dict[str, Mapping[str, Any]] = {}
    for one in _items(exposed, "reached"):
        reached[graph.owner(one)] = one
    found = [graph.way(edge["to"], _given(edge), reached.pop(edge["to"], None)) for edge in graph.entries]
    found += [graph.way(name, (), one) for name, one in reached.items() if not graph.has_before(name, one)]
    return sorted(found, key=_urgency)[:ENTRIES]


def unseen(assessment: Assessment) -> list[str]:
    """What could not be read and may lead in as well."""
    return list(_items(assessment.views.get("exposure"), "unread"))


def _items(view: Any, key: str) -> Sequence[Any]:
    return view.get(key, ()) if view else ()


def _given(edge: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(one["given"] for one in edge["evidence"][:1])


def _urgency(way: Way) -> tuple[int, int, str, str]:
    stops = (way.entry, *(stop for branch in way.branches for stop in (*branch.through, *branch.stores)))
    worst = max((stop.worst.rank for stop in stops if stop.worst), default=-1)
    return -worst, -len(way.branches), way.entry.kind, way.entry.name


class _Graph:
    def __init__(self, view: Mapping[str, Any], marks: Mapping[str, Sequence[Mark]]) -> None:
        self._nodes = {node["id"]: node for node in view["nodes"]}
        self._owners = {name: node["id"] for node in view["nodes"] for name in (*node["members"], node["id"])}
        self._owners |= {name.rpartition("/")[2]: owner for name, owner in self._owners.items() if ":instance/" in name}
        self._marks = marks
        self.entries = [edge for edge in view["edges"] if edge["from"] == INTERNET and edge["to"] in self._nodes]
        self._onward: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for edge in view["edges"]:
            if edge["to"] in self._nodes:
                self._onward[edge["from"]].append(edge)

    def owner(self, reached: Mapping[str, Any]) -> str:
        """The node that a reached interface or load balancer is part of; itself, where the topology has none."""
        own: str = reached["id"]
        found: str = self._owners.get(reached["instance"] or "", self._owners.get(own, own))
        return found

    def has_before(self, name: str, reached: Mapping[str, Any]) -> bool:
        """Whether only services lead to it, which ask in the place of clients: the way in begins with them."""
        return name in self._nodes and all(path.get("front") for path in reached["paths"])

    def way(self, name: str, why: tuple[str, ...], reached: Mapping[str, Any] | None) -> Way:
        """The way into a node, or into an interface that is part of none."""
        chains = list(self._chains(name)) if name in self._nodes else []
        paths = reached["paths"] if reached else ()
        entry = self._stop(name) if name in self._nodes else _outside(reached or {})
        doors = dict.fromkeys(f"{one['ports']} from {one['origin']}" for one in paths)
        steps = dict.fromkeys(step for one in paths for step in one["chain"])
        return Way(
            entry, tuple(doors), _branches(chains[:CHAINS]), max(len(chains) - CHAINS, 0), (*why, *steps)[:STEPS]
        )

    def _chains(self, start: str) -> Iterator[tuple[Stop, ...]]:
        """The shortest chain to each store, near ones first; nothing is looked for behind a store."""
        before: dict[str, Mapping[str, Any] | None] = {start: None}
        waiting = deque([start] if self._nodes[start]["tier"] not in STORES else [])
        while waiting:
            for edge in self._onward[waiting.popleft()]:
                name = edge["to"]
                if name in before:
                    continue
                before[name] = edge
                if self._nodes[name]["tier"] in STORES:
                    yield tuple(reversed(list(self._back(edge, before))))
                else:
                    waiting.append(name)

    def _back(self, edge: Mapping[str, Any] | None, before: Mapping[str, Mapping[str, Any] | None]) -> Iterator[Stop]:
        while edge is not None:
            yield self._stop(edge["to"], ", ".join(map(str, edge["ports"])))
            edge = before[edge["from"]]

    def _stop(self, name: str, ports: str = "") -> Stop:
        node, marks = self._nodes[name], self._marks.get(name, ())
        worst = max((mark.severity for mark in marks), key=lambda one: one.rank, default=None)
        kind = node["kind"].replace("_", " ")
        return Stop(node["name"], kind, node["region"], ports, len(marks), worst, node["tier"] in STORES)


def _branches(chains: Iterable[tuple[Stop, ...]]) -> tuple[Branch, ...]:
    stores: defaultdict[tuple[Stop, ...], list[Stop]] = defaultdict(list)
    for *through, store in chains:
        stores[tuple(through)].append(store)
    return tuple(Branch(through, tuple(ends)) for through, ends in stores.items())


def _outside(reached: Mapping[str, Any]) -> Stop:
    """An interface that belongs to nothing that the topology knows."""
    return Stop(reached["name"], "network interface", reached["region"], "", 0, None, holds_data=False)
