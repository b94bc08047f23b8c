from typing import Any

import pytest
from stores import FRANKFURT, OWNER, US, db_cluster, db_instance, global_member, member

from auditor.errors import Absent, Unread
from auditor.evidence.rds import (
    BlueGreenDeployment,
    DbAutomatedBackup,
    DbClusterParameters,
    DbClusterSnapshot,
    DbClusterSnapshotSharing,
    DbExportTask,
    DbInstance,
    DbInstanceParameters,
    DbProxy,
    DbProxyPool,
    DbProxyTargets,
    DbSnapshot,
    DbSnapshotSharing,
    DbSubnetGroup,
    GlobalCluster,
    MajorEngineVersions,
    ReservedDbInstance,
    region_elsewhere,
)
from auditor.model import Account, Region
from auditor.testing import ACCOUNT, HOME, NOW, REGION, ago, gathered, made


def test_an_instance_and_where_it_stands() -> None:
    group = {
        "DBSubnetGroupName": "data",
        "VpcId": "vpc-1",
        "Subnets": [{"SubnetIdentifier": "subnet-a"}, {"SubnetIdentifier": "subnet-b"}],
    }
    one = db_instance(
        Endpoint={"Address": "db.eu-west-1.rds.amazonaws.com", "Port": 5432},
        DBSubnetGroup=group,
        VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
        MasterUserSecret={"SecretArn": "arn:aws:secretsmanager:s", "SecretStatus": "active"},
        TagList=[{"Key": "env", "Value": "prod"}],
    )
    assert (one.address, one.port, one.vpc, one.subnets) == (
        "db.eu-west-1.rds.amazonaws.com",
        5432,
        "vpc-1",
        ("subnet-a", "subnet-b"),
    )
    assert one.vpc_security_groups == ("sg-1",)
    assert one.master_secret is not None
    assert one.master_secret.status == "active"
    assert (one.name, one.tags["env"]) == ("db", "prod")
    assert not one.is_aurora
    assert not one.is_cluster_member


def test_the_port_of_an_instance_without_an_endpoint() -> None:
    assert db_instance(DbInstancePort=3306).port == 3306
    assert db_instance().port is None


def test_what_an_instance_leaves_out_is_not_guessed() -> None:
    one = db_instance(PubliclyAccessible=None, InstanceCreateTime=None)
    with pytest.raises(Unread, match="PubliclyAccessible"):
        _ = one.publicly_accessible
    with pytest.raises(Unread):
        _ = one.created


@pytest.mark.parametrize(
    ("engine", "words"),
    [
        ("aurora-mysql", (True, False, False, False)),
        ("docdb", (False, True, False, False)),
        ("neptune", (False, False, True, False)),
        ("custom-sqlserver-se", (False, False, False, True)),
        ("postgres", (False, False, False, False)),
    ],
)
def test_engines_that_share_the_api(engine: str, words: tuple[bool, ...]) -> None:
    one = db_instance(Engine=engine)
    assert (one.is_aurora, one.is_docdb, one.is_neptune, one.is_custom) == words


def test_replicas_near_and_far() -> None:
    far = f"arn:aws:rds:{US}:{OWNER}:db:copy"
    source = db_instance(ReadReplicaDBInstanceIdentifiers=["near", far], ReadReplicaDBClusterIdentifiers=["cluster"])
    assert source.local_replicas == ("near", "cluster")
    assert source.replica_regions == (US,)
    assert not source.is_replica
    copy = db_instance(ReadReplicaSourceDBInstanceIdentifier=f"arn:aws:rds:{FRANKFURT}:{OWNER}:db:db")
    assert (copy.is_replica, copy.source_region) == (True, FRANKFURT)
    assert db_instance(ReadReplicaSourceDBClusterIdentifier="cluster").source_region is None


def test_a_region_that_an_arn_names() -> None:
    assert region_elsewhere("arn:aws:rds:us-east-1:1:db:x", "eu-west-1") == "us-east-1"
    assert region_elsewhere("arn:aws:rds:eu-west-1:1:db:x", "eu-west-1") is None
    assert region_elsewhere("x", "eu-west-1") is None
    assert region_elsewhere("", "eu-west-1") is None


def test_an_instance_that_is_being_deleted_is_none() -> None:
    items = [
        {"DBInstanceIdentifier": name, "DBInstanceArn": name, "DBInstanceStatus": name}
        for name in ("deleting", "creating")
    ]
    assert [one.status for one in gathered(DbInstance, DescribeDBInstances={"DBInstances": items})] == ["creating"]


def test_a_cluster_and_its_members() -> None:
    one = db_cluster(
        ServerlessV2ScalingConfiguration={"MinCapacity": 0, "MaxCapacity": 16, "SecondsUntilAutoPause": 300}
    )
    assert one.writer is not None
    assert (one.writer.instance, [r.instance for r in one.readers]) == ("one", ["two"])
    assert one.serverless_capacity is not None
    assert (one.serverless_capacity.minimum, one.serverless_capacity.pauses_after) == (0, 300)
    assert not one.is_serverless_v1
    assert not one.is_multi_az_cluster
    headless = db_cluster(DBClusterMembers=[], GlobalClusterIdentifier="world")
    assert headless.writer is None
    assert headless.readers == ()
    assert db_cluster(Engine="mysql", DBClusterMembers=[member("one", writer=True)]).is_multi_az_cluster


def test_a_cluster_that_replicates_another_region() -> None:
    far = f"arn:aws:rds:{US}:{OWNER}:cluster:a"
    assert db_cluster(ReadReplicaIdentifiers=[far, "near"]).replica_regions == (US,)
    assert db_cluster(ReplicationSourceIdentifier=far).source_region == US


def world(*members: dict[str, Any], **changes: Any) -> dict[str, Any]:
    raw = {
        "GlobalClusterIdentifier": "world",
        "GlobalClusterArn": "arn:aws:rds::1:global-cluster:world",
        "Status": "available",
    }
    return {"GlobalClusters": [raw | {"GlobalClusterMembers": list(members)} | changes]}


WRITER, READER = db_cluster(), db_cluster("second", region=FRANKFURT)
PAIR = (global_member(READER), global_member(WRITER, writer=True))


def test_a_global_cluster_is_listed_by_the_region_of_its_writer() -> None:
    (one,) = gathered(GlobalCluster, REGION, DescribeGlobalClusters=world(*PAIR))
    assert one.regions == (FRANKFURT, HOME)
    assert one.writer.cluster == WRITER.arn
    assert [member.region for member in one.secondaries] == [FRANKFURT]
    assert gathered(GlobalCluster, Region(FRANKFURT, ACCOUNT), DescribeGlobalClusters=world(*PAIR)) == ()


def test_a_global_cluster_whose_writer_was_not_scanned() -> None:
    partly = Account(OWNER, "aws", (FRANKFURT, US), NOW)
    assert gathered(GlobalCluster, Region(FRANKFURT, partly), DescribeGlobalClusters=world(*PAIR))
    assert not gathered(GlobalCluster, Region(US, partly), DescribeGlobalClusters=world(*PAIR))


def test_a_global_cluster_without_members_and_one_that_goes() -> None:
    assert len(gathered(GlobalCluster, REGION, DescribeGlobalClusters=world())) == 1
    assert gathered(GlobalCluster, REGION, DescribeGlobalClusters=world(Status="deleting")) == ()


def test_parameters_of_all_pages() -> None:
    pages = [
        {"Parameters": [{"ParameterName": "rds.force_ssl", "ParameterValue": "1", "Description": "x"}]},
        {"Parameters": [{"ParameterName": "log_min_duration_statement"}]},
    ]
    found = gathered(DbInstanceParameters, db_instance(), DescribeDBParameters=pages)
    assert found.values == {"rds.force_ssl": "1", "log_min_duration_statement": ""}
    of_cluster = gathered(DbClusterParameters, db_cluster(), DescribeDBClusterParameters=pages)
    assert of_cluster.values["rds.force_ssl"] == "1"


def test_a_cluster_that_names_no_parameter_group_has_no_parameters() -> None:
    with pytest.raises(Absent):
        gathered(DbClusterParameters, db_cluster(DBClusterParameterGroup=None), DescribeDBClusterParameters={})


def test_a_subnet_group() -> None:
    zones = [{"SubnetIdentifier": f"subnet-{z}", "SubnetAvailabilityZone": {"Name": f"eu-west-1{z}"}} for z in "ab"]
    one = made(DbSubnetGroup, DBSubnetGroupName="data", DBSubnetGroupArn="arn:x", VpcId="vpc-1", Subnets=zones)
    assert (one.subnets, one.zones) == (("subnet-a", "subnet-b"), ("eu-west-1a", "eu-west-1b"))


PROXY = {"DBProxyName": "pool", "DBProxyArn": "arn:aws:rds:eu-west-1:1:db-proxy:prx-1", "Status": "available"}


def test_a_proxy_and_what_stands_behind_it() -> None:
    proxy = made(DbProxy, PROXY | {"RequireTLS": True, "Auth": [{"SecretArn": "arn:s", "IAMAuth": "REQUIRED"}]})
    assert proxy.requires_tls
    assert proxy.authentication[0].iam == "REQUIRED"
    targets = [
        {"Type": "TRACKED_CLUSTER", "RdsResourceId": "aurora"},
        {
            "Type": "RDS_INSTANCE",
            "RdsResourceId": "one",
            "TrackedClusterId": "aurora",
            "TargetHealth": {"State": "AVAILABLE"},
        },
    ]
    cluster, instance = made(DbProxyTargets, Targets=targets).targets
    assert (cluster.health, cluster.names) == (None, frozenset({"aurora"}))
    assert (instance.health, instance.names) == ("AVAILABLE", frozenset({"one", "aurora"}))
    pool = {"TargetGroups": [{"TargetGroupName": "default", "ConnectionPoolConfig": {"MaxConnectionsPercent": 90}}]}
    assert gathered(DbProxyPool, proxy, DescribeDBProxyTargetGroups=pool).max_connections_percent == 90


def snapshot(kind: str = "manual") -> DbSnapshot:
    return made(DbSnapshot, DBSnapshotIdentifier="s", DBSnapshotArn="arn:s", SnapshotType=kind, Encrypted=True)


def test_with_whom_a_manual_snapshot_is_shared() -> None:
    attributes = [{"AttributeName": "restore", "AttributeValues": ["all", "210987654321"]}]
    answer = {"DBSnapshotAttributesResult": {"DBSnapshotIdentifier": "s", "DBSnapshotAttributes": attributes}}
    shared = gathered(DbSnapshotSharing, snapshot(), DescribeDBSnapshotAttributes=answer)
    assert shared.is_public
    assert shared.shared_with == ("all", "210987654321")


def test_an_automated_snapshot_is_not_asked_with_whom_it_is_shared() -> None:
    refusal = AssertionError("asked")
    shared = gathered(DbSnapshotSharing, snapshot("automated"), DescribeDBSnapshotAttributes=refusal)
    assert (shared.shared_with, shared.is_public) == ((), False)


def test_a_snapshot_of_a_cluster() -> None:
    one = made(
        DbClusterSnapshot,
        DBClusterSnapshotIdentifier="s",
        DBClusterSnapshotArn="arn:s",
        SnapshotType="manual",
        StorageEncrypted=False,
    )
    assert not one.encrypted
    answer: dict[str, Any] = {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotAttributes": []}}
    assert gathered(DbClusterSnapshotSharing, one, DescribeDBClusterSnapshotAttributes=answer).shared_with == ()
    automated = made(DbClusterSnapshot, DBClusterSnapshotArn="arn:s", SnapshotType="automated")
    refusal = AssertionError("asked")
    assert not gathered(DbClusterSnapshotSharing, automated, DescribeDBClusterSnapshotAttributes=refusal).is_public


def test_automated_backups_that_came_from_another_region() -> None:
    window = {"EarliestTime": ago(days=7), "LatestTime": ago(minutes=5)}
    one = made(
        DbAutomatedBackup,
        DbiResourceId="db-A",
        DBInstanceArn="arn:db",
        Region=US,
        Status="replicating",
        RestoreWindow=window,
    )
    assert one.arn == f"arn:aws:rds:{HOME}:{OWNER}:auto-backup:db-A"
    assert one.source_region == US
    assert one.latest is not None
    assert one.earliest is not None
    assert one.latest > one.earliest


def test_exports_deployments_and_reservations() -> None:
    export = made(DbExportTask, ExportTaskIdentifier="e", SourceArn="arn:snapshot", S3Bucket="lake", Status="COMPLETE")
    assert (export.source, export.bucket) == ("arn:snapshot", "lake")
    green = made(
        BlueGreenDeployment, BlueGreenDeploymentIdentifier="bgd-1", Source="arn:a", Target="arn:b", Status="AVAILABLE"
    )
    assert green.arn.endswith("deployment:bgd-1")
    bought = made(
        ReservedDbInstance,
        ReservedDBInstanceArn="arn:r",
        DBInstanceClass="db.r6g.large",
        DBInstanceCount=2,
        State="active",
    )
    assert bought.count == 2


def test_how_long_a_major_version_is_supported() -> None:
    phases = [
        {"LifecycleSupportName": f"open-source-rds-{kind}-support", "LifecycleSupportEndDate": ago(days=days)}
        for kind, days in (("standard", 30), ("extended", -700))
    ]
    version = {"Engine": "mysql", "MajorEngineVersion": "8.0", "SupportedEngineLifecycles": phases}
    bare = {"Engine": "oracle-ee", "MajorEngineVersion": "19"}
    pages = [{"DBMajorEngineVersions": [version]}, {"DBMajorEngineVersions": [bare]}]
    first, second = gathered(MajorEngineVersions, REGION, DescribeDBMajorEngineVersions=pages).versions
    assert first.standard_support_ends < NOW
    assert second.standard_support_ends is None
