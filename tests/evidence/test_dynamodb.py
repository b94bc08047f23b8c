import json

from stores import FRANKFURT, US, expiry, recovery, replica, table

from auditor.evidence.dynamodb import Table, TableEntry, TableExport, TablePolicy, table_name
from auditor.testing import REGION, every, gathered, made


def test_a_table_that_was_never_on_demand_is_provisioned() -> None:
    one = table(ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6})
    assert one.is_provisioned
    assert (one.read_units, one.write_units, one.name) == (5, 6, "orders")
    on_demand = table(
        BillingModeSummary={"BillingMode": "PAY_PER_REQUEST"}, OnDemandThroughput={"MaxReadRequestUnits": 9}
    )
    assert not on_demand.is_provisioned
    assert on_demand.max_on_demand_reads == 9


def test_replicas_of_a_global_table() -> None:
    one = table(
        Replicas=[replica(US), replica(FRANKFURT, "REGION_DISABLED"), replica("eu-north-1", "CREATING")],
        MultiRegionConsistency="STRONG",
    )
    assert one.is_global
    assert one.is_strongly_consistent
    assert one.active_regions == (US,)
    assert [there.region for there in one.replicas if there.is_broken] == [FRANKFURT]
    assert not table().is_global


def test_all_replicas_are_found_by_the_name() -> None:
    here, there = table(), table(region=US)
    assert every(here, there, table("other")).by(table_name)["orders"] == (here, there)


def test_keys_streams_indexes_and_encryption() -> None:
    one = table(
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        GlobalSecondaryIndexes=[{"IndexName": "by-date", "ProvisionedThroughput": {"WriteCapacityUnits": 2}}],
        SSEDescription={"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:key"},
        RestoreSummary={"SourceTableArn": "arn:old"},
    )
    assert one.keys == {"id": "HASH", "at": "RANGE"}
    assert one.streams
    assert (one.indexes[0].index, one.indexes[0].write_units) == ("by-date", 2)
    assert (one.kms_key, one.restored_from) == ("arn:key", "arn:old")
    plain = table()
    assert (plain.streams, plain.kms_key, plain.table_class) == (False, None, "STANDARD")


def test_a_table_that_goes_or_is_gone_is_none() -> None:
    entry = made(TableEntry, "orders")
    assert entry.arn == "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"
    assert gathered(Table, entry, DescribeTable={"Table": {"TableName": "orders", "TableStatus": "DELETING"}}) == ()
    assert table(TableStatus="UPDATING").is_active
    assert not table(TableStatus="ARCHIVED").is_active


def test_how_far_point_in_time_recovery_reaches_back() -> None:
    assert recovery().reach_days == 35
    assert recovery(days=3).reach_days == 3
    assert recovery(days=None).reach_days == 35
    assert recovery("DISABLED", None).reach_days == 0


def test_expiry() -> None:
    assert expiry("ENABLED").enabled
    assert expiry("ENABLING").enabled
    assert not expiry("DISABLED").enabled


def test_a_policy_of_a_table() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": "*"}
    one = made(TablePolicy, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    assert one.document.allowing[0].names_anyone


def test_exports_of_a_region() -> None:
    details = {"ExportArn": "arn:e", "TableArn": "arn:t", "S3Bucket": "lake", "ExportStatus": "COMPLETED"}
    (one,) = gathered(
        TableExport,
        REGION,
        ListExports={"ExportSummaries": [{"ExportArn": "arn:e"}]},
        DescribeExport={"ExportDescription": details},
    )
    assert (one.table_arn, one.bucket, one.status) == ("arn:t", "lake", "COMPLETED")
