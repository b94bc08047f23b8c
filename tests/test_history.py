"""Scans over time: since when something is open, when it was fixed, and that nothing is resolved unseen."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import SCAN, WAIVER, sample
from scans import AWAY, FEW, MINE, ONE, TWO, found, pack, scanned, scans, snapshot

from auditor.cli.history import finding_row, score_rows
from auditor.coverage import UNSURE
from auditor.history import FORMAT, History, HistoryError, How, Recorded, State, Tracked, examine, record
from auditor.model import GLOBAL, Assessment, Pillar, Severity, Status
from auditor.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from conftest import Auditor

FAIL, PASS, UNKNOWN, ERROR, MANUAL = Status.FAIL, Status.PASS, Status.UNKNOWN, Status.ERROR, Status.MANUAL


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def follow(path: Path, *assessments: Assessment) -> list[Tracked]:
    for assessment in assessments:
        record(path, assessment)
    with closing(History.open(path)) as history:
        return history.findings()


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def states(path: Path, *assessments: Assessment) -> list[str]:
    return [one.state.value for one in follow(path, *assessments)]


def test_a_failure_is_followed_from_first_seen_to_fixed(path: Path) -> None:
    (one,) = follow(
        path, scanned(found(FAIL)), scanned(found(FAIL, reason="later"), day=3), scanned(found(PASS), day=5)
    )
    (episode,) = one.episodes
    assert (one.state, one.reason, one.reopened, episode.how) == (State.RESOLVED, "later", 0, How.PASSED)
    assert (episode.opened, episode.last_seen) == (SCAN.started, SCAN.started + timedelta(days=3))
    assert (episode.resolved, one.seconds_to_fix) == (SCAN.started + timedelta(days=5), 5 * 86400)


def test_what_comes_back_is_reopened(path: Path) -> None:
    (one,) = follow(
        path, scanned(found(FAIL)), scanned(found(PASS), day=2), scanned(found(FAIL), day=4), scanned(day=5)
    )
    assert [(e.opened.day - SCAN.started.day, e.how) for e in one.episodes] == [(0, How.PASSED), (4, How.GONE)]
    assert (one.reopened, one.seconds_to_fix) == (1, 86400)


def test_each_scan_says_what_it_changed(path: Path) -> None:
    said = [
        record(path, scanned(found(FAIL), found(FAIL, TWO)))[0],
        record(path, scanned(found(PASS), day=1))[0],
        record(path, scanned(found(FAIL), day=2))[0],
    ]
    assert said == [Recorded(opened=2), Recorded(resolved=2), Recorded(reopened=1)]


@pytest.mark.parametrize(
    "after",
    [
        scanned(found(UNKNOWN), day=1),
        scanned(found(ERROR), day=1),
        scanned(found(MANUAL), day=1),
        scanned(found(UNKNOWN, name="account"), day=1),
        scanned(found(UNKNOWN, name="account", region=GLOBAL), day=1),
        scanned(found(PASS), found(UNKNOWN), day=1),
        scanned(day=1, checks=FEW[1:]),
        scanned(day=1, regions=(AWAY,)),
        scanned(day=1, complete=False),
    ],
    ids=["unknown", "error", "manual", "unlisted", "unlisted at all", "half", "not run", "not read", "cut short"],
)
def test_what_was_not_seen_is_not_resolved(path: Path, after: Assessment) -> None:
    (one,) = (one for one in follow(path, scanned(found(FAIL)), after) if one.name == "thing")
    assert (one.state, one.episodes[0].last_seen) == (State.OPEN, SCAN.started)


def test_what_passes_is_resolved_even_beside_what_cannot_be_seen(path: Path) -> None:
    after = scanned(found(PASS), found(UNKNOWN, name="other"), day=1)
    assert states(path, scanned(found(FAIL)), after) == ["resolved"]


def test_a_waived_failure_is_waived_and_not_fixed(path: Path) -> None:
    assert states(path, scanned(found(FAIL, waiver=WAIVER))) == ["waived"]
    assert states(path, scanned(found(FAIL), day=1)) == ["open"]


def test_the_same_scan_twice_changes_nothing(path: Path) -> None:
    record(path, scanned(found(FAIL), found(PASS, TWO)))
    record(path, scanned(found(PASS), found(FAIL, TWO), day=1))
    before = dump(path)
    said, _ = record(path, scanned(found(PASS), found(FAIL, TWO), day=1))
    assert (said, dump(path)) == (Recorded(again=True), before)
    said, _ = record(path, scanned(found(FAIL), found(PASS, TWO)))
    assert (said, dump(path)) == (Recorded(again=True, late=True), before)


def test_a_resumed_scan_takes_the_place_of_its_first_half(path: Path) -> None:
    record(path, scanned(found(FAIL), found(FAIL, TWO)))
    record(path, scanned(found(FAIL), day=1, complete=False))
    record(path, scanned(found(FAIL), day=1))
    with closing(History.open(path)) as history:
        assert [scan.complete for scan in history.scans()] == [True, True]
        assert [(one.identity.check, one.state) for one in history.findings()] == [
            (ONE, State.OPEN),
            (TWO, State.RESOLVED),
        ]


def test_a_late_scan_adds_its_scores_only(path: Path) -> None:
    said, points = record(path, scanned(found(FAIL), day=4))
    assert (said.opened, len(points)) == (1, 1)
    said, points = record(path, scanned(found(PASS), found(FAIL, TWO), day=2))
    assert (said, len(points)) == (Recorded(late=True), 1)
    assert [(one.identity.check, one.state) for one in follow(path)] == [(ONE, State.OPEN)]
    with closing(History.open(path)) as history:
        assert [scan.started.day - SCAN.started.day for scan in history.scans()] == [2, 4]


def test_accounts_and_profiles_are_kept_apart(path: Path) -> None:
    one = scanned(found(FAIL))
    other = replace(scanned(found(PASS), day=1), profile="strict")
    third = replace(scanned(day=1), scan=replace(SCAN, account="444455556666"))
    assert states(path, one, other, third) == ["open"]
    with closing(History.open(path)) as history:
        assert len(history.scans()) == 3
        assert len(history.trend(other)) == 1
        assert history.findings("444455556666") == []


def test_the_trend_ends_with_this_scan(path: Path) -> None:
    for day in (0, 2, 4):
        record(path, scanned(found(FAIL), *(found(PASS, name=str(n)) for n in range(day)), day=day))
    with closing(History.open(path)) as history:
        points = history.trend(scanned(day=2))
    assert [(p.started.day - SCAN.started.day, p.failed, p.checks, p.complete) for p in points] == [
        (0, 1, 3, True),
        (2, 1, 3, True),
    ]
    assert [p.overall for p in points] == [0.0, 66.7]
    assert list(points[0].pillars) == list(Pillar)


@given(scans())
@settings(max_examples=30, deadline=None)
def test_any_scan_twice_changes_nothing(scan: Assessment) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "h.db"
        record(path, scan)
        before = dump(path)
        assert (record(path, scan)[0], dump(path)) == (Recorded(again=True), before)


@dataclass
class Model:
    """The history of one finding, in its plainest form."""

    episodes: list[list[int | None]] = field(default_factory=list)

    def see(self, day: int, statuses: set[Status], *, gone: bool) -> None:
        is_open = bool(self.episodes) and self.episodes[-1][1] is None
        if FAIL in statuses:
            if not is_open:
                self.episodes.append([day, None])
        elif is_open and (gone if not statuses else PASS in statuses and not statuses & UNSURE):
            self.episodes[-1][1] = day


def _gone(scan: Assessment, check: str, region: str) -> bool:
    ran = check in {info.id for info in scan.checks} and region in (*scan.scan.regions, GLOBAL)
    unsure = {f.resource.region for f in scan.findings if f.check == check and f.status in UNSURE}
    hidden = unsure if region == GLOBAL else unsure & {region, GLOBAL}
    return ran and scan.scan.complete and not hidden


@given(st.tuples(*(scans(day=day) for day in range(4))))
@settings(max_examples=40, deadline=None)
def test_any_scans_in_order_come_to_what_the_rules_say(series: Sequence[Assessment]) -> None:
    keys = {(f.check, f.resource.region, f.resource.arn) for scan in series for f in scan.findings}
    models = {key: Model() for key in keys}
    for day, scan in enumerate(series):
        for (check, region, arn), model in models.items():
            here = {
                f.status for f in scan.findings if (f.check, f.resource.region, f.resource.arn) == (check, region, arn)
            }
            model.see(day, here, gone=_gone(scan, check, region))
    with TemporaryDirectory() as folder:
        tracked = follow(Path(folder) / "h.db", *series)
    day_of: Callable[[Any], int | None] = lambda moment: moment and (moment - SCAN.started).days  # noqa: E731
    assert {tuple(one.identity): [[day_of(e.opened), day_of(e.resolved)] for e in one.episodes] for one in tracked} == {
        key: model.episodes for key, model in models.items() if model.episodes
    }


def test_half_a_character_in_a_name_is_kept_as_an_escape(path: Path) -> None:
    odd = found(FAIL, name="a\ud800b")
    assert [one.name for one in follow(path, scanned(odd))] == ["a\\ud800b"]
    assert states(path, scanned(replace(odd, status=PASS), day=1)) == ["resolved"]


def test_only_its_owner_reads_it(path: Path) -> None:
    record(path, scanned())
    assert path.stat().st_mode & 0o077 == 0


def test_an_empty_file_becomes_a_history(path: Path) -> None:
    path.touch()
    examine(path)
    assert states(path, scanned(found(FAIL))) == ["open"]


def test_a_failure_half_way_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(path, scanned(found(FAIL)))
    before = dump(path)
    monkeypatch.setattr("auditor.history._resolved", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        record(path, scanned(found(PASS), day=1))
    assert dump(path) == before


def _foreign(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE x (y)")


def _newer(path: Path) -> None:
    record(path, scanned())
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")


def _damaged(path: Path) -> None:
    record(path, scanned(*(found(FAIL, name=str(n)) for n in range(500))))
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)


WRONG = [
    (lambda path: path.write_text("first,last\n" * 100), "is not a history of auditor, or it is damaged"),
    (lambda path: path.write_bytes(b"SQLite format 3\x00" + bytes(500)), "is not a history of auditor"),
    (_foreign, "is not a history of auditor"),
    (lambda path: Snapshot.create(path).close(), "is not a history of auditor"),
    (_newer, "has history format 2; this version of auditor reads format 1: update auditor"),
    (_damaged, "damaged"),
    (lambda path: path.mkdir(), "there is no such history"),
]
NAMES = ["text", "cut database", "foreign database", "snapshot", "newer", "damaged", "folder"]


@pytest.mark.parametrize(("make", "message"), WRONG, ids=NAMES)
def test_a_file_that_is_no_history_is_refused(path: Path, make: Callable[[Path], object], message: str) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    tries: tuple[Callable[[], object], ...] = (
        lambda: History.open(path),
        lambda: examine(path),
        lambda: record(path, scanned(day=9)),
    )
    for attempt in tries:
        with pytest.raises(HistoryError, match=message) as raised:
            attempt()
        assert "\n" not in str(raised.value)
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_missing_file_or_folder_is_said(path: Path) -> None:
    with pytest.raises(HistoryError, match="there is no such history"):
        History.open(path)
    with pytest.raises(HistoryError, match="there is no folder"):
        examine(path / "x.db")
    assert not path.exists()


def test_rows_say_everything(path: Path) -> None:
    (one,) = follow(path, scanned(found(FAIL, severity=Severity.LOW)), scanned(day=2))
    row = finding_row(one)
    assert (row["check"], row["severity"], row["state"], row["how"]) == (ONE, "low", "resolved", "gone")
    assert (row["first_seen"], row["resolved"]) == ("2026-11-26T05:54:53Z", "2026-11-28T05:54:53Z")
    with closing(History.open(path)) as history:
        rows = list(score_rows(history.scans()[0]))
    assert {(r["of"], r["name"]) for r in rows} >= {("overall", ""), ("pillar", "security"), ("pattern", "zero_trust")}


@pytest.fixture
def kept(auditor: Auditor, tmp_path: Path) -> Callable[..., Any]:
    """A folder with a history of two scans; runs commands there."""
    pack(tmp_path)
    snapshot(tmp_path / "a.db", ["eu-west-1", "us-east-1"])
    snapshot(tmp_path / "b.db", ["eu-west-1"], day=3)
    for name in ("a.db", "b.db"):
        assert auditor("assess", name, *MINE, "--history", "h.db", "-q", cwd=tmp_path).returncode == 0
    return lambda *arguments: auditor(*arguments, cwd=tmp_path)


def test_history_is_kept_and_shown(kept: Callable[..., Any], tmp_path: Path) -> None:
    shown = kept("history", "show", "h.db").stdout
    assert ("Open (1)" in shown, "Resolved (1)" in shown) == (True, True)
    assert "1 open, 0 waived, 1 resolved; half of the resolved were fixed within 2.0 d" in shown
    found = json.loads(kept("history", "show", "h.db", "--format", "json", "--state", "resolved").stdout)["findings"]
    assert [(f["check"], f["how"], len(f["episodes"])) for f in found] == [("my_account_small", "passed", 1)]
    rows = list(csv.DictReader(io.StringIO(kept("history", "export", "h.db", "--format", "csv").stdout)))
    assert [row["check"] for row in rows] == ["my_region_european", "my_account_small"]
    scans = json.loads(kept("history", "trend", "h.db", "--format", "json").stdout)["scans"]
    assert [(s["open_failures"], s["overall"]["value"]) for s in scans] == [(2, 7.1), (0, 100.0)]
    assert "2026-11-03 06:00" in kept("history", "trend", "h.db").stdout


def test_the_report_has_the_trend(kept: Callable[..., Any]) -> None:
    done = kept("assess", "b.db", *MINE, "--history", "h.db", "--format", "json")
    assert "History: this scan was there already; nothing changed" in done.stderr
    assert [point["overall"] for point in json.loads(done.stdout)["trend"]] == [7.1, 100.0]
    page = kept("assess", "b.db", *MINE, "--history", "h.db", "--format", "html").stdout
    assert "7 on <time" in page


def test_a_wrong_history_is_said_before_a_scan(kept: Callable[..., Any]) -> None:
    for arguments in (("history", "show", "a.db"), ("scan", "--demo", "--history", "a.db")):
        done = kept(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines() == ["auditor: a.db is not a history of auditor"]


def test_a_history_that_fails_at_the_end_costs_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from auditor.cli.past import Past

    def fail(*_: Any) -> Any:
        raise HistoryError("h.db cannot be written: disk full")

    monkeypatch.setattr("auditor.cli.past.record", fail)
    clean = replace(scanned(found(PASS)), unread=())
    present = Past(None, tmp_path / "h.db").apply(clean, quiet=True)
    assert (present.assessment, present.exit_code(None)) == (clean, 4)
    assert Past(None, None).apply(clean, quiet=True).exit_code(None) == 0


def test_parquet_without_duckdb_says_what_to_install(
    kept: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "duckdb.py").write_text("raise ImportError")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = kept("history", "export", "h.db", "--parquet", "out.parquet")
    assert (done.returncode, done.stderr) == (2, "auditor: --parquet needs DuckDB: pip install 'auditor[analytics]'\n")


def test_parquet_holds_the_same(kept: Callable[..., Any], tmp_path: Path) -> None:
    duckdb: Any = pytest.importorskip("duckdb", reason="the extra analytics is not installed")
    assert kept("history", "export", "h.db", "--parquet", "out.parquet").returncode == 0
    query = "SELECT state, check, resolved - opened, reopened FROM read_parquet(?) ORDER BY 1"
    rows = duckdb.execute(query.replace("check", '"check"'), [str(tmp_path / "out.parquet")]).fetchall()
    assert rows == [
        ("open", "my_region_european", None, 0),
        ("resolved", "my_account_small", timedelta(days=2), 0),
    ]
    query = "SELECT value FROM read_parquet(?) WHERE \"of\" = 'overall' ORDER BY started"
    assert duckdb.execute(query, [str(tmp_path / "out-scores.parquet")]).fetchall() == [(7.1,), (100.0,)]


def test_a_trend_needs_two_scans() -> None:
    import importlib

    trend = importlib.import_module("auditor.reports.html.trend").trend
    assert trend(()) is None
    assert trend(record_points(1)) is None
    drawn = trend(record_points(3))
    assert (drawn.overall.line, drawn.overall.step) == ("M0 80L50 70L100 60", "+20")
    assert (drawn.overall.area, drawn.alike, len(drawn.dots)) == ("M0 80L50 70L100 60L100 100L0 100Z", True, 3)
    gap = record_points(5)
    gap = (*gap[:2], replace(gap[2], overall=None, checks=1), *gap[3:])
    drawn = trend(gap)
    assert (drawn.overall.line, drawn.alike, len(drawn.dots)) == ("M0 80L25 70M75 50L100 40", False, 4)
    assert len(trend(record_points(70)).dots) == 1


def record_points(times: int) -> tuple[Any, ...]:
    from auditor.model import TrendPoint

    return tuple(
        TrendPoint(SCAN.started + timedelta(days=n), True, 3, 9, float(min(20 + 10 * n, 100)), {}) for n in range(times)
    )


def test_the_page_draws_the_trend_and_says_it_in_words() -> None:
    from importlib import import_module

    out = io.StringIO(newline="")
    import_module("auditor.reports.html").html(replace(sample(), trend=record_points(3)), out)
    page = out.getvalue()
    assert 'aria-label="The overall score over time: 20 on 2026-11-26, 40 on 2026-11-28.' in page
    assert page.count('class="dot"') == 3
    assert "style=" not in page.split("</style>")[1].split("<script")[0]
    out = io.StringIO(newline="")
    import_module("auditor.reports.html").html(sample(), out)
    assert 'id="trend"' not in out.getvalue()
