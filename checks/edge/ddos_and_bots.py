"""DDoS protection and bot management."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from ipaddress import ip_network
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.apigateway import Api, RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import HttpRoute
from auditor.evidence.cloudfront import Distribution, DistributionTenant, OriginAccessControl
from auditor.evidence.ec2_network import ElasticIp
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.globalaccelerator import Accelerator
from auditor.evidence.lambda_ import Function, FunctionUrl
from auditor.evidence.policy import Statement
from auditor.evidence.route53 import HostedZone
from auditor.evidence.shield import (
    ShieldAttacks,
    ShieldContacts,
    ShieldProtection,
    ShieldResponseTeam,
    ShieldState,
    ShieldSubscription,
)
from auditor.evidence.wafv2 import (
    AclRule,
    AllowedIpSets,
    EdgeWebAclLogging,
    Match,
    OwnRuleGroups,
    WebAcl,
    WebAclLogging,
    WebAclRule,
)
from auditor.inference.edge import AclUse, Fronted, Guarded, Origins, Way
from auditor.inference.exposure import Exposure
from auditor.inference.fronts import CLOUDFRONT
from auditor.inference.function_urls import UrlCallers
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import Tags, check

HOME = "us-east-1"
"""Where CloudWatch keeps the metrics of web ACLs for CloudFront."""

_RULE = {"WebACL": "acl_metric", "Rule": "metric_name"}
_ALL = {"WebACL": "metric_name", "Rule": "=ALL"}

EdgeCounted = Annotated[Metric, metric("AWS/WAFV2", "CountedRequests", "Sum", days=30, region=HOME, **_RULE)]
RegionalCounted = Annotated[Metric, metric("AWS/WAFV2", "CountedRequests", "Sum", days=30, Region="region", **_RULE)]
"""The metrics of a regional web ACL have the region as a dimension, those of one for CloudFront have not."""
EdgeAllowed = Annotated[Metric, metric("AWS/WAFV2", "AllowedRequests", "Sum", days=14, region=HOME, **_ALL)]
EdgeBlocked = Annotated[Metric, metric("AWS/WAFV2", "BlockedRequests", "Sum", days=14, region=HOME, **_ALL)]
RegionalAllowed = Annotated[Metric, metric("AWS/WAFV2", "AllowedRequests", "Sum", days=14, Region="region", **_ALL)]
RegionalBlocked = Annotated[Metric, metric("AWS/WAFV2", "BlockedRequests", "Sum", days=14, Region="region", **_ALL)]

_UNUSED = not_applicable("no distribution, public load balancer or public API is met by it first")
_DISTRIBUTION = attrgetter("distribution")
_PROTECTED = attrgetter("resource")
_ARN = attrgetter("arn")
_ID = attrgetter("id")
_API = attrgetter("api")


@check(severity=Severity.HIGH, practices=["SEC05-BP03", "SEC05-BP04"])
def cloudfront_waf_web_acl_attached(
    distribution: Distribution, tenants: Every[DistributionTenant], tags: Tags
) -> Verdict:
    """Distributions have a WAFv2 web ACL.

    Why: exploit probes, credential stuffing and request floods reach the origin unless something inspects them.
    Fix: attach a web ACL of scope CLOUDFRONT with the AWS managed rule groups; WAF Classic no longer works.
    """
    if not distribution.serves:
        return not_applicable("it is disabled, or a staging copy")
    bare = _tenants_without_acl(distribution, tenants) if distribution.is_multi_tenant else []
    if bare:
        return failed(f"its tenant {', '.join(bare)} has no web ACL", tenants=bare)
    if distribution.web_acl.startswith("arn:"):
        name = distribution.web_acl.rpartition("/")[0].rpartition("/")[2] or distribution.web_acl
        return passed(f"it uses the web ACL {name}")
    if distribution.web_acl:
        return failed(f"its web ACL {distribution.web_acl} is one of WAF Classic, which AWS has shut down")
    if distribution.is_multi_tenant:
        return passed("each of its tenants brings a web ACL")
    static = {one.kind for one in distribution.origins} <= {"s3", "media"} and tags.get("edge") == "static-only"
    return failed("it has no web ACL", severity=Severity.LOW if static else None)


def _tenants_without_acl(distribution: Distribution, tenants: Every[DistributionTenant]) -> list[str]:
    covered = ("override",) if not distribution.web_acl else ("override", None)
    own = tenants.by(_DISTRIBUTION).get(distribution.id, ())
    return [one.name for one in own if one.enabled and one.web_acl_action not in covered]


def _group(acl: WebAcl, use: AclUse, group: str, missing: Severity, *, equivalents: Sequence[str] = ()) -> Verdict:
    """Whether a web ACL runs a rule group managed by AWS on all requests, and not only to count."""
    if not use.of(acl):
        return _UNUSED
    other = [f"{one.managed.vendor}/{one.managed.group}" for one in acl.rules if one.managed]
    if any(name in equivalents for name in other):
        return passed(f"it runs {', '.join(name for name in other if name in equivalents)} instead of {group}")
    rules = acl.running(group)
    if not rules:
        return failed(f"none of its {len(acl.rules)} rules runs {group}", severity=missing)
    blocking = [one for one in rules if not one.group_only_counts]
    if not blocking:
        return failed(f"{group} only counts", severity=Severity.MEDIUM)
    if all(one.managed and one.managed.is_scoped_down for one in blocking):
        return failed(f"{group} inspects only what its scope-down statement lets through", severity=Severity.MEDIUM)
    return passed(f"{group} runs on all requests")


@check(severity=Severity.HIGH, practices=["SEC05-BP03"], aliases=["wafv2_presentation_owasp_rules_blocking"])
def wafv2_edge_core_rule_set(acl: WebAcl, use: AclUse, *, equivalents: tuple[str, ...] = ()) -> Verdict:
    """Edge web ACLs run the AWS core rule set.

    Why: path traversal, file inclusion, cross-site scripting and oversized requests go through to the origin.
    Fix: add AWSManagedRulesCommonRuleSet without a scope-down statement; a group of another vendor that does the same
        may be named in equivalents as Vendor/Group.
    """
    return _group(acl, use, "AWSManagedRulesCommonRuleSet", Severity.HIGH, equivalents=equivalents)


@check(severity=Severity.HIGH, practices=["SEC05-BP03"])
def wafv2_edge_known_bad_inputs(acl: WebAcl, use: AclUse) -> Verdict:
    """Edge web ACLs run the known bad inputs rule group.

    Why: probes for Log4j, Spring and similar holes are sent to every public name within hours of their discovery.
    Fix: add AWSManagedRulesKnownBadInputsRuleSet without a scope-down statement.
    """
    return _group(acl, use, "AWSManagedRulesKnownBadInputsRuleSet", Severity.HIGH)


@check(severity=Severity.LOW, practices=["SEC05-BP03"])
def wafv2_edge_ip_reputation(acl: WebAcl, use: AclUse) -> Verdict:
    """Edge web ACLs use the Amazon IP reputation list.

    Why: addresses that Amazon knows as bots and DDoS sources are let in like any other viewer.
    Fix: add AWSManagedRulesAmazonIpReputationList, and AWSManagedRulesAnonymousIpList where viewers do not come
        through VPNs or hosting providers.
    """
    if not use.of(acl):
        return _UNUSED
    if not acl.running("AWSManagedRulesAmazonIpReputationList"):
        return failed("it does not run AWSManagedRulesAmazonIpReputationList", severity=Severity.MEDIUM)
    if not acl.running("AWSManagedRulesAnonymousIpList"):
        return failed("it does not run AWSManagedRulesAnonymousIpList", severity=Severity.INFORMATIONAL)
    return passed("it runs both IP lists of Amazon")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03", "COST09-BP02"])
def wafv2_edge_bot_control(acl: WebAcl, use: AclUse, tags: Tags) -> Verdict:
    """Edge web ACLs run Bot Control.

    Why: scrapers and scanners use up capacity that real viewers pay for, and nobody sees how much.
    Fix: add AWSManagedRulesBotControlRuleSet, scoped down to pages; for the targeted level, name the token domains.
    """
    if tags.get("edge") == "machine-clients":
        return not_applicable("it is tagged edge: machine-clients")
    if not use.of(acl):
        return _UNUSED
    groups = [one.managed for one in acl.running("AWSManagedRulesBotControlRuleSet") if one.managed]
    if not groups:
        return failed("it does not run AWSManagedRulesBotControlRuleSet")
    targeted = [one for one in groups if "TARGETED" in one.inspection_levels and not one.is_scoped_down]
    if targeted and not acl.token_domains:
        reason = (
            "Bot Control is TARGETED without token domains or a scope-down statement, and so is paid on every asset"
        )
        return failed(reason, severity=Severity.LOW)
    return passed("it runs Bot Control")


_XSS = (
    "CrossSiteScripting_COOKIE",
    "CrossSiteScripting_QUERYARGUMENTS",
    "CrossSiteScripting_BODY",
    "CrossSiteScripting_URIPATH",
)


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03"])
def wafv2_edge_cross_site_scripting(acl: WebAcl, use: AclUse, own: Every[OwnRuleGroups]) -> Verdict:
    """Edge web ACLs block cross-site scripting.

    Why: a script in a link or form then runs in other viewers' sessions. AWS has no rule group of that name: the rules
        are four of the core rule set.
    Fix: run AWSManagedRulesCommonRuleSet with its four CrossSiteScripting rules blocking, or a rule of your own with
        an XssMatchStatement and the action Block.
    """
    if not use.of(acl):
        return _UNUSED
    reasons = [_disarmed(one, _XSS) for one in acl.running("AWSManagedRulesCommonRuleSet")]
    if reasons and not all(reasons):
        return passed("the core rule set blocks cross-site scripting")
    if _blocks(acl, own, "XssMatchStatement"):
        return passed("a rule of its own blocks cross-site scripting")
    missing = "it runs neither AWSManagedRulesCommonRuleSet nor a blocking XssMatchStatement"
    return failed(reasons[0] if reasons else missing)


def _blocks(acl: WebAcl, own: Every[OwnRuleGroups], statement: str) -> bool:
    """Whether a rule of its own, or in one of its own rule groups, blocks by a statement."""
    if any(one.blocks(statement) for one in acl.rules):
        return True
    return any(rule.blocks(statement) for group in own.of(acl) for rule in group.rules)


def _disarmed(rule: WebAclRule, names: Sequence[str]) -> str:
    """Why a rule group does not block what the named rules look for; empty where it does."""
    if rule.group_only_counts:
        return f"its rule {rule.rule} only counts"
    off = [name for group in rule.groups for name in group.disarmed_rules if name in names]
    return f"{', '.join(off)} of its rule {rule.rule} does not block" if off else ""


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03"])
def wafv2_edge_sql_injection(acl: WebAcl, use: AclUse, own: Every[OwnRuleGroups]) -> Verdict:
    """Edge web ACLs block SQL injection.

    Why: one query that is put together from text is enough to read or change the whole database.
    Fix: run AWSManagedRulesSQLiRuleSet, or a rule of your own with a SqliMatchStatement and the action Block.
    """
    protected = use.of(acl)
    if not protected:
        return _UNUSED
    if protected.is_static:
        return not_applicable("the distributions that use it serve static objects only")
    rules = acl.running("AWSManagedRulesSQLiRuleSet")
    if any(not one.group_only_counts for one in rules):
        return passed("it runs AWSManagedRulesSQLiRuleSet")
    if _blocks(acl, own, "SqliMatchStatement"):
        return passed("a rule of its own blocks SQL injection")
    if rules:
        return failed("its AWSManagedRulesSQLiRuleSet only counts")
    return failed("it runs neither AWSManagedRulesSQLiRuleSet nor a blocking SqliMatchStatement")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03", "REL05-BP02"])
def wafv2_edge_layer7_ddos(
    acl: WebAcl, use: AclUse, protections: Every[ShieldProtection], *, max_limit: int = 10_000
) -> Verdict:
    """Edge web ACLs have a rate-based rule and layer 7 DDoS protection.

    Why: a flood of valid requests costs money at the edge and takes the origin down. Since 2025 a rule group detects
        such floods without a subscription to Shield Advanced.
    Fix: add a rate-based rule that blocks over max_limit requests in five minutes by IP, and
        AWSManagedRulesAntiDDoSRuleSet or the automatic response of Shield Advanced.
    """
    protected = use.of(acl)
    if not protected:
        return _UNUSED
    spoofable = [one.rule for one in acl.rules if one.rate_key == "FORWARDED_IP"]
    if spoofable:
        return failed(f"its rate-based rule {spoofable[0]} trusts a header that viewers set (FORWARDED_IP)")
    limits = any(_limits(one, max_limit) for one in acl.rules)
    anti = bool(acl.running("AWSManagedRulesAntiDDoSRuleSet")) or _responds(protected, protections)
    if limits and anti:
        return passed("it limits rates and detects floods")
    lacking = [] if limits else [f"a rate-based rule of at most {max_limit} requests in 5 minutes"]
    lacking += [] if anti else ["AWSManagedRulesAntiDDoSRuleSet or Shield's automatic response"]
    return failed(f"it lacks {' and '.join(lacking)}", severity=Severity.LOW if limits or anti else None)


def _limits(rule: WebAclRule, max_limit: int) -> bool:
    """Whether it stops a source above a rate; the limit is scaled to five minutes."""
    if rule.rate_limit is None or rule.action not in ("Block", "Captcha", "Challenge"):
        return False
    return rule.rate_limit * 300 / rule.rate_seconds <= max_limit


def _responds(protected: Guarded, protections: Every[ShieldProtection]) -> bool:
    by_resource = protections.by(_PROTECTED)
    return all(any(one.responds for one in by_resource.get(arn, ())) for arn in protected.arns)


@check(severity=Severity.HIGH, practices=["SEC05-BP03"])
def wafv2_edge_not_in_count_mode(
    rule: AclRule,
    acl: WebAcl,
    use: AclUse,
    at_edge: EdgeCounted,
    in_region: RegionalCounted,
    *,
    max_counted_rules: int = 3,
    max_count_days: int = 14,
) -> Verdict:
    """Edge rules and rule groups block and are not left in count mode.

    Why: a group that counts writes metrics while every attack goes through.
    Fix: set OverrideAction to None and remove the Count overrides once the trial of max_count_days is over.
    """
    if not use.of(acl):
        return _UNUSED
    own = next(one for one in acl.rules if one.rule == rule.rule)
    counting = _counting(own, max_counted_rules)
    if not counting:
        return passed("it is not left counting")
    counted = at_edge if acl.is_edge else in_region
    days = sum(value > 0 for value in counted.values)
    severity = Severity.HIGH if days > max_count_days else Severity.INFORMATIONAL
    return failed(f"{counting} (it counted requests on {days} of 30 days)", severity=severity, days=days)


def _counting(rule: WebAclRule, max_counted_rules: int) -> str:
    """What of a rule only counts; empty where it is armed."""
    if rule.group_only_counts:
        return "its rule group only counts"
    if rule.action == "Count":
        return "its action is Count"
    counted = [name for group in rule.groups for name in group.counted_rules]
    return f"{len(counted)} rules of its group only count" if len(counted) > max_counted_rules else ""


_IDENTIFYING = frozenset(
    {"user-agent", "referer", "host", "origin", "accept", "accept-language", "x-forwarded-for", "content-type"}
)
"""Headers that every client sends as it likes; a header of one's own may hold a secret."""
_SHORTEST_PREFIX = {4: 16, 6: 32}


@check(severity=Severity.HIGH, practices=["SEC05-BP03"])
def wafv2_edge_allow_rules_last(acl: WebAcl, use: AclUse, sets: Every[AllowedIpSets]) -> Verdict:
    """No broad allow rule runs before the managed rule groups.

    Why: Allow ends the evaluation, so that whoever fits a country, a path or a user agent is never inspected.
    Fix: give the Allow rule a higher priority number than the managed groups, or let it Count with a label that they
        are scoped down by.
    """
    if not use.of(acl):
        return _UNUSED
    rules = acl.rules
    if acl.default_action == "Allow" and not any(one.can_stop for one in rules):
        return failed(f"none of its {len(rules)} rules can block, and its default action is Allow")
    last = max((place for place, one in enumerate(rules) if one.managed), default=0)
    early = [one for one in rules[:last] if one.action == "Allow" and one.match]
    broad = [one.rule for one in early if one.match and _is_broad(one.match, _blocks_of(one.match, acl, sets))]
    if broad:
        return failed(f"its rule {', '.join(broad)} allows before {rules[last].rule} has looked", rules=broad)
    return passed("no broad Allow rule runs before its managed rule groups")


def _blocks_of(match: Match, acl: WebAcl, sets: Every[AllowedIpSets]) -> Mapping[str, tuple[str, ...]]:
    return {arn: blocks for one in sets.of(acl) for arn, blocks in one.blocks.items()} if match.ip_sets else {}


def _is_broad(match: Match, blocks: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether strangers can fit it without knowing a secret."""
    if match.kind == "And":
        return all(_is_broad(part, blocks) for part in match.parts)
    if match.kind == "Or":
        return any(_is_broad(part, blocks) for part in match.parts)
    if match.kind == "IPSetReference":
        networks = (ip_network(block, strict=False) for block in blocks.get(match.ip_set, ()))
        return any(one.prefixlen < _SHORTEST_PREFIX[one.version] for one in networks)
    if match.field:
        return match.field in _IDENTIFYING or not match.field.islower()
    return match.kind in ("Not", "GeoMatch")


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01", "SEC04-BP02", "OPS04-BP02"])
def wafv2_edge_logging(
    acl: WebAcl, use: AclUse, at_edge: Every[EdgeWebAclLogging], in_region: Every[WebAclLogging]
) -> Verdict:
    """Edge web ACLs log, keep blocked requests and redact credentials.

    Why: without the blocked requests nobody can tell an attack from a false positive; with credentials in it, the
        log is itself a prize.
    Fix: put a logging configuration with a KEEP filter on BLOCK, and redact the headers authorization and cookie.
    """
    if not use.of(acl):
        return _UNUSED
    own = _logs_of(acl, at_edge, in_region)
    if not own:
        return failed("it has no logging configuration")
    if not any(one.keeps("BLOCK") for one in own):
        return failed("its log filter drops blocked requests")
    bare = [one for one in own if not {"authorization", "cookie"} & set(one.redacted)]
    if bare:
        return failed("its log redacts neither the header authorization nor cookie", severity=Severity.LOW)
    return passed(f"blocked requests are logged to {', '.join(one.partition('/')[0] for one in own[0].destinations)}")


def _logs_of(
    acl: WebAcl, at_edge: Every[EdgeWebAclLogging], in_region: Every[WebAclLogging]
) -> Sequence[WebAclLogging]:
    """The logs of a web ACL by those of its scope."""
    return at_edge.by(_ARN).get(acl.arn, ()) if acl.is_edge else in_region.by(_ARN, acl.region).get(acl.arn, ())


@check(severity=Severity.LOW, practices=["SEC05-BP03", "OPS08-BP01"])
def wafv2_edge_rules_take_effect(
    acl: WebAcl,
    use: AclUse,
    edge_allowed: EdgeAllowed,
    edge_blocked: EdgeBlocked,
    regional_allowed: RegionalAllowed,
    regional_blocked: RegionalBlocked,
    *,
    min_requests: int = 1_000_000,
) -> Verdict:
    """Edge web ACLs are seen to block something.

    Why: public names of that volume always see scanners; none blocked means that the rules count or are scoped away.
    Fix: look for count mode, scope-down statements and early Allow rules, and turn on CloudWatch metrics.
    """
    if not use.of(acl):
        return _UNUSED
    if not acl.has_metrics:
        return failed("its CloudWatch metrics are off, so that nobody can tell")
    allowed, blocked = (edge_allowed, edge_blocked) if acl.is_edge else (regional_allowed, regional_blocked)
    if allowed.total < min_requests:
        return not_applicable(f"it let only {allowed.total:,.0f} requests through in 14 days")
    if blocked.total == 0:
        return failed(f"it let {allowed.total:,.0f} requests through in 14 days and blocked none")
    return passed(f"it blocked {blocked.total:,.0f} requests in 14 days")


_LOGINS = ("(?i)/(login|signin|sign-in|auth|session|token)",)
_SIGNUPS = ("(?i)/(signup|sign-up|register|registration)",)


@check(severity=Severity.LOW, practices=["SEC05-BP03", "SEC02-BP01"])
def wafv2_edge_fraud_control(
    acl: WebAcl,
    use: AclUse,
    origins: Origins,
    apis: Every[Api],
    methods: Every[RestMethod],
    routes: Every[HttpRoute],
    *,
    login_paths: tuple[str, ...] = _LOGINS,
    signup_paths: tuple[str, ...] = _SIGNUPS,
) -> Verdict:
    """Login and sign-up paths are covered by Fraud Control.

    Why: stolen passwords are tried, and accounts are made, by the million on every public form.
    Fix: run AWSManagedRulesATPRuleSet with the LoginPath and AWSManagedRulesACFPRuleSet with the CreationPath of the
        paths that are named, scoped down to them as they are paid by request. The paths are regular expressions.
    """
    protected = use.of(acl)
    if not protected:
        return _UNUSED
    seen = {*_behavior_paths(protected), *_api_paths(protected, origins, apis, methods, routes)}
    logins = sorted(path for path in seen if _fits(path, login_paths))
    signups = sorted(path for path in seen if _fits(path, signup_paths))
    if not logins and not signups:
        return not_applicable("no path of what it protects looks like a login or a sign-up")
    groups = [one.managed for one in acl.rules if one.managed and not one.group_only_counts]
    problems = [
        *_uncovered("AWSManagedRulesATPRuleSet", logins, [path for one in groups for path in one.login_paths]),
        *_uncovered("AWSManagedRulesACFPRuleSet", signups, [path for one in groups for path in one.creation_paths]),
    ]
    if problems:
        return failed("; ".join(problems))
    return passed(f"Fraud Control inspects {', '.join((*logins, *signups)[:3])}")


def _behavior_paths(protected: Guarded) -> Iterator[str]:
    for one in protected.distributions:
        yield from (behavior.path for behavior in one.path_behaviors)


def _api_paths(
    protected: Guarded, origins: Origins, apis: Every[Api], methods: Every[RestMethod], routes: Every[HttpRoute]
) -> Iterator[str]:
    """The paths of the REST and HTTP APIs behind its distributions, and of those whose stages it protects."""
    stages = {one.enclosing(RestApi).arn for one in protected.stages}
    for api in apis:
        behind = any(way.distribution in protected.distributions for way in origins.ways_to_api(api))
        if (behind or api.arn in stages) and isinstance(api, RestApi):
            yield from (one.path for one in methods.by(_API, api.region).get(api.id, ()))
        elif behind:
            yield from (one.path for one in routes.by(_API, api.region).get(api.id, ()))


def _fits(path: str, expressions: Iterable[str]) -> bool:
    return any(re.search(one, path) for one in expressions)


def _uncovered(group: str, paths: Sequence[str], inspected: Sequence[str]) -> Iterator[str]:
    """What a rule group leaves out; the name of a stage or a wildcard may stand around its path."""
    if paths and not inspected:
        yield f"{group} does not run, though there is {paths[0]}"
    elif paths and not any(_same(one, path) for one in inspected for path in paths):
        yield f"{group} inspects {inspected[0]}, not {paths[0]}"


def _same(inspected: str, path: str) -> bool:
    return fnmatchcase(inspected, path) or inspected.endswith(path) or path.rstrip("*").endswith(inspected)


_SOME_ADDRESSES = 65_536
"""From how many public addresses on a load balancer counts as open."""


@check(severity=Severity.HIGH, practices=["SEC05-BP01", "SEC05-BP02", "SEC05-BP03"])
def cloudfront_origin_alb_bypass(
    balancer: LoadBalancer,
    origins: Origins,
    exposure: Exposure,
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    use: AclUse,
    *,
    public_load_balancers: tuple[str, ...] = (),
) -> Verdict:
    """Load balancers behind CloudFront cannot be reached around it.

    Why: whoever finds its name attacks it directly, where the edge's WAF, Shield and sign-in do not apply.
    Fix: make it internal and a VPC origin; or admit only the prefix list com.amazonaws.global.cloudfront.origin-facing
        and forward only requests with a secret header that the distribution adds. Name those that are meant to be
        public in public_load_balancers.
    """
    if not balancer.is_active or balancer.is_gateway or balancer.load_balancer_name in public_load_balancers:
        return not_applicable("it is not active, a gateway load balancer, or meant to be public")
    if not balancer.is_internet_facing:
        private = origins.is_private_origin(balancer)
        return passed("CloudFront reaches it within its VPC") if private else not_applicable("it is internal")
    ways = origins.ways_to_balancer(balancer)
    if not ways:
        return not_applicable("no distribution has it as an origin")
    paths = exposure.of_load_balancer(balancer)
    around = (one for one in paths if one.front != CLOUDFRONT)
    world = next((one.origin for one in around if one.is_world(_SOME_ADDRESSES)), "")
    by_edge = next((one.service for one in paths if "cloudfront" in one.service), "")
    if not world and not by_edge:
        return passed("neither the internet nor CloudFront at large reaches its listeners")
    gated = _demands_header(ways, balancer, listeners, rules) or use.refuses_without(_added(ways), balancer)
    return _bypass(world, gated=gated)


def _bypass(world: str, *, gated: bool) -> Verdict:
    if world and not gated:
        return failed(f"{world} reaches it, and it demands no header that the distribution adds")
    if world:
        return failed(f"{world} reaches it; only a header of the distribution tells who asks", severity=Severity.LOW)
    if not gated:
        reason = "it admits all of CloudFront, that is the distributions of any account, and demands no secret header"
        return failed(reason, severity=Severity.MEDIUM)
    return passed("it admits CloudFront alone, and demands a header that the distribution adds")


def _added(ways: Iterable[Way]) -> frozenset[str]:
    return frozenset(header for way in ways for header in way.origin.header_names)


def _demands_header(
    ways: Iterable[Way], balancer: LoadBalancer, listeners: Every[Listener], rules: Every[ListenerRule]
) -> bool:
    """Whether all that is forwarded has a header with the value that a distribution adds."""
    added = {(one.header, one.value) for way in ways for one in way.origin.headers}
    own = listeners.of(balancer)
    if not added or not own or any(action.forwards for one in own for action in one.default_actions):
        return False
    forwarding = [rule for one in own for rule in rules.of(one) if rule.forwards]
    return bool(forwarding) and all(_is_gate(rule, added) for rule in forwarding)


def _is_gate(rule: ListenerRule, added: set[tuple[str, str]]) -> bool:
    demanded = ((one.header.lower(), one.header_values) for one in rule.conditions if one.header)
    return any((name, value) in added for name, values in demanded for value in values)


_SOURCES = ("aws:SourceIp", "aws:Referer", "aws:UserAgent", "aws:SourceVpc", "aws:SourceVpce")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02", "SEC05-BP03"])
def cloudfront_origin_api_bypass(
    api: Api, origins: Origins, stages: Every[RestStage], methods: Every[RestMethod], routes: Every[HttpRoute]
) -> Verdict:
    """APIs behind CloudFront cannot be called around its WAF.

    Why: the execute-api name answers anyone who reads it in a page or a log, without the edge's web ACL and limits.
    Fix: set DisableExecuteApiEndpoint and use a custom domain name; for a REST API put a web ACL on the stages or
        demand an API key that the distribution adds as x-api-key; for an HTTP API put an authorizer on every route.
    """
    if api.is_private:
        return not_applicable("it is private")
    ways = origins.ways_to_api(api)
    if not ways:
        return not_applicable("no distribution has it as an origin")
    if api.closes_default_endpoint:
        return passed("its execute-api endpoint is off")
    if isinstance(api, RestApi):
        return _rest_bypass(api, ways, stages.by(_API, api.region).get(api.id, ()), methods)
    open_routes = [one.key for one in routes.by(_API, api.region).get(api.id, ()) if one.authorization == "NONE"]
    if open_routes:
        return failed(f"{api.host} answers {', '.join(open_routes[:3])} to anyone, past {ways[0].distribution.id}")
    return passed("all its routes ask for authorization")


def _rest_bypass(api: RestApi, ways: Sequence[Way], stages: Sequence[RestStage], methods: Every[RestMethod]) -> Verdict:
    if stages and all(one.web_acl for one in stages):
        return passed("its stages have a web ACL")
    if api.policy and any(_names_sources(one) for one in api.policy.denying):
        return passed("its policy denies requests from elsewhere")
    own = methods.by(_API, api.region).get(api.id, ())
    if "x-api-key" in _added(ways) and own and all(one.needs_key or one.is_preflight for one in own):
        return passed("all its methods demand the API key that the distribution adds")
    bare = [one.stage for one in stages if not one.web_acl]
    named = f"stage {', '.join(bare)}" if bare else "it"
    return failed(f"{api.host} answers anyone: {named} has no web ACL, and neither policy nor API key stops strangers")


def _names_sources(statement: Statement) -> bool:
    """Whether a Deny is for all but named sources."""
    return statement.covers_action("execute-api:Invoke") and any(statement.excepted(key) for key in _SOURCES)


@check(severity=Severity.HIGH, practices=["SEC03-BP07", "SEC09-BP03"])
def cloudfront_origin_lambda_url_oac(
    url: FunctionUrl,
    function: Function,
    callers: UrlCallers,
    fronted: Fronted,
    controls: Every[OriginAccessControl],
) -> Verdict:
    """Function URLs behind CloudFront accept only signed origin requests.

    Why: the URL is public: without AWS_IAM anyone invokes the function past the edge's WAF and cache.
    Fix: set AuthType AWS_IAM, give the origin an origin access control of type lambda that always signs, and let
        cloudfront.amazonaws.com invoke the URL with AWS:SourceArn of the distribution only.
    """
    ways = fronted.ways_to(_host(url.url))
    if not ways:
        return not_applicable("no distribution has it as an origin")
    if url.is_unauthenticated:
        return failed("its AuthType is NONE: it answers anyone who knows it")
    by_id = controls.by(_ID)
    for way in ways:
        if not any(one.protects("lambda") for one in by_id.get(way.origin.access_control, ())):
            return failed(f"{way.distribution.id} has no origin access control that always signs for it")
    allowing = (one for policy in callers.policies_of(url, function) for one in policy.allowing)
    admitting = [one for one in allowing if _admits_cloudfront(one)]
    if any(not _is_of_distribution(one) for one in admitting):
        return failed("its policy lets the distributions of any account invoke it", severity=Severity.MEDIUM)
    return passed(f"{ways[0].distribution.id} signs its requests, and it takes no others")


def _host(url: str) -> str:
    return url.partition("://")[2].rstrip("/")


def _admits_cloudfront(statement: Statement) -> bool:
    service = "cloudfront.amazonaws.com" in statement.principals.get("Service", ())
    return service and statement.covers_action("lambda:InvokeFunctionUrl")


def _is_of_distribution(statement: Statement) -> bool:
    return any(":distribution/" in value for values in statement.required("AWS:SourceArn") for value in values)


_YEARLY_FEE_USD = 36_000
_NO_SHIELD = not_applicable("it has no Shield Advanced subscription")


@check(severity=Severity.INFORMATIONAL, practices=["SEC05-BP04", "COST05-BP03", "REL11-BP07"])
def shield_advanced_justified(
    _account: Account,
    state: ShieldState,
    protections: Every[ShieldProtection],
    attacks: ShieldAttacks,
    *,
    downtime_cost_per_hour: float = 0,
    expected_ddos_hours_per_year: float = 0,
) -> Verdict:
    """Shield Advanced is bought where downtime costs more than it.

    Why: it costs USD 36,000 a year: wasted where it protects nothing, cheap where an hour offline costs more.
    Fix: subscribe, add protections, or let the subscription end; set downtime_cost_per_hour in USD and
        expected_ddos_hours_per_year in the profile to have the sum done.
    """
    risk = downtime_cost_per_hour * expected_ddos_hours_per_year
    if state.is_active and not protections:
        return failed("Shield Advanced is paid for and protects nothing", severity=Severity.HIGH)
    if risk and state.is_active != (risk >= _YEARLY_FEE_USD):
        severity = Severity.INFORMATIONAL if state.is_active else Severity.MEDIUM
        owned = "active" if state.is_active else "not active"
        return failed(f"Shield Advanced is {owned} while attacks may cost {risk:,.0f} USD a year", severity=severity)
    if not risk and not state.is_active and attacks.total:
        return failed(f"{attacks.total} attacks were seen in a year and Shield Advanced is not active")
    return passed(f"Shield Advanced is {state.state}, and nothing speaks against that")


@check(severity=Severity.HIGH, practices=["SEC05-BP04", "SEC10-BP01"])
def shield_advanced_covers_edge(
    account: Account,
    state: ShieldState,
    protections: Every[ShieldProtection],
    distributions: Every[Distribution],
    zones: Every[HostedZone],
    balancers: Every[LoadBalancer],
    addresses: Every[ElasticIp],
    accelerators: Every[Accelerator],
) -> Verdict:
    """A Shield Advanced account protects all its public entry points.

    Why: an entry without a protection gets neither mitigation, cost protection nor help from the response team.
    Fix: create a protection for each resource that is named (shield:CreateProtection), or let Firewall Manager do it.
    """
    if not state.is_active:
        return _NO_SHIELD
    covered = {one.resource for one in protections}
    edge = [one.arn for one in distributions if one.serves]
    edge += [one.arn for one in zones if not one.is_private]
    inner = [one.arn for one in balancers if one.is_application and one.is_internet_facing]
    inner += [_allocation(one, account) for one in addresses if one.is_associated and not one.service_managed]
    inner += [one.arn for one in accelerators if one.enabled]
    bare_edge, bare_inner = [arn for arn in edge if arn not in covered], [arn for arn in inner if arn not in covered]
    if not bare_edge and not bare_inner:
        return passed(f"all {len(edge) + len(inner)} public entry points have a protection")
    bare = [*bare_edge, *bare_inner]
    named = ", ".join(arn.rpartition(":")[2] for arn in bare[:3])
    severity = Severity.HIGH if bare_edge else Severity.MEDIUM
    return failed(f"{len(bare)} public entry points have none: {named}", severity=severity, unprotected=bare)


def _allocation(address: ElasticIp, account: Account) -> str:
    """How Shield names an Elastic IP."""
    return f"arn:{account.partition}:ec2:{address.region}:{account.id}:eip-allocation/{address.allocation_id}"


@check(severity=Severity.MEDIUM, practices=["SEC10-BP01", "SEC10-BP05", "SEC10-BP06"])
def shield_advanced_response_ready(
    account: Account,
    state: ShieldState,
    subscription: ShieldSubscription | None,
    protections: Every[ShieldProtection],
    contacts: ShieldContacts | None,
    team: ShieldResponseTeam | None,
    *,
    min_days_left: int = 60,
) -> Verdict:
    """Shield Advanced can respond without waiting for people.

    Why: during an attack there is no time to look for a phone number or to grant a role.
    Fix: turn on automatic application layer response in block mode and health-based detection for every protection,
        proactive engagement, emergency contacts, the response team's role, and renewal.
    """
    if not state.is_active or subscription is None:
        return _NO_SHIELD
    problems = [problem for one in protections for problem in _slow(one)]
    if subscription.proactive_engagement != "ENABLED":
        problems.append(f"proactive engagement is {subscription.proactive_engagement}")
    if contacts is None or not contacts.emails:
        problems.append("there is no emergency contact")
    if team is None or not team.role:
        problems.append("the response team has no role")
    left = subscription.ends - account.now if subscription.ends else None
    if subscription.renews == "DISABLED" and left is not None and left < timedelta(days=min_days_left):
        problems.append(f"the subscription ends in {left.days} days without renewal")
    if not problems:
        return passed("protections respond, and the response team can be reached and may act")
    return failed("; ".join(problems[:5]), problems=problems)


def _slow(protection: ShieldProtection) -> Iterator[str]:
    name = protection.resource.rpartition(":")[2]
    if (
        ":cloudfront:" in protection.resource or ":loadbalancer/app/" in protection.resource
    ) and not protection.responds:
        yield f"{name} has no automatic response that blocks"
    if not protection.health_checks:
        yield f"{name} has no health check for detection"
