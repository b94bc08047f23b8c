from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from botocore.session import get_session

from auditor.errors import Unread
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.iam import CredentialReport, Group, ManagedPolicy, Principal, Role, User
from auditor.evidence.lambda_ import Function
from auditor.evidence.organizations import GuardrailDocument, GuardrailPolicy, Organization
from auditor.evidence.policy import PolicyDocument
from auditor.evidence.stepfunctions import StateMachine, StateMachineDefinition
from auditor.inference import escalation, policy
from auditor.inference.escalation import Recipe, recipes
from auditor.inference.policy import Decision
from auditor.inference.privilege import Privilege
from auditor.inference.privilege import privilege as inference
from auditor.model import Gap
from auditor.testing import ACCOUNT, every, every_of, gap, gathered, made

ID = ACCOUNT.id
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(
    *actions: str, on: str | Sequence[str] = "*", effect: str = "Allow", when: Any = None, **conditions: Any
) -> dict[str, Any]:
    conditions |= when or {}
    made_ = {"Effect": effect, "Action": list(actions), "Resource": on}
    return made_ | ({"Condition": conditions} if conditions else {})


def deny(*actions: str, on: str | Sequence[str] = "*", **conditions: Any) -> dict[str, Any]:
    return allow(*actions, on=on, effect="Deny", **conditions)


def inline(statements: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{"PolicyName": "own", "PolicyDocument": document(*statements)}] if statements else []


def attached(policies: Sequence[str]) -> list[dict[str, Any]]:
    return [{"PolicyArn": arn, "PolicyName": arn.rpartition("/")[2]} for arn in policies]


def bound(boundary: str) -> dict[str, Any]:
    return {"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}


def user(name: str, *statements: Mapping[str, Any], groups: Sequence[str] = (), policies: Sequence[str] = (),
         boundary: str = "", **fields: Any) -> User:  # fmt: skip
    raw = {
        "Arn": f"arn:aws:iam::{ID}:user/{name}",
        "UserName": name,
        "GroupList": list(groups),
        "UserPolicyList": inline(statements),
        "AttachedManagedPolicies": attached(policies),
        **bound(boundary),
        **fields,
    }
    return made(User, raw)


def group(name: str, *statements: Mapping[str, Any], policies: Sequence[str] = ()) -> Group:
    raw = {
        "Arn": f"arn:aws:iam::{ID}:group/{name}",
        "GroupName": name,
        "GroupPolicyList": inline(statements),
        "AttachedManagedPolicies": attached(policies),
    }
    return made(Group, raw)


def arn(name: str) -> str:
    return f"arn:aws:iam::{ID}:role/{name}"


def trust(*, action: str = "sts:AssumeRole", conditions: Any = None, **principal: Any) -> dict[str, Any]:
    found = {"Effect": "Allow", "Principal": principal, "Action": action}
    return found | ({"Condition": conditions} if conditions else {})


BY_ACCOUNT = trust(AWS=f"arn:aws:iam::{ID}:root")
BY_LAMBDA = trust(Service="lambda.amazonaws.com")
BY_EC2 = trust(Service="ec2.amazonaws.com")


def role(name: str, *statements: Mapping[str, Any], by: Mapping[str, Any] = BY_ACCOUNT, policies: Sequence[str] = (),
         boundary: str = "", **fields: Any) -> Role:  # fmt: skip
    raw = {
        "Arn": arn(name),
        "RoleName": name.rpartition("/")[2],
        "Path": "/",
        "AssumeRolePolicyDocument": document(by),
        "RolePolicyList": inline(statements),
        "AttachedManagedPolicies": attached(policies),
        **bound(boundary),
        **fields,
    }
    return made(Role, raw)


def managed(name: str, *statements: Mapping[str, Any]) -> ManagedPolicy:
    where = name if name.startswith("arn:") else f"arn:aws:iam::{ID}:policy/{name}"
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document(*statements)}]
    return made(ManagedPolicy, Arn=where, PolicyVersionList=versions)


def own(name: str) -> str:
    return f"arn:aws:iam::{ID}:policy/{name}"


def account(*evidence: Any, gaps: Sequence[Gap] = (), of: Mapping[type, Any] | None = None) -> Privilege:
    """The answers for an account that has this evidence and no other."""
    kinds = (
        User, Group, Role, ManagedPolicy, CredentialReport, Organization, GuardrailPolicy, GuardrailDocument, Function,
        Instance, EcsService, TaskDefinition, StateMachine, StateMachineDefinition,
    )  # fmt: skip
    given = of or {}
    found = [given[kind] if kind in given else every(*(one for one in evidence if type(one) is kind)) for kind in kinds]
    if gaps:
        found[8] = every(*(one for one in evidence if type(one) is Function), gaps=gaps)
    result = inference.function(ACCOUNT, *found)
    assert isinstance(result, Privilege)
    return result


ADMIN = role("admin", EVERYTHING)
"""A role that whoever in the account is allowed to may assume."""


def methods(of: Principal, *others: Any, **more: Any) -> tuple[str, ...]:
    chain = account(of, *others, **more).escalation(of)
    return tuple(step.method for step in chain.steps) if chain else ()


def is_admin(of: Principal, *others: Any) -> Decision:
    return account(of, *others).administrator(of).decision


# ---- administrators

SEVERAL = [allow("iam:*", "sts:*"), allow("s3:*"), allow("ec2:*")]
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@pytest.mark.parametrize(
    ("statements", "decision"),
    [
        ([EVERYTHING], Decision.ALLOWED),
        ([allow("*:*")], Decision.ALLOWED),
        ([{"Effect": "Allow", "NotAction": ["aws-portal:*"], "Resource": "*"}], Decision.ALLOWED),
        ([{"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}], Decision.NOT_GRANTED),
        (SEVERAL, Decision.ALLOWED),
        ([*SEVERAL[:2], allow("ec2:Describe*")], Decision.NOT_GRANTED),
        ([EVERYTHING, deny("iam:*")], Decision.NOT_GRANTED),
        ([EVERYTHING, deny("s3:DeleteBucket")], Decision.ALLOWED),
        ([EVERYTHING, deny("iam:Put*", "iam:Attach*", "iam:Create*")], Decision.NOT_GRANTED),
        ([EVERYTHING, deny("*", Bool={"aws:SecureTransport": "false"})], Decision.ALLOWED),
        ([EVERYTHING, deny("*", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})], Decision.CONDITIONAL),
        ([allow("*", StringEquals={"aws:RequestedRegion": "eu-west-1"})], Decision.ALLOWED),
        ([allow("*", when=MFA)], Decision.CONDITIONAL),
        ([allow("*", IpAddress={"aws:SourceIp": "198.51.100.0/24"})], Decision.CONDITIONAL),
        ([allow("*", on="arn:aws:s3:::b")], Decision.NOT_GRANTED),
        ([allow("iam:*")], Decision.ALLOWED),
        ([allow("s3:*")], Decision.NOT_GRANTED),
    ],
)
def test_who_is_an_administrator(statements: list[dict[str, Any]], decision: Decision) -> None:
    others = [role("reader", allow("logs:Get*"))] if statements[0] is not SEVERAL[0] else []
    expected = Decision.NOT_GRANTED if statements == [allow("iam:*")] else decision
    assert is_admin(user("ada", *statements), *others) is expected


def test_rights_of_groups_and_managed_policies_count() -> None:
    ada = user("ada", groups=["admins"])
    assert is_admin(ada, group("admins", policies=[own("all")]), managed("all", EVERYTHING)) is Decision.ALLOWED
    assert is_admin(user("eve", policies=[own("all")]), managed("all", EVERYTHING)) is Decision.ALLOWED


def test_a_boundary_cuts_an_administrator_down() -> None:
    held = user("ada", EVERYTHING, boundary=own("limit"))
    assert is_admin(held, managed("limit", allow("s3:*"))) is Decision.NOT_GRANTED
    assert is_admin(held, managed("limit", EVERYTHING)) is Decision.ALLOWED


def test_a_workload_cannot_show_mfa() -> None:
    assert is_admin(role("job", allow("*", when=MFA), by=BY_LAMBDA)) is Decision.NOT_GRANTED
    assert is_admin(role("person", allow("*", when=MFA))) is Decision.CONDITIONAL


def test_a_service_control_policy_is_a_ceiling() -> None:
    ada = user("ada", EVERYTHING)
    organization = gathered_organization("210987654321")
    policies, documents = guardrail(allow("*"), deny("iam:*"))
    of = {Organization: every(organization), GuardrailPolicy: policies, GuardrailDocument: documents}
    assert account(ada, of=of).administrator(ada).decision is Decision.NOT_GRANTED
    own_account = of | {Organization: every(gathered_organization(ID))}
    assert account(ada, of=own_account).administrator(ada).decision is Decision.ALLOWED


def gathered_organization(management: str) -> Organization:
    return made(Organization, Id="o-a1b2c3d4e5", MasterAccountId=management, FeatureSet="ALL")


def guardrail(*statements: Mapping[str, Any]) -> tuple[Any, Any]:
    raw = {"Arn": "arn:p", "Id": "p-1", "Type": "SERVICE_CONTROL_POLICY", "AwsManaged": False}
    (found,) = gathered(
        GuardrailPolicy,
        ACCOUNT,
        ListPoliciesForTarget=lambda asked: {"Policies": [raw] if asked["Filter"] == raw["Type"] else []},
        ListParents={"Parents": [{"Id": "r-1", "Type": "ROOT"}]},
    )
    described = made(GuardrailDocument, {"Content": json.dumps(document(*statements))}, under=found)
    return every(found), every_of((found, described))


def test_unread_guardrails_are_told() -> None:
    ada = user("ada", EVERYTHING)
    member = every(gathered_organization("210987654321"))
    assert not account(ada, of={Organization: member}).guardrails_known
    assert account(ada).guardrails_known


# ---- one step

ON_SELF = f"arn:aws:iam::{ID}:user/ada"


@pytest.mark.parametrize(
    ("action", "method"),
    [
        ("iam:PutUserPolicy", "put_user_policy"),
        ("iam:AttachUserPolicy", "attach_user_policy"),
    ],
)
def test_a_user_gives_itself_rights(action: str, method: str) -> None:
    ada = user("ada", allow(action, on=ON_SELF))
    chain = account(ada).escalation(ada)
    assert chain is not None
    assert chain.steps[0].method == method
    assert "itself" in chain.text
    assert chain.end == ada.arn
    assert methods(user("ada", allow(action, on=ON_SELF[:-3] + "${aws:username}"))) == (method,)
    assert methods(user("ada", allow(action, on=ON_SELF + "x"))) == ()


@pytest.mark.parametrize("action", ["iam:PutRolePolicy", "iam:AttachRolePolicy"])
def test_a_role_gives_itself_rights(action: str) -> None:
    assert methods(role("job", allow(action, on=arn("job")), by=BY_LAMBDA)) == (recipe_of(action),)


def recipe_of(action: str) -> str:
    return next(one.id for one in recipes()["raising"] if action in one.upon)


@pytest.mark.parametrize("action", ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"])
def test_a_member_gives_its_group_rights(action: str) -> None:
    assert methods(user("ada", allow(action), groups=["ops"]), group("ops")) == (recipe_of(action),)
    assert methods(user("ada", allow(action)), group("ops")) == ()


def test_a_policy_is_rewritten() -> None:
    rewrites = managed("editor", allow("iam:CreatePolicyVersion", on=own("editor")))
    assert methods(user("ada", policies=[own("editor")]), rewrites) == ("create_policy_version",)
    assert (
        methods(user("ada", policies=[own("other")]), managed("other", allow("iam:CreatePolicyVersion", on=own("x"))))
        == ()
    )


def test_a_policy_of_aws_is_nobodys_to_rewrite() -> None:
    theirs = "arn:aws:iam::aws:policy/Some"
    assert methods(user("ada", policies=[theirs]), managed(theirs, allow("iam:CreatePolicyVersion"))) == ()


def test_an_earlier_version_is_only_possible() -> None:
    chain = account(
        ada := user("ada", policies=[own("p")]), managed("p", allow("iam:SetDefaultPolicyVersion"))
    ).escalation(ada)
    assert chain is not None
    assert not chain.certain
    assert chain.unresolved == ("an earlier version allows more",)


def test_which_policy_may_be_attached_is_asked() -> None:
    other = {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}}
    same = {"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}}
    assert methods(user("ada", allow("iam:AttachUserPolicy", when=other))) == ()
    assert methods(user("ada", allow("iam:AttachUserPolicy", when=same))) == ("attach_user_policy",)


def test_a_user_joins_a_group_of_administrators() -> None:
    ada = user("ada", allow("iam:AddUserToGroup"))
    assert methods(ada, group("admins", EVERYTHING)) == ("add_user_to_group",)
    assert methods(ada, group("readers", allow("s3:Get*"))) == ()


BOSS = user("boss", EVERYTHING)


@pytest.mark.parametrize(
    ("actions", "report", "method"),
    [
        (["iam:CreateAccessKey"], {}, "create_access_key"),
        (["iam:CreateAccessKey"], {"keys": 2}, ""),
        (["iam:CreateAccessKey", "iam:DeleteAccessKey"], {"keys": 2}, "replace_access_key"),
        (["iam:CreateLoginProfile"], {}, "create_login_profile"),
        (["iam:CreateLoginProfile"], {"password": True}, ""),
        (["iam:UpdateLoginProfile"], {"password": True}, "update_login_profile"),
        (["iam:UpdateLoginProfile"], {}, ""),
        (["iam:UpdateLoginProfile"], {"password": True, "mfa": True}, ""),
        (["iam:UpdateLoginProfile", "iam:DeactivateMFADevice"], {"password": True, "mfa": True},
         "update_login_profile_without_mfa"),
    ],
)  # fmt: skip
def test_credentials_of_another_user(actions: list[str], report: dict[str, Any], method: str) -> None:
    ada = user("ada", allow(*actions, on=BOSS.arn))
    assert methods(ada, BOSS, credentials(BOSS.arn, **report)) == ((method,) if method else ())


def credentials(of: str, *, keys: int = 0, password: bool = False, mfa: bool = False) -> CredentialReport:
    row = {
        "user": "boss", "arn": of, "password_enabled": str(password).lower(), "password_last_used": "N/A",
        "mfa_active": str(mfa).lower(), "cert_1_active": "false", "cert_2_active": "false",
    }  # fmt: skip
    for number in (1, 2):
        has = number <= keys
        row[f"access_key_{number}_active"] = str(has).lower()
        row[f"access_key_{number}_last_rotated"] = "2026-01-01T00:00:00+00:00" if has else "N/A"
        row[f"access_key_{number}_last_used_date"] = "N/A"
    content = "\n".join([",".join(row), ",".join(row.values())])
    found = gathered(
        CredentialReport,
        ACCOUNT,
        GenerateCredentialReport={"State": "COMPLETE"},
        GetCredentialReport={"Content": content, "GeneratedTime": "2026-11-26T00:00:00+00:00"},
    )
    assert isinstance(found, CredentialReport)
    return found


def test_credentials_of_codecommit_make_nobody_an_administrator() -> None:
    assert methods(user("ada", allow("iam:CreateServiceSpecificCredential")), BOSS) == ()


# ---- trust and assumed roles


def test_two_hops() -> None:
    ada = user("ada", allow("sts:AssumeRole", on=arn("ops")))
    ops = role("ops", allow("sts:AssumeRole", on=arn("admin")))
    privilege = account(ada, ops, ADMIN)
    chain = privilege.escalation(ada)
    assert chain is not None
    assert [step.does for step in chain.steps] == ["assumes role/ops", "assumes role/admin"]
    assert chain.certain
    assert chain.end == ADMIN.arn
    assert "user/ada assumes role/ops (a statement of inline policy own of user/ada" in chain.text
    assert privilege.escalation(ada, max_hops=1) is None
    assert privilege.escalation(ADMIN) is None
    assert privilege.seems_strong(ada)
    assert privilege.seems_strong(ADMIN)


def test_a_trust_that_names_a_principal_is_enough() -> None:
    ada = user("ada")
    assert methods(ada, role("admin", EVERYTHING, by=trust(AWS=ada.arn))) == ("assume_role",)
    assert methods(ada, role("admin", EVERYTHING, by=trust(AWS="*"))) == ("assume_role",)
    assert methods(ada, role("admin", EVERYTHING, by=trust(AWS="arn:aws:iam::210987654321:root"))) == ()
    assert methods(ada, ADMIN) == ()


def test_a_denial_beats_a_trust() -> None:
    ada = user("ada", deny("sts:*"))
    assert methods(ada, role("admin", EVERYTHING, by=trust(AWS=ada.arn))) == ()


def test_a_boundary_that_is_silent_stops_a_role_and_not_a_user() -> None:
    limit = managed("limit", allow("s3:*"))
    ada, job = user("ada", boundary=own("limit")), role("job", by=BY_LAMBDA, boundary=own("limit"))
    named = role("admin", EVERYTHING, by=trust(AWS=[ada.arn, job.arn]))
    assert methods(ada, limit, named) == ("assume_role",)
    assert methods(job, limit, named) == ()


def test_a_session_of_a_role_is_the_role() -> None:
    job = role("job", by=BY_LAMBDA)
    session = f"arn:aws:sts::{ID}:assumed-role/job/one"
    assert methods(job, role("admin", EVERYTHING, by=trust(AWS=session))) == ("assume_role",)


@pytest.mark.parametrize(
    ("conditions", "certain"),
    [
        ({"StringEquals": {"sts:ExternalId": "x"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"StringEquals": {"aws:PrincipalTag/team": "ops"}}, True),
        ({"StringEquals": {"aws:PrincipalTag/team": "other"}}, None),
        ({"StringEquals": {"aws:PrincipalTag/rank": "1"}}, None),
        ({"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{ID}:user/a*"}}, True),
        ({"StringLike": {"sts:RoleSessionName": "${aws:username}"}}, True),
        ({"StringEquals": {"aws:username": "eve"}}, None),
    ],
)
def test_conditions_of_a_trust(conditions: dict[str, Any], certain: bool | None) -> None:
    ada = user("ada", allow("sts:AssumeRole"), Tags=[{"Key": "team", "Value": "ops"}])
    by = trust(AWS=f"arn:aws:iam::{ID}:root", conditions=conditions)
    chain = account(ada, role("admin", EVERYTHING, by=by)).escalation(ada)
    assert (chain.certain if chain else None) is certain


def test_a_certain_chain_goes_before_a_shorter_possible_one() -> None:
    ada = user("ada", allow("sts:AssumeRole", on=arn("ops")), allow("sts:AssumeRole", on=arn("admin"), when=MFA))
    ops = role("ops", allow("sts:AssumeRole", on=arn("admin")))
    privilege = account(ada, ops, ADMIN)
    longer, shorter = privilege.escalation(ada), privilege.escalation(ada, max_hops=1)
    assert longer is not None
    assert shorter is not None
    assert (len(longer.steps), longer.certain) == (2, True)
    assert (len(shorter.steps), shorter.certain) == (1, False)
    assert shorter.unresolved == ("aws:multifactorauthpresent",)


def test_an_administrator_on_a_condition_makes_a_chain_conditional() -> None:
    ada = user("ada", allow("sts:AssumeRole"))
    chain = account(ada, role("admin", allow("*", when=MFA))).escalation(ada)
    assert chain is not None
    assert not chain.certain


def test_a_role_that_trusts_itself_leads_nowhere() -> None:
    assert methods(role("job", allow("sts:AssumeRole"), by=trust(AWS=arn("job")))) == ()


def test_trust_that_may_be_changed() -> None:
    ada = user("ada", allow("iam:UpdateAssumeRolePolicy"))
    assert methods(ada, role("admin", EVERYTHING, by=BY_LAMBDA)) == ("update_assume_role_policy",)


@pytest.mark.parametrize("path", ["aws-service-role/x.amazonaws.com/", "aws-reserved/sso.amazonaws.com/"])
def test_roles_of_aws_cannot_be_changed(path: str) -> None:
    theirs = role(f"{path}admin", EVERYTHING, by=BY_LAMBDA)
    assert methods(user("ada", allow("iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy")), theirs) == ()


def test_a_service_linked_role_is_no_start() -> None:
    linked = role("aws-service-role/x.amazonaws.com/job", allow("iam:*"), by=BY_LAMBDA)
    assert methods(linked, BOSS) == ()


def test_a_saml_provider_that_a_role_trusts() -> None:
    provider = f"arn:aws:iam::{ID}:saml-provider/corp"
    by = trust(action="sts:AssumeRoleWithSAML", Federated=provider)
    ada = user("ada", allow("iam:UpdateSAMLProvider", on=provider))
    assert methods(ada, role("admin", EVERYTHING, by=by)) == ("update_saml_provider",)


def test_another_principal_is_given_rights_and_taken() -> None:
    ada = user("ada", allow("iam:PutRolePolicy", "sts:AssumeRole", on=arn("plain")))
    chain = account(ada, role("plain")).escalation(ada)
    assert chain is not None
    assert chain.steps[0].does == "gives role/plain an inline policy and assumes role/plain"
    assert methods(user("ada", allow("iam:PutRolePolicy", on=arn("plain"))), role("plain")) == ()


# ---- boundaries


def test_rights_that_a_boundary_holds_back() -> None:
    limit = managed("limit", allow("iam:PutUserPolicy", "s3:*"))
    ada = user("ada", allow("iam:PutUserPolicy"), boundary=own("limit"))
    assert methods(ada, limit) == ()


@pytest.mark.parametrize("action", ["iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"])
def test_a_boundary_that_can_be_taken_off(action: str) -> None:
    limit = managed("limit", allow(action, "s3:*"))
    assert methods(user("ada", EVERYTHING, boundary=own("limit")), limit) == (
        next(one.id for one in recipes()["lifting"] if action in one.upon),
    )
    both = managed("limit", allow(action, "iam:PutUserPolicy"))
    held = user("ada", allow("iam:PutUserPolicy", action), boundary=own("limit"))
    assert methods(held, both) == ("put_user_policy",)


def test_a_boundary_that_can_be_rewritten() -> None:
    limit = managed("limit", allow("iam:CreatePolicyVersion", "s3:*"))
    assert methods(user("ada", EVERYTHING, boundary=own("limit")), limit) == ("rewrite_boundary",)


# ---- roles that are passed


PROFILES = [{"Arn": f"arn:aws:iam::{ID}:instance-profile/admin"}]


def passing(*actions: str, **conditions: Any) -> User:
    return user("ada", allow("iam:PassRole", on=arn("admin"), when=conditions), allow(*actions))


def test_a_role_is_passed_to_a_function() -> None:
    target = role("admin", EVERYTHING, by=BY_LAMBDA)
    assert methods(passing("lambda:CreateFunction", "lambda:InvokeFunction"), target) == ("create_function",)
    assert methods(passing("lambda:CreateFunction", "lambda:CreateEventSourceMapping"), target) == ("create_function",)
    assert methods(passing("lambda:CreateFunction"), target) == ()
    assert methods(passing("lambda:CreateFunction", "lambda:InvokeFunction"), ADMIN) == ()


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ({"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, True),
        ({"StringLike": {"iam:PassedToService": "lambda.*"}}, True),
        ({"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}, False),
        ({"StringNotEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}, False),
    ],
)
def test_to_which_service_a_role_may_go(conditions: dict[str, Any], found: bool) -> None:
    ada = passing("lambda:CreateFunction", "lambda:InvokeFunction", **conditions)
    assert bool(methods(ada, role("admin", EVERYTHING, by=BY_LAMBDA))) is found


def test_an_instance_needs_a_profile() -> None:
    ada = passing("ec2:RunInstances")
    assert methods(ada, role("admin", EVERYTHING, by=BY_EC2, InstanceProfileList=PROFILES)) == ("run_instances",)
    assert methods(ada, role("admin", EVERYTHING, by=BY_EC2)) == ()


def test_a_trust_for_the_own_account_is_no_obstacle() -> None:
    for value, found in ((ID, ("create_function",)), ("210987654321", ())):
        by = trust(Service="lambda.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": value}})
        ada = passing("lambda:CreateFunction", "lambda:InvokeFunction")
        assert methods(ada, role("admin", EVERYTHING, by=by)) == found


def test_regional_names_of_services() -> None:
    by = trust(Service="states.eu-west-1.amazonaws.com")
    assert methods(passing("states:CreateStateMachine", "states:StartExecution"), role("admin", EVERYTHING, by=by)) == (
        "state_machine",
    )


@pytest.mark.parametrize("recipe", recipes()["passing"], ids=lambda one: one.id)
def test_each_way_of_passing(recipe: Recipe) -> None:
    sort = "Federated" if recipe.federated else "Service"
    target = role("admin", EVERYTHING, by=trust(**{sort: recipe.service}), InstanceProfileList=PROFILES)
    for way in recipe.ways:
        assert methods(passing(*recipe.also, *way, "iam:ListRoles"), target) != ()
    assert methods(user("ada", allow(*recipe.actions)), target) == ()


# ---- what runs already

INSTANCE = made(
    Instance, InstanceId="i-1", IamInstanceProfile=PROFILES[0]
)  # fmt: skip
ON_INSTANCE = role("admin", EVERYTHING, by=BY_EC2, InstanceProfileList=PROFILES)


def function(name: str, runs_as: str) -> Function:
    return made(Function, FunctionName=name, FunctionArn=f"arn:aws:lambda:eu-west-1:{ID}:function:{name}", Role=runs_as)


def test_a_function_is_rewritten() -> None:
    ada = user("ada", allow("lambda:UpdateFunctionCode"))
    target = role("admin", EVERYTHING, by=BY_LAMBDA)
    assert methods(ada, target, function("job", target.arn)) == ("update_function_code",)
    assert methods(ada, target) == ()
    narrow = user("ada", allow("lambda:UpdateFunctionCode", on=f"arn:aws:lambda:eu-west-1:{ID}:function:other"))
    assert methods(narrow, target, function("job", target.arn)) == ()


@pytest.mark.parametrize(
    ("actions", "method"),
    [
        (["ssm:SendCommand"], "send_command"),
        (["ssm:StartSession"], "start_session"),
        (["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"], "replace_user_data"),
        (["ec2:ModifyInstanceAttribute", "ec2:StartInstances"], ""),
        (["ec2-instance-connect:SendSSHPublicKey"], "send_ssh_key"),
    ],
)
def test_an_instance_is_taken_over(actions: list[str], method: str) -> None:
    ada = user("ada", allow(*actions))
    assert methods(ada, ON_INSTANCE, INSTANCE) == ((method,) if method else ())
    assert methods(ada, ON_INSTANCE) == ()


def test_a_key_for_ssh_leads_on_only_where_the_port_is_reached() -> None:
    ada = user("ada", allow("ec2-instance-connect:SendSSHPublicKey"))
    chain = account(ada, ON_INSTANCE, INSTANCE).escalation(ada)
    assert chain is not None
    assert not chain.certain


def test_what_is_not_read_is_presumed_of_a_role_that_is_used() -> None:
    ada = user("ada", allow("codebuild:StartBuild"))
    by = trust(Service="codebuild.amazonaws.com")
    used = role("admin", EVERYTHING, by=by, RoleLastUsed={"LastUsedDate": "2026-11-01T00:00:00+00:00"})
    chain = account(ada, used).escalation(ada)
    assert chain is not None
    assert chain.unresolved == ("there is a build project with the role",)
    assert methods(ada, role("admin", EVERYTHING, by=by)) == ()


# ---- the whole account


def test_a_denial_and_a_condition_take_steps_away() -> None:
    ada = user("ada", allow("sts:AssumeRole"), deny("sts:AssumeRole", on=arn("adm*")))
    assert methods(ada, ADMIN) == ()
    unless = deny("sts:AssumeRole", BoolIfExists={"aws:MultiFactorAuthPresent": "false"})
    chain = account(ada := user("ada", allow("sts:AssumeRole"), unless), ADMIN).escalation(ada)
    assert chain is not None
    assert not chain.certain


def test_not_action_leaves_a_way() -> None:
    ada = user("ada", {"Effect": "Allow", "NotAction": ["s3:*"], "Resource": [arn("admin")]})
    assert methods(ada, ADMIN) == ("assume_role",)


def test_a_chain_that_is_one_step_too_long() -> None:
    links = [role(f"r{one}", allow("sts:AssumeRole", on=arn(f"r{one + 1}"))) for one in range(4)]
    chain = account(*links, role("r4", EVERYTHING))
    found = chain.escalation(links[0])
    assert found is not None
    assert len(found.steps) == 4
    assert chain.escalation(links[0], max_hops=3) is None


def test_the_cheapest_fact_carries_most_chains() -> None:
    shared = managed("deployers", allow("sts:AssumeRole", on=arn("ops")))
    people = [user(f"u{one}", policies=[own("deployers")]) for one in range(5)]
    ops = role("ops", allow("sts:AssumeRole", on=arn("admin")))
    privilege = account(*people, shared, ops, ADMIN)
    chain = privilege.escalation(people[0])
    assert chain is not None
    assert (chain.cheapest.breaks, chain.cheapest.of) == (6, 6)
    assert chain.cheapest.label == "a statement of inline policy own of role/ops"


def test_a_recipe_of_a_service_that_is_gone_silences_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Recipe.read(
        {"id": "gone", "says": "x <target>", "service": "codestar.amazonaws.com", "also": ["codestar:No"]}
    )
    known = recipes()
    monkeypatch.setattr(escalation, "recipes", lambda: {**known, "passing": (gone, *known["passing"])})
    ada = passing("codestar:No", "lambda:CreateFunction", "lambda:InvokeFunction")
    assert methods(ada, role("admin", EVERYTHING, by=BY_LAMBDA)) == ("create_function",)


def test_what_is_found_holds_and_what_is_not_found_is_unknown_until_all_is_read() -> None:
    denied = (gap("lambda:ListFunctions"),)
    ada, eve = user("ada", allow("sts:AssumeRole")), user("eve")
    privilege = account(ada, eve, ADMIN, gaps=denied)
    assert privilege.escalation(ada)
    with pytest.raises(Unread):
        privilege.escalation(eve)
    assert account(ada, eve, ADMIN).escalation(eve) is None


def test_rights_do_not_depend_on_what_runs() -> None:
    secret = f"arn:aws:secretsmanager:eu-west-1:{ID}:secret:db-AbCdEf"
    ada = user("ada", allow("secretsmanager:GetSecretValue"))
    privilege = account(ada, gaps=(gap("lambda:ListFunctions"),))
    assert [one.name for one, _ in privilege.holders("secretsmanager:GetSecretValue", secret)] == ["ada"]
    unread = account(ada, of={Role: every(gaps=[gap("iam:GetAccountAuthorizationDetails")])})
    with pytest.raises(Unread):
        unread.holders("secretsmanager:GetSecretValue", secret)


def test_without_the_organization_nobody_is_inside_or_outside() -> None:
    action = "secretsmanager:GetSecretValue"
    secret = f"arn:aws:secretsmanager:eu-west-1:{ID}:secret:db-AbCdEf"
    strangers = {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}
    closed = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": strangers}
    policy = PolicyDocument.read({"Statement": [closed]})
    ada = user("ada", allow(action))
    unread = account(ada, of={Organization: every(gaps=[gap("organizations:DescribeOrganization")])})
    assert unread.can(ada, action, secret, policy).unresolved == ("aws:principalorgid",)
    assert account(ada).can(ada, action, secret, policy).decision is Decision.REFUSED


def test_a_denial_in_a_boundary_stops_what_a_resource_grants_by_name_and_its_silence_does_not() -> None:
    action, on = "secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{ID}:secret:db-AbCdEf"
    silent = managed("silent", allow("s3:*"))
    denying = managed("denying", allow("s3:*"), {**allow("secretsmanager:*"), "Effect": "Deny"})
    for bound, expected in ((silent, Decision.ALLOWED), (denying, Decision.REFUSED)):
        kind = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": bound.arn}
        tim = user("tim", PermissionsBoundary=kind)
        named = PolicyDocument.read({"Statement": {**trust(AWS=tim.arn, action=action), "Resource": "*"}})
        assert account(tim, bound).can(tim, action, on, named).decision is expected


def test_a_group_that_is_not_among_the_details_is_unknown() -> None:
    ada = user("ada", GroupList=["admins"])
    with pytest.raises(Unread, match="group/admins"):
        account(ada).administrator(ada)


def test_without_the_credential_report_no_password_is_known() -> None:
    ada, boss = user("ada", allow("iam:UpdateLoginProfile")), user("boss", EVERYTHING)
    unread: dict[type, Any] = {CredentialReport: every(gaps=[gap("iam:GetCredentialReport")])}
    with pytest.raises(Unread):
        account(ada, boss, of=unread).escalation(ada)
    job = role("job")
    assert account(job, ADMIN, of=unread).escalation(job) is None


def test_strength_is_seen_or_ruled_out_or_neither() -> None:
    ada, eve = user("ada", allow("sts:AssumeRole")), user("eve")
    known, unknown = account(ada, eve, ADMIN), account(ada, eve, ADMIN, gaps=(gap("lambda:ListFunctions"),))
    assert [known.seems_strong(one) for one in (ada, eve, ADMIN)] == [True, False, True]
    assert [unknown.seems_strong(one) for one in (ada, eve, ADMIN)] == [True, None, True]
    assert known.seems_strong(user("stranger")) is None


def test_a_policy_that_is_not_among_the_details_is_unknown() -> None:
    ada = user("ada", policies=[own("gone")])
    with pytest.raises(Unread, match="gone"):
        account(ada).administrator(ada)
    between = role("between", allow("sts:AssumeRole"), policies=[own("gone")])
    eve = user("eve", allow("sts:AssumeRole", on=between.arn))
    with pytest.raises(Unread, match="gone"):
        account(eve, between, ADMIN).escalation(eve)


def test_who_may_read_a_secret() -> None:
    secret = f"arn:aws:secretsmanager:eu-west-1:{ID}:secret:db-AbCdEf"
    action = "secretsmanager:GetSecretValue"
    ada, eve, job = user("ada", allow(action, on=secret)), user("eve"), role("job", by=BY_LAMBDA)
    privilege = account(ada, eve, job)
    assert [one.name for one, _ in privilege.holders(action, secret)] == ["ada"]
    named = PolicyDocument.read({"Statement": {**trust(AWS=job.arn, action=action), "Resource": "*"}})
    assert [one.name for one, _ in privilege.holders(action, secret, named)] == ["ada", "job"]
    closed = {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}
    shut = PolicyDocument.read({"Statement": [closed]})
    assert privilege.holders(action, secret, shut) == ()
    assert privilege.can(ada, action, secret, named, delegates=False).decision is Decision.NOT_GRANTED


# ---- data and speed


@functools.cache
def operations() -> frozenset[str]:
    """Every operation that botocore knows, under each name by which IAM may call its service."""
    session = get_session()
    found: set[str] = set()
    for service in session.get_available_services():
        model = session.get_service_model(service)
        names = {service, model.signing_name, model.endpoint_prefix}
        found.update(f"{name}:{operation}".lower() for name in names for operation in model.operation_names)
    return frozenset(found)


WITHOUT_OPERATION = {"apigateway:PUT", "apigateway:POST", "lambda:InvokeFunction"}
"""Actions that are verbs of HTTP, or whose operation has another name."""


def test_every_action_of_a_recipe_exists() -> None:
    named = {action for several in recipes().values() for one in several for action in one.actions}
    assert {one for one in named if one.lower() not in operations()} == WITHOUT_OPERATION


def test_every_recipe_says_whom_it_is_about() -> None:
    ids = [one.id for several in recipes().values() for one in several]
    assert len(ids) == len(set(ids))
    for one in (one for several in recipes().values() for one in several):
        assert "<target>" in one.says or "<held>" in one.says


def crowd(count: int) -> list[Role]:
    services = ("s3", "sqs", "sns", "dynamodb", "logs", "kms", "ec2", "lambda", "ecs", "ssm")

    def statements(number: int) -> list[dict[str, Any]]:
        return [
            allow(f"{services[one % 10]}:Get{number}x{one}", f"{services[one % 10]}:Put*", on=f"arn:x:{number}:{one}/*")
            for one in range(20)
        ]

    return [role(f"r{number}", *statements(number), by=BY_LAMBDA) for number in range(count)]


def looked_at(count: int, monkeypatch: pytest.MonkeyPatch) -> int:
    counter = [0]
    asked = policy.covers

    def counted(*arguments: Any) -> bool:
        counter[0] += 1
        return asked(*arguments)

    monkeypatch.setattr(policy, "covers", counted)
    people = [*crowd(count), ADMIN]
    privilege = account(*people)
    for one in people:
        privilege.escalation(one)
    monkeypatch.undo()
    return counter[0]


def test_the_work_grows_with_the_account_and_not_with_its_square(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = looked_at(20, monkeypatch), looked_at(80, monkeypatch)
    assert large < 5 * small
    assert large < 80 * 20 * 10
