"""AWS Secrets Manager: secrets, never their values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.policy import PolicyDocument
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class Secret(Resource):
    """A secret; those that are scheduled for deletion are not listed."""

    type_name: ClassVar = "AWS::SecretsManager::Secret"
    name_format: ClassVar = "{secret_name}"
    arn: str = at("ARN")
    secret_name: str = at("Name")
    created: datetime = at("CreatedDate")
    changed: datetime | None = at("LastChangedDate")
    """When a value, a version's stage or the configuration last changed."""
    key: str | None = at("KmsKeyId")
    """Id, ARN or alias of the KMS key; None for `alias/aws/secretsmanager`."""
    rotation_enabled: bool = at("RotationEnabled", absent=False)
    """AWS leaves it out where rotation was never configured (Secrets Manager API reference)."""
    rotation_function: str | None = at("RotationLambdaARN")
    """None where the owning service rotates by itself."""
    rotation_days: int | None = at("RotationRules.AutomaticallyAfterDays")
    rotation_schedule: str | None = at("RotationRules.ScheduleExpression")
    rotated: datetime | None = at("LastRotatedDate")
    next_rotation: datetime | None = at("NextRotationDate")
    stages: Mapping[str, tuple[str, ...]] = at("SecretVersionsToStages")
    """Staging labels by version."""
    owning_service: str | None = at("OwningService")
    """The service that made it and cares for it, for example `rds`."""
    primary_region: str | None = at("PrimaryRegion")
    tags: Mapping[str, str] = at("Tags")

    @property
    def interval_days(self) -> float | None:
        """Days between rotations; None where it does not rotate, or a cron expression says when."""
        if self.rotation_days:
            return self.rotation_days
        rate = re.fullmatch(r"rate\((\d+) (hour|day)s?\)", self.rotation_schedule or "")
        return int(rate[1]) / (24 if rate[2] == "hour" else 1) if rate else None

    @property
    def is_replica(self) -> bool:
        """Whether it is a copy of a secret of another region."""
        return self.primary_region not in (None, self.region)

    @property
    def has_pending_version(self) -> bool:
        """Whether a rotation began and has not ended: a version is pending and not current."""
        return any("AWSPENDING" in labels and "AWSCURRENT" not in labels for labels in self.stages.values())


secrets = listed(Secret, call("secretsmanager", "ListSecrets", page=100), "SecretList[]")


@evidence
class SecretReplica(Evidence):
    """A copy of a secret in another region."""

    region: str = at("Region")
    key: str | None = at("KmsKeyId")
    status: str = at("Status")
    """`InSync`, `InProgress` or `Failed`."""


@evidence
class SecretReplication(Evidence):
    """The copies of a secret."""

    replicas: tuple[SecretReplica, ...] = at("ReplicationStatus")


secret_replication = described(SecretReplication, call("secretsmanager", "DescribeSecret"), of=Secret, SecretId="arn")


@evidence
class SecretPolicy(Evidence):
    """The resource policy of a secret; absent for a copy, which has that of its primary."""

    document: PolicyDocument | None = at("ResourcePolicy", parse=PolicyDocument.read)
    """None where it has none."""


# A replica refuses the question: its policy is its primary's, and is judged there.
@collector(call("secretsmanager", "GetResourcePolicy"))
def secret_policy(aws: Aws, secret: Secret) -> SecretPolicy:
    """The policy; copies of a secret are not asked about, as they have that of their primary."""
    if secret.is_replica:
        raise Absent("it is a copy")
    return aws.parse(SecretPolicy, aws("GetResourcePolicy", SecretId=secret.arn))
