"""A snapshot: one SQLite file of redacted responses, written as they come."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from auditor.aws import Request
from auditor.errors import Absent, SnapshotError, Unread
from auditor.model import GapKind

T = TypeVar("T")

FORMAT = 2
"""The layout of the file; a file of another format is refused."""

_APPLICATION = 0x41554454
_ABSENT = "absent"
_FLUSH_ROWS = 100
_FLUSH_SECONDS = 0.5
"""What a killed scan loses at most; few transactions, for several processes write."""

_BUSY_SECONDS = 30
_TURN_SECONDS = 5
"""After that a process is taken to have died in its turn; SQLite's own lock, which died with it, is enough then."""
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
    request TEXT, page INTEGER, last INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (request, page)
) WITHOUT ROWID;
CREATE TABLE failure (
    request TEXT PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL
) WITHOUT ROWID;
"""

_NO_PAGE = "DELETE FROM page WHERE request IN (VALUES {rows})"
_NO_FAILURE = "DELETE FROM failure WHERE request IN (VALUES {rows})"
_PAGE = "INSERT OR REPLACE INTO page VALUES {rows}"
_LAST = "UPDATE page SET last = 1 WHERE (request, page) IN (VALUES {rows})"
_FAILURE = "INSERT OR REPLACE INTO failure VALUES {rows}"
_META = "INSERT OR REPLACE INTO meta VALUES {rows}"
_ORDER = (_NO_PAGE, _NO_FAILURE, _PAGE, _LAST, _FAILURE, _META)
"""What is written, in the order in which it may be: a question is forgotten before it is asked, and finished last."""

_Row = tuple[str, tuple[Any, ...]]
"""One of these, and its values."""


def _statements(rows: Iterable[_Row]) -> Iterator[_Row]:
    """Few statements for many rows: each lets other threads run, and waits until it is its own thread's turn again."""
    for statement, same in groupby(sorted(rows, key=lambda row: _ORDER.index(row[0])), key=itemgetter(0)):
        while chunk := list(islice(same, _FLUSH_ROWS)):
            one = f"({', '.join('?' * len(chunk[0][1]))})"
            yield (
                statement.format(rows=", ".join([one] * len(chunk))),
                tuple(chain.from_iterable(row[1] for row in chunk)),
            )


Failure = tuple[str, str, str]
"""Kind, code and message, as they are recorded."""


def _given(
    request: Request, bodies: Iterable[str], failure: Failure | None, *, whole: bool
) -> Iterator[dict[str, Any]]:
    """The recorded pages, then the recorded failure if they stop early."""
    for body in bodies:
        yield cast("dict[str, Any]", json.loads(body))
    if whole:
        return
    if failure is None:
        raise Unread(request.gap(GapKind.NOT_COLLECTED, "", "the snapshot does not hold it"))
    kind, code, message = failure
    raise Absent(code) if kind == _ABSENT else Unread(request.gap(GapKind(kind), code, message))


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA wal_autocheckpoint = 20000")
    return connection


class Turn(Protocol):
    """A lock that processes share."""

    def acquire(self, *, timeout: float) -> bool:
        """Wait for it; False where it did not come."""

    def release(self) -> None:
        """Let the next one have it."""


class Reader:
    """Answers from a snapshot that nobody writes any more, reading ahead.

    What is asked of one resource is soon asked of all, so the answers of an operation and region are read by one
    query, and each is let go when it is taken.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._ahead: dict[str, dict[str, str]] = {}
        self._failed: dict[str, dict[str, Failure]] = {}

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """As `Snapshot.pages`."""
        kin = request.kin
        if kin not in self._ahead:
            self._ahead[kin], self._failed[kin] = self._snapshot.read_kin(kin)
        recorded = _taken(self._ahead, request)
        failure = _taken(self._failed, request)
        if recorded is None and failure is None:  # answered in part, or asked again
            return self._snapshot.pages(request)
        return _given(request, recorded.split("\n") if recorded else (), failure, whole=bool(recorded))


def _taken(ahead: dict[str, dict[str, T]], request: Request) -> T | None:
    """What was read ahead for a question, once; the last one leaves no large, empty mapping behind."""
    found = ahead[request.kin].pop(request.key, None)
    if found is not None and not ahead[request.kin]:
        ahead[request.kin] = {}
    return found


class Snapshot:
    """The file, open for reading and writing by any thread. It is also a transport: it answers what it holds."""

    def __init__(self, path: Path, connection: sqlite3.Connection, turn: Turn | None = None) -> None:
        self.path = path
        self._connection = connection
        self._turn = turn
        self._lock = threading.RLock()
        self._pending: deque[_Row] = deque()
        self._flushed = time.monotonic()

    @classmethod
    def create(cls, path: Path) -> Snapshot:
        """A new, empty file, readable by its owner only; raises SnapshotError where it cannot be made."""
        if path.exists():
            raise SnapshotError(f"{path} exists; give --resume to go on with it, or name another file")
        try:
            path.touch(mode=0o600)
            connection = _connection(path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(
                f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {FORMAT};{_SCHEMA}"
            )
        except (OSError, sqlite3.Error) as error:
            raise SnapshotError(f"cannot write the snapshot {path}: {error}") from error
        made = cls(path, connection)
        made.write_meta("redaction_key", secrets.token_hex(16))
        return made

    @classmethod
    def open(cls, path: Path) -> Snapshot:
        """An existing file; raises SnapshotError where it is none of ours, damaged, or of another format."""
        if not path.is_file():
            raise SnapshotError(f"{path}: there is no such snapshot")
        try:
            connection = _connection(path)
            ours = connection.execute("PRAGMA application_id").fetchone()[0] == _APPLICATION
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            sound = ours and connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.Error as error:
            raise SnapshotError(f"{path} is not a snapshot of auditor, or it is damaged: {error}") from error
        if not ours:
            raise SnapshotError(f"{path} is not a snapshot of auditor")
        if version != FORMAT:
            raise SnapshotError(
                f"{path} has snapshot format {version}; this version of auditor reads format {FORMAT}: scan again"
            )
        if not sound:
            raise SnapshotError(f"{path} is damaged: scan again")
        return cls(path, connection)

    @classmethod
    def join(cls, path: Path, turn: Turn) -> Snapshot:
        """The file, opened by one of several processes that write it in turns."""
        return cls(path, _connection(path), turn)

    @contextmanager
    def away(self) -> Iterator[None]:
        """Closed meanwhile, so that processes can be forked: what SQLite knows of its locks is wrong in a child.

        A file whose parent closed it while the child wrote was damaged (https://www.sqlite.org/howtocorrupt.html, 2.6).
        """
        with self._lock:
            self.commit()
            self._connection.close()
            try:
                yield
            finally:
                self._connection = _connection(self.path)

    def close(self) -> None:
        """Write what is pending and fold the journal into the file."""
        with self._lock, suppress(sqlite3.ProgrammingError), closing(self._connection):
            self.commit()
            with suppress(sqlite3.OperationalError):  # no room to fold it: the journal stays beside the file
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def write_meta(self, key: str, value: Any) -> None:
        """A fact about the scan."""
        self._write(_META, key, json.dumps(value))

    def meta(self, key: str, default: Any = None) -> Any:
        """A fact about the scan, or the default."""
        row = self._row("SELECT value FROM meta WHERE key = ?", key)
        return json.loads(row[0]) if row else default

    def write_page(self, request: Request, page: int, body: Any, *, last: bool) -> None:
        """One page of an answer."""
        text = json.dumps(body, separators=(",", ":"))
        self._write(_PAGE, request.key, page, last, text)

    def finish(self, request: Request, page: int) -> None:
        """Mark the last page: the answer is complete."""
        self._write(_LAST, request.key, page)

    def write_failure(self, request: Request, failure: Unread | Absent) -> None:
        """Why a question has no answer, or that there is nothing there."""
        if isinstance(failure, Absent):
            self._write(_FAILURE, request.key, _ABSENT, str(failure), "")
        else:
            gap = failure.gap
            self._write(_FAILURE, request.key, gap.kind.value, gap.code, gap.message)

    def forget(self, request: Request) -> None:
        """Drop an incomplete answer before it is asked again."""
        self._write(_NO_PAGE, request.key)
        self._write(_NO_FAILURE, request.key)

    @property
    def is_empty(self) -> bool:
        """Whether it holds no answer yet, nor a part or the failure of one."""
        return self._row("SELECT 1 FROM page") is None and self._row("SELECT 1 FROM failure") is None

    def answered(self) -> set[str]:
        """The keys of the questions with a whole answer: the last page is here, or AWS said that there is nothing."""
        whole = self._rows("SELECT request FROM page WHERE last")
        absent = self._rows("SELECT request FROM failure WHERE kind = ?", _ABSENT)
        return {row[0] for row in (*whole, *absent)}

    def commit(self) -> None:
        """Put what is pending on disk."""
        with self._lock:
            if self._pending:
                try:
                    self._write_pending()
                except sqlite3.OperationalError as error:  # the disk is full, or locked for too long
                    raise SnapshotError(
                        f"cannot write the snapshot {self.path}: {error}; what was read before is in it: go on with"
                        " --resume when there is room"
                    ) from error
            self._flushed = time.monotonic()

    def _write_pending(self) -> None:
        rows = [self._pending.popleft() for _ in range(len(self._pending))]
        try:
            with self._in_turn(), self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                for statement, values in _statements(rows):
                    self._connection.execute(statement, values)
        except BaseException:
            self._pending.extendleft(reversed(rows))
            raise

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """SQLite lets who finds the file locked sleep and try again, which can take seconds where another is busy."""
        held = self._turn is not None and self._turn.acquire(timeout=_TURN_SECONDS)
        try:
            yield
        finally:
            if self._turn is not None and held:
                self._turn.release()

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The recorded pages, then the recorded failure if they stop early."""
        rows = self._rows("SELECT last, body FROM page WHERE request = ? ORDER BY page", request.key)
        failure = None
        if not rows or not rows[-1][0]:
            failure = self._row("SELECT kind, code, message FROM failure WHERE request = ?", request.key)
        return _given(request, [body for _, body in rows], failure, whole=bool(rows and rows[-1][0]))

    def read_kin(self, kin: str) -> tuple[dict[str, str], dict[str, Failure]]:
        """The whole answers of questions of a kin, a line a page, and the failures where no page came, by question."""
        bounds = (f"{kin}{{", f"{kin}|")  # their parameters follow, as JSON
        whole: dict[str, str] = {}
        begun: set[str] = set()
        query = "SELECT request, last, body FROM page WHERE request >= ? AND request < ? ORDER BY request, page"
        for request, rows in groupby(self._rows(query, *bounds), key=itemgetter(0)):
            _, complete, bodies = zip(*rows, strict=True)
            begun.add(request)
            if complete[-1]:
                whole[request] = "\n".join(bodies)
        query = "SELECT request, kind, code, message FROM failure WHERE request >= ? AND request < ?"
        failures = self._rows(query, *bounds)
        return whole, {request: (kind, code, text) for request, kind, code, text in failures if request not in begun}

    def _write(self, statement: str, *values: Any) -> None:
        """Keep it for the next transaction; while another thread is at one, nobody waits for it."""
        self._pending.append((statement, values))
        is_due = len(self._pending) >= _FLUSH_ROWS or time.monotonic() - self._flushed > _FLUSH_SECONDS
        if is_due and self._lock.acquire(blocking=False):
            try:
                self.commit()
            finally:
                self._lock.release()

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock:
            self.commit()
            return self._connection.execute(query, values).fetchall()

    def _row(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        with self._lock:
            self.commit()
            return cast("tuple[Any, ...] | None", self._connection.execute(query, values).fetchone())
