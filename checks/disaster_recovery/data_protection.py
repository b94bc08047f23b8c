"""Protection of data and backups against deletion and ransomware."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from auditor.every import Every
from auditor.evidence.backup import (
    BackupPlan,
    BackupRules,
    BackupSelection,
    BackupVault,
    BackupVaultPolicy,
    CopyJob,
    RecoveryPoint,
    SelectionScope,
    vault_arn,
)
from auditor.evidence.cloudtrail_events import BackupEnding, BackupEndings
from auditor.evidence.dynamodb import Table
from auditor.evidence.ec2 import Instance, Snapshot, Volume
from auditor.evidence.efs import FileSystem
from auditor.evidence.kms import Alias, Key
from auditor.evidence.policy import Statement
from auditor.evidence.purpose import derivable, nonproduction
from auditor.evidence.rds import DbCluster, DbInstance, GlobalCluster
from auditor.evidence.s3 import Bucket, BucketReplication, BucketVersioning, ObjectLock, replica_buckets
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.basics import Store
from auditor.inference.recovery.figures import FOLLOWING, Scope
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check

_ENDINGS = (
    "backup:DeleteRecoveryPoint",
    "backup:UpdateRecoveryPointLifecycle",
    "backup:DeleteBackupVault",
    "backup:PutBackupVaultAccessPolicy",
)
"""What ends a backup before its time."""


def _protection(on: bool) -> Verdict:
    return passed("deletion protection is on") if on else failed("deletion protection is off")


@check(severity=Severity.MEDIUM, practices=["REL09-BP02", "SEC08-BP04"])
def deletion_protection_on_data_stores(cluster: DbCluster) -> Verdict:
    """Production database clusters have deletion protection.

    Why: one mistaken call, or one stolen key, deletes the cluster and with it its automated backups.
    Fix: set DeletionProtection on the cluster (ModifyDBCluster), and copy its backups to another account.
    """
    if reason := nonproduction(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    return _protection(cluster.deletion_protection)


@check(severity=Severity.MEDIUM, practices=["REL09-BP02", "SEC08-BP04"])
def rds_instance_deletion_protection(instance: DbInstance) -> Verdict:
    """Production database instances have deletion protection.

    Why: one mistaken call, or one stolen key, deletes the instance and with it its automated backups.
    Fix: set DeletionProtection on the instance (ModifyDBInstance), and copy its backups to another account.
    """
    if instance.is_cluster_member:
        return not_applicable("its cluster is judged")
    if reason := nonproduction(instance.tags):
        return not_applicable(f"it is tagged {reason}")
    return _protection(instance.deletion_protection)


@check(severity=Severity.MEDIUM, practices=["REL09-BP02", "SEC08-BP04"])
def rds_global_cluster_deletion_protection(group: GlobalCluster) -> Verdict:
    """Global database clusters have deletion protection.

    Why: without it the global cluster can be taken apart, and the regions stop following each other.
    Fix: set DeletionProtection on the global cluster (ModifyGlobalCluster).
    """
    if reason := nonproduction(group.tags):
        return not_applicable(f"it is tagged {reason}")
    return _protection(group.deletion_protection)


@check(severity=Severity.MEDIUM, practices=["REL09-BP02", "SEC08-BP04"])
def dynamodb_table_deletion_protection(table: Table, tags: Tags) -> Verdict:
    """Production DynamoDB tables have deletion protection.

    Why: one mistaken call, or a stack that is replaced, deletes the table; its system backup lasts 35 days.
    Fix: set DeletionProtectionEnabled on the table (UpdateTable), and copy its backups to another account.
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    return _protection(table.deletion_protection)


@check(severity=Severity.HIGH, practices=["SEC08-BP04", "REL09-BP02"])
def backup_vault_locked_in_compliance_mode(vault: BackupVault, account: Account, rules: Every[BackupRules]) -> Verdict:
    """Vaults with the last line of copies are locked in compliance mode.

    Why: an administrator, or whoever has stolen that role, deletes the backups before the ransom is asked for.
    Fix: lock the vault with PutBackupVaultLockConfiguration: MinRetentionDays as long as the plans keep, and
        ChangeableForDays, after which nobody can lift the lock.
    """
    if vault.is_air_gapped:
        return not_applicable("a logically air-gapped vault is locked by design")
    if vault.is_automatic:
        return not_applicable("a service made it for its automatic backups")
    if not vault.recovery_points:
        return not_applicable("the vault is empty")
    if not vault.locked:
        held = f"its {vault.recovery_points} recovery points can be deleted by an administrator"
        if _takes_copies(vault, rules):
            return failed(f"it is not locked though it holds copies of another region: {held}")
        return failed(f"it is not locked: {held}", severity=Severity.MEDIUM)
    if vault.lock_date is None:
        return failed("it is locked in governance mode, which an administrator can lift", severity=Severity.MEDIUM)
    if not vault.is_final_at(account.now):
        return failed(f"its lock can be lifted until {vault.lock_date:%Y-%m-%d}", severity=Severity.LOW)
    if vault.min_retention_days is None:
        return failed("its lock demands no minimum retention", severity=Severity.LOW)
    kept = _kept_days(vault, rules.within(vault.region))
    if kept is not None and vault.min_retention_days < kept:
        return failed(
            f"its lock demands {vault.min_retention_days} days, less than the {kept} that its plans keep",
            severity=Severity.LOW,
        )
    return passed(f"it is locked in compliance mode since {vault.lock_date:%Y-%m-%d}")


def _takes_copies(vault: BackupVault, rules: Every[BackupRules]) -> bool:
    """Whether a plan of another region copies to it."""
    here = {id(one) for one in rules.within(vault.region)}
    return any(copy.vault_arn == vault.arn for one in rules if id(one) not in here for copy in one.copies)


def _kept_days(vault: BackupVault, plans: Iterable[BackupRules]) -> int | None:
    """The shortest time that the rules which fill the vault keep their recovery points; None where none names one."""
    days = (rule.retention_days for plan in plans for rule in plan.rules if rule.vault == vault.vault)
    return min((one for one in days if one is not None), default=None)


@check(severity=Severity.MEDIUM, practices=["SEC08-BP04", "REL09-BP02"])
def backup_vault_policy_denies_deletion(
    vault: BackupVault, policy: BackupVaultPolicy | None, account: Account
) -> Verdict:
    """Vault access policies deny the deletion of recovery points.

    Why: without a denial everyone with backup permissions in the account can delete recovery points or shorten
        their life.
    Fix: deny DeleteRecoveryPoint, UpdateRecoveryPointLifecycle, DeleteBackupVault and PutBackupVaultAccessPolicy to
        everyone but a break-glass role (PutBackupVaultAccessPolicy), and limit any Allow for `*` by
        aws:PrincipalOrgID.
    """
    if not vault.recovery_points:
        return not_applicable("the vault is empty")
    if vault.is_air_gapped or vault.is_final_at(account.now):
        return not_applicable("the vault is locked in compliance mode")
    if policy is None:
        return failed("it has no access policy")
    if any(_admits_world(one) for one in policy.document.allowing):
        return failed("its policy admits everyone, whatever the organization", severity=Severity.HIGH)
    open_ends = [action for action in _ENDINGS if not any(_denies_all(one, action) for one in policy.document.denying)]
    if open_ends:
        return failed(f"its policy does not deny {', '.join(name.partition(':')[2] for name in open_ends)} to everyone")
    return passed("its policy denies the deletion of recovery points")


def _admits_world(statement: Statement) -> bool:
    return statement.names_anyone and not statement.values_of("aws:PrincipalOrgID")


def _denies_all(statement: Statement, action: str) -> bool:
    """Whether it denies an action to all but named principals."""
    return (statement.names_anyone or bool(statement.not_principals)) and statement.covers_action(action)


@check(severity=Severity.HIGH, practices=["REL09-BP02", "SEC08-BP04"])
def backup_copy_in_other_account(
    plan: BackupPlan,
    rules: BackupRules,
    account: Account,
    selections: Every[BackupSelection],
    vaults: Every[BackupVault],
    copies: Every[CopyJob],
) -> Verdict:
    """A copy of each backup is held in another account or in an air-gapped vault.

    Why: whoever takes over the account as its administrator can delete every copy that is in it.
    Fix: add CopyActions to a vault of a backup account of the organization, or name a logically air-gapped vault in
        TargetLogicallyAirGappedBackupVaultArn.
    """
    if not selections.of(plan):
        return not_applicable("the plan selects no resources")
    if gapped := next((one.air_gapped_vault for one in rules.rules if one.air_gapped_vault), None):
        return passed(f"it backs up to the air-gapped vault {gapped}")
    safe = {
        copy.vault_arn for copy in rules.copies if copy.account != account.id or _is_air_gapped(copy.vault_arn, vaults)
    }
    if not safe:
        return failed("no rule of it copies to another account or to an air-gapped vault")
    jobs = [one for one in copies.within(plan.region) if one.plan == plan.id and one.destination_vault in safe]
    newest = max((one for one in jobs if one.succeeded or one.failed), key=lambda one: one.created, default=None)
    if newest and newest.failed:
        return failed(
            f"the newest copy to {newest.destination_vault} is {newest.state}: {newest.message or 'no message'}"
        )
    return passed(f"it copies to {', '.join(sorted(safe))}")


def _is_air_gapped(arn: str, vaults: Every[BackupVault]) -> bool:
    return any(one.is_air_gapped for one in vaults.by(vault_arn).get(arn, ()))


@check(severity=Severity.MEDIUM, practices=["REL09-BP02", "SEC08-BP04"])
def s3_bucket_versioned_and_locked(
    bucket: Bucket,
    versioning: BucketVersioning,
    lock: ObjectLock | None,
    replication: BucketReplication | None,
    tags: Tags,
    account: Account,
    replications: Every[BucketReplication],
) -> Verdict:
    """Buckets with primary data are versioned, and those with backups are locked.

    Why: without versions an overwrite or a deletion is final, and without a lock whoever may delete a version can
        delete the last copy.
    Fix: enable versioning (PutBucketVersioning); on buckets that hold replicas, backups or archives enable Object Lock
        with a default retention (PutObjectLockConfiguration).
    """
    if reason := derivable(tags, bucket.bucket):
        return not_applicable(f"{reason} says that its data can be rebuilt")
    if not versioning.enabled:
        return failed(f"versioning is {versioning.status.lower()}, so an overwrite is final")
    why = _last_copy(bucket, tags, replications)
    if not why or (lock and lock.locks_by_default) or versioning.mfa_delete == "Enabled":
        return passed("versioning is enabled" + (" and its versions are kept from deletion" if why else ""))
    away = [
        one for one in (replication.enabled if replication else ()) if one.destination_account not in (None, account.id)
    ]
    missing = "Object Lock has no default retention" if lock else "Object Lock is off"
    if away:
        return failed(f"{why}, and {missing}; it is copied to another account", severity=Severity.LOW)
    return failed(f"{why}, and {missing}")


def _last_copy(bucket: Bucket, tags: Tags, replications: Every[BucketReplication]) -> str:
    """Why a bucket holds copies that others fall back on; empty where nothing says so."""
    words = " ".join((bucket.bucket, *tags.values())).lower()
    word = next((one for one in ("backup", "archive") if one in words), "")
    if word:
        return f"its name or a tag says {word}"
    is_replica = any(bucket.bucket in names for names in replications.by(replica_buckets))
    return "it is the destination of a replication" if is_replica else ""


@check(severity=Severity.HIGH, practices=["REL09-BP01", "REL13-BP02"])
def workload_replication_without_point_in_time_copy(_account: Account, recovery: Recovery) -> Verdict:
    """Replicated stores also have a point-in-time copy.

    Why: replication carries a wrong delete, or an attacker's encryption, to the other region within seconds.
    Fix: keep a history beside the replica: point-in-time recovery, backups, or versioning on both sides.
    """
    return recovery.verdict(_history)


def _history(posture: Posture) -> Verdict:
    following = [one for one in posture.stores if _follows(one)]
    if not following:
        return posture.lacks("no store of it is replicated", posture.gaps_of_copies)
    bare = [one for one in following if one.protected(Scope.DATA_CORRUPTION) is False]
    if bare:
        return failed(f"{_some(one.label for one in bare)} can be replicated but not turned back")
    open_ = [one for one in following if one.protected(Scope.DATA_CORRUPTION) is None]
    if open_:
        reasons = sorted({gap.reason for one in open_ for gap in one.unread})
        return unknown(
            f"whether {_some(one.label for one in open_)} can be turned back is not known, as {_some(reasons)}"
        )
    return passed(f"each of its {len(following)} replicated stores can be turned back")


def _follows(store: Store) -> bool:
    """Whether a copy of the store in another region follows it all the time."""
    return any(
        one.mechanism.kind in FOLLOWING and one.healthy and Scope.REGION_LOSS in one.covers for one in store.copies
    )


_MOST = 4


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more


@check(severity=Severity.CRITICAL, practices=["SEC08-BP01", "REL09-BP02"])
def kms_key_protecting_backups_usable(
    key: Key,
    account: Account,
    points: Every[RecoveryPoint],
    snapshots: Every[Snapshot],
    volumes: Every[Volume],
    instances: Every[DbInstance],
    clusters: Every[DbCluster],
    file_systems: Every[FileSystem],
    tables: Every[Table],
    *,
    warn_days: int = 30,
) -> Verdict:
    """Keys that protect backups and data are not disabled or being deleted.

    Why: once a key is deleted, every backup, snapshot and volume under it is noise.
    Fix: cancel the deletion (CancelKeyDeletion) and enable the key (EnableKey), or import its material again, until
        nothing needs it.
    """
    expires = key.material_expires
    soon = expires is not None and expires - account.now < timedelta(days=warn_days)
    if not key.is_dead and not soon:
        return passed(f"it is {key.state}")
    kinds: tuple[Every[Any], ...] = (points, snapshots, volumes, instances, clusters, file_systems, tables)
    held = [one.arn for every in kinds for one in every.within(key.region) if _key_of(one) in (key.arn, key.key_id)]
    if not held:
        return not_applicable("nothing that was read is encrypted by it")
    until = f", and is deleted on {key.deletion_date:%Y-%m-%d}" if key.deletion_date else ""
    if not key.is_dead:
        return failed(
            f"its imported material expires on {expires:%Y-%m-%d}; {_some(held)} need it", severity=Severity.HIGH
        )
    return failed(f"it is {key.state}{until}; {_some(held)} need it")


def _key_of(one: Any) -> str | None:
    """The key that something is encrypted by: an ARN or an id."""
    found: str | None = one.key if isinstance(one, Volume | Snapshot) else one.kms_key
    return found


@check(severity=Severity.MEDIUM, practices=["REL09-BP02", "SEC08-BP01"])
def backup_source_key_allows_cross_account_copy(
    alias: Alias,
    account: Account,
    plans: Every[BackupPlan],
    rules: Every[BackupRules],
    scopes: Every[SelectionScope],
    instances: Every[DbInstance],
    clusters: Every[DbCluster],
    volumes: Every[Volume],
    servers: Every[Instance],
) -> Verdict:
    """Encryption keys allow cross-account copies of the data.

    Why: a snapshot under a key that AWS manages can be shared with no account and copied to none, so the copy that is
        to survive an intruder is never made.
    Fix: encrypt the database or volume by a customer managed key (restore a snapshot under it), and let the backup
        account use that key.
    """
    service = alias.alias.rpartition("/")[2]
    if not alias.is_aws_managed or service not in ("rds", "ebs"):
        return not_applicable("it is no key that AWS manages for databases or volumes")
    if not alias.key_id:
        return not_applicable("nothing is encrypted by it yet")
    away = [
        plan
        for plan in plans.within(alias.region)
        if any(copy.account != account.id for one in rules.of(plan) for copy in one.copies)
    ]
    if not away:
        return not_applicable("no backup plan copies to another account")
    chosen = [scope for plan in away for scope in scopes.of(plan)]
    held = [
        one.arn
        for one in (_databases(alias, instances, clusters) if service == "rds" else volumes.within(alias.region))
        if (_key_of(one) or "").rpartition("/")[2] == alias.key_id and _is_chosen(one, chosen, servers)
    ]
    named = _some(plan.name for plan in away)
    if held:
        return failed(f"{_some(held)} are encrypted by it, and {named} copies them to another account")
    return passed(f"nothing that {named} copies to another account is encrypted by it")


def _databases(alias: Alias, instances: Every[DbInstance], clusters: Every[DbCluster]) -> list[DbInstance | DbCluster]:
    """What is backed up by itself: the instances of a cluster are not."""
    single = [one for one in instances.within(alias.region) if not one.is_cluster_member]
    return [*single, *clusters.within(alias.region)]


def _is_chosen(
    one: DbInstance | DbCluster | Volume, chosen: Sequence[SelectionScope], servers: Every[Instance]
) -> bool:
    """Whether a selection takes it in; a volume also with its instance."""
    found: list[Any] = [one]
    if isinstance(one, Volume) and one.instances:
        found += [server for server in servers.within(one.region) if server.id in one.instances]
    return any(scope.takes(each.arn, each.tags) for scope in chosen for each in found)


_PREPARES = frozenset({"DeleteBackupPlan", "DeleteBackupSelection", "PutBackupVaultAccessPolicy"})
"""What ends no copy yet; a deployment may do it to many at once."""
_MADE_TO_DELETE = ("backup.amazonaws.com", "dlm.amazonaws.com")
"""Services that delete copies when their time is over."""


@check(severity=Severity.MEDIUM, practices=["SEC04-BP03", "REL09-BP02"])
def cloudtrail_backup_deletion_events(
    region: Region,
    endings: BackupEndings,
    *,
    lookback_days: int = 90,
    burst: int = 10,
    allowed_roles: tuple[str, ...] = (),
) -> Verdict:
    """No recovery point, snapshot or vault was deleted by hand recently.

    Why: whoever wants a ransom deletes the backups first; the deletions stand in CloudTrail and nobody looks.
    Fix: ask the principal that the finding names; where it was meant, name its role in allowed_roles, else treat it as
        an incident, and deny such deletions by vault locks and policies. More than `burst` within an hour are critical.
    """
    since = region.account.now - timedelta(days=lookback_days)
    found = [
        one
        for one in endings.items
        if one.time >= since
        and one.succeeded
        and one.service not in _MADE_TO_DELETE
        and not one.is_by_service
        and not {one.principal, one.principal.rpartition("/")[2]} & set(allowed_roles)
    ]
    if not found and endings.cut:
        return unknown(f"only the newest 50 of {', '.join(endings.cut)} were looked at")
    if not found:
        return passed(f"no copy was deleted by hand in {lookback_days} days")
    counts = Counter((one.principal or one.service or "nobody named", one.event) for one in found)
    least = "at least " if {one.event for one in found} & set(endings.cut) else ""
    said = ", ".join(f"{number} {event} by {who}" for (who, event), number in counts.most_common(_MOST))
    ends = [one for one in found if one.event not in _PREPARES]
    most = max((_most_in_an_hour([one for one in ends if one.principal == who]) for who in {e.principal for e in ends}),
               default=0)  # fmt: skip
    if most > burst:
        return failed(
            f"{most} within an hour by one principal: {least}{said}",
            severity=Severity.CRITICAL,
            deletions=len(found),
        )
    return failed(f"in {lookback_days} days there were {least}{said}", deletions=len(found))


def _most_in_an_hour(events: Sequence[BackupEnding]) -> int:
    """The greatest number of events that any hour holds."""
    times = sorted(one.time for one in events)
    return max(sum(first <= one < first + timedelta(hours=1) for one in times) for first in times)
