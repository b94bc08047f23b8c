"""A scan: record what the plan reads, then assess the record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from auditor.assess import Settings, assess
from auditor.cloud.session import Cloud, Identity
from auditor.crew import Part, collect
from auditor.errors import SnapshotError
from auditor.model import Account, Assessment, ScanInfo
from auditor.plan import Plan
from auditor.registry import AnyCheck, Registry
from auditor.scheduler import WORKERS
from auditor.snapshot import Reader, Snapshot
from auditor.store import Store
from auditor.transport import Tally


def record(
    cloud: Cloud,
    identity: Identity,
    regions: Sequence[str],
    plan: Plan,
    snapshot: Snapshot,
    tally: Tally,
    *,
    workers: int = WORKERS,
    processes: int = 1,
) -> Part:
    """Collect a plan into a snapshot. Ctrl-C starts no more calls; what is there is kept and marked partial."""
    account = _begin(snapshot, identity, regions)
    before = time.monotonic()
    part = collect(plan, account, cloud, snapshot, tally, workers=workers, processes=processes)
    snapshot.write_meta("unserved", sorted(part.unserved))
    note = _note(part)
    snapshot.write_meta("seconds", round(snapshot.meta("seconds", 0.0) + time.monotonic() - before, 1))
    snapshot.write_meta("calls", snapshot.meta("calls", 0) + tally.counts.calls)
    snapshot.write_meta("complete", not note)
    snapshot.write_meta("note", note)
    snapshot.commit()
    return part


def _note(part: Part) -> str:
    if part.expired is not None:
        return f"the credentials expired at {part.expired:%H:%M:%S} UTC; what was read before is reported"
    return "the scan was interrupted; what was read before is reported" if part.interrupted else ""


def _begin(snapshot: Snapshot, identity: Identity, regions: Sequence[str]) -> Account:
    """The account as the snapshot knows it; a resumed scan keeps its moment and regions."""
    known = snapshot.meta("account")
    if known is None:
        for key, value in {
            "account": identity.account,
            "partition": identity.partition,
            "caller": identity.caller,
            "alias": identity.alias,
            "regions": list(regions),
            "started": datetime.now(UTC).replace(microsecond=0).isoformat(),
            "complete": False,
            "note": "the scan did not end; what was read before is reported",
        }.items():
            snapshot.write_meta(key, value)
        snapshot.commit()
    elif known != identity.account:
        raise SnapshotError(f"{snapshot.path} is of account {known}, but the credentials are of {identity.account}")
    return account_of(snapshot)


def account_of(snapshot: Snapshot) -> Account:
    """The account that a snapshot is of; raises SnapshotError where it holds none."""
    number = snapshot.meta("account")
    if number is None:
        raise SnapshotError(f"{snapshot.path} holds no scan")
    started = datetime.fromisoformat(snapshot.meta("started"))
    return Account(number, snapshot.meta("partition"), tuple(snapshot.meta("regions")), started)


def assess_snapshot(
    snapshot: Snapshot, registry: Registry, checks: Sequence[AnyCheck], plan: Plan, settings: Settings
) -> Assessment:
    """Judge what a snapshot holds. Equal snapshots and profiles give equal assessments."""
    account = account_of(snapshot)
    unserved = {tuple(pair) for pair in snapshot.meta("unserved", ())}
    store = Store(
        plan.sources,
        account,
        Reader(snapshot),
        lambda service, region: (service, region) not in unserved,
        settings.workloads,
    )
    return assess(checks, registry.patterns, plan, store, settings, scan_info(snapshot, account))


def scan_info(snapshot: Snapshot, account: Account) -> ScanInfo:
    """The circumstances of a scan, as the snapshot keeps them."""
    return ScanInfo(
        account.id,
        account.partition,
        account.regions,
        account.now,
        complete=snapshot.meta("complete", default=False),
        note=snapshot.meta("note", ""),
        calls=snapshot.meta("calls", 0),
        seconds=snapshot.meta("seconds", 0.0),
        alias=snapshot.meta("alias", ""),
        caller=snapshot.meta("caller", ""),
    )
