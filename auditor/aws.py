"""The one door to AWS for a collector: it opens for the operations that the collector declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from auditor.calls import Call
from auditor.errors import UndeclaredError, Unread
from auditor.model import Gap, GapKind, Json
from auditor.typed import MISFIT, Place, Resource, parse

T = TypeVar("T")

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _canonical(params: Mapping[str, Json]) -> str:
    """As JSON with sorted keys; most questions have one name or ARN for a parameter, and that is quick to write."""
    if len(params) == 1:
        ((name, value),) = params.items()
        if isinstance(value, str):
            return f'{{"{name}":{_quoted(value)}}}'
    return _encode(params) if params else "{}"


_quoted = json.encoder.encode_basestring_ascii


_place = lru_cache(4096)(Place)
"""Resources of one question share their place."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to AWS: an operation in a region with its parameters."""

    call: Call
    region: str
    """`global` where the service is asked once for the account."""
    params: Mapping[str, Json]
    paged: bool = False
    part: str = ""
    """The part of the operation's answers that it is about, where one operation tells many things: a metric."""
    key: str = field(init=False, repr=False)
    """The question as canonical text: equal questions have equal keys."""
    kin: str = field(init=False, repr=False)
    """What the keys of all questions of this operation, region and part begin with."""

    def __post_init__(self) -> None:
        text = _canonical(self.params)
        object.__setattr__(self, "kin", f"{self.call.name} {self.region} {self.part}")
        object.__setattr__(self, "key", f"{self.kin}{text}")

    def gap(self, kind: GapKind, code: str, message: str) -> Gap:
        """Why this question has no answer."""
        return Gap(kind, self.call.service, self.call.operation, self.call.action, self.region, code, message)


class Transport(Protocol):
    """Where answers come from: AWS, a snapshot, or a test."""

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The answer's pages, as JSON values; raises `Unread` or `Absent`."""


@dataclass(frozen=True, slots=True)
class Aws:
    """What a collector sees of AWS: its declared operations, in one region."""

    transport: Transport
    partition: str
    account: str
    region: str
    calls: tuple[Call, ...]
    scope: Resource | None = None

    def __call__(self, operation: str, **params: Json) -> dict[str, Any]:
        """The one answer of an operation; raises `Unread` or `Absent`."""
        (answer,) = self.transport.pages(self._request(operation, params, paged=False))
        return answer

    def pages(self, operation: str, **params: Json) -> Iterator[dict[str, Any]]:
        """All pages of an operation; raises `Unread` where they stop early."""
        return self.transport.pages(self._request(operation, params, paged=True))

    def parse(self, kind: type[T], raw: Any, *, scope: Resource | None = None, region: str = "") -> T:
        """Evidence of a piece of an answer; a shape that does not fit is a gap, not a crash."""
        first = self.calls[0]
        place = _place(self.partition, self.account, region or self.region, first.name, first.action)
        try:
            return parse(kind, raw, place, scope or self.scope)
        except MISFIT as error:
            raise self.misfit(kind.__name__, error, place.region) from error

    def misfit(self, what: str, error: Exception, region: str = "") -> Unread:
        """Why an answer could not be used: it had not the shape that was expected of it."""
        first = self.calls[0]
        said = str(error) or type(error).__name__
        return Unread(
            Gap(GapKind.INVALID, first.service, first.operation, first.action, region or self.region, what, said)
        )

    def _request(self, operation: str, params: Mapping[str, Json], *, paged: bool) -> Request:
        for declared in self.calls:
            if operation in (declared.operation, declared.name):
                return Request(declared, self.region, {**declared.params, **params}, paged)
        raise UndeclaredError(f"{operation} is not among the collector's declared calls")
