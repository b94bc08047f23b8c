import json
from typing import Any

import networks as net
import threetier as three
from stores import expiry, table

from auditor.evidence.application_autoscaling import ScalableTarget, ScalingPolicy
from auditor.evidence.autoscaling import ScalingPolicy as GroupPolicy
from auditor.evidence.cloudtrail import Trail
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.dynamodb import TableEntry
from auditor.evidence.ec2_network import VpcEndpoint
from auditor.evidence.ecs import TaskDefinition
from auditor.evidence.elb import ClassicAttributes, ClassicLoadBalancer
from auditor.evidence.elbv2 import LoadBalancerAttributes, TargetHealth
from auditor.evidence.iam import Role
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.lambda_ import EventInvokeConfig, EventSourceMapping, Function
from auditor.evidence.s3 import (
    AccountPublicAccessBlock,
    BucketLifecycle,
    BucketPolicyStatus,
    BucketPublicAccessBlock,
    BucketVersioning,
    ObjectLock,
)
from auditor.evidence.sqs import Queue, QueueEntry
from auditor.inference.access_logs import AccessLogs
from auditor.inference.alarms import ActingAlarms
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    REGION,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

NONE = Metric()
ON_DEMAND = table(BillingModeSummary={"BillingMode": "PAY_PER_REQUEST"})
HOUR = 3600.0
STEADY = Metric((100 * HOUR,) * 336)
SPIKY = Metric(((10 * HOUR,) * 23 + (900 * HOUR,)) * 14)
NIGHTLY = Metric((100 * HOUR,) * 112)
SMALL = Metric((2 * HOUR,) * 336)

test_dynamodb_billing_mode_fits_traffic = cases(
    "dynamodb_billing_mode_fits_traffic",
    case("provisioned and steady", PASS, table(), STEADY, STEADY, ACCOUNT, because="100.0 units a second"),
    case("provisioned and erratic", FAIL, table(), SPIKY, STEADY, ACCOUNT, because="its reads are erratic"),
    case("provisioned and mostly idle", FAIL, table(), NIGHTLY, STEADY, ACCOUNT, because="reads are erratic"),
    case("a small part is erratic", PASS, table(), STEADY, Metric((50 * HOUR,) * 9), ACCOUNT),
    case("on demand and steady", FAIL, ON_DEMAND, STEADY, STEADY, ACCOUNT, because="on demand, but"),
    case("on demand and erratic", PASS, ON_DEMAND, SPIKY, SPIKY, ACCOUNT),
    case("on demand, writes small", PASS, ON_DEMAND, STEADY, SMALL, ACCOUNT),
    case("small", NOT_APPLICABLE, table(), SMALL, SMALL, ACCOUNT, because="less than 20"),
    case("unused", NOT_APPLICABLE, table(), NONE, NONE, ACCOUNT),
    case("new", NOT_APPLICABLE, table(CreationDateTime=ago(days=3)), STEADY, STEADY, ACCOUNT),
    case("ten days old", PASS, table(CreationDateTime=ago(days=10)), Metric(STEADY.values[:240]), NONE, ACCOUNT),
)


def dimension(name: str, kind: str) -> dict[str, Any]:
    what = "index" if "/index/" in name else "table"
    return {
        "ServiceNamespace": "dynamodb",
        "ResourceId": f"table/{name}",
        "ScalableDimension": f"dynamodb:{what}:{kind}CapacityUnits",
    }


def targets(*names: str, kinds: tuple[str, ...] = ("Read", "Write"), most: int = 100) -> Any:
    limits = {"MinCapacity": 5, "MaxCapacity": most}
    raw = [dimension(name, kind) | limits for name in names for kind in kinds]
    return every(*_listed(ScalableTarget, DescribeScalableTargets=lambda asked: {"ScalableTargets": _of(asked, raw)}))


def policies(*names: str, kind: str = "TargetTrackingScaling", value: float = 70) -> Any:
    tracking = {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": value}}
    common = {"PolicyARN": "arn:aws:autoscaling:eu-west-1:123456789012:scalingPolicy:1", "PolicyType": kind} | tracking
    raw = [dimension(name, way) | common for name in names for way in ("Read", "Write")]
    return every(*_listed(ScalingPolicy, DescribeScalingPolicies=lambda asked: {"ScalingPolicies": _of(asked, raw)}))


def _of(asked: Any, raw: list[Any]) -> list[Any]:
    return [one for one in raw if one["ServiceNamespace"] == asked["ServiceNamespace"]]


def _listed(kind: type, **answers: Any) -> Any:
    return gathered(kind, REGION, **answers)


INDEXED = table(GlobalSecondaryIndexes=[{"IndexName": "by-date"}])
BOTH = ("orders", "orders/index/by-date")
DENIED = every(gaps=(gap("application-autoscaling:DescribeScalableTargets"),))

test_dynamodb_provisioned_table_auto_scaled = cases(
    "dynamodb_provisioned_table_auto_scaled",
    case("scales", PASS, table(), targets("orders"), policies("orders")),
    case("scales with its index", PASS, INDEXED, targets(*BOTH), policies(*BOTH), because="1 indexes"),
    case(
        "without its index",
        FAIL,
        INDEXED,
        targets("orders"),
        policies("orders"),
        because="reads of orders/index/by-date",
    ),
    case(
        "reads only", FAIL, table(), targets("orders", kinds=("Read",)), policies("orders"), because="writes of orders"
    ),
    case("nothing", FAIL, table(), targets(), policies(), because="no scalable target"),
    case("by steps", FAIL, table(), targets("orders"), policies("orders", kind="StepScaling"), because="tracking"),
    case("no room", FAIL, table(), targets("orders", most=5), policies("orders"), because="may not leave 5"),
    case("aims too high", FAIL, table(), targets("orders"), policies("orders", value=95), because="95 percent"),
    case("on demand", NOT_APPLICABLE, ON_DEMAND, targets(), policies()),
    case("targets denied", UNKNOWN, table(), DENIED, policies("orders")),
    case("policies denied", UNKNOWN, table(), targets("orders"), DENIED),
)

OFTEN, TWICE = Metric((5.0,) * 10), Metric((5.0, 0.0, 5.0))

test_dynamodb_requests_not_throttled = cases(
    "dynamodb_requests_not_throttled",
    case("never", PASS, table(), NONE, NONE, because="nothing"),
    case("twice", PASS, table(), TWICE, NONE, because="reads in 2"),
    case("often", FAIL, table(), NONE, OFTEN, because="writes in 10 of its five-minute spans"),
    case("stricter", FAIL, table(), TWICE, NONE, max_datapoints=1),
)

test_dynamodb_session_table_expires_items = cases(
    "dynamodb_session_table_expires_items",
    case("expire", PASS, table("sessions"), expiry("ENABLED"), {}, because="by until"),
    case("pile up", FAIL, table("sessions"), expiry(), {}, because="5000 items", severity=Severity.MEDIUM),
    case("few", FAIL, table("cart", ItemCount=9), expiry(), {}, severity=Severity.INFORMATIONAL),
    case("by tag", FAIL, table(), expiry(), {"holds": "Tokens"}),
    case("orders", NOT_APPLICABLE, table(), expiry(), {}),
)


ENTRY, DEAD_ENTRY = three.queue(), three.queue("jobs-dead")
WORKER = three.function(Timeout=30)
MAPPING = three.mapping(WORKER, ENTRY.arn)
NOTHING = every()
ON_FAILURE = {"DestinationConfig": {"OnFailure": {"Destination": ENTRY.arn}}}
OF_STREAM = made(
    EventSourceMapping,
    {"UUID": "m-2", "EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s", "State": "Enabled"}
    | {"FunctionArn": WORKER.arn, **ON_FAILURE},
)
INVOKED = every(made(EventInvokeConfig, {"FunctionArn": f"{WORKER.arn}:$LATEST"} | ON_FAILURE, under=WORKER))


def queue(entry: QueueEntry = ENTRY, *, tries: int = 3, dead: str = DEAD_ENTRY.arn, **changes: str) -> Queue:
    raw = {
        "QueueArn": entry.arn,
        "VisibilityTimeout": "180",
        "MessageRetentionPeriod": "345600",
        "ApproximateNumberOfMessages": "0",
    }
    policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": tries})} if dead else {}
    (found,) = gathered(Queue, entry, GetQueueAttributes={"Attributes": raw | policy | changes})
    assert isinstance(found, Queue)
    return found


def dead_letters(messages: int = 0, retention: int = 1209600) -> Queue:
    changes: Any = {"ApproximateNumberOfMessages": str(messages), "MessageRetentionPeriod": str(retention)}
    return queue(DEAD_ENTRY, dead="", **changes)


def alarm_on(name: str) -> ActingAlarms:
    raw = {
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:dead",
        "AlarmName": "dead",
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": name}],
        "ActionsEnabled": True,
        "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"],
    }
    return ActingAlarms(every(made(MetricAlarm, raw)), every())


def redriven(
    of: Queue,
    dead: Queue | None = None,
    *,
    alarms: ActingAlarms | None = None,
    worker: Function = WORKER,
    mapping: EventSourceMapping = MAPPING,
    invocations: Any = NOTHING,
) -> tuple[Any, ...]:
    """The evidence of a queue that a function takes messages from."""
    every_queue = every(of, *([dead] if dead else []))
    silent = alarms or ActingAlarms(every(), every())
    return of, every_queue, every(mapping), every(worker), invocations, silent, USED


USED = three.World(ENTRY, DEAD_ENTRY, WORKER, MAPPING).tiers
UNUSED = three.World(ENTRY).tiers
UNUSED_UNREAD = three.World(ENTRY, gaps={EventSourceMapping: (gap("lambda:ListEventSourceMappings"),)}).tiers
NO_ALARMS = ActingAlarms(every(), every())

test_sqs_tier_dead_letter_queue = cases(
    "sqs_tier_dead_letter_queue",
    case("redriven", PASS, *redriven(queue(), dead_letters()), because="after 3 tries a message goes to jobs-dead"),
    case("without", FAIL, *redriven(queue(dead="")), because="no dead-letter queue"),
    case(
        "of a function",
        NOT_APPLICABLE,
        *redriven(queue(dead=""), worker=three.function(DeadLetterConfig={"TargetArn": ENTRY.arn})),
        because="what work fails on",
    ),
    case(
        "of a stream's consumer",
        NOT_APPLICABLE,
        *redriven(queue(dead=""), mapping=OF_STREAM),
        because="what work fails",
    ),
    case("a destination", NOT_APPLICABLE, *redriven(queue(dead=""), invocations=INVOKED), because="what work fails on"),
    case(
        "destinations not readable",
        UNKNOWN,
        *redriven(queue(dead=""), invocations=every(gaps=(gap("lambda:ListFunctionEventInvokeConfigs"),))),
    ),
    case("deleted", FAIL, *redriven(queue()), because="does not exist"),
    case("one try", FAIL, *redriven(queue(tries=1), dead_letters()), because="after 1 tries, not 2 to 10"),
    case("endless tries", FAIL, *redriven(queue(tries=100), dead_letters()), because="after 100 tries"),
    case("short retention", FAIL, *redriven(queue(), dead_letters(retention=345600)), because="no longer"),
    case("nobody watches", FAIL, *redriven(queue(), dead_letters(7)), because="jobs-dead holds 7 messages"),
    case("watched", PASS, *redriven(queue(), dead_letters(7), alarms=alarm_on("jobs-dead"))),
    case("another is watched", FAIL, *redriven(queue(), dead_letters(7), alarms=alarm_on("jobs"))),
    case(
        "hidden too shortly",
        FAIL,
        *redriven(queue(), dead_letters(), worker=three.function(Timeout=31)),
        because="180 seconds, less than 6 timeouts of work (31 seconds each)",
    ),
    case("a dead-letter queue", NOT_APPLICABLE, dead_letters(), *redriven(queue(), dead_letters())[1:]),
    case("unused", NOT_APPLICABLE, queue(dead=""), *[every()] * 4, NO_ALARMS, UNUSED, because="no workload"),
    case("its use is not readable", UNKNOWN, queue(dead=""), *[every()] * 4, NO_ALARMS, UNUSED_UNREAD),
    case("queues not readable", UNKNOWN, queue(), every(gaps=(gap("sqs:ListQueues"),)), *redriven(queue())[2:]),
)


NONE_AT_ALL = every()
SPANS = 7 * 24 * 12
QUICK, SLOW = Metric((0.2,) * SPANS), Metric((0.2,) * (SPANS - 100) + (9.0,) * 100)
SERVED = three.service(targets=(three.TARGETS.arn,))
WITH_QUEUE = three.world(SERVED, three.definition(SERVED, "", QUEUE=ENTRY.url), ENTRY).tiers
WITH_KAFKA = three.world(three.kafka(), three.KAFKA_GROUP).tiers
UNREAD_KAFKA = three.world(gaps={KafkaCluster: (gap("kafka:ListClustersV2"),)}).tiers
PLAIN = three.world().tiers
BATCH = three.service("nightly", groups=("sg-app",))
WITH_WORKER = three.world(BATCH, three.definition(BATCH)).tiers
UNREAD_ROLES = three.world(gaps={Role: (gap("iam:GetAccountAuthorizationDetails"),)}).tiers
NOBODY = three.world(without=(three.FLEET, *three.MEMBERS)).tiers
UNREAD_TARGETS = three.world(
    without=(three.FLEET, *three.MEMBERS), gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)}
).tiers
CALLS = three.world(net.target_group(three.SHOP, ProtocolVersion="GRPC"), without=(three.TARGETS,)).tiers


def answering(
    responses: Metric, timeouts: Metric = NONE, tiers: Any = PLAIN, balancer: Any = three.SHOP
) -> tuple[Any, ...]:
    return balancer, responses, timeouts, tiers


test_sqs_between_api_and_background_jobs = cases(
    "sqs_between_api_and_background_jobs",
    case("quick", PASS, *answering(QUICK), because="over 5 seconds in 0.0 % of spans"),
    case(
        "slow",
        FAIL,
        *answering(SLOW),
        because="in 5.0 % of spans, and shop uses no queue",
        severity=Severity.MEDIUM,
    ),
    case("slow is fine up to there", PASS, *answering(SLOW), slow_percent=6.0),
    case("slow seconds are fine here", PASS, *answering(SLOW), slow_seconds=10.0),
    case("times out on three days", FAIL, *answering(QUICK, Metric((3.0, 1.0, 0.0, 2.0))), because="on 3 of 7 days"),
    case("times out on two days", PASS, *answering(QUICK, Metric((3.0, 1.0))), because="on 2 of 7 days"),
    case("slow, with a queue", PASS, *answering(SLOW, tiers=WITH_QUEUE), because="uses a queue"),
    case("slow, with Kafka", PASS, *answering(SLOW, tiers=WITH_KAFKA), because="uses a queue, topic or stream"),
    case("slow, and Kafka is not readable", UNKNOWN, *answering(SLOW, tiers=UNREAD_KAFKA)),
    case(
        "a worker on the same database",
        FAIL,
        *answering(QUICK, tiers=WITH_WORKER),
        because="nightly and shop share a database and no queue",
        severity=Severity.LOW,
    ),
    case("what it uses is not readable", UNKNOWN, *answering(SLOW, tiers=UNREAD_ROLES), because="denied"),
    case("allowed to be slow", NOT_APPLICABLE, *answering(SLOW), allowed=("shop",)),
    case("gRPC", NOT_APPLICABLE, *answering(SLOW, tiers=CALLS), because="gRPC"),
    case("no requests", NOT_APPLICABLE, *answering(NONE), because="no requests"),
    case("nothing behind it", NOT_APPLICABLE, *answering(SLOW, tiers=NOBODY)),
    case("what is behind it is not readable", UNKNOWN, *answering(SLOW, tiers=UNREAD_TARGETS)),
    case("TCP", NOT_APPLICABLE, *answering(SLOW, balancer=net.balancer(kind="network"))),
)

RECEIVES = three.allow(ENTRY.arn, "sqs:ReceiveMessage")
WORKERS = three.service("workers")
BY_SERVICE = three.World(ENTRY, WORKERS, three.definition(WORKERS, "work"), three.role("work", RECEIVES)).tiers
CREW = three.asg("crew")
BY_GROUP = three.World(
    ENTRY,
    CREW,
    three.instance("i-7", asg="crew", IamInstanceProfile={"Arn": f"arn:aws:iam::{three.ID}:instance-profile/crew"}),
    three.role("crew", RECEIVES, profile="crew"),
).tiers
TWO_WEEKS = 14 * 24 * 12
PROMPT, LATE = Metric((30.0,) * TWO_WEEKS), Metric((30.0,) * 900 + (1000.0,) * 100)
MOSTLY_EMPTY = Metric((0.0,) * 900 + (30.0,) * 90 + (1000.0,) * 10)
RISING = Metric(tuple(float(span) for span in range(1, 24 * 12 + 1)))
SQS_ALARM = {
    "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:waiting",
    "AlarmName": "waiting",
    "Namespace": "AWS/SQS",
    "MetricName": "ApproximateNumberOfMessagesVisible",
}


def group_policy(**changes: Any) -> GroupPolicy:
    raw = {"PolicyARN": "arn:p", "PolicyName": "grow", "AutoScalingGroupName": "crew", "PolicyType": "StepScaling"}
    return made(GroupPolicy, raw | changes)


def service_policy(**metric: Any) -> Any:
    raw = {
        "PolicyARN": "arn:p",
        "PolicyName": "grow",
        "PolicyType": "TargetTrackingScaling",
        "ServiceNamespace": "ecs",
        "ResourceId": "service/main/workers",
        "ScalableDimension": "ecs:service:DesiredCount",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 10.0, **metric},
    }
    return every(*_listed(ScalingPolicy, DescribeScalingPolicies=lambda asked: {"ScalingPolicies": _of(asked, [raw])}))


def custom(name: str) -> dict[str, Any]:
    return {"CustomizedMetricSpecification": {"MetricName": name, "Namespace": "AWS/SQS"}}


def math(*names: str) -> dict[str, Any]:
    parts: list[dict[str, Any]] = [
        {"Id": f"m{place}", "MetricStat": {"Metric": {"MetricName": name}, "Stat": "Sum"}}
        for place, name in enumerate(names)
    ]
    return {"CustomizedMetricSpecification": {"Metrics": [*parts, {"Id": "e", "Expression": "m0 / m1"}]}}


def worked_off(
    oldest: Metric,
    tiers: Any,
    *,
    groups: Any = (),
    services: Any = NONE_AT_ALL,
    alarms: Any = (),
    of: Queue | None = None,
) -> tuple[Any, ...]:
    judged = of or queue()
    all_queues = every(judged, queue())
    return judged, oldest, all_queues, every(*groups), services, every(*alarms), tiers


STEP = group_policy(Alarms=[{"AlarmName": "waiting"}])
TRACKED = group_policy(
    PolicyType="TargetTrackingScaling",
    TargetTrackingConfiguration=custom("ApproximateNumberOfMessagesVisible") | {"TargetValue": 5.0},
)
BY_MATH = group_policy(
    PolicyType="TargetTrackingScaling",
    TargetTrackingConfiguration={
        "TargetValue": 5.0,
        "CustomizedMetricSpecification": {"Metrics": [{"Id": "e", "Expression": "a / b"}]},
    },
)
BY_CPU = group_policy(
    PolicyType="TargetTrackingScaling",
    TargetTrackingConfiguration={
        "TargetValue": 5.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
    },
)
CPU_ALARM = made(MetricAlarm, SQS_ALARM | {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization"})
WAITING = made(MetricAlarm, SQS_ALARM)
SERVICE_CPU = service_policy(PredefinedMetricSpecification={"PredefinedMetricType": "ECSServiceAverageCPUUtilization"})
DENIED_POLICIES = every(gaps=(gap("application-autoscaling:DescribeScalingPolicies"),))

test_sqs_tier_consumers_scale_on_backlog = cases(
    "sqs_tier_consumers_scale_on_backlog",
    case("a function keeps up", PASS, *worked_off(PROMPT, USED), because="work keeps up"),
    case("a function is late", FAIL, *worked_off(LATE, USED), because="over 900 seconds in 10 % of spans"),
    case("empty spans do not count", FAIL, *worked_off(MOSTLY_EMPTY, USED), because="in 10 % of spans"),
    case("late is fine here", PASS, *worked_off(LATE, USED), late_percent=20.0),
    case("longer is fine here", PASS, *worked_off(LATE, USED), max_age_seconds=3600),
    case("grows older for a day", FAIL, *worked_off(RISING, USED), because="to 288 seconds"),
    case("a group without policies", FAIL, *worked_off(PROMPT, BY_GROUP), because="crew takes its messages"),
    case("a group that scales on CPU", FAIL, *worked_off(PROMPT, BY_GROUP, groups=[BY_CPU])),
    case("a group that scales on an alarm", PASS, *worked_off(PROMPT, BY_GROUP, groups=[STEP], alarms=[WAITING])),
    case("an alarm on CPU", FAIL, *worked_off(PROMPT, BY_GROUP, groups=[STEP], alarms=[CPU_ALARM])),
    case("a group that tracks the backlog", PASS, *worked_off(PROMPT, BY_GROUP, groups=[TRACKED])),
    case("a group that tracks metric math", PASS, *worked_off(PROMPT, BY_GROUP, groups=[BY_MATH])),
    case("a service without policies", FAIL, *worked_off(PROMPT, BY_SERVICE), because="workers takes its messages"),
    case("a service that scales on CPU", FAIL, *worked_off(PROMPT, BY_SERVICE, services=SERVICE_CPU)),
    case(
        "a service that tracks the backlog by task",
        PASS,
        *worked_off(PROMPT, BY_SERVICE, services=service_policy(**math("ApproximateNumberOfMessagesVisible", "Tasks"))),
    ),
    case(
        "a service that tracks a metric of its own",
        PASS,
        *worked_off(PROMPT, BY_SERVICE, services=service_policy(**custom("BacklogPerTask"))),
    ),
    case("an unknown consumer keeps up", PASS, *worked_off(PROMPT, UNUSED), because="an unknown consumer keeps up"),
    case("an unknown consumer is late", FAIL, *worked_off(LATE, UNUSED)),
    case("unused", NOT_APPLICABLE, *worked_off(NONE, UNUSED), because="was empty"),
    case("its use is not readable", UNKNOWN, *worked_off(NONE, UNUSED_UNREAD)),
    case("a dead-letter queue", NOT_APPLICABLE, *worked_off(LATE, USED, of=queue(DEAD_ENTRY, dead="")), because="dead"),
    case("policies not readable", UNKNOWN, *worked_off(PROMPT, BY_SERVICE, services=DENIED_POLICIES)),
)

DOCUMENTS = three.bucket("shop-documents")
UPLOADER = three.service("upload")
STORES_DOCUMENTS = three.allow(f"{DOCUMENTS.arn}/*", "s3:PutObject", "s3:GetObject")
UPLOADS = (
    UPLOADER,
    three.definition(UPLOADER, "upload"),
    three.role("upload", STORES_DOCUMENTS),
    DOCUMENTS,
)
UPLOADING = three.World(*three.NETWORK, *three.GROUPS, *UPLOADS).tiers


def endpoint(service: str = "s3", **changes: Any) -> VpcEndpoint:
    raw = {
        "VpcEndpointId": f"vpce-{service}",
        "VpcId": "vpc-1",
        "VpcEndpointType": "Gateway",
        "ServiceName": f"com.amazonaws.eu-west-1.{service}",
        "State": "Available",
        "RouteTableIds": ["rtb-app"],
    }
    return made(VpcEndpoint, raw | changes)


def within(*endpoints: Any, tiers: Any = UPLOADING, subnets: Any = three.SUBNETS) -> tuple[Any, ...]:
    return net.vpc(), every(*endpoints), every(*subnets), net.routes(*three.TABLES), tiers


INTERFACE: dict[str, Any] = {"VpcEndpointType": "Interface", "RouteTableIds": []}
ISOLATED = three.World(*(one for one in three.NETWORK if one is not three.TABLES[1]), *three.GROUPS, *UPLOADS).tiers
TABLE_USER = three.World(
    *three.NETWORK,
    UPLOADER,
    three.definition(UPLOADER, "", TABLE="orders-table"),
    made(TableEntry, "orders-table"),
).tiers
UNREAD_NEEDS = three.World(
    *three.NETWORK, *UPLOADS[:3], gaps={TaskDefinition: (gap("ecs:DescribeTaskDefinition"),)}
).tiers

test_vpc_tier_gateway_endpoints_for_s3_dynamodb = cases(
    "vpc_tier_gateway_endpoints_for_s3_dynamodb",
    case("an endpoint", PASS, *within(endpoint()), because="all 1 application subnets"),
    case("none", FAIL, *within(), because="upload uses s3, and gateway endpoints lack in subnet-app (s3)"),
    case("for another service", FAIL, *within(endpoint("dynamodb"))),
    case("in another route table", FAIL, *within(endpoint(RouteTableIds=["rtb-web"]))),
    case("of another VPC", FAIL, *within(endpoint(VpcId="vpc-2"))),
    case("not available", FAIL, *within(endpoint(State="Pending"))),
    case("an interface with private names", PASS, *within(endpoint(**INTERFACE, PrivateDnsEnabled=True))),
    case("an interface without private names", FAIL, *within(endpoint(**INTERFACE, PrivateDnsEnabled=False))),
    case("a table", FAIL, *within(endpoint(), tiers=TABLE_USER), because="subnet-app (dynamodb)"),
    case("a table with its endpoint", PASS, *within(endpoint("dynamodb"), tiers=TABLE_USER)),
    case("no way out", NOT_APPLICABLE, *within(tiers=ISOLATED), because="with a way out"),
    case("no use", NOT_APPLICABLE, *within(tiers=PLAIN), because="known to use S3 or DynamoDB"),
    case("its uses are not readable", UNKNOWN, *within(tiers=UNREAD_NEEDS)),
    case("endpoints not readable", UNKNOWN, *within()[:1], DENIED, *within()[2:]),
    case("subnets not readable", UNKNOWN, *within()[:2], DENIED, *within()[3:]),
)

SHUT: dict[str, Any] = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
BLOCKED = made(BucketPublicAccessBlock, SHUT)
OPEN_ACLS = made(BucketPublicAccessBlock, SHUT | {"BlockPublicAcls": False})
ACCOUNT_BLOCKED = made(AccountPublicAccessBlock, SHUT)
VERSIONED, UNVERSIONED = made(BucketVersioning, Status="Enabled"), made(BucketVersioning, {})
LOCKED = made(ObjectLock, {"ObjectLockEnabled": "Enabled"})
CLEARED = made(BucketLifecycle, Rules=[{"Status": "Enabled", "Expiration": {"Days": 400}}])
KEPT_FOREVER = made(BucketLifecycle, Rules=[{"Status": "Disabled", "Expiration": {"Days": 400}}])
PUBLIC = made(BucketPolicyStatus, IsPublic=True)
ACCESS_LOGS = made(
    LoadBalancerAttributes,
    Attributes=[
        {"Key": "access_logs.s3.enabled", "Value": "true"},
        {"Key": "access_logs.s3.bucket", "Value": "shop-documents"},
    ],
    under=three.SHOP,
)
TRAIL = gathered(
    Trail,
    REGION,
    DescribeTrails={
        "trailList": [
            {
                "Name": "all",
                "S3BucketName": "shop-documents",
                "HomeRegion": "eu-west-1",
                "TrailARN": "arn:aws:cloudtrail:eu-west-1:123456789012:trail/all",
                "IsMultiRegionTrail": True,
            }
        ]
    },
)
NO_WRITER = three.World(DOCUMENTS).tiers
UNREAD_WRITERS = three.World(DOCUMENTS, gaps={Role: (gap("iam:GetAccountAuthorizationDetails"),)})
LOGS = AccessLogs(every_of((three.SHOP, ACCESS_LOGS)), NONE_AT_ALL)
UNLOGGED = AccessLogs(NONE_AT_ALL, NONE_AT_ALL)
CLASSIC = made(ClassicLoadBalancer, LoadBalancerName="old")
CLASSIC_LOGS = AccessLogs(
    NONE_AT_ALL,
    every_of((CLASSIC, made(ClassicAttributes, AccessLog={"Enabled": True, "S3BucketName": "shop-documents"}))),
)


def kept(
    *,
    block: Any = BLOCKED,
    account: Any = None,
    status: Any = None,
    versioning: Any = VERSIONED,
    lock: Any = None,
    lifecycle: Any = None,
    logs: Any = UNLOGGED,
    trails: Any = (),
    tiers: Any = UPLOADING,
) -> tuple[Any, ...]:
    return (
        DOCUMENTS, block, account, status, versioning, lock, lifecycle, logs, every(*trails), tiers,
    )  # fmt: skip


test_s3_tier_documents_and_audit_logs_protected = cases(
    "s3_tier_documents_and_audit_logs_protected",
    case("documents", PASS, *kept(), because="upload writes to it; it is private"),
    case("public", FAIL, *kept(status=PUBLIC), because="its policy is public", severity=Severity.HIGH),
    case("open to ACLs", FAIL, *kept(block=OPEN_ACLS), because="off for BlockPublicAcls", severity=Severity.HIGH),
    case("not blocked", FAIL, *kept(block=None), because="off for BlockPublicAcls, BlockPublicPolicy, Ignore"),
    case("blocked for the account", PASS, *kept(block=None, account=ACCOUNT_BLOCKED)),
    case("unversioned", FAIL, *kept(versioning=UNVERSIONED), because="that is overwritten", severity=Severity.MEDIUM),
    case("logs", PASS, *kept(logs=LOGS, lifecycle=CLEARED, tiers=NO_WRITER), because="access logs of a load balancer"),
    case(
        "logs of CloudTrail that stay",
        FAIL,
        *kept(trails=TRAIL, lifecycle=KEPT_FOREVER, tiers=NO_WRITER),
        because="the logs of CloudTrail go to it, but no lifecycle rule",
        severity=Severity.LOW,
    ),
    case(
        "logs that can be overwritten",
        FAIL,
        *kept(logs=LOGS, versioning=UNVERSIONED, lifecycle=CLEARED, tiers=NO_WRITER),
        because="neither Object Lock nor versioning",
        severity=Severity.MEDIUM,
    ),
    case(
        "locked logs", PASS, *kept(logs=LOGS, versioning=UNVERSIONED, lock=LOCKED, lifecycle=CLEARED, tiers=NO_WRITER)
    ),
    case("of no known use", NOT_APPLICABLE, *kept(tiers=NO_WRITER), because="no workload is known to write"),
    case("who writes is not readable", UNKNOWN, *kept(tiers=UNREAD_WRITERS.tiers)),
    case(
        "logs of a Classic Load Balancer",
        PASS,
        *kept(logs=CLASSIC_LOGS, lifecycle=CLEARED, tiers=NO_WRITER),
        because="access logs of a load balancer",
    ),
    case("balancers not readable", UNKNOWN, *kept(logs=AccessLogs(DENIED, NONE_AT_ALL))),
    case("Classic Load Balancers not readable", UNKNOWN, *kept(logs=AccessLogs(NONE_AT_ALL, DENIED))),
    case("trails not readable", UNKNOWN, *kept()[:8], DENIED, UPLOADING),
)
