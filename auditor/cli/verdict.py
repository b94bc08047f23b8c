"""How a command ends: the exit code, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from auditor.model import Assessment, GapKind, Severity, Status

CLEAN, FINDINGS, INCOMPLETE, INTERRUPTED = 0, 3, 4, 130

_NOT_A_HOLE = frozenset({GapKind.UNSUPPORTED, GapKind.NOT_SUBSCRIBED, GapKind.NOT_ALLOWED, GapKind.FIELD_MISSING})
"""Gaps that no permission or retry would fill, or that the user chose: the scan is as complete as it was to be."""


def exit_code(assessment: Assessment, fail_on: str | None) -> int:
    """3 for a finding at or over the threshold, else 4 where a part could not be read, else 0."""
    if fail_on is not None:
        threshold = Severity(fail_on).rank
        if any(f.status is Status.FAIL and not f.waiver and f.severity.rank >= threshold for f in assessment.findings):
            return FINDINGS
    return CLEAN if is_complete(assessment) else INCOMPLETE


def is_complete(assessment: Assessment) -> bool:
    """Whether everything that could be read was."""
    return assessment.scan.complete and all(entry.gap.kind in _NOT_A_HOLE for entry in assessment.unread)


def next_steps(assessment: Assessment, files: list[Path], snapshot: Path | None) -> Iterator[str]:
    """Lines on what to do next, the most useful first."""
    denied = sorted(
        {e.gap.action for e in assessment.unread if e.gap.kind in (GapKind.DENIED, GapKind.DENIED_BY_ORGANIZATION)}
    )
    if denied:
        actions = "1 action was" if len(denied) == 1 else f"{len(denied)} actions were"
        yield f"{actions} denied: `auditor permissions` prints the policy that allows what a scan reads"
    unpaid = {check for e in assessment.unread if e.gap.kind is GapKind.NOT_ALLOWED for check in e.checks}
    if unpaid:
        checks = "1 check needs" if len(unpaid) == 1 else f"{len(unpaid)} checks need"
        yield f"{checks} calls to Cost Explorer, at 0.01 USD each: `auditor scan --allow-paid-calls` makes them"
    failed = [f for f in assessment.findings if f.status is Status.FAIL and not f.waiver]
    if failed:
        worst = max(failed, key=lambda finding: finding.severity.rank)
        yield f"`auditor checks show {worst.check}` explains the worst finding and its fix"
    if any(path.suffix == ".html" for path in files):
        yield "open the HTML file in a browser: it filters by pillar, pattern, severity, region and service"
    elif not files:
        yield "`--output-dir DIR` writes the whole report as JSON and HTML"
    if snapshot:
        yield f"`auditor assess {snapshot}` judges the same evidence again, offline"
