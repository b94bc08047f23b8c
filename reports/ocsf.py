"""The findings as Compliance Findings of the Open Cybersecurity Schema Framework 1.5 (class 2003)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO

from auditor.interchange import clean, guidance, identified, json_lines, region_of, sentence
from auditor.model import Severity, Status
from auditor.rendering import renderer
from auditor.text import line, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

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


Event = dict[str, Any]


@renderer("ocsf", suffix=".ocsf.json")
def ocsf(assessment: Assessment, out: TextIO) -> None:
    """Write an array of events, a line a finding."""
    out.writelines(json_lines(_events(assessment)))
    out.write("\n")


@dataclass(frozen=True, slots=True)
class _Scan:
    """What every event of a scan says alike; all text here is clean."""

    milliseconds: int
    partition: str
    product: Event
    account: Event
    unmapped: Event

    @classmethod
    def of(cls, assessment: Assessment) -> _Scan:
        scan = assessment.scan
        type_id, kind = AWS_ACCOUNT
        product = {"name": "auditor", "uid": "auditor", "vendor_name": "auditor", "version": assessment.tool_version}
        return cls(
            int(scan.started.timestamp()) * 1000,
            plain(scan.partition),
            clean(product),
            clean({"uid": scan.account, "name": scan.alias or scan.account, "type_id": type_id, "type": kind}),
            clean({"complete": scan.complete, "note": scan.note, "regions": list(scan.regions)}),
        )


@dataclass(frozen=True, slots=True)
class _About:
    """What every event of a check says alike; all text here is clean."""

    scan: _Scan
    profile: str
    sentence: str
    named: Event
    """Its id, title and why."""
    remediation: Event
    facts: Event
    """Its pattern, control, practices, pillars, evidence and thresholds."""

    @classmethod
    def of(cls, check: CheckInfo, assessment: Assessment, scan: _Scan) -> _About:
        facts = {
            "pattern": check.pattern,
            "control": f"{check.pattern}.{check.control}",
            "practices": check.practices,
            "pillars": list(check.pillars),
            "titles": [pillar.title for pillar in check.pillars],
            "evidence": check.evidence,
            "thresholds": check.thresholds,
        }
        return cls(
            scan,
            plain(assessment.profile),
            plain(sentence(check.title)),
            clean({"uid": check.id, "name": line(check.title), "desc": line(check.why)}),
            clean({"desc": sentence(check.fix), "references": guidance(check, assessment.practices)}),
            clean(facts),
        )


def _events(assessment: Assessment) -> Iterator[Event]:
    scan = _Scan.of(assessment)
    about = {check.id: _About.of(check, assessment, scan) for check in assessment.checks}
    for identity, finding in identified(assessment):
        yield _event(identity, finding, about[finding.check], assessment.scan.partition)


def _event(identity: str, finding: Finding, about: _About, partition: str) -> Event:
    severity_id, severity = _severity(finding)
    status_id, status = SUPPRESSED if finding.waiver else NEW
    reason, region = plain(finding.reason), plain(region_of(finding.resource, partition))
    return {
        "activity_id": CREATE,
        "activity_name": "Create",
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Compliance Finding",
        "type_uid": CLASS * 100 + CREATE,
        "type_name": "Compliance Finding: Create",
        "time": about.scan.milliseconds,
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "status_code": finding.status.value,
        "status_detail": reason,
        "message": f"{about.sentence} {finding.status.value}: {reason}",
        "metadata": _metadata(identity, about),
        "cloud": _cloud(region, about.scan),
        "compliance": _compliance(finding, reason, about),
        "finding_info": _info(identity, about),
        "remediation": about.remediation,
        "resources": [_resource(finding, region, about.scan)],
        "unmapped": _unmapped(finding, about),
    } | ({"comment": _waived(finding)} if finding.waiver else {})


def _severity(finding: Finding) -> tuple[int, str]:
    """What passes asks nobody to act: Informational."""
    return _SEVERITIES[Severity.INFORMATIONAL if finding.status is Status.PASS else finding.severity]


def _metadata(identity: str, about: _About) -> Event:
    return {
        "version": VERSION,
        "product": about.scan.product,
        "profiles": ["cloud"],
        "uid": f"{identity}/{about.scan.milliseconds}",
        "event_code": about.named["uid"],
    }


def _cloud(region: str, scan: _Scan) -> Event:
    return {"provider": "AWS", "account": scan.account, "cloud_partition": scan.partition, "region": region}


def _compliance(finding: Finding, reason: str, about: _About) -> Event:
    facts = about.facts
    status_id, status = _COMPLIANCE[finding.status]
    severity_id, severity = _SEVERITIES[finding.severity]
    one = about.named | {
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        "standards": [STANDARD],
    }
    return {
        "category": facts["pattern"],
        "control": facts["control"],
        "standards": [STANDARD],
        "requirements": facts["practices"],
        "checks": [one],
        "status_id": status_id,
        "status": status,
        "status_detail": reason,
    }


def _info(identity: str, about: _About) -> Event:
    type_id, kind = RULE
    named = about.named
    return {
        "uid": identity,
        "title": named["name"],
        "desc": named["desc"],
        "types": about.facts["titles"],
        "created_time": about.scan.milliseconds,
        "modified_time": about.scan.milliseconds,
        "data_sources": about.facts["evidence"],
        "analytic": {"uid": named["uid"], "name": named["name"], "type_id": type_id, "type": kind},
    }


def _resource(finding: Finding, region: str, scan: _Scan) -> Event:
    resource = finding.resource
    return {
        "uid": plain(resource.arn),
        "name": plain(resource.name),
        "type": plain(resource.type),
        "region": region,
        "cloud_partition": scan.partition,
        "tags": [{"name": plain(name), "value": plain(value)} for name, value in resource.tags.items()],
        "data": clean(finding.observed),
    }


def _unmapped(finding: Finding, about: _About) -> Event:
    waiver = finding.waiver
    known = {"reason": waiver.reason, "owner": waiver.owner, "expires": waiver.expires} if waiver else {}
    return {
        "profile": about.profile,
        "thresholds": about.facts["thresholds"],
        "pillars": about.facts["pillars"],
        "scan": about.scan.unmapped,
    } | ({"waiver": clean(known)} if known else {})


def _waived(finding: Finding) -> str:
    waiver = finding.waiver
    return plain(f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}") if waiver else ""
