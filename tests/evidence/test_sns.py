import json
from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.sns import Subscription, SubscriptionSettings, Topic, TopicEntry
from auditor.testing import HOME, gathered, made

ARN = f"arn:aws:sns:{HOME}:123456789012:orders"
ENTRY = made(TopicEntry, TopicArn=ARN)
POLICY = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": ARN}]},
)


def topic(**attributes: Any) -> Topic:
    usual = {"TopicArn": ARN, "Owner": "123456789012", "Policy": POLICY, "SubscriptionsConfirmed": "2"}
    return gathered(Topic, ENTRY, GetTopicAttributes={"Attributes": usual | attributes})[0]  # type: ignore[no-any-return]


def subscription(arn: str = f"{ARN}:1") -> Subscription:
    return made(
        Subscription,
        SubscriptionArn=arn,
        Owner="123456789012",
        Protocol="sqs",
        Endpoint="arn:queue",
        TopicArn=ARN,
    )


def test_topic() -> None:
    one = topic()
    assert (one.arn, one.topic_name, one.confirmed_subscriptions) == (ARN, "orders", 2)
    assert (one.is_fifo, one.kms_key, one.signature_version) == (False, None, "1")
    assert one.policy.allowing[0].names_anyone


def test_topic_with_everything() -> None:
    one = topic(KmsMasterKeyId="alias/aws/sns", FifoTopic="true", HTTPFailureFeedbackRoleArn="arn:role")
    assert (one.has_service_managed_key, one.is_fifo) == (True, True)
    assert one.logs_failures_of("https")
    assert not one.logs_failures_of("sqs")
    assert not one.logs_failures_of("email")


@pytest.mark.parametrize(("arn", "confirmed"), [(f"{ARN}:1", True), ("PendingConfirmation", False), ("Deleted", False)])
def test_subscription(arn: str, confirmed: bool) -> None:
    assert subscription(arn).is_confirmed is confirmed


def test_subscription_settings() -> None:
    attributes = {
        "RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:dlq"}),
        "FilterPolicy": json.dumps({"kind": ["order"]}),
        "RawMessageDelivery": "true",
    }
    one = gathered(SubscriptionSettings, subscription(), GetSubscriptionAttributes={"Attributes": attributes})
    assert (one.dead_letter_queue, one.filter_policy, one.is_raw) == ("arn:dlq", {"kind": ["order"]}, True)
    bare = gathered(SubscriptionSettings, subscription(), GetSubscriptionAttributes={"Attributes": {}})
    assert (bare.dead_letter_queue, bare.filter_policy, bare.is_raw) == (None, None, False)


def test_a_pending_subscription_is_not_asked_about() -> None:
    with pytest.raises(Absent):
        gathered(SubscriptionSettings, subscription("PendingConfirmation"), GetSubscriptionAttributes={})
