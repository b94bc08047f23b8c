import json
from functools import partial
from typing import Any

import networks
import principals
from networks import (
    SSH_OPEN,
    TARGETS,
    balancer,
    endpoint_link,
    eni,
    exposure,
    group,
    health,
    interfaces,
    listener,
    rest_method,
    rule,
    target_group,
)
from principals import ADMIN, BY_LAMBDA, BY_STRANGER, EVERYTHING, IDLE, OUTSIDE, rights, url_callers, used, workload

from auditor.errors import Absent
from auditor.evidence.apigateway import ApiDomain, BasePathMappings, EndpointVpcLink, RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import ApiMapping, HttpApi, HttpDomain, HttpRoute, HttpStage
from auditor.evidence.cloudformation import Stack
from auditor.evidence.codebuild import BuildProject, ProjectName
from auditor.evidence.config import ConfigRule
from auditor.evidence.ec2 import Instance, InstanceUserData, LaunchTemplateVersion, MetadataDefaults
from auditor.evidence.ecs import LatestTaskDefinition, TaskDefinitionFamily
from auditor.evidence.efs import FileSystem
from auditor.evidence.iam import (
    AccountSummary,
    CredentialReport,
    Group,
    ManagedPolicy,
    MfaDevice,
    Role,
    SamlProvider,
    User,
)
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy, FunctionUrl
from auditor.evidence.organizations import MemberAccount, Organization
from auditor.evidence.policy import PolicyDocument
from auditor.evidence.resource_policies import ResourcePolicy
from auditor.evidence.s3 import Bucket, BucketEntry
from auditor.evidence.secretsmanager import Secret
from auditor.evidence.ssoadmin import SsoInstance
from auditor.inference.access import Perimeter
from auditor.inference.api_names import ApiNames
from auditor.inference.principals import SSO_PATH
from auditor.inference.public_access import Outside
from auditor.inference.role_use import Workload, instance_workload
from auditor.model import GLOBAL, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)
from auditor.wiring import Batch

IAM = "arn:aws:iam::123456789012"
COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "mfa_active",
    "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date",
    "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date",
    "cert_1_active", "cert_2_active",
)  # fmt: skip
DEFAULTS = {name: "false" if name.endswith("active") else "N/A" for name in COLUMNS}


def row(name: str = "bob", **columns: str) -> str:
    arn = f"{IAM}:root" if name == "<root_account>" else f"{IAM}:user/{name}"
    values = {**DEFAULTS, "password_enabled": "false", **columns, "user": name, "arn": arn}
    return ",".join(values[column] for column in COLUMNS)


def report(*rows: str) -> CredentialReport:
    content = "\n".join((",".join(COLUMNS), *rows))
    found: CredentialReport = gathered(
        CredentialReport,
        ACCOUNT,
        GenerateCredentialReport={"State": "COMPLETE"},
        GetCredentialReport={"Content": content, "GeneratedTime": ago(hours=2)},
    )
    return found


def key(number: int, rotated: int, used: int | None) -> dict[str, str]:
    return {
        f"access_key_{number}_active": "true",
        f"access_key_{number}_last_rotated": ago(days=rotated),
        f"access_key_{number}_last_used_date": ago(days=used) if used is not None else "N/A",
    }


def user(name: str = "bob", **changes: Any) -> User:
    return made(User, {"UserName": name, "Arn": f"{IAM}:user/{name}", "CreateDate": ago(days=400), **changes})


BOB = user()

test_iam_user_active_access_key = cases(
    "iam_user_active_access_key",
    case("no key", PASS, BOB, report(row()), ACCOUNT, because="no active access key"),
    case("a young key in use", FAIL, BOB, report(row(**key(1, 30, 1))), ACCOUNT, severity=Severity.HIGH),
    case(
        "an old key in use",
        FAIL,
        BOB,
        report(row(**key(1, 91, 1))),
        ACCOUNT,
        because="of 91 days",
        severity=Severity.CRITICAL,
    ),
    case("an old key that lies idle", FAIL, BOB, report(row(**key(1, 91, 31))), ACCOUNT, severity=Severity.HIGH),
    case(
        "as old as a profile allows",
        FAIL,
        BOB,
        report(row(**key(1, 91, 1))),
        ACCOUNT,
        severity=Severity.HIGH,
        max_age_days=365,
    ),
    case(
        "a key that was never used",
        FAIL,
        BOB,
        report(row(**key(1, 400, None))),
        ACCOUNT,
        because="never used",
        severity=Severity.MEDIUM,
    ),
    case(
        "both keys in one finding",
        FAIL,
        BOB,
        report(row(**key(1, 400, 1), **key(2, 10, None))),
        ACCOUNT,
        because="of 400 days last used 2026-11-25 and an active access key of 10 days",
        severity=Severity.CRITICAL,
    ),
    case(
        "a key and a signing certificate",
        FAIL,
        BOB,
        report(row(**key(1, 30, 1), cert_1_active="true")),
        ACCOUNT,
        because="and active signing certificates (1)",
    ),
    case(
        "a signing certificate",
        FAIL,
        BOB,
        report(row(cert_2_active="true")),
        ACCOUNT,
        because="signing certificates (1)",
    ),
    case("an allowed user", PASS, BOB, report(row(**key(1, 91, 1))), ACCOUNT, allowed_users=("bob",)),
    case("newer than the report", UNKNOWN, BOB, report(row("alice")), ACCOUNT, because="2026-11-26 10:00"),
)

PASSWORD = {"password_enabled": "true"}

test_iam_user_console_password = cases(
    "iam_user_console_password",
    case("no password", PASS, BOB, report(row()), ACCOUNT),
    case("a password", FAIL, BOB, report(row(**PASSWORD)), ACCOUNT, severity=Severity.HIGH),
    case("for emergencies", PASS, BOB, report(row(**PASSWORD)), ACCOUNT, break_glass_users=("bob",)),
    case(
        "for emergencies, yet used",
        FAIL,
        BOB,
        report(row(**PASSWORD, password_last_used=ago(days=29))),
        ACCOUNT,
        because="2026-10-28",
        severity=Severity.MEDIUM,
        break_glass_users=("bob",),
    ),
    case(
        "used long ago",
        PASS,
        BOB,
        report(row(**PASSWORD, password_last_used=ago(days=31))),
        ACCOUNT,
        break_glass_users=("bob",),
    ),
    case(
        "three for emergencies",
        FAIL,
        BOB,
        report(row(**PASSWORD)),
        ACCOUNT,
        because="3 users",
        severity=Severity.MEDIUM,
        break_glass_users=("bob", "eve", "dan"),
    ),
    case("newer than the report", UNKNOWN, BOB, report(), ACCOUNT),
)

test_iam_user_console_mfa_missing = cases(
    "iam_user_console_mfa_missing",
    case("no password", NOT_APPLICABLE, BOB, report(row())),
    case("a second factor", PASS, BOB, report(row(**PASSWORD, mfa_active="true"))),
    case("a password alone", FAIL, BOB, report(row(**PASSWORD)), because="never used", severity=Severity.CRITICAL),
    case("a password in use", FAIL, BOB, report(row(**PASSWORD, password_last_used=ago(days=1))), because="2026-11-25"),
    case("newer than the report", UNKNOWN, BOB, report(row("alice"))),
)


def summary(**changes: int) -> AccountSummary:
    counts = {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0}
    return made(AccountSummary, {**counts, **changes})


test_iam_root_access_key = cases(
    "iam_root_access_key",
    case("none", PASS, ACCOUNT, summary()),
    case("a key", FAIL, ACCOUNT, summary(AccountAccessKeysPresent=1), because="access keys (1)"),
    case(
        "a certificate", FAIL, ACCOUNT, summary(AccountSigningCertificatesPresent=1), because="signing certificates (1)"
    ),
    case(
        "an answer without the numbers", UNKNOWN, ACCOUNT, made(AccountSummary, {"Users": 1}), because="AccountAccess"
    ),
)

ROOT = "<root_account>"
UNUSED = report(row(ROOT, password_enabled="not_supported"))
USED = report(row(ROOT, password_last_used=ago(days=89)))
PHONE = made(MfaDevice, {"SerialNumber": f"{IAM}:mfa/root-account-mfa-device"})
CAROLS = made(MfaDevice, {"SerialNumber": f"{IAM}:mfa/carol", "User": {"Arn": f"{IAM}:user/carol"}})

test_iam_root_mfa_missing = cases(
    "iam_root_mfa_missing",
    case("a security key, never used", PASS, ACCOUNT, summary(), UNUSED, every(CAROLS)),
    case("no device", FAIL, ACCOUNT, summary(AccountMFAEnabled=0), UNUSED, every(), severity=Severity.CRITICAL),
    case(
        "no device, and a password for sure",
        FAIL,
        ACCOUNT,
        summary(AccountMFAEnabled=0, AccountPasswordPresent=1),
        UNUSED,
        every(),
        because="password alone",
    ),
    case("a phone", FAIL, ACCOUNT, summary(), UNUSED, every(PHONE), because="virtual", severity=Severity.MEDIUM),
    case("used", FAIL, ACCOUNT, summary(), USED, every(PHONE), because="2026-08-29", severity=Severity.HIGH),
    case("used long ago", PASS, ACCOUNT, summary(), USED, every(), recent_use_days=30),
    case(
        "a key of root in use",
        FAIL,
        ACCOUNT,
        summary(),
        report(row(ROOT, **key(1, 900, 2))),
        every(),
        because="2026-11-24",
        severity=Severity.HIGH,
    ),
    case(
        "deleted centrally",
        NOT_APPLICABLE,
        ACCOUNT,
        summary(AccountMFAEnabled=0, AccountPasswordPresent=0),
        UNUSED,
        every(),
    ),
    case(
        "no password, but a key",
        FAIL,
        ACCOUNT,
        summary(AccountMFAEnabled=0, AccountPasswordPresent=0, AccountAccessKeysPresent=1),
        report(row(ROOT, **key(1, 9, 1))),
        every(),
        severity=Severity.HIGH,
    ),
    case(
        "no password, and a key that nobody uses",
        PASS,
        ACCOUNT,
        summary(AccountMFAEnabled=0, AccountPasswordPresent=0, AccountAccessKeysPresent=1),
        UNUSED,
        every(),
        because="has no password",
    ),
    case(
        "used, and devices denied",
        FAIL,
        ACCOUNT,
        summary(),
        USED,
        every(gaps=[gap("iam:ListVirtualMFADevices", GLOBAL)]),
        severity=Severity.HIGH,
    ),
    case("no row for root", UNKNOWN, ACCOUNT, summary(), report(row()), every(), because="no row for the root user"),
    case(
        "devices denied",
        UNKNOWN,
        ACCOUNT,
        summary(),
        UNUSED,
        every(gaps=[gap("iam:ListVirtualMFADevices", GLOBAL)]),
        because="iam:ListVirtualMFADevices was denied",
    ),
)


def allow(action: Any, resource: Any = "*", **conditions: Any) -> dict[str, Any]:
    one = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**one, "Condition": conditions} if conditions else one


def policy(*statements: dict[str, Any], attached: int = 1, arn: str = f"{IAM}:policy/deploy") -> ManagedPolicy:
    version = {"VersionId": "v1", "IsDefaultVersion": True, "Document": {"Statement": list(statements)}}
    return made(ManagedPolicy, {"Arn": arn, "AttachmentCount": attached, "PolicyVersionList": [version]})


def role(name: str = "app", trust: Any = (), **changes: Any) -> Role:
    document = {"Statement": list(trust)}
    raw = {"Arn": f"{IAM}:role/{name}", "RoleName": name, "Path": "/", "CreateDate": ago(days=400)}
    return made(Role, {**raw, "AssumeRolePolicyDocument": document, **changes})


def trust(principal: Any, action: str = "sts:AssumeRole", **conditions: Any) -> dict[str, Any]:
    one = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**one, "Condition": conditions} if conditions else one


ROLES = every(*(role(f"app-{number}") for number in range(12)), role("deploy-target"))
TO_LAMBDA: dict[str, Any] = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
LAMBDA = trust({"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]})
EVERYTHING_INLINE = [{"PolicyName": "all", "PolicyDocument": {"Statement": [allow("*")]}}]
BOSS = role("app-boss", trust=[LAMBDA], RolePolicyList=EVERYTHING_INLINE)
BOSSES = every(*ROLES, BOSS)
ROLES_DENIED = every(gaps=[gap("iam:GetAccountAuthorizationDetails", GLOBAL)])
TAKEN, ROOT_ONLY = (
    role("taken", trust=[LAMBDA]),
    role("root-only", trust=[trust({"AWS": f"{IAM}:root"})], RolePolicyList=EVERYTHING_INLINE),
)
HAS_IT: dict[str, Any] = {"AttachedManagedPolicies": [{"PolicyArn": f"{IAM}:policy/deploy", "PolicyName": "deploy"}]}
MASTER = role("master", RolePolicyList=EVERYTHING_INLINE, **HAS_IT)
DEPLOYER = role("deployer", **HAS_IT), policy()
HOLDERS = every(DEPLOYER[0])
PLAIN, STRONG = rights(*ROLES, *DEPLOYER), rights(*ROLES, BOSS, *DEPLOYER)

test_iam_policy_pass_role_wildcard = cases(
    "iam_policy_pass_role_wildcard",
    case(
        "any role",
        FAIL,
        policy(allow("iam:PassRole")),
        ROLES,
        PLAIN,
        HOLDERS,
        because="a statement allows iam:PassRole on every role",
    ),
    case(
        "by a wildcard",
        FAIL,
        policy({**allow("iam:Pass*"), "Sid": "Pass"}),
        ROLES,
        PLAIN,
        HOLDERS,
        because="statement Pass",
    ),
    case("all of IAM", FAIL, policy(allow("iam:*")), ROLES, PLAIN, HOLDERS, because="every role"),
    case(
        "by what it leaves out",
        FAIL,
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
        ROLES,
        PLAIN,
        HOLDERS,
    ),
    case(
        "a pattern of many",
        FAIL,
        policy(allow("iam:PassRole", f"{IAM}:role/app-*")),
        ROLES,
        PLAIN,
        HOLDERS,
        because="12 roles",
    ),
    case("a pattern of few", PASS, policy(allow("iam:PassRole", f"{IAM}:role/deploy-*")), ROLES, PLAIN, HOLDERS),
    case(
        "many are allowed",
        PASS,
        policy(allow("iam:PassRole", f"{IAM}:role/app-*")),
        ROLES,
        PLAIN,
        HOLDERS,
        max_roles=12,
    ),
    case("a named service", PASS, policy(allow("iam:PassRole", **TO_LAMBDA)), ROLES, PLAIN, HOLDERS),
    case(
        "a service if there is one",
        FAIL,
        policy(allow("iam:PassRole", StringEqualsIfExists={"iam:PassedToService": "lambda.amazonaws.com"})),
        ROLES,
        PLAIN,
        HOLDERS,
    ),
    case(
        "any service",
        FAIL,
        policy(allow("iam:PassRole", StringLike={"iam:PassedToService": "*"})),
        ROLES,
        PLAIN,
        HOLDERS,
    ),
    case("a denial", PASS, policy({**allow("iam:PassRole"), "Effect": "Deny"}), ROLES, PLAIN, HOLDERS),
    case("an administrator's", PASS, policy(allow("*")), ROLES, PLAIN, HOLDERS),
    case("attached to nobody", NOT_APPLICABLE, policy(allow("iam:PassRole"), attached=0), ROLES, PLAIN, HOLDERS),
    case(
        "of AWS",
        NOT_APPLICABLE,
        policy(allow("iam:PassRole"), arn="arn:aws:iam::aws:policy/PowerUserAccess"),
        ROLES,
        PLAIN,
        HOLDERS,
    ),
    case("roles denied", UNKNOWN, policy(allow("iam:PassRole", f"{IAM}:role/app-*")), ROLES_DENIED, PLAIN, HOLDERS),
    case(
        "any role of another account",
        PASS,
        policy(allow("iam:PassRole", "arn:aws:iam::999999999999:role/*")),
        ROLES,
        PLAIN,
        HOLDERS,
    ),
    case("any role by its ARN", FAIL, policy(allow("iam:PassRole", "arn:aws:iam::*:role/*")), ROLES, PLAIN, HOLDERS),
    case(
        "any service of AWS",
        FAIL,
        policy(allow("iam:PassRole", StringLike={"iam:PassedToService": "*.amazonaws.com"})),
        ROLES,
        PLAIN,
        HOLDERS,
    ),
    case(
        "a role that cannot be ruled out",
        FAIL,
        policy(allow("iam:PassRole")),
        every(TAKEN),
        rights(TAKEN, *DEPLOYER, gaps=[gap("lambda:ListFunctions")]),
        HOLDERS,
        severity=Severity.HIGH,
    ),
    case(
        "an administrator that no service takes",
        FAIL,
        policy(allow("iam:PassRole")),
        every(ROOT_ONLY),
        rights(ROOT_ONLY, *DEPLOYER),
        HOLDERS,
        severity=Severity.LOW,
    ),
    case(
        "held by an administrator",
        NOT_APPLICABLE,
        policy(allow("iam:PassRole")),
        BOSSES,
        rights(MASTER, policy(allow("iam:PassRole"))),
        every(MASTER),
        because="iam_principal_administrator",
    ),
    case(
        "principals denied",
        UNKNOWN,
        policy(allow("iam:PassRole")),
        BOSSES,
        STRONG,
        ROLES_DENIED,
        because="iam:GetAccountAuthorizationDetails was denied",
    ),
    case("nothing to gain", FAIL, policy(allow("iam:PassRole")), ROLES, PLAIN, HOLDERS, severity=Severity.LOW),
    case("an administrator", FAIL, policy(allow("iam:PassRole")), BOSSES, STRONG, HOLDERS, severity=Severity.HIGH),
)


def inline(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}]


PASSING = inline(allow("iam:PassRole"))
GROUP = made(Group, {"Arn": f"{IAM}:group/g", "GroupName": "g", "GroupPolicyList": PASSING})

OWNERS = (role(RolePolicyList=PASSING), user(UserPolicyList=PASSING), GROUP)
PASSERS, AND_BOSS = rights(*ROLES, *OWNERS), rights(*ROLES, BOSS, *OWNERS)
BOSSY = role("bossy", RolePolicyList=[*PASSING, {**EVERYTHING_INLINE[0]}])

test_iam_inline_policy_pass_role_wildcard = cases(
    "iam_inline_policy_pass_role_wildcard",
    case("of a role", FAIL, role(RolePolicyList=PASSING), ROLES, PASSERS, because="in the inline policy own"),
    case("of a user", FAIL, user(UserPolicyList=PASSING), ROLES, PASSERS, because="every role"),
    case("of a group", FAIL, GROUP, ROLES, PASSERS, severity=Severity.LOW),
    case("an administrator", FAIL, GROUP, BOSSES, AND_BOSS, severity=Severity.HIGH),
    case(
        "an administrator's own",
        NOT_APPLICABLE,
        BOSSY,
        BOSSES,
        rights(*ROLES, BOSSY),
        because="iam_principal_administrator",
    ),
    case("to a named service", PASS, user(UserPolicyList=inline(allow("iam:PassRole", **TO_LAMBDA))), ROLES, PASSERS),
    case("none", NOT_APPLICABLE, BOB, ROLES, PASSERS),
    case(
        "roles denied",
        UNKNOWN,
        user(UserPolicyList=inline(allow("iam:PassRole", f"{IAM}:role/app-*"))),
        ROLES_DENIED,
        PASSERS,
    ),
)


ORGANIZATION: dict[str, Any] = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
EXTERNAL_ID: dict[str, Any] = {"StringEquals": {"sts:ExternalId": "shop-7f3a91"}}
STRANGERS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:*",
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
}
NOT_ONE = {"Effect": "Allow", "NotPrincipal": {"AWS": f"{IAM}:user/bob"}, "Action": "sts:AssumeRole"}

SAME_ORGANIZATION: dict[str, Any] = {"StringEquals": {"aws:PrincipalOrgID": "${aws:ResourceOrgID}"}}
CONTROLLED = Outside(
    Perimeter(
        ACCOUNT.id, "o-a1b2c3d4e5", controls=(PolicyDocument.read({"Statement": [{**STRANGERS, "Resource": "*"}]}),)
    )
)

test_iam_role_trust_any_principal = cases(
    "iam_role_trust_any_principal",
    case("a service", PASS, role(trust=[trust({"Service": "ec2.amazonaws.com"})]), OUTSIDE),
    case("everyone", FAIL, role(trust=[trust("*")]), OUTSIDE, because="every AWS account", severity=Severity.CRITICAL),
    case("every account", FAIL, role(trust=[trust({"AWS": ["*"]})]), OUTSIDE),
    case("everyone but one", FAIL, role(trust=[NOT_ONE]), OUTSIDE),
    case("by a wildcard of actions", FAIL, role(trust=[trust("*", "sts:Assume*")]), OUTSIDE),
    case("everyone of the organization", PASS, role(trust=[trust("*", **ORGANIZATION)]), OUTSIDE),
    case("strangers are denied", PASS, role(trust=[trust("*"), STRANGERS]), OUTSIDE),
    case(
        "a shared password",
        FAIL,
        role(trust=[trust("*", **EXTERNAL_ID)]),
        OUTSIDE,
        because="external id",
        severity=Severity.HIGH,
    ),
    case(
        "a network",
        FAIL,
        role(trust=[trust("*", IpAddress={"aws:SourceIp": "203.0.113.0/24"})]),
        OUTSIDE,
        because="every AWS account at 203.0.113.0/24",
        severity=Severity.CRITICAL,
    ),
    case(
        "a shared password beside an open door",
        FAIL,
        role(trust=[trust("*", **EXTERNAL_ID), {**trust("*"), "Sid": "Door"}]),
        OUTSIDE,
        because="statement Door",
        severity=Severity.CRITICAL,
    ),
    case("the organization of the role", PASS, role(trust=[trust("*", **SAME_ORGANIZATION)]), OUTSIDE),
    case("the organization's resource control policy", PASS, role(trust=[trust("*")]), CONTROLLED),
    case(
        "any role of that name",
        FAIL,
        role(trust=[trust("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/x"})]),
        OUTSIDE,
    ),
    case("nothing that assumes", PASS, role(trust=[trust("*", "sts:SetSourceIdentity")]), OUTSIDE),
)

OTHER = "210987654321"
MEMBERS = every(made(MemberAccount, Id="123456789012", Arn="arn:aws:organizations::1:account/o-1/123456789012"))
SISTER = every(*MEMBERS, made(MemberAccount, Id=OTHER, Arn=f"arn:aws:organizations::1:account/o-1/{OTHER}"))
OURS = every(
    made(Organization, Id="o-a1b2c3d4e5", MasterAccountId="123456789012", FeatureSet="ALL"),
)
NO_MEMBERS = every(gaps=[gap("organizations:ListAccounts", GLOBAL)])
USED_ROLE: dict[str, Any] = {"RoleLastUsed": {"LastUsedDate": ago(days=1)}}
PARTNER = role(trust=[trust({"AWS": f"arn:aws:iam::{OTHER}:root"})], **USED_ROLE)


def guarded(identifier: str, operator: str = "StringEquals") -> Role:
    condition: dict[str, Any] = {operator: {"sts:ExternalId": identifier}}
    return role(trust=[trust({"AWS": OTHER}, **condition)], **USED_ROLE)


WEAK = rights(role())
MIGHTY = rights(role(RolePolicyList=inline(allow("*"))))
WITH_MFA: dict[str, Any] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}

test_iam_role_trust_external_account_unguarded = cases(
    "iam_role_trust_external_account_unguarded",
    case(
        "a whole account and an administrator",
        FAIL,
        PARTNER,
        ACCOUNT,
        MEMBERS,
        OURS,
        MIGHTY,
        because="can become, an administrator",
        severity=Severity.CRITICAL,
    ),
    case("an administrator for a sister", FAIL, PARTNER, ACCOUNT, SISTER, OURS, MIGHTY, severity=Severity.LOW),
    case(
        "a second factor for a sister",
        PASS,
        role(trust=[trust({"AWS": OTHER}, **WITH_MFA)]),
        ACCOUNT,
        SISTER,
        OURS,
        MIGHTY,
    ),
    case(
        "a whole account",
        FAIL,
        PARTNER,
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        because=f"it trusts arn:aws:iam::{OTHER}:root without an external id",
        severity=Severity.HIGH,
    ),
    case(
        "an account id", FAIL, role(trust=[trust({"AWS": OTHER})]), ACCOUNT, MEMBERS, OURS, WEAK, severity=Severity.HIGH
    ),
    case(
        "an idle role",
        FAIL,
        role(trust=[trust({"AWS": OTHER})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        because="nobody used the role for 90 days",
    ),
    case(
        "an exact role",
        FAIL,
        role(trust=[trust({"AWS": f"arn:aws:iam::{OTHER}:role/ci"})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.MEDIUM,
    ),
    case(
        "the worst of two",
        FAIL,
        role(trust=[trust({"AWS": [f"arn:aws:iam::{OTHER}:role/ci", "333333333333"]})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.HIGH,
    ),
    case(
        "everyone of an account",
        FAIL,
        role(trust=[trust("*", StringEquals={"aws:PrincipalAccount": OTHER})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
    ),
    case(
        "an unlisted partner with an external id",
        FAIL,
        guarded("shop-7f3a91"),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        because="listed in trusted_accounts",
        severity=Severity.LOW,
    ),
    case("a short external id", FAIL, guarded("1234567"), ACCOUNT, MEMBERS, OURS, WEAK, severity=Severity.HIGH),
    case(
        "an external id of any value",
        FAIL,
        guarded("*-something", "StringLike"),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.HIGH,
    ),
    case(
        "an external id if there is one",
        FAIL,
        guarded("shop-7f3a91", "StringEqualsIfExists"),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.HIGH,
    ),
    case("a trusted account", PASS, guarded("shop-7f3a91"), ACCOUNT, MEMBERS, OURS, WEAK, trusted_accounts=(OTHER,)),
    case("an account of the organization", PASS, PARTNER, ACCOUNT, SISTER, OURS, WEAK),
    case("an own role", NOT_APPLICABLE, role(trust=[trust({"AWS": f"{IAM}:role/ci"})]), ACCOUNT, MEMBERS, OURS, WEAK),
    case("a deleted role", NOT_APPLICABLE, role(trust=[trust({"AWS": "AROAEXAMPLE"})]), ACCOUNT, MEMBERS, OURS, WEAK),
    case(
        "a service", NOT_APPLICABLE, role(trust=[trust({"Service": "ec2.amazonaws.com"})]), ACCOUNT, MEMBERS, OURS, WEAK
    ),
    case(
        "service-linked",
        NOT_APPLICABLE,
        role(trust=[trust({"AWS": OTHER})], Path="/aws-service-role/x/"),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
    ),
    case(
        "accounts denied",
        UNKNOWN,
        PARTNER,
        ACCOUNT,
        NO_MEMBERS,
        OURS,
        WEAK,
        because="organizations:ListAccounts was denied",
    ),
    case("accounts denied, but listed", PASS, PARTNER, ACCOUNT, NO_MEMBERS, OURS, WEAK, trusted_accounts=(OTHER,)),
    case(
        "accounts denied, others listed",
        FAIL,
        PARTNER,
        ACCOUNT,
        NO_MEMBERS,
        OURS,
        WEAK,
        trusted_accounts=("333333333333",),
    ),
    case(
        "another organization",
        FAIL,
        role(trust=[trust("*", StringEquals={"aws:PrincipalOrgID": "o-stranger00"})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        because="it trusts o-stranger00 without an external id",
        severity=Severity.HIGH,
    ),
    case(
        "units of another organization",
        FAIL,
        role(trust=[trust("*", StringLike={"aws:PrincipalOrgPaths": "o-stranger00/r-1/*"})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.HIGH,
    ),
    case("the organization", PASS, role(trust=[trust("*", **ORGANIZATION)]), ACCOUNT, NO_MEMBERS, OURS, WEAK),
    case(
        "a whole account of the organization by condition",
        PASS,
        role(trust=[trust({"AWS": OTHER}, **ORGANIZATION)]),
        ACCOUNT,
        NO_MEMBERS,
        OURS,
        WEAK,
    ),
    case(
        "an administrator for the whole organization",
        FAIL,
        role(trust=[trust("*", **ORGANIZATION)]),
        ACCOUNT,
        SISTER,
        OURS,
        MIGHTY,
        because="everybody whom o-a1b2c3d4e5 lets",
        severity=Severity.LOW,
    ),
    case(
        "the organization denied",
        UNKNOWN,
        role(trust=[trust("*", **ORGANIZATION)]),
        ACCOUNT,
        MEMBERS,
        every(gaps=[gap("organizations:DescribeOrganization", GLOBAL)]),
        WEAK,
        because="organizations:DescribeOrganization was denied",
    ),
    case(
        "an administrator for one role of a sister, and for its own account",
        PASS,
        role(trust=[trust({"AWS": [f"arn:aws:iam::{OTHER}:role/ci", f"{IAM}:root"]})]),
        ACCOUNT,
        SISTER,
        OURS,
        MIGHTY,
    ),
    case(
        "an exact role by condition",
        FAIL,
        role(trust=[trust({"AWS": OTHER}, ArnEquals={"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/ci"})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.MEDIUM,
    ),
    case(
        "all roles of an account by condition",
        FAIL,
        role(trust=[trust("*", ArnLike={"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/*"})]),
        ACCOUNT,
        MEMBERS,
        OURS,
        WEAK,
        severity=Severity.HIGH,
    ),
    case(
        "a whole account, where functions were not read",
        FAIL,
        PARTNER,
        ACCOUNT,
        MEMBERS,
        OURS,
        rights(role(), gaps=[gap("lambda:ListFunctions")]),
        severity=Severity.HIGH,
    ),
)

GITHUB = "token.actions.githubusercontent.com"


def federated(issuer: str, operator: str = "StringLike", *, changes: Any = (), **claims: Any) -> Role:
    conditions = {f"{issuer}:{claim}": value for claim, value in claims.items()}
    principal = {"Federated": f"{IAM}:oidc-provider/{issuer}" if "/" in issuer or issuer == GITHUB else issuer}
    return role(trust=[trust(principal, "sts:AssumeRoleWithWebIdentity", **{operator: conditions})], **dict(changes))


def github(subject: Any, **changes: Any) -> Role:
    return federated(GITHUB, changes=changes, aud="sts.amazonaws.com", sub=subject)


def saml(**conditions: Any) -> Role:
    return role(trust=[trust({"Federated": f"{IAM}:saml-provider/company"}, "sts:AssumeRoleWithSAML", **conditions)])


EKS = "oidc.eks.eu-west-1.amazonaws.com/id/A1B2"
COGNITO = "cognito-identity.amazonaws.com"
READER: dict[str, Any] = {"RolePolicyList": inline(allow(["s3:Get*", "ecr:DescribeImages"]))}
READ_ONLY = policy(allow("s3:Get*"), arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
ATTACHED: dict[str, Any] = {"AttachedManagedPolicies": [{"PolicyArn": READ_ONLY.arn, "PolicyName": "ReadOnlyAccess"}]}
WRITER: dict[str, Any] = {"RolePolicyList": inline(allow("s3:*"))}
NONE = every()

test_iam_role_trust_federation_unscoped = cases(
    "iam_role_trust_federation_unscoped",
    case("exact", PASS, github("repo:shop/web:ref:refs/heads/main"), NONE),
    case(
        "no subject",
        FAIL,
        federated(GITHUB, aud="sts.amazonaws.com"),
        NONE,
        because=f"{GITHUB}:sub",
        severity=Severity.CRITICAL,
    ),
    case("any subject", FAIL, github("*"), NONE, severity=Severity.CRITICAL),
    case("any organization", FAIL, github("repo:*/web:*"), NONE, severity=Severity.CRITICAL),
    case("an organization's beginning", FAIL, github("repo:shop*"), NONE, severity=Severity.CRITICAL),
    case("one good, one bad", FAIL, github(["repo:shop/web:*", "repo:*"]), NONE, severity=Severity.CRITICAL),
    case(
        "a subject if there is one",
        FAIL,
        federated(GITHUB, "StringLikeIfExists", aud="sts.amazonaws.com", sub="repo:shop/web:*"),
        NONE,
        severity=Severity.CRITICAL,
    ),
    case(
        "for all values",
        FAIL,
        federated(GITHUB, "ForAllValues:StringLike", aud="sts.amazonaws.com", sub="repo:shop/web:*"),
        NONE,
        severity=Severity.CRITICAL,
    ),
    case("the owner's claim", PASS, federated(GITHUB, aud="sts.amazonaws.com", repository_owner="shop"), NONE),
    case("any repository", FAIL, github("repo:shop/*"), NONE, because="repo:shop/*", severity=Severity.HIGH),
    case(
        "any repository's main branch",
        FAIL,
        github("repo:shop/*:ref:refs/heads/main"),
        NONE,
        because="any repository of the organization",
        severity=Severity.HIGH,
    ),
    case("any repository, only to read", FAIL, github("repo:shop/*:*", **READER), NONE, severity=Severity.HIGH),
    case(
        "any repository by its claim",
        FAIL,
        federated(GITHUB, aud="sts.amazonaws.com", repository="shop/*"),
        NONE,
        because="(shop/*)",
        severity=Severity.HIGH,
    ),
    case(
        "any owner by the claim of the repository",
        FAIL,
        federated(GITHUB, aud="sts.amazonaws.com", repository="*/web"),
        NONE,
        severity=Severity.CRITICAL,
    ),
    case(
        "any subject of a repository by its id",
        PASS,
        federated(GITHUB, aud="sts.amazonaws.com", sub="repo:shop/*", repository_id="1296269"),
        NONE,
    ),
    case(
        "any branch by its full name, and it writes",
        FAIL,
        github("repo:shop/web:ref:refs/heads/*", **WRITER),
        NONE,
        because="(repo:shop/web:ref:refs/heads/*)",
        severity=Severity.HIGH,
    ),
    case("repositories of a beginning, and it writes", FAIL, github("repo:shop/web*", **WRITER), NONE),
    case("releases, and it writes", PASS, github("repo:shop/web:ref:refs/tags/v*", **WRITER), NONE),
    case(
        "any subject of a repository, but one environment",
        PASS,
        federated(GITHUB, changes=WRITER, aud="sts.amazonaws.com", sub="repo:shop/web:*", environment="production"),
        NONE,
    ),
    case(
        "any branch, and it writes",
        FAIL,
        github("repo:shop/web:*", **WRITER),
        NONE,
        because="any branch",
        severity=Severity.HIGH,
    ),
    case(
        "a pull request, and it writes",
        FAIL,
        github("repo:shop/web:pull_request", **WRITER),
        NONE,
        severity=Severity.HIGH,
    ),
    case("any branch, only to read", PASS, github("repo:shop/web:*", **READER), NONE),
    case("any branch, AWS's policy for reading", PASS, github("repo:shop/web:*", **ATTACHED), every(READ_ONLY)),
    case("any branch, a policy that is not told", FAIL, github("repo:shop/web:*", **ATTACHED), NONE),
    case("policies denied", UNKNOWN, github("repo:shop/web:*", **ATTACHED), ROLES_DENIED),
    case(
        "no audience",
        FAIL,
        federated(GITHUB, sub="repo:shop/web:environment:live"),
        NONE,
        because=f"{GITHUB}:aud",
        severity=Severity.MEDIUM,
    ),
    case(
        "an enterprise's own issuer",
        PASS,
        federated(f"{GITHUB}/shop", aud="sts.amazonaws.com", sub="repo:shop/web:ref:refs/heads/main"),
        NONE,
    ),
    case(
        "Cognito without a pool",
        FAIL,
        federated(COGNITO, amr="authenticated"),
        NONE,
        because=f"{COGNITO}:aud",
        severity=Severity.CRITICAL,
    ),
    case("Cognito with a pool", PASS, federated(COGNITO, aud="eu-west-1:1234"), NONE),
    case("a pod", PASS, federated(EKS, aud="sts.amazonaws.com", sub="system:serviceaccount:shop:web"), NONE),
    case(
        "any namespace",
        FAIL,
        federated(EKS, aud="sts.amazonaws.com", sub="system:serviceaccount:*:web"),
        NONE,
        because="namespace",
        severity=Severity.MEDIUM,
    ),
    case("any pod", FAIL, federated(EKS, aud="sts.amazonaws.com"), NONE, severity=Severity.MEDIUM),
    case("SAML with its audience", PASS, saml(StringEquals={"SAML:aud": "https://signin.aws.amazon.com/saml"}), NONE),
    case("SAML for any audience", FAIL, saml(), NONE, because="SAML:aud", severity=Severity.MEDIUM),
    case("no federation", NOT_APPLICABLE, PARTNER, NONE),
)

PROFILE = {"Arn": f"{IAM}:instance-profile/app", "Id": "AIPAEXAMPLE"}


def instance(tokens: str = "required", endpoint: str = "enabled", hops: int = 1, **changes: Any) -> Instance:
    metadata = {"HttpTokens": tokens, "HttpEndpoint": endpoint, "HttpPutResponseHopLimit": hops}
    base = {"InstanceId": "i-1", "State": {"Name": "running"}, "LaunchTime": ago(days=3), "IamInstanceProfile": PROFILE}
    raw = {**base, "MetadataOptions": metadata, **changes}
    return made(Instance, {name: value for name, value in raw.items() if value is not None})


def tags(**values: str) -> dict[str, Any]:
    return {"Tags": [{"Key": name, "Value": value} for name, value in values.items()]}


UNREAD_EXPOSURE = exposure(SSH_OPEN, gaps=(gap("ec2:DescribeSecurityGroups"),))

HIDDEN, INNER = eni(public=""), balancer("inner", "network", "internal", groups=())
ORDERS = networks.rest_api()
INNER_GROUP = target_group(INNER, protocol="TCP")
BY_API = (
    ORDERS, rest_method(ORDERS), INNER, listener(INNER, 8443, "TCP", to=TARGETS), INNER_GROUP,
    (INNER_GROUP, health("i-1")), HIDDEN, group(rule("10.0.1.0/24", ports=8080)),
)  # fmt: skip
"""An API that asks a hidden instance by an internal load balancer, but for the VPC link."""

REGISTERING = principals.role("node", principals.allow("ecs:RegisterContainerInstance"), by=principals.BY_EC2)
CONTAINERS, OF_ADMIN = (
    Workload("instance", "i-1", instance_workload(instance()), one.arn) for one in (REGISTERING, ADMIN)
)

test_ec2_instance_imdsv1_allowed = cases(
    "ec2_instance_imdsv1_allowed",
    case("tokens", PASS, instance(), exposure(), interfaces(), IDLE, rights()),
    case("no tokens", FAIL, instance("optional"), exposure(), interfaces(), IDLE, rights(), severity=Severity.HIGH),
    case(
        "no tokens, no role",
        FAIL,
        instance("optional", IamInstanceProfile=None),
        exposure(),
        interfaces(),
        IDLE,
        rights(),
        severity=Severity.MEDIUM,
    ),
    case(
        "no metadata service",
        PASS,
        instance("optional", "disabled"),
        exposure(),
        interfaces(),
        IDLE,
        rights(),
        because="is off",
    ),
    case(
        "no tokens, and reached",
        FAIL,
        instance("optional"),
        exposure(SSH_OPEN),
        interfaces(eni()),
        IDLE,
        rights(),
        because="tcp 22 of 52.1.2.3 from the internet",
        severity=Severity.CRITICAL,
    ),
    case(
        "no tokens, and reached by an API and its VPC link",
        FAIL,
        instance("optional"),
        exposure(*BY_API, endpoint_link(INNER.arn)),
        interfaces(HIDDEN),
        IDLE,
        rights(),
        because="tcp 8080 of r1.execute-api.eu-west-1.amazonaws.com from the internet",
        severity=Severity.CRITICAL,
    ),
    case(
        "no tokens, and a VPC link that does not lead to it",
        FAIL,
        instance("optional"),
        exposure(*BY_API, endpoint_link("arn:another")),
        interfaces(HIDDEN),
        IDLE,
        rights(),
        severity=Severity.HIGH,
    ),
    case(
        "no tokens, and VPC links unread",
        UNKNOWN,
        instance("optional"),
        exposure(*BY_API, api_gaps={EndpointVpcLink: [gap("apigateway:GetVpcLinks")]}),
        interfaces(HIDDEN),
        IDLE,
        rights(),
        because="apigateway:GetVpcLinks",
    ),
    case(
        "no tokens, and groups unread",
        UNKNOWN,
        instance("optional"),
        UNREAD_EXPOSURE,
        interfaces(eni()),
        IDLE,
        rights(),
    ),
    case(
        "two hops",
        FAIL,
        instance(hops=2),
        exposure(),
        interfaces(),
        IDLE,
        rights(),
        because="2 hops",
        severity=Severity.LOW,
    ),
    case(
        "two hops of a node of EKS",
        PASS,
        instance(hops=2, **tags(**{"kubernetes.io/cluster/shop": "owned"})),
        exposure(),
        interfaces(),
        IDLE,
        rights(),
    ),
    case(
        "two hops of a node of ECS",
        PASS,
        instance(hops=2, **tags(AmazonECSManaged="")),
        exposure(),
        interfaces(),
        IDLE,
        rights(),
    ),
    case(
        "two hops of an instance that may register with ECS",
        PASS,
        instance(hops=2),
        exposure(),
        interfaces(),
        used(CONTAINERS, roles=[REGISTERING]),
        rights(REGISTERING),
    ),
    case(
        "two hops of an administrator",
        FAIL,
        instance(hops=2),
        exposure(),
        interfaces(),
        used(OF_ADMIN, roles=[ADMIN]),
        rights(ADMIN),
        severity=Severity.LOW,
    ),
    case(
        "settings not told",
        UNKNOWN,
        made(Instance, InstanceId="i-1"),
        exposure(),
        interfaces(),
        IDLE,
        rights(),
        because="MetadataOptions",
    ),
)


def version(**changes: Any) -> LaunchTemplateVersion:
    (found,) = gathered(
        LaunchTemplateVersion,
        DescribeLaunchTemplateVersions={
            "LaunchTemplateVersions": [
                {
                    "LaunchTemplateId": "lt-1",
                    "LaunchTemplateName": "app",
                    "VersionNumber": 4,
                    "DefaultVersion": True,
                    "LaunchTemplateData": {},
                    **changes,
                }
            ]
        },
    )
    one: LaunchTemplateVersion = found
    return one


def metadata(**options: str) -> dict[str, Any]:
    return {"LaunchTemplateData": {"MetadataOptions": options}}


def defaults(**level: str) -> Any:
    return every(made(MetadataDefaults, {"AccountLevel": level}))


NO_DEFAULT = defaults()
DEFAULTS_DENIED = every(gaps=[gap("ec2:GetInstanceMetadataDefaults")])

test_ec2_launch_template_imdsv1_allowed = cases(
    "ec2_launch_template_imdsv1_allowed",
    case("says nothing", FAIL, version(), NO_DEFAULT, because="version 4 leaves HttpTokens to the image"),
    case("the default requires them", PASS, version(), defaults(HttpTokens="required"), because="default in eu-west-1"),
    case("the default does not", FAIL, version(), defaults(HttpTokens="optional"), because="which is optional"),
    case("defaults denied", UNKNOWN, version(), DEFAULTS_DENIED),
    case(
        "optional",
        FAIL,
        version(**metadata(HttpTokens="optional")),
        DEFAULTS_DENIED,
        because="to optional",
        severity=Severity.MEDIUM,
    ),
    case("required", PASS, version(**metadata(HttpTokens="required")), DEFAULTS_DENIED),
    case("off", PASS, version(**metadata(HttpEndpoint="disabled")), NO_DEFAULT),
    case("not the default", NOT_APPLICABLE, version(DefaultVersion=False), NO_DEFAULT),
)

HOLDER = every(role(InstanceProfileList=[{"Arn": PROFILE["Arn"]}]))

test_ec2_instance_without_instance_profile = cases(
    "ec2_instance_without_instance_profile",
    case("a role", PASS, instance(), ACCOUNT, HOLDER),
    case("none", FAIL, instance(IamInstanceProfile=None), ACCOUNT, HOLDER, because="without an instance profile"),
    case("a profile without a role", FAIL, instance(), ACCOUNT, every(role()), because=PROFILE["Arn"]),
    case("stopped", NOT_APPLICABLE, instance(State={"Name": "stopped"}), ACCOUNT, HOLDER, because="stopped"),
    case(
        "just started", NOT_APPLICABLE, instance(IamInstanceProfile=None, LaunchTime=ago(minutes=59)), ACCOUNT, HOLDER
    ),
    case("a service's", NOT_APPLICABLE, instance(IamInstanceProfile=None, Operator={"Managed": True}), ACCOUNT, HOLDER),
    case("roles denied", UNKNOWN, instance(), ACCOUNT, ROLES_DENIED, because="GetAccountAuthorizationDetails"),
)

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pay"
FUNCTION = made(Function, FunctionName="pay", FunctionArn=FUNCTION_ARN)
LIVE = made(FunctionAlias, under=FUNCTION, Name="live", AliasArn=f"{FUNCTION_ARN}:live", FunctionVersion="3")


def url(auth: str = "NONE", arn: str = FUNCTION_ARN, **changes: Any) -> FunctionUrl:
    raw = {"FunctionArn": arn, "FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/", "AuthType": auth}
    return made(FunctionUrl, {**raw, **changes}, under=FUNCTION)


def invoking(**conditions: Any) -> str:
    one = {"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl", "Resource": FUNCTION_ARN}
    by_url = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}
    other = {**one, "Action": "lambda:InvokeFunction", "Condition": {**conditions, **by_url}}
    return json.dumps({"Statement": [{**one, "Condition": conditions}, other]})


OPEN = made(FunctionPolicy, Policy=invoking(StringEquals={"lambda:FunctionUrlAuthType": "NONE"}))
HALF_OPEN = made(
    FunctionPolicy, Policy=json.dumps({"Statement": [trust("*", "lambda:InvokeFunctionUrl") | {"Resource": "*"}]})
)
SIGNED = made(FunctionPolicy, Policy=invoking(StringEquals={"lambda:FunctionUrlAuthType": "AWS_IAM"}))
WITHIN = made(FunctionPolicy, Policy=invoking(**ORGANIZATION))
ALIASES = every(LIVE)
OPEN_ALIAS = every_of((LIVE, made(AliasPolicy, Policy=invoking())))
COOKIES: dict[str, Any] = {"Cors": {"AllowOrigins": ["*"], "AllowCredentials": True}}
ALIASES_DENIED = every(gaps=[gap("lambda:ListAliases")])

SECRETIVE = role(
    "reader", RolePolicyList=inline(allow("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:*:*:*"))
)

callers = partial(url_callers, FUNCTION)

test_lambda_function_url_unauthenticated = cases(
    "lambda_function_url_unauthenticated",
    case("signed", PASS, url("AWS_IAM"), FUNCTION, callers(OPEN, ALIASES, NONE), IDLE, rights()),
    case(
        "open",
        FAIL,
        url(),
        FUNCTION,
        callers(OPEN, ALIASES, NONE),
        IDLE,
        rights(),
        because="https://abc",
        severity=Severity.HIGH,
    ),
    case(
        "open to an administrator",
        FAIL,
        url(),
        FUNCTION,
        callers(OPEN, ALIASES, NONE),
        used(workload(BOSS, "pay"), roles=[BOSS]),
        STRONG,
        because="app-boss is, or can become, an administrator",
        severity=Severity.CRITICAL,
    ),
    case(
        "open to secrets",
        FAIL,
        url(),
        FUNCTION,
        callers(OPEN, ALIASES, NONE),
        used(workload(SECRETIVE, "pay"), roles=[SECRETIVE]),
        rights(SECRETIVE),
        because="role reader may read secrets",
        severity=Severity.CRITICAL,
    ),
    case(
        "open with cookies",
        FAIL,
        url(**COOKIES),
        FUNCTION,
        callers(OPEN, ALIASES, NONE),
        IDLE,
        rights(),
        because="cookies",
    ),
    case("closed for now", FAIL, url(), FUNCTION, callers(None, ALIASES, NONE), IDLE, rights(), severity=Severity.LOW),
    case(
        "the organization", FAIL, url(), FUNCTION, callers(WITHIN, ALIASES, NONE), IDLE, rights(), severity=Severity.LOW
    ),
    case(
        "half open",
        FAIL,
        url(),
        FUNCTION,
        callers(HALF_OPEN, ALIASES, NONE),
        IDLE,
        rights(),
        because="all that everyone lacks to invoke https://abc.lambda-url.eu-west-1.on.aws/ is lambda:InvokeFunction",
        severity=Severity.MEDIUM,
    ),
    case(
        "for signed requests alone",
        FAIL,
        url(),
        FUNCTION,
        callers(SIGNED, ALIASES, NONE),
        IDLE,
        rights(),
        because="keeps https://abc",
        severity=Severity.LOW,
    ),
    case(
        "open, where functions were not read",
        FAIL,
        url(),
        FUNCTION,
        callers(OPEN, ALIASES, NONE),
        used(workload(TAKEN, "pay"), roles=[TAKEN]),
        rights(TAKEN, gaps=[gap("lambda:ListFunctions", "us-east-1")]),
        because="can become an administrator is not known",
        severity=Severity.HIGH,
    ),
    case(
        "an open alias",
        FAIL,
        url(arn=f"{FUNCTION_ARN}:live"),
        FUNCTION,
        callers(None, ALIASES, OPEN_ALIAS),
        IDLE,
        rights(),
        severity=Severity.HIGH,
    ),
    case(
        "an alias apart from its function",
        FAIL,
        url(arn=f"{FUNCTION_ARN}:live"),
        FUNCTION,
        callers(OPEN, ALIASES, NONE),
        IDLE,
        rights(),
        severity=Severity.LOW,
    ),
    case(
        "aliases denied",
        UNKNOWN,
        url(arn=f"{FUNCTION_ARN}:live"),
        FUNCTION,
        callers(OPEN, ALIASES_DENIED, NONE),
        IDLE,
        rights(),
        because="lambda:ListAliases was denied",
    ),
)

RUNNING = made(Function, FunctionName="pay", FunctionArn=FUNCTION_ARN, Role=f"{IAM}:role/app")

test_lambda_function_role_missing = cases(
    "lambda_function_role_missing",
    case("a role that trusts Lambda", PASS, RUNNING, every(role(trust=[LAMBDA])), because="the role app"),
    case("no such role", FAIL, RUNNING, every(role("other")), because=f"{IAM}:role/app does not exist"),
    case(
        "a role for others",
        FAIL,
        RUNNING,
        every(role(trust=[trust({"Service": "ec2.amazonaws.com"})])),
        because="does not trust",
    ),
    case("roles denied", UNKNOWN, RUNNING, ROLES_DENIED, because="iam:GetAccountAuthorizationDetails was denied"),
)

# ---- what principals can become

BARE_READER = principals.role("reader", principals.allow("s3:GetObject"))
ROOMY = principals.role("roomy", {**EVERYTHING, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})
BEHIND_MFA = principals.role("person", EVERYTHING, by={**principals.BY_ACCOUNT, "Condition": WITH_MFA})
FOR_LAMBDA = principals.role("job", EVERYTHING, by=BY_LAMBDA)
FOR_STRANGERS = principals.role("partner", EVERYTHING, by=BY_STRANGER)
ROOT_ROLE = principals.role("OrganizationAccountAccessRole", EVERYTHING, by=BY_STRANGER)
SIGN_ON = principals.role("AWSReservedSSO_Admin_1", EVERYTHING, path=f"{SSO_PATH}eu-west-1/")
ADA = principals.user("ada", EVERYTHING)

test_iam_principal_administrator = cases(
    "iam_principal_administrator",
    case("a reader", PASS, BARE_READER, rights(BARE_READER), IDLE, OUTSIDE),
    case(
        "a role of people",
        FAIL,
        ADMIN,
        rights(ADMIN),
        IDLE,
        OUTSIDE,
        because="statement All of inline policy own of role/admin allows everything",
        severity=Severity.HIGH,
    ),
    case("a user", FAIL, ADA, rights(ADA), IDLE, OUTSIDE, because="do not expire", severity=Severity.CRITICAL),
    case("a role for Lambda", FAIL, FOR_LAMBDA, rights(FOR_LAMBDA), IDLE, OUTSIDE, severity=Severity.CRITICAL),
    case(
        "a workload's",
        FAIL,
        ADMIN,
        rights(ADMIN),
        used(workload(ADMIN, "web", "service"), roles=[ADMIN]),
        OUTSIDE,
        because="the service web acts as it",
        severity=Severity.CRITICAL,
    ),
    case(
        "a stranger's",
        FAIL,
        FOR_STRANGERS,
        rights(FOR_STRANGERS),
        IDLE,
        OUTSIDE,
        because="account 999999999999 may assume it",
        severity=Severity.CRITICAL,
    ),
    case("with a second factor", FAIL, ROOMY, rights(ROOMY), IDLE, OUTSIDE, severity=Severity.MEDIUM),
    case("behind a second factor", FAIL, BEHIND_MFA, rights(BEHIND_MFA), IDLE, OUTSIDE, severity=Severity.MEDIUM),
    case("listed", PASS, ROOT_ROLE, rights(ROOT_ROLE), IDLE, OUTSIDE, because="allowed_admins"),
    case("of Identity Center", NOT_APPLICABLE, SIGN_ON, rights(SIGN_ON), IDLE, OUTSIDE),
    case("a group", NOT_APPLICABLE, GROUP, rights(), IDLE, OUTSIDE),
    case(
        "a policy that is not known",
        UNKNOWN,
        principals.role("x", policies=[f"{IAM}:policy/p"]),
        rights(principals.role("x", policies=[f"{IAM}:policy/p"])),
        IDLE,
        OUTSIDE,
    ),
)

CLIMBER = principals.user("eve", principals.allow("iam:AttachUserPolicy"))
STEP_UP = principals.role("deployer", principals.allow("sts:AssumeRole", on=ADMIN.arn))
PERHAPS = principals.role(
    "perhaps", principals.allow("sts:AssumeRole", on=ADMIN.arn, IpAddress={"aws:SourceIp": "198.51.100.0/24"})
)
OPENED = principals.role("opened", principals.allow("sts:AssumeRole", on=ADMIN.arn), by=BY_STRANGER)
BY_GITHUB = principals.trust(
    "sts:AssumeRoleWithWebIdentity", Federated=f"{IAM}:oidc-provider/token.actions.githubusercontent.com"
)
PIPELINE = principals.role("pipeline", principals.allow("sts:AssumeRole", on=ADMIN.arn), by=BY_GITHUB)
SERVED = used(workload(STEP_UP, "web", "service", way="shop"), roles=[STEP_UP])

test_iam_principal_privilege_escalation = cases(
    "iam_principal_privilege_escalation",
    case("no way up", PASS, BARE_READER, rights(BARE_READER, ADMIN), IDLE, OUTSIDE, because="no chain of 4 steps"),
    case(
        "a user that gives itself rights",
        FAIL,
        CLIMBER,
        rights(CLIMBER),
        IDLE,
        OUTSIDE,
        because="user/eve",
        severity=Severity.CRITICAL,
    ),
    case(
        "a role that assumes another",
        FAIL,
        STEP_UP,
        rights(STEP_UP, ADMIN),
        IDLE,
        OUTSIDE,
        because="role/deployer assumes role/admin",
        severity=Severity.HIGH,
    ),
    case(
        "of a workload that is reached",
        FAIL,
        STEP_UP,
        rights(STEP_UP, ADMIN),
        SERVED,
        OUTSIDE,
        because="the service web, which acts as it, gets requests from the internet by shop",
        severity=Severity.CRITICAL,
    ),
    case("for strangers", FAIL, OPENED, rights(OPENED, ADMIN), IDLE, OUTSIDE, severity=Severity.CRITICAL),
    case("for any pipeline", FAIL, PIPELINE, rights(PIPELINE, ADMIN), IDLE, OUTSIDE, severity=Severity.CRITICAL),
    case(
        "on a condition",
        FAIL,
        PERHAPS,
        rights(PERHAPS, ADMIN),
        IDLE,
        OUTSIDE,
        because="aws:sourceip",
        severity=Severity.MEDIUM,
    ),
    case("too far", PASS, STEP_UP, rights(STEP_UP, ADMIN), IDLE, OUTSIDE, max_hops=0),
    case("an administrator", NOT_APPLICABLE, ADMIN, rights(ADMIN), IDLE, OUTSIDE),
    case("a group", NOT_APPLICABLE, GROUP, rights(), IDLE, OUTSIDE),
    case(
        "functions that could not be read",
        UNKNOWN,
        BARE_READER,
        rights(BARE_READER, ADMIN, gaps=(gap("lambda:ListFunctions"),)),
        IDLE,
        OUTSIDE,
    ),
)

CENTER = made(SsoInstance, InstanceArn="arn:aws:sso:::instance/ssoins-1", OwnerAccountId="1", Status="ACTIVE")
STARTING = made(SsoInstance, InstanceArn="arn:aws:sso:::instance/ssoins-1", Status="CREATE_IN_PROGRESS")
SAML = f"{IAM}:saml-provider/idp"
PROVIDERS = every(made(SamlProvider, Arn=SAML))
THROUGH_SAML = every(principals.role("people", by=principals.trust("sts:AssumeRoleWithSAML", Federated=SAML)))
SSO_DENIED = every(gaps=(gap("sso:ListInstances"),))
SAML_DENIED = every(gaps=(gap("iam:ListSAMLProviders", GLOBAL),))

OWN_CENTER = made(
    SsoInstance, InstanceArn="arn:aws:sso:::instance/ssoins-2", OwnerAccountId=ACCOUNT.id, Status="ACTIVE"
)

test_sso_instance_missing = cases(
    "sso_instance_missing",
    case("an instance", PASS, ACCOUNT, every(CENTER), every(), every(), OURS, because="ssoins-1"),
    case("its roles", PASS, ACCOUNT, every(), every(SIGN_ON), every(), OURS, because="its roles"),
    case("its roles, instances denied", PASS, ACCOUNT, SSO_DENIED, every(SIGN_ON), every(), OURS),
    case(
        "nothing",
        FAIL,
        ACCOUNT,
        every(STARTING),
        every(ADMIN),
        every(),
        OURS,
        because="none of 1",
        severity=Severity.HIGH,
    ),
    case("SAML", FAIL, ACCOUNT, every(), THROUGH_SAML, PROVIDERS, OURS, because=SAML, severity=Severity.LOW),
    case("SAML is enough", PASS, ACCOUNT, every(), THROUGH_SAML, PROVIDERS, OURS, accept_saml_only=True),
    case("SAML that no role trusts", FAIL, ACCOUNT, every(), every(ADMIN), PROVIDERS, OURS, severity=Severity.HIGH),
    case("instances denied", UNKNOWN, ACCOUNT, SSO_DENIED, every(ADMIN), every(), OURS),
    case("roles denied", UNKNOWN, ACCOUNT, every(), ROLES_DENIED, every(), OURS),
    case("providers denied", UNKNOWN, ACCOUNT, every(), THROUGH_SAML, SAML_DENIED, OURS),
    case("the management account's", PASS, ACCOUNT, every(OWN_CENTER), every(), every(), OURS),
    case(
        "the account's own",
        FAIL,
        ACCOUNT,
        every(OWN_CENTER),
        every(ADMIN),
        every(),
        every(),
        because="which has no permission sets",
        severity=Severity.HIGH,
    ),
    case(
        "the account's own, the organization denied",
        UNKNOWN,
        ACCOUNT,
        every(OWN_CENTER),
        every(ADMIN),
        every(),
        every(gaps=[gap("organizations:DescribeOrganization", GLOBAL)]),
    ),
)

# ---- keys in workloads

MARKER = "[redacted aws-access-key 1a2b3c4d]"
ARN = "eu-west-1:123456789012"


def setting(value: str) -> Function:
    return made(Function, FunctionName="pay", FunctionArn=FUNCTION_ARN, Environment={"Variables": {"KEY": value}})


def project(value: str, kind: str = "PLAINTEXT") -> BuildProject:
    variables = [{"name": "KEY", "value": value, "type": kind}]
    raw = {
        "name": "ci",
        "arn": f"arn:aws:codebuild:{ARN}:project/ci",
        "environment": {"environmentVariables": variables},
    }
    answer = {"projects": [raw]}
    found: BuildProject = gathered(BuildProject, Batch([made(ProjectName, "ci")]), BatchGetProjects=answer)[0]
    return found


def definition(value: str) -> LatestTaskDefinition:
    containers = [{"name": "app", "image": "app", "command": ["run", value]}]
    arn = f"arn:aws:ecs:{ARN}:task-definition/web:3"
    raw = {"taskDefinitionArn": arn, "family": "web", "revision": 3, "containerDefinitions": containers}
    family = made(TaskDefinitionFamily, "web")
    found: LatestTaskDefinition = gathered(
        LatestTaskDefinition, family, DescribeTaskDefinition={"taskDefinition": raw}
    )[0]
    return found


def stack(value: str) -> Stack:
    arn = f"arn:aws:cloudformation:{ARN}:stack/shop/1"
    return made(Stack, StackId=arn, StackName="shop", Outputs=[{"OutputKey": "Key", "OutputValue": value}])


HOST = instance()
KEYED = version(LaunchTemplateData={"UserData": f"export KEY={MARKER}"})
CLEAN: tuple[Any, ...] = (every(), every(), every(), every(), every_of(), every(), every(), every())
WITHOUT_KEYS, WITH_KEYS = report(row()), report(row(**key(1, 30, 2)))


def among(index: int, *found: Any) -> tuple[Any, ...]:
    """The evidence of the check after the report, with one kind filled."""
    return (*CLEAN[:index], every(*found), *CLEAN[index + 1 :])


def lacking(index: int) -> tuple[Any, ...]:
    return (*CLEAN[:index], every(gaps=(gap("service:Operation"),)), *CLEAN[index + 1 :])


TOLD = "an access key stands in"
ELSEWHERE = made(
    Function,
    {"FunctionName": "pay", "FunctionArn": FUNCTION_ARN.replace("eu-west-1", "us-east-1")},
    region="us-east-1",
)
LOCKED = made(
    Function,
    {
        "FunctionName": "pay",
        "FunctionArn": FUNCTION_ARN,
        "Environment": {"Error": {"ErrorCode": "AccessDeniedException"}},
    },
)
BOOTED = (every(), every(), every(), every(HOST), every_of((HOST, made(InstanceUserData, Value=f"key={MARKER}"))))

test_iam_access_key_embedded_in_workload = cases(
    "iam_access_key_embedded_in_workload",
    case("nothing anywhere", PASS, ACCOUNT, WITH_KEYS, *CLEAN, because="none of 0"),
    case("harmless settings", PASS, ACCOUNT, WITH_KEYS, *among(0, setting("[redacted password 1a2b3c4d]"))),
    case(
        "a function, and keys are active",
        FAIL,
        ACCOUNT,
        WITH_KEYS,
        *among(0, setting(MARKER)),
        because=f"{TOLD} function pay in eu-west-1, and 1 keys of the account are active",
        severity=Severity.CRITICAL,
    ),
    case(
        "a function, and no key is active",
        FAIL,
        ACCOUNT,
        WITHOUT_KEYS,
        *among(0, setting(MARKER)),
        because="another account's",
        severity=Severity.HIGH,
    ),
    case(
        "a function, beside one of its name elsewhere",
        FAIL,
        ACCOUNT,
        WITH_KEYS,
        *among(0, setting(MARKER), ELSEWHERE),
        because="function pay in eu-west-1",
    ),
    case(
        "a function, and instances denied",
        FAIL,
        ACCOUNT,
        WITH_KEYS,
        every(setting(MARKER)),
        *CLEAN[1:3],
        every(gaps=(gap("ec2:DescribeInstances"),)),
        *CLEAN[4:],
    ),
    case("a function that Lambda cannot read", UNKNOWN, ACCOUNT, WITH_KEYS, *among(0, LOCKED), because="of pay"),
    case("a command", FAIL, ACCOUNT, WITH_KEYS, *among(1, definition(MARKER)), because="task definition web:3"),
    case("a revision in use", FAIL, ACCOUNT, WITH_KEYS, *among(2, definition(MARKER)), because="task definition web:3"),
    case("user data", FAIL, ACCOUNT, WITH_KEYS, *BOOTED, every(), every(), every(), because="instance i-1"),
    case("a template", FAIL, ACCOUNT, WITH_KEYS, *among(5, KEYED), because="launch template"),
    case("a build", FAIL, ACCOUNT, WITH_KEYS, *among(6, project(MARKER)), because="build project ci"),
    case("a build's reference", PASS, ACCOUNT, WITH_KEYS, *among(6, project(MARKER, "SECRETS_MANAGER"))),
    case("a stack", FAIL, ACCOUNT, WITH_KEYS, *among(7, stack(MARKER)), because="stack shop"),
    *(case(f"kind {index} denied", UNKNOWN, ACCOUNT, WITH_KEYS, *lacking(index)) for index in range(8)),
)

# ---- APIs


def rest_api(policy: Any = None, **changes: Any) -> RestApi:
    extra = {"policy": json.dumps({"Statement": [policy]})} if policy else {}
    return made(RestApi, {"id": "a1", "name": "shop", **extra, **changes})


REST = rest_api()
STAGE = made(RestStage, under=REST, stageName="live")


def method(api: RestApi, verb: str, path: str = "/orders", authorization: str = "NONE", **more: Any) -> RestMethod:
    methods = {verb: {"httpMethod": verb, "authorizationType": authorization, **more}}
    found: RestMethod = gathered(
        RestMethod, api, GetResources={"items": [{"id": "r", "path": path, "resourceMethods": methods}]}
    )[0]
    return found


def named(api: str, *truststores: str, gaps: Any = ()) -> ApiNames:
    """The names that lead to an API, with and without a truststore."""
    rest, maps, http, http_maps = [], [], [], []
    for number, store in enumerate(truststores):
        name = f"{number}.example.com"
        one = made(
            ApiDomain, {"domainName": name} | ({"mutualTlsAuthentication": {"truststoreUri": store}} if store else {})
        )
        found = gathered(BasePathMappings, one, GetBasePathMappings={"items": [{"restApiId": api}]})
        other = made(
            HttpDomain, {"DomainName": name} | ({"MutualTlsAuthentication": {"TruststoreUri": store}} if store else {})
        )
        rest.append(one)
        maps.append((one, found))
        http.append(other)
        http_maps.append(made(ApiMapping, under=other, ApiMappingId="m", ApiId=api, Stage="live"))
    return ApiNames(every(*rest, gaps=gaps), every_of(*maps), every(*http, gaps=gaps), every(*http_maps))


NAMELESS = named("a1")
STAGES_DENIED = every(gaps=(gap("apigateway:GET"),))
SHUT = rest_api(disableExecuteApiEndpoint=True)
FOR_ONE = rest_api(trust({"AWS": f"{IAM}:role/app"}, "execute-api:Invoke"))
FROM_VPC = rest_api(trust("*", "execute-api:Invoke", StringEquals={"aws:SourceVpce": "vpce-1"}))


def shop(api: RestApi, *methods: RestMethod, names: ApiNames = NAMELESS) -> tuple[Any, ...]:
    return api, every(made(RestStage, under=api, stageName="live")), every(*methods), names, OUTSIDE


test_apigateway_route_unauthenticated = cases(
    "apigateway_route_unauthenticated",
    case("signed", PASS, *shop(REST, method(REST, "POST", authorization="AWS_IAM"))),
    case("a preflight", PASS, *shop(REST, method(REST, "OPTIONS"))),
    case("a health check", PASS, *shop(REST, method(REST, "GET", "/health"))),
    case("well-known paths", PASS, *shop(REST, method(REST, "GET", "/.well-known/security.txt"))),
    case("reading", FAIL, *shop(REST, method(REST, "GET")), because="GET /orders asks", severity=Severity.MEDIUM),
    case("writing", FAIL, *shop(REST, method(REST, "POST")), because="POST /orders", severity=Severity.HIGH),
    case(
        "a key", FAIL, *shop(REST, method(REST, "POST", apiKeyRequired=True)), because="API key", severity=Severity.LOW
    ),
    case("named principals", PASS, *shop(FOR_ONE, method(FOR_ONE, "POST")), because="named principals"),
    case("a network", FAIL, *shop(FROM_VPC, method(FROM_VPC, "POST")), severity=Severity.HIGH),
    case("certificates", PASS, *shop(SHUT, method(SHUT, "POST"), names=named("a1", "s3://t/a")), because="certificate"),
    case("certificates at one name", FAIL, *shop(SHUT, method(SHUT, "POST"), names=named("a1", "s3://t/a", ""))),
    case("certificates and execute-api", FAIL, *shop(REST, method(REST, "POST"), names=named("a1", "s3://t/a"))),
    case("no stage", NOT_APPLICABLE, REST, every(), every(method(REST, "POST")), NAMELESS, OUTSIDE),
    case("stages denied", UNKNOWN, REST, STAGES_DENIED, every(), NAMELESS, OUTSIDE),
    case("methods denied", UNKNOWN, REST, every(STAGE), STAGES_DENIED, NAMELESS, OUTSIDE),
)


def http_api(protocol: str = "HTTP", **changes: Any) -> HttpApi:
    raw = {"ApiId": "a1", "Name": "shop", "ProtocolType": protocol, "RouteSelectionExpression": "x", **changes}
    return made(HttpApi, raw)


def routed(api: HttpApi, *keys: str, authorization: str = "NONE", names: ApiNames = NAMELESS) -> tuple[Any, ...]:
    routes = [
        made(HttpRoute, under=api, RouteId=str(number), RouteKey=one, AuthorizationType=authorization)
        for number, one in enumerate(keys)
    ]
    return api, every(made(HttpStage, under=api, StageName="live")), every(*routes), names


HTTP, SOCKET = http_api(), http_api("WEBSOCKET")
SHUT_HTTP = http_api(DisableExecuteApiEndpoint=True)

test_apigatewayv2_route_unauthenticated = cases(
    "apigatewayv2_route_unauthenticated",
    case("an authorizer", PASS, *routed(HTTP, "POST /orders", authorization="JWT")),
    case("a health check", PASS, *routed(HTTP, "GET /health")),
    case("reading", FAIL, *routed(HTTP, "GET /orders"), because="GET /orders asks", severity=Severity.MEDIUM),
    case("everything", FAIL, *routed(HTTP, "$default"), severity=Severity.HIGH),
    case("many", FAIL, *routed(HTTP, *(f"GET /{name}" for name in "abcdef")), because="and 2 more"),
    case("an open socket", FAIL, *routed(SOCKET, "$connect", "send"), because="$connect asks", severity=Severity.HIGH),
    case("a socket's message", PASS, *routed(SOCKET, "$connect", "send", authorization="AWS_IAM")),
    case("a socket that nothing guards", FAIL, *routed(SOCKET, "send"), because="no route $connect"),
    case("a socket without routes", PASS, *routed(SOCKET)),
    case("certificates", PASS, *routed(SHUT_HTTP, "POST /orders", names=named("a1", "s3://t/a"))),
    case("certificates at one name", FAIL, *routed(SHUT_HTTP, "POST /orders", names=named("a1", "s3://t/a", ""))),
    case("no stage", NOT_APPLICABLE, HTTP, every(), every(), NAMELESS),
    case("stages denied", UNKNOWN, HTTP, STAGES_DENIED, every(), NAMELESS),
    case("routes denied", UNKNOWN, HTTP, every(made(HttpStage, under=HTTP, StageName="live")), STAGES_DENIED, NAMELESS),
)

# ---- policies that trust a network

FROM_ENDPOINT: dict[str, Any] = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}
BUCKET = gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1"))[0]
VAULTED = made(Secret, ARN=f"arn:aws:secretsmanager:{ARN}:secret:db", Name="db")
FILES = made(FileSystem, FileSystemId="fs-1", FileSystemArn=f"arn:aws:elasticfilesystem:{ARN}:file-system/fs-1")


def bucket_policy(action: str, principal: Any = "*", *more: dict[str, Any], **conditions: Any) -> ResourcePolicy:
    one = {**trust(principal, action, **conditions), "Sid": "Net", "Resource": "arn:aws:s3:::b/*"}
    document = json.dumps({"Statement": [one, *more]})
    found: ResourcePolicy = gathered(ResourcePolicy, BUCKET, GetBucketPolicy={"Policy": document})[0]
    return found


READ_SECRET = json.dumps({"Statement": [trust("*", "secretsmanager:GetSecretValue", **FROM_ENDPOINT)]})
ONLY_FROM: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
}

NETWORKED = rest_api(trust("*", "execute-api:Invoke", **FROM_ENDPOINT) | {"Resource": "*"})

test_policy_network_location_only = cases(
    "policy_network_location_only",
    case("named, and from an endpoint", PASS, bucket_policy("s3:*", {"AWS": f"{IAM}:role/app"}, ONLY_FROM), OUTSIDE),
    case(
        "reading from an endpoint",
        FAIL,
        bucket_policy("s3:GetObject", **FROM_ENDPOINT),
        OUTSIDE,
        because="statement Net of its policy lets anyone who comes from vpce-1 call s3:GetObject",
        severity=Severity.MEDIUM,
    ),
    case(
        "writing from an address",
        FAIL,
        bucket_policy("s3:PutObject", IpAddress={"aws:SourceIp": "203.0.113.7"}),
        OUTSIDE,
        severity=Severity.HIGH,
    ),
    case("by a denial of the rest", FAIL, bucket_policy("s3:GetObject", "*", ONLY_FROM), OUTSIDE, because="vpce-1"),
    case("of the organization", PASS, bucket_policy("s3:GetObject", **ORGANIZATION), OUTSIDE),
    case(
        "a secret",
        FAIL,
        gathered(ResourcePolicy, VAULTED, GetResourcePolicy={"ResourcePolicy": READ_SECRET})[0],
        OUTSIDE,
        severity=Severity.HIGH,
    ),
    case(
        "an API, whose methods ask",
        NOT_APPLICABLE,
        gathered(ResourcePolicy, NETWORKED, GetRestApis={})[0],
        OUTSIDE,
        because="apigateway_route_unauthenticated",
    ),
    case(
        "files without a policy",
        FAIL,
        gathered(ResourcePolicy, FILES, DescribeFileSystemPolicy=Absent("PolicyNotFound"))[0],
        OUTSIDE,
        because="mount target",
        severity=Severity.LOW,
    ),
)


def config_rules(*identifiers: str, state: str = "ACTIVE", gaps: Any = ()) -> Any:
    found = (
        made(
            ConfigRule,
            ConfigRuleArn=f"arn:aws:config:{ARN}:config-rule/{one}",
            ConfigRuleName=f"rule-{one}",
            Source={"Owner": "AWS", "SourceIdentifier": one},
            ConfigRuleState=state,
        )
        for one in identifiers
    )
    return every(*found, gaps=gaps)


WATCHED = (
    "ACCESS_KEYS_ROTATED", "IAM_ROOT_ACCESS_KEY_CHECK", "IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
    "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS", "EC2_INSTANCE_PROFILE_ATTACHED",
)  # fmt: skip
RULES_DENIED = (gap("config:DescribeConfigRules"),)

test_config_identity_rules_missing = cases(
    "config_identity_rules_missing",
    case("all of them", PASS, ACCOUNT, config_rules(*WATCHED)),
    case("the other rule for keys", PASS, ACCOUNT, config_rules("IAM_USER_UNUSED_CREDENTIALS_CHECK", *WATCHED[1:])),
    case("all of them, one region denied", PASS, ACCOUNT, config_rules(*WATCHED, gaps=RULES_DENIED)),
    case("one is missing", FAIL, ACCOUNT, config_rules(*WATCHED[1:]), because="of 4 watches access keys"),
    case("just being deleted", FAIL, ACCOUNT, config_rules("X", state="DELETING"), because="second factors"),
    case("a rule of your own", PASS, ACCOUNT, config_rules("OWN"), accept_rule_names=("rule-OWN",)),
    case("denied", UNKNOWN, ACCOUNT, config_rules("X", gaps=RULES_DENIED)),
)

test_application_requests_authorized = cases(
    "application_requests_authorized",
    case("a question", MANUAL, ACCOUNT, because="do the applications authorize every requ"),
)

test_sso_identity_source_mfa_enforced = cases(
    "sso_identity_source_mfa_enforced",
    case("a question", MANUAL, ACCOUNT, because="does the identity source behind IAM Iden"),
)
