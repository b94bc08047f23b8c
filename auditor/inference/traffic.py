"""Sets of addresses and ports, and their arithmetic: what filters let through, together and one after another."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network, summarize_address_range
from itertools import pairwise
from typing import Any

Interval = tuple[int, int]
"""First and last, both counted in."""

IPV4, IPV6 = 4, 6
"""The two families of addresses."""

LAST_PORT = 65535
_BITS = {IPV4: 32, IPV6: 128}


@functools.lru_cache(65536)
def _block(cidr: str) -> tuple[int, Interval]:
    network = ip_network(cidr, strict=False)
    return network.version, (int(network.network_address), int(network.broadcast_address))


@dataclass(frozen=True, slots=True)
class Ranges:
    """A set of addresses of one family, as intervals in order that do not touch."""

    intervals: tuple[Interval, ...] = ()

    @classmethod
    def of(cls, cidrs: Iterable[str], family: int) -> Ranges:
        """The addresses of all blocks that are of a family, 4 or 6."""
        blocks = (_block(cidr) for cidr in cidrs)
        return cls(_joined(interval for version, interval in blocks if version == family))

    @classmethod
    def all(cls, family: int) -> Ranges:
        """Every address of a family."""
        return cls(((0, 2 ** _BITS[family] - 1),))

    @classmethod
    def joined(cls, intervals: Iterable[Interval]) -> Ranges:
        """Intervals in any order, which may overlap."""
        return cls(_joined(intervals))

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __or__(self, other: Ranges) -> Ranges:
        if not self or not other:
            return self or other
        return self if self is other else Ranges(_joined((*self.intervals, *other.intervals)))

    def __and__(self, other: Ranges) -> Ranges:
        found = []
        mine = theirs = 0
        while mine < len(self.intervals) and theirs < len(other.intervals):
            (my_first, my_last), (its_first, its_last) = self.intervals[mine], other.intervals[theirs]
            first, last = max(my_first, its_first), min(my_last, its_last)
            if first <= last:
                found.append((first, last))
            if my_last < its_last:
                mine += 1
            else:
                theirs += 1
        return Ranges(tuple(found))

    def __sub__(self, other: Ranges) -> Ranges:
        found = []
        for first, last in self.intervals:
            start = first
            for out_first, out_last in other.intervals:
                if out_last < start or out_first > last:
                    continue
                if out_first > start:
                    found.append((start, out_first - 1))
                start = out_last + 1
            if start <= last:
                found.append((start, last))
        return Ranges(tuple(found))

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return sum(last - first + 1 for first, last in self.intervals)

    def covers(self, other: Ranges) -> bool:
        """Whether all of another set is in it."""
        return not other - self

    def cidrs(self, family: int) -> Iterator[str]:
        """The fewest blocks that make it up."""
        make: Any = IPv4Address if family == IPV4 else IPv6Address
        for first, last in self.intervals:
            yield from (str(block) for block in summarize_address_range(make(first), make(last)))


NOBODY = Ranges()
"""No addresses."""


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    found: list[Interval] = []
    for first, last in sorted(intervals):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Band:
    """Neighboring ports that are open to the same addresses."""

    first: int
    last: int
    sources: Ranges


@dataclass(frozen=True, slots=True)
class Traffic:
    """A set of pairs of an address and a port of one protocol, as bands in the order of their ports."""

    bands: tuple[Band, ...] = ()

    @classmethod
    def of(cls, first: int, last: int, sources: Ranges) -> Traffic:
        """All addresses of a set on neighboring ports."""
        return cls((Band(first, last, sources),)) if sources and first <= last else NOTHING

    def __bool__(self) -> bool:
        return bool(self.bands)

    def __or__(self, other: Traffic) -> Traffic:
        return _overlaid(self, other, operator.or_) if self and other else self or other

    def __and__(self, other: Traffic) -> Traffic:
        return _overlaid(self, other, operator.and_) if self and other else NOTHING

    def __sub__(self, other: Traffic) -> Traffic:
        return _overlaid(self, other, operator.sub) if self and other else self

    def limited_to(self, sources: Ranges) -> Traffic:
        """What of it comes from a set of addresses."""
        kept = ((band, band.sources & sources) for band in self.bands)
        return Traffic(tuple(Band(band.first, band.last, left) for band, left in kept if left))

    def at(self, port: int) -> Ranges:
        """The addresses that a port is open to."""
        return next((band.sources for band in self.bands if band.first <= port <= band.last), Ranges())

    def within(self, first: int, last: int) -> Ranges:
        """The addresses that any of neighboring ports is open to."""
        open_to = (band.sources for band in self.bands if band.first <= last and band.last >= first)
        return functools.reduce(operator.or_, open_to, Ranges())


NOTHING = Traffic()


def _overlaid(left: Traffic, right: Traffic, combine: Callable[[Ranges, Ranges], Ranges]) -> Traffic:
    """Combine two sets port by port; bands are cut where either set's bands begin or end."""
    edges = {edge for band in (*left.bands, *right.bands) for edge in (band.first, band.last + 1)}
    cuts = sorted(edges)
    made: list[Band] = []
    lefts, rights = _Walk(left), _Walk(right)
    for first, after in pairwise(cuts):
        sources = combine(lefts.at(first), rights.at(first))
        if not sources:
            continue
        if made and made[-1].last + 1 == first and made[-1].sources == sources:
            made[-1] = Band(made[-1].first, after - 1, sources)
        else:
            made.append(Band(first, after - 1, sources))
    return Traffic(tuple(made))


class _Walk:
    """Reads the bands of a set at rising ports."""

    def __init__(self, traffic: Traffic) -> None:
        self._bands = traffic.bands
        self._next = 0

    def at(self, port: int) -> Ranges:
        while self._next < len(self._bands) and self._bands[self._next].last < port:
            self._next += 1
        if self._next == len(self._bands) or self._bands[self._next].first > port:
            return Ranges()
        return self._bands[self._next].sources


def together(parts: Iterable[Traffic]) -> Traffic:
    """What any of several rules lets through; rules for the same ports are added up first."""
    by_ports: dict[Interval, list[Interval]] = {}
    for band in (band for part in parts for band in part.bands):
        by_ports.setdefault((band.first, band.last), []).extend(band.sources.intervals)
    added = (Traffic.of(*ports, Ranges(_joined(intervals))) for ports, intervals in sorted(by_ports.items()))
    return functools.reduce(operator.or_, added, NOTHING)


def first_match(rules: Iterable[tuple[bool, Traffic]]) -> Traffic:
    """What an ordered list of rules lets through, where the first rule that fits decides."""
    allowed = decided = NOTHING
    for allows, traffic in rules:
        if allows:
            allowed |= traffic - decided
        decided |= traffic
    return allowed


_NOT_PUBLIC = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
    "192.168.0.0/16", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "2001:db8::/32",
)  # fmt: skip
"""RFC 1122, 1918, 3927, 5737, 6598, 5771 and 1112; of IPv6 only 2000::/3 is global unicast (RFC 4291, 3849)."""

PUBLIC = {
    IPV4: Ranges.all(IPV4) - Ranges.of(_NOT_PUBLIC, IPV4),
    IPV6: Ranges.of(["2000::/3"], IPV6) - Ranges.of(_NOT_PUBLIC, IPV6),
}
"""The addresses of the internet, by family."""

WORLD_ADDRESSES = 2**24
"""From how many public IPv4 addresses on a set counts as the whole world: those of a /8."""
_WORLD_IPV6 = 2**96
"""The addresses of an IPv6 /32, the least that a provider is given."""


def is_world(sources: Ranges, family: int, world_min_addresses: int = WORLD_ADDRESSES) -> bool:
    """Whether a set of public addresses is too large to be somebody's."""
    return sources.size >= (world_min_addresses if family == IPV4 else _WORLD_IPV6)
