"""`auditor topology` as it is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Auditor

from auditor.drawing import marks_of
from auditor.model import Status
from auditor.saved import load

pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture(scope="module")
def snapshot(server: str, auditor: Auditor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("topology") / "scan.db"
    done = auditor("scan", "--region", "eu-west-1", "--snapshot", str(path), "-q", AWS_ENDPOINT_URL=server)
    assert path.exists(), done.stderr
    return path


def test_json_holds_the_graph_and_what_failed(auditor: Auditor, snapshot: Path) -> None:
    done = auditor("topology", str(snapshot), "--format", "json")
    assert done.returncode == 0, done.stderr
    graph = json.loads(done.stdout)
    assert {"nodes", "edges", "bands", "applications", "subnets", "unread"} <= set(graph)
    assert all("findings" in one for one in graph["nodes"])
    plain = json.loads(auditor("topology", str(snapshot), "--format", "json", "--no-findings").stdout)
    assert not any(one["findings"] for one in plain["nodes"])


def test_a_picture_goes_to_a_file_whole(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    path = tmp_path / "account.svg"
    done = auditor("topology", str(snapshot), "--output", str(path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{path}\n")
    assert path.read_text().endswith("</svg>\n")
    assert list(tmp_path.iterdir()) == [path]


def test_wrong_use_is_told_in_one_line(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    unknown = auditor("topology", str(snapshot), "--application", "nobody")
    assert (unknown.returncode, "there is no such application" in unknown.stderr) == (2, True)
    nowhere = auditor("topology", str(snapshot), "--output", str(tmp_path / "no" / "x.svg"))
    assert (nowhere.returncode, "cannot write there" in nowhere.stderr) == (2, True)


def test_a_saved_report_is_drawn_as_its_snapshot_is(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(auditor("assess", str(snapshot), "--format", "json").stdout)
    drawn = auditor("topology", str(report), "--format", "json")
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout == auditor("topology", str(snapshot), "--format", "json").stdout


def test_a_report_of_checks_that_need_no_topology_says_so(auditor: Auditor, snapshot: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(auditor("assess", str(snapshot), "--check", "ec2_volume*", "--format", "json").stdout)
    done = auditor("topology", str(report))
    assert (done.returncode, done.stderr) == (
        2,
        f"auditor: {report} holds no topology: its checks needed none; scan with more\n",
    )


def test_what_fails_at_the_edge_stands_on_the_nodes_of_the_edge(
    auditor: Auditor, snapshot: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    report.write_text(auditor("assess", str(snapshot), "--format", "json").stdout)
    assessment = load(report)
    view: Any = assessment.views["topology"]
    edge = {one.id for one in assessment.checks if one.pattern == "edge"}
    failed = {(f.check, f.resource.name) for f in assessment.findings if f.check in edge and f.status is Status.FAIL}
    kinds = {node["id"]: node["kind"] for node in view["nodes"]}
    marked = {
        (mark.check, mark.resource): kinds[node]
        for node, marks in marks_of(view["nodes"], assessment).items()
        for mark in marks
        if mark.check in edge
    }
    assert set(marked) == failed
    unread = {f.reason for f in assessment.findings if f.check in edge and f.status is Status.UNKNOWN}
    assert {"distribution", "web_acl", "load_balancer", "bucket"} <= set(marked.values()), unread
