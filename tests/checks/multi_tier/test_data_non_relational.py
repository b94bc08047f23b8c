import json
from typing import Any

import threetier as three
from stores import expiry, table

from auditor.evidence.application_autoscaling import ScalableTarget, ScalingPolicy
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.lambda_ import EventSourceMapping, Function
from auditor.evidence.sqs import Queue, QueueEntry
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
    of: Queue, dead: Queue | None = None, *, alarms: ActingAlarms | None = None, worker: Function = WORKER
) -> tuple[Any, ...]:
    """The evidence of a queue that a function takes messages from."""
    every_queue = every(of, *([dead] if dead else []))
    silent = alarms or ActingAlarms(every(), every())
    return of, every_queue, every(MAPPING), every(worker), silent, USED


USED = three.World(ENTRY, DEAD_ENTRY, WORKER, MAPPING).tiers
UNUSED = three.World(ENTRY).tiers
UNUSED_UNREAD = three.World(ENTRY, gaps={EventSourceMapping: (gap("lambda:ListEventSourceMappings"),)}).tiers
NO_ALARMS = ActingAlarms(every(), every())

test_sqs_tier_dead_letter_queue = cases(
    "sqs_tier_dead_letter_queue",
    case("redriven", PASS, *redriven(queue(), dead_letters()), because="after 3 tries a message goes to jobs-dead"),
    case("without", FAIL, *redriven(queue(dead="")), because="no dead-letter queue"),
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
    case("unused", NOT_APPLICABLE, queue(dead=""), every(), every(), every(), NO_ALARMS, UNUSED, because="no workload"),
    case("its use is not readable", UNKNOWN, queue(dead=""), every(), every(), every(), NO_ALARMS, UNUSED_UNREAD),
    case("queues not readable", UNKNOWN, queue(), every(gaps=(gap("sqs:ListQueues"),)), *redriven(queue())[2:]),
)
