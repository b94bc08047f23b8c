"""Amazon EFS: file systems, how they are mounted, protected and replicated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class FileSystem(Resource):
    """A file system."""

    type_name: ClassVar = "AWS::EFS::FileSystem"
    arn: str = at("FileSystemArn")
    id: str = at("FileSystemId")
    created: datetime = at("CreationTime")
    state: str = at("LifeCycleState")
    encrypted: bool = at("Encrypted")
    kms_key: str | None = at("KmsKeyId")
    size_bytes: int = at("SizeInBytes.Value")
    mount_target_count: int = at("NumberOfMountTargets")
    performance_mode: str = at("PerformanceMode")
    throughput_mode: str = at("ThroughputMode")
    zone: str | None = at("AvailabilityZoneName")
    """The one zone of a One Zone file system; None where the data is in several."""
    overwrite_protection: str | None = at("FileSystemProtection.ReplicationOverwriteProtection")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_available(self) -> bool:
        """Whether it can be used, if only while something of it changes."""
        return self.state in ("available", "updating")

    @property
    def is_replica(self) -> bool:
        """Whether it is the read-only destination of a replication."""
        return self.overwrite_protection == "REPLICATING"


file_systems = listed(
    FileSystem,
    call("efs", "DescribeFileSystems"),
    "FileSystems[]",
    skip={"LifeCycleState": ("deleting", "deleted")},
)


@evidence
class MountTarget(Resource):
    """The network interface by which a zone reaches a file system."""

    type_name: ClassVar = "AWS::EFS::MountTarget"
    arn_format: ClassVar = "arn:{partition}:elasticfilesystem:{region}:{account}:mount-target/{id}"
    id: str = at("MountTargetId")
    file_system: str = at("FileSystemId")
    subnet: str = at("SubnetId")
    zone: str | None = at("AvailabilityZoneName")
    interface: str | None = at("NetworkInterfaceId")
    vpc: str | None = at("VpcId")
    state: str = at("LifeCycleState")


mount_targets = listed(
    MountTarget,
    call("efs", "DescribeMountTargets"),
    "MountTargets[]",
    of=FileSystem,
    skip={"LifeCycleState": ("deleting", "deleted")},
    FileSystemId="id",
)


@evidence
class MountTargetSecurityGroups(Evidence):
    """The security groups of a mount target."""

    groups: tuple[str, ...] = at("SecurityGroups")


mount_target_security_groups = described(
    MountTargetSecurityGroups, call("efs", "DescribeMountTargetSecurityGroups"), of=MountTarget, MountTargetId="id"
)


@evidence
class FileSystemPolicy(Evidence):
    """The resource policy of a file system."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


file_system_policy = described(
    FileSystemPolicy,
    call("efs", "DescribeFileSystemPolicy", absent="PolicyNotFound"),
    of=FileSystem,
    FileSystemId="id",
)


@evidence
class ReplicaFileSystem(Evidence):
    """Where a file system is replicated to."""

    file_system: str | None = at("FileSystemId")
    """None while it is being made."""
    region: str = at("Region")
    status: str = at("Status")
    status_reason: str = at("StatusMessage", absent="")
    last_synced: datetime | None = at("LastReplicatedTimestamp")
    """None until the first copy is complete."""


@evidence
class FileSystemReplication(Resource):
    """The replication of a file system; the regions of the source and of the destinations list it."""

    type_name: ClassVar = "AWS::EFS::ReplicationConfiguration"
    arn_format: ClassVar = (
        "arn:{partition}:elasticfilesystem:{source_region}:{account}:file-system/{source}/replication-configuration"
    )
    source: str = at("SourceFileSystemId")
    source_region: str = at("SourceFileSystemRegion")
    source_arn: str = at("SourceFileSystemArn")
    destinations: tuple[ReplicaFileSystem, ...] = at("Destinations")


file_system_replications = listed(
    FileSystemReplication, call("efs", "DescribeReplicationConfigurations"), "Replications[]"
)


@evidence
class FileSystemBackupPolicy(Evidence):
    """Whether EFS's own daily backup plan includes a file system."""

    status: str = at("Status")

    @property
    def enabled(self) -> bool:
        """Whether it does."""
        return self.status in ("ENABLED", "ENABLING")


file_system_backup_policy = described(
    FileSystemBackupPolicy,
    call("efs", "DescribeBackupPolicy", absent="PolicyNotFound"),
    "BackupPolicy",
    of=FileSystem,
    FileSystemId="id",
)
