"""Which process of a crew takes which work."""

from __future__ import annotations

import multiprocessing

from auditor.crew import _Work
from auditor.roots import Root


def root(*services: str, weight: int = 1) -> Root:
    return Root(None, "eu-west-1", weight, frozenset(f"{service}:List" for service in services))


def work(*groups: list[Root]) -> _Work:
    return _Work(groups, multiprocessing.get_context("fork"))


def test_each_group_is_taken_once_and_the_heaviest_first() -> None:
    groups = [[root("ec2", weight=9)], [root("rds", weight=5)], [root("sqs")]]
    shared = work(*groups)
    first, second = shared.of(1), shared.of(2)
    assert [next(first), next(second), next(first)] == groups
    assert [list(first), list(second)] == [[], []]


def test_services_that_another_process_has_are_left_to_it_while_there_are_others() -> None:
    ec2, more_ec2, rds = [root("ec2")], [root("ec2", "ssm")], [root("rds")]
    shared = work(ec2, more_ec2, rds)
    first, second = shared.of(1), shared.of(2)
    assert [next(first), next(second), next(first)] == [ec2, rds, more_ec2]


def test_what_nobody_else_takes_is_taken_by_who_has_the_fewest_services_to_learn() -> None:
    ec2, two, one = [root("ec2", "kms", "iam")], [root("kms", "iam", "s3")], [root("iam", "sqs")]
    shared = work(ec2, two, one)
    first, second = shared.of(1), shared.of(2)
    assert next(first) == ec2
    assert [next(second), next(second)] == [one, two]


def test_metrics_are_asked_by_all_and_bind_nothing() -> None:
    assert Root(None, "eu-west-1", 1, frozenset({"cloudwatch:GetMetricData", "ec2:DescribeVpcs"})).services == {"ec2"}
