from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.ec2 import (
    AvailabilityZone,
    CreditSpecification,
    EbsDefaultKey,
    EbsEncryptionByDefault,
    EbsSnapshotSharing,
    Image,
    ImageBlockPublicAccess,
    ImageSharing,
    Instance,
    InstanceStatus,
    InstanceType,
    InstanceUserData,
    KeyPairs,
    LaunchTemplate,
    LaunchTemplateVersion,
    OfferedInstanceTypes,
    PublicSnapshot,
    SharedSnapshot,
    Snapshot,
    SnapshotBlockPublicAccess,
    Volume,
)
from auditor.registry import load
from auditor.testing import REGION, Canned, _run, gathered, made
from auditor.wiring import Batch

RAW: dict[str, Any] = {
    "InstanceId": "i-0abc",
    "ImageId": "ami-1",
    "InstanceType": "t3.micro",
    "State": {"Code": 16, "Name": "running"},
    "StateTransitionReason": "",
    "LaunchTime": "2026-01-01T10:00:00+00:00",
    "Placement": {"AvailabilityZone": "eu-west-1a", "Tenancy": "default"},
    "Architecture": "x86_64",
    "SecurityGroups": [{"GroupId": "sg-1", "GroupName": "web"}],
    "NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}],
    "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/web"},
    "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2},
    "Monitoring": {"State": "disabled"},
    "PlatformDetails": "Linux/UNIX",
    "RootDeviceName": "/dev/xvda",
    "RootDeviceType": "ebs",
    "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeId": "vol-1", "DeleteOnTermination": True}}],
    "Tags": [{"Key": "Name", "Value": "web-1"}, {"Key": "aws:autoscaling:groupName", "Value": "web"}],
}


def instance(**fields: Any) -> Instance:
    return made(Instance, RAW | fields)


def test_an_instance_speaks_of_itself() -> None:
    one = instance()
    assert one.arn == "arn:aws:ec2:eu-west-1:123456789012:instance/i-0abc"
    assert one.name == "web-1"
    assert one.is_running
    assert one.stopped_at is None
    assert one.launched == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert one.security_groups == ("sg-1",)
    assert one.volumes == ("vol-1",)
    assert one.auto_scaling_group == "web"
    assert one.family == "t3"
    assert one.is_burstable
    assert one.public_ip is None
    assert not one.is_windows
    assert not one.is_managed
    assert not one.is_eks_node


def test_an_on_demand_instance_sends_no_lifecycle() -> None:
    assert instance().lifecycle == "on-demand"
    assert instance(InstanceLifecycle="spot").is_spot


def test_version_1_of_the_metadata_service() -> None:
    options = RAW["MetadataOptions"]
    assert instance().allows_imdsv1
    assert instance().metadata_hop_limit == 2
    assert not instance(MetadataOptions=options | {"HttpTokens": "required"}).allows_imdsv1
    assert not instance(MetadataOptions=options | {"HttpEndpoint": "disabled"}).allows_imdsv1
    with pytest.raises(Unread):
        assert instance(MetadataOptions={}).allows_imdsv1


def test_a_stopped_instance_tells_since_when() -> None:
    stopped = {"State": {"Code": 80, "Name": "stopped"}}
    by_user = instance(**stopped, StateTransitionReason="User initiated (2026-02-03 04:05:06 GMT)")
    assert by_user.stopped_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert instance(**stopped, StateTransitionReason="Client.InstanceInitiatedShutdown").stopped_at is None


@pytest.mark.parametrize(
    ("instance_type", "burstable"),
    [("t2.nano", True), ("t4g.small", True), ("trn1.2xlarge", False), ("m5.large", False)],
)
def test_burstable_types(instance_type: str, *, burstable: bool) -> None:
    assert instance(InstanceType=instance_type).is_burstable is burstable


def test_terminated_instances_are_none() -> None:
    states = ("running", "stopped", "terminated", "shutting-down", "pending")
    raws = [RAW | {"InstanceId": f"i-{state}", "State": {"Name": state}} for state in states]
    found = gathered(Instance, REGION, DescribeInstances={"Reservations": [{"Instances": raws}]})
    assert [one.id for one in found] == ["i-running", "i-stopped", "i-pending"]


def test_nodes_of_kubernetes() -> None:
    assert instance(Tags=[{"Key": "kubernetes.io/cluster/shop", "Value": "owned"}]).is_eks_node
    assert instance(Tags=[{"Key": "eks:cluster-name", "Value": "shop"}]).is_eks_node
    assert instance(Tags=[{"Key": "karpenter.sh/nodepool", "Value": "default"}]).is_karpenter_node


def test_types_are_asked_once_each() -> None:
    batch = Batch([instance(), instance(InstanceId="i-2"), instance(InstanceId="i-3", InstanceType="m5.large")])
    answers = Canned(
        {
            "DescribeInstanceTypes": {
                "InstanceTypes": [
                    {"InstanceType": "t3.micro", "CurrentGeneration": True, "Hypervisor": "nitro", "BareMetal": False}
                ]
            }
        }
    )
    (collector,) = (one for one in load().collectors if one.provides is InstanceType)
    found = _run(collector, batch, answers)
    assert answers.requests[0].params["InstanceTypes"] == ["m5.large", "t3.micro"]
    assert set(found) == {batch[0].arn, batch[1].arn}
    assert found[batch[0].arn].is_current
    assert found[batch[0].arn].hypervisor == "nitro"


def test_offers_of_all_pages() -> None:
    pages = [{"InstanceTypeOfferings": [{"InstanceType": name}]} for name in ("m5.large", "m7i.large")]
    found = gathered(OfferedInstanceTypes, REGION, DescribeInstanceTypeOfferings=pages)
    assert found.families == {"m5", "m7i"}


def test_credits_are_asked_for_burstable_instances_only() -> None:
    burstable, fixed = instance(), instance(InstanceId="i-2", InstanceType="m5.large")
    answer = {"InstanceCreditSpecifications": [{"InstanceId": burstable.id, "CpuCredits": "unlimited"}]}
    found = gathered(CreditSpecification, Batch([burstable, fixed]), DescribeInstanceCreditSpecifications=answer)
    assert found[burstable.arn].is_unlimited
    assert fixed.arn not in found
    assert gathered(CreditSpecification, Batch([fixed]), DescribeInstanceCreditSpecifications={}) == {}


def test_user_data() -> None:
    marked = made(InstanceUserData, {"Value": "export DB_PASSWORD=[redacted password 1a2b3c4d]"})
    assert marked.secrets == ("password",)
    assert made(InstanceUserData, {}).text is None
    assert made(InstanceUserData, {}).secrets == ()


def test_user_data_of_an_instance_that_is_gone() -> None:
    with pytest.raises(Absent):
        gathered(InstanceUserData, instance(), DescribeInstanceAttribute=Absent("InvalidInstanceID.NotFound"))


def test_the_status_of_an_instance() -> None:
    events = [
        {"Code": "system-reboot", "Description": "scheduled reboot", "NotBefore": "2026-12-01T00:00:00+00:00"},
        {"Code": "instance-stop", "Description": "[Completed] The instance is running on degraded hardware"},
    ]
    status = made(
        InstanceStatus,
        InstanceId="i-1",
        SystemStatus={"Status": "impaired"},
        InstanceStatus={"Status": "ok"},
        Events=events,
    )
    assert status.arn == "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"
    assert status.impaired == ("system",)
    assert [event.code for event in status.pending_events] == ["system-reboot"]
    assert status.pending_events[0].not_before == datetime(2026, 12, 1, tzinfo=UTC)


def test_a_volume() -> None:
    volume = made(
        Volume,
        VolumeId="vol-1",
        VolumeType="gp2",
        Size=100,
        State="in-use",
        Encrypted=False,
        Attachments=[{"InstanceId": "i-1", "Device": "/dev/sdf", "DeleteOnTermination": False}],
    )
    assert volume.arn == "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1"
    assert volume.is_attached
    assert not volume.is_unattached
    assert volume.instances == ("i-1",)
    assert volume.has_burst_balance
    assert volume.key is None


def test_volumes_that_are_being_deleted_are_none() -> None:
    raws = [{"VolumeId": f"vol-{state}", "State": state} for state in ("available", "deleting", "creating")]
    found = gathered(Volume, REGION, DescribeVolumes={"Volumes": raws})
    assert [one.id for one in found] == ["vol-available", "vol-creating"]


def test_a_snapshot() -> None:
    raw = {
        "SnapshotId": "snap-1",
        "VolumeId": "vol-1",
        "VolumeSize": 8,
        "Encrypted": True,
        "StartTime": "2026-01-01T00:00:00+00:00",
    }
    snapshot = made(Snapshot, raw)
    assert snapshot.arn == "arn:aws:ec2:eu-west-1::snapshot/snap-1"
    assert snapshot.tier == "standard"
    assert not snapshot.is_kept_by_policy
    assert made(Snapshot, raw | {"Tags": [{"Key": "aws:dlm:managed", "Value": "true"}]}).is_kept_by_policy


def test_snapshots_are_the_accounts_own_and_public_ones_everybodys() -> None:
    asked = {
        one.provides: one.calls[0].params for one in load().collectors if one.provides in (Snapshot, SharedSnapshot)
    }
    assert asked[Snapshot] == {"OwnerIds": ["self"]}
    assert asked[SharedSnapshot] == {"OwnerIds": ["self"], "RestorableByUserIds": ["all"]}
    listing = [{"SnapshotId": "snap-1", "OwnerId": "123456789012"}, {"SnapshotId": "snap-2", "OwnerId": "137112412989"}]
    (shared,) = gathered(SharedSnapshot, REGION, DescribeSnapshots={"Snapshots": listing})
    assert shared.id == "snap-1"


@pytest.mark.parametrize(("permissions", "public"), [([{"Group": "all"}], 1), ([{"UserId": "210987654321"}], 0)])
def test_a_public_snapshot_is_confirmed(permissions: list[dict[str, str]], public: int) -> None:
    shared = made(SharedSnapshot, SnapshotId="snap-1")
    found = gathered(PublicSnapshot, shared, DescribeSnapshotAttribute={"CreateVolumePermissions": permissions})
    assert [one.arn for one in found] == ["arn:aws:ec2:eu-west-1::snapshot/snap-1"] * public


def test_an_image() -> None:
    image = made(
        Image,
        ImageId="ami-1",
        Name="golden",
        State="available",
        OwnerId="123456789012",
        Public=True,
        CreationDate="2026-01-01T00:00:00.000Z",
        BlockDeviceMappings=[
            {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": "snap-1", "Encrypted": False}},
            {"VirtualName": "ephemeral0", "DeviceName": "/dev/sdb"},
        ],
    )
    assert image.arn == "arn:aws:ec2:eu-west-1::image/ami-1"
    assert image.is_public
    assert image.created == datetime(2026, 1, 1, tzinfo=UTC)
    assert image.last_launched is None
    assert image.snapshots == ("snap-1",)
    assert image.devices[0].encrypted is False
    assert image.devices[1].encrypted is None


def test_who_snapshots_and_images_are_shared_with() -> None:
    snapshot = made(EbsSnapshotSharing, {"CreateVolumePermissions": [{"UserId": "210987654321"}, {"Group": "all"}]})
    assert snapshot.accounts == ("210987654321",)
    assert snapshot.is_public
    organization = "arn:aws:organizations::210987654321:organization/o-1"
    image = made(ImageSharing, {"LaunchPermissions": [{"OrganizationArn": organization}]})
    assert image.organizations == (organization,)
    assert not image.is_public


def test_a_launch_template() -> None:
    template = made(
        LaunchTemplate, LaunchTemplateId="lt-1", LaunchTemplateName="web", DefaultVersionNumber=1, LatestVersionNumber=4
    )
    assert template.arn == "arn:aws:ec2:eu-west-1:123456789012:launch-template/lt-1"
    assert (template.default_version, template.latest_version) == (1, 4)


def test_versions_of_all_launch_templates_by_one_question() -> None:
    data = {
        "ImageId": "resolve:ssm:/golden",
        "SecurityGroupIds": ["sg-1"],
        "NetworkInterfaces": [{"Groups": ["sg-2", "sg-1"], "AssociatePublicIpAddress": True}],
        "IamInstanceProfile": {"Name": "web"},
        "MetadataOptions": {"HttpTokens": "required"},
        "UserData": "password=[redacted password 1a2b3c4d]",
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True, "VolumeSize": 20}}],
    }
    raw = {
        "LaunchTemplateId": "lt-1",
        "LaunchTemplateName": "web",
        "VersionNumber": 4,
        "DefaultVersion": True,
        "LaunchTemplateData": data,
    }
    other = raw | {"LaunchTemplateId": "lt-2"}
    found = gathered(
        LaunchTemplateVersion, REGION, DescribeLaunchTemplateVersions={"LaunchTemplateVersions": [raw, raw, other]}
    )
    assert [(one.template, one.version) for one in found] == [("lt-1", 4), ("lt-2", 4)]
    assert found[0].is_default
    settings = found[0].settings
    assert settings.has_image_parameter
    assert settings.security_groups == ("sg-1", "sg-2")
    assert settings.gives_public_ip
    assert settings.metadata_tokens == "required"
    assert settings.metadata_endpoint is None
    assert settings.secrets == ("password",)
    assert settings.devices[0].encrypted


def test_defaults_of_a_region() -> None:
    assert made(EbsEncryptionByDefault, {"EbsEncryptionByDefault": True}).enabled
    assert made(EbsDefaultKey, {"KmsKeyId": "alias/aws/ebs"}).is_aws_managed
    assert not made(EbsDefaultKey, {"KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"}).is_aws_managed
    assert made(SnapshotBlockPublicAccess, {"State": "block-all-sharing"}).state == "block-all-sharing"
    assert made(ImageBlockPublicAccess, {"ImageBlockPublicAccessState": "unblocked"}).state == "unblocked"
    assert made(KeyPairs, {"KeyPairs": [{"KeyName": "ops"}]}).names == ("ops",)


def test_zones() -> None:
    regular = made(
        AvailabilityZone, ZoneName="eu-west-1a", ZoneId="euw1-az1", ZoneType="availability-zone", State="available"
    )
    assert regular.is_regular
    assert not made(AvailabilityZone, ZoneName="eu-west-1-lhr-1a", ZoneType="local-zone", State="available").is_regular
    assert not made(AvailabilityZone, ZoneName="eu-west-1b", ZoneType="availability-zone", State="impaired").is_regular
