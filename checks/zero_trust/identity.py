"""Identity-based access."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta
from fnmatch import fnmatchcase as fnmatch

from auditor.every import Every
from auditor.evidence.apigateway import RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import HttpApi, HttpRoute, HttpStage
from auditor.evidence.cloudformation import Stack
from auditor.evidence.codebuild import BuildProject
from auditor.evidence.config import ConfigRule
from auditor.evidence.ec2 import Instance, InstanceUserData, LaunchTemplateVersion, MetadataDefaults
from auditor.evidence.ecs import LatestTaskDefinition, TaskDefinition
from auditor.evidence.iam import (
    AccessKey,
    AccountSummary,
    CredentialReport,
    Credentials,
    ManagedPolicy,
    MfaDevice,
    Principal,
    Role,
    SamlProvider,
    User,
)
from auditor.evidence.lambda_ import Function, FunctionUrl
from auditor.evidence.organizations import MemberAccount, Organization
from auditor.evidence.policy import PolicyDocument, Statement, account_of
from auditor.evidence.resource_policies import PolicyOfRestApi, ResourcePolicy
from auditor.evidence.ssoadmin import SsoInstance
from auditor.inference.access import Audience, Kind
from auditor.inference.api_names import ApiNames
from auditor.inference.exposure import Exposure, Path
from auditor.inference.function_urls import CALLING, UrlCallers, open_to_everyone
from auditor.inference.network import Interfaces
from auditor.inference.principals import SSO_PATH, trusted_services
from auditor.inference.privilege import Privilege
from auditor.inference.public_access import Outside
from auditor.inference.role_use import RoleUse, instance_workload
from auditor.model import Account, Severity, Verdict, failed, manual, not_applicable, passed, unknown
from auditor.redact import secrets_in
from auditor.wiring import check

MONTH = timedelta(days=30)
Flaw = tuple[Severity, str]


@check(severity=Severity.HIGH, practices=["SEC02-BP02", "SEC02-BP05"])
def iam_user_active_access_key(
    user: User,
    report: CredentialReport,
    account: Account,
    *,
    max_age_days: int = 90,
    allowed_users: tuple[str, ...] = (),
) -> Verdict:
    """IAM users hold no active access keys.

    Why: an access key works for whoever has it, from anywhere, until somebody deletes it; most intrusions into
        accounts begin with one that leaked.
    Fix: let workloads assume roles (instance profiles, task and execution roles, IAM Roles Anywhere) and people use
        IAM Identity Center; set the key Inactive, watch for errors for a few days, then delete it.
    """
    row = report.rows.get(user.arn)
    if row is None:
        return _not_reported(report)
    if user.user_name in allowed_users:
        return passed("allowed_users names it")
    if not row.active_keys:
        if row.certificates:
            return failed(f"it has active signing certificates ({row.certificates})", certificates=row.certificates)
        return passed("it has no active access key")
    in_use = [key for key in row.active_keys if key.used]
    old = [key for key in in_use if _is_old_and_in_use(key, account, max_age_days)]
    severity = Severity.CRITICAL if old else Severity.HIGH if in_use else Severity.MEDIUM
    told = [_told(key, account) for key in row.active_keys]
    told += [f"active signing certificates ({row.certificates})"] if row.certificates else []
    return failed(f"it has {' and '.join(told)}", severity=severity, active_keys=len(row.active_keys))


def _is_old_and_in_use(key: AccessKey, account: Account, max_age_days: int) -> bool:
    return bool(
        key.rotated
        and key.used
        and account.now - key.rotated > timedelta(days=max_age_days)
        and account.now - key.used <= MONTH
    )


def _told(key: AccessKey, account: Account) -> str:
    age = f"of {(account.now - key.rotated).days} days" if key.rotated else "of unknown age"
    return f"an active access key {age} " + (f"last used {key.used:%Y-%m-%d}" if key.used else "that was never used")


def _not_reported(report: CredentialReport) -> Verdict:
    return unknown(f"the credential report of {report.generated:%Y-%m-%d %H:%M} does not have the user yet")


@check(severity=Severity.HIGH, practices=["SEC02-BP04", "SEC02-BP02"])
def iam_user_console_password(
    user: User, report: CredentialReport, account: Account, *, break_glass_users: tuple[str, ...] = ()
) -> Verdict:
    """People sign in through federation, not as IAM users.

    Why: a password in IAM outlives the employment of its owner, since nobody tells this account that they left.
    Fix: give people permission sets in IAM Identity Center, connected to the company's directory, then delete the
        login profile (DeleteLoginProfile). Keep at most two users for emergencies and name them in break_glass_users.
    """
    row = report.rows.get(user.arn)
    if row is None:
        return _not_reported(report)
    if not row.password_enabled:
        return passed("it has no console password")
    if user.user_name not in break_glass_users:
        return failed("it has a console password")
    if row.password_used and account.now - row.password_used <= MONTH:
        reason = f"it is for emergencies, yet signed in on {row.password_used:%Y-%m-%d}"
        return failed(reason, severity=Severity.MEDIUM)
    if len(break_glass_users) > 2:  # noqa: PLR2004 - the count that the reason names
        return failed(f"{len(break_glass_users)} users are kept for emergencies, over two", severity=Severity.MEDIUM)
    return passed("it is kept for emergencies and was not used for 30 days")


@check(severity=Severity.CRITICAL, practices=["SEC02-BP01"])
def iam_user_console_mfa_missing(user: User, report: CredentialReport) -> Verdict:
    """Every console user signs in with multi-factor authentication.

    Why: without a second factor, a guessed, reused or phished password is all that an intruder needs.
    Fix: let the user register a passkey or security key (IAM console, Security credentials), and deny everything but
        that while aws:MultiFactorAuthPresent is false; better, remove the password and federate.
    """
    row = report.rows.get(user.arn)
    if row is None:
        return _not_reported(report)
    if not row.password_enabled:
        return not_applicable("it has no console password")
    if row.mfa_active:
        return passed("it signs in with a second factor")
    used = f"last used {row.password_used:%Y-%m-%d}" if row.password_used else "never used"
    return failed(f"it has a console password ({used}) and no MFA device")


@check(severity=Severity.CRITICAL, practices=["SEC01-BP02"])
def iam_root_access_key(_account: Account, summary: AccountSummary) -> Verdict:
    """The root user has no access key.

    Why: a key of the root user can do everything, no policy of the account limits it, and it needs no second factor.
    Fix: sign in as root and delete its access keys and signing certificates (Security credentials), or delete the
        root credentials of member accounts centrally in IAM, Root access management.
    """
    found = {"access keys": summary.root_access_keys, "signing certificates": summary.root_certificates}
    if any(found.values()):
        told = " and ".join(f"{name} ({number})" for name, number in found.items() if number)
        return failed(f"the root user has {told}", access_keys=summary.root_access_keys)
    return passed("the root user has no access key and no signing certificate")


@check(severity=Severity.CRITICAL, practices=["SEC01-BP02", "SEC02-BP01"])
def iam_root_mfa_missing(
    account: Account,
    summary: AccountSummary,
    report: CredentialReport,
    devices: Every[MfaDevice],
    *,
    recent_use_days: int = 90,
) -> Verdict:
    """Root sign-in is removed centrally or protected by MFA, and unused.

    Why: whoever signs in as root owns the account, its data and its bill; a password alone must not be enough.
    Fix: register two FIDO2 security keys for root, store them apart and use root for nothing; in an organization,
        enable centralized root access (IAM, Root access management) and delete the root credentials of members.
    """
    if summary.root_password == 0 and not summary.root_access_keys:
        return not_applicable("the root user has neither password nor access key")
    if not summary.root_mfa and summary.root_password != 0:
        return failed("the root user can sign in with a password alone")
    if report.root is not None and _used_within(report.root, account, recent_use_days):
        reason = f"the root user was used on {report.root.last_used:%Y-%m-%d}"
        return failed(reason, severity=Severity.HIGH)
    if any(one.is_roots for one in devices):
        return failed(
            "the root user's MFA device is virtual: it can be copied with the phone", severity=Severity.MEDIUM
        )
    if report.root is None:
        return unknown("the credential report has no row for the root user, so its last use is not known")
    guard = "has a hardware MFA device" if summary.root_mfa else "has no password"
    return passed(f"the root user {guard} and was not used for {recent_use_days} days")


def _used_within(credentials: Credentials, account: Account, days: int) -> bool:
    return credentials.last_used is not None and account.now - credentials.last_used <= timedelta(days=days)


@check(severity=Severity.HIGH, practices=["SEC03-BP02"])
def iam_policy_pass_role_wildcard(
    policy: ManagedPolicy,
    roles: Every[Role],
    privilege: Privilege,
    principals: Every[Principal],
    *,
    max_roles: int = 10,
) -> Verdict:
    """Managed policies name the roles that may be passed and the services that they go to.

    Why: who may pass any role to a service runs code with the rights of the strongest role of the account.
    Fix: in the statement, set Resource to the roles' ARNs and add the condition StringEquals iam:PassedToService with
        the one service that needs them.
    """
    if policy.is_aws_managed:
        return not_applicable("AWS keeps the policy")
    if not policy.attachments:
        return not_applicable("the policy is attached to nobody")
    wide, passable = _passes_any_role(policy.document, roles, max_roles)
    if not wide:
        return passed("it passes no role, or only named roles or to named services")
    holders = [one for one in principals if policy.arn in one.attached_policies]
    if holders and all(privilege.administrator(one).possible for one in holders):
        return not_applicable("only administrators have it, whom iam_principal_administrator judges")
    return failed(wide, severity=_gain(passable, privilege))


@check(severity=Severity.HIGH, practices=["SEC03-BP02"])
def iam_inline_policy_pass_role_wildcard(
    principal: Principal, roles: Every[Role], privilege: Privilege, *, max_roles: int = 10
) -> Verdict:
    """Inline policies name the roles that may be passed and the services that they go to.

    Why: who may pass any role to a service runs code with the rights of the strongest role of the account.
    Fix: in the statement, set Resource to the roles' ARNs and add the condition StringEquals iam:PassedToService with
        the one service that needs them.
    """
    if not principal.inline_policies:
        return not_applicable("it has no inline policy")
    for policy in principal.inline_policies:
        wide, passable = _passes_any_role(policy.document, roles, max_roles)
        if wide:
            if privilege.administrator(principal).possible:
                return not_applicable("it is an administrator, which iam_principal_administrator judges")
            reason = f"in the inline policy {policy.policy_name}, {wide}"
            return failed(reason, severity=_gain(passable, privilege), policy=policy.policy_name)
    return passed("its inline policies pass no role, or only named roles or to named services")


def _passes_any_role(document: PolicyDocument, roles: Every[Role], max_roles: int) -> tuple[str, list[Role]]:
    """How a policy passes more roles than it should, and which; empty where it does not, or allows everything."""
    for statement in document.allowing:
        if not statement.covers_action("iam:PassRole") or "*" in statement.actions or _names_receiver(statement):
            continue
        passing = f"{statement.label} allows iam:PassRole"
        matched = [role for role in roles if statement.covers_resource(role.arn) and not role.is_service_linked]
        if "*" in statement.resources or (matched and any(map(_is_every_role, statement.resources))):
            return f"{passing} on every role, to any service", matched
        if len(matched) > max_roles:
            return f"{passing} on {len(matched)} roles, over {max_roles}, to any service", matched
    return "", []


def _is_every_role(resource: str) -> bool:
    """Whether a pattern of ARNs leaves the name of the role open: `arn:aws:iam::*:role/*`."""
    return resource.rpartition(":")[2] in ("*", "role*", "role/*")


def _gain(matched: Iterable[Role], privilege: Privilege) -> Severity:
    """How bad it is that roles may be passed: low where none that a service takes can make an administrator."""
    taken = [one for one in matched if trusted_services(one.trust)]
    weak = all(privilege.seems_strong(one) is False for one in taken)
    return Severity.LOW if weak else Severity.HIGH


def _names_receiver(statement: Statement) -> bool:
    demanded = (*statement.required("iam:PassedToService"), *statement.required("iam:AssociatedResourceArn"))
    return any(not any(value.startswith("*") for value in values) for values in demanded)


_ASSUMING = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07"])
def iam_role_trust_any_principal(role: Role, outside: Outside) -> Verdict:
    """No role can be assumed by any AWS account.

    Why: anybody with an AWS account may take the role's rights; its ARN is no secret.
    Fix: set the Principal of the trust policy to the roles or accounts that need it, or add the condition
        StringEquals aws:PrincipalOrgID with your organization's id.
    """
    admitted = (one for one in outside.principals(role.trust) if one.audience >= Audience.NETWORK)
    open_to_all = [one for one in admitted if any(map(one.allows, _ASSUMING))]
    if not open_to_all:
        return passed("its trust policy names who may assume it")
    unguarded = [one for one in open_to_all if not one.statement.required("sts:ExternalId")]
    if not unguarded:
        reason = f"{open_to_all[0].label} of its trust admits every account that knows the external id"
        return failed(reason, severity=Severity.HIGH)
    places = " and ".join(unguarded[0].networks)
    return failed(f"{unguarded[0].label} of its trust admits every AWS account" + (f" at {places}" if places else ""))


@check(severity=Severity.HIGH, practices=["SEC03-BP09", "SEC03-BP07"])
def iam_role_trust_external_account_unguarded(
    role: Role,
    account: Account,
    members: Every[MemberAccount],
    organizations: Every[Organization],
    privilege: Privilege,
    *,
    trusted_accounts: tuple[str, ...] = (),
) -> Verdict:
    """Roles trusted to other accounts require an external id or exact principals.

    Why: a third party that serves many customers can be tricked into using its access to you for somebody else.
    Fix: add the condition StringEquals sts:ExternalId with a value that is unique to you and that the third party
        sets, name its exact role as Principal, and list its account in trusted_accounts.
    """
    grants = list(_cross_account_grants(role, account))
    if role.is_service_linked or not grants:
        return not_applicable("it trusts services, federated providers or its own account only")
    strangers = _strangers({_owner(*one) for one in grants}, members, organizations, trusted_accounts)
    flaws = [_external_flaw(*one) for one in grants if _owner(*one) in strangers]
    loose = [one[0] for one in grants if _owner(*one) not in strangers and _is_loose(*one)]
    if not flaws and loose and privilege.administrator(role).possible:
        reason = f"it is an administrator, and everybody whom {loose[0]} lets may assume it, without a second factor"
        return failed(reason, severity=Severity.LOW)
    if not flaws:
        return passed("the other accounts that it trusts are of the organization or trusted_accounts")
    severity, reason = _worst(flaws)
    if severity is not Severity.LOW and privilege.seems_strong(role):
        severity, reason = Severity.CRITICAL, f"{reason}, and it is, or can become, an administrator"
    idle = ", and nobody used the role for 90 days" if role.idle_since(account.now - timedelta(days=90)) else ""
    return failed(reason + idle, severity=severity, accounts=sorted(strangers))


def _cross_account_grants(role: Role, account: Account) -> Iterator[tuple[str, Statement]]:
    """Each organization, and principal of another account, that the trust policy admits, with the statement."""
    for statement in role.trust.allowing:
        named = statement.limited_to if statement.names_anyone else statement.principals.get("AWS", ())
        if statement.covers_action("sts:AssumeRole"):
            yield from ((one, statement) for one in named if _is_organization(one) or _is_of_another(one, account))


def _is_organization(name: str) -> bool:
    return name.startswith("o-")


def _is_of_another(principal: str, account: Account) -> bool:
    return account_of(principal) not in ("", account.id)


def _owner(principal: str, statement: Statement) -> str:
    """Whose a principal is: the organization's that a condition demands of it, or else its account's."""
    demanded = (one for one in (principal, *statement.limited_to) if _is_organization(one))
    return next((one.partition("/")[0] for one in demanded), "") or account_of(principal)


def _strangers(
    owners: set[str], members: Every[MemberAccount], organizations: Every[Organization], trusted: Collection[str]
) -> set[str]:
    """The owners that neither the organization nor the profile knows; without either, nobody can say."""
    found = owners - {one.account_id for one in members.known()} - {*trusted}
    foreign = {one for one in found if _is_organization(one)}
    accounts = found - foreign
    if foreign:
        foreign -= {one.id for one in organizations}
    if accounts and not trusted:
        accounts -= {one.account_id for one in members}
    return foreign | accounts


def _external_flaw(principal: str, statement: Statement) -> Flaw:
    """What is wrong with a statement that admits a principal of an unknown account."""
    if any(all(map(_is_hard_to_guess, values)) for values in statement.required("sts:ExternalId")):
        return Severity.LOW, f"it trusts {principal}, which nobody has listed in trusted_accounts, with an external id"
    exact = not _is_whole(principal) or any(not any(map(_is_whole, one)) for one in statement.required(_ARN))
    return (Severity.MEDIUM if exact else Severity.HIGH), f"it trusts {principal} without an external id"


_ARN = "aws:PrincipalArn"


def _is_loose(principal: str, statement: Statement) -> bool:
    """Whether it trusts a whole account or organization, whoever comes and however they signed in."""
    asked = statement.required(_ARN) or statement.required("aws:MultiFactorAuthPresent")
    return _is_whole(principal) and not asked


def _is_whole(principal: str) -> bool:
    """Whether it stands for many principals: an account, an organization, or a pattern."""
    return principal.isdigit() or principal.endswith(":root") or _is_organization(principal) or "*" in principal


def _is_hard_to_guess(value: str) -> bool:
    return len(value) >= 8 and not value.startswith("*")  # noqa: PLR2004 - what a short id takes to guess


def _worst(flaws: Iterable[Flaw]) -> Flaw:
    return max(flaws, key=lambda flaw: flaw[0].rank)


@check(severity=Severity.CRITICAL, practices=["SEC02-BP04", "SEC03-BP07"])
def iam_role_trust_federation_unscoped(role: Role, policies: Every[ManagedPolicy]) -> Verdict:
    """Federated trust names the exact subject and audience.

    Why: an issuer such as GitHub signs tokens for all its customers; trust that does not name yours lets anybody's
        pipeline assume the role.
    Fix: add the conditions StringEquals <issuer>:aud, and StringEquals <issuer>:sub with the exact repository and
        branch, environment, project or service account.
    """
    trusts = [(one, issuer) for one in role.trust.allowing for issuer in one.principals.get("Federated", ())]
    if not trusts:
        return not_applicable("it trusts no federated provider")
    flaws = [flaw for statement, provider in trusts for flaw in _federation_flaws(statement, provider)]
    loose = next((found for one, provider in trusts if (found := _any_ref(one, provider))), "")
    if not flaws and loose:
        if not _only_reads(role, policies):
            reason = f"any branch or pull request of the repository may assume it ({loose})"
            return failed(reason, severity=Severity.HIGH)
        return passed("any branch of one repository may assume it, only to read")
    if not flaws:
        return passed("its trust names subject and audience")
    severity, reason = _worst(flaws)
    return failed(reason, severity=severity)


_TENANT_CLAIMS = {
    "token.actions.githubusercontent.com": (
        "sub", "repository", "repository_id", "repository_owner", "repository_owner_id", "enterprise", "enterprise_id",
    ),
    "gitlab.com": ("sub",),
    "app.terraform.io": ("sub",),
    "agent.buildkite.com": ("sub",),
    "oidc.vercel.com": ("sub",),
    "cognito-identity.amazonaws.com": ("aud",),
    "accounts.google.com": ("aud", "sub"),
    "graph.facebook.com": ("app_id", "id"),
    "www.amazon.com": ("app_id", "user_id"),
}  # fmt: skip
"""Issuers that sign for every customer alike, and the claims that tell one customer from another. Bitbucket,
CircleCI, GitHub Enterprise and Vercel's teams have an issuer for each customer, whose URL ends in its name."""

_GITHUB = "token.actions.githubusercontent.com"
_TENANT = re.compile(r"[^:*?]+:[^:/*?]+[:/]")
"""A subject up to the end of its tenant: `repo:my-company/`, `organization:my-company:`."""

_OWNER = re.compile(r"[^:/*?]+/")
"""A repository up to the end of its owner: `my-company/`."""

_ANY_REPOSITORY = re.compile(r"(?:repo:)?[^:/]+/\*(?::|$)")
_ANY_REF = re.compile(r"repo:[^:]+(?::pull_request|(?::(?:ref:(?:refs/(?:heads/)?)?|environment:)?)?\*)$")
"""Subjects of a repository whoever asks: `:*`, `:ref:refs/heads/*`; a workflow makes the environment that it names."""


def _federation_flaws(statement: Statement, provider: str) -> Iterator[Flaw]:
    issuer = provider.partition(":oidc-provider/")[2] or provider
    if statement.covers_action("sts:AssumeRoleWithSAML") and ":saml-provider/" in provider:
        if not statement.required("SAML:aud"):
            yield Severity.MEDIUM, f"no condition names SAML:aud for {provider}"
        return
    if not statement.covers_action("sts:AssumeRoleWithWebIdentity"):
        return
    if issuer in _TENANT_CLAIMS and not any(_pins(statement, issuer, claim) for claim in _TENANT_CLAIMS[issuer]):
        yield Severity.CRITICAL, f"no condition on {issuer}:{_TENANT_CLAIMS[issuer][0]} names whose tokens it accepts"
    elif issuer == _GITHUB and (owner := _any_repository(statement)):
        yield Severity.HIGH, f"any repository of the organization may assume it ({owner})"
    if not statement.required(f"{issuer}:aud") and ":oidc-provider/" in provider:
        yield Severity.MEDIUM, f"no condition names {issuer}:aud"
    if issuer.startswith("oidc.eks.") and not _names_namespace(_subjects(statement, issuer)):
        yield Severity.MEDIUM, f"no condition on {issuer}:sub names a namespace"


def _subjects(statement: Statement, issuer: str) -> tuple[str, ...]:
    return next(iter(statement.required(f"{issuer}:sub")), ())


def _pins(statement: Statement, issuer: str, claim: str) -> bool:
    """Whether every value that a claim may have names one customer of the issuer."""
    tenant = _OWNER if claim == "repository" else _TENANT
    demanded = statement.required(f"{issuer}:{claim}")
    return any(all(_is_literal(value) or tenant.match(value) for value in values) for values in demanded)


def _is_literal(value: str) -> bool:
    return not set("*?") & set(value)


def _names_namespace(subjects: Collection[str]) -> bool:
    return bool(subjects) and all(re.match(r"system:serviceaccount:[^:*?]+:", subject) for subject in subjects)


def _any_repository(statement: Statement) -> str:
    """The subject or claim by which GitHub's tokens for whatever repository of an owner are accepted; or nothing."""
    named = ("repository", "repository_id")
    exact = (values for claim in named for values in statement.required(f"{_GITHUB}:{claim}"))
    if any(not _ANY_REPOSITORY.match(value) for values in exact for value in values):
        return ""
    wide = (*_subjects(statement, _GITHUB), *_claim(statement, "repository"))
    return next((value for value in wide if _ANY_REPOSITORY.match(value)), "")


def _claim(statement: Statement, claim: str) -> tuple[str, ...]:
    return next(iter(statement.required(f"{_GITHUB}:{claim}")), ())


def _any_ref(statement: Statement, provider: str) -> str:
    """GitHub's subject where it is a repository with any branch, tag or pull request, and no claim tells more."""
    told = (value for claim in ("ref", "environment") for value in _claim(statement, claim))
    if provider.partition(":oidc-provider/")[2] != _GITHUB or any(value.strip("*") for value in told):
        return ""
    return next((subject for subject in _subjects(statement, _GITHUB) if _ANY_REF.match(subject)), "")


def _only_reads(role: Role, policies: Every[ManagedPolicy]) -> bool:
    attached = [policy.document for arn in role.attached_policies for policy in policies.by(_arn).get(arn, ())]
    documents = [*attached, *(one.document for one in role.inline_policies)]
    return len(attached) == len(role.attached_policies) and all(
        statement.only_reads for document in documents for statement in document.allowing
    )


def _arn(policy: ManagedPolicy) -> str:
    return policy.arn


@check(severity=Severity.HIGH, practices=["SEC03-BP01"])
def ec2_instance_imdsv1_allowed(
    instance: Instance, exposure: Exposure, interfaces: Interfaces, use: RoleUse, privilege: Privilege
) -> Verdict:
    """Instance role credentials are served only through IMDSv2.

    Why: a request that an attacker makes the server send (SSRF) reads the role's credentials from IMDSv1.
    Fix: run aws ec2 modify-instance-metadata-options --http-tokens required --http-put-response-hop-limit 1 (after the
        metric MetadataNoToken has been zero for a week), and set it as the account's default in the region.
    """
    if not instance.has_metadata_service:
        return passed("its metadata service is off")
    if instance.allows_imdsv1:
        if instance.instance_profile_arn is None:
            reason = "its metadata service answers without a token, though it has no role to give away"
            return failed(reason, severity=Severity.MEDIUM)
        reason = "its metadata service gives the role's credentials without a token"
        path = _way_in(instance, exposure, interfaces)
        if path:
            return failed(f"{reason}, and the internet reaches it: {path.describe()}", severity=Severity.CRITICAL)
        return failed(reason)
    if instance.metadata_hop_limit > 1 and not instance.is_eks_node and not _is_ecs_node(instance, use, privilege):
        reason = f"tokens are required, but answers travel {instance.metadata_hop_limit} hops, into containers"
        return failed(reason, severity=Severity.LOW, hop_limit=instance.metadata_hop_limit)
    return passed("its metadata service asks for a token")


def _is_ecs_node(instance: Instance, use: RoleUse, privilege: Privilege) -> bool:
    """Whether its containers are ECS's: a capacity provider's tag, or a role that is made to register it, tells."""
    if "AmazonECSManaged" in instance.tags:
        return True
    role = use.role_of(instance_workload(instance))
    if role is None or privilege.administrator(role).possible:
        return False
    return privilege.rights(role).can_somewhere("ecs:RegisterContainerInstance").possible


def _way_in(instance: Instance, exposure: Exposure, interfaces: Interfaces) -> Path | None:
    """A way from the internet to an instance; direct ones are looked for first."""
    own = interfaces.of_instance(instance.id, instance.region)
    for ways in (exposure.direct, exposure.through_load_balancers):
        found = (path for one in own for path in ways(one) if path.has_ports and not path.service)
        if path := next(found, None):
            return path
    return None


@check(severity=Severity.MEDIUM, practices=["SEC03-BP01"])
def ec2_launch_template_imdsv1_allowed(version: LaunchTemplateVersion, defaults: Every[MetadataDefaults]) -> Verdict:
    """Launch templates require IMDSv2.

    Why: every instance that an Auto Scaling group starts from it would give its role's credentials without a token.
    Fix: create a version with MetadataOptions HttpTokens required and HttpPutResponseHopLimit 1, and make it the
        default.
    """
    if not version.is_default:
        return not_applicable("it is not the default version")
    if version.settings.metadata_endpoint == "disabled":
        return passed("its metadata service is off")
    if version.settings.metadata_tokens == "required":
        return passed("it requires tokens")
    if version.settings.metadata_tokens:
        return failed(f"version {version.version} sets HttpTokens to {version.settings.metadata_tokens}")
    default = next((one.tokens for one in defaults.within(version.region)), None)
    if default == "required":
        return passed(f"it leaves HttpTokens to the account's default in {version.region}, which requires tokens")
    decides = f"the account's default, which is {default}" if default else "the image, as the account has no default"
    return failed(f"version {version.version} leaves HttpTokens to {decides}")


@check(severity=Severity.MEDIUM, practices=["SEC02-BP02"])
def ec2_instance_without_instance_profile(instance: Instance, account: Account, roles: Every[Role]) -> Verdict:
    """Running EC2 instances act through an instance profile.

    Why: software on an instance without a role gets its credentials from a file that does not rotate.
    Fix: create a role that ec2.amazonaws.com may assume with the rights that it needs (AmazonSSMManagedInstanceCore
        at least) and associate its instance profile (associate-iam-instance-profile); no restart is needed.
    """
    if not instance.is_running:
        return not_applicable(f"it is {instance.state}")
    if instance.is_managed or account.now - instance.launched < timedelta(hours=1):
        return not_applicable("a service manages it, or it started within the hour")
    profile = instance.instance_profile_arn
    if profile is None:
        return failed("it runs without an instance profile")
    if not any(profile in role.instance_profiles for role in roles):
        return failed(f"its instance profile {profile} is gone or holds no role, so it gets no credentials")
    return passed("an instance profile gives it a role")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def lambda_function_url_unauthenticated(
    url: FunctionUrl,
    function: Function,
    callers: UrlCallers,
    use: RoleUse,
    privilege: Privilege,
) -> Verdict:
    """Lambda function URLs require IAM authentication.

    Why: whoever finds the URL runs the function with the rights of its role, and with its bill.
    Fix: set AuthType to AWS_IAM and remove the statement for Principal * that allows lambda:InvokeFunctionUrl; for the
        public, put CloudFront with origin access control (and a web ACL) in front.
    """
    if not url.is_unauthenticated:
        return passed("callers sign their requests")
    origins = ", and other sites may call it with the user's cookies" if _shares_cookies(url) else ""
    opened = open_to_everyone(callers.policies_of(url, function))
    if opened == CALLING:
        role = use.role_of(function.arn)
        power = _power(role, privilege)
        return failed(
            f"AuthType is NONE and the function's policy lets everyone invoke {url.url}{origins}"
            f"{power or _doubt(role, privilege)}",
            severity=Severity.CRITICAL if power else Severity.HIGH,
        )
    if opened == CALLING[:1]:
        reason = f"AuthType is NONE, and all that everyone lacks to invoke {url.url} is {CALLING[1]}{origins}"
        return failed(reason, severity=Severity.MEDIUM)
    reason = (
        f"AuthType is NONE; only the lack of a statement for everyone in its policy keeps {url.url} closed{origins}"
    )
    return failed(reason, severity=Severity.LOW)


def _power(role: Role | None, privilege: Privilege) -> str:
    """What is seen to make it worth while to take over a role; empty where nothing special is."""
    if role is None:
        return ""
    if privilege.seems_strong(role):
        return f"; its role {role.role_name} is, or can become, an administrator"
    if privilege.rights(role).can_somewhere("secretsmanager:GetSecretValue").possible:
        return f"; its role {role.role_name} may read secrets"
    return ""


def _doubt(role: Role | None, privilege: Privilege) -> str:
    """What could not be read of a role's power, which would make a finding graver; empty where all was."""
    if role is None or privilege.seems_strong(role) is not None:
        return ""
    return f"; whether its role {role.role_name} can become an administrator is not known"


def _shares_cookies(url: FunctionUrl) -> bool:
    return url.allows_credentials and "*" in url.allowed_origins


@check(severity=Severity.MEDIUM, practices=["SEC02-BP02"])
def lambda_function_role_missing(function: Function, roles: Every[Role]) -> Verdict:
    """Lambda functions run with an existing role of the account.

    Why: without its role every call fails; and whoever creates a role of that name gives the function its rights.
    Fix: create a role that lambda.amazonaws.com may assume with the rights that the function needs, and set it
        (aws lambda update-function-configuration --role).
    """
    found = roles.by(_role_arn).get(function.role, ())
    if not found:
        return failed(f"its role {function.role} does not exist")
    if not any(_lets_assume(one, "lambda.amazonaws.com") for one in found[0].trust.allowing):
        return failed(f"its role {found[0].role_name} does not trust lambda.amazonaws.com")
    return passed(f"it runs with the role {found[0].role_name}")


def _role_arn(role: Role) -> str:
    return role.arn


def _lets_assume(statement: Statement, service: str) -> bool:
    return statement.covers_action("sts:AssumeRole") and service in statement.principals.get("Service", ())


_HOSTS = ("ec2", "lambda", "ecs-tasks", "codebuild", "states", "glue", "batch", "sagemaker", "pods.eks")
"""Services that run what customers wrote, as a role."""


@check(severity=Severity.HIGH, practices=["SEC03-BP02", "SEC03-BP01"])
def iam_principal_administrator(
    principal: Principal,
    privilege: Privilege,
    use: RoleUse,
    outside: Outside,
    *,
    allowed_admins: tuple[str, ...] = (
        "OrganizationAccountAccessRole",
        "AWSControlTowerExecution",
        "stacksets-exec-*",
    ),
) -> Verdict:
    """No standing administrator besides the listed ones.

    Why: whoever gets hold of one credential of an administrator has the account: all data, all keys, all logs.
    Fix: give each person and workload the actions that it needs; keep administrators for emergencies, behind a second
        factor, and name them in allowed_admins.

    `allowed_admins` are names of users and roles, perhaps with wildcards, that may be administrators.
    """
    if not _is_judged(principal):
        return not_applicable("it is a group, or AWS's or Identity Center's")
    grant = privilege.administrator(principal)
    if not grant.possible:
        return passed("its policies do not allow everything")
    if any(fnmatch(principal.arn.rpartition("/")[2], one) for one in allowed_admins):
        return passed("it is an administrator, and allowed_admins names it")
    held = _held_by(principal, use, outside)
    second_factor = isinstance(principal, Role) and _asks_for_second_factor(principal)
    severity = Severity.CRITICAL if held else Severity.HIGH
    severity = severity.raised(-1) if grant.unresolved or second_factor else severity
    by = f"{grant.rule.label} allows everything" if grant.rule else "its policies together allow everything"
    doubt = f" where {' and '.join(grant.unresolved)} allows it" if grant.unresolved else ""
    return failed(f"{by}{doubt}{held}", severity=severity)


def _is_judged(principal: Principal) -> bool:
    """Whether it is a user, or a role that the account keeps itself."""
    if isinstance(principal, Role):
        return not principal.path.startswith(("/aws-service-role/", SSO_PATH))
    return isinstance(principal, User)


def _held_by(principal: Principal, use: RoleUse, outside: Outside) -> str:
    """Who besides people of the account acts as a principal; empty where only they do."""
    if not isinstance(principal, Role):
        return ", and it is a user, whose credentials do not expire"
    if workload := next(iter(use.known(principal)), None):
        return f", and the {workload} acts as it"
    if hosts := sorted(one for one in trusted_services(principal.trust) if one.removesuffix(_AMAZON) in _HOSTS):
        return f", and {hosts[0]} may hand it to a workload"
    if stranger := next(iter(outside.strangers(principal.trust)), None):
        return f", and {stranger.who} may assume it"
    return ""


_AMAZON = ".amazonaws.com"


def _asks_for_second_factor(role: Role) -> bool:
    asked = [one for one in role.trust.allowing if one.principals.get("AWS")]
    return bool(asked) and all(one.required("aws:MultiFactorAuthPresent") == (("true",),) for one in asked)


@check(severity=Severity.HIGH, practices=["SEC03-BP02", "SEC03-BP05"])
def iam_principal_privilege_escalation(
    principal: Principal, privilege: Privilege, use: RoleUse, outside: Outside, *, max_hops: int = 4
) -> Verdict:
    """No principal can reach administrator rights through a chain of grants.

    Why: a harmless-looking right, such as updating a function or passing a role, is as good as all rights where what it
        leads to has them.
    Fix: take away the statement that the finding names as the one that carries most chains; name resources and
        iam:PassedToService in what is left.

    `max_hops` is how many steps a chain may have.
    """
    if not _is_judged(principal):
        return not_applicable("it is a group, or AWS's or Identity Center's")
    if privilege.administrator(principal).possible:
        return not_applicable("it is an administrator, which iam_principal_administrator judges")
    chain = privilege.escalation(principal, max_hops=max_hops)
    if chain is None:
        return passed(f"no chain of {max_hops} steps leads to an administrator")
    start = _reachable_by(principal, use, outside)
    severity = Severity.CRITICAL if start else Severity.HIGH
    fact = chain.cheapest
    return failed(
        f"{chain.text}{start}; {fact.label} carries the chains of {fact.breaks} of {fact.of} principals",
        severity=severity if chain.certain else severity.raised(-1),
        path=[step.text for step in chain.steps],
        cheapest=fact.label,
    )


def _reachable_by(principal: Principal, use: RoleUse, outside: Outside) -> str:
    """Why an intruder may easily be the start of a chain; empty where nothing special tells."""
    if not isinstance(principal, Role):
        return "; it is a user, whose credentials do not expire"
    if workload := use.reached(principal):
        return f"; the {workload}, which acts as it, gets requests from the internet by {workload.way}"
    if stranger := next(iter(outside.strangers(principal.trust)), None):
        return f"; {stranger.who} may assume it"
    trusts = ((one, issuer) for one in principal.trust.allowing for issuer in one.principals.get("Federated", ()))
    flaws = (flaw for statement, issuer in trusts for flaw in _federation_flaws(statement, issuer))
    loose = next((reason for severity, reason in flaws if severity is Severity.CRITICAL), "")
    return f"; {loose}" if loose else ""


@check(severity=Severity.HIGH, practices=["SEC02-BP04"])
def sso_instance_missing(
    account: Account,
    instances: Every[SsoInstance],
    roles: Every[Role],
    providers: Every[SamlProvider],
    organizations: Every[Organization],
    *,
    accept_saml_only: bool = False,
) -> Verdict:
    """IAM Identity Center serves human access to the account.

    Why: without one place that knows who works here, each account keeps its own users, passwords and leavers.
    Fix: enable IAM Identity Center in the organization's management account, connect the company's directory, and
        assign permission sets to groups.

    `accept_saml_only` takes a SAML provider of the account's own for enough.
    """
    if any(one.path.startswith(SSO_PATH) for one in roles.known()):
        return passed("Identity Center has put its roles into the account")
    active = [one for one in instances.known() if one.is_active]
    central = [one for one in active if one.owner != account.id or _is_management(account, organizations)]
    if central:
        return passed(f"the Identity Center instance {central[0].arn} is active")
    trusted = {name for role in roles for one in role.trust.allowing for name in one.principals.get("Federated", ())}
    number = len(instances)
    saml = next((one.arn for one in providers if one.arn in trusted), "")
    if saml and accept_saml_only:
        return passed(f"people come through the SAML provider {saml}")
    if saml:
        return failed(f"people come through {saml}, and not through Identity Center", severity=Severity.LOW)
    own = f"{active[0].arn} is the account's own, which has no permission sets" if active else ""
    state = own or f"none of {number} instances is active"
    return failed(f"no role is of Identity Center, {state}, and no role trusts SAML")


def _is_management(account: Account, organizations: Every[Organization]) -> bool:
    return any(one.management_account == account.id for one in organizations)


_KEY = "aws-access-key"


@check(severity=Severity.CRITICAL, practices=["SEC02-BP02", "SEC02-BP03"])
def iam_access_key_embedded_in_workload(
    _account: Account,
    report: CredentialReport,
    functions: Every[Function],
    definitions: Every[LatestTaskDefinition],
    running: Every[TaskDefinition],
    instances: Every[Instance],
    user_data: Every[InstanceUserData],
    templates: Every[LaunchTemplateVersion],
    projects: Every[BuildProject],
    stacks: Every[Stack],
) -> Verdict:
    """No workload configuration carries an IAM access key.

    Why: whoever may list the configuration has the key, for as long as nobody finds and deletes it.
    Fix: give the workload a role (execution role, task role, instance profile) and delete the key; then look in
        CloudTrail for what it was used for.
    """
    told = (
        *((f"function {one.name}", one.region, one.environment.values()) for one in functions.known()),
        *((f"build project {one.project}", one.region, one.environment.values()) for one in projects.known()),
        *((f"stack {one.stack}", one.region, _told_by(one)) for one in stacks.known()),
        *((f"task definition {one.name}", one.region, _texts(one)) for one in (*definitions.known(), *running.known())),
    )
    found = {f"{what} in {region}" for what, region, texts in told if any(_KEY in secrets_in(text) for text in texts)}
    found |= {f"launch template {one.name}" for one in templates.known() if _KEY in one.settings.secrets}
    if not found or not (instances.gaps or user_data.gaps):
        booted = (one for one in instances if any(_KEY in data.secrets for data in user_data.of(one)))
        found |= {f"instance {one.id}" for one in booted}
    places = sorted(found)
    if not places:
        if shut := next((one.name for one in functions if one.environment_error), ""):
            return unknown(f"Lambda could not read the environment variables of {shut}")
        number = len(functions) + len(definitions) + len(running) + len(instances) + len(projects) + len(stacks)
        return passed(f"none of {number + len(user_data) + len(templates)} configurations holds an access key")
    active = sum(len(row.active_keys) for row in report.rows.values())
    reason = f"an access key stands in {', '.join(places[:5])}" + (" and more" if len(places) > _FIVE else "")
    if active:
        return failed(f"{reason}, and {active} keys of the account are active", places=places)
    reason = f"{reason}; no key of the account's users is active, so it is another account's, or no longer works"
    return failed(reason, severity=Severity.HIGH, places=places)


_FIVE = 5


def _told_by(stack: Stack) -> Iterator[str]:
    yield from (*stack.parameters.values(), *stack.outputs.values())


def _texts(definition: TaskDefinition) -> Iterator[str]:
    for one in definition.containers:
        yield from (*one.environment.values(), *one.docker_labels.values(), *one.command, *one.entry_point)


_CHANGING = ("POST", "PUT", "PATCH", "DELETE", "ANY", "$default", "$connect")


@check(severity=Severity.MEDIUM, practices=["SEC03-BP01"])
def apigateway_route_unauthenticated(
    api: RestApi,
    stages: Every[RestStage],
    methods: Every[RestMethod],
    names: ApiNames,
    outside: Outside,
    *,
    public_routes: tuple[str, ...] = ("GET /health", "GET /healthz", "GET /.well-known/*"),
) -> Verdict:
    """Every route of a REST API authenticates its caller.

    Why: an open method serves whoever finds its address; that it is only meant for the company's own front end does not
        hold anybody back.
    Fix: set authorizationType to AWS_IAM, COGNITO_USER_POOLS or CUSTOM, and deploy; list routes that are meant for
        everyone in public_routes.

    `public_routes` are methods and paths, perhaps with wildcards, that anyone may call.
    """
    if not stages.of(api):
        return not_applicable("it has no stage")
    open_methods = [one for one in methods.of(api) if one.authorization == "NONE" and one.verb != "OPTIONS"]
    left = [one for one in open_methods if not _is_meant(one.name, public_routes)]
    if not left:
        return passed("every method that is not meant for everyone authenticates its caller")
    if api.policy and not any(one.audience >= Audience.NETWORK for one in outside.principals(api.policy)):
        return passed("its policy admits named principals only")
    domains = names.of_rest(api)
    if api.closes_default_endpoint and domains and all(one.truststore for one in domains):
        return passed("only clients with a certificate get to it")
    return _unauthenticated([one.name for one in left], keyed=all(one.needs_key for one in left))


def _is_meant(route: str, public_routes: Iterable[str]) -> bool:
    return any(fnmatch(route, one) for one in public_routes)


def _unauthenticated(routes: list[str], *, keyed: bool) -> Verdict:
    named = ", ".join(routes[:4]) + (f" and {len(routes) - 4} more" if len(routes) > 4 else "")  # noqa: PLR2004
    ask = "asks" if len(routes) == 1 else "ask"
    if keyed:
        return failed(f"{named} {ask} for an API key, which identifies nobody", severity=Severity.LOW, routes=routes)
    changing = any(route.partition(" ")[0] in _CHANGING for route in routes)
    severity = Severity.HIGH if changing else Severity.MEDIUM
    return failed(f"{named} {ask} for no authentication", severity=severity, routes=routes)


@check(severity=Severity.MEDIUM, practices=["SEC03-BP01"])
def apigatewayv2_route_unauthenticated(
    api: HttpApi,
    stages: Every[HttpStage],
    routes: Every[HttpRoute],
    names: ApiNames,
    *,
    public_routes: tuple[str, ...] = ("GET /health", "GET /healthz", "GET /.well-known/*"),
) -> Verdict:
    """Every route of an HTTP or WebSocket API authenticates its caller.

    Why: an open route serves whoever finds its address, and a WebSocket that anybody may connect to serves all that
        comes after.
    Fix: attach a JWT or Lambda authorizer, or AWS_IAM, to the route (of a WebSocket API to $connect); list routes that
        are meant for everyone in public_routes.

    `public_routes` are route keys, perhaps with wildcards, that anyone may call.
    """
    if not stages.of(api):
        return not_applicable("it has no stage")
    every_route = routes.of(api)
    entered = [one for one in every_route if one.key == "$connect" or not api.is_websocket]
    if every_route and not entered:
        return failed("it has no route $connect, the one that could ask for authentication: anybody may connect")
    open_routes = [one for one in entered if one.authorization == "NONE" and not one.key.startswith("OPTIONS ")]
    left = [one for one in open_routes if not _is_meant(one.key, public_routes)]
    if not left:
        return passed("every route that is not meant for everyone authenticates its caller")
    domains = names.of_http(api)
    if api.closes_default_endpoint and domains and all(one.truststore for one in domains):
        return passed("only clients with a certificate get to it")
    return _unauthenticated([one.key for one in left], keyed=all(one.needs_key for one in left))


@check(severity=Severity.MEDIUM, practices=["SEC03-BP01", "SEC03-BP07"])
def policy_network_location_only(policy: ResourcePolicy, outside: Outside) -> Verdict:
    """No resource policy grants access by network location alone.

    Why: every process in that network gets in, the attacker's too, and no log says who it was.
    Fix: name the roles as Principal and keep the network condition in a Deny beside it; for EFS, name roles in a file
        system policy.
    """
    if isinstance(policy, PolicyOfRestApi):
        return not_applicable("its methods may ask who calls, with which apigateway_route_unauthenticated judges it")
    if policy.document is None:
        return failed("it has no policy: any client that reaches a mount target gets in", severity=Severity.LOW)
    found = outside.by_network(policy.document)
    if not found:
        return passed("no statement admits a network without naming principals")
    grave = [one for one in found if one.kinds - {Kind.READ} or one.allows("kms:Decrypt") or policy.holds_secrets]
    worst = (grave or found)[0]
    return failed(
        f"{worst.label} of its policy lets {worst.who} call {', '.join(worst.actions[:3])}",
        severity=Severity.HIGH if grave else Severity.MEDIUM,
    )


_IDENTITY_RULES = {
    "access keys": ("ACCESS_KEYS_ROTATED", "IAM_USER_UNUSED_CREDENTIALS_CHECK"),
    "the root user's keys": ("IAM_ROOT_ACCESS_KEY_CHECK",),
    "broad policies": ("IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS", "IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS"),
    "second factors": ("MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",),
    "instances without a role": ("EC2_INSTANCE_PROFILE_ATTACHED",),
}
"""What must be watched, and the managed rules that do it."""


@check(severity=Severity.MEDIUM, practices=["SEC04-BP04", "SEC01-BP06"])
def config_identity_rules_missing(
    _account: Account, rules: Every[ConfigRule], *, accept_rule_names: tuple[str, ...] = ()
) -> Verdict:
    """AWS Config rules watch for static keys and broad IAM policies.

    Why: the access key that somebody makes tonight, or the policy that somebody widens, is found by a rule that looks
        at each change, not by the next review.
    Fix: deploy the managed rules that are missing in the region that records IAM, or enable Security Hub's standards.

    `accept_rule_names` are names of rules of your own that watch all of it.
    """
    active = [one for one in rules.known() if one.is_active]
    if any(one.rule in accept_rule_names for one in active):
        return passed("a rule of your own watches identities")
    known = {one.identifier for one in active}
    missing = [what for what, identifiers in _IDENTITY_RULES.items() if not known.intersection(identifiers)]
    if missing:
        return failed(f"no active rule of {len(rules)} watches {', '.join(missing)}", missing=missing)
    return passed("active rules watch keys, policies, second factors and roles")


@check(severity=Severity.HIGH, practices=["SEC03-BP02"])
def application_requests_authorized(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Applications authorize every request, wherever it comes from.

    Why: what trusts a request because it comes from inside is open to whoever gets inside; no API of AWS sees
    the code that decides.
    Fix: let every service check who asks and what for, by a token or a policy engine, and test that a request
    without one is refused; answer in the audit profile.
    """
    return manual("do the applications authorize every request themselves, also those that come from inside?")


@check(severity=Severity.HIGH, practices=["SEC02-BP01", "SEC02-BP04"])
def sso_identity_source_mfa_enforced(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """The identity source of IAM Identity Center enforces MFA.

    Why: single sign-on opens all accounts to one log-in; no public API tells the identity source or its MFA
    setting.
    Fix: require MFA for every sign-in, phishing-resistant for administrators, in IAM Identity Center or in the
    identity provider behind it; answer in the audit profile.
    """
    return manual("does the identity source behind IAM Identity Center require MFA at every sign-in?")
