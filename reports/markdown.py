"""The summary as Markdown, for a pull request or a wiki: what matters first, and never too long for a comment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from auditor.document import instant, summarize
from auditor.interchange import guidance
from auditor.model import GLOBAL, Severity, Status
from auditor.rendering import renderer
from auditor.requirements import Standing, outcomes, sums
from auditor.text import ELLIPSIS, line, plain, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from auditor.model import Assessment, CheckInfo, Finding, Score, Unread, Waiver

LONGEST = 65_536
"""The characters that a comment on GitHub holds."""

SHARES = {
    "pillars": 3_000, "requirements": 14_000, "failed": 15_000, "patterns": 6_000, "unread": 6_000, "waivers": 5_000,
    "warnings": 4_000,
}  # fmt: skip
"""How much of it each section may take; the rest is more than the head can take."""

MOST_CHECKS = 25
CELL, LONG_CELL, WIDEST = 80, 220, 320
"""Terminal cells of a name, of a sentence, and of the list of regions."""

_REFERENCES = re.compile(r'[@#!%$&~^](?=[\w"])|:(?=//)|\bwww(?=\.)|\bGH-(?=\d)', re.IGNORECASE)
"""Where GitHub or GitLab would see a mention, an issue or a link, which they look for after Markdown is done."""

_SPECIAL = str.maketrans(
    {char: f"\\{char}" for char in "\\`*_[]~"}
    | {"<": "&lt;", ">": "&gt;", "&": "&amp;", "|": "&#124;", "$": "&#36;", "\u200b": "&#8203;"}
)
"""Nothing else means anything within a line. Plain text holds no zero width space: all of them are ours."""


@renderer("markdown", suffix=".md")
def markdown(assessment: Assessment, out: TextIO) -> None:
    """Write the counts and scores, the worst failures, the patterns, what was not read, waivers and warnings."""
    sections = (
        _head(assessment),
        _requirements(assessment) if assessment.group_by == "requirement" else "",
        _pillars(assessment),
        _failed(assessment),
        _patterns(assessment),
        _unread(assessment),
        _waivers(assessment),
        _warnings(assessment),
    )
    out.write("\n\n".join(section for section in sections if section) + "\n")


def escape(text: str) -> str:
    """Text of unknown origin that stays text, within a line or a table: no mark-up, no link, nobody is notified."""
    return _REFERENCES.sub("\\g<0>\u200b", plain(text)).translate(_SPECIAL)


def code(text: str) -> str:
    """A name in the type of a machine, in which nobody is mentioned either; for tables too."""
    text = plain(text)
    if not text.strip():
        return ""
    if "|" in text:  # renderers do not agree on what a backslash means here
        return f"<code>{escape(text)}</code>"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in " `" or text[-1] in " `" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _short(text: str, width: int) -> str:
    """So much of the text, in terminal cells; accents piled up on one letter take none, and are cut all the same."""
    text = plain(text)
    return shorten(text if len(text) <= 2 * width else text[: 2 * width] + ELLIPSIS, width)


def _table(title: str, columns: str, rows: Sequence[str], share: int, *, most: int | None = None) -> str:
    """A heading and a table of as many of the rows as its share of the page holds, and how many there are more."""
    heads = [cell.strip() for cell in columns.split("|")]
    rule = "|".join("---:" if head.endswith(":") else "---" for head in heads)
    start = f"## {title}\n\n| {' | '.join(head.removesuffix(':') for head in heads)} |\n|{rule}|"
    return start + _bounded(rows, share - len(start), most)


def _bounded(rows: Sequence[str], room: int, most: int | None = None) -> str:
    room -= len(f"\n\n… and {len(rows):,} more")
    shown: list[str] = []
    for row in rows[:most]:
        room -= len(row) + 1
        if room < 0:
            break
        shown.append(f"\n{row}")
    rest = len(rows) - len(shown)
    return "".join(shown) + (f"\n\n… and {rest:,} more" if rest else "")


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _head(assessment: Assessment) -> str:
    scan, summary = assessment.scan, summarize(assessment)
    alias = f" ({escape(_short(scan.alias, CELL))})" if scan.alias else ""
    lines = [f"# AWS account {escape(scan.account)}{alias}: {_value(assessment.scores.overall)}"]
    if not scan.complete:
        note = escape(_short(scan.note, LONG_CELL)) or "it was stopped before its end"
        lines.append(f"> **Partial scan**: {note}. What follows holds only for what was read before.")
    lines.append(f"**{_sums(summary)}** in {summary['checks']:,} checks on {summary['resources']:,} resources.")
    regions = escape(_short(", ".join(scan.regions), WIDEST))
    profile = code(_short(assessment.profile, CELL)) or "-"
    lines.append(
        f"Scanned {instant(scan.started)}, regions: {regions or 'none'}, "
        f"profile {profile}, auditor {escape(_short(assessment.tool_version, CELL))}."
    )
    return "\n\n".join(lines)


def _sums(summary: Mapping[str, Mapping[str, int]]) -> str:
    statuses, failures = summary["statuses"], summary["failed_by_severity"]
    grades = ", ".join(f"{failures[one]:,} {one.value}" for one in reversed(Severity) if failures[one])
    counts = (
        (sum(failures.values()), f"failed ({grades})" if grades else "failed"),
        (statuses[Status.PASS], "passed"),
        (statuses[Status.UNKNOWN], "unknown"),
        (summary["waived"], "waived"),
        (statuses[Status.MANUAL], "to answer by hand"),
        (statuses[Status.ERROR], "broken"),
    )
    return ", ".join(f"{count:,} {noun}" for count, noun in counts)


def _value(score: Score) -> str:
    """Cut, not rounded: 99.9 is not 100."""
    return "not judged" if score.value is None else f"{int(score.value)} of 100"


def _cells(score: Score) -> tuple[str, ...]:
    return _value(score), f"{score.passed:,}", f"{score.failed:,}", f"{score.unknown:,}", f"{score.waived:,}"


SCORE_COLUMNS = "score: | passed: | failed: | unknown: | waived:"


def _requirements(assessment: Assessment) -> str:
    """Those that failed or are not known, then the others; the worst failures of each by check."""
    found = outcomes(assessment)
    order = list(Standing)
    told = ", ".join(f"{times} {standing.title.lower()}" for standing, times in sums(found).items())
    rows = [
        _row(
            one.standing.title,
            escape(_short(one.requirement.id, CELL)),
            escape(_short(one.requirement.title, LONG_CELL)),
            f"{one.failed:,}",
            f"{one.passed:,}",
            f"{one.unknown:,}",
            ", ".join(code(finding.check) for finding in one.worst[:3]) or escape(_short(one.requirement.note, CELL)),
        )
        for one in sorted(found, key=lambda each: order.index(each.standing))
    ]
    columns = "standing | id | requirement | failed: | passed: | unknown: | worst checks, or why not"
    return _table(f"Requirements: {told}", columns, rows, SHARES["requirements"])


def _pillars(assessment: Assessment) -> str:
    rows = [_row(pillar.title, *_cells(score)) for pillar, score in assessment.scores.pillars.items()]
    return _table("Pillars", f"pillar | {SCORE_COLUMNS}", rows, SHARES["pillars"]) if rows else ""


def _patterns(assessment: Assessment) -> str:
    rows = [*_pattern_rows(assessment)]
    return _table("Patterns and controls", f"pattern | {SCORE_COLUMNS}", rows, SHARES["patterns"]) if rows else ""


def _pattern_rows(assessment: Assessment) -> Iterator[str]:
    scores = assessment.scores
    for pattern in assessment.patterns:
        if pattern.id in scores.patterns:
            yield _row(f"**{escape(_short(pattern.title, CELL))}**", *_cells(scores.patterns[pattern.id]))
        for control in pattern.controls:
            if (pattern.id, control.id) in scores.controls:
                yield _row(escape(_short(control.title, CELL)), *_cells(scores.controls[pattern.id, control.id]))


def _failed(assessment: Assessment) -> str:
    failures: dict[str, list[Finding]] = {}
    for finding in assessment.findings:
        if finding.status is Status.FAIL and not finding.waiver:
            failures.setdefault(finding.check, []).append(finding)
    checks = {check.id: check for check in assessment.checks}
    ranked = sorted(failures.items(), key=lambda group: (-_worst(group[1]).severity.rank, -len(group[1]), group[0]))
    rows = [_failure(checks[check], group, assessment) for check, group in ranked]
    title = f"{len(rows):,} checks failed, the worst first" if len(rows) > 1 else "1 check failed"
    columns = "severity | check | resources: | for example | fix"
    return _table(title, columns, rows, SHARES["failed"], most=MOST_CHECKS) if rows else ""


def _worst(findings: Iterable[Finding]) -> Finding:
    return max(findings, key=lambda finding: finding.severity.rank)


def _failure(check: CheckInfo, group: Sequence[Finding], assessment: Assessment) -> str:
    example = _worst(group)
    resource = example.resource
    place = "" if resource.region == GLOBAL else f" in {escape(_short(resource.region, CELL))}"
    name = code(_short(resource.name or resource.arn, CELL))
    return _row(
        f"**{example.severity.value}**",
        f"{escape(_short(line(check.title), LONG_CELL))} {code(_short(check.id, CELL))}",
        f"{len(group):,}",
        f"{name}{place}, because {escape(_short(example.reason, LONG_CELL))}",
        " ".join((escape(_short(line(check.fix), LONG_CELL)), *_practice_links(check, assessment))),
    )


def _practice_links(check: CheckInfo, assessment: Assessment) -> Iterator[str]:
    known = [name for name in check.practices if name in assessment.practices]
    for name, page in zip(known[:2], guidance(check, assessment.practices), strict=False):
        yield f"[{escape(name)}]({page})"


def _unread(assessment: Assessment) -> str:
    worst = sorted(assessment.unread, key=lambda one: (-len(one.checks), one.gap.reason))
    rows = [_gap(unread) for unread in worst]
    columns = "what could not be read | checks left UNKNOWN: | such as"
    return _table("Not everything could be read", columns, rows, SHARES["unread"]) if rows else ""


def _gap(unread: Unread) -> str:
    such_as = code(_short(unread.checks[0], CELL)) if unread.checks else "no check needed it"
    return _row(escape(_short(unread.gap.reason, LONG_CELL)), f"{len(unread.checks):,}", such_as)


def _waivers(assessment: Assessment) -> str:
    waived: dict[Waiver, list[Finding]] = {}
    for finding in assessment.findings:
        if finding.waiver:
            waived.setdefault(finding.waiver, []).append(finding)
    rows = [_waiver(waiver, waived[waiver]) for waiver in sorted(waived, key=lambda one: (one.expires, one.owner))]
    columns = "until | accepted by | because | findings: | such as"
    return _table("Waived", columns, rows, SHARES["waivers"]) if rows else ""


def _waiver(waiver: Waiver, findings: Sequence[Finding]) -> str:
    example = findings[0]
    such_as = f"{code(_short(example.resource.name or example.resource.arn, CELL))} {code(_short(example.check, CELL))}"
    owner, reason = escape(_short(waiver.owner, CELL)), escape(_short(waiver.reason, LONG_CELL))
    return _row(escape(_short(waiver.expires, CELL)), owner, reason, f"{len(findings):,}", such_as)


def _warnings(assessment: Assessment) -> str:
    rows = [f"- Note: {escape(_short(text, LONG_CELL))}" for text in assessment.warnings]
    start = "## Warnings\n"
    return start + _bounded(rows, SHARES["warnings"] - len(start)) if rows else ""
