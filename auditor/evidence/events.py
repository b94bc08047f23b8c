"""Amazon EventBridge: buses, rules, targets, archives, and what reaches other APIs and regions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import described, listed

Pattern = Mapping[str, Any]


def _pattern(raw: str) -> Pattern:
    found = json.loads(raw)
    return found if isinstance(found, Mapping) else {}


def _literals(values: Any) -> Iterator[str]:
    """The plain values of a field of a pattern; matchers such as prefix give what they compare with."""
    for one in values if isinstance(values, list) else [values]:
        if isinstance(one, str):
            yield one
        elif isinstance(one, Mapping):
            yield from (value for value in one.values() if isinstance(value, str))


@evidence
class EventBus(Resource):
    """An event bus; every region has a `default` one."""

    type_name: ClassVar = "AWS::Events::EventBus"
    arn: str = at("Arn")
    bus_name: str = at("Name")
    policy: PolicyDocument | None = at("Policy", parse=PolicyDocument.read)

    @property
    def is_default(self) -> bool:
        """Whether it is the bus on which AWS services publish."""
        return self.bus_name == "default"

    @property
    def is_of_a_partner(self) -> bool:
        """Whether a partner publishes on it."""
        return self.bus_name.startswith("aws.partner/")


event_buses = listed(EventBus, call("events", "ListEventBuses"), "EventBuses[]", of=Region)


@evidence
class EventBusSettings(Evidence):
    """What only the bus itself says."""

    kms_key: str | None = at("KmsKeyIdentifier")
    dead_letter_queue: str | None = at("DeadLetterConfig.Arn")
    log_level: str = at("LogConfig.Level", absent="OFF")


event_bus_settings = described(
    EventBusSettings,
    call("events", "DescribeEventBus", absent="ResourceNotFoundException"),
    of=EventBus,
    Name="bus_name",
)


@evidence
class EventRule(Resource):
    """A rule of a bus: by a pattern, a schedule, or both."""

    type_name: ClassVar = "AWS::Events::Rule"
    arn: str = at("Arn")
    rule_name: str = at("Name")
    bus: str = parent("bus_name")
    bus_arn: str = parent("arn")
    state: str = at("State")
    pattern: Pattern | None = at("EventPattern", parse=_pattern)
    schedule: str | None = at("ScheduleExpression")
    role: str | None = at("RoleArn")
    managed_by: str | None = at("ManagedBy")
    """The AWS service that made it and looks after it."""

    @property
    def is_enabled(self) -> bool:
        """Whether events set it off."""
        return self.state.startswith("ENABLED")

    @property
    def sources(self) -> tuple[str, ...]:
        """The event sources that its pattern names; none where it takes any."""
        return tuple(_literals((self.pattern or {}).get("source", [])))

    @property
    def detail_types(self) -> tuple[str, ...]:
        """The kinds of events that its pattern names; none where it takes any."""
        return tuple(_literals((self.pattern or {}).get("detail-type", [])))

    @property
    def takes_aws_events_only(self) -> bool:
        """Whether all sources that it names are AWS services."""
        return bool(self.sources) and all(one.startswith("aws.") for one in self.sources)


event_rules = listed(
    EventRule,
    call("events", "ListRules", absent="ResourceNotFoundException"),
    "Rules[]",
    of=EventBus,
    EventBusName="bus_name",
)


@evidence
class RuleTarget(Resource):
    """Where a rule sends an event."""

    type_name: ClassVar = "AWS::Events::Target"
    arn_format: ClassVar = "{rule_arn}/{id}"
    rule_arn: str = parent("arn")
    id: str = at("Id")
    target: str = at("Arn")
    role: str | None = at("RoleArn")
    dead_letter_queue: str | None = at("DeadLetterConfig.Arn")
    retries: int = at("RetryPolicy.MaximumRetryAttempts", absent=185)
    """185 times over 24 hours unless set (EventBridge API reference, RetryPolicy)."""
    message_group: str | None = at("SqsParameters.MessageGroupId")
    task_definition: str | None = at("EcsParameters.TaskDefinitionArn")

    @property
    def service(self) -> str:
        """The service that is called, as in its ARN: `lambda`, `sqs`, `events`."""
        return self.target.split(":")[2]


rule_targets = listed(
    RuleTarget,
    call("events", "ListTargetsByRule", absent="ResourceNotFoundException"),
    "Targets[]",
    of=EventRule,
    Rule="rule_name",
    EventBusName="bus",
)


@evidence
class EventArchive(Resource):
    """An archive of the events of a bus."""

    type_name: ClassVar = "AWS::Events::Archive"
    arn_format: ClassVar = "arn:{partition}:events:{region}:{account}:archive/{archive_name}"
    archive_name: str = at("ArchiveName")
    bus_arn: str = at("EventSourceArn")
    state: str = at("State")
    retention_days: int = at("RetentionDays", absent=0)
    """0 keeps events for good, as does an archive without the field (EventBridge API reference, Archive)."""
    events: int = at("EventCount")


event_archives = listed(EventArchive, call("events", "ListArchives"), "Archives[]", of=Region)


@evidence
class EventArchiveSettings(Evidence):
    """What only the archive itself says."""

    pattern: Pattern | None = at("EventPattern", parse=_pattern)


event_archive_settings = described(
    EventArchiveSettings,
    call("events", "DescribeArchive", absent="ResourceNotFoundException"),
    of=EventArchive,
    ArchiveName="archive_name",
)


@evidence
class EventReplay(Resource):
    """A replay of archived events; EventBridge forgets it after 90 days."""

    type_name: ClassVar = "AWS::Events::Replay"
    arn_format: ClassVar = "arn:{partition}:events:{region}:{account}:replay/{replay_name}"
    replay_name: str = at("ReplayName")
    archive_arn: str = at("EventSourceArn")
    state: str = at("State")
    ended: datetime | None = at("ReplayEndTime")


event_replays = listed(EventReplay, call("events", "ListReplays"), "Replays[]", of=Region)


@evidence
class ApiDestination(Resource):
    """An HTTP API that rules can call."""

    type_name: ClassVar = "AWS::Events::ApiDestination"
    arn: str = at("ApiDestinationArn")
    state: str = at("ApiDestinationState")
    connection: str = at("ConnectionArn")
    endpoint: str = at("InvocationEndpoint")
    rate_limit: int = at("InvocationRateLimitPerSecond", absent=300)


api_destinations = listed(ApiDestination, call("events", "ListApiDestinations"), "ApiDestinations[]", of=Region)


@evidence
class EventConnection(Resource):
    """The credentials of API destinations."""

    type_name: ClassVar = "AWS::Events::Connection"
    arn: str = at("ConnectionArn")
    state: str = at("ConnectionState")
    state_reason: str | None = at("StateReason")
    authorization: str = at("AuthorizationType")


event_connections = listed(
    EventConnection,
    call("events", "ListConnections"),
    "Connections[]",
    of=Region,
    skip={"ConnectionState": ("DELETING",)},
)


@evidence
class EventEndpoint(Resource):
    """A global endpoint: events go to a second region when the first is down."""

    type_name: ClassVar = "AWS::Events::Endpoint"
    arn: str = at("Arn")
    state: str = at("State")
    replication: str = at("ReplicationConfig.State", absent="ENABLED")
    """On unless set otherwise (EventBridge API reference, ReplicationConfig)."""
    health_check: str | None = at("RoutingConfig.FailoverConfig.Primary.HealthCheck")
    second_region: str | None = at("RoutingConfig.FailoverConfig.Secondary.Route")
    buses: tuple[str, ...] = at("EventBuses[].EventBusArn")


event_endpoints = listed(
    EventEndpoint, call("events", "ListEndpoints"), "Endpoints[]", of=Region, skip={"State": ("DELETING",)}
)


@evidence
class PartnerEventSource(Resource):
    """A partner's event source that was offered to the account."""

    type_name: ClassVar = "AWS::Events::EventSource"
    arn: str = at("Arn")
    source_name: str = at("Name")
    state: str = at("State")
    expires: datetime | None = at("ExpirationTime")


partner_event_sources = listed(
    PartnerEventSource, call("events", "ListEventSources"), "EventSources[]", of=Region, skip={"State": ("DELETED",)}
)
