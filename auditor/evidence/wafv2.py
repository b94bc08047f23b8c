"""AWS WAF: web ACLs of both scopes with their rules, their logs and the load balancers that they protect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Account, Region
from auditor.typed import Evidence, Resource, at, evidence
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


@collector(call("wafv2", "GetWebACL"))
def web_acls(aws: Aws, entry: WebAclEntry) -> Iterable[WebAcl]:
    """The web ACL with its rules, asked by name, id and scope."""
    answer = aws("GetWebACL", Name=entry.acl_name, Id=entry.id, Scope=entry.scope)
    yield aws.parse(WebAcl, answer["WebACL"])


@evidence
class LogFilter(Evidence):
    """Which requests of a web ACL are kept or dropped from its log."""

    behavior: str = at("Behavior")
    """`KEEP` or `DROP`."""
    requirement: str = at("Requirement")
    """`MEETS_ALL` or `MEETS_ANY`."""
    actions: tuple[str, ...] = at("Conditions[].ActionCondition.Action")
    labels: tuple[str, ...] = at("Conditions[].LabelNameCondition.LabelName")


def _header(field: Mapping[str, Any]) -> str:
    return str(field.get("SingleHeader", {}).get("Name", "")).lower() or str(_only_key(field))


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
