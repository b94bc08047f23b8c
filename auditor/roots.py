"""Where a collection begins: the questions that need no other's answer, and how they are shared out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.model import GLOBAL, Account, Region
from auditor.plan import METRIC_DATA, TAGGED, Plan
from auditor.tagging import tag_regions
from auditor.wiring import Collector


@dataclass(frozen=True, slots=True)
class Root:
    """One question to begin with, in a region or `global`; the Tagging API's, where there is no collector."""

    collector: Collector | None
    region: str
    weight: int
    """How many collectors wait for what it gives, directly or not."""
    calls: frozenset[str]
    """Everything that it and those who wait for it may ask."""


def roots(plan: Plan, account: Account) -> tuple[Root, ...]:
    """All questions to begin with, those that most wait for first."""
    found = [Root(one, GLOBAL, *_below(plan, one)) for one in plan.roots(Account)]
    for one in plan.roots(Region):
        weight, calls = _below(plan, one)
        found += [Root(one, name, weight, calls) for name in account.regions]
    if plan.tags:
        found += [Root(None, name, 1, frozenset({TAGGED.name})) for name in tag_regions(account)]
    return tuple(sorted(found, key=lambda root: -root.weight))


def _below(plan: Plan, one: Collector) -> tuple[int, frozenset[str]]:
    family = list(_family(plan, one))
    return len(family), frozenset(call.name for member in family for call in member.calls)


def _family(plan: Plan, one: Collector) -> Iterator[Collector]:
    yield one
    if one.many:
        for other in plan.dependents(one.provides):
            yield from _family(plan, other)


def share_out(found: Sequence[Root], parts: int) -> list[list[Root]]:
    """Roots for so many processes, about evenly; those that may ask the same question stay together."""
    shares: list[list[Root]] = [[] for _ in range(parts)]
    loads = [0] * parts
    for group in sorted(_kin(found), key=lambda group: -sum(root.weight for root in group)):
        least = loads.index(min(loads))
        shares[least].extend(group)
        loads[least] += sum(root.weight for root in group)
    return [sorted(share, key=lambda root: -root.weight) for share in shares if share]


def _kin(found: Sequence[Root]) -> list[list[Root]]:
    """Roots in groups that have no question in common. What is global may ask in any region."""
    groups: list[tuple[set[tuple[str, str]], list[Root]]] = []
    for root in found:
        asks = {(call, root.region) for call in root.calls if call != METRIC_DATA.name}
        names = {call for call, _ in asks}
        kin = [group for group in groups if _meet(asks, names, root.region, group[0])]
        groups = [group for group in groups if group not in kin]
        groups.append((asks.union(*(group[0] for group in kin)), [root, *(one for group in kin for one in group[1])]))
    return [members for _, members in groups]


def _meet(asks: set[tuple[str, str]], names: set[str], region: str, others: set[tuple[str, str]]) -> bool:
    if asks & others:
        return True
    return any(call in names and GLOBAL in (region, other) for call, other in others)
