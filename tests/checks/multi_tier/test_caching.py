import json
from typing import Any

from stores import cache_cluster, replication_group, shard

from auditor.evidence.cloudwatch import DashboardBody, MetricAlarm
from auditor.evidence.elasticache import CacheParameters
from auditor.inference.alarms import ActingAlarms
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, gap, gathered, made

NONE = Metric()
CACHE, SESSIONS, UNNAMED = cache_cluster("page-cache"), cache_cluster("web-sessions"), cache_cluster("redis-1")
MEMCACHED = cache_cluster("page-cache", Engine="memcached", NumCacheNodes=2)
SESSION_TAG: Any = {"purpose": "sessions", "aws:cloudformation:stack-name": "login-stack"}
STACK_TAG: Any = {"aws:cloudformation:stack-name": "login-session"}

HITS, FEW_HITS, MISSES = Metric((9000.0, 9500.0)), Metric((3000.0, 6000.0)), Metric((1000.0, 500.0))
SOME_MISSES, MANY_MISSES = Metric((2000.0, 1000.0)), Metric((9000.0, 9000.0))

test_elasticache_hit_rate_above_target = cases(
    "elasticache_hit_rate_above_target",
    case("hits", PASS, CACHE, HITS, MISSES, NONE, NONE, {}, because="92% of 20000 reads hit, 90% on the worst day"),
    case(
        "misses",
        FAIL,
        CACHE,
        FEW_HITS,
        SOME_MISSES,
        NONE,
        NONE,
        {},
        because="75%",
        severity=Severity.MEDIUM,
        min_requests=1000,
    ),
    case("misses more than it hits", FAIL, CACHE, FEW_HITS, MANY_MISSES, NONE, NONE, {}, severity=Severity.HIGH),
    case("Memcached counts otherwise", PASS, MEMCACHED, NONE, NONE, HITS, MISSES, {}),
    case("not named", FAIL, UNNAMED, FEW_HITS, MANY_MISSES, NONE, NONE, {}),
    case("hardly used", NOT_APPLICABLE, CACHE, Metric((10.0,)), Metric((90.0,)), NONE, NONE, {}),
    case("never used", NOT_APPLICABLE, CACHE, NONE, NONE, NONE, NONE, {}),
    case("sessions", NOT_APPLICABLE, SESSIONS, FEW_HITS, MANY_MISSES, NONE, NONE, {}, because="session"),
    case("sessions by tag", NOT_APPLICABLE, UNNAMED, FEW_HITS, MANY_MISSES, NONE, NONE, SESSION_TAG),
    case("a stack's name does not count", FAIL, UNNAMED, FEW_HITS, MANY_MISSES, NONE, NONE, STACK_TAG),
)


TUNED = cache_cluster(CacheParameterGroup={"CacheParameterGroupName": "tuned"})


def parameters(policy: str | None = "noeviction", reserved: str = "25") -> CacheParameters:
    values = {"maxmemory-policy": policy, "reserved-memory-percent": reserved}
    raw = [{"ParameterName": name, "ParameterValue": value} for name, value in values.items() if value is not None]
    found = gathered(CacheParameters, TUNED, DescribeCacheParameters={"Parameters": raw})
    assert isinstance(found, CacheParameters)
    return found


KEEPS, LRU = parameters(), parameters("volatile-lru")
HALF_FULL, FULL = Metric((50.0,)), Metric((50.0, 93.0))

test_elasticache_session_store_never_evicts = cases(
    "elasticache_session_store_never_evicts",
    case("keeps all", PASS, SESSIONS, KEEPS, Metric((0.0,)), HALF_FULL, {}),
    case("no metrics", PASS, SESSIONS, KEEPS, NONE, NONE, {}),
    case("evicted", FAIL, SESSIONS, KEEPS, Metric((0.0, 7.0)), HALF_FULL, {}, because="evicted 7 keys"),
    case("may evict", FAIL, SESSIONS, LRU, NONE, HALF_FULL, {}, because="volatile-lru"),
    case("is full", FAIL, SESSIONS, KEEPS, NONE, FULL, {}, because="93 percent"),
    case("reserves little", FAIL, SESSIONS, parameters(reserved="10"), NONE, HALF_FULL, {}, severity=Severity.LOW),
    case("sessions by tag", FAIL, UNNAMED, LRU, NONE, HALF_FULL, SESSION_TAG),
    case("no policy", UNKNOWN, SESSIONS, parameters(None), NONE, HALF_FULL, {}),
    case("a cache", NOT_APPLICABLE, CACHE, LRU, NONE, HALF_FULL, {}),
    case("Memcached", NOT_APPLICABLE, cache_cluster("sessions", Engine="memcached"), KEEPS, NONE, NONE, {}),
)

ITEMS, ALL, HALF = Metric((2000.0,) * 24), Metric((1990.0,) * 24), Metric((1000.0,) * 24)

test_elasticache_application_cache_uses_lru = cases(
    "elasticache_application_cache_uses_lru",
    case("all keys", PASS, CACHE, parameters("allkeys-lru"), NONE, NONE, {}, because="allkeys-lru"),
    case("keys that expire, and all do", PASS, CACHE, LRU, ITEMS, ALL, {}),
    case("keys that expire, and half do", FAIL, CACHE, LRU, ITEMS, HALF, {}, because="only 50%"),
    case("keys that expire, no metrics", PASS, CACHE, LRU, NONE, NONE, {}),
    case("never", FAIL, CACHE, KEEPS, ITEMS, ALL, {}, because="refuses writes", severity=Severity.MEDIUM),
    case("at random", FAIL, CACHE, parameters("allkeys-random"), ITEMS, ALL, {}, severity=Severity.LOW),
    case("no policy", UNKNOWN, CACHE, parameters(None), ITEMS, ALL, {}),
    case("not named", NOT_APPLICABLE, UNNAMED, KEEPS, ITEMS, ALL, {}),
    case("Memcached", NOT_APPLICABLE, MEMCACHED, KEEPS, ITEMS, ALL, {}),
)

GROUP = replication_group("page-cache", NodeGroups=[shard("eu-west-1a", "eu-west-1b", roles=("replica", "primary"))])
GROUPS = every(GROUP)
FIRST = cache_cluster("cache-0001-1", ReplicationGroupId="page-cache")
SECOND = cache_cluster("cache-0001-2", ReplicationGroupId="page-cache")
SHARDS = every(replication_group("page-cache"))
GROWS = Metric(tuple(1000 * 1.1**day for day in range(7)))
MOST = Metric((1900.0,) * 24)

test_elasticache_application_cache_keys_expire = cases(
    "elasticache_application_cache_keys_expire",
    case("all expire", PASS, CACHE, ITEMS, ALL, NONE, {}, GROUPS, because="99.5% of its 2000 keys"),
    case("half expire", FAIL, CACHE, ITEMS, HALF, NONE, {}, GROUPS, because="50.0%"),
    case("none expires", FAIL, SESSIONS, ITEMS, NONE, NONE, {}, GROUPS, because="0.0%"),
    case("most expire, but they pile up", FAIL, CACHE, ITEMS, MOST, GROWS, {}, GROUPS, because="each day of a week"),
    case("most expire, for a week not known", PASS, CACHE, ITEMS, MOST, Metric(GROWS.values[:5]), {}, GROUPS),
    case("the primary", FAIL, SECOND, ITEMS, HALF, NONE, {}, GROUPS),
    case("a replica", NOT_APPLICABLE, FIRST, ITEMS, HALF, NONE, {}, GROUPS, because="primary"),
    case("the first of a shard without roles", FAIL, FIRST, ITEMS, HALF, NONE, {}, SHARDS),
    case("the second of it", NOT_APPLICABLE, SECOND, ITEMS, HALF, NONE, {}, SHARDS),
    case("few keys", NOT_APPLICABLE, CACHE, Metric((20.0,)), NONE, NONE, {}, GROUPS),
    case("not named", NOT_APPLICABLE, UNNAMED, ITEMS, HALF, NONE, {}, GROUPS),
    case("Memcached", NOT_APPLICABLE, MEMCACHED, ITEMS, HALF, NONE, {}, GROUPS),
    case("no metrics", UNKNOWN, CACHE, NONE, NONE, NONE, {}, GROUPS),
    case("denied", UNKNOWN, FIRST, ITEMS, ALL, NONE, {}, every(gaps=(gap("elasticache:DescribeReplicationGroups"),))),
)

test_elasticache_redis_is_primary_engine = cases(
    "elasticache_redis_is_primary_engine",
    case("pages", PASS, MEMCACHED, {}),
    case(
        "sessions",
        FAIL,
        cache_cluster("sessions", Engine="memcached", NumCacheNodes=3),
        {},
        because="3 Memcached nodes",
    ),
    case("sessions by tag", FAIL, MEMCACHED, SESSION_TAG),
    case("Redis", NOT_APPLICABLE, SESSIONS, {}),
)


def sessions(**changes: Any) -> Any:
    return replication_group("sessions", **changes)


OPEN = {"TransitEncryptionEnabled": False, "TransitEncryptionMode": None, "AuthTokenEnabled": False}

test_elasticache_session_store_encrypted_and_authenticated = cases(
    "elasticache_session_store_encrypted_and_authenticated",
    case("all of it", PASS, sessions(), {}),
    case("by users", PASS, sessions(AuthTokenEnabled=False, UserGroupIds=["app"]), {}),
    case("nothing in transit", FAIL, sessions(**OPEN), {}, because="no encryption in transit and no authentication"),
    case(
        "nothing at rest", FAIL, sessions(AtRestEncryptionEnabled=False), {}, because="at rest", severity=Severity.HIGH
    ),
    case("plaintext accepted", FAIL, sessions(TransitEncryptionMode="preferred"), {}, severity=Severity.MEDIUM),
    case("by description", FAIL, replication_group("r", Description="login sessions", **OPEN), {}),
    case("a cache", NOT_APPLICABLE, replication_group("page-cache", **OPEN), {}),
    case("a word that only begins so", NOT_APPLICABLE, replication_group("assess", **OPEN), {}),
)


def primary(**changes: Any) -> tuple[Any, Any]:
    """The first node of a group, and all groups."""
    group = replication_group(
        "g", **{"ClusterEnabled": False, "MemberClusters": ["cache-0001-1", "cache-0001-2"]} | changes
    )
    return cache_cluster("cache-0001-1", ReplicationGroupId="g"), every(group)


NODE, PLAIN = primary()
_, COMPATIBLE = primary(ClusterMode="compatible")
_, SHARDED = primary(
    ClusterEnabled=True, NodeGroups=[shard("eu-west-1a", "eu-west-1b"), shard("eu-west-1a", name="0002")]
)
_, LONELY = primary(ClusterEnabled=True, NodeGroups=[shard("eu-west-1a")])
REPLICA = cache_cluster("cache-0001-2", ReplicationGroupId="g")
SPANS = 7 * 24 * 12
CALM, BUSY = Metric((20.0,) * SPANS), Metric((20.0, 95.0) * SPANS)

test_elasticache_cluster_mode_for_scaling = cases(
    "elasticache_cluster_mode_for_scaling",
    case("calm", PASS, NODE, CALM, PLAIN, because="busy to 20 percent"),
    case("busy", FAIL, NODE, BUSY, PLAIN, because="busy to 95 percent", severity=Severity.LOW),
    case("cluster mode", PASS, NODE, BUSY, SHARDED, because="2 shards"),
    case("one shard, no replica", FAIL, NODE, CALM, LONELY, because="one shard without replicas"),
    case("in transition", FAIL, NODE, CALM, COMPATIBLE, severity=Severity.INFORMATIONAL),
    case("a replica", NOT_APPLICABLE, REPLICA, BUSY, PLAIN),
    case("Memcached", NOT_APPLICABLE, MEMCACHED, BUSY, PLAIN),
    case("alone", NOT_APPLICABLE, UNNAMED, BUSY, PLAIN),
    case("new", NOT_APPLICABLE, NODE, Metric((95.0,) * 9), PLAIN, because="less than seven days"),
    case("not readable", UNKNOWN, NODE, BUSY, every(gaps=(gap("elasticache:DescribeReplicationGroups"),))),
)


def acting(name: str = "CacheHitRate", node: str = "cache-0001-1", **changes: Any) -> ActingAlarms:
    raw = {
        "AlarmArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a",
        "AlarmName": "a",
        "Namespace": "AWS/ElastiCache",
        "MetricName": name,
        "Dimensions": [{"Name": "CacheClusterId", "Value": node}],
        "ActionsEnabled": True,
        "AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:ops"],
        "ComparisonOperator": "LessThanThreshold",
        "EvaluationPeriods": 1,
    }
    return ActingAlarms(every(made(MetricAlarm, raw | changes)), every())


def dashboard(name: str, node: str = "cache-0001-1") -> Any:
    text = json.dumps({"widgets": [{"metrics": [["AWS/ElastiCache", name, "CacheClusterId", node]]}]})
    return every(made(DashboardBody, DashboardBody=text))


SILENT, NO_BOARD = ActingAlarms(every(), every()), every()
UNREAD_BOARDS = every(gaps=(gap("cloudwatch:ListDashboards"),))

test_elasticache_hit_rate_monitored = cases(
    "elasticache_hit_rate_monitored",
    case("an alarm", PASS, NODE, PLAIN, acting(), NO_BOARD, because="CacheHitRate"),
    case("an alarm on evictions", PASS, NODE, PLAIN, acting("Evictions"), NO_BOARD, because="Evictions"),
    case("an alarm on another node of it", PASS, NODE, PLAIN, acting(node="cache-0001-2"), NO_BOARD),
    case("an alarm of another cache", FAIL, NODE, PLAIN, acting(node="other"), NO_BOARD),
    case("an alarm that nobody hears", FAIL, NODE, PLAIN, acting(AlarmActions=[]), NO_BOARD),
    case("an alarm that is off", FAIL, NODE, PLAIN, acting(ActionsEnabled=False), NO_BOARD),
    case("an alarm on something else", FAIL, NODE, PLAIN, acting("CPUUtilization"), NO_BOARD),
    case("a dashboard", PASS, NODE, PLAIN, SILENT, dashboard("CacheHits"), because="a dashboard shows its CacheHits"),
    case("a dashboard of another", FAIL, NODE, PLAIN, SILENT, dashboard("CacheHits", "cache-0001-10")),
    case("a dashboard with its CPU", FAIL, NODE, PLAIN, SILENT, dashboard("CPUUtilization")),
    case("nothing", FAIL, UNNAMED, PLAIN, SILENT, NO_BOARD, because="redis-1"),
    case("a replica", NOT_APPLICABLE, REPLICA, PLAIN, SILENT, NO_BOARD),
    case("an alarm, dashboards not readable", PASS, NODE, PLAIN, acting(), UNREAD_BOARDS),
    case("dashboards not readable", UNKNOWN, NODE, PLAIN, SILENT, UNREAD_BOARDS),
)
