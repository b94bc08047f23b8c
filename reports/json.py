"""The whole assessment as JSON, by the schema in `schema/assessment-1.2.json`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from auditor.document import members
from auditor.rendering import renderer
from auditor.text import compact_json

if TYPE_CHECKING:
    from auditor.model import Assessment


@renderer("json", suffix=".json")
def json(assessment: Assessment, out: TextIO) -> None:
    """Write one line a finding, a check, a practice, so that reports can be searched and compared line by line.

    ASCII only: no terminal obeys what a resource's name hides, and lone surrogates survive.
    """
    out.writelines(_pieces(members(assessment)))


def _pieces(parts: dict[str, Any]) -> Iterator[str]:
    separator = "{\n"
    for key, value in parts.items():
        yield f"{separator}  {compact_json(key)}: "
        yield from _value(value)
        separator = ",\n"
    yield "\n}\n"


def _value(value: Any) -> Iterator[str]:
    """A member of the document: what nests takes a line an item, written one by one, for there may be many."""
    if isinstance(value, (list, Iterator)):
        items, (opening, closing) = (compact_json(item) for item in value), "[]"
    elif isinstance(value, dict):
        items, (opening, closing) = (f"{compact_json(key)}: {compact_json(item)}" for key, item in value.items()), "{}"
    else:
        yield compact_json(value)
        return
    yield opening
    separator = "\n"
    for item in items:
        yield f"{separator}    {item}"
        separator = ",\n"
    yield closing if separator == "\n" else f"\n  {closing}"
