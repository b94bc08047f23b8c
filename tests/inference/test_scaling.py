from typing import Any

from auditor.evidence.autoscaling import AutoScalingGroup, ScalingPolicy
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.inference.scaling import Scaling
from auditor.testing import every, made

GROUP = made(AutoScalingGroup, AutoScalingGroupName="app", AutoScalingGroupARN="arn:g")
DEAF = made(
    AutoScalingGroup,
    AutoScalingGroupName="app",
    AutoScalingGroupARN="arn:g",
    SuspendedProcesses=[{"ProcessName": "AlarmNotification"}],
)


def policy(name: str, **fields: Any) -> ScalingPolicy:
    plain = {"PolicyARN": f"arn:{name}", "PolicyName": name, "AutoScalingGroupName": "app", "Enabled": True}
    return made(ScalingPolicy, plain | fields)


def tracking(target: float, **fields: Any) -> ScalingPolicy:
    metric = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}}
    configuration = metric | {"TargetValue": target} | fields
    return policy("track", PolicyType="TargetTrackingScaling", TargetTrackingConfiguration=configuration)


def steps(name: str, *bounds: tuple[float, int]) -> ScalingPolicy:
    items = [{"MetricIntervalLowerBound": bound, "ScalingAdjustment": change} for bound, change in bounds]
    return policy(name, PolicyType="StepScaling", StepAdjustments=items)


def alarm(action: str, comparison: str, threshold: float, **fields: Any) -> MetricAlarm:
    plain = {
        "AlarmName": "a",
        "MetricName": "CPUUtilization",
        "ComparisonOperator": comparison,
        "Threshold": threshold,
        "Period": 60,
        "EvaluationPeriods": 5,
        "ActionsEnabled": True,
        "AlarmActions": [action],
    }
    return made(MetricAlarm, plain | fields)


ABOVE, BELOW = "GreaterThanThreshold", "LessThanThreshold"


def test_target_tracking_without_its_alarms() -> None:
    rules = Scaling(every(tracking(50)), every()).of(GROUP)
    out, back = rules.first_cpu_out, rules.first_cpu_in
    assert out is not None
    assert back is not None
    assert (out.threshold, out.minutes) == (50, 3)
    assert (back.threshold, back.minutes) == (35, 15)


def test_target_tracking_with_its_alarms() -> None:
    alarms = every(
        alarm("arn:track", ABOVE, 50, DatapointsToAlarm=2),
        alarm("arn:track", BELOW, 30, EvaluationPeriods=20),
        alarm("arn:other", BELOW, 45),
    )
    rules = Scaling(every(tracking(50)), alarms).of(GROUP)
    out, back = rules.first_cpu_out, rules.first_cpu_in
    assert out is not None
    assert back is not None
    assert out.minutes == 2
    assert (back.threshold, back.minutes) == (30, 20)


def test_steps_begin_at_the_first_that_adds() -> None:
    alarms = every(alarm("arn:grow", ABOVE, 60), alarm("arn:shrink", BELOW, 30))
    policies = every(steps("grow", (20.0, 2), (5.0, 1)), steps("shrink", (0.0, -1)))
    rules = Scaling(policies, alarms).of(GROUP)
    assert [(one.policy, one.threshold, one.minutes) for one in rules.out] == [("grow", 65, 5)]
    assert [(one.policy, one.threshold) for one in rules.back] == [("shrink", 30)]
    assert rules.scales_out
    assert rules.scales_in


def test_the_first_of_several_triggers() -> None:
    alarms = every(alarm("arn:early", ABOVE, 40), alarm("arn:late", ABOVE, 80))
    rules = Scaling(every(steps("early", (0.0, 1)), steps("late", (0.0, 2))), alarms).of(GROUP)
    assert rules.first_cpu_out is not None
    assert rules.first_cpu_out.policy == "early"


def test_a_mute_alarm_reaches_no_policy() -> None:
    rules = Scaling(every(steps("grow", (0.0, 1))), every(alarm("arn:grow", ABOVE, 60, ActionsEnabled=False))).of(GROUP)
    assert rules.out == ()


def test_policies_that_are_disabled_or_not_heard() -> None:
    disabled = policy("off", PolicyType="SimpleScaling", ScalingAdjustment=1, Enabled=False)
    assert not Scaling(every(disabled), every()).of(GROUP).scales_out
    assert len(Scaling(every(disabled), every()).all_policies(GROUP)) == 1
    assert not Scaling(every(tracking(50)), every()).of(DEAF).scales_out


def test_another_groups_policy() -> None:
    assert (
        not Scaling(
            every(policy("p", AutoScalingGroupName="batch", PolicyType="SimpleScaling", ScalingAdjustment=1)), every()
        )
        .of(GROUP)
        .scales_out
    )
