"""Whatever the network does, the findings are those of a calm day."""

from __future__ import annotations

from collections import Counter

import pytest
from faults.world import Endpoint, Scan, Scanned, differences, turned_unknown

from auditor.cli.verdict import INCOMPLETE, exit_code
from auditor.cloud import session


def test_two_calm_days_are_alike(scan: Scan, calm: Scanned) -> None:
    assert not differences(scan(), calm)


@pytest.mark.parametrize("kind", ["errors", "reset", "cut", "shortened"])
def test_one_call_in_ten_goes_wrong(kind: str, endpoint: Endpoint, scan: Scan, calm: Scanned) -> None:
    """Server errors; connections reset; answers cut by the connection's end; or cut, and nobody says so."""
    endpoint.fault(kind=kind, share=0.1, seed=1)
    found = scan()
    assert endpoint.counts["hit"] > endpoint.counts["asked"] * 0.05
    assert not differences(found, calm), found.gaps() - calm.gaps()


@pytest.mark.parametrize("kind", ["errors", "cut", "shortened"])
def test_what_never_arrives_is_unknown(kind: str, endpoint: Endpoint, scan: Scan, calm: Scanned) -> None:
    """Of one question in ten the answer never comes whole: no check takes that for a thing that is not there."""
    endpoint.fault(kind=kind, share=0.1, seed=3, always=True)
    found = scan(quick=True)
    turned_unknown(found, calm)
    assert exit_code(found.assessment, None) == INCOMPLETE


def test_answers_that_never_come(
    endpoint: Endpoint, scan: Scan, calm: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_READ_SECONDS", 0.5)
    endpoint.fault(kind="stall", share=0.03, seed=1)
    found = scan(fresh=True)
    assert endpoint.counts["hit"] > 5
    assert not differences(found, calm), found.gaps() - calm.gaps()


def test_throttling_on_every_service_at_half_the_needed_rate(endpoint: Endpoint, scan: Scan, calm: Scanned) -> None:
    endpoint.play()
    seconds = scan().part_seconds
    needed: Counter[str] = Counter()
    for question in endpoint.log:
        needed[f"{question['region']}/{question['service']}"] += question["asked"]
    rates = {place: max(times / seconds / 2, 0.5) for place, times in needed.items()}
    endpoint.fault(kind="throttle", rates=rates, rate=0.5, burst=1)
    found = scan(fresh=True)
    assert endpoint.counts["hit"] > 100
    assert not differences(found, calm), found.gaps() - calm.gaps()
