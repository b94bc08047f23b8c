"""A collection by several processes: Python uses one core a process, and boto3 costs a millisecond and a half a call.

Each process takes roots of the plan as it has room for them, collects what begins there with clients of its own, and
writes into the one snapshot. What they write does not depend on who asks, so the assessment is the same byte for byte.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.sharedctypes import RawArray
from pathlib import Path
from typing import Any

from auditor.cloud.session import Cloud
from auditor.collect import Collection
from auditor.model import Account
from auditor.plan import Plan
from auditor.roots import Root, grouped, roots
from auditor.snapshot import Snapshot
from auditor.transport import Counts, Live, Recorder, Tally

MOST = 4
"""Processes: beyond, the services' rate limits are reached before the cores are used."""


@dataclass(slots=True)
class Part:
    """How the collection by a process ended."""

    interrupted: bool = False
    expired: datetime | None = None
    unserved: set[tuple[str, str]] = field(default_factory=set)

    def join(self, other: Part) -> None:
        """Take what another process says into account."""
        self.interrupted = self.interrupted or other.interrupted
        self.expired = min((one for one in (self.expired, other.expired) if one), default=None)
        self.unserved |= other.unserved


def sensible_processes() -> int:
    """One a core, as far as processes can be forked safely here."""
    return min(os.cpu_count() or 1, MOST) if sys.platform == "linux" else 1


@dataclass(frozen=True, slots=True)
class _Job:
    """What every process of a crew knows."""

    plan: Plan
    account: Account
    cloud: Cloud
    workers: int
    is_new: bool
    """Whether nothing was recorded before."""


def collect(
    plan: Plan, account: Account, cloud: Cloud, snapshot: Snapshot, tally: Tally, *, workers: int, processes: int
) -> Part:
    """Collect a plan by so many processes. Raises what a collector raised.

    Where there are several, this one only waits: what boto3 keeps in memory is gone when the others have ended.
    """
    job = _Job(plan, account, cloud, workers, snapshot.is_empty)
    groups = grouped(roots(plan, account))
    if min(processes, len(groups)) <= 1:
        return _take_part(job, snapshot, groups, tally, threading.Event())
    context = multiprocessing.get_context("fork")
    stop, work = context.Event(), _Work(groups, context)
    with snapshot.away():
        crew = [_Hand(context, job, snapshot.path, work.of(one + 1), tally, stop) for one in range(processes)]
    part = Part()
    failure: Exception | None = None
    for hand in crew:
        try:
            part.join(_result(hand, stop))
        except Exception as error:  # noqa: BLE001 - raised when all have ended: they write the file that is closed then
            stop.set()
            failure = failure or error
    if failure is not None:
        raise failure
    part.interrupted = part.interrupted or stop.is_set()
    return part


def _result(hand: _Hand, stop: Any) -> Part:
    try:
        return hand.result()
    except KeyboardInterrupt:
        stop.set()
        return hand.result()


class _Work:
    """Groups of roots, each given to the process that asks for one and has the least to learn for it.

    A service's model and clients take a process as long as ten to thirty calls: what needs those that another process
    already has is left to that one, as long as there is anything else.
    """

    def __init__(self, groups: Sequence[Sequence[Root]], context: Any) -> None:
        self._groups = groups
        self._services = [frozenset(service for root in group for service in root.services) for group in groups]
        self._takers: Any = context.Array("i", len(groups))
        """Who took each group, in memory that the processes share; 0 for those that are left."""

    def of(self, taker: int) -> Iterator[Sequence[Root]]:
        """What is left for a process to take, until nothing is; takers are numbered from 1."""
        while (number := self._take(taker)) is not None:
            yield self._groups[number]

    def _take(self, taker: int) -> int | None:
        with self._takers.get_lock():
            takers = self._takers[:]
            left = [number for number, by in enumerate(takers) if not by]
            if not left:
                return None
            own = self._services_of(takers, {taker})
            others = self._services_of(takers, {*takers} - {0, taker})
            chosen = min(left, key=lambda number: (len((self._services[number] & others) - own), number))
            self._takers[chosen] = taker
        return chosen

    def _services_of(self, takers: Sequence[int], some: Container[int]) -> frozenset[str]:
        taken = (services for services, by in zip(self._services, takers, strict=True) if by in some)
        return frozenset().union(*taken)


@dataclass(frozen=True, slots=True)
class _Stop:
    """Told to stop by the process that waits, or by its death: nobody else may write what a resumed scan writes."""

    event: Any
    captain: int

    def is_set(self) -> bool:
        return self.event.is_set() or os.getppid() != self.captain


class _Hand:
    """A process that takes part."""

    def __init__(
        self, context: Any, job: _Job, path: Path, work: Iterator[Sequence[Root]], tally: Tally, stop: Any
    ) -> None:
        counts = RawArray("q", len(Counts()))
        tally.include(Tally(counts))
        self._answer, theirs = context.Pipe(duplex=False)
        captain = os.getpid()

        def run() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits is told, and tells by `stop`
            own = replace(job, cloud=job.cloud.afresh())
            theirs.send(_attempt(own, path, work, Tally(counts), _Stop(stop, captain)))

        self._process = context.Process(target=run, daemon=True)
        self._process.start()
        theirs.close()

    def result(self) -> Part:
        """What it says at its end; raises what it raised."""
        try:
            answer = self._answer.recv()
        except EOFError:
            self._process.join()
            message = f"a collecting process ended with {self._process.exitcode}"
            raise RuntimeError(message) from None
        self._process.join()
        if isinstance(answer, BaseException):
            raise answer
        part: Part = answer
        return part


def _attempt(job: _Job, path: Path, work: Iterator[Sequence[Root]], tally: Tally, stop: _Stop) -> Part | BaseException:
    try:
        with closing(Snapshot.join(path)) as snapshot:
            return _take_part(job, snapshot, work, tally, stop)
    except Exception as error:  # noqa: BLE001 - raised again where the crew is waited for
        return error


def _take_part(
    job: _Job, snapshot: Snapshot, work: Iterable[Sequence[Root]], tally: Tally, stop: _Stop | threading.Event
) -> Part:
    live = Live(job.cloud.client, tally, allow_paid=job.plan.allow_paid)
    collection = Collection(
        job.plan,
        job.account,
        Recorder(live, snapshot, is_new=job.is_new),
        job.cloud.serves,
        work,
        workers=job.workers,
        prepare=job.cloud.client,
        stopped=stop.is_set,
    )
    interrupted = False
    try:
        collection.run()
    except KeyboardInterrupt:
        interrupted = True
    return Part(interrupted, live.expired, collection.unserved)
