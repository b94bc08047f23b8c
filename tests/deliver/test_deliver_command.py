"""`auditor deliver` and `scan --deliver`, as a user runs them: against moto, and Security Hub with its limits."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import CREDENTIALS, Auditor
from modeled import Endpoint, started
from sample import sample

from auditor.document import document
from auditor.model import Status

ACCOUNT = "123456789012"
"""moto's."""


@pytest.fixture(scope="module")
def hub() -> Iterator[Endpoint]:
    with started(Path(__file__).parent / "hub.py") as endpoint:
        yield endpoint


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A saved assessment of moto's account, with few findings."""
    whole = sample()
    findings = tuple(one for one in whole.findings if one.status in (Status.FAIL, Status.PASS))[:12]
    counts = ()
    scan = replace(whole.scan, account=ACCOUNT)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document(replace(whole, scan=scan, findings=findings, counts=counts))))
    return path


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(auditor: Auditor, server: str, hub: Endpoint, tmp_path: Path) -> Run:
    hub.put({})
    hub.set(account=ACCOUNT)

    def go(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
        addresses = {"AWS_ENDPOINT_URL": server, "AWS_ENDPOINT_URL_SECURITYHUB": hub.url}
        return auditor(*arguments, cwd=tmp_path, **addresses, **changes)

    return go


def test_findings_of_a_saved_report_arrive_and_their_counts_are_told(run: Run, hub: Endpoint, report: Path) -> None:
    done = run("deliver", "securityhub", str(report))
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stderr.splitlines()]
    assert ["together", "12"] in lines
    assert sum(len(found) for found in hub.state.values()) == 12


def test_a_dry_run_changes_nothing(run: Run, hub: Endpoint, report: Path) -> None:
    done = run("deliver", "securityhub", str(report), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert ["together", "12"] in [line.split() for line in done.stderr.splitlines()]
    assert hub.state == {}


def test_what_is_refused_is_one_line_and_exit_code_4_and_is_sent_later(
    run: Run, hub: Endpoint, report: Path, tmp_path: Path
) -> None:
    hub.set(account=ACCOUNT, off=["eu-west-1"])
    done = run("deliver", "securityhub", str(report))
    assert done.returncode == 4
    problems = [line for line in done.stderr.splitlines() if line.startswith("auditor:")]
    assert len(problems) == 2
    assert "eu-west-1: InvalidAccessException" in problems[0]
    assert "auditor deliver securityhub --resume --spool auditor-spool.jsonl" in problems[1]
    hub.set(account=ACCOUNT)
    again = run("deliver", "securityhub", "--resume")
    assert again.returncode == 0, again.stderr
    assert sum(len(found) for found in hub.state.values()) == 12
    assert not (tmp_path / "auditor-spool.jsonl").exists()


def test_credentials_of_another_account_are_one_line(run: Run, hub: Endpoint, report: Path) -> None:
    report.write_text(report.read_text().replace(ACCOUNT, "999988887777"))
    done = run("deliver", "securityhub", str(report))
    assert done.returncode == 4
    assert "the findings are of account 999988887777, the credentials of 123456789012" in done.stderr
    assert hub.calls == []


def test_a_review_is_answered(run: Run, report: Path) -> None:
    with started(Path(__file__).parent / "lens.py") as lens:
        lens.put({f"{1:032x}": {"name": "shop", "lenses": ["wellarchitected"], "answers": {}, "milestones": []}})
        few = ["--region", "eu-west-1", "--check", "s3_bucket_default_key_*"]
        done = run("scan", *few, "--deliver", "wellarchitected shop", AWS_ENDPOINT_URL_WELLARCHITECTED=lens.url)
        assert done.returncode == 0, done.stderr
        assert "the lens has no question protect-data-rest: it is left out" in done.stderr
        missing = run("deliver", "wellarchitected", str(report), "Shop", AWS_ENDPOINT_URL_WELLARCHITECTED=lens.url)
        assert missing.returncode == 4
        assert "there is no such workload here; make it with --create" in " ".join(missing.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["securityhub"], "name the ASSESSMENT to send, or --resume"),
        (["securityhub", "none.json"], "none.json: there is no such file"),
        (["securityhub", "--resume"], "nothing is waiting to be sent"),
        (["s3", "{report}", "ftp://x"], "ftp://x is no bucket"),
        (["s3", "{report}", "b", "--format", "jsn"], "did you mean json?"),
        (["webhook", "{report}"], "AUDITOR_WEBHOOK_URL"),
        (["wellarchitected", "{report}"], "Missing argument 'WORKLOAD'"),
    ],
)
def test_wrong_usage_is_one_line(run: Run, report: Path, arguments: list[str], message: str) -> None:
    done = run("deliver", *(text.replace("{report}", str(report)) for text in arguments))
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--deliver", "securityhob"], "there is no delivery securityhob; there are securityhub, s3, "),
        (["--deliver", "s3"], "--deliver s3: Missing argument"),
        (["--deliver", "'"], "no closing quotation"),
        (["--deliver", "webhook"], "AUDITOR_WEBHOOK_URL"),
        (["--demo", "--deliver", "securityhub"], "--demo has nothing to tell them"),
    ],
)
def test_what_is_wrong_with_a_delivery_is_told_before_the_scan(run: Run, options: list[str], message: str) -> None:
    done = run("scan", *options)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.split())


def test_a_scan_delivers_what_it_found(run: Run, hub: Endpoint, server: str) -> None:
    s3: Any = boto3.client(
        "s3", "us-east-1", endpoint_url=server,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"], aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )  # fmt: skip
    s3.create_bucket(Bucket="audit-reports")
    done = run(
        "scan", "--region", "eu-west-1,eu-central-1", "--check", "s3_bucket_default_key_*", "--format", "json",
        "--deliver", "securityhub --only-failed", "--deliver", "s3 s3://audit-reports/weekly --format json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    scanned = json.loads(done.stdout)
    failed = [one for one in scanned["findings"] if one["status"] == "FAIL"]
    assert failed
    assert sum(len(found) for found in hub.state.values()) == len(failed)
    (kept,) = s3.list_objects_v2(Bucket="audit-reports")["Contents"]
    assert kept["Key"].startswith(f"weekly/account={ACCOUNT}/date=")
    with urllib.request.urlopen(f"{server}/moto-api/") as alive:
        assert alive.status == 200
    s3.delete_object(Bucket="audit-reports", Key=kept["Key"])
    s3.delete_bucket(Bucket="audit-reports")
