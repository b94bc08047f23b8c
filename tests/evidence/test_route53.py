from typing import Any

import pytest

from auditor.evidence.route53 import HealthCheck, HealthCheckStatus, HostedZone, RecordSet
from auditor.testing import made

ZONE = made(HostedZone, Id="/hostedzone/Z1", Name="Example.com.", Config={"PrivateZone": False})


def record(**fields: Any) -> RecordSet:
    return made(RecordSet, {"Name": "www.example.com.", "Type": "A", **fields}, under=ZONE)


def alias(name: str, *, evaluates: bool = False) -> dict[str, Any]:
    return {"HostedZoneId": "Z2", "DNSName": name, "EvaluateTargetHealth": evaluates}


def test_hosted_zone() -> None:
    assert (ZONE.id, ZONE.domain, ZONE.name, ZONE.is_private) == ("Z1", "example.com", "example.com", False)
    assert ZONE.arn == "arn:aws:route53:::hostedzone/Z1"
    assert made(HostedZone, Id="/hostedzone/Z3", Name="corp.", Config={"PrivateZone": True}).is_private


def test_alias_record() -> None:
    one = record(AliasTarget=alias("dualstack.Shop-1.eu-west-1.elb.amazonaws.com.", evaluates=True))
    assert one.targets == ("shop-1.eu-west-1.elb.amazonaws.com",)
    assert one.target_regions == {"eu-west-1"}
    assert one.is_watched
    assert one.cached_seconds == 60
    assert (one.routing, one.zone, one.key) == ("simple", "Z1", "www.example.com/A")


def test_record_of_addresses() -> None:
    one = record(TTL=300, ResourceRecords=[{"Value": "203.0.113.2"}, {"Value": "203.0.113.1"}], SetIdentifier="blue")
    assert one.targets == ("203.0.113.1", "203.0.113.2")
    assert (one.cached_seconds, one.is_watched, one.target_regions) == (300, False, frozenset())
    assert one.arn.endswith("hostedzone/Z1/recordset/www.example.com/A/blue")


@pytest.mark.parametrize(
    ("fields", "routing"),
    [
        ({"Failover": "PRIMARY"}, "failover"),
        ({"Weight": 0}, "weighted"),
        ({"Region": "eu-west-1"}, "latency"),
        ({"GeoLocation": {"CountryCode": "*"}}, "geolocation"),
        ({"GeoProximityLocation": {"LocalZoneGroup": "us-west-2-lax-1"}}, "geoproximity"),
        ({"MultiValueAnswer": True}, "multivalue"),
        ({"CidrRoutingConfig": {"CollectionId": "c", "LocationName": "l"}}, "cidr"),
        ({}, "simple"),
    ],
)
def test_routing(fields: dict[str, Any], routing: str) -> None:
    assert record(**fields).routing == routing


def test_website_alias_has_a_region() -> None:
    assert record(AliasTarget=alias("s3-website-us-east-1.amazonaws.com.")).target_regions == {"us-east-1"}
    assert record(AliasTarget=alias("s3-website.eu-central-1.amazonaws.com.")).target_regions == {"eu-central-1"}


def test_health_check() -> None:
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "A.example.com", "RequestInterval": 30}
    one = made(HealthCheck, Id="h", HealthCheckConfig=config | {"FailureThreshold": 3})
    assert (one.probes, one.host, one.interval_seconds, one.failures) == (True, "a.example.com", 30, 3)
    assert not one.is_disabled
    alarm = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "eu-west-1", "Name": "down"}}
    two = made(
        HealthCheck,
        Id="h",
        HealthCheckConfig=alarm,
        CloudWatchAlarmConfiguration={"Period": 60, "EvaluationPeriods": 2},
    )
    assert (two.probes, two.alarm, two.alarm_period_seconds, two.alarm_periods) == (False, "down", 60, 2)


def test_health_check_status() -> None:
    reports = [{"StatusReport": {"Status": text}} for text in ("Success: HTTP Status Code 200", "Failure: timeout")]
    assert made(HealthCheckStatus, HealthCheckObservations=reports).success_share == 0.5
    assert made(HealthCheckStatus, HealthCheckObservations=[]).success_share == 0
