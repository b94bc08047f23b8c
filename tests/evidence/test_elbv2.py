from __future__ import annotations

from typing import Any

import pytest
from networks import TARGETS, balancer, health, listener, target_group

from auditor.evidence.elbv2 import (
    Listener,
    ListenerRule,
    LoadBalancer,
    LoadBalancerAttributes,
    LoadBalancerTags,
    SslPolicies,
    TargetGroupAttributes,
    TargetHealth,
    balancer_of,
)
from auditor.testing import Canned, gathered, made

SHOP = balancer()


def test_load_balancer() -> None:
    assert SHOP.name == "shop"
    assert SHOP.dimension == "app/shop/1"
    assert (SHOP.is_application, SHOP.is_network, SHOP.is_gateway) == (True, False, False)
    assert (SHOP.is_internet_facing, SHOP.is_active) == (True, True)
    assert SHOP.subnet_ids == ("subnet-1",)
    assert SHOP.group_ids == ("sg-lb",)


@pytest.mark.parametrize(
    ("scheme", "kind", "families"),
    [
        ("internet-facing", "ipv4", (True, False)),
        ("internet-facing", "dualstack", (True, True)),
        ("internet-facing", "dualstack-without-public-ipv4", (False, True)),
        ("internal", "dualstack", (False, False)),
    ],
)
def test_public_addresses_of_load_balancers(scheme: str, kind: str, families: tuple[bool, bool]) -> None:
    one = balancer(scheme=scheme, IpAddressType=kind)
    assert (one.has_public_ipv4, one.has_public_ipv6) == families


def test_a_load_balancer_that_is_not_up() -> None:
    assert not balancer(State={"Code": "provisioning"}).is_active
    assert balancer(State={"Code": "active_impaired"}).is_active
    gateway = made(
        LoadBalancer, LoadBalancerArn="arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/gwy/g/1", Type="gateway"
    )
    assert gateway.scheme is None
    assert not gateway.is_internet_facing


def attributes(**values: str) -> LoadBalancerAttributes:
    named = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
    return made(LoadBalancerAttributes, Attributes=named)


def test_what_comes_by_private_link_is_filtered_unless_that_is_off() -> None:
    enforces = "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
    assert [balancer(**more).filters_endpoints for more in ({}, {enforces: "on"}, {enforces: "off"})] == [
        True, True, False,
    ]  # fmt: skip


def test_the_load_balancer_of_a_listener() -> None:
    start = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
    assert balancer_of(f"{start}listener/app/shop/1/2") == f"{start}loadbalancer/app/shop/1"
    assert balancer_of("arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-1") == ""


def test_attributes_of_a_load_balancer() -> None:
    one = attributes(
        access_logs__s3__enabled="true", access_logs__s3__bucket="logs", deletion_protection__enabled="false"
    )
    assert one.access_log_bucket == "logs"
    assert one.deletion_protection is False
    assert one.cross_zone is None
    assert one.zonal_shift is None
    assert attributes(access_logs__s3__enabled="false", access_logs__s3__bucket="logs").access_log_bucket is None
    assert attributes(load_balancing__cross_zone__enabled="true").cross_zone is True


def test_listener() -> None:
    one = listener(SHOP, to=TARGETS, SslPolicy="ELBSecurityPolicy-2016-08", Certificates=[{"CertificateArn": "arn:c"}])
    assert (one.port, one.is_http, one.is_tls, one.transports) == (443, True, True, ("tcp",))
    assert one.target_group_arns == (TARGETS,)
    assert one.certificate_arns == ("arn:c",)
    assert one.mutual_tls == "off"
    assert not one.authenticates
    assert one.enclosing(LoadBalancer) is SHOP


@pytest.mark.parametrize(
    ("protocol", "transports"),
    [("TCP", ("tcp",)), ("TLS", ("tcp",)), ("UDP", ("udp",)), ("TCP_UDP", ("tcp", "udp")), ("QUIC", ("udp",))],
)
def test_transports(protocol: str, transports: tuple[str, ...]) -> None:
    assert listener(SHOP, 53, protocol).transports == transports


def test_the_listener_of_a_gateway_load_balancer_has_no_port() -> None:
    assert made(Listener, ListenerArn="arn:l", LoadBalancerArn="arn:b").transports == ()


def test_actions() -> None:
    weighted = {"TargetGroups": [{"TargetGroupArn": "arn:1", "Weight": 1}, {"TargetGroupArn": "arn:2", "Weight": 9}]}
    actions: list[dict[str, Any]] = [
        {"Type": "authenticate-oidc"},
        {"Type": "forward", "TargetGroupArn": "arn:1", "ForwardConfig": weighted},
    ]
    one = listener(SHOP, DefaultActions=actions)
    assert one.authenticates
    assert one.target_group_arns == ("arn:1", "arn:2")
    assert not one.redirects_to_https
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    assert listener(SHOP, 80, "HTTP", DefaultActions=[redirect]).redirects_to_https
    elsewhere = {"Type": "redirect", "RedirectConfig": {"Protocol": "#{protocol}", "StatusCode": "HTTP_302"}}
    assert not listener(SHOP, 80, "HTTP", DefaultActions=[elsewhere]).redirects_to_https


def test_rules_are_asked_of_http_listeners_only() -> None:
    conditions = [
        {"Field": "path-pattern", "Values": ["/a"], "PathPatternConfig": {"Values": ["/a"]}},
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X-Origin", "Values": ["s"]}},
    ]
    raw = {
        "RuleArn": "arn:r",
        "Priority": "1",
        "IsDefault": False,
        "Conditions": conditions,
        "Actions": [{"Type": "forward", "TargetGroupArn": TARGETS}],
    }
    fixed = {"RuleArn": "arn:d", "Priority": "default", "IsDefault": True, "Actions": [{"Type": "fixed-response"}]}
    first, last = gathered(ListenerRule, listener(SHOP), DescribeRules={"Rules": [raw, fixed]})
    assert (first.forwards, first.paths, first.headers, first.target_group_arns) == (
        True,
        ("/a",),
        ("x-origin",),
        (TARGETS,),
    )
    assert (last.is_default, last.answers_itself, last.forwards, last.authenticates) == (True, True, False, False)
    assert first.enclosing(LoadBalancer) is SHOP
    assert gathered(ListenerRule, listener(SHOP, 25, "TCP"), DescribeRules={"Rules": [raw]}) == ()


def test_target_group() -> None:
    one = target_group(SHOP)
    assert (one.name, one.dimension, one.is_in_use) == ("app", "targetgroup/app/1", True)
    assert one.balancer_dimension == "app/shop/1"
    assert target_group(SHOP, LoadBalancerArns=[]).balancer_dimension == "-"
    assert one.health_check_enabled
    assert not target_group(SHOP, LoadBalancerArns=[]).is_in_use


def test_attributes_of_a_target_group() -> None:
    on = [{"Key": "stickiness.enabled", "Value": "true"}, {"Key": "stickiness.type", "Value": "app_cookie"}]
    sticky = made(TargetGroupAttributes, Attributes=[*on, {"Key": "preserve_client_ip.enabled", "Value": "false"}])
    assert sticky.stickiness == "app_cookie"
    assert sticky.keeps_client_address is False
    assert sticky.cross_zone is None
    off = made(TargetGroupAttributes, Attributes=[{"Key": "stickiness.enabled", "Value": "false"}, on[1]])
    assert off.stickiness is None
    assert off.keeps_client_address is None


def test_target_health() -> None:
    one = health("i-1", "i-2", state="unhealthy")
    assert [target.id for target in one.targets] == ["i-1", "i-2"]
    assert one.healthy == ()
    assert health("i-1").healthy
    taking = [
        state
        for state in ("healthy", "initial", "unavailable", "unhealthy", "draining", "unused")
        if health("i-1", state=state).targets[0].takes_traffic
    ]
    assert taking == ["healthy", "initial", "unavailable"]
    assert made(TargetHealth, TargetHealthDescriptions=[]).targets == ()


def test_tags_are_asked_for_many_at_once() -> None:
    from auditor.aws import Aws
    from auditor.evidence.elbv2 import load_balancer_tags
    from auditor.wiring import Batch

    other = balancer("other")
    answer = {"TagDescriptions": [{"ResourceArn": SHOP.arn, "Tags": [{"Key": "Tier", "Value": "web"}]}]}
    transport = Canned({"DescribeTags": answer})
    aws = Aws(transport, "aws", "123456789012", "eu-west-1", load_balancer_tags.calls)
    found: dict[str, LoadBalancerTags] = load_balancer_tags.function(aws, Batch([SHOP, other]))
    assert {arn: dict(tags.values) for arn, tags in found.items()} == {SHOP.arn: {"Tier": "web"}}
    assert transport.requests[0].params == {"ResourceArns": [SHOP.arn, other.arn]}


def test_security_policies() -> None:
    page = {"SslPolicies": [{"Name": "old", "SslProtocols": ["TLSv1", "TLSv1.2"], "Ciphers": [{"Name": "AES128-SHA"}]}]}
    policies = gathered(SslPolicies, DescribeSSLPolicies=[page, {"SslPolicies": [{"Name": "new"}]}])
    old = policies.named("old")
    assert (old.protocols, old.ciphers) == (("TLSv1", "TLSv1.2"), ("AES128-SHA",))
    assert policies.named("new") is not None
    assert policies.named("none") is None
