"""Amazon SNS: topics with their attributes, and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.policy import PolicyDocument
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, listed


def _document(raw: str) -> Mapping[str, Any]:
    found = json.loads(raw)
    return found if isinstance(found, Mapping) else {}


def _dead_letter_target(raw: str) -> str | None:
    return _document(raw).get("deadLetterTargetArn")


@evidence
class TopicEntry(Resource):
    """A topic as ListTopics names it."""

    type_name: ClassVar = "AWS::SNS::Topic"
    arn: str = at("TopicArn")


topic_entries = listed(TopicEntry, call("sns", "ListTopics"), "Topics[]", of=Region)


@evidence
class Topic(Resource):
    """A topic. SNS leaves out what was never set."""

    type_name: ClassVar = "AWS::SNS::Topic"
    arn: str = at("TopicArn")
    owner: str = at("Owner")
    policy: PolicyDocument = at("Policy", parse=PolicyDocument.read)
    is_fifo: bool = at("FifoTopic", absent=False)
    deduplicates_by_content: bool = at("ContentBasedDeduplication", absent=False)
    kms_key: str | None = at("KmsMasterKeyId")
    signature_version: str = at("SignatureVersion", absent="1")
    """SNS signs with version 1 unless it was told otherwise (SNS Developer Guide, message signatures)."""
    confirmed_subscriptions: int = at("SubscriptionsConfirmed")
    feedback_lambda: str | None = at("LambdaFailureFeedbackRoleArn")
    feedback_sqs: str | None = at("SQSFailureFeedbackRoleArn")
    feedback_http: str | None = at("HTTPFailureFeedbackRoleArn")
    feedback_firehose: str | None = at("FirehoseFailureFeedbackRoleArn")
    feedback_application: str | None = at("ApplicationFailureFeedbackRoleArn")

    @property
    def topic_name(self) -> str:
        """The name, which CloudWatch calls TopicName."""
        return self.arn.rpartition(":")[2]

    @property
    def has_service_managed_key(self) -> bool:
        """Whether its key is `alias/aws/sns`, whose policy admits no other service."""
        return self.kms_key is not None and self.kms_key.endswith("alias/aws/sns")

    def logs_failures_of(self, protocol: str) -> bool:
        """Whether failed deliveries by a subscription's protocol are logged; email and SMS have no such log."""
        roles = {
            "lambda": self.feedback_lambda,
            "sqs": self.feedback_sqs,
            "http": self.feedback_http,
            "https": self.feedback_http,
            "firehose": self.feedback_firehose,
            "application": self.feedback_application,
        }
        return roles.get(protocol) is not None


@collector(call("sns", "GetTopicAttributes", absent=("NotFound", "NotFoundException")))
def topics(aws: Aws, entry: TopicEntry) -> Iterable[Topic]:
    """The topic with its attributes; one that was deleted in between is none."""
    yield aws.parse(Topic, aws("GetTopicAttributes", TopicArn=entry.arn).get("Attributes", {}))


@evidence
class Subscription(Resource):
    """A subscription. One that waits for its confirmation has no ARN: SNS writes `PendingConfirmation`."""

    type_name: ClassVar = "AWS::SNS::Subscription"
    arn: str = at("SubscriptionArn")
    owner: str = at("Owner")
    protocol: str = at("Protocol")
    endpoint: str = at("Endpoint")
    topic: str = at("TopicArn")

    @property
    def is_confirmed(self) -> bool:
        """Whether messages are delivered: it has an ARN, and is neither pending nor deleted."""
        return self.arn.startswith("arn:")


subscriptions = listed(Subscription, call("sns", "ListSubscriptions"), "Subscriptions[]", of=Region)


@evidence
class SubscriptionSettings(Evidence):
    """What only the subscription's attributes say; there are none before it is confirmed."""

    dead_letter_queue: str | None = at("RedrivePolicy", parse=_dead_letter_target)
    filter_policy: Mapping[str, Any] | None = at("FilterPolicy", parse=_document)
    filter_scope: str = at("FilterPolicyScope", absent="MessageAttributes")
    is_raw: bool = at("RawMessageDelivery", absent=False)


@collector(call("sns", "GetSubscriptionAttributes", absent=("NotFound", "NotFoundException")))
def subscription_settings(aws: Aws, subscription: Subscription) -> SubscriptionSettings:
    """Asked of confirmed subscriptions only: the others have no ARN to ask about."""
    if not subscription.is_confirmed:
        raise Absent(subscription.arn)
    answer = aws("GetSubscriptionAttributes", SubscriptionArn=subscription.arn)
    return aws.parse(SubscriptionSettings, answer.get("Attributes", {}))
