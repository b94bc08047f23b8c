"""Where a collection begins: the questions that need no other's answer, and which of them belong together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from networkx.utils import UnionFind

from auditor.model import GLOBAL, Account, Region
from auditor.plan import METRIC_DATA, TAGGED, Plan
from auditor.tagging import tag_regions
from auditor.wiring import Collector

_TAGS = 60
"""The weight of the Tagging API's question: its pages of 100 are the longest chain of calls in a large account."""
_EACH = 3
"""The weight of a collector that asks about each resource, where one that lists them or takes batches weighs 1."""


_HEAVY = 24
"""The weight from which a listing is expected to bring enough to keep a process busy: that of an account's buckets."""
_BUNDLE = 12
"""The weight of groups that are given to one process at a time, unless one of them weighs more."""


@dataclass(frozen=True, slots=True)
class Root:
    """One question to begin with, in a region or `global`; the Tagging API's, where there is no collector."""

    collector: Collector | None
    region: str
    weight: int
    """How much is to be asked: by it, and by the collectors that wait for what it gives, directly or not."""
    calls: frozenset[str]
    """Everything that it and those who wait for it may ask."""

    @property
    def service(self) -> str:
        """The service that it asks first."""
        return self.collector.calls[0].service if self.collector else TAGGED.service

    @property
    def brings(self) -> int:
        """How many tasks it is expected to bring, where they are many; few are seen soon enough when they come."""
        return self.weight if self.weight >= _HEAVY else 0

    @property
    def services(self) -> frozenset[str]:
        """All services that it and those who wait for it may ask, but for the metrics."""
        return frozenset(call.partition(":")[0] for call in self.calls - {METRIC_DATA.name})


def roots(plan: Plan, account: Account) -> tuple[Root, ...]:
    """All questions to begin with, those that most wait for first."""
    found = [Root(one, GLOBAL, *_below(plan, one)) for one in plan.roots(Account)]
    for one in plan.roots(Region):
        weight, calls = _below(plan, one)
        found += [Root(one, name, weight, calls) for name in account.regions]
    if plan.tags:
        found += [Root(None, name, _TAGS, frozenset({TAGGED.name})) for name in tag_regions(account)]
    return tuple(sorted(found, key=lambda root: -root.weight))


def _below(plan: Plan, one: Collector) -> tuple[int, frozenset[str]]:
    family = list(_family(plan, one))
    return sum(_EACH if _asks_of_each(member) else 1 for member in family), frozenset(
        call.name for member in family for call in member.calls
    )


def _asks_of_each(one: Collector) -> bool:
    return one.scope not in (Account, Region) and not one.batch


def _family(plan: Plan, one: Collector) -> Iterator[Collector]:
    yield one
    if one.many:
        for other in plan.dependents(one.provides):
            yield from _family(plan, other)


def grouped(found: Sequence[Root]) -> list[list[Root]]:
    """Roots in groups that have no question in common, so that any process may take any group; the heaviest first.

    What is global may ask in any region. Light groups of a service are one: each process needs its model and clients.
    """
    wide = {call for root in found if root.region == GLOBAL for call in root.calls}
    kin = UnionFind(range(len(found)))
    first: dict[tuple[str, str], int] = {}
    for number, root in enumerate(found):
        for call in root.calls - {METRIC_DATA.name}:
            kin.union(number, first.setdefault((call, "" if call in wide else root.region), number))
    return _bundled([[found[number] for number in sorted(members)] for members in kin.to_sets()])


def _bundled(groups: Sequence[list[Root]]) -> list[list[Root]]:
    made: list[list[Root]] = []
    room: dict[str, list[Root]] = {}
    for group in sorted(groups, key=lambda group: (-_weight(group), group[0].service, group[0].region)):
        bundle = room.get(group[0].service)
        if bundle is None or _weight(bundle) + _weight(group) > _BUNDLE:
            bundle = room[group[0].service] = []
            made.append(bundle)
        bundle += group
    return sorted(made, key=_weight, reverse=True)


def _weight(group: Sequence[Root]) -> int:
    return sum(root.weight for root in group)
