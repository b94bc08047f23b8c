import json
from typing import Any

import threetier as three
from stores import cache_cluster, db_instance, replication_group, shard

from auditor.evidence.cloudwatch import DashboardBody, MetricAlarm
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import TaskDefinition
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

SESSION_CACHE = cache_cluster("user-session-cache")

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
    case("a cache of sessions", NOT_APPLICABLE, SESSION_CACHE, FEW_HITS, MANY_MISSES, NONE, NONE, {}),
    case("of both", FAIL, CACHE, FEW_HITS, MANY_MISSES, NONE, NONE, SESSION_TAG),
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
    case("keys that expire, no metrics", UNKNOWN, CACHE, LRU, NONE, NONE, {}, because="no CurrItems"),
    case("empty", PASS, CACHE, LRU, Metric((0.0,)), NONE, {}),
    case("never", FAIL, CACHE, KEEPS, ITEMS, ALL, {}, because="refuses writes", severity=Severity.MEDIUM),
    case("at random", FAIL, CACHE, parameters("allkeys-random"), ITEMS, ALL, {}, severity=Severity.LOW),
    case("no policy", UNKNOWN, CACHE, parameters(None), ITEMS, ALL, {}),
    case("not named", NOT_APPLICABLE, UNNAMED, KEEPS, ITEMS, ALL, {}),
    case("a cache of sessions", NOT_APPLICABLE, SESSION_CACHE, KEEPS, ITEMS, ALL, {}),
    case("of both", NOT_APPLICABLE, CACHE, KEEPS, ITEMS, ALL, SESSION_TAG),
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


def known_as(*names: str, of: Any = None, gaps: Any = None) -> Any:
    """The tiers of a service that finds a cache by the address in some variables."""
    web, store = three.service(), of or three.cache("redis-1")
    address = f"{store.identifier}.cache.amazonaws.com"
    variables = dict.fromkeys(names, f"redis://{address}:6379/0")
    return three.World(web, three.definition(web, "", **variables), store, gaps=gaps).tiers


REDIS, ALONE = three.cache("redis-1"), every()
UNREAD_USERS = {TaskDefinition: (gap("ecs:DescribeTaskDefinition"),)}


def holding(one: Any, tiers: Any, tags: Any = None, groups: Any = ALONE) -> tuple[Any, ...]:
    return one, groups, tags or {}, tiers


NAMED = three.cache("web-sessions")
GROUPED = three.cache("web-sessions", CacheParameterGroup={"CacheParameterGroupName": "page-cache"})

test_elasticache_session_and_cache_separated = cases(
    "elasticache_session_and_cache_separated",
    case("sessions only, by its name", PASS, *holding(NAMED, known_as(of=NAMED)), because="it is called web-sessions"),
    case("sessions only, by a variable", PASS, *holding(REDIS, known_as("SESSION_URL")), because="as SESSION_URL"),
    case(
        "both, by variables",
        FAIL,
        *holding(REDIS, known_as("SESSION_URL", "CACHE_URL")),
        because="sessions (a workload knows it as SESSION_URL) and cached data (a workload knows it as CACHE_URL)",
        severity=Severity.MEDIUM,
    ),
    case("both, by name and variable", FAIL, *holding(NAMED, known_as("CACHE_URL", of=NAMED)), because="CACHE_URL"),
    case(
        "both, by name and parameter group",
        FAIL,
        *holding(GROUPED, known_as(of=GROUPED)),
        because="group is page-cache",
    ),
    case(
        "both, by name and tag", FAIL, *holding(NAMED, known_as(of=NAMED), {"for": "page-cache"}), because="a tag says"
    ),
    case("a cache of sessions", PASS, *holding(REDIS, known_as("SESSION_CACHE_URL"))),
    case("both, whatever else is not readable", FAIL, *holding(GROUPED, known_as(of=GROUPED, gaps=UNREAD_USERS))),
    case("who else uses it is not readable", UNKNOWN, *holding(NAMED, known_as(of=NAMED, gaps=UNREAD_USERS))),
    case("a cache only", NOT_APPLICABLE, *holding(REDIS, known_as("CACHE_URL")), because="nothing says"),
    case("of no known use", NOT_APPLICABLE, *holding(REDIS, known_as("REDIS_URL")), because="nothing says"),
    case("a replica", NOT_APPLICABLE, *holding(FIRST, known_as(), groups=GROUPS), because="repeats"),
    case("Memcached", NOT_APPLICABLE, *holding(MEMCACHED, known_as())),
    case("groups not readable", UNKNOWN, *holding(NAMED, known_as(of=NAMED), groups=every(gaps=(gap("x:Y"),)))),
)

MANY, RARE, HALF = Metric((900.0,) * 336), Metric((100.0,) * 336), Metric((800.0,) * 336)
IDLE, LOADED = Metric((10.0,) * 99), Metric((10.0, 80.0) * 99)
TIERS = three.world().tiers
CACHED = three.world(three.cache(groups=("sg-cache",)), three.CACHE_GROUP).tiers
BY_DAX = three.world(*three.dax(), three.DAX_GROUP).tiers
ASIDE = three.World(*three.NETWORK, *three.GROUPS, three.instance("i-9"), three.DATABASE).tiers
UNREAD_CACHES = three.world(gaps={type(REDIS): (gap("elasticache:DescribeCacheClusters"),)}).tiers
UNREAD_COMPUTE = three.World(three.DATABASE, gaps={Instance: (gap("ec2:DescribeInstances"),)}).tiers


def read_heavy(
    tiers: Any = TIERS, *, reads: Metric = MANY, writes: Metric = RARE, selects: Metric = NONE, cpu: Metric = IDLE
) -> tuple[Any, ...]:
    return three.DATABASE, selects, RARE if selects else NONE, reads, writes, cpu, tiers


test_elasticache_present_for_read_heavy_database = cases(
    "elasticache_present_for_read_heavy_database",
    case(
        "no cache",
        FAIL,
        *read_heavy(),
        because="90% of its operations are reads, 900 a second, and shop use no cache",
        severity=Severity.LOW,
    ),
    case("a cache", PASS, *read_heavy(CACHED), because="sessions caches for what uses it"),
    case("DAX, which caches DynamoDB alone", FAIL, *read_heavy(BY_DAX), because="shop use no cache"),
    case("by statements of Aurora", FAIL, *read_heavy(selects=HALF, reads=NONE), because="89% of its operations"),
    case("many writes", PASS, *read_heavy(writes=HALF), because="53% of its operations"),
    case("little load", PASS, *read_heavy(reads=RARE, writes=NONE), because="100% of its operations are reads, 100 a"),
    case("few reads, but busy", FAIL, *read_heavy(reads=RARE, writes=NONE, cpu=LOADED)),
    case("a smaller load counts here", FAIL, *read_heavy(reads=RARE, writes=NONE), min_reads_per_second=50.0),
    case("caches are not readable", UNKNOWN, *read_heavy(UNREAD_CACHES), because="denied"),
    case("no traffic", NOT_APPLICABLE, *read_heavy(reads=NONE, writes=NONE), because="no traffic"),
    case("used by what serves nobody", NOT_APPLICABLE, *read_heavy(ASIDE), because="no workload that serves"),
    case("its users are not readable", UNKNOWN, *read_heavy(UNREAD_COMPUTE)),
    case(
        "a replica",
        NOT_APPLICABLE,
        db_instance(ReadReplicaSourceDBInstanceIdentifier="db"),
        *read_heavy()[1:],
        because="follows its source",
    ),
)
