from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from goldens import same_as_golden
from hostile import NASTY, assessments, worst
from hypothesis import given, settings
from jsonschema import Draft4Validator
from sample import MARKUP, WAIVER, big, clean, empty, interrupted, sample

from auditor.model import GLOBAL, ResourceRef, Severity, Status
from auditor.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

Json = dict[str, Any]

module = import_module("auditor.reports.sarif")
SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER)
"""The schema of the standard, as SchemaStore publishes it."""


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.sarif(assessment, out)
    return out.getvalue()


def read(assessment: Assessment) -> Json:
    log: Json = json.loads(write(assessment).encode())
    return log


def run_of(assessment: Assessment) -> Json:
    (run,) = read(assessment)["runs"]
    return dict(run)


def one(**changes: object) -> Json:
    whole = sample()
    (finding,) = (f for f in whole.findings if f.resource.name == "orders-db" and f.check == "rds_backup_retention")
    about = {key: changes.pop(key) for key in ("arn", "name", "region") if key in changes}
    finding = replace(finding, resource=replace(finding.resource, **about), **changes)  # type: ignore[arg-type]
    (result,) = run_of(replace(whole, findings=(finding,)))["results"]
    return dict(result)


def test_same_as_the_golden_file() -> None:
    same_as_golden("sample.sarif", write(sample()))


def test_named_and_written_to_a_file() -> None:
    assert (module.sarif.format, module.sarif.suffix, module.sarif.terminal) == ("sarif", ".sarif", False)


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(500)])
def test_logs_follow_the_schema(make: Callable[[], Assessment]) -> None:
    VALIDATOR.validate(read(make()))


@pytest.mark.parametrize("text", NASTY)
def test_the_worst_follows_the_schema(text: str) -> None:
    VALIDATOR.validate(read(worst(text, 10)))


@given(assessments())
@settings(max_examples=30, deadline=None)
def test_any_text_follows_the_schema_and_messages_have_no_placeholder_and_no_link(assessment: Assessment) -> None:
    text = write(assessment)
    assert text.isascii()
    VALIDATOR.validate(json.loads(text))
    for result in json.loads(text)["runs"][0]["results"]:
        message = result["message"]["text"]
        assert "](" not in message
        assert not re.search("[{}]", message.replace("{{", "").replace("}}", ""))


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


def test_only_failures_are_results_and_the_worst_come_first() -> None:
    results = run_of(sample())["results"]
    failures = [finding for finding in sample().findings if finding.status is Status.FAIL]
    assert len(results) == len(failures)
    ranks = [Severity(result["properties"]["severity"]).rank for result in results]
    assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("severity", "level", "score"),
    [
        (Severity.CRITICAL, "error", 9.5),
        (Severity.HIGH, "error", 8.0),
        (Severity.MEDIUM, "warning", 5.5),
        (Severity.LOW, "note", 2.0),
        (Severity.INFORMATIONAL, "note", 0.0),
    ],
)
def test_levels(severity: Severity, level: str, score: float) -> None:
    assert one(severity=severity)["level"] == level
    whole = sample()
    check = replace(whole.checks[0], severity=severity)
    (rule,) = run_of(replace(whole, checks=(check,), findings=(), unread=()))["tool"]["driver"]["rules"]
    assert rule["defaultConfiguration"]["level"] == level
    assert rule["properties"]["security-severity"] == f"{score}"


def test_rules_say_why_and_what_to_do() -> None:
    run = run_of(sample())
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [check.id for check in sample().checks]
    (rule,) = (rule for rule in rules if rule["id"] == "s3_bucket_requires_tls")
    assert rule["name"] == "S3BucketRequiresTls"
    assert rule["shortDescription"]["text"] == "S3 buckets refuse requests without TLS."
    assert rule["helpUri"] == "https://docs.aws.amazon.com/wellarchitected/latest/framework/sec09-bp02_choice.html"
    assert rule["help"]["markdown"].splitlines() == [
        "**Why it matters:** one misconfigured client sends objects in clear text.",
        "",
        "**Fix:** deny s3:\\* to everyone where aws:SecureTransport is false.",
        "",
        (
            "- [SEC09-BP02: Enforce encryption in transit]"
            "(https://docs.aws.amazon.com/wellarchitected/latest/framework/sec09-bp02_choice.html)"
        ),
        "",
        (
            "- [SEC08-BP02: Enforce encryption at rest]"
            "(https://docs.aws.amazon.com/wellarchitected/latest/framework/sec08-bp02_choice.html)"
        ),
    ]
    assert rule["properties"]["tags"][:3] == ["security", "zero_trust", "data"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_tags_are_a_set_even_where_a_control_has_a_pillars_name() -> None:
    whole = sample()
    check = replace(whole.checks[0], control="security", practices=tuple(f"SEC{n:02}-BP01" for n in range(30)))
    log = read(replace(whole, checks=(check,), findings=()))
    VALIDATOR.validate(log)
    tags = log["runs"][0]["tool"]["driver"]["rules"][0]["properties"]["tags"]
    assert tags[:3] == ["security", "zero_trust", "SEC00-BP01"]
    assert len(tags) == 20


def test_a_result_names_its_resource() -> None:
    result = one()
    assert result["message"]["text"] == "orders-db in eu-central-1: backups are kept for 1 day, and 7 are asked for"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "aws/eu-central-1/AWS.RDS.DBInstance/orders-db"},
        "region": {"startLine": 1},
    }
    assert location["logicalLocations"] == [
        {
            "name": "orders-db",
            "fullyQualifiedName": "arn:aws:rds:eu-central-1:111122223333:db:orders-db",
            "kind": "resource",
        }
    ]
    assert result["suppressions"] == []


def test_fingerprints_last() -> None:
    before, after = one(), one(reason="for 2 days", severity=Severity.LOW)
    assert before["partialFingerprints"] == after["partialFingerprints"]
    assert re.fullmatch("[0-9a-f]{32}:1", before["partialFingerprints"]["primaryLocationLineHash"])
    prints = [result["partialFingerprints"]["auditor/v1"] for result in run_of(sample())["results"]]
    assert len(set(prints)) == len(prints)


def test_waivers_are_suppressions() -> None:
    assert one(waiver=WAIVER)["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "public by design: the marketing site's assets"
            " (accepted by web-team@example.com until 2027-03-31)",
        }
    ]


def test_what_was_not_judged_is_notified() -> None:
    (invocation,) = run_of(sample())["invocations"]
    assert invocation["executionSuccessful"] is True
    told = invocation["toolExecutionNotifications"]
    kinds = [notification["descriptor"]["id"] for notification in told]
    not_judged = [f.status.value.lower() for f in sample().findings if f.status.value in {"UNKNOWN", "ERROR", "MANUAL"}]
    assert kinds == [*(unread.gap.kind.value for unread in sample().unread), *not_judged, "scan", "scan"]
    by_kind = {notification["descriptor"]["id"]: notification for notification in told}
    assert by_kind["error"]["level"] == "error"
    assert by_kind["manual"]["level"] == "note"
    assert by_kind["unknown"]["associatedRule"]["id"] == "s3_bucket_requires_tls"
    assert by_kind["denied"]["message"]["text"] == (
        "cloudwatch:GetMetricData was denied in eu-west-1; needed by elasticache_hit_rate, ec2_instance_sized_to_load"
    )


def test_a_partial_scan_was_not_successful() -> None:
    (invocation,) = run_of(interrupted())["invocations"]
    assert invocation["executionSuccessful"] is False
    first = invocation["toolExecutionNotifications"][0]
    assert first["level"] == "error"
    assert first["message"]["text"].startswith("the scan is partial: interrupted after 41 s")


def test_more_results_than_github_takes_in_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_RESULTS", 10)
    log = read(sample())
    VALIDATOR.validate(log)
    failures = sum(finding.status is Status.FAIL for finding in sample().findings)
    assert [len(run["results"]) for run in log["runs"]] == [10, 10, failures - 20]
    assert [run["automationDetails"]["id"] for run in log["runs"]] == [
        "auditor/aws/111122223333/",
        "auditor/aws/111122223333/2/",
        "auditor/aws/111122223333/3/",
    ]
    assert [bool(run["invocations"][0]["toolExecutionNotifications"]) for run in log["runs"]] == [True, False, False]


def test_markup_stays_out_of_the_help() -> None:
    whole = sample()
    check = replace(whole.checks[0], why=MARKUP, fix="[click](https://example.invalid) @team")
    (rule,) = run_of(replace(whole, checks=(check,), findings=()))["tool"]["driver"]["rules"]
    assert "<script>" not in rule["help"]["markdown"]
    assert "\\[click\\](https:&#8203;//example.invalid) @&#8203;team" in rule["help"]["markdown"]


@given(assessments())
@settings(max_examples=50, deadline=None)
def test_uris_are_relative_paths_of_four_segments(assessment: Assessment) -> None:
    for finding in assessment.findings:
        uri = module.uri(finding.resource, "aws")
        assert uri.isascii()
        parts = urlsplit(uri)
        assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
        segments = uri.split("/")
        assert len(segments) == 4
        assert not {".", ".."} & set(segments)
        assert all(segment == "" or unquote(segment) == plain(unquote(segment)) for segment in segments)


def test_uris_of_what_is_global_and_of_names_that_mean_a_way_up() -> None:
    resource = ResourceRef("arn:aws:iam::111122223333:role/a/b", "AWS::IAM::Role", GLOBAL, "a/b c")
    assert module.uri(resource, "aws") == "aws/us-east-1/AWS.IAM.Role/a%2Fb%20c"
    assert module.uri(replace(resource, name=".."), "aws").endswith("/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fa%2Fb")
