import json
from typing import Any

import pytest

from auditor.evidence.events import (
    ApiDestination,
    EventArchive,
    EventArchiveSettings,
    EventBus,
    EventBusSettings,
    EventConnection,
    EventEndpoint,
    EventReplay,
    EventRule,
    PartnerEventSource,
    RuleTarget,
)
from auditor.testing import HOME, gathered, made

BUS_ARN = f"arn:aws:events:{HOME}:123456789012:event-bus/shop"
BUS = made(EventBus, Name="shop", Arn=BUS_ARN)
RULE_ARN = f"arn:aws:events:{HOME}:123456789012:rule/shop/orders"


def rule(**fields: Any) -> EventRule:
    return made(EventRule, {"Name": "orders", "Arn": RULE_ARN, "State": "ENABLED", **fields}, under=BUS)


def test_bus() -> None:
    assert (BUS.is_default, BUS.is_of_a_partner, BUS.policy) == (False, False, None)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": BUS_ARN}
    open_bus = made(EventBus, Name="default", Arn="arn:d", Policy=json.dumps({"Statement": [statement]}))
    assert open_bus.is_default
    assert open_bus.policy is not None
    assert open_bus.policy.allowing[0].names_anyone
    assert made(EventBus, Name="aws.partner/example.com/1", Arn="arn:p").is_of_a_partner


def test_bus_settings() -> None:
    one = made(EventBusSettings, {"DeadLetterConfig": {"Arn": "arn:dlq"}}, under=BUS)
    assert (one.dead_letter_queue, one.kms_key, one.log_level) == ("arn:dlq", None, "OFF")


@pytest.mark.parametrize(
    ("state", "enabled"),
    [("ENABLED", True), ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", True), ("DISABLED", False)],
)
def test_state_of_a_rule(state: str, enabled: bool) -> None:
    assert rule(State=state).is_enabled is enabled


def test_pattern_of_a_rule() -> None:
    pattern = {"source": ["shop", {"prefix": "aws."}], "detail-type": ["Order Placed"]}
    one = rule(EventPattern=json.dumps(pattern))
    assert (one.sources, one.detail_types) == (("shop", "aws."), ("Order Placed",))
    assert not one.takes_aws_events_only
    assert rule(EventPattern='{"source": ["aws.health"]}').takes_aws_events_only
    assert (one.bus, one.bus_arn, one.managed_by) == ("shop", BUS_ARN, None)


def test_schedule_has_no_sources() -> None:
    one = rule(ScheduleExpression="rate(1 hour)")
    assert (one.pattern, one.sources, one.schedule) == (None, (), "rate(1 hour)")
    assert not one.takes_aws_events_only


def test_target() -> None:
    one = made(RuleTarget, {"Id": "1", "Arn": "arn:aws:lambda:eu-west-1:1:function:f"}, under=rule())
    assert (one.service, one.retries, one.dead_letter_queue) == ("lambda", 185, None)
    assert one.arn == f"{RULE_ARN}/1"
    two = made(
        RuleTarget,
        {
            "Id": "2",
            "Arn": "arn:aws:sqs:eu-west-1:1:q.fifo",
            "SqsParameters": {"MessageGroupId": "g"},
            "RetryPolicy": {"MaximumRetryAttempts": 0},
            "DeadLetterConfig": {"Arn": "arn:dlq"},
        },
        under=rule(),
    )
    assert (two.message_group, two.retries, two.dead_letter_queue) == ("g", 0, "arn:dlq")


def test_archive() -> None:
    one = made(EventArchive, ArchiveName="all", EventSourceArn=BUS_ARN, State="ENABLED", EventCount=3)
    assert (one.retention_days, one.events, one.bus_arn) == (0, 3, BUS_ARN)
    assert one.arn == f"arn:aws:events:{HOME}:123456789012:archive/all"
    assert made(EventArchiveSettings, {"EventPattern": '{"source": ["shop"]}'}, under=one).pattern == {
        "source": ["shop"]
    }
    replay = made(EventReplay, ReplayName="r", EventSourceArn=one.arn, State="COMPLETED")
    assert (replay.ended, replay.archive_arn) == (None, one.arn)


def test_destinations_and_connections() -> None:
    one = made(ApiDestination, ApiDestinationArn="arn:d", ApiDestinationState="INACTIVE", ConnectionArn="arn:c")
    assert (one.state, one.connection, one.rate_limit) == ("INACTIVE", "arn:c", 300)
    connections = [
        {"ConnectionArn": "arn:c", "ConnectionState": "AUTHORIZED"},
        {"ConnectionArn": "arn:x", "ConnectionState": "DELETING"},
    ]
    found = gathered(EventConnection, ListConnections={"Connections": connections})
    assert [each.arn for each in found] == ["arn:c"]


def test_endpoint() -> None:
    failover = {"Primary": {"HealthCheck": "arn:h"}, "Secondary": {"Route": "eu-central-1"}}
    one = made(EventEndpoint, Arn="arn:e", State="ACTIVE", RoutingConfig={"FailoverConfig": failover})
    assert (one.replication, one.health_check, one.second_region) == ("ENABLED", "arn:h", "eu-central-1")


def test_partner_source() -> None:
    sources = [{"Arn": "arn:s", "Name": "s", "State": "PENDING"}, {"Arn": "arn:t", "Name": "t", "State": "DELETED"}]
    found = gathered(PartnerEventSource, ListEventSources={"EventSources": sources})
    assert [(each.source_name, each.expires) for each in found] == [("s", None)]
