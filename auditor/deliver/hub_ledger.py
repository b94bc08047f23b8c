"""What a delivery changes in Security Hub: findings as they are there against findings as the scan has them.

Nothing real is closed by mistake: what the scan did not judge stays as it is there, and only what a check would have
seen, had it still been there, is archived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from auditor.asff import Asff
from auditor.coverage import Absence, Coverage
from auditor.text import compact_json

PREFIX = "auditor/"
"""What our ids begin with."""

PROVIDER = "auditor"
"""Who our notes are by."""

DIGEST = "auditor/Digest"
"""The product field that tells whether anything but times has changed."""

_TIMES = frozenset({"CreatedAt", "UpdatedAt", "LastObservedAt"})
_HUMAN = ("Workflow", "Note")
"""What people set: given when a finding is new, and by BatchUpdateFindings after that."""

_OURS = (
    "SchemaVersion",
    "Id",
    "ProductArn",
    "ProductName",
    "GeneratorId",
    "AwsAccountId",
    "CreatedAt",
    "LastObservedAt",
    "Title",
    "Description",
    "Remediation",
    "ProductFields",
    "Resources",
    "Compliance",
    "FindingProviderFields",
)
"""The fields of a finding that are the provider's, which it sends again to archive it."""

_RESERVED = "aws/"
_PLACE = ("partition", "account", "region", "check", "digest")
"""What our ids say after the prefix."""
_OPEN = frozenset({"NEW", "NOTIFIED"})
_TICK = timedelta(milliseconds=1)


class Change(StrEnum):
    """What becomes of one finding, in the words of the receipt."""

    NEW = "new"
    CHANGED = "changed"
    REOPENED = "reopened"
    """It was archived or passed, and fails again."""
    PASSED = "passed"
    ARCHIVED = "archived"
    UNCHANGED = "unchanged"
    LEFT = "left"
    """There is a verdict there, and the scan has none, or an older one."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of a finding that Security Hub has."""

    created: str
    updated: str
    observed: str
    active: bool
    compliance: str
    workflow: str
    digest: str
    noted_by: str

    @classmethod
    def of(cls, finding: Mapping[str, Any]) -> Held:
        """From an answer of GetFindings."""
        return cls(
            finding["CreatedAt"],
            finding["UpdatedAt"],
            finding.get("LastObservedAt", finding["UpdatedAt"]),
            finding.get("RecordState") != "ARCHIVED",
            finding.get("Compliance", {}).get("Status", ""),
            finding.get("Workflow", {}).get("Status", "NEW"),
            finding.get("ProductFields", {}).get(DIGEST, ""),
            finding.get("Note", {}).get("UpdatedBy", ""),
        )


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rules of one delivery."""

    now: datetime
    only_failed: bool = False

    def change(self, finding: Asff, held: Held | None) -> Change | None:
        """What becomes of a finding of the scan; None where it is not sent at all."""
        status = finding["Compliance"]["Status"]
        if finding["RecordState"] == "ARCHIVED":
            return Change.ARCHIVED if held and held.active and not _is_newer(held, finding) else None
        if held is None:
            return None if self.only_failed and status != "FAILED" else Change.NEW
        if _is_newer(held, finding):
            return Change.LEFT
        if status == "NOT_AVAILABLE" and held.active and held.compliance in ("PASSED", "FAILED"):
            return Change.LEFT
        if status == "FAILED" and (not held.active or held.compliance == "PASSED"):
            return Change.REOPENED
        if status == "PASSED" and held.active and held.compliance != "PASSED":
            return Change.PASSED
        return Change.UNCHANGED if held.active and held.digest == digest(finding) else Change.CHANGED

    def fresh(self, finding: Asff, held: Held | None) -> Asff:
        """The finding as it is sent: newer than the one that is there, and created when that one was."""
        sent = {**finding, "UpdatedAt": self._later(held)}
        if finding["RecordState"] == "ACTIVE":
            sent["ProductFields"] = {**finding["ProductFields"], DIGEST: digest(finding)}
        if held is None:
            return sent
        return {k: v for k, v in sent.items() if k not in _HUMAN} | {"CreatedAt": held.created}

    def _later(self, held: Held | None) -> str:
        moment = self.now if held is None else max(self.now, _moment(held.updated) + _TICK)
        return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_gone(finding: Mapping[str, Any], coverage: Coverage, started: datetime) -> bool:
    """Whether a finding that is there, and not in the scan, is of a resource that the scan would have seen."""
    _, *place = finding["Id"].split("/")
    if len(place) != len(_PLACE):
        return False
    _, _, region, check, _ = place
    held = Held.of(finding)
    return held.active and coverage.absence(check, region) is Absence.GONE and _moment(held.observed) <= started


def archived(finding: Mapping[str, Any]) -> Asff:
    """A finding that is there, as a provider archives it: with its own fields only."""
    kept = {name: finding[name] for name in _OURS if name in finding}
    fields = {k: v for k, v in finding.get("ProductFields", {}).items() if not k.startswith(_RESERVED)}
    observed = Held.of(finding).observed
    return {**kept, "ProductFields": fields, "LastObservedAt": observed, "RecordState": "ARCHIVED"}


def _is_newer(held: Held, finding: Asff) -> bool:
    return _moment(held.observed) > _moment(finding["LastObservedAt"])


class Workflow(NamedTuple):
    """A status of the investigation that a finding gets, with the note that explains it."""

    status: str
    note: str = ""


def workflow(finding: Asff, held: Held | None) -> Workflow | None:
    """What to set in a finding that is there: resolved when it passes, suppressed as long as a waiver says so.

    What a person has decided stays: only the suppression that we set is lifted.
    """
    if held is None or finding["RecordState"] == "ARCHIVED":
        return None
    wanted, note = finding["Workflow"]["Status"], finding.get("Note", {}).get("Text", "")
    if wanted == "SUPPRESSED" and held.workflow != "SUPPRESSED":
        return Workflow("SUPPRESSED", note)
    if wanted != "SUPPRESSED" and held.workflow == "SUPPRESSED" and held.noted_by == PROVIDER:
        return Workflow(wanted, "The waiver is over.")
    if wanted == "RESOLVED" and held.workflow in _OPEN:
        return Workflow("RESOLVED")
    return None


def digest(finding: Asff) -> str:
    """What a finding says, apart from when, as 32 hexadecimal digits."""
    said = {k: v for k, v in finding.items() if k not in _TIMES and k not in _HUMAN}
    return sha256(compact_json(said).encode()).hexdigest()[:32]


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
