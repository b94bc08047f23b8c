"""All the evidence of a kind, honest about the parts that could not be read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from auditor.errors import Unread
from auditor.model import GLOBAL, Gap
from auditor.typed import Resource

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """What one question brought: its answers, and the gap if it could not be (fully) answered."""

    region: str
    scope: Resource | None
    """The resource asked about; None where a region or the account was asked."""
    items: tuple[T, ...]
    gap: Gap | None = None


class Every(Generic[T]):
    """All evidence of a kind in the account.

    Iterating, `len` and truth are strict: they raise `Unread` if any part could not be read, so a check
    cannot take a partial list for the whole. `within` and `of` are strict for their part only.
    """

    def __init__(self, groups: Sequence[Group[T]]) -> None:
        self._groups = tuple(groups)
        self._indexes: dict[object, Any] = {}

    def __iter__(self) -> Iterator[T]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def __bool__(self) -> bool:
        """Whether there is at least one; one that is known is enough to say yes."""
        return any(group.items for group in self._groups) or bool(self._all())

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be read."""
        return cast("tuple[Gap, ...]", self._index("gaps", lambda: tuple(one.gap for one in self._groups if one.gap)))

    def known(self) -> tuple[T, ...]:
        """What could be read, whatever could not."""
        return cast("tuple[T, ...]", self._index("known", lambda: tuple(_items(self._groups))))

    def _all(self) -> tuple[T, ...]:
        return cast("tuple[T, ...]", self._index("all", lambda: _strict(self._groups)))

    def within(self, region: str) -> tuple[T, ...]:
        """Those of one region (a resource's own, or the region that was asked)."""
        return self._by_region()[region] if region in self._by_region() else self._strict_within(region)

    def _by_region(self) -> dict[str, tuple[T, ...]]:
        return cast("dict[str, tuple[T, ...]]", self._index("regions", dict))

    def _strict_within(self, region: str) -> tuple[T, ...]:
        asked = [group for group in self._groups if group.region in (region, GLOBAL)]
        found = tuple(item for item in _strict(asked) if getattr(item, "region", region) == region)
        self._by_region()[region] = found
        return found

    def of(self, scope: Resource) -> tuple[T, ...]:
        """Those listed under, or describing, one resource."""
        groups = cast("Mapping[Resource | None, list[Group[T]]]", self._index("scopes", self._by_scope))
        above = [group for group in groups.get(None, ()) if group.gap and group.region in (scope.region, GLOBAL)]
        return _strict([*groups.get(scope, ()), *above])

    def _by_scope(self) -> Mapping[Resource | None, list[Group[T]]]:
        found: dict[Resource | None, list[Group[T]]] = defaultdict(list)
        for group in self._groups:
            here = group.scope
            found[here].append(group)
            while here is not None and (here := here._parent) is not None:  # noqa: SLF001 - the chain of listings
                found[here].append(group)
        return found

    def by(self, key: Callable[[T], K], region: str | None = None) -> Mapping[K, tuple[T, ...]]:
        """Grouped by a key, of one region or all; strict for what it groups.

        Made once for each key function: pass one that lives on, not a new lambda.
        """
        if region is None:
            made = self._index(key, lambda: _grouped(self._all(), key))
        else:
            made = self._index((key, region), lambda: _grouped(self.within(region), key))
        return cast("Mapping[K, tuple[T, ...]]", made)

    def _index(self, name: object, make: Callable[[], object]) -> object:
        if name not in self._indexes:
            self._indexes[name] = make()
        return self._indexes[name]


def _strict(groups: Sequence[Group[T]]) -> tuple[T, ...]:
    for group in groups:
        if group.gap:
            raise Unread(group.gap)
    return tuple(_items(groups))


def _items(groups: Sequence[Group[T]]) -> Iterator[T]:
    return (item for group in groups for item in group.items)


def _grouped(items: Sequence[T], key: Callable[[T], K]) -> Mapping[K, tuple[T, ...]]:
    found: dict[K, list[T]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return {name: tuple(values) for name, values in found.items()}
