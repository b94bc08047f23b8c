from typing import Any

import pytest
from stores import bucket

from auditor.errors import Unread
from auditor.evidence.s3 import (
    AccessPoint,
    AccessPointPolicyStatus,
    AccessPointPublicAccessBlock,
    Bucket,
    BucketAcl,
    BucketEncryption,
    BucketEntry,
    BucketIntelligentTiering,
    BucketInventories,
    BucketLifecycle,
    BucketLogging,
    BucketNotifications,
    BucketOwnership,
    BucketPolicyStatus,
    BucketReplication,
    BucketVersioning,
    BucketWebsite,
    MultiRegionAccessPoint,
    ObjectLock,
    StorageLens,
    StorageLensEntry,
    bucket_name,
    replica_buckets,
)
from auditor.model import Region
from auditor.testing import ACCOUNT, REGION, every, gathered, made


@pytest.mark.parametrize(("answer", "region"), [(None, "us-east-1"), ("EU", "eu-west-1"), ("eu-north-1", "eu-north-1")])
def test_a_location_under_its_old_names(answer: str | None, region: str) -> None:
    entry = made(BucketEntry, Name="b")
    raw = {} if answer is None else {"LocationConstraint": answer}
    (one,) = gathered(Bucket, entry, GetBucketLocation=raw)
    assert (one.region, one.arn) == (region, "arn:aws:s3:::b")


def test_a_location_is_not_asked_where_it_is_listed() -> None:
    one = bucket("b", region="eu-north-1")
    assert one.region == "eu-north-1"
    assert every(one).by(bucket_name)["b"] == (one,)


def encryption(algorithm: str, key: str | None = None, **rule: Any) -> BucketEncryption:
    default = {"SSEAlgorithm": algorithm} | ({"KMSMasterKeyID": key} if key else {})
    return made(BucketEncryption, Rules=[{"ApplyServerSideEncryptionByDefault": default} | rule])


def test_whose_key_encrypts() -> None:
    plain = encryption("AES256")
    assert (plain.uses_kms, plain.uses_customer_key, plain.bucket_key) == (False, False, False)
    assert encryption("aws:kms").uses_kms
    assert not encryption("aws:kms").uses_customer_key
    assert not encryption("aws:kms", "arn:aws:kms:eu-west-1:1:alias/aws/s3").uses_customer_key
    own = encryption("aws:kms:dsse", "arn:aws:kms:eu-west-1:1:key/k", BucketKeyEnabled=True)
    assert (own.uses_customer_key, own.bucket_key) == (True, True)


def test_an_encryption_that_names_no_default_is_not_guessed() -> None:
    with pytest.raises(Unread):
        gathered(BucketEncryption, bucket(), GetBucketEncryption={"ServerSideEncryptionConfiguration": {"Rules": []}})


def rule(**raw: Any) -> Any:
    return made(BucketLifecycle, Rules=[{"Status": "Enabled"} | raw]).rules[0]


@pytest.mark.parametrize(
    ("raw", "words", "everything"),
    [
        ({"Filter": {}}, "every object", True),
        ({"Prefix": ""}, "every object", True),
        ({"Filter": {"Prefix": ""}}, "every object", True),
        ({"Prefix": "old/"}, "prefix old/", False),
        ({"Filter": {"Prefix": "a/"}}, "prefix a/", False),
        ({"Filter": {"Tag": {"Key": "kind", "Value": "x"}}}, "tag kind", False),
        (
            {"Filter": {"And": {"Prefix": "a/", "Tags": [{"Key": "k", "Value": "v"}, {"Key": "l", "Value": "w"}]}}},
            "prefix a/ and tag k and tag l",
            False,
        ),
        ({"Filter": {"ObjectSizeGreaterThan": 0}}, "every object", False),
        ({"Filter": {"And": {"Prefix": "", "ObjectSizeLessThan": 9}}}, "every object", False),
    ],
)
def test_what_a_rule_is_about(raw: dict[str, Any], words: str, everything: bool) -> None:
    one = rule(**raw)
    assert one.filter.is_everything is everything
    assert str(one.filter) == words


def test_what_becomes_of_objects() -> None:
    one = rule(
        ID="tidy",
        Filter={},
        Expiration={"Days": 365},
        Transitions=[{"Days": 30, "StorageClass": "GLACIER_IR"}],
        NoncurrentVersionExpiration={"NoncurrentDays": 90, "NewerNoncurrentVersions": 3},
        AbortIncompleteMultipartUpload={"DaysAfterInitiation": 7},
    )
    assert one.expires
    assert (one.transitions[0].days, one.transitions[0].storage_class) == (30, "GLACIER_IR")
    assert (one.noncurrent_expires_days, one.noncurrent_kept, one.aborts_uploads_days) == (90, 3, 7)
    markers = rule(Filter={}, Expiration={"ExpiredObjectDeleteMarker": True})
    assert (markers.expires, markers.cleans_delete_markers) == (False, True)
    both = made(BucketLifecycle, Rules=[{"Status": "Enabled", "ID": "a"}, {"Status": "Disabled", "ID": "b"}])
    assert [each.id for each in both.enabled] == ["a"]


def test_what_is_copied_where() -> None:
    away = {"Bucket": "arn:aws:s3:::twin", "Account": "210987654321", "ReplicationTime": {"Status": "Enabled"}}
    rules = [
        {"ID": "a", "Status": "Enabled", "Filter": {}, "Destination": away},
        {"ID": "b", "Status": "Disabled", "Filter": {}, "Destination": {"Bucket": "arn:aws:s3:::other"}},
    ]
    one = made(BucketReplication, Role="arn:role", Rules=rules)
    (copy,) = one.enabled
    assert (copy.destination, copy.destination_account, copy.time_control, copy.metrics) == (
        "twin",
        "210987654321",
        True,
        False,
    )
    assert not copy.kms_objects
    assert replica_buckets(one) == {"twin"}


def test_a_replication_filter_that_leaves_out() -> None:
    rules = [
        {"Status": "Enabled", "Filter": {"Not": {"Prefix": "tmp/"}}, "Destination": {"Bucket": "arn:aws:s3:::twin"}}
    ]
    (copy,) = made(BucketReplication, Rules=rules).rules
    assert not copy.filter.is_everything
    assert str(copy.filter) == "an exclusion"


def test_versioning_logging_ownership_and_website() -> None:
    assert made(BucketVersioning, {}).status == "Disabled"
    assert not made(BucketVersioning, Status="Suspended").enabled
    assert made(BucketLogging, {}).target is None
    assert made(BucketLogging, LoggingEnabled={"TargetBucket": "logs", "TargetPrefix": "a/"}).target == "logs"
    assert made(BucketOwnership, Rules=[{"ObjectOwnership": "BucketOwnerEnforced"}]).disables_acls
    assert not made(BucketOwnership, Rules=[{"ObjectOwnership": "ObjectWriter"}]).disables_acls
    assert made(BucketPolicyStatus, IsPublic=True).is_public
    assert made(BucketWebsite, IndexDocument={"Suffix": "index.html"}).index == "index.html"


def test_grants_to_everyone() -> None:
    groups = "http://acs.amazonaws.com/groups"
    grants = [
        {"Grantee": {"Type": "CanonicalUser", "ID": "me"}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "Group", "URI": f"{groups}/global/AllUsers"}, "Permission": "READ"},
        {"Grantee": {"Type": "Group", "URI": f"{groups}/global/AuthenticatedUsers"}, "Permission": "WRITE"},
        {"Grantee": {"Type": "Group", "URI": f"{groups}/s3/LogDelivery"}, "Permission": "WRITE"},
    ]
    one = made(BucketAcl, Owner={"ID": "me"}, Grants=grants)
    assert [grant.permission for grant in one.public] == ["READ", "WRITE"]


def test_locks() -> None:
    bare = made(ObjectLock, ObjectLockEnabled="Enabled")
    assert (bare.locks_by_default, bare.retention_days) == (False, 0)
    years = made(ObjectLock, ObjectLockEnabled="Enabled", Rule={"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 2}})
    assert (years.locks_by_default, years.retention_days, years.mode) == (True, 730, "GOVERNANCE")


def test_where_events_go() -> None:
    wanted = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}
    one = made(
        BucketNotifications,
        QueueConfigurations=[{"QueueArn": "arn:q", "Events": ["s3:ObjectCreated:*"], "Filter": wanted}],
        TopicConfigurations=[{"TopicArn": "arn:t", "Events": []}],
        LambdaFunctionConfigurations=[{"LambdaFunctionArn": "arn:f", "Events": []}],
        EventBridgeConfiguration={},
    )
    assert [each.target for each in one.all] == ["arn:t", "arn:q", "arn:f"]
    assert one.queues[0].key_filter == {"prefix": "in/"}
    assert one.to_event_bridge
    nothing = made(BucketNotifications, {})
    assert (nothing.all, nothing.to_event_bridge) == ((), False)


def test_tiers_and_inventories() -> None:
    tiers = [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}]
    (tiering,) = made(
        BucketIntelligentTiering,
        IntelligentTieringConfigurationList=[{"Id": "t", "Status": "Enabled", "Tierings": tiers}],
    ).configurations
    assert tiering.tiers == {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}
    inventories = [{"Id": "i", "IsEnabled": True, "Schedule": {"Frequency": "Weekly"}}]
    (listing,) = made(BucketInventories, InventoryConfigurationList=inventories).inventories
    assert (listing.enabled, listing.frequency) == (True, "Weekly")


POINT = {
    "Name": "analysts",
    "Bucket": "b",
    "NetworkOrigin": "VPC",
    "VpcConfiguration": {"VpcId": "vpc-1"},
    "AccessPointArn": "arn:aws:s3:eu-west-1:123456789012:accesspoint/analysts",
}


def test_an_access_point() -> None:
    (one,) = gathered(AccessPoint, REGION, ListAccessPoints={"AccessPointList": [POINT]})
    assert (one.access_point, one.bucket, one.vpc, one.owner) == ("analysts", "b", "vpc-1", "123456789012")
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy"), True)
    assert made(AccessPointPublicAccessBlock, block | {"RestrictPublicBuckets": False}).off == (
        "RestrictPublicBuckets",
    )
    assert not made(AccessPointPolicyStatus, IsPublic=False).is_public


def test_a_multi_region_access_point() -> None:
    buckets = [{"Bucket": "a", "Region": "eu-west-1"}, {"Bucket": "b", "Region": "us-east-1"}]
    one = made(MultiRegionAccessPoint, Name="global", Alias="m1.mrap", Status="READY", Regions=buckets)
    assert one.arn == "arn:aws:s3::123456789012:accesspoint/m1.mrap"
    assert [place.region for place in one.buckets] == ["eu-west-1", "us-east-1"]


def test_storage_lens_is_listed_by_its_home() -> None:
    entry = {
        "Id": "default-account-dashboard",
        "StorageLensArn": "arn:aws:s3:us-east-1:123456789012:storage-lens/default-account-dashboard",
        "HomeRegion": "us-east-1",
        "IsEnabled": True,
    }
    answer = {"StorageLensConfigurationList": [entry]}
    assert gathered(StorageLensEntry, REGION, ListStorageLensConfigurations=answer) == ()
    (one,) = gathered(StorageLensEntry, Region("us-east-1", ACCOUNT), ListStorageLensConfigurations=answer)
    assert (one.id, one.owner, one.enabled) == ("default-account-dashboard", "123456789012", True)
    bucket_level = {"AdvancedCostOptimizationMetrics": {"IsEnabled": True}}
    lens = made(
        StorageLens, Id="x", AccountLevel={"BucketLevel": bucket_level}, Include={"Buckets": ["arn:aws:s3:::b"]}
    )
    assert (lens.bucket_cost_metrics, lens.prefix_metrics, lens.buckets) == (True, False, ("arn:aws:s3:::b",))
