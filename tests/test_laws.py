"""What holds for every collector and check, whoever wrote it."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import pytest

from auditor.calls import Call
from auditor.every import Every, Group
from auditor.model import Account, Status
from auditor.plan import make_plan
from auditor.practices import practices
from auditor.registry import AnyCheck, load
from auditor.testing import TABLES, gap, output_shape
from auditor.typed import Evidence, paths
from auditor.wiring import Collector, Form, Need

REGISTRY = load()
CALLS = sorted(
    {call.name: call for one in REGISTRY.collectors for call in one.calls}.values(), key=lambda call: call.name
)
DECLARED = [one for one in REGISTRY.collectors if one.path is not None]
CHECKS = list(REGISTRY.checks.values())

READING = re.compile(r"^(Describe|Get|List|BatchGet|Search|Lookup)[A-Z]")
ALSO_READING = {
    "iam:GenerateCredentialReport": "makes IAM compile a report of its own data; nothing in the account changes",
    "iam:GenerateServiceLastAccessedDetails": "makes IAM compile a report too, of when services were last used",
}
DATA = re.compile(
    r"^(s3:GetObject|s3:SelectObject|dynamodb:(BatchGetItem|GetItem|Query|Scan)|secretsmanager:(GetSecretValue|BatchGetSecretValue)"
    r"|ssm:GetParameter(s|sByPath|History)?|sts:(GetSessionToken|GetFederationToken)|lambda:GetLayerVersion|kinesis:GetRecords"
    r"|sqs:ReceiveMessage|logs:(GetLogEvents|GetLogRecord|GetQueryResults|FilterLogEvents)|ec2:GetPasswordData|ec2:GetConsole\w+"
    r"|ecr:GetAuthorizationToken|redshift:GetClusterCredentials\w*|rds:DownloadDB\w+|athena:GetQueryResults)$"
)


@pytest.fixture(scope="module")
def botocore_models() -> Any:
    from botocore.session import get_session

    session = get_session()
    return session.get_service_model


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_declared_operation_exists_reads_only_and_gives_no_customer_data(call: Call, botocore_models: Any) -> None:
    model = botocore_models(call.service).operation_model(call.operation)
    assert READING.match(call.operation) or call.name in ALSO_READING
    assert not DATA.match(call.name)
    inputs = model.input_shape.members if model.input_shape else {}
    assert set(call.params) <= set(inputs)


PRICED = ("ce",)
"""Services that charge for each request (AWS Cost Explorer pricing: 0.01 USD)."""


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_call_that_costs_money_is_declared_so(call: Call) -> None:
    assert call.paid == (call.service in PRICED)


@pytest.mark.parametrize("call", [c for c in CALLS if c.page], ids=lambda call: call.name)
def test_a_page_size_is_one_that_the_paginator_takes(call: Call) -> None:
    import json

    import botocore

    folder = Path(botocore.__file__).parent / "data" / call.service
    newest = max(path for path in folder.iterdir() if path.is_dir())
    pagination = _json(newest / "paginators-1.json", json)["pagination"]
    assert pagination[call.operation].get("limit_key"), f"{call.name} has no page size"


def _json(path: Path, json: Any) -> Any:
    if path.exists():
        return json.loads(path.read_text())
    import gzip

    return json.loads(gzip.decompress(path.with_suffix(".json.gz").read_bytes()))


def _declared_paths() -> Iterator[tuple[Collector, str]]:
    for one in DECLARED:
        base = one.path or ""
        yield one, base
        yield from ((one, _join(base, path)) for path in _paths_of(one.provides))


def _paths_of(kind: type) -> Iterator[str]:
    """The paths of a kind's fields, and those of the evidence inside it."""
    import typing

    hints = typing.get_type_hints(kind)
    for name, spec in paths(kind):
        yield spec.path
        inner = _evidence_in(hints[name])
        if inner is not None and spec.parse is None:
            each = "[]" if get_origin(_bare(hints[name])) is tuple and not spec.path.endswith("[]") else ""
            yield from (_join(spec.path + each, path) for path in _paths_of(inner))


def _bare(hint: Any) -> Any:
    arms = [arm for arm in get_args(hint) if arm is not type(None)]
    return arms[0] if len(arms) == 1 and type(None) in get_args(hint) else hint


def _evidence_in(hint: Any) -> type | None:
    bare = _bare(hint)
    item = get_args(bare)[0] if get_origin(bare) is tuple else bare
    return item if isinstance(item, type) and issubclass(item, Evidence) else None


def _join(base: str, path: str) -> str:
    return f"{base}.{path}".strip(".") if not path.startswith("[]") else f"{base}{path}"


@pytest.mark.parametrize(("one", "path"), list(_declared_paths()), ids=lambda value: getattr(value, "name", value))
def test_a_parse_path_exists_in_the_output_model(one: Collector, path: str) -> None:
    assert output_shape(one.calls[0].service, one.calls[0].operation, path) is not None


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.id)
def test_a_check_says_what_it_must(one: AnyCheck) -> None:
    assert one.practices
    assert set(one.practices) <= set(practices())
    assert one.title[0].isupper()
    assert not one.title.endswith(".")
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", one.id)


def test_every_check_can_be_planned() -> None:
    plan = make_plan(REGISTRY, CHECKS, allow_paid=True)
    assert {call.name for call in plan.calls} <= {call.name for call in CALLS} | {
        "cloudwatch:GetMetricData",
        "resourcegroupstaggingapi:GetResources",
    }


@pytest.fixture(scope="module")
def tables() -> dict[str, Any]:
    """Every table of cases, whichever test modules this worker has loaded."""
    loaded = {getattr(module, "__file__", "") for module in _modules()}
    for file in sorted((Path(__file__).parent / "checks").rglob("test_*.py")):
        if str(file) not in loaded:
            spec = importlib.util.spec_from_file_location(f"law_{file.parent.name}_{file.stem}", file)
            assert spec is not None
            assert spec.loader is not None
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return TABLES


def _modules() -> list[Any]:
    import sys

    return list(sys.modules.values())


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.id)
def test_a_check_was_seen_to_pass_and_to_fail(one: AnyCheck, tables: dict[str, Any]) -> None:
    seen = {row.expected for row in tables.get(one.id, ())}
    if one.subject is Account and not one.needs:  # a question: people answer it, in the audit profile
        assert seen == {Status.MANUAL}
    else:
        assert seen >= {Status.PASS, Status.FAIL}


WHOLES = [(one, index) for one in CHECKS for index, need in enumerate(one.needs, 1) if need.form is Form.EVERY]


@pytest.mark.parametrize(("one", "index"), WHOLES, ids=lambda value: getattr(value, "id", value))
def test_a_list_that_could_not_be_read_can_make_a_check_unknown(
    one: AnyCheck, index: int, tables: dict[str, Any]
) -> None:
    """A list that never matters would be read for nothing, or taken for whole when it is not."""
    seen = set()
    for row in tables.get(one.id, ()):
        evidence = [_unread(value) if place == index else value for place, value in enumerate(row.evidence)]
        seen.add(row.verdict(one.id, evidence).status)
    assert Status.UNKNOWN in seen


def _unread(value: Any) -> Any:
    return Every([Group("eu-west-1", None, (), gap("service:Denied"))]) if isinstance(value, Every) else value


@pytest.mark.parametrize("one", CHECKS, ids=lambda one: one.id)
def test_a_case_gives_as_much_evidence_as_the_check_takes(one: AnyCheck, tables: dict[str, Any]) -> None:
    needs: list[Need] = list(one.needs)
    for row in tables.get(one.id, ()):
        assert len(row.evidence) == len(needs) + 1, row.name
