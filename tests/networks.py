"""Builders of small networks for tests: a VPC with a subnet that the internet reaches, changed piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from auditor.evidence.apigateway import ApiDomain, BasePathMappings, EndpointVpcLink, RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import ApiMapping, HttpApi, HttpDomain, HttpIntegration, VpcLink
from auditor.evidence.cloudfront import Distribution, VpcOrigin, VpcOriginEndpoint
from auditor.evidence.ec2_network import (
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrefixListEntries,
    RouteTable,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcEndpoint,
)
from auditor.evidence.elb import ClassicLoadBalancer
from auditor.evidence.elbv2 import (
    Listener,
    ListenerRule,
    LoadBalancer,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
)
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup, AcceleratorListener
from auditor.inference.accelerators import Accelerators
from auditor.inference.api_names import ApiNames
from auditor.inference.balancers import Balancers
from auditor.inference.exposure import Exposure
from auditor.inference.filters import Filters
from auditor.inference.network import Interfaces, Routes
from auditor.inference.private_integrations import PrivateIntegrations
from auditor.inference.vpc_links import VpcLinks
from auditor.inference.vpc_origins import VpcOrigins
from auditor.testing import ACCOUNT, HOME, every, every_of, gathered, made

ELB = f"arn:aws:elasticloadbalancing:{HOME}:{ACCOUNT.id}"
ANYWHERE, ANYWHERE6 = "0.0.0.0/0", "::/0"
OTHERS = "52.94.0.0/22"
"""A few public addresses, somebody's."""


def vpc(id: str = "vpc-1", cidr: str = "10.0.0.0/16", **more: Any) -> Vpc:  # noqa: A002 - AWS calls it so
    return made(
        Vpc, {"VpcId": id, "OwnerId": ACCOUNT.id, "CidrBlock": cidr, "IsDefault": False, "State": "available"} | more
    )


def subnet(id: str = "subnet-1", cidr: str = "10.0.1.0/24", **more: Any) -> Subnet:  # noqa: A002
    ipv6 = [{"Ipv6CidrBlock": "2600:1f18::/64", "Ipv6CidrBlockState": {"State": "associated"}}]
    raw = {
        "SubnetId": id,
        "VpcId": "vpc-1",
        "CidrBlock": cidr,
        "AvailabilityZone": f"{HOME}a",
        "AvailableIpAddressCount": 200,
        "MapPublicIpOnLaunch": False,
        "AssignIpv6AddressOnCreation": False,
        "Ipv6CidrBlockAssociationSet": ipv6,
        "State": "available",
    }
    return made(Subnet, raw | more)


def route(destination: str, **target: Any) -> dict[str, Any]:
    kind = "DestinationPrefixListId"
    if not destination.startswith("pl-"):
        kind = "DestinationIpv6CidrBlock" if ":" in destination else "DestinationCidrBlock"
    return {kind: destination, "State": "active", **target}


LOCAL = route("10.0.0.0/16", GatewayId="local")
TO_GATEWAY = route(ANYWHERE, GatewayId="igw-1")
TO_GATEWAY6 = route(ANYWHERE6, GatewayId="igw-1")


def table(*routes: dict[str, Any], id: str = "rtb-1", **more: Any) -> RouteTable:  # noqa: A002
    raw = {"RouteTableId": id, "VpcId": "vpc-1", "Routes": [LOCAL, *routes], "Associations": [{"Main": True}]}
    return made(RouteTable, raw | more)


def entry(
    number: int, action: str, cidr: str = ANYWHERE, *, ports: Any = None, egress: bool = False, protocol: str = ""
) -> Any:
    raw: dict[str, Any] = {"RuleNumber": number, "RuleAction": action, "Egress": egress}
    raw["Ipv6CidrBlock" if ":" in cidr else "CidrBlock"] = cidr
    raw["Protocol"] = protocol or ("6" if ports else "-1")
    if ports:
        raw["PortRange"] = {"From": ports[0], "To": ports[1]}
    return raw


def acl(*entries: dict[str, Any], id: str = "acl-1", **more: Any) -> NetworkAcl:  # noqa: A002
    both = [
        entry(number, "allow", cidr, egress=egress)
        for egress in (False, True)
        for number, cidr in ((100, ANYWHERE), (101, ANYWHERE6))
    ]
    denied = [entry(32767, "deny", egress=egress) for egress in (False, True)]
    raw = {
        "NetworkAclId": id,
        "VpcId": "vpc-1",
        "IsDefault": True,
        "Associations": [],
        "Entries": [*(entries or both), *denied],
    }
    return made(NetworkAcl, raw | more)


def rule(*sources: str, ports: Any = None, protocol: str = "tcp") -> dict[str, Any]:
    """A permission; a source is a block, a security group or a prefix list."""
    raw: dict[str, Any] = {"IpProtocol": protocol if ports or protocol != "tcp" else "-1"}
    if ports:
        raw |= dict(zip(("FromPort", "ToPort"), ports if isinstance(ports, tuple) else (ports, ports), strict=True))
    raw["IpRanges"] = [{"CidrIp": one} for one in sources if "." in one]
    raw["Ipv6Ranges"] = [{"CidrIpv6": one} for one in sources if ":" in one]
    raw["PrefixListIds"] = [{"PrefixListId": one} for one in sources if one.startswith("pl-")]
    raw["UserIdGroupPairs"] = [{"GroupId": one, "UserId": ACCOUNT.id} for one in sources if one.startswith("sg-")]
    return raw


def group(*ingress: dict[str, Any], id: str = "sg-1", egress: Any = (), **more: Any) -> SecurityGroup:  # noqa: A002
    raw = {
        "GroupId": id,
        "GroupName": f"{id}-name",
        "VpcId": "vpc-1",
        "OwnerId": ACCOUNT.id,
        "IpPermissions": list(ingress),
    }
    return made(SecurityGroup, raw | {"IpPermissionsEgress": list(egress)} | more)


SSH_OPEN = group(rule(ANYWHERE, ANYWHERE6, ports=22))


def eni(
    id: str = "eni-1",  # noqa: A002
    *,
    public: str = "52.1.2.3",
    groups: Any = ("sg-1",),
    instance: str = "i-1",
    **more: Any,
) -> NetworkInterface:
    raw: dict[str, Any] = {
        "NetworkInterfaceId": id,
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "Status": "in-use",
        "InterfaceType": "interface",
        "SourceDestCheck": True,
        "PrivateIpAddress": "10.0.1.10",
        "Groups": [{"GroupId": one} for one in groups],
    }
    if public:
        raw["Association"] = {"PublicIp": public}
    if instance:
        raw["Attachment"] = {"InstanceId": instance, "DeviceIndex": 0, "Status": "attached"}
    return made(NetworkInterface, raw | more)


def prefix_list(id: str = "pl-1", owner: str = ACCOUNT.id, name: str = "partners") -> PrefixList:  # noqa: A002
    arn = f"arn:aws:ec2:{HOME}:{owner}:prefix-list/{id}"
    return made(
        PrefixList, PrefixListId=id, PrefixListName=name, OwnerId=owner, PrefixListArn=arn, AddressFamily="IPv4"
    )


CLOUDFRONT = prefix_list("pl-cf", "AWS", "com.amazonaws.global.cloudfront.origin-facing")


def entries(named: PrefixList, *cidrs: str) -> PrefixListEntries:
    page = {"Entries": [{"Cidr": cidr} for cidr in cidrs]}
    found: PrefixListEntries = gathered(PrefixListEntries, named, GetManagedPrefixListEntries=page)
    return found


def balancer(
    name: str = "shop",
    kind: str = "application",
    scheme: str = "internet-facing",
    *,
    groups: Any = ("sg-lb",),
    **more: Any,
) -> LoadBalancer:
    short = {"application": "app", "network": "net", "gateway": "gwy"}[kind]
    raw = {
        "LoadBalancerArn": f"{ELB}:loadbalancer/{short}/{name}/1",
        "LoadBalancerName": name,
        "DNSName": f"{name}.elb.amazonaws.com",
        "Type": kind,
        "Scheme": scheme,
        "State": {"Code": "active"},
        "VpcId": "vpc-1",
        "AvailabilityZones": [{"ZoneName": f"{HOME}a", "SubnetId": "subnet-1"}],
        "SecurityGroups": list(groups),
        "IpAddressType": "ipv4",
    }
    return made(LoadBalancer, raw | more)


def listener(of: LoadBalancer, port: int = 443, protocol: str = "HTTPS", to: str = "", **more: Any) -> Listener:
    actions = [{"Type": "forward", "TargetGroupArn": to}] if to else []
    arn = f"{of.arn.replace(':loadbalancer/', ':listener/')}/{port}"
    raw = {"ListenerArn": arn, "LoadBalancerArn": of.arn, "Port": port, "Protocol": protocol}
    return made(Listener, raw | {"DefaultActions": actions} | more, under=of)


def listener_rule(of: Listener, to: str) -> ListenerRule:
    """A rule of a listener that forwards to a target group."""
    action = {"Type": "forward", "TargetGroupArn": to}
    raw = {"RuleArn": f"{of.arn}/rule/1", "Priority": "1", "IsDefault": False, "Actions": [action]}
    found: ListenerRule = gathered(ListenerRule, of, DescribeRules={"Rules": [raw]})[0]
    return found


TARGETS = f"{ELB}:targetgroup/app/1"


def classic(
    *instances: str, port: int = 443, to: int = 8080, scheme: str = "internet-facing", **more: Any
) -> ClassicLoadBalancer:
    """A Classic Load Balancer with one listener."""
    raw = {
        "LoadBalancerName": "old",
        "DNSName": "old.elb.amazonaws.com",
        "Scheme": scheme,
        "Subnets": ["subnet-1"],
        "SecurityGroups": ["sg-lb"],
        "Instances": [{"InstanceId": one} for one in instances],
        "ListenerDescriptions": [{"Listener": {"Protocol": "SSL", "LoadBalancerPort": port, "InstancePort": to}}],
    }
    return made(ClassicLoadBalancer, raw | more)


def target_group(
    of: LoadBalancer, port: int = 8080, protocol: str = "HTTP", kind: str = "instance", arn: str = TARGETS, **more: Any
) -> TargetGroup:
    raw = {
        "TargetGroupArn": arn,
        "TargetGroupName": "app",
        "Port": port,
        "Protocol": protocol,
        "TargetType": kind,
        "VpcId": "vpc-1",
    }
    return made(TargetGroup, raw | {"LoadBalancerArns": [of.arn]} | more)


def health(*ids: str, state: str = "healthy", **target: Any) -> TargetHealth:
    described = [{"Target": {"Id": one, **target}, "TargetHealth": {"State": state}} for one in ids]
    return made(TargetHealth, TargetHealthDescriptions=described)


def attributes(**values: str) -> TargetGroupAttributes:
    named = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
    return made(TargetGroupAttributes, Attributes=named)


def accelerated(
    *endpoints: str, ports: tuple[int, int] = (443, 443), protocol: str = "TCP", enabled: bool = True, **more: Any
) -> AcceleratorEndpointGroup:
    """An endpoint group of an accelerator, whose endpoints see the client's address."""
    arn = f"arn:aws:globalaccelerator::{ACCOUNT.id}:accelerator/a"
    over = made(Accelerator, AcceleratorArn=arn, Enabled=enabled, DnsName="a.awsglobalaccelerator.com")
    ranges = [{"FromPort": ports[0], "ToPort": ports[1]}]
    at_ports = made(
        AcceleratorListener,
        {"ListenerArn": f"{arn}/listener/l", "Protocol": protocol, "PortRanges": ranges},
        under=over,
    )
    described = [{"EndpointId": one, "ClientIPPreservationEnabled": True, "Weight": 128} for one in endpoints]
    raw = {"EndpointGroupArn": f"{arn}/listener/l/endpoint-group/g", "EndpointGroupRegion": HOME}
    return made(AcceleratorEndpointGroup, raw | {"EndpointDescriptions": described} | more, under=at_ports)


ACCELERATOR_ENI = eni("eni-ga", public="", groups=("sg-ga",), instance="", InterfaceType="global_accelerator_managed")


SERVICE_GROUP = group(id="sg-cf", GroupName="CloudFront-VPCOrigins-Service-SG")
"""What CloudFront gives to its interfaces in a VPC."""


def vpc_origin(end: str, id: str = "vo_1", **more: Any) -> VpcOrigin:  # noqa: A002
    """A VPC origin that leads to a load balancer or an instance."""
    raw = {"Id": id, "Arn": f"arn:aws:cloudfront::{ACCOUNT.id}:vpcorigin/{id}", "Status": "Deployed"}
    return made(VpcOrigin, raw | {"OriginEndpointArn": end} | more)


def vpc_origin_endpoint(of: VpcOrigin, policy: str = "https-only", **more: Any) -> tuple[VpcOrigin, VpcOriginEndpoint]:
    """How CloudFront speaks to a VPC origin, beside it."""
    config = {"Name": "private", "Arn": of.endpoint, "OriginProtocolPolicy": policy} | more
    raw = {"Id": of.id, "VpcOriginEndpointConfig": config}
    return of, made(VpcOriginEndpoint, raw, under=of)


def distribution(origin: str = "vo_1", **more: Any) -> Distribution:
    """A distribution that has a VPC origin among its origins."""
    own = {"Id": "o", "DomainName": "shop.internal", "VpcOriginConfig": {"VpcOriginId": origin}}
    bucket = {"Id": "b", "DomainName": "pages.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    raw = {
        "Id": "E1",
        "ARN": f"arn:aws:cloudfront::{ACCOUNT.id}:distribution/E1",
        "DomainName": "d1.cloudfront.net",
        "Enabled": True,
        "Origins": {"Quantity": 2, "Items": [bucket, own]},
    }
    return made(Distribution, raw | more)


def endpoint_link(*targets: str, id: str = "vl1", **more: Any) -> EndpointVpcLink:  # noqa: A002
    """A VPC link that is an endpoint of network load balancers."""
    raw = {"id": id, "name": "private", "targetArns": list(targets), "status": "AVAILABLE"}
    return made(EndpointVpcLink, raw | more)


def vpc_link(id: str = "vl2", groups: Any = ("sg-link",), **more: Any) -> VpcLink:  # noqa: A002
    """A VPC link that has interfaces in a subnet."""
    raw = {"VpcLinkId": id, "Name": "private", "SubnetIds": ["subnet-1"], "VpcLinkStatus": "AVAILABLE"}
    return made(VpcLink, raw | {"SecurityGroupIds": list(groups)} | more)


def rest_api(types: str = "REGIONAL", **more: Any) -> RestApi:
    raw = {"id": "r1", "name": "orders", "createdDate": "2024-01-01T00:00:00Z"}
    return made(RestApi, raw | {"endpointConfiguration": {"types": [types]}} | more)


def rest_method(
    of: RestApi, link: str = "vl1", uri: str = "http://orders.internal:8443/", **integration: Any
) -> RestMethod:
    """A method that a REST API passes on by a VPC link."""
    onward = {"type": "HTTP_PROXY", "uri": uri, "connectionType": "VPC_LINK", "connectionId": link} | integration
    verbs = {"GET": {"httpMethod": "GET", "authorizationType": "AWS_IAM", "methodIntegration": onward}}
    page = {"items": [{"id": "x", "path": "/orders", "resourceMethods": verbs}]}
    found: RestMethod = gathered(RestMethod, of, GetResources=page)[0]
    return found


def rest_stage(of: RestApi, **variables: str) -> RestStage:
    return made(RestStage, {"stageName": "prod", "variables": variables}, under=of)


def http_api(protocol: str = "HTTP", **more: Any) -> HttpApi:
    raw = {"ApiId": "h1", "Name": "shop", "ProtocolType": protocol, "CreatedDate": "2024-01-01T00:00:00Z"}
    return made(HttpApi, raw | {"ApiEndpoint": f"https://h1.execute-api.{HOME}.amazonaws.com"} | more)


def http_integration(of: HttpApi, uri: str, link: str = "vl2", **more: Any) -> HttpIntegration:
    """What an HTTP or WebSocket API passes on by a VPC link."""
    raw = {"IntegrationId": "n1", "IntegrationType": "HTTP_PROXY", "IntegrationUri": uri, "ConnectionType": "VPC_LINK"}
    return made(HttpIntegration, raw | {"ConnectionId": link} | more, under=of)


def rest_names(api: str) -> tuple[ApiDomain, tuple[ApiDomain, BasePathMappings]]:
    """A domain name, and that it leads to a REST API."""
    raw = {"domainName": "api.example.com", "endpointConfiguration": {"types": ["REGIONAL"]}}
    domain = made(ApiDomain, raw)
    page = {"items": [{"restApiId": api, "stage": "prod"}]}
    return domain, (domain, gathered(BasePathMappings, domain, GetBasePathMappings=page))


def interfaces(*items: Any, gaps: Any = ()) -> Interfaces:
    """The interfaces, with the NAT gateways and endpoints among the items."""
    kinds = (NetworkInterface, NatGateway, VpcEndpoint)
    ours, gateways, endpoints = ([one for one in items if isinstance(one, kind)] for kind in kinds)
    return Interfaces(every(*ours, gaps=gaps), every(*gateways), every(*endpoints))


def routes(*items: Any, gaps: Any = ()) -> Routes:
    return Routes(every(*(one for one in items if isinstance(one, RouteTable)), gaps=gaps))


def exposure(
    *items: Any,
    gaps: Any = (),
    later_gaps: Any = (),
    rule_gaps: Any = (),
    accelerator_gaps: Any = (),
    distribution_gaps: Any = (),
    origin_gaps: Any = (),
    endpoint_gaps: Any = (),
    api_gaps: Mapping[type, Any] | None = None,
) -> Exposure:
    """What the internet reaches among the items; details are given as pairs of a resource and its detail.

    What is not given is open: a main table to an internet gateway and a default ACL. `gaps` are reads of security
    groups that were denied, `later_gaps` of load balancers, `rule_gaps` of listeners' rules, `accelerator_gaps` of
    endpoints of Global Accelerator, and `distribution_gaps`, `origin_gaps` and `endpoint_gaps` of distributions, VPC
    origins and how CloudFront speaks to them, and `api_gaps` those of API Gateway by their kind.
    """

    def some(kind: type, *default: Any) -> list[Any]:
        return [one for one in items if isinstance(one, kind)] or list(default)

    def pairs(kind: type) -> list[Any]:
        return [one for one in items if isinstance(one, tuple) and isinstance(one[1], kind)]

    ways = Routes(every(*some(RouteTable, table(TO_GATEWAY, TO_GATEWAY6))))
    filters = Filters(
        every(*some(Subnet, subnet())),
        ways,
        every(*some(NetworkAcl, acl())),
        every(*some(SecurityGroup, SSH_OPEN), gaps=gaps),
        every(*some(PrefixList)),
        every_of(*pairs(PrefixListEntries)),
    )
    behind = Balancers(
        every(*some(LoadBalancer), gaps=later_gaps),
        every(*some(Listener)),
        every(*some(ListenerRule), gaps=rule_gaps),
        every(*some(TargetGroup)),
        every_of(*pairs(TargetGroupAttributes)),
        every_of(*pairs(TargetHealth)),
        every(*some(ClassicLoadBalancer)),
    )
    ours = interfaces(*some(NetworkInterface))
    ends = Accelerators(ours, every(*some(AcceleratorEndpointGroup), gaps=accelerator_gaps))
    origins = VpcOrigins(
        filters,
        every(*some(Distribution), gaps=distribution_gaps),
        every(*some(VpcOrigin), gaps=origin_gaps),
        every_of(*pairs(VpcOriginEndpoint), gaps=endpoint_gaps),
    )

    def apis(kind: type) -> Any:
        found, unread = pairs(kind), (api_gaps or {}).get(kind, ())
        return every_of(*found, gaps=unread) if found else every(*some(kind), gaps=unread)

    names = ApiNames(*map(apis, (ApiDomain, BasePathMappings, HttpDomain, ApiMapping)))
    private = PrivateIntegrations(names, *map(apis, (RestApi, RestMethod, RestStage, HttpApi, HttpIntegration)))
    links = VpcLinks(filters, private, apis(EndpointVpcLink), apis(VpcLink))
    return Exposure(ours, filters, behind, ends, origins, links, (HOME,))
