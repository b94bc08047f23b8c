"""The whole assessment as JSON, by the schema in `schema/assessment-1.2.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TextIO

from auditor.document import document
from auditor.rendering import renderer
from auditor.text import compact_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from auditor.model import Assessment


@renderer("json", suffix=".json")
def json(assessment: Assessment, out: TextIO) -> None:
    """Write one line a finding, a check, a practice, so that reports can be searched and compared line by line.

    ASCII only: no terminal obeys what a resource's name hides, and lone surrogates survive.
    """
    out.writelines(_pieces(document(assessment)))


def _pieces(members: dict[str, Any]) -> Iterator[str]:
    separator = "{\n"
    for key, value in members.items():
        yield f"{separator}  {compact_json(key)}: "
        yield from _value(value)
        separator = ",\n"
    yield "\n}\n"


def _value(value: Any) -> Iterator[str]:
    """A member of the document: what nests takes a line an item, written one by one, for there may be many."""
    if isinstance(value, list):
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
    yield f"\n  {closing}" if value else closing
