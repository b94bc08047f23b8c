"""A picture of what is lost and how long it takes: data before the disaster to the left, time after it to the right.

Both axes are logarithmic, from a second to a month, for seconds and days both matter.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from auditor.posture.words import VERDICTS, span, time
from auditor.text import plain

WIDTH, HEIGHT = 720, 98
_PROMISES = 20
"""Height that the words at declared objectives take."""
_MIDDLE, _HALF, _TOP, _BAR = WIDTH / 2, 320.0, 34.0, 26.0
_AXIS = _TOP + _BAR + 14
_MOST = 30 * 86400.0
_TICKS = ((60, "1 min"), (3600, "1 h"), (86400, "1 day"), (_MOST, "30 days"))
_SHORTEST = 3.0
_ROOM = 90.0
"""Half of what the words at a mark take."""


def timeline(workload: Mapping[str, Any]) -> Markup:
    """An inline SVG with a text alternative; colors come from the page's style."""
    rpo, rto = workload["rpo"]["region_loss"]["seconds"], workload["rto"]["seconds"]
    declared = {one["metric"]: one for one in reversed(workload["targets"]) if one["scope"] == "region_loss"}
    told = _told(workload["workload"], rpo, rto, declared)
    parts = [
        Markup('<svg class="timeline" viewBox="0 0 {w} {h}" role="img" aria-label="{t}">').format(
            w=WIDTH, h=HEIGHT + _PROMISES * bool(declared), t=told
        ),
        *_axis(),
        _bar("rpo", rpo, -1),
        _bar("rto", rto, 1),
        *(_mark(one, -1 if metric == "rpo" else 1) for metric, one in sorted(declared.items())),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def _told(name: str, rpo: Sequence[Any], rto: Sequence[Any], declared: Mapping[str, Any]) -> str:
    promised = [
        f"{metric.upper()} {time(one['declared_seconds'])} declared" for metric, one in sorted(declared.items())
    ]
    return plain("; ".join([f"{name}: RPO {span(rpo)}, RTO {span(rto)}", *promised]))


def _x(seconds: float | None, side: int) -> float:
    """Where a time stands; what has no bound stands at the end."""
    if seconds is None:
        return _MIDDLE + side * _HALF
    share = math.log10(max(min(seconds, _MOST), 1)) / math.log10(_MOST)
    return _MIDDLE + side * share * _HALF


def _axis() -> Iterator[Markup]:
    yield Markup('<path class="axis" d="M{a} {y}H{b}M{m} {top}V{y2}"/>').format(
        a=_MIDDLE - _HALF, b=_MIDDLE + _HALF, y=_AXIS, m=_MIDDLE, top=_TOP - 12, y2=_AXIS + 6
    )
    yield _text(_MIDDLE, _TOP - 18, "disaster", "middle", "strong")
    yield _text(_MIDDLE - _HALF, _TOP - 18, "data lost (RPO)", "start", "side")
    yield _text(_MIDDLE + _HALF, _TOP - 18, "until it serves again (RTO)", "end", "side")
    for side in (-1, 1):
        for seconds, label in _TICKS:
            x = _x(seconds, side)
            yield Markup('<path class="axis" d="M{x:.1f} {a}v5"/>').format(x=x, a=_AXIS)
            yield _text(x, _AXIS + 20, label, "middle", "tick")


def _bar(name: str, seconds: Sequence[float | None], side: int) -> Markup:
    """Solid up to the best case, pale from there to the worst."""
    low, high = seconds
    sure, most = _x(low, side), _x(high, side)
    shapes = Markup("").join(
        Markup('<rect class="{c}" x="{x:.1f}" y="{y}" width="{w:.1f}" height="{h}" rx="3"/>').format(
            c=kind, x=min(start, end), y=_TOP, w=max(abs(end - start), _SHORTEST), h=_BAR
        )
        for kind, start, end in (("maybe", _MIDDLE, most), ("sure", _MIDDLE, sure))
    )
    arrow = ""
    if high is None:
        tip, back = most + side * 8, most
        arrow = Markup('<path class="endless" d="M{b:.1f} {a}L{t:.1f} {m}L{b:.1f} {c}Z"/>').format(
            b=back, t=tip, a=_TOP, m=_TOP + _BAR / 2, c=_TOP + _BAR
        )
    x = _MIDDLE + side * 8
    label = _text(x, _TOP + _BAR / 2 + 4, f"{name.upper()} {span(seconds)}", "start" if side > 0 else "end", "label")
    return Markup('<g class="{n}">{s}{a}{l}</g>').format(n=name, s=shapes, a=arrow, l=label)


def _mark(target: Mapping[str, Any], side: int) -> Markup:
    x = _x(target["declared_seconds"], side)
    text = f"declared {time(target['declared_seconds'])}: {VERDICTS[target['verdict']]}"
    distance = abs(x - _MIDDLE)
    inner, outer = ("start", "end") if side > 0 else ("end", "start")
    anchor = inner if distance <= _ROOM else outer if distance >= _HALF - _ROOM else "middle"
    return Markup('<g class="declared {v}"><path d="M{x:.1f} {a}v{h}"/>{t}</g>').format(
        v=target["verdict"], x=x, a=_TOP - 6, h=_BAR + 20, t=_text(x, _AXIS + 38, text, anchor, "promise")
    )


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> Markup:
    return Markup('<text class="{k}" x="{x:.1f}" y="{y:.1f}" text-anchor="{a}">{t}</text>').format(
        k=kind, x=x, y=y, a=anchor, t=escape(plain(text))
    )
