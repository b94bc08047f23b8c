"""Amazon Kinesis Data Streams: streams, their settings and their registered consumers."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed

_GONE = "ResourceNotFoundException"


@evidence
class Stream(Resource):
    """A data stream."""

    type_name: ClassVar = "AWS::Kinesis::Stream"
    arn: str = at("StreamARN")
    stream_name: str = at("StreamName")
    status: str = at("StreamStatus")
    mode: str = at("StreamModeDetails.StreamMode")
    """`PROVISIONED` or `ON_DEMAND`."""
    created: datetime = at("StreamCreationTimestamp")

    @property
    def is_provisioned(self) -> bool:
        """Whether its shards are counted by its owner."""
        return self.mode == "PROVISIONED"


streams = listed(
    Stream, call("kinesis", "ListStreams"), "StreamSummaries[]", of=Region, skip={"StreamStatus": ("DELETING",)}
)


@evidence
class StreamSettings(Evidence):
    """What only the stream's own description says."""

    retention_hours: int = at("RetentionPeriodHours")
    encryption: str = at("EncryptionType", absent="NONE")
    """Left out of streams that never were encrypted (Kinesis API reference, StreamDescriptionSummary)."""
    kms_key: str | None = at("KeyId")
    open_shards: int = at("OpenShardCount")
    shard_metrics: tuple[str, ...] = at("EnhancedMonitoring[].ShardLevelMetrics[]")
    distribution: str | None = at("RecordDistributionStrategy")


stream_settings = described(
    StreamSettings,
    call("kinesis", "DescribeStreamSummary", absent=_GONE),
    "StreamDescriptionSummary",
    of=Stream,
    StreamARN="arn",
)


@evidence
class StreamConsumer(Resource):
    """A consumer with a throughput of its own (enhanced fan-out)."""

    type_name: ClassVar = "AWS::Kinesis::StreamConsumer"
    arn: str = at("ConsumerARN")
    consumer_name: str = at("ConsumerName")
    status: str = at("ConsumerStatus")


stream_consumers = listed(
    StreamConsumer,
    call("kinesis", "ListStreamConsumers", absent=_GONE),
    "Consumers[]",
    of=Stream,
    skip={"ConsumerStatus": ("DELETING",)},
    StreamARN="arn",
)


@evidence
class StreamPolicy(Evidence):
    """The resource policy of a stream."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


stream_policy = described(
    StreamPolicy, call("kinesis", "GetResourcePolicy", absent=_GONE), of=Stream, ResourceARN="arn"
)
