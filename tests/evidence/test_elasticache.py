import pytest
from stores import FRANKFURT, US, cache_cluster, replication_group, shard

from auditor.errors import Absent
from auditor.evidence.elasticache import (
    CacheParameters,
    CacheSubnetGroup,
    CacheUserGroup,
    GlobalReplicationGroup,
    ReplicationGroup,
    ReservedCacheNode,
    ServerlessCache,
)
from auditor.model import Region
from auditor.testing import ACCOUNT, REGION, gathered, made


def test_a_group_and_its_shards() -> None:
    one = replication_group(
        NodeGroups=[shard("eu-west-1a", "eu-west-1b"), shard("eu-west-1a", "eu-west-1a", name="0002")],
        ConfigurationEndpoint={"Address": "cache.cfg", "Port": 6379},
    )
    assert one.fails_over
    assert one.spans_zones
    assert [there.zones for there in one.shards] == [("eu-west-1a", "eu-west-1b"), ("eu-west-1a",)]
    assert one.addresses == ("cache.cfg",)


@pytest.mark.parametrize(
    ("status", "expected"), [("enabled", True), ("enabling", True), ("disabling", False), ("disabled", False)]
)
def test_failover_on_its_way(status: str, expected: bool) -> None:
    assert replication_group(AutomaticFailover=status).fails_over is expected


def test_how_clients_sign_on() -> None:
    assert replication_group(AuthTokenEnabled=True).authenticates
    assert replication_group(AuthTokenEnabled=False, UserGroupIds=["app"]).authenticates
    assert not replication_group(AuthTokenEnabled=False).authenticates


def test_a_group_that_is_being_deleted_is_none() -> None:
    items = [{"ReplicationGroupId": status, "ARN": status, "Status": status} for status in ("deleting", "creating")]
    found = gathered(ReplicationGroup, DescribeReplicationGroups={"ReplicationGroups": items})
    assert [one.group for one in found] == ["creating"]


def test_clusters_with_and_without_a_group() -> None:
    nodes = [
        {"CacheNodeId": "0001", "CustomerAvailabilityZone": "eu-west-1b", "Endpoint": {"Address": "n1", "Port": 11211}}
    ]
    one = cache_cluster(
        Engine="memcached",
        CacheNodes=nodes,
        SecurityGroups=[{"SecurityGroupId": "sg-1", "Status": "active"}],
        CacheParameterGroup={"CacheParameterGroupName": "tuned"},
    )
    assert one.is_memcached
    assert (one.port, one.zones, one.addresses) == (11211, ("eu-west-1b",), ("n1",))
    assert (one.vpc_security_groups, one.parameter_group, one.snapshot_retention_days) == (("sg-1",), "tuned", 0)
    assert not one.is_group_member
    assert cache_cluster(ReplicationGroupId="cache").is_group_member


DATASTORE = {
    "GlobalReplicationGroupId": "world",
    "ARN": "arn:aws:elasticache::123456789012:globalreplicationgroup:world",
    "Status": "available",
    "Members": [
        {"ReplicationGroupId": "b", "ReplicationGroupRegion": FRANKFURT, "Role": "SECONDARY", "Status": "associated"},
        {"ReplicationGroupId": "c", "ReplicationGroupRegion": US, "Role": "SECONDARY", "Status": "disassociated"},
        {"ReplicationGroupId": "a", "ReplicationGroupRegion": "eu-west-1", "Role": "PRIMARY", "Status": "associated"},
    ],
}


def test_a_global_datastore_is_listed_by_the_region_of_its_primary() -> None:
    answer = {"GlobalReplicationGroups": [DATASTORE]}
    (one,) = gathered(GlobalReplicationGroup, REGION, DescribeGlobalReplicationGroups=answer)
    assert (one.home, one.associated_regions) == ("eu-west-1", (FRANKFURT, "eu-west-1"))
    away = Region(FRANKFURT, ACCOUNT)
    assert gathered(GlobalReplicationGroup, away, DescribeGlobalReplicationGroups=answer) == ()
    gone = {"GlobalReplicationGroups": [DATASTORE | {"Status": "deleted"}]}
    assert gathered(GlobalReplicationGroup, REGION, DescribeGlobalReplicationGroups=gone) == ()


TUNED = cache_cluster(CacheParameterGroup={"CacheParameterGroupName": "tuned"})


def test_a_cluster_that_names_no_parameter_group_has_no_parameters() -> None:
    with pytest.raises(Absent):
        gathered(CacheParameters, cache_cluster(), DescribeCacheParameters={})


def test_parameters_and_what_they_mean() -> None:
    pages = [
        {"Parameters": [{"ParameterName": "maxmemory-policy", "ParameterValue": "allkeys-lru"}]},
        {"Parameters": [{"ParameterName": "reserved-memory-percent", "ParameterValue": "25"}]},
    ]
    one = gathered(CacheParameters, TUNED, DescribeCacheParameters=pages)
    assert (one.eviction_policy, one.reserved_memory_percent) == ("allkeys-lru", 25)
    bare = gathered(CacheParameters, TUNED, DescribeCacheParameters={"Parameters": []})
    assert (bare.eviction_policy, bare.reserved_memory_percent) == (None, None)


def test_serverless_caches_subnets_users_and_reservations() -> None:
    cache = made(
        ServerlessCache,
        ServerlessCacheName="c",
        ARN="arn:c",
        Engine="valkey",
        CacheUsageLimits={"DataStorage": {"Maximum": 5, "Unit": "GB"}},
    )
    assert (cache.max_storage_gb, cache.max_ecpu, cache.snapshot_retention_days) == (5, None, 0)
    subnets = made(
        CacheSubnetGroup,
        CacheSubnetGroupName="g",
        ARN="arn:g",
        VpcId="vpc-1",
        Subnets=[{"SubnetIdentifier": "subnet-a"}],
    )
    assert subnets.subnets == ("subnet-a",)
    users = made(CacheUserGroup, UserGroupId="u", ARN="arn:u", Engine="redis", UserIds=["default", "app"])
    assert users.users == ("default", "app")
    bought = made(ReservedCacheNode, ReservedCacheNodeId="r", ReservationARN="arn:r", CacheNodeCount=3, State="active")
    assert bought.count == 3
