from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.inference.traffic import NOTHING, PUBLIC, Ranges, Traffic, first_match, is_world, together

SIZE = 12
Points = set[tuple[int, int]]

spans = st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).map(lambda pair: (min(pair), max(pair)))
ranges = st.lists(spans, max_size=4).map(Ranges.joined)
rectangles = st.tuples(spans, ranges).map(lambda parts: Traffic.of(*parts[0], parts[1]))
traffics = st.lists(rectangles, max_size=4).map(together)


def addresses(of: Ranges) -> set[int]:
    return {one for first, last in of.intervals for one in range(first, last + 1)}


def points(of: Traffic) -> Points:
    return {
        (port, one) for band in of.bands for port in range(band.first, band.last + 1) for one in addresses(band.sources)
    }


def is_canonical(traffic: Traffic) -> bool:
    pairs = zip(traffic.bands, traffic.bands[1:], strict=False)
    apart = all(
        one.last < other.first and (one.last + 1 < other.first or one.sources != other.sources) for one, other in pairs
    )
    return apart and all(band.sources for band in traffic.bands)


@given(ranges, ranges)
def test_ranges_are_sets_of_addresses(one: Ranges, other: Ranges) -> None:
    assert addresses(one | other) == addresses(one) | addresses(other)
    assert addresses(one & other) == addresses(one) & addresses(other)
    assert addresses(one - other) == addresses(one) - addresses(other)
    assert one.covers(other) == (addresses(other) <= addresses(one))
    assert one.size == len(addresses(one))
    for made in (one | other, one & other, one - other):
        assert made == Ranges.joined(made.intervals)


@given(traffics, traffics)
def test_traffic_is_a_set_of_ports_and_addresses(one: Traffic, other: Traffic) -> None:
    assert points(one | other) == points(one) | points(other)
    assert points(one & other) == points(one) & points(other)
    assert points(one - other) == points(one) - points(other)
    assert all(is_canonical(made) for made in (one | other, one & other, one - other))


@given(traffics, spans, ranges)
def test_traffic_is_asked_by_port(traffic: Traffic, ports: tuple[int, int], sources: Ranges) -> None:
    assert addresses(traffic.at(ports[0])) == {one for port, one in points(traffic) if port == ports[0]}
    assert addresses(traffic.within(*ports)) == {one for port, one in points(traffic) if ports[0] <= port <= ports[1]}
    assert points(traffic.limited_to(sources)) == {(p, one) for p, one in points(traffic) if one in addresses(sources)}


@given(st.lists(st.tuples(st.booleans(), rectangles), max_size=6))
def test_the_first_rule_that_fits_decides(rules: list[tuple[bool, Traffic]]) -> None:
    decided: dict[tuple[int, int], bool] = {}
    for allows, traffic in rules:
        for point in points(traffic):
            decided.setdefault(point, allows)
    assert points(first_match(rules)) == {point for point, allows in decided.items() if allows}


@given(st.lists(rectangles, max_size=6))
def test_rules_add_up(rules: list[Traffic]) -> None:
    assert points(together(rules)) == set().union(*map(points, rules))


def test_blocks_become_ranges_and_ranges_blocks() -> None:
    halves = Ranges.of(["0.0.0.0/1", "128.0.0.0/1", "2000::/3"], 4)
    assert halves == Ranges.all(4)
    assert list(halves.cidrs(4)) == ["0.0.0.0/0"]
    assert list(Ranges.of(["2600::/16"], 6).cidrs(6)) == ["2600::/16"]
    assert not Ranges.of(["10.0.0.0/8"], 6)


def test_private_space_is_not_the_internet() -> None:
    for cidr in ("10.1.0.0/16", "192.168.0.0/24", "100.64.0.0/10", "203.0.113.0/24", "240.0.0.0/4", "127.0.0.1/32"):
        assert not Ranges.of([cidr], 4) & PUBLIC[4]
    for cidr in ("fd00::/8", "fe80::/10", "2001:db8::/32", "ff00::/8"):
        assert not Ranges.of([cidr], 6) & PUBLIC[6]
    assert PUBLIC[4].covers(Ranges.of(["8.8.8.8/32"], 4))


def test_the_world_is_a_slash_eight_or_an_ipv6_provider() -> None:
    assert is_world(Ranges.of(["52.0.0.0/8"], 4), 4)
    assert not is_world(Ranges.of(["52.0.0.0/9"], 4), 4)
    assert is_world(Ranges.of(["52.0.0.0/9"], 4), 4, world_min_addresses=2**23)
    assert is_world(Ranges.of(["2600::/32"], 6), 6)
    assert not is_world(Ranges.of(["2600::/33"], 6), 6)


def test_nothing_is_empty() -> None:
    assert not NOTHING
    assert not Traffic.of(5, 4, Ranges.all(4))
    assert not Traffic.of(1, 2, Ranges())
