"""Who may do what: people, roles, keys and secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.demo.clients import OTHER_ACCOUNT, PRIMARY, RECOVERY, allow, labels, pairs, policy, trust

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.demo.clients import Clients

MANAGED: Mapping[str, str] = {
    "AdministratorAccess": policy(allow("*")),
    "AmazonSSMManagedInstanceCore": policy(allow(["ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*"])),
    "ReadOnlyAccess": policy(allow(["ec2:Describe*", "s3:Get*", "s3:List*", "rds:Describe*", "cloudwatch:Get*"])),
}
"""The AWS managed policies that the account attaches, with as much of their text as matters."""

SERVICES: Mapping[str, str] = {
    "shop-app": "ec2",
    "shop-bastion": "ec2",
    "shop-orders-task": "ecs-tasks",
    "shop-ecs-execution": "ecs-tasks",
    "shop-lambda": "lambda",
    "shop-eks": "eks",
    "shop-flow-logs": "vpc-flow-logs",
    "shop-config": "config",
    "shop-backup": "backup",
    "shop-replication": "s3",
    "shop-workflow": "states",
}
"""Roles that an AWS service assumes."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The ARNs that other parts of the account name."""

    account: str
    roles: Mapping[str, str]
    keys: Mapping[str, str]


def build_identity(clients: Clients) -> Identity:
    """People, roles, keys and secrets of the account."""
    iam = clients("iam")
    iam.create_account_alias(AccountAlias="shop-production")
    iam.update_account_password_policy(MinimumPasswordLength=8, RequireNumbers=True)
    roles = _service_roles(iam, clients.account)
    keys = _keys(clients)
    _service_permissions(iam, clients.account)
    _risky_roles(iam, clients.account)
    _people(iam)
    _robots(iam, clients.account)
    _secrets(clients, keys)
    _parameters(clients("ssm"), keys)
    return Identity(clients.account, roles, keys)


def _service_roles(iam: Any, account: str) -> dict[str, str]:
    for name, service in SERVICES.items():
        document = trust({"Service": f"{service}.amazonaws.com"})
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=pairs(labels(name)))
    for name in ("shop-app", "shop-bastion"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return {name: f"arn:aws:iam::{account}:role/{name}" for name in SERVICES}


def _service_permissions(iam: Any, account: str) -> None:
    """The application's roles are scoped to what they use; the functions' and the bastion's are not."""
    table = f"arn:aws:dynamodb:{PRIMARY}:{account}:table/shop-orders"
    secret = f"arn:aws:secretsmanager:{PRIMARY}:{account}:secret:shop/orders-db-*"
    documents = {
        "shop-app": policy(
            allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"], table),
            allow("secretsmanager:GetSecretValue", secret),
            allow("s3:GetObject", "arn:aws:s3:::shop-assets/*"),
        ),
        "shop-orders-task": policy(
            allow("sqs:SendMessage", f"arn:aws:sqs:{PRIMARY}:{account}:shop-orders"),
            allow("secretsmanager:GetSecretValue", secret),
        ),
        "shop-lambda": policy(allow(["dynamodb:*", "s3:*", "secretsmanager:*"])),
        "shop-flow-logs": policy(
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], "arn:aws:logs:*:*:log-group:/shop/*")
        ),
        "shop-replication": policy(
            allow(["s3:ReplicateObject", "s3:ReplicateDelete"], "arn:aws:s3:::shop-data-replica/*")
        ),
    }
    for role, document in documents.items():
        iam.put_role_policy(RoleName=role, PolicyName=f"{role}-access", PolicyDocument=document)
    attach(iam, "AmazonSSMManagedInstanceCore", role="shop-app")
    attach(iam, "AdministratorAccess", role="shop-bastion")


def attach(iam: Any, name: str, **principal: str) -> None:
    """Attach an AWS managed policy; put its text in line where the emulator was started without AWS's policies."""
    ((kind, who),) = principal.items()
    target = {f"{kind.title()}Name": who}
    try:
        getattr(iam, f"attach_{kind}_policy")(PolicyArn=f"arn:aws:iam::aws:policy/{name}", **target)
    except iam.exceptions.NoSuchEntityException:
        getattr(iam, f"put_{kind}_policy")(PolicyName=name, PolicyDocument=MANAGED[name], **target)


def _risky_roles(iam: Any, account: str) -> None:
    """Roles that too many can assume, or that can make themselves administrators."""
    issuer = "token.actions.githubusercontent.com"
    provider = f"arn:aws:iam::{account}:oidc-provider/{issuer}"
    iam.create_open_id_connect_provider(
        Url=f"https://{issuer}", ClientIDList=["sts.amazonaws.com"], ThumbprintList=["f" * 40]
    )
    trusts = {
        "shop-ci": trust(
            {"Federated": provider}, "sts:AssumeRoleWithWebIdentity", StringLike={f"{issuer}:sub": "repo:*"}
        ),
        "shop-deployer": trust({"AWS": f"arn:aws:iam::{account}:root"}),
        "partner-billing": trust({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}),
        "partner-monitoring": trust(
            {"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"}, StringEquals={"sts:ExternalId": "shop-monitoring-7f3a"}
        ),
        "old-migration": trust({"AWS": "*"}),
    }
    permissions = {
        "shop-ci": policy(allow(["ecs:*", "ecr:*", "s3:*", "iam:PassRole"])),
        "shop-deployer": policy(allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])),
        "partner-billing": policy(allow(["ce:Get*", "s3:GetObject"])),
        "partner-monitoring": policy(allow(["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"])),
        "old-migration": policy(allow(["s3:ListBucket", "s3:GetObject"])),
    }
    for name, document in trusts.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=pairs(labels(name)))
        iam.put_role_policy(RoleName=name, PolicyName=f"{name}-access", PolicyDocument=permissions[name])


def _people(iam: Any) -> None:
    """An administrator and a developer without MFA, a developer with it."""
    for group, managed in (("shop-admins", "AdministratorAccess"), ("shop-developers", "ReadOnlyAccess")):
        iam.create_group(GroupName=group)
        attach(iam, managed, group=group)
    members = {"alice": "shop-admins", "bob": "shop-developers", "carol": "shop-developers"}
    for name, group in members.items():
        iam.create_user(UserName=name, Tags=pairs({"owner": "shop-team"}))
        iam.create_login_profile(UserName=name, Password="Change-me-2026!")  # noqa: S106
        iam.add_user_to_group(UserName=name, GroupName=group)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="carol")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="carol", SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def _robots(iam: Any, account: str) -> None:
    """Two programs with access keys: one may do anything to IAM, the other may rewrite its own policy."""
    for name in ("ci-robot", "legacy-backup"):
        iam.create_user(UserName=name)
        iam.create_access_key(UserName=name)
    iam.create_access_key(UserName="ci-robot")
    iam.put_user_policy(UserName="ci-robot", PolicyName="deploy", PolicyDocument=policy(allow(["iam:*", "s3:*"])))
    arn = f"arn:aws:iam::{account}:policy/legacy-backup"
    backup = policy(allow("iam:CreatePolicyVersion", arn), allow("s3:PutObject", "arn:aws:s3:::legacy-exports/*"))
    iam.create_policy(PolicyName="legacy-backup", PolicyDocument=backup)
    iam.attach_user_policy(UserName="legacy-backup", PolicyArn=arn)


def _keys(clients: Clients) -> dict[str, str]:
    """A rotating key in each Region, and one without rotation that everybody may use."""
    owner = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{clients.account}:root"})
    everybody = allow(["kms:Decrypt", "kms:Encrypt"], Principal={"AWS": "*"})
    plans = (
        ("shop-data", PRIMARY, policy(owner), True),
        ("shop-data-recovery", RECOVERY, policy(owner), True),
        ("legacy-data", PRIMARY, policy(owner, everybody), False),
    )
    return {name: _key(clients("kms", region), name, document, rotates) for name, region, document, rotates in plans}


def _key(kms: Any, name: str, document: str, rotates: bool) -> str:
    tags = pairs(labels(name, "data"), "TagKey", "TagValue")
    arn: str = kms.create_key(Description=f"Encrypts {name}", Policy=document, Tags=tags)["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=f"alias/{name}", TargetKeyId=arn)
    if rotates:
        kms.enable_key_rotation(KeyId=arn)
    return arn


def _secrets(clients: Clients, keys: Mapping[str, str]) -> None:
    """The orders database's secret has a copy in the recovery Region; the payment provider's never changes."""
    secrets = clients("secretsmanager")
    secrets.create_secret(
        Name="shop/orders-db",
        KmsKeyId=keys["shop-data"],
        SecretString=json.dumps({"username": "orders", "password": "made-up-for-the-demonstration"}),
        AddReplicaRegions=[{"Region": RECOVERY, "KmsKeyId": keys["shop-data-recovery"]}],
        Tags=pairs(labels("shop/orders-db", "data")),
    )
    payment = secrets.create_secret(
        Name="shop/payment-provider",
        SecretString=json.dumps({"token": "made-up-for-the-demonstration"}),
        Tags=pairs(labels("shop/payment-provider", "app")),
    )
    partner = allow("secretsmanager:GetSecretValue", Principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})
    secrets.put_resource_policy(SecretId=payment["ARN"], ResourcePolicy=policy(partner))


def rotate_secrets(clients: Clients, function: str) -> None:
    """Let the function change the orders database's password every month."""
    clients("secretsmanager").rotate_secret(
        SecretId="shop/orders-db",
        RotationLambdaARN=function,
        RotationRules={"AutomaticallyAfterDays": 30},
        RotateImmediately=False,
    )


def _parameters(ssm: Any, keys: Mapping[str, str]) -> None:
    kept = {"Type": "SecureString", "KeyId": keys["shop-data"]}
    for name, value, how in (
        ("/shop/feature/new-checkout", "on", {"Type": "String"}),
        ("/shop/mail/smtp-password", "made-up-smtp-Passw0rd", {"Type": "String"}),
        ("/shop/session/signing-key", "made-up-for-the-demonstration", kept),
    ):
        ssm.put_parameter(Name=name, Value=value, Tags=pairs(labels(name, "app")), **how)
