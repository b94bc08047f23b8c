"""Scorecards: for each control its score, what failed worst, and what nobody could see; and pillars by patterns."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.model import Pillar, Score, Status
from auditor.score import score

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from auditor.model import Assessment, Control, Finding

    from .summary import Group

WORST = 3
"""How many failed checks a control names."""
REASONS = 3
"""How many reasons it gives for what is unknown."""

UNJUDGED = Score(None, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One control: how it stands, what failed worst, what is unknown and why, and what a person has to answer."""

    id: str
    title: str
    score: Score
    worst: tuple[Group, ...]
    more: int
    """Failed checks beyond the worst."""
    unknown: tuple[str, ...]
    """Why, the most frequent reason first."""
    unseen: int
    """Reasons beyond these."""
    questions: tuple[Group, ...]

    @property
    def has_more(self) -> bool:
        """Whether there is anything to unfold."""
        return bool(self.worst or self.unknown or self.questions)


@dataclass(frozen=True, slots=True)
class PatternCard:
    """A pattern with its controls."""

    id: str
    title: str
    score: Score
    controls: tuple[Scorecard, ...]
    pillars: Mapping[Pillar, Score]
    """The part of each pillar in the pattern."""


def scorecards(assessment: Assessment, groups: Sequence[Group]) -> list[PatternCard]:
    """The patterns in their order; groups are the findings by check, the worst first."""
    placed: defaultdict[tuple[str, str], list[Group]] = defaultdict(list)
    for group in groups:
        placed[group.info.pattern, group.info.control].append(group)
    parts = _by_pillar(assessment)
    scores = assessment.scores
    return [
        PatternCard(
            pattern.id,
            pattern.title,
            scores.patterns.get(pattern.id, UNJUDGED),
            tuple(
                _card(one, scores.controls.get((pattern.id, one.id)), placed[pattern.id, one.id])
                for one in pattern.controls
            ),
            parts[pattern.id],
        )
        for pattern in assessment.patterns
    ]


def _by_pillar(assessment: Assessment) -> dict[str, Mapping[Pillar, Score]]:
    home = {info.id: info.pattern for info in assessment.checks}
    checks, findings = defaultdict(list), defaultdict(list)
    for info in assessment.checks:
        checks[info.pattern].append(info)
    for finding in assessment.findings:
        findings[home[finding.check]].append(finding)
    return {one.id: score(checks[one.id], findings[one.id]).pillars for one in assessment.patterns}


def _card(control: Control, part: Score | None, groups: Sequence[Group]) -> Scorecard:
    failed = [group for group in groups if group.failed]
    reasons = _reasons(finding for group in groups for finding in group.findings)
    asked = tuple(group for group in groups if any(one.status is Status.MANUAL for one in group.findings))
    return Scorecard(
        control.id, control.title, part or UNJUDGED, tuple(failed[:WORST]), max(len(failed) - WORST, 0),
        tuple(reasons[:REASONS]), max(len(reasons) - REASONS, 0), asked,
    )  # fmt: skip


def _reasons(findings: Iterable[Finding]) -> list[str]:
    times = Counter(one.reason for one in findings if one.status is Status.UNKNOWN)
    return sorted(times, key=lambda reason: (-times[reason], reason))
