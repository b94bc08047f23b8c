"""The scores over time as curves, in a square of 100 by 100 that the page stretches to its width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.document import instant
from auditor.model import Pillar

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from auditor.model import TrendPoint

FEWEST = 2
"""One scan alone has no trend."""
MOST_DOTS = 60
"""Of more scans, only the curve and its end are drawn."""
DASH = "\N{EN DASH}"

Places = tuple[tuple[float, float | None], ...]
"""Where the scans stand: from left to right by time, and by score from below; None where nothing was judged."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One scan on the curve."""

    x: float
    y: float
    words: str
    complete: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """A score over time: as paths of SVG, and in words."""

    title: str
    line: str
    area: str
    first: str
    last: str
    step: str
    """From the first to the last: `+4`; nothing where one of them was not judged."""


@dataclass(frozen=True, slots=True)
class Row:
    """One scan in the table that says what the curve draws."""

    day: str
    score: str
    failed: int
    checks: int
    complete: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """What the page draws and says of the scans, the oldest first."""

    overall: Curve
    dots: tuple[Dot, ...]
    pillars: tuple[Curve, ...]
    rows: tuple[Row, ...]
    alike: bool
    """Whether all scans ran equally many checks."""


def trend(points: Sequence[TrendPoint]) -> Trend | None:
    """The trend of these scans, where there are enough of them."""
    if len(points) < FEWEST:
        return None
    dots = [*_dots(points)]
    return Trend(
        _curve("Overall score", _places(points, [point.overall for point in points])),
        tuple(dots if len(dots) <= MOST_DOTS else dots[-1:]),
        tuple(
            _curve(pillar.title, _places(points, [point.pillars.get(pillar) for point in points])) for pillar in Pillar
        ),
        tuple(Row(_day(p), _whole(p.overall), p.failed, p.checks, p.complete) for p in points),
        len({point.checks for point in points}) == 1,
    )


def _day(point: TrendPoint) -> str:
    return instant(point.started)[:10]


def _places(points: Sequence[TrendPoint], values: Sequence[float | None]) -> Places:
    begin, end = points[0].started, points[-1].started
    span = (end - begin).total_seconds() or 1.0
    return tuple(
        (round(100 * (point.started - begin).total_seconds() / span, 2), value)
        for point, value in zip(points, values, strict=True)
    )


def _dots(points: Sequence[TrendPoint]) -> Iterator[Dot]:
    for point, (x, value) in zip(points, _places(points, [point.overall for point in points]), strict=True):
        if value is not None:
            partial = "" if point.complete else ", partial scan"
            words = f"{_day(point)}: {_whole(value)} of 100, {point.failed:,} open failures{partial}"
            yield Dot(x, _height(value), words, point.complete)


def _curve(title: str, places: Places) -> Curve:
    parts = [*_unbroken(places)]
    lines = ["M" + "L".join(f"{x:g} {_height(value):g}" for x, value in part) for part in parts]
    areas = [
        f"{line}L{part[-1][0]:g} 100L{part[0][0]:g} 100Z" for line, part in zip(lines, parts, strict=True) if part[1:]
    ]
    first, last = places[0][1], places[-1][1]
    return Curve(title, "".join(lines), "".join(areas), _whole(first), _whole(last), _step(first, last))


def _step(first: float | None, last: float | None) -> str:
    if first is None or last is None:
        return ""
    step = int(last) - int(first)
    return f"{step:+d}".replace("-", "\N{MINUS SIGN}") if step else "\N{PLUS-MINUS SIGN}0"


def _unbroken(places: Places) -> Iterator[list[tuple[float, float]]]:
    """The stretches between scans that judged nothing."""
    part: list[tuple[float, float]] = []
    for x, value in places:
        if value is not None:
            part.append((x, value))
        elif part:
            yield part
            part = []
    if part:
        yield part


def _height(value: float) -> float:
    return round(100 - value, 2)


def _whole(value: float | None) -> str:
    """Rounded down, as every score of the page."""
    return DASH if value is None else str(int(value))
