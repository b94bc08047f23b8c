from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.evidence.organizations import GuardrailDocument, GuardrailPolicy, MemberAccount, Organization
from auditor.evidence.policy import PolicyDocument
from auditor.inference.access import Access, Audience, Kind, Perimeter, access_of, aws_accounts, kinds_of
from auditor.inference.access import perimeter as inference
from auditor.inference.policy import Decision, Grant, Known, Rights, Rule, Rules, fits, fits_arn, holds, welcome
from auditor.testing import ACCOUNT, every, every_of, gap, gathered, made

MINE, THEIRS, PARTNER = ACCOUNT.id, "210987654321", "111122223333"
ORGANIZATION = "o-a1b2c3d4e5"
INSIDE = Perimeter(MINE, ORGANIZATION)
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]}


def document(*statements: dict[str, Any]) -> PolicyDocument:
    return PolicyDocument.read({"Statement": [{k: v for k, v in one.items() if v is not None} for one in statements]})


# ---- patterns


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("s3:getobject", "s3:*", True),
        ("s3:getobject", "s3:get?bject", True),
        ("s3:getobject", "*", True),
        ("s3:getobject", "s3:*object", True),
        ("s3:getobject", "s3:*o*t", True),
        ("s3:getobject", "s3:get", False),
        ("ab", "ab*b", False),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/?", False),
        ("a[b]", "a[b]", True),
        ("a.b", "a?b", True),
        ("", "*", True),
        ("", "?", False),
    ],
)
def test_patterns(text: str, pattern: str, expected: bool) -> None:
    assert fits(text, pattern) is expected


@given(st.text(alphabet="ab:/", max_size=12), st.text(alphabet="ab:/*?", max_size=10))
def test_patterns_are_those_of_an_expression(text: str, pattern: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(one, re.escape(one)) for one in pattern)
    assert fits(text, pattern) is bool(re.fullmatch(expression, text))


@given(st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab*?", max_size=8), st.text(alphabet="ab", max_size=8))
def test_a_pattern_within_a_pattern_brings_all_its_texts(inner: str, outer: str, text: str) -> None:
    if fits(inner, outer) and fits(text, inner):
        assert fits(text, outer)


def test_hostile_patterns_cost_little() -> None:
    assert not fits("a" * 2000, "a*" * 300 + "b")
    assert not fits("a" * 300, "*a?" * 60 + "b")


def test_arn_operators_compare_part_by_part() -> None:
    assert fits_arn("arn:aws:iam::1:role/x", "arn:*:iam::*:role/x")
    assert not fits_arn("arn:aws:iam::1:role/x", "arn:aws:*:role/x")


# ---- conditions


@pytest.mark.parametrize(
    ("operator", "values", "have", "expected"),
    [
        ("StringEquals", ("a", "b"), ("b",), True),
        ("StringEquals", ("A",), ("a",), False),
        ("StringEqualsIgnoreCase", ("A",), ("a",), True),
        ("StringLike", ("a*",), ("abc",), True),
        ("StringNotEquals", ("a",), ("b",), True),
        ("StringNotEquals", ("a",), (), True),
        ("StringEquals", ("a",), (), False),
        ("StringEquals", ("a",), None, None),
        ("StringEqualsIfExists", ("a",), (), True),
        ("StringEqualsIfExists", ("a",), ("b",), False),
        ("ForAllValues:StringEquals", ("a",), (), True),
        ("ForAllValues:StringEquals", ("a",), ("a", "b"), False),
        ("ForAnyValue:StringEquals", ("a",), ("a", "b"), True),
        ("ForAnyValue:StringEquals", ("a",), (), False),
        ("ForAnyValue:StringNotEquals", ("a",), (), False),
        ("ArnLike", ("arn:aws:iam::*:role/x",), ("arn:aws:iam::1:role/x",), True),
        ("Bool", ("true",), ("true",), True),
        ("Bool", ("true",), (), False),
        ("BoolIfExists", ("true",), (), True),
        ("Null", ("true",), (), True),
        ("Null", ("true",), ("a",), False),
        ("Null", ("false",), ("a",), True),
        ("NumericLessThan", ("5",), ("3",), None),
        ("StringEquals", ("${aws:username}",), ("ada",), True),
        ("StringEquals", ("${aws:userid}",), ("ada",), None),
        ("StringEquals", ("${aws:userid, 'ada'}",), ("ada",), None),
        ("StringEquals", ("${aws:nobody, 'ada'}",), ("ada",), True),
        ("StringEquals", ("${aws:nobody}",), ("ada",), False),
    ],
)
def test_operators(operator: str, values: tuple[str, ...], have: tuple[str, ...] | None, expected: bool | None) -> None:
    known = Known({"aws:username": ("ada",), "aws:nobody": (), **({} if have is None else {"k": have})})
    assert holds(operator, "k", values, known) is expected


def test_what_is_known_last_goes_first() -> None:
    known = Known({"a": ("1",), "b": ("1",)}) | Known({"a": ("2",)}, ("tag/",))
    assert known.get("a") == ("2",)
    assert known.get("b") == ("1",)
    assert known.get("tag/x") == ()
    assert known.get("c") is None
    assert (Known({"c": ("3",)}) | known).get("c") == ("3",)


# ---- rights


def rules(*statements: dict[str, Any]) -> Rules:
    return Rules(Rule(one, "policy P") for one in document(*statements).statements)


def on(*actions: str, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": resource, **more}


def decided(*statements: dict[str, Any], boundary: Rules | None = None) -> Decision:
    return Rights(rules(*statements), boundary=boundary).can("s3:GetObject", "arn:aws:s3:::b/key").decision


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([], Decision.NOT_GRANTED),
        ([on("s3:GetObject")], Decision.ALLOWED),
        ([on("S3:getobject")], Decision.ALLOWED),
        ([on("s3:Put*")], Decision.NOT_GRANTED),
        ([on("s3:*", resource="arn:aws:s3:::other/*")], Decision.NOT_GRANTED),
        ([on("s3:*"), on("*", effect="Deny")], Decision.REFUSED),
        ([on("s3:*"), on("*", resource="arn:aws:s3:::other/*", effect="Deny")], Decision.ALLOWED),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], Decision.ALLOWED),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], Decision.NOT_GRANTED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/*"}], Decision.NOT_GRANTED),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::c/*"}], Decision.ALLOWED),
        ([on("s3:*", resource="arn:aws:s3:::${aws:userid}/*")], Decision.CONDITIONAL),
        ([on("s3:*", Condition={"StringEquals": {"s3:prefix": "x"}})], Decision.CONDITIONAL),
        ([on("s3:*", Condition={"Bool": {"aws:SecureTransport": "true"}})], Decision.ALLOWED),
        ([on("s3:*"), on("*", effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], Decision.ALLOWED),
        ([on("s3:*"), on("*", effect="Deny", Condition={"StringNotEquals": {"aws:SourceVpce": "v"}})],
         Decision.CONDITIONAL),
    ],
)  # fmt: skip
def test_rights(statements: list[dict[str, Any]], decision: Decision) -> None:
    assert decided(*statements) is decision


def test_a_boundary_grants_nothing_and_cuts() -> None:
    assert decided(on("s3:*"), boundary=rules(on("s3:Get*"))) is Decision.ALLOWED
    assert decided(on("s3:*"), boundary=rules(on("ec2:*"))) is Decision.NOT_GRANTED
    assert decided(boundary=rules(on("*"))) is Decision.NOT_GRANTED
    assert decided(on("s3:*"), boundary=rules(on("*"), on("s3:*", effect="Deny"))) is Decision.REFUSED
    conditional = rules(on("s3:*", Condition={"StringEquals": {"s3:prefix": "x"}}))
    assert decided(on("s3:*"), boundary=conditional) is Decision.CONDITIONAL


def test_a_pattern_of_resources_asks_for_all() -> None:
    rights = Rights(rules(on("s3:*", resource="arn:aws:s3:::b/*")))
    assert rights.can("s3:GetObject", "arn:aws:s3:::b/in/*").certain
    assert not rights.can("s3:GetObject", "*").possible
    assert rights.can_somewhere("s3:GetObject").certain
    assert not rights.can_somewhere("ec2:RunInstances").possible


def test_somewhere_is_not_where_a_denial_or_a_boundary_is() -> None:
    granted = rules(on("s3:*", resource="arn:aws:s3:::b/*"), on("s3:Put*", resource="arn:aws:s3:::b/*", effect="Deny"))
    assert not Rights(granted).can_somewhere("s3:PutObject").possible
    assert Rights(granted).can_somewhere("s3:GetObject").certain
    bounded = Rights(rules(on("s3:*")), boundary=rules(on("s3:*", resource="arn:aws:s3:::b/*")))
    assert bounded.can_somewhere("s3:PutObject").certain


def test_a_grant_names_its_statement_and_what_is_open() -> None:
    grant = Rights(rules(on("s3:*", Sid="Team", Condition={"StringEquals": {"s3:prefix": "x"}}))).can("s3:GetObject")
    assert grant.rule is not None
    assert grant.rule.label == "statement Team of policy P"
    assert grant.unresolved == ("s3:prefix",)
    assert Grant(Decision.NOT_GRANTED).if_only("x").decision is Decision.NOT_GRANTED


ADA = f"arn:aws:iam::{MINE}:user/ada"


@pytest.mark.parametrize(
    ("principal", "itself", "through"),
    [
        ({"Principal": {"AWS": ADA}}, True, False),
        ({"Principal": {"AWS": MINE}}, False, True),
        ({"Principal": {"AWS": f"arn:aws:iam::{MINE}:root"}}, False, True),
        ({"Principal": "*"}, True, False),
        ({"Principal": {"AWS": THEIRS}}, False, False),
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, False, False),
        ({"NotPrincipal": {"AWS": ADA}}, False, False),
        ({"NotPrincipal": {"AWS": THEIRS}}, True, False),
    ],
)
def test_whom_a_resource_welcomes(principal: dict[str, Any], itself: bool, through: bool) -> None:
    said = welcome(document({**on("sqs:*"), **principal}), ADA, "sqs:SendMessage", "arn:q")
    assert (said.itself.possible, said.account.possible) == (itself, through)


def test_a_denial_of_the_account_is_one_of_its_principals() -> None:
    refused = {**on("sqs:*", effect="Deny"), "Principal": {"AWS": MINE}}
    said = welcome(document({**on("sqs:*"), "Principal": "*"}, refused), ADA, "sqs:SendMessage", "arn:q")
    assert said.itself.decision is Decision.REFUSED


# ---- whom a resource's policy admits


def audiences(*statements: dict[str, Any], within: Perimeter = INSIDE) -> set[Audience]:
    return {one.audience for one in access_of(document(*statements), within).admissions}


def when(**conditions: Any) -> set[Audience]:
    return audiences(ALLOW | {"Condition": conditions})


def by(**principal: Any) -> dict[str, Any]:
    return ALLOW | {"Principal": principal}


@pytest.mark.parametrize(
    ("principal", "audience"),
    [
        ({"AWS": "*"}, Audience.ANYONE),
        ({"AWS": MINE}, Audience.OWN),
        ({"AWS": f"arn:aws:iam::{MINE}:role/x"}, Audience.OWN),
        ({"AWS": f"arn:aws:iam::{THEIRS}:root"}, Audience.ACCOUNTS),
        ({"AWS": "AROAEXAMPLEDELETED"}, Audience.UNIDENTIFIED),
        ({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, Audience.UNIDENTIFIED),
        ({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}, Audience.UNIDENTIFIED),
        ({"Service": "sns.amazonaws.com"}, Audience.UNGUARDED_SERVICE),
        ({"Federated": "cognito-identity.amazonaws.com"}, Audience.FEDERATED),
    ],
)
def test_principals(principal: dict[str, Any], audience: Audience) -> None:
    assert audiences(by(**principal)) == {audience}


def test_an_allow_of_all_but_some_is_public() -> None:
    assert audiences(ALLOW | {"Principal": None, "NotPrincipal": {"AWS": MINE}}) == {Audience.ANYONE}


@pytest.mark.parametrize(
    ("conditions", "audience"),
    [
        ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, Audience.ORGANIZATION),
        ({"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}, Audience.ORGANIZATION),
        ({"StringEquals": {"aws:SourceOrgID": ORGANIZATION}}, Audience.ORGANIZATION),
        ({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}, Audience.ORGANIZATION),
        ({"ForAllValues:StringLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}, Audience.ANYONE),
        ({"StringLike": {"aws:PrincipalOrgID": "o-*"}}, Audience.ANY_ACCOUNT),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}, Audience.ANYONE),
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, Audience.ANYONE),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, Audience.ANY_ACCOUNT),
        ({"StringEquals": {"AWS:SourceOwner": MINE}}, Audience.OWN),
        ({"StringEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}, Audience.OWN),
        ({"StringEquals": {"aws:PrincipalAccount": [MINE, THEIRS]}}, Audience.ACCOUNTS),
        ({"StringEquals": {"aws:PrincipalAccount": [MINE, "*"]}}, Audience.ANY_ACCOUNT),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{MINE}:role/x"}}, Audience.OWN),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}, Audience.ANY_ACCOUNT),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"},
          "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, Audience.ORGANIZATION),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{MINE}:*"}}, Audience.OWN),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:*:t"}}, Audience.ANYONE),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}, Audience.UNIDENTIFIED),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}, "StringEquals": {"aws:SourceAccount": MINE}},
         Audience.OWN),
        ({"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}, Audience.UNIDENTIFIED),
        ({"StringLike": {"aws:userid": "*"}}, Audience.ANY_ACCOUNT),
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}, Audience.ANY_ACCOUNT),
        ({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com", "kms:CallerAccount": MINE}}, Audience.OWN),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, Audience.NETWORK),
        ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": ["198.51.100.0/24", "::/0"]}}, Audience.ANYONE),
        ({"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "not an address"]}}, Audience.ANYONE),
        ({"StringLike": {"aws:SourceIp": "203.0.*"}}, Audience.NETWORK),
        ({"StringLike": {"aws:SourceIp": "*"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, Audience.NETWORK),
        ({"StringEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, Audience.ANYONE),
        ({"StringLike": {"aws:SourceVpc": "vpc-*"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:VpceOrgID": ORGANIZATION}}, Audience.NETWORK),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:PrincipalOrgID": ORGANIZATION}}, Audience.ORGANIZATION),
        ({"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
         Audience.ORGANIZATION),
        ({"StringEquals": {"sts:ExternalId": "shared"}}, Audience.ANYONE),
        ({"StringEquals": {"aws:Referer": "secret"}}, Audience.ANYONE),
        ({"Bool": {"aws:SecureTransport": "true"}}, Audience.ANYONE),
    ],
)  # fmt: skip
def test_conditions_of_an_allow_for_everyone(conditions: dict[str, Any], audience: Audience) -> None:
    assert when(**conditions) == {audience}


def test_conditions_that_contradict_leave_nobody() -> None:
    both = {"StringEquals": {"aws:PrincipalAccount": MINE}, "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{THEIRS}:*"}}
    assert when(**both) == set()
    assert audiences(by(AWS=THEIRS) | {"Condition": {"StringEquals": {"aws:PrincipalAccount": MINE}}}) == set()


@pytest.mark.parametrize(
    ("conditions", "audience"),
    [
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, {Audience.ORGANIZATION}),
        ({"StringNotEqualsIfExists": {"aws:SourceVpce": "vpce-1"}}, {Audience.NETWORK}),
        ({"StringNotEquals": {"aws:SourceVpc": "v"}, "BoolIfExists": {"aws:ViaAWSService": "false"}},
         {Audience.NETWORK}),
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION, "aws:PrincipalAccount": THEIRS}},
         {Audience.ORGANIZATION, Audience.ACCOUNTS}),
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION},
          "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}, {Audience.ORGANIZATION}),
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}, "Bool": {"aws:PrincipalIsAWSService": "true"}},
         {Audience.ANYONE}),
        ({"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}, "Bool": {"aws:SecureTransport": "false"}},
         {Audience.ANYONE}),
        ({"ForAnyValue:StringNotLike": {"aws:PrincipalOrgPaths": f"{ORGANIZATION}/*"}}, {Audience.ANYONE}),
        ({"StringNotLike": {"aws:PrincipalOrgID": "*"}}, {Audience.ANYONE}),
        ({"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}, {Audience.ANYONE}),
        ({"Bool": {"aws:SecureTransport": "false"}}, {Audience.ANYONE}),
        ({}, set()),
    ],
)  # fmt: skip
def test_what_a_denial_leaves(conditions: dict[str, Any], audience: set[Audience]) -> None:
    assert audiences(ALLOW, DENY | ({"Condition": conditions} if conditions else {})) == audience


def test_a_denial_of_all_but_named_principals_leaves_these() -> None:
    spared = {key: value for key, value in DENY.items() if key != "Principal"}
    access = access_of(document(ALLOW, spared | {"NotPrincipal": {"AWS": f"arn:aws:iam::{MINE}:role/x"}}), INSIDE)
    assert access.widest is Audience.OWN


def test_a_denial_of_part_leaves_the_rest() -> None:
    outsiders = {"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}
    both = ALLOW | {"Action": ["s3:GetObject", "s3:PutObject"]}
    access = access_of(document(both, DENY | outsiders | {"Action": "s3:Put*"}), INSIDE)
    assert {one.audience: one.actions for one in access.admissions} == {
        Audience.ANYONE: ("s3:GetObject",),
        Audience.ORGANIZATION: ("s3:PutObject",),
    }
    assert audiences(ALLOW | {"Action": "s3:*"}, DENY | outsiders | {"Action": "s3:Put*"}) == {Audience.ANYONE}
    assert audiences(ALLOW, DENY | outsiders | {"Resource": "arn:aws:s3:::b/private/*"}) == {Audience.ANYONE}
    everything_but = ALLOW | {"Action": None, "NotAction": "s3:Delete*"}
    assert audiences(everything_but, DENY | outsiders) == {Audience.ANYONE}
    assert audiences(everything_but, DENY | outsiders | {"Action": "*"}) == {Audience.ORGANIZATION}
    less = {"Action": None, "NotAction": "s3:DeleteObject"}
    assert audiences(everything_but, DENY | outsiders | less) == {Audience.ORGANIZATION}


def test_a_denial_of_a_named_principal_takes_it_out() -> None:
    two = by(AWS=[f"arn:aws:iam::{THEIRS}:root", f"arn:aws:iam::{PARTNER}:root"])
    access = access_of(document(two, DENY | {"Principal": {"AWS": f"arn:aws:iam::{THEIRS}:root"}}), INSIDE)
    assert set(access.external_accounts) == {PARTNER}


@pytest.mark.parametrize(
    ("conditions", "audience"),
    [
        ({"StringEquals": {"aws:SourceAccount": MINE}}, Audience.SERVICE),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{MINE}:t"}}, Audience.SERVICE),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:eu-west-1:*:t"}}, Audience.UNGUARDED_SERVICE),
        ({"StringEquals": {"aws:SourceOrgID": ORGANIZATION}}, Audience.SERVICE),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::bucket"}}, Audience.UNGUARDED_SERVICE),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::bucket"}, "StringEquals": {"aws:SourceAccount": MINE}},
         Audience.SERVICE),
        ({"StringEqualsIfExists": {"aws:SourceAccount": MINE}}, Audience.UNGUARDED_SERVICE),
        ({"Bool": {"aws:SecureTransport": "true"}}, Audience.UNGUARDED_SERVICE),
        ({"ArnLike": {"AWS:SourceArn": f"arn:aws:cloudfront::{MINE}:distribution/E1"}}, Audience.SERVICE),
    ],
)  # fmt: skip
def test_services_and_confused_deputies(conditions: dict[str, Any], audience: Audience) -> None:
    service = by(Service="sns.amazonaws.com") | {"Condition": conditions}
    assert audiences(service) == {audience}


def test_a_bucket_of_the_account_guards_a_service() -> None:
    service = by(Service="s3.amazonaws.com") | {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}}
    assert audiences(service, within=INSIDE.with_buckets(["bucket"])) == {Audience.SERVICE}
    assert audiences(service, within=INSIDE.with_buckets(["other"])) == {Audience.UNGUARDED_SERVICE}


def test_a_denial_that_spares_services_does_not_guard_them() -> None:
    service = by(Service="sns.amazonaws.com")
    org = {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    spares = DENY | {"Condition": org | {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}}
    assert audiences(service, spares) == {Audience.UNGUARDED_SERVICE}


CONFUSED_DEPUTY = DENY | {
    "Action": "*",
    "Resource": "*",
    "Condition": {
        "StringNotEqualsIfExists": {"aws:SourceOrgID": ORGANIZATION},
        "Null": {"aws:SourceAccount": "false"},
        "Bool": {"aws:PrincipalIsAWSService": "true"},
    },
}


def test_resource_control_policies_hold_for_every_resource() -> None:
    within = Perimeter(MINE, ORGANIZATION, controls=(document(CONFUSED_DEPUTY),))
    assert audiences(by(Service="sns.amazonaws.com"), within=within) == {Audience.SERVICE}
    assert audiences(ALLOW, within=within) == {Audience.ANYONE}
    outsiders = DENY | {
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
    }
    assert audiences(ALLOW, within=Perimeter(MINE, ORGANIZATION, controls=(document(outsiders),))) == {
        Audience.ORGANIZATION
    }


def test_accounts_that_are_not_trusted() -> None:
    logs = "156460612806"
    access = access_of(
        document(
            by(AWS=[MINE, THEIRS, PARTNER, logs]) | {"Action": "s3:PutBucketPolicy"},
            by(AWS=THEIRS),
            by(Service="sns.amazonaws.com") | {"Condition": {"StringEquals": {"aws:SourceAccount": "999988887777"}}},
            ALLOW | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-zzzzzzzzzz"}}},
        ),
        INSIDE.trusting(PARTNER),
    )
    assert access.external_accounts == {THEIRS: Kind.ADMIN, "999988887777": Kind.READ, "o-zzzzzzzzzz": Kind.READ}
    assert aws_accounts()[logs] == "load balancer logs"
    assert not access.public


def test_an_account_within_the_organization_is_not_outside() -> None:
    within = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}
    assert not access_of(document(by(AWS=THEIRS) | within), INSIDE).external


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (ALLOW, "anyone"),
        (by(AWS=[THEIRS, PARTNER]), f"accounts {THEIRS}, {PARTNER}"),
        (ALLOW | {"Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}},
         "anyone who comes from 198.51.100.0/24"),
        (ALLOW | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}}, f"organization {ORGANIZATION}"),
        (by(Service="sns.amazonaws.com"), "sns.amazonaws.com on anyone's behalf"),
        (by(Service="sns.amazonaws.com") | {"Condition": {"StringEquals": {"aws:SourceAccount": MINE}}},
         f"sns.amazonaws.com on behalf of {MINE}"),
        (by(Federated="accounts.google.com"), "whoever signs in through accounts.google.com"),
        (ALLOW | {"Condition": {"StringLike": {"aws:userid": "AROAEXAMPLE:*"}}}, "AROAEXAMPLE"),
        (by(AWS=MINE), "the own account"),
    ],
)  # fmt: skip
def test_words(statement: dict[str, Any], words: str) -> None:
    (admission,) = access_of(document(statement), INSIDE).admissions
    assert admission.who == words


def test_a_shared_secret_is_told() -> None:
    (admission,) = access_of(document(ALLOW | {"Condition": {"StringEquals": {"sts:ExternalId": "x"}}}), INSIDE).public
    assert admission.secrets == ("sts:externalid",)
    assert admission.allows("s3:GetObject")
    assert admission.allows("s3:Get*")
    assert not admission.allows("s3:PutObject")


@pytest.mark.parametrize(
    ("action", "kinds"),
    [
        ("s3:GetObject", {Kind.READ}),
        ("s3:GetBucketPolicy", {Kind.READ}),
        ("s3:PutObject", {Kind.WRITE}),
        ("s3:PutObjectAcl", {Kind.ADMIN}),
        ("s3:DeleteObject", {Kind.DELETE}),
        ("s3:*", set(Kind)),
        ("*", set(Kind)),
        ("s3:Get*", {Kind.READ}),
        ("s3:Put*", {Kind.WRITE, Kind.ADMIN}),
        ("s3:D*", {Kind.READ, Kind.DELETE, Kind.WRITE, Kind.ADMIN}),
        ("sqs:SendMessage", {Kind.WRITE}),
        ("sqs:ReceiveMessage", {Kind.READ}),
        ("sqs:SetQueueAttributes", {Kind.ADMIN}),
        ("sns:Subscribe", {Kind.READ}),
        ("kms:Decrypt", {Kind.READ}),
        ("kms:CreateGrant", {Kind.ADMIN}),
        ("kms:ScheduleKeyDeletion", {Kind.DELETE}),
        ("lambda:InvokeFunction", {Kind.WRITE}),
        ("lambda:AddPermission", {Kind.ADMIN}),
        ("ecr:BatchGetImage", {Kind.READ}),
        ("ecr:PutImage", {Kind.WRITE}),
        ("es:ESHttpGet", {Kind.READ}),
        ("elasticfilesystem:ClientRootAccess", {Kind.ADMIN}),
    ],
)
def test_what_actions_do(action: str, kinds: set[Kind]) -> None:
    assert kinds_of(action) == kinds


def test_default_policies_of_topics_and_queues_admit_the_own_account() -> None:
    topic = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Resource": "arn:aws:sns:eu-west-1:123456789012:t",
        "Condition": {"StringEquals": {"AWS:SourceOwner": MINE}},
    }
    queue = {"Sid": "__owner_statement", "Effect": "Allow", "Principal": {"AWS": MINE}, "Action": "SQS:*"}
    assert audiences(topic) == audiences(queue) == {Audience.OWN}


# ---- the perimeter


def organization(management: str = PARTNER) -> Organization:
    return made(Organization, Id=ORGANIZATION, MasterAccountId=management, FeatureSet="ALL")


def perimeter(*parts: Any) -> Perimeter:
    found = inference.function(ACCOUNT, *parts)
    assert isinstance(found, Perimeter)
    return found


def test_the_perimeter_is_the_organization() -> None:
    member = made(MemberAccount, Arn="arn:m", Id=THEIRS)
    found = perimeter(every(organization()), every(member), every(), every())
    assert (found.account, found.organization, found.trusted) == (MINE, ORGANIZATION, frozenset({THEIRS}))
    assert perimeter(every(), every(), every(), every()).organization == ""


def test_control_policies_count_where_all_can_be_read_and_hold() -> None:
    raw = {"Arn": "arn:p", "Id": "p-1", "Type": "RESOURCE_CONTROL_POLICY", "AwsManaged": False}
    (control,) = gathered(
        GuardrailPolicy,
        ACCOUNT,
        ListPoliciesForTarget=lambda asked: {"Policies": [raw] if asked["Filter"] == raw["Type"] else []},
        ListParents={"Parents": [{"Id": "r-1", "Type": "ROOT"}]},
    )
    described = made(GuardrailDocument, {"Content": '{"Statement": []}'}, under=control)
    documents = every_of((control, described))
    assert len(perimeter(every(organization()), every(), every(control), documents).controls) == 1
    assert not perimeter(every(organization(MINE)), every(), every(control), documents).controls
    unread = every_of((control, described), gaps=(gap("organizations:DescribePolicy"),))
    assert not perimeter(every(organization()), every(), every(control), unread).controls


# ---- properties

ACTIONS = st.sampled_from(["s3:GetObject", "s3:PutObject", "s3:*", "*", "s3:Get*"])
RESOURCES = st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/k", "arn:aws:s3:::${aws:username}/*"])
PRINCIPALS = st.sampled_from(
    [{"AWS": "*"}, {"AWS": MINE}, {"AWS": [THEIRS, PARTNER]}, {"Service": "sns.amazonaws.com"}, {"AWS": ADA}]
)
CONDITIONS = st.dictionaries(
    st.sampled_from(
        ["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "StringNotEqualsIfExists", "Null",
         "ForAllValues:StringLike", "ForAnyValue:StringLike", "IpAddress", "NotIpAddress", "Bool", "ArnLike", "Odd"]
    ),
    st.dictionaries(
        st.sampled_from(
            ["aws:PrincipalOrgID", "aws:PrincipalAccount", "aws:SourceIp", "aws:SourceVpce", "aws:SecureTransport",
             "aws:SourceArn", "aws:username", "aws:PrincipalIsAWSService", "sts:ExternalId"]
        ),
        st.lists(
            st.sampled_from([ORGANIZATION, MINE, "*", "198.51.100.0/24", "0.0.0.0/0", "vpce-1", "true", "false", "ada",
                             "${aws:username}", "arn:aws:s3:::b", "o-*"]),
            min_size=1, max_size=2,
        ),
        min_size=1, max_size=2,
    ),
    max_size=2,
)  # fmt: skip


@st.composite
def statements(draw: st.DrawFn, effect: str) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": effect, "Principal": draw(PRINCIPALS)}
    found["NotAction" if draw(st.integers(0, 9)) == 0 else "Action"] = draw(st.lists(ACTIONS, min_size=1, max_size=2))
    found["NotResource" if draw(st.integers(0, 9)) == 0 else "Resource"] = draw(RESOURCES)
    conditions = draw(CONDITIONS)
    return found | ({"Condition": conditions} if conditions else {})


POLICIES = st.lists(st.one_of(statements("Allow"), statements("Deny")), max_size=4)
REQUESTS = st.tuples(
    st.sampled_from(["s3:GetObject", "s3:PutObject", "ec2:RunInstances"]),
    st.sampled_from(["arn:aws:s3:::b/k", "arn:aws:s3:::ada/k", "*"]),
)
KNOWN = Known({"aws:username": ("ada",), "aws:principalaccount": (MINE,), "aws:principalisawsservice": ("false",)})


def answer(policy: list[dict[str, Any]], request: tuple[str, str], boundary: list[dict[str, Any]] | None) -> Decision:
    limit = None if boundary is None else rules(*boundary)
    return Rights(rules(*policy), boundary=limit, known=KNOWN).can(*request).decision


@given(POLICIES, st.one_of(st.none(), POLICIES), statements("Deny"), REQUESTS)
def test_a_denial_never_grants(
    policy: list[dict[str, Any]],
    boundary: list[dict[str, Any]] | None,
    denial: dict[str, Any],
    request: tuple[str, str],
) -> None:
    before = answer(policy, request, boundary)
    assert answer([*policy, denial], request, boundary) <= max(before, Decision.NOT_GRANTED)
    assert answer(policy, request, [*(boundary or []), denial]) <= max(before, Decision.NOT_GRANTED)


@given(POLICIES, POLICIES, statements("Allow"), REQUESTS)
def test_an_allow_never_removes(
    policy: list[dict[str, Any]], boundary: list[dict[str, Any]], more: dict[str, Any], request: tuple[str, str]
) -> None:
    before = answer(policy, request, boundary)
    if before >= Decision.CONDITIONAL:
        assert answer([*policy, more], request, boundary) >= before
        assert answer(policy, request, [*boundary, more]) >= before


@given(POLICIES, REQUESTS)
def test_a_boundary_never_grants(policy: list[dict[str, Any]], request: tuple[str, str]) -> None:
    without = answer(policy, request, None)
    assert answer(policy, request, [on("*")]) is without
    assert not answer(policy, request, []) >= Decision.CONDITIONAL


def gives(access: Access) -> set[tuple[int, str]]:
    """What is given to everyone: the place of the statement's actions by their text."""
    return {(id(one.statement), action) for one in access.public for action in one.actions}


@settings(max_examples=200)
@given(POLICIES, statements("Deny"), statements("Allow"))
def test_what_is_public_shrinks_with_denials_and_grows_with_allows(
    policy: list[dict[str, Any]], denial: dict[str, Any], more: dict[str, Any]
) -> None:
    read = document(*policy)
    denied = PolicyDocument((*read.statements, *document(denial).statements))
    grown = PolicyDocument((*read.statements, *document(more).statements))
    public = gives(access_of(read, INSIDE))
    assert gives(access_of(denied, INSIDE)) <= public
    assert public <= gives(access_of(grown, INSIDE))


@given(POLICIES)
def test_words_are_never_wanting(policy: list[dict[str, Any]]) -> None:
    for one in access_of(document(*policy), INSIDE).admissions:
        assert one.who
        assert one.kinds
