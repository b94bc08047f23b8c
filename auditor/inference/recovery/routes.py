"""How traffic gets from one region to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.cloudfront import Distribution
from auditor.evidence.globalaccelerator import AcceleratorEndpointGroup, AcceleratorListener
from auditor.evidence.hosts import region_of
from auditor.evidence.route53 import HealthCheck, RecordSet
from auditor.evidence.s3 import MultiRegionAccessPoint
from auditor.inference.recovery.basics import Answer, Fact, gaps_of, target_regions
from auditor.inference.recovery.figures import MANUAL, MINUTE, NOTHING, Span
from auditor.model import GLOBAL, Gap, Json

_SET = attrgetter("zone", "host", "type")


@dataclass(frozen=True, slots=True)
class Route:
    """One name, and what moves its traffic."""

    name: str
    mechanism: str
    regions: frozenset[str]
    detect: Span
    switch: Span
    healthy: Answer
    automatic: bool = True
    active: frozenset[str] = frozenset()
    """The regions that get traffic now."""
    targets: frozenset[str] = frozenset()
    """The names and ARNs that it leads to."""
    trouble: str = ""
    fact: Fact | None = None

    def covers(self, pair: frozenset[str]) -> Answer:
        """Whether it leads to both regions of a pair and works."""
        return self.healthy if pair <= self.regions else False

    def spreads(self, pair: frozenset[str]) -> Answer:
        """Whether both regions of a pair get traffic by it."""
        return self.healthy if pair <= self.active else False

    def describe(self) -> Json:
        """As JSON."""
        return {
            "name": self.name,
            "mechanism": self.mechanism,
            "regions": sorted(self.regions),
            "active_regions": sorted(self.active),
            "automatic": self.automatic,
            "healthy": self.healthy,
            "trouble": self.trouble,
            "detect_seconds": self.detect.describe(),
            "switch_seconds": self.switch.describe(),
            "evidence": [self.fact.describe()] if self.fact else [],
        }


BY_HAND = Route(
    "", "manual_dns", frozenset(), MANUAL, Span(300, 3600 + MINUTE), healthy=True, automatic=False,
    trouble="nothing moves traffic; records are edited by hand",
)  # fmt: skip
"""Somebody edits records, which takes 5 minutes to an hour, and caches keep old answers for a minute or more.

An assumption of this program: no API tells how long people take.
"""


@dataclass(frozen=True, slots=True)
class RouteEvidence:
    """All that tells of routes."""

    records: Every[RecordSet]
    checks: Every[HealthCheck]
    listeners: Every[AcceleratorListener]
    groups: Every[AcceleratorEndpointGroup]
    distributions: Every[Distribution]
    access_points: Every[MultiRegionAccessPoint]


def find_routes(evidence: RouteEvidence) -> tuple[tuple[Route, ...], tuple[Gap, ...]]:
    """The routes that lead to more than one region, by name; and the gaps that may hide more."""
    found = [
        *_record_sets(evidence), *_accelerators(evidence), *_distributions(evidence), *_access_points(evidence)
    ]  # fmt: skip
    gaps = gaps_of(evidence.records, evidence.checks, evidence.groups, evidence.distributions, evidence.access_points)
    several = [one for one in found if len(one.regions) > 1]
    return tuple(sorted(several, key=lambda one: (one.name, one.mechanism))), gaps


def _record_sets(evidence: RouteEvidence) -> Iterator[Route]:
    sets: dict[tuple[str, str, str], list[RecordSet]] = {}
    for one in evidence.records.known():
        if one.routing != "simple":
            sets.setdefault(_SET(one), []).append(one)
    checks = {one.id: one for one in evidence.checks.known()}
    for _, records in sorted(sets.items()):
        records.sort(key=lambda one: one.key)
        yield _record_set(records, checks, bool(evidence.checks.gaps))


def _record_set(records: Sequence[RecordSet], checks: dict[str, HealthCheck], unread: bool) -> Route:
    first = records[0]
    failover = first.failover is not None
    regions = frozenset(place for one in records for place in _places(one))
    active = frozenset() if failover else frozenset(p for one in records if one.weight != 0 for p in _places(one))
    watched = [one for one in records if one.failover != "SECONDARY"]
    troubles = [trouble for one in watched if (trouble := _unwatched(one, checks))]
    if failover and {one.failover for one in records} != {"PRIMARY", "SECONDARY"}:
        troubles.append(f"{first.host} has no PRIMARY and SECONDARY")
    ttl = max(one.cached_seconds for one in records)
    detect = max((_detection(one, checks) for one in watched), default=MANUAL.high)
    by_switch = any(_type(one, checks) == "RECOVERY_CONTROL" for one in watched)
    mechanism = "arc_routing_control" if by_switch else "route53_failover" if failover else f"route53_{first.routing}"
    fact = Fact("route53:ListResourceRecordSets", GLOBAL, first.arn, "Failover" if failover else "SetIdentifier",
                ", ".join(sorted(one.set_id or "" for one in records)))  # fmt: skip
    return Route(
        first.host, mechanism, regions, MANUAL if by_switch else Span(detect, detect), Span(ttl, ttl + MINUTE),
        (None if unread and any(one.health_check for one in watched) else False) if troubles else True,
        not by_switch, active, frozenset(target for one in records for target in one.targets), "; ".join(troubles),
        fact,
    )  # fmt: skip


def _places(record: RecordSet) -> frozenset[str]:
    """The regions that a record leads to; of an address only the latency policy's own region tells."""
    named = record.target_regions
    return named or (frozenset({record.latency_region}) if record.latency_region else frozenset())


def _unwatched(record: RecordSet, checks: dict[str, HealthCheck]) -> str:
    """What keeps Route 53 from seeing that a target is down."""
    if not record.is_watched:
        return f"{record.key} has no health check"
    if not record.health_check:
        return ""
    check = checks.get(record.health_check)
    if check is None:
        return f"the health check {record.health_check} of {record.key} is not there"
    return f"the health check {check.id} of {record.key} is disabled" if check.is_disabled else ""


def _type(record: RecordSet, checks: dict[str, HealthCheck]) -> str:
    check = checks.get(record.health_check or "")
    return check.type if check else ""


def _detection(record: RecordSet, checks: dict[str, HealthCheck]) -> float:
    """Interval times threshold; without a check of its own the alias follows its target's within 30 s times 3."""
    check = checks.get(record.health_check or "")
    if check is None or not (check.interval_seconds and check.failures):
        return 90.0
    return float(check.interval_seconds * check.failures)


def _accelerators(evidence: RouteEvidence) -> Iterator[Route]:
    by_listener: dict[str, list[AcceleratorEndpointGroup]] = {}
    for one in evidence.groups.known():
        by_listener.setdefault(one.enclosing(AcceleratorListener).arn, []).append(one)
    for listener, groups in sorted(by_listener.items()):
        receiving = [one for one in groups if any(end.weight > 0 for end in one.endpoints)]
        detect = max((one.interval_seconds * one.failures for one in receiving), default=90)
        ready = frozenset(one.serving_region for one in receiving)
        fact = Fact(
            "globalaccelerator:ListEndpointGroups", GLOBAL, listener, "EndpointGroupRegion", ", ".join(sorted(ready))
        )
        yield Route(
            listener.partition("/listener/")[0].rpartition("/")[2], "global_accelerator", ready, Span(detect, detect),
            Span(0, 30), healthy=True, active=frozenset(one.serving_region for one in groups if one.receives),
            targets=frozenset(end.id for one in receiving for end in one.endpoints), fact=fact,
        )  # fmt: skip


def _distributions(evidence: RouteEvidence) -> Iterator[Route]:
    for one in evidence.distributions.known():
        domains = {origin.id: origin.domain for origin in one.origins}
        for group in one.origin_groups if one.enabled else ():
            targets = [domains[member] for member in group.members if member in domains]
            fact = Fact("cloudfront:ListDistributions", GLOBAL, one.arn, "OriginGroups", ", ".join(targets))
            yield Route(
                next(iter(one.aliases), one.domain), "cloudfront_origin_group", target_regions(targets), NOTHING,
                Span(0, 30), healthy=True, targets=frozenset(targets), fact=fact,
            )  # fmt: skip


def _access_points(evidence: RouteEvidence) -> Iterator[Route]:
    for one in evidence.access_points.known():
        regions = frozenset(bucket.region for bucket in one.buckets)
        fact = Fact("s3control:ListMultiRegionAccessPoints", GLOBAL, one.arn, "Regions", ", ".join(sorted(regions)))
        yield Route(
            one.access_point, "s3_multi_region_access_point", regions, MANUAL, Span(60, 300), healthy=True,
            automatic=False, targets=frozenset(f"arn:aws:s3:::{bucket.bucket}" for bucket in one.buckets), fact=fact,
        )  # fmt: skip


def best_route(routes: Iterable[Route], pair: frozenset[str]) -> Route:
    """The working route between two regions that is soonest there; by hand where there is none."""
    found = [one for one in routes if one.covers(pair)]
    return min(found, key=lambda one: (one.detect.high + one.switch.high, one.name), default=BY_HAND)


def leads_to(route: Route, names: frozenset[str]) -> bool:
    """Whether a route leads to one of these endpoints, or to names that tell nothing but their region."""
    return bool(route.targets & names) or not any(region_of(one) or one.startswith("arn:") for one in route.targets)
