"""Amazon SQS: queues with their attributes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Region
from auditor.typed import Resource, at, evidence, parent
from auditor.wiring import collector, listed


def _last(url: str) -> str:
    return url.rpartition("/")[2]


def _moment(seconds: str) -> datetime:
    return datetime.fromtimestamp(float(seconds), UTC)


def _redrive(raw: str) -> Mapping[str, Any]:
    found = json.loads(raw)
    return found if isinstance(found, Mapping) else {}


def _dead_letter_target(raw: str) -> str | None:
    return _redrive(raw).get("deadLetterTargetArn")


def _receives(raw: str) -> int | None:
    """SQS sends the number as a number or as text, as it was set."""
    count = _redrive(raw).get("maxReceiveCount")
    return None if count is None else int(count)


def _permission(raw: str) -> str:
    return str(_redrive(raw).get("redrivePermission", "allowAll"))


def _sources(raw: str) -> tuple[str, ...]:
    return tuple(_redrive(raw).get("sourceQueueArns", ()))


@evidence
class QueueEntry(Resource):
    """A queue as ListQueues names it: by its URL."""

    type_name: ClassVar = "AWS::SQS::Queue"
    arn_format: ClassVar = "arn:{partition}:sqs:{region}:{account}:{queue_name}"
    url: str = at("")
    queue_name: str = at("", parse=_last)


queue_entries = listed(QueueEntry, call("sqs", "ListQueues", page=1000), "QueueUrls[]", of=Region)


@evidence
class Queue(Resource):
    """A queue. SQS leaves out what was never set: a policy, a key, a redrive policy, and FIFO settings."""

    type_name: ClassVar = "AWS::SQS::Queue"
    arn: str = at("QueueArn")
    url: str = parent("url")
    queue_name: str = parent("queue_name")
    is_fifo: bool = at("FifoQueue", absent=False)
    deduplicates_by_content: bool = at("ContentBasedDeduplication", absent=False)
    deduplication_scope: str | None = at("DeduplicationScope")
    throughput_limit: str | None = at("FifoThroughputLimit")
    """`perQueue` or `perMessageGroupId`, of a FIFO queue."""
    visibility_seconds: int = at("VisibilityTimeout")
    retention_seconds: int = at("MessageRetentionPeriod")
    delay_seconds: int = at("DelaySeconds")
    wait_seconds: int = at("ReceiveMessageWaitTimeSeconds")
    maximum_message_bytes: int = at("MaximumMessageSize")
    messages: int = at("ApproximateNumberOfMessages")
    messages_in_flight: int = at("ApproximateNumberOfMessagesNotVisible")
    created: datetime = at("CreatedTimestamp", parse=_moment)
    kms_key: str | None = at("KmsMasterKeyId")
    has_managed_encryption: bool = at("SqsManagedSseEnabled")
    policy: PolicyDocument | None = at("Policy", parse=PolicyDocument.read)
    dead_letter_queue: str | None = at("RedrivePolicy", parse=_dead_letter_target)
    """The ARN of its dead-letter queue."""
    maximum_receives: int | None = at("RedrivePolicy", parse=_receives)
    redrive_permission: str = at("RedriveAllowPolicy", absent="allowAll", parse=_permission)
    """Which queues may use it as their dead-letter queue: `allowAll`, `denyAll` or `byQueue`."""
    redrive_sources: tuple[str, ...] = at("RedriveAllowPolicy", parse=_sources)

    @property
    def is_encrypted(self) -> bool:
        """Whether messages are encrypted at rest, by a KMS key or by SQS's own."""
        return self.kms_key is not None or self.has_managed_encryption

    @property
    def has_service_managed_key(self) -> bool:
        """Whether its key is `alias/aws/sqs`, whose policy admits no other service."""
        return self.kms_key is not None and self.kms_key.endswith("alias/aws/sqs")

    def takes_dead_letters_of(self, queue_arn: str) -> bool:
        """Whether it lets a queue use it as its dead-letter queue."""
        by_name = self.redrive_permission == "byQueue" and queue_arn in self.redrive_sources
        return self.redrive_permission == "allowAll" or by_name


@collector(
    call(
        "sqs",
        "GetQueueAttributes",
        absent=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
        AttributeNames=["All"],
    )
)
def queues(aws: Aws, entry: QueueEntry) -> Iterable[Queue]:
    """The queue with its attributes; one that was deleted in between is none."""
    yield aws.parse(Queue, aws("GetQueueAttributes", QueueUrl=entry.url).get("Attributes", {}))
