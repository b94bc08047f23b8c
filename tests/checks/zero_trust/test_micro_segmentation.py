from __future__ import annotations

import json
from typing import Any

from networks import (
    ACCELERATOR_ENI,
    ANYWHERE,
    ANYWHERE6,
    CLOUDFRONT,
    OTHERS,
    SERVICE_GROUP,
    TARGETS,
    TO_GATEWAY,
    TO_GATEWAY6,
    accelerated,
    acl,
    balancer,
    distribution,
    eni,
    entry,
    exposure,
    group,
    health,
    http_api,
    http_integration,
    interfaces,
    listener,
    prefix_list,
    rest_api,
    rest_method,
    route,
    routes,
    rule,
    subnet,
    table,
    target_group,
    vpc,
    vpc_link,
    vpc_origin,
    vpc_origin_endpoint,
)
from networks import entries as list_entries

from auditor.evidence.apigatewayv2 import VpcLink
from auditor.evidence.config import ConfigRecorderStatus, ConfigRule
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import (
    NatGateway,
    TransitGateway,
    TransitGatewayVpcAttachment,
    VpcEndpoint,
    VpcPeeringConnection,
)
from auditor.evidence.opensearch import Domain, DomainEntry
from auditor.evidence.rds import DbInstance
from auditor.evidence.wafv2 import WebAcl, WebAclAssociations, WebAclEntry
from auditor.inference.access import Perimeter
from auditor.inference.lateral import Lateral
from auditor.inference.network import GroupReferences, Hosts
from auditor.inference.public_access import Outside
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
    NOT_APPLICABLE,
    PASS,
    REGION,
    UNKNOWN,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)
from auditor.wiring import Batch

OUTSIDE = Outside(Perimeter(ACCOUNT.id))


LOW, MEDIUM, HIGH, INFORMATIONAL = Severity.LOW, Severity.MEDIUM, Severity.HIGH, Severity.INFORMATIONAL
DENIED = gap("ec2:DescribeNetworkInterfaces")


def instance(id: str = "i-1", state: str = "running", **tags: str) -> Instance:  # noqa: A002
    named = [{"Key": key.replace("_", ":"), "Value": value} for key, value in tags.items()]
    return made(Instance, InstanceId=id, State={"Name": state}, Tags=named)


def hosts(*found: Instance, gaps: Any = ()) -> Hosts:
    return Hosts(every(*found, gaps=gaps))


HOST = hosts(instance())
STOPPED = hosts(instance(state="stopped"))
OPEN = eni()
PRIVATE = eni(public="")
VPC_ORIGINS_UNREAD = [gap("cloudfront:ListVpcOrigins", "global")]
DOCKER = vpc_origin(f"arn:aws:ec2:{HOME}:{ACCOUNT.id}:instance/i-1")
DOCKER_OPEN = (SERVICE_GROUP, group(rule("sg-cf", ports=2375)), distribution())
FIREWALLED = exposure(
    OPEN,
    table(route(ANYWHERE, GatewayId="vpce-1")),
    table(
        route("10.0.1.0/24", GatewayId="vpce-1"), id="rtb-edge", Associations=[{"Main": False, "GatewayId": "igw-1"}]
    ),
)

test_ec2_interface_admin_port_internet_reachable = cases(
    "ec2_interface_admin_port_internet_reachable",
    case(
        "open to the world",
        FAIL,
        OPEN,
        exposure(OPEN),
        HOST,
        because="port 22 can be reached: tcp 22 of 52.1.2.3",
        severity=Severity.CRITICAL,
    ),
    case(
        "by CloudFront, of which the host is a VPC origin",
        FAIL,
        PRIVATE,
        exposure(PRIVATE, *DOCKER_OPEN, DOCKER, vpc_origin_endpoint(DOCKER, "http-only", HTTPPort=2375)),
        HOST,
        because="tcp 2375 of d1.cloudfront.net from the internet",
        severity=Severity.CRITICAL,
    ),
    case(
        "by CloudFront on another port",
        PASS,
        PRIVATE,
        exposure(PRIVATE, *DOCKER_OPEN, DOCKER, vpc_origin_endpoint(DOCKER, "http-only", HTTPPort=8080)),
        HOST,
    ),
    case(
        "what CloudFront reaches is unread",
        UNKNOWN,
        PRIVATE,
        exposure(PRIVATE, *DOCKER_OPEN, origin_gaps=VPC_ORIGINS_UNREAD),
        HOST,
        because="cloudfront:ListVpcOrigins",
    ),
    case(
        "unread, but CloudFront is not in the network",
        PASS,
        PRIVATE,
        exposure(PRIVATE, *DOCKER_OPEN[1:], origin_gaps=VPC_ORIGINS_UNREAD),
        HOST,
    ),
    case(
        "open to a few addresses",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(OTHERS, ports=22))),
        HOST,
        because=OTHERS,
        severity=HIGH,
    ),
    case(
        "few count as the world by threshold",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(OTHERS, ports=22))),
        HOST,
        severity=Severity.CRITICAL,
        world_min_addresses=1024,
    ),
    case("on a stopped instance", FAIL, OPEN, exposure(OPEN), STOPPED, because="stopped", severity=MEDIUM),
    case("through a firewall", FAIL, OPEN, FIREWALLED, HOST, because="through a firewall", severity=HIGH),
    case(
        "several ports of a range",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE))),
        HOST,
        because="ports 22, 23, 135, 445, 2375, 2376 and 6 more",
    ),
    case(
        "UDP on the number of a TCP service",
        PASS,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE, ports=(5000, 6000), protocol="udp"))),
        HOST,
    ),
    case(
        "remote desktop over UDP",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE, ports=(3000, 6000), protocol="udp"))),
        HOST,
        because="port 3389 can be reached: udp 3000-6000",
    ),
    case(
        "UDP on a port of the parameter",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE, ports=161, protocol="udp"))),
        HOST,
        because="udp 161",
        admin_ports=(161,),
    ),
    case("another port", PASS, OPEN, exposure(OPEN, group(rule(ANYWHERE, ports=443))), HOST),
    case(
        "a port of the parameter",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE, ports=443))),
        HOST,
        admin_ports=(443,),
    ),
    case(
        "closed by the network ACL",
        PASS,
        OPEN,
        exposure(OPEN, acl(entry(90, "deny", ports=(22, 22)), entry(100, "allow"), entry(100, "allow", egress=True))),
        HOST,
    ),
    case("from a service of AWS only", PASS, OPEN, exposure(OPEN, group(rule("pl-cf", ports=22)), CLOUDFRONT), HOST),
    case("without a public address", PASS, PRIVATE, exposure(PRIVATE), HOST),
    case("attached to nothing", NOT_APPLICABLE, eni(Status="available"), exposure(OPEN), HOST),
    case("of a load balancer", NOT_APPLICABLE, eni(RequesterId="amazon-elb"), exposure(OPEN), HOST),
    case(
        "groups could not be read",
        UNKNOWN,
        OPEN,
        exposure(OPEN, gaps=[gap("ec2:DescribeSecurityGroups")]),
        HOST,
        because="DescribeSecurityGroups",
    ),
    case(
        "load balancers could not be read",
        UNKNOWN,
        PRIVATE,
        exposure(PRIVATE, later_gaps=[gap("elbv2:DescribeLoadBalancers")]),
        HOST,
    ),
    case(
        "found, whatever load balancers say",
        FAIL,
        OPEN,
        exposure(OPEN, later_gaps=[gap("elbv2:DescribeLoadBalancers")]),
        HOST,
    ),
)

NETWORK = balancer("front", "network", groups=())
DATABASE_PORT = group(rule(ANYWHERE, ports=5432))
TCP_GROUP = target_group(NETWORK, 5432, "TCP")
BEHIND = exposure(
    PRIVATE, DATABASE_PORT, NETWORK, listener(NETWORK, 15432, "TCP", to=TARGETS), TCP_GROUP, (TCP_GROUP, health("i-1"))
)
TASK = eni(instance="", Description=f"arn:aws:ecs:{HOME}:{ACCOUNT.id}:attachment/1")
MANAGED = eni(instance="", Description="RDSNetworkInterface", RequesterId="amazon-rds")

test_ec2_interface_data_port_internet_reachable = cases(
    "ec2_interface_data_port_internet_reachable",
    case(
        "open to the world",
        FAIL,
        OPEN,
        exposure(OPEN, DATABASE_PORT),
        HOST,
        because="port 5432",
        severity=Severity.CRITICAL,
    ),
    case(
        "memcached over UDP",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE, ports=11211, protocol="udp"))),
        HOST,
        because="udp 11211",
    ),
    case("of a task", FAIL, TASK, exposure(TASK, DATABASE_PORT), hosts()),
    case("open to a few addresses", FAIL, OPEN, exposure(OPEN, group(rule(OTHERS, ports=5432))), HOST, severity=HIGH),
    case(
        "behind a load balancer that keeps clients",
        FAIL,
        PRIVATE,
        BEHIND,
        HOST,
        because="front passes port 15432 on to port 5432",
    ),
    case("on a stopped instance", FAIL, OPEN, exposure(OPEN, DATABASE_PORT), STOPPED, severity=MEDIUM),
    case("another port", PASS, OPEN, exposure(OPEN), HOST),
    case("a port of the parameter", FAIL, OPEN, exposure(OPEN), HOST, data_ports=(22,)),
    case("of a managed database", NOT_APPLICABLE, MANAGED, exposure(MANAGED, DATABASE_PORT), hosts()),
    case("attached to nothing", NOT_APPLICABLE, eni(Status="available"), exposure(OPEN), HOST),
    case("groups could not be read", UNKNOWN, OPEN, exposure(OPEN, gaps=[gap("ec2:DescribeSecurityGroups")]), HOST),
)

PING = exposure(OPEN, group(rule(ANYWHERE, ports=(-1, -1), protocol="icmp")))
NAT = eni(SourceDestCheck=False)

WITH_PING = exposure(OPEN, group(rule(ANYWHERE, ports=443), rule(ANYWHERE, ports=(8, -1), protocol="icmp")))

test_ec2_workload_bypasses_entry_point = cases(
    "ec2_workload_bypasses_entry_point",
    case(
        "open to the world",
        FAIL,
        OPEN,
        exposure(OPEN),
        interfaces(OPEN),
        HOST,
        because="tcp 22 of 52.1.2.3",
        severity=HIGH,
    ),
    case(
        "open to a few addresses",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(OTHERS, ports=443))),
        interfaces(OPEN),
        HOST,
        severity=MEDIUM,
    ),
    case("through a firewall", FAIL, OPEN, FIREWALLED, interfaces(OPEN), HOST, severity=MEDIUM),
    case("on a port that is meant so", PASS, OPEN, exposure(OPEN), interfaces(OPEN), HOST, direct_ports=(22,)),
    case(
        "on more than the port that is meant so",
        FAIL,
        OPEN,
        exposure(OPEN, group(rule(ANYWHERE, ports=(21, 22)))),
        interfaces(OPEN),
        HOST,
        direct_ports=(22,),
    ),
    case("ICMP alone", FAIL, OPEN, PING, interfaces(OPEN), HOST, because="but ICMP is let", severity=INFORMATIONAL),
    case("ICMP beside a port that is meant so", PASS, OPEN, WITH_PING, interfaces(OPEN), HOST, direct_ports=(443,)),
    case(
        "a task with an address for what it sends",
        FAIL,
        TASK,
        exposure(TASK, group()),
        interfaces(TASK),
        hosts(),
        because="52.1.2.3",
        severity=LOW,
    ),
    case("an instance with a closed address", PASS, OPEN, exposure(OPEN, group()), interfaces(OPEN), HOST),
    case("only through a load balancer", PASS, PRIVATE, BEHIND, interfaces(PRIVATE), HOST),
    case(
        "a service of AWS only",
        PASS,
        OPEN,
        exposure(OPEN, group(rule("pl-cf", ports=443)), CLOUDFRONT),
        interfaces(OPEN),
        HOST,
    ),
    case("a NAT instance", NOT_APPLICABLE, NAT, exposure(NAT), interfaces(NAT), HOST),
    case("a VPN host by its tag", NOT_APPLICABLE, OPEN, exposure(OPEN), interfaces(OPEN), hosts(instance(Role="vpn"))),
    case("a managed database", NOT_APPLICABLE, MANAGED, exposure(MANAGED), interfaces(MANAGED), hosts()),
    case(
        "instances could not be read",
        UNKNOWN,
        OPEN,
        exposure(OPEN),
        interfaces(OPEN),
        hosts(gaps=[gap("ec2:DescribeInstances")]),
    ),
)


def database(**more: Any) -> DbInstance:
    subnets = [{"SubnetIdentifier": "subnet-1"}]
    raw = {
        "DBInstanceIdentifier": "shop",
        "DBInstanceArn": f"arn:aws:rds:{HOME}:{ACCOUNT.id}:db:shop",
        "PubliclyAccessible": True,
        "Endpoint": {"Address": "shop.rds.amazonaws.com", "Port": 5432},
        "DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": subnets},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}],
    }
    return made(DbInstance, raw | more)


SHOP_DB = database()
PUBLIC_ROUTES, PRIVATE_ROUTES = routes(table(TO_GATEWAY)), routes(table(route(ANYWHERE, NatGatewayId="nat-1")))

test_rds_instance_internet_reachable = cases(
    "rds_instance_internet_reachable",
    case(
        "open to the world",
        FAIL,
        SHOP_DB,
        exposure(MANAGED, DATABASE_PORT),
        interfaces(MANAGED),
        PUBLIC_ROUTES,
        because="port 5432 is open",
        severity=Severity.CRITICAL,
    ),
    case(
        "its interface cannot be told",
        FAIL,
        SHOP_DB,
        exposure(DATABASE_PORT),
        interfaces(),
        PUBLIC_ROUTES,
        because="of a public address",
        severity=Severity.CRITICAL,
    ),
    case(
        "its group is closed today",
        FAIL,
        SHOP_DB,
        exposure(MANAGED, group(rule("sg-2", ports=5432))),
        interfaces(MANAGED),
        PUBLIC_ROUTES,
        because="closed today",
        severity=MEDIUM,
    ),
    case(
        "another port is open",
        FAIL,
        SHOP_DB,
        exposure(MANAGED, group(rule(ANYWHERE, ports=3306))),
        interfaces(MANAGED),
        PUBLIC_ROUTES,
        severity=MEDIUM,
    ),
    case(
        "private in public subnets",
        FAIL,
        database(PubliclyAccessible=False),
        exposure(),
        interfaces(),
        PUBLIC_ROUTES,
        because="all 1 subnets",
        severity=LOW,
    ),
    case(
        "private in private subnets", PASS, database(PubliclyAccessible=False), exposure(), interfaces(), PRIVATE_ROUTES
    ),
    case("being created", NOT_APPLICABLE, database(Endpoint={}), exposure(), interfaces(), PUBLIC_ROUTES),
    case(
        "the cluster's port",
        FAIL,
        database(Endpoint={}, DbInstancePort=5432),
        exposure(DATABASE_PORT),
        interfaces(),
        PUBLIC_ROUTES,
        severity=Severity.CRITICAL,
    ),
    case(
        "interfaces could not be read",
        UNKNOWN,
        SHOP_DB,
        exposure(DATABASE_PORT),
        interfaces(gaps=[DENIED]),
        PUBLIC_ROUTES,
    ),
)


def domain(**more: Any) -> Domain:
    raw = {
        "ARN": f"arn:aws:es:{HOME}:{ACCOUNT.id}:domain/logs",
        "DomainName": "logs",
        "DomainId": "1/logs",
        "ClusterConfig": {},
    }
    entries = Batch([made(DomainEntry, DomainName="logs")])
    found: Domain = gathered(Domain, entries, DescribeDomains={"DomainStatusList": [raw | more]})[0]
    return found


ANYONE = json.dumps({"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "es:*", "Resource": "*"}]})
ONE = ANYONE.replace('"*", "Action"', f'{{"AWS": "arn:aws:iam::{ACCOUNT.id}:root"}}, "Action"')
FINE, COARSE = {"Enabled": True}, {"Enabled": False}
INSIDE = {"VPCId": "vpc-1", "SubnetIds": ["subnet-1"]}

test_opensearch_domain_public_endpoint = cases(
    "opensearch_domain_public_endpoint",
    case(
        "public for anyone",
        FAIL,
        domain(AccessPolicies=ANYONE, AdvancedSecurityOptions=COARSE),
        OUTSIDE,
        because="admits anyone",
        severity=Severity.CRITICAL,
    ),
    case(
        "public for anyone with a login",
        FAIL,
        domain(AccessPolicies=ANYONE, AdvancedSecurityOptions=FINE),
        OUTSIDE,
        severity=HIGH,
    ),
    case(
        "public for one account",
        FAIL,
        domain(AccessPolicies=ONE, AdvancedSecurityOptions=COARSE),
        OUTSIDE,
        because="in no VPC",
        severity=HIGH,
    ),
    case(
        "in a VPC without a login",
        FAIL,
        domain(VPCOptions=INSIDE, AdvancedSecurityOptions=COARSE),
        OUTSIDE,
        because="fine-grained",
        severity=MEDIUM,
    ),
    case(
        "in a VPC with anonymous access",
        FAIL,
        domain(VPCOptions=INSIDE, AdvancedSecurityOptions=FINE | {"AnonymousAuthEnabled": True}),
        OUTSIDE,
        because="anonymous",
        severity=MEDIUM,
    ),
    case("in a VPC with a login", PASS, domain(VPCOptions=INSIDE, AdvancedSecurityOptions=FINE), OUTSIDE),
    case("the setting is not told", UNKNOWN, domain(VPCOptions=INSIDE), OUTSIDE),
)

WORLD_443 = group(rule(ANYWHERE, ANYWHERE6, ports=443))
HALVES = group(rule("0.0.0.0/1", ports=443), rule("128.0.0.0/1", ports=443))
HIDDEN = group(rule("pl-1", ports=443))
LIST = prefix_list()
SHOP = balancer(groups=("sg-1",))
BALANCED = (SHOP, listener(SHOP, to=TARGETS))
NO_ROUTE = table(route(ANYWHERE, NatGatewayId="nat-1"))
INNER = balancer(scheme="internal", groups=("sg-1",))
INNER_ORIGIN = vpc_origin(INNER.arn)
BY_CLOUDFRONT = (INNER, listener(INNER), distribution(), INNER_ORIGIN, vpc_origin_endpoint(INNER_ORIGIN))

test_ec2_security_group_public_range_latent = cases(
    "ec2_security_group_public_range_latent",
    case(
        "attached where nothing reaches",
        FAIL,
        WORLD_443,
        exposure(PRIVATE, WORLD_443),
        interfaces(PRIVATE),
        because="tcp 443 to the world",
        severity=MEDIUM,
    ),
    case(
        "attached without a route",
        FAIL,
        WORLD_443,
        exposure(OPEN, WORLD_443, NO_ROUTE),
        interfaces(OPEN),
        severity=MEDIUM,
    ),
    case(
        "unattached", FAIL, WORLD_443, exposure(WORLD_443), interfaces(), because="no interface uses it", severity=LOW
    ),
    case(
        "of a load balancer that only CloudFront reaches, inside the VPC",
        FAIL,
        WORLD_443,
        exposure(WORLD_443, *BY_CLOUDFRONT),
        interfaces(),
        severity=MEDIUM,
    ),
    case("halves of the world", FAIL, HALVES, exposure(HALVES), interfaces(), severity=LOW),
    case(
        "the world in a prefix list",
        FAIL,
        HIDDEN,
        exposure(HIDDEN, LIST, (LIST, list_entries(LIST, ANYWHERE))),
        interfaces(),
    ),
    case("reached, and so judged there", PASS, WORLD_443, exposure(OPEN, WORLD_443), interfaces(OPEN)),
    case("of a load balancer on its listener's port", PASS, WORLD_443, exposure(WORLD_443, *BALANCED), interfaces()),
    case(
        "of a load balancer on more ports",
        FAIL,
        group(rule(ANYWHERE, ports=(443, 8443))),
        exposure(group(rule(ANYWHERE, ports=(443, 8443))), *BALANCED),
        interfaces(),
        because="tcp 444-8443",
        severity=MEDIUM,
    ),
    case(
        "of an internal load balancer",
        FAIL,
        WORLD_443,
        exposure(WORLD_443, balancer(groups=("sg-1",), scheme="internal")),
        interfaces(),
        severity=MEDIUM,
    ),
    case(
        "a few addresses", PASS, group(rule(OTHERS, ports=443)), exposure(group(rule(OTHERS, ports=443))), interfaces()
    ),
    case(
        "few count as the world by threshold",
        FAIL,
        group(rule(OTHERS, ports=443)),
        exposure(group(rule(OTHERS, ports=443))),
        interfaces(),
        world_min_addresses=1024,
    ),
    case(
        "a list of AWS",
        PASS,
        group(rule("pl-cf", ports=443)),
        exposure(group(rule("pl-cf", ports=443)), CLOUDFRONT),
        interfaces(),
    ),
    case(
        "private ranges",
        PASS,
        group(rule("10.0.0.0/8", ports=443)),
        exposure(group(rule("10.0.0.0/8", ports=443))),
        interfaces(),
    ),
    case("interfaces could not be read", UNKNOWN, WORLD_443, exposure(WORLD_443), interfaces(gaps=[DENIED])),
)

NONE = every()
VPCS = every(vpc(), vpc("vpc-2", "10.2.0.0/16"), vpc("vpc-3", "10.3.0.0/16"))
MEMBER = eni()
CALLER = eni("eni-2", groups=("sg-2",), PrivateIpAddress="10.0.2.20")
STRANGER = eni("eni-9", groups=("sg-9",), PrivateIpAddress="10.0.2.20", VpcId="vpc-9")
BY_SUBNET = group(rule("10.0.2.0/24", ports=8080))
BY_VPC = group(rule("10.0.0.0/16", ports=(0, 65535)))
OWN_IPV6 = {"Ipv6CidrBlock": "2600:1f18:a::/56", "Ipv6CidrBlockState": {"State": "associated"}}
NAMELESS = eni("eni-3", groups=(), PrivateIpAddress="10.0.2.30", InterfaceType="network_load_balancer")
ENDPOINT = eni(InterfaceType="vpc_endpoint")


def peering(status: str = "active", region: str = HOME) -> VpcPeeringConnection:
    sides = [
        {
            "VpcId": f"vpc-{n}",
            "OwnerId": ACCOUNT.id,
            "Region": region if n > 1 else HOME,
            "CidrBlockSet": [{"CidrBlock": f"10.{n}.0.0/16"}],
        }
        for n in (1, 2)
    ]
    raw = {
        "VpcPeeringConnectionId": "pcx-1",
        "Status": {"Code": status},
        "RequesterVpcInfo": sides[0],
        "AccepterVpcInfo": sides[1],
    }
    return made(VpcPeeringConnection, raw)


def transit(support: str) -> tuple[Any, Any]:
    gateway = made(
        TransitGateway,
        TransitGatewayId="tgw-1",
        State="available",
        Options={"SecurityGroupReferencingSupport": support},
    )
    joined = [
        made(
            TransitGatewayVpcAttachment,
            TransitGatewayAttachmentId=f"a-{n}",
            TransitGatewayId="tgw-1",
            VpcId=f"vpc-{n}",
            State="available",
        )
        for n in (1, 3)
    ]
    return every(gateway), every(*joined)


OTHER_VPC = group(rule("10.2.1.0/24", ports=8080))
FAR_VPC = group(rule("10.3.1.0/24", ports=8080))
BOTH = interfaces(MEMBER, CALLER)

test_ec2_security_group_cidr_instead_of_group = cases(
    "ec2_security_group_cidr_instead_of_group",
    case(
        "a subnet's range",
        FAIL,
        BY_SUBNET,
        BOTH,
        VPCS,
        NONE,
        NONE,
        NONE,
        because="256 addresses for 1 interfaces; name sg-2",
        severity=MEDIUM,
    ),
    case(
        "a VPC's range on many ports",
        FAIL,
        BY_VPC,
        BOTH,
        VPCS,
        NONE,
        NONE,
        NONE,
        because="65536 addresses",
        severity=HIGH,
    ),
    case(
        "a VPC's range on one port",
        FAIL,
        group(rule("10.0.0.0/8", ports=443)),
        BOTH,
        VPCS,
        NONE,
        NONE,
        NONE,
        severity=MEDIUM,
    ),
    case(
        "a range with nobody in it",
        FAIL,
        group(rule("10.0.9.0/24", ports=443)),
        BOTH,
        VPCS,
        NONE,
        NONE,
        NONE,
        because="no interface is in it",
    ),
    case(
        "a range that a VPC without a link uses too",
        FAIL,
        BY_SUBNET,
        interfaces(MEMBER, CALLER, STRANGER),
        VPCS,
        NONE,
        NONE,
        NONE,
        because="256 addresses for 1 interfaces; name sg-2 instead",
    ),
    case(
        "a range of the VPC's own IPv6 block",
        FAIL,
        group(rule("2600:1f18:a::/64", ports=8080)),
        BOTH,
        every(vpc(Ipv6CidrBlockAssociationSet=[OWN_IPV6])),
        NONE,
        NONE,
        NONE,
        because="2600:1f18:a::/64",
    ),
    case(
        "somebody's IPv6 block",
        PASS,
        group(rule("2600:1f19:a::/64", ports=8080)),
        BOTH,
        every(vpc(Ipv6CidrBlockAssociationSet=[OWN_IPV6])),
        NONE,
        NONE,
        NONE,
    ),
    case("a peered VPC's range", FAIL, OTHER_VPC, BOTH, VPCS, every(peering()), NONE, NONE),
    case("a VPC's range across regions", PASS, OTHER_VPC, BOTH, VPCS, every(peering(region="us-east-1")), NONE, NONE),
    case(
        "a VPC whose peering is not accepted",
        PASS,
        OTHER_VPC,
        BOTH,
        VPCS,
        every(peering("pending-acceptance")),
        NONE,
        NONE,
    ),
    case("a VPC behind a transit gateway with references", FAIL, FAR_VPC, BOTH, VPCS, NONE, *transit("enable")),
    case("a VPC behind a transit gateway without them", PASS, FAR_VPC, BOTH, VPCS, NONE, *transit("disable")),
    case("a group", PASS, group(rule("sg-2", ports=8080)), BOTH, VPCS, NONE, NONE, NONE),
    case("public ranges", PASS, group(rule(ANYWHERE, OTHERS, ports=8080)), BOTH, VPCS, NONE, NONE, NONE),
    case("on premises", PASS, BY_SUBNET, BOTH, VPCS, NONE, NONE, NONE, on_premises_cidrs=("10.0.0.0/16",)),
    case("only load balancers without groups", PASS, BY_SUBNET, interfaces(MEMBER, NAMELESS), VPCS, NONE, NONE, NONE),
    case(
        "an endpoint open to its VPC",
        FAIL,
        group(rule("10.0.0.0/16", ports=443)),
        interfaces(ENDPOINT),
        VPCS,
        NONE,
        NONE,
        NONE,
        severity=LOW,
    ),
    case("attached to nothing", NOT_APPLICABLE, BY_SUBNET, interfaces(CALLER), VPCS, NONE, NONE, NONE),
    case("interfaces could not be read", UNKNOWN, BY_SUBNET, interfaces(gaps=[DENIED]), VPCS, NONE, NONE, NONE),
    case("VPCs could not be read", UNKNOWN, BY_SUBNET, BOTH, every(gaps=[gap("ec2:DescribeVpcs")]), NONE, NONE, NONE),
)


def references(*groups: Any, gaps: Any = ()) -> GroupReferences:
    return GroupReferences(every(*groups, gaps=gaps))


APP = group(rule("sg-9", ports=8080))
DB_ENI = eni("eni-db", instance="", Description="RDSNetworkInterface")
LB_ENI = eni("eni-lb", instance="", Description="ELB app/shop/1", RequesterId="amazon-elb")
FILE_ENI = eni("eni-fs", instance="", Description="EFS mount target for fs-1")
SECOND = eni("eni-2", instance="i-2")
PAIR = interfaces(MEMBER, SECOND)
TWO = hosts(instance(Service="orders"), instance("i-2", Service="carts"))
SAME = hosts(instance(aws_autoscaling_groupName="web"), instance("i-2", aws_autoscaling_groupName="web"))
FUNCTION = "AWS Lambda VPC ENI-{}-0b6a1f9c-7a4e-4f43-a1a1-0123456789ab"
FUNCTIONS = [
    eni(f"eni-{name}", instance="", InterfaceType="lambda", Description=FUNCTION.format(name))
    for name in ("pay", "ship")
]
BASE = group(egress=[rule(ANYWHERE)])

INNER_ENI = eni("eni-inner", instance="", Description="ELB app/inner/1", RequesterId="amazon-elb")
ALL_BALANCERS = every(balancer(), balancer("inner", scheme="internal"))

test_ec2_security_group_shared_across_tiers = cases(
    "ec2_security_group_shared_across_tiers",
    case(
        "load balancer and database",
        FAIL,
        APP,
        interfaces(LB_ENI, DB_ENI),
        hosts(),
        references(),
        ALL_BALANCERS,
        because="database and edge",
        severity=HIGH,
    ),
    case(
        "an internal load balancer and its targets",
        PASS,
        APP,
        interfaces(INNER_ENI, MEMBER),
        HOST,
        references(),
        ALL_BALANCERS,
    ),
    case(
        "load balancer and targets", FAIL, APP, interfaces(LB_ENI, INNER_ENI, MEMBER), HOST, references(), ALL_BALANCERS
    ),
    case(
        "load balancers denied",
        UNKNOWN,
        APP,
        interfaces(LB_ENI, MEMBER),
        HOST,
        references(),
        every(gaps=[gap("elasticloadbalancing:DescribeLoadBalancers")]),
    ),
    case(
        "compute and files",
        FAIL,
        APP,
        interfaces(MEMBER, FILE_ENI),
        HOST,
        references(),
        ALL_BALANCERS,
        because="compute and file",
        severity=MEDIUM,
    ),
    case(
        "two services", FAIL, APP, PAIR, TWO, references(), ALL_BALANCERS, because="carts and orders", severity=MEDIUM
    ),
    case(
        "two functions", FAIL, APP, interfaces(*FUNCTIONS), hosts(), references(), ALL_BALANCERS, because="pay and ship"
    ),
    case("one Auto Scaling group", PASS, APP, PAIR, SAME, references(), ALL_BALANCERS),
    case("by a tag of the parameter", PASS, APP, PAIR, TWO, references(), ALL_BALANCERS, workload_tags=("Team",)),
    case(
        "two services without an own rule",
        PASS,
        BASE,
        PAIR,
        TWO,
        references(group(rule("sg-1", ports=5432), id="sg-2")),
        ALL_BALANCERS,
    ),
    case(
        "two tiers by others' rules",
        FAIL,
        BASE,
        interfaces(MEMBER, DB_ENI),
        HOST,
        references(group(rule("sg-1", ports=5432), id="sg-2")),
        ALL_BALANCERS,
    ),
    case(
        "a base group for egress",
        NOT_APPLICABLE,
        BASE,
        interfaces(MEMBER, DB_ENI),
        HOST,
        references(APP),
        ALL_BALANCERS,
    ),
    case("interfaces could not be read", UNKNOWN, APP, interfaces(gaps=[DENIED]), HOST, references(), ALL_BALANCERS),
    case(
        "groups could not be read",
        UNKNOWN,
        BASE,
        PAIR,
        HOST,
        references(gaps=[gap("ec2:DescribeSecurityGroups")]),
        ALL_BALANCERS,
    ),
)

SELF = rule("sg-1")
DEFAULT = group(SELF, GroupName="default", egress=[rule(ANYWHERE)])

test_ec2_security_group_default_in_use = cases(
    "ec2_security_group_default_in_use",
    case("attached", FAIL, DEFAULT, interfaces(MEMBER), because="eni-1", severity=MEDIUM),
    case(
        "attached and open to others",
        FAIL,
        group(SELF, rule("10.0.0.0/8", ports=22), GroupName="default"),
        interfaces(MEMBER),
        because="tcp 22",
        severity=HIGH,
    ),
    case(
        "attached and open to another group",
        FAIL,
        group(rule("sg-2"), GroupName="default"),
        interfaces(MEMBER),
        severity=HIGH,
    ),
    case("unused with rules", FAIL, DEFAULT, interfaces(), because="2 rules", severity=LOW),
    case("on an interface that is not in use", PASS, group(GroupName="default"), interfaces(eni(Status="available"))),
    case("unused and empty", PASS, group(GroupName="default"), interfaces()),
    case("another group", NOT_APPLICABLE, APP, interfaces(MEMBER)),
    case("interfaces could not be read", UNKNOWN, DEFAULT, interfaces(gaps=[DENIED])),
)

EKS: dict[str, Any] = {"Tags": [{"Key": "aws:eks:cluster-name", "Value": "shop"}]}

test_ec2_security_group_internal_all_ports = cases(
    "ec2_security_group_internal_all_ports",
    case(
        "everything from a group",
        FAIL,
        group(rule("sg-2")),
        PAIR,
        HOST,
        because="all traffic from sg-2",
        severity=MEDIUM,
    ),
    case(
        "all ports from a private range",
        FAIL,
        group(rule("10.0.0.0/8", ports=(0, 65535))),
        PAIR,
        HOST,
        because="tcp 0-65535 from 10.0.0.0/8",
    ),
    case("just as many ports as allowed", FAIL, group(rule("sg-2", ports=(1000, 1100))), PAIR, HOST),
    case("one port fewer", PASS, group(rule("sg-2", ports=(1000, 1099))), PAIR, HOST),
    case("a wider span by the parameter", PASS, group(rule("sg-2", ports=(1000, 1100))), PAIR, HOST, max_port_span=200),
    case("members of two workloads", FAIL, group(SELF), PAIR, TWO, because="2 workloads"),
    case("members of one workload", PASS, group(SELF), PAIR, SAME),
    case("a single member", PASS, group(SELF), interfaces(MEMBER), HOST),
    case("of a cluster", FAIL, group(rule("sg-2"), **EKS), PAIR, HOST, severity=LOW),
    case("of Glue", FAIL, group(SELF, GroupName="glue-connections"), PAIR, TWO, severity=LOW),
    case("from the internet, judged elsewhere", PASS, group(rule(ANYWHERE, ports=(0, 65535))), PAIR, HOST),
    case("all of ICMP", PASS, group(rule("sg-2", ports=(-1, -1), protocol="icmp")), PAIR, HOST),
    case("attached to nothing", NOT_APPLICABLE, group(rule("sg-2")), interfaces(), HOST),
    case("interfaces could not be read", UNKNOWN, group(rule("sg-2")), interfaces(gaps=[DENIED]), HOST),
)

WEB = eni("eni-web", groups=("sg-web",), PrivateIpAddress="10.0.2.5", SubnetId="subnet-2")
APP_ENI = eni("eni-app", public="", groups=("sg-app",), PrivateIpAddress="10.0.3.5")
STORE = eni("eni-db", public="", instance="", groups=("sg-1",), Description="RDSNetworkInterface")
WEB_GROUP = group(rule(ANYWHERE, ports=443), id="sg-web", egress=[rule(ANYWHERE)])
APP_GROUP = group(rule("sg-web", ports=8080), id="sg-app", egress=[rule(ANYWHERE)])
TIERS = interfaces(WEB, APP_ENI, STORE)
FROM_WEB, FROM_APP = group(rule("sg-web", ports=5432)), group(rule("sg-app", ports=5432))
FRONT = subnet("subnet-2", "10.0.2.0/24")


def tiers(store: Any, *more: Any, web: Any = WEB_GROUP) -> Any:
    return exposure(WEB, APP_ENI, STORE, web, APP_GROUP, store, subnet(), FRONT, *more)


CLOSED_EGRESS = group(rule(ANYWHERE, ports=443), id="sg-web", egress=[rule("10.0.3.0/24", ports=8080)])
NAMED_EGRESS = group(rule(ANYWHERE, ports=443), id="sg-web", egress=[rule("sg-1", ports=5432)])
CUT_OFF = acl(entry(90, "deny", "10.0.2.0/24"), entry(100, "allow"), entry(100, "allow", egress=True))

LB_ALL = group(rule(ANYWHERE, ports=443), id="sg-lb", egress=[rule(ANYWHERE)])
APP_BEHIND = group(rule("sg-lb", ports=8080), id="sg-app", egress=[rule(ANYWHERE)])
DIRECT_APP = group(rule(ANYWHERE, ports=443), id="sg-app", egress=[rule(ANYWHERE)])
SHOP_LB = balancer()
SHOP_TARGETS = target_group(SHOP_LB)
FRONTED = [LB_ALL, APP_BEHIND, SHOP_LB, listener(SHOP_LB, to=TARGETS), SHOP_TARGETS, (SHOP_TARGETS, health("i-1"))]
ALB_ENI = eni(
    "eni-lb", public="", groups=("sg-lb",), instance="", Description="ELB app/shop/1", RequesterId="amazon-elb"
)
SHARED = group(rule(ANYWHERE, ports=443), rule("10.0.0.0/16", ports=5432), egress=[rule(ANYWHERE)])

test_ec2_edge_tier_reaches_data_tier = cases(
    "ec2_edge_tier_reaches_data_tier",
    case(
        "a web server by its group",
        FAIL,
        FROM_WEB,
        TIERS,
        tiers(FROM_WEB),
        because="interface eni-web, which the internet reaches",
    ),
    case(
        "a web server by its address",
        FAIL,
        group(rule("10.0.0.0/16", ports=5432)),
        TIERS,
        tiers(group(rule("10.0.0.0/16", ports=5432))),
    ),
    case("a web server with egress to the store's group", FAIL, FROM_WEB, TIERS, tiers(FROM_WEB, web=NAMED_EGRESS)),
    case(
        "an application behind a load balancer",
        PASS,
        FROM_APP,
        TIERS,
        tiers(FROM_APP, *FRONTED),
        because="nothing that the internet reaches is admitted",
    ),
    case(
        "a load balancer",
        FAIL,
        group(rule("sg-lb", ports=5432)),
        interfaces(APP_ENI, STORE, ALB_ENI),
        tiers(group(rule("sg-lb", ports=5432)), *FRONTED, ALB_ENI),
        because="admits the load balancer interface eni-lb",
    ),
    case(
        "an application that an accelerator leads to",
        FAIL,
        FROM_APP,
        interfaces(APP_ENI, STORE, ACCELERATOR_ENI),
        exposure(APP_ENI, STORE, ACCELERATOR_ENI, subnet(), FRONT, FROM_APP, DIRECT_APP, accelerated("i-1")),
        because="of a.awsglobalaccelerator.com",
    ),
    case("an application that nothing reaches", PASS, FROM_APP, TIERS, tiers(FROM_APP)),
    case("a web server without egress to it", PASS, FROM_WEB, TIERS, tiers(FROM_WEB, web=CLOSED_EGRESS)),
    case("a network ACL between them", PASS, FROM_WEB, TIERS, tiers(FROM_WEB, CUT_OFF)),
    case(
        "a web server that only CloudFront reaches",
        PASS,
        FROM_WEB,
        TIERS,
        tiers(FROM_WEB, CLOUDFRONT, web=group(rule("pl-cf", ports=443), id="sg-web", egress=[rule(ANYWHERE)])),
    ),
    case("stores among themselves", PASS, group(SELF), TIERS, tiers(group(SELF))),
    case(
        "a web server in the store's own group",
        FAIL,
        SHARED,
        interfaces(OPEN, STORE),
        exposure(OPEN, STORE, SHARED),
        because="interface eni-1, which the internet reaches",
    ),
    case("no store", NOT_APPLICABLE, FROM_WEB, interfaces(WEB), tiers(FROM_WEB)),
    case("interfaces could not be read", UNKNOWN, FROM_WEB, interfaces(gaps=[DENIED]), tiers(FROM_WEB)),
)

NODE_RULES = [rule(OTHERS, ports=443), rule("10.0.0.0/16", ports=(0, 65535))]
FLAT = group(*NODE_RULES, id="sg-flat", egress=[rule(ANYWHERE)])
CHAIN = [
    group(rule(f"sg-{n - 1}", ports=8080), id=f"sg-{n}", egress=[rule("10.0.0.0/16", ports=8080)]) for n in range(1, 12)
]
TIGHT = group(rule(ANYWHERE, ports=443), id="sg-0", egress=[rule("sg-1", ports=8080)])


def nodes(number: int, groups: str = "sg-flat", public: bool = True) -> list[Any]:
    """Instances in one subnet, the first with a public address; `{}` in the group's name is the number."""
    return [
        eni(
            f"eni-{n}",
            public="52.1.2.3" if public and not n else "",
            groups=(groups.format(n),),
            instance=f"i-{n}",
            PrivateIpAddress=f"10.0.1.{n + 10}",
        )
        for n in range(number)
    ]


def moving(members: list[Any], *groups: Any, gaps: Any = ()) -> Lateral:
    return Lateral(exposure(*members, *groups), interfaces(*members, gaps=gaps))


FOREIGN_DB = eni(
    "eni-db",
    public="",
    groups=("sg-flat",),
    instance="",
    Description="RDSNetworkInterface",
    PrivateIpAddress="10.0.1.99",
    TagSet=[{"Key": "App", "Value": "billing"}],
)
SHOP_HOST = hosts(instance("i-0", App="shop"))
PLAIN_HOSTS = hosts(instance("i-0"))

test_ec2_vpc_lateral_blast_radius = cases(
    "ec2_vpc_lateral_blast_radius",
    case(
        "a flat network",
        FAIL,
        vpc(),
        moving(nodes(12), FLAT),
        PLAIN_HOSTS,
        because="from eni-0, which the internet reaches, 11 of 11 interfaces (100 %) can be reached in three steps, "
        "by tcp 0-65535 from 10.0.0.0/16 in sg-flat (without it 0 %)",
        severity=MEDIUM,
    ),
    case(
        "a flat network with another's database",
        FAIL,
        vpc(),
        moving([*nodes(12), FOREIGN_DB], FLAT),
        SHOP_HOST,
        because="eni-db is a database of another workload",
        severity=HIGH,
    ),
    case(
        "a chain is followed for three steps",
        PASS,
        vpc(),
        moving(nodes(12, "sg-{}"), TIGHT, *CHAIN),
        PLAIN_HOSTS,
        because="3 of 11 interfaces (27 %)",
    ),
    case(
        "a smaller share by the parameter",
        FAIL,
        vpc(),
        moving(nodes(12, "sg-{}"), TIGHT, *CHAIN),
        PLAIN_HOSTS,
        because="(without it 0 %)",
        max_share=0.2,
    ),
    case("nothing is reached from outside", PASS, vpc(), moving(nodes(12, public=False), FLAT), PLAIN_HOSTS),
    case("few interfaces", NOT_APPLICABLE, vpc(), moving(nodes(9), FLAT), PLAIN_HOSTS),
    case("fewer count by the parameter", FAIL, vpc(), moving(nodes(9), FLAT), PLAIN_HOSTS, min_interfaces=5),
    case("interfaces could not be read", UNKNOWN, vpc(), moving([], gaps=[DENIED]), PLAIN_HOSTS),
)

TO_ANYWHERE, TO_HTTPS = [rule(ANYWHERE)], [rule(ANYWHERE, ports=443)]
NO_DEFAULT = routes(table())

test_ec2_security_group_unrestricted_egress = cases(
    "ec2_security_group_unrestricted_egress",
    case(
        "a database",
        FAIL,
        group(egress=TO_ANYWHERE),
        interfaces(DB_ENI),
        PUBLIC_ROUTES,
        because="database interface eni-db",
        severity=MEDIUM,
    ),
    case(
        "a database with HTTPS only",
        FAIL,
        group(egress=TO_HTTPS),
        interfaces(DB_ENI),
        PUBLIC_ROUTES,
        because="tcp 443",
        severity=MEDIUM,
    ),
    case(
        "IPv6 from a mount target",
        FAIL,
        group(egress=[rule(ANYWHERE6)]),
        interfaces(FILE_ENI),
        PUBLIC_ROUTES,
        severity=MEDIUM,
    ),
    case(
        "compute with a way out",
        FAIL,
        group(egress=TO_ANYWHERE),
        interfaces(MEMBER),
        PRIVATE_ROUTES,
        because="eni-1 has a default route",
        severity=LOW,
    ),
    case(
        "compute with all TCP ports",
        FAIL,
        group(egress=[rule(ANYWHERE, ports=(0, 65535))]),
        interfaces(MEMBER),
        PRIVATE_ROUTES,
        severity=LOW,
    ),
    case(
        "compute without a way out",
        FAIL,
        group(egress=TO_ANYWHERE),
        interfaces(MEMBER),
        NO_DEFAULT,
        severity=INFORMATIONAL,
    ),
    case("compute with HTTPS only", PASS, group(egress=TO_HTTPS), interfaces(MEMBER), PRIVATE_ROUTES),
    case(
        "a load balancer",
        FAIL,
        group(egress=TO_ANYWHERE),
        interfaces(LB_ENI),
        PUBLIC_ROUTES,
        because="load balancer",
        severity=LOW,
    ),
    case("an endpoint", PASS, group(egress=TO_ANYWHERE), interfaces(ENDPOINT), PUBLIC_ROUTES),
    case("only to a group", PASS, group(egress=[rule("sg-2", ports=5432)]), interfaces(MEMBER), PUBLIC_ROUTES),
    case("attached to nothing", NOT_APPLICABLE, group(egress=TO_ANYWHERE), interfaces(), PUBLIC_ROUTES),
    case(
        "routes could not be read",
        UNKNOWN,
        group(egress=TO_ANYWHERE),
        interfaces(MEMBER),
        routes(gaps=[gap("ec2:DescribeRouteTables")]),
    ),
)

ACL_ARN = f"arn:aws:wafv2:{HOME}:{ACCOUNT.id}:regional/webacl/shop/1"
ENTRY = made(WebAclEntry, Name="shop", Id="1", ARN=ACL_ARN)
LB_GROUP = group(rule(ANYWHERE, ports=443), id="sg-lb")
ALB, INTERNAL = balancer(), balancer(scheme="internal")


def web_acl(*names: str) -> WebAcl:
    rules = [{"Name": one, "Priority": n, "Statement": {}} for n, one in enumerate(names)]
    found: WebAcl = gathered(
        WebAcl, ENTRY, GetWebACL={"WebACL": {"Name": "shop", "Id": "1", "ARN": ACL_ARN, "Rules": rules}}
    )[0]
    return found


def associated(*arns: str) -> Any:
    return every_of((ENTRY, gathered(WebAclAssociations, ENTRY, ListResourcesForWebACL={"ResourceArns": list(arns)})))


def faced(of: Any, rules: Any = LB_GROUP, port: int = 443, protocol: str = "HTTPS") -> Any:
    return exposure(of, rules, CLOUDFRONT, listener(of, port, protocol))


PRIVATE_ORIGIN = vpc_origin(INTERNAL.arn)
PRIVATELY = (SERVICE_GROUP, distribution(), PRIVATE_ORIGIN, vpc_origin_endpoint(PRIVATE_ORIGIN))
"""CloudFront before the internal load balancer."""

REST, HTTP = rest_api(), http_api()
TO_BALANCER = rest_method(REST, "vl2", "https://shop.internal/", integrationTarget=INTERNAL.arn)
BY_REST_API = (REST, TO_BALANCER, vpc_link())
BY_HTTP_API = (HTTP, http_integration(HTTP, listener(INTERNAL).arn), vpc_link())
VPC_LINKS_UNREAD: Any = {VpcLink: [gap("apigateway:GetVpcLinks")]}

FILLED = every(web_acl("common"))
TCP = balancer("tcp", "network", groups=())

test_elbv2_load_balancer_without_waf = cases(
    "elbv2_load_balancer_without_waf",
    case(
        "no web ACL",
        FAIL,
        ALB,
        faced(ALB),
        FILLED,
        associated(),
        because="port 443 is open to the world",
        severity=MEDIUM,
    ),
    case("a web ACL", PASS, ALB, faced(ALB), FILLED, associated(ALB.arn), because="shop"),
    case(
        "a web ACL without rules",
        FAIL,
        ALB,
        faced(ALB),
        every(web_acl()),
        associated(ALB.arn),
        because="no rules",
        severity=LOW,
    ),
    case(
        "only CloudFront",
        PASS,
        ALB,
        faced(ALB, group(rule("pl-cf", ports=443), id="sg-lb")),
        FILLED,
        associated(),
        because="cloudfront",
    ),
    case(
        "only a few addresses", PASS, ALB, faced(ALB, group(rule(OTHERS, ports=443), id="sg-lb")), FILLED, associated()
    ),
    case(
        "a network load balancer for the web",
        FAIL,
        TCP,
        faced(TCP, protocol="TCP"),
        FILLED,
        associated(),
        because="port 443",
        severity=LOW,
    ),
    case(
        "a network load balancer for something else",
        PASS,
        TCP,
        faced(TCP, port=25, protocol="TCP"),
        FILLED,
        associated(),
    ),
    case("internal", NOT_APPLICABLE, INTERNAL, faced(INTERNAL), FILLED, associated()),
    case(
        "internal behind an accelerator",
        FAIL,
        INTERNAL,
        exposure(INTERNAL, LB_GROUP, listener(INTERNAL), ACCELERATOR_ENI, accelerated(INTERNAL.arn)),
        FILLED,
        associated(),
        because="no web ACL is associated, and port 443",
    ),
    case(
        "internal, a VPC origin of CloudFront, whose web ACL is the distribution's",
        PASS,
        INTERNAL,
        exposure(INTERNAL, *PRIVATELY, LB_GROUP, listener(INTERNAL)),
        FILLED,
        associated(),
        because="only CloudFront reaches it",
    ),
    case(
        "internal, behind a REST API, which takes a web ACL",
        PASS,
        INTERNAL,
        exposure(INTERNAL, *BY_REST_API, LB_GROUP, listener(INTERNAL)),
        FILLED,
        associated(),
        because="only a REST API reaches it",
    ),
    case(
        "internal, behind an HTTP API, which takes none",
        FAIL,
        INTERNAL,
        exposure(INTERNAL, *BY_HTTP_API, LB_GROUP, listener(INTERNAL)),
        FILLED,
        associated(),
        because="no web ACL is associated, and port 443",
    ),
    case(
        "VPC links could not be read",
        UNKNOWN,
        INTERNAL,
        exposure(INTERNAL, *BY_HTTP_API[:2], LB_GROUP, listener(INTERNAL), api_gaps=VPC_LINKS_UNREAD),
        FILLED,
        associated(),
        because="apigateway:GetVpcLinks",
    ),
    case("web ACLs could not be read", UNKNOWN, ALB, faced(ALB), every(gaps=[gap("wafv2:ListWebACLs")]), associated()),
    case(
        "VPC origins could not be read",
        UNKNOWN,
        INTERNAL,
        exposure(INTERNAL, *PRIVATELY[:2], LB_GROUP, listener(INTERNAL), origin_gaps=VPC_ORIGINS_UNREAD),
        FILLED,
        associated(),
        because="ListVpcOrigins",
    ),
)

SUBNET = subnet()
GIVING = subnet(MapPublicIpOnLaunch=True)
GIVING_IPV6 = subnet(AssignIpv6AddressOnCreation=True)
BY_IPV6 = eni(public="", Ipv6Addresses=[{"Ipv6Address": "2600:1f18::5"}])
BOTH_ROUTES = routes(table(TO_GATEWAY, TO_GATEWAY6))
OUT_BY_IPV6 = routes(table(TO_GATEWAY, route(ANYWHERE6, EgressOnlyInternetGatewayId="eigw-1")))
NAT_ENI = eni("eni-nat", instance="")
GATEWAY = made(
    NatGateway,
    NatGatewayId="nat-1",
    State="available",
    VpcId="vpc-1",
    NatGatewayAddresses=[{"NetworkInterfaceId": "eni-nat"}],
)
VPCE_ENI = eni("eni-vpce", instance="")
VPCE = made(VpcEndpoint, VpcEndpointId="vpce-1", VpcId="vpc-1", State="Available", NetworkInterfaceIds=["eni-vpce"])

test_ec2_subnet_public_hosts_workload = cases(
    "ec2_subnet_public_hosts_workload",
    case(
        "a database",
        FAIL,
        SUBNET,
        PUBLIC_ROUTES,
        interfaces(DB_ENI, MEMBER),
        HOST,
        because="eni-db (database)",
        severity=HIGH,
    ),
    case(
        "an instance with a public address",
        FAIL,
        SUBNET,
        PUBLIC_ROUTES,
        interfaces(MEMBER),
        HOST,
        because="eni-1",
        severity=MEDIUM,
    ),
    case(
        "an instance without one, in a subnet that gives them",
        FAIL,
        GIVING,
        PUBLIC_ROUTES,
        interfaces(PRIVATE),
        HOST,
        severity=MEDIUM,
    ),
    case(
        "an instance without one",
        FAIL,
        SUBNET,
        PUBLIC_ROUTES,
        interfaces(PRIVATE),
        HOST,
        because="without public addresses",
        severity=LOW,
    ),
    case("an instance with an IPv6 address", FAIL, SUBNET, BOTH_ROUTES, interfaces(BY_IPV6), HOST, severity=MEDIUM),
    case("one whose IPv6 only goes out", FAIL, SUBNET, OUT_BY_IPV6, interfaces(BY_IPV6), HOST, severity=LOW),
    case("giving IPv6 addresses", FAIL, GIVING_IPV6, BOTH_ROUTES, interfaces(LB_ENI), HOST, because="gives"),
    case("giving IPv6 addresses that only go out", PASS, GIVING_IPV6, OUT_BY_IPV6, interfaces(LB_ENI), HOST),
    case(
        "a mount target",
        FAIL,
        SUBNET,
        PUBLIC_ROUTES,
        interfaces(eni(public="", instance="", Description="EFS mount target")),
        HOST,
        severity=LOW,
    ),
    case(
        "empty but giving addresses",
        FAIL,
        GIVING,
        PUBLIC_ROUTES,
        interfaces(LB_ENI),
        HOST,
        because="gives",
        severity=LOW,
    ),
    case(
        "giving addresses that it has not",
        PASS,
        subnet(MapPublicIpOnLaunch=True, AvailableIpAddressCount=0),
        PUBLIC_ROUTES,
        interfaces(LB_ENI),
        HOST,
    ),
    case("entry points only", PASS, SUBNET, PUBLIC_ROUTES, interfaces(LB_ENI, NAT_ENI, GATEWAY, VPCE_ENI, VPCE), HOST),
    case("a bastion", PASS, SUBNET, PUBLIC_ROUTES, interfaces(MEMBER), hosts(instance(Role="bastion"))),
    case("a NAT instance", PASS, SUBNET, PUBLIC_ROUTES, interfaces(NAT), HOST),
    case("a private subnet", NOT_APPLICABLE, SUBNET, PRIVATE_ROUTES, interfaces(MEMBER), HOST),
    case("interfaces could not be read", UNKNOWN, SUBNET, PUBLIC_ROUTES, interfaces(gaps=[DENIED]), HOST),
)


def config_rule(identifier: str, name: str = "", state: str = "ACTIVE") -> ConfigRule:
    source = {"Owner": "AWS", "SourceIdentifier": identifier}
    arn = f"arn:aws:config:{HOME}:{ACCOUNT.id}:config-rule/{identifier}"
    return made(ConfigRule, ConfigRuleName=name or identifier, ConfigRuleArn=arn, Source=source, ConfigRuleState=state)


ALL_RULES = [
    config_rule(one)
    for one in (
        "INCOMING_SSH_DISABLED",
        "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS",
        "VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        "EC2_INSTANCE_NO_PUBLIC_IP",
    )
]
RECORDING, PAUSED = (every(made(ConfigRecorderStatus, name="default", recording=on)) for on in (True, False))
OWN = every(vpc())

test_config_network_rules_missing = cases(
    "config_network_rules_missing",
    case("all rules", PASS, REGION, interfaces(MEMBER), OWN, every(*ALL_RULES), RECORDING),
    case(
        "one missing",
        FAIL,
        REGION,
        interfaces(MEMBER),
        OWN,
        every(*ALL_RULES[:3]),
        RECORDING,
        because="watches for public addresses",
    ),
    case("none", FAIL, REGION, interfaces(MEMBER), OWN, NONE, RECORDING, because="SSH from anywhere, open ports"),
    case(
        "a rule that is being deleted",
        FAIL,
        REGION,
        interfaces(MEMBER),
        OWN,
        every(*ALL_RULES[1:], config_rule("INCOMING_SSH_DISABLED", state="DELETING")),
        RECORDING,
    ),
    case(
        "nothing records",
        FAIL,
        REGION,
        interfaces(MEMBER),
        OWN,
        every(*ALL_RULES),
        PAUSED,
        because="no recorder records",
    ),
    case(
        "an own rule that is accepted",
        PASS,
        REGION,
        interfaces(MEMBER),
        OWN,
        every(config_rule("own", "our-network-rule")),
        RECORDING,
        accept_rule_names=("our-network-rule",),
    ),
    case(
        "only the default VPC is used",
        NOT_APPLICABLE,
        REGION,
        interfaces(MEMBER),
        every(vpc(IsDefault=True)),
        NONE,
        PAUSED,
    ),
    case("nothing is used", NOT_APPLICABLE, REGION, interfaces(), OWN, NONE, PAUSED),
    case(
        "rules could not be read",
        UNKNOWN,
        REGION,
        interfaces(MEMBER),
        OWN,
        every(gaps=[gap("config:DescribeConfigRules")]),
        RECORDING,
    ),
)
