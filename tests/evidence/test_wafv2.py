from typing import Any

import pytest

from auditor.evidence.wafv2 import (
    AclRule,
    AllowedIpSets,
    EdgeWebAclLogging,
    Match,
    OwnRuleGroups,
    WebAcl,
    WebAclAssociations,
    WebAclEntry,
    WebAclLogging,
)
from auditor.testing import gathered, made

EDGE_ARN = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1-2"
REGIONAL_ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/app/3-4"
EDGE = made(WebAclEntry, Name="edge", Id="1-2", ARN=EDGE_ARN)
REGIONAL = made(WebAclEntry, Name="app", Id="3-4", ARN=REGIONAL_ARN)
SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"}


def acl(*rules: dict[str, Any], **fields: Any) -> WebAcl:
    raw = {
        "Name": "edge",
        "Id": "1-2",
        "ARN": EDGE_ARN,
        "DefaultAction": {"Allow": {}},
        "Rules": list(rules),
        "VisibilityConfig": SEEN,
    }
    return gathered(WebAcl, EDGE, GetWebACL={"WebACL": raw | fields})[0]  # type: ignore[no-any-return]


def managed(name: str, priority: int = 0, *, override: str = "None", **statement: Any) -> dict[str, Any]:
    group = {"VendorName": "AWS", "Name": name, **statement}
    return {
        "Name": f"run-{name}",
        "Priority": priority,
        "Statement": {"ManagedRuleGroupStatement": group},
        "OverrideAction": {override: {}},
        "VisibilityConfig": SEEN,
    }


def test_scope_is_read_from_the_arn() -> None:
    assert (EDGE.scope, REGIONAL.scope) == ("CLOUDFRONT", "REGIONAL")
    one = acl()
    assert (one.is_edge, one.name, one.default_action, one.rules) == (True, "edge", "Allow", ())


def test_the_web_acl_is_asked_by_name_id_and_scope() -> None:
    def answer(params: Any) -> Any:
        assert params == {"Name": "app", "Id": "3-4", "Scope": "REGIONAL"}
        return {"WebACL": {"Name": "app", "Id": "3-4", "ARN": REGIONAL_ARN, "DefaultAction": {"Block": {}}}}

    assert gathered(WebAcl, REGIONAL, GetWebACL=answer)[0].default_action == "Block"


def test_rules_of_firewall_manager_run_first_and_last() -> None:
    group = {"VendorName": "AWS", "Name": "AWSManagedRulesSQLiRuleSet"}
    first = {"Name": "fms", "Priority": 0, "FirewallManagerStatement": {"ManagedRuleGroupStatement": group}}
    one = acl(
        managed("AWSManagedRulesCommonRuleSet", 2),
        managed("AWSManagedRulesKnownBadInputsRuleSet", 1),
        PreProcessFirewallManagerRuleGroups=[first],
        PostProcessFirewallManagerRuleGroups=[first | {"Name": "last"}],
    )
    assert [rule.rule for rule in one.rules] == [
        "fms",
        "run-AWSManagedRulesKnownBadInputsRuleSet",
        "run-AWSManagedRulesCommonRuleSet",
        "last",
    ]
    assert len(one.running("AWSManagedRulesSQLiRuleSet")) == 2
    assert not one.running("AWSManagedRulesBotControlRuleSet")


def test_a_group_of_another_vendor_is_not_of_aws() -> None:
    rule = managed("AWSManagedRulesCommonRuleSet", VendorName="Imperva")
    assert not acl(rule).running("AWSManagedRulesCommonRuleSet")


def test_overrides_of_a_group() -> None:
    rule = managed(
        "AWSManagedRulesCommonRuleSet",
        override="Count",
        ScopeDownStatement={"GeoMatchStatement": {"CountryCodes": ["DE"]}},
        RuleActionOverrides=[
            {"Name": "A", "ActionToUse": {"Count": {}}},
            {"Name": "B", "ActionToUse": {"Allow": {}}},
            {"Name": "C", "ActionToUse": {"Block": {}}},
        ],
        ExcludedRules=[{"Name": "D"}],
    )
    one = acl(rule).rules[0]
    (group,) = one.groups
    assert one.group_only_counts
    assert group.is_scoped_down
    assert group.counted_rules == ("A", "D")
    assert group.disarmed_rules == ("A", "B", "D")


def test_own_rules_tell_action_statements_and_rate() -> None:
    byte = {"SqliMatchStatement": {"FieldToMatch": {"Body": {}}, "TextTransformations": []}}
    own = {
        "Name": "own",
        "Priority": 0,
        "Action": {"Block": {}},
        "Statement": {"AndStatement": {"Statements": [byte, {"NotStatement": {"Statement": byte}}]}},
        "VisibilityConfig": SEEN,
    }
    rate = {
        "Name": "rate",
        "Priority": 1,
        "Action": {"Captcha": {}},
        "Statement": {"RateBasedStatement": {"Limit": 1000, "AggregateKeyType": "IP"}},
        "VisibilityConfig": SEEN,
    }
    first, second = acl(own, rate).rules
    assert (first.action, first.statement_kinds, first.group_only_counts) == (
        "Block",
        ("AndStatement", "NotStatement", "SqliMatchStatement"),
        False,
    )
    assert (second.action, second.rate_limit, second.rate_seconds, second.rate_key) == ("Captcha", 1000, 300, "IP")


def log(**fields: Any) -> WebAclLogging:
    return made(EdgeWebAclLogging, {"ResourceArn": EDGE_ARN, "LogDestinationConfigs": ["arn:bucket"], **fields})


def log_filter(behavior: str, *actions: str, requirement: str = "MEETS_ANY", label: str = "") -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [{"ActionCondition": {"Action": one}} for one in actions]
    conditions += [{"LabelNameCondition": {"LabelName": label}}] if label else []
    return {"Behavior": behavior, "Requirement": requirement, "Conditions": conditions}


@pytest.mark.parametrize(
    ("default", "filters", "kept"),
    [
        ("KEEP", [], True),
        ("DROP", [], False),
        ("DROP", [log_filter("KEEP", "BLOCK", "COUNT")], True),
        ("DROP", [log_filter("KEEP", "ALLOW")], False),
        ("KEEP", [log_filter("DROP", "BLOCK")], False),
        ("DROP", [log_filter("KEEP", "BLOCK", requirement="MEETS_ALL")], True),
        ("DROP", [log_filter("KEEP", "BLOCK", requirement="MEETS_ALL", label="l")], False),
        ("DROP", [log_filter("KEEP", "BLOCK", "COUNT", requirement="MEETS_ALL")], False),
    ],
)
def test_log_filters_keep_or_drop(default: str, filters: list[dict[str, Any]], kept: bool) -> None:
    assert log(LoggingFilter={"DefaultBehavior": default, "Filters": filters}).keeps("BLOCK") is kept


def test_log_without_a_filter_keeps_all_and_names_what_is_redacted() -> None:
    one = log(RedactedFields=[{"SingleHeader": {"Name": "Authorization"}}, {"QueryString": {}}])
    assert one.keeps("BLOCK")
    assert one.redacted == ("authorization", "QueryString")


def test_only_regional_web_acls_are_asked_for_load_balancers() -> None:
    answer = {"ResourceArns": ["arn:lb"]}
    assert gathered(WebAclAssociations, REGIONAL, ListResourcesForWebACL=answer).load_balancers == ("arn:lb",)
    assert gathered(WebAclAssociations, EDGE, ListResourcesForWebACL=answer).load_balancers == ()


def byte(header: str) -> dict[str, Any]:
    field = {"SingleHeader": {"Name": header}}
    rest = {"SearchString": "s", "TextTransformations": [], "PositionalConstraint": "EXACTLY"}
    return {"ByteMatchStatement": {"FieldToMatch": field, **rest}}


def negated(statement: dict[str, Any]) -> dict[str, Any]:
    return {"NotStatement": {"Statement": statement}}


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"AndStatement": {"Statements": list(parts)}}


def either(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"OrStatement": {"Statements": list(parts)}}


GEO = {"GeoMatchStatement": {"CountryCodes": ["DE"]}}
KEY = byte("X-Key")


@pytest.mark.parametrize(
    ("statement", "surely", "may"),
    [
        (KEY, False, False),
        (negated(KEY), True, True),
        (negated(negated(KEY)), False, False),
        (GEO, False, True),
        (negated(GEO), False, True),
        (both(negated(KEY), GEO), False, True),
        (both(KEY, GEO), False, False),
        (either(negated(KEY), GEO), True, True),
        (either(KEY, GEO), False, True),
        (byte("user-agent"), False, True),
    ],
)
def test_what_fits_requests_that_lack_a_header(statement: dict[str, Any], surely: bool, may: bool) -> None:
    match = Match.read(statement)
    assert match is not None
    assert (match.surely_fits({"x-key"}), match.may_fit({"x-key"})) == (surely, may)


def own(action: str, statement: dict[str, Any], priority: int = 0) -> dict[str, Any]:
    return {
        "Name": f"own-{priority}",
        "Priority": priority,
        "Action": {action: {}},
        "Statement": statement,
        "VisibilityConfig": SEEN | {"MetricName": f"own{priority}"},
    }


@pytest.mark.parametrize(
    ("rules", "default", "refuses"),
    [
        ([own("Block", negated(KEY))], "Allow", True),
        ([own("Count", negated(KEY))], "Allow", False),
        ([own("Block", KEY)], "Allow", False),
        ([own("Allow", KEY)], "Block", True),
        ([own("Allow", KEY), own("Allow", GEO, 1)], "Block", False),
        ([own("Allow", GEO), own("Block", negated(KEY), 1)], "Allow", False),
        ([own("Block", negated(KEY)), own("Allow", GEO, 1)], "Allow", True),
        ([managed("AWSManagedRulesCommonRuleSet"), own("Block", negated(KEY), 1)], "Allow", True),
        ([], "Allow", False),
    ],
)
def test_a_web_acl_refuses_requests_without_a_header(rules: list[dict[str, Any]], default: str, refuses: bool) -> None:
    one = acl(*rules, DefaultAction={default: {}})
    assert one.refuses_without({"x-key"}) is refuses


def test_rules_have_metrics_of_their_own() -> None:
    one = acl(own("Block", GEO, 3))
    (rule,) = gathered(AclRule, one, GetWebACL={})
    assert (rule.arn, rule.name) == (f"{EDGE_ARN}/rule/own-3", "edge/own-3")
    assert (rule.metric_name, rule.acl_metric, rule.region) == ("own3", "edge", one.region)


def test_rules_that_can_stop_a_request() -> None:
    stopping, counting, group, idle = acl(
        own("Captcha", GEO),
        own("Count", GEO, 1),
        managed("AWSManagedRulesSQLiRuleSet", 2),
        managed("AWSManagedRulesSQLiRuleSet", 3, override="Count"),
    ).rules
    assert [one.can_stop for one in (stopping, counting, group, idle)] == [True, False, True, False]


def group_rule(arn: str, priority: int, override: str = "None") -> dict[str, Any]:
    statement = {"RuleGroupReferenceStatement": {"ARN": arn}}
    return {"Name": f"g{priority}", "Priority": priority, "Statement": statement, "OverrideAction": {override: {}}}


def test_own_rule_groups_are_asked_by_name_and_those_of_others_by_arn() -> None:
    mine = "arn:aws:wafv2:us-east-1:123456789012:global/rulegroup/mine/7"
    theirs = "arn:aws:wafv2:us-east-1:999999999999:global/rulegroup/theirs/8"
    counted = "arn:aws:wafv2:us-east-1:123456789012:global/rulegroup/counted/9"
    asked = []

    def answer(params: Any) -> Any:
        asked.append(params)
        return {"RuleGroup": {"Rules": [own("Block", GEO)]}}

    one = acl(group_rule(mine, 0), group_rule(theirs, 1), group_rule(counted, 2, "Count"), group_rule(mine, 3))
    found: OwnRuleGroups = gathered(OwnRuleGroups, one, GetRuleGroup=answer)
    assert asked == [{"Name": "mine", "Id": "7", "Scope": "CLOUDFRONT"}, {"ARN": theirs}]
    assert [rule.blocks("GeoMatchStatement") for rule in found.rules] == [True, True]
    assert not found.rules[0].blocks("SqliMatchStatement")


def test_ip_sets_are_asked_where_a_rule_allows_them() -> None:
    office = "arn:aws:wafv2:us-east-1:123456789012:global/ipset/office/7"
    bad = "arn:aws:wafv2:us-east-1:123456789012:global/ipset/bad/8"

    def answer(params: Any) -> Any:
        assert params == {"Name": "office", "Id": "7", "Scope": "CLOUDFRONT"}
        return {"IPSet": {"Addresses": ["192.0.2.0/24"]}}

    allowed = both(GEO, {"IPSetReferenceStatement": {"ARN": office}})
    one = acl(own("Allow", allowed), own("Block", {"IPSetReferenceStatement": {"ARN": bad}}, 1))
    found: AllowedIpSets = gathered(AllowedIpSets, one, GetIPSet=answer)
    assert found.blocks == {office: ("192.0.2.0/24",)}


def test_paths_of_fraud_control() -> None:
    configs = [
        {"AWSManagedRulesATPRuleSet": {"LoginPath": "/login"}},
        {"AWSManagedRulesACFPRuleSet": {"CreationPath": "/new", "RegistrationPagePath": "/register"}},
    ]
    (group,) = acl(managed("AWSManagedRulesATPRuleSet", ManagedRuleGroupConfigs=configs)).rules[0].groups
    assert (group.login_paths, group.creation_paths) == (("/login",), ("/new",))
