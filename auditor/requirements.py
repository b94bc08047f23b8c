"""How the requirements of a framework stand by the findings of the checks that show them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from auditor.model import Assessment, Finding, Requirement, Status


class Standing(StrEnum):
    """How a requirement stands; declared from worst to best."""

    FAILED = "failed"
    """A check of it failed, and no waiver accepts that."""
    NOT_KNOWN = "not_known"
    """None failed, but one could not judge, waits for an answer, broke, or was not run."""
    PASSED = "passed"
    """Every check of it ran, and what there was passed or is waived."""
    NOT_APPLICABLE = "not_applicable"
    """Every check of it ran and found nothing to judge."""
    NOT_COVERED = "not_covered"
    """No check shows it."""

    @property
    def title(self) -> str:  # type: ignore[override]  # the words of reports; str.title has no use here
        """As reports write it: `Not known`."""
        return self.value.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A requirement and what came of its checks."""

    requirement: Requirement
    standing: Standing
    passed: int
    failed: int
    unknown: int
    """Without a verdict: UNKNOWN, ERROR and MANUAL."""
    waived: int
    missing: tuple[str, ...]
    """Checks of it that were not run."""
    worst: tuple[Finding, ...]
    """The worst open failure of each check, the worst first."""


def outcomes(assessment: Assessment) -> list[Outcome]:
    """The requirements of the assessment, in their order."""
    by_check: dict[str, list[Finding]] = defaultdict(list)
    for finding in assessment.findings:
        by_check[finding.check].append(finding)
    ran = {info.id for info in assessment.checks}
    return [_outcome(one, by_check, ran) for one in assessment.requirements]


def sums(found: Iterable[Outcome]) -> dict[Standing, int]:
    """How many stand how, from worst to best; those that are none are left out."""
    counts = Counter(one.standing for one in found)
    return {standing: counts[standing] for standing in Standing if counts[standing]}


def _outcome(one: Requirement, by_check: dict[str, list[Finding]], ran: set[str]) -> Outcome:
    findings = [finding for check in one.checks for finding in by_check[check]]
    waived = sum(1 for finding in findings if finding.waiver)
    statuses = Counter(finding.status for finding in findings if not finding.waiver)
    missing = tuple(check for check in one.checks if check not in ran)
    passed, failed = statuses[Status.PASS], statuses[Status.FAIL]
    unknown = statuses.total() - passed - failed
    standing = _standing(one, failed=failed, open_=unknown + len(missing), good=passed + waived)
    worst = tuple(_worst(by_check[check] for check in one.checks))
    return Outcome(one, standing, passed, failed, unknown, waived, missing, worst)


def _standing(one: Requirement, *, failed: int, open_: int, good: int) -> Standing:
    if not one.checks:
        return Standing.NOT_COVERED
    if failed:
        return Standing.FAILED
    if open_:
        return Standing.NOT_KNOWN
    return Standing.PASSED if good else Standing.NOT_APPLICABLE


def _worst(groups: Iterable[Sequence[Finding]]) -> list[Finding]:
    open_ = ([one for one in group if one.status is Status.FAIL and not one.waiver] for group in groups)
    found = [max(group, key=lambda one: one.severity.rank) for group in open_ if group]
    return sorted(found, key=lambda one: (-one.severity.rank, one.check))
