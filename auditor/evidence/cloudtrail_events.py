"""Events that CloudTrail remembers for 90 days: who ended backups before their time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Region
from auditor.typed import Evidence, at, evidence
from auditor.wiring import collector

ENDINGS = (
    "DeleteBackupPlan", "DeleteBackupSelection", "DeleteBackupVault", "DeleteDBClusterSnapshot", "DeleteDBSnapshot",
    "DeleteGlobalCluster", "DeleteRecoveryPoint", "DeleteReplicationConfiguration", "DeleteSnapshot",
    "PutBackupVaultAccessPolicy", "ScheduleKeyDeletion", "StopReplication", "UpdateRecoveryPointLifecycle",
)  # fmt: skip
"""Operations that delete copies of data, or prepare to."""


def _told(raw: str) -> Mapping[str, Any]:
    """What a check needs of the whole record, which CloudTrail gives as text."""
    found = json.loads(raw)
    identity = found.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    return {
        "principal": issuer.get("arn") or identity.get("arn") or "",
        "service": identity.get("invokedBy") or "",
        "error": found.get("errorCode") or "",
    }


@evidence
class BackupEnding(Evidence):
    """One event that ended a copy of data, or tried to."""

    event: str = at("EventName")
    time: datetime = at("EventTime")
    told: Mapping[str, str] = at("CloudTrailEvent", parse=_told)

    @property
    def principal(self) -> str:
        """The ARN of the role or user; empty for a service."""
        return self.told["principal"]

    @property
    def service(self) -> str:
        """The AWS service that asked on somebody's behalf; empty for none."""
        return self.told["service"]

    @property
    def is_by_service(self) -> bool:
        """Whether a service-linked role asked, which nobody but its service can take (IAM User Guide)."""
        return ":role/aws-service-role/" in self.principal

    @property
    def succeeded(self) -> bool:
        """Whether it was not refused."""
        return not self.told["error"]


@evidence
class BackupEndings(Evidence):
    """The newest fifty events of each kind in a region."""

    items: tuple[BackupEnding, ...] = at("Events")
    cut: tuple[str, ...] = at("cut")
    """The kinds of which there are more."""


@collector(call("cloudtrail", "LookupEvents", MaxResults=50))
def backup_endings(aws: Aws, _region: Region) -> BackupEndings:
    """One page of each kind: two requests a second are all that AWS allows, and snapshots come and go in thousands."""
    events, cut = [], []
    for name in ENDINGS:
        answer = aws("LookupEvents", LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}])
        events.extend(answer.get("Events", ()))
        if answer.get("NextToken"):
            cut.append(name)
    return aws.parse(BackupEndings, {"Events": events, "cut": cut})
