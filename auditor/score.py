"""Scores: how much of what was judged is as it should be, weighted by how much it matters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from auditor.model import CheckInfo, Finding, Pillar, Score, Scores, Severity, Status

WEIGHTS: Mapping[Severity, int] = {
    Severity.INFORMATIONAL: 0,
    Severity.LOW: 1,
    Severity.MEDIUM: 3,
    Severity.HIGH: 6,
    Severity.CRITICAL: 10,
}
"""A check's weight in a score. Chosen so that one critical check outweighs three medium ones."""


class _Tally:
    def __init__(self) -> None:
        self.passed = self.failed = self.unknown = self.waived = 0

    def add(self, finding: Finding) -> None:
        if finding.waiver:
            self.waived += 1
        elif finding.status is Status.PASS:
            self.passed += 1
        elif finding.status is Status.FAIL:
            self.failed += 1
        elif finding.status in (Status.UNKNOWN, Status.ERROR):
            self.unknown += 1


def score(checks: Iterable[CheckInfo], findings: Iterable[Finding]) -> Scores:
    """The scores of an assessment, overall and by pillar, pattern and control."""
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    for finding in findings:
        tallies[finding.check].add(finding)
    groups: dict[object, list[tuple[CheckInfo, _Tally]]] = defaultdict(list)
    for check in checks:
        for key in (None, check.pattern, (check.pattern, check.control), *check.pillars):
            groups[key].append((check, tallies[check.id]))
    return Scores(
        _weighted(groups[None]),
        {pillar: _weighted(groups[pillar]) for pillar in Pillar},
        {key: _weighted(part) for key, part in groups.items() if isinstance(key, str) and not isinstance(key, Pillar)},
        {key: _weighted(part) for key, part in groups.items() if isinstance(key, tuple)},
    )


def _weighted(parts: list[tuple[CheckInfo, _Tally]]) -> Score:
    total = earned = 0.0
    for check, tally in parts:
        judged = tally.passed + tally.failed
        if judged:
            total += WEIGHTS[check.severity]
            earned += WEIGHTS[check.severity] * tally.passed / judged
    return Score(
        round(100 * earned / total, 1) if total else None,
        sum(tally.passed for _, tally in parts),
        sum(tally.failed for _, tally in parts),
        sum(tally.unknown for _, tally in parts),
        sum(tally.waived for _, tally in parts),
    )
