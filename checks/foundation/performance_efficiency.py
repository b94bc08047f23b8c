"""Performance efficiency."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Annotated

from auditor.every import Every
from auditor.evidence.ec2 import CreditSpecification, Instance, InstanceType, OfferedInstanceTypes, Volume
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.metrics import Metric, metric
from auditor.model import Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_GENERAL_SERIES = ("m", "c", "r")
_GENERATIONS_BEHIND = 2
"""So many generations ahead a family has to be before it is worth a word."""
_FAMILY = re.compile(r"([a-z]+)(\d+)([a-z]*)")
_PROCESSORS = "aig"
"""AMD, Intel (older families leave the letter out) and Graviton, as the names of families tell them."""


@check(severity=Severity.LOW, practices=["PERF02-BP01", "PERF05-BP06", "SUS05-BP02"])
def ec2_instance_previous_generation(instance: Instance, kind: InstanceType, offered: OfferedInstanceTypes) -> Verdict:
    """Instances and node groups use current generations.

    Why: previous generations cost more for the same work, run on the older Xen hypervisor and become scarce.
    Fix: move to the newest family of the same series, for example from m4 to m7i, m7a or m7g; test on a copy first.
    """
    if instance.is_spot or instance.is_managed:
        return not_applicable("it is a Spot Instance" if instance.is_spot else "an AWS service manages it")
    name = instance.instance_type
    if not kind.is_current:
        return failed(f"AWS counts {name} as a previous generation", instance_type=name)
    if kind.hypervisor == "xen":
        return failed(f"{name} runs on the Xen hypervisor, not on Nitro", instance_type=name)
    newer = _successor(instance.family, offered.families)
    if newer:
        reason = f"{name} is at least two generations behind {newer}, which this region offers"
        return failed(reason, severity=Severity.INFORMATIONAL, instance_type=name)
    return passed(f"{name} is of a current generation")


def _successor(family: str, offered: Iterable[str]) -> str:
    """The newest family of the same series, processor and extras that is two generations ahead; empty where none is."""
    mine = _parts(family)
    if mine is None or mine[0] not in _GENERAL_SERIES:
        return ""
    series, generation, extras = mine
    found = {parts[1]: name for name in offered if (parts := _parts(name)) and (parts[0], parts[2]) == (series, extras)}
    newest = max(found, default=0)
    return found[newest] if newest >= generation + _GENERATIONS_BEHIND else ""


def _parts(family: str) -> tuple[str, int, str] | None:
    """Series, generation and extras of a family: `m5` and `m7i` differ in the generation only."""
    found = _FAMILY.fullmatch(family)
    if found is None:
        return None
    series, generation, extras = found.groups()
    processor = next((letter for letter in extras if letter in _PROCESSORS), "i")
    return series, int(generation), processor + extras.replace(processor, "", 1)


_OLD_FAMILIES = (
    "t1", "t2", "m1", "m2", "m3", "m4", "r3", "r4", "c1", "c3", "c4", "i2", "i3", "d2", "dc1", "dc2", "ds2", "x1",
    "cache.m3", "cache.m4", "cache.r3", "cache.r4",
)  # fmt: skip


@check(severity=Severity.LOW, practices=["PERF03-BP02", "PERF05-BP06", "SUS05-BP02"])
def managed_instance_previous_generation(
    region: Region,
    databases: Every[DbInstance],
    caches: Every[CacheCluster],
    domains: Every[Domain],
    warehouses: Every[RedshiftCluster],
    *,
    old_families: tuple[str, ...] = _OLD_FAMILIES,
) -> Verdict:
    """Databases, caches and search nodes use current instance generations.

    Why: old instance classes cost more for less, and AWS retires them with forced migrations.
    Fix: change the class to a current family (db.m7g, cache.r7g, r7g.search, ra3), in a maintenance window.
        The threshold `old_families` names the families that count as old.
    """
    classes = [
        *((one.arn, one.identifier, one.instance_class) for one in databases.within(region.name)),
        *((one.arn, one.identifier, one.node_type) for one in caches.within(region.name)),
        *((one.arn, one.domain, one.instance_type) for one in domains.within(region.name)),
        *((one.arn, one.identifier, one.node_type) for one in warehouses.within(region.name)),
    ]
    if not classes:
        return not_applicable("the region has no managed databases, caches, search domains or warehouses")
    old = sorted(one for one in classes if _is_old(one[2], old_families))
    if old:
        named = ", ".join(f"{name} ({kind})" for _, name, kind in old[:10])
        observed = {arn: kind for arn, _, kind in old}
        return failed(f"{len(old)} of {len(classes)} use old classes: {named}", classes=observed)
    return passed(f"none of {len(classes)} databases, caches, search domains and warehouses uses an old class")


def _is_old(instance_class: str, old_families: tuple[str, ...]) -> bool:
    """`db.m4.large`, `cache.m4.large`, `m4.large.search` and `dc2.large` all name their family."""
    parts = instance_class.split(".")
    family = parts[1] if parts[0] in ("db", "cache") else parts[0]
    return family in old_families or f"{parts[0]}.{family}" in old_families


_GP2_ONLY = "gp2"
_OLD_VOLUME_TYPES = ("gp2", "io1", "standard")
_IO2_IOPS = 16_000


@check(severity=Severity.LOW, practices=["COST06-BP02", "PERF03-BP02"])
def ec2_volume_previous_generation(
    region: Region, volumes: Every[Volume], databases: Every[DbInstance], *, price_difference_gib: float = 0.02
) -> Verdict:
    """Volumes are gp3 or io2.

    Why: gp3 costs a fifth less than gp2 for each GiB and is not tied to its size; io2 is far more durable than io1.
    Fix: change the type with ModifyVolume (or ModifyDBInstance), which works while the volume is in use. The threshold
        `price_difference_gib` is what gp2 costs over gp3, in USD a GiB and month.
    """
    sizes = {one.id: (one.volume_type, one.size_gib) for one in volumes.within(region.name) if not one.is_managed}
    own = (one for one in databases.within(region.name) if not one.is_aurora and one.storage_type)
    sizes |= {one.identifier: (one.storage_type or "", one.allocated_gib) for one in own}
    if not sizes:
        return not_applicable("the region has no volumes")
    old = {name: size for name, size in sizes.items() if size[0] in _OLD_VOLUME_TYPES}
    if not old:
        return passed(f"none of its {len(sizes)} volumes is gp2, io1 or standard")
    counts = Counter(kind for kind, _ in old.values())
    gib = sum(size for kind, size in old.values() if kind == _GP2_ONLY)
    named = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    saving = round(gib * price_difference_gib, 2)
    reason = f"{len(old)} of {len(sizes)} volumes are of old types ({named})"
    advice = f"{_saving(gib, saving)}{_for_io2(volumes, region)}"
    return failed(f"{reason}{advice}", volumes=sorted(old), estimated_monthly_usd=saving)


def _saving(gib: int, usd: float) -> str:
    return f"; gp3 for {gib} GiB of gp2 would save about {usd:.2f} USD a month" if gib else ""


def _for_io2(volumes: Every[Volume], region: Region) -> str:
    busy = [one.id for one in volumes.within(region.name) if one.volume_type == "io1" and (one.iops or 0) > _IO2_IOPS]
    return f"; io2 suits {', '.join(sorted(busy))}, above {_IO2_IOPS} IOPS" if busy else ""


_HOUR = 3600
_NEARLY_EMPTY = 10
_NEARLY_ALL = 0.9

BurstBalance = Annotated[Metric, metric("AWS/EBS", "BurstBalance", "Minimum", VolumeId="id")]
IopsExceeded = Annotated[Metric, metric("AWS/EBS", "VolumeIOPSExceededCheck", "Average", VolumeId="id")]
ThroughputExceeded = Annotated[Metric, metric("AWS/EBS", "VolumeThroughputExceededCheck", "Average", VolumeId="id")]
Reads = Annotated[Metric, metric("AWS/EBS", "VolumeReadOps", "Sum", period=_HOUR, VolumeId="id")]
Writes = Annotated[Metric, metric("AWS/EBS", "VolumeWriteOps", "Sum", period=_HOUR, VolumeId="id")]


@check(severity=Severity.MEDIUM, practices=["PERF03-BP03", "PERF05-BP02"])
def ec2_volume_saturated(
    volume: Volume,
    burst: BurstBalance,
    iops: IopsExceeded,
    throughput: ThroughputExceeded,
    reads: Reads,
    writes: Writes,
    *,
    saturated_percent: float = 5,
) -> Verdict:
    """Volumes do not run at their limit.

    Why: requests over a volume's IOPS or throughput wait in a queue, and whatever uses the volume slows down with them.
    Fix: give a gp3 volume more IOPS or throughput, or move gp2, st1 and sc1 to gp3; see whether the instance's own EBS
        limit is reached first. The threshold `saturated_percent` is the share of two weeks that may be at the limit.
    """
    if not volume.is_attached:
        return not_applicable("nothing uses the volume")
    if not (burst or iops or throughput or reads or writes):
        return unknown("CloudWatch has no data of the volume for the last 14 days")
    if volume.has_burst_balance and burst and burst.minimum < _NEARLY_EMPTY:
        return failed(f"the burst balance of the {volume.volume_type} volume fell to {burst.minimum:.0f} %")
    shares = {"IOPS": _average(iops), "throughput": _average(throughput)}
    if not (iops or throughput):
        shares = {"IOPS": _busy_share(volume, reads, writes)}
    limit, share = max(shares.items(), key=lambda item: item[1])
    percent = round(share * 100, 1)
    if percent > saturated_percent:
        return failed(f"it was at its {limit} limit {percent} % of the last 14 days", percent=percent)
    return passed(f"it was at its limit {percent} % of the last 14 days at most")


def _average(checks: Metric) -> float:
    """The metric is 1 in each minute in which the limit was met, so that its mean is the share of time."""
    return checks.average if checks else 0.0


def _busy_share(volume: Volume, reads: Metric, writes: Metric) -> float:
    """The share of hours near the provisioned IOPS, where the hypervisor does not report the limit itself."""
    hours = max(len(reads.values), len(writes.values))
    if not volume.iops or len(reads.values) != len(writes.values) or not hours:
        return 0.0
    limit = _NEARLY_ALL * volume.iops * _HOUR
    return sum(read + write > limit for read, write in zip(reads.values, writes.values, strict=True)) / hours


CreditBalance = Annotated[Metric, metric("AWS/EC2", "CPUCreditBalance", "Minimum", period=_HOUR, InstanceId="id")]
SurplusCharged = Annotated[Metric, metric("AWS/EC2", "CPUSurplusCreditsCharged", "Sum", InstanceId="id")]

_CREDITS_AN_HOUR = 60
"""A CPU credit is one vCPU at full use for a minute."""
_VCPU_HOUR_USD = {False: 0.05, True: 0.096}
"""What a surplus vCPU hour costs on T2, T3 and T3a, without and with Windows (EC2 on-demand pricing)."""


@check(severity=Severity.MEDIUM, practices=["PERF02-BP04", "COST06-BP02"])
def ec2_burstable_credits_exhausted(
    instance: Instance,
    specifications: Every[CreditSpecification],
    balance: CreditBalance,
    surplus: SurplusCharged,
    *,
    exhausted_percent: float = 5,
) -> Verdict:
    """Burstable instances live within their CPU credits.

    Why: without credits a T instance falls to its baseline, a tenth or so of a CPU; in unlimited mode it is billed for
        the surplus, and soon costs more than a fixed type.
    Fix: choose the next size, or a fixed type such as m7g or c7g for steady load. The threshold `exhausted_percent`
        is the share of the hours of two weeks that may be without credits.
    """
    if not (instance.is_burstable and instance.is_running):
        return not_applicable("it is no running burstable instance")
    found = specifications.of(instance)
    if not found:
        return unknown("its credit specification is not known")
    if found[0].is_unlimited:
        return _surplus(instance, surplus)
    if not balance:
        return unknown("CloudWatch has no credit balance of it for the last 14 days")
    empty = sum(value <= 1 for value in balance.values)
    percent = round(100 * empty / len(balance.values), 1)
    if percent > exhausted_percent:
        return failed(f"its CPU credits were spent in {percent} % of the hours of the last 14 days", percent=percent)
    return passed(f"its CPU credits were spent in {percent} % of the hours of the last 14 days")


def _surplus(instance: Instance, surplus: Metric) -> Verdict:
    if not surplus.total:
        return passed("it ran unlimited and was charged for no surplus credits in 14 days")
    hours = surplus.total / _CREDITS_AN_HOUR
    usd = round(hours * _VCPU_HOUR_USD[instance.is_windows], 2)
    reason = f"it used {hours:.0f} vCPU hours over its baseline in 14 days, about {usd:.2f} USD of surcharge"
    return failed(reason, credits=surplus.total, estimated_usd=usd)
