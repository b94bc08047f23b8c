"""DDoS protection and bot management."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.cloudfront import Distribution, DistributionTenant
from auditor.evidence.ec2_network import ElasticIp
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.globalaccelerator import Accelerator
from auditor.evidence.route53 import HostedZone
from auditor.evidence.shield import (
    ShieldAttacks,
    ShieldContacts,
    ShieldProtection,
    ShieldResponseTeam,
    ShieldState,
    ShieldSubscription,
)
from auditor.evidence.wafv2 import EdgeWebAclLogging, WebAcl, WebAclRule
from auditor.inference.edge import Edge
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check

HOME = "us-east-1"
"""Where CloudWatch keeps the metrics of web ACLs for CloudFront."""

Counted = Annotated[
    Metric,
    metric("AWS/WAFV2", "CountedRequests", "Sum", days=30, region=HOME, WebACL="metric_name", Rule="=ALL"),
]
Allowed = Annotated[
    Metric,
    metric("AWS/WAFV2", "AllowedRequests", "Sum", days=14, region=HOME, WebACL="metric_name", Rule="=ALL"),
]
Blocked = Annotated[
    Metric,
    metric("AWS/WAFV2", "BlockedRequests", "Sum", days=14, region=HOME, WebACL="metric_name", Rule="=ALL"),
]

_UNUSED = not_applicable("no serving distribution uses it")
_DISTRIBUTION = attrgetter("distribution")
_PROTECTED = attrgetter("resource")
_ARN = attrgetter("arn")


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
        return passed(f"it uses the web ACL {distribution.web_acl.split('/')[-2]}")
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


def _group(acl: WebAcl, edge: Edge, group: str, missing: Severity, *, equivalents: Sequence[str] = ()) -> Verdict:
    """Whether an edge web ACL runs a rule group managed by AWS on all requests."""
    if not edge.behind_acl(acl.arn):
        return _UNUSED
    other = [f"{one.managed.vendor}/{one.managed.group}" for one in acl.rules if one.managed]
    if any(name in equivalents for name in other):
        return passed(f"it runs {', '.join(name for name in other if name in equivalents)} instead of {group}")
    rules = acl.running(group)
    if not rules:
        return failed(f"none of its {len(acl.rules)} rules runs {group}", severity=missing)
    if all(one.managed and one.managed.is_scoped_down for one in rules):
        return failed(f"{group} inspects only what its scope-down statement lets through", severity=Severity.MEDIUM)
    return passed(f"{group} runs on all requests")


@check(severity=Severity.HIGH, practices=["SEC05-BP03"])
def wafv2_edge_core_rule_set(acl: WebAcl, edge: Edge, *, equivalents: tuple[str, ...] = ()) -> Verdict:
    """Edge web ACLs run the AWS core rule set.

    Why: path traversal, file inclusion, cross-site scripting and oversized requests go through to the origin.
    Fix: add AWSManagedRulesCommonRuleSet without a scope-down statement; a group of another vendor that does the same
        may be named in equivalents as Vendor/Group.
    """
    return _group(acl, edge, "AWSManagedRulesCommonRuleSet", Severity.HIGH, equivalents=equivalents)


@check(severity=Severity.HIGH, practices=["SEC05-BP03"])
def wafv2_edge_known_bad_inputs(acl: WebAcl, edge: Edge) -> Verdict:
    """Edge web ACLs run the known bad inputs rule group.

    Why: probes for Log4j, Spring and similar holes are sent to every public name within hours of their discovery.
    Fix: add AWSManagedRulesKnownBadInputsRuleSet without a scope-down statement.
    """
    return _group(acl, edge, "AWSManagedRulesKnownBadInputsRuleSet", Severity.HIGH)


@check(severity=Severity.LOW, practices=["SEC05-BP03"])
def wafv2_edge_ip_reputation(acl: WebAcl, edge: Edge) -> Verdict:
    """Edge web ACLs use the Amazon IP reputation list.

    Why: addresses that Amazon knows as bots and DDoS sources are let in like any other viewer.
    Fix: add AWSManagedRulesAmazonIpReputationList, and AWSManagedRulesAnonymousIpList where viewers do not come
        through VPNs or hosting providers.
    """
    if not edge.behind_acl(acl.arn):
        return _UNUSED
    if not acl.running("AWSManagedRulesAmazonIpReputationList"):
        return failed("it does not run AWSManagedRulesAmazonIpReputationList", severity=Severity.MEDIUM)
    if not acl.running("AWSManagedRulesAnonymousIpList"):
        return failed("it does not run AWSManagedRulesAnonymousIpList", severity=Severity.INFORMATIONAL)
    return passed("it runs both IP lists of Amazon")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03", "COST09-BP02"])
def wafv2_edge_bot_control(acl: WebAcl, edge: Edge, tags: Tags) -> Verdict:
    """Edge web ACLs run Bot Control.

    Why: scrapers and scanners use up capacity that real viewers pay for, and nobody sees how much.
    Fix: add AWSManagedRulesBotControlRuleSet, scoped down to pages; for the targeted level, name the token domains.
    """
    if tags.get("edge") == "machine-clients":
        return not_applicable("it is tagged edge: machine-clients")
    if not edge.behind_acl(acl.arn):
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
def wafv2_edge_cross_site_scripting(acl: WebAcl, edge: Edge) -> Verdict:
    """Edge web ACLs block cross-site scripting.

    Why: a script in a link or form then runs in other viewers' sessions.
    Fix: run AWSManagedRulesCommonRuleSet with its four CrossSiteScripting rules blocking, or a rule of your own with
        an XssMatchStatement and the action Block.
    """
    if not edge.behind_acl(acl.arn):
        return _UNUSED
    if _blocks(acl, "XssMatchStatement"):
        return passed("a rule of its own blocks cross-site scripting")
    rules = acl.running("AWSManagedRulesCommonRuleSet")
    if not rules:
        return failed("it runs neither AWSManagedRulesCommonRuleSet nor a blocking XssMatchStatement")
    reasons = [_disarmed(one, _XSS) for one in rules]
    return failed(reasons[0]) if all(reasons) else passed("the core rule set blocks cross-site scripting")


def _blocks(acl: WebAcl, statement: str) -> bool:
    return any(one.action == "Block" and statement in one.statement_kinds for one in acl.rules)


def _disarmed(rule: WebAclRule, names: Sequence[str]) -> str:
    """Why a rule group does not block what the named rules look for; empty where it does."""
    if rule.group_only_counts:
        return f"its rule {rule.rule} only counts"
    off = [name for group in rule.groups for name in group.disarmed_rules if name in names]
    return f"{', '.join(off)} of its rule {rule.rule} does not block" if off else ""


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03"])
def wafv2_edge_sql_injection(acl: WebAcl, edge: Edge) -> Verdict:
    """Edge web ACLs block SQL injection.

    Why: one query that is put together from text is enough to read or change the whole database.
    Fix: run AWSManagedRulesSQLiRuleSet, or a rule of your own with a SqliMatchStatement and the action Block.
    """
    protected = edge.behind_acl(acl.arn)
    if not protected:
        return _UNUSED
    if {origin.kind for one in protected for origin in one.origins} <= {"s3", "s3_website", "media"}:
        return not_applicable("the distributions that use it serve static objects only")
    if acl.running("AWSManagedRulesSQLiRuleSet"):
        return passed("it runs AWSManagedRulesSQLiRuleSet")
    if _blocks(acl, "SqliMatchStatement"):
        return passed("a rule of its own blocks SQL injection")
    own = [one.rule for one in acl.rules if one.own_group]
    if own:
        return unknown(f"what the rule group of {', '.join(own)} inspects is not read")
    return failed("it runs neither AWSManagedRulesSQLiRuleSet nor a blocking SqliMatchStatement")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03", "REL05-BP02"])
def wafv2_edge_layer7_ddos(
    acl: WebAcl, edge: Edge, protections: Every[ShieldProtection], *, max_limit: int = 10_000
) -> Verdict:
    """Edge web ACLs have a rate-based rule and layer 7 DDoS protection.

    Why: a flood of valid requests costs money at the edge and takes the origin down.
    Fix: add a rate-based rule that blocks over max_limit requests in five minutes by IP, and
        AWSManagedRulesAntiDDoSRuleSet or the automatic response of Shield Advanced.
    """
    protected = edge.behind_acl(acl.arn)
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


def _responds(distributions: Sequence[Distribution], protections: Every[ShieldProtection]) -> bool:
    by_resource = protections.by(_PROTECTED)
    return all(any(one.responds for one in by_resource.get(each.arn, ())) for each in distributions)


@check(severity=Severity.HIGH, practices=["SEC05-BP03"])
def wafv2_edge_not_in_count_mode(
    acl: WebAcl, edge: Edge, counted: Counted, *, max_counted_rules: int = 3, max_count_days: int = 14
) -> Verdict:
    """Edge rule groups block and are not left in count mode.

    Why: a group that counts writes metrics while every attack goes through.
    Fix: set OverrideAction to None and remove the Count overrides once the trial of max_count_days is over.
    """
    if not edge.behind_acl(acl.arn):
        return _UNUSED
    counting = [reason for rule in acl.rules for reason in _counting(rule, max_counted_rules)]
    if not counting:
        return passed(f"none of its {len(acl.rules)} rules is left counting")
    days = sum(value > 0 for value in counted.values)
    severity = Severity.HIGH if days > max_count_days else Severity.INFORMATIONAL
    return failed(f"{'; '.join(counting)} (requests were counted on {days} of 30 days)", severity=severity, days=days)


def _counting(rule: WebAclRule, max_counted_rules: int) -> Iterator[str]:
    if rule.group_only_counts:
        yield f"the group of {rule.rule} only counts"
    if rule.action == "Count":
        yield f"{rule.rule} only counts"
    for group in rule.groups:
        if len(group.counted_rules) > max_counted_rules:
            yield f"{len(group.counted_rules)} rules of {rule.rule} only count"


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01", "SEC04-BP02", "OPS04-BP02"])
def wafv2_edge_logging(acl: WebAcl, edge: Edge, logs: Every[EdgeWebAclLogging]) -> Verdict:
    """Edge web ACLs log, keep blocked requests and redact credentials.

    Why: without the blocked requests nobody can tell an attack from a false positive; with credentials in it, the
        log is itself a prize.
    Fix: put a logging configuration with a KEEP filter on BLOCK, and redact the headers authorization and cookie.
    """
    if not edge.behind_acl(acl.arn):
        return _UNUSED
    own = logs.by(_ARN).get(acl.arn, ())
    if not own:
        return failed("it has no logging configuration")
    if not any(one.keeps("BLOCK") for one in own):
        return failed("its log filter drops blocked requests")
    bare = [one for one in own if not {"authorization", "cookie"} & set(one.redacted)]
    if bare:
        return failed("its log redacts neither the header authorization nor cookie", severity=Severity.LOW)
    return passed(f"blocked requests are logged to {', '.join(one.partition('/')[0] for one in own[0].destinations)}")


@check(severity=Severity.LOW, practices=["SEC05-BP03", "OPS08-BP01"])
def wafv2_edge_rules_take_effect(
    acl: WebAcl, edge: Edge, allowed: Allowed, blocked: Blocked, *, min_requests: int = 1_000_000
) -> Verdict:
    """Edge web ACLs are seen to block something.

    Why: public names of that volume always see scanners; none blocked means that the rules count or are scoped away.
    Fix: look for count mode, scope-down statements and early Allow rules, and turn on CloudWatch metrics.
    """
    if not edge.behind_acl(acl.arn):
        return _UNUSED
    if not acl.has_metrics:
        return failed("its CloudWatch metrics are off, so that nobody can tell")
    if allowed.total < min_requests:
        return not_applicable(f"it let only {allowed.total:,.0f} requests through in 14 days")
    if blocked.total == 0:
        return failed(f"it let {allowed.total:,.0f} requests through in 14 days and blocked none")
    return passed(f"it blocked {blocked.total:,.0f} requests in 14 days")


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
