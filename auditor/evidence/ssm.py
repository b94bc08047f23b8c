"""AWS Systems Manager: parameters (never their values), managed instances, patching, runbooks and session logs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import Batch, collector, described, listed

_SECRET = re.compile(
    r"(passw(or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|credential|conn(ection)?[_-]?str)",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"(arn|name|id|url|uri|path|length|policy|enabled|ttl|timeout|expiry|version|type|region)$", re.IGNORECASE
)


@evidence
class Parameter(Resource):
    """A parameter of Parameter Store, without its value."""

    type_name: ClassVar = "AWS::SSM::Parameter"
    name_format: ClassVar = "{parameter}"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:parameter{path}"
    parameter: str = at("Name")
    kind: str = at("Type")
    """`String`, `StringList` or `SecureString`."""
    key: str | None = at("KeyId")
    """The KMS key of a SecureString; `alias/aws/ssm` where none was chosen."""
    data_type: str = at("DataType", absent="text")
    """`text` is the API's default; `aws:ec2:image` is an AMI's id."""
    version: int = at("Version")
    changed: datetime = at("LastModifiedDate")

    @property
    def path(self) -> str:
        """The name as ARNs have it: with one slash in front."""
        return "/" + self.parameter.removeprefix("/")

    @property
    def tells_secret(self) -> bool:
        """Whether the last part of its name says that the value is a secret, and not about one."""
        last = self.parameter.rpartition("/")[2]
        return _SECRET.search(last) is not None and _ABOUT.search(last) is None

    @property
    def is_secure(self) -> bool:
        """Whether its value is encrypted."""
        return self.kind == "SecureString"


parameters = listed(Parameter, call("ssm", "DescribeParameters", page=50), "Parameters[]")


@evidence
class ManagedInstance(Resource):
    """A machine whose agent has registered with Systems Manager."""

    type_name: ClassVar = "AWS::SSM::ManagedInstance"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:managed-instance/{instance_id}"
    instance_id: str = at("InstanceId")
    """`i-...` of EC2, or `mi-...` of a machine elsewhere."""
    ping: str = at("PingStatus")
    """`Online`, `ConnectionLost` or `Inactive`."""
    last_ping: datetime | None = at("LastPingDateTime")
    association_status: str | None = at("AssociationStatus")
    """How the associations that apply to it went, for example `Success`; None where none applies."""

    @property
    def is_online(self) -> bool:
        """Whether its agent answers."""
        return self.ping == "Online"


managed_instances = listed(
    ManagedInstance, call("ssm", "DescribeInstanceInformation", page=50), "InstanceInformationList[]"
)


@evidence
class PatchState(Evidence):
    """What the last scan or installation of patches left on a machine; absent where there was none."""

    instance_id: str = at("InstanceId")
    critical: int = at("CriticalNonCompliantCount", absent=0)
    security: int = at("SecurityNonCompliantCount", absent=0)
    """Counts are nullable (Systems Manager API reference, InstancePatchState): none was found."""
    failed: int = at("FailedCount", absent=0)
    pending_reboot: int = at("InstalledPendingRebootCount", absent=0)
    ended: datetime = at("OperationEndTime")


@collector(call("ssm", "DescribeInstancePatchStates", page=100), batch=50)
def patch_states(aws: Aws, instances: Batch[ManagedInstance]) -> Mapping[str, PatchState]:
    """Fifty machines a call; those that were never scanned are left out of the answer."""
    arns = {one.instance_id: one.arn for one in instances}
    pages = aws.pages("DescribeInstancePatchStates", InstanceIds=list(arns))
    found = [one for page in pages for one in page["InstancePatchStates"]]
    return {arns[one["InstanceId"]]: aws.parse(PatchState, one) for one in found}


@evidence
class Document(Resource):
    """A document of the account's own: a runbook, a command, a session's preferences."""

    type_name: ClassVar = "AWS::SSM::Document"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:document/{document}"
    document: str = at("Name")
    display_name: str | None = at("DisplayName")
    kind: str = at("DocumentType")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_runbook(self) -> bool:
        """Whether Automation runs it."""
        return self.kind == "Automation"


documents = listed(
    Document,
    call("ssm", "ListDocuments", page=50, Filters=[{"Key": "Owner", "Values": ["Self"]}]),
    "DocumentIdentifiers[]",
)


@evidence
class DocumentReaders(Evidence):
    """Whom a document is shared with."""

    accounts: tuple[str, ...] = at("AccountIds")
    """`all` is every AWS account."""

    @property
    def is_public(self) -> bool:
        """Whether every AWS account may read and run it."""
        return any(one.lower() == "all" for one in self.accounts)


document_readers = described(
    DocumentReaders,
    call("ssm", "DescribeDocumentPermission", absent="InvalidDocument", PermissionType="Share"),
    of=Document,
    Name="document",
)


@evidence
class AutomationExecution(Resource):
    """A run of a runbook, within the thirty days that Systems Manager remembers."""

    type_name: ClassVar = "AWS::SSM::AutomationExecution"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:automation-execution/{execution_id}"
    execution_id: str = at("AutomationExecutionId")
    document: str = at("DocumentName")
    status: str = at("AutomationExecutionStatus")
    started: datetime = at("ExecutionStartTime")


automation_executions = listed(
    AutomationExecution, call("ssm", "DescribeAutomationExecutions", page=50), "AutomationExecutionMetadataList[]"
)


@evidence
class Association(Resource):
    """A document that State Manager applies to machines."""

    type_name: ClassVar = "AWS::SSM::Association"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:association/{association_id}"
    association_id: str = at("AssociationId")
    document: str = at("Name")
    schedule: str | None = at("ScheduleExpression")
    """None where it runs once, when made or changed."""


associations = listed(Association, call("ssm", "ListAssociations", page=50), "Associations[]")


@evidence
class MaintenanceWindow(Resource):
    """An enabled window for maintenance."""

    type_name: ClassVar = "AWS::SSM::MaintenanceWindow"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:maintenancewindow/{window_id}"
    window_id: str = at("WindowId")
    next_execution: str | None = at("NextExecutionTime")
    """ISO 8601 without seconds; None where its schedule has ended."""


maintenance_windows = listed(
    MaintenanceWindow,
    call("ssm", "DescribeMaintenanceWindows", page=100, Filters=[{"Key": "Enabled", "Values": ["true"]}]),
    "WindowIdentities[]",
)


@evidence
class MaintenanceTask(Resource):
    """What a maintenance window runs."""

    type_name: ClassVar = "AWS::SSM::MaintenanceWindowTask"
    arn_format: ClassVar = "arn:{partition}:ssm:{region}:{account}:windowtask/{task_id}"
    task_id: str = at("WindowTaskId")
    runs: str = at("TaskArn")
    """A document's name, or the ARN of a function or state machine."""


maintenance_tasks = listed(
    MaintenanceTask,
    call("ssm", "DescribeMaintenanceWindowTasks", page=100),
    "Tasks[]",
    of=MaintenanceWindow,
    WindowId="window_id",
)


def _inputs(content: str) -> Mapping[str, Any]:
    inputs: Mapping[str, Any] = json.loads(content).get("inputs", {})
    return inputs


@evidence
class SessionPreferences(Evidence):
    """What Session Manager logs in a region; absent where the defaults were never changed, which log nothing."""

    inputs: Mapping[str, Any] = at("Content", parse=_inputs)

    @property
    def log_group(self) -> str:
        """The log group of sessions; empty where there is none."""
        return str(self.inputs.get("cloudWatchLogGroupName") or "")

    @property
    def bucket(self) -> str:
        """The bucket of sessions; empty where there is none."""
        return str(self.inputs.get("s3BucketName") or "")

    @property
    def demands_encryption(self) -> bool:
        """Whether it refuses to log where the log group or bucket is not encrypted."""
        return bool(self.inputs.get("cloudWatchEncryptionEnabled") or self.inputs.get("s3EncryptionEnabled"))


session_preferences = described(
    SessionPreferences,
    call("ssm", "GetDocument", absent="InvalidDocument", Name="SSM-SessionManagerRunShell", DocumentFormat="JSON"),
)


@evidence
class DocumentSharing(Evidence):
    """Whether documents may be shared with the public."""

    setting: str = at("SettingValue")

    @property
    def is_blocked(self) -> bool:
        """Whether the console and the API refuse it."""
        return self.setting == "Disable"


document_sharing = described(
    DocumentSharing,
    call("ssm", "GetServiceSetting", SettingId="/ssm/documents/console/public-sharing-permission"),
    "ServiceSetting",
)
