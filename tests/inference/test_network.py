from __future__ import annotations

import pytest
from networks import TO_GATEWAY, eni, group, interfaces, route, routes, rule, subnet, table, vpc

from auditor.errors import Unread
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import NatGateway, VpcEndpoint
from auditor.inference.network import GroupReferences, Hosts
from auditor.testing import HOME, every, gap, made

FIRST = eni(Ipv6Addresses=[{"Ipv6Address": "2600:1f18::5"}])
SECOND = eni(
    "eni-2", groups=("sg-1", "sg-2"), public="", instance="i-2", PrivateIpAddress="10.0.2.10", SubnetId="subnet-2"
)
IDLE = eni("eni-3", Status="available")
FOUND = interfaces(FIRST, SECOND, IDLE)


def test_interfaces_in_use_by_what_they_belong_to() -> None:
    assert FOUND.within(HOME) == (FIRST, SECOND)
    assert FOUND.of_group(group()) == (FIRST, SECOND)
    assert FOUND.of_group_id("sg-2", HOME) == (SECOND,)
    assert FOUND.of_subnet(subnet("subnet-2")) == (SECOND,)
    assert FOUND.of_vpc(vpc().id, HOME) == (FIRST, SECOND)
    assert FOUND.of_instance("i-2", HOME) == (SECOND,)
    assert FOUND.of_instance("i-9", HOME) == ()
    assert FOUND.within("us-east-1") == ()


def test_interfaces_by_their_addresses() -> None:
    assert FOUND.at_public_address("52.1.2.3", HOME) == (FIRST,)
    assert FOUND.at_private_address("10.0.2.10", HOME) == (SECOND,)
    assert FOUND.in_range("10.0.0.0/16", "vpc-1", HOME) == (FIRST, SECOND)
    assert FOUND.in_range("10.0.2.0/24", "vpc-1", HOME) == (SECOND,)
    assert FOUND.in_range("10.0.2.10/32", "vpc-1", HOME) == (SECOND,)
    assert FOUND.in_range("10.0.3.0/24", "vpc-1", HOME) == ()
    assert FOUND.in_range("2600:1f18::/64", "vpc-1", HOME) == (FIRST,)
    assert FOUND.in_range("::/0", "vpc-1", HOME) == (FIRST,)
    assert FOUND.in_range("0.0.0.0/0", "vpc-1", HOME) == (FIRST, SECOND)
    assert FOUND.in_range("0.0.0.0/0", "vpc-2", HOME) == ()


def test_only_the_region_that_is_asked_about_must_have_been_read() -> None:
    partial = interfaces(FIRST, gaps=[gap("ec2:DescribeNetworkInterfaces", region="us-east-1")])
    assert partial.within(HOME) == (FIRST,)
    with pytest.raises(Unread):
        partial.within("us-east-1")


def test_owners_say_what_interfaces_do_not() -> None:
    bare = [eni(f"eni-{name}", instance="") for name in ("nat", "vpce", "lost")]
    gateway = made(
        NatGateway, NatGatewayId="nat-1", State="available", NatGatewayAddresses=[{"NetworkInterfaceId": "eni-nat"}]
    )
    endpoint = made(VpcEndpoint, VpcEndpointId="vpce-1", State="Available", NetworkInterfaceIds=["eni-vpce"])
    found = interfaces(*bare, gateway, endpoint, FIRST)
    assert [found.tier(one) for one in (*bare, FIRST)] == ["management", "endpoint", None, "compute"]


def test_a_subnet_has_its_own_table_or_the_main_one() -> None:
    main = table(TO_GATEWAY)
    own = table(
        route("0.0.0.0/0", NatGatewayId="nat-1"), id="rtb-2", Associations=[{"Main": False, "SubnetId": "subnet-2"}]
    )
    edge = table(id="rtb-3", Associations=[{"Main": False, "GatewayId": "igw-1"}])
    found = routes(main, own, edge)
    assert found.of_subnet(subnet()) is main
    assert found.of_subnet(subnet("subnet-2")) is own
    assert found.is_public(subnet())
    assert not found.is_public(subnet("subnet-2"))
    assert found.of_gateways("vpc-1", HOME) == (edge,)
    assert routes().of_subnet(subnet()) is None
    assert not routes().is_public(subnet())


def instance(state: str = "running", **tags: str) -> Instance:
    return made(
        Instance, InstanceId="i-1", State={"Name": state}, Tags=[{"Key": k, "Value": v} for k, v in tags.items()]
    )


def test_hosts() -> None:
    found = Hosts(every(instance(Role="VPN", App="shop")))
    assert found.has_tag(FIRST, ["role=vpn"])
    assert not found.has_tag(FIRST, ["role=nat"])
    assert found.workload(FIRST, ("Service", "App")) == "shop"
    assert found.workload(SECOND, ("App",)) is None
    assert not found.is_stopped(FIRST)
    tagged = eni(TagSet=[{"Key": "App", "Value": "own"}])
    assert found.workload(tagged, ("App",)) == "own"
    assert Hosts(every(instance("stopped"))).is_stopped(FIRST)
    function = eni(
        instance="", InterfaceType="lambda", Description="AWS Lambda VPC ENI-a-b-0b6a1f9c-7a4e-4f43-a1a1-0123456789ab"
    )
    assert found.workload(function, ()) == "a-b"


def test_a_stopped_instance_is_only_known_where_it_was_read() -> None:
    denied = Hosts(every(gaps=[gap("ec2:DescribeInstances")]))
    assert not denied.is_stopped(FIRST)
    with pytest.raises(Unread):
        denied.tags(FIRST)
    assert denied.tags(eni(instance="")) == {}


def test_references_between_groups() -> None:
    found = GroupReferences(every(group(rule("sg-2", ports=1)), group(id="sg-9", egress=[rule("sg-3")])))
    assert [found.name(group(id=f"sg-{n}")) for n in (1, 2, 3)] == [False, True, True]
