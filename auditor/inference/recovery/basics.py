"""What all parts of the recovery inference share: answers that may be unknown, facts, and copies of data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from auditor.errors import Absent, Unread
from auditor.evidence.hosts import region_of
from auditor.inference.recovery.figures import Kind, Mechanism, Scope, Span
from auditor.model import Gap, Json

T = TypeVar("T")

Answer = bool | None
"""True, False, or None where the evidence does not decide."""


def all_of(answers: Iterable[Answer]) -> Answer:
    """False where one is, else None where one is, else True."""
    found = set(answers)
    return False if False in found else None if None in found else True


def any_of(answers: Iterable[Answer]) -> Answer:
    """True where one is, else None where one is, else False."""
    found = set(answers)
    return True if True in found else None if None in found else False


@dataclass(frozen=True, slots=True)
class Fact:
    """A piece of evidence that decided a step."""

    operation: str
    region: str
    resource: str
    field: str
    value: str

    def describe(self) -> Json:
        """As JSON."""
        return {
            "operation": self.operation,
            "region": self.region,
            "resource": self.resource,
            "field": self.field,
            "value": self.value,
        }


def tried(make: Callable[[], T]) -> tuple[T | None, tuple[Gap, ...]]:
    """What a reading gives, or the gap that it met; None and no gap where AWS has nothing."""
    try:
        return make(), ()
    except Unread as failure:
        return None, (failure.gap,)
    except Absent:
        return None, ()


def region_in(arn: str) -> str:
    """The region that an ARN names; empty where it names none."""
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 - arn:partition:service:region


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a store's data, or a history that it keeps, and what it is good for."""

    mechanism: Mechanism
    region: str
    account: str
    healthy: Answer
    rpo: Span
    data: Span
    covers: frozenset[Scope]
    measured: bool = False
    trouble: str = ""
    """What is wrong with it, or what could not be read of it."""
    facts: tuple[Fact, ...] = ()
    multi_writer: bool = False
    is_assumed: bool = False
    """Whether only the source's side of it could be seen."""
    lacks_server: bool = False
    """Whether its data is there, but nothing runs that serves it."""

    def serves(self, scope: Scope, kinds: frozenset[Kind], regions: frozenset[str] | None) -> Answer:
        """Whether it survives a disaster as a copy of these kinds, in one of these regions."""
        placed = scope in self.covers and self.mechanism.kind in kinds and (regions is None or self.region in regions)
        return self.healthy if placed else False

    @property
    def is_live(self) -> bool:
        """Whether it can be used as it is, once it is promoted."""
        return self.mechanism.live and not self.lacks_server

    @property
    def words(self) -> str:
        """The mechanism and the place."""
        return f"{self.mechanism.words} in {self.region}"

    def describe(self) -> Json:
        """As JSON."""
        return {
            "mechanism": self.mechanism.name,
            "kind": self.mechanism.kind.value,
            "region": self.region,
            "account": self.account,
            "healthy": self.healthy,
            "trouble": self.trouble,
            "rpo_seconds": self.rpo.describe(),
            "data_seconds": self.data.describe(),
            "measured": self.measured,
            "source": "evidence" if self.measured else self.mechanism.source,
            "covers": sorted(self.covers),
            "evidence": [one.describe() for one in self.facts],
        }


EVERY_KIND = frozenset(Kind)


@dataclass(frozen=True, slots=True)
class Store:
    """Something that holds data which must not be lost."""

    arn: str
    name: str
    kind: str
    """What people call it: `database instance`, `bucket`."""
    region: str
    tags: Mapping[str, str]
    copies: tuple[Copy, ...]
    transactional: bool = True
    """Whether pilot light wants it to follow continuously; files, objects and indexes may be copied now and then."""
    derivable: str = ""
    """What says that its data is rebuilt rather than restored."""
    size_gib: float | None = None
    unread: tuple[Gap, ...] = ()
    """What could not be read of its copies."""
    homes: frozenset[str] = frozenset()
    """The regions in which it takes writes."""
    suggestion: str = ""
    """The mechanism, by name, that would make it follow to another region."""
    stands_for: tuple[str, ...] = ()
    """The ARNs of the replicas that are the same store."""

    @property
    def takes_writes_in(self) -> frozenset[str]:
        """The regions in which it takes writes."""
        return self.homes or frozenset({self.region})

    def protected(
        self,
        scope: Scope,
        kinds: frozenset[Kind] = EVERY_KIND,
        regions: frozenset[str] | None = None,
        *,
        live: bool = False,
    ) -> Answer:
        """Whether a healthy copy survives a disaster; None where what could not be read may hold one.

        With `live`, only copies count that need no restore.
        """
        found = any_of(one.serves(scope, kinds, regions) for one in self.copies if one.is_live or not live)
        return found if found or not self.unread else None

    @property
    def serves_on(self) -> Answer:
        """Whether it goes on without any one of its zones.

        Its own description tells that, so that backups and copies elsewhere that could not be read leave nothing open.
        """
        return any_of(one.serves(Scope.ZONE_LOSS, EVERY_KIND, None) for one in self.copies if one.is_live)

    def best(self, scope: Scope, regions: frozenset[str] | None = None) -> Copy | None:
        """The healthy copy that loses least, and then is back first."""
        found = [one for one in self.copies if one.serves(scope, EVERY_KIND, regions)]
        return min(found, key=lambda one: (one.rpo.high, one.data.high, one.mechanism.name, one.region), default=None)

    @property
    def label(self) -> str:
        """The kind and the name."""
        return f"{self.kind} {self.name}"

    def describe(self) -> Json:
        """As JSON."""
        return {
            "arn": self.arn,
            "name": self.name,
            "kind": self.kind,
            "region": self.region,
            "copies": [one.describe() for one in self.copies],
            "unread": sorted({one.reason for one in self.unread}),
        }


def elsewhere(store: Store, pair: frozenset[str]) -> frozenset[str]:
    """Of a pair of regions, those that a copy of the store must be in."""
    return pair - {store.region}


def gaps_of(*every: Any) -> tuple[Gap, ...]:
    """The gaps of listings, each once."""
    return tuple(dict.fromkeys(gap for one in every for gap in one.gaps))


def target_regions(names: Sequence[str]) -> frozenset[str]:
    """The regions in the names of endpoints."""
    return frozenset(region for region in map(region_of, names) if region)
