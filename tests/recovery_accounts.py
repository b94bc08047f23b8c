"""Accounts with one application, generated from how each part of it is copied; and labelled ones.

`Spec` says how each part stands; `parts` makes the evidence of it, `surveyed` what the inference makes of that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from stores import FRANKFURT, bucket, db_cluster, db_instance, global_member, member, replica, table, vault

from auditor.every import Every, Group
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.backup import RecoveryPoint, RestoreJob
from auditor.evidence.drs import RecoveryJob, SourceServer
from auditor.evidence.dynamodb import ContinuousBackups
from auditor.evidence.ec2 import Image, Instance, LaunchTemplate, Volume
from auditor.evidence.ec2_network import Subnet, Vpc
from auditor.evidence.efs import FileSystem, FileSystemReplication
from auditor.evidence.elbv2 import LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.fis import Experiment, ExperimentActions
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup, AcceleratorListener
from auditor.evidence.lambda_ import Function
from auditor.evidence.rds import DbAutomatedBackup, GlobalCluster
from auditor.evidence.route53 import HealthCheck, HostedZone, RecordSet
from auditor.evidence.s3 import BucketReplication, BucketVersioning
from auditor.evidence.tagging import TaggedResource
from auditor.inference.recovery import Posture, Recovery, recovery
from auditor.inference.recovery.figures import MINUTE
from auditor.model import GLOBAL, Region
from auditor.registry import load
from auditor.testing import ACCOUNT, HOME, NOW, ago, gap, gathered, made
from auditor.typed import Resource
from auditor.wiring import Form
from auditor.workloads import Members, RecoveryTest, Strategy, Workload, Workloads

OWNER = ACCOUNT.id
ELB = "arn:aws:elasticloadbalancing"
Part = Resource | tuple[Resource, Any]


@dataclass(frozen=True)
class Spec:
    """How each part of an application stands; the first word of each is that it has none."""

    database: str = "absent"
    """`plain`, `backup`, `stale`, `expired`, `logs`, `late_logs`, `replica`, `broken_replica`, `gone_replica`."""
    cluster: str = "absent"
    """`plain`, `global`, `headless`, `apart` (out of step), `forwarding`."""
    table: str = "absent"
    """`plain`, `global`, `broken`, `strong`."""
    bucket: str = "absent"
    """`plain`, `same_region`, `partial`, `replicated`, `timed`, `both_ways`."""
    files: str = "absent"
    """`plain`, `replicated`, `lagging`, `paused`."""
    compute: str = "absent"
    """`plain`, `no_image`, `artifacts`, `zero`, `blocked`, `unhealthy`, `small`, `tiny`, `full`."""
    server: str = "absent"
    """A server with a data volume: `plain`, `drs`, `stalled`."""
    function: str = "absent"
    """`plain`, `both`."""
    balancer: str = "absent"
    """`plain`, `both`, `down` (no healthy target in the recovery region)."""
    routing: str = "none"
    """`unwatched`, `failover`, `latency`, `accelerator`, `parked` (an accelerator whose dial is 0)."""
    network: bool = False
    locked: str = "open"
    """The vault of copies: `open`, `governance`, `final`."""
    history: bool = False
    """Whether stores keep a history of their own."""
    test: str = "none"
    """`restore`, `slow_restore`, `old_restore`, `drill`, `region_fault`."""
    workload: Workload | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def parts(spec: Spec) -> list[Part]:
    """The evidence of an application."""
    makers: tuple[Callable[[Spec], Iterable[Part]], ...] = (
        _database, _cluster, _table, _bucket, _files, _compute, _server, _function, _balancers, _routing, _network,
        _tests,
    )  # fmt: skip
    return [one for make in makers for one in make(spec)]


def _database(spec: Spec) -> Iterator[Part]:
    if spec.database == "absent":
        return
    there = f"arn:aws:rds:{FRANKFURT}:{OWNER}:db:shop-db"
    changes: dict[str, Any] = {"BackupRetentionPeriod": 7 if spec.history else 0}
    if spec.database.endswith("replica"):
        changes["ReadReplicaDBInstanceIdentifiers"] = [there]
    if spec.database.endswith("logs"):
        arn = f"arn:aws:rds:{FRANKFURT}:{OWNER}:auto-backup:ab-1"
        changes["DBInstanceAutomatedBackupsReplications"] = [{"DBInstanceAutomatedBackupsArn": arn}]
    tags = [{"Key": key, "Value": value} for key, value in spec.tags.items()]
    source = db_instance("shop-db", TagList=tags, **changes)
    yield source
    if spec.database in ("replica", "broken_replica"):
        normal = spec.database == "replica"
        status = {"StatusType": "read replication", "Normal": normal, "Status": "replicating" if normal else "error"}
        yield db_instance(
            "shop-db", region=FRANKFURT, ReadReplicaSourceDBInstanceIdentifier=source.arn, StatusInfos=[status]
        )
    if spec.database.endswith("logs"):
        yield _automated_backup(source.arn, minutes=10 if spec.database == "logs" else 300)
    if spec.database in ("backup", "stale", "expired"):
        yield from _backup(spec, source.arn, days=(5, 4) if spec.database == "stale" else (2, 1, 0.5))


def _automated_backup(instance: str, *, minutes: float) -> DbAutomatedBackup:
    return made(
        DbAutomatedBackup, DBInstanceAutomatedBackupsArn=f"arn:aws:rds:{FRANKFURT}:{OWNER}:auto-backup:ab-1",
        DBInstanceArn=instance, DbiResourceId="db-ABC", Region=HOME, Status="replicating",
        RestoreWindow={"LatestTime": ago(minutes=minutes)}, region=FRANKFURT,
    )  # fmt: skip


def _backup(spec: Spec, arn: str, days: Iterable[float]) -> Iterator[Part]:
    """Recovery points of a resource in a vault of the recovery region."""
    lock: dict[str, Any] = {"Locked": spec.locked != "open"}
    if spec.locked == "final":
        lock["LockDate"] = ago(days=10)
    holder = vault("copies", region=FRANKFURT, **lock)
    yield holder
    for index, age in enumerate(days):
        raw = {
            "RecoveryPointArn": f"arn:aws:backup:{FRANKFURT}:{OWNER}:recovery-point:{arn[-6:]}-{index}",
            "BackupVaultName": "copies",
            "ResourceArn": arn,
            "ResourceType": "RDS",
            "Status": "EXPIRED" if spec.database == "expired" else "COMPLETED",
            "CreationDate": ago(days=age),
        }
        yield made(RecoveryPoint, raw, under=holder)


def _cluster(spec: Spec) -> Iterator[Part]:
    if spec.cluster == "absent":
        return
    source = db_cluster("shop-aurora", BackupRetentionPeriod=7 if spec.history else 0)
    yield source
    if spec.cluster == "plain":
        return
    members = [] if spec.cluster == "headless" else [member("there", writer=True)]
    forwarding = {"GlobalWriteForwardingStatus": "enabled"} if spec.cluster == "forwarding" else {}
    second = db_cluster("shop-aurora", region=FRANKFURT, DBClusterMembers=members, **forwarding)
    yield second
    synchronization = "pending-resync" if spec.cluster == "apart" else "connected"
    raw = {
        "GlobalClusterIdentifier": "shop",
        "GlobalClusterArn": f"arn:aws:rds::{OWNER}:global-cluster:shop",
        "Engine": "aurora-postgresql",
        "Status": "available",
        "GlobalClusterMembers": [
            global_member(source, writer=True),
            global_member(second, SynchronizationStatus=synchronization),
        ],
    }
    yield from gathered(GlobalCluster, Region(HOME, ACCOUNT), DescribeGlobalClusters={"GlobalClusters": [raw]})


def _table(spec: Spec) -> Iterator[Part]:
    if spec.table == "absent":
        return
    status = "REPLICATION_NOT_AUTHORIZED" if spec.table == "broken" else "ACTIVE"
    copied = spec.table != "plain"
    more: dict[str, Any] = {"MultiRegionConsistency": "STRONG"} if spec.table == "strong" else {}
    if copied:
        more["Replicas"] = [replica(FRANKFURT, status)]
    found = table("shop-orders", **more)
    yield found
    if spec.history:
        description = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "ENABLED"}}
        yield found, made(ContinuousBackups, description)
    if spec.table in ("global", "strong"):
        yield table("shop-orders", region=FRANKFURT, **more | {"Replicas": [replica(HOME)]})


def _bucket(spec: Spec) -> Iterator[Part]:
    if spec.bucket == "absent":
        return
    documents = bucket("shop-documents")
    there = bucket("shop-documents-dr", region=HOME if spec.bucket == "same_region" else FRANKFURT)
    yield documents
    if spec.history:
        yield documents, made(BucketVersioning, Status="Enabled")
    if spec.bucket == "plain":
        return
    yield there
    yield documents, _replication(there.bucket, partial=spec.bucket == "partial", timed=spec.bucket == "timed")
    if spec.bucket == "both_ways":
        yield there, _replication(documents.bucket)


def _replication(to: str, *, partial: bool = False, timed: bool = False) -> BucketReplication:
    destination: dict[str, Any] = {"Bucket": f"arn:aws:s3:::{to}"}
    if timed:
        destination["ReplicationTime"] = {"Status": "Enabled", "Time": {"Minutes": 15}}
    raw = {"ID": "all", "Status": "Enabled", "Filter": {"Prefix": "logs/" if partial else ""}}
    return made(BucketReplication, Role="arn:role", Rules=[raw | {"Destination": destination}])


def _files(spec: Spec) -> Iterator[Part]:
    if spec.files == "absent":
        return
    raw = {
        "FileSystemId": "fs-1",
        "FileSystemArn": f"arn:aws:elasticfilesystem:{HOME}:{OWNER}:file-system/fs-1",
        "CreationTime": ago(days=100),
        "LifeCycleState": "available",
        "SizeInBytes": {"Value": 2**30},
    }
    yield made(FileSystem, raw)
    if spec.files != "plain":
        there = {
            "Region": FRANKFURT,
            "FileSystemId": "fs-2",
            "Status": "PAUSED" if spec.files == "paused" else "ENABLED",
            "LastReplicatedTimestamp": ago(minutes=300 if spec.files == "lagging" else 10),
        }
        yield made(
            FileSystemReplication, SourceFileSystemId="fs-1", SourceFileSystemRegion=HOME,
            SourceFileSystemArn=raw["FileSystemArn"], Destinations=[there],
        )  # fmt: skip


def _compute(spec: Spec) -> Iterator[Part]:
    if spec.compute == "absent":
        return
    yield from _group(HOME, 4, 8, image="ami-1", target_group="web" if spec.balancer != "absent" else "")
    yield made(Image, ImageId="ami-1", Name="shop-web-7", State="available", CreationDate=ago(days=3))
    if spec.compute in ("no_image", "artifacts", "zero", "blocked", "unhealthy", "small", "tiny", "full"):
        yield made(
            LaunchTemplate, LaunchTemplateId="lt-2", LaunchTemplateName="shop-web", DefaultVersionNumber=1,
            LatestVersionNumber=1, region=FRANKFURT,
        )  # fmt: skip
    if spec.compute == "artifacts":
        yield made(
            Image, ImageId="ami-2", Name="shop-web-7", State="available", CreationDate=ago(days=3),
            SourceImageId="ami-1", SourceImageRegion=HOME, region=FRANKFURT,
        )  # fmt: skip
    sizes = {"zero": (0, 8), "no_image": (0, 0), "blocked": (0, 8), "tiny": (1, 1), "small": (1, 8), "full": (4, 8),
             "unhealthy": (1, 8)}  # fmt: skip
    if spec.compute in sizes and spec.compute != "no_image":
        desired, most = sizes[spec.compute]
        blocked = {"SuspendedProcesses": [{"ProcessName": "Launch"}]} if spec.compute == "blocked" else {}
        yield from _group(
            FRANKFURT, desired, most, image="ami-2", target_group="web" if spec.balancer != "absent" else "", **blocked
        )


def _group(region: str, desired: int, most: int, *, image: str, target_group: str, **more: Any) -> Iterator[Part]:
    members = [
        {"InstanceId": f"i-{region}-{index}", "InstanceType": "m7g.large", "AvailabilityZone": f"{region}a",
         "LifecycleState": "InService", "HealthStatus": "Healthy", "ProtectedFromScaleIn": False}
        for index in range(desired)
    ]  # fmt: skip
    raw = {
        "AutoScalingGroupName": f"shop-web-{region}",
        "AutoScalingGroupARN": f"arn:aws:autoscaling:{region}:{OWNER}:autoScalingGroup:1:autoScalingGroupName/shop-web",
        "MinSize": 0, "MaxSize": most, "DesiredCapacity": desired, "Instances": members,
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "shop-web", "Version": "1"},
        "TargetGroupARNs": [f"{ELB}:{region}:{OWNER}:targetgroup/{target_group}/1"] if target_group else [],
    }  # fmt: skip
    group = made(AutoScalingGroup, raw | more, region=region)
    yield group
    data = {"LaunchTemplateVersions": [{"LaunchTemplateData": {"ImageId": image, "InstanceType": "m7g.large"}}]}
    yield group, gathered(GroupLaunchSettings, group, DescribeLaunchTemplateVersions=data)


def _server(spec: Spec) -> Iterator[Part]:
    if spec.server == "absent":
        return
    devices = [
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-root"}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": "vol-data"}},
    ]
    yield made(
        Instance, InstanceId="i-legacy", InstanceType="m5.large", ImageId="ami-9", State={"Name": "running"},
        RootDeviceName="/dev/xvda", BlockDeviceMappings=devices, Tags=[{"Key": "Name", "Value": "legacy"}],
    )  # fmt: skip
    for name in ("vol-root", "vol-data"):
        yield made(
            Volume, VolumeId=name, VolumeType="gp3", State="in-use", Size=100, AvailabilityZone=f"{HOME}a",
            CreateTime=ago(days=100), Attachments=[{"InstanceId": "i-legacy", "Device": "/dev/sdf"}],
        )  # fmt: skip
    if spec.server != "plain":
        state = "CONTINUOUS" if spec.server == "drs" else "STALLED"
        yield made(
            SourceServer, arn=f"arn:aws:drs:{FRANKFURT}:{OWNER}:source-server/s-1", sourceServerID="s-1",
            sourceProperties={"identificationHints": {"awsInstanceID": "i-legacy"}},
            dataReplicationInfo={"dataReplicationState": state, "lagDuration": "PT2S"}, region=FRANKFURT,
        )  # fmt: skip


def _function(spec: Spec) -> Iterator[Part]:
    regions = {"absent": (), "plain": (HOME,), "both": (HOME, FRANKFURT)}[spec.function]
    for region in regions:
        yield made(
            Function, FunctionName="shop-mail", FunctionArn=f"arn:aws:lambda:{region}:{OWNER}:function:shop-mail",
            region=region,
        )  # fmt: skip


def _balancers(spec: Spec) -> Iterator[Part]:
    regions = {"absent": (), "plain": (HOME,), "both": (HOME, FRANKFURT), "down": (HOME, FRANKFURT)}[spec.balancer]
    for region in regions:
        arn = f"{ELB}:{region}:{OWNER}:loadbalancer/app/shop/1"
        yield made(
            LoadBalancer, LoadBalancerArn=arn, LoadBalancerName="shop", DNSName=f"shop-1.{region}.elb.amazonaws.com",
            Type="application", Scheme="internet-facing", State={"Code": "active"}, region=region,
        )  # fmt: skip
        group = made(
            TargetGroup, TargetGroupArn=f"{ELB}:{region}:{OWNER}:targetgroup/web/1", TargetGroupName="web",
            LoadBalancerArns=[arn], region=region,
        )  # fmt: skip
        yield group
        down = region == FRANKFURT and (spec.balancer == "down" or spec.compute == "unhealthy")
        health = {"Target": {"Id": "i-1"}, "TargetHealth": {"State": "unhealthy" if down else "healthy"}}
        yield group, made(TargetHealth, TargetHealthDescriptions=[health])


def _routing(spec: Spec) -> Iterator[Part]:
    if spec.routing in ("accelerator", "parked"):
        yield from _accelerator(dial=0.0 if spec.routing == "parked" else 100.0)
    elif spec.routing != "none":
        zone = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")
        yield zone
        yield made(
            HealthCheck, Id="h1", HealthCheckConfig={"Type": "HTTPS", "RequestInterval": 30, "FailureThreshold": 3}
        )
        for role, region in (("PRIMARY", HOME), ("SECONDARY", FRANKFURT)):
            yield _record(spec, zone, role, region)


def _record(spec: Spec, zone: HostedZone, role: str, region: str) -> RecordSet:
    raw: dict[str, Any] = {
        "Name": "shop.example.com.", "Type": "CNAME", "SetIdentifier": region, "TTL": 60,
        "ResourceRecords": [{"Value": f"shop-1.{region}.elb.amazonaws.com"}],
    }  # fmt: skip
    raw |= {"Region": region} if spec.routing == "latency" else {"Failover": role}
    if spec.routing != "unwatched":
        raw["HealthCheckId"] = "h1"
    return made(RecordSet, raw, under=zone)


def _accelerator(dial: float) -> Iterator[Part]:
    arn = f"arn:aws:globalaccelerator::{OWNER}:accelerator/a-1"
    accelerator = made(Accelerator, AcceleratorArn=arn, Enabled=True, DnsName="a.awsglobalaccelerator.com")
    listener = made(AcceleratorListener, ListenerArn=f"{arn}/listener/l-1", Protocol="TCP", under=accelerator)
    yield from (accelerator, listener)
    for region in (HOME, FRANKFURT):
        end = {"EndpointId": f"{ELB}:{region}:{OWNER}:loadbalancer/app/shop/1", "Weight": 128}
        yield made(
            AcceleratorEndpointGroup, EndpointGroupArn=f"{arn}/listener/l-1/endpoint-group/{region}",
            EndpointGroupRegion=region, EndpointDescriptions=[end],
            TrafficDialPercentage=dial if region == FRANKFURT else 100.0, under=listener,
        )  # fmt: skip


def _network(spec: Spec) -> Iterator[Part]:
    if spec.network:
        yield made(
            Vpc, VpcId="vpc-dr", OwnerId=OWNER, CidrBlock="10.1.0.0/16", IsDefault=False, State="available",
            region=FRANKFURT,
        )  # fmt: skip
        for zone in "ab":
            yield made(
                Subnet, SubnetId=f"subnet-{zone}", VpcId="vpc-dr", AvailabilityZone=f"{FRANKFURT}{zone}",
                State="available", region=FRANKFURT,
            )  # fmt: skip


def _tests(spec: Spec) -> Iterator[Part]:
    if spec.test.endswith("restore"):
        start = 800 if spec.test == "old_restore" else 20
        hours = 9.0 if spec.test == "slow_restore" else 1.0
        yield made(
            RestoreJob, RestoreJobId="r-1", RecoveryPointArn="arn:point", Status="COMPLETED",
            CreationDate=ago(days=start),
            CompletionDate=ago(days=start - hours / 24), SourceResourceArn=f"arn:aws:rds:{HOME}:{OWNER}:db:shop-db",
            ResourceType="RDS", region=FRANKFURT,
        )  # fmt: skip
    if spec.test == "drill":
        yield made(
            RecoveryJob, arn=f"arn:aws:drs:{FRANKFURT}:{OWNER}:job/j-1", jobID="j-1", type="LAUNCH",
            initiatedBy="START_DRILL", status="COMPLETED", creationDateTime=ago(days=20),
            endDateTime=ago(days=20, minutes=-10), region=FRANKFURT,
            participatingServers=[{"sourceServerID": "s-1", "launchStatus": "LAUNCHED"}],
        )  # fmt: skip
    if spec.test == "region_fault":
        one = made(
            Experiment, id="e-1", arn=f"arn:aws:fis:{HOME}:{OWNER}:experiment/e-1", experimentTemplateId="t",
            state={"status": "completed"}, creationTime=ago(days=30),
        )  # fmt: skip
        yield one
        actions = {"cut": {"actionId": "aws:network:route-table-disrupt-cross-region-connectivity"}}
        yield one, made(ExperimentActions, actions=actions)


# What the inference makes of them


def needs() -> dict[str, type]:
    """The kinds that the inference reads, by name."""
    return {one.kind.__name__: one.kind for one in recovery.needs if one.form is Form.EVERY}


def survey(found: Iterable[Part], workloads: Workloads = Workloads(), denied: Iterable[str] = ()) -> Recovery:  # noqa: B008
    """The inference on parts; nothing of the denied kinds can be read."""
    found = list(found)
    values: list[Any] = [ACCOUNT, workloads]
    for kind in needs().values():
        groups = [*_unread(kind)] if kind.__name__ in denied else [*_groups(kind, found)]
        values.append(Every(groups))
    result = recovery.function(*values)
    assert isinstance(result, Recovery)
    return result


def _unread(kind: type) -> Iterator[Group[Any]]:
    """Denied wherever it is asked."""
    call = next(one for one in load().collectors if one.provides is kind).calls[0]
    for region in (*ACCOUNT.regions, GLOBAL):
        yield Group(region, None, (), gap(call.name, region))


def _groups(kind: type, found: list[Part]) -> Iterator[Group[Any]]:
    for one in found:
        if isinstance(one, tuple):
            if type(one[1]) is kind:
                yield Group(one[0].region, one[0], (one[1],))
        elif type(one) is kind:
            yield Group(one.region, one._parent, (one,))


def posture(spec: Spec, denied: Iterable[str] = ()) -> Posture:
    """The one workload of an account."""
    workloads = Workloads([spec.workload] if spec.workload else [])
    found = survey(parts(spec), workloads, denied).postures
    assert len(found) == 1, [one.name for one in found]
    return found[0]


def tagged(resource: Resource, **tags: str) -> TaggedResource:
    """The tags of a resource whose listing does not bring them."""
    raw = {"ResourceARN": resource.arn, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}
    return made(TaggedResource, raw, region=resource.region)


# Labels


@dataclass(frozen=True)
class Label:
    """An account, and what must be found out about it; intervals are seconds."""

    name: str
    spec: Spec
    strategy: Strategy
    rpo: tuple[float, float]
    rto: tuple[float, float]
    bound: str = ""
    """The mechanism that sets the RPO; empty where a store has none."""


NONE, RESTORE, PILOT, WARM, ACTIVE = Strategy
DAY = 24 * 60 * MINUTE
_DATA = Spec(database="replica", table="global", bucket="replicated", network=True)
_WARM = replace(_DATA, compute="small", balancer="both", routing="failover")
_ACTIVE = Spec(
    cluster="forwarding", table="global", bucket="both_ways", compute="full", balancer="both", routing="latency",
    network=True,
)  # fmt: skip


def declared(**more: Any) -> Workload:
    """The whole account as a workload of the profile."""
    return Workload("shop", Members(arns=("*",)), primary_region=HOME, recovery_region=FRANKFURT, **more)


REPORTED = RecoveryTest((NOW - timedelta(days=30)).date(), "https://wiki/drill", timedelta(minutes=40))

HAND = (1200, 9060)
"""Detecting, declaring and validating by people, and records edited by hand."""
FAILOVER = (750, 3810)
"""A health check of 30 s times 3, a time to live of 60 s, and people who declare and validate."""
GROWN, STARTED, DEPLOYED, NOWHERE = (120, 300), (300, 1200), (1200, 3600), (3600, DAY)
"""Until compute serves: from small, from zero, from artifacts, from nothing."""
PROMOTED, RESTORED = (300, 1800), (1412, 5648)
"""Until the database serves: a replica; a restore of 100 GiB."""


def after(base: tuple[float, float], data: tuple[float, float]) -> tuple[float, float]:
    return base[0] + data[0], base[1] + data[1]


LOST = (math.inf, math.inf)
_REPLICA, _TABLE, _S3 = "rds_cross_region_read_replica", "dynamodb_global_table", "s3_cross_region_replication"
_COPY, _LOGS, _EFS, _AURORA = (
    "backup_copy_cross_region", "rds_automated_backup_replication", "efs_replication", "aurora_global_database",
)  # fmt: skip
_PILOT = Spec(database="replica", table="global", network=True)
_SERVERS = Spec(server="drs", network=True)

LABELLED = (
    Label("an empty database", Spec(database="plain"), NONE, LOST, LOST),
    Label("history in its own region only", Spec(database="plain", history=True), NONE, LOST, LOST),
    Label("backups copied daily", Spec(database="backup"), RESTORE, (0, DAY), after(HAND, RESTORED), _COPY),
    Label("a gap of days between copies", Spec(database="stale"), RESTORE, (0, 4 * DAY), after(HAND, RESTORED), _COPY),
    Label("copies that have expired", Spec(database="expired"), NONE, LOST, LOST),
    Label(
        "a copy in a locked vault",
        Spec(database="backup", locked="final"),
        RESTORE,
        (0, DAY),
        after(HAND, RESTORED),
        _COPY,
    ),
    Label("logs replicated", Spec(database="logs"), PILOT, (300, 600), after(HAND, (1200, 14400)), _LOGS),
    Label("logs hours late", Spec(database="late_logs"), PILOT, (300, 18000), after(HAND, (1200, 14400)), _LOGS),
    Label("a broken replica", Spec(database="broken_replica"), NONE, LOST, LOST),
    Label("a replica that is gone", Spec(database="gone_replica"), NONE, LOST, LOST),
    Label("a headless global database", Spec(cluster="headless"), PILOT, (0, 1), after(HAND, (660, 1200)), _AURORA),
    Label("a global database out of step", Spec(cluster="apart"), NONE, LOST, LOST),
    Label("a broken global table", Spec(table="broken"), NONE, LOST, LOST),
    Label("a strong global table", Spec(table="strong"), WARM, (0, 0), HAND, "dynamodb_global_table_strong"),
    Label("a copy in the same region", Spec(bucket="same_region"), NONE, LOST, LOST),
    Label("a rule for some objects", Spec(bucket="partial"), NONE, LOST, LOST),
    Label("a bucket with time control", Spec(bucket="timed"), WARM, (0, 900), HAND, "s3_replication_time_control"),
    Label("a lagging file system", Spec(files="lagging"), WARM, (60, 18000), after(HAND, (60, 600)), _EFS),
    Label("a paused file system", Spec(files="paused"), NONE, LOST, LOST),
    Label("a server without copies", Spec(server="plain"), NONE, LOST, LOST),
    Label("a server by block replication", _SERVERS, PILOT, (1, 60), after(HAND, STARTED), "drs_block_replication"),
    Label(
        "no network for the servers",
        Spec(server="drs"),
        RESTORE,
        (1, 60),
        after(HAND, STARTED),
        "drs_block_replication",
    ),
    Label("a stalled server", Spec(server="stalled", network=True), NONE, LOST, LOST),
    Label(
        "a drilled server",
        replace(_SERVERS, test="drill"),
        PILOT,
        (1, 60),
        after(HAND, (600, 900)),
        "drs_block_replication",
    ),
    Label(
        "pilot light by artifacts",
        replace(_PILOT, compute="artifacts"),
        PILOT,
        (60, 600),
        after(HAND, DEPLOYED),
        _REPLICA,
    ),
    Label(
        "standby of zero without images",
        replace(_PILOT, compute="no_image"),
        RESTORE,
        (60, 600),
        after(HAND, NOWHERE),
        _REPLICA,
    ),
    Label("pilot light of zero", replace(_PILOT, compute="zero"), PILOT, (60, 600), after(HAND, PROMOTED), _REPLICA),
    Label(
        "a standby that cannot launch",
        replace(_PILOT, compute="blocked"),
        PILOT,
        (60, 600),
        after(HAND, (300, math.inf)),
        _REPLICA,
    ),
    Label(
        "compute in one region only",
        replace(_PILOT, compute="plain"),
        RESTORE,
        (60, 600),
        after(HAND, NOWHERE),
        _REPLICA,
    ),
    Label("warm standby", _WARM, WARM, (60, DAY), after(FAILOVER, PROMOTED), _S3),
    Label("warm standby without routing", replace(_WARM, routing="none"), WARM, (60, DAY), after(HAND, PROMOTED), _S3),
    Label(
        "failover without a health check",
        replace(_WARM, routing="unwatched"),
        WARM,
        (60, DAY),
        after(HAND, PROMOTED),
        _S3,
    ),
    Label(
        "a standby too small to grow",
        replace(_WARM, compute="tiny"),
        WARM,
        (60, DAY),
        after(FAILOVER, (300, math.inf)),
        _S3,
    ),
    Label("hot standby", replace(_WARM, compute="full"), WARM, (60, DAY), after(FAILOVER, PROMOTED), _S3),
    Label(
        "no balancer in the other region",
        replace(_WARM, balancer="plain"),
        PILOT,
        (60, DAY),
        after(FAILOVER, PROMOTED),
        _S3,
    ),
    Label("one store of many not copied", replace(_WARM, files="plain"), NONE, LOST, LOST),
    Label(
        "one store of many restored",
        replace(_WARM, database="backup", bucket="timed"),
        RESTORE,
        (0, DAY),
        after(FAILOVER, RESTORED),
        _COPY,
    ),
    Label("active in both regions", _ACTIVE, ACTIVE, (60, DAY), (150, 210), "s3_two_way_replication"),
    Label(
        "active by an accelerator",
        replace(_ACTIVE, routing="accelerator", bucket="absent"),
        ACTIVE,
        (0, 2),
        (90, 120),
        _TABLE,
    ),
    Label(
        "an accelerator whose dial is down",
        replace(_ACTIVE, routing="parked", bucket="absent"),
        WARM,
        (0, 2),
        after((690, 3720), (60, 300)),
        _TABLE,
    ),
    Label(
        "active with failover only",
        replace(_ACTIVE, routing="failover", bucket="absent"),
        WARM,
        (0, 2),
        after(FAILOVER, (60, 300)),
        _TABLE,
    ),
    Label(
        "both regions, one writer",
        replace(_ACTIVE, cluster="global", bucket="absent"),
        WARM,
        (0, 2),
        after(FAILOVER, (60, 300)),
        _TABLE,
    ),
    Label(
        "no healthy target in the other region",
        replace(_ACTIVE, balancer="down"),
        WARM,
        (60, DAY),
        after(FAILOVER, (60, 300)),
        "s3_two_way_replication",
    ),
    Label("functions and a global table", Spec(table="global", function="both"), WARM, (0, 2), HAND, _TABLE),
    Label(
        "a function in one region",
        Spec(table="global", function="plain"),
        RESTORE,
        (0, 2),
        after(HAND, NOWHERE),
        _TABLE,
    ),
    Label("functions without stores", Spec(function="both"), WARM, (0, 0), HAND),
    Label(
        "a tested restore", Spec(database="backup", test="restore"), RESTORE, (0, DAY), after(HAND, (3600, 5400)), _COPY
    ),
    Label(
        "a reported test",
        replace(_WARM, workload=declared(last_test=REPORTED)),
        WARM,
        (60, DAY),
        after(FAILOVER, (2400, 3600)),
        _S3,
    ),
)

BY_NAME = {one.name: one.spec for one in LABELLED}


def labelled(label: str, *denied: str, **promised: Any) -> Recovery:
    """What the inference makes of a labelled account, of which the profile says something."""
    return survey(parts(BY_NAME[label]), Workloads([declared(**promised)] if promised else []), denied)
