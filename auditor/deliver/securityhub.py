"""Findings to Security Hub, in the region of each, so that it shows what the scan saw, and closes nothing else."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from auditor import asff
from auditor.asff import Asff
from auditor.calls import Call, call
from auditor.cloud.asking import RefusedError
from auditor.coverage import Coverage
from auditor.deliver import spool
from auditor.deliver.delivery import Clients, Receipt
from auditor.deliver.hub_ledger import Held, Ledger, archived, is_gone
from auditor.deliver.hub_region import HubRegion, Sleep
from auditor.deliver.spool import Unsent
from auditor.interchange import identified, region_of
from auditor.model import Assessment, Finding
from auditor.partitions import global_region

CALLS = (
    call("securityhub", "GetFindings"),
    call("securityhub", "BatchImportFindings"),
    call("securityhub", "BatchUpdateFindings"),
)

REGIONS_AT_ONCE = 16


def _clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class SecurityHub:
    """The delivery, with its settings."""

    spool: Path
    """Where findings wait that could not be sent."""
    only_failed: bool = False
    """Send nothing new but failures; what is there already is kept up to date."""
    dry_run: bool = False
    """Count what would change, and change nothing."""
    clock: Callable[[], datetime] = _clock
    sleep: Sleep = time.sleep

    @property
    def title(self) -> str:
        """Its name in messages."""
        return "Security Hub"

    @property
    def calls(self) -> Sequence[Call]:
        """What it calls; a dry run only reads."""
        return CALLS[:1] if self.dry_run else CALLS

    @property
    def at_home(self) -> bool:
        """Security Hub takes findings for an account from that account only."""
        return True

    def send(self, assessment: Assessment, clients: Clients) -> Receipt:
        """Bring every region of the assessment up to date; raises UsageError for a spool that cannot be used."""
        account = assessment.scan.account
        waiting = spool.read(self.spool, account)[1] if self.spool.exists() else []
        ledger = Ledger(self.clock(), self.only_failed)
        coverage = Coverage(assessment)

        def bring(place: str) -> HubRegion:
            hub = HubRegion(place, clients("securityhub", place), self.sleep)
            ids = {identity for identity, one in identified(assessment) if _place(one, assessment) == place}
            held: dict[str, Held] = {}
            gone: list[Asff] = []
            try:
                for there in hub.held(account):
                    if there["Id"] in ids:
                        held[there["Id"]] = Held.of(there)
                    elif is_gone(there, coverage, assessment.scan.started):
                        held[there["Id"]] = Held.of(there)
                        gone.append(archived(there))
            except RefusedError as refusal:
                hub.give_up(refusal, () if self.dry_run else asff.findings(assessment, place))
                return hub
            findings = chain(asff.findings(assessment, place), gone)
            (hub.preview if self.dry_run else hub.bring)(findings, held, ledger)
            return hub

        return self._receipt(account, _in_parallel(bring, _places(assessment)), waiting)

    def resume(self, clients: Clients) -> Receipt:
        """Send what waits in the spool; raises UsageError where there is none."""
        account, waiting = spool.read(self.spool)
        by_region: dict[str, list[Asff]] = defaultdict(list)
        for region, finding in waiting:
            by_region[region].append(finding)
        ledger = Ledger(self.clock())

        def bring(place: str) -> HubRegion:
            hub = HubRegion(place, clients("securityhub", place), self.sleep)
            ids = {one["Id"] for one in by_region[place]}
            try:
                held = {there["Id"]: Held.of(there) for there in hub.held(account) if there["Id"] in ids}
            except RefusedError as refusal:
                hub.give_up(refusal, by_region[place])
                return hub
            (hub.preview if self.dry_run else hub.bring)(by_region[place], held, ledger)
            return hub

        return self._receipt(account, _in_parallel(bring, sorted(by_region)), [])

    def _receipt(self, account: str, hubs: Sequence[HubRegion], waiting: Sequence[Unsent]) -> Receipt:
        """What came of it, once the spool holds what is left: of what waited before, what is not there anew."""
        counts = {hub.region: {**hub.counts, "not sent": len(hub.unsent)} for hub in hubs}
        problems = [line for hub in hubs for line in hub.problems]
        if self.dry_run:
            return Receipt(counts, problems)
        left = {(hub.region, one["Id"]): Unsent(hub.region, one) for hub in hubs for one in hub.unsent}
        covered = {hub.region for hub in hubs}
        older = [one for one in waiting if one.region not in covered]
        kept = spool.write(self.spool, account, [*older, *left.values()])
        if kept:
            problems.append(
                f"{len(older) + len(left):,} findings wait in {self.spool}: "
                f"`auditor deliver securityhub --resume --spool {self.spool}` sends them"
            )
        return Receipt(counts, problems, files=[self.spool] if kept else [])


def _places(assessment: Assessment) -> list[str]:
    """The regions that the scan covered or found something in, with the one that keeps what is global."""
    found = {_place(finding, assessment) for finding in assessment.findings}
    return sorted({*assessment.scan.regions, global_region(assessment.scan.partition), *found})


def _place(finding: Finding, assessment: Assessment) -> str:
    return region_of(finding.resource, assessment.scan.partition)


def _in_parallel(bring: Callable[[str], HubRegion], places: Sequence[str]) -> list[HubRegion]:
    with ThreadPoolExecutor(min(len(places), REGIONS_AT_ONCE) or 1) as pool:
        return list(pool.map(bring, places))
