from typing import Any

from auditor.evidence.cloudformation import DriftedResource, Stack
from auditor.testing import ago, gathered, made

ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack/app/1"


def raw(**changes: Any) -> dict[str, Any]:
    return {"StackId": ARN, "StackName": "app", "StackStatus": "UPDATE_COMPLETE", "CreationTime": ago(days=9)} | changes


def test_deleted_stacks_are_left_out() -> None:
    found = gathered(Stack, DescribeStacks={"Stacks": [raw(), raw(StackStatus="DELETE_COMPLETE")]})
    assert [one.status for one in found] == ["UPDATE_COMPLETE"]


def test_a_stack() -> None:
    stack = made(
        Stack,
        raw(
            Parameters=[{"ParameterKey": "Env", "ParameterValue": "prod"}],
            Outputs=[{"OutputKey": "Url", "OutputValue": "https://x"}],
            Tags=[{"Key": "team", "Value": "a"}],
            EnableTerminationProtection=True,
            DriftInformation={"StackDriftStatus": "IN_SYNC", "LastCheckTimestamp": ago(days=1)},
        ),
    )
    assert stack.is_settled
    assert not stack.is_nested
    assert not stack.is_of_stack_set
    assert stack.parameters == {"Env": "prod"}
    assert stack.outputs == {"Url": "https://x"}
    assert stack.tags == {"team": "a"}
    assert stack.drift == "IN_SYNC"
    assert stack.changed.isoformat() == ago(days=9)
    assert made(Stack, raw(LastUpdatedTime=ago(days=2))).changed.isoformat() == ago(days=2)


def test_nested_and_rolled_back_stacks() -> None:
    assert made(Stack, raw(RootId=ARN, ParentId=ARN)).is_nested
    assert not made(Stack, raw(StackStatus="ROLLBACK_COMPLETE")).is_settled
    assert made(Stack, raw(StackStatus="UPDATE_ROLLBACK_COMPLETE")).is_settled
    assert not made(Stack, raw(StackStatus="UPDATE_ROLLBACK_FAILED")).is_settled
    assert made(Stack, raw(StackName="StackSet-baseline-1")).is_of_stack_set


def test_drifted_resources_are_asked_for_drifted_stacks_only() -> None:
    drift = {
        "StackId": ARN,
        "LogicalResourceId": "Role",
        "ResourceType": "AWS::IAM::Role",
        "StackResourceDriftStatus": "MODIFIED",
        "Timestamp": ago(days=1),
    }
    answer = {"StackResourceDrifts": [drift]}
    drifted = made(Stack, raw(DriftInformation={"StackDriftStatus": "DRIFTED"}))
    (found,) = gathered(DriftedResource, drifted, DescribeStackResourceDrifts=answer)
    assert (found.resource_type, found.status, found.logical_id) == ("AWS::IAM::Role", "MODIFIED", "Role")
    assert found.arn == f"{ARN}/Role"
    assert gathered(DriftedResource, made(Stack, raw()), DescribeStackResourceDrifts=answer) == ()
