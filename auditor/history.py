"""Scans over time in one SQLite file: since when a finding is open, when it was fixed, and how the scores went.

A finding belongs to an account and an audit profile, for another profile may judge otherwise. A failure opens an
episode, which ends when a scan sees the resource pass, or sees that it is gone; the moments are those of the scans.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from auditor.coverage import UNSURE, Absence, Coverage, Identity
from auditor.document import instant
from auditor.errors import UsageError
from auditor.model import Assessment, Finding, Pillar, Score, Scores, Severity, Status, TrendPoint

FORMAT = 1
"""The layout of the file; a newer one is refused."""

MOST_POINTS = 366
"""The latest scans that make a trend."""

_APPLICATION = 0x41554448
_PATIENCE = 60.0
"""Seconds to wait while another scan writes to the same file."""

_SCHEMA = (
    """CREATE TABLE scan (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, profile TEXT NOT NULL, started TEXT NOT NULL,
        alias TEXT NOT NULL, complete INTEGER NOT NULL, tool TEXT NOT NULL, checks INTEGER NOT NULL,
        failed INTEGER NOT NULL, UNIQUE (account, profile, started))""",
    """CREATE TABLE score (
        scan INTEGER NOT NULL REFERENCES scan, kind TEXT NOT NULL, name TEXT NOT NULL, value REAL,
        passed INTEGER NOT NULL, failed INTEGER NOT NULL, unknown INTEGER NOT NULL, waived INTEGER NOT NULL,
        PRIMARY KEY (scan, kind, name)) WITHOUT ROWID""",
    """CREATE TABLE finding (
        id INTEGER PRIMARY KEY, account TEXT NOT NULL, profile TEXT NOT NULL, check_id TEXT NOT NULL,
        region TEXT NOT NULL, arn TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, severity TEXT NOT NULL,
        reason TEXT NOT NULL, waived INTEGER NOT NULL, UNIQUE (account, profile, check_id, region, arn))""",
    """CREATE TABLE episode (
        finding INTEGER NOT NULL REFERENCES finding, number INTEGER NOT NULL, opened TEXT NOT NULL,
        last_seen TEXT NOT NULL, resolved TEXT, how TEXT, PRIMARY KEY (finding, number)) WITHOUT ROWID""",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {FORMAT}",
)

_SCAN = "SELECT id FROM scan WHERE (account, profile, started) = (?, ?, ?)"
_FINDING = "SELECT id FROM finding WHERE (account, profile, check_id, region, arn) = (?, ?, ?, ?, ?)"


class HistoryError(UsageError):
    """A history file cannot be used."""


class How(StrEnum):
    """How a finding was resolved."""

    PASSED = "passed"
    GONE = "gone"
    """The resource is no longer there, or the check does not speak of it any more."""


class State(StrEnum):
    """How a finding stands after the latest scan that could see it."""

    OPEN = "open"
    WAIVED = "waived"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one scan changed."""

    opened: int = 0
    reopened: int = 0
    resolved: int = 0
    again: bool = False
    """The scan was there already."""
    late: bool = False
    """A later scan was there already: only the scores were added."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One stretch of time in which a finding failed."""

    opened: datetime
    last_seen: datetime
    resolved: datetime | None
    how: How | None


@dataclass(frozen=True, slots=True)
class Tracked:
    """A finding with its past."""

    account: str
    profile: str
    identity: Identity
    type: str
    name: str
    severity: Severity
    reason: str
    waived: bool
    episodes: tuple[Episode, ...]

    @property
    def state(self) -> State:
        """How it stands."""
        if self.episodes[-1].resolved:
            return State.RESOLVED
        return State.WAIVED if self.waived else State.OPEN

    @property
    def reopened(self) -> int:
        """How often it came back."""
        return len(self.episodes) - 1

    @property
    def seconds_to_fix(self) -> int | None:
        """From the scan that saw it first to the one that saw it fixed, the last time."""
        last = self.episodes[-1]
        return int((last.resolved - last.opened).total_seconds()) if last.resolved else None


@dataclass(frozen=True, slots=True)
class Scan:
    """One recorded scan and its scores: `overall`, and by pillar and pattern."""

    account: str
    alias: str
    profile: str
    started: datetime
    complete: bool
    tool: str
    checks: int
    failed: int
    overall: Score
    pillars: Mapping[Pillar, Score]
    patterns: Mapping[str, Score]

    @property
    def point(self) -> TrendPoint:
        """What a trend draws of it."""
        pillars = {pillar: score.value for pillar, score in self.pillars.items()}
        return TrendPoint(self.started, self.complete, self.checks, self.failed, self.overall.value, pillars)


@dataclass(frozen=True, slots=True)
class _Past:
    """A finding that the file has: the row and number of its last episode, and whether that goes on."""

    last: tuple[int, int]
    open: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """One scan as it is written, within a transaction."""

    connection: sqlite3.Connection
    account: str
    profile: str
    started: str

    @classmethod
    def of(cls, connection: sqlite3.Connection, assessment: Assessment) -> _Entry:
        scan = assessment.scan
        return cls(connection, _stored(scan.account), _stored(assessment.profile), instant(scan.started))

    def latest(self) -> str | None:
        """When the latest scan that is there started."""
        found: str | None = self._value("SELECT max(started) FROM scan WHERE (account, profile) = (?, ?)", *self._line)
        return found

    def is_known(self) -> bool:
        return self._run(_SCAN, *self._line, self.started).fetchone() is not None

    def write_scan(self, assessment: Assessment) -> None:
        """The scan and its scores, in place of what it gave before it was resumed."""
        scan, key = assessment.scan, (*self._line, self.started)
        failed = sum(1 for f in assessment.findings if f.status is Status.FAIL and not f.waiver)
        about = (_stored(scan.alias), scan.complete, assessment.tool_version, len(assessment.checks), failed)
        self._run("INSERT OR IGNORE INTO scan VALUES (NULL, ?, ?, ?, '', 0, '', 0, 0)", *key)
        row = self._value(_SCAN, *key)
        self._run("UPDATE scan SET (alias, complete, tool, checks, failed) = (?, ?, ?, ?, ?) WHERE id = ?", *about, row)
        self._run("DELETE FROM score WHERE scan = ?", row)
        for kind, name, score in _named(assessment.scores):
            numbers = (score.value, score.passed, score.failed, score.unknown, score.waived)
            self._run("INSERT INTO score VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row, kind, _stored(name), *numbers)

    def follow(self, seen: Coverage) -> Recorded:
        """Open, keep or resolve each finding by what the scan says of it."""
        known = self._known()
        findings = {Identity(*map(_stored, key)): found for key, found in seen.findings.items()}
        failures = {key: worst for key, found in findings.items() if (worst := _failure(found))}
        opened = reopened = resolved = 0
        for key, failure in failures.items():
            row, past = self._write_finding(key, failure), known.get(key)
            if past and past.open:
                self._run("UPDATE episode SET last_seen = ? WHERE (finding, number) = (?, ?)", self.started, *past.last)
                continue
            number = past.last[1] + 1 if past else 1
            self._run("INSERT INTO episode VALUES (?, ?, ?, ?, NULL, NULL)", row, number, self.started, self.started)
            opened, reopened = opened + (past is None), reopened + (past is not None)
        for key, past in known.items():
            if past.open and key not in failures and (how := _resolved(key, findings.get(key, ()), seen)):
                end = (self.started, how.value, *past.last)
                self._run("UPDATE episode SET (resolved, how) = (?, ?) WHERE (finding, number) = (?, ?)", *end)
                resolved += 1
        return Recorded(opened, reopened, resolved)

    def _known(self) -> dict[Identity, _Past]:
        rows = self._run(
            "SELECT check_id, region, arn, id, number, resolved IS NULL FROM finding JOIN episode ON finding = id "
            "WHERE account = ? AND profile = ? ORDER BY id, number",
            *self._line,
        )
        return {Identity(*row[:3]): _Past(row[3:5], bool(row[5])) for row in rows}

    def _write_finding(self, key: Identity, failure: Finding) -> int:
        resource, whose = failure.resource, (*self._line, *key)
        texts = (resource.type, resource.name, failure.severity.value, failure.reason)
        self._run("INSERT OR IGNORE INTO finding VALUES (NULL, ?, ?, ?, ?, ?, '', '', '', '', 0)", *whose)
        row: int = self._value(_FINDING, *whose)
        about = (*map(_stored, texts), failure.waiver is not None)
        self._run(
            "UPDATE finding SET (type, name, severity, reason, waived) = (?, ?, ?, ?, ?) WHERE id = ?", *about, row
        )
        return row

    @property
    def _line(self) -> tuple[str, str]:
        return self.account, self.profile

    def _run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        return self.connection.execute(statement, values)

    def _value(self, query: str, *values: Any) -> Any:
        return self._run(query, *values).fetchone()[0]


def _named(scores: Scores) -> Iterator[tuple[str, str, Score]]:
    yield "overall", "", scores.overall
    for pillar, score in scores.pillars.items():
        yield "pillar", pillar.value, score
    for pattern, score in scores.patterns.items():
        yield "pattern", pattern, score


class History:
    """The file, open; errors of the database come out as HistoryError, in one line."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> History:
        """The file at the path; raises HistoryError where it is none of ours, damaged or of a newer format."""
        if path.is_dir() or not (path.exists() or create):
            raise HistoryError(f"{path}: there is no such history; `auditor scan --history {path}` begins one")
        try:
            if create:
                path.touch(mode=0o600)
            mode = "rw" if os.access(path, os.W_OK) else "ro"  # "rw" undoes what a killed scan has left half-done
            uri = f"{path.absolute().as_uri()}?mode={mode}"
            connection = sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise HistoryError(f"cannot open the history {path}: {error}") from None
        made = cls(path, connection)
        try:
            made._examine(create=create)
        except BaseException:
            connection.close()
            raise
        return made

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def record(self, assessment: Assessment) -> Recorded:
        """Add a scan, all of it or nothing. Recording the same one again changes nothing."""
        entry = _Entry.of(self._connection, assessment)
        with self._transaction():
            latest, again = entry.latest(), entry.is_known()
            entry.write_scan(assessment)
            if latest is not None and entry.started < latest:
                return Recorded(again=again, late=True)
            return replace(entry.follow(Coverage(assessment)), again=again)

    def trend(self, assessment: Assessment) -> tuple[TrendPoint, ...]:
        """The scans of the same account and profile up to this one, the oldest first."""
        until = instant(assessment.scan.started)
        scans = self.scans(assessment.scan.account, assessment.profile)
        return tuple(scan.point for scan in scans if instant(scan.started) <= until)[-MOST_POINTS:]

    def scans(self, account: str | None = None, profile: str | None = None) -> list[Scan]:
        """The recorded scans, by account, profile and time."""
        with self._sound():
            rows = self._connection.execute(
                "SELECT account, alias, profile, started, complete, tool, checks, failed, id FROM scan "
                "WHERE (:account IS NULL OR account = :account) AND (:profile IS NULL OR profile = :profile) "
                "ORDER BY account, profile, started",
                {"account": account, "profile": profile and _stored(profile)},
            ).fetchall()
            scores = self._scores()
            return [_scan(row, scores.get(row[-1], {})) for row in rows]

    def findings(self, account: str | None = None) -> list[Tracked]:
        """All findings that ever failed: the open ones first, the worst first."""
        with self._sound():
            rows = self._connection.execute(
                "SELECT account, profile, check_id, region, arn, type, name, severity, reason, waived, opened, "
                "last_seen, resolved, how FROM finding JOIN episode ON finding = id "
                "WHERE :account IS NULL OR account = :account ORDER BY id, number",
                {"account": account},
            )
            episodes: dict[tuple[Any, ...], list[Episode]] = {}
            for row in rows:
                episodes.setdefault(row[:10], []).append(_episode(*row[10:]))
            found = [_tracked(row, past) for row, past in episodes.items()]
        states = list(State)
        return sorted(found, key=lambda t: (states.index(t.state), -t.severity.rank, t.account, t.profile, t.identity))

    def _examine(self, *, create: bool) -> None:
        unusable = "is not a history of auditor, or it is damaged"
        with self._sound(unusable):
            if create:
                self._begin(unusable)
            application, version = (self._one(f"PRAGMA {name}")[0] for name in ("application_id", "user_version"))
            if application != _APPLICATION:
                raise HistoryError(f"{self.path} is not a history of auditor")
            if version != FORMAT:
                advice = "update auditor" if version > FORMAT else "begin a new one"
                raise HistoryError(
                    f"{self.path} has history format {version}; this version of auditor reads format {FORMAT}: {advice}"
                )
            if self._one("PRAGMA quick_check(1)")[0] != "ok":
                raise HistoryError(f"{self.path} is damaged: restore it from a backup, or begin a new one")

    def _begin(self, unusable: str) -> None:
        """Lay an empty file out; two scans may both find it empty."""
        with self._transaction(unusable):
            if self._one("SELECT count(*) FROM sqlite_master")[0] == self._one("PRAGMA application_id")[0] == 0:
                for statement in _SCHEMA:
                    self._connection.execute(statement)

    @contextmanager
    def _sound(self, what: str = "cannot be used") -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, ValueError) as error:
            raise HistoryError(f"{self.path} {what}: {error}") from None

    @contextmanager
    def _transaction(self, unusable: str = "cannot be written") -> Iterator[None]:
        with self._sound(unusable):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _one(self, query: str, *values: Any) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(query, values).fetchone()
        return row

    def _scores(self) -> dict[int, dict[tuple[str, str], Score]]:
        found: dict[int, dict[tuple[str, str], Score]] = {}
        for scan, kind, name, *numbers in self._connection.execute("SELECT * FROM score"):
            found.setdefault(scan, {})[kind, name] = Score(*numbers)
        return found


def examine(path: Path) -> None:
    """Refuse, before a scan begins, what could not be written at its end."""
    if not path.parent.is_dir():
        raise HistoryError(f"cannot begin the history {path}: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise HistoryError(f"the history {path} cannot be written: permission denied")
    if path.exists() and (path.is_dir() or path.stat().st_size):
        History.open(path).close()


def record(path: Path, assessment: Assessment) -> tuple[Recorded, tuple[TrendPoint, ...]]:
    """Add a scan to the history at the path, which is begun where there is none; gives the trend up to it."""
    with closing(History.open(path, create=True)) as history:
        return history.record(assessment), history.trend(assessment)


def _stored(text: str) -> str:
    """Text that SQLite takes: half a character, which it does not, is written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _failure(findings: Sequence[Finding]) -> Finding | None:
    """The worst failure of an identity, an open one before a waived one."""
    failed = [finding for finding in findings if finding.status is Status.FAIL]
    return max(failed, key=lambda f: (f.waiver is None, f.severity.rank), default=None)


def _resolved(key: Identity, findings: Sequence[Finding], seen: Coverage) -> How | None:
    """How a failure came to its end, where the scan proves it: it passes, or its check saw all there is without it."""
    statuses = {finding.status for finding in findings}
    if not statuses:
        return How.GONE if seen.absence(key.check, key.region) is Absence.GONE else None
    return How.PASSED if Status.PASS in statuses and not statuses & UNSURE else None


def _scan(row: Sequence[Any], scores: Mapping[tuple[str, str], Score]) -> Scan:
    account, alias, profile, started, complete, tool, checks, failed, _ = row
    return Scan(
        account,
        alias,
        profile,
        datetime.fromisoformat(started),
        bool(complete),
        tool,
        checks,
        failed,
        scores.get(("overall", ""), Score(None, 0, 0, 0)),
        {pillar: scores["pillar", pillar.value] for pillar in Pillar if ("pillar", pillar.value) in scores},
        {name: score for (kind, name), score in scores.items() if kind == "pattern"},
    )


def _episode(opened: str, last_seen: str, resolved: str | None, how: str | None) -> Episode:
    return Episode(
        datetime.fromisoformat(opened),
        datetime.fromisoformat(last_seen),
        datetime.fromisoformat(resolved) if resolved else None,
        How(how) if how else None,
    )


def _tracked(row: Sequence[Any], episodes: Sequence[Episode]) -> Tracked:
    account, profile, check, region, arn, type_, name, severity, reason, waived = row
    key = Identity(check, region, arn)
    return Tracked(account, profile, key, type_, name, Severity(severity), reason, bool(waived), tuple(episodes))
