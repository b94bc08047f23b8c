import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.lambda_ import (
    AliasPolicy,
    EventInvokeConfig,
    EventSourceMapping,
    Function,
    FunctionAlias,
    FunctionConcurrency,
    FunctionPolicy,
    FunctionState,
    FunctionUrl,
    FunctionVersion,
    LambdaAccountSettings,
    Layer,
    LayerPolicy,
    ProvisionedConcurrency,
    RecursionConfig,
)
from auditor.testing import REGION, gathered, made


def noted(asked: list[Any], answer: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    """An answer that remembers what was asked."""

    def reply(params: Any) -> dict[str, Any]:
        asked.append(params)
        return answer

    return reply


ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
RAW: dict[str, Any] = {
    "FunctionName": "orders",
    "FunctionArn": ARN,
    "Runtime": "python3.13",
    "Role": "arn:aws:iam::123456789012:role/orders",
    "Handler": "app.handler",
    "CodeSize": 1000,
    "CodeSha256": "abc",
    "Timeout": 30,
    "MemorySize": 512,
    "LastModified": "2026-01-02T03:04:05.000+0000",
    "PackageType": "Zip",
    "Architectures": ["arm64"],
    "Environment": {"Variables": {"TABLE": "orders", "API_TOKEN": "[redacted password 1a2b3c4d]"}},
    "TracingConfig": {"Mode": "Active"},
    "Layers": [{"Arn": "arn:aws:lambda:eu-west-1:1:layer:x:3", "CodeSize": 5}],
    "DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
}


def function(**fields: Any) -> Function:
    return made(Function, RAW | fields)


def test_a_function_speaks_of_itself() -> None:
    one = function()
    assert one.name == "orders"
    assert one.modified == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert one.is_arm64
    assert one.has_active_tracing
    assert not one.is_in_vpc
    assert not one.is_image
    assert not one.has_snap_start
    assert one.log_group == "/aws/lambda/orders"
    assert one.log_format == "Text"
    assert one.ephemeral_storage == 512
    assert one.environment["TABLE"] == "orders"
    assert one.layers[0].arn.endswith(":3")
    assert one.dead_letter_target == "arn:aws:sqs:eu-west-1:123456789012:dead"


def test_a_function_that_left_its_vpc_keeps_empty_settings() -> None:
    assert not function(VpcConfig={"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}).is_in_vpc
    assert function(VpcConfig={"SubnetIds": ["subnet-1"], "VpcId": "vpc-1"}).is_in_vpc


def test_a_container_image_has_no_runtime() -> None:
    image = made(
        Function,
        {key: value for key, value in RAW.items() if key not in ("Runtime", "Handler")} | {"PackageType": "Image"},
    )
    assert image.is_image
    assert image.runtime is None


def test_an_own_log_group_and_a_replica_of_the_edge() -> None:
    assert function(LoggingConfig={"LogGroup": "/shop", "LogFormat": "JSON"}).log_group == "/shop"
    assert function(MasterArn="arn:aws:lambda:us-east-1:123456789012:function:edge:1").is_edge_replica


def test_state_versions_and_aliases() -> None:
    state = made(
        FunctionState,
        {"State": "Failed", "StateReasonCode": "InsufficientRolePermissions", "LastUpdateStatus": "Successful"},
    )
    assert state.reason_code == "InsufficientRolePermissions"
    version = made(
        FunctionVersion,
        under=function(),
        FunctionArn=f"{ARN}:3",
        FunctionName="orders",
        Version="3",
        SnapStart={"ApplyOn": "PublishedVersions", "OptimizationStatus": "On"},
    )
    assert version.is_published
    assert version.snap_start_status == "On"
    assert not made(FunctionVersion, under=function(), FunctionArn=f"{ARN}:$LATEST", Version="$LATEST").is_published
    weights = {"AdditionalVersionWeights": {"4": 0.1}}
    alias = made(
        FunctionAlias, under=function(), AliasArn=f"{ARN}:live", Name="live", FunctionVersion="3", RoutingConfig=weights
    )
    assert alias.function_name == "orders"
    assert alias.additional_weights == {"4": 0.1}
    assert alias.enclosing(Function).name == "orders"


def test_urls_of_a_function_and_of_an_alias() -> None:
    plain = {
        "FunctionUrl": "https://x.lambda-url.eu-west-1.on.aws/",
        "FunctionArn": ARN,
        "AuthType": "NONE",
        "Cors": {"AllowOrigins": ["*"], "AllowCredentials": True},
    }
    url = made(FunctionUrl, plain, under=function())
    assert url.is_unauthenticated
    assert url.alias is None
    assert url.allowed_origins == ("*",)
    assert url.allows_credentials
    signed = made(
        FunctionUrl, plain | {"FunctionArn": f"{ARN}:live", "AuthType": "AWS_IAM", "Cors": {}}, under=function()
    )
    assert signed.alias == "live"
    assert not signed.is_unauthenticated
    assert not signed.allows_credentials


def test_policies_of_functions_aliases_and_layers() -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": ARN,
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert made(FunctionPolicy, {"Policy": text}).document.allowing[0].covers_action("lambda:InvokeFunction")
    assert made(LayerPolicy, {"Policy": text}).document.statements
    alias = made(FunctionAlias, under=function(), AliasArn=f"{ARN}:live", Name="live")
    asked: list[Any] = []
    found = gathered(AliasPolicy, alias, GetPolicy=noted(asked, {"Policy": text}))
    assert asked == [{"FunctionName": "orders", "Qualifier": "live"}]
    assert found.document.statements
    with pytest.raises(Absent):
        gathered(FunctionPolicy, function(), GetPolicy=Absent("ResourceNotFoundException"))


def test_concurrency() -> None:
    assert made(FunctionConcurrency, {}).reserved is None
    assert made(FunctionConcurrency, {"ReservedConcurrentExecutions": 0}).reserved == 0
    kept = made(
        ProvisionedConcurrency,
        under=function(),
        FunctionArn=f"{ARN}:live",
        RequestedProvisionedConcurrentExecutions=5,
        Status="READY",
    )
    assert kept.qualifier == "live"
    limits = {
        "AccountLimit": {"ConcurrentExecutions": 1000, "UnreservedConcurrentExecutions": 900, "TotalCodeSize": 80},
        "AccountUsage": {"TotalCodeSize": 8, "FunctionCount": 3},
    }
    assert made(LambdaAccountSettings, limits).unreserved_concurrency == 900


def test_asynchronous_invocation_and_recursion() -> None:
    plain = made(EventInvokeConfig, under=function(), FunctionArn=f"{ARN}:$LATEST")
    assert (plain.maximum_retries, plain.maximum_age_seconds, plain.on_failure) == (2, 21600, None)
    sink = made(
        EventInvokeConfig,
        under=function(),
        FunctionArn=f"{ARN}:$LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:q"}},
    )
    assert (sink.maximum_retries, sink.on_failure) == (0, "arn:q")
    assert made(RecursionConfig, {"RecursiveLoop": "Allow"}).allows_loops
    assert not made(RecursionConfig, {"RecursiveLoop": "Terminate"}).allows_loops


def mapping(**fields: Any) -> EventSourceMapping:
    plain = {
        "UUID": "1-2-3",
        "EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:jobs",
        "FunctionArn": f"{ARN}:live",
        "State": "Enabled",
        "BatchSize": 10,
    }
    return made(EventSourceMapping, plain | fields)


def test_an_event_source_mapping() -> None:
    one = mapping(FunctionResponseTypes=["ReportBatchItemFailures"], ScalingConfig={"MaximumConcurrency": 5})
    assert one.arn == "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:1-2-3"
    assert one.is_enabled
    assert one.service == "sqs"
    assert one.function == ARN
    assert one.reports_partial_failures
    assert one.maximum_concurrency == 5
    assert one.batching_window_seconds == 0
    assert one.maximum_retries is None
    assert not mapping(State="Disabled").is_enabled
    stream = mapping(
        EventSourceArn="arn:aws:dynamodb:eu-west-1:123456789012:table/t/stream/1",
        MaximumRetryAttempts=-1,
        BisectBatchOnFunctionError=True,
    )
    assert stream.service == "dynamodb"
    assert stream.maximum_retries == -1
    assert stream.bisects_batches


def test_a_mapping_of_a_kafka_cluster_elsewhere() -> None:
    kafka = made(EventSourceMapping, UUID="1", FunctionArn=ARN, State="Enabled", Topics=["orders"])
    assert kafka.source is None
    assert kafka.service == "kafka"
    assert kafka.topics == ("orders",)


def test_a_mapping_that_is_being_deleted_is_none() -> None:
    raws = [{"UUID": state, "State": state} for state in ("Enabled", "Deleting", "Disabled")]
    found = gathered(EventSourceMapping, REGION, ListEventSourceMappings={"EventSourceMappings": raws})
    assert [one.id for one in found] == ["Enabled", "Disabled"]


def test_a_layer() -> None:
    newest = {"LayerVersionArn": "arn:aws:lambda:eu-west-1:123456789012:layer:tools:7", "Version": 7}
    layer = made(Layer, LayerName="tools", LatestMatchingVersion=newest)
    assert (layer.layer_name, layer.version) == ("tools", 7)
