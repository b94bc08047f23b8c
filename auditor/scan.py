"""A scan: record what the plan reads, then assess the record."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.assess import Settings, assess
from auditor.cloud.session import Cloud, Identity
from auditor.collect import WORKERS, Collection
from auditor.errors import SnapshotError
from auditor.model import Account, Assessment, ScanInfo
from auditor.plan import Plan
from auditor.registry import AnyCheck, Registry
from auditor.snapshot import Snapshot
from auditor.store import Store
from auditor.transport import Live, Recorder, Tally


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the recording of a scan ended."""

    interrupted: bool
    expired: bool


def record(
    cloud: Cloud,
    identity: Identity,
    regions: Sequence[str],
    plan: Plan,
    snapshot: Snapshot,
    tally: Tally,
    *,
    workers: int = WORKERS,
) -> Outcome:
    """Collect a plan into a snapshot. Ctrl-C starts no more calls; what is there is kept and marked partial."""
    account = _begin(snapshot, identity, regions)
    live = Live(cloud.client, tally)
    recorder = Recorder(live, snapshot)
    before = time.monotonic()
    interrupted = False
    collection = Collection(plan, account, recorder, cloud.serves, workers=workers, prepare=cloud.client)
    try:
        collection.run()
    except KeyboardInterrupt:
        interrupted = True
    snapshot.write_meta("unserved", sorted(collection.unserved))
    note = _note(interrupted=interrupted, live=live)
    snapshot.write_meta("seconds", round(snapshot.meta("seconds", 0.0) + time.monotonic() - before, 1))
    snapshot.write_meta("calls", snapshot.meta("calls", 0) + tally.calls)
    snapshot.write_meta("complete", not note)
    snapshot.write_meta("note", note)
    return Outcome(interrupted, live.expired is not None)


def _note(*, interrupted: bool, live: Live) -> str:
    if live.expired is not None:
        return f"the credentials expired at {live.expired:%H:%M:%S} UTC; what was read before is reported"
    return "the scan was interrupted; what was read before is reported" if interrupted else ""


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
        plan.sources, account, snapshot, lambda service, region: (service, region) not in unserved, settings.workloads
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
