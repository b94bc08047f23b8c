"""Walks a plan over a recorded scan in virtual time: a call takes one unit, nothing else takes any.

It runs the very collectors, with no limit on how many run at once. So it knows every question of the scan, and
how many calls stand behind one another in the longest chain: no scan of this plan can end before.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from auditor.aws import Request
from auditor.collect import Batches, door, metric_request
from auditor.errors import Absent, Unread
from auditor.model import GLOBAL, Account, GapKind, Region
from auditor.plan import TAGGED, Plan
from auditor.snapshot import Snapshot
from auditor.tagging import region_tags, tag_regions
from auditor.typed import Resource
from auditor.wiring import Batch, Collector

PRELUDE = ("sts:GetCallerIdentity", "ec2:DescribeRegions")
"""What every scan asks first, one after the other."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Calls that stand behind one another, by the collectors that make them."""

    links: tuple[tuple[str, int], ...] = ()

    @property
    def calls(self) -> int:
        """How many there are."""
        return sum(number for _, number in self.links)

    def __str__(self) -> str:
        return " > ".join(f"{name} x{number}" if number > 1 else name for name, number in self.links)


@dataclass
class Clock:
    """Answers from a snapshot; each page that is asked for the first time takes one unit of time."""

    snapshot: Snapshot
    requests: dict[str, Request] = field(default_factory=dict)
    pages_of: dict[str, int] = field(default_factory=dict)
    now: int = 0
    _there: dict[tuple[str, int], int] = field(default_factory=dict)
    """When a page was there, by question and number."""

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """The recorded pages, each when it can be there."""
        number = 0
        try:
            for page in self.snapshot.pages(request):
                self._take(request, number)
                number += 1
                self.pages_of[request.key] = max(number, self.pages_of.get(request.key, 0))
                yield page
        except Absent:
            self._take(request, number)
            raise
        except Unread as failure:
            if failure.gap.kind is not GapKind.NOT_COLLECTED:
                self._take(request, number)
            raise

    def _take(self, request: Request, number: int) -> None:
        self.requests.setdefault(request.key, request)
        self.now = max(self.now, self._there.setdefault((request.key, number), self.now + 1))


@dataclass
class Walk:
    """The walk of one plan over one snapshot."""

    plan: Plan
    account: Account
    snapshot: Snapshot
    serves: Callable[[str, str], bool]
    longest: Chain = field(default_factory=Chain)
    resources: dict[str, int] = field(default_factory=dict)
    """How many of each kind were listed."""

    def __post_init__(self) -> None:
        self.clock = Clock(self.snapshot)
        self._queue: list[tuple[int, int, Chain, Collector, str, Any]] = []
        self._started = 0
        self._measured: dict[str, Chain] = {}
        self.metrics: dict[str, Request] = {}
        """The metrics of resources, which are asked in batches when all resources are known."""

    def run(self) -> Walk:
        """Everything, in the order in which it can begin."""
        before = Chain(tuple((name, 1) for name in PRELUDE))
        for one in self.plan.roots(Account):
            self._add(before, one, GLOBAL, self.account)
        for name in self.account.regions:
            for one in self.plan.roots(Region):
                if self.serves(one.calls[0].service, name):
                    self._add(before, one, name, Region(name, self.account))
        while self._queue:
            start, _, chain, one, region, scope = heapq.heappop(self._queue)
            self.clock.now = start
            self._collect(chain, one, region, scope)
        if self.plan.tags:
            self._tags(before)
        for chain in self._measured.values():
            self._end(chain, "GetMetricData", chain.calls + 1)
        return self

    def _add(self, chain: Chain, one: Collector, region: str, scope: Any) -> None:
        self._started += 1
        heapq.heappush(self._queue, (chain.calls, self._started, chain, one, region, scope))

    def _collect(self, chain: Chain, one: Collector, region: str, scope: Any) -> None:
        aws = door(self.clock, self.account, region, one.calls, scope)
        with suppress(Unread, Absent):
            found = one.function(aws, scope)
            if one.many:
                self._listed(one, found, partial(self._end, chain, one.name))
        self._end(chain, one.name, self.clock.now)

    def _end(self, chain: Chain, name: str, now: int) -> Chain:
        longer = Chain((*chain.links, (name, now - chain.calls))) if now > chain.calls else chain
        self.longest = max(self.longest, longer, key=lambda one: one.calls)
        return longer

    def _listed(self, lister: Collector, found: Any, here: Callable[[int], Chain]) -> None:
        """Begin what asks about a resource as soon as the resource is known."""
        dependents = self.plan.dependents(lister.provides)
        batched = [(one, Batches(one.batch)) for one in dependents if one.batch]
        try:
            for resource in found:
                chain = here(self.clock.now)
                name = lister.provides.__name__
                self.resources[name] = self.resources.get(name, 0) + 1
                self._measure(lister.provides, resource, chain)
                for one in dependents:
                    if not one.batch:
                        self._add(chain, one, resource.region, resource)
                for one, batches in batched:
                    self._add_all(chain, one, batches.add(resource))
        finally:
            for one, batches in batched:
                self._add_all(here(self.clock.now), one, batches.rest())

    def _add_all(self, chain: Chain, one: Collector, batches: Iterator[Batch[Resource]]) -> None:
        for batch in batches:
            self._add(chain, one, batch.region, batch)

    def _measure(self, kind: type, resource: Resource, chain: Chain) -> None:
        for spec in self.plan.metrics.get(kind, ()):
            with suppress(Unread):
                request = metric_request(spec, resource)
                self.metrics[request.key] = request
                known = self._measured.get(request.region, chain)
                self._measured[request.region] = max(known, chain, key=lambda one: one.calls)

    def _tags(self, before: Chain) -> None:
        for place in tag_regions(self.account):
            self.clock.now = before.calls
            with suppress(Unread, Absent):
                region_tags(door(self.clock, self.account, place, (TAGGED,)))
            self._end(before, TAGGED.operation, self.clock.now)
