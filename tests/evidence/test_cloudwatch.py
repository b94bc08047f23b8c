from typing import Any

import pytest

from auditor.evidence.cloudwatch import CompositeAlarm, Dashboard, DashboardBody, MetricAlarm
from auditor.testing import ago, made

ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:errors"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops"


def alarm(**changes: Any) -> MetricAlarm:
    raw = {
        "AlarmName": "errors",
        "AlarmArn": ARN,
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        "StateUpdatedTimestamp": ago(days=1),
    }
    return made(MetricAlarm, raw | changes)


def test_an_alarm_acts_when_its_actions_are_enabled_and_there_are_some() -> None:
    assert alarm().acts
    assert not alarm(ActionsEnabled=False).acts
    assert not alarm(AlarmActions=[]).acts


def test_since_its_transition_or_else_its_update() -> None:
    assert alarm().since.isoformat() == ago(days=1)
    assert alarm(StateTransitionedTimestamp=ago(days=9)).since.isoformat() == ago(days=9)


def test_an_alarm_on_one_metric() -> None:
    one = alarm(
        Namespace="AWS/SQS", MetricName="NumberOfMessagesSent", Dimensions=[{"Name": "QueueName", "Value": "q"}]
    )
    assert one.watches("AWS/SQS", "NumberOfMessagesSent", QueueName="q")
    assert one.watches("AWS/SQS", "NumberOfMessagesSent")
    assert not one.watches("AWS/SQS", "NumberOfMessagesSent", QueueName="p")
    assert not one.watches("AWS/SQS", "NumberOfMessagesReceived", QueueName="q")
    assert one.missing_data == "missing"


def test_an_alarm_on_metric_math() -> None:
    metric = {
        "Namespace": "AWS/Lambda",
        "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
    }
    one = alarm(
        Metrics=[
            {"Id": "m1", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
            {"Id": "e1", "Expression": "m1 / 2"},
        ]
    )
    assert one.watches("AWS/Lambda", "Errors", FunctionName="f")
    assert not one.watches("AWS/Lambda", "Errors", FunctionName="g")
    assert one.expressions == ("m1 / 2",)


@pytest.mark.parametrize(
    "expression",
    [
        "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 300)",
        'SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)',
    ],
)
def test_a_query_covers_every_resource_of_its_namespace(expression: str) -> None:
    one = alarm(Metrics=[{"Id": "q1", "Expression": expression, "Period": 300}])
    assert one.watches("AWS/Lambda", "Errors", FunctionName="any")
    assert not one.watches("AWS/Lambda", "Error", FunctionName="any")
    assert not one.watches("AWS/LambdaInsights", "Errors")


def test_target_tracking() -> None:
    assert alarm(AlarmName="TargetTracking-asg-AlarmLow-1").is_of_target_tracking
    assert not alarm().is_of_target_tracking


def test_a_composite_alarm_names_its_alarms() -> None:
    rule = f'(ALARM("a (b)") AND NOT OK(plain)) OR INSUFFICIENT_DATA({ARN}) OR FALSE'
    one = made(
        CompositeAlarm,
        AlarmName="all",
        AlarmArn="arn:aws:cloudwatch:eu-west-1:123456789012:alarm:all",
        AlarmRule=rule,
        ActionsEnabled=True,
        AlarmActions=[TOPIC],
        StateValue="OK",
    )
    assert one.alarms == {"a (b)", "plain", "errors"}
    assert one.acts


def test_a_dashboard_names_what_it_shows() -> None:
    dashboard = made(Dashboard, DashboardName="prod", DashboardArn="arn:aws:cloudwatch::123456789012:dashboard/prod")
    assert dashboard.region == "global"
    body = made(DashboardBody, DashboardBody='{"widgets": [{"metrics": ["app/web/1"]}]}', under=dashboard)
    assert body.names("app/web/1")
    assert not body.names("app/api/2")
