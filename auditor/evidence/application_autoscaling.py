"""Application Auto Scaling: what scales by itself, by which policies and at which times.

Every resource is named as the service names it: `service/<cluster>/<service>` of ECS, `table/<name>` and
`table/<name>/index/<index>` of DynamoDB, `cluster:<name>` of RDS, `function:<name>:<alias>` of Lambda.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector

NAMESPACES = ("dynamodb", "ecs", "rds", "lambda", "elasticache", "kafka", "sagemaker")
"""The services that checks ask about; the API answers for one at a time."""

_UNKNOWN_SERVICE = "ValidationException"
"""What a region says of a service that it cannot scale; nothing else of the request could be invalid."""


class Scaled(Resource):
    """What targets, policies and actions have in common: the resource that scales, and in which dimension."""

    __slots__ = ()
    service: str
    resource_id: str
    dimension: str

    @property
    def key(self) -> tuple[str, str, str]:
        """Region, resource and dimension: what a target and its policies share."""
        return (self.region, self.resource_id, self.dimension)


def scaled_key(scaled: Scaled) -> tuple[str, str, str]:
    """To group by the resource that scales: `policies.by(scaled_key)`."""
    return scaled.key


@evidence
class ScalableTarget(Scaled):
    """A resource that scales within limits."""

    type_name: ClassVar = "AWS::ApplicationAutoScaling::ScalableTarget"
    arn_format: ClassVar = (
        "arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/{service}/{resource_id}/{dimension}"
    )
    arn: str = at("ScalableTargetARN")
    service: str = at("ServiceNamespace")
    resource_id: str = at("ResourceId")
    dimension: str = at("ScalableDimension")
    minimum: int = at("MinCapacity")
    maximum: int = at("MaxCapacity")
    scale_in_suspended: bool = at("SuspendedState.DynamicScalingInSuspended", absent=False)
    scale_out_suspended: bool = at("SuspendedState.DynamicScalingOutSuspended", absent=False)
    schedule_suspended: bool = at("SuspendedState.ScheduledScalingSuspended", absent=False)
    """RegisterScalableTarget: nothing is suspended by default."""


@evidence
class ScalingStep(Evidence):
    """One step of a step policy."""

    lower_bound: float | None = at("MetricIntervalLowerBound")
    upper_bound: float | None = at("MetricIntervalUpperBound")
    adjustment: int = at("ScalingAdjustment")


@evidence
class ScalingPolicy(Scaled):
    """How a resource scales."""

    type_name: ClassVar = "AWS::ApplicationAutoScaling::ScalingPolicy"
    arn: str = at("PolicyARN")
    policy: str = at("PolicyName")
    service: str = at("ServiceNamespace")
    resource_id: str = at("ResourceId")
    dimension: str = at("ScalableDimension")
    type: str = at("PolicyType")
    """`TargetTrackingScaling`, `StepScaling` or `PredictiveScaling`."""
    target_value: float | None = at("TargetTrackingScalingPolicyConfiguration.TargetValue")
    predefined_metric: str | None = at(
        "TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification.PredefinedMetricType"
    )
    custom_metric: str | None = at("TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.MetricName")
    custom_namespace: str | None = at(
        "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Namespace"
    )
    expressions: tuple[str, ...] = at(
        "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].Expression"
    )
    expression_metrics: tuple[str, ...] = at(
        "TargetTrackingScalingPolicyConfiguration.CustomizedMetricSpecification.Metrics[].MetricStat.Metric.MetricName"
    )
    scale_in_disabled: bool = at("TargetTrackingScalingPolicyConfiguration.DisableScaleIn", absent=False)
    """Application Auto Scaling API reference: false is the default."""
    scale_out_cooldown: int | None = at("TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown")
    scale_in_cooldown: int | None = at("TargetTrackingScalingPolicyConfiguration.ScaleInCooldown")
    adjustment_type: str | None = at("StepScalingPolicyConfiguration.AdjustmentType")
    steps: tuple[ScalingStep, ...] = at("StepScalingPolicyConfiguration.StepAdjustments")
    predictive_mode: str = at("PredictiveScalingPolicyConfiguration.Mode", absent="ForecastOnly")
    """PutScalingPolicy: a predictive policy only forecasts unless it is told to scale."""
    alarms: tuple[str, ...] = at("Alarms[].AlarmName")

    @property
    def tracks_target(self) -> bool:
        """Whether it holds a metric at a value."""
        return self.type == "TargetTrackingScaling"

    @property
    def is_predictive(self) -> bool:
        """Whether it scales ahead of a forecast."""
        return self.type == "PredictiveScaling" and self.predictive_mode == "ForecastAndScale"

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that it tracks, in AWS's names."""
        single = (self.predefined_metric, self.custom_metric)
        return (*(name for name in single if name), *self.expression_metrics)


@evidence
class ScheduledScaling(Scaled):
    """A change of the limits at a time."""

    type_name: ClassVar = "AWS::ApplicationAutoScaling::ScheduledAction"
    arn: str = at("ScheduledActionARN")
    action: str = at("ScheduledActionName")
    service: str = at("ServiceNamespace")
    resource_id: str = at("ResourceId")
    dimension: str = at("ScalableDimension")
    schedule: str = at("Schedule")
    timezone: str = at("Timezone", absent="UTC")
    """PutScheduledAction: UTC is the default."""
    minimum: int | None = at("ScalableTargetAction.MinCapacity")
    maximum: int | None = at("ScalableTargetAction.MaxCapacity")
    starts: datetime | None = at("StartTime")
    ends: datetime | None = at("EndTime")


def _of_all_services(aws: Aws, operation: str, items: str) -> Iterator[Mapping[str, Any]]:
    for service in NAMESPACES:
        with suppress(Absent):
            for page in aws.pages(operation, ServiceNamespace=service):
                yield from page.get(items, ())


@collector(call("application-autoscaling", "DescribeScalableTargets", absent=_UNKNOWN_SERVICE))
def scalable_targets(aws: Aws, _region: Region) -> Iterable[ScalableTarget]:
    """Of the services that checks ask about."""
    for raw in _of_all_services(aws, "DescribeScalableTargets", "ScalableTargets"):
        yield aws.parse(ScalableTarget, raw)


@collector(call("application-autoscaling", "DescribeScalingPolicies", absent=_UNKNOWN_SERVICE))
def scaling_policies(aws: Aws, _region: Region) -> Iterable[ScalingPolicy]:
    """Of the services that checks ask about."""
    for raw in _of_all_services(aws, "DescribeScalingPolicies", "ScalingPolicies"):
        yield aws.parse(ScalingPolicy, raw)


@collector(call("application-autoscaling", "DescribeScheduledActions", absent=_UNKNOWN_SERVICE))
def scheduled_scalings(aws: Aws, _region: Region) -> Iterable[ScheduledScaling]:
    """Of the services that checks ask about."""
    for raw in _of_all_services(aws, "DescribeScheduledActions", "ScheduledActions"):
        yield aws.parse(ScheduledScaling, raw)
