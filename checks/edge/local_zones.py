"""Low-latency localized compute (Local Zones)."""

from collections.abc import Iterable, Iterator
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import ElasticIp, NatGateway, Route, SecurityGroup, Subnet
from auditor.evidence.ec2_zones import LocalZone, PlacedDbInstance
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.rds import DbInstance
from auditor.evidence.route53 import RecordSet
from auditor.inference.local_zones import LocalZones, Placements, counterparts
from auditor.inference.network import Interfaces, Routes
from auditor.model import Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_ELSEWHERE = not_applicable("it is not in a Local Zone")
_ID = attrgetter("id")
_SUBNET = attrgetter("subnet")
_IDENTIFIER = attrgetter("identifier")


@check(severity=Severity.MEDIUM, practices=["REL10-BP01", "REL10-BP02", "REL11-BP02"])
def local_zone_workload_recovers_in_region(subnet: Subnet, zones: LocalZones, placements: Placements) -> Verdict:
    """Local Zone workloads can run in the parent Region.

    Why: a Local Zone is one building: when it fails, what runs nowhere else is gone.
    Fix: keep an Auto Scaling group or load balancer with the same Name or service tag in Availability Zones of the
        region, and route viewers there when the Local Zone does not answer.
    """
    zone = zones.of(subnet)
    if zone is None:
        return _ELSEWHERE
    everything = placements.within(subnet.region)
    here = [one for one in everything if subnet.id in one.subnets]
    if not here:
        return not_applicable("nothing runs in it")
    alone = [
        one.what
        for one in here
        if not any(
            zones.is_in_region(place, subnet.region)
            for same in (one, *counterparts(one, everything))
            for place in same.subnets
        )
    ]
    if alone:
        return failed(f"{', '.join(alone[:3])} has no counterpart outside {zone.zone}", alone=alone)
    return passed(f"what runs in it runs in Availability Zones of {subnet.region} too")


@check(severity=Severity.MEDIUM, practices=["PERF04-BP06", "PERF04-BP01"])
def local_zone_egress_stays_local(
    subnet: Subnet,
    zones: LocalZones,
    routes: Routes,
    gateways: Every[NatGateway],
    interfaces: Interfaces,
    addresses: Every[ElasticIp],
) -> Verdict:
    """Local Zone subnets reach users without a detour to the Region.

    Why: packets that leave through the region travel there and back, and the milliseconds that were paid for are lost.
    Fix: route 0.0.0.0/0 to the internet gateway with addresses of the zone's network border group, or to a NAT gateway
        or instance in the Local Zone.
    """
    zone = zones.of(subnet)
    if zone is None:
        return _ELSEWHERE
    table = routes.of_subnet(subnet)
    own = {one.id for one in interfaces.of_subnet(subnet)}
    detours = [
        *(
            reason
            for route in (table.default_routes if table else ())
            for reason in _detour(route, subnet, zones, gateways)
        ),
        *(
            f"{one.public_ip} is announced from {one.network_border_group}, not {zone.border_group}"
            for one in addresses.within(subnet.region)
            if one.interface_id in own and one.network_border_group != zone.border_group
        ),
    ]
    return failed("; ".join(detours)) if detours else passed(f"its packets leave from {zone.zone} itself")


def _detour(route: Route, subnet: Subnet, zones: LocalZones, gateways: Every[NatGateway]) -> Iterator[str]:
    if route.transit_gateway_id:
        yield f"{route.destination} leads to {route.transit_gateway_id} in the region"
    if route.nat_gateway_id:
        for one in gateways.by(_ID, subnet.region).get(route.nat_gateway_id, ()):
            if one.is_regional or (one.subnet_id and zones.is_in_region(one.subnet_id, subnet.region)):
                yield f"{route.destination} leads to {one.id} in an Availability Zone"


@check(severity=Severity.LOW, practices=["PERF04-BP06"])
def local_zone_dns_routing(
    zone: LocalZone, balancers: Every[LoadBalancer], addresses: Every[ElasticIp], records: Every[RecordSet]
) -> Verdict:
    """Metro users are routed to the Local Zone endpoint.

    Why: without a record that knows where users are, those of the metropolitan area are sent to the region like all.
    Fix: give the endpoint a geoproximity record with the zone's LocalZoneGroup, or a geolocation, latency or IP-based
        one.
    """
    public = [
        one.dns_name.lower()
        for one in balancers.within(zone.region)
        if one.is_internet_facing and any(place.zone == zone.zone for place in one.zones)
    ]
    announced = [
        one.public_ip
        for one in addresses.within(zone.region)
        if one.is_associated and one.network_border_group == zone.border_group
    ]
    if not zone.is_local or not (public or announced):
        return not_applicable("nothing in it has a public endpoint")
    named = [(host, [one for one in records if host in one.targets]) for host in (*public, *announced)]
    problems = [problem for host, own in named for problem in _unrouted(host, own, zone)]
    if problems:
        return failed("; ".join(problems))
    return passed(f"all {len(named)} public endpoints have records by place")


def _unrouted(host: str, records: list[RecordSet], zone: LocalZone) -> Iterator[str]:
    if not records:
        yield f"{host} is in no record"
    elif not any(_knows_place(one) for one in records):
        yield f"{records[0].host} leads to {host} for all users alike"
    for one in records:
        if one.proximity_zone_group and one.proximity_zone_group != zone.group:
            yield f"{one.host} is for users near {one.proximity_zone_group}, not {zone.group}"


def _knows_place(record: RecordSet) -> bool:
    by_place = record.is_geolocation or record.is_geoproximity or record.is_by_network
    return by_place or record.latency_region is not None


@check(severity=Severity.LOW, practices=["PERF04-BP06", "PERF03-BP05"])
def local_zone_data_tier_colocated(
    subnet: Subnet,
    zones: LocalZones,
    instances: Every[Instance],
    groups: Every[SecurityGroup],
    databases: Every[DbInstance],
    caches: Every[CacheCluster],
) -> Verdict:
    """Local Zone applications do not call a database in the Region per request.

    Why: each query to the region adds the milliseconds that the Local Zone was to save, several times a request.
    Fix: put a read replica or a cache into the Local Zone where it offers RDS or ElastiCache, else a cache on the
        instances.
    """
    zone = zones.of(subnet)
    if zone is None:
        return _ELSEWHERE
    own = instances.by(_SUBNET, subnet.region).get(subnet.id, ())
    if not own:
        return not_applicable("no instance runs in it")
    sources = {group for one in own for group in one.security_groups}
    stores = databases.within(subnet.region)
    away = [one for one in stores if one.zone != zone.zone and _admits(one, sources, groups)]
    if not away:
        return passed("no database of the region admits its instances")
    near = [one.identifier for one in stores if one.zone == zone.zone]
    near += [one.identifier for one in caches.within(subnet.region) if one.zone == zone.zone]
    if near:
        return passed(f"{near[0]} is in {zone.zone} beside its instances")
    return failed(
        f"its instances use {away[0].identifier} in {away[0].zone}, and no replica or cache is in {zone.zone}"
    )


def _admits(database: DbInstance, sources: set[str], groups: Every[SecurityGroup]) -> bool:
    by_id = groups.by(_ID, database.region)
    own = (group for name in database.vpc_security_groups for group in by_id.get(name, ()))
    return any(sources & group.source_group_ids for group in own)


@check(severity=Severity.HIGH, practices=["REL09-BP03", "REL10-BP01"])
def local_zone_database_protected(
    database: PlacedDbInstance, zones: LocalZones, databases: Every[PlacedDbInstance]
) -> Verdict:
    """Databases in a Local Zone have a standby or backups in the Region.

    Why: a Local Zone is one building: without a copy elsewhere its failure can be the end of the data.
    Fix: turn on automated backups with BackupTarget region, and a Multi-AZ standby or a read replica in the region.
    """
    zone = zones.named(database.zone, database.region)
    if zone is None:
        return _ELSEWHERE
    problems = list(_unprotected(database, databases))
    if problems:
        return failed("; ".join(problems))
    return passed(f"its backups are kept {database.backup_retention_days} days, and it has a copy outside {zone.zone}")


def _unprotected(database: PlacedDbInstance, databases: Every[PlacedDbInstance]) -> Iterator[str]:
    if not database.backup_retention_days:
        yield "it has no automated backups"
    elif database.backup_target == "local" and not database.replicated_backups:
        yield f"its backups are kept in {database.zone} only"
    if not database.multi_az and not any(_replica_zones(database, databases)):
        yield f"it has neither a standby nor a replica outside {database.zone}"


def _replica_zones(database: PlacedDbInstance, databases: Every[PlacedDbInstance]) -> Iterable[str]:
    """The other zones and regions in which it has a replica."""
    yield from database.replica_regions
    for name in database.local_replicas:
        for one in databases.by(_IDENTIFIER, database.region).get(name, ()):
            if one.zone and one.zone != database.zone:
                yield one.zone
