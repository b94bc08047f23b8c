"""Data tier (non-relational)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, pairwise, product
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.application_autoscaling import ScalableTarget, ScalingPolicy, scaled_key
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.autoscaling import ScalingPolicy as GroupPolicy
from auditor.evidence.cloudtrail import Trail
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.dynamodb import Table, TimeToLive
from auditor.evidence.ec2_network import Subnet, Vpc, VpcEndpoint
from auditor.evidence.ecs import EcsService
from auditor.evidence.elbv2 import LoadBalancer, TargetGroup
from auditor.evidence.lambda_ import EventInvokeConfig, EventSourceMapping, Function
from auditor.evidence.purpose import own_words, sessions
from auditor.evidence.s3 import (
    AccountPublicAccessBlock,
    Bucket,
    BucketLifecycle,
    BucketPolicyStatus,
    BucketPublicAccessBlock,
    BucketVersioning,
    ObjectLock,
)
from auditor.evidence.sqs import Queue
from auditor.inference.access_logs import AccessLogs
from auditor.inference.alarms import ActingAlarms
from auditor.inference.graph import Node
from auditor.inference.network import Routes
from auditor.inference.tier_labels import USERS, Tier, use_evidence
from auditor.inference.tiers import BEHIND, Tiers
from auditor.inference.topology import COMPUTE, MESSAGING, Tie
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import Tags, check

ReadUnits = Annotated[
    Metric, metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", "Sum", days=14, period=3600, TableName="table")
]
WriteUnits = Annotated[
    Metric, metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", days=14, period=3600, TableName="table")
]
ReadThrottles = Annotated[
    Metric, metric("AWS/DynamoDB", "ReadThrottleEvents", "Sum", days=14, period=300, TableName="table")
]
WriteThrottles = Annotated[
    Metric, metric("AWS/DynamoDB", "WriteThrottleEvents", "Sum", days=14, period=300, TableName="table")
]

_HOURS = 14 * 24
_SECONDS = 3600
_STEADY_PEAK = 2.0
_IDLE_SHARE = 0.3
_FEW_ITEMS = 1000


class _Shape:
    """How the traffic of a table goes up and down, by the hour."""

    def __init__(self, consumed: Metric, hours: int) -> None:
        units = [value / _SECONDS for value in consumed.values][-hours:]
        units += [0.0] * (hours - len(units))
        self.mean = sum(units) / hours
        deviation = (sum((one - self.mean) ** 2 for one in units) / hours) ** 0.5
        self.variation = deviation / self.mean if self.mean else 0.0
        self.peak = Metric(tuple(units)).percentile(99) / self.mean if self.mean else 0.0
        self.idle = sum(one < self.mean / 100 for one in units) / hours

    def __str__(self) -> str:
        return f"{self.mean:.1f} units a second on average, {self.peak:.1f} times that at the peak"


@check(severity=Severity.MEDIUM, practices=["COST06-BP02", "COST07-BP01", "PERF03-BP02"])
def dynamodb_billing_mode_fits_traffic(
    table: Table,
    reads: ReadUnits,
    writes: WriteUnits,
    account: Account,
    *,
    max_cv: float = 1.0,
    max_peak: float = 4.0,
    min_cv: float = 0.3,
    min_units: int = 20,
) -> Verdict:
    """DynamoDB billing mode fits the observed traffic.

    Why: provisioned capacity for erratic traffic is paid for while idle and too small at the peak; steady traffic on
        demand costs several times what provisioned capacity would.
    Fix: switch BillingMode (UpdateTable) to PAY_PER_REQUEST for erratic traffic, to PROVISIONED with auto scaling for
        steady traffic.
    """
    hours = min(_HOURS, int((account.now - table.created) / timedelta(hours=1)))
    if hours < _HOURS / 2:
        return not_applicable("the table is younger than seven days")
    shapes = {"reads": _Shape(reads, hours), "writes": _Shape(writes, hours)}
    large = {word: shape for word, shape in shapes.items() if shape.mean >= min_units}
    if not large:
        return not_applicable(f"it takes less than {min_units} units a second of either kind")
    text = "; ".join(f"{word}: {shape}" for word, shape in shapes.items())
    if table.is_provisioned:
        erratic = [w for w, s in large.items() if s.variation > max_cv or s.peak > max_peak or s.idle > _IDLE_SHARE]
        if erratic:
            return failed(f"it is PROVISIONED, but its {' and '.join(erratic)} are erratic ({text})")
        return passed(f"it is PROVISIONED, and its traffic is even ({text})")
    steady = [word for word, shape in large.items() if shape.variation < min_cv and shape.peak < _STEADY_PEAK]
    if len(steady) == len(shapes):
        return failed(f"it is on demand, but its traffic is steady ({text})")
    return passed(f"it is on demand, and its traffic varies or is small ({text})")


@check(severity=Severity.MEDIUM, practices=["PERF02-BP05", "REL07-BP01", "COST09-BP03"])
def dynamodb_provisioned_table_auto_scaled(
    table: Table, targets: Every[ScalableTarget], policies: Every[ScalingPolicy]
) -> Verdict:
    """Provisioned DynamoDB tables and indexes scale automatically.

    Why: fixed capacity throttles at the peak and is paid for at night; an index that cannot follow throttles the
        writes of the whole table.
    Fix: register a scalable target with a target tracking policy of about 70 percent for reads and writes of the table
        and of each global secondary index, or switch the table to on demand.
    """
    if not table.is_provisioned:
        return not_applicable("it is on demand")
    names = [f"table/{table.table}", *(f"table/{table.table}/index/{one.index}" for one in table.indexes)]
    gaps = [
        text
        for name, kind in product(names, ("Read", "Write"))
        if (text := _unscaled(table, name, kind, targets, policies))
    ]
    if gaps:
        return failed("; ".join(gaps[:4]) + (f" and {len(gaps) - 4} more" if len(gaps) > 4 else ""))  # noqa: PLR2004 - a line's worth
    return passed(f"the table and its {len(table.indexes)} indexes scale by target tracking")


def _unscaled(
    table: Table, name: str, kind: str, targets: Every[ScalableTarget], policies: Every[ScalingPolicy]
) -> str:
    """Why reads or writes of a table or index do not scale; empty where they do."""
    dimension = f"dynamodb:{'index' if '/index/' in name else 'table'}:{kind}CapacityUnits"
    key = (table.region, name, dimension)
    what = f"{kind.lower()}s of {name.removeprefix('table/')}"
    target = next(iter(targets.by(scaled_key).get(key, ())), None)
    if target is None:
        return f"{what} have no scalable target"
    tracking = [one for one in policies.by(scaled_key).get(key, ()) if one.tracks_target]
    if not tracking:
        return f"{what} have no target tracking policy"
    if target.minimum == target.maximum:
        return f"{what} may not leave {target.minimum} units"
    value = tracking[0].target_value
    return f"{what} aim at {value:.0f} percent" if value is not None and not 20 <= value <= 90 else ""  # noqa: PLR2004


@check(severity=Severity.MEDIUM, practices=["PERF03-BP03", "REL06-BP01"])
def dynamodb_requests_not_throttled(
    table: Table, reads: ReadThrottles, writes: WriteThrottles, *, max_datapoints: int = 3
) -> Verdict:
    """DynamoDB requests are not throttled.

    Why: throttled requests are retried by the SDK until they fail, and the user waits meanwhile.
    Fix: raise the capacity or its auto scaling maximum, switch to on demand, or spread a hot partition key; indexes
        need as much as the table.
    """
    counts = {
        word: sum(value > 0 for value in throttles.values) for word, throttles in (("reads", reads), ("writes", writes))
    }
    text = ", ".join(f"{word} in {count} of its five-minute spans" for word, count in counts.items() if count)
    if any(count > max_datapoints for count in counts.values()):
        return failed(f"DynamoDB throttled {text} in 14 days (the table is {table.billing_mode})", spans=counts)
    return passed(f"DynamoDB throttled {text} in 14 days" if text else "DynamoDB throttled nothing in 14 days")


@check(severity=Severity.MEDIUM, practices=["COST06-BP02", "SEC07-BP04", "SUS04-BP03"])
def dynamodb_session_table_expires_items(table: Table, expiry: TimeToLive, tags: Tags) -> Verdict:
    """Session tables expire their items.

    Why: sessions that are never deleted pile up, cost storage, and stay usable for whoever finds one.
    Fix: write the time of expiry into an attribute of each item, and name it in UpdateTimeToLive.
    """
    if not sessions(table.table, *own_words(tags)):
        return not_applicable("nothing says that it holds sessions")
    if expiry.enabled:
        return passed(f"its items expire by {expiry.attribute}")
    if table.item_count < _FEW_ITEMS:
        return failed(f"its {table.item_count} items never expire", severity=Severity.INFORMATIONAL)
    return failed(f"its {table.item_count} items never expire", items=table.item_count)


_DEAD, _SOURCE, _ARN = attrgetter("dead_letter_queue"), attrgetter("source"), attrgetter("arn")
_TIMEOUTS = 6
"""How many timeouts of a function a message should stay hidden (Lambda developer guide)."""
_USED_BY = tuple(
    dict.fromkeys(kind for name in ("function", "ecs_service", "auto_scaling_group") for kind in use_evidence(name))
)


@check(severity=Severity.MEDIUM, practices=["REL05-BP03", "OPS08-BP04"])
def sqs_tier_dead_letter_queue(
    queue: Queue,
    queues: Every[Queue],
    mappings: Every[EventSourceMapping],
    functions: Every[Function],
    invocations: Every[EventInvokeConfig],
    alarms: ActingAlarms,
    tiers: Tiers,
    *,
    min_receive: int = 2,
    max_receive: int = 10,
) -> Verdict:
    """Work queues have a dead-letter queue that somebody watches.

    Why: a message that cannot be processed is tried again until it expires, and the work that it asked for is lost
        without a trace.
    Fix: set a RedrivePolicy with maxReceiveCount from 2 to 10, keep dead letters longer than the source keeps messages,
        put an alarm with an action on ApproximateNumberOfMessagesVisible of the dead-letter queue, and hide messages
        for 6 timeouts of the function.
    """
    if queues.by(_DEAD, queue.region).get(queue.arn):
        return not_applicable("it is a dead-letter queue itself")
    node = tiers.node(queue)
    if node is None or not (tiers.topology.users(node) or any(tiers.topology.out_of(node, "event"))):
        tiers.topology.gaps.none_of(_USED_BY, queue.region)
        return not_applicable("no workload is known to use it")
    if queue.dead_letter_queue is None or queue.maximum_receives is None:
        if source := _fails_to(queue, mappings, functions, invocations):
            return not_applicable(f"it takes what {source} fails on, which is what a dead-letter queue is for")
        return failed("it has no dead-letter queue")
    dead = next(iter(queues.by(_ARN, queue.region).get(queue.dead_letter_queue, ())), None)
    if dead is None:
        return failed(f"its dead-letter queue {queue.dead_letter_queue} does not exist")
    reasons = [*_redrive_faults(queue, dead, alarms, min_receive, max_receive), *_hidden(queue, mappings, functions)]
    if reasons:
        return failed("; ".join(reasons), reasons=reasons)
    return passed(f"after {queue.maximum_receives} tries a message goes to {dead.queue_name}")


def _fails_to(
    queue: Queue, mappings: Every[EventSourceMapping], functions: Every[Function], invocations: Every[EventInvokeConfig]
) -> str:
    """A function whose failed events go to a queue; empty where there is none."""
    direct = (one.name for one in functions.within(queue.region) if one.dead_letter_target == queue.arn)
    polled = (one.function for one in mappings.within(queue.region) if one.on_failure == queue.arn)
    configured = (
        one.enclosing(Function).name for one in invocations.within(queue.region) if one.on_failure == queue.arn
    )
    return next(chain(direct, polled, configured), "").rpartition(":")[2]


def _redrive_faults(queue: Queue, dead: Queue, alarms: ActingAlarms, least: int, most: int) -> Iterator[str]:
    tries = queue.maximum_receives
    if tries is not None and not least <= tries <= most:
        yield f"a message is dead after {tries} tries, not {least} to {most}"
    if dead.retention_seconds <= queue.retention_seconds:
        yield f"{dead.queue_name} keeps messages no longer than the queue ({dead.retention_seconds} seconds)"
    watched = "AWS/SQS", "ApproximateNumberOfMessagesVisible"
    if dead.messages and not alarms.watch(queue.region, *watched, QueueName=dead.queue_name):
        yield f"{dead.queue_name} holds {dead.messages} messages, and no alarm that acts watches it"


def _hidden(queue: Queue, mappings: Every[EventSourceMapping], functions: Every[Function]) -> Iterator[str]:
    """The functions that may still work on a message when the queue shows it again."""
    for mapping in mappings.by(_SOURCE, queue.region).get(queue.arn, ()):
        for one in functions.by(_ARN, queue.region).get(mapping.function, ()) if mapping.is_enabled else ():
            if queue.visibility_seconds < _TIMEOUTS * one.timeout:
                text = f"it hides a message for {queue.visibility_seconds} seconds, less than {_TIMEOUTS} timeouts"
                yield f"{text} of {one.name} ({one.timeout} seconds each)"


SlowResponses = Annotated[
    Metric, metric("AWS/ApplicationELB", "TargetResponseTime", "p99", days=7, period=300, LoadBalancer="dimension")
]
Timeouts = Annotated[
    Metric, metric("AWS/ApplicationELB", "HTTPCode_ELB_504_Count", "Sum", days=7, LoadBalancer="dimension")
]
_TIMEOUT_DAYS = 3
_STREAMING = ("GRPC",)


@check(severity=Severity.MEDIUM, practices=["REL04-BP02", "REL05-BP04", "SUS02-BP06"])
def sqs_between_api_and_background_jobs(
    balancer: LoadBalancer,
    responses: SlowResponses,
    timeouts: Timeouts,
    tiers: Tiers,
    *,
    slow_seconds: float = 5,
    slow_percent: float = 1,
    allowed: tuple[str, ...] = (),
) -> Verdict:
    """Long-running work is decoupled from synchronous paths by a queue.

    Why: a request that does the work itself holds a connection and a thread until it is done, and loses the work when
        it times out.
    Fix: take the request, put the work into an SQS queue and answer 202; let workers of their own take it from there.
        Thresholds: `slow_seconds` that the slowest percent of requests take in more than `slow_percent` of the five
        minute spans of a week; `allowed` names load balancers of downloads, WebSockets or long polling.
    """
    groups = [one.resource for one in tiers.target_groups(balancer)]
    if not balancer.is_application or balancer.load_balancer_name in allowed:
        return not_applicable("it is no application load balancer, or the profile allows it to be slow")
    if any(isinstance(one, TargetGroup) and one.protocol_version in _STREAMING for one in groups):
        return not_applicable("its targets speak gRPC, whose calls may last")
    behind = [one for one in tiers.behind(balancer) if one.kind in COMPUTE]
    if not behind or not responses:
        tiers.topology.gaps.none_of(BEHIND, balancer.region)
        return not_applicable("nothing behind it computes, or it had no requests in 7 days")
    slow = 100 * sum(value > slow_seconds for value in responses.values) / len(responses.values)
    days = sum(value > 0 for value in timeouts.values)
    text = f"the slowest percent of requests took over {slow_seconds:g} seconds in {slow:.1f} % of spans"
    text += f", and requests timed out on {days} of 7 days" if days else ""
    if any(_decouples(one, tiers) for one in behind):
        return passed(f"what is behind it uses a queue, topic or stream; {text}")
    for one in behind:
        tiers.topology.gaps.none_of(use_evidence(one.kind), balancer.region)
    if slow > slow_percent or days >= _TIMEOUT_DAYS:
        return failed(f"{text}, and {behind[0].name} uses no queue, topic or stream", slow_percent=round(slow, 1))
    if workers := _workers_on_its_databases(behind, tiers):
        reason = f"{workers[0].name} and {behind[0].name} share a database and no queue: the database serves as one"
        return failed(reason, severity=Severity.LOW)
    return passed(text)


def _decouples(node: Node, tiers: Tiers) -> bool:
    return any(tie.node.kind in MESSAGING for tie in tiers.topology.uses(node))


def _workers_on_its_databases(behind: list[Node], tiers: Tiers) -> list[Node]:
    """What computes without requests or messages on the databases of what serves requests."""
    topology = tiers.topology
    stores = {tie.node.id: tie.node for one in behind for tie in topology.uses(one) if tie.node.kind == "database"}
    users = {tie.node.id: tie.node for store in stores.values() for tie in topology.users(store)}
    aside = (one for one in users.values() if one.kind in COMPUTE and not topology.is_routed(one))
    return [one for one in aside if topology.consumes(one) is None and Tier.APPLICATION in tiers.label(one).tiers]


OldestMessage = Annotated[
    Metric, metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", days=14, period=300, QueueName="queue_name")
]
_BACKLOG = ("ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessages")
_SPANS_AN_HOUR, _HOURS_A_DAY = 12, 24
_ALARM_NAME, _POLICY_GROUP = attrgetter("alarm"), attrgetter("group")
_AnyPolicy = GroupPolicy | ScalingPolicy


@check(severity=Severity.MEDIUM, practices=["PERF02-BP05", "REL07-BP03", "COST09-BP02"])
def sqs_tier_consumers_scale_on_backlog(
    queue: Queue,
    oldest: OldestMessage,
    queues: Every[Queue],
    group_policies: Every[GroupPolicy],
    service_policies: Every[ScalingPolicy],
    alarms: Every[MetricAlarm],
    tiers: Tiers,
    *,
    max_age_seconds: int = 900,
    late_percent: float = 5,
) -> Verdict:
    """Queue consumers scale on backlog and keep up.

    Why: the CPU of a worker says nothing about how much work waits; without scaling on the backlog it piles up in a
        peak, and workers idle at night.
    Fix: track the backlog by instance or task (ApproximateNumberOfMessagesVisible by the number that runs) with a
        target tracking policy, and raise its maximum. Thresholds: `max_age_seconds` that messages may wait, in up to
        `late_percent` of the five minute spans with messages.
    """
    if queues.by(_DEAD, queue.region).get(queue.arn):
        return not_applicable("it is a dead-letter queue, which nobody works off")
    consumers = _consumers(queue, tiers)
    waits = [value for value in oldest.values if value > 0]
    if not consumers:
        tiers.topology.gaps.none_of(_USED_BY, queue.region)
        if not waits:
            return not_applicable("no consumer is known, and it was empty for 14 days")
    late = 100 * sum(value > max_age_seconds for value in waits) / len(waits) if waits else 0.0
    if late > late_percent:
        return failed(
            f"messages waited over {max_age_seconds} seconds in {late:.0f} % of spans of 14 days", late=round(late)
        )
    if _rises(oldest):
        return failed(f"its oldest message has grown older for a day, to {oldest.values[-1]:.0f} seconds")
    blind = [
        one.name
        for one in consumers
        if not any(_sees_backlog(policy, alarms) for policy in _policies(one, group_policies, service_policies))
        and isinstance(one.resource, AutoScalingGroup | EcsService)
    ]
    if blind:
        return failed(f"{', '.join(blind)} takes its messages and does not scale on their backlog", consumers=blind)
    named = ", ".join(one.name for one in consumers) or "an unknown consumer"
    return passed(f"{named} keeps up: messages waited over {max_age_seconds} seconds in {late:.0f} % of spans")


def _consumers(queue: Queue, tiers: Tiers) -> list[Node]:
    """The workloads that are sent its messages, or whose role receives them."""
    node = tiers.node(queue)
    if node is None:
        return []
    pushed = [target for target, _ in tiers.topology.out_of(node, "event")]
    roles = tiers.topology.into(node, "role")
    pulling = [source for source, edges in roles if any("receive" in edge.mode.split(",") for edge in edges)]
    return [one for one in {one.id: one for one in (*pushed, *pulling)}.values() if one.kind in COMPUTE]


def _policies(
    node: Node, group_policies: Every[GroupPolicy], service_policies: Every[ScalingPolicy]
) -> list[_AnyPolicy]:
    one = node.resource
    if isinstance(one, AutoScalingGroup):
        return [*group_policies.by(_POLICY_GROUP, one.region).get(one.group_name, ())]
    if isinstance(one, EcsService):
        key = (one.region, one.scaling_resource, "ecs:service:DesiredCount")
        return [*service_policies.by(scaled_key).get(key, ())]
    return []


def _sees_backlog(policy: _AnyPolicy, alarms: Every[MetricAlarm]) -> bool:
    """By the metric that it tracks or metric math, or by the metric of the alarms that make it act."""
    if isinstance(policy, GroupPolicy):
        tracked = policy.tracks_target and (not policy.tracked_metric or _is_backlog(policy.tracked_metric))
    else:
        tracked = any(map(_is_backlog, policy.metrics))
    named = alarms.by(_ALARM_NAME, policy.region)
    watching = (alarm for name in policy.alarms for alarm in named.get(name, ()))
    return tracked or any(_is_backlog(metric) for alarm in watching for _, metric in alarm.named_metrics)


def _is_backlog(metric_name: str) -> bool:
    """Whether a metric tells how much waits: one of SQS's, or one that an application publishes by such a name."""
    return metric_name in _BACKLOG or "backlog" in metric_name.lower()


def _rises(oldest: Metric) -> bool:
    """Whether the oldest message was older in each hour of the last day than in the hour before."""
    day = oldest.values[-_SPANS_AN_HOUR * _HOURS_A_DAY :]
    hours = [max(day[start : start + _SPANS_AN_HOUR]) for start in range(0, len(day), _SPANS_AN_HOUR)]
    return len(hours) == _HOURS_A_DAY and all(after > before for before, after in pairwise(hours))


_GATEWAY_SERVICES = {"bucket": "s3", "table": "dynamodb"}
"""What is reached through gateway endpoints, by the kind of node."""


@check(severity=Severity.LOW, practices=["COST08-BP03", "SEC05-BP02"])
def vpc_tier_gateway_endpoints_for_s3_dynamodb(
    vpc: Vpc, endpoints: Every[VpcEndpoint], subnets: Every[Subnet], routes: Routes, tiers: Tiers
) -> Verdict:
    """S3 and DynamoDB are reached through gateway endpoints.

    Why: without one, requests to buckets and tables leave the VPC through the NAT gateway, which bills each GiB, and no
        endpoint policy limits to which buckets.
    Fix: create gateway endpoints for com.amazonaws.REGION.s3 and .dynamodb (they cost nothing), and add the route
        tables of all application subnets to them.
    """
    compute = [
        one
        for one in tiers.in_vpc(vpc.id, vpc.region)
        if one.kind in COMPUTE and Tier.APPLICATION in tiers.label(one).tiers
    ]
    needs = {
        (subnet, _GATEWAY_SERVICES[tie.node.kind]): one
        for one in compute
        for tie in tiers.topology.uses(one)
        if tie.node.kind in _GATEWAY_SERVICES
        for subnet in one.subnets
    }
    known = {one.id: one for one in subnets.within(vpc.region)}
    leaving = {key: one for key, one in needs.items() if key[0] in known and tiers.reach(known[key[0]]) != "isolated"}
    if not leaving:
        for one in compute:
            tiers.topology.gaps.none_of(use_evidence(one.kind), vpc.region)
        return not_applicable("no application subnet with a way out is known to use S3 or DynamoDB")
    own = [one for one in endpoints.within(vpc.region) if one.vpc_id == vpc.id and one.is_available]
    missing = {key: one for key, one in leaving.items() if not _is_covered(*key, vpc, own, routes)}
    if not missing:
        return passed(f"all {len({subnet for subnet, _ in leaving})} application subnets that use them have endpoints")
    (_, service), user = next(iter(missing.items()))
    places = ", ".join(sorted({f"{subnet} ({name})" for subnet, name in missing})[:10])
    return failed(f"{user.name} uses {service}, and gateway endpoints lack in {places}")


def _is_covered(subnet: str, service: str, vpc: Vpc, endpoints: list[VpcEndpoint], routes: Routes) -> bool:
    """By a gateway endpoint in its route table, or by an interface endpoint whose private name takes all requests."""
    table = routes.by_ids(subnet, vpc.id, vpc.region)
    return any(
        (one.is_gateway and table is not None and table.id in one.route_table_ids)
        or (one.is_interface and one.private_dns)
        for one in endpoints
        if one.service == service
    )


@check(severity=Severity.MEDIUM, practices=["SEC08-BP04", "REL09-BP01", "SUS04-BP03"])
def s3_tier_documents_and_audit_logs_protected(
    bucket: Bucket,
    block: BucketPublicAccessBlock | None,
    account_block: AccountPublicAccessBlock | None,
    status: BucketPolicyStatus | None,
    versioning: BucketVersioning,
    lock: ObjectLock | None,
    lifecycle: BucketLifecycle | None,
    access_logs: AccessLogs,
    trails: Every[Trail],
    tiers: Tiers,
) -> Verdict:
    """Buckets for documents, uploads, exports and audit logs are private and kept.

    Why: what users upload and what auditors ask for cannot be made again, and is nobody else's to read.
    Fix: turn on all four settings of Block Public Access and versioning; give log buckets Object Lock and a lifecycle
        that moves or expires old objects, and serve downloads from another bucket than uploads go to.
    """
    node = tiers.node(bucket)
    writers = [tie.node.name for tie in tiers.topology.users(node) if _writes(tie)] if node else []
    logs = _log_source(bucket, access_logs, trails)
    if not writers and not logs:
        tiers.topology.gaps.none_of(USERS, bucket.region)
        return not_applicable("no workload is known to write to it, and no audit logs go there")
    use = f"{writers[0]} writes to it" if writers else f"{logs} go to it"
    off = set(block.off if block else _ALL_BLOCKS) & set(account_block.off if account_block else _ALL_BLOCKS)
    faults: list[tuple[Severity, str]] = []
    if status is not None and status.is_public:
        faults.append((Severity.HIGH, "its policy is public"))
    if off:
        faults.append((Severity.HIGH, f"Block Public Access is off for {', '.join(sorted(off))}"))
    if writers and not versioning.enabled:
        faults.append((Severity.MEDIUM, "versioning is off, so that a document that is overwritten is lost"))
    if logs:
        faults += _log_faults(versioning, lock, lifecycle)
    if writers and node and any(source.kind == "distribution" for source, _ in tiers.topology.into(node, "route")):
        faults.append((Severity.LOW, "CloudFront serves from it what is uploaded, without a check between"))
    if not faults:
        return passed(f"{use}; it is private and keeps what it is given")
    worst = max((severity for severity, _ in faults), key=lambda one: one.rank)
    return failed(f"{use}, but {'; '.join(text for _, text in faults)}", severity=worst)


_LOG_BUCKET = attrgetter("log_bucket")
_ALL_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def _writes(tie: Tie) -> bool:
    return tie.node.kind in COMPUTE and any("write" in edge.mode.split(",") for edge in tie.edges)


def _log_source(bucket: Bucket, access_logs: AccessLogs, trails: Every[Trail]) -> str:
    """Which audit logs go to a bucket; empty where none do."""
    if trails.by(_LOG_BUCKET).get(bucket.bucket):
        return "the logs of CloudTrail"
    return "access logs of a load balancer" if access_logs.go_to(bucket) else ""


def _log_faults(
    versioning: BucketVersioning, lock: ObjectLock | None, lifecycle: BucketLifecycle | None
) -> Iterator[tuple[Severity, str]]:
    if lock is None and not versioning.enabled:
        yield Severity.MEDIUM, "neither Object Lock nor versioning keeps logs from being overwritten"
    rules = lifecycle.enabled if lifecycle else ()
    if not any(rule.expires or rule.transitions for rule in rules):
        yield Severity.LOW, "no lifecycle rule moves or expires old logs"
