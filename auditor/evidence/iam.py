"""AWS Identity and Access Management: principals, policies, credentials and federation of the account.

GetAccountAuthorizationDetails gives users, groups, roles and policies at once: their listers share the call, and
the transport asks it once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.policy import PolicyDocument
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed

_DETAILS = call("iam", "GetAccountAuthorizationDetails", page=1000)


@evidence
class InlinePolicy(Evidence):
    """A policy that lives within one user, group or role."""

    policy_name: str = at("PolicyName")
    document: PolicyDocument = at("PolicyDocument", parse=PolicyDocument.read)


class Principal(Resource):
    """A user, a group or a role: what policies are attached to."""

    __slots__ = ()
    type_name: ClassVar = "AWS::IAM::Principal"
    inline_policies: tuple[InlinePolicy, ...]
    attached_policies: tuple[str, ...]
    """ARNs of managed policies."""


@evidence
class User(Principal):
    """An IAM user with its policies."""

    type_name: ClassVar = "AWS::IAM::User"
    arn: str = at("Arn")
    user_name: str = at("UserName")
    created: datetime = at("CreateDate")
    groups: tuple[str, ...] = at("GroupList")
    """Names of groups."""
    inline_policies: tuple[InlinePolicy, ...] = at("UserPolicyList")
    attached_policies: tuple[str, ...] = at("AttachedManagedPolicies[].PolicyArn")
    boundary: str | None = at("PermissionsBoundary.PermissionsBoundaryArn")
    tags: Mapping[str, str] = at("Tags")


@evidence
class Group(Principal):
    """An IAM group with its policies."""

    type_name: ClassVar = "AWS::IAM::Group"
    arn: str = at("Arn")
    group_name: str = at("GroupName")
    inline_policies: tuple[InlinePolicy, ...] = at("GroupPolicyList")
    attached_policies: tuple[str, ...] = at("AttachedManagedPolicies[].PolicyArn")


@evidence
class Role(Principal):
    """An IAM role with its trust policy and its policies."""

    type_name: ClassVar = "AWS::IAM::Role"
    arn: str = at("Arn")
    role_name: str = at("RoleName")
    path: str = at("Path")
    created: datetime = at("CreateDate")
    trust: PolicyDocument = at("AssumeRolePolicyDocument", parse=PolicyDocument.read)
    inline_policies: tuple[InlinePolicy, ...] = at("RolePolicyList")
    attached_policies: tuple[str, ...] = at("AttachedManagedPolicies[].PolicyArn")
    boundary: str | None = at("PermissionsBoundary.PermissionsBoundaryArn")
    instance_profiles: tuple[str, ...] = at("InstanceProfileList[].Arn")
    """ARNs of the instance profiles that hand it out."""
    last_used: datetime | None = at("RoleLastUsed.LastUsedDate")
    """None where it was not used within the tracking period of 400 days."""
    tags: Mapping[str, str] = at("Tags")

    def idle_since(self, moment: datetime) -> bool:
        """Whether nobody has used it since then, though it is older."""
        return (self.last_used or self.created) < moment

    @property
    def is_service_linked(self) -> bool:
        """Whether an AWS service owns it: its trust and its policies cannot be changed."""
        return self.path.startswith("/aws-service-role/")


def _default_version(versions: Sequence[Mapping[str, Any]]) -> PolicyDocument:
    return PolicyDocument.read(next(one["Document"] for one in versions if one["IsDefaultVersion"]))


@evidence
class ManagedPolicy(Resource):
    """A managed policy in its default version: the account's own, or one of AWS."""

    type_name: ClassVar = "AWS::IAM::ManagedPolicy"
    arn: str = at("Arn")
    attachments: int = at("AttachmentCount")
    """How many users, groups and roles have it."""
    document: PolicyDocument = at("PolicyVersionList", parse=_default_version)

    @property
    def is_aws_managed(self) -> bool:
        """Whether AWS wrote it and keeps it."""
        return ":iam::aws:policy/" in self.arn


users = listed(User, _DETAILS, "UserDetailList[]", of=Account)
groups = listed(Group, _DETAILS, "GroupDetailList[]", of=Account)
roles = listed(Role, _DETAILS, "RoleDetailList[]", of=Account)


@collector(_DETAILS)
def principals(aws: Aws, _account: Account) -> Iterable[Principal]:
    """Users, groups and roles as one kind, for what is true of all three."""
    kinds: Mapping[str, type[Principal]] = {"UserDetailList": User, "GroupDetailList": Group, "RoleDetailList": Role}
    for page in aws.pages("GetAccountAuthorizationDetails"):
        for name, kind in kinds.items():
            yield from (aws.parse(kind, raw) for raw in page.get(name, ()))


managed_policies = listed(ManagedPolicy, _DETAILS, "Policies[]", of=Account)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """One of the two access keys that a user may have, as the credential report tells it."""

    active: bool
    rotated: datetime | None
    """When it was made or last changed."""
    used: datetime | None
    """None where it was never used."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials of one user, or of the root user: a row of the credential report."""

    user_name: str
    arn: str
    password_enabled: bool | None
    """None for the root user, of whom the report does not say it."""
    password_used: datetime | None
    password_changed: datetime | None
    mfa_active: bool
    access_keys: tuple[AccessKey, AccessKey]
    certificates: int
    """Active signing certificates."""

    @classmethod
    def read(cls, row: Mapping[str, str]) -> Credentials:
        """From a row of the CSV by its columns (IAM user guide, credential report format)."""
        password = row["password_enabled"]
        return cls(
            row["user"],
            row["arn"],
            _flag(password) if _flag(password) or password == "false" else None,  # noqa: S105 - a flag, not a password
            _moment(row["password_last_used"]),
            _moment(row.get("password_last_changed", "")),
            _flag(row["mfa_active"]),
            (_access_key(row, 1), _access_key(row, 2)),
            sum(_flag(row[f"cert_{number}_active"]) for number in (1, 2)),
        )

    @property
    def active_keys(self) -> tuple[AccessKey, ...]:
        """The access keys that sign requests."""
        return tuple(key for key in self.access_keys if key.active)

    @property
    def last_used(self) -> datetime | None:
        """When a password or a key of it was last used."""
        return max(filter(None, (self.password_used, *(key.used for key in self.access_keys))), default=None)


def _access_key(row: Mapping[str, str], number: int) -> AccessKey:
    key = f"access_key_{number}"
    rotated, used = row[f"{key}_last_rotated"], row[f"{key}_last_used_date"]
    return AccessKey(_flag(row[f"{key}_active"]), _moment(rotated), _moment(used))


def _flag(text: str) -> bool:
    return text.lower() == "true"


def _moment(text: str) -> datetime | None:
    """A date of the report; `N/A`, `no_information` and `not_supported` are none."""
    return datetime.fromisoformat(text) if text[:1].isdigit() else None


def _rows(content: str) -> Mapping[str, Credentials]:
    return {row["arn"]: Credentials.read(row) for row in csv.DictReader(content.splitlines())}


@evidence
class CredentialReport(Evidence):
    """The credentials of all users; AWS makes it anew at most every four hours."""

    generated: datetime = at("GeneratedTime")
    rows: Mapping[str, Credentials] = at("Content", parse=_rows)
    """By the ARN of the user."""

    @property
    def root(self) -> Credentials | None:
        """The root user's row."""
        return next((row for row in self.rows.values() if row.user_name == "<root_account>"), None)


@collector(call("iam", "GenerateCredentialReport", until=("State", "COMPLETE")), call("iam", "GetCredentialReport"))
def credential_report(aws: Aws, _account: Account) -> CredentialReport:
    """The report, made first where there is none that is young enough."""
    aws("GenerateCredentialReport")
    return aws.parse(CredentialReport, aws("GetCredentialReport"))


@evidence
class ServiceUse(Evidence):
    """A service that a principal may use, and when it last did."""

    service: str = at("ServiceNamespace")
    last_used: datetime | None = at("LastAuthenticated")
    """None where it was not used within the tracking period of 400 days."""


@evidence
class ServiceUses(Evidence):
    """The services that a principal's policies allow; absent for groups and service-linked roles."""

    status: str = at("JobStatus")
    services: tuple[ServiceUse, ...] = at("ServicesLastAccessed")

    @property
    def is_complete(self) -> bool:
        """Whether IAM has compiled the report."""
        return self.status == "COMPLETED"


@collector(
    call("iam", "GetServiceLastAccessedDetails", until=("JobStatus", "COMPLETED"), MaxItems=1000),
    call("iam", "GenerateServiceLastAccessedDetails", Granularity="ACTION_LEVEL"),
)
def service_uses(aws: Aws, principal: Principal) -> ServiceUses:
    """The report, which IAM compiles on demand; a thousand items are more than there are services."""
    if isinstance(principal, Group) or (isinstance(principal, Role) and principal.is_service_linked):
        raise Absent("nobody signs in as it")
    job = aws("GenerateServiceLastAccessedDetails", Arn=principal.arn)["JobId"]
    return aws.parse(ServiceUses, aws("GetServiceLastAccessedDetails", JobId=job))


@evidence
class AccountSummary(Evidence):
    """What the account has of IAM, in numbers; and what its root user has."""

    root_access_keys: int = at("AccountAccessKeysPresent")
    root_certificates: int = at("AccountSigningCertificatesPresent")
    root_mfa: int = at("AccountMFAEnabled")
    root_password: int | None = at("AccountPasswordPresent")


account_summary = described(AccountSummary, call("iam", "GetAccountSummary"), "SummaryMap", of=Account)


@evidence
class MfaDevice(Resource):
    """A virtual MFA device that is assigned to a user or to the root user."""

    type_name: ClassVar = "AWS::IAM::VirtualMFADevice"
    arn: str = at("SerialNumber")
    user_arn: str | None = at("User.Arn")

    @property
    def is_roots(self) -> bool:
        """Whether the root user signs in with it."""
        return (self.user_arn or "").endswith(":root") or self.arn.endswith(":mfa/root-account-mfa-device")


mfa_devices = listed(
    MfaDevice,
    call("iam", "ListVirtualMFADevices", page=1000, AssignmentStatus="Assigned"),
    "VirtualMFADevices[]",
    of=Account,
)


@evidence
class OidcProvider(Resource):
    """An identity provider whose web identity tokens roles may trust."""

    type_name: ClassVar = "AWS::IAM::OIDCProvider"
    arn: str = at("Arn")

    @property
    def issuer(self) -> str:
        """The issuer without `https://`, as condition keys name it."""
        return self.arn.partition(":oidc-provider/")[2]


oidc_providers = listed(
    OidcProvider, call("iam", "ListOpenIDConnectProviders"), "OpenIDConnectProviderList[]", of=Account
)


@evidence
class SamlProvider(Resource):
    """A SAML identity provider that roles may trust."""

    type_name: ClassVar = "AWS::IAM::SAMLProvider"
    arn: str = at("Arn")


saml_providers = listed(SamlProvider, call("iam", "ListSAMLProviders"), "SAMLProviderList[]", of=Account)


@evidence
class ServerCertificate(Resource):
    """A TLS certificate that was uploaded to IAM, which cannot renew it."""

    type_name: ClassVar = "AWS::IAM::ServerCertificate"
    arn: str = at("Arn")
    certificate_id: str = at("ServerCertificateId")
    expires: datetime = at("Expiration")


server_certificates = listed(
    ServerCertificate,
    call("iam", "ListServerCertificates", page=1000),
    "ServerCertificateMetadataList[]",
    of=Account,
)
