from typing import Any

from auditor.evidence.ec2 import CreditSpecification, Instance, InstanceType, OfferedInstanceTypes, Volume
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.opensearch import Domain, DomainEntry
from auditor.evidence.rds import DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import (
    FAIL,
    NOT_APPLICABLE,
    PASS,
    REGION,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)
from auditor.wiring import Batch

NONE = Metric()


def instance(**fields: Any) -> Instance:
    plain = {
        "InstanceId": "i-1",
        "InstanceType": "m5.large",
        "State": {"Name": "running"},
        "PlatformDetails": "Linux/UNIX",
    }
    return made(Instance, plain | fields)


def kind(**fields: Any) -> InstanceType:
    one = instance(InstanceType=fields.get("InstanceType", "m5.large"))
    raw = {"InstanceType": one.instance_type, "CurrentGeneration": True, "Hypervisor": "nitro"} | fields
    found: dict[str, InstanceType] = gathered(
        InstanceType, Batch([one]), DescribeInstanceTypes={"InstanceTypes": [raw]}
    )
    return found[one.arn]


def offered(*names: str) -> OfferedInstanceTypes:
    offers = [{"InstanceType": name, "LocationType": "region"} for name in names]
    answer: OfferedInstanceTypes = gathered(
        OfferedInstanceTypes, REGION, DescribeInstanceTypeOfferings={"InstanceTypeOfferings": offers}
    )
    return answer


OFFERED = offered("m5.large", "m6i.large", "m6g.large", "m5n.large")
NEWER = offered("m5.large", "m6i.large", "m7i.large", "m7i-flex.large", "m8i.large", "m8g.large", "c7i.large")

test_ec2_instance_previous_generation = cases(
    "ec2_instance_previous_generation",
    case("current", PASS, instance(), kind(), OFFERED, because="m5.large"),
    case(
        "retired family",
        FAIL,
        instance(InstanceType="m3.large"),
        kind(InstanceType="m3.large", CurrentGeneration=False),
        OFFERED,
        because="m3.large as a previous",
    ),
    case(
        "on Xen",
        FAIL,
        instance(InstanceType="t2.micro"),
        kind(InstanceType="t2.micro", Hypervisor="xen"),
        OFFERED,
        because="Xen",
        severity=Severity.LOW,
    ),
    case(
        "two generations behind", FAIL, instance(), kind(), NEWER, because="behind m8i", severity=Severity.INFORMATIONAL
    ),
    case("one generation behind", PASS, instance(), kind(), OFFERED),
    case(
        "other extras are another family",
        PASS,
        instance(InstanceType="m5n.large"),
        kind(InstanceType="m5n.large"),
        NEWER,
    ),
    case(
        "other processor is another family",
        PASS,
        instance(InstanceType="m6g.large"),
        kind(InstanceType="m6g.large"),
        offered("m6g.large", "m8i.large"),
    ),
    case(
        "Graviton two generations behind",
        FAIL,
        instance(InstanceType="m6g.large"),
        kind(InstanceType="m6g.large"),
        NEWER,
        because="m8g",
    ),
    case(
        "storage families are not compared",
        PASS,
        instance(InstanceType="i3.large"),
        kind(InstanceType="i3.large"),
        offered("i7i.large"),
    ),
    case(
        "names without a generation are not compared",
        PASS,
        instance(InstanceType="u-6tb1.metal"),
        kind(InstanceType="u-6tb1.metal"),
        NEWER,
    ),
    case("Spot Instance", NOT_APPLICABLE, instance(InstanceLifecycle="spot"), kind(CurrentGeneration=False), OFFERED),
    case(
        "managed by a service",
        NOT_APPLICABLE,
        instance(Operator={"Managed": True}),
        kind(CurrentGeneration=False),
        OFFERED,
    ),
    case("newer extras are not compared", PASS, instance(), kind(), offered("m7i-flex.large")),
)


def database(**fields: Any) -> DbInstance:
    plain = {
        "DBInstanceIdentifier": "orders",
        "DBInstanceArn": "arn:aws:rds:eu-west-1:123456789012:db:orders",
        "DBInstanceClass": "db.m7g.large",
        "Engine": "postgres",
        "StorageType": "gp3",
        "AllocatedStorage": 100,
    }
    return made(DbInstance, plain | fields)


def cache(node_type: str) -> CacheCluster:
    return made(
        CacheCluster,
        ARN="arn:aws:elasticache:eu-west-1:123456789012:cluster:c",
        CacheClusterId="c",
        CacheNodeType=node_type,
    )


def domain(instance_type: str) -> Domain:
    raw = {
        "DomainName": "d",
        "ARN": "arn:aws:es:eu-west-1:123456789012:domain/d",
        "DomainId": "1/d",
        "ClusterConfig": {"InstanceType": instance_type},
    }
    entry = made(DomainEntry, DomainName="d")
    found: tuple[Domain, ...] = gathered(Domain, Batch([entry]), DescribeDomains={"DomainStatusList": [raw]})
    return found[0]


def warehouse(node_type: str) -> RedshiftCluster:
    return made(RedshiftCluster, ClusterIdentifier="w", NodeType=node_type)


NOTHING = every()

test_managed_instance_previous_generation = cases(
    "managed_instance_previous_generation",
    case("nothing there", NOT_APPLICABLE, REGION, NOTHING, NOTHING, NOTHING, NOTHING),
    case(
        "all current",
        PASS,
        REGION,
        every(database()),
        every(cache("cache.r7g.large")),
        every(domain("r6g.large.search")),
        every(warehouse("ra3.large")),
        because="none of 4",
    ),
    case(
        "old database",
        FAIL,
        REGION,
        every(database(DBInstanceClass="db.m4.large")),
        NOTHING,
        NOTHING,
        NOTHING,
        because="orders (db.m4.large)",
    ),
    case(
        "old cache",
        FAIL,
        REGION,
        NOTHING,
        every(cache("cache.r3.large")),
        NOTHING,
        NOTHING,
        because="c (cache.r3.large)",
    ),
    case(
        "old search node",
        FAIL,
        REGION,
        NOTHING,
        NOTHING,
        every(domain("i2.xlarge.search")),
        NOTHING,
        because="d (i2.xlarge.search)",
    ),
    case(
        "old warehouse",
        FAIL,
        REGION,
        every(database()),
        NOTHING,
        NOTHING,
        every(warehouse("dc2.large")),
        because="1 of 2 use old classes: w (dc2.large)",
    ),
    case("serverless", PASS, REGION, every(database(DBInstanceClass="db.serverless")), NOTHING, NOTHING, NOTHING),
    case("own list of old families", FAIL, REGION, every(database()), NOTHING, NOTHING, NOTHING, old_families=("m7g",)),
    case(
        "caches unread",
        UNKNOWN,
        REGION,
        every(database()),
        every(gaps=(gap("elasticache:DescribeCacheClusters"),)),
        NOTHING,
        NOTHING,
    ),
    case(
        "another region's",
        NOT_APPLICABLE,
        REGION,
        every(made(DbInstance, DBInstanceIdentifier="far", DBInstanceClass="db.m4.large", region="us-east-1")),
        NOTHING,
        NOTHING,
        NOTHING,
    ),
)


def volume(**fields: Any) -> Volume:
    plain = {
        "VolumeId": "vol-1",
        "VolumeType": "gp3",
        "Size": 100,
        "Iops": 3000,
        "State": "in-use",
        "CreateTime": ago(days=90),
    }
    return made(Volume, plain | fields)


test_ec2_volume_previous_generation = cases(
    "ec2_volume_previous_generation",
    case("no volumes", NOT_APPLICABLE, REGION, NOTHING, NOTHING),
    case(
        "gp3 and io2",
        PASS,
        REGION,
        every(volume(), volume(VolumeId="vol-2", VolumeType="io2")),
        every(database()),
        because="none of its 3",
    ),
    case(
        "gp2",
        FAIL,
        REGION,
        every(volume(VolumeType="gp2")),
        NOTHING,
        because="1 gp2); gp3 for 100 GiB of gp2 would save about 2.00 USD",
    ),
    case("gp2 of a database", FAIL, REGION, NOTHING, every(database(StorageType="gp2")), because="1 of 1"),
    case(
        "io1 with many IOPS",
        FAIL,
        REGION,
        every(volume(VolumeType="io1", Iops=20000)),
        NOTHING,
        because="io2 suits vol-1",
    ),
    case("io1 with few", FAIL, REGION, every(volume(VolumeType="io1", Iops=2000)), NOTHING, because="(1 io1)"),
    case("magnetic", FAIL, REGION, every(volume(VolumeType="standard")), NOTHING, because="1 standard"),
    case(
        "Aurora has no volumes of its own",
        NOT_APPLICABLE,
        REGION,
        NOTHING,
        every(database(Engine="aurora-mysql", StorageType="aurora")),
    ),
    case(
        "managed by a service",
        NOT_APPLICABLE,
        REGION,
        every(volume(VolumeType="gp2", Operator={"Managed": True})),
        NOTHING,
    ),
    case("volumes unread", UNKNOWN, REGION, every(gaps=(gap("ec2:DescribeVolumes"),)), NOTHING),
    case(
        "other price",
        FAIL,
        REGION,
        every(volume(VolumeType="gp2")),
        NOTHING,
        because="5.00 USD",
        price_difference_gib=0.05,
    ),
)

BUSY_HOUR = 0.95 * 3000 * 3600

test_ec2_volume_saturated = cases(
    "ec2_volume_saturated",
    case("unattached", NOT_APPLICABLE, volume(State="available"), NONE, NONE, NONE, NONE, NONE),
    case("no data", UNKNOWN, volume(), NONE, NONE, NONE, NONE, NONE),
    case(
        "never at its limit",
        PASS,
        volume(),
        NONE,
        Metric((0.0,) * 14),
        Metric((0.0,) * 14),
        NONE,
        NONE,
        because="0.0 %",
    ),
    case(
        "IOPS limit",
        FAIL,
        volume(),
        NONE,
        Metric((0.2, 0.0)),
        Metric((0.0, 0.0)),
        NONE,
        NONE,
        because="IOPS limit 10.0 %",
    ),
    case(
        "throughput limit",
        FAIL,
        volume(),
        NONE,
        Metric((0.0, 0.0)),
        Metric((0.0, 0.3)),
        NONE,
        NONE,
        because="throughput limit 15.0 %",
    ),
    case("just within the share", PASS, volume(), NONE, Metric((0.1, 0.0)), NONE, NONE, NONE, because="5.0 %"),
    case(
        "credits spent",
        FAIL,
        volume(VolumeType="gp2"),
        Metric((100.0, 4.0)),
        NONE,
        NONE,
        NONE,
        NONE,
        because="fell to 4 %",
    ),
    case("credits left", PASS, volume(VolumeType="st1"), Metric((100.0, 40.0)), NONE, NONE, NONE, NONE),
    case("gp3 has no credits", PASS, volume(), Metric((0.0,)), Metric((0.0,)), NONE, NONE, NONE),
    case(
        "busy without Nitro",
        FAIL,
        volume(),
        NONE,
        NONE,
        NONE,
        Metric((BUSY_HOUR / 2, 0.0)),
        Metric((BUSY_HOUR / 2, 0.0)),
        because="50.0 %",
    ),
    case("quiet without Nitro", PASS, volume(), NONE, NONE, NONE, Metric((10.0, 0.0)), Metric((10.0, 0.0))),
    case(
        "Nitro's own word goes before the count",
        PASS,
        volume(),
        NONE,
        Metric((0.0,)),
        NONE,
        Metric((BUSY_HOUR,)),
        Metric((BUSY_HOUR,)),
    ),
)

BURSTABLE = instance(InstanceType="t3.micro")
WINDOWS = instance(InstanceType="t3.micro", PlatformDetails="Windows")


def specified(of: Instance, credits_: str) -> Any:
    answer = {"InstanceCreditSpecifications": [{"InstanceId": of.id, "CpuCredits": credits_}]}
    found = gathered(CreditSpecification, Batch([of]), DescribeInstanceCreditSpecifications=answer)
    return every_of((of, found[of.arn]))


STANDARD, UNLIMITED = specified(BURSTABLE, "standard"), specified(BURSTABLE, "unlimited")
DENIED = every(gaps=(gap("ec2:DescribeInstanceCreditSpecifications"),))

test_ec2_burstable_credits_exhausted = cases(
    "ec2_burstable_credits_exhausted",
    case("fixed type", NOT_APPLICABLE, instance(), DENIED, NONE, NONE),
    case("stopped", NOT_APPLICABLE, instance(InstanceType="t3.micro", State={"Name": "stopped"}), STANDARD, NONE, NONE),
    case("credits left", PASS, BURSTABLE, STANDARD, Metric((50.0,) * 99 + (0.5,)), NONE, because="1.0 %"),
    case("credits spent", FAIL, BURSTABLE, STANDARD, Metric((50.0,) * 90 + (0.0,) * 10), NONE, because="10.0 %"),
    case("standard without data", UNKNOWN, BURSTABLE, STANDARD, NONE, NONE),
    case(
        "unlimited and charged",
        FAIL,
        BURSTABLE,
        UNLIMITED,
        Metric((0.0,)),
        Metric((600.0, 600.0)),
        because="20 vCPU hours over its baseline in 14 days, about 1.00 USD",
    ),
    case(
        "unlimited on Windows",
        FAIL,
        WINDOWS,
        specified(WINDOWS, "unlimited"),
        NONE,
        Metric((1200.0,)),
        because="1.92 USD",
    ),
    case("unlimited and not charged", PASS, BURSTABLE, UNLIMITED, Metric((0.0,)), NONE),
    case("specifications unread", UNKNOWN, BURSTABLE, DENIED, NONE, NONE, because="was denied"),
    case("no specification", UNKNOWN, BURSTABLE, every(), NONE, NONE),
)
