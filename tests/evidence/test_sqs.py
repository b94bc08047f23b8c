import json
from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.sqs import Queue, QueueEntry
from auditor.testing import HOME, gathered, made

ENTRY = made(QueueEntry, f"https://sqs.{HOME}.amazonaws.com/123456789012/orders")
ARN = f"arn:aws:sqs:{HOME}:123456789012:orders"
USUAL = {
    "QueueArn": ARN,
    "VisibilityTimeout": "30",
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "20",
    "MaximumMessageSize": "262144",
    "ApproximateNumberOfMessages": "7",
    "ApproximateNumberOfMessagesNotVisible": "1",
    "CreatedTimestamp": "1700000000",
    "SqsManagedSseEnabled": "true",
}


def queue(**attributes: Any) -> Queue:
    return gathered(Queue, ENTRY, GetQueueAttributes={"Attributes": USUAL | attributes})[0]  # type: ignore[no-any-return]


def test_entry() -> None:
    assert (ENTRY.queue_name, ENTRY.arn) == ("orders", ARN)


def test_plain_queue() -> None:
    one = queue()
    assert (one.arn, one.queue_name, one.visibility_seconds, one.messages) == (ARN, "orders", 30, 7)
    assert one.created.isoformat() == "2023-11-14T22:13:20+00:00"
    assert (one.is_fifo, one.is_encrypted, one.has_service_managed_key) == (False, True, False)
    assert (one.policy, one.dead_letter_queue, one.maximum_receives) == (None, None, None)
    assert one.url == ENTRY.url


def test_fifo_queue() -> None:
    one = queue(FifoQueue="true", ContentBasedDeduplication="false", FifoThroughputLimit="perMessageGroupId")
    assert (one.is_fifo, one.deduplicates_by_content, one.throughput_limit) == (True, False, "perMessageGroupId")


@pytest.mark.parametrize("count", [5, "5"])
def test_dead_letter_queue(count: Any) -> None:
    one = queue(RedrivePolicy=json.dumps({"deadLetterTargetArn": "arn:dlq", "maxReceiveCount": count}))
    assert (one.dead_letter_queue, one.maximum_receives) == ("arn:dlq", 5)


def test_who_may_use_it_as_dead_letter_queue() -> None:
    assert queue().takes_dead_letters_of("arn:a")
    only = queue(RedriveAllowPolicy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": ["arn:a"]}))
    assert (only.takes_dead_letters_of("arn:a"), only.takes_dead_letters_of("arn:b")) == (True, False)
    assert not queue(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"})).takes_dead_letters_of("arn:a")


def test_keys() -> None:
    one = queue(KmsMasterKeyId="alias/aws/sqs", SqsManagedSseEnabled="false")
    assert (one.is_encrypted, one.has_service_managed_key) == (True, True)
    assert not queue(SqsManagedSseEnabled="false").is_encrypted


def test_policy() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN}
    one = queue(Policy=json.dumps({"Statement": [statement]}))
    assert one.policy is not None
    assert one.policy.allowing[0].names_anyone


def test_an_attribute_that_is_missing_is_unread() -> None:
    one = gathered(Queue, ENTRY, GetQueueAttributes={"Attributes": {"QueueArn": ARN}})[0]
    with pytest.raises(Unread):
        _ = one.visibility_seconds


def test_a_queue_that_is_gone_is_none() -> None:
    with pytest.raises(Absent):
        gathered(Queue, ENTRY, GetQueueAttributes=Absent("AWS.SimpleQueueService.NonExistentQueue"))
