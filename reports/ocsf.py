"""The findings as Compliance Findings of the Open Cybersecurity Schema Framework 1.5 (class 2003)."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO

from auditor.interchange import clean, guidance, identified, json_lines, region_of, sentence
from auditor.model import Severity, Status
from auditor.rendering import renderer
from auditor.text import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from auditor.model import Assessment, CheckInfo, Finding

VERSION = "1.5.0"

CATEGORY, CLASS, CREATE = 2, 2003, 1
NEW, SUPPRESSED = (1, "New"), (3, "Suppressed")
AWS_ACCOUNT = (10, "AWS Account")
RULE = (1, "Rule")
STANDARD = "AWS Well-Architected Framework"

_SEVERITIES = MappingProxyType({severity: (severity.rank + 1, severity.value.capitalize()) for severity in Severity})
"""The framework counts from 1 too: Informational, Low, Medium, High, Critical."""

_COMPLIANCE = MappingProxyType(
    {
        Status.PASS: (1, "Pass"),
        Status.MANUAL: (2, "Warning"),
        Status.FAIL: (3, "Fail"),
        Status.UNKNOWN: (0, "Unknown"),
        Status.ERROR: (99, "Error"),
    }
)


@renderer("ocsf", suffix=".ocsf.json")
def ocsf(assessment: Assessment, out: TextIO) -> None:
    """Write an array of events, a line a finding."""
    out.writelines(json_lines(map(clean, _events(assessment))))
    out.write("\n")


def _events(assessment: Assessment) -> Iterator[dict[str, Any]]:
    checks = {check.id: check for check in assessment.checks}
    for identity, finding in identified(assessment):
        yield _event(identity, finding, checks[finding.check], assessment)


def _event(identity: str, finding: Finding, check: CheckInfo, assessment: Assessment) -> dict[str, Any]:
    severity_id, severity = _severity(finding)
    status_id, status = SUPPRESSED if finding.waiver else NEW
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": _milliseconds(assessment),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "status_code": finding.status.value,
        "status_detail": finding.reason,
        "message": f"{sentence(check.title)} {finding.status.value}: {finding.reason}",
        "metadata": _metadata(identity, check, assessment),
        "cloud": _cloud(finding, assessment),
        "compliance": _compliance(finding, check),
        "finding_info": _info(identity, check, assessment),
        "remediation": {"desc": sentence(check.fix), "references": list(guidance(check, assessment.practices))},
        "resources": [_resource(finding, assessment)],
        "unmapped": _unmapped(finding, check, assessment),
    } | ({"comment": _waived(finding)} if finding.waiver else {})


def _severity(finding: Finding) -> tuple[int, str]:
    """What passes asks nobody to act: Informational."""
    return _SEVERITIES[Severity.INFORMATIONAL if finding.status is Status.PASS else finding.severity]


def _milliseconds(assessment: Assessment) -> int:
    return int(assessment.scan.started.timestamp()) * 1000


def _metadata(identity: str, check: CheckInfo, assessment: Assessment) -> dict[str, Any]:
    return {
        "version": VERSION,
        "product": {"name": "auditor", "uid": "auditor", "vendor_name": "auditor", "version": assessment.tool_version},
        "profiles": ["cloud"],
        "uid": f"{identity}/{_milliseconds(assessment)}",
        "event_code": check.id,
    }


def _cloud(finding: Finding, assessment: Assessment) -> dict[str, Any]:
    scan = assessment.scan
    type_id, kind = AWS_ACCOUNT
    return {
        "provider": "AWS",
        "account": {"uid": scan.account, "name": scan.alias or scan.account, "type_id": type_id, "type": kind},
        "cloud_partition": scan.partition,
        "region": region_of(finding.resource, scan.partition),
    }


def _compliance(finding: Finding, check: CheckInfo) -> dict[str, Any]:
    status_id, status = _COMPLIANCE[finding.status]
    severity_id, severity = _SEVERITIES[finding.severity]
    one = {
        "uid": check.id,
        "name": line(check.title),
        "desc": line(check.why),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "standards": [STANDARD],
    }
    return {
        "category": check.pattern,
        "control": f"{check.pattern}.{check.control}",
        "standards": [STANDARD],
        "requirements": list(check.practices),
        "checks": [one],
        "status_id": status_id,
        "status": status,
        "status_detail": finding.reason,
    }


def _info(identity: str, check: CheckInfo, assessment: Assessment) -> dict[str, Any]:
    type_id, kind = RULE
    return {
        "uid": identity,
        "title": line(check.title),
        "desc": line(check.why),
        "types": [pillar.title for pillar in check.pillars],
        "created_time": _milliseconds(assessment),
        "modified_time": _milliseconds(assessment),
        "data_sources": list(check.evidence),
        "analytic": {"uid": check.id, "name": line(check.title), "type_id": type_id, "type": kind},
    }


def _resource(finding: Finding, assessment: Assessment) -> dict[str, Any]:
    resource = finding.resource
    return {
        "uid": resource.arn,
        "name": resource.name,
        "type": resource.type,
        "region": region_of(resource, assessment.scan.partition),
        "cloud_partition": assessment.scan.partition,
        "tags": [{"name": name, "value": value} for name, value in resource.tags.items()],
        "data": finding.observed,
    }


def _unmapped(finding: Finding, check: CheckInfo, assessment: Assessment) -> Mapping[str, Any]:
    scan, waiver = assessment.scan, finding.waiver
    return {
        "profile": assessment.profile,
        "thresholds": check.thresholds,
        "pillars": list(check.pillars),
        "scan": {"complete": scan.complete, "note": scan.note, "regions": list(scan.regions)},
    } | ({"waiver": {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires}} if waiver else {})


def _waived(finding: Finding) -> str:
    waiver = finding.waiver
    return f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}" if waiver else ""
