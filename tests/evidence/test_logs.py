from datetime import UTC, datetime

from auditor.evidence.logs import Delivery, DeliverySource, LogGroup, MetricFilter
from auditor.testing import made

GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/app"


def test_a_log_group_is_named_without_the_wildcard() -> None:
    group = made(LogGroup, arn=f"{GROUP}:*", logGroupName="/app", creationTime=1_700_000_000_000, storedBytes=5)
    assert group.arn == GROUP
    assert group.created == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert group.never_expires
    assert group.keeps_for(3653)


def test_retention() -> None:
    group = made(LogGroup, arn=GROUP, logGroupName="/app", retentionInDays=30)
    assert not group.never_expires
    assert group.keeps_for(30)
    assert not group.keeps_for(31)
    assert not made(LogGroup, arn=GROUP, logGroupName="/app", logGroupClass="DELIVERY").never_expires


def test_metric_filters() -> None:
    transformation = {"metricNamespace": "Audit", "metricName": "RootUse", "metricValue": "1"}
    found = made(
        MetricFilter,
        filterName="root",
        logGroupName="/trail",
        filterPattern='{ $.userIdentity.type = "Root" }',
        metricTransformations=[transformation],
    )
    assert found.arn == "arn:aws:logs:eu-west-1:123456789012:log-group:/trail:metric-filter:root"
    assert [(one.namespace, one.metric) for one in found.transformations] == [("Audit", "RootUse")]
    assert "Root" in found.pattern


def test_vended_logs() -> None:
    distribution = "arn:aws:cloudfront::123456789012:distribution/E1"
    source = made(
        DeliverySource,
        arn="arn:aws:logs:us-east-1:123456789012:delivery-source:cf",
        name="cf",
        resourceArns=[distribution],
        service="cloudfront",
        logType="ACCESS_LOGS",
        region="us-east-1",
    )
    delivery = made(
        Delivery,
        arn="arn:aws:logs:us-east-1:123456789012:delivery:1",
        deliverySourceName="cf",
        deliveryDestinationArn="arn:aws:logs:us-east-1:123456789012:delivery-destination:s3",
        deliveryDestinationType="S3",
    )
    assert distribution in source.resource_arns
    assert delivery.source_name == source.source_name
