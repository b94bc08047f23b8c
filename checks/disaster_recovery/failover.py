"""Failover of traffic."""

from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.arcregionswitch import PlanEvaluation, SwitchPlan
from auditor.evidence.route53 import HealthCheck, RecordSet
from auditor.inference.recovery import Posture, Recovery
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check
from auditor.workloads import Strategy, Tier

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


def _wanted(posture: Posture) -> Strategy:
    """The strategy that the profile names, else the higher of what its objectives ask for and what is there."""
    workload = posture.group.workload
    declared = any(one is not None for one in (workload.rpo, workload.rto, workload.availability_sla))
    asked = posture.required if declared else Strategy.NONE
    return workload.strategy or max(asked, posture.intended, key=lambda one: one.rank)


def _has_entry(posture: Posture) -> bool:
    return any(one.component.kind == "load balancer" for one in posture.twins)


@check(severity=Severity.HIGH, practices=["REL11-BP02", "REL02-BP01"])
def route53_workload_multi_region_routing(_account: Account, recovery: Recovery) -> Verdict:
    """Traffic can be routed to the recovery region by DNS, Global Accelerator or CloudFront.

    Why: a standby that no name leads to is reached by editing records by hand, which is part of the outage.
    Fix: add failover, latency or weighted records with health checks for both regions, or endpoint groups of Global
        Accelerator in both.
    """
    return recovery.verdict(_routing)


def _routing(posture: Posture) -> Verdict:
    wanted = _wanted(posture)
    if wanted.rank < Strategy.PILOT_LIGHT.rank:
        return posture.lacks("it is not meant to have a standby", posture.gaps_of_intent)
    if not _has_entry(posture):
        return posture.lacks("it has no load balancer", posture.world.unseen.components)
    routed = posture.predicates["routed"]
    if routed.holds:
        route = posture.route
        return passed(f"{route.name} leads to {' and '.join(sorted(posture.pair))} by {route.mechanism}")
    if routed.holds is None:
        return unknown(f"what leads to it is not known, as {routed.unread[0].reason}" if routed.unread else "unread")
    trouble = next((one.trouble for one in posture.routes if one.trouble), "no name leads to two regions")
    severe = wanted.rank >= Strategy.WARM_STANDBY.rank
    return failed(trouble, severity=Severity.HIGH if severe else Severity.MEDIUM)


@check(severity=Severity.CRITICAL, practices=["REL11-BP01", "REL13-BP03"])
def route53_dr_endpoint_healthy_now(_account: Account, recovery: Recovery) -> Verdict:
    """The standby endpoint is healthy before it is needed.

    Why: a failover to an endpoint without healthy targets turns one outage into two.
    Fix: repair the targets of the named load balancer in the recovery region, and alarm on UnHealthyHostCount there.
    """
    return recovery.verdict(_healthy)


def _healthy(posture: Posture) -> Verdict:
    twins = [one for one in posture.twins if one.component.kind == "load balancer" and one.other]
    if _wanted(posture).rank < Strategy.WARM_STANDBY.rank:
        return posture.lacks("it is not meant to run in a recovery region", posture.gaps_of_intent)
    if not twins:
        return posture.lacks("it has no load balancer in a recovery region", posture.world.unseen.components)
    down = sorted(one.other.name for one in twins if one.other and one.other.serves is False)
    if down:
        return failed(f"no healthy target stands behind {', '.join(down)} in {posture.recovery}")
    if any(one.other and one.other.serves is None for one in twins):
        return unknown(f"the targets in {posture.recovery} could not be read")
    return passed(f"healthy targets stand behind {len(twins)} load balancers in {posture.recovery}")


@check(severity=Severity.MEDIUM, practices=["REL11-BP04", "REL13-BP05"])
def failover_lever_on_data_plane(_account: Account, recovery: Recovery, *, rto_minutes: int = 30) -> Verdict:
    """Failover does not depend on a control plane.

    Why: editing records, dials or distributions needs control planes that are busy, or down, in the very event.
    Fix: let health checks of Route 53 or Global Accelerator move traffic, or use routing controls of Application
        Recovery Controller; asked of critical workloads and of those with an RTO of rto_minutes or less.
    """
    return recovery.verdict(lambda one: _lever(one, rto_minutes))


def _lever(posture: Posture, minutes: int) -> Verdict:
    rto = posture.group.workload.rto
    strict = posture.tier is Tier.CRITICAL or (rto is not None and rto.total_seconds() <= minutes * 60)
    if not strict:
        return posture.lacks("it is not critical", () if posture.tier else posture.world.unseen.parts)
    if posture.recovery is None:
        return posture.lacks("it stands in one region", posture.gaps_of_standby)
    if not _has_entry(posture):
        return posture.lacks("it has no load balancer", posture.world.unseen.components)
    route = posture.route
    if route.mechanism != "manual_dns":
        return passed(f"{route.name} moves traffic by {route.mechanism}")
    if posture.world.unseen.routes:
        return unknown(f"what moves its traffic is not known, as {posture.world.unseen.routes[0].reason}")
    return failed("nothing but edited records moves its traffic")


@check(severity=Severity.MEDIUM, practices=["REL13-BP05", "OPS07-BP03"])
def arc_region_switch_plan_valid(plan: SwitchPlan, evaluation: PlanEvaluation | None, recovery: Recovery) -> Verdict:
    """Region switch plans evaluate without warnings and promise what was declared.

    Why: a plan with a missing permission or a renamed resource stops halfway, on the day that it is needed.
    Fix: mend what the evaluation warns of, and set the plan's recovery time objective to that of the workload.
    """
    if evaluation is not None and evaluation.state == "actionRequired":
        told = "; ".join(one.message for one in evaluation.active[:_WARNINGS]) or "see the console"
        return failed(f"its evaluation asks for action: {told}")
    if late := _promises_late(plan, recovery):
        return failed(late)
    if evaluation is None or evaluation.state != "passed":
        return unknown("AWS has not evaluated the plan yet")
    return passed(f"its last evaluation found nothing wrong in {', '.join(plan.regions)}")


def _promises_late(plan: SwitchPlan, recovery: Recovery) -> str:
    """Why a plan is too slow for every workload that declares how soon: only regions tell which of them it moves."""
    declared = [
        (rto.total_seconds(), one.name)
        for one in recovery
        if (rto := one.group.workload.rto) is not None and len(one.pair) > 1 and one.pair <= set(plan.regions)
    ]
    if plan.objective_minutes is None or not declared:
        return ""
    longest, name = max(declared)
    if plan.objective_minutes * 60 <= longest:
        return ""
    return f"it promises {plan.objective_minutes} minutes, and {name} declares {longest / 60:.0f}"


_WARNINGS = 3
