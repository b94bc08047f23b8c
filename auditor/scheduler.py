"""Runs tasks in threads: as many as a service and region bear, and first those that would end last."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

WORKERS = 64
"""Threads: enough to hide 50 ms of latency behind a millisecond of CPU a call."""
CONNECTIONS = 1000
"""Connections that a process keeps open, at most; in many regions there would be thousands, most of them idle."""
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

Prepare = Callable[[str, str], object]
"""Makes what calls to a service in a region need, before the first one: its client."""

Release = Callable[[str, str], object]
"""Closes the idle connections of a service and region, of which no call is under way."""


@dataclass(slots=True)
class _Lane:
    name: tuple[str, str]
    """Service and region."""
    cap: int
    running: int = 0
    connections: int = 0
    """As many as ran at once since they were last closed."""
    ready: bool = False
    waiting: deque[Callable[[], None]] = field(default_factory=deque)


def _urgency(lane: _Lane) -> tuple[bool, bool, float]:
    return lane.running < lane.cap, not lane.running, len(lane.waiting) / lane.cap


class Scheduler:
    """One thread pool; a cap on tasks a lane, so that a slow service and region starves no other.

    A lane opens when it is prepared, by a thread of its own: making clients takes tens of milliseconds each and one
    at a time, and would keep every worker waiting.
    """

    def __init__(
        self,
        workers: int,
        prepare: Prepare | None = None,
        stopped: Callable[[], bool] = lambda: False,
        *,
        release: Release = lambda _service, _region: None,
        connections: int = CONNECTIONS,
    ) -> None:
        self._told_to_stop = stopped
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="collect")
        self._maker = ThreadPoolExecutor(1, thread_name_prefix="prepare")
        self._prepare = prepare
        self._workers = workers
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._queued: dict[tuple[str, str], _Lane] = {}
        """The lanes that are ready and have tasks that wait."""
        self._release = release
        self._most_connections = connections
        self._connections = 0
        self._idle: dict[tuple[str, str], _Lane] = {}
        """The lanes that have connections and nothing to do, the longest idle first."""
        self._changed = threading.Condition()
        self._open = 0
        self._running = 0
        self._unready = 0
        self._for_room = False
        self._stopped = False
        self._errors: list[BaseException] = []

    def submit(self, service: str, region: str, task: Callable[[], None]) -> None:
        """Run a task when its lane has room; a task may submit others."""
        with self._changed:
            if self._stopped:
                return
            self._open += 1
            lane = self._lanes.get((service, region)) or self._new_lane(service, region)
            lane.waiting.append(task)
            if lane.ready:
                self._queued[lane.name] = lane
            self._start()

    def _new_lane(self, service: str, region: str) -> _Lane:
        name = (service, region)
        lane = self._lanes[name] = _Lane(name, _CAPS.get(service, _CAP), ready=self._prepare is None)
        if not lane.ready:
            self._unready += 1
            self._maker.submit(self._ready, lane)
        return lane

    def _start(self) -> None:
        """Run what there is room for: first in each lane something, then in those that will take longest."""
        while self._running < self._workers and self._queued and not self._stopped:
            lane = max(self._queued.values(), key=_urgency)
            if lane.running == lane.cap:
                return
            self._running += 1
            lane.running += 1
            self._idle.pop(lane.name, None)
            if lane.running > lane.connections:
                lane.connections += 1
                self._connections += 1
            self._pool.submit(self._run, lane, lane.waiting.popleft())
            if not lane.waiting:
                del self._queued[lane.name]

    def _ready(self, lane: _Lane) -> None:
        if self._prepare is not None and not self._stopped:
            with suppress(Exception):  # met again, and recorded, by the first call that needs it
                self._prepare(*lane.name)
        with self._changed:
            lane.ready = True
            self._unready -= 1
            if lane.waiting:
                self._queued[lane.name] = lane
            self._start()
            self._tell()

    def _run(self, lane: _Lane, task: Callable[[], None]) -> None:
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
                self._start()
                self._rest(lane)
                self._tell()

    def _rest(self, lane: _Lane) -> None:
        """Where too many connections are open, close those of the lanes that have had nothing to do for longest."""
        if not lane.running and not lane.waiting:
            self._idle[lane.name] = lane
        while self._connections > self._most_connections and self._idle:
            name, oldest = next(iter(self._idle.items()))
            del self._idle[name]
            self._connections -= oldest.connections
            oldest.connections = 0
            self._release(*name)  # nothing of the lane can begin meanwhile

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

    def queued(self) -> frozenset[tuple[str, str]]:
        """The services and regions of which tasks wait."""
        with self._changed:
            return frozenset(self._queued)

    @property
    def _is_over(self) -> bool:
        """Whether what is waited for has come."""
        has_room = self._running < self._workers and self._unready < _MAKING
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
            self._queued.clear()
        in_flight = self._open > 0  # threads that have nothing to do need not be waited for
        self._maker.shutdown(wait=in_flight, cancel_futures=True)
        self._pool.shutdown(wait=in_flight, cancel_futures=True)
