"""Operational excellence."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from auditor.every import Every
from auditor.evidence.apigateway import RestApi
from auditor.evidence.apigatewayv2 import HttpApi
from auditor.evidence.cloudformation import DriftedResource, Stack
from auditor.evidence.cloudtrail import InsightSelectors, Trail, TrailStatus
from auditor.evidence.cloudwatch import Dashboard, DashboardBody, MetricAlarm
from auditor.evidence.config import AggregationAuthorization, ConfigAggregator, ConfigRecorderStatus
from auditor.evidence.dynamodb import Table
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import EcsService
from auditor.evidence.elasticache import ReplicationGroup
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.lambda_ import Function
from auditor.evidence.purpose import nonproduction
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.s3 import Bucket
from auditor.evidence.sns import Subscription, Topic
from auditor.evidence.ssm import Association, MaintenanceTask, ManagedInstance, PatchState
from auditor.evidence.tagging import TaggedResource
from auditor.inference.alarms import ActingAlarms
from auditor.model import Account, Json, Region, Severity, Verdict, failed, not_applicable, passed
from auditor.typed import Resource, inline_tags
from auditor.wiring import check

_INSIGHTS = ("ApiCallRateInsight", "ApiErrorRateInsight")
_ARN_PARTS = 6


@check(severity=Severity.LOW, practices=["OPS08-BP02", "SEC04-BP03"])
def cloudtrail_insights_missing(
    _account: Account, trails: Every[Trail], statuses: Every[TrailStatus], insights: Every[InsightSelectors]
) -> Verdict:
    """Unusual API activity is detected.

    Why: a burst of calls or of errors is the first sign of a runaway script or a stolen key; nobody reads the log for
        it.
    Fix: enable CloudTrail Insights for the API call rate and the API error rate on a logging trail
        (PutInsightSelectors).
    """
    found: set[str] = set()
    for trail in trails:
        if any(one.is_logging for one in statuses.of(trail)):
            found.update(kind for one in insights.of(trail) for kind in one.kinds)
    missing = [kind for kind in _INSIGHTS if kind not in found]
    if missing:
        return failed(f"no logging trail looks for {' and '.join(missing)}", missing=missing)
    return passed("a logging trail looks for unusual rates of calls and errors")


@check(severity=Severity.LOW, practices=["OPS05-BP03", "SEC04-BP02"])
def config_aggregation_missing(
    account: Account,
    statuses: Every[ConfigRecorderStatus],
    aggregators: Every[ConfigAggregator],
    authorizations: Every[AggregationAuthorization],
) -> Verdict:
    """Configuration and compliance of all Regions come together in one place.

    Why: what is recorded in seventeen places is looked at in one of them.
    Fix: make a configuration aggregator with all regions, of the organization or of this account, or authorize the
        aggregator of the account for security.
    """
    recording = {one.region for one in statuses if one.is_recording}
    if len(recording) < 2:  # noqa: PLR2004 - there is nothing to bring together
        return not_applicable(f"AWS Config records in {len(recording)} regions")
    if any(one.collects(account.id) for one in aggregators.known()):
        return passed("an aggregator collects from all regions")
    others = {one.authorized_account for one in authorizations} - {account.id}
    if others:
        return passed(f"account {min(others)} is authorized to aggregate")
    if any(one.collects(account.id) for one in aggregators):
        return passed("an aggregator collects from all regions")
    return failed(f"AWS Config records in {len(recording)} regions, and nothing aggregates them")


@check(severity=Severity.MEDIUM, practices=["OPS08-BP04", "REL06-BP03"])
def cloudwatch_alarm_without_action(alarm: MetricAlarm, acting: ActingAlarms) -> Verdict:
    """Alarms have actions and the actions are enabled.

    Why: the alarm goes red on a screen that nobody watches at night.
    Fix: add an action that reaches somebody (an SNS topic) or does something, and enable the actions
        (EnableAlarmActions).
    """
    if alarm.is_of_target_tracking:
        return not_applicable("a scaling policy made it and acts on it")
    if acting.includes(alarm):
        return passed("it acts, or a composite alarm acts for it")
    if alarm.actions:
        return failed(f"its {len(alarm.actions)} actions are disabled")
    return failed("it has no action for ALARM, and no composite alarm acts for it")


@check(severity=Severity.HIGH, practices=["OPS08-BP04", "REL06-BP03", "REL11-BP06"])
def cloudwatch_alarm_action_unreachable(
    alarm: MetricAlarm,
    account: Account,
    topics: Every[Topic],
    subscriptions: Every[Subscription],
    functions: Every[Function],
) -> Verdict:
    """Alarm actions reach a person or an automation.

    Why: the alarm is sent to a topic that was deleted, or whose only subscriber never confirmed; it looks healthy and
        reaches nobody.
    Fix: point the alarm to a topic with a confirmed subscription, or confirm or renew the subscription.
    """
    if not alarm.acts:
        return not_applicable("it has no enabled action")
    dead = [reason for action in alarm.actions if (reason := _dead(action, account, topics, subscriptions, functions))]
    if len(dead) == len(alarm.actions):
        return failed(f"every action of it is dead: {', '.join(dead)}")
    return passed(f"{len(alarm.actions) - len(dead)} of {len(alarm.actions)} actions lead somewhere")


def _dead(
    action: str,
    account: Account,
    topics: Every[Topic],
    subscriptions: Every[Subscription],
    functions: Every[Function],
) -> str:
    """Why an action reaches nobody; empty where it does, or where only another account could tell."""
    parts = action.split(":", 5)
    if len(parts) < _ARN_PARTS:
        return ""
    _, _, service, region, owner, name = parts
    if owner != account.id or region not in account.regions:
        return ""
    if service == "sns" and action not in topics.by(_arn_of):
        return f"topic {name} does not exist"
    if service == "sns" and not any(one.is_confirmed for one in subscriptions.by(_topic_of).get(action, ())):
        return f"topic {name} has no confirmed subscription"
    function = ":".join(action.split(":")[:7])
    if service == "lambda" and function not in functions.by(_arn_of):
        return f"function {name} does not exist"
    return ""


def _arn_of(resource: Resource) -> str:
    return resource.arn


def _topic_of(subscription: Subscription) -> str:
    return subscription.topic


@check(severity=Severity.LOW, practices=["OPS08-BP04", "OPS10-BP02"])
def cloudwatch_alarm_stuck(alarm: MetricAlarm, account: Account, *, max_days: int = 7) -> Verdict:
    """Alarms do not stay in ALARM or without data.

    Why: people learn to overlook an alarm that is always red, and one without data will never fire.
    Fix: repair what it watches, correct its threshold or dimensions, or delete it; set TreatMissingData to
        notBreaching where no data is normal.

    `max_days` is how long an alarm may stay so.
    """
    if alarm.is_of_target_tracking and "AlarmLow" in alarm.alarm:
        return not_applicable("it is the scale-in alarm of a scaling policy, which is often in ALARM")
    silent = alarm.state == "INSUFFICIENT_DATA" and alarm.missing_data != "notBreaching"
    if alarm.state != "ALARM" and not silent:
        return passed(f"it is {alarm.state}")
    if alarm.since < account.now - timedelta(days=max_days):
        return failed(f"it has been {alarm.state} since {alarm.since:%Y-%m-%d}")
    return passed(f"it is {alarm.state} since {alarm.since:%Y-%m-%d} only")


_TO_PEOPLE = (":sns:", ":ssm-incidents:", ":ssm:")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@check(severity=Severity.LOW, practices=["OPS10-BP02", "OPS07-BP03"])
def cloudwatch_alarm_without_runbook(
    _account: Account,
    alarms: Every[MetricAlarm],
    *,
    max_missing_percent: int = 30,
    reference_words: tuple[str, ...] = ("runbook", "playbook", "wiki", "confluence", "ssm:", "doc:", "arn"),
) -> Verdict:
    """Alarms tell the responder what to do.

    Why: at night the one who is called needs the first step, not the name of a metric.
    Fix: put the address of the runbook into the description of the alarm.

    `max_missing_percent` is the share of alarms that may do without, and `reference_words` are what counts as a
    reference besides an address.
    """
    calling = [one for one in alarms if one.acts and any(word in to for word in _TO_PEOPLE for to in one.actions)]
    if not calling:
        return not_applicable("no alarm calls people")
    words = [re.compile(rf"\b{re.escape(word)}", re.IGNORECASE) for word in reference_words]
    bare = [one.alarm for one in calling if not _refers(one.description or "", words)]
    reason = f"{len(bare)} of {len(calling)} alarms that call people name no runbook"
    if len(bare) * 100 > max_missing_percent * len(calling):
        return failed(f"{reason}, for example {bare[0]}", missing=len(bare), alarms=len(calling))
    return passed(reason)


def _refers(description: str, words: Iterable[re.Pattern[str]]) -> bool:
    return bool(_ADDRESS.search(description)) or any(word.search(description) for word in words)


@dataclass(frozen=True, slots=True)
class _Watched:
    """A resource whose health shows in signals: of each group one metric is to be watched."""

    name: str
    namespace: str
    signals: tuple[tuple[str, ...], ...]
    dimensions: tuple[Mapping[str, str], ...]
    """Under which of these its metrics stand; one of them is enough."""


_BALANCER_SIGNALS = {
    "application": (
        "AWS/ApplicationELB",
        (("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"), ("UnHealthyHostCount", "TargetResponseTime")),
    ),
    "network": ("AWS/NetworkELB", (("UnHealthyHostCount",),)),
}
_DATABASE = (
    ("FreeStorageSpace", "FreeLocalStorage", "VolumeBytesUsed"),
    ("CPUUtilization", "DBLoad"),
    ("DatabaseConnections",),
)
_API = (("5XXError", "5xx"), ("Latency",))
_TABLE = (("ThrottledRequests", "ReadThrottleEvents", "WriteThrottleEvents", "SystemErrors"),)
_CACHE = (("EngineCPUUtilization", "CPUUtilization"), ("DatabaseMemoryUsagePercentage", "Evictions"))
_SERVICE = (("CPUUtilization", "MemoryUtilization"),)


@check(severity=Severity.MEDIUM, practices=["OPS08-BP04", "REL06-BP01", "REL11-BP01"])
def cloudwatch_critical_resource_without_alarm(
    region: Region,
    acting: ActingAlarms,
    balancers: Every[LoadBalancer],
    rest_apis: Every[RestApi],
    http_apis: Every[HttpApi],
    databases: Every[DbInstance],
    clusters: Every[DbCluster],
    tables: Every[Table],
    caches: Every[ReplicationGroup],
    services: Every[EcsService],
    *,
    min_coverage_percent: int = 80,
) -> Verdict:
    """Entry points and data stores have alarms on their golden signals.

    Why: the first to notice that the database is full or the API answers with errors is the customer.
    Fix: make alarms with actions on errors, latency and saturation of the named resources, one by one or with a
        Metrics Insights query over all of them.

    `min_coverage_percent` is the share of resources that are to have them.
    """
    kinds: tuple[Sequence[Resource], ...] = tuple(
        every.within(region.name)
        for every in (balancers, rest_apis, http_apis, databases, clusters, tables, caches, services)
    )
    watched = [_watched(one) for found in kinds for one in found if not _is_of_nonproduction(one)]
    judged = [one for one in watched if one is not None]
    if not judged:
        return not_applicable("there is no entry point or data store here")
    bare = [one.name for one in judged if not _is_covered(one, region.name, acting)]
    covered = 100 * (len(judged) - len(bare)) // len(judged)
    if covered < min_coverage_percent:
        some = ", ".join(sorted(bare)[:5])
        return failed(f"{len(bare)} of {len(judged)} resources lack alarms, among them {some}", uncovered=sorted(bare))
    return passed(f"{len(judged) - len(bare)} of {len(judged)} resources have alarms")


def _is_of_nonproduction(resource: Resource) -> bool:
    """By the tags that come with the listing; what says nothing counts as production."""
    return inline_tags(type(resource)) and bool(nonproduction(resource.tags))


def _is_covered(one: _Watched, region: str, acting: ActingAlarms) -> bool:
    return all(
        any(acting.watch(region, one.namespace, metric, **where) for metric in metrics for where in one.dimensions)
        for metrics in one.signals
    )


def _watched(resource: Resource) -> _Watched | None:
    """The signals of a resource; None where it has none of its own."""
    match resource:
        case LoadBalancer() if resource.kind in _BALANCER_SIGNALS:
            namespace, signals = _BALANCER_SIGNALS[resource.kind]
            return _Watched(resource.name, namespace, signals, ({"LoadBalancer": _suffix(resource)},))
        case RestApi():
            return _Watched(resource.api_name, "AWS/ApiGateway", _API, ({"ApiName": resource.api_name},))
        case HttpApi() if resource.protocol == "HTTP":
            return _Watched(resource.api_name, "AWS/ApiGateway", _API, ({"ApiId": resource.id},))
        case DbInstance() if not resource.is_cluster_member:
            where = ({"DBInstanceIdentifier": resource.identifier},)
            return _Watched(resource.identifier, "AWS/RDS", _DATABASE, where)
        case DbCluster():
            return _Watched(resource.identifier, _namespace(resource), _DATABASE, tuple(_places(resource)))
        case Table():
            return _Watched(resource.table, "AWS/DynamoDB", _TABLE, ({"TableName": resource.table},))
        case ReplicationGroup():
            nodes = tuple({"CacheClusterId": one} for one in resource.member_clusters)
            return _Watched(resource.group, "AWS/ElastiCache", _CACHE, nodes)
        case EcsService():
            where = ({"ServiceName": resource.service_name, "ClusterName": resource.cluster.rpartition("/")[2]},)
            return _Watched(resource.service_name, "AWS/ECS", _SERVICE, where)
    return None


def _suffix(balancer: LoadBalancer) -> str:
    """`app/name/id`, as CloudWatch names it."""
    return balancer.arn.partition(":loadbalancer/")[2]


def _namespace(cluster: DbCluster) -> str:
    if cluster.is_docdb:
        return "AWS/DocDB"
    return "AWS/Neptune" if cluster.is_neptune else "AWS/RDS"


def _places(cluster: DbCluster) -> Iterator[Mapping[str, str]]:
    yield {"DBClusterIdentifier": cluster.identifier}
    yield from ({"DBInstanceIdentifier": one.instance} for one in cluster.members)


@check(severity=Severity.LOW, practices=["OPS08-BP05", "OPS10-BP06"])
def cloudwatch_dashboard_missing(
    _account: Account,
    dashboards: Every[Dashboard],
    bodies: Every[DashboardBody],
    balancers: Every[LoadBalancer],
    rest_apis: Every[RestApi],
    http_apis: Every[HttpApi],
) -> Verdict:
    """A dashboard shows the production entry points.

    Why: in an incident everybody builds his own graphs, and nobody sees the same picture.
    Fix: make a dashboard with requests, errors, latency and saturation of each load balancer and API.
    """
    words = [
        *(_suffix(one) for one in balancers),
        *(word for one in rest_apis if not _is_of_nonproduction(one) for word in (one.id, one.api_name)),
        *(word for one in http_apis if not _is_of_nonproduction(one) for word in (one.id, one.api_name)),
    ]
    if not words:
        return not_applicable("there is no load balancer or API")
    if any(body.names(word) for body in bodies.known() for word in words):
        return passed("a dashboard names an entry point")
    if not dashboards:
        return failed("there is no dashboard, but there are load balancers or APIs")
    if not any(body.names(word) for body in bodies for word in words):
        return failed(f"none of {len(dashboards)} dashboards names a load balancer or API")
    return passed("a dashboard names an entry point")


_FAILED = ("UPDATE_ROLLBACK_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED", "CREATE_FAILED", "IMPORT_ROLLBACK_FAILED")
_GRACE_DAYS = 7


@check(severity=Severity.MEDIUM, practices=["OPS06-BP04", "REL08-BP05"])
def cloudformation_stack_failed(stack: Stack, account: Account) -> Verdict:
    """Stacks can be updated and production stacks cannot be deleted by mistake.

    Why: a stack in a failed state refuses the urgent fix; one without termination protection goes with a slip of the
        hand, and its resources with it.
    Fix: continue the rollback (ContinueUpdateRollback) or delete the stack, skipping what cannot be repaired; turn on
        termination protection for root stacks of production.
    """
    if stack.status in _FAILED:
        severity = Severity.HIGH if stack.status == _FAILED[0] else Severity.MEDIUM
        return failed(f"it is {stack.status} since {stack.changed:%Y-%m-%d}", severity=severity)
    if stack.status == "ROLLBACK_COMPLETE" and stack.changed < account.now - timedelta(days=_GRACE_DAYS):
        reason = f"its creation was rolled back on {stack.changed:%Y-%m-%d}, and it can only be deleted"
        return failed(reason, severity=Severity.LOW)
    if stack.is_nested or stack.is_of_stack_set or nonproduction(stack.tags):
        return passed(f"it is {stack.status}")
    if not stack.is_termination_protected:
        return failed("it has no termination protection", severity=Severity.LOW)
    return passed(f"it is {stack.status} and protected from termination")


_GRAVE_DRIFT = (
    "AWS::IAM::",
    "AWS::EC2::SecurityGroup",
    "AWS::S3::BucketPolicy",
    "AWS::KMS::Key",
)


@check(severity=Severity.MEDIUM, practices=["OPS05-BP03", "REL08-BP05"])
def cloudformation_stack_drifted(
    stack: Stack, drifted: Every[DriftedResource], account: Account, *, max_check_age_days: int = 30
) -> Verdict:
    """Stacks are checked for drift and have none.

    Why: what was changed by hand is undone by the next deployment, or makes it fail; a rebuild in another region
        lacks it.
    Fix: run DetectStackDrift on a schedule, and bring each difference into the template or undo it.

    `max_check_age_days` is how old the last check for drift may be.
    """
    if stack.is_nested:
        return not_applicable("it is judged with its root stack")
    if not stack.is_settled:
        return not_applicable(f"it is {stack.status}")
    if stack.drift == "DRIFTED":
        grave = [one.logical_id for one in drifted.of(stack) if one.resource_type.startswith(_GRAVE_DRIFT)]
        if grave:
            return failed(f"{', '.join(grave)} drifted from the template", severity=Severity.HIGH)
        return failed(f"{len(drifted.of(stack))} resources drifted from the template")
    if stack.drift_checked is None:
        return failed("it was never checked for drift", severity=Severity.LOW)
    if stack.drift_checked < account.now - timedelta(days=max_check_age_days):
        return failed(f"it was last checked for drift on {stack.drift_checked:%Y-%m-%d}", severity=Severity.LOW)
    return passed(f"it had not drifted on {stack.drift_checked:%Y-%m-%d}")


@check(severity=Severity.LOW, practices=["OPS02-BP01", "COST03-BP02"])
def resource_required_tags_missing(
    _account: Account,
    tagged: Every[TaggedResource],
    instances: Every[Instance],
    databases: Every[DbInstance],
    functions: Every[Function],
    buckets: Every[Bucket],
    *,
    required_tags: tuple[str, ...] = ("owner", "environment", "application", "cost-center"),
    min_coverage_percent: int = 90,
) -> Verdict:
    """Resources carry the required tags, spelled the same way.

    Why: nobody knows whom to call about the resource, who pays for it, or whether it may be deleted.
    Fix: tag by the templates that make the resources, and enforce it with a tag policy of the organization.

    `required_tags` are compared without case and separators; `min_coverage_percent` is the share of resources that
    are to carry all of them.
    """
    known = {one.arn: one.tags for one in tagged}
    inventory: tuple[Every[Resource], ...] = (instances, databases, functions, buckets)  # type: ignore[assignment]
    known |= {one.arn: {} for every in inventory for one in every if one.arn not in known}
    if not known:
        return not_applicable("there is no resource that takes tags")
    wanted = {_plain(name) for name in required_tags}
    spelled: dict[str, set[str]] = defaultdict(set)
    missing: Counter[str] = Counter()
    for tags in known.values():
        for name in tags:
            spelled[_plain(name)].add(name)
        missing.update(lacks := wanted.difference(map(_plain, tags)))
        missing["any"] += bool(lacks)
    lacking = missing.pop("any")
    if (len(known) - lacking) * 100 < min_coverage_percent * len(known):
        worst = ", ".join(f"{name} ({count})" for name, count in sorted(missing.items()))
        return failed(f"{lacking} of {len(known)} resources lack required tags: {worst}", lacking=lacking)
    mixed = [sorted(spelled[name]) for name in sorted(wanted) if len(spelled[name]) > 1]
    if mixed:
        return failed(f"one tag is spelled {' and '.join(mixed[0])}")
    return passed(f"{len(known) - lacking} of {len(known)} resources carry the required tags")


def _plain(name: str) -> str:
    return re.sub(r"[-_\s.:/]", "", name).lower()


@check(severity=Severity.MEDIUM, practices=["SEC06-BP03", "OPS05-BP03"])
def ssm_instance_not_managed(
    instance: Instance, managed: Every[ManagedInstance], account: Account, *, max_offline_hours: int = 24
) -> Verdict:
    """Running instances are managed by Systems Manager.

    Why: what Systems Manager cannot reach is neither patched nor inventoried, and is entered by SSH instead.
    Fix: give the instance profile AmazonSSMManagedInstanceCore (or turn on Default Host Management Configuration),
        and let the agent reach the ssm and ssmmessages endpoints.

    `max_offline_hours` is how long the agent may be silent.
    """
    if not instance.is_running or instance.is_managed:
        return not_applicable("it is no running instance of the account's own")
    if instance.launched > account.now - timedelta(hours=1):
        return not_applicable("it was launched within the last hour")
    known = managed.by(_instance_id).get(instance.id, ())
    if not known:
        return failed("it is not registered with Systems Manager")
    agent = known[0]
    limit = account.now - timedelta(hours=max_offline_hours)
    if not agent.is_online and (agent.last_ping is None or agent.last_ping < limit):
        since = f" since {agent.last_ping:%Y-%m-%d %H:%M}" if agent.last_ping else ""
        return failed(f"its agent is {agent.ping}{since}")
    return passed(f"its agent is {agent.ping}")


def _instance_id(one: ManagedInstance) -> str:
    return one.instance_id


_REBOOT_DAYS = 7


@check(severity=Severity.HIGH, practices=["OPS05-BP05", "SEC06-BP01"])
def ssm_patch_state_noncompliant(
    machine: ManagedInstance, patches: PatchState | None, account: Account, *, max_scan_age_days: int = 14
) -> Verdict:
    """Managed instances are scanned and patched.

    Why: most intrusions use holes for which a patch has been out for weeks.
    Fix: run AWS-RunPatchBaseline with Install by a patch policy or a maintenance window, and reboot where patches
        wait for it.

    `max_scan_age_days` is how old the last scan may be.
    """
    if patches is None:
        return failed("it was never scanned for patches", severity=Severity.MEDIUM)
    counts: Mapping[str, Json] = {"critical": patches.critical, "security": patches.security, "failed": patches.failed}
    open_ = [f"{count} {kind}" for kind, count in counts.items() if count]
    if open_:
        return failed(f"{', '.join(open_)} patches are missing", counts=counts)
    if patches.ended < account.now - timedelta(days=max_scan_age_days):
        return failed(f"it was last scanned for patches on {patches.ended:%Y-%m-%d}", severity=Severity.MEDIUM)
    if patches.pending_reboot and patches.ended < account.now - timedelta(days=_REBOOT_DAYS):
        reason = f"{patches.pending_reboot} patches wait for a reboot since {patches.ended:%Y-%m-%d}"
        return failed(reason, severity=Severity.MEDIUM)
    if machine.association_status == "Failed":
        return failed("an association of State Manager failed on it", severity=Severity.LOW)
    return passed(f"no patch was missing on {patches.ended:%Y-%m-%d}")


_PATCHING = ("AWS-RunPatchBaseline", "AWS-RunPatchBaselineAssociation", "AWS-RunPatchBaselineWithHooks")
_INVENTORY = "AWS-GatherSoftwareInventory"


@check(severity=Severity.MEDIUM, practices=["OPS05-BP05", "OPS05-BP03"])
def ssm_patching_and_inventory_not_scheduled(
    region: Region,
    managed: Every[ManagedInstance],
    instances: Every[Instance],
    associations: Every[Association],
    tasks: Every[MaintenanceTask],
) -> Verdict:
    """Patching and inventory run on a schedule.

    Why: patches that somebody installs by hand are installed after the audit, not after the disclosure.
    Fix: make a patch policy in Quick Setup, or a scheduled association or maintenance window with
        AWS-RunPatchBaseline; schedule AWS-GatherSoftwareInventory too.
    """
    grouped = {one.id for one in instances.within(region.name) if one.auto_scaling_group}
    machines = [one for one in managed.within(region.name) if one.instance_id not in grouped]
    if not machines:
        return not_applicable("no managed instance outside Auto Scaling groups is here")
    scheduled = [one for one in associations.within(region.name) if one.schedule]
    patched = any(one.document.endswith(_PATCHING) for one in scheduled)
    if not patched and not any(one.runs.endswith(_PATCHING) for one in tasks.within(region.name)):
        return failed(f"nothing patches {len(machines)} managed instances on a schedule")
    if not any(one.document.endswith(_INVENTORY) for one in scheduled):
        return failed(f"nothing takes inventory of {len(machines)} managed instances", severity=Severity.LOW)
    return passed("patching and inventory are scheduled")
