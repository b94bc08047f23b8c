"""The summary of a webhook: what it says, when it is sent again, and that its address stays secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sample import sample

from auditor.deliver.webhook import Webhook, message
from auditor.errors import UsageError
from auditor.model import ResourceRef, Severity, Status

PATH = "/services/T0/B0/secret"


@dataclass
class Receiver:
    """The other side: answers with these statuses, then with 200."""

    port: int = 0
    statuses: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.headers.append(self.headers)
            made.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status = made.statuses.pop(0) if made.statuses else 200
            self.send_response(status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def send(receiver: Receiver, **settings: Any) -> Any:
    return Webhook(receiver.address, pause=0.01, **settings).send(sample(), lambda *_: None)


def test_one_message_with_the_counts_for_people_and_for_programs(receiver: Receiver) -> None:
    receipt = send(receiver)
    assert receipt.problems == []
    (body,) = receiver.bodies
    said = json.loads(body)
    failed = [one for one in sample().findings if one.status is Status.FAIL and not one.waiver]
    assert sum(said["auditor"]["failed"].values()) == len(failed)
    worst = max(one.severity.rank for one in failed)
    assert f" {list(Severity)[worst]}" in said["text"]
    assert [block["type"] for block in said["blocks"]] == ["header", "section", "section"]
    assert receiver.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_receiver_is_asked_again(receiver: Receiver, status: int) -> None:
    receiver.statuses = [status, status]
    assert send(receiver).problems == []
    assert len(receiver.bodies) == 3


@pytest.mark.parametrize(
    ("statuses", "asked", "problem"),
    [([403], 1, "it answered 403"), ([302], 1, "it answered 302"), ([500] * 9, 4, "it answered 500")],
)
def test_a_refusal_is_one_line_without_the_address(
    receiver: Receiver, statuses: list[int], asked: int, problem: str
) -> None:
    receiver.statuses = statuses
    receipt = send(receiver)
    assert receipt.problems == [f"webhook at 127.0.0.1: {problem}"]
    assert len(receiver.bodies) == asked
    assert receipt.counts == {"webhook at 127.0.0.1": {"messages": 0, "not sent": 1}}


def test_nobody_there_is_one_line_without_the_address() -> None:
    receipt = Webhook(f"http://127.0.0.1:1{PATH}", pause=0.01).send(sample(), lambda *_: None)
    assert receipt.problems == ["webhook at 127.0.0.1: no answer (NewConnectionError) after 4 tries"]


def test_a_secret_signs_the_body(receiver: Receiver) -> None:
    send(receiver, secret="s3cr3t")
    expected = hmac.new(b"s3cr3t", receiver.bodies[0], hashlib.sha256).hexdigest()
    assert receiver.headers[0]["X-Auditor-Signature"] == f"sha256={expected}"


def test_a_dry_run_sends_nothing(receiver: Receiver) -> None:
    assert send(receiver, dry_run=True).notes[0].startswith("would send ")
    assert receiver.bodies == []


def test_names_of_the_account_call_nobody() -> None:
    whole = sample()
    evil = ResourceRef("arn:x", "AWS::S3::Bucket", "eu-west-1", "<!channel> & <https://evil|ok>\nnext")
    failure = replace(whole.findings[0], status=Status.FAIL, severity=Severity.CRITICAL, resource=evil, waiver=None)
    said = message(replace(whole, findings=(failure,)))
    worst = said["blocks"][2]["text"]["text"]
    assert "&lt;!channel&gt; &amp; &lt;https://evil|ok&gt;\\nnext" in worst
    assert "\n" not in worst


def test_the_address_is_in_no_representation() -> None:
    made = Webhook.of_environment({"AUDITOR_WEBHOOK_URL": f"https://hooks.example.com{PATH}"})
    assert "secret" not in repr(made)
    assert made.title == "webhook at hooks.example.com"


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({}, "needs the environment variable AUDITOR_WEBHOOK_URL"),
        ({"AUDITOR_WEBHOOK_URL": "http://a.example"}, "https"),
    ],
)
def test_an_unusable_address_is_told_before_anything_is_sent(variables: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Webhook.of_environment(variables)
