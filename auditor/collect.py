"""Runs a plan: every collector in every scope, concurrently, so that the snapshot holds what the checks read.

What is collected is only recorded here. Assessment runs the same collectors on the record (`store.py`), so
a scan and an offline assessment take the same way, and nothing but resources in flight is held in memory.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from auditor.aws import Aws, Request, Transport
from auditor.calls import Call
from auditor.errors import Absent, Unread
from auditor.metrics import MetricSpec
from auditor.model import GLOBAL, Account, Json, Region
from auditor.plan import METRIC_DATA, TAGGED, Plan
from auditor.roots import Root
from auditor.tagging import region_tags
from auditor.transport import Recorder
from auditor.typed import MISFIT, Resource
from auditor.wiring import Batch, Collector

WORKERS = 48
"""Threads: enough to hide 50 ms of latency behind about 1.6 ms of CPU a call."""
QUERIES = 500
"""GetMetricData takes at most 500 queries (CloudWatch API reference)."""

_CAPS = {
    "s3": 40,
    "iam": 12,
    "cloudfront": 8,
    "route53": 5,
    "organizations": 4,
    "wafv2": 5,
    "shield": 5,
    "kms": 24,
    "ec2": 20,
}
_CAP = 16
"""Calls in flight for a service and region: under what the services' default rates bear in a burst."""


_MAKING = 8
"""Clients that wait to be made, at most, before another process may rather take what comes next."""

Serves = Callable[[str, str], bool]
"""Whether a service exists in a region."""

_Measure = tuple[MetricSpec, tuple[str, ...]]
"""A metric, and the values of its dimensions for one resource."""

Prepare = Callable[[str, str], object]
"""Makes what calls to a service in a region need, before the first one: its client."""


@dataclass(slots=True)
class _Lane:
    cap: int
    running: int = 0
    ready: bool = False
    waiting: deque[Callable[[], None]] = field(default_factory=deque)


class Scheduler:
    """One thread pool; a cap on tasks a lane, so that a slow service and region starves no other.

    A lane opens when it is prepared, by a thread of its own: making clients takes tens of milliseconds each and one
    at a time, and would keep every worker waiting.
    """

    def __init__(
        self, workers: int, prepare: Prepare | None = None, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self._told_to_stop = stopped
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="collect")
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._prepare = prepare
        self._workers = workers
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._changed = threading.Condition()
        self._open = 0
        self._running = 0
        self._expected = 0
        self._unready = 0
        self._for_room = False
        self._stopped = False
        self._errors: list[BaseException] = []

    def submit(self, service: str, region: str, task: Callable[[], None], *, brings: int = 0) -> None:
        """Run a task when its lane has room; a task may submit others, and `brings` says how many to expect."""
        with self._changed:
            if self._stopped:
                return
            self._open += 1
            self._expected += brings
            lane = self._lanes.get((service, region)) or self._new_lane(service, region)
            lane.waiting.append(partial(self._run, lane, task, brings))
            self._start(lane)

    def _new_lane(self, service: str, region: str) -> _Lane:
        lane = self._lanes[service, region] = _Lane(_CAPS.get(service, _CAP), ready=self._prepare is None)
        if not lane.ready:
            self._unready += 1
            self._maker.submit(self._ready, lane, service, region)
        return lane

    def _start(self, lane: _Lane) -> None:
        """Run as much of a lane as it has room for."""
        while lane.ready and lane.waiting and lane.running < lane.cap and not self._stopped:
            lane.running += 1
            self._running += 1
            self._pool.submit(lane.waiting.popleft())

    def _ready(self, lane: _Lane, service: str, region: str) -> None:
        if self._prepare is not None and not self._stopped:
            with suppress(Exception):  # met again, and recorded, by the first call that needs it
                self._prepare(service, region)
        with self._changed:
            lane.ready = True
            self._unready -= 1
            self._start(lane)
            self._tell()

    def _run(self, lane: _Lane, task: Callable[[], None], brings: int) -> None:
        try:
            if not self._told_to_stop():
                task()
        except BaseException as error:  # noqa: BLE001 - handed to the waiting thread
            self._errors.append(error)
        finally:
            with self._changed:
                lane.running -= 1
                self._running -= 1
                self._open -= 1
                self._expected -= brings
                self._start(lane)
                self._tell()

    def wait(self, *, for_room: bool = False) -> None:
        """Until nothing is left to do, or there is room for more; raises what a task raised, a collector's defect."""
        with self._changed:
            self._for_room = for_room
            while not self._is_over:
                self._changed.wait(0.2)  # with a limit, so that Ctrl-C gets through
                if self._told_to_stop():
                    break
        if self._told_to_stop():
            raise KeyboardInterrupt
        if self._errors:
            self.stop()
            raise self._errors[0]

    @property
    def _is_over(self) -> bool:
        """Whether what is waited for has come."""
        has_room = self._running + self._expected < self._workers and self._unready < _MAKING
        return not self._open or bool(self._errors) or (self._for_room and has_room)

    def _tell(self) -> None:
        """Wake who waits only when it is over: else every task would have to wait for it."""
        if self._is_over:
            self._changed.notify_all()

    def stop(self) -> None:
        """Start nothing more; wait for what is in flight."""
        with self._changed:
            self._stopped = True
            for lane in self._lanes.values():
                self._open -= len(lane.waiting)
                lane.waiting.clear()
        in_flight = self._open > 0  # threads that have nothing to do need not be waited for
        self._maker.shutdown(wait=in_flight, cancel_futures=True)
        self._pool.shutdown(wait=in_flight, cancel_futures=True)


class Collection:
    """One run of a plan for an account; `work` is taken as there is room for it, by as many runs as share it."""

    def __init__(
        self,
        plan: Plan,
        account: Account,
        recorder: Recorder,
        serves: Serves,
        work: Iterable[Sequence[Root]],
        *,
        workers: int = WORKERS,
        prepare: Prepare | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._plan = plan
        self._account = account
        self._recorder = recorder
        self._serves = serves
        self._work = work
        self.unserved: set[tuple[str, str]] = set()
        """The services that were not asked in a region, because it does not have them."""
        self._scheduler = Scheduler(workers, prepare, stopped)
        self._dependents: dict[type, list[Collector]] = {}
        self._measured: dict[str, dict[MetricSpec, set[tuple[str, ...]]]] = {}
        self._lock = threading.Lock()

    def run(self) -> None:
        """Collect everything; on KeyboardInterrupt, start no more calls and raise it again."""
        try:
            for roots in self._work:
                self._begin(roots)
                self._scheduler.wait(for_room=True)
            self._scheduler.wait()
            self._metrics()
            self._scheduler.wait()
        finally:
            self._scheduler.stop()

    def _begin(self, roots: Sequence[Root]) -> None:
        for root in roots:
            if root.collector is None:
                self._scheduler.submit(TAGGED.service, root.region, partial(self._tags, root.region))
            elif root.region == GLOBAL:
                self._submit(root.collector, GLOBAL, self._account, root.brings)
            elif self._is_served(root.collector.calls[0].service, root.region):
                self._submit(root.collector, root.region, Region(root.region, self._account), root.brings)

    def _is_served(self, service: str, region: str) -> bool:
        served = self._serves(service, region)
        if not served:
            self.unserved.add((service, region))
        return served

    def _tags(self, region: str) -> None:
        with suppress(Unread, Absent):
            region_tags(door(self._recorder, self._account, region, (TAGGED,)))

    def _submit(self, one: Collector, region: str, scope: Any, brings: int = 0) -> None:
        task = partial(self._collect, one, region, scope)
        self._scheduler.submit(one.calls[0].service, region, task, brings=brings)

    def _collect(self, one: Collector, region: str, scope: Any) -> None:
        """Run one collector; a gap is remembered by the recorder, and met again in assessment."""
        aws = door(self._recorder, self._account, region, one.calls, scope)
        with suppress(Unread, Absent, *MISFIT):
            found = one.function(aws, scope)
            if one.many:
                self._listed(one.provides, found)

    def _listed(self, kind: type, found: Iterable[Resource]) -> None:
        """Ask about each resource as soon as the page that brought it is in."""
        single = [one for one in self._dependents_of(kind) if not one.batch]
        batched = [(one, Batches(one.batch)) for one in self._dependents_of(kind) if one.batch]
        try:
            for resource in found:
                self._measure(kind, resource)
                for one in single:
                    self._submit(one, resource.region, resource)
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
        return self._recorder.is_new or not self._recorder.answered(Request(METRIC_DATA, region, spec.query(values)))

    def _ask_metrics(self, region: str, measures: Sequence[_Measure]) -> None:
        requests = [Request(METRIC_DATA, region, spec.query(values)) for spec, values in measures]
        try:
            results = self._results(region, requests)
        except (Unread, Absent) as failure:
            for request in requests:
                self._recorder.fail(request, failure)
            return
        for index, request in enumerate(requests):
            self._recorder.record(request, results.get(f"m{index}", {}))

    def _results(self, region: str, requests: Sequence[Request]) -> dict[str, dict[str, Any]]:
        """The datapoints by query id; a result that continues on the next page is joined."""
        aws = door(self._recorder.live, self._account, region, (METRIC_DATA,))
        end = self._account.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        start = end - timedelta(days=int(str(requests[0].params["Days"])))
        queries = [_query(index, request.params) for index, request in enumerate(requests)]
        joined: dict[str, dict[str, Any]] = {}
        for page in aws.pages(
            METRIC_DATA.operation, MetricDataQueries=queries, StartTime=start.isoformat(), EndTime=end.isoformat()
        ):
            for result in page.get("MetricDataResults", ()):
                known = joined.setdefault(result.get("Id", ""), {"Timestamps": [], "Values": []})
                known["Timestamps"] += result.get("Timestamps", ())
                known["Values"] += result.get("Values", ())
        return joined


def _query(index: int, params: Mapping[str, Json]) -> Json:
    metric = {name: params[name] for name in ("Namespace", "MetricName", "Dimensions")}
    return {"Id": f"m{index}", "MetricStat": {"Metric": metric, "Period": params["Period"], "Stat": params["Stat"]}}


def metric_request(spec: MetricSpec, resource: Resource) -> Request:
    """The question that stands for one metric of one resource in the record."""
    return Request(METRIC_DATA, spec.region or resource.region, spec.query(spec.values(resource)))


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
