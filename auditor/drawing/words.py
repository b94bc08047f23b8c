"""A scene as text that other programs draw: Mermaid and DOT."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from auditor.drawing.scene import BANDS, Card, Scene
from auditor.model import Severity
from auditor.text import plain

_SPECIAL = re.compile(r"[^\w .,:/+-]|_|[.+-](?= )")
"""The second half would begin a list or be emphasis."""
_COLORS = {
    Severity.CRITICAL: "#a8112d",
    Severity.HIGH: "#a8480a",
    Severity.MEDIUM: "#7d5a00",
    Severity.LOW: "#2a5f88",
    Severity.INFORMATIONAL: "#56606a",
}


def mermaid(scene: Scene) -> str:
    """A flowchart of Mermaid, a subgraph a tier."""
    names = {card.id: f"n{number}" for number, card in enumerate(scene.cards)}
    return "\n".join(_mermaid(scene, names)) + "\n"


def _mermaid(scene: Scene, names: dict[str, str]) -> Iterator[str]:
    yield "flowchart TB"
    for band, title in BANDS.items():
        cards = [one for one in scene.cards if _band(one) == band]
        if cards:
            yield f'  subgraph band_{band}["{title}"]'
            for card in cards:
                yield f'    {names[card.id]}["{_entities(_lines(card)[0])}<br/>{_entities(_lines(card)[1])}"]'
            yield "  end"
    for link in scene.links:
        label = f'|"{_entities(link.label)}"|' if link.label else ""
        yield f"  {names[link.source]} -->{label} {names[link.target]}"
    for severity, color in _COLORS.items():
        marked = [names[one.id] for one in scene.cards if one.severity is severity]
        if marked:
            yield f"  classDef {severity.value} stroke:{color},stroke-width:3px"
            yield f"  class {','.join(marked)} {severity.value}"


def dot(scene: Scene) -> str:
    """A graph for Graphviz, a cluster a region and, within it, one a VPC."""
    names = {card.id: f"n{number}" for number, card in enumerate(scene.cards)}
    return "\n".join(_dot(scene, names)) + "\n"


def _dot(scene: Scene, names: dict[str, str]) -> Iterator[str]:
    yield "digraph topology {"
    yield f"  label={_quoted(scene.title)}; labelloc=t; rankdir=TB; fontname=Helvetica;"
    yield "  node [shape=box, style=rounded, fontname=Helvetica, fontsize=11];"
    yield "  edge [fontname=Helvetica, fontsize=9, color=gray40];"
    ordered = sorted(scene.cards, key=lambda one: (one.region, one.vpc, list(BANDS).index(_band(one)), one.step))
    for number, (region, within) in enumerate(groupby(ordered, key=lambda one: one.region)):
        yield f"  subgraph cluster_{number} {{ label={_quoted(region)};"
        for inner, (vpc, cards) in enumerate(groupby(within, key=lambda one: one.vpc)):
            if vpc:
                yield f"    subgraph cluster_{number}_{inner} {{ label={_quoted(scene.vpc(vpc))};"
            yield from (f"      {names[card.id]} [{_attributes(card)}];" for card in cards)
            if vpc:
                yield "    }"
        yield "  }"
    for link in scene.links:
        yield f"  {names[link.source]} -> {names[link.target]} [label={_quoted(link.label)}];"
    yield "}"


def _attributes(card: Card) -> str:
    label = "\\n".join(_quoted(one)[1:-1] for one in _lines(card))
    color = f', color="{_COLORS[card.severity]}", penwidth=2' if card.severity else ""
    return f'label="{label}"{color}'


def _lines(card: Card) -> tuple[str, str]:
    failed = f", {len(card.marks)} failed" if card.marks else ""
    return card.title, f"{card.note}{failed}"


def _band(card: Card) -> str:
    return card.band if card.band in BANDS else "unplaced"


def _quoted(text: str) -> str:
    """A string of DOT, in which a name is only a name."""
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _entities(text: str) -> str:
    """Text in Mermaid's quotes: whatever its grammar, Markdown or HTML could take for its own is a number."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", plain(text))
