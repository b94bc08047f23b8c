"""A saved assessment is the assessment; anything else is one line that says what is wrong and where."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sample import big, clean, empty, interrupted, sample
from scans import scans, written

from auditor.coverage import is_whole
from auditor.document import document
from auditor.model import Assessment, Pillar, Status, TrendPoint
from auditor.saved import SavedError, is_snapshot, load, parse
from auditor.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def tracked() -> Assessment:
    """The sample with a past."""
    whole = sample()
    points = (
        TrendPoint(whole.scan.started.replace(year=2025), False, 12, 30, 41.5, {Pillar.SECURITY: 40.0}),
        TrendPoint(whole.scan.started, True, 14, 23, None, dict.fromkeys(Pillar)),
    )
    return replace(whole, trend=points)


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, tracked, lambda: big(500)])
def test_reads_back_as_it_was(make: Callable[[], Assessment]) -> None:
    assessment = make()
    assert parse(written(assessment), "x") == assessment
    assert written(parse(written(assessment), "x")) == written(assessment)


@given(scans())
def test_any_scan_reads_back_as_it_was(assessment: Assessment) -> None:
    assert parse(written(assessment), "x") == assessment


def _schema(version: str) -> Draft202012Validator:
    text = (files("auditor.reports.schema") / f"assessment-{version}.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text), format_checker=Draft202012Validator.FORMAT_CHECKER)


def _of_version_1_0() -> dict[str, Any]:
    whole = deepcopy(document(sample())) | {"version": "1.0"}
    del whole["trend"], whole["views"], whole["requirements"]
    for practice in whole["practices"].values():
        del practice["question_title"]
    for finding in whole["findings"]:
        for name in ("checks", "resources"):
            (finding["waiver"] or {}).pop(name, None)
    return whole


def test_a_report_with_a_trend_follows_the_schema() -> None:
    _schema("1.2").validate(json.loads(written(tracked())))


def test_views_are_kept_and_old_reports_have_none() -> None:
    view = {"nodes": [{"id": "a", "name": "<b>"}], "unread": []}
    found = replace(sample(), views={"topology": view})
    _schema("1.2").validate(json.loads(written(found)))
    assert parse(written(found), "x").views == {"topology": view}
    assert parse(json.dumps(_of_version_1_0()).encode(), "x").views == {}


def test_reports_of_older_minor_versions_are_read() -> None:
    old = _of_version_1_0()
    _schema("1.0").validate(old)
    read = parse(json.dumps(old).encode(), "x")
    assert (read.trend, {p.question_title for p in read.practices.values()}) == ((), {""})
    assert read.findings == sample().findings


def test_what_a_newer_minor_version_adds_is_passed_over() -> None:
    newer = document(sample()) | {"version": "1.9", "more": [1]}
    newer["findings"][0]["more"] = True
    assert parse(json.dumps(newer).encode(), "x") == sample()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_file_that_a_shell_has_written_anew_is_read(encoding: str) -> None:
    assert parse(written(sample()).decode().encode(encoding), "x") == sample()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "x is empty"),
        (b" \n", "x is empty"),
        (b"check,status\r\n", "x is not JSON: Expecting value in line 1, column 1"),
        (b"\xff\xfe\xfa", "x is not JSON"),
        (b"[" * 100_000, "x is not JSON"),
        (b'{"a": NaN}', "x is not JSON: it has no NaN"),
        (b"[]", "x is not an assessment of auditor: it has no `schema` of auditor.assessment"),
        (b'{"schema": "auditor.diff"}', 'x is not an assessment of auditor: its `schema` is "auditor.diff"'),
        (b'{"schema": "auditor.assessment"}', "x is not a sound assessment: version is null"),
        (b'{"schema": "auditor.assessment", "version": "1"}', 'version is "1", not one like 1.'),
        (b'{"schema": "auditor.assessment", "version": "2.0"}', "reads 1.x: update auditor"),
        (b'{"schema": "auditor.assessment", "version": "0.9"}', "reads 1.x: scan again"),
        (b'{"schema": "auditor.assessment", "version": "1.0"}', "x is not a sound assessment: checks is missing"),
    ],
)
def test_what_is_no_assessment_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(SavedError) as raised:
        parse(data, "x")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("account", "id"), 5, "account.id is 5, not text"),
        (("scan", "started"), "today", 'scan.started is "today", not a moment like'),
        (("scan", "started"), "2026-11-26T05:54:53", "not a moment with its zone"),
        (("scan", "calls"), -1, "scan.calls is -1, not a count"),
        (("scan", "calls"), True, "scan.calls is true, not a count"),
        (("scan", "complete"), 1, "scan.complete is 1, not true or false"),
        (("scores", "overall", "value"), "45", 'scores.overall.value is "45", not a number'),
        (("scores", "controls"), {"identity": None}, "scores.controls.identity is"),
        (("scores", "pillars"), {"speed": {}}, 'scores.pillars.speed is "speed", not one of operational_excellence'),
        (("findings", 3, "status"), "PASSED", 'findings[3].status is "PASSED", not one of PASS'),
        (("findings", 3, "status"), "NOT_APPLICABLE", "not the status of a finding"),
        (("findings", 0, "severity"), "urgent", 'findings[0].severity is "urgent"'),
        (("findings", 0, "check"), "gone", 'findings[0].check is "gone", not the id of one of `checks`'),
        (("findings", 0, "resource"), [], "findings[0].resource is [], not an object"),
        (("findings", 0, "resource", "tags"), {"a b": 1}, 'findings[0].resource.tags."a b" is 1, not text'),
        (("findings", 0, "waiver"), {"reason": "x", "owner": "y", "expires": "never"}, "waiver.expires"),
        (("findings",), {}, "findings is {}, not a list"),
        (("unread", 0, "kind"), "x" * 500, f'unread[0].kind is "{"x" * 59}..., not one of denied'),
    ],
)
def test_the_place_of_a_mistake_is_named(path: tuple[str | int, ...], value: Any, message: str) -> None:
    whole = deepcopy(document(sample()))
    at: Any = whole
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(SavedError) as raised:
        parse(json.dumps(whole).encode(), "x")
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


@given(st.integers(1, len(written(sample())) - 3))
def test_a_truncated_file_is_said_to_be_one(length: int) -> None:
    with pytest.raises(SavedError, match="x is cut short"):
        parse(written(sample())[:length], "x")


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    for key in value if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


@given(st.data(), st.sampled_from([None, True, -1, 0.5, "", "x", [], {}, [{}], {"x": []}]))
@settings(max_examples=300)
def test_no_damage_makes_it_break(data: st.DataObject, value: Any) -> None:
    whole = json.loads(written(tracked()))
    holder, key = data.draw(st.sampled_from([*_places(whole)]))
    holder[key] = value
    said = ""
    try:
        parse(json.dumps(whole).encode(), "x")
    except SavedError as error:
        said = str(error)
    assert "\n" not in said


def test_a_report_of_what_is_new_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    part = replace(sample(), findings=tuple(f for f in sample().findings if f.status is not Status.FAIL))
    (tmp_path / "new.json").write_bytes(written(part))
    assert (is_whole(sample()), is_whole(part)) == (True, False)
    with pytest.raises(SavedError, match=r"new\.json holds only what was new"):
        load(tmp_path / "new.json")
    assert load(tmp_path / "new.json", whole=False) == part


def test_files_are_told_apart(tmp_path: Path) -> None:
    Snapshot.create(tmp_path / "a.db").close()
    (tmp_path / "a.json").write_bytes(written(sample()))
    names = ("a.db", "a.json", "none", ".")
    assert [is_snapshot(tmp_path / name) for name in names] == [True, False, False, False]
    assert load(tmp_path / "a.json") == sample()
    for name, message in (("none", "there is no such file"), (".", "cannot be read: Is a directory")):
        with pytest.raises(SavedError, match=message):
            load(tmp_path / name)
