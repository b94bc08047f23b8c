"""Copies that AWS Backup makes: recovery points in a store's region and in others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from auditor.every import Every
from auditor.evidence.backup import BackupVault, CopyJob, RecoveryPoint
from auditor.evidence.kms import Key
from auditor.inference.recovery.basics import Answer, Copy, Fact, gaps_of
from auditor.inference.recovery.figures import (
    FAST_GIB,
    MECHANISMS,
    RESTORE_SETUP,
    SLOW_GIB,
    Mechanism,
    Scope,
    Span,
)
from auditor.model import Account, Gap

_KEPT = timedelta(days=30)
_NOT_FINAL = frozenset({Scope.REGION_LOSS, Scope.DATA_CORRUPTION})


class Backups:
    """Recovery points and copy jobs by the resource that they are of."""

    def __init__(
        self,
        account: Account,
        points: Every[RecoveryPoint],
        jobs: Every[CopyJob],
        vaults: Every[BackupVault],
        keys: Every[Key],
    ) -> None:
        self._account = account
        self._points = _grouped(points.known())
        self._jobs = _grouped([one for one in jobs.known() if one.leaves_region])
        self._vaults = {(one.region, one.vault): one for one in vaults.known()}
        self._dead_keys = frozenset(one.arn for one in keys.known() if one.is_dead)
        self._live_keys = frozenset(one.arn for one in keys.known() if not one.is_dead)
        self._key_gaps = keys.gaps
        self.gaps: tuple[Gap, ...] = gaps_of(points, jobs, vaults)

    def copies(self, arn: str, region: str, size_gib: float | None = None) -> Iterator[Copy]:
        """What AWS Backup holds of a resource, one copy a region and account."""
        by_region: dict[str, list[RecoveryPoint]] = {}
        for point in self._points.get(arn, ()):
            by_region.setdefault(point.region, []).append(point)
        for place in sorted(by_region):
            yield self._held(by_region[place], place, region, size_gib)
        yield from self._sent_away(arn, by_region, size_gib)

    def _held(self, points: Sequence[RecoveryPoint], place: str, home: str, size_gib: float | None) -> Copy:
        usable = sorted(one.created for one in points if self._is_usable(one))
        mechanism = MECHANISMS["backup_in_region" if place == home else "backup_copy_cross_region"]
        latest = max(points, key=lambda one: (one.created, one.arn))
        fact = Fact("backup:ListRecoveryPointsByBackupVault", place, latest.arn, "Status", latest.status)
        covers = _history(mechanism) | ({Scope.ACCOUNT_COMPROMISE} if any(map(self._is_final, points)) else set())
        if not usable:
            trouble = f"none of {len(points)} recovery points in {place} can be restored"
            return _copy(mechanism, place, self._account.id, False, covers, trouble=trouble, facts=(fact,))
        continuous = any(one.is_continuous and self._is_usable(one) for one in points)
        open_ = self._hidden_key(place, points)
        return _copy(
            mechanism, place, self._account.id, None if open_ else True, covers, facts=(fact,), measured=True,
            trouble=open_,
            rpo=Span(300, 900) if continuous else self._lag(usable, latest.resource_arn), size_gib=size_gib,
        )  # fmt: skip

    def _is_usable(self, point: RecoveryPoint) -> bool:
        if point.kms_key in self._dead_keys:
            return False
        gone = point.delete_at is not None and point.delete_at <= self._account.now
        return point.is_complete and not point.is_parent and not gone and "MALWARE" not in point.scan_findings

    def _hidden_key(self, place: str, points: Sequence[RecoveryPoint]) -> str:
        """Why it is not known whether a key decrypts any of the points that could be restored; empty where one does."""
        gap = next((one for one in self._key_gaps if one.region == place), None)
        keys = {one.kms_key for one in points if self._is_usable(one)}
        if gap is None or None in keys or keys & self._live_keys:
            return ""
        return f"whether their keys are enabled is not known, as {gap.reason}"

    def _is_final(self, point: RecoveryPoint) -> bool:
        """Whether nobody, the account's administrators included, can delete it."""
        vault = self._vaults.get((point.region, point.vault))
        return vault is not None and (vault.is_air_gapped or vault.is_final_at(self._account.now))

    def _lag(self, moments: Sequence[datetime], arn: str) -> Span:
        """The widest gap between points, the one until now with it, and how long copies take."""
        now = self._account.now
        recent = [one for one in moments if one >= now - _KEPT] or list(moments[-1:])
        widest = max(later - earlier for earlier, later in pairwise([*recent, now]))
        took = max((_took(one) for one in self._jobs.get(arn, ())), default=0.0)
        return Span(min(took, widest.total_seconds()), widest.total_seconds() + took)

    def _sent_away(
        self, arn: str, seen: Mapping[str, Sequence[RecoveryPoint]], size_gib: float | None
    ) -> Iterator[Copy]:
        """Copies in other accounts and in regions that were not scanned, of which only the job tells."""
        mechanism = MECHANISMS["backup_copy_cross_region"]
        newest: dict[tuple[str, str], CopyJob] = {}
        for job in sorted(self._jobs.get(arn, ()), key=lambda one: (one.created, one.id)):
            newest[job.destination_region, job.destination_account] = job
        for (place, account), job in sorted(newest.items()):
            foreign = account != self._account.id
            if not foreign and (place in seen or place in self._account.regions):
                if place not in seen:
                    yield self._vanished(mechanism, job)
                continue
            covers = _history(mechanism) | ({Scope.ACCOUNT_COMPROMISE} if foreign else set())
            healthy: Answer = job.succeeded if foreign else (None if job.succeeded else False)
            where = f"account {account}" if foreign else place
            trouble = f"what {where} holds could not be seen" if job.succeeded else f"the newest copy job {job.state}"
            yield _copy(
                mechanism, place, account, healthy, covers, trouble=trouble, facts=(_fact(job),), is_assumed=True,
                size_gib=size_gib,
            )  # fmt: skip

    def _vanished(self, mechanism: Mechanism, job: CopyJob) -> Copy:
        place = job.destination_region
        unread = any(gap.service == "backup" and gap.region == place for gap in self.gaps)
        trouble = f"the copy job is {job.state}, but {place} holds no recovery point of it"
        return _copy(
            mechanism, place, self._account.id, None if unread and job.succeeded else False, _history(mechanism),
            trouble=trouble, facts=(_fact(job),),
        )  # fmt: skip


def _fact(job: CopyJob) -> Fact:
    return Fact("backup:ListCopyJobs", job.region, job.arn, "State", job.state)


def _took(job: CopyJob) -> float:
    return (job.completed - job.created).total_seconds() if job.succeeded and job.completed else 0.0


def _history(mechanism: Mechanism) -> frozenset[Scope]:
    return frozenset({Scope.ZONE_LOSS, Scope.DATA_CORRUPTION}) if mechanism.name == "backup_in_region" else _NOT_FINAL


def _copy(
    mechanism: Mechanism,
    place: str,
    account: str,
    healthy: Answer,
    covers: frozenset[Scope],
    *,
    rpo: Span | None = None,
    size_gib: float | None = None,
    measured: bool = False,
    trouble: str = "",
    facts: tuple[Fact, ...] = (),
    is_assumed: bool = False,
) -> Copy:
    data = restore_time(size_gib) or mechanism.data
    return Copy(
        mechanism, place, account, healthy, rpo or mechanism.rpo, data, covers, measured, trouble, facts,
        is_assumed=is_assumed,
    )  # fmt: skip


def restore_time(size_gib: float | None) -> Span | None:
    """How long a restore of so much takes at the assumed rates; None where the size is not known."""
    if size_gib is None:
        return None
    return Span(size_gib / FAST_GIB, size_gib / SLOW_GIB) + RESTORE_SETUP


def _grouped(items: Sequence[RecoveryPoint] | Sequence[CopyJob]) -> Mapping[str, list]:  # type: ignore[type-arg]
    found: dict[str, list] = {}  # type: ignore[type-arg]
    for one in items:
        found.setdefault(one.resource_arn, []).append(one)
    return found
