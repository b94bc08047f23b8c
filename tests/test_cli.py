"""The command line, without AWS: what it lists, and what it says to wrong input."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import CREDENTIALS

from auditor.cli import main
from auditor.registry import load
from auditor.snapshot import Snapshot

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in this process: exit code, standard output, standard error."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "AUDITOR_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str, **changes: str) -> tuple[int, str, str]:
        for name, value in changes.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, out, err

    return call


def test_the_version_is_told_offline(run: Run) -> None:
    code, out, _ = run("--version")
    assert (code, bool(re.fullmatch(r"auditor \d+\.\d+\.\d+.*\n", out))) == (0, True)


def _corrupt(folder: Path) -> None:
    (folder / "x.db").write_bytes(b"SQLite format 3\x00" + b"\xff" * 500)


def _empty(folder: Path) -> None:
    Snapshot.create(folder / "x.db").close()


def _nothing(_: Path) -> None:
    pass


def _file(folder: Path) -> None:
    (folder / "taken").write_text("")


@pytest.mark.parametrize(
    ("arguments", "message", "prepare"),
    [
        (("scna",), "there is no command scna; did you mean scan?", _nothing),
        (("scan", "--formt", "json"), "No such option '--formt'", _nothing),
        (("scan", "--check", "s3_bucket_plaintxt_requests"), "did you mean s3_bucket_plaintext_requests?", _nothing),
        (("scan", "--pattern", "zero_trst"), "did you mean zero_trust?", _nothing),
        (("scan", "--pillar", "speed"), "there is no such pillar", _nothing),
        (("scan", "--service", "lamda"), "there is no such service; did you mean lambda?", _nothing),
        (("scan", "--severity", "bad"), "'bad' is not one of", _nothing),
        (("scan", "--format", "htm"), "--format htm: there is no such format; did you mean html?", _nothing),
        (("scan", "--audit-profile", "defualt"), "did you mean default?", _nothing),
        (("scan", "--audit-profile", "no/such.yaml"), "no/such.yaml", _nothing),
        (("scan", "--checks-path", "nowhere"), "nowhere: there is no such folder", _nothing),
        (("scan", "--resume"), "--resume needs --snapshot FILE", _nothing),
        (("scan", "--output-dir", "taken/out"), "--output-dir taken/out: cannot write there", _file),
        (("scan", "--profile", "nobody"), "there is no AWS profile nobody", _nothing),
        (("scan",), "no AWS credentials found", _nothing),
        (("scan", "--max-workers", "0"), "0 is not in the range", _nothing),
        (("assess", "x.db"), "x.db: there is no such snapshot", _nothing),
        (("assess", "x.db"), "x.db is not a snapshot of auditor", _corrupt),
        (("assess", "x.db"), "x.db holds no scan", _empty),
        (("checks", "show", "s3_bucket_plaintext_request"), "did you mean s3_bucket_plaintext_requests?", _nothing),
        (("profiles", "validate", "missing.yaml"), "missing.yaml", _nothing),
        (("profiles", "show", "nobody"), "there is no such profile", _nothing),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_wrong_input_gets_one_clear_line(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], message: str, prepare: Callable[[Path], None]
) -> None:
    prepare(tmp_path)
    code, out, err = run(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert sum(line.startswith("auditor:") for line in err.splitlines()) == 1
    assert not out


@pytest.mark.parametrize("code", ["ExpiredToken", "InvalidClientTokenId"])
def test_refused_credentials_say_what_to_do(run: Run, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    from botocore.exceptions import ClientError

    def refuse(*_: Any, **__: Any) -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "GetCallerIdentity")

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", refuse)
    status, _, err = run("scan", **CREDENTIALS)
    assert status == 2
    assert f"the AWS credentials are expired or invalid ({code}); renew them" in err


def test_checks_are_listed_with_filters(run: Run) -> None:
    _, everything, _ = run("checks", "list", "--format", "json")
    ids = [one["id"] for one in json.loads(everything)]
    assert len(ids) == len(load().checks)
    _, some, _ = run("checks", "list", "--format", "json", "--check", "s3_*", "--exclude-check", "*plaintext*")
    chosen = [one["id"] for one in json.loads(some)]
    assert chosen
    assert all(name.startswith("s3_") and "plaintext" not in name for name in chosen)
    _, table, _ = run("checks", "list", "--pattern", "edge")
    assert "edge.cdn" in table
    assert "zero_trust" not in table


def test_every_option_is_also_a_variable(run: Run) -> None:
    code, by_option, _ = run("checks", "list", "--format", "json", "--pattern", "edge", "--severity", "high")
    _, by_variable, _ = run("checks", "list", "--format", "json", AUDITOR_PATTERN="edge", AUDITOR_SEVERITY="high")
    assert code == 0
    assert by_variable == by_option
    assert {(one["pattern"], one["severity"]) for one in json.loads(by_option)} <= {
        ("edge", "high"),
        ("edge", "critical"),
    }


def test_a_check_is_explained(run: Run) -> None:
    code, out, _ = run("checks", "show", "s3_bucket_plaintext_requests")
    assert code == 0
    for part in ("Severity: medium", "Why", "Fix", "SEC09-BP02", "s3:GetBucketPolicy", "AWS::S3::Bucket"):
        assert part in out


def test_a_dry_run_names_the_calls_and_needs_no_credentials(run: Run) -> None:
    code, out, err = run("scan", "--check", "s3_bucket_plaintext_requests", "--dry-run")
    assert code == 0
    assert [line.split(None, 1) for line in out.splitlines()] == [
        ["s3:GetBucketLocation", "once for each BucketEntry"],
        ["s3:GetBucketPolicy", "once for each Bucket"],
        ["s3:ListBuckets", "once"],
    ]
    assert "no call was made" in err


ONE = ("--check", "s3_bucket_plaintext_requests")
NEEDED = [
    "ec2:DescribeRegions",
    "iam:ListAccountAliases",
    "s3:GetBucketLocation",
    "s3:GetBucketPolicy",
    "s3:ListAllMyBuckets",
]


PAID = ("--check", "commitments_fully_used")


def test_calls_that_cost_money_are_planned_only_where_they_are_allowed(run: Run, tmp_path: Path) -> None:
    costly = ["ce:GetReservationUtilization", "ce:GetSavingsPlansUtilization"]
    (tmp_path / "paid.yaml").write_text("allow_paid_calls: true")

    def planned(*options: str) -> tuple[list[str], list[str]]:
        _, out, _ = run("scan", *PAID, *options, "--dry-run")
        _, policy, _ = run("permissions", *PAID, *options)
        (statement,) = json.loads(policy)["Statement"]
        return [line.split()[0] for line in out.splitlines()], [a for a in statement["Action"] if a.startswith("ce:")]

    assert planned() == ([], [])
    assert planned("--allow-paid-calls") == (costly, costly)
    assert planned("--audit-profile", "./paid.yaml") == (costly, costly)


def test_a_check_tells_of_the_calls_that_cost_money(run: Run) -> None:
    _, out, _ = run("checks", "show", "commitments_fully_used")
    assert "ce:GetSavingsPlansUtilization" in out


def test_the_policy_names_what_is_needed_and_no_more(run: Run) -> None:
    _, out, _ = run("permissions", *ONE)
    (statement,) = json.loads(out)["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", NEEDED)


def test_the_policy_comes_as_a_template(run: Run) -> None:
    _, out, _ = run("permissions", *ONE, "--format", "cloudformation")
    resources = yaml.safe_load(out)["Resources"]
    assert resources["AuditorPolicy1"]["Properties"]["PolicyDocument"]["Statement"][0]["Action"] == NEEDED
    _, out, _ = run("permissions", *ONE, "--format", "terraform")
    assert all(f'"{action}"' in out for action in NEEDED)


def test_all_actions_fit_into_managed_policies(run: Run) -> None:
    _, out, _ = run("permissions", "--format", "cloudformation")
    resources = yaml.safe_load(out)["Resources"]
    policies = [
        one["Properties"]["PolicyDocument"] for name, one in resources.items() if name.startswith("AuditorPolicy")
    ]
    assert all(len(json.dumps(policy, separators=(",", ":"))) <= 6144 for policy in policies)
    assert len(resources["AuditorRole"]["Properties"]["ManagedPolicyArns"]) == len(policies) <= 10


def test_profiles_are_listed_shown_and_validated(run: Run, tmp_path: Path) -> None:
    _, out, _ = run("profiles", "list")
    for name in ("default", "mission-critical", "public-api"):
        assert name in out
        assert run("profiles", "show", name)[0] == 0
    (tmp_path / "mine.yaml").write_text("name: mine\ntitle: Mine\nextends: default\n")
    code, out, _ = run("profiles", "validate", "mine.yaml")
    assert (code, out.startswith("mine.yaml: fine, ")) == (0, True)
    (tmp_path / "wrong.yaml").write_text(
        "name: wrong\ntitle: Wrong\nparameters:\n  s3_bucket_plaintext_requests:\n    x: 1\n"
    )
    code, _, err = run("profiles", "validate", "wrong.yaml")
    assert code == 2
    assert "wrong.yaml:5" in err


PACK = '''
"""My control."""
from auditor.evidence.s3 import Bucket
from auditor.model import Severity, Verdict, failed, passed
from auditor.wiring import check


@check(severity=Severity.LOW, practices=["OPS05-BP01"])
def my_bucket_prefix(bucket: Bucket, *, prefix: str = "acme-") -> Verdict:
    """Buckets carry the company's prefix.

    Why: names without it are taken for somebody else's.
    Fix: name it so.
    """
    return passed("it does") if bucket.bucket.startswith(prefix) else failed(f"it is called {bucket.bucket}")
'''


def test_a_folder_of_checks_is_added(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine" / "naming").mkdir(parents=True)
    (tmp_path / "mine" / "naming" / "buckets.py").write_text(PACK)
    _, out, _ = run("checks", "show", "my_bucket_prefix", "--checks-path", "mine", "--format", "json")
    shown = json.loads(out)
    assert (shown["pattern"], shown["control"], shown["thresholds"]) == ("naming", "buckets", {"prefix": "acme-"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("bucket: Bucket", "bucket: Buckt"), "NameError"),
        (("bucket: Bucket,", "bucket: Bucket, policy: Verdict,"), "nothing provides Verdict"),
        (("    Fix: name it so.\n", ""), "the docstring has a title, `Why:` and `Fix:`"),
        (("my_bucket_prefix", "s3_bucket_plaintext_requests"), "two checks have the id s3_bucket_plaintext_requests"),
        (("from auditor.model", "from auditor.modl"), "No module named 'auditor.modl'"),
    ],
    ids=["unknown name", "unknown evidence", "no fix", "taken id", "import error"],
)
def test_a_broken_folder_of_checks_is_refused(run: Run, tmp_path: Path, change: tuple[str, str], message: str) -> None:
    (tmp_path / "mine" / "naming").mkdir(parents=True)
    (tmp_path / "mine" / "naming" / "buckets.py").write_text(PACK.replace(*change))
    code, _, err = run("checks", "list", "--checks-path", "mine")
    assert code == 2
    assert message in err
