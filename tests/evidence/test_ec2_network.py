from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.ec2_network import (
    EgressOnlyInternetGateway,
    ElasticIp,
    FlowLog,
    InternetGateway,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrefixListEntries,
    RouteTable,
    SecurityGroup,
    Subnet,
    TransitGateway,
    TransitGatewayAttachment,
    TransitGatewayVpcAttachment,
    Vpc,
    VpcDns,
    VpcEndpoint,
    VpcPeeringConnection,
    VpnConnection,
)
from auditor.testing import REGION, Canned, gathered, made
from auditor.typed import Place, parse

TAGS = [{"Key": "Name", "Value": "shop"}]


def test_vpc() -> None:
    blocks = [
        {"CidrBlock": "10.0.0.0/16", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.1.0.0/16", "CidrBlockState": {"State": "associated"}},
        {"CidrBlock": "10.2.0.0/16", "CidrBlockState": {"State": "disassociated"}},
    ]
    ipv6 = [{"Ipv6CidrBlock": "2600:1f18::/56", "Ipv6CidrBlockState": {"State": "associated"}}]
    vpc = made(
        Vpc,
        VpcId="vpc-1",
        OwnerId="210987654321",
        CidrBlock="10.0.0.0/16",
        IsDefault=False,
        State="available",
        CidrBlockAssociationSet=blocks,
        Ipv6CidrBlockAssociationSet=ipv6,
        EncryptionControl={"Mode": "enforce", "State": "available"},
        Tags=TAGS,
    )
    assert vpc.arn == "arn:aws:ec2:eu-west-1:210987654321:vpc/vpc-1"
    assert vpc.name == "shop"
    assert vpc.ipv4_cidrs == ("10.0.0.0/16", "10.1.0.0/16")
    assert vpc.cidrs == ("10.0.0.0/16", "10.1.0.0/16", "2600:1f18::/56")
    assert vpc.enforces_encryption
    plain = made(
        Vpc,
        VpcId="vpc-1",
        OwnerId="1",
        CidrBlock="10.0.0.0/16",
        EncryptionControl={"Mode": "monitor", "State": "available"},
    )
    assert plain.ipv4_cidrs == ("10.0.0.0/16",)
    assert not plain.enforces_encryption


def test_dns_of_a_vpc_is_asked_one_attribute_at_a_time() -> None:
    vpc = made(Vpc, VpcId="vpc-1", OwnerId="1", CidrBlock="10.0.0.0/16")

    def answer(params: Any) -> dict[str, Any]:
        name = params["Attribute"]
        return {name[0].upper() + name[1:]: {"Value": name == "enableDnsSupport"}}

    dns = gathered(VpcDns, vpc, DescribeVpcAttribute=answer)
    assert (dns.support, dns.hostnames) == (True, False)


def test_subnet() -> None:
    private = {"Ipv6CidrBlock": "fd00::/64", "Ipv6AddressAttribute": "private"}
    subnet = made(
        Subnet,
        SubnetId="subnet-1",
        SubnetArn="arn:aws:ec2:eu-west-1:210987654321:subnet/subnet-1",
        VpcId="vpc-1",
        CidrBlock="10.0.1.0/24",
        Ipv6CidrBlockAssociationSet=[{"Ipv6CidrBlock": "2600::/64"}, private],
        BlockPublicAccessStates={"InternetGatewayBlockMode": "block-ingress"},
    )
    assert subnet.arn.endswith("210987654321:subnet/subnet-1")
    assert subnet.cidrs == ("10.0.1.0/24", "2600::/64", "fd00::/64")
    assert subnet.private_ipv6_cidrs == ("fd00::/64",)
    assert subnet.blocks_ingress
    bare = made(Subnet, SubnetId="subnet-2", VpcId="vpc-1")
    assert bare.arn == "arn:aws:ec2:eu-west-1:123456789012:subnet/subnet-2"
    assert bare.cidrs == ()
    assert not bare.blocks_ingress
    with pytest.raises(Unread, match="MapPublicIpOnLaunch"):
        _ = bare.gives_public_ipv4


def test_route_table() -> None:
    routes: list[dict[str, Any]] = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "active"},
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1", "State": "active"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1", "State": "active"},
        {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1", "State": "blackhole"},
    ]
    associations = [{"Main": True}, {"Main": False, "SubnetId": "subnet-1"}, {"Main": False, "GatewayId": "igw-1"}]
    table = made(RouteTable, RouteTableId="rtb-1", VpcId="vpc-1", Routes=routes, Associations=associations)
    assert [route.target for route in table.routes] == ["local", "igw-1", "eigw-1", "vpce-1", "pcx-1"]
    assert [route.destination for route in table.routes][-2:] == ["pl-1", "10.9.0.0/16"]
    assert [route.target for route in table.default_routes] == ["igw-1", "eigw-1"]
    assert table.is_public
    assert [route.target for route in table.internet_routes] == ["igw-1"]
    assert table.is_main
    assert (table.subnet_ids, table.gateway_ids) == (("subnet-1",), ("igw-1",))
    assert not table.routes[-1].is_active
    gone = made(
        RouteTable,
        RouteTableId="rtb-2",
        VpcId="vpc-1",
        Routes=[{"DestinationCidrBlock": "0.0.0.0/0", "State": "blackhole"}],
    )
    assert gone.routes[0].target == ""
    assert not gone.is_public
    assert not gone.is_main


def test_network_acl() -> None:
    entries: list[dict[str, Any]] = [
        {"RuleNumber": 32767, "RuleAction": "deny", "Egress": False, "Protocol": "-1", "CidrBlock": "0.0.0.0/0"},
        {
            "RuleNumber": 90,
            "RuleAction": "allow",
            "Egress": False,
            "Protocol": "6",
            "Ipv6CidrBlock": "::/0",
            "PortRange": {"From": 22, "To": 25},
        },
        {
            "RuleNumber": 100,
            "RuleAction": "allow",
            "Egress": True,
            "Protocol": "1",
            "CidrBlock": "0.0.0.0/0",
            "IcmpTypeCode": {"Type": 8, "Code": -1},
        },
    ]
    acl = made(
        NetworkAcl,
        NetworkAclId="acl-1",
        VpcId="vpc-1",
        IsDefault=True,
        Entries=entries,
        Associations=[{"SubnetId": "subnet-1"}],
    )
    first, last = acl.ingress
    assert (first.number, first.protocol, first.ports, first.cidr, first.allows) == (90, "tcp", (22, 25), "::/0", True)
    assert (last.number, last.protocol, last.ports, last.allows) == (32767, "-1", (0, 65535), False)
    assert [(one.protocol, one.icmp_type) for one in acl.egress] == [("icmp", 8)]
    assert acl.subnet_ids == ("subnet-1",)


def test_gateways() -> None:
    attached = [{"State": "attached", "VpcId": "vpc-1"}]
    assert made(InternetGateway, InternetGatewayId="igw-1", Attachments=attached).vpc_ids == ("vpc-1",)
    egress_only = made(EgressOnlyInternetGateway, EgressOnlyInternetGatewayId="eigw-1", Attachments=attached)
    assert egress_only.vpc_ids == ("vpc-1",)


def test_nat_gateway() -> None:
    raw: dict[str, Any] = {
        "NatGatewayId": "nat-1",
        "State": "available",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "ConnectivityType": "public",
        "NatGatewayAddresses": [{"NetworkInterfaceId": "eni-1", "PublicIp": "52.1.1.1", "AllocationId": "eipalloc-1"}],
    }
    gateway = made(NatGateway, raw)
    assert gateway.is_available
    assert gateway.is_public
    assert not gateway.is_regional
    assert (gateway.interface_ids, gateway.public_ips) == (("eni-1",), ("52.1.1.1",))
    page = {"NatGateways": [raw, raw | {"State": "deleted"}, raw | {"State": "pending"}]}
    assert [one.state for one in gathered(NatGateway, DescribeNatGateways=page)] == ["available", "pending"]


def permission(**raw: Any) -> Any:
    return made(SecurityGroup, GroupId="sg-1", GroupName="app", VpcId="vpc-1", IpPermissions=[raw]).ingress[0]


def test_permission() -> None:
    one = permission(
        IpProtocol="tcp",
        FromPort=443,
        ToPort=443,
        IpRanges=[{"CidrIp": "0.0.0.0/0"}],
        Ipv6Ranges=[{"CidrIpv6": "::/0"}],
        PrefixListIds=[{"PrefixListId": "pl-1"}],
        UserIdGroupPairs=[{"GroupId": "sg-2", "UserId": "123456789012"}],
    )
    assert one.covers(443)
    assert not one.covers(443, "udp")
    assert not one.covers(80)
    assert (one.what, one.span, one.ranges, one.group_ids, one.prefix_lists) == (
        "tcp 443",
        0,
        ("0.0.0.0/0", "::/0"),
        ("sg-2",),
        ("pl-1",),
    )
    assert one.is_open_to_anywhere


@pytest.mark.parametrize(
    ("raw", "what", "span"),
    [
        ({"IpProtocol": "-1"}, "all traffic", 65535),
        ({"IpProtocol": "udp", "FromPort": 1024, "ToPort": 2048}, "udp 1024-2048", 1024),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, "icmp", 65535),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}, "icmp", 65535),
        ({"IpProtocol": "50"}, "protocol 50", 65535),
        ({"IpProtocol": "6", "FromPort": 22, "ToPort": 22}, "tcp 22", 0),
    ],
)
def test_what_permissions_are_for(raw: dict[str, Any], what: str, span: int) -> None:
    assert permission(**raw).what == what
    assert permission(**raw).span == span


def test_security_group() -> None:
    anywhere = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    reference = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": "sg-2"}]}
    listed = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "PrefixListIds": [{"PrefixListId": "pl-1"}]}
    group = made(
        SecurityGroup,
        GroupId="sg-1",
        GroupName="default",
        VpcId="vpc-1",
        OwnerId="123456789012",
        IpPermissions=[reference, listed],
        IpPermissionsEgress=[anywhere, reference],
        Tags=TAGS,
    )
    assert group.arn == "arn:aws:ec2:eu-west-1:123456789012:security-group/sg-1"
    assert group.name == "default"
    assert group.is_default
    assert group.source_group_ids == {"sg-2"}
    assert group.prefix_lists == {"pl-1"}
    assert [one.what for one in group.open_egress] == ["all traffic"]


def interface(**more: Any) -> NetworkInterface:
    return made(NetworkInterface, {"NetworkInterfaceId": "eni-1", "Status": "in-use", "SourceDestCheck": True} | more)


def test_network_interface() -> None:
    addresses = [
        {"PrivateIpAddress": "10.0.1.5", "Primary": True, "Association": {"PublicIp": "52.1.1.1"}},
        {"PrivateIpAddress": "10.0.1.6", "Primary": False, "Association": {"CarrierIp": "155.1.1.1"}},
    ]
    one = interface(
        PrivateIpAddress="10.0.1.5",
        Association={"PublicIp": "52.1.1.1"},
        PrivateIpAddresses=addresses,
        Ipv6Addresses=[{"Ipv6Address": "2600::1"}],
        Groups=[{"GroupId": "sg-1"}, {"GroupId": "sg-2"}],
        Attachment={"InstanceId": "i-1", "DeviceIndex": 0},
        TagSet=TAGS,
    )
    assert one.name == "shop"
    assert one.private_ips == ("10.0.1.5", "10.0.1.6")
    assert one.public_ips == ("52.1.1.1",)
    assert one.group_ids == ("sg-1", "sg-2")
    assert (one.instance_id, one.device_index) == ("i-1", 0)
    assert one.is_in_use
    assert not one.denies_gateway_traffic
    assert not interface(Status="available").is_in_use
    assert interface(SourceDestCheck=False).forwards
    assert not one.forwards


@pytest.mark.parametrize(
    ("raw", "tier"),
    [
        ({"InterfaceType": "network_load_balancer"}, "edge"),
        ({"InterfaceType": "natGateway"}, "management"),
        ({"InterfaceType": "lambda", "Description": "AWS Lambda VPC ENI-shop"}, "compute"),
        ({"InterfaceType": "branch"}, "compute"),
        ({"InterfaceType": "vpc_endpoint"}, "endpoint"),
        ({"RequesterId": "amazon-elb", "Description": "ELB app/shop/1"}, "edge"),
        ({"Description": "RDSNetworkInterface"}, "database"),
        ({"RequesterId": "amazon-elasticache"}, "cache"),
        ({"Description": "ES shop"}, "search"),
        ({"Description": "EFS mount target for fs-1 (fsmt-1)"}, "file"),
        ({"Description": "arn:aws:ecs:eu-west-1:123456789012:attachment/1"}, "compute"),
        ({"Attachment": {"InstanceId": "i-1"}}, "compute"),
        ({"Attachment": {"InstanceId": "i-1"}, "TagSet": [{"Key": "Tier", "Value": "Database"}]}, "database"),
        ({"Attachment": {"InstanceId": "i-1"}, "TagSet": [{"Key": "Role", "Value": "nat"}]}, "compute"),
        ({}, None),
    ],
)
def test_tiers_of_interfaces(raw: dict[str, Any], tier: str | None) -> None:
    assert interface(**raw).tier == tier


def test_nat_gateways_have_a_type_that_the_model_does_not_know() -> None:
    raw = {"NetworkInterfaceId": "eni-1", "InterfaceType": "nat_gateway"}
    place = Place("aws", "123456789012", REGION.name, "ec2:DescribeNetworkInterfaces", "ec2:DescribeNetworkInterfaces")
    assert parse(NetworkInterface, raw, place).tier == "management"


def test_interfaces_of_load_balancers() -> None:
    assert interface(Description="ELB net/shop/1").is_load_balancer
    assert interface(InterfaceType="network_load_balancer").is_load_balancer
    assert not interface().is_load_balancer


def test_vpc_endpoint() -> None:
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
    raw: dict[str, Any] = {
        "VpcEndpointId": "vpce-1",
        "VpcId": "vpc-1",
        "VpcEndpointType": "Gateway",
        "ServiceName": "com.amazonaws.eu-west-1.s3",
        "State": "Available",
        "PolicyDocument": policy,
        "RouteTableIds": ["rtb-1"],
    }
    endpoint = made(VpcEndpoint, raw)
    assert (endpoint.is_gateway, endpoint.is_interface) == (True, False)
    assert endpoint.is_available
    assert endpoint.service == "s3"
    assert endpoint.is_aws_service
    assert not endpoint.private_dns
    assert endpoint.policy is not None
    assert endpoint.policy.statements[0].names_anyone
    dkr = made(VpcEndpoint, raw | {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.ecr.dkr"})
    assert (dkr.service, dkr.is_interface) == ("ecr.dkr", True)
    partner = made(VpcEndpoint, raw | {"ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-1"})
    assert not partner.is_aws_service
    page = {"VpcEndpoints": [raw | {"State": "Deleted"}, raw]}
    assert len(gathered(VpcEndpoint, DescribeVpcEndpoints=page)) == 1


def test_flow_log() -> None:
    raw: dict[str, Any] = {"FlowLogId": "fl-1", "ResourceId": "vpc-1", "FlowLogStatus": "ACTIVE"}
    working = made(FlowLog, raw | {"TrafficType": "ALL", "DeliverLogsStatus": "SUCCESS"})
    assert working.delivers
    assert working.records_rejected
    assert working.destination_type == "cloud-watch-logs"
    broken = made(FlowLog, raw | {"TrafficType": "ACCEPT", "DeliverLogsStatus": "FAILED", "LogDestinationType": "s3"})
    assert not broken.delivers
    assert not broken.records_rejected


def test_elastic_ip() -> None:
    free = made(ElasticIp, AllocationId="eipalloc-1", PublicIp="52.1.1.1")
    assert free.arn == "arn:aws:ec2:eu-west-1:123456789012:elastic-ip/eipalloc-1"
    assert not free.is_associated
    assert free.service_managed is None
    assert made(ElasticIp, AllocationId="eipalloc-1", AssociationId="eipassoc-1").is_associated


def test_peering() -> None:
    sides = [
        {"VpcId": f"vpc-{n}", "OwnerId": "1", "Region": "eu-west-1", "CidrBlockSet": [{"CidrBlock": f"10.{n}.0.0/16"}]}
        for n in (1, 2)
    ]
    raw: dict[str, Any] = {"VpcPeeringConnectionId": "pcx-1", "RequesterVpcInfo": sides[0], "AccepterVpcInfo": sides[1]}
    peering = made(VpcPeeringConnection, raw | {"Status": {"Code": "active"}})
    assert peering.is_active
    other = peering.other_side("vpc-1")
    assert other is not None
    assert (other.vpc_id, other.cidrs) == ("vpc-2", ("10.2.0.0/16",))
    assert peering.other_side("vpc-9") is None
    page = {
        "VpcPeeringConnections": [
            raw | {"Status": {"Code": "deleted"}},
            raw | {"Status": {"Code": "pending-acceptance"}},
        ]
    }
    assert [one.is_active for one in gathered(VpcPeeringConnection, DescribeVpcPeeringConnections=page)] == [False]


def test_transit_gateways() -> None:
    gateway = made(
        TransitGateway,
        TransitGatewayId="tgw-1",
        State="available",
        Options={"SecurityGroupReferencingSupport": "enable"},
    )
    assert gateway.carries_group_references
    assert not made(TransitGateway, TransitGatewayId="tgw-1").carries_group_references
    attachment = made(
        TransitGatewayAttachment, TransitGatewayAttachmentId="tgw-attach-1", ResourceType="vpc", ResourceId="vpc-1"
    )
    assert (attachment.resource_type, attachment.resource_id) == ("vpc", "vpc-1")
    raw: dict[str, Any] = {"TransitGatewayAttachmentId": "tgw-attach-1", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}
    page = {"TransitGatewayVpcAttachments": [raw | {"State": "deleted"}, raw | {"State": "available"}]}
    assert [
        one.subnet_ids for one in gathered(TransitGatewayVpcAttachment, DescribeTransitGatewayVpcAttachments=page)
    ] == [("subnet-1",)]


def test_vpn_connection() -> None:
    tunnels = [{"OutsideIpAddress": "52.1.1.1", "Status": "UP"}, {"OutsideIpAddress": "52.1.1.2", "Status": "DOWN"}]
    vpn = made(
        VpnConnection,
        VpnConnectionId="vpn-1",
        State="available",
        VgwTelemetry=tunnels,
        Routes=[{"DestinationCidrBlock": "192.168.0.0/16"}],
    )
    assert [tunnel.is_up for tunnel in vpn.tunnels] == [True, False]
    assert vpn.static_routes == ("192.168.0.0/16",)


def test_prefix_lists_and_their_entries() -> None:
    own = made(PrefixList, PrefixListId="pl-1", PrefixListName="partners", OwnerId="123456789012")
    cloudfront = made(
        PrefixList, PrefixListId="pl-2", PrefixListName="com.amazonaws.global.cloudfront.origin-facing", OwnerId="AWS"
    )
    assert (own.name, own.is_aws_managed, own.is_cloudfront) == ("partners", False, False)
    assert (cloudfront.is_aws_managed, cloudfront.is_cloudfront) == (True, True)
    pages = [{"Entries": [{"Cidr": "10.0.0.0/8"}]}, {"Entries": [{"Cidr": "52.0.0.0/8"}]}]
    assert gathered(PrefixListEntries, own, GetManagedPrefixListEntries=pages).cidrs == ("10.0.0.0/8", "52.0.0.0/8")
    with pytest.raises(Absent):
        gathered(PrefixListEntries, cloudfront, GetManagedPrefixListEntries=pages)


def test_listings_ask_for_full_pages() -> None:
    from auditor.aws import Aws
    from auditor.evidence.ec2_network import network_interfaces

    transport = Canned({"DescribeNetworkInterfaces": [{"NetworkInterfaces": []}]})
    aws = Aws(transport, "aws", "123456789012", "eu-west-1", network_interfaces.calls)
    assert list(network_interfaces.function(aws, REGION)) == []
    assert transport.requests[0].call.page == 1000
