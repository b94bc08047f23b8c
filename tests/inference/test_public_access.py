from typing import Any

import pytest

from auditor.evidence.policy import PolicyDocument
from auditor.inference.access import Perimeter
from auditor.inference.public_access import Outside

ORGANIZATION = "o-a1b2c3d4e5"
MINE = "123456789012"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}


def is_open(*statements: dict[str, Any]) -> bool:
    return bool(Outside(Perimeter(MINE)).everyone(PolicyDocument.read({"Statement": list(statements)})))


def when(**conditions: Any) -> bool:
    return is_open(ALLOW | {"Condition": conditions})


def test_everyone_is_admitted() -> None:
    assert is_open(ALLOW)
    assert is_open(ALLOW | {"Principal": {"AWS": ["*"]}})


def test_all_but_a_few_are_admitted() -> None:
    statement = {key: value for key, value in ALLOW.items() if key != "Principal"}
    assert is_open(statement | {"NotPrincipal": {"AWS": f"arn:aws:iam::{MINE}:role/x"}})


def test_named_principals_are_not_everyone() -> None:
    assert not is_open(ALLOW | {"Principal": {"AWS": MINE}})
    assert not is_open(ALLOW | {"Principal": {"Service": "cloudfront.amazonaws.com"}})
    assert not is_open(DENY)


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        {"StringEquals": {"AWS:SourceOwner": MINE}},
        {"StringLike": {"aws:PrincipalOrgPaths": [f"{ORGANIZATION}/r-ab12/*"]}},
        {"StringEquals": {"aws:SourceOrgID": ORGANIZATION}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{MINE}:*"}},
        {"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::my-bucket"}},
        {"StringEquals": {"kms:CallerAccount": MINE, "kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}},
        {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}},
        {"StringEquals": {"aws:SourceVpce": "vpce-1"}},
        {"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        {
            "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"},
            "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION},
        },
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": [f"{ORGANIZATION}/*"]}},
    ],
)
def test_a_condition_limits(conditions: dict[str, Any]) -> None:
    assert not when(**conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        {"Bool": {"aws:SecureTransport": "true"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        {"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}},
        {"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": [f"{ORGANIZATION}/*"]}},
        {"Null": {"aws:PrincipalOrgID": "false"}},
        {"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}},
        {"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "::/0"]}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}},
        {"StringLike": {"aws:PrincipalOrgID": "*"}},
        {"StringEquals": {"aws:PrincipalAccount": [MINE, "*"]}},
        {"StringLike": {"aws:userid": "*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}},
        {"StringEquals": {"aws:Referer": "secret"}},
        {"StringLike": {"aws:SourceVpc": "vpc-*"}},
    ],
)
def test_a_condition_does_not_limit(conditions: dict[str, Any]) -> None:
    assert when(**conditions)


@pytest.mark.parametrize(
    "conditions",
    [
        {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
        {"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}},
        {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}, "BoolIfExists": {"aws:ViaAWSService": "false"}},
        {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
    ],
)
def test_a_denial_takes_it_back(conditions: dict[str, Any]) -> None:
    assert not is_open(ALLOW, DENY | {"Condition": conditions})


def test_a_denial_of_something_else_takes_nothing_back() -> None:
    outsiders = {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    assert is_open(ALLOW, DENY | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    assert is_open(ALLOW, DENY | {"Action": "s3:PutObject", "Condition": outsiders})
    assert is_open(ALLOW, DENY | {"Resource": "arn:aws:s3:::b/private/*", "Condition": outsiders})
    assert is_open(ALLOW | {"Action": "s3:*"}, DENY | {"Action": "s3:Put*", "Condition": outsiders})
    assert is_open(ALLOW, DENY | {"Condition": outsiders | {"Bool": {"aws:SecureTransport": "false"}}})


def test_a_denial_of_everyone_leaves_nothing() -> None:
    assert not is_open(ALLOW, DENY)
