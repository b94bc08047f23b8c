"""Reliability of the base."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from ipaddress import IPv4Network, ip_network

from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings, LaunchImage, ScalingActivities
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ec2 import Instance, InstanceStatus, InstanceType, KeyPairs
from auditor.evidence.ec2_network import (
    RouteTable,
    SecurityGroup,
    Subnet,
    TransitGatewayVpcAttachment,
    Vpc,
    VpcPeeringConnection,
    VpnConnection,
)
from auditor.evidence.elbv2 import TargetGroup
from auditor.evidence.events import EventRule
from auditor.evidence.servicequotas import QuotaManagement
from auditor.inference.compute import RecoveryAlarms
from auditor.inference.network import Interfaces
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_QUOTA_SOURCES = {"aws.trustedadvisor", "aws.health"}


@check(severity=Severity.LOW, practices=["REL01-BP04", "REL01-BP05"])
def service_quota_not_watched(
    _account: Account, management: Every[QuotaManagement], alarms: Every[MetricAlarm], rules: Every[EventRule]
) -> Verdict:
    """Quota usage raises alarms or is managed automatically.

    Why: at its quota a service refuses what scaling and failover ask for, and a raise can take days.
    Fix: turn on automatic quota management in Service Quotas, or make alarms with actions on the metrics of AWS/Usage
        with SERVICE_QUOTA, for the quotas that grow with the load.
    """
    if any(one.is_on for one in management.known()):
        return passed("Service Quotas manages quotas automatically")
    watching = [one for one in alarms.known() if one.acts and _is_on_usage(one)]
    if watching:
        return passed(f"{len(watching)} alarms watch the usage of quotas, {watching[0].alarm} among them")
    told = [one for one in rules.known() if one.is_enabled and _QUOTA_SOURCES & set(one.sources)]
    if told:
        return passed(f"the rule {told[0].rule_name} hears of quotas from {', '.join(told[0].sources)}")
    looked_at = f"none of {len(alarms)} alarms and {len(rules)} event rules"
    return failed(f"{looked_at} watches quotas, and none of {len(management)} regions manages them automatically")


def _is_on_usage(alarm: MetricAlarm) -> bool:
    return alarm.namespace == "AWS/Usage" or any("SERVICE_QUOTA" in one for one in alarm.expressions)


@check(severity=Severity.HIGH, practices=["REL11-BP01", "REL11-BP03"])
def ec2_instance_scheduled_event(status: InstanceStatus, account: Account, *, horizon_days: int = 14) -> Verdict:
    """No instance is impaired or about to be retired.

    Why: AWS stops or reboots the instance at the announced time, and an impaired one may already serve nobody.
    Fix: stop and start the instance before the date, which moves it to another host; replace an impaired one. The
        threshold `horizon_days` is how many days ahead an event counts.
    """
    if status.impaired:
        return failed(f"its {' and '.join(status.impaired)} status check fails", checks=list(status.impaired))
    horizon = account.now + timedelta(days=horizon_days)
    near = [event for event in status.pending_events if event.not_before is None or event.not_before <= horizon]
    if near:
        event = min(near, key=lambda one: one.not_before or account.now)
        when = f"on {event.not_before:%Y-%m-%d %H:%M} UTC" if event.not_before else "at a time that AWS does not tell"
        return failed(f"AWS has scheduled {event.code} {when}", event=event.code)
    return passed("its status checks are well, and AWS has scheduled nothing for it")


@check(severity=Severity.MEDIUM, practices=["REL11-BP03", "REL07-BP02"])
def ec2_instance_cannot_recover(instance: Instance, kind: InstanceType, alarms: RecoveryAlarms) -> Verdict:
    """Instances outside Auto Scaling groups recover from host failures.

    Why: when its host fails, an instance without recovery stays down until somebody notices and starts it elsewhere.
    Fix: put it into an Auto Scaling group (one of a single instance will do), set its automatic recovery to default,
        or make an alarm on StatusCheckFailed_System with the action arn:aws:automate:<region>:ec2:recover.
    """
    if not instance.is_running or instance.is_spot or instance.is_managed:
        return not_applicable("it is no running on-demand instance of the account's own")
    if instance.auto_scaling_group or instance.is_karpenter_node:
        return not_applicable("an Auto Scaling group or Karpenter replaces it")
    obstacle = _no_recovery(instance, kind)
    if not obstacle:
        return passed("EC2 recovers it by itself")
    if alarms.cover(instance):
        return passed("an alarm on StatusCheckFailed_System recovers it")
    return failed(f"it is in no Auto Scaling group, {obstacle}, and no alarm recovers it")


def _no_recovery(instance: Instance, kind: InstanceType) -> str:
    """What keeps EC2 from recovering an instance; empty where nothing does."""
    if instance.root_device_type == "instance-store":
        return "its root volume is an instance store"
    if not kind.supports_auto_recovery:
        return f"{instance.instance_type} does not support automatic recovery"
    if instance.tenancy == "host":
        return "it is bound to a dedicated host"
    return "its automatic recovery is disabled" if instance.auto_recovery == "disabled" else ""


_VITAL_PROCESSES = frozenset({"Launch", "Terminate", "HealthCheck", "ReplaceUnhealthy"})
_SINCE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@check(severity=Severity.HIGH, practices=["REL07-BP02", "REL07-BP01"])
def autoscaling_group_cannot_launch(
    group: AutoScalingGroup,
    settings: GroupLaunchSettings | None,
    image: LaunchImage | None,
    keys: KeyPairs,
    security_groups: Every[SecurityGroup],
    subnets: Every[Subnet],
    target_groups: Every[TargetGroup],
    activities: ScalingActivities,
    account: Account,
) -> Verdict:
    """Auto Scaling groups can launch instances.

    Why: a group whose image, subnet or security group is gone serves on until its next launch fails, which is when it
        is needed: at a peak, or after the loss of a zone.
    Fix: make a launch template version that names what exists, and resume suspended processes; then start an instance
        refresh to see that launches succeed.
    """
    if not group.maximum:
        return not_applicable("it is scaled to zero by design")
    if settings is None:
        return failed(f"{_template_name(group)} does not exist")
    missing = [
        *_missing_settings(settings, image, keys),
        *_missing("security group", settings.security_groups, (one.id for one in security_groups.within(group.region))),
        *_missing("subnet", group.subnets, (one.id for one in subnets.within(group.region))),
        *_missing("target group", group.target_groups, (one.arn for one in target_groups.within(group.region))),
    ]
    if missing:
        return failed(f"what it launches from is gone, or not usable: {', '.join(missing)}", missing=missing)
    return _judge_state(group, activities, account) or _judge_room(group, subnets)


def _template_name(group: AutoScalingGroup) -> str:
    if group.launch_template is None:
        return f"its launch configuration {group.launch_configuration}"
    template = group.launch_template
    return f"version {template.version} of its launch template {template.name or template.id}"


def _missing_settings(settings: GroupLaunchSettings, image: LaunchImage | None, keys: KeyPairs) -> Iterator[str]:
    usable = image is not None and image.state == "available"
    if settings.image and not settings.has_image_parameter and not usable:
        yield f"image {settings.image}"
    yield from _missing("key pair", [settings.key_name] if settings.key_name else [], keys.names)


def _missing(what: str, wanted: Iterable[str], known: Iterable[str]) -> list[str]:
    return [f"{what} {name}" for name in sorted(set(wanted) - set(known))]


def _judge_state(group: AutoScalingGroup, activities: ScalingActivities, account: Account) -> Verdict | None:
    """Why a group with all its parts does not launch; None where it does."""
    suspended = [one for one in group.suspended if one.process in _VITAL_PROCESSES]
    old = sorted(one.process for one in suspended if _is_older(one.reason, account.now - timedelta(days=1)))
    if old:
        return failed(f"its processes {', '.join(old)} are suspended", processes=old)
    newest = activities.newest
    if newest and newest.status == "Failed":
        return failed(f"its newest scaling activity failed: {(newest.message or newest.description)[:120]}")
    return None


def _is_older(reason: str, moment: datetime) -> bool:
    """Whether a process was suspended before a moment; the reason ends in the date, where AWS knows it."""
    found = _SINCE.search(reason)
    return found is None or datetime.fromisoformat(f"{found.group()}+00:00") < moment


def _judge_room(group: AutoScalingGroup, subnets: Every[Subnet]) -> Verdict:
    free = sum(one.free_addresses for one in subnets.within(group.region) if one.id in group.subnets)
    wanted = group.maximum - group.desired if group.capacity_unit == "units" else 0
    if free < wanted:
        reason = f"its subnets have {free} free addresses, and it may grow by {wanted} instances"
        return failed(reason, severity=Severity.MEDIUM, free_addresses=free)
    return passed("all that it launches from exists, and its subnets have room for its maximum")


_RESERVED = 5
"""Addresses of a subnet that AWS keeps for itself."""
_LOAD_BALANCER_NEEDS = 8
"""Free addresses that a load balancer wants in its subnet to scale (Elastic Load Balancing user guide)."""
_FIXED_TIERS = ("management", "endpoint")


@check(severity=Severity.MEDIUM, practices=["REL02-BP03", "REL01-BP06"])
def ec2_subnet_addresses_exhausted(
    subnet: Subnet, interfaces: Interfaces, *, min_free_percent: float = 15, min_free_addresses: int = 16
) -> Verdict:
    """Subnets have free addresses for scaling and failover.

    Why: without free addresses nothing can be launched there: scaling out, deployments and failover to the zone fail.
    Fix: add larger subnets, of a secondary CIDR block if the VPC is full, and move what scales there. Thresholds:
        `min_free_percent` of the addresses, and `min_free_addresses`, have to be free.
    """
    members = interfaces.of_subnet(subnet)
    if subnet.cidr is None or not members:
        return not_applicable("nothing uses its IPv4 addresses")
    if all(interfaces.tier(one) in _FIXED_TIERS for one in members):
        return not_applicable("it holds only gateways and endpoints, which do not scale")
    usable = ip_network(subnet.cidr).num_addresses - _RESERVED
    free = subnet.free_addresses
    percent = round(100 * free / usable, 1)
    said = f"{free} of its {usable} addresses are free"
    if free < _LOAD_BALANCER_NEEDS:
        return failed(said, severity=Severity.HIGH, free=free, percent=percent)
    if percent < min_free_percent or free < min_free_addresses:
        return failed(said, free=free, percent=percent)
    return passed(said)


_MESH = 3
"""So many peerings of one VPC are still simpler than a hub."""


@check(severity=Severity.MEDIUM, practices=["REL02-BP05", "REL02-BP04"])
def ec2_vpc_cidr_overlap(
    vpc: Vpc,
    vpcs: Every[Vpc],
    interfaces: Interfaces,
    attachments: Every[TransitGatewayVpcAttachment],
    peerings: Every[VpcPeeringConnection],
    vpns: Every[VpnConnection],
    tables: Every[RouteTable],
) -> Verdict:
    """Connected networks do not overlap.

    Why: routers take one of two overlapping networks; packets for the other go astray, or are dropped.
    Fix: give new networks blocks of their own (Amazon VPC IPAM plans them), and move what is in the overlapping one;
        until then connect by PrivateLink or a private NAT gateway. Let a transit gateway join more than three VPCs.
    """
    if not interfaces.of_vpc(vpc.id, vpc.region):
        return not_applicable("nothing uses the VPC")
    here = attachments.within(vpc.region)
    gateways = {one.transit_gateway_id for one in here if one.vpc_id == vpc.id}
    neighbors = {one.vpc_id for one in here if one.transit_gateway_id in gateways} | _peers(vpc, peerings)
    others = [one for one in vpcs.within(vpc.region) if one.id != vpc.id and _overlap(vpc.cidrs, one.cidrs)]
    joined = sorted(one.id for one in others if one.id in neighbors)
    if joined:
        return failed(f"it is connected to {', '.join(joined)}, whose addresses overlap its own", overlaps=joined)
    reached = gateways | _vpn_gateways(vpc, tables)
    astray = [route for vpn in vpns.within(vpc.region) if _reaches(vpn, reached) for route in vpn.static_routes]
    if routes := sorted({route for route in astray if _lies_in(route, vpc.ipv4_cidrs)}):
        return failed(f"static VPN routes lead away from its own addresses: {', '.join(routes)}", routes=routes)
    return _unjoined(vpc, others, interfaces) or _mesh(vpc, peerings, joined_by_hub=bool(gateways))


def _peers(vpc: Vpc, peerings: Every[VpcPeeringConnection]) -> set[str]:
    sides = (one.other_side(vpc.id) for one in peerings.within(vpc.region) if one.is_active)
    return {side.vpc_id for side in sides if side}


def _vpn_gateways(vpc: Vpc, tables: Every[RouteTable]) -> set[str]:
    """The virtual private gateways that routes of a VPC lead to, or that write routes into its tables."""
    own = [table for table in tables.within(vpc.region) if table.vpc_id == vpc.id]
    routed = {route.target for table in own for route in table.routes if route.target.startswith("vgw-")}
    return routed.union(*(table.propagating_gateways for table in own))


def _reaches(vpn: VpnConnection, gateways: set[str]) -> bool:
    return vpn.vpn_gateway_id in gateways or vpn.transit_gateway_id in gateways


def _overlap(mine: Iterable[str], others: Iterable[str]) -> bool:
    theirs = [ip_network(block) for block in others]
    own = (ip_network(block) for block in mine)
    return any(one.version == other.version and one.overlaps(other) for one in own for other in theirs)


def _lies_in(route: str, blocks: Iterable[str]) -> bool:
    """Whether a route is for a part of the blocks; a wider one loses against the VPC's own, and does no harm."""
    inner = ip_network(route)
    return any(inner.subnet_of(block) for block in map(IPv4Network, blocks) if isinstance(inner, IPv4Network))


def _unjoined(vpc: Vpc, others: Iterable[Vpc], interfaces: Interfaces) -> Verdict | None:
    """Equal blocks of networks that are not connected, and never can be."""
    equal = sorted(one.id for one in others if vpc.cidr == one.cidr and interfaces.of_vpc(one.id, one.region))
    if not equal:
        return None
    reason = f"its addresses {vpc.cidr} are also those of {', '.join(equal)}, so that they can never be connected"
    return failed(reason, severity=Severity.INFORMATIONAL, overlaps=equal)


def _mesh(vpc: Vpc, peerings: Every[VpcPeeringConnection], *, joined_by_hub: bool) -> Verdict:
    peers = _peers(vpc, peerings)
    if len(peers) > _MESH and not joined_by_hub:
        reason = f"it is peered with {len(peers)} VPCs one by one, without a transit gateway"
        return failed(reason, severity=Severity.INFORMATIONAL, peers=sorted(peers))
    return passed("no connected network overlaps its addresses")


_TUNNELS = 2


@check(severity=Severity.MEDIUM, practices=["REL02-BP02"])
def ec2_vpn_connection_not_redundant(vpn: VpnConnection) -> Verdict:
    """Links to other networks are redundant and up.

    Why: AWS replaces the endpoint of one tunnel at a time for maintenance; with one tunnel up, the link goes down.
    Fix: configure both tunnels on the customer gateway, with BGP or both static routes, and alarm on TunnelState.
    """
    if vpn.state != "available":
        return not_applicable(f"the connection is {vpn.state}")
    up = [tunnel.outside_ip for tunnel in vpn.tunnels if tunnel.is_up]
    said = f"{len(up)} of its {len(vpn.tunnels)} tunnels are up"
    return passed(said) if len(up) >= _TUNNELS else failed(said, up=up)
