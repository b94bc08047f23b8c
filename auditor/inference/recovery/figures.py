"""Figures of recovery: what mechanisms and strategies achieve, each with its source.

Sources, in this order: evidence (whoever uses a figure replaces it by what was measured), the table "The Four AWS DR
Strategies" of the architecture guide that the program's patterns come from (here `guide`), AWS's documentation.
All times are seconds; an upper end that nothing bounds is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from auditor.model import Json
from auditor.workloads import Frequency, Strategy, Tier

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of seconds: at best, and at worst."""

    low: float
    high: float

    def __add__(self, other: Span) -> Span:
        return Span(self.low + other.low, self.high + other.high)

    @property
    def is_bounded(self) -> bool:
        """Whether there is a worst case."""
        return self.high < math.inf

    def describe(self) -> Json:
        """As seconds; None where nothing bounds an end."""
        return [None if end == math.inf else round(end, 1) for end in (self.low, self.high)]

    def __str__(self) -> str:
        if self.low == math.inf:
            return "unbounded"
        low, high = in_words(self.low), in_words(self.high)
        return low if low == high else f"{low} to {high}"


UNBOUNDED = Span(math.inf, math.inf)
NOTHING = Span(0, 0)


def slowest(spans: Iterable[Span]) -> Span:
    """Of things that happen side by side, all of them: both ends apart."""
    found = [NOTHING, *spans]
    return Span(max(one.low for one in found), max(one.high for one in found))


def in_words(seconds: float) -> str:
    """A time as people say it: `90 s`, `15 min`, `4 h`, `2 days`."""
    if seconds == math.inf:
        return "no bound"
    for size, unit, most in ((1.0, "s", 2 * MINUTE), (MINUTE, "min", 2 * HOUR), (HOUR, "h", 2 * DAY)):
        if seconds < most:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / DAY:.3g} days"


class Scope(StrEnum):
    """Disasters that a copy may or may not survive."""

    REGION_LOSS = "region_loss"
    ZONE_LOSS = "zone_loss"
    DATA_CORRUPTION = "data_corruption"
    ACCOUNT_COMPROMISE = "account_compromise"


class Kind(StrEnum):
    """How a copy follows its source."""

    SYNCHRONOUS = "synchronous"
    """A write is in both before it is acknowledged."""
    CONTINUOUS = "continuous"
    """It follows all the time, some way behind."""
    PERIODIC = "periodic"
    """It is made now and then."""


FOLLOWING = frozenset({Kind.SYNCHRONOUS, Kind.CONTINUOUS})


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A way in which data is copied, and what it achieves where nothing was measured."""

    name: str
    kind: Kind
    rpo: Span
    data: Span
    """How long it takes until the data can be used."""
    source: str
    multi_writer: bool = False
    """Whether both ends take writes."""
    live: bool = True
    """Whether what it makes can be used as it is; else it is restored or launched first."""

    @property
    def words(self) -> str:
        """The name with spaces."""
        return self.name.replace("_", " ")


def _mechanism(name: str, kind: Kind, rpo: tuple[float, float], data: tuple[float, float], source: str) -> Mechanism:
    return Mechanism(name, kind, Span(*rpo), Span(*data), source)


_RESTORED = frozenset({
    "rds_automated_backup_replication", "drs_block_replication", "rds_point_in_time", "dynamodb_point_in_time",
})  # fmt: skip
_BOTH_WRITE = frozenset({"dynamodb_global_table", "dynamodb_global_table_strong", "s3_two_way_replication"})
_ROWS = (
    _mechanism("aurora_global_database", Kind.CONTINUOUS, (0, 1), (60, 300),
               "guide: Aurora Global Database under 1 s; Aurora user guide: promotion in minutes"),
    _mechanism("rds_cross_region_read_replica", Kind.CONTINUOUS, (60, 600), (300, 1800),
               "guide: minutes; RDS user guide: promotion takes a few minutes and a reboot"),
    _mechanism("backup_copy_cross_region", Kind.PERIODIC, (HOUR, DAY), (HOUR, DAY), "guide: hours to 24 h"),
    _mechanism("dynamodb_global_table", Kind.CONTINUOUS, (0, 2), (0, 0),
               "guide: near zero; DynamoDB developer guide: usually within a second"),
    _mechanism("dynamodb_global_table_strong", Kind.SYNCHRONOUS, (0, 0), (0, 0),
               "DynamoDB developer guide: multi-Region strong consistency"),
    _mechanism("rds_automated_backup_replication", Kind.CONTINUOUS, (300, 1800), (1200, 4 * HOUR),
               "RDS user guide: transaction logs go to S3 every 5 minutes"),
    _mechanism("documentdb_global_cluster", Kind.CONTINUOUS, (0, 5), (60, 900),
               "DocumentDB developer guide: typically under 1 s"),
    _mechanism("neptune_global_database", Kind.CONTINUOUS, (0, 5), (60, 900),
               "Neptune user guide: typically under 1 s"),
    _mechanism("s3_replication_time_control", Kind.CONTINUOUS, (0, 900), (0, 0),
               "S3 user guide: 99.9 percent of objects within 15 minutes"),
    _mechanism("s3_cross_region_replication", Kind.CONTINUOUS, (60, DAY), (0, 0),
               "S3 user guide: most objects within 15 minutes, without a bound; a day where nothing measures it"),
    _mechanism("s3_two_way_replication", Kind.CONTINUOUS, (60, DAY), (0, 0), "as s3_cross_region_replication"),
    _mechanism("efs_replication", Kind.CONTINUOUS, (60, 900), (60, 600),
               "EFS user guide: 15 minutes for most file systems"),
    _mechanism("elasticache_global_datastore", Kind.CONTINUOUS, (0, 5), (10, 120),
               "ElastiCache user guide: lag under 1 s, promotion under 1 minute"),
    _mechanism("redshift_snapshot_copy", Kind.PERIODIC, (HOUR, 8 * HOUR), (1800, 8 * HOUR),
               "Redshift management guide: an automated snapshot every 8 hours or 5 GB of changes a node"),
    _mechanism("opensearch_cross_cluster", Kind.CONTINUOUS, (1, 300), (60, 900),
               "OpenSearch Service developer guide: replication of indexes by pulling"),
    _mechanism("drs_block_replication", Kind.CONTINUOUS, (1, 60), (0, 0),
               "guide: continuous replication; DRS user guide: RPO of seconds; the launch is counted with the compute"),
    _mechanism("ebs_snapshot_copy", Kind.PERIODIC, (HOUR, DAY), (600, 4 * HOUR), "guide: hours to 24 h"),
    _mechanism("ebs_snapshots", Kind.PERIODIC, (HOUR, DAY), (600, 4 * HOUR), "guide: hours to 24 h"),
    _mechanism("rds_multi_az_instance", Kind.SYNCHRONOUS, (0, 0), (60, 120),
               "RDS user guide: failover takes typically 60 to 120 seconds"),
    _mechanism("rds_multi_az_cluster", Kind.SYNCHRONOUS, (0, 0), (10, 60),
               "RDS user guide: failover typically under 35 seconds"),
    _mechanism("aurora_replica_in_other_zone", Kind.SYNCHRONOUS, (0, 0), (15, 120),
               "Aurora user guide: failover typically under 60 seconds"),
    _mechanism("aurora_storage", Kind.SYNCHRONOUS, (0, 0), (600, 1800),
               "Aurora user guide: storage spans three zones; without a reader a new instance takes about 10 minutes"),
    _mechanism("elasticache_automatic_failover", Kind.CONTINUOUS, (0, 5), (10, 120),
               "ElastiCache user guide: a replica is promoted within a minute or so"),
    _mechanism("regional_service", Kind.SYNCHRONOUS, (0, 0), (0, 0),
               "developer guides of S3, DynamoDB and EFS: data is kept in several zones"),
    _mechanism("rds_point_in_time", Kind.CONTINUOUS, (300, 300), (1200, 4 * HOUR),
               "RDS user guide: the latest restorable time is about 5 minutes ago"),
    _mechanism("dynamodb_point_in_time", Kind.CONTINUOUS, (300, 300), (1200, 10 * HOUR),
               "DynamoDB developer guide: to any second up to 5 minutes ago"),
    _mechanism("s3_versioning", Kind.CONTINUOUS, (0, 0), (600, DAY), "S3 user guide: each version is kept"),
    _mechanism("redshift_snapshots", Kind.PERIODIC, (HOUR, 8 * HOUR), (1800, 8 * HOUR), "as redshift_snapshot_copy"),
    _mechanism("redshift_multi_az", Kind.SYNCHRONOUS, (0, 0), (0, 60),
               "Redshift management guide: a Multi-AZ cluster recovers by itself, without loss of data"),
    _mechanism("redshift_relocation", Kind.SYNCHRONOUS, (0, 0), (600, 3600),
               "Redshift management guide: managed storage outlives the zone, and the cluster is moved to another"),
    _mechanism("opensearch_zone_awareness", Kind.SYNCHRONOUS, (0, 0), (0, 60),
               "OpenSearch Service developer guide: replicas of shards stand in other zones"),
    _mechanism("opensearch_hourly_snapshots", Kind.PERIODIC, (0, HOUR), (600, 8 * HOUR),
               "OpenSearch Service developer guide: an automated snapshot every hour, kept for 14 days"),
    _mechanism("elasticache_snapshots", Kind.PERIODIC, (HOUR, DAY), (600, 4 * HOUR),
               "ElastiCache user guide: an automatic backup every day"),
    _mechanism("backup_in_region", Kind.PERIODIC, (HOUR, DAY), (1200, 8 * HOUR), "guide: hours to 24 h"),
)  # fmt: skip
MECHANISMS: Mapping[str, Mechanism] = {
    one.name: replace(
        one,
        multi_writer=one.name in _BOTH_WRITE,
        live=one.kind is not Kind.PERIODIC and one.name not in _RESTORED,
    )
    for one in _ROWS
}
"""By name. Without metrics none of them is measured but where the evidence dates its last copy."""


@dataclass(frozen=True, slots=True)
class Band:
    """What a strategy is expected to achieve, and what it costs in percent of production."""

    rpo: Span
    rto: Span
    cost: tuple[float, float]


BANDS: Mapping[Strategy, Band] = {
    Strategy.NONE: Band(Span(DAY, math.inf), Span(DAY, math.inf), (0, 0)),
    Strategy.BACKUP_AND_RESTORE: Band(Span(HOUR, DAY), Span(HOUR, DAY), (5, 10)),
    Strategy.PILOT_LIGHT: Band(Span(60, HOUR), Span(1800, 4 * HOUR), (15, 20)),
    Strategy.WARM_STANDBY: Band(Span(0, 60), Span(60, 1800), (40, 60)),
    Strategy.ACTIVE_ACTIVE: Band(Span(0, 1), Span(0, 60), (100, 200)),
}
"""The guide's table of the four strategies: RPO, RTO and annual cost against production."""


class State(StrEnum):
    """How far the counterpart of a component in the recovery region is from serving; from best to worst."""

    SERVING = "serving"
    IDLE = "idle"
    STOPPED = "stopped"
    ZERO = "zero"
    DRS = "drs"
    ARTIFACTS = "artifacts"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(State).index(self)


STARTS: Mapping[State, Span] = {
    State.SERVING: NOTHING,
    State.IDLE: Span(60, 300),
    State.STOPPED: Span(180, 900),
    State.ZERO: Span(300, 1200),
    State.DRS: Span(300, 1200),
    State.ARTIFACTS: Span(1200, 3600),
    State.NONE: Span(HOUR, DAY),
}
"""How long compute takes to serve at production size.

DRS: its user guide, 5 to 20 minutes. None: the guide's Backup and Restore, hours to 24 h. The others are assumptions of
this program: instances start in minutes and load balancers take a few health checks; a stack takes 20 to 60 minutes.
"""
GROWS = Span(120, 300)
"""Running below production size: the guide's 2 to 5 minutes to provision instances."""

MANUAL = Span(300, 1800)
"""For each of detecting a failure, declaring a disaster and validating the recovery, where a person does it.

An assumption of this program, wide on purpose: no API tells it (the guide asks to include all three).
"""
BUFFER = 1.5
"""The guide: add a 50 percent buffer to the tested RTO."""

RESTORE_SETUP = Span(900, 3600)
FAST_GIB, SLOW_GIB = 200 / 1024, 50 / 1024
"""GiB a second at which restores run, and how long they take besides: assumptions where no restore was timed."""

FULL_SCALE, FULL_SCALE_PART, RUNNING_SHARE, INTENDED_SHARE = 0.8, 0.5, 0.1, 0.6
"""Shares of production: of the whole and of each component at full scale, of a running standby; and the share of
components that shows what was meant."""

FREQUENCIES: Mapping[Tier | None, Frequency] = {Tier.CRITICAL: Frequency.QUARTERLY}
"""The guide: critical systems quarterly, others (yearly) less often."""

OUTAGES_PER_YEAR = 0.1
"""An assumption, printed as one, where the profile declares none."""


def required_strategy(rpo: float | None, rto: float | None, sla: float | None) -> Strategy:
    """The cheapest strategy whose column "Right For" in the guide's table has room for the objectives."""
    rto, rpo, sla = (math.inf if rto is None else rto), (math.inf if rpo is None else rpo), sla or 0
    if rto <= BANDS[Strategy.ACTIVE_ACTIVE].rto.high or sla > ACTIVE_ACTIVE_SLA:
        return Strategy.ACTIVE_ACTIVE
    if rto <= BANDS[Strategy.WARM_STANDBY].rto.high or rpo < MINUTE or sla > WARM_STANDBY_SLA:
        return Strategy.WARM_STANDBY
    if rto <= BANDS[Strategy.PILOT_LIGHT].rto.high or rpo <= HOUR:
        return Strategy.PILOT_LIGHT
    return Strategy.BACKUP_AND_RESTORE


WARM_STANDBY_SLA, ACTIVE_ACTIVE_SLA = 99.5, 99.99
"""The guide: availability above which a warm standby, and an active-active workload, is right; percent."""
