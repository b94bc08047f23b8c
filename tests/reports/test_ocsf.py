from __future__ import annotations

import io
import json
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from goldens import same_as_golden
from hostile import NASTY, assessments, worst
from hypothesis import given, settings
from jsonschema import Draft202012Validator
from sample import ACCOUNT, WAIVER, big, clean, empty, interrupted, sample

from auditor.asff import findings
from auditor.model import GLOBAL, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

Event = dict[str, Any]

module = import_module("auditor.reports.ocsf")
models = pytest.importorskip("py_ocsf_models.events.findings.compliance_finding", reason="py-ocsf-models is missing")
schemas = pytest.importorskip("ocsf_json_schema", reason="ocsf-json-schema is missing")


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    """The framework's own schema of the class, with the cloud profile; it takes no attribute that it does not know."""
    whole = schemas.OcsfJsonSchemaEmbedded(schemas.get_ocsf_schema(module.VERSION))
    return Draft202012Validator(whole.get_class_schema("compliance_finding", profiles=["cloud"]))


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.ocsf(assessment, out)
    return out.getvalue()


def read(assessment: Assessment) -> list[Event]:
    events: list[Event] = json.loads(write(assessment).encode())
    return events


def one(**changes: object) -> Event:
    whole = sample()
    (finding,) = (f for f in whole.findings if f.resource.name == "orders-db" and f.check == "rds_backup_retention")
    about = {key: changes.pop(key) for key in ("region", "tags") if key in changes}
    finding = replace(finding, resource=replace(finding.resource, **about), **changes)  # type: ignore[arg-type]
    (event,) = read(replace(whole, findings=(finding,)))
    return event


def errors(validator: Draft202012Validator, event: Event) -> list[str]:
    models.ComplianceFinding.model_validate(event)
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(event)]


def test_same_as_the_golden_file() -> None:
    same_as_golden("sample.ocsf.json", write(sample()))


def test_named_and_written_to_a_file() -> None:
    assert (module.ocsf.format, module.ocsf.suffix, module.ocsf.terminal) == ("ocsf", ".ocsf.json", False)


def test_the_version_is_that_of_the_models() -> None:
    assert import_module("py_ocsf_models").OCSF_VERSION == module.VERSION


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(60)])
def test_events_follow_the_schema(make: Callable[[], Assessment], validator: Draft202012Validator) -> None:
    whole = make()
    events = read(whole)
    assert len(events) == len(whole.findings)
    assert [problem for event in events for problem in errors(validator, event)] == []
    assert len({event["finding_info"]["uid"] for event in events}) == len(events)


@pytest.mark.parametrize("text", NASTY)
def test_the_worst_follows_the_schema(text: str, validator: Draft202012Validator) -> None:
    events = read(worst(text, 20))
    assert [problem for event in events[::7] for problem in errors(validator, event)] == []


@given(assessments())
@settings(max_examples=15, deadline=None)
def test_any_text_is_written_and_read_by_the_models(assessment: Assessment) -> None:
    text = write(assessment)
    assert text.isascii()
    for event in json.loads(text):
        assert models.ComplianceFinding.model_validate_json(json.dumps(event)).finding_info.uid


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


@pytest.mark.parametrize(
    ("status", "status_id", "word", "severity_id"),
    [
        (Status.PASS, 1, "Pass", 1),
        (Status.MANUAL, 2, "Warning", 4),
        (Status.FAIL, 3, "Fail", 4),
        (Status.UNKNOWN, 0, "Unknown", 4),
        (Status.ERROR, 99, "Error", 4),
    ],
)
def test_statuses(status: Status, status_id: int, word: str, severity_id: int) -> None:
    event = one(status=status)
    assert (event["compliance"]["status_id"], event["compliance"]["status"]) == (status_id, word)
    assert (event["status_id"], event["status"], event["status_code"]) == (1, "New", status.value)
    assert event["severity_id"] == severity_id
    assert event["compliance"]["checks"][0]["severity_id"] == 4


@pytest.mark.parametrize(("severity", "number"), [*zip(Severity, range(1, 6), strict=True)])
def test_severities(severity: Severity, number: int) -> None:
    event = one(severity=severity)
    assert (event["severity_id"], event["severity"]) == (number, severity.value.capitalize())


def test_what_it_says_of_a_waived_failure() -> None:
    event = one(waiver=WAIVER)
    assert (event["status_id"], event["status"]) == (3, "Suppressed")
    assert event["comment"].startswith("waived until 2027-03-31 by web-team@example.com: public by design")
    assert event["unmapped"]["waiver"]["owner"] == "web-team@example.com"
    assert (event["class_uid"], event["category_uid"], event["type_uid"], event["activity_id"]) == (2003, 2, 200301, 1)
    assert event["time"] == event["finding_info"]["created_time"] == 1795672493000
    assert event["cloud"]["account"] == {
        "uid": ACCOUNT,
        "name": "acme-production",
        "type_id": 10,
        "type": "AWS Account",
    }
    assert event["compliance"]["requirements"] == ["REL09-BP03"]
    assert event["compliance"]["control"] == "disaster_recovery.backup"
    assert event["resources"] == [
        {
            "uid": "arn:aws:rds:eu-central-1:111122223333:db:orders-db",
            "name": "orders-db",
            "type": "AWS::RDS::DBInstance",
            "region": "eu-central-1",
            "cloud_partition": "aws",
            "tags": [{"name": "environment", "value": "production"}, {"name": "team", "value": "payments"}],
            "data": {"BackupRetentionPeriod": 1, "minimum_days": 7},
        }
    ]


def test_what_is_global_stands_in_the_partitions_home() -> None:
    event = one(region=GLOBAL)
    assert event["cloud"]["region"] == event["resources"][0]["region"] == "us-east-1"


def test_the_uid_is_the_same_whatever_is_found_and_security_hubs_too() -> None:
    assert one()["finding_info"]["uid"] == one(status=Status.PASS, reason="it is")["finding_info"]["uid"]
    uids = [event["finding_info"]["uid"] for event in read(sample())]
    assert uids == [finding["Id"] for finding in findings(sample())]


def test_a_partial_scan_says_so_in_each_event() -> None:
    for event in read(interrupted()):
        assert event["unmapped"]["scan"]["complete"] is False
        assert event["unmapped"]["scan"]["note"].startswith("interrupted after 41 s")


def test_no_findings_no_events() -> None:
    assert write(empty()) == "[]\n"
