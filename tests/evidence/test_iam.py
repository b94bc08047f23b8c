from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.iam import (
    AccountSummary,
    CredentialReport,
    Group,
    ManagedPolicy,
    MfaDevice,
    OidcProvider,
    Principal,
    Role,
    SamlProvider,
    ServerCertificate,
    ServiceUses,
    User,
)
from auditor.testing import ACCOUNT, NOW, ago, gathered, made

ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ADMINISTRATOR = {"PolicyName": "AdministratorAccess", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
TRUST = {"Statement": {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}}

USER = {
    "Path": "/",
    "UserName": "alice",
    "UserId": "AIDAEXAMPLE",
    "Arn": "arn:aws:iam::123456789012:user/alice",
    "CreateDate": ago(days=400),
    "UserPolicyList": [{"PolicyName": "all", "PolicyDocument": ANYTHING}],
    "GroupList": ["admins"],
    "AttachedManagedPolicies": [ADMINISTRATOR],
    "PermissionsBoundary": {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/limit",
    },
    "Tags": [{"Key": "owner", "Value": "shop"}],
}
GROUP = {
    "GroupName": "admins",
    "Arn": "arn:aws:iam::123456789012:group/admins",
    "GroupPolicyList": [],
    "AttachedManagedPolicies": [ADMINISTRATOR],
}
ROLE = {
    "Path": "/service/",
    "RoleName": "app",
    "Arn": "arn:aws:iam::123456789012:role/service/app",
    "CreateDate": ago(days=400),
    "AssumeRolePolicyDocument": TRUST,
    "InstanceProfileList": [{"Arn": "arn:aws:iam::123456789012:instance-profile/app"}],
    "RolePolicyList": [],
    "RoleLastUsed": {"LastUsedDate": ago(days=3), "Region": "eu-west-1"},
}
HEADER = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,"
    "access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,"
    "cert_1_last_rotated,cert_2_active,cert_2_last_rotated"
)
ROOT_ROW = (
    "<root_account>,arn:aws:iam::123456789012:root,2015-01-01T00:00:00+00:00,not_supported,2026-11-01T10:00:00+00:00,"
    "not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A"
)
ALICE_ROW = (
    "alice,arn:aws:iam::123456789012:user/alice,2025-01-01T00:00:00+00:00,true,no_information,"
    "2025-01-01T00:00:00+00:00,N/A,false,true,2025-01-01T00:00:00+00:00,2026-11-20T08:00:00+00:00,eu-west-1,s3,"
    "true,2026-01-01T00:00:00+00:00,N/A,N/A,N/A,true,2025-01-01T00:00:00+00:00,false,N/A"
)


def report(*rows: str) -> CredentialReport:
    found: CredentialReport = gathered(
        CredentialReport,
        ACCOUNT,
        GenerateCredentialReport={"State": "COMPLETE"},
        GetCredentialReport={
            "Content": "\n".join((HEADER, *rows)),
            "ReportFormat": "text/csv",
            "GeneratedTime": ago(hours=1),
        },
    )
    return found


def test_a_user_has_policies_groups_and_a_boundary() -> None:
    user = made(User, USER)
    assert user.groups == ("admins",)
    assert user.inline_policies[0].document.statements[0].covers_action("s3:GetObject")
    assert user.attached_policies == (ADMINISTRATOR["PolicyArn"],)
    assert user.boundary == "arn:aws:iam::123456789012:policy/limit"
    assert user.tags["owner"] == "shop"
    assert user.region == "global"


def test_a_role_has_trust_profiles_and_last_use() -> None:
    role = made(Role, ROLE)
    assert role.trust.statements[0].principals["Service"] == ("ec2.amazonaws.com",)
    assert role.instance_profiles == ("arn:aws:iam::123456789012:instance-profile/app",)
    assert role.boundary is None
    assert not role.is_service_linked


def test_a_service_linked_role_is_told_by_its_path() -> None:
    assert made(Role, {**ROLE, "Path": "/aws-service-role/ecs.amazonaws.com/"}).is_service_linked


@pytest.mark.parametrize(
    ("used", "created", "idle"), [(3, 400, False), (100, 400, True), (None, 400, True), (None, 3, False)]
)
def test_a_role_is_idle_unless_it_is_new_or_used(used: int | None, created: int, idle: bool) -> None:
    last = {"LastUsedDate": ago(days=used)} if used else {}
    role = made(Role, {**ROLE, "CreateDate": ago(days=created), "RoleLastUsed": last})
    assert role.idle_since(datetime.fromisoformat(ago(days=90))) is idle


def test_principals_are_users_groups_and_roles_of_one_call() -> None:
    answer = {"UserDetailList": [USER], "GroupDetailList": [GROUP], "RoleDetailList": [ROLE], "Policies": []}
    found = gathered(Principal, ACCOUNT, GetAccountAuthorizationDetails=[answer])
    assert [type(one) for one in found] == [User, Group, Role]
    assert [one.name for one in found] == ["alice", "admins", "app"]


def policy(**changes: Any) -> ManagedPolicy:
    versions = [
        {"VersionId": "v1", "IsDefaultVersion": False, "Document": {"Statement": []}},
        {"VersionId": "v2", "IsDefaultVersion": True, "Document": ANYTHING},
    ]
    raw = {"Arn": "arn:aws:iam::123456789012:policy/all", "AttachmentCount": 1, "PolicyVersionList": versions}
    return made(ManagedPolicy, {**raw, **changes})


def test_a_managed_policy_says_what_its_default_version_says() -> None:
    assert policy().document.allowing
    assert not policy().is_aws_managed
    assert policy(Arn="arn:aws-us-gov:iam::aws:policy/ReadOnlyAccess").is_aws_managed


def test_the_credential_report_has_a_row_for_each_user_and_for_root() -> None:
    found = report(ROOT_ROW, ALICE_ROW)
    assert found.generated < NOW
    assert found.root is not None
    assert found.root.password_enabled is None
    assert found.root.mfa_active
    assert found.root.last_used == datetime(2026, 11, 1, 10, tzinfo=UTC)
    alice = found.rows["arn:aws:iam::123456789012:user/alice"]
    assert alice.password_enabled
    assert alice.password_used is None
    assert not alice.mfa_active
    assert [key.used is not None for key in alice.active_keys] == [True, False]
    assert alice.certificates == 1
    assert alice.last_used == datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_a_report_without_root_and_a_user_without_credentials() -> None:
    found = report(ALICE_ROW.replace(",true,", ",false,"))
    assert found.root is None
    row = found.rows["arn:aws:iam::123456789012:user/alice"]
    assert row.password_enabled is False
    assert row.active_keys == ()
    assert row.certificates == 0


def test_the_account_summary_is_of_root() -> None:
    summary = made(AccountSummary, {"AccountAccessKeysPresent": 1, "AccountMFAEnabled": 0, "Users": 3})
    assert summary.root_access_keys == 1
    assert summary.root_mfa == 0
    assert summary.root_password is None
    with pytest.raises(Unread):
        _ = summary.root_certificates


@pytest.mark.parametrize(
    ("serial", "user", "is_roots"),
    [
        ("root-account-mfa-device", None, True),
        ("phone", "arn:aws:iam::123456789012:root", True),
        ("carol", "arn:aws:iam::123456789012:user/carol", False),
    ],
)
def test_roots_device_is_told_by_its_user_or_its_serial_number(serial: str, user: str | None, is_roots: bool) -> None:
    owner = {"User": {"Arn": user}} if user else {}
    device = made(MfaDevice, {"SerialNumber": f"arn:aws:iam::123456789012:mfa/{serial}", **owner})
    assert device.is_roots is is_roots


def test_federation_and_server_certificates() -> None:
    oidc = made(OidcProvider, Arn="arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1")
    assert oidc.issuer == "oidc.eks.eu-west-1.amazonaws.com/id/A1"
    saml = made(SamlProvider, Arn="arn:aws:iam::123456789012:saml-provider/company", ValidUntil=ago(days=-9))
    assert saml.name == "company"
    certificate = made(
        ServerCertificate,
        Arn="arn:aws:iam::123456789012:server-certificate/old",
        ServerCertificateId="ASCAEXAMPLE",
        Expiration=ago(days=1),
    )
    assert certificate.expires < NOW
    assert certificate.name == "old"


def test_when_a_password_was_last_changed() -> None:
    rows = report(ROOT_ROW, ALICE_ROW).rows
    assert rows["arn:aws:iam::123456789012:user/alice"].password_changed == datetime(2025, 1, 1, tzinfo=UTC)
    assert rows["arn:aws:iam::123456789012:root"].password_changed is None


def test_the_services_that_a_principal_used() -> None:
    asked: list[Any] = []

    def details(params: Any) -> dict[str, Any]:
        asked.append(params)
        services = [
            {"ServiceName": "Amazon S3", "ServiceNamespace": "s3", "LastAuthenticated": ago(days=2)},
            {"ServiceName": "AWS KMS", "ServiceNamespace": "kms"},
        ]
        return {
            "JobStatus": "COMPLETED",
            "JobCreationDate": ago(),
            "JobCompletionDate": ago(),
            "ServicesLastAccessed": services,
        }

    job = {"JobId": "j" * 36}
    answers = {"GenerateServiceLastAccessedDetails": job, "GetServiceLastAccessedDetails": details}
    found = gathered(ServiceUses, made(Role, ROLE), **answers)
    assert asked == [{"JobId": "j" * 36, "MaxItems": 1000}]
    assert found.is_complete
    assert [one.service for one in found.services if one.last_used] == ["s3"]


def test_groups_and_service_linked_roles_are_not_asked_about() -> None:
    group = made(Group, Arn="arn:aws:iam::123456789012:group/g", GroupName="g")
    for one in (group, made(Role, {**ROLE, "Path": "/aws-service-role/x.amazonaws.com/"})):
        with pytest.raises(Absent):
            gathered(ServiceUses, one, GenerateServiceLastAccessedDetails={}, GetServiceLastAccessedDetails={})
