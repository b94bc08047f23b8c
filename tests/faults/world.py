"""An account whose endpoint can go wrong, and scans of it in this process."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from conftest import environment

from auditor.assess import Settings
from auditor.cloud.session import Cloud, Identity, open_cloud
from auditor.crew import Part
from auditor.document import document
from auditor.model import Assessment
from auditor.plan import make_plan
from auditor.registry import load
from auditor.scan import assess_snapshot, record
from auditor.snapshot import Snapshot
from auditor.transport import Tally

REGIONS = ("eu-central-1", "eu-west-1")
NUMBER = "123456789012"
CALLER = f"arn:aws:sts::{NUMBER}:user/moto"
REGISTRY = load()
CHECKS = list(REGISTRY.checks.values())
PLAN = make_plan(REGISTRY, CHECKS)


@dataclass
class Endpoint:
    """The faulty endpoint, in a process of its own."""

    port: int
    started: str
    """The moment that every scan of it takes for its own, so that ages and questions are the same."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def fault(self, **settings: Any) -> None:
        """From now on this goes wrong; nothing, without settings."""
        self._ask(f"/-/fault?{quote(json.dumps(settings))}")

    def play(self) -> None:
        """Answer from memory from now on."""
        self._ask("/-/play?latency=0")

    @property
    def counts(self) -> Mapping[str, int]:
        """Questions since the fault was set: asked, hit, served, different."""
        found: Mapping[str, int] = self._ask("/-/counts")
        return found

    @property
    def log(self) -> list[dict[str, Any]]:
        """The questions since it plays."""
        found: list[dict[str, Any]] = self._ask("/-/log")["questions"]
        return found

    def _ask(self, target: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", target)
        found = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def seed(self, path: Path) -> Path:
        """A snapshot that knows its account, moment and key, and nothing else: to be resumed."""
        snapshot = Snapshot.create(path)
        for key, value in {
            "redaction_key": "00" * 16,
            "account": NUMBER,
            "partition": "aws",
            "caller": CALLER,
            "alias": "shop-production",
            "regions": list(REGIONS),
            "started": self.started,
            "complete": False,
            "note": "the scan did not end",
        }.items():
            snapshot.write_meta(key, value)
        snapshot.close()
        return path


@dataclass(frozen=True)
class Scanned:
    """How a scan went."""

    assessment: Assessment
    part: Part
    path: Path

    @property
    def part_seconds(self) -> float:
        """How long the collecting took."""
        return self.assessment.scan.seconds

    @cached_property
    def findings(self) -> Any:
        """As the document has them."""
        return findings(self.assessment)

    def gaps(self) -> set[str]:
        return {f"{entry.gap.kind} {entry.gap.action} {entry.gap.code}" for entry in self.assessment.unread}


def findings(assessment: Assessment) -> Any:
    return json.loads(json.dumps(document(assessment)))["findings"]


Scan = Callable[..., Scanned]


_clouds: dict[tuple[str, bool], Cloud] = {}


def scan_of(
    endpoint: Endpoint,
    path: Path,
    patch: pytest.MonkeyPatch,
    *,
    variables: Mapping[str, str] | None = None,
    fresh: bool = False,
    quick: bool = False,
) -> Scanned:
    """Scan in this process. Making clients takes most of the time: they are shared, unless the test is about them.

    A quick scan asks twice at most, so that what never works does not wait long.
    """
    retries = {"AWS_MAX_ATTEMPTS": "2", "AWS_RETRY_MODE": "standard"} if quick else {}
    for name, value in environment(AWS_ENDPOINT_URL=endpoint.url, **retries, **(variables or {})).items():
        patch.setenv(name, value)
    cloud = None if fresh or variables else _clouds.get((endpoint.url, quick))
    if cloud is None:
        cloud = open_cloud(region=REGIONS[1], calls=PLAN.calls)
    if not fresh and not variables:
        _clouds[endpoint.url, quick] = cloud
    cloud.identity()
    identity = Identity(NUMBER, "aws", CALLER, "shop-production")
    snapshot = Snapshot.open(path if path.exists() else endpoint.seed(path))
    try:
        part = record(cloud, identity, REGIONS, PLAN, snapshot, Tally())
        return Scanned(assess_snapshot(snapshot, REGISTRY, CHECKS, PLAN, Settings()), part, path)
    finally:
        snapshot.close()


def differences(found: Scanned, calm: Scanned) -> list[str]:
    """The findings that one has and the other has not, in short: none where all is well."""
    here, there = (Counter(map(_text, one.findings)) for one in (found, calm))
    more = [f"+ {text}" for text in sorted((here - there).elements())]
    return more + [f"- {text}" for text in sorted((there - here).elements())]


def _text(finding: Any) -> str:
    return json.dumps(finding, sort_keys=True)


PARTIAL = frozenset(
    {
        "security_group_application_tier_admits_load_balancer_only",
        "security_group_data_tier_admits_application_only",
        "security_group_entry_admits_web_ports_only",
        "security_group_not_shared_across_tiers",
        "vpc_data_subnets_without_internet_route",
        "vpc_tiers_use_separate_subnets",
    }
)
"""Checks that know by a network interface that a store of a kind may be there, though the kind could not be read.
moto's databases and file systems have no interfaces, as AWS's always do, so here they cannot know it."""


def turned_unknown(found: Scanned | Assessment, calm: Scanned) -> set[str]:
    """The checks that say something else than on a calm day; asserts that it is UNKNOWN, whatever it was before.

    Every status is the calm one or UNKNOWN, though a reason may name less of what it saw; and where an answer is
    missing, its check says UNKNOWN of the list.
    """
    listed = found.findings if isinstance(found, Scanned) else findings(found)
    here, there = (Counter(map(_said, some)) for some in (listed, calm.findings))
    new, gone = here - there, there - here
    wrong = [said for said in new if said[-1] != "UNKNOWN" and said[0] not in PARTIAL]
    assert not wrong, wrong
    unknown = {one["check"] for one in listed if one["status"] == "UNKNOWN"}
    silent = [said for said in gone if said[0] not in unknown | PARTIAL]
    assert not silent, silent
    return {said[0] for said in (*new, *gone)}


def _said(finding: Any) -> tuple[str, ...]:
    resource = finding["resource"]
    return finding["check"], resource["arn"], resource["region"], finding["status"]
