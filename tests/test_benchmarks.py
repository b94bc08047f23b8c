"""The benchmark's endpoint answers as moto does and counts right; its figures are reckoned right. Nothing is timed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from auditor.snapshot import Snapshot
from benchmarks.account import MIX
from benchmarks.endpoint import Book, Headers, Question, parse, render
from benchmarks.figures import Measured, Row, Usage, calls_of
from benchmarks.replay import Replay
from benchmarks.replica import rewritten
from benchmarks.run import REGIONS, Endpoint, endpoint, scan

pytestmark = pytest.mark.xdist_group("benchmark")

SIGNED = "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/iam/aws4_request, SignedHeaders=host, Signature=00"


def _raw(body: str = "Action=ListRoles", **changes: str) -> bytes:
    headers = {
        "Host": "127.0.0.1",
        "Authorization": SIGNED,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": "20260101T000000Z",
        "Content-Length": str(len(body)),
    }
    lines = [f"{name}: {value}" for name, value in (headers | changes).items()]
    return "\r\n".join(["POST / HTTP/1.1", *lines, "", body]).encode()


def _question(body: str = "Action=ListRoles", **changes: str) -> Question:
    question, rest = parse(_raw(body, **changes))
    assert question is not None
    assert rest == b""
    return question


def test_a_request_is_parsed_when_it_is_complete() -> None:
    raw = _raw()
    assert parse(raw[:20]) == (None, raw[:20])
    assert parse(raw[:-1]) == (None, raw[:-1])
    first, rest = parse(raw + b"POST")
    assert first == _question()
    assert rest == b"POST"


def test_a_proxied_request_loses_the_host_of_its_url() -> None:
    found, _ = parse(b"GET http://1.s3-control.invalid/v20180820/x?y=1 HTTP/1.1\r\nHost: 1.s3-control.invalid\r\n\r\n")
    assert found is not None
    assert found.target == "/v20180820/x?y=1"


def test_time_and_signature_do_not_make_another_question() -> None:
    later = _question(
        **{"X-Amz-Date": "20270101T000000Z", "Authorization": SIGNED.replace("Signature=00", "Signature=11")}
    )
    assert later.key == _question().key


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Action=ListUsers"},
        {"Authorization": SIGNED.replace("eu-west-1", "us-east-1")},
        {"Authorization": SIGNED.replace("/iam/", "/sts/")},
        {"X-Amz-Target": "Some.Operation"},
        {"X-Amz-Expected-Bucket-Owner": "123456789012"},
    ],
)
def test_what_determines_the_answer_makes_another_question(other: dict[str, str]) -> None:
    assert _question(**other).key != _question().key


def test_operations_are_named_by_each_protocol() -> None:
    assert _question().name == "ListRoles"
    assert _question(**{"X-Amz-Target": "DynamoDB_20120810.ListTables"}).name == "ListTables"
    assert parse(b"GET /2015-03-31/functions HTTP/1.1\r\n\r\n")[0].name == "GET /2015-03-31/functions"  # type: ignore[union-attr]
    assert parse(b"POST /service/S/operation/DescribeAlarms HTTP/1.1\r\n\r\n")[0].name == "DescribeAlarms"  # type: ignore[union-attr]


def test_a_response_says_its_own_length() -> None:
    said = render(200, [("Content-Length", "7"), ("Connection", "close"), ("ETag", "x")], b"four")
    assert said == b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 4\r\n\r\nfour"


def test_a_book_learns_the_last_answer_and_counts_from_play_on() -> None:
    answers: Iterator[tuple[int, Headers, bytes]] = iter(
        [(200, [], b"STARTED"), (200, [], b"COMPLETE"), (404, [], b"")]
    )
    book = Book(lambda _question: next(answers))
    assert book.known(_question()) is None
    book.learn(_question()).asked += 1
    book.learn(_question()).asked += 1
    book.play(0.05)
    entry = book.known(_question())
    assert entry is not None
    assert entry.answer.endswith(b"COMPLETE")
    entry.asked += 2
    assert book.known(_question("Action=ListUsers")) is None
    book.learn(_question("Action=ListUsers")).asked += 1
    log = book.log()
    assert [(row["name"], row["asked"], row["status"]) for row in log["questions"]] == [
        ("ListRoles", 2, 200),
        ("ListUsers", 1, 404),
    ]
    assert log["missed"] == ["ListUsers"]


def test_calls_made_twice_are_told_from_retries() -> None:
    rows = [("a", 200, 1), ("b", 200, 3), ("c", 404, 2), ("d", 503, 4), ("e", 429, 2), ("f", 501, 1)]
    log = {
        "questions": [
            {"service": "s", "region": "r", "name": n, "status": status, "asked": k} for n, status, k in rows
        ],
        "missed": [],
        "cpu": 0.1,
    }
    calls = calls_of(log)
    assert (calls.made, calls.repeated, calls.retried) == (13, 3, 4)
    assert calls.again == {"s:b": 2, "s:c": 1}
    assert calls.errors == {"404": 2, "503": 4, "429": 2, "501": 1}


def _measured(chain: int) -> Measured:
    calls = calls_of(
        {
            "questions": [{"service": "s", "region": "r", "name": "n", "status": 200, "asked": 1000}],
            "missed": [],
            "cpu": 0,
        }
    )
    floor = {"call": 0.001, "client": 0.01, "clients": 50, "imports": 0.2, "questions": 1000, "wall": 2}
    return Measured(
        0.05, [Usage(3, 2.5, 150), Usage(1.6, 2, 140)], calls, chain, floor, 0.1, Usage(2, 2, 100), 1000, 10_000
    )


def test_the_bound_is_the_larger_of_chain_and_cpu() -> None:
    assert _measured(4).bound == pytest.approx(1.0)
    assert _measured(40).bound == pytest.approx(2.0)


def test_the_quickest_scan_and_the_most_memory_count() -> None:
    rows = {row.name: row for row in _measured(4).rows}
    assert rows["scan: wall time over its bound"].ratio == pytest.approx(1.6)
    assert rows["scan: wall time over its bound"].verdict == "over"
    assert rows["scan: peak memory of a process"].measured == 150
    assert rows["scan: calls made twice"].verdict == "over"


def test_the_parts_add_up_to_the_scan() -> None:
    *parts, (_, total) = _measured(4).parts
    assert sum(seconds for _, seconds in parts) == pytest.approx(total)


def test_a_row_without_target_has_no_verdict() -> None:
    assert Row("a", "", 5).verdict == ""
    assert Row("a", "s", 5, 5).verdict == "ok"


@pytest.mark.parametrize("number", [1, 2, 9])
@pytest.mark.parametrize(
    "text", ["bench-0001-role-eu-west-1", "i-0123456789abcdef0", "sg-01234567", "6a204bd8-9f4a-4e4b-8c8e-000000000000"]
)
def test_replicas_are_about_other_resources(text: str, number: int) -> None:
    copy = rewritten(text, number)
    assert copy != text
    assert rewritten(rewritten(text, number), number) == text or text.startswith("bench-")
    assert len({rewritten(text, n) for n in range(10)} | {text}) >= 10


def test_replicas_leave_alone_what_is_not_of_a_resource() -> None:
    text = '{"Account": "123456789012", "Region": "eu-central-1", "workload": "bench"}'
    assert rewritten(text, 3) == text


def test_the_mix_is_a_thousand_resources() -> None:
    assert sum(share.of_thousand * share.counts for share in MIX) == pytest.approx(1000, abs=10)


@pytest.fixture(scope="module")
def server() -> Iterator[Endpoint]:
    with endpoint(60, REGIONS[:2]) as started:
        yield started


def _client(server: Endpoint, service: str, region: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    session = boto3.session.Session()
    return session.client(service, region_name=region, config=Config(retries={"total_max_attempts": 1}))


def test_the_endpoint_answers_in_every_protocol(server: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def client(service: str, region: str = "eu-west-1") -> Any:
        return _client(server, service, region, monkeypatch)

    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    assert client("ec2").describe_instances()["Reservations"]
    assert client("iam").list_roles()["Roles"]
    assert client("dynamodb", "eu-central-1").list_tables()["TableNames"]
    assert client("lambda").list_functions()["Functions"]
    assert client("cloudwatch").describe_alarms()["MetricAlarms"]
    buckets = client("s3").list_buckets()["Buckets"]
    assert client("s3").get_bucket_tagging(Bucket=buckets[0]["Name"])["TagSet"]
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        client("s3control").get_public_access_block(AccountId="123456789012")


def test_what_moto_lacks_is_not_asked_again(server: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ClientError) as caught:
        _client(server, "elasticache", "eu-west-1", monkeypatch).describe_reserved_cache_nodes()
    assert caught.value.response["Error"]["Code"] == "501"


def test_a_scan_is_counted_walked_and_replicated(server: Endpoint, tmp_path: Path) -> None:
    scan(server, REGIONS[:2], tmp_path, [])
    server.ask("POST", "/-/play?latency=0")
    scan(server, REGIONS[:2], tmp_path, [])
    calls = calls_of(server.ask("GET", "/-/log"))
    assert calls.repeated == 0, calls.again

    replay = Replay.of(tmp_path / "scan.db", [])
    assert 3 <= replay.chain.calls < 30
    questions = json.loads(replay.write_questions(tmp_path / "questions.json").read_text())
    assert 0 < len(questions) <= calls.made
    replay.replicate(tmp_path / "replica.db", 9)
    before, after = (Snapshot.open(tmp_path / name) for name in ("scan.db", "replica.db"))
    buckets = next(one for one in replay.walk.clock.requests.values() if one.call.name == "s3:ListBuckets")
    number, more = (sum(len(page["Buckets"]) for page in snapshot.pages(buckets)) for snapshot in (before, after))
    assert more == 10 * number > 0
    before.close()
    after.close()
