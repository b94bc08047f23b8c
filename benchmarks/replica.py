"""A snapshot of ten times the resources: each answer of a recorded scan again, with other names and ids in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from auditor.aws import Request
from auditor.errors import Absent, Unread
from auditor.snapshot import Snapshot
from benchmarks.walk import Walk

_META = ("account", "partition", "caller", "alias", "regions", "started", "unserved", "complete", "note", "calls")
_NAMES = re.compile(
    r"(?<![a-z0-9])bench-(?=\d{4})|(?<=-)([0-9a-f]{17}|[0-9a-f]{8})(?![0-9a-f])|\b[0-9a-f]{8}(?=-[0-9a-f]{4}-)"
)
"""The names that `account.py` gives, the ids of EC2, and the beginnings of UUIDs."""


def rewritten(text: str, number: int) -> str:
    """The text about other resources; one to one, and for each number different."""

    def other(match: re.Match[str]) -> str:
        found = match.group()
        if found == "bench-":
            return f"bench{number}-"
        return f"{int(found, 16) ^ (number << (4 * len(found) - 8)):0{len(found)}x}"

    return _NAMES.sub(other, text)


def replicate(walk: Walk, path: Path, copies: int) -> None:
    """Write a snapshot that holds what the walk met, and `copies` times the same of other resources."""
    made = Snapshot.create(path)
    for name in _META:
        made.write_meta(name, walk.snapshot.meta(name))
    for request in [*walk.clock.requests.values(), *walk.metrics.values()]:
        _replicate(walk.snapshot, made, request, copies)
    made.close()


def _replicate(known: Snapshot, made: Snapshot, request: Request, copies: int) -> None:
    """A question about a resource is asked of its copies too; to a list, the copies are further pages."""
    pages, failure = _answer(known, request)
    texts = [json.dumps(page) for page in pages]
    about = json.dumps(request.params)
    for number in range(1, copies + 1):
        params = rewritten(about, number)
        if params != about:
            copied = [rewritten(text, number) for text in texts]
            asked = Request(request.call, request.region, json.loads(params), part=request.part)
            _write(made, asked, copied, failure)
        elif request.paged:
            texts += [copy for text in texts[: len(pages)] if (copy := rewritten(text, number)) != text]
    _write(made, request, texts, failure)


def _answer(known: Snapshot, request: Request) -> tuple[list[object], Unread | Absent | None]:
    pages: list[object] = []
    answers: Iterator[object] = known.pages(request)
    try:
        pages.extend(answers)
    except (Unread, Absent) as failure:
        return pages, failure
    return pages, None


def _write(made: Snapshot, request: Request, pages: list[str], failure: Unread | Absent | None) -> None:
    for number, text in enumerate(pages):
        last = failure is None and number == len(pages) - 1
        made.write_page(request, number, json.loads(text), last=last)
    if failure is not None:
        made.write_failure(request, failure)
