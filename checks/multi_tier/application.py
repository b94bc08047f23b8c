"""Application tier."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.apigateway import EndpointVpcLink, RestMethod
from auditor.evidence.apigatewayv2 import HttpIntegration
from auditor.evidence.application_autoscaling import ScalableTarget, ScheduledScaling
from auditor.evidence.application_autoscaling import ScalingPolicy as ServicePolicy
from auditor.evidence.autoscaling import AutoScalingGroup, ScalingActivities, ScheduledAction
from auditor.evidence.cloudfront import Distribution, VpcOrigin
from auditor.evidence.dax import DaxCluster
from auditor.evidence.dynamodb import Table, TimeToLive
from auditor.evidence.ec2 import AvailabilityZone, Instance, Volume
from auditor.evidence.ec2_network import Subnet
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.elasticbeanstalk import BeanstalkEnvironment, BeanstalkOptions
from auditor.evidence.elb import ClassicLoadBalancer
from auditor.evidence.elbv2 import (
    Listener,
    ListenerRule,
    LoadBalancer,
    Target,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
)
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup
from auditor.evidence.purpose import nonproduction, sessions
from auditor.evidence.route53 import RecordSet
from auditor.inference.demand import DAY, WEEK, Demand
from auditor.inference.environments import PRODUCTION
from auditor.inference.environments import environment as environment_of
from auditor.inference.graph import Node
from auditor.inference.network import Interfaces
from auditor.inference.scaling import Scaling, Trigger, scales_ahead
from auditor.inference.tier_labels import Tier, use_evidence
from auditor.inference.tiers import BEHIND, Tiers
from auditor.inference.topology import Tie
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check


def _not_judged(group: AutoScalingGroup) -> str:
    """Why a group is no application group that has to stand an outage; empty where it is one."""
    if not group.has_load_balancer:
        return "no load balancer sends it requests"
    if not group.maximum or (not group.minimum and not group.desired):
        return "it is scaled to zero"
    return _for_trials(group.tags)


def _for_trials(tags: Mapping[str, str]) -> str:
    """That nobody depends on a resource, where a tag says so."""
    tag = nonproduction(tags)
    return f"its tag {tag} says that nobody depends on it" if tag else ""


def _own(group: AutoScalingGroup, target_groups: Every[TargetGroup]) -> list[TargetGroup]:
    """The target groups that a group registers its instances with."""
    arns = {*group.target_groups, *group.traffic_sources}
    return [one for one in target_groups.within(group.region) if one.arn in arns]


def _percentile(values: Iterable[float], share: float) -> float:
    """By nearest rank."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)), 1) - 1]


@check(severity=Severity.HIGH, practices=["REL07-BP01", "PERF02-BP05"])
def application_tier_compute_auto_scaled(
    targets: TargetGroup,
    health: TargetHealth,
    groups: Every[AutoScalingGroup],
    services: Every[EcsService],
    instances: Every[Instance],
    interfaces: Interfaces,
    scaling: Scaling,
) -> Verdict:
    """Load-balanced compute belongs to a group that replaces and scales it.

    Why: a target that was registered by hand is not replaced when it fails, and nothing is added when load grows.
    Fix: launch it by an Auto Scaling group or an ECS service that registers with the target group; give the group a
        target tracking policy.
    """
    if targets.target_type in ("lambda", "alb") or not targets.is_in_use:
        return not_applicable("no load balancer forwards to instances or addresses in it")
    staying = [one for one in health.targets if one.state != "draining"]
    if not staying:
        return not_applicable("it has no registered targets that stay")
    own = [one for one in groups.within(targets.region) if targets.arn in (*one.target_groups, *one.traffic_sources)]
    members = {member.id for group in groups.within(targets.region) for member in group.members}
    by_service = any(targets.arn in one.target_groups for one in services.within(targets.region))
    loose = [one for one in staying if not by_service and one.id not in members]
    by_hand = sorted({one.id for one in loose if _is_by_hand(one, targets, members, instances, interfaces)})
    if by_hand:
        return failed(f"{', '.join(by_hand[:10])} were registered by hand", targets=by_hand)
    fixed = sorted(one.group_name for one in own if one.has_fixed_size and not scaling.all_policies(one))
    if fixed:
        reason = f"its group {', '.join(fixed)} replaces instances, but has a fixed size and no scaling policy"
        return failed(reason, severity=Severity.MEDIUM, groups=fixed)
    return passed(f"all of its {len(staying)} targets belong to a group, a service or a cluster")


def _is_by_hand(
    target: Target,
    targets: TargetGroup,
    members: set[str],
    instances: Every[Instance],
    interfaces: Interfaces,
) -> bool:
    """Whether nothing replaces a target; an address that is in no VPC of the account is somebody else's business."""
    if targets.target_type == "instance":
        return not _is_node(target.id, targets.region, instances)
    owners = [one for one in interfaces.at_private_address(target.id, targets.region) if one.vpc_id == targets.vpc_id]
    return any(
        interfaces.tier(one) in ("compute", None)
        and one.instance_id not in members
        and "cluster.k8s.amazonaws.com/name" not in one.tags
        and not (one.instance_id and _is_node(one.instance_id, targets.region, instances))
        for one in owners
    )


def _is_node(instance: str, region: str, instances: Every[Instance]) -> bool:
    """Whether a cluster replaces an instance; pods have addresses on its first interface too, which has no tag."""
    found = (one for one in instances.within(region) if one.id == instance)
    return any(one.is_eks_node or one.is_karpenter_node for one in found)


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def autoscaling_group_application_three_zones(
    group: AutoScalingGroup,
    zones: Every[AvailabilityZone],
    balancers: Every[LoadBalancer],
    target_groups: Every[TargetGroup],
    *,
    min_zones: int = 3,
    imbalance: int = 1,
) -> Verdict:
    """Application groups span three zones.

    Why: with two zones the loss of one takes half of the capacity; targets in a zone that the load balancer does not
        serve get no requests at all.
    Fix: add a subnet of a third zone to the group and to its load balancer. Thresholds: `min_zones`, and `imbalance`,
        the difference of instances between zones that is still even.
    """
    if reason := _not_judged(group):
        return not_applicable(reason)
    regular = {one.zone for one in zones.within(group.region) if one.is_regular}
    if len(regular) < min_zones or not set(group.zones) <= regular:
        return not_applicable(f"the region has no {min_zones} zones, or the group is in a Local Zone")
    unserved = sorted(set(group.zones) - _served_zones(group, balancers, target_groups))
    if unserved:
        reason = f"its load balancer does not serve {', '.join(unserved)}, so that instances there get no requests"
        return failed(reason, severity=Severity.HIGH, unserved=unserved)
    if len(set(group.zones)) < min_zones:
        return failed(f"it spans {len(set(group.zones))} zones of {len(regular)}: {', '.join(sorted(group.zones))}")
    counts = Counter(dict.fromkeys(group.zones, 0)) + Counter(member.zone for member in group.in_service)
    spread = [counts[zone] for zone in group.zones]
    if group.desired >= len(group.zones) and max(spread) - min(spread) > imbalance:
        said = ", ".join(f"{zone} {counts[zone]}" for zone in sorted(group.zones))
        return failed(f"its instances are spread unevenly: {said}", severity=Severity.LOW, instances=dict(counts))
    return passed(f"it spans {len(group.zones)} zones")


def _served_zones(
    group: AutoScalingGroup, balancers: Every[LoadBalancer], target_groups: Every[TargetGroup]
) -> set[str]:
    """The zones that its load balancers serve; all of the group's where the balancers are of another kind."""
    own = [
        one for one in target_groups.within(group.region) if one.arn in (*group.target_groups, *group.traffic_sources)
    ]
    arns = {arn for one in own for arn in one.load_balancer_arns}
    found = [one for one in balancers.within(group.region) if one.arn in arns]
    return {zone.zone for one in found for zone in one.zones} if found else set(group.zones)


_ENOUGH_TO_FAIL_OVER = 2


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP05"])
def autoscaling_group_application_minimum_size(
    group: AutoScalingGroup, schedule: Every[ScheduledAction], *, min_instances: int = _ENOUGH_TO_FAIL_OVER
) -> Verdict:
    """Application groups keep at least two instances, one per zone.

    Why: with a minimum of one, scaling in leaves a single instance, and its failure is an outage until another boots.
    Fix: set the minimum to the number of the group's zones, two at least. The threshold `min_instances` is the least.
    """
    actions = [one for one in schedule.within(group.region) if one.group == group.group_name]
    at_night = any(one.minimum == 0 for one in actions)
    if (reason := _not_judged(group)) and not (at_night and group.has_load_balancer and group.maximum):
        return not_applicable(reason)
    if at_night:
        return failed("a scheduled action sets its minimum to 0", severity=Severity.LOW, minimum=group.minimum)
    if group.minimum < min_instances:
        return failed(f"its minimum is {group.minimum} of {min_instances}", minimum=group.minimum)
    if group.minimum < len(group.zones):
        reason = f"its minimum of {group.minimum} leaves one of its {len(group.zones)} zones empty"
        return failed(reason, severity=Severity.LOW, minimum=group.minimum)
    return passed(f"its minimum is {group.minimum}, in {len(group.zones)} zones")


_NEEDED_PROCESSES = frozenset({"HealthCheck", "ReplaceUnhealthy", "Launch", "Terminate", "AddToLoadBalancer"})


@check(severity=Severity.HIGH, practices=["REL11-BP03"])
def autoscaling_group_application_replaces_unhealthy(
    group: AutoScalingGroup, *, max_grace_seconds: int = 900
) -> Verdict:
    """Load balancer health checks trigger instance replacement.

    Why: EC2's own checks see a dead host, not a hung application; without the load balancer's, it is never replaced.
    Fix: set the health check type to ELB, with a grace period a little over the time that booting takes, and resume
        suspended processes. The threshold `max_grace_seconds` is the longest grace period.
    """
    if not group.has_load_balancer:
        return not_applicable("no load balancer sends it requests")
    if not group.health_checks & {"ELB", "VPC_LATTICE"}:
        return failed(f"its health checks are {group.health_check_type} only, which do not see the application")
    stopped = sorted(group.suspended_processes & _NEEDED_PROCESSES)
    if stopped:
        return failed(f"its processes {', '.join(stopped)} are suspended", processes=stopped)
    if not group.grace_seconds:
        return failed("it has no grace period, so that instances are replaced while they boot")
    if group.grace_seconds > max_grace_seconds:
        reason = f"a failure in the first {group.grace_seconds} seconds of an instance goes unnoticed"
        return failed(reason, severity=Severity.LOW, seconds=group.grace_seconds)
    protected = sum(member.is_protected for member in group.members)
    if 2 * protected > len(group.members):
        reason = f"{protected} of its {len(group.members)} instances are protected from scale-in"
        return failed(reason, severity=Severity.LOW, protected=protected)
    return passed(f"the load balancer's checks replace instances after {group.grace_seconds} seconds of grace")


GroupCpu = Annotated[
    Metric, metric("AWS/EC2", "CPUUtilization", "Average", period=3600, AutoScalingGroupName="group_name")
]


@check(severity=Severity.MEDIUM, practices=["PERF02-BP05", "REL07-BP03"])
def autoscaling_group_application_scale_out_threshold(
    group: AutoScalingGroup,
    scaling: Scaling,
    cpu: GroupCpu,
    *,
    scale_out_cpu: float = 65,
    scale_out_minutes: float = 3,
    tolerance: float = 5,
) -> Verdict:
    """The application tier scales out above 65 percent CPU within three minutes.

    Why: a group that adds instances late or not at all answers slowly, and then with errors, when load grows.
    Fix: add a target tracking policy on ASGAverageCPUUtilization with a target of 50, and resume suspended processes.
        Thresholds: `scale_out_cpu` percent and `tolerance` points over it, and `scale_out_minutes`.
    """
    if (reason := _not_judged(group)) or group.has_fixed_size:
        return not_applicable(reason or "its size is fixed")
    rules = scaling.of(group)
    if not rules.scales_out:
        forecast = any(one.predictive_mode == "ForecastOnly" for one in scaling.all_policies(group))
        said = "its predictive policy only forecasts" if forecast else "no enabled policy adds instances"
        return failed(said, severity=Severity.HIGH)
    if not rules.is_set_off:
        names = ", ".join(one.policy_name for one in rules.policies if one.scales_out)
        return failed(f"no alarm sets off {names}, which would add instances", severity=Severity.HIGH)
    first = rules.first_cpu_out
    if first is None:
        return _judge_other_metric(rules.out, cpu, scale_out_cpu)
    if first.threshold > scale_out_cpu + tolerance:
        return failed(f"{first.policy} adds instances only above {first.threshold:g} % CPU", percent=first.threshold)
    if first.minutes > scale_out_minutes:
        return failed(f"{first.policy} adds instances only after {first.minutes:g} minutes", minutes=first.minutes)
    return passed(f"{first.policy} adds instances above {first.threshold:g} % CPU after {first.minutes:g} minutes")


def _judge_other_metric(triggers: Iterable[Trigger], cpu: Metric, limit: float) -> Verdict:
    """Scaling on requests or a backlog does as well as on CPU, where it has kept the CPU low."""
    what = ", ".join(sorted({one.metric for one in triggers if one.metric})) or "a forecast or an expression"
    if not cpu:
        return unknown(f"it scales on {what}, and CloudWatch has no data of its CPU for the last 14 days")
    busy = _percentile(cpu.values, 0.95)
    said = f"it scales on {what}, and 95 % of the hours of 14 days used at most {busy:.0f} % CPU"
    return failed(said, percent=round(busy)) if busy > limit else passed(said)


@check(severity=Severity.LOW, practices=["COST09-BP03", "SUS02-BP01"])
def autoscaling_group_application_scale_in_threshold(
    group: AutoScalingGroup,
    scaling: Scaling,
    *,
    scale_in_cpu: float = 35,
    scale_in_minutes: float = 15,
    tolerance: float = 5,
    min_band: float = 15,
) -> Verdict:
    """The application tier scales in below 35 percent CPU after fifteen minutes.

    Why: a group that never shrinks pays for its peak around the clock; one that shrinks at once starts and stops
        instances in turns.
    Fix: let target tracking scale in (DisableScaleIn false) with a target of 50. Thresholds: `scale_in_cpu` percent and
        `tolerance` points over it, `scale_in_minutes`, and `min_band` points between growing and shrinking.
    """
    if (reason := _not_judged(group)) or group.has_fixed_size:
        return not_applicable(reason or "its size is fixed")
    rules = scaling.of(group)
    if not rules.scales_out:
        return not_applicable("no policy adds instances")
    if not rules.scales_in or "Terminate" in group.suspended_processes:
        return failed("no enabled policy removes instances")
    last, first = rules.first_cpu_in, rules.first_cpu_out
    if last is None:
        return passed("it removes instances by another metric than CPU")
    if last.threshold > scale_in_cpu + tolerance:
        return failed(f"{last.policy} removes instances already below {last.threshold:g} % CPU", percent=last.threshold)
    if last.minutes < scale_in_minutes:
        return failed(f"{last.policy} removes instances already after {last.minutes:g} minutes", minutes=last.minutes)
    if first and first.threshold - last.threshold < min_band:
        return failed(f"it grows above {first.threshold:g} % CPU and shrinks below {last.threshold:g} %")
    return passed(f"{last.policy} removes instances below {last.threshold:g} % CPU after {last.minutes:g} minutes")


DesiredCapacity = Annotated[
    Metric, metric("AWS/AutoScaling", "GroupDesiredCapacity", "Maximum", period=300, AutoScalingGroupName="group_name")
]
_PERIOD_MINUTES = 5


@check(severity=Severity.HIGH, practices=["REL07-BP03", "REL01-BP03", "PERF02-BP05"])
def autoscaling_group_application_ceiling_reached(
    group: AutoScalingGroup, desired: DesiredCapacity, *, max_minutes: int = 30, min_headroom: float = 1.5
) -> Verdict:
    """Application groups do not run at their maximum size.

    Why: at its maximum a group cannot answer more load, and the loss of a zone leaves it too small.
    Fix: raise the maximum (and the quotas that it needs), and turn on group metrics. Thresholds: `max_minutes` of 14
        days at the maximum, and `min_headroom`, the maximum over the 99th percentile of the size.
    """
    if (reason := _not_judged(group)) or group.has_fixed_size:
        return not_applicable(reason or "its size is fixed")
    if group.desired >= group.maximum:
        return failed(f"it runs at its maximum of {group.maximum}", maximum=group.maximum)
    minutes = _PERIOD_MINUTES * sum(value >= group.maximum for value in desired.values)
    if minutes > max_minutes:
        return failed(f"it ran at its maximum of {group.maximum} for {minutes} minutes of 14 days", minutes=minutes)
    if not desired:
        return passed(f"it runs at {group.desired} of {group.maximum}; without group metrics the past is not known")
    large = _percentile(desired.values, 0.99)
    if large and group.maximum / large < min_headroom:
        reason = (
            f"its maximum of {group.maximum} is only {group.maximum / large:.1f} times the {large:g} that it reaches"
        )
        return failed(reason, severity=Severity.LOW, maximum=group.maximum, reached=large)
    return passed(f"it reaches {large:g} of its maximum of {group.maximum}")


_ENOUGH_LAUNCHES = 3


@check(severity=Severity.MEDIUM, practices=["PERF02-BP05", "REL07-BP03"])
def autoscaling_group_application_launch_time(
    group: AutoScalingGroup,
    activities: ScalingActivities,
    target_groups: Every[TargetGroup],
    scaling: Scaling,
    account: Account,
    *,
    max_seconds: int = 300,
    lookback_days: int = 42,
    failed_percent: float = 10,
) -> Verdict:
    """New application instances are in service within five minutes.

    Why: a peak that grows faster than instances get ready is answered with errors, whatever the scaling policy.
    Fix: bake software into the image, shorten lifecycle hooks and health check intervals, or keep a warm pool.
        Thresholds: `max_seconds` to be ready, `lookback_days` of activities, and `failed_percent` of failed launches.
    """
    since = account.now - timedelta(days=lookback_days)
    launches = [one for one in activities.launches if one.started >= since]
    times = [one.seconds for one in launches if one.status == "Successful" and one.seconds is not None]
    failures = sum(one.status in ("Failed", "Cancelled") for one in launches)
    ended = len(times) + failures
    if not group.has_load_balancer or ended < _ENOUGH_LAUNCHES:
        return not_applicable("no load balancer sends it requests, or fewer than 3 of its launches have ended")
    percent = round(100 * failures / ended)
    if percent > failed_percent or not times:
        return failed(f"{failures} of its {ended} launches failed", percent=percent)
    parts = {"booting": _percentile(times, 0.9), **_waits(group, target_groups, scaling)}
    ready = sum(parts.values())
    if ready > max_seconds:
        largest = max(parts, key=lambda part: parts[part])
        pool = "" if group.warm_pool_state else ", and it has no warm pool"
        reason = f"9 of 10 instances need up to {ready:.0f} seconds, most of it {largest} ({parts[largest]:.0f}){pool}"
        return failed(reason, seconds=round(ready))
    return passed(f"9 of 10 instances are in service after {ready:.0f} seconds")


def _waits(group: AutoScalingGroup, target_groups: Every[TargetGroup], scaling: Scaling) -> dict[str, float]:
    """What an instance waits for after its launch."""
    own = [
        one for one in target_groups.within(group.region) if one.arn in (*group.target_groups, *group.traffic_sources)
    ]
    checks = max((one.healthy_threshold * one.health_check_interval for one in own), default=0)
    warmups = [one.warmup_seconds or 0 for one in scaling.all_policies(group)]
    return {"health checks": checks, "warmup": group.warmup_seconds or max(warmups, default=0)}


@check(severity=Severity.MEDIUM, practices=["REL05-BP06", "PERF04-BP04"])
def elbv2_target_group_stickiness_disabled(
    targets: TargetGroup, attributes: TargetGroupAttributes, *, allowed: tuple[str, ...] = ()
) -> Verdict:
    """Target groups of the application tier have no session stickiness.

    Why: sticky sessions keep load on old instances when new ones come, and end with the instance that held them.
    Fix: keep sessions in ElastiCache, MemoryDB or DynamoDB, then set stickiness.enabled to false. The threshold
        `allowed` names target groups, of WebSocket applications for example, that may be sticky.
    """
    if not targets.is_in_use:
        return not_applicable("no load balancer forwards to it")
    if targets.protocol == "GENEVE":
        return not_applicable("its targets are appliances of a gateway load balancer, which serve no application")
    kind = attributes.stickiness
    if kind is None:
        return passed("stickiness is off")
    if targets.target_group_name in allowed:
        return not_applicable("the profile allows it to be sticky")
    severity = Severity.LOW if kind.startswith("source_ip") else None
    return failed(f"stickiness is on ({kind})", severity=severity, kind=kind)


@check(severity=Severity.MEDIUM, practices=["REL05-BP06", "PERF04-BP04"])
def elb_load_balancer_stickiness_disabled(balancer: ClassicLoadBalancer, *, allowed: tuple[str, ...] = ()) -> Verdict:
    """Classic Load Balancers have no session stickiness.

    Why: sticky sessions keep load on old instances when new ones come, and end with the instance that held them.
    Fix: keep sessions in ElastiCache, MemoryDB or DynamoDB, then take the policy from the listener
        (set-load-balancer-policies-of-listener). The threshold `allowed` names load balancers that may be sticky.
    """
    if not balancer.listeners:
        return not_applicable("it has no listener")
    sticky = {one.port: kind for one in balancer.listeners if (kind := balancer.stickiness(one))}
    if not sticky:
        return passed("none of its listeners has a policy of stickiness")
    if balancer.load_balancer_name in allowed:
        return not_applicable("the profile allows it to be sticky")
    port, kind = min(sticky.items())
    return failed(f"stickiness is on at port {port} ({kind})", kind=kind, ports=sorted(sticky))


@check(severity=Severity.MEDIUM, practices=["REL05-BP06", "REL08-BP04"])
def application_tier_without_local_state(
    group: AutoScalingGroup,
    instances: Every[Instance],
    volumes: Every[Volume],
    *,
    max_data_gib: int = 50,
    allowed: tuple[str, ...] = (),
) -> Verdict:
    """Application instances and tasks keep no state of their own.

    Why: data on an instance is lost or left behind when the group replaces it, so that nobody dares to let it.
    Fix: move data to S3, EFS or a database, and let all volumes be deleted with the instance. Thresholds:
        `max_data_gib` of data volumes that an instance may have, and `allowed`, groups with caches built at boot.
    """
    if not group.has_load_balancer or not group.members:
        return not_applicable("no load balancer sends it requests, or it has no instances")
    if group.group_name in allowed:
        return not_applicable("the profile allows it local data")
    ids = {member.id for member in group.members}
    members = [one for one in instances.within(group.region) if one.id in ids]
    sizes = {one.id: one.size_gib for one in volumes.within(group.region)}
    reasons = list(dict.fromkeys(reason for one in members for reason in _local_state(one, sizes, max_data_gib)))
    if protected := sum(member.is_protected for member in group.members):
        reasons.append(f"{protected} instances are protected from scale-in")
    if reasons:
        return failed("; ".join(reasons[:10]), reasons=reasons)
    return passed(f"its {len(members)} instances have no data volumes that outlive them or hold much")


def _local_state(instance: Instance, sizes: Mapping[str, int], max_data_gib: int) -> Iterator[str]:
    data = [one for one in instance.devices if one.volume and one.device != instance.root_device]
    data = data if len(instance.volumes) > 1 else []  # a single volume is the root, whatever it is called
    for device in data:
        if not device.delete_on_termination:
            yield f"{device.device} of {instance.id} outlives it"
    gib = sum(sizes.get(device.volume or "", 0) for device in data)
    if gib > max_data_gib:
        yield f"{instance.id} has {gib} GiB of data volumes"


_OF_THE_HOST = ("/var/run/", "/run/", "/proc", "/sys", "/dev", "/etc/", "/var/log", "/cgroup", "/var/lib/docker")
"""Where a host keeps its own files, which agents beside an application read."""


@check(severity=Severity.MEDIUM, practices=["REL05-BP06", "REL08-BP04"])
def ecs_service_application_without_local_state(
    service: EcsService, definition: TaskDefinition | None, *, allowed: tuple[str, ...] = ()
) -> Verdict:
    """Application services on ECS keep no state on their hosts.

    Why: what a task writes on its host is missing when the next one starts on another, and gone with the host.
    Fix: keep it in S3, EFS or a database, and take host.sourcePath and volumes of the scope shared out of the task
        definition. The threshold `allowed` names services with caches that may be lost.
    """
    if not (service.has_load_balancer and service.is_replica) or service.status != "ACTIVE":
        return not_applicable("it is no active replica service behind a load balancer")
    if service.service_name in allowed:
        return not_applicable("the profile allows it local data")
    if definition is None:
        return not_applicable("it names no task definition itself")
    kept = [
        f"{one.volume} ({one.host_path or 'a shared volume of Docker'})"
        for one in definition.volumes
        if one.outlives_task and not (one.host_path or "").startswith(_OF_THE_HOST)
    ]
    if kept:
        return failed(f"its tasks keep {', '.join(kept[:5])} on their host", volumes=kept)
    return passed("its tasks keep no volume on their host")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP05"])
def ecs_service_application_minimum_and_zones(
    service: EcsService,
    subnets: Every[Subnet],
    zones: Every[AvailabilityZone],
    scalable: Every[ScalableTarget],
    *,
    min_zones: int = 3,
    min_tasks: int = _ENOUGH_TO_FAIL_OVER,
) -> Verdict:
    """Application services on ECS run two tasks or more across three zones.

    Why: a single task, or a single zone, is a single failure away from an outage.
    Fix: set desired count and minimum capacity to the number of zones, give the service a subnet of each, and keep a
        base of its capacity on FARGATE. Thresholds: `min_zones` and `min_tasks` that it needs.
    """
    if not (service.has_load_balancer and service.is_replica and service.status == "ACTIVE"):
        return not_applicable("it is no active replica service behind a load balancer")
    target = _scalable(service, scalable)
    least = min(service.desired, target.minimum) if target else service.desired
    if reason := _for_trials(service.tags) or ("" if service.desired else "it is scaled to zero"):
        return not_applicable(reason)
    if least < min_tasks:
        return failed(f"it may run {least} of {min_tasks} tasks", tasks=least)
    own = {one.zone for one in subnets.within(service.region) if one.id in service.subnets}
    wanted = min(min_zones, sum(one.is_regular for one in zones.within(service.region)))
    if own and len(own) < wanted:
        severity = Severity.HIGH if len(own) == 1 else Severity.MEDIUM
        return failed(
            f"it runs in {', '.join(sorted(own))} only, of {wanted} zones", severity=severity, zones=sorted(own)
        )
    if service.is_spot_only:
        return failed("all of its tasks run on FARGATE_SPOT", severity=Severity.MEDIUM)
    if least < len(own):
        return failed(f"it may run {least} tasks in {len(own)} zones", severity=Severity.LOW, tasks=least)
    return passed(f"it runs {least} tasks at least, in {len(own)} zones" if own else f"it runs {least} tasks at least")


def _scalable(service: EcsService, targets: Every[ScalableTarget]) -> ScalableTarget | None:
    """What Application Auto Scaling knows of a service."""
    wanted = service.scaling_resource, "ecs:service:DesiredCount"
    return next((one for one in targets.within(service.region) if (one.resource_id, one.dimension) == wanted), None)


_ECS_COOLDOWN = 300
"""Seconds: the default of target tracking for ECS, out and in (Application Auto Scaling API reference)."""


@check(severity=Severity.MEDIUM, practices=["PERF02-BP05", "COST09-BP03"])
def ecs_service_application_auto_scaling(
    service: EcsService, scalable: Every[ScalableTarget], policies: Every[ServicePolicy]
) -> Verdict:
    """Application services on ECS scale on load.

    Why: a service of fixed size is too small at its peak and too large the rest of the day.
    Fix: register the service with Application Auto Scaling and add a target tracking policy on
        ECSServiceAverageCPUUtilization or ALBRequestCountPerTarget, with the default cooldowns of 300 seconds.
    """
    if not (service.has_load_balancer and service.is_replica) or service.deployment_controller == "EXTERNAL":
        return not_applicable("it is no replica service behind a load balancer that ECS deploys")
    if service.status != "ACTIVE":
        return not_applicable(f"it is {service.status}")
    target = _scalable(service, scalable)
    if not service.desired and not (target and target.maximum):
        return not_applicable("it is scaled to zero")
    if target is None:
        return failed(f"it always runs {service.desired} tasks: no scalable target names it", tasks=service.desired)
    if target.minimum == target.maximum:
        return failed(f"its minimum and maximum are both {target.minimum}", tasks=target.minimum)
    own = [one for one in policies.within(service.region) if one.key == target.key]
    if not own:
        return failed(f"it may scale from {target.minimum} to {target.maximum} tasks, but has no policy")
    if target.scale_out_suspended:
        return failed("scaling out is suspended")
    tracking = [one for one in own if one.tracks_target]
    slow = max((_cooldown(one.scale_out_cooldown) for one in tracking), default=0)
    hasty = min((_cooldown(one.scale_in_cooldown) for one in tracking), default=_ECS_COOLDOWN)
    if slow > _ECS_COOLDOWN:
        return failed(f"it waits {slow} seconds before it adds more tasks", severity=Severity.LOW, seconds=slow)
    if hasty < _ECS_COOLDOWN:
        return failed(f"it removes tasks again after {hasty} seconds", severity=Severity.LOW, seconds=hasty)
    return passed(f"it scales from {target.minimum} to {target.maximum} tasks")


def _cooldown(seconds: int | None) -> int:
    return _ECS_COOLDOWN if seconds is None else seconds


_WEB_PORTS = (80, 443, 8080, 8443)
_WITHOUT_CONNECTIONS = ("UDP", "QUIC")
"""Protocols that no health check speaks, so that it needs another port."""
_OF_TARGETS = {"LoadBalancer": "balancer_dimension", "TargetGroup": "dimension"}
UnhealthyHosts = Annotated[
    Metric, metric("AWS/ApplicationELB", "UnHealthyHostCount", "Maximum", period=300, **_OF_TARGETS)
]
HealthyHosts = Annotated[Metric, metric("AWS/ApplicationELB", "HealthyHostCount", "Maximum", period=300, **_OF_TARGETS)]


@check(severity=Severity.MEDIUM, practices=["REL11-BP01", "REL11-BP03"])
def elbv2_target_group_health_check_effective(
    targets: TargetGroup,
    unhealthy: UnhealthyHosts,
    healthy: HealthyHosts,
    *,
    max_detect_seconds: int = 60,
    unhealthy_percent: float = 1,
) -> Verdict:
    """Target group health checks detect failures quickly and truthfully.

    Why: until a health check fails, the load balancer sends requests to a dead target; one that takes errors for health
        never takes it out.
    Fix: check a path that exercises the application, every 10 to 15 seconds, two failures to be unhealthy, and accept
        200 only; find out why targets fail it. Thresholds: `max_detect_seconds` is the longest that a failure may go
        unseen, and `unhealthy_percent` the share of 14 days in which targets may be unhealthy.
    """
    if not targets.is_in_use or not targets.health_check_enabled:
        return not_applicable("no load balancer forwards to it, or its targets (Lambda functions) are not checked")
    if targets.protocol == "GENEVE":
        return not_applicable("its targets are appliances of a gateway load balancer, which serve no application")
    reasons = [*_weaknesses(targets, max_detect_seconds), *_outages(unhealthy, healthy, unhealthy_percent)]
    if reasons:
        return failed("; ".join(reasons), reasons=reasons)
    if targets.health_check_path == "/":
        return failed('it checks the path "/", which may not test anything', severity=Severity.INFORMATIONAL)
    seconds = targets.health_check_interval * targets.unhealthy_threshold
    return passed(f"a failure is seen within {seconds} seconds")


def _outages(unhealthy: Metric, healthy: Metric, unhealthy_percent: float) -> Iterator[str]:
    """What the last 14 days say of the targets; those of a network load balancer are in another namespace."""
    if unhealthy:
        percent = 100 * sum(value > 0 for value in unhealthy.values) / len(unhealthy.values)
        if percent > unhealthy_percent:
            yield f"targets were unhealthy in {percent:.1f} % of 14 days"
    out = sum(not well and ill > 0 for well, ill in healthy.paired(unhealthy))
    if out:
        yield f"no target was healthy in {out} five-minute spans of 14 days"


def _weaknesses(targets: TargetGroup, max_detect_seconds: int) -> Iterator[str]:
    seconds = targets.health_check_interval * targets.unhealthy_threshold
    if seconds > max_detect_seconds:
        yield f"a failure is seen only after {seconds} seconds"
    if any(code[0] in "45" for part in (targets.matcher or "").split(",") for code in part.strip().split("-") if code):
        yield f"it takes the answers {targets.matcher} for healthy"
    if targets.health_check_protocol == "TCP" and targets.port in _WEB_PORTS:
        yield f"it only connects by TCP to a web application on port {targets.port}"
    traffic = ("traffic-port", str(targets.port))
    probed = targets.target_type == "instance" and targets.protocol not in _WITHOUT_CONNECTIONS
    if probed and targets.health_check_port not in (*traffic, None):
        yield f"it checks port {targets.health_check_port}, and requests go to {targets.port}"


_ARN, _GROUP = attrgetter("arn"), attrgetter("group")
_WAYS_IN = (
    Distribution, VpcOrigin, RecordSet, Accelerator, AcceleratorEndpointGroup, RestMethod, EndpointVpcLink,
    HttpIntegration,
)  # fmt: skip
"""What would lead requests from the internet to an internal load balancer."""


@check(severity=Severity.MEDIUM, practices=["REL05-BP06"])
def application_tier_session_store_present(
    balancer: LoadBalancer,
    tiers: Tiers,
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    attributes: Every[TargetGroupAttributes],
    tables: Every[Table],
    expiry: Every[TimeToLive],
    *,
    sessionless: tuple[str, ...] = (),
) -> Verdict:
    """A shared session store is reachable from every application component.

    Why: sessions in the memory of one instance are lost with it, and users are logged out by every scale-in and
        deployment.
    Fix: keep sessions in ElastiCache for Valkey or Redis, or in a DynamoDB table with TTL, or name applications without
        sessions in sessionless.
    """
    own = listeners.of(balancer)
    if not balancer.is_application or not any(one.is_http for one in own):
        return not_applicable("it takes no HTTP requests")
    node = tiers.node(balancer)
    if node is None or tiers.guess(node).part != "entry":
        tiers.topology.gaps.none_of(_WAYS_IN, balancer.region)
        return not_applicable("no request from the internet is known to reach it")
    compute = [one for one in tiers.behind(balancer) if Tier.APPLICATION in tiers.label(one).tiers]
    copies = sum(_copies(one) for one in compute)
    if copies < 2:  # noqa: PLR2004 - alone, a component needs nobody to share sessions with
        tiers.topology.gaps.none_of(BEHIND, balancer.region)
        return not_applicable("fewer than two instances or tasks are behind it")
    application = tiers.application(node)
    if {balancer.load_balancer_name, application.name if application else ""} & {*sessionless}:
        return not_applicable("sessionless names its application")
    without = [one for one in compute if not _has_sessions(one, tiers, tables, expiry)]
    if not without:
        return passed(f"all {len(compute)} components behind it reach a session store")
    for one in without:
        tiers.topology.gaps.none_of(use_evidence(one.kind), balancer.region)
    reason = f"{without[0].name} with {copies} instances or tasks behind it reaches no Redis, Valkey or session table"
    if sticky := _sticky(tiers, balancer, attributes):
        return failed(f"{reason}, and {sticky} keeps clients on one target", severity=Severity.HIGH)
    if any(one.authenticates or any(rule.authenticates for rule in rules.of(one)) for one in own):
        return failed(f"{reason}, but the load balancer authenticates", severity=Severity.INFORMATIONAL)
    return failed(reason)


def _copies(node: Node) -> int:
    """How many instances or tasks a node stands for."""
    one = node.resource
    if isinstance(one, AutoScalingGroup):
        return max(one.desired, len(node.members))
    return one.desired if isinstance(one, EcsService) else 1


def _has_sessions(node: Node, tiers: Tiers, tables: Every[Table], expiry: Every[TimeToLive]) -> bool:
    """By a store of its own, or by the tables that a DAX cluster reads and writes for it."""
    own = tiers.topology.uses(node)
    behind = (tie for one in own if isinstance(one.node.resource, DaxCluster) for tie in tiers.topology.uses(one.node))
    ties = (*own, *behind)
    return any(_is_redis(tie.node) for tie in ties) or any(_is_session_table(tie, tables, expiry) for tie in ties)


def _is_redis(node: Node) -> bool:
    one = node.resource
    speaks_other = isinstance(one, DaxCluster) or (isinstance(one, CacheCluster) and one.is_memcached)
    return node.kind == "cache" and not speaks_other


def _is_session_table(tie: Tie, tables: Every[Table], expiry: Every[TimeToLive]) -> bool:
    """By its name; or because it expires items that the workload may read and write."""
    if tie.node.kind != "table":
        return False
    modes = {mode for edge in tie.edges for mode in edge.mode.split(",")}
    expires = (found.enabled for one in tables.by(_ARN).get(tie.node.id, ()) for found in expiry.of(one))
    return sessions(tie.node.name) or (modes >= {"read", "write"} and any(expires))


def _sticky(tiers: Tiers, balancer: LoadBalancer, attributes: Every[TargetGroupAttributes]) -> str:
    """A target group with stickiness; empty where there is none."""
    own = [one.resource for one in tiers.target_groups(balancer)]
    sticky = (one for one in own if isinstance(one, TargetGroup) and any(a.stickiness for a in attributes.of(one)))
    return next((one.target_group_name for one in sticky), "")


Requests = Annotated[
    Metric, metric("AWS/ApplicationELB", "RequestCount", "Sum", days=14, period=3600, LoadBalancer="dimension")
]
_STEEP_DAYS = 5


@check(severity=Severity.LOW, practices=["PERF02-BP05", "COST09-BP03"])
def autoscaling_group_application_prewarmed_for_peaks(
    balancer: LoadBalancer,
    requests: Requests,
    tiers: Tiers,
    scaling: Scaling,
    actions: Every[ScheduledAction],
    service_actions: Every[ScheduledScaling],
    service_policies: Every[ServicePolicy],
    *,
    peak_ratio: float = 2.0,
) -> Verdict:
    """Predictable peaks are prepared by scheduled or predictive scaling.

    Why: a peak that comes every day finds a fleet that is sized for the night; until it has grown, requests wait.
    Fix: add a predictive scaling policy in the mode ForecastAndScale, or a scheduled action that raises the minimum
        before the peak. The threshold `peak_ratio` is the peak hour's requests to those of the hour before.
    """
    demand = Demand(requests.values)
    if not balancer.is_application or len(demand.hours) < WEEK:
        return not_applicable("it is no application load balancer with seven days of requests by the hour")
    if len(demand.hours) < 14 * DAY - 1:
        return unknown(
            f"{14 * DAY - len(demand.hours)} of 336 hours have no datapoint, so that days cannot be compared"
        )
    steep = demand.steep_days(peak_ratio)
    if not demand.period or steep < _STEEP_DAYS:
        return not_applicable(f"its traffic is {demand.shape}, with {steep} steep peaks in 14 days")
    fleet = [one for one in tiers.behind(balancer) if one.kind != "instance"]
    if not fleet:
        tiers.topology.gaps.none_of(BEHIND, balancer.region)
        return not_applicable("nothing behind it scales")
    late = [one for one in fleet if not scales_ahead(one.resource, scaling, actions, service_actions, service_policies)]
    if late:
        every = "day" if demand.period == DAY else "week"
        reason = f"{steep} of 14 peaks were {peak_ratio:g} times the hour before and come back every {every}"
        return failed(f"{reason}, but nothing prepares {late[0].name} for them")
    return passed(f"what is behind it is prepared for the {steep} steep peaks of 14 days")


_ASG, _TRIGGER = "aws:autoscaling:asg", "aws:autoscaling:trigger"


@check(severity=Severity.MEDIUM, practices=["REL10-BP01", "REL06-BP01"])
def elasticbeanstalk_environment_load_balanced(
    environment: BeanstalkEnvironment,
    options: BeanstalkOptions,
    tags: Tags,
    *,
    scale_out_cpu: float = 65,
    scale_in_cpu: float = 35,
) -> Verdict:
    """Elastic Beanstalk web environments are load balanced with enhanced health.

    Why: a single instance is down while it is replaced or updated, and the default trigger, on bytes sent, adds
        instances for downloads and not for load.
    Fix: set EnvironmentType to LoadBalanced with MinSize 2 or more in three zones, MeasureName to CPUUtilization,
        SystemType to enhanced, and turn managed updates on. Thresholds are percentages of CPU.
    """
    if not environment.is_web_server or environment.status != "Ready":
        return not_applicable("it is a worker, or it is just being changed")
    if reason := _for_trials(tags):
        return not_applicable(reason)
    if options.value("aws:elasticbeanstalk:environment", "EnvironmentType") == "SingleInstance":
        is_production = environment_of(tags, environment.environment) == PRODUCTION
        return failed("it runs on a single instance", severity=Severity.HIGH if is_production else None)
    faults = [*_beanstalk_capacity(options), *_beanstalk_trigger(options, scale_out_cpu, scale_in_cpu)]
    if environment.health_status is None:
        faults.append("its health reporting is basic")
    if options.value("aws:elasticbeanstalk:managedactions", "ManagedActionsEnabled") != "true":
        minor = "managed platform updates are off"
        return failed("; ".join([*faults, minor]), severity=None if faults else Severity.LOW, faults=[*faults, minor])
    if faults:
        return failed("; ".join(faults), faults=faults)
    return passed("it is load balanced, scales on CPU, reports enhanced health and updates itself")


def _beanstalk_capacity(options: BeanstalkOptions) -> Iterator[str]:
    least = options.number(_ASG, "MinSize")
    if least is not None and least < _ENOUGH_TO_FAIL_OVER:
        yield f"its minimum size is {least:.0f}"
    zones = options.value(_ASG, "Availability Zones")
    if zones in ("Any 1", "Any 2") and not options.value("aws:ec2:vpc", "Subnets"):
        yield f"it may stand in as few zones as {zones.removeprefix('Any ')}"


def _beanstalk_trigger(options: BeanstalkOptions, scale_out_cpu: float, scale_in_cpu: float) -> Iterator[str]:
    measure = options.value(_TRIGGER, "MeasureName")
    upper, lower = options.number(_TRIGGER, "UpperThreshold"), options.number(_TRIGGER, "LowerThreshold")
    if measure is not None and measure != "CPUUtilization":
        yield f"it scales on {measure}, which does not follow the load of its processors"
    elif upper is not None and upper > scale_out_cpu:
        yield f"it adds instances only above {upper:g} % CPU"
    elif lower is not None and lower > scale_in_cpu:
        yield f"it removes instances already below {lower:g} % CPU"
