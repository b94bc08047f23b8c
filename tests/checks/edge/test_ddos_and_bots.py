from typing import Any

from edges import ACL_ARN, SEEN, custom, distribution, edge_of, group, own, points, s3, web_acl

from auditor.evidence.cloudfront import DistributionTenant
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
from auditor.evidence.wafv2 import EdgeWebAclLogging
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, every, gap, made

NONE = every()
ONE = distribution()
EDGE = edge_of(ONE)
NO_EDGE = edge_of(distribution(WebACLId=""))
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
    case("regional", NOT_APPLICABLE, web_acl(arn=ACL_ARN.replace("global", "regional")), EDGE),
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

test_wafv2_edge_cross_site_scripting = cases(
    "wafv2_edge_cross_site_scripting",
    case("core rule set", PASS, web_acl(group(CORE)), EDGE),
    case("own rule", PASS, web_acl(own("Block", XSS)), EDGE),
    case("own rule only counts", FAIL, web_acl(own("Count", XSS)), EDGE, because="neither"),
    case("core rule set counts", FAIL, web_acl(group(CORE, override="Count")), EDGE, because="only counts"),
    case("one rule counts", FAIL, web_acl(group(CORE, RuleActionOverrides=LET_BODY)), EDGE, because="_BODY"),
    case("one rule excluded", FAIL, web_acl(group(CORE, ExcludedRules=[{"Name": "CrossSiteScripting_COOKIE"}])), EDGE),
    case("another rule counts", PASS, web_acl(group(CORE, ExcludedRules=[{"Name": "SizeRestrictions_BODY"}])), EDGE),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE),
)

OWN_GROUP = own("Block", {"RuleGroupReferenceStatement": {"ARN": "arn:g"}}, "mine")

test_wafv2_edge_sql_injection = cases(
    "wafv2_edge_sql_injection",
    case("managed group", PASS, web_acl(group("AWSManagedRulesSQLiRuleSet")), EDGE),
    case("own rule", PASS, web_acl(own("Block", {"OrStatement": {"Statements": [SQLI, XSS]}})), EDGE),
    case("own rule lets pass", FAIL, web_acl(own("Allow", SQLI)), EDGE, because="neither"),
    case("own rule group", UNKNOWN, web_acl(OWN_GROUP), EDGE, because="mine"),
    case("static files", NOT_APPLICABLE, web_acl(), edge_of(distribution(s3()))),
    case("static and dynamic", FAIL, web_acl(), edge_of(distribution(s3()), distribution(custom()))),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE),
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

COUNTING = web_acl(group(CORE, override="Count"))
FOUR = [{"Name": name, "ActionToUse": {"Count": {}}} for name in "ABCD"]
OLD = points(*[5] * 20)

test_wafv2_edge_not_in_count_mode = cases(
    "wafv2_edge_not_in_count_mode",
    case("blocks", PASS, web_acl(group(CORE), own("Block", SQLI)), EDGE, OLD),
    case("counts for weeks", FAIL, COUNTING, EDGE, OLD, severity=Severity.HIGH, because="20 of 30 days"),
    case(
        "counts since yesterday", FAIL, COUNTING, EDGE, points(0, 3), severity=Severity.INFORMATIONAL, because="1 of 30"
    ),
    case("counts without traffic", FAIL, COUNTING, EDGE, points(), severity=Severity.INFORMATIONAL),
    case("a longer trial", FAIL, COUNTING, EDGE, OLD, severity=Severity.INFORMATIONAL, max_count_days=25),
    case("own rule counts", FAIL, web_acl(own("Count", SQLI)), EDGE, OLD, because="own only counts"),
    case("four rules count", FAIL, web_acl(group(CORE, RuleActionOverrides=FOUR)), EDGE, OLD, because="4 rules"),
    case("three rules count", PASS, web_acl(group(CORE, RuleActionOverrides=FOUR[:3])), EDGE, OLD),
    case("unused", NOT_APPLICABLE, COUNTING, NO_EDGE, OLD),
)


def log(*redacted: str, arn: str = ACL_ARN, **fields: Any) -> Any:
    raw = {
        "ResourceArn": arn,
        "LogDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-edge"],
        "RedactedFields": [{"SingleHeader": {"Name": name}} for name in redacted],
        **fields,
    }
    return made(EdgeWebAclLogging, raw)


DROPPING = {"DefaultBehavior": "DROP", "Filters": []}

test_wafv2_edge_logging = cases(
    "wafv2_edge_logging",
    case("all and redacted", PASS, web_acl(), EDGE, every(log("authorization")), because="aws-waf-logs-edge"),
    case("none", FAIL, web_acl(), EDGE, NONE, because="no logging configuration"),
    case("of another web ACL", FAIL, web_acl(), EDGE, every(log("cookie", arn="arn:other"))),
    case("drops", FAIL, web_acl(), EDGE, every(log("cookie", LoggingFilter=DROPPING)), severity=Severity.MEDIUM),
    case("credentials in it", FAIL, web_acl(), EDGE, every(log("accept")), severity=Severity.LOW),
    case("unread", UNKNOWN, web_acl(), EDGE, every(gaps=(gap("wafv2:ListLoggingConfigurations", "global"),))),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, NONE),
)

SILENT = web_acl(VisibilityConfig=SEEN | {"CloudWatchMetricsEnabled": False})

test_wafv2_edge_rules_take_effect = cases(
    "wafv2_edge_rules_take_effect",
    case("blocks", PASS, web_acl(), EDGE, points(2e6), points(7), because="blocked 7"),
    case("blocks none", FAIL, web_acl(), EDGE, points(2e6), points(), because="2,000,000"),
    case("metrics off", FAIL, SILENT, EDGE, points(), points(), because="metrics are off"),
    case("few requests", NOT_APPLICABLE, web_acl(), EDGE, points(10), points()),
    case("unused", NOT_APPLICABLE, web_acl(), NO_EDGE, points(2e6), points()),
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
BALANCER = made(
    LoadBalancer,
    LoadBalancerArn="arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1",
    Type="application",
    Scheme="internet-facing",
)
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
