"""What policies say: IAM's semantics once, for the rights of principals and for whom a resource's policy admits.

    grant = rights.can("s3:GetObject", "arn:aws:s3:::b/key")
    grant.certain, grant.possible, grant.unresolved

Three answers are told apart: yes, no, and "it depends on a condition whose key is not known".
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType

from auditor.evidence.policy import Names, PolicyDocument, Statement, account_of

Truth = bool | None
"""None: it cannot be told."""


_NO_VALUES: Mapping[str, Names] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a request, by condition key in lower case: `()` for a key that it does not have."""

    values: Mapping[str, Names] = field(default_factory=lambda: _NO_VALUES)
    complete: Names = ()
    """Beginnings of keys of which all are known: tags of a principal, for example."""

    beneath: Known | None = None
    """What is known besides; this goes before it."""

    def get(self, key: str) -> Names | None:
        """The values of a key; None where it is not known whether there are any."""
        found = self.values.get(key)
        if found is None and self.beneath is not None:
            found = self.beneath.get(key)
        return () if found is None and self.complete and key.startswith(self.complete) else found

    def __or__(self, other: Known) -> Known:
        """Both, without copying: requests are many."""
        if other.beneath is not None:
            return self | other.beneath | Known(other.values, other.complete)
        return Known(other.values, other.complete, self) if other.values or other.complete else self


NOTHING = Known()

FREE = frozenset(
    {
        "aws:requestedregion",
        "aws:securetransport",
        "aws:currenttime",
        "aws:epochtime",
        "aws:tokenissuetime",
        "aws:useragent",
        "aws:referer",
        "sts:rolesessionname",
    }
)
"""Keys that whoever asks may choose or wait for: they hold nobody back, in an Allow or in a Deny."""

_WILD = frozenset("*?")


# ---- patterns


@functools.lru_cache(1 << 16)
def fits(text: str, pattern: str) -> bool:
    """Whether text fits a pattern of `*` and `?`; text that is a pattern itself fits where all of it does.

    Linear, and without regular expressions: patterns come from the account.
    """
    if "?" in pattern:
        return _scan(text, pattern)
    head, *rest = pattern.split("*")
    if not rest:
        return text == head
    *middle, tail = rest
    start, end = len(head), len(text) - len(tail)
    if start > end or not (text.startswith(head) and text.endswith(tail)):
        return False
    for part in middle:
        start = text.find(part, start, end) + len(part)
        if start < len(part):
            return False
    return True


def _scan(text: str, pattern: str) -> bool:
    """The two-pointer scan: on a mismatch the last star takes one character more."""
    here = there = 0
    star = kept = -1
    while here < len(text):
        wanted = pattern[there] if there < len(pattern) else ""
        if wanted == "*":
            star, kept = there, here
            there += 1
        elif wanted == text[here] or (wanted == "?" and text[here] != "*"):
            here, there = here + 1, there + 1
        elif star >= 0:
            kept += 1
            here, there = kept, star + 1
        else:
            return False
    return not pattern[there:].strip("*")


def fits_arn(arn: str, pattern: str) -> bool:
    """As the Arn operators compare: each of the six parts for itself."""
    parts, patterns = arn.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(patterns) and all(map(fits, parts, patterns))


_VARIABLE = re.compile(r"\$\{([^}]*)\}")


def filled(text: str, known: Known) -> tuple[str, Truth]:
    """A text with its policy variables filled in, and whether it can be what is meant.

    False where a variable has no value: then it matches nothing. None where one is unknown: `*` stands for it.
    """
    if "${" not in text:
        return text, True
    truths: list[Truth] = []

    def fill(match: re.Match[str]) -> str:
        value, truth = _variable(match[1], known)
        truths.append(truth)
        return value

    return _VARIABLE.sub(fill, text), every(truths)


def _variable(name: str, known: Known) -> tuple[str, Truth]:
    key, _, default = name.partition(",")
    if key.strip() in ("*", "?", "$"):
        return key.strip(), True
    values = known.get(key.strip().lower())
    if values is None:
        return "*", None
    if values:
        return values[0], True
    return (default.strip(" '"), True) if default else ("", False)


def every(truths: Iterable[Truth]) -> Truth:
    """Whether all hold: no where one does not, unknown where one is."""
    found = set(truths)
    return False if False in found else None if None in found else True


def some(truths: Iterable[Truth]) -> Truth:
    """Whether one holds: yes where one does, else unknown where one is."""
    unknown = False
    for truth in truths:
        if truth:
            return True
        unknown = unknown or truth is None
    return None if unknown else False


# ---- conditions


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator of a condition in its parts."""

    base: str
    """The positive one in lower case: `stringequals`, `arnlike`, `null`."""
    negates: bool
    of_set: str
    """`forallvalues`, `foranyvalue` or nothing."""
    if_exists: bool

    @property
    def demands(self) -> bool:
        """Whether it is met by nothing but a value that fits, so that it can hold somebody back."""
        return not (self.negates or self.if_exists or self.of_set == "forallvalues" or self.base == "null")

    @property
    def refuses_the_rest(self) -> bool:
        """Whether, in a Deny, it takes in all that does not fit, a request without the key too."""
        return self.negates and self.of_set != "foranyvalue"


@functools.cache
def operator_of(text: str) -> Operator:
    """The parts of an operator."""
    of_set, _, name = text.lower().rpartition(":")
    bare = name.removesuffix("ifexists")
    base = bare.replace("not", "", 1) if bare != "null" else bare
    return Operator(base, base != bare, of_set, bare != name)


_COMPARES: Mapping[str, Callable[[str, str], bool]] = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": fits,
    "arnequals": fits_arn,
    "arnlike": fits_arn,
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
}


def holds(operator: str, key: str, values: Names, known: Known) -> Truth:
    """Whether a condition holds for a request."""
    how, have = operator_of(operator), known.get(key)
    if have is None:
        return None
    if how.base == "null":
        return ("true" in values) is not bool(have)
    if not have:
        return how.if_exists or how.of_set == "forallvalues" or how.refuses_the_rest
    compare = _COMPARES.get(how.base)
    if compare is None:
        return None
    met = [_is_one_of(value, values, compare, known) for value in have]
    if how.negates:
        met = [None if one is None else not one for one in met]
    return some(met) if how.of_set == "foranyvalue" else every(met)


def _is_one_of(value: str, wanted: Names, compare: Callable[[str, str], bool], known: Known) -> Truth:
    texts = (filled(one, known) for one in wanted)
    return some(None if truth is None else truth and compare(value, text) for text, truth in texts)


def applies(statement: Statement, known: Known) -> tuple[Truth, Names]:
    """Whether the conditions of a statement let it apply, and the keys that keep that open.

    What the caller may choose is chosen so that an Allow applies and a Deny does not.
    """
    truths: dict[str, Truth] = {}
    for operator, keys in statement.conditions.items():
        for key, values in keys.items():
            found = statement.allows if key in FREE else holds(operator, key, values, known)
            truths[key] = every((truths.get(key, True), found))
    return every(truths.values()), tuple(key for key, truth in truths.items() if truth is None)


# ---- rights


class Decision(IntEnum):
    """What becomes of a request, from worst to best for whoever asks."""

    REFUSED = 0
    """A Deny takes it in."""
    NOT_GRANTED = 1
    CONDITIONAL = 2
    """It depends on conditions that could not be told."""
    ALLOWED = 3


@dataclass(frozen=True, slots=True)
class Rule:
    """A statement, and where it stands."""

    statement: Statement
    source: str
    """For example `policy Deployer`."""

    @property
    def label(self) -> str:
        """How a reason names it."""
        return f"{self.statement.label} of {self.source}" if self.source else self.statement.label


@dataclass(frozen=True, slots=True)
class Grant:
    """The answer to a request, and the statement that gives or refuses it."""

    decision: Decision
    rule: Rule | None = None
    unresolved: Names = ()
    """Condition keys that it depends on."""

    @property
    def certain(self) -> bool:
        """Whether it is allowed, whatever the circumstances."""
        return self.decision is Decision.ALLOWED

    @property
    def possible(self) -> bool:
        """Whether it is allowed, or may be."""
        return self.decision >= Decision.CONDITIONAL

    def if_only(self, *keys: str) -> Grant:
        """The same grant, depending on more."""
        if not keys or not self.possible:
            return self
        return Grant(Decision.CONDITIONAL, self.rule, tuple(dict.fromkeys((*self.unresolved, *keys))))


NOT_GRANTED = Grant(Decision.NOT_GRANTED)
_REST = "*"
"""Where rules stand that name no single service."""


def covers(statement: Statement, action: str) -> bool:
    """Whether an action, or all that a pattern of actions stands for, falls under a statement."""
    wanted = action.lower()
    if statement.not_actions:
        return not any(fits(wanted, one.lower()) for one in statement.not_actions)
    return any(fits(wanted, one.lower()) for one in statement.actions)


def reaches(statement: Statement, resource: str, known: Known = NOTHING) -> Truth:
    """Whether a resource, or all that a pattern stands for, falls under a statement; without any it is on its own."""
    if statement.not_resources:
        excepted = some(_is_under(resource, one, known) for one in statement.not_resources)
        return None if excepted is None else not excepted
    return not statement.resources or some(_is_under(resource, one, known) for one in statement.resources)


def _is_under(resource: str, pattern: str, known: Known) -> Truth:
    text, truth = filled(pattern, known)
    return False if truth is False or not fits(resource, text) else truth


class Rules:
    """Statements with an index by service, so that a question looks at few of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.all = tuple(rules)
        self._services: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.all:
            for service in _services_of(rule.statement):
                self._services[service].append(rule)
        self._found: dict[str, tuple[tuple[Rule, ...], tuple[Rule, ...]]] = {}

    def about(self, action: str) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
        """The rules that allow and those that deny an action, on some resource and condition."""
        found = self._found.get(action)
        if found is None:
            service = action.partition(":")[0].lower()
            near = (*self._services.get(service, ()), *self._services.get(_REST, ()))
            covering = [one for one in near if covers(one.statement, action)]
            allows = tuple(one for one in covering if one.statement.allows)
            found = self._found[action] = allows, tuple(one for one in covering if one.statement.denies)
        return found

    def judge(self, action: str, resource: str, known: Known) -> Grant:
        """What they say to a request; a Deny goes before every Allow."""
        allows, denies = self.about(action)
        refusal, doubts = _refusal(denies, resource, known)
        return refusal or _best(allows, resource, known).if_only(*doubts)


def _services_of(statement: Statement) -> frozenset[str]:
    if statement.not_actions:
        return frozenset({_REST})
    services = (one.partition(":")[0].lower() for one in statement.actions)
    return frozenset(_REST if _WILD.intersection(one) else one for one in services)


def _grade(rule: Rule, resource: str, known: Known) -> tuple[Truth, Names]:
    """Whether a rule takes in a request, and the keys that keep that open."""
    reached = reaches(rule.statement, resource, known)
    if reached is False or not rule.statement.conditions:
        return reached, () if reached is not None else ("a policy variable fits",)
    truth, keys = applies(rule.statement, known)
    return every((reached, truth)), keys if reached else (*keys, "a policy variable fits")


def _refusal(denies: Iterable[Rule], resource: str, known: Known) -> tuple[Grant | None, Names]:
    """The Deny that takes in a request; or the keys of those that may."""
    doubts: list[str] = []
    for rule in denies:
        truth, keys = _grade(rule, resource, known)
        if truth:
            return Grant(Decision.REFUSED, rule), ()
        doubts.extend(keys if truth is None else ())
    return None, tuple(doubts)


def _best(allows: Iterable[Rule], resource: str, known: Known) -> Grant:
    found = NOT_GRANTED
    for rule in allows:
        truth, keys = _grade(rule, resource, known)
        if truth:
            return Grant(Decision.ALLOWED, rule)
        if truth is None and not found.possible:
            found = Grant(Decision.CONDITIONAL, rule, keys)
    return found


class Rights:
    """What a principal may do: what its policies grant, within its boundary and the policies of the organization."""

    def __init__(
        self,
        granted: Rules,
        *,
        boundary: Rules | None = None,
        ceilings: Sequence[Rules] = (),
        known: Known = NOTHING,
    ) -> None:
        self.granted = granted
        self.boundary = boundary
        self.ceilings = tuple(ceilings)
        self.known = known

    @property
    def limits(self) -> tuple[Rules, ...]:
        """Each of them must allow what the policies grant."""
        return self.ceilings if self.boundary is None else (self.boundary, *self.ceilings)

    def can(self, action: str, resource: str = "*", known: Known = NOTHING) -> Grant:
        """Whether an action on a resource is allowed; a pattern asks for all that it stands for."""
        request = self.request(known)
        return _within(self.granted.judge(action, resource, request), self.limits, action, resource, request)

    def can_somewhere(self, action: str, known: Known = NOTHING) -> Grant:
        """Whether an action is allowed on some resource, of all that the statements name."""
        found = NOT_GRANTED
        if not self.granted.about(action)[0]:
            return found
        for resource in self._named(action):
            grant = self.can(action, resource, known)
            if grant.certain:
                return grant
            found = max(found, grant, key=_rank)
        return found

    def joined(self, said: Welcome, action: str, resource: str, known: Known = NOTHING, *, delegates: bool) -> Grant:
        """Its rights on a resource of its own account whose policy speaks too.

        `delegates` is whether its own policies count without the resource's naming the account: not so for keys
        and roles. A boundary that is silent does not stop what a resource grants to a user by name.
        """
        own = self.can(action, resource, known)
        if Decision.REFUSED in (own.decision, said.itself.decision):
            return own if own.decision is Decision.REFUSED else said.itself
        request = self.request(known)
        bound = self.boundary.judge(action, resource, request) if self.boundary else NOT_GRANTED
        if bound.decision is Decision.REFUSED:
            return bound
        limits = self.limits if ":role/" in "".join(request.get("aws:principalarn") or ()) else self.ceilings
        direct = _within(said.itself, limits, action, resource, request)
        shared = own.if_only(*said.doubts) if delegates else _least(own, said.account)
        return max(direct, shared, key=_rank)

    def request(self, known: Known) -> Known:
        """What is known of the principal and of a request of its."""
        return self.known | known

    def _named(self, action: str) -> dict[str, None]:
        rules = (rule for part in (self.granted, *self.limits) for rule in part.about(action)[0])
        return dict.fromkeys(filled(one, self.known)[0] for rule in rules for one in rule.statement.resources or ("*",))


def _within(grant: Grant, limits: Iterable[Rules], action: str, resource: str, request: Known) -> Grant:
    """A grant after each limit had its say."""
    for limit in limits if grant.possible else ():
        said = limit.judge(action, resource, request)
        if not said.possible:
            return said
        grant = grant.if_only(*said.unresolved)
    return grant


def _least(one: Grant, other: Grant) -> Grant:
    least = min(one, other, key=_rank)
    return least.if_only(*one.unresolved, *other.unresolved) if least.possible else NOT_GRANTED


def _rank(grant: Grant) -> Decision:
    return grant.decision


# ---- what a resource's policy says to one principal


@dataclass(frozen=True, slots=True)
class Welcome:
    """What a resource's policy, or a role's trust, says to a principal."""

    itself: Grant
    """By its own name, or everyone's: enough within one account."""
    account: Grant
    """By its account's name: its own policies must allow it too."""
    doubts: Names
    """Condition keys of denials that may apply."""


def welcome(document: PolicyDocument, arn: str, action: str, resource: str, known: Known = NOTHING) -> Welcome:
    """What a policy says to a principal of the ARN; `known` is what is known of its request."""
    meant = [(Rule(one, ""), _meant(one, arn)) for one in document.statements if covers(one, action)]
    denies = [rule for rule, named in meant if named and rule.statement.denies]
    refusal, doubts = _refusal(denies, resource, known)
    if refusal:
        return Welcome(refusal, refusal, ())
    direct, through = (
        _best([rule for rule, named in meant if named == name and rule.statement.allows], resource, known)
        for name in (arn, account_of(arn))
    )
    return Welcome(direct.if_only(*doubts), through.if_only(*doubts), doubts)


def _meant(statement: Statement, arn: str) -> str:
    """The ARN where a statement means the principal itself, its account where it means that, or nothing."""
    if statement.not_principals:
        return "" if _among(statement.not_principals.get("AWS", ()), arn) else arn
    return _among(statement.principals.get("AWS", ()), arn)


def _among(names: Names, arn: str) -> str:
    if "*" in names or arn in names or any(_is_session_of(one, arn) for one in names):
        return arn
    account = account_of(arn)
    return account if any(one == account or one.endswith(f"::{account}:root") for one in names) else ""


def _is_session_of(name: str, arn: str) -> bool:
    """Whether a name is a session of the role: `arn:aws:sts::1:assumed-role/ROLE/SESSION`."""
    _, is_session, rest = name.partition(":assumed-role/")
    role = rest.partition("/")[0]
    return bool(is_session) and account_of(name) == account_of(arn) and arn.endswith(f"/{role}") and ":role/" in arn
