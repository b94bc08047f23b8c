"""An assessment as plain JSON values: the versioned document that every machine format starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from auditor.model import (
    Assessment,
    CheckInfo,
    Finding,
    Gap,
    ResourceRef,
    Score,
    Severity,
    Status,
    TrendPoint,
    Unread,
    Waiver,
)
from auditor.requirements import Outcome, outcomes

SCHEMA = "auditor.assessment"
VERSION = "1.2"
"""Minor: something was added. Major: something that a reader relied on changed."""

Document = dict[str, Any]


def document(assessment: Assessment) -> Document:
    """The whole assessment; keys in a fixed order, lists sorted, equal input gives equal output."""
    return {key: list(value) if isinstance(value, Iterator) else value for key, value in members(assessment).items()}


def members(assessment: Assessment) -> dict[str, Any]:
    """The parts of the document; its findings, which may be half a million, are made as they are taken."""
    scan = assessment.scan
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "tool": {"name": "auditor", "version": assessment.tool_version},
        "account": {"id": scan.account, "alias": scan.alias, "partition": scan.partition},
        "scan": {
            "started": instant(scan.started),
            "regions": list(scan.regions),
            "complete": scan.complete,
            "note": scan.note,
            "calls": scan.calls,
            "seconds": scan.seconds,
            "caller": scan.caller,
        },
        "profile": assessment.profile,
        "summary": summarize(assessment),
        "scores": {
            "overall": _score(assessment.scores.overall),
            "pillars": {p.value: _score(s) for p, s in assessment.scores.pillars.items()},
            "patterns": {p: _score(s) for p, s in assessment.scores.patterns.items()},
            "controls": {f"{p}.{c}": _score(s) for (p, c), s in assessment.scores.controls.items()},
        },
        "patterns": [
            {"id": p.id, "title": p.title, "controls": [{"id": c.id, "title": c.title} for c in p.controls]}
            for p in assessment.patterns
        ],
        "practices": {
            p.id: {
                "title": p.title,
                "pillar": p.pillar.value,
                "question": p.question,
                "question_title": p.question_title,
                "choice": p.choice,
                "risk": p.risk.value,
            }
            for p in assessment.practices.values()
        },
        "checks": _checks(assessment),
        "findings": map(_finding, assessment.findings),
        "unread": [_unread(u) for u in assessment.unread],
        "warnings": list(assessment.warnings),
        "trend": [_point(p) for p in assessment.trend],
        "requirements": [_requirement(one) for one in outcomes(assessment)],
        "views": {name: dict(view) for name, view in assessment.views.items()},
    }


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second: `2026-11-26T05:54:53Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def summarize(assessment: Assessment) -> Document:
    """How many checks, resources and verdicts there are."""
    statuses = dict.fromkeys((s.value for s in Status), 0)
    for count in assessment.counts:
        for status, times in count.statuses.items():
            statuses[status.value] += times
    failures = dict.fromkeys((s.value for s in Severity), 0)
    for finding in assessment.findings:
        if finding.status is Status.FAIL and not finding.waiver:
            failures[finding.severity.value] += 1
    return {
        "checks": len(assessment.checks),
        "resources": len({f.resource.arn for f in assessment.findings}),
        "statuses": statuses,
        "failed_by_severity": failures,
        "waived": sum(1 for f in assessment.findings if f.waiver),
    }


def _score(score: Score) -> Document:
    return {
        "value": score.value,
        "passed": score.passed,
        "failed": score.failed,
        "unknown": score.unknown,
        "waived": score.waived,
    }


def _checks(assessment: Assessment) -> list[Document]:
    counts = {count.check: count.statuses for count in assessment.counts}
    return [_check(info, counts.get(info.id, {})) for info in assessment.checks]


def check_document(info: CheckInfo) -> Document:
    """What there is to know about a check, as `checks show --format json` prints it too."""
    return {
        "id": info.id,
        "title": info.title,
        "why": info.why,
        "fix": info.fix,
        "severity": info.severity.value,
        "pattern": info.pattern,
        "control": info.control,
        "pillars": [pillar.value for pillar in info.pillars],
        "practices": list(info.practices),
        "resource_type": info.resource_type,
        "evidence": list(info.evidence),
        "thresholds": dict(info.thresholds),
    }


def _check(info: CheckInfo, statuses: Mapping[Status, int]) -> Document:
    return check_document(info) | {"statuses": {s.value: statuses[s] for s in Status if statuses.get(s)}}


def _finding(finding: Finding) -> Document:
    return {
        "check": finding.check,
        "status": finding.status.value,
        "severity": finding.severity.value,
        "resource": _resource(finding.resource),
        "reason": finding.reason,
        "observed": dict(finding.observed),
        "waiver": _waiver(finding.waiver) if finding.waiver else None,
    }


def _resource(resource: ResourceRef) -> Document:
    return {
        "arn": resource.arn,
        "type": resource.type,
        "region": resource.region,
        "name": resource.name,
        "tags": dict(resource.tags),
    }


def _waiver(waiver: Waiver) -> Document:
    return {
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires,
        "checks": list(waiver.checks),
        "resources": list(waiver.resources),
    }


def _unread(unread: Unread) -> Document:
    return _gap(unread.gap) | {"times": unread.times, "checks": list(unread.checks)}


def _gap(gap: Gap) -> Document:
    return {
        "kind": gap.kind.value,
        "service": gap.service,
        "operation": gap.operation,
        "action": gap.action,
        "region": gap.region,
        "code": gap.code,
        "message": gap.message,
        "reason": gap.reason,
    }


def _requirement(outcome: Outcome) -> Document:
    requirement = outcome.requirement
    return {
        "id": requirement.id,
        "title": requirement.title,
        "checks": list(requirement.checks),
        "note": requirement.note,
        "standing": outcome.standing.value,
        "passed": outcome.passed,
        "failed": outcome.failed,
        "unknown": outcome.unknown,
        "waived": outcome.waived,
        "missing": list(outcome.missing),
    }


def _point(point: TrendPoint) -> Document:
    return {
        "started": instant(point.started),
        "complete": point.complete,
        "checks": point.checks,
        "failed": point.failed,
        "overall": point.overall,
        "pillars": {pillar.value: value for pillar, value in point.pillars.items()},
    }
