"""What stands before what at the edge: origins and what they lead to, caching, functions, and web ACLs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import TypeVar

from auditor.every import Every
from auditor.evidence.apigateway import Api, RestApi, RestStage
from auditor.evidence.apigatewayv2 import ApiMapping, HttpDomain
from auditor.evidence.cloudfront import (
    Behavior,
    CachePolicy,
    Distribution,
    LambdaAssociation,
    Origin,
    VpcOrigin,
    endpoint_kind,
)
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.hosts import region_of
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.evidence.policy import Statement
from auditor.evidence.route53 import RecordSet
from auditor.evidence.s3 import Bucket
from auditor.evidence.wafv2 import WebAcl, WebAclAssociations, WebAclEntry
from auditor.inference.entrances import is_private
from auditor.wiring import inference

T = TypeVar("T")
_Index = Mapping[str, tuple[Distribution, ...]]

_ID = attrgetter("id")
_ARN = attrgetter("arn")
_BUCKET = attrgetter("bucket")
_DOMAIN = attrgetter("domain")
_API = attrgetter("api")


@dataclass(frozen=True, slots=True)
class Edge:
    """The distributions that serve viewers, by what they use."""

    buckets: _Index
    acls: _Index

    def before_bucket(self, bucket: str) -> tuple[Distribution, ...]:
        """Those that read a bucket through its REST endpoint."""
        return self.buckets.get(bucket, ())

    def behind_acl(self, arn: str) -> tuple[Distribution, ...]:
        """Those that a web ACL protects."""
        return self.acls.get(arn, ())


@inference
def edge(distributions: Every[Distribution]) -> Edge:
    """Two indexes of the distributions that are enabled and no staging copies."""
    serving = [one for one in distributions if one.serves]
    return Edge(_indexed(serving, _buckets), _indexed(serving, _acl))


def _buckets(distribution: Distribution) -> set[str]:
    return {origin.bucket for origin in distribution.origins if origin.bucket and origin.kind == "s3"}


def _acl(distribution: Distribution) -> set[str]:
    return {distribution.web_acl} - {""}


def _indexed(items: Iterable[T], keys: Callable[[T], Iterable[str]]) -> Mapping[str, tuple[T, ...]]:
    found: dict[str, list[T]] = defaultdict(list)
    for one in items:
        for key in keys(one):
            found[key].append(one)
    return {key: tuple(values) for key, values in found.items()}


@dataclass(frozen=True, slots=True)
class Way:
    """A distribution that serves, and the origin by which it reaches something."""

    distribution: Distribution
    origin: Origin


class Fronted:
    """The names that distributions fetch from, themselves or by records of the account; read when asked about."""

    def __init__(self, distributions: Every[Distribution], records: Every[RecordSet]) -> None:
        self._distributions = distributions
        self._records = records
        self._targets: Mapping[str, tuple[str, ...]] | None = None
        self._ways: Mapping[str, tuple[Way, ...]] | None = None
        self._named = frozenset(_plain(way.origin.domain) for way in _ways(distributions.known()))

    def reaches(self, host: str) -> bool:
        """Whether a distribution that serves has this name as an origin, itself or by a record of the account."""
        return _plain(host) in self._named or bool(self.ways_to(host))

    def ways_to(self, *hosts: str) -> tuple[Way, ...]:
        """The distributions and origins that lead to any of the names, each once."""
        if self._ways is None:
            self._ways = _indexed(_ways(self._distributions), lambda way: self.names_of(way.origin))
        return tuple(dict.fromkeys(way for host in hosts for way in self._ways.get(_plain(host), ())))

    def names_of(self, origin: Origin) -> frozenset[str]:
        """The name of an origin and what it leads to by records, one of which may lead to another."""
        host = _plain(origin.domain)
        first = self._leads_to(host)
        return frozenset((host, *first, *(name for one in first for name in self._leads_to(one))))

    def _leads_to(self, host: str) -> tuple[str, ...]:
        """The targets of an alias or CNAME, or the addresses of a host; CloudFront asks public zones only."""
        if self._targets is None:
            found: dict[str, list[str]] = defaultdict(list)
            for record in self._records:
                if record.type in ("CNAME", "A", "AAAA") and not is_private(record):
                    found[record.host] += map(_plain, record.targets)
            self._targets = {name: tuple(targets) for name, targets in found.items()}
        return self._targets.get(host, ())


def _ways(distributions: Iterable[Distribution]) -> list[Way]:
    return [Way(one, origin) for one in distributions if one.serves for origin in one.origins]


def _plain(host: str) -> str:
    return host.lower().removeprefix("dualstack.")


@inference
def fronted(distributions: Every[Distribution], records: Every[RecordSet]) -> Fronted:
    """Origins by name, and what their names lead to."""
    return Fronted(distributions, records)


class Origins:
    """What the origins of distributions are, beyond their names; each list is read when it is needed."""

    def __init__(
        self,
        names: Fronted,
        balancers: Every[LoadBalancer],
        private: Every[VpcOrigin],
        domains: Every[HttpDomain],
        mappings: Every[ApiMapping],
        buckets: Every[Bucket],
    ) -> None:
        self._names = names
        self._balancers = balancers
        self._private = private
        self._domains = domains
        self._mappings = mappings
        self._buckets = buckets

    def kind(self, origin: Origin) -> str:
        """As `Origin.kind`, with `alb`, `nlb` and `external` in the place of `other`."""
        if origin.kind != "other":
            return origin.kind
        names = self._names.names_of(origin)
        known = [kind for name in sorted(names) if not name[-1:].isdigit() and (kind := endpoint_kind(name)) != "other"]
        if known:
            return known[0]
        balancer = next((found[0] for name in names if (found := self._balancers.by(_dns_name).get(name))), None)
        if balancer is not None:
            return "alb" if balancer.is_application else "nlb"
        domains = {host for domain in self._domains for host in _hosts(domain)}
        return "apigw" if names & domains else "external"

    def region(self, origin: Origin) -> str | None:
        """Where it stands, by its name, its records' or its bucket; None where that cannot be told."""
        if origin.region:
            return origin.region
        if origin.bucket:
            own = self._buckets.by(_BUCKET).get(origin.bucket, ())
            return own[0].region if own else None
        return next((place for place in map(region_of, sorted(self._names.names_of(origin))) if place), None)

    def addresses(self, origin: Origin) -> frozenset[str]:
        """What its name leads to: names and addresses."""
        return self._names.names_of(origin)

    def ways_to_balancer(self, balancer: LoadBalancer) -> tuple[Way, ...]:
        """The distributions that fetch from a load balancer over the internet."""
        return self._names.ways_to(balancer.dns_name)

    def is_private_origin(self, balancer: LoadBalancer) -> bool:
        """Whether CloudFront is known to reach a load balancer within its VPC."""
        return any(one.endpoint == balancer.arn for one in self._private.known())

    def ways_to_api(self, api: Api) -> tuple[Way, ...]:
        """The distributions that fetch from an API, by its execute-api name or a custom domain name."""
        here = self._mappings.by(_API, api.region).get(api.id, ())
        domains = self._domains.by(_DOMAIN, api.region)
        hosts = (host for one in here for domain in domains.get(one.domain, ()) for host in _hosts(domain))
        return self._names.ways_to(api.host, *hosts)


def _dns_name(balancer: LoadBalancer) -> str:
    return _plain(balancer.dns_name)


def _hosts(domain: HttpDomain) -> tuple[str, ...]:
    return (domain.domain.lower(), *(one.host.lower() for one in domain.configurations if one.host))


@inference
def origins(
    names: Fronted,
    balancers: Every[LoadBalancer],
    private: Every[VpcOrigin],
    domains: Every[HttpDomain],
    mappings: Every[ApiMapping],
    buckets: Every[Bucket],
) -> Origins:
    """What the origins lead to."""
    return Origins(names, balancers, private, domains, mappings, buckets)


@dataclass(frozen=True, slots=True)
class Times:
    """How long a behavior keeps objects, in seconds."""

    source: str
    """The name of the cache policy, or `legacy settings`."""
    least: int
    usual: int
    most: int


STATIC_ORIGINS = frozenset({"s3", "s3_website", "media"})
"""Origins that only hold objects."""
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONG_SECONDS = 3600


class Caching:
    """How distributions cache."""

    def __init__(self, policies: Every[CachePolicy]) -> None:
        self._policies = policies

    def policy(self, behavior: Behavior) -> CachePolicy | None:
        """The cache policy; None where the behavior has legacy settings, or its policy is not listed."""
        if not behavior.cache_policy:
            return None
        return next(iter(self._policies.by(_ID).get(behavior.cache_policy, ())), None)

    def times(self, behavior: Behavior) -> Times | None:
        """How long objects are kept, by the policy or by legacy settings; None where neither tells."""
        policy = self.policy(behavior)
        if policy:
            return Times(policy.title, policy.min_ttl, policy.default_ttl, policy.max_ttl)
        if behavior.legacy_max_ttl is None:
            return None
        least, usual = behavior.legacy_min_ttl or 0, behavior.legacy_default_ttl or 0
        return Times("legacy settings", least, usual, behavior.legacy_max_ttl)

    def is_off(self, behavior: Behavior) -> bool:
        """Whether nothing can stay in the cache."""
        times = self.times(behavior)
        return times is not None and times.most == 0

    def is_static(self, distribution: Distribution, behavior: Behavior) -> bool:
        """Whether it serves what is the same for everyone: it reads from a store, or keeps objects for long."""
        if behavior.accepts_writes or self.is_off(behavior):
            return False
        first = next(iter(distribution.origins_of(behavior)), None)
        if first is not None and first.kind in STATIC_ORIGINS:
            return True
        times = self.times(behavior)
        return times is not None and times.usual >= _LONG_SECONDS and set(behavior.methods) <= _READS

    def kind(self, distribution: Distribution) -> str:
        """`static`, `dynamic` or `mixed`: the hit rate is known for the whole distribution only."""
        kinds = {self.is_static(distribution, one) for one in distribution.behaviors}
        return "mixed" if len(kinds) > 1 else "static" if True in kinds else "dynamic"


@inference
def caching(policies: Every[CachePolicy]) -> Caching:
    """Cache policies by what they do to behaviors."""
    return Caching(policies)


@dataclass(frozen=True, slots=True)
class Use:
    """Where a Lambda@Edge function runs."""

    distribution: Distribution
    behavior: Behavior
    association: LambdaAssociation

    @property
    def event(self) -> str:
        """`viewer-request`, `origin-response`, ..."""
        return self.association.event


class EdgeUses:
    """Where distributions that serve run Lambda@Edge functions."""

    def __init__(self, distributions: Every[Distribution]) -> None:
        uses = [
            Use(one, behavior, each)
            for one in distributions
            if one.serves
            for behavior in one.behaviors
            for each in behavior.lambdas
        ]
        self._by_version = _indexed(uses, lambda use: (use.association.version_arn,))

    def of(self, version_arn: str) -> tuple[Use, ...]:
        """The behaviors and events that a version runs at."""
        return self._by_version.get(version_arn, ())


@inference
def edge_uses(distributions: Every[Distribution]) -> EdgeUses:
    """The associations of Lambda@Edge functions, by version."""
    return EdgeUses(distributions)


_TELEMETRY = ("logs:createloggroup", "logs:createlogstream", "logs:putlogevents", "xray:")


class EdgePermissions:
    """What the roles of edge functions may do."""

    def __init__(self, roles: Every[Role], policies: Every[ManagedPolicy]) -> None:
        self._roles = roles
        self._policies = policies

    def beyond_telemetry(self, role_arn: str) -> tuple[Statement, ...] | None:
        """The Allow statements of a role for more than logs and traces; None where not all of it is known."""
        role = next(iter(self._roles.by(_ARN).get(role_arn, ())), None)
        if role is None:
            return None
        attached = [found for arn in role.attached_policies for found in self._policies.by(_ARN).get(arn, ())]
        if len(attached) < len(role.attached_policies):
            return None
        documents = [*(one.document for one in role.inline_policies), *(one.document for one in attached)]
        return tuple(one for document in documents for one in document.allowing if not _only_telemetry(one))


def _only_telemetry(statement: Statement) -> bool:
    return not statement.not_actions and all(one.lower().startswith(_TELEMETRY) for one in statement.actions)


@inference
def edge_permissions(roles: Every[Role], policies: Every[ManagedPolicy]) -> EdgePermissions:
    """The permissions of roles."""
    return EdgePermissions(roles, policies)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The public entries that a web ACL protects, and that no other one protects before it."""

    distributions: tuple[Distribution, ...] = ()
    balancers: tuple[LoadBalancer, ...] = ()
    stages: tuple[RestStage, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.arns)

    @property
    def arns(self) -> tuple[str, ...]:
        """The ARNs of all of them."""
        return tuple(one.arn for kind in (self.distributions, self.balancers, self.stages) for one in kind)

    @property
    def is_static(self) -> bool:
        """Whether they serve objects from stores only."""
        kinds = {origin.kind for one in self.distributions for origin in one.origins}
        return not self.balancers and not self.stages and kinds <= STATIC_ORIGINS


class AclUse:
    """What web ACLs are for: those of CloudFront by its distributions, regional ones by load balancers and stages."""

    def __init__(
        self,
        edge: Edge,
        origins: Origins,
        balancers: Every[LoadBalancer],
        stages: Every[RestStage],
        acls: Every[WebAcl],
        associations: Every[WebAclAssociations],
    ) -> None:
        self._edge = edge
        self._origins = origins
        self._balancers = balancers
        self._stages = stages
        self._acls = acls
        self._associations = associations
        self._public: dict[str, tuple[LoadBalancer, ...]] = {}

    def of(self, acl: WebAcl) -> Guarded:
        """The public entries that a web ACL protects first; one behind a distribution with a web ACL is not public."""
        if acl.is_edge:
            return Guarded(distributions=self._edge.behind_acl(acl.arn))
        entries = self._public_balancers(acl.region)
        associated = set(self._balancers_of(acl)) if entries else set()
        stages = self._stages.by(_web_acl, acl.region).get(acl.arn, ())
        return Guarded(
            balancers=tuple(one for one in entries if one.arn in associated),
            stages=tuple(one for one in stages if self._is_first(one.enclosing(RestApi))),
        )

    def _public_balancers(self, region: str) -> tuple[LoadBalancer, ...]:
        """The load balancers of a region that the internet meets before any web ACL at the edge."""
        if region not in self._public:
            public = (one for one in self._balancers.within(region) if one.is_internet_facing and one.is_active)
            self._public[region] = tuple(one for one in public if not _is_guarded(self._origins.ways_to_balancer(one)))
        return self._public[region]

    def _balancers_of(self, acl: WebAcl) -> tuple[str, ...]:
        associations = self._associations.of(acl.enclosing(WebAclEntry))
        return tuple(arn for one in associations for arn in one.load_balancers)

    def _is_first(self, api: RestApi) -> bool:
        return not api.is_private and not _is_guarded(self._origins.ways_to_api(api))

    def refuses_without(self, headers: frozenset[str], balancer: LoadBalancer) -> bool:
        """Whether the web ACL of a load balancer lets no request through that lacks headers.

        Which web ACL it has is asked only where one refuses so at all.
        """
        strict = (one for one in self._acls.within(balancer.region) if not one.is_edge and one.refuses_without(headers))
        return bool(headers) and any(balancer.arn in self._balancers_of(one) for one in strict)


def _web_acl(stage: RestStage) -> str:
    return stage.web_acl or ""


def _is_guarded(ways: Iterable[Way]) -> bool:
    return any(way.distribution.web_acl for way in ways)


@inference
def acl_use(
    edge: Edge,
    origins: Origins,
    balancers: Every[LoadBalancer],
    stages: Every[RestStage],
    acls: Every[WebAcl],
    associations: Every[WebAclAssociations],
) -> AclUse:
    """The web ACLs by what they protect."""
    return AclUse(edge, origins, balancers, stages, acls, associations)
