"""Steps from one principal to another: the known ways of escalation, which are data, held against rights."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

import yaml

from auditor.evidence.iam import Role
from auditor.evidence.policy import Names, account_of
from auditor.inference.policy import (
    NOT_GRANTED,
    NOTHING,
    Decision,
    Grant,
    Known,
    Rights,
    Rule,
    Rules,
    every,
    holds,
    welcome,
)
from auditor.inference.principals import SSO_PATH, Node, administrator, plain_service, short

ADMINISTRATOR = "administrator"
"""Where a chain ends that gives its start everything, without another principal."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to become somebody else or to get more rights: what it takes, as escalation.yaml tells it."""

    id: str
    says: str
    kind: str = ""
    """What is changed: `user`, `role`, `group`, `policy`, `permission_set`, `saml_provider`."""
    upon: Names = ()
    """Actions on the target itself."""
    also: Names = ()
    """Actions on anything."""
    ways: tuple[Names, ...] = ((),)
    """Alternatives of actions on anything."""
    service: str = ""
    held: str = ""
    """What runs as the target."""
    profile: bool = False
    """Whether the role is handed out by an instance profile."""
    federated: bool = False
    state: str = ""
    """What must be so with a user's credentials: `two_keys`, `password`, `mfa`."""
    unless_state: str = ""
    caveat: str = ""
    """What else must be so, and cannot be told."""

    @property
    def actions(self) -> frozenset[str]:
        """All actions that it names."""
        return frozenset((*self.upon, *self.also, *(action for way in self.ways for action in way)))

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Recipe:
        """From an entry of the file."""
        fields: dict[str, Any] = {name: value for name, value in raw.items() if name != "if"}
        for name in ("upon", "also"):
            fields[name] = tuple(raw.get(name, ()))
        fields["ways"] = tuple(tuple(way) for way in raw.get("ways", ((),)))
        return cls(**fields, caveat=raw.get("if", ""))


@functools.cache
def recipes() -> Mapping[str, tuple[Recipe, ...]]:
    """All known ways, by sort: `raising`, `lifting`, `joining`, `becoming`, `passing`, `taking`."""
    data = yaml.safe_load(files("auditor.inference").joinpath("escalation.yaml").read_text("utf-8"))
    return {
        sort: tuple(Recipe.read(one) for one in entries) for sort, entries in data.items() if isinstance(entries, list)
    }


# ---- steps


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain: who does what to become whom, and what allows it."""

    source: str
    """The ARN of who makes it."""
    target: str
    """The ARN of whom it leads to, or `administrator`."""
    method: str
    """The recipe's id; `assume_role` for a role that is simply assumed."""
    does: str
    """What is done, as `makes an access key of user/ada`."""
    rules: tuple[Rule, ...]
    """The statements that allow it."""
    unresolved: Names = ()
    """Condition keys and circumstances that it depends on and that could not be told."""

    @property
    def certain(self) -> bool:
        """Whether it depends on nothing else."""
        return not self.unresolved

    @property
    def text(self) -> str:
        """In words, with what allows it."""
        by = ", ".join(dict.fromkeys(rule.label for rule in self.rules))
        doubts = (one if " " in one else f"{one} allows it" for one in self.unresolved)
        doubt = f", provided that {' and '.join(doubts)}" if self.unresolved else ""
        return f"{short(self.source)} {self.does} ({by}{doubt})"


@dataclass(frozen=True, slots=True)
class Held:
    """Something that runs as a role."""

    kind: str
    arn: str
    name: str
    role: str
    """The ARN of the role, or of the instance profile that hands it out."""


Asked = tuple[Grant, tuple[Rule, ...]]
"""Whether something is granted, and the statements that grant it."""


class Steps:
    """What leads from one node to another."""

    def __init__(self, nodes: Mapping[str, Node], held: Iterable[Held], partition: str, services: Names) -> None:
        self._nodes = nodes
        self._services = services
        self._admin_policy = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
        self._held: dict[str, list[Held]] = defaultdict(list)
        roles = {profile: node.arn for node in nodes.values() for profile in _profiles(node)}
        for one in held:
            self._held[roles.get(one.role, one.role)].append(one)
        self._able: dict[tuple[str, str], tuple[Recipe, ...]] = {}
        self._startable: dict[str, Mapping[str, list[tuple[Recipe, Asked]]]] = {}
        self._trusts: dict[tuple[str, str], Grant] = {}
        self._broad: dict[int, bool] = {}
        self._rewritten: dict[tuple[str, str, str], Asked] = {}
        self._by_itself: dict[str, Step | None] = {}
        self._made: dict[tuple[str, str], Step | None] = {}

    def between(self, source: Node, target: Node) -> Step | None:
        """The best step from one principal to another: one that is certain, if there is one."""
        pair = source.arn, target.arn
        if pair not in self._made:
            self._made[pair] = first(self._between(source, target))
        return self._made[pair]

    def alone(self, source: Node) -> Step | None:
        """What makes a principal an administrator without leading to another one."""
        if source.arn not in self._by_itself:
            self._by_itself[source.arn] = first(self._alone(source))
        return self._by_itself[source.arn]

    def _between(self, source: Node, target: Node) -> Iterator[Step]:
        if target.kind == "group":
            yield from self._joins(source, target)
            return
        if target.kind == "role":
            yield from self._assumes(source, target)
            yield from self._takes(source, target)
        yield from self._becomes(source, target)
        if target.kind == "role" and source.may("iam:PassRole") and not target.is_linked:
            yield from self._passes(source, target)

    # -- to another principal

    def _joins(self, source: Node, target: Node) -> Iterator[Step]:
        if source.kind == "user" and target.arn not in source.groups:
            for recipe in self._of("joining", source):
                yield from _step(recipe, source, target.arn, [_asked(recipe, source, target.arn)])

    def _assumes(self, source: Node, target: Node) -> Iterator[Step]:
        role, action = target.principal, "sts:AssumeRole"
        if not isinstance(role, Role) or not self._may_assume(source, target):
            return
        said = welcome(role.trust, source.arn, action, "", source.rights.known | target.about)
        if not (said.itself.possible or said.account.possible):
            return
        grant = source.rights.joined(said, action, target.arn, target.about, delegates=False)
        if grant.possible:
            trust = said.itself.rule or said.account.rule
            named = [Rule(trust.statement, f"the trust of {short(role.arn)}")] if trust else []
            own = [grant.rule] if grant.rule and grant.rule.source else []
            does = f"assumes {short(target.arn)}"
            yield Step(source.arn, target.arn, "assume_role", does, (*own, *named), grant.unresolved)

    @staticmethod
    def _may_assume(source: Node, target: Node) -> bool:
        """Whether it is worth asking: a trust names the principal, or its account, whose policies then decide."""
        if source.arn in target.trusted or "*" in target.trusted:
            return True
        through = account_of(source.arn) in target.trusted and source.may("sts:AssumeRole")
        return through and source.rights.can("sts:AssumeRole", target.arn, target.about).possible

    def _becomes(self, source: Node, target: Node) -> Iterator[Step]:
        for recipe in self._of("becoming", source):
            if recipe.kind == "saml_provider":
                for provider in _saml_providers(target):
                    yield from _step(recipe, source, target.arn, [_asked(recipe, source, provider)])
            elif recipe.kind == target.kind and not target.is_fixed and _state_fits(recipe, target):
                yield from _step(recipe, source, target.arn, [_asked(recipe, source, target.arn, target.about)])

    def _takes(self, source: Node, target: Node) -> Iterator[Step]:
        held = self._held.get(target.arn, ())
        for recipe in self._of("taking", source):
            if recipe.service:
                yield from _presumed(recipe, source, target)
            for one in held:
                if one.kind == recipe.held:
                    name = f"{one.kind.replace('_', ' ')} {one.name}, which runs as {short(target.arn)}"
                    yield from _step(recipe, source, target.arn, [_asked(recipe, source, one.arn)], name)

    def _passes(self, source: Node, target: Node) -> Iterator[Step]:
        startable = self._starts(source)
        for service in sorted(target.services & startable.keys()):
            about = target.about | Known({"iam:passedtoservice": (service,)})
            passed = source.rights.can("iam:PassRole", target.arn, about)
            trusting = self._trust(target, service) if passed.possible else NOT_GRANTED
            if trusting.possible:
                handed: list[Asked] = [(passed, _rules(passed)), (trusting, ())]
                for recipe, asked in startable[service]:
                    if not recipe.profile or _profiles(target):
                        yield from _step(recipe, source, target.arn, [*handed, asked])

    def _trust(self, target: Node, service: str) -> Grant:
        """Whether a role's trust lets a service assume it; asked once."""
        key = target.arn, service
        if key not in self._trusts:
            self._trusts[key] = _trust_of(target, service)
        return self._trusts[key]

    def _starts(self, source: Node) -> Mapping[str, list[tuple[Recipe, Asked]]]:
        """By service, what a principal may start that runs as a role that it passes."""
        if source.arn not in self._startable:
            found: dict[str, list[tuple[Recipe, Asked]]] = defaultdict(list)
            for recipe in self._of("passing", source):
                asked = _asked(recipe, source, "")
                if asked[0].possible:
                    found[recipe.service].append((recipe, asked))
            self._startable[source.arn] = found
        return self._startable[source.arn]

    # -- to everything, by one's own rights

    def _alone(self, source: Node) -> Iterator[Step]:
        yield from self._lifts(source)
        freed = self._freed(source, source)
        for target in (source, *(self._nodes[arn] for arn in source.groups)) if freed else ():
            for recipe, asked, name in self._raises(source, target):
                yield from _step(recipe, source, ADMINISTRATOR, [asked, freed or asked], name)
        for recipe in self._of("raising", source) if SSO_PATH in source.arn else ():
            if recipe.kind == "permission_set":
                yield from _step(recipe, source, ADMINISTRATOR, [_asked(recipe, source, "")], short(source.arn))
        yield from self._raises_another(source)

    def _raises(self, source: Node, target: Node) -> Iterator[tuple[Recipe, Asked, str]]:
        """How a principal may give another, or itself, more rights."""
        for recipe in self._of("raising", source) if not target.is_fixed else ():
            if recipe.kind == target.kind:
                about = target.about | Known({"iam:policyarn": (self._admin_policy,)})
                yield recipe, _asked(recipe, source, target.arn, about), _named(source, target)
            for policy in target.policies if recipe.kind == "policy" else ():
                if not _is_of_aws(policy):
                    name = f"policy {policy.rpartition('/')[2]}, which {_named(source, target)} has"
                    yield recipe, self._rewrites(recipe, source, policy), name

    def _rewrites(self, recipe: Recipe, source: Node, policy: str) -> Asked:
        """Whether a principal may change a policy; asked once, for the many that have it."""
        key = recipe.id, source.arn, policy
        if key not in self._rewritten:
            self._rewritten[key] = _asked(recipe, source, policy)
        return self._rewritten[key]

    def _raises_another(self, source: Node) -> Iterator[Step]:
        """Gives another principal all rights, and becomes it."""
        for target in self._nodes.values() if self._of("raising", source) else ():
            if target is source or target.kind == "group" or target.admin.possible:
                continue
            for recipe, asked, name in self._raises(source, target):
                step = self.between(source, target) if asked[0].possible else None
                freed = self._freed(source, target) if step else None
                if freed and step:
                    become = Grant(Decision.ALLOWED).if_only(*step.unresolved), step.rules
                    both = replace(recipe, says=f"{recipe.says} and {step.does}")
                    yield from _step(both, source, ADMINISTRATOR, [asked, freed, become], name)

    def _lifts(self, source: Node) -> Iterator[Step]:
        """Where only its boundary keeps a principal from being an administrator."""
        rights = source.rights
        unbound = Rights(rights.granted, ceilings=rights.ceilings, known=rights.known)
        if source.boundary and administrator(unbound, self._services).possible:
            for recipe, asked, name in self._lifting(source, source):
                yield from _step(recipe, source, ADMINISTRATOR, [asked], name)

    def _freed(self, source: Node, target: Node) -> Asked | None:
        """What frees a principal of its boundary; None where it stays bound."""
        boundary = target.rights.boundary
        if boundary is None or self._is_broad(boundary):
            return Grant(Decision.ALLOWED), ()
        ways = [asked for _, asked, _ in self._lifting(source, target) if asked[0].possible]
        return max(ways, key=lambda one: one[0].decision, default=None)

    def _is_broad(self, boundary: Rules) -> bool:
        """Whether a boundary holds nobody back."""
        if id(boundary) not in self._broad:
            self._broad[id(boundary)] = administrator(Rights(boundary), self._services).certain
        return self._broad[id(boundary)]

    def _lifting(self, source: Node, target: Node) -> Iterator[tuple[Recipe, Asked, str]]:
        put = target.about | Known({"iam:permissionsboundary": (self._admin_policy,)})
        for recipe in self._of("lifting", source):
            if recipe.kind == target.kind:
                about = put if recipe.upon[0].startswith("iam:Put") else target.about
                yield recipe, _asked(recipe, source, target.arn, about), _named(source, target)
            elif recipe.kind == "policy" and not _is_of_aws(target.boundary):
                yield recipe, _asked(recipe, source, target.boundary), target.boundary.rpartition("/")[2]

    def _of(self, sort: str, source: Node) -> tuple[Recipe, ...]:
        """The recipes of a sort whose actions a principal has at all."""
        key = sort, source.arn
        if key not in self._able:
            self._able[key] = tuple(one for one in recipes()[sort] if _ways(one, source))
        return self._able[key]


# ---- what a recipe takes


def _ways(recipe: Recipe, source: Node) -> list[Names]:
    """The alternatives of a recipe whose actions a principal has, somewhere and on some condition."""
    if not all(map(source.may, (*recipe.upon, *recipe.also))):
        return []
    return [way for way in recipe.ways if all(map(source.may, way))]


def _asked(recipe: Recipe, source: Node, target: str, about: Known = NOTHING) -> Asked:
    """Whether a principal has all the actions of a recipe, and by which statements."""
    rights = source.rights
    needed = [rights.can(action, target, about) for action in recipe.upon]
    needed += [rights.can_somewhere(action) for action in recipe.also]
    if not all(one.possible for one in needed):
        return NOT_GRANTED, ()
    ways = [[rights.can_somewhere(action) for action in way] for way in _ways(recipe, source)]
    best = max(ways, key=lambda way: min((one.decision for one in way), default=Decision.ALLOWED))
    return _together((*needed, *best)), tuple(rule for one in (*needed, *best) for rule in _rules(one))


def _step(recipe: Recipe, source: Node, target: str, asked: Sequence[Asked], name: str = "") -> Iterator[Step]:
    """The step that a recipe makes, if all that it takes is granted."""
    grant = _together([one for one, _ in asked])
    if grant.possible:
        rules = {id(rule.statement): rule for _, several in asked for rule in several}
        doubts = (*grant.unresolved, recipe.caveat) if recipe.caveat else grant.unresolved
        does = recipe.says.replace("<target>", name or short(target)).replace("<held>", name)
        yield Step(source.arn, target, recipe.id, does, tuple(rules.values()), tuple(dict.fromkeys(doubts)))


def _presumed(recipe: Recipe, source: Node, target: Node) -> Iterator[Step]:
    """For what is not read: most likely something runs as a role that trusts the service and was used."""
    role = target.principal
    if recipe.service in target.services and isinstance(role, Role) and role.last_used:
        what = f"{'an' if recipe.held[0].lower() in 'aeiou' else 'a'} {recipe.held}"
        sure = replace(recipe, caveat=f"there is {what} with the role")
        yield from _step(
            sure, source, target.arn, [_asked(recipe, source, "")], f"{what} that runs as {short(role.arn)}"
        )


def _named(source: Node, target: Node) -> str:
    return "itself" if source is target else short(target.arn)


def _is_of_aws(policy: str) -> bool:
    return "::aws:policy/" in policy


def first(steps: Iterable[Step]) -> Step | None:
    """The first that is certain; else the first."""
    found = None
    for step in steps:
        if step.certain:
            return step
        found = found or step
    return found


def _together(grants: Iterable[Grant]) -> Grant:
    """One grant of several that are all needed."""
    several = tuple(grants)
    worst = min(several, key=lambda one: one.decision, default=Grant(Decision.ALLOWED))
    return worst.if_only(*(key for one in several for key in one.unresolved))


def _rules(grant: Grant) -> tuple[Rule, ...]:
    return (grant.rule,) if grant.rule else ()


def _profiles(node: Node) -> tuple[str, ...]:
    return node.principal.instance_profiles if isinstance(node.principal, Role) else ()


def _saml_providers(node: Node) -> Iterator[str]:
    """The SAML providers that a role trusts."""
    if isinstance(node.principal, Role):
        for statement in node.principal.trust.allowing:
            yield from (name for name in statement.principals.get("Federated", ()) if ":saml-provider/" in name)


def _state_fits(recipe: Recipe, target: Node) -> bool:
    has, lacks = recipe.state, recipe.unless_state
    return (not has or has in target.states) and (not lacks or lacks not in target.states)


def _trust_of(target: Node, service: str) -> Grant:
    """Whether a role's trust lets a service assume it, on behalf of its own account."""
    if not isinstance(target.principal, Role):
        return NOT_GRANTED
    account = (account_of(target.arn),)
    own = Known({"aws:sourceaccount": account, "aws:principalisawsservice": ("true",)})
    found = NOT_GRANTED
    for statement in target.principal.trust.allowing:
        names = (*statement.principals.get("Service", ()), *statement.principals.get("Federated", ()))
        if service in map(plain_service, names):
            truths = {
                key: holds(operator, key, values, own)
                for operator, keys in statement.conditions.items()
                for key, values in keys.items()
            }
            if every(truths.values()) is not False:
                doubts = (key for key, truth in truths.items() if truth is None)
                grant = Grant(Decision.ALLOWED, Rule(statement, "")).if_only(*doubts)
                found = max(found, grant, key=lambda one: one.decision)
    return found
