"""The failures as SARIF 2.1.0, for GitHub code scanning and what else reads it."""

from __future__ import annotations

from itertools import chain, islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import quote

from auditor.document import instant
from auditor.interchange import clean, digest, guidance, identified, json_members, region_of, sentence
from auditor.model import GLOBAL, Severity, Status
from auditor.rendering import renderer
from auditor.text import compact_json, line, plain

from .markdown import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from auditor.model import Assessment, CheckInfo, Finding, ResourceRef, Unread

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
INFORMATION = "https://aws.amazon.com/architecture/well-architected/"

MOST_RESULTS = 25_000
"""The results that GitHub takes in a run; with more, the rest is in further runs, of which it takes 20 in a file."""

MOST_TAGS = 20
LONGEST_NAME = 200

_LEVELS = MappingProxyType(
    {
        Severity.CRITICAL: "error",
        Severity.HIGH: "error",
        Severity.MEDIUM: "warning",
        Severity.LOW: "note",
        Severity.INFORMATIONAL: "note",
    }
)
_SECURITY_SEVERITY = MappingProxyType(
    {
        Severity.CRITICAL: "9.5",
        Severity.HIGH: "8.0",
        Severity.MEDIUM: "5.5",
        Severity.LOW: "2.0",
        Severity.INFORMATIONAL: "0.0",
    }
)
"""In the middle of GitHub's ranges: over 9.0 is critical, from 7.0 high, from 4.0 medium, from 0.1 low."""

_NOTIFIED = MappingProxyType({Status.UNKNOWN: "warning", Status.ERROR: "error", Status.MANUAL: "note"})
"""What is neither passed nor failed is no result, which GitHub would show as an alert, but is told of all the same."""


@renderer("sarif", suffix=".sarif")
def sarif(assessment: Assessment, out: TextIO) -> None:
    """Write the failures, the worst first, a line each; a waived one is suppressed."""
    indices = {check.id: number for number, check in enumerate(assessment.checks)}
    failures = sorted(
        (one for one in identified(assessment) if one[1].status is Status.FAIL), key=lambda one: -one[1].severity.rank
    )
    out.write(f'{{\n"$schema": {compact_json(SCHEMA)},\n"version": "2.1.0",\n"runs": [\n')
    for number, start in enumerate(range(0, max(len(failures), 1), MOST_RESULTS), start=1):
        some = islice(failures, start, start + MOST_RESULTS)
        results = (_result(identity, finding, indices, assessment) for identity, finding in some)
        out.write("" if number == 1 else ",\n")
        out.writelines(json_members(_run(number, assessment) | {"results": map(clean, results)}))
    out.write("\n]\n}\n")


def _run(number: int, assessment: Assessment) -> dict[str, Any]:
    scan = assessment.scan
    category = "/".join(["auditor", scan.partition, scan.account, *([str(number)] if number > 1 else [])])
    driver = {
        "name": "auditor",
        "version": assessment.tool_version,
        "informationUri": INFORMATION,
        "rules": [_rule(check, assessment) for check in assessment.checks],
    }
    invocation = {
        "executionSuccessful": scan.complete,
        "startTimeUtc": instant(scan.started),
        "toolExecutionNotifications": [*_notifications(assessment)] if number == 1 else [],
        "properties": {"regions": list(scan.regions), "calls": scan.calls, "seconds": scan.seconds},
    }
    return {
        "tool": {"driver": driver},
        "automationDetails": {"id": plain(f"{category}/")},
        "invocations": [clean(invocation)],
        "columnKind": "unicodeCodePoints",
        "properties": {"profile": plain(assessment.profile), "score": assessment.scores.overall.value},
    }


def _rule(check: CheckInfo, assessment: Assessment) -> dict[str, Any]:
    pages = guidance(check, assessment.practices)
    title = line(check.title)
    pillars = (pillar.value for pillar in check.pillars)
    tags = dict.fromkeys((*pillars, check.pattern, check.control, *check.practices))  # a control may be a pillar's name
    rule: dict[str, Any] = {
        "id": check.id,
        "name": "".join(word.capitalize() for word in check.id.split("_")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{sentence(check.title)} Why it matters: {line(check.why)}"},
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
        "properties": {
            "tags": [*tags][:MOST_TAGS],
            "precision": "high",
            "problem.severity": {"error": "error", "warning": "warning"}.get(_LEVELS[check.severity], "recommendation"),
            "security-severity": _SECURITY_SEVERITY[check.severity],
        },
    }
    # Markdown has lines, which `clean` would not leave; it is plain within them.
    help_ = {"text": sentence(check.fix), "markdown": _help(check, assessment)}
    return clean(rule) | {"help": help_} | ({"helpUri": pages[0]} if pages else {})  # type: ignore[no-any-return]


def _help(check: CheckInfo, assessment: Assessment) -> str:
    known = [assessment.practices[name] for name in check.practices if name in assessment.practices]
    pages = zip(known, guidance(check, assessment.practices), strict=True)
    parts = [
        f"**Why it matters:** {escape(line(check.why))}",
        f"**Fix:** {escape(line(check.fix))}",
        *(f"- [{escape(practice.id)}: {escape(practice.title)}]({page})" for practice, page in pages),
    ]
    return "\n\n".join(parts)


def _result(identity: str, finding: Finding, indices: Mapping[str, int], assessment: Assessment) -> dict[str, Any]:
    waiver = finding.waiver
    suppression = {"kind": "external", "status": "accepted", "justification": ""}
    if waiver:
        suppression["justification"] = f"{waiver.reason} (accepted by {waiver.owner} until {waiver.expires})"
    return {
        "ruleId": finding.check,
        "ruleIndex": indices[finding.check],
        "level": _LEVELS[finding.severity],
        "message": _message(_sentence(finding)),
        "locations": [_location(finding.resource, assessment.scan.partition)],
        "partialFingerprints": {"auditor/v1": digest(identity), "primaryLocationLineHash": f"{digest(identity)}:1"},
        "suppressions": [suppression] if waiver else [],
        "properties": {
            "severity": finding.severity.value,
            "arn": finding.resource.arn,
            "resourceTags": finding.resource.tags,
            "observed": finding.observed,
        },
    }


def _sentence(finding: Finding) -> str:
    resource = finding.resource
    place = "" if resource.region == GLOBAL else f" in {resource.region}"
    return f"{resource.name or resource.arn}{place}: {finding.reason}"


def _message(text: str) -> dict[str, str]:
    """A message in which a name is no placeholder, by the rules of the standard, and no link."""
    text = plain(text).replace("{", "{{").replace("}", "}}")
    return {"text": text.replace("](", "] (")}


def _location(resource: ResourceRef, partition: str) -> dict[str, Any]:
    """Where the resource is: a path that stays the same, for there is no file, and the ARN."""
    logical = {"name": resource.name, "fullyQualifiedName": resource.arn, "kind": "resource"}
    return {
        "physicalLocation": {"artifactLocation": {"uri": uri(resource, partition)}, "region": {"startLine": 1}},
        "logicalLocations": [logical],
    }


def uri(resource: ResourceRef, partition: str) -> str:
    """`aws/eu-central-1/AWS.S3.Bucket/name`, percent-encoded."""
    # No segment that a parser takes for a way up.
    name = next((one for one in (resource.name, resource.arn) if one.strip(". ")), "unnamed")
    kind = ".".join(part for part in resource.type.split("::") if part) or "resource"
    parts = (partition, region_of(resource, partition), kind, plain(name)[:LONGEST_NAME])
    return "/".join(quote(plain(part), safe="") for part in parts)


def _notifications(assessment: Assessment) -> Iterator[dict[str, Any]]:
    scan = assessment.scan
    if not scan.complete:
        yield _notification("error", f"the scan is partial: {scan.note or 'it was stopped before its end'}")
    yield from chain(map(_gap, assessment.unread), _unjudged(assessment))
    yield from (_notification("note", text) for text in assessment.warnings)


def _gap(unread: Unread) -> dict[str, Any]:
    concerned = f"; needed by {', '.join(unread.checks)}" if unread.checks else ""
    return _notification("warning", f"{unread.gap.reason}{concerned}", unread.gap.kind.value)


def _unjudged(assessment: Assessment) -> Iterator[dict[str, Any]]:
    indices = {check.id: number for number, check in enumerate(assessment.checks)}
    for finding in _of(assessment.findings, _NOTIFIED):
        rule = {"id": finding.check, "index": indices[finding.check]}
        text = f"{finding.status.value}: {_sentence(finding)}"
        one = _notification(_NOTIFIED[finding.status], text, finding.status.value.lower())
        yield one | {"associatedRule": rule, "locations": [_location(finding.resource, assessment.scan.partition)]}


def _of(findings: Iterable[Finding], statuses: Mapping[Status, str]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.status in statuses)


def _notification(level: str, text: str, kind: str = "scan") -> dict[str, Any]:
    return {"descriptor": {"id": kind}, "level": level, "message": _message(text)}
