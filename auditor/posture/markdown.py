"""The outline in Markdown, for a wiki or a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from auditor.posture.outline import HEADINGS, Outline, Section
from auditor.text import plain

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def markdown(outline: Outline) -> str:
    """GitHub-flavored Markdown, ending in a newline."""
    return "\n".join(_lines(outline)) + "\n"


def _lines(outline: Outline) -> Iterator[str]:
    yield f"# {_text(outline.title)}"
    yield ""
    if not outline.sections:
        yield "There is no workload with stores or compute."
        return
    yield _row(HEADINGS)
    yield _row(["---"] * len(HEADINGS))
    yield from (_row([_text(cell) for cell in one.row]) for one in outline.sections)
    for one in outline.sections:
        yield from _section(one, outline.assumed)
    yield ""
    yield f"Not looked at: {_text(', '.join(outline.not_modelled))}."


def _section(one: Section, assumed: str) -> Iterator[str]:
    yield ""
    yield f"## {_text(one.name)}"
    yield ""
    yield _text(one.told)
    yield ""
    for line in one.lines:
        yield f"- **{line.label}**: {_text(line.text)}"
        yield from (f"  - {_text(text)}" for text in line.particulars)
    for rung in one.rungs:
        yield ""
        yield f"### To {_text(rung.title)}"
        yield ""
        yield f"{_text(rung.told)}."
        yield ""
        for number, step in enumerate(rung.steps, 1):
            after = f" Then {_text(step.after)}." if step.after else ""
            yield f"{number}. {_text(step.text)}.{after}"
        if rung.more:
            yield f"\n… and {rung.more:,} more steps."
        if not rung.steps:
            yield "Nothing is missing that can be seen."
    if assumed and not one.rungs:
        yield ""
        yield f"{_text(assumed)} is reached: nothing is missing."


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    return _MARKS.sub(r"\\\1", plain(text))
