import json
from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.secretsmanager import Secret, SecretPolicy, SecretReplication
from auditor.testing import ago, gathered, made

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/orders-a1b2c3"


def secret(**changes: Any) -> Secret:
    return made(Secret, {"ARN": ARN, "Name": "shop/orders", "CreatedDate": ago(days=400), **changes})


def test_a_secret_that_was_never_rotated() -> None:
    plain = secret(Tags=[{"Key": "Name", "Value": "other"}])
    assert plain.name == "shop/orders"
    assert plain.rotation_enabled is False
    assert plain.rotated is None
    assert plain.key is None
    assert not plain.is_replica
    assert not plain.has_pending_version


def test_a_secret_that_rotates() -> None:
    rotating = secret(
        RotationEnabled=True,
        RotationLambdaARN="arn:aws:lambda:eu-west-1:123456789012:function:rotate",
        RotationRules={"AutomaticallyAfterDays": 30, "ScheduleExpression": "rate(30 days)"},
        NextRotationDate=ago(days=-3),
    )
    assert rotating.rotation_days == 30
    assert rotating.rotation_schedule == "rate(30 days)"
    assert rotating.next_rotation is not None


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ({"AutomaticallyAfterDays": 30}, 30),
        ({"ScheduleExpression": "rate(10 days)"}, 10),
        ({"ScheduleExpression": "rate(1 day)"}, 1),
        ({"ScheduleExpression": "rate(12 hours)"}, 0.5),
        ({"ScheduleExpression": "cron(0 16 1 * ? *)"}, None),
        ({}, None),
    ],
)
def test_the_interval_of_rotation(rules: dict[str, Any], days: float | None) -> None:
    assert secret(RotationRules=rules).interval_days == days


@pytest.mark.parametrize(("region", "copy"), [("eu-west-1", False), ("us-east-1", True)])
def test_a_copy_names_another_region(region: str, copy: bool) -> None:
    assert secret(PrimaryRegion=region).is_replica is copy


@pytest.mark.parametrize(
    ("stages", "pending"),
    [
        ({"v1": ["AWSCURRENT", "AWSPENDING"]}, False),
        ({"v1": ["AWSCURRENT"], "v0": ["AWSPREVIOUS"]}, False),
        ({"v1": ["AWSCURRENT"], "v2": ["AWSPENDING"]}, True),
    ],
)
def test_a_rotation_hangs_where_a_version_is_pending_alone(stages: dict[str, list[str]], pending: bool) -> None:
    assert secret(SecretVersionsToStages=stages).has_pending_version is pending


def test_copies_in_other_regions() -> None:
    replication = made(SecretReplication, ReplicationStatus=[{"Region": "us-east-1", "Status": "InSync"}])
    assert [(one.region, one.status, one.key) for one in replication.replicas] == [("us-east-1", "InSync", None)]


def policy(**answer: Any) -> SecretPolicy:
    found: SecretPolicy = gathered(
        SecretPolicy, made(Secret, ARN=ARN, Name="s"), GetResourcePolicy={"ARN": ARN, **answer}
    )
    return found


def test_a_copy_has_the_policy_of_its_primary() -> None:
    with pytest.raises(Absent):
        gathered(SecretPolicy, made(Secret, ARN=ARN, Name="s", PrimaryRegion="us-east-1"), GetResourcePolicy={})


def test_a_resource_policy_or_none() -> None:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    document = policy(ResourcePolicy=json.dumps({"Statement": allow})).document
    assert document is not None
    assert document.statements[0].names_anyone
    assert policy().document is None
