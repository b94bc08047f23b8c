"""Amazon EC2: instances, their types and health, volumes, snapshots, images, launch templates and regional defaults."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Region
from auditor.redact import secrets_in
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import Batch, collector, described, listed


@evidence
class AttachedDevice(Evidence):
    """A volume as an instance has it attached."""

    device: str = at("DeviceName")
    volume: str | None = at("Ebs.VolumeId")
    delete_on_termination: bool = at("Ebs.DeleteOnTermination")


@evidence
class Instance(Resource):
    """An instance that is not terminated."""

    type_name: ClassVar = "AWS::EC2::Instance"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:instance/{id}"
    id: str = at("InstanceId")
    instance_type: str = at("InstanceType")
    image: str = at("ImageId")
    state: str = at("State.Name")
    transition_reason: str = at("StateTransitionReason", absent="")
    launched: datetime = at("LaunchTime")
    zone: str = at("Placement.AvailabilityZone")
    tenancy: str = at("Placement.Tenancy", absent="default")
    host: str | None = at("Placement.HostId")
    vpc: str | None = at("VpcId")
    subnet: str | None = at("SubnetId")
    private_ip: str | None = at("PrivateIpAddress")
    public_ip: str | None = at("PublicIpAddress")
    public_dns: str | None = at("PublicDnsName")
    security_groups: tuple[str, ...] = at("SecurityGroups[].GroupId")
    network_interfaces: tuple[str, ...] = at("NetworkInterfaces[].NetworkInterfaceId")
    checks_source_and_destination: bool = at("SourceDestCheck")
    instance_profile_arn: str | None = at("IamInstanceProfile.Arn")
    key_name: str | None = at("KeyName")
    lifecycle: str = at("InstanceLifecycle", absent="on-demand")
    """`spot`, `scheduled`, `capacity-block`; AWS sends nothing for an on-demand instance."""
    architecture: str = at("Architecture")
    platform: str = at("PlatformDetails")
    root_device: str | None = at("RootDeviceName")
    root_device_type: str = at("RootDeviceType")
    hypervisor: str = at("Hypervisor")
    monitoring: str = at("Monitoring.State")
    metadata_endpoint: str = at("MetadataOptions.HttpEndpoint")
    metadata_tokens: str = at("MetadataOptions.HttpTokens")
    metadata_hop_limit: int = at("MetadataOptions.HttpPutResponseHopLimit")
    auto_recovery: str = at("MaintenanceOptions.AutoRecovery")
    """`default` or `disabled`."""
    is_managed: bool = at("Operator.Managed", absent=False)
    """Whether an AWS service runs it for the account; AWS sends no operator where none does."""
    devices: tuple[AttachedDevice, ...] = at("BlockDeviceMappings")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return self.state == "running"

    @property
    def is_stopped(self) -> bool:
        """Whether it is stopped."""
        return self.state == "stopped"

    @property
    def stopped_at(self) -> datetime | None:
        """When it was stopped, where the reason of its last change of state says so."""
        return stop_time(self.transition_reason) if self.is_stopped else None

    @property
    def is_spot(self) -> bool:
        """Whether it runs on spare capacity and may be interrupted."""
        return self.lifecycle == "spot"

    @property
    def is_windows(self) -> bool:
        """Whether it runs Windows."""
        return self.platform.startswith("Windows")

    @property
    def family(self) -> str:
        """The family of its type: `m7g` of `m7g.large`."""
        return self.instance_type.partition(".")[0]

    @property
    def is_burstable(self) -> bool:
        """Whether its type lives on CPU credits."""
        return is_burstable(self.instance_type)

    @property
    def auto_scaling_group(self) -> str | None:
        """The Auto Scaling group that launched it; Amazon EC2 Auto Scaling reserves the tag."""
        return self.tags.get("aws:autoscaling:groupName")

    @property
    def has_metadata_service(self) -> bool:
        """Whether the instance metadata service answers."""
        return self.metadata_endpoint == "enabled"

    @property
    def allows_imdsv1(self) -> bool:
        """Whether the metadata service answers requests without a session token."""
        return self.has_metadata_service and self.metadata_tokens == "optional"

    @property
    def is_eks_node(self) -> bool:
        """Whether Kubernetes of an EKS cluster claims it."""
        return any(name.startswith(("kubernetes.io/cluster/", "eks:")) for name in self.tags)

    @property
    def is_karpenter_node(self) -> bool:
        """Whether Karpenter launched it, and will replace it."""
        return any(name.startswith("karpenter.sh/") for name in self.tags)

    @property
    def volumes(self) -> tuple[str, ...]:
        """The ids of its EBS volumes."""
        return tuple(device.volume for device in self.devices if device.volume)


_STOPPED = re.compile(r"\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (?:GMT|UTC)\)")


def stop_time(reason: str) -> datetime | None:
    """The date in `User initiated (2026-01-31 07:16:35 GMT)`; some reasons bring none."""
    found = _STOPPED.search(reason)
    return datetime.fromisoformat(found.group(1)).replace(tzinfo=UTC) if found else None


def is_burstable(instance_type: str) -> bool:
    """Whether an instance type or class (`t3.micro`, `db.t4g.medium`) is of the T families."""
    return re.match(r"(?:\w+\.)?t[1-9]", instance_type) is not None


_DEAD = {"State.Name": ("terminated", "shutting-down")}

instances = listed(Instance, call("ec2", "DescribeInstances", page=1000), "Reservations[].Instances[]", skip=_DEAD)


@evidence
class InstanceType(Evidence):
    """What EC2 offers by a name such as `m7g.large`."""

    instance_type: str = at("InstanceType")
    is_current: bool = at("CurrentGeneration")
    hypervisor: str | None = at("Hypervisor")
    """`nitro` or `xen`; bare metal has none."""
    is_bare_metal: bool = at("BareMetal")
    architectures: tuple[str, ...] = at("ProcessorInfo.SupportedArchitectures")
    vcpus: int = at("VCpuInfo.DefaultVCpus")
    memory_mib: int = at("MemoryInfo.SizeInMiB")
    has_instance_store: bool = at("InstanceStorageSupported")
    supports_auto_recovery: bool = at("AutoRecoverySupported")


@collector(call("ec2", "DescribeInstanceTypes"), batch=100)
def instance_types(aws: Aws, batch: Batch[Instance]) -> Mapping[str, InstanceType]:
    """The types of a hundred instances by one call; a hundred names are the most that it takes."""
    wanted = sorted({instance.instance_type for instance in batch})
    found = {
        raw["InstanceType"]: aws.parse(InstanceType, raw)
        for page in aws.pages("DescribeInstanceTypes", InstanceTypes=wanted)
        for raw in page.get("InstanceTypes", ())
    }
    return {instance.arn: found[instance.instance_type] for instance in batch if instance.instance_type in found}


@evidence
class OfferedInstanceTypes(Evidence):
    """The names of all instance types that a region offers."""

    names: tuple[str, ...] = at("InstanceTypeOfferings[].InstanceType")

    @property
    def families(self) -> frozenset[str]:
        """The families that they belong to."""
        return frozenset(name.partition(".")[0] for name in self.names)


@collector(call("ec2", "DescribeInstanceTypeOfferings", page=1000, LocationType="region"))
def offered_instance_types(aws: Aws, _region: Region) -> OfferedInstanceTypes:
    """All pages as one."""
    offers = [raw for page in aws.pages("DescribeInstanceTypeOfferings") for raw in page["InstanceTypeOfferings"]]
    return aws.parse(OfferedInstanceTypes, {"InstanceTypeOfferings": offers})


@evidence
class CreditSpecification(Evidence):
    """How a burstable instance is charged for CPU over its baseline."""

    cpu_credits: str = at("CpuCredits")

    @property
    def is_unlimited(self) -> bool:
        """Whether it bursts on, at a surcharge, when its credits are spent."""
        return self.cpu_credits == "unlimited"


@collector(call("ec2", "DescribeInstanceCreditSpecifications"), batch=1000)
def credit_specifications(aws: Aws, batch: Batch[Instance]) -> Mapping[str, CreditSpecification]:
    """The burstable ones of a thousand instances; others are refused, and without ids only unlimited ones come."""
    burstable = {instance.id: instance.arn for instance in batch if instance.is_burstable}
    if not burstable:
        return {}
    answer = aws("DescribeInstanceCreditSpecifications", InstanceIds=sorted(burstable))
    return {
        burstable[raw["InstanceId"]]: aws.parse(CreditSpecification, raw)
        for raw in answer.get("InstanceCreditSpecifications", ())
    }


@evidence
class InstanceUserData(Evidence):
    """What the instance is given to run at its first boot."""

    text: str | None = at("Value")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The types of the secrets that stand in it."""
        return secrets_in(self.text or "")


instance_user_data = described(
    InstanceUserData,
    call("ec2", "DescribeInstanceAttribute", absent="InvalidInstanceID.NotFound", Attribute="userData"),
    "UserData",
    of=Instance,
    InstanceId="id",
)


@evidence
class ScheduledEvent(Evidence):
    """Something that AWS is going to do to an instance."""

    code: str = at("Code")
    description: str = at("Description", absent="")
    not_before: datetime | None = at("NotBefore")

    @property
    def is_over(self) -> bool:
        """Whether it was done or called off; AWS keeps it for a week and marks its description."""
        return self.description.startswith(("[Completed]", "[Canceled]"))


@evidence
class InstanceStatus(Resource):
    """The health of a running instance, and what AWS has scheduled for it."""

    type_name: ClassVar = "AWS::EC2::Instance"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:instance/{instance}"
    instance: str = at("InstanceId")
    system: str = at("SystemStatus.Status")
    instance_check: str = at("InstanceStatus.Status")
    attached_ebs: str | None = at("AttachedEbsStatus.Status")
    """Absent for types that are not built on Nitro."""
    events: tuple[ScheduledEvent, ...] = at("Events")

    @property
    def impaired(self) -> tuple[str, ...]:
        """The status checks that fail, in AWS's words."""
        checks = {"system": self.system, "instance": self.instance_check, "attached EBS": self.attached_ebs}
        return tuple(name for name, status in checks.items() if status == "impaired")

    @property
    def pending_events(self) -> tuple[ScheduledEvent, ...]:
        """The events that are still to come."""
        return tuple(event for event in self.events if not event.is_over)


instance_statuses = listed(InstanceStatus, call("ec2", "DescribeInstanceStatus", page=1000), "InstanceStatuses[]")


@evidence
class VolumeAttachment(Evidence):
    """A volume's tie to an instance."""

    instance: str | None = at("InstanceId")
    """Absent where a service (Fargate) holds it."""
    device: str | None = at("Device")
    delete_on_termination: bool = at("DeleteOnTermination")


@evidence
class Volume(Resource):
    """An EBS volume."""

    type_name: ClassVar = "AWS::EC2::Volume"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:volume/{id}"
    id: str = at("VolumeId")
    volume_type: str = at("VolumeType")
    state: str = at("State")
    size_gib: int = at("Size")
    iops: int | None = at("Iops")
    """Absent for st1, sc1 and standard."""
    zone: str = at("AvailabilityZone")
    created: datetime = at("CreateTime")
    encrypted: bool = at("Encrypted")
    key: str | None = at("KmsKeyId")
    snapshot: str | None = at("SnapshotId")
    is_managed: bool = at("Operator.Managed", absent=False)
    attachments: tuple[VolumeAttachment, ...] = at("Attachments")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_attached(self) -> bool:
        """Whether something uses it."""
        return self.state == "in-use"

    @property
    def is_unattached(self) -> bool:
        """Whether it waits for an instance."""
        return self.state == "available"

    @property
    def instances(self) -> tuple[str, ...]:
        """The ids of the instances that it is attached to."""
        return tuple(one.instance for one in self.attachments if one.instance)

    @property
    def has_burst_balance(self) -> bool:
        """Whether its type spends burst credits."""
        return self.volume_type in ("gp2", "st1", "sc1")


volumes = listed(
    Volume, call("ec2", "DescribeVolumes", page=1000), "Volumes[]", skip={"State": ("deleting", "deleted")}
)


@evidence
class Snapshot(Resource):
    """An EBS snapshot that the account owns; its ARN names no account."""

    type_name: ClassVar = "AWS::EC2::Snapshot"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}::snapshot/{id}"
    id: str = at("SnapshotId")
    volume: str = at("VolumeId")
    """An arbitrary id where it is a copy (EC2 API reference, Snapshot)."""
    state: str = at("State")
    started: datetime = at("StartTime")
    size_gib: int = at("VolumeSize")
    encrypted: bool = at("Encrypted")
    key: str | None = at("KmsKeyId")
    tier: str = at("StorageTier", absent="standard")
    description: str = at("Description", absent="")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_kept_by_policy(self) -> bool:
        """Whether AWS Backup or Data Lifecycle Manager made it and will delete it."""
        return any(name.startswith(("aws:backup:", "aws:dlm:")) for name in self.tags)


snapshots = listed(
    Snapshot,
    call("ec2", "DescribeSnapshots", page=1000, OwnerIds=["self"]),
    "Snapshots[]",
    skip={"State": ("error",)},
    own="OwnerId",
)


@evidence
class SharedSnapshot(Resource):
    """A snapshot that DescribeSnapshots names where it is asked for those that everyone may copy."""

    type_name: ClassVar = "AWS::EC2::Snapshot"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}::snapshot/{id}"
    id: str = at("SnapshotId")


@evidence
class PublicSnapshot(Resource):
    """A snapshot of the account that every AWS account may copy."""

    type_name: ClassVar = "AWS::EC2::Snapshot"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}::snapshot/{id}"
    id: str = parent("id")


shared_snapshots = listed(
    SharedSnapshot,
    call("ec2", "DescribeSnapshots", page=1000, OwnerIds=["self"], RestorableByUserIds=["all"]),
    "Snapshots[]",
    own="OwnerId",
)


@collector(
    call("ec2", "DescribeSnapshotAttribute", absent="InvalidSnapshot.NotFound", Attribute="createVolumePermission")
)
def public_snapshots(aws: Aws, shared: SharedSnapshot) -> Iterable[PublicSnapshot]:
    """The few that are named, each confirmed: an endpoint that does not know the filter names all."""
    answer = aws("DescribeSnapshotAttribute", SnapshotId=shared.id)
    if any(one.get("Group") == "all" for one in answer.get("CreateVolumePermissions", ())):
        yield aws.parse(PublicSnapshot, {})


@evidence
class EbsSnapshotSharing(Evidence):
    """Who may make volumes of a snapshot, its own account apart; one question a snapshot."""

    accounts: tuple[str, ...] = at("CreateVolumePermissions[].UserId")
    groups: tuple[str, ...] = at("CreateVolumePermissions[].Group")

    @property
    def is_public(self) -> bool:
        """Whether every AWS account may."""
        return "all" in self.groups


ebs_snapshot_sharing = described(
    EbsSnapshotSharing,
    call("ec2", "DescribeSnapshotAttribute", absent="InvalidSnapshot.NotFound", Attribute="createVolumePermission"),
    of=Snapshot,
    SnapshotId="id",
)


@evidence
class ImageDevice(Evidence):
    """A volume that an instance of an image is given."""

    device: str = at("DeviceName")
    snapshot: str | None = at("Ebs.SnapshotId")
    encrypted: bool | None = at("Ebs.Encrypted")
    """None for an instance store volume."""
    size_gib: int | None = at("Ebs.VolumeSize")


@evidence
class Image(Resource):
    """A machine image that the account owns; its ARN names no account."""

    type_name: ClassVar = "AWS::EC2::Image"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}::image/{id}"
    id: str = at("ImageId")
    image_name: str = at("Name", absent="")
    state: str = at("State")
    owner: str = at("OwnerId")
    is_public: bool = at("Public")
    created: datetime = at("CreationDate")
    last_launched: datetime | None = at("LastLaunchedTime")
    """Absent where it was never launched, or not since AWS counts it; a day late."""
    deprecated: datetime | None = at("DeprecationTime")
    source_image: str | None = at("SourceImageId")
    source_region: str | None = at("SourceImageRegion")
    devices: tuple[ImageDevice, ...] = at("BlockDeviceMappings")
    tags: Mapping[str, str] = at("Tags")

    @property
    def snapshots(self) -> tuple[str, ...]:
        """The ids of the snapshots behind it."""
        return tuple(device.snapshot for device in self.devices if device.snapshot)

    @property
    def is_kept_by_policy(self) -> bool:
        """Whether AWS Backup or Data Lifecycle Manager made it and will deregister it."""
        return any(name.startswith(("aws:backup:", "aws:dlm:")) for name in self.tags)


images = listed(
    Image,
    call("ec2", "DescribeImages", page=1000, Owners=["self"]),
    "Images[]",
    skip={"State": ("deregistered", "invalid", "failed", "error")},
)


@evidence
class ImageSharing(Evidence):
    """Who may launch instances of an image, its own account apart; one question an image."""

    accounts: tuple[str, ...] = at("LaunchPermissions[].UserId")
    groups: tuple[str, ...] = at("LaunchPermissions[].Group")
    organizations: tuple[str, ...] = at("LaunchPermissions[].OrganizationArn")
    organizational_units: tuple[str, ...] = at("LaunchPermissions[].OrganizationalUnitArn")

    @property
    def is_public(self) -> bool:
        """Whether every AWS account may."""
        return "all" in self.groups


image_sharing = described(
    ImageSharing,
    call("ec2", "DescribeImageAttribute", absent="InvalidAMIID.NotFound", Attribute="launchPermission"),
    of=Image,
    ImageId="id",
)


@evidence
class LaunchSettings(Evidence):
    """How instances are launched, in the terms of a launch template."""

    image: str | None = at("ImageId")
    """May be `resolve:ssm:` and the name of a parameter."""
    instance_type: str | None = at("InstanceType")
    key_name: str | None = at("KeyName")
    instance_security_groups: tuple[str, ...] = at("SecurityGroupIds")
    interface_security_groups: tuple[str, ...] = at("NetworkInterfaces[].Groups[]")
    public_ip_settings: tuple[bool, ...] = at("NetworkInterfaces[].AssociatePublicIpAddress")
    instance_profile_arn: str | None = at("IamInstanceProfile.Arn")
    instance_profile_name: str | None = at("IamInstanceProfile.Name")
    metadata_endpoint: str | None = at("MetadataOptions.HttpEndpoint")
    metadata_tokens: str | None = at("MetadataOptions.HttpTokens")
    metadata_hop_limit: int | None = at("MetadataOptions.HttpPutResponseHopLimit")
    user_data: str | None = at("UserData")
    devices: tuple[ImageDevice, ...] = at("BlockDeviceMappings")

    @property
    def security_groups(self) -> tuple[str, ...]:
        """Its security groups, of the instance and of its network interfaces."""
        return tuple(dict.fromkeys(self.instance_security_groups + self.interface_security_groups))

    @property
    def gives_public_ip(self) -> bool:
        """Whether it asks for a public address; where it says nothing the subnet decides."""
        return any(self.public_ip_settings)

    @property
    def has_image_parameter(self) -> bool:
        """Whether Systems Manager resolves the image at each launch."""
        return (self.image or "").startswith("resolve:ssm:")

    @property
    def secrets(self) -> tuple[str, ...]:
        """The types of the secrets that stand in the user data."""
        return secrets_in(self.user_data or "")


@evidence
class LaunchTemplate(Resource):
    """A launch template."""

    type_name: ClassVar = "AWS::EC2::LaunchTemplate"
    name_format: ClassVar = "{template_name}"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:launch-template/{id}"
    id: str = at("LaunchTemplateId")
    template_name: str = at("LaunchTemplateName")
    default_version: int = at("DefaultVersionNumber")
    latest_version: int = at("LatestVersionNumber")
    tags: Mapping[str, str] = at("Tags")


launch_templates = listed(LaunchTemplate, call("ec2", "DescribeLaunchTemplates", page=200), "LaunchTemplates[]")


@evidence
class LaunchTemplateVersion(Resource):
    """The default or the latest version of a launch template; by one call for all templates of a region."""

    type_name: ClassVar = "AWS::EC2::LaunchTemplate"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:launch-template/{template}"
    template: str = at("LaunchTemplateId")
    template_name: str = at("LaunchTemplateName")
    version: int = at("VersionNumber")
    is_default: bool = at("DefaultVersion")
    settings: LaunchSettings = at("LaunchTemplateData")


@collector(call("ec2", "DescribeLaunchTemplateVersions", page=200))
def launch_template_versions(aws: Aws, _region: Region) -> Iterable[LaunchTemplateVersion]:
    """Each version once, where the latest is the default."""
    seen = set()
    for page in aws.pages("DescribeLaunchTemplateVersions", Versions=["$Latest", "$Default"]):
        for raw in page.get("LaunchTemplateVersions", ()):
            key = raw["LaunchTemplateId"], raw["VersionNumber"]
            if key not in seen:
                seen.add(key)
                yield aws.parse(LaunchTemplateVersion, raw)


@evidence
class MetadataDefaults(Evidence):
    """What the account sets for the metadata service of instances that are started in a region."""

    tokens: str | None = at("AccountLevel.HttpTokens")
    """`required` or `optional`; None where the image decides."""


metadata_defaults = described(MetadataDefaults, call("ec2", "GetInstanceMetadataDefaults"))


@evidence
class KeyPairs(Evidence):
    """The key pairs of a region."""

    names: tuple[str, ...] = at("KeyPairs[].KeyName")


key_pairs = described(KeyPairs, call("ec2", "DescribeKeyPairs"))


@evidence
class EbsEncryptionByDefault(Evidence):
    """Whether new volumes and snapshots of a region are encrypted without being asked."""

    enabled: bool = at("EbsEncryptionByDefault")


ebs_encryption_by_default = described(EbsEncryptionByDefault, call("ec2", "GetEbsEncryptionByDefault"))


@evidence
class EbsDefaultKey(Evidence):
    """The key that encrypts where none is named."""

    key: str = at("KmsKeyId")

    @property
    def is_aws_managed(self) -> bool:
        """Whether it is AWS's own, which no policy of the account can revoke."""
        return self.key.endswith("alias/aws/ebs")


ebs_default_key = described(EbsDefaultKey, call("ec2", "GetEbsDefaultKmsKeyId"))


@evidence
class SnapshotBlockPublicAccess(Evidence):
    """Whether a region lets snapshots be shared with everyone."""

    state: str = at("State")


@evidence
class ImageBlockPublicAccess(Evidence):
    """Whether a region lets images be shared with everyone."""

    state: str = at("ImageBlockPublicAccessState")


snapshot_block_public_access = described(SnapshotBlockPublicAccess, call("ec2", "GetSnapshotBlockPublicAccessState"))
image_block_public_access = described(ImageBlockPublicAccess, call("ec2", "GetImageBlockPublicAccessState"))


@evidence
class AvailabilityZone(Resource):
    """A zone of the region that the account may use, Local and Wavelength Zones among them."""

    type_name: ClassVar = "AWS::EC2::AvailabilityZone"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}::availability-zone/{zone}"
    zone: str = at("ZoneName")
    id: str = at("ZoneId")
    kind: str = at("ZoneType", absent="availability-zone")
    state: str = at("State")

    @property
    def is_regular(self) -> bool:
        """Whether it is an Availability Zone that is up; no Local or Wavelength Zone."""
        return self.kind == "availability-zone" and self.state == "available"


availability_zones = listed(AvailabilityZone, call("ec2", "DescribeAvailabilityZones"), "AvailabilityZones[]")
