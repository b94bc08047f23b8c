"""Text of unknown origin, made fit for a terminal or a file: names, tags and reasons come from the account."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

ELLIPSIS = "…"

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # joiners and fillers
    "\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"  # variation selectors
)
"""What Unicode calls printable, and nobody sees; what `str.isprintable` knows of itself is not repeated here."""


def plain(text: str) -> str:
    r"""The text with everything that a terminal would obey, hide or reorder shown as an escape: `\x1b`, `\u202e`.

    What stays is printable and visible, and its only white space is U+0020. A name cannot color, move,
    break a line, or read from right to left where it does not. Safe text comes back unchanged.
    """
    if text.isprintable() and not _INVISIBLE.search(text):
        return text
    return "".join(map(_visible, text))


@lru_cache(maxsize=4096)
def _visible(char: str) -> str:
    if char.isprintable() and not _INVISIBLE.match(char):
        return char
    return char.encode("unicode_escape").decode("ascii")


@lru_cache(maxsize=4096)
def line(text: str) -> str:
    """Our own prose, wrapped in its source, as one plain line."""
    return plain(" ".join(text.split()))


def cells(text: str) -> int:
    """How many cells of a terminal a plain text takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    import wcwidth  # noqa: PLC0415 - its tables take as long to load as fifty modules, and most text is ASCII

    return wcwidth.width(text)


def shorten(text: str, width: int) -> str:
    """Cut plain text to so many terminal cells; of an ARN mostly the tail is kept, for it says which resource."""
    if cells(text) <= width:
        return text
    import wcwidth  # noqa: PLC0415 - as above

    room = max(width - cells(ELLIPSIS), 0)
    tail = room - room // 3 if text.startswith("arn:") else 0
    graphemes = list(wcwidth.iter_graphemes(text))
    return "".join((*_fitting(graphemes, room - tail), ELLIPSIS, *reversed(_fitting(graphemes[::-1], tail))))


def _fitting(graphemes: Sequence[str], room: int) -> list[str]:
    """As many of the first as there is room for."""
    used = accumulate(map(cells, graphemes))
    return [grapheme for grapheme, cell in zip(graphemes, used, strict=True) if cell <= room]


def wrap(text: str, width: int, *, lines: int | None = None) -> list[str]:
    """Break plain text into lines of so many terminal cells; what does not fit into so many lines ends in `…`."""
    import wcwidth  # noqa: PLC0415 - as above

    width = max(width, 1)
    words = " ".join(shorten(word, width) for word in text.split())
    return wcwidth.wrap(words, width, break_on_hyphens=False, max_lines=lines, placeholder=" " + ELLIPSIS)


def compact_json(value: Any, *, ascii_only: bool = True) -> str:
    """JSON on one line, whatever a check observed: read-only mappings and tuples too, and NaN, as null."""
    encoder = _ENCODERS[ascii_only]
    try:
        return encoder.encode(value)
    except ValueError:  # the rare NaN or infinity, for which JSON has no word
        return encoder.encode(_finite(value))


def _builtin(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


_ENCODERS = {
    ascii_only: json.JSONEncoder(ensure_ascii=ascii_only, allow_nan=False, default=_builtin)
    for ascii_only in (True, False)
}


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_finite(inner) for inner in value]
    return value
