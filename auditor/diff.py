"""Two assessments of one account compared: what is new, fixed, changed or gone, and what cannot be compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from auditor.coverage import Absence, Coverage, Identity, identity
from auditor.document import instant
from auditor.errors import UsageError
from auditor.model import Assessment, Finding, ResourceRef, ScanInfo, Severity, Status

SCHEMA, VERSION = "auditor.diff", "1.0"


class DiffError(UsageError):
    """Two assessments that have nothing to compare."""


class State(StrEnum):
    """What a scan says of a finding: its status, or that there is none."""

    FAIL = "FAIL"
    WAIVED = "WAIVED"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"
    MANUAL = "MANUAL"
    PASS = "PASS"  # noqa: S105 - a status, not a password
    ABSENT = "ABSENT"
    """The scan looked: the resource is not there, or the check does not speak of it."""
    NOT_RUN = "NOT_RUN"
    """The scan did not look: the check was not chosen, or the region not read."""


class Kind(StrEnum):
    """How a finding came from one scan to the other."""

    NEW = "new"
    """It fails, and did not fail before; where it was UNKNOWN before, it may have failed unseen."""
    FIXED = "fixed"
    """It failed, and passes."""
    CHANGED = "changed"
    """It differs otherwise: severity, reason, waiver, or a failure that can no longer be seen."""
    GONE = "gone"
    """It was there, and is no longer there or no longer judged."""
    APPEARED = "appeared"
    """It was not there, and is now, without failing."""
    NOT_COMPARED = "not_compared"
    """One of the scans did not look."""
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Change:
    """One finding in both scans; None where a scan has none."""

    kind: Kind
    identity: Identity
    was: State
    now: State
    before: Finding | None
    after: Finding | None

    @property
    def resource(self) -> ResourceRef:
        """The resource as the later scan knows it, else the earlier."""
        return self._some.resource

    @property
    def severity(self) -> Severity:
        """The severity now, or the last that was known."""
        return self._some.severity

    @property
    def worse(self) -> bool:
        """A failure that is new, or of a higher severity than before."""
        if self.kind is Kind.NEW:
            return True
        both = self.was is self.now is State.FAIL and self.before and self.after
        return bool(both and self.after.severity.rank > self.before.severity.rank)  # type: ignore[union-attr]

    @property
    def _some(self) -> Finding:
        found = self.after or self.before
        assert found is not None  # noqa: S101 - made from one of the two
        return found


@dataclass(frozen=True, slots=True)
class Diff:
    """The comparison; changes stand worst first within their kind, without what is unchanged."""

    before: Assessment
    after: Assessment
    changes: tuple[Change, ...]
    unchanged: Mapping[State, int]
    not_run: Mapping[str, str]
    """By check that only one of the scans ran: which one, `before` or `after`."""
    notes: tuple[str, ...]

    def of(self, kind: Kind) -> list[Change]:
        """The changes of a kind."""
        return [change for change in self.changes if change.kind is kind]

    def reaches(self, threshold: Severity) -> bool:
        """Whether a failure that is new, or worse than before, is of this severity or over."""
        return any(change.worse and change.severity.rank >= threshold.rank for change in self.changes)


def diff(before: Assessment, after: Assessment) -> Diff:
    """Compare; raises DiffError where the accounts differ."""
    _same_account(before.scan, after.scan, "the first", "the second")
    old, new = Coverage(before), Coverage(after)
    changes: list[Change] = []
    unchanged: Counter[State] = Counter()
    for change in _all(old, new):
        if change.kind is Kind.UNCHANGED:
            unchanged[change.now] += 1
        else:
            changes.append(change)
    alone = dict.fromkeys(old.checks - new.checks, "before") | dict.fromkeys(new.checks - old.checks, "after")
    return Diff(
        before,
        after,
        tuple(sorted(changes, key=_order)),
        {state: unchanged[state] for state in State if unchanged[state]},
        dict(sorted(alone.items())),
        tuple(_notes(before, after)),
    )


def _same_account(one: ScanInfo, other: ScanInfo, first: str, second: str) -> None:
    if one.account != other.account:
        raise DiffError(f"{first} is of account {one.account}, but {second} is of {other.account}: they do not compare")


def _all(old: Coverage, new: Coverage) -> Iterator[Change]:
    for key in old.findings.keys() | new.findings.keys():
        for before, after in _pairs(old.findings.get(key, []), new.findings.get(key, [])):
            was, now = _state(before, old, key), _state(after, new, key)
            yield Change(_kind(was, now, before, after), key, was, now, before, after)


def _pairs(before: Sequence[Finding], after: Sequence[Finding]) -> Iterator[tuple[Finding | None, Finding | None]]:
    """Findings of one identity two by two: alike ones first, for there may be several, as of a denied listing."""
    left, right = list(before), list(after)
    for alike in (_same, _same_status):
        for one in tuple(left):
            other = next((candidate for candidate in right if alike(one, candidate)), None)
            if other is not None:
                left.remove(one)
                right.remove(other)
                yield one, other
    yield from zip_longest(left, right)


def _same(before: Finding, after: Finding) -> bool:
    return (
        _same_status(before, after)
        and before.severity is after.severity
        and before.reason == after.reason
        and _accepted(before) == _accepted(after)
    )


def _same_status(before: Finding, after: Finding) -> bool:
    return before.status is after.status


def _accepted(finding: Finding) -> tuple[str, ...]:
    waiver = finding.waiver
    return (waiver.reason, waiver.owner, waiver.expires) if waiver else ()


def _state(finding: Finding | None, seen: Coverage, key: Identity) -> State:
    if finding is None:
        absence = seen.absence(key.check, key.region)
        return {Absence.GONE: State.ABSENT, Absence.UNSURE: State.UNKNOWN, Absence.NOT_RUN: State.NOT_RUN}[absence]
    return State.WAIVED if finding.waiver and finding.status is Status.FAIL else State(finding.status.value)


def _kind(was: State, now: State, before: Finding | None, after: Finding | None) -> Kind:
    if State.NOT_RUN in (was, now):
        return Kind.NOT_COMPARED
    if before and after and _same(before, after):
        return Kind.UNCHANGED
    if now is State.FAIL and was is not State.FAIL:
        return Kind.NEW
    if was is State.FAIL and now is State.PASS:
        return Kind.FIXED
    if now is State.ABSENT:
        return Kind.GONE
    return Kind.APPEARED if before is None else Kind.CHANGED


def _order(change: Change) -> tuple[Any, ...]:
    some = change.after or change.before
    return list(Kind).index(change.kind), -change.severity.rank, *change.identity, some.reason if some else ""


def _notes(before: Assessment, after: Assessment) -> Iterator[str]:
    """What a reader must know to trust the comparison."""
    first, second = instant(before.scan.started), instant(after.scan.started)
    if second < first:
        yield f"the second scan ({second}) is older than the first ({first})"
    for name, one in (("first", before), ("second", after)):
        if not one.scan.complete:
            yield f"the {name} scan is partial: what it did not read counts as UNKNOWN, never as fixed or gone"
    if before.profile != after.profile:
        yield f"the profiles differ ({before.profile}, {after.profile}): some changes may come from them"
    if changed := _changed_thresholds(before, after):
        yield f"thresholds differ in {', '.join(changed)}: their changes may come from that"
    if before.tool_version != after.tool_version:
        yield f"auditor {before.tool_version} judged the first, {after.tool_version} the second"
    for name, only in (("first", _only(before, after)), ("second", _only(after, before))):
        if only:
            yield f"only the {name} scan read {', '.join(only)}: findings there are not compared"


def _changed_thresholds(before: Assessment, after: Assessment) -> list[str]:
    known = {info.id: dict(info.thresholds) for info in before.checks}
    return [info.id for info in after.checks if info.id in known and known[info.id] != dict(info.thresholds)]


def _only(one: Assessment, other: Assessment) -> list[str]:
    return [region for region in one.scan.regions if region not in other.scan.regions]


def since(assessment: Assessment, baseline: Assessment) -> Assessment:
    """Leave out the failures that the baseline has at the same or a higher severity; the first warning says so.

    Scores, and what could not be read, stay those of the whole account. A failure that the baseline waived
    comes back with the end of its waiver.
    """
    _same_account(baseline.scan, assessment.scan, "the baseline", "this scan")
    old = Coverage(baseline)
    known: set[int] = set()
    for key, findings in _grouped(assessment.findings):
        known |= {
            id(now) for was, now in _pairs(old.findings.get(key, []), findings) if was and now and _known(was, now)
        }
    return replace(
        assessment,
        findings=tuple(finding for finding in assessment.findings if id(finding) not in known),
        warnings=(_says(len(known), baseline.scan), *assessment.warnings),
    )


def _grouped(findings: Iterable[Finding]) -> Iterable[tuple[Identity, list[Finding]]]:
    groups: dict[Identity, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(identity(finding), []).append(finding)
    return groups.items()


def _known(was: Finding, now: Finding) -> bool:
    failed = was.status is now.status is Status.FAIL
    return failed and now.severity.rank <= was.severity.rank and not (was.waiver and not now.waiver)


def _says(left_out: int, baseline: ScanInfo) -> str:
    known = "1 failure that it has too is" if left_out == 1 else f"{left_out:,} failures that it has too are"
    return (
        f"only what is new since the baseline of {instant(baseline.started)} is reported: {known} left out; "
        "scores stay those of the whole account"
    )


def document(found: Diff) -> dict[str, Any]:
    """The comparison as JSON values, keys in a fixed order."""
    kinds = [kind for kind in Kind if kind is not Kind.UNCHANGED]
    titles = {info.id: info.title for one in (found.before, found.after) for info in one.checks}
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "account": found.after.scan.account,
        "before": _scan(found.before),
        "after": _scan(found.after),
        "summary": {kind.value: len(found.of(kind)) for kind in kinds}
        | {"unchanged": {state.value: times for state, times in found.unchanged.items()}},
        **{kind.value: [_change(change, titles) for change in found.of(kind)] for kind in kinds},
        "not_run": [{"check": check, "only_in": side} for check, side in found.not_run.items()],
        "notes": list(found.notes),
    }


def _scan(assessment: Assessment) -> dict[str, Any]:
    scan = assessment.scan
    return {
        "started": instant(scan.started),
        "complete": scan.complete,
        "profile": assessment.profile,
        "tool": assessment.tool_version,
        "score": assessment.scores.overall.value,
    }


def _change(change: Change, titles: Mapping[str, str]) -> dict[str, Any]:
    resource = change.resource
    return {
        "check": change.identity.check,
        "title": titles.get(change.identity.check, ""),
        "region": resource.region,
        "resource": {"arn": resource.arn, "type": resource.type, "name": resource.name},
        "was": change.was.value,
        "now": change.now.value,
        "before": _side(change.before),
        "after": _side(change.after),
    }


def _side(finding: Finding | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    return {"status": finding.status.value, "severity": finding.severity.value, "reason": finding.reason}
