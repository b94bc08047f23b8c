"""Failover of traffic."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.route53 import HealthCheck, RecordSet
from auditor.model import Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_SET = attrgetter("zone", "host", "type")
_ID = attrgetter("id")
_HEALTH_CHECK = attrgetter("health_check")

Problem = tuple[Severity, str]


@check(severity=Severity.HIGH, practices=["REL11-BP02", "REL11-BP01"])
def route53_failover_records_effective(
    record: RecordSet, records: Every[RecordSet], checks: Every[HealthCheck]
) -> Verdict:
    """Failover records point at different Regions and have their own health checks.

    Why: records that nothing watches, or that lead to the same place, fail over on paper only.
    Fix: give each record a health check of its own target (or EvaluateTargetHealth for an alias), and let the
        secondary lead to another region.
    """
    if record.routing == "simple":
        return not_applicable("it has simple routing")
    others = [one for one in records.by(_SET)[_SET(record)] if one is not record]
    problems = [*_unwatched(record), *_pair(record, others), *_idle(record, others)]
    if record.health_check:
        problems += _bad_check(record, others, checks)
    if not problems:
        return passed(f"it has {record.routing} routing and is watched, as are {len(others)} others of its name")
    worst = max((severity for severity, _ in problems), key=lambda one: one.rank)
    return failed("; ".join(reason for _, reason in problems), severity=worst)


def _unwatched(record: RecordSet) -> Iterator[Problem]:
    """The secondary of a failover pair is the last resort: it needs no watching."""
    if record.failover != "SECONDARY" and not record.is_watched:
        yield Severity.HIGH, "it has neither a health check nor EvaluateTargetHealth"


def _pair(record: RecordSet, others: Sequence[RecordSet]) -> Iterator[Problem]:
    if record.failover != "PRIMARY":
        return
    second = next((one for one in others if one.failover == "SECONDARY"), None)
    if second is None:
        yield Severity.HIGH, "there is no SECONDARY to fail over to"
        return
    if record.targets == second.targets:
        yield Severity.HIGH, f"primary and secondary both lead to {', '.join(record.targets)}"
    elif record.target_regions and record.target_regions == second.target_regions:
        yield Severity.HIGH, f"primary and secondary both stand in {', '.join(sorted(record.target_regions))}"
    if record.health_check and record.health_check == second.health_check:
        yield Severity.HIGH, f"primary and secondary share the health check {record.health_check}"


def _idle(record: RecordSet, others: Sequence[RecordSet]) -> Iterator[Problem]:
    weights = [one.weight for one in others if one.weight is not None]
    if record.weight and weights and not any(weights):
        yield Severity.LOW, f"all {len(weights)} other weights are 0, so that failing over means editing records"


def _bad_check(record: RecordSet, others: Sequence[RecordSet], checks: Every[HealthCheck]) -> Iterator[Problem]:
    by_id = checks.by(_ID)
    one = next(iter(by_id.get(record.health_check or "", ())), None)
    if one is None:
        yield Severity.HIGH, f"the account has no health check {record.health_check}"
        return
    if one.is_disabled:
        yield Severity.HIGH, f"its health check {one.id} is disabled, and so counts as healthy"
    if one.is_inverted and not any(one.id in each.children for each in checks):
        yield Severity.HIGH, f"its health check {one.id} is inverted: it is healthy while the target is not"
    if one.type == "CLOUDWATCH_METRIC" and one.without_data == "Healthy":
        yield Severity.HIGH, f"its health check {one.id} takes missing metrics for health"
    if one.probes and _probes_another(one, record, others):
        yield Severity.HIGH, f"its health check {one.id} probes {one.address or one.host}, which is not its target"


def _probes_another(check: HealthCheck, record: RecordSet, others: Sequence[RecordSet]) -> bool:
    """An address must be one of the record's own; a name must not be the target of another record of the set."""
    if check.address and record.values and record.type in ("A", "AAAA"):
        return check.address.lower() not in record.targets
    foreign = {target for one in others for target in one.targets} - set(record.targets)
    return check.address is None and check.host in foreign


_ALARM_LAG_SECONDS = 60
"""How long an alarm's new state takes to reach its health check (Route 53 Developer Guide)."""


@check(severity=Severity.MEDIUM, practices=["REL11-BP01", "REL13-BP01"])
def route53_failover_detection_within_rto(
    health: HealthCheck,
    checks: Every[HealthCheck],
    records: Every[RecordSet],
    *,
    max_seconds: int = 180,
    max_ttl_seconds: int = 60,
    rto_minutes: float = 0,
    rto_share: float = 0.25,
) -> Verdict:
    """Detection and DNS time-to-live fit the RTO.

    Why: until the failure is seen and cached answers have expired, clients keep going to the dead endpoint.
    Fix: use a request interval of 10 seconds with a threshold of 2 or 3, and a TTL of at most max_ttl_seconds;
        rto_minutes is the recovery time objective, of which detection may take rto_share; 0 means max_seconds.
    """
    used = records.by(_HEALTH_CHECK).get(health.id, ())
    watched = [one for one in used if one.routing != "simple"]
    if not watched:
        return not_applicable("no record fails over by it")
    detect = _detection(health, checks.by(_ID))
    if detect is None:
        return unknown(f"how soon a {health.type} check notices a failure is not in the answer")
    ttl = max(one.cached_seconds for one in watched)
    allowed = rto_minutes * 60 * rto_share if rto_minutes else max_seconds
    if detect + ttl > allowed:
        return failed(f"{detect} s to detect and {ttl} s in caches are more than {allowed:.0f} s", seconds=detect + ttl)
    slow = [one for one in watched if one.failover and one.cached_seconds > max_ttl_seconds]
    if slow:
        return failed(f"the failover record {slow[0].host} stays in caches for {slow[0].cached_seconds} s")
    return passed(f"{detect} s to detect and {ttl} s in caches are within {allowed:.0f} s")


def _detection(health: HealthCheck, by_id: Mapping[str, Sequence[HealthCheck]], depth: int = 0) -> int | None:
    """Seconds until a failure is noticed; of a calculated check, those of its slowest child."""
    if health.type == "CALCULATED":
        below = [one for name in health.children for one in by_id.get(name, ())] if depth < _DEPTH else []
        times = [time for one in below if (time := _detection(one, by_id, depth + 1)) is not None]
        return max(times, default=None)
    if health.alarm_period_seconds and health.alarm_periods:
        return health.alarm_period_seconds * health.alarm_periods + _ALARM_LAG_SECONDS
    if health.interval_seconds and health.failures:
        return health.interval_seconds * health.failures
    return 0 if health.type == "RECOVERY_CONTROL" else None


_DEPTH = 3
"""A calculated check cannot watch another calculated one (Route 53 Developer Guide); this only ends the walk."""
