from typing import Any

from edges import inferred
from networks import balancer, eni, interfaces, route, routes, subnet, table
from networks import group as security_group
from networks import rule as permission

from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import ElasticIp, NatGateway
from auditor.evidence.ec2_zones import LocalZone, PlacedDbInstance
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.rds import DbInstance
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.inference.local_zones import LocalZones, Placements
from auditor.testing import FAIL, HOME, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, gap, made

METRO = f"{HOME}-metro-1a"
ZONE = made(
    LocalZone,
    ZoneName=METRO,
    GroupName=f"{HOME}-metro-1",
    NetworkBorderGroup=f"{HOME}-metro-1",
    ZoneType="local-zone",
    OptInStatus="opted-in",
)
LOCAL = subnet("subnet-l", AvailabilityZone=METRO)
REGULAR = subnet("subnet-r")
ZONES = inferred(LocalZones, every(ZONE), every(LOCAL, REGULAR))
ZONES_UNREAD = inferred(LocalZones, every(gaps=(gap("ec2:DescribeAvailabilityZones"),)), every(LOCAL))
NONE = every()
UNREAD = every(gaps=(gap("ec2:DescribeInstances"),))


def instance(name: str = "shop", place: str = "subnet-l", identifier: str = "i-1", **tags: str) -> Instance:
    named = [{"Key": key.replace("_", ":"), "Value": value} for key, value in {"Name": name, **tags}.items()]
    groups = [{"GroupId": "sg-app"}]
    return made(Instance, InstanceId=identifier, SubnetId=place, SecurityGroups=groups, Tags=named)


def scaling(*places: str, name: str = "shop") -> AutoScalingGroup:
    tags = [{"Key": "Name", "Value": name}]
    arn = f"arn:asg/{'-'.join(places)}"
    return made(
        AutoScalingGroup,
        AutoScalingGroupARN=arn,
        AutoScalingGroupName="web",
        VPCZoneIdentifier=",".join(places),
        Tags=tags,
    )


def placed(instances: Any = NONE, groups: Any = NONE, balancers: Any = NONE) -> Placements:
    return inferred(Placements, instances, groups, balancers, NONE)  # type: ignore[no-any-return]


ALONE = placed(every(instance()))
BOTH = placed(every(instance(), instance("Shop", "subnet-r", "i-2")))

test_local_zone_workload_recovers_in_region = cases(
    "local_zone_workload_recovers_in_region",
    case("alone", FAIL, LOCAL, ZONES, ALONE, because="instance i-1 has no counterpart"),
    case("with a counterpart", PASS, LOCAL, ZONES, BOTH),
    case("another's", FAIL, LOCAL, ZONES, placed(every(instance(), instance("other", "subnet-r", "i-2")))),
    case("a group in both", PASS, LOCAL, ZONES, placed(groups=every(scaling("subnet-l", "subnet-r")))),
    case("a group here only", FAIL, LOCAL, ZONES, placed(groups=every(scaling("subnet-l"))), because="group web"),
    case("a group there", PASS, LOCAL, ZONES, placed(every(instance()), every(scaling("subnet-r")))),
    case("its group's instance", NOT_APPLICABLE, LOCAL, ZONES, placed(every(instance(aws_autoscaling_groupName="w")))),
    case(
        "a load balancer",
        FAIL,
        LOCAL,
        ZONES,
        placed(balancers=every(balancer(AvailabilityZones=[{"ZoneName": METRO, "SubnetId": "subnet-l"}]))),
        because="load balancer shop",
    ),
    case("empty", NOT_APPLICABLE, LOCAL, ZONES, placed()),
    case("in an Availability Zone", NOT_APPLICABLE, REGULAR, ZONES, ALONE),
    case("instances unread", UNKNOWN, LOCAL, ZONES, placed(UNREAD)),
    case("zones unread", UNKNOWN, LOCAL, ZONES_UNREAD, ALONE),
)


def leads(**target: Any) -> Any:
    return routes(table(route("0.0.0.0/0", **target)))


def nat(place: str | None = "subnet-r", **more: Any) -> Any:
    raw = {"NatGatewayId": "nat-1", "State": "available"} | ({"SubnetId": place} if place else {})
    return every(made(NatGateway, raw | more))


TO_NAT = leads(NatGatewayId="nat-1")
TO_INTERNET = leads(GatewayId="igw-1")
NOBODY = interfaces()
INSIDE = interfaces(eni("eni-l", SubnetId="subnet-l"))


def address(border: str) -> Any:
    raw = {"AllocationId": "e", "PublicIp": "192.0.2.1", "AssociationId": "a", "NetworkInterfaceId": "eni-l"}
    return every(made(ElasticIp, raw | {"NetworkBorderGroup": border}))


test_local_zone_egress_stays_local = cases(
    "local_zone_egress_stays_local",
    case("internet gateway", PASS, LOCAL, ZONES, TO_INTERNET, NONE, NOBODY, NONE),
    case("NAT gateway in the region", FAIL, LOCAL, ZONES, TO_NAT, nat(), NOBODY, NONE, because="leads to nat-1"),
    case("NAT gateway in the zone", PASS, LOCAL, ZONES, TO_NAT, nat("subnet-l"), NOBODY, NONE),
    case("regional NAT gateway", FAIL, LOCAL, ZONES, TO_NAT, nat(None, AvailabilityMode="regional"), NOBODY, NONE),
    case("transit gateway", FAIL, LOCAL, ZONES, leads(TransitGatewayId="tgw-1"), NONE, NOBODY, NONE, because="tgw-1"),
    case("an address of the region", FAIL, LOCAL, ZONES, TO_INTERNET, NONE, INSIDE, address(HOME), because="192.0.2.1"),
    case("an address of the zone", PASS, LOCAL, ZONES, TO_INTERNET, NONE, INSIDE, address(ZONE.border_group)),
    case("in an Availability Zone", NOT_APPLICABLE, REGULAR, ZONES, TO_NAT, nat(), NOBODY, NONE),
    case("gateways unread", UNKNOWN, LOCAL, ZONES, TO_NAT, UNREAD, NOBODY, NONE),
    case("addresses unread", UNKNOWN, LOCAL, ZONES, TO_INTERNET, NONE, INSIDE, UNREAD),
)

HOSTED = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")


def record(target: str, **policy: Any) -> Any:
    raw = {"Name": "game.example.com.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": target}], **policy}
    return every(made(RecordSet, raw, under=HOSTED))


NEAR: LoadBalancer = balancer(AvailabilityZones=[{"ZoneName": METRO, "SubnetId": "subnet-l"}])
BALANCERS = every(NEAR)
GEO = {"GeoProximityLocation": {"LocalZoneGroup": ZONE.group}}

test_local_zone_dns_routing = cases(
    "local_zone_dns_routing",
    case("by proximity", PASS, ZONE, BALANCERS, NONE, record(NEAR.dns_name, **GEO)),
    case("by latency", PASS, ZONE, BALANCERS, NONE, record(NEAR.dns_name, Region=HOME)),
    case("alike for all", FAIL, ZONE, BALANCERS, NONE, record(NEAR.dns_name), because="for all users alike"),
    case("in no record", FAIL, ZONE, BALANCERS, NONE, record("other.example.com"), because="is in no record"),
    case(
        "near another zone",
        FAIL,
        ZONE,
        BALANCERS,
        NONE,
        record(NEAR.dns_name, GeoProximityLocation={"LocalZoneGroup": "us-west-2-lax-1"}),
        because="us-west-2-lax-1",
    ),
    case("an address", FAIL, ZONE, NONE, address(ZONE.border_group), NONE, because="192.0.2.1 is in no record"),
    case("an address of the region", NOT_APPLICABLE, ZONE, NONE, address(HOME), NONE),
    case("nothing public", NOT_APPLICABLE, ZONE, every(balancer()), NONE, NONE),
    case("balancers unread", UNKNOWN, ZONE, UNREAD, NONE, NONE),
    case("addresses unread", UNKNOWN, ZONE, BALANCERS, UNREAD, NONE),
    case("records unread", UNKNOWN, ZONE, BALANCERS, NONE, every(gaps=(gap("route53:ListHostedZones", "global"),))),
)


def database(kind: type = DbInstance, name: str = "orders", zone: str = f"{HOME}a", **fields: Any) -> Any:
    raw = {
        "DBInstanceIdentifier": name,
        "DBInstanceArn": f"arn:aws:rds:{HOME}:123456789012:db:{name}",
        "AvailabilityZone": zone,
        "BackupRetentionPeriod": 7,
        "MultiAZ": False,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db"}],
    }
    return made(kind, raw | fields)


APP = every(instance())
ADMITS = every(security_group(permission("sg-app", ports=5432), id="sg-db"))
CLOSED = every(security_group(id="sg-db"))
AWAY = every(database())
CACHE = every(made(CacheCluster, CacheClusterId="sessions", ARN="arn:c", PreferredAvailabilityZone=METRO))

test_local_zone_data_tier_colocated = cases(
    "local_zone_data_tier_colocated",
    case("far", FAIL, LOCAL, ZONES, APP, ADMITS, AWAY, NONE, because="use orders in eu-west-1a"),
    case("a replica near", PASS, LOCAL, ZONES, APP, ADMITS, every(database(), database(name="copy", zone=METRO)), NONE),
    case("a cache near", PASS, LOCAL, ZONES, APP, ADMITS, AWAY, CACHE, because="sessions"),
    case("not admitted", PASS, LOCAL, ZONES, APP, CLOSED, AWAY, NONE),
    case("no instance", NOT_APPLICABLE, LOCAL, ZONES, NONE, ADMITS, AWAY, NONE),
    case("in an Availability Zone", NOT_APPLICABLE, REGULAR, ZONES, APP, ADMITS, AWAY, NONE),
    case("instances unread", UNKNOWN, LOCAL, ZONES, UNREAD, ADMITS, AWAY, NONE),
    case("groups unread", UNKNOWN, LOCAL, ZONES, APP, UNREAD, AWAY, NONE),
    case("databases unread", UNKNOWN, LOCAL, ZONES, APP, ADMITS, UNREAD, NONE),
    case("caches unread", UNKNOWN, LOCAL, ZONES, APP, ADMITS, AWAY, UNREAD),
)


def local_database(**fields: Any) -> PlacedDbInstance:
    return database(PlacedDbInstance, zone=METRO, **fields)  # type: ignore[no-any-return]


COPIED = local_database(ReadReplicaDBInstanceIdentifiers=["copy"])
COPIES = every(COPIED, database(PlacedDbInstance, "copy"))
LOCAL_COPIES = every(COPIED, database(PlacedDbInstance, "copy", METRO))
FAR_COPY = local_database(ReadReplicaDBInstanceIdentifiers=["arn:aws:rds:us-east-1:123456789012:db:copy"])

test_local_zone_database_protected = cases(
    "local_zone_database_protected",
    case("standby", PASS, local_database(MultiAZ=True), ZONES, NONE, because="7 days"),
    case("replica in the region", PASS, COPIED, ZONES, COPIES),
    case("replica elsewhere", PASS, FAR_COPY, ZONES, NONE),
    case("replica beside it", FAIL, COPIED, ZONES, LOCAL_COPIES, because="neither a standby nor"),
    case("alone", FAIL, local_database(), ZONES, NONE),
    case(
        "no backups", FAIL, local_database(MultiAZ=True, BackupRetentionPeriod=0), ZONES, NONE, because="no automated"
    ),
    case("local backups", FAIL, local_database(MultiAZ=True, BackupTarget="local"), ZONES, NONE, because="only"),
    case("in an Availability Zone", NOT_APPLICABLE, database(PlacedDbInstance), ZONES, NONE),
    case("databases unread", UNKNOWN, COPIED, ZONES, UNREAD),
)
