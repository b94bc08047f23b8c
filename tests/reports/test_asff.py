from __future__ import annotations

import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from asff_validator import batch_problems, problems, supported_types
from goldens import same_as_golden
from hostile import NASTY, assessments, worst
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import ACCOUNT, LONG, WAIVER, big, clean, empty, interrupted, sample

from auditor.asff import MOST_BATCH_BYTES, MOST_FINDING_BYTES, batches, cut, findings, resource_type
from auditor.model import GLOBAL, Finding, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

Asff = dict[str, Any]

module = import_module("auditor.reports.asff")


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.asff(assessment, out)
    return out.getvalue()


def read(assessment: Assessment) -> list[Asff]:
    document: dict[str, list[Asff]] = json.loads(write(assessment).encode())
    assert list(document) == ["Findings"]
    return document["Findings"]


def one(**changes: object) -> Asff:
    """The finding on a database's backups, changed."""
    return next(findings(of(**changes)))


def of(**changes: object) -> Assessment:
    whole = sample()
    (finding,) = (f for f in whole.findings if f.resource.name == "orders-db" and f.check == "rds_backup_retention")
    about = {key: changes.pop(key) for key in ("arn", "type", "region", "name", "tags") if key in changes}
    finding = replace(finding, resource=replace(finding.resource, **about), **changes)  # type: ignore[arg-type]
    return replace(whole, findings=(finding,))


def in_partition(partition: str, **changes: object) -> Asff:
    assessment = of(**changes)
    return next(findings(replace(assessment, scan=replace(assessment.scan, partition=partition))))


def test_same_as_the_golden_file() -> None:
    same_as_golden("sample.asff.json", write(sample()))


def test_named_and_written_to_a_file() -> None:
    assert (module.asff.format, module.asff.suffix, module.asff.terminal) == ("asff", ".asff.json", False)


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(2000)])
def test_security_hub_takes_every_finding(make: Callable[[], Assessment]) -> None:
    whole = make()
    written = read(whole)
    assert len(written) == len(whole.findings)
    assert [problem for finding in written for problem in problems(finding)] == []
    assert len({finding["Id"] for finding in written}) == len(written)


@pytest.mark.parametrize("text", [*NASTY, LONG * 20])
def test_security_hub_takes_the_worst(text: str) -> None:
    whole = worst(text)
    written = read(whole)
    assert len(written) == len(whole.findings)
    assert [problem for finding in written for problem in problems(finding)] == []


@given(assessments())
@settings(max_examples=60, deadline=None)
def test_security_hub_takes_any_text(assessment: Assessment) -> None:
    assert [problem for finding in read(assessment) for problem in problems(finding)] == []


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


def test_a_line_a_finding_and_nothing_that_a_terminal_obeys() -> None:
    lines = write(sample()).splitlines()
    assert len(lines) == len(sample().findings) + 4
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_what_it_says_of_a_failure() -> None:
    finding = one(waiver=WAIVER)
    assert finding["Title"] == "Databases keep automated backups long enough."
    assert finding["Description"] == (
        "Failed, because backups are kept for 1 day, and 7 are asked for. Why it matters: "
        "an error that is found after the last backup has expired cannot be undone."
    )
    assert finding["Remediation"]["Recommendation"] == {
        "Text": "Raise BackupRetentionPeriod to what the workload's objectives ask for.",
        "Url": "https://docs.aws.amazon.com/wellarchitected/latest/framework/rel09-bp03_choice.html",
    }
    assert finding["Resources"] == [
        {
            "Type": "AwsRdsDbInstance",
            "Id": "arn:aws:rds:eu-central-1:111122223333:db:orders-db",
            "Partition": "aws",
            "Region": "eu-central-1",
            "Tags": {"environment": "production", "team": "payments"},
            "Details": {"Other": {"BackupRetentionPeriod": "1", "minimum_days": "7"}},
        }
    ]
    assert finding["GeneratorId"] == "rds_backup_retention"
    assert finding["CreatedAt"] == finding["UpdatedAt"] == "2026-11-26T05:54:53Z"
    assert finding["Compliance"]["RelatedRequirements"] == ["AWS Well-Architected REL09-BP03"]
    assert finding["Workflow"] == {"Status": "SUPPRESSED"}
    assert finding["Note"]["Text"] == (
        "Waived until 2027-03-31 by web-team@example.com: public by design: the marketing site's assets"
    )


@pytest.mark.parametrize(
    ("status", "compliance", "workflow", "label", "code"),
    [
        (Status.PASS, "PASSED", "RESOLVED", "INFORMATIONAL", None),
        (Status.FAIL, "FAILED", "NEW", "HIGH", None),
        (Status.UNKNOWN, "NOT_AVAILABLE", "NEW", "HIGH", "EVIDENCE_NOT_READ"),
        (Status.ERROR, "NOT_AVAILABLE", "NEW", "HIGH", "CHECK_BROKE"),
        (Status.MANUAL, "WARNING", "NEW", "HIGH", "ANSWER_NEEDED"),
    ],
)
def test_statuses(status: Status, compliance: str, workflow: str, label: str, code: str | None) -> None:
    finding = one(status=status, reason="because of it")
    assert finding["Compliance"]["Status"] == compliance
    assert finding["Workflow"]["Status"] == workflow
    assert finding["FindingProviderFields"]["Severity"] == {"Label": label, "Original": "high"}
    reasons = finding["Compliance"].get("StatusReasons")
    assert reasons == ([{"ReasonCode": code, "Description": "because of it"}] if code else None)


@pytest.mark.parametrize("severity", Severity)
def test_severities_are_security_hubs_words(severity: Severity) -> None:
    assert one(severity=severity)["FindingProviderFields"]["Severity"]["Label"] == severity.value.upper()


def test_types_name_the_pillars() -> None:
    (finding,) = (f for f in findings(sample()) if f["GeneratorId"] == "root_user_has_mfa")
    assert finding["FindingProviderFields"]["Types"] == [
        "Software and Configuration Checks/AWS Security Best Practices",
        "Software and Configuration Checks/AWS Well-Architected/Security",
    ]


def test_ids_last_whatever_is_found() -> None:
    before = one()
    after = one(status=Status.PASS, reason="they are kept for 9 days", severity=Severity.LOW, name="renamed", tags={})
    assert before["Id"] == after["Id"]
    assert re.fullmatch(r"auditor/aws/111122223333/eu-central-1/rds_backup_retention/[0-9a-f]{32}", before["Id"])


def test_ids_differ_by_place_check_and_resource() -> None:
    ids = [
        one()["Id"],
        one(arn="arn:aws:rds:eu-central-1:111122223333:db:other")["Id"],
        one(region="eu-west-1")["Id"],
        one(check="ebs_volume_encrypted")["Id"],
        in_partition("aws-cn")["Id"],
    ]
    assert len(set(ids)) == len(ids)


def test_findings_of_one_check_on_one_resource_have_ids_of_their_own() -> None:
    whole = of()
    twice = replace(whole, findings=(whole.findings[0], replace(whole.findings[0], reason="and again")))
    first, second = findings(twice)
    assert first["Id"] == one()["Id"] != second["Id"]


@pytest.mark.parametrize(
    ("partition", "home", "word"),
    [
        ("aws", "us-east-1", "aws"),
        ("aws-cn", "cn-north-1", "aws-cn"),
        ("aws-us-gov", "us-gov-west-1", "aws-us-gov"),
        ("aws-iso", "us-iso-east-1", "aws-us-iso"),
        ("aws-iso-b", "us-isob-east-1", "aws-us-iso-b"),
        ("aws-eusc", "eusc-de-east-1", None),
    ],
)
def test_what_is_global_stands_in_the_partitions_home(partition: str, home: str, word: str | None) -> None:
    finding = in_partition(partition, region=GLOBAL)
    assert problems(finding) == []
    assert finding["ProductArn"] == f"arn:{partition}:securityhub:{home}:{ACCOUNT}:product/{ACCOUNT}/default"
    assert finding["Resources"][0]["Region"] == home
    assert finding["Resources"][0].get("Partition") == word


@pytest.mark.parametrize(
    ("cloudformation", "name"),
    [
        ("AWS::S3::Bucket", "AwsS3Bucket"),
        ("AWS::EC2::VPC", "AwsEc2Vpc"),
        ("AWS::EC2::EIP", "AwsEc2Eip"),
        ("AWS::RDS::DBInstance", "AwsRdsDbInstance"),
        ("AWS::DynamoDB::Table", "AwsDynamoDbTable"),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", "AwsElbv2LoadBalancer"),
        ("AWS::StepFunctions::StateMachine", "AwsStepFunctionStateMachine"),
        ("AWS::IAM::ManagedPolicy", "AwsIamPolicy"),
        ("AWS::WAFv2::WebACL", "AwsWafv2WebAcl"),
        ("AWS::Events::EventBus", "AwsEventsEventbus"),
        ("AWS::::Account", "AwsAccount"),
        ("AWS::SNS::Subscription", "Other"),
        ("Custom::Thing", "Other"),
        ("", "Other"),
    ],
)
def test_resource_types(cloudformation: str, name: str) -> None:
    assert resource_type(cloudformation) == name


def test_every_resource_type_is_one_of_security_hubs() -> None:
    table = import_module("auditor.asff")._RESOURCE_TYPES
    assert set(table.values()) <= supported_types()


def test_the_account_is_named_as_security_hub_names_it() -> None:
    finding = one(type="AWS::::Account", arn=f"arn:aws:iam::{ACCOUNT}:root")
    assert (finding["Resources"][0]["Type"], finding["Resources"][0]["Id"]) == (
        "AwsAccount",
        f"AWS::::Account:{ACCOUNT}",
    )


def test_no_tags_no_field() -> None:
    finding = one(tags={}, observed={})
    assert not {"Tags", "Details"} & set(finding["Resources"][0])


def test_tags_that_do_not_fit_are_told_as_they_are_among_the_details() -> None:
    finding = one(tags={"team": "Größe & Co", "empty": ""}, observed={"size": 3})
    assert finding["Resources"][0]["Tags"] == {"empty": "-", "team": "Gr__e _ Co"}
    assert finding["Resources"][0]["Details"]["Other"] == {
        "Tags as they are": '{"team": "Größe & Co", "empty": ""}',
        "size": "3",
    }


def test_more_fields_than_fit_are_told_of_in_the_last() -> None:
    observed = {f"key{number:03}": number for number in range(200)}
    other = one(observed=observed, tags={})["Resources"][0]["Details"]["Other"]
    assert len(other) == 50
    assert other["…"].startswith("151 more: key049=49, key050=50, ")
    assert other["…"].endswith("…")
    assert problems(one(observed=observed)) == []


def test_keys_that_shortening_makes_equal_stay_apart() -> None:
    observed: dict[str, Any] = {"k" * 200 + str(number): number for number in range(3)}
    other = one(observed=observed, tags={})["Resources"][0]["Details"]["Other"]
    assert sorted(other.values()) == ["0", "1", "2"]
    assert [key[-4:] for key in other] == ["kkk…", "… #2", "… #3"]


def test_a_finding_that_is_too_big_is_cut_where_it_is_big() -> None:
    finding = one(observed={f"key{number}": "\u0100" * 2000 for number in range(50)}, reason="\u0100" * 9000)
    assert problems(finding) == []
    assert MOST_FINDING_BYTES // 3 < len(json.dumps(finding)) <= MOST_FINDING_BYTES


def test_long_identifiers_keep_both_ends() -> None:
    identity = one(arn=f"arn:aws:s3:::{'x' * 900}/the-end")["Resources"][0]["Id"]
    assert len(identity) <= 512
    assert identity.startswith("arn:aws:s3:::xxx")
    assert identity.endswith("xxx/the-end")
    assert "…" in identity


def test_a_partial_scan_says_so_in_each_finding() -> None:
    for finding in findings(interrupted()):
        assert finding["ProductFields"]["auditor/ScanComplete"] == "false"
        assert finding["ProductFields"]["auditor/ScanNote"].startswith("interrupted after 41 s")


def test_many_practices() -> None:
    whole = of()
    (check,) = (check for check in whole.checks if check.id == "rds_backup_retention")
    many = replace(check, practices=tuple(f"REL{number:02}-BP01" for number in range(40)), pillars=())
    (finding,) = findings(replace(whole, checks=(many,)))
    assert problems(finding) == []
    assert len(finding["Compliance"]["RelatedRequirements"]) == 32
    assert finding["Compliance"]["RelatedRequirements"][-1] == "9 more"


def test_batches_of_a_hundred() -> None:
    whole = big(1050)
    alike = replace(whole, findings=tuple(_in_one_region(finding) for finding in whole.findings))
    made = [*batches(findings(alike))]
    assert [len(batch) for batch in made] == [100] * 10 + [50]
    assert [problem for batch in made for problem in batch_problems(batch)] == []
    assert [finding for batch in made for finding in batch] == [*findings(alike)]


def _in_one_region(finding: Finding) -> Finding:
    return replace(finding, resource=replace(finding.resource, region="eu-west-1"))


def test_batches_of_six_megabytes() -> None:
    heavy = of(observed={f"key{number}": "\u0100" * 900 for number in range(30)})
    twins = tuple(replace(heavy.findings[0], reason=str(number)) for number in range(90))
    made = [*batches(findings(replace(heavy, findings=twins)))]
    assert Counter(finding["Id"] for batch in made for finding in batch).most_common(1)[0][1] == 1
    assert sum(map(len, made)) == 90
    assert len(made) > 1
    for batch in made:
        assert batch_problems(batch) == []
    assert all(len(json.dumps({"Findings": batch})) > MOST_BATCH_BYTES * 0.9 for batch in made[:-1])


def test_no_findings_no_batch() -> None:
    assert [*batches(findings(empty()))] == []
    assert write(empty()) == '{\n"Findings": []\n}\n'


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 20))
def test_cut(text: str, most: int) -> None:
    short = cut(text, most)
    assert len(short.encode("utf-16-le")) // 2 <= most
    assert short == text or (short.endswith("…") and text.startswith(short[:-1]))


def test_the_scans_start_is_in_utc() -> None:
    whole = of()
    moment = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)
    (finding,) = findings(replace(whole, scan=replace(whole.scan, started=moment)))
    assert finding["UpdatedAt"] == "2026-01-01T00:30:00Z"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"Title": ""}, "Title: 0 characters"),
        ({"Title": "x" * 257}, "Title: 257 characters"),
        ({"Title": "\ud83d"}, "half a character"),
        ({"Description": " "}, "does not match"),
        ({"Severity": {"Label": "HIGH"}}, "Severity is not for providers to set"),
        ({"Colour": "red"}, "Colour is unknown"),
        ({"AwsAccountId": "999999999999"}, "foreign account"),
        ({"RecordState": "OPEN"}, "none of"),
        ({"Resources": []}, "not a list of 1 to 32"),
        ({"Compliance": {"Status": "FAIL"}}, "none of"),
        ({"UpdatedAt": "yesterday"}, "does not match"),
    ],
)
def test_the_validator_refuses(change: Asff, problem: str) -> None:
    broken = one() | change
    try:
        found = problems(broken)
    except (ValueError, IndexError):
        found = [problem]
    assert any(problem in line for line in found)


def test_the_validator_refuses_what_is_missing_and_too_big() -> None:
    finding = one()
    del finding["Title"]
    assert ".Title is missing" in problems(finding)
    assert "101 findings" in batch_problems([one()] * 101)
    assert "an Id twice" in batch_problems([one()] * 2)
