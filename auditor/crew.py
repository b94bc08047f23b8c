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
from collections.abc import Callable, Container, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from multiprocessing.sharedctypes import RawArray, RawValue
from pathlib import Path
from typing import Any

from auditor.cloud.session import Cloud
from auditor.collect import Backlog, Collection, Work
from auditor.model import GLOBAL, Account
from auditor.plan import Plan
from auditor.roots import Listing, Root, awaits, grouped, roots
from auditor.scheduler import CONNECTIONS
from auditor.snapshot import Reader, Snapshot
from auditor.store import Store
from auditor.transport import Counts, Live, Recorder, Tally
from auditor.tuning import raise_file_limit
from auditor.typed import Resource

_PATIENCE_SECONDS = 0.05
"""How long a process that waits for a listing does not look what else has changed."""
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
    groups = grouped(roots(plan, account, divided=processes > 1))
    hands = min(processes, len(groups))
    if hands <= 1:
        return _take_part(job, snapshot, lambda _backlog: groups, tally, threading.Event())
    context = multiprocessing.get_context("fork")
    stop, work = _Stop(), _Work(groups, context)
    with snapshot.away():
        crew = [_Hand(context, job, snapshot.path, work, one + 1, tally, stop) for one in range(hands)]
    part = Part()
    failure: Exception | None = None
    for hand in crew:
        try:
            part.join(_result(hand, stop))
        except Exception as error:  # noqa: BLE001 - raised when all have ended: they write the file that is closed then
            stop.tell()
            failure = failure or error
    if failure is not None:
        raise failure
    part.interrupted = part.interrupted or stop.is_told
    return part


def _result(hand: _Hand, stop: _Stop) -> Part:
    try:
        return hand.result()
    except KeyboardInterrupt:
        stop.tell()
        return hand.result()


class _Work:
    """Groups of roots, each given to the process that asks for one and has the least to learn for it.

    A service's model and clients take a process as long as ten to thirty calls: what needs those that another process
    already has is left to that one, as long as there is anything else. What asks about a listing is given when it is
    whole.
    """

    def __init__(self, groups: Sequence[Sequence[Root]], context: Any) -> None:
        self._groups = groups
        self._services = [frozenset(service for root in group for service in root.services) for group in groups]
        self._awaits = [awaits(group) for group in groups]
        listings = dict.fromkeys(root.lists for group in groups for root in group if root.lists)
        self._numbers = {listing: number for number, listing in enumerate(listings)}
        self._changed: Any = context.Condition()
        self.turn: Any = context.Lock()
        """To write into the snapshot."""
        self._whole = RawArray("b", len(listings))
        """Which listings are, in memory that the processes share."""
        self._takers = RawArray("i", len(groups))
        """Who took each group; 0 for those that are left."""

    def of(
        self,
        taker: int,
        is_stopped: Callable[[], bool],
        backlog: Callable[[], Backlog],
    ) -> Iterator[Sequence[Root]]:
        """What is left for a process to take, until nothing is; takers are numbered from 1.

        What it has a `backlog` of is left to others until that is worked off.
        """
        while (number := self._take(taker, is_stopped, backlog)) is not None:
            yield self._groups[number]

    def listed(self, listing: Listing) -> None:
        """Give what asks about a listing, which is whole."""
        with self._changed:
            self._whole[self._numbers[listing]] = True
            self._changed.notify_all()

    def is_whole(self, listing: Listing) -> bool:
        """Whether all resources of a listing are in the record."""
        return bool(self._whole[self._numbers[listing]])

    def _take(self, taker: int, is_stopped: Callable[[], bool], backlog: Callable[[], Backlog]) -> int | None:
        with self._changed:
            while not is_stopped():
                takers = self._takers[:]
                left = [number for number, by in enumerate(takers) if not by]
                if not left:
                    return None
                queued = backlog()
                if ready := [number for number in left if self._is_ready(number, queued)]:
                    chosen = self._chosen(ready, takers, taker)
                    self._takers[chosen] = taker
                    return chosen
                self._changed.wait(_PATIENCE_SECONDS)
        return None

    def _is_ready(self, number: int, queued: Backlog) -> bool:
        first = self._groups[number][0]
        return (first.service, first.region) not in queued and all(map(self.is_whole, self._awaits[number]))

    def _chosen(self, ready: Sequence[int], takers: Sequence[int], taker: int) -> int:
        own = self._services_of(takers, {taker})
        others = self._services_of(takers, {*takers} - {0, taker})
        return min(ready, key=lambda number: (len((self._services[number] & others) - own), number))

    def _services_of(self, takers: Sequence[int], some: Container[int]) -> frozenset[str]:
        taken = (services for services, by in zip(self._services, takers, strict=True) if by in some)
        return frozenset().union(*taken)


class _Stop:
    """Told to the processes by the one that waits, or by its death: nobody else may write what a resumed scan writes.

    It is looked at before every question, so without a lock: processes would wait in turns for that.
    """

    def __init__(self) -> None:
        self._told = RawValue("b", 0)
        self._captain = os.getpid()

    def tell(self) -> None:
        """Let all processes stop."""
        self._told.value = 1

    @property
    def is_told(self) -> bool:
        """Whether they were told."""
        return bool(self._told.value)

    def is_set(self) -> bool:
        """Whether the process that asks, which is not the one that waits, is to stop."""
        return self.is_told or os.getppid() != self._captain


class _Hand:
    """A process that takes part."""

    def __init__(
        self, context: Any, job: _Job, path: Path, work: _Work, number: int, tally: Tally, stop: _Stop
    ) -> None:
        counts = RawArray("q", len(Counts()))
        tally.include(Tally(counts))
        self._answer, theirs = context.Pipe(duplex=False)

        def run() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that waits is told, and tells by `stop`
            own = replace(job, cloud=job.cloud.afresh())
            theirs.send(_attempt(own, path, work, number, Tally(counts), stop))

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


def _attempt(job: _Job, path: Path, work: _Work, number: int, tally: Tally, stop: _Stop) -> Part | BaseException:
    try:
        with closing(Snapshot.join(path, work.turn)) as snapshot:
            return _take_part(job, snapshot, partial(work.of, number, stop.is_set), tally, stop, work.listed)
    except Exception as error:  # noqa: BLE001 - raised again where the crew is waited for
        return error


def _take_part(
    job: _Job,
    snapshot: Snapshot,
    work: Work,
    tally: Tally,
    stop: _Stop | threading.Event,
    listed: Callable[[Listing], object] = lambda _listing: None,
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
        release=job.cloud.disconnect,
        connections=min(CONNECTIONS, raise_file_limit() // 2),
        stopped=stop.is_set,
        recorded=partial(_recorded, job, snapshot),
        listed=listed,
    )
    interrupted = False
    try:
        collection.run()
    except KeyboardInterrupt:
        interrupted = True
    return Part(interrupted, live.expired, collection.unserved)


def _recorded(job: _Job, snapshot: Snapshot, listing: Listing) -> Iterator[Resource]:
    """The resources of a listing, whichever process listed them; what a region does not serve is not in the record."""
    regions = job.account.regions if listing.region == GLOBAL else (listing.region,)
    account = replace(job.account, regions=regions)
    store = Store(job.plan.sources, account, Reader(snapshot), lambda _service, _region: True)
    return (resource for group in store.subjects(listing.kind) for resource in group.items)
