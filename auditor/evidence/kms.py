"""AWS Key Management Service: the account's own keys, their policies and rotation, and aliases."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class KeyEntry(Resource):
    """A key as ListKeys names it: the account's own, or one that an AWS service made in it."""

    type_name: ClassVar = "AWS::KMS::Key"
    arn: str = at("KeyArn")
    key_id: str = at("KeyId")


key_entries = listed(KeyEntry, call("kms", "ListKeys", page=1000), "Keys[]")


_DEAD = frozenset({"Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable"})


@evidence
class Key(Resource):
    """A customer managed key; those that AWS services manage are left out (`Alias.is_aws_managed` tells them)."""

    type_name: ClassVar = "AWS::KMS::Key"
    arn: str = at("Arn")
    key_id: str = at("KeyId")
    created: datetime = at("CreationDate")
    state: str = at("KeyState")
    """`Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, ..."""
    key_spec: str = at("KeySpec")
    origin: str = at("Origin")
    """`AWS_KMS`, `EXTERNAL` (imported), `AWS_CLOUDHSM` or `EXTERNAL_KEY_STORE`."""
    material_expires: datetime | None = at("ValidTo")
    deletion_date: datetime | None = at("DeletionDate")
    multi_region_type: str | None = at("MultiRegionConfiguration.MultiRegionKeyType")
    """`PRIMARY` or `REPLICA`; None for a key of one region."""
    replica_regions: tuple[str, ...] = at("MultiRegionConfiguration.ReplicaKeys[].Region")

    @property
    def is_enabled(self) -> bool:
        """Whether it encrypts and decrypts."""
        return self.state == "Enabled"

    @property
    def is_dead(self) -> bool:
        """Whether it decrypts nothing as it is; a key that is being made or updated passes through other states."""
        return self.state in _DEAD

    @property
    def is_replica(self) -> bool:
        """Whether it is a copy of a multi-Region key, whose primary decides its rotation."""
        return self.multi_region_type == "REPLICA"

    @property
    def is_symmetric(self) -> bool:
        """Whether it is a symmetric encryption key, the only kind that rotates."""
        return self.key_spec == "SYMMETRIC_DEFAULT"


@collector(call("kms", "DescribeKey"))
def keys(aws: Aws, entry: KeyEntry) -> Iterable[Key]:
    """The key, if the account manages it."""
    metadata = aws("DescribeKey", KeyId=entry.arn)["KeyMetadata"]
    if metadata["KeyManager"] == "CUSTOMER":
        yield aws.parse(Key, metadata)


@evidence
class KeyPolicy(Evidence):
    """The key policy."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


key_policy = described(KeyPolicy, call("kms", "GetKeyPolicy", PolicyName="default"), of=Key, KeyId="arn")


@evidence
class KeyRotation(Evidence):
    """Automatic rotation; absent where the kind of key cannot rotate, or its state lets nobody ask."""

    enabled: bool = at("KeyRotationEnabled")
    period_days: int | None = at("RotationPeriodInDays")


key_rotation = described(
    KeyRotation,
    call("kms", "GetKeyRotationStatus", absent=("UnsupportedOperationException", "KMSInvalidStateException")),
    of=Key,
    KeyId="arn",
)


@evidence
class Alias(Resource):
    """A name for a key: the account's own, or `alias/aws/...` for one that a service manages."""

    type_name: ClassVar = "AWS::KMS::Alias"
    arn: str = at("AliasArn")
    alias: str = at("AliasName")
    key_id: str | None = at("TargetKeyId")
    """None where a service's key is not made yet."""

    @property
    def is_aws_managed(self) -> bool:
        """Whether it names a key that an AWS service manages."""
        return self.alias.startswith("alias/aws/")


aliases = listed(Alias, call("kms", "ListAliases", page=100), "Aliases[]")
