"""Backup and Restore."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.backup import (
    BackupJob,
    BackupPlan,
    BackupRegionSettings,
    BackupRule,
    BackupRules,
    BackupSelection,
    BackupVault,
    CopyAction,
    RecoveryPoint,
    SelectionScope,
    job_resource,
)
from auditor.evidence.dynamodb import ContinuousBackups, Table, TimeToLive, table_name
from auditor.evidence.ec2 import Instance
from auditor.evidence.efs import FileSystem
from auditor.evidence.purpose import derivable, sessions
from auditor.evidence.rds import Database, DbCluster, DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.basics import Store
from auditor.inference.recovery.figures import Scope, in_words
from auditor.inference.recovery.posture import reasons
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.typed import Resource
from auditor.wiring import Tags, check

_DAYLIGHT_SAVING = timedelta(hours=1)
"""A schedule in local time is an hour late once a year."""
_LOG_UPLOAD = timedelta(minutes=30)
"""RDS uploads its logs every five minutes."""


@check(severity=Severity.HIGH, practices=["REL09-BP01", "REL09-BP03"])
def dynamodb_table_point_in_time_recovery(
    table: Table,
    backups: ContinuousBackups,
    expiry: TimeToLive,
    tags: Tags,
    account: Account,
    tables: Every[Table],
    all_backups: Every[ContinuousBackups],
    *,
    min_days: int = 7,
) -> Verdict:
    """DynamoDB tables have point-in-time recovery in every replica region.

    Why: a wrong deployment or an attacker overwrites items within seconds, replicas take it over at once, and
        without point-in-time recovery there is no earlier state to go back to.
    Fix: turn on point-in-time recovery (UpdateContinuousBackups) with a recovery period of at least min_days, in
        every region that has a replica.
    """
    if not table.is_active:
        return not_applicable(f"the table is {table.status}")
    if reason := derivable(tags):
        return not_applicable(f"{reason} says that its data can be rebuilt")
    if backups.enabled and backups.reach_days < min_days:
        return failed(f"point-in-time recovery reaches back {backups.reach_days} days, less than {min_days}")
    if backups.enabled:
        return passed(f"it can be restored to any moment of the last {backups.reach_days} days")
    covered = _recoverable_replicas(table, tables, all_backups)
    if covered:
        return failed(f"point-in-time recovery is off here and on only in {', '.join(covered)}", severity=Severity.LOW)
    unseen = sorted({one.region for one in table.replicas} - set(account.regions))
    if unseen:
        return unknown(f"point-in-time recovery is off, and its replicas in {', '.join(unseen)} were not scanned")
    if expiry.enabled and sessions(table.table):
        return failed("point-in-time recovery is off; its items are sessions that expire", severity=Severity.LOW)
    where = f" in all {len(table.replicas) + 1} regions of the global table" if table.is_global else ""
    return failed(f"point-in-time recovery is off{where}")


def _recoverable_replicas(table: Table, tables: Every[Table], all_backups: Every[ContinuousBackups]) -> list[str]:
    """The regions in which a replica of a global table has point-in-time recovery."""
    regions = {one.region for one in table.replicas}
    if not regions:
        return []
    replicas = (one for one in tables.by(table_name).get(table.table, ()) if one.region in regions)
    return sorted(one.region for one in replicas if any(backups.enabled for backups in all_backups.of(one)))


@check(severity=Severity.MEDIUM, practices=["REL09-BP03"])
def rds_cluster_native_backup_retention(cluster: DbCluster, account: Account, *, min_days: int = 7) -> Verdict:
    """Database clusters keep their native backups at least seven days.

    Why: damage is often noticed days after it was done, when a one-day window no longer reaches back before it.
    Fix: raise BackupRetentionPeriod of the cluster to min_days or more (ModifyDBCluster); it takes effect at once.
    """
    if cluster.is_custom:
        return not_applicable("RDS Custom leaves backups to its customer")
    if cluster.is_stopped:
        return not_applicable("the cluster is stopped")
    return _retention(cluster, cluster.status, account, min_days)


@check(severity=Severity.MEDIUM, practices=["REL09-BP03"])
def rds_instance_native_backup_retention(instance: DbInstance, account: Account, *, min_days: int = 7) -> Verdict:
    """Database instances keep their native backups at least seven days.

    Why: without automated backups an instance cannot be restored to a moment of the past, and a short window ends
        before most damage is noticed.
    Fix: set BackupRetentionPeriod of the instance to min_days or more (ModifyDBInstance).
    """
    if instance.is_cluster_member:
        return not_applicable("its cluster keeps the backups")
    if instance.is_replica:
        return not_applicable("it is a read replica")
    if instance.is_custom:
        return not_applicable("RDS Custom leaves backups to its customer")
    if instance.is_stopped:
        return not_applicable("the instance is stopped")
    return _retention(instance, instance.status, account, min_days)


def _retention(database: Database, status: str, account: Account, min_days: int) -> Verdict:
    days, latest = database.backup_retention_days, database.latest_restorable
    if days == 0:
        return failed("automated backups are off", severity=Severity.HIGH, retention_days=0)
    if days < min_days:
        return failed(f"automated backups are kept {_days(days)}, less than {min_days}", retention_days=days)
    if status == "available" and latest is not None and account.now - latest > _LOG_UPLOAD:
        return failed(
            f"the latest moment that it can be restored to is {latest:%Y-%m-%d %H:%M} UTC: log upload has stopped"
        )
    return passed(f"automated backups are kept {_days(days)}", retention_days=days)


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


@check(severity=Severity.MEDIUM, practices=["REL09-BP03"])
def redshift_cluster_native_backup_retention(cluster: RedshiftCluster, *, min_days: int = 7) -> Verdict:
    """Redshift clusters keep their automated snapshots at least seven days.

    Why: automated snapshots end after one day by default, before a wrong load is noticed.
    Fix: raise AutomatedSnapshotRetentionPeriod of the cluster to min_days or more (ModifyCluster).
    """
    days = cluster.backup_retention_days
    if days == 0:
        return failed("automated snapshots are off", severity=Severity.HIGH)
    if days < min_days:
        return failed(f"automated snapshots are kept {_days(days)}, less than {min_days}")
    return passed(f"automated snapshots are kept {_days(days)}")


@check(severity=Severity.HIGH, practices=["REL09-BP03", "REL13-BP01"])
def backup_plan_schedule_within_rpo(
    plan: BackupPlan, rules: BackupRules, selections: Every[BackupSelection], *, default_rpo_hours: int = 24
) -> Verdict:
    """Backup plans run at least as often as the recovery point objective asks.

    Why: whatever was written since the last run is lost; a plan that skips weekends loses three days on a Monday.
    Fix: shorten ScheduleExpression of a rule of the plan, or enable continuous backup where the service has it; give
        a plan without rules or selections both, or delete it.
    """
    if not rules.rules:
        return failed("the plan has no rules, so it never runs")
    if not selections.of(plan):
        return failed("the plan selects no resources, so it backs up nothing")
    runs = sorted(one.time for one in rules.next_runs)
    if len(runs) < 2:  # noqa: PLR2004 - a gap has two ends
        return unknown("AWS Backup gives no preview of its next runs")
    gap = max(later - earlier for earlier, later in pairwise(runs))
    late = max(one.start_window_minutes for one in rules.rules) / 60
    detail = f"its next runs are up to {_hours(gap)} apart, and each may start {late:.3g} hours late"
    if gap - _DAYLIGHT_SAVING > timedelta(hours=default_rpo_hours):
        return failed(f"{detail}: more than {default_rpo_hours} hours", gap_hours=round(gap.total_seconds() / 3600, 1))
    return passed(detail, gap_hours=round(gap.total_seconds() / 3600, 1))


def _hours(span: timedelta) -> str:
    return f"{span.total_seconds() / 3600:.3g} hours"


@check(severity=Severity.HIGH, practices=["REL09-BP01", "REL13-BP02"])
def backup_plan_cross_region_copy(plan: BackupPlan, rules: BackupRules, selections: Every[BackupSelection]) -> Verdict:
    """Backups are copied to another region.

    Why: when the region is lost, its vaults are lost with it, and there is nothing to restore from elsewhere.
    Fix: add CopyActions to a rule of the plan with the ARN of a vault in the recovery region.
    """
    if not selections.of(plan):
        return not_applicable("the plan selects no resources")
    elsewhere = sorted({copy.region for copy in rules.copies if copy.region != plan.region})
    if elsewhere:
        return passed(f"its recovery points are copied to {', '.join(elsewhere)}")
    count = len(rules.rules)
    if rules.copies:
        vaults = ", ".join(sorted({copy.vault_arn for copy in rules.copies}))
        return failed(f"its copies stay in {plan.region}: {vaults}")
    return failed(
        f"none of its {count} rules copies to another region"
        if count > 1
        else "its rule copies nothing to another region"
    )


@check(severity=Severity.MEDIUM, practices=["REL09-BP03"])
def backup_recovery_point_retention_minimum(
    plan: BackupPlan, rules: BackupRules, selections: Every[BackupSelection], *, min_days: int = 35
) -> Verdict:
    """Recovery points are kept long enough to outlive late detection.

    Why: slow corruption and patient attackers are found weeks later, when all clean recovery points have expired.
    Fix: raise Lifecycle.DeleteAfterDays of at least one rule of the plan, and of its copies in another region, to
        min_days or more.
    """
    if not selections.of(plan):
        return not_applicable("the plan selects no resources")
    if not rules.rules:
        return not_applicable("the plan has no rules")
    longest = _longest(kept for rule in rules.rules for kept in _kept(rule))
    if longest is not None and longest < min_days:
        return failed(f"no rule keeps recovery points longer than {_days(longest)}, less than {min_days}")
    away = [copy for copy in rules.copies if copy.region != plan.region]
    if away and (there := _longest(copy.retention_days for copy in away)) is not None and there < min_days:
        return failed(f"the copies in {_places(away)} are kept {_days(there)}, less than {min_days}")
    return passed("recovery points are kept " + ("for ever" if longest is None else _days(longest)))


def _kept(rule: BackupRule) -> Iterable[int | None]:
    """How long what a rule makes is kept; only the copies count where it deletes after the copy."""
    if rule.deletes_after_copy:
        return [copy.retention_days for copy in rule.copies]
    return [rule.retention_days]


def _longest(days: Iterable[int | None]) -> int | None:
    """The greatest number of days; None is for ever, and nothing at all is none."""
    found = list(days)
    return None if None in found else max((one for one in found if one is not None), default=0)


def _places(copies: Sequence[CopyAction]) -> str:
    return ", ".join(sorted({copy.region for copy in copies}))


@check(severity=Severity.MEDIUM, practices=["REL09-BP03"])
def backup_region_setting_opted_in(
    region: Region,
    settings: BackupRegionSettings,
    plans: Every[BackupPlan],
    scopes: Every[SelectionScope],
    instances: Every[DbInstance],
    clusters: Every[DbCluster],
    file_systems: Every[FileSystem],
    servers: Every[Instance],
    warehouses: Every[RedshiftCluster],
) -> Verdict:
    """AWS Backup is opted in for every service whose resources a plan selects.

    Why: a plan that selects by tag silently leaves out the services that the region is not opted in for, and shows
        no failure.
    Fix: opt in to the services with UpdateRegionSettings (ResourceTypeOptInPreference).
    """
    if not plans.within(region.name):
        return not_applicable("the region has no backup plan")
    off = {kind for kind, opted_in in settings.opted_in.items() if not opted_in}
    chosen = scopes.within(region.name)
    kinds = (instances, clusters, file_systems, servers, warehouses)
    left_out: dict[str, list[str]] = {}
    for resource in (one for every in kinds for one in every.within(region.name)):
        kind = _backup_type(resource)
        if kind in off and any(scope.takes(resource.arn, resource.tags) for scope in chosen):
            left_out.setdefault(kind, []).append(resource.name)
    if left_out:
        parts = (f"{kind} ({', '.join(sorted(names)[:3])})" for kind, names in sorted(left_out.items()))
        return failed(f"a plan selects resources of services that are not opted in: {'; '.join(parts)}")
    return passed("it is opted in for every service whose resources a plan selects")


def _backup_type(resource: Resource) -> str:
    """The resource type as AWS Backup writes it; empty for what its cluster stands for."""
    if isinstance(resource, DbInstance):
        return "" if resource.is_cluster_member else "RDS"
    if isinstance(resource, DbCluster):
        return "Aurora" if resource.is_aurora else _OTHER_CLUSTERS.get(resource.engine, "RDS")
    return _TYPES[type(resource)]


_OTHER_CLUSTERS = {"docdb": "DocumentDB", "neptune": "Neptune"}
_TYPES: dict[type, str] = {FileSystem: "EFS", Instance: "EC2", RedshiftCluster: "Redshift"}


@check(severity=Severity.HIGH, practices=["REL09-BP03", "REL06-BP03"])
def backup_job_failure_unrecovered(
    region: Region, account: Account, jobs: Every[BackupJob], *, lookback_days: int = 7
) -> Verdict:
    """No resource's latest backup job failed, expired or was aborted.

    Why: a resource whose backups fail has an old recovery point at best, which is found out on the day of the
        restore.
    Fix: read StatusMessage of the job (DescribeBackupJob), remove the cause, start a backup by hand, and alarm on
        AWS/Backup NumberOfBackupJobsFailed.
    """
    since = account.now - timedelta(days=lookback_days)
    recent = [one for one in jobs.within(region.name) if one.created >= since and not one.is_parent]
    if not recent:
        return not_applicable(f"there was no backup job in {lookback_days} days")
    by_resource: dict[str, list[BackupJob]] = {}
    for job in sorted(recent, key=lambda one: (one.created, one.id), reverse=True):
        by_resource.setdefault(job_resource(job), []).append(job)
    troubles = [text for arn, found in sorted(by_resource.items()) if (text := _trouble(arn, found, account))]
    if troubles:
        more = f" and {len(troubles) - 3} more" if len(troubles) > 3 else ""  # noqa: PLR2004 - as many as one line bears
        return failed(f"{'; '.join(troubles[:3])}{more}", resources=len(troubles))
    return passed(f"the newest backup jobs of {len(by_resource)} resources succeeded")


def _trouble(arn: str, jobs: Sequence[BackupJob], account: Account) -> str:
    """What is wrong with the jobs of a resource, newest first; empty where the newest one succeeded."""
    name = arn.rpartition(":")[2]
    late = next((one for one in jobs if one.state == "RUNNING" and one.expected and one.expected < account.now), None)
    if late:
        return f"a job of {name} runs since {late.created:%Y-%m-%d %H:%M}"
    done = [one for one in jobs if one.failed or one.succeeded]
    in_a_row = next((index for index, one in enumerate(done) if _went_well(one)), len(done))
    if not in_a_row:
        return ""
    which = f"the last {in_a_row} jobs" if in_a_row > 1 else "the last job"
    return f"{which} of {name} ended {done[0].state}" + (f": {done[0].message}" if done[0].message else "")


def _went_well(job: BackupJob) -> bool:
    return job.succeeded and job.message_category in (None, "SUCCESS")


@check(severity=Severity.HIGH, practices=["REL09-BP01", "REL09-BP03"])
def backup_resource_recent_recovery_point(_account: Account, recovery: Recovery, *, max_age_hours: int = 30) -> Verdict:
    """Every stateful resource has a recent recovery point.

    Why: what is not backed up is gone with the first wrong delete, bad release or encrypting attacker.
    Fix: select the named resources in a backup plan, or turn on the history of their own: automated backups,
        point-in-time recovery, snapshots, versioning.
    """
    return recovery.verdict(lambda one: _backed_up(one, max_age_hours))


def _backed_up(posture: Posture, hours: int) -> Verdict:
    stores = [one for one in posture.stores if one.kind != _PASSING]
    if not stores:
        return posture.lacks("it has no stores", posture.world.unseen.stores)
    bare = [one for one in stores if not _has_history(one, hours)]
    known = [one for one in bare if not one.unread]
    if known:
        more = f" and {len(known) - 5} more" if len(known) > 5 else ""  # noqa: PLR2004 - as many as one line bears
        named = ", ".join(sorted(one.label for one in known)[:5])
        return failed(f"no backup of {hours} hours and no history is there of {named}{more}", resources=len(known))
    if bare or posture.world.unseen.stores:
        gaps = (*posture.world.unseen.stores, *(gap for one in bare for gap in one.unread))
        return unknown(f"not all backups could be seen, as {', '.join(reasons(gaps)[:2])}")
    return passed(f"all {len(stores)} stores have a backup of {hours} hours or a history of their own")


_PASSING = "session cache"
"""Sessions are of now: nobody goes back to those of yesterday."""


def _has_history(store: Store, hours: int) -> bool:
    """A history of its own, a young backup, or for a bucket a copy by replication."""
    copies = [one for one in store.copies if one.healthy]
    if store.kind == "bucket" and any(Scope.REGION_LOSS in one.covers for one in copies):
        return True
    kept = [one for one in copies if Scope.DATA_CORRUPTION in one.covers]
    return any(not one.measured or one.rpo.high <= hours * 3600 for one in kept)


@check(severity=Severity.HIGH, practices=["REL09-BP03", "REL13-BP01"])
def backup_recovery_point_gap_within_rpo(
    vault: BackupVault,
    account: Account,
    points: Every[RecoveryPoint],
    recovery: Recovery,
    *,
    lookback_days: int = 30,
    default_rpo_hours: int = 30,
) -> Verdict:
    """The measured gap between recovery points stays within the RPO.

    Why: a plan says how often backups are to be made; only the gaps say how often they were.
    Fix: look for failed, expired or missed jobs of the named resource in the gap, and let the plan run more often.
    """
    since = account.now - timedelta(days=lookback_days)
    recent = [one for one in points.of(vault) if _counts(one, since)]
    here = {one.resource_arn: one for one in recent if recovery.owner(one.resource_arn) or _is_elsewhere(one)}
    lost = {one.resource_arn for one in recent} - here.keys()
    if lost and recovery.unseen:
        return unknown(f"whether {_names(lost)} is still there is not known, as {recovery.unseen[0].reason}")
    if not here:
        return not_applicable(f"it got no recovery point in {lookback_days} days of what is still there")
    wide = []
    for arn in sorted(here):
        owner = recovery.owner(arn)
        declared = owner.group.workload.rpo if owner else None
        allowed = declared.total_seconds() if declared is not None else default_rpo_hours * 3600
        gap, start = _widest_gap([one for one in points.by(_OF, vault.region)[arn] if _counts(one, since)], account)
        if gap > allowed:
            name = arn.rpartition(":")[2]
            wide.append(f"{name} for {in_words(gap)} from {start:%Y-%m-%d %H:%M}, more than {in_words(allowed)}")
    if wide:
        return failed(f"{vault.region} has no recovery point of {'; '.join(wide[:3])}", resources=len(wide))
    return passed(f"the recovery points of {len(here)} resources follow each other within their RPO")


def _counts(point: RecoveryPoint, since: datetime) -> bool:
    return point.is_complete and not point.is_parent and point.created >= since


def _is_elsewhere(point: RecoveryPoint) -> bool:
    """Whether it is of a kind that the recovery inference does not know, so that nothing says whether it is there."""
    return point.resource_type not in _KNOWN_KINDS


_KNOWN_KINDS = frozenset({"Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "Neptune", "RDS", "Redshift", "S3"})
_OF = attrgetter("resource_arn")


def _names(arns: Iterable[str]) -> str:
    return ", ".join(sorted(arn.rpartition(":")[2] for arn in arns)[:3])


def _widest_gap(points: Sequence[RecoveryPoint], account: Account) -> tuple[float, datetime]:
    """The widest gap in seconds, until now with it, and where it begins; continuous backups have none to speak of."""
    moments = sorted(one.created for one in points)
    if any(one.is_continuous for one in points):
        return timedelta(minutes=15).total_seconds(), moments[-1]
    return max(((later - early).total_seconds(), early) for early, later in pairwise([*moments, account.now]))


@check(severity=Severity.CRITICAL, practices=["REL09-BP01", "REL13-BP02"])
def backup_copy_usable_in_dr_region(_account: Account, recovery: Recovery, *, default_rpo_hours: int = 30) -> Verdict:
    """A fresh, restorable copy of each backup that is sent elsewhere exists in the recovery region.

    Why: copies fail, expire or are found infected after the rule that makes them was written.
    Fix: repair the copy job of the named resource (DescribeCopyJob), keep copies longer than the RPO, and keep the key
        of the destination vault enabled.
    """
    return recovery.verdict(lambda one: _copies_usable(one, default_rpo_hours))


def _copies_usable(posture: Posture, hours: int) -> Verdict:
    copies = [(one, copy) for one in posture.stores for copy in one.copies if copy.mechanism.name == _COPIED]
    if not copies:
        return posture.lacks("AWS Backup copies none of its stores to another region", posture.gaps_of_copies)
    declared = posture.group.workload.rpo
    allowed = declared.total_seconds() if declared is not None else hours * 3600
    broken = [f"{one.name}: {copy.trouble}" for one, copy in copies if copy.healthy is False]
    late = [
        f"{one.name}: the gap in {copy.region} is {in_words(copy.rpo.high)}"
        for one, copy in copies
        if copy.healthy and copy.measured and copy.rpo.high > allowed
    ]
    if broken or late:
        return failed("; ".join(sorted([*broken, *late])[:4]))
    if any(copy.healthy is None for _, copy in copies):
        return unknown(next(copy.trouble for _, copy in copies if copy.healthy is None))
    return passed(f"{len(copies)} copies in other regions can be restored and are within {in_words(allowed)}")


_COPIED = "backup_copy_cross_region"
