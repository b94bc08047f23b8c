from typing import Any

import networks as net
import threetier as three

from auditor.evidence.application_autoscaling import ScalableTarget, ScheduledScaling
from auditor.evidence.application_autoscaling import ScalingPolicy as ServicePolicy
from auditor.evidence.autoscaling import AutoScalingGroup, ScalingActivities, ScalingPolicy, ScheduledAction
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.dax import DaxCluster
from auditor.evidence.dynamodb import Table, TableEntry, TimeToLive
from auditor.evidence.ec2 import AvailabilityZone, Instance, Volume
from auditor.evidence.ec2_network import NetworkInterface, Subnet
from auditor.evidence.ecs import ClusterEntry, EcsCluster, EcsService, EcsServiceEntry, TaskDefinition
from auditor.evidence.elasticache import ReplicationGroup
from auditor.evidence.elasticbeanstalk import BeanstalkEnvironment, BeanstalkOptions
from auditor.evidence.elb import ClassicLoadBalancer
from auditor.evidence.elbv2 import ListenerRule, LoadBalancer, TargetGroup, TargetGroupAttributes, TargetHealth
from auditor.evidence.memorydb import MemoryDbCluster
from auditor.evidence.route53 import RecordSet
from auditor.inference.network import Interfaces
from auditor.inference.scaling import Scaling
from auditor.metrics import Metric
from auditor.model import Severity
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
from auditor.wiring import Batch

NONE, NOTHING = Metric(), every()
TARGETS = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/app/1"
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1"
THREE = ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
DEV = [{"Key": "environment", "Value": "dev", "PropagateAtLaunch": True}]


def member(number: int, zone: str = "a", **fields: Any) -> dict[str, Any]:
    plain = {
        "InstanceId": f"i-{number}",
        "AvailabilityZone": f"eu-west-1{zone}",
        "LifecycleState": "InService",
        "HealthStatus": "Healthy",
        "ProtectedFromScaleIn": False,
    }
    return plain | fields


def group(**fields: Any) -> AutoScalingGroup:
    plain: dict[str, Any] = {
        "AutoScalingGroupName": "app",
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/app",
        "MinSize": 3,
        "MaxSize": 9,
        "DesiredCapacity": 3,
        "AvailabilityZones": THREE,
        "TargetGroupARNs": [TARGETS],
        "HealthCheckType": "ELB",
        "HealthCheckGracePeriod": 120,
        "Instances": [member(1, "a"), member(2, "b"), member(3, "c")],
    }
    return made(AutoScalingGroup, plain | fields)


def targets(**fields: Any) -> TargetGroup:
    plain: dict[str, Any] = {
        "TargetGroupArn": TARGETS,
        "TargetGroupName": "app",
        "TargetType": "instance",
        "Protocol": "HTTP",
        "Port": 8080,
        "VpcId": "vpc-1",
        "LoadBalancerArns": [BALANCER],
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": "traffic-port",
        "HealthCheckPath": "/health",
        "HealthCheckIntervalSeconds": 15,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
    }
    return made(TargetGroup, plain | fields)


def registered(*ids: str, leaving: tuple[str, ...] = ()) -> TargetHealth:
    items = [
        {"Target": {"Id": one}, "TargetHealth": {"State": state}}
        for state, some in (("healthy", ids), ("draining", leaving))
        for one in some
    ]
    return made(TargetHealth, {"TargetHealthDescriptions": items})


def instance(number: int = 1, **fields: Any) -> Instance:
    return made(Instance, {"InstanceId": f"i-{number}", "State": {"Name": "running"}} | fields)


def service(**fields: Any) -> EcsService:
    cluster_arn = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
    arn = "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"
    plain: dict[str, Any] = {
        "serviceArn": arn,
        "serviceName": "web",
        "clusterArn": cluster_arn,
        "status": "ACTIVE",
        "desiredCount": 3,
        "runningCount": 3,
        "schedulingStrategy": "REPLICA",
        "launchType": "FARGATE",
        "loadBalancers": [{"targetGroupArn": TARGETS, "containerName": "web", "containerPort": 8080}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b", "subnet-c"]}},
    }
    entry = made(ClusterEntry, cluster_arn)
    cluster = gathered(
        EcsCluster, Batch([entry]), DescribeClusters={"clusters": [{"clusterArn": cluster_arn, "status": "ACTIVE"}]}
    )[0]
    listed = made(EcsServiceEntry, arn, under=cluster)
    found: tuple[EcsService, ...] = gathered(
        EcsService, Batch([listed]), DescribeServices={"services": [plain | fields]}
    )
    return found[0]


def interface(**fields: Any) -> NetworkInterface:
    plain = {
        "NetworkInterfaceId": "eni-1",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "Status": "in-use",
        "PrivateIpAddress": "10.0.0.9",
    }
    return made(NetworkInterface, plain | fields)


def interfaces(*items: NetworkInterface) -> Interfaces:
    return Interfaces(every(*items), every(), every())


def policy(**fields: Any) -> ScalingPolicy:
    tracking = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 50.0,
    }
    plain = {
        "PolicyARN": "arn:p",
        "PolicyName": "cpu",
        "AutoScalingGroupName": "app",
        "PolicyType": "TargetTrackingScaling",
        "Enabled": True,
        "TargetTrackingConfiguration": tracking,
    }
    return made(ScalingPolicy, plain | fields)


def tracking(target: float = 50.0, *, metric: str = "ASGAverageCPUUtilization", **fields: Any) -> ScalingPolicy:
    configuration = {"PredefinedMetricSpecification": {"PredefinedMetricType": metric}, "TargetValue": target}
    return policy(TargetTrackingConfiguration=configuration | fields)


def step(adjustment: int, number: int = 1, **fields: Any) -> ScalingPolicy:
    steps = [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": adjustment}]
    plain: dict[str, Any] = {
        "PolicyARN": f"arn:s{number}",
        "PolicyName": f"step-{number}",
        "AutoScalingGroupName": "app",
        "PolicyType": "StepScaling",
        "Enabled": True,
        "StepAdjustments": steps,
    }
    return made(ScalingPolicy, plain | fields)


def alarm(action: str, threshold: float, *, over: bool = True, periods: int = 3, period: int = 60) -> MetricAlarm:
    comparison = "GreaterThanThreshold" if over else "LessThanThreshold"
    return made(
        MetricAlarm,
        AlarmName=f"{action}-{threshold}",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        ComparisonOperator=comparison,
        Threshold=threshold,
        Period=period,
        EvaluationPeriods=periods,
        ActionsEnabled=True,
        AlarmActions=[action],
    )


def scaling(*policies: ScalingPolicy, alarms: Any = NOTHING) -> Scaling:
    return Scaling(every(*policies), alarms)


TRACKED = scaling(policy())
UNREAD_SCALING = Scaling(every(gaps=(gap("autoscaling:DescribePolicies"),)), NOTHING)


def compute(
    of: TargetGroup,
    health: TargetHealth,
    *,
    groups: Any = NOTHING,
    services: Any = NOTHING,
    instances: Any = NOTHING,
    found: Interfaces | None = None,
    rules: Scaling = TRACKED,
) -> tuple[Any, ...]:
    return (of, health, groups, services, instances, found or interfaces(), rules)


BY_ADDRESS = targets(TargetType="ip")
EKS_NODE = instance(7, Tags=[{"Key": "kubernetes.io/cluster/shop", "Value": "owned"}])
POD = interfaces(interface(TagSet=[{"Key": "cluster.k8s.amazonaws.com/name", "Value": "shop"}]))
FIXED = group(MinSize=3, MaxSize=3)
KARPENTER_NODE = instance(9, Tags=[{"Key": "karpenter.sh/nodepool", "Value": "default"}])
ON_NODE = interfaces(interface(Attachment={"InstanceId": "i-9"}))
GREEN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/green/1"
BLUE_GREEN = service(
    loadBalancers=[{"targetGroupArn": TARGETS, "advancedConfiguration": {"alternateTargetGroupArn": GREEN}}]
)
SHIFTED = service(taskSets=[{"id": "ecs-svc/1", "loadBalancers": [{"targetGroupArn": GREEN}]}])
TASK = interfaces(interface())
IN_GREEN = targets(TargetType="ip", TargetGroupArn=GREEN)

test_application_tier_compute_auto_scaled = cases(
    "application_tier_compute_auto_scaled",
    case(
        "in a group", PASS, *compute(targets(), registered("i-1", "i-2"), groups=every(group())), because="all of its 2"
    ),
    case(
        "by hand",
        FAIL,
        *compute(targets(), registered("i-1", "i-9"), groups=every(group()), instances=every(instance(9))),
        because="i-9 were registered by hand",
    ),
    case("node of a cluster", PASS, *compute(targets(), registered("i-7"), instances=every(EKS_NODE))),
    case("task of a service", PASS, *compute(BY_ADDRESS, registered("10.0.0.9"), services=every(service()))),
    case("pod of a cluster", PASS, *compute(BY_ADDRESS, registered("10.0.0.9"), found=POD)),
    case(
        "pod on the first interface of a node",
        PASS,
        *compute(BY_ADDRESS, registered("10.0.0.9"), instances=every(KARPENTER_NODE), found=ON_NODE),
    ),
    case(
        "pod on a node, instances unread",
        UNKNOWN,
        *compute(
            BY_ADDRESS, registered("10.0.0.9"), instances=every(gaps=(gap("ec2:DescribeInstances"),)), found=ON_NODE
        ),
    ),
    case(
        "task in the other target group of ECS",
        PASS,
        *compute(IN_GREEN, registered("10.0.0.9"), services=every(BLUE_GREEN), found=TASK),
    ),
    case(
        "task in the other target group of CodeDeploy",
        PASS,
        *compute(IN_GREEN, registered("10.0.0.9"), services=every(SHIFTED), found=TASK),
    ),
    case(
        "one is leaving",
        PASS,
        *compute(targets(), registered("i-1", leaving=("i-8",)), groups=every(group())),
        because="all of its 1",
    ),
    case("all are leaving", NOT_APPLICABLE, *compute(targets(), registered(leaving=("i-8",)))),
    case(
        "address by hand",
        FAIL,
        *compute(BY_ADDRESS, registered("10.0.0.9"), found=interfaces(interface(Attachment={"InstanceId": "i-9"}))),
        because="10.0.0.9",
    ),
    case(
        "address of a group's instance",
        PASS,
        *compute(
            BY_ADDRESS,
            registered("10.0.0.9"),
            groups=every(group()),
            found=interfaces(interface(Attachment={"InstanceId": "i-1"})),
        ),
    ),
    case(
        "address of another VPC",
        PASS,
        *compute(BY_ADDRESS, registered("10.0.0.9"), found=interfaces(interface(VpcId="vpc-2"))),
    ),
    case("address outside", PASS, *compute(BY_ADDRESS, registered("192.168.1.1"))),
    case(
        "address of an endpoint",
        PASS,
        *compute(BY_ADDRESS, registered("10.0.0.9"), found=interfaces(interface(InterfaceType="vpc_endpoint"))),
    ),
    case(
        "fixed size without a policy",
        FAIL,
        *compute(targets(), registered("i-1"), groups=every(FIXED), rules=scaling()),
        because="its group app",
        severity=Severity.MEDIUM,
    ),
    case("fixed size with a policy", PASS, *compute(targets(), registered("i-1"), groups=every(FIXED))),
    case("Lambda", NOT_APPLICABLE, *compute(targets(TargetType="lambda"), registered("arn:f"))),
    case("no load balancer", NOT_APPLICABLE, *compute(targets(LoadBalancerArns=[]), registered("i-9"))),
    case("empty", NOT_APPLICABLE, *compute(targets(), registered())),
    case(
        "groups unread",
        UNKNOWN,
        *compute(targets(), registered("i-1"), groups=every(gaps=(gap("autoscaling:DescribeAutoScalingGroups"),))),
    ),
)


def zones(*letters: str, kind: str = "availability-zone") -> list[AvailabilityZone]:
    return [
        made(AvailabilityZone, ZoneName=f"eu-west-1{one}", ZoneId=f"euw1-az-{one}", ZoneType=kind, State="available")
        for one in letters
    ]


REGULAR = every(*zones("a", "b", "c"))


def served(*letters: str) -> Any:
    return every(
        made(
            LoadBalancer,
            LoadBalancerArn=BALANCER,
            Type="application",
            AvailabilityZones=[{"ZoneName": f"eu-west-1{one}"} for one in letters],
        )
    )


ALL_SERVED, OWN = served("a", "b", "c"), every(targets())
LOPSIDED = group(DesiredCapacity=4, Instances=[member(1, "a"), member(2, "a"), member(3, "a"), member(4, "b")])

test_autoscaling_group_application_three_zones = cases(
    "autoscaling_group_application_three_zones",
    case("three zones", PASS, group(), REGULAR, ALL_SERVED, OWN),
    case(
        "two zones",
        FAIL,
        group(AvailabilityZones=THREE[:2]),
        REGULAR,
        ALL_SERVED,
        OWN,
        because="2 zones of 3",
        severity=Severity.MEDIUM,
    ),
    case(
        "two are enough by the profile", PASS, group(AvailabilityZones=THREE[:2]), REGULAR, ALL_SERVED, OWN, min_zones=2
    ),
    case(
        "a zone without its balancer",
        FAIL,
        group(),
        REGULAR,
        served("a", "b"),
        OWN,
        because="does not serve eu-west-1c",
        severity=Severity.HIGH,
    ),
    case("classic balancer", PASS, group(TargetGroupARNs=[], LoadBalancerNames=["old"]), REGULAR, NOTHING, NOTHING),
    case(
        "uneven",
        FAIL,
        LOPSIDED,
        REGULAR,
        ALL_SERVED,
        OWN,
        because="eu-west-1a 3, eu-west-1b 1, eu-west-1c 0",
        severity=Severity.LOW,
    ),
    case("even enough", PASS, LOPSIDED, REGULAR, ALL_SERVED, OWN, imbalance=3),
    case("region of two zones", NOT_APPLICABLE, group(), every(*zones("a", "b")), ALL_SERVED, OWN),
    case("Local Zone", NOT_APPLICABLE, group(AvailabilityZones=["eu-west-1-lhr-1a"]), REGULAR, ALL_SERVED, OWN),
    case("no load balancer", NOT_APPLICABLE, group(TargetGroupARNs=[]), REGULAR, ALL_SERVED, OWN),
    case("for development", NOT_APPLICABLE, group(Tags=DEV), REGULAR, ALL_SERVED, OWN),
    case("zones unread", UNKNOWN, group(), every(gaps=(gap("ec2:DescribeAvailabilityZones"),)), ALL_SERVED, OWN),
)


def scheduled(minimum: int, of: str = "app") -> Any:
    return every(
        made(
            ScheduledAction,
            ScheduledActionARN="arn:x",
            ScheduledActionName="night",
            AutoScalingGroupName=of,
            MinSize=minimum,
        )
    )


ASLEEP = group(MinSize=0, DesiredCapacity=0)

test_autoscaling_group_application_minimum_size = cases(
    "autoscaling_group_application_minimum_size",
    case("one per zone", PASS, group(), NOTHING, because="its minimum is 3"),
    case("one", FAIL, group(MinSize=1), NOTHING, because="minimum is 1 of 2", severity=Severity.HIGH),
    case("fewer than zones", FAIL, group(MinSize=2), NOTHING, because="one of its 3 zones", severity=Severity.LOW),
    case("more by the profile", FAIL, group(), NOTHING, min_instances=4),
    case("zero at night", FAIL, group(), scheduled(0), because="scheduled action", severity=Severity.LOW),
    case("zero now, by schedule", FAIL, ASLEEP, scheduled(0), severity=Severity.LOW),
    case("another group's schedule", PASS, group(), scheduled(0, "batch")),
    case("a schedule for the morning", PASS, group(), scheduled(6)),
    case("scaled to zero", NOT_APPLICABLE, ASLEEP, NOTHING, because="zero"),
    case("for development", NOT_APPLICABLE, group(MinSize=1, Tags=DEV), NOTHING, because="environment=dev"),
    case("no load balancer", NOT_APPLICABLE, group(MinSize=1, TargetGroupARNs=[]), NOTHING),
    case("schedule unread", UNKNOWN, group(), every(gaps=(gap("autoscaling:DescribeScheduledActions"),))),
)

PROTECTED = [member(1, ProtectedFromScaleIn=True), member(2, ProtectedFromScaleIn=True), member(3)]

test_autoscaling_group_application_replaces_unhealthy = cases(
    "autoscaling_group_application_replaces_unhealthy",
    case("load balancer's checks", PASS, group(), because="120 seconds"),
    case("both", PASS, group(HealthCheckType="EC2,ELB")),
    case(
        "VPC Lattice",
        PASS,
        group(TargetGroupARNs=[], TrafficSources=[{"Identifier": "arn:lattice"}], HealthCheckType="VPC_LATTICE"),
    ),
    case("EC2's only", FAIL, group(HealthCheckType="EC2"), because="EC2 only", severity=Severity.HIGH),
    case(
        "replacement suspended",
        FAIL,
        group(SuspendedProcesses=[{"ProcessName": "ReplaceUnhealthy"}]),
        because="ReplaceUnhealthy",
    ),
    case("another process suspended", PASS, group(SuspendedProcesses=[{"ProcessName": "AZRebalance"}])),
    case("no grace", FAIL, group(HealthCheckGracePeriod=0), because="no grace period"),
    case("long grace", FAIL, group(HealthCheckGracePeriod=1200), because="1200", severity=Severity.LOW),
    case("long grace by the profile", PASS, group(HealthCheckGracePeriod=1200), max_grace_seconds=1800),
    case("most are protected", FAIL, group(Instances=PROTECTED), because="2 of its 3", severity=Severity.LOW),
    case("no load balancer", NOT_APPLICABLE, group(TargetGroupARNs=[])),
)

STEPPED = (step(1, 1), step(-1, 2))
UP, DOWN = alarm("arn:s1", 60.0), alarm("arn:s2", 30.0, over=False, periods=15)
BUSY, CALM = Metric((20.0,) * 80 + (90.0,) * 20), Metric((40.0,) * 100)
FORECAST = {"MetricSpecifications": [{"TargetValue": 50.0}], "Mode": "ForecastOnly"}
BY_REQUESTS = scaling(tracking(1000.0, metric="ALBRequestCountPerTarget"))
DEAF = group(SuspendedProcesses=[{"ProcessName": "AlarmNotification"}])

test_autoscaling_group_application_scale_out_threshold = cases(
    "autoscaling_group_application_scale_out_threshold",
    case("target tracking", PASS, group(), TRACKED, NONE, because="cpu adds instances above 50 % CPU after 3 minutes"),
    case("high target", FAIL, group(), scaling(tracking(80.0)), NONE, because="above 80 %", severity=Severity.MEDIUM),
    case("within the tolerance", PASS, group(), scaling(tracking(70.0)), NONE),
    case("high target by the profile", PASS, group(), scaling(tracking(80.0)), NONE, scale_out_cpu=80),
    case(
        "steps",
        PASS,
        group(),
        scaling(*STEPPED, alarms=every(UP, DOWN)),
        NONE,
        because="step-1 adds instances above 60 %",
    ),
    case(
        "late steps",
        FAIL,
        group(),
        scaling(*STEPPED, alarms=every(alarm("arn:s1", 60.0, period=300), DOWN)),
        NONE,
        because="15 minutes",
    ),
    case("no policy", FAIL, group(), scaling(), NONE, because="no enabled policy", severity=Severity.HIGH),
    case("disabled", FAIL, group(), scaling(policy(Enabled=False)), NONE, severity=Severity.HIGH),
    case("only removes", FAIL, group(), scaling(step(-1)), NONE, severity=Severity.HIGH),
    case("no alarm", FAIL, group(), scaling(step(2)), CALM, because="no alarm sets off step-1", severity=Severity.HIGH),
    case("an alarm on an anomaly", PASS, group(), scaling(step(2, Alarms=[{"AlarmName": "odd"}])), CALM),
    case("alarms are not heard", FAIL, DEAF, TRACKED, NONE, severity=Severity.HIGH),
    case(
        "only forecasts",
        FAIL,
        group(),
        scaling(
            policy(
                PolicyType="PredictiveScaling", PredictiveScalingConfiguration=FORECAST, TargetTrackingConfiguration={}
            )
        ),
        NONE,
        because="only forecasts",
    ),
    case(
        "by requests",
        PASS,
        group(),
        BY_REQUESTS,
        CALM,
        because="ALBRequestCountPerTarget, and 95 % of the hours of 14 days used at most 40 %",
    ),
    case("by requests, but busy", FAIL, group(), BY_REQUESTS, BUSY, because="90 % CPU"),
    case("by requests, without data", UNKNOWN, group(), BY_REQUESTS, NONE),
    case("fixed size", NOT_APPLICABLE, FIXED, scaling(), NONE),
    case("no load balancer", NOT_APPLICABLE, group(TargetGroupARNs=[]), scaling(), NONE),
    case("policies unread", UNKNOWN, group(), UNREAD_SCALING, NONE),
)

test_autoscaling_group_application_scale_in_threshold = cases(
    "autoscaling_group_application_scale_in_threshold",
    case("target tracking", PASS, group(), TRACKED, because="cpu removes instances below 35 % CPU after 15 minutes"),
    case("high target", FAIL, group(), scaling(tracking(70.0)), because="already below 49 %"),
    case(
        "its alarm says otherwise",
        PASS,
        group(),
        scaling(tracking(70.0), alarms=every(alarm("arn:p", 38.0, over=False, periods=15))),
    ),
    case(
        "an implausible alarm",
        FAIL,
        group(),
        scaling(tracking(70.0), alarms=every(alarm("arn:p", 6.0, over=False))),
        because="49 %",
    ),
    case(
        "scale-in disabled", FAIL, group(), scaling(tracking(DisableScaleIn=True)), because="no enabled policy removes"
    ),
    case("only adds", FAIL, group(), scaling(step(1), alarms=every(UP)), because="no enabled policy removes"),
    case("steps", PASS, group(), scaling(*STEPPED, alarms=every(UP, DOWN)), because="step-2 removes"),
    case(
        "early steps",
        FAIL,
        group(),
        scaling(*STEPPED, alarms=every(UP, alarm("arn:s2", 30.0, over=False, periods=5))),
        because="already after 5 minutes",
    ),
    case(
        "narrow band",
        FAIL,
        group(),
        scaling(*STEPPED, alarms=every(alarm("arn:s1", 40.0), DOWN)),
        because="above 40 % CPU and shrinks below 30 %",
    ),
    case(
        "narrow band by the profile",
        PASS,
        group(),
        scaling(*STEPPED, alarms=every(alarm("arn:s1", 40.0), DOWN)),
        min_band=10,
    ),
    case("termination suspended", FAIL, group(SuspendedProcesses=[{"ProcessName": "Terminate"}]), TRACKED),
    case("by requests", PASS, group(), BY_REQUESTS, because="another metric"),
    case("nothing adds", NOT_APPLICABLE, group(), scaling(step(-1))),
    case("fixed size", NOT_APPLICABLE, FIXED, TRACKED),
    case("policies unread", UNKNOWN, group(), UNREAD_SCALING),
)

test_autoscaling_group_application_ceiling_reached = cases(
    "autoscaling_group_application_ceiling_reached",
    case("room", PASS, group(), Metric((3.0,) * 100), because="3 of its maximum of 9"),
    case("at its maximum", FAIL, group(DesiredCapacity=9), NONE, because="maximum of 9", severity=Severity.HIGH),
    case("was at its maximum", FAIL, group(), Metric((3.0,) * 900 + (9.0,) * 7), because="for 35 minutes"),
    case("for a moment", PASS, group(), Metric((3.0,) * 900 + (9.0,) * 6)),
    case("little room", FAIL, group(), Metric((7.0,) * 100), because="only 1.3 times the 7", severity=Severity.LOW),
    case("little room by the profile", PASS, group(), Metric((7.0,) * 100), min_headroom=1.2),
    case("no group metrics", PASS, group(), NONE, because="without group metrics"),
    case("fixed size", NOT_APPLICABLE, FIXED, NONE),
    case("scaled to zero", NOT_APPLICABLE, ASLEEP, NONE),
)


def launches(*seconds: float, state: str = "Successful", days: float = 1) -> list[dict[str, Any]]:
    return [
        {
            "Description": "Launching a new EC2 instance: i-1",
            "StatusCode": state,
            "StartTime": ago(days=days, seconds=one),
            "EndTime": ago(days=days),
        }
        for one in seconds
    ]


def acted(*items: list[dict[str, Any]]) -> ScalingActivities:
    return made(ScalingActivities, {"Activities": [one for part in items for one in part]})


POOLED = group(WarmPoolConfiguration={"PoolState": "Stopped"})

test_autoscaling_group_application_launch_time = cases(
    "autoscaling_group_application_launch_time",
    case("quick", PASS, group(), acted(launches(60, 70, 80)), OWN, scaling(), ACCOUNT, because="after 110 seconds"),
    case(
        "slow boot",
        FAIL,
        group(),
        acted(launches(60, 70, 400)),
        OWN,
        scaling(),
        ACCOUNT,
        because="430 seconds, most of it booting (400), and it has no warm pool",
    ),
    case(
        "still under way",
        NOT_APPLICABLE,
        group(),
        acted(launches(60, 70, 80, state="InProgress")),
        OWN,
        scaling(),
        ACCOUNT,
        because="fewer than 3",
    ),
    case(
        "slow in spite of a warm pool",
        FAIL,
        POOLED,
        acted(launches(400, 400, 400)),
        OWN,
        scaling(),
        ACCOUNT,
        because="booting (400)",
    ),
    case(
        "slow health check",
        FAIL,
        group(),
        acted(launches(60, 60, 60)),
        every(targets(HealthCheckIntervalSeconds=30, HealthyThresholdCount=10)),
        scaling(),
        ACCOUNT,
        because="health checks (300)",
    ),
    case(
        "long warmup",
        FAIL,
        group(DefaultInstanceWarmup=280),
        acted(launches(60, 60, 60)),
        OWN,
        scaling(),
        ACCOUNT,
        because="warmup (280)",
    ),
    case(
        "a policy's warmup",
        FAIL,
        group(),
        acted(launches(60, 60, 60)),
        OWN,
        scaling(policy(EstimatedInstanceWarmup=300)),
        ACCOUNT,
        because="warmup (300)",
    ),
    case("slow by the profile", FAIL, group(), acted(launches(60, 70, 80)), OWN, scaling(), ACCOUNT, max_seconds=60),
    case(
        "failures",
        FAIL,
        group(),
        acted(launches(60, 60, 60), launches(5, state="Failed")),
        OWN,
        scaling(),
        ACCOUNT,
        because="1 of its 4 launches failed",
    ),
    case("few launches", NOT_APPLICABLE, group(), acted(launches(400, 400)), OWN, scaling(), ACCOUNT),
    case("long ago", NOT_APPLICABLE, group(), acted(launches(400, 400, 400, days=60)), OWN, scaling(), ACCOUNT),
    case(
        "no load balancer",
        NOT_APPLICABLE,
        group(TargetGroupARNs=[]),
        acted(launches(400, 400, 400)),
        NOTHING,
        scaling(),
        ACCOUNT,
    ),
    case(
        "target groups unread",
        UNKNOWN,
        group(),
        acted(launches(60, 70, 80)),
        every(gaps=(gap("elasticloadbalancing:DescribeTargetGroups"),)),
        scaling(),
        ACCOUNT,
    ),
)


def sticky(kind: str | None) -> TargetGroupAttributes:
    on = [{"Key": "stickiness.enabled", "Value": str(kind is not None).lower()}]
    return made(
        TargetGroupAttributes, {"Attributes": on + ([{"Key": "stickiness.type", "Value": kind}] if kind else [])}
    )


test_elbv2_target_group_stickiness_disabled = cases(
    "elbv2_target_group_stickiness_disabled",
    case("off", PASS, targets(), sticky(None)),
    case("by cookie", FAIL, targets(), sticky("lb_cookie"), because="lb_cookie", severity=Severity.MEDIUM),
    case("by the application's cookie", FAIL, targets(), sticky("app_cookie")),
    case("by address", FAIL, targets(), sticky("source_ip"), severity=Severity.LOW),
    case("allowed", NOT_APPLICABLE, targets(), sticky("lb_cookie"), allowed=("app",)),
    case("appliances", NOT_APPLICABLE, targets(Protocol="GENEVE", Port=6081), sticky("source_ip_dest_ip")),
    case("no load balancer", NOT_APPLICABLE, targets(LoadBalancerArns=[]), sticky("lb_cookie")),
    case("no such attribute", PASS, targets(TargetType="lambda"), made(TargetGroupAttributes, {"Attributes": []})),
)


LB_COOKIE = {"LBCookieStickinessPolicies": [{"PolicyName": "keep", "CookieExpirationPeriod": 600}]}
APP_COOKIE = {"AppCookieStickinessPolicies": [{"PolicyName": "keep", "CookieName": "JSESSIONID"}]}


def old(*policies: tuple[int, str], **stickiness: Any) -> ClassicLoadBalancer:
    """A Classic Load Balancer whose listeners, by their ports, have a policy each."""
    listeners = [
        {"Listener": {"Protocol": "HTTP", "LoadBalancerPort": port, "InstancePort": 80}, "PolicyNames": [policy]}
        for port, policy in policies
    ]
    return made(ClassicLoadBalancer, LoadBalancerName="old", ListenerDescriptions=listeners, Policies=stickiness)


test_elb_load_balancer_stickiness_disabled = cases(
    "elb_load_balancer_stickiness_disabled",
    case("off", PASS, old((443, "tls")), because="none of its listeners"),
    case(
        "by cookie",
        FAIL,
        old((80, "tls"), (443, "keep"), **LB_COOKIE),
        because="at port 443 (lb_cookie)",
        severity=Severity.MEDIUM,
    ),
    case("by the application's cookie", FAIL, old((80, "keep"), **APP_COOKIE), because="app_cookie"),
    case("a policy that no listener uses", PASS, old((80, "tls"), **LB_COOKIE)),
    case("allowed", NOT_APPLICABLE, old((80, "keep"), **LB_COOKIE), allowed=("old",)),
    case("allowed, and off", PASS, old((80, "tls")), allowed=("old",)),
    case("no listener", NOT_APPLICABLE, old(**LB_COOKIE)),
)


def disks(number: int, *, deleted: bool = True) -> Instance:
    root = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": f"vol-root-{number}", "DeleteOnTermination": True}}
    data = {"DeviceName": "/dev/sdf", "Ebs": {"VolumeId": f"vol-{number}", "DeleteOnTermination": deleted}}
    return instance(number, RootDeviceName="/dev/xvda", BlockDeviceMappings=[root, data])


def sized(number: int, gib: int) -> Volume:
    return made(Volume, VolumeId=f"vol-{number}", Size=gib)


ROOT_ONLY = instance(
    1,
    RootDeviceName="/dev/xvda",
    BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1", "DeleteOnTermination": False}}],
)


def mounting(*volumes: dict[str, Any]) -> TaskDefinition:
    return made(TaskDefinition, {"taskDefinitionArn": "arn:td:1", "volumes": list(volumes)}, under=service())


ON_HOST = mounting({"name": "data", "host": {"sourcePath": "/srv/data"}})
SHARED = mounting({"name": "data", "dockerVolumeConfiguration": {"scope": "shared"}})
SHORT_LIVED = mounting(
    {"name": "scratch", "host": {}},
    {"name": "docker", "host": {"sourcePath": "/var/run/docker.sock"}},
    {"name": "task", "dockerVolumeConfiguration": {"scope": "task"}},
    {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}},
)

test_ecs_service_application_without_local_state = cases(
    "ecs_service_application_without_local_state",
    case("nothing that stays", PASS, service(), SHORT_LIVED),
    case("a directory of the host", FAIL, service(), ON_HOST, because="data (/srv/data)", severity=Severity.MEDIUM),
    case("a shared volume", FAIL, service(), SHARED, because="a shared volume of Docker"),
    case("allowed", NOT_APPLICABLE, service(), ON_HOST, allowed=("web",)),
    case("no load balancer", NOT_APPLICABLE, service(loadBalancers=[]), ON_HOST),
    case("daemon", NOT_APPLICABLE, service(schedulingStrategy="DAEMON"), ON_HOST),
    case("being deleted", NOT_APPLICABLE, service(status="DRAINING"), ON_HOST),
    case("external controller", NOT_APPLICABLE, service(), None),
)

test_application_tier_without_local_state = cases(
    "application_tier_without_local_state",
    case("root volumes", PASS, group(), every(ROOT_ONLY), every(sized(1, 500))),
    case("small data volume", PASS, group(), every(disks(1)), every(sized(1, 20))),
    case("large data volume", FAIL, group(), every(disks(1)), every(sized(1, 200)), because="i-1 has 200 GiB"),
    case("large by the profile", PASS, group(), every(disks(1)), every(sized(1, 200)), max_data_gib=500),
    case(
        "volume outlives it",
        FAIL,
        group(),
        every(disks(2, deleted=False)),
        every(sized(2, 20)),
        because="/dev/sdf of i-2 outlives it",
    ),
    case("another group's instance", PASS, group(), every(disks(9, deleted=False)), NOTHING),
    case("protected", FAIL, group(Instances=PROTECTED), every(ROOT_ONLY), NOTHING, because="2 instances are protected"),
    case("allowed", NOT_APPLICABLE, group(), every(disks(1)), every(sized(1, 200)), allowed=("app",)),
    case("no load balancer", NOT_APPLICABLE, group(TargetGroupARNs=[]), every(disks(1)), NOTHING),
    case("instances unread", UNKNOWN, group(), every(gaps=(gap("ec2:DescribeInstances"),)), NOTHING),
)


def in_zones(*letters: str) -> Any:
    return every(
        *(
            made(Subnet, SubnetId=f"subnet-{one}", AvailabilityZone=f"eu-west-1{zone}")
            for one, zone in zip("abc", letters, strict=True)
        )
    )


def scalable(minimum: int = 3, maximum: int = 9, **fields: Any) -> Any:
    plain = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/web",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": minimum,
        "MaxCapacity": maximum,
        "ScalableTargetARN": "arn:t",
    }
    ecs = {"ScalableTargets": [plain | fields]}
    empty: dict[str, Any] = {"ScalableTargets": []}
    return every(
        *gathered(
            ScalableTarget,
            REGION,
            DescribeScalableTargets=lambda asked: ecs if asked["ServiceNamespace"] == "ecs" else empty,
        )
    )


SPREAD, PAIR, ONE = in_zones("a", "b", "c"), in_zones("a", "b", "b"), in_zones("a", "a", "a")

test_ecs_service_application_minimum_and_zones = cases(
    "ecs_service_application_minimum_and_zones",
    case(
        "three tasks in three zones", PASS, service(), SPREAD, REGULAR, NOTHING, because="3 tasks at least, in 3 zones"
    ),
    case(
        "one task",
        FAIL,
        service(desiredCount=1),
        SPREAD,
        REGULAR,
        NOTHING,
        because="1 of 2 tasks",
        severity=Severity.HIGH,
    ),
    case("may shrink to one", FAIL, service(), SPREAD, REGULAR, scalable(1), because="1 of 2 tasks"),
    case(
        "two zones",
        FAIL,
        service(),
        PAIR,
        REGULAR,
        NOTHING,
        because="eu-west-1a, eu-west-1b only, of 3",
        severity=Severity.MEDIUM,
    ),
    case("two zones of two", PASS, service(), PAIR, every(*zones("a", "b")), NOTHING),
    case("one zone", FAIL, service(), ONE, REGULAR, NOTHING, severity=Severity.HIGH),
    case(
        "fewer tasks than zones",
        FAIL,
        service(desiredCount=2),
        SPREAD,
        REGULAR,
        NOTHING,
        because="2 tasks in 3 zones",
        severity=Severity.LOW,
    ),
    case(
        "Spot only",
        FAIL,
        service(capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
        SPREAD,
        REGULAR,
        NOTHING,
        because="FARGATE_SPOT",
        severity=Severity.MEDIUM,
    ),
    case(
        "Spot over a base",
        PASS,
        service(
            capacityProviderStrategy=[
                {"capacityProvider": "FARGATE_SPOT", "weight": 1},
                {"capacityProvider": "FARGATE", "base": 2},
            ]
        ),
        SPREAD,
        REGULAR,
        NOTHING,
    ),
    case("on instances", PASS, service(launchType="EC2", networkConfiguration={}), SPREAD, REGULAR, NOTHING),
    case("scaled to zero", NOT_APPLICABLE, service(desiredCount=0), SPREAD, REGULAR, NOTHING),
    case(
        "for tests",
        NOT_APPLICABLE,
        service(desiredCount=1, tags=[{"key": "env", "value": "test"}]),
        SPREAD,
        REGULAR,
        NOTHING,
        because="env=test",
    ),
    case("daemon", NOT_APPLICABLE, service(schedulingStrategy="DAEMON"), SPREAD, REGULAR, NOTHING),
    case("no load balancer", NOT_APPLICABLE, service(loadBalancers=[]), SPREAD, REGULAR, NOTHING),
    case("subnets unread", UNKNOWN, service(), every(gaps=(gap("ec2:DescribeSubnets"),)), REGULAR, NOTHING),
)


def service_policy(**tracked: Any) -> Any:
    plain = {
        "PolicyARN": "arn:p",
        "PolicyName": "cpu",
        "ServiceNamespace": "ecs",
        "ResourceId": "service/shop/web",
        "ScalableDimension": "ecs:service:DesiredCount",
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 50.0} | tracked,
    }
    ecs = {"ScalingPolicies": [plain]}
    empty: dict[str, Any] = {"ScalingPolicies": []}
    return every(
        *gathered(
            ServicePolicy,
            REGION,
            DescribeScalingPolicies=lambda asked: ecs if asked["ServiceNamespace"] == "ecs" else empty,
        )
    )


SUSPENDED = scalable(SuspendedState={"DynamicScalingOutSuspended": True})

test_ecs_service_application_auto_scaling = cases(
    "ecs_service_application_auto_scaling",
    case("target tracking", PASS, service(), scalable(), service_policy(), because="from 3 to 9"),
    case(
        "no scalable target", FAIL, service(), NOTHING, NOTHING, because="always runs 3 tasks", severity=Severity.MEDIUM
    ),
    case(
        "another service's target",
        FAIL,
        service(serviceName="api"),
        scalable(),
        service_policy(),
        because="no scalable target",
    ),
    case("no policy", FAIL, service(), scalable(), NOTHING, because="no policy"),
    case("fixed size", FAIL, service(), scalable(3, 3), service_policy(), because="both 3"),
    case("suspended", FAIL, service(), SUSPENDED, service_policy(), because="suspended"),
    case(
        "slow",
        FAIL,
        service(),
        scalable(),
        service_policy(ScaleOutCooldown=600),
        because="600 seconds",
        severity=Severity.LOW,
    ),
    case(
        "hasty",
        FAIL,
        service(),
        scalable(),
        service_policy(ScaleInCooldown=60),
        because="after 60 seconds",
        severity=Severity.LOW,
    ),
    case("scaled to zero", NOT_APPLICABLE, service(desiredCount=0), NOTHING, NOTHING),
    case("scaled to zero, for now", PASS, service(desiredCount=0), scalable(), service_policy()),
    case("being deleted", NOT_APPLICABLE, service(status="DRAINING"), NOTHING, NOTHING),
    case("daemon", NOT_APPLICABLE, service(schedulingStrategy="DAEMON"), NOTHING, NOTHING),
    case("external controller", NOT_APPLICABLE, service(deploymentController={"type": "EXTERNAL"}), NOTHING, NOTHING),
    case("no load balancer", NOT_APPLICABLE, service(loadBalancers=[]), NOTHING, NOTHING),
    case(
        "targets unread",
        UNKNOWN,
        service(),
        every(gaps=(gap("application-autoscaling:DescribeScalableTargets"),)),
        NOTHING,
    ),
)

SPANS = 4000
SELDOM, OFTEN = (Metric((0.0,) * (SPANS - bad) + (2.0,) * bad) for bad in (3, 100))
TWO, NOBODY = Metric((2.0,) * SPANS), Metric((2.0,) * (SPANS - 3) + (0.0,) * 3)


def checked(
    name: str, status: Any, of: TargetGroup, *, unhealthy: Metric = NONE, healthy: Metric = NONE, **options: Any
) -> Any:
    return case(name, status, of, unhealthy, healthy, **options)


test_elbv2_target_group_health_check_effective = cases(
    "elbv2_target_group_health_check_effective",
    checked("quick and true", PASS, targets(), because="30 seconds"),
    checked(
        "slow",
        FAIL,
        targets(HealthCheckIntervalSeconds=30, UnhealthyThresholdCount=5),
        because="after 150 seconds",
        severity=Severity.MEDIUM,
    ),
    checked(
        "slow by the profile",
        PASS,
        targets(HealthCheckIntervalSeconds=30, UnhealthyThresholdCount=5),
        max_detect_seconds=180,
    ),
    checked("errors are healthy", FAIL, targets(Matcher={"HttpCode": "200-499"}), because="200-499"),
    checked("an error in a list", FAIL, targets(Matcher={"HttpCode": "200,404"}), because="200,404"),
    checked("redirects are healthy", PASS, targets(Matcher={"HttpCode": "200-399"})),
    checked(
        "by TCP",
        FAIL,
        targets(Protocol="TCP", HealthCheckProtocol="TCP", Matcher={}),
        because="by TCP to a web application on port 8080",
    ),
    checked("by TCP to a database", PASS, targets(Protocol="TCP", HealthCheckProtocol="TCP", Port=5432, Matcher={})),
    checked("another port", FAIL, targets(HealthCheckPort="9000"), because="port 9000"),
    checked("another port for UDP", PASS, targets(Protocol="UDP", Port=53, HealthCheckPort="9000")),
    checked("appliances", NOT_APPLICABLE, targets(Protocol="GENEVE", Port=6081, HealthCheckPort="80")),
    checked("the same port by number", PASS, targets(HealthCheckPort="8080")),
    checked(
        "two weaknesses",
        FAIL,
        targets(HealthCheckIntervalSeconds=60, Matcher={"HttpCode": "200-499"}),
        because="120 seconds; it takes",
    ),
    checked("the root path", FAIL, targets(HealthCheckPath="/"), severity=Severity.INFORMATIONAL),
    checked("seldom unhealthy", PASS, targets(), unhealthy=SELDOM, healthy=TWO),
    checked("often unhealthy", FAIL, targets(), unhealthy=OFTEN, healthy=TWO, because="unhealthy in 2.5 % of 14 days"),
    checked("often by the profile", PASS, targets(), unhealthy=OFTEN, healthy=TWO, unhealthy_percent=5),
    checked("all at once", FAIL, targets(), unhealthy=SELDOM, healthy=NOBODY, because="in 3 five-minute spans"),
    checked("no targets at all", PASS, targets(), unhealthy=Metric((0.0,) * 4), healthy=Metric((0.0,) * 4)),
    checked("no load balancer", NOT_APPLICABLE, targets(LoadBalancerArns=[])),
    checked("unchecked functions", NOT_APPLICABLE, targets(TargetType="lambda", HealthCheckEnabled=False)),
)


SESSION_TABLE, DATA_TABLE = (made(TableEntry, name) for name in ("user-sessions", "orders-table"))
STICKY = every_of((three.TARGETS, net.attributes(stickiness__enabled="true", stickiness__type="lb_cookie")))
LOOSE = every_of((three.TARGETS, net.attributes()))
BROKER = three.service("broker", targets=(three.TARGETS.arn,), groups=())
RIGHTS = three.role("task", three.allow(DATA_TABLE.arn, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"))
READS_ONLY = three.role("task", three.allow(DATA_TABLE.arn, "dynamodb:GetItem"))
OIDC = dict.fromkeys(("Issuer", "AuthorizationEndpoint", "TokenEndpoint", "UserInfoEndpoint", "ClientId"), "x")
SIGNED_IN = net.listener(three.SHOP, DefaultActions=[{"Type": "authenticate-oidc", "AuthenticateOidcConfig": OIDC}])
MEMCACHED = three.cache(Engine="memcached")


def stored(entry: TableEntry) -> Table:
    raw = {"TableArn": entry.arn, "TableName": entry.table, "TableStatus": "ACTIVE"}
    found: Table = gathered(Table, entry, DescribeTable={"Table": raw})[0]
    return found


ORDERS = stored(DATA_TABLE)
EXPIRES = every_of((ORDERS, made(TimeToLive, TimeToLiveStatus="ENABLED", AttributeName="until")))
STAYS = every_of((ORDERS, made(TimeToLive, TimeToLiveStatus="DISABLED")))


def session_case(
    name: str,
    status: Any,
    *more: Any,
    judged: Any = three.SHOP,
    listens: Any = None,
    rules: Any = NOTHING,
    attributes: Any = LOOSE,
    tables: Any = NOTHING,
    expiry: Any = NOTHING,
    without: Any = (),
    gaps: Any = None,
    **options: Any,
) -> Any:
    here = three.world(*more, without=without, gaps=gaps)
    listening = listens if listens is not None else every(three.HTTPS)
    evidence = (judged, here.tiers, listening, rules, attributes, tables, expiry)
    return case(name, status, *evidence, **options)


BY_TABLE = (BROKER, three.definition(BROKER, "task"), DATA_TABLE)
NOT_FLEET = (three.FLEET, *three.MEMBERS)
DENIED = every(gaps=(gap("svc:Denied"),))
INSIDE = net.balancer("inside", scheme="internal")
SIGN_IN = {"RuleArn": "arn:rule", "Priority": "1", "IsDefault": False, "Actions": [{"Type": "authenticate-oidc"}]}
SIGNS_IN = every(*gathered(ListenerRule, three.HTTPS, DescribeRules={"Rules": [SIGN_IN]}))
ONE = three.asg(targets=(three.TARGETS.arn,), DesiredCapacity=1)

test_application_tier_session_store_present = cases(
    "application_tier_session_store_present",
    session_case("Redis", PASS, three.cache(), because="all 1 components"),
    session_case("MemoryDB", PASS, three.memory()),
    session_case("MemoryDB unread", UNKNOWN, gaps={MemoryDbCluster: (gap("memorydb:DescribeClusters"),)}),
    session_case("DAX, which speaks DynamoDB's language alone", FAIL, *three.dax(), three.DAX_GROUP),
    session_case(
        "a table of sessions behind DAX",
        PASS,
        *three.dax(),
        three.DAX_GROUP,
        three.role("dax", three.allow(SESSION_TABLE.arn, "dynamodb:GetItem", "dynamodb:PutItem")),
        SESSION_TABLE,
    ),
    session_case("DAX unread", UNKNOWN, gaps={DaxCluster: (gap("dax:DescribeClusters"),)}),
    session_case("Kafka, which keeps no sessions", FAIL, three.kafka(), three.KAFKA_GROUP),
    session_case("nothing", FAIL, because="shop with 2 instances or tasks", severity=Severity.MEDIUM),
    session_case("Memcached", FAIL, MEMCACHED),
    session_case("nothing, and stickiness", FAIL, attributes=STICKY, because="app keeps", severity=Severity.HIGH),
    session_case("the load balancer authenticates", FAIL, listens=every(SIGNED_IN), severity=Severity.INFORMATIONAL),
    session_case("one of its rules authenticates", FAIL, rules=SIGNS_IN, severity=Severity.INFORMATIONAL),
    session_case("rules unread", UNKNOWN, rules=DENIED),
    session_case("internal", NOT_APPLICABLE, INSIDE, judged=INSIDE, listens=every(net.listener(INSIDE, 80, "HTTP"))),
    session_case(
        "internal, while records are unread",
        UNKNOWN,
        INSIDE,
        judged=INSIDE,
        listens=every(net.listener(INSIDE, 80, "HTTP")),
        gaps={RecordSet: (gap("route53:ListResourceRecordSets", "global"),)},
    ),
    session_case(
        "a table of sessions",
        PASS,
        BROKER,
        three.definition(BROKER, TABLE="user-sessions"),
        SESSION_TABLE,
        without=NOT_FLEET,
    ),
    session_case(
        "a table that expires items", PASS, *BY_TABLE, RIGHTS, tables=every(ORDERS), expiry=EXPIRES, without=NOT_FLEET
    ),
    session_case(
        "a table that keeps items", FAIL, *BY_TABLE, RIGHTS, tables=every(ORDERS), expiry=STAYS, without=NOT_FLEET
    ),
    session_case(
        "a table that is only read",
        FAIL,
        *BY_TABLE,
        READS_ONLY,
        tables=every(ORDERS),
        expiry=EXPIRES,
        without=NOT_FLEET,
    ),
    session_case("one of two components", FAIL, three.cache(), BROKER, because="broker with 4"),
    session_case("a single instance", NOT_APPLICABLE, ONE, three.MEMBERS[0], without=NOT_FLEET),
    session_case("by the profile", NOT_APPLICABLE, sessionless=("shop.example.com",)),
    session_case("no HTTP", NOT_APPLICABLE, listens=NOTHING),
    session_case("caches unread", UNKNOWN, gaps={ReplicationGroup: (gap("elasticache:DescribeReplicationGroups"),)}),
    session_case("listeners unread", UNKNOWN, listens=DENIED),
    session_case(
        "targets unread", UNKNOWN, without=NOT_FLEET, gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)}
    ),
    session_case("attributes unread", UNKNOWN, attributes=DENIED),
    session_case("tables unread", UNKNOWN, *BY_TABLE, RIGHTS, tables=DENIED, expiry=EXPIRES, without=NOT_FLEET),
    session_case("expiry unread", UNKNOWN, *BY_TABLE, RIGHTS, tables=every(ORDERS), expiry=DENIED, without=NOT_FLEET),
)

DAILY = Metric((*(20.0,) * 8, 100.0, *(90.0,) * 9, *(20.0,) * 6) * 14)
CALM = Metric((50.0, 52.0) * 168)
FORECASTING = policy(
    PolicyType="PredictiveScaling",
    AutoScalingGroupName="shop",
    TargetTrackingConfiguration={},
    PredictiveScalingConfiguration=FORECAST | {"Mode": "ForecastAndScale"},
)
PLANNED = {
    "ScheduledActionARN": "arn:sa",
    "ScheduledActionName": "morning",
    "ServiceNamespace": "ecs",
    "ResourceId": "service/main/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "Schedule": "cron(0 7 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 6},
    "CreationTime": ago(days=30),
}
PLANNED_SERVICE = gathered(ScheduledScaling, REGION, DescribeScheduledActions={"ScheduledActions": [PLANNED]})[0]
SERVED_BY_ECS = three.world(three.service(targets=(three.TARGETS.arn,)), without=NOT_FLEET).tiers
UNSCALED = scaling()
FLEET = three.world().tiers
FULL_FLEET = three.world(three.asg(targets=(three.TARGETS.arn,), MinSize=4), *three.MEMBERS, without=NOT_FLEET).tiers
EMPTY = three.world(without=NOT_FLEET).tiers
GROUPS_UNREAD = three.world(
    without=NOT_FLEET, gaps={AutoScalingGroup: (gap("autoscaling:DescribeAutoScalingGroups"),)}
).tiers


def predicting(mode: str) -> Any:
    raw = {"PolicyARN": "arn:pp", "PolicyName": "ahead", "ServiceNamespace": "ecs", "PolicyType": "PredictiveScaling"}
    raw |= {"ResourceId": "service/main/web", "ScalableDimension": "ecs:service:DesiredCount"}
    found = raw | {"PredictiveScalingPolicyConfiguration": {"MetricSpecifications": [], "Mode": mode}}
    return every(*gathered(ServicePolicy, REGION, DescribeScalingPolicies={"ScalingPolicies": [found]}))


FORECAST_OF_SERVICE, ONLY_FORECASTS = predicting("ForecastAndScale"), predicting("ForecastOnly")


def peaks(name: str, status: Any, *evidence: Any, **options: Any) -> Any:
    """Of a load balancer, its requests and what scales; the policies of services may be left out."""
    return case(name, status, *evidence, *([NOTHING] * (7 - len(evidence))), **options)


test_autoscaling_group_application_prewarmed_for_peaks = cases(
    "autoscaling_group_application_prewarmed_for_peaks",
    peaks(
        "nothing prepares for daily peaks",
        FAIL,
        three.SHOP,
        DAILY,
        FLEET,
        UNSCALED,
        NOTHING,
        NOTHING,
        because="14 of 14 peaks were 2 times the hour before and come back every day, but nothing prepares shop",
        severity=Severity.LOW,
    ),
    peaks("a schedule", PASS, three.SHOP, DAILY, FLEET, UNSCALED, scheduled(6, "shop"), NOTHING),
    peaks("a schedule of another group", FAIL, three.SHOP, DAILY, FLEET, UNSCALED, scheduled(6, "other"), NOTHING),
    peaks("a forecast", PASS, three.SHOP, DAILY, FLEET, scaling(FORECASTING), NOTHING, NOTHING),
    peaks("sized for the peak", PASS, three.SHOP, DAILY, FULL_FLEET, UNSCALED, NOTHING, NOTHING),
    peaks("a schedule of a service", PASS, three.SHOP, DAILY, SERVED_BY_ECS, UNSCALED, NOTHING, every(PLANNED_SERVICE)),
    peaks(
        "a forecast of a service",
        PASS,
        three.SHOP,
        DAILY,
        SERVED_BY_ECS,
        UNSCALED,
        NOTHING,
        NOTHING,
        FORECAST_OF_SERVICE,
    ),
    peaks("it only forecasts", FAIL, three.SHOP, DAILY, SERVED_BY_ECS, UNSCALED, NOTHING, NOTHING, ONLY_FORECASTS),
    peaks("policies of services unread", UNKNOWN, three.SHOP, DAILY, SERVED_BY_ECS, UNSCALED, NOTHING, NOTHING, DENIED),
    peaks("a service without", FAIL, three.SHOP, DAILY, SERVED_BY_ECS, UNSCALED, NOTHING, NOTHING, because="web"),
    peaks("steep by the profile", NOT_APPLICABLE, three.SHOP, DAILY, FLEET, UNSCALED, NOTHING, NOTHING, peak_ratio=6.0),
    peaks("even traffic", NOT_APPLICABLE, three.SHOP, CALM, FLEET, UNSCALED, NOTHING, NOTHING, because="steady"),
    peaks("no metric", NOT_APPLICABLE, three.SHOP, NONE, FLEET, UNSCALED, NOTHING, NOTHING),
    peaks(
        "holes", UNKNOWN, three.SHOP, Metric(DAILY.values[:300]), FLEET, UNSCALED, NOTHING, NOTHING, because="36 of 336"
    ),
    peaks("nothing behind it", NOT_APPLICABLE, three.SHOP, DAILY, EMPTY, UNSCALED, NOTHING, NOTHING),
    peaks("groups unread", UNKNOWN, three.SHOP, DAILY, GROUPS_UNREAD, UNSCALED, NOTHING, NOTHING),
    peaks("schedules unread", UNKNOWN, three.SHOP, DAILY, FLEET, UNSCALED, DENIED, NOTHING),
    peaks("schedules of services unread", UNKNOWN, three.SHOP, DAILY, SERVED_BY_ECS, UNSCALED, NOTHING, DENIED),
    peaks("policies unread", UNKNOWN, three.SHOP, DAILY, FLEET, UNREAD_SCALING, NOTHING, NOTHING),
)


def beanstalk(**changes: Any) -> BeanstalkEnvironment:
    raw = {
        "EnvironmentName": "shop-web",
        "EnvironmentArn": "arn:aws:elasticbeanstalk:eu-west-1:123456789012:environment/shop/shop-web",
        "ApplicationName": "shop",
        "Status": "Ready",
        "Tier": {"Name": "WebServer"},
        "HealthStatus": "Ok",
    }
    return made(BeanstalkEnvironment, {name: value for name, value in (raw | changes).items() if value})


def configured(**changes: str) -> BeanstalkOptions:
    """Options as `namespace__name`, with the last part of the namespace only."""
    values = {
        "environment__EnvironmentType": "LoadBalanced",
        "asg__MinSize": "2",
        "asg__Availability Zones": "Any 3",
        "trigger__MeasureName": "CPUUtilization",
        "trigger__UpperThreshold": "60",
        "trigger__LowerThreshold": "30",
        "managedactions__ManagedActionsEnabled": "true",
    } | changes
    spaces = {
        "environment": "aws:elasticbeanstalk:environment",
        "managedactions": "aws:elasticbeanstalk:managedactions",
        "asg": "aws:autoscaling:asg",
        "trigger": "aws:autoscaling:trigger",
        "vpc": "aws:ec2:vpc",
    }
    settings = [
        {"Namespace": spaces[key.partition("__")[0]], "OptionName": key.partition("__")[2], "Value": value}
        for key, value in values.items()
    ]
    answer = {"ConfigurationSettings": [{"DeploymentStatus": "deployed", "OptionSettings": settings}]}
    found = gathered(BeanstalkOptions, beanstalk(), DescribeConfigurationSettings=answer)
    assert isinstance(found, BeanstalkOptions)
    return found


SINGLE = configured(environment__EnvironmentType="SingleInstance")
TWO_ZONES: dict[str, str] = {"asg__Availability Zones": "Any 2"}

test_elasticbeanstalk_environment_load_balanced = cases(
    "elasticbeanstalk_environment_load_balanced",
    case("load balanced", PASS, beanstalk(), configured(), {}, because="it is load balanced, scales on CPU"),
    case("a single instance", FAIL, beanstalk(), SINGLE, {}, because="single instance", severity=Severity.MEDIUM),
    case("a single instance in production", FAIL, beanstalk(), SINGLE, {"env": "prod"}, severity=Severity.HIGH),
    case("a minimum of one", FAIL, beanstalk(), configured(asg__MinSize="1"), {}, because="minimum size is 1"),
    case("two zones", FAIL, beanstalk(), configured(**TWO_ZONES), {}, because="as few zones as 2"),
    case("zones by subnets", PASS, beanstalk(), configured(**TWO_ZONES, vpc__Subnets="subnet-1,subnet-2"), {}),
    case(
        "the default trigger",
        FAIL,
        beanstalk(),
        configured(trigger__MeasureName="NetworkOut"),
        {},
        because="NetworkOut",
    ),
    case("scales out late", FAIL, beanstalk(), configured(trigger__UpperThreshold="80"), {}, because="above 80 % CPU"),
    case("late is fine here", PASS, beanstalk(), configured(trigger__UpperThreshold="80"), {}, scale_out_cpu=85.0),
    case("scales in early", FAIL, beanstalk(), configured(trigger__LowerThreshold="40"), {}, because="below 40 % CPU"),
    case("early is fine here", PASS, beanstalk(), configured(trigger__LowerThreshold="40"), {}, scale_in_cpu=45.0),
    case("basic health", FAIL, beanstalk(HealthStatus=None), configured(), {}, because="reporting is basic"),
    case(
        "updates are off",
        FAIL,
        beanstalk(),
        configured(managedactions__ManagedActionsEnabled="false"),
        {},
        because="managed platform updates are off",
        severity=Severity.LOW,
    ),
    case(
        "updates are off, and more",
        FAIL,
        beanstalk(HealthStatus=None),
        configured(managedactions__ManagedActionsEnabled="false"),
        {},
        because="reporting is basic; managed platform updates are off",
        severity=Severity.MEDIUM,
    ),
    case("a worker", NOT_APPLICABLE, beanstalk(Tier={"Name": "Worker"}), SINGLE, {}, because="worker"),
    case("being updated", NOT_APPLICABLE, beanstalk(Status="Updating"), SINGLE, {}, because="being changed"),
    case("for trials", NOT_APPLICABLE, beanstalk(), SINGLE, {"env": "dev"}, because="env=dev"),
)
