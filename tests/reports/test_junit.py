from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from goldens import same_as_golden
from hostile import NASTY, assessments, worst
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import HOSTILE, WAIVER, big, clean, empty, interrupted, sample

from auditor.model import Status
from auditor.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

module = import_module("auditor.reports.junit")

# Jenkins' XSD in short: each element's attributes (the ones that must be there first), and its children in order.
ATTRIBUTES = {
    "testsuites": ({"name", "tests", "failures", "errors"}, {"skipped", "time"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname", "id"},
        {"package"},
    ),
    "properties": (set(), set()),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "time"}, set()),
    "skipped": ({"message"}, set()),
    "failure": ({"message", "type"}, set()),
    "error": ({"message", "type"}, set()),
    "system-out": (set(), set()),
}
CHILDREN = {
    "testsuites": "(testsuite )*",
    "testsuite": "(properties )?(testcase )*(system-out )?(system-err )?",
    "properties": "(property )+",
    "testcase": "(skipped |error |failure )?",
}


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.junit(assessment, out)
    return out.getvalue()


def read(assessment: Assessment) -> ET.Element:
    root = ET.fromstring(write(assessment).encode())  # noqa: S314 - our own
    validate(root)
    return root


def validate(root: ET.Element) -> None:
    for element in root.iter():
        must, may = ATTRIBUTES[element.tag]
        assert must <= set(element.attrib) <= must | may
        assert re.fullmatch(CHILDREN.get(element.tag, ""), "".join(f"{child.tag} " for child in element))
    for suite in (root, *root.iter("testsuite")):
        kinds = Counter(child.tag for case in suite.iter("testcase") for child in case)
        assert int(suite.attrib["tests"]) == sum(1 for _ in suite.iter("testcase"))
        assert int(suite.attrib["failures"]) == kinds["failure"]
        assert int(suite.attrib["errors"]) == kinds["error"]
        assert int(suite.attrib["skipped"]) == kinds["skipped"]
    names = [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]
    assert len(set(names)) == len(names)


def outcome(**changes: object) -> ET.Element | None:
    """What stands in the case of the finding on a database's backups, changed."""
    whole = sample()
    (finding,) = (f for f in whole.findings if f.resource.name == "orders-db" and f.check == "rds_backup_retention")
    root = read(replace(whole, findings=(replace(finding, **changes),)))  # type: ignore[arg-type]
    (case,) = root.findall("testsuite/testcase[@classname='disaster_recovery.backup.rds_backup_retention']")
    return next(iter(case), None)


def test_same_as_the_golden_file() -> None:
    same_as_golden("sample.junit.xml", write(sample()))


def test_named_and_written_to_a_file() -> None:
    assert (module.junit.format, module.junit.suffix, module.junit.terminal) == ("junit", ".junit.xml", False)


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(2000)])
def test_a_case_a_finding_and_one_for_the_scan(make: Callable[[], Assessment]) -> None:
    whole = make()
    assert int(read(whole).attrib["tests"]) == len(whole.findings) + 1


@pytest.mark.parametrize("text", NASTY)
def test_the_worst_is_xml(text: str) -> None:
    read(worst(text, 10))


@given(assessments())
@settings(max_examples=60, deadline=None)
def test_any_text_is_xml(assessment: Assessment) -> None:
    out = io.StringIO(newline="")
    module.junit(assessment, out)
    ET.fromstring(out.getvalue().encode())  # noqa: S314


@given(st.text())
def test_text_reads_back_as_plain_text(text: str) -> None:
    element = ET.fromstring(f'<a b="{module._xml(text)}">{module._xml(text)}</a>'.encode())  # noqa: S314
    assert element.attrib["b"] == (element.text or "") == plain(text)


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


def test_suites_are_controls_in_the_order_of_the_patterns() -> None:
    names = [suite.attrib["name"] for suite in read(sample()).findall("testsuite")]
    controls = [f"{pattern.id}.{control.id}" for pattern in sample().patterns for control in pattern.controls]
    assert names == ["auditor.scan", *controls]


def test_a_check_of_no_known_control_has_a_suite_too() -> None:
    names = [suite.attrib["name"] for suite in read(replace(sample(), patterns=())).findall("testsuite")]
    assert set(names) == {suite.attrib["name"] for suite in read(sample()).findall("testsuite")}


@pytest.mark.parametrize(
    ("status", "tag"),
    [
        (Status.PASS, None),
        (Status.FAIL, "failure"),
        (Status.ERROR, "error"),
        (Status.UNKNOWN, "skipped"),
        (Status.MANUAL, "skipped"),
    ],
)
def test_statuses(status: Status, tag: str | None) -> None:
    element = outcome(status=status)
    assert (element.tag if element is not None else None) == tag
    if tag == "skipped":
        assert element is not None
        assert element.attrib["message"] == f"{status.value}: backups are kept for 1 day, and 7 are asked for"


def test_a_failure_says_what_to_do() -> None:
    element = outcome()
    assert element is not None
    assert element.attrib == {"message": "high: backups are kept for 1 day, and 7 are asked for", "type": "high"}
    assert (element.text or "").splitlines() == [
        "Databases keep automated backups long enough.",
        "Resource: orders-db (arn:aws:rds:eu-central-1:111122223333:db:orders-db)",
        "Because: backups are kept for 1 day, and 7 are asked for",
        "Why it matters: an error that is found after the last backup has expired cannot be undone.",
        "Fix: raise BackupRetentionPeriod to what the workload's objectives ask for.",
        "Practices: REL09-BP03",
    ]


def test_a_waived_failure_is_skipped() -> None:
    element = outcome(waiver=WAIVER)
    assert element is not None
    assert element.tag == "skipped"
    assert element.attrib["message"].startswith("waived until 2027-03-31 by web-team@example.com: public by design")


def test_the_scan_is_a_case() -> None:
    whole = read(sample())
    case = whole.find("testsuite/testcase[@classname='auditor.scan']")
    assert case is not None
    assert len(case) == 0
    output = whole.findtext("testsuite/system-out") or ""
    assert "not read: cloudwatch:GetMetricData was denied in eu-west-1, needed by elasticache_hit_rate" in output
    error = read(interrupted()).find("testsuite/testcase[@classname='auditor.scan']/error")
    assert error is not None
    assert error.attrib["message"].startswith("interrupted after 41 s")


def test_hostile_names_stay_text() -> None:
    names = "\n".join(case.attrib["name"] for case in read(sample()).iter("testcase"))
    for name in HOSTILE:
        assert plain(name) in names
