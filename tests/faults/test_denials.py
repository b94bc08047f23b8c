"""What may not be read turns answers into UNKNOWN, those of the checks that read it only, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from faults.world import CHECKS, PARTIAL, PLAN, REGISTRY, Endpoint, Scan, Scanned, turned_unknown

from auditor.assess import Settings, assess
from auditor.aws import Request, Transport
from auditor.cli.verdict import INCOMPLETE, exit_code
from auditor.errors import Unread
from auditor.model import Assessment, GapKind, Status
from auditor.scan import account_of, scan_info
from auditor.snapshot import Reader, Snapshot
from auditor.store import Store

ACTIONS = sorted({call.action for call in PLAN.calls})


@dataclass
class Denying:
    """A transport that refuses one action."""

    inner: Transport
    action: str
    met: int = 0

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        if request.call.action == self.action:
            self.met += 1
            raise Unread(request.gap(GapKind.DENIED, "AccessDenied", "denied in a test"))
        return self.inner.pages(request)


@dataclass
class Halved:
    """A transport that loses the line after a part of the first page of one operation."""

    inner: Transport
    operation: str
    met: int = 0

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        if request.call.name != self.operation or not request.paged:
            yield from self.inner.pages(request)
            return
        self.met += 1
        page = next(iter(self.inner.pages(request)))
        yield {name: value[: len(value) // 2] if isinstance(value, list) else value for name, value in page.items()}
        raise Unread(request.gap(GapKind.THROTTLED, "ThrottlingException", "Rate exceeded"))


def judged(calm: Scanned, transport: Any) -> Assessment:
    with_snapshot = transport.inner._snapshot
    account = account_of(with_snapshot)
    store = Store(PLAN.sources, account, transport, lambda _service, _region: True)
    return assess(CHECKS, REGISTRY.patterns, PLAN, store, Settings(), scan_info(with_snapshot, account))


@pytest.fixture(scope="module")
def recorded(calm: Scanned) -> Iterator[Snapshot]:
    snapshot = Snapshot.open(calm.path)
    yield snapshot
    snapshot.close()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_denied_action_turns_answers_of_its_readers_into_unknown(
    action: str, recorded: Snapshot, calm: Scanned
) -> None:
    denying = Denying(Reader(recorded), action)
    found = judged(calm, denying)
    readers = {one.id for one in CHECKS if any(call.action == action for call in PLAN.calls_of(one.id))}
    changed = turned_unknown(found, calm)
    assert changed <= readers
    if changed - PARTIAL:
        assert exit_code(found, None) == INCOMPLETE
        assert any(entry.gap.action == action and entry.gap.kind is GapKind.DENIED for entry in found.unread)


LISTERS = sorted({one.calls[0].name for one in PLAN.collectors if one.many})


@pytest.mark.parametrize("operation", LISTERS)
def test_a_list_that_breaks_off_keeps_what_came_and_says_that_it_is_not_all(
    operation: str, recorded: Snapshot, calm: Scanned
) -> None:
    found = judged(calm, Halved(Reader(recorded), operation))
    turned_unknown(found, calm)


def test_a_policy_of_the_organization_is_told_from_one_of_the_account(
    endpoint: Endpoint, scan: Scan, calm: Scanned
) -> None:
    endpoint.fault(kind="deny", operations={"DescribeTrails": "scp", "ListAliases": "iam", "DescribeVpcs": "scp"})
    found = scan()
    kinds = {(entry.gap.operation, entry.gap.kind) for entry in found.assessment.unread}
    assert {
        ("DescribeTrails", GapKind.DENIED_BY_ORGANIZATION),
        ("DescribeVpcs", GapKind.DENIED_BY_ORGANIZATION),
    } <= kinds
    assert turned_unknown(found, calm)
    assert exit_code(found.assessment, None) == INCOMPLETE


def test_a_region_that_was_disabled_is_unknown_and_no_other(endpoint: Endpoint, scan: Scan, calm: Scanned) -> None:
    endpoint.fault(kind="region", name="eu-central-1")
    found = scan()
    assert found.part.expired is None
    assert turned_unknown(found, calm)
    there = [one for one in found.findings if one["resource"]["region"] == "eu-central-1"]
    assert {one["status"] for one in there} <= {Status.UNKNOWN, Status.MANUAL}
    assert exit_code(found.assessment, None) == INCOMPLETE
