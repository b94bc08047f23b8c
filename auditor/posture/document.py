"""The view as a document of its own: versioned, and checked where it comes from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from auditor.document import instant
from auditor.errors import UsageError
from auditor.model import ScanInfo
from auditor.text import plain
from auditor.workloads import Strategy

SCHEMA, VERSION = "auditor.recovery", "1.0"
Document = dict[str, Any]


def document(view: Mapping[str, Any], scan: ScanInfo) -> Document:
    """The recovery of an account's workloads."""
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "account": {"id": scan.account, "alias": scan.alias},
        "started": instant(scan.started),
        "regions": list(scan.regions),
        "assume": None,
        "workloads": view.get("workloads"),
        "not_modelled": view.get("not_modelled"),
    }


def narrowed(document: Document, workload: str = "", assume: Strategy | None = None) -> Document:
    """The document of one workload, or with the steps to one strategy; raises UsageError for an unknown workload."""
    workloads = _only(workload, document["workloads"]) if workload else document["workloads"]
    if assume is None:
        return {**document, "workloads": workloads}
    assuming = [_assuming(one, assume.value) for one in workloads]
    return {**document, "assume": assume.value, "workloads": assuming}


def insist_on_form(document: Document) -> None:
    """Raises UsageError where a document, whose view may come from a file, has not the form of `recovery-1.0.json`."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import

    wrong = next(Draft202012Validator(_schema()).iter_errors(document), None)
    if wrong is not None:
        raise UsageError(f"the recovery in it is not sound: {plain(wrong.json_path)}: {plain(wrong.message)[:100]}")


@cache
def _schema() -> Any:
    return json.loads(files(__package__).joinpath("recovery-1.0.json").read_text("utf-8"))


def _only(workload: str, workloads: list[Any]) -> list[Any]:
    found = [one for one in workloads if one["workload"] == workload]
    if not found:
        names = ", ".join(plain(one["workload"]) for one in workloads) or "none"
        raise UsageError(f"--workload {workload}: there is no such workload; there are {names}")
    return found


def _assuming(workload: Mapping[str, Any], strategy: str) -> dict[str, Any]:
    return {**workload, "ladder": [one for one in workload["ladder"] if one["strategy"] == strategy]}
