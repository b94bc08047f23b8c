from __future__ import annotations

import io
import json
from copy import deepcopy
from dataclasses import replace
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from sample import big, clean, empty, interrupted, sample

from auditor.document import VERSION, document
from auditor.model import GapKind, Pillar, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from auditor.model import Assessment

Path = tuple[str | int, ...]

module = import_module("auditor.reports.json")
SCHEMA = json.loads((files("auditor.reports.schema") / f"assessment-{VERSION}.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.json(assessment, out)
    return out.getvalue()


def objects(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where the objects of a document are, the first of each list standing for the others."""
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from objects(inner, (*path, key))
    if isinstance(value, list) and value:
        yield from objects(value[0], (*path, 0))


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def full() -> dict[str, Any]:
    """A document in which each kind of object stands first in its list."""
    whole = document(sample())
    whole["findings"].sort(key=lambda finding: finding["waiver"] is None)
    return deepcopy(whole)


# Maps whose keys are data: the account's, the catalogue's or a check's own.
OPEN = {"practices", "pillars", "patterns", "controls", "thresholds", "observed", "tags"}
NULLABLE = {"value", "waiver"}
CLOSED = [path for path in objects(full()) if not path or (path[0] != "views" and path[-1] not in OPEN | {"statuses"})]


def test_same_as_the_golden_file(golden: Callable[[str, str], None]) -> None:
    golden("sample.json", write(sample()))


def test_named_and_written_to_a_file() -> None:
    assert (module.json.format, module.json.suffix, module.json.terminal) == ("json", ".json", False)


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(500)])
def test_reads_back_as_the_document(make: Callable[[], Assessment]) -> None:
    text = write(make())
    assert json.loads(text) == json.loads(json.dumps(document(make())))
    assert list(json.loads(text)) == list(document(make()))
    assert text.endswith("}\n")


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


def test_a_line_a_finding() -> None:
    lines = write(sample()).splitlines()
    start = lines.index('  "findings": [')
    findings = [json.loads(line.rstrip(",")) for line in lines[start + 1 : start + 1 + len(sample().findings)]]
    assert findings == document(sample())["findings"]


def test_nothing_in_it_that_a_terminal_obeys() -> None:
    text = write(sample())
    assert text.isascii()
    assert all(line.isprintable() for line in text.replace("\x7f", "").splitlines())


@given(st.text(st.characters(categories=["Cs", "Cc", "Cf", "L"])))
@settings(max_examples=50)
def test_any_text_is_written_even_half_a_character(name: str) -> None:
    whole = sample()
    finding = replace(whole.findings[0], reason=name, observed={name: (name, float("inf"))})
    text = write(replace(whole, findings=(finding,)))
    (read,) = json.loads(text.encode())["findings"]
    assert (read["reason"], read["observed"]) == (name, {name: [name, None]})


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(500)])
def test_documents_follow_the_schema(make: Callable[[], Assessment]) -> None:
    VALIDATOR.validate(json.loads(write(make())))


def test_a_document_without_anything_follows_the_schema() -> None:
    bare = empty()
    scores = replace(bare.scores, pillars={}, patterns={}, controls={})
    nothing = replace(bare, patterns=(), practices={}, checks=(), counts=(), scores=scores, profile="")
    VALIDATOR.validate(json.loads(write(nothing)))


@pytest.mark.parametrize("kind", GapKind)
def test_every_kind_of_gap_follows_the_schema(kind: GapKind) -> None:
    whole = sample()
    unread = tuple(replace(one, gap=replace(one.gap, kind=kind)) for one in whole.unread)
    VALIDATOR.validate(document(replace(whole, unread=unread)))


def test_words_are_those_of_the_model() -> None:
    defs = SCHEMA["$defs"]
    assert defs["severity"]["enum"] == list(Severity)
    assert defs["pillar"]["enum"] == list(Pillar)
    assert defs["gap"]["properties"]["kind"]["enum"] == list(GapKind)
    # NOT_APPLICABLE is counted, and is never a finding.
    assert defs["finding"]["properties"]["status"]["enum"] == [s for s in Status if s is not Status.NOT_APPLICABLE]


def test_the_schema_describes_every_field() -> None:
    def undescribed(schema: Any, path: str) -> Iterator[str]:
        for name, field in schema.get("properties", {}).items():
            target = SCHEMA["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else field
            if not field.get("description", target.get("description")):
                yield f"{path}.{name}"
            yield from undescribed(field, f"{path}.{name}")
            for inner in ("items", "additionalProperties"):
                if isinstance(field.get(inner), dict):
                    yield from undescribed(field[inner], f"{path}.{name}.{inner}")

    named = {"": SCHEMA, **SCHEMA["$defs"]}
    assert [gap for name, schema in named.items() for gap in undescribed(schema, name)] == []


@pytest.mark.parametrize("path", CLOSED, ids=lambda path: ".".join(map(str, path)) or "document")
def test_the_schema_refuses_a_misspelt_a_missing_and_a_null_field(path: Path) -> None:
    whole = full()
    VALIDATOR.validate(whole)
    for key in list(at(whole, path)):
        assert not VALIDATOR.is_valid(without(whole, path, key)), f"{path}: {key} may be missing"
        assert not VALIDATOR.is_valid(changed(whole, path, f"{key}s", at(whole, path)[key])), f"{path}: {key}s may be"
        assert VALIDATOR.is_valid(changed(whole, path, key, None)) == (key in NULLABLE), f"{path}: {key} may be null"


def without(whole: Any, path: Path, key: str) -> Any:
    broken = deepcopy(whole)
    del at(broken, path)[key]
    return broken


def changed(whole: Any, path: Path, key: str, value: object) -> Any:
    broken = deepcopy(whole)
    at(broken, path)[key] = value
    return broken


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), "1"),
        (("account", "id"), "12345"),
        (("scan", "started"), "yesterday"),
        (("scan", "started"), "2026-11-26T05:54:53+01:00"),
        (("scan", "calls"), -1),
        (("scores", "overall", "value"), 100.5),
        (("scores", "pillars", "speed"), {"value": None, "passed": 0, "failed": 0, "unknown": 0, "waived": 0}),
        (("summary", "statuses", "FAIL"), "3"),
        (("checks", 0, "severity"), "urgent"),
        (("checks", 0, "practices"), ["SEC2"]),
        (("checks", 0, "statuses"), {"FAILED": 1}),
        (("findings", 0, "status"), "NOT_APPLICABLE"),
        (("findings", 0, "resource", "tags"), {"size": 3}),
        (("findings", 0, "waiver", "expires"), "some day"),
        (("unread", 0, "kind"), "forbidden"),
    ],
)
def test_the_schema_refuses_wrong_values(path: Path, value: object) -> None:
    *parents, key = path
    assert not VALIDATOR.is_valid(changed(full(), tuple(parents), str(key), value))
