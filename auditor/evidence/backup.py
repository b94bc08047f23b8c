"""AWS Backup: plans, selections, vaults, recovery points, jobs, restore testing and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument, matches
from auditor.model import Account, Region
from auditor.typed import Evidence, Resource, an_arn, at, evidence
from auditor.wiring import collector, described, listed

_PAGE = 1000
"""The most that the service's lists give at once."""

COPY_JOB_DAYS = 30
"""How far back copy jobs are asked for."""


@evidence
class BackupPlan(Resource):
    """A backup plan; its rules are `BackupRules`."""

    type_name: ClassVar = "AWS::Backup::BackupPlan"
    name_format: ClassVar = "{plan}"
    arn: str = at("BackupPlanArn")
    id: str = at("BackupPlanId")
    plan: str = at("BackupPlanName")
    created: datetime = at("CreationDate")
    last_run: datetime | None = at("LastExecutionDate")

    @property
    def is_automatic(self) -> bool:
        """Whether EFS made it for its automatic backups."""
        return self.id.startswith("aws/")


backup_plans = listed(BackupPlan, call("backup", "ListBackupPlans", page=_PAGE), "BackupPlansList[]")


@evidence
class Lifecycle(Evidence):
    """How long recovery points are kept, and when they move to cold storage."""

    cold_after_days: int | None = at("MoveToColdStorageAfterDays")
    delete_after_days: int | None = at("DeleteAfterDays")
    """None, and -1, keep for ever."""
    deletes_after_copy: bool = at("DeleteAfterEvent", parse="DELETE_AFTER_COPY".__eq__, absent=False)

    @property
    def retention_days(self) -> int | None:
        """How long they are kept; None for ever."""
        days = self.delete_after_days
        return days if days is not None and days > 0 else None


@evidence
class CopyAction(Evidence):
    """A copy of each recovery point to another vault."""

    vault_arn: str = at("DestinationBackupVaultArn", parse=an_arn)
    lifecycle: Lifecycle | None = at("Lifecycle")

    @property
    def region(self) -> str:
        """The region of the vault that it copies to."""
        return self.vault_arn.split(":")[3]

    @property
    def account(self) -> str:
        """The account of the vault that it copies to."""
        return self.vault_arn.split(":")[4]

    @property
    def retention_days(self) -> int | None:
        """How long the copies are kept; None for ever."""
        return self.lifecycle.retention_days if self.lifecycle else None


@evidence
class BackupRule(Evidence):
    """When a plan backs up, where to, and for how long."""

    id: str = at("RuleId")
    rule: str = at("RuleName")
    vault: str = at("TargetBackupVaultName")
    air_gapped_vault: str | None = at("TargetLogicallyAirGappedBackupVaultArn")
    schedule: str | None = at("ScheduleExpression")
    timezone: str = at("ScheduleExpressionTimezone", absent="Etc/UTC")
    """CreateBackupPlan: UTC is the default."""
    start_window_minutes: int = at("StartWindowMinutes", absent=480)
    """AWS Backup developer guide: 8 hours where none is given."""
    lifecycle: Lifecycle | None = at("Lifecycle")
    copies: tuple[CopyAction, ...] = at("CopyActions")
    continuous: bool = at("EnableContinuousBackup", absent=False)
    """CreateBackupPlan: false, or nothing, makes snapshots."""

    @property
    def retention_days(self) -> int | None:
        """How long its recovery points are kept in its vault; None for ever."""
        return self.lifecycle.retention_days if self.lifecycle else None

    @property
    def deletes_after_copy(self) -> bool:
        """Whether only the copies outlive the job."""
        return self.lifecycle is not None and self.lifecycle.deletes_after_copy


@evidence
class ScheduledRun(Evidence):
    """A run that is to come."""

    rule: str = at("RuleId")
    time: datetime = at("ExecutionTime")


@evidence
class BackupRules(Evidence):
    """The rules of a plan, and when they will run next."""

    rules: tuple[BackupRule, ...] = at("BackupPlan.Rules")
    next_runs: tuple[ScheduledRun, ...] = at("ScheduledRunsPreview")

    @property
    def copies(self) -> tuple[CopyAction, ...]:
        """The copies that its rules make."""
        return tuple(copy for rule in self.rules for copy in rule.copies)


backup_rules = described(
    BackupRules, call("backup", "GetBackupPlan", MaxScheduledRunsPreview=10), of=BackupPlan, BackupPlanId="id"
)


@evidence
class BackupSelection(Resource):
    """What a plan backs up, listed under the plan; `SelectionScope` says it."""

    type_name: ClassVar = "AWS::Backup::BackupSelection"
    arn_format: ClassVar = "arn:{partition}:backup:{region}:{account}:backup-plan:{plan}/selection/{id}"
    id: str = at("SelectionId")
    plan: str = at("BackupPlanId")
    selection: str = at("SelectionName")
    role: str = at("IamRoleArn")


backup_selections = listed(
    BackupSelection,
    call("backup", "ListBackupSelections", page=_PAGE),
    "BackupSelectionsList[]",
    of=BackupPlan,
    BackupPlanId="id",
)


@evidence
class TagCondition(Evidence):
    """A tag that a resource must, or must not, have."""

    key: str = at("ConditionKey")
    """`aws:ResourceTag/<key>` in `Conditions`, the bare key in `ListOfTags`."""
    value: str = at("ConditionValue")

    @property
    def tag(self) -> str:
        """The key of the tag."""
        return self.key.removeprefix("aws:ResourceTag/")

    def holds(self, tags: Mapping[str, str]) -> bool:
        """Whether a resource has the tag, with a value that fits."""
        return self.tag in tags and matches(tags[self.tag], self.value)


@evidence
class SelectionScope(Evidence):
    """What a selection takes in: by ARN patterns and by tags."""

    resources: tuple[str, ...] = at("BackupSelection.Resources")
    not_resources: tuple[str, ...] = at("BackupSelection.NotResources")
    any_tags: tuple[TagCondition, ...] = at("BackupSelection.ListOfTags")
    """A resource with any of these is taken in, beside those of `resources`."""
    all_tags: tuple[TagCondition, ...] = at("BackupSelection.Conditions.StringEquals")
    """Only what has all of these is taken in."""
    like_tags: tuple[TagCondition, ...] = at("BackupSelection.Conditions.StringLike")
    not_tags: tuple[TagCondition, ...] = at("BackupSelection.Conditions.StringNotEquals")
    not_like_tags: tuple[TagCondition, ...] = at("BackupSelection.Conditions.StringNotLike")

    @property
    def selects_by_tag(self) -> bool:
        """Whether tags decide."""
        return bool(self.any_tags or self.all_tags or self.like_tags or self.not_tags or self.not_like_tags)

    def takes(self, arn: str, tags: Mapping[str, str]) -> bool:
        """Whether a resource is taken in, if its service is opted in."""
        if any(matches(arn, pattern) for pattern in self.not_resources) or not self._meets_conditions(tags):
            return False
        if not self.resources and not self.any_tags:
            return self.selects_by_tag
        return any(one.holds(tags) for one in self.any_tags) or any(matches(arn, one) for one in self.resources)

    def _meets_conditions(self, tags: Mapping[str, str]) -> bool:
        wanted = all(one.holds(tags) for one in (*self.all_tags, *self.like_tags))
        return wanted and not any(one.holds(tags) for one in (*self.not_tags, *self.not_like_tags))


selection_scope = described(
    SelectionScope,
    call("backup", "GetBackupSelection"),
    of=BackupSelection,
    BackupPlanId="plan",
    SelectionId="id",
)


@evidence
class BackupVault(Resource):
    """A vault of recovery points."""

    type_name: ClassVar = "AWS::Backup::BackupVault"
    arn: str = at("BackupVaultArn")
    vault: str = at("BackupVaultName")
    vault_type: str = at("VaultType", absent="BACKUP_VAULT")
    """Vaults were of one type before air-gapped ones came."""
    created: datetime = at("CreationDate")
    kms_key: str | None = at("EncryptionKeyArn")
    recovery_points: int = at("NumberOfRecoveryPoints")
    locked: bool = at("Locked", absent=False)
    """ListBackupVaults: without a lock nothing prevents deletion."""
    lock_date: datetime | None = at("LockDate")
    """When the lock becomes final; None in governance mode."""
    min_retention_days: int | None = at("MinRetentionDays")
    max_retention_days: int | None = at("MaxRetentionDays")

    @property
    def is_air_gapped(self) -> bool:
        """Whether it is a logically air-gapped vault, which is locked in compliance mode by design."""
        return self.vault_type == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"

    @property
    def is_automatic(self) -> bool:
        """Whether a service made it for its automatic backups."""
        return self.vault.startswith("aws/")

    def is_final_at(self, now: datetime) -> bool:
        """Whether it is locked in compliance mode and the time to change that is over."""
        return self.locked and self.lock_date is not None and self.lock_date <= now


backup_vaults = listed(
    BackupVault,
    call("backup", "ListBackupVaults", page=_PAGE),
    "BackupVaultList[]",
    skip={"VaultState": ("CREATING", "FAILED")},
)


def vault_arn(vault: BackupVault) -> str:
    """To find a vault by: `vaults.by(vault_arn)`."""
    return vault.arn


@evidence
class BackupVaultPolicy(Evidence):
    """The access policy of a vault."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


backup_vault_policy = described(
    BackupVaultPolicy,
    call("backup", "GetBackupVaultAccessPolicy", absent="ResourceNotFoundException"),
    of=BackupVault,
    BackupVaultName="vault",
)


@evidence
class RecoveryPoint(Resource):
    """A backup in a vault."""

    type_name: ClassVar = "AWS::Backup::RecoveryPoint"
    arn: str = at("RecoveryPointArn")
    vault: str = at("BackupVaultName")
    resource_arn: str = at("ResourceArn")
    resource_type: str = at("ResourceType")
    status: str = at("Status")
    created: datetime = at("CreationDate")
    plan: str | None = at("CreatedBy.BackupPlanId")
    rule: str | None = at("CreatedBy.BackupRuleId")
    encrypted: bool = at("IsEncrypted")
    kms_key: str | None = at("EncryptionKeyArn")
    delete_at: datetime | None = at("CalculatedLifecycle.DeleteAt")
    last_restored: datetime | None = at("LastRestoreTime")
    is_parent: bool = at("IsParent", absent=False)
    """Whether it only holds others together; only composite recovery points say so."""
    scan_findings: tuple[str, ...] = at("AggregatedScanResult.Findings")

    @property
    def is_complete(self) -> bool:
        """Whether it can be restored."""
        return self.status in ("COMPLETED", "AVAILABLE")

    @property
    def is_continuous(self) -> bool:
        """Whether it can be restored to any moment of its window."""
        return ":continuous:" in self.arn


recovery_points = listed(
    RecoveryPoint,
    call("backup", "ListRecoveryPointsByBackupVault", page=_PAGE),
    "RecoveryPoints[]",
    of=BackupVault,
    skip={"Status": ("DELETING",)},
    BackupVaultName="vault",
)


@evidence
class ProtectedResource(Resource):
    """A resource that has been backed up; `arn` is the resource's own."""

    type_name: ClassVar = "AWS::Backup::ProtectedResource"
    arn: str = at("ResourceArn")
    resource_type: str = at("ResourceType")
    last_backup: datetime | None = at("LastBackupTime")
    last_vault: str | None = at("LastBackupVaultArn")


protected_resources = listed(ProtectedResource, call("backup", "ListProtectedResources", page=_PAGE), "Results[]")


def protected_arn(protected: ProtectedResource) -> str:
    """To find what protects a resource by: `protected.by(protected_arn)`."""
    return protected.arn


@evidence
class BackupRegionSettings(Evidence):
    """Which services take part in AWS Backup in a region."""

    opted_in: Mapping[str, bool] = at("ResourceTypeOptInPreference")
    """By resource type, as AWS Backup writes it: `Aurora`, `DynamoDB`, `EFS`."""
    fully_managed: Mapping[str, bool] = at("ResourceTypeManagementPreference")


backup_region_settings = described(BackupRegionSettings, call("backup", "DescribeRegionSettings"))


@evidence
class BackupGlobalSettings(Evidence):
    """What AWS Backup may do across accounts of the organization."""

    cross_account: bool = at("GlobalSettings.isCrossAccountBackupEnabled")


backup_global_settings = described(BackupGlobalSettings, call("backup", "DescribeGlobalSettings"), of=Account)


@evidence
class Job(Resource):
    """What backup and copy jobs have in common."""

    resource_arn: str = at("ResourceArn")
    resource_type: str = at("ResourceType")
    state: str = at("State")
    message: str = at("StatusMessage", absent="")
    message_category: str | None = at("MessageCategory")
    created: datetime = at("CreationDate")
    completed: datetime | None = at("CompletionDate")
    plan: str | None = at("CreatedBy.BackupPlanId")
    is_parent: bool = at("IsParent", absent=False)
    """Whether it only holds others together; only composite jobs say so."""

    @property
    def succeeded(self) -> bool:
        """Whether it completed."""
        return self.state == "COMPLETED"

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise."""
        return self.state in ("FAILED", "ABORTED", "EXPIRED", "PARTIAL")


@evidence
class BackupJob(Job):
    """A backup job of the last 30 days."""

    type_name: ClassVar = "AWS::Backup::BackupJob"
    arn_format: ClassVar = "arn:{partition}:backup:{region}:{account}:backup-job:{id}"
    id: str = at("BackupJobId")
    vault_arn: str | None = at("BackupVaultArn")
    expected: datetime | None = at("ExpectedCompletionDate")


backup_jobs = listed(BackupJob, call("backup", "ListBackupJobs", page=_PAGE), "BackupJobs[]")


@evidence
class CopyJob(Job):
    """A copy job of the last 30 days; the region of the source lists it."""

    type_name: ClassVar = "AWS::Backup::CopyJob"
    arn_format: ClassVar = "arn:{partition}:backup:{region}:{account}:copy-job:{id}"
    id: str = at("CopyJobId")
    source_vault: str = at("SourceBackupVaultArn", parse=an_arn)
    destination_vault: str = at("DestinationBackupVaultArn", parse=an_arn)
    destination_point: str | None = at("DestinationRecoveryPointArn")

    @property
    def destination_region(self) -> str:
        """The region that it copies to."""
        return self.destination_vault.split(":")[3]

    @property
    def destination_account(self) -> str:
        """The account that it copies to."""
        return self.destination_vault.split(":")[4]

    @property
    def leaves_region(self) -> bool:
        """Whether it copies to another region."""
        return self.destination_region != self.source_vault.split(":")[3]


def job_resource(job: Job) -> str:
    """To find the jobs of a resource by: `jobs.by(job_resource)`."""
    return job.resource_arn


@collector(call("backup", "ListCopyJobs", page=_PAGE))
def copy_jobs(aws: Aws, region: Region) -> Iterable[CopyJob]:
    """The copy jobs of the last 30 days."""
    since = region.account.now - timedelta(days=COPY_JOB_DAYS)
    for page in aws.pages("ListCopyJobs", ByCreatedAfter=since.isoformat()):
        for raw in page.get("CopyJobs", ()):
            yield aws.parse(CopyJob, raw)


@evidence
class RestoreJob(Resource):
    """A restore job."""

    type_name: ClassVar = "AWS::Backup::RestoreJob"
    arn_format: ClassVar = "arn:{partition}:backup:{region}:{account}:restore-job:{id}"
    id: str = at("RestoreJobId")
    recovery_point: str = at("RecoveryPointArn")
    source_arn: str | None = at("SourceResourceArn")
    created_arn: str | None = at("CreatedResourceArn")
    resource_type: str | None = at("ResourceType")
    status: str = at("Status")
    message: str = at("StatusMessage", absent="")
    created: datetime = at("CreationDate")
    completed: datetime | None = at("CompletionDate")
    recovery_point_created: datetime | None = at("RecoveryPointCreationDate")
    testing_plan: str | None = at("CreatedBy.RestoreTestingPlanArn")
    """None where somebody restored by hand."""
    validation: str | None = at("ValidationStatus")
    validation_message: str = at("ValidationStatusMessage", absent="")
    deletion: str | None = at("DeletionStatus")

    @property
    def succeeded(self) -> bool:
        """Whether it completed."""
        return self.status == "COMPLETED"


restore_jobs = listed(RestoreJob, call("backup", "ListRestoreJobs", page=_PAGE), "RestoreJobs[]")


@evidence
class RestoreTestingPlan(Resource):
    """A plan of regular test restores."""

    type_name: ClassVar = "AWS::Backup::RestoreTestingPlan"
    arn: str = at("RestoreTestingPlanArn")
    plan: str = at("RestoreTestingPlanName")
    schedule: str = at("ScheduleExpression")
    last_run: datetime | None = at("LastExecutionTime")


restore_testing_plans = listed(
    RestoreTestingPlan, call("backup", "ListRestoreTestingPlans", page=_PAGE), "RestoreTestingPlans[]"
)


@evidence
class RestoreTestingScope(Evidence):
    """Which recovery points a restore testing plan takes."""

    algorithm: str = at("RecoveryPointSelection.Algorithm")
    vaults: tuple[str, ...] = at("RecoveryPointSelection.IncludeVaults")
    excluded_vaults: tuple[str, ...] = at("RecoveryPointSelection.ExcludeVaults")
    types: tuple[str, ...] = at("RecoveryPointSelection.RecoveryPointTypes")
    window_days: int | None = at("RecoveryPointSelection.SelectionWindowDays")


restore_testing_scope = described(
    RestoreTestingScope,
    call("backup", "GetRestoreTestingPlan"),
    "RestoreTestingPlan",
    of=RestoreTestingPlan,
    RestoreTestingPlanName="plan",
)


@evidence
class RestoreTestingSelection(Resource):
    """A type of resource that a restore testing plan restores."""

    type_name: ClassVar = "AWS::Backup::RestoreTestingSelection"
    arn_format: ClassVar = "arn:{partition}:backup:{region}:{account}:restore-testing-plan:{plan}/selection/{selection}"
    selection: str = at("RestoreTestingSelectionName")
    plan: str = at("RestoreTestingPlanName")
    resource_type: str = at("ProtectedResourceType")
    validation_hours: int | None = at("ValidationWindowHours")


restore_testing_selections = listed(
    RestoreTestingSelection,
    call("backup", "ListRestoreTestingSelections", page=_PAGE),
    "RestoreTestingSelections[]",
    of=RestoreTestingPlan,
    RestoreTestingPlanName="plan",
)
