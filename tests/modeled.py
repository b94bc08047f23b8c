"""A local endpoint of an AWS service that moto lacks, or takes too lightly: requests are held to botocore's model.

`serve(API)` runs it, and `Endpoint` starts the module of an API in a process of its own. A request is found by its
method and path, parsed and validated by the model; the answer of the handler is held to the model too. Only the
REST-JSON protocol. `POST /-/set` changes what the handlers see as settings, `GET /-/state` tells what they keep.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
from botocore.validate import ParamValidator

SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/")


class RefusalError(Exception):
    """The service refuses a request, with one of its error codes."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


@dataclass
class Api:
    """What handlers share: their state, the settings of the test, and the requests so far."""

    service: str
    handlers: Mapping[str, Callable[[Api, str, dict[str, Any]], dict[str, Any]]]
    """By operation; each takes this, the region that was signed for, and the parameters."""
    state: Any
    settings: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, str, float]] = field(default_factory=list)
    """Operation, region, moment."""
    buckets: dict[Any, tuple[float, float]] = field(default_factory=lambda: defaultdict(lambda: (0.0, -1.0)))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        model = botocore.session.get_session().get_service_model(self.service)
        operations = (model.operation_model(name) for name in model.operation_names)
        self.routes = [(one.http["method"], _pattern(one.http["requestUri"]), one) for one in operations]

    def allow(self, key: Any, rate: float, burst: float) -> bool:
        """Take a token of the bucket, if there is one."""
        now = time.monotonic()
        left, at = self.buckets[key]
        left = burst if at < 0 else min(burst, left + (now - at) * rate)
        self.buckets[key] = (left - 1 if left >= 1 else left, now)
        return left >= 1


def _pattern(uri: str) -> re.Pattern[str]:
    path = re.sub(r"\\\{(\w+)(\\\+)?\\\}", r"(?P<\1>[^/]+)", re.escape(uri.partition("?")[0]))
    return re.compile(path)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    api: Api

    def _any(self) -> None:
        target = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if target.path.startswith("/-/"):
            self._control(target.path, body)
            return
        try:
            self._send(200, self._answer(target.path, parse_qs(target.query), body))
        except RefusalError as refusal:
            told = {"Message": refusal.message, "Code": refusal.code}
            self._send(refusal.status, told, [("x-amzn-ErrorType", refusal.code)])

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _any  # noqa: N815 - the base class's names

    def _control(self, path: str, body: bytes) -> None:
        api = self.api
        if path == "/-/set":
            api.settings = json.loads(body)
            api.calls.clear()
            api.buckets.clear()
        elif path == "/-/put":
            api.state.clear()
            api.state.update(json.loads(body))
        self._send(200, {"state": api.state, "calls": api.calls})

    def _answer(self, path: str, query: dict[str, list[str]], body: bytes) -> dict[str, Any]:
        scope = SCOPE.search(self.headers.get("Authorization", ""))
        if not scope:
            raise RefusalError("MissingAuthenticationToken", "the request is not signed", 403)
        operation, named = self._operation(path)
        places: dict[str, Mapping[str, Any]] = {"uri": named, "querystring": query}
        params = _parsed(operation.input_shape, places, json.loads(body or b"{}"))
        report = ParamValidator().validate(params, operation.input_shape)
        if report.has_errors():
            raise RefusalError("ValidationException", report.generate_report())
        with self.api.lock:
            self.api.calls.append((operation.name, scope["region"], time.monotonic()))
            answer = self.api.handlers[operation.name](self.api, scope["region"], params)
        wrong = ParamValidator().validate(answer, operation.output_shape)
        unknown = set(answer) - set(operation.output_shape.members)
        assert not wrong.has_errors(), wrong.generate_report()
        assert not unknown
        return answer

    def _operation(self, path: str) -> tuple[Any, dict[str, str]]:
        """The operation of the request, and what its path names."""
        for method, pattern, operation in self.api.routes:
            matched = pattern.fullmatch(path)
            if matched and method == self.command:
                return operation, matched.groupdict()
        raise RefusalError("UnknownOperationException", f"{self.command} {path}", 404)

    def _send(self, status: int, value: Any, headers: list[tuple[str, str]] = []) -> None:  # noqa: B006 - only read
        data = json.dumps(value).encode()
        self.send_response(status)
        for name, text in [("Content-Type", "application/json"), ("Content-Length", str(len(data))), *headers]:
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Nothing: the test reads the calls."""


def _parsed(shape: Any, places: Mapping[str, Mapping[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    """The parameters, from where the model has them; what it does not know in the body stays, to be refused."""
    params = dict(body)
    for name, member in (shape.members if shape else {}).items():
        place, key = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri" and key in places["uri"]:
            params[name] = unquote(places["uri"][key])
        elif place == "querystring" and key in places["querystring"]:
            (text,) = places["querystring"][key]
            params[name] = int(text) if member.type_name == "integer" else text
    unknown = set(params) - set(shape.members if shape else {})
    if unknown:
        raise RefusalError("ValidationException", f"unknown parameters {sorted(unknown)}")
    return params


def serve(api: Api) -> None:
    """Answer until the process is ended; the first line of standard output is the port."""
    handler = type("Bound", (Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


@dataclass(frozen=True)
class Endpoint:
    """An API in a process of its own, as a test sees it."""

    url: str

    def set(self, **settings: Any) -> None:
        """From now on the handlers see these settings; the calls are counted anew."""
        self._ask("/-/set", settings)

    def put(self, state: Any) -> None:
        """What the service keeps."""
        self._ask("/-/put", state)

    @property
    def state(self) -> Any:
        return self._ask("/-/state")["state"]

    @property
    def calls(self) -> list[tuple[str, str, float]]:
        """Operation, region and moment of each call since `set`."""
        found: list[tuple[str, str, float]] = self._ask("/-/state")["calls"]
        return found

    def _ask(self, path: str, value: Any = None) -> Any:
        request = urllib.request.Request(f"{self.url}{path}", json.dumps(value).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@contextmanager
def started(module: Path) -> Iterator[Endpoint]:
    """Run a module that serves an API until the block ends."""
    process = subprocess.Popen([sys.executable, str(module)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield Endpoint(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.terminate()
        process.wait(10)
