"""Builders of principals and their rights for tests: users, roles, policies, and what is inferred from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from auditor.evidence.iam import ManagedPolicy, Role, User
from auditor.evidence.lambda_ import Function, FunctionPolicy
from auditor.inference.access import Perimeter
from auditor.inference.function_urls import UrlCallers
from auditor.inference.graph import Gaps
from auditor.inference.privilege import Privilege
from auditor.inference.privilege import privilege as inference
from auditor.inference.public_access import Outside
from auditor.inference.role_use import RoleUse, Workload
from auditor.model import Gap
from auditor.testing import ACCOUNT, ago, every, every_of, made

ID = ACCOUNT.id
STRANGER = "999999999999"
EVERYTHING = {"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}
OUTSIDE = Outside(Perimeter(ID))


def url_callers(function: Function, policy: FunctionPolicy | None, aliases: Any, alias_policies: Any) -> UrlCallers:
    """Who may call a function's URLs, by its policy and those of its aliases."""
    return UrlCallers(every(), every_of((function, policy)) if policy else every_of(), aliases, alias_policies)


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, on: str | Sequence[str] = "*", **conditions: Any) -> dict[str, Any]:
    raw = {"Sid": "Own", "Effect": "Allow", "Action": list(actions), "Resource": on}
    return raw | ({"Condition": conditions} if conditions else {})


def trust(action: str = "sts:AssumeRole", **principal: Any) -> dict[str, Any]:
    return {"Sid": "Trust", "Effect": "Allow", "Principal": principal, "Action": action}


BY_ACCOUNT = trust(AWS=f"arn:aws:iam::{ID}:root")
BY_LAMBDA = trust(Service="lambda.amazonaws.com")
BY_EC2 = trust(Service="ec2.amazonaws.com")
BY_STRANGER = trust(AWS=f"arn:aws:iam::{STRANGER}:root")


def _policies(statements: Iterable[Mapping[str, Any]], attached: Sequence[str], name: str) -> dict[str, Any]:
    own = list(statements)
    return {
        name: [{"PolicyName": "own", "PolicyDocument": document(*own)}] if own else [],
        "AttachedManagedPolicies": [{"PolicyArn": one, "PolicyName": one.rpartition("/")[2]} for one in attached],
    }


def user(name: str, *statements: Mapping[str, Any], policies: Sequence[str] = (), **more: Any) -> User:
    raw = {"Arn": f"arn:aws:iam::{ID}:user/{name}", "UserName": name, "CreateDate": ago(days=400), "GroupList": []}
    return made(User, raw | _policies(statements, policies, "UserPolicyList") | more)


def role(
    name: str,
    *statements: Mapping[str, Any],
    by: Mapping[str, Any] = BY_ACCOUNT,
    policies: Sequence[str] = (),
    path: str = "/",
    **more: Any,
) -> Role:
    raw = {
        "Arn": f"arn:aws:iam::{ID}:role{path}{name}",
        "RoleName": name,
        "Path": path,
        "CreateDate": ago(days=400),
        "AssumeRolePolicyDocument": document(by),
    }
    return made(Role, raw | _policies(statements, policies, "RolePolicyList") | more)


def managed(name: str, *statements: Mapping[str, Any], **more: Any) -> ManagedPolicy:
    arn = name if name.startswith("arn:") else f"arn:aws:iam::{ID}:policy/{name}"
    versions = [{"VersionId": "v1", "IsDefaultVersion": True, "Document": document(*statements)}]
    return made(ManagedPolicy, {"Arn": arn, "PolicyVersionList": versions, "AttachmentCount": 1} | more)


def rights(*evidence: Any, gaps: Sequence[Gap] = ()) -> Privilege:
    """The answers for an account that has these principals and policies and no other; `gaps` are of its functions."""
    found = []
    for need in inference.needs[1:]:
        own = [one for one in evidence if type(one) is need.kind]
        found.append(every(*own, gaps=gaps if need.kind.__name__ == "Function" else ()))
    result = inference.function(ACCOUNT, *found)
    assert isinstance(result, Privilege)
    return result


ADMIN = role("admin", EVERYTHING)


def workload(of: Role, name: str = "f", kind: str = "function", way: str = "", **tags: str) -> Workload:
    arn = f"arn:aws:lambda:eu-west-1:{ID}:function:{name}"
    return Workload(kind, name, arn, of.arn, tags, way)


def used(
    *workloads: Workload, roles: Sequence[Role] = (), gaps: Sequence[Gap] = (), unseen: Any = None, unjudged: Any = None
) -> RoleUse:
    """What runs as which role; `unseen` are kinds of evidence with a gap that would tell of ways from the internet.

    `unjudged` are functions with a URL of which it is not known whom it answers.
    """
    return RoleUse(workloads, roles, gaps, Gaps(unseen or {}), unjudged=unjudged)


IDLE = used()
