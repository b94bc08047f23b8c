from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import (
    ACCELERATOR_ENI,
    ANYWHERE,
    ANYWHERE6,
    CLOUDFRONT,
    OTHERS,
    SERVICE_GROUP,
    SSH_OPEN,
    TARGETS,
    TO_GATEWAY,
    accelerated,
    acl,
    attributes,
    balancer,
    classic,
    distribution,
    endpoint_link,
    eni,
    entries,
    entry,
    exposure,
    group,
    health,
    http_api,
    http_integration,
    listener,
    listener_rule,
    prefix_list,
    rest_api,
    rest_method,
    rest_names,
    rest_stage,
    route,
    rule,
    subnet,
    table,
    target_group,
    vpc_link,
    vpc_origin,
    vpc_origin_endpoint,
)

from auditor.errors import Unread
from auditor.evidence.apigateway import ApiDomain, EndpointVpcLink, RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import HttpApi, HttpIntegration, VpcLink
from auditor.evidence.ec2_network import NetworkInterface, SecurityGroup
from auditor.evidence.elb import ClassicLoadBalancer
from auditor.evidence.elbv2 import LoadBalancer
from auditor.inference.exposure import Exposure, Path
from auditor.inference.traffic import PUBLIC, Ranges
from auditor.testing import gap, made

OWN_LIST, S3_LIST = prefix_list(), prefix_list("pl-s3", "AWS", "com.amazonaws.eu-west-1.s3")
PRIVATE_API, CLOSED_API = rest_api("PRIVATE"), rest_api(disableExecuteApiEndpoint=True)
CLOSED_HTTP = http_api(DisableExecuteApiEndpoint=True)
REPLIES = entry(100, "allow", egress=True)
AMAZON = Ranges.of(["52.0.0.0/8"], 4)


def paths_of(interface: NetworkInterface, *items: Any) -> tuple[Path, ...]:
    return exposure(interface, *items).of(interface)


def only(paths: tuple[Path, ...]) -> Path:
    assert len(paths) == 1, paths
    return paths[0]


def test_an_open_group_in_a_public_subnet() -> None:
    path = only(paths_of(eni()))
    assert (path.protocol, path.first, path.last, path.family) == ("tcp", 22, 22, 4)
    assert path.source_class() == "world"
    assert path.is_direct
    assert path.describe() == (
        "tcp 22 of 52.1.2.3 from the internet (rtb-1 routes 0.0.0.0/0 to igw-1; rule 100 of acl-1; "
        "tcp 22 from 0.0.0.0/0 in sg-1)"
    )


@pytest.mark.parametrize(
    "interface",
    [
        eni(public=""),
        eni(Status="available"),
        eni(DenyAllIgwTraffic=True),
        eni(InterfaceType="natGateway"),
        eni(InterfaceType="gateway_load_balancer_endpoint"),
        eni(groups=()),
    ],
)
def test_interfaces_that_nothing_reaches(interface: NetworkInterface) -> None:
    assert paths_of(interface) == ()


def test_an_address_beside_the_first_counts_and_a_carrier_address_does_not() -> None:
    second = {"PrivateIpAddress": "10.0.1.11", "Primary": False, "Association": {"PublicIp": "52.9.9.9"}}
    assert only(paths_of(eni(public="", PrivateIpAddresses=[second]))).address == "52.9.9.9"
    assert paths_of(eni(public="", Association={"CarrierIp": "155.1.1.1"})) == ()


def test_block_public_access_of_the_subnet() -> None:
    for mode in ("block-ingress", "block-bidirectional"):
        assert paths_of(eni(), subnet(BlockPublicAccessStates={"InternetGatewayBlockMode": mode})) == ()
    assert paths_of(eni(), subnet(BlockPublicAccessStates={"InternetGatewayBlockMode": "off"}))


def test_ipv6_only() -> None:
    interface = eni(public="", Ipv6Addresses=[{"Ipv6Address": "2600:1f18::5"}])
    path = only(paths_of(interface))
    assert (path.family, path.address, path.source_class()) == (6, "2600:1f18::5", "world")
    assert paths_of(interface, table(TO_GATEWAY)) == ()
    assert paths_of(interface, table(route(ANYWHERE6, EgressOnlyInternetGatewayId="eigw-1"))) == ()
    private = {"Ipv6CidrBlock": "2600:1f18::/64", "Ipv6AddressAttribute": "private"}
    assert paths_of(interface, subnet(Ipv6CidrBlockAssociationSet=[private])) == ()


def test_the_main_table_serves_where_no_other_does() -> None:
    own = table(
        route(ANYWHERE, NatGatewayId="nat-1"), id="rtb-own", Associations=[{"Main": False, "SubnetId": "subnet-1"}]
    )
    main = table(TO_GATEWAY)
    assert only(paths_of(eni(), main)).chain[0].startswith("rtb-1 ")
    assert paths_of(eni(), main, own) == ()


@pytest.mark.parametrize(
    "way",
    [
        route(ANYWHERE, NatGatewayId="nat-1"),
        route(ANYWHERE, TransitGatewayId="tgw-1"),
        route(ANYWHERE, GatewayId="igw-1", State="blackhole"),
        route(ANYWHERE, GatewayId="vpce-1"),
    ],
)
def test_a_public_address_without_a_way_back(way: dict[str, Any]) -> None:
    assert paths_of(eni(), table(way)) == ()


def test_a_longer_prefix_takes_its_range_out() -> None:
    path = only(paths_of(eni(), table(TO_GATEWAY, route("52.0.0.0/8", NatGatewayId="nat-1"))))
    assert not path.sources & AMAZON
    assert path.sources | AMAZON == PUBLIC[4]
    narrow = only(paths_of(eni(), table(route(OTHERS, GatewayId="igw-1"))))
    assert list(narrow.sources.cidrs(4)) == [OTHERS]
    assert narrow.source_class() == "limited"


def test_a_route_by_a_prefix_list() -> None:
    named = prefix_list()
    way = table(route("pl-1", GatewayId="igw-1"))
    assert list(only(paths_of(eni(), way, named, (named, entries(named, OTHERS)))).sources.cidrs(4)) == [OTHERS]
    assert only(paths_of(eni(), table(TO_GATEWAY, route("pl-s3", GatewayId="vpce-1")))).source_class() == "world"


def test_a_firewall_between_the_gateway_and_the_subnet() -> None:
    inwards = table(
        route("10.0.1.0/24", GatewayId="vpce-1"), id="rtb-edge", Associations=[{"Main": False, "GatewayId": "igw-1"}]
    )
    outwards = table(route(ANYWHERE, GatewayId="vpce-1"))
    path = only(paths_of(eni(), outwards, inwards))
    assert path.inspected
    assert "through a firewall" in path.describe()
    elsewhere = table(
        route("10.0.1.0/24", GatewayId="vpce-2"), id="rtb-edge", Associations=[{"Main": False, "GatewayId": "igw-1"}]
    )
    assert paths_of(eni(), outwards, elsewhere) == ()


def test_an_earlier_denial_of_the_acl_wins() -> None:
    denied = entry(90, "deny", ports=(22, 22))
    assert paths_of(eni(), acl(denied, entry(100, "allow"), REPLIES)) == ()
    assert paths_of(eni(), acl(entry(110, "deny", ports=(22, 22)), entry(100, "allow"), REPLIES))
    assert paths_of(eni(), acl(entry(90, "deny", ports=(23, 23)), entry(100, "allow"), REPLIES))
    named = only(paths_of(eni(), acl(entry(90, "deny", "52.0.0.0/8", ports=(22, 22)), entry(100, "allow"), REPLIES)))
    assert named.sources == PUBLIC[4] - AMAZON
    assert "rule 100 of acl-1" in named.chain


def test_an_acl_that_keeps_the_answers_in() -> None:
    inwards = entry(100, "allow")
    assert paths_of(eni(), acl(inwards)) == ()
    assert paths_of(eni(), acl(inwards, entry(100, "allow", ports=(443, 443), egress=True))) == ()
    assert paths_of(eni(), acl(inwards, entry(100, "allow", ports=(1024, 65535), egress=True)))
    few = only(paths_of(eni(), acl(inwards, entry(100, "allow", OTHERS, ports=(1024, 65535), egress=True))))
    assert list(few.sources.cidrs(4)) == [OTHERS]


def test_a_subnets_own_acl_goes_before_the_default_one() -> None:
    own = acl(entry(100, "deny"), id="acl-own", IsDefault=False, Associations=[{"SubnetId": "subnet-1"}])
    assert paths_of(eni(), acl(), own) == ()


def test_halves_and_prefix_lists_add_up() -> None:
    halves = group(rule("0.0.0.0/1", ports=22), rule("128.0.0.0/1", ports=22))
    assert only(paths_of(eni(), halves)).source_class() == "world"
    named = prefix_list()
    hidden = group(rule("pl-1", ports=22))
    assert only(paths_of(eni(), hidden, named, (named, entries(named, ANYWHERE)))).source_class() == "world"
    assert only(paths_of(eni(), hidden, named, (named, entries(named, OTHERS)))).origin == OTHERS
    assert paths_of(eni(), hidden, named, (named, entries(named, "10.0.0.0/8"))) == ()


def test_groups_add_up() -> None:
    few, many = group(rule(OTHERS, ports=22), id="sg-1"), group(rule(ANYWHERE, ports=(20, 25)), id="sg-2")
    paths = paths_of(eni(groups=("sg-1", "sg-2")), few, many)
    assert [path.ports for path in paths] == ["tcp 20-25"]
    assert paths[0].chain[-1] == "tcp 20-25 from 0.0.0.0/0 in sg-2"


def test_private_sources_and_groups_are_not_the_internet() -> None:
    assert paths_of(eni(), group(rule("10.0.0.0/8", "sg-2", ports=22))) == ()


def test_a_list_of_aws_is_a_class_of_its_own() -> None:
    path = only(paths_of(eni(), group(rule("pl-cf", ports=443)), CLOUDFRONT))
    assert path.source_class() == "edge"
    assert path.origin == "com.amazonaws.global.cloudfront.origin-facing"
    assert not path.is_world()


def test_a_list_that_nobody_knows_is_not_taken_for_empty() -> None:
    with pytest.raises(Unread, match="pl-gone"):
        paths_of(eni(), group(rule("pl-gone", ports=22)))


def test_all_protocols() -> None:
    paths = paths_of(eni(), group(rule(ANYWHERE)))
    assert {path.ports for path in paths} == {"all tcp ports", "all udp ports", "icmp", "all other protocols"}
    assert any(path.covers(53, "udp") for path in paths)


def test_icmp_has_types_and_codes_and_needs_its_answer() -> None:
    ping = group(rule(ANYWHERE, ports=(8, -1), protocol="icmp"))
    assert only(paths_of(eni(), ping)).ports == "icmp"
    one_way = acl(entry(100, "allow"), entry(100, "allow", ports=(1024, 65535), egress=True))
    assert paths_of(eni(), ping, one_way) == ()
    code = {"RuleNumber": 50, "RuleAction": "deny", "Egress": False, "CidrBlock": ANYWHERE, "Protocol": "1"}
    kept = acl(code | {"IcmpTypeCode": {"Type": 8, "Code": -1}}, entry(100, "allow"), REPLIES)
    assert paths_of(eni(), ping, kept) == ()


def test_ports_and_addresses() -> None:
    several = group(
        rule(ANYWHERE, ports=(80, 90)), rule(OTHERS, ports=(91, 95)), rule(ANYWHERE, ports=53, protocol="udp")
    )
    interface = eni(Ipv6Addresses=[{"Ipv6Address": "2600:1f18::5"}])
    found = exposure(interface, several)
    assert found.reachable_ports(interface) == ((80, 95),)
    assert found.reachable_ports(interface, "udp") == ((53, 53),)
    assert found.at("52.1.2.3", interface.region) == found.of(interface)
    assert found.at("52.0.0.1", interface.region) == ()


# Load balancers

WEB = group(rule(ANYWHERE, ports=443), id="sg-lb")
APP = group(rule("sg-lb", ports=8080), id="sg-1")
SHOP = balancer()
APP_GROUP = target_group(SHOP)
HIDDEN = eni(public="")


def behind(*items: Any, of: Any = SHOP, targets: Any = APP_GROUP, to: Any = None) -> Exposure:
    return exposure(HIDDEN, of, targets, (targets, to or health("i-1")), *items)


def test_an_application_load_balancer_and_its_targets() -> None:
    found = behind(WEB, APP, listener(SHOP, to=TARGETS))
    assert [path.ports for path in found.of_load_balancer(SHOP)] == ["tcp 443"]
    path = only(found.of(HIDDEN))
    assert (path.ports, path.via, path.source_class()) == ("tcp 8080", (SHOP.arn,), "world")
    assert path.chain[-1] == "shop passes port 443 on to port 8080 of app"
    assert found.direct(HIDDEN) == ()
    assert found.reachable_ports(HIDDEN) == ((8080, 8080),)


def test_an_internal_load_balancer_leads_nowhere() -> None:
    internal = balancer(scheme="internal")
    found = behind(WEB, APP, listener(internal, to=TARGETS), of=internal)
    assert found.of_load_balancer(internal) == ()
    assert found.of(HIDDEN) == ()


def test_a_listener_that_the_groups_do_not_admit() -> None:
    assert behind(WEB, APP, listener(SHOP, 8443, to=TARGETS)).of(HIDDEN) == ()
    from_cloudfront = group(rule("pl-cf", ports=443), id="sg-lb")
    found = behind(from_cloudfront, APP, CLOUDFRONT, listener(SHOP, to=TARGETS))
    assert only(found.of(HIDDEN)).source_class() == "edge"


def test_targets_that_do_not_admit_the_load_balancer() -> None:
    for closed in (
        group(rule("sg-lb", ports=9090)),
        group(rule("sg-9", ports=8080)),
        group(rule("10.9.0.0/16", ports=8080)),
    ):
        assert behind(WEB, closed, listener(SHOP, to=TARGETS)).of(HIDDEN) == ()
    by_subnet = group(rule("10.0.1.0/24", ports=8080))
    assert behind(WEB, by_subnet, listener(SHOP, to=TARGETS)).of(HIDDEN)


def test_only_targets_that_get_traffic() -> None:
    for state, reached in (("initial", True), ("unhealthy", False), ("draining", False), ("unused", False)):
        found = behind(WEB, APP, listener(SHOP, to=TARGETS), to=health("i-1", state=state))
        assert bool(found.of(HIDDEN)) is reached


def test_a_target_by_its_address_with_a_port_of_its_own() -> None:
    by_address = target_group(SHOP, kind="ip")
    open_port = group(rule("sg-lb", ports=9000))
    found = behind(WEB, open_port, listener(SHOP, to=TARGETS), targets=by_address, to=health("10.0.1.10", Port=9000))
    assert only(found.of(HIDDEN)).ports == "tcp 9000"


def test_an_instance_is_reached_at_its_first_interface() -> None:
    second = eni("eni-2", public="", Attachment={"InstanceId": "i-1", "DeviceIndex": 1})
    found = behind(WEB, APP, second, listener(SHOP, to=TARGETS))
    assert found.of(HIDDEN)
    assert found.of(second) == ()


def test_an_address_that_two_networks_use_is_taken_in_the_targets_own() -> None:
    twin = eni("eni-2", public="", VpcId="vpc-2")
    by_address = target_group(SHOP, kind="ip")
    found = behind(WEB, APP, twin, listener(SHOP, to=TARGETS), targets=by_address, to=health("10.0.1.10"))
    assert found.of(HIDDEN)
    assert found.of(twin) == ()
    peered = target_group(SHOP, kind="ip", VpcId="vpc-3")
    assert behind(WEB, APP, listener(SHOP, to=TARGETS), targets=peered, to=health("10.0.1.10")).of(HIDDEN)


def test_a_group_that_only_a_rule_names() -> None:
    other = target_group(SHOP, arn=f"{TARGETS}2")
    open_one = listener(SHOP, to=TARGETS)
    parts = (WEB, APP, open_one, other, (other, health("i-1")))
    assert only(behind(*parts, listener_rule(open_one, other.arn), to=health()).of(HIDDEN)).ports == "tcp 8080"
    assert behind(*parts, to=health()).of(HIDDEN) == ()


def test_a_rule_of_another_listener_that_nothing_reaches() -> None:
    closed = listener(SHOP, 8443)
    assert behind(WEB, APP, listener(SHOP), closed, listener_rule(closed, TARGETS)).of(HIDDEN) == ()


def test_a_group_that_one_listener_has_by_default_and_another_by_a_rule() -> None:
    open_one, closed = listener(SHOP), listener(SHOP, 8443, to=TARGETS)
    found = behind(WEB, APP, open_one, closed, listener_rule(open_one, TARGETS))
    assert only(found.of(HIDDEN)).chain[-1] == "shop passes port 443 on to port 8080 of app"


def test_rules_that_could_not_be_read() -> None:
    open_one = listener(SHOP)
    found = exposure(HIDDEN, SHOP, APP_GROUP, WEB, APP, open_one, rule_gaps=[gap("elasticloadbalancing:DescribeRules")])
    assert found.of_load_balancer(SHOP)
    with pytest.raises(Unread, match="DescribeRules"):
        found.of(HIDDEN)


NETWORK = balancer(kind="network", groups=())
TCP_GROUP = target_group(NETWORK, 5432, "TCP")


def network(rules: Any, targets: Any = TCP_GROUP, *items: Any, of: Any = NETWORK, to: Any = None) -> Exposure:
    return behind(group(*rules), listener(of, 5432, "TCP", to=TARGETS), *items, of=of, targets=targets, to=to)


def test_a_network_load_balancer_that_keeps_client_addresses() -> None:
    found = network([rule(ANYWHERE, ports=5432)])
    assert [path.ports for path in found.of_load_balancer(NETWORK)] == ["tcp 5432"]
    assert only(found.of(HIDDEN)).source_class() == "world"
    assert list(only(network([rule(OTHERS, ports=5432)]).of(HIDDEN)).sources.cidrs(4)) == [OTHERS]
    assert network([rule("10.0.1.0/24", ports=5432)]).of(HIDDEN) == ()


def test_a_network_load_balancer_that_replaces_client_addresses() -> None:
    by_address = target_group(NETWORK, 5432, "TCP", "ip")
    targets = health("10.0.1.10")
    assert only(network([rule("10.0.1.0/24", ports=5432)], by_address, to=targets).of(HIDDEN)).source_class() == "world"
    assert network([rule(OTHERS, ports=5432)], by_address, to=targets).of(HIDDEN) == ()
    told = (by_address, attributes(preserve_client_ip__enabled="true"))
    assert only(network([rule(OTHERS, ports=5432)], by_address, told, to=targets).of(HIDDEN)).origin == OTHERS


def test_a_network_load_balancer_with_groups() -> None:
    guarded = balancer(kind="network")
    few = group(rule(OTHERS, ports=5432), id="sg-lb")
    found = network([rule("sg-lb", ports=5432)], target_group(guarded, 5432, "TCP"), few, of=guarded)
    assert list(only(found.of(HIDDEN)).sources.cidrs(4)) == [OTHERS]


def test_an_application_load_balancer_behind_a_network_load_balancer() -> None:
    inner = balancer("inner", scheme="internal")
    front = target_group(NETWORK, 443, "TCP", "alb", arn=f"{TARGETS}-alb")
    own = target_group(inner)
    found = exposure(
        HIDDEN, NETWORK, inner, front, own, WEB, APP,
        listener(NETWORK, 443, "TCP", to=front.arn), listener(inner, 443, to=TARGETS),
        (front, health(inner.arn)), (own, health("i-1")),
    )  # fmt: skip
    path = only(found.of(HIDDEN))
    assert path.via == (NETWORK.arn, inner.arn)
    assert path.ports == "tcp 8080"


def test_interfaces_of_a_load_balancer_answer_for_its_listeners() -> None:
    own = eni("eni-lb", groups=("sg-lb",), instance="", Description="ELB app/shop/1", RequesterId="amazon-elb")
    everything = group(rule(ANYWHERE), id="sg-lb")
    found = exposure(own, SHOP, everything, listener(SHOP, to=TARGETS))
    assert [path.ports for path in found.of(own)] == ["tcp 443"]


# Classic Load Balancers


def test_an_instance_behind_a_classic_load_balancer() -> None:
    path = only(paths_of(HIDDEN, WEB, APP, classic("i-1")))
    assert (path.ports, path.address, path.source_class()) == ("tcp 8080", "old.elb.amazonaws.com", "world")
    assert path.chain[-1] == "old passes port 443 on to port 8080 of eni-1"
    assert not path.is_direct
    by_subnet = group(rule("10.0.1.0/24", ports=8080))
    assert paths_of(HIDDEN, WEB, by_subnet, classic("i-1"))


@pytest.mark.parametrize(
    "old",
    [classic("i-1", scheme="internal"), classic("i-2"), classic("i-1", port=80), classic("i-1", to=9090), classic()],
)
def test_classic_load_balancers_that_lead_nowhere(old: ClassicLoadBalancer) -> None:
    assert paths_of(HIDDEN, WEB, APP, old) == ()


# Global Accelerator

INNER = balancer(scheme="internal")


def test_an_internal_load_balancer_behind_an_accelerator() -> None:
    found = behind(WEB, APP, ACCELERATOR_ENI, accelerated(INNER.arn), listener(INNER, to=TARGETS), of=INNER)
    path = only(found.of_load_balancer(INNER))
    assert (path.ports, path.source_class(), path.address) == ("tcp 443", "world", "a.awsglobalaccelerator.com")
    assert path.chain == (
        "a.awsglobalaccelerator.com passes tcp on to shop",
        "tcp 443 from 0.0.0.0/0 in sg-lb",
    )
    inwards = only(found.of(HIDDEN))
    assert (inwards.ports, len(inwards.via), inwards.is_direct) == ("tcp 8080", 2, False)


@pytest.mark.parametrize(
    "items",
    [
        [accelerated(INNER.arn)],  # no interface of Global Accelerator
        [ACCELERATOR_ENI, accelerated("arn:another")],
        [ACCELERATOR_ENI, accelerated(INNER.arn, enabled=False)],
        [ACCELERATOR_ENI, accelerated(INNER.arn, ports=(80, 442))],
        [ACCELERATOR_ENI, accelerated(INNER.arn, protocol="UDP")],
        [ACCELERATOR_ENI, accelerated(INNER.arn, TrafficDialPercentage=0.0)],
        [ACCELERATOR_ENI, accelerated(INNER.arn, EndpointGroupRegion="us-east-1")],
        [ACCELERATOR_ENI, accelerated(INNER.arn, PortOverrides=[{"ListenerPort": 443, "EndpointPort": 8443}])],
        [
            ACCELERATOR_ENI,
            accelerated(INNER.arn),
            subnet(BlockPublicAccessStates={"InternetGatewayBlockMode": "block-ingress"}),
        ],
    ],
)
def test_accelerators_that_lead_nowhere(items: list[Any]) -> None:
    assert behind(WEB, APP, *items, listener(INNER, to=TARGETS), of=INNER).of(HIDDEN) == ()


def test_a_port_that_an_accelerator_moves() -> None:
    moved = accelerated(INNER.arn, ports=(80, 80), PortOverrides=[{"ListenerPort": 80, "EndpointPort": 443}])
    found = behind(WEB, APP, ACCELERATOR_ENI, moved, listener(INNER, to=TARGETS), of=INNER)
    assert [path.ports for path in found.of_load_balancer(INNER)] == ["tcp 443"]


def test_an_instance_behind_an_accelerator() -> None:
    end = accelerated("i-1", ports=(20, 30))
    path = only(paths_of(HIDDEN, ACCELERATOR_ENI, end, group(rule(OTHERS, ports=(22, 23)))))
    assert (path.ports, path.origin, path.is_direct) == ("tcp 22-23", OTHERS, False)
    assert paths_of(HIDDEN, ACCELERATOR_ENI, end, group(rule("sg-9", ports=22))) == ()


def test_the_group_of_global_accelerator_as_a_source() -> None:
    end = accelerated("i-1", ports=(20, 30))
    assert only(paths_of(HIDDEN, ACCELERATOR_ENI, end, group(rule("sg-ga", ports=22)))).source_class() == "world"


def test_accelerators_that_could_not_be_read() -> None:
    denied = [gap("globalaccelerator:ListEndpointGroups", "global")]
    assert exposure(HIDDEN, SSH_OPEN, accelerator_gaps=denied).of(HIDDEN) == ()
    with pytest.raises(Unread, match="ListEndpointGroups"):
        exposure(HIDDEN, ACCELERATOR_ENI, accelerator_gaps=denied).of(HIDDEN)


# VPC origins of CloudFront

FROM_CLOUDFRONT = group(rule("sg-cf", ports=443), id="sg-lb")
ORIGIN = vpc_origin(INNER.arn)
AT_443 = vpc_origin_endpoint(ORIGIN)
HOST_ORIGIN = vpc_origin("arn:aws:ec2:eu-west-1:123456789012:instance/i-1")
AT_8080 = vpc_origin_endpoint(HOST_ORIGIN, "http-only", HTTPPort=8080)


def private(*items: Any, of: LoadBalancer = INNER, marked: SecurityGroup = SERVICE_GROUP, **gaps: Any) -> Exposure:
    """A hidden instance behind an internal load balancer, in a network in which CloudFront has a security group."""
    own = target_group(of)
    return exposure(HIDDEN, of, own, APP, marked, listener(of, to=TARGETS), (own, health("i-1")), *items, **gaps)


def test_an_internal_load_balancer_as_a_vpc_origin() -> None:
    found = private(FROM_CLOUDFRONT, distribution(), ORIGIN, AT_443)
    path = only(found.of_load_balancer(INNER))
    assert (path.ports, path.source_class(), path.front, path.is_direct) == ("tcp 443", "world", "CloudFront", False)
    assert path.describe() == (
        "tcp 443 of d1.cloudfront.net from the internet (d1.cloudfront.net asks shop by the VPC origin vo_1; "
        "tcp 443 from sg-cf in sg-lb)"
    )
    inwards = only(found.of(HIDDEN))
    assert (inwards.ports, inwards.via) == ("tcp 8080", (distribution().arn, INNER.arn))
    assert found.direct(HIDDEN) == ()


@pytest.mark.parametrize(
    "let_in",
    [
        [group(rule("10.0.1.0/24", ports=443), id="sg-lb")],  # the interfaces of CloudFront stand in its subnets
        [group(rule(ANYWHERE), id="sg-lb")],
        [group(rule("pl-cf", ports=443), id="sg-lb"), CLOUDFRONT],
        [group(rule("pl-1", ports=443), id="sg-lb"), OWN_LIST, (OWN_LIST, entries(OWN_LIST, "10.0.0.0/16"))],
    ],
)
def test_what_lets_cloudfront_into_a_network(let_in: list[Any]) -> None:
    assert only(private(*let_in, distribution(), ORIGIN, AT_443).of(HIDDEN)).front == "CloudFront"


@pytest.mark.parametrize(
    "items",
    [
        [distribution(), vpc_origin(INNER.arn, Status="Deploying"), AT_443, FROM_CLOUDFRONT],
        [distribution(), vpc_origin("arn:another"), AT_443, FROM_CLOUDFRONT],
        [distribution(Enabled=False), ORIGIN, AT_443, FROM_CLOUDFRONT],
        [distribution(Staging=True), ORIGIN, AT_443, FROM_CLOUDFRONT],
        [distribution("vo_2"), ORIGIN, AT_443, FROM_CLOUDFRONT],
        [ORIGIN, AT_443, FROM_CLOUDFRONT],
        [distribution(), ORIGIN, vpc_origin_endpoint(ORIGIN, "http-only"), FROM_CLOUDFRONT],
        [distribution(), ORIGIN, vpc_origin_endpoint(ORIGIN, HTTPSPort=8443), FROM_CLOUDFRONT],
        [distribution(), ORIGIN, AT_443, group(rule("sg-cf", ports=80), id="sg-lb")],
        [distribution(), ORIGIN, AT_443, group(rule("sg-cf", ports=443, protocol="udp"), id="sg-lb")],
        [distribution(), ORIGIN, AT_443, group(rule(OTHERS, "10.9.0.0/16", "sg-9", ports=443), id="sg-lb")],
        [distribution(), ORIGIN, AT_443, group(rule("pl-s3", ports=443), id="sg-lb"), S3_LIST],
    ],
)
def test_vpc_origins_that_lead_nowhere(items: list[Any]) -> None:
    assert private(*items).of(HIDDEN) == ()


def test_a_load_balancer_that_is_being_made_or_stands_before_appliances_is_no_origin() -> None:
    for inner in (
        balancer(scheme="internal", State={"Code": "provisioning"}),
        balancer(kind="gateway", scheme="internal"),
    ):
        origin = vpc_origin(inner.arn)
        found = private(FROM_CLOUDFRONT, distribution(), origin, vpc_origin_endpoint(origin), of=inner)
        assert found.of_load_balancer(inner) == ()


def test_an_instance_as_a_vpc_origin() -> None:
    taken = group(rule("sg-cf", ports=(8000, 9000)))
    found = exposure(HIDDEN, SERVICE_GROUP, taken, distribution(), HOST_ORIGIN, AT_8080)
    path = only(found.facing(HIDDEN))
    assert (path.ports, path.front, path.is_direct) == ("tcp 8080", "CloudFront", False)
    assert found.of(HIDDEN) == (path,)
    view: Any = found.describe()
    assert [one["instance"] for one in view["reached"]] == ["i-1"]
    second = eni("eni-2", public="", Attachment={"InstanceId": "i-1", "DeviceIndex": 1, "Status": "attached"})
    assert exposure(HIDDEN, second, SERVICE_GROUP, taken, distribution(), HOST_ORIGIN, AT_8080).of(second) == ()


def test_a_network_load_balancer_that_keeps_the_address_of_cloudfront() -> None:
    inner = balancer(kind="network", scheme="internal", groups=())
    origin = vpc_origin(inner.arn)
    front = (distribution(), origin, vpc_origin_endpoint(origin), SERVICE_GROUP)
    own = target_group(inner, protocol="TCP")
    items = [HIDDEN, inner, own, listener(inner, 443, "TCP", to=TARGETS), (own, health("i-1"))]
    by_subnet = group(rule("10.0.1.0/24", ports=8080))
    assert only(exposure(*items, *front, by_subnet).of(HIDDEN)).is_world()
    assert exposure(*items, *front, group(rule(OTHERS, ports=8080))).of(HIDDEN) == ()


def test_match_viewer_takes_both_ports() -> None:
    both = group(rule("sg-cf"), id="sg-lb")
    found = private(both, distribution(), ORIGIN, vpc_origin_endpoint(ORIGIN, "match-viewer"), listener(INNER, 80))
    assert [path.ports for path in found.of_load_balancer(INNER)] == ["tcp 443", "tcp 80"]


DISTRIBUTIONS = [gap("cloudfront:ListDistributions", "global")]
ORIGINS = [gap("cloudfront:ListVpcOrigins", "global")]
ENDPOINTS = [gap("cloudfront:GetVpcOrigin", "global")]


@pytest.mark.parametrize(
    ("items", "gaps"),
    [
        ([ORIGIN, AT_443], {"distribution_gaps": DISTRIBUTIONS}),
        ([distribution()], {"origin_gaps": ORIGINS}),
        ([], {"origin_gaps": ORIGINS, "distribution_gaps": DISTRIBUTIONS}),
        ([distribution(), ORIGIN], {"endpoint_gaps": ENDPOINTS}),
    ],
)
def test_a_way_of_cloudfront_that_may_be_there(items: list[Any], gaps: Any) -> None:
    other = eni("eni-9", public="", instance="i-9", PrivateIpAddress="10.0.1.99")
    found = private(FROM_CLOUDFRONT, other, *items, **gaps)
    with pytest.raises(Unread, match="cloudfront"):
        found.of_load_balancer(INNER)
    with pytest.raises(Unread, match="cloudfront"):
        found.of(HIDDEN)
    assert found.of(other) == ()  # no target of the load balancer, and CloudFront is not let in


UNREAD: Any = {"origin_gaps": ORIGINS, "distribution_gaps": DISTRIBUTIONS}
ELSEWHERE = group(id="sg-cf", GroupName=SERVICE_GROUP.group_name, VpcId="vpc-2")


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(private(FROM_CLOUDFRONT, distribution_gaps=DISTRIBUTIONS), id="there is no VPC origin"),
        pytest.param(
            private(FROM_CLOUDFRONT, vpc_origin("arn:another"), distribution_gaps=DISTRIBUTIONS), id="none leads here"
        ),
        pytest.param(private(FROM_CLOUDFRONT, origin_gaps=ORIGINS), id="no distribution names one"),
        pytest.param(
            private(FROM_CLOUDFRONT, distribution(), vpc_origin("arn:another"), origin_gaps=ORIGINS),
            id="the one that is named is known",
        ),
        pytest.param(private(group(rule("sg-cf", ports=22), id="sg-lb"), **UNREAD), id="CloudFront is not let in"),
        pytest.param(private(FROM_CLOUDFRONT, marked=ELSEWHERE, **UNREAD), id="CloudFront is in another network"),
    ],
)
def test_what_could_not_be_read_of_cloudfront_and_changes_nothing(found: Exposure) -> None:
    assert found.of(HIDDEN) == found.of_load_balancer(INNER) == ()


def test_a_doubt_says_nothing_new_of_what_the_internet_reaches_anyway() -> None:
    shop = balancer()
    found = private(WEB, distribution(), of=shop, origin_gaps=ORIGINS)
    assert only(found.of_load_balancer(shop)).front == ""


def test_what_is_in_doubt_does_not_hide_the_rest_of_a_region() -> None:
    public = eni("eni-9", groups=("sg-9",), instance="i-9")
    items = (FROM_CLOUDFRONT, distribution(), public, group(rule(ANYWHERE, ports=22), id="sg-9"))
    found: Any = private(*items, origin_gaps=ORIGINS).describe()
    assert [one["id"] for one in found["reached"]] == [public.arn]
    assert found["unread"] == ["cloudfront:ListVpcOrigins was denied"]


# VPC links of API Gateway

REST, HTTP, SOCKET = rest_api(), http_api(), http_api("WEBSOCKET")
INNER_NETWORK = balancer("inner", "network", "internal", groups=())
TO_NETWORK = endpoint_link(INNER_NETWORK.arn)
AT_8443 = listener(INNER_NETWORK, 8443, "TCP", to=TARGETS)
ASKED = rest_method(REST)
FROM_SUBNET = group(rule("10.0.1.0/24", ports=8080))
AT_LISTENER = http_integration(HTTP, listener(INNER).arn)
FROM_LINK = group(rule("sg-link", ports=443), id="sg-lb")


def linked(*items: Any, of: LoadBalancer = INNER_NETWORK, at: Any = AT_8443, **gaps: Any) -> Exposure:
    """A hidden instance behind an internal load balancer, which the subnet of both may ask."""
    own = target_group(of, protocol="TCP" if of.is_network else "HTTP")
    return exposure(HIDDEN, of, own, FROM_SUBNET, at, (own, health("i-1")), *items, **gaps)


def test_a_rest_api_before_a_network_load_balancer() -> None:
    found = linked(REST, ASKED, TO_NETWORK)
    path = only(found.of_load_balancer(INNER_NETWORK))
    assert (path.ports, path.is_world(), path.front, path.via) == ("tcp 8443", True, "a REST API", (REST.arn,))
    assert path.describe() == (
        "tcp 8443 of r1.execute-api.eu-west-1.amazonaws.com from the internet "
        "(r1.execute-api.eu-west-1.amazonaws.com asks inner by the VPC link vl1)"
    )
    assert (only(found.of(HIDDEN)).ports, only(found.of(HIDDEN)).via) == ("tcp 8080", (REST.arn, INNER_NETWORK.arn))


def test_behind_an_endpoint_targets_see_the_load_balancer() -> None:
    own = target_group(INNER_NETWORK, protocol="TCP")
    keeping = (own, attributes(preserve_client_ip__enabled="true"))
    assert linked(REST, ASKED, TO_NETWORK, keeping).of(HIDDEN)
    assert linked(REST, ASKED, TO_NETWORK, keeping, group(rule(OTHERS, ports=8080))).of(HIDDEN) == ()


@pytest.mark.parametrize(
    ("uri", "port"),
    [("http://inner/", 80), ("https://inner/orders", 443), ("https://inner:9443", 9443), ("http://{id}.inner/", 80)],
)
def test_the_port_of_a_url(uri: str, port: int) -> None:
    at = listener(INNER_NETWORK, port, "TCP", to=TARGETS)
    assert linked(REST, rest_method(REST, uri=uri), TO_NETWORK, at=at).of(HIDDEN)
    assert linked(REST, rest_method(REST, uri=uri), TO_NETWORK).of(HIDDEN) == ()


def test_stage_variables_name_the_link_and_the_host() -> None:
    method = rest_method(REST, "${stageVariables.link}", "http://${stageVariables.host}/orders")
    prod = rest_stage(REST, link="vl1", host="inner:8443")
    assert only(linked(REST, method, TO_NETWORK, prod).of(HIDDEN)).front == "a REST API"
    assert linked(REST, method, TO_NETWORK, rest_stage(REST, link="vl9", host="inner:8443")).of(HIDDEN) == ()
    assert linked(REST, method, TO_NETWORK).of(HIDDEN) == ()


@pytest.mark.parametrize(
    "items",
    [
        [REST, ASKED, endpoint_link("arn:another")],
        [REST, ASKED, endpoint_link(INNER_NETWORK.arn, id="vl9")],
        [REST, ASKED, endpoint_link(INNER_NETWORK.arn, status="PENDING")],
        [REST, TO_NETWORK],
        [REST, rest_method(REST, connectionType="INTERNET"), TO_NETWORK],
        [PRIVATE_API, rest_method(PRIVATE_API), TO_NETWORK],
        [CLOSED_API, rest_method(CLOSED_API), TO_NETWORK],
        [CLOSED_API, rest_method(CLOSED_API), TO_NETWORK, *rest_names("another")],
    ],
)
def test_rest_apis_that_lead_nowhere(items: list[Any]) -> None:
    assert linked(*items).of(HIDDEN) == ()


def test_an_api_that_only_a_name_of_its_own_leads_to() -> None:
    path = only(linked(CLOSED_API, rest_method(CLOSED_API), TO_NETWORK, *rest_names("r1")).of(HIDDEN))
    assert path.address == "api.example.com"


def test_security_groups_that_filter_what_comes_by_an_endpoint() -> None:
    """The addresses of API Gateway are not told, so that any block may hold them, and no group can."""
    filtered = balancer("inner", "network", "internal", groups=("sg-lb",))
    unfiltered = balancer("inner", "network", "internal", EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
    named, any_block = group(rule("sg-link", ports=8443), id="sg-lb"), group(rule(ANYWHERE, ports=8443), id="sg-lb")
    for of, let_in, reached in [
        (filtered, named, False), (filtered, any_block, True), (unfiltered, named, True),
    ]:  # fmt: skip
        link = endpoint_link(of.arn)
        found = linked(REST, ASKED, link, let_in, of=of, at=listener(of, 8443, "TCP", to=TARGETS))
        assert bool(found.of_load_balancer(of)) == reached


def test_a_websocket_api_before_a_network_load_balancer() -> None:
    onward = http_integration(SOCKET, "http://inner:8443/", "vl1")
    assert only(linked(SOCKET, onward, TO_NETWORK).of(HIDDEN)).address == SOCKET.host


def test_an_http_api_before_a_listener() -> None:
    found = linked(HTTP, AT_LISTENER, vpc_link(), FROM_LINK, APP, of=INNER, at=listener(INNER, to=TARGETS))
    path = only(found.of_load_balancer(INNER))
    assert (path.ports, path.front, path.chain) == (
        "tcp 443",
        "an HTTP API",
        ("h1.execute-api.eu-west-1.amazonaws.com asks shop by the VPC link vl2", "tcp 443 from sg-link in sg-lb"),
    )
    assert only(found.of(HIDDEN)).ports == "tcp 8080"
    inactive = vpc_link(VpcLinkStatus="INACTIVE")
    assert linked(HTTP, AT_LISTENER, inactive, FROM_LINK, of=INNER, at=listener(INNER)).of_load_balancer(INNER)


def test_a_rest_api_before_an_application_load_balancer() -> None:
    method = rest_method(REST, "vl2", "https://shop.internal/", integrationTarget=INNER.arn)
    found = linked(REST, method, vpc_link(), FROM_LINK, of=INNER, at=listener(INNER))
    assert only(found.of_load_balancer(INNER)).front == "a REST API"


@pytest.mark.parametrize(
    "items",
    [
        [HTTP, AT_LISTENER, vpc_link(VpcLinkStatus="FAILED"), FROM_LINK],
        [HTTP, AT_LISTENER, vpc_link(id="vl9"), FROM_LINK],
        [HTTP, AT_LISTENER, vpc_link(groups=("sg-8",)), FROM_LINK],
        [HTTP, http_integration(HTTP, listener(INNER, 8443).arn), vpc_link(), FROM_LINK],
        [HTTP, http_integration(HTTP, listener(balancer("other")).arn), vpc_link(), FROM_LINK],
        [CLOSED_HTTP, http_integration(CLOSED_HTTP, listener(INNER).arn), vpc_link(), FROM_LINK],
    ],
)
def test_http_apis_that_lead_nowhere(items: list[Any]) -> None:
    assert linked(*items, of=INNER, at=listener(INNER)).of_load_balancer(INNER) == ()


def unread(*kinds: type) -> dict[str, Any]:
    return {"api_gaps": {kind: [gap(f"apigateway:{kind.__name__}")] for kind in kinds}}


@pytest.mark.parametrize(
    ("items", "kinds"),
    [
        ([REST, ASKED], (EndpointVpcLink,)),
        ([TO_NETWORK], (RestApi,)),
        ([TO_NETWORK], (HttpApi,)),  # a WebSocket API may use it
        ([REST, TO_NETWORK], (RestMethod,)),
        ([CLOSED_API, rest_method(CLOSED_API), TO_NETWORK], (ApiDomain,)),
        ([REST, rest_method(REST, "${stageVariables.link}"), TO_NETWORK], (RestStage,)),
        ([vpc_link()], (HttpIntegration, HttpApi)),
        ([], (RestApi, EndpointVpcLink)),
        ([], (HttpApi, VpcLink)),
    ],
)
def test_a_way_of_an_api_that_may_be_there(items: list[Any], kinds: tuple[type, ...]) -> None:
    other = eni("eni-9", public="", instance="i-9", PrivateIpAddress="10.0.1.99")
    found = linked(*items, other, **unread(*kinds))
    with pytest.raises(Unread, match="apigateway"):
        found.of_load_balancer(INNER_NETWORK)
    with pytest.raises(Unread, match="apigateway"):
        found.of(HIDDEN)
    assert found.of(other) == ()


def test_a_link_whose_status_was_left_out() -> None:
    nameless = made(EndpointVpcLink, id="vl1", name="private", targetArns=[INNER_NETWORK.arn])
    with pytest.raises(Unread, match="status"):
        linked(REST, ASKED, nameless).of_load_balancer(INNER_NETWORK)


def test_a_listener_to_which_an_integration_leads_by_a_link_that_could_not_be_read() -> None:
    others = balancer("other", scheme="internal")
    found = linked(HTTP, AT_LISTENER, others, FROM_LINK, of=INNER, at=listener(INNER), **unread(VpcLink))
    with pytest.raises(Unread, match="apigateway:VpcLink"):
        found.of_load_balancer(INNER)
    assert found.of_load_balancer(others) == ()


@pytest.mark.parametrize(
    ("items", "kinds"),
    [
        ([REST, ASKED, TO_NETWORK], (RestStage, VpcLink, ApiDomain)),
        ([REST], (EndpointVpcLink, VpcLink)),  # no integration needs a link
        ([], (RestApi, HttpApi)),  # there is no link
        ([endpoint_link("arn:another")], (RestApi,)),
        ([endpoint_link(INNER_NETWORK.arn, status="FAILED")], (RestApi,)),
        ([HTTP, AT_LISTENER], (VpcLink,)),  # the integration names another load balancer
        ([PRIVATE_API, TO_NETWORK], (RestMethod,)),
        ([vpc_link(SubnetIds=["subnet-2"]), subnet("subnet-2", VpcId="vpc-2")], (HttpApi,)),
    ],
)
def test_what_could_not_be_read_of_apis_and_changes_nothing(items: list[Any], kinds: tuple[type, ...]) -> None:
    found = linked(*items, subnet(), **unread(*kinds)).of_load_balancer(INNER_NETWORK)
    assert bool(found) == (ASKED in items)


# Evidence that could not be read


def test_what_could_not_be_read_raises() -> None:
    with pytest.raises(Unread):
        exposure(eni(), gaps=[gap("ec2:DescribeSecurityGroups")]).direct(eni())
    found = exposure(eni(), later_gaps=[gap("elbv2:DescribeLoadBalancers")])
    assert found.direct(eni())
    with pytest.raises(Unread, match="DescribeLoadBalancers"):
        found.of(eni())
    elsewhere = exposure(eni(), gaps=[gap("ec2:DescribeSecurityGroups", region="us-east-1")])
    assert elsewhere.of(eni())


# Against brute force

ports = st.tuples(st.integers(2000, 2007), st.integers(2000, 2007)).map(lambda pair: (min(pair), max(pair)))
blocks = st.sampled_from([ANYWHERE, "52.0.0.0/30", "52.0.0.2/31", "52.0.0.0/31", "10.0.0.0/8"])
permissions = st.lists(st.builds(lambda block, span: rule(block, ports=span), blocks, ports), min_size=1, max_size=4)
acl_rules = st.lists(st.tuples(st.sampled_from(["allow", "deny"]), blocks, ports, st.booleans()), max_size=5)
ways = st.dictionaries(blocks, st.sampled_from(["igw-1", "vgw-1"]), max_size=3)

HOSTS = {f"52.0.0.{last}": 52 * 2**24 + last for last in range(4)}


def _in(host: int, block: str) -> bool:
    network, _, bits = block.partition("/")
    number = int.from_bytes(bytes(map(int, network.split("."))), "big")
    return host >> (32 - int(bits)) == number >> (32 - int(bits)) if bits != "0" else True


@given(permissions, acl_rules, ways)
def test_paths_equal_brute_force(allowed: Any, rules: Any, targets: dict[str, str]) -> None:
    built = [
        entry(number, action, block, ports=span, egress=out)
        for number, (action, block, span, out) in enumerate(rules, 1)
    ]
    filters = acl(*built, entry(200, "allow", "52.0.0.0/31", egress=False), entry(200, "allow", egress=True))
    routes = table(*(route(block, GatewayId=target) for block, target in targets.items()))
    paths = paths_of(eni(), group(*allowed), filters, routes)

    def first(host: int, port: int, *, egress: bool) -> bool:
        for one in sorted(filters.entries, key=lambda one: one.number):
            if one.is_egress == egress and _in(host, one.cidr) and one.ports[0] <= port <= one.ports[1]:
                return one.allows
        return False

    def reached(host: int, port: int) -> bool:
        fitting = [block for block in (*targets, "10.0.0.0/16") if _in(host, block)]
        longest = max(fitting, key=lambda block: int(block.partition("/")[2]), default="")
        answered = any(first(host, reply, egress=True) for reply in (1024, *range(2000, 2008), 65535))
        by_group = any(
            _in(host, one["CidrIp"]) and each["FromPort"] <= port <= each["ToPort"]
            for each in allowed
            for one in each["IpRanges"]
        )
        return targets.get(longest) == "igw-1" and by_group and answered and first(host, port, egress=False)

    for host in HOSTS.values():
        for port in range(1999, 2009):
            ours = any(path.covers(port) and any(a <= host <= b for a, b in path.sources.intervals) for path in paths)
            assert ours == reached(host, port), (host, port)


def test_ten_thousand_interfaces_take_well_under_a_second() -> None:
    groups = [
        group(*(rule(f"52.{n}.{m}.0/24", ports=n) for m in range(20)), rule("sg-lb", ports=8080), id=f"sg-{n}")
        for n in range(1, 201)
    ]
    many = [
        eni(f"eni-{n}", groups=(f"sg-{n % 200 + 1}",), instance=f"i-{n}", public=f"18.{n // 250}.{n % 250}.9")
        for n in range(10_000)
    ]
    found = exposure(
        *many,
        *groups,
        WEB,
        SHOP,
        listener(SHOP, to=TARGETS),
        APP_GROUP,
        (APP_GROUP, health(*(f"i-{n}" for n in range(10_000)))),
    )
    started = time.perf_counter()
    total = sum(len(found.of(one)) for one in many)
    seconds = time.perf_counter() - started
    assert total == 20_000
    assert seconds < 3, f"{seconds:.2f} s"  # about 0.4 s on an idle core


def test_all_ways_as_plain_values() -> None:
    found: Any = exposure(eni(), group(rule(ANYWHERE, ports=22))).describe()
    (reached,) = found["reached"]
    assert (reached["id"], reached["region"]) == (eni().arn, eni().region)
    (path,) = reached["paths"]
    assert (path["ports"], path["origin"], path["sources"], path["inspected"]) == (
        "tcp 22", "the internet", "world", False,
    )  # fmt: skip
    assert found["unread"] == []


def test_a_region_that_was_not_read_is_named() -> None:
    found = exposure(eni(), gaps=(gap("ec2:DescribeSecurityGroups"),)).describe()
    assert found == {"reached": [], "unread": ["ec2:DescribeSecurityGroups was denied in eu-west-1"]}
