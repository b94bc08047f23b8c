from dataclasses import replace
from typing import Any

from recovery_accounts import BY_NAME, Spec, declared, parts, survey
from recovery_accounts import labelled as of
from stores import FRANKFURT, copy_job, db_instance, tags, vault_arn

from auditor.evidence.ce import RegionCosts
from auditor.inference.recovery import Recovery
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, HOME, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, gathered
from auditor.workloads import Strategy, Tier, Workloads


def made(*, denied: tuple[str, ...] = (), promised: dict[str, Any] | None = None, **how: Any) -> Recovery:
    """An account of its own."""
    return survey(parts(Spec(**how)), Workloads([declared(**promised)] if promised else []), denied)


NOTHING = survey([])
TWO = survey([*parts(BY_NAME["warm standby"]), db_instance("blog", TagList=tags(env="dev"))])

FAR_COPY = copy_job("arn:aws:rds:eu-west-1:123456789012:db:shop-db", vault_arn(region="ap-south-1"))
ELSEWHERE = survey([db_instance("shop-db"), FAR_COPY])
UNSCANNED = replace(declared(strategy=Strategy.WARM_STANDBY), recovery_region="ap-south-1")

test_workload_strategy_effective = cases(
    "workload_strategy_effective",
    case(
        "warm standby", PASS, ACCOUNT, of("warm standby"), because="it has warm standby in eu-central-1, RPO 60 s to 24"
    ),
    case(
        "one store not copied",
        FAIL,
        ACCOUNT,
        of("one store of many not copied"),
        severity=Severity.HIGH,
        because="1 of 4 stores have no copy outside their region: fs-1, though warm standby is meant",
    ),
    case("critical", FAIL, ACCOUNT, of("a broken replica", tier=Tier.CRITICAL), severity=Severity.CRITICAL),
    case("not critical", FAIL, ACCOUNT, of("a broken replica", tier=Tier.NON_CRITICAL), severity=Severity.LOW),
    case("code alone", FAIL, ACCOUNT, made(function="plain"), severity=Severity.MEDIUM, because="can start its code"),
    case("code in two regions", PASS, ACCOUNT, made(function="both")),
    case("out of scope", NOT_APPLICABLE, ACCOUNT, of("a broken replica", out_of_scope={"region_loss": "archive"})),
    case(
        "copies not readable",
        UNKNOWN,
        ACCOUNT,
        of("backups copied daily", "RecoveryPoint"),
        because="backup:ListRecoveryPointsByBackupVault was denied",
    ),
    case(
        "stores not readable", UNKNOWN, ACCOUNT, of("warm standby", "Table"), because="it may have warm standby or none"
    ),
    case(
        "two workloads, one without copies",
        FAIL,
        ACCOUNT,
        TWO,
        severity=Severity.LOW,
        because="account-default-nonproduction: 1 of 1 stores",
    ),
    case("no workloads", NOT_APPLICABLE, ACCOUNT, NOTHING),
    case("a copy that was not scanned", UNKNOWN, ACCOUNT, ELSEWHERE, because="as what ap-south-1 holds"),
)

test_workload_strategy_weakest_link = cases(
    "workload_strategy_weakest_link",
    case("all alike", PASS, ACCOUNT, of("warm standby"), because="all of it reaches warm standby"),
    case("one store behind", FAIL, ACCOUNT, of("one store of many not copied"), because="fs-1 (no strategy)"),
    case("one store restored", FAIL, ACCOUNT, of("one store of many restored"), because="shop-db (backup and restore)"),
    case("a higher share", PASS, ACCOUNT, of("one store of many restored"), intended_share=0.99),
    case("nothing copied", NOT_APPLICABLE, ACCOUNT, of("an empty database")),
    case("nothing copied, as far as is seen", UNKNOWN, ACCOUNT, of("an empty database", "Table"), because="dynamodb:"),
    case(
        "nothing copied is seen, though a strategy is declared",
        UNKNOWN,
        ACCOUNT,
        of("an empty database", "Table", strategy=Strategy.WARM_STANDBY),
        because="dynamodb:",
    ),
    case(
        "stores not readable",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "Table"),
        because="dynamodb:DescribeTable was denied",
    ),
)

test_workload_standby_stack_complete = cases(
    "workload_standby_stack_complete",
    case("complete", PASS, ACCOUNT, of("warm standby"), because="all 2 components"),
    case(
        "no standby is seen", UNKNOWN, ACCOUNT, of("an empty database", "Table"), because="as far as it could be seen"
    ),
    case(
        "no component is seen",
        UNKNOWN,
        ACCOUNT,
        of("an empty database", "Function", strategy=Strategy.WARM_STANDBY),
        because="as far as it could be seen",
    ),
    case(
        "no balancer",
        FAIL,
        ACCOUNT,
        of("no balancer in the other region", strategy=Strategy.WARM_STANDBY),
        because="load balancer shop",
    ),
    case(
        "no images",
        FAIL,
        ACCOUNT,
        of("standby of zero without images", strategy=Strategy.PILOT_LIGHT),
        because="Auto Scaling group shop-web-eu-west-1",
    ),
    case("zero, for a pilot light", PASS, ACCOUNT, of("pilot light of zero", strategy=Strategy.PILOT_LIGHT)),
    case(
        "not scanned",
        UNKNOWN,
        ACCOUNT,
        survey(parts(BY_NAME["warm standby"]), Workloads([UNSCANNED])),
        because="ap-south-1 was not scanned",
    ),
    case(
        "zero, for a warm standby",
        FAIL,
        ACCOUNT,
        of("pilot light of zero", strategy=Strategy.WARM_STANDBY),
        because="(0% of production)",
    ),
    case(
        "small, for active regions",
        FAIL,
        ACCOUNT,
        of("warm standby", strategy=Strategy.ACTIVE_ACTIVE),
        because="(25% of production)",
    ),
    case("small, for a greater share", FAIL, ACCOUNT, of("warm standby"), min_capacity_ratio=0.5),
    case("backups only", NOT_APPLICABLE, ACCOUNT, of("backups copied daily")),
    case("stores only", NOT_APPLICABLE, ACCOUNT, of("a strong global table")),
    case("functions not readable", UNKNOWN, ACCOUNT, of("warm standby", "Function"), because="lambda:ListFunctions"),
)

test_workload_active_active_serves_both_regions = cases(
    "workload_active_active_serves_both_regions",
    case("both", PASS, ACCOUNT, of("active in both regions"), because="eu-central-1 and eu-west-1 take traffic"),
    case(
        "one region is seen", UNKNOWN, ACCOUNT, of("an empty database", "Table"), because="as far as it could be seen"
    ),
    case(
        "one writer",
        FAIL,
        ACCOUNT,
        of("both regions, one writer", strategy=Strategy.ACTIVE_ACTIVE),
        because="writes of shop-aurora are taken in one region only",
    ),
    case(
        "failover only",
        FAIL,
        ACCOUNT,
        of("active with failover only", strategy=Strategy.ACTIVE_ACTIVE),
        because="no route sends traffic to both regions",
    ),
    case(
        "no healthy target",
        FAIL,
        ACCOUNT,
        of("no healthy target in the other region", strategy=Strategy.ACTIVE_ACTIVE),
        because="healthy targets of shop",
    ),
    case("not meant", NOT_APPLICABLE, ACCOUNT, of("warm standby")),
    case(
        "records not readable",
        UNKNOWN,
        ACCOUNT,
        of("active in both regions", "RecordSet", strategy=Strategy.ACTIVE_ACTIVE),
        because="route53:ListResourceRecordSets",
    ),
)

test_workload_strategy_not_excessive = cases(
    "workload_strategy_not_excessive",
    case(
        "more than is asked",
        FAIL,
        ACCOUNT,
        of("warm standby", availability_sla=99.0),
        because="it has warm standby (40 to 60 percent of production a year) where backup and restore (5 to 10",
    ),
    case("just what is asked", PASS, ACCOUNT, of("warm standby", availability_sla=99.9)),
    case(
        "what it needs is not seen", UNKNOWN, ACCOUNT, of("warm standby", "Table"), because="as far as it could be seen"
    ),
    case(
        "the profile says why",
        NOT_APPLICABLE,
        ACCOUNT,
        of("warm standby", "Table", strategy_reason="a contract"),
        because="a contract",
    ),
    case("one level more", PASS, ACCOUNT, of("pilot light of zero", availability_sla=99.0)),
    case("one level counts", FAIL, ACCOUNT, of("pilot light of zero", availability_sla=99.0), excess_levels=1),
    case("not of production", FAIL, ACCOUNT, of("warm standby", tier=Tier.NON_CRITICAL)),
    case("a reason is given", NOT_APPLICABLE, ACCOUNT, of("warm standby", strategy_reason="a contract")),
    case("nothing declared", NOT_APPLICABLE, ACCOUNT, of("warm standby")),
    case(
        "one may be hidden",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "Instance"),
        because="ec2:DescribeInstances was denied",
    ),
    case(
        "stores not readable",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "Table", availability_sla=99.0),
        because="it may have warm standby",
    ),
)


def billed(percent: float) -> RegionCosts:
    def group(region: str, amount: float) -> dict[str, Any]:
        return {"Keys": [region], "Metrics": {"AmortizedCost": {"Amount": str(amount), "Unit": "USD"}}}

    months = [{"Groups": [group(HOME, 60), group(FRANKFURT, percent)]}, {"Groups": [group(HOME, 40)]}]
    found: RegionCosts = gathered(RegionCosts, ACCOUNT, GetCostAndUsage={"ResultsByTime": months})
    return found


STANDBY = of("warm standby")

test_workload_dr_cost_within_band = cases(
    "workload_dr_cost_within_band",
    case("within", PASS, ACCOUNT, billed(50), STANDBY, because="costs 50 percent of eu-west-1"),
    case("over", FAIL, ACCOUNT, billed(80), STANDBY, because="warm standby 60 at most", severity=None),
    case("over, and tolerated", PASS, ACCOUNT, billed(80), STANDBY, tolerance=0.5),
    case("under", FAIL, ACCOUNT, billed(10), STANDBY, because="40 at least", severity=Severity.INFORMATIONAL),
    case("nothing billed", NOT_APPLICABLE, ACCOUNT, gathered(RegionCosts, ACCOUNT, GetCostAndUsage={}), STANDBY),
    case("no strategy", NOT_APPLICABLE, ACCOUNT, billed(50), of("an empty database")),
    case("several workloads", NOT_APPLICABLE, ACCOUNT, billed(50), TWO),
    case("no data", NOT_APPLICABLE, ACCOUNT, None, STANDBY),
)
