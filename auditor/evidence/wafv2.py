"""AWS WAF: web ACLs of both scopes with their rules, their logs and the load balancers that they protect."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Account, Region
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, listed

MANAGED_BY_AWS = "AWS"


def _only_key(raw: Mapping[str, Any]) -> str | None:
    return next(iter(raw), None)


def _counts(raw: Mapping[str, Any]) -> bool:
    return "Count" in raw


def _present(_raw: Any) -> bool:
    return True


def _kinds(raw: Any) -> tuple[str, ...]:
    return tuple(sorted(set(_statements(raw))))


def _statements(raw: Any) -> Iterator[str]:
    """The names of the statements in a statement, however deep."""
    if isinstance(raw, Mapping):
        for name, value in raw.items():
            if name.endswith("Statement") and name not in ("Statement", "ScopeDownStatement"):
                yield name
            yield from _statements(value)
    elif isinstance(raw, (list, tuple)):
        for item in raw:
            yield from _statements(item)


def _header(field: Mapping[str, Any]) -> str:
    return str(field.get("SingleHeader", {}).get("Name", "")).lower() or str(_only_key(field))


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule looks for in a request: one statement, or several that are joined."""

    kind: str
    """AWS's name without its end: `ByteMatch`, `IPSetReference`, ..., or `And`, `Or`, `Not` of its parts."""
    parts: tuple[Match, ...] = ()
    field: str = ""
    """The name of a header in lower case, or another part such as `UriPath`; empty where none is inspected."""
    ip_set: str = ""
    """The ARN of the IP set."""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Match | None:
        """From a statement of AWS's answer; None where it is empty."""
        name = _only_key(raw)
        if name is None:
            return None
        body = raw[name]
        inner = body.get("Statements") or ([body["Statement"]] if "Statement" in body else [])
        parts = tuple(part for part in map(cls.read, inner) if part)
        kind = name.removesuffix("Statement")
        field = _header(body["FieldToMatch"]) if "FieldToMatch" in body else ""
        return cls(kind, parts, field, body.get("ARN", "") if kind == "IPSetReference" else "")

    def surely_fits(self, missing: Collection[str]) -> bool:
        """Whether every request fits that lacks some headers (or has other values in them)."""
        if self.kind == "Not":
            return not any(part.may_fit(missing) for part in self.parts)
        if self.kind == "And":
            return all(part.surely_fits(missing) for part in self.parts)
        return self.kind == "Or" and any(part.surely_fits(missing) for part in self.parts)

    def may_fit(self, missing: Collection[str]) -> bool:
        """Whether a request can fit that lacks some headers."""
        if self.kind == "Not":
            return not any(part.surely_fits(missing) for part in self.parts)
        if self.kind == "And":
            return all(part.may_fit(missing) for part in self.parts)
        if self.kind == "Or":
            return any(part.may_fit(missing) for part in self.parts)
        return self.field not in missing

    @property
    def ip_sets(self) -> tuple[str, ...]:
        """The ARNs of all IP sets in it."""
        inner = tuple(arn for part in self.parts for arn in part.ip_sets)
        return (self.ip_set, *inner) if self.ip_set else inner


@evidence
class RuleOverride(Evidence):
    """Another action for one rule of a rule group."""

    rule: str = at("Name")
    action: str | None = at("ActionToUse", parse=_only_key)


@evidence
class RuleGroup(Evidence):
    """A rule group as a web ACL uses it: a managed one has a vendor and a name, an own one an ARN."""

    vendor: str | None = at("VendorName")
    group: str | None = at("Name")
    own_arn: str | None = at("ARN")
    is_scoped_down: bool = at("ScopeDownStatement", absent=False, parse=_present)
    overrides: tuple[RuleOverride, ...] = at("RuleActionOverrides")
    excluded: tuple[str, ...] = at("ExcludedRules[].Name")
    inspection_levels: tuple[str, ...] = at(
        "ManagedRuleGroupConfigs[].AWSManagedRulesBotControlRuleSet.InspectionLevel"
    )
    login_paths: tuple[str, ...] = at("ManagedRuleGroupConfigs[].AWSManagedRulesATPRuleSet.LoginPath")
    creation_paths: tuple[str, ...] = at("ManagedRuleGroupConfigs[].AWSManagedRulesACFPRuleSet.CreationPath")

    @property
    def counted_rules(self) -> tuple[str, ...]:
        """The rules of the group that only count; an excluded rule counts as well."""
        return (*(one.rule for one in self.overrides if one.action == "Count"), *self.excluded)

    @property
    def disarmed_rules(self) -> tuple[str, ...]:
        """The rules of the group that only count or that let pass."""
        return (*(one.rule for one in self.overrides if one.action in ("Count", "Allow")), *self.excluded)


@evidence
class WebAclRule(Evidence):
    """One rule: an own one has an action, one that runs a rule group may override the group's actions."""

    rule: str = at("Name")
    priority: int = at("Priority")
    action: str | None = at("Action", parse=_only_key)
    """`Block`, `Allow`, `Count`, `Captcha` or `Challenge`; None where the rule runs a rule group."""
    group_only_counts: bool = at("OverrideAction", absent=False, parse=_counts)
    statement_kinds: tuple[str, ...] = at("Statement", absent=(), parse=_kinds)
    """The names of all statements in it, such as `SqliMatchStatement`."""
    match: Match | None = at("Statement", parse=Match.read)
    """None for a rule group of Firewall Manager."""
    managed: RuleGroup | None = at("Statement.ManagedRuleGroupStatement")
    own_group: RuleGroup | None = at("Statement.RuleGroupReferenceStatement")
    rate_limit: int | None = at("Statement.RateBasedStatement.Limit")
    rate_seconds: int = at("Statement.RateBasedStatement.EvaluationWindowSec", absent=300)
    rate_key: str | None = at("Statement.RateBasedStatement.AggregateKeyType")
    metric_name: str = at("VisibilityConfig.MetricName")

    @property
    def groups(self) -> tuple[RuleGroup, ...]:
        """The rule group that it runs, if it runs one."""
        return tuple(one for one in (self.managed, self.own_group) if one is not None)

    @property
    def can_stop(self) -> bool:
        """Whether it can end a request: it blocks, asks for a proof, or runs a group that does not only count."""
        return self.action in ("Block", "Captcha", "Challenge") or (bool(self.groups) and not self.group_only_counts)

    def blocks(self, statement: str) -> bool:
        """Whether it blocks by a statement such as `SqliMatchStatement`."""
        return self.action == "Block" and statement in self.statement_kinds


@evidence
class FirewallManagerRule(WebAclRule):
    """A rule group that Firewall Manager put before or behind the rules of the account."""

    managed: RuleGroup | None = at("FirewallManagerStatement.ManagedRuleGroupStatement")
    own_group: RuleGroup | None = at("FirewallManagerStatement.RuleGroupReferenceStatement")


def _scope(arn: str) -> str:
    return "CLOUDFRONT" if ":global/" in arn else "REGIONAL"


@evidence
class WebAclEntry(Resource):
    """A web ACL as a listing names it."""

    type_name: ClassVar = "AWS::WAFv2::WebACL"
    name_format: ClassVar = "{acl_name}"
    arn: str = at("ARN")
    id: str = at("Id")
    acl_name: str = at("Name")
    scope: str = at("ARN", parse=_scope)


regional_web_acls = listed(WebAclEntry, call("wafv2", "ListWebACLs", Scope="REGIONAL"), "WebACLs[]", of=Region)
edge_web_acls = listed(WebAclEntry, call("wafv2", "ListWebACLs", Scope="CLOUDFRONT"), "WebACLs[]", of=Account)


@evidence
class WebAcl(Resource):
    """A web ACL with its rules."""

    type_name: ClassVar = "AWS::WAFv2::WebACL"
    name_format: ClassVar = "{acl_name}"
    arn: str = at("ARN")
    id: str = at("Id")
    acl_name: str = at("Name")
    scope: str = at("ARN", parse=_scope)
    """`CLOUDFRONT` or `REGIONAL`."""
    default_action: str = at("DefaultAction", parse=_only_key)
    """`Allow` or `Block`: what happens to a request that no rule decides."""
    own_rules: tuple[WebAclRule, ...] = at("Rules")
    first_rules: tuple[FirewallManagerRule, ...] = at("PreProcessFirewallManagerRuleGroups")
    last_rules: tuple[FirewallManagerRule, ...] = at("PostProcessFirewallManagerRuleGroups")
    metric_name: str = at("VisibilityConfig.MetricName")
    has_metrics: bool = at("VisibilityConfig.CloudWatchMetricsEnabled")
    token_domains: tuple[str, ...] = at("TokenDomains")

    @property
    def is_edge(self) -> bool:
        """Whether it is for CloudFront."""
        return self.scope == "CLOUDFRONT"

    @property
    def rules(self) -> tuple[WebAclRule, ...]:
        """All rules in the order in which they run, with those of Firewall Manager."""
        return tuple(
            one
            for part in (self.first_rules, self.own_rules, self.last_rules)
            for one in sorted(part, key=lambda rule: rule.priority)
        )

    def running(self, group: str) -> tuple[WebAclRule, ...]:
        """The rules that run a rule group managed by AWS, by its name."""
        return tuple(
            one
            for one in self.rules
            if one.managed and one.managed.group == group and one.managed.vendor == MANAGED_BY_AWS
        )

    def refuses_without(self, headers: Collection[str]) -> bool:
        """Whether no request gets through that lacks headers (names in lower case); rule groups are left out of it."""
        for rule in self.rules:
            if rule.match is None or rule.groups:
                continue
            if rule.action == "Block" and rule.match.surely_fits(headers):
                return True
            if rule.action == "Allow" and rule.match.may_fit(headers):
                return False
        return self.default_action == "Block"


@collector(call("wafv2", "GetWebACL"))
def web_acls(aws: Aws, entry: WebAclEntry) -> Iterable[WebAcl]:
    """The web ACL with its rules, asked by name, id and scope."""
    answer = aws("GetWebACL", Name=entry.acl_name, Id=entry.id, Scope=entry.scope)
    yield aws.parse(WebAcl, answer["WebACL"])


@evidence
class AclRule(Resource):
    """A rule of a web ACL as something that has metrics; it has no ARN of AWS's, so the web ACL's is lengthened."""

    type_name: ClassVar = "AWS::WAFv2::WebACL"
    name_format: ClassVar = "{acl_name}/{rule}"
    arn_format: ClassVar = "{acl}/rule/{rule}"
    acl: str = parent("arn")
    acl_name: str = parent("acl_name")
    acl_metric: str = parent("metric_name")
    rule: str = at("Name")
    metric_name: str = at("VisibilityConfig.MetricName")


@collector(call("wafv2", "GetWebACL"))
def acl_rules(aws: Aws, acl: WebAcl) -> Iterable[AclRule]:
    """The rules of a web ACL that was read: no call is made."""
    for one in acl.rules:
        yield aws.parse(AclRule, {"Name": one.rule, "VisibilityConfig": {"MetricName": one.metric_name}})


@dataclass(frozen=True, slots=True)
class OwnRuleGroups:
    """The rules in the rule groups that a web ACL runs beside those of vendors."""

    rules: tuple[WebAclRule, ...]


@collector(call("wafv2", "GetRuleGroup"))
def own_rule_groups(aws: Aws, acl: WebAcl) -> OwnRuleGroups:
    """The groups that block; one that only counts decides nothing and is not asked about."""
    groups = (one.own_group for one in acl.rules if not one.group_only_counts)
    arns = dict.fromkeys(group.own_arn for group in groups if group and group.own_arn)
    answers = [aws("GetRuleGroup", **_named(arn, aws.account)) for arn in arns]
    rules = (raw for answer in answers for raw in answer["RuleGroup"].get("Rules", ()))
    return OwnRuleGroups(tuple(aws.parse(WebAclRule, raw) for raw in rules))


@dataclass(frozen=True, slots=True)
class AllowedIpSets:
    """The blocks of the IP sets that a web ACL's Allow rules name, by ARN."""

    blocks: Mapping[str, tuple[str, ...]]


@collector(call("wafv2", "GetIPSet"))
def allowed_ip_sets(aws: Aws, acl: WebAcl) -> AllowedIpSets:
    """Asked only of sets that an Allow rule names."""
    allowing = (one.match for one in acl.rules if one.action == "Allow" and one.match)
    arns = dict.fromkeys(arn for match in allowing for arn in match.ip_sets)
    answers = {arn: aws("GetIPSet", **_by_name(arn)) for arn in arns}
    return AllowedIpSets({arn: tuple(answer["IPSet"].get("Addresses", ())) for arn, answer in answers.items()})


def _named(arn: str, account: str) -> dict[str, str]:
    """How a rule group is asked for: another account's (shared by Firewall Manager) by its ARN."""
    return _by_name(arn) if f":{account}:" in arn else {"ARN": arn}


def _by_name(arn: str) -> dict[str, str]:
    """Name, id and scope in `arn:aws:wafv2:REGION:ACCOUNT:global/ipset/NAME/ID`."""
    *_, name, identifier = arn.split("/")
    return {"Name": name, "Id": identifier, "Scope": _scope(arn)}


@evidence
class LogFilter(Evidence):
    """Which requests of a web ACL are kept or dropped from its log."""

    behavior: str = at("Behavior")
    """`KEEP` or `DROP`."""
    requirement: str = at("Requirement")
    """`MEETS_ALL` or `MEETS_ANY`."""
    actions: tuple[str, ...] = at("Conditions[].ActionCondition.Action")
    labels: tuple[str, ...] = at("Conditions[].LabelNameCondition.LabelName")


def _fields(raw: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(_header(field) for field in raw)


@evidence
class WebAclLogging(Resource):
    """The log of a regional web ACL."""

    type_name: ClassVar = "AWS::WAFv2::LoggingConfiguration"
    arn: str = at("ResourceArn")
    """The ARN of the web ACL itself: AWS has no other for its log."""
    destinations: tuple[str, ...] = at("LogDestinationConfigs")
    redacted: tuple[str, ...] = at("RedactedFields", absent=(), parse=_fields)
    """Names of single headers in lower case, or of other parts such as `QueryString`."""
    default_behavior: str = at("LoggingFilter.DefaultBehavior", absent="KEEP")
    filters: tuple[LogFilter, ...] = at("LoggingFilter.Filters")

    def keeps(self, action: str) -> bool:
        """Whether requests with an outcome such as `BLOCK` are sure to be in the log.

        The first filter that fits decides; one that asks for labels as well may or may not fit.
        """
        for one in self.filters:
            if action not in one.actions:
                continue
            if one.behavior == "DROP":
                return False
            if one.requirement == "MEETS_ANY" or (not one.labels and set(one.actions) == {action}):
                return True
        return self.default_behavior == "KEEP"


regional_web_acl_logging = listed(
    WebAclLogging,
    call("wafv2", "ListLoggingConfigurations", Scope="REGIONAL"),
    "LoggingConfigurations[]",
    of=Region,
)


@evidence
class EdgeWebAclLogging(WebAclLogging):
    """The log of a web ACL for CloudFront."""


edge_web_acl_logging = listed(
    EdgeWebAclLogging,
    call("wafv2", "ListLoggingConfigurations", Scope="CLOUDFRONT"),
    "LoggingConfigurations[]",
    of=Account,
)


@evidence
class WebAclAssociations(Evidence):
    """The load balancers of a regional web ACL; a distribution, a stage or a user pool names its web ACL itself."""

    load_balancers: tuple[str, ...] = at("ResourceArns")


@collector(call("wafv2", "ListResourcesForWebACL", ResourceType="APPLICATION_LOAD_BALANCER"))
def web_acl_associations(aws: Aws, entry: WebAclEntry) -> WebAclAssociations:
    """Asked of regional web ACLs only: one of the edge has no load balancers."""
    regional = entry.scope == "REGIONAL"
    return aws.parse(WebAclAssociations, aws("ListResourcesForWebACL", WebACLArn=entry.arn) if regional else {})
