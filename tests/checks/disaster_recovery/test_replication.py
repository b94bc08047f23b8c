from datetime import timedelta
from typing import Any

from recovery_accounts import BY_NAME, Spec, declared, parts, survey
from recovery_accounts import labelled as of
from stores import (
    FRANKFURT,
    US,
    bucket,
    copy_job,
    db_cluster,
    db_instance,
    file_system,
    global_cluster,
    global_member,
    replica,
    replication_group,
    table,
    tags,
    vault_arn,
    warehouse,
)

from auditor.evidence.dms import DmsEndpoint, DmsTask
from auditor.evidence.drs import SourceServer
from auditor.evidence.dynamodb import GlobalReplica, TableEntry
from auditor.evidence.efs import FileSystemReplication
from auditor.evidence.elasticache import GlobalReplicationGroup
from auditor.evidence.rds import DbAutomatedBackup
from auditor.evidence.s3 import BucketEncryption, BucketReplication, BucketVersioning
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
    NOT_APPLICABLE,
    PASS,
    REGION,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)
from auditor.workloads import Strategy, Workloads

NOTHING: Any = every()
COPIES_DENIED = every(gaps=(gap("backup:ListCopyJobs"),))

DB = db_instance()
BACKUP_ARN = f"arn:aws:rds:{FRANKFURT}:123456789012:auto-backup:ab-1"
REPLICATED = db_instance(DBInstanceAutomatedBackupsReplications=[{"DBInstanceAutomatedBackupsArn": BACKUP_ARN}])


def automated(status: str = "replicating", region: str = FRANKFURT, **window: str) -> DbAutomatedBackup:
    return made(
        DbAutomatedBackup,
        {
            "DBInstanceAutomatedBackupsArn": BACKUP_ARN,
            "DBInstanceArn": DB.arn,
            "Status": status,
            "RestoreWindow": window,
        },
        region=region,
    )


FRESH = every(automated(LatestTime=ago(minutes=10)))

test_rds_instance_copy_in_other_region = cases(
    "rds_instance_copy_in_other_region",
    case(
        "a replica elsewhere",
        PASS,
        db_instance(ReadReplicaDBInstanceIdentifiers=[f"arn:aws:rds:{US}:123456789012:db:copy"]),
        ACCOUNT,
        NOTHING,
        NOTHING,
        because=US,
    ),
    case("a replica at home", FAIL, db_instance(ReadReplicaDBInstanceIdentifiers=["copy"]), ACCOUNT, NOTHING, NOTHING),
    case("replicated backups", PASS, REPLICATED, ACCOUNT, FRESH, NOTHING, because=FRANKFURT),
    case(
        "that are old", FAIL, REPLICATED, ACCOUNT, every(automated(LatestTime=ago(hours=2))), NOTHING, because="10:00"
    ),
    case("that have no window", FAIL, REPLICATED, ACCOUNT, every(automated()), NOTHING, because="never"),
    case("that are only kept", FAIL, REPLICATED, ACCOUNT, every(automated("retained")), NOTHING, because="retained"),
    case("that are not there", FAIL, REPLICATED, ACCOUNT, NOTHING, NOTHING, because="has none"),
    case("backups denied", UNKNOWN, REPLICATED, ACCOUNT, every(gaps=(gap("rds:D", FRANKFURT),)), NOTHING),
    case(
        "replicated to where nobody looked",
        UNKNOWN,
        db_instance(
            DBInstanceAutomatedBackupsReplications=[
                {"DBInstanceAutomatedBackupsArn": BACKUP_ARN.replace(FRANKFURT, "ap-south-1")}
            ]
        ),
        ACCOUNT,
        NOTHING,
        NOTHING,
        because="ap-south-1",
    ),
    case("a copy", PASS, DB, ACCOUNT, NOTHING, every(copy_job(DB)), because=f"copied to {FRANKFURT}"),
    case("an old copy", FAIL, DB, ACCOUNT, NOTHING, every(copy_job(DB, hours=31)), because="in 30 hours"),
    case("a copy that failed", FAIL, DB, ACCOUNT, NOTHING, every(copy_job(DB, State="FAILED"))),
    case("a copy that stayed", FAIL, DB, ACCOUNT, NOTHING, every(copy_job(DB, vault_arn("other")))),
    case("copies denied", UNKNOWN, DB, ACCOUNT, NOTHING, COPIES_DENIED),
    case("a member of a cluster", NOT_APPLICABLE, db_instance(DBClusterIdentifier="a"), ACCOUNT, NOTHING, NOTHING),
    case(
        "a replica", NOT_APPLICABLE, db_instance(ReadReplicaSourceDBInstanceIdentifier="a"), ACCOUNT, NOTHING, NOTHING
    ),
    case("for tests", NOT_APPLICABLE, db_instance(TagList=tags(Env="Test")), ACCOUNT, NOTHING, NOTHING),
)

FAR = db_instance(ReadReplicaSourceDBInstanceIdentifier=f"arn:aws:rds:{US}:123456789012:db:source")
LOW, HIGH = Metric((1.0,) * 100), Metric((1.0,) * 95 + (2000.0,) * 5)


def stalled(**changes: Any) -> Any:
    status = {"StatusType": "read replication", "Normal": False, "Status": "error", "Message": "no binlog"}
    return db_instance(
        ReadReplicaSourceDBInstanceIdentifier=f"arn:aws:rds:{US}:123456789012:db:source",
        StatusInfos=[status],
        **changes,
    )


test_rds_read_replica_lag_within_rpo = cases(
    "rds_read_replica_lag_within_rpo",
    case("in step", PASS, FAR, LOW, LOW, ACCOUNT, because="within 1 second"),
    case("one peak in a hundred", PASS, FAR, Metric((1.0,) * 99 + (9000.0,)), LOW, ACCOUNT),
    case("behind", FAIL, FAR, HIGH, HIGH, ACCOUNT, because="2000 seconds, more than 900"),
    case("behind, but so agreed", PASS, FAR, HIGH, HIGH, ACCOUNT, default_rpo_seconds=3600),
    case("stood still", FAIL, FAR, Metric((1.0, -1.0, 1.0)), LOW, ACCOUNT, because="-1"),
    case("in error", FAIL, stalled(), LOW, LOW, ACCOUNT, because="error: no binlog"),
    case("silent", FAIL, FAR, LOW, Metric(), ACCOUNT, because="last day"),
    case("new", NOT_APPLICABLE, stalled(InstanceCreateTime=ago(minutes=20)), Metric(), Metric(), ACCOUNT),
    case(
        "a replica at home", NOT_APPLICABLE, db_instance(ReadReplicaSourceDBInstanceIdentifier="a"), LOW, LOW, ACCOUNT
    ),
)

CLUSTER, SECOND = db_cluster(), db_cluster("second", region=FRANKFURT)
BOTH = global_cluster(global_member(CLUSTER, writer=True), global_member(SECOND))
ALONE = global_cluster(global_member(CLUSTER, writer=True))
COPY = every(copy_job(CLUSTER))

test_rds_cluster_global_database = cases(
    "rds_cluster_global_database",
    case("global", PASS, CLUSTER, ACCOUNT, every(BOTH), NOTHING, because="spans eu-central-1, eu-west-1"),
    case("global, some regions denied", PASS, CLUSTER, ACCOUNT, every(BOTH, gaps=(gap("rds:D"),)), NOTHING),
    case("global, alone", FAIL, CLUSTER, ACCOUNT, every(ALONE), NOTHING, because="world has no other region"),
    case(
        "a replica elsewhere",
        PASS,
        db_cluster(ReadReplicaIdentifiers=[SECOND.arn]),
        ACCOUNT,
        NOTHING,
        NOTHING,
        because=FRANKFURT,
    ),
    case("itself a replica", PASS, db_cluster(ReplicationSourceIdentifier=SECOND.arn), ACCOUNT, NOTHING, NOTHING),
    case("a copy", PASS, CLUSTER, ACCOUNT, NOTHING, COPY, because="copied to"),
    case("a copy, but too much to lose", FAIL, CLUSTER, ACCOUNT, NOTHING, COPY, rpo_seconds_requiring_global=172800),
    case("nothing", FAIL, CLUSTER, ACCOUNT, NOTHING, NOTHING, because="in 30 hours"),
    case("Serverless v1", FAIL, db_cluster(EngineMode="serverless"), ACCOUNT, NOTHING, NOTHING, because="cannot join"),
    case("for tests", NOT_APPLICABLE, db_cluster(TagList=tags(stage="qa")), ACCOUNT, NOTHING, NOTHING),
    case("denied", UNKNOWN, CLUSTER, ACCOUNT, every(gaps=(gap("rds:DescribeGlobalClusters"),)), NOTHING),
    case("copies denied", UNKNOWN, CLUSTER, ACCOUNT, NOTHING, COPIES_DENIED),
)

CLUSTERS = every(CLUSTER, SECOND)


def pair(**changes: Any) -> Any:
    return global_cluster(global_member(CLUSTER, writer=True), global_member(SECOND, **changes))


def beside(**changes: Any) -> Any:
    return every(CLUSTER, db_cluster("second", region=FRANKFURT, **changes))


test_rds_global_cluster_secondary_promotable = cases(
    "rds_global_cluster_secondary_promotable",
    case("in step", PASS, pair(SynchronizationStatus="connected"), ACCOUNT, CLUSTERS, because=FRANKFURT),
    case("says nothing of the link", PASS, BOTH, ACCOUNT, CLUSTERS),
    case(
        "out of step", FAIL, pair(SynchronizationStatus="pending-resync"), ACCOUNT, CLUSTERS, because="pending-resync"
    ),
    case("headless", FAIL, BOTH, ACCOUNT, beside(DBClusterMembers=[]), because="no instance"),
    case("another version", FAIL, BOTH, ACCOUNT, beside(EngineVersion="16.3"), because="runs 16.3, the writer 16.4"),
    case("gone", FAIL, BOTH, ACCOUNT, every(CLUSTER), because="does not exist"),
    case("writer gone", FAIL, BOTH, ACCOUNT, every(SECOND), because="its writer in eu-west-1"),
    case(
        "other logs",
        FAIL,
        BOTH,
        ACCOUNT,
        beside(EnabledCloudwatchLogsExports=["postgresql"]),
        because="other logs",
        severity=Severity.MEDIUM,
    ),
    case("alone", NOT_APPLICABLE, ALONE, ACCOUNT, CLUSTERS),
    case(
        "where nobody looked",
        UNKNOWN,
        global_cluster(global_member(CLUSTER, writer=True), global_member(db_cluster(region="ap-south-1"))),
        ACCOUNT,
        CLUSTERS,
        because="ap-south-1",
    ),
    case("denied", UNKNOWN, BOTH, ACCOUNT, every(CLUSTER, gaps=(gap("rds:DescribeDBClusters", FRANKFURT),))),
)

TABLE = table()

test_dynamodb_table_global_replica = cases(
    "dynamodb_table_global_replica",
    case("a replica", PASS, table(Replicas=[replica(US)]), {}, ACCOUNT, NOTHING, because=US),
    case("none", FAIL, TABLE, {}, ACCOUNT, NOTHING, because="no active replica"),
    case("being made", FAIL, table(Replicas=[replica(US, "CREATING")]), {}, ACCOUNT, NOTHING),
    case(
        "broken",
        FAIL,
        table(Replicas=[replica(US, "INACCESSIBLE_ENCRYPTION_CREDENTIALS"), replica(FRANKFURT)]),
        {},
        ACCOUNT,
        NOTHING,
        because="INACCESSIBLE",
    ),
    case("legacy", FAIL, table(GlobalTableVersion="2017.11.29"), {}, ACCOUNT, NOTHING, because="legacy"),
    case("a copy", PASS, TABLE, {}, ACCOUNT, every(copy_job(TABLE)), because="copied to"),
    case("copies denied", UNKNOWN, TABLE, {}, ACCOUNT, COPIES_DENIED),
    case("derivable", NOT_APPLICABLE, TABLE, {"dr:exclude": "true"}, ACCOUNT, NOTHING),
    case("archived", NOT_APPLICABLE, table(TableStatus="ARCHIVED"), {}, ACCOUNT, NOTHING),
)

SOURCE, TWIN, NEAR = bucket(), bucket("twin", region=FRANKFURT), bucket("near")
BUCKETS = every(SOURCE, TWIN, NEAR)


def to(name: str = "twin", **changes: Any) -> dict[str, Any]:
    destination = {"Bucket": f"arn:aws:s3:::{name}", "Metrics": {"Status": "Enabled"}}
    rule = {"ID": "copy", "Status": "Enabled", "Filter": {"Prefix": ""}, "Destination": destination}
    return rule | changes


def replication(*rules: dict[str, Any]) -> BucketReplication:
    return made(BucketReplication, Role="arn:aws:iam::123456789012:role/copy", Rules=list(rules))


AWAY = replication(to())
REPLICATIONS = every_of((SOURCE, AWAY))
REPLICATIONS_DENIED = every(gaps=(gap("s3:GetBucketReplication"),))

test_s3_bucket_replicated_to_other_region = cases(
    "s3_bucket_replicated_to_other_region",
    case("replicated", PASS, SOURCE, AWAY, {}, BUCKETS, REPLICATIONS, NOTHING, because=FRANKFURT),
    case("no rule", FAIL, SOURCE, None, {}, BUCKETS, NOTHING, NOTHING, because="no replication rule"),
    case("a rule that is off", FAIL, SOURCE, replication(to(Status="Disabled")), {}, BUCKETS, NOTHING, NOTHING),
    case("within the region", FAIL, SOURCE, replication(to("near")), {}, BUCKETS, NOTHING, NOTHING, because="stays in"),
    case("to another account", UNKNOWN, SOURCE, replication(to("far")), {}, BUCKETS, NOTHING, NOTHING, because="far"),
    case("a replica", NOT_APPLICABLE, TWIN, None, {}, BUCKETS, REPLICATIONS, NOTHING, because="replica"),
    case("a replica with a rule of its own", FAIL, TWIN, replication(to("twin")), {}, BUCKETS, REPLICATIONS, NOTHING),
    case(
        "a backup", PASS, SOURCE, None, {}, BUCKETS, NOTHING, every(copy_job(SOURCE, hours=400)), because="AWS Backup"
    ),
    case("derivable by name", NOT_APPLICABLE, bucket("athena-results"), None, {}, BUCKETS, NOTHING, NOTHING),
    case("derivable by tag", NOT_APPLICABLE, SOURCE, None, {"backup": "false"}, BUCKETS, NOTHING, NOTHING),
    case("buckets denied", UNKNOWN, SOURCE, AWAY, {}, every(gaps=(gap("s3:ListBuckets"),)), NOTHING, NOTHING),
    case("replications denied", UNKNOWN, SOURCE, None, {}, BUCKETS, REPLICATIONS_DENIED, NOTHING),
    case("copies denied", UNKNOWN, SOURCE, None, {}, BUCKETS, NOTHING, COPIES_DENIED),
)


def encryption(algorithm: str = "AES256") -> BucketEncryption:
    return made(BucketEncryption, Rules=[{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}])


AES, KMS = encryption(), encryption("aws:kms")
WITH_KMS = to(SourceSelectionCriteria={"SseKmsEncryptedObjects": {"Status": "Enabled"}})
VERSIONED = every_of((TWIN, made(BucketVersioning, Status="Enabled")))
SUSPENDED = every_of((TWIN, made(BucketVersioning, Status="Suspended")))

test_s3_replication_rule_covers_all_objects = cases(
    "s3_replication_rule_covers_all_objects",
    case("everything", PASS, SOURCE, AWAY, AES, BUCKETS, VERSIONED, because="twin"),
    case("everything, in the old form", PASS, SOURCE, replication(to(Filter={}, Prefix="")), AES, BUCKETS, VERSIONED),
    case(
        "a prefix", FAIL, SOURCE, replication(to(Filter={"Prefix": "a/"})), AES, BUCKETS, VERSIONED, because="prefix a/"
    ),
    case("an old prefix", FAIL, SOURCE, replication(to(Filter={}, Prefix="b/")), AES, BUCKETS, VERSIONED, because="b/"),
    case(
        "a tag",
        FAIL,
        SOURCE,
        replication(to(Filter={"Tag": {"Key": "kind", "Value": "x"}})),
        AES,
        BUCKETS,
        VERSIONED,
        because="tag kind",
    ),
    case("KMS left out", FAIL, SOURCE, AWAY, KMS, BUCKETS, VERSIONED, because="aws:kms"),
    case("KMS named", PASS, SOURCE, replication(WITH_KMS), KMS, BUCKETS, VERSIONED),
    case("destination without versions", FAIL, SOURCE, AWAY, AES, BUCKETS, SUSPENDED, because="destination twin"),
    case("destination of another account", PASS, SOURCE, replication(to("far")), AES, BUCKETS, VERSIONED),
    case("no rule", NOT_APPLICABLE, SOURCE, None, AES, BUCKETS, VERSIONED),
    case("within the region", NOT_APPLICABLE, SOURCE, replication(to("near")), AES, BUCKETS, VERSIONED),
    case("buckets denied", UNKNOWN, SOURCE, AWAY, AES, every(gaps=(gap("s3:ListBuckets"),)), VERSIONED),
    case("versions denied", UNKNOWN, SOURCE, AWAY, AES, BUCKETS, every(gaps=(gap("s3:V", FRANKFURT),))),
)


def destination(**changes: Any) -> dict[str, Any]:
    return to(Destination={"Bucket": "arn:aws:s3:::twin"} | changes)


TIMED = {"ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}}, "Metrics": {"Status": "Enabled"}}

test_s3_replication_time_control_for_rpo = cases(
    "s3_replication_time_control_for_rpo",
    case("measured", PASS, SOURCE, AWAY, BUCKETS, because="rules copy publish"),
    case("not measured", FAIL, SOURCE, replication(destination()), BUCKETS, because="metrics", severity=Severity.LOW),
    case("unbounded", FAIL, SOURCE, AWAY, BUCKETS, because="time control", severity=Severity.MEDIUM, rpo_minutes=15),
    case("bounded", PASS, SOURCE, replication(destination(**TIMED)), BUCKETS, rpo_minutes=15),
    case("no rule", NOT_APPLICABLE, SOURCE, None, BUCKETS),
    case("denied", UNKNOWN, SOURCE, AWAY, every(gaps=(gap("s3:ListBuckets"),))),
)

FILES = file_system()


def follows(status: str = "ENABLED", region: str = FRANKFURT, **changes: Any) -> Any:
    there = {"Status": status, "FileSystemId": "fs-2", "Region": region, "LastReplicatedTimestamp": ago(minutes=5)}
    kept = {name: value for name, value in (there | changes).items() if value is not None}
    raw = {"SourceFileSystemId": "fs-1", "SourceFileSystemRegion": "eu-west-1", "Destinations": [kept]}
    return every(made(FileSystemReplication, raw))


REPLICA_FILES = file_system(FileSystemProtection={"ReplicationOverwriteProtection": "REPLICATING"})

test_efs_file_system_replicated = cases(
    "efs_file_system_replicated",
    case("replicated", PASS, FILES, ACCOUNT, follows(), NOTHING, because=FRANKFURT),
    case("late", FAIL, FILES, ACCOUNT, follows(LastReplicatedTimestamp=ago(minutes=20)), NOTHING, because="11:40"),
    case(
        "late, but so agreed",
        PASS,
        FILES,
        ACCOUNT,
        follows(LastReplicatedTimestamp=ago(minutes=20)),
        NOTHING,
        max_age_minutes=60,
    ),
    case("in error", FAIL, FILES, ACCOUNT, follows("ERROR", StatusMessage="no key"), NOTHING, because="ERROR: no key"),
    case("paused", FAIL, FILES, ACCOUNT, follows("PAUSED"), NOTHING, because="PAUSED"),
    case(
        "first copy", FAIL, FILES, ACCOUNT, follows("ENABLING", LastReplicatedTimestamp=None), NOTHING, because="first"
    ),
    case("within the region", FAIL, FILES, ACCOUNT, follows(region="eu-west-1"), NOTHING, because="no replica"),
    case("nothing", FAIL, FILES, ACCOUNT, NOTHING, NOTHING, because="in 30 hours"),
    case("a copy", PASS, FILES, ACCOUNT, NOTHING, every(copy_job(FILES)), because="copied to"),
    case("a replica", NOT_APPLICABLE, REPLICA_FILES, ACCOUNT, NOTHING, NOTHING),
    case("being made", NOT_APPLICABLE, file_system(LifeCycleState="creating"), ACCOUNT, NOTHING, NOTHING),
    case("derivable", NOT_APPLICABLE, file_system(Tags=tags(backup="false")), ACCOUNT, NOTHING, NOTHING),
    case("denied", UNKNOWN, FILES, ACCOUNT, every(gaps=(gap("efs:D"),)), NOTHING),
    case("copies denied", UNKNOWN, FILES, ACCOUNT, NOTHING, COPIES_DENIED),
)

test_redshift_snapshot_copied_to_other_region = cases(
    "redshift_snapshot_copied_to_other_region",
    case("copied", PASS, warehouse(ClusterSnapshotCopyStatus={"DestinationRegion": FRANKFURT}), because=FRANKFURT),
    case("not copied", FAIL, warehouse()),
    case("copied to itself", FAIL, warehouse(ClusterSnapshotCopyStatus={"DestinationRegion": "eu-west-1"})),
    case("derivable", NOT_APPLICABLE, warehouse(Tags=tags(backup="false"))),
)


def server(state: str = "CONTINUOUS", seen: str = ago(minutes=2), **info: Any) -> SourceServer:
    return made(
        SourceServer,
        sourceServerID="s-1",
        arn="arn:aws:drs:eu-west-1:123456789012:source-server/s-1",
        dataReplicationInfo={"dataReplicationState": state} | info,
        lifeCycle={"lastSeenByServiceDateTime": seen},
    )


test_drs_source_server_replication_healthy = cases(
    "drs_source_server_replication_healthy",
    case("continuous", PASS, server(lagDuration="PT0S"), ACCOUNT),
    case("takes a snapshot", PASS, server("CREATING_SNAPSHOT"), ACCOUNT),
    case("first copy", FAIL, server("INITIAL_SYNC"), ACCOUNT, because="INITIAL_SYNC"),
    case("lags", FAIL, server(lagDuration="PT12M30S"), ACCOUNT, because="12 minutes behind"),
    case("lags, but so agreed", PASS, server(lagDuration="PT12M30S"), ACCOUNT, max_lag_minutes=15),
    case(
        "error",
        FAIL,
        server("STALLED", dataReplicationError={"error": "NOT_CONVERGING"}),
        ACCOUNT,
        because="CONVERGING",
    ),
    case("not seen", FAIL, server(seen=ago(hours=3)), ACCOUNT, because="not seen it since 2026-11-26 09:00"),
)


ELSEWHERE = table("carts", Replicas=[replica(US)])
MIXED = survey([*parts(BY_NAME["warm standby"]), ELSEWHERE])
MISSING = survey([*parts(BY_NAME["warm standby"]), table("carts")])

test_workload_stores_replicate_to_one_region = cases(
    "workload_stores_replicate_to_one_region",
    case("one region", PASS, ACCOUNT, of("warm standby"), because="eu-central-1 has copies of all 3 stores"),
    case("one elsewhere", FAIL, ACCOUNT, MIXED, because="has no copy of carts (its copy is in us-east-1)"),
    case("one without a copy", FAIL, ACCOUNT, MISSING, because="carts (it has none)"),
    case("backups", NOT_APPLICABLE, ACCOUNT, of("backups copied daily")),
    case("no copies", NOT_APPLICABLE, ACCOUNT, of("an empty database")),
    case("stores not readable", UNKNOWN, ACCOUNT, of("warm standby", "RedshiftCluster"), because="redshift:Describe"),
    case("no copies, as far as tables were read", UNKNOWN, ACCOUNT, of("an empty database", "Table")),
)

WORLD = survey(parts(Spec(cluster="global")), Workloads([declared(rpo=timedelta(seconds=5))]))
UNDECLARED = survey(parts(Spec(cluster="global")))
FIRST_CLUSTER = db_cluster("shop-aurora")
SECOND_CLUSTER = db_cluster("shop-aurora", region=FRANKFURT)
GLOBAL = every(global_cluster(global_member(FIRST_CLUSTER, writer=True), global_member(SECOND_CLUSTER)))
SLOW, QUICK, SILENT = Metric((100.0, 3000.0)), Metric((100.0, 200.0)), Metric()

test_rds_global_cluster_lag_within_rpo = cases(
    "rds_global_cluster_lag_within_rpo",
    case("quick", PASS, SECOND_CLUSTER, QUICK, GLOBAL, UNDECLARED, because="within 200 ms"),
    case("slow", FAIL, SECOND_CLUSTER, SLOW, GLOBAL, UNDECLARED, because="reach 3000 ms, more than 1000"),
    case("slow, as the RPO allows", PASS, SECOND_CLUSTER, SLOW, GLOBAL, WORLD),
    case("another limit", PASS, SECOND_CLUSTER, SLOW, GLOBAL, UNDECLARED, default_lag_ms=5000),
    case("no datapoints", UNKNOWN, SECOND_CLUSTER, SILENT, GLOBAL, UNDECLARED, because="no AuroraGlobalDBRPOLag"),
    case("the writer", NOT_APPLICABLE, FIRST_CLUSTER, SLOW, GLOBAL, UNDECLARED),
    case("alone", NOT_APPLICABLE, SECOND_CLUSTER, SLOW, every(), UNDECLARED),
    case("not readable", UNKNOWN, SECOND_CLUSTER, SLOW, every(gaps=(gap("rds:DescribeGlobalClusters"),)), UNDECLARED),
)

SESSIONS = replication_group("sessions", GlobalReplicationGroupInfo={"GlobalReplicationGroupId": "g"})
LONELY = replication_group("sessions")
MEANT = Workloads([declared(strategy=Strategy.WARM_STANDBY)])
SESSION_STORE = survey([SESSIONS], MEANT)


def datastore(status: str = "associated", region: str = FRANKFURT, failover: str = "enabled") -> Any:
    members = [
        {"ReplicationGroupId": "sessions", "ReplicationGroupRegion": "eu-west-1", "Role": "PRIMARY"},
        {"ReplicationGroupId": "there", "ReplicationGroupRegion": region, "Role": "SECONDARY", "Status": status}
        | {"AutomaticFailover": failover},
    ]
    raw = {"GlobalReplicationGroupId": "g", "ARN": "arn:g", "Status": "available", "Members": members}
    answer = {"GlobalReplicationGroups": [raw]}
    return every(*gathered(GlobalReplicationGroup, REGION, DescribeGlobalReplicationGroups=answer))


test_elasticache_global_datastore_for_primary_data = cases(
    "elasticache_global_datastore_for_primary_data",
    case("a member there", PASS, SESSIONS, {}, datastore(), SESSION_STORE, because="has a member in eu-central-1"),
    case("none", FAIL, LONELY, {}, every(), SESSION_STORE, because="belongs to no Global Datastore"),
    case("elsewhere", FAIL, SESSIONS, {}, datastore(region=US), SESSION_STORE, because="member in eu-central-1"),
    case("not associated", FAIL, SESSIONS, {}, datastore("disassociated"), SESSION_STORE),
    case(
        "no automatic failover", FAIL, SESSIONS, {}, datastore(failover="disabled"), SESSION_STORE, because="by itself"
    ),
    case("a cache", NOT_APPLICABLE, replication_group("pages"), {}, every(), SESSION_STORE),
    case("backups are meant", NOT_APPLICABLE, SESSIONS, {}, datastore(), survey([SESSIONS], Workloads([declared()]))),
    case("not readable", UNKNOWN, SESSIONS, {}, every(gaps=(gap("elasticache:Describe"),)), SESSION_STORE),
)


def global_replica(status: str = "ACTIVE", *, region: str = HOME, **changes: Any) -> GlobalReplica:
    entry = made(TableEntry, "shop-orders", region=region)
    answer = {"TableStatus": "ACTIVE", "Replicas": [replica(FRANKFURT, status)]}
    found: GlobalReplica = gathered(GlobalReplica, entry, DescribeTable={"Table": answer | changes})[0]
    return found


ORDERS = survey(parts(BY_NAME["warm standby"]))
STRICT = survey(parts(BY_NAME["warm standby"]), Workloads([declared(rpo=timedelta(milliseconds=500))]))
THIRD = global_replica(region=FRANKFURT, Replicas=[replica(US, "ACTIVE")])
NONE = Metric()
WRITTEN, IDLE = (NONE, Metric((5.0, 9.0)), NONE, NONE), (NONE,) * 4

test_dynamodb_replication_latency_within_rpo = cases(
    "dynamodb_replication_latency_within_rpo",
    case("quick", PASS, global_replica(), Metric((900.0,)), *WRITTEN, ORDERS, because="within 900 ms"),
    case("slow", FAIL, global_replica(), Metric((9000.0,)), *WRITTEN, ORDERS, because="9000 ms, more than 5000"),
    case("slower than declared", FAIL, global_replica(), Metric((900.0,)), *WRITTEN, STRICT, because="more than 500"),
    case("of a third replica", FAIL, THIRD, Metric((900.0,)), *WRITTEN, STRICT, because="more than 500"),
    case("another limit", PASS, global_replica(), Metric((9000.0,)), *WRITTEN, ORDERS, default_lag_ms=10000),
    case("silent", FAIL, global_replica(), NONE, *WRITTEN, ORDERS, because="though eu-west-1 took 14 writes"),
    case("nothing written here", NOT_APPLICABLE, global_replica(), NONE, *IDLE, ORDERS),
    case("strong", NOT_APPLICABLE, global_replica(MultiRegionConsistency="STRONG"), NONE, *WRITTEN, ORDERS),
    case("being made", NOT_APPLICABLE, global_replica("CREATING"), NONE, *WRITTEN, ORDERS),
)


def host(name: str, region: str) -> DmsEndpoint:
    server = f"{name}.c1x.{region}.rds.amazonaws.com" if region else "db.example.com"
    return made(DmsEndpoint, EndpointArn=f"arn:{name}", EndpointIdentifier=name, ServerName=server)


def task(status: str = "running", **changes: Any) -> DmsTask:
    raw = {
        "ReplicationTaskArn": "arn:aws:dms:eu-west-1:123456789012:task:T",
        "ReplicationTaskIdentifier": "orders",
        "MigrationType": "cdc",
        "Status": status,
        "SourceEndpointArn": "arn:here",
        "TargetEndpointArn": "arn:there",
        "ReplicationInstanceArn": "arn:rep",
    }
    answers: Any = {
        "DescribeReplicationTasks": {"ReplicationTasks": [raw | changes]},
        "DescribeReplicationInstances": {
            "ReplicationInstances": [{"ReplicationInstanceArn": "arn:rep", "ReplicationInstanceIdentifier": "large"}]
        },
    }
    found: DmsTask = gathered(DmsTask, REGION, **answers)[0]
    return found


def test_metrics_of_a_task_are_named_by_its_instance_and_the_end_of_its_arn() -> None:
    assert (task().instance, task().id) == ("large", "T")


ACROSS = every(host("here", HOME), host("there", FRANKFURT))
NEARBY = every(host("here", HOME), host("there", HOME))
FOREIGN = every(host("here", ""), host("there", FRANKFURT))

BRIEF, LATE = Metric((2.0, 20.0)), Metric((2.0, 900.0))

test_dms_task_cross_region_running = cases(
    "dms_task_cross_region_running",
    case("runs", PASS, task(), ACROSS, BRIEF, because="from eu-west-1 to eu-central-1"),
    case("stopped", FAIL, task("stopped"), ACROSS, BRIEF, because="is stopped"),
    case("failed", FAIL, task("failed", LastFailureMessage="no space"), ACROSS, BRIEF, because="is failed: no space"),
    case("tables in error", FAIL, task(ReplicationTaskStats={"TablesErrored": 2}), ACROSS, BRIEF, because="2 tables"),
    case("behind", FAIL, task(), ACROSS, LATE, because="reach 900 seconds, more than 300"),
    case("behind, and tolerated", PASS, task(), ACROSS, LATE, default_rpo_seconds=1000),
    case("no lag is told", UNKNOWN, task(), ACROSS, NONE, because="no CDCLatencyTarget"),
    case("being made", NOT_APPLICABLE, task("creating"), ACROSS, NONE),
    case("being deleted", NOT_APPLICABLE, task("deleting"), ACROSS, BRIEF),
    case("within a region", NOT_APPLICABLE, task("stopped"), NEARBY, BRIEF),
    case("from elsewhere", NOT_APPLICABLE, task("stopped"), FOREIGN, BRIEF),
    case("once", NOT_APPLICABLE, task("stopped", MigrationType="full-load"), ACROSS, BRIEF),
    case("without endpoints", NOT_APPLICABLE, task(), every(), BRIEF),
    case("denied", UNKNOWN, task(), every(gaps=(gap("dms:DescribeEndpoints"),)), BRIEF, because="dms:Describe"),
)
