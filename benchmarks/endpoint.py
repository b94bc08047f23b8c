"""AWS behind HTTP, with a latency and next to no CPU: answers of moto, learned once and then played back.

    python -m benchmarks.endpoint --resources 1000 --regions eu-west-1 eu-central-1

prints its port when the account is made, and with `--certificate FILE` that for TLS. While it learns, every question
goes to moto, in this process; while it plays, the stored answer leaves after exactly the latency, and only what was
never asked before goes to moto.
It is steered over the same port: `GET /-/log`, `GET /-/account`, `POST /-/play?latency=0.05&limits=1&loose=1`; and to
make the account larger (`grow.py`), `POST /-/grow?times=10` and `POST /-/pages?list=1`.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import http.client
import io
import json
import os
import re
import ssl
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from benchmarks.limits import Limits, refusal
from benchmarks.replica import rewritten

Headers = list[tuple[str, str]]

_NOT_OURS = frozenset({"x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "x-amz-user-agent"})
"""Headers that say who asks and when, but not what."""
_SERVER_ERROR, _NOT_IMPLEMENTED = 500, 501
_TIMED = frozenset({"GetMetricData", "LookupEvents"})
"""Operations whose questions have a time in them, or are put together as it happens: one answer serves for all."""
_LIST = "x-bench-list"
"""The header by which `grow.py` says which list it asks for."""
_TOKEN = re.compile(r"bench\.(\d+)\.(\d+)")
"""The marker of a grown list's page: the list and the page."""


def token(number: int, page: int) -> str:
    """What asks for a page of a grown list."""
    return f"bench.{number}.{page}"


@dataclass(frozen=True, slots=True)
class Question:
    """One HTTP request."""

    method: str
    target: str
    """Path and query."""
    headers: dict[str, str]
    """By their names in small letters."""
    body: bytes

    @property
    def key(self) -> tuple[object, ...]:
        """What determines the answer: all of it but time, signature and credentials."""
        marked = _TOKEN.search(self.target) or _TOKEN.search(self.body.decode("latin-1"))
        if marked:
            return (int(marked[1]), int(marked[2]))
        said = (pair for pair in self.headers.items() if pair[0].startswith("x-amz-") and pair[0] not in _NOT_OURS)
        return (self.method, self.target, self.headers.get("host"), self.scope, tuple(sorted(said)), self.body)

    @property
    def scope(self) -> tuple[str, str]:
        """Region and service that it is signed for."""
        parts = self.headers.get("authorization", "").partition("Credential=")[2].partition(",")[0].split("/")
        return (parts[-3], parts[-2]) if len(parts) > 3 else ("", "")

    @property
    def name(self) -> str:
        """The operation, as far as the protocol says it; method and path for REST."""
        path = self.target.partition("?")[0]
        if "x-amz-target" in self.headers:
            return self.headers["x-amz-target"].rpartition(".")[2]
        if "/operation/" in path:
            return path.rpartition("/")[2]
        form = self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        action = parse_qs(self.body.decode()).get("Action") if form else None
        return action[0] if action else f"{self.method} {self.target}"


def parse(buffer: bytes) -> tuple[Question | None, bytes]:
    """The first request of a buffer, if it is complete, and what follows it."""
    head, end, rest = buffer.partition(b"\r\n\r\n")
    if not end:
        return None, buffer
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    pairs = (line.split(":", 1) for line in lines)
    headers = {name.strip().lower(): value.strip() for name, value in pairs}
    length = int(headers.get("content-length", 0))
    if len(rest) < length:
        return None, buffer
    url = urlsplit(target)  # a proxy is asked with the whole URL
    path = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    return Question(method, path, headers, rest[:length]), rest[length:]


def render(status: int, headers: Iterable[tuple[str, str]], body: bytes) -> bytes:
    """An HTTP response, ready to be sent."""
    reason = http.client.responses.get(status, "Unknown")
    kept = [f"{n}: {v}" for n, v in headers if n.lower() not in {"content-length", "connection", "transfer-encoding"}]
    head = "\r\n".join([f"HTTP/1.1 {status} {reason}", *kept, f"Content-Length: {len(body)}"])
    return head.encode("latin-1") + b"\r\n\r\n" + body


@dataclass(slots=True)
class Entry:
    """A question, its answer, and how often it was asked since the last `play`."""

    name: str
    region: str
    service: str
    answer: bytes
    status: int
    asked: int = 0

    def rewritten(self, number: int) -> Entry:
        """The same of other resources."""
        head, _, body = self.answer.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:]]
        kept = [(name, value) for name, value in headers if name.lower() != "x-amz-crc32"]
        text = rewritten(body.decode("latin-1"), number).encode("latin-1")
        answer = render(self.status, kept, text)
        return Entry(rewritten(self.name, number), self.region, self.service, answer, self.status)


Ask = Callable[[Question], tuple[int, Headers, bytes]]


@dataclass
class Book:
    """All answers by question."""

    ask: Ask
    about: Any = None
    """What `GET /-/account` says."""
    latency: float | None = None
    """Seconds before an answer leaves; None while it learns."""
    entries: dict[tuple[object, ...], Entry] = field(default_factory=dict)
    timed: dict[tuple[str, str, str], Entry] = field(default_factory=dict)
    """Answers that serve for all questions with a time in them, by region, service and operation, if they are to."""
    missed: list[str] = field(default_factory=list)
    """Questions that were not known while playing."""
    since: float = field(default_factory=time.process_time)
    limits: Limits | None = None
    """Rates that requests are held to, while it plays."""
    lists: dict[int, tuple[object, ...]] = field(default_factory=dict)
    """The questions that `grow.py` asked, by its numbers."""

    def refusal(self, question: Question) -> bytes | None:
        """The answer to a request that comes too early."""
        if self.limits is None or not self.limits.refuses(*question.scope, question.name):
            return None
        return render(*refusal(question.scope[1], question.headers.get("content-type", "")))

    def grow(self, times: int) -> None:
        """Learn what is asked about so many times the resources; the lists of them come by `page`."""
        for key, entry in list(self.entries.items()):
            for number in range(1, times):
                other = _rewritten_key(key, number)
                if other == key:
                    break
                self.entries[other] = entry.rewritten(number)

    def page(self, number: int, answers: Sequence[str]) -> None:
        """The pages of a grown list, each as the body of its answer."""
        first = self.entries[self.lists[number]]
        kind = re.findall(rb"(?i)\r\n(content-type): ([^\r]+)", first.answer.partition(b"\r\n\r\n")[0])
        headers = [(name.decode(), value.decode()) for name, value in kind]
        for page, body in enumerate(answers):
            key = self.lists[number] if page == 0 else (number, page)
            answer = render(200, headers, body.encode("latin-1"))
            self.entries[key] = Entry(first.name, first.region, first.service, answer, 200)

    def known(self, question: Question) -> Entry | None:
        """The stored answer, where one may be given."""
        if self.latency is None:
            return None
        entry = self.entries.get(question.key)
        like = self.timed.get((*question.scope, question.name)) if entry is None else None
        if like is not None:
            entry = self.entries[question.key] = replace(like, asked=0)
        return entry

    def learn(self, question: Question) -> Entry:
        """Ask, and remember the answer; the last answer to a question is the one that is kept."""
        status, headers, body = self.ask(question)
        region, service = question.scope
        asked = self.entries[question.key].asked if question.key in self.entries else 0
        entry = Entry(question.name, region, service, render(status, headers, body), status, asked)
        self.entries[question.key] = entry
        if self.latency is not None:
            self.missed.append(entry.name)
        return entry

    def play(self, latency: float) -> None:
        """From now on answer from memory, and count anew."""
        self.latency = latency
        self.missed = []
        self.since = time.process_time()
        for entry in self.entries.values():
            entry.asked = 0

    def log(self) -> dict[str, Any]:
        """What was asked since `play`, and the CPU that answering took."""
        rows = [
            {"service": e.service, "region": e.region, "name": e.name, "status": e.status, "asked": e.asked}
            for e in self.entries.values()
            if e.asked
        ]
        buckets = self.limits.buckets if self.limits else {}
        slowest = max((one.seconds for one in buckets.values()), default=0.0)
        return {
            "questions": rows,
            "missed": self.missed,
            "cpu": time.process_time() - self.since,
            "throttled": sum(one.refused for one in buckets.values()),
            "rate_bound": slowest,
            "slowest": next((name for name, one in buckets.items() if slowest and one.seconds == slowest), ""),
        }

    def steer(self, question: Question) -> bytes:
        """Answer a request that is about this endpoint itself."""
        url = urlsplit(question.target)
        given = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/-/play":
            self.play(float(given["latency"]))
            self.limits = Limits() if given.get("limits") else None
            timed = (entry for entry in self.entries.values() if entry.name in _TIMED and given.get("loose"))
            self.timed = {(entry.region, entry.service, entry.name): entry for entry in timed}
        elif url.path == "/-/grow":
            self.grow(int(given["times"]))
        elif url.path == "/-/pages":
            self.page(int(given["list"]), json.loads(question.body))
        said = self.about if url.path == "/-/account" else self.log()
        return render(200, [("Content-Type", "application/json")], json.dumps(said).encode())


class Connection(asyncio.Protocol):
    """One kept-alive connection; a client waits for an answer before it asks again."""

    def __init__(self, book: Book, learner: ThreadPoolExecutor) -> None:
        self._book = book
        self._learner = learner
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._buffer += data
        while self._buffer:
            question, self._buffer = parse(self._buffer)
            if question is None:
                return
            self._answer(question)

    def _answer(self, question: Question) -> None:
        if question.target.startswith("/-/"):
            self._send(self._book.steer(question))
            return
        if _LIST in question.headers:
            self._book.lists[int(question.headers[_LIST])] = question.key
        refused = self._book.refusal(question)
        if refused is not None:
            self._loop.call_later(self._book.latency or 0, self._send, refused)
            return
        entry = self._book.known(question)
        if entry is None:
            asked = self._loop.run_in_executor(self._learner, self._book.learn, question)
            asked.add_done_callback(lambda done: self._learned(done.result()))
        else:
            entry.asked += 1
            self._loop.call_later(self._book.latency or 0, self._send, entry.answer)

    def _learned(self, entry: Entry) -> None:
        entry.asked += 1
        self._loop.call_later(self._book.latency or 0, self._send, entry.answer)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


def _rewritten_key(key: tuple[object, ...], number: int) -> tuple[object, ...]:
    """The question about other resources; the same where it is about none."""
    return tuple(_rewritten_part(part, number) for part in key)


def _rewritten_part(part: object, number: int) -> object:
    if isinstance(part, str):
        return rewritten(part, number)
    return rewritten(part.decode("latin-1"), number).encode("latin-1") if isinstance(part, bytes) else part


def moto() -> Ask:
    """Moto's own server without its sockets. What it lacks or breaks on is 501, which botocore does not ask again."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415 - slow

    app = DomainDispatcherApplication(create_backend_app)

    def ask(question: Question) -> tuple[int, Headers, bytes]:
        given: list[tuple[int, Headers]] = []

        def start(status: str, headers: Headers, _error: object = None) -> None:
            given.append((int(status.split(" ", 1)[0]), headers))

        try:
            body = b"".join(app(_environ(question), start))
            status, headers = given[-1]
        except Exception:  # noqa: BLE001 - whatever moto breaks on
            return _NOT_IMPLEMENTED, [], b""
        return (_NOT_IMPLEMENTED, [], b"") if status >= _SERVER_ERROR else (status, headers, body)

    return ask


def _environ(question: Question) -> dict[str, Any]:
    """The request as WSGI has it (PEP 3333)."""
    path, _, query = question.target.partition("?")
    host = question.headers.get("host", "127.0.0.1")
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in question.headers.items()}
    return {
        **headers,
        "REQUEST_METHOD": question.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(path, "latin-1"),
        "RAW_URI": question.target,
        "REQUEST_URI": question.target,
        "QUERY_STRING": query,
        "CONTENT_TYPE": question.headers.get("content-type", ""),
        "CONTENT_LENGTH": str(len(question.body)),
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(question.body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


async def serve(book: Book, ready: Callable[..., None], certificate: Path | None = None) -> None:
    """Answer until cancelled; `ready` is given the port, and with a certificate that for TLS as well."""
    with ThreadPoolExecutor(1, "moto") as learner, ExitStack() as stack:  # moto is not made for threads
        contexts = [None, *([_tls(certificate)] if certificate else [])]
        listen = asyncio.get_running_loop().create_server
        servers = [await listen(lambda: Connection(book, learner), "127.0.0.1", 0, ssl=one) for one in contexts]
        for server in servers:
            stack.callback(server.close)
        ready(*(server.sockets[0].getsockname()[1] for server in servers))
        await asyncio.Future()


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the account, print the port, answer until killed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--resources", type=int, default=1000)
    parser.add_argument("--regions", nargs="+", default=["eu-west-1", "eu-central-1"])
    parser.add_argument("--certificate", type=Path, help="a file with a certificate and its key: answer over TLS, too")
    options = parser.parse_args(arguments)

    import boto3  # noqa: PLC0415 - slow, and moto is set up first

    from auditor.demo.emulator import emulator  # noqa: PLC0415 - as above
    from benchmarks.account import build  # noqa: PLC0415 - as above

    with emulator():
        gc.disable()  # walking moto's models again and again would take longer than making the account
        session = boto3.session.Session(region_name=options.regions[0])
        made = build(session, options.resources, options.regions)
        asyncio.run(serve(Book(moto(), made), _say, options.certificate))


def _say(*ports: int) -> None:
    """Print the ports, and nothing after them: moto prints, but nobody reads on."""
    print(*ports, flush=True)
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - until the process ends


if __name__ == "__main__":
    main()
