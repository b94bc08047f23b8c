"""Amazon Route 53: hosted zones with their records, and health checks."""

from __future__ import annotations

from typing import Any, ClassVar

from auditor.calls import call
from auditor.evidence.hosts import region_of
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import described, listed

ALIAS_TTL_SECONDS = 60
"""The time to live of alias records, which have none of their own (Route 53 Developer Guide, alias records)."""


def _bare_id(value: str) -> str:
    return value.rpartition("/")[2]


def _host(value: str) -> str:
    return value.rstrip(".").lower()


def _target(value: str) -> str:
    return _host(value).removeprefix("dualstack.")


def _present(_raw: Any) -> bool:
    return True


@evidence
class HostedZone(Resource):
    """A hosted zone."""

    type_name: ClassVar = "AWS::Route53::HostedZone"
    name_format: ClassVar = "{domain}"
    arn_format: ClassVar = "arn:{partition}:route53:::hostedzone/{id}"
    id: str = at("Id", parse=_bare_id)
    domain: str = at("Name", parse=_host)
    is_private: bool = at("Config.PrivateZone", absent=False)
    """Only a private zone says so (Route 53 API reference, HostedZoneConfig)."""


hosted_zones = listed(HostedZone, call("route53", "ListHostedZones"), "HostedZones[]", of=Account)


@evidence
class RecordSet(Resource):
    """A record of a hosted zone; several of one name and type share its traffic by a routing policy."""

    type_name: ClassVar = "AWS::Route53::RecordSet"
    name_format: ClassVar = "{key}"
    arn_format: ClassVar = "arn:{partition}:route53:::hostedzone/{zone}/recordset/{key}"
    zone: str = parent("id")
    host: str = at("Name", parse=_host)
    type: str = at("Type")
    set_id: str | None = at("SetIdentifier")
    ttl_seconds: int | None = at("TTL")
    values: tuple[str, ...] = at("ResourceRecords[].Value")
    alias: str | None = at("AliasTarget.DNSName", parse=_target)
    """Where an alias points: a name in lower case, without `dualstack.` and the last dot."""
    evaluates_target: bool = at("AliasTarget.EvaluateTargetHealth", absent=False)
    health_check: str | None = at("HealthCheckId")
    failover: str | None = at("Failover")
    weight: int | None = at("Weight")
    latency_region: str | None = at("Region")
    is_multivalue: bool = at("MultiValueAnswer", absent=False)
    is_geolocation: bool = at("GeoLocation", absent=False, parse=_present)
    is_geoproximity: bool = at("GeoProximityLocation", absent=False, parse=_present)
    is_by_network: bool = at("CidrRoutingConfig", absent=False, parse=_present)
    proximity_zone_group: str | None = at("GeoProximityLocation.LocalZoneGroup")

    @property
    def key(self) -> str:
        """What tells it from the other records of its zone."""
        return "/".join(part for part in (self.host, self.type, self.set_id) if part)

    @property
    def routing(self) -> str:
        """Its policy: `failover`, `weighted`, `latency`, `geolocation`, `multivalue`, ... or `simple`."""
        policies = (
            ("failover", self.failover is not None),
            ("weighted", self.weight is not None),
            ("latency", self.latency_region is not None),
            ("geolocation", self.is_geolocation),
            ("geoproximity", self.is_geoproximity),
            ("multivalue", self.is_multivalue),
            ("cidr", self.is_by_network),
        )
        return next((policy for policy, chosen in policies if chosen), "simple")

    @property
    def targets(self) -> tuple[str, ...]:
        """Where it leads: the alias, or its values in lower case without the last dot."""
        return (self.alias,) if self.alias else tuple(sorted(_host(value) for value in self.values))

    @property
    def target_regions(self) -> frozenset[str]:
        """The regions in the names that it leads to; none for addresses and names that tell no region."""
        return frozenset(region for region in map(region_of, self.targets) if region)

    @property
    def is_watched(self) -> bool:
        """Whether Route 53 takes it out of the answers when its target is down."""
        return bool(self.health_check) or self.evaluates_target

    @property
    def cached_seconds(self) -> int:
        """How long resolvers may keep the answer."""
        return ALIAS_TTL_SECONDS if self.ttl_seconds is None else self.ttl_seconds


record_sets = listed(
    RecordSet,
    call("route53", "ListResourceRecordSets"),
    "ResourceRecordSets[]",
    of=HostedZone,
    HostedZoneId="id",
)


@evidence
class HealthCheck(Resource):
    """A health check, as it is configured."""

    type_name: ClassVar = "AWS::Route53::HealthCheck"
    arn_format: ClassVar = "arn:{partition}:route53:::healthcheck/{id}"
    id: str = at("Id")
    type: str = at("HealthCheckConfig.Type")
    """`TCP`, `HTTP`, `HTTPS` (perhaps with `_STR_MATCH`), `CALCULATED`, `CLOUDWATCH_METRIC` or `RECOVERY_CONTROL`."""
    address: str | None = at("HealthCheckConfig.IPAddress")
    host: str | None = at("HealthCheckConfig.FullyQualifiedDomainName", parse=_host)
    interval_seconds: int | None = at("HealthCheckConfig.RequestInterval")
    failures: int | None = at("HealthCheckConfig.FailureThreshold")
    is_disabled: bool = at("HealthCheckConfig.Disabled", absent=False)
    is_inverted: bool = at("HealthCheckConfig.Inverted", absent=False)
    children: tuple[str, ...] = at("HealthCheckConfig.ChildHealthChecks")
    alarm: str | None = at("HealthCheckConfig.AlarmIdentifier.Name")
    alarm_region: str | None = at("HealthCheckConfig.AlarmIdentifier.Region")
    alarm_period_seconds: int | None = at("CloudWatchAlarmConfiguration.Period")
    alarm_periods: int | None = at("CloudWatchAlarmConfiguration.EvaluationPeriods")
    without_data: str | None = at("HealthCheckConfig.InsufficientDataHealthStatus")
    routing_control: str | None = at("HealthCheckConfig.RoutingControlArn")

    @property
    def probes(self) -> bool:
        """Whether Route 53's checkers call an endpoint."""
        return self.type not in ("CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL")


health_checks = listed(HealthCheck, call("route53", "ListHealthChecks", page=1000), "HealthChecks[]", of=Account)


@evidence
class HealthCheckStatus(Evidence):
    """What Route 53's checkers saw last. Only endpoint checks have it: the others answer InvalidInput."""

    reports: tuple[str, ...] = at("HealthCheckObservations[].StatusReport.Status")

    @property
    def success_share(self) -> float:
        """The share of checkers that saw success; 0 where none reported."""
        good = sum(report.startswith("Success") for report in self.reports)
        return good / len(self.reports) if self.reports else 0.0


health_check_status = described(
    HealthCheckStatus,
    call("route53", "GetHealthCheckStatus", absent=("InvalidInput", "NoSuchHealthCheck")),
    of=HealthCheck,
    HealthCheckId="id",
)
