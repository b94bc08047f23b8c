"""Data tier (relational)."""

from typing import Annotated, Any

from auditor.every import Every
from auditor.evidence.application_autoscaling import ScalableTarget, ScalingPolicy, scaled_key
from auditor.evidence.ec2_network import SecurityGroup
from auditor.evidence.lambda_ import Function
from auditor.evidence.purpose import nonproduction
from auditor.evidence.rds import DbCluster, DbInstance, DbProxy, DbProxyTargets, GlobalCluster
from auditor.inference.tiers import Tiers
from auditor.metrics import Metric, MetricSpec, metric
from auditor.model import Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_GIB = 2**30
_WEEK_OF_HOURS = 7 * 24
_MICROSECONDS = 1000
_ADVANCED_DAYS = 465
"""Retention that Database Insights in its advanced mode needs (RDS user guide)."""

FreeStorage = Annotated[
    Metric, metric("AWS/RDS", "FreeStorageSpace", "Minimum", days=14, period=3600, DBInstanceIdentifier="identifier")
]
Connections = Annotated[
    Metric, metric("AWS/RDS", "DatabaseConnections", "Maximum", days=14, period=300, DBInstanceIdentifier="identifier")
]
AuroraLag = Annotated[
    Metric, metric("AWS/RDS", "AuroraReplicaLag", "Maximum", days=14, period=300, DBInstanceIdentifier="identifier")
]
ReplicaLag = Annotated[
    Metric, metric("AWS/RDS", "ReplicaLag", "Maximum", days=14, period=300, DBInstanceIdentifier="identifier")
]
Reads = Annotated[
    Metric, metric("AWS/RDS", "ReadIOPS", "Average", days=14, period=3600, DBInstanceIdentifier="identifier")
]
Writes = Annotated[
    Metric, metric("AWS/RDS", "WriteIOPS", "Average", days=14, period=3600, DBInstanceIdentifier="identifier")
]
Selects = Annotated[
    Metric, metric("AWS/RDS", "SelectThroughput", "Average", days=14, period=3600, DBInstanceIdentifier="identifier")
]
Changes = Annotated[
    Metric, metric("AWS/RDS", "DMLThroughput", "Average", days=14, period=3600, DBInstanceIdentifier="identifier")
]
Cpu = Annotated[
    Metric, metric("AWS/RDS", "CPUUtilization", "Average", days=14, period=300, DBInstanceIdentifier="identifier")
]
ReadLatency = Annotated[
    Metric, metric("AWS/RDS", "ReadLatency", "Average", days=14, period=300, DBInstanceIdentifier="identifier")
]
Pinned = Annotated[
    Metric,
    metric("AWS/RDS", "DatabaseConnectionsCurrentlySessionPinned", "Average", days=14, period=3600, ProxyName="proxy"),
]
Pooled = Annotated[Metric, metric("AWS/RDS", "DatabaseConnections", "Average", days=14, period=3600, ProxyName="proxy")]
BorrowLatency = Annotated[
    Metric, metric("AWS/RDS", "DatabaseConnectionsBorrowLatency", "Maximum", days=14, period=300, ProxyName="proxy")
]


def _has_small_class(instance: DbInstance) -> bool:
    """Whether it is of a class on which its engine has no Performance Insights (RDS and Aurora user guides)."""
    _, family, size, *_ = (*instance.instance_class.split("."), "", "")
    if instance.engine == "aurora-mysql" and family in ("t2", "t3"):
        return True
    return (
        instance.engine in ("mysql", "mariadb", "aurora-mysql")
        and family in ("t2", "t3", "t4g")
        and size in ("micro", "small")
    )


@check(severity=Severity.MEDIUM, practices=["PERF03-BP03", "OPS04-BP04"])
def rds_database_insights_enabled(instance: DbInstance, *, retention_days: int = 7) -> Verdict:
    """Performance Insights or Database Insights is enabled on every database.

    Why: without it nobody can say afterwards which queries made the database slow.
    Fix: set DatabaseInsightsMode to standard or advanced with EnablePerformanceInsights (ModifyDBInstance); keep at
        least retention_days, and 465 days in advanced mode.
    """
    if instance.is_docdb or instance.is_neptune or instance.is_custom:
        return not_applicable(f"{instance.engine} has no Performance Insights of RDS")
    days, mode = instance.performance_insights_days or 0, instance.insights_mode or "standard"
    if not instance.performance_insights and _has_small_class(instance):
        reason = f"Performance Insights is off; {instance.instance_class} does not offer it for {instance.engine}"
        return failed(reason, severity=Severity.INFORMATIONAL)
    if not instance.performance_insights:
        return failed("Performance Insights is off")
    wanted = _ADVANCED_DAYS if mode == "advanced" else retention_days
    if days < wanted:
        return failed(f"it keeps {days} days in {mode} mode, less than {wanted}", severity=Severity.LOW)
    return passed(f"Database Insights is on in {mode} mode and keeps {days} days")


@check(severity=Severity.LOW, practices=["PERF03-BP03", "OPS04-BP04"])
def rds_enhanced_monitoring_enabled(instance: DbInstance, *, max_interval: int = 60) -> Verdict:
    """Enhanced Monitoring is enabled on every database.

    Why: CloudWatch measures the virtual machine from outside; which process took the memory or waited for the disk is
        seen from inside only.
    Fix: set MonitoringInterval to max_interval seconds or less, with a MonitoringRoleArn (ModifyDBInstance).
    """
    if instance.is_docdb or instance.is_neptune:
        return not_applicable(f"{instance.engine} has no Enhanced Monitoring")
    seconds = instance.monitoring_interval
    if not seconds:
        return failed("Enhanced Monitoring is off")
    if seconds > max_interval:
        return failed(f"it measures every {seconds} seconds, less often than every {max_interval}")
    if not instance.monitoring_role:
        return failed("Enhanced Monitoring has no role to write with")
    return passed(f"Enhanced Monitoring measures every {seconds} seconds")


@check(severity=Severity.MEDIUM, practices=["REL07-BP01", "REL01-BP03"])
def rds_storage_grows_automatically(instance: DbInstance, free: FreeStorage, *, min_free_percent: int = 20) -> Verdict:
    """Relational storage grows by itself and keeps headroom.

    Why: a database whose disk is full stops taking writes, and goes into the state storage-full.
    Fix: set MaxAllocatedStorage well above AllocatedStorage (ModifyDBInstance), and alarm on FreeStorageSpace.
    """
    if instance.is_cluster_member:
        return not_applicable("its cluster holds the data")
    if instance.is_replica:
        return not_applicable("a read replica follows its source")
    if instance.is_custom:
        return not_applicable("RDS Custom leaves storage to its customer")
    allocated, limit = instance.allocated_gib, instance.max_allocated_gib
    grows = limit is not None and limit > allocated * 1.1
    if free:
        percent = min(free.values[-_WEEK_OF_HOURS:]) / _GIB / allocated * 100
        if percent < min_free_percent:
            return failed(f"{percent:.0f} percent of {allocated} GiB were free at the least", severity=Severity.HIGH)
        if not grows and (days := _days_to_full(free)) is not None and days < 30:  # noqa: PLR2004 - a month
            return failed(
                f"its {allocated} GiB will be full in {days:.0f} days and do not grow", severity=Severity.HIGH
            )
    if limit is None:
        return failed(f"its {allocated} GiB do not grow: MaxAllocatedStorage is not set")
    if not grows:
        return failed(f"its {allocated} GiB may grow to {limit} GiB only")
    if not free:
        return unknown("CloudWatch has no FreeStorageSpace of it")
    return passed(f"its {allocated} GiB may grow to {limit} GiB")


def _days_to_full(free: Metric) -> float | None:
    """When a straight line through the hourly free space reaches zero; None where it does not fall, or is too short."""
    count = len(free.values)
    if count < _WEEK_OF_HOURS:
        return None
    middle, average = (count - 1) / 2, free.average
    spread = sum((hour - middle) ** 2 for hour in range(count))
    slope = sum((hour - middle) * (value - average) for hour, value in enumerate(free.values)) / spread
    return None if slope >= 0 else max(average + slope * (count - 1 - middle), 0) / -slope / 24


@check(severity=Severity.LOW, practices=["PERF03-BP02", "OPS05-BP03"])
def rds_custom_parameter_group(instance: DbInstance) -> Verdict:
    """Databases use a tuned parameter group instead of the default.

    Why: the default group cannot be changed, so the first parameter that must change at night needs a new group and a
        restart.
    Fix: make a parameter group of the engine's family, attach it (ModifyDBInstance), and reboot where a change is
        pending.
    """
    if reason := nonproduction(instance.tags):
        return not_applicable(f"it is tagged {reason}")
    if instance.is_cluster_member and not (instance.is_aurora or instance.is_neptune):
        return not_applicable("only its cluster has a parameter group that can be chosen")
    for one in instance.parameter_groups:
        if one.is_default:
            return failed(f"it uses the default group {one.group}")
        if one.status in ("pending-reboot", "failed-to-apply"):
            return failed(f"its parameter group {one.group} is {one.status}")
    if not instance.parameter_groups:
        return unknown("AWS names no parameter group of it")
    return passed(f"it uses the parameter group {', '.join(one.group for one in instance.parameter_groups)}")


@check(severity=Severity.LOW, practices=["PERF03-BP02", "OPS05-BP03"])
def rds_cluster_custom_parameter_group(cluster: DbCluster, instances: Every[DbInstance]) -> Verdict:
    """Database clusters use a tuned parameter group, and one for all their instances.

    Why: the default group cannot be changed, and members with different groups behave differently after a failover.
    Fix: make a cluster parameter group of the engine's family and attach it (ModifyDBCluster); give all members the
        same instance parameter group, and reboot those whose change is pending.
    """
    if reason := nonproduction(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.parameter_group is None:
        return unknown("AWS names no parameter group of it")
    if cluster.parameter_group.startswith("default."):
        return failed(f"it uses the default group {cluster.parameter_group}")
    pending = sorted(one.instance for one in cluster.members if one.parameter_group_status == "pending-reboot")
    if pending:
        return failed(f"the parameters of {', '.join(pending)} wait for a reboot")
    members = {one.instance for one in cluster.members}
    groups = {
        group.group
        for one in instances.within(cluster.region)
        if one.identifier in members
        for group in one.parameter_groups
    }
    if len(groups) > 1:
        return failed(f"its instances use different parameter groups: {', '.join(sorted(groups))}")
    return passed(f"it uses the parameter group {cluster.parameter_group}")


@check(severity=Severity.MEDIUM, practices=["PERF03-BP04", "REL05-BP02"])
def rds_proxy_over_connection_threshold(
    instance: DbInstance,
    connections: Connections,
    targets: Every[DbProxyTargets],
    tiers: Tiers,
    *,
    max_connections: int = 100,
    lambda_max_connections: int = 20,
) -> Verdict:
    """Databases above 100 connections are reached through RDS Proxy.

    Why: every connection takes memory of the database, and a burst of clients, or all of them after a failover, uses
        up what is left.
    Fix: put an RDS Proxy before the database (CreateDBProxy, RegisterDBProxyTargets) and point the clients at it.
        Thresholds: `max_connections`, and `lambda_max_connections` where functions, which open one each, use it.
    """
    if instance.is_docdb or instance.is_neptune:
        return not_applicable(f"{instance.engine} has no RDS Proxy")
    if not connections:
        return unknown("CloudWatch has no DatabaseConnections of it")
    high = connections.percentile(99)
    function, most = "", max_connections
    if lambda_max_connections < high <= max_connections:
        function = _function_on(instance, tiers)
        most = lambda_max_connections if function else most
    if high <= most:
        return passed(f"99 percent of its connection counts are within {high:.0f}", connections_p99=high)
    names = {name for name in (instance.identifier, instance.cluster) if name}
    behind = (one for proxy in targets.within(instance.region) for one in proxy.targets if names & one.names)
    if any(one.health == "AVAILABLE" for one in behind):
        return passed(f"it has up to {high:.0f} connections and stands behind a proxy", connections_p99=high)
    of = f", the function {function} uses it" if function else ""
    text = f"it has up to {high:.0f} connections, more than {most}{of}, and no proxy before it"
    if instance.engine.startswith(("oracle", "custom-", "db2")):
        return failed(f"{text}; {instance.engine} is not supported", severity=Severity.INFORMATIONAL)
    return failed(text, connections_p99=high)


def _function_on(instance: DbInstance, tiers: Tiers) -> str:
    """A function that uses a database; empty where none does."""
    node = tiers.node(instance)
    users = tiers.topology.users(node) if node else ()
    found = next((tie.node.name for tie in users if tie.node.kind == "function"), "")
    if not found:
        tiers.topology.gaps.none_of((Function, SecurityGroup), instance.region)
    return found


@check(severity=Severity.LOW, practices=["PERF03-BP04"])
def rds_proxy_sessions_not_pinned(
    proxy: DbProxy,
    targets: DbProxyTargets,
    pinned: Pinned,
    pooled: Pooled,
    latency: BorrowLatency,
    *,
    pinned_share: float = 0.3,
    borrow_ms: int = 100,
) -> Verdict:
    """RDS Proxy multiplexes instead of pinning sessions.

    Why: a pinned session keeps its database connection to itself, so the proxy costs time and saves nothing.
    Fix: find the cause in the proxy's log (SET statements, temporary tables, prepared statements), move settings to
        InitQuery, add SessionPinningFilters, and repair targets that are unavailable.
    """
    if not pooled or not pooled.maximum:
        return not_applicable("the proxy had no connection in 14 days")
    if not proxy.requires_tls:
        return failed("it accepts clients without TLS", severity=Severity.MEDIUM)
    if down := next((one for one in targets.targets if one.health == "UNAVAILABLE"), None):
        return failed(
            f"its target {down.resource or down.cluster} is unavailable: {down.health_reason or 'no reason given'}"
        )
    share = pinned.total / pooled.total
    if share > pinned_share:
        return failed(f"{share:.0%} of its connections are pinned on average, more than {pinned_share:.0%}")
    if latency and latency.percentile(95) > borrow_ms * _MICROSECONDS:
        wait = latency.percentile(95) / _MICROSECONDS
        return failed(f"clients wait up to {wait:.0f} ms for a connection, more than {borrow_ms}")
    return passed(f"{share:.0%} of its connections are pinned on average")


@check(severity=Severity.MEDIUM, practices=["PERF03-BP03"])
def rds_reader_replica_lag_low(
    instance: DbInstance,
    aurora_lag: AuroraLag,
    lag: ReplicaLag,
    clusters: Every[DbCluster],
    *,
    aurora_ms: int = 100,
    replica_seconds: int = 30,
) -> Verdict:
    """Readers in the region keep up with the writer.

    Why: a reader that lags shows users what they have just changed as it was before.
    Fix: give the reader the writer's class, split long transactions and bulk loads, and send reads that must be fresh
        to the writer.
    """
    if instance.is_cluster_member:
        if not instance.is_aurora or _is_writer(instance, clusters):
            return not_applicable("it is no reader of Aurora")
        if not aurora_lag:
            return not_applicable("CloudWatch has no AuroraReplicaLag of it yet")
        return _lag_within(aurora_lag, aurora_ms, "ms")
    if not instance.is_replica or instance.source_region:
        return not_applicable("it is no replica of an instance in its region")
    if not lag:
        return not_applicable("CloudWatch has no ReplicaLag of it yet")
    if -1 in lag.values:
        return failed("its replication stood still: ReplicaLag was -1 in the last 14 days")
    return _lag_within(lag, replica_seconds, "seconds")


def _lag_within(lag: Metric, most: int, unit: str) -> Verdict:
    high = lag.percentile(99)
    if high > most:
        return failed(f"99 percent of its lags reach {high:.0f} {unit}, more than {most}", lag_p99=high)
    return passed(f"99 percent of its lags are within {high:.0f} {unit}", lag_p99=high)


def _is_writer(instance: DbInstance, clusters: Every[DbCluster]) -> bool:
    here = (one for one in clusters.within(instance.region) if one.identifier == instance.cluster)
    return any(one.writer is not None and one.writer.instance == instance.identifier for one in here)


@check(severity=Severity.MEDIUM, practices=["PERF03-BP04", "PERF03-BP02"])
def rds_read_heavy_has_replicas(
    instance: DbInstance,
    reads: Reads,
    writes: Writes,
    selects: Selects,
    changes: Changes,
    cpu: Cpu,
    latency: ReadLatency,
    clusters: Every[DbCluster],
    *,
    min_read_share: float = 0.7,
    cpu_percent: int = 60,
    latency_ms: int = 20,
) -> Verdict:
    """Read-heavy databases have read replicas.

    Why: the one instance that takes all writes also takes all reads, and slows both down when it is loaded.
    Fix: add a read replica, or a reader to the cluster, and send reads that may be a moment old to it.
    """
    if instance.is_replica or (instance.is_cluster_member and not _is_writer(instance, clusters)):
        return not_applicable("it takes no writes")
    if len(reads.values) < _WEEK_OF_HOURS or not cpu:
        return not_applicable("CloudWatch has less than seven days of it")
    asked, changed = (selects, changes) if selects and changes else (reads, writes)
    both = asked.average + (changed.average if changed else 0)
    share = asked.average / both if both else 0
    busy, slow = cpu.percentile(95), latency.percentile(95) * 1000 if latency else 0
    text = f"{share:.0%} of its work is reads, its processor is busy to {busy:.0f} percent"
    if share <= min_read_share or (busy <= cpu_percent and slow <= latency_ms):
        return passed(text, read_share=round(share, 3), cpu_p95=busy)
    if instance.local_replicas or _has_readers(instance, clusters):
        return passed(f"{text}, and it has readers", read_share=round(share, 3), cpu_p95=busy)
    return failed(
        f"{text}, a read takes up to {slow:.0f} ms, and it has no reader", read_share=round(share, 3), cpu_p95=busy
    )


def _has_readers(instance: DbInstance, clusters: Every[DbCluster]) -> bool:
    here = (one for one in clusters.within(instance.region) if one.identifier == instance.cluster)
    return any(one.readers for one in here)


def _of_role(name: str, role: str, statistic: str = "Average", period: int = 3600, days: int = 14) -> MetricSpec:
    """A metric of the writer, or of all readers together, of an Aurora cluster."""
    return metric(
        "AWS/RDS",
        name,
        statistic,
        days=days,
        period=period,
        DBClusterIdentifier="identifier",
        Role=f"={role}",
    )


WriterConnections = Annotated[Metric, _of_role("DatabaseConnections", "WRITER")]
ReaderConnections = Annotated[Metric, _of_role("DatabaseConnections", "READER")]
MostConnections = Annotated[Metric, _of_role("DatabaseConnections", "READER", "Maximum", 60, 1)]
LeastConnections = Annotated[Metric, _of_role("DatabaseConnections", "READER", "Minimum", 60, 1)]
"""By the minute, in which each reader counts once: the greatest and least of them."""
WriterCpu = Annotated[Metric, _of_role("CPUUtilization", "WRITER", period=300)]
ReaderCpu = Annotated[Metric, _of_role("CPUUtilization", "READER", period=300)]
WriterSelects = Annotated[Metric, _of_role("SelectThroughput", "WRITER")]
WriterChanges = Annotated[Metric, _of_role("DMLThroughput", "WRITER")]
WriterReads = Annotated[Metric, _of_role("ReadIOPS", "WRITER")]
WriterWrites = Annotated[Metric, _of_role("WriteIOPS", "WRITER")]
ServerlessUnits = Annotated[
    Metric,
    metric("AWS/RDS", "ServerlessDatabaseCapacity", "Maximum", days=14, period=300, DBClusterIdentifier="identifier"),
]
_BUSY = 50
_FEW_CONNECTIONS = 10
_UNEVEN = 4


@check(severity=Severity.MEDIUM, practices=["PERF03-BP04", "COST06-BP02"])
def rds_reader_endpoint_used(
    cluster: DbCluster,
    writer_connections: WriterConnections,
    connections: ReaderConnections,
    most: MostConnections,
    least: LeastConnections,
    writer_cpu: WriterCpu,
    cpu: ReaderCpu,
    *,
    min_reader_connections: int = 2,
    min_reader_share: float = 0.2,
) -> Verdict:
    """Readers serve queries through the reader endpoint.

    Why: readers that nobody asks are paid for, while the writer takes all the load alone.
    Fix: send reads that may be a moment old to the cluster's reader endpoint, which spreads connections over all
        readers, and let clients hold neither the writer's nor an instance's endpoint for them.
    """
    if not cluster.is_aurora or not cluster.readers:
        return not_applicable("it is no Aurora cluster with readers")
    if not (writer_connections and connections and writer_cpu and cpu):
        return unknown("CloudWatch lacks connections or CPUUtilization of its writer or readers")
    busy, mine = writer_cpu.percentile(95), connections.average
    text = f"its {len(cluster.readers)} readers have {mine:.1f} connections on average, its writer "
    text += f"{writer_connections.average:.1f} and a processor that is busy to {busy:.0f} percent"
    facts: dict[str, Any] = {"reader_connections": round(mine, 1), "writer_cpu_p95": busy}
    if mine < min_reader_connections and writer_connections.average > _FEW_CONNECTIONS:
        severity = Severity.MEDIUM if busy > _BUSY else Severity.INFORMATIONAL
        return failed(f"{text}: readers are paid for and idle", severity=severity, **facts)
    share = cpu.average / (cpu.average + writer_cpu.average) if cpu.average + writer_cpu.average else 0
    if busy > _BUSY and share < min_reader_share:
        return failed(f"{text}: a reader does {share:.0%} of the work of both", **facts)
    if len(cluster.readers) > 1 and most and least and most.average > _UNEVEN * max(least.average, 1):
        uneven = f"one has {most.average:.0f} connections and another {least.average:.0f}"
        return failed(f"{text}: of the readers {uneven}", severity=Severity.LOW, **facts)
    return passed(text, **facts)


@check(severity=Severity.INFORMATIONAL, practices=["PERF03-BP02"])
def rds_write_heavy_global_database(
    cluster: DbCluster,
    selects: WriterSelects,
    changes: WriterChanges,
    reads: WriterReads,
    writes: WriterWrites,
    cpu: WriterCpu,
    globals_: Every[GlobalCluster],
    *,
    min_write_share: float = 0.5,
    cpu_percent: int = 60,
) -> Verdict:
    """Write-heavy Aurora clusters use a Global Database as the pattern asks.

    Why: all writes go to one instance; when it is full, nothing else takes them.
    Fix: a Global Database keeps a single writer and adds reader regions and write forwarding, no capacity for writes:
        for that, take a larger class, I/O-Optimized storage, a Limitless Database, Aurora DSQL, or shard.
    """
    if not cluster.is_aurora or cluster.writer is None:
        return not_applicable("it is no Aurora cluster that takes writes")
    work, part = ((selects, changes), changes) if selects and changes else ((reads, writes), writes)
    total = sum(one.average for one in work if one)
    if not (all(work) and cpu):
        return unknown("CloudWatch lacks statements, operations or CPUUtilization of its writer")
    share, busy = part.average / total if total else 0.0, cpu.percentile(95)
    text = f"{share:.0%} of its writer's work is writes, its processor is busy to {busy:.0f} percent"
    if share <= min_write_share or busy <= cpu_percent:
        return passed(text, write_share=round(share, 3), cpu_p95=busy)
    if cluster.global_cluster or any(one.cluster == cluster.arn for world in globals_ for one in world.members):
        return passed(f"{text}, and it is part of a Global Database", write_share=round(share, 3), cpu_p95=busy)
    return failed(
        f"{text}, and it is part of no Global Database, which would add readers but no capacity for writes",
        write_share=round(share, 3),
        cpu_p95=busy,
    )


@check(severity=Severity.LOW, practices=["PERF02-BP05", "COST09-BP03"])
def rds_cluster_reader_auto_scaling(
    cluster: DbCluster,
    cpu: ReaderCpu,
    units: ServerlessUnits,
    targets: Every[ScalableTarget],
    policies: Every[ScalingPolicy],
    *,
    variation: float = 2.0,
) -> Verdict:
    """Aurora readers scale with load.

    Why: a fixed number of readers is too small at the peak and paid for at night.
    Fix: register the cluster with Application Auto Scaling (rds:cluster:ReadReplicaCount) and a target tracking policy
        on RDSReaderAverageCPUUtilization, or raise the maximum capacity of Serverless v2.
    """
    if not cluster.is_aurora or cluster.is_serverless_v1 or not cluster.readers:
        return not_applicable("it is no Aurora cluster with readers")
    if cluster.writer is None:
        return not_applicable("it is a secondary of a Global Database")
    if cluster.serverless_capacity is not None:
        return _reaches(units, cluster.serverless_capacity.maximum)
    if not cpu:
        return unknown("CloudWatch has no CPUUtilization of its readers")
    usual, high = cpu.percentile(50), cpu.percentile(95)
    text = f"its readers are busy to {high:.0f} percent at peaks and {usual:.0f} usually"
    if high <= variation * usual:
        return not_applicable(f"{text}: its load is steady")
    key = (cluster.region, f"cluster:{cluster.identifier}", "rds:cluster:ReadReplicaCount")
    target = next(iter(targets.by(scaled_key, cluster.region).get(key, ())), None)
    if target is None:
        return failed(f"{text}, and no scalable target adds readers")
    if target.minimum == target.maximum:
        return failed(f"{text}, but the number of readers may not leave {target.minimum}")
    if not policies.by(scaled_key, cluster.region).get(key):
        return failed(f"{text}, and its scalable target has no policy")
    return passed(f"{text}, and {target.minimum} to {target.maximum} readers follow it")


def _reaches(units: Metric, most: float) -> Verdict:
    """Whether Serverless v2 stands at its maximum for more than 1 percent of the time."""
    if not units:
        return unknown("CloudWatch has no ServerlessDatabaseCapacity of it")
    share = sum(value >= most for value in units.values) / len(units.values)
    text = f"it reaches its maximum of {most:g} capacity units in {share:.1%} of the five-minute spans"
    return failed(text, share=round(share, 3)) if share > 0.01 else passed(text)  # noqa: PLR2004 - one percent
