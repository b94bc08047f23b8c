"""Scans that end too early: killed, or out of disk. What was read is not lost, and the resumed scan is a whole one."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import environment
from faults.world import REGIONS, Endpoint, Scanned

from auditor.scheduler import WORKERS

SOME = ("iam_*", "s3_*", "ec2_*", "lambda_*", "sns_*", "dynamodb_*")
"""Checks whose plan is large enough to be killed twenty times, and small enough to start as often."""


def command(snapshot: Path, *more: str) -> list[str]:
    regions = [word for name in REGIONS for word in ("--region", name)]
    chosen = [word for glob in SOME for word in ("--check", glob)]
    files = ["--snapshot", str(snapshot), "--resume", "--format", "json", "--quiet"]
    return [sys.executable, "-m", "auditor", "scan", *regions, *chosen, *files, *more]


@pytest.fixture
def start(endpoint: Endpoint, calm: Scanned) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a scan as a user does."""

    def run(snapshot: Path, *more: str, **options: Any) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        env = environment(AWS_ENDPOINT_URL=endpoint.url)
        return subprocess.Popen(command(snapshot, *more), env=env, stdout=pipe, stderr=pipe, text=True, **options)

    yield run
    endpoint.fault()


Start = Callable[..., "subprocess.Popen[str]"]


def report(process: subprocess.Popen[str]) -> Any:
    out, err = process.communicate(timeout=180)
    assert process.returncode in (0, 4), err
    return json.loads(out)


@pytest.fixture
def whole(endpoint: Endpoint, start: Start, tmp_path: Path) -> Any:
    """What a scan that nobody disturbs says."""
    found = report(start(endpoint.seed(tmp_path / "whole.db")))
    assert found["scan"]["complete"]
    return found


def test_a_scan_that_is_killed_twenty_times_ends_as_one_that_is_not(
    endpoint: Endpoint, start: Start, whole: Any, tmp_path: Path
) -> None:
    path = endpoint.seed(tmp_path / "killed.db")
    moments = random.Random(20)  # noqa: S311 - the same ones every time
    killed = 0
    for number in range(20):
        process = start(path, "--processes", str(1 + number % 2))
        endpoint.fault(kind="kill", after=moments.randrange(3, whole["scan"]["calls"] // 6), pid=process.pid)
        process.communicate(timeout=180)
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 15, "the endpoint kills at a question; a resumed scan may have too few left to ask"
    endpoint.fault()
    resumed = report(start(path))
    assert resumed["scan"]["complete"]
    assert resumed["findings"] == whole["findings"]


def test_the_other_processes_of_a_killed_scan_end_too(endpoint: Endpoint, start: Start, tmp_path: Path) -> None:
    """Else they would write on into the file of the scan that goes on with it."""
    process = start(endpoint.seed(tmp_path / "killed.db"), "--processes", "2", start_new_session=True)
    endpoint.fault(kind="kill", after=40, pid=process.pid)
    process.wait(60)
    for _ in range(100):
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        os.killpg(process.pid, signal.SIGKILL)
        pytest.fail("a process of the scan lives on")
    assert endpoint.counts["asked"] < 40 + 3 * WORKERS, "what was under way in either"


def test_a_full_disk_is_one_clear_line_and_what_was_read_is_kept(
    endpoint: Endpoint, start: Start, whole: Any, tmp_path: Path
) -> None:
    path = endpoint.seed(tmp_path / "full.db")

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    process = start(path, preexec_fn=little_room)
    _, err = process.communicate(timeout=180)
    assert process.returncode in (1, 2)
    assert len(err.splitlines()) == 1, err
    assert err.startswith(f"auditor: cannot write the snapshot {path}: ")
    assert "--resume" in err
    endpoint.fault()
    resumed = report(start(path))
    assert 0 < endpoint.counts["asked"] < whole["scan"]["calls"], "something was kept"
    assert resumed["findings"] == whole["findings"]
