"""AWS Shield Advanced: the subscription, what it protects and who may respond."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from auditor.calls import call
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed

_NONE = "ResourceNotFoundException"
"""What Shield answers to an account without a subscription."""


@evidence
class ShieldState(Evidence):
    """Whether the account has Shield Advanced; Shield Standard is always there and has no API."""

    state: str = at("SubscriptionState")

    @property
    def is_active(self) -> bool:
        """Whether Shield Advanced is paid for."""
        return self.state == "ACTIVE"


shield_state = described(ShieldState, call("shield", "GetSubscriptionState"), of=Account)


@evidence
class ShieldSubscription(Evidence):
    """The subscription's terms."""

    ends: datetime | None = at("EndTime")
    renews: str = at("AutoRenew")
    proactive_engagement: str = at("ProactiveEngagementStatus", absent="DISABLED")


shield_subscription = described(
    ShieldSubscription, call("shield", "DescribeSubscription", absent=_NONE), "Subscription", of=Account
)


def _counts(raw: Any) -> bool:
    return "Count" in raw


@evidence
class ShieldProtection(Resource):
    """A resource that Shield Advanced protects."""

    type_name: ClassVar = "AWS::Shield::Protection"
    arn: str = at("ProtectionArn")
    resource: str = at("ResourceArn")
    health_checks: tuple[str, ...] = at("HealthCheckIds")
    automatic_response: str = at("ApplicationLayerAutomaticResponseConfiguration.Status", absent="DISABLED")
    """Left out where it was never set up."""
    only_counts: bool = at("ApplicationLayerAutomaticResponseConfiguration.Action", absent=False, parse=_counts)

    @property
    def responds(self) -> bool:
        """Whether attacks on the application layer are blocked without anyone's help."""
        return self.automatic_response == "ENABLED" and not self.only_counts


shield_protections = listed(
    ShieldProtection, call("shield", "ListProtections", absent=_NONE, page=10000), "Protections[]", of=Account
)


@evidence
class ShieldContacts(Evidence):
    """Whom the Shield Response Team calls."""

    emails: tuple[str, ...] = at("EmergencyContactList[].EmailAddress")


shield_contacts = described(
    ShieldContacts, call("shield", "DescribeEmergencyContactSettings", absent=_NONE), of=Account
)


@evidence
class ShieldResponseTeam(Evidence):
    """What the Shield Response Team may do."""

    role: str | None = at("RoleArn")


shield_response_team = described(ShieldResponseTeam, call("shield", "DescribeDRTAccess", absent=_NONE), of=Account)


@evidence
class ShieldAttacks(Evidence):
    """Attacks on the account in the past year, which Shield counts for every account."""

    counts: tuple[int, ...] = at("DataItems[].AttackCount")

    @property
    def total(self) -> int:
        """How many there were."""
        return sum(self.counts)


shield_attacks = described(ShieldAttacks, call("shield", "DescribeAttackStatistics"), of=Account)
