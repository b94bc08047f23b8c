"""Amazon RDS: instances, clusters, global clusters, proxies, snapshots and what they are configured by.

Amazon DocumentDB and Amazon Neptune answer through the same operations: `engine` tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class MasterSecret(Evidence):
    """The secret that RDS made for the master password."""

    arn: str = at("SecretArn")
    status: str = at("SecretStatus")
    kms_key: str | None = at("KmsKeyId")


@evidence
class AppliedParameterGroup(Evidence):
    """A parameter group of an instance, and whether its values are in force."""

    group: str = at("DBParameterGroupName")
    status: str = at("ParameterApplyStatus")

    @property
    def is_default(self) -> bool:
        """Whether it is AWS's own group, which cannot be changed."""
        return self.group.startswith("default.")


@evidence
class ReplicationStatus(Evidence):
    """How the replication of a replica goes."""

    type: str = at("StatusType")
    normal: bool = at("Normal")
    status: str = at("Status")
    message: str = at("Message", absent="")


@evidence
class Database(Resource):
    """What instances and clusters have in common."""

    engine: str = at("Engine")
    engine_version: str = at("EngineVersion")
    encrypted: bool = at("StorageEncrypted")
    encryption_type: str | None = at("StorageEncryptionType")
    kms_key: str | None = at("KmsKeyId")
    storage_type: str | None = at("StorageType")
    backup_retention_days: int = at("BackupRetentionPeriod")
    latest_restorable: datetime | None = at("LatestRestorableTime")
    multi_az: bool = at("MultiAZ")
    vpc_security_groups: tuple[str, ...] = at("VpcSecurityGroups[].VpcSecurityGroupId")
    deletion_protection: bool = at("DeletionProtection")
    master_secret: MasterSecret | None = at("MasterUserSecret")
    iam_authentication: bool = at("IAMDatabaseAuthenticationEnabled")
    performance_insights: bool = at("PerformanceInsightsEnabled")
    performance_insights_days: int | None = at("PerformanceInsightsRetentionPeriod")
    insights_mode: str | None = at("DatabaseInsightsMode")
    monitoring_interval: int = at("MonitoringInterval", absent=0)
    """Seconds; 0, the default of CreateDBInstance, is off."""
    monitoring_role: str | None = at("MonitoringRoleArn")
    log_exports: tuple[str, ...] = at("EnabledCloudwatchLogsExports")
    replication: tuple[ReplicationStatus, ...] = at("StatusInfos")
    lifecycle_support: str | None = at("EngineLifecycleSupport")
    tags: Mapping[str, str] = at("TagList")

    @property
    def is_aurora(self) -> bool:
        """Whether it is Amazon Aurora."""
        return self.engine.startswith("aurora")

    @property
    def is_docdb(self) -> bool:
        """Whether it is Amazon DocumentDB."""
        return self.engine == "docdb"

    @property
    def is_neptune(self) -> bool:
        """Whether it is Amazon Neptune."""
        return self.engine == "neptune"

    @property
    def is_custom(self) -> bool:
        """Whether it is RDS Custom, whose host and database the customer manages."""
        return self.engine.startswith("custom-")


@evidence
class DbInstance(Database):
    """A database instance: one of its own, a replica, or a member of a cluster."""

    type_name: ClassVar = "AWS::RDS::DBInstance"
    arn: str = at("DBInstanceArn")
    identifier: str = at("DBInstanceIdentifier")
    resource_id: str = at("DbiResourceId")
    instance_class: str = at("DBInstanceClass")
    status: str = at("DBInstanceStatus")
    created: datetime = at("InstanceCreateTime")
    """Not sent while the instance is being created."""
    zone: str | None = at("AvailabilityZone")
    secondary_zone: str | None = at("SecondaryAvailabilityZone")
    publicly_accessible: bool = at("PubliclyAccessible")
    address: str | None = at("Endpoint.Address")
    endpoint_port: int | None = at("Endpoint.Port")
    instance_port: int = at("DbInstancePort", absent=0)
    """RDS API reference: 0 where the endpoint's port counts."""
    subnet_group: str | None = at("DBSubnetGroup.DBSubnetGroupName")
    subnets: tuple[str, ...] = at("DBSubnetGroup.Subnets[].SubnetIdentifier")
    vpc: str | None = at("DBSubnetGroup.VpcId")
    parameter_groups: tuple[AppliedParameterGroup, ...] = at("DBParameterGroups")
    option_groups: tuple[str, ...] = at("OptionGroupMemberships[].OptionGroupName")
    replica_source: str | None = at("ReadReplicaSourceDBInstanceIdentifier")
    """An identifier, or the ARN where it is in another region."""
    replica_source_cluster: str | None = at("ReadReplicaSourceDBClusterIdentifier")
    replicas: tuple[str, ...] = at("ReadReplicaDBInstanceIdentifiers")
    """Identifiers, and the ARNs of those in other regions."""
    replica_clusters: tuple[str, ...] = at("ReadReplicaDBClusterIdentifiers")
    replicated_backups: tuple[str, ...] = at("DBInstanceAutomatedBackupsReplications[].DBInstanceAutomatedBackupsArn")
    cluster: str | None = at("DBClusterIdentifier")
    promotion_tier: int | None = at("PromotionTier")
    allocated_gib: int = at("AllocatedStorage")
    max_allocated_gib: int | None = at("MaxAllocatedStorage")
    iops: int | None = at("Iops")
    license: str | None = at("LicenseModel")
    ca_certificate: str | None = at("CACertificateIdentifier")
    ca_valid_until: datetime | None = at("CertificateDetails.ValidTill")
    minor_upgrades: bool = at("AutoMinorVersionUpgrade")

    @property
    def port(self) -> int | None:
        """The port that it listens on; None while it is being created."""
        return self.endpoint_port or self.instance_port or None

    @property
    def is_cluster_member(self) -> bool:
        """Whether it belongs to a cluster, which then holds the data."""
        return self.cluster is not None

    @property
    def is_replica(self) -> bool:
        """Whether it is a read replica of an instance or a cluster."""
        return bool(self.replica_source or self.replica_source_cluster)

    @property
    def source_region(self) -> str | None:
        """The region of its source, where that is another one."""
        return region_elsewhere(self.replica_source or self.replica_source_cluster or "", self.region)

    @property
    def local_replicas(self) -> tuple[str, ...]:
        """Its replicas in its own region."""
        return tuple(one for one in (*self.replicas, *self.replica_clusters) if not region_elsewhere(one, self.region))

    @property
    def replica_regions(self) -> tuple[str, ...]:
        """The other regions in which it has a replica."""
        places = (region_elsewhere(one, self.region) for one in (*self.replicas, *self.replica_clusters))
        return tuple(sorted({place for place in places if place}))

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped it, for seven days at most."""
        return self.status in ("stopped", "stopping")


@evidence
class ClusterMember(Evidence):
    """An instance of a cluster."""

    instance: str = at("DBInstanceIdentifier")
    is_writer: bool = at("IsClusterWriter")
    parameter_group_status: str | None = at("DBClusterParameterGroupStatus")
    promotion_tier: int | None = at("PromotionTier")


@evidence
class ServerlessCapacity(Evidence):
    """The range in which Aurora Serverless v2 scales, in capacity units."""

    minimum: float = at("MinCapacity")
    maximum: float = at("MaxCapacity")
    pauses_after: int | None = at("SecondsUntilAutoPause")
    """Seconds; None where it never pauses."""


@evidence
class DbCluster(Database):
    """A cluster of Aurora, DocumentDB or Neptune, or a Multi-AZ cluster of MySQL or PostgreSQL."""

    type_name: ClassVar = "AWS::RDS::DBCluster"
    arn: str = at("DBClusterArn")
    identifier: str = at("DBClusterIdentifier")
    resource_id: str = at("DbClusterResourceId")
    engine_mode: str | None = at("EngineMode")
    status: str = at("Status")
    created: datetime = at("ClusterCreateTime")
    zones: tuple[str, ...] = at("AvailabilityZones")
    members: tuple[ClusterMember, ...] = at("DBClusterMembers")
    instance_class: str | None = at("DBClusterInstanceClass")
    """Of a Multi-AZ DB cluster; None where each member has its own."""
    address: str | None = at("Endpoint")
    reader_address: str | None = at("ReaderEndpoint")
    custom_addresses: tuple[str, ...] = at("CustomEndpoints")
    port: int | None = at("Port")
    subnet_group: str | None = at("DBSubnetGroup")
    parameter_group: str | None = at("DBClusterParameterGroup")
    publicly_accessible: bool | None = at("PubliclyAccessible")
    """Of a Multi-AZ DB cluster; None where each member says it for itself."""
    replication_source: str | None = at("ReplicationSourceIdentifier")
    replicas: tuple[str, ...] = at("ReadReplicaIdentifiers")
    global_cluster: str | None = at("GlobalClusterIdentifier")
    write_forwarding: str | None = at("GlobalWriteForwardingStatus")
    serverless_capacity: ServerlessCapacity | None = at("ServerlessV2ScalingConfiguration")
    data_api: bool = at("HttpEndpointEnabled", absent=False)
    """CreateDBCluster: the HTTP endpoint is off unless it is enabled."""
    backtrack_seconds: int = at("BacktrackWindow", absent=0)
    """CreateDBCluster: 0, the default, is off; engines without backtrack leave it out."""

    @property
    def is_serverless_v1(self) -> bool:
        """Whether it is Aurora Serverless v1, which has no instances."""
        return self.engine_mode == "serverless"

    @property
    def is_multi_az_cluster(self) -> bool:
        """Whether it is a Multi-AZ DB cluster: one writer and two readers in three zones, by design."""
        return self.engine in ("mysql", "postgres")

    @property
    def writer(self) -> ClusterMember | None:
        """The member that takes writes; None for a headless secondary of a global cluster."""
        return next((one for one in self.members if one.is_writer), None)

    @property
    def readers(self) -> tuple[ClusterMember, ...]:
        """The members that only read."""
        return tuple(one for one in self.members if not one.is_writer)

    @property
    def replica_regions(self) -> tuple[str, ...]:
        """The other regions in which it has a replica, a global cluster's members apart."""
        places = (region_elsewhere(one, self.region) for one in self.replicas)
        return tuple(sorted({place for place in places if place}))

    @property
    def source_region(self) -> str | None:
        """The region of the cluster that it replicates, where that is another one."""
        return region_elsewhere(self.replication_source or "", self.region)

    @property
    def is_stopped(self) -> bool:
        """Whether somebody stopped it, for seven days at most."""
        return self.status in ("stopped", "stopping")


def region_elsewhere(reference: str, here: str) -> str | None:
    """The region that an ARN names, where it is another; what is here is named by its identifier alone."""
    parts = reference.split(":")
    return parts[3] if len(parts) > 3 and parts[3] not in ("", here) else None  # noqa: PLR2004 - an ARN's region


db_instances = listed(
    DbInstance, call("rds", "DescribeDBInstances"), "DBInstances[]", skip={"DBInstanceStatus": ("deleting",)}
)
db_clusters = listed(DbCluster, call("rds", "DescribeDBClusters"), "DBClusters[]", skip={"Status": ("deleting",)})


@evidence
class GlobalMember(Evidence):
    """A cluster of a global cluster."""

    cluster: str = at("DBClusterArn")
    is_writer: bool = at("IsWriter")
    readers: tuple[str, ...] = at("Readers")
    synchronization: str | None = at("SynchronizationStatus")

    @property
    def region(self) -> str:
        """The region of the cluster."""
        return self.cluster.split(":")[3]


@evidence
class GlobalCluster(Resource):
    """A global cluster of Aurora, DocumentDB or Neptune; its region is that of its writer, if that is scanned."""

    type_name: ClassVar = "AWS::RDS::GlobalCluster"
    arn: str = at("GlobalClusterArn")
    identifier: str = at("GlobalClusterIdentifier")
    engine: str = at("Engine")
    engine_version: str = at("EngineVersion")
    status: str = at("Status")
    encrypted: bool = at("StorageEncrypted")
    deletion_protection: bool = at("DeletionProtection")
    members: tuple[GlobalMember, ...] = at("GlobalClusterMembers")
    tags: Mapping[str, str] = at("TagList")

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of its members."""
        return tuple(sorted({one.region for one in self.members}))

    @property
    def writer(self) -> GlobalMember | None:
        """The member that takes writes."""
        return next((one for one in self.members if one.is_writer), None)

    @property
    def secondaries(self) -> tuple[GlobalMember, ...]:
        """The members that follow the writer."""
        return tuple(one for one in self.members if not one.is_writer)


@collector(call("rds", "DescribeGlobalClusters"))
def global_clusters(aws: Aws, region: Region) -> Iterable[GlobalCluster]:
    """Each global cluster once, though the region of every member lists it."""
    for page in aws.pages("DescribeGlobalClusters"):
        for raw in page.get("GlobalClusters", ()):
            if _home(raw, region) == region.name and raw.get("Status") != "deleting":
                yield aws.parse(GlobalCluster, raw)


def _home(raw: Mapping[str, Any], here: Region) -> str:
    """The region of the writer; where it is not scanned, the first of the other members' that is."""
    members = sorted(
        raw.get("GlobalClusterMembers", ()), key=lambda one: (not one.get("IsWriter"), one["DBClusterArn"])
    )
    places = [one["DBClusterArn"].split(":")[3] for one in members]
    return next((place for place in places if place in here.account.regions), here.name)


@evidence
class DbInstanceParameters(Evidence):
    """The parameters that the groups of an instance set; an empty value is the engine's default."""

    values: Mapping[str, str] = at("Parameters")


@evidence
class DbClusterParameters(Evidence):
    """The parameters that the group of a cluster sets; an empty value is the engine's default."""

    values: Mapping[str, str] = at("Parameters")


@collector(call("rds", "DescribeDBParameters"))
def db_instance_parameters(aws: Aws, instance: DbInstance) -> DbInstanceParameters:
    """Of the groups in use; a group that many instances share is asked once."""
    pages = (
        page
        for one in instance.parameter_groups
        for page in aws.pages("DescribeDBParameters", DBParameterGroupName=one.group)
    )
    return aws.parse(
        DbInstanceParameters, {"Parameters": [item for page in pages for item in page.get("Parameters", ())]}
    )


@collector(call("rds", "DescribeDBClusterParameters", absent="DBParameterGroupNotFound"))
def db_cluster_parameters(aws: Aws, cluster: DbCluster) -> DbClusterParameters:
    """Of the group in use; a group that many clusters share is asked once."""
    if cluster.parameter_group is None:
        raise Absent("it names no parameter group")
    pages = aws.pages("DescribeDBClusterParameters", DBClusterParameterGroupName=cluster.parameter_group)
    return aws.parse(
        DbClusterParameters, {"Parameters": [item for page in pages for item in page.get("Parameters", ())]}
    )


@evidence
class DbSubnetGroup(Resource):
    """The subnets that instances and clusters are placed in."""

    type_name: ClassVar = "AWS::RDS::DBSubnetGroup"
    arn: str = at("DBSubnetGroupArn")
    group: str = at("DBSubnetGroupName")
    vpc: str = at("VpcId")
    subnets: tuple[str, ...] = at("Subnets[].SubnetIdentifier")
    zones: tuple[str, ...] = at("Subnets[].SubnetAvailabilityZone.Name")


db_subnet_groups = listed(DbSubnetGroup, call("rds", "DescribeDBSubnetGroups"), "DBSubnetGroups[]")


@evidence
class ProxyAuthentication(Evidence):
    """A way in which a proxy lets clients in and signs on to the database."""

    scheme: str | None = at("AuthScheme")
    secret: str | None = at("SecretArn")
    iam: str | None = at("IAMAuth")
    """`DISABLED`, `ENABLED` or `REQUIRED`."""


@evidence
class DbProxy(Resource):
    """An RDS Proxy."""

    type_name: ClassVar = "AWS::RDS::DBProxy"
    arn: str = at("DBProxyArn")
    proxy: str = at("DBProxyName")
    status: str = at("Status")
    engine_family: str = at("EngineFamily")
    address: str | None = at("Endpoint")
    vpc: str = at("VpcId")
    subnets: tuple[str, ...] = at("VpcSubnetIds")
    vpc_security_groups: tuple[str, ...] = at("VpcSecurityGroupIds")
    requires_tls: bool = at("RequireTLS")
    default_authentication: str | None = at("DefaultAuthScheme")
    authentication: tuple[ProxyAuthentication, ...] = at("Auth")
    role: str = at("RoleArn")
    idle_client_seconds: int | None = at("IdleClientTimeout")


db_proxies = listed(DbProxy, call("rds", "DescribeDBProxies"), "DBProxies[]", skip={"Status": ("deleting",)})


@evidence
class ProxyTarget(Evidence):
    """A database behind a proxy."""

    type: str = at("Type")
    """`RDS_INSTANCE` or `TRACKED_CLUSTER`; a tracked cluster's instances are listed beside it."""
    resource: str | None = at("RdsResourceId")
    """The identifier of an instance or cluster."""
    cluster: str | None = at("TrackedClusterId")
    address: str | None = at("Endpoint")
    role: str | None = at("Role")
    health: str | None = at("TargetHealth.State")
    """None for a tracked cluster, whose instances have their own."""
    health_reason: str | None = at("TargetHealth.Reason")

    @property
    def names(self) -> frozenset[str]:
        """The instance and the cluster that it stands for."""
        return frozenset(name for name in (self.resource, self.cluster) if name)


@evidence
class DbProxyTargets(Evidence):
    """The databases behind a proxy."""

    targets: tuple[ProxyTarget, ...] = at("Targets")


db_proxy_targets = described(DbProxyTargets, call("rds", "DescribeDBProxyTargets"), of=DbProxy, DBProxyName="proxy")


@evidence
class DbProxyPool(Evidence):
    """How the default target group of a proxy pools its connections."""

    max_connections_percent: int | None = at("ConnectionPoolConfig.MaxConnectionsPercent")
    max_idle_percent: int | None = at("ConnectionPoolConfig.MaxIdleConnectionsPercent")
    borrow_timeout_seconds: int | None = at("ConnectionPoolConfig.ConnectionBorrowTimeout")
    pinning_filters: tuple[str, ...] = at("ConnectionPoolConfig.SessionPinningFilters")


@collector(call("rds", "DescribeDBProxyTargetGroups"))
def db_proxy_pool(aws: Aws, proxy: DbProxy) -> DbProxyPool:
    """A proxy has one target group, `default`."""
    groups = aws("DescribeDBProxyTargetGroups", DBProxyName=proxy.proxy).get("TargetGroups", ())
    return aws.parse(DbProxyPool, next(iter(groups), {}))


@evidence
class Snapshot(Resource):
    """What snapshots of instances and of clusters have in common."""

    engine: str = at("Engine")
    type: str = at("SnapshotType")
    """`manual`, `automated` or `awsbackup`."""
    status: str = at("Status")
    created: datetime = at("SnapshotCreateTime")
    """Not sent while the snapshot is being made."""
    kms_key: str | None = at("KmsKeyId")
    encryption_type: str | None = at("StorageEncryptionType")
    size_gib: int | None = at("AllocatedStorage")
    tags: Mapping[str, str] = at("TagList")

    @property
    def is_manual(self) -> bool:
        """Whether it was made by hand; only these can be shared, and only these outlive their database for ever."""
        return self.type == "manual"


@evidence
class DbSnapshot(Snapshot):
    """A snapshot of an instance."""

    type_name: ClassVar = "AWS::RDS::DBSnapshot"
    arn: str = at("DBSnapshotArn")
    identifier: str = at("DBSnapshotIdentifier")
    instance: str = at("DBInstanceIdentifier")
    source_region: str | None = at("SourceRegion")
    encrypted: bool = at("Encrypted")


@evidence
class DbClusterSnapshot(Snapshot):
    """A snapshot of a cluster."""

    type_name: ClassVar = "AWS::RDS::DBClusterSnapshot"
    arn: str = at("DBClusterSnapshotArn")
    identifier: str = at("DBClusterSnapshotIdentifier")
    cluster: str = at("DBClusterIdentifier")
    source: str | None = at("SourceDBClusterSnapshotArn")
    encrypted: bool = at("StorageEncrypted")


db_snapshots = listed(DbSnapshot, call("rds", "DescribeDBSnapshots"), "DBSnapshots[]", skip={"Status": ("deleting",)})
db_cluster_snapshots = listed(
    DbClusterSnapshot, call("rds", "DescribeDBClusterSnapshots"), "DBClusterSnapshots[]", skip={"Status": ("deleting",)}
)


@evidence
class SnapshotSharing(Evidence):
    """Who may restore a snapshot, its own account apart."""

    shared_with: tuple[str, ...] = at("restore")
    """Account ids, and `all` for everyone."""

    @property
    def is_public(self) -> bool:
        """Whether every AWS account may restore it."""
        return "all" in self.shared_with


@evidence
class DbSnapshotSharing(SnapshotSharing):
    """Who may restore a snapshot of an instance."""


@evidence
class DbClusterSnapshotSharing(SnapshotSharing):
    """Who may restore a snapshot of a cluster."""


@collector(call("rds", "DescribeDBSnapshotAttributes"))
def db_snapshot_sharing(aws: Aws, snapshot: DbSnapshot) -> DbSnapshotSharing:
    """Asked for manual snapshots; others cannot be shared (RDS user guide, "Sharing a DB snapshot")."""
    if not snapshot.is_manual:
        return aws.parse(DbSnapshotSharing, {})
    answer = aws("DescribeDBSnapshotAttributes", DBSnapshotIdentifier=snapshot.identifier)
    return aws.parse(
        DbSnapshotSharing, _attributes(answer["DBSnapshotAttributesResult"].get("DBSnapshotAttributes", ()))
    )


@collector(call("rds", "DescribeDBClusterSnapshotAttributes"))
def db_cluster_snapshot_sharing(aws: Aws, snapshot: DbClusterSnapshot) -> DbClusterSnapshotSharing:
    """Asked for manual snapshots; others cannot be shared (Aurora user guide, "Sharing a DB cluster snapshot")."""
    if not snapshot.is_manual:
        return aws.parse(DbClusterSnapshotSharing, {})
    answer = aws("DescribeDBClusterSnapshotAttributes", DBClusterSnapshotIdentifier=snapshot.identifier)
    result = answer["DBClusterSnapshotAttributesResult"]
    return aws.parse(DbClusterSnapshotSharing, _attributes(result.get("DBClusterSnapshotAttributes", ())))


def _attributes(raw: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {one["AttributeName"]: one.get("AttributeValues", ()) for one in raw}


@evidence
class DbAutomatedBackup(Resource):
    """The automated backups of an instance, in its own region or replicated to this one."""

    type_name: ClassVar = "AWS::RDS::DBInstanceAutomatedBackup"
    arn_format: ClassVar = "arn:{partition}:rds:{region}:{account}:auto-backup:{resource_id}"
    arn: str = at("DBInstanceAutomatedBackupsArn")
    resource_id: str = at("DbiResourceId")
    instance_arn: str = at("DBInstanceArn")
    source_region: str = at("Region")
    status: str = at("Status")
    """`active`, `replicating`, or `retained` after the instance is gone."""
    earliest: datetime | None = at("RestoreWindow.EarliestTime")
    latest: datetime | None = at("RestoreWindow.LatestTime")
    retention_days: int = at("BackupRetentionPeriod")
    encrypted: bool = at("Encrypted")
    kms_key: str | None = at("KmsKeyId")


db_automated_backups = listed(
    DbAutomatedBackup, call("rds", "DescribeDBInstanceAutomatedBackups"), "DBInstanceAutomatedBackups[]"
)


@evidence
class DbExportTask(Resource):
    """An export of a snapshot or a cluster to S3."""

    type_name: ClassVar = "AWS::RDS::ExportTask"
    arn_format: ClassVar = "arn:{partition}:rds:{region}:{account}:export-task:{identifier}"
    identifier: str = at("ExportTaskIdentifier")
    source: str = at("SourceArn")
    bucket: str = at("S3Bucket")
    status: str = at("Status")
    ended: datetime | None = at("TaskEndTime")
    kms_key: str | None = at("KmsKeyId")


db_export_tasks = listed(DbExportTask, call("rds", "DescribeExportTasks"), "ExportTasks[]")


@evidence
class BlueGreenDeployment(Resource):
    """A copy of a database beside it, to switch over to."""

    type_name: ClassVar = "AWS::RDS::BlueGreenDeployment"
    arn_format: ClassVar = "arn:{partition}:rds:{region}:{account}:deployment:{identifier}"
    identifier: str = at("BlueGreenDeploymentIdentifier")
    source: str = at("Source")
    target: str | None = at("Target")
    status: str = at("Status")
    created: datetime = at("CreateTime")
    tags: Mapping[str, str] = at("TagList")


blue_green_deployments = listed(
    BlueGreenDeployment,
    call("rds", "DescribeBlueGreenDeployments"),
    "BlueGreenDeployments[]",
    skip={"Status": ("DELETING",)},
)


@evidence
class ReservedDbInstance(Resource):
    """Instances that are paid for a term."""

    type_name: ClassVar = "AWS::RDS::ReservedDBInstance"
    arn: str = at("ReservedDBInstanceArn")
    identifier: str = at("ReservedDBInstanceId")
    instance_class: str = at("DBInstanceClass")
    product: str = at("ProductDescription")
    multi_az: bool = at("MultiAZ")
    count: int = at("DBInstanceCount")
    state: str = at("State")
    started: datetime = at("StartTime")
    seconds: int = at("Duration")


reserved_db_instances = listed(
    ReservedDbInstance,
    call("rds", "DescribeReservedDBInstances"),
    "ReservedDBInstances[]",
    skip={"State": ("retired", "payment-failed")},
)


@evidence
class EngineSupport(Evidence):
    """A phase of support of a major version."""

    kind: str = at("LifecycleSupportName")
    """`open-source-rds-standard-support` or `open-source-rds-extended-support`."""
    starts: datetime = at("LifecycleSupportStartDate")
    ends: datetime = at("LifecycleSupportEndDate")


@evidence
class MajorEngineVersion(Evidence):
    """A major version of an engine and how long it is supported."""

    engine: str = at("Engine")
    version: str = at("MajorEngineVersion")
    support: tuple[EngineSupport, ...] = at("SupportedEngineLifecycles")

    @property
    def standard_support_ends(self) -> datetime | None:
        """When standard support ends; None where AWS names no date."""
        return next((one.ends for one in self.support if one.kind.endswith("standard-support")), None)


@evidence
class MajorEngineVersions(Evidence):
    """The major versions that RDS offers in a region."""

    versions: tuple[MajorEngineVersion, ...] = at("DBMajorEngineVersions")


@collector(call("rds", "DescribeDBMajorEngineVersions"))
def major_engine_versions(aws: Aws, _region: Region) -> MajorEngineVersions:
    """All pages, as one table."""
    pages = aws.pages("DescribeDBMajorEngineVersions")
    found = [item for page in pages for item in page.get("DBMajorEngineVersions", ())]
    return aws.parse(MajorEngineVersions, {"DBMajorEngineVersions": found})
