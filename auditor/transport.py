"""What stands behind the door to AWS: live calls through boto3, and a recorder around them."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from concurrent.futures import Future
from copy import copy
from datetime import UTC, datetime
from typing import Any, NamedTuple

from auditor.aws import Request, Transport
from auditor.errors import Absent, Unread
from auditor.model import GapKind
from auditor.redact import Redactor
from auditor.snapshot import Snapshot

DENIED = frozenset(
    {
        "AccessDenied", "AccessDeniedException", "AccessDeniedFault", "AuthorizationError",
        "AuthorizationErrorException", "AccessForbidden", "Client.UnauthorizedOperation",
        "ForbiddenException", "NotAuthorized", "NotAuthorizedException", "UnauthorizedException",
        "UnauthorizedOperation", "UnauthorizedAccess", "InsufficientPrivilegesException",
        "AWSOrganizationsAccessDeniedException", "403", "Forbidden",
    }
)  # fmt: skip
THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded", "EC2ThrottledException", "LimitExceededException",
        "PriorRequestNotComplete", "ProvisionedThroughputExceededException", "RequestLimitExceeded",
        "RequestThrottled", "RequestThrottledException", "SlowDown", "ThrottledException", "Throttling",
        "ThrottlingException", "TooManyRequestsException", "429",
    }
)  # fmt: skip
REFUSED = frozenset(
    {
        "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId",
        "UnrecognizedClientException", "InvalidToken", "AuthFailure", "SignatureDoesNotMatch",
        "InvalidAccessKeyId", "TokenRefreshRequired", "MissingAuthenticationToken",
        "InvalidSignatureException", "RequestTimeTooSkewed",
    }
)  # fmt: skip
_FOR_GOOD = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "NoCredentialsError",
        "TokenRetrievalError",
        "CredentialRetrievalError",
        "SSOTokenLoadError",
        "UnauthorizedSSOTokenError",
    }
)
"""Refusals that every later call would meet too."""
_NOT_SUBSCRIBED = frozenset(
    {"SubscriptionRequiredException", "OptInRequired", "AWSOrganizationsNotInUseException", "SubscriptionRequired"}
)
_UNSUPPORTED = frozenset(
    {
        "UnknownOperationException",
        "InvalidAction",
        "NotImplemented",
        "UnsupportedOperation",
        "UnsupportedOperationException",
        "501",
        "404",
        "UnknownOperation",
    }
)
_NOT_ENABLED = "not enabled for cost explorer"
"""Cost Explorer's words, in an AccessDeniedException, to an account that never turned it on."""
_SERVER_ERRORS = 500
_ORGANIZATION = ("service control policy", "resource control policy", "service control policies")


def classify(code: str, message: str, status: int) -> GapKind:
    """What kind of gap an error of AWS is; what is no IAM denial is told by its message."""
    if code in DENIED and _NOT_ENABLED in message.lower():
        return GapKind.NOT_SUBSCRIBED
    if code in DENIED:
        by_organization = any(word in message.lower() for word in _ORGANIZATION)
        return GapKind.DENIED_BY_ORGANIZATION if by_organization else GapKind.DENIED
    for codes, kind in (
        (THROTTLED, GapKind.THROTTLED),
        (REFUSED, GapKind.CREDENTIALS),
        (_NOT_SUBSCRIBED, GapKind.NOT_SUBSCRIBED),
        (_UNSUPPORTED, GapKind.UNSUPPORTED),
    ):
        if code in codes:
            return kind
    return GapKind.UNREACHABLE if status >= _SERVER_ERRORS else GapKind.INVALID


class Counts(NamedTuple):
    """What a run has done so far."""

    calls: int = 0
    in_flight: int = 0
    throttled: int = 0
    denied: int = 0


class Tally:
    """Counts a run's calls, for the progress display; by many threads, and in several processes."""

    def __init__(self, counts: MutableSequence[int] | None = None) -> None:
        self._counts: MutableSequence[int] = counts if counts is not None else list(Counts())
        self._others: list[Tally] = []
        self._lock = threading.Lock()

    def add(self, name: str, amount: int = 1) -> None:
        """Count something, by a name of `Counts`."""
        with self._lock:
            self._counts[Counts._fields.index(name)] += amount

    def include(self, other: Tally) -> None:
        """Count what another process counts, too."""
        self._others.append(other)

    @property
    def counts(self) -> Counts:
        """The counts here and elsewhere."""
        parts = (self._counts, *(other.counts for other in self._others))
        return Counts(*(sum(column) for column in zip(*parts, strict=True)))


Clients = Callable[[str, str], Any]
"""A boto3 client for a service and a region (`global` for the account's)."""


class Live:
    """Asks AWS through boto3; retries and signing are botocore's."""

    def __init__(
        self, clients: Clients, tally: Tally, *, allow_paid: bool = False, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self._clients = clients
        self._tally = tally
        self._allow_paid = allow_paid
        self._pause = pause
        self.expired: datetime | None = None
        """When the credentials were refused for good; no call is made after it."""

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The answer's pages as boto3 gives them; raises `Unread` or `Absent`."""
        if request.call.paid and not self._allow_paid:
            raise Unread(request.gap(GapKind.NOT_ALLOWED, "", "not asked: it costs money"))
        if self.expired is not None:
            raise Unread(request.gap(GapKind.CREDENTIALS, "ExpiredToken", "not asked: the credentials had expired"))
        self._tally.add("in_flight")
        try:
            yield from self._ask(request)
        except (Unread, Absent):
            raise
        except Exception as error:
            raise self._failure(request, error) from error
        finally:
            self._tally.add("in_flight", -1)

    def _ask(self, request: Request) -> Iterator[dict[str, Any]]:
        client = self._clients(request.call.service, request.region)
        method = _method_name(request.call.operation)
        if request.paged and client.can_paginate(method):
            size = {"PageSize": request.call.page} if request.call.page else {}
            for page in client.get_paginator(method).paginate(**request.params, PaginationConfig=size):
                self._tally.add("calls")
                yield page
        elif request.paged and request.call.until is None:
            yield from self._chained(client, getattr(client, method), request)
        else:
            self._tally.add("calls")
            yield self._settled(getattr(client, method), request)

    def _chained(
        self, client: Any, method: Callable[..., dict[str, Any]], request: Request
    ) -> Iterator[dict[str, Any]]:
        """The pages of an operation for which botocore has no paginator, by the marker that each answer carries."""
        marker: dict[str, Any] | None = {}
        while marker is not None:
            self._tally.add("calls")
            answer = method(**request.params, **marker)
            yield answer
            marker = _marker(client, request.call.operation, answer, marker)

    def _settled(self, method: Callable[..., dict[str, Any]], request: Request) -> dict[str, Any]:
        """The answer; where the call declares `until`, the one that has the awaited value."""
        answer = method(**request.params)
        if request.call.until is not None:
            name, value = request.call.until
            for delay in (0.5, 1, 2, 2, 4, 4, 8, 8):
                if answer.get(name) == value:
                    break
                self._pause(delay)
                self._tally.add("calls")
                answer = method(**request.params)
        return answer

    def _failure(self, request: Request, error: Exception) -> Unread | Absent:
        code, message, status = _error_of(error)
        if code in request.call.absent:
            return Absent(code)
        kind = _KINDS.get(code) or classify(code, message, status)
        if code in _FOR_GOOD and self.expired is None:
            self.expired = datetime.now(UTC)
        if kind is GapKind.THROTTLED:
            self._tally.add("throttled")
        if kind in (GapKind.DENIED, GapKind.DENIED_BY_ORGANIZATION):
            self._tally.add("denied")
        return Unread(request.gap(kind, code, message))


_MARKERS = (
    ("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "NextMarker"), ("NextMarker", "Marker"),
    ("nextPageToken", "pageToken"), ("position", "position"),
)  # fmt: skip
"""Where an answer says how to go on, and the parameter that takes it."""


def _marker(client: Any, operation: str, answer: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any] | None:
    """The parameter that asks for the next page; None at the end. CloudFront has its marker within its list."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    places = (answer, *(value for value in answer.values() if isinstance(value, Mapping)))
    for given, taken in _MARKERS:
        value = next((place[given] for place in places if place.get(given)), None)
        if value and shape is not None and taken in shape.members and before != {taken: value}:
            return {taken: value}
    return None


_MESSAGE = 300
_TAG = re.compile(r"<[^>]+>")

_KINDS = {
    "NoCredentialsError": GapKind.CREDENTIALS,
    "PartialCredentialsError": GapKind.CREDENTIALS,
    "CredentialRetrievalError": GapKind.CREDENTIALS,
    "TokenRetrievalError": GapKind.CREDENTIALS,
    "SSOTokenLoadError": GapKind.CREDENTIALS,
    "UnauthorizedSSOTokenError": GapKind.CREDENTIALS,
    "EndpointConnectionError": GapKind.UNREACHABLE,
    "ConnectTimeoutError": GapKind.UNREACHABLE,
    "ReadTimeoutError": GapKind.UNREACHABLE,
    "ConnectionClosedError": GapKind.UNREACHABLE,
    "ProxyConnectionError": GapKind.UNREACHABLE,
    "SSLError": GapKind.UNREACHABLE,
    "ResponseParserError": GapKind.UNREACHABLE,
    "NotImplementedError": GapKind.UNSUPPORTED,
    "OperationNotPageableError": GapKind.INVALID,
}
"""Failures that never became an answer of AWS, by the name of botocore's exception."""


def _error_of(error: Exception) -> tuple[str, str, int]:
    """Code, message and HTTP status of whatever botocore raised."""
    response = getattr(error, "response", None)
    if not isinstance(response, dict):
        return type(error).__name__, _one_line(str(error)), 0
    detail = response.get("Error", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return str(detail.get("Code", "")), _one_line(str(detail.get("Message", ""))), status


def _one_line(message: str) -> str:
    """A message as the report shows it; some endpoints answer with a page of HTML."""
    text = " ".join(_TAG.sub(" ", message).split())
    return text if len(text) <= _MESSAGE else text[:_MESSAGE] + "…"


def _method_name(operation: str) -> str:
    from botocore import xform_name  # boto3 is slow to import: only a live call does

    return str(xform_name(operation))


class _Heard:
    """A short answer, for those who ask the same while it comes; a longer one they read from the record."""

    def __init__(self) -> None:
        self.is_short = True
        self._pages: list[dict[str, Any]] = []
        self.failure: Unread | Absent | None = None

    def add(self, page: dict[str, Any]) -> None:
        """Keep a page, unless there are several."""
        self.is_short = self.is_short and not self._pages
        self._pages = [page] if self.is_short else []

    def pages(self) -> Iterator[dict[str, Any]]:
        """The answer again."""
        yield from self._pages
        if self.failure is not None:
            raise copy(self.failure)


_DONE: Future[_Heard | None] = Future()
"""Stands for every question that is answered: one of its own for each would be most of a scan's memory."""
_DONE.set_result(None)


class Recorder:
    """A transport that keeps what it hears: each question is asked once, its failure remembered like its answer."""

    def __init__(self, live: Transport, snapshot: Snapshot, *, is_new: bool = False) -> None:
        self.live = live
        self.is_new = is_new
        """Whether the record held nothing when the run began."""
        self._snapshot = snapshot
        self._redactor = Redactor(bytes.fromhex(snapshot.meta("redaction_key")))
        self._answered = set() if is_new else snapshot.answered()
        self._asked: dict[str, Future[_Heard | None]] = {}
        self._lock = threading.Lock()

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The pages, redacted; a second asker waits for the first and reads the record."""
        with self._lock:
            first = request.key not in self._asked
            done = self._asked.setdefault(request.key, Future())
        if not first:
            heard = done.result()
            return heard.pages() if heard else self._snapshot.pages(request)
        if request.key in self._answered:
            done.set_result(None)
            self._asked[request.key] = _DONE
            return self._snapshot.pages(request)
        return self._record(request, done)

    def answered(self, request: Request) -> bool:
        """Whether the record held the whole answer when this run began."""
        return request.key in self._answered

    def commit(self) -> None:
        """Put what was heard where other processes can read it."""
        self._snapshot.commit()

    def record(self, request: Request, body: Any) -> None:
        """Keep the answer to a question that was asked as a part of a larger one."""
        self._snapshot.write_page(request, 0, self._redactor.clean(body), last=True)

    def fail(self, request: Request, failure: Unread | Absent) -> None:
        """Keep why a question that was a part of a larger one has no answer."""
        self._snapshot.write_failure(request, failure)

    def _record(self, request: Request, done: Future[_Heard | None]) -> Iterator[dict[str, Any]]:
        heard = _Heard()
        is_over = False
        try:
            if not self.is_new:
                self._snapshot.forget(request)
            yield from self._record_pages(request, heard)
            is_over = True
        except (Unread, Absent) as failure:
            self._snapshot.write_failure(request, failure)
            heard.failure = failure
            is_over = True
            raise
        finally:
            done.set_result(heard if is_over and heard.is_short else None)
            self._asked[request.key] = _DONE

    def _record_pages(self, request: Request, heard: _Heard) -> Iterator[dict[str, Any]]:
        """A page is handed on as soon as it is stored; the last one is marked when no other comes."""
        number, wanted = 0, True
        for page in self.live.pages(request):
            page.pop("ResponseMetadata", None)
            clean = self._redactor.clean(page)
            self._snapshot.write_page(request, number, clean, last=not request.paged)
            heard.add(clean)
            number += 1
            if wanted:
                try:
                    yield clean
                except GeneratorExit:  # the asker has enough, but others may want the whole answer
                    wanted = False
        if request.paged:
            self._snapshot.finish(request, number - 1)
