"""Amazon VPC: networks, their routes and filters, and the interfaces in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.policy import PolicyDocument
from auditor.typed import Evidence, Resource, at, block, blocks, evidence
from auditor.wiring import collector, listed

ANYWHERE = ("0.0.0.0/0", "::/0")
ALL_PORTS = (0, 65535)

_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "icmp6": "icmpv6"}


def protocol_name(protocol: str) -> str:
    """`tcp`, `udp`, `icmp`, `icmpv6`, another protocol's number, or `-1` for all."""
    return _PROTOCOLS.get(protocol, protocol.lower())


def _associated(name: str) -> Any:
    """The blocks of an association set that are in force, by the field that holds the block."""
    gone = ("disassociating", "disassociated", "failing", "failed")

    def read(associations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
        states = ((one[name], one.get(f"{name}State", {}).get("State")) for one in associations)
        return blocks(cidr for cidr, state in states if state not in gone)

    return read


@evidence
class Vpc(Resource):
    """A virtual network."""

    type_name: ClassVar = "AWS::EC2::VPC"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{owner}:vpc/{id}"
    id: str = at("VpcId")
    owner: str = at("OwnerId")
    """The account that owns it: another one's where its subnets are shared with this account."""
    state: str = at("State")
    is_default: bool = at("IsDefault")
    cidr: str = at("CidrBlock", parse=block)
    associated_cidrs: tuple[str, ...] = at("CidrBlockAssociationSet", parse=_associated("CidrBlock"))
    ipv6_cidrs: tuple[str, ...] = at("Ipv6CidrBlockAssociationSet", parse=_associated("Ipv6CidrBlock"))
    encryption_mode: str | None = at("EncryptionControl.Mode")
    encryption_state: str | None = at("EncryptionControl.State")
    tags: Mapping[str, str] = at("Tags")

    @property
    def ipv4_cidrs(self) -> tuple[str, ...]:
        """All its IPv4 blocks; the first is the one it was made with."""
        return tuple(dict.fromkeys((self.cidr, *self.associated_cidrs)))

    @property
    def cidrs(self) -> tuple[str, ...]:
        """All its blocks, IPv4 and IPv6."""
        return (*self.ipv4_cidrs, *self.ipv6_cidrs)

    @property
    def enforces_encryption(self) -> bool:
        """Whether traffic between its hosts is encrypted beneath (VPC Encryption Controls in force)."""
        return self.encryption_mode == "enforce" and self.encryption_state == "available"


vpcs = listed(Vpc, call("ec2", "DescribeVpcs", page=1000), "Vpcs[]")


@evidence
class VpcDns(Evidence):
    """Whether names are resolved in a VPC, and whether its hosts get names."""

    support: bool = at("EnableDnsSupport.Value")
    hostnames: bool = at("EnableDnsHostnames.Value")


@collector(call("ec2", "DescribeVpcAttribute"))
def vpc_dns(aws: Aws, vpc: Vpc) -> VpcDns:
    """Both attributes; AWS gives one an answer."""
    wanted = ("enableDnsSupport", "enableDnsHostnames")
    answers = [aws("DescribeVpcAttribute", VpcId=vpc.id, Attribute=attribute) for attribute in wanted]
    return aws.parse(VpcDns, {name: value for answer in answers for name, value in answer.items()})


def _private_ipv6(associations: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(one["Ipv6CidrBlock"] for one in associations if one.get("Ipv6AddressAttribute") == "private")


@evidence
class Subnet(Resource):
    """A subnet: one zone's part of a VPC."""

    type_name: ClassVar = "AWS::EC2::Subnet"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:subnet/{id}"
    arn: str = at("SubnetArn")
    id: str = at("SubnetId")
    vpc_id: str = at("VpcId")
    owner: str = at("OwnerId")
    state: str = at("State")
    zone: str = at("AvailabilityZone")
    zone_id: str = at("AvailabilityZoneId")
    cidr: str | None = at("CidrBlock", parse=block)
    """None where the subnet has IPv6 only."""
    ipv6_cidrs: tuple[str, ...] = at("Ipv6CidrBlockAssociationSet", parse=_associated("Ipv6CidrBlock"))
    private_ipv6_cidrs: tuple[str, ...] = at("Ipv6CidrBlockAssociationSet", parse=_private_ipv6)
    free_addresses: int = at("AvailableIpAddressCount")
    is_default: bool = at("DefaultForAz")
    gives_public_ipv4: bool = at("MapPublicIpOnLaunch")
    gives_ipv6: bool = at("AssignIpv6AddressOnCreation")
    outpost_arn: str | None = at("OutpostArn")
    gateway_block_mode: str = at("BlockPublicAccessStates.InternetGatewayBlockMode", absent="off")
    """VPC Block Public Access as it applies here, exclusions counted in: `off`, `block-ingress`, `block-bidirectional`.
    Off where AWS sends nothing: the feature was never turned on."""
    tags: Mapping[str, str] = at("Tags")

    @property
    def cidrs(self) -> tuple[str, ...]:
        """Its blocks, IPv4 and IPv6."""
        return (*((self.cidr,) if self.cidr else ()), *self.ipv6_cidrs)

    @property
    def blocks_ingress(self) -> bool:
        """Whether VPC Block Public Access keeps requests from the internet out."""
        return self.gateway_block_mode in ("block-ingress", "block-bidirectional")


subnets = listed(Subnet, call("ec2", "DescribeSubnets", page=1000), "Subnets[]")


@evidence
class Route(Evidence):
    """One route of a table."""

    ipv4_destination: str | None = at("DestinationCidrBlock", parse=block)
    ipv6_destination: str | None = at("DestinationIpv6CidrBlock", parse=block)
    prefix_list: str | None = at("DestinationPrefixListId")
    state: str = at("State")
    origin: str | None = at("Origin")
    gateway_id: str | None = at("GatewayId")
    """`local`, an internet gateway, a virtual private gateway or a VPC endpoint."""
    egress_only_gateway_id: str | None = at("EgressOnlyInternetGatewayId")
    nat_gateway_id: str | None = at("NatGatewayId")
    transit_gateway_id: str | None = at("TransitGatewayId")
    peering_id: str | None = at("VpcPeeringConnectionId")
    interface_id: str | None = at("NetworkInterfaceId")
    instance_id: str | None = at("InstanceId")
    local_gateway_id: str | None = at("LocalGatewayId")
    carrier_gateway_id: str | None = at("CarrierGatewayId")
    core_network_arn: str | None = at("CoreNetworkArn")

    @property
    def destination(self) -> str:
        """The block or prefix list that it is for."""
        return self.ipv4_destination or self.ipv6_destination or self.prefix_list or ""

    @property
    def target(self) -> str:
        """The id of where it leads; empty where AWS names nothing (a target that is gone)."""
        targets = (
            self.gateway_id, self.nat_gateway_id, self.egress_only_gateway_id, self.transit_gateway_id, self.peering_id,
            self.interface_id, self.instance_id, self.local_gateway_id, self.carrier_gateway_id, self.core_network_arn,
        )  # fmt: skip
        return next((target for target in targets if target), "")

    @property
    def is_active(self) -> bool:
        """Whether it works; a `blackhole` leads to something that is gone."""
        return self.state == "active"

    @property
    def is_default(self) -> bool:
        """Whether it is for all addresses that no other route is for."""
        return self.destination in ANYWHERE

    @property
    def to_internet_gateway(self) -> bool:
        """Whether it leads to an internet gateway."""
        return (self.gateway_id or "").startswith("igw-")


@evidence
class RouteTableAssociation(Evidence):
    """What a route table is for: the whole VPC, a subnet, or a gateway's incoming traffic."""

    is_main: bool = at("Main", absent=False)
    subnet_id: str | None = at("SubnetId")
    gateway_id: str | None = at("GatewayId")


@evidence
class RouteTable(Resource):
    """A route table."""

    type_name: ClassVar = "AWS::EC2::RouteTable"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:route-table/{id}"
    id: str = at("RouteTableId")
    vpc_id: str = at("VpcId")
    routes: tuple[Route, ...] = at("Routes")
    associations: tuple[RouteTableAssociation, ...] = at("Associations")
    propagating_gateways: tuple[str, ...] = at("PropagatingVgws[].GatewayId")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_main(self) -> bool:
        """Whether it is the table of all subnets of its VPC that have none of their own."""
        return any(one.is_main for one in self.associations)

    @property
    def subnet_ids(self) -> tuple[str, ...]:
        """The subnets that name it as their table."""
        return tuple(one.subnet_id for one in self.associations if one.subnet_id)

    @property
    def gateway_ids(self) -> tuple[str, ...]:
        """The gateways whose incoming traffic it routes (edge associations)."""
        return tuple(one.gateway_id for one in self.associations if one.gateway_id)

    @property
    def default_routes(self) -> tuple[Route, ...]:
        """Its routes for all other addresses, IPv4 and IPv6, that work."""
        return tuple(route for route in self.routes if route.is_default and route.is_active)

    @property
    def internet_routes(self) -> tuple[Route, ...]:
        """Its default routes that lead straight to an internet gateway."""
        return tuple(route for route in self.default_routes if route.to_internet_gateway)

    @property
    def is_public(self) -> bool:
        """Whether its subnets are public: all other addresses are reached through an internet gateway."""
        return bool(self.internet_routes)


route_tables = listed(RouteTable, call("ec2", "DescribeRouteTables", page=100), "RouteTables[]")


@evidence
class NetworkAclEntry(Evidence):
    """One rule of a network ACL. Lower numbers are asked first, and the first that fits decides."""

    number: int = at("RuleNumber")
    action: str = at("RuleAction")
    is_egress: bool = at("Egress")
    protocol: str = at("Protocol", parse=protocol_name)
    ipv4_cidr: str | None = at("CidrBlock", parse=block)
    ipv6_cidr: str | None = at("Ipv6CidrBlock", parse=block)
    first_port: int | None = at("PortRange.From")
    last_port: int | None = at("PortRange.To")
    icmp_type: int | None = at("IcmpTypeCode.Type")
    icmp_code: int | None = at("IcmpTypeCode.Code")

    @property
    def allows(self) -> bool:
        """Whether it lets through what fits."""
        return self.action == "allow"

    @property
    def cidr(self) -> str:
        """The block of the other side."""
        return self.ipv4_cidr or self.ipv6_cidr or ""

    @property
    def ports(self) -> tuple[int, int]:
        """First and last port, of TCP and UDP."""
        if self.first_port is None or self.last_port is None:
            return ALL_PORTS
        return self.first_port, self.last_port


@evidence
class NetworkAcl(Resource):
    """A network ACL: the filter of subnets, which keeps no state."""

    type_name: ClassVar = "AWS::EC2::NetworkAcl"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:network-acl/{id}"
    id: str = at("NetworkAclId")
    vpc_id: str = at("VpcId")
    is_default: bool = at("IsDefault")
    entries: tuple[NetworkAclEntry, ...] = at("Entries")
    subnet_ids: tuple[str, ...] = at("Associations[].SubnetId")
    tags: Mapping[str, str] = at("Tags")

    @property
    def ingress(self) -> tuple[NetworkAclEntry, ...]:
        """Its rules for what comes in, in the order in which they are asked."""
        return tuple(sorted((one for one in self.entries if not one.is_egress), key=lambda one: one.number))

    @property
    def egress(self) -> tuple[NetworkAclEntry, ...]:
        """Its rules for what goes out, in the order in which they are asked."""
        return tuple(sorted((one for one in self.entries if one.is_egress), key=lambda one: one.number))


network_acls = listed(NetworkAcl, call("ec2", "DescribeNetworkAcls", page=1000), "NetworkAcls[]")


@evidence
class InternetGateway(Resource):
    """An internet gateway."""

    type_name: ClassVar = "AWS::EC2::InternetGateway"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}"
    id: str = at("InternetGatewayId")
    vpc_ids: tuple[str, ...] = at("Attachments[].VpcId")
    tags: Mapping[str, str] = at("Tags")


internet_gateways = listed(InternetGateway, call("ec2", "DescribeInternetGateways", page=1000), "InternetGateways[]")


@evidence
class EgressOnlyInternetGateway(Resource):
    """A way out to the IPv6 internet that lets nothing in."""

    type_name: ClassVar = "AWS::EC2::EgressOnlyInternetGateway"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:egress-only-internet-gateway/{id}"
    id: str = at("EgressOnlyInternetGatewayId")
    vpc_ids: tuple[str, ...] = at("Attachments[].VpcId")
    tags: Mapping[str, str] = at("Tags")


egress_only_internet_gateways = listed(
    EgressOnlyInternetGateway,
    call("ec2", "DescribeEgressOnlyInternetGateways", page=255),
    "EgressOnlyInternetGateways[]",
)


@evidence
class NatGateway(Resource):
    """A NAT gateway."""

    type_name: ClassVar = "AWS::EC2::NatGateway"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:natgateway/{id}"
    id: str = at("NatGatewayId")
    vpc_id: str = at("VpcId")
    subnet_id: str | None = at("SubnetId")
    """None where the gateway is regional."""
    state: str = at("State")
    created: datetime = at("CreateTime")
    connectivity: str = at("ConnectivityType", absent="public")
    """Public or private; gateways from before private ones existed are public."""
    availability_mode: str = at("AvailabilityMode", absent="zonal")
    """`zonal` or `regional`; gateways from before regional ones existed are zonal."""
    interface_ids: tuple[str, ...] = at("NatGatewayAddresses[].NetworkInterfaceId")
    public_ips: tuple[str, ...] = at("NatGatewayAddresses[].PublicIp")
    allocation_ids: tuple[str, ...] = at("NatGatewayAddresses[].AllocationId")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_available(self) -> bool:
        """Whether it is up."""
        return self.state == "available"

    @property
    def is_public(self) -> bool:
        """Whether it leads to the internet."""
        return self.connectivity == "public"

    @property
    def is_regional(self) -> bool:
        """Whether it spans the zones of its VPC by itself."""
        return self.availability_mode == "regional"


nat_gateways = listed(
    NatGateway,
    call("ec2", "DescribeNatGateways", page=1000),
    "NatGateways[]",
    skip={"State": ("deleting", "deleted", "failed")},
)


@evidence
class GroupReference(Evidence):
    """A security group that a rule names as the other side."""

    group_id: str = at("GroupId")
    account: str | None = at("UserId")
    vpc_id: str | None = at("VpcId")
    peering_id: str | None = at("VpcPeeringConnectionId")
    peering_status: str | None = at("PeeringStatus")


@evidence
class Permission(Evidence):
    """What a security group lets through: a protocol, ports, and the other sides."""

    protocol: str = at("IpProtocol", parse=protocol_name)
    from_port: int | None = at("FromPort")
    to_port: int | None = at("ToPort")
    ipv4_ranges: tuple[str, ...] = at("IpRanges[].CidrIp", parse=blocks)
    ipv6_ranges: tuple[str, ...] = at("Ipv6Ranges[].CidrIpv6", parse=blocks)
    prefix_lists: tuple[str, ...] = at("PrefixListIds[].PrefixListId")
    references: tuple[GroupReference, ...] = at("UserIdGroupPairs")

    @property
    def is_all_traffic(self) -> bool:
        """Whether it is for every protocol."""
        return self.protocol == "-1"

    @property
    def has_ports(self) -> bool:
        """Whether ports mean something to it: TCP, UDP or everything."""
        return self.protocol in ("tcp", "udp", "-1")

    @property
    def ports(self) -> tuple[int, int]:
        """First and last port, of TCP and UDP."""
        if self.protocol not in ("tcp", "udp") or self.from_port is None or self.to_port is None:
            return ALL_PORTS
        return self.from_port, self.to_port

    @property
    def span(self) -> int:
        """How many ports lie between the first and the last: 0 for a single port."""
        return self.ports[1] - self.ports[0]

    @property
    def ranges(self) -> tuple[str, ...]:
        """The blocks that it names, IPv4 and IPv6."""
        return (*self.ipv4_ranges, *self.ipv6_ranges)

    @property
    def group_ids(self) -> tuple[str, ...]:
        """The security groups that it names."""
        return tuple(one.group_id for one in self.references)

    @property
    def is_open_to_anywhere(self) -> bool:
        """Whether it names all addresses in one block."""
        return any(block in ANYWHERE for block in self.ranges)

    def covers(self, port: int, protocol: str = "tcp") -> bool:
        """Whether a port of a protocol falls under it."""
        return self.protocol in (protocol, "-1") and self.ports[0] <= port <= self.ports[1]

    @property
    def what(self) -> str:
        """Protocol and ports as people write them: `tcp 443`, `udp 1024-65535`, `all traffic`."""
        if self.is_all_traffic:
            return "all traffic"
        if not self.has_ports:
            return self.protocol if self.protocol.startswith("icmp") else f"protocol {self.protocol}"
        first, last = self.ports
        return f"{self.protocol} {first}" if first == last else f"{self.protocol} {first}-{last}"


@evidence
class SecurityGroup(Resource):
    """A security group."""

    type_name: ClassVar = "AWS::EC2::SecurityGroup"
    name_format: ClassVar = "{group_name}"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:security-group/{id}"
    arn: str = at("SecurityGroupArn")
    id: str = at("GroupId")
    group_name: str = at("GroupName")
    description: str = at("Description", absent="")
    vpc_id: str = at("VpcId")
    owner: str = at("OwnerId")
    ingress: tuple[Permission, ...] = at("IpPermissions")
    egress: tuple[Permission, ...] = at("IpPermissionsEgress")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_default(self) -> bool:
        """Whether it is the group that its VPC gives to whatever names none."""
        return self.group_name == "default"

    @property
    def source_group_ids(self) -> frozenset[str]:
        """The groups that its ingress names."""
        return frozenset(group for permission in self.ingress for group in permission.group_ids)

    @property
    def prefix_lists(self) -> frozenset[str]:
        """The prefix lists that its rules name."""
        return frozenset(one for permission in (*self.ingress, *self.egress) for one in permission.prefix_lists)

    @property
    def open_egress(self) -> tuple[Permission, ...]:
        """Its rules that let connections out to any address."""
        return tuple(permission for permission in self.egress if permission.is_open_to_anywhere)


security_groups = listed(SecurityGroup, call("ec2", "DescribeSecurityGroups", page=1000), "SecurityGroups[]")


@evidence
class InterfaceAddress(Evidence):
    """A private address of an interface, and the public one that is mapped to it."""

    private_ip: str = at("PrivateIpAddress")
    is_primary: bool = at("Primary")
    public_ip: str | None = at("Association.PublicIp")


_TIERS_BY_TYPE = {
    "load_balancer": "edge",
    "network_load_balancer": "edge",
    "gateway_load_balancer": "edge",
    "global_accelerator_managed": "edge",
    "api_gateway_managed": "edge",
    "lambda": "compute",
    "trunk": "compute",
    "branch": "compute",
    "vpc_endpoint": "endpoint",
    "gateway_load_balancer_endpoint": "endpoint",
    "nat_gateway": "management",
    "natGateway": "management",
    "transit_gateway": "management",
}
"""AWS answers `nat_gateway` (EC2 API reference, NetworkInterface), where botocore's model says `natGateway`."""
_TIERS_BY_TAG = {
    **{tier: tier for tier in ("edge", "compute", "database", "cache", "search", "file", "endpoint", "management")},
    "app": "compute",
    "application": "compute",
    "db": "database",
    "data": "database",
}
_TIERS_BY_REQUESTER = {"amazon-elb": "edge", "amazon-rds": "database", "amazon-elasticache": "cache"}
_TIERS_BY_DESCRIPTION = (
    ("ELB ", "edge"),
    ("RDSNetworkInterface", "database"),
    ("RedshiftNetworkInterface", "database"),
    ("ElastiCache", "cache"),
    ("ES ", "search"),
    ("EFS mount target", "file"),
    ("DMSNetworkInterface", "compute"),
    ("Amazon EKS", "compute"),
    ("AWS Lambda VPC ENI", "compute"),
    ("arn:aws", "compute"),
)
"""How the services describe the interfaces that they make; ECS names its attachment's ARN."""
_DESCRIPTIONS = tuple(start for start, _ in _TIERS_BY_DESCRIPTION)


@evidence
class NetworkInterface(Resource):
    """An elastic network interface: where a workload is connected to a subnet."""

    type_name: ClassVar = "AWS::EC2::NetworkInterface"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:network-interface/{id}"
    id: str = at("NetworkInterfaceId")
    vpc_id: str = at("VpcId")
    subnet_id: str = at("SubnetId")
    zone: str = at("AvailabilityZone")
    status: str = at("Status")
    interface_type: str = at("InterfaceType", absent="interface")
    description: str = at("Description", absent="")
    requester_id: str | None = at("RequesterId")
    requester_managed: bool = at("RequesterManaged", absent=False)
    group_ids: tuple[str, ...] = at("Groups[].GroupId")
    private_ip: str | None = at("PrivateIpAddress")
    """None where the subnet has IPv6 only."""
    public_ip: str | None = at("Association.PublicIp")
    addresses: tuple[InterfaceAddress, ...] = at("PrivateIpAddresses")
    ipv6_addresses: tuple[str, ...] = at("Ipv6Addresses[].Ipv6Address", parse=blocks)
    instance_id: str | None = at("Attachment.InstanceId")
    attachment_id: str | None = at("Attachment.AttachmentId")
    device_index: int | None = at("Attachment.DeviceIndex")
    source_dest_check: bool = at("SourceDestCheck")
    denies_gateway_traffic: bool = at("DenyAllIgwTraffic", absent=False)
    """Only sent where it is true."""
    tags: Mapping[str, str] = at("TagSet")

    @property
    def is_in_use(self) -> bool:
        """Whether it is attached to something."""
        return self.status != "available"

    @property
    def private_ips(self) -> tuple[str, ...]:
        """Its private IPv4 addresses."""
        own = (self.private_ip,) if self.private_ip else ()
        return tuple(dict.fromkeys((*own, *(address.private_ip for address in self.addresses))))

    @property
    def public_ips(self) -> tuple[str, ...]:
        """The public IPv4 addresses that are mapped to it; carrier and customer-owned ones are none."""
        own = (self.public_ip, *(address.public_ip for address in self.addresses))
        return tuple(dict.fromkeys(address for address in own if address))

    @property
    def is_load_balancer(self) -> bool:
        """Whether it belongs to a load balancer."""
        made_for_one = self.requester_id == "amazon-elb" or self.description.startswith("ELB ")
        return made_for_one or self.interface_type in ("load_balancer", "network_load_balancer")

    @property
    def forwards(self) -> bool:
        """Whether it passes on what is not meant for it: a NAT, VPN or firewall instance."""
        return not self.source_dest_check

    @property
    def tier(self) -> str | None:
        """What it is part of; None where nothing tells.

        `edge`, `compute`, `database`, `cache`, `search`, `file`, `endpoint` or `management`. A tag Tier or Role that
        names one goes before what the interface says of itself.
        """
        tagged = (_TIERS_BY_TAG.get(self.tags[key].lower()) for key in ("Tier", "Role") if key in self.tags)
        if named := next((tier for tier in tagged if tier), None):
            return named
        found = _TIERS_BY_TYPE.get(self.interface_type) or _TIERS_BY_REQUESTER.get(self.requester_id or "")
        if not found and self.description.startswith(_DESCRIPTIONS):
            return next(tier for start, tier in _TIERS_BY_DESCRIPTION if self.description.startswith(start))
        return found or ("compute" if self.instance_id else None)


network_interfaces = listed(
    NetworkInterface, call("ec2", "DescribeNetworkInterfaces", page=1000), "NetworkInterfaces[]"
)


@evidence
class VpcEndpoint(Resource):
    """A private way from a VPC to a service."""

    type_name: ClassVar = "AWS::EC2::VPCEndpoint"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}"
    id: str = at("VpcEndpointId")
    vpc_id: str = at("VpcId")
    kind: str = at("VpcEndpointType")
    """`Interface`, `Gateway`, `GatewayLoadBalancer`, `Resource` or `ServiceNetwork`."""
    service_name: str = at("ServiceName")
    state: str = at("State", parse=str.lower)
    """In lower case: AWS answers so, whatever its model says."""
    policy: PolicyDocument | None = at("PolicyDocument", parse=PolicyDocument.read)
    route_table_ids: tuple[str, ...] = at("RouteTableIds")
    subnet_ids: tuple[str, ...] = at("SubnetIds")
    group_ids: tuple[str, ...] = at("Groups[].GroupId")
    interface_ids: tuple[str, ...] = at("NetworkInterfaceIds")
    private_dns: bool = at("PrivateDnsEnabled", absent=False)
    """Only sent for interface endpoints."""
    created: datetime = at("CreationTimestamp")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_available(self) -> bool:
        """Whether it works."""
        return self.state == "available"

    @property
    def is_gateway(self) -> bool:
        """Whether it is a route (S3, DynamoDB) and not an interface."""
        return self.kind == "Gateway"

    @property
    def is_interface(self) -> bool:
        """Whether it is a set of interfaces."""
        return self.kind == "Interface"

    @property
    def is_aws_service(self) -> bool:
        """Whether it leads to a service of AWS, not to another customer's."""
        return ".vpce." not in self.service_name and self.service_name.split(".")[0] in ("com", "aws", "cn")

    @property
    def service(self) -> str:
        """The service without the region: `s3`, `ecr.dkr`; the whole name where it is not AWS's."""
        return self.service_name.rpartition(f".{self.region}.")[2]


vpc_endpoints = listed(
    VpcEndpoint,
    call("ec2", "DescribeVpcEndpoints", page=1000),
    "VpcEndpoints[]",
    skip={"State": ("deleting", "deleted", "Deleting", "Deleted")},
)


@evidence
class FlowLog(Resource):
    """A flow log of a VPC, subnet or interface."""

    type_name: ClassVar = "AWS::EC2::FlowLog"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:vpc-flow-log/{id}"
    id: str = at("FlowLogId")
    resource_id: str = at("ResourceId")
    """The VPC, subnet, interface or transit gateway that it is of."""
    status: str = at("FlowLogStatus")
    delivery_status: str | None = at("DeliverLogsStatus")
    """None until the first delivery."""
    traffic: str | None = at("TrafficType")
    """`ACCEPT`, `REJECT` or `ALL`; None for transit gateways."""
    destination_type: str = at("LogDestinationType", absent="cloud-watch-logs")
    """AWS leaves it out of logs made before there was a choice."""
    destination: str | None = at("LogDestination")
    log_group: str | None = at("LogGroupName")
    created: datetime = at("CreationTime")
    tags: Mapping[str, str] = at("Tags")

    @property
    def delivers(self) -> bool:
        """Whether it is active and its last delivery did not fail."""
        return self.status == "ACTIVE" and self.delivery_status != "FAILED"

    @property
    def records_rejected(self) -> bool:
        """Whether rejected attempts are kept."""
        return self.traffic != "ACCEPT"


flow_logs = listed(FlowLog, call("ec2", "DescribeFlowLogs", page=1000), "FlowLogs[]")


@evidence
class ElasticIp(Resource):
    """An Elastic IP address."""

    type_name: ClassVar = "AWS::EC2::EIP"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:elastic-ip/{allocation_id}"
    allocation_id: str = at("AllocationId")
    public_ip: str = at("PublicIp")
    association_id: str | None = at("AssociationId")
    interface_id: str | None = at("NetworkInterfaceId")
    instance_id: str | None = at("InstanceId")
    private_ip: str | None = at("PrivateIpAddress")
    service_managed: str | None = at("ServiceManaged")
    """The service that holds it (`alb`, `nlb`, `rds`, ...); None where the account does."""
    network_border_group: str = at("NetworkBorderGroup")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_associated(self) -> bool:
        """Whether it is mapped to something."""
        return self.association_id is not None


elastic_ips = listed(ElasticIp, call("ec2", "DescribeAddresses"), "Addresses[]")


@evidence
class PeeringSide(Evidence):
    """One of the two VPCs of a peering connection."""

    vpc_id: str = at("VpcId")
    owner: str = at("OwnerId")
    region: str = at("Region")
    cidrs: tuple[str, ...] = at("CidrBlockSet[].CidrBlock", parse=blocks)
    ipv6_cidrs: tuple[str, ...] = at("Ipv6CidrBlockSet[].Ipv6CidrBlock", parse=blocks)


@evidence
class VpcPeeringConnection(Resource):
    """A direct link between two VPCs."""

    type_name: ClassVar = "AWS::EC2::VPCPeeringConnection"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:vpc-peering-connection/{id}"
    id: str = at("VpcPeeringConnectionId")
    status: str = at("Status.Code")
    accepter: PeeringSide = at("AccepterVpcInfo")
    requester: PeeringSide = at("RequesterVpcInfo")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_active(self) -> bool:
        """Whether both sides accepted it."""
        return self.status == "active"

    def other_side(self, vpc_id: str) -> PeeringSide | None:
        """The VPC at the other end, seen from one of the two; None where it is neither's."""
        sides = {self.accepter.vpc_id: self.requester, self.requester.vpc_id: self.accepter}
        return sides.get(vpc_id)


vpc_peering_connections = listed(
    VpcPeeringConnection,
    call("ec2", "DescribeVpcPeeringConnections", page=1000),
    "VpcPeeringConnections[]",
    skip={"Status.Code": ("deleted", "deleting", "rejected", "failed", "expired")},
)


@evidence
class TransitGateway(Resource):
    """A transit gateway: a router between VPCs and other networks."""

    type_name: ClassVar = "AWS::EC2::TransitGateway"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:transit-gateway/{id}"
    arn: str = at("TransitGatewayArn")
    id: str = at("TransitGatewayId")
    owner: str = at("OwnerId")
    state: str = at("State")
    group_references: str = at("Options.SecurityGroupReferencingSupport", absent="disable")
    """`enable` or `disable`, the default (CreateTransitGateway's reference)."""
    tags: Mapping[str, str] = at("Tags")

    @property
    def carries_group_references(self) -> bool:
        """Whether rules may name security groups of other VPCs that are attached to it."""
        return self.group_references == "enable"


transit_gateways = listed(
    TransitGateway,
    call("ec2", "DescribeTransitGateways", page=1000),
    "TransitGateways[]",
    skip={"State": ("deleted", "deleting")},
)

_GONE = ("deleted", "deleting", "failed", "failing", "rejected", "rejecting")


@evidence
class TransitGatewayAttachment(Resource):
    """What is attached to a transit gateway: a VPC, VPN, peering or Direct Connect gateway."""

    type_name: ClassVar = "AWS::EC2::TransitGatewayAttachment"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:transit-gateway-attachment/{id}"
    id: str = at("TransitGatewayAttachmentId")
    transit_gateway_id: str = at("TransitGatewayId")
    resource_type: str = at("ResourceType")
    resource_id: str = at("ResourceId")
    resource_owner: str = at("ResourceOwnerId")
    state: str = at("State")
    tags: Mapping[str, str] = at("Tags")


transit_gateway_attachments = listed(
    TransitGatewayAttachment,
    call("ec2", "DescribeTransitGatewayAttachments", page=1000),
    "TransitGatewayAttachments[]",
    skip={"State": _GONE},
)


@evidence
class TransitGatewayVpcAttachment(Resource):
    """A VPC's attachment to a transit gateway."""

    type_name: ClassVar = "AWS::EC2::TransitGatewayVpcAttachment"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:transit-gateway-attachment/{id}"
    id: str = at("TransitGatewayAttachmentId")
    transit_gateway_id: str = at("TransitGatewayId")
    vpc_id: str = at("VpcId")
    vpc_owner: str = at("VpcOwnerId")
    state: str = at("State")
    subnet_ids: tuple[str, ...] = at("SubnetIds")
    tags: Mapping[str, str] = at("Tags")


transit_gateway_vpc_attachments = listed(
    TransitGatewayVpcAttachment,
    call("ec2", "DescribeTransitGatewayVpcAttachments", page=1000),
    "TransitGatewayVpcAttachments[]",
    skip={"State": _GONE},
)


@evidence
class VpnTunnel(Evidence):
    """One tunnel of a VPN connection."""

    outside_ip: str = at("OutsideIpAddress")
    status: str = at("Status")

    @property
    def is_up(self) -> bool:
        """Whether it carries traffic."""
        return self.status == "UP"


@evidence
class VpnConnection(Resource):
    """A site-to-site VPN connection."""

    type_name: ClassVar = "AWS::EC2::VPNConnection"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:vpn-connection/{id}"
    id: str = at("VpnConnectionId")
    state: str = at("State")
    vpn_gateway_id: str | None = at("VpnGatewayId")
    transit_gateway_id: str | None = at("TransitGatewayId")
    customer_gateway_id: str = at("CustomerGatewayId")
    tunnels: tuple[VpnTunnel, ...] = at("VgwTelemetry")
    static_routes: tuple[str, ...] = at("Routes[].DestinationCidrBlock")
    tags: Mapping[str, str] = at("Tags")


vpn_connections = listed(
    VpnConnection,
    call("ec2", "DescribeVpnConnections"),
    "VpnConnections[]",
    skip={"State": ("deleting", "deleted")},
)


@evidence
class PrefixList(Resource):
    """A managed prefix list: blocks under one name, the account's or AWS's."""

    type_name: ClassVar = "AWS::EC2::PrefixList"
    name_format: ClassVar = "{list_name}"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}:{account}:prefix-list/{id}"
    arn: str = at("PrefixListArn")
    id: str = at("PrefixListId")
    list_name: str = at("PrefixListName")
    owner: str = at("OwnerId")
    """`AWS`, or the account that owns it (another one's where it is shared)."""
    address_family: str = at("AddressFamily")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_aws_managed(self) -> bool:
        """Whether AWS keeps it, for one of its services."""
        return self.owner == "AWS"

    @property
    def is_cloudfront(self) -> bool:
        """Whether it holds the addresses from which CloudFront reaches origins."""
        return self.is_aws_managed and self.list_name.endswith("cloudfront.origin-facing")


prefix_lists = listed(
    PrefixList,
    call("ec2", "DescribeManagedPrefixLists", page=100),
    "PrefixLists[]",
    skip={"State": ("delete-in-progress", "delete-complete", "create-failed")},
)


@evidence
class PrefixListEntries(Evidence):
    """The blocks of a customer's prefix list."""

    cidrs: tuple[str, ...] = at("Entries[].Cidr", parse=blocks)


@collector(call("ec2", "GetManagedPrefixListEntries", page=100))
def prefix_list_entries(aws: Aws, prefix_list: PrefixList) -> PrefixListEntries:
    """All blocks; AWS's own lists are not asked about, as their name says whose addresses they hold."""
    if prefix_list.is_aws_managed:
        raise Absent("kept by AWS")
    pages = aws.pages("GetManagedPrefixListEntries", PrefixListId=prefix_list.id)
    entries: Iterable[Any] = [entry for page in pages for entry in page.get("Entries", ())]
    return aws.parse(PrefixListEntries, {"Entries": entries})
