"""Assessments that differ from scan to scan, and snapshots that need no AWS: for comparing and history."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from sample import CHECKS, REGIONS, SCAN, WAIVER, assemble

from auditor.model import GLOBAL, Finding, ResourceRef, Severity, Status
from auditor.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from auditor.model import Assessment, CheckInfo, Waiver

FEW = CHECKS[:3]
ONE, TWO, THREE = (info.id for info in FEW)
HOME, AWAY = REGIONS[:2]

STATUSES = tuple(status for status in Status if status is not Status.NOT_APPLICABLE)


def found(
    status: Status,
    check: str = ONE,
    name: str = "thing",
    region: str = HOME,
    *,
    severity: Severity = Severity.HIGH,
    reason: str = "it is so",
    waiver: Waiver | None = None,
) -> Finding:
    resource = ResourceRef(f"arn:aws:x:{region}:111122223333:{name}", "AWS::X::Thing", region, name, {"a": "b"})
    return Finding(check, status, severity, resource, reason, {"seen": [1, None]}, waiver)


def scanned(
    *findings: Finding,
    day: int = 0,
    checks: Sequence[CheckInfo] = FEW,
    regions: tuple[str, ...] = REGIONS,
    complete: bool = True,
) -> Assessment:
    """A scan of so many days later that ran these checks and gave these findings."""
    whole = assemble(findings)
    ids = {info.id for info in checks}
    scan = replace(SCAN, started=SCAN.started + timedelta(days=day), regions=regions, complete=complete)
    return replace(
        whole,
        scan=scan,
        checks=tuple(info for info in CHECKS if info.id in ids),
        counts=tuple(count for count in whole.counts if count.check in ids),
    )


def written(assessment: Assessment) -> bytes:
    """The JSON report."""
    out = io.StringIO(newline="")
    import_module("auditor.reports.json").json(assessment, out)
    return out.getvalue().encode()


@st.composite
def _findings(draw: st.DrawFn, checks: Sequence[str]) -> Finding:
    status = draw(st.sampled_from(STATUSES))
    return found(
        status,
        draw(st.sampled_from(checks)),
        draw(st.sampled_from(["a", "b"])),
        draw(st.sampled_from([HOME, AWAY, GLOBAL])),
        severity=draw(st.sampled_from(Severity)),
        reason=draw(st.sampled_from(["one", "two"])),
        waiver=draw(st.sampled_from([None, WAIVER])) if status is Status.FAIL else None,
    )


@st.composite
def scans(draw: st.DrawFn, day: int = 0) -> Assessment:
    """Any scan of a small account: several findings of one identity, checks left out, regions left out, cut short."""
    checks = draw(st.lists(st.sampled_from(FEW), min_size=1, unique_by=lambda info: info.id))
    some = draw(st.lists(_findings([info.id for info in checks]), max_size=8))
    regions = tuple(draw(st.lists(st.sampled_from([HOME, AWAY]), min_size=1, unique=True)))
    kept = [one for one in some if one.resource.region in (*regions, GLOBAL)]
    return scanned(*kept, day=day, checks=checks, regions=regions, complete=draw(st.booleans()))


PACK = '''
"""Where we are."""
from auditor.model import Account, Region, Severity, Verdict, failed, passed
from auditor.wiring import check


@check(severity=Severity.HIGH, practices=["OPS05-BP01"])
def my_account_small(account: Account, *, most_regions: int = 1) -> Verdict:
    """The account keeps to few regions.

    Why: more are more to watch.
    Fix: move.
    """
    return passed("it does") if len(account.regions) <= most_regions else failed(f"it has {len(account.regions)}")


@check(severity=Severity.LOW, practices=["OPS05-BP01"])
def my_region_european(region: Region) -> Verdict:
    """Regions are in Europe.

    Why: the law.
    Fix: move.
    """
    return passed("it is") if region.name.startswith("eu-") else failed("it is not")
'''
MINE = ("--checks-path", "mine", "--check", "my_*")


def pack(folder: Path) -> None:
    """Two checks that read nothing from AWS, for `MINE`."""
    (folder / "mine" / "places").mkdir(parents=True)
    (folder / "mine" / "places" / "regions.py").write_text(PACK)


def snapshot(path: Path, regions: Iterable[str], *, day: int = 1, account: str = "111122223333") -> None:
    """A scan that recorded nothing but where and when it was."""
    made = Snapshot.create(path)
    for key, value in {
        "account": account,
        "partition": "aws",
        "regions": list(regions),
        "started": f"2026-11-{day:02d}T06:00:00+00:00",
        "complete": True,
    }.items():
        made.write_meta(key, value)
    made.close()
