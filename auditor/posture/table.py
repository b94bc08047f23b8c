"""The outline for a terminal: a matrix of the workloads, then each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tabulate import tabulate

from auditor.posture.outline import HEADINGS, Outline, Rung, Section
from auditor.text import plain, shorten, wrap

_LABEL = 14
_LONGEST_NAME = 28
_NARROWEST = 60
_FEW = 5
_BY_ITSELF = frozenset({"Evidence"})
"""What is shown of a workload only where it is the only one."""


def table(outline: Outline, width: int = 100) -> str:
    """Plain text within a width, ending in a newline."""
    return "".join(f"{line}\n" for line in _lines(outline, max(width, _NARROWEST)))


def _lines(outline: Outline, width: int) -> Iterator[str]:
    yield plain(outline.title)
    if not outline.sections:
        yield ""
        yield "There is no workload with stores or compute."
        return
    yield ""
    yield from _matrix([one.row for one in outline.sections], width)
    few = len(outline.sections) == 1
    for one in outline.sections:
        yield ""
        yield from _section(one, width, outline.assumed, whole=few)
    yield ""
    yield from wrap(f"Not looked at: {', '.join(outline.not_modelled)}.", width)


def _matrix(rows: Sequence[Sequence[str]], width: int) -> Iterator[str]:
    """As many columns as the width has room for; what falls off is in the sections."""
    whole = [[shorten(plain(name), _LONGEST_NAME), *map(plain, rest)] for name, *rest in rows]
    brief = [[shorten(cell, _LONGEST_NAME) for cell in row] for row in whole]
    for count in range(len(HEADINGS), 1, -1):
        for cells in (whole, brief):
            text = tabulate([row[:count] for row in cells], HEADINGS[:count], disable_numparse=True)
            lines = text.splitlines()
            if max(map(len, lines)) <= width or (count, cells) == (2, brief):  # the name and its strategy, at the least
                yield from lines
                return


def _section(one: Section, width: int, assumed: str, *, whole: bool) -> Iterator[str]:
    """A workload; where there are several, without what only matters once one is looked at."""
    yield plain(one.name)
    yield from _indented(plain(one.told), 2, width)
    for line in one.lines:
        if line.label in _BY_ITSELF and not whole:
            continue
        yield from _labelled(line.label, plain(line.text), width)
        some = line.particulars if whole else line.particulars[:_FEW]
        for text in some:
            yield from _indented(plain(text), _LABEL, width, mark="- ")
        if len(some) < len(line.particulars):
            yield f"{'':<{_LABEL}}- and {len(line.particulars) - len(some)} more"
    yield from _rungs(one.rungs, width, assumed)


def _rungs(rungs: Sequence[Rung], width: int, assumed: str) -> Iterator[str]:
    if not rungs:
        yield f"  {'There is nothing above it.' if not assumed else f'{assumed} is reached: nothing is missing.'}"
    for rung in rungs:
        yield from _indented(f"To {rung.title}: {rung.told}", 2, width)
        for number, step in enumerate(rung.steps, 1):
            after = f". Then {step.after}" if step.after else ""
            yield from _indented(plain(f"{step.text}{after}"), 4, width, mark=f"{number:>2}. ")
        if rung.more:
            yield f"        and {rung.more:,} more steps"
        if not rung.steps:
            yield "        nothing is missing that can be seen"


def _labelled(label: str, text: str, width: int) -> Iterator[str]:
    first, *rest = wrap(text, width - _LABEL) or [""]
    yield f"  {label:<{_LABEL - 2}}{first}"
    yield from (f"{'':<{_LABEL}}{line}" for line in rest)


def _indented(text: str, indent: int, width: int, *, mark: str = "") -> Iterator[str]:
    first, *rest = wrap(text, width - indent - len(mark)) or [""]
    yield f"{'':<{indent}}{mark}{first}"
    yield from (f"{'':<{indent + len(mark)}}{line}" for line in rest)
