import json

import pytest
from stores import FRANKFURT, file_system

from auditor.evidence.efs import (
    FileSystem,
    FileSystemBackupPolicy,
    FileSystemPolicy,
    FileSystemReplication,
    MountTarget,
    MountTargetSecurityGroups,
)
from auditor.testing import ago, gathered, made


def test_a_file_system() -> None:
    one = file_system(SizeInBytes={"Value": 6144}, Tags=[{"Key": "Name", "Value": "uploads"}])
    assert (one.name, one.size_bytes, one.zone, one.is_replica) == ("uploads", 6144, None, False)
    assert one.is_available
    assert file_system(LifeCycleState="updating").is_available
    assert not file_system(LifeCycleState="error").is_available


@pytest.mark.parametrize(("protection", "expected"), [("REPLICATING", True), ("ENABLED", False), ("DISABLED", False)])
def test_the_destination_of_a_replication(protection: str, expected: bool) -> None:
    assert file_system(FileSystemProtection={"ReplicationOverwriteProtection": protection}).is_replica is expected


def test_a_file_system_that_is_being_deleted_is_none() -> None:
    items = [
        {"FileSystemId": state, "FileSystemArn": state, "LifeCycleState": state} for state in ("deleting", "creating")
    ]
    assert [one.id for one in gathered(FileSystem, DescribeFileSystems={"FileSystems": items})] == ["creating"]


def test_a_mount_target_and_its_security_groups() -> None:
    one = made(
        MountTarget,
        MountTargetId="fsmt-1",
        FileSystemId="fs-1",
        SubnetId="subnet-a",
        AvailabilityZoneName="eu-west-1a",
        under=file_system(),
    )
    assert one.enclosing(FileSystem).id == "fs-1"
    assert (one.subnet, one.zone) == ("subnet-a", "eu-west-1a")
    assert made(MountTargetSecurityGroups, SecurityGroups=["sg-1"]).groups == ("sg-1",)


def test_a_policy_and_a_backup_policy() -> None:
    denial = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Action": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    one = made(FileSystemPolicy, FileSystemId="fs-1", Policy=json.dumps({"Statement": [denial]}))
    assert one.document.denying[0].values_of("aws:SecureTransport") == ("false",)
    assert made(FileSystemBackupPolicy, Status="ENABLING").enabled
    assert not made(FileSystemBackupPolicy, Status="DISABLED").enabled


def test_where_a_file_system_is_replicated_to() -> None:
    there = {
        "Status": "ENABLED",
        "FileSystemId": "fs-2",
        "Region": FRANKFURT,
        "LastReplicatedTimestamp": ago(minutes=3),
    }
    one = made(
        FileSystemReplication,
        SourceFileSystemId="fs-1",
        SourceFileSystemRegion="eu-west-1",
        Destinations=[there, {"Status": "ENABLING", "Region": "eu-north-1"}],
    )
    assert one.arn.endswith("file-system/fs-1/replication-configuration")
    assert [(place.region, place.last_synced is not None) for place in one.destinations] == [
        (FRANKFURT, True),
        ("eu-north-1", False),
    ]
