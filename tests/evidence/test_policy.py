from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.policy import PolicyDocument, Statement, account_of, matches

ORGANIZATION = "o-a1b2c3d4e5"


def statement(**changes: Any) -> Statement:
    raw = {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", **changes}
    return PolicyDocument.read({"Statement": raw}).statements[0]


def when(**conditions: Any) -> Statement:
    return statement(Condition=conditions)


def denial(**changes: Any) -> PolicyDocument:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}
    return PolicyDocument.read(
        {"Statement": [allow, {"Effect": "Deny", "Principal": "*", "Action": "sts:*", **changes}]}
    )


@pytest.mark.parametrize("document", ["[]", "{", '{"Statement": ["x"]}', '{"Statement": {"Effect": "Perhaps"}}'])
def test_what_is_no_policy_is_refused(document: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PolicyDocument.read(document)


def test_single_values_and_lists_read_alike() -> None:
    one = statement(Action="s3:GetObject", Condition={"Bool": {"aws:SecureTransport": False}})
    assert one.actions == ("s3:GetObject",)
    assert one.values_of("AWS:SecureTransport") == ("false",)
    assert one.names_anyone


@pytest.mark.parametrize(
    ("action", "covered"),
    [("iam:PassRole", True), ("iam:passrole", True), ("iam:GetRole", False)],
)
def test_actions_compare_without_case(action: str, covered: bool) -> None:
    assert statement(Action=["iam:Pass*"]).covers_action(action) is covered


def test_not_action_and_not_resource_cover_the_rest() -> None:
    rest = statement(Action=None, NotAction="iam:*", NotResource="arn:aws:s3:::b/*")
    assert rest.covers_action("s3:GetObject")
    assert not rest.covers_action("iam:PassRole")
    assert rest.covers_resource("arn:aws:s3:::c")
    assert not rest.covers_resource("arn:aws:s3:::b/key")


@pytest.mark.parametrize(
    ("conditions", "limited"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, True),
        ({"StringEquals": {"AWS:principalorgid": [ORGANIZATION]}}, True),
        ({"StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/r-ab12/ou-ab12-*/*"}}, True),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/*"}}, True),
        ({"StringEquals": {"aws:PrincipalAccount": ["123456789012", "210987654321"]}}, True),
        ({"StringLike": {"aws:PrincipalOrgID": "*"}}, False),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, False),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/admin"}}, False),
        ({"StringEquals": {"aws:PrincipalAccount": ["123456789012", "*"]}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}, False),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, False),
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, False),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, False),
        ({"StringEquals": {"sts:ExternalId": "a-long-shared-secret"}}, False),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ],
)
def test_which_conditions_limit_a_statement_to_somebody(conditions: dict[str, Any], limited: bool) -> None:
    assert bool(when(**conditions).limited_to) is limited


def test_one_limiting_key_is_enough_beside_a_harmless_one() -> None:
    both = when(Bool={"aws:SecureTransport": "true"}, StringEquals={"aws:PrincipalOrgID": ORGANIZATION})
    assert both.limited_to == (ORGANIZATION,)


@pytest.mark.parametrize(
    ("denied", "away"),
    [
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}, True),
        ({"Condition": {"StringNotEqualsIfExists": {"aws:PrincipalAccount": "123456789012"}}}, True),
        ({"Principal": None, "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:root"}}, True),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}, False),
        ({"Condition": {"StringNotLike": {"aws:PrincipalOrgID": "*"}}}, False),
        ({"Action": "sts:TagSession", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}, False),
        (
            {
                "Condition": {
                    "StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION},
                    "Bool": {"aws:SecureTransport": "false"},
                }
            },
            False,
        ),
        ({"Principal": {"AWS": "210987654321"}}, False),
    ],
)
def test_which_denials_turn_strangers_away(denied: dict[str, Any], away: bool) -> None:
    assert denial(**denied).turns_strangers_away("sts:AssumeRole") is away


PLAINTEXT = {"Bool": {"aws:SecureTransport": "false"}}


@pytest.mark.parametrize(
    ("denied", "refused"),
    [
        ({"Condition": PLAINTEXT}, True),
        ({"Action": "sts:Tag*", "Condition": PLAINTEXT}, False),
        ({"Principal": {"AWS": "210987654321"}, "Condition": PLAINTEXT}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
        ({"Condition": PLAINTEXT | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
        ({}, False),
    ],
)
def test_which_denials_refuse_plaintext(denied: dict[str, Any], refused: bool) -> None:
    assert denial(**denied).denies_plaintext("sts:AssumeRole") is refused


@pytest.mark.parametrize(
    ("actions", "reads"),
    [
        (["s3:Get*", "ec2:DescribeInstances", "logs:FilterLogEvents"], False),
        (["s3:GetObject", "ec2:Describe*", "dynamodb:BatchGetItem", "dynamodb:Query"], True),
        (["*"], False),
        (["s3:*"], False),
        (["s3:PutObject"], False),
    ],
)
def test_reading_actions_are_told_by_their_verbs(actions: list[str], reads: bool) -> None:
    assert statement(Action=actions).only_reads is reads


def test_everything_but_some_actions_is_more_than_reading() -> None:
    assert not statement(Action=None, NotAction="iam:*").only_reads


@pytest.mark.parametrize(
    ("principal", "account"),
    [
        ("123456789012", "123456789012"),
        ("arn:aws:iam::123456789012:root", "123456789012"),
        ("arn:aws-cn:iam::123456789012:role/path/name", "123456789012"),
        ("arn:aws:sts::123456789012:assumed-role/name/session", "123456789012"),
        ("AROAIDOFADELETEDROLE", ""),
        ("arn:aws:iam::*:root", ""),
        ("*", ""),
    ],
)
def test_the_account_that_a_principal_names(principal: str, account: str) -> None:
    assert account_of(principal) == account


def test_a_statement_is_named_by_its_sid() -> None:
    assert statement(Sid="Partner").label == "statement Partner"
    assert statement().label == "a statement"


@given(st.text(alphabet="ab[]!-.", max_size=8))
def test_only_stars_and_question_marks_are_wildcards(text: str) -> None:
    assert matches(text, text)
    assert matches(text, f"{text}*")
    assert matches(f"{text}a", f"{text}?")
    assert not matches(f"{text}a", f"{text}b?")
