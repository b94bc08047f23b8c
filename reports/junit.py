"""The findings as JUnit XML, for what shows test results: a suite a control, a case a check and resource."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape

from auditor.document import instant
from auditor.model import GLOBAL, Status
from auditor.rendering import renderer
from auditor.text import line, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from auditor.model import Assessment, CheckInfo, Finding

Suites = dict[tuple[str, str], list["Finding"]]

_OUTCOMES = {
    Status.PASS: "passed",
    Status.FAIL: "failure",
    Status.ERROR: "error",
    Status.UNKNOWN: "skipped",
    Status.MANUAL: "skipped",
}


@renderer("junit", suffix=".junit.xml")
def junit(assessment: Assessment, out: TextIO) -> None:
    """Write the suites one by one, and first the scan itself, as a case that an interrupted scan does not pass."""
    suites = _suites(assessment)
    totals = Counter(map(_outcome, assessment.findings)) + Counter({_scan_outcome(assessment): 1})
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f"<testsuites{_attributes({'name': 'auditor'} | _counts(totals))}>\n")
    out.writelines(_scan(assessment))
    checks = {check.id: check for check in assessment.checks}
    for number, ((pattern, control), findings) in enumerate(suites.items(), start=1):
        head = _head(f"{pattern}.{control}", number, Counter(map(_outcome, findings)), assessment)
        out.write(f" <testsuite{_attributes(head)}>\n")
        out.writelines(_cases(findings, checks))
        out.write(" </testsuite>\n")
    out.write("</testsuites>\n")


def _suites(assessment: Assessment) -> Suites:
    """The findings by control, in the order of the patterns; a control without any is left out."""
    places = {check.id: (check.pattern, check.control) for check in assessment.checks}
    order = [(pattern.id, control.id) for pattern in assessment.patterns for control in pattern.controls]
    suites: Suites = {place: [] for place in (*order, *places.values())}
    for finding in assessment.findings:
        suites[places[finding.check]].append(finding)
    return {place: findings for place, findings in suites.items() if findings}


def _outcome(finding: Finding) -> str:
    return "skipped" if finding.waiver else _OUTCOMES[finding.status]


def _scan_outcome(assessment: Assessment) -> str:
    return "passed" if assessment.scan.complete else "error"


def _counts(outcomes: Mapping[str, int]) -> dict[str, str]:
    return {
        "tests": str(sum(outcomes.values())),
        "failures": str(outcomes.get("failure", 0)),
        "errors": str(outcomes.get("error", 0)),
        "skipped": str(outcomes.get("skipped", 0)),
        "time": "0",
    }


def _head(name: str, number: int, outcomes: Mapping[str, int], assessment: Assessment) -> dict[str, str]:
    """A suite's attributes; the timestamp without its zone, as the format has it."""
    moment = instant(assessment.scan.started).removesuffix("Z")
    host = assessment.scan.account
    return {"name": name, "id": str(number)} | _counts(outcomes) | {"timestamp": moment, "hostname": host}


def _scan(assessment: Assessment) -> Iterator[str]:
    scan = assessment.scan
    yield f" <testsuite{_attributes(_head('auditor.scan', 0, {_scan_outcome(assessment): 1}, assessment))}>\n"
    yield "  <properties>\n"
    for name, value in _properties(assessment).items():
        yield f"   <property{_attributes({'name': name, 'value': value})}/>\n"
    yield "  </properties>\n"
    case = {"classname": "auditor.scan", "name": "the scan is complete", "time": "0"}
    if scan.complete:
        yield f"  <testcase{_attributes(case)}/>\n"
    else:
        note = {"message": scan.note or "it was stopped before its end", "type": "incomplete"}
        yield f"  <testcase{_attributes(case)}>\n   <error{_attributes(note)}/>\n  </testcase>\n"
    if lines := [*_unread(assessment), *assessment.warnings]:
        yield f"  <system-out>{_text(lines)}</system-out>\n"
    yield " </testsuite>\n"


def _properties(assessment: Assessment) -> dict[str, str]:
    scan, overall = assessment.scan, assessment.scores.overall.value
    return {
        "version": assessment.tool_version,
        "account": scan.account,
        "partition": scan.partition,
        "regions": " ".join(scan.regions),
        "profile": assessment.profile,
        "score": "not judged" if overall is None else f"{overall:g}",
    }


def _unread(assessment: Assessment) -> Iterator[str]:
    for unread in assessment.unread:
        concerned = f", needed by {', '.join(unread.checks)}" if unread.checks else ""
        yield f"not read: {unread.gap.reason}{concerned}"


def _cases(findings: Sequence[Finding], checks: Mapping[str, CheckInfo]) -> Iterator[str]:
    seen: Counter[tuple[str, str]] = Counter()
    for finding in findings:
        check = checks[finding.check]
        name = _name(finding)
        seen[check.id, name] += 1
        nth = seen[check.id, name]
        case = {
            "classname": f"{check.pattern}.{check.control}.{check.id}",
            "name": name if nth == 1 else f"{name} #{nth}",
            "time": "0",
        }
        body = "".join(_body(finding, check))
        start = f"  <testcase{_attributes(case)}"
        yield f"{start}>\n{body}  </testcase>\n" if body else f"{start}/>\n"


def _name(finding: Finding) -> str:
    resource = finding.resource
    return (
        resource.arn
        if resource.region in {GLOBAL, *resource.arn.split(":")}
        else f"{resource.arn} in {resource.region}"
    )


def _body(finding: Finding, check: CheckInfo) -> Iterator[str]:
    outcome = _outcome(finding)
    waiver = finding.waiver
    if outcome == "skipped":
        message = f"{finding.status.value}: {finding.reason}"
        if waiver:
            message = f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason} ({finding.reason})"
        yield f"   <skipped{_attributes({'message': message})}/>\n"
    elif outcome != "passed":
        kind = {"message": f"{finding.severity.value}: {finding.reason}", "type": finding.severity.value}
        yield f"   <{outcome}{_attributes(kind)}>{_text(_advice(finding, check))}</{outcome}>\n"


def _advice(finding: Finding, check: CheckInfo) -> list[str]:
    return [
        line(check.title),
        f"Resource: {finding.resource.name} ({finding.resource.arn})",
        f"Because: {finding.reason}",
        f"Why it matters: {line(check.why)}",
        f"Fix: {line(check.fix)}",
        f"Practices: {', '.join(check.practices)}",
    ]


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_xml(value)}"' for name, value in values.items())


def _text(lines: Sequence[str]) -> str:
    return "\n".join(map(_xml, lines))


def _xml(text: str) -> str:
    """Plain text as XML says it, in an attribute too: what XML 1.0 has no way to say, plain text does not hold."""
    return escape(plain(text), {'"': "&quot;"})
