from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from told import told

from auditor.aws import Request
from auditor.calls import call
from auditor.errors import Absent, Unread
from auditor.model import GapKind
from auditor.snapshot import Snapshot
from auditor.transport import Live, Recorder, Tally, classify

LIST = Request(call("iam", "ListUsers", page=100), "global", {}, paged=True)
POLICY = Request(call("s3", "GetBucketPolicy", absent="NoSuchBucketPolicy"), "eu-west-1", {"Bucket": "b"})


class ClientError(Exception):
    """What botocore raises, as far as the transport looks at it."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message)
        self.response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}


class EndpointConnectionError(Exception):
    pass


def live(answer: Any, tally: Tally | None = None, *, allow_paid: bool = False) -> Live:
    class Client:
        def can_paginate(self, name: str) -> bool:
            return False

        def __getattr__(self, name: str) -> Any:
            def method(**_: Any) -> Any:
                if isinstance(answer, Exception):
                    raise answer
                return answer() if callable(answer) else answer

            return method

    return Live(lambda _service, _region: Client(), tally or Tally(), allow_paid=allow_paid, pause=lambda _: None)


SCP = "User is not authorized to perform: s3:GetBucketPolicy with an explicit deny in a service control policy"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ClientError("AccessDenied"), GapKind.DENIED),
        (ClientError("AccessDenied", SCP), GapKind.DENIED_BY_ORGANIZATION),
        (ClientError("UnauthorizedOperation"), GapKind.DENIED),
        (ClientError("ThrottlingException"), GapKind.THROTTLED),
        (ClientError("SlowDown", status=503), GapKind.THROTTLED),
        (ClientError("ExpiredToken"), GapKind.CREDENTIALS),
        (ClientError("SubscriptionRequiredException"), GapKind.NOT_SUBSCRIBED),
        (ClientError("AccessDeniedException", "User not enabled for cost explorer access"), GapKind.NOT_SUBSCRIBED),
        (ClientError("501", status=501), GapKind.UNSUPPORTED),
        (ClientError("InternalError", status=500), GapKind.UNREACHABLE),
        (ClientError("ValidationException"), GapKind.INVALID),
        (EndpointConnectionError(), GapKind.UNREACHABLE),
        (NotImplementedError(), GapKind.UNSUPPORTED),
        (ValueError("a bug of botocore"), GapKind.INVALID),
    ],
)
def test_each_failure_is_recorded_as_what_it_is(error: Exception, kind: GapKind) -> None:
    with pytest.raises(Unread) as caught:
        list(live(error).pages(POLICY))
    assert caught.value.gap.kind is kind
    assert caught.value.gap.action == "s3:GetBucketPolicy"


def test_a_declared_code_is_the_answer_that_there_is_nothing() -> None:
    with pytest.raises(Absent, match="NoSuchBucketPolicy"):
        list(live(ClientError("NoSuchBucketPolicy", status=404)).pages(POLICY))


PAID = Request(call("ce", "GetSavingsPlansCoverage", paid=True), "global", {})


def test_a_call_that_costs_money_is_not_made_unless_it_is_allowed() -> None:
    made = []

    def answer() -> Any:
        made.append(1)
        return {"SavingsPlansCoverages": []}

    with pytest.raises(Unread) as caught:
        list(live(answer).pages(PAID))
    assert caught.value.gap.kind is GapKind.NOT_ALLOWED
    assert caught.value.gap.reason == (
        "ce:GetSavingsPlansCoverage costs money and was not asked; allow it with --allow-paid-calls"
    )
    assert not made
    assert list(live(answer, allow_paid=True).pages(PAID)) == [{"SavingsPlansCoverages": []}]
    assert made == [1]


def test_a_call_that_was_not_allowed_is_asked_by_a_later_run_that_allows_it(tmp_path: Path) -> None:
    snapshot = Snapshot.create(tmp_path / "scan.db")
    with pytest.raises(Unread):
        list(Recorder(live({}), snapshot).pages(PAID))
    with pytest.raises(Unread) as caught:
        list(snapshot.pages(PAID))
    assert caught.value.gap.kind is GapKind.NOT_ALLOWED
    resumed = Recorder(live({"SavingsPlansCoverages": []}, allow_paid=True), snapshot)
    assert list(resumed.pages(PAID)) == [{"SavingsPlansCoverages": []}]
    assert list(snapshot.pages(PAID)) == [{"SavingsPlansCoverages": []}]


def test_after_credentials_expire_no_call_is_made() -> None:
    made = []

    def answer() -> Any:
        made.append(1)
        raise ClientError("ExpiredTokenException")

    transport = live(answer)
    for _ in range(3):
        with pytest.raises(Unread) as caught:
            list(transport.pages(POLICY))
        assert caught.value.gap.kind is GapKind.CREDENTIALS
    assert len(made) == 1
    assert transport.expired is not None


def test_a_report_made_on_demand_is_awaited() -> None:
    states = iter(["STARTED", "INPROGRESS", "COMPLETE"])
    generate = call("iam", "GenerateCredentialReport", until=("State", "COMPLETE"))
    (answer,) = live(lambda: {"State": next(states)}).pages(Request(generate, "global", {}))
    assert answer == {"State": "COMPLETE"}


class Source:
    """A transport that counts, and can be held up or broken."""

    def __init__(self, pages: list[Any], hold: Event | None = None) -> None:
        self._pages = pages
        self._hold = hold
        self.asked = 0

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        self.asked += 1
        if self._hold:
            self._hold.wait(5)
        for page in self._pages:
            if isinstance(page, Exception):
                raise page
            yield dict(page)


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return Snapshot.create(tmp_path / "scan.db")


def test_each_call_is_made_once(snapshot: Snapshot) -> None:
    source = Source([{"Users": [1]}, {"Users": [2]}])
    recorder = Recorder(source, snapshot)
    first, second = list(recorder.pages(LIST)), list(recorder.pages(LIST))
    assert first == second == [{"Users": [1]}, {"Users": [2]}]
    assert source.asked == 1


DENIED = Unread(LIST.gap(GapKind.DENIED, "AccessDenied", "no"))


@pytest.mark.parametrize(
    ("pages", "answer"),
    [
        ([{"Users": []}], [{"Users": []}]),
        ([{"Users": [1]}, {"Users": [2]}], [{"Users": [1]}, {"Users": [2]}]),
        ([DENIED], [str(DENIED)]),
        ([{"Users": [1]}, DENIED], [{"Users": [1]}, str(DENIED)]),
        ([{"Users": [1]}, {"Users": [2]}, DENIED], [{"Users": [1]}, {"Users": [2]}, str(DENIED)]),
        ([Absent("NoSuchEntity")], ["NoSuchEntity"]),
    ],
)
def test_a_second_asker_waits_for_the_first_and_is_told_the_same(
    snapshot: Snapshot, pages: list[Any], answer: list[Any]
) -> None:
    hold = Event()
    source = Source(pages, hold)
    recorder = Recorder(source, snapshot)
    answers: list[Any] = []
    threads = [Thread(target=lambda: answers.append(told(recorder, LIST))) for _ in range(4)]
    for thread in threads:
        thread.start()
    hold.set()
    for thread in threads:
        thread.join(5)
    assert [*answers, told(recorder, LIST)] == [answer] * 5
    assert source.asked == 1


def test_an_asker_that_stops_early_does_not_cut_the_answer_for_others(snapshot: Snapshot) -> None:
    recorder = Recorder(Source([{"Users": [1]}, {"Users": [2]}]), snapshot)
    pages = recorder.pages(LIST)
    assert next(pages) == {"Users": [1]}
    pages.close()  # type: ignore[attr-defined]
    assert list(recorder.pages(LIST)) == [{"Users": [1]}, {"Users": [2]}]
    assert LIST.key in snapshot.answered()


def test_a_failure_is_remembered_like_an_answer(snapshot: Snapshot) -> None:
    source = Source([{"Users": [1]}, Unread(LIST.gap(GapKind.DENIED, "AccessDenied", "no"))])
    recorder = Recorder(source, snapshot)
    for _ in range(2):
        with pytest.raises(Unread, match="iam:ListUsers was denied"):
            list(recorder.pages(LIST))
    assert source.asked == 1


def test_a_resumed_scan_asks_again_only_what_has_no_whole_answer(snapshot: Snapshot) -> None:
    broken = Recorder(Source([{"Users": [1]}, Unread(LIST.gap(GapKind.THROTTLED, "x", ""))]), snapshot)
    with pytest.raises(Unread):
        list(broken.pages(LIST))
    list(Recorder(Source([{"Policy": "{}"}]), snapshot).pages(POLICY))
    again = Source([{"Users": [1]}, {"Users": [2]}])
    resumed = Recorder(again, snapshot)
    assert list(resumed.pages(LIST)) == [{"Users": [1]}, {"Users": [2]}]
    assert list(resumed.pages(POLICY)) == [{"Policy": "{}"}]
    assert again.asked == 1


def test_no_secret_reaches_the_file(snapshot: Snapshot) -> None:
    source = Source([{"Environment": {"Variables": {"DB_PASSWORD": "correct horse battery"}}}])
    (page,) = Recorder(source, snapshot).pages(POLICY)
    snapshot.close()
    assert "correct horse" not in str(page)
    assert b"correct horse" not in snapshot.path.read_bytes()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_unknown_server_error_is_no_answer(status: int) -> None:
    assert classify("Whatever", "", status) is GapKind.UNREACHABLE
