from typing import Any

import pytest

from auditor.evidence.shield import (
    ShieldAttacks,
    ShieldContacts,
    ShieldProtection,
    ShieldResponseTeam,
    ShieldState,
    ShieldSubscription,
)
from auditor.testing import made


def test_state() -> None:
    assert made(ShieldState, SubscriptionState="ACTIVE").is_active
    assert not made(ShieldState, SubscriptionState="INACTIVE").is_active


def test_subscription() -> None:
    one = made(ShieldSubscription, AutoRenew="DISABLED", EndTime="2027-01-01T00:00:00+00:00")
    assert (one.renews, one.proactive_engagement) == ("DISABLED", "DISABLED")
    assert one.ends is not None
    assert one.ends.year == 2027


@pytest.mark.parametrize(
    ("response", "responds"),
    [
        (None, False),
        ({"Status": "DISABLED", "Action": {"Block": {}}}, False),
        ({"Status": "ENABLED", "Action": {"Count": {}}}, False),
        ({"Status": "ENABLED", "Action": {"Block": {}}}, True),
    ],
)
def test_protection(response: Any, responds: bool) -> None:
    fields = {"ProtectionArn": "arn:p", "ResourceArn": "arn:r", "HealthCheckIds": ["h"]}
    if response:
        fields["ApplicationLayerAutomaticResponseConfiguration"] = response
    one = made(ShieldProtection, fields)
    assert (one.responds, one.health_checks, one.resource) == (responds, ("h",), "arn:r")


def test_who_responds() -> None:
    assert made(ShieldContacts, EmergencyContactList=[{"EmailAddress": "a@example.com"}]).emails == ("a@example.com",)
    assert made(ShieldContacts).emails == ()
    assert made(ShieldResponseTeam).role is None


def test_attacks() -> None:
    assert made(ShieldAttacks, DataItems=[{"AttackCount": 2}, {"AttackCount": 1}]).total == 3
