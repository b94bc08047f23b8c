"""How a scan ends: the exit code, and what to do next."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample

from auditor.cli.verdict import CLEAN, FINDINGS, INCOMPLETE, exit_code, next_steps
from auditor.model import Assessment, Gap, GapKind, Unread


def left_unread(*kinds: GapKind) -> Assessment:
    entries = tuple(Unread(Gap(kind, "ce", "GetX", "ce:GetX", "global", "", ""), 2, ("a_b", "c_d")) for kind in kinds)
    return replace(sample.clean(), unread=entries)


@pytest.mark.parametrize("kind", GapKind)
def test_only_what_somebody_can_mend_makes_a_scan_incomplete(kind: GapKind) -> None:
    chosen_or_final = (GapKind.NOT_ALLOWED, GapKind.NOT_SUBSCRIBED, GapKind.UNSUPPORTED, GapKind.FIELD_MISSING)
    assert exit_code(left_unread(kind), None) == (CLEAN if kind in chosen_or_final else INCOMPLETE)


def test_a_finding_weighs_more_than_a_gap() -> None:
    assert exit_code(replace(sample.sample(), unread=left_unread(GapKind.DENIED).unread), "low") == FINDINGS


def test_the_end_tells_how_calls_that_cost_money_are_made() -> None:
    first, *_ = next_steps(left_unread(GapKind.NOT_ALLOWED, GapKind.NOT_ALLOWED), [], None)
    assert (
        first == "2 checks need calls to Cost Explorer, at 0.01 USD each: `auditor scan --allow-paid-calls` makes them"
    )
