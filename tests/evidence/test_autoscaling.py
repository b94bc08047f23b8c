from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.autoscaling import (
    AutoScalingGroup,
    GroupLaunchSettings,
    LaunchConfiguration,
    LaunchImage,
    ScalingActivities,
    ScalingPolicy,
    ScheduledAction,
)
from auditor.testing import REGION, gathered, made

RAW: dict[str, Any] = {
    "AutoScalingGroupName": "app",
    "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/app",
    "LaunchTemplate": {"LaunchTemplateId": "lt-1", "LaunchTemplateName": "app", "Version": "$Latest"},
    "MinSize": 2,
    "MaxSize": 6,
    "DesiredCapacity": 3,
    "AvailabilityZones": ["eu-west-1a", "eu-west-1b"],
    "HealthCheckType": "EC2,ELB",
    "HealthCheckGracePeriod": 300,
    "VPCZoneIdentifier": "subnet-1, subnet-2",
    "TargetGroupARNs": ["arn:tg"],
    "Instances": [
        {
            "InstanceId": "i-1",
            "AvailabilityZone": "eu-west-1a",
            "LifecycleState": "InService",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": False,
        },
        {
            "InstanceId": "i-2",
            "AvailabilityZone": "eu-west-1b",
            "LifecycleState": "Pending",
            "HealthStatus": "Healthy",
            "ProtectedFromScaleIn": True,
        },
    ],
    "SuspendedProcesses": [{"ProcessName": "Launch", "SuspensionReason": "User suspended at 2026-01-01T00:00:00Z"}],
    "Tags": [
        {
            "Key": "Name",
            "Value": "shop-app",
            "ResourceId": "app",
            "ResourceType": "auto-scaling-group",
            "PropagateAtLaunch": True,
        }
    ],
}


def group(**fields: Any) -> AutoScalingGroup:
    return made(AutoScalingGroup, RAW | fields)


def test_a_group_speaks_of_itself() -> None:
    one = group()
    assert one.name == "shop-app"
    assert one.tags == {"Name": "shop-app"}
    assert one.subnets == ("subnet-1", "subnet-2")
    assert one.health_checks == {"EC2", "ELB"}
    assert one.suspended_processes == {"Launch"}
    assert one.has_load_balancer
    assert not one.has_fixed_size
    assert [member.id for member in one.in_service] == ["i-1"]
    assert one.members[1].is_protected
    assert not one.is_eks_node_group
    assert one.warm_pool_state is None


def test_a_group_without_subnets() -> None:
    assert group(VPCZoneIdentifier="").subnets == ()


def test_a_lattice_target_group_is_a_load_balancer() -> None:
    assert group(
        TargetGroupARNs=[], TrafficSources=[{"Identifier": "arn:lattice", "Type": "vpc-lattice"}]
    ).has_load_balancer
    assert not group(TargetGroupARNs=[]).has_load_balancer


def test_the_template_of_a_mixed_instances_policy() -> None:
    specification = {
        "LaunchTemplateSpecification": {"LaunchTemplateName": "mixed"},
        "Overrides": [{"InstanceType": "m7g.large"}],
    }
    mixed = made(
        AutoScalingGroup,
        {
            "AutoScalingGroupName": "m",
            "AutoScalingGroupARN": "arn:m",
            "MixedInstancesPolicy": {"LaunchTemplate": specification},
        },
    )
    assert mixed.launch_template is not None
    assert mixed.launch_template.version == "$Default"
    assert mixed.launch_template.key == {"LaunchTemplateName": "mixed"}
    assert mixed.override_types == ("m7g.large",)


def test_a_group_that_is_being_deleted_is_none() -> None:
    raws = [RAW, RAW | {"Status": "Delete in progress"}]
    assert len(gathered(AutoScalingGroup, REGION, DescribeAutoScalingGroups={"AutoScalingGroups": raws})) == 1


def test_nodes_of_a_cluster() -> None:
    assert group(Tags=[{"Key": "k8s.io/cluster-autoscaler/enabled", "Value": "true"}]).is_eks_node_group


def policy(**fields: Any) -> ScalingPolicy:
    return made(ScalingPolicy, {"PolicyARN": "arn:p", "PolicyName": "p", "AutoScalingGroupName": "app"} | fields)


def test_target_tracking_scales_both_ways() -> None:
    configuration = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 50.0,
    }
    one = policy(PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=configuration)
    assert one.scales_out
    assert one.scales_in
    assert one.tracked_metric == "ASGAverageCPUUtilization"
    assert one.target_value == 50
    kept = policy(
        PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=configuration | {"DisableScaleIn": True}
    )
    assert kept.scales_out
    assert not kept.scales_in


def test_steps_scale_the_way_they_point() -> None:
    steps = [
        {"MetricIntervalLowerBound": 20.0, "ScalingAdjustment": 2},
        {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 1},
    ]
    adding = policy(PolicyType="StepScaling", StepAdjustments=steps)
    assert (adding.scales_out, adding.scales_in) == (True, False)
    assert adding.first_adding_bound == 10
    removing = policy(PolicyType="SimpleScaling", ScalingAdjustment=-1)
    assert (removing.scales_out, removing.scales_in) == (False, True)


def test_a_disabled_policy_scales_nothing() -> None:
    one = policy(PolicyType="SimpleScaling", ScalingAdjustment=1, Enabled=False)
    assert not one.scales_out


def test_a_policy_that_only_forecasts() -> None:
    forecast: dict[str, Any] = {"MetricSpecifications": [], "Mode": "ForecastOnly"}
    assert not policy(PolicyType="PredictiveScaling", PredictiveScalingConfiguration=forecast).is_predictive
    assert policy(
        PolicyType="PredictiveScaling", PredictiveScalingConfiguration=forecast | {"Mode": "ForecastAndScale"}
    ).scales_out


def test_a_scheduled_action() -> None:
    night = made(
        ScheduledAction, ScheduledActionARN="arn:s", ScheduledActionName="night", AutoScalingGroupName="app", MinSize=0
    )
    assert night.changes_size
    assert night.minimum == 0
    assert not made(ScheduledAction, ScheduledActionARN="arn:s", MaxSize=9).changes_size


def test_a_launch_configuration() -> None:
    one = made(
        LaunchConfiguration,
        LaunchConfigurationARN="arn:lc",
        LaunchConfigurationName="old",
        ImageId="ami-1",
        UserData="token=[redacted password 1a2b3c4d]",
    )
    assert one.gives_public_ip is None
    assert one.secrets == ("password",)


VERSION = {"LaunchTemplateVersions": [{"LaunchTemplateData": {"ImageId": "ami-1", "KeyName": "ops"}}]}
CONFIGURED = made(
    AutoScalingGroup, AutoScalingGroupName="old", AutoScalingGroupARN="arn:old", LaunchConfigurationName="old"
)


def test_settings_by_a_launch_template() -> None:
    asked: list[Any] = []

    def answer(params: Any) -> Any:
        asked.append(params)
        return VERSION

    settings = gathered(GroupLaunchSettings, group(), DescribeLaunchTemplateVersions=answer)
    assert asked == [{"LaunchTemplateId": "lt-1", "Versions": ["$Latest"]}]
    assert (settings.image, settings.key_name) == ("ami-1", "ops")


def test_settings_by_a_launch_configuration() -> None:
    raw = {
        "LaunchConfigurationName": "old",
        "ImageId": "ami-2",
        "SecurityGroups": ["sg-1"],
        "IamInstanceProfile": "web",
        "InstanceType": "m3.large",
    }
    settings = gathered(GroupLaunchSettings, CONFIGURED, DescribeLaunchConfigurations={"LaunchConfigurations": [raw]})
    assert settings.image == "ami-2"
    assert settings.security_groups == ("sg-1",)
    assert settings.instance_profile_name == "web"
    assert settings.instance_profile_arn is None


def test_settings_of_a_group_whose_template_is_gone() -> None:
    gone = Absent("InvalidLaunchTemplateId.NotFound")
    with pytest.raises(Absent):
        gathered(GroupLaunchSettings, group(), DescribeLaunchTemplateVersions=gone)
    with pytest.raises(Absent):
        gathered(GroupLaunchSettings, group(), DescribeLaunchTemplateVersions={"LaunchTemplateVersions": []})
    with pytest.raises(Absent):
        gathered(GroupLaunchSettings, CONFIGURED, DescribeLaunchConfigurations={"LaunchConfigurations": []})


def test_the_image_of_a_group() -> None:
    images = {"Images": [{"ImageId": "ami-1", "State": "available"}]}
    image = gathered(LaunchImage, group(), DescribeLaunchTemplateVersions=VERSION, DescribeImages=images)
    assert (image.id, image.state) == ("ami-1", "available")
    with pytest.raises(Absent):
        gathered(LaunchImage, group(), DescribeLaunchTemplateVersions=VERSION, DescribeImages={"Images": []})


def test_an_image_that_a_parameter_names_is_not_asked_for() -> None:
    version = {"LaunchTemplateVersions": [{"LaunchTemplateData": {"ImageId": "resolve:ssm:/golden"}}]}
    with pytest.raises(Absent):
        gathered(LaunchImage, group(), DescribeLaunchTemplateVersions=version, DescribeImages={"Images": [{}]})


def test_activities() -> None:
    launch = {"Description": "Launching a new EC2 instance: i-1", "StartTime": "2026-01-01T00:00:00+00:00"}
    activities = made(
        ScalingActivities,
        {
            "Activities": [
                launch | {"StatusCode": "InProgress"},
                launch | {"StatusCode": "Failed", "StatusMessage": "no capacity"},
                launch | {"StatusCode": "Successful", "EndTime": "2026-01-01T00:01:30+00:00"},
                {
                    "Description": "Terminating EC2 instance: i-2",
                    "StatusCode": "Successful",
                    "StartTime": "2026-01-01T00:00:00+00:00",
                },
            ]
        },
    )
    assert activities.newest is not None
    assert activities.newest.message == "no capacity"
    assert len(activities.launches) == 3
    assert [one.seconds for one in activities.launches] == [None, None, 90]
