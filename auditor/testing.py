"""For the tests of checks: evidence from responses that AWS could send, and tables of cases.

    test_s3_bucket_requires_tls = cases(
        "s3_bucket_requires_tls",
        case("no policy", FAIL, made(Bucket, Name="b"), None),
        case("textbook", PASS, made(Bucket, Name="b"), POLICY, because="denies"),
    )

Evidence goes through the collectors' own parsing, and each response is held to botocore's output model, so that
a test cannot invent a field that AWS does not have. Third-party check packs may use this module too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from auditor.aws import Aws, Request
from auditor.errors import Absent, Unread
from auditor.every import Every, Group
from auditor.model import GLOBAL, Account, Gap, GapKind, Region, Severity, Status, Verdict
from auditor.registry import load
from auditor.typed import Place, Resource, parse
from auditor.wiring import Collector

T = TypeVar("T")

PASS, FAIL, UNKNOWN, MANUAL, NOT_APPLICABLE = (
    Status.PASS,
    Status.FAIL,
    Status.UNKNOWN,
    Status.MANUAL,
    Status.NOT_APPLICABLE,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOME = "eu-west-1"
ACCOUNT = Account("123456789012", "aws", (HOME, "eu-central-1", "us-east-1"), NOW)
REGION = Region(HOME, ACCOUNT)


def ago(**units: float) -> str:
    """A moment before the scan, as responses write it: `ago(days=40)`."""
    return (NOW - timedelta(**units)).isoformat()


def gap(action: str = "service:Operation", region: str = HOME, kind: GapKind = GapKind.DENIED) -> Gap:
    """A read that was denied."""
    service, _, operation = action.partition(":")
    return Gap(kind, service, operation, action, region, "AccessDenied", "denied in a test")


def made(kind: type[T], raw: Any = None, *, region: str = "", under: Resource | None = None, **fields: Any) -> T:
    """Evidence of one item of a response; raises AssertionError for what AWS would not send.

    `raw` is the item, or its fields are given by keyword. `under` is the resource that it was listed under.
    """
    item = raw if raw is not None else fields
    one = _declared(kind)
    call = one.calls[0]
    held_to_model(call.service, call.operation, one.path or "", item)
    place = Place(ACCOUNT.partition, ACCOUNT.id, region or _home(one, under), call.name, call.action)
    return parse(kind, item, place, under)


def _home(one: Collector, under: Resource | None) -> str:
    if under is not None:
        return under.region
    return GLOBAL if one.scope is Account else HOME


def _declared(kind: type) -> Collector:
    found = [one for one in load().collectors if one.provides is kind]
    declared = [one for one in found if one.path is not None]
    if not declared:
        ways = ", ".join(one.name for one in found) or "none"
        hint = f"use gathered({kind.__name__}, scope, Operation=response)"
        message = f"{kind.__name__} has no declared collector (functions: {ways}); {hint}"
        raise AssertionError(message)
    return declared[0]


class Canned:
    """A transport that answers from responses given by operation: one, or a list of pages; or raises."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        self.requests: list[Request] = []

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The responses of the operation, each held to botocore's output model."""
        self.requests.append(request)
        answer = self._answers[request.call.operation]
        if callable(answer):
            answer = answer(request.params)
        if isinstance(answer, Exception):
            raise answer
        for page in answer if isinstance(answer, list) else [answer]:
            held_to_model(request.call.service, request.call.operation, "", page)
            yield page


def gathered(kind: type[T], scope: Any = None, /, **answers: Any) -> Any:
    """What the collector of a kind makes of responses, by operation; an exception as an answer is raised.

    A lister gives a tuple. An answer may be a function of the request's parameters.
    """
    scope = scope if scope is not None else REGION
    for one in load().collectors:
        if one.provides is kind and {call.operation for call in one.calls} >= set(answers):
            return _run(one, scope, Canned(answers))
    message = f"no collector of {kind.__name__} calls {', '.join(answers)}"
    raise AssertionError(message)


def _run(one: Collector, scope: Any, transport: Canned) -> Any:
    first = scope[0] if isinstance(scope, Sequence) else scope
    region = first.region if isinstance(first, Resource) else first.name if isinstance(first, Region) else GLOBAL
    listing = first if isinstance(first, Resource) else None
    aws = Aws(transport, ACCOUNT.partition, ACCOUNT.id, region, one.calls, listing)
    found = one.function(aws, scope)
    return tuple(found) if one.many else found


def every(*items: Any, gaps: Sequence[Gap] = ()) -> Every[Any]:
    """All evidence of a kind: resources, each in its region, under what they were listed under."""
    groups = [Group(_region_of(item), getattr(item, "_parent", None), (item,)) for item in items]
    return Every([*groups, *(Group(one.region, None, (), one) for one in gaps)])


def every_of(*pairs: tuple[Resource, Any], gaps: Sequence[Gap] = ()) -> Every[Any]:
    """All details of a kind: pairs of a resource and what describes it."""
    groups = [Group(scope.region, scope, (item,)) for scope, item in pairs]
    return Every([*groups, *(Group(one.region, None, (), one) for one in gaps)])


def _region_of(item: Any) -> str:
    parent = getattr(item, "_parent", None)
    return str(getattr(parent or item, "region", HOME))


@dataclass(frozen=True)
class Case:
    """One row of a table: evidence in, verdict out."""

    name: str
    expected: Status
    evidence: tuple[Any, ...]
    because: str = ""
    severity: Severity | None = None
    thresholds: Mapping[str, Any] = field(default_factory=dict)

    def verdict(self, check: str, evidence: Sequence[Any] | None = None) -> Verdict:
        """What the check says, as the engine takes it: evidence that cannot be read is UNKNOWN."""
        one = load().checks[check]
        try:
            return one.function(*(self.evidence if evidence is None else evidence), **self.thresholds)
        except Unread as failure:
            return Verdict(Status.UNKNOWN, failure.gap.reason)
        except Absent as failure:
            return Verdict(Status.UNKNOWN, str(failure))


def case(
    name: str, expected: Status, *evidence: Any, because: str = "", severity: Severity | None = None, **thresholds: Any
) -> Case:
    """A row: its name, the status, the evidence in the check's order; `because` must stand in the reason."""
    return Case(name, expected, evidence, because, severity, thresholds)


TABLES: dict[str, tuple[Case, ...]] = {}
"""Every table that was made, by check id: the laws read it."""


def cases(check: str, *rows: Case) -> Callable[..., None]:
    """The test of a check: assign it to a name that begins with `test_`."""
    import pytest

    if check in TABLES:
        message = f"{check} has two tables of cases"
        raise AssertionError(message)
    TABLES[check] = rows

    def test(row: Case) -> None:
        verdict = row.verdict(check)
        assert verdict.status is row.expected, verdict
        assert row.because in verdict.reason
        if row.severity is not None:
            assert (verdict.severity or load().checks[check].severity) is row.severity

    parametrized: Callable[..., None] = pytest.mark.parametrize("row", rows, ids=[row.name for row in rows])(test)
    return parametrized


@functools.cache
def _service_model(service: str) -> Any:
    from botocore.session import get_session

    return get_session().get_service_model(service)


def output_shape(service: str, operation: str, path: str) -> Any:
    """The botocore shape at a path of an operation's output; raises AssertionError where there is none."""
    shape = _service_model(service).operation_model(operation).output_shape
    for step in filter(None, path.replace("[]", ".[].").split(".")):
        shape = _step(shape, step, f"{service}:{operation} {path}")
    return shape


def _step(shape: Any, step: str, where: str) -> Any:
    if step == "[]":
        assert shape.type_name == "list", f"{where}: {shape.name} is no list"
        return shape.member
    if shape.type_name == "map":
        return shape.value
    assert shape.type_name == "structure", f"{where}: {shape.name} has no fields"
    assert step in shape.members, f"{where}: {shape.name} has no {step}; it has {', '.join(shape.members)}"
    return shape.members[step]


def held_to_model(service: str, operation: str, path: str, value: Any) -> None:
    """Raises AssertionError where AWS could not send this value at this path of the output."""
    _hold(output_shape(service, operation, path), value, f"{operation} {path}".strip())


_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,), "character": (str,), "boolean": (bool,), "integer": (int,), "long": (int,),
    "float": (int, float), "double": (int, float), "timestamp": (str, datetime), "blob": (str, bytes),
}  # fmt: skip


def _hold(shape: Any, value: Any, where: str) -> None:
    kind = shape.type_name
    if kind == "structure":
        assert isinstance(value, Mapping), f"{where}: {value!r} is no structure"
        for name, item in value.items():
            if getattr(shape, "is_document_type", False):
                continue
            assert name in shape.members, f"{where}: {shape.name} has no {name}; it has {', '.join(shape.members)}"
            _hold(shape.members[name], item, f"{where}.{name}")
    elif kind == "list":
        assert isinstance(value, (list, tuple)), f"{where}: {value!r} is no list"
        for item in value:
            _hold(shape.member, item, f"{where}[]")
    elif kind == "map":
        assert isinstance(value, Mapping), f"{where}: {value!r} is no map"
        for name, item in value.items():
            _hold(shape.value, item, f"{where}.{name}")
    else:
        _hold_scalar(shape, value, where)


def _hold_scalar(shape: Any, value: Any, where: str) -> None:
    if isinstance(value, Mapping) and "policy" in shape.name.lower():
        return  # botocore decodes IAM's policy documents
    assert isinstance(value, _TYPES[shape.type_name]), f"{where}: {value!r} is no {shape.type_name}"
    enum = getattr(shape, "enum", None)
    assert not enum or value in enum, f"{where}: {value!r} is none of {', '.join(enum)}"


__all__ = [
    "ACCOUNT", "FAIL", "HOME", "MANUAL", "NOT_APPLICABLE", "NOW", "PASS", "REGION", "TABLES", "UNKNOWN",
    "Canned", "Case", "ago", "case", "cases", "every", "every_of", "gap", "gathered", "held_to_model", "made",
    "output_shape",
]  # fmt: skip
