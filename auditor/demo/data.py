"""Databases, caches, tables and file systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, RECOVERY, labels, pairs

if TYPE_CHECKING:
    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity
    from auditor.demo.network import Network


def build_data(clients: Clients, identity: Identity, shop: Network, recovery: Network) -> None:
    """The data tier of both Regions."""
    for network in (shop, recovery):
        _subnet_groups(clients, network)
        _parameter_group(clients("rds", network.region))
    _orders_database(clients, identity, shop, recovery)
    _weak_databases(clients("rds"), shop)
    _catalogue_cluster(clients, identity, shop, recovery)
    _caches(clients, identity, shop)
    _tables(clients("dynamodb"), identity)
    _file_systems(clients("efs"), identity, shop)


def _subnet_groups(clients: Clients, network: Network) -> None:
    group = {"SubnetIds": network.subnets["data"], "Tags": pairs(labels("shop-data", "data"))}
    clients("rds", network.region).create_db_subnet_group(
        DBSubnetGroupName="shop-data", DBSubnetGroupDescription="The data subnets", **group
    )
    clients("elasticache", network.region).create_cache_subnet_group(
        CacheSubnetGroupName="shop-data", CacheSubnetGroupDescription="The data subnets", **group
    )


def _parameter_group(rds: Any) -> None:
    """Connections to the orders database must use TLS."""
    rds.create_db_parameter_group(
        DBParameterGroupName="shop-postgres", DBParameterGroupFamily="postgres16", Description="TLS only"
    )
    forced = {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "immediate"}
    rds.modify_db_parameter_group(DBParameterGroupName="shop-postgres", Parameters=[forced])


def _orders_database(clients: Clients, identity: Identity, shop: Network, recovery: Network) -> None:
    """Two zones, encrypted, backed up, with a replica in the recovery Region."""
    clients("rds").create_db_instance(
        DBInstanceIdentifier="shop-orders",
        DBInstanceClass="db.r6g.large",
        Engine="postgres",
        EngineVersion="16.4",
        AllocatedStorage=100,
        StorageType="gp3",
        DBName="orders",
        MasterUsername="orders",
        ManageMasterUserPassword=True,
        MultiAZ=True,
        StorageEncrypted=True,
        KmsKeyId=identity.keys["shop-data"],
        BackupRetentionPeriod=14,
        DeletionProtection=True,
        PubliclyAccessible=False,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["postgresql"],
        AutoMinorVersionUpgrade=True,
        CopyTagsToSnapshot=True,
        DBSubnetGroupName="shop-data",
        DBParameterGroupName="shop-postgres",
        VpcSecurityGroupIds=[shop.groups["shop-db"]],
        Tags=pairs(labels("shop-orders", "data", data_classification="confidential")),
    )
    clients("rds", RECOVERY).create_db_instance_read_replica(
        DBInstanceIdentifier="shop-orders-replica",
        SourceDBInstanceIdentifier=f"arn:aws:rds:{PRIMARY}:{identity.account}:db:shop-orders",
        DBInstanceClass="db.r6g.large",
        KmsKeyId=identity.keys["shop-data-recovery"],
        VpcSecurityGroupIds=[recovery.groups["shop-db"]],
        DBSubnetGroupName="shop-data",
        Tags=pairs(labels("shop-orders-replica", "data")),
    )
    clients("rds").create_db_snapshot(
        DBInstanceIdentifier="shop-orders", DBSnapshotIdentifier="shop-orders-before-migration"
    )


def _weak_databases(rds: Any, shop: Network) -> None:
    """One on the internet, and one open to the whole network: single zone, plain, without backups."""
    for name, engine, version, public, group in (
        ("legacy-crm", "mysql", "5.7.44", True, "shop-legacy-db"),
        ("shop-reporting", "postgres", "13.9", False, "shop-reporting-db"),
    ):
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            DBInstanceClass="db.m4.large",
            Engine=engine,
            EngineVersion=version,
            AllocatedStorage=50,
            StorageType="gp2",
            MasterUsername="admin1",
            MasterUserPassword="made-up-for-the-demonstration",
            MultiAZ=False,
            StorageEncrypted=False,
            BackupRetentionPeriod=0,
            PubliclyAccessible=public,
            VpcSecurityGroupIds=[shop.groups[group]],
            DBSubnetGroupName="shop-data",
            Tags=pairs(labels(name, "data")),
        )
    rds.create_db_snapshot(DBInstanceIdentifier="legacy-crm", DBSnapshotIdentifier="legacy-crm-2024")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="legacy-crm-2024", AttributeName="restore", ValuesToAdd=["all"]
    )


def _catalogue_cluster(clients: Clients, identity: Identity, shop: Network, recovery: Network) -> None:
    """An Aurora global database: a writer and a reader at home, one instance in the recovery Region."""
    clients("rds").create_global_cluster(
        GlobalClusterIdentifier="shop-catalogue",
        Engine="aurora-postgresql",
        EngineVersion="16.4",
        StorageEncrypted=True,
    )
    for network, key, owner, instances in (
        (shop, "shop-data", {"MasterUsername": "catalogue", "ManageMasterUserPassword": True}, 2),
        (recovery, "shop-data-recovery", {}, 1),
    ):
        rds = clients("rds", network.region)
        rds.create_db_cluster(
            DBClusterIdentifier="shop-catalogue",
            GlobalClusterIdentifier="shop-catalogue",
            Engine="aurora-postgresql",
            EngineVersion="16.4",
            StorageEncrypted=True,
            KmsKeyId=identity.keys[key],
            BackupRetentionPeriod=7,
            DeletionProtection=True,
            DBSubnetGroupName="shop-data",
            VpcSecurityGroupIds=[network.groups["shop-db"]],
            Tags=pairs(labels("shop-catalogue", "data")),
            **owner,
        )
        for number in range(1, instances + 1):
            _cluster_instance(rds, number)


def _cluster_instance(rds: Any, number: int) -> None:
    rds.create_db_instance(
        DBInstanceIdentifier=f"shop-catalogue-{number}",
        DBClusterIdentifier="shop-catalogue",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
        PubliclyAccessible=False,
        Tags=pairs(labels(f"shop-catalogue-{number}", "data")),
    )


def _caches(clients: Clients, identity: Identity, shop: Network) -> None:
    """The sessions' cache fails over and encrypts; the old one is a single plain node."""
    cache = clients("elasticache")
    cache.create_replication_group(
        ReplicationGroupId="shop-sessions",
        ReplicationGroupDescription="Sessions of the shop",
        Engine="redis",
        EngineVersion="7.1",
        CacheNodeType="cache.r6g.large",
        ReplicasPerNodeGroup=1,
        PreferredCacheClusterAZs=[f"{PRIMARY}a", f"{PRIMARY}b"],
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=True,
        KmsKeyId=identity.keys["shop-data"],
        SnapshotRetentionLimit=7,
        CacheSubnetGroupName="shop-data",
        SecurityGroupIds=[shop.groups["shop-cache"]],
        Tags=pairs(labels("shop-sessions", "data")),
    )
    cache.create_cache_cluster(
        CacheClusterId="legacy-pages",
        Engine="redis",
        EngineVersion="5.0.6",
        CacheNodeType="cache.t2.medium",
        NumCacheNodes=1,
        Tags=pairs(labels("legacy-pages", "data")),
    )


def _tables(dynamodb: Any, identity: Identity) -> None:
    """The carts can be restored to any second and cannot be deleted by mistake; the audit trail can."""
    key = {"AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    key |= {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    dynamodb.create_table(
        TableName="shop-orders",
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": identity.keys["shop-data"]},
        Tags=pairs(labels("shop-orders", "data", data_classification="confidential")),
        **key,
    )
    dynamodb.update_continuous_backups(
        TableName="shop-orders", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    dynamodb.create_table(
        TableName="shop-audit",
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
        Tags=pairs(labels("shop-audit", "data")),
        **key,
    )


def _file_systems(efs: Any, identity: Identity, shop: Network) -> None:
    """Product media, encrypted, in every zone, backed up; and an old share that is neither."""
    media = efs.create_file_system(
        CreationToken="shop-media",
        Encrypted=True,
        KmsKeyId=identity.keys["shop-data"],
        Backup=True,
        Tags=pairs(labels("shop-media", "data")),
    )["FileSystemId"]
    for subnet in shop.subnets["data"]:
        efs.create_mount_target(FileSystemId=media, SubnetId=subnet, SecurityGroups=[shop.groups["shop-files"]])
    efs.create_file_system(CreationToken="legacy-share", Encrypted=False, Tags=pairs({"Name": "legacy-share"}))
