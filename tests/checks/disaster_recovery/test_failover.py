from dataclasses import replace
from datetime import timedelta
from typing import Any

from recovery_accounts import BY_NAME, declared, parts, survey
from recovery_accounts import labelled as of
from stores import FRANKFURT

from auditor.evidence.arcregionswitch import PlanEvaluation, SwitchPlan
from auditor.evidence.route53 import HealthCheck, HostedZone, RecordSet
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, HOME, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, gap, made
from auditor.workloads import Members, Strategy, Tier, Workload, Workloads

ZONE = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")


def record(name: str, target: str = "", **fields: Any) -> RecordSet:
    raw = {"Name": "www.example.com.", "Type": "A", "SetIdentifier": name, **fields}
    if target:
        raw["AliasTarget"] = {"HostedZoneId": "Z", "DNSName": target, "EvaluateTargetHealth": True}
    return made(RecordSet, raw, under=ZONE)


def plain(name: str, address: str, **fields: Any) -> RecordSet:
    return record(name, TTL=60, ResourceRecords=[{"Value": address}], **fields)


IRELAND = "a.eu-west-1.elb.amazonaws.com"
FIRST = record("1", IRELAND, Failover="PRIMARY")
SECOND = record("2", "b.eu-central-1.elb.amazonaws.com", Failover="SECONDARY")
UNWATCHED = plain("1", "203.0.113.1", Failover="PRIMARY")
NONE = every()


def check(kind: str = "HTTPS", name: str = "h", **fields: Any) -> HealthCheck:
    return made(HealthCheck, Id=name, HealthCheckConfig={"Type": kind, **fields})


def pair(first: RecordSet, second: RecordSet = SECOND) -> tuple[RecordSet, Any]:
    return first, every(first, second)


def checked(*checks: HealthCheck, name: str = "h") -> tuple[Any, ...]:
    return *pair(plain("1", "203.0.113.1", Failover="PRIMARY", HealthCheckId=name)), every(*checks)


def weights(*values: int) -> tuple[RecordSet, Any]:
    records = [record(str(place), f"{place}.example.net", Weight=value) for place, value in enumerate(values)]
    return records[0], every(*records)


PARENT = check("CALCULATED", "parent", ChildHealthChecks=["h"])

test_route53_failover_records_effective = cases(
    "route53_failover_records_effective",
    case("two regions", PASS, *pair(FIRST), NONE, because="1 others"),
    case("secondary unwatched", PASS, *pair(plain("2", "203.0.113.2", Failover="SECONDARY"), FIRST), NONE),
    case("primary unwatched", FAIL, *pair(UNWATCHED), NONE, severity=Severity.HIGH, because="neither a health check"),
    case("no secondary", FAIL, FIRST, every(FIRST), NONE, because="no SECONDARY"),
    case("same target", FAIL, *pair(FIRST, record("2", IRELAND, Failover="SECONDARY")), NONE, because="both lead to"),
    case(
        "same region",
        FAIL,
        *pair(FIRST, record("2", "b.eu-west-1.elb.amazonaws.com", Failover="SECONDARY")),
        NONE,
        because="stand in eu-west-1",
    ),
    case(
        "shared health check",
        FAIL,
        *pair(
            plain("1", "203.0.113.1", Failover="PRIMARY", HealthCheckId="h"),
            plain("2", "203.0.113.2", Failover="SECONDARY", HealthCheckId="h"),
        ),
        every(check(IPAddress="203.0.113.1")),
        because="share the health check h",
    ),
    case("own health check", PASS, *checked(check(IPAddress="203.0.113.1"))),
    case("health check by name", PASS, *checked(check(FullyQualifiedDomainName="probe.example.com"))),
    case("health check missing", FAIL, *checked(name="gone"), because="no health check gone"),
    case("disabled", FAIL, *checked(check(IPAddress="203.0.113.1", Disabled=True)), because="disabled"),
    case("inverted", FAIL, *checked(check(IPAddress="203.0.113.1", Inverted=True)), because="inverted"),
    case("inverted under a parent", PASS, *checked(check(IPAddress="203.0.113.1", Inverted=True), PARENT)),
    case("another address", FAIL, *checked(check(IPAddress="203.0.113.9")), because="203.0.113.9"),
    case(
        "the secondary's name",
        FAIL,
        *checked(check(FullyQualifiedDomainName="b.eu-central-1.elb.amazonaws.com")),
        because="not its target",
    ),
    case(
        "missing metrics are healthy",
        FAIL,
        *checked(check("CLOUDWATCH_METRIC", InsufficientDataHealthStatus="Healthy")),
        because="missing metrics",
    ),
    case(
        "missing metrics are not", PASS, *checked(check("CLOUDWATCH_METRIC", InsufficientDataHealthStatus="Unhealthy"))
    ),
    case("latency, unwatched", FAIL, *pair(plain("1", "203.0.113.1", Region="eu-west-1")), NONE, because="neither"),
    case("all weight on one", FAIL, *weights(100, 0), NONE, severity=Severity.LOW, because="editing records"),
    case("weight on two", PASS, *weights(50, 50), NONE),
    case("the idle one", PASS, *weights(0, 100), NONE),
    case("simple", NOT_APPLICABLE, *pair(plain("1", "203.0.113.1")), NONE),
    case("records unread", UNKNOWN, FIRST, every(FIRST, gaps=(gap("route53:ListResourceRecordSets"),)), NONE),
    case(
        "checks unread",
        UNKNOWN,
        *pair(plain("1", "203.0.113.1", Failover="PRIMARY", HealthCheckId="h")),
        every(gaps=(gap("route53:ListHealthChecks"),)),
    ),
)


def alarmed(period: int, periods: int) -> HealthCheck:
    return made(
        HealthCheck,
        Id="h",
        HealthCheckConfig={"Type": "CLOUDWATCH_METRIC"},
        CloudWatchAlarmConfiguration={"Period": period, "EvaluationPeriods": periods},
    )


def used(seconds: int = 60, **routing: Any) -> Any:
    chosen = routing or {"Failover": "PRIMARY"}
    raw = {"Name": "www.example.com.", "Type": "A", "TTL": seconds, "HealthCheckId": "h", **chosen}
    return every(made(RecordSet, raw, under=ZONE))


FAST = check(RequestInterval=10, FailureThreshold=3)
SLOW = check(RequestInterval=30, FailureThreshold=5)
CHILDREN = check("CALCULATED", ChildHealthChecks=["a", "b"])
A, B = check(name="a", RequestInterval=10, FailureThreshold=3), check(name="b", RequestInterval=30, FailureThreshold=4)

test_route53_failover_detection_within_rto = cases(
    "route53_failover_detection_within_rto",
    case("fast", PASS, FAST, every(FAST), used(), because="30 s to detect and 60 s in caches"),
    case("slow", FAIL, SLOW, every(SLOW), used(), because="150 s to detect"),
    case("slow is allowed", PASS, SLOW, every(SLOW), used(), max_seconds=300),
    case("slow is a share of the objective", PASS, SLOW, every(SLOW), used(), rto_minutes=60.0, because="900 s"),
    case("fast is more than the share", FAIL, FAST, every(FAST), used(), rto_minutes=5.0, because="75 s"),
    case("long in caches", FAIL, FAST, every(FAST), used(120), because="stays in caches for 120 s"),
    case("long in caches by latency", PASS, FAST, every(FAST), used(120, Region="eu-west-1")),
    case("alarm", PASS, alarmed(10, 3), every(), used(), because="90 s to detect"),
    case("slow alarm", FAIL, alarmed(60, 5), every(), used(), because="360 s to detect"),
    case("slowest child", PASS, CHILDREN, every(CHILDREN, A, B), used(), because="120 s to detect"),
    case("children not known", UNKNOWN, CHILDREN, every(CHILDREN), used(), because="CALCULATED"),
    case("routing control", PASS, check("RECOVERY_CONTROL"), every(), used(), because="0 s to detect"),
    case("not used", NOT_APPLICABLE, FAST, every(FAST), every()),
    case("simple record", NOT_APPLICABLE, FAST, every(FAST), used(60, SetIdentifier="x")),
    case("records unread", UNKNOWN, FAST, every(FAST), every(gaps=(gap("route53:ListResourceRecordSets"),))),
)


STANDBY = Strategy.WARM_STANDBY
_ZERO = replace(BY_NAME["pilot light of zero"], balancer="both")
PILOT = survey(parts(_ZERO), Workloads([declared(strategy=Strategy.PILOT_LIGHT)]))
ASKED = survey(parts(replace(_ZERO, balancer="plain")), Workloads([declared(availability_sla=99.9)]))

test_route53_workload_multi_region_routing = cases(
    "route53_workload_multi_region_routing",
    case("failover", PASS, ACCOUNT, of("warm standby"), because="shop.example.com leads to eu-central-1 and eu-west-1"),
    case("an accelerator", PASS, ACCOUNT, of("active by an accelerator"), because="by global_accelerator"),
    case(
        "no balancer is seen",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "LoadBalancer", strategy=STANDBY),
        because="as far as it could be seen",
    ),
    case("no copy is seen", UNKNOWN, ACCOUNT, of("an empty database", "Table"), because="as far as it could be seen"),
    case("no copy is wanted", NOT_APPLICABLE, ACCOUNT, of("an empty database", "Table", strategy=Strategy.NONE)),
    case(
        "no routing", FAIL, ACCOUNT, of("warm standby without routing"), severity=Severity.HIGH, because="no name leads"
    ),
    case(
        "no health check",
        FAIL,
        ACCOUNT,
        of("failover without a health check"),
        because="shop.example.com/CNAME/eu-west-1 has no health check",
    ),
    case("pilot light", FAIL, ACCOUNT, PILOT, severity=Severity.MEDIUM),
    case("an objective asks for more", FAIL, ACCOUNT, ASKED, severity=Severity.HIGH),
    case("backups", NOT_APPLICABLE, ACCOUNT, of("backups copied daily")),
    case("no balancer", NOT_APPLICABLE, ACCOUNT, of("functions and a global table")),
    case(
        "records not readable", UNKNOWN, ACCOUNT, of("warm standby", "RecordSet"), because="route53:ListResourceRecord"
    ),
)

test_route53_dr_endpoint_healthy_now = cases(
    "route53_dr_endpoint_healthy_now",
    case("healthy", PASS, ACCOUNT, of("warm standby"), because="1 load balancers in eu-central-1"),
    case("down", FAIL, ACCOUNT, of("no healthy target in the other region", strategy=STANDBY), because="behind shop"),
    case("a pilot light is empty", NOT_APPLICABLE, ACCOUNT, PILOT),
    case("no balancer there", NOT_APPLICABLE, ACCOUNT, of("no balancer in the other region")),
    case(
        "no balancer is seen there",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "LoadBalancer", strategy=STANDBY),
        because="as far as it could be seen",
    ),
    case(
        "no standby is seen", UNKNOWN, ACCOUNT, of("an empty database", "Table"), because="as far as it could be seen"
    ),
    case("targets not readable", UNKNOWN, ACCOUNT, of("warm standby", "TargetHealth"), because="could not be read"),
)

test_failover_lever_on_data_plane = cases(
    "failover_lever_on_data_plane",
    case("health checks", PASS, ACCOUNT, of("warm standby", tier=Tier.CRITICAL), because="by route53_failover"),
    case("by hand", FAIL, ACCOUNT, of("warm standby without routing", tier=Tier.CRITICAL), because="edited records"),
    case("by hand, soon", FAIL, ACCOUNT, of("warm standby without routing", rto=timedelta(minutes=20))),
    case("by hand, later", NOT_APPLICABLE, ACCOUNT, of("warm standby without routing", rto=timedelta(hours=2))),
    case("another limit", FAIL, ACCOUNT, of("warm standby without routing", rto=timedelta(hours=2)), rto_minutes=120),
    case("one region", NOT_APPLICABLE, ACCOUNT, of("an empty database", tier=Tier.CRITICAL)),
    case(
        "no balancer is seen in one region",
        UNKNOWN,
        ACCOUNT,
        of("an empty database", "LoadBalancer", tier=Tier.CRITICAL),
        because="as far as it could be seen",
    ),
    case(
        "no balancer is seen",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "LoadBalancer", tier=Tier.CRITICAL),
        because="as far as it could be seen",
    ),
    case(
        "a tier, if any, is not seen",
        UNKNOWN,
        ACCOUNT,
        of("warm standby", "Table"),
        because="as far as it could be seen",
    ),
    case("its tier is declared", NOT_APPLICABLE, ACCOUNT, of("warm standby", "Table", tier=Tier.STANDARD)),
    case("records not readable", UNKNOWN, ACCOUNT, of("warm standby", "RecordSet", tier=Tier.CRITICAL)),
)


def switch(minutes: int | None = 30, **changes: Any) -> SwitchPlan:
    raw = {"arn": "arn:aws:arc-region-switch::123456789012:plan/shop:1", "name": "shop", "regions": [HOME, FRANKFURT]}
    return made(SwitchPlan, raw | ({"recoveryTimeObjectiveMinutes": minutes} if minutes else {}) | changes)


def evaluated(state: str | None = "passed", *messages: str) -> PlanEvaluation:
    warnings = [{"warningStatus": "active", "warningMessage": one} for one in messages]
    warnings.append({"warningStatus": "resolved", "warningMessage": "old"})
    return made(PlanEvaluation, {"warnings": warnings} | ({"evaluationState": state} if state else {}))


QUICKLY = survey(parts(BY_NAME["warm standby"]), Workloads([declared(rto=timedelta(minutes=10))]))
SLOWLY = survey(parts(BY_NAME["warm standby"]), Workloads([declared(rto=timedelta(hours=4))]))

PLACES: Any = {"primary_region": HOME, "recovery_region": FRANKFURT}
PACE_QUICK = Workload("quick", Members(arns=("*:table/*",)), rto=timedelta(minutes=10), **PLACES)
PACE_SLOW = Workload("slow", Members(arns=("*",)), rto=timedelta(hours=4), **PLACES)
TWO_PACES = survey(parts(BY_NAME["warm standby"]), Workloads([PACE_QUICK, PACE_SLOW]))

test_arc_region_switch_plan_valid = cases(
    "arc_region_switch_plan_valid",
    case("valid", PASS, switch(), evaluated(), SLOWLY, because="nothing wrong in eu-west-1, eu-central-1"),
    case("nothing promised", PASS, switch(None), evaluated(), QUICKLY),
    case("of other regions", PASS, switch(regions=["us-east-1", "us-west-2"]), evaluated(), QUICKLY),
    case("asks for action", FAIL, switch(), evaluated("actionRequired", "no role"), SLOWLY, because="action: no role"),
    case("promises less than declared", FAIL, switch(), evaluated(), QUICKLY, because="shop declares 10"),
    case("quick enough for one of two", PASS, switch(), evaluated(), TWO_PACES),
    case("too slow, and not evaluated", FAIL, switch(), None, QUICKLY, because="shop declares 10"),
    case("not evaluated", UNKNOWN, switch(), evaluated("pendingEvaluation"), SLOWLY),
    case("no evaluation", UNKNOWN, switch(), None, SLOWLY),
)
