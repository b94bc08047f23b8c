from datetime import timedelta
from typing import Any

from recovery_accounts import Spec as Built
from recovery_accounts import declared, parts, survey
from recovery_accounts import labelled as of
from stores import (
    FRANKFURT,
    US,
    backup_job,
    copy_job,
    db_cluster,
    db_instance,
    expiry,
    file_system,
    plan,
    recovery,
    replica,
    replication_group,
    rule,
    rules,
    selection,
    table,
    tags,
    vault,
    vault_arn,
    warehouse,
)

from auditor.evidence.backup import BackupRegionSettings, RecoveryPoint, SelectionScope
from auditor.evidence.ec2 import Instance
from auditor.evidence.kms import Key, KeyEntry
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    NOT_APPLICABLE,
    NOW,
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
from auditor.workloads import Workloads

GLOBAL_TABLE = table(Replicas=[replica(US)])
REPLICA = table(region=US, Replicas=[replica("eu-west-1")])
OFF, ON = recovery("DISABLED", None), recovery()
PLAN = plan()
SELECTED = every(selection(PLAN))
NOTHING: Any = every()
DENIED = every(gaps=(gap("dynamodb:DescribeTable"),))

test_dynamodb_table_point_in_time_recovery = cases(
    "dynamodb_table_point_in_time_recovery",
    case("on", PASS, table(), ON, expiry(), {}, ACCOUNT, NOTHING, NOTHING, because="35 days"),
    case("on, the period not said", PASS, table(), recovery(days=None), expiry(), {}, ACCOUNT, NOTHING, NOTHING),
    case("off", FAIL, table(), OFF, expiry(), {}, ACCOUNT, NOTHING, NOTHING, because="recovery is off"),
    case("too short", FAIL, table(), recovery(days=3), expiry(), {}, ACCOUNT, NOTHING, NOTHING, because="3 days"),
    case(
        "on in a replica only",
        FAIL,
        GLOBAL_TABLE,
        OFF,
        expiry(),
        {},
        ACCOUNT,
        every(GLOBAL_TABLE, REPLICA),
        every_of((GLOBAL_TABLE, OFF), (REPLICA, ON)),
        because="only in us-east-1",
        severity=Severity.LOW,
    ),
    case(
        "off in all regions",
        FAIL,
        GLOBAL_TABLE,
        OFF,
        expiry(),
        {},
        ACCOUNT,
        every(GLOBAL_TABLE, REPLICA),
        every_of((GLOBAL_TABLE, OFF), (REPLICA, OFF)),
        because="all 2 regions",
        severity=Severity.HIGH,
    ),
    case(
        "a replica that was not scanned",
        UNKNOWN,
        table(Replicas=[replica("ap-south-1")]),
        OFF,
        expiry(),
        {},
        ACCOUNT,
        NOTHING,
        NOTHING,
        because="ap-south-1",
    ),
    case("replicas denied", UNKNOWN, GLOBAL_TABLE, OFF, expiry(), {}, ACCOUNT, DENIED, NOTHING, because="denied"),
    case(
        "sessions that expire",
        FAIL,
        table("web-sessions"),
        OFF,
        expiry("ENABLED"),
        {},
        ACCOUNT,
        NOTHING,
        NOTHING,
        severity=Severity.LOW,
    ),
    case("derivable", NOT_APPLICABLE, table(), OFF, expiry(), {"backup": "false"}, ACCOUNT, NOTHING, NOTHING),
    case("archived", NOT_APPLICABLE, table(TableStatus="ARCHIVED"), OFF, expiry(), {}, ACCOUNT, NOTHING, NOTHING),
)

test_rds_cluster_native_backup_retention = cases(
    "rds_cluster_native_backup_retention",
    case("seven days", PASS, db_cluster(), ACCOUNT, because="7 days"),
    case("one day", FAIL, db_cluster(BackupRetentionPeriod=1), ACCOUNT, because="kept 1 day,"),
    case("DocumentDB", FAIL, db_cluster(Engine="docdb", BackupRetentionPeriod=3), ACCOUNT, because="3 days"),
    case(
        "logs stand still", FAIL, db_cluster(LatestRestorableTime=ago(hours=3)), ACCOUNT, because="upload has stopped"
    ),
    case("stopped", NOT_APPLICABLE, db_cluster(Status="stopped", BackupRetentionPeriod=1), ACCOUNT),
    case("RDS Custom", NOT_APPLICABLE, db_cluster(Engine="custom-sqlserver-ee"), ACCOUNT),
)

test_rds_instance_native_backup_retention = cases(
    "rds_instance_native_backup_retention",
    case("seven days", PASS, db_instance(), ACCOUNT),
    case(
        "off",
        FAIL,
        db_instance(BackupRetentionPeriod=0, LatestRestorableTime=None),
        ACCOUNT,
        because="off",
        severity=Severity.HIGH,
    ),
    case("too short", FAIL, db_instance(BackupRetentionPeriod=2), ACCOUNT, severity=Severity.MEDIUM),
    case("logs stand still", FAIL, db_instance(LatestRestorableTime=ago(hours=3)), ACCOUNT, because="2026-11-26 09:00"),
    case(
        "changing, logs stand",
        PASS,
        db_instance(DBInstanceStatus="modifying", LatestRestorableTime=ago(hours=3)),
        ACCOUNT,
    ),
    case("member of a cluster", NOT_APPLICABLE, db_instance(DBClusterIdentifier="aurora"), ACCOUNT),
    case("replica", NOT_APPLICABLE, db_instance(ReadReplicaSourceDBInstanceIdentifier="db"), ACCOUNT),
    case("stopped", NOT_APPLICABLE, db_instance(DBInstanceStatus="stopped"), ACCOUNT),
    case("RDS Custom", NOT_APPLICABLE, db_instance(Engine="custom-oracle-ee"), ACCOUNT),
)

test_redshift_cluster_native_backup_retention = cases(
    "redshift_cluster_native_backup_retention",
    case("seven days", PASS, warehouse()),
    case("one day", FAIL, warehouse(AutomatedSnapshotRetentionPeriod=1), because="1 day,"),
    case("off", FAIL, warehouse(AutomatedSnapshotRetentionPeriod=0), severity=Severity.HIGH),
)


def runs(*hours: float) -> tuple[str, ...]:
    return tuple((NOW + timedelta(hours=one)).isoformat() for one in hours)


test_backup_plan_schedule_within_rpo = cases(
    "backup_plan_schedule_within_rpo",
    case("daily", PASS, PLAN, rules(rule(), runs=runs(5, 29, 53)), SELECTED, because="24 hours apart"),
    case("daily, over the end of summer time", PASS, PLAN, rules(rule(), runs=runs(5, 29, 54)), SELECTED),
    case("not on weekends", FAIL, PLAN, rules(rule(), runs=runs(5, 29, 101)), SELECTED, because="72 hours apart"),
    case("two rules that take turns", PASS, PLAN, rules(rule(), rule(), runs=runs(0, 24, 48)), SELECTED),
    case("stricter", FAIL, PLAN, rules(rule(), runs=runs(5, 29)), SELECTED, default_rpo_hours=4),
    case("late start is said", PASS, PLAN, rules(rule(), runs=runs(5, 29)), SELECTED, because="start 8 hours late"),
    case("no rules", FAIL, PLAN, rules(), SELECTED, because="no rules"),
    case("selects nothing", FAIL, PLAN, rules(rule(), runs=runs(5, 29)), NOTHING, because="selects no"),
    case("no preview", UNKNOWN, PLAN, rules(rule()), SELECTED, because="preview"),
    case("selections denied", UNKNOWN, PLAN, rules(rule()), every(gaps=(gap("backup:ListBackupSelections"),))),
)


def copy(region: str, days: int | None = None, account: str = "123456789012") -> dict[str, Any]:
    kept = {"Lifecycle": {"DeleteAfterDays": days}} if days else {}
    return {"DestinationBackupVaultArn": vault_arn(region=region, account=account)} | kept


HOME_COPY = copy("eu-west-1", account="210987654321")

test_backup_plan_cross_region_copy = cases(
    "backup_plan_cross_region_copy",
    case("copied", PASS, PLAN, rules(rule(), rule(CopyActions=[copy(FRANKFURT)])), SELECTED, because=FRANKFURT),
    case("none", FAIL, PLAN, rules(rule()), SELECTED, because="its rule copies nothing"),
    case("two rules, none", FAIL, PLAN, rules(rule(), rule()), SELECTED, because="none of its 2 rules"),
    case(
        "another account only", FAIL, PLAN, rules(rule(CopyActions=[HOME_COPY])), SELECTED, because="stay in eu-west-1"
    ),
    case("selects nothing", NOT_APPLICABLE, PLAN, rules(rule()), NOTHING),
    case("selections denied", UNKNOWN, PLAN, rules(rule()), every(gaps=(gap("backup:ListBackupSelections"),))),
)


def kept(days: int | None, **changes: Any) -> dict[str, Any]:
    return rule(Lifecycle={"DeleteAfterDays": days} if days else {}, **changes)


HANDED_ON = {"DeleteAfterEvent": "DELETE_AFTER_COPY"}

test_backup_recovery_point_retention_minimum = cases(
    "backup_recovery_point_retention_minimum",
    case("long enough", PASS, PLAN, rules(kept(7), kept(35)), SELECTED, because="35 days"),
    case("for ever", PASS, PLAN, rules(kept(None)), SELECTED, because="for ever"),
    case("without a lifecycle", PASS, PLAN, rules(rule()), SELECTED, because="for ever"),
    case("too short", FAIL, PLAN, rules(kept(7), kept(30)), SELECTED, because="30 days"),
    case(
        "copies too short",
        FAIL,
        PLAN,
        rules(kept(35, CopyActions=[copy(FRANKFURT, 7)])),
        SELECTED,
        because="kept 7 days",
    ),
    case("copies long enough", PASS, PLAN, rules(kept(35, CopyActions=[copy(FRANKFURT, 90)])), SELECTED),
    case(
        "deleted after a long copy",
        PASS,
        PLAN,
        rules(rule(Lifecycle=HANDED_ON, CopyActions=[copy(FRANKFURT, 60)])),
        SELECTED,
        because="60 days",
    ),
    case(
        "deleted after a short copy", FAIL, PLAN, rules(rule(Lifecycle=HANDED_ON, CopyActions=[copy(US, 7)])), SELECTED
    ),
    case("no rules", NOT_APPLICABLE, PLAN, rules(), SELECTED),
    case("selects nothing", NOT_APPLICABLE, PLAN, rules(kept(7)), NOTHING),
    case("selections denied", UNKNOWN, PLAN, rules(kept(7)), every(gaps=(gap("backup:ListBackupSelections"),))),
)


def settings(**types: bool) -> BackupRegionSettings:
    return made(BackupRegionSettings, ResourceTypeOptInPreference=types)


def scope(**raw: Any) -> SelectionScope:
    return made(SelectionScope, BackupSelection=raw)


BY_TAG = every_of((selection(PLAN), scope(ListOfTags=[{"ConditionKey": "backup", "ConditionValue": "daily"}])))
PLANS = every(PLAN)
TAGGED = tags(backup="daily")
SERVER = made(Instance, InstanceId="i-1", Tags=TAGGED)


def opted(settings: BackupRegionSettings, *resources: Any, plans: Any = PLANS, scopes: Any = BY_TAG) -> tuple[Any, ...]:
    kinds = ("DbInstance", "DbCluster", "FileSystem", "Instance", "RedshiftCluster")
    lists = [every(*(one for one in resources if type(one).__name__ == kind)) for kind in kinds]
    return (REGION, settings, plans, scopes, *lists)


ALL = settings(RDS=True, Aurora=True, EFS=True, EC2=True, Redshift=True)
NONE = settings(RDS=False, Aurora=False, EFS=False, EC2=False, Redshift=False, DocumentDB=False)
DENIED_HERE = every(gaps=(gap("rds:DescribeDBInstances"),))

test_backup_region_setting_opted_in = cases(
    "backup_region_setting_opted_in",
    case("all", PASS, *opted(ALL, db_instance(TagList=TAGGED))),
    case("an instance", FAIL, *opted(NONE, db_instance(TagList=TAGGED)), because="RDS (db)"),
    case("a cluster of Aurora", FAIL, *opted(NONE, db_cluster(TagList=TAGGED)), because="Aurora (aurora)"),
    case(
        "a cluster of DocumentDB", FAIL, *opted(NONE, db_cluster(Engine="docdb", TagList=TAGGED)), because="DocumentDB"
    ),
    case("a server", FAIL, *opted(NONE, SERVER), because="EC2 (i-1)"),
    case("a file system", FAIL, *opted(NONE, file_system(Tags=TAGGED)), because="EFS (fs-1)"),
    case("a warehouse", FAIL, *opted(NONE, warehouse(Tags=TAGGED)), because="Redshift (dwh)"),
    case("a member of a cluster", PASS, *opted(NONE, db_instance(DBClusterIdentifier="a", TagList=TAGGED))),
    case("nothing has the tag", PASS, *opted(NONE, db_instance(TagList=tags(backup="weekly")))),
    case("no plan", NOT_APPLICABLE, *opted(NONE, SERVER, plans=NOTHING)),
    *(
        case(f"list {index} denied", UNKNOWN, *opted(NONE)[:index], DENIED_HERE, *opted(NONE)[index + 1 :])
        for index in range(2, 9)
    ),
)

VOLUME, OTHER = "arn:aws:ec2:eu-west-1:123456789012:volume/v", "arn:aws:ec2:eu-west-1:123456789012:volume/w"
BROKEN: dict[str, Any] = {"State": "FAILED", "StatusMessage": "Access denied"}

test_backup_job_failure_unrecovered = cases(
    "backup_job_failure_unrecovered",
    case("all well", PASS, REGION, ACCOUNT, every(backup_job(), backup_job(OTHER)), because="2 resources"),
    case("failed and recovered", PASS, REGION, ACCOUNT, every(backup_job(hours=9, **BROKEN), backup_job(hours=2))),
    case(
        "the newest failed",
        FAIL,
        REGION,
        ACCOUNT,
        every(backup_job(hours=9), backup_job(hours=2, **BROKEN)),
        because="Access",
    ),
    case(
        "failed in a row",
        FAIL,
        REGION,
        ACCOUNT,
        every(backup_job(hours=9), backup_job(hours=5, **BROKEN), backup_job(hours=2, **BROKEN)),
        because="the last 2 jobs of volume/v ended FAILED",
    ),
    case("expired", FAIL, REGION, ACCOUNT, every(backup_job(State="EXPIRED")), because="EXPIRED"),
    case(
        "complete with a warning",
        FAIL,
        REGION,
        ACCOUNT,
        every(backup_job(MessageCategory="VSSWarning")),
        because="COMPLETED",
    ),
    case(
        "runs too long",
        FAIL,
        REGION,
        ACCOUNT,
        every(backup_job(State="RUNNING", ExpectedCompletionDate=ago(hours=1))),
        because="runs since",
    ),
    case("runs in time", PASS, REGION, ACCOUNT, every(backup_job(State="RUNNING"), backup_job(hours=9))),
    case(
        "many",
        FAIL,
        REGION,
        ACCOUNT,
        every(*(backup_job(f"{VOLUME}{number}", **BROKEN) for number in range(5))),
        because="and 2 more",
    ),
    case("long ago", NOT_APPLICABLE, REGION, ACCOUNT, every(backup_job(hours=24 * 9, **BROKEN))),
    case("composite", NOT_APPLICABLE, REGION, ACCOUNT, every(backup_job(IsParent=True, **BROKEN))),
    case("denied", UNKNOWN, REGION, ACCOUNT, every(gaps=(gap("backup:ListBackupJobs"),))),
)


SHOP_DB = "arn:aws:rds:eu-west-1:123456789012:db:shop-db"
FAR_COPY = copy_job(SHOP_DB, vault_arn(region="ap-south-1"))
UNSEEN = survey([db_instance("shop-db"), FAR_COPY])
OLD_BACKUPS = survey(parts(Built(database="stale")))

test_backup_resource_recent_recovery_point = cases(
    "backup_resource_recent_recovery_point",
    case("automated backups", PASS, ACCOUNT, survey([db_instance()]), because="all 1 stores have a backup of 30 hours"),
    case("none", FAIL, ACCOUNT, of("an empty database"), because="is there of database instance shop-db"),
    case(
        "a replica is no backup", FAIL, ACCOUNT, of("warm standby"), because="database instance shop-db, table shop-o"
    ),
    case("a replicated bucket", PASS, ACCOUNT, of("a bucket with time control")),
    case("a copy of today", PASS, ACCOUNT, of("backups copied daily")),
    case("a copy of days ago", FAIL, ACCOUNT, OLD_BACKUPS),
    case("another limit", PASS, ACCOUNT, OLD_BACKUPS, max_age_hours=100),
    case("sessions are of now", NOT_APPLICABLE, ACCOUNT, survey([replication_group("sessions")])),
    case("no stores", NOT_APPLICABLE, ACCOUNT, of("functions without stores")),
    case("no stores, but tables were not read", UNKNOWN, ACCOUNT, of("functions without stores", "Table")),
    case("points not readable", UNKNOWN, ACCOUNT, of("an empty database", "RecoveryPoint")),
    case("stores not readable", UNKNOWN, ACCOUNT, of("backups copied daily", "Table"), because="dynamodb:"),
)

VAULT = vault()


def points(
    *hours: float, arn: str = SHOP_DB, status: str = "COMPLETED", name: str = "p", kind: str = "RDS", within: Any = None
) -> Any:
    found = [
        made(
            RecoveryPoint,
            RecoveryPointArn=f"arn:aws:backup:eu-west-1:1:recovery-point:{name}{age}",
            BackupVaultName="main",
            ResourceArn=arn,
            ResourceType=kind,
            Status=status,
            CreationDate=ago(hours=age),
            under=within or VAULT,
        )
        for age in hours
    ]
    return every(*found)


STRICT = survey([db_instance("shop-db")], Workloads([declared(rpo=timedelta(hours=4))]))
LAX = survey([db_instance("shop-db")])

MEANWHILE = points(70, 48, 24, name="q", within=vault("archive"))
GONE = SHOP_DB.replace("shop-db", "gone")
HIDDEN = survey(parts(Built(table="plain")), denied=["DbInstance"])

test_backup_recovery_point_gap_within_rpo = cases(
    "backup_recovery_point_gap_within_rpo",
    case("daily", PASS, VAULT, ACCOUNT, points(48, 24, 1), LAX, because="of 1 resources"),
    case(
        "a gap", FAIL, VAULT, ACCOUNT, points(90, 24, 1), LAX, because="of shop-db for 2.75 days from 2026-11-22 18:00"
    ),
    case("none since", FAIL, VAULT, ACCOUNT, points(72, 50), LAX, because="for 2.08 days"),
    case("a declared RPO", FAIL, VAULT, ACCOUNT, points(20, 10), STRICT, because="more than 4 h"),
    case("another limit", PASS, VAULT, ACCOUNT, points(90, 24, 1), LAX, default_rpo_hours=72),
    case("continuous", PASS, VAULT, ACCOUNT, points(90, name=":continuous:"), LAX),
    case("not complete", FAIL, VAULT, ACCOUNT, every(*points(40), *points(2, status="PARTIAL")), LAX),
    case("another vault has those between", PASS, VAULT, ACCOUNT, every(*points(90, 1), *MEANWHILE), LAX),
    case("of what is gone", NOT_APPLICABLE, VAULT, ACCOUNT, points(90, arn=GONE), LAX),
    case("of what may be gone", UNKNOWN, VAULT, ACCOUNT, points(90, arn=GONE), HIDDEN, because="gone is still there"),
    case("of a kind that is not known", FAIL, VAULT, ACCOUNT, points(90, arn=GONE, kind="FSx"), LAX),
    case("nothing", NOT_APPLICABLE, VAULT, ACCOUNT, points(), LAX),
    case("not readable", UNKNOWN, VAULT, ACCOUNT, every(gaps=(gap("backup:ListRecoveryPoints"),)), LAX),
)

AWAY = vault("copies", region=FRANKFURT)
KEY_ARN = f"arn:aws:kms:{FRANKFURT}:123456789012:key/k-1"
COPY = made(
    RecoveryPoint,
    RecoveryPointArn="arn:copy",
    BackupVaultName="copies",
    ResourceArn=SHOP_DB,
    ResourceType="RDS",
    Status="COMPLETED",
    CreationDate=ago(hours=2),
    EncryptionKeyArn=KEY_ARN,
    under=AWAY,
)
DYING: Any = gathered(
    Key,
    made(KeyEntry, KeyId="k-1", KeyArn=KEY_ARN, region=FRANKFURT),
    DescribeKey={
        "KeyMetadata": {"Arn": KEY_ARN, "KeyId": "k-1", "KeyManager": "CUSTOMER", "KeyState": "PendingDeletion"}
    },
)[0]
ENCRYPTED = [db_instance("shop-db"), AWAY, COPY]
DEAD_KEY, HIDDEN_KEY = survey([*ENCRYPTED, DYING]), survey(ENCRYPTED, denied=["Key"])

test_backup_copy_usable_in_dr_region = cases(
    "backup_copy_usable_in_dr_region",
    case("daily", PASS, ACCOUNT, of("backups copied daily"), because="1 copies in other regions can be restored"),
    case("expired", FAIL, ACCOUNT, of("copies that have expired"), because="none of 3 recovery points in eu-central-1"),
    case("a gap", FAIL, ACCOUNT, OLD_BACKUPS, because="shop-db: the gap in eu-central-1 is 4 days"),
    case("another limit", PASS, ACCOUNT, OLD_BACKUPS, default_rpo_hours=100),
    case("a declared RPO", FAIL, ACCOUNT, of("backups copied daily", rpo=timedelta(hours=4)), because="is 24 h"),
    case("under a dead key", FAIL, ACCOUNT, DEAD_KEY, because="none of 1 recovery points in eu-central-1 can be"),
    case("under a key of AWS", PASS, ACCOUNT, survey(ENCRYPTED)),
    case("under a key that was not read", UNKNOWN, ACCOUNT, HIDDEN_KEY, because="whether their keys are enabled"),
    case("no copies", NOT_APPLICABLE, ACCOUNT, of("warm standby")),
    case("no copies, as far as points were read", UNKNOWN, ACCOUNT, of("an empty database", "RecoveryPoint")),
    case("in a region that was not scanned", UNKNOWN, ACCOUNT, UNSEEN, because="ap-south-1 holds could not be seen"),
)
