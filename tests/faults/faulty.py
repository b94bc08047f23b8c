"""The demonstration account behind HTTP, with faults on demand: `python tests/faults/faulty.py` prints its port.

It is the endpoint of the benchmarks, which learns the answers of moto and plays them back. Between question and
answer stands a fault, set by `POST /-/fault?<JSON>` and counted anew each time; `{}` is a calm day.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import signal
import socket
import struct
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.endpoint import Book, Connection, Question, _say, moto, render

_XML = frozenset({"s3", "cloudfront", "route53"})


class Spoiled(NamedTuple):
    """What happens instead of the answer: another `answer`, a `reset`, a `cut`, a `stall` or a late answer."""

    how: str
    answer: bytes = b""


def refusal(
    question: Question, code: str, message: str = "", status: int = 400, *, ahead: timedelta = timedelta()
) -> bytes:
    """An error as the service's protocol writes it."""
    headers = [("x-amzn-errortype", code), ("Date", format_datetime(datetime.now(UTC) + ahead, usegmt=True))]
    if question.headers.get("smithy-protocol") == "rpc-v2-cbor":
        said = b"\xa2" + b"".join(_cbor(text) for text in ("__type", code, "message", message))
        headers += [("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")]
        return render(status, [*headers, ("x-amzn-query-error", f"{code};Sender")], said)
    service = question.scope[1]
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    if service == "ec2":
        error = f"<Response><Errors>{error}</Errors><RequestID>1</RequestID></Response>"
    elif service in _XML or "form" in question.headers.get("content-type", ""):
        error = error if service == "s3" else f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
    else:
        error = json.dumps({"__type": code, "message": message})
    return render(status, headers, error.encode())


def _cbor(text: str) -> bytes:
    raw = text.encode()
    return b"\x79" + struct.pack(">H", len(raw)) + raw


class Fault:
    """One way to go wrong, by its settings."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._set = settings
        self.asked = 0
        self.hit = 0
        self.served = 0
        self._times: Counter[tuple[object, ...]] = Counter()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def meet(self, question: Question) -> Spoiled | None:
        """What happens to this question instead of its answer; None: nothing."""
        self.asked += 1
        self._times[question.key] += 1
        kind = self._set.get("kind")
        spoiled: Spoiled | None = getattr(self, f"_{kind}")(question) if kind else None
        self.hit += spoiled is not None
        self.served += spoiled is None
        return spoiled

    def _chosen(self, question: Question) -> bool:
        """A share of the questions, the same ones every time; of each only as often as `times` says."""
        times = 1 if self._set.get("always") else self._times[question.key]
        if times > self._set.get("times", 10**9) or question.scope[1] == "sts":
            return False
        said = repr((self._set.get("seed", 0), times, question.key)).encode()
        drawn = int.from_bytes(hashlib.sha256(said).digest()[:4], "big") / 2**32
        return bool(drawn < self._set["share"])

    def _errors(self, question: Question) -> Spoiled | None:
        status = (500, 502, 503, 504)[self._times[question.key] % 4]
        a_proxy = status in (502, 503)
        start = b"<!DOCTYPE html>\n<html lang=en>" if a_proxy else b"<html>"
        page = render(status, [("Content-Type", "text/html")], start + b"<h1>Something went wrong</h1></html>")
        return Spoiled("answer", page) if self._chosen(question) else None

    def _reset(self, question: Question) -> Spoiled | None:
        return Spoiled("reset") if self._chosen(question) else None

    def _cut(self, question: Question) -> Spoiled | None:
        return Spoiled("cut") if self._chosen(question) else None

    def _shortened(self, question: Question) -> Spoiled | None:
        return Spoiled("shorten") if self._chosen(question) else None

    def _stall(self, question: Question) -> Spoiled | None:
        return Spoiled("stall") if self._chosen(question) else None

    def _throttle(self, question: Question) -> Spoiled | None:
        """A token bucket for each service and region."""
        rate, burst = self._set["rates"].get("/".join(question.scope), self._set["rate"]), self._set["burst"]
        now = time.monotonic()
        tokens, then = self._buckets.get(question.scope, (burst, now))
        tokens = min(burst, tokens + (now - then) * rate)
        if tokens >= 1:
            self._buckets[question.scope] = (tokens - 1, now)
            return None
        self._buckets[question.scope] = (tokens, now)
        code, status = ("SlowDown", 503) if question.scope[1] == "s3" else ("ThrottlingException", 400)
        if question.scope[1] == "ec2":
            code, status = "RequestLimitExceeded", 503
        return Spoiled("answer", refusal(question, code, "Rate exceeded", status))

    def _expire(self, question: Question) -> Spoiled | None:
        """After so many answers the session is over."""
        if self.served < self._set["after"]:
            return None
        message = "The security token included in the request is expired"
        return Spoiled("answer", refusal(question, "ExpiredToken", message, 403))

    def _age(self, question: Question) -> Spoiled | None:
        """A session token says when it was made, and is refused when it is old."""
        made = float(question.headers["x-amz-security-token"])
        if time.time() - made <= self._set["seconds"]:
            return None
        return Spoiled("answer", refusal(question, "ExpiredTokenException", "The token is expired", 403))

    def _skew(self, question: Question) -> Spoiled | None:
        """The endpoint's clock is so many minutes ahead; five are tolerated."""
        signed = datetime.strptime(question.headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        ahead = timedelta(minutes=self._set["minutes"])
        here = datetime.now(UTC) + ahead
        if abs(here - signed) <= timedelta(minutes=5):
            return None
        code = {"s3": "RequestTimeTooSkewed", "sts": "SignatureDoesNotMatch"}.get(
            question.scope[1], "InvalidSignatureException"
        )
        message = f"Signature expired: {signed:%Y%m%dT%H%M%SZ} is now earlier than {here:%Y%m%dT%H%M%SZ} (- 5 min.)"
        return Spoiled("answer", refusal(question, code, message, 403, ahead=ahead))

    def _deny(self, question: Question) -> Spoiled | None:
        """Operations are refused, by IAM or by a policy of the organization."""
        named = self._set["operations"].get(question.name)
        if named is None:
            return None
        how = " with an explicit deny in a service control policy" if named == "scp" else ""
        code = "UnauthorizedOperation" if question.scope[1] == "ec2" else "AccessDenied"
        message = f"User: arn:aws:iam::123456789012:user/a is not authorized to perform: {question.name}{how}"
        return Spoiled("answer", refusal(question, code, message, 403))

    def _region(self, question: Question) -> Spoiled | None:
        """A region that is not enabled knows no credentials."""
        if question.scope[0] != self._set["name"]:
            return None
        code = "AuthFailure" if question.scope[1] == "ec2" else "UnrecognizedClientException"
        message = "The security token included in the request is invalid."
        return Spoiled("answer", refusal(question, code, message, 403))

    def _kill(self, question: Question) -> Spoiled | None:
        """At one question, the scanner is killed."""
        if self.asked == self._set["after"]:
            os.kill(self._set["pid"], signal.SIGKILL)
        return None


class Faulty(Connection):
    """A connection with the fault of the hour."""

    faults: Fault = Fault({})

    def _answer(self, question: Question) -> None:
        if question.target.startswith("/-/"):
            self._steer(question)
            return
        spoiled = Faulty.faults.meet(question)
        if spoiled is None:
            super()._answer(question)
        elif spoiled.how == "answer":
            self._send(spoiled.answer)
        elif spoiled.how == "reset":
            line = self._transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif spoiled.how in ("cut", "shorten"):
            self._break_off(question, within_frame=spoiled.how == "shorten")

    def _break_off(self, question: Question, *, within_frame: bool) -> None:
        """Half of the answer: then the line goes dead, or a proxy says that this was all."""
        entry = self._book.known(question)
        whole = entry.answer if entry else render(200, [], b"{}")
        head, _, body = whole.partition(b"\r\n\r\n")
        if entry and (entry.status != HTTPStatus.OK or not body):
            self._send(whole)
            return
        if not within_frame:
            self._send(head + b"\r\n\r\n" + body[: len(body) // 2] if len(body) > 1 else whole[: len(whole) // 2])
            self._transport.close()
            return
        kept = [line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:]]
        pairs = [(name, value) for name, value in kept if "crc" not in name.lower()]
        self._send(render(200, pairs, body[: len(body) // 2]))

    def _steer(self, question: Question) -> None:
        url = urlsplit(question.target)
        if url.path == "/-/fault":
            Faulty.faults = Fault(json.loads(unquote(url.query)))
        if url.path == "/-/counts":
            met = Faulty.faults
            said = {"asked": met.asked, "hit": met.hit, "served": met.served, "different": len(met._times)}
            self._send(render(200, [], json.dumps(said).encode()))
            return
        self._send(self._book.steer(question))


async def serve(book: Book) -> None:
    """Answer until killed."""
    with ThreadPoolExecutor(1, "moto") as learner:
        server = await asyncio.get_running_loop().create_server(lambda: Faulty(book, learner), "127.0.0.1", 0)
        _say(server.sockets[0].getsockname()[1])
        async with server:
            await server.serve_forever()


def main() -> None:
    """Build the account and serve it."""
    from auditor.demo.account import demo_account

    with demo_account():
        asyncio.run(serve(Book(moto())))


if __name__ == "__main__":
    main()
