"""What a delivery changes in a review of the Well-Architected Tool: a question's answer there against the findings.

People have the last word: what they selected stays selected, what they took back stays so, and their notes stay as they
are. What we set carries our mark, and only that is taken back, and only for a failure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.document import instant
from auditor.model import Assessment, Finding, Practice, Status
from auditor.text import ELLIPSIS, plain

MOST_NOTES, MOST_CHOICE_NOTES = 2084, 250
"""Characters of an answer's notes, and of a choice's (Well-Architected Tool API)."""

BEGIN, END = "--- auditor: begin ---", "--- auditor: end ---"
SELECTED, TAKEN_BACK = "[auditor] selected: ", "[auditor] taken back: "

_NONE = "_no"
"""How the id of `None of these` ends."""

_LEAST = 120
"""Characters below which a block of ours would say nothing."""

_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Standing:
    """How a practice stands by the findings of its checks."""

    practice: Practice
    passed: int
    failed: tuple[Finding, ...]
    """Failures, waived ones too: an accepted risk is not a practice that is followed."""
    open: int
    """Findings without a verdict."""
    missing: tuple[str, ...]
    """Checks of the practice that were not run."""
    complete: bool = True
    """Whether the scan was."""

    @property
    def is_met(self) -> bool:
        """Whether every check of it ran, over all there is, and nothing but passed."""
        return bool(self.passed) and not (self.failed or self.open or self.missing) and self.complete

    @property
    def told(self) -> str:
        """In short: `12 passed`, `3 of 40 failed`."""
        judged = self.passed + len(self.failed)
        said = f"{len(self.failed)} of {judged} failed" if self.failed else f"{self.passed} passed"
        rest = [f"{self.open} not known"] if self.open else []
        rest += [f"{len(self.missing)} checks not run"] if self.missing else []
        rest += ["the scan is not complete"] if not self.complete else []
        return ", ".join([said, *rest])


def standings(assessment: Assessment, mapped: Mapping[str, Iterable[str]]) -> dict[str, list[Standing]]:
    """How the practices stand, by question; `mapped` has the ids of all checks that there are of each."""
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in assessment.findings:
        by_check[finding.check].append(finding)
    ran = {info.id for info in assessment.checks}
    found: dict[str, list[Standing]] = defaultdict(list)
    for practice in assessment.practices.values():
        checks = sorted(mapped.get(practice.id, ()))
        findings = [finding for check in checks for finding in by_check[check]]
        statuses = Counter(finding.status for finding in findings)
        failed = tuple(one for one in findings if one.status is Status.FAIL)
        standing = Standing(
            practice,
            statuses[Status.PASS],
            failed,
            statuses.total() - statuses[Status.PASS] - len(failed),
            tuple(check for check in checks if check not in ran),
            assessment.scan.complete,
        )
        if findings:
            found[practice.question].append(standing)
    return found


@dataclass(frozen=True, slots=True)
class Update:
    """What changes in an answer."""

    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """ChoiceUpdates, as the API takes them."""
    notes: str | None = None
    """The new notes, where they change."""
    lines: Sequence[str] = ()
    """The changes, for people."""
    kept: int = 0
    """Choices that a person decided otherwise."""
    unknown: Sequence[str] = ()
    """Ids of choices that the lens does not have."""
    crowded: bool = False
    """The notes are full: there was no room for ours."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self.choices and self.notes is None

    def count(self, status: str) -> int:
        """How many choices get a status."""
        return sum(1 for one in self.choices.values() if one["Status"] == status)


def update(answer: Mapping[str, Any], standing: Sequence[Standing], assessment: Assessment) -> Update:
    """What the findings change in an answer, as GetAnswer gives it."""
    if answer.get("IsApplicable") is False:
        return Update()
    known = {one["ChoiceId"] for one in answer.get("Choices", [])}
    there = {one["ChoiceId"]: one for one in answer.get("ChoiceAnswers", [])}
    selected = set(answer.get("SelectedChoices", []))
    none = any(choice.endswith(_NONE) for choice in selected)
    choices: dict[str, dict[str, str]] = {}
    lines, kept = [], 0
    for one in standing:
        choice = one.practice.choice
        if choice not in known:
            continue
        change = _change(one, there.get(choice, {}), is_selected=choice in selected, none=none)
        if change is None:
            kept += one.is_met and choice not in selected
            continue
        choices[choice] = change
        verb = "select" if change["Status"] == "SELECTED" else "take back"
        lines.append(f"{answer['QuestionTitle']}: {verb} {one.practice.title!r} ({one.told})")
    notes, crowded = _noted(answer.get("Notes", ""), standing, assessment)
    unknown = sorted({one.practice.choice for one in standing} - known)
    return Update(choices, notes, lines, kept, unknown, crowded)


def _change(standing: Standing, there: Mapping[str, Any], *, is_selected: bool, none: bool) -> dict[str, str] | None:
    """What becomes of a choice; None where it stays."""
    notes = there.get("Notes", "")
    if is_selected and standing.failed and notes.startswith(SELECTED):
        return {"Status": "UNSELECTED", "Notes": _cut(TAKEN_BACK + standing.told, MOST_CHOICE_NOTES)}
    decided = there.get("Status") == "NOT_APPLICABLE" or notes.startswith(SELECTED) or none
    if standing.is_met and not is_selected and not decided:
        return {"Status": "SELECTED", "Notes": _cut(SELECTED + standing.told, MOST_CHOICE_NOTES)}
    return None


def _noted(notes: str, standing: Sequence[Standing], assessment: Assessment) -> tuple[str | None, bool]:
    """The notes with our block brought up to date, if that changes them; and whether there was no room."""
    before, after = _around(notes)
    gap = "\n" if before and not before.endswith("\n") else ""
    room = MOST_NOTES - len(before) - len(gap) - len(after)
    if room < _LEAST:
        return None, True
    made = f"{before}{gap}{_block(standing, assessment, room)}{after}"
    return (made if made != notes else None), False


def _around(notes: str) -> tuple[str, str]:
    """What people wrote, before and after our block."""
    before, begin, rest = notes.partition(BEGIN)
    _, end, after = rest.partition(END)
    return (before, after) if begin and end else (notes, "")


def _block(standing: Sequence[Standing], assessment: Assessment, room: int) -> str:
    scan = assessment.scan
    lines = [BEGIN, f"{instant(scan.started)}, account {scan.account}"]
    room -= sum(map(len, lines)) + len(END) + len(lines) + len(f"\n{ELLIPSIS}")
    for one in sorted(standing, key=lambda each: (each.is_met, each.practice.id)):
        text = _line(one)
        room -= len(text) + 1
        if room < 0:
            lines.append(ELLIPSIS)
            break
        lines.append(text)
    return "\n".join([*lines, END])


def _line(standing: Standing) -> str:
    state = "met" if standing.is_met else "not met" if standing.failed else "not known"
    worst = max(standing.failed, key=lambda finding: finding.severity.rank, default=None)
    example = f"; {worst.check} {worst.resource.name}: {worst.reason}" if worst else ""
    return _cut(f"{standing.practice.id} {state}: {standing.told}{example}", _LONGEST)


def _cut(text: str, most: int) -> str:
    text = plain(text)
    return text if len(text) <= most else text[: most - 1] + ELLIPSIS
