"""Where a collection begins: the questions that need no other's answer, and which of them belong together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from auditor.model import GLOBAL, Account, Region
from auditor.plan import METRIC_DATA, TAGGED, Plan
from auditor.tagging import tag_regions
from auditor.wiring import Collector

_TAGS = 60
"""The weight of the Tagging API's question: its pages of 100 are the longest chain of calls in a large account."""
_EACH = 3
"""The weight of a collector that asks about each resource, where one that lists them or takes batches weighs 1."""
_DIVISIBLE = 16
"""The weight from which what hangs on a listing is divided: that of an account's buckets, or a region's functions."""
_BUNDLE, _SHARE = 12, 6
"""The weight of groups that are given to one process at a time, unless one of them weighs more; of divided ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """Resources about which others may ask than who lists them, once all of them are in the record."""

    chain: tuple[Collector, ...]
    """The collector of a root, and those by which it leads to the resources."""
    region: str

    @property
    def kind(self) -> type:
        """What is listed."""
        return self.chain[-1].provides


@dataclass(frozen=True, slots=True)
class Root:
    """One question to begin with, in a region or `global`; the Tagging API's, where there is no collector."""

    collector: Collector | None
    region: str
    weight: int
    """How much is to be asked: by it, and by the collectors that wait for what it gives, directly or not."""
    calls: frozenset[str]
    """Everything that it and those who wait for it may ask."""
    lists: Listing | None = None
    """What it lists for others, which are roots of their own then."""
    of: Listing | None = None
    """What it asks about, where that is listed by another root."""

    @property
    def service(self) -> str:
        """The service that it asks first."""
        return self.collector.calls[0].service if self.collector else TAGGED.service

    @property
    def services(self) -> frozenset[str]:
        """All services that it and those who wait for it may ask, but for the metrics."""
        return frozenset(call.partition(":")[0] for call in self.calls - {METRIC_DATA.name})


def roots(plan: Plan, account: Account, *, divided: bool = False) -> tuple[Root, ...]:
    """All questions to begin with, those that most wait for first.

    Where they are `divided`, what asks about each resource of a large listing is a root too.
    """
    found = [root for one in plan.roots(Account) for root in _parts(plan, one, (GLOBAL,), divided)]
    found += [root for one in plan.roots(Region) for root in _parts(plan, one, account.regions, divided)]
    if plan.tags:
        found += [Root(None, name, _TAGS, frozenset({TAGGED.name})) for name in tag_regions(account)]
    return tuple(sorted(found, key=lambda root: -root.weight))


def _parts(plan: Plan, one: Collector, regions: Sequence[str], divided: bool) -> Iterator[Root]:
    chain = _chain(plan, one) if divided else ()
    apart = plan.dependents(chain[-1].provides) if chain else []
    weight, calls = _weight_below(plan, one), _calls_below(plan, one, apart)
    theirs = [(other, _weight_below(plan, other), _calls_below(plan, other)) for other in apart]
    for region in regions:
        listing = Listing(chain, region) if chain else None
        yield Root(one, region, weight, calls, lists=listing)
        yield from (Root(other, region, heavy, asks, of=listing) for other, heavy, asks in theirs)


def _chain(plan: Plan, one: Collector) -> tuple[Collector, ...]:
    """The collectors that lead from a root to the resources that most is asked about; none, where that is little."""
    if _weight_below(plan, one) < _DIVISIBLE:
        return ()
    return max(_chains(plan, (one,)), key=lambda chain: len(plan.dependents(chain[-1].provides)), default=())


def _chains(plan: Plan, chain: tuple[Collector, ...]) -> Iterator[tuple[Collector, ...]]:
    last = chain[-1]
    alike = [one for one in plan.collectors if one.many and one.provides is last.provides]
    if alike == [last] and not last.batch:
        yield chain
        for other in plan.dependents(last.provides):
            yield from _chains(plan, (*chain, other))


def _weight_below(plan: Plan, one: Collector) -> int:
    return sum(_EACH if _asks_of_each(member) else 1 for member in _family(plan, one))


def _calls_below(plan: Plan, one: Collector, without: Sequence[Collector] = ()) -> frozenset[str]:
    return frozenset(call.name for member in _family(plan, one, without) for call in member.calls)


def _asks_of_each(one: Collector) -> bool:
    return one.scope not in (Account, Region) and not one.batch


def _family(plan: Plan, one: Collector, without: Sequence[Collector] = ()) -> Iterator[Collector]:
    yield one
    if one.many:
        for other in plan.dependents(one.provides):
            if other not in without:
                yield from _family(plan, other, without)


def grouped(found: Sequence[Root]) -> list[list[Root]]:
    """Roots in groups that have no question in common, so that any process may take any group; the heaviest first.

    What is global may ask in any region. Light groups of a service are one: each process needs its model and clients.
    What asks about a listing is in the group of its root, or in one that holds nothing but such.
    """
    wide = {call for root in found if root.region == GLOBAL for call in root.calls}
    kin = _Kin(len(found))
    first: dict[tuple[str, str], int] = {}
    for number, root in enumerate(found):
        for call in root.calls - {METRIC_DATA.name}:
            kin.join(number, first.setdefault((call, "" if call in wide else root.region), number))
    _gather(kin, found)
    return _bundled([[found[number] for number in members] for members in kin.groups()])


class _Kin:
    """Which numbers belong together: a union-find, written here since a library's graphs would slow each scan down."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def __getitem__(self, number: int) -> int:
        """The one that stands for all that a number belongs with."""
        while self._above[number] != number:
            self._above[number] = number = self._above[self._above[number]]
        return number

    def join(self, one: int, other: int) -> None:
        """Let two belong together, and all that belong with them."""
        self._above[self[one]] = self[other]

    def groups(self) -> Iterable[list[int]]:
        """All numbers, in groups, by the first of each."""
        made: dict[int, list[int]] = {}
        for number in range(len(self._above)):
            made.setdefault(self[number], []).append(number)
        return made.values()


def _gather(kin: _Kin, found: Sequence[Root]) -> None:
    """Bring what asks about a listing together with the root of it, where it has to do with any other root."""
    roots_of = {root.lists: number for number, root in enumerate(found) if root.lists}
    shares = [(number, roots_of[root.of]) for number, root in enumerate(found) if root.of]
    while True:
        begun = {kin[number] for number, root in enumerate(found) if not root.of}
        astray = [(share, root) for share, root in shares if kin[share] in begun and kin[share] != kin[root]]
        if not astray:
            return
        for share, root in astray:
            kin.join(share, root)


def _bundled(groups: Sequence[list[Root]]) -> list[list[Root]]:
    made: list[list[Root]] = []
    room: dict[tuple[str, frozenset[Listing]], list[Root]] = {}
    for group in sorted(groups, key=lambda group: (-_weight(group), group[0].service, group[0].region)):
        awaited = awaits(group)
        most = _SHARE if awaited else _BUNDLE
        bundle = room.get((group[0].service, awaited))
        if bundle is None or _weight(bundle) + _weight(group) > most:
            bundle = room[group[0].service, awaited] = []
            made.append(bundle)
        bundle += group
    return sorted(made, key=_weight, reverse=True)


def awaits(group: Sequence[Root]) -> frozenset[Listing]:
    """The listings that must be in the record before a group can begin."""
    return frozenset(root.of for root in group if root.of) - {root.lists for root in group}


def _weight(group: Sequence[Root]) -> int:
    return sum(root.weight for root in group)
