"""`auditor recovery` as it is called."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Auditor = Callable[..., "subprocess.CompletedProcess[str]"]

PROFILE = """
extends: default
workloads:
  - name: shop
    members: {tags: {workload: shop}}
    rpo: 15m
    rto: 4h
    recovery_region: eu-central-1
"""


@pytest.fixture(scope="module")
def snapshot(auditor: Auditor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recovery") / "scan.db"
    done = auditor("scan", "--demo", "--pattern", "disaster_recovery", "--snapshot", str(path), "-q")
    assert done.returncode == 0, done.stderr
    return path


def test_a_snapshot_and_the_report_of_it_show_the_same(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(auditor("assess", str(snapshot), "--format", "json", "--pattern", "disaster_recovery").stdout)
    shown = [auditor("recovery", str(path), "--format", "json") for path in (snapshot, report)]
    assert shown[0].returncode == 0, shown[0].stderr
    assert shown[0].stdout == shown[1].stdout
    found = json.loads(shown[0].stdout)
    assert (found["schema"], found["version"]) == ("auditor.recovery", "1.0")
    assert [one["workload"] for one in found["workloads"]] == ["account-default", "shop", "shop-nonproduction"]


def test_a_profile_says_what_recovers_together_and_what_is_promised(
    auditor: Auditor, snapshot: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text(PROFILE)
    mine = ["--audit-profile", str(tmp_path / "mine.yaml")]
    done = auditor("recovery", str(snapshot), *mine, "--workload", "shop", "--assume", "pilot_light")
    assert done.returncode == 0, done.stderr
    assert "RPO 15 min when the region is lost: not known" in done.stdout
    assert "To Pilot Light: 15 to 20 % of production" in done.stdout
    assert "account-default" not in done.stdout
    assert "judged when it was made" not in done.stderr


def test_a_report_was_judged_with_the_profile_of_its_scan(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(PROFILE)
    report = tmp_path / "report.json"
    report.write_text(auditor("assess", str(snapshot), "--format", "json", "--pattern", "disaster_recovery").stdout)
    done = auditor("recovery", str(report), "--audit-profile", str(tmp_path / "mine.yaml"))
    assert (done.returncode, "none declared" in done.stdout) == (0, True)
    assert "judged when it was made: --audit-profile would count for its snapshot only" in done.stderr


def test_every_format_is_written_to_a_file(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    for form, begin in (("html", "<!DOCTYPE html>"), ("markdown", "# Recovery"), ("table", "Recovery"), ("json", "{")):
        path = tmp_path / f"recovery.{form}"
        done = auditor("recovery", str(snapshot), "--format", form, "--output", str(path))
        assert (done.returncode, done.stdout) == (0, "")
        assert path.read_text().startswith(begin)


def test_what_is_wrong_is_one_line(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    unknown = auditor("recovery", str(snapshot), "--workload", "nobody")
    assert unknown.returncode == 2
    assert unknown.stderr == (
        "auditor: --workload nobody: there is no such workload; there are account-default, shop, shop-nonproduction\n"
    )
    report = tmp_path / "report.json"
    report.write_text(auditor("assess", str(snapshot), "--format", "json", "--check", "backup_*").stdout)
    without = json.loads(report.read_text())
    without["views"].pop("recovery", None)
    report.write_text(json.dumps(without))
    assert "holds no recovery: its checks needed none; scan with more" in auditor("recovery", str(report)).stderr
    report.write_text(json.dumps(without | {"views": {"recovery": {"workloads": [{}]}}}))
    spoiled = auditor("recovery", str(report))
    assert spoiled.returncode == 2
    assert "the recovery in it is not sound: $" in spoiled.stderr
    assert auditor("recovery", str(tmp_path / "none.db")).returncode == 2
