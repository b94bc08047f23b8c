from typing import Any

from auditor.evidence.budgets import Budget, BudgetNotifications
from auditor.evidence.cloudtrail import EventSelectors, Trail, TrailStatus
from auditor.evidence.dynamodb import Table, TableEntry
from auditor.evidence.ec2 import Image, Instance, LaunchTemplateVersion, Snapshot, Volume
from auditor.evidence.ec2_network import (
    ElasticIp,
    FlowLog,
    NatGateway,
    NetworkInterface,
    RouteTable,
    TransitGatewayVpcAttachment,
    VpcEndpoint,
)
from auditor.evidence.elbv2 import Listener, LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.logs import LogGroup
from auditor.evidence.rds import DbInstance, DbSnapshot
from auditor.evidence.s3 import Bucket, BucketEntry, BucketLifecycle
from auditor.inference.compute import AuditLogs, Disks
from auditor.metrics import Metric
from auditor.model import Region, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    REGION,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

NONE = Metric()
NOTHING = every()
GIB = 2**30
MIB = 2**20


def tags(**named: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in named.items()]


def volume(**fields: Any) -> Volume:
    plain = {"VolumeId": "vol-1", "VolumeType": "gp2", "Size": 200, "State": "available", "CreateTime": ago(days=90)}
    return made(Volume, plain | fields)


CLAIMED = [{"Key": "kubernetes.io/created-for/pvc/name", "Value": "data-0"}]

test_ec2_volume_unattached = cases(
    "ec2_volume_unattached",
    case("in use", PASS, volume(State="in-use"), ACCOUNT),
    case("unattached", FAIL, volume(), ACCOUNT, because="200 GiB of gp2 are attached to nothing, for about 20.00 USD"),
    case("of a Kubernetes claim", FAIL, volume(Tags=CLAIMED), ACCOUNT, because="claim data-0"),
    case("new", PASS, volume(CreateTime=ago(days=3)), ACCOUNT, because="7 days"),
    case("new by the profile", PASS, volume(), ACCOUNT, min_age_days=100),
    case("being made", NOT_APPLICABLE, volume(State="creating"), ACCOUNT),
)


def instance(**fields: Any) -> Instance:
    plain = {"InstanceId": "i-1", "InstanceType": "m5.large", "State": {"Name": "running"}, "LaunchTime": ago(days=200)}
    return made(Instance, plain | fields)


def stopped(days: float, **fields: Any) -> Instance:
    when = ago(days=days)[:19].replace("T", " ")
    reason = {"State": {"Name": "stopped"}, "StateTransitionReason": f"User initiated ({when} GMT)"}
    return instance(**reason, **fields)


DISKS = Disks(every(volume(Attachments=[{"InstanceId": "i-1"}]), volume(VolumeId="vol-2")))
UNREAD_DISKS = Disks(every(gaps=(gap("ec2:DescribeVolumes"),)))

test_ec2_instance_stopped_long = cases(
    "ec2_instance_stopped_long",
    case("running", NOT_APPLICABLE, instance(), DISKS, ACCOUNT),
    case(
        "stopped for weeks",
        FAIL,
        stopped(40),
        DISKS,
        ACCOUNT,
        because="for 40 days; its 1 volumes cost about 20.00 USD",
    ),
    case("stopped for weeks, volumes unread", FAIL, stopped(40), UNREAD_DISKS, ACCOUNT, because="for 40 days"),
    case("stopped for days", PASS, stopped(20), DISKS, ACCOUNT),
    case("a longer limit", PASS, stopped(40), DISKS, ACCOUNT, max_days=60),
    case("standby by a key", PASS, stopped(40, Tags=tags(DR="yes")), DISKS, ACCOUNT, because="standby"),
    case("standby by a value", PASS, stopped(40, Tags=tags(role="pilot-light")), DISKS, ACCOUNT),
    case("without a date", UNKNOWN, instance(State={"Name": "stopped"}), DISKS, ACCOUNT, because="does not say"),
    case(
        "without a date, but started lately",
        PASS,
        instance(State={"Name": "stopped"}, LaunchTime=ago(days=2)),
        DISKS,
        ACCOUNT,
    ),
)

QUIET = Metric((2.0,) * 14)
SILENT = Metric((float(MIB),) * 14)

test_ec2_instance_idle = cases(
    "ec2_instance_idle",
    case("idle", FAIL, instance(), ACCOUNT, QUIET, SILENT, SILENT, because="at most 2.0 % and its network 2.0 MiB"),
    case("a busy day", PASS, instance(), ACCOUNT, Metric((2.0,) * 13 + (40.0,)), SILENT, SILENT, because="40.0 %"),
    case("traffic", PASS, instance(), ACCOUNT, QUIET, Metric((9.0 * MIB,) * 14), SILENT, because="10.0 MiB"),
    case("own limits", PASS, instance(), ACCOUNT, QUIET, SILENT, SILENT, max_cpu_percent=1),
    case("started lately", PASS, instance(LaunchTime=ago(days=3)), ACCOUNT, QUIET, SILENT, SILENT),
    case("standby", PASS, instance(Tags=tags(purpose="dr")), ACCOUNT, QUIET, SILENT, SILENT, because="standby"),
    case(
        "in a group",
        NOT_APPLICABLE,
        instance(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "g"}]),
        ACCOUNT,
        QUIET,
        SILENT,
        SILENT,
    ),
    case("stopped", NOT_APPLICABLE, stopped(40), ACCOUNT, NONE, NONE, NONE),
    case("no data", UNKNOWN, instance(), ACCOUNT, NONE, NONE, NONE),
)


def database(**fields: Any) -> DbInstance:
    plain = {
        "DBInstanceIdentifier": "crm",
        "Engine": "mysql",
        "DBInstanceStatus": "available",
        "InstanceCreateTime": ago(days=90),
        "DBInstanceClass": "db.m6g.large",
    }
    return made(DbInstance, plain | fields)


UNUSED, USED = Metric((0.0,) * 14), Metric((0.0,) * 13 + (3.0,))

test_managed_database_idle = cases(
    "managed_database_idle",
    case("unused", FAIL, database(), UNUSED, ACCOUNT, because="for 7 days"),
    case("used", PASS, database(), USED, ACCOUNT, because="3 connections"),
    case("used before the window", FAIL, database(), Metric((5.0,) + (0.0,) * 13), ACCOUNT),
    case("a wider window", PASS, database(), Metric((5.0,) + (0.0,) * 13), ACCOUNT, idle_days=14),
    case("new", PASS, database(InstanceCreateTime=ago(days=2)), UNUSED, ACCOUNT),
    case("a replica", NOT_APPLICABLE, database(ReadReplicaSourceDBInstanceIdentifier="main"), UNUSED, ACCOUNT),
    case("a member of a cluster", NOT_APPLICABLE, database(DBClusterIdentifier="c"), UNUSED, ACCOUNT),
    case("stopped", NOT_APPLICABLE, database(DBInstanceStatus="stopped"), UNUSED, ACCOUNT),
    case("DocumentDB", NOT_APPLICABLE, database(Engine="docdb"), UNUSED, ACCOUNT),
    case("no data", UNKNOWN, database(), NONE, ACCOUNT),
)


def address(**fields: Any) -> ElasticIp:
    return made(ElasticIp, {"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1"} | fields)


def interface(**fields: Any) -> NetworkInterface:
    plain = {"NetworkInterfaceId": "eni-1", "Status": "in-use", "Association": {"PublicIp": "192.0.2.9"}}
    return made(NetworkInterface, plain | fields)


OF_INSTANCE = address(AssociationId="eipassoc-1", InstanceId="i-1", NetworkInterfaceId="eni-1")
OF_INTERFACE = address(AssociationId="eipassoc-1", NetworkInterfaceId="eni-1")

DETACHED = every(interface(Status="available"))
OF_NAT = every(made(NatGateway, NatGatewayId="nat-1", NatGatewayAddresses=[{"AllocationId": "eipalloc-1"}]))

test_ec2_address_unassociated = cases(
    "ec2_address_unassociated",
    case("of a running instance", PASS, OF_INSTANCE, every(instance()), every(interface()), NOTHING),
    case("of an interface", PASS, OF_INTERFACE, NOTHING, every(interface()), NOTHING),
    case("of a NAT gateway", PASS, OF_INTERFACE, NOTHING, DETACHED, OF_NAT),
    case(
        "unassociated",
        FAIL,
        address(),
        NOTHING,
        every(interface()),
        NOTHING,
        because="nothing, for 3.65 USD a month; the region has 1 public",
    ),
    case("another price", FAIL, address(), NOTHING, NOTHING, NOTHING, because="7.30 USD", address_hour_price=0.01),
    case(
        "of a stopped instance",
        FAIL,
        OF_INSTANCE,
        every(stopped(3)),
        every(interface()),
        NOTHING,
        because="i-1, which is stopped",
    ),
    case(
        "of a detached interface",
        FAIL,
        OF_INTERFACE,
        NOTHING,
        DETACHED,
        NOTHING,
        because="eni-1, which is attached to nothing",
    ),
    case("managed by a service", NOT_APPLICABLE, address(ServiceManaged="nlb"), NOTHING, NOTHING, NOTHING),
    case("instances unread", UNKNOWN, OF_INSTANCE, every(gaps=(gap("ec2:DescribeInstances"),)), NOTHING, NOTHING),
)

BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1"
GROUP_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/1"


def balancer(**fields: Any) -> LoadBalancer:
    plain = {
        "LoadBalancerArn": BALANCER_ARN,
        "LoadBalancerName": "shop",
        "Type": "application",
        "CreatedTime": ago(days=90),
    }
    return made(LoadBalancer, plain | fields)


ALB, NLB, YOUNG = balancer(), balancer(Type="network"), balancer(CreatedTime=ago(days=3))
GATEWAY = balancer(Type="gateway")
TARGETS = made(TargetGroup, TargetGroupArn=GROUP_ARN, TargetGroupName="shop", LoadBalancerArns=[BALANCER_ARN])
REGISTERED = made(
    TargetHealth, {"TargetHealthDescriptions": [{"Target": {"Id": "i-1"}, "TargetHealth": {"State": "healthy"}}]}
)
EMPTY = made(TargetHealth, {"TargetHealthDescriptions": []})
TRAFFIC = Metric((10.0, 20.0))


def behind(of: LoadBalancer, *, targets: TargetHealth = REGISTERED) -> tuple[Any, ...]:
    listener = made(Listener, ListenerArn="arn:l", LoadBalancerArn=of.arn, Port=443, under=of)
    return (of, every(listener), every(TARGETS), every_of((TARGETS, targets)), ACCOUNT)


test_elbv2_load_balancer_idle = cases(
    "elbv2_load_balancer_idle",
    case("requests", PASS, *behind(ALB), TRAFFIC, NONE, NONE, because="30 requests"),
    case("no requests", FAIL, *behind(ALB), NONE, NONE, NONE, because="no requests in 14 days", severity=Severity.LOW),
    case("flows", PASS, *behind(NLB), NONE, TRAFFIC, NONE),
    case("no flows", FAIL, *behind(NLB), TRAFFIC, Metric((0.0,)), NONE, because="no flows"),
    case("gateway", PASS, *behind(GATEWAY), NONE, NONE, TRAFFIC),
    case(
        "no targets",
        FAIL,
        *behind(ALB, targets=EMPTY),
        TRAFFIC,
        NONE,
        NONE,
        because="none of its 1 target groups",
        severity=Severity.MEDIUM,
    ),
    case("redirects only", PASS, ALB, behind(ALB)[1], NOTHING, NOTHING, ACCOUNT, TRAFFIC, NONE, NONE),
    case("no listener", FAIL, ALB, NOTHING, NOTHING, NOTHING, ACCOUNT, TRAFFIC, NONE, NONE, because="no listener"),
    case("young", NOT_APPLICABLE, *behind(YOUNG), NONE, NONE, NONE),
    case(
        "listeners unread",
        UNKNOWN,
        ALB,
        every(gaps=(gap("elasticloadbalancing:DescribeListeners"),)),
        NOTHING,
        NOTHING,
        ACCOUNT,
        NONE,
        NONE,
        NONE,
    ),
)


def nat(**fields: Any) -> NatGateway:
    return made(
        NatGateway,
        {"NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "available", "CreateTime": ago(days=90)} | fields,
    )


def table(number: int = 1, **route: Any) -> RouteTable:
    default = {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active"} | route
    return made(RouteTable, RouteTableId=f"rtb-{number}", VpcId="vpc-1", Routes=[default])


NO_TABLES = every(gaps=(gap("ec2:DescribeRouteTables"),))

test_ec2_nat_gateway_idle = cases(
    "ec2_nat_gateway_idle",
    case("busy", PASS, nat(), every(table()), ACCOUNT, Metric((2.0 * GIB,)), because="2.0 GiB"),
    case("idle", FAIL, nat(), every(table()), ACCOUNT, Metric((0.0,) * 14), because="sent nothing"),
    case("no route", FAIL, nat(), every(table(NatGatewayId="nat-2")), ACCOUNT, Metric((0.0,)), because="no route"),
    case("only a blackhole", FAIL, nat(), every(table(State="blackhole")), ACCOUNT, Metric((9.0,)), because="no route"),
    case("young", NOT_APPLICABLE, nat(CreateTime=ago(days=3)), every(), ACCOUNT, NONE),
    case("pending", NOT_APPLICABLE, nat(State="pending"), every(), ACCOUNT, NONE),
    case("no data", UNKNOWN, nat(), every(table()), ACCOUNT, NONE),
    case("routes unread", UNKNOWN, nat(), NO_TABLES, ACCOUNT, Metric((0.0,))),
)


def endpoint(service: str, *, number: int = 1, kind: str = "Gateway", **fields: Any) -> VpcEndpoint:
    plain = {
        "VpcEndpointId": f"vpce-{service}-{number}",
        "VpcId": f"vpc-{number}",
        "VpcEndpointType": kind,
        "ServiceName": f"com.amazonaws.eu-west-1.{service}",
        "State": "Available",
        "RouteTableIds": ["rtb-1"],
        "CreationTimestamp": ago(days=90),
    }
    return made(VpcEndpoint, plain | fields)


TABLES = every(*gathered(Table, made(TableEntry, "orders"), DescribeTable={"Table": {"TableName": "orders"}}))
MUCH, LITTLE = Metric((200.0 * GIB,)), Metric((20.0 * GIB,))
S3, DYNAMODB = endpoint("s3"), endpoint("dynamodb")

test_ec2_nat_gateway_without_gateway_endpoints = cases(
    "ec2_nat_gateway_without_gateway_endpoints",
    case(
        "no endpoint",
        FAIL,
        nat(),
        every(table()),
        NOTHING,
        NOTHING,
        MUCH,
        NONE,
        because="200 GiB in 30 days for 9.00 USD, and gateway endpoints lack in rtb-1 (s3)",
        severity=Severity.MEDIUM,
    ),
    case("dear", FAIL, nat(), every(table()), NOTHING, NOTHING, Metric((12000.0 * GIB,)), NONE, severity=Severity.HIGH),
    case("endpoint", PASS, nat(), every(table()), every(S3), NOTHING, MUCH, NONE),
    case("endpoint for another table", FAIL, nat(), every(table(2)), every(S3), NOTHING, MUCH, NONE, because="rtb-2"),
    case(
        "no endpoint for DynamoDB",
        FAIL,
        nat(),
        every(table()),
        every(S3),
        TABLES,
        MUCH,
        NONE,
        because="rtb-1 (dynamodb)",
    ),
    case("both endpoints", PASS, nat(), every(table()), every(S3, DYNAMODB), TABLES, MUCH, NONE),
    case(
        "interface endpoint", FAIL, nat(), every(table()), every(endpoint("s3", kind="Interface")), NOTHING, MUCH, NONE
    ),
    case(
        "both ways count",
        FAIL,
        nat(),
        every(table()),
        NOTHING,
        NOTHING,
        Metric((60.0 * GIB,)),
        Metric((60.0 * GIB,)),
        because="120 GiB",
    ),
    case("little traffic", NOT_APPLICABLE, nat(), every(table()), NOTHING, NOTHING, LITTLE, NONE, because="20 GiB"),
    case("no data", NOT_APPLICABLE, nat(), every(table()), NOTHING, NOTHING, NONE, NONE),
    case(
        "endpoints unread",
        UNKNOWN,
        nat(),
        every(table()),
        every(gaps=(gap("ec2:DescribeVpcEndpoints"),)),
        NOTHING,
        MUCH,
        NONE,
    ),
)


def interfaces_endpoint(number: int = 1, **fields: Any) -> VpcEndpoint:
    return endpoint("sqs", number=number, kind="Interface", SubnetIds=["subnet-1", "subnet-2"], **fields)


def joined(*numbers: int) -> Any:
    return every(
        *(
            made(
                TransitGatewayVpcAttachment,
                TransitGatewayAttachmentId=f"a-{n}",
                TransitGatewayId="tgw-1",
                VpcId=f"vpc-{n}",
            )
            for n in numbers
        )
    )


FOUR = every(*(interfaces_endpoint(number) for number in range(1, 5)))
CARRIED = Metric((3.0 * GIB,))

test_ec2_interface_endpoint_idle = cases(
    "ec2_interface_endpoint_idle",
    case(
        "used", PASS, interfaces_endpoint(), every(interfaces_endpoint()), NOTHING, ACCOUNT, CARRIED, because="3.0 GiB"
    ),
    case(
        "idle",
        FAIL,
        interfaces_endpoint(),
        NOTHING,
        NOTHING,
        ACCOUNT,
        NONE,
        because="to sqs in 14 days, and it is billed in 2 zones",
        severity=Severity.LOW,
    ),
    case("idle and young", PASS, interfaces_endpoint(CreationTimestamp=ago(days=2)), NOTHING, NOTHING, ACCOUNT, NONE),
    case(
        "doubled",
        FAIL,
        interfaces_endpoint(),
        FOUR,
        joined(1, 2, 3, 4),
        ACCOUNT,
        CARRIED,
        because="4 VPCs",
        severity=Severity.INFORMATIONAL,
    ),
    case("in three VPCs", PASS, interfaces_endpoint(), FOUR, joined(1, 2, 3), ACCOUNT, CARRIED),
    case("in VPCs that are not connected", PASS, interfaces_endpoint(), FOUR, joined(2, 3, 4), ACCOUNT, CARRIED),
    case("gateway endpoint", NOT_APPLICABLE, S3, NOTHING, NOTHING, ACCOUNT, NONE),
    case(
        "of another region",
        NOT_APPLICABLE,
        interfaces_endpoint(ServiceName="com.amazonaws.vpce.us-east-1.vpce-svc-1"),
        NOTHING,
        NOTHING,
        ACCOUNT,
        NONE,
    ),
    case(
        "attachments unread",
        UNKNOWN,
        interfaces_endpoint(),
        FOUR,
        every(gaps=(gap("ec2:DescribeTransitGatewayVpcAttachments"),)),
        ACCOUNT,
        CARRIED,
    ),
)


def snapshot(**fields: Any) -> Snapshot:
    plain = {"SnapshotId": "snap-1", "VolumeId": "vol-9", "StartTime": ago(days=500), "VolumeSize": 100}
    return made(Snapshot, plain | fields)


def image(**fields: Any) -> Image:
    plain = {
        "ImageId": "ami-1",
        "CreationDate": ago(days=500),
        "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}],
    }
    return made(Image, plain | fields)


def database_snapshot(**fields: Any) -> DbSnapshot:
    plain = {
        "DBSnapshotIdentifier": "final",
        "SnapshotType": "manual",
        "SnapshotCreateTime": ago(days=500),
        "AllocatedStorage": 50,
    }
    return made(DbSnapshot, plain | fields)


def template(image_id: str) -> Any:
    version = {"LaunchTemplateId": "lt-1", "VersionNumber": 1, "LaunchTemplateData": {"ImageId": image_id}}
    return every(
        *gathered(LaunchTemplateVersion, REGION, DescribeLaunchTemplateVersions={"LaunchTemplateVersions": [version]})
    )


def stock(
    *snapshots: Snapshot,
    volumes: Any = NOTHING,
    images: Any = NOTHING,
    instances: Any = NOTHING,
    templates: Any = NOTHING,
    databases: Any = NOTHING,
) -> tuple[Any, ...]:
    return (REGION, every(*snapshots), volumes, images, instances, templates, databases, ACCOUNT)


test_ec2_snapshot_orphaned = cases(
    "ec2_snapshot_orphaned",
    case("nothing", PASS, *stock()),
    case(
        "volume gone",
        FAIL,
        *stock(snapshot()),
        because="1 snapshots without a volume are older than 365 days, 100 GiB for up to 5.00 USD",
    ),
    case("volume there", PASS, *stock(snapshot(), volumes=every(volume(VolumeId="vol-9")))),
    case("young", PASS, *stock(snapshot(StartTime=ago(days=100)))),
    case("young by the profile", PASS, *stock(snapshot()), max_age_days=600),
    case("archived", PASS, *stock(snapshot(StorageTier="archive"))),
    case("of AWS Backup", PASS, *stock(snapshot(Tags=[{"Key": "aws:backup:source-resource", "Value": "x"}]))),
    case(
        "of Data Lifecycle Manager", PASS, *stock(snapshot(Tags=[{"Key": "aws:dlm:lifecycle-policy-id", "Value": "x"}]))
    ),
    case("with a retention tag", PASS, *stock(snapshot(Tags=tags(RetentionYears="7")))),
    case(
        "behind an image in use",
        PASS,
        *stock(snapshot(), images=every(image()), instances=every(instance(ImageId="ami-1"))),
    ),
    case("unused image", FAIL, *stock(images=every(image())), because="1 unused images"),
    case("image in a launch template", PASS, *stock(images=every(image()), templates=template("ami-1"))),
    case("image launched lately", PASS, *stock(images=every(image(LastLaunchedTime=ago(days=30))))),
    case("image launched long ago", FAIL, *stock(images=every(image(LastLaunchedTime=ago(days=400))))),
    case(
        "manual database snapshot",
        FAIL,
        *stock(databases=every(database_snapshot())),
        because="1 manual database snapshots are older than 365 days, 50 GiB",
    ),
    case("automated database snapshot", PASS, *stock(databases=every(database_snapshot(SnapshotType="automated")))),
    case("volumes unread", UNKNOWN, *stock(snapshot(), volumes=every(gaps=(gap("ec2:DescribeVolumes"),)))),
)

BUCKET = gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1"))[0]
LARGE, SMALL = Metric((50.0 * GIB,)), Metric((1.0 * GIB,))


def aborting(days: int | None = 7, **fields: Any) -> BucketLifecycle:
    action = {"AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days}} if days else {}
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}} | action | fields
    return made(BucketLifecycle, {"Rules": [rule]})


test_s3_incomplete_multipart_uploads_kept = cases(
    "s3_incomplete_multipart_uploads_kept",
    case("ended", PASS, BUCKET, aborting(), LARGE, because="after 7 days"),
    case("no lifecycle", FAIL, BUCKET, None, LARGE, because="all of its 50 GiB"),
    case("another action only", FAIL, BUCKET, aborting(None, Expiration={"Days": 90}), LARGE),
    case("late", FAIL, BUCKET, aborting(30), LARGE, because="after 30 days"),
    case("late enough for the profile", PASS, BUCKET, aborting(30), LARGE, max_days=30),
    case("for a prefix only", FAIL, BUCKET, aborting(Filter={"Prefix": "logs/"}), LARGE),
    case("disabled", FAIL, BUCKET, aborting(Status="Disabled"), LARGE),
    case("small", NOT_APPLICABLE, BUCKET, None, SMALL),
    case("empty", NOT_APPLICABLE, BUCKET, None, NONE),
)


def logs(days: int | None = None, name: str = "/app", stored: float = 500, **fields: Any) -> LogGroup:
    kept = {} if days is None else {"retentionInDays": days}
    arn = f"arn:aws:logs:eu-west-1:123456789012:log-group:{name}:*"
    return made(LogGroup, {"arn": arn, "logGroupName": name, "storedBytes": int(stored * MIB)} | kept | fields)


def trail(**fields: Any) -> Trail:
    raw = {
        "TrailARN": "arn:aws:cloudtrail:eu-west-1:123456789012:trail/t",
        "Name": "t",
        "HomeRegion": "eu-west-1",
        "IsMultiRegionTrail": True,
    } | fields
    found: tuple[Trail, ...] = gathered(Trail, REGION, DescribeTrails={"trailList": [raw]})
    return found[0]


TRAILED = AuditLogs(
    every(trail(CloudWatchLogsLogGroupArn="arn:aws:logs:eu-west-1:123456789012:log-group:/trail:*")), NOTHING
)
FLOWING = AuditLogs(NOTHING, every(made(FlowLog, FlowLogId="fl-1", LogGroupName="/flows")))
PLAIN = AuditLogs(NOTHING, NOTHING)
UNREAD_LOGS = AuditLogs(every(gaps=(gap("cloudtrail:DescribeTrails"),)), NOTHING)

test_logs_log_group_never_expires = cases(
    "logs_log_group_never_expires",
    case("never", FAIL, logs(), PLAIN, because="its 500 MiB", severity=Severity.LOW),
    case("never, but small", FAIL, logs(stored=1), PLAIN, because="its 1 MiB", severity=Severity.INFORMATIONAL),
    case("small by the profile", FAIL, logs(), PLAIN, severity=Severity.INFORMATIONAL, min_stored_mib=1000),
    case("a month", PASS, logs(30), PLAIN, because="30 days"),
    case(
        "a trail's month",
        FAIL,
        logs(30, "/trail"),
        TRAILED,
        because="the trail t writes to it, and it keeps 30 days of 365",
    ),
    case("a trail's year", PASS, logs(365, "/trail"), TRAILED),
    case("a flow log's month", FAIL, logs(30, "/flows"), FLOWING, because="the flow log fl-1"),
    case("a control plane's month", FAIL, logs(30, "/aws/eks/shop/cluster"), PLAIN, because="EKS"),
    case("audit logs for a month by the profile", PASS, logs(30, "/trail"), TRAILED, min_audit_days=30),
    case("a service's delivery", NOT_APPLICABLE, logs(logGroupClass="DELIVERY"), PLAIN),
    case("trails unread", UNKNOWN, logs(30), UNREAD_LOGS),
)


def budget(**fields: Any) -> Budget:
    plain: dict[str, Any] = {
        "BudgetName": "month",
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetLimit": {"Amount": "1000", "Unit": "USD"},
    }
    return made(Budget, plain | fields)


def spend(actual: str, forecast: str | None = None) -> dict[str, Any]:
    ahead = {"ForecastedSpend": {"Amount": forecast, "Unit": "USD"}} if forecast else {}
    return {"CalculatedSpend": {"ActualSpend": {"Amount": actual, "Unit": "USD"}} | ahead}


def told(of: Budget, *kinds: str) -> tuple[Any, ...]:
    items = [{"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": 80} for kind in kinds]
    return (ACCOUNT, every(of), every_of((of, made(BudgetNotifications, {"Notifications": items}))))


test_budgets_budget_missing = cases(
    "budgets_budget_missing",
    case("watched", PASS, *told(budget(**spend("500", "900")), "ACTUAL", "FORECASTED"), because="month"),
    case("no budget", FAIL, ACCOUNT, NOTHING, NOTHING, because="no cost budget", severity=Severity.MEDIUM),
    case("usage budget only", FAIL, *told(budget(BudgetType="USAGE"), "ACTUAL"), because="no cost budget"),
    case("unhealthy", FAIL, *told(budget(HealthStatus={"Status": "UNHEALTHY"}), "ACTUAL")),
    case("nobody is told", FAIL, *told(budget()), because="none of its 1 cost budgets"),
    case("actual cost only", FAIL, *told(budget(), "ACTUAL"), because="forecasted", severity=Severity.LOW),
    case(
        "spent",
        FAIL,
        *told(budget(**spend("1200")), "ACTUAL", "FORECASTED"),
        because="1200.00 of the 1000.00 USD of month",
        severity=Severity.HIGH,
    ),
    case(
        "will be spent",
        FAIL,
        *told(budget(**spend("500", "1100")), "ACTUAL", "FORECASTED"),
        because="1100.00 of its 1000.00",
        severity=Severity.MEDIUM,
    ),
    case("budgets unread", UNKNOWN, ACCOUNT, every(gaps=(gap("budgets:ViewBudget", "global"),)), NOTHING),
)


def trails(*several: Trail, logging: bool = True, management: tuple[bool, ...] = (True, True)) -> tuple[Any, ...]:
    status = made(TrailStatus, {"IsLogging": logging})
    recorded = zip(
        several,
        (
            made(EventSelectors, {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": one}]})
            for one in management
        ),
        strict=False,
    )
    return (REGION, every(*several), every_of(*((one, status) for one in several)), every_of(*recorded))


FIRST = trail()
SECOND = trail(TrailARN="arn:aws:cloudtrail:eu-west-1:123456789012:trail/u", Name="u")
ELSEWHERE = gathered(
    Trail,
    Region("us-east-1", ACCOUNT),
    DescribeTrails={
        "trailList": [{"TrailARN": "arn:v", "Name": "v", "HomeRegion": "us-east-1", "IsMultiRegionTrail": False}]
    },
)[0]

test_cloudtrail_duplicate_management_events = cases(
    "cloudtrail_duplicate_management_events",
    case("one trail", PASS, *trails(FIRST), because="1 of 1"),
    case("two trails", FAIL, *trails(FIRST, SECOND), because="2 trails record management events: t, u"),
    case("the second for data only", PASS, *trails(FIRST, SECOND, management=(True, False)), because="1 of 2"),
    case("the second in another region", PASS, *trails(FIRST, ELSEWHERE), because="1 of 1"),
    case("none logs", NOT_APPLICABLE, *trails(FIRST, SECOND, logging=False)),
    case("no trail", NOT_APPLICABLE, *trails()),
    case("trails unread", UNKNOWN, REGION, every(gaps=(gap("cloudtrail:DescribeTrails"),)), NOTHING, NOTHING),
)
