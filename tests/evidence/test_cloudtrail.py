from typing import Any

from auditor.evidence.cloudtrail import (
    EventDataStore,
    EventDataStoreDetail,
    EventSelectors,
    InsightSelectors,
    Trail,
    TrailStatus,
)
from auditor.model import Region
from auditor.testing import ACCOUNT, ago, gathered, made

ARN = "arn:aws:cloudtrail:eu-west-1:123456789012:trail/main"
MAIN = {
    "Name": "main",
    "TrailARN": ARN,
    "HomeRegion": "eu-west-1",
    "IsMultiRegionTrail": True,
    "IncludeGlobalServiceEvents": True,
    "LogFileValidationEnabled": True,
    "S3BucketName": "logs",
}


def trails(region: str, *raw: dict[str, Any]) -> tuple[Trail, ...]:
    found: tuple[Trail, ...] = gathered(Trail, Region(region, ACCOUNT), DescribeTrails={"trailList": list(raw)})
    return found


def selectors(**raw: Any) -> EventSelectors:
    return made(EventSelectors, **raw)


def advanced(*fields: dict[str, Any]) -> EventSelectors:
    return selectors(AdvancedEventSelectors=[{"FieldSelectors": list(fields)}])


MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def test_a_trail_says_what_it_covers() -> None:
    (trail,) = trails("eu-west-1", MAIN)
    assert trail.arn == ARN
    assert trail.owner == "123456789012"
    assert trail.kms_key is None
    assert trail.covers("us-east-1")
    (single,) = trails("eu-west-1", MAIN | {"IsMultiRegionTrail": False})
    assert single.covers("eu-west-1")
    assert not single.covers("us-east-1")


def test_a_multi_region_trail_is_taken_in_its_home_region_only() -> None:
    assert len(trails("eu-west-1", MAIN)) == 1
    assert trails("us-east-1", MAIN) == ()


def test_a_trail_of_a_region_that_is_not_scanned_is_taken_once_with_its_own_region() -> None:
    foreign = MAIN | {"HomeRegion": "ap-south-1", "TrailARN": "arn:aws:cloudtrail:ap-south-1:999999999999:trail/org"}
    (trail,) = trails(ACCOUNT.regions[0], foreign)
    assert trail.region == "ap-south-1"
    assert trail.owner == "999999999999"
    assert trails(ACCOUNT.regions[1], foreign) == ()


def test_status() -> None:
    status = made(TrailStatus, IsLogging=True, LatestDeliveryTime=ago(hours=1), LatestDeliveryError="NoSuchBucket")
    assert status.is_logging
    assert status.delivery_error == "NoSuchBucket"
    assert status.delivered is not None
    assert made(TrailStatus, IsLogging=False).delivered is None


def test_a_trail_without_selectors_records_all_management_events() -> None:
    default = selectors()
    assert default.has_management_reads
    assert default.has_management_writes
    assert default.has_management_source("kms.amazonaws.com")
    assert not default.has_data_events("AWS::S3::Object", "arn:aws:s3:::b/key")


def test_basic_selectors() -> None:
    writes = selectors(EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}])
    assert writes.has_management_writes
    assert not writes.has_management_reads
    assert not writes.has_management_source("secretsmanager.amazonaws.com")
    without_kms = selectors(
        EventSelectors=[{"ReadWriteType": "All", "ExcludeManagementEventSources": ["kms.amazonaws.com"]}]
    )
    assert without_kms.has_management_reads
    assert not without_kms.has_management_source("kms.amazonaws.com")
    data = selectors(
        EventSelectors=[
            {
                "IncludeManagementEvents": False,
                "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::lake/"]}],
            }
        ]
    )
    assert not data.has_management_writes
    assert data.has_data_events("AWS::S3::Object", "arn:aws:s3:::lake/raw/x")
    assert not data.has_data_events("AWS::S3::Object", "arn:aws:s3:::other/x")
    assert not data.has_data_events("AWS::Lambda::Function", "arn:aws:s3:::lake/raw/x")


def test_advanced_selectors() -> None:
    everything = advanced(MANAGEMENT)
    assert everything.has_management_reads
    assert everything.has_management_writes
    writes = advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]})
    assert writes.has_management_writes
    assert not writes.has_management_reads
    without_kms = advanced(MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]})
    assert without_kms.has_management_reads
    assert not without_kms.has_management_source("kms.amazonaws.com")
    assert without_kms.has_management_source("ssm.amazonaws.com")
    one_source = advanced(MANAGEMENT, {"Field": "eventSource", "Equals": ["sts.amazonaws.com"]})
    assert not one_source.has_management_reads
    data = advanced(
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::logs/"]},
    )
    assert not data.has_management_reads
    assert data.has_data_events("AWS::S3::Object", "arn:aws:s3:::lake/x")
    assert not data.has_data_events("AWS::S3::Object", "arn:aws:s3:::logs/x")


def test_insight_selectors() -> None:
    found = made(InsightSelectors, InsightSelectors=[{"InsightType": "ApiCallRateInsight"}])
    assert found.kinds == ("ApiCallRateInsight",)


def test_event_data_stores() -> None:
    arn = "arn:aws:cloudtrail:eu-west-1:123456789012:eventdatastore/1"
    store = made(EventDataStore, EventDataStoreArn=arn, Name="lake")
    assert store.name == "1"
    detail = made(
        EventDataStoreDetail,
        Status="ENABLED",
        RetentionPeriod=2557,
        MultiRegionEnabled=True,
        AdvancedEventSelectors=[{"FieldSelectors": [MANAGEMENT]}],
        under=store,
    )
    assert detail.is_enabled
    assert detail.has_management_events
    assert detail.retention_days == 2557
    assert not made(EventDataStoreDetail, Status="STOPPED_INGESTION", under=store).is_enabled
