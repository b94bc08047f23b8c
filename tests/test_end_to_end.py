"""The command line on an account behind HTTP that it knows nothing about: moto's server in a process of its own."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Auditor, environment

pytestmark = pytest.mark.xdist_group("server")

REGIONS = ("--region", "eu-west-1,eu-central-1")


@pytest.fixture(scope="module")
def scanned(server: str, auditor: Auditor, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """A folder with the reports and the snapshot of one scan, and how the scan ended."""
    folder = tmp_path_factory.mktemp("scan")
    done = auditor(
        "scan",
        *REGIONS,
        "--snapshot",
        str(folder / "scan.db"),
        "--output-dir",
        str(folder / "out"),
        AWS_ENDPOINT_URL=server,
    )
    return folder, done


def _report(folder: Path, suffix: str = ".json") -> Path:
    (path,) = (folder / "out").glob(f"*{suffix}")
    return path


def test_a_scan_reports_what_is_wrong_with_the_account(scanned: tuple[Path, Any]) -> None:
    folder, done = scanned
    assert done.returncode in (0, 4), done.stderr
    report = json.loads(_report(folder).read_text())
    assert report["scan"]["complete"]
    assert report["summary"]["statuses"]["ERROR"] == 0, [f for f in report["findings"] if f["status"] == "ERROR"]
    failed = {finding["check"] for finding in report["findings"] if finding["status"] == "FAIL"}
    assert {"iam_user_console_mfa_missing", "ec2_interface_admin_port_internet_reachable"} <= failed
    assert {finding["resource"]["region"] for finding in report["findings"]} >= {"eu-west-1", "eu-central-1", "global"}


def test_the_paths_of_the_files_are_printed_last(scanned: tuple[Path, Any]) -> None:
    folder, done = scanned
    last = [line.strip() for line in done.stderr.splitlines()[-3:]]
    assert last == [str(_report(folder)), str(_report(folder, ".html")), str(folder / "scan.db")]


def test_assessing_the_snapshot_gives_the_same_bytes(scanned: tuple[Path, Any], auditor: Auditor) -> None:
    folder, _ = scanned
    again = auditor(
        "assess", str(folder / "scan.db"), "--format", "json", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""
    )
    assert again.returncode in (0, 4), again.stderr
    assert again.stdout == _report(folder).read_text()


def test_a_second_scan_that_resumes_asks_nothing_again(
    server: str, scanned: tuple[Path, Any], auditor: Auditor
) -> None:
    folder, _ = scanned
    before = json.loads(_report(folder).read_text())["scan"]["calls"]
    done = auditor(
        "scan", *REGIONS, "--snapshot", str(folder / "scan.db"), "--resume", "--format", "json", AWS_ENDPOINT_URL=server
    )
    again = json.loads(done.stdout)
    retried = again["scan"]["calls"] - before
    assert retried <= sum(entry["times"] for entry in again["unread"])


def test_a_scan_on_a_terminal_shows_progress_and_colors(server: str, tmp_path: Path) -> None:
    output = _on_a_terminal([sys.executable, "-m", "auditor", "scan", "--region", "eu-west-1"], server, tmp_path)
    assert "Reading the account" in output
    assert "\x1b[" in output
    assert "Next:" in output


def test_no_color_is_honored(server: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "auditor", "scan", "--check", "iam_*", "--region", "eu-west-1", "-q"]
    output = _on_a_terminal(command, server, tmp_path, NO_COLOR="1")
    assert not re.search(r"\x1b\[\d*(;\d+)*m", output)


def _on_a_terminal(command: list[str], server: str, cwd: Path, **changes: str) -> str:
    """What a program writes when standard output and standard error are a terminal."""
    master, slave = pty.openpty()
    env = environment(AWS_ENDPOINT_URL=server, TERM="xterm-256color", **changes)
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env, cwd=cwd)
    os.close(slave)
    written = b""
    while True:
        try:
            chunk = os.read(master, 65536)
        except OSError:
            break
        if not chunk:
            break
        written += chunk
    assert process.wait(60) in (0, 4)
    os.close(master)
    return written.decode(errors="replace")


def test_ctrl_c_writes_the_partial_report(server: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "auditor",
        "scan",
        *REGIONS,
        "--max-workers",
        "1",
        "--output-dir",
        "out",
        "--snapshot",
        "scan.db",
    ]
    env = environment(AWS_ENDPOINT_URL=server)
    process = subprocess.Popen(
        command, env=env, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _until_something_is_read(tmp_path / "scan.db")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "the scan was interrupted; what was read before is reported" in " ".join(out.split())
    report = json.loads(_report(tmp_path).read_text())
    assert not report["scan"]["complete"]
    assert {entry["kind"] for entry in report["unread"]} >= {"not_collected"}
    assert report["summary"]["statuses"]["UNKNOWN"] > 0


def _until_something_is_read(snapshot: Path) -> None:
    for _ in range(600):
        time.sleep(0.05)
        if snapshot.exists():
            with closing(sqlite3.connect(snapshot)) as connection, suppress(sqlite3.Error):
                if connection.execute("SELECT count(*) FROM page").fetchone()[0]:
                    return
    raise AssertionError("nothing was read in 30 s")


def test_two_processes_find_what_one_finds(server: str, auditor: Auditor) -> None:
    def findings(processes: str) -> Any:
        done = auditor("scan", *REGIONS, "--processes", processes, "--format", "json", AWS_ENDPOINT_URL=server)
        return json.loads(done.stdout)["findings"]

    assert findings("2") == findings("1")


def test_a_scan_of_one_region_judges_nothing_elsewhere(server: str, auditor: Auditor) -> None:
    """Buckets are listed once for the account, with those of other regions."""
    done = auditor("scan", "--region", "eu-west-1", "--service", "s3", "--format", "json", AWS_ENDPOINT_URL=server)
    regions = {finding["resource"]["region"] for finding in json.loads(done.stdout)["findings"]}
    assert regions == {"eu-west-1", "global"}
