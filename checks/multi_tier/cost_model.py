"""Cost model and fit of the pattern."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from auditor.every import Every
from auditor.evidence.application_autoscaling import ScalingPolicy as ServicePolicy
from auditor.evidence.application_autoscaling import ScheduledScaling
from auditor.evidence.autoscaling import AutoScalingGroup, ScheduledAction
from auditor.evidence.ce import (
    ReservationsUse,
    SavingsPlansCoverage,
    SavingsPlansRecommendation,
    SavingsPlansUse,
)
from auditor.evidence.ec2 import Instance, InstanceType
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.elasticache import CacheCluster, ReservedCacheNode
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.organizations import Organization
from auditor.evidence.rds import DbInstance, ReservedDbInstance
from auditor.inference.demand import DAY, Demand
from auditor.inference.graph import Node
from auditor.inference.scaling import Scaling, scales_ahead
from auditor.inference.tiers import BEHIND, Tier, Tiers
from auditor.metrics import Metric, metric
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.typed import moment
from auditor.wiring import check

MonthlyRequests = Annotated[
    Metric, metric("AWS/ApplicationELB", "RequestCount", "Sum", days=30, period=86400, LoadBalancer="dimension")
]
GroupCpu = Annotated[
    Metric, metric("AWS/EC2", "CPUUtilization", "Average", days=14, period=3600, AutoScalingGroupName="group_name")
]
GroupSize = Annotated[
    Metric,
    metric(
        "AWS/AutoScaling", "GroupDesiredCapacity", "Average", days=14, period=3600, AutoScalingGroupName="group_name"
    ),
]
_MONTH, _WEEK_OF_HOURS = 30, 7 * 24


@check(severity=Severity.INFORMATIONAL, practices=["COST05-BP06", "COST06-BP01", "SUS03-BP02"])
def request_volume_justifies_provisioned_tier(
    balancer: LoadBalancer,
    requests: MonthlyRequests,
    account: Account,
    *,
    low_requests: int = 5_000_000,
    high_requests: int = 10_000_000,
    idle_requests: int = 1000,
) -> Verdict:
    """Request volume is large enough for provisioned compute.

    Why: instances that wait for requests are paid for by the hour; for few requests, functions that are paid by the
        call cost less.
    Fix: compare the fleet's bill with that of Lambda behind an API, merge small applications onto one load balancer,
        and delete one that nobody calls any more. Thresholds are requests in 30 days.
    """
    if not balancer.is_application:
        return not_applicable("it is no application load balancer, so that nothing counts its requests")
    if (account.now - balancer.created).days < _MONTH:
        return not_applicable("it is younger than 30 days")
    total = requests.total
    text = f"it had {total:.0f} requests in 30 days"
    if total < idle_requests:
        return failed(f"{text}: it looks abandoned", severity=Severity.MEDIUM, requests=total)
    if total < low_requests:
        return failed(f"{text}, less than {low_requests}, for which functions cost less", requests=total)
    if total < high_requests:
        return passed(f"{text}, for which either model may cost less", requests=total)
    return passed(text, requests=total)


@check(severity=Severity.LOW, practices=["COST06-BP02", "SUS02-BP01", "SUS05-BP01"])
def minimum_capacity_floor_not_idle(
    group: AutoScalingGroup, cpu: GroupCpu, sizes: GroupSize, tiers: Tiers, *, idle_cpu: float = 10
) -> Verdict:
    """The minimum capacity is not mostly idle.

    Why: the minimum is paid for day and night; where it idles, instances of half the size would do.
    Fix: keep two instances or more for the loss of a zone, but take a smaller type, or a burstable one; lower a minimum
        of more than two instances a zone. The threshold idle_cpu is a percentage.
    """
    node = tiers.node(group)
    if node is None or Tier.APPLICATION not in tiers.label(node).tiers:
        return not_applicable("it is not of the application tier")
    if not group.minimum:
        return not_applicable("its minimum is 0")
    if len(cpu.values) < _WEEK_OF_HOURS:
        return not_applicable("CloudWatch has less than seven days of its CPUUtilization")
    busy = cpu.percentile(95)
    text = f"its processors are busy to {busy:.1f} percent"
    if busy >= idle_cpu:
        return passed(text, cpu_p95=busy)
    if group.minimum > 2 * len(group.zones):
        return failed(f"{text}, and its minimum of {group.minimum} is more than two a zone", cpu_p95=busy)
    if group.has_fixed_size:
        return failed(f"{text}, at a fixed size of {group.minimum}", cpu_p95=busy)
    if not sizes:
        return unknown(f"{text}, but it publishes no GroupDesiredCapacity, which tells how often it was at its minimum")
    share = sum(size <= group.minimum for size in sizes.values) / len(sizes.values)
    if share > 0.9:  # noqa: PLR2004 - most of the time
        return failed(
            f"{text}, and it stood at its minimum of {group.minimum} for {share:.0%} of the hours", cpu_p95=busy
        )
    return passed(f"{text}, but it stood at its minimum for only {share:.0%} of the hours", cpu_p95=busy)


@check(severity=Severity.MEDIUM, practices=["COST07-BP01", "COST07-BP04"])
def savings_plans_cover_compute_baseline(
    _account: Account,
    recommendation: SavingsPlansRecommendation | None,
    coverage: SavingsPlansCoverage | None,
    *,
    uncovered_share: float = 0.3,
    min_saving: float = 100,
) -> Verdict:
    """Commitments cover the steady compute baseline.

    Why: what runs in every hour of the month is paid for on demand, at up to twice the price that a commitment has.
    Fix: buy a Compute Savings Plan of the hourly commitment that Cost Explorer recommends, for one year and without
        upfront payment at first. Thresholds: `uncovered_share` of the mean hourly spend that the cheapest hour may
        reach on demand, and `min_saving` a month, in the account's currency, from which it matters.
    """
    if coverage is None or not coverage.spend():
        return not_applicable("in 30 days it had no spend that Savings Plans could cover")
    covered = f"Savings Plans cover {coverage.percent():.0f} % of the spend that they could"
    advice = recommendation.advice if recommendation else None
    if advice is None:
        return passed(f"{covered}, and AWS recommends no further one")
    saving = f"{advice.monthly_saving:.0f} {advice.currency} a month"
    if advice.monthly_saving <= min_saving:
        return passed(f"{covered}, and a further one would save {saving}", covered_percent=round(coverage.percent()))
    base = f"{advice.least_hourly_spend:.2f} of {advice.mean_hourly_spend:.2f} {advice.currency} an hour on demand"
    if advice.least_hourly_spend <= uncovered_share * advice.mean_hourly_spend:
        return passed(f"{covered}, and the rest is no baseline: {base} are spent in every hour")
    return failed(
        f"{covered}, and {base} are spent in every hour;"
        f" a plan of {advice.hourly_commitment:.2f} an hour saves {saving}",
        covered_percent=round(coverage.percent()),
        monthly_saving=round(advice.monthly_saving),
    )


@check(severity=Severity.LOW, practices=["COST07-BP01", "COST07-BP04"])
def commitments_realize_expected_discount(
    _account: Account,
    plans: SavingsPlansUse | None,
    reservations: ReservationsUse | None,
    *,
    min_percent: float = 40,
    max_percent: float = 72,
) -> Verdict:
    """EC2 commitments realize the discount that the pattern counts on.

    Why: provisioned tiers pay off by a discount of 40 to 72 percent; with less, the comparison with functions is off.
    Fix: raise the use of what was bought first; then prefer terms of three years, payment upfront and EC2 Instance
        Savings Plans where the instance family is settled. Thresholds are percentages of the price on demand.
    """
    saved, price = _realized(plans, reservations)
    if not price:
        return not_applicable("it has no commitments, or they were not used in 30 days")
    percent = 100 * saved / price
    text = f"commitments saved {percent:.0f} % of the price on demand in 30 days"
    if percent >= min_percent:
        beyond = f", more than the {max_percent:g} % that the pattern counts on" if percent > max_percent else ""
        return passed(f"{text}{beyond}", percent=round(percent))
    unused = [*_unused(plans, reservations, _FULL)]
    why = f"{' and '.join(unused)}" if unused else "all of it was used, so the terms give no more"
    return failed(f"{text}, less than {min_percent:g} %: {why}", percent=round(percent))


_FULL = 95.0
"""From which percentage of its use a commitment counts as used."""


def _realized(plans: SavingsPlansUse | None, reservations: ReservationsUse | None) -> tuple[float, float]:
    """What commitments saved, and what their usage would have cost on demand."""
    known = [(plans.saved, plans.on_demand_cost)] if plans and plans.commitment else []
    known += [(reservations.saved, reservations.on_demand_cost)] if reservations and reservations.hours else []
    return sum(saved for saved, _ in known), sum(price for _, price in known)


def _unused(plans: SavingsPlansUse | None, reservations: ReservationsUse | None, least: float) -> Iterator[str]:
    if plans and plans.commitment and plans.used_percent < least:
        yield f"{plans.used_percent:.0f} % of Savings Plans was used, and {plans.unused:.0f} paid for nothing"
    if reservations and reservations.hours and reservations.used_percent < least:
        cost = reservations.unused_cost
        yield f"{reservations.used_percent:.0f} % of reserved hours was used, and {cost:.0f} paid for nothing"


@check(severity=Severity.MEDIUM, practices=["COST07-BP04"])
def commitments_fully_used(
    account: Account,
    plans: SavingsPlansUse | None,
    reservations: ReservationsUse | None,
    *,
    min_utilization: float = _FULL,
    ends_within_days: int = 30,
) -> Verdict:
    """Bought commitments are used.

    Why: an unused commitment is paid for until its term ends, whatever runs.
    Fix: share commitments within the organization, move workloads to the reserved families or exchange convertible
        reservations, sell standard ones on the Reserved Instance Marketplace, and buy less next time. Thresholds:
        `min_utilization` percent of each commitment, and `ends_within_days` for what is told to end soon.
    """
    has_plans = plans is not None and plans.commitment > 0
    if not has_plans and not (reservations and reservations.hours):
        return not_applicable("it has no commitments")
    subscriptions = reservations.subscriptions if reservations else ()
    idle = [one for one in subscriptions if one.used_percent < min_utilization]
    reasons = [*_unused(plans, None, min_utilization)]
    reasons += [
        f"reservation {one.subscription} was used to {one.used_percent:.0f} %, at {one.unused_cost:.0f} for nothing"
        for one in sorted(idle, key=lambda one: -one.unused_cost)[:10]
    ]
    until = account.now + timedelta(days=ends_within_days)
    ending = sorted(one.subscription for one in subscriptions if one.ends and account.now <= moment(one.ends) <= until)
    if reasons:
        return failed("in 30 days " + "; ".join(reasons), ending=ending)
    soon = f"; {', '.join(ending)} end within {ends_within_days} days" if ending else ""
    return passed(f"each commitment was used to {min_utilization:g} % or more in 30 days{soon}", ending=ending)


_FARGATE = (
    "Amazon Elastic Container Service",
    "Amazon Elastic Container Service for Kubernetes",
    "Amazon Elastic Kubernetes Service",
)
"""The services under which Cost Explorer tells of Fargate: of ECS and EKS, Savings Plans cover only that."""


@check(severity=Severity.LOW, practices=["COST07-BP04"])
def fargate_savings_plan_applied(
    _account: Account,
    coverage: SavingsPlansCoverage | None,
    recommendation: SavingsPlansRecommendation | None,
    *,
    min_coverage: float = 50,
    min_discount: float = 20,
    min_monthly: float = 100,
) -> Verdict:
    """Fargate usage is covered by a Savings Plan.

    Why: tasks that run around the clock cost 20 to 50 percent less under a Compute Savings Plan.
    Fix: buy a Compute Savings Plan for the tasks that always run. Thresholds: `min_coverage` and `min_discount` are
        percentages; `min_monthly` is the spend on Fargate, in the account's currency, from which it matters.
    """
    spend = coverage.spend(*_FARGATE) if coverage else 0.0
    if coverage is None or spend < min_monthly:
        return not_applicable(f"its Fargate usage cost {spend:.0f} in 30 days, spot capacity not counted")
    percent = coverage.percent(*_FARGATE)
    text = f"Savings Plans cover {percent:.0f} % of Fargate usage worth {spend:.0f} in 30 days"
    if percent >= min_coverage:
        return passed(text, covered_percent=round(percent))
    advice = recommendation.advice if recommendation else None
    if advice is None or advice.saving_percent < min_discount:
        found = f"only {advice.saving_percent:.0f} %" if advice else "nothing"
        return passed(f"{text}, and AWS estimates that a further one would save {found}")
    return failed(
        f"{text}, and a Compute Savings Plan would save {advice.saving_percent:.0f} %", covered_percent=round(percent)
    )


_SIZES = {
    "nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0,
}  # fmt: skip
"""Normalization factors of sizes; an `nxlarge` has 8 n (RDS user guide, size-flexible reserved instances)."""
_NOT_RESERVABLE = ("docdb", "neptune")
"""Engines that RDS lists and for which no reserved instances are sold."""
_SAME_OFFER = {"postgresql": "postgres", "valkey": "redis"}
"""Names of one offer: reservations for Redis OSS count for Valkey too."""

_Offer = tuple[str, str]
"""A family and an engine, within which reservations count for all sizes."""


def _units(size: str) -> float:
    """How much of a family one node takes; 0 for serverless capacity."""
    times = size.removesuffix("xlarge")
    return 8.0 * int(times) if times.isdecimal() else _SIZES.get(size, 0.0)


def _offer(node_class: str, engine: str) -> tuple[_Offer, float]:
    """The offer of `db.r6g.large` or `cache.r6g.large` with an engine, and the units of one node."""
    family, _, size = node_class.rpartition(".")
    bare = engine.partition("(")[0]
    return (family, _SAME_OFFER.get(bare, bare)), _units(size)


@check(severity=Severity.LOW, practices=["COST07-BP04"])
def reserved_capacity_for_data_and_cache_tiers(
    region: Region,
    databases: Every[DbInstance],
    reserved_databases: Every[ReservedDbInstance],
    caches: Every[CacheCluster],
    reserved_nodes: Every[ReservedCacheNode],
    organization: Organization | None,
    *,
    min_days: int = 90,
    max_uncovered: float = 0.3,
) -> Verdict:
    """Steady database and cache nodes are reserved.

    Why: databases and caches run around the clock; without a reservation each hour costs up to half as much again.
    Fix: reserve the families and engines that are named, or buy a Database Savings Plan; reservations of the payer
        account count as well, but are not seen from a member account. Thresholds: nodes younger than `min_days` do not
        count, and `max_uncovered` is the share of normalized units that may be unreserved.
    """
    since = region.account.now - timedelta(days=min_days)
    running: dict[_Offer, float] = defaultdict(float)
    for offer, units, made in (*_databases(region, databases), *_caches(region, caches)):
        if made is not None and made <= since:
            running[offer] += units
    total = sum(running.values())
    if not total:
        return not_applicable(f"no database or cache node in it is older than {min_days} days")
    held = _reserved(region, reserved_databases, reserved_nodes)
    open_units = {offer: units - held[offer] for offer, units in running.items() if units > held[offer]}
    share = sum(open_units.values()) / total
    text = f"{1 - share:.0%} of {total:g} normalized units that run for over {min_days} days are reserved"
    if share <= max_uncovered:
        return passed(text, reserved_share=round(1 - share, 2))
    largest = sorted(open_units, key=lambda offer: (-open_units[offer], offer))[:5]
    named = ", ".join(f"{open_units[offer]:g} of {offer[0]} ({offer[1]})" for offer in largest)
    is_member = organization is not None and organization.management_account != region.account.id
    note = "; those of the management account are not seen from here" if is_member else ""
    severity = Severity.INFORMATIONAL if is_member else None
    return failed(f"only {text}{note}; unreserved are {named}", severity=severity, reserved_share=round(1 - share, 2))


_Running = tuple[_Offer, float, datetime | None]


def _databases(region: Region, databases: Every[DbInstance]) -> Iterator[_Running]:
    """A standby in another zone takes as much as the instance."""
    for one in databases.within(region.name):
        if one.engine not in _NOT_RESERVABLE and not one.is_stopped and one.status != "creating":
            offer, units = _offer(one.instance_class, one.engine)
            yield offer, units * (2 if one.multi_az else 1), one.created


def _caches(region: Region, caches: Every[CacheCluster]) -> Iterator[_Running]:
    for one in caches.within(region.name):
        offer, units = _offer(one.node_type, one.engine)
        yield offer, units * one.node_count, one.created


def _reserved(
    region: Region, databases: Every[ReservedDbInstance], nodes: Every[ReservedCacheNode]
) -> Mapping[_Offer, float]:
    """The units that are paid for, by offer."""
    held: dict[_Offer, float] = defaultdict(float)
    for one in databases.within(region.name):
        if one.state == "active":
            offer, units = _offer(one.instance_class, one.product)
            held[offer] += units * one.count * (2 if one.multi_az else 1)
    for node in nodes.within(region.name):
        if node.state == "active":
            offer, units = _offer(node.node_type, node.product)
            held[offer] += units * node.count
    return held


HourlyRequests = Annotated[
    Metric, metric("AWS/ApplicationELB", "RequestCount", "Sum", days=14, period=3600, LoadBalancer="dimension")
]
_HOURS = 14 * DAY
_HOURS_A_MONTH = 730


@check(severity=Severity.MEDIUM, practices=["COST05-BP06", "COST09-BP01", "PERF01-BP03"])
def traffic_variability_fits_multi_tier(
    balancer: LoadBalancer,
    requests: HourlyRequests,
    tiers: Tiers,
    account: Account,
    *,
    max_cv: float = 1.5,
    max_peak_to_mean: float = 8,
    max_zero_share: float = 0.3,
    min_requests: int = 10_000,
    instance_hour_usd: float = 0.05,
    million_requests_usd: float = 1.05,
) -> Verdict:
    """Traffic is steady enough for provisioned capacity.

    Why: capacity that waits for rare peaks is paid for while it idles; functions that are paid by the call cost less.
    Fix: move the application to Lambda behind API Gateway or a function URL, or let it scale down further between the
        peaks. Thresholds: `max_cv` is the standard deviation by the mean of hourly requests, `max_peak_to_mean` the
        99th percentile by the mean, `max_zero_share` the share of empty hours; below `min_requests` in 14 days nothing
        is judged. `instance_hour_usd` is an instance or task of one vCPU and 2 GiB, `million_requests_usd` functions of
        512 MiB that take 100 ms.
    """
    hours = min(_HOURS, int((account.now - balancer.created) / timedelta(hours=1)))
    if not balancer.is_application or hours < _WEEK_OF_HOURS:
        return not_applicable("it is no application load balancer, or younger than seven days")
    end = account.now.replace(minute=0, second=0, microsecond=0)
    demand = Demand(requests.filled(_SECONDS_AN_HOUR, end, hours))
    if sum(demand.hours) < min_requests:
        return not_applicable(f"it had fewer than {min_requests} requests in {hours / DAY:.0f} days")
    uneven = [*_uneven(demand, max_cv, max_peak_to_mean, max_zero_share)]
    if not uneven:
        return passed(f"its traffic is {demand.shape}: {demand.peak_to_mean:.1f} times the mean at the peak")
    behind = tiers.behind(balancer)
    floor = sum(_least(one) for one in behind)
    if not floor:
        tiers.topology.gaps.none_of(BEHIND, balancer.region)
        return passed(f"{' and '.join(uneven)}, but no instance or task waits for it")
    provisioned = floor * _HOURS_A_MONTH * instance_hour_usd
    by_call = demand.mean * _HOURS_A_MONTH * million_requests_usd / 1_000_000
    costs = (
        f"{floor} instances or tasks that always run cost about {provisioned:.0f} USD a month (at {instance_hour_usd:g}"
        f" an hour), its requests as functions about {by_call:.0f} (at {million_requests_usd:g} a million)"
    )
    judge = failed if provisioned > by_call else passed
    return judge(f"{' and '.join(uneven)}; {costs}", provisioned_usd=round(provisioned), functions_usd=round(by_call))


_SECONDS_AN_HOUR = 3600


def _uneven(demand: Demand, max_cv: float, max_peak: float, max_empty: float) -> Iterator[str]:
    if demand.variation > max_cv:
        yield f"its hourly requests vary by {demand.variation:.1f} times their mean"
    if demand.peak_to_mean > max_peak:
        yield f"its peak is {demand.peak_to_mean:.1f} times the mean"
    if demand.empty_share > max_empty:
        yield f"{demand.empty_share:.0%} of its hours are empty"


def _least(node: Node) -> int:
    """The instances or tasks of a node that run whatever the traffic; a service counts as it stands."""
    one = node.resource
    if isinstance(one, AutoScalingGroup):
        return one.minimum
    return one.desired if isinstance(one, EcsService) else 1


MinuteRequests = Annotated[
    Metric, metric("AWS/ApplicationELB", "RequestCount", "Sum", days=14, period=60, LoadBalancer="dimension")
]
BalancerErrors = Annotated[
    Metric, metric("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum", days=14, period=60, LoadBalancer="dimension")
]
TargetErrors = Annotated[
    Metric,
    metric("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "Sum", days=14, period=60, LoadBalancer="dimension"),
]
Rejections = Annotated[
    Metric,
    metric("AWS/ApplicationELB", "RejectedConnectionCount", "Sum", days=14, period=60, LoadBalancer="dimension"),
]
_MINUTES = 14 * 24 * 60
_BEFORE = 15
"""Minutes over which a spike is compared with what was before it."""


@check(severity=Severity.HIGH, practices=["REL07-BP03", "PERF02-BP05"])
def traffic_spikes_faster_than_scaling(
    balancer: LoadBalancer,
    requests: MinuteRequests,
    balancer_errors: BalancerErrors,
    target_errors: TargetErrors,
    rejections: Rejections,
    tiers: Tiers,
    scaling: Scaling,
    actions: Every[ScheduledAction],
    service_actions: Every[ScheduledScaling],
    service_policies: Every[ServicePolicy],
    account: Account,
    *,
    spike_factor: float = 3.0,
    max_spikes: int = 3,
    min_peak: int = 100,
    ready_minutes: int = 5,
) -> Verdict:
    """Traffic does not spike faster than the tier can scale.

    Why: requests that triple before new instances are ready are answered late or with errors, as at a flash sale.
    Fix: keep more spare capacity or a warm pool, scale by schedule before announced events, or take spikes up in
        CloudFront, a queue or functions. Thresholds: `spike_factor` times the mean of 15 minutes, at least `min_peak`
        requests a minute, within the `ready_minutes` that an instance needs; up to `max_spikes` without errors pass.
    """
    if not balancer.is_application:
        return not_applicable("it is no application load balancer")
    peak = max(requests.values, default=0.0)
    if peak < min_peak:
        return not_applicable(f"it had at most {peak:.0f} requests a minute in 14 days")
    end = account.now.replace(second=0, microsecond=0)
    minutes = requests.filled(60, end, _MINUTES)
    level = max(min_peak, Metric(minutes).percentile(95))
    spikes = [*_spikes(minutes, spike_factor, level, ready_minutes)]
    if not spikes:
        return passed(f"its requests never grew {spike_factor:g} times within {ready_minutes} minutes in 14 days")
    several = [one.filled(60, end, _MINUTES) for one in (balancer_errors, target_errors, rejections)]
    errors = {at: sum(sum(one[at - ready_minutes : at + ready_minutes + 1]) for one in several) for at, _ in spikes}
    worst, factor = max(spikes, key=lambda spike: (errors[spike[0]], spike[1]))
    when = (end - timedelta(minutes=_MINUTES - worst)).strftime("%Y-%m-%d %H:%M UTC")
    text = f"its requests grew {factor:.1f} times within {ready_minutes} minutes at {when}"
    if errors[worst]:
        reason = f"{text}, with {errors[worst]:.0f} errors; {len(spikes)} such spikes in 14 days"
        return failed(reason, spikes=len(spikes), errors=round(errors[worst]))
    fleet = [one for one in tiers.behind(balancer) if one.kind != "instance"]
    if fleet and all(scales_ahead(one.resource, scaling, actions, service_actions, service_policies) for one in fleet):
        return passed(f"{text}, without errors: what is behind it is scaled ahead")
    text = f"{text}, without errors; {len(spikes)} such spikes in 14 days"
    if len(spikes) > max_spikes:
        return failed(text, severity=Severity.MEDIUM, spikes=len(spikes))
    return passed(text, spikes=len(spikes))


def _spikes(minutes: tuple[float, ...], factor: float, level: float, ready: int) -> Iterator[tuple[int, float]]:
    """The minutes of the peaks to which requests grew so many times, and how many; none within another's reach."""
    at = _BEFORE
    while at < len(minutes) - ready:
        ahead = minutes[at + 1 : at + 1 + ready]
        peak, before = max(ahead), max(sum(minutes[at - _BEFORE + 1 : at + 1]) / _BEFORE, 1)
        if peak >= level and peak >= factor * before:
            at += 1 + ahead.index(peak)
            yield at, peak / before
            at += _BEFORE
        at += 1


_VCPU_UNITS = 1024
"""CPU units of a task that make a vCPU (ECS developer guide)."""


@check(severity=Severity.INFORMATIONAL, practices=["SUS05-BP02", "COST06-BP02"])
def application_tier_efficient_processors(
    region: Region,
    instances: Every[Instance],
    types: Every[InstanceType],
    services: Every[EcsService],
    definitions: Every[TaskDefinition],
    tiers: Tiers,
    *,
    min_share: float = 0.3,
    x86_only: tuple[str, ...] = (),
) -> Verdict:
    """Application compute runs on efficient processor families.

    Why: the same work takes up to 40 percent less money and 60 percent less energy on Graviton, and more of both on
        types of earlier generations.
    Fix: build for arm64 and launch Graviton types (m7g, c7g, r7g) or tasks with cpuArchitecture ARM64; replace types of
        earlier generations. Thresholds: `min_share` of vCPUs on arm64, and `x86_only`, names of groups, services or
        instances whose software is bound to x86.
    """
    found = [
        *_instance_processors(region, instances, types, tiers, x86_only),
        *_service_processors(region, services, definitions, tiers, x86_only),
    ]
    total = sum(one.vcpus for one in found)
    if not total:
        return not_applicable("no application tier computes on processors that it could choose")
    share = sum(one.vcpus for one in found if one.is_arm) / total
    old = sorted({one.name for one in found if not one.is_current})
    text = f"{share:.0%} of the {total:g} vCPUs of application tiers are arm64"
    named = f"; of an earlier generation are {', '.join(old[:10])}" if old else ""
    if share < min_share or old:
        return failed(f"{text}{named}", arm64_share=round(share, 2), previous_generation=old)
    return passed(text, arm64_share=round(share, 2))


@dataclass(frozen=True, slots=True)
class _Processors:
    name: str
    """The instance type, or the service."""
    vcpus: float
    is_arm: bool
    is_current: bool


def _is_application(resource: Instance | EcsService, tiers: Tiers, x86_only: tuple[str, ...]) -> bool:
    node = tiers.node(resource)
    return node is not None and node.name not in x86_only and Tier.APPLICATION in tiers.label(node).tiers


def _instance_processors(
    region: Region, instances: Every[Instance], types: Every[InstanceType], tiers: Tiers, x86_only: tuple[str, ...]
) -> Iterator[_Processors]:
    for one in instances.within(region.name):
        if one.is_running and not one.is_windows and _is_application(one, tiers, x86_only):
            for kind in types.of(one):
                yield _Processors(one.instance_type, kind.vcpus, "arm64" in kind.architectures, kind.is_current)


def _service_processors(
    region: Region,
    services: Every[EcsService],
    definitions: Every[TaskDefinition],
    tiers: Tiers,
    x86_only: tuple[str, ...],
) -> Iterator[_Processors]:
    """Of tasks on Fargate; others run on instances that are counted by themselves."""
    for one in services.within(region.name):
        if one.runs_on_fargate and one.desired and _is_application(one, tiers, x86_only):
            for task in definitions.of(one):
                if task.cpu and not task.operating_system.startswith("WINDOWS"):
                    vcpus = one.desired * int(task.cpu) / _VCPU_UNITS
                    yield _Processors(one.service_name, vcpus, task.architecture == "ARM64", is_current=True)
