"""Runs a plan: every collector in every scope, concurrently, so that the snapshot holds what the checks read.

What is collected is only recorded here. Assessment runs the same collectors on the record (`store.py`), so
a scan and an offline assessment take the same way, and nothing but resources in flight is held in memory.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple
from datetime import timedelta
from functools import partial
from typing import Any

from auditor.aws import Aws, Request, Transport
from auditor.calls import Call
from auditor.errors import Absent, Unread
from auditor.metrics import MetricSpec
from auditor.model import GLOBAL, Account, Json, Region
from auditor.plan import METRIC_DATA, TAGGED, Plan
from auditor.roots import Listing, Root, awaits
from auditor.scheduler import CONNECTIONS, WORKERS, Prepare, Release, Scheduler
from auditor.tagging import region_tags
from auditor.transport import Recorder
from auditor.typed import MISFIT, Resource
from auditor.wiring import Batch, Collector

QUERIES = 500
"""GetMetricData takes at most 500 queries (CloudWatch API reference)."""

Serves = Callable[[str, str], bool]
"""Whether a service exists in a region."""

_Measure = tuple[MetricSpec, tuple[str, ...]]
"""A metric, and the values of its dimensions for one resource."""

Backlog = Container[tuple[str, str]]
"""The services and regions for which there is a queue; `global` where there is one in any region."""

Work = Callable[[Callable[[], Backlog]], Iterable[Sequence[Root]]]
"""Gives groups of roots as there is room for them, but none for which there is a queue already."""

Recorded = Callable[[Listing], Iterable[Resource]]
"""The resources of a listing, read from the record."""


class _Wave:
    """The questions by which a listing becomes whole: it is when the last of them is answered."""

    def __init__(self, listing: Listing, apart: Sequence[Collector], whole: Callable[[Listing], None]) -> None:
        self.listing = listing
        self.apart = apart
        """What others ask about what is listed."""
        self._whole = whole
        self._open = 0
        self._lock = threading.Lock()

    def begin(self) -> None:
        """One more is asked; before the one that brought it ends."""
        with self._lock:
            self._open += 1

    def end(self) -> None:
        """One is answered, or will not be."""
        with self._lock:
            self._open -= 1
            is_last = not self._open
        if is_last:
            self._whole(self.listing)


class Collection:
    """One run of a plan for an account; `work` is taken as there is room for it, by as many runs as share it."""

    def __init__(
        self,
        plan: Plan,
        account: Account,
        recorder: Recorder,
        serves: Serves,
        work: Work,
        *,
        workers: int = WORKERS,
        prepare: Prepare | None = None,
        release: Release = lambda _service, _region: None,
        connections: int = CONNECTIONS,
        stopped: Callable[[], bool] = lambda: False,
        recorded: Recorded = lambda _listing: (),
        listed: Callable[[Listing], object] = lambda _listing: None,
    ) -> None:
        self._plan = plan
        self._account = account
        self._recorder = recorder
        self._serves = serves
        self._work = work
        self.unserved: set[tuple[str, str]] = set()
        """The services that were not asked in a region, because it does not have them."""
        self._scheduler = Scheduler(workers, prepare, stopped, release=release, connections=connections)
        self._recorded = recorded
        self._tell_listed = listed
        self._dependents: dict[type, list[Collector]] = {}
        self._read_back: list[tuple[str, str]] = []
        """For which services and regions a listing is being read from the record: there is a queue soon."""
        self._measured: dict[str, dict[MetricSpec, set[tuple[str, ...]]]] = {}
        self._lock = threading.Lock()

    def run(self) -> None:
        """Collect everything; on KeyboardInterrupt, start no more calls and raise it again."""
        try:
            for roots in self._work(self._backlog):
                self._begin(roots)
                self._scheduler.wait(for_room=True)
            self._scheduler.wait()
            self._metrics()
            self._scheduler.wait()
        finally:
            self._scheduler.stop()

    def _backlog(self) -> Backlog:
        queued = self._scheduler.queued() | frozenset(self._read_back)
        return queued | {(service, GLOBAL) for service, _ in queued}

    def _begin(self, roots: Sequence[Root]) -> None:
        for listing in awaits(roots):
            self._begin_recorded(listing, [root for root in roots if root.of is listing])
        for root in roots:
            if root.collector is None:
                self._scheduler.submit(TAGGED.service, root.region, partial(self._tags, root.region))
            elif root.of is None:
                self._begin_collector(root, root.collector, self._wave(root.lists, roots) if root.lists else None)

    def _begin_recorded(self, listing: Listing, some: Sequence[Root]) -> None:
        place = some[0].service, some[0].region
        self._read_back.append(place)
        collectors = [root.collector for root in some if root.collector]
        self._scheduler.submit(*place, partial(self._ask_recorded, listing, collectors, place))

    def _wave(self, listing: Listing, roots: Sequence[Root]) -> _Wave:
        here = [root.collector for root in roots if root.of is listing]
        return _Wave(listing, [one for one in self._dependents_of(listing.kind) if one not in here], self._whole)

    def _begin_collector(self, root: Root, one: Collector, wave: _Wave | None) -> None:
        if root.region == GLOBAL:
            self._submit(one, GLOBAL, self._account, wave)
        elif self._is_served(one.calls[0].service, root.region):
            self._submit(one, root.region, Region(root.region, self._account), wave)
        elif wave:
            self._whole(wave.listing)

    def _whole(self, listing: Listing) -> None:
        """Let others ask about what was listed, when it is where they can read it."""
        self._recorder.commit()
        self._tell_listed(listing)

    def _ask_recorded(self, listing: Listing, some: Sequence[Collector], place: tuple[str, str]) -> None:
        self._ask_about(self._recorded(listing), some)
        self._read_back.remove(place)

    def _is_served(self, service: str, region: str) -> bool:
        served = self._serves(service, region)
        if not served:
            self.unserved.add((service, region))
        return served

    def _tags(self, region: str) -> None:
        with suppress(Unread, Absent):
            region_tags(door(self._recorder, self._account, region, (TAGGED,)))

    def _submit(self, one: Collector, region: str, scope: Any, wave: _Wave | None = None) -> None:
        if wave:
            wave.begin()
        self._scheduler.submit(one.calls[0].service, region, partial(self._collect, one, region, scope, wave))

    def _collect(self, one: Collector, region: str, scope: Any, wave: _Wave | None) -> None:
        """Run one collector; a gap is remembered by the recorder, and met again in assessment."""
        aws = door(self._recorder, self._account, region, one.calls, scope)
        try:
            with suppress(Unread, Absent, *MISFIT):
                found = one.function(aws, scope)
                if one.many:
                    self._listed(one.provides, found, wave)
        finally:
            if wave:
                wave.end()

    def _listed(self, kind: type, found: Iterable[Resource], wave: _Wave | None) -> None:
        some = [one for one in self._dependents_of(kind) if not wave or one not in wave.apart]
        self._ask_about(self._measuring(kind, found), some, wave)

    def _measuring(self, kind: type, found: Iterable[Resource]) -> Iterator[Resource]:
        for resource in found:
            self._measure(kind, resource)
            yield resource

    def _ask_about(self, found: Iterable[Resource], some: Sequence[Collector], wave: _Wave | None = None) -> None:
        """Ask about each resource as soon as the page that brought it is in."""
        single = [(one, wave if wave and one in wave.listing.chain else None) for one in some if not one.batch]
        batched = [(one, Batches(one.batch)) for one in some if one.batch]
        try:
            for resource in found:
                for one, its_wave in single:
                    self._submit(one, resource.region, resource, its_wave)
                for one, batches in batched:
                    self._submit_all(one, batches.add(resource))
        finally:
            for one, batches in batched:
                self._submit_all(one, batches.rest())

    def _submit_all(self, one: Collector, batches: Iterable[Batch[Resource]]) -> None:
        for batch in batches:
            self._submit(one, batch.region, batch)

    def _dependents_of(self, kind: type) -> list[Collector]:
        if kind not in self._dependents:
            self._dependents[kind] = self._plan.dependents(kind)
        return self._dependents[kind]

    def _measure(self, kind: type, resource: Resource) -> None:
        for spec in self._plan.metrics.get(kind, ()):
            with suppress(Unread):
                values = spec.values(resource)
                with self._lock:
                    self._measured.setdefault(spec.region or resource.region, {}).setdefault(spec, set()).add(values)

    def _metrics(self) -> None:
        """All metrics of a region and window, 500 to a call, in a fixed order.

        Percentiles are asked apart, so that an endpoint that lacks them costs only those.
        """
        for region, measured in self._measured.items():
            groups: dict[tuple[bool, int], list[_Measure]] = {}
            for spec in sorted(measured, key=astuple):
                group = groups.setdefault((spec.statistic.startswith("p"), spec.days), [])
                group += [(spec, values) for values in sorted(measured[spec]) if self._is_open(spec, values, region)]
            for group in groups.values():
                for start in range(0, len(group), QUERIES):
                    part = partial(self._ask_metrics, region, group[start : start + QUERIES])
                    self._scheduler.submit(METRIC_DATA.service, region, part)

    def _is_open(self, spec: MetricSpec, values: tuple[str, ...], region: str) -> bool:
        return self._recorder.is_new or not self._recorder.answered(_metric_of(spec, values, region))

    def _ask_metrics(self, region: str, measures: Sequence[_Measure]) -> None:
        requests = [_metric_of(spec, values, region) for spec, values in measures]
        try:
            results = self._results(region, measures)
        except (Unread, Absent) as failure:
            for request in requests:
                self._recorder.fail(request, failure)
            return
        for index, request in enumerate(requests):
            self._recorder.record(request, results.get(f"m{index}", {}))

    def _results(self, region: str, measures: Sequence[_Measure]) -> dict[str, dict[str, Any]]:
        """The datapoints by query id; a result that continues on the next page is joined."""
        aws = door(self._recorder.live, self._account, region, (METRIC_DATA,))
        end = self._account.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        start = end - timedelta(days=measures[0][0].days)
        queries: Json = [
            {"Id": f"m{index}", "MetricStat": spec.query(values)} for index, (spec, values) in enumerate(measures)
        ]
        joined: dict[str, dict[str, Any]] = {}
        for page in aws.pages(
            METRIC_DATA.operation, MetricDataQueries=queries, StartTime=start.isoformat(), EndTime=end.isoformat()
        ):
            for result in page.get("MetricDataResults", ()):
                known = joined.setdefault(result.get("Id", ""), {"Timestamps": [], "Values": []})
                known["Timestamps"] += result.get("Timestamps", ())
                known["Values"] += result.get("Values", ())
        return joined


def metric_request(spec: MetricSpec, resource: Resource) -> Request:
    """The question that stands for one metric of one resource in the record."""
    return _metric_of(spec, spec.values(resource), spec.region or resource.region)


def _metric_of(spec: MetricSpec, values: tuple[str, ...], region: str) -> Request:
    return Request(METRIC_DATA, region, spec.about(values), part=spec.part)


def door(transport: Transport, account: Account, region: str, calls: tuple[Call, ...], scope: Any = None) -> Aws:
    """The door to AWS for one run of a collector."""
    listing = scope if isinstance(scope, Resource) else None
    return Aws(transport, account.partition, account.id, region, calls, listing)


class Batches:
    """Gathers the resources of one listing into batches of a size, region by region, in order."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held: dict[str, list[Resource]] = {}

    def add(self, resource: Resource) -> Iterator[Batch[Resource]]:
        """The batch that this resource fills, if it does."""
        held = self._held.setdefault(resource.region, [])
        held.append(resource)
        if len(held) == self._size:
            yield Batch(self._held.pop(resource.region))

    def rest(self) -> Iterator[Batch[Resource]]:
        """What is left when the listing has ended."""
        yield from (Batch(held) for held in self._held.values())
        self._held = {}
