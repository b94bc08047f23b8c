"""Amazon CloudWatch Logs: log groups, metric filters, and the delivery of logs that services vend."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import listed


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _group_arn(arn: str) -> str:
    """The `arn` of a log group ends with `:*`; other services and the Tagging API name it without."""
    return arn.removesuffix(":*")


@evidence
class LogGroup(Resource):
    """A log group."""

    type_name: ClassVar = "AWS::Logs::LogGroup"
    name_format: ClassVar = "{log_group}"
    arn: str = at("arn", parse=_group_arn)
    log_group: str = at("logGroupName")
    retention_days: int | None = at("retentionInDays")
    kms_key: str | None = at("kmsKeyId")
    stored_bytes: int = at("storedBytes")
    created: datetime = at("creationTime", parse=_moment)
    log_class: str = at("logGroupClass", absent="STANDARD")

    @property
    def never_expires(self) -> bool:
        """Whether its events are kept for ever; groups of the class DELIVERY are kept for two days by the service."""
        return self.retention_days is None and self.log_class != "DELIVERY"

    def keeps_for(self, days: int) -> bool:
        """Whether its events are kept at least so many days."""
        return self.never_expires or (self.retention_days or 0) >= days


log_groups = listed(LogGroup, call("logs", "DescribeLogGroups"), "logGroups[]")


@evidence
class MetricTransformation(Evidence):
    """The metric that a filter writes."""

    namespace: str = at("metricNamespace")
    metric: str = at("metricName")


@evidence
class MetricFilter(Resource):
    """A metric filter; it has no ARN of AWS's, so its log group's is lengthened."""

    type_name: ClassVar = "AWS::Logs::MetricFilter"
    arn_format: ClassVar = "arn:{partition}:logs:{region}:{account}:log-group:{log_group}:metric-filter:{filter_name}"
    filter_name: str = at("filterName")
    log_group: str = at("logGroupName")
    pattern: str = at("filterPattern", absent="")
    transformations: tuple[MetricTransformation, ...] = at("metricTransformations")


metric_filters = listed(MetricFilter, call("logs", "DescribeMetricFilters"), "metricFilters[]")


@evidence
class DeliverySource(Resource):
    """A resource whose logs a service vends through CloudWatch Logs (CloudFront's access logs are in us-east-1)."""

    type_name: ClassVar = "AWS::Logs::DeliverySource"
    arn: str = at("arn")
    source_name: str = at("name")
    resource_arns: tuple[str, ...] = at("resourceArns")
    service: str = at("service")
    log_type: str = at("logType")
    tags: Mapping[str, str] = at("tags")


delivery_sources = listed(DeliverySource, call("logs", "DescribeDeliverySources"), "deliverySources[]")


@evidence
class Delivery(Resource):
    """The link of a delivery source to where its logs go."""

    type_name: ClassVar = "AWS::Logs::Delivery"
    arn: str = at("arn")
    source_name: str = at("deliverySourceName")
    destination_arn: str = at("deliveryDestinationArn")
    destination_type: str = at("deliveryDestinationType")
    tags: Mapping[str, str] = at("tags")


deliveries = listed(Delivery, call("logs", "DescribeDeliveries"), "deliveries[]")
