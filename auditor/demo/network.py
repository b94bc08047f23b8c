"""Networks: the shop's in both Regions, and an old one that nobody looks after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, RECOVERY, labels, tagged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.demo.clients import Clients

ANYWHERE = "0.0.0.0/0"

TIERS: Mapping[str, int] = {"public": 0, "app": 10, "data": 20}
"""The third byte of each tier's first subnet; public subnets hold the load balancers."""

GROUPS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "shop-alb": ((ANYWHERE, 443), (ANYWHERE, 80)),
    "shop-app": (("shop-alb", 8080),),
    "shop-db": (("shop-app", 5432),),
    "shop-cache": (("shop-app", 6379),),
    "shop-files": (("shop-app", 2049),),
}
"""The security groups of the good path: who may reach whom, on which port."""

WEAK_GROUPS: Mapping[str, tuple[tuple[str, int], ...]] = {
    "shop-bastion": ((ANYWHERE, 22),),
    "shop-reporting-db": (("10.20.0.0/16", 5432),),
    "shop-legacy-db": ((ANYWHERE, 3306),),
    "shop-legacy-web": ((ANYWHERE, 80), ("10.0.0.0/8", 0)),
}
"""The ones that let too much in; port 0 stands for all."""

CLOSED_EGRESS = ("shop-db", "shop-cache")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to build: a name, the first two bytes of the range, the zones, who owns it."""

    name: str
    region: str
    prefix: str
    zones: str
    groups: Mapping[str, tuple[tuple[str, int], ...]]
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def cidr(self) -> str:
        """The whole range."""
        return f"{self.prefix}.0.0/16"


@dataclass(frozen=True, slots=True)
class Network:
    """What was built: ids by tier and by name."""

    vpc: str
    region: str
    subnets: Mapping[str, list[str]]
    groups: Mapping[str, str]


SHOP = Plan("shop", PRIMARY, "10.20", "abc", {**GROUPS, **WEAK_GROUPS})
SHOP_RECOVERY = Plan("shop-recovery", RECOVERY, "10.30", "ab", GROUPS)


def build_networks(clients: Clients, logs_role: str) -> tuple[Network, Network]:
    """The primary network, with flow logs and one NAT gateway for all zones, and the recovery Region's."""
    shop, recovery = (_network(clients, plan) for plan in (SHOP, SHOP_RECOVERY))
    _flow_logs(clients("ec2"), shop.vpc, logs_role)
    _guard_data_subnets(clients("ec2"), shop)
    _endpoints(clients("ec2"), shop)
    _legacy_network(clients("ec2"))
    return shop, recovery


def _network(clients: Clients, plan: Plan) -> Network:
    ec2 = clients("ec2", plan.region)
    vpc = ec2.create_vpc(CidrBlock=plan.cidr, TagSpecifications=tagged("vpc", labels(f"{plan.name}-vpc")))["Vpc"][
        "VpcId"
    ]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = {tier: _subnets(ec2, plan, vpc, tier) for tier in TIERS}
    _routes(ec2, plan, vpc, subnets)
    return Network(vpc, plan.region, subnets, _groups(ec2, vpc, plan.groups))


def _subnets(ec2: Any, plan: Plan, vpc: str, tier: str) -> list[str]:
    made = []
    for index, zone in enumerate(plan.zones):
        subnet = ec2.create_subnet(
            VpcId=vpc,
            CidrBlock=f"{plan.prefix}.{TIERS[tier] + index}.0/24",
            AvailabilityZone=f"{plan.region}{zone}",
            TagSpecifications=tagged("subnet", labels(f"{plan.name}-{tier}-{zone}", tier)),
        )["Subnet"]["SubnetId"]
        made.append(subnet)
        if tier == "public":
            ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    return made


def _routes(ec2: Any, plan: Plan, vpc: str, subnets: Mapping[str, list[str]]) -> None:
    """Public subnets to the internet, app subnets through one zone's NAT gateway, data subnets nowhere."""
    gateway = _internet_gateway(ec2, vpc, plan.name)
    nat = _nat_gateway(ec2, subnets["public"][0], plan.name)
    ways: dict[str, dict[str, str]] = {"public": {"GatewayId": gateway}, "app": {"NatGatewayId": nat}, "data": {}}
    tables = {tier: _route_table(ec2, vpc, f"{plan.name}-{tier}", subnets[tier], way) for tier, way in ways.items()}
    ec2.create_vpc_endpoint(
        VpcId=vpc,
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{plan.region}.s3",
        RouteTableIds=[tables["app"], tables["data"]],
        TagSpecifications=tagged("vpc-endpoint", labels(f"{plan.name}-s3")),
    )


def _internet_gateway(ec2: Any, vpc: str, name: str) -> str:
    made = ec2.create_internet_gateway(TagSpecifications=tagged("internet-gateway", labels(f"{name}-igw")))
    gateway: str = made["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    return gateway


def _nat_gateway(ec2: Any, subnet: str, name: str) -> str:
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", labels(f"{name}-nat")))
    made = ec2.create_nat_gateway(
        SubnetId=subnet,
        AllocationId=address["AllocationId"],
        TagSpecifications=tagged("natgateway", labels(f"{name}-nat")),
    )
    gateway: str = made["NatGateway"]["NatGatewayId"]
    return gateway


def _route_table(ec2: Any, vpc: str, name: str, subnets: list[str], way: Mapping[str, str]) -> str:
    made = ec2.create_route_table(VpcId=vpc, TagSpecifications=tagged("route-table", labels(name)))
    table: str = made["RouteTable"]["RouteTableId"]
    if way:
        ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, **way)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def _groups(ec2: Any, vpc: str, rules: Mapping[str, tuple[tuple[str, int], ...]]) -> dict[str, str]:
    made = {
        name: ec2.create_security_group(
            GroupName=name,
            Description=f"What may reach {name}",
            VpcId=vpc,
            TagSpecifications=tagged("security-group", labels(name)),
        )["GroupId"]
        for name in rules
    }
    for name, sources in rules.items():
        permissions = [_permission(source, port, made) for source, port in sources]
        ec2.authorize_security_group_ingress(GroupId=made[name], IpPermissions=permissions)
        if name in CLOSED_EGRESS:
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": ANYWHERE}]}]
            ec2.revoke_security_group_egress(GroupId=made[name], IpPermissions=everything)
    return made


def _permission(source: str, port: int, groups: Mapping[str, str]) -> dict[str, Any]:
    peer: dict[str, Any] = (
        {"UserIdGroupPairs": [{"GroupId": groups[source]}]} if source in groups else {"IpRanges": [{"CidrIp": source}]}
    )
    first, last = (port, port) if port else (0, 65535)
    return {"IpProtocol": "tcp", "FromPort": first, "ToPort": last, **peer}


def _guard_data_subnets(ec2: Any, shop: Network) -> None:
    """A network ACL that lets the app subnets reach the database port and answers go back."""
    made = ec2.create_network_acl(VpcId=shop.vpc, TagSpecifications=tagged("network-acl", labels("shop-data", "data")))
    acl = made["NetworkAcl"]["NetworkAclId"]
    for number, (egress, first, last) in enumerate(((False, 5432, 6379), (True, 1024, 65535)), start=1):
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number * 100,
            Protocol="6",
            RuleAction="allow",
            Egress=egress,
            CidrBlock="10.20.0.0/16",
            PortRange={"From": first, "To": last},
        )
    acls = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [shop.vpc]}])["NetworkAcls"]
    places = {place["SubnetId"]: place["NetworkAclAssociationId"] for acl in acls for place in acl["Associations"]}
    for subnet in shop.subnets["data"]:
        ec2.replace_network_acl_association(AssociationId=places[subnet], NetworkAclId=acl)


def _flow_logs(ec2: Any, vpc: str, role: str) -> None:
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="cloud-watch-logs",
        LogGroupName="/shop/flow-logs",
        DeliverLogsPermissionArn=role,
    )


def _endpoints(ec2: Any, shop: Network) -> None:
    """Private ways to the services that the application calls most."""
    for service in ("secretsmanager", "ecr.dkr"):
        ec2.create_vpc_endpoint(
            VpcId=shop.vpc,
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{shop.region}.{service}",
            SubnetIds=shop.subnets["app"],
            SecurityGroupIds=[shop.groups["shop-app"]],
            PrivateDnsEnabled=True,
            TagSpecifications=tagged("vpc-endpoint", labels(f"shop-{service.replace('.', '-')}")),
        )


def _legacy_network(ec2: Any) -> None:
    """An old network: no flow logs, one zone, a private address range that overlaps the shop's."""
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/20", TagSpecifications=tagged("vpc", {"Name": "legacy-vpc"}))["Vpc"][
        "VpcId"
    ]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/24", AvailabilityZone=f"{PRIMARY}a")
    ec2.allocate_address(Domain="vpc", TagSpecifications=tagged("elastic-ip", {"Name": "legacy-unused"}))
