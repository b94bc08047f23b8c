"""The part of a topology that keeps data: caches, databases, proxies, tables, buckets, queues, topics and the like."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from auditor.every import Every
from auditor.evidence.dax import DaxCluster, DaxSubnetGroup
from auditor.evidence.dynamodb import TableEntry
from auditor.evidence.efs import FileSystem, MountTarget, MountTargetSecurityGroups
from auditor.evidence.elasticache import CacheCluster, CacheSubnetGroup, ReplicationGroup, ServerlessCache
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.kinesis import Stream
from auditor.evidence.memorydb import MemoryDbCluster, MemoryDbSubnetGroup
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import DbCluster, DbInstance, DbProxy, DbProxyTargets, DbSubnetGroup
from auditor.evidence.redshift import RedshiftCluster, RedshiftSubnetGroup
from auditor.evidence.s3 import Bucket, BucketNotifications
from auditor.evidence.sns import Subscription, TopicEntry
from auditor.evidence.sqs import QueueEntry
from auditor.inference.graph import Draft, Node
from auditor.wiring import inference

_PROXY_PORTS = {"MYSQL": 3306, "POSTGRESQL": 5432, "SQLSERVER": 1433}
_REDIS, _MEMCACHED, _HTTPS, _NFS = 6379, 11211, 443, 2049
_TELLING = 8
"""From how many letters on the bare name of a table or bucket is taken for it wherever it stands."""


@dataclass(frozen=True, slots=True)
class StoreEvidence:
    """What is known of what keeps data."""

    instances: Every[DbInstance]
    clusters: Every[DbCluster]
    database_subnets: Every[DbSubnetGroup]
    proxies: Every[DbProxy]
    proxy_targets: Every[DbProxyTargets]
    replication_groups: Every[ReplicationGroup]
    cache_clusters: Every[CacheCluster]
    serverless_caches: Every[ServerlessCache]
    cache_subnets: Every[CacheSubnetGroup]
    memory_clusters: Every[MemoryDbCluster]
    memory_subnets: Every[MemoryDbSubnetGroup]
    dax_clusters: Every[DaxCluster]
    dax_subnets: Every[DaxSubnetGroup]
    tables: Every[TableEntry]
    buckets: Every[Bucket]
    notifications: Every[BucketNotifications]
    queues: Every[QueueEntry]
    topics: Every[TopicEntry]
    subscriptions: Every[Subscription]
    streams: Every[Stream]
    kafka_clusters: Every[KafkaCluster]
    domains: Every[Domain]
    file_systems: Every[FileSystem]
    mount_targets: Every[MountTarget]
    mount_groups: Every[MountTargetSecurityGroups]
    warehouses: Every[RedshiftCluster]
    warehouse_subnets: Every[RedshiftSubnetGroup]


@inference
def store_evidence(
    instances: Every[DbInstance],
    clusters: Every[DbCluster],
    database_subnets: Every[DbSubnetGroup],
    proxies: Every[DbProxy],
    proxy_targets: Every[DbProxyTargets],
    replication_groups: Every[ReplicationGroup],
    cache_clusters: Every[CacheCluster],
    serverless_caches: Every[ServerlessCache],
    cache_subnets: Every[CacheSubnetGroup],
    memory_clusters: Every[MemoryDbCluster],
    memory_subnets: Every[MemoryDbSubnetGroup],
    dax_clusters: Every[DaxCluster],
    dax_subnets: Every[DaxSubnetGroup],
    tables: Every[TableEntry],
    buckets: Every[Bucket],
    notifications: Every[BucketNotifications],
    queues: Every[QueueEntry],
    topics: Every[TopicEntry],
    subscriptions: Every[Subscription],
    streams: Every[Stream],
    kafka_clusters: Every[KafkaCluster],
    domains: Every[Domain],
    file_systems: Every[FileSystem],
    mount_targets: Every[MountTarget],
    mount_groups: Every[MountTargetSecurityGroups],
    warehouses: Every[RedshiftCluster],
    warehouse_subnets: Every[RedshiftSubnetGroup],
) -> StoreEvidence:
    """All of it, whatever could not be read."""
    return StoreEvidence(
        instances, clusters, database_subnets, proxies, proxy_targets, replication_groups, cache_clusters,
        serverless_caches, cache_subnets, memory_clusters, memory_subnets, dax_clusters, dax_subnets, tables, buckets,
        notifications, queues, topics, subscriptions, streams, kafka_clusters, domains, file_systems, mount_targets,
        mount_groups, warehouses, warehouse_subnets,
    )  # fmt: skip


class Stores:
    """Draws what keeps data; members of a cluster are part of it."""

    def __init__(self, draft: Draft, evidence: StoreEvidence) -> None:
        self._draft = draft
        self._evidence = evidence
        self._subnets: dict[tuple[str, str, str], tuple[str, tuple[str, ...]]] = {}
        """VPC and subnets of a subnet group, by service, region and name."""
        self._members: dict[tuple[str, str], list[DbInstance]] = defaultdict(list)
        self._caches: dict[tuple[str, str], list[CacheCluster]] = defaultdict(list)
        self.roles: list[tuple[Node, str]] = []
        """Stores that use others, and the ARN of the role by which they do, for whoever knows what roles allow."""

    def draw(self) -> None:
        """Nodes, what configurations call them, and the edges between them."""
        self._databases()
        self._all_caches()
        draft, evidence = self._draft, self._evidence
        draft.each(TableEntry, evidence.tables, self._table)
        draft.each(Bucket, evidence.buckets, self._bucket)
        draft.each(QueueEntry, evidence.queues, self._queue)
        draft.each(TopicEntry, evidence.topics, self._topic)
        draft.each(Subscription, evidence.subscriptions, self._subscription)
        draft.each(Stream, evidence.streams, self._stream)
        draft.each(KafkaCluster, evidence.kafka_clusters, self._kafka)
        draft.each(Domain, evidence.domains, self._domain)
        draft.each(FileSystem, evidence.file_systems, self._file_system)
        draft.each(RedshiftSubnetGroup, evidence.warehouse_subnets, self._warehouse_subnets)
        draft.each(RedshiftCluster, evidence.warehouses, self._warehouse)

    def _databases(self) -> None:
        draft, evidence = self._draft, self._evidence
        draft.each(DbSubnetGroup, evidence.database_subnets, self._database_subnets)
        draft.each(DbInstance, evidence.instances, self._member)
        draft.each(DbCluster, evidence.clusters, self._cluster)
        for members in self._members.values():
            for one in members:
                self._database(one)
        draft.each(DbProxy, evidence.proxies, self._proxy)

    def _database_subnets(self, group: DbSubnetGroup) -> None:
        self._subnets["rds", group.region, group.group] = group.vpc, group.subnets

    def _member(self, one: DbInstance) -> None:
        if one.cluster:
            self._members[one.region, one.cluster].append(one)
        else:
            self._database(one)

    def _database(self, one: DbInstance) -> None:
        node = self._draft.add(
            one, "database", vpc=one.vpc or "", subnets=one.subnets, zones=_known(one.zone, one.secondary_zone),
            groups=one.vpc_security_groups, ports=_ports(one.port), is_public=one.publicly_accessible,
        )  # fmt: skip
        self._draft.aliases[_short("rds", one.region, one.identifier)] = node.id
        secret = one.master_secret.arn if one.master_secret else None
        self._draft.called(node, (one.address, secret))

    def _cluster(self, one: DbCluster) -> None:
        members = self._members.pop((one.region, one.identifier), [])
        vpc, subnets = self._subnets.get(("rds", one.region, one.subnet_group or ""), ("", ()))
        public = bool(one.publicly_accessible) or any(member.publicly_accessible for member in members)
        zones = _known(*(member.zone for member in members)) or one.zones
        node = self._draft.add(
            one, "database", vpc=vpc, subnets=subnets, zones=zones, groups=one.vpc_security_groups,
            ports=_ports(one.port), is_public=public, members=tuple(sorted(member.identifier for member in members)),
        )  # fmt: skip
        self._draft.aliases[_short("cluster", one.region, one.identifier)] = node.id
        for member in members:
            self._draft.aliases[member.arn] = node.id
            self._draft.aliases[_short("rds", one.region, member.identifier)] = node.id
        secret = one.master_secret.arn if one.master_secret else None
        self._draft.called(node, (*one.custom_addresses, *(member.address for member in members), secret))
        self._draft.called(node, (one.address,), "writer")
        self._draft.called(node, (one.reader_address,), "reader")

    def _proxy(self, one: DbProxy) -> None:
        node = self._draft.add(
            one, "proxy", vpc=one.vpc, subnets=one.subnets, groups=one.vpc_security_groups,
            ports=_ports(_PROXY_PORTS.get(one.engine_family)),
        )  # fmt: skip
        self._draft.called(node, (one.address,))
        for found in self._draft.details(DbProxyTargets, self._evidence.proxy_targets, one):
            for target in found.targets:
                kind = "cluster" if target.type == "TRACKED_CLUSTER" else "rds"
                name = target.cluster or target.resource if kind == "cluster" else target.resource
                given = "rds:DescribeDBProxyTargets Targets[].RdsResourceId"
                self._draft.link(node.id, _short(kind, one.region, name or ""), "route", given, name or "")

    def _all_caches(self) -> None:
        draft, evidence = self._draft, self._evidence
        draft.each(CacheSubnetGroup, evidence.cache_subnets, self._cache_subnets)
        draft.each(CacheCluster, evidence.cache_clusters, self._cache_member)
        draft.each(ReplicationGroup, evidence.replication_groups, self._replication_group)
        for members in self._caches.values():
            for one in members:
                self._cache(one)
        draft.each(ServerlessCache, evidence.serverless_caches, self._serverless)
        draft.each(MemoryDbSubnetGroup, evidence.memory_subnets, self._memory_subnets)
        draft.each(MemoryDbCluster, evidence.memory_clusters, self._memory)
        draft.each(DaxCluster, evidence.dax_clusters, self._dax)

    def _memory_subnets(self, group: MemoryDbSubnetGroup) -> None:
        self._subnets["memorydb", group.region, group.group] = group.vpc, group.subnets

    def _memory(self, one: MemoryDbCluster) -> None:
        vpc, subnets = self._subnets.get(("memorydb", one.region, one.subnet_group or ""), ("", ()))
        node = self._draft.add(
            one, "cache", vpc=vpc, subnets=subnets, zones=_known(*one.zones), groups=one.vpc_security_groups,
            ports=_ports(one.port or _REDIS),
        )  # fmt: skip
        self._draft.called(node, (one.arn, one.address, *one.node_addresses))

    def _dax(self, one: DaxCluster) -> None:
        where = next(iter(self._draft.details(DaxSubnetGroup, self._evidence.dax_subnets, one)), None)
        node = self._draft.add(
            one, "cache", vpc=where.vpc if where else "", subnets=where.subnets if where else (),
            zones=_known(*one.zones), groups=one.vpc_security_groups, ports=(one.port,),
        )  # fmt: skip
        self._draft.called(node, (one.arn, one.address, *one.node_addresses))
        if one.role:
            self.roles.append((node, one.role))

    def _cache_subnets(self, group: CacheSubnetGroup) -> None:
        self._subnets["elasticache", group.region, group.group] = group.vpc, group.subnets

    def _cache_member(self, one: CacheCluster) -> None:
        if one.replication_group:
            self._caches[one.region, one.replication_group].append(one)
        else:
            self._cache(one)

    def _cache(self, one: CacheCluster) -> None:
        vpc, subnets = self._subnets.get(("elasticache", one.region, one.subnet_group or ""), ("", ()))
        node = self._draft.add(
            one, "cache", vpc=vpc, subnets=subnets, zones=one.zones, groups=one.vpc_security_groups,
            ports=_ports(one.port or (_MEMCACHED if one.is_memcached else _REDIS)),
        )  # fmt: skip
        self._draft.called(node, one.addresses)

    def _replication_group(self, one: ReplicationGroup) -> None:
        members = self._caches.pop((one.region, one.group), [])
        placed = (self._subnets.get(("elasticache", one.region, member.subnet_group or "")) for member in members)
        vpc, subnets = next(filter(None, placed), ("", ()))
        port = one.configuration_port or next((shard.port for shard in one.shards if shard.port), None)
        zones = _known(*(zone for shard in one.shards for zone in shard.zones))
        node = self._draft.add(
            one, "cache", vpc=vpc, subnets=subnets, zones=zones,
            groups=tuple(dict.fromkeys(name for member in members for name in member.vpc_security_groups)),
            ports=_ports(port or _REDIS), members=one.member_clusters,
        )  # fmt: skip
        self._draft.called(node, one.addresses)
        for member in members:
            self._draft.aliases[member.arn] = node.id
            self._draft.called(node, member.addresses)

    def _serverless(self, one: ServerlessCache) -> None:
        node = self._draft.add(
            one, "cache", subnets=one.subnets, groups=one.vpc_security_groups, ports=_ports(one.port)
        )
        self._draft.called(node, (one.address, one.reader_address))

    def _table(self, one: TableEntry) -> None:
        node = self._draft.add(one, "table")
        self._draft.called(node, (one.arn, _telling(one.table)))

    def _bucket(self, one: Bucket) -> None:
        node = self._draft.add(one, "bucket")
        region = f".s3.{one.region}.amazonaws.com"
        hosts = (f"{one.bucket}{end}" for end in (".s3.amazonaws.com", region))
        self._draft.called(node, (one.arn, _telling(one.bucket), *hosts))
        given = "s3:GetBucketNotificationConfiguration"
        for found in self._draft.details(BucketNotifications, self._evidence.notifications, one):
            for notification in found.all:
                self._draft.link(node.id, notification.target, "event", given, notification.target)

    def _queue(self, one: QueueEntry) -> None:
        self._draft.called(self._draft.add(one, "queue"), (one.arn, one.url))

    def _topic(self, one: TopicEntry) -> None:
        self._draft.called(self._draft.add(one, "topic"), (one.arn,))

    def _subscription(self, one: Subscription) -> None:
        if one.protocol in ("sqs", "lambda", "firehose") and one.is_confirmed:
            target = ":".join(one.endpoint.split(":")[:7])
            self._draft.link(one.topic, target, "event", "sns:ListSubscriptions Endpoint", one.endpoint)

    def _stream(self, one: Stream) -> None:
        self._draft.called(self._draft.add(one, "stream"), (one.arn, _telling(one.stream_name)))

    def _kafka(self, one: KafkaCluster) -> None:
        node = self._draft.add(
            one, "stream", subnets=one.subnets, groups=one.groups, ports=one.ports, is_public=one.is_public
        )
        self._draft.called(node, (one.arn,))

    def _domain(self, one: Domain) -> None:
        node = self._draft.add(
            one, "search", vpc=one.vpc or "", subnets=one.subnets, groups=one.vpc_security_groups, ports=(_HTTPS,),
            is_public=not one.vpc,
        )  # fmt: skip
        self._draft.called(node, (one.arn, one.address, *one.addresses.values()))

    def _file_system(self, one: FileSystem) -> None:
        mounts = self._draft.details(MountTarget, self._evidence.mount_targets, one)
        groups = (
            name
            for mount in mounts
            for found in self._draft.details(MountTargetSecurityGroups, self._evidence.mount_groups, mount)
            for name in found.groups
        )
        node = self._draft.add(
            one, "file_system", vpc=next((mount.vpc for mount in mounts if mount.vpc), ""), ports=(_NFS,),
            subnets=tuple(mount.subnet for mount in mounts), groups=tuple(dict.fromkeys(groups)),
            zones=_known(*(mount.zone for mount in mounts)),
        )  # fmt: skip
        self._draft.called(node, (one.arn, one.id, f"{one.id}.efs.{one.region}.amazonaws.com"))

    def _warehouse_subnets(self, group: RedshiftSubnetGroup) -> None:
        self._subnets["redshift", group.region, group.group] = group.vpc, group.subnets

    def _warehouse(self, one: RedshiftCluster) -> None:
        _, subnets = self._subnets.get(("redshift", one.region, one.subnet_group or ""), ("", ()))
        node = self._draft.add(
            one, "warehouse", vpc=one.vpc or "", subnets=subnets, zones=_known(one.zone),
            groups=one.vpc_security_groups, ports=_ports(one.port), is_public=one.publicly_accessible,
        )  # fmt: skip
        self._draft.called(node, (one.arn, one.address, one.master_secret))


def _known(*values: str | None) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value}))


def _ports(*ports: int | None) -> tuple[int, ...]:
    return tuple(port for port in ports if port)


def _short(kind: str, region: str, identifier: str) -> str:
    return f"{kind}/{region}/{identifier}"


def _telling(name: str) -> str | None:
    """A name that hardly stands for anything else; a short one may be any word."""
    return name if len(name) >= _TELLING else None
