from typing import Any

import networks
import threetier
from recovery_accounts import Spec, declared, parts, survey
from stores import (
    cache_cluster,
    db_cluster,
    db_instance,
    file_system,
    member,
    replication_group,
    shard,
    tags,
    warehouse,
)

from auditor.evidence.application_autoscaling import ScalableTarget
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.drs import SourceServer
from auditor.evidence.ec2_network import NatGateway, NetworkInterface, RouteTable, Subnet
from auditor.evidence.ecs import EcsService
from auditor.evidence.elbv2 import LoadBalancer, LoadBalancerAttributes, TargetHealth
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.opensearch import Domain, DomainEntry
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.inference.lone_paths import lone_paths
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
from auditor.workloads import Tier, Workloads

DEV = {"env": "dev"}

test_rds_instance_multi_az_standby = cases(
    "rds_instance_multi_az_standby",
    case("a standby", PASS, db_instance(MultiAZ=True, SecondaryAvailabilityZone="eu-west-1b"), because="eu-west-1b"),
    case("alone", FAIL, db_instance(), because="eu-west-1a alone"),
    case(
        "an edition without", FAIL, db_instance(Engine="sqlserver-ex"), because="no Multi-AZ", severity=Severity.MEDIUM
    ),
    case("a member", NOT_APPLICABLE, db_instance(DBClusterIdentifier="aurora")),
    case("a replica", NOT_APPLICABLE, db_instance(ReadReplicaSourceDBInstanceIdentifier="db")),
    case("stopped", NOT_APPLICABLE, db_instance(DBInstanceStatus="stopped")),
    case("for development", NOT_APPLICABLE, db_instance(TagList=tags(**DEV))),
)


def node(name: str, zone: str = "a", instance_class: str = "db.r6g.large") -> Any:
    return db_instance(
        name, DBClusterIdentifier="aurora", AvailabilityZone=f"eu-west-1{zone}", DBInstanceClass=instance_class
    )


AURORA = db_cluster()
SPREAD = every(node("one"), node("two", "b"), db_instance("other"))
LAZY = db_cluster(DBClusterMembers=[member("one", writer=True), member("two", tier=15)])

test_rds_cluster_members_in_two_zones = cases(
    "rds_cluster_members_in_two_zones",
    case("two zones", PASS, AURORA, {}, SPREAD, because="eu-west-1a, eu-west-1b"),
    case("one instance", FAIL, AURORA, {}, every(node("one")), because="1 instance", severity=Severity.HIGH),
    case("none", FAIL, AURORA, {}, every(), because="no instance"),
    case("one zone", FAIL, AURORA, {}, every(node("one"), node("two")), because="stand in eu-west-1a"),
    case("last in line", FAIL, LAZY, {}, SPREAD, because="promotion tier", severity=Severity.MEDIUM),
    case(
        "a small reader",
        FAIL,
        AURORA,
        {},
        every(node("one", "a", "db.r6g.2xlarge"), node("two", "b")),
        because="db.r6g.large) is smaller",
        severity=Severity.MEDIUM,
    ),
    case("a larger reader", PASS, AURORA, {}, every(node("one"), node("two", "b", "db.r6g.xlarge"))),
    case("no writer is named", UNKNOWN, db_cluster(DBClusterMembers=[member("two")]), {}, SPREAD),
    case("a Multi-AZ DB cluster", PASS, db_cluster(Engine="postgres"), {}, every()),
    case("Serverless v1", PASS, db_cluster(EngineMode="serverless", DBClusterMembers=[]), {}, every()),
    case("headless", NOT_APPLICABLE, db_cluster(GlobalClusterIdentifier="world", DBClusterMembers=[]), {}, every()),
    case("for development", NOT_APPLICABLE, AURORA, DEV, SPREAD),
    case("denied", UNKNOWN, AURORA, {}, every(gaps=(gap("rds:DescribeDBInstances"),))),
)

NARROW = replication_group(NodeGroups=[shard("eu-west-1a", "eu-west-1a")])

test_elasticache_replication_group_automatic_failover = cases(
    "elasticache_replication_group_automatic_failover",
    case("fails over", PASS, replication_group(), {}, because="1 shards"),
    case("no replica", FAIL, replication_group(NodeGroups=[shard("eu-west-1a")]), {}, because="1 of its 1 shards"),
    case("by hand only", FAIL, replication_group(AutomaticFailover="disabled"), {}, because="disabled"),
    case("one zone", FAIL, NARROW, {}, because="shard 0001 stand in eu-west-1a"),
    case("Multi-AZ off", FAIL, replication_group(MultiAZ="disabled"), {}, because="Multi-AZ"),
    case("for development", NOT_APPLICABLE, replication_group(AutomaticFailover="disabled"), DEV),
)


def memcached(*zones: str) -> Any:
    nodes = [{"CacheNodeId": f"{number}", "CustomerAvailabilityZone": zone} for number, zone in enumerate(zones)]
    return cache_cluster(Engine="memcached", NumCacheNodes=len(zones), CacheNodes=nodes)


test_elasticache_cluster_without_failover = cases(
    "elasticache_cluster_without_failover",
    case("one node of Redis", FAIL, cache_cluster(), {}, because="single redis node", severity=Severity.HIGH),
    case("one node of Memcached", FAIL, memcached("eu-west-1a"), {}, because="one node", severity=Severity.MEDIUM),
    case("one zone", FAIL, memcached("eu-west-1a", "eu-west-1a"), {}, because="all 2 nodes", severity=Severity.MEDIUM),
    case("two zones", PASS, memcached("eu-west-1a", "eu-west-1b"), {}, because="eu-west-1a, eu-west-1b"),
    case("a member", NOT_APPLICABLE, cache_cluster(ReplicationGroupId="cache"), {}),
    case("for development", NOT_APPLICABLE, cache_cluster(), DEV),
)


def domain(count: int, zones: int, **config: Any) -> Any:
    placed = {"ZoneAwarenessEnabled": zones > 1, "ZoneAwarenessConfig": {"AvailabilityZoneCount": zones}}
    raw = {
        "DomainId": "123456789012/search",
        "DomainName": "search",
        "ARN": "arn:aws:es:eu-west-1:123456789012:domain/search",
        "ClusterConfig": {"InstanceCount": count, "DedicatedMasterEnabled": False} | placed | config,
    }
    entry = made(DomainEntry, DomainName="search")
    return gathered(Domain, [entry], DescribeDomains={"DomainStatusList": [raw]})[0]


MASTERS = {"DedicatedMasterEnabled": True, "DedicatedMasterCount": 3}

test_opensearch_domain_zone_aware = cases(
    "opensearch_domain_zone_aware",
    case("three zones", PASS, domain(3, 3), {}, because="3 data nodes stand in 3 zones"),
    case("one zone", FAIL, domain(3, 1), {}, because="zone awareness is off", severity=Severity.MEDIUM),
    case("two nodes", FAIL, domain(2, 2), {}, because="2 data nodes, less than three"),
    case("uneven", FAIL, domain(4, 3), {}, because="4 data nodes do not divide over 3"),
    case("two zones", FAIL, domain(4, 2), {}, because="2 zones", severity=Severity.LOW),
    case("many without masters", FAIL, domain(12, 3), {}, because="0 dedicated masters"),
    case("many with masters", PASS, domain(12, 3, **MASTERS), {}),
    case("for development", NOT_APPLICABLE, domain(1, 1), DEV),
)

test_managed_store_single_zone = cases(
    "managed_store_single_zone",
    case("Regional", PASS, file_system()),
    case("One Zone", FAIL, file_system(AvailabilityZoneName="eu-west-1a"), because="eu-west-1a"),
    case("derivable", NOT_APPLICABLE, file_system(AvailabilityZoneName="eu-west-1a", Tags=tags(backup="false"))),
    case("for development", NOT_APPLICABLE, file_system(AvailabilityZoneName="eu-west-1a", Tags=tags(**DEV))),
)

test_redshift_cluster_single_zone = cases(
    "redshift_cluster_single_zone",
    case("two zones", PASS, warehouse(MultiAZ="Enabled")),
    case("movable", PASS, warehouse(MultiAZ="Disabled", AvailabilityZoneRelocationStatus="enabled"), because="moved"),
    case(
        "one zone", FAIL, warehouse(MultiAZ="Disabled", AvailabilityZoneRelocationStatus="disabled"), because="west-1a"
    ),
    case("old node type", FAIL, warehouse()),
    case("derivable", NOT_APPLICABLE, warehouse(Tags=tags(backup="false"))),
)


def kafka(zones: int = 3, brokers: int = 3, *, ids: bool = True, **changes: Any) -> KafkaCluster:
    names = [f"{'zone' if ids else 'subnet'}-{number}" for number in range(zones)]
    nodes = {"ClientSubnets": names} | ({"ZoneIds": names} if ids else {})
    raw = {
        "ClusterArn": "arn:aws:kafka:eu-west-1:123456789012:cluster/bus/1",
        "ClusterName": "bus",
        "ClusterType": "PROVISIONED",
        "State": "ACTIVE",
        "Provisioned": {"BrokerNodeGroupInfo": nodes, "NumberOfBrokerNodes": brokers},
    }
    return made(KafkaCluster, raw | changes)


test_kafka_cluster_three_zones = cases(
    "kafka_cluster_three_zones",
    case("three zones", PASS, kafka(), because="3 brokers stand in 3 zones"),
    case("six brokers", PASS, kafka(brokers=6)),
    case("by its subnets", PASS, kafka(ids=False)),
    case("two zones", FAIL, kafka(2, 2), because="in 2 zones"),
    case("four brokers", FAIL, kafka(brokers=4), because="do not divide over 3 zones"),
    case("serverless", NOT_APPLICABLE, kafka(ClusterType="SERVERLESS")),
    case("failed", NOT_APPLICABLE, kafka(State="FAILED")),
    case("for development", NOT_APPLICABLE, kafka(2, 2, Tags=DEV)),
)


def fleet(minimum: int = 2, zones: str = "ab", *, standing: str = "ab", **changes: Any) -> AutoScalingGroup:
    members = [
        {"InstanceId": f"i-{n}", "AvailabilityZone": f"{HOME}{zone}", "LifecycleState": "InService"}
        for n, zone in enumerate(standing)
    ]
    raw = {
        "AutoScalingGroupARN": "arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:1:autoScalingGroupName/web",
        "AutoScalingGroupName": "web",
        "MinSize": minimum,
        "MaxSize": 6,
        "DesiredCapacity": len(standing),
        "AvailabilityZones": [f"{HOME}{zone}" for zone in zones],
        "TargetGroupARNs": [networks.TARGETS],
        "Instances": members,
    }
    return made(AutoScalingGroup, raw | changes)


test_autoscaling_group_single_zone_or_instance = cases(
    "autoscaling_group_single_zone_or_instance",
    case("two in two", PASS, fleet(), because="2 instances or more in eu-west-1a, eu-west-1b"),
    case("may shrink to one", FAIL, fleet(1), because="shrink to 1 instance", severity=Severity.HIGH),
    case("one zone", FAIL, fleet(zones="a", standing="aa"), because="all of it stands in eu-west-1a"),
    case("all in one zone today", FAIL, fleet(standing="bb"), because="stand in eu-west-1b", severity=Severity.LOW),
    case("by a classic balancer", FAIL, fleet(1, TargetGroupARNs=[], LoadBalancerNames=["old"])),
    case("nobody calls it", NOT_APPLICABLE, fleet(1, TargetGroupARNs=[])),
    case("a standby at zero", NOT_APPLICABLE, fleet(0, standing="")),
    case("for development", NOT_APPLICABLE, fleet(1, Tags=[{"Key": "env", "Value": "dev"}])),
)

PLACES = every(
    networks.subnet("subnet-a"),
    networks.subnet("subnet-a2"),
    networks.subnet("subnet-b", AvailabilityZone=f"{HOME}b"),
)


def service(desired: int = 2, subnets: Any = ("subnet-a", "subnet-b"), **changes: Any) -> EcsService:
    raw: dict[str, Any] = {
        "desiredCount": desired,
        "schedulingStrategy": "REPLICA",
        "availabilityZoneRebalancing": "ENABLED",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": list(subnets)}},
    }
    return threetier.service(targets=(networks.TARGETS,), **(raw | changes))


def scaled(minimum: int) -> Any:
    raw = {
        "ScalableTargetARN": "arn:aws:application-autoscaling:eu-west-1:123456789012:scalable-target/1",
        "ServiceNamespace": "ecs",
        "ResourceId": "service/main/web",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": minimum,
        "MaxCapacity": 9,
    }

    def answer(asked: Any) -> Any:
        return {"ScalableTargets": [raw] if asked["ServiceNamespace"] == "ecs" else []}

    return every(*gathered(ScalableTarget, REGION, DescribeScalableTargets=answer))


QUIET: Any = {"loadBalancers": []}
NONE: Any = every()

test_ecs_service_single_task_or_zone = cases(
    "ecs_service_single_task_or_zone",
    case("two in two", PASS, service(), NONE, PLACES, because="2 tasks or more in eu-west-1a, eu-west-1b"),
    case("on instances", PASS, service(subnets=()), NONE, PLACES),
    case("one task", FAIL, service(1), NONE, PLACES, because="may run 1 task", severity=Severity.HIGH),
    case("may shrink to one", FAIL, service(4), scaled(1), PLACES, because="may run 1 task"),
    case("one zone", FAIL, service(subnets=("subnet-a", "subnet-a2")), NONE, PLACES, because="are in eu-west-1a"),
    case(
        "deployed at once",
        FAIL,
        service(deploymentConfiguration={"minimumHealthyPercent": 0}),
        NONE,
        PLACES,
        because="stop all its tasks",
        severity=Severity.LOW,
    ),
    case(
        "not spread again",
        FAIL,
        service(availabilityZoneRebalancing="DISABLED"),
        NONE,
        PLACES,
        severity=Severity.INFORMATIONAL,
    ),
    case("registered", FAIL, service(1, serviceRegistries=[{"registryArn": "r"}], **QUIET), NONE, PLACES),
    case("nobody calls it", NOT_APPLICABLE, service(1, **QUIET), NONE, PLACES),
    case("at zero by design", NOT_APPLICABLE, service(0), scaled(0), PLACES),
    case("a daemon", NOT_APPLICABLE, service(1, schedulingStrategy="DAEMON"), NONE, PLACES),
    case("going away", NOT_APPLICABLE, service(1, status="DRAINING"), NONE, PLACES),
    case("for development", NOT_APPLICABLE, service(1, tags=[{"key": "env", "value": "dev"}]), NONE, PLACES),
    case("denied", UNKNOWN, service(), every(gaps=(gap("application-autoscaling:DescribeScalableTargets"),)), PLACES),
)


def nat(**changes: Any) -> NatGateway:
    raw = {"NatGatewayId": "nat-1", "VpcId": "vpc-1", "SubnetId": "subnet-p", "State": "available"}
    return made(NatGateway, raw | changes)


def private(*subnets: str, main: bool = False, to: str = "nat-1", state: str = "active") -> RouteTable:
    out = networks.route("0.0.0.0/0", NatGatewayId=to) | {"State": state}
    linked: list[dict[str, Any]] = [{"SubnetId": one, "Main": False} for one in subnets]
    raw = {"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [networks.LOCAL, out]}
    return made(RouteTable, raw | {"Associations": linked + ([{"Main": True}] if main else [])})


def attached(subnet: str) -> NetworkInterface:
    return made(NetworkInterface, NetworkInterfaceId=f"eni-{subnet}", SubnetId=subnet, Status="in-use")


NEAR: Subnet = networks.subnet("subnet-p")
FAR: Subnet = networks.subnet("subnet-b", AvailabilityZone=f"{HOME}b")
BOTH = every(NEAR, networks.subnet("subnet-a"), FAR)
USED = every(attached("subnet-a"), attached("subnet-b"))

test_ec2_nat_gateway_per_zone = cases(
    "ec2_nat_gateway_per_zone",
    case("its own zone", PASS, nat(), every(private("subnet-a")), BOTH, USED, because="only subnets of eu-west-1a"),
    case("another zone", FAIL, nat(), every(private("subnet-b")), BOTH, USED, because="subnet-b in eu-west-1b depend"),
    case("by the main table", FAIL, nat(), every(private(main=True)), BOTH, USED, because="subnet-b in eu-west-1b"),
    case("an unused subnet", PASS, nat(), every(private("subnet-b")), BOTH, every(attached("subnet-a"))),
    case("regional", PASS, nat(AvailabilityMode="regional"), every(private("subnet-b")), BOTH, USED),
    case("no route", NOT_APPLICABLE, nat(), every(private("subnet-b", to="nat-2")), BOTH, USED),
    case("a dead route", NOT_APPLICABLE, nat(), every(private("subnet-b", state="blackhole")), BOTH, USED),
    case("being deleted", NOT_APPLICABLE, nat(State="deleting"), every(private("subnet-b")), BOTH, USED),
    case("private", NOT_APPLICABLE, nat(ConnectivityType="private"), every(private("subnet-b")), BOTH, USED),
    case("denied", UNKNOWN, nat(), every(gaps=(gap("ec2:DescribeRouteTables"),)), BOTH, USED),
)


def balancer(kind: str = "application", zones: str = "ab", **changes: Any) -> LoadBalancer:
    enabled = [{"ZoneName": f"{HOME}{zone}", "SubnetId": f"subnet-{zone}"} for zone in zones]
    return networks.balancer(kind=kind, AvailabilityZones=enabled, **changes)


def told(**values: str) -> LoadBalancerAttributes:
    named = [{"Key": key.replace("__", "."), "Value": value} for key, value in values.items()]
    return made(LoadBalancerAttributes, Attributes=named)


def instances(*zones: str) -> Any:
    """An instance in each zone: its interface says where it stands."""
    return every(
        *(
            made(
                NetworkInterface,
                NetworkInterfaceId=f"eni-{n}",
                AvailabilityZone=f"{HOME}{zone}",
                PrivateIpAddress=f"10.0.1.{n + 1}",
                Attachment={"InstanceId": f"i-{n}"},
            )
            for n, zone in enumerate(zones)
        )
    )


SHOP = balancer()
NET = balancer("network")
GROUP, NET_GROUP = networks.target_group(SHOP), networks.target_group(NET)
OFF, ON = told(load_balancing__cross_zone__enabled="false"), told(load_balancing__cross_zone__enabled="true")
TWO = every_of((GROUP, networks.health("i-0", "i-1")))
NET_TWO = every_of((NET_GROUP, networks.health("i-0", "i-1")))
WIDE = balancer("network", "abc")
WIDE_GROUP = networks.target_group(WIDE)
WIDE_TWO = every_of((WIDE_GROUP, networks.health("i-0", "i-1")))
SICK = every_of((GROUP, networks.health("i-0", state="unhealthy")))
ONE = every_of((GROUP, networks.health("10.0.1.1")))
LOST = every_of((GROUP, networks.health("i-9", AvailabilityZone="all")))
SAID = every_of((GROUP, networks.health("i-0", "i-9", AvailabilityZone=f"{HOME}b")))
CODE = networks.target_group(SHOP, kind="lambda")

BARE = every_of((GROUP, made(TargetHealth, TargetHealthDescriptions=[])))
GREEN = networks.target_group(SHOP, arn="arn:green", TargetGroupName="green")
IDLE_GREEN = every_of((GROUP, networks.health("i-0", "i-1")), (GREEN, made(TargetHealth, TargetHealthDescriptions=[])))
BAD_GREEN = every_of((GROUP, networks.health("i-9", AvailabilityZone="all")), (GREEN, networks.health("i-0")))
TELLS_NOT = {"load_balancing__cross_zone__enabled": "use_load_balancer_configuration"}
FOLLOWS = networks.attributes(**TELLS_NOT)
APART = networks.attributes(load_balancing__cross_zone__enabled="false")
ACROSS = networks.attributes(load_balancing__cross_zone__enabled="true")
PLAIN, LESS = every_of((GROUP, FOLLOWS), (GREEN, FOLLOWS)), every_of((GROUP, APART))
NET_PLAIN, WIDE_PLAIN = every_of((NET_GROUP, FOLLOWS)), every_of((WIDE_GROUP, FOLLOWS))
WIDE_ACROSS = every_of((WIDE_GROUP, ACROSS))
THREE = balancer(zones="abc")
THREE_GROUP = networks.target_group(THREE)
THREE_TWO = every_of((THREE_GROUP, networks.health("i-0", "i-1")))
THREE_LESS, THREE_PLAIN = every_of((THREE_GROUP, APART)), every_of((THREE_GROUP, FOLLOWS))
PLACED = instances("a", "b")
NEW = balancer(State={"Code": "provisioning"})
UNTOLD = every(gaps=(gap("elbv2:DescribeTargetGroups"),))
NO_DETAILS = every(gaps=(gap("elbv2:DescribeTargetGroupAttributes"),))

test_elbv2_healthy_targets_in_two_zones = cases(
    "elbv2_healthy_targets_in_two_zones",
    case("two zones", PASS, SHOP, ON, every(GROUP), PLAIN, TWO, PLACED, because="eu-west-1a, eu-west-1b"),
    case("by what the balancer says", PASS, SHOP, ON, every(GROUP), PLAIN, SAID, instances("a")),
    case("one zone of targets", FAIL, SHOP, ON, every(GROUP), PLAIN, TWO, instances("a", "a"), because="in eu-west-1a"),
    case("one address", FAIL, SHOP, ON, every(GROUP), PLAIN, ONE, instances("a"), because="stand in eu-west-1a"),
    case("none healthy", FAIL, SHOP, ON, every(GROUP), PLAIN, SICK, instances("a"), because="no healthy target"),
    case("enabled in one", FAIL, balancer(zones="a"), ON, every(GROUP), PLAIN, TWO, PLACED, because="1a alone"),
    case("a zone apart", FAIL, WIDE, OFF, every(WIDE_GROUP), WIDE_PLAIN, WIDE_TWO, PLACED, because="balancing is off"),
    case("as the group says", FAIL, THREE, ON, every(THREE_GROUP), THREE_LESS, THREE_TWO, PLACED, because="is off"),
    case(
        "across, as the group says", FAIL, WIDE, OFF, every(WIDE_GROUP), WIDE_ACROSS, WIDE_TWO, PLACED,
        because="eu-west-1c is enabled without a healthy target of app", severity=Severity.LOW,
    ),
    case(
        "an application balancer sends across", FAIL, THREE, OFF, every(THREE_GROUP), THREE_PLAIN, THREE_TWO, PLACED,
        severity=Severity.LOW,
    ),
    case("every zone has some", PASS, NET, OFF, every(NET_GROUP), NET_PLAIN, NET_TWO, PLACED),
    case("a group that waits", PASS, SHOP, ON, every(GROUP, GREEN), PLAIN, IDLE_GREEN, PLACED),
    case("a zone that nobody tells", UNKNOWN, SHOP, ON, every(GROUP), PLAIN, LOST, instances()),
    case("a fault too", FAIL, SHOP, ON, every(GROUP, GREEN), PLAIN, BAD_GREEN, instances("a"), because="of green"),
    case("nothing registered", NOT_APPLICABLE, SHOP, ON, every(GROUP), PLAIN, BARE, PLACED),
    case("functions", NOT_APPLICABLE, SHOP, ON, every(CODE), PLAIN, NONE, instances()),
    case("being made", NOT_APPLICABLE, NEW, ON, every(GROUP), PLAIN, TWO, PLACED),
    case("denied", UNKNOWN, SHOP, ON, UNTOLD, PLAIN, TWO, PLACED),
    case("attributes denied", UNKNOWN, SHOP, ON, every(GROUP), NO_DETAILS, TWO, PLACED),
)  # fmt: skip

SHIFT = told(zonal_shift__config__enabled="true")
INSIDE = balancer(scheme="internal")


def tiered(tier: Tier | None, one: LoadBalancer = SHOP) -> Any:
    return survey([one], Workloads([declared(tier=tier)]))


STANDARD, CRITICAL, MINOR = tiered(None), tiered(Tier.CRITICAL, INSIDE), tiered(Tier.NON_CRITICAL)

test_elbv2_zonal_shift_and_autoshift_ready = cases(
    "elbv2_zonal_shift_and_autoshift_ready",
    case("on", PASS, SHOP, SHIFT, STANDARD),
    case("off", FAIL, SHOP, told(zonal_shift__config__enabled="false"), STANDARD, because="off"),
    case("not told", FAIL, SHOP, told(), STANDARD),
    case("internal, of a critical workload", FAIL, INSIDE, told(), CRITICAL),
    case("of a workload that is not critical", NOT_APPLICABLE, SHOP, told(), MINOR),
    case("one zone", NOT_APPLICABLE, balancer(zones="a"), told(), STANDARD),
    case("internal", NOT_APPLICABLE, INSIDE, told(), STANDARD),
    case("gateway", NOT_APPLICABLE, balancer("gateway"), told(), STANDARD),
)


LONELY = survey(parts(Spec(database="plain")))
HIDDEN_BACKUPS = survey(parts(Spec(database="plain")), denied=["RecoveryPoint"])
STANDBY = survey([db_instance(MultiAZ=True, SecondaryAvailabilityZone=f"{HOME}b"), fleet()])
NARROW_FLEET = survey([fleet(zones="a", standing="aa")])
ONE_SERVER = survey(parts(Spec(server="plain")))
TABLES = survey(parts(Spec(table="plain", function="plain")))
UNREAD = survey(parts(Spec(table="plain")), denied=["Instance"])
NO_ZONES = survey(parts(Spec(function="plain")))


SMALL = {"InstanceType": "m5.large", "ImageId": "ami-1"}


def standing(name: str, zone: str) -> Any:
    return threetier.instance(name, name=name, Placement={"AvailabilityZone": f"{HOME}{zone}"}, **SMALL)


PAIR = [standing("web-1", "a"), standing("web-2", "b")]
BEHIND = [*PAIR, GROUP, (GROUP, networks.health("web-1", "web-2"))]
SHARED_PAIR, UNSEEN_PAIR = survey(BEHIND), survey(BEHIND, denied=["TargetHealth"])
STAGING = threetier.instance(Tags=tags(environment="staging"), **SMALL)


def aurora(*zones: str, denied: Any = (), **changes: Any) -> Any:
    """An Aurora cluster with an instance in each zone."""
    nodes = [node(f"n{place}", zone) for place, zone in enumerate(zones)]
    members = [member(one.identifier, writer=not place) for place, one in enumerate(nodes)]
    return survey([db_cluster(DBClusterMembers=members, **changes), *nodes], denied=denied)


HIDDEN_NODES = aurora("a", "b", denied=["DbInstance"])
SERVERLESS = aurora(EngineMode="serverless")
TASKS = [service(subnets=("subnet-a",), runningCount=2), networks.subnet("subnet-a")]
UNSEEN_TASKS = survey(TASKS, denied=["Subnet"])
IDLE_TASKS = survey([service(subnets=("subnet-a",), runningCount=0), networks.subnet("subnet-a")])

test_workload_survives_zone_loss = cases(
    "workload_survives_zone_loss",
    case("standby and two zones", PASS, ACCOUNT, STANDBY, because="its 1 stores and 1 zonal components survive"),
    case("serverless", PASS, ACCOUNT, TABLES, because="its 1 stores"),
    case("a database alone", FAIL, ACCOUNT, LONELY, because="takes database instance shop-db along"),
    case("a group in one zone", FAIL, ACCOUNT, NARROW_FLEET, because="Auto Scaling group web in eu-west-1a"),
    case("a volume alone", FAIL, ACCOUNT, ONE_SERVER, because="takes volume vol-data along"),
    case("what is lost", FAIL, ACCOUNT, LONELY, because="then: unbounded, as database instance shop-db"),
    case("backups not readable", FAIL, ACCOUNT, HIDDEN_BACKUPS, because="takes database instance shop-db along"),
    case("two instances behind one balancer", PASS, ACCOUNT, SHARED_PAIR, because="2 zonal components"),
    case("two instances apart", FAIL, ACCOUNT, survey(PAIR), because="instance web-1 in eu-west-1a, instance web-2"),
    case("no data", FAIL, ACCOUNT, survey(PAIR), because="along; no data is lost then"),
    case("what stands behind it not readable", UNKNOWN, ACCOUNT, UNSEEN_PAIR, because="elbv2:DescribeTargetHealth"),
    case("for rehearsals", FAIL, ACCOUNT, survey([STAGING]), severity=Severity.LOW),
    case("a reader elsewhere", PASS, ACCOUNT, aurora("a", "b"), because="its 1 stores"),
    case("readers in one zone", FAIL, ACCOUNT, aurora("a", "a"), because="aurora along; no data is lost then"),
    case("no reader", FAIL, ACCOUNT, aurora("a"), because="takes database cluster aurora along"),
    case("readers not readable", UNKNOWN, ACCOUNT, HIDDEN_NODES, because="aurora: the zones of its instances"),
    case("moves by itself", PASS, ACCOUNT, SERVERLESS),
    case("a warehouse in two zones", PASS, ACCOUNT, survey([warehouse(MultiAZ="Enabled")])),
    case("a warehouse that can move", PASS, ACCOUNT, survey([warehouse(AvailabilityZoneRelocationStatus="enabled")])),
    case("a warehouse alone", FAIL, ACCOUNT, survey([warehouse()]), because="warehouse"),
    case("a search domain in zones", PASS, ACCOUNT, survey([domain(3, 3)])),
    case("a search domain in one", FAIL, ACCOUNT, survey([domain(3, 0, ZoneAwarenessEnabled=False)])),
    case("tasks in one zone", FAIL, ACCOUNT, survey(TASKS), because="service web in eu-west-1a"),
    case("subnets not readable", UNKNOWN, ACCOUNT, UNSEEN_TASKS, because="ec2:DescribeSubnets"),
    case("tasks that do not run", NOT_APPLICABLE, ACCOUNT, IDLE_TASKS),
    case(
        "out of scope",
        NOT_APPLICABLE,
        ACCOUNT,
        survey(parts(Spec(database="plain")), Workloads([declared(out_of_scope={"zone_loss": "a test"})])),
    ),
    case("functions only", NOT_APPLICABLE, ACCOUNT, NO_ZONES),
    case("instances not readable", UNKNOWN, ACCOUNT, UNREAD, because="ec2:DescribeInstances was denied"),
)

WEB = threetier.instance(
    "i-web",
    PublicIpAddress="203.0.113.7",
    PrivateIpAddress="10.0.1.9",
    MaintenanceOptions={"AutoRecovery": "default"},
)
ALONE = every_of((GROUP, networks.health("i-web")))
AMONG = every_of((GROUP, networks.health("i-web", "i-2")))
WWW = made(
    RecordSet,
    {"Name": "www.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "203.0.113.7"}]},
    under=made(HostedZone, Id="/hostedzone/Z1", Name="example.com."),
)
THROUGH = made(
    RouteTable,
    RouteTableId="rtb-1",
    VpcId="vpc-1",
    Routes=[networks.route("0.0.0.0/0", InstanceId="i-web")],
)
COPIED = made(
    SourceServer,
    arn=f"arn:aws:drs:{HOME}:123456789012:source-server/s-1",
    sourceServerID="s-1",
    sourceProperties={"identificationHints": {"awsInstanceID": "i-web"}},
    dataReplicationInfo={"dataReplicationState": "CONTINUOUS"},
)
MEMBER = threetier.instance("i-web", asg="web")
FRONT = lone_paths.function(every(GROUP), ALONE, NONE, NONE)
SHARED = lone_paths.function(every(GROUP), AMONG, NONE, NONE)
NAMED = lone_paths.function(NONE, NONE, every(WWW), NONE)
ROUTED = lone_paths.function(NONE, NONE, NONE, every(THROUGH))
NOWHERE = lone_paths.function(NONE, NONE, NONE, NONE)

test_ec2_instance_single_point_of_failure = cases(
    "ec2_instance_single_point_of_failure",
    case("the only target", FAIL, WEB, FRONT, NONE, because="the only target of app"),
    case("a name", FAIL, WEB, NAMED, NONE, because="www.example.com leads to it alone"),
    case("a route", FAIL, WEB, ROUTED, NONE, because="routes of rtb-1 lead through it"),
    case("replicated", FAIL, WEB, NAMED, every(COPIED), because="DRS replicates it", severity=Severity.MEDIUM),
    case("one of two", PASS, WEB, SHARED, NONE, because="other targets stand beside it in app"),
    case("nothing leads to it", NOT_APPLICABLE, WEB, NOWHERE, NONE),
    case("in a group", NOT_APPLICABLE, MEMBER, FRONT, NONE),
    case("denied", UNKNOWN, WEB, FRONT, every(gaps=(gap("drs:DescribeSourceServers"),))),
)
