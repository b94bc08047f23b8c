from typing import Any

import threetier as three
from stores import US, db_cluster, db_instance, global_cluster, global_member, member, tags

from auditor.evidence.application_autoscaling import ScalableTarget, ScalingPolicy
from auditor.evidence.lambda_ import Function
from auditor.evidence.rds import DbProxy, DbProxyTargets
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, every_of, gap, gathered, made

NONE = Metric()


def insights(days: int = 7, **changes: Any) -> Any:
    return db_instance(PerformanceInsightsRetentionPeriod=days, **changes)


SILENT = db_instance(PerformanceInsightsEnabled=False)
ADVANCED = {"DatabaseInsightsMode": "advanced"}
TINY: dict[str, Any] = {"PerformanceInsightsEnabled": False, "DBInstanceClass": "db.t3.micro"}


def on_t3(engine: str) -> Any:
    return db_instance(Engine=engine, DBInstanceClass="db.t3.medium", PerformanceInsightsEnabled=False)


test_rds_database_insights_enabled = cases(
    "rds_database_insights_enabled",
    case("standard", PASS, insights(DatabaseInsightsMode="standard"), because="7 days"),
    case("advanced", PASS, insights(465, **ADVANCED)),
    case("advanced, too short", FAIL, insights(31, **ADVANCED), because="less than 465", severity=Severity.LOW),
    case("off", FAIL, SILENT, because="off", severity=Severity.MEDIUM),
    case("off in a member", FAIL, db_instance(PerformanceInsightsEnabled=False, DBClusterIdentifier="aurora")),
    case("too short", FAIL, insights(), because="keeps 7 days", severity=Severity.LOW, retention_days=31),
    case("too small a class", FAIL, db_instance(Engine="mysql", **TINY), severity=Severity.INFORMATIONAL),
    case("of Aurora MySQL on t3", FAIL, on_t3("aurora-mysql"), severity=Severity.INFORMATIONAL),
    case("of Aurora PostgreSQL on t3", FAIL, on_t3("aurora-postgresql"), severity=Severity.MEDIUM),
    case("small, but of PostgreSQL", FAIL, db_instance(**TINY), severity=Severity.MEDIUM),
    case("DocumentDB", NOT_APPLICABLE, db_instance(Engine="docdb", PerformanceInsightsEnabled=False)),
    case("AWS does not say", UNKNOWN, db_instance(PerformanceInsightsEnabled=None)),
)

ROLE = {"MonitoringRoleArn": "arn:aws:iam::123456789012:role/monitoring"}

test_rds_enhanced_monitoring_enabled = cases(
    "rds_enhanced_monitoring_enabled",
    case("every minute", PASS, db_instance(MonitoringInterval=60, **ROLE), because="60 seconds"),
    case("off", FAIL, db_instance(MonitoringInterval=0), because="off"),
    case("too rarely", FAIL, db_instance(MonitoringInterval=60, **ROLE), because="every 60 seconds", max_interval=30),
    case("no role", FAIL, db_instance(MonitoringInterval=5), because="no role"),
    case("Neptune", NOT_APPLICABLE, db_instance(Engine="neptune")),
    case("DocumentDB", NOT_APPLICABLE, db_instance(Engine="docdb")),
)

GIB = 2.0**30
HALF = Metric((50 * GIB,) * 336)
FALLING = Metric(tuple((60 - hour * 0.1) * GIB for hour in range(336)))
GROWING = db_instance(MaxAllocatedStorage=1000)

test_rds_storage_grows_automatically = cases(
    "rds_storage_grows_automatically",
    case("grows", PASS, GROWING, HALF, because="1000 GiB"),
    case("does not grow", FAIL, db_instance(), HALF, because="MaxAllocatedStorage", severity=Severity.MEDIUM),
    case("grows by little", FAIL, db_instance(MaxAllocatedStorage=110), HALF, because="to 110 GiB only"),
    case("nearly full", FAIL, GROWING, Metric((50 * GIB, 10 * GIB)), because="10 percent", severity=Severity.HIGH),
    case("was full long ago", PASS, GROWING, Metric((1 * GIB, *(50 * GIB,) * 200))),
    case("will be full", FAIL, db_instance(), FALLING, because="full in 11 days", severity=Severity.HIGH),
    case("will be full, but grows", PASS, GROWING, FALLING),
    case("no metric", UNKNOWN, GROWING, NONE),
    case("no metric, and does not grow", FAIL, db_instance(), NONE),
    case("a member", NOT_APPLICABLE, db_instance(DBClusterIdentifier="aurora"), HALF),
    case("a replica", NOT_APPLICABLE, db_instance(ReadReplicaSourceDBInstanceIdentifier="a"), HALF),
    case("RDS Custom", NOT_APPLICABLE, db_instance(Engine="custom-oracle-ee"), HALF),
)


def grouped(name: str, status: str = "in-sync", **changes: Any) -> Any:
    return db_instance(DBParameterGroups=[{"DBParameterGroupName": name, "ParameterApplyStatus": status}], **changes)


test_rds_custom_parameter_group = cases(
    "rds_custom_parameter_group",
    case("tuned", PASS, grouped("tuned"), because="tuned"),
    case("default", FAIL, grouped("default.postgres16"), because="default.postgres16"),
    case("waits", FAIL, grouped("tuned", "pending-reboot"), because="pending-reboot"),
    case("failed", FAIL, grouped("tuned", "failed-to-apply")),
    case("is being applied", PASS, grouped("tuned", "applying")),
    case("of Aurora", FAIL, grouped("default.aurora-mysql8.0", Engine="aurora-mysql", DBClusterIdentifier="a")),
    case("of a Multi-AZ cluster", NOT_APPLICABLE, grouped("default.mysql8.0", Engine="mysql", DBClusterIdentifier="a")),
    case("of DocumentDB", NOT_APPLICABLE, grouped("default.docdb5.0", Engine="docdb", DBClusterIdentifier="a")),
    case("AWS names none", UNKNOWN, db_instance(DBParameterGroups=[])),
    case("for development", NOT_APPLICABLE, db_instance(TagList=tags(env="dev"))),
)

PENDING = db_cluster(DBClusterMembers=[member("one", writer=True), member("two", status="pending-reboot")])


def node(name: str, group: str = "tuned", **changes: Any) -> Any:
    groups = [{"DBParameterGroupName": group, "ParameterApplyStatus": "in-sync"}]
    return db_instance(name, DBClusterIdentifier="aurora", DBParameterGroups=groups, **changes)


AURORA = {"Engine": "aurora-postgresql"}
CLUSTER = db_cluster()
NODES = every(node("one"), node("two"), node("of-another", "other"))

test_rds_cluster_custom_parameter_group = cases(
    "rds_cluster_custom_parameter_group",
    case("tuned", PASS, CLUSTER, NODES, because="tuned"),
    case("default", FAIL, db_cluster(DBClusterParameterGroup="default.aurora-postgresql16"), NODES, because="default."),
    case("waits", FAIL, PENDING, NODES, because="of two wait"),
    case("differ", FAIL, CLUSTER, every(node("one"), node("two", "other")), because="other, tuned"),
    case("AWS names none", UNKNOWN, db_cluster(DBClusterParameterGroup=None), NODES),
    case("for development", NOT_APPLICABLE, db_cluster(TagList=tags(env="dev")), NODES),
    case("denied", UNKNOWN, CLUSTER, every(gaps=(gap("rds:DescribeDBInstances"),))),
)


def proxy(**changes: Any) -> DbProxy:
    arn = "arn:aws:rds:eu-west-1:123456789012:db-proxy:prx-1"
    return made(DbProxy, {"DBProxyName": "pool", "DBProxyArn": arn, "RequireTLS": True} | changes)


def behind(name: str, state: str = "AVAILABLE", **names: str) -> DbProxyTargets:
    target = {"Type": "RDS_INSTANCE", "RdsResourceId": name, "TargetHealth": {"State": state}} | names
    return made(DbProxyTargets, Targets=[target])


PROXY = proxy()
MANY, FEW = Metric((150.0,) * 100), Metric((40.0,) * 100)
NO_PROXY: Any = every()

IN_VPC = {"VpcId": "vpc-1", "SubnetIds": ["subnet-app"], "SecurityGroupIds": ["sg-app"]}
FUNCTIONS = three.world(three.function(VpcConfig=IN_VPC)).tiers
UNREAD_FUNCTIONS = three.world(gaps={Function: (gap("lambda:ListFunctions"),)}).tiers
EMPTY = three.World().tiers


def pooled(
    name: str, status: Any, of: Any, connections: Metric, targets: Any, tiers: Any = EMPTY, **options: Any
) -> Any:
    return case(name, status, of, connections, targets, tiers, **options)


test_rds_proxy_over_connection_threshold = cases(
    "rds_proxy_over_connection_threshold",
    pooled("few", PASS, db_instance(), FEW, NO_PROXY, because="within 40"),
    pooled("one peak in a hundred", PASS, db_instance(), Metric((40.0,) * 99 + (900.0,)), NO_PROXY),
    pooled("many", FAIL, db_instance(), MANY, NO_PROXY, because="150 connections, more than 100"),
    pooled("many behind a proxy", PASS, db_instance(), MANY, every_of((PROXY, behind("db"))), because="behind a proxy"),
    pooled("many beside a proxy", FAIL, db_instance(), MANY, every_of((PROXY, behind("other")))),
    pooled("a proxy that is down", FAIL, db_instance(), MANY, every_of((PROXY, behind("db", "UNAVAILABLE")))),
    pooled(
        "a proxy before the cluster",
        PASS,
        db_instance(DBClusterIdentifier="aurora"),
        MANY,
        every_of((PROXY, behind("other", TrackedClusterId="aurora"))),
    ),
    pooled("functions", FAIL, three.DATABASE, FEW, NO_PROXY, FUNCTIONS, because="than 20, the function work uses it"),
    pooled("functions behind a proxy", PASS, three.DATABASE, FEW, every_of((PROXY, behind("shop"))), FUNCTIONS),
    pooled("functions, a few", PASS, three.DATABASE, Metric((20.0,)), NO_PROXY, FUNCTIONS),
    pooled("no functions", PASS, three.DATABASE, FEW, NO_PROXY, three.world().tiers),
    pooled("functions unread", UNKNOWN, three.DATABASE, FEW, NO_PROXY, UNREAD_FUNCTIONS),
    pooled("Oracle", FAIL, db_instance(Engine="oracle-ee"), MANY, NO_PROXY, severity=Severity.INFORMATIONAL),
    pooled("DocumentDB", NOT_APPLICABLE, db_instance(Engine="docdb"), MANY, NO_PROXY),
    pooled("no metric", UNKNOWN, db_instance(), NONE, NO_PROXY),
    pooled("denied", UNKNOWN, db_instance(), MANY, every(gaps=(gap("rds:DescribeDBProxyTargets"),))),
)

TEN, FIVE, FAST, SLOW = Metric((10.0,)), Metric((5.0,)), Metric((20_000.0,)), Metric((250_000.0,))
UP = behind("db")

test_rds_proxy_sessions_not_pinned = cases(
    "rds_proxy_sessions_not_pinned",
    case("shares", PASS, PROXY, UP, Metric((1.0,)), TEN, FAST, because="10%"),
    case("pins", FAIL, PROXY, UP, FIVE, TEN, FAST, because="50%", severity=Severity.LOW),
    case("nothing pinned", PASS, PROXY, UP, NONE, TEN, NONE),
    case("waits", FAIL, PROXY, UP, NONE, TEN, SLOW, because="250 ms"),
    case("without TLS", FAIL, proxy(RequireTLS=False), UP, NONE, TEN, FAST, because="TLS", severity=Severity.MEDIUM),
    case("a target is down", FAIL, PROXY, behind("db", "UNAVAILABLE"), NONE, TEN, FAST, because="db is unavailable"),
    case("unused", NOT_APPLICABLE, PROXY, UP, NONE, Metric((0.0,)), NONE),
    case("new", NOT_APPLICABLE, PROXY, UP, NONE, NONE, NONE),
)

READER, WRITER = node("two", **AURORA), node("one", **AURORA)
COPY = db_instance(ReadReplicaSourceDBInstanceIdentifier="db")
ABROAD = db_instance(ReadReplicaSourceDBInstanceIdentifier=f"arn:aws:rds:{US}:123456789012:db:db")
CLUSTERS = every(CLUSTER)
CLUSTERS_DENIED = every(gaps=(gap("rds:DescribeDBClusters"),))

test_rds_reader_replica_lag_low = cases(
    "rds_reader_replica_lag_low",
    case("a reader in step", PASS, READER, Metric((20.0,)), NONE, CLUSTERS, because="20 ms"),
    case("a reader behind", FAIL, READER, Metric((450.0,)), NONE, CLUSTERS, because="450 ms, more than 100"),
    case("a replica in step", PASS, COPY, NONE, Metric((3.0,)), CLUSTERS, because="3 seconds"),
    case("a replica behind", FAIL, COPY, NONE, Metric((90.0,)), CLUSTERS, because="90 seconds, more than 30"),
    case("a replica that stood still", FAIL, COPY, NONE, Metric((3.0, -1.0)), CLUSTERS, because="-1"),
    case("the writer", NOT_APPLICABLE, WRITER, Metric((450.0,)), NONE, CLUSTERS),
    case("of DocumentDB", NOT_APPLICABLE, node("two", Engine="docdb"), Metric((450.0,)), NONE, CLUSTERS),
    case("a new reader", NOT_APPLICABLE, READER, NONE, NONE, CLUSTERS),
    case("a new replica", NOT_APPLICABLE, COPY, NONE, NONE, CLUSTERS),
    case("of another region", NOT_APPLICABLE, ABROAD, NONE, Metric((90.0,)), CLUSTERS),
    case("no replica", NOT_APPLICABLE, db_instance(), NONE, NONE, CLUSTERS),
    case("denied", UNKNOWN, READER, Metric((20.0,)), NONE, CLUSTERS_DENIED),
)

WEEK = 168
MUCH, LITTLE = Metric((900.0,) * WEEK), Metric((100.0,) * WEEK)
BUSY, IDLE = Metric((85.0,) * WEEK), Metric((10.0,) * WEEK)
SLOW_READS = Metric((0.05,) * WEEK)
ALONE = every(db_cluster(DBClusterMembers=[member("one", writer=True)]))


def loaded(
    reads: Metric = MUCH,
    writes: Metric = LITTLE,
    selects: Metric = NONE,
    changes: Metric = NONE,
    cpu: Metric = BUSY,
    latency: Metric = NONE,
    clusters: Any = CLUSTERS,
) -> tuple[Any, ...]:
    return reads, writes, selects, changes, cpu, latency, clusters


test_rds_read_heavy_has_replicas = cases(
    "rds_read_heavy_has_replicas",
    case("busy with reads", FAIL, db_instance(), *loaded(), because="90% of its work is reads"),
    case(
        "has a replica", PASS, db_instance(ReadReplicaDBInstanceIdentifiers=["copy"]), *loaded(), because="has readers"
    ),
    case(
        "a replica far away",
        FAIL,
        db_instance(ReadReplicaDBInstanceIdentifiers=[f"arn:aws:rds:{US}:1:db:c"]),
        *loaded(),
    ),
    case("has time", PASS, db_instance(), *loaded(cpu=IDLE), because="10 percent"),
    case("has time, but reads are slow", FAIL, db_instance(), *loaded(cpu=IDLE, latency=SLOW_READS), because="50 ms"),
    case("busy with writes", PASS, db_instance(), *loaded(LITTLE, MUCH)),
    case("statements count more than blocks", PASS, WRITER, *loaded(selects=LITTLE, changes=MUCH, clusters=ALONE)),
    case("the only one of a cluster", FAIL, WRITER, *loaded(clusters=ALONE)),
    case("one of a cluster", PASS, WRITER, *loaded(), because="has readers"),
    case("a reader of a cluster", NOT_APPLICABLE, READER, *loaded()),
    case("a replica", NOT_APPLICABLE, COPY, *loaded()),
    case("new", NOT_APPLICABLE, db_instance(), *loaded(Metric((900.0,) * 20))),
    case("denied", UNKNOWN, WRITER, *loaded(clusters=CLUSTERS_DENIED)),
)


def percent(*values: float) -> Metric:
    return Metric(tuple(values) * 20)


WITH_READER = db_cluster()
WITHOUT_READER = db_cluster(DBClusterMembers=[member("one", writer=True)])
HEADLESS = db_cluster(DBClusterMembers=[member("two")])
OTHER_ENGINE = db_cluster(Engine="docdb")
THREE = db_cluster(DBClusterMembers=[member("one", writer=True), member("two"), member("three")])
IDLE_READER, USED_READER, CONNECTED = percent(0.5), percent(20.0), percent(40.0)
CALM, LOADED = percent(30.0), percent(80.0)

test_rds_reader_endpoint_used = cases(
    "rds_reader_endpoint_used",
    case("used", PASS, WITH_READER, CONNECTED, USED_READER, NONE, NONE, LOADED, LOADED, because="20.0 connections"),
    case(
        "idle beside a busy writer",
        FAIL,
        WITH_READER,
        CONNECTED,
        IDLE_READER,
        NONE,
        NONE,
        LOADED,
        percent(2.0),
        because="paid for and idle",
        severity=Severity.MEDIUM,
    ),
    case(
        "kept for failover",
        FAIL,
        WITH_READER,
        CONNECTED,
        IDLE_READER,
        NONE,
        NONE,
        CALM,
        percent(2.0),
        severity=Severity.INFORMATIONAL,
    ),
    case("hardly used at all", PASS, WITH_READER, percent(3.0), IDLE_READER, NONE, NONE, CALM, percent(2.0)),
    case(
        "connected, but does little",
        FAIL,
        WITH_READER,
        CONNECTED,
        USED_READER,
        NONE,
        NONE,
        LOADED,
        percent(5.0),
        because="does 6% of the work",
    ),
    case(
        "uneven",
        FAIL,
        THREE,
        CONNECTED,
        USED_READER,
        percent(30.0),
        percent(2.0),
        LOADED,
        LOADED,
        because="one has 30 connections and another 2",
        severity=Severity.LOW,
    ),
    case(
        "uneven of one in time", PASS, WITH_READER, CONNECTED, USED_READER, percent(30.0), percent(2.0), LOADED, LOADED
    ),
    case("no reader", NOT_APPLICABLE, WITHOUT_READER, CONNECTED, NONE, NONE, NONE, LOADED, NONE),
    case("DocumentDB", NOT_APPLICABLE, OTHER_ENGINE, CONNECTED, IDLE_READER, NONE, NONE, LOADED, percent(2.0)),
    case("no metrics", UNKNOWN, WITH_READER, NONE, NONE, NONE, NONE, NONE, NONE, because="CloudWatch"),
)

SOME, LOTS = percent(10.0), percent(90.0)
WORLD = every(global_cluster(global_member(WITH_READER, writer=True)))
ELSEWHERE = every(global_cluster(global_member(db_cluster("other"), writer=True)))

test_rds_write_heavy_global_database = cases(
    "rds_write_heavy_global_database",
    case(
        "write-heavy and busy", FAIL, WITH_READER, SOME, LOTS, NONE, NONE, LOADED, every(), because="90% of its writer"
    ),
    case("in a Global Database", PASS, WITH_READER, SOME, LOTS, NONE, NONE, LOADED, WORLD, because="part of a Global"),
    case("another is in one", FAIL, WITH_READER, SOME, LOTS, NONE, NONE, LOADED, ELSEWHERE),
    case("by operations on the disk", FAIL, WITH_READER, NONE, NONE, SOME, LOTS, LOADED, every()),
    case("read-heavy", PASS, WITH_READER, LOTS, SOME, NONE, NONE, LOADED, every(), because="10%"),
    case("calm", PASS, WITH_READER, SOME, LOTS, NONE, NONE, CALM, every(), because="30 percent"),
    case("does nothing", PASS, WITH_READER, NONE, NONE, percent(0.0), percent(0.0), CALM, every()),
    case("takes no writes", NOT_APPLICABLE, HEADLESS, SOME, LOTS, NONE, NONE, LOADED, every()),
    case("DocumentDB", NOT_APPLICABLE, OTHER_ENGINE, SOME, LOTS, NONE, NONE, LOADED, every()),
    case("no metrics", UNKNOWN, WITH_READER, NONE, NONE, NONE, NONE, NONE, every()),
    case(
        "not readable",
        UNKNOWN,
        WITH_READER,
        SOME,
        LOTS,
        NONE,
        NONE,
        LOADED,
        every(gaps=(gap("rds:DescribeGlobalClusters"),)),
    ),
)

DIMENSION: dict[str, Any] = {
    "ServiceNamespace": "rds",
    "ResourceId": "cluster:aurora",
    "ScalableDimension": "rds:cluster:ReadReplicaCount",
}


def scalable(least: int = 1, most: int = 5) -> Any:
    raw = DIMENSION | {"MinCapacity": least, "MaxCapacity": most}
    return every(*gathered(ScalableTarget, DescribeScalableTargets=_once("ScalableTargets", raw)))


def tracking() -> Any:
    raw = DIMENSION | {"PolicyName": "cpu", "PolicyARN": "arn:policy", "PolicyType": "TargetTrackingScaling"}
    return every(*gathered(ScalingPolicy, DescribeScalingPolicies=_once("ScalingPolicies", raw)))


def _once(name: str, raw: dict[str, Any]) -> Any:
    return lambda params: {name: [raw] if params["ServiceNamespace"] == "rds" else []}


SWINGS, STEADY = Metric((10.0,) * 80 + (70.0,) * 20), percent(30.0)
SERVERLESS = db_cluster(ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 16})

test_rds_cluster_reader_auto_scaling = cases(
    "rds_cluster_reader_auto_scaling",
    case("scales", PASS, WITH_READER, SWINGS, NONE, scalable(), tracking(), because="1 to 5 readers"),
    case(
        "fixed", FAIL, WITH_READER, SWINGS, NONE, every(), every(), because="busy to 70 percent at peaks and 10 usually"
    ),
    case("no room", FAIL, WITH_READER, SWINGS, NONE, scalable(2, 2), tracking(), because="may not leave 2"),
    case("no policy", FAIL, WITH_READER, SWINGS, NONE, scalable(), every(), because="no policy"),
    case("steady", NOT_APPLICABLE, WITH_READER, STEADY, NONE, every(), every(), because="steady"),
    case("serverless", PASS, SERVERLESS, SWINGS, percent(8.0), every(), every(), because="in 0.0%"),
    case(
        "serverless at its end", FAIL, SERVERLESS, SWINGS, percent(8.0, 16.0), every(), every(), because="16 capacity"
    ),
    case("serverless without metrics", UNKNOWN, SERVERLESS, SWINGS, NONE, every(), every()),
    case("no reader", NOT_APPLICABLE, WITHOUT_READER, SWINGS, NONE, every(), every()),
    case("secondary", NOT_APPLICABLE, HEADLESS, SWINGS, NONE, every(), every(), because="secondary"),
    case("no metrics", UNKNOWN, WITH_READER, NONE, NONE, every(), every()),
    case("not readable", UNKNOWN, WITH_READER, SWINGS, NONE, every(gaps=(gap("x:DescribeScalableTargets"),)), every()),
)
