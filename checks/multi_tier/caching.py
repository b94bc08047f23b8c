"""Caching tier."""

import re
from itertools import chain, pairwise
from typing import Annotated

from auditor.every import Every
from auditor.evidence.cloudwatch import DashboardBody
from auditor.evidence.dax import DaxCluster
from auditor.evidence.ec2_network import SecurityGroup
from auditor.evidence.elasticache import CacheCluster, CacheParameters, ReplicationGroup
from auditor.evidence.purpose import own_words, sessions
from auditor.evidence.rds import DbInstance
from auditor.inference.alarms import ActingAlarms
from auditor.inference.graph import Node
from auditor.inference.tier_labels import USERS, use_evidence
from auditor.inference.tiers import BEHIND, Tiers
from auditor.inference.topology import COMPUTE
from auditor.metrics import Metric, metric
from auditor.model import Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check

from .data_relational import Changes, Cpu, Reads, Selects, Writes

Hits = Annotated[
    Metric, metric("AWS/ElastiCache", "CacheHits", "Sum", days=14, period=86400, CacheClusterId="identifier")
]
Misses = Annotated[
    Metric, metric("AWS/ElastiCache", "CacheMisses", "Sum", days=14, period=86400, CacheClusterId="identifier")
]
GetHits = Annotated[
    Metric, metric("AWS/ElastiCache", "GetHits", "Sum", days=14, period=86400, CacheClusterId="identifier")
]
GetMisses = Annotated[
    Metric, metric("AWS/ElastiCache", "GetMisses", "Sum", days=14, period=86400, CacheClusterId="identifier")
]
Evictions = Annotated[
    Metric, metric("AWS/ElastiCache", "Evictions", "Sum", days=14, period=3600, CacheClusterId="identifier")
]
Memory = Annotated[
    Metric,
    metric(
        "AWS/ElastiCache",
        "DatabaseMemoryUsagePercentage",
        "Maximum",
        days=14,
        period=3600,
        CacheClusterId="identifier",
    ),
]
Items = Annotated[
    Metric, metric("AWS/ElastiCache", "CurrItems", "Average", days=1, period=3600, CacheClusterId="identifier")
]
ExpiringItems = Annotated[
    Metric, metric("AWS/ElastiCache", "CurrVolatileItems", "Average", days=1, period=3600, CacheClusterId="identifier")
]
DailyItems = Annotated[
    Metric, metric("AWS/ElastiCache", "CurrItems", "Average", days=7, period=86400, CacheClusterId="identifier")
]

_ROLES = {
    "cache": re.compile(r"(?<![a-z])(obj(ect)?|page)?-?cache|(?<![a-z])(obj|page)(?![a-z])", re.IGNORECASE),
    "queue": re.compile(r"queue|celery|sidekiq|bull|(?<![a-z])jobs?(?![a-z])", re.IGNORECASE),
    "primary": re.compile(r"rank|leader|(?<![a-z])geo|stream|store", re.IGNORECASE),
}
"""Words by which people say what a cache is for, sessions apart."""

_FEW_ITEMS = 1000
_WEEK = 7


def _roles(tags: Tags, *names: str) -> set[str]:
    """What its names and the values of its tags say that a cache is for."""
    return {role for text in (*names, *own_words(tags)) for role in _said_by(text)}


def _said_by(text: str) -> set[str]:
    """What a single name says: the cache of sessions (`session-cache`) is a session store."""
    found = {role for role, words in _ROLES.items() if words.search(text)}
    return found - {"cache"} | {"session"} if sessions(text) else found


def _cluster_roles(cluster: CacheCluster, tags: Tags) -> set[str]:
    return _roles(tags, cluster.replication_group or cluster.identifier, cluster.parameter_group or "")


def _repeats(cluster: CacheCluster, groups: Every[ReplicationGroup]) -> bool:
    """Whether it only holds a copy of what another node of its shard holds."""
    group = next((one for one in groups.within(cluster.region) if one.group == cluster.replication_group), None)
    shard = (
        next((s for s in group.shards if any(m.cluster == cluster.identifier for m in s.members)), None)
        if group
        else None
    )
    if shard is None:
        return False
    primary = next((one for one in shard.members if one.role == "primary"), shard.members[0])
    return primary.cluster != cluster.identifier


@check(severity=Severity.MEDIUM, practices=["PERF03-BP05", "PERF05-BP07"])
def elasticache_hit_rate_above_target(
    cluster: CacheCluster,
    hits: Hits,
    misses: Misses,
    get_hits: GetHits,
    get_misses: GetMisses,
    tags: Tags,
    *,
    min_rate: float = 0.85,
    min_requests: int = 10000,
) -> Verdict:
    """Application caches hit more than 85 percent of reads.

    Why: every miss costs the round trip to the cache and the query that the cache was to save.
    Fix: cache what is read often and give it a longer time to live, spread expiry so that keys do not end at once, and
        enlarge a cache that evicts.
    """
    roles = _cluster_roles(cluster, tags)
    if roles and "cache" not in roles:
        return not_applicable(f"it holds {' and '.join(sorted(roles))} data, whose misses are no waste")
    found, missed = (get_hits, get_misses) if cluster.is_memcached else (hits, misses)
    requests = found.total + missed.total
    if requests < min_requests:
        return not_applicable(f"it had {requests:.0f} reads in 14 days")
    rate = found.total / requests
    worst = min((day for day in map(_rate, found.values, missed.values) if day is not None), default=rate)
    text = f"{rate:.0%} of {requests:.0f} reads hit, {worst:.0%} on the worst day"
    if rate >= min_rate:
        return passed(text, hit_rate=round(rate, 3))
    severity = Severity.HIGH if rate < 0.5 else Severity.MEDIUM  # noqa: PLR2004 - more misses than hits
    return failed(f"{text}: less than {min_rate:.0%}", severity=severity, hit_rate=round(rate, 3))


def _rate(hits: float, misses: float) -> float | None:
    return hits / (hits + misses) if hits + misses else None


@check(severity=Severity.HIGH, practices=["REL05-BP06", "PERF03-BP02"])
def elasticache_session_store_never_evicts(
    cluster: CacheCluster,
    parameters: CacheParameters,
    evictions: Evictions,
    memory: Memory,
    tags: Tags,
    *,
    max_memory_percent: int = 80,
) -> Verdict:
    """The session store never evicts.

    Why: an evicted session logs its user out in the middle of what he was doing.
    Fix: give the session store a parameter group with maxmemory-policy noeviction, reserve 25 percent of the memory,
        and enlarge it before its memory reaches max_memory_percent.
    """
    if "session" not in _cluster_roles(cluster, tags):
        return not_applicable("nothing says that it holds sessions")
    if cluster.is_memcached:
        return not_applicable("Memcached always evicts; that it holds sessions is judged by itself")
    if evictions.total:
        return failed(f"it evicted {evictions.total:.0f} keys in 14 days")
    if parameters.eviction_policy is None:
        return unknown("its parameter group names no maxmemory-policy")
    if parameters.eviction_policy != "noeviction":
        return failed(f"its maxmemory-policy is {parameters.eviction_policy}, so a full store drops sessions")
    if memory and memory.maximum > max_memory_percent:
        return failed(f"its memory was {memory.maximum:.0f} percent full; a full store refuses logins")
    reserved = parameters.reserved_memory_percent
    if reserved is not None and reserved < 25:  # noqa: PLR2004 - AWS's recommendation
        return failed(f"it reserves {reserved:.0f} percent of its memory, less than 25", severity=Severity.LOW)
    return passed("it keeps every key (noeviction), and evicted none in 14 days")


@check(severity=Severity.MEDIUM, practices=["PERF03-BP02", "PERF03-BP05"])
def elasticache_application_cache_uses_lru(
    cluster: CacheCluster,
    parameters: CacheParameters,
    items: Items,
    expiring: ExpiringItems,
    tags: Tags,
    *,
    allowed_policies: tuple[str, ...] = ("allkeys-lru", "volatile-lru", "allkeys-lfu", "volatile-lfu"),
    min_ttl_share: float = 0.9,
) -> Verdict:
    """The application cache evicts least recently used keys.

    Why: with noeviction a full cache refuses writes, and with a volatile policy keys without a time to live are never
        evicted and crowd out the rest.
    Fix: set maxmemory-policy of the parameter group to allkeys-lru, or give every key a time to live.
    """
    if cluster.is_memcached:
        return not_applicable("Memcached evicts the least recently used by design")
    roles = _cluster_roles(cluster, tags)
    if "cache" not in roles or "session" in roles:
        return not_applicable("nothing says that it is an application cache, and no session store")
    policy = parameters.eviction_policy
    if policy is None:
        return unknown("its parameter group names no maxmemory-policy")
    if policy == "noeviction":
        return failed("its maxmemory-policy is noeviction, so a full cache refuses writes")
    if policy not in allowed_policies:
        return failed(f"its maxmemory-policy is {policy}, which evicts keys in use", severity=Severity.LOW)
    if policy.startswith("volatile") and not items:
        return unknown(f"its maxmemory-policy is {policy}, and CloudWatch has no CurrItems of it")
    if policy.startswith("volatile") and items.total and expiring.total / items.total < min_ttl_share:
        share = expiring.total / items.total
        return failed(f"its maxmemory-policy is {policy}, but only {share:.0%} of its keys have a time to live")
    return passed(f"its maxmemory-policy is {policy}")


@check(severity=Severity.MEDIUM, practices=["PERF03-BP05"])
def elasticache_application_cache_keys_expire(
    cluster: CacheCluster,
    items: Items,
    expiring: ExpiringItems,
    daily: DailyItems,
    tags: Tags,
    groups: Every[ReplicationGroup],
    *,
    min_ttl_share: float = 0.9,
) -> Verdict:
    """Keys of the application cache carry a time to live.

    Why: keys that never expire pile up until the memory is full, and serve what has long changed.
    Fix: set a time to live on every write (SET with EX), and look for keys without one with SCAN and TTL.
    """
    if cluster.is_memcached:
        return not_applicable("Memcached does not tell which keys expire")
    roles = _cluster_roles(cluster, tags)
    if not roles & {"cache", "session"}:
        return not_applicable("nothing says that it is a cache or a session store")
    if _repeats(cluster, groups):
        return not_applicable("it repeats the keys of its primary")
    if not items:
        return unknown("CloudWatch has no CurrItems of it")
    if items.average < _FEW_ITEMS:
        return not_applicable(f"it holds {items.average:.0f} keys")
    share = expiring.total / items.total
    text = f"{share:.1%} of its {items.average:.0f} keys have a time to live"
    if share < min_ttl_share:
        return failed(f"{text}, less than {min_ttl_share:.0%}", ttl_share=round(share, 3))
    grows = len(daily.values) >= _WEEK and all(after > before * 1.05 for before, after in pairwise(daily.values))
    if grows and share < 0.99:  # noqa: PLR2004 - all but all of them
        return failed(f"{text}, and their number grew by more than 5 percent on each day of a week")
    return passed(text, ttl_share=round(share, 3))


@check(severity=Severity.MEDIUM, practices=["REL05-BP06", "PERF03-BP01"])
def elasticache_redis_is_primary_engine(cluster: CacheCluster, tags: Tags) -> Verdict:
    """Memcached is not the store for sessions.

    Why: Memcached has neither replicas nor failover; a lost node logs out everyone whose session was on it.
    Fix: keep sessions in a Redis OSS or Valkey replication group with automatic failover, or in DynamoDB.
    """
    if not cluster.is_memcached:
        return not_applicable(f"its engine is {cluster.engine}")
    if "session" in _cluster_roles(cluster, tags):
        return failed(f"it holds sessions on {cluster.node_count} Memcached nodes without replicas")
    return passed("nothing says that it holds sessions")


@check(severity=Severity.HIGH, practices=["SEC09-BP02", "SEC08-BP02", "SEC09-BP03"])
def elasticache_session_store_encrypted_and_authenticated(group: ReplicationGroup, tags: Tags) -> Verdict:
    """Session data is encrypted in transit and at rest and needs authentication.

    Why: whoever reads a session from the wire, a backup or an open port is its user.
    Fix: turn on TransitEncryptionEnabled in the mode required and AtRestEncryptionEnabled, and set an AuthToken or user
        groups; encryption at rest needs a new group.
    """
    if "session" not in _roles(tags, group.group, group.description):
        return not_applicable("nothing says that it holds sessions")
    missing = [
        *([] if group.transit_encryption else ["encryption in transit"]),
        *([] if group.at_rest_encryption else ["encryption at rest"]),
        *([] if group.authenticates else ["authentication"]),
    ]
    if missing:
        return failed(f"it has no {' and no '.join(missing)}")
    if group.transit_encryption_mode == "preferred":
        return failed(
            "plaintext connections are still accepted (TransitEncryptionMode preferred)", severity=Severity.MEDIUM
        )
    return passed("it is encrypted in transit and at rest and asks for authentication")


EngineCpu = Annotated[
    Metric,
    metric("AWS/ElastiCache", "EngineCPUUtilization", "Maximum", days=14, period=300, CacheClusterId="identifier"),
]
_WEEK_OF_SPANS = 7 * 24 * 12
_READ_METRICS = ("CacheHits", "CacheMisses", "CacheHitRate", "GetHits", "GetMisses")
_PRESSURE_METRICS = ("Evictions", "DatabaseMemoryUsagePercentage")


@check(severity=Severity.LOW, practices=["PERF03-BP02", "PERF02-BP05"])
def elasticache_cluster_mode_for_scaling(
    cluster: CacheCluster, cpu: EngineCpu, groups: Every[ReplicationGroup], *, cpu_percent: int = 70
) -> Verdict:
    """Redis scales horizontally with cluster mode or read replicas.

    Why: one primary runs commands on one core; when that is busy, every client waits, whatever the size of the node.
    Fix: turn on cluster mode and add shards, or add replicas and send reads to the reader endpoint.
    """
    group = next((one for one in groups.within(cluster.region) if one.group == cluster.replication_group), None)
    if cluster.is_memcached or group is None:
        return not_applicable("it is Memcached, or part of no replication group")
    if _repeats(cluster, groups):
        return not_applicable("it is a replica of another node")
    if group.cluster_mode == "compatible":
        return failed("cluster mode is still in transition (compatible)", severity=Severity.INFORMATIONAL)
    if group.cluster_mode_enabled:
        if len(group.shards) == 1 and len(group.shards[0].members) == 1:
            return failed("cluster mode is on, but there is one shard without replicas")
        return passed(f"cluster mode is on, with {len(group.shards)} shards")
    if len(cpu.values) < _WEEK_OF_SPANS:
        return not_applicable("CloudWatch has less than seven days of it")
    busy = cpu.percentile(95)
    text = f"the engine of its primary is busy to {busy:.0f} percent, and cluster mode is off"
    return failed(text, cpu_p95=busy) if busy > cpu_percent else passed(text, cpu_p95=busy)


@check(severity=Severity.LOW, practices=["OPS04-BP04", "PERF05-BP02", "OPS08-BP05"])
def elasticache_hit_rate_monitored(
    cluster: CacheCluster, groups: Every[ReplicationGroup], alarms: ActingAlarms, bodies: Every[DashboardBody]
) -> Verdict:
    """Cache hits, misses and evictions are watched by alarms or dashboards.

    Why: a cache that stops to hit or starts to evict is only seen when the database behind it is overloaded.
    Fix: put an alarm with an action on CacheHitRate (GetMisses for Memcached), Evictions or
        DatabaseMemoryUsagePercentage of each cache, or show hits and misses on a dashboard.
    """
    if _repeats(cluster, groups):
        return not_applicable("it repeats the keys of its primary, which is judged by itself")
    nodes = _nodes_with(cluster, groups)
    for name in (*_READ_METRICS, *_PRESSURE_METRICS):
        if any(alarms.watch(cluster.region, "AWS/ElastiCache", name, CacheClusterId=node) for node in nodes):
            return passed(f"an alarm watches its {name}")
    for body in chain(bodies.known(), bodies):  # strict once none that is known shows it
        if shown := next((name for name in _READ_METRICS if _shows(body, name, nodes)), None):
            return passed(f"a dashboard shows its {shown}")
    return failed(f"no alarm that acts and no dashboard watches hits, misses or evictions of {', '.join(nodes)}")


def _nodes_with(cluster: CacheCluster, groups: Every[ReplicationGroup]) -> tuple[str, ...]:
    """The node and those that share its replication group."""
    own = (one for one in groups.within(cluster.region) if one.group == cluster.replication_group)
    members = (node for group in own for node in group.member_clusters)
    return tuple(dict.fromkeys((cluster.identifier, *members)))


def _shows(body: DashboardBody, name: str, nodes: tuple[str, ...]) -> bool:
    """Whether a dashboard shows a metric of one of the nodes."""
    return body.names(f'"{name}"') and any(body.names(f'"{node}"') for node in nodes)


@check(severity=Severity.MEDIUM, practices=["REL03-BP01", "PERF03-BP01"])
def elasticache_session_and_cache_separated(
    cluster: CacheCluster, groups: Every[ReplicationGroup], tags: Tags, tiers: Tiers
) -> Verdict:
    """Sessions and application cache live in separate Redis instances.

    Why: one eviction policy cannot serve both: either a full cache logs users out, or sessions make it refuse writes.
    Fix: give sessions a replication group of their own with maxmemory-policy noeviction, and the application cache one
        with allkeys-lru.
    """
    if cluster.is_memcached:
        return not_applicable("Memcached is no store for sessions; where it holds them is judged by itself")
    if _repeats(cluster, groups):
        return not_applicable("it repeats the keys of its primary, which is judged by itself")
    said = {
        **_purposes(f"it is called {cluster.replication_group or cluster.identifier}", cluster),
        **{role: f"a tag says {word}" for word in own_words(tags) for role in _one_role(word)},
        **_named_by_workloads(cluster, tiers),
    }
    if said.keys() >= {"session", "cache"}:
        return failed(f"it holds sessions ({said['session']}) and cached data ({said['cache']})")
    tiers.topology.gaps.none_of(USERS, cluster.region)
    if "session" not in said:
        return not_applicable("nothing says that it holds sessions")
    return passed(f"it holds sessions ({said['session']}), and nothing says that it is a cache too")


def _one_role(text: str) -> set[str]:
    return _said_by(text) & {"session", "cache"}


def _purposes(called: str, cluster: CacheCluster) -> dict[str, str]:
    name, group = cluster.replication_group or cluster.identifier, cluster.parameter_group or ""
    by_group = dict.fromkeys(_one_role(group), f"its parameter group is {group}")
    return by_group | dict.fromkeys(_one_role(name), called)


def _named_by_workloads(cluster: CacheCluster, tiers: Tiers) -> dict[str, str]:
    """What the variables are called through which workloads find it."""
    node = tiers.node(cluster)
    edges = (edges for _, edges in tiers.topology.into(node, "environment")) if node else ()
    names = sorted({edge.value for found in edges for edge in found})
    return {role: f"a workload knows it as {name}" for name in names for role in _one_role(name.replace("_", "-"))}


@check(severity=Severity.LOW, practices=["PERF03-BP05", "PERF03-BP04"])
def elasticache_present_for_read_heavy_database(
    instance: DbInstance,
    selects: Selects,
    changes: Changes,
    reads: Reads,
    writes: Writes,
    cpu: Cpu,
    tiers: Tiers,
    *,
    min_read_share: float = 0.8,
    min_reads_per_second: float = 200,
    min_cpu_percent: float = 50,
) -> Verdict:
    """Read-heavy databases have a cache in front of them.

    Why: a database that answers the same questions again and again is sized for reads that memory answers for less.
    Fix: put ElastiCache for Valkey between the application and the database, and keep what is read often with a time
        to live. Thresholds: `min_read_share` of all operations, and a load of `min_reads_per_second` or a 95th
        percentile of `min_cpu_percent`.
    """
    if instance.is_replica:
        return not_applicable("a read replica follows its source")
    read, written = (selects, changes) if selects else (reads, writes)
    if not read or not (read.average + (written.average if written else 0)):
        return not_applicable("it had no traffic in 14 days")
    share = read.average / (read.average + (written.average if written else 0))
    busy = cpu.percentile(95) if cpu else 0.0
    text = f"{share:.0%} of its operations are reads, {read.average:.0f} a second"
    if share <= min_read_share or (read.average <= min_reads_per_second and busy <= min_cpu_percent):
        return passed(f"{text}, with processors busy to {busy:.0f} %")
    node = tiers.node(instance)
    users = [tie.node for tie in tiers.topology.users(node) if tie.node.kind in COMPUTE] if node else []
    serving = [one for one in users if tiers.topology.is_routed(one)]
    if not serving:
        tiers.topology.gaps.none_of((*USERS, *BEHIND, SecurityGroup), instance.region)
        return not_applicable("no workload that serves requests is known to use it")
    cached = next((tie.node for one in serving for tie in tiers.topology.uses(one) if _caches_queries(tie.node)), None)
    if cached:
        return passed(f"{text}, and {cached.name} caches for what uses it")
    for one in serving:
        tiers.topology.gaps.none_of(use_evidence(one.kind), instance.region)
    named = ", ".join(one.name for one in serving[:5])
    return failed(f"{text}, and {named} use no cache", read_share=round(share, 2), reads_per_second=round(read.average))


def _caches_queries(node: Node) -> bool:
    """Whether a cache can hold what a database answered: DAX holds what DynamoDB does."""
    return node.kind == "cache" and not isinstance(node.resource, DaxCluster)
