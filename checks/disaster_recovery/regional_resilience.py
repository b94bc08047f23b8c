"""Zone redundancy and single points of failure inside a Region."""

from collections.abc import Mapping

from auditor.every import Every
from auditor.evidence.efs import FileSystem
from auditor.evidence.elasticache import CacheCluster, ReplicationGroup
from auditor.evidence.opensearch import Domain
from auditor.evidence.purpose import derivable, nonproduction
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.model import Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check

_NO_MULTI_AZ = ("sqlserver-web", "sqlserver-ex")
"""Editions that have no standby."""
_THREE = 3


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def rds_instance_multi_az_standby(instance: DbInstance) -> Verdict:
    """Production database instances have a standby in another zone.

    Why: without a standby, a failed zone, host or patch takes the database down until it has been restored.
    Fix: turn on MultiAZ (ModifyDBInstance), or move to a Multi-AZ DB cluster.
    """
    if instance.is_cluster_member:
        return not_applicable("its cluster is judged")
    if instance.is_replica:
        return not_applicable("it is a read replica")
    if instance.is_stopped:
        return not_applicable("the instance is stopped")
    if reason := nonproduction(instance.tags):
        return not_applicable(f"it is tagged {reason}")
    if instance.multi_az:
        return passed(f"it has a standby in {instance.secondary_zone or 'another zone'}")
    if instance.engine in _NO_MULTI_AZ:
        return failed(f"{instance.engine} offers no Multi-AZ standby", severity=Severity.MEDIUM)
    return failed(f"it stands in {instance.zone or 'one zone'} alone, without a standby")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def rds_cluster_members_in_two_zones(cluster: DbCluster, tags: Tags, instances: Every[DbInstance]) -> Verdict:
    """Aurora, DocumentDB and Neptune clusters have instances in two zones.

    Why: the storage is in three zones, but nobody answers queries while the only instance, or the zone of all of
        them, is down.
    Fix: add a reader of the writer's class in another zone, with promotion tier 0 or 1.
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.is_multi_az_cluster:
        return passed("a Multi-AZ DB cluster has its readers in other zones by design")
    if cluster.is_serverless_v1:
        return passed("Aurora Serverless v1 moves to another zone by itself, within minutes")
    if not cluster.members and cluster.global_cluster:
        return not_applicable("it is a headless secondary of a global cluster")
    here = {one.identifier: one for one in instances.within(cluster.region) if one.cluster == cluster.identifier}
    if len(here) <= 1:
        return failed(f"it has {len(here)} instance" if here else "it has no instance")
    zones = sorted({one.zone for one in here.values() if one.zone})
    if len(zones) == 1:
        return failed(f"all {len(here)} instances stand in {zones[0]}")
    return _failover_target(cluster, here, zones)


def _failover_target(cluster: DbCluster, here: Mapping[str, DbInstance], zones: list[str]) -> Verdict:
    """Whether a failover lands on an instance that is as strong as the writer."""
    readers = [one for one in cluster.readers if one.instance in here]
    writer = here.get(cluster.writer.instance) if cluster.writer else None
    if writer is None:
        return unknown("AWS names no writer among its instances")
    if not any(one.promotion_tier in (0, 1) for one in readers):
        return failed("no reader has promotion tier 0 or 1", severity=Severity.MEDIUM)
    classes = {here[one.instance].instance_class for one in readers}
    if writer.instance_class not in classes and all(_size(one) < _size(writer.instance_class) for one in classes):
        smaller = ", ".join(sorted(classes))
        return failed(
            f"every reader ({smaller}) is smaller than the writer ({writer.instance_class})", severity=Severity.MEDIUM
        )
    return passed(f"its {len(here)} instances stand in {', '.join(zones)}")


_SIZES = ("micro", "small", "medium", "large", "xlarge")


def _size(instance_class: str) -> float:
    """A class's size within its family: `db.r6g.2xlarge` is 2 times `xlarge`."""
    size = instance_class.rpartition(".")[2]
    if size in _SIZES:
        return 2.0 ** (_SIZES.index(size) - _SIZES.index("xlarge"))
    times = size.removesuffix("xlarge")
    return float(times) if times.isdigit() else 0.0


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def elasticache_replication_group_automatic_failover(group: ReplicationGroup, tags: Tags) -> Verdict:
    """Redis OSS and Valkey groups fail over automatically across zones.

    Why: without a replica in another zone that takes over by itself, a lost node takes its part of the data and
        every session in it.
    Fix: add a replica in another zone to each shard (IncreaseReplicaCount) and turn on AutomaticFailoverEnabled and
        MultiAZEnabled (ModifyReplicationGroup).
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    lonely = [one.id for one in group.shards if len(one.members) <= 1]
    if lonely:
        return failed(f"{len(lonely)} of its {len(group.shards)} shards have no replica")
    if not group.fails_over:
        return failed(f"automatic failover is {group.automatic_failover}")
    narrow = [one for one in group.shards if len(one.zones) == 1]
    if narrow:
        return failed(f"all nodes of shard {narrow[0].id} stand in {narrow[0].zones[0]}")
    if not group.spans_zones:
        return failed("Multi-AZ is not enabled")
    return passed(f"each of its {len(group.shards)} shards fails over to another zone")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def elasticache_cluster_without_failover(cluster: CacheCluster, tags: Tags) -> Verdict:
    """Caches outside replication groups survive the loss of a node.

    Why: a single Redis OSS or Valkey node has nothing to fail over to, and a Memcached cluster of one zone is lost
        with it.
    Fix: make a replication group with Multi-AZ of a single node (CreateReplicationGroup with PrimaryClusterId); spread
        Memcached over two or more nodes in two zones (AZMode cross-az).
    """
    if cluster.is_group_member:
        return not_applicable("its replication group is judged")
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    if not cluster.is_memcached:
        return failed(f"it is a single {cluster.engine} node without a replica")
    if cluster.node_count == 1:
        return failed("it is a Memcached cluster of one node", severity=Severity.MEDIUM)
    if len(cluster.zones) == 1:
        return failed(f"all {cluster.node_count} nodes stand in {cluster.zones[0]}", severity=Severity.MEDIUM)
    return passed(f"its {cluster.node_count} nodes stand in {', '.join(cluster.zones) or 'several zones'}")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def opensearch_domain_zone_aware(domain: Domain, tags: Tags, *, masters_from_nodes: int = 10) -> Verdict:
    """OpenSearch domains span three zones with dedicated masters.

    Why: with nodes in one zone, or fewer than three, the loss of a zone loses the quorum and the only copy of shards.
    Fix: enable zone awareness over three zones with a multiple of three data nodes, and three dedicated masters from
        masters_from_nodes data nodes on; best with Multi-AZ with Standby.
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    count = domain.instance_count
    if not domain.zone_awareness:
        return failed(f"zone awareness is off: its {count} data nodes stand in one zone")
    if count < _THREE:
        return failed(f"it has {count} data nodes, less than three")
    if domain.zone_count and count % domain.zone_count:
        return failed(f"its {count} data nodes do not divide over {domain.zone_count} zones")
    if count >= masters_from_nodes and domain.master_count < _THREE:
        return failed(f"it has {count} data nodes and {domain.master_count} dedicated masters, less than three")
    if domain.zone_count < _THREE and not domain.standby:
        return failed(f"it spans {domain.zone_count} zones, not three", severity=Severity.LOW)
    return passed(f"its {count} data nodes stand in {domain.zone_count} zones")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def managed_store_single_zone(file_system: FileSystem) -> Verdict:
    """EFS file systems keep their data in several zones.

    Why: One Zone storage is out of reach while its zone is, and gone if the zone is destroyed.
    Fix: make a Regional file system, replicate to it (CreateReplicationConfiguration) and switch the mounts over.
    """
    if reason := nonproduction(file_system.tags) or derivable(file_system.tags):
        return not_applicable(f"it is tagged {reason}")
    if file_system.zone:
        return failed(f"it is a One Zone file system in {file_system.zone}")
    return passed("it is a Regional file system")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def redshift_cluster_single_zone(cluster: RedshiftCluster) -> Verdict:
    """Redshift clusters run in two zones or can move to another.

    Why: a cluster of one zone that cannot move must be restored from a snapshot when its zone fails.
    Fix: turn on Multi-AZ, or at least AvailabilityZoneRelocation, for RA3 clusters (ModifyCluster).
    """
    if reason := nonproduction(cluster.tags) or derivable(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.multi_az:
        return passed("it runs in two zones")
    if cluster.relocatable:
        return passed("it can be moved to another zone")
    return failed(f"it runs in {cluster.zone or 'one zone'} alone and cannot be moved")
