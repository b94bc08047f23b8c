"""What is drawn: cards and links. Many of a kind become one card, so that 200 nodes stay readable."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.drawing.marks import Mark
from auditor.errors import UsageError
from auditor.model import GLOBAL, Severity

INTERNET = "internet"
BANDS: Mapping[str, str] = {
    INTERNET: "Internet",
    "presentation": "Presentation",
    "application": "Application",
    "caching": "Caching",
    "data_relational": "Relational data",
    "data_non_relational": "Other data",
    "messaging": "Messaging",
    "operations": "Operations",
    "unplaced": "Unplaced",
}
"""The bands from the outside inwards."""
KINDS: Mapping[str, tuple[str, str, int]] = {
    INTERNET: ("NET", "everyone", 0),
    "dns_name": ("DNS", "DNS name", 0),
    "web_acl": ("WAF", "web ACL", 0),
    "accelerator": ("GA", "accelerator", 1),
    "distribution": ("CF", "distribution", 1),
    "load_balancer": ("LB", "load balancer", 0),
    "api": ("API", "API", 0),
    "target_group": ("TG", "target group", 0),
    "auto_scaling_group": ("ASG", "scaling group", 2),
    "instance": ("EC2", "instance", 2),
    "ecs_service": ("ECS", "service", 2),
    "function": ("λ", "function", 2),
    "cache": ("MEM", "cache", 0),
    "proxy": ("PRX", "database proxy", 0),
    "database": ("DB", "database", 1),
    "warehouse": ("DW", "warehouse", 1),
    "table": ("TAB", "table", 0),
    "search": ("FTS", "search domain", 0),
    "file_system": ("FS", "file system", 0),
    "bucket": ("S3", "bucket", 0),
    "topic": ("SNS", "topic", 0),
    "queue": ("SQS", "queue", 1),
    "stream": ("STR", "stream", 1),
    "security_group": ("SG", "security group", 0),
}
"""By kind: its sign, its name, and its step within a band, for what stands before what."""
_MANY = 4
"""So many of one kind in the same subnets of one application stand side by side; of more, the worst two do."""
_CROWD = 8
"""So many cards stand on one step of a band; of more, the worst five do."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """One box: a node with what is drawn as part of it, or many of a kind."""

    id: str
    kind: str
    title: str
    note: str
    band: str
    region: str
    vpc: str
    nodes: tuple[Json, ...]
    marks: tuple[Mark, ...]
    is_many: bool = False

    @property
    def step(self) -> int:
        """Where in its band it stands."""
        return KINDS[self.kind][2] if self.kind in KINDS else 0

    @property
    def severity(self) -> Severity | None:
        """The worst of its marks."""
        return max((one.severity for one in self.marks), key=lambda one: one.rank, default=None)

    @property
    def weight(self) -> tuple[int, int, str]:
        """Sorts the worst first."""
        return (-(self.severity.rank + 1 if self.severity else 0), -len(self.marks), self.title)

    @property
    def is_global(self) -> bool:
        """Whether it stands above all regions."""
        return self.region == GLOBAL and self.band in (INTERNET, "presentation")


@dataclass(frozen=True, slots=True)
class Link:
    """A connection of two cards; what several nodes share is one."""

    source: str
    target: str
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is drawn, in order."""

    title: str
    cards: tuple[Card, ...]
    links: tuple[Link, ...]
    marks: Mapping[str, tuple[Mark, ...]]
    """By the node's id."""
    applications: tuple[str, ...]
    unread: tuple[str, ...]
    vpcs: Mapping[str, str]
    """What people call a VPC, by its id."""

    def vpc(self, name: str) -> str:
        """A VPC as it is labelled: its name before its id, where it has one."""
        called = self.vpcs.get(name, name)
        return name if called == name else f"{called} ({name})"


def make_scene(
    description: Mapping[str, Any],
    marks: Mapping[str, tuple[Mark, ...]] | None = None,
    *,
    title: str = "Topology",
    application: str = "",
) -> Scene:
    """The scene of a description, or of one of its applications."""
    names = tuple(sorted(one["name"] for one in description["applications"]))
    nodes = _chosen(description, application) if application else list(description["nodes"])
    parents = _parents(nodes, description["edges"])
    cards, homes = _cards(nodes, parents, marks or {})
    links = tuple(_links(description["edges"], parents, homes))
    shown = (application,) if application else names
    vpcs = {one["id"]: one["name"] for one in description.get("vpcs", ())}
    return Scene(title, cards, links, marks or {}, shown, tuple(description["unread"]), vpcs)


def _chosen(description: Mapping[str, Any], application: str) -> list[Json]:
    names = sorted(one["name"] for one in description["applications"])
    if application not in names:
        close = difflib.get_close_matches(application, names, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(names) or 'none'}"
        raise UsageError(f"--application {application}: there is no such application; {hint}")
    inside = {one["id"] for one in description["nodes"] if one["application"] == application}
    near = {edge["from"] for edge in description["edges"] if edge["to"] in inside}
    return [
        one
        for one in description["nodes"]
        if one["id"] in inside or (one["id"] in near and one["kind"] in (INTERNET, "dns_name", "web_acl"))
    ]


def _parents(nodes: Iterable[Json], edges: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """A target group is drawn as part of the load balancer before it."""
    kinds = {one["id"]: one["kind"] for one in nodes}
    found: dict[str, str] = {}
    for edge in edges:
        if kinds.get(edge["from"]) == "load_balancer" and kinds.get(edge["to"]) == "target_group":
            found.setdefault(edge["to"], edge["from"])
    return found


def _cards(
    nodes: Sequence[Json], parents: Mapping[str, str], marks: Mapping[str, tuple[Mark, ...]]
) -> tuple[tuple[Card, ...], dict[str, str]]:
    """The cards, and the card of each node."""
    parts: dict[str, list[Json]] = defaultdict(list)
    for node in nodes:
        parts[parents.get(node["id"], node["id"])].append(node)
    singles = [_card(node, parts[node["id"]], marks) for node in nodes if node["id"] not in parents]
    cards = _thinned(_thinned(singles, _family, _MANY, 2), _place, _CROWD, 5)
    return tuple(cards), {node["id"]: card.id for card in cards for node in card.nodes}


def _card(node: Json, parts: Sequence[Json], marks: Mapping[str, tuple[Mark, ...]]) -> Card:
    whole = (node, *(one for one in parts if one is not node))
    band = INTERNET if node["kind"] == INTERNET else node["tier"]
    found = tuple(mark for one in whole for mark in marks.get(one["id"], ()))
    title = _title(node)
    return Card(node["id"], node["kind"], title, _note(node), band, node["region"], node["vpc"], whole, found)


def _title(node: Json) -> str:
    """A web ACL's name stands in its ARN, before its id."""
    parts = node["id"].split("/")
    return str(parts[-2] if node["kind"] == "web_acl" and len(parts) > 2 else node["name"])  # noqa: PLR2004


def _note(node: Json) -> str:
    name = KINDS.get(node["kind"], ("", node["kind"].replace("_", " "), 0))[1]
    if node["members"]:
        return f"{name} of {len(node['members'])}"
    zones = len(node["zones"])
    return f"{name}, {zones} zones" if zones > 1 else name


def _family(card: Card) -> tuple[object, ...]:
    node = card.nodes[0]
    return (*_place(card), card.kind, node["application"] or "", tuple(sorted(node["subnets"])))


def _place(card: Card) -> tuple[object, ...]:
    return (card.region, card.vpc, card.band, card.step)


def _thinned(cards: Sequence[Card], key: Any, limit: int, kept: int) -> list[Card]:
    """Of each group over the limit the worst stay, and the others become one card a kind."""
    groups: dict[Any, list[Card]] = defaultdict(list)
    for card in cards:
        groups[key(card)].append(card)
    found: list[Card] = []
    for group in groups.values():
        if len(group) <= limit:
            found += group
            continue
        singles = sorted((one for one in group if not one.is_many), key=lambda one: one.weight)
        found += singles[:kept]
        found += _bundles([*singles[kept:], *(one for one in group if one.is_many)])
    return found


def _bundles(cards: Iterable[Card]) -> Iterator[Card]:
    kinds: dict[str, list[Card]] = defaultdict(list)
    for card in cards:
        kinds[card.kind].append(card)
    for kind, group in kinds.items():
        if len(group) == 1:
            yield group[0]
            continue
        first = group[0]
        nodes = tuple(node for one in group for node in one.nodes)
        marks = tuple(sorted((m for one in group for m in one.marks), key=lambda m: (-m.severity.rank, m.check)))
        heads = [node for node in nodes if node["kind"] == kind]
        title, note = f"{len(heads)} more", _plural(KINDS.get(kind, ("", kind.replace("_", " "), 0))[1])
        yield Card(
            f"more:{first.id}", kind, title, note, first.band, first.region, first.vpc, nodes, marks, is_many=True
        )


def _plural(word: str) -> str:
    return f"{word}es" if word.endswith("x") else f"{word}s"


def _links(edges: Iterable[Mapping[str, Any]], parents: Mapping[str, str], homes: Mapping[str, str]) -> Iterator[Link]:
    ports = {edge["to"]: edge["ports"] for edge in edges if edge["to"] in parents}
    found: dict[tuple[str, str], tuple[list[str], list[int]]] = {}
    for edge in edges:
        source, target = homes.get(edge["from"]), homes.get(edge["to"])
        if source and target and source != target:
            kinds, numbers = found.setdefault((source, target), ([], []))
            kinds += edge["kinds"]
            numbers += edge["ports"] or ports.get(edge["from"], [])
    for (source, target), (kinds, numbers) in found.items():
        kind = kinds[0] if kinds else "route"
        label = _ports(sorted(set(numbers))) or ("" if kind == "route" else kind)
        yield Link(source, target, kind, label)


def _ports(numbers: Sequence[int]) -> str:
    shown = ", ".join(str(one) for one in numbers[:2])
    return f"{shown} +{len(numbers) - 2}" if len(numbers) > 2 else shown  # noqa: PLR2004
