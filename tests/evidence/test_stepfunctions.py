import json
from typing import Any

import pytest

from auditor.errors import Unread
from auditor.evidence.stepfunctions import StateMachine, StateMachineDefinition, read_states
from auditor.testing import gathered, made

MACHINE = made(StateMachine, stateMachineArn="arn:aws:states:eu-west-1:1:stateMachine:m", name="m", type="EXPRESS")

CHARGE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q"},
    "HeartbeatSeconds": 60,
    "Retry": [{"ErrorEquals": ["States.ALL"]}],
    "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Refund"}],
    "Next": "Each",
}
EACH = {
    "Type": "Map",
    "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED"},
        "States": {"Run": {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "End": True}},
    },
    "Next": "Both",
}
BOTH = {
    "Type": "Parallel",
    "Branches": [{"States": {"A": {"Type": "Wait", "Seconds": 300, "End": True}}}, {"States": {"B": {"Type": "Pass"}}}],
    "Next": "Which",
}
WHICH = {"Type": "Choice", "Choices": [{"Next": "Charge"}], "Default": "Refund"}
DEFINITION = {
    "StartAt": "Charge",
    "States": {"Charge": CHARGE, "Each": EACH, "Both": BOTH, "Which": WHICH, "Refund": {"Type": "Succeed"}},
}


def definition(**fields: Any) -> StateMachineDefinition:
    raw = {"definition": json.dumps(DEFINITION), "roleArn": "arn:role", **fields}
    return gathered(StateMachineDefinition, MACHINE, DescribeStateMachine=raw)  # type: ignore[no-any-return]


def test_machine() -> None:
    assert (MACHINE.is_express, MACHINE.name) == (True, "m")


def test_states_are_read_wherever_they_are_nested() -> None:
    states = {one.name: one for one in definition().states}
    assert list(states) == ["Charge", "Each", "Run", "Both", "A", "B", "Which", "Refund"]
    assert (states["Run"].inside, states["A"].inside, states["Charge"].inside) == ("Each", "Both", "")
    assert states["Which"].next == ("Refund", "Charge")
    assert states["Each"].is_distributed
    assert states["A"].wait_seconds == 300


def test_a_task_says_how_it_waits_and_fails() -> None:
    states = {one.name: one for one in definition().states}
    charge, run = states["Charge"], states["Run"]
    assert (charge.waits_for_token, charge.waits_for_job, charge.is_bounded) == (True, False, True)
    assert (run.waits_for_token, run.waits_for_job, run.is_bounded) == (False, True, False)
    assert [(one.attempts, one.backoff, one.jitter) for one in charge.retries] == [(3, 2.0, "NONE")]
    assert [one.next for one in charge.catches] == ["Refund"]
    assert "QueueUrl" in charge.arguments


def test_activities_wait_for_their_worker() -> None:
    task = {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:1:activity:approve"}
    (one,) = read_states(json.dumps({"States": {"Approve": task}}))
    assert one.waits_for_token


def test_settings() -> None:
    one = definition()
    assert (one.log_level, one.log_groups, one.traces, one.encryption) == ("OFF", (), False, "AWS_OWNED_KEY")
    group = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:log"}}
    two = definition(
        loggingConfiguration={"level": "ALL", "destinations": [group]}, tracingConfiguration={"enabled": True}
    )
    assert (two.log_level, two.log_groups, two.traces, two.role) == ("ALL", ("arn:log",), True, "arn:role")


def test_a_definition_that_is_no_json_is_unread() -> None:
    with pytest.raises(Unread):
        definition(definition="{")
