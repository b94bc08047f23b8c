"""What holds for every check of disaster recovery where a kind of evidence cannot be read: UNKNOWN, or as it was.

Each labelled account is judged with kinds denied in turn: a sixth of the kinds for each account, in all regions or in
one; all of them everywhere with AUDITOR_FUZZ=long.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest
from given import REGISTRY, Given, judged, plan_of
from recovery_accounts import LABELLED, Label, parts
from stores import FRANKFURT

from auditor.model import GLOBAL, Status
from auditor.testing import ACCOUNT, HOME
from auditor.workloads import Workloads

PATTERN = "disaster_recovery"
PLAN = plan_of(PATTERN)
CHECKS = [one for one in REGISTRY.checks.values() if one.pattern == PATTERN]
KINDS = sorted({one.provides.__name__ for one in PLAN.collectors})
EVERYWHERE = (*ACCOUNT.regions, GLOBAL)
PLACES = (EVERYWHERE, (HOME,), (FRANKFURT,))
LONG = os.environ.get("AUDITOR_FUZZ") == "long"
SHARE = 1 if LONG else 6

Said = tuple[str, str, str, Status]


def said(label: Label, denied: str = "", where: tuple[str, ...] = EVERYWHERE) -> Counter[Said]:
    """Check, resource, region and status of all findings."""
    workloads = Workloads([label.spec.workload] if label.spec.workload else [])
    found = judged(PLAN, CHECKS, Given(PLAN, parts(label.spec), workloads, {denied}, where))
    return Counter((one.check, one.resource.arn, one.resource.region, one.status) for one in found.findings)


@pytest.mark.parametrize("number", range(len(LABELLED)), ids=[label.name for label in LABELLED])
def test_what_could_not_be_read_makes_a_verdict_unknown_and_nothing_else(number: int) -> None:
    label = LABELLED[number]
    calm = said(label)
    for where in PLACES if LONG else [PLACES[number // SHARE % len(PLACES)]]:
        for kind in KINDS[number % SHARE :: SHARE]:
            here = said(label, kind, where)
            turned = [one for one in here - calm if one[3] is not Status.UNKNOWN]
            assert not turned, f"{kind} in {where}"
            unknown = {one[0] for one in here if one[3] is Status.UNKNOWN}
            silent = [one for one in calm - here if one[0] not in unknown and one[3] is not Status.UNKNOWN]
            assert not silent, f"{kind} in {where}"


def test_the_accounts_make_checks_pass_and_fail() -> None:
    """Else nothing could turn."""
    statuses: dict[str, set[Status]] = {}
    for label in LABELLED:
        for check, _, _, status in said(label):
            statuses.setdefault(check, set()).add(status)
    assert sum({Status.PASS, Status.FAIL} <= found for found in statuses.values()) >= 20


@pytest.mark.parametrize("kind", ["RedshiftCluster", "TopicEntry", "Experiment", "Domain"])
def test_what_cannot_matter_leaves_most_verdicts_as_they_are(kind: str) -> None:
    """A standby's checks are not all given up because one kind of many could not be read."""
    (label,) = (one for one in LABELLED if one.name == "warm standby")
    calm, here = said(label), said(label, kind)
    kept = sum((calm & here).values())
    assert kept / sum(calm.values()) > 0.5, calm - here
