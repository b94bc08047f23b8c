"""Cost optimization."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Annotated

from auditor.every import Every
from auditor.evidence.budgets import Budget, BudgetNotifications
from auditor.evidence.cloudtrail import EventSelectors, Trail, TrailStatus
from auditor.evidence.dynamodb import Table
from auditor.evidence.ec2 import Image, Instance, LaunchTemplateVersion, Snapshot, Volume
from auditor.evidence.ec2_network import (
    ElasticIp,
    NatGateway,
    NetworkInterface,
    RouteTable,
    TransitGatewayVpcAttachment,
    VpcEndpoint,
)
from auditor.evidence.elbv2 import Listener, LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.logs import LogGroup
from auditor.evidence.rds import DbInstance, DbSnapshot
from auditor.evidence.s3 import Bucket, BucketLifecycle
from auditor.inference.compute import AuditLogs, Disks
from auditor.metrics import Metric, MetricSpec, metric
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check

_HOURS_A_MONTH = 730
_GIB = 2**30
_MIB = 2**20
_VOLUME_GIB_USD: Mapping[str, float] = {
    "gp3": 0.08, "gp2": 0.10, "io1": 0.125, "io2": 0.125, "st1": 0.045, "sc1": 0.015, "standard": 0.05,
}  # fmt: skip
_SNAPSHOT_GIB_USD = 0.05
"""On-demand prices a month of us-east-1 (2026-01), for findings to be sorted by; a bill may differ."""
_OBSERVED = timedelta(days=14)
"""What is younger than the metrics reach back is not called idle."""


def _volume_usd(volumes: Iterable[Volume]) -> float:
    return round(sum(one.size_gib * _VOLUME_GIB_USD.get(one.volume_type, 0) for one in volumes), 2)


@check(severity=Severity.LOW, practices=["COST04-BP03", "SUS02-BP03"])
def ec2_volume_unattached(volume: Volume, account: Account, *, min_age_days: int = 7) -> Verdict:
    """No volume is left without an instance.

    Why: a volume that nothing uses costs as much as one in use, and its data is easily forgotten.
    Fix: take a snapshot (to the archive tier, if it is for the record) and delete the volume; set DeleteOnTermination
        where instances come and go. The threshold `min_age_days` leaves out younger volumes.
    """
    if not volume.is_unattached:
        return passed("it is in use") if volume.is_attached else not_applicable(f"the volume is {volume.state}")
    if volume.created > account.now - timedelta(days=min_age_days):
        return passed(f"it was made less than {min_age_days} days ago")
    usd = _volume_usd([volume])
    claim = volume.tags.get("kubernetes.io/created-for/pvc/name")
    whose = f", left by the Kubernetes claim {claim}" if claim else ""
    reason = (
        f"{volume.size_gib} GiB of {volume.volume_type} are attached to nothing{whose}, for about {usd:.2f} USD a month"
    )
    return failed(reason, estimated_monthly_usd=usd, kubernetes_claim=claim)


_STANDBY_TAGS = ("dr", "disaster-recovery", "pilot-light", "AWSElasticDisasterRecoveryManaged")


def _is_standby(tags: Mapping[str, str], recovery_tags: Iterable[str]) -> bool:
    """Whether a tag, by its key or its value, says that a resource waits for a disaster."""
    wanted = {tag.lower() for tag in recovery_tags}
    return any(key.lower() in wanted or value.lower() in wanted for key, value in tags.items())


@check(severity=Severity.LOW, practices=["COST04-BP03", "SEC06-BP02"])
def ec2_instance_stopped_long(
    instance: Instance,
    disks: Disks,
    account: Account,
    *,
    max_days: int = 30,
    recovery_tags: tuple[str, ...] = _STANDBY_TAGS,
) -> Verdict:
    """Instances are not kept stopped for weeks.

    Why: its volumes and addresses are billed on, and the instance misses every patch until somebody starts it.
    Fix: make an image of it and terminate it, or tag it as a standby. Thresholds: `max_days` that it may be stopped,
        and `recovery_tags`, the keys or values of tags that mark a standby.
    """
    if not instance.is_stopped:
        return not_applicable("it is not stopped")
    if _is_standby(instance.tags, recovery_tags):
        return passed("its tags mark it as a standby for recovery")
    limit = account.now - timedelta(days=max_days)
    if instance.launched > limit or (instance.stopped_at and instance.stopped_at > limit):
        return passed(f"it ran within the last {max_days} days")
    if instance.stopped_at is None:
        return unknown("AWS does not say since when it is stopped")
    days = (account.now - instance.stopped_at).days
    own = disks.of_instance(instance)
    usd = _volume_usd(own)
    paid = f"; its {len(own)} volumes cost about {usd:.2f} USD a month" if own else ""
    return failed(f"it is stopped for {days} days{paid}", days=days, estimated_monthly_usd=usd)


Cpu = Annotated[Metric, metric("AWS/EC2", "CPUUtilization", "Maximum", InstanceId="id")]
NetworkIn = Annotated[Metric, metric("AWS/EC2", "NetworkIn", "Sum", InstanceId="id")]
NetworkOut = Annotated[Metric, metric("AWS/EC2", "NetworkOut", "Sum", InstanceId="id")]


@check(severity=Severity.MEDIUM, practices=["COST04-BP03", "SUS02-BP01"])
def ec2_instance_idle(
    instance: Instance,
    account: Account,
    cpu: Cpu,
    received: NetworkIn,
    sent: NetworkOut,
    *,
    max_cpu_percent: float = 5,
    max_network_mib: float = 5,
    recovery_tags: tuple[str, ...] = _STANDBY_TAGS,
) -> Verdict:
    """Running instances do work.

    Why: an instance that does nothing costs as much as a busy one, and is one more to patch and to defend.
    Fix: terminate it, after a snapshot; or stop it by a schedule, or move its work to Lambda or Fargate. Thresholds:
        `max_cpu_percent` and `max_network_mib` (MiB a day) are the most that an idle instance uses, and
        `recovery_tags` the keys or values of tags that mark a standby.
    """
    if not instance.is_running:
        return not_applicable("it does not run")
    if instance.auto_scaling_group:
        return not_applicable("its Auto Scaling group decides how many instances there are")
    if instance.launched > account.now - _OBSERVED:
        return passed("it was started less than 14 days ago")
    if not cpu or not (received or sent):
        return unknown("CloudWatch has no data of its CPU or network for the last 14 days")
    traffic = max(a + b for a, b in zip_longest(received.values, sent.values, fillvalue=0.0)) / _MIB
    said = f"its CPU used at most {cpu.maximum:.1f} % and its network {traffic:.1f} MiB a day in 14 days"
    if cpu.maximum >= max_cpu_percent or traffic >= max_network_mib:
        return passed(said)
    if _is_standby(instance.tags, recovery_tags):
        return passed(f"{said}, and its tags mark it as a standby for recovery")
    return failed(said, cpu_percent=round(cpu.maximum, 1), network_mib=round(traffic, 1))


Connections = Annotated[Metric, metric("AWS/RDS", "DatabaseConnections", "Maximum", DBInstanceIdentifier="identifier")]


@check(severity=Severity.MEDIUM, practices=["COST04-BP03", "SUS02-BP03"])
def managed_database_idle(
    database: DbInstance, connections: Connections, account: Account, *, idle_days: int = 7
) -> Verdict:
    """Databases, caches and warehouses are used.

    Why: a database without connections is paid for by the hour, with its storage and its standby.
    Fix: take a final snapshot and delete it, or move to Aurora Serverless v2, which can pause. The threshold
        `idle_days` is how many days, 14 at most, it has to be without a connection.
    """
    if database.is_docdb or database.is_neptune or database.is_custom:
        return not_applicable(f"{database.engine} counts connections in another place")
    if database.is_replica or database.is_cluster_member or database.status != "available":
        return not_applicable("it is a replica or a member of a cluster, or not available")
    if database.created > account.now - timedelta(days=idle_days):
        return passed(f"it was made less than {idle_days} days ago")
    if not connections:
        return unknown("CloudWatch has no data of its connections for the last 14 days")
    most = max(connections.values[-idle_days:])
    if most:
        return passed(f"it had up to {most:.0f} connections in {idle_days} days")
    return failed(f"nothing has connected to it for {idle_days} days", instance_class=database.instance_class)


@check(severity=Severity.LOW, practices=["COST04-BP03"])
def ec2_address_unassociated(
    address: ElasticIp,
    instances: Every[Instance],
    interfaces: Every[NetworkInterface],
    gateways: Every[NatGateway],
    *,
    address_hour_price: float = 0.005,
) -> Verdict:
    """Elastic IP addresses are in use.

    Why: every public IPv4 address is billed by the hour, also one that leads nowhere.
    Fix: release it with ReleaseAddress, unless somebody outside still expects it. The threshold `address_hour_price` is
        the price of an address in USD an hour.
    """
    if address.service_managed:
        return not_applicable(f"{address.service_managed} manages it")
    obstacle = _unused(address, instances, interfaces)
    natted = (one.id for one in gateways.within(address.region) if address.allocation_id in one.allocation_ids)
    if not obstacle or any(natted):
        return passed("it is in use")
    usd = round(address_hour_price * _HOURS_A_MONTH, 2)
    public = {ip for one in interfaces.within(address.region) for ip in one.public_ips}
    said = f"it {obstacle}, for {usd:.2f} USD a month; the region has {len(public)} public IPv4 addresses in use"
    return failed(said, estimated_monthly_usd=usd, addresses_in_use=len(public))


def _unused(address: ElasticIp, instances: Every[Instance], interfaces: Every[NetworkInterface]) -> str:
    """Why an address serves nothing; empty where it serves something."""
    if not address.is_associated:
        return "is associated with nothing"
    if address.instance_id:
        stopped = (one for one in instances.within(address.region) if one.id == address.instance_id and one.is_stopped)
        return next((f"belongs to {one.id}, which is stopped" for one in stopped), "")
    idle = (one for one in interfaces.within(address.region) if one.id == address.interface_id and not one.is_in_use)
    return next((f"belongs to {one.id}, which is attached to nothing" for one in idle), "")


Requests = Annotated[Metric, metric("AWS/ApplicationELB", "RequestCount", "Sum", LoadBalancer="dimension")]
Flows = Annotated[Metric, metric("AWS/NetworkELB", "ActiveFlowCount", "Maximum", LoadBalancer="dimension")]
InspectedFlows = Annotated[Metric, metric("AWS/GatewayELB", "ActiveFlowCount", "Maximum", LoadBalancer="dimension")]


@check(severity=Severity.LOW, practices=["COST04-BP03", "SUS02-BP03"])
def elbv2_load_balancer_idle(
    balancer: LoadBalancer,
    listeners: Every[Listener],
    target_groups: Every[TargetGroup],
    health: Every[TargetHealth],
    account: Account,
    requests: Requests,
    flows: Flows,
    inspected: InspectedFlows,
) -> Verdict:
    """Load balancers have targets and traffic.

    Why: a load balancer is billed by the hour even if no request comes; one without targets answers with errors.
    Fix: delete it with its target groups and DNS names, or register the targets that it lost.
    """
    if balancer.created > account.now - _OBSERVED:
        return not_applicable("it was made less than 14 days ago")
    if not listeners.of(balancer):
        return failed("it has no listener")
    groups = [one for one in target_groups.within(balancer.region) if balancer.arn in one.load_balancer_arns]
    if groups and not any(one.targets for group in groups for one in health.of(group)):
        return failed(f"none of its {len(groups)} target groups has a target", severity=Severity.MEDIUM)
    traffic = {"application": requests, "network": flows, "gateway": inspected}.get(balancer.kind)
    if traffic is None:
        return unknown(f"{balancer.kind} is a kind of load balancer that is not known here")
    what = "requests" if balancer.is_application else "flows"
    if not traffic.total:
        return failed(f"it had no {what} in 14 days")
    return passed(f"it had {traffic.total:.0f} {what} in 14 days" if balancer.is_application else f"it had {what}")


NatBytes = Annotated[Metric, metric("AWS/NATGateway", "BytesOutToDestination", "Sum", NatGatewayId="id")]


@check(severity=Severity.LOW, practices=["COST04-BP03", "COST08-BP02"])
def ec2_nat_gateway_idle(gateway: NatGateway, tables: Every[RouteTable], account: Account, sent: NatBytes) -> Verdict:
    """NAT gateways carry traffic.

    Why: a NAT gateway costs about 33 USD a month before its first byte, and an address on top.
    Fix: delete it and release its address; where only AWS services are called, VPC endpoints replace it.
    """
    if not gateway.is_available or gateway.created > account.now - _OBSERVED:
        return not_applicable("it is not up, or was made less than 14 days ago")
    active = (route for table in tables.within(gateway.region) for route in table.routes if route.is_active)
    if not any(route.nat_gateway_id == gateway.id for route in active):
        return failed("no route leads to it")
    if not sent:
        return unknown("CloudWatch has no data of it for the last 14 days")
    if not sent.total:
        return failed("it sent nothing in 14 days")
    return passed(f"it sent {sent.total / _GIB:.1f} GiB in 14 days")


MonthOut = Annotated[Metric, metric("AWS/NATGateway", "BytesOutToDestination", "Sum", days=30, NatGatewayId="id")]
MonthIn = Annotated[Metric, metric("AWS/NATGateway", "BytesOutToSource", "Sum", days=30, NatGatewayId="id")]


@check(severity=Severity.MEDIUM, practices=["COST08-BP03", "COST08-BP02", "SEC05-BP02"])
def ec2_nat_gateway_without_gateway_endpoints(
    gateway: NatGateway,
    tables: Every[RouteTable],
    endpoints: Every[VpcEndpoint],
    dynamodb: Every[Table],
    sent: MonthOut,
    received: MonthIn,
    *,
    min_gib_per_month: float = 100,
    gib_price: float = 0.045,
    high_usd_per_month: float = 500,
) -> Verdict:
    """S3 and DynamoDB traffic does not pass NAT gateways.

    Why: a NAT gateway bills each GiB that it carries; a gateway endpoint carries S3 and DynamoDB traffic for nothing.
    Fix: create gateway endpoints for s3 and dynamodb and add them to the route tables. Thresholds:
        `min_gib_per_month` to be judged, `gib_price` in USD a GiB, and `high_usd_per_month` from which it is high.
    """
    if not gateway.is_available or not (sent or received):
        return not_applicable("it is not up, or has no data")
    gib = (sent.total + received.total) / _GIB
    if gib <= min_gib_per_month:
        return not_applicable(f"it carried {gib:.0f} GiB in 30 days, too little to matter")
    services = ["s3", *(["dynamodb"] if dynamodb.within(gateway.region) else [])]
    missing = sorted(
        f"{table.id} ({service})"
        for table in tables.within(gateway.region)
        if any(route.nat_gateway_id == gateway.id for route in table.default_routes)
        for service in services
        if not _has_endpoint(table, service, endpoints)
    )
    if not missing:
        return passed("all route tables that lead to it have the gateway endpoints")
    usd = round(gib * gib_price, 2)
    reason = (
        f"it carried {gib:.0f} GiB in 30 days for {usd:.2f} USD, and gateway endpoints lack in {', '.join(missing)}"
    )
    severity = Severity.HIGH if usd > high_usd_per_month else None
    return failed(reason, severity=severity, gib=round(gib), processing_usd=usd)


def _has_endpoint(table: RouteTable, service: str, endpoints: Every[VpcEndpoint]) -> bool:
    own = (one for one in endpoints.within(table.region) if one.is_gateway and table.id in one.route_table_ids)
    return any(one.service == service for one in own)


EndpointBytes = Annotated[
    Metric,
    MetricSpec(
        "AWS/PrivateLinkEndpoints",
        "BytesProcessed",
        "Sum",
        14,
        86400,
        (
            ("Endpoint Type", "=Interface"),
            ("Service Name", "service_name"),
            ("VPC Endpoint Id", "id"),
            ("VPC Id", "vpc_id"),
        ),
    ),
]


@check(severity=Severity.LOW, practices=["COST04-BP03", "COST06-BP04"])
def ec2_interface_endpoint_idle(
    endpoint: VpcEndpoint,
    endpoints: Every[VpcEndpoint],
    attachments: Every[TransitGatewayVpcAttachment],
    account: Account,
    carried: EndpointBytes,
    *,
    max_vpcs_per_service: int = 3,
) -> Verdict:
    """Interface endpoints are used and not doubled.

    Why: an interface endpoint is billed by the hour for each of its zones, whether or not anything passes it.
    Fix: delete it; where many VPCs need one service, share one endpoint through a transit gateway and a private hosted
        zone. The threshold `max_vpcs_per_service` is how many connected VPCs may have one each.
    """
    if not (endpoint.is_interface and endpoint.is_available):
        return not_applicable("it is no interface endpoint that is up")
    if f".{endpoint.region}." not in f"{endpoint.service_name}.":
        return not_applicable("its service is in another region, for which no metrics are published")
    if endpoint.created <= account.now - _OBSERVED and not carried.total:
        zones = len(endpoint.subnet_ids)
        return failed(f"nothing passed it to {endpoint.service} in 14 days, and it is billed in {zones} zones")
    doubled = _connected_twins(endpoint, endpoints, attachments)
    if len(doubled) > max_vpcs_per_service:
        reason = f"{len(doubled)} VPCs at one transit gateway have an endpoint for {endpoint.service} each"
        return failed(reason, severity=Severity.INFORMATIONAL, vpcs=sorted(doubled))
    return passed(f"{carried.total / _GIB:.1f} GiB passed it in 14 days" if carried else "it is younger than 14 days")


def _connected_twins(
    endpoint: VpcEndpoint, endpoints: Every[VpcEndpoint], attachments: Every[TransitGatewayVpcAttachment]
) -> set[str]:
    """The VPCs at a transit gateway of the endpoint's VPC, itself counted, that have an endpoint for its service."""
    here = attachments.within(endpoint.region)
    gateways = {one.transit_gateway_id for one in here if one.vpc_id == endpoint.vpc_id}
    joined = {one.vpc_id for one in here if one.transit_gateway_id in gateways}
    twins = (one for one in endpoints.within(endpoint.region) if one.service_name == endpoint.service_name)
    return {one.vpc_id for one in twins if one.vpc_id in joined}


@check(severity=Severity.LOW, practices=["COST04-BP05", "SUS04-BP05", "SUS04-BP08"])
def ec2_snapshot_orphaned(
    region: Region,
    snapshots: Every[Snapshot],
    volumes: Every[Volume],
    images: Every[Image],
    instances: Every[Instance],
    templates: Every[LaunchTemplateVersion],
    database_snapshots: Every[DbSnapshot],
    account: Account,
    *,
    max_age_days: int = 365,
) -> Verdict:
    """Snapshots and images that nothing needs are removed.

    Why: snapshots whose volume is gone are billed for ever, and keep old data where nobody looks for it.
    Fix: delete them, or move what has to be kept to the archive tier; let Data Lifecycle Manager or AWS Backup expire
        new ones. The threshold `max_age_days` leaves out younger ones.
    """
    here, limit = region.name, account.now - timedelta(days=max_age_days)
    own = images.within(here)
    imaged = {name for image in own for name in image.snapshots}
    used = {one.image for one in instances.within(here)} | {one.settings.image for one in templates.within(here)}
    disks = {one.id for one in volumes.within(here)}
    old = [one for one in snapshots.within(here) if one.id not in imaged and _is_orphan(one, disks, limit)]
    unused = [one.id for one in own if one.id not in used and _is_unused(one, limit)]
    manual = [one for one in database_snapshots.within(here) if one.is_manual and _is_old(one.created, one.tags, limit)]
    found = {
        "snapshots without a volume": [one.id for one in old],
        "unused images": unused,
        "manual database snapshots": [one.identifier for one in manual],
    }
    if not any(found.values()):
        return passed(f"no snapshot or image without use is older than {max_age_days} days")
    said = ", ".join(f"{len(names)} {what}" for what, names in found.items() if names)
    gib = sum(one.size_gib for one in old) + sum(one.size_gib or 0 for one in manual)
    usd = round(gib * _SNAPSHOT_GIB_USD, 2)
    reason = f"{said} are older than {max_age_days} days, {gib} GiB for up to {usd:.2f} USD a month"
    return failed(
        reason, resources=sorted(name for names in found.values() for name in names), estimated_monthly_usd=usd
    )


def _is_orphan(snapshot: Snapshot, volumes: set[str], limit: datetime) -> bool:
    needed = snapshot.volume in volumes or snapshot.is_kept_by_policy
    return not needed and snapshot.tier == "standard" and _is_old(snapshot.started, snapshot.tags, limit)


def _is_unused(image: Image, limit: datetime) -> bool:
    launched = image.last_launched and image.last_launched > limit
    return not (launched or image.is_kept_by_policy) and _is_old(image.created, image.tags, limit)


def _is_old(made: datetime, tags: Mapping[str, str], limit: datetime) -> bool:
    """Whether something is older than a date, and no tag says how long it is to be kept."""
    return made < limit and not any(word in key.lower() for key in tags for word in ("retention", "retain", "keep"))


BucketSize = Annotated[
    Metric, metric("AWS/S3", "BucketSizeBytes", "Average", days=3, BucketName="bucket", StorageType="=StandardStorage")
]


@check(severity=Severity.LOW, practices=["COST04-BP04", "SUS04-BP05"])
def s3_incomplete_multipart_uploads_kept(
    _bucket: Bucket, lifecycle: BucketLifecycle | None, size: BucketSize, *, max_days: int = 7, min_size_gib: float = 10
) -> Verdict:
    """Buckets end incomplete multipart uploads.

    Why: the parts of uploads that broke off are billed like objects and do not show in any listing of objects.
    Fix: add a lifecycle rule without a filter that has AbortIncompleteMultipartUpload. Thresholds: `max_days` after
        which it ends them, and `min_size_gib` that a bucket has to hold to be judged.
    """
    rules = [one for one in (lifecycle.enabled if lifecycle else ()) if one.filter.is_everything]
    days = min((one.aborts_uploads_days for one in rules if one.aborts_uploads_days is not None), default=None)
    if days is not None and days <= max_days:
        return passed(f"a lifecycle rule ends incomplete uploads after {days} days")
    if not size or size.maximum < min_size_gib * _GIB:
        return not_applicable(f"it holds less than {min_size_gib} GiB of standard storage")
    held = f"{size.maximum / _GIB:.0f} GiB"
    if days is None:
        return failed(f"no lifecycle rule for all of its {held} ends incomplete uploads")
    return failed(f"its lifecycle rule ends incomplete uploads only after {days} days", days=days)


@check(severity=Severity.LOW, practices=["COST04-BP05", "SUS04-BP03", "SEC04-BP02"])
def logs_log_group_never_expires(
    group: LogGroup,
    audit: AuditLogs,
    *,
    min_stored_mib: float = 100,
    min_audit_days: int = 365,
) -> Verdict:
    """Log groups have a retention.

    Why: logs without a retention are kept and billed for ever; those that an investigation needs must last a year.
    Fix: set the retention with PutRetentionPolicy, and export what has to be kept longer to S3. Thresholds: with less
        than `min_stored_mib` MiB a finding is informational; audit logs are to be kept `min_audit_days`.
    """
    if group.never_expires:
        mib = group.stored_bytes / _MIB
        severity = None if mib > min_stored_mib else Severity.INFORMATIONAL
        return failed(f"its {mib:.0f} MiB of logs never expire", severity=severity, stored_mib=round(mib))
    if group.retention_days is None:
        return not_applicable("the service that writes it decides how long it is kept")
    days = group.retention_days
    writer = "" if days >= min_audit_days else audit.writer(group)
    if writer:
        return failed(f"{writer} writes to it, and it keeps {days} days of {min_audit_days}", days=days)
    return passed(f"its logs are kept for {days} days")


@check(severity=Severity.MEDIUM, practices=["COST01-BP03", "COST01-BP05", "COST03-BP05"])
def budgets_budget_missing(
    _account: Account, budgets: Every[Budget], notifications: Every[BudgetNotifications]
) -> Verdict:
    """A cost budget with subscribers watches the account.

    Why: without a budget nobody hears of a runaway cost before the invoice.
    Fix: create a cost budget of the account with a notification on actual and one on forecasted cost, to a team's
        address or an SNS topic. Where the organization's payer has a budget for this account, waive this finding.
    """
    cost = [one for one in budgets if one.is_of_cost]
    watched = {one.budget: one for one in cost if any(found.notifications for found in notifications.of(one))}
    if not watched:
        return failed(f"none of its {len(cost)} cost budgets notifies anybody" if cost else "it has no cost budget")
    over = [(one, spent) for one in watched.values() if (spent := one.actual or 0) > (one.limit or spent)]
    if over:
        one, spent = over[0]
        return failed(
            f"{spent:.2f} of the {one.limit:.2f} {one.unit} of {one.budget} are spent", severity=Severity.HIGH
        )
    tight = [one for one in watched.values() if one.limit is not None and (one.forecast or 0) > one.limit]
    if tight:
        return failed(f"{tight[0].budget} is forecast to reach {tight[0].forecast:.2f} of its {tight[0].limit:.2f}")
    if not any("FORECASTED" in found.kinds for one in watched.values() for found in notifications.of(one)):
        return failed("no notification is on the forecasted cost", severity=Severity.LOW)
    return passed(f"{', '.join(sorted(watched))} notifies its subscribers")


@check(severity=Severity.LOW, practices=["COST05-BP03"])
def cloudtrail_duplicate_management_events(
    region: Region, trails: Every[Trail], statuses: Every[TrailStatus], selectors: Every[EventSelectors]
) -> Verdict:
    """Management events are paid for once.

    Why: the first copy of management events is free in a region; each further trail that records them bills every one.
    Fix: keep one multi-region (or organization) trail for management events, and let others record data events only.
    """
    covering = [one for one in trails if one.covers(region.name)]
    logging = [one for one in covering if any(status.is_logging for status in statuses.of(one))]
    if not logging:
        return not_applicable("no trail records the region")
    paid = sorted(one.trail_name for one in logging if any(_has_management(found) for found in selectors.of(one)))
    if len(paid) > 1:
        return failed(f"{len(paid)} trails record management events: {', '.join(paid)}", trails=paid)
    return passed(f"{len(paid)} of {len(logging)} trails records management events")


def _has_management(selectors: EventSelectors) -> bool:
    return selectors.has_management_reads or selectors.has_management_writes
