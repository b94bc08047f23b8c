"""A collection by several processes: Python uses one core a process, and boto3 costs a millisecond and a half a call.

The roots of the plan are shared out; each process collects its share with clients of its own and writes into the one
snapshot. What they write does not depend on who asks, so the assessment is the same byte for byte.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.sharedctypes import RawArray
from typing import Any

from auditor.cloud.session import Cloud
from auditor.collect import Collection
from auditor.model import Account
from auditor.plan import Plan
from auditor.roots import Root, roots, share_out
from auditor.snapshot import Snapshot
from auditor.transport import Counts, Live, Recorder, Tally

MOST = 4
"""Processes: beyond, the services' rate limits are reached before the cores are used."""


@dataclass(slots=True)
class Part:
    """How the collection of a share ended."""

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


def collect(
    plan: Plan, account: Account, cloud: Cloud, snapshot: Snapshot, tally: Tally, *, workers: int, processes: int
) -> Part:
    """Collect a plan by so many processes, this one among them. Raises what a collector raised."""
    mine, *others = share_out(roots(plan, account), max(processes, 1)) or [[]]
    context = multiprocessing.get_context("fork") if others else None
    stop = context.Event() if context else threading.Event()
    crew = [_Hand(context, plan, account, cloud, snapshot, share, stop, workers, tally) for share in others]
    part = _share(plan, account, cloud, snapshot, mine, tally, workers, stop)
    if part.interrupted:
        stop.set()
    for hand in crew:
        part.join(hand.result())
    return part


@dataclass(frozen=True, slots=True)
class _Stop:
    """Told to stop by the first process, or by its death: nobody else may write what a resumed scan writes."""

    event: Any
    captain: int

    def is_set(self) -> bool:
        return self.event.is_set() or os.getppid() != self.captain


class _Hand:
    """Another process with its share."""

    def __init__(
        self,
        context: Any,
        plan: Plan,
        account: Account,
        cloud: Cloud,
        snapshot: Snapshot,
        share: Sequence[Root],
        stop: Any,
        workers: int,
        tally: Tally,
    ) -> None:
        counts = RawArray("q", len(Counts()))
        tally.include(Tally(counts))
        self._answer, theirs = context.Pipe(duplex=False)
        captain = os.getpid()

        def work() -> None:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process is told, and tells by `stop`
            told = _Stop(stop, captain)
            theirs.send(_attempt(plan, account, cloud.afresh(), snapshot.path, share, Tally(counts), workers, told))

        self._process = context.Process(target=work, daemon=True)
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


def _attempt(
    plan: Plan, account: Account, cloud: Cloud, path: Any, share: Sequence[Root], tally: Tally, workers: int, stop: Any
) -> Part | BaseException:
    try:
        with closing(Snapshot.join(path)) as snapshot:
            return _share(plan, account, cloud, snapshot, share, tally, workers, stop)
    except Exception as error:  # noqa: BLE001 - raised again where the crew is waited for
        return error


def _share(
    plan: Plan,
    account: Account,
    cloud: Cloud,
    snapshot: Snapshot,
    share: Sequence[Root],
    tally: Tally,
    workers: int,
    stop: Any,
) -> Part:
    live = Live(cloud.client, tally, allow_paid=plan.allow_paid)
    collection = Collection(
        plan,
        account,
        Recorder(live, snapshot),
        cloud.serves,
        share,
        workers=workers,
        prepare=cloud.client,
        stopped=stop.is_set,
    )
    interrupted = False
    try:
        collection.run()
    except KeyboardInterrupt:
        interrupted = True
    return Part(interrupted, live.expired, collection.unserved)
