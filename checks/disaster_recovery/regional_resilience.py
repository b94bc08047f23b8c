"""Zone redundancy and single points of failure inside a Region."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.application_autoscaling import ScalableTarget
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.drs import SourceServer
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import NatGateway, NetworkInterface, RouteTable, Subnet
from auditor.evidence.ecs import EcsService
from auditor.evidence.efs import FileSystem
from auditor.evidence.elasticache import CacheCluster, ReplicationGroup
from auditor.evidence.elbv2 import (
    LoadBalancer,
    LoadBalancerAttributes,
    Target,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
)
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.opensearch import Domain
from auditor.evidence.purpose import derivable, nonproduction
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.inference.lone_paths import LonePaths
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.components import Component, Key
from auditor.inference.recovery.figures import Scope, State
from auditor.inference.recovery.records import Bound
from auditor.model import Account, Severity, Status, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check
from auditor.workloads import Tier

_NO_MULTI_AZ = ("sqlserver-web", "sqlserver-ex")
"""Editions that have no standby."""
_THREE = 3

_ID, _SCALED, _INSTANCE, _ADDRESS, _SERVER = map(
    attrgetter, ("id", "resource_id", "instance_id", "private_ip", "instance")
)


def _BALANCER(group: TargetGroup) -> str:  # noqa: N802 - a key like those above
    """The one load balancer that a target group may have."""
    return next(iter(group.load_balancer_arns), "")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def rds_instance_multi_az_standby(instance: DbInstance) -> Verdict:
    """Production database instances have a standby in another zone.

    Why: without a standby, a failed zone, host or patch takes the database down until it has been restored.
    Fix: turn on MultiAZ (ModifyDBInstance), or move to a Multi-AZ DB cluster.
    """
    if instance.is_cluster_member:
        return not_applicable("its cluster is judged")
    if instance.is_replica:
        return not_applicable("it is a read replica")
    if instance.is_stopped:
        return not_applicable("the instance is stopped")
    if reason := nonproduction(instance.tags):
        return not_applicable(f"it is tagged {reason}")
    if instance.multi_az:
        return passed(f"it has a standby in {instance.secondary_zone or 'another zone'}")
    if instance.engine in _NO_MULTI_AZ:
        return failed(f"{instance.engine} offers no Multi-AZ standby", severity=Severity.MEDIUM)
    return failed(f"it stands in {instance.zone or 'one zone'} alone, without a standby")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def rds_cluster_members_in_two_zones(cluster: DbCluster, tags: Tags, instances: Every[DbInstance]) -> Verdict:
    """Aurora, DocumentDB and Neptune clusters have instances in two zones.

    Why: the storage is in three zones, but nobody answers queries while the only instance, or the zone of all of
        them, is down.
    Fix: add a reader of the writer's class in another zone, with promotion tier 0 or 1.
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.is_multi_az_cluster:
        return passed("a Multi-AZ DB cluster has its readers in other zones by design")
    if cluster.is_serverless_v1:
        return passed("Aurora Serverless v1 moves to another zone by itself, within minutes")
    if not cluster.members and cluster.global_cluster:
        return not_applicable("it is a headless secondary of a global cluster")
    here = {one.identifier: one for one in instances.within(cluster.region) if one.cluster == cluster.identifier}
    if len(here) <= 1:
        return failed(f"it has {len(here)} instance" if here else "it has no instance")
    zones = sorted({one.zone for one in here.values() if one.zone})
    if len(zones) == 1:
        return failed(f"all {len(here)} instances stand in {zones[0]}")
    return _failover_target(cluster, here, zones)


def _failover_target(cluster: DbCluster, here: Mapping[str, DbInstance], zones: list[str]) -> Verdict:
    """Whether a failover lands on an instance that is as strong as the writer."""
    readers = [one for one in cluster.readers if one.instance in here]
    writer = here.get(cluster.writer.instance) if cluster.writer else None
    if writer is None:
        return unknown("AWS names no writer among its instances")
    if not any(one.promotion_tier in (0, 1) for one in readers):
        return failed("no reader has promotion tier 0 or 1", severity=Severity.MEDIUM)
    classes = {here[one.instance].instance_class for one in readers}
    if writer.instance_class not in classes and all(_size(one) < _size(writer.instance_class) for one in classes):
        smaller = ", ".join(sorted(classes))
        return failed(
            f"every reader ({smaller}) is smaller than the writer ({writer.instance_class})", severity=Severity.MEDIUM
        )
    return passed(f"its {len(here)} instances stand in {', '.join(zones)}")


_SIZES = ("micro", "small", "medium", "large", "xlarge")


def _size(instance_class: str) -> float:
    """A class's size within its family: `db.r6g.2xlarge` is 2 times `xlarge`."""
    size = instance_class.rpartition(".")[2]
    if size in _SIZES:
        return 2.0 ** (_SIZES.index(size) - _SIZES.index("xlarge"))
    times = size.removesuffix("xlarge")
    return float(times) if times.isdigit() else 0.0


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def elasticache_replication_group_automatic_failover(group: ReplicationGroup, tags: Tags) -> Verdict:
    """Redis OSS and Valkey groups fail over automatically across zones.

    Why: without a replica in another zone that takes over by itself, a lost node takes its part of the data and
        every session in it.
    Fix: add a replica in another zone to each shard (IncreaseReplicaCount) and turn on AutomaticFailoverEnabled and
        MultiAZEnabled (ModifyReplicationGroup).
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    lonely = [one.id for one in group.shards if len(one.members) <= 1]
    if lonely:
        return failed(f"{len(lonely)} of its {len(group.shards)} shards have no replica")
    if not group.fails_over:
        return failed(f"automatic failover is {group.automatic_failover}")
    narrow = [one for one in group.shards if len(one.zones) == 1]
    if narrow:
        return failed(f"all nodes of shard {narrow[0].id} stand in {narrow[0].zones[0]}")
    if not group.spans_zones:
        return failed("Multi-AZ is not enabled")
    return passed(f"each of its {len(group.shards)} shards fails over to another zone")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP02"])
def elasticache_cluster_without_failover(cluster: CacheCluster, tags: Tags) -> Verdict:
    """Caches outside replication groups survive the loss of a node.

    Why: a single Redis OSS or Valkey node has nothing to fail over to, and a Memcached cluster of one zone is lost
        with it.
    Fix: make a replication group with Multi-AZ of a single node (CreateReplicationGroup with PrimaryClusterId); spread
        Memcached over two or more nodes in two zones (AZMode cross-az).
    """
    if cluster.is_group_member:
        return not_applicable("its replication group is judged")
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    if not cluster.is_memcached:
        return failed(f"it is a single {cluster.engine} node without a replica")
    if cluster.node_count == 1:
        return failed("it is a Memcached cluster of one node", severity=Severity.MEDIUM)
    if len(cluster.zones) == 1:
        return failed(f"all {cluster.node_count} nodes stand in {cluster.zones[0]}", severity=Severity.MEDIUM)
    return passed(f"its {cluster.node_count} nodes stand in {', '.join(cluster.zones) or 'several zones'}")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def opensearch_domain_zone_aware(domain: Domain, tags: Tags, *, masters_from_nodes: int = 10) -> Verdict:
    """OpenSearch domains span three zones with dedicated masters.

    Why: with nodes in one zone, or fewer than three, the loss of a zone loses the quorum and the only copy of shards.
    Fix: enable zone awareness over three zones with a multiple of three data nodes, and three dedicated masters from
        masters_from_nodes data nodes on; best with Multi-AZ with Standby.
    """
    if reason := nonproduction(tags):
        return not_applicable(f"it is tagged {reason}")
    count = domain.instance_count
    if not domain.zone_awareness:
        return failed(f"zone awareness is off: its {count} data nodes stand in one zone")
    if count < _THREE:
        return failed(f"it has {count} data nodes, less than three")
    if domain.zone_count and count % domain.zone_count:
        return failed(f"its {count} data nodes do not divide over {domain.zone_count} zones")
    if count >= masters_from_nodes and domain.master_count < _THREE:
        return failed(f"it has {count} data nodes and {domain.master_count} dedicated masters, less than three")
    if domain.zone_count < _THREE and not domain.standby:
        return failed(f"it spans {domain.zone_count} zones, not three", severity=Severity.LOW)
    return passed(f"its {count} data nodes stand in {domain.zone_count} zones")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def managed_store_single_zone(file_system: FileSystem) -> Verdict:
    """EFS file systems keep their data in several zones.

    Why: One Zone storage is out of reach while its zone is, and gone if the zone is destroyed.
    Fix: make a Regional file system, replicate to it (CreateReplicationConfiguration) and switch the mounts over.
    """
    if reason := nonproduction(file_system.tags) or derivable(file_system.tags):
        return not_applicable(f"it is tagged {reason}")
    if file_system.zone:
        return failed(f"it is a One Zone file system in {file_system.zone}")
    return passed("it is a Regional file system")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def redshift_cluster_single_zone(cluster: RedshiftCluster) -> Verdict:
    """Redshift clusters run in two zones or can move to another.

    Why: a cluster of one zone that cannot move must be restored from a snapshot when its zone fails.
    Fix: turn on Multi-AZ, or at least AvailabilityZoneRelocation, for RA3 clusters (ModifyCluster).
    """
    if reason := nonproduction(cluster.tags) or derivable(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.multi_az:
        return passed("it runs in two zones")
    if cluster.relocatable:
        return passed("it can be moved to another zone")
    return failed(f"it runs in {cluster.zone or 'one zone'} alone and cannot be moved")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01"])
def kafka_cluster_three_zones(cluster: KafkaCluster) -> Verdict:
    """MSK clusters span three zones.

    Why: with two zones, a replication factor of three and two in-sync replicas, the loss of one zone stops all writes.
    Fix: make a cluster over subnets of three zones with a multiple of three brokers, and mirror the topics to it.
    """
    if cluster.is_serverless:
        return not_applicable("AWS spreads a serverless cluster over zones")
    if cluster.state == "FAILED":
        return not_applicable("the cluster has failed")
    if reason := nonproduction(cluster.tags):
        return not_applicable(f"it is tagged {reason}")
    if cluster.zone_count < _THREE:
        return failed(f"its {cluster.brokers} brokers stand in {cluster.zone_count} zones")
    if cluster.brokers < _THREE or cluster.brokers % cluster.zone_count:
        return failed(f"its {cluster.brokers} brokers do not divide over {cluster.zone_count} zones")
    return passed(f"its {cluster.brokers} brokers stand in {cluster.zone_count} zones")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP03"])
def autoscaling_group_single_zone_or_instance(group: AutoScalingGroup) -> Verdict:
    """Load-balanced groups keep two instances in two zones.

    Why: a group of one instance is down while it is replaced, and a group of one zone while the zone is.
    Fix: set MinSize to 2 or more and give the group subnets in two zones or more (UpdateAutoScalingGroup).
    """
    if not group.has_load_balancer:
        return not_applicable("no load balancer sends it traffic")
    if reason := nonproduction(group.tags):
        return not_applicable(f"it is tagged {reason}")
    if group.minimum == group.desired == 0:
        return not_applicable("it is scaled to zero")
    if group.minimum < _TWO:
        return failed(f"it may shrink to {group.minimum} instance{'' if group.minimum == 1 else 's'}")
    if len(group.zones) < _TWO:
        return failed(f"all of it stands in {', '.join(group.zones) or 'one zone'}")
    zones = sorted({one.zone for one in group.in_service})
    if len(zones) == 1:
        return failed(
            f"its {len(group.in_service)} instances in service all stand in {zones[0]}", severity=Severity.LOW
        )
    return passed(f"it keeps {group.minimum} instances or more in {', '.join(group.zones)}")


_TWO = 2


@check(severity=Severity.HIGH, practices=["REL10-BP01"])
def ecs_service_single_task_or_zone(
    service: EcsService, targets: Every[ScalableTarget], subnets: Every[Subnet]
) -> Verdict:
    """ECS services run two tasks in two zones.

    Why: a service of one task is down while it is replaced, and a service of one zone while the zone is.
    Fix: set desiredCount and the scalable target's MinCapacity to 2 or more, and give the service subnets in two
        zones (UpdateService).
    """
    if not service.is_replica:
        return not_applicable("a daemon runs on every instance")
    if service.status != "ACTIVE":
        return not_applicable(f"the service is {service.status}")
    if not (service.has_load_balancer or service.registries or any(one.service_connect for one in service.deployments)):
        return not_applicable("nobody calls it: it has no load balancer, registry or Service Connect")
    if reason := nonproduction(service.tags):
        return not_applicable(f"it is tagged {reason}")
    scaled = targets.by(_SCALED, service.region).get(service.scaling_resource, ())
    minimum = min((one.minimum for one in scaled), default=service.desired)
    if minimum == service.desired == 0:
        return not_applicable("it runs no task by design")
    least = min(minimum, service.desired)
    if least < _TWO:
        return failed(f"it may run {least} task{'' if least == 1 else 's'}")
    zones = sorted({one.zone for name in service.subnets for one in subnets.by(_ID, service.region).get(name, ())})
    if len(zones) == 1:
        return failed(f"all its subnets are in {zones[0]}")
    if service.minimum_healthy_percent == 0:
        return failed("a deployment may stop all its tasks (minimumHealthyPercent 0)", severity=Severity.LOW)
    if service.rebalancing == "DISABLED":
        return failed("its tasks are not spread again after a zone comes back", severity=Severity.INFORMATIONAL)
    return passed(f"it runs {least} tasks or more" + (f" in {', '.join(zones)}" if zones else ""))


@check(severity=Severity.MEDIUM, practices=["REL10-BP01", "REL02-BP01", "COST08-BP02"])
def ec2_nat_gateway_per_zone(
    gateway: NatGateway, tables: Every[RouteTable], subnets: Every[Subnet], interfaces: Every[NetworkInterface]
) -> Verdict:
    """Private subnets reach the internet through a NAT gateway in their own zone.

    Why: when its zone fails, a gateway takes the way out of the other zones along; and traffic between zones costs.
    Fix: make a NAT gateway in each zone with workloads and route each private subnet to its own, or use a regional NAT
        gateway (CreateNatGateway with AvailabilityMode regional).
    """
    if not gateway.is_available:
        return not_applicable(f"the gateway is {gateway.state}")
    if not gateway.is_public:
        return not_applicable("it is no way to the internet")
    if gateway.is_regional:
        return passed("a regional NAT gateway stands in every zone")
    here = [one for one in subnets.within(gateway.region) if one.vpc_id == gateway.vpc_id]
    home = next((one.zone for one in here if one.id == gateway.subnet_id), "")
    used = {
        one.subnet_id
        for one in interfaces.within(gateway.region)
        if one.is_in_use and one.id not in gateway.interface_ids
    }
    led = _led_by(gateway, tables.within(gateway.region), here)
    if not led:
        return not_applicable("no route leads to it")
    away = sorted(f"{one.id} in {one.zone}" for one in led if one.id in used and one.zone != home)
    if away:
        return failed(f"it stands in {home or 'another zone'}, and {_some(away)} depend on it")
    return passed(f"only subnets of {home} with workloads depend on it")


def _led_by(gateway: NatGateway, tables: Iterable[RouteTable], subnets: Iterable[Subnet]) -> list[Subnet]:
    """The subnets whose way out is the gateway: by their own route table, else by the main one of the VPC."""
    own = [one for one in tables if one.vpc_id == gateway.vpc_id]
    by_subnet = {subnet: table for table in own for subnet in table.subnet_ids}
    main = next((one for one in own if one.is_main), None)
    found = ((one, by_subnet.get(one.id, main)) for one in subnets)
    return [
        subnet
        for subnet, table in found
        if table and any(one.nat_gateway_id == gateway.id and one.is_active for one in table.default_routes)
    ]


_MOST = 4


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL02-BP01"])
def elbv2_healthy_targets_in_two_zones(
    balancer: LoadBalancer,
    attributes: LoadBalancerAttributes,
    groups: Every[TargetGroup],
    group_attributes: Every[TargetGroupAttributes],
    healths: Every[TargetHealth],
    interfaces: Every[NetworkInterface],
) -> Verdict:
    """Load balancers have healthy targets in two zones and spread across zones.

    Why: with healthy targets in one zone only, the loss of that zone takes the application down.
    Fix: enable the balancer in two zones or more, run targets in each, and turn on cross-zone load balancing where
        they are uneven.
    """
    if not balancer.is_active:
        return not_applicable(f"the balancer is {balancer.state}")
    if len(balancer.zones) < _TWO:
        return failed(f"it is enabled in {', '.join(one.zone for one in balancer.zones) or 'no zone'} alone")
    own = [
        one
        for one in groups.by(_BALANCER, balancer.region).get(balancer.arn, ())
        if one.target_type in ("instance", "ip")
    ]
    if not own:
        return not_applicable("it forwards to no instances or addresses")
    used = [one for one in own if any(health.targets for health in healths.of(one))]
    if not used:
        return not_applicable("nothing is registered with its target groups")
    enabled = {one.zone for one in balancer.zones}
    verdicts = []
    for group in used:
        alone = not _crosses_zones(balancer, attributes, group_attributes.of(group))
        found = {_zone_of(one, interfaces, balancer.region) for each in healths.of(group) for one in each.healthy}
        verdicts.append(_spread(group.target_group_name, found, enabled, alone=alone))
    return max(verdicts, key=_gravity)


def _gravity(verdict: Verdict) -> int:
    """What is known to be wrong comes before what is not known, and a small fault after it."""
    grave = verdict.status is Status.FAIL and verdict.severity is None
    return 3 if grave else (Status.PASS, Status.FAIL, Status.UNKNOWN).index(verdict.status)


def _crosses_zones(
    balancer: LoadBalancer, attributes: LoadBalancerAttributes, group: Sequence[TargetGroupAttributes]
) -> bool:
    """Whether each zone sends to the targets of all: as the target group says, else the balancer."""
    own = next((one.cross_zone for one in group if one.cross_zone in ("true", "false")), None)
    return own == "true" if own else balancer.is_application or bool(attributes.cross_zone)


def _spread(name: str, found: set[str | None], enabled: set[str], *, alone: bool) -> Verdict:
    zones = {one for one in found if one}
    if not found:
        return failed(f"target group {name} has no healthy target")
    if None in found and (len(zones) < _TWO or enabled - zones):
        return unknown(f"the zone of targets of {name} is not known")
    if len(zones) < _TWO:
        return failed(f"the healthy targets of {name} all stand in {', '.join(zones)}")
    empty = ", ".join(sorted(enabled - zones))
    if empty and alone:
        return failed(f"{empty} is enabled without a healthy target of {name}, and cross-zone balancing is off")
    if empty:
        return failed(f"{empty} is enabled without a healthy target of {name}", severity=Severity.LOW)
    return passed(f"its targets are healthy in {', '.join(sorted(zones))}")


def _zone_of(target: Target, interfaces: Every[NetworkInterface], region: str) -> str | None:
    """The zone of a target; None where it is not known. A balancer names it only where it knows no better."""
    keys = (_INSTANCE, _ADDRESS)
    here = next((one.zone for key in keys for one in interfaces.by(key, region).get(target.id, ())), None)
    return here or (target.zone if target.zone != "all" else None)


@check(severity=Severity.LOW, practices=["REL11-BP02", "REL12-BP04"])
def elbv2_zonal_shift_and_autoshift_ready(
    balancer: LoadBalancer, attributes: LoadBalancerAttributes, recovery: Recovery
) -> Verdict:
    """Traffic can be shifted away from a zone.

    Why: a zone that answers slowly or wrongly passes health checks; a zonal shift takes it out in minutes, without one
        the fleet must be moved.
    Fix: turn on zonal_shift.config.enabled (ModifyLoadBalancerAttributes), then practice runs and autoshift in ARC.
    """
    if not balancer.is_active or balancer.is_gateway:
        return not_applicable("it is no active application or network load balancer")
    owner = recovery.owner(balancer.arn)
    tier = owner.tier if owner else None
    if tier is Tier.NON_CRITICAL:
        return not_applicable("its workload is not critical")
    if not balancer.is_internet_facing and tier is not Tier.CRITICAL:
        return not_applicable("it faces no internet, and its workload is not declared critical")
    if len(balancer.zones) < _TWO:
        return not_applicable("it is enabled in one zone")
    if attributes.zonal_shift:
        return passed("zonal shift is on")
    return failed("zonal shift is off")


@check(severity=Severity.HIGH, practices=["REL10-BP01", "REL11-BP05"])
def workload_survives_zone_loss(_account: Account, recovery: Recovery) -> Verdict:
    """Every tier of the workload survives the loss of any one zone.

    Why: a zone is what fails most often of all that an account has; whatever stands in one alone takes the workload
        along.
    Fix: give each store that is named a standby in another zone (MultiAZ, a replica with automatic failover), and each
        group, load balancer and instance a second zone.
    """
    return recovery.verdict(_zone_loss)


def _zone_loss(posture: Posture) -> Verdict:
    if reason := posture.group.workload.out_of_scope.get("zone_loss"):
        return not_applicable(f"its loss of a zone is out of scope: {reason}")
    running = [one for one in posture.components if one.state not in (State.STOPPED, State.ZERO)]
    zonal = [one for one in running if one.zones]
    if not posture.stores and not zonal and not any(one.unread for one in running):
        return posture.lacks("nothing of it stands in a zone", posture.world.unseen.parts)
    lost = [one.label for one in posture.stores if one.serves_on is False]
    likes = _zones_by_key(zonal)
    alone = [one for one in zonal if _is_alone(one, likes)]
    lost += [f"{one.label} in {next(iter(one.zones))}" for one in alone if not one.unread]
    if lost:
        severity = Severity.LOW if posture.tier is Tier.NON_CRITICAL else None
        return failed(f"a zone takes {_some(lost)} along; {_loss(posture.rpo(Scope.ZONE_LOSS))}", severity=severity)
    open_ = {f"{one.name}: {copy.trouble}" for one in posture.stores if one.serves_on is None for copy in one.copies
             if copy.healthy is None and Scope.ZONE_LOSS in copy.covers}  # fmt: skip
    unseen = [gap for one in running if not one.zones or _is_alone(one, likes) for gap in one.unread]
    open_ |= {gap.reason for gap in (*unseen, *posture.world.unseen.stores, *posture.world.unseen.components)}
    if open_:
        return unknown(f"whether all of it survives the loss of a zone is not known, as {_some(sorted(open_))}")
    count = len(posture.stores)
    return passed(f"its {count} stores and {len(zonal)} zonal components survive the loss of any one zone")


def _loss(bound: Bound) -> str:
    """What becomes of the data then."""
    return f"the data that is lost then: {bound.words}" if bound.span.high else "no data is lost then"


def _zones_by_key(zonal: Iterable[Component]) -> Mapping[Key, set[str]]:
    """The zones in which components stand, by what makes them each other's like."""
    found: dict[Key, set[str]] = defaultdict(set)
    for one in zonal:
        for key in one.keys:
            found[key] |= one.zones
    return found


def _is_alone(part: Component, likes: Mapping[Key, set[str]]) -> bool:
    """Whether a component stands in one zone, and nothing of its kind that may be its like stands in another."""
    return len(part.zones) == 1 and not any(likes[key] - part.zones for key in part.keys)


@check(severity=Severity.HIGH, practices=["REL10-BP02", "REL11-BP03"])
def ec2_instance_single_point_of_failure(instance: Instance, paths: LonePaths, servers: Every[SourceServer]) -> Verdict:
    """No single instance carries a production path alone.

    Why: an instance that a name, a route or a balancer leads to alone is an outage that waits for its hardware.
    Fix: put it into an Auto Scaling group behind a load balancer, or at least replicate it by DRS; replace a NAT
        instance by a NAT gateway.
    """
    if not instance.is_running:
        return not_applicable("the instance is not running")
    if instance.auto_scaling_group or instance.is_eks_node or instance.is_managed:
        return not_applicable("something replaces it when it fails")
    if reason := nonproduction(instance.tags):
        return not_applicable(f"it is tagged {reason}")
    alone, fellows = list(paths.told(instance)), paths.fellows(instance)
    if not alone and fellows:
        return passed(f"other targets stand beside it in {_some(sorted(fellows))}")
    if not alone:
        return not_applicable("no name, route or load balancer leads to it alone")
    followed = next((one for one in servers.by(_SERVER).get(instance.id, ()) if one.replicates), None)
    if followed:
        return failed(f"{'; '.join(alone)}; DRS replicates it to {followed.region}", severity=Severity.MEDIUM)
    recovers = ", and EC2 restarts it on other hardware" if instance.auto_recovery == "default" else ""
    return failed(f"{'; '.join(alone)}{recovers}")
