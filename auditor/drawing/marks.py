"""Findings as marks on the nodes that they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.model import Assessment, Finding, Severity, Status


@dataclass(frozen=True, slots=True)
class Mark:
    """One failed check on a node."""

    severity: Severity
    check: str
    title: str
    reason: str
    fix: str
    resource: str


def marks_of(nodes: Iterable[Mapping[str, Any]], assessment: Assessment) -> dict[str, tuple[Mark, ...]]:
    """The failures of each node by its id, the worst first; accepted risks are left out."""
    owners = {name: node["id"] for node in nodes for name in (*node["members"], node["id"])}
    checks = {one.id: one for one in assessment.checks}
    found: dict[str, list[Mark]] = defaultdict(list)
    for finding in assessment.findings:
        owner = _owner(finding.resource.arn, owners)
        if owner and _counts(finding):
            about = checks[finding.check]
            resource = finding.resource.name or finding.resource.arn
            found[owner].append(Mark(finding.severity, about.id, about.title, finding.reason, about.fix, resource))
    return {
        owner: tuple(sorted(marks, key=lambda one: (-one.severity.rank, one.check, one.resource, one.reason)))
        for owner, marks in found.items()
    }


def _counts(finding: Finding) -> bool:
    return finding.status is Status.FAIL and finding.waiver is None


def _owner(arn: str, owners: Mapping[str, str]) -> str:
    """The node of an ARN, of what stands above it (a stage's API), or of the id at its end (a group's instance)."""
    for name in (arn, arn.rpartition("/")[2]):
        if name in owners:
            return owners[name]
    while "/" in arn:
        arn = arn.rpartition("/")[0]
        if arn in owners:
            return owners[arn]
    return ""
