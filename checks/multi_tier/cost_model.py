"""Cost model and fit of the pattern."""

from typing import Annotated

from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.elbv2 import LoadBalancer
from auditor.inference.tiers import Tier, Tiers
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
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
