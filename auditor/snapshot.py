"""A snapshot: one SQLite file of redacted responses, written as they come."""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from auditor.aws import Request
from auditor.errors import Absent, SnapshotError, Unread
from auditor.model import GapKind

FORMAT = 1
"""The layout of the file; a file of another format is refused."""

_APPLICATION = 0x41554454
_ABSENT = "absent"
_COMMIT_EVERY = 200
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE page (
    request TEXT, page INTEGER, last INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (request, page)
) WITHOUT ROWID;
CREATE TABLE failure (
    request TEXT PRIMARY KEY, kind TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL
) WITHOUT ROWID;
"""


class Snapshot:
    """The file, open for reading and writing by any thread. It is also a transport: it answers what it holds."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._lock = threading.Lock()
        self._uncommitted = 0

    @classmethod
    def create(cls, path: Path) -> Snapshot:
        """A new, empty file, readable by its owner only; raises SnapshotError where it cannot be made."""
        if path.exists():
            raise SnapshotError(f"{path} exists; give --resume to go on with it, or name another file")
        try:
            path.touch(mode=0o600)
            connection = sqlite3.connect(path, check_same_thread=False)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
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
            connection = sqlite3.connect(path, check_same_thread=False)
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

    def close(self) -> None:
        """Write what is pending and fold the journal into the file."""
        with self._lock, suppress(sqlite3.ProgrammingError):
            self._connection.commit()
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    def write_meta(self, key: str, value: Any) -> None:
        """A fact about the scan."""
        self._write("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, json.dumps(value))
        self.commit()

    def meta(self, key: str, default: Any = None) -> Any:
        """A fact about the scan, or the default."""
        row = self._row("SELECT value FROM meta WHERE key = ?", key)
        return json.loads(row[0]) if row else default

    def write_page(self, request: Request, page: int, body: Any, *, last: bool) -> None:
        """One page of an answer."""
        text = json.dumps(body, separators=(",", ":"))
        self._write("INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)", request.key, page, last, text)

    def finish(self, request: Request, page: int) -> None:
        """Mark the last page: the answer is complete."""
        self._write("UPDATE page SET last = 1 WHERE request = ? AND page = ?", request.key, page)

    def write_failure(self, request: Request, failure: Unread | Absent) -> None:
        """Why a question has no answer, or that there is nothing there."""
        if isinstance(failure, Absent):
            self._write("INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?)", request.key, _ABSENT, str(failure), "")
        else:
            gap = failure.gap
            self._write(
                "INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?)", request.key, gap.kind.value, gap.code, gap.message
            )

    def forget(self, request: Request) -> None:
        """Drop an incomplete answer before it is asked again."""
        self._write("DELETE FROM page WHERE request = ?", request.key)
        self._write("DELETE FROM failure WHERE request = ?", request.key)

    def answered(self, request: Request) -> bool:
        """Whether the answer is complete: its last page is here, or AWS said that there is nothing."""
        row = self._row("SELECT max(last) FROM page WHERE request = ?", request.key)
        if row and row[0]:
            return True
        failure = self._row("SELECT kind FROM failure WHERE request = ?", request.key)
        return failure is not None and failure[0] == _ABSENT

    def commit(self) -> None:
        """Put what is pending on disk."""
        with self._lock:
            self._connection.commit()
            self._uncommitted = 0

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The recorded pages, then the recorded failure if they stop early."""
        last, number = 0, 0
        while not last:
            row = self._row("SELECT last, body FROM page WHERE request = ? AND page = ?", request.key, number)
            if row is None:
                raise self._failure(request)
            last, number = row[0], number + 1
            yield cast("dict[str, Any]", json.loads(row[1]))

    def _failure(self, request: Request) -> Unread | Absent:
        row = self._row("SELECT kind, code, message FROM failure WHERE request = ?", request.key)
        if row is None:
            return Unread(request.gap(GapKind.NOT_COLLECTED, "", "the snapshot does not hold it"))
        kind, code, message = row
        return Absent(code) if kind == _ABSENT else Unread(request.gap(GapKind(kind), code, message))

    def _write(self, statement: str, *values: Any) -> None:
        with self._lock:
            self._connection.execute(statement, values)
            self._uncommitted += 1
            if self._uncommitted >= _COMMIT_EVERY:
                self._connection.commit()
                self._uncommitted = 0

    def _row(self, query: str, *values: Any) -> tuple[Any, ...] | None:
        with self._lock:
            return cast("tuple[Any, ...] | None", self._connection.execute(query, values).fetchone())
