import json
from datetime import timedelta
from typing import Any

import pytest
from stores import FRANKFURT, backup_job, copy_job, plan, rule, rules, selection, vault, vault_arn

from auditor.evidence.backup import (
    BackupGlobalSettings,
    BackupPlan,
    BackupRegionSettings,
    BackupVault,
    BackupVaultPolicy,
    CopyJob,
    ProtectedResource,
    RecoveryPoint,
    RestoreJob,
    RestoreTestingPlan,
    RestoreTestingScope,
    RestoreTestingSelection,
    SelectionScope,
    job_resource,
    protected_arn,
)
from auditor.evidence.backup import vault_arn as by_arn
from auditor.testing import NOW, REGION, Canned, ago, every, gathered, made


def test_a_plan_has_the_name_that_people_gave_it() -> None:
    one = plan("nightly")
    assert (one.name, one.is_automatic) == ("nightly", False)
    assert plan(plan_id="aws/efs/73d922fb").is_automatic


def test_rules_their_copies_and_their_retention() -> None:
    away = {
        "DestinationBackupVaultArn": vault_arn("dr", FRANKFURT, "210987654321"),
        "Lifecycle": {"DeleteAfterDays": 90},
    }
    found = rules(
        rule(Lifecycle={"DeleteAfterDays": 35, "MoveToColdStorageAfterDays": 7}, CopyActions=[away]),
        rule(Lifecycle={"DeleteAfterDays": -1}, EnableContinuousBackup=True),
        rule(Lifecycle={"DeleteAfterEvent": "DELETE_AFTER_COPY"}),
        runs=(ago(hours=-5),),
    )
    first, second, third = found.rules
    (copy,) = found.copies
    assert (copy.region, copy.account, copy.retention_days) == (FRANKFURT, "210987654321", 90)
    assert (first.retention_days, first.start_window_minutes, first.timezone) == (35, 480, "Etc/UTC")
    assert (second.retention_days, second.continuous) == (None, True)
    assert (third.retention_days, third.deletes_after_copy) == (None, True)
    assert found.next_runs[0].time == NOW + timedelta(hours=5)


ARN = "arn:aws:rds:eu-west-1:123456789012:db:orders"


def tag(key: str, value: str) -> dict[str, str]:
    return {"ConditionKey": key, "ConditionValue": value}


@pytest.mark.parametrize(
    ("scope", "tags", "expected"),
    [
        ({"Resources": ["*"]}, {}, True),
        ({"Resources": ["arn:aws:rds:*:*:db:*"]}, {}, True),
        ({"Resources": ["arn:aws:dynamodb:*"]}, {}, False),
        ({"Resources": ["*"], "NotResources": ["arn:aws:rds:*:*:db:*"]}, {}, False),
        ({"ListOfTags": [tag("backup", "daily"), tag("backup", "weekly")]}, {"backup": "weekly"}, True),
        ({"ListOfTags": [tag("backup", "daily")]}, {"backup": "never"}, False),
        ({"ListOfTags": [tag("backup", "daily")], "Resources": [ARN]}, {}, True),
        (
            {"Resources": ["*"], "Conditions": {"StringEquals": [tag("aws:ResourceTag/env", "prod")]}},
            {"env": "prod"},
            True,
        ),
        (
            {"Resources": ["*"], "Conditions": {"StringEquals": [tag("aws:ResourceTag/env", "prod")]}},
            {"env": "dev"},
            False,
        ),
        ({"Resources": ["*"], "Conditions": {"StringLike": [tag("aws:ResourceTag/env", "p*")]}}, {"env": "prod"}, True),
        (
            {"Resources": ["*"], "Conditions": {"StringNotEquals": [tag("aws:ResourceTag/env", "dev")]}},
            {"env": "dev"},
            False,
        ),
        (
            {"Resources": ["*"], "Conditions": {"StringNotLike": [tag("aws:ResourceTag/env", "d*")]}},
            {"env": "dev"},
            False,
        ),
        ({"Conditions": {"StringEquals": [tag("aws:ResourceTag/env", "prod")]}}, {"env": "prod"}, True),
        ({}, {}, False),
    ],
)
def test_what_a_selection_takes_in(scope: dict[str, Any], tags: dict[str, str], expected: bool) -> None:
    assert made(SelectionScope, BackupSelection=scope).takes(ARN, tags) is expected


def test_a_selection_is_listed_under_its_plan() -> None:
    of = plan()
    one = selection(of)
    assert one.enclosing(BackupPlan) is of
    assert one.arn.endswith("backup-plan:p-1/selection/s-1")
    assert made(SelectionScope, BackupSelection={"ListOfTags": [tag("a", "b")]}).selects_by_tag
    assert not made(SelectionScope, BackupSelection={"Resources": ["*"]}).selects_by_tag


def test_when_a_lock_is_final() -> None:
    locked = vault(Locked=True, LockDate=ago(days=1))
    assert locked.is_final_at(NOW)
    assert not vault(Locked=True, LockDate=ago(days=-1)).is_final_at(NOW)
    assert not vault(Locked=True).is_final_at(NOW)
    assert not vault().is_final_at(NOW)
    assert vault(VaultType="LOGICALLY_AIR_GAPPED_BACKUP_VAULT").is_air_gapped
    assert vault("aws/efs/automatic-backup-vault").is_automatic
    assert every(locked).by(by_arn)[vault_arn()] == (locked,)


def test_a_vault_that_failed_is_none() -> None:
    items = [
        {"BackupVaultName": state, "BackupVaultArn": state, "VaultState": state} for state in ("FAILED", "AVAILABLE")
    ]
    assert [one.vault for one in gathered(BackupVault, ListBackupVaults={"BackupVaultList": items})] == ["AVAILABLE"]


def test_a_vault_policy() -> None:
    denial = {"Effect": "Deny", "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}
    one = made(BackupVaultPolicy, Policy=json.dumps({"Statement": [denial]}))
    assert one.document.denying[0].covers_action("backup:DeleteRecoveryPoint")


def test_recovery_points_that_can_be_restored() -> None:
    raw = {"RecoveryPointArn": "arn:aws:backup:eu-west-1:1:recovery-point:continuous:x", "CreationDate": ago(days=1)}
    states = ("COMPLETED", "AVAILABLE", "PARTIAL", "EXPIRED", "DELETING")
    answer = {
        "RecoveryPoints": [
            raw | {"Status": state, "CalculatedLifecycle": {"DeleteAt": ago(days=-30)}} for state in states
        ]
    }
    found = gathered(RecoveryPoint, vault(), ListRecoveryPointsByBackupVault=answer)
    assert [one.is_complete for one in found] == [True, True, False, False]
    assert found[0].is_continuous
    assert found[0].delete_at > NOW
    assert found[0].enclosing(BackupVault).vault == "main"


def test_a_protected_resource_has_the_arn_of_what_is_protected() -> None:
    one = made(ProtectedResource, ResourceArn=ARN, ResourceType="RDS", LastBackupTime=ago(hours=3))
    assert every(one).by(protected_arn)[ARN] == (one,)


def test_settings() -> None:
    region = made(BackupRegionSettings, ResourceTypeOptInPreference={"EFS": False, "RDS": True})
    assert region.opted_in == {"EFS": False, "RDS": True}
    assert made(BackupGlobalSettings, GlobalSettings={"isCrossAccountBackupEnabled": "true"}).cross_account
    assert not made(BackupGlobalSettings, GlobalSettings={"isCrossAccountBackupEnabled": "false"}).cross_account


@pytest.mark.parametrize(
    ("state", "succeeded", "failed"),
    [("COMPLETED", True, False), ("FAILED", False, True), ("EXPIRED", False, True), ("RUNNING", False, False)],
)
def test_how_a_job_ended(state: str, succeeded: bool, failed: bool) -> None:
    one = backup_job(State=state)
    assert (one.succeeded, one.failed) == (succeeded, failed)


def test_copy_jobs_of_thirty_days() -> None:
    from auditor.aws import Aws
    from auditor.registry import load

    one = next(one for one in load().collectors if one.provides is CopyJob)
    canned = Canned({"ListCopyJobs": {"CopyJobs": []}})
    assert list(one.function(Aws(canned, "aws", "123456789012", "eu-west-1", one.calls), REGION)) == []
    assert canned.requests[0].params["ByCreatedAfter"] == "2026-10-27T12:00:00+00:00"


def test_where_a_copy_goes() -> None:
    away = copy_job(ARN, vault_arn("dr", FRANKFURT, "210987654321"))
    assert (away.destination_region, away.destination_account, away.leaves_region) == (FRANKFURT, "210987654321", True)
    assert not copy_job(ARN, vault_arn("other")).leaves_region
    assert every(away).by(job_resource)[ARN] == (away,)


def test_restores_and_their_tests() -> None:
    by_plan = {"CreatedBy": {"RestoreTestingPlanArn": "arn:plan"}, "ValidationStatus": "SUCCESSFUL"}
    job = made(RestoreJob, {"RestoreJobId": "r", "Status": "COMPLETED", "CreationDate": ago(days=2)} | by_plan)
    assert (job.succeeded, job.testing_plan, job.validation) == (True, "arn:plan", "SUCCESSFUL")
    tests = made(RestoreTestingPlan, RestoreTestingPlanName="weekly", RestoreTestingPlanArn="arn:plan")
    scope = made(RestoreTestingScope, RecoveryPointSelection={"IncludeVaults": ["*"], "SelectionWindowDays": 7})
    assert (scope.vaults, scope.window_days) == (("*",), 7)
    one = made(
        RestoreTestingSelection,
        RestoreTestingSelectionName="dbs",
        RestoreTestingPlanName="weekly",
        ProtectedResourceType="RDS",
        under=tests,
    )
    assert (one.resource_type, one.enclosing(RestoreTestingPlan)) == ("RDS", tests)
