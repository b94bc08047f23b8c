"""The split of a topology into applications: by tags, else by what is connected or made by one stack."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from auditor.inference.graph import INTERNET, Node
from auditor.inference.topology import COMPUTE, MESSAGING, STORES, Topology

APPLICATION_TAG = "awsApplication"
"""What AWS Service Catalog AppRegistry puts on the resources of an application: the ARN of its group."""
TAG_KEYS = ("application", "app", "workload", "service", "system", "project")
STACK_TAG = "aws:cloudformation:stack-name"
SHARED_BY = 5
"""A store that more workloads use belongs to no single application, and joins none."""
_ENTRIES = ("distribution", "accelerator", "api", "load_balancer")
_PASSED_BY = (INTERNET, "web_acl")
"""What stands before many applications and joins none."""
_KINDS = 2
"""Of how many kinds the resources must be that a tag's value joins."""

Key = tuple[str, str]
"""A tag's key in lower case and its value."""


@dataclass(frozen=True, slots=True, eq=False)
class Application:
    """Nodes that serve one purpose together."""

    name: str
    rule: str
    """What joined them: a tag, or that they are connected."""
    nodes: tuple[str, ...]
    """Ids, in order."""
    entries: tuple[str, ...]
    """Ids of the load balancers, APIs and the like by which requests come in."""


class Applications:
    """The applications of a topology."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._shared = frozenset(self._hubs())
        self._key_of: dict[str, Key] = {}
        self._tag()
        found = sorted((*self._tagged(), *self._connected()), key=lambda one: (one.name, one.nodes))
        self.all: tuple[Application, ...] = tuple(_distinct(found))
        self._of = {name: one for one in self.all for name in one.nodes}

    def of(self, node: Node) -> Application | None:
        """The application that a node belongs to; None where it is shared or connected to nothing."""
        return self._of.get(node.id)

    def apart(self, node: Node, other: Node) -> bool:
        """Whether tags put two nodes into different applications."""
        keys = self._key_of.get(node.id), self._key_of.get(other.id)
        return None not in keys and keys[0] != keys[1]

    def is_shared(self, node: Node) -> bool:
        """Whether so many workloads use a node that it belongs to none of them."""
        return node.id in self._shared

    def why_none(self, node: Node) -> str:
        """Why a node belongs to no application."""
        if self.is_shared(node):
            return f"more than {SHARED_BY} workloads use it"
        return "no request comes in to what it is connected to, and no queue feeds it"

    def _hubs(self) -> Iterator[str]:
        for node in self._topology.of_kind(*STORES, *MESSAGING):
            users = dict.fromkeys(islice(self._users(node), 4 * SHARED_BY * SHARED_BY))
            if len(users) > SHARED_BY:
                yield node.id

    def _users(self, node: Node) -> Iterator[str]:
        for source, _ in self._topology.into(node, "environment", "role"):
            yield source.id
        for group, _ in self._topology.into(node, "flow"):
            yield from (member.id for member, _ in self._topology.into(group, "member"))

    def _near(self, name: str) -> Iterator[str]:
        """The nodes next to one, whichever way the edges lead; what many share is passed by."""
        graph = self._topology.graph
        for other in (*graph.successors(name), *graph.predecessors(name)):
            kind = self._topology.nodes[other].kind
            idle = kind == "security_group" and not any(
                True for _ in self._topology.into(self._topology.nodes[other], "member")
            )
            if kind not in _PASSED_BY and other not in self._shared and not idle:
                yield other

    def _tag(self) -> None:
        """Give each node the first of its tags whose value joins resources of several kinds."""
        kinds: dict[Key, set[str]] = defaultdict(set)
        candidates: dict[str, list[Key]] = {}
        for node in self._topology.nodes.values():
            candidates[node.id] = list(_keys(node.tags))
            for key in candidates[node.id]:
                kinds[key].add(node.kind)
        for name, keys in candidates.items():
            fitting = (key for key in keys if key[0] == APPLICATION_TAG.lower() or len(kinds[key]) >= _KINDS)
            self._key_of.update((name, key) for key in islice(fitting, 1))

    def _tagged(self) -> Iterator[Application]:
        """What has a tag, and what is nearest to it of that which has none."""
        owner = dict(self._key_of)
        ahead = deque(
            sorted((name for name in owner if name not in self._shared), key=lambda name: (owner[name], name))
        )
        while ahead:
            here = ahead.popleft()
            for other in self._near(here):
                if other not in owner:
                    owner[other] = owner[here]
                    ahead.append(other)
        self._taken = frozenset(owner)
        members: dict[Key, list[str]] = defaultdict(list)
        for name, key in owner.items():
            members[key].append(name)
        for key in sorted(members):
            yield self._made(_title(key), f"tag {key[0]}={key[1]}", members[key])

    def _connected(self) -> Iterator[Application]:
        """What is left, by what is connected or of one stack; parts that nothing enters are no application."""
        aside = {*self._taken, *self._shared, *(one.id for one in self._topology.of_kind(*_PASSED_BY))}
        left = [name for name in self._topology.nodes if name not in aside]
        stacks: dict[str, list[str]] = defaultdict(list)
        for name in left:
            if stack := self._topology.nodes[name].tags.get(STACK_TAG):
                stacks[stack].append(name)
        seen: set[str] = set()
        for name in left:
            if name not in seen:
                part = self._component(name, stacks)
                seen.update(part)
                if self._lives(part):
                    yield self._made(self._call(part), "connected, or of one stack", part)

    def _component(self, start: str, stacks: dict[str, list[str]]) -> list[str]:
        found: dict[str, None] = {start: None}
        ahead = deque(found)
        while ahead:
            here = ahead.popleft()
            stack = self._topology.nodes[here].tags.get(STACK_TAG, "")
            for other in (*self._near(here), *stacks.pop(stack, ())):
                if other not in found and other not in self._taken:
                    found[other] = None
                    ahead.append(other)
        return list(found)

    def _lives(self, part: Iterable[str]) -> bool:
        nodes = [self._topology.nodes[name] for name in part]
        return any(
            one.kind in _ENTRIES
            or (one.kind in COMPUTE and (self._topology.is_routed(one) or self._topology.consumes(one) is not None))
            for one in nodes
        )

    def _call(self, part: Iterable[str]) -> str:
        """The shortest public name, else the name of a load balancer or the like, else of what is first."""
        nodes = [self._topology.nodes[name] for name in sorted(part)]
        public = [one.name for one in nodes if one.kind == "dns_name" and one.id in self._topology.depths]
        ways = (
            sorted(public, key=lambda name: (len(name), name)),
            [one.name for kind in reversed(_ENTRIES) for one in nodes if one.kind == kind],
            [one.name for one in nodes if one.kind in COMPUTE],
            [one.name for one in nodes],
        )
        return next(names[0] for names in ways if names)

    def _made(self, name: str, rule: str, part: Iterable[str]) -> Application:
        names = tuple(sorted(part))
        nodes = (self._topology.nodes[one] for one in names)
        return Application(name, rule, names, tuple(one.id for one in nodes if one.kind in _ENTRIES))


def _keys(tags: Mapping[str, str]) -> Iterator[Key]:
    by_key = {key.lower(): (key.lower(), value) for key, value in tags.items() if value}
    return (by_key[key] for key in (APPLICATION_TAG.lower(), *TAG_KEYS) if key in by_key)


def _title(key: Key) -> str:
    """The value; of an ARN `...:group/NAME/ID` the name."""
    parts = key[1].split("/")
    return parts[1] if key[1].startswith("arn:") and len(parts) > 1 else key[1]


def _distinct(found: Iterable[Application]) -> Iterator[Application]:
    """Several of one name are told apart by numbers."""
    times: dict[str, int] = defaultdict(int)
    for one in found:
        times[one.name] += 1
        number = times[one.name]
        yield one if number == 1 else Application(f"{one.name} ({number})", one.rule, one.nodes, one.entries)
