import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from recovery_accounts import BY_NAME, Spec, parts, survey
from stores import (
    FRANKFURT,
    bucket,
    copy_job,
    db_cluster,
    db_instance,
    global_cluster,
    global_member,
    plan,
    replication_group,
    rule,
    rules,
    selection,
    table,
    tags,
    vault,
    vault_arn,
)

from auditor.evidence.backup import BackupVaultPolicy, SelectionScope
from auditor.evidence.cloudtrail_events import BackupEndings
from auditor.evidence.ec2 import Instance, Volume
from auditor.evidence.elasticache import GlobalReplicationGroup
from auditor.evidence.kms import Alias, Key, KeyEntry
from auditor.evidence.s3 import BucketReplication, BucketVersioning, ObjectLock
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
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

NOTHING: Any = every()

test_deletion_protection_on_data_stores = cases(
    "deletion_protection_on_data_stores",
    case("on", PASS, db_cluster(DeletionProtection=True)),
    case("off", FAIL, db_cluster(), because="off"),
    case("for development", NOT_APPLICABLE, db_cluster(TagList=tags(Environment="Development"))),
)

test_rds_instance_deletion_protection = cases(
    "rds_instance_deletion_protection",
    case("on", PASS, db_instance(DeletionProtection=True)),
    case("off", FAIL, db_instance(), because="off"),
    case("a member", NOT_APPLICABLE, db_instance(DBClusterIdentifier="aurora")),
    case("for development", NOT_APPLICABLE, db_instance(TagList=tags(env="sandbox"))),
)

WORLD = (global_member(db_cluster(), writer=True),)

test_rds_global_cluster_deletion_protection = cases(
    "rds_global_cluster_deletion_protection",
    case("on", PASS, global_cluster(*WORLD, DeletionProtection=True)),
    case("off", FAIL, global_cluster(*WORLD)),
    case("for development", NOT_APPLICABLE, global_cluster(*WORLD, TagList=tags(env="dev"))),
)

test_dynamodb_table_deletion_protection = cases(
    "dynamodb_table_deletion_protection",
    case("on", PASS, table(DeletionProtectionEnabled=True), {}),
    case("off", FAIL, table(), {}),
    case("for development", NOT_APPLICABLE, table(), {"env": "dev"}),
)

HERE, THERE = plan(), plan(region=FRANKFURT)
PLANS = every_of((HERE, rules(rule(Lifecycle={"DeleteAfterDays": 35}))))
COPIES = every_of((THERE, rules(rule(CopyActions=[{"DestinationBackupVaultArn": vault_arn()}]))))
NEAR_COPIES = every_of((HERE, rules(rule(CopyActions=[{"DestinationBackupVaultArn": vault_arn()}]))))
LOCKED: dict[str, Any] = {"Locked": True, "LockDate": ago(days=30), "MinRetentionDays": 35}

test_backup_vault_locked_in_compliance_mode = cases(
    "backup_vault_locked_in_compliance_mode",
    case("locked", PASS, vault(**LOCKED), ACCOUNT, PLANS, because="compliance mode since 2026-10-27"),
    case("open", FAIL, vault(), ACCOUNT, PLANS, because="its 12 recovery points", severity=Severity.MEDIUM),
    case("open, with copies", FAIL, vault(), ACCOUNT, COPIES, because="another region", severity=Severity.HIGH),
    case("open, with copies of its region", FAIL, vault(), ACCOUNT, NEAR_COPIES, severity=Severity.MEDIUM),
    case("governance", FAIL, vault(Locked=True), ACCOUNT, PLANS, because="governance", severity=Severity.MEDIUM),
    case("not yet final", FAIL, vault(**LOCKED | {"LockDate": ago(days=-3)}), ACCOUNT, PLANS, severity=Severity.LOW),
    case("no minimum", FAIL, vault(Locked=True, LockDate=ago(days=3)), ACCOUNT, PLANS, because="no minimum"),
    case(
        "a low minimum",
        FAIL,
        vault(**LOCKED | {"MinRetentionDays": 7}),
        ACCOUNT,
        PLANS,
        because="7 days, less than the 35",
    ),
    case("empty", NOT_APPLICABLE, vault(NumberOfRecoveryPoints=0), ACCOUNT, PLANS),
    case("made by EFS", NOT_APPLICABLE, vault("aws/efs/automatic-backup-vault"), ACCOUNT, PLANS),
    case("air-gapped", NOT_APPLICABLE, vault(VaultType="LOGICALLY_AIR_GAPPED_BACKUP_VAULT"), ACCOUNT, PLANS),
    case("plans denied", UNKNOWN, vault(), ACCOUNT, every(gaps=(gap("backup:GetBackupPlan"),))),
)

ENDINGS = ["DeleteRecoveryPoint", "UpdateRecoveryPointLifecycle", "DeleteBackupVault", "PutBackupVaultAccessPolicy"]


def policy(*statements: dict[str, Any]) -> BackupVaultPolicy:
    return made(BackupVaultPolicy, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def denial(*actions: str, **changes: Any) -> dict[str, Any]:
    named = [f"backup:{one}" for one in actions or ENDINGS]
    return {"Effect": "Deny", "Principal": "*", "Action": named, "Resource": "*"} | changes


COPY_IN = {"Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault", "Resource": "*"}
MEMBERS = COPY_IN | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
BREAK_GLASS = denial(Condition={"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/break-glass"}})
BY_NOT = {"Effect": "Deny", "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:role/x"}, "Action": "backup:*"}
ONE = denial(Principal={"AWS": "arn:aws:iam::123456789012:role/dev"})

test_backup_vault_policy_denies_deletion = cases(
    "backup_vault_policy_denies_deletion",
    case("denies", PASS, vault(), policy(denial()), ACCOUNT),
    case("but for break glass", PASS, vault(), policy(BREAK_GLASS), ACCOUNT),
    case("but for a principal", PASS, vault(), policy(BY_NOT | {"Resource": "*"}), ACCOUNT),
    case("members may copy in", PASS, vault(), policy(denial(), MEMBERS), ACCOUNT),
    case("everyone may", FAIL, vault(), policy(denial(), COPY_IN), ACCOUNT, because="everyone", severity=Severity.HIGH),
    case("no policy", FAIL, vault(), None, ACCOUNT, because="no access policy", severity=Severity.MEDIUM),
    case("one action only", FAIL, vault(), policy(denial(ENDINGS[0])), ACCOUNT, because="UpdateRecoveryPointLifecycle"),
    case("one principal only", FAIL, vault(), policy(ONE), ACCOUNT, because="DeleteRecoveryPoint"),
    case("empty", NOT_APPLICABLE, vault(NumberOfRecoveryPoints=0), None, ACCOUNT),
    case("locked for good", NOT_APPLICABLE, vault(**LOCKED), None, ACCOUNT),
    case("locked in governance mode", FAIL, vault(Locked=True), None, ACCOUNT),
)

SELECTED = every(selection(HERE))
ELSEWHERE = vault_arn(account="210987654321")
GAPPED = vault("gapped", VaultType="LOGICALLY_AIR_GAPPED_BACKUP_VAULT")
VAULTS = every(vault(), GAPPED)


def copying(to: str) -> Any:
    return rules(rule(CopyActions=[{"DestinationBackupVaultArn": to}]))


def jobs(*states: str) -> Any:
    made_by = {"CreatedBy": {"BackupPlanId": HERE.id}}
    return every(*(copy_job("db", ELSEWHERE, hours=hour, State=state, **made_by) for hour, state in enumerate(states)))


AWAY = copying(ELSEWHERE)

test_backup_copy_in_other_account = cases(
    "backup_copy_in_other_account",
    case("another account", PASS, HERE, AWAY, ACCOUNT, SELECTED, VAULTS, jobs("COMPLETED", "FAILED"), because="2109"),
    case("copies fail", FAIL, HERE, AWAY, ACCOUNT, SELECTED, VAULTS, jobs("FAILED", "COMPLETED"), because="is FAILED"),
    case("no copy yet", PASS, HERE, AWAY, ACCOUNT, SELECTED, VAULTS, NOTHING),
    case("an air-gapped vault", PASS, HERE, copying(GAPPED.arn), ACCOUNT, SELECTED, VAULTS, NOTHING, because="gapped"),
    case(
        "straight to an air-gapped vault",
        PASS,
        HERE,
        rules(rule(TargetLogicallyAirGappedBackupVaultArn=GAPPED.arn)),
        ACCOUNT,
        SELECTED,
        VAULTS,
        NOTHING,
    ),
    case("this account", FAIL, HERE, copying(vault_arn()), ACCOUNT, SELECTED, VAULTS, NOTHING, because="no rule"),
    case("no copy", FAIL, HERE, rules(rule()), ACCOUNT, SELECTED, VAULTS, NOTHING),
    case("selects nothing", NOT_APPLICABLE, HERE, rules(rule()), ACCOUNT, NOTHING, VAULTS, NOTHING),
    case("selections denied", UNKNOWN, HERE, AWAY, ACCOUNT, every(gaps=(gap("backup:L"),)), VAULTS, NOTHING),
    case("vaults denied", UNKNOWN, HERE, copying(vault_arn()), ACCOUNT, SELECTED, every(gaps=(gap("b:L"),)), NOTHING),
    case("jobs denied", UNKNOWN, HERE, AWAY, ACCOUNT, SELECTED, VAULTS, every(gaps=(gap("backup:ListCopyJobs"),))),
)

SOURCE, TWIN, ATTIC = bucket(), bucket("twin", region=FRANKFURT), bucket("backup-2026")
ON, OFF = made(BucketVersioning, Status="Enabled"), made(BucketVersioning, {})
WITH_MFA = made(BucketVersioning, Status="Enabled", MFADelete="Enabled")
LOCK = made(ObjectLock, ObjectLockEnabled="Enabled", Rule={"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 35}})
BARE_LOCK = made(ObjectLock, ObjectLockEnabled="Enabled")


def to(name: str, **destination: str) -> BucketReplication:
    target = {"Bucket": f"arn:aws:s3:::{name}"} | destination
    return made(BucketReplication, Rules=[{"Status": "Enabled", "Filter": {}, "Destination": target}])


COPIED = every_of((SOURCE, to("twin")))
FAR = to("far", Account="210987654321")
DENIED = every(gaps=(gap("s3:GetBucketReplication"),))

test_s3_bucket_versioned_and_locked = cases(
    "s3_bucket_versioned_and_locked",
    case("versioned", PASS, SOURCE, ON, None, None, {}, ACCOUNT, COPIED),
    case("never versioned", FAIL, SOURCE, OFF, None, None, {}, ACCOUNT, COPIED, because="versioning is disabled"),
    case("a replica without a lock", FAIL, TWIN, ON, None, None, {}, ACCOUNT, COPIED, because="destination"),
    case("a replica that is locked", PASS, TWIN, ON, LOCK, None, {}, ACCOUNT, COPIED, because="kept from deletion"),
    case("a lock without retention", FAIL, TWIN, ON, BARE_LOCK, None, {}, ACCOUNT, COPIED, because="default retention"),
    case("backups by name", FAIL, ATTIC, ON, None, None, {}, ACCOUNT, NOTHING, because="backup"),
    case("archive by tag", FAIL, SOURCE, ON, None, None, {"kind": "Archive"}, ACCOUNT, NOTHING, because="archive"),
    case("deletion by MFA", PASS, ATTIC, WITH_MFA, None, None, {}, ACCOUNT, NOTHING),
    case("copied far away", FAIL, ATTIC, ON, None, FAR, {}, ACCOUNT, NOTHING, severity=Severity.LOW),
    case("derivable", NOT_APPLICABLE, bucket("access-logs"), OFF, None, None, {}, ACCOUNT, NOTHING),
    case("denied", UNKNOWN, SOURCE, ON, None, None, {}, ACCOUNT, DENIED),
)


def of(name: str) -> Any:
    return survey(parts(BY_NAME[name]))


REPLICATED = Spec(bucket="replicated")
KEPT = survey(parts(replace(REPLICATED, history=True)))
UNSEEN = survey(parts(replace(REPLICATED, history=True)), denied=["BucketVersioning"])


UNREPLICATED = survey(parts(REPLICATED), denied=["BucketReplication"])
UNLISTED = survey(parts(BY_NAME["an empty database"]), denied=["Table"])


def cache(days: int) -> Any:
    """Sessions that follow to another region, with backups of so many days."""
    inside = {"GlobalReplicationGroupId": "g"}
    own = replication_group("sessions", GlobalReplicationGroupInfo=inside, SnapshotRetentionLimit=days)
    roles = {HOME: "PRIMARY", FRANKFURT: "SECONDARY"}
    members = [
        {"ReplicationGroupId": "sessions", "ReplicationGroupRegion": place, "Role": role, "Status": "associated"}
        for place, role in roles.items()
    ]
    raw = {"GlobalReplicationGroupId": "g", "ARN": "arn:g", "Status": "available", "Members": members}
    answer = {"GlobalReplicationGroups": [raw]}
    return survey([own, *gathered(GlobalReplicationGroup, REGION, DescribeGlobalReplicationGroups=answer)])


test_workload_replication_without_point_in_time_copy = cases(
    "workload_replication_without_point_in_time_copy",
    case("replicated alone", FAIL, ACCOUNT, survey(parts(REPLICATED)), because="replicated but not turned back"),
    case("a headless cluster", FAIL, ACCOUNT, of("a headless global database")),
    case("with a history", PASS, ACCOUNT, KEPT, because="each of its 1 replicated stores"),
    case("a cache with backups", PASS, ACCOUNT, cache(7)),
    case("a cache without", FAIL, ACCOUNT, cache(0), because="session cache sessions can be replicated"),
    case("a history that was not read", UNKNOWN, ACCOUNT, UNSEEN, because="can be turned back is not known"),
    case("nothing replicated", NOT_APPLICABLE, ACCOUNT, of("an empty database")),
    case("nothing that was read", UNKNOWN, ACCOUNT, UNREPLICATED, because="which of its regions is the primary one"),
    case("tables were not read", UNKNOWN, ACCOUNT, UNLISTED, because="dynamodb:"),
)

OWN_KEY = f"arn:aws:kms:{HOME}:123456789012:key/k-1"


def key(state: str = "Enabled", **changes: Any) -> Key:
    metadata = {"Arn": OWN_KEY, "KeyId": "k-1", "KeyManager": "CUSTOMER", "KeyState": state}
    entry = made(KeyEntry, KeyId="k-1", KeyArn=OWN_KEY)
    found: Key = gathered(Key, entry, DescribeKey={"KeyMetadata": metadata | changes})[0]
    return found


def volume(key: str = OWN_KEY) -> Volume:
    return made(Volume, VolumeId="vol-1", KmsKeyId=key)


EMPTY = (NOTHING,) * 7
HELD = (NOTHING, NOTHING, every(volume()), NOTHING, NOTHING, NOTHING, NOTHING)
GOING = key("PendingDeletion", DeletionDate=(NOW + timedelta(days=9)).isoformat())
BY_ID = (NOTHING, NOTHING, NOTHING, every(db_instance(KmsKeyId=OWN_KEY)), NOTHING, NOTHING, NOTHING)

test_kms_key_protecting_backups_usable = cases(
    "kms_key_protecting_backups_usable",
    case("enabled", PASS, key(), ACCOUNT, *HELD),
    case("being updated", PASS, key("Updating"), ACCOUNT, *HELD),
    case("disabled", FAIL, key("Disabled"), ACCOUNT, *HELD, because="it is Disabled; arn:aws:ec2"),
    case("being deleted", FAIL, GOING, ACCOUNT, *BY_ID, because="is deleted on", severity=Severity.CRITICAL),
    case(
        "its material ends",
        FAIL,
        key(Origin="EXTERNAL", ValidTo=(NOW + timedelta(days=5)).isoformat()),
        ACCOUNT,
        *HELD,
        because="material expires",
        severity=Severity.HIGH,
    ),
    case("its material ends later", PASS, key(ValidTo=(NOW + timedelta(days=90)).isoformat()), ACCOUNT, *HELD),
    case("nothing needs it", NOT_APPLICABLE, GOING, ACCOUNT, *EMPTY),
    case("denied", UNKNOWN, GOING, ACCOUNT, every(gaps=(gap("backup:ListBackupVaults"),)), *EMPTY[1:]),
)


def managed(service: str, key_id: str | None = "m-1") -> Alias:
    name = f"alias/{service}"
    raw = {"AliasArn": f"arn:aws:kms:{HOME}:123456789012:{name}", "AliasName": name}
    return made(Alias, raw | ({"TargetKeyId": key_id} if key_id else {}))


MANAGED_KEY = f"arn:aws:kms:{HOME}:123456789012:key/m-1"
BY_TAG = {"ConditionType": "STRINGEQUALS", "ConditionKey": "backup", "ConditionValue": "far"}
OUT = every_of((HERE, rules(rule(CopyActions=[{"DestinationBackupVaultArn": ELSEWHERE}]))))
ALL = every_of((selection(HERE), made(SelectionScope, BackupSelection={"Resources": ["*"]})))
TAGGED_ONLY = every_of((selection(HERE), made(SelectionScope, BackupSelection={"ListOfTags": [BY_TAG]})))
FOREIGN, CHOOSY = (every(HERE), OUT, ALL), (every(HERE), OUT, TAGGED_ONLY)
UNDER_IT = every(db_instance(KmsKeyId=MANAGED_KEY, StorageEncrypted=True))
MEMBER = every(db_instance(KmsKeyId=MANAGED_KEY, DBClusterIdentifier="aurora"))
CLUSTERED = every(db_cluster(KmsKeyId=MANAGED_KEY))
DISK = made(Volume, VolumeId="vol-1", KmsKeyId=MANAGED_KEY, Attachments=[{"InstanceId": "i-1"}])
SERVER = every(made(Instance, InstanceId="i-1", Tags=tags(backup="far")))
NO_PLANS = every(gaps=(gap("backup:ListBackupPlans"),))
RDS, EBS = managed("aws/rds"), managed("aws/ebs")
N = NOTHING

test_backup_source_key_allows_cross_account_copy = cases(
    "backup_source_key_allows_cross_account_copy",
    case("a database", FAIL, RDS, ACCOUNT, *FOREIGN, UNDER_IT, N, N, N, because=":db:db are encrypted by it, and"),
    case("a cluster", FAIL, RDS, ACCOUNT, *FOREIGN, MEMBER, CLUSTERED, N, N, because="cluster:aurora are"),
    case("a member", PASS, RDS, ACCOUNT, *FOREIGN, MEMBER, N, N, N),
    case("a volume", FAIL, EBS, ACCOUNT, *FOREIGN, N, N, every(DISK), N),
    case("with its instance", FAIL, EBS, ACCOUNT, *CHOOSY, N, N, every(DISK), SERVER, because="vol-1"),
    case("not selected", PASS, RDS, ACCOUNT, *CHOOSY, UNDER_IT, N, N, N, because="nothing that daily copies"),
    case("own keys", PASS, RDS, ACCOUNT, *FOREIGN, every(db_instance(KmsKeyId=OWN_KEY)), N, N, N),
    case("no copy elsewhere", NOT_APPLICABLE, RDS, ACCOUNT, every(HERE), PLANS, ALL, UNDER_IT, N, N, N),
    case("another service", NOT_APPLICABLE, managed("aws/s3"), ACCOUNT, *FOREIGN, UNDER_IT, N, N, N),
    case("own alias", NOT_APPLICABLE, managed("shop"), ACCOUNT, *FOREIGN, UNDER_IT, N, N, N),
    case("not used yet", NOT_APPLICABLE, managed("aws/rds", None), ACCOUNT, *FOREIGN, UNDER_IT, N, N, N),
    case("plans denied", UNKNOWN, RDS, ACCOUNT, NO_PLANS, OUT, ALL, UNDER_IT, N, N, N),
    case("databases denied", UNKNOWN, RDS, ACCOUNT, *FOREIGN, every(gaps=(gap("rds:DescribeDBInstances"),)), N, N, N),
    case("servers denied", UNKNOWN, EBS, ACCOUNT, *CHOOSY, N, N, every(DISK), every(gaps=(gap("ec2:Describe"),))),
)

ROLE = f"arn:aws:iam::{ACCOUNT.id}:role/admin"


def deleted(name: str = "DeleteRecoveryPoint", hours: float = 5, **record: Any) -> dict[str, Any]:
    by_role = {"userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": ROLE}}}}
    return {"EventName": name, "EventTime": ago(hours=hours), "CloudTrailEvent": json.dumps(by_role | record)}


def events(*raw: dict[str, Any], cut: str = "") -> BackupEndings:
    def answer(asked: Any) -> dict[str, Any]:
        name = asked["LookupAttributes"][0]["AttributeValue"]
        more = {"NextToken": "more"} if name == cut else {}
        return {"Events": [one for one in raw if one["EventName"] == name]} | more

    found: BackupEndings = gathered(BackupEndings, REGION, LookupEvents=answer)
    return found


BY_BACKUP: Any = {"userIdentity": {"type": "AWSService", "invokedBy": "backup.amazonaws.com"}}
MANY = [deleted(hours=5 + number / 60) for number in range(11)]
POLICIES = [deleted("PutBackupVaultAccessPolicy", hours=5 + number / 60) for number in range(11)]
LINKED = f"arn:aws:iam::{ACCOUNT.id}:role/aws-service-role/drs.amazonaws.com/AWSServiceRoleForElasticDisasterRecovery"
BY_LINKED = {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": LINKED}}}
BY_DRS = [deleted("DeleteSnapshot", hours=5 + number / 60, userIdentity=BY_LINKED) for number in range(11)]
SLOWLY = [deleted(hours=5 + number) for number in range(11)]

test_cloudtrail_backup_deletion_events = cases(
    "cloudtrail_backup_deletion_events",
    case("nothing", PASS, REGION, events(), because="no copy was deleted by hand in 90 days"),
    case("when its time was over", PASS, REGION, events(deleted(**BY_BACKUP))),
    case("refused", PASS, REGION, events(deleted(errorCode="AccessDenied"))),
    case("by a role that may", PASS, REGION, events(deleted()), allowed_roles=("admin",)),
    case("long ago", PASS, REGION, events(deleted(hours=24 * 40)), lookback_days=30),
    case(
        "by hand",
        FAIL,
        REGION,
        events(deleted()),
        because="1 DeleteRecoveryPoint by arn:aws:iam",
        severity=Severity.MEDIUM,
    ),
    case("in a burst", FAIL, REGION, events(*MANY), because="11 within an hour", severity=Severity.CRITICAL),
    case("over a day", FAIL, REGION, events(*SLOWLY), because="11 Delete", severity=Severity.MEDIUM),
    case("by the role of a service", PASS, REGION, events(*BY_DRS)),
    case("policies in a burst", FAIL, REGION, events(*POLICIES), because="11 PutBackup", severity=Severity.MEDIUM),
    case("more of them", FAIL, REGION, events(deleted(), cut="DeleteRecoveryPoint"), because="at least 1 Delete"),
    case("a larger burst is usual", FAIL, REGION, events(*MANY), severity=Severity.MEDIUM, burst=20),
    case("more than were looked at", UNKNOWN, REGION, events(cut="DeleteSnapshot"), because="newest 50 of DeleteSnap"),
)
