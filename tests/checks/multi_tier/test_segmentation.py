from typing import Any

from networks import (
    CLOUDFRONT,
    acl,
    attributes,
    balancer,
    classic,
    eni,
    entries,
    group,
    health,
    listener,
    prefix_list,
    route,
    rule,
    subnet,
    table,
    target_group,
    vpc,
)
from threetier import (
    APP,
    APP_GROUP,
    DATABASE,
    DB,
    DB_ENI,
    DB_GROUP,
    FLEET,
    HTTPS,
    LB_GROUP,
    MEMBERS,
    PUBLIC,
    SHOP,
    SUBNETS,
    TABLES,
    TARGETS,
    THREE_TIER,
    allow,
    asg,
    cache,
    database,
    dax,
    definition,
    function,
    instance,
    kafka,
    mapping,
    mounted,
    queue,
    record,
    role,
    service,
    tagged,
    world,
)

from auditor.evidence.autoscaling import GroupLaunchSettings
from auditor.evidence.dax import DaxCluster
from auditor.evidence.dynamodb import TableEntry
from auditor.evidence.ec2_network import FlowLog, NatGateway, VpcPeeringConnection
from auditor.evidence.elasticache import CacheSubnetGroup
from auditor.evidence.elb import ClassicAttributes
from auditor.evidence.elbv2 import LoadBalancer, LoadBalancerAttributes, TargetHealth
from auditor.evidence.iam import Role
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import DbInstance
from auditor.evidence.redshift import RedshiftCluster, RedshiftSubnetGroup
from auditor.inference.exposure import Exposure
from auditor.inference.network import Interfaces, Routes
from auditor.model import Severity
from auditor.testing import FAIL, HOME, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, every_of, gap, gathered, made
from auditor.wiring import Tags

INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = Severity
SHOP_WORLD = world()
T = SHOP_WORLD.tiers
NONE = every()
VPCS = every(vpc())
DENIED = gap("ec2:Denied")


def nat(place: str = "subnet-app") -> NatGateway:
    return made(NatGateway, NatGatewayId="nat-1", VpcId="vpc-1", SubnetId=place, State="available")


DAX_ENI = eni("eni-dax", public="", groups=("sg-dax",), instance="", SubnetId="subnet-db", RequesterManaged=True)
CROWDED = world(database("inside", subnets=("subnet-app",)))
LB_INSIDE = world(balancer("near", AvailabilityZones=[{"ZoneName": f"{HOME}a", "SubnetId": "subnet-app"}]))

test_vpc_tiers_use_separate_subnets = cases(
    "vpc_tiers_use_separate_subnets",
    case("application only", PASS, APP, T, VPCS, NONE, because="application compute only"),
    case("stores only", PASS, DB, T, VPCS, NONE, because="stores only"),
    case("load balancers only", NOT_APPLICABLE, PUBLIC, T, VPCS, NONE),
    case(
        "a database beside the application",
        FAIL,
        APP,
        CROWDED.tiers,
        VPCS,
        NONE,
        because="stores (inside) together with application compute (shop)",
        severity=HIGH,
    ),
    case(
        "a database whose interfaces are elsewhere",
        PASS,
        APP,
        world(
            database("inside", subnets=("subnet-app", "subnet-db"), groups=("sg-x",)),
            eni("eni-x", public="", groups=("sg-x",), instance="", SubnetId="subnet-db", RequesterId="amazon-rds"),
        ).tiers,
        VPCS,
        NONE,
    ),
    case(
        "a mount target beside the application",
        PASS,
        APP,
        world(*mounted()).tiers,
        VPCS,
        NONE,
        because="it holds application compute and what may stand beside it (fs-1) only",
    ),
    case(
        "a mount target and a database beside the application",
        FAIL,
        APP,
        world(*mounted(), database("inside", subnets=("subnet-app",))).tiers,
        VPCS,
        NONE,
        because="it holds stores (inside) together",
        severity=HIGH,
    ),
    case(
        "a mount target and a NAT gateway beside the application",
        FAIL,
        APP,
        world(*mounted()).tiers,
        VPCS,
        every(nat()),
        because="together with nat-1",
        severity=MEDIUM,
    ),
    case(
        "a mount target among stores",
        PASS,
        DB,
        world(*mounted(place="subnet-db")).tiers,
        VPCS,
        NONE,
        because="it holds stores only",
    ),
    case(
        "DAX beside the application",
        PASS,
        APP,
        world(*dax(place="subnet-app")).tiers,
        VPCS,
        NONE,
        because="what may stand beside it (orders) only",
    ),
    case(
        "DAX and a database beside the application",
        FAIL,
        APP,
        world(*dax(place="subnet-app"), database("inside", subnets=("subnet-app",))).tiers,
        VPCS,
        NONE,
        because="it holds stores (inside) together",
        severity=HIGH,
    ),
    case("Kafka among stores", PASS, DB, world(kafka()).tiers, VPCS, NONE, because="stores only"),
    case(
        "DAX unread, and an interface of nobody known is there",
        UNKNOWN,
        DB,
        world(DAX_ENI, without=(DATABASE,), gaps={DaxCluster: (gap("dax:DescribeClusters"),)}).tiers,
        VPCS,
        NONE,
        because="dax:DescribeClusters was denied",
    ),
    case(
        "a mount target in the default VPC",
        FAIL,
        APP,
        world(*mounted()).tiers,
        every(vpc(IsDefault=True)),
        NONE,
        because="default VPC",
    ),
    case(
        "a load balancer of the internet beside the application",
        FAIL,
        APP,
        LB_INSIDE.tiers,
        VPCS,
        NONE,
        because="together with near",
        severity=MEDIUM,
    ),
    case("a NAT gateway beside it", FAIL, APP, T, VPCS, every(nat()), because="nat-1", severity=MEDIUM),
    case("a NAT gateway elsewhere", PASS, APP, T, VPCS, every(nat("subnet-web"))),
    case("the default VPC", FAIL, APP, T, every(vpc(IsDefault=True)), NONE, because="default VPC"),
    case("gateways unread", UNKNOWN, APP, T, VPCS, every(gaps=(DENIED,))),
    case(
        "databases unread, and an interface of one is there",
        UNKNOWN,
        DB,
        world(DB_ENI, without=(DATABASE,), gaps={DbInstance: (gap("rds:DescribeDBInstances"),)}).tiers,
        VPCS,
        NONE,
        because="rds:DescribeDBInstances was denied",
    ),
    case(
        "databases unread, and only instances are there",
        PASS,
        APP,
        world(
            eni("eni-1", public="", groups=("sg-app",), instance="i-1", SubnetId="subnet-app"),
            without=(DATABASE,),
            gaps={DbInstance: (gap("rds:DescribeDBInstances"),)},
        ).tiers,
        VPCS,
        NONE,
    ),
)


def routed(target: str, **kind: Any) -> Routes:
    own = table(route("0.0.0.0/0", **{target: kind["to"]}), id="rtb-d", Associations=[{"SubnetId": "subnet-db"}])
    return Routes(every(own))


ISOLATED = Routes(every(*TABLES))
IPV6_OUT = Routes(
    every(table(route("::/0", EgressOnlyInternetGatewayId="eigw-1"), Associations=[{"SubnetId": "subnet-db"}]))
)
OPEN_DB = database(PubliclyAccessible=True)

test_vpc_data_subnets_without_internet_route = cases(
    "vpc_data_subnets_without_internet_route",
    case("isolated", PASS, DB, T, ISOLATED, because="rtb-db has no default route"),
    case("no store in it", NOT_APPLICABLE, APP, T, ISOLATED),
    case("an internet gateway", FAIL, DB, T, routed("GatewayId", to="igw-1"), because="igw-1", severity=HIGH),
    case(
        "an internet gateway and a public database",
        FAIL,
        DB,
        world(OPEN_DB, without=(DATABASE,)).tiers,
        routed("GatewayId", to="igw-1"),
        because="shop is publicly accessible",
        severity=CRITICAL,
    ),
    case("an egress-only gateway", FAIL, DB, T, IPV6_OUT, because="::/0 to eigw-1", severity=HIGH),
    case("a NAT gateway", FAIL, DB, T, routed("NatGatewayId", to="nat-1"), because="nat-1", severity=LOW),
    case("a transit gateway", FAIL, DB, T, routed("TransitGatewayId", to="tgw-1"), severity=LOW),
    case(
        "a NAT gateway and mount targets",
        PASS,
        APP,
        world(*mounted()).tiers,
        Routes(every(*TABLES)),
        because="rtb-app routes 0.0.0.0/0 to nat-1, unused by fs-1",
    ),
    case(
        "a NAT gateway and DAX",
        PASS,
        APP,
        world(*dax(place="subnet-app")).tiers,
        Routes(every(*TABLES)),
        because="unused by orders",
    ),
    case(
        "an internet gateway and DAX",
        FAIL,
        PUBLIC,
        world(*dax(place="subnet-web")).tiers,
        Routes(every(*TABLES)),
        because="to igw-1 and it holds orders",
        severity=HIGH,
    ),
    case(
        "a NAT gateway, a mount target and a database",
        FAIL,
        DB,
        world(*mounted(place="subnet-db")).tiers,
        routed("NatGatewayId", to="nat-1"),
        because="stores need not call out",
        severity=LOW,
    ),
    case(
        "an internet gateway and mount targets",
        FAIL,
        PUBLIC,
        world(*mounted(place="subnet-web")).tiers,
        Routes(every(*TABLES)),
        because="to igw-1 and it holds fs-1",
        severity=HIGH,
    ),
    case(
        "public addresses at launch",
        FAIL,
        subnet("subnet-db", "10.0.3.0/24", MapPublicIpOnLaunch=True),
        T,
        ISOLATED,
        severity=MEDIUM,
    ),
    case("no route table", UNKNOWN, DB, T, Routes(NONE)),
    case("route tables unread", UNKNOWN, DB, T, Routes(every(gaps=(DENIED,)))),
)

ENIS = SHOP_WORLD.get(Interfaces)
IN_PUBLIC = every(subnet("subnet-app", "10.0.2.0/24"))
PUBLIC_ROUTE = Routes(every(table(route("0.0.0.0/0", GatewayId="igw-1"), Associations=[{"SubnetId": "subnet-app"}])))
BASTION = instance("i-b", name="bastion", groups=("sg-b",), PublicIpAddress="52.1.1.1")
BASTION_GROUP = group(rule("0.0.0.0/0", ports=22), id="sg-b")
SECOND_ADDRESS = Interfaces(every(eni("eni-9", public="52.9.9.9", instance="i-1")), NONE, NONE)

test_vpc_application_compute_private = cases(
    "vpc_application_compute_private",
    case("private", PASS, MEMBERS[0], T, ENIS, ISOLATED, every(*SUBNETS)),
    case(
        "a public address",
        FAIL,
        instance("i-1", asg="shop", PublicIpAddress="52.1.2.3"),
        T,
        ENIS,
        ISOLATED,
        every(*SUBNETS),
        because="52.1.2.3",
        severity=HIGH,
    ),
    case(
        "a public address of a second interface",
        FAIL,
        MEMBERS[0],
        T,
        SECOND_ADDRESS,
        ISOLATED,
        every(*SUBNETS),
        because="52.9.9.9",
    ),
    case(
        "a public subnet",
        FAIL,
        MEMBERS[0],
        T,
        ENIS,
        PUBLIC_ROUTE,
        IN_PUBLIC,
        because="subnet-app routes to an internet gateway",
        severity=MEDIUM,
    ),
    case(
        "a bastion",
        NOT_APPLICABLE,
        BASTION,
        world(BASTION, BASTION_GROUP).tiers,
        ENIS,
        ISOLATED,
        every(*SUBNETS),
    ),
    case(
        "a bastion, while targets are unread",
        UNKNOWN,
        BASTION,
        world(BASTION, BASTION_GROUP, gaps={TargetHealth: (gap("elasticloadbalancing:DescribeTargetHealth"),)}).tiers,
        ENIS,
        ISOLATED,
        every(*SUBNETS),
        because="DescribeTargetHealth",
    ),
    case("subnets unread", UNKNOWN, MEMBERS[0], T, ENIS, ISOLATED, every(gaps=(DENIED,))),
)

WEB = service(targets=(TARGETS.arn,))
PUBLIC_WEB = service(
    targets=(TARGETS.arn,),
    networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-app"], "assignPublicIp": "ENABLED"}},
)
UNUSED = service("idle", groups=())
BRIDGED = service(targets=(TARGETS.arn,), networkConfiguration={})

test_ecs_service_application_private = cases(
    "ecs_service_application_private",
    case("private", PASS, WEB, world(WEB).tiers, ISOLATED, every(*SUBNETS)),
    case("public addresses", FAIL, PUBLIC_WEB, world(PUBLIC_WEB).tiers, ISOLATED, every(*SUBNETS), because="ENABLED"),
    case(
        "a public subnet",
        FAIL,
        WEB,
        world(WEB).tiers,
        PUBLIC_ROUTE,
        IN_PUBLIC,
        because="subnet-app",
        severity=MEDIUM,
    ),
    case("tasks on the network of their host", NOT_APPLICABLE, BRIDGED, world(BRIDGED).tiers, ISOLATED, NONE),
    case(
        "of no tier",
        NOT_APPLICABLE,
        service("idle", groups=()),
        world(service("idle", groups=())).tiers,
        ISOLATED,
        NONE,
    ),
    case("subnets unread", UNKNOWN, WEB, world(WEB).tiers, ISOLATED, every(gaps=(DENIED,))),
)


def launched(public: bool) -> GroupLaunchSettings:
    data = {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": public}]}
    versions = {"LaunchTemplateVersions": [{"LaunchTemplateData": data}]}
    of = asg(LaunchTemplate={"LaunchTemplateId": "lt-1"})
    found: GroupLaunchSettings = gathered(GroupLaunchSettings, of, DescribeLaunchTemplateVersions=versions)
    return found


IDLE = asg("idle", subnets="subnet-app", DesiredCapacity=0)

test_autoscaling_group_application_private = cases(
    "autoscaling_group_application_private",
    case("no public addresses", PASS, FLEET, launched(False), T),
    case("public addresses", FAIL, FLEET, launched(True), T, because="public address"),
    case("no template", NOT_APPLICABLE, FLEET, None, T),
    case("of no tier", NOT_APPLICABLE, IDLE, launched(True), world(IDLE).tiers),
    case(
        "of no tier, while roles are unread",
        UNKNOWN,
        IDLE,
        launched(True),
        world(IDLE, gaps={Role: (gap("iam:GetAccountAuthorizationDetails", "global"),)}).tiers,
    ),
)

PARTNERS = prefix_list()


def data_case(name: str, status: Any, doors: Any, *more: Any, groups: Any = None, **options: Any) -> Any:
    """The database's group with these rules, in the world with more."""
    guarded = group(*doors, id="sg-db")
    here = world(guarded, *more, without=(DB_GROUP,))
    known = groups if groups is not None else here.every(type(guarded))
    lists = here.every(type(PARTNERS))
    found = options.pop("entries", every_of((PARTNERS, entries(PARTNERS, "10.0.2.0/25"))))
    nets = here.every(type(APP))
    return case(name, status, guarded, here.tiers, here.get(Interfaces), known, VPCS, nets, lists, found, **options)


BALANCER_DOOR, APP_DOOR = rule("sg-lb", ports=5432), rule("sg-app", ports=5432)
APPS = (tagged(DATABASE.arn, app="shop"), tagged(SHOP.arn, app="shop"))
OTHER = asg("other", subnets="subnet-app")
OTHERS = instance("i-o", asg="other", groups=("sg-other",))
OTHER_GROUP = group(id="sg-other")
OTHER_APP = (OTHER, OTHERS, OTHER_GROUP, tagged(OTHER.arn, app="other"), tagged("arn:x", app="other"))
SECOND_OTHER = (function("other"), tagged(function("other").arn, app="other"))

test_security_group_data_tier_admits_application_only = cases(
    "security_group_data_tier_admits_application_only",
    data_case("the application's group", PASS, [APP_DOOR], because="only groups of the application reach shop"),
    data_case("another port is open", PASS, [APP_DOOR, rule("0.0.0.0/0", ports=80)]),
    case(
        "no store uses it",
        NOT_APPLICABLE,
        APP_GROUP,
        T,
        ENIS,
        NONE,
        VPCS,
        every(*SUBNETS),
        NONE,
        NONE,
    ),
    data_case("anywhere", FAIL, [rule("0.0.0.0/0", ports=5432)], because="0.0.0.0/0", severity=CRITICAL),
    data_case("anywhere by all traffic", FAIL, [rule("::/0")], because="::/0", severity=CRITICAL),
    data_case("the whole VPC", FAIL, [rule("10.0.0.0/8", ports=5432)], because="whole VPC", severity=HIGH),
    data_case("application subnets", FAIL, [rule("10.0.2.0/24", ports=5432)], because="by address", severity=LOW),
    data_case("other subnets", FAIL, [rule("10.0.1.0/24", ports=5432)], because="10.0.1.0/24", severity=HIGH),
    data_case(
        "a customer's prefix list",
        FAIL,
        [rule("pl-1", ports=5432)],
        PARTNERS,
        because="10.0.2.0/25",
        severity=LOW,
    ),
    data_case(
        "a prefix list of AWS",
        FAIL,
        [rule("pl-cf", ports=5432)],
        CLOUDFRONT,
        because="cloudfront",
        severity=HIGH,
    ),
    data_case("the load balancer's group", FAIL, [BALANCER_DOOR], because="sg-lb, the group of shop", severity=HIGH),
    data_case("itself", FAIL, [rule("sg-db", ports=5432)], because="sg-db itself", severity=MEDIUM),
    data_case(
        "another application's group",
        FAIL,
        [APP_DOOR, rule("sg-other", ports=5432)],
        *APPS,
        *OTHER_APP,
        *SECOND_OTHER,
        because="other of another application",
        severity=MEDIUM,
    ),
    data_case(
        "a group that nothing uses",
        FAIL,
        [rule("sg-empty", ports=5432)],
        group(id="sg-empty"),
        because="which nothing uses",
        severity=INFORMATIONAL,
    ),
    data_case(
        "a group that is not listed",
        FAIL,
        [rule("sg-gone", ports=5432)],
        because="no group of this account",
        severity=INFORMATIONAL,
    ),
    data_case(
        "several sources",
        FAIL,
        [rule("0.0.0.0/0", "10.0.2.0/24", ports=5432)],
        because="1 more such sources",
        severity=CRITICAL,
    ),
    data_case(
        "the operators' group",
        PASS,
        [APP_DOOR, rule("sg-b", ports=5432)],
        BASTION,
        BASTION_GROUP,
    ),
    data_case("groups unread", UNKNOWN, [APP_DOOR], groups=every(gaps=(DENIED,)), because="ec2:Denied was denied"),
)

SEARCH_RULE = group(rule("sg-search", ports=443), id="sg-search")


def app_case(name: str, status: Any, doors: Any, *more: Any, without: Any = (), **options: Any) -> Any:
    """The application's group with these rules, in the world with more."""
    guarded = group(*doors, id="sg-app")
    here = world(guarded, *more, without=(APP_GROUP, *without))
    told = options.pop("attributes", every_of((TARGETS, attributes())))
    return case(
        name,
        status,
        guarded,
        here.tiers,
        options.pop("groups", here.every(type(guarded))),
        VPCS,
        told,
        here.every(type(PARTNERS)),
        every_of((PARTNERS, entries(PARTNERS, "10.0.9.0/24"))),
        **options,
    )


FROM_LB = rule("sg-lb", ports=8080)
PUBLIC_MEMBERS = (instance("i-1", asg="shop", PublicIpAddress="52.1.1.1"), instance("i-2", asg="shop"))
NLB = balancer(kind="network", groups=(), AvailabilityZones=[{"ZoneName": f"{HOME}a", "SubnetId": "subnet-web"}])
NLB_TARGETS = target_group(NLB, protocol="TCP")
KEEPS = every_of((NLB_TARGETS, attributes(preserve_client_ip__enabled="true")))
REPLACES = every_of((NLB_TARGETS, attributes(preserve_client_ip__enabled="false")))
BEHIND_NLB = (NLB, listener(NLB, protocol="TCP"), NLB_TARGETS, asg(targets=(NLB_TARGETS.arn,)))
ALB_PARTS = (SHOP, HTTPS, TARGETS, FLEET)
CHECKED = target_group(SHOP, HealthCheckPort="9000")
REGISTERED = next(one for one in THREE_TIER if isinstance(one, tuple) and one[0] is TARGETS)
PULLED = queue()
WORKER = instance("i-w", groups=("sg-w",), IamInstanceProfile={"Arn": "arn:aws:iam::123456789012:instance-profile/w"})
WORKER_ROLE = role("w", allow(PULLED.arn, "sqs:ReceiveMessage"), profile="w")
SHUT, LETS_IN = group(id="sg-w"), group(rule("sg-lb", ports=80), id="sg-w")


def worker_case(name: str, status: Any, guarded: Any, **options: Any) -> Any:
    here = world(PULLED, WORKER, WORKER_ROLE, guarded, gaps=options.pop("gaps", None))
    return case(name, status, guarded, here.tiers, NONE, VPCS, NONE, NONE, NONE, **options)


test_security_group_application_tier_admits_load_balancer_only = cases(
    "security_group_application_tier_admits_load_balancer_only",
    app_case("the load balancer's group", PASS, [FROM_LB], because="from shop only"),
    app_case("itself", PASS, [FROM_LB, rule("sg-app", ports=8080)]),
    app_case("another port", PASS, [FROM_LB, rule("0.0.0.0/0", ports=22)]),
    app_case("anywhere", FAIL, [rule("0.0.0.0/0", ports=8080)], because="0.0.0.0/0", severity=HIGH),
    app_case(
        "anywhere on the ports that ECS chooses from",
        FAIL,
        [FROM_LB, rule("0.0.0.0/0", ports=(32768, 65535))],
        (TARGETS, health("i-1", "i-2", Port=32770)),
        without=(REGISTERED,),
        because="tcp 32768-65535 is open to 0.0.0.0/0",
        severity=HIGH,
    ),
    app_case(
        "anywhere on a public address",
        FAIL,
        [rule("0.0.0.0/0", ports=8080)],
        *PUBLIC_MEMBERS,
        without=MEMBERS,
        because="has a public address",
        severity=CRITICAL,
    ),
    app_case("the whole VPC", FAIL, [rule("10.0.0.0/16", ports=8080)], because="whole VPC", severity=MEDIUM),
    app_case(
        "the health check's port", FAIL, [rule("10.0.0.0/16", ports=9000)], CHECKED, without=(TARGETS,), because="9000"
    ),
    app_case("somebody's public range", FAIL, [rule("52.94.0.0/22", ports=8080)], severity=HIGH),
    app_case("a customer's prefix list", FAIL, [rule("pl-1", ports=8080)], PARTNERS, because="10.0.9.0/24"),
    app_case("a prefix list of AWS", FAIL, [rule("pl-cf", ports=8080)], CLOUDFRONT, severity=MEDIUM),
    app_case(
        "a load balancer that does not target it",
        FAIL,
        [FROM_LB, rule("sg-lb2", ports=8080)],
        balancer("other", groups=("sg-lb2",)),
        group(id="sg-lb2"),
        because="does not target it",
        severity=HIGH,
    ),
    app_case(
        "the data tier's group",
        FAIL,
        [FROM_LB, rule("sg-db", ports=8080)],
        because="shop of the data tier",
        severity=HIGH,
    ),
    app_case(
        "clients of a Network Load Balancer that keeps their addresses",
        PASS,
        [rule("0.0.0.0/0", ports=8080)],
        *BEHIND_NLB,
        without=ALB_PARTS,
        attributes=KEEPS,
    ),
    app_case(
        "anywhere behind a Network Load Balancer that replaces them",
        FAIL,
        [rule("0.0.0.0/0", ports=8080)],
        *BEHIND_NLB,
        without=ALB_PARTS,
        attributes=REPLACES,
    ),
    app_case(
        "nodes of a Network Load Balancer",
        PASS,
        [rule("10.0.1.0/24", ports=8080)],
        *BEHIND_NLB,
        without=ALB_PARTS,
        attributes=REPLACES,
    ),
    worker_case("a worker that lets nothing in", PASS, SHUT, because="lets nothing in"),
    worker_case("a worker that lets something in", FAIL, LETS_IN, because="tcp 80", severity=LOW),
    worker_case(
        "a worker, while targets are unread",
        UNKNOWN,
        LETS_IN,
        gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)},
    ),
    case(
        "no compute uses it",
        NOT_APPLICABLE,
        DB_GROUP,
        T,
        NONE,
        VPCS,
        NONE,
        NONE,
        NONE,
    ),
    app_case("groups unread", UNKNOWN, [rule("sg-x", ports=8080)], groups=every(gaps=(DENIED,))),
)

OPEN_EGRESS = [rule("0.0.0.0/0")]
TO_APP = [rule("sg-app", ports=8080)]


def entry_case(name: str, status: Any, guarded: Any, *more: Any, served: Any = (HTTPS,), **options: Any) -> Any:
    here = world(guarded, *more, without=(LB_GROUP,))
    return case(name, status, guarded, here.tiers, every(*served), **options)


test_security_group_entry_admits_web_ports_only = cases(
    "security_group_entry_admits_web_ports_only",
    entry_case("https only", PASS, group(rule("0.0.0.0/0", ports=443), id="sg-lb", egress=TO_APP)),
    entry_case("a port without a listener", FAIL, group(rule("0.0.0.0/0", ports=80), id="sg-lb"), because="80"),
    entry_case(
        "a range of ports",
        FAIL,
        group(rule("0.0.0.0/0", ports=(443, 500)), id="sg-lb"),
        because="port 444 has no listener",
    ),
    entry_case("all traffic", FAIL, group(rule("::/0"), id="sg-lb"), because="all traffic"),
    entry_case(
        "another port with a listener",
        FAIL,
        group(rule("0.0.0.0/0", ports=8443), id="sg-lb"),
        served=(listener(SHOP, 8443),),
        because="port 8443",
    ),
    entry_case(
        "another port that is allowed",
        PASS,
        group(rule("0.0.0.0/0", ports=8443), id="sg-lb"),
        served=(listener(SHOP, 8443),),
        allowed_ports=(443, 8443),
    ),
    entry_case("a few addresses", PASS, group(rule("52.94.0.0/22", ports=22), id="sg-lb")),
    entry_case("ICMP", PASS, group(rule("0.0.0.0/0", protocol="icmp"), id="sg-lb")),
    entry_case(
        "egress to anywhere",
        FAIL,
        group(rule("0.0.0.0/0", ports=443), id="sg-lb", egress=OPEN_EGRESS),
        because="egress",
        severity=LOW,
    ),
    case("no load balancer", NOT_APPLICABLE, DB_GROUP, T, NONE),
    case("listeners unread", UNKNOWN, LB_GROUP, T, every(gaps=(DENIED,))),
)

SHARED = group(rule("sg-lb", ports=8080), id="sg-app")
WITH_DB, WITH_CACHE = database("near", groups=("sg-app",)), cache("near", groups=("sg-app",))

test_security_group_not_shared_across_tiers = cases(
    "security_group_not_shared_across_tiers",
    case("one tier", PASS, APP_GROUP, T, because="application (shop) only"),
    case("an entry", PASS, LB_GROUP, T, because="entry (shop)"),
    case(
        "with the data tier",
        FAIL,
        SHARED,
        world(WITH_DB).tiers,
        because="application (shop) and data (near)",
        severity=HIGH,
    ),
    case("with a cache", FAIL, SHARED, world(WITH_CACHE).tiers, because="caching (near)", severity=MEDIUM),
    case(
        "the default group",
        FAIL,
        group(id="sg-app", GroupName="default"),
        T,
        because="default group of vpc-1",
        severity=HIGH,
    ),
    case("nothing is let in", NOT_APPLICABLE, group(id="sg-app"), world(WITH_DB).tiers, because="lets nothing in"),
    case(
        "of an EKS cluster",
        NOT_APPLICABLE,
        group(rule("sg-app"), id="sg-app", Tags=[{"Key": "aws:eks:cluster-name", "Value": "main"}]),
        world(WITH_DB).tiers,
    ),
    case("of no tier", NOT_APPLICABLE, group(rule("sg-x", ports=1), id="sg-none"), T),
    case(
        "search domains unread, and an interface of one has it",
        UNKNOWN,
        APP_GROUP,
        world(
            eni("eni-s", public="", groups=("sg-app",), instance="", Description="ES search"),
            gaps={Domain: (gap("es:DescribeDomains"),)},
        ).tiers,
        because="es:DescribeDomains",
    ),
    case(
        "search domains unread, and none of its interfaces is one's",
        PASS,
        APP_GROUP,
        world(
            eni("eni-1", public="", groups=("sg-app",), instance="i-1"), gaps={Domain: (gap("es:DescribeDomains"),)}
        ).tiers,
    ),
)


def link(other: str = "vpc-2") -> VpcPeeringConnection:
    sides = [
        {"VpcId": name, "OwnerId": "123456789012", "Region": HOME, "CidrBlockSet": [{"CidrBlock": cidr}]}
        for name, cidr in (("vpc-1", "10.0.0.0/16"), (other, "10.7.0.0/16"))
    ]
    raw = {"RequesterVpcInfo": sides[0], "AccepterVpcInfo": sides[1], "Status": {"Code": "active"}}
    return made(VpcPeeringConnection, raw | {"VpcPeeringConnectionId": "pcx-1"})


def tag(value: str) -> list[dict[str, str]]:
    return [{"Key": "Environment", "Value": value}]


ENVIRONMENTS = every(vpc(Tags=tag("prod")), vpc("vpc-2", "10.7.0.0/16", Tags=tag("dev")))
SAME = every(vpc(Tags=tag("prod")), vpc("vpc-2", "10.7.0.0/16", Tags=tag("prod")))
PEERED = table(
    route("10.7.0.0/16", VpcPeeringConnectionId="pcx-1"), id="rtb-p", Associations=[{"SubnetId": "subnet-db"}]
)
OPEN_TO_PEER = group(rule("10.7.0.0/16", ports=5432), id="sg-db")
PUBLIC_DB_ROUTE = table(route("0.0.0.0/0", GatewayId="igw-1"), id="rtb-o", Associations=[{"SubnetId": "subnet-db"}])
WORLD_DB = group(rule("0.0.0.0/0", ports=5432), id="sg-db")
TO_STORE = target_group(NLB, 5432, "TCP", "ip", arn=f"{NLB.arn}/store")
STORE_WAY = (
    NLB,
    listener(NLB, 5432, "TCP", to=TO_STORE.arn),
    TO_STORE,
    (TO_STORE, health("10.0.3.10", Port=5432)),
    DB_ENI,
)
HOST = (
    BASTION,
    BASTION_GROUP,
    eni("eni-b", public="52.1.1.1", groups=("sg-b",), instance="i-b", SubnetId="subnet-web"),
)
ADMITS_HOST = group(rule("sg-app", "sg-b", ports=5432), id="sg-db")


def path_case(
    name: str,
    status: Any,
    judged: Any,
    *more: Any,
    without: Any = (),
    vpcs: Any = VPCS,
    gaps: Any = None,
    **options: Any,
) -> Any:
    here = world(acl(), *more, without=without, gaps=gaps)
    judged = judged or DATABASE
    links = options.pop("links", here.every(VpcPeeringConnection))
    return case(
        name,
        status,
        judged,
        here.tiers,
        here.get(Exposure),
        here.get(Interfaces),
        here.get(Routes),
        links,
        vpcs,
        here.every(type(DB_GROUP)),
        **options,
    )


test_tier_path_bypasses_application = cases(
    "tier_path_bypasses_application",
    path_case("only the application", PASS, None, because="past the application"),
    path_case(
        "publicly accessible and open",
        FAIL,
        OPEN_DB,
        OPEN_DB,
        WORLD_DB,
        PUBLIC_DB_ROUTE,
        without=(DATABASE, DB_GROUP),
        because="tcp 5432",
        severity=CRITICAL,
    ),
    path_case("publicly accessible behind its group", PASS, OPEN_DB, OPEN_DB, PUBLIC_DB_ROUTE, without=(DATABASE,)),
    path_case(
        "the target of a load balancer",
        FAIL,
        None,
        *STORE_WAY,
        without=ALB_PARTS,
        because="the internet -> shop -> app -> shop",
        severity=CRITICAL,
    ),
    path_case(
        "a host of operators that the internet reaches",
        FAIL,
        None,
        *HOST,
        ADMITS_HOST,
        without=(DB_GROUP,),
        because="bastion, which the internet reaches (tcp 22",
        severity=HIGH,
    ),
    path_case(
        "a host of operators with a name",
        FAIL,
        None,
        *HOST,
        ADMITS_HOST,
        record("bastion.example.com", "52.1.1.1"),
        without=(DB_GROUP,),
        because="bastion, which the internet reaches (tcp 22",
        severity=HIGH,
    ),
    path_case(
        "a peered environment",
        FAIL,
        None,
        PEERED,
        OPEN_TO_PEER,
        link(),
        without=(DB_GROUP,),
        vpcs=ENVIRONMENTS,
        because="pcx-1 joins vpc-1 (prod) with vpc-2 (dev), and sg-db admits 10.7.0.0/16 on tcp 5432",
        severity=HIGH,
    ),
    path_case("a peer of its environment", PASS, None, PEERED, OPEN_TO_PEER, link(), without=(DB_GROUP,), vpcs=SAME),
    path_case("a peer without a route", PASS, None, OPEN_TO_PEER, link(), without=(DB_GROUP,), vpcs=ENVIRONMENTS),
    case(
        "in no VPC yet",
        NOT_APPLICABLE,
        database(DBSubnetGroup={}),
        T,
        *(SHOP_WORLD.get(kind) for kind in (Exposure, Interfaces, Routes)),
        NONE,
        VPCS,
        NONE,
    ),
    path_case("peerings unread", UNKNOWN, None, links=every(gaps=(DENIED,))),
    path_case(
        "targets unread",
        UNKNOWN,
        None,
        gaps={TargetHealth: (gap("elasticloadbalancing:DescribeTargetHealth"),)},
        because="DescribeTargetHealth",
    ),
)

CACHE = cache()
CACHE_WORLD = (CACHE,)
PLACED_CACHE = cache(CacheSubnetGroupName="data")
DATA_SUBNETS = [{"SubnetIdentifier": "subnet-db"}]
CACHE_SUBNETS = made(CacheSubnetGroup, ARN="arn:sn", CacheSubnetGroupName="data", VpcId="vpc-1", Subnets=DATA_SUBNETS)

test_tier_path_to_cache_bypasses_application = cases(
    "tier_path_to_cache_bypasses_application",
    path_case("only the application", PASS, CACHE, *CACHE_WORLD),
    path_case(
        "a host of operators",
        FAIL,
        CACHE,
        CACHE,
        *HOST,
        group(rule("sg-b", ports=6379), id="sg-cache"),
        without=(),
        because="bastion",
    ),
    path_case("without groups", NOT_APPLICABLE, cache(groups=()), cache(groups=())),
    path_case("peerings unread", UNKNOWN, CACHE, CACHE, links=every(gaps=(DENIED,))),
    path_case(
        "a peered environment",
        FAIL,
        PLACED_CACHE,
        PLACED_CACHE,
        CACHE_SUBNETS,
        PEERED,
        group(rule("10.7.0.0/16", ports=6379), id="sg-cache"),
        link(),
        vpcs=ENVIRONMENTS,
        because="pcx-1",
    ),
)


def warehouse(**more: Any) -> RedshiftCluster:
    raw = {
        "ClusterIdentifier": "facts",
        "ClusterStatus": "available",
        "VpcId": "vpc-1",
        "Endpoint": {"Address": "facts.redshift.amazonaws.com", "Port": 5439},
        "PubliclyAccessible": False,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-dw", "Status": "active"}],
    }
    return made(RedshiftCluster, raw | more)


FACTS, OPEN_FACTS = warehouse(), warehouse(PubliclyAccessible=True, VpcId="")
PLACED_FACTS = warehouse(ClusterSubnetGroupName="data")
PUBLIC_FACTS = warehouse(ClusterSubnetGroupName="data", PubliclyAccessible=True)
FACT_SUBNETS = made(RedshiftSubnetGroup, ClusterSubnetGroupName="data", VpcId="vpc-1", Subnets=DATA_SUBNETS)

test_tier_path_to_warehouse_bypasses_application = cases(
    "tier_path_to_warehouse_bypasses_application",
    path_case("only the application", PASS, FACTS, FACTS, group(rule("sg-app", ports=5439), id="sg-dw")),
    path_case(
        "a host of operators",
        FAIL,
        FACTS,
        FACTS,
        *HOST,
        group(rule("sg-b", ports=5439), id="sg-dw"),
        because="bastion",
        severity=HIGH,
    ),
    path_case("in no VPC", NOT_APPLICABLE, OPEN_FACTS, OPEN_FACTS),
    path_case(
        "publicly accessible and open",
        FAIL,
        PUBLIC_FACTS,
        PUBLIC_FACTS,
        FACT_SUBNETS,
        PUBLIC_DB_ROUTE,
        group(rule("0.0.0.0/0", ports=5439), id="sg-dw"),
        because="tcp 5439",
        severity=CRITICAL,
    ),
    path_case(
        "a peered environment",
        FAIL,
        PLACED_FACTS,
        PLACED_FACTS,
        FACT_SUBNETS,
        PEERED,
        group(rule("10.7.0.0/16", ports=5439), id="sg-dw"),
        link(),
        vpcs=ENVIRONMENTS,
        because="pcx-1",
    ),
    path_case("peerings unread", UNKNOWN, FACTS, FACTS, links=every(gaps=(DENIED,))),
)

SERVICE = service(targets=(TARGETS.arn,))
TABLE = made(TableEntry, "orders-table")
USES = definition(SERVICE, TABLE="orders-table", DB_HOST=DATABASE.address or "")
FRONT = function("front")
INNER = balancer("inner", scheme="internal", groups=("sg-in",))
FOREIGN = (
    tagged(SERVICE.arn, app="shop"),
    tagged(SHOP.arn, app="shop"),
    tagged(TABLE.arn, app="orders"),
    tagged(queue().arn, app="orders"),
)
TRIGGERED = function("audit")


def layer_case(name: str, status: Any, judged: LoadBalancer, *more: Any, gaps: Any = None, **options: Any) -> Any:
    return case(name, status, judged, world(*more, gaps=gaps).tiers, **options)


test_tier_layers_called_in_order = cases(
    "tier_layers_called_in_order",
    layer_case("the next tier", PASS, SHOP, SERVICE, USES, TABLE, because="2 configured calls"),
    layer_case(
        "another application's store",
        FAIL,
        SHOP,
        SERVICE,
        USES,
        TABLE,
        queue(),
        *FOREIGN,
        because="web calls orders-table",
        severity=MEDIUM,
    ),
    layer_case(
        "a trigger",
        PASS,
        SHOP,
        SERVICE,
        USES,
        TABLE,
        TRIGGERED,
        mapping(TRIGGERED, f"{TABLE.arn}/stream/2026"),
        because="orders-table calls audit (event: lambda:ListEventSourceMappings), as a trigger may",
    ),
    layer_case("nothing configured", NOT_APPLICABLE, SHOP),
    layer_case("no entry", NOT_APPLICABLE, INNER, INNER),
    layer_case(
        "roles unread",
        UNKNOWN,
        SHOP,
        SERVICE,
        USES,
        TABLE,
        gaps={Role: (gap("iam:GetAccountAuthorizationDetails", "global"),)},
    ),
)

LOGGED = {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs"}


def settings(**values: str) -> LoadBalancerAttributes:
    return made(
        LoadBalancerAttributes,
        Attributes=[{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()],
    )


ON, OFF = settings(**LOGGED), settings(access_logs__s3__enabled="false")
PROD, DEV = Tags({}), Tags({"env": "dev"})
INTERNAL = balancer(scheme="internal")
PLAIN_NLB = balancer(kind="network")
PLAIN_TCP = listener(PLAIN_NLB, protocol="TCP")

test_elbv2_entry_access_logs_enabled = cases(
    "elbv2_entry_access_logs_enabled",
    case("on", PASS, SHOP, ON, every(HTTPS), PROD, because="logs"),
    case("off", FAIL, SHOP, OFF, every(HTTPS), PROD, because="false", severity=MEDIUM),
    case(
        "no connection logs",
        FAIL,
        SHOP,
        settings(**LOGGED, connection_logs__s3__enabled="false"),
        every(HTTPS),
        PROD,
        severity=INFORMATIONAL,
    ),
    case("off, internal and for trials", FAIL, INTERNAL, OFF, every(listener(INTERNAL)), DEV, severity=LOW),
    case("off and internal", FAIL, INTERNAL, OFF, every(listener(INTERNAL)), PROD, severity=MEDIUM),
    case("off and for trials, but public", FAIL, SHOP, OFF, every(HTTPS), DEV, severity=MEDIUM),
    case("no listener", NOT_APPLICABLE, SHOP, OFF, NONE, PROD),
    case(
        "no TLS on a network load balancer",
        NOT_APPLICABLE,
        PLAIN_NLB,
        OFF,
        every(listener(PLAIN_NLB, protocol="TCP")),
        PROD,
    ),
    case("TLS on a network load balancer", FAIL, PLAIN_NLB, OFF, every(listener(PLAIN_NLB, protocol="TLS")), PROD),
    case("listeners unread", UNKNOWN, SHOP, OFF, every(gaps=(DENIED,)), PROD),
)


def writing(*, on: bool) -> ClassicAttributes:
    return made(ClassicAttributes, AccessLog={"Enabled": on, "S3BucketName": "logs"})


CLASSIC, CLASSIC_WITHIN = classic("i-1"), classic("i-1", scheme="internal")

test_elb_entry_access_logs_enabled = cases(
    "elb_entry_access_logs_enabled",
    case("on", PASS, CLASSIC, writing(on=True), PROD, because="access logs go to logs"),
    case("off", FAIL, CLASSIC, writing(on=False), PROD, because="AccessLog.Enabled is false", severity=MEDIUM),
    case(
        "off, internal and for trials",
        FAIL,
        CLASSIC_WITHIN,
        writing(on=False),
        DEV,
        because="its tag says env=dev",
        severity=LOW,
    ),
    case("off and internal", FAIL, CLASSIC_WITHIN, writing(on=False), PROD, severity=MEDIUM),
    case("off and for trials, but public", FAIL, CLASSIC, writing(on=False), DEV, severity=MEDIUM),
    case("not told", UNKNOWN, CLASSIC, made(ClassicAttributes), PROD),
    case("no listener", NOT_APPLICABLE, classic(ListenerDescriptions=[]), writing(on=False), PROD),
)


def flow_log(of: str = "vpc-1", traffic: str = "ALL", status: str = "SUCCESS", name: str = "fl-1") -> FlowLog:
    return made(
        FlowLog, FlowLogId=name, ResourceId=of, FlowLogStatus="ACTIVE", DeliverLogsStatus=status, TrafficType=traffic
    )


WHERE = every(*SUBNETS)
EACH = tuple(flow_log(one.id, name=f"fl-{one.id}") for one in SUBNETS)

test_vpc_tier_flow_logs_enabled = cases(
    "vpc_tier_flow_logs_enabled",
    case("of the VPC", PASS, vpc(), T, every(flow_log()), WHERE, because="fl-1"),
    case("of each subnet", PASS, vpc(), T, every(*EACH), WHERE),
    case("of some subnets", FAIL, vpc(), T, every(EACH[0]), WHERE, because="for subnet-app, subnet-db"),
    case("none", FAIL, vpc(), T, NONE, WHERE, because="holds shop", severity=MEDIUM),
    case("not delivered", FAIL, vpc(), T, every(flow_log(status="FAILED")), WHERE),
    case(
        "accepted only",
        FAIL,
        vpc(),
        T,
        every(flow_log(traffic="ACCEPT")),
        WHERE,
        because="accepted",
        severity=LOW,
    ),
    case("an empty VPC", NOT_APPLICABLE, vpc("vpc-9"), T, NONE, WHERE),
    case("subnets unread", UNKNOWN, vpc(), T, NONE, every(gaps=(DENIED,))),
    case("flow logs unread", UNKNOWN, vpc(), T, every(gaps=(DENIED,)), WHERE),
)
