"""Security Hub, against an endpoint with its limits: what is new, what is gone, and what must stay open."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from modeled import Endpoint, started
from sample import ACCOUNT, REGIONS, sample

from auditor import asff
from auditor.deliver.delivery import Receipt
from auditor.deliver.securityhub import SecurityHub
from auditor.errors import UsageError
from auditor.model import GLOBAL, Assessment, CheckCount, Finding, Status, Unread, Waiver

LATER = timedelta(hours=6)
WHOLE = sample()
FRANKFURT, IRELAND, VIRGINIA = REGIONS


@pytest.fixture(scope="module")
def process() -> Iterator[Endpoint]:
    with started(Path(__file__).parent / "hub.py") as endpoint:
        yield endpoint


@pytest.fixture
def hub(process: Endpoint) -> Endpoint:
    process.put({})
    process.set()
    return process


Send = Callable[..., Receipt]


@pytest.fixture
def send(hub: Endpoint, tmp_path: Path) -> Send:
    """Delivers an assessment; time stands still, and waiting takes none."""
    clients: dict[str, Any] = {}
    lock = threading.Lock()

    def client(service: str, region: str) -> Any:
        with lock:
            if region not in clients:
                clients[region] = boto3.client(
                    service, region, endpoint_url=hub.url, aws_access_key_id="x", aws_secret_access_key="x",
                    config=Config(retries={"max_attempts": 6, "mode": "standard"}),
                )  # fmt: skip
            return clients[region]

    def deliver(assessment: Assessment | None, **settings: Any) -> Receipt:
        delivery = SecurityHub(tmp_path / "spool.jsonl", sleep=_short, **settings)
        return delivery.resume(client) if assessment is None else delivery.send(assessment, client)

    return deliver


def _short(_seconds: float) -> None:
    threading.Event().wait(min(_seconds, 0.12))


def total(receipt: Receipt) -> dict[str, int]:
    found: dict[str, int] = {}
    for counts in receipt.counts.values():
        for name, times in counts.items():
            found[name] = found.get(name, 0) + times
    return {name: times for name, times in found.items() if times}


def held(hub: Endpoint) -> dict[str, Any]:
    return {identity: finding for region in hub.state.values() for identity, finding in region.items()}


def without_times(findings: dict[str, Any]) -> dict[str, Any]:
    times = ("UpdatedAt", "ProcessedAt", "LastObservedAt")
    return {i: {k: v for k, v in one.items() if k not in times} for i, one in findings.items()}


def later(assessment: Assessment, **changes: Any) -> Assessment:
    """The next scan of the account."""
    scan = replace(assessment.scan, started=assessment.scan.started + LATER)
    return replace(assessment, scan=scan, **changes)


def only(*statuses: Status) -> tuple[Finding, ...]:
    return tuple(one for one in WHOLE.findings if one.status in statuses)


FAILED = next(one for one in WHOLE.findings if one.status is Status.FAIL and not one.waiver)


def judged(status: Status, like: Finding = FAILED, **changes: Any) -> Finding:
    return replace(like, status=status, reason=f"it is {status}", **changes)


def small(*findings: Finding, whole: bool = True) -> Assessment:
    """An assessment with these findings, of a check that has no gap elsewhere."""
    counts = tuple(CheckCount(one.check, {one.status: 1}) for one in findings)
    unread: tuple[Unread, ...] = ()
    scan = replace(WHOLE.scan, complete=whole)
    return replace(WHOLE, findings=findings, counts=counts, unread=unread, scan=scan)


def test_every_finding_arrives_in_its_region_and_nothing_is_refused(hub: Endpoint, send: Send) -> None:
    receipt = send(WHOLE)
    assert receipt.problems == []
    assert total(receipt) == {"new": len(WHOLE.findings)}
    assert set(held(hub)) == {one["Id"] for one in asff.findings(WHOLE)}
    assert all(one["Region"] == region for region, found in hub.state.items() for one in found.values())
    assert all(one["CreatedAt"] == "2026-11-26T05:54:53Z" for one in held(hub).values())


def test_the_same_scan_twice_changes_nothing_but_the_time_of_the_update(hub: Endpoint, send: Send) -> None:
    send(WHOLE)
    first = held(hub)
    receipt = send(WHOLE)
    second = held(hub)
    assert total(receipt) == {"unchanged": len(WHOLE.findings)}
    assert without_times(second) == without_times(first)
    assert all(second[name]["UpdatedAt"] > first[name]["UpdatedAt"] for name in first)


def test_a_failure_is_new_then_changed_then_passes_then_comes_back(hub: Endpoint, send: Send) -> None:
    went: list[Any] = []
    now = small(FAILED)
    for finding in (
        FAILED,
        replace(FAILED, reason="it is worse"),
        judged(Status.PASS),
        FAILED,
    ):
        now = later(replace(small(finding), scan=now.scan))
        went.append(total(send(now)))
        (there,) = held(hub).values()
        went.append((there["Compliance"]["Status"], there["Workflow"]["Status"]))
    assert went == [
        {"new": 1}, ("FAILED", "NEW"),
        {"changed": 1}, ("FAILED", "NEW"),
        {"passed": 1}, ("PASSED", "RESOLVED"),
        {"reopened": 1}, ("FAILED", "NEW"),
    ]  # fmt: skip


def test_what_is_gone_is_archived_and_comes_back_when_it_is_there_again(hub: Endpoint, send: Send) -> None:
    send(small(FAILED))
    receipt = send(later(small()))
    (there,) = held(hub).values()
    assert total(receipt) == {"archived": 1}
    assert there["RecordState"] == "ARCHIVED"
    assert there["Title"] == next(asff.findings(small(FAILED)))["Title"]
    assert total(send(later(small()))) == {}
    assert total(send(later(later(small(FAILED))))) == {"reopened": 1}


@pytest.mark.parametrize(
    ("why", "now"),
    [
        ("the scan was stopped", small(whole=False)),
        ("the check was not chosen", replace(small(), checks=tuple(c for c in WHOLE.checks if c.id != FAILED.check))),
        ("the region was not scanned", replace(small(), scan=replace(WHOLE.scan, regions=()))),
        (
            "the list was denied",
            small(judged(Status.UNKNOWN, resource=replace(FAILED.resource, arn="arn:aws:iam::111122223333:root"))),
        ),
        (
            "the account's list was denied",
            small(
                judged(
                    Status.UNKNOWN,
                    resource=replace(FAILED.resource, arn="arn:aws:iam::111122223333:root", region=GLOBAL),
                )
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_archived_that_the_scan_did_not_cover(hub: Endpoint, send: Send, why: str, now: Assessment) -> None:
    send(small(FAILED))
    (identity,) = held(hub)
    receipt = send(later(now))
    assert held(hub)[identity]["RecordState"] == "ACTIVE", why
    assert held(hub)[identity]["Compliance"]["Status"] == "FAILED"
    assert "archived" not in total(receipt)


def test_what_could_not_be_judged_stays_as_it_was(hub: Endpoint, send: Send) -> None:
    send(small(FAILED))
    before = held(hub)
    receipt = send(later(small(judged(Status.UNKNOWN))))
    assert total(receipt) == {"left": 1}
    assert held(hub) == before


def test_an_older_scan_does_not_overwrite_a_newer_one(hub: Endpoint, send: Send) -> None:
    send(later(small(judged(Status.PASS))))
    before = held(hub)
    assert total(send(small(FAILED))) == {"left": 1}
    assert total(send(small())) == {}
    assert held(hub) == before


def test_only_failures_are_sent_anew_and_what_is_there_is_kept_up_to_date(hub: Endpoint, send: Send) -> None:
    receipt = send(WHOLE, only_failed=True)
    assert total(receipt) == {"new": len(only(Status.FAIL))}
    assert {one["Compliance"]["Status"] for one in held(hub).values()} == {"FAILED"}
    hub.put({})
    send(small(FAILED), only_failed=True)
    assert total(send(later(small(judged(Status.PASS))), only_failed=True)) == {"passed": 1}


def test_a_dry_run_counts_and_changes_nothing(hub: Endpoint, send: Send) -> None:
    send(small(FAILED, judged(Status.PASS, only(Status.PASS)[0])))
    before = held(hub)
    hub.set()
    receipt = send(later(small(judged(Status.PASS))), dry_run=True)
    assert total(receipt) == {"passed": 1, "archived": 1}
    assert held(hub) == before
    assert {operation for operation, *_ in hub.calls} == {"GetFindings"}


def test_a_waiver_suppresses_and_its_end_lifts_only_our_own_suppression(hub: Endpoint, send: Send) -> None:
    waived = replace(FAILED, waiver=Waiver("accepted", "ann", "2027-01-01"))
    send(small(FAILED))
    send(later(small(waived)))
    (there,) = held(hub).values()
    assert (there["Workflow"]["Status"], there["Note"]["UpdatedBy"]) == ("SUPPRESSED", "auditor")
    assert "ann: accepted" in there["Note"]["Text"]
    send(later(later(small(FAILED))))
    (there,) = held(hub).values()
    assert there["Workflow"]["Status"] == "NEW"


def test_what_a_person_suppressed_stays_suppressed(hub: Endpoint, send: Send) -> None:
    send(small(FAILED))
    state = hub.state
    for found in state.values():
        for one in found.values():
            one |= {"Workflow": {"Status": "SUPPRESSED"}, "Note": {"Text": "no", "UpdatedBy": "ann"}}
    hub.put(state)
    send(later(small(replace(FAILED, reason="it is worse"))))
    (there,) = held(hub).values()
    assert (there["Workflow"]["Status"], there["Note"]["Text"]) == ("SUPPRESSED", "no")


def test_a_region_without_the_hub_is_one_line_and_its_findings_wait(hub: Endpoint, send: Send, tmp_path: Path) -> None:
    hub.set(off=[FRANKFURT])
    receipt = send(WHOLE)
    there, waiting = receipt.problems
    assert there.startswith(f"{FRANKFURT}: InvalidAccessException: Account {ACCOUNT} is not subscribed")
    assert "enable it there" in there
    unsent = receipt.counts[FRANKFURT]["not sent"]
    assert f"{unsent} findings wait in" in waiting
    assert total(receipt) == {"new": len(WHOLE.findings) - unsent, "not sent": unsent}
    hub.set()
    resumed = send(None)
    assert total(resumed) == {"new": unsent}
    assert set(held(hub)) == {one["Id"] for one in asff.findings(WHOLE)}
    assert not (tmp_path / "spool.jsonl").exists()


def test_findings_that_are_refused_are_told_with_code_and_message_and_the_rest_arrives(
    hub: Endpoint, send: Send
) -> None:
    first, second, *_ = (one["Id"] for one in asff.findings(WHOLE))
    hub.set(fail={first: ["InvalidInput", 9], second: ["InternalException", 2]})
    receipt = send(WHOLE)
    assert receipt.problems == [
        f"{first.split('/')[3].replace('global', VIRGINIA)}: {first} refused: InvalidInput: try again"
    ]
    assert set(held(hub)) == {one["Id"] for one in asff.findings(WHOLE)} - {first}


def test_what_is_refused_for_too_long_waits_in_the_spool(hub: Endpoint, send: Send, tmp_path: Path) -> None:
    first, *_ = (one["Id"] for one in asff.findings(WHOLE))
    hub.set(fail={first: ["ThrottlingException", 99]})
    receipt = send(WHOLE)
    assert total(receipt)["not sent"] == 1
    head, kept = (tmp_path / "spool.jsonl").read_text().splitlines()
    assert json.loads(head) == {"schema": "auditor.spool", "version": "1.0", "account": ACCOUNT}
    assert json.loads(kept)["finding"]["Id"] == first
    assert (tmp_path / "spool.jsonl").stat().st_mode & 0o077 == 0


def test_a_spool_does_not_bring_back_what_a_later_scan_saw(hub: Endpoint, send: Send) -> None:
    hub.set(deny=["BatchImportFindings"])
    receipt = send(small(FAILED))
    assert "not authorized to perform: securityhub:BatchImportFindings" in receipt.problems[0]
    hub.set()
    spool = receipt.files[0].read_text()
    send(later(small(judged(Status.PASS))))
    receipt.files[0].write_text(spool)
    assert total(send(None)) == {"left": 1}
    (there,) = held(hub).values()
    assert there["Compliance"]["Status"] == "PASSED"


def test_a_wrong_finding_does_not_take_its_batch_along(
    hub: Endpoint, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = asff.findings

    def spoiled(assessment: Assessment, region: str | None = None) -> Iterator[Any]:
        for number, finding in enumerate(made(assessment, region)):
            yield finding | {"Surprise": 1} if region == IRELAND and number == 1 else finding

    monkeypatch.setattr(asff, "findings", spoiled)
    receipt = send(WHOLE)
    assert len(receipt.problems) == 1
    assert "Surprise" in receipt.problems[0]
    assert len(held(hub)) == len(WHOLE.findings) - 1


def test_a_thousand_findings_keep_the_rate_and_the_size_of_requests(hub: Endpoint, send: Send) -> None:
    many = [
        replace(FAILED, resource=replace(FAILED.resource, arn=f"{FAILED.resource.arn}-{number}"))
        for number in range(1050)
    ]
    receipt = send(small(*many))
    assert receipt.problems == []
    assert total(receipt) == {"new": 1050}
    assert sum(1 for operation, *_ in hub.calls if operation == "BatchImportFindings") == 11
    assert total(send(later(small()))) == {"archived": 1050}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no spool"),
        ('{"schema": "auditor.spool", "version": "2.0"}', "has version 2.0"),
        ('{"schema": "auditor.spool", "version": "1.0", "account": "999999999999"}', "of account 999999999999, not of"),
        (
            '{"schema": "auditor.spool", "version": "1.0", "account": "111122223333"}\n{"region": 1}',
            "line 2: no finding",
        ),
    ],
)
def test_a_spool_that_is_none_is_told_before_anything_is_sent(
    hub: Endpoint, send: Send, tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "spool.jsonl").write_text(text)
    with pytest.raises(UsageError, match=message):
        send(WHOLE)
    assert hub.calls == []


def test_nothing_waits_where_there_is_no_spool(send: Send) -> None:
    with pytest.raises(UsageError, match="nothing is waiting to be sent"):
        send(None)
