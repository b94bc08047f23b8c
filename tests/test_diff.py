"""Two scans compared: what is new, fixed, changed or gone, and nothing that nobody looked at."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import click
import pytest
from hypothesis import given
from sample import HOSTILE, REGIONS, WAIVER, sample
from scans import AWAY, FEW, HOME, MINE, ONE, TWO, found, pack, scanned, scans, snapshot, written

from auditor.cli.diff import FORMATS, escape
from auditor.diff import Change, Diff, DiffError, Kind, State, diff, document, since
from auditor.model import GLOBAL, Assessment, Finding, Severity, Status
from auditor.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Auditor

FAIL, PASS, UNKNOWN, ERROR, MANUAL = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.ERROR, Status.MANUAL


def kinds(before: Assessment, after: Assessment) -> list[tuple[str, str, str]]:
    return [(c.kind.value, c.was.value, c.now.value) for c in diff(before, after).changes]


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (PASS, FAIL, [("new", "PASS", "FAIL")]),
        (UNKNOWN, FAIL, [("new", "UNKNOWN", "FAIL")]),
        (FAIL, PASS, [("fixed", "FAIL", "PASS")]),
        (FAIL, UNKNOWN, [("changed", "FAIL", "UNKNOWN")]),
        (FAIL, ERROR, [("changed", "FAIL", "ERROR")]),
        (FAIL, MANUAL, [("changed", "FAIL", "MANUAL")]),
        (PASS, UNKNOWN, [("changed", "PASS", "UNKNOWN")]),
        (UNKNOWN, PASS, [("changed", "UNKNOWN", "PASS")]),
        (FAIL, FAIL, []),
    ],
)
def test_what_became_of_a_finding(was: Status, now: Status, expected: list[tuple[str, str, str]]) -> None:
    assert kinds(scanned(found(was)), scanned(found(now))) == expected


def test_a_resource_comes_and_goes() -> None:
    there, gone = scanned(found(FAIL)), scanned()
    assert kinds(there, gone) == [("gone", "FAIL", "ABSENT")]
    assert kinds(gone, there) == [("new", "ABSENT", "FAIL")]
    assert kinds(gone, scanned(found(PASS))) == [("appeared", "ABSENT", "PASS")]


@pytest.mark.parametrize(
    "after",
    [
        scanned(found(UNKNOWN, name="account")),
        scanned(found(UNKNOWN, name="account", region=GLOBAL)),
        scanned(found(ERROR, name="other")),
        scanned(complete=False),
    ],
    ids=["region not listed", "account not listed", "the check broke", "cut short"],
)
def test_what_cannot_be_seen_is_neither_fixed_nor_gone(after: Assessment) -> None:
    (change,) = (c for c in diff(scanned(found(FAIL)), after).changes if c.resource.name == "thing")
    assert (change.kind, change.now, change.after) == (Kind.CHANGED, State.UNKNOWN, None)


def test_a_gap_elsewhere_hides_nothing_here() -> None:
    after = scanned(found(UNKNOWN, name="account", region=AWAY), found(UNKNOWN, TWO, "account"))
    assert ("gone", "FAIL", "ABSENT") in kinds(scanned(found(FAIL)), after)


def test_a_gap_in_any_region_may_hide_what_belongs_to_none() -> None:
    after = scanned(found(UNKNOWN, name="account", region=AWAY))
    assert ("changed", "FAIL", "UNKNOWN") in kinds(scanned(found(FAIL, region=GLOBAL)), after)


def test_a_check_that_was_not_run_is_not_compared() -> None:
    before, after = scanned(found(FAIL), checks=FEW[:2]), scanned(found(FAIL, TWO), checks=FEW[1:])
    result = diff(before, after)
    assert [c.kind for c in result.changes] == [Kind.NEW, Kind.NOT_COMPARED]
    assert result.not_run == {ONE: "before", FEW[2].id: "after"}
    assert "only the first scan ran" in FORMATS["table"](result)


def test_a_region_that_was_not_read_is_not_compared() -> None:
    result = diff(scanned(found(FAIL), found(FAIL, region=AWAY)), scanned(found(FAIL), regions=(HOME,)))
    assert [(c.kind, c.identity.region) for c in result.changes] == [(Kind.NOT_COMPARED, AWAY)]
    assert any(f"only the first scan read {AWAY}" in note for note in result.notes)


def test_severity_reason_and_waiver_are_changes() -> None:
    one = found(FAIL, severity=Severity.LOW)
    for other in (replace(one, severity=Severity.HIGH), replace(one, reason="else"), replace(one, waiver=WAIVER)):
        assert [c.kind for c in diff(scanned(one), scanned(other)).changes] == [Kind.CHANGED]
    assert kinds(scanned(replace(one, waiver=WAIVER)), scanned(one)) == [("new", "WAIVED", "FAIL")]


def test_facts_and_tags_are_none() -> None:
    one = found(FAIL)
    other = replace(one, observed={"x": 1}, resource=replace(one.resource, tags={}))
    assert kinds(scanned(one), scanned(other)) == []


def test_several_findings_of_one_identity_are_told_apart() -> None:
    before = scanned(found(UNKNOWN, reason="a"), found(UNKNOWN, reason="b"), found(FAIL))
    after = scanned(found(UNKNOWN, reason="b"), found(FAIL))
    assert [(c.was, c.now) for c in diff(before, after).changes] == [(State.UNKNOWN, State.UNKNOWN)]


def test_the_worst_stands_first() -> None:
    after = scanned(*(found(FAIL, name=severity.value, severity=severity) for severity in Severity))
    assert [c.severity for c in diff(scanned(), after).changes] == list(reversed(Severity))


def test_other_accounts_do_not_compare() -> None:
    other = scanned()
    other = replace(other, scan=replace(other.scan, account="444455556666"))
    for compare in (diff, since):
        with pytest.raises(DiffError, match="444455556666: they do not compare"):
            compare(scanned(), other) if compare is diff else compare(other, scanned())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (found(PASS), found(FAIL), True),
        (found(UNKNOWN), found(FAIL), True),
        (found(FAIL, severity=Severity.LOW), found(FAIL), True),
        (found(FAIL, waiver=WAIVER), found(FAIL), True),
        (found(FAIL), found(FAIL), False),
        (found(FAIL), found(FAIL, severity=Severity.MEDIUM), False),
        (found(PASS), found(FAIL, severity=Severity.MEDIUM), False),
        (found(PASS), found(FAIL, waiver=WAIVER), False),
        (found(FAIL), found(PASS), False),
    ],
)
def test_new_and_worse_failures_reach_the_threshold(before: Finding, after: Finding, expected: bool) -> None:
    assert diff(scanned(before), scanned(after)).reaches(Severity.HIGH) is expected


def test_notes_say_what_a_reader_must_know() -> None:
    before, after = scanned(day=3), scanned(complete=False)
    stricter = tuple(replace(info, thresholds={"most": 9}) for info in FEW[:1]) + FEW[1:]
    after = replace(after, profile="strict", tool_version="0.2.0", checks=stricter)
    notes = "\n".join(diff(before, after).notes)
    for words in ("is older than the first", "partial", "profiles differ", f"thresholds differ in {ONE}", "0.2.0"):
        assert words in notes


def _sides(result: Diff) -> Counter[str]:
    return Counter(repr((c.identity, c.was, c.now, c.before, c.after)) for c in result.changes)


def _mirrored(result: Diff) -> Diff:
    changes = (Change(c.kind, c.identity, c.now, c.was, c.after, c.before) for c in result.changes)
    return replace(result, changes=tuple(changes))


@given(scans())
def test_a_scan_does_not_differ_from_itself(scan: Assessment) -> None:
    result = diff(scan, scan)
    assert (result.changes, result.not_run, sum(result.unchanged.values())) == ((), {}, len(scan.findings))


@given(scans(), scans())
def test_the_other_way_round_it_is_the_mirror(one: Assessment, other: Assessment) -> None:
    there, back = diff(one, other), diff(other, one)
    assert _sides(_mirrored(there)) == _sides(back)
    assert there.unchanged == back.unchanged
    assert {
        check: {"before": "after", "after": "before"}[side] for check, side in there.not_run.items()
    } == back.not_run
    fixed = Counter(c.identity for c in there.of(Kind.FIXED))
    assert fixed <= Counter(c.identity for c in back.of(Kind.NEW))


@given(scans(), scans())
def test_every_finding_is_accounted_for_once(one: Assessment, other: Assessment) -> None:
    result = diff(one, other)
    unchanged = sum(result.unchanged.values())
    assert sum(1 for c in result.changes if c.before) + unchanged == len(one.findings)
    assert sum(1 for c in result.changes if c.after) + unchanged == len(other.findings)


@given(scans(), scans())
def test_fixed_is_only_what_is_seen_to_pass(one: Assessment, other: Assessment) -> None:
    for change in diff(one, other).changes:
        if change.kind is Kind.FIXED:
            assert change.after
            assert change.after.status is PASS
        if change.kind is Kind.GONE:
            assert other.scan.complete
            assert change.identity.check in {info.id for info in other.checks}


@given(scans(), scans())
def test_against_a_baseline_only_failures_are_left_out(scan: Assessment, baseline: Assessment) -> None:
    assert not [f for f in since(scan, scan).findings if f.status is FAIL]
    narrowed = since(scan, baseline)
    left_out = Counter(map(repr, scan.findings)) - Counter(map(repr, narrowed.findings))
    failed_before = {(f.check, f.resource.arn) for f in baseline.findings if f.status is FAIL}
    gone = [f for f in scan.findings if repr(f) in left_out]
    assert all(f.status is FAIL and (f.check, f.resource.arn) in failed_before for f in gone)
    assert (narrowed.scores, narrowed.counts, narrowed.scan) == (scan.scores, scan.counts, scan.scan)
    assert str(sum(left_out.values())) in narrowed.warnings[0]


def test_a_baseline_keeps_what_got_worse_or_lost_its_waiver() -> None:
    baseline = scanned(found(FAIL, name="a", severity=Severity.LOW), found(FAIL, name="b", waiver=WAIVER))
    now = scanned(found(FAIL, name="a"), found(FAIL, name="b"), found(FAIL, name="c"), found(PASS, name="d"))
    assert [f.resource.name for f in since(now, baseline).findings] == ["a", "b", "c", "d"]
    assert [f.resource.name for f in since(now, now).findings] == ["d"]


def test_json_has_every_change() -> None:
    whole = document(diff(scanned(found(FAIL), found(PASS, TWO)), scanned(found(PASS), found(FAIL, TWO))))
    assert json.loads(FORMATS["json"](diff(sample(), sample())))["summary"]["new"] == 0
    assert (whole["summary"]["new"], whole["summary"]["fixed"]) == (1, 1)
    assert whole["new"][0] == {
        "check": TWO,
        "title": FEW[1].title,
        "region": HOME,
        "resource": {"arn": "arn:aws:x:eu-central-1:111122223333:thing", "type": "AWS::X::Thing", "name": "thing"},
        "was": "PASS",
        "now": "FAIL",
        "before": {"status": "PASS", "severity": "high", "reason": "it is so"},
        "after": {"status": "FAIL", "severity": "high", "reason": "it is so"},
    }


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_names_stay_text(form: str) -> None:
    result = diff(scanned(), scanned(*(found(FAIL, name=name) for name in HOSTILE)))
    for text in click.unstyle(FORMATS[form](result)).splitlines():
        assert plain(text.replace("\u200b", "")) == text.replace("\u200b", "")
        assert "<script" not in text or form == "table"


def test_markdown_has_no_markup_of_a_name() -> None:
    assert escape("a|b *c* [x](http://y) @team <i> `z`") == (
        "a\\|b \\*c\\* \\[x\\](http:\u200b//y) @\u200bteam &lt;i&gt; \\`z\\`"
    )


def test_many_changes_are_cut_and_said_to_be() -> None:
    result = diff(scanned(), scanned(*(found(FAIL, name=str(n)) for n in range(60))))
    for form in ("table", "markdown"):
        assert "New failures (60)" in FORMATS[form](result)
        assert "... and 10 more; --format json has all" in FORMATS[form](result)


def test_reports_are_compared_by_the_command(auditor: Auditor, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(written(scanned(found(PASS))))
    (tmp_path / "b.json").write_bytes(written(scanned(found(FAIL), day=1)))
    done = auditor("diff", "a.json", "b.json", "--fail-on", "high", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert "1 new, 0 fixed" in done.stdout
    assert auditor("diff", "a.json", "b.json", "--fail-on", "critical", cwd=tmp_path).returncode == 0
    assert auditor("diff", "b.json", "a.json", cwd=tmp_path, AUDITOR_FAIL_ON="low").returncode == 0


def test_snapshots_are_compared_by_the_command(auditor: Auditor, tmp_path: Path) -> None:
    pack(tmp_path)
    snapshot(tmp_path / "a.db", ["eu-west-1"])
    snapshot(tmp_path / "b.db", ["eu-west-1", "us-east-1"], day=2)
    done = auditor("diff", "a.db", "b.db", "--checks-path", "mine", "--format", "json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert "my_account_small" in [change["check"] for change in found["new"]]
    assert "my_region_european" in [change["check"] for change in found["not_compared"]]


def test_a_baseline_leaves_out_what_was_there(auditor: Auditor, tmp_path: Path) -> None:
    pack(tmp_path)
    snapshot(tmp_path / "a.db", ["eu-west-1", "us-east-1"])
    snapshot(tmp_path / "b.db", ["eu-west-1", "us-east-1", "us-west-2"], day=2)
    arguments = ("assess", "b.db", *MINE, "--format", "json", "--baseline", "a.db", "--fail-on")
    done = auditor(*arguments, "low", cwd=tmp_path)
    whole = json.loads(done.stdout)
    failed = [f["resource"]["region"] for f in whole["findings"] if f["status"] == "FAIL"]
    assert (done.returncode, failed) == (3, ["us-west-2"])
    assert "2 failures that it has too are left out" in whole["warnings"][0]
    assert "2 failures that it has too are left out" in done.stderr
    assert auditor(*arguments, "high", cwd=tmp_path).returncode == 0
    (tmp_path / "new.json").write_text(done.stdout)
    again = auditor("assess", "b.db", *MINE, "--baseline", "new.json", cwd=tmp_path)
    assert (again.returncode, "holds only what was new" in again.stderr) == (2, True)


def test_a_baseline_of_another_account_is_said_and_everything_reported(auditor: Auditor, tmp_path: Path) -> None:
    pack(tmp_path)
    snapshot(tmp_path / "a.db", ["eu-west-1"], account="444455556666")
    snapshot(tmp_path / "b.db", ["eu-west-1", "us-east-1"], day=2)
    done = auditor("assess", "b.db", *MINE, "--format", "json", "--baseline", "a.db", cwd=tmp_path)
    assert (done.returncode, len(json.loads(done.stdout)["findings"])) == (4, 3)
    assert done.stderr.count("auditor:") == 1
    assert "they do not compare" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("diff", "none.json", "none.json"), "none.json: there is no such file"),
        (("diff", "cut.json", "cut.json"), "cut.json is cut short"),
        (("diff", "empty.db", "empty.db"), "empty.db is not a snapshot of auditor"),
        (("assess", "b.db", "--baseline", "none.json"), "none.json: there is no such file"),
        (("scan", "--demo", "--baseline", "cut.json"), "cut.json is cut short"),
    ],
)
def test_wrong_files_get_one_clear_line(
    auditor: Auditor, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    snapshot(tmp_path / "b.db", REGIONS)
    (tmp_path / "cut.json").write_bytes(written(sample())[:5000])
    (tmp_path / "empty.db").write_bytes(b"SQLite format 3\x00" + bytes(100))
    done = auditor(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert (done.stderr.count("auditor:"), len(done.stderr.splitlines())) == (1, 1)
    assert message in done.stderr
