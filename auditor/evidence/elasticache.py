"""Amazon ElastiCache: replication groups, clusters, serverless caches, global datastores and their parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, listed


@evidence
class ShardMember(Evidence):
    """A node of a shard."""

    cluster: str = at("CacheClusterId")
    node: str = at("CacheNodeId")
    zone: str | None = at("PreferredAvailabilityZone")
    role: str | None = at("CurrentRole")
    """`primary` or `replica`; None where cluster mode is on, which does not tell."""
    address: str | None = at("ReadEndpoint.Address")


@evidence
class Shard(Evidence):
    """A shard: a primary and its replicas."""

    id: str = at("NodeGroupId")
    members: tuple[ShardMember, ...] = at("NodeGroupMembers")
    primary_address: str | None = at("PrimaryEndpoint.Address")
    reader_address: str | None = at("ReaderEndpoint.Address")
    port: int | None = at("PrimaryEndpoint.Port")

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in which its nodes stand."""
        return tuple(sorted({one.zone for one in self.members if one.zone}))


@evidence
class ReplicationGroup(Resource):
    """A Redis OSS or Valkey cache with replicas, shards or both."""

    type_name: ClassVar = "AWS::ElastiCache::ReplicationGroup"
    arn: str = at("ARN")
    group: str = at("ReplicationGroupId")
    engine: str = at("Engine", absent="redis")
    """`redis` or `valkey`; only groups from before Valkey can be without it."""
    description: str = at("Description", absent="")
    status: str = at("Status")
    created: datetime | None = at("ReplicationGroupCreateTime")
    node_type: str = at("CacheNodeType")
    member_clusters: tuple[str, ...] = at("MemberClusters")
    shards: tuple[Shard, ...] = at("NodeGroups")
    automatic_failover: str = at("AutomaticFailover")
    """`enabled`, `disabled`, or on its way to one of them."""
    multi_az: str = at("MultiAZ")
    cluster_mode_enabled: bool = at("ClusterEnabled")
    cluster_mode: str | None = at("ClusterMode")
    """`enabled`, `disabled`, or `compatible` while it changes."""
    configuration_address: str | None = at("ConfigurationEndpoint.Address")
    configuration_port: int | None = at("ConfigurationEndpoint.Port")
    snapshot_retention_days: int = at("SnapshotRetentionLimit")
    transit_encryption: bool = at("TransitEncryptionEnabled")
    transit_encryption_mode: str | None = at("TransitEncryptionMode")
    """`required`, or `preferred` where plaintext is still accepted."""
    at_rest_encryption: bool = at("AtRestEncryptionEnabled")
    kms_key: str | None = at("KmsKeyId")
    auth_token: bool = at("AuthTokenEnabled")
    user_groups: tuple[str, ...] = at("UserGroupIds")
    global_group: str | None = at("GlobalReplicationGroupInfo.GlobalReplicationGroupId")
    global_role: str | None = at("GlobalReplicationGroupInfo.GlobalReplicationGroupMemberRole")
    data_tiering: str | None = at("DataTiering")
    log_types: tuple[str, ...] = at("LogDeliveryConfigurations[].LogType")

    @property
    def fails_over(self) -> bool:
        """Whether a replica becomes primary by itself."""
        return self.automatic_failover in ("enabled", "enabling")

    @property
    def spans_zones(self) -> bool:
        """Whether Multi-AZ is on."""
        return self.multi_az == "enabled"

    @property
    def authenticates(self) -> bool:
        """Whether clients need a token or a user's password."""
        return self.auth_token or bool(self.user_groups)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The host names that clients may use."""
        shards = (address for one in self.shards for address in (one.primary_address, one.reader_address))
        nodes = (node.address for one in self.shards for node in one.members)
        return tuple(address for address in (self.configuration_address, *shards, *nodes) if address)


replication_groups = listed(
    ReplicationGroup,
    call("elasticache", "DescribeReplicationGroups"),
    "ReplicationGroups[]",
    skip={"Status": ("deleting",)},
)


@evidence
class CacheNode(Evidence):
    """A node of a cache cluster."""

    id: str = at("CacheNodeId")
    status: str = at("CacheNodeStatus")
    zone: str | None = at("CustomerAvailabilityZone")
    address: str | None = at("Endpoint.Address")
    port: int | None = at("Endpoint.Port")


@evidence
class CacheCluster(Resource):
    """A Memcached cluster, a single node of Redis OSS or Valkey, or a member of a replication group."""

    type_name: ClassVar = "AWS::ElastiCache::CacheCluster"
    arn: str = at("ARN")
    identifier: str = at("CacheClusterId")
    engine: str = at("Engine")
    engine_version: str = at("EngineVersion")
    status: str = at("CacheClusterStatus")
    created: datetime | None = at("CacheClusterCreateTime")
    node_type: str = at("CacheNodeType")
    node_count: int = at("NumCacheNodes")
    nodes: tuple[CacheNode, ...] = at("CacheNodes")
    zone: str | None = at("PreferredAvailabilityZone")
    """`Multiple` for a Memcached cluster of several zones."""
    replication_group: str | None = at("ReplicationGroupId")
    parameter_group: str | None = at("CacheParameterGroup.CacheParameterGroupName")
    parameter_group_status: str | None = at("CacheParameterGroup.ParameterApplyStatus")
    subnet_group: str | None = at("CacheSubnetGroupName")
    vpc_security_groups: tuple[str, ...] = at("SecurityGroups[].SecurityGroupId")
    configuration_address: str | None = at("ConfigurationEndpoint.Address")
    configuration_port: int | None = at("ConfigurationEndpoint.Port")
    snapshot_retention_days: int = at("SnapshotRetentionLimit", absent=0)
    """Memcached has no snapshots and does not send it."""
    transit_encryption: bool = at("TransitEncryptionEnabled")
    transit_encryption_mode: str | None = at("TransitEncryptionMode")
    at_rest_encryption: bool = at("AtRestEncryptionEnabled")
    auth_token: bool = at("AuthTokenEnabled")
    minor_upgrades: bool = at("AutoMinorVersionUpgrade")

    @property
    def is_memcached(self) -> bool:
        """Whether it is Memcached, which neither replicates nor fails over."""
        return self.engine == "memcached"

    @property
    def is_group_member(self) -> bool:
        """Whether a replication group stands over it."""
        return self.replication_group is not None

    @property
    def port(self) -> int | None:
        """The port that it listens on."""
        return self.configuration_port or next((one.port for one in self.nodes if one.port), None)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones in which its nodes stand."""
        return tuple(sorted({one.zone for one in self.nodes if one.zone}))

    @property
    def addresses(self) -> tuple[str, ...]:
        """The host names that clients may use."""
        return tuple(
            address for address in (self.configuration_address, *(one.address for one in self.nodes)) if address
        )


def cluster_key(cluster: CacheCluster) -> tuple[str, str]:
    """To find a member of a replication group by region and id."""
    return (cluster.region, cluster.identifier)


def group_key(cluster: CacheCluster) -> tuple[str, str | None]:
    """To find the members of a replication group by region and group."""
    return (cluster.region, cluster.replication_group)


cache_clusters = listed(
    CacheCluster,
    call("elasticache", "DescribeCacheClusters", ShowCacheNodeInfo=True),
    "CacheClusters[]",
    skip={"CacheClusterStatus": ("deleting", "deleted")},
)


@evidence
class GlobalDatastoreMember(Evidence):
    """A replication group of a global datastore."""

    group: str = at("ReplicationGroupId")
    region: str = at("ReplicationGroupRegion")
    role: str = at("Role")
    """`PRIMARY` or `SECONDARY`."""
    status: str = at("Status")
    automatic_failover: str | None = at("AutomaticFailover")


@evidence
class GlobalReplicationGroup(Resource):
    """A global datastore; every member's region lists it."""

    type_name: ClassVar = "AWS::ElastiCache::GlobalReplicationGroup"
    arn: str = at("ARN")
    group: str = at("GlobalReplicationGroupId")
    status: str = at("Status")
    members: tuple[GlobalDatastoreMember, ...] = at("Members")

    @property
    def home(self) -> str | None:
        """The region of its primary."""
        return next((one.region for one in self.members if one.role == "PRIMARY"), None)

    @property
    def associated_regions(self) -> tuple[str, ...]:
        """The regions whose member takes part in the replication."""
        return tuple(sorted(one.region for one in self.members if one.status == "associated"))


@collector(call("elasticache", "DescribeGlobalReplicationGroups", ShowMemberInfo=True))
def global_replication_groups(aws: Aws, region: Region) -> Iterable[GlobalReplicationGroup]:
    """Each global datastore once, by its primary's region if that is scanned, though every member's region lists it."""
    for page in aws.pages("DescribeGlobalReplicationGroups"):
        for raw in page.get("GlobalReplicationGroups", ()):
            found = aws.parse(GlobalReplicationGroup, raw)
            if found.status not in ("deleting", "deleted") and _listed_in(found, region) == region.name:
                yield found


def _listed_in(datastore: GlobalReplicationGroup, here: Region) -> str:
    places = [datastore.home, *sorted(one.region for one in datastore.members)]
    return next((place for place in places if place in here.account.regions), here.name)


@evidence
class ServerlessCache(Resource):
    """A serverless cache: always encrypted, in several zones, and scaled by AWS."""

    type_name: ClassVar = "AWS::ElastiCache::ServerlessCache"
    arn: str = at("ARN")
    cache: str = at("ServerlessCacheName")
    engine: str = at("Engine")
    version: str | None = at("MajorEngineVersion")
    status: str = at("Status")
    created: datetime | None = at("CreateTime")
    max_storage_gb: int | None = at("CacheUsageLimits.DataStorage.Maximum")
    max_ecpu: int | None = at("CacheUsageLimits.ECPUPerSecond.Maximum")
    snapshot_retention_days: int = at("SnapshotRetentionLimit", absent=0)
    """CreateServerlessCache: no snapshots unless a limit is given; Memcached has none."""
    vpc_security_groups: tuple[str, ...] = at("SecurityGroupIds")
    subnets: tuple[str, ...] = at("SubnetIds")
    user_group: str | None = at("UserGroupId")
    kms_key: str | None = at("KmsKeyId")
    address: str | None = at("Endpoint.Address")
    reader_address: str | None = at("ReaderEndpoint.Address")
    port: int | None = at("Endpoint.Port")


serverless_caches = listed(
    ServerlessCache,
    call("elasticache", "DescribeServerlessCaches", page=100),
    "ServerlessCaches[]",
    skip={"Status": ("deleting", "DELETING")},
)


@evidence
class CacheSubnetGroup(Resource):
    """The subnets that caches are placed in."""

    type_name: ClassVar = "AWS::ElastiCache::SubnetGroup"
    arn: str = at("ARN")
    group: str = at("CacheSubnetGroupName")
    vpc: str = at("VpcId")
    subnets: tuple[str, ...] = at("Subnets[].SubnetIdentifier")
    zones: tuple[str, ...] = at("Subnets[].SubnetAvailabilityZone.Name")


cache_subnet_groups = listed(CacheSubnetGroup, call("elasticache", "DescribeCacheSubnetGroups"), "CacheSubnetGroups[]")


@evidence
class CacheParameters(Evidence):
    """The parameters of a cache cluster."""

    values: Mapping[str, str] = at("Parameters")

    @property
    def eviction_policy(self) -> str | None:
        """What is evicted when the memory is full: `volatile-lru`, `noeviction` and so on; Memcached has none."""
        return self.values.get("maxmemory-policy")

    @property
    def reserved_memory_percent(self) -> float | None:
        """How much of the memory is kept free of data."""
        value = self.values.get("reserved-memory-percent")
        return float(value) if value else None


@collector(call("elasticache", "DescribeCacheParameters"))
def cache_parameters(aws: Aws, cluster: CacheCluster) -> CacheParameters:
    """Of the group in use; a group that many clusters share is asked once."""
    if cluster.parameter_group is None:
        raise Absent("it names no parameter group")
    pages = aws.pages("DescribeCacheParameters", CacheParameterGroupName=cluster.parameter_group)
    return aws.parse(CacheParameters, {"Parameters": [item for page in pages for item in page.get("Parameters", ())]})


@evidence
class CacheUserGroup(Resource):
    """Users that may sign on to caches."""

    type_name: ClassVar = "AWS::ElastiCache::UserGroup"
    arn: str = at("ARN")
    group: str = at("UserGroupId")
    engine: str = at("Engine")
    users: tuple[str, ...] = at("UserIds")
    replication_groups: tuple[str, ...] = at("ReplicationGroups")


cache_user_groups = listed(
    CacheUserGroup, call("elasticache", "DescribeUserGroups"), "UserGroups[]", skip={"Status": ("deleting",)}
)


@evidence
class ReservedCacheNode(Resource):
    """Nodes that are paid for a term."""

    type_name: ClassVar = "AWS::ElastiCache::ReservedCacheNode"
    arn: str = at("ReservationARN")
    identifier: str = at("ReservedCacheNodeId")
    node_type: str = at("CacheNodeType")
    product: str = at("ProductDescription")
    count: int = at("CacheNodeCount")
    state: str = at("State")
    started: datetime = at("StartTime")
    seconds: int = at("Duration")


reserved_cache_nodes = listed(
    ReservedCacheNode,
    call("elasticache", "DescribeReservedCacheNodes"),
    "ReservedCacheNodes[]",
    skip={"State": ("retired", "payment-failed")},
)
