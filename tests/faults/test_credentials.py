"""Credentials that end, that are renewed, and that a wrong clock spoils."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from faults.world import Endpoint, Scan, Scanned, differences, turned_unknown

from auditor.cli.verdict import INCOMPLETE, exit_code
from auditor.errors import CredentialsError
from auditor.model import GapKind
from auditor.scheduler import WORKERS
from auditor.snapshot import Snapshot

PROCESS = """
import json, sys, time
from datetime import datetime, timedelta, timezone
with open({log!r}, "a") as log:
    log.write("made\\n")
until = datetime.now(timezone.utc) + timedelta(seconds={seconds})
print(json.dumps({{"Version": 1, "AccessKeyId": "AKIAEXAMPLE", "SecretAccessKey": "made-up",
                   "SessionToken": str(time.time()), "Expiration": until.isoformat()}}))
"""

OPENING = ("GetCallerIdentity", "ListAccountAliases", "DescribeRegions")
"""Calls that open an account, and are in no snapshot."""


def _rows(snapshot: Path) -> int:
    """The answers and failures that a snapshot keeps, page by page."""
    with closing(sqlite3.connect(snapshot)) as connection:
        query = "SELECT (SELECT count(*) FROM page) + (SELECT count(*) FROM failure)"
        count: int = connection.execute(query).fetchone()[0]
        return count


def test_a_session_that_ends_stops_the_scan_and_what_was_read_is_reported(
    endpoint: Endpoint, scan: Scan, calm: Scanned
) -> None:
    endpoint.fault(kind="expire", after=250)
    found = scan()
    assert found.part.expired is not None
    assert f"expired at {found.part.expired:%H:%M:%S} UTC" in found.assessment.scan.note
    assert endpoint.counts["hit"] <= WORKERS, "only what was under way was refused"
    assert not found.assessment.scan.complete
    assert exit_code(found.assessment, None) == INCOMPLETE
    assert {entry.gap.kind for entry in found.assessment.unread} >= {GapKind.CREDENTIALS}
    assert len({one["check"] for one in found.findings if one["status"] == "PASS"}) > 10
    turned_unknown(found, calm)


def test_after_new_credentials_the_scan_is_resumed(
    endpoint: Endpoint, scan: Scan, calm: Scanned, tmp_path: Path
) -> None:
    endpoint.fault(kind="expire", after=250)
    scan(tmp_path / "ended.db")
    with closing(Snapshot.open(tmp_path / "ended.db")) as ended:
        answered = len(ended.answered())
    endpoint.fault()
    resumed = scan(tmp_path / "ended.db")
    assert answered > WORKERS
    assert endpoint.counts["different"] <= _rows(resumed.path) - answered + len(OPENING), "an answer is asked for once"
    assert resumed.assessment.scan.complete
    assert not differences(resumed, calm)


def test_credentials_that_are_renewed_all_the_time(
    endpoint: Endpoint, scan: Scan, calm: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A minute is three seconds here: botocore renews what has less than a second left."""
    from botocore.credentials import RefreshableCredentials

    monkeypatch.setattr(RefreshableCredentials, "_advisory_refresh_timeout", 1.5)
    monkeypatch.setattr(RefreshableCredentials, "_mandatory_refresh_timeout", 1)
    program, config, log = tmp_path / "process.py", tmp_path / "config", tmp_path / "log"
    program.write_text(PROCESS.format(log=str(log), seconds=3))
    config.write_text(f"[default]\ncredential_process = {sys.executable} {program}\n")
    endpoint.fault(kind="age", seconds=6)
    keys = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
    found = scan(variables={"AWS_CONFIG_FILE": str(config), **keys})
    assert len(log.read_text().split()) >= 2
    assert endpoint.counts["hit"] == 0
    assert not differences(found, calm)


def test_a_clock_within_what_aws_bears(endpoint: Endpoint, scan: Scan, calm: Scanned) -> None:
    endpoint.fault(kind="skew", minutes=4)
    assert not differences(scan(), calm)


def test_a_wrong_clock_is_named(endpoint: Endpoint, scan: Scan) -> None:
    endpoint.fault(kind="skew", minutes=20)
    with pytest.raises(CredentialsError, match="clock is 20 minutes off"):
        scan()
