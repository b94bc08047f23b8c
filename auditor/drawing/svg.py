"""A scene as SVG: its own style for light and dark, and words for those who do not see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape
from importlib.resources import files

from auditor.drawing.layout import Box, Line, Picture, arrange
from auditor.drawing.scene import BANDS, KINDS, Card, Link, Scene
from auditor.text import plain, shorten

_ROUND = 7
_LEGEND = (
    ("route", "sends requests"),
    ("event", "delivers events"),
    ("flow", "may connect"),
    ("role", "may call"),
    ("protects", "protects"),
)


def svg(scene: Scene) -> str:
    """The picture as a file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing(scene, style())}'


def style() -> str:
    """The style of a picture."""
    return files(__package__).joinpath("picture.css").read_text("utf-8")


def drawing(scene: Scene, css: str = "") -> str:
    """The picture as one element; with a style of its own, or that of the page around it."""
    picture = arrange(scene)
    width, height = picture.width, picture.height + 34
    numbers = {card.id: number for number, card in enumerate(scene.cards)}
    parts = [
        _opening(width, height, "img" if css else "group"),
        f'<title id="t">{text(scene.title)}</title>',
        f'<desc id="d">{text(in_words(scene))}</desc>',
        f"<style>{css}</style>" if css else "",
        f'<rect class="ground" width="{_n(width)}" height="{_n(height)}"/>',
        *(_band(one) for one in picture.bands),
        *(_frame(one) for one in picture.frames),
        *_lines(picture, numbers),
        *(_card(card, box, numbers[card.id], bare=bool(css)) for card, box in picture.cards),
        *(_label(link, x, y, numbers) for link, x, y in picture.labels),
        _legend(scene.links, picture.height + 12),
        "</svg>",
    ]
    return "\n".join(filter(None, parts)) + "\n"


def _opening(width: float, height: float, role: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="topology" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" role="{role}" aria-labelledby="t d">'
    )


def in_words(scene: Scene) -> str:
    """What the picture shows, as a sentence or two."""
    bands = Counter(card.band if card.band in BANDS else "unplaced" for card in scene.cards)
    shown = ", ".join(f"{title.lower()} {bands[name]}" for name, title in BANDS.items() if bands[name])
    failed = sum(len(card.marks) for card in scene.cards)
    return (
        f"Boxes by tier, from the outside inwards: {shown or 'none'}. "
        f"{len(scene.links)} connections, {failed} failed checks."
    )


def text(value: str) -> str:
    """Text of unknown origin, safe between tags and in attributes."""
    return escape(plain(value))


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _rect(box: Box, css: str, round_: int) -> str:
    return (
        f'<rect class="{css}" x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}" '
        f'rx="{round_}"/>'
    )


def _band(box: Box) -> str:
    return (
        f'<g class="band {box.kind}">{_rect(box, "area", 0)}<text x="{_n(box.x + 14)}" y="{_n(box.y + 28)}">'
        f"{text(box.label)}</text></g>"
    )


def _frame(box: Box) -> str:
    room = int((box.width - 16) / 7)
    return (
        f'<g class="frame {box.kind}">{_rect(box, "area", 10)}<text x="{_n(box.x + 12)}" y="{_n(box.y + 18)}">'
        f"{text(shorten(plain(box.label), room))}</text></g>"
    )


def _lines(picture: Picture, numbers: dict[str, int]) -> Iterator[str]:
    for line in picture.lines:
        ends = f'data-from="{numbers[line.link.source]}" data-to="{numbers[line.link.target]}"'
        x, y = line.points[-1]
        head = f"M{_n(x - 4)} {_n(y - 8)}L{_n(x + 4)} {_n(y - 8)}L{_n(x)} {_n(y - 1)}Z"
        yield (
            f'<g class="link {_word(line.link.kind)}" {ends}><path class="path" d="{_path(line)}"/>'
            f'<path class="head" d="{head}"/></g>'
        )


def _word(kind: str) -> str:
    return kind if kind in {name for name, _ in _LEGEND} or kind in ("environment", "member") else "other"


def _path(line: Line) -> str:
    """Straight pieces with round corners."""
    points = line.points
    parts = [f"M{_n(points[0][0])} {_n(points[0][1])}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(here, before), _towards(here, after)
        parts.append(f"L{_n(start[0])} {_n(start[1])}Q{_n(here[0])} {_n(here[1])} {_n(end[0])} {_n(end[1])}")
    last = points[-1]
    return "".join([*parts, f"L{_n(last[0])} {_n(last[1] - 6)}"])


def _towards(here: tuple[float, float], there: tuple[float, float]) -> tuple[float, float]:
    """A point a little way from a corner, at most half of the way."""
    across, down = there[0] - here[0], there[1] - here[1]
    length = abs(across) + abs(down)
    share = min(_ROUND, length / 2) / length if length else 0
    return here[0] + across * share, here[1] + down * share


def _card(card: Card, box: Box, number: int, *, bare: bool) -> str:
    x, y = box.x, box.y
    sign = KINDS.get(card.kind, (card.kind[:3].upper(), "", 0))[0]
    label = text(spoken(card))
    role = "" if bare else f' role="button" tabindex="0" aria-label="{label}"'
    severity = f" sev-{card.severity.value}" if card.severity else ""
    stack = _rect(Box(x + 4, y + 4, box.width, box.height), "box", 8) if card.is_many else ""
    title, note = shorten(plain(card.title), 18), shorten(plain(card.note), 23)
    return (
        f'<g class="card kind-{card.band if card.band in BANDS else "unplaced"}{severity}" data-card="{number}"{role}>'
        f"<title>{label}</title>{stack}{_rect(box, 'box', 8)}"
        f'<rect class="sign" x="{_n(x + 8)}" y="{_n(y + 10)}" width="32" height="32" rx="6"/>'
        f'<text class="sign" x="{_n(x + 24)}" y="{_n(y + 30)}">{text(sign)}</text>'
        f'<text class="name" x="{_n(x + 47)}" y="{_n(y + 23)}">{text(title)}</text>'
        f'<text class="note" x="{_n(x + 47)}" y="{_n(y + 39)}">{text(note)}</text>{_mark(card, box)}</g>'
    )


def spoken(card: Card) -> str:
    """A card in one line."""
    found = f"{len(card.marks)} failed, worst {card.severity.value}" if card.severity else "nothing failed"
    where = ", ".join(filter(None, (card.region, card.vpc)))
    return f"{card.title}: {card.note}, {BANDS.get(card.band, card.band).lower()}, {where}; {found}"


def _mark(card: Card, box: Box) -> str:
    if not card.severity:
        return ""
    many = str(len(card.marks)) if len(card.marks) < 1000 else "999+"  # noqa: PLR2004
    width = 12 + 7 * len(many)
    x, y = box.x + box.width - width + 8, box.y - 9
    area = _rect(Box(x, y, width, 18), "mark", 9)
    return f'{area}<text class="mark" x="{_n(x + width / 2)}" y="{_n(y + 13)}">{many}</text>'


def _label(link: Link, x: float, y: float, numbers: dict[str, int]) -> str:
    shown = shorten(plain(link.label), 20)
    width = 10 + 6.2 * len(shown)
    area = _rect(Box(x - width / 2, y - 8, width, 15), "tag", 7)
    return (
        f'<g class="tag" data-at="{numbers[link.target]}">{area}<text class="tag" x="{_n(x)}" y="{_n(y + 3)}">'
        f"{text(shown)}</text></g>"
    )


def _legend(links: Iterable[Link], y: float) -> str:
    kinds = {one.kind for one in links}
    x, parts = 16.0, []
    for kind, words in _LEGEND:
        if kind in kinds:
            parts.append(
                f'<g class="link {kind}"><path class="path" d="M{_n(x)} {_n(y)}h28"/></g>'
                f'<text x="{_n(x + 36)}" y="{_n(y + 4)}">{words}</text>'
            )
            x += 36 + 7 * len(words) + 22
    return f'<g class="legend" aria-hidden="true">{"".join(parts)}</g>' if parts else ""
