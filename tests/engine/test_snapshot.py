import multiprocessing
import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from told import told

from auditor.aws import Request
from auditor.calls import call
from auditor.errors import Absent, SnapshotError, Unread
from auditor.model import GapKind
from auditor.snapshot import Reader, Snapshot

POLICY = call("s3", "GetBucketPolicy", absent="NoSuchBucketPolicy")


def request(bucket: str = "b") -> Request:
    return Request(POLICY, "eu-west-1", {"Bucket": bucket})


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return Snapshot.create(tmp_path / "scan.db")


def test_pages_come_back_as_they_were_written(snapshot: Snapshot) -> None:
    snapshot.write_page(request(), 0, {"a": 1}, last=False)
    snapshot.write_page(request(), 1, {"a": 2}, last=True)
    assert list(snapshot.pages(request())) == [{"a": 1}, {"a": 2}]
    assert request().key in snapshot.answered()


def test_pages_that_stop_early_end_in_the_failure(snapshot: Snapshot) -> None:
    snapshot.write_page(request(), 0, {"a": 1}, last=False)
    snapshot.write_failure(request(), Unread(request().gap(GapKind.THROTTLED, "SlowDown", "slow down")))
    pages = snapshot.pages(request())
    assert next(pages) == {"a": 1}
    with pytest.raises(Unread, match="s3:GetBucketPolicy was throttled"):
        next(pages)
    assert request().key not in snapshot.answered()


def test_that_there_is_nothing_is_an_answer(snapshot: Snapshot) -> None:
    snapshot.write_failure(request(), Absent("NoSuchBucketPolicy"))
    assert request().key in snapshot.answered()
    with pytest.raises(Absent, match="NoSuchBucketPolicy"):
        next(snapshot.pages(request()))


def test_what_was_never_asked_was_not_collected(snapshot: Snapshot) -> None:
    with pytest.raises(Unread, match="s3:GetBucketPolicy was not collected"):
        next(snapshot.pages(request("other")))


def test_it_survives_without_being_closed(snapshot: Snapshot) -> None:
    snapshot.write_page(request(), 0, {"a": 1}, last=True)
    snapshot.commit()
    assert list(Snapshot.open(snapshot.path).pages(request())) == [{"a": 1}]


def test_only_its_owner_may_read_it(snapshot: Snapshot) -> None:
    assert stat.S_IMODE(snapshot.path.stat().st_mode) == 0o600


def _text(path: Path) -> None:
    path.write_text("not a database")


def _foreign(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()


def _newer(path: Path) -> None:
    Snapshot.create(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def _damaged(path: Path) -> None:
    made = Snapshot.create(path)
    for number in range(500):
        made.write_page(request(str(number)), 0, {"a": "x" * 100}, last=True)
    made.close()
    content = bytearray(path.read_bytes())
    content[8192:20000] = b"\x00" * (20000 - 8192)
    path.write_bytes(content)


def _missing(path: Path) -> None:
    path.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (_text, "is not a snapshot of auditor"),
        (_foreign, "is not a snapshot of auditor"),
        (_newer, "has snapshot format 99; this version of auditor reads format 2"),
        (_damaged, "damaged"),
        (_missing, "there is no such snapshot"),
    ],
)
def test_a_file_that_is_no_snapshot_is_refused(make: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "scan.db"
    make(path)
    with pytest.raises(SnapshotError, match=message):
        Snapshot.open(path)


def test_a_snapshot_is_never_overwritten(snapshot: Snapshot) -> None:
    with pytest.raises(SnapshotError, match="give --resume"):
        Snapshot.create(snapshot.path)
    with pytest.raises(SnapshotError, match="cannot write"):
        Snapshot.create(snapshot.path.parent / "missing" / "scan.db")


THROTTLED = Unread(request().gap(GapKind.THROTTLED, "SlowDown", "slow down"))


@pytest.mark.parametrize("times", [1, 2, 3])
def test_reading_ahead_gives_what_the_snapshot_gives_however_often_it_is_asked(snapshot: Snapshot, times: int) -> None:
    whole, partial, failed, absent, resumed, never = map(request, ("w", "p", "f", "a", "r", "n"))
    snapshot.write_page(whole, 0, {"a": 1}, last=True)
    snapshot.write_page(partial, 0, {"a": 1}, last=False)
    snapshot.write_failure(partial, THROTTLED)
    snapshot.write_failure(failed, THROTTLED)
    snapshot.write_failure(absent, Absent("NoSuchBucketPolicy"))
    snapshot.write_failure(resumed, THROTTLED)
    snapshot.write_page(resumed, 0, {"a": 2}, last=True)
    reader = Reader(snapshot)
    for _ in range(times):
        for one in (whole, partial, failed, absent, resumed, never):
            assert told(reader, one) == told(snapshot, one)
    assert told(reader, resumed) == [{"a": 2}]


def test_reading_ahead_reads_one_part_of_an_operation_s_answers(snapshot: Snapshot) -> None:
    metrics = call("cloudwatch", "GetMetricData")
    whole = Request(metrics, "eu-west-1", {"MetricDataQueries": []}, paged=True)
    lag, size = (Request(metrics, "eu-west-1", {"Cluster": "c"}, part=f"AWS/RDS {name} ") for name in ("Lag", "Size"))
    for one in (whole, lag, size):
        snapshot.write_page(one, 0, {"asked": one.key}, last=True)
    for one in (whole, lag, size):
        read, failed = snapshot.read_kin(one.kin)
        assert (list(read), failed) == ([one.key], {})
        assert told(Reader(snapshot), one) == [{"asked": one.key}]


def test_reading_ahead_keeps_the_pages_of_an_answer_apart(snapshot: Snapshot) -> None:
    pages = [{"text": "one\ntwo"}, {"text": ""}, {"text": "\n"}]
    for number, page in enumerate(pages):
        snapshot.write_page(request(), number, page, last=number == len(pages) - 1)
    assert told(Reader(snapshot), request()) == pages


def test_a_process_that_writes_on_is_not_disturbed_by_its_parent_s_end(snapshot: Snapshot) -> None:
    context = multiprocessing.get_context("fork")
    under_way, parent_ended = context.Event(), context.Event()

    def write() -> None:
        joined = Snapshot.join(snapshot.path, multiprocessing.Lock())
        for bucket in ("a", "b"):
            joined.write_page(request(bucket), 0, {"Policy": bucket}, last=True)
            joined.commit()
            under_way.set()
            assert parent_ended.wait(30)
        joined.close()

    with snapshot.away():
        writer = context.Process(target=write)
        writer.start()
    assert under_way.wait(30)
    snapshot.write_meta("note", "the parent writes, too")
    snapshot.close()
    assert snapshot.path.with_name("scan.db-wal").exists(), "the journal that the other process writes"
    parent_ended.set()
    writer.join()
    found = Snapshot.open(snapshot.path)
    assert found.meta("note") == "the parent writes, too"
    assert found.answered() == {request("a").key, request("b").key}


def test_what_one_thread_writes_does_not_wait_for_what_another_puts_on_disk(snapshot: Snapshot) -> None:
    with snapshot._lock:
        writer = threading.Thread(target=_write_many, args=(snapshot, 250))
        writer.start()
        writer.join(30)
        assert not writer.is_alive()
    snapshot.commit()
    assert len(snapshot.answered()) == 250


def _write_many(snapshot: Snapshot, times: int) -> None:
    for number in range(times):
        one = request(f"b{number}")
        snapshot.write_page(one, 0, {}, last=False)
        snapshot.finish(one, 0)


def test_what_could_not_be_put_on_disk_is_kept_in_its_order(snapshot: Snapshot) -> None:
    snapshot.commit()
    other = sqlite3.connect(snapshot.path, isolation_level=None)
    snapshot._connection.execute("PRAGMA busy_timeout = 1")
    other.execute("BEGIN IMMEDIATE")
    for body in ({"a": 1}, {"a": 2}):
        snapshot.write_page(request("x"), 0, body, last=True)
    with pytest.raises(SnapshotError, match="locked"):
        snapshot.commit()
    other.execute("ROLLBACK")
    assert list(snapshot.pages(request("x"))) == [{"a": 2}]
    other.close()


def test_a_process_that_died_in_its_turn_holds_nobody_up(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.snapshot._TURN_SECONDS", 0.1)
    turn = multiprocessing.Lock()
    turn.acquire()
    snapshot.commit()
    joined = Snapshot.join(snapshot.path, turn)
    joined.write_page(request("a"), 0, {}, last=True)
    joined.close()
    assert snapshot.answered() == {request("a").key}
