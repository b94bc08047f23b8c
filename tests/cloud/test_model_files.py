"""Models of which only what is declared is decoded, against the whole ones."""

from __future__ import annotations

import json
from pathlib import Path

import botocore
import pytest

from auditor.cloud.model_files import _laid_out, _read, declared, model_files, pruned
from auditor.plan import make_plan
from auditor.registry import load

REGISTRY = load()
CALLS = make_plan(REGISTRY, list(REGISTRY.checks.values())).calls
SERVICES = sorted({call.service for call in CALLS})
MODEL = {
    "version": "2.0",
    "metadata": {"protocol": "json"},
    "operations": {"A": {"input": {"shape": "In"}, "documentation": "x"}, "B": {"input": {"shape": "Other"}}},
    "shapes": {
        "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}, "documentation": 'a "b":{ c'},
        "Text": {"type": "string"},
        "Other": {"type": "structure", "members": {}},
    },
    "clientContextParams": {"In": {"type": "boolean"}},
}


def newest(service: str) -> Path:
    folder = Path(botocore.__file__).parent / "data" / service
    return max(path for path in folder.iterdir() if path.is_dir()) / "service-2"


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_decoded_is_what_the_whole_model_says(service: str) -> None:
    raw = _read(str(newest(service)))
    assert raw is not None
    operations = {call.operation for call in CALLS if call.service == service}
    assert {"operations", "shapes", "metadata"} <= _laid_out(raw).keys(), "only what is kept was decoded"
    assert declared(raw, operations) == pruned(json.loads(raw), operations)


@pytest.mark.parametrize("indent", [2, None, 1, 4], ids=lambda one: f"indent {one}")
def test_a_model_that_is_laid_out_in_another_way_says_the_same(indent: int | None) -> None:
    raw = json.dumps(MODEL, indent=indent).encode()
    assert declared(raw, {"A"}) == pruned(MODEL, {"A"})
    assert set(declared(raw, {"A"})["shapes"]) == {"In", "Text"}


def test_a_model_without_an_operation_that_is_declared_is_read_as_far_as_it_goes() -> None:
    raw = json.dumps(MODEL, indent=2).encode()
    assert set(declared(raw, {"A", "New"})["operations"]) == {"A"}


def test_a_model_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="Expecting"):
        declared(b"no model", {"A"})


def test_a_users_own_model_is_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "2020-01-01"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(MODEL))
    (folder / "service-2.sdk-extras.json").write_text(json.dumps({"merge": {"shapes": {"In": {"x": 1}, "Other": {}}}}))
    (folder / "waiters-2.json").write_text("{}")
    files = model_files({"shop": {"A"}})
    assert set(files.load_file(str(folder / "service-2"))["operations"]) == {"A"}
    assert files.load_file(str(folder / "service-2.sdk-extras")) == {"merge": {"shapes": {"In": {"x": 1}}}}
    assert files.load_file(str(folder / "waiters-2")) == {}
    assert files.load_file(str(folder / "paginators-1")) is None
