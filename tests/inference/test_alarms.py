from typing import Any

from auditor.evidence.cloudwatch import CompositeAlarm, MetricAlarm
from auditor.inference.alarms import ActingAlarms
from auditor.testing import every, made

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops"


def alarm(name: str, **changes: Any) -> MetricAlarm:
    raw = {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}",
        "ActionsEnabled": True,
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateNumberOfMessagesVisible",
        "Dimensions": [{"Name": "QueueName", "Value": "q"}],
    }
    return made(MetricAlarm, raw | changes)


def composite(name: str, rule: str, *actions: str) -> CompositeAlarm:
    return made(
        CompositeAlarm,
        AlarmName=name,
        AlarmArn=f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}",
        AlarmRule=rule,
        ActionsEnabled=True,
        AlarmActions=list(actions),
    )


def watched(alarms: ActingAlarms, queue: str = "q") -> bool:
    return alarms.watch("eu-west-1", "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName=queue)


def test_an_alarm_without_actions_watches_nothing() -> None:
    assert not watched(ActingAlarms(every(alarm("a")), every()))
    acting = ActingAlarms(every(alarm("a", AlarmActions=[TOPIC])), every())
    assert watched(acting)
    assert not watched(acting, "other")
    assert not acting.watch("us-east-1", "AWS/SQS", "ApproximateNumberOfMessagesVisible", QueueName="q")


def test_a_composite_alarm_acts_for_those_that_it_names() -> None:
    silent, loud = composite("c", "ALARM(a)"), composite("c", "ALARM(a)", TOPIC)
    assert not watched(ActingAlarms(every(alarm("a")), every(silent)))
    assert watched(ActingAlarms(every(alarm("a")), every(loud)))
    assert not watched(ActingAlarms(every(alarm("b")), every(loud)))


def test_composite_alarms_of_composite_alarms() -> None:
    rules = every(composite("top", "ALARM(middle)", TOPIC), composite("middle", "ALARM(a) OR ALARM(top)"))
    assert watched(ActingAlarms(every(alarm("a")), rules))


def test_metric_math_and_queries() -> None:
    metric = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Dimensions": [{"Name": "FunctionName", "Value": "f"}]}
    math = [{"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}]
    query = [{"Id": "q", "Expression": 'SELECT SUM(Throttles) FROM SCHEMA("AWS/Lambda", FunctionName)'}]
    found = ActingAlarms(
        every(
            alarm("m", AlarmActions=[TOPIC], MetricName="", Metrics=math),
            alarm("q", AlarmActions=[TOPIC], MetricName="", Metrics=query),
        ),
        every(),
    )
    assert found.watch("eu-west-1", "AWS/Lambda", "Errors", FunctionName="f")
    assert not found.watch("eu-west-1", "AWS/Lambda", "Errors", FunctionName="g")
    assert found.watch("eu-west-1", "AWS/Lambda", "Throttles", FunctionName="g")
