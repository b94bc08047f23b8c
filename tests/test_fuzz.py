"""Whatever AWS answers, no collector and no check breaks.

Each example is a whole account, made of answers that botocore's service models allow: members missing, lists empty,
strings extreme, values that no enumeration knows, dates of other zones. All collectors parse it, and all checks judge
all that they find. Hypothesis draws the seeds; an example is made again by its seed: `world(seed)`.

`AUDITOR_FUZZ=long` runs many more, with other seeds each time.
"""

from __future__ import annotations

import functools
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auditor.assess import Settings, assess
from auditor.aws import Request
from auditor.errors import Absent, Unread
from auditor.model import Account, Assessment, GapKind, ScanInfo, Status
from auditor.plan import make_plan
from auditor.registry import load
from auditor.store import Store
from auditor.testing import ACCOUNT, NOW, _service_model

LONG = os.environ.get("AUDITOR_FUZZ") == "long"
SHARDS = 8
EXAMPLES = 1000 if LONG else 26
"""Accounts a shard; each has some of every kind."""
LEAST = 25
"""Resources of a kind that a shard judges at least: so each check is tried on 200 in all, most on thousands."""

REGISTRY = load()
CHECKS = list(REGISTRY.checks.values())
PLAN = make_plan(REGISTRY, CHECKS)
MOST_MEMBERS = 1000
"""Fields of an answer: some of the models have hundreds within each other."""
REGIONS = ("eu-west-1", "us-east-1")

Make = Callable[[random.Random, "World", int], Any]
MISSING = object()

STRINGS = (
    "", " ", "-", "*", "a", "ü" * 40, "x" * 3000, "\x00", "\u202e", "名前", "💥", "null", "None", "true", "false", "0",
    "-1", "1e999", "NaN", "{}", "[]", "{", '"', "${aws:username}", "arn:aws:s3:::b/*", "arn:aws:iam::123456789012:root",
    "arn:::::", "arn:aws", "a.b.c", "1.2", "8.0.mysql_aurora.3.04.0", "/", "//", "http://", "https://[", ":", ":80",
    "10.0.0.0/8", "0.0.0.0/0", "::/0", "10.0.0.0/99", "999.1.1.1", "1.2.3.4", "us-east-1", "eu-west-1a", "mars-north-1",
    "cron(0 1 * * ? *)", "cron(x)", "rate(5 minutes)", "rate(", "2026-01-01", "not a date", "%", "%00", "\n", "a=b;c",
)  # fmt: skip
DATES = (
    "2026-11-26T12:00:00+00:00", "2026-11-25T23:00:00-11:00", "2026-11-26T23:59:59+14:00", "2026-11-20T12:00:00",
    "2026-11-20", "1970-01-01T00:00:00+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00",
    "2020-02-29T00:00:00Z", "2026-11-26T12:00:00.123456+05:45",
)  # fmt: skip
POLICIES: tuple[Any, ...] = (
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]},
    {"Statement": {"Effect": "Deny", "Principal": {"AWS": ["*", "123456789012"]}, "NotAction": [], "NotResource": "x",
                   "Condition": {"Bool": {"aws:SecureTransport": [False]}, "IpAddress": {"aws:SourceIp": "nonsense"}}}},
    {"Statement": [{"Effect": "Allow", "Principal": {"Federated": "x", "Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole*", "Condition": {"StringLike": {"token.actions:sub": ["repo:*", ""]}}}]},
    {"Statement": []}, {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]}]},
    {"Statement": None}, {}, [], "x", None, 7, {"Statement": [{}, None, "x", 1]},
    {"Statement": [{"Effect": "allow", "Action": None, "Principal": None, "Resource": [1], "Condition": []}]},
    {"Statement": [{"Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"], "Condition": {"X": {"y": None}}}]},
)  # fmt: skip
WELL_FORMED = 5
"""The first of them are policies, whatever they say; the rest are none."""


class World:
    """A transport whose answers are drawn from the models; the same question has the same answer."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.asked: set[str] = set()
        mood = random.Random(seed)  # noqa: S311 - to be drawn again
        self.unread = mood.choice((0.0, 0.0, 0.002, 0.03))
        """How often there is no answer; how often a member is missing; how often a string is extreme."""
        self.missing = mood.choice((0.0, 0.01, 0.05, 0.25))
        self.extreme = mood.choice((0.005, 0.03, 0.2))
        self.lacks = frozenset(mood.sample(("kafka", "glue", "drs", "fis", "efs"), mood.choice((0, 0, 2))))

        self.params: tuple[str, ...] = ()
        self.room = 0

    def pages(self, request: Request) -> Iterator[dict[str, Any]]:
        """One or two pages, or why there are none."""
        self.asked.add(request.call.name)
        draw = random.Random(f"{self.seed} {request.key}")  # noqa: S311 - as above
        bad = draw.random()
        if bad < self.unread:
            kind = draw.choice(list(GapKind))
            raise Unread(request.gap(kind, "Drawn", "no answer in this world"))
        if bad < self.unread + 0.05 and request.call.absent:
            raise Absent(request.call.absent[0])
        self.params = tuple(_texts(request.params))
        make = _page(request.call.service, request.call.operation)
        self.room = MOST_MEMBERS
        for _ in range(draw.choice((1, 1, 1, 2)) if request.paged else 1):
            yield make(draw, self, 0)
        if request.paged and draw.random() < self.unread:
            raise Unread(request.gap(GapKind.THROTTLED, "Drawn", "the last page is missing"))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


@functools.cache
def _page(service: str, operation: str) -> Make:
    shape = _service_model(service).operation_model(operation).output_shape
    return _maker(shape, "", ()) if shape is not None else lambda _draw, _world, _depth: {}


def _maker(shape: Any, name: str, above: tuple[str, ...]) -> Make:
    """How values of a shape are drawn; a shape within itself ends."""
    kind = shape.type_name
    if shape.name in above and above.count(shape.name) > 1:
        return lambda _draw, _world, _depth: MISSING
    inner = (*above, shape.name)
    if kind == "structure":
        members = [(n, _maker(s, n, inner), n in shape.required_members) for n, s in shape.members.items()]
        return functools.partial(_structure, members, union=getattr(shape, "is_tagged_union", False))
    if kind == "list":
        return functools.partial(_list, _maker(shape.member, name, inner))
    if kind == "map":
        return functools.partial(_map, _maker(shape.value, name, inner))
    return _scalar(shape, name)


def _structure(members: Any, draw: random.Random, world: World, depth: int, *, union: bool) -> Any:
    found: dict[str, Any] = {}
    chosen = [draw.choice(members)] if union and members else members
    thin = draw.random() < world.missing
    for name, make, required in chosen:
        rare = 0.0 if required else 0.5 if thin else world.missing + 0.02 * depth
        if not union and not required and (world.room < 0 or (rare and draw.random() < rare)):
            continue
        world.room -= 1
        value = make(draw, world, depth + 1)
        if value is not MISSING:
            found[name] = value
    return found


def _list(make: Make, draw: random.Random, world: World, depth: int) -> Any:
    most = 6 if depth <= 2 else 2 if depth <= 4 else 1
    least = int(draw.random() > 0.1)
    values = [make(draw, world, depth + 1) for _ in range(draw.randint(least, most)) if world.room > 0]
    return [value for value in values if value is not MISSING]


def _map(make: Make, draw: random.Random, world: World, depth: int) -> Any:
    pairs = {_string("", draw, world): make(draw, world, depth + 1) for _ in range(draw.randint(0, 2))}
    return {name: value for name, value in pairs.items() if value is not MISSING}


def _scalar(shape: Any, name: str) -> Make:
    kind = shape.type_name
    if kind == "boolean":
        often = 0.8 if name == "IsDefaultVersion" else 0.5
        return lambda draw, _world, _depth: draw.random() < often
    if kind in ("integer", "long"):
        return lambda draw, _world, _depth: draw.choice((0, 1, 2, 7, 30, 443, 5432, 65535, -1, 10**6, 2**31 - 1, 2**53))
    if kind in ("float", "double"):
        return lambda draw, _world, _depth: draw.choice((0.0, 0.5, 1.0, 99.9, -1.0, 1e300))
    if kind == "timestamp":
        return lambda draw, _world, _depth: draw.choice(DATES)
    if kind == "blob":
        return lambda draw, _world, _depth: draw.choice(("", "AA==", "not base64", "QUFB"))
    known = tuple(getattr(shape, "enum", None) or ())
    called = f"{name} {shape.name}".lower()
    if "policy" in called and ("document" in called or name.endswith("olicy")):
        return functools.partial(_policy, is_text=not shape.name.lower().startswith("policydocument"))
    if known:
        return lambda draw, _world, _depth: draw.choice(known) if draw.random() < 0.9 else draw.choice(STRINGS)
    return lambda draw, world, _depth: _string(name, draw, world)


def _policy(draw: random.Random, _world: World, _depth: int, *, is_text: bool) -> Any:
    odd = draw.random()
    if odd < 0.03:
        return draw.choice(STRINGS)
    chosen = draw.choice(POLICIES if odd < 0.15 else POLICIES[:WELL_FORMED])
    return json.dumps(chosen) if is_text or not isinstance(chosen, dict) else chosen


def _string(name: str, draw: random.Random, world: World) -> str:
    """An extreme string, one of the question's, or a name that others have too, so that things belong together."""
    how = draw.random()
    if how < world.extreme:
        return draw.choice(STRINGS)
    for pattern, values in HINTS:
        if pattern.search(name):
            return draw.choice(values)
    if how < world.extreme + 0.2 and world.params:
        return draw.choice(world.params)
    number = draw.randint(1, 3)
    if re.search(r"arns?$|arn", name[-4:], re.IGNORECASE):
        place = draw.choice((*REGIONS, ""))
        return f"arn:aws:{draw.choice(SERVICES)}:{place}:{ACCOUNT.id}:{draw.choice(KINDS)}{number}"
    return f"{draw.choice(KINDS)}{number}"


HINTS = tuple(
    (re.compile(pattern, re.IGNORECASE), values)
    for pattern, values in (
        ("(date|time|timestamp|modified)$", DATES),
        ("ipv6address$", ("2001:db8::1", "2600:1f18::5")),
        ("^(cpu|memory)$", ("256", "1024", "4096")),
        ("cidr", ("10.0.0.0/16", "10.0.1.0/24", "0.0.0.0/0", "2001:db8::/32")),
        ("account|owner(id)?$", (ACCOUNT.id, "999999999999")),
        ("region", REGIONS),
        ("zone", tuple(f"{region}{zone}" for region in REGIONS for zone in "ab")),
        ("^snapshottype$", ("manual", "automated")),
        ("^(tag)?key$", ("Name", "environment", "workload", "tier", "owner", "aws:cloudformation:stack-name")),
    )
)
"""What some strings mostly are, by their field's name: else little of an answer would be read."""
SERVICES = ("ec2", "s3", "iam", "lambda", "rds", "sns", "sqs", "kms", "ecs", "dynamodb", "elasticloadbalancing")
KINDS = ("", "vpc-", "subnet-", "sg-", "i-", "role/a", "function:f", "db:d", "loadbalancer/app/a/", "table/t", "key/")


def judged(seed: int) -> tuple[World, Store, Assessment]:
    """What all checks say of the account of a seed."""
    world = World(seed)
    account = Account(ACCOUNT.id, ACCOUNT.partition, REGIONS, NOW)
    store = Store(PLAN.sources, account, world, lambda service, _region: service not in world.lacks)
    scan = ScanInfo(account.id, account.partition, account.regions, account.now, complete=True)
    return world, store, assess(CHECKS, REGISTRY.patterns, PLAN, store, Settings(), scan)


def broken(found: Assessment) -> list[str]:
    """The checks that broke, and how."""
    return sorted({f"{one.check}: {one.reason}" for one in found.findings if one.status is Status.ERROR})


def shard(number: int) -> Counter[str]:
    """How many resources of each kind were judged, in so many accounts."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=not LONG,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(min_value=0, max_value=2**40))
    def holds(drawn: int) -> None:
        _, store, found = judged(drawn * SHARDS + number)
        assert not broken(found), broken(found)[:5]
        for kind in {one.subject for one in CHECKS}:
            seen[kind.__name__] += sum(len(group.items) for group in store.subjects(kind))

    holds()
    return seen


@pytest.mark.parametrize("number", range(SHARDS))
def test_no_answer_breaks_a_check(number: int) -> None:
    seen = shard(number)
    few = {one.subject.__name__: seen[one.subject.__name__] for one in CHECKS if seen[one.subject.__name__] < LEAST}
    assert not few, "too few were judged to say that no check breaks"


def test_a_check_that_breaks_is_noticed() -> None:
    world, _, found = judged(1)
    assert world.asked
    assert {one.status for one in found.findings} >= {Status.PASS, Status.FAIL, Status.UNKNOWN}
