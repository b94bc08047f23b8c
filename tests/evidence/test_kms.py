import json
from typing import Any

from auditor.evidence.kms import Alias, Key, KeyEntry, KeyPolicy, KeyRotation
from auditor.testing import HOME, ago, gathered, made

ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ENTRY = made(KeyEntry, KeyId=ARN.rpartition("/")[2], KeyArn=ARN)


def keys(**changes: Any) -> tuple[Key, ...]:
    metadata = {
        "KeyId": ENTRY.key_id,
        "Arn": ARN,
        "CreationDate": ago(days=400),
        "Enabled": True,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "MultiRegion": False,
    }
    found: tuple[Key, ...] = gathered(Key, ENTRY, DescribeKey={"KeyMetadata": metadata | changes})
    return found


def test_a_customer_managed_key() -> None:
    (key,) = keys()
    assert key.arn == ARN
    assert key.region == HOME
    assert key.is_enabled
    assert key.is_symmetric
    assert not key.is_replica
    assert key.replica_regions == ()
    assert key.deletion_date is None


def test_a_key_that_a_service_manages_is_left_out() -> None:
    assert keys(KeyManager="AWS") == ()


def test_a_key_that_waits_for_deletion() -> None:
    (key,) = keys(KeyState="PendingDeletion", Enabled=False, DeletionDate=ago(days=-7))
    assert not key.is_enabled
    assert key.deletion_date is not None


def test_the_copies_of_a_multi_region_key() -> None:
    regions = {
        "MultiRegionKeyType": "PRIMARY",
        "PrimaryKey": {"Arn": ARN, "Region": HOME},
        "ReplicaKeys": [{"Arn": ARN.replace(HOME, "us-east-1"), "Region": "us-east-1"}],
    }
    (primary,) = keys(MultiRegion=True, MultiRegionConfiguration=regions)
    assert primary.replica_regions == ("us-east-1",)
    (replica,) = keys(MultiRegion=True, MultiRegionConfiguration={**regions, "MultiRegionKeyType": "REPLICA"})
    assert replica.is_replica


def test_the_policy_of_a_key() -> None:
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    policy = made(KeyPolicy, Policy=json.dumps({"Statement": [everyone]}), PolicyName="default")
    assert policy.document.statements[0].names_anyone


def test_rotation_and_its_period() -> None:
    rotation = made(KeyRotation, KeyRotationEnabled=True, RotationPeriodInDays=180)
    assert rotation.enabled
    assert rotation.period_days == 180
    assert made(KeyRotation, KeyRotationEnabled=False).period_days is None


def test_aliases_tell_the_keys_of_services() -> None:
    prefix = "arn:aws:kms:eu-west-1:123456789012"
    service = made(Alias, AliasName="alias/aws/rds", AliasArn=f"{prefix}:alias/aws/rds")
    assert service.is_aws_managed
    assert service.key_id is None
    own = made(Alias, AliasName="alias/shop", AliasArn=f"{prefix}:alias/shop", TargetKeyId=ENTRY.key_id)
    assert not own.is_aws_managed
    assert own.key_id == ENTRY.key_id
