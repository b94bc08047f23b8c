"""Findings that Security Hub has not taken yet, kept in a file until it does: JSON, a line each after the first."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from auditor.errors import UsageError
from auditor.text import compact_json

SCHEMA, VERSION = "auditor.spool", "1.0"


class Unsent(NamedTuple):
    """A finding in the AWS Security Finding Format, and the region it belongs to."""

    region: str
    finding: dict[str, Any]


def read(path: Path, account: str | None = None) -> tuple[str, list[Unsent]]:
    """The account of a spool and what it keeps; raises UsageError where it is no spool, or another account's."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; nothing is waiting to be sent") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from None
    owner = _owner(path, lines[0] if lines else "")
    if account not in (None, owner):
        raise UsageError(f"{path} keeps findings of account {owner}, not of {account}; give another --spool")
    return owner, [_unsent(path, number, text) for number, text in enumerate(lines[1:], 2)]


def write(path: Path, account: str, unsent: Iterable[Unsent]) -> bool:
    """Keep these and nothing else, whole or not at all; without any the file is removed. Whether there is one now.

    Raises UsageError where it cannot be written.
    """
    kept = list(unsent)
    try:
        if not kept:
            path.unlink(missing_ok=True)
            return False
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".auditor-")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(compact_json({"schema": SCHEMA, "version": VERSION, "account": account}) + "\n")
            out.writelines(compact_json(one._asdict()) + "\n" for one in kept)
        Path(temporary).replace(path)
    except OSError as error:
        raise UsageError(f"--spool {path}: cannot write there: {error.strerror or error}") from None
    return True


def _owner(path: Path, text: str) -> str:
    head = _object(text)
    if head.get("schema") != SCHEMA:
        raise UsageError(f"{path} is no spool of `auditor deliver securityhub`; give another --spool")
    if str(head.get("version")).partition(".")[0] != VERSION.partition(".")[0]:
        raise UsageError(f"{path} has version {head.get('version')}; this version of auditor reads {VERSION}")
    return str(head.get("account"))


def _unsent(path: Path, number: int, text: str) -> Unsent:
    value = _object(text)
    region, finding = value.get("region"), value.get("finding")
    if not isinstance(region, str) or not isinstance(finding, dict) or not isinstance(finding.get("Id"), str):
        raise UsageError(f"{path}, line {number}: no finding; deliver the assessment again instead")
    return Unsent(region, finding)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
