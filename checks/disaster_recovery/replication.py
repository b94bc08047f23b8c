"""Continuous data replication (Pilot Light and above)."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Annotated

from auditor.every import Every
from auditor.evidence.backup import CopyJob, job_resource
from auditor.evidence.dms import DmsEndpoint, DmsTask
from auditor.evidence.drs import SourceServer
from auditor.evidence.dynamodb import GlobalReplica, Table
from auditor.evidence.efs import FileSystem, FileSystemReplication
from auditor.evidence.elasticache import GlobalReplicationGroup, ReplicationGroup
from auditor.evidence.purpose import derivable, nonproduction, own_words, sessions
from auditor.evidence.rds import (
    DbAutomatedBackup,
    DbCluster,
    DbInstance,
    GlobalCluster,
    GlobalMember,
    region_elsewhere,
)
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.s3 import (
    Bucket,
    BucketEncryption,
    BucketReplication,
    BucketVersioning,
    ReplicationRule,
    bucket_name,
    replica_buckets,
)
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.basics import Store, elsewhere
from auditor.inference.recovery.figures import FOLLOWING, Scope
from auditor.metrics import Metric, MetricSpec, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check
from auditor.workloads import Strategy

ReplicaLag = Annotated[
    Metric, metric("AWS/RDS", "ReplicaLag", "Maximum", days=14, period=300, DBInstanceIdentifier="identifier")
]
LagToday = Annotated[
    Metric, metric("AWS/RDS", "ReplicaLag", "Maximum", days=1, period=3600, DBInstanceIdentifier="identifier")
]

GlobalLag = Annotated[
    Metric,
    metric("AWS/RDS", "AuroraGlobalDBRPOLag", "Maximum", days=14, period=300, DBClusterIdentifier="identifier"),
]

ReplicationLatency = Annotated[
    Metric,
    metric(
        "AWS/DynamoDB",
        "ReplicationLatency",
        "Maximum",
        days=14,
        period=300,
        TableName="table",
        ReceivingRegion="replica_region",
    ),
]


def _requests(operation: str) -> MetricSpec:
    """How often an operation succeeded on the table in its own region.

    Consumed capacity does not tell that: what is replicated from elsewhere consumes it too (DynamoDB developer guide).
    """
    return metric(
        "AWS/DynamoDB", "SuccessfulRequestLatency", "SampleCount", TableName="table", Operation=f"={operation}"
    )


Puts = Annotated[Metric, _requests("PutItem")]
Updates = Annotated[Metric, _requests("UpdateItem")]
Batches = Annotated[Metric, _requests("BatchWriteItem")]
Transactions = Annotated[Metric, _requests("TransactWriteItems")]

TargetLag = Annotated[
    Metric,
    metric(
        "AWS/DMS",
        "CDCLatencyTarget",
        "Maximum",
        days=14,
        period=300,
        ReplicationInstanceIdentifier="instance",
        ReplicationTaskIdentifier="id",
    ),
]

_TIME_CONTROL_MINUTES = 15
"""What S3 Replication Time Control promises."""


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL09-BP01"])
def rds_instance_copy_in_other_region(
    instance: DbInstance,
    account: Account,
    backups: Every[DbAutomatedBackup],
    copies: Every[CopyJob],
    *,
    backup_lag_minutes: int = 60,
    default_rpo_hours: int = 30,
) -> Verdict:
    """Database instances have a replica or replicated backups in another region.

    Why: with all copies in one region, its loss is the loss of the database.
    Fix: create a cross-region read replica, replicate the automated backups
        (StartDBInstanceAutomatedBackupsReplication), or copy AWS Backup recovery points to another region.
    """
    if instance.is_cluster_member:
        return not_applicable("its cluster is judged")
    if instance.is_replica:
        return not_applicable("it is a read replica")
    if reason := derivable(instance.tags) or nonproduction(instance.tags):
        return not_applicable(f"it is tagged {reason}")
    if instance.replica_regions:
        return passed(f"it has a read replica in {', '.join(instance.replica_regions)}")
    trouble = ""
    for arn in instance.replicated_backups:
        place = region_elsewhere(arn, instance.region)
        if place and place not in account.regions:
            return unknown(f"its backups are replicated to {place}, which was not scanned")
        if place:
            trouble = _stale_backups(instance, backups.within(place), place, account, backup_lag_minutes)
            if not trouble:
                return passed(f"its automated backups are replicated to {place}")
    if copy := _recent_copy(instance.arn, copies, account, default_rpo_hours):
        return passed(f"a backup was copied to {copy.destination_region} at {copy.created:%Y-%m-%d %H:%M}")
    return failed(
        trouble or f"it has no replica, no replicated backups and no backup copied in {default_rpo_hours} hours"
    )


def _stale_backups(
    instance: DbInstance, backups: Iterable[DbAutomatedBackup], place: str, account: Account, lag_minutes: int
) -> str:
    """What is wrong with the replicated backups of an instance; empty where they are fresh."""
    found = next((one for one in backups if one.instance_arn == instance.arn), None)
    if found is None:
        return f"{place} has none of the backups that are said to be replicated there"
    if found.status != "replicating":
        return f"the replication of its backups to {place} is {found.status}"
    if found.latest is None or account.now - found.latest > timedelta(minutes=lag_minutes):
        when = f"{found.latest:%Y-%m-%d %H:%M}" if found.latest else "never"
        return f"its backups in {place} were last up to date {when}, more than {lag_minutes} minutes ago"
    return ""


def _recent_copy(arn: str, copies: Every[CopyJob], account: Account, hours: int) -> CopyJob | None:
    """The newest copy of a resource's backups to another region, if it is young enough."""
    since = account.now - timedelta(hours=hours)
    found = (
        one
        for one in copies.by(job_resource).get(arn, ())
        if one.succeeded and one.leaves_region and one.created >= since
    )
    return max(found, key=lambda one: one.created, default=None)


@check(severity=Severity.HIGH, practices=["REL13-BP01", "PERF03-BP03"])
def rds_read_replica_lag_within_rpo(
    instance: DbInstance, lag: ReplicaLag, today: LagToday, account: Account, *, default_rpo_seconds: int = 900
) -> Verdict:
    """Cross-region read replicas follow their source within the recovery point objective.

    Why: what the replica has not received when the region is lost is lost too.
    Fix: give the replica a class and storage as strong as its source's, shorten long transactions there, and alarm
        on ReplicaLag; recreate a replica whose replication has stopped.
    """
    if instance.source_region is None:
        return not_applicable("it is no replica of another region")
    if account.now - instance.created < timedelta(hours=1):
        return not_applicable("the replica is younger than an hour")
    if broken := next((one for one in instance.replication if not one.normal), None):
        return failed(f"its replication is {broken.status}{': ' if broken.message else ''}{broken.message}")
    if not today:
        return failed("it sent no ReplicaLag in the last day, so nobody knows how old its data is")
    if -1 in lag.values:
        return failed("its replication stood still: ReplicaLag was -1 in the last 14 days")
    seconds = lag.percentile(99)
    if seconds > default_rpo_seconds:
        return failed(
            f"99 percent of the lags of 14 days reach {seconds:.0f} seconds, more than {default_rpo_seconds}",
            lag_p99_seconds=seconds,
        )
    return passed(f"99 percent of the lags of 14 days are within {seconds:.0f} seconds", lag_p99_seconds=seconds)


@check(severity=Severity.HIGH, practices=["REL13-BP02"])
def rds_cluster_global_database(
    cluster: DbCluster,
    account: Account,
    global_clusters: Every[GlobalCluster],
    copies: Every[CopyJob],
    *,
    rpo_seconds_requiring_global: int = 3600,
    default_rpo_hours: int = 30,
) -> Verdict:
    """Database clusters have a copy in another region: a global database, a replica or recent backups.

    Why: a cluster is spread over the zones of one region only; when that region is lost, so is its data.
    Fix: add a secondary region to the cluster (CreateGlobalCluster, CreateDBCluster), or copy its AWS Backup recovery
        points to another region where a recovery point objective above an hour allows it.
    """
    if reason := derivable(cluster.tags) or nonproduction(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.source_region:
        return passed(f"it replicates a cluster of {cluster.source_region}")
    if cluster.replica_regions:
        return passed(f"it has a replica in {', '.join(cluster.replica_regions)}")
    group = _global_of(cluster, global_clusters)
    if group and len(group.regions) > 1:
        return passed(f"it belongs to {group.identifier}, which spans {', '.join(group.regions)}")
    copies_suffice = default_rpo_hours * 3600 >= rpo_seconds_requiring_global
    if copies_suffice and (copy := _recent_copy(cluster.arn, copies, account, default_rpo_hours)):
        return passed(f"a backup was copied to {copy.destination_region} at {copy.created:%Y-%m-%d %H:%M}")
    if group:
        return failed(f"its global cluster {group.identifier} has no other region")
    if cluster.is_serverless_v1:
        return failed(
            "it is Aurora Serverless v1, which cannot join a global database, and no recent backup was copied"
        )
    suffix = f" and no backup copied in {default_rpo_hours} hours" if copies_suffice else ""
    return failed(f"it has no global database, no replica in another region{suffix}")


def _global_of(cluster: DbCluster, global_clusters: Every[GlobalCluster]) -> GlobalCluster | None:
    """The global cluster that a cluster belongs to."""
    known = (one for one in global_clusters.known() if _has(one, cluster))
    return next(known, None) or next((one for one in global_clusters if _has(one, cluster)), None)


def _has(group: GlobalCluster, cluster: DbCluster) -> bool:
    return any(one.cluster == cluster.arn for one in group.members)


def _arn(cluster: DbCluster) -> str:
    return cluster.arn


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL13-BP04"])
def rds_global_cluster_secondary_promotable(
    group: GlobalCluster, account: Account, clusters: Every[DbCluster]
) -> Verdict:
    """Secondaries of global databases can be promoted without extra work.

    Why: a secondary without instances, with another engine version or out of step cannot take over; that is found
        out in the middle of the failover.
    Fix: add an instance to each secondary, upgrade all members to one engine version, and give them parameter groups
        of one family and the same log exports.
    """
    writer = group.writer
    if not group.secondaries or writer is None:
        return not_applicable("it has no secondary")
    unseen = sorted({one.region for one in group.members} - set(account.regions))
    if unseen:
        return unknown(f"its members in {', '.join(unseen)} were not scanned")
    source = _cluster(writer, clusters)
    secondaries = [(one.region, one, _cluster(one, clusters)) for one in group.secondaries]
    if source is None:
        return failed(f"its writer in {writer.region} does not exist")
    blocked = [
        f"the secondary in {place} {why}" for place, one, its in secondaries if (why := _blocked(one, its, source))
    ]
    if blocked:
        return failed("; ".join(blocked))
    drifted = [place for place, _, its in secondaries if its and set(its.log_exports) != set(source.log_exports)]
    if drifted:
        places = ", ".join(drifted)
        return failed(f"the secondary in {places} exports other logs than the writer", severity=Severity.MEDIUM)
    return passed(f"all secondaries are in step: {', '.join(place for place, _, _ in secondaries)}")


def _cluster(member: GlobalMember, clusters: Every[DbCluster]) -> DbCluster | None:
    return next(iter(clusters.by(_arn).get(member.cluster, ())), None)


def _blocked(member: GlobalMember, secondary: DbCluster | None, source: DbCluster) -> str:
    """What would stop the promotion of a secondary."""
    if secondary is None:
        return "does not exist"
    if member.synchronization not in (None, "connected"):
        return f"is {member.synchronization}"
    if not secondary.members:
        return "has no instance"
    if secondary.engine_version != source.engine_version:
        return f"runs {secondary.engine_version}, the writer {source.engine_version}"
    return ""


@check(severity=Severity.HIGH, practices=["REL13-BP02"])
def dynamodb_table_global_replica(
    table: Table, tags: Tags, account: Account, copies: Every[CopyJob], *, default_rpo_hours: int = 30
) -> Verdict:
    """DynamoDB tables have an active replica or a recent backup in another region.

    Why: a table lives in one region; when that is lost, point-in-time recovery is lost with it.
    Fix: add a replica (UpdateTable ReplicaUpdates) in the recovery region, or copy AWS Backup recovery points there;
        recreate a replica that is broken, and move legacy global tables to version 2019.11.21.
    """
    if not table.is_active:
        return not_applicable(f"the table is {table.status}")
    if reason := derivable(tags):
        return not_applicable(f"it is tagged {reason}")
    if broken := next((one for one in table.replicas if one.is_broken), None):
        detail = f": {broken.status_reason}" if broken.status_reason else ""
        return failed(f"its replica in {broken.region} is {broken.status}{detail}")
    if table.global_version == "2017.11.29":
        return failed(
            "it is a global table of the legacy version 2017.11.29, whose replicas have settings of their own"
        )
    if table.active_regions:
        return passed(f"it has an active replica in {', '.join(table.active_regions)}")
    if copy := _recent_copy(table.arn, copies, account, default_rpo_hours):
        return passed(f"a backup was copied to {copy.destination_region} at {copy.created:%Y-%m-%d %H:%M}")
    return failed(f"it has no active replica in another region and no backup copied in {default_rpo_hours} hours")


@check(severity=Severity.MEDIUM, practices=["REL09-BP01", "REL13-BP02"])
def s3_bucket_replicated_to_other_region(
    bucket: Bucket,
    replication: BucketReplication | None,
    tags: Tags,
    buckets: Every[Bucket],
    replications: Every[BucketReplication],
    copies: Every[CopyJob],
) -> Verdict:
    """S3 buckets with primary data replicate to another region.

    Why: a bucket is spread over zones, not regions; its objects are out of reach while its region is.
    Fix: enable versioning and add a replication rule to a bucket in another region (PutBucketReplication), or back the
        bucket up with AWS Backup and copy that to another region.
    """
    if reason := derivable(tags, bucket.bucket):
        return not_applicable(f"{reason} says that its data can be rebuilt")
    rules = replication.enabled if replication else ()
    places = {one.destination: _destination_region(one, buckets) for one in rules}
    elsewhere = sorted({place for place in places.values() if place and place != bucket.region})
    if elsewhere:
        return passed(f"it is replicated to {', '.join(elsewhere)}")
    if not rules and any(bucket.bucket in names for names in replications.by(replica_buckets)):
        return not_applicable("it is a replica of another bucket")
    if any(one.leaves_region and one.succeeded for one in copies.by(job_resource).get(bucket.arn, ())):
        return passed("AWS Backup copies it to another region")
    foreign = sorted(name for name, place in places.items() if place is None)
    if foreign:
        return unknown(
            f"it is replicated to {', '.join(foreign)}, a bucket of another account whose region is not known"
        )
    if rules:
        return failed(f"its replication stays in {bucket.region}: {', '.join(sorted(places))}")
    return failed("it has no replication rule that is enabled, and no backup of it was copied to another region")


def _destination_region(rule: ReplicationRule, buckets: Every[Bucket]) -> str | None:
    """The region that a rule copies to; None for a bucket of another account."""
    return next((one.region for one in buckets.by(bucket_name).get(rule.destination, ())), None)


def _leaving(bucket: Bucket, replication: BucketReplication | None, buckets: Every[Bucket]) -> list[ReplicationRule]:
    """The enabled rules that copy to another region, or to another account, whose region is not known."""
    rules = replication.enabled if replication else ()
    return [one for one in rules if _destination_region(one, buckets) != bucket.region]


@check(severity=Severity.MEDIUM, practices=["REL09-BP01"])
def s3_replication_rule_covers_all_objects(
    bucket: Bucket,
    replication: BucketReplication | None,
    encryption: BucketEncryption | None,
    buckets: Every[Bucket],
    versionings: Every[BucketVersioning],
) -> Verdict:
    """S3 replication rules leave no object behind.

    Why: objects outside a rule's filter, and objects under a KMS key that no rule names, are skipped without an
        error; the copy looks complete until it is needed.
    Fix: give one rule an empty filter, enable SourceSelectionCriteria.SseKmsEncryptedObjects with a ReplicaKmsKeyID
        where the bucket encrypts with KMS, and keep versioning enabled on the destination.
    """
    rules = _leaving(bucket, replication, buckets)
    if not rules:
        return not_applicable("no rule copies to another region")
    whole = [one for one in rules if one.filter.is_everything]
    if not whole:
        filters = "; ".join(str(one.filter) for one in rules)
        return failed(f"its rules copy only {filters}")
    if encryption and encryption.uses_kms and not any(one.kms_objects for one in whole):
        return failed(f"its default encryption is {encryption.algorithm}, and its rules skip objects under KMS keys")
    for rule in whole:
        for destination in buckets.by(bucket_name).get(rule.destination, ()):
            if not all(one.enabled for one in versionings.of(destination)):
                return failed(f"versioning of the destination {rule.destination} is not enabled")
    return passed(f"a rule copies every object to {whole[0].destination}")


@check(severity=Severity.MEDIUM, practices=["REL13-BP01", "REL06-BP01"])
def s3_replication_time_control_for_rpo(
    bucket: Bucket, replication: BucketReplication | None, buckets: Every[Bucket], *, rpo_minutes: int = 1440
) -> Verdict:
    """S3 replication is measured, and has time control where the recovery point objective asks for it.

    Why: without Replication Time Control nothing bounds the lag, and without metrics nobody sees it or the objects
        that failed.
    Fix: enable Destination.Metrics on the rule and alarm on OperationsFailedReplication and ReplicationLatency; enable
        Destination.ReplicationTime for an objective of 15 minutes or less (rpo_minutes).
    """
    rules = _leaving(bucket, replication, buckets)
    if not rules:
        return not_applicable("no rule copies to another region")
    unbounded = [one for one in rules if not one.time_control]
    if unbounded and rpo_minutes <= _TIME_CONTROL_MINUTES:
        return failed(f"the rules {_ids(unbounded)} have no time control, so nothing bounds their lag")
    unmeasured = [one for one in rules if not one.metrics]
    if unmeasured:
        return failed(
            f"the rules {_ids(unmeasured)} publish no metrics, so their lag is invisible", severity=Severity.LOW
        )
    return passed(f"the rules {_ids(rules)} publish their lag")


def _ids(rules: Iterable[ReplicationRule]) -> str:
    return ", ".join(one.id or f"to {one.destination}" for one in rules)


@check(severity=Severity.MEDIUM, practices=["REL09-BP01", "REL13-BP02"])
def efs_file_system_replicated(
    file_system: FileSystem,
    account: Account,
    replications: Every[FileSystemReplication],
    copies: Every[CopyJob],
    *,
    max_age_minutes: int = 15,
    default_rpo_hours: int = 30,
) -> Verdict:
    """EFS file systems replicate to another region.

    Why: a file system stands in one region; without a copy elsewhere the region's loss is its loss.
    Fix: create a replication configuration to the recovery region (CreateReplicationConfiguration), or copy its AWS
        Backup recovery points there; repair a replication that is paused or in error.
    """
    if file_system.is_replica:
        return not_applicable("it is the destination of a replication")
    if not file_system.is_available:
        return not_applicable(f"it is {file_system.state}")
    if reason := derivable(file_system.tags):
        return not_applicable(f"it is tagged {reason}")
    known = [one for one in replications.within(file_system.region) if one.source == file_system.id]
    away = [there for one in known for there in one.destinations if there.region != file_system.region]
    fresh = account.now - timedelta(minutes=max_age_minutes)
    for there in away:
        if there.status in ("ERROR", "PAUSED", "PAUSING"):
            detail = f": {there.status_reason}" if there.status_reason else ""
            return failed(f"its replication to {there.region} is {there.status}{detail}")
        if there.status == "ENABLED" and there.last_synced and there.last_synced < fresh:
            when = f"{there.last_synced:%Y-%m-%d %H:%M}"
            return failed(
                f"its replica in {there.region} was last in step at {when}, over {max_age_minutes} minutes ago"
            )
        if there.status == "ENABLED" and there.last_synced:
            return passed(f"it is replicated to {there.region}")
    if copy := _recent_copy(file_system.arn, copies, account, default_rpo_hours):
        return passed(f"a backup was copied to {copy.destination_region} at {copy.created:%Y-%m-%d %H:%M}")
    if away:
        return failed(f"its replication to {away[0].region} has not completed a first copy")
    return failed(f"it has no replica in another region and no backup copied in {default_rpo_hours} hours")


@check(severity=Severity.LOW, practices=["REL09-BP01"])
def redshift_snapshot_copied_to_other_region(cluster: RedshiftCluster) -> Verdict:
    """Redshift snapshots are copied to another region.

    Why: the snapshots stand in the cluster's own region and are lost with it.
    Fix: enable cross-region snapshot copy (EnableSnapshotCopy) to the recovery region.
    """
    if reason := derivable(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.copy_region and cluster.copy_region != cluster.region:
        return passed(f"its snapshots are copied to {cluster.copy_region}")
    return failed("its snapshots are copied to no other region")


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL11-BP01"])
def drs_source_server_replication_healthy(
    server: SourceServer, account: Account, *, max_lag_minutes: int = 5
) -> Verdict:
    """Elastic Disaster Recovery source servers replicate without lag or stall.

    Why: a stalled server recovers to the state of the day it stalled, and nothing but this says so.
    Fix: look at dataReplicationError of the server, free the network path to the replication servers, give them
        bandwidth, and reinstall the agent where the service has not seen it.
    """
    if server.replication_error:
        return failed(f"its replication is {server.replication_state} with the error {server.replication_error}")
    if not server.replicates:
        return failed(f"its replication is {server.replication_state}, not CONTINUOUS")
    if server.lag and server.lag > timedelta(minutes=max_lag_minutes):
        minutes = server.lag.total_seconds() / 60
        return failed(
            f"it lags {minutes:.0f} minutes behind, more than {max_lag_minutes}", lag_minutes=round(minutes, 1)
        )
    if server.last_seen and account.now - server.last_seen > timedelta(hours=1):
        return failed(f"the service has not seen it since {server.last_seen:%Y-%m-%d %H:%M}")
    return passed("its replication is continuous and without lag")


@check(severity=Severity.CRITICAL, practices=["REL13-BP02"])
def workload_stores_replicate_to_one_region(_account: Account, recovery: Recovery) -> Verdict:
    """All data stores of a workload are copied to the same recovery region.

    Why: a database in one region and its documents in another cannot be recovered together.
    Fix: copy every named store to the region that holds the copies of the others.
    """
    return recovery.verdict(_one_region)


def _one_region(posture: Posture) -> Verdict:
    following = [one for one in posture.stores if one.protected(Scope.REGION_LOSS, FOLLOWING)]
    if not following or posture.recovery is None:
        return posture.lacks("none of its stores follows to another region", posture.gaps_of_copies)
    there = [(one, one.protected(Scope.REGION_LOSS, regions=elsewhere(one, posture.pair))) for one in posture.stores]
    apart = [f"{one.name} ({_places(one)})" for one, answer in there if answer is False]
    if apart:
        return failed(f"{posture.recovery} has no copy of {', '.join(sorted(apart)[:5])}")
    if posture.world.unseen.stores or any(answer is None for _, answer in there):
        return unknown(f"not all stores could be seen, as {', '.join(posture.unread_of_stores[:2])}")
    return passed(f"{posture.recovery} has copies of all {len(there)} stores")


def _places(store: Store) -> str:
    found = sorted({one.region for one in store.copies if one.healthy and Scope.REGION_LOSS in one.covers})
    return f"its copy is in {', '.join(found)}" if found else "it has none"


@check(severity=Severity.MEDIUM, practices=["REL13-BP01", "PERF03-BP03"])
def rds_global_cluster_lag_within_rpo(
    cluster: DbCluster,
    lag: GlobalLag,
    groups: Every[GlobalCluster],
    recovery: Recovery,
    *,
    default_lag_ms: int = 1000,
) -> Verdict:
    """The lag of a global database stays below the RPO.

    Why: what a secondary has not received when the region is lost is lost too.
    Fix: give the secondary instances as strong as the writer's, and alarm on AuroraGlobalDBRPOLag.
    """
    group = _global_of(cluster, groups)
    member = next((one for one in group.secondaries if one.cluster == cluster.arn), None) if group else None
    if group is None or member is None or not cluster.is_aurora:
        return not_applicable("it is no secondary of an Aurora global database")
    if not lag:
        return unknown("it sent no AuroraGlobalDBRPOLag in 14 days")
    owner = recovery.owner(group.writer.cluster) if group.writer else None
    declared = owner.group.workload.rpo if owner else None
    allowed = declared.total_seconds() * 1000 if declared is not None else default_lag_ms
    reached = lag.percentile(99)
    if reached > allowed:
        return failed(f"99 percent of its lags reach {reached:.0f} ms, more than {allowed:.0f}", lag_p99_ms=reached)
    return passed(f"99 percent of its lags are within {reached:.0f} ms", lag_p99_ms=reached)


@check(severity=Severity.MEDIUM, practices=["REL13-BP02"])
def elasticache_global_datastore_for_primary_data(
    group: ReplicationGroup, tags: Tags, datastores: Every[GlobalReplicationGroup], recovery: Recovery
) -> Verdict:
    """Session caches of a warm standby or above are in a Global Datastore.

    Why: without it every customer is signed out, and carts are empty, after a failover.
    Fix: create a Global Datastore (CreateGlobalReplicationGroup) with a secondary in the recovery region, and enable
        automatic failover there.
    """
    owner = recovery.owner(group.arn)
    if not sessions(group.group, group.description, *own_words(tags)) or owner is None or owner.recovery is None:
        return not_applicable("it is a cache, which is rebuilt, or its workload has no recovery region")
    if (owner.group.workload.strategy or owner.intended).rank < Strategy.WARM_STANDBY.rank:
        return not_applicable("its workload is not meant to have a warm standby")
    found = next((one for one in datastores if one.group == group.global_group), None)
    if group.global_group is None or found is None:
        return failed("it belongs to no Global Datastore")
    there = [one for one in found.members if one.region == owner.recovery]
    if not there or there[0].status != "associated":
        return failed(f"its Global Datastore has no associated member in {owner.recovery}")
    if there[0].automatic_failover != "enabled":
        return failed(f"its member in {owner.recovery} does not fail over by itself")
    return passed(f"its Global Datastore has a member in {owner.recovery}")


@check(severity=Severity.MEDIUM, practices=["REL13-BP01", "PERF03-BP03"])
def dynamodb_replication_latency_within_rpo(
    replica: GlobalReplica,
    latency: ReplicationLatency,
    puts: Puts,
    updates: Updates,
    batches: Batches,
    transactions: Transactions,
    recovery: Recovery,
    *,
    default_lag_ms: int = 5000,
) -> Verdict:
    """Global table replication latency stays below the RPO.

    Why: what a replica has not received when the region is lost is lost too.
    Fix: give replicas as much write capacity as the table that is written to, alarm on ReplicationLatency, and remake
        a replica that receives nothing.
    """
    if replica.is_strong:
        return not_applicable("its replicas have every write before it is acknowledged")
    if replica.status != "ACTIVE":
        return not_applicable(f"the replica is {replica.status}")
    owner = recovery.owner(replica.arn.partition("/replica/")[0])
    declared = owner.group.workload.rpo if owner else None
    limit = declared.total_seconds() * 1000 if declared is not None else float(default_lag_ms)
    if not latency:
        writes = sum(one.total for one in (puts, updates, batches, transactions))
        if not writes:
            return not_applicable(f"nothing was written in {replica.region} in 14 days")
        return failed(
            f"no ReplicationLatency to {replica.replica_region} was reported in 14 days, though {replica.region} took "
            f"{writes:,.0f} writes"
        )
    lag = latency.percentile(99)
    if lag > limit:
        return failed(
            f"99 percent of the latencies of 14 days reach {lag:.0f} ms, more than {limit:.0f}", lag_p99_ms=lag
        )
    return passed(f"99 percent of the latencies of 14 days are within {lag:.0f} ms", lag_p99_ms=lag)


@check(severity=Severity.MEDIUM, practices=["REL13-BP02"])
def dms_task_cross_region_running(
    task: DmsTask, endpoints: Every[DmsEndpoint], lag: TargetLag, *, default_rpo_seconds: int = 300
) -> Verdict:
    """DMS change capture tasks that feed the recovery region are running.

    Why: a stopped task looks like a replica in every diagram, and holds the data of the day on which it stopped.
    Fix: resume the task (StartReplicationTask), mend the tables that are in error, give the replication instance a
        larger class where it lags, and alarm on CDCLatencyTarget and on the task's events.
    """
    if not task.follows:
        return not_applicable("it copies once")
    known = {one.arn: one for one in endpoints.known()}
    source, target = (known.get(arn) for arn in (task.source, task.target))
    if source is None or target is None:
        if endpoints.gaps:
            return unknown(f"its endpoints are not known, as {endpoints.gaps[0].reason}")
        return not_applicable("its endpoints are gone")
    start, end = source.database_region, target.database_region
    if start is None or end is None or start == end:
        return not_applicable("it does not lead from one region of AWS to another")
    if task.status in _PASSING:
        return not_applicable(f"the task is {task.status}")
    if task.status != "running":
        why = f": {task.failure}" if task.failure else ""
        return failed(f"the task from {start} to {end} is {task.status}{why}")
    if task.tables_errored:
        return failed(f"{task.tables_errored} tables of the task from {start} to {end} are in error")
    if not lag:
        return unknown("it sent no CDCLatencyTarget in 14 days")
    reached = lag.percentile(99)
    if reached > default_rpo_seconds:
        return failed(
            f"99 percent of the lags of the task from {start} to {end} reach {reached:.0f} seconds, more than "
            f"{default_rpo_seconds}",
            lag_p99_seconds=reached,
        )
    return passed(
        f"it runs from {start} to {end} without tables in error, and 99 percent of its lags are within {reached:.0f} "
        "seconds",
        lag_p99_seconds=reached,
    )


_PASSING = ("creating", "deleting")
