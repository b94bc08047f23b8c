"""The requirements of frameworks: how they stand, how reports show them, and that the installed profiles are honest."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from conftest import Auditor
from pages import Parsed
from sample import MARKUP, sample

from auditor.document import document
from auditor.errors import ProfileError
from auditor.model import Assessment, Finding, Requirement, Status, Waiver
from auditor.profile import available, load_profile
from auditor.registry import load
from auditor.requirements import Standing, outcomes, sums
from auditor.saved import parse

REGISTRY = load()
FRAMEWORKS = ("cis-aws-foundations", "hipaa-security-rule", "iso-27001", "pci-dss-4", "soc-2")
WHOLE = sample()
ONE, TWO = (replace(WHOLE.checks[0], id=name) for name in ("first", "second"))


def found(check: str, status: Status, **changes: Any) -> Finding:
    return replace(WHOLE.findings[0], check=check, status=status, waiver=None, **changes)


def assessed(*findings: Finding, checks: tuple[str, ...] = ("first", "second"), **changes: Any) -> Assessment:
    requirement = Requirement("1.1", "It is so", checks, "" if checks else "nobody can see it")
    return replace(WHOLE, checks=(ONE, TWO), findings=findings, requirements=(requirement,), **changes)


WAIVER = Waiver("accepted", "ann", "2027-01-01")


@pytest.mark.parametrize(
    ("standing", "assessment"),
    [
        (Standing.PASSED, assessed(found("first", Status.PASS), found("second", Status.PASS))),
        (Standing.PASSED, assessed(found("first", Status.PASS))),
        (Standing.PASSED, assessed(replace(found("first", Status.FAIL), waiver=WAIVER))),
        (Standing.FAILED, assessed(found("first", Status.PASS), found("second", Status.FAIL))),
        (Standing.FAILED, assessed(found("first", Status.UNKNOWN), found("second", Status.FAIL))),
        (Standing.NOT_KNOWN, assessed(found("first", Status.PASS), found("second", Status.UNKNOWN))),
        (Standing.NOT_KNOWN, assessed(found("first", Status.PASS), found("second", Status.MANUAL))),
        (Standing.NOT_KNOWN, assessed(found("first", Status.PASS), found("second", Status.ERROR))),
        (Standing.NOT_KNOWN, assessed(found("first", Status.PASS), checks=("first", "third"))),
        (Standing.NOT_APPLICABLE, assessed()),
        (Standing.NOT_COVERED, assessed(checks=())),
    ],
)
def test_how_a_requirement_stands(standing: Standing, assessment: Assessment) -> None:
    (one,) = outcomes(assessment)
    assert one.standing is standing
    assert sums([one]) == {standing: 1}


def test_the_worst_open_failure_of_each_check_is_named() -> None:
    worse = found("second", Status.FAIL, severity=max(type(WHOLE.findings[0].severity), key=lambda one: one.rank))
    waived = replace(found("first", Status.FAIL), waiver=WAIVER)
    (one,) = outcomes(assessed(waived, found("second", Status.FAIL), worse))
    assert one.worst == (worse,)
    assert (one.failed, one.waived) == (2, 1)


def test_requirements_are_saved_and_read_back() -> None:
    whole = assessed(found("first", Status.FAIL))
    made = document(whole)
    assert made["requirements"][0]["standing"] == "failed"
    assert parse(json.dumps(made).encode(), "it").requirements == whole.requirements


def written(assessment: Assessment, form: str) -> str:
    out = io.StringIO()
    getattr(import_module(f"auditor.reports.{form}"), form)(assessment, out)
    return out.getvalue()


def test_reports_for_people_begin_with_requirements_where_that_is_asked_for() -> None:
    grouped = assessed(found("first", Status.FAIL), group_by="requirement")
    assert "1 requirement: 1 failed" in written(grouped, "table")
    assert "1.1 It is so" in written(grouped, "table")
    assert "## Requirements: 1 failed" in written(grouped, "markdown")
    plain = replace(grouped, group_by="control")
    assert "1.1 It is so" not in written(plain, "table")
    assert "Requirements" not in written(plain, "markdown")


def test_the_html_report_has_a_section_where_there_are_requirements() -> None:
    page = Parsed(written(assessed(found("first", Status.FAIL)), "html"))
    assert "#requirements" in [attrs.get("href") for _, attrs in page.elements]
    assert "Failed 1.1 It is so" in page.text
    assert "nobody can see it" in Parsed(written(assessed(checks=()), "html")).text
    assert "#requirements" not in [attrs.get("href") for _, attrs in Parsed(written(WHOLE, "html")).elements]


@pytest.mark.parametrize("form", ["table", "markdown", "html"])
def test_texts_of_a_profile_stay_text(form: str) -> None:
    evil = Requirement(MARKUP, f"{MARKUP} \x1b[31m", ("first",), MARKUP)
    text = written(replace(assessed(found("first", Status.PASS), group_by="requirement"), requirements=(evil,)), form)
    assert "\x1b" not in text
    assert form == "table" or "<script>alert" not in text


def test_the_frameworks_are_installed() -> None:
    assert set(FRAMEWORKS) <= {one.name for one in available()}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_maps_to_checks_that_exist_and_says_what_none_shows(name: str) -> None:
    profile = load_profile(name, REGISTRY)
    assert len(profile.requirements) > 20
    for one in profile.requirements:
        assert one.checks or one.note, one.id
        assert set(one.checks) <= REGISTRY.checks.keys()
    mapped = {check for one in profile.requirements for check in one.checks}
    assert {one.id for one in profile.select(REGISTRY.checks)} == mapped
    assert any(not one.checks for one in profile.requirements), "no standard is shown by an API alone"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("requirements: [{id: '1', title: t}]", r"requirements\[0\]: lacks checks or note"),
        ("requirements: [{id: '1', title: t, checks: [iam_root_mfa_misssing]}]", "did you mean iam_root_mfa_missing"),
        (
            "requirements: [{id: '1', title: t, note: n}, {id: '1', title: u, note: n}]",
            "requirements: 1 is there more than once",
        ),
        ("requirements: [{id: 1.10, title: t, note: n}]", r"requirements\[0\].id: .*put it in quotes|expected"),
        ("answers: {application_authorization: yes}", "no such check|expected a mapping"),
    ],
)
def test_what_is_wrong_with_a_framework_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"extends: default\n{text}\n")
    with pytest.raises(ProfileError, match=message) as told:
        load_profile(str(path), REGISTRY)
    assert str(told.value).startswith(f"{path}:2: ")


def test_grouping_by_requirements_needs_some(auditor: Auditor, tmp_path: Path) -> None:
    done = auditor("scan", "--demo", "--group-by", "requirement", cwd=tmp_path)
    assert done.returncode == 2
    assert "the profile default has no requirements" in done.stderr
