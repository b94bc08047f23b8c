"""The stores of an account, and the mechanisms that copy each of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import Any

from auditor.every import Every
from auditor.evidence.drs import SourceServer
from auditor.evidence.dynamodb import ContinuousBackups, Table
from auditor.evidence.ec2 import Instance, Snapshot, Volume
from auditor.evidence.efs import FileSystem, FileSystemReplication
from auditor.evidence.elasticache import GlobalReplicationGroup, ReplicationGroup
from auditor.evidence.opensearch import Domain, OutboundConnection
from auditor.evidence.purpose import derivable, own_words, sessions
from auditor.evidence.rds import Database, DbAutomatedBackup, DbCluster, DbInstance, GlobalCluster, region_elsewhere
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.s3 import Bucket, BucketReplication, BucketVersioning, ReplicationRule
from auditor.inference.recovery.backups import Backups
from auditor.inference.recovery.basics import Answer, Copy, Fact, Store, gaps_of, tried
from auditor.inference.recovery.figures import MECHANISMS, Scope, Span
from auditor.model import Account, Gap

_REGION = frozenset({Scope.REGION_LOSS})
_ZONE = frozenset({Scope.ZONE_LOSS})
_HISTORY = frozenset({Scope.DATA_CORRUPTION})
_GIB = 2**30
_COPIED_FROM = re.compile(r"(snap-[0-9a-f]+) from ")
"""What consoles and policies write into the description of a copy: `[Copied snap-0a1 from eu-west-1]`."""


@dataclass(frozen=True)
class StoreEvidence:
    """All that tells of stores and of their copies, with indexes of what could be read."""

    account: Account
    backups: Backups
    tags: Mapping[str, Mapping[str, str]]
    """By ARN, for the kinds whose listing does not bring them."""
    tag_gaps: tuple[Gap, ...]
    instances: Every[DbInstance]
    clusters: Every[DbCluster]
    global_clusters: Every[GlobalCluster]
    automated_backups: Every[DbAutomatedBackup]
    tables: Every[Table]
    continuous_backups: Every[ContinuousBackups]
    buckets: Every[Bucket]
    replications: Every[BucketReplication]
    versionings: Every[BucketVersioning]
    file_systems: Every[FileSystem]
    file_system_replications: Every[FileSystemReplication]
    caches: Every[ReplicationGroup]
    datastores: Every[GlobalReplicationGroup]
    warehouses: Every[RedshiftCluster]
    domains: Every[Domain]
    connections: Every[OutboundConnection]
    volumes: Every[Volume]
    snapshots: Every[Snapshot]
    servers: Every[Instance]
    source_servers: Every[SourceServer]

    @property
    def listing_gaps(self) -> tuple[Gap, ...]:
        """What may hide a store."""
        return gaps_of(
            self.instances, self.clusters, self.tables, self.buckets, self.file_systems, self.caches,
            self.warehouses, self.domains, self.volumes, self.servers,
        ) + (self.tag_gaps if self.caches.known() else ())  # fmt: skip

    @cached_property
    def instance_by_arn(self) -> Mapping[str, DbInstance]:
        """Database instances."""
        return {one.arn: one for one in self.instances.known()}

    @cached_property
    def cluster_by_arn(self) -> Mapping[str, DbCluster]:
        """Database clusters."""
        return {one.arn: one for one in self.clusters.known()}

    @cached_property
    def zones_by_cluster(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """The zones of the instances of a cluster, by its region and identifier."""
        found: dict[tuple[str, str], frozenset[str]] = {}
        for one in self.instances.known():
            if one.cluster and one.zone:
                key = one.region, one.cluster
                found[key] = found.get(key, frozenset()) | {one.zone}
        return found

    @cached_property
    def global_by_member(self) -> Mapping[str, GlobalCluster]:
        """Global clusters by the ARN of each member."""
        return {member.cluster: one for one in self.global_clusters.known() for member in one.members}

    @cached_property
    def table_regions(self) -> Mapping[str, frozenset[str]]:
        """The regions in which replicas of a global table were seen, by its name."""
        found: dict[str, frozenset[str]] = {}
        for one in self.tables.known():
            if one.replicas:
                found[one.table] = found.get(one.table, frozenset()) | {one.region}
        return found

    def replicas_of(self, table: Table) -> tuple[Table, ...]:
        """The table itself, and the replicas of it that were seen in other regions."""
        others = {one.region for one in table.replicas} - {table.region}
        return (table, *(one for one in self.tables_by_name[table.table] if one.region in others))

    @cached_property
    def tables_by_name(self) -> Mapping[str, Sequence[Table]]:
        """Tables of all regions."""
        found: dict[str, list[Table]] = {}
        for one in self.tables.known():
            found.setdefault(one.table, []).append(one)
        return found

    @cached_property
    def bucket_by_name(self) -> Mapping[str, Bucket]:
        """Buckets."""
        return {one.bucket: one for one in self.buckets.known()}

    @cached_property
    def rules(self) -> Mapping[str, tuple[ReplicationRule, ...]]:
        """The enabled replication rules of each bucket, by its name."""
        found = ((one, tried(lambda one=one: self.replications.of(one))[0]) for one in self.buckets.known())  # type: ignore[misc]
        return {one.bucket: tuple(rule for each in answer or () for rule in each.enabled) for one, answer in found}

    @cached_property
    def sources(self) -> Mapping[str, frozenset[str]]:
        """The buckets whose rules copy to a bucket, by its name."""
        found: dict[str, frozenset[str]] = {}
        for name, rules in self.rules.items():
            for rule in rules:
                if rule.destination != name:
                    found[rule.destination] = found.get(rule.destination, frozenset()) | {name}
        return found

    @cached_property
    def server_by_id(self) -> Mapping[str, Instance]:
        """EC2 instances."""
        return {one.id: one for one in self.servers.known()}

    @cached_property
    def snapshots_of(self) -> Mapping[tuple[str, str], tuple[Snapshot, ...]]:
        """The completed snapshots of a volume, oldest first, by its region and id."""
        found: dict[tuple[str, str], list[Snapshot]] = {}
        for one in sorted(self.snapshots.known(), key=lambda one: (one.started, one.id)):
            if one.state == "completed":
                found.setdefault((one.region, one.volume), []).append(one)
        return {key: tuple(ones) for key, ones in found.items()}

    @cached_property
    def copies_of(self) -> Mapping[str, tuple[Snapshot, ...]]:
        """Completed copies by the snapshot that their description names; their volume id means nothing."""
        found: dict[str, tuple[Snapshot, ...]] = {}
        for one in sorted(self.snapshots.known(), key=lambda one: (one.started, one.id)):
            named = _COPIED_FROM.search(one.description)
            if named and one.state == "completed":
                found[named.group(1)] = (*found.get(named.group(1), ()), one)
        return found


def find_stores(evidence: StoreEvidence) -> tuple[tuple[Store, ...], tuple[Gap, ...]]:
    """The stores in the order of their ARNs, and the gaps that may hide more."""
    found: list[Store] = []
    broken: list[Gap] = []
    for arn, make in sorted(_makers(evidence), key=lambda one: one[0]):
        store, gaps = tried(make)
        broken += gaps
        if store is not None:
            found.append(replace(store, copies=(*store.copies, *_backed_up(evidence, store)), arn=arn))
    return tuple(found), (*evidence.listing_gaps, *broken)


def _backed_up(evidence: StoreEvidence, store: Store) -> Iterator[Copy]:
    return evidence.backups.copies(store.arn, store.region, store.size_gib)


def _makers(evidence: StoreEvidence) -> Iterator[tuple[str, Callable[[], Store | None]]]:
    """Each resource that may be a store, with what makes one of it."""
    kinds: tuple[tuple[Every[Any], Callable[[StoreEvidence, Any], Store | None]], ...] = (
        (evidence.instances, _database_instance),
        (evidence.clusters, _database_cluster),
        (evidence.tables, _table),
        (evidence.buckets, _bucket),
        (evidence.file_systems, _file_system),
        (evidence.caches, _cache),
        (evidence.warehouses, _warehouse),
        (evidence.domains, _domain),
        (evidence.volumes, _volume),
    )
    for every, make in kinds:
        for one in every.known():
            yield one.arn, lambda make=make, one=one: make(evidence, one)  # type: ignore[misc]


def _copy(
    name: str,
    region: str,
    account: str,
    healthy: Answer,
    covers: frozenset[Scope],
    fact: Fact,
    *,
    rpo: Span | None = None,
    data: Span | None = None,
    trouble: str = "",
    multi_writer: bool = False,
    is_assumed: bool = False,
    lacks_server: bool = False,
) -> Copy:
    """A copy by a mechanism; with an RPO of its own it is measured."""
    mechanism = MECHANISMS[name]
    return Copy(
        mechanism, region, account, healthy, rpo or mechanism.rpo, data or mechanism.data, covers,
        rpo is not None, trouble, (fact,), mechanism.multi_writer or multi_writer, is_assumed,
        lacks_server,
    )  # fmt: skip


# Relational databases and their kin


def _point_in_time(evidence: StoreEvidence, database: Database, operation: str) -> Iterator[Copy]:
    if database.backup_retention_days > 0:
        latest = database.latest_restorable
        late = latest is not None and evidence.account.now - latest > timedelta(minutes=30)
        fact = Fact(operation, database.region, database.arn, "LatestRestorableTime", str(latest))
        trouble = f"it can only be restored to {latest:%Y-%m-%d %H:%M}" if late else ""
        yield _copy(
            "rds_point_in_time", database.region, evidence.account.id, not late, _HISTORY | _ZONE, fact, trouble=trouble
        )


def _database_instance(evidence: StoreEvidence, instance: DbInstance) -> Store | None:
    if instance.is_cluster_member or instance.is_replica:
        return None
    copies = [
        *_instance_replicas(evidence, instance),
        *_replicated_backups(evidence, instance),
        *_point_in_time(evidence, instance, "rds:DescribeDBInstances"),
    ]
    if instance.multi_az:
        fact = Fact("rds:DescribeDBInstances", instance.region, instance.arn, "MultiAZ", "true")
        copies.append(_copy("rds_multi_az_instance", instance.region, evidence.account.id, True, _ZONE, fact))
    return Store(
        instance.arn, instance.identifier, "database instance", instance.region, instance.tags, tuple(copies),
        derivable=derivable(instance.tags), size_gib=instance.allocated_gib, suggestion="rds_cross_region_read_replica",
        unread=(*evidence.backups.gaps, *gaps_of(evidence.automated_backups, evidence.instances)),
    )  # fmt: skip


def _instance_replicas(evidence: StoreEvidence, instance: DbInstance) -> Iterator[Copy]:
    for reference in (*instance.replicas, *instance.replica_clusters):
        place = region_elsewhere(reference, instance.region)
        if place is None:
            continue
        replica = evidence.instance_by_arn.get(reference)
        healthy, trouble = (None, f"the replica in {place} could not be seen")
        if replica is not None:
            healthy, trouble = _replica_health(replica)
        elif place in evidence.account.regions and not evidence.instances.gaps and ":db:" in reference:
            healthy, trouble = False, f"{place} has no {reference}"
        field = "ReadReplicaDBInstanceIdentifiers"
        fact = Fact("rds:DescribeDBInstances", instance.region, instance.arn, field, reference)
        yield _copy(
            "rds_cross_region_read_replica", place, evidence.account.id, healthy, _REGION, fact, trouble=trouble
        )


def _replica_health(replica: DbInstance) -> tuple[Answer, str]:
    broken = next((one for one in replica.replication if not one.normal), None)
    if broken:
        return False, f"the replication of {replica.identifier} is {broken.status}"
    if replica.status != "available":
        return False, f"the replica {replica.identifier} is {replica.status}"
    return True, ""


def _replicated_backups(evidence: StoreEvidence, instance: DbInstance) -> Iterator[Copy]:
    by_instance = {
        (one.instance_arn, one.region): one
        for one in evidence.automated_backups.known()
        if one.source_region != one.region
    }
    for arn in instance.replicated_backups:
        place = region_elsewhere(arn, instance.region)
        if place is None:
            continue
        found = by_instance.get((instance.arn, place))
        fact = Fact("rds:DescribeDBInstanceAutomatedBackups", place, arn, "Status", found.status if found else "absent")
        if found is None:
            hidden = place not in evidence.account.regions or evidence.automated_backups.gaps
            trouble = f"the backups in {place} could not be seen" if hidden else f"{place} has no such backups"
            healthy: Answer = None if hidden else False
            rpo = None
        else:
            late = (evidence.account.now - found.latest).total_seconds() if found.latest else None
            healthy = found.status == "replicating" and late is not None
            trouble = "" if healthy else f"the replication of its backups to {place} is {found.status}"
            rpo = Span(min(late, 300), max(late, 300)) if late is not None else None
        yield _copy(
            "rds_automated_backup_replication", place, evidence.account.id, healthy,
            _REGION | _HISTORY if healthy else _REGION, fact, rpo=rpo, trouble=trouble,
        )  # fmt: skip


_GLOBAL = {"docdb": "documentdb_global_cluster", "neptune": "neptune_global_database"}


def _database_cluster(evidence: StoreEvidence, cluster: DbCluster) -> Store | None:
    group = evidence.global_by_member.get(cluster.arn)
    own = _member(group, cluster.arn) if group else None
    if cluster.source_region or (own and not own.is_writer):
        return None
    copies = [
        *(_global_copies(evidence, cluster, group) if group else ()),
        *_cluster_replicas(evidence, cluster),
        *_point_in_time(evidence, cluster, "rds:DescribeDBClusters"),
        *_zone_copies(evidence, cluster),
    ]
    return Store(
        cluster.arn, cluster.identifier, "database cluster", cluster.region, cluster.tags, tuple(copies),
        derivable=derivable(cluster.tags), suggestion=_GLOBAL.get(cluster.engine, "aurora_global_database"),
        unread=(*evidence.backups.gaps, *gaps_of(evidence.global_clusters, evidence.clusters)),
    )  # fmt: skip


def _member(group: GlobalCluster, arn: str) -> Any:
    return next((one for one in group.members if one.cluster == arn), None)


def _global_copies(evidence: StoreEvidence, cluster: DbCluster, group: GlobalCluster) -> Iterator[Copy]:
    mechanism = _GLOBAL.get(group.engine, "aurora_global_database")
    for one in group.secondaries:
        secondary = evidence.cluster_by_arn.get(one.cluster)
        fact = Fact("rds:DescribeGlobalClusters", cluster.region, group.arn, "GlobalClusterMembers", one.cluster)
        healthy: Answer = True
        trouble, data, forwards, headless = "", MECHANISMS[mechanism].data, False, False
        if one.synchronization not in (None, "connected"):
            healthy, trouble = False, f"the secondary in {one.region} is {one.synchronization}"
        elif secondary is None:
            healthy, trouble = None, f"the secondary in {one.region} could not be seen"
            if one.region in evidence.account.regions and not evidence.clusters.gaps:
                healthy, trouble = False, f"{one.region} has no {one.cluster}"
        else:
            forwards, headless = secondary.write_forwarding == "enabled", not secondary.members
            data, trouble = _promotion(data, cluster, secondary)
        yield _copy(
            mechanism, one.region, evidence.account.id, healthy, _REGION, fact, data=data, trouble=trouble,
            multi_writer=forwards, lacks_server=headless,
        )  # fmt: skip


def _promotion(data: Span, cluster: DbCluster, secondary: DbCluster) -> tuple[Span, str]:
    """How long a secondary takes to be the writer; Aurora user guide: it needs an instance, and the same version."""
    trouble = ""
    if not secondary.members:
        data, trouble = data + Span(600, 900), f"the secondary in {secondary.region} has no instance"
    if secondary.engine_version != cluster.engine_version:
        data = Span(max(data.low, 1800), max(data.high, 7200))
        trouble = f"the secondary in {secondary.region} runs {secondary.engine_version}, not {cluster.engine_version}"
    return data, trouble


def _cluster_replicas(evidence: StoreEvidence, cluster: DbCluster) -> Iterator[Copy]:
    for reference in cluster.replicas:
        place = region_elsewhere(reference, cluster.region)
        if place:
            replica = evidence.cluster_by_arn.get(reference)
            healthy: Answer = None if replica is None else replica.status == "available"
            trouble = "" if healthy else f"the replica in {place} is {replica.status if replica else 'not seen'}"
            fact = Fact("rds:DescribeDBClusters", cluster.region, cluster.arn, "ReadReplicaIdentifiers", reference)
            yield _copy(
                "rds_cross_region_read_replica", place, evidence.account.id, healthy, _REGION, fact, trouble=trouble
            )


def _zone_copies(evidence: StoreEvidence, cluster: DbCluster) -> Iterator[Copy]:
    """The storage is in three zones; when the writer's zone is lost, only a reader in another one serves it."""
    fact = Fact("rds:DescribeDBClusters", cluster.region, cluster.arn, "DBClusterMembers", str(len(cluster.members)))
    if cluster.is_multi_az_cluster:
        yield _copy("rds_multi_az_cluster", cluster.region, evidence.account.id, True, _ZONE, fact)
        return
    yield _copy(
        "aurora_storage", cluster.region, evidence.account.id, True, _ZONE, fact,
        lacks_server=not cluster.is_serverless_v1,
    )  # fmt: skip
    zones = evidence.zones_by_cluster.get((cluster.region, cluster.identifier), frozenset())
    hidden = any(gap.region == cluster.region for gap in evidence.instances.gaps)
    if cluster.readers and (len(zones) > 1 or hidden):
        seen, trouble = (True, "") if len(zones) > 1 else (None, "the zones of its instances could not be seen")
        name = "aurora_replica_in_other_zone"
        yield _copy(name, cluster.region, evidence.account.id, seen, _ZONE, fact, trouble=trouble)


# Tables, buckets and file systems


def _regional(evidence: StoreEvidence, operation: str, arn: str, region: str) -> Copy:
    fact = Fact(operation, region, arn, "", "several zones")
    return _copy("regional_service", region, evidence.account.id, True, _ZONE, fact)


def _table(evidence: StoreEvidence, table: Table) -> Store | None:
    """Of a global table, the replica in the first region by name stands for all."""
    regions = {table.region, *(one.region for one in table.replicas)}
    seen = evidence.table_regions.get(table.table, frozenset())
    if table.replicas and table.region != min(regions & (seen | {table.region})):
        return None
    name = "dynamodb_global_table_strong" if table.is_strongly_consistent else "dynamodb_global_table"
    legacy = table.global_version == "2017.11.29"
    copies = [_regional(evidence, "dynamodb:DescribeTable", table.arn, table.region)]
    for one in table.replicas:
        healthy = one.is_active and not legacy
        trouble = "" if healthy else f"the replica in {one.region} is {one.status}{' (legacy version)' * legacy}"
        fact = Fact("dynamodb:DescribeTable", table.region, table.arn, "Replicas", f"{one.region} {one.status}")
        copies.append(_copy(name, one.region, evidence.account.id, healthy, _REGION, fact, trouble=trouble))
    gaps: tuple[Gap, ...] = ()
    for twin in evidence.replicas_of(table):  # each replica of a global table keeps a history of its own, or none
        kept, unread = tried(lambda twin=twin: evidence.continuous_backups.of(twin))  # type: ignore[misc]
        gaps = (*gaps, *unread)
        if kept and any(each.enabled for each in kept):
            fact = Fact("dynamodb:DescribeContinuousBackups", twin.region, twin.arn, "Status", "ENABLED")
            copies.append(_copy("dynamodb_point_in_time", twin.region, evidence.account.id, True, _HISTORY, fact))
    others = [one for one in evidence.replicas_of(table) if one.arn != table.arn]
    for twin in others:
        copies += evidence.backups.copies(twin.arn, twin.region, twin.size_bytes / _GIB)
    tags = evidence.tags.get(table.arn, {})
    homes = frozenset(one.region for one in table.replicas if one.is_active) | {table.region}
    return Store(
        table.arn, table.table, "table", table.region, tags, tuple(copies), derivable=derivable(tags),
        size_gib=table.size_bytes / _GIB, suggestion="dynamodb_global_table", homes=homes,
        stands_for=tuple(one.arn for one in others), unread=(*evidence.backups.gaps, *gaps),
    )  # fmt: skip


def _bucket(evidence: StoreEvidence, bucket: Bucket) -> Store | None:
    rules, sources = evidence.rules.get(bucket.bucket, ()), evidence.sources.get(bucket.bucket, frozenset())
    back = {rule.destination for rule in rules} & sources
    if sources and not back:
        return None  # it is the copy of another bucket
    copies = [
        _regional(evidence, "s3:ListBuckets", bucket.arn, bucket.region),
        *(copy for rule in rules if (copy := _bucket_copy(evidence, bucket, rule, rule.destination in back))),
    ]
    kept, more = tried(lambda: evidence.versionings.of(bucket))
    if kept and all(one.enabled for one in kept):
        fact = Fact("s3:GetBucketVersioning", bucket.region, bucket.arn, "Status", "Enabled")
        copies.append(_copy("s3_versioning", bucket.region, evidence.account.id, True, _HISTORY, fact))
    tags = evidence.tags.get(bucket.arn, {})
    if back and bucket.bucket > min(back):
        return None  # of two buckets that copy each other, the first by name stands for both
    homes = frozenset(copy.region for copy in copies if copy.multi_writer) | {bucket.region}
    return Store(
        bucket.arn, bucket.bucket, "bucket", bucket.region, tags, tuple(copies), transactional=False,
        derivable=derivable(tags, bucket.bucket), suggestion="s3_cross_region_replication", homes=homes,
        unread=(*evidence.backups.gaps, *more, *gaps_of(evidence.buckets, evidence.replications)),
    )  # fmt: skip


def _bucket_copy(evidence: StoreEvidence, bucket: Bucket, rule: ReplicationRule, both: bool) -> Copy | None:
    there = evidence.bucket_by_name.get(rule.destination)
    place = there.region if there else ""
    if place == bucket.region:
        return None
    whole = rule.filter.is_everything
    trouble = "" if whole else f"the rule copies only {rule.filter}"
    if there is None:
        trouble = trouble or f"the region of {rule.destination} is not known"
    name = "s3_replication_time_control" if rule.time_control else "s3_cross_region_replication"
    account = rule.destination_account or evidence.account.id
    covers = _REGION | (frozenset({Scope.ACCOUNT_COMPROMISE}) if account != evidence.account.id else frozenset())
    fact = Fact("s3:GetBucketReplication", bucket.region, bucket.arn, "Destination.Bucket", rule.destination)
    return _copy(
        "s3_two_way_replication" if both else name, place or "?", account,
        (None if there is None else True) if whole else False, covers, fact, trouble=trouble, is_assumed=there is None,
    )  # fmt: skip


def _file_system(evidence: StoreEvidence, system: FileSystem) -> Store | None:
    if system.is_replica:
        return None
    copies = [*_file_system_copies(evidence, system)]
    if system.zone is None:
        copies.append(_regional(evidence, "efs:DescribeFileSystems", system.arn, system.region))
    size = tried(lambda: system.size_bytes / _GIB)[0]
    return Store(
        system.arn, system.name, "file system", system.region, system.tags, tuple(copies), transactional=False,
        derivable=derivable(system.tags), size_gib=size, suggestion="efs_replication",
        unread=(*evidence.backups.gaps, *evidence.file_system_replications.gaps),
    )  # fmt: skip


def _file_system_copies(evidence: StoreEvidence, system: FileSystem) -> Iterator[Copy]:
    rows = [
        one
        for one in evidence.file_system_replications.known()
        if one.source == system.id and one.region == one.source_region == system.region
    ]
    for there in (there for one in rows for there in one.destinations if there.region != system.region):
        healthy = there.status == "ENABLED" and there.last_synced is not None
        trouble = "" if healthy else f"its replication to {there.region} is {there.status}"
        rpo = None
        if there.last_synced is not None:
            late = (evidence.account.now - there.last_synced).total_seconds()
            rpo = Span(min(late, 60), max(late, 60))
        fact = Fact("efs:DescribeReplicationConfigurations", system.region, system.arn, "Status", there.status)
        yield _copy(
            "efs_replication", there.region, evidence.account.id, healthy, _REGION, fact, rpo=rpo, trouble=trouble
        )


# Caches, warehouses, search and disks


def _cache(evidence: StoreEvidence, cache: ReplicationGroup) -> Store | None:
    """Only a cache with sessions holds what must not be lost; and of a global datastore, its primary."""
    tags = evidence.tags.get(cache.arn, {})
    if cache.global_role == "SECONDARY" or not sessions(cache.group, cache.description, *own_words(tags)):
        return None
    copies = []
    for group in (one for one in evidence.datastores.known() if one.group == cache.global_group):
        for one in (one for one in group.members if one.region != cache.region):
            healthy = one.status == "associated"
            trouble = "" if healthy else f"the member in {one.region} is {one.status}"
            fact = Fact("elasticache:DescribeGlobalReplicationGroups", cache.region, group.arn, "Members", one.group)
            name = "elasticache_global_datastore"
            copies.append(_copy(name, one.region, evidence.account.id, healthy, _REGION, fact, trouble=trouble))
    if cache.fails_over and cache.spans_zones:
        fact = Fact("elasticache:DescribeReplicationGroups", cache.region, cache.arn, "AutomaticFailover", "enabled")
        copies.append(_copy("elasticache_automatic_failover", cache.region, evidence.account.id, True, _ZONE, fact))
    days, unread = tried(lambda: cache.snapshot_retention_days)
    if days:
        operation = "elasticache:DescribeReplicationGroups"
        fact = Fact(operation, cache.region, cache.arn, "SnapshotRetentionLimit", str(days))
        covers = _ZONE | _HISTORY
        copies.append(_copy("elasticache_snapshots", cache.region, evidence.account.id, True, covers, fact))
    return Store(
        cache.arn, cache.group, "session cache", cache.region, tags, tuple(copies), derivable=derivable(tags),
        suggestion="elasticache_global_datastore", unread=(*evidence.datastores.gaps, *unread),
    )  # fmt: skip


def _warehouse(evidence: StoreEvidence, cluster: RedshiftCluster) -> Store | None:
    copies = []
    fact = Fact("redshift:DescribeClusters", cluster.region, cluster.arn, "DestinationRegion", str(cluster.copy_region))
    if cluster.copy_region and cluster.copy_region != cluster.region:
        covers = _REGION | _HISTORY
        copies.append(_copy("redshift_snapshot_copy", cluster.copy_region, evidence.account.id, True, covers, fact))
    if cluster.backup_retention_days > 0:
        covers = _ZONE | _HISTORY
        copies.append(_copy("redshift_snapshots", cluster.region, evidence.account.id, True, covers, fact))
    if cluster.multi_az or cluster.relocatable:
        name = "redshift_multi_az" if cluster.multi_az else "redshift_relocation"
        seen = Fact("redshift:DescribeClusters", cluster.region, cluster.arn, "MultiAZ", str(cluster.multi_az).lower())
        copies.append(_copy(name, cluster.region, evidence.account.id, True, _ZONE, seen))
    return Store(
        cluster.arn, cluster.identifier, "warehouse", cluster.region, cluster.tags, tuple(copies), transactional=False,
        derivable=derivable(cluster.tags), suggestion="redshift_snapshot_copy", unread=evidence.backups.gaps,
    )  # fmt: skip


def _domain(evidence: StoreEvidence, domain: Domain) -> Store | None:
    """A follower pulls by a connection of its own to the leader, so that the leader is the remote side."""
    tags = evidence.tags.get(domain.arn, {})
    known = evidence.connections.known()
    if any(one.domain == domain.domain and one.region == domain.region and _crosses(one) for one in known):
        return None
    copies = [*_domain_zones(evidence, domain)]
    for one in known:
        if one.remote_domain == domain.domain and one.remote_region == domain.region and _crosses(one):
            healthy = one.status == "ACTIVE"
            trouble = "" if healthy else f"the connection of {one.domain} is {one.status}"
            fact = Fact("opensearch:DescribeOutboundConnections", one.region, one.arn, "StatusCode", one.status)
            name = "opensearch_cross_cluster"
            copies.append(_copy(name, one.region, evidence.account.id, healthy, _REGION, fact, trouble=trouble))
    return Store(
        domain.arn, domain.domain, "search domain", domain.region, tags, tuple(copies), transactional=False,
        derivable=derivable(tags), suggestion="opensearch_cross_cluster", unread=evidence.connections.gaps,
    )  # fmt: skip


def _domain_zones(evidence: StoreEvidence, domain: Domain) -> Iterator[Copy]:
    """The service takes a snapshot each hour, and spreads replicas of shards over the zones that it may use."""
    fact = Fact("opensearch:DescribeDomains", domain.region, domain.arn, "ZoneAwarenessEnabled",
                str(domain.zone_awareness).lower())  # fmt: skip
    yield _copy("opensearch_hourly_snapshots", domain.region, evidence.account.id, True, _HISTORY, fact)
    if domain.zone_awareness:
        yield _copy("opensearch_zone_awareness", domain.region, evidence.account.id, True, _ZONE, fact)


def _crosses(connection: OutboundConnection) -> bool:
    return connection.remote_region != connection.region


def _volume(evidence: StoreEvidence, volume: Volume) -> Store | None:
    """A data volume of an instance. Root volumes hold what the image installs, and are made again with it."""
    servers = [evidence.server_by_id[one] for one in volume.instances if one in evidence.server_by_id]
    claimed = any(name.startswith("kubernetes.io/created-for/pvc") for name in volume.tags)
    data = [one for one in servers if not _is_root(one, volume) and not one.auto_scaling_group]
    if volume.is_managed or not (data or (claimed and volume.is_attached)):
        return None
    copies = [*_snapshot_copies(evidence, volume)]
    for server in data:
        copies += _block_copies(evidence, server)
        copies += evidence.backups.copies(server.arn, server.region, volume.size_gib)
    tags = dict(data[0].tags if data else {}) | dict(volume.tags)
    return Store(
        volume.arn, volume.name, "volume", volume.region, tags, tuple(copies), transactional=False,
        derivable=derivable(tags), size_gib=volume.size_gib, suggestion="drs_block_replication",
        unread=(*evidence.backups.gaps, *gaps_of(evidence.source_servers, evidence.snapshots)),
    )  # fmt: skip


def _is_root(server: Instance, volume: Volume) -> bool:
    return any(one.volume == volume.id and one.device == server.root_device for one in server.devices)


def _block_copies(evidence: StoreEvidence, server: Instance) -> Iterator[Copy]:
    for source in source_servers_of(evidence.source_servers.known(), server):
        fact = Fact("drs:DescribeSourceServers", source.region, source.arn, "State", source.replication_state)
        lag = source.lag.total_seconds() if source.lag else None
        trouble = "" if source.replicates else f"the replication of {server.id} is {source.replication_state}"
        yield _copy(
            "drs_block_replication", source.region, evidence.account.id, source.replicates, _REGION | _HISTORY, fact,
            rpo=Span(min(lag, 1), max(lag, 60)) if lag is not None else None, trouble=trouble,
        )  # fmt: skip


def source_servers_of(servers: Iterable[SourceServer], instance: Instance) -> tuple[SourceServer, ...]:
    """The source servers in other regions that are an instance."""
    return tuple(one for one in servers if one.instance == instance.id and one.region != instance.region)


def _snapshot_copies(evidence: StoreEvidence, volume: Volume) -> Iterator[Copy]:
    newest: dict[str, Snapshot] = {}
    for own in evidence.snapshots_of.get((volume.region, volume.id), ()):
        newest[volume.region] = own
        for one in evidence.copies_of.get(own.id, ()):
            if one.region != volume.region and (one.region not in newest or newest[one.region].started < one.started):
                newest[one.region] = one
    for place, one in sorted(newest.items()):
        age = (evidence.account.now - one.started).total_seconds()
        fact = Fact("ec2:DescribeSnapshots", place, one.arn, "StartTime", one.started.isoformat())
        name, covers = "ebs_snapshot_copy", _REGION | _HISTORY
        if place == volume.region:
            name, covers = "ebs_snapshots", _ZONE | _HISTORY
        yield _copy(name, place, evidence.account.id, True, covers, fact, rpo=Span(0, age))
