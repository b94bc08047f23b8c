"""What an assessment speaks of: whether the absence of a finding means that the thing is gone, or that nobody looked.

Comparing, history and whoever closes findings elsewhere ask it the same question.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from enum import StrEnum
from typing import NamedTuple

from auditor.model import GLOBAL, Assessment, Finding, Status

UNSURE = frozenset({Status.UNKNOWN, Status.ERROR})
"""The statuses that say nothing about the resource."""


class Identity(NamedTuple):
    """What makes two findings of two scans of an account the same one."""

    check: str
    region: str
    arn: str


class Absence(StrEnum):
    """Why an assessment has no finding of an identity."""

    GONE = "gone"
    """The check went through all there is in the region: the resource is not there, or is not judged any more."""
    UNSURE = "unsure"
    """Something of the check could not be read there, or the scan was stopped."""
    NOT_RUN = "not_run"
    """The check was not chosen, or the region not scanned."""


def identity(finding: Finding) -> Identity:
    """The finding's identity within its account."""
    return Identity(finding.check, finding.resource.region, finding.resource.arn)


def is_whole(assessment: Assessment) -> bool:
    """Whether every verdict that was counted is there as a finding; `--baseline` leaves some out."""
    found = Counter((f.check, f.status) for f in assessment.findings)
    return all(
        found[count.check, status] >= times
        for count in assessment.counts
        for status, times in count.statuses.items()
        if status is not Status.NOT_APPLICABLE
    )


class Coverage:
    """The findings of an assessment by identity, and what their absence means."""

    def __init__(self, assessment: Assessment) -> None:
        self.checks = frozenset(info.id for info in assessment.checks)
        self.findings: dict[Identity, list[Finding]] = defaultdict(list)
        self._complete = assessment.scan.complete
        self._regions = {GLOBAL, *assessment.scan.regions}
        self._unsure: dict[str, set[str]] = defaultdict(set)
        for finding in assessment.findings:
            self.findings[identity(finding)].append(finding)
            if finding.status in UNSURE:
                self._unsure[finding.check].add(finding.resource.region)

    def absence(self, check: str, region: str) -> Absence:
        """What it means that the check has no finding of some resource in the region."""
        if check not in self.checks or region not in self._regions:
            return Absence.NOT_RUN
        unsure = self._unsure.get(check, set())
        # What is listed once for the account, as buckets are, leaves its gap in no region.
        hole = bool(unsure) if region == GLOBAL else bool(unsure & {region, GLOBAL})
        return Absence.UNSURE if hole or not self._complete else Absence.GONE
