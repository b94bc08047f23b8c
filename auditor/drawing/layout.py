"""Where everything stands: bands are rows, regions and VPCs are columns, and lines run between them.

All cards stand on one grid, whose gutters are free from the top to the bottom: a line leaves its card downwards,
runs along the channel below, through a gutter next to its goal, and comes down on it. No line crosses a card.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from auditor.drawing.scene import BANDS, Card, Link, Scene

WIDTH, HEIGHT = 200, 52
"""Of a card."""
_GUTTER, _PAD, _LABELS, _EDGE = 28, 14, 124, 16
_HEAD = 26
_TRACK, _TRACKS = 5, 12
_LANDING = 30
"""Above a card, for the arrow and its label."""
_COLUMNS, _WIDEST = 12, 5

Place = tuple[str, str]
Slot = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with what is written on it."""

    x: float
    y: float
    width: float
    height: float
    label: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A link as corners to pass."""

    link: Link
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A scene with places."""

    width: float
    height: float
    bands: tuple[Box, ...]
    frames: tuple[Box, ...]
    cards: tuple[tuple[Card, Box], ...]
    lines: tuple[Line, ...]
    labels: tuple[tuple[Link, float, float], ...]


@dataclass(slots=True)
class _Grid:
    """Cards by row and column."""

    columns: dict[Place, range] = field(default_factory=dict)
    xs: list[float] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    """The band of each row."""
    first: int = 0
    """The first row that belongs to regions."""
    at: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By card, its row and its column."""


def arrange(scene: Scene) -> Picture:
    """Give everything its place."""
    grid = _grid(scene)
    tracks = _tracks(scene, grid)
    tops, bottom = _tops(grid, tracks)
    right = grid.xs[-1] + WIDTH + _PAD * 2 + _EDGE
    cards = {one.id: Box(grid.xs[grid.at[one.id][1]], tops[grid.at[one.id][0]], WIDTH, HEIGHT) for one in scene.cards}
    lines = tuple(_line(link, cards, grid, tops, tracks) for link in scene.links)
    placed = tuple((one, cards[one.id]) for one in sorted(scene.cards, key=lambda one: grid.at[one.id]))
    bands = _bands(grid, tops, bottom, right)
    frames = _frames(scene, grid, tops, bottom)
    return Picture(right + _EDGE, bottom + _EDGE, bands, frames, placed, lines, _labels(scene, cards))


def _grid(scene: Scene) -> _Grid:
    local = [one for one in scene.cards if not one.is_global]
    grid = _Grid()
    cells: dict[tuple[Slot, Place], list[Card]] = defaultdict(list)
    for card in local:
        cells[_slot(card), (card.region, card.vpc)].append(card)
    _columns(grid, cells)
    top = sorted((one for one in scene.cards if one.is_global), key=_slot)
    everywhere = range(len(grid.xs))
    near = _neighbours(scene)
    for _, group in groupby(top, key=_slot):
        _put(grid, {("", ""): list(group)}, {("", ""): everywhere}, near)
    grid.first = len(grid.rows)
    for slot in sorted({slot for slot, _ in cells}, key=lambda one: (list(BANDS).index(one[0]), one[1])):
        _put(grid, {place: cells[slot, place] for place in grid.columns if (slot, place) in cells}, grid.columns, near)
    return grid


def _slot(card: Card) -> Slot:
    return (card.band if card.band in BANDS else "unplaced", card.step)


def _columns(grid: _Grid, cells: Mapping[tuple[Slot, Place], Sequence[Card]]) -> None:
    """As many columns to each place as its fullest step asks for, within what a screen shows."""
    wanted: dict[Place, int] = defaultdict(int)
    counts: dict[Place, int] = defaultdict(int)
    weight: dict[str, int] = defaultdict(int)
    for (_, place), cards in cells.items():
        wanted[place] = max(wanted[place], len(cards))
        counts[place] += len(cards)
        weight[place[0]] += len(cards)
    widest = _WIDEST
    while widest > 1 and sum(min(one, widest) for one in wanted.values()) > _COLUMNS:
        widest -= 1
    x, before, taken = float(_LABELS + _EDGE), "", 0
    for place in sorted(wanted, key=lambda one: (-weight[one[0]], one[0], not one[1], -counts[one], one[1])):
        x += _PAD * (1 if place[0] == before else 3)
        many = min(wanted[place], widest)
        grid.columns[place] = range(taken, taken + many)
        grid.xs += [x + _GUTTER / 2 + number * (WIDTH + _GUTTER) for number in range(many)]
        x, before, taken = grid.xs[-1] + WIDTH + _GUTTER / 2, place[0], taken + many
    while len(grid.xs) < min(4, _COLUMNS):  # a small account, whose global part would be a pillar
        grid.xs.append((grid.xs[-1] + WIDTH + _GUTTER) if grid.xs else x + _GUTTER)


def _put(
    grid: _Grid, cells: Mapping[Place, list[Card]], columns: Mapping[Place, range], near: Mapping[str, Sequence[str]]
) -> None:
    """One step of a band; as many rows as its fullest cell asks for."""
    start = len(grid.rows)
    for place, cards in cells.items():
        room = columns[place]
        ordered = sorted(cards, key=lambda one: (_centre(one, grid, near), one.is_many, one.kind, one.title, one.id))
        for number, card in enumerate(ordered):
            row, column = divmod(number, len(room))
            left = (len(room) - min(len(room), len(ordered) - row * len(room))) // 2
            grid.at[card.id] = (start + row, room[column + left])
    many = max(-(-len(cards) // len(columns[place])) for place, cards in cells.items())
    first = next(iter(cells.values()))[0]
    grid.rows += [_slot(first)[0]] * many


def _centre(card: Card, grid: _Grid, near: Mapping[str, Sequence[str]]) -> float:
    """The mean column of the neighbours that have one: few lines cross where it sorts."""
    found = [grid.at[one][1] for one in near.get(card.id, ()) if one in grid.at]
    return sum(found) / len(found) if found else float(len(grid.xs))


def _neighbours(scene: Scene) -> dict[str, list[str]]:
    near: dict[str, list[str]] = defaultdict(list)
    for link in scene.links:
        near[link.source].append(link.target)
        near[link.target].append(link.source)
    return near


def _tracks(scene: Scene, grid: _Grid) -> dict[tuple[int, str], int]:
    """By channel and source, the track in it: what leaves one card runs together, apart from others."""
    found: dict[tuple[int, str], int] = {}
    used: dict[int, int] = defaultdict(int)
    for link in sorted(scene.links, key=lambda one: (grid.at[one.source], one.source, grid.at[one.target])):
        for channel in {grid.at[link.source][0] + 1, grid.at[link.target][0]}:
            if (channel, link.source) not in found:
                found[channel, link.source] = used[channel] % _TRACKS
                used[channel] += 1
    return found


def _tops(grid: _Grid, tracks: Mapping[tuple[int, str], int]) -> tuple[list[float], float]:
    """The top of every row, and the bottom of all."""
    need: dict[int, int] = defaultdict(int)
    for (channel, _), track in tracks.items():
        need[channel] = max(need[channel], track + 1)
    tops: list[float] = []
    y = float(_EDGE)
    for row in range(len(grid.rows)):
        y += (_HEAD * 2 + 8 if row == grid.first else 0) + need[row] * _TRACK + _LANDING + 8
        tops.append(y)
        y += HEIGHT
    return tops, y + need[len(grid.rows)] * _TRACK + 26


def _line(
    link: Link, cards: Mapping[str, Box], grid: _Grid, tops: Sequence[float], tracks: Mapping[tuple[int, str], int]
) -> Line:
    source, target = cards[link.source], cards[link.target]
    below, above = grid.at[link.source][0] + 1, grid.at[link.target][0]
    start, end = source.x + WIDTH / 2, target.x + WIDTH / 2
    leave = _channel(below, tracks[below, link.source], tops, source)
    if below == above:
        return Line(link, ((start, source.y + HEIGHT), (start, leave), (end, leave), (end, target.y)))
    arrive = _channel(above, tracks[above, link.source], tops, None)
    side = -1 if start <= end else 1
    shift = (tracks[below, link.source] % 5 - 2) * 4
    lane = end + side * (WIDTH + _GUTTER) / 2 + shift
    return Line(
        link,
        ((start, source.y + HEIGHT), (start, leave), (lane, leave), (lane, arrive), (end, arrive), (end, target.y)),
    )


def _channel(channel: int, track: int, tops: Sequence[float], source: Box | None) -> float:
    """A track's height: counted up from the row below, or down from the last row."""
    if channel < len(tops):
        return tops[channel] - _LANDING - track * _TRACK
    return (source.y + HEIGHT if source else 0.0) + 10 + track * _TRACK


def _bands(grid: _Grid, tops: Sequence[float], bottom: float, right: float) -> tuple[Box, ...]:
    starts = [row for row, band in enumerate(grid.rows) if row == 0 or grid.rows[row - 1] != band]
    edges = [_EDGE if row == 0 else tops[row - 1] + HEIGHT + 8 for row in starts] + [bottom]
    return tuple(
        Box(_EDGE, edges[n], right - _EDGE, edges[n + 1] - edges[n], BANDS[grid.rows[row]], grid.rows[row])
        for n, row in enumerate(starts)
    )


def _frames(scene: Scene, grid: _Grid, tops: Sequence[float], bottom: float) -> tuple[Box, ...]:
    if grid.first == len(tops):
        return ()
    above = tops[grid.first - 1] + HEIGHT if grid.first else float(_EDGE)
    top = above + 14
    found: list[Box] = []
    for region, group in groupby(grid.columns, key=lambda one: one[0]):
        places = list(group)
        inner = [_frame(scene, grid, place, top + _HEAD, bottom - 18) for place in places]
        left = inner[0].x - _PAD / 2 - 1
        width = inner[-1].x + inner[-1].width + _PAD / 2 + 1 - left
        found.append(Box(left, top, width, bottom - 10 - top, region, "region"))
        found += inner
    return tuple(found)


def _frame(scene: Scene, grid: _Grid, place: Place, top: float, bottom: float) -> Box:
    columns = grid.columns[place]
    left = grid.xs[columns[0]] - _GUTTER / 2
    width = grid.xs[columns[-1]] + WIDTH + _GUTTER / 2 - left
    label, kind = (scene.vpc(place[1]), "vpc") if place[1] else ("outside a VPC", "outside")
    return Box(left, top, width, bottom - top, label, kind)


def _labels(scene: Scene, cards: Mapping[str, Box]) -> tuple[tuple[Link, float, float], ...]:
    """Above each goal, once, what its lines are labelled with."""
    words: dict[str, list[Link]] = defaultdict(list)
    for link in scene.links:
        if link.label and link.label not in [one.label for one in words[link.target]]:
            words[link.target].append(link)
    found = []
    for target, links in words.items():
        text = " · ".join(one.label for one in links[:3]) + (" …" if len(links) > 3 else "")  # noqa: PLR2004
        box = cards[target]
        joined = Link(links[0].source, target, links[0].kind, text)
        found.append((joined, box.x + WIDTH / 2, box.y - 18))
    return tuple(found)
