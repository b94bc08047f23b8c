"""Which process of a crew takes which work."""

from __future__ import annotations

import multiprocessing
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from threading import Timer

from auditor.crew import _Stop, _Work
from auditor.roots import Listing, Root


def root(*services: str, weight: int = 1, region: str = "eu-west-1") -> Root:
    return Root(None, region, weight, frozenset(f"{service}:List" for service in services))


def work(*groups: list[Root]) -> _Work:
    return _Work(groups, multiprocessing.get_context("fork"))


def taken(
    shared: _Work, taker: int, *, backlog: Container[tuple[str, str]] = (), stopped: bool = False
) -> Iterator[Sequence[Root]]:
    return shared.of(taker, lambda: stopped, lambda: backlog)


def test_each_group_is_taken_once_and_the_heaviest_first() -> None:
    groups = [[root("ec2", weight=9)], [root("rds", weight=5)], [root("sqs")]]
    shared = work(*groups)
    first, second = taken(shared, 1), taken(shared, 2)
    assert [next(first), next(second), next(first)] == groups
    assert [list(first), list(second)] == [[], []]


def test_services_that_another_process_has_are_left_to_it_while_there_are_others() -> None:
    ec2, more_ec2, rds = [root("ec2")], [root("ec2", "ssm")], [root("rds")]
    shared = work(ec2, more_ec2, rds)
    first, second = taken(shared, 1), taken(shared, 2)
    assert [next(first), next(second), next(first)] == [ec2, rds, more_ec2]


def test_what_nobody_else_takes_is_taken_by_who_has_the_fewest_services_to_learn() -> None:
    ec2, two, one = [root("ec2", "kms", "iam")], [root("kms", "iam", "s3")], [root("iam", "sqs")]
    shared = work(ec2, two, one)
    first, second = taken(shared, 1), taken(shared, 2)
    assert next(first) == ec2
    assert [next(second), next(second)] == [one, two]


def test_what_a_process_has_a_queue_for_is_left_to_others() -> None:
    here, there = [root("ec2", weight=9)], [root("ec2", region="eu-north-1")]
    shared = work(here, there)
    assert next(taken(shared, 1, backlog={(here[0].service, "eu-west-1")})) == there
    assert next(taken(shared, 2)) == here


def test_what_asks_about_a_listing_is_given_when_the_listing_is_whole() -> None:
    listing = Listing((), "eu-west-1")
    lists, asks = replace(root("s3"), lists=listing), replace(root("s3", weight=9), of=listing)
    shared = work([asks], [lists])
    one = taken(shared, 1)
    assert next(one) == [lists]
    whole = Timer(0.1, shared.listed, [listing])
    whole.start()
    assert next(one) == [asks]
    assert shared.is_whole(listing), "it waited until the listing was whole"
    assert list(one) == []


def test_nothing_is_given_to_a_process_that_is_told_to_stop() -> None:
    assert list(taken(work([root("ec2")]), 1, stopped=True)) == []


def test_a_process_stops_when_it_is_told_or_its_parent_is_gone() -> None:
    context = multiprocessing.get_context("fork")

    def heard(stop: _Stop) -> bool:
        told = context.Queue()
        process = context.Process(target=lambda: told.put(stop.is_set()))
        process.start()
        found: bool = told.get(timeout=30)
        process.join()
        return found

    stop, orphaned = _Stop(), _Stop()
    assert not heard(stop)
    stop.tell()
    assert heard(stop)
    orphaned._captain = 1
    assert heard(orphaned)


def test_metrics_are_asked_by_all_and_bind_nothing() -> None:
    assert Root(None, "eu-west-1", 1, frozenset({"cloudwatch:GetMetricData", "ec2:DescribeVpcs"})).services == {"ec2"}
