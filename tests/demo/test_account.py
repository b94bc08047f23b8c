from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from auditor.demo.account import demo_account
from auditor.demo.clients import GLOBAL, PRIMARY, RECOVERY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def aws() -> Iterator[Callable[..., Any]]:
    made: dict[tuple[str, str], Any] = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", _no_network)
        with demo_account():
            session: Any = boto3.session.Session()

            def client(service: str, region: str = PRIMARY) -> Any:
                if (service, region) not in made:
                    made[service, region] = session.client(service, region_name=region)
                return made[service, region]

            yield client


def _no_network(_socket: object, address: object) -> None:
    raise AssertionError(f"a connection to {address}")


def _named(aws: Callable[..., Any], name: str) -> Any:
    found = aws("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": [name]}])
    return found["Reservations"][0]["Instances"][0]


def _groups(aws: Callable[..., Any], *ids: str) -> Any:
    return aws("ec2").describe_security_groups(GroupIds=list(ids))["SecurityGroups"]


def test_the_bastion_is_open_to_the_internet(aws: Callable[..., Any]) -> None:
    bastion = _named(aws, "shop-bastion")
    assert bastion["PublicIpAddress"]
    assert bastion["MetadataOptions"]["HttpTokens"] == "optional"
    (rule,) = _groups(aws, bastion["SecurityGroups"][0]["GroupId"])[0]["IpPermissions"]
    assert (rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == (22, 22, [{"CidrIp": "0.0.0.0/0"}])
    table = _route_table(aws, bastion["SubnetId"])
    assert any(route.get("GatewayId", "").startswith("igw-") for route in table["Routes"])


def _route_table(aws: Callable[..., Any], subnet: str) -> Any:
    wanted = [{"Name": "association.subnet-id", "Values": [subnet]}]
    return aws("ec2").describe_route_tables(Filters=wanted)["RouteTables"][0]


def test_the_good_path_goes_from_group_to_group(aws: Callable[..., Any]) -> None:
    groups = {group["GroupName"]: group for group in aws("ec2").describe_security_groups()["SecurityGroups"]}
    for outer, inner in (("shop-alb", "shop-app"), ("shop-app", "shop-db"), ("shop-app", "shop-cache")):
        (rule,) = groups[inner]["IpPermissions"]
        assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [groups[outer]["GroupId"]]
        assert not rule["IpRanges"]
    assert groups["shop-db"]["IpPermissionsEgress"] == []


def test_one_nat_gateway_serves_three_zones(aws: Callable[..., Any]) -> None:
    (gateway,) = aws("ec2").describe_nat_gateways()["NatGateways"]
    subnets = aws("ec2").describe_subnets(Filters=[{"Name": "tag:tier", "Values": ["app"]}])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    for subnet in subnets:
        routes = _route_table(aws, subnet["SubnetId"])["Routes"]
        assert gateway["NatGatewayId"] in [route.get("NatGatewayId") for route in routes]


def test_one_network_has_flow_logs(aws: Callable[..., Any]) -> None:
    (logs,) = aws("ec2").describe_flow_logs()["FlowLogs"]
    networks = aws("ec2").describe_vpcs()["Vpcs"]
    assert {network["IsDefault"] for network in networks} == {True, False}
    assert logs["ResourceId"] in [network["VpcId"] for network in networks]
    assert len(networks) == 3


def test_databases_are_good_and_bad(aws: Callable[..., Any]) -> None:
    found = {one["DBInstanceIdentifier"]: one for one in aws("rds").describe_db_instances()["DBInstances"]}
    good, bad = found["shop-orders"], found["legacy-crm"]
    assert (good["MultiAZ"], good["StorageEncrypted"], good["BackupRetentionPeriod"]) == (True, True, 14)
    assert (bad["MultiAZ"], bad["StorageEncrypted"], bad["BackupRetentionPeriod"]) == (False, False, 0)
    assert (good["PubliclyAccessible"], bad["PubliclyAccessible"]) == (False, True)


def test_the_recovery_region_has_replicas(aws: Callable[..., Any]) -> None:
    replica = aws("rds", RECOVERY).describe_db_instances(DBInstanceIdentifier="shop-orders-replica")["DBInstances"][0]
    assert f":{PRIMARY}:" in replica["ReadReplicaSourceDBInstanceIdentifier"]
    members = aws("rds").describe_global_clusters()["GlobalClusters"][0]["GlobalClusterMembers"]
    assert sorted((member["DBClusterArn"].split(":")[3], member["IsWriter"]) for member in members) == [
        (RECOVERY, False),
        (PRIMARY, True),
    ]
    assert aws("ec2", RECOVERY).describe_subnets(Filters=[{"Name": "tag:workload", "Values": ["shop"]}])["Subnets"]
    assert aws("backup", RECOVERY).list_backup_vaults()["BackupVaultList"][0]["Locked"] is True


def test_buckets_are_good_and_bad(aws: Callable[..., Any]) -> None:
    s3 = aws("s3")
    assert s3.get_bucket_versioning(Bucket="shop-data")["Status"] == "Enabled"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket="shop-data")["Policy"]
    (rule,) = s3.get_bucket_replication(Bucket="shop-data")["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["Bucket"] == "arn:aws:s3:::shop-data-replica"
    assert s3.get_bucket_location(Bucket="shop-data-replica")["LocationConstraint"] == RECOVERY
    assert s3.get_bucket_policy_status(Bucket="shop-downloads")["PolicyStatus"]["IsPublic"] is True
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlock"):
        s3.get_public_access_block(Bucket="shop-downloads")


def test_identities_are_good_and_bad(aws: Callable[..., Any]) -> None:
    iam = aws("iam")
    assert iam.list_mfa_devices(UserName="carol")["MFADevices"]
    assert iam.get_login_profile(UserName="alice")["LoginProfile"]
    assert not iam.list_mfa_devices(UserName="alice")["MFADevices"]
    attached = iam.list_attached_group_policies(GroupName="shop-admins")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == ["arn:aws:iam::aws:policy/AdministratorAccess"]
    (key,) = iam.list_access_keys(UserName="legacy-backup")["AccessKeyMetadata"]
    assert datetime.now(tz=UTC) - key["CreateDate"] > timedelta(days=365)
    partner = iam.get_role(RoleName="partner-billing")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert "Condition" not in partner
    deployer = iam.get_role_policy(RoleName="shop-deployer", PolicyName="shop-deployer-access")["PolicyDocument"]
    assert {"iam:PassRole", "lambda:CreateFunction"} <= set(deployer["Statement"][0]["Action"])


def test_the_edge_is_good_and_bad(aws: Callable[..., Any]) -> None:
    distributions = aws("cloudfront").list_distributions()["DistributionList"]["Items"]
    found = {one["Comment"]: one for one in distributions}
    assert found["The shop"]["WebACLId"] == aws("wafv2", GLOBAL).list_web_acls(Scope="CLOUDFRONT")["WebACLs"][0]["ARN"]
    assert not found["Downloads"]["WebACLId"]
    assert found["Downloads"]["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "allow-all"
    assert found["The shop"]["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    accesses = [one["Origins"]["Items"][0]["OriginAccessControlId"] for one in found.values()]
    assert [bool(access) for access in accesses] == [True, False]
    assert aws("acm", GLOBAL).list_certificates()["CertificateSummaryList"][0]["Status"] == "ISSUED"
    zone = aws("route53").list_hosted_zones()["HostedZones"][0]["Id"]
    records = aws("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    assert {record.get("Failover") for record in records} == {None, "PRIMARY", "SECONDARY"}


def test_load_balancers_are_good_and_bad(aws: Callable[..., Any]) -> None:
    elb = aws("elbv2")
    balancers = {
        one["LoadBalancerName"]: one["LoadBalancerArn"] for one in elb.describe_load_balancers()["LoadBalancers"]
    }
    spoken = {
        name: sorted(listener["Protocol"] for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"])
        for name, arn in balancers.items()
    }
    assert spoken == {"shop-web": ["HTTP", "HTTPS"], "legacy-web": ["HTTP"], "shop-orders": ["TCP"]}
    assert aws("wafv2").get_web_acl_for_resource(ResourceArn=balancers["shop-web"])["WebACL"]["Name"] == "shop-web"


def test_compute_is_good_and_bad(aws: Callable[..., Any]) -> None:
    tasks = {
        name: aws("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"]
        for name in ("shop-orders", "legacy-reports")
    }
    assert tasks["shop-orders"]["containerDefinitions"][0]["secrets"][0]["name"] == "DB_PASSWORD"
    assert "DB_PASSWORD" in [pair["name"] for pair in tasks["legacy-reports"]["containerDefinitions"][0]["environment"]]
    assert aws("lambda").get_function_url_config(FunctionName="legacy-newsletter")["AuthType"] == "NONE"
    (group,) = aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert len({instance["AvailabilityZone"] for instance in group["Instances"]}) == 3
    assert aws("eks").list_clusters()["clusters"] == ["shop-platform"]


@pytest.mark.parametrize(
    ("service", "operation", "key"),
    [
        ("config", "describe_configuration_recorders", "ConfigurationRecorders"),
        ("guardduty", "list_detectors", "DetectorIds"),
    ],
)
def test_guardrails_stand_in_one_region(aws: Callable[..., Any], service: str, operation: str, key: str) -> None:
    assert len(getattr(aws(service), operation)()[key]) == 1
    assert getattr(aws(service, RECOVERY), operation)()[key] == []


def test_what_moto_does_not_know_says_so(aws: Callable[..., Any]) -> None:
    """Without a call to AWS: a missing service, a missing operation, an endpoint that moto leaves open."""
    for service, operation in (
        ("accessanalyzer", "list_analyzers"),
        ("backup", "list_backup_jobs"),
        ("arc-region-switch", "list_plans"),
    ):
        with pytest.raises(ClientError) as caught:
            getattr(aws(service), operation)()
        assert caught.value.response["Error"]["Code"] == "501"


def test_every_resource_of_the_shop_is_tagged_alike(aws: Callable[..., Any]) -> None:
    pages = (
        aws("resourcegroupstaggingapi")
        .get_paginator("get_resources")
        .paginate(TagFilters=[{"Key": "workload", "Values": ["shop"]}])
    )
    found = [mapping for page in pages for mapping in page["ResourceTagMappingList"]]
    keys = [{tag["Key"] for tag in mapping["Tags"]} for mapping in found]
    assert len(keys) > 40
    assert all({"Name", "environment", "owner"} <= names for names in keys if "Name" in names)


def test_another_process_sees_the_same_ids(aws: Callable[..., Any]) -> None:
    script = (
        "import boto3, test_account; from auditor.demo.account import demo_account\n"
        "with demo_account(): print(test_account.ids(boto3.session.Session().client))"
    )
    there = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert there.stdout.strip() == str(ids(aws))


def ids(aws: Callable[..., Any]) -> list[str]:
    databases = [one["DBInstanceArn"] for one in aws("rds").describe_db_instances()["DBInstances"]]
    secrets = [secret["ARN"] for secret in aws("secretsmanager").list_secrets()["SecretList"]]
    groups = [group["GroupId"] for group in aws("ec2").describe_security_groups()["SecurityGroups"]]
    keys = [key["KeyId"] for key in aws("kms").list_keys()["Keys"]]
    zones = [zone["Id"] for zone in aws("route53").list_hosted_zones()["HostedZones"]]
    alarms = [alarm["AlarmArn"] for alarm in aws("cloudwatch").describe_alarms()["MetricAlarms"]]
    return sorted([*groups, *keys, *zones, *alarms, *databases, *secrets])


def test_many_threads_get_the_answers_that_one_gets(aws: Callable[..., Any]) -> None:
    questions = [
        (service, operation, region)
        for service, operation in LISTS
        for region in (PRIMARY, RECOVERY, "eu-north-1")
        for _ in range(3)
    ]

    def ask(question: tuple[str, str, str]) -> str:
        service, operation, region = question
        answer = getattr(clients[service, region], operation)()
        del answer["ResponseMetadata"]
        return json.dumps(answer, default=str, sort_keys=True)

    clients = {(service, region): aws(service, region) for service, _, region in questions}
    with ThreadPoolExecutor(24) as pool:
        together = list(pool.map(ask, questions))
    assert together == [ask(question) for question in questions]


LISTS = (
    ("cloudwatch", "describe_alarms"),
    ("dynamodb", "list_tables"),
    ("ec2", "describe_instances"),
    ("ec2", "describe_route_tables"),
    ("ec2", "describe_security_groups"),
    ("ecs", "list_clusters"),
    ("elbv2", "describe_load_balancers"),
    ("iam", "get_account_authorization_details"),
    ("kms", "list_keys"),
    ("lambda", "list_functions"),
    ("rds", "describe_db_subnet_groups"),
    ("s3", "list_buckets"),
    ("secretsmanager", "list_secrets"),
    ("sns", "list_topics"),
    ("sqs", "list_queues"),
)
