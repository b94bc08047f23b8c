from typing import Any

from auditor.errors import Absent
from auditor.evidence.application_autoscaling import (
    NAMESPACES,
    ScalableTarget,
    ScalingPolicy,
    ScheduledScaling,
    scaled_key,
)
from auditor.testing import REGION, every, gathered

TABLE: dict[str, Any] = {
    "ServiceNamespace": "dynamodb",
    "ResourceId": "table/orders",
    "ScalableDimension": "dynamodb:table:ReadCapacityUnits",
}
KEY = ("eu-west-1", "table/orders", "dynamodb:table:ReadCapacityUnits")


def only(items: str, raw: dict[str, Any]) -> Any:
    """Answers for the service that is asked about, as the API does."""
    return lambda asked: {items: [raw] if asked["ServiceNamespace"] == "dynamodb" else []}


def test_every_service_is_asked_about() -> None:
    asked: list[str] = []

    def answer(params: Any) -> dict[str, Any]:
        asked.append(params["ServiceNamespace"])
        return {"ScalableTargets": []}

    assert gathered(ScalableTarget, REGION, DescribeScalableTargets=answer) == ()
    assert tuple(asked) == NAMESPACES


def test_a_region_that_does_not_know_a_service() -> None:
    raw = TABLE | {"ServiceNamespace": "kafka", "MinCapacity": 1, "MaxCapacity": 2}

    def answer(params: Any) -> Any:
        known = params["ServiceNamespace"] == "kafka"
        return {"ScalableTargets": [raw]} if known else Absent("ValidationException")

    (one,) = gathered(ScalableTarget, REGION, DescribeScalableTargets=answer)
    assert one.service == "kafka"


def test_a_target_and_its_limits() -> None:
    raw = TABLE | {"MinCapacity": 5, "MaxCapacity": 50, "SuspendedState": {"DynamicScalingOutSuspended": True}}
    (one,) = gathered(ScalableTarget, REGION, DescribeScalableTargets=only("ScalableTargets", raw))
    assert (one.minimum, one.maximum) == (5, 50)
    assert (one.scale_in_suspended, one.scale_out_suspended) == (False, True)
    assert one.arn.endswith("scalable-target/dynamodb/table/orders/dynamodb:table:ReadCapacityUnits")
    assert every(one).by(scaled_key)[KEY] == (one,)


def test_a_policy_that_tracks_a_target() -> None:
    tracking = {
        "TargetValue": 70.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"},
    }
    raw = TABLE | {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking}
    (one,) = gathered(ScalingPolicy, REGION, DescribeScalingPolicies=only("ScalingPolicies", raw))
    assert one.tracks_target
    assert (one.target_value, one.metrics, one.key) == (70.0, ("DynamoDBReadCapacityUtilization",), KEY)


def test_a_policy_that_tracks_an_expression() -> None:
    metrics = [
        {"Id": "e", "Expression": "backlog / tasks"},
        {"Id": "m", "MetricStat": {"Metric": {"MetricName": "ApproximateNumberOfMessagesVisible"}, "Stat": "Average"}},
    ]
    tracking = {"TargetValue": 5.0, "CustomizedMetricSpecification": {"Metrics": metrics}}
    raw = TABLE | {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking}
    (one,) = gathered(ScalingPolicy, REGION, DescribeScalingPolicies=only("ScalingPolicies", raw))
    assert one.expressions == ("backlog / tasks",)
    assert one.metrics == ("ApproximateNumberOfMessagesVisible",)


def test_a_policy_of_steps() -> None:
    steps = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2}],
    }
    raw = TABLE | {
        "PolicyType": "StepScaling",
        "StepScalingPolicyConfiguration": steps,
        "Alarms": [{"AlarmName": "busy"}],
    }
    (one,) = gathered(ScalingPolicy, REGION, DescribeScalingPolicies=only("ScalingPolicies", raw))
    assert not one.tracks_target
    assert (one.steps[0].adjustment, one.steps[0].upper_bound, one.alarms) == (2, None, ("busy",))


def test_a_change_at_a_time() -> None:
    raw = TABLE | {"Schedule": "cron(0 8 * * ? *)", "ScalableTargetAction": {"MinCapacity": 20}}
    (one,) = gathered(ScheduledScaling, REGION, DescribeScheduledActions=only("ScheduledActions", raw))
    assert (one.schedule, one.timezone, one.minimum, one.maximum) == ("cron(0 8 * * ? *)", "UTC", 20, None)
