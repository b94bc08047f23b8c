"""Whom a resource's policy really admits: who, to do what, and under which condition.

    access = access_of(policy.document, Perimeter(account.id, organization="o-a1b2c3d4e5"))
    access.public               # admissions of anyone, after conditions and denials
    access.external_accounts    # named accounts that are not trusted, with what they may do

Conditions of a statement add up, so one that names an owner or a network is enough; values of a condition are
alternatives, so each of them must. A Deny that spares somebody leaves nobody else.
"""

from __future__ import annotations

import functools
import operator
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from importlib.resources import files
from ipaddress import ip_network
from itertools import product
from typing import Any

import yaml

from auditor.every import Every
from auditor.evidence.organizations import GuardrailDocument, GuardrailPolicy, MemberAccount, Organization
from auditor.evidence.policy import Names, PolicyDocument, Statement, account_of
from auditor.inference.policy import Operator, covers, fits, operator_of, reaches
from auditor.inference.traffic import IPV4, IPV6, PUBLIC, Ranges, is_world
from auditor.model import Account
from auditor.wiring import inference

_ORGANIZATIONS = frozenset({"aws:principalorgid", "aws:principalorgpaths", "aws:sourceorgid", "aws:sourceorgpaths"})
_OWNERS = frozenset(
    {
        "aws:principalaccount", "aws:principalarn", "aws:userid", "aws:sourceaccount", "aws:sourceowner",
        "aws:sourcearn", "kms:calleraccount", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
        "elasticfilesystem:accesspointarn",
    }
)  # fmt: skip
"""Keys that say for which account or organization a request comes."""

_NETWORKS = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn"})
_ADDRESSES = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_ENDPOINT_OWNERS = frozenset({"aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"})
"""Keys that say where on the network it comes from; an endpoint's owner is no caller."""

_SECRETS = frozenset({"sts:externalid", "lambda:eventsourcetoken", "aws:referer"})
"""Keys whose value anyone may send who knows it."""

_OF_PRINCIPALS = frozenset(
    {"aws:principalorgid", "aws:principalorgpaths", "aws:principalaccount", "aws:principalarn", "kms:calleraccount",
     "kms:viaservice", "aws:userid"}
)  # fmt: skip
"""Keys that a request without credentials does not have."""

_THROUGH_AWS = frozenset({"aws:viaawsservice", "aws:principalisawsservice"})
"""Exceptions for AWS's own services, as a Deny makes them beside its real condition."""

_MOST_WAYS = 64
"""Beyond so many ways past its denials a statement's further denials are left out: it then seems more open."""


class Kind(StrEnum):
    """What an action does, from least to worst."""

    READ = "read"
    WRITE = "write"
    DELETE = "delete"
    ADMIN = "administer"
    """Change who may do what."""

    @property
    def rank(self) -> int:
        """0 for reading to 3 for administering."""
        return list(Kind).index(self)


class Audience(IntEnum):
    """Who is admitted, from narrow to wide."""

    OWN = 0
    """The account itself."""
    SERVICE = 1
    """An AWS service, on behalf of named accounts or organizations."""
    FEDERATED = 2
    """Whoever an identity provider vouches for, as far as conditions on its claims let them."""
    ORGANIZATION = 3
    ACCOUNTS = 4
    """Named accounts or principals of them."""
    UNIDENTIFIED = 5
    """Named, but the account cannot be told: deleted principals, canonical users, owners of buckets."""
    UNGUARDED_SERVICE = 6
    """An AWS service on anyone's behalf: the confused deputy."""
    NETWORK = 7
    """Anyone who comes from a network."""
    ANY_ACCOUNT = 8
    """Anyone with an AWS account."""
    ANYONE = 9


@functools.cache
def aws_accounts() -> Mapping[str, str]:
    """What for, by account: those that AWS runs and has customers name in policies."""
    data = yaml.safe_load(files("auditor.inference").joinpath("aws_accounts.yaml").read_text("utf-8"))
    return {account: purpose for purpose, accounts in data["accounts"].items() for account in accounts}


@dataclass(frozen=True, slots=True)
class Perimeter:
    """What is inside: the account, its organization, and those that are trusted."""

    account: str
    organization: str = ""
    """Its id; empty where the account belongs to none."""
    trusted: frozenset[str] = frozenset()
    """Other accounts that are trusted, those of the organization among them."""
    buckets: frozenset[str] | None = None
    """Names of the account's own buckets, whose ARNs name no account; None where they do not matter."""
    controls: tuple[PolicyDocument, ...] = ()
    """Resource control policies: what they deny holds for every resource of the account."""

    def trusting(self, *accounts: str) -> Perimeter:
        """The same with more trusted accounts."""
        return replace(self, trusted=self.trusted.union(accounts))

    def with_buckets(self, names: Iterable[str]) -> Perimeter:
        """The same, told the account's own buckets."""
        return replace(self, buckets=frozenset(names))

    def is_inside(self, account: str) -> bool:
        """Whether an account is the own one, a trusted one, or one that AWS runs for its services."""
        return account == self.account or account in self.trusted or account in aws_accounts()

    def owner_of(self, value: str) -> str:
        """Whom a value of a condition names: an account, a bucket of unknown owner, a unique id; empty for anyone."""
        bucket = value.partition(":s3:::")[2].partition("/")[0]
        if bucket and not set("*?").intersection(bucket):
            return self.account if bucket in (self.buckets or ()) else f"bucket {bucket}"
        if value.lower() == "${aws:resourceaccount}":
            return self.account
        unique = re.match(r"A[A-Z]{3}[A-Z0-9]{3,}", value)
        return account_of(value) or (unique[0] if unique else "")

    def organization_of(self, value: str) -> str:
        """The organization that a value of a condition names; empty where it may be any."""
        if value.lower() == "${aws:resourceorgid}":
            return self.organization or value
        named = re.match(r"o-[^*?/]+(?=/|$)", value)
        return named[0] if named else ""


@dataclass(frozen=True, slots=True)
class _Limits:
    """What conditions leave: None where they leave any."""

    owners: frozenset[str] | None = None
    organizations: frozenset[str] | None = None
    networks: frozenset[str] | None = None
    credentials: bool = False
    """Whether a request without credentials is left out."""

    def __and__(self, other: _Limits) -> _Limits:
        return _Limits(
            _owners(self.owners, other.owners),
            _common(self.organizations, other.organizations),
            _common(self.networks, other.networks),
            self.credentials or other.credentials,
        )

    @property
    def are_none(self) -> bool:
        """Whether anyone is left, with credentials or without."""
        return self.owners is None and self.organizations is None and self.networks is None


_ANY = _Limits()
_Ways = frozenset[_Limits]
"""Alternatives: whoever is within one of them gets in."""


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return one & other if one is not None and other is not None else one if other is None else other


def _owners(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """Those in both; where one side names buckets or unique ids, whose accounts cannot be told, the other's."""
    if one is None or other is None:
        return _common(one, other)
    told = [side for side in (one, other) if all(owner.isdigit() for owner in side)]
    return told[0] if len(told) == 1 else one & other


@dataclass(frozen=True, slots=True)
class Admission:
    """Whom one statement admits to what."""

    statement: Statement
    audience: Audience
    actions: Names
    """Patterns, less those that a Deny takes back."""
    accounts: Names = ()
    """Those that are named; for a service, those on whose behalf it comes."""
    organizations: Names = ()
    networks: Names = ()
    names: Names = ()
    """Services, identity providers, or principals whose account cannot be told."""
    secrets: Names = ()
    """Conditions on a value that anyone may send who knows it, as `sts:externalid`."""
    outside: Names = ()
    """Accounts and organizations among them that are neither the own nor trusted."""

    @property
    def label(self) -> str:
        """How a reason names the statement."""
        return self.statement.label

    @property
    def kinds(self) -> frozenset[Kind]:
        """What the actions do."""
        return frozenset().union(*map(kinds_of, self.actions))

    @property
    def worst(self) -> Kind:
        """The worst of what the actions do."""
        return max(self.kinds, key=lambda kind: kind.rank)

    @property
    def is_public(self) -> bool:
        """Whether it admits anyone, with an AWS account or without."""
        return self.audience >= Audience.ANY_ACCOUNT

    def allows(self, action: str) -> bool:
        """Whether it admits to an action, or to some that a pattern stands for."""
        wanted = action.lower()
        if self.statement.not_actions:
            return covers(self.statement, action)
        return any(fits(wanted, one.lower()) or fits(one.lower(), wanted) for one in self.actions)

    @property
    def who(self) -> str:
        """Whom it admits, in words."""
        return _WORDS[self.audience].format(
            accounts=_listed("account", self.accounts),
            organizations=_listed("organization", self.organizations),
            networks=" and ".join(self.networks),
            names=" and ".join(self.names),
            behalf=" and ".join((*self.accounts, *self.organizations)),
        )


_WORDS: Mapping[Audience, str] = {
    Audience.OWN: "the own account",
    Audience.SERVICE: "{names} on behalf of {behalf}",
    Audience.FEDERATED: "whoever signs in through {names}",
    Audience.ORGANIZATION: "{organizations}",
    Audience.ACCOUNTS: "{accounts}",
    Audience.UNIDENTIFIED: "{names}",
    Audience.UNGUARDED_SERVICE: "{names} on anyone's behalf",
    Audience.NETWORK: "anyone who comes from {networks}",
    Audience.ANY_ACCOUNT: "any AWS account",
    Audience.ANYONE: "anyone",
}


def _listed(word: str, names: Names) -> str:
    return f"{word}{'s' if len(names) > 1 else ''} {', '.join(names)}"


@dataclass(frozen=True, slots=True)
class Access:
    """Whom a policy admits, statement by statement."""

    admissions: tuple[Admission, ...]

    def of(self, *audiences: Audience) -> tuple[Admission, ...]:
        """The admissions of some audiences."""
        return tuple(one for one in self.admissions if one.audience in audiences)

    @property
    def public(self) -> tuple[Admission, ...]:
        """Those that admit anyone."""
        return tuple(one for one in self.admissions if one.is_public)

    @property
    def by_network(self) -> tuple[Admission, ...]:
        """Those that admit anyone who comes from a network."""
        return self.of(Audience.NETWORK)

    @property
    def unguarded_services(self) -> tuple[Admission, ...]:
        """Those that admit a service on anyone's behalf."""
        return self.of(Audience.UNGUARDED_SERVICE)

    @property
    def external(self) -> tuple[Admission, ...]:
        """Those that name accounts or organizations that are not trusted."""
        return tuple(one for one in self.admissions if one.outside)

    @property
    def external_accounts(self) -> Mapping[str, Kind]:
        """The accounts and organizations that are named and not trusted, with the worst that they may do."""
        found: dict[str, Kind] = {}
        for one in self.external:
            for name in one.outside:
                found[name] = max(found.get(name, one.worst), one.worst, key=lambda kind: kind.rank)
        return found

    @property
    def widest(self) -> Audience | None:
        """The widest audience; None where nobody is admitted."""
        return max((one.audience for one in self.admissions), default=None)


def access_of(document: PolicyDocument, perimeter: Perimeter) -> Access:
    """Whom the policy of a resource admits."""
    denials = (*document.denying, *(one for control in perimeter.controls for one in control.denying))
    reader = _Reader(perimeter, tuple(denials))
    return Access(tuple(one for statement in document.allowing for one in reader.admissions(statement)))


@dataclass(frozen=True, slots=True)
class _Who:
    """One principal that a statement names, read."""

    kind: str
    """`anyone`, `account`, `service`, `federated` or `unidentified`."""
    name: str

    @property
    def is_service(self) -> bool:
        """Whether it is a service of AWS."""
        return self.kind == "service"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads statements for one resource: within a perimeter, against its denials."""

    perimeter: Perimeter
    denials: tuple[Statement, ...]

    def admissions(self, statement: Statement) -> Iterator[Admission]:
        """Whom an Allow admits; actions that are left to the same are told together."""
        demanded = functools.reduce(operator.and_, self._demands(statement), _ANY)
        whose = tuple(_named_in(statement))
        groups: dict[tuple[_Ways, tuple[_Who, ...]], list[str]] = defaultdict(list)
        for action in statement.actions or ("*",):
            denials = [one for one in self.denials if _takes(one, statement, action)]
            refused = _refused(denials)
            left = [one for one in whose if one.name not in refused]
            for is_service in (False, True):
                ways = self._left(demanded, denials, is_service=is_service)
                groups[ways, tuple(one for one in left if one.is_service is is_service)].append(action)
        for (ways, left_over), actions in groups.items():
            for limits in sorted(ways, key=repr):
                yield from self._admitted(statement, tuple(actions), limits, left_over)

    def _demands(self, statement: Statement) -> Iterator[_Limits]:
        for name, keys in statement.conditions.items():
            how = operator_of(name)
            for key, values in keys.items():
                if how.demands:
                    yield self._limits(key, values)
                elif how.base == "null" and "false" in values:
                    yield _Limits(credentials=key in _OF_PRINCIPALS)

    def _limits(self, key: str, values: Names) -> _Limits:
        """Whom a condition leaves that wants one of the values for its key."""
        credentials = key in _OF_PRINCIPALS
        if key in _ORGANIZATIONS:
            return _Limits(organizations=_all_named(map(self.perimeter.organization_of, values)), credentials=True)
        if key in _OWNERS:
            return _Limits(owners=_all_named(map(self.perimeter.owner_of, values)), credentials=credentials)
        if key in _ADDRESSES:
            return _Limits(networks=frozenset(values) if _are_few(values) else None)
        if key in _NETWORKS | _ENDPOINT_OWNERS:
            named = (_literal(one) or self.perimeter.organization_of(one) for one in values)
            return _Limits(networks=_all_named(named))
        return _Limits(credentials=credentials)

    def _left(self, demanded: _Limits, denials: Iterable[Statement], *, is_service: bool) -> _Ways:
        """The ways in that denials leave to whoever meets what is demanded."""
        ways: _Ways = frozenset({demanded})
        for denial in denials:
            spared = self._spared(denial, is_service=is_service)
            if spared is not None and len(ways) * len(spared) <= _MOST_WAYS:
                ways = frozenset(one & other for one, other in product(ways, spared))
        return ways

    def _spared(self, denial: Statement, *, is_service: bool) -> _Ways | None:
        """Whom a Deny spares that speaks to everyone; None where it spares just anyone, or means others."""
        if not (denial.names_anyone or denial.not_principals) or _means_others(denial, is_service=is_service):
            return None
        ways = [_Limits(owners=_all_named(self._owners_of(denial)))] if denial.not_principals else []
        for name, keys in denial.conditions.items():
            how = operator_of(name)
            real = {key: values for key, values in keys.items() if not _is_exception(how, key, is_service=is_service)}
            ways.extend(self._limits(key, values) if how.refuses_the_rest else _ANY for key, values in real.items())
        if any(one.are_none for one in ways):
            return None
        return frozenset(ways) if ways or not denial.conditions else None

    def _owners_of(self, denial: Statement) -> Iterator[str]:
        """Whom a NotPrincipal spares: accounts, and what else it names by its name."""
        for names in denial.not_principals.values():
            yield from (("" if name == "*" else account_of(name) or name) for name in names)

    def _admitted(
        self, statement: Statement, actions: Names, limits: _Limits, whose: Iterable[_Who]
    ) -> Iterator[Admission]:
        found: dict[Audience, list[Admission]] = defaultdict(list)
        for who in whose:
            one = self._admission(statement, actions, limits, who)
            if one:
                found[one.audience].append(one)
        yield from (functools.reduce(_merged, same) for same in found.values())

    def _admission(self, statement: Statement, actions: Names, limits: _Limits, who: _Who) -> Admission | None:
        owners = limits.owners
        if who.kind == "account":
            owners = _owners(frozenset({who.name}), owners)
        if (owners is not None and not owners) or limits.organizations == frozenset() or limits.networks == frozenset():
            return None
        named = tuple(sorted(owner for owner in owners or () if owner.isdigit()))
        audience = self._audience(who, limits, owners)
        unclear = [owner for owner in owners or () if not owner.isdigit()]
        names = unclear if who.kind == "anyone" else [who.name] if who.kind != "account" else []
        return Admission(
            statement,
            audience,
            actions,
            accounts=named,
            organizations=tuple(sorted(limits.organizations or ())),
            networks=tuple(sorted(limits.networks or ())),
            names=tuple(names),
            secrets=tuple(sorted(key for keys in statement.conditions.values() for key in keys if key in _SECRETS)),
            outside=self._outside(named, limits),
        )

    def _audience(self, who: _Who, limits: _Limits, owners: frozenset[str] | None) -> Audience:
        if who.kind == "federated":
            return Audience.FEDERATED
        if who.kind == "service":
            return self._service(limits)
        if who.kind == "unidentified":
            return Audience.UNIDENTIFIED
        if owners is not None:
            return self._named(owners)
        if limits.organizations is not None:
            return Audience.ORGANIZATION
        if limits.networks is not None:
            return Audience.NETWORK
        return Audience.ANY_ACCOUNT if limits.credentials else Audience.ANYONE

    def _service(self, limits: _Limits) -> Audience:
        """A bucket's ARN names no account: whoever makes a bucket of the name may come, unless it is the own."""
        told = all(owner.isdigit() for owner in limits.owners or ())
        guarded = limits.organizations is not None or (limits.owners is not None and told)
        return Audience.SERVICE if guarded else Audience.UNGUARDED_SERVICE

    def _named(self, owners: frozenset[str]) -> Audience:
        if not all(owner.isdigit() for owner in owners):
            return Audience.UNIDENTIFIED
        return Audience.OWN if owners == {self.perimeter.account} else Audience.ACCOUNTS

    def _outside(self, accounts: Names, limits: _Limits) -> Names:
        organizations = limits.organizations
        if organizations is not None and organizations <= {self.perimeter.organization, "${aws:ResourceOrgID}"}:
            return ()
        foreign = (name for name in sorted(organizations or ()) if name != self.perimeter.organization)
        strangers = tuple(one for one in accounts if not self.perimeter.is_inside(one))
        return strangers if accounts else tuple(foreign)


def _merged(one: Admission, other: Admission) -> Admission:
    """Two admissions of one audience as one."""
    lists: dict[str, Any] = {
        name: tuple(dict.fromkeys((*getattr(one, name), *getattr(other, name))))
        for name in ("accounts", "organizations", "networks", "names", "outside")
    }
    return replace(one, **lists)


def _named_in(statement: Statement) -> Iterator[_Who]:
    """The principals of an Allow; with NotPrincipal it admits everyone but those that it names."""
    if statement.not_principals:
        yield _Who("anyone", "*")
    for kind, values in statement.principals.items():
        yield from (_read(kind, value) for value in values)


def _read(kind: str, value: str) -> _Who:
    if kind == "Service":
        return _Who("service", value)
    if kind == "Federated":
        return _Who("federated", value)
    if value == "*":
        return _Who("anyone", "*")
    if ":iam::cloudfront:user/" in value:
        return _Who("unidentified", value.rpartition("/")[2])
    account = account_of(value) if kind == "AWS" else ""
    return _Who("account", account) if account else _Who("unidentified", value)


def _refused(denials: Iterable[Statement]) -> frozenset[str]:
    """Whom denials name, whatever the conditions; everyone is not named."""
    names = (name for one in denials if not one.conditions for several in one.principals.values() for name in several)
    return frozenset(account_of(name) if name.endswith(":root") else name for name in names).difference("*")


def _means_others(denial: Statement, *, is_service: bool) -> bool:
    """Whether a Deny is for AWS's services alone and this is none, or the other way round."""
    for name, keys in denial.conditions.items():
        how = operator_of(name)
        for key, values in keys.items():
            if key == "aws:principalisawsservice" and (("true" in values) is not how.negates) is not is_service:
                return True
            if key == "aws:viaawsservice" and ("true" in values) is not how.negates:
                return True
    return False


def _is_exception(how: Operator, key: str, *, is_service: bool) -> bool:
    """Whether a condition of a Deny only leaves AWS's services out, or speaks of the keys that these always send."""
    return key in _THROUGH_AWS or (is_service and how.base == "null" and key in _OWNERS)


def _takes(denial: Statement, statement: Statement, action: str) -> bool:
    """Whether a Deny takes in an action of an Allow, on all its resources."""
    if statement.not_actions and not (denial.actions == ("*",) or _excepts_less(denial, statement)):
        return False
    resources = statement.resources or ("*",)
    on_all = not (denial.resources or denial.not_resources) or all(reaches(denial, one) for one in resources)
    return on_all and (bool(statement.not_actions) or covers(denial, action))


def _excepts_less(denial: Statement, statement: Statement) -> bool:
    """Whether what a Deny leaves out is left out by the Allow as well."""
    return bool(denial.not_actions) and all(
        any(fits(one.lower(), other.lower()) for other in statement.not_actions) for one in denial.not_actions
    )


def _all_named(owners: Iterable[str]) -> frozenset[str] | None:
    """The owners, where each value names one; values are alternatives, so one that does not lets anyone in."""
    found = frozenset(owners)
    return None if "" in found else found


def _literal(value: str) -> str:
    return "" if set("*?").intersection(value) else value


def _are_few(values: Names) -> bool:
    """Whether addresses, all together, are less than what counts as the whole world; private ones are nobody's."""
    blocks = [value for value in values if _is_block(value)]
    others = [value for value in values if value not in blocks]
    few = not any(is_world(Ranges.of(blocks, family) & PUBLIC[family], family) for family in (IPV4, IPV6))
    return few and all(value.partition("*")[0].count(".") >= _OCTETS for value in others)


_OCTETS = 2
"""How many parts of an address a pattern like `203.0.*` has to name, to be less than the world."""


def _is_block(value: str) -> bool:
    try:
        ip_network(value, strict=False)
    except ValueError:
        return False
    return True


# ---- what actions do

_READS = (
    "get", "list", "describe", "batchget", "batchcheck", "head", "lookup", "search", "query", "scan", "view", "select",
    "receive", "decrypt", "reencryptfrom", "subscribe", "download", "export", "read", "connect", "verify",
    "clientmount", "eshttpget", "eshttphead",
)  # fmt: skip
_DELETES = ("delete", "purge", "terminate", "batchdelete", "removeobject", "scheduledeletion", "schedulekeydeletion")
_ADMINISTERS = re.compile(
    r"policy|policies|acl\b|acl$|permission|grant|ownership|publicaccessblock|settopicattributes|setqueueattributes"
    r"|passrole|assumerole|accesspoint|clientrootaccess"
)


@functools.lru_cache(4096)
def kinds_of(action: str) -> frozenset[Kind]:
    """What an action does by its name; for a pattern, all that it may stand for."""
    service, colon, verb = action.lower().partition(":")
    if "*" in service or not colon or verb[:1] in ("*", "?"):
        return frozenset(Kind)
    stem, is_pattern = verb.partition("*")[0].partition("?")[0], bool(set("*?").intersection(verb))
    if stem.startswith(_READS):
        return frozenset({Kind.READ})
    if not is_pattern and _ADMINISTERS.search(verb):
        return frozenset({Kind.ADMIN})
    if stem.startswith(_DELETES):
        return frozenset({Kind.DELETE, Kind.ADMIN} if is_pattern else {Kind.DELETE})
    if not is_pattern:
        return frozenset({Kind.WRITE})
    begun = {Kind.READ: _READS, Kind.DELETE: _DELETES}
    likely = {kind for kind, verbs in begun.items() if any(one.startswith(stem) for one in verbs)}
    return frozenset({*likely, Kind.WRITE, Kind.ADMIN})


# ---- the perimeter of the account


@inference
def perimeter(
    account: Account,
    organizations: Every[Organization],
    members: Every[MemberAccount],
    policies: Every[GuardrailPolicy],
    documents: Every[GuardrailDocument],
) -> Perimeter:
    """The account and its organization; members and resource control policies as far as they may be read."""
    own = next(iter(organizations), None)
    is_bound = own is not None and own.management_account != account.id
    return Perimeter(
        account.id,
        own.id if own else "",
        frozenset(one.account_id for one in members.known()),
        controls=guardrails("RESOURCE_CONTROL_POLICY", policies, documents) if is_bound else (),
    )


def guardrails(
    kind: str, policies: Every[GuardrailPolicy], documents: Every[GuardrailDocument]
) -> tuple[PolicyDocument, ...]:
    """The organization's policies of a kind that hold for the account; none where they could not all be read."""
    if policies.gaps or documents.gaps:
        return ()
    return tuple(found.document for one in policies if one.kind == kind for found in documents.of(one))
