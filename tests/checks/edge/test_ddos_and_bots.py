import json
from functools import partial
from typing import Any

from edges import (
    ACL_ARN,
    REGIONAL_ACL_ARN,
    SEEN,
    acl_use,
    behavior,
    custom,
    distribution,
    fronted_by,
    group,
    items,
    origins_of,
    own,
    points,
    rule_of,
    s3,
    web_acl,
)
from networks import SERVICE_GROUP, exposure, prefix_list, vpc_origin, vpc_origin_endpoint
from networks import distribution as vpc_distribution
from networks import group as security_group
from networks import rule as permission
from principals import url_callers

from auditor.evidence.apigateway import RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import ApiMapping, HttpApi, HttpDomain, HttpRoute
from auditor.evidence.cloudfront import DistributionTenant, OriginAccessControl, VpcOrigin
from auditor.evidence.ec2_network import ElasticIp
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.globalaccelerator import Accelerator
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy, FunctionUrl
from auditor.evidence.route53 import HostedZone
from auditor.evidence.shield import (
    ShieldAttacks,
    ShieldContacts,
    ShieldProtection,
    ShieldResponseTeam,
    ShieldState,
    ShieldSubscription,
)
from auditor.evidence.wafv2 import AllowedIpSets, EdgeWebAclLogging, OwnRuleGroups, WebAclLogging
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

NONE = every()
ONE = distribution()
EDGE = acl_use(ONE)
NO_EDGE = acl_use(distribution(WebACLId=""))
DISABLED = distribution(Enabled=False)


def tenant(action: str | None = None) -> DistributionTenant:
    raw = {"Arn": "arn:t/dt_1", "DistributionId": "E1", "Enabled": True}
    return made(DistributionTenant, raw | ({"Customizations": {"WebAcl": {"Action": action}}} if action else {}))


TENANTS = distribution(ConnectionMode="tenant-only")
BARE_TENANTS = distribution(ConnectionMode="tenant-only", WebACLId="")
BARE = distribution(s3(), WebACLId="")

test_cloudfront_waf_web_acl_attached = cases(
    "cloudfront_waf_web_acl_attached",
    case("attached", PASS, ONE, NONE, {}, because="edge"),
    case("none", FAIL, BARE, NONE, {}, severity=Severity.HIGH, because="no web ACL"),
    case("none on static files", FAIL, BARE, NONE, {"edge": "static-only"}, severity=Severity.LOW),
    case("static by tag only", FAIL, distribution(WebACLId=""), NONE, {"edge": "static-only"}, severity=Severity.HIGH),
    case("WAF Classic", FAIL, distribution(WebACLId="a1b2"), NONE, {}, because="WAF Classic"),
    case("a tenant opts out", FAIL, TENANTS, every(tenant("disable")), {}, because="dt_1"),
    case("tenants inherit it", PASS, TENANTS, every(tenant()), {}),
    case("a tenant has none", FAIL, BARE_TENANTS, every(tenant()), {}, because="dt_1"),
    case("tenants bring their own", PASS, BARE_TENANTS, every(tenant("override")), {}),
    case("tenants unread", UNKNOWN, TENANTS, every(gaps=(gap("cloudfront:ListDistributionTenants"),)), {}),
    case("disabled", NOT_APPLICABLE, DISABLED, NONE, {}),
)

HOST = "shop-1.eu-west-1.elb.amazonaws.com"
BALANCER = made(
    LoadBalancer,
    LoadBalancerArn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1",
    LoadBalancerName="shop",
    DNSName=HOST,
    Type="application",
    Scheme="internet-facing",
    State={"Code": "active"},
    VpcId="vpc-1",
    AvailabilityZones=[{"ZoneName": f"{HOME}a", "SubnetId": "subnet-1"}],
    SecurityGroups=["sg-lb"],
)
REGIONAL = web_acl(arn=REGIONAL_ACL_ARN)
ASSOCIATIONS_GAP = (gap("wafv2:ListResourcesForWebACL"),)
FACED: dict[str, Any] = {"balancers": [BALANCER], "associated": [REGIONAL]}
BEFORE = distribution(custom(HOST))
BARE_BEFORE = distribution(custom(HOST), WebACLId="")
API = made(RestApi, {"id": "a1", "name": "orders", "endpointConfiguration": {"types": ["REGIONAL"]}})
STAGE = made(RestStage, {"stageName": "prod", "webAclArn": REGIONAL_ACL_ARN}, under=API)
OPEN_STAGE = made(RestStage, {"stageName": "prod"}, under=API)

CORE = "AWSManagedRulesCommonRuleSet"
BAD_INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
SCOPE = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}

test_wafv2_edge_core_rule_set = cases(
    "wafv2_edge_core_rule_set",
    case("runs", PASS, web_acl(group(CORE)), EDGE),
    case("missing", FAIL, web_acl(group(BAD_INPUTS)), EDGE, severity=Severity.HIGH, because="none of its 1 rules"),
    case("scoped down", FAIL, web_acl(group(CORE, ScopeDownStatement=SCOPE)), EDGE, severity=Severity.MEDIUM),
    case("another vendor's", FAIL, web_acl(group("OWASP", VendorName="F5")), EDGE),
    case("an equivalent", PASS, web_acl(group("OWASP", VendorName="F5")), EDGE, equivalents=("F5/OWASP",)),
    case(
        "by Firewall Manager",
        PASS,
        web_acl(
            PreProcessFirewallManagerRuleGroups=[
                {
                    "Name": "fms",
                    "Priority": 0,
                    "FirewallManagerStatement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": CORE}},
                }
            ]
        ),
        EDGE,
    ),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE),
    case("only counts", FAIL, web_acl(group(CORE, override="Count")), EDGE, severity=Severity.MEDIUM, because="counts"),
    case("regional, of nothing", NOT_APPLICABLE, REGIONAL, acl_use(ONE)),
    case("on a load balancer", FAIL, REGIONAL, acl_use(ONE, **FACED), because="none of its 0 rules"),
    case("on one behind an edge web ACL", NOT_APPLICABLE, REGIONAL, acl_use(BEFORE, **FACED)),
    case("on one behind a bare edge", FAIL, REGIONAL, acl_use(BARE_BEFORE, **FACED)),
    case("on a stage", FAIL, REGIONAL, acl_use(ONE, stages=[STAGE])),
    case("associations unread", UNKNOWN, REGIONAL, acl_use(ONE, balancers=[BALANCER], gaps=ASSOCIATIONS_GAP)),
)

test_wafv2_edge_known_bad_inputs = cases(
    "wafv2_edge_known_bad_inputs",
    case("runs", PASS, web_acl(group(BAD_INPUTS)), EDGE),
    case("missing", FAIL, web_acl(group(CORE)), EDGE, severity=Severity.HIGH),
    case("scoped down", FAIL, web_acl(group(BAD_INPUTS, ScopeDownStatement=SCOPE)), EDGE, severity=Severity.MEDIUM),
    case("scoped down once", PASS, web_acl(group(BAD_INPUTS, ScopeDownStatement=SCOPE), group(BAD_INPUTS)), EDGE),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE),
)

REPUTATION = group("AWSManagedRulesAmazonIpReputationList")
ANONYMOUS = group("AWSManagedRulesAnonymousIpList")

test_wafv2_edge_ip_reputation = cases(
    "wafv2_edge_ip_reputation",
    case("both", PASS, web_acl(REPUTATION, ANONYMOUS), EDGE),
    case("no reputation list", FAIL, web_acl(ANONYMOUS), EDGE, severity=Severity.MEDIUM),
    case("no anonymous list", FAIL, web_acl(REPUTATION), EDGE, severity=Severity.INFORMATIONAL),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE),
)

BOTS = "AWSManagedRulesBotControlRuleSet"
LEVEL = [{"AWSManagedRulesBotControlRuleSet": {"InspectionLevel": "TARGETED"}}]

test_wafv2_edge_bot_control = cases(
    "wafv2_edge_bot_control",
    case("runs", PASS, web_acl(group(BOTS)), EDGE, {}),
    case("missing", FAIL, web_acl(), EDGE, {}, severity=Severity.MEDIUM),
    case(
        "targeted everywhere",
        FAIL,
        web_acl(group(BOTS, ManagedRuleGroupConfigs=LEVEL)),
        EDGE,
        {},
        severity=Severity.LOW,
    ),
    case(
        "targeted with token domains",
        PASS,
        web_acl(group(BOTS, ManagedRuleGroupConfigs=LEVEL), TokenDomains=["example.com"]),
        EDGE,
        {},
    ),
    case("machines", NOT_APPLICABLE, web_acl(), EDGE, {"edge": "machine-clients"}),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, {}),
)

XSS = {"XssMatchStatement": {"FieldToMatch": {"Body": {}}, "TextTransformations": []}}
SQLI = {"SqliMatchStatement": {"FieldToMatch": {"Body": {}}, "TextTransformations": []}}
LET_BODY = [{"Name": "CrossSiteScripting_BODY", "ActionToUse": {"Count": {}}}]

OWN_ARN = "arn:aws:wafv2:us-east-1:123456789012:global/rulegroup/mine/5"
RUNS_OWN = web_acl(own("Block", {"RuleGroupReferenceStatement": {"ARN": OWN_ARN}}, "mine"))


def inside(*rules: dict[str, Any]) -> Any:
    """The rules of the web ACL's own group."""
    return every_of((RUNS_OWN, gathered(OwnRuleGroups, RUNS_OWN, GetRuleGroup={"RuleGroup": {"Rules": list(rules)}})))


CORE_COUNTS = web_acl(group(CORE, override="Count"))
BODY_COUNTS = web_acl(group(CORE, RuleActionOverrides=LET_BODY))
COOKIE_OUT = web_acl(group(CORE, ExcludedRules=[{"Name": "CrossSiteScripting_COOKIE"}]))
SIZE_OUT = web_acl(group(CORE, ExcludedRules=[{"Name": "SizeRestrictions_BODY"}]))
GROUPS_UNREAD = every(gaps=(gap("wafv2:GetRuleGroup", "global"),))

test_wafv2_edge_cross_site_scripting = cases(
    "wafv2_edge_cross_site_scripting",
    case("core rule set", PASS, web_acl(group(CORE)), EDGE, GROUPS_UNREAD),
    case("own rule", PASS, web_acl(own("Block", XSS)), EDGE, NONE),
    case("in an own group", PASS, RUNS_OWN, EDGE, inside(own("Block", XSS))),
    case("counts in an own group", FAIL, RUNS_OWN, EDGE, inside(own("Count", XSS))),
    case("own group unread", UNKNOWN, RUNS_OWN, EDGE, GROUPS_UNREAD),
    case("a load balancer", FAIL, REGIONAL, acl_use(**FACED), NONE, because="neither"),
    case("own rule only counts", FAIL, web_acl(own("Count", XSS)), EDGE, NONE, because="neither"),
    case("core rule set counts", FAIL, CORE_COUNTS, EDGE, NONE, because="only counts"),
    case("one rule counts", FAIL, BODY_COUNTS, EDGE, NONE, because="_BODY"),
    case("one rule excluded", FAIL, COOKIE_OUT, EDGE, NONE),
    case("another rule counts", PASS, SIZE_OUT, EDGE, NONE),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, NONE),
)

INJECTION = "AWSManagedRulesSQLiRuleSet"

test_wafv2_edge_sql_injection = cases(
    "wafv2_edge_sql_injection",
    case("managed group", PASS, web_acl(group(INJECTION)), EDGE, GROUPS_UNREAD),
    case("managed group counts", FAIL, web_acl(group(INJECTION, override="Count")), EDGE, NONE, because="only counts"),
    case("own rule", PASS, web_acl(own("Block", {"OrStatement": {"Statements": [SQLI, XSS]}})), EDGE, NONE),
    case("own rule lets pass", FAIL, web_acl(own("Allow", SQLI)), EDGE, NONE, because="neither"),
    case("in an own group", PASS, RUNS_OWN, EDGE, inside(own("Block", SQLI))),
    case("own group looks for something else", FAIL, RUNS_OWN, EDGE, inside(own("Block", XSS))),
    case("own group unread", UNKNOWN, RUNS_OWN, EDGE, GROUPS_UNREAD),
    case("static files", NOT_APPLICABLE, web_acl(), acl_use(distribution(s3())), NONE),
    case("static and dynamic", FAIL, web_acl(), acl_use(distribution(s3()), distribution(custom())), NONE),
    case("a load balancer", FAIL, REGIONAL, acl_use(**FACED), NONE),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, NONE),
)


def rate(limit: int = 2000, action: str = "Block", key: str = "IP", seconds: int = 300) -> dict[str, Any]:
    statement = {"Limit": limit, "AggregateKeyType": key, "EvaluationWindowSec": seconds}
    return own(action, {"RateBasedStatement": statement}, "rate")


def protection(arn: str, status: str = "ENABLED", action: str = "Block", *checks: str) -> ShieldProtection:
    response = {"Status": status, "Action": {action: {}}}
    return made(
        ShieldProtection,
        ProtectionArn=f"arn:p/{arn}",
        ResourceArn=arn,
        HealthCheckIds=list(checks),
        ApplicationLayerAutomaticResponseConfiguration=response,
    )


FLOODS = group("AWSManagedRulesAntiDDoSRuleSet")
UNREAD_SHIELD = every(gaps=(gap("shield:ListProtections", "global"),))

test_wafv2_edge_layer7_ddos = cases(
    "wafv2_edge_layer7_ddos",
    case("both", PASS, web_acl(rate(), FLOODS), EDGE, NONE),
    case("Shield responds", PASS, web_acl(rate()), EDGE, every(protection(ONE.arn))),
    case(
        "Shield counts", FAIL, web_acl(rate()), EDGE, every(protection(ONE.arn, action="Count")), severity=Severity.LOW
    ),
    case("neither", FAIL, web_acl(), EDGE, NONE, severity=Severity.MEDIUM, because="a rate-based rule"),
    case("limit too high", FAIL, web_acl(rate(20_000), FLOODS), EDGE, NONE, severity=Severity.LOW),
    case("limit too high for its window", FAIL, web_acl(rate(5000, seconds=60), FLOODS), EDGE, NONE),
    case("higher limit allowed", PASS, web_acl(rate(20_000), FLOODS), EDGE, NONE, max_limit=20_000),
    case("only counts", FAIL, web_acl(rate(action="Count"), FLOODS), EDGE, NONE, severity=Severity.LOW),
    case("asks for a captcha", PASS, web_acl(rate(action="Captcha"), FLOODS), EDGE, NONE),
    case("trusts a header", FAIL, web_acl(rate(key="FORWARDED_IP"), FLOODS), EDGE, NONE, severity=Severity.MEDIUM),
    case("Shield unread", UNKNOWN, web_acl(rate()), EDGE, UNREAD_SHIELD),
    case("Shield not needed", PASS, web_acl(rate(), FLOODS), EDGE, UNREAD_SHIELD),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, NONE),
)

COUNTING = CORE_COUNTS
FOUR = [{"Name": name, "ActionToUse": {"Count": {}}} for name in "ABCD"]
OLD = points(*[5] * 20)
NO_POINTS = points()
BLOCKING = web_acl(group(CORE), own("Block", SQLI))
FOUR_COUNT = web_acl(group(CORE, RuleActionOverrides=FOUR))
THREE_COUNT = web_acl(group(CORE, RuleActionOverrides=FOUR[:3]))
OWN_COUNTS = web_acl(group(CORE), own("Count", SQLI))
REGIONAL_COUNTS = web_acl(group(CORE, override="Count"), arn=REGIONAL_ACL_ARN)
MILD = Severity.INFORMATIONAL

test_wafv2_edge_not_in_count_mode = cases(
    "wafv2_edge_not_in_count_mode",
    case("blocks", PASS, rule_of(BLOCKING), BLOCKING, EDGE, OLD, NO_POINTS),
    case(
        "counts for weeks",
        FAIL,
        rule_of(COUNTING),
        COUNTING,
        EDGE,
        OLD,
        NO_POINTS,
        severity=Severity.HIGH,
        because="20 of 30 days",
    ),
    case(
        "counts since yesterday",
        FAIL,
        rule_of(COUNTING),
        COUNTING,
        EDGE,
        points(0, 3),
        OLD,
        severity=MILD,
        because="1 of 30",
    ),
    case("counts without traffic", FAIL, rule_of(COUNTING), COUNTING, EDGE, NO_POINTS, NO_POINTS, severity=MILD),
    case("a longer trial", FAIL, rule_of(COUNTING), COUNTING, EDGE, OLD, NO_POINTS, severity=MILD, max_count_days=25),
    case("own rule counts", FAIL, rule_of(OWN_COUNTS, 1), OWN_COUNTS, EDGE, OLD, NO_POINTS, because="action is Count"),
    case("its neighbour blocks", PASS, rule_of(OWN_COUNTS), OWN_COUNTS, EDGE, OLD, NO_POINTS),
    case("four rules count", FAIL, rule_of(FOUR_COUNT), FOUR_COUNT, EDGE, OLD, NO_POINTS, because="4 rules"),
    case("three rules count", PASS, rule_of(THREE_COUNT), THREE_COUNT, EDGE, OLD, NO_POINTS),
    case(
        "on a load balancer",
        FAIL,
        rule_of(REGIONAL_COUNTS),
        REGIONAL_COUNTS,
        acl_use(balancers=[BALANCER], associated=[REGIONAL_COUNTS]),
        NO_POINTS,
        OLD,
        severity=Severity.HIGH,
    ),
    case("unused", NOT_APPLICABLE, rule_of(COUNTING), COUNTING, NO_EDGE, OLD, NO_POINTS),
)


def first(statement: dict[str, Any], action: str = "Allow") -> Any:
    """A web ACL with a rule before the core rule set."""
    return web_acl(own(action, statement, "let", -1), group(CORE))


def byte(field: dict[str, Any]) -> dict[str, Any]:
    text = {"SearchString": "x", "TextTransformations": [], "PositionalConstraint": "EXACTLY"}
    return {"ByteMatchStatement": {"FieldToMatch": field, **text}}


def header(name: str) -> dict[str, Any]:
    return {"SingleHeader": {"Name": name}}


SET_ARN = "arn:aws:wafv2:us-east-1:123456789012:global/ipset/office/7"
FROM_SET = first({"IPSetReferenceStatement": {"ARN": SET_ARN}})
OFFICE_RULE = own("Allow", {"IPSetReferenceStatement": {"ARN": SET_ARN}}, "let", -1)
FROM_OFFICE = web_acl(OFFICE_RULE, group(CORE), arn=REGIONAL_ACL_ARN)
OFFICE_USE = acl_use(balancers=[BALANCER], associated=[FROM_OFFICE])
ALLOWS_ALL = web_acl()


def blocks(*cidrs: str) -> Any:
    return every_of((FROM_SET, gathered(AllowedIpSets, FROM_SET, GetIPSet={"IPSet": {"Addresses": list(cidrs)}})))


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"AndStatement": {"Statements": list(parts)}}


SECRET = byte(header("X-Monitor-Key"))

test_wafv2_edge_allow_rules_last = cases(
    "wafv2_edge_allow_rules_last",
    case("none before", PASS, web_acl(group(CORE), own("Allow", SCOPE)), EDGE, NONE),
    case("a country", FAIL, first(SCOPE), EDGE, NONE, because="let allows before CommonRuleSet"),
    case("a country, blocked", PASS, first(SCOPE, "Block"), EDGE, NONE),
    case("a path", FAIL, first(byte({"UriPath": {}})), EDGE, NONE),
    case("a user agent", FAIL, first(byte(header("User-Agent"))), EDGE, NONE),
    case("a header of one's own", PASS, first(SECRET), EDGE, NONE),
    case("a country with a secret", PASS, first(both(SCOPE, SECRET)), EDGE, NONE),
    case("a country or a secret", FAIL, first({"OrStatement": {"Statements": [SECRET, SCOPE]}}), EDGE, NONE),
    case("all but a country", FAIL, first({"NotStatement": {"Statement": SCOPE}}), EDGE, NONE),
    case("an office", PASS, FROM_SET, EDGE, blocks("192.0.2.0/24", "2001:db8::/48")),
    case("half the world", FAIL, FROM_SET, EDGE, blocks("192.0.2.0/24", "0.0.0.0/1")),
    case("a large IPv6 block", FAIL, FROM_SET, EDGE, blocks("2000::/3")),
    case("addresses unread", UNKNOWN, FROM_SET, EDGE, every(gaps=(gap("wafv2:GetIPSet", "global"),))),
    case("an office, of a load balancer", PASS, FROM_OFFICE, OFFICE_USE, NONE),
    case("nothing can block", FAIL, COUNTING, EDGE, NONE, because="none of its 1 rules can block"),
    case("no rule", FAIL, ALLOWS_ALL, EDGE, NONE, because="none of its 0 rules"),
    case("blocks by default", PASS, web_acl(DefaultAction={"Block": {}}), EDGE, NONE),
    case("unused", NOT_APPLICABLE, first(SCOPE), NO_EDGE, NONE),
)


def log(*redacted: str, arn: str = ACL_ARN, **fields: Any) -> Any:
    raw = {
        "ResourceArn": arn,
        "LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-edge"],
        "RedactedFields": [{"SingleHeader": {"Name": name}} for name in redacted],
        **fields,
    }
    return made(EdgeWebAclLogging if ":global/" in arn else WebAclLogging, raw)


DROPPING = {"DefaultBehavior": "DROP", "Filters": []}

LOGS_UNREAD = every(gaps=(gap("wafv2:ListLoggingConfigurations", "global"),))

test_wafv2_edge_logging = cases(
    "wafv2_edge_logging",
    case("all and redacted", PASS, web_acl(), EDGE, every(log("authorization")), NONE, because="aws-waf-logs-edge"),
    case("none", FAIL, web_acl(), EDGE, NONE, NONE, because="no logging configuration"),
    case("of another web ACL", FAIL, web_acl(), EDGE, every(log("cookie", arn="arn::global/")), NONE),
    case("drops", FAIL, web_acl(), EDGE, every(log("cookie", LoggingFilter=DROPPING)), NONE, severity=Severity.MEDIUM),
    case("credentials in it", FAIL, web_acl(), EDGE, every(log("accept")), NONE, severity=Severity.LOW),
    case("unread", UNKNOWN, web_acl(), EDGE, LOGS_UNREAD, NONE),
    case("regional", PASS, REGIONAL, acl_use(**FACED), LOGS_UNREAD, every(log("cookie", arn=REGIONAL_ACL_ARN))),
    case("regional, unread", UNKNOWN, REGIONAL, acl_use(**FACED), NONE, LOGS_UNREAD),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, NONE, NONE),
)

SILENT = web_acl(VisibilityConfig=SEEN | {"CloudWatchMetricsEnabled": False})

MANY, FEW = points(2e6), points(7)

test_wafv2_edge_rules_take_effect = cases(
    "wafv2_edge_rules_take_effect",
    case("blocks", PASS, web_acl(), EDGE, MANY, FEW, NO_POINTS, NO_POINTS, because="blocked 7"),
    case("blocks none", FAIL, web_acl(), EDGE, MANY, NO_POINTS, NO_POINTS, FEW, because="2,000,000"),
    case("metrics off", FAIL, SILENT, EDGE, *[NO_POINTS] * 4, because="metrics are off"),
    case("few requests", NOT_APPLICABLE, web_acl(), EDGE, FEW, NO_POINTS, MANY, NO_POINTS),
    case("regional", FAIL, REGIONAL, acl_use(**FACED), NO_POINTS, FEW, MANY, NO_POINTS),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, MANY, NO_POINTS, NO_POINTS, NO_POINTS),
)

LOGIN = distribution(CacheBehaviors=items(behavior(PathPattern="/login*")))
SIGNUP = distribution(CacheBehaviors=items(behavior(PathPattern="/register")))
PLAIN = distribution(CacheBehaviors=items(behavior(PathPattern="/images/*")))


def fraud(**paths: str) -> dict[str, Any]:
    """Account takeover prevention for a LoginPath, or account creation prevention for a CreationPath."""
    name = "AWSManagedRulesATPRuleSet" if "LoginPath" in paths else "AWSManagedRulesACFPRuleSet"
    return group(name, ManagedRuleGroupConfigs=[{name: paths}])


BY_API = distribution(custom(API.host))
REST = gathered(
    RestMethod,
    API,
    GetResources={"items": [{"path": "/session", "resourceMethods": {"POST": {"authorizationType": "NONE"}}}]},
)
HTTP_API = made(
    HttpApi, ApiId="h1", Name="web", ProtocolType="HTTP", ApiEndpoint="https://h1.execute-api.eu-west-1.amazonaws.com"
)
ROUTE = made(HttpRoute, {"RouteId": "r1", "RouteKey": "POST /signup"}, under=HTTP_API)
BY_HTTP_API = distribution(custom(HTTP_API.host))
PATHS_UNREAD = every(gaps=(gap("apigateway:GetResources"),))
APIS = every(API, HTTP_API)


def at(*distributions: Any, **known: Any) -> tuple[Any, Any]:
    """What is known of web ACLs and origins with these distributions."""
    return acl_use(*distributions, **known), origins_of(*distributions)


test_wafv2_edge_fraud_control = cases(
    "wafv2_edge_fraud_control",
    case("covered", PASS, web_acl(fraud(LoginPath="/login")), *at(LOGIN), NONE, NONE, NONE, because="/login*"),
    case("no group", FAIL, web_acl(), *at(LOGIN), NONE, NONE, NONE, because="AWSManagedRulesATPRuleSet does not run"),
    case(
        "another path", FAIL, web_acl(fraud(LoginPath="/in")), *at(LOGIN), NONE, NONE, NONE, because="/in, not /login"
    ),
    case("sign-up", FAIL, web_acl(fraud(LoginPath="/login")), *at(SIGNUP), NONE, NONE, NONE, because="ACFP"),
    case("sign-up covered", PASS, web_acl(fraud(CreationPath="/register")), *at(SIGNUP), NONE, NONE, NONE),
    case("in a REST API", FAIL, web_acl(), *at(BY_API), APIS, every(*REST), NONE, because="/session"),
    case("in its stage", PASS, web_acl(fraud(LoginPath="/prod/session")), *at(BY_API), APIS, every(*REST), NONE),
    case("in an HTTP API", FAIL, web_acl(), *at(BY_HTTP_API), APIS, NONE, every(ROUTE), because="/signup"),
    case("of a stage itself", FAIL, REGIONAL, *at(stages=[STAGE]), APIS, every(*REST), NONE, because="/session"),
    case("no such path", NOT_APPLICABLE, web_acl(), *at(PLAIN), APIS, NONE, NONE),
    case("other names", FAIL, web_acl(), *at(PLAIN), NONE, NONE, NONE, login_paths=("/images",)),
    case("APIs unread", UNKNOWN, web_acl(), *at(PLAIN), every(gaps=(gap("apigateway:GetRestApis"),)), NONE, NONE),
    case("paths unread", UNKNOWN, web_acl(), *at(BY_API), APIS, PATHS_UNREAD, NONE),
    case("routes unread", UNKNOWN, web_acl(), *at(BY_HTTP_API), APIS, NONE, PATHS_UNREAD),
    case("unused", NOT_APPLICABLE, web_acl(), *at(distribution(WebACLId="")), NONE, NONE, NONE),
)

FORWARD = {"Type": "forward", "TargetGroupArn": "arn:tg"}
DENY = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}
KEY = "[redacted header 1a2b3c4d]"
WITH_KEY = distribution(custom(HOST) | {"CustomHeaders": items({"HeaderName": "X-Origin-Key", "HeaderValue": KEY})})


def listens(action: dict[str, Any]) -> Listener:
    raw = {"ListenerArn": "arn:l", "LoadBalancerArn": BALANCER.arn, "Port": 443, "Protocol": "HTTPS"}
    return made(Listener, raw | {"DefaultActions": [action]}, under=BALANCER)


OPEN_DOOR, CLOSED_DOOR = listens(FORWARD), listens(DENY)


def rules(name: str = "", *values: str) -> Any:
    """A rule that forwards, with a condition on a header where one is named."""
    demand = [{"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": list(values)}}]
    raw = {"RuleArn": "arn:r", "Priority": "1", "IsDefault": False, "Actions": [FORWARD]}
    raw["Conditions"] = demand if name else [{"Field": "path-pattern", "Values": ["/*"]}]
    return every(*gathered(ListenerRule, CLOSED_DOOR, DescribeRules={"Rules": [raw]}))


CLOUDFRONT = prefix_list("pl-cf", owner="AWS", name="com.amazonaws.global.cloudfront.origin-facing")


def faced(*sources: str, door: Listener = OPEN_DOOR) -> Any:
    """What reaches the load balancer, if its group admits these."""
    return exposure(BALANCER, door, CLOUDFRONT, security_group(permission(*sources, ports=443), id="sg-lb"))


PRIVATE_TOO = vpc_origin(BALANCER.arn)
WORLD_BY_ORIGIN = exposure(
    BALANCER, OPEN_DOOR, CLOUDFRONT, SERVICE_GROUP, security_group(permission("pl-cf", "sg-cf", ports=443), id="sg-lb"),
    vpc_distribution(), PRIVATE_TOO, vpc_origin_endpoint(PRIVATE_TOO),
)  # fmt: skip
WORLD, BY_EDGE, PARTNER = faced("0.0.0.0/0"), faced("pl-cf"), faced("52.94.0.0/24")
FORWARDS, DENIES = every(OPEN_DOOR), every(CLOSED_DOOR)
PLAIN_ORIGIN, KEY_ORIGIN = origins_of(BEFORE), origins_of(WITH_KEY)
KEYED = rules("x-origin-key", KEY)
NO_ACLS = acl_use(BEFORE)
GATE = web_acl(own("Block", {"NotStatement": {"Statement": byte(header("x-origin-key"))}}), arn=REGIONAL_ACL_ARN)
GATED = acl_use(WITH_KEY, balancers=[BALANCER], associated=[GATE], acls=[GATE])
GATED_ELSEWHERE = acl_use(WITH_KEY, associated=[GATE], acls=[GATE])
INTERNAL = made(
    LoadBalancer,
    LoadBalancerArn="arn:internal",
    LoadBalancerName="inner",
    DNSName="internal-1.eu-west-1.elb.amazonaws.com",
    Type="application",
    Scheme="internal",
    State={"Code": "active"},
)
PRIVATE = made(VpcOrigin, Id="vo_1", Arn="arn:vo_1", OriginEndpointArn="arn:internal")
GATE_UNREAD = acl_use(WITH_KEY, acls=[GATE], gaps=ASSOCIATIONS_GAP)
UNREAD = every(gaps=(gap("elbv2:DescribeListeners"),))

test_cloudfront_origin_alb_bypass = cases(
    "cloudfront_origin_alb_bypass",
    case(
        "open to the world",
        FAIL,
        BALANCER,
        PLAIN_ORIGIN,
        WORLD,
        FORWARDS,
        NONE,
        NO_ACLS,
        severity=Severity.HIGH,
        because="the internet reaches it",
    ),
    case(
        "open to all of CloudFront",
        FAIL,
        BALANCER,
        PLAIN_ORIGIN,
        BY_EDGE,
        FORWARDS,
        NONE,
        NO_ACLS,
        severity=Severity.MEDIUM,
        because="any account",
    ),
    case(
        "open, with a key",
        FAIL,
        BALANCER,
        KEY_ORIGIN,
        faced("0.0.0.0/0", door=CLOSED_DOOR),
        DENIES,
        KEYED,
        NO_ACLS,
        severity=Severity.LOW,
    ),
    case("CloudFront with a key", PASS, BALANCER, KEY_ORIGIN, BY_EDGE, DENIES, KEYED, NO_ACLS, because="a header"),
    case("another key", FAIL, BALANCER, KEY_ORIGIN, BY_EDGE, DENIES, rules("x-origin-key", "other"), NO_ACLS),
    case("a rule without the key", FAIL, BALANCER, KEY_ORIGIN, BY_EDGE, DENIES, rules(), NO_ACLS),
    case("default forwards", FAIL, BALANCER, KEY_ORIGIN, BY_EDGE, FORWARDS, KEYED, NO_ACLS),
    case("key demanded by WAF", PASS, BALANCER, KEY_ORIGIN, BY_EDGE, FORWARDS, NONE, GATED),
    case("such a web ACL elsewhere", FAIL, BALANCER, KEY_ORIGIN, BY_EDGE, FORWARDS, NONE, GATED_ELSEWHERE),
    case("such a web ACL, unread where", UNKNOWN, BALANCER, KEY_ORIGIN, BY_EDGE, FORWARDS, NONE, GATE_UNREAD),
    case(
        "a VPC origin as well",
        FAIL,
        BALANCER,
        PLAIN_ORIGIN,
        WORLD_BY_ORIGIN,
        FORWARDS,
        NONE,
        NO_ACLS,
        because="any account",
    ),
    case("only a partner", PASS, BALANCER, PLAIN_ORIGIN, PARTNER, FORWARDS, NONE, NO_ACLS, because="neither"),
    case(
        "meant to be public",
        NOT_APPLICABLE,
        BALANCER,
        PLAIN_ORIGIN,
        WORLD,
        FORWARDS,
        NONE,
        NO_ACLS,
        public_load_balancers=("shop",),
    ),
    case("no origin", NOT_APPLICABLE, BALANCER, origins_of(ONE), WORLD, FORWARDS, NONE, NO_ACLS),
    case("VPC origin", PASS, INTERNAL, origins_of(ONE, private=[PRIVATE]), WORLD, NONE, NONE, NO_ACLS),
    case("internal", NOT_APPLICABLE, INTERNAL, origins_of(ONE), WORLD, NONE, NONE, NO_ACLS),
    case("listeners unread", UNKNOWN, BALANCER, KEY_ORIGIN, BY_EDGE, UNREAD, NONE, NO_ACLS),
    case("rules unread", UNKNOWN, BALANCER, KEY_ORIGIN, BY_EDGE, DENIES, UNREAD, NO_ACLS),
)


def rest(**fields: Any) -> RestApi:
    return made(RestApi, {"id": "a1", "name": "orders", "endpointConfiguration": {"types": ["REGIONAL"]}} | fields)


def policy(**condition: Any) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
    return json.dumps({"Statement": [statement | {"Condition": condition}]})


def methods(needs_key: bool = True) -> Any:
    verbs = {"GET": {"authorizationType": "NONE", "apiKeyRequired": needs_key}}
    return every(*gathered(RestMethod, API, GetResources={"items": [{"path": "/", "resourceMethods": verbs}]}))


def routes(authorization: str) -> Any:
    raw = {"RouteId": "r1", "RouteKey": "GET /orders", "AuthorizationType": authorization}
    return every(made(HttpRoute, raw, under=HTTP_API))


API_KEY = distribution(custom(API.host) | {"CustomHeaders": items({"HeaderName": "x-api-key", "HeaderValue": KEY})})
BEHIND, BEHIND_HTTP, BEHIND_KEY = origins_of(BY_API), origins_of(BY_HTTP_API), origins_of(API_KEY)
BARE_STAGE, ACL_STAGE = every(OPEN_STAGE), every(STAGE)
DOMAIN_RAW = {
    "DomainName": "api.example.com",
    "DomainNameConfigurations": [{"ApiGatewayDomainName": "d-1.example.com"}],
}
DOMAIN = made(HttpDomain, DOMAIN_RAW)
MAPPING = made(ApiMapping, {"ApiId": "a1", "ApiMappingId": "m", "Stage": "prod"}, under=DOMAIN)
BY_DOMAIN = origins_of(distribution(custom("api.example.com")), domains=[DOMAIN], mappings=[MAPPING])
BY_ADDRESS = policy(NotIpAddress={"aws:SourceIp": ["192.0.2.0/24"]})

test_cloudfront_origin_api_bypass = cases(
    "cloudfront_origin_api_bypass",
    case("open", FAIL, API, BEHIND, BARE_STAGE, methods(False), NONE, because="stage prod has no web ACL"),
    case("open, by a custom domain", FAIL, API, BY_DOMAIN, BARE_STAGE, methods(False), NONE),
    case("endpoint off", PASS, rest(disableExecuteApiEndpoint=True), BEHIND, BARE_STAGE, NONE, NONE, because="is off"),
    case("web ACL on the stage", PASS, API, BEHIND, ACL_STAGE, NONE, NONE, because="web ACL"),
    case("policy by source", PASS, rest(policy=BY_ADDRESS), BEHIND, BARE_STAGE, NONE, NONE, because="policy"),
    case("policy without a source", FAIL, rest(policy=policy()), BEHIND, BARE_STAGE, methods(False), NONE),
    case("API key", PASS, API, BEHIND_KEY, BARE_STAGE, methods(), NONE, because="API key"),
    case("key not demanded", FAIL, API, BEHIND_KEY, BARE_STAGE, methods(False), NONE),
    case("key not added", FAIL, API, BEHIND, BARE_STAGE, methods(), NONE),
    case("open route", FAIL, HTTP_API, BEHIND_HTTP, NONE, NONE, routes("NONE"), because="GET /orders"),
    case("authorized routes", PASS, HTTP_API, BEHIND_HTTP, NONE, NONE, routes("JWT")),
    case("no origin", NOT_APPLICABLE, API, origins_of(ONE), BARE_STAGE, NONE, NONE),
    case("private", NOT_APPLICABLE, rest(endpointConfiguration={"types": ["PRIVATE"]}), BEHIND, NONE, NONE, NONE),
    case("stages unread", UNKNOWN, API, BEHIND, UNREAD, NONE, NONE),
    case("methods unread", UNKNOWN, API, BEHIND_KEY, BARE_STAGE, UNREAD, NONE),
    case("routes unread", UNKNOWN, HTTP_API, BEHIND_HTTP, NONE, NONE, UNREAD),
)

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:render"
FUNCTION = made(Function, FunctionArn=FUNCTION_ARN, FunctionName="render")
URL_HOST = "abc.lambda-url.eu-west-1.on.aws"


def url(auth: str = "AWS_IAM", qualifier: str = "") -> FunctionUrl:
    raw = {"FunctionArn": FUNCTION_ARN + qualifier, "FunctionUrl": f"https://{URL_HOST}/", "AuthType": auth}
    return made(FunctionUrl, raw, under=FUNCTION)


def control(signing: str = "always", kind: str = "lambda") -> Any:
    raw = {"Id": "oac", "SigningBehavior": signing, "OriginAccessControlOriginType": kind}
    return every(made(OriginAccessControl, raw))


def invocable(**condition: Any) -> dict[str, str]:
    service = {"Service": "cloudfront.amazonaws.com"}
    one = {"Effect": "Allow", "Principal": service, "Action": "lambda:InvokeFunctionUrl", "Resource": FUNCTION_ARN}
    return {"Policy": json.dumps({"Statement": [one | {"Condition": condition}]})}


OWN_ONLY = {"ArnLike": {"AWS:SourceArn": ONE.arn}}
STRICT = made(FunctionPolicy, invocable(**OWN_ONLY), under=FUNCTION)
LAX = made(FunctionPolicy, invocable(), under=FUNCTION)
ALIAS = made(FunctionAlias, {"AliasArn": f"{FUNCTION_ARN}:live", "Name": "live"}, under=FUNCTION)
ALIASES = every(ALIAS)
LAX_ALIAS = every_of((ALIAS, made(AliasPolicy, invocable(), under=ALIAS)))
SIGNED = fronted_by([distribution(custom(URL_HOST) | {"OriginAccessControlId": "oac"})])
UNSIGNED = fronted_by([distribution(custom(URL_HOST))])
POLICIES_UNREAD = every(gaps=(gap("lambda:GetPolicy"),))

callers = partial(url_callers, FUNCTION)

test_cloudfront_origin_lambda_url_oac = cases(
    "cloudfront_origin_lambda_url_oac",
    case("signed", PASS, url(), FUNCTION, callers(STRICT, NONE, NONE), SIGNED, control(), because="E1 signs"),
    case("open", FAIL, url("NONE"), FUNCTION, callers(STRICT, NONE, NONE), SIGNED, control(), because="NONE"),
    case(
        "no control",
        FAIL,
        url(),
        FUNCTION,
        callers(STRICT, NONE, NONE),
        UNSIGNED,
        NONE,
        because="E1 has no origin access",
    ),
    case("control that never signs", FAIL, url(), FUNCTION, callers(STRICT, NONE, NONE), SIGNED, control("never")),
    case("control for buckets", FAIL, url(), FUNCTION, callers(STRICT, NONE, NONE), SIGNED, control(kind="s3")),
    case(
        "any distribution",
        FAIL,
        url(),
        FUNCTION,
        callers(LAX, NONE, NONE),
        SIGNED,
        control(),
        severity=Severity.MEDIUM,
        because="any account",
    ),
    case(
        "any distribution, of an alias",
        FAIL,
        url(qualifier=":live"),
        FUNCTION,
        callers(STRICT, ALIASES, LAX_ALIAS),
        SIGNED,
        control(),
    ),
    case("no policy", PASS, url(), FUNCTION, callers(None, NONE, NONE), SIGNED, control()),
    case("no origin", NOT_APPLICABLE, url("NONE"), FUNCTION, callers(LAX, NONE, NONE), fronted_by([ONE]), NONE),
    case("controls unread", UNKNOWN, url(), FUNCTION, callers(STRICT, NONE, NONE), SIGNED, UNREAD),
    case("aliases unread", UNKNOWN, url(qualifier=":live"), FUNCTION, callers(STRICT, UNREAD, NONE), SIGNED, control()),
    case(
        "policies unread",
        UNKNOWN,
        url(qualifier=":live"),
        FUNCTION,
        callers(STRICT, ALIASES, POLICIES_UNREAD),
        SIGNED,
        control(),
    ),
)

ACTIVE = made(ShieldState, SubscriptionState="ACTIVE")
INACTIVE = made(ShieldState, SubscriptionState="INACTIVE")
CALM = made(ShieldAttacks, DataItems=[{"AttackCount": 0}])
ATTACKED = made(ShieldAttacks, DataItems=[{"AttackCount": 2}])
PROTECTED = every(protection(ONE.arn))
COSTLY: dict[str, Any] = {"downtime_cost_per_hour": 10_000.0, "expected_ddos_hours_per_year": 5.0}
CHEAP: dict[str, Any] = {"downtime_cost_per_hour": 100.0, "expected_ddos_hours_per_year": 5.0}

test_shield_advanced_justified = cases(
    "shield_advanced_justified",
    case("not bought, not attacked", PASS, ACCOUNT, INACTIVE, NONE, CALM),
    case("protects nothing", FAIL, ACCOUNT, ACTIVE, NONE, CALM, severity=Severity.HIGH),
    case("protects", PASS, ACCOUNT, ACTIVE, PROTECTED, CALM),
    case(
        "attacked without it",
        FAIL,
        ACCOUNT,
        INACTIVE,
        NONE,
        ATTACKED,
        severity=Severity.INFORMATIONAL,
        because="2 attacks",
    ),
    case(
        "worth it, not bought",
        FAIL,
        ACCOUNT,
        INACTIVE,
        NONE,
        CALM,
        severity=Severity.MEDIUM,
        because="50,000",
        **COSTLY,
    ),
    case("worth it, bought", PASS, ACCOUNT, ACTIVE, PROTECTED, CALM, **COSTLY),
    case("bought, not worth it", FAIL, ACCOUNT, ACTIVE, PROTECTED, CALM, severity=Severity.INFORMATIONAL, **CHEAP),
    case("not bought, not worth it", PASS, ACCOUNT, INACTIVE, NONE, ATTACKED, **CHEAP),
    case("protections unread", UNKNOWN, ACCOUNT, ACTIVE, UNREAD_SHIELD, CALM),
)

ZONE = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")
PRIVATE_ZONE = made(HostedZone, Id="/hostedzone/Z2", Name="corp.", Config={"PrivateZone": True})
ADDRESS = made(ElasticIp, AllocationId="eipalloc-1", AssociationId="a")
OF_A_SERVICE = made(ElasticIp, AllocationId="eipalloc-2", AssociationId="a", ServiceManaged="alb")
SPARE = made(ElasticIp, AllocationId="eipalloc-3")
ADDRESS_ARN = "arn:aws:ec2:eu-west-1:123456789012:eip-allocation/eipalloc-1"
ACCELERATOR = made(Accelerator, AcceleratorArn="arn:aws:globalaccelerator::123456789012:accelerator/x", Enabled=True)
REST = (every(BALANCER), every(ADDRESS, OF_A_SERVICE, SPARE), every(ACCELERATOR))
INNER = [protection(arn) for arn in (BALANCER.arn, ADDRESS_ARN, ACCELERATOR.arn)]
ALL = every(protection(ONE.arn), protection(ZONE.arn), *INNER)

test_shield_advanced_covers_edge = cases(
    "shield_advanced_covers_edge",
    case("all", PASS, ACCOUNT, ACTIVE, ALL, every(ONE, DISABLED), every(ZONE, PRIVATE_ZONE), *REST, because="all 5"),
    case(
        "a zone is bare",
        FAIL,
        ACCOUNT,
        ACTIVE,
        every(protection(ONE.arn), *INNER),
        every(ONE),
        every(ZONE),
        *REST,
        severity=Severity.HIGH,
        because="hostedzone/Z1",
    ),
    case(
        "an address is bare",
        FAIL,
        ACCOUNT,
        ACTIVE,
        every(protection(BALANCER.arn), protection(ACCELERATOR.arn)),
        NONE,
        NONE,
        *REST,
        severity=Severity.MEDIUM,
        because="eipalloc-1",
    ),
    case("zones unread", UNKNOWN, ACCOUNT, ACTIVE, ALL, NONE, every(gaps=(gap("route53:ListHostedZones"),)), *REST),
    case("no subscription", NOT_APPLICABLE, ACCOUNT, INACTIVE, NONE, every(ONE), every(ZONE), *REST),
)


def subscribed(engagement: str = "ENABLED", renews: str = "ENABLED", days: float = 400) -> ShieldSubscription:
    return made(ShieldSubscription, AutoRenew=renews, ProactiveEngagementStatus=engagement, EndTime=ago(days=-days))


CONTACTS = made(ShieldContacts, EmergencyContactList=[{"EmailAddress": "a@example.com"}])
TEAM = made(ShieldResponseTeam, RoleArn="arn:role")
READY = every(protection(ONE.arn, "ENABLED", "Block", "h"))

test_shield_advanced_response_ready = cases(
    "shield_advanced_response_ready",
    case("ready", PASS, ACCOUNT, ACTIVE, subscribed(), READY, CONTACTS, TEAM),
    case(
        "counts only",
        FAIL,
        ACCOUNT,
        ACTIVE,
        subscribed(),
        every(protection(ONE.arn, "ENABLED", "Count", "h")),
        CONTACTS,
        TEAM,
        because="no automatic response",
    ),
    case(
        "an address needs no response",
        PASS,
        ACCOUNT,
        ACTIVE,
        subscribed(),
        every(protection(ADDRESS_ARN, "DISABLED", "Block", "h")),
        CONTACTS,
        TEAM,
    ),
    case("no health check", FAIL, ACCOUNT, ACTIVE, subscribed(), PROTECTED, CONTACTS, TEAM, because="no health check"),
    case("no engagement", FAIL, ACCOUNT, ACTIVE, subscribed("DISABLED"), READY, CONTACTS, TEAM, because="engagement"),
    case("no contact", FAIL, ACCOUNT, ACTIVE, subscribed(), READY, None, TEAM, because="contact"),
    case("no role", FAIL, ACCOUNT, ACTIVE, subscribed(), READY, CONTACTS, made(ShieldResponseTeam), because="no role"),
    case(
        "ends soon",
        FAIL,
        ACCOUNT,
        ACTIVE,
        subscribed(renews="DISABLED", days=30),
        READY,
        CONTACTS,
        TEAM,
        because="30 days",
    ),
    case("ends later", PASS, ACCOUNT, ACTIVE, subscribed(renews="DISABLED", days=90), READY, CONTACTS, TEAM),
    case("protections unread", UNKNOWN, ACCOUNT, ACTIVE, subscribed(), UNREAD_SHIELD, CONTACTS, TEAM),
    case("no subscription", NOT_APPLICABLE, ACCOUNT, INACTIVE, None, NONE, None, None),
)
