import json
from collections.abc import Mapping
from typing import Any

import pytest

from auditor.evidence.ssm import (
    Association,
    AutomationExecution,
    Document,
    DocumentReaders,
    DocumentSharing,
    MaintenanceTask,
    MaintenanceWindow,
    ManagedInstance,
    Parameter,
    PatchState,
    SessionPreferences,
)
from auditor.testing import ago, gathered, made
from auditor.wiring import Batch


@pytest.mark.parametrize(("name", "path"), [("/shop/mail/password", "/shop/mail/password"), ("password", "/password")])
def test_a_parameter_and_its_arn(name: str, path: str) -> None:
    one = made(Parameter, Name=name, Type="String", Version=3, LastModifiedDate=ago(days=9))
    assert one.arn == f"arn:aws:ssm:eu-west-1:123456789012:parameter{path}"
    assert one.name == name
    assert not one.is_secure
    assert one.data_type == "text"
    assert one.key is None


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("/shop/mail/smtp-password", True),
        ("/shop/api_key", True),
        ("DB_PASSWORD", True),
        ("/shop/secrets/color", False),
        ("/shop/secret-arn", False),
        ("/shop/token-url", False),
        ("/shop/password-policy", False),
        ("/shop/feature", False),
    ],
)
def test_which_names_tell_a_secret(name: str, tells: bool) -> None:
    assert made(Parameter, Name=name, Type="String").tells_secret is tells


def test_a_secure_parameter() -> None:
    one = made(Parameter, Name="/a", Type="SecureString", KeyId="alias/aws/ssm")
    assert one.is_secure
    assert one.key == "alias/aws/ssm"


def managed(instance_id: str, ping: str = "Online") -> ManagedInstance:
    return made(ManagedInstance, InstanceId=instance_id, PingStatus=ping, LastPingDateTime=ago(hours=1))


def test_a_managed_instance() -> None:
    one = managed("i-1")
    assert one.is_online
    assert one.association_status is None
    assert one.arn == "arn:aws:ssm:eu-west-1:123456789012:managed-instance/i-1"
    assert not managed("mi-2", "ConnectionLost").is_online


def test_patch_states_come_for_many_machines_and_not_for_those_that_were_never_scanned() -> None:
    machines = Batch([managed("i-1"), managed("i-2")])

    def states(params: Mapping[str, Any]) -> Mapping[str, Any]:
        assert params["InstanceIds"] == ["i-1", "i-2"]
        counts = {"CriticalNonCompliantCount": 2, "FailedCount": 1}
        return {"InstancePatchStates": [{"InstanceId": "i-2", "OperationEndTime": ago(days=1), **counts}]}

    found = gathered(PatchState, machines, DescribeInstancePatchStates=states)
    assert list(found) == [machines[1].arn]
    state = found[machines[1].arn]
    assert (state.critical, state.security, state.failed, state.pending_reboot) == (2, 0, 1, 0)


@pytest.mark.parametrize(("kind", "runbook"), [("Automation", True), ("Command", False)])
def test_documents_and_runbooks(kind: str, runbook: bool) -> None:
    one = made(Document, Name="failover", DocumentType=kind, Owner="123456789012", Tags=[])
    assert one.is_runbook is runbook
    assert one.arn.endswith(":document/failover")


def test_a_run_of_a_runbook() -> None:
    one = made(
        AutomationExecution,
        AutomationExecutionId="1-2-3",
        DocumentName="failover",
        AutomationExecutionStatus="Success",
        ExecutionStartTime=ago(days=3),
    )
    assert one.document == "failover"
    assert one.arn.endswith(":automation-execution/1-2-3")


def test_what_patches_on_a_schedule() -> None:
    association = made(Association, AssociationId="a-1", Name="AWS-RunPatchBaseline", ScheduleExpression="rate(7 days)")
    assert association.schedule == "rate(7 days)"
    window = made(MaintenanceWindow, WindowId="mw-1", Enabled=True, NextExecutionTime="2026-12-01T03:00Z")
    assert window.next_execution == "2026-12-01T03:00Z"
    task = made(MaintenanceTask, WindowTaskId="t-1", TaskArn="AWS-RunPatchBaseline", under=window)
    assert task.enclosing(MaintenanceWindow) is window
    assert task.runs == "AWS-RunPatchBaseline"


def preferences(**inputs: Any) -> SessionPreferences:
    content = {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": inputs}
    return made(SessionPreferences, Content=json.dumps(content))


def test_where_sessions_are_logged() -> None:
    logged = preferences(cloudWatchLogGroupName="/sessions", cloudWatchEncryptionEnabled=True, s3BucketName="")
    assert logged.log_group == "/sessions"
    assert logged.bucket == ""
    assert logged.demands_encryption
    assert not preferences().demands_encryption
    assert preferences(s3BucketName="sessions").bucket == "sessions"


@pytest.mark.parametrize(("value", "blocked"), [("Disable", True), ("Enable", False)])
def test_public_sharing_of_documents(value: str, blocked: bool) -> None:
    assert made(DocumentSharing, SettingValue=value).is_blocked is blocked


def test_whom_a_document_is_shared_with() -> None:
    assert made(DocumentReaders, AccountIds=["All"]).is_public
    assert not made(DocumentReaders, AccountIds=["999999999999"]).is_public
    assert made(DocumentReaders).accounts == ()
