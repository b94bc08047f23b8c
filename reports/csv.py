"""The findings as CSV, one a row, for spreadsheets: RFC 4180, UTF-8, every cell quoted."""

from __future__ import annotations

import csv as rfc4180
import re
import unicodedata
from typing import TYPE_CHECKING, TextIO

from auditor.rendering import renderer
from auditor.text import compact_json

if TYPE_CHECKING:
    from auditor.model import Assessment, CheckInfo, Finding, ScanInfo

COLUMNS = (
    "check",  # the check's id
    "title",  # the check's title: the good state
    "status",  # PASS, FAIL, UNKNOWN, ERROR or MANUAL
    "severity",  # informational, low, medium, high or critical
    "pattern",  # the pattern's id, for example zero_trust
    "control",  # the control's id within the pattern
    "pillars",  # Well-Architected pillars, separated by a space
    "practices",  # Well-Architected practices, separated by a space, the primary one first
    "account",  # twelve digits: import it as text, or leading zeros are lost
    "region",  # or "global"
    "resource_type",  # CloudFormation's name, for example AWS::S3::Bucket
    "resource_arn",
    "resource_name",
    "reason",  # finishes "because ..."
    "observed",  # a JSON object: the facts behind the reason
    "fix",  # what to do
    "waiver_reason",  # the three are empty where the finding is not waived
    "waiver_owner",
    "waiver_expires",  # an ISO date
    "tags",  # a JSON object: the resource's tags
)
"""The header, in order. Columns are added at the end only, never renamed."""

TRIGGERS = frozenset("=+-@\t\r\n\u2212'")
"""At these a spreadsheet computes (OWASP, CSV injection); the prefix is one of them, so that it can be undone."""

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character, which UTF-8 cannot write; escaped, and within a JSON cell the same string all the same."""


@renderer("csv", suffix=".csv")
def csv(assessment: Assessment, out: TextIO) -> None:
    """Write a header and a row a finding, whatever its status."""
    writer = rfc4180.writer(out, quoting=rfc4180.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    checks = {check.id: check for check in assessment.checks}
    for finding in assessment.findings:
        row = _row(finding, checks[finding.check], assessment.scan)
        writer.writerow([inert(row[column]) for column in COLUMNS])


def inert(cell: str) -> str:
    """The cell as no spreadsheet takes for a formula: `'` before it where it would; drop one leading `'` to undo.

    Judged by the first character that is seen, whatever blanks stand before it, in any of its widths, full-width too.
    """
    cell = _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", cell)
    return f"'{cell}" if _triggers(cell) else cell


def _triggers(cell: str) -> bool:
    if cell[:1].isalnum():  # nearly all: the rest of the answer is slow
        return False
    seen = next((char for char in cell if char in TRIGGERS or unicodedata.category(char)[0] not in "ZC"), "")
    return unicodedata.normalize("NFKC", seen)[:1] in TRIGGERS


def _row(finding: Finding, check: CheckInfo, scan: ScanInfo) -> dict[str, str]:
    return {
        "check": finding.check,
        "title": check.title,
        "status": finding.status.value,
        "severity": finding.severity.value,
        "pattern": check.pattern,
        "control": check.control,
        "pillars": " ".join(pillar.value for pillar in check.pillars),
        "practices": " ".join(check.practices),
        "account": scan.account,
        "region": finding.resource.region,
        "resource_type": finding.resource.type,
        "resource_arn": finding.resource.arn,
        "resource_name": finding.resource.name,
        "reason": finding.reason,
        "observed": compact_json(finding.observed, ascii_only=False),
        "fix": check.fix,
        "waiver_reason": finding.waiver.reason if finding.waiver else "",
        "waiver_owner": finding.waiver.owner if finding.waiver else "",
        "waiver_expires": finding.waiver.expires if finding.waiver else "",
        "tags": compact_json(finding.resource.tags, ascii_only=False),
    }
