import json
from typing import Any

from auditor.evidence.ec2 import ImageBlockPublicAccess, Instance, SnapshotBlockPublicAccess
from auditor.evidence.ssm import DocumentSharing, ManagedInstance, SessionPreferences
from auditor.inference.regions import RegionUse
from auditor.testing import FAIL, NOT_APPLICABLE, PASS, REGION, UNKNOWN, case, cases, every, gap, made

IDLE = RegionUse({"instance": every()})
BUSY = RegionUse({"instance": every(made(Instance, InstanceId="i-1"))})
UNREAD = RegionUse({"instance": every(gaps=(gap("ec2:DescribeInstances"),))})


def states(images: str, snapshots: str, documents: str) -> tuple[Any, ...]:
    return (
        made(ImageBlockPublicAccess, ImageBlockPublicAccessState=images),
        made(SnapshotBlockPublicAccess, State=snapshots),
        made(DocumentSharing, SettingValue=documents),
    )


BLOCKED = states("block-new-sharing", "block-all-sharing", "Disable")

test_ec2_public_sharing_not_blocked = cases(
    "ec2_public_sharing_not_blocked",
    case("all blocked", PASS, REGION, *BLOCKED, BUSY),
    case("new snapshots blocked", PASS, REGION, *states("block-new-sharing", "block-new-sharing", "Disable"), BUSY),
    case("images", FAIL, REGION, *states("unblocked", "block-all-sharing", "Disable"), BUSY, because="images may"),
    case(
        "snapshots", FAIL, REGION, *states("block-new-sharing", "unblocked", "Disable"), BUSY, because="snapshots may"
    ),
    case(
        "documents",
        FAIL,
        REGION,
        *states("block-new-sharing", "block-all-sharing", "Enable"),
        BUSY,
        because="documents",
    ),
    case(
        "everything",
        FAIL,
        REGION,
        *states("unblocked", "unblocked", "Enable"),
        BUSY,
        because="images and snapshots and",
    ),
    case("an idle region", NOT_APPLICABLE, REGION, *states("unblocked", "unblocked", "Enable"), IDLE),
    case("a region that could not be read", UNKNOWN, REGION, *BLOCKED, UNREAD),
)

MACHINES = every(made(ManagedInstance, InstanceId="i-1", PingStatus="Online"))


def preferences(**inputs: Any) -> SessionPreferences:
    return made(SessionPreferences, Content=json.dumps({"schemaVersion": "1.0", "inputs": inputs}))


test_ssm_session_logging_missing = cases(
    "ssm_session_logging_missing",
    case(
        "an encrypted log group",
        PASS,
        REGION,
        preferences(cloudWatchLogGroupName="/ssm", cloudWatchEncryptionEnabled=True),
        MACHINES,
        because="/ssm",
    ),
    case("an encrypted bucket", PASS, REGION, preferences(s3BucketName="b", s3EncryptionEnabled=True), MACHINES),
    case("never set", FAIL, REGION, None, MACHINES, because="1 managed instances"),
    case("logged nowhere", FAIL, REGION, preferences(cloudWatchLogGroupName=""), MACHINES, because="nowhere"),
    case(
        "not encrypted",
        FAIL,
        REGION,
        preferences(s3BucketName="b", s3EncryptionEnabled=False, cloudWatchEncryptionEnabled=False),
        MACHINES,
        because="logged to b",
    ),
    case("no machine", NOT_APPLICABLE, REGION, None, every()),
    case("denied", UNKNOWN, REGION, None, every(gaps=(gap("ssm:DescribeInstanceInformation"),))),
)
