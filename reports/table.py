"""The terminal's summary: what a person wants to know first, within the width of the window."""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

from tabulate import tabulate

from auditor.document import summarize
from auditor.model import GLOBAL, Severity, Status
from auditor.rendering import renderer
from auditor.requirements import Outcome, Standing, outcomes, sums
from auditor.text import cells, line, plain, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from auditor.model import Assessment, CheckInfo, Finding, Gap, Score, Unread

WIDTH_OF_FILES = 100
NARROWEST, WIDEST = 40, 120
"""Narrower, nothing would be left of a name; wider, lines get hard to read."""

MOST_CHECKS, MOST_GAPS, MOST_CONTROLS = 10, 10, 3
SCORE_HEADINGS = ("Scores", "", "", "passed", "failed", "unknown")
IF_ANY = ("to answer by hand", "broken")
SHORTEST_NAME, SHORTEST_BAR, LONGEST_BAR = 8, 10, 20
LABEL = len("CRITICAL") + 2
"""Cells before the text of a finding: its severity."""

GOOD, FAIR = 90, 70
"""Scores from which a bar is green, and yellow."""


class Ink(StrEnum):
    """ANSI's "select graphic rendition" codes that the summary uses."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"
    BOLD_RED = "1;31"
    BOLD_YELLOW = "1;33"


SEVERITY_INK = {
    Severity.CRITICAL: Ink.BOLD_RED,
    Severity.HIGH: Ink.RED,
    Severity.MEDIUM: Ink.YELLOW,
    Severity.LOW: Ink.CYAN,
    Severity.INFORMATIONAL: Ink.DIM,
}
SEVERITY_LABEL = {severity: severity.value.upper() for severity in Severity} | {Severity.INFORMATIONAL: "INFO"}


STANDING_INK = {
    Standing.FAILED: Ink.RED,
    Standing.NOT_KNOWN: Ink.YELLOW,
    Standing.PASSED: Ink.GREEN,
    Standing.NOT_APPLICABLE: Ink.DIM,
    Standing.NOT_COVERED: Ink.DIM,
}


@dataclass(frozen=True, slots=True)
class Page:
    """Where the summary is written: how wide, and whether in color."""

    width: int
    colored: bool

    @classmethod
    def of(cls, out: TextIO) -> Page:
        """The terminal behind the stream, or a plain page of a fixed width where there is none."""
        if not out.isatty():
            return cls(WIDTH_OF_FILES, colored=False)
        columns = shutil.get_terminal_size((WIDTH_OF_FILES, 24)).columns
        colored = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(min(max(columns, NARROWEST), WIDEST), colored)

    def paint(self, text: str, ink: Ink) -> str:
        """The text in this ink, where there is color."""
        return f"\x1b[{ink.value}m{text}\x1b[0m" if self.colored and text else text

    def heading(self, text: str, ink: Ink = Ink.BOLD) -> list[str]:
        """What a section begins with."""
        return [self.paint(row, ink) for row in wrap(text, self.width)]

    def entry(
        self, label: str, text: str, *, indent: int, lines: int | None = None, ink: Ink | None = None
    ) -> list[str]:
        """Text after a label of so many cells, wrapped under itself."""
        wrapped = wrap(text, self.width - indent, lines=lines) or [""]
        before = [label + " " * (indent - cells(label)), *[" " * indent] * (len(wrapped) - 1)]
        return [start + (self.paint(rest, ink) if ink else rest) for start, rest in zip(before, wrapped, strict=True)]


@renderer("table", suffix=".txt", terminal=True)
def table(assessment: Assessment, out: TextIO) -> None:
    """Write the account, scores, worst findings, what was not read, warnings and sums, in this order."""
    page = Page.of(out)
    sections = (
        _account(assessment, page),
        _partial(assessment, page),
        *(
            (_requirements(assessment, page),)
            if assessment.group_by == "requirement"
            else (_scores(assessment, page), _findings(assessment, page))
        ),
        _unread(assessment, page),
        _broken(assessment, page),
        _warnings(assessment, page),
        _sums(assessment, page),
    )
    out.write("\n\n".join("\n".join(lines) for lines in sections if lines) + "\n")


def _account(assessment: Assessment, page: Page) -> list[str]:
    scan = assessment.scan
    alias = f" ({plain(scan.alias)})" if scan.alias else ""
    partition = "" if scan.partition == "aws" else f" in {plain(scan.partition)}"
    moment = scan.started.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    calls = _number(scan.calls, "call")
    facts = {
        "Regions": ", ".join(map(plain, scan.regions)) or "none",
        "Profile": plain(assessment.profile),
        "Scanned": f"{moment}, {calls} in {_duration(scan.seconds)}, by auditor {plain(assessment.tool_version)}",
        "Caller": shorten(plain(scan.caller), page.width - 11),
    }
    title = shorten(f"AWS account {plain(scan.account)}{alias}{partition}", page.width)
    rows = [page.entry(f"  {label}", text, indent=11) for label, text in facts.items() if text]
    return [page.paint(title, Ink.BOLD), *(row for entry in rows for row in entry)]


def _partial(assessment: Assessment, page: Page) -> list[str]:
    if assessment.scan.complete:
        return []
    note = plain(assessment.scan.note) or "it was stopped before its end"
    text = f"PARTIAL SCAN: {note}. What follows holds only for what was read before."
    return page.heading(text, Ink.BOLD_YELLOW)


def _scores(assessment: Assessment, page: Page) -> list[str]:
    scores = assessment.scores
    rows: list[tuple[str, Score | None]] = [("Overall", scores.overall), ("", None)]
    rows += [(pillar.title, score) for pillar, score in scores.pillars.items()]
    if scores.patterns:
        rows += [("", None), *_patterns(assessment)]
    names, bars = _columns((cells(name) for name, _ in rows), page.width)
    scored = [_score_cells(name, score, names, bars, page) for name, score in rows]
    text = tabulate(
        [[page.paint(text, Ink.BOLD) for text in SCORE_HEADINGS], *scored],
        tablefmt="plain",
        colalign=("left", "left", "right", "right", "right", "right"),
        disable_numparse=True,
        preserve_whitespace=True,
    )
    return [row.rstrip() for row in text.splitlines()]


def _columns(names: Iterable[int], width: int) -> tuple[int, int]:
    """The cells for names and for bars: first whole names, then bars, and both have a least size."""
    room = width - sum(2 + max(len(heading), 3) for heading in SCORE_HEADINGS[2:]) - 2
    name = max(min(max(names), room - SHORTEST_BAR), SHORTEST_NAME)
    return name, min(max(room - name, 0), LONGEST_BAR)


def _patterns(assessment: Assessment) -> Iterator[tuple[str, Score]]:
    """Each pattern, and under it its worst controls."""
    for pattern in assessment.patterns:
        score = assessment.scores.patterns.get(pattern.id)
        if score is None:
            continue
        yield plain(pattern.title), score
        controls = [(c.title, assessment.scores.controls.get((pattern.id, c.id))) for c in pattern.controls]
        imperfect = [(s.value, title, s) for title, s in controls if s and s.value is not None and s.failed]
        for _, title, control in sorted(imperfect, key=lambda one: one[:2])[:MOST_CONTROLS]:
            yield f"  {plain(title)}", control


def _score_cells(name: str, score: Score | None, name_width: int, bar_width: int, page: Page) -> list[str]:
    if score is None:
        return [""] * 6
    failed = page.paint(f"{score.failed:,}", Ink.RED if score.failed else Ink.DIM)
    unknown = page.paint(f"{score.unknown:,}", Ink.YELLOW if score.unknown else Ink.DIM)
    # Cut, not rounded: 99.9 is not 100.
    value = "-" if score.value is None else str(int(score.value))
    return [shorten(name, name_width), _bar(score.value, bar_width, page), value, f"{score.passed:,}", failed, unknown]


def _bar(value: float | None, width: int, page: Page) -> str:
    if value is None:
        return page.paint("not judged"[:width], Ink.DIM)
    filled = int(width * value / 100)
    ink = Ink.GREEN if value >= GOOD else Ink.YELLOW if value >= FAIR else Ink.RED
    return page.paint("█" * filled, ink) + page.paint("░" * (width - filled), Ink.DIM)


def _requirements(assessment: Assessment, page: Page) -> list[str]:
    """Each requirement with how it stands; of those that failed the worst, of those not known why."""
    found = outcomes(assessment)
    label = max(len(standing.title) for standing in Standing) + 2
    told = ", ".join(f"{times} {standing.title.lower()}" for standing, times in sums(found).items())
    lines = page.heading(f"{_number(len(found), 'requirement')}: {told}")
    for one in sorted(found, key=lambda each: list(Standing).index(each.standing)):
        standing = page.paint(one.standing.title, STANDING_INK[one.standing])
        title = f"{plain(one.requirement.id)} {plain(one.requirement.title)}"
        lines += page.entry(f"  {standing}", title, indent=label + 2)
        lines += page.entry("", _why(one), indent=label + 4, ink=Ink.DIM, lines=3)
    return lines


def _why(one: Outcome) -> str:
    """What a requirement's standing rests on."""
    if one.standing is Standing.NOT_COVERED:
        return plain(one.requirement.note)
    if one.standing is Standing.FAILED:
        worst = one.worst[0]
        more = f", and {_number(one.failed - 1, 'failure')} more" if one.failed > 1 else ""
        return f"{plain(worst.resource.name)}: {plain(worst.reason)} ({plain(worst.check)}){more}"
    counts = ((one.passed, "passed"), (one.unknown, "without a verdict"), (one.waived, "waived"))
    parts = [f"{times:,} {noun}" for times, noun in counts if times]
    parts += [f"not run: {', '.join(map(plain, one.missing))}"] if one.missing else []
    return ", ".join(parts) or "there is nothing to judge"


def _findings(assessment: Assessment, page: Page) -> list[str]:
    failures: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        if finding.status is Status.FAIL and not finding.waiver:
            failures.setdefault(finding.check, []).append(finding)
    if not failures:
        return []
    checks = {check.id: check for check in assessment.checks}
    ranked = sorted(failures.items(), key=lambda group: (-_worst(group[1]).severity.rank, -len(group[1]), group[0]))
    shown = ranked[:MOST_CHECKS]
    total = f"{_number(len(ranked), 'check')} failed"
    lines = page.heading(total if len(shown) == len(ranked) else f"{total}; the {len(shown)} worst:")
    for check, group in shown:
        lines += ["", *_failure(checks[check], group, page)]
    if rest := ranked[len(shown) :]:
        lines += ["", *_more(rest, page)]
    return lines


def _worst(findings: Iterable[Finding]) -> Finding:
    """The first of the most severe."""
    return max(findings, key=lambda finding: finding.severity.rank)


def _failure(check: CheckInfo, group: list[Finding], page: Page) -> list[str]:
    example = _worst(group)
    severity = example.severity
    label = page.paint(SEVERITY_LABEL[severity], SEVERITY_INK[severity])
    resource = example.resource
    name = shorten(plain(resource.name or resource.arn), page.width - LABEL)
    place = "" if resource.region == GLOBAL else f" in {plain(resource.region)}"
    return [
        *page.entry(label, line(check.title).removesuffix("."), indent=LABEL, ink=Ink.BOLD),
        *page.entry("", f"{plain(check.id)}, {_number(len(group), 'resource')}", indent=LABEL, ink=Ink.DIM),
        *page.entry("", f"{name}{place}, because {plain(example.reason)}", indent=LABEL, lines=3),
        *page.entry("", f"Fix: {_first_sentence(line(check.fix))}", indent=LABEL, lines=3),
    ]


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)\s+", text, maxsplit=1)[0].removesuffix(".")


def _more(rest: list[tuple[str, list[Finding]]], page: Page) -> list[str]:
    severities = Counter(_worst(group).severity for _, group in rest)
    counts = ", ".join(f"{severities[one]} {one.value}" for one in reversed(Severity) if severities[one])
    return page.entry("", f"… and {_number(len(rest), 'check')} more: {counts}", indent=LABEL)


def _unread(assessment: Assessment, page: Page) -> list[str]:
    groups: dict[str, list[Unread]] = {}
    for unread in assessment.unread:
        groups.setdefault(_reason(unread.gap), []).append(unread)
    if not groups:
        return []
    concerned = len(_checks_of(assessment.unread))
    effect = f"{_number(concerned, 'check')} left UNKNOWN, in whole or in part" if concerned else "no check needed it"
    ranked = sorted(groups.items(), key=lambda entry: (-len(_checks_of(entry[1])), entry[0]))
    shown = [(f"  {_number(len(_checks_of(group)), 'check')}", reason, group) for reason, group in ranked[:MOST_GAPS]]
    indent = max(len(count) for count, _, _ in shown) + 2
    lines = page.heading(f"Not everything could be read: {effect}")
    for count, reason, group in shown:
        lines += page.entry(count, reason + _places(group), indent=indent, lines=3)
    if rest := len(ranked) - len(shown):
        lines.append(f"  … and for {_number(rest, 'reason')} more")
    return lines


def _reason(gap: Gap) -> str:
    """The reason without its place, so that regions can share it."""
    return plain(replace(gap, region=GLOBAL).reason)


def _checks_of(group: Iterable[Unread]) -> set[str]:
    return {check for unread in group for check in unread.checks}


def _places(group: Iterable[Unread]) -> str:
    regions = sorted({plain(unread.gap.region) for unread in group} - {GLOBAL})
    return f" in {', '.join(regions)}" if regions else ""


def _broken(assessment: Assessment, page: Page) -> list[str]:
    broken = [count.check for count in assessment.counts if count.statuses.get(Status.ERROR)]
    if not broken:
        return []
    text = f"{_number(len(broken), 'check')} broke, which is a defect of auditor: please report it"
    return [*page.heading(text, Ink.BOLD_RED), *page.entry("", ", ".join(map(plain, broken)), indent=2)]


def _warnings(assessment: Assessment, page: Page) -> list[str]:
    if not assessment.warnings:
        return []
    rows = [page.entry(f"  {page.paint('!', Ink.BOLD_YELLOW)}", plain(text), indent=4) for text in assessment.warnings]
    return [*page.heading("Warnings"), *(row for entry in rows for row in entry)]


def _sums(assessment: Assessment, page: Page) -> list[str]:
    summary = summarize(assessment)
    statuses: Mapping[str, int] = summary["statuses"]
    failures: Mapping[str, int] = summary["failed_by_severity"]
    grades = ", ".join(f"{failures[one]:,} {one.value}" for one in reversed(Severity) if failures[one])
    counts = (
        (statuses[Status.PASS], "passed", Ink.GREEN),
        (sum(failures.values()), f"failed ({grades})" if grades else "failed", Ink.BOLD_RED),
        (statuses[Status.UNKNOWN], "unknown", Ink.YELLOW),
        (summary["waived"], "waived", Ink.BOLD),
        (statuses[Status.MANUAL], "to answer by hand", Ink.BOLD),
        (statuses[Status.ERROR], "broken", Ink.BOLD_RED),
    )
    text = ", ".join(_count(count, noun, ink, page) for count, noun, ink in counts if count or noun not in IF_ANY)
    scope = f"{_number(summary['checks'], 'check')} on {_number(summary['resources'], 'resource')}"
    partial = "" if assessment.scan.complete else page.paint("PARTIAL SCAN: ", Ink.BOLD_YELLOW)
    return wrap(f"{partial}{scope}: {text}", page.width)


def _count(count: int, noun: str, ink: Ink, page: Page) -> str:
    text, bracket, rest = f"{count:,} {noun}".partition(" (")
    return (page.paint(text, ink) if count else text) + bracket + rest


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
