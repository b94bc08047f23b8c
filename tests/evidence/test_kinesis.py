import json

from auditor.evidence.kinesis import Stream, StreamConsumer, StreamPolicy, StreamSettings
from auditor.testing import gathered, made

STREAM = made(
    Stream,
    StreamARN="arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
    StreamName="clicks",
    StreamStatus="ACTIVE",
    StreamModeDetails={"StreamMode": "ON_DEMAND"},
)


def test_stream() -> None:
    assert (STREAM.stream_name, STREAM.name, STREAM.is_provisioned) == ("clicks", "clicks", False)
    leaving = {"StreamARN": "arn:x", "StreamName": "x", "StreamStatus": "DELETING"}
    assert gathered(Stream, ListStreams={"StreamNames": ["x"], "StreamSummaries": [leaving]}) == ()


def test_settings() -> None:
    metrics = [{"ShardLevelMetrics": ["IncomingBytes"]}, {"ShardLevelMetrics": ["IncomingRecords"]}]
    fields = {"RetentionPeriodHours": 24, "OpenShardCount": 2, "EnhancedMonitoring": metrics}
    one = made(StreamSettings, fields, under=STREAM)
    assert (one.retention_hours, one.open_shards, one.encryption, one.kms_key) == (24, 2, "NONE", None)
    assert one.shard_metrics == ("IncomingBytes", "IncomingRecords")


def test_consumer_and_policy() -> None:
    fields = {"ConsumerARN": "arn:c", "ConsumerName": "c", "ConsumerStatus": "ACTIVE"}
    assert made(StreamConsumer, fields, under=STREAM).status == "ACTIVE"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kinesis:*", "Resource": "*"}
    one = made(StreamPolicy, {"Policy": json.dumps({"Statement": [statement]})}, under=STREAM)
    assert one.document.allowing[0].names_anyone
