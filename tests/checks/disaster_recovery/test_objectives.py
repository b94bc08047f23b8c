from datetime import timedelta
from typing import Any

from recovery_accounts import REPORTED, survey
from recovery_accounts import labelled as of
from stores import db_instance, tags

from auditor.evidence.resiliencehub import ResilienceApp
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, made
from auditor.workloads import Frequency, Members, Money, Tier, Workload, Workloads

HOUR = timedelta(hours=1)


FULL = {
    "rpo": HOUR,
    "rto": HOUR,
    "tier": Tier.CRITICAL,
    "downtime_cost_per_hour": Money(1000),
    "test_frequency": Frequency.QUARTERLY,
}

test_workload_recovery_objectives_declared = cases(
    "workload_recovery_objectives_declared",
    case("all of them", PASS, ACCOUNT, of("warm standby", **FULL)),
    case("no profile", FAIL, ACCOUNT, of("warm standby"), because="nothing declares its rpo, rto, tier"),
    case("no RTO", FAIL, ACCOUNT, of("warm standby", rpo=HOUR, tier=Tier.STANDARD), because="nothing declares its rto"),
    case(
        "no cost of downtime",
        FAIL,
        ACCOUNT,
        of("warm standby", **(FULL | {"downtime_cost_per_hour": None})),
        severity=Severity.LOW,
        because="lacks its downtime_cost_per_hour",
    ),
    case(
        "tags",
        FAIL,
        ACCOUNT,
        survey([db_instance(TagList=tags(**{"dr:rpo": "1h", "dr:rto": "1h", "dr:tier": "x"}))]),
        severity=Severity.LOW,
    ),
    case("development", NOT_APPLICABLE, ACCOUNT, survey([db_instance(TagList=tags(env="dev"))])),
    case("a function alone", NOT_APPLICABLE, ACCOUNT, of("functions without stores")),
)

NOBODY = survey(
    [db_instance("shop-db")],
    Workloads([Workload("ghost", Members(tags={"app": "ghost"}), rpo=timedelta(days=1), rto=timedelta(days=9))]),
)

test_workload_rpo_target_met = cases(
    "workload_rpo_target_met",
    case("met", PASS, ACCOUNT, of("warm standby", rpo=timedelta(days=1)), because="60 s to 24 h"),
    case(
        "the profile's members pick nothing", UNKNOWN, ACCOUNT, NOBODY, because="nothing was found that belongs to it"
    ),
    case(
        "met on a good day",
        FAIL,
        ACCOUNT,
        of("warm standby", rpo=HOUR),
        severity=Severity.MEDIUM,
        because="set by s3 cross region replication in eu-central-1 of bucket shop-documents, by the table",
    ),
    case(
        "cannot be met",
        FAIL,
        ACCOUNT,
        of("logs hours late", rpo=timedelta(minutes=1)),
        severity=Severity.CRITICAL,
        because="5 min to 5 h, set by rds automated backup replication",
    ),
    case(
        "no copy", FAIL, ACCOUNT, of("an empty database", rpo=HOUR), severity=Severity.CRITICAL, because="has no copy"
    ),
    case(
        "the region is out of scope",
        FAIL,
        ACCOUNT,
        of("an empty database", rpo=HOUR, out_of_scope={"region_loss": "x"}),
        because="unbounded",
    ),
    case("nothing declared", NOT_APPLICABLE, ACCOUNT, of("warm standby")),
    case(
        "a copy not readable",
        UNKNOWN,
        ACCOUNT,
        of("backups copied daily", "RecoveryPoint", rpo=HOUR),
        because="backup:ListRecoveryPointsByBackupVault was denied",
    ),
    case("stores not readable", UNKNOWN, ACCOUNT, of("warm standby", "FileSystem", rpo=timedelta(days=1))),
)

test_workload_rto_target_met = cases(
    "workload_rto_target_met",
    case(
        "the profile's members pick nothing", UNKNOWN, ACCOUNT, NOBODY, because="nothing was found that belongs to it"
    ),
    case(
        "met and tested",
        PASS,
        ACCOUNT,
        of("warm standby", rto=timedelta(hours=3), last_test=REPORTED),
        because="tested 2026-10-27, with a buffer of 50 percent",
    ),
    case(
        "met by an estimate",
        FAIL,
        ACCOUNT,
        of("warm standby", rto=timedelta(hours=3)),
        severity=Severity.LOW,
        because="no recent test shows it",
    ),
    case(
        "untested and critical",
        FAIL,
        ACCOUNT,
        of("warm standby", rto=timedelta(hours=3), tier=Tier.CRITICAL),
        severity=Severity.MEDIUM,
        because="untested; 3 h is declared",
    ),
    case(
        "on a good day",
        FAIL,
        ACCOUNT,
        of("warm standby", rto=HOUR),
        severity=Severity.MEDIUM,
        because="its RTO is 17.5 min to 93.5 min",
    ),
    case(
        "cannot be met",
        FAIL,
        ACCOUNT,
        of("compute in one region only", rto=HOUR),
        severity=Severity.CRITICAL,
        because="most of it to data and compute (60 min to 24 h: both at once; compute takes longer)",
    ),
    case("nothing declared", NOT_APPLICABLE, ACCOUNT, of("warm standby")),
    case(
        "components not readable",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "AutoScalingGroup", rto=timedelta(hours=3)),
        because="autoscaling:DescribeAutoScalingGroups was denied",
    ),
)

COST = {"downtime_cost_per_hour": Money(1000), "expected_outages_per_year": 1.0}

test_workload_dr_investment_justified = cases(
    "workload_dr_investment_justified",
    case(
        "as dear as it should be",
        PASS,
        ACCOUNT,
        of("warm standby", **COST),
        yearly_production_cost=5000,
        because="at 1 outages a year",
    ),
    case(
        "too dear",
        FAIL,
        ACCOUNT,
        of("warm standby", **COST),
        yearly_production_cost=100000,
        because="warm standby costs 32,500 USD a year more than pilot light and saves",
    ),
    case(
        "worth more",
        FAIL,
        ACCOUNT,
        of("compute in one region only", **COST),
        yearly_production_cost=10000,
        severity=Severity.MEDIUM,
        because="pilot light would cost 1,000 USD a year more and save 22,",
    ),
    case("no bound", NOT_APPLICABLE, ACCOUNT, of("an empty database", **COST), yearly_production_cost=1),
    case("nothing declared", NOT_APPLICABLE, ACCOUNT, of("warm standby"), yearly_production_cost=1),
    case("no cost of production", NOT_APPLICABLE, ACCOUNT, of("warm standby", **COST)),
)

test_workload_sla_matches_strategy = cases(
    "workload_sla_matches_strategy",
    case(
        "enough", PASS, ACCOUNT, of("warm standby", availability_sla=99.9), because="99.9 percent leaves 8.76 h a year"
    ),
    case(
        "needs a standby",
        FAIL,
        ACCOUNT,
        of("backups copied daily", availability_sla=99.9),
        because="it has backup and restore with an RTO up to 4.09 h, not warm standby",
    ),
    case("needs two regions", FAIL, ACCOUNT, of("warm standby", availability_sla=99.995), because="not active active"),
    case("another limit", PASS, ACCOUNT, of("warm standby", availability_sla=99.995), active_active_above=99.999),
    case("modest", PASS, ACCOUNT, of("an empty database", availability_sla=99.0)),
    case("none", NOT_APPLICABLE, ACCOUNT, of("warm standby")),
    case("stores not readable", UNKNOWN, ACCOUNT, of("warm standby", "Table", availability_sla=99.9)),
)


def app(compliance: str = "PolicyMet", days: float | None = 3, **changes: Any) -> ResilienceApp:
    raw = {
        "appArn": "arn:aws:resiliencehub:eu-west-1:123456789012:app/1",
        "name": "shop",
        "status": "Active",
        "complianceStatus": compliance,
        "assessmentSchedule": "Daily",
    }
    evaluated = {"lastAppComplianceEvaluationTime": ago(days=days)} if days is not None else {}
    return made(ResilienceApp, raw | evaluated | changes)


test_resiliencehub_application_policy_met = cases(
    "resiliencehub_application_policy_met",
    case("met", PASS, app(), ACCOUNT, because="3 days ago"),
    case("breached", FAIL, app("PolicyBreached"), ACCOUNT, because="PolicyBreached"),
    case("without a policy", FAIL, app("MissingPolicy"), ACCOUNT, because="it has no policy"),
    case("changed since", FAIL, app("ChangesDetected"), ACCOUNT, because="changed since its last assessment"),
    case("no policy applies", NOT_APPLICABLE, app("NotApplicable"), ACCOUNT),
    case("drifted", FAIL, app(driftStatus="Detected"), ACCOUNT, because="drifted"),
    case("never assessed", FAIL, app("NotAssessed", None), ACCOUNT, because="never"),
    case("long ago", FAIL, app(days=31), ACCOUNT, because="31 days ago, more than 30"),
    case("longer allowed", PASS, app(days=31), ACCOUNT, max_age_days=60),
    case("by hand", FAIL, app(assessmentSchedule="Disabled"), ACCOUNT, severity=Severity.LOW),
    case("being deleted", NOT_APPLICABLE, app(status="Deleting"), ACCOUNT),
)
