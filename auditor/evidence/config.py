"""AWS Config: the recorder and where it delivers, rules, and aggregation."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import listed

Names = tuple[str, ...]

GLOBAL_TYPES = ("AWS::IAM::Group", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User")
"""The types that `includeGlobalResourceTypes` is about (AWS Config developer guide, Recording AWS resources)."""


@evidence
class ConfigRecorder(Resource):
    """The customer managed recorder of a region; recorders of services are not answered unless asked for."""

    type_name: ClassVar = "AWS::Config::ConfigurationRecorder"
    arn_format: ClassVar = "arn:{partition}:config:{region}:{account}:configuration-recorder/{recorder}"
    arn: str = at("arn")
    recorder: str = at("name")
    service: str | None = at("servicePrincipal")
    """The service that owns it; None for the account's own."""
    records_all: bool = at("recordingGroup.allSupported")
    has_global_types: bool = at("recordingGroup.includeGlobalResourceTypes", absent=False)
    included: Names = at("recordingGroup.resourceTypes")
    excluded: Names = at("recordingGroup.exclusionByResourceTypes.resourceTypes")

    def records(self, resource_type: str) -> bool:
        """Whether it records a type of resource (`AWS::S3::Bucket`)."""
        if self.records_all:
            return self.has_global_types or resource_type not in GLOBAL_TYPES
        return resource_type not in self.excluded if self.excluded else resource_type in self.included


@evidence
class ConfigRecorderStatus(Resource):
    """Whether a recorder records, and how its last delivery went."""

    type_name: ClassVar = "AWS::Config::ConfigurationRecorder"
    arn_format: ClassVar = "arn:{partition}:config:{region}:{account}:configuration-recorder/{recorder}"
    arn: str = at("arn")
    recorder: str = at("name")
    is_recording: bool = at("recording")
    last_status: str | None = at("lastStatus")
    error_code: str | None = at("lastErrorCode")

    @property
    def has_failed(self) -> bool:
        """Whether the last delivery failed."""
        return self.last_status == "Failure"


@evidence
class DeliveryChannel(Resource):
    """Where the recorder delivers snapshots and history."""

    type_name: ClassVar = "AWS::Config::DeliveryChannel"
    arn_format: ClassVar = "arn:{partition}:config:{region}:{account}:delivery-channel/{channel}"
    channel: str = at("name")
    bucket: str | None = at("s3BucketName")
    topic_arn: str | None = at("snsTopicARN")


@evidence
class ConfigRule(Resource):
    """A rule, whoever made it: the account, Security Hub or a conformance pack."""

    type_name: ClassVar = "AWS::Config::ConfigRule"
    arn: str = at("ConfigRuleArn")
    rule: str = at("ConfigRuleName")
    identifier: str | None = at("Source.SourceIdentifier")
    """`INCOMING_SSH_DISABLED` for a managed rule, a function's ARN for a custom one."""
    state: str = at("ConfigRuleState")

    @property
    def is_active(self) -> bool:
        """Whether it evaluates; one that is just evaluating is active too."""
        return self.state in ("ACTIVE", "EVALUATING")


@evidence
class AggregatedAccounts(Evidence):
    """Accounts that an aggregator collects from."""

    accounts: Names = at("AccountIds")
    has_all_regions: bool = at("AllAwsRegions", absent=False)


@evidence
class ConfigAggregator(Resource):
    """An aggregator of configuration and compliance."""

    type_name: ClassVar = "AWS::Config::ConfigurationAggregator"
    arn: str = at("ConfigurationAggregatorArn")
    aggregator: str = at("ConfigurationAggregatorName")
    sources: tuple[AggregatedAccounts, ...] = at("AccountAggregationSources")
    organization_role: str | None = at("OrganizationAggregationSource.RoleArn")
    has_all_regions_of_organization: bool = at("OrganizationAggregationSource.AllAwsRegions", absent=False)

    def collects(self, account: str) -> bool:
        """Whether it brings all regions of an account together."""
        own = any(account in one.accounts and one.has_all_regions for one in self.sources)
        return own or self.has_all_regions_of_organization


@evidence
class AggregationAuthorization(Resource):
    """The right of another account's aggregator to collect from this one."""

    type_name: ClassVar = "AWS::Config::AggregationAuthorization"
    arn: str = at("AggregationAuthorizationArn")
    authorized_account: str = at("AuthorizedAccountId")
    authorized_region: str = at("AuthorizedAwsRegion")


recorders = listed(ConfigRecorder, call("config", "DescribeConfigurationRecorders"), "ConfigurationRecorders[]")
recorder_statuses = listed(
    ConfigRecorderStatus, call("config", "DescribeConfigurationRecorderStatus"), "ConfigurationRecordersStatus[]"
)
delivery_channels = listed(DeliveryChannel, call("config", "DescribeDeliveryChannels"), "DeliveryChannels[]")
rules = listed(
    ConfigRule,
    call("config", "DescribeConfigRules"),
    "ConfigRules[]",
    skip={"ConfigRuleState": ("DELETING", "DELETING_RESULTS")},
)
aggregators = listed(
    ConfigAggregator, call("config", "DescribeConfigurationAggregators", page=100), "ConfigurationAggregators[]"
)
aggregation_authorizations = listed(
    AggregationAuthorization,
    call("config", "DescribeAggregationAuthorizations", page=100),
    "AggregationAuthorizations[]",
)
