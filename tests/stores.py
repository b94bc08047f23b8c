"""Stores as AWS describes them, for the tests of evidence and checks: each function takes what differs."""

from typing import Any

from auditor.evidence.backup import (
    BackupJob,
    BackupPlan,
    BackupRules,
    BackupSelection,
    BackupVault,
    CopyJob,
)
from auditor.evidence.dynamodb import ContinuousBackups, Table, TableEntry, TimeToLive
from auditor.evidence.efs import FileSystem
from auditor.evidence.elasticache import CacheCluster, ReplicationGroup
from auditor.evidence.rds import DbCluster, DbInstance, GlobalCluster
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.s3 import Bucket, BucketEntry
from auditor.model import Region
from auditor.testing import ACCOUNT, HOME, REGION, ago, gathered, made
from auditor.typed import Resource

US = "us-east-1"
FRANKFURT = "eu-central-1"
OWNER = ACCOUNT.id


def differing(raw: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The item with what differs; None takes a field away."""
    return {name: value for name, value in (raw | changes).items() if value is not None}


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def db_instance(name: str = "db", *, region: str = HOME, **changes: Any) -> DbInstance:
    raw = {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:{region}:{OWNER}:db:{name}",
        "DbiResourceId": "db-ABC",
        "DBInstanceClass": "db.r6g.large",
        "Engine": "postgres",
        "EngineVersion": "16.4",
        "DBInstanceStatus": "available",
        "InstanceCreateTime": ago(days=100),
        "LatestRestorableTime": ago(minutes=5),
        "AvailabilityZone": f"{region}a",
        "MultiAZ": False,
        "PubliclyAccessible": False,
        "StorageEncrypted": True,
        "BackupRetentionPeriod": 7,
        "AllocatedStorage": 100,
        "DeletionProtection": False,
        "PerformanceInsightsEnabled": True,
        "PerformanceInsightsRetentionPeriod": 7,
        "DBParameterGroups": [{"DBParameterGroupName": "tuned", "ParameterApplyStatus": "in-sync"}],
    }
    return made(DbInstance, differing(raw, changes), region=region)


def db_cluster(name: str = "aurora", *, region: str = HOME, **changes: Any) -> DbCluster:
    raw = {
        "DBClusterIdentifier": name,
        "DBClusterArn": f"arn:aws:rds:{region}:{OWNER}:cluster:{name}",
        "DbClusterResourceId": "cluster-ABC",
        "Engine": "aurora-postgresql",
        "EngineMode": "provisioned",
        "EngineVersion": "16.4",
        "Status": "available",
        "ClusterCreateTime": ago(days=100),
        "LatestRestorableTime": ago(minutes=5),
        "BackupRetentionPeriod": 7,
        "StorageEncrypted": True,
        "DeletionProtection": False,
        "DBClusterParameterGroup": "tuned",
        "DBClusterMembers": [member("one", writer=True), member("two")],
    }
    return made(DbCluster, differing(raw, changes), region=region)


def member(name: str, *, writer: bool = False, tier: int = 1, status: str = "in-sync") -> dict[str, Any]:
    return {
        "DBInstanceIdentifier": name,
        "IsClusterWriter": writer,
        "PromotionTier": tier,
        "DBClusterParameterGroupStatus": status,
    }


def global_cluster(*members: dict[str, Any], **changes: Any) -> GlobalCluster:
    raw = {
        "GlobalClusterIdentifier": "world",
        "GlobalClusterArn": f"arn:aws:rds::{OWNER}:global-cluster:world",
        "Engine": "aurora-postgresql",
        "Status": "available",
        "DeletionProtection": False,
        "GlobalClusterMembers": list(members),
    }
    found = gathered(GlobalCluster, REGION, DescribeGlobalClusters={"GlobalClusters": [differing(raw, changes)]})
    assert isinstance(found[0], GlobalCluster)
    return found[0]


def global_member(cluster: DbCluster, *, writer: bool = False, **changes: Any) -> dict[str, Any]:
    return {"DBClusterArn": cluster.arn, "IsWriter": writer} | changes


def table(name: str = "orders", *, region: str = HOME, **changes: Any) -> Table:
    raw = {
        "TableName": name,
        "TableArn": f"arn:aws:dynamodb:{region}:{OWNER}:table/{name}",
        "TableStatus": "ACTIVE",
        "CreationDateTime": ago(days=100),
        "ItemCount": 5000,
        "TableSizeBytes": 1,
        "DeletionProtectionEnabled": False,
    }
    entry = made(TableEntry, name, region=region)
    (found,) = gathered(Table, entry, DescribeTable={"Table": differing(raw, changes)})
    assert isinstance(found, Table)
    return found


def replica(region: str, status: str = "ACTIVE") -> dict[str, str]:
    return {"RegionName": region, "ReplicaStatus": status}


def recovery(status: str = "ENABLED", days: int | None = 35) -> ContinuousBackups:
    window = {"RecoveryPeriodInDays": days} if days else {}
    return made(ContinuousBackups, PointInTimeRecoveryDescription={"PointInTimeRecoveryStatus": status} | window)


def expiry(status: str = "DISABLED") -> TimeToLive:
    attribute = {"AttributeName": "until"} if status == "ENABLED" else {}
    return made(TimeToLive, {"TimeToLiveStatus": status} | attribute)


def bucket(name: str = "documents", *, region: str = HOME) -> Bucket:
    (found,) = gathered(Bucket, made(BucketEntry, Name=name, BucketRegion=region))
    assert isinstance(found, Bucket)
    return found


def file_system(**changes: Any) -> FileSystem:
    raw = {
        "FileSystemId": "fs-1",
        "FileSystemArn": f"arn:aws:elasticfilesystem:{HOME}:{OWNER}:file-system/fs-1",
        "CreationTime": ago(days=100),
        "LifeCycleState": "available",
        "Encrypted": True,
    }
    return made(FileSystem, differing(raw, changes))


def plan(name: str = "daily", *, region: str = HOME, plan_id: str = "p-1") -> BackupPlan:
    arn = f"arn:aws:backup:{region}:{OWNER}:backup-plan:{plan_id}"
    return made(
        BackupPlan,
        BackupPlanId=plan_id,
        BackupPlanArn=arn,
        BackupPlanName=name,
        CreationDate=ago(days=9),
        region=region,
    )


def rule(**changes: Any) -> dict[str, Any]:
    return {"RuleId": "r-1", "RuleName": "daily", "TargetBackupVaultName": "main"} | changes


def rules(*raw: dict[str, Any], runs: tuple[str, ...] = ()) -> BackupRules:
    preview = [{"RuleId": "r-1", "ExecutionTime": run} for run in runs]
    return made(BackupRules, BackupPlan={"Rules": list(raw)}, ScheduledRunsPreview=preview)


def selection(of: BackupPlan) -> BackupSelection:
    return made(BackupSelection, SelectionId="s-1", BackupPlanId=of.id, SelectionName="all", under=of)


def vault(name: str = "main", *, region: str = HOME, **changes: Any) -> BackupVault:
    raw = {
        "BackupVaultName": name,
        "BackupVaultArn": vault_arn(name, region),
        "CreationDate": ago(days=100),
        "NumberOfRecoveryPoints": 12,
    }
    return made(BackupVault, differing(raw, changes), region=region)


def vault_arn(name: str = "main", region: str = HOME, account: str = OWNER) -> str:
    return f"arn:aws:backup:{region}:{account}:backup-vault:{name}"


def copy_job(of: Resource | str, to: str = vault_arn(region=FRANKFURT), *, hours: float = 5, **changes: Any) -> CopyJob:
    raw = {
        "CopyJobId": "c-1",
        "ResourceArn": of if isinstance(of, str) else of.arn,
        "State": "COMPLETED",
        "CreationDate": ago(hours=hours),
        "SourceBackupVaultArn": vault_arn(),
        "DestinationBackupVaultArn": to,
    }
    (found,) = gathered(CopyJob, Region(HOME, ACCOUNT), ListCopyJobs={"CopyJobs": [differing(raw, changes)]})
    assert isinstance(found, CopyJob)
    return found


def backup_job(
    of: str = "arn:aws:ec2:eu-west-1:123456789012:volume/v", *, hours: float = 5, **changes: Any
) -> BackupJob:
    raw = {"BackupJobId": f"b-{hours}", "ResourceArn": of, "State": "COMPLETED", "CreationDate": ago(hours=hours)}
    return made(BackupJob, differing(raw, changes))


def shard(*zones: str, name: str = "0001", roles: tuple[str, ...] = ()) -> dict[str, Any]:
    members = [
        {"CacheClusterId": f"cache-{name}-{index}", "CacheNodeId": "0001", "PreferredAvailabilityZone": zone}
        for index, zone in enumerate(zones, 1)
    ]
    for one, role in zip(members, roles, strict=False):
        one["CurrentRole"] = role
    return {"NodeGroupId": name, "NodeGroupMembers": members}


def replication_group(name: str = "cache", **changes: Any) -> ReplicationGroup:
    raw = {
        "ReplicationGroupId": name,
        "ARN": f"arn:aws:elasticache:{HOME}:{OWNER}:replicationgroup:{name}",
        "Engine": "valkey",
        "Status": "available",
        "AutomaticFailover": "enabled",
        "MultiAZ": "enabled",
        "NodeGroups": [shard("eu-west-1a", "eu-west-1b")],
        "TransitEncryptionEnabled": True,
        "TransitEncryptionMode": "required",
        "AtRestEncryptionEnabled": True,
        "AuthTokenEnabled": True,
    }
    return made(ReplicationGroup, differing(raw, changes))


def cache_cluster(name: str = "cache", **changes: Any) -> CacheCluster:
    raw = {
        "CacheClusterId": name,
        "ARN": f"arn:aws:elasticache:{HOME}:{OWNER}:cluster:{name}",
        "Engine": "redis",
        "CacheClusterStatus": "available",
        "NumCacheNodes": 1,
    }
    return made(CacheCluster, differing(raw, changes))


def warehouse(**changes: Any) -> RedshiftCluster:
    raw = {
        "ClusterIdentifier": "dwh",
        "ClusterStatus": "available",
        "AutomatedSnapshotRetentionPeriod": 7,
        "AvailabilityZone": "eu-west-1a",
    }
    return made(RedshiftCluster, differing(raw, changes))
