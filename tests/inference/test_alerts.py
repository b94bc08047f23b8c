import json
from typing import Any

from auditor.evidence.events import EventBus, EventRule, RuleTarget
from auditor.inference.alerts import Alerts, Reach, event
from auditor.testing import REGION, every, made

HERE = "eu-west-1:123456789012"
FINDING = event(REGION, "aws.guardduty", "GuardDuty Finding", {"severity": 8.0})
TAKEN = {"source": ["aws.guardduty"]}


def bus(name: str) -> EventBus:
    return made(EventBus, Name=name, Arn=f"arn:aws:events:{HERE}:event-bus/{name}")


def alerts(*calls: tuple[str, Any, str]) -> Alerts:
    """Buses, patterns and the targets that they lead to."""
    rules, targets = [], []
    for number, (name, pattern, target) in enumerate(calls):
        arn = f"arn:aws:events:{HERE}:rule/{number}"
        raw = {"Name": str(number), "Arn": arn, "State": "ENABLED", "EventPattern": json.dumps(pattern)}
        rules.append(made(EventRule, raw, under=bus(name)))
        targets.append(made(RuleTarget, Id="1", Arn=target, under=rules[-1]))
    return Alerts(every(*rules), every(*targets))


def reach(*calls: tuple[str, Any, str]) -> Reach:
    """What becomes of a finding."""
    return alerts(*calls).reach("eu-west-1", FINDING)


def to(service: str, rest: str = "x", account: str = "123456789012") -> str:
    return f"arn:aws:{service}:eu-west-1:{account}:{rest}"


def test_the_strongest_target_counts() -> None:
    assert reach() is Reach.NOTHING
    assert reach(("default", TAKEN, to("logs"))) is Reach.NOTHING
    assert reach(("default", TAKEN, to("sns"))) is Reach.NOTIFICATION
    assert reach(("default", TAKEN, to("events", "api-destination/x/1"))) is Reach.NOTIFICATION
    assert reach(("default", TAKEN, to("sns")), ("default", TAKEN, to("states"))) is Reach.RESPONSE


def test_a_matcher_that_is_not_known_is_no_answer() -> None:
    unknown = {"source": [{"sounds-like": "x"}]}
    assert reach(("default", unknown, to("lambda"))) is Reach.UNCLEAR
    assert reach(("default", unknown, to("lambda")), ("default", TAKEN, to("sns"))) is Reach.NOTIFICATION


def test_another_bus_is_followed_once() -> None:
    forward = ("default", TAKEN, to("events", "event-bus/a"))
    assert reach(forward) is Reach.NOTHING
    assert reach(forward, ("a", TAKEN, to("lambda"))) is Reach.RESPONSE
    further = ("a", TAKEN, to("events", "event-bus/b"))
    assert reach(forward, further, ("b", TAKEN, to("lambda"))) is Reach.NOTHING
    assert reach(("default", TAKEN, to("events", "event-bus/x", "999999999999"))) is Reach.RESPONSE


def responders(*calls: tuple[str, Any, str]) -> list[str]:
    return [one.target for one in alerts(*calls).responders("eu-west-1", FINDING)]


def test_what_answers_is_told_by_its_target() -> None:
    forward = ("default", TAKEN, to("events", "event-bus/a"))
    assert responders(("default", TAKEN, to("sns")), ("default", TAKEN, to("lambda"))) == [to("lambda")]
    assert responders(("default", {"source": ["aws.ec2"]}, to("lambda"))) == []
    assert responders(forward, ("a", TAKEN, to("states")), ("a", TAKEN, to("sns"))) == [to("states")]
    assert responders(forward) == []
    abroad = to("events", "event-bus/x", "999999999999")
    assert responders(("default", TAKEN, abroad)) == [abroad]
