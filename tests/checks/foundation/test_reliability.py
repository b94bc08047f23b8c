import json
from typing import Any

from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings, LaunchImage, ScalingActivities
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ec2 import Instance, InstanceStatus, InstanceType, KeyPairs
from auditor.evidence.ec2_network import (
    NetworkInterface,
    RouteTable,
    SecurityGroup,
    Subnet,
    TransitGatewayVpcAttachment,
    Vpc,
    VpcPeeringConnection,
    VpnConnection,
)
from auditor.evidence.elbv2 import TargetGroup
from auditor.evidence.events import EventBus, EventRule
from auditor.evidence.servicequotas import QuotaManagement
from auditor.inference.compute import RecoveryAlarms
from auditor.inference.network import Interfaces
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, every, gap, gathered, made
from auditor.wiring import Batch

NO_MANAGEMENT = every(made(QuotaManagement, {"OptInStatus": "DISABLED"}))
MANAGED = every(made(QuotaManagement, {"OptInStatus": "ENABLED"}))
UNREAD_ALARMS = every(gaps=(gap("cloudwatch:DescribeAlarms"),))


def usage_alarm(**fields: Any) -> Any:
    plain = {"AlarmName": "vcpus", "Namespace": "AWS/Usage", "ActionsEnabled": True, "AlarmActions": ["arn:topic"]}
    return every(made(MetricAlarm, plain | fields))


def rule(source: str, state: str = "ENABLED") -> Any:
    bus = made(EventBus, Name="default", Arn="arn:aws:events:eu-west-1:123456789012:event-bus/default")
    pattern = json.dumps({"source": [source]})
    return every(made(EventRule, Arn="arn:r", Name="told", State=state, EventPattern=pattern, under=bus))


QUOTA_SHARE = [{"Id": "e", "Expression": "m/SERVICE_QUOTA(m)*100"}]

test_service_quota_not_watched = cases(
    "service_quota_not_watched",
    case("managed", PASS, ACCOUNT, MANAGED, every(), every(), because="automatically"),
    case("alarm", PASS, ACCOUNT, NO_MANAGEMENT, usage_alarm(), every(), because="vcpus among them"),
    case(
        "alarm on an expression", PASS, ACCOUNT, NO_MANAGEMENT, usage_alarm(Namespace="", Metrics=QUOTA_SHARE), every()
    ),
    case("rule", PASS, ACCOUNT, NO_MANAGEMENT, every(), rule("aws.health"), because="the rule told hears"),
    case("nothing", FAIL, ACCOUNT, NO_MANAGEMENT, every(), every(), because="none of 0 alarms and 0 event rules"),
    case("mute alarm", FAIL, ACCOUNT, NO_MANAGEMENT, usage_alarm(ActionsEnabled=False), every()),
    case("alarm on something else", FAIL, ACCOUNT, NO_MANAGEMENT, usage_alarm(Namespace="AWS/EC2"), every()),
    case("disabled rule", FAIL, ACCOUNT, NO_MANAGEMENT, every(), rule("aws.health", "DISABLED")),
    case("rule for something else", FAIL, ACCOUNT, NO_MANAGEMENT, every(), rule("aws.ec2")),
    case("alarms unread", UNKNOWN, ACCOUNT, NO_MANAGEMENT, UNREAD_ALARMS, every()),
    case("one finding is enough though alarms are unread", PASS, ACCOUNT, MANAGED, UNREAD_ALARMS, every()),
)

OK = {"Status": "ok"}


def status(*events: dict[str, Any], **fields: Any) -> InstanceStatus:
    plain = {"InstanceId": "i-1", "SystemStatus": OK, "InstanceStatus": OK, "AttachedEbsStatus": OK}
    return made(InstanceStatus, plain | {"Events": list(events)} | fields)


def event(*, days: float | None, description: str = "scheduled retirement") -> dict[str, Any]:
    when = {} if days is None else {"NotBefore": ago(days=-days)}
    return {"Code": "instance-retirement", "Description": description} | when


IMPAIRED = {"Status": "impaired"}

test_ec2_instance_scheduled_event = cases(
    "ec2_instance_scheduled_event",
    case("well", PASS, status(), ACCOUNT),
    case(
        "retirement within the horizon",
        FAIL,
        status(event(days=10)),
        ACCOUNT,
        because="instance-retirement on 2026-12-06 12:00 UTC",
    ),
    case("the nearest event is named", FAIL, status(event(days=10), event(days=2)), ACCOUNT, because="2026-11-28"),
    case("retirement later", PASS, status(event(days=20)), ACCOUNT),
    case("a longer horizon", FAIL, status(event(days=20)), ACCOUNT, horizon_days=30),
    case("overdue", FAIL, status(event(days=-1)), ACCOUNT),
    case("without a date", FAIL, status(event(days=None)), ACCOUNT, because="does not tell"),
    case("completed", PASS, status(event(days=1, description="[Completed] scheduled reboot")), ACCOUNT),
    case("canceled", PASS, status(event(days=1, description="[Canceled] scheduled reboot")), ACCOUNT),
    case("host impaired", FAIL, status(SystemStatus=IMPAIRED), ACCOUNT, because="its system status check"),
    case("instance impaired", FAIL, status(InstanceStatus=IMPAIRED), ACCOUNT, because="its instance status check"),
    case(
        "volumes impaired",
        FAIL,
        status(AttachedEbsStatus=IMPAIRED, SystemStatus=IMPAIRED),
        ACCOUNT,
        because="system and attached EBS",
    ),
    case("initializing", PASS, status(InstanceStatus={"Status": "initializing"}), ACCOUNT),
)


def instance(**fields: Any) -> Instance:
    plain: dict[str, Any] = {
        "InstanceId": "i-1",
        "InstanceType": "m5.large",
        "State": {"Name": "running"},
        "RootDeviceType": "ebs",
        "MaintenanceOptions": {"AutoRecovery": "default"},
    }
    return made(Instance, plain | fields)


def kind(*, recovers: bool = True) -> InstanceType:
    one = instance()
    raw = {"InstanceType": "m5.large", "AutoRecoverySupported": recovers}
    found: dict[str, InstanceType] = gathered(
        InstanceType, Batch([one]), DescribeInstanceTypes={"InstanceTypes": [raw]}
    )
    return found[one.arn]


def alarm(*, actions: bool = True, metric: str = "StatusCheckFailed_System", of: str = "i-1") -> MetricAlarm:
    return made(
        MetricAlarm,
        AlarmArn="arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a",
        AlarmName="a",
        Namespace="AWS/EC2",
        MetricName=metric,
        Dimensions=[{"Name": "InstanceId", "Value": of}],
        ActionsEnabled=actions,
        AlarmActions=["arn:aws:automate:eu-west-1:ec2:recover"],
    )


def recovering(*alarms: MetricAlarm, gaps: Any = ()) -> RecoveryAlarms:
    return RecoveryAlarms(every(*alarms, gaps=gaps))


DISABLED = instance(MaintenanceOptions={"AutoRecovery": "disabled"})

test_ec2_instance_cannot_recover = cases(
    "ec2_instance_cannot_recover",
    case("by default", PASS, instance(), kind(), recovering(), because="by itself"),
    case("disabled", FAIL, DISABLED, kind(), recovering(), because="its automatic recovery is disabled"),
    case(
        "type without recovery",
        FAIL,
        instance(),
        kind(recovers=False),
        recovering(),
        because="m5.large does not support",
    ),
    case(
        "instance store",
        FAIL,
        instance(RootDeviceType="instance-store"),
        kind(),
        recovering(),
        because="instance store",
    ),
    case(
        "dedicated host", FAIL, instance(Placement={"Tenancy": "host"}), kind(), recovering(), because="dedicated host"
    ),
    case("an alarm recovers it", PASS, DISABLED, kind(), recovering(alarm()), because="an alarm"),
    case("the alarm is mute", FAIL, DISABLED, kind(), recovering(alarm(actions=False))),
    case("the alarm is for another instance", FAIL, DISABLED, kind(), recovering(alarm(of="i-2"))),
    case("the alarm is on another metric", FAIL, DISABLED, kind(), recovering(alarm(metric="CPUUtilization"))),
    case("alarms unread", UNKNOWN, DISABLED, kind(), recovering(gaps=(gap("cloudwatch:DescribeAlarms"),))),
    case(
        "in an Auto Scaling group",
        NOT_APPLICABLE,
        instance(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "g"}]),
        kind(),
        recovering(),
    ),
    case(
        "of Karpenter",
        NOT_APPLICABLE,
        instance(Tags=[{"Key": "karpenter.sh/nodepool", "Value": "default"}]),
        kind(),
        recovering(),
    ),
    case("Spot Instance", NOT_APPLICABLE, instance(InstanceLifecycle="spot"), kind(), recovering()),
    case("stopped", NOT_APPLICABLE, instance(State={"Name": "stopped"}), kind(), recovering()),
    case("recovery not told", UNKNOWN, instance(MaintenanceOptions={}), kind(), recovering()),
)

TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/app/1"


def group(**fields: Any) -> AutoScalingGroup:
    plain: dict[str, Any] = {
        "AutoScalingGroupName": "app",
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/app",
        "MinSize": 2,
        "MaxSize": 6,
        "DesiredCapacity": 2,
        "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "app", "Version": "3"},
        "VPCZoneIdentifier": "subnet-1,subnet-2",
        "TargetGroupARNs": [TARGETS],
    }
    return made(AutoScalingGroup, plain | fields)


def suspended(process: str, reason: str) -> AutoScalingGroup:
    return group(SuspendedProcesses=[{"ProcessName": process, "SuspensionReason": reason}])


def settings(**data: Any) -> GroupLaunchSettings:
    plain = {"ImageId": "ami-1", "KeyName": "ops", "SecurityGroupIds": ["sg-1"]}
    versions = {"LaunchTemplateVersions": [{"LaunchTemplateData": plain | data}]}
    found: GroupLaunchSettings = gathered(GroupLaunchSettings, group(), DescribeLaunchTemplateVersions=versions)
    return found


def image(state: str = "available") -> LaunchImage:
    versions = {"LaunchTemplateVersions": [{"LaunchTemplateData": {"ImageId": "ami-1"}}]}
    images = {"Images": [{"ImageId": "ami-1", "State": state}]}
    found: LaunchImage = gathered(LaunchImage, group(), DescribeLaunchTemplateVersions=versions, DescribeImages=images)
    return found


def activities(*states: str) -> ScalingActivities:
    items = [
        {"StatusCode": one, "Description": "Launching a new EC2 instance", "StatusMessage": f"was {one}"}
        for one in states
    ]
    return made(ScalingActivities, {"Activities": items})


def subnet(number: int = 1, **fields: Any) -> Subnet:
    plain = {
        "SubnetId": f"subnet-{number}",
        "VpcId": "vpc-1",
        "CidrBlock": "10.0.0.0/24",
        "AvailableIpAddressCount": 100,
    }
    return made(Subnet, plain | fields)


KEYS = made(KeyPairs, {"KeyPairs": [{"KeyName": "ops"}]})
GROUPS = every(made(SecurityGroup, GroupId="sg-1", GroupName="app", VpcId="vpc-1"))
SUBNETS = every(subnet(1), subnet(2))
TARGET_GROUPS = every(made(TargetGroup, TargetGroupArn=TARGETS, TargetGroupName="app"))
QUIET = activities()


def launch(of: AutoScalingGroup | None = None, /, **changes: Any) -> tuple[Any, ...]:
    """The evidence of a group that can launch, with changes."""
    evidence = {
        "settings": settings(),
        "image": image(),
        "keys": KEYS,
        "groups": GROUPS,
        "subnets": SUBNETS,
        "targets": TARGET_GROUPS,
        "activities": QUIET,
    }
    return (of or group(), *(evidence | changes).values(), ACCOUNT)


test_autoscaling_group_cannot_launch = cases(
    "autoscaling_group_cannot_launch",
    case("all is there", PASS, *launch()),
    case("template gone", FAIL, *launch(settings=None), because="version 3 of its launch template app does not exist"),
    case(
        "launch configuration gone",
        FAIL,
        *launch(
            made(
                AutoScalingGroup,
                {
                    "AutoScalingGroupName": "app",
                    "AutoScalingGroupARN": "arn:a",
                    "MaxSize": 1,
                    "LaunchConfigurationName": "old",
                },
            ),
            settings=None,
        ),
        because="launch configuration old",
    ),
    case("image gone", FAIL, *launch(image=None), because="image ami-1"),
    case("image disabled", FAIL, *launch(image=image("disabled")), because="image ami-1"),
    case("image by parameter", PASS, *launch(settings=settings(ImageId="resolve:ssm:/golden"), image=None)),
    case("key pair gone", FAIL, *launch(settings=settings(KeyName="gone")), because="key pair gone"),
    case("security group gone", FAIL, *launch(groups=every()), because="security group sg-1"),
    case("subnet gone", FAIL, *launch(subnets=every(subnet(1))), because="subnet subnet-2"),
    case("target group gone", FAIL, *launch(targets=every()), because=TARGETS),
    case("two things gone", FAIL, *launch(image=None, groups=every()), because="image ami-1, security group sg-1"),
    case(
        "launching suspended for long",
        FAIL,
        *launch(suspended("Launch", "User suspended at 2026-11-20T10:00:00Z")),
        because="Launch",
    ),
    case("suspended today", PASS, *launch(suspended("Launch", "User suspended at 2026-11-26T10:00:00Z"))),
    case(
        "suspended nobody knows when", FAIL, *launch(suspended("HealthCheck", "User suspended")), because="HealthCheck"
    ),
    case(
        "another process suspended", PASS, *launch(suspended("AZRebalance", "User suspended at 2026-11-20T10:00:00Z"))
    ),
    case(
        "newest activity failed",
        FAIL,
        *launch(activities=activities("InProgress", "Failed", "Successful")),
        because="was Failed",
    ),
    case("an older activity failed", PASS, *launch(activities=activities("Successful", "Failed"))),
    case(
        "few addresses",
        FAIL,
        *launch(subnets=every(subnet(1, AvailableIpAddressCount=1), subnet(2, AvailableIpAddressCount=2))),
        because="3 free addresses, and it may grow by 4",
        severity=Severity.MEDIUM,
    ),
    case(
        "size in vCPU",
        PASS,
        *launch(
            group(DesiredCapacityType="vcpu"),
            subnets=every(subnet(1, AvailableIpAddressCount=1), subnet(2, AvailableIpAddressCount=1)),
        ),
    ),
    case("scaled to zero", NOT_APPLICABLE, *launch(group(MinSize=0, MaxSize=0, DesiredCapacity=0), settings=None)),
    case("subnets unread", UNKNOWN, *launch(subnets=every(gaps=(gap("ec2:DescribeSubnets"),)))),
)


def interface(**fields: Any) -> NetworkInterface:
    plain = {
        "NetworkInterfaceId": "eni-1",
        "SubnetId": "subnet-1",
        "VpcId": "vpc-1",
        "Status": "in-use",
        "Attachment": {"InstanceId": "i-1"},
    }
    return made(NetworkInterface, plain | fields)


def interfaces(*items: NetworkInterface, gaps: Any = ()) -> Interfaces:
    return Interfaces(every(*items, gaps=gaps), every(), every())


USED = interfaces(interface())

test_ec2_subnet_addresses_exhausted = cases(
    "ec2_subnet_addresses_exhausted",
    case("room", PASS, subnet(), USED, because="100 of its 251"),
    case(
        "below the share",
        FAIL,
        subnet(AvailableIpAddressCount=30),
        USED,
        because="30 of its 251",
        severity=Severity.MEDIUM,
    ),
    case(
        "below the number",
        FAIL,
        subnet(CidrBlock="10.0.0.0/27", AvailableIpAddressCount=12),
        USED,
        because="12 of its 27",
    ),
    case("nearly none", FAIL, subnet(AvailableIpAddressCount=7), USED, severity=Severity.HIGH),
    case("unused", NOT_APPLICABLE, subnet(AvailableIpAddressCount=1), interfaces()),
    case(
        "used by a detached interface only",
        NOT_APPLICABLE,
        subnet(AvailableIpAddressCount=1),
        interfaces(interface(Status="available")),
    ),
    case(
        "gateways only",
        NOT_APPLICABLE,
        subnet(CidrBlock="10.0.0.0/28", AvailableIpAddressCount=10),
        interfaces(interface(InterfaceType="transit_gateway")),
    ),
    case("IPv6 only", NOT_APPLICABLE, made(Subnet, SubnetId="subnet-1", AvailableIpAddressCount=0), USED),
    case("own thresholds", PASS, subnet(AvailableIpAddressCount=30), USED, min_free_percent=10, min_free_addresses=8),
    case("interfaces unread", UNKNOWN, subnet(), interfaces(gaps=(gap("ec2:DescribeNetworkInterfaces"),))),
)


def vpc(number: int = 1, cidr: str = "10.0.0.0/16") -> Vpc:
    return made(Vpc, VpcId=f"vpc-{number}", CidrBlock=cidr, OwnerId=ACCOUNT.id)


def attached(number: int, gateway: str = "tgw-1") -> TransitGatewayVpcAttachment:
    return made(
        TransitGatewayVpcAttachment,
        TransitGatewayAttachmentId=f"a-{number}",
        TransitGatewayId=gateway,
        VpcId=f"vpc-{number}",
    )


def peered(*numbers: int, state: str = "active") -> Any:
    sides = [{"VpcId": f"vpc-{number}"} for number in numbers]
    return [
        made(
            VpcPeeringConnection,
            VpcPeeringConnectionId=f"pcx-{side['VpcId']}",
            Status={"Code": state},
            RequesterVpcInfo={"VpcId": "vpc-1"},
            AccepterVpcInfo=side,
        )
        for side in sides
    ]


def vpn(*routes: str, **fields: Any) -> VpnConnection:
    static = [{"DestinationCidrBlock": route} for route in routes]
    return made(VpnConnection, {"VpnConnectionId": "vpn-1", "State": "available", "Routes": static} | fields)


BOTH = interfaces(interface(), interface(NetworkInterfaceId="eni-2", VpcId="vpc-2"))
NOTHING = every()
TABLE = every(made(RouteTable, RouteTableId="rtb-1", VpcId="vpc-1", PropagatingVgws=[{"GatewayId": "vgw-1"}]))


def network(
    *others: Vpc,
    used: Interfaces = BOTH,
    hub: Any = NOTHING,
    peers: Any = NOTHING,
    vpns: Any = NOTHING,
    tables: Any = NOTHING,
) -> tuple[Any, ...]:
    return (vpc(), every(vpc(), *others), used, hub, peers, vpns, tables)


FAR, SAME, PART = vpc(2, "10.1.0.0/16"), vpc(2), vpc(2, "10.0.128.0/20")
HUB = every(attached(1), attached(2))

test_ec2_vpc_cidr_overlap = cases(
    "ec2_vpc_cidr_overlap",
    case("no overlap", PASS, *network(FAR, hub=HUB)),
    case(
        "overlap at a transit gateway",
        FAIL,
        *network(PART, hub=HUB),
        because="connected to vpc-2",
        severity=Severity.MEDIUM,
    ),
    case("at different transit gateways", PASS, *network(PART, hub=every(attached(1), attached(2, "tgw-2")))),
    case("overlap over a peering", FAIL, *network(SAME, peers=every(*peered(2))), because="connected to vpc-2"),
    case("the peering is not active", PASS, *network(PART, peers=every(*peered(2, state="pending-acceptance")))),
    case(
        "equal blocks without a connection",
        FAIL,
        *network(SAME),
        because="10.0.0.0/16 are also those of vpc-2",
        severity=Severity.INFORMATIONAL,
    ),
    case("equal blocks of an unused VPC", PASS, *network(SAME, used=interfaces(interface()))),
    case(
        "a VPN leads away from a part of it",
        FAIL,
        *network(vpns=every(vpn("10.0.4.0/24", VpnGatewayId="vgw-1")), tables=TABLE),
        because="10.0.4.0/24",
    ),
    case(
        "a VPN at the transit gateway",
        FAIL,
        *network(hub=HUB, vpns=every(vpn("10.0.0.0/16", TransitGatewayId="tgw-1"))),
        because="10.0.0.0/16",
    ),
    case("a wider VPN route", PASS, *network(vpns=every(vpn("10.0.0.0/8", VpnGatewayId="vgw-1")), tables=TABLE)),
    case("a VPN of another VPC", PASS, *network(vpns=every(vpn("10.0.4.0/24", VpnGatewayId="vgw-2")), tables=TABLE)),
    case(
        "a mesh of peerings",
        FAIL,
        *network(peers=every(*peered(3, 4, 5, 6))),
        because="4 VPCs",
        severity=Severity.INFORMATIONAL,
    ),
    case("three peerings", PASS, *network(peers=every(*peered(3, 4, 5)))),
    case("unused", NOT_APPLICABLE, *network(SAME, used=interfaces())),
    case(
        "attachments unread",
        UNKNOWN,
        *network(SAME, hub=every(gaps=(gap("ec2:DescribeTransitGatewayVpcAttachments"),))),
    ),
)


def tunnels(*states: str) -> VpnConnection:
    return vpn(VgwTelemetry=[{"OutsideIpAddress": f"192.0.2.{n}", "Status": state} for n, state in enumerate(states)])


test_ec2_vpn_connection_not_redundant = cases(
    "ec2_vpn_connection_not_redundant",
    case("both tunnels", PASS, tunnels("UP", "UP"), because="2 of its 2"),
    case("one tunnel", FAIL, tunnels("UP", "DOWN"), because="1 of its 2"),
    case("none", FAIL, tunnels("DOWN", "DOWN"), because="0 of its 2"),
    case("being made", NOT_APPLICABLE, vpn(State="pending")),
)
