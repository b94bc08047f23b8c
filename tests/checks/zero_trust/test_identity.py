import json
from typing import Any

from auditor.evidence.ec2 import Instance, LaunchTemplateVersion
from auditor.evidence.iam import (
    AccountSummary,
    CredentialReport,
    Group,
    ManagedPolicy,
    MfaDevice,
    Role,
    User,
)
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy, FunctionUrl
from auditor.evidence.organizations import MemberAccount
from auditor.model import GLOBAL, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
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

IAM = "arn:aws:iam::123456789012"
COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "mfa_active",
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


ROLES = every(*(role(f"app-{number}") for number in range(12)), role("deploy-target"))
TO_LAMBDA: dict[str, Any] = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
ROLES_DENIED = every(gaps=[gap("iam:GetAccountAuthorizationDetails", GLOBAL)])

test_iam_policy_pass_role_wildcard = cases(
    "iam_policy_pass_role_wildcard",
    case(
        "any role", FAIL, policy(allow("iam:PassRole")), ROLES, because="a statement allows iam:PassRole on every role"
    ),
    case("by a wildcard", FAIL, policy({**allow("iam:Pass*"), "Sid": "Pass"}), ROLES, because="statement Pass"),
    case("all of IAM", FAIL, policy(allow("iam:*")), ROLES, because="every role"),
    case("by what it leaves out", FAIL, policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), ROLES),
    case("a pattern of many", FAIL, policy(allow("iam:PassRole", f"{IAM}:role/app-*")), ROLES, because="12 roles"),
    case("a pattern of few", PASS, policy(allow("iam:PassRole", f"{IAM}:role/deploy-*")), ROLES),
    case("many are allowed", PASS, policy(allow("iam:PassRole", f"{IAM}:role/app-*")), ROLES, max_roles=12),
    case("a named service", PASS, policy(allow("iam:PassRole", **TO_LAMBDA)), ROLES),
    case(
        "a service if there is one",
        FAIL,
        policy(allow("iam:PassRole", StringEqualsIfExists={"iam:PassedToService": "lambda.amazonaws.com"})),
        ROLES,
    ),
    case("any service", FAIL, policy(allow("iam:PassRole", StringLike={"iam:PassedToService": "*"})), ROLES),
    case("a denial", PASS, policy({**allow("iam:PassRole"), "Effect": "Deny"}), ROLES),
    case("an administrator's", PASS, policy(allow("*")), ROLES),
    case("attached to nobody", NOT_APPLICABLE, policy(allow("iam:PassRole"), attached=0), ROLES),
    case("of AWS", NOT_APPLICABLE, policy(allow("iam:PassRole"), arn="arn:aws:iam::aws:policy/PowerUserAccess"), ROLES),
    case("roles denied", UNKNOWN, policy(allow("iam:PassRole", f"{IAM}:role/app-*")), ROLES_DENIED),
)


def inline(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}]


PASSING = inline(allow("iam:PassRole"))
GROUP = made(Group, {"Arn": f"{IAM}:group/g", "GroupName": "g", "GroupPolicyList": PASSING})

test_iam_inline_policy_pass_role_wildcard = cases(
    "iam_inline_policy_pass_role_wildcard",
    case("of a role", FAIL, role(RolePolicyList=PASSING), ROLES, because="in the inline policy own"),
    case("of a user", FAIL, user(UserPolicyList=PASSING), ROLES, because="every role"),
    case("of a group", FAIL, GROUP, ROLES),
    case("to a named service", PASS, user(UserPolicyList=inline(allow("iam:PassRole", **TO_LAMBDA))), ROLES),
    case("none", NOT_APPLICABLE, BOB, ROLES),
    case(
        "roles denied",
        UNKNOWN,
        user(UserPolicyList=inline(allow("iam:PassRole", f"{IAM}:role/app-*"))),
        ROLES_DENIED,
    ),
)


def trust(principal: Any, action: str = "sts:AssumeRole", **conditions: Any) -> dict[str, Any]:
    one = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**one, "Condition": conditions} if conditions else one


ORGANIZATION: dict[str, Any] = {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
EXTERNAL_ID: dict[str, Any] = {"StringEquals": {"sts:ExternalId": "shop-7f3a91"}}
STRANGERS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sts:*",
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
}
NOT_ONE = {"Effect": "Allow", "NotPrincipal": {"AWS": f"{IAM}:user/bob"}, "Action": "sts:AssumeRole"}

test_iam_role_trust_any_principal = cases(
    "iam_role_trust_any_principal",
    case("a service", PASS, role(trust=[trust({"Service": "ec2.amazonaws.com"})])),
    case("everyone", FAIL, role(trust=[trust("*")]), because="every AWS account", severity=Severity.CRITICAL),
    case("every account", FAIL, role(trust=[trust({"AWS": ["*"]})])),
    case("everyone but one", FAIL, role(trust=[NOT_ONE])),
    case("by a wildcard of actions", FAIL, role(trust=[trust("*", "sts:Assume*")])),
    case("everyone of the organization", PASS, role(trust=[trust("*", **ORGANIZATION)])),
    case("strangers are denied", PASS, role(trust=[trust("*"), STRANGERS])),
    case(
        "a shared password",
        FAIL,
        role(trust=[trust("*", **EXTERNAL_ID)]),
        because="external id",
        severity=Severity.HIGH,
    ),
    case(
        "a network",
        FAIL,
        role(trust=[trust("*", IpAddress={"aws:SourceIp": "203.0.113.0/24"})]),
        severity=Severity.CRITICAL,
    ),
    case(
        "any role of that name", FAIL, role(trust=[trust("*", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/x"})])
    ),
    case("nothing that assumes", PASS, role(trust=[trust("*", "sts:SetSourceIdentity")])),
)

OTHER = "210987654321"
MEMBERS = every(made(MemberAccount, Id="123456789012", Arn="arn:aws:organizations::1:account/o-1/123456789012"))
SISTER = every(*MEMBERS, made(MemberAccount, Id=OTHER, Arn=f"arn:aws:organizations::1:account/o-1/{OTHER}"))
NO_MEMBERS = every(gaps=[gap("organizations:ListAccounts", GLOBAL)])
USED_ROLE: dict[str, Any] = {"RoleLastUsed": {"LastUsedDate": ago(days=1)}}
PARTNER = role(trust=[trust({"AWS": f"arn:aws:iam::{OTHER}:root"})], **USED_ROLE)


def guarded(identifier: str, operator: str = "StringEquals") -> Role:
    condition: dict[str, Any] = {operator: {"sts:ExternalId": identifier}}
    return role(trust=[trust({"AWS": OTHER}, **condition)], **USED_ROLE)


test_iam_role_trust_external_account_unguarded = cases(
    "iam_role_trust_external_account_unguarded",
    case(
        "a whole account",
        FAIL,
        PARTNER,
        ACCOUNT,
        MEMBERS,
        because=f"it trusts arn:aws:iam::{OTHER}:root without an external id",
        severity=Severity.HIGH,
    ),
    case("an account id", FAIL, role(trust=[trust({"AWS": OTHER})]), ACCOUNT, MEMBERS, severity=Severity.HIGH),
    case(
        "an idle role",
        FAIL,
        role(trust=[trust({"AWS": OTHER})]),
        ACCOUNT,
        MEMBERS,
        because="nobody used the role for 90 days",
    ),
    case(
        "an exact role",
        FAIL,
        role(trust=[trust({"AWS": f"arn:aws:iam::{OTHER}:role/ci"})]),
        ACCOUNT,
        MEMBERS,
        severity=Severity.MEDIUM,
    ),
    case(
        "the worst of two",
        FAIL,
        role(trust=[trust({"AWS": [f"arn:aws:iam::{OTHER}:role/ci", "333333333333"]})]),
        ACCOUNT,
        MEMBERS,
        severity=Severity.HIGH,
    ),
    case(
        "everyone of an account",
        FAIL,
        role(trust=[trust("*", StringEquals={"aws:PrincipalAccount": OTHER})]),
        ACCOUNT,
        MEMBERS,
    ),
    case(
        "an unlisted partner with an external id",
        FAIL,
        guarded("shop-7f3a91"),
        ACCOUNT,
        MEMBERS,
        because="listed in trusted_accounts",
        severity=Severity.LOW,
    ),
    case("a short external id", FAIL, guarded("1234567"), ACCOUNT, MEMBERS, severity=Severity.HIGH),
    case(
        "an external id of any value",
        FAIL,
        guarded("*-something", "StringLike"),
        ACCOUNT,
        MEMBERS,
        severity=Severity.HIGH,
    ),
    case(
        "an external id if there is one",
        FAIL,
        guarded("shop-7f3a91", "StringEqualsIfExists"),
        ACCOUNT,
        MEMBERS,
        severity=Severity.HIGH,
    ),
    case("a trusted account", PASS, guarded("shop-7f3a91"), ACCOUNT, MEMBERS, trusted_accounts=(OTHER,)),
    case("an account of the organization", PASS, PARTNER, ACCOUNT, SISTER),
    case("an own role", NOT_APPLICABLE, role(trust=[trust({"AWS": f"{IAM}:role/ci"})]), ACCOUNT, MEMBERS),
    case("a deleted role", NOT_APPLICABLE, role(trust=[trust({"AWS": "AROAEXAMPLE"})]), ACCOUNT, MEMBERS),
    case("a service", NOT_APPLICABLE, role(trust=[trust({"Service": "ec2.amazonaws.com"})]), ACCOUNT, MEMBERS),
    case(
        "service-linked",
        NOT_APPLICABLE,
        role(trust=[trust({"AWS": OTHER})], Path="/aws-service-role/x/"),
        ACCOUNT,
        MEMBERS,
    ),
    case("accounts denied", UNKNOWN, PARTNER, ACCOUNT, NO_MEMBERS, because="organizations:ListAccounts was denied"),
    case("accounts denied, but listed", PASS, PARTNER, ACCOUNT, NO_MEMBERS, trusted_accounts=(OTHER,)),
    case("accounts denied, others listed", FAIL, PARTNER, ACCOUNT, NO_MEMBERS, trusted_accounts=("333333333333",)),
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


test_ec2_instance_imdsv1_allowed = cases(
    "ec2_instance_imdsv1_allowed",
    case("tokens", PASS, instance()),
    case("no tokens", FAIL, instance("optional"), severity=Severity.HIGH),
    case("no tokens, no role", FAIL, instance("optional", IamInstanceProfile=None), severity=Severity.MEDIUM),
    case("no metadata service", PASS, instance("optional", "disabled"), because="is off"),
    case("two hops", FAIL, instance(hops=2), because="2 hops", severity=Severity.LOW),
    case("two hops of a node of EKS", PASS, instance(hops=2, **tags(**{"kubernetes.io/cluster/shop": "owned"}))),
    case("two hops of a node of ECS", PASS, instance(hops=2, **tags(AmazonECSManaged=""))),
    case("settings not told", UNKNOWN, made(Instance, InstanceId="i-1"), because="MetadataOptions"),
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


test_ec2_launch_template_imdsv1_allowed = cases(
    "ec2_launch_template_imdsv1_allowed",
    case("says nothing", FAIL, version(), because="version 4"),
    case("optional", FAIL, version(**metadata(HttpTokens="optional")), severity=Severity.MEDIUM),
    case("required", PASS, version(**metadata(HttpTokens="required"))),
    case("off", PASS, version(**metadata(HttpEndpoint="disabled"))),
    case("not the default", NOT_APPLICABLE, version(DefaultVersion=False)),
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
    return json.dumps({"Statement": [{**one, "Condition": conditions}]})


OPEN = made(FunctionPolicy, Policy=invoking(StringEquals={"lambda:FunctionUrlAuthType": "NONE"}))
WITHIN = made(FunctionPolicy, Policy=invoking(**ORGANIZATION))
ALIASES = every(LIVE)
OPEN_ALIAS = every_of((LIVE, made(AliasPolicy, Policy=invoking())))
COOKIES: dict[str, Any] = {"Cors": {"AllowOrigins": ["*"], "AllowCredentials": True}}
ALIASES_DENIED = every(gaps=[gap("lambda:ListAliases")])

test_lambda_function_url_unauthenticated = cases(
    "lambda_function_url_unauthenticated",
    case("signed", PASS, url("AWS_IAM"), FUNCTION, OPEN, ALIASES, NONE),
    case("open", FAIL, url(), FUNCTION, OPEN, ALIASES, NONE, because="https://abc", severity=Severity.HIGH),
    case("open with cookies", FAIL, url(**COOKIES), FUNCTION, OPEN, ALIASES, NONE, because="cookies"),
    case("closed for now", FAIL, url(), FUNCTION, None, ALIASES, NONE, severity=Severity.LOW),
    case("the organization", FAIL, url(), FUNCTION, WITHIN, ALIASES, NONE, severity=Severity.LOW),
    case(
        "an open alias",
        FAIL,
        url(arn=f"{FUNCTION_ARN}:live"),
        FUNCTION,
        None,
        ALIASES,
        OPEN_ALIAS,
        severity=Severity.HIGH,
    ),
    case(
        "an alias apart from its function",
        FAIL,
        url(arn=f"{FUNCTION_ARN}:live"),
        FUNCTION,
        OPEN,
        ALIASES,
        NONE,
        severity=Severity.LOW,
    ),
    case(
        "aliases denied",
        UNKNOWN,
        url(arn=f"{FUNCTION_ARN}:live"),
        FUNCTION,
        OPEN,
        ALIASES_DENIED,
        NONE,
        because="lambda:ListAliases was denied",
    ),
)

LAMBDA = trust({"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]})
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
