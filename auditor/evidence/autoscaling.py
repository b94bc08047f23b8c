"""Amazon EC2 Auto Scaling: groups, what they launch, their policies, schedules and activities."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.ec2 import LaunchSettings
from auditor.redact import secrets_in
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class GroupMember(Evidence):
    """An instance of an Auto Scaling group."""

    id: str = at("InstanceId")
    instance_type: str | None = at("InstanceType")
    zone: str = at("AvailabilityZone")
    lifecycle_state: str = at("LifecycleState")
    health: str = at("HealthStatus")
    is_protected: bool = at("ProtectedFromScaleIn")

    @property
    def is_in_service(self) -> bool:
        """Whether it serves."""
        return self.lifecycle_state == "InService"


@evidence
class TemplateReference(Evidence):
    """Which launch template a group uses, in which version."""

    id: str | None = at("LaunchTemplateId")
    name: str | None = at("LaunchTemplateName")
    version: str = at("Version", absent="$Default")
    """A number, `$Latest` or `$Default`, which is meant where none is given."""

    @property
    def key(self) -> dict[str, str]:
        """The parameter that names the template: its id, or its name where there is no id."""
        return {"LaunchTemplateId": self.id} if self.id else {"LaunchTemplateName": self.name or ""}


@evidence
class SuspendedProcess(Evidence):
    """A process that somebody, or Auto Scaling itself, has stopped."""

    process: str = at("ProcessName")
    reason: str = at("SuspensionReason", absent="")


@evidence
class AutoScalingGroup(Resource):
    """A group of instances that replaces and scales them."""

    type_name: ClassVar = "AWS::AutoScaling::AutoScalingGroup"
    arn: str = at("AutoScalingGroupARN")
    group_name: str = at("AutoScalingGroupName")
    minimum: int = at("MinSize")
    maximum: int = at("MaxSize")
    desired: int = at("DesiredCapacity")
    zones: tuple[str, ...] = at("AvailabilityZones")
    subnet_ids: str = at("VPCZoneIdentifier", absent="")
    launch_configuration: str | None = at("LaunchConfigurationName")
    template: TemplateReference | None = at("LaunchTemplate")
    mixed_template: TemplateReference | None = at("MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification")
    override_types: tuple[str, ...] = at("MixedInstancesPolicy.LaunchTemplate.Overrides[].InstanceType")
    target_groups: tuple[str, ...] = at("TargetGroupARNs")
    classic_load_balancers: tuple[str, ...] = at("LoadBalancerNames")
    traffic_sources: tuple[str, ...] = at("TrafficSources[].Identifier")
    health_check_type: str = at("HealthCheckType")
    grace_seconds: int = at("HealthCheckGracePeriod", absent=0)
    warmup_seconds: int | None = at("DefaultInstanceWarmup")
    suspended: tuple[SuspendedProcess, ...] = at("SuspendedProcesses")
    members: tuple[GroupMember, ...] = at("Instances")
    enabled_metrics: tuple[str, ...] = at("EnabledMetrics[].Metric")
    created: datetime = at("CreatedTime")
    status: str | None = at("Status")
    """Only sent while the group is being deleted."""
    warm_pool_state: str | None = at("WarmPoolConfiguration.PoolState")
    capacity_unit: str = at("DesiredCapacityType", absent="units")
    """`units` (instances), `vcpu` or `memory-mib`."""
    tags: Mapping[str, str] = at("Tags")

    @property
    def subnets(self) -> tuple[str, ...]:
        """The ids of its subnets."""
        return tuple(part.strip() for part in self.subnet_ids.split(",") if part.strip())

    @property
    def launch_template(self) -> TemplateReference | None:
        """The launch template that it uses, on its own or in a mixed instances policy."""
        return self.template or self.mixed_template

    @property
    def has_load_balancer(self) -> bool:
        """Whether a load balancer, a target group or another traffic source sends it requests."""
        return bool(self.target_groups or self.classic_load_balancers or self.traffic_sources)

    @property
    def health_checks(self) -> frozenset[str]:
        """What its health checks ask: `EC2`, `ELB`, `VPC_LATTICE`, `EBS`; EC2's is always on."""
        return frozenset(part.strip() for part in self.health_check_type.split(","))

    @property
    def suspended_processes(self) -> frozenset[str]:
        """The names of the processes that are suspended."""
        return frozenset(one.process for one in self.suspended)

    @property
    def in_service(self) -> tuple[GroupMember, ...]:
        """Its instances that serve."""
        return tuple(member for member in self.members if member.is_in_service)

    @property
    def has_fixed_size(self) -> bool:
        """Whether its size cannot change."""
        return self.minimum == self.maximum

    @property
    def is_eks_node_group(self) -> bool:
        """Whether Kubernetes of an EKS cluster claims it."""
        return any(
            name.startswith(("eks:", "kubernetes.io/cluster/", "k8s.io/cluster-autoscaler")) for name in self.tags
        )


groups = listed(
    AutoScalingGroup, call("autoscaling", "DescribeAutoScalingGroups", page=100), "AutoScalingGroups[]",
    skip={"Status": ("Delete in progress",)},
)  # fmt: skip


@evidence
class ScalingStep(Evidence):
    """One step of a step policy."""

    lower_bound: float | None = at("MetricIntervalLowerBound")
    """How far over the alarm's threshold the step begins; None has no lower end."""
    adjustment: int = at("ScalingAdjustment")


@evidence
class ScalingPolicy(Resource):
    """A rule by which a group changes its size."""

    type_name: ClassVar = "AWS::AutoScaling::ScalingPolicy"
    arn: str = at("PolicyARN")
    policy_name: str = at("PolicyName")
    group: str = at("AutoScalingGroupName")
    policy_type: str = at("PolicyType", absent="SimpleScaling")
    enabled: bool = at("Enabled", absent=True)
    """The default of PutScalingPolicy is enabled."""
    adjustment: int | None = at("ScalingAdjustment")
    steps: tuple[ScalingStep, ...] = at("StepAdjustments")
    warmup_seconds: int | None = at("EstimatedInstanceWarmup")
    alarms: tuple[str, ...] = at("Alarms[].AlarmName")
    target_value: float | None = at("TargetTrackingConfiguration.TargetValue")
    predefined_metric: str | None = at("TargetTrackingConfiguration.PredefinedMetricSpecification.PredefinedMetricType")
    custom_metric: str | None = at("TargetTrackingConfiguration.CustomizedMetricSpecification.MetricName")
    disables_scale_in: bool = at("TargetTrackingConfiguration.DisableScaleIn", absent=False)
    predictive_mode: str | None = at("PredictiveScalingConfiguration.Mode")

    @property
    def tracks_target(self) -> bool:
        """Whether it keeps a metric at a target."""
        return self.policy_type == "TargetTrackingScaling"

    @property
    def is_predictive(self) -> bool:
        """Whether it scales ahead of a forecast; a policy that only forecasts does not scale."""
        return self.policy_type == "PredictiveScaling" and self.predictive_mode == "ForecastAndScale"

    @property
    def adjustments(self) -> tuple[int, ...]:
        """The changes of size that it may make, simple or in steps."""
        steps = tuple(step.adjustment for step in self.steps)
        return steps or ((self.adjustment,) if self.adjustment is not None else ())

    @property
    def first_adding_bound(self) -> float:
        """How far over its alarm's threshold it begins to add."""
        return min((step.lower_bound or 0.0 for step in self.steps if step.adjustment > 0), default=0.0)

    @property
    def tracked_metric(self) -> str:
        """The metric that it keeps at the target; empty for metric math."""
        return self.predefined_metric or self.custom_metric or ""

    @property
    def scales_out(self) -> bool:
        """Whether it may add instances."""
        return self.enabled and (self.tracks_target or self.is_predictive or any(one > 0 for one in self.adjustments))

    @property
    def scales_in(self) -> bool:
        """Whether it may remove instances."""
        tracks = self.tracks_target and not self.disables_scale_in
        return self.enabled and (tracks or any(one < 0 for one in self.adjustments))


scaling_policies = listed(ScalingPolicy, call("autoscaling", "DescribePolicies", page=100), "ScalingPolicies[]")


@evidence
class ScheduledAction(Resource):
    """A change of size at a set time."""

    type_name: ClassVar = "AWS::AutoScaling::ScheduledAction"
    arn: str = at("ScheduledActionARN")
    action_name: str = at("ScheduledActionName")
    group: str = at("AutoScalingGroupName")
    recurrence: str | None = at("Recurrence")
    minimum: int | None = at("MinSize")
    maximum: int | None = at("MaxSize")
    desired: int | None = at("DesiredCapacity")

    @property
    def changes_size(self) -> bool:
        """Whether it sets the minimum or the desired size."""
        return self.minimum is not None or self.desired is not None


scheduled_actions = listed(
    ScheduledAction, call("autoscaling", "DescribeScheduledActions", page=100), "ScheduledUpdateGroupActions[]"
)


@evidence
class LaunchConfiguration(Resource):
    """The older form of a launch template."""

    type_name: ClassVar = "AWS::AutoScaling::LaunchConfiguration"
    arn: str = at("LaunchConfigurationARN")
    configuration_name: str = at("LaunchConfigurationName")
    image: str = at("ImageId")
    gives_public_ip: bool | None = at("AssociatePublicIpAddress")
    """Where it says nothing the subnet decides."""
    metadata_endpoint: str | None = at("MetadataOptions.HttpEndpoint")
    metadata_tokens: str | None = at("MetadataOptions.HttpTokens")
    user_data: str | None = at("UserData")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The types of the secrets that stand in the user data."""
        return secrets_in(self.user_data or "")


launch_configurations = listed(
    LaunchConfiguration, call("autoscaling", "DescribeLaunchConfigurations", page=100), "LaunchConfigurations[]"
)


@evidence
class GroupLaunchSettings(LaunchSettings):
    """What a group would launch now: the version of its launch template, or its launch configuration."""


_NO_TEMPLATE = (
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound",
    "InvalidLaunchTemplateName.NotFoundException",
)
_TEMPLATE = call("ec2", "DescribeLaunchTemplateVersions", absent=_NO_TEMPLATE)
_CONFIGURATION = call("autoscaling", "DescribeLaunchConfigurations")


@collector(_TEMPLATE, _CONFIGURATION)
def group_launch_settings(aws: Aws, group: AutoScalingGroup) -> GroupLaunchSettings:
    """By the launch template where there is one; absent where what the group names does not exist."""
    return aws.parse(GroupLaunchSettings, _settings(aws, group))


def _settings(aws: Aws, group: AutoScalingGroup) -> Mapping[str, Any]:
    template = group.launch_template
    if template is None:
        return _configured(aws, group.launch_configuration or "")
    answer = aws("DescribeLaunchTemplateVersions", **template.key, Versions=[template.version])
    versions = answer.get("LaunchTemplateVersions", ())
    if not versions:
        raise Absent(template.version)
    found: Mapping[str, Any] = versions[0]["LaunchTemplateData"]
    return found


def _configured(aws: Aws, name: str) -> Mapping[str, Any]:
    """A launch configuration in the terms of a launch template; names that do not exist are not refused."""
    found = aws("DescribeLaunchConfigurations", LaunchConfigurationNames=[name]).get("LaunchConfigurations", ())
    if not found:
        raise Absent(name)
    raw: Mapping[str, Any] = found[0]
    profile = raw.get("IamInstanceProfile")
    return {
        **raw,
        "SecurityGroupIds": raw.get("SecurityGroups", ()),
        "IamInstanceProfile": {"Arn" if str(profile).startswith("arn:") else "Name": profile},
    }


@evidence
class LaunchImage(Evidence):
    """The image that a group would launch, whoever owns it."""

    id: str = at("ImageId")
    state: str = at("State")


@collector(_TEMPLATE, _CONFIGURATION, call("ec2", "DescribeImages", IncludeDeprecated=True))
def launch_image(aws: Aws, group: AutoScalingGroup) -> LaunchImage:
    """Absent where there is no such image, or none that the account may use; by a filter, which refuses no id."""
    image = str(_settings(aws, group).get("ImageId", ""))
    if not image.startswith("ami-"):
        raise Absent(image)
    found = aws("DescribeImages", Filters=[{"Name": "image-id", "Values": [image]}]).get("Images", ())
    if not found:
        raise Absent(image)
    return aws.parse(LaunchImage, found[0])


@evidence
class ScalingActivity(Evidence):
    """One thing that a group did or tried."""

    description: str = at("Description", absent="")
    status: str = at("StatusCode")
    message: str | None = at("StatusMessage")
    started: datetime = at("StartTime")
    ended: datetime | None = at("EndTime")

    @property
    def is_launch(self) -> bool:
        """Whether it launched, or was to launch, an instance."""
        return self.description.startswith("Launching a new EC2 instance")

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it goes on."""
        return (self.ended - self.started).total_seconds() if self.ended else None


@evidence
class ScalingActivities(Evidence):
    """The newest hundred activities of a group, newest first; AWS keeps six weeks of them."""

    items: tuple[ScalingActivity, ...] = at("Activities")

    @property
    def newest(self) -> ScalingActivity | None:
        """The last one that has an outcome."""
        done = ("Successful", "Failed", "Cancelled")
        return next((one for one in self.items if one.status in done), None)

    @property
    def launches(self) -> tuple[ScalingActivity, ...]:
        """The launches among them."""
        return tuple(one for one in self.items if one.is_launch)


scaling_activities = described(
    ScalingActivities,
    call("autoscaling", "DescribeScalingActivities", MaxRecords=100),
    of=AutoScalingGroup,
    AutoScalingGroupName="group_name",
)
