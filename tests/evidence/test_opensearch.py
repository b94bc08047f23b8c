import json
from typing import Any

from auditor.evidence.opensearch import Domain, DomainEntry, OutboundConnection
from auditor.testing import gathered, made


def domains(*raw: dict[str, Any]) -> Any:
    entries = [made(DomainEntry, DomainName=one["DomainName"]) for one in raw]
    common = {"DomainId": "1/x", "ARN": "arn:aws:es:eu-west-1:123456789012:domain/x", "ClusterConfig": {}}
    return gathered(Domain, entries, DescribeDomains={"DomainStatusList": [common | one for one in raw]})


def test_a_domain_in_a_vpc() -> None:
    config = {"InstanceCount": 3, "ZoneAwarenessEnabled": True, "ZoneAwarenessConfig": {"AvailabilityZoneCount": 3}}
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*", "Resource": "*"}
    (one,) = domains(
        {
            "DomainName": "search",
            "ClusterConfig": config,
            "VPCOptions": {"VPCId": "vpc-1", "SubnetIds": ["subnet-a"], "SecurityGroupIds": ["sg-1"]},
            "AccessPolicies": json.dumps({"Statement": [statement]}),
            "LogPublishingOptions": {"AUDIT_LOGS": {"Enabled": True}, "ES_APPLICATION_LOGS": {"Enabled": False}},
            "AdvancedSecurityOptions": {"Enabled": True},
        }
    )
    assert (one.vpc, one.subnets, one.vpc_security_groups) == ("vpc-1", ("subnet-a",), ("sg-1",))
    assert (one.instance_count, one.zone_count, one.master_count, one.standby) == (3, 3, 0, False)
    assert one.policy.allowing[0].names_anyone
    assert one.log_types == ("AUDIT_LOGS",)
    assert (one.fine_grained_access, one.anonymous_access) == (True, False)


def test_a_domain_without_a_policy_and_one_that_goes() -> None:
    (one,) = domains({"DomainName": "a", "AccessPolicies": ""}, {"DomainName": "b", "Deleted": True})
    assert (one.domain, one.policy, one.vpc, one.zone_count) == ("a", None, None, 2)


def test_a_name_is_enough_for_an_arn() -> None:
    assert made(DomainEntry, DomainName="search").arn == "arn:aws:es:eu-west-1:123456789012:domain/search"


def test_a_connection_to_another_domain() -> None:
    here, there = (
        {"AWSDomainInformation": {"DomainName": name, "Region": place}}
        for name, place in (("a", "eu-west-1"), ("b", "us-east-1"))
    )
    raw = {"ConnectionId": "c-1", "LocalDomainInfo": here, "RemoteDomainInfo": there}
    answer = {"Connections": [raw | {"ConnectionStatus": {"StatusCode": code}} for code in ("ACTIVE", "DELETED")]}
    (one,) = gathered(OutboundConnection, DescribeOutboundConnections=answer)
    assert (one.domain, one.remote_domain, one.remote_region, one.status) == ("a", "b", "us-east-1", "ACTIVE")
