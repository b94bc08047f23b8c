from typing import Any

from auditor.evidence.config import (
    AggregationAuthorization,
    ConfigAggregator,
    ConfigRecorder,
    ConfigRecorderStatus,
    ConfigRule,
    DeliveryChannel,
)
from auditor.testing import gathered, made


def recorder(**group: Any) -> ConfigRecorder:
    return made(ConfigRecorder, name="default", recordingGroup=group)


def test_all_types() -> None:
    one = recorder(allSupported=True, includeGlobalResourceTypes=False)
    assert one.arn == "arn:aws:config:eu-west-1:123456789012:configuration-recorder/default"
    assert one.records("AWS::S3::Bucket")
    assert not one.records("AWS::IAM::Role")
    assert recorder(allSupported=True, includeGlobalResourceTypes=True).records("AWS::IAM::Role")


def test_included_and_excluded_types() -> None:
    included = recorder(allSupported=False, resourceTypes=["AWS::S3::Bucket"])
    assert included.records("AWS::S3::Bucket")
    assert not included.records("AWS::KMS::Key")
    excluded = recorder(allSupported=False, exclusionByResourceTypes={"resourceTypes": ["AWS::S3::Bucket"]})
    assert not excluded.records("AWS::S3::Bucket")
    assert excluded.records("AWS::IAM::Role")


def test_status() -> None:
    status = made(
        ConfigRecorderStatus, name="default", recording=True, lastStatus="Failure", lastErrorCode="AccessDenied"
    )
    assert status.is_recording
    assert status.has_failed
    assert status.error_code == "AccessDenied"
    assert not made(ConfigRecorderStatus, name="default", recording=False).has_failed


def test_delivery_channel() -> None:
    assert made(DeliveryChannel, name="default", s3BucketName="logs").bucket == "logs"


def test_rules_that_are_being_deleted_are_left_out() -> None:
    def rule(name: str, state: str) -> dict[str, Any]:
        return {
            "ConfigRuleName": name,
            "ConfigRuleArn": f"arn:aws:config:eu-west-1:123456789012:config-rule/{name}",
            "Source": {"Owner": "AWS", "SourceIdentifier": "INCOMING_SSH_DISABLED"},
            "ConfigRuleState": state,
        }

    answer = {"ConfigRules": [rule("ssh", "EVALUATING"), rule("old", "DELETING")]}
    (found,) = gathered(ConfigRule, DescribeConfigRules=answer)
    assert found.rule == "ssh"
    assert found.identifier == "INCOMING_SSH_DISABLED"
    assert found.is_active


def aggregator(**sources: Any) -> ConfigAggregator:
    arn = "arn:aws:config:eu-west-1:123456789012:config-aggregator/a"
    return made(ConfigAggregator, {"ConfigurationAggregatorArn": arn, "ConfigurationAggregatorName": "a"} | sources)


def test_aggregators() -> None:
    own = aggregator(AccountAggregationSources=[{"AccountIds": ["123456789012"], "AllAwsRegions": True}])
    assert own.collects("123456789012")
    assert not own.collects("999999999999")
    some = aggregator(AccountAggregationSources=[{"AccountIds": ["123456789012"], "AwsRegions": ["eu-west-1"]}])
    assert not some.collects("123456789012")
    role = "arn:aws:iam::123456789012:role/aggregator"
    assert aggregator(OrganizationAggregationSource={"RoleArn": role, "AllAwsRegions": True}).collects("1")


def test_authorization() -> None:
    arn = "arn:aws:config:eu-west-1:123456789012:aggregation-authorization/999999999999/eu-west-1"
    found = made(
        AggregationAuthorization,
        AggregationAuthorizationArn=arn,
        AuthorizedAccountId="999999999999",
        AuthorizedAwsRegion="eu-west-1",
    )
    assert found.authorized_account == "999999999999"
