"""AWS Lambda: functions, who may invoke them, what feeds them and how they scale."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import described, listed

_GONE = "ResourceNotFoundException"


@evidence
class FunctionLayer(Evidence):
    """A layer that a function uses."""

    arn: str = at("Arn")
    """With its version."""
    size: int = at("CodeSize", absent=0)


@evidence
class Function(Resource):
    """A Lambda function, as its unpublished version is."""

    type_name: ClassVar = "AWS::Lambda::Function"
    arn: str = at("FunctionArn")
    function_name: str = at("FunctionName")
    runtime: str | None = at("Runtime")
    """None where it is a container image."""
    role: str = at("Role")
    handler: str | None = at("Handler")
    code_size: int = at("CodeSize")
    code_sha256: str = at("CodeSha256")
    timeout: int = at("Timeout")
    """Seconds."""
    memory: int = at("MemorySize")
    """MiB."""
    ephemeral_storage: int = at("EphemeralStorage.Size", absent=512)
    """MiB; 512 is the default (Lambda API reference, EphemeralStorage)."""
    modified: datetime = at("LastModified")
    package_type: str = at("PackageType", absent="Zip")
    architectures: tuple[str, ...] = at("Architectures")
    vpc: str | None = at("VpcConfig.VpcId")
    subnets: tuple[str, ...] = at("VpcConfig.SubnetIds")
    security_groups: tuple[str, ...] = at("VpcConfig.SecurityGroupIds")
    dead_letter_target: str | None = at("DeadLetterConfig.TargetArn")
    environment: Mapping[str, str] = at("Environment.Variables")
    environment_error: str | None = at("Environment.Error.ErrorCode")
    """Why the variables could not be read: mostly their key."""
    key: str | None = at("KMSKeyArn")
    tracing: str = at("TracingConfig.Mode", absent="PassThrough")
    layers: tuple[FunctionLayer, ...] = at("Layers")
    file_systems: tuple[str, ...] = at("FileSystemConfigs[].Arn")
    snap_start: str = at("SnapStart.ApplyOn", absent="None")
    log_format: str = at("LoggingConfig.LogFormat", absent="Text")
    own_log_group: str | None = at("LoggingConfig.LogGroup")
    master_arn: str | None = at("MasterArn")
    """The function in us-east-1 of which this is a Lambda@Edge replica."""
    capacity_provider: str | None = at(
        "CapacityProviderConfig.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn"
    )
    durable_execution_seconds: int | None = at("DurableConfig.ExecutionTimeout")
    tenant_isolation: str | None = at("TenancyConfig.TenantIsolationMode")

    @property
    def is_image(self) -> bool:
        """Whether it is deployed as a container image."""
        return self.package_type == "Image"

    @property
    def is_in_vpc(self) -> bool:
        """Whether it is attached to a VPC; one that was detached keeps empty settings."""
        return bool(self.vpc)

    @property
    def is_arm64(self) -> bool:
        """Whether it runs on Graviton."""
        return "arm64" in self.architectures

    @property
    def has_active_tracing(self) -> bool:
        """Whether it samples traces itself."""
        return self.tracing == "Active"

    @property
    def has_snap_start(self) -> bool:
        """Whether published versions start from a snapshot."""
        return self.snap_start == "PublishedVersions"

    @property
    def log_group(self) -> str:
        """The log group that it writes to."""
        return self.own_log_group or f"/aws/lambda/{self.function_name}"

    @property
    def is_edge_replica(self) -> bool:
        """Whether Lambda@Edge made it."""
        return self.master_arn is not None


functions = listed(Function, call("lambda", "ListFunctions"), "Functions[]")


@evidence
class FunctionState(Evidence):
    """Whether a function can run; the listing does not say."""

    state: str = at("State")
    reason: str | None = at("StateReason")
    reason_code: str | None = at("StateReasonCode")
    last_update: str = at("LastUpdateStatus")
    last_update_reason_code: str | None = at("LastUpdateStatusReasonCode")


function_state = described(
    FunctionState,
    call("lambda", "GetFunctionConfiguration", absent=_GONE),
    of=Function,
    FunctionName="arn",
)


@evidence
class FunctionVersion(Resource):
    """A published version; `$LATEST` is among them."""

    type_name: ClassVar = "AWS::Lambda::Version"
    arn: str = at("FunctionArn")
    function_name: str = at("FunctionName")
    version: str = at("Version")
    runtime: str | None = at("Runtime")
    snap_start: str = at("SnapStart.ApplyOn", absent="None")
    snap_start_status: str = at("SnapStart.OptimizationStatus", absent="Off")
    modified: datetime = at("LastModified")

    @property
    def is_published(self) -> bool:
        """Whether it is frozen under a number."""
        return self.version != "$LATEST"


@evidence
class FunctionAlias(Resource):
    """A name for a version, or for a mix of two."""

    type_name: ClassVar = "AWS::Lambda::Alias"
    arn: str = at("AliasArn")
    alias: str = at("Name")
    function_name: str = parent("function_name")
    version: str = at("FunctionVersion")
    additional_weights: Mapping[str, float] = at("RoutingConfig.AdditionalVersionWeights")


function_versions = listed(
    FunctionVersion,
    call("lambda", "ListVersionsByFunction", absent=_GONE),
    "Versions[]",
    of=Function,
    FunctionName="function_name",
)
function_aliases = listed(
    FunctionAlias, call("lambda", "ListAliases", absent=_GONE), "Aliases[]", of=Function, FunctionName="function_name"
)


@evidence
class FunctionUrl(Resource):
    """An HTTPS endpoint of a function or of an alias."""

    type_name: ClassVar = "AWS::Lambda::Url"
    arn: str = at("FunctionArn")
    """The function's, with the alias where it is of one."""
    url: str = at("FunctionUrl")
    auth: str = at("AuthType")
    function_name: str = parent("function_name")
    invoke_mode: str = at("InvokeMode", absent="BUFFERED")
    allowed_origins: tuple[str, ...] = at("Cors.AllowOrigins")
    allows_credentials: bool = at("Cors.AllowCredentials", absent=False)

    @property
    def is_unauthenticated(self) -> bool:
        """Whether it asks nobody for credentials; the function's policy still decides."""
        return self.auth == "NONE"

    @property
    def alias(self) -> str | None:
        """The alias that it is of, if of one."""
        parts = self.arn.split(":")
        return parts[7] if len(parts) > _FUNCTION_PARTS else None


_FUNCTION_PARTS = 7
"""`arn:aws:lambda:region:account:function:name`; an eighth part is an alias or a version."""

function_urls = listed(
    FunctionUrl,
    call("lambda", "ListFunctionUrlConfigs", absent=_GONE, page=50),
    "FunctionUrlConfigs[]",
    of=Function,
    FunctionName="function_name",
)


@evidence
class FunctionPolicy(Evidence):
    """The resource policy of a function: who but the account's own principals may invoke it."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


@evidence
class AliasPolicy(FunctionPolicy):
    """The resource policy of an alias."""


function_policy = described(
    FunctionPolicy, call("lambda", "GetPolicy", absent=_GONE), of=Function, FunctionName="function_name"
)
alias_policy = described(
    AliasPolicy,
    call("lambda", "GetPolicy", absent=_GONE),
    of=FunctionAlias,
    FunctionName="function_name",
    Qualifier="alias",
)


@evidence
class FunctionConcurrency(Evidence):
    """The concurrency that is reserved for a function, and is its ceiling."""

    reserved: int | None = at("ReservedConcurrentExecutions")


function_concurrency = described(
    FunctionConcurrency,
    call("lambda", "GetFunctionConcurrency", absent=_GONE),
    of=Function,
    FunctionName="function_name",
)


@evidence
class ProvisionedConcurrency(Resource):
    """Environments that are kept ready for a version or an alias."""

    type_name: ClassVar = "AWS::Lambda::Alias"
    arn: str = at("FunctionArn")
    function_name: str = parent("function_name")
    requested: int = at("RequestedProvisionedConcurrentExecutions")
    allocated: int = at("AllocatedProvisionedConcurrentExecutions")
    status: str = at("Status")

    @property
    def qualifier(self) -> str:
        """The alias or the version."""
        return self.arn.rpartition(":")[2]


provisioned_concurrency = listed(
    ProvisionedConcurrency,
    call("lambda", "ListProvisionedConcurrencyConfigs", absent=_GONE, page=50),
    "ProvisionedConcurrencyConfigs[]",
    of=Function,
    FunctionName="function_name",
)


@evidence
class EventInvokeConfig(Resource):
    """How asynchronous events of a function, version or alias are retried, and where failed ones go."""

    type_name: ClassVar = "AWS::Lambda::EventInvokeConfig"
    arn: str = at("FunctionArn")
    """With `$LATEST`, an alias or a version."""
    maximum_retries: int = at("MaximumRetryAttempts", absent=2)
    maximum_age_seconds: int = at("MaximumEventAgeInSeconds", absent=21600)
    """Two retries within six hours are the defaults (Lambda developer guide)."""
    on_failure: str | None = at("DestinationConfig.OnFailure.Destination")
    on_success: str | None = at("DestinationConfig.OnSuccess.Destination")


event_invoke_configs = listed(
    EventInvokeConfig,
    call("lambda", "ListFunctionEventInvokeConfigs", absent=_GONE, page=50),
    "FunctionEventInvokeConfigs[]",
    of=Function,
    FunctionName="function_name",
)


@evidence
class RecursionConfig(Evidence):
    """What Lambda does when it sees a function invoke itself through a queue, topic or bucket."""

    loop: str = at("RecursiveLoop")

    @property
    def allows_loops(self) -> bool:
        """Whether a loop runs on."""
        return self.loop == "Allow"


recursion_config = described(
    RecursionConfig,
    call("lambda", "GetFunctionRecursionConfig", absent=_GONE),
    of=Function,
    FunctionName="function_name",
)


@evidence
class EventSourceMapping(Resource):
    """What polls a queue, stream or broker and invokes a function."""

    type_name: ClassVar = "AWS::Lambda::EventSourceMapping"
    arn_format: ClassVar = "arn:{partition}:lambda:{region}:{account}:event-source-mapping:{id}"
    id: str = at("UUID")
    source: str | None = at("EventSourceArn")
    """None for a Kafka cluster that AWS does not run."""
    function_arn: str = at("FunctionArn")
    """With the alias or version, where it names one."""
    state: str = at("State")
    last_result: str | None = at("LastProcessingResult")
    modified: datetime = at("LastModified")
    batch_size: int = at("BatchSize")
    batching_window_seconds: int = at("MaximumBatchingWindowInSeconds", absent=0)
    parallelization_factor: int = at("ParallelizationFactor", absent=1)
    maximum_concurrency: int | None = at("ScalingConfig.MaximumConcurrency")
    response_types: tuple[str, ...] = at("FunctionResponseTypes")
    on_failure: str | None = at("DestinationConfig.OnFailure.Destination")
    bisects_batches: bool = at("BisectBatchOnFunctionError", absent=False)
    maximum_retries: int | None = at("MaximumRetryAttempts")
    """None for queues, -1 for no limit."""
    maximum_age_seconds: int | None = at("MaximumRecordAgeInSeconds")
    """None for queues, -1 for no limit."""
    filter_error: str | None = at("FilterCriteriaError.ErrorCode")
    filters: tuple[str, ...] = at("FilterCriteria.Filters[].Pattern")
    topics: tuple[str, ...] = at("Topics")

    @property
    def is_enabled(self) -> bool:
        """Whether it polls, or is about to."""
        return self.state in ("Enabled", "Enabling", "Creating", "Updating")

    @property
    def service(self) -> str:
        """The service of its source as its ARN names it: `sqs`, `kinesis`, `dynamodb`, `kafka`, `mq`, `rds`."""
        return self.source.split(":")[2] if self.source else "kafka"

    @property
    def reports_partial_failures(self) -> bool:
        """Whether the function may name the failed items of a batch."""
        return "ReportBatchItemFailures" in self.response_types

    @property
    def function(self) -> str:
        """The ARN of the function, without alias or version."""
        return ":".join(self.function_arn.split(":")[:_FUNCTION_PARTS])


event_source_mappings = listed(
    EventSourceMapping,
    call("lambda", "ListEventSourceMappings"),
    "EventSourceMappings[]",
    skip={"State": ("Deleting",)},
)


@evidence
class LambdaAccountSettings(Evidence):
    """Limits and use of Lambda in a region."""

    concurrency_limit: int = at("AccountLimit.ConcurrentExecutions")
    unreserved_concurrency: int = at("AccountLimit.UnreservedConcurrentExecutions")
    code_size_limit: int = at("AccountLimit.TotalCodeSize")
    code_size: int = at("AccountUsage.TotalCodeSize")
    function_count: int = at("AccountUsage.FunctionCount")


lambda_account_settings = described(LambdaAccountSettings, call("lambda", "GetAccountSettings"))


@evidence
class Layer(Resource):
    """A layer of the account, in its newest version."""

    type_name: ClassVar = "AWS::Lambda::LayerVersion"
    arn: str = at("LatestMatchingVersion.LayerVersionArn")
    layer_name: str = at("LayerName")
    version: int = at("LatestMatchingVersion.Version")


@evidence
class LayerPolicy(Evidence):
    """Who may use a layer version."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


layers = listed(Layer, call("lambda", "ListLayers", page=50), "Layers[]")
layer_policy = described(
    LayerPolicy,
    call("lambda", "GetLayerVersionPolicy", absent=_GONE),
    of=Layer,
    LayerName="layer_name",
    VersionNumber="version",
)
