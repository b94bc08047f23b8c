"""The recovery of labelled accounts, as views of an assessment."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from recovery_accounts import LABELLED, Spec, parts, survey

from auditor.model import ScanInfo
from auditor.posture import Document, document
from auditor.testing import ACCOUNT
from auditor.workloads import Workloads

SCAN = ScanInfo(ACCOUNT.id, ACCOUNT.partition, ACCOUNT.regions, ACCOUNT.now, complete=True, alias="shop")


def view(spec: Spec, name: str = "") -> Any:
    """The view of an account with one workload, by another name if one is given."""
    found: Any = survey(parts(spec), Workloads([spec.workload] if spec.workload else [])).describe()
    if name:
        found["workloads"][0]["workload"] = name
    return found


@cache
def everything() -> Document:
    """All labelled accounts as the workloads of one."""
    views = [view(one.spec, one.name) for one in LABELLED]
    whole = {
        "workloads": [each for one in views for each in one["workloads"]],
        "not_modelled": views[0]["not_modelled"],
    }
    return document(whole, SCAN)


def named(name: str) -> Document:
    """One of them."""
    whole = everything()
    return {**whole, "workloads": [one for one in whole["workloads"] if one["workload"] == name]}


def renamed(spec: Spec, text: str) -> Document:
    """An account in which every name is a text."""
    found = _with(view(spec), text)
    return document(found, replace(SCAN, alias=text))


def _with(value: Any, text: str) -> Any:
    if isinstance(value, dict):
        return {k: text if k in ("workload", "name", "trouble") else _with(one, text) for k, one in value.items()}
    return [_with(one, text) for one in value] if isinstance(value, list) else value
