"""A saved assessment read back: the inverse of `document`. What is wrong with a file is one line that says where."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from auditor.coverage import is_whole
from auditor.document import SCHEMA, VERSION
from auditor.errors import UsageError
from auditor.model import (
    Assessment,
    CheckCount,
    CheckInfo,
    Control,
    Finding,
    Gap,
    GapKind,
    Pattern,
    Pillar,
    Practice,
    Requirement,
    ResourceRef,
    ScanInfo,
    Score,
    Scores,
    Severity,
    Status,
    TrendPoint,
    Unread,
    Waiver,
)
from auditor.text import compact_json

Word = TypeVar("Word", bound=StrEnum)

_SQLITE = b"SQLite format 3\x00"
_MAJOR = VERSION.partition(".")[0]
_LONGEST = 60
"""Characters of a wrong value that its message shows."""


class SavedError(UsageError):
    """A file that should hold an assessment does not."""


class _MalformedError(Exception):
    """Where in the document, and what is wrong there."""


def load(path: Path, *, whole: bool = True) -> Assessment:
    """The assessment that a JSON report holds; raises SavedError where it is none, damaged, or of another version.

    A report that was written with `--baseline` leaves findings out. It is refused as long as a `whole` one is
    asked for: whoever compares, or closes what is no longer there, would take them for fixed.
    """
    assessment = parse(_read(path), str(path))
    if whole and not is_whole(assessment):
        raise SavedError(f"{path} holds only what was new (--baseline); give a report of the whole account")
    return assessment


def is_snapshot(path: Path) -> bool:
    """Whether the file is a database, as snapshots are, rather than a report."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE)) == _SQLITE
    except OSError:
        return False


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise SavedError(f"{path}: there is no such file") from None
    except OSError as error:
        raise SavedError(f"{path} cannot be read: {error.strerror or error}") from None


def parse(data: bytes, name: str) -> Assessment:
    """The assessment of a JSON document; messages call it by its name."""
    value = _json(data, name)
    _check_kind(value, name)
    try:
        return _assessment(_Node(value, ""))
    except _MalformedError as error:
        raise SavedError(f"{name} is not a sound assessment: {error}") from None


def _json(data: bytes, name: str) -> Any:
    if not data.strip():
        raise SavedError(f"{name} is empty")
    text = ""
    try:
        text = data.decode(json.detect_encoding(data), "surrogatepass")
        return json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        if _is_cut(text, error):
            raise SavedError(f"{name} is cut short: its JSON ends in line {error.lineno}; write it again") from None
        raise SavedError(f"{name} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except (ValueError, RecursionError) as error:
        raise SavedError(f"{name} is not JSON: {str(error)[:_LONGEST]}") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"it has no {name}")


def _is_cut(text: str, error: json.JSONDecodeError) -> bool:
    """Whether a document begins and does not end, as after a full disk or a killed process."""
    text = text.strip()
    return text.startswith("{") and (not text.endswith("}") or error.pos >= len(text))


def _check_kind(value: Any, name: str) -> None:
    kind = value.get("schema") if isinstance(value, dict) else None
    if kind != SCHEMA:
        found = f"its `schema` is {_shown(kind)}" if kind is not None else f"it has no `schema` of {SCHEMA}"
        raise SavedError(f"{name} is not an assessment of auditor: {found}")
    version = value.get("version")
    matched = re.fullmatch(r"([0-9]{1,9})\.[0-9]{1,9}", version) if isinstance(version, str) else None
    if not matched:
        raise SavedError(f"{name} is not a sound assessment: version is {_shown(version)}, not one like {VERSION}")
    if matched[1] != _MAJOR:
        advice = "update auditor" if int(matched[1]) > int(_MAJOR) else "scan again"
        raise SavedError(f"{name} has version {version}; this version of auditor reads {_MAJOR}.x: {advice}")


def _shown(value: Any) -> str:
    text = compact_json(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


@dataclass(frozen=True, slots=True)
class _Node:
    """A value of the document that knows where it stands."""

    value: Any
    path: str

    def __getitem__(self, key: str) -> _Node:
        members = self._members()
        if key not in members:
            raise _MalformedError(f"{self._inner(key)} is missing")
        return _Node(members[key], self._inner(key))

    def since(self, key: str, default: Any) -> _Node:
        """A member that older minor versions do not have."""
        return _Node(self._members().get(key, default), self._inner(key))

    def items(self) -> Iterator[_Node]:
        if not isinstance(self.value, list):
            self.refuse("a list")
        return (_Node(item, f"{self.path}[{place}]") for place, item in enumerate(self.value))

    def members(self) -> Iterator[tuple[str, _Node]]:
        return ((key, _Node(value, self._inner(key))) for key, value in self._members().items())

    def text(self) -> str:
        return self.value if isinstance(self.value, str) else self.refuse("text")

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())

    def count(self) -> int:
        value = self.value
        return value if type(value) is int and value >= 0 else self.refuse("a count")

    def number(self) -> float:
        value = self.value
        if type(value) in (int, float) and math.isfinite(value):
            return float(value)
        return self.refuse("a number")

    def flag(self) -> bool:
        return self.value if isinstance(self.value, bool) else self.refuse("true or false")

    def word(self, kind: type[Word]) -> Word:
        try:
            return kind(self.value)
        except ValueError:
            return self.refuse(f"one of {', '.join(kind)}")

    def moment(self) -> datetime:
        try:
            found = datetime.fromisoformat(self.text())
        except ValueError:
            return self.refuse("a moment like 2026-11-26T05:54:53Z")
        return found if found.tzinfo else self.refuse("a moment with its zone")

    def day(self) -> str:
        try:
            return date.fromisoformat(self.text()).isoformat()
        except ValueError:
            return self.refuse("a date like 2026-11-26")

    def json(self) -> dict[str, Any]:
        """An object whose members may be anything."""
        return dict(self._members())

    def refuse(self, wanted: str) -> NoReturn:
        raise _MalformedError(f"{self.path} is {_shown(self.value)}, not {wanted}")

    def _members(self) -> dict[str, Any]:
        return self.value if isinstance(self.value, dict) else self.refuse("an object")

    def _inner(self, key: str) -> str:
        name = key if key.isidentifier() else _shown(key)
        return f"{self.path}.{name}" if self.path else name


def _assessment(root: _Node) -> Assessment:
    checks = tuple(_check(item) for item in root["checks"].items())
    known = {check.id for check in checks}
    return Assessment(
        tool_version=root["tool"]["version"].text(),
        scan=_scan(root),
        profile=root["profile"].text(),
        patterns=tuple(_pattern(item) for item in root["patterns"].items()),
        practices={name: _practice(name, item) for name, item in root["practices"].members()},
        checks=checks,
        counts=tuple(_check_count(item) for item in root["checks"].items()),
        findings=tuple(_finding(item, known) for item in root["findings"].items()),
        scores=_scores(root["scores"]),
        unread=tuple(_unread(item) for item in root["unread"].items()),
        warnings=root["warnings"].texts(),
        trend=tuple(_point(item) for item in root.since("trend", []).items()),
        requirements=tuple(_requirement(item) for item in root.since("requirements", []).items()),
        views={name: item.json() for name, item in root.since("views", {}).members()},
    )


def _requirement(node: _Node) -> Requirement:
    return Requirement(node["id"].text(), node["title"].text(), node["checks"].texts(), node["note"].text())


def _scan(root: _Node) -> ScanInfo:
    account, scan = root["account"], root["scan"]
    return ScanInfo(
        account["id"].text(),
        account["partition"].text(),
        scan["regions"].texts(),
        scan["started"].moment(),
        scan["complete"].flag(),
        scan["note"].text(),
        scan["calls"].count(),
        scan["seconds"].number(),
        account["alias"].text(),
        scan["caller"].text(),
    )


def _pattern(node: _Node) -> Pattern:
    controls = (Control(item["id"].text(), item["title"].text()) for item in node["controls"].items())
    return Pattern(node["id"].text(), node["title"].text(), tuple(controls))


def _practice(name: str, node: _Node) -> Practice:
    return Practice(
        name,
        node["title"].text(),
        node["pillar"].word(Pillar),
        node["question"].text(),
        node.since("question_title", "").text(),
        node["choice"].text(),
        node["risk"].word(Severity),
    )


def _check(node: _Node) -> CheckInfo:
    return CheckInfo(
        node["id"].text(),
        node["title"].text(),
        node["why"].text(),
        node["fix"].text(),
        node["severity"].word(Severity),
        node["pattern"].text(),
        node["control"].text(),
        tuple(item.word(Pillar) for item in node["pillars"].items()),
        node["practices"].texts(),
        node["resource_type"].text(),
        node["evidence"].texts(),
        node["thresholds"].json(),
    )


def _check_count(node: _Node) -> CheckCount:
    statuses: dict[Status, int] = {}
    for name, times in node["statuses"].members():
        statuses[_Node(name, times.path).word(Status)] = times.count()
    return CheckCount(node["id"].text(), statuses)


def _finding(node: _Node, known: set[str]) -> Finding:
    check = node["check"].text()
    if check not in known:
        node["check"].refuse("the id of one of `checks`")
    status = node["status"].word(Status)
    if status is Status.NOT_APPLICABLE:
        node["status"].refuse("the status of a finding")
    waiver = node["waiver"]
    return Finding(
        check,
        status,
        node["severity"].word(Severity),
        _resource(node["resource"]),
        node["reason"].text(),
        node["observed"].json(),
        None if waiver.value is None else _waiver(waiver),
    )


def _resource(node: _Node) -> ResourceRef:
    return ResourceRef(
        node["arn"].text(),
        node["type"].text(),
        node["region"].text(),
        node["name"].text(),
        {key: value.text() for key, value in node["tags"].members()},
    )


def _waiver(node: _Node) -> Waiver:
    return Waiver(
        node["reason"].text(),
        node["owner"].text(),
        node["expires"].day(),
        node.since("checks", ["*"]).texts(),
        node.since("resources", ["*"]).texts(),
    )


def _scores(node: _Node) -> Scores:
    return Scores(
        _score(node["overall"]),
        {_Node(name, inner.path).word(Pillar): _score(inner) for name, inner in node["pillars"].members()},
        {name: _score(inner) for name, inner in node["patterns"].members()},
        {_control(name, inner): _score(inner) for name, inner in node["controls"].members()},
    )


def _control(name: str, node: _Node) -> tuple[str, str]:
    pattern, dot, control = name.partition(".")
    return (pattern, control) if dot else _Node(name, node.path).refuse("a pattern and its control")


def _score(node: _Node) -> Score:
    return Score(_value(node["value"]), *(node[name].count() for name in ("passed", "failed", "unknown", "waived")))


def _value(node: _Node) -> float | None:
    return None if node.value is None else node.number()


def _unread(node: _Node) -> Unread:
    gap = Gap(
        node["kind"].word(GapKind),
        *(node[name].text() for name in ("service", "operation", "action", "region", "code", "message")),
    )
    return Unread(gap, node["times"].count(), node["checks"].texts())


def _point(node: _Node) -> TrendPoint:
    return TrendPoint(
        node["started"].moment(),
        node["complete"].flag(),
        node["checks"].count(),
        node["failed"].count(),
        _value(node["overall"]),
        {_Node(name, value.path).word(Pillar): _value(value) for name, value in node["pillars"].members()},
    )
