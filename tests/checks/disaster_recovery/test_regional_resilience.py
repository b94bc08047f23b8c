from typing import Any

from stores import (
    cache_cluster,
    db_cluster,
    db_instance,
    file_system,
    member,
    replication_group,
    shard,
    tags,
    warehouse,
)

from auditor.evidence.opensearch import Domain, DomainEntry
from auditor.model import Severity
from auditor.testing import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, gap, gathered, made

DEV = {"env": "dev"}

test_rds_instance_multi_az_standby = cases(
    "rds_instance_multi_az_standby",
    case("a standby", PASS, db_instance(MultiAZ=True, SecondaryAvailabilityZone="eu-west-1b"), because="eu-west-1b"),
    case("alone", FAIL, db_instance(), because="eu-west-1a alone"),
    case(
        "an edition without", FAIL, db_instance(Engine="sqlserver-ex"), because="no Multi-AZ", severity=Severity.MEDIUM
    ),
    case("a member", NOT_APPLICABLE, db_instance(DBClusterIdentifier="aurora")),
    case("a replica", NOT_APPLICABLE, db_instance(ReadReplicaSourceDBInstanceIdentifier="db")),
    case("stopped", NOT_APPLICABLE, db_instance(DBInstanceStatus="stopped")),
    case("for development", NOT_APPLICABLE, db_instance(TagList=tags(**DEV))),
)


def node(name: str, zone: str = "a", instance_class: str = "db.r6g.large") -> Any:
    return db_instance(
        name, DBClusterIdentifier="aurora", AvailabilityZone=f"eu-west-1{zone}", DBInstanceClass=instance_class
    )


AURORA = db_cluster()
SPREAD = every(node("one"), node("two", "b"), db_instance("other"))
LAZY = db_cluster(DBClusterMembers=[member("one", writer=True), member("two", tier=15)])

test_rds_cluster_members_in_two_zones = cases(
    "rds_cluster_members_in_two_zones",
    case("two zones", PASS, AURORA, {}, SPREAD, because="eu-west-1a, eu-west-1b"),
    case("one instance", FAIL, AURORA, {}, every(node("one")), because="1 instance", severity=Severity.HIGH),
    case("none", FAIL, AURORA, {}, every(), because="no instance"),
    case("one zone", FAIL, AURORA, {}, every(node("one"), node("two")), because="stand in eu-west-1a"),
    case("last in line", FAIL, LAZY, {}, SPREAD, because="promotion tier", severity=Severity.MEDIUM),
    case(
        "a small reader",
        FAIL,
        AURORA,
        {},
        every(node("one", "a", "db.r6g.2xlarge"), node("two", "b")),
        because="db.r6g.large) is smaller",
        severity=Severity.MEDIUM,
    ),
    case("a larger reader", PASS, AURORA, {}, every(node("one"), node("two", "b", "db.r6g.xlarge"))),
    case("no writer is named", UNKNOWN, db_cluster(DBClusterMembers=[member("two")]), {}, SPREAD),
    case("a Multi-AZ DB cluster", PASS, db_cluster(Engine="postgres"), {}, every()),
    case("Serverless v1", PASS, db_cluster(EngineMode="serverless", DBClusterMembers=[]), {}, every()),
    case("headless", NOT_APPLICABLE, db_cluster(GlobalClusterIdentifier="world", DBClusterMembers=[]), {}, every()),
    case("for development", NOT_APPLICABLE, AURORA, DEV, SPREAD),
    case("denied", UNKNOWN, AURORA, {}, every(gaps=(gap("rds:DescribeDBInstances"),))),
)

NARROW = replication_group(NodeGroups=[shard("eu-west-1a", "eu-west-1a")])

test_elasticache_replication_group_automatic_failover = cases(
    "elasticache_replication_group_automatic_failover",
    case("fails over", PASS, replication_group(), {}, because="1 shards"),
    case("no replica", FAIL, replication_group(NodeGroups=[shard("eu-west-1a")]), {}, because="1 of its 1 shards"),
    case("by hand only", FAIL, replication_group(AutomaticFailover="disabled"), {}, because="disabled"),
    case("one zone", FAIL, NARROW, {}, because="shard 0001 stand in eu-west-1a"),
    case("Multi-AZ off", FAIL, replication_group(MultiAZ="disabled"), {}, because="Multi-AZ"),
    case("for development", NOT_APPLICABLE, replication_group(AutomaticFailover="disabled"), DEV),
)


def memcached(*zones: str) -> Any:
    nodes = [{"CacheNodeId": f"{number}", "CustomerAvailabilityZone": zone} for number, zone in enumerate(zones)]
    return cache_cluster(Engine="memcached", NumCacheNodes=len(zones), CacheNodes=nodes)


test_elasticache_cluster_without_failover = cases(
    "elasticache_cluster_without_failover",
    case("one node of Redis", FAIL, cache_cluster(), {}, because="single redis node", severity=Severity.HIGH),
    case("one node of Memcached", FAIL, memcached("eu-west-1a"), {}, because="one node", severity=Severity.MEDIUM),
    case("one zone", FAIL, memcached("eu-west-1a", "eu-west-1a"), {}, because="all 2 nodes", severity=Severity.MEDIUM),
    case("two zones", PASS, memcached("eu-west-1a", "eu-west-1b"), {}, because="eu-west-1a, eu-west-1b"),
    case("a member", NOT_APPLICABLE, cache_cluster(ReplicationGroupId="cache"), {}),
    case("for development", NOT_APPLICABLE, cache_cluster(), DEV),
)


def domain(count: int, zones: int, **config: Any) -> Any:
    placed = {"ZoneAwarenessEnabled": zones > 1, "ZoneAwarenessConfig": {"AvailabilityZoneCount": zones}}
    raw = {
        "DomainId": "123456789012/search",
        "DomainName": "search",
        "ARN": "arn:aws:es:eu-west-1:123456789012:domain/search",
        "ClusterConfig": {"InstanceCount": count, "DedicatedMasterEnabled": False} | placed | config,
    }
    entry = made(DomainEntry, DomainName="search")
    return gathered(Domain, [entry], DescribeDomains={"DomainStatusList": [raw]})[0]


MASTERS = {"DedicatedMasterEnabled": True, "DedicatedMasterCount": 3}

test_opensearch_domain_zone_aware = cases(
    "opensearch_domain_zone_aware",
    case("three zones", PASS, domain(3, 3), {}, because="3 data nodes stand in 3 zones"),
    case("one zone", FAIL, domain(3, 1), {}, because="zone awareness is off", severity=Severity.MEDIUM),
    case("two nodes", FAIL, domain(2, 2), {}, because="2 data nodes, less than three"),
    case("uneven", FAIL, domain(4, 3), {}, because="4 data nodes do not divide over 3"),
    case("two zones", FAIL, domain(4, 2), {}, because="2 zones", severity=Severity.LOW),
    case("many without masters", FAIL, domain(12, 3), {}, because="0 dedicated masters"),
    case("many with masters", PASS, domain(12, 3, **MASTERS), {}),
    case("for development", NOT_APPLICABLE, domain(1, 1), DEV),
)

test_managed_store_single_zone = cases(
    "managed_store_single_zone",
    case("Regional", PASS, file_system()),
    case("One Zone", FAIL, file_system(AvailabilityZoneName="eu-west-1a"), because="eu-west-1a"),
    case("derivable", NOT_APPLICABLE, file_system(AvailabilityZoneName="eu-west-1a", Tags=tags(backup="false"))),
    case("for development", NOT_APPLICABLE, file_system(AvailabilityZoneName="eu-west-1a", Tags=tags(**DEV))),
)

test_redshift_cluster_single_zone = cases(
    "redshift_cluster_single_zone",
    case("two zones", PASS, warehouse(MultiAZ="Enabled")),
    case("movable", PASS, warehouse(MultiAZ="Disabled", AvailabilityZoneRelocationStatus="enabled"), because="moved"),
    case(
        "one zone", FAIL, warehouse(MultiAZ="Disabled", AvailabilityZoneRelocationStatus="disabled"), because="west-1a"
    ),
    case("old node type", FAIL, warehouse()),
    case("derivable", NOT_APPLICABLE, warehouse(Tags=tags(backup="false"))),
)
