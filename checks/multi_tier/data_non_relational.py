"""Data tier (non-relational)."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.application_autoscaling import ScalableTarget, ScalingPolicy, scaled_key
from auditor.evidence.dynamodb import Table, TimeToLive
from auditor.evidence.lambda_ import EventSourceMapping, Function
from auditor.evidence.purpose import own_words, sessions
from auditor.evidence.sqs import Queue
from auditor.inference.alarms import ActingAlarms
from auditor.inference.tier_labels import use_evidence
from auditor.inference.tiers import Tiers
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
        return failed("it has no dead-letter queue")
    dead = next(iter(queues.by(_ARN, queue.region).get(queue.dead_letter_queue, ())), None)
    if dead is None:
        return failed(f"its dead-letter queue {queue.dead_letter_queue} does not exist")
    reasons = [*_redrive_faults(queue, dead, alarms, min_receive, max_receive), *_hidden(queue, mappings, functions)]
    if reasons:
        return failed("; ".join(reasons), reasons=reasons)
    return passed(f"after {queue.maximum_receives} tries a message goes to {dead.queue_name}")


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
