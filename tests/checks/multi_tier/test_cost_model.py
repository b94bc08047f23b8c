from typing import Any

import networks as net
import threetier as three

from auditor.evidence.application_autoscaling import ScheduledScaling
from auditor.evidence.autoscaling import ScheduledAction
from auditor.evidence.ce import ReservationsUse, SavingsPlansCoverage, SavingsPlansRecommendation, SavingsPlansUse
from auditor.evidence.ec2 import InstanceType
from auditor.evidence.ecs import TaskDefinition
from auditor.evidence.elasticache import ReservedCacheNode
from auditor.evidence.elbv2 import TargetHealth
from auditor.evidence.organizations import Organization
from auditor.evidence.rds import ReservedDbInstance
from auditor.inference.scaling import Scaling
from auditor.metrics import Metric
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
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
OLD: dict[str, Any] = {"CreatedTime": ago(days=90)}
SHOP, NETWORK = net.balancer(**OLD), net.balancer(kind="network", **OLD)
NEW = net.balancer(CreatedTime=ago(days=29))


def daily(requests: float) -> Metric:
    return Metric((requests,) * 30)


test_request_volume_justifies_provisioned_tier = cases(
    "request_volume_justifies_provisioned_tier",
    case("much", PASS, SHOP, daily(500_000.0), ACCOUNT, because="it had 15000000 requests in 30 days"),
    case("in between", PASS, SHOP, daily(200_000.0), ACCOUNT, because="either model"),
    case("at the lower limit", PASS, SHOP, Metric((5_000_000.0,)), ACCOUNT, because="either model"),
    case("little", FAIL, SHOP, daily(1000.0), ACCOUNT, because="30000 requests", severity=Severity.INFORMATIONAL),
    case("abandoned", FAIL, SHOP, daily(2.0), ACCOUNT, because="looks abandoned", severity=Severity.MEDIUM),
    case("never called", FAIL, SHOP, NONE, ACCOUNT, because="it had 0 requests", severity=Severity.MEDIUM),
    case("little is enough here", PASS, SHOP, daily(1000.0), ACCOUNT, low_requests=10_000, high_requests=20_000),
    case("new", NOT_APPLICABLE, NEW, daily(2.0), ACCOUNT, because="younger"),
    case("TCP", NOT_APPLICABLE, NETWORK, daily(2.0), ACCOUNT, because="no application load balancer"),
)

WEEK = 7 * 24
IDLE, BUSY = Metric((4.0,) * WEEK), Metric((4.0, 55.0) * WEEK)
SMALL, SWINGING = Metric((2.0,) * WEEK), Metric((2.0, 4.0) * WEEK)


def fleet(least: int = 2, most: int = 4) -> Any:
    return three.asg(targets=(three.TARGETS.arn,), MinSize=least, MaxSize=most)


APART = three.asg("aside")
TIERS, WITH_APART = three.world().tiers, three.world(APART).tiers
UNREAD = three.world(APART, gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)}).tiers

test_minimum_capacity_floor_not_idle = cases(
    "minimum_capacity_floor_not_idle",
    case("busy", PASS, fleet(), BUSY, SMALL, TIERS, because="busy to 55.0 percent"),
    case("idle", FAIL, fleet(), IDLE, SMALL, TIERS, because="at its minimum of 2 for 100%", severity=Severity.LOW),
    case("idle, but often larger", PASS, fleet(), IDLE, SWINGING, TIERS, because="only 50%"),
    case("idle and large", FAIL, fleet(3), IDLE, SWINGING, TIERS, because="minimum of 3 is more than two a zone"),
    case("idle and fixed", FAIL, fleet(2, 2), IDLE, NONE, TIERS, because="fixed size of 2"),
    case("scaled to zero", NOT_APPLICABLE, fleet(0), IDLE, SMALL, TIERS, because="minimum is 0"),
    case("new", NOT_APPLICABLE, fleet(), Metric((4.0,) * 20), SMALL, TIERS, because="less than seven days"),
    case("of no tier", NOT_APPLICABLE, APART, IDLE, SMALL, WITH_APART, because="not of the application tier"),
    case("of a tier that could not be told", UNKNOWN, APART, IDLE, SMALL, UNREAD, because="denied"),
    case("no group metrics", UNKNOWN, fleet(), IDLE, NONE, TIERS, because="GroupDesiredCapacity"),
)


def coverage(**services: tuple[float, float]) -> SavingsPlansCoverage:
    """What of the spend of EC2 and ECS is covered, and what is paid on demand."""
    names = {"EC2": "Amazon Elastic Compute Cloud - Compute", "ECS": "Amazon Elastic Container Service"}
    rows = [
        {
            "Attributes": {"SERVICE": names[name]},
            "Coverage": {"SpendCoveredBySavingsPlans": str(covered), "OnDemandCost": str(demand)},
        }
        for name, (covered, demand) in services.items()
    ]
    found = gathered(SavingsPlansCoverage, ACCOUNT, GetSavingsPlansCoverage={"SavingsPlansCoverages": rows})
    assert isinstance(found, SavingsPlansCoverage)
    return found


def advice(least: float = 4, mean: float = 6, saving: float = 500, percent: float = 27) -> SavingsPlansRecommendation:
    row = {
        "AccountId": ACCOUNT.id,
        "CurrencyCode": "USD",
        "HourlyCommitmentToPurchase": "3.1",
        "EstimatedMonthlySavingsAmount": str(saving),
        "EstimatedSavingsPercentage": str(percent),
        "CurrentMinimumHourlyOnDemandSpend": str(least),
        "CurrentAverageHourlyOnDemandSpend": str(mean),
    }
    return _recommended(row)


def _recommended(*rows: dict[str, str]) -> SavingsPlansRecommendation:
    answer = {"SavingsPlansPurchaseRecommendation": {"SavingsPlansPurchaseRecommendationDetails": list(rows)}}
    found = gathered(SavingsPlansRecommendation, ACCOUNT, GetSavingsPlansPurchaseRecommendation=answer)
    assert isinstance(found, SavingsPlansRecommendation)
    return found


NOTHING_ADVISED = _recommended()
HALF = coverage(EC2=(1000, 1000))

test_savings_plans_cover_compute_baseline = cases(
    "savings_plans_cover_compute_baseline",
    case(
        "uncovered", FAIL, ACCOUNT, advice(), coverage(EC2=(0, 4000)), because="cover 0 % of", severity=Severity.MEDIUM
    ),
    case("half covered", FAIL, ACCOUNT, advice(), HALF, because="a plan of 3.10 an hour saves 500 USD a month"),
    case("no baseline left", PASS, ACCOUNT, advice(least=1), HALF, because="the rest is no baseline: 1.00 of 6.00"),
    case("at the limit", PASS, ACCOUNT, advice(least=3), HALF, uncovered_share=0.5),
    case("little to save", PASS, ACCOUNT, advice(saving=100), HALF, because="would save 100 USD"),
    case("little is enough here", FAIL, ACCOUNT, advice(saving=100), HALF, min_saving=50),
    case("nothing is recommended", PASS, ACCOUNT, NOTHING_ADVISED, HALF, because="cover 50 %"),
    case("no recommendation is known", PASS, ACCOUNT, None, HALF, because="recommends no further"),
    case("no such spend", NOT_APPLICABLE, ACCOUNT, NOTHING_ADVISED, coverage(), because="no spend"),
    case("Cost Explorer has no data", NOT_APPLICABLE, ACCOUNT, None, None, because="no spend"),
)

test_fargate_savings_plan_applied = cases(
    "fargate_savings_plan_applied",
    case("uncovered", FAIL, ACCOUNT, coverage(ECS=(0, 400)), advice(), because="0 % of Fargate usage worth 400"),
    case("covered by half", PASS, ACCOUNT, coverage(ECS=(200, 200)), advice(), because="cover 50 %"),
    case(
        "must be covered more", FAIL, ACCOUNT, coverage(ECS=(200, 200)), advice(), because="save 27 %", min_coverage=60
    ),
    case("EC2 is covered, Fargate is not", FAIL, ACCOUNT, coverage(EC2=(900, 0), ECS=(0, 400)), advice()),
    case("small discount", PASS, ACCOUNT, coverage(ECS=(0, 400)), advice(percent=19), because="only 19 %"),
    case("nothing is recommended", PASS, ACCOUNT, coverage(ECS=(0, 400)), NOTHING_ADVISED, because="save nothing"),
    case("small spend", NOT_APPLICABLE, ACCOUNT, coverage(EC2=(0, 900), ECS=(0, 99)), advice(), because="cost 99"),
    case("Cost Explorer has no data", NOT_APPLICABLE, ACCOUNT, None, advice(), because="cost 0"),
)


def plans(used: float = 99, saved: float = 300, price: float = 600) -> SavingsPlansUse:
    total = {
        "Utilization": {
            "TotalCommitment": "300",
            "UnusedCommitment": str(300 - 3 * used),
            "UtilizationPercentage": str(used),
        },
        "Savings": {"NetSavings": str(saved), "OnDemandCostEquivalent": str(price)},
    }
    found = gathered(SavingsPlansUse, ACCOUNT, GetSavingsPlansUtilization={"Total": total})
    assert isinstance(found, SavingsPlansUse)
    return found


def reservations(used: float = 100, saved: float = 100, ends: str = "2028-01-01T00:00:00.000Z") -> ReservationsUse:
    use = {"UtilizationPercentage": str(used), "RICostForUnusedHours": str(100 - used)}
    total = use | {"PurchasedHours": "720", "NetRISavings": str(saved), "OnDemandCostOfRIHoursUsed": "200"}
    group = {"Key": "SUBSCRIPTION_ID", "Value": "4711", "Attributes": {"endDateTime": ends}, "Utilization": use}
    return _reservations({"UtilizationsByTime": [{"Groups": [group]}], "Total": total})


def _reservations(answer: dict[str, Any]) -> ReservationsUse:
    found = gathered(ReservationsUse, ACCOUNT, GetReservationUtilization=answer)
    assert isinstance(found, ReservationsUse)
    return found


NO_RESERVATIONS = _reservations({"UtilizationsByTime": []})

test_commitments_realize_expected_discount = cases(
    "commitments_realize_expected_discount",
    case("half", PASS, ACCOUNT, plans(), NO_RESERVATIONS, because="saved 50 %"),
    case("both kinds are added up", PASS, ACCOUNT, plans(saved=220), reservations(), because="saved 40 %"),
    case("unexpectedly much", PASS, ACCOUNT, plans(saved=480), None, because="more than the 72 %"),
    case(
        "unused", FAIL, ACCOUNT, plans(used=80, saved=180), None, because="30 % of the price on demand in 30 days, less"
    ),
    case(
        "it says what is unused",
        FAIL,
        ACCOUNT,
        plans(used=80, saved=180),
        None,
        because="80 % of Savings Plans was used",
    ),
    case("weak terms", FAIL, ACCOUNT, plans(saved=180), None, because="the terms give no more", severity=Severity.LOW),
    case("unused reservations", FAIL, ACCOUNT, None, reservations(50, 20), because="50 % of reserved hours was used"),
    case("less is enough here", PASS, ACCOUNT, plans(saved=180), None, min_percent=30),
    case("none", NOT_APPLICABLE, ACCOUNT, None, NO_RESERVATIONS, because="no commitments"),
)

SOON = "2026-12-20T00:00:00.000Z"

test_commitments_fully_used = cases(
    "commitments_fully_used",
    case("used", PASS, ACCOUNT, plans(), reservations(), because="95 % or more"),
    case("plans only", PASS, ACCOUNT, plans(95), None),
    case("unused plans", FAIL, ACCOUNT, plans(90), None, because="90 % of Savings Plans was used, and 30 paid"),
    case("unused reservation", FAIL, ACCOUNT, plans(), reservations(60), because="4711 was used to 60 %, at 40"),
    case("ends soon", PASS, ACCOUNT, None, reservations(ends=SOON), because="4711 end within 30 days"),
    case(
        "ends soon, but not that soon", PASS, ACCOUNT, None, reservations(ends=SOON), because="days", ends_within_days=7
    ),
    case("stricter", FAIL, ACCOUNT, plans(99), None, min_utilization=99.5),
    case("none", NOT_APPLICABLE, ACCOUNT, None, NO_RESERVATIONS, because="no commitments"),
)


def database(name: str = "shop", size: str = "db.r6g.large", days: int = 100, **more: Any) -> Any:
    raw: dict[str, Any] = {"DBInstanceClass": size, "InstanceCreateTime": ago(days=days), "MultiAZ": False}
    return three.database(name, **raw | more)


def reserved_database(size: str = "db.r6g.large", count: int = 1, **more: Any) -> Any:
    raw: dict[str, Any] = {
        "ReservedDBInstanceArn": f"arn:aws:rds:{HOME}:{ACCOUNT.id}:ri:1",
        "DBInstanceClass": size,
        "ProductDescription": "postgresql",
        "MultiAZ": False,
        "DBInstanceCount": count,
        "State": "active",
    }
    return made(ReservedDbInstance, raw | more)


def node(size: str = "cache.r6g.large", count: int = 1, days: int = 100, engine: str = "valkey") -> Any:
    return three.cache(
        "c1", CacheNodeType=size, NumCacheNodes=count, CacheClusterCreateTime=ago(days=days), Engine=engine
    )


def reserved_node(size: str = "cache.r6g.large", count: int = 1, **more: Any) -> Any:
    raw: dict[str, Any] = {
        "ReservationARN": f"arn:aws:elasticache:{HOME}:{ACCOUNT.id}:reserved-instance:1",
        "CacheNodeType": size,
        "ProductDescription": "redis",
        "CacheNodeCount": count,
        "State": "active",
    }
    return made(ReservedCacheNode, raw | more)


def organization(management: str) -> Organization:
    return made(Organization, Id="o-1", MasterAccountId=management, FeatureSet="ALL")


def held(
    *databases: Any, paid: Any = (), nodes: Any = (), paid_nodes: Any = (), of: Organization | None = None
) -> tuple[Any, ...]:
    return REGION, every(*databases), every(*paid), every(*nodes), every(*paid_nodes), of


LARGE, RESERVED = database(), reserved_database()
DENIED = every(gaps=(gap("rds:DescribeReservedDBInstances"),))

test_reserved_capacity_for_data_and_cache_tiers = cases(
    "reserved_capacity_for_data_and_cache_tiers",
    case("reserved", PASS, *held(LARGE, paid=[RESERVED]), because="100% of 4 normalized units"),
    case("not reserved", FAIL, *held(LARGE), because="4 of db.r6g (postgres)", severity=Severity.LOW),
    case("by another size", PASS, *held(LARGE, paid=[reserved_database("db.r6g.medium", 2)])),
    case("by another family", FAIL, *held(LARGE, paid=[reserved_database("db.m6g.xlarge")]), because="0% of 4"),
    case("for another engine", FAIL, *held(LARGE, paid=[reserved_database(ProductDescription="mysql")])),
    case(
        "license included",
        PASS,
        *held(database(Engine="oracle-se2"), paid=[reserved_database(ProductDescription="oracle-se2(li)")]),
    ),
    case("reservation not paid yet", FAIL, *held(LARGE, paid=[reserved_database(State="payment-pending")])),
    case("a standby counts twice", FAIL, *held(database(MultiAZ=True), paid=[RESERVED]), because="50% of 8"),
    case("a reserved standby too", PASS, *held(database(MultiAZ=True), paid=[reserved_database(MultiAZ=True)])),
    case(
        "three quarters",
        PASS,
        *held(database(size="db.r6g.2xlarge"), paid=[reserved_database(count=3)]),
        because="75% of 16",
    ),
    case("less is enough here", PASS, *held(database(MultiAZ=True), paid=[RESERVED]), max_uncovered=0.5),
    case("caches", PASS, *held(nodes=[node(count=2)], paid_nodes=[reserved_node(count=2)]), because="100% of 8"),
    case("caches not reserved", FAIL, *held(nodes=[node()]), because="4 of cache.r6g (redis)"),
    case("Memcached by Redis", FAIL, *held(nodes=[node(engine="memcached")], paid_nodes=[reserved_node()])),
    case(
        "a spare reservation of another tier",
        FAIL,
        *held(LARGE, nodes=[node()], paid_nodes=[reserved_node(count=9)]),
        because="50% of 8",
    ),
    case(
        "a member of an organization",
        FAIL,
        *held(LARGE, of=organization("999999999999")),
        because="not seen from here",
        severity=Severity.INFORMATIONAL,
    ),
    case("the management account", FAIL, *held(LARGE, of=organization(ACCOUNT.id)), severity=Severity.LOW),
    case("new", NOT_APPLICABLE, *held(database(days=80)), because="older than 90 days"),
    case("new, but old enough here", FAIL, *held(database(days=80)), min_days=60),
    case("serverless", NOT_APPLICABLE, *held(database(size="db.serverless"))),
    case("DocumentDB", NOT_APPLICABLE, *held(database(Engine="docdb"))),
    case("stopped", NOT_APPLICABLE, *held(database(DBInstanceStatus="stopped"))),
    case("reservations not readable", UNKNOWN, REGION, every(LARGE), DENIED, every(), every(), None),
)

DAYS = 14 * 24
FLAT = Metric((2000.0,) * DAYS)
RARE = Metric((0.0,) * (DAYS - 2) + (40_000.0, 0.0))
SPIKED = Metric((100.0,) * (DAYS - 6) + (20_000.0,) * 6)
HEAVY = Metric((0.0,) * (DAYS // 2) + (9_000_000.0,) * (DAYS // 2))
SCALED_TO_ZERO = three.world(without=(three.FLEET, *three.MEMBERS)).tiers
UNREAD_BEHIND = three.world(
    without=(three.FLEET, *three.MEMBERS), gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)}
).tiers
DOOR = net.balancer(**OLD)


def varied(requests: Metric, tiers: Any = TIERS, balancer: Any = DOOR) -> tuple[Any, ...]:
    return balancer, requests, tiers, ACCOUNT


test_traffic_variability_fits_multi_tier = cases(
    "traffic_variability_fits_multi_tier",
    case("steady", PASS, *varied(FLAT), because="is steady: 1.0 times"),
    case("rare", FAIL, *varied(RARE), because="100% of its hours are empty", severity=Severity.MEDIUM),
    case("hours without a datapoint are empty", FAIL, *varied(Metric((40_000.0,))), because="hours are empty"),
    case("peaks", FAIL, *varied(SPIKED), because="its peak is"),
    case("it shows both costs", FAIL, *varied(RARE), because="2 instances or tasks that always run cost about 73 USD"),
    case("functions would cost more", PASS, *varied(HEAVY), because="50% of its hours are empty"),
    case("dear functions", PASS, *varied(RARE), million_requests_usd=2000.0),
    case("peaks are fine here", PASS, *varied(SPIKED), max_cv=9.0, max_peak_to_mean=99.0),
    case("nothing waits", PASS, *varied(RARE, SCALED_TO_ZERO), because="no instance or task waits"),
    case("what waits is not readable", UNKNOWN, *varied(RARE, UNREAD_BEHIND), because="denied"),
    case("few requests", NOT_APPLICABLE, *varied(Metric((10.0,) * DAYS)), because="fewer than 10000"),
    case("new", NOT_APPLICABLE, *varied(RARE, balancer=net.balancer(CreatedTime=ago(days=6)))),
    case("TCP", NOT_APPLICABLE, *varied(RARE, balancer=NETWORK)),
)

MINUTES = 14 * 24 * 60


def minutes(*spikes: int, height: float = 900, level: float = 200) -> Metric:
    """Requests a minute, which spike for three minutes so many minutes before the scan."""
    values = [level] * MINUTES
    for spike in spikes:
        values[MINUTES - spike : MINUTES - spike + 3] = [height] * 3
    return Metric(tuple(values))


def at(spike: int, errors: float = 7) -> Metric:
    return Metric((errors,) + (0.0,) * (spike - 1))


def spiking(
    requests: Metric,
    errors: Metric = NONE,
    rejected: Metric = NONE,
    actions: Any = (),
    plans: Any = (),
    balancer: Any = DOOR,
    tiers: Any = TIERS,
) -> tuple[Any, ...]:
    idle = Scaling(every(), every())
    return balancer, requests, errors, NONE, rejected, tiers, idle, every(*actions), every(*plans), every(), ACCOUNT


MORNING = made(
    ScheduledAction,
    ScheduledActionARN=f"arn:aws:autoscaling:{HOME}:{ACCOUNT.id}:scheduledUpdateGroupAction:1",
    AutoScalingGroupName="shop",
    ScheduledActionName="sale",
    MinSize=9,
)
FOUR = minutes(1000, 2000, 3000, 4000)
PLANNED = {
    "ScheduledActionName": "sale",
    "ScheduledActionARN": f"arn:aws:autoscaling:{HOME}:{ACCOUNT.id}:scheduledAction:1",
    "ServiceNamespace": "ecs",
    "ResourceId": "service/main/web",
    "ScalableDimension": "ecs:service:DesiredCount",
    "Schedule": "cron(0 8 * * ? *)",
    "ScalableTargetAction": {"MinCapacity": 9},
    "CreationTime": ago(days=30),
}
SERVICE_PLAN = gathered(
    ScheduledScaling,
    REGION,
    DescribeScheduledActions=lambda asked: {
        "ScheduledActions": [PLANNED] if asked["ServiceNamespace"] == "ecs" else []
    },
)
BY_ECS = three.world(three.service(targets=(three.TARGETS.arn,)), without=(three.FLEET, *three.MEMBERS)).tiers

test_traffic_spikes_faster_than_scaling = cases(
    "traffic_spikes_faster_than_scaling",
    case("even", PASS, *spiking(minutes()), because="never grew 3 times"),
    case("a spike with errors", FAIL, *spiking(minutes(600), at(599)), because="4.5 times", severity=Severity.HIGH),
    case("it says when", FAIL, *spiking(minutes(600), at(599)), because="at 2026-11-26 02:00 UTC"),
    case("a spike with rejected connections", FAIL, *spiking(minutes(600), NONE, at(599)), because="with 7 errors"),
    case("errors at another time", PASS, *spiking(minutes(600), at(300)), because="without errors; 1 such"),
    case("many spikes", FAIL, *spiking(FOUR), because="4 such spikes", severity=Severity.MEDIUM),
    case("many are fine here", PASS, *spiking(FOUR), max_spikes=4),
    case("many, but scaled ahead", PASS, *spiking(FOUR, actions=[MORNING]), because="scaled ahead"),
    case("a service that is scaled ahead", PASS, *spiking(FOUR, plans=SERVICE_PLAN, tiers=BY_ECS), because="ahead"),
    case("a service that is not", FAIL, *spiking(FOUR, tiers=BY_ECS), because="4 such spikes"),
    case("scaled ahead, with errors", FAIL, *spiking(FOUR, at(999), actions=[MORNING])),
    case("growth that is slow enough", PASS, *spiking(minutes(600, height=590))),
    case("it may grow less here", FAIL, *spiking(minutes(600, height=590), at(599)), spike_factor=2.0),
    case("few requests", NOT_APPLICABLE, *spiking(minutes(600, height=99, level=1)), because="99 requests a minute"),
    case("never called", NOT_APPLICABLE, *spiking(NONE), because="0 requests a minute"),
    case("TCP", NOT_APPLICABLE, *spiking(minutes(), balancer=NETWORK)),
)


def kind(name: str, *, arm: bool = False, current: bool = True, vcpus: int = 2) -> dict[str, Any]:
    return {
        "InstanceType": name,
        "CurrentGeneration": current,
        "ProcessorInfo": {"SupportedArchitectures": ["arm64" if arm else "x86_64"]},
        "VCpuInfo": {"DefaultVCpus": vcpus},
    }


KINDS = [
    kind("m7g.large", arm=True),
    kind("m7i.large"),
    kind("m3.large", current=False),
]


def member(place: int, size: str, **more: Any) -> Any:
    raw: dict[str, Any] = {
        "InstanceType": size,
        "PlatformDetails": "Linux/UNIX",
        "PrivateIpAddress": f"10.0.2.1{place}",
    }
    return three.instance(f"i-{place}", asg="shop", **raw | more)


def processors(*members: Any, tasks: Any = (), tiers: Any = None, types: Any = None, services: Any = None) -> Any:
    """A fleet behind a load balancer, and services with their task definitions."""
    here = (
        tiers or three.world(*members, *(one for pair in tasks for one in (pair[0], pair)), without=three.MEMBERS).tiers
    )
    described = (
        gathered(InstanceType, Batch(members), DescribeInstanceTypes={"InstanceTypes": KINDS}) if members else {}
    )
    by_instance = every_of(*((one, described[one.arn]) for one in members))
    listed = every(*(pair[0] for pair in tasks))
    return (
        REGION, every(*members), types if types is not None else by_instance,
        services if services is not None else listed, every_of(*tasks), here,
    )  # fmt: skip


def task(of: Any, **more: Any) -> tuple[Any, TaskDefinition]:
    raw = {"taskDefinitionArn": f"{of.arn}:1", "cpu": "1024", "containerDefinitions": []}
    return of, made(TaskDefinition, raw | more, under=of)


FARGATE = three.service(targets=(three.TARGETS.arn,), launchType="FARGATE")
ON_ARM = {"runtimePlatform": {"cpuArchitecture": "ARM64"}}
ARM, X86, AGED = member(1, "m7g.large"), member(2, "m7i.large"), member(3, "m3.large")
DENIED_TYPES = every(gaps=(gap("ec2:DescribeInstanceTypes"),))
DENIED_SERVICES = every(gaps=(gap("ecs:ListServices"),))

test_application_tier_efficient_processors = cases(
    "application_tier_efficient_processors",
    case("Graviton", PASS, *processors(ARM), because="100% of the 2 vCPUs"),
    case("half of it", PASS, *processors(ARM, X86), because="50% of the 4 vCPUs"),
    case("x86 only", FAIL, *processors(X86), because="0% of the 2 vCPUs", severity=Severity.INFORMATIONAL),
    case("more is asked for here", FAIL, *processors(ARM, X86), min_share=0.6),
    case("an earlier generation", FAIL, *processors(ARM, AGED), because="of an earlier generation are m3.large"),
    case("tasks on x86", FAIL, *processors(tasks=[task(FARGATE)]), because="0% of the 2 vCPUs"),
    case("tasks on arm64", PASS, *processors(tasks=[task(FARGATE, **ON_ARM)]), because="100% of the 2 vCPUs"),
    case(
        "tasks outweigh instances", FAIL, *processors(ARM, tasks=[task(FARGATE, cpu="4096")]), because="20% of the 10"
    ),
    case("bound to x86", NOT_APPLICABLE, *processors(X86), x86_only=("shop",)),
    case("Windows", NOT_APPLICABLE, *processors(member(2, "m7i.large", PlatformDetails="Windows"))),
    case(
        "tasks on Windows",
        NOT_APPLICABLE,
        *processors(tasks=[task(FARGATE, runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})]),
    ),
    case("stopped", NOT_APPLICABLE, *processors(member(2, "m7i.large", State={"Name": "stopped"}))),
    case("tasks on instances", NOT_APPLICABLE, *processors(tasks=[task(three.service(targets=(three.TARGETS.arn,)))])),
    case("nothing", NOT_APPLICABLE, *processors(), because="no application tier computes"),
    case("types not readable", UNKNOWN, *processors(X86, types=DENIED_TYPES)),
    case("services not readable", UNKNOWN, *processors(services=DENIED_SERVICES)),
)
