"""Principals as nodes: their rights within their boundaries, what is known of their requests, who is administrator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.evidence.iam import CredentialReport, Credentials, Group, ManagedPolicy, Principal, Role, User
from auditor.evidence.organizations import Organization
from auditor.evidence.policy import Names, PolicyDocument, account_of
from auditor.inference.policy import NOT_GRANTED, NOTHING, Grant, Known, Rights, Rule, Rules
from auditor.model import Account

SSO_PATH = "/aws-reserved/sso.amazonaws.com/"
"""Where roles stand that Identity Center makes of permission sets."""

_LINKED_PATH = "/aws-service-role/"
_EXCEPTIONS = 5
"""How many services a grant of all actions may leave out and still make an administrator; never iam or sts."""

_CORE = (
    "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:CreatePolicyVersion",
)  # fmt: skip
"""Who has everything but all of these cannot give itself or others rights."""


def short(arn: str) -> str:
    """A principal as people name it: `role/ops`."""
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    return f"{kind}/{rest.rpartition('/')[2]}" if rest else arn


@dataclass(eq=False, slots=True)
class Node:
    """A user, role or group with its rights, for the search."""

    arn: str
    kind: str
    principal: Principal
    rights: Rights
    policies: tuple[str, ...] = ()
    """ARNs of the managed policies that it has, by its groups too."""
    groups: tuple[str, ...] = ()
    boundary: str = ""
    states: frozenset[str] = frozenset()
    """What is so with a user's credentials."""
    missing: Names = ()
    """Policies and groups of it that could not be read."""
    about: Known = NOTHING
    """What is known of a request that concerns it."""
    services: frozenset[str] = frozenset()
    """The services that a role trusts."""
    trusted: frozenset[str] = frozenset()
    """Whom a role's trust names: ARNs and accounts, `*` where it may be more."""
    admin: Grant = NOT_GRANTED

    @property
    def is_fixed(self) -> bool:
        """Whether its policies and its trust are AWS's to change."""
        path = self.arn.partition(":role")[2]
        return path.startswith((_LINKED_PATH, SSO_PATH))

    @property
    def is_linked(self) -> bool:
        """Whether it is a service-linked role, which only its service assumes."""
        return _LINKED_PATH in self.arn

    @property
    def starts(self) -> bool:
        """Whether somebody could set out from it: groups do nothing, and service-linked roles are AWS's."""
        return self.kind != "group" and not self.is_linked

    def may(self, action: str) -> bool:
        """Whether any of its statements allows an action, somewhere and on some condition."""
        return bool(self.rights.granted.about(action)[0])


def trusted_services(trust: PolicyDocument) -> frozenset[str]:
    """The services that a role's trust names, in their plain form: `ecs-tasks.amazonaws.com`."""
    named = (
        name for one in trust.allowing for sort in ("Service", "Federated") for name in one.principals.get(sort, ())
    )
    return frozenset(plain_service(name) for name in named if name.endswith((".amazonaws.com", ".amazonaws.com.cn")))


def _trusted_names(trust: PolicyDocument) -> Iterator[str]:
    """The principals that a trust names; `*` too for NotPrincipal and for sessions, which stand for others."""
    for statement in trust.allowing:
        names = statement.principals.get("AWS", ())
        yield from (account_of(name) if name.endswith(":root") else name for name in names)
        if statement.not_principals or any(":assumed-role/" in name for name in names):
            yield "*"


def plain_service(service: str) -> str:
    """Without the region or China's ending: `states.eu-west-1.amazonaws.com` is `states.amazonaws.com`."""
    labels = service.removesuffix(".cn").removesuffix(".amazonaws.com").split(".")
    kept = [label for label in labels if label.count("-") < 2 or not label[-1].isdigit()]  # noqa: PLR2004 - a region's
    return ".".join((*kept, "amazonaws.com"))


def _is_for_workloads(trust: PolicyDocument) -> bool:
    """Whether services and pods alone assume it: they have no MFA."""
    named = [(sort, name) for one in trust.allowing for sort, names in one.principals.items() for name in names]
    return bool(named) and all(sort == "Service" or ":oidc-provider/oidc.eks" in name for sort, name in named)


_DIRECT = {
    "aws:viaawsservice": ("false",), "aws:principalisawsservice": ("false",), "aws:calledvia": (),
    "aws:calledviafirst": (), "aws:calledvialast": (), "aws:sourcearn": (), "aws:sourceaccount": (),
    "aws:sourceorgid": (), "aws:sourceorgpaths": (), "aws:principalservicename": (),
}  # fmt: skip
"""What is so with every request that a principal makes itself."""


def _membership(organization: Organization | None) -> Mapping[str, Names]:
    """What requests say of the organization of who asks and of what is asked for; nothing where there is none."""
    own = (organization.id,) if organization else ()
    return {"aws:principalorgid": own, "aws:resourceorgid": own}


class Builder:
    """Makes nodes of principals."""

    def __init__(
        self,
        account: Account,
        policies: Iterable[ManagedPolicy],
        report: Sequence[CredentialReport],
        organization: Organization | None,
        ceilings: Sequence[Rules],
        *,
        membership_known: bool = True,
    ) -> None:
        self._account = account
        self._managed = {
            one.arn: tuple(Rule(statement, f"policy {one.name}") for statement in one.document.statements)
            for one in policies
        }
        self._limits: dict[str, Rules] = {}
        self._credentials = {arn: row for one in report for arn, row in one.rows.items()}
        self._membership = _membership(organization) if membership_known else {}
        self._ceilings = ceilings

    def group(self, group: Group) -> Node:
        """A group: what its members have by it."""
        return self._node(group, "group", group.attached_policies, self._own(group), NOTHING)

    def user(self, user: User, known_groups: Mapping[str, Node]) -> Node:
        """A user with what it has by its groups."""
        groups = [known_groups[name] for name in user.groups if name in known_groups]
        shared = (rule for one in groups for rule in one.rights.granted.all)
        attached = dict.fromkeys((*user.attached_policies, *(arn for one in groups for arn in one.policies)))
        direct = [rule for arn in user.attached_policies for rule in self._managed.get(arn, ())]
        known = self._known(user.arn, "User", user.tags, {"aws:username": (user.user_name,)})
        made = self._node(user, "user", tuple(attached), [*self._own(user), *direct, *shared], known, user.boundary)
        made.groups = tuple(one.arn for one in groups)
        made.missing += tuple(f"group/{name}" for name in user.groups if name not in known_groups)
        row = self._credentials.get(user.arn)
        made.states = _states(row) if row else frozenset()
        return made

    def role(self, role: Role) -> Node:
        """A role, whose sessions may have more tags than it."""
        no_mfa: Mapping[str, Names] = {"aws:multifactorauthpresent": (), "aws:multifactorauthage": ()}
        more = {"aws:username": (), **(no_mfa if _is_for_workloads(role.trust) else {})}
        known = self._known(role.arn, "AssumedRole", role.tags, more)
        attached = [rule for arn in role.attached_policies for rule in self._managed.get(arn, ())]
        rules = [*self._own(role), *attached]
        made = self._node(role, "role", role.attached_policies, rules, known, role.boundary)
        made.services = trusted_services(role.trust)
        made.trusted = frozenset(_trusted_names(role.trust))
        return made

    def _node(
        self,
        principal: Principal,
        kind: str,
        policies: tuple[str, ...],
        rules: Iterable[Rule],
        known: Known,
        boundary: str | None = None,
    ) -> Node:
        if kind == "group":
            rules = [*rules, *(rule for arn in policies for rule in self._managed.get(arn, ()))]
        rights = Rights(Rules(rules), boundary=self._limit(boundary), ceilings=self._ceilings, known=known)
        needed = (*policies, boundary) if boundary else policies
        missing = tuple(arn for arn in needed if arn not in self._managed)
        about = self._about(principal, boundary)
        return Node(principal.arn, kind, principal, rights, policies, (), boundary or "", frozenset(), missing, about)

    def _limit(self, boundary: str | None) -> Rules | None:
        """A boundary's rules, made once for all whom it bounds; one that could not be read allows nothing."""
        if boundary is None:
            return None
        if boundary not in self._limits:
            self._limits[boundary] = Rules(self._managed.get(boundary, ()))
        return self._limits[boundary]

    def _own(self, principal: Principal) -> list[Rule]:
        source = short(principal.arn)
        return [
            Rule(statement, f"inline policy {one.policy_name} of {source}")
            for one in principal.inline_policies
            for statement in one.document.statements
        ]

    def _known(self, arn: str, kind: str, tags: Mapping[str, str], more: Mapping[str, Names]) -> Known:
        account = (self._account.id,)
        values: dict[str, Names] = {
            **_DIRECT,
            "aws:principalarn": (arn,),
            "aws:principalaccount": account,
            "aws:principaltype": (kind,),
            "aws:resourceaccount": account,
            "kms:calleraccount": account,
            **self._membership,
            **{f"aws:principaltag/{key.lower()}": (value,) for key, value in tags.items()},
            **more,
        }
        return Known(values, ("aws:principaltag/",) if kind == "User" else ())

    @staticmethod
    def _about(principal: Principal, boundary: str | None) -> Known:
        tags = principal.tags.items() if isinstance(principal, (User, Role)) else ()
        values = {f"{prefix}:resourcetag/{key.lower()}": (value,) for key, value in tags for prefix in ("aws", "iam")}
        bound = {"iam:permissionsboundary": (boundary,) if boundary else ()}
        return Known({**values, **bound}, ("aws:resourcetag/", "iam:resourcetag/"))


def _states(row: Credentials) -> frozenset[str]:
    """What is so with a user's credentials, in the words of recipes."""
    states = {
        "two_keys": all(key.rotated for key in row.access_keys),
        "password": bool(row.password_enabled),
        "mfa": row.mfa_active,
    }
    return frozenset(name for name, is_so in states.items() if is_so)


def services_in(rules: Iterable[Rule]) -> Iterator[str]:
    """The services that statements name, by the prefix of their actions."""
    for rule in rules:
        for action in (*rule.statement.actions, *rule.statement.not_actions):
            service, colon, _ = action.partition(":")
            if colon and "*" not in service and "?" not in service:
                yield service.lower()


# ---- administrators


def administrator(rights: Rights, services: Iterable[str]) -> Grant:
    """Whether everything is allowed on everything: every service in use, and what gives rights to others."""
    asked = tuple(dict.fromkeys(("iam", "sts", *services)))
    found = _broad(rights.granted, asked, rights.known)
    for limit in rights.limits if found.possible else ():
        said = _broad(limit, asked, rights.known)
        found = found.if_only(*said.unresolved) if said.possible else said
    if not found.possible:
        return NOT_GRANTED
    core = max((rights.can(action) for action in _CORE), key=lambda one: one.decision)
    return found.if_only(*core.unresolved) if core.possible else NOT_GRANTED


def _broad(rules: Rules, services: Sequence[str], known: Known) -> Grant:
    """Whether rules allow every service in full, or all but few by one grant."""
    first = rules.judge("iam:*", "*", known)
    if not first.possible:
        return NOT_GRANTED
    answers = {service: rules.judge(f"{service}:*", "*", known) for service in services[1:]}
    left = [service for service, answer in answers.items() if not answer.possible]
    generic = any(_is_generic(rule) for rule in rules.about("iam:*")[0])
    if "sts" in left or (left and not (generic and len(left) <= _EXCEPTIONS)):
        return NOT_GRANTED
    return first.if_only(*(key for answer in answers.values() if answer.possible for key in answer.unresolved))


def _is_generic(rule: Rule) -> bool:
    """Whether it grants actions of all services at once."""
    return bool(rule.statement.not_actions or {"*", "*:*"}.intersection(rule.statement.actions))
