"""Which task runs when: caps, turns, room for more."""

from __future__ import annotations

import threading
import time
from collections import Counter
from functools import partial

import pytest

from auditor.scheduler import Scheduler


def test_a_defect_of_a_collector_is_not_swallowed() -> None:
    scheduler = Scheduler(2)

    def broken() -> None:
        raise LookupError("a bug")

    scheduler.submit("s3", "eu-west-1", broken)
    with pytest.raises(LookupError, match="a bug"):
        scheduler.wait()


def test_a_slow_service_does_not_starve_another() -> None:
    scheduler = Scheduler(48)
    hold = threading.Event()
    done = threading.Event()
    for _ in range(200):
        scheduler.submit("slow", "eu-west-1", lambda: (hold.wait(5), None)[1])
    scheduler.submit("quick", "eu-west-1", done.set)
    assert done.wait(2)
    hold.set()
    scheduler.wait()
    scheduler.stop()


def test_first_something_runs_in_each_lane_then_in_those_that_take_longest() -> None:
    scheduler = Scheduler(4)
    hold, begun = threading.Event(), Counter[str]()

    def task(service: str) -> None:
        begun[service] += 1
        hold.wait(5)

    with scheduler._changed:  # nothing begins before all are there
        for service, times in (("short", 2), ("long", 9), ("other", 1)):
            scheduler._new_lane(service, "eu-west-1").waiting.extend([partial(task, service)] * times)
            scheduler._queued[service, "eu-west-1"] = scheduler._lanes[service, "eu-west-1"]
            scheduler._open += times
        scheduler._start()
    while begun.total() < 4:
        time.sleep(0.01)
    assert begun == {"short": 1, "long": 2, "other": 1}
    hold.set()
    scheduler.wait()
    scheduler.stop()


def test_work_waits_until_there_is_room_for_it() -> None:
    scheduler = Scheduler(2)
    hold = threading.Event()
    for service in ("s0", "s1"):
        scheduler.submit(service, "eu-west-1", lambda: (hold.wait(5), None)[1])
    waiter = threading.Thread(target=scheduler.wait, kwargs={"for_room": True})
    waiter.start()
    waiter.join(0.3)
    assert waiter.is_alive()
    hold.set()
    waiter.join(5)
    assert not waiter.is_alive()
    scheduler.wait()
    scheduler.stop()


def test_connections_of_lanes_that_rest_are_closed_where_too_many_are_open() -> None:
    closed: list[str] = []
    scheduler = Scheduler(8, release=lambda service, _region: closed.append(service), connections=3)

    def work(service: str, at_once: int) -> None:
        together = threading.Barrier(at_once)
        for _ in range(at_once):
            scheduler.submit(service, "eu-west-1", lambda: (together.wait(5), None)[1])
        scheduler.wait()

    work("first", 2)
    assert closed == []
    work("second", 1)
    assert closed == [], "three are open, and three may be"
    work("first", 1)
    work("third", 2)
    assert closed == ["second", "first"], "those first that have rested for longest"
    work("first", 2)
    assert closed == ["second", "first", "third"], "what is opened again counts again"
    scheduler.stop()


def test_connections_in_use_are_never_closed() -> None:
    closed: list[str] = []
    scheduler = Scheduler(8, release=lambda service, _region: closed.append(service), connections=1)
    hold = threading.Event()
    scheduler.submit("busy", "eu-west-1", lambda: (hold.wait(5), None)[1])
    scheduler.submit("quick", "eu-west-1", lambda: None)
    while not closed:
        time.sleep(0.01)
    assert closed == ["quick"]
    hold.set()
    scheduler.wait()
    scheduler.stop()
