from datetime import timedelta
from typing import Any

from recovery_accounts import BY_NAME, REPORTED, Spec, parts, survey
from recovery_accounts import labelled as of
from stores import vault

from auditor.evidence.backup import (
    ProtectedResource,
    RecoveryPoint,
    RestoreJob,
    RestoreTestingPlan,
    RestoreTestingScope,
    RestoreTestingSelection,
)
from auditor.evidence.drs import RecoveryJob, SourceServer
from auditor.evidence.fis import Experiment, ExperimentActions, ExperimentTemplate
from auditor.evidence.ssm import AutomationExecution, Document
from auditor.evidence.stepfunctions import StateMachine
from auditor.inference.recovery import Recovery
from auditor.model import Region, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    made,
)
from auditor.workloads import Frequency, Tier

HERE = Region(HOME, ACCOUNT)
NONE = every()


OLD = survey(parts(Spec(database="backup", test="old_restore")))
WRONG_KIND = survey(parts(Spec(table="global", test="restore", database="replica")))

test_workload_recovery_test_recent = cases(
    "workload_recovery_test_recent",
    case("a restore", PASS, ACCOUNT, of("a tested restore"), because="a restore of 2026-11-06 worked, in 60 min"),
    case("a drill", PASS, ACCOUNT, of("a drilled server"), because="a drill of"),
    case("reported", PASS, ACCOUNT, of("warm standby", last_test=REPORTED), because="a reported test of 2026-10-27"),
    case(
        "reported, for monthly tests",
        PASS,
        ACCOUNT,
        of("warm standby", test_frequency=Frequency.MONTHLY, last_test=REPORTED),
    ),
    case("a restore years ago", FAIL, ACCOUNT, OLD, because="its last restore was on"),
    case("never", FAIL, ACCOUNT, of("warm standby"), because="no reported test of the last 366 days"),
    case("never, critical", FAIL, ACCOUNT, of("warm standby", tier=Tier.CRITICAL), because="of the last 92 days"),
    case("of a lower kind", FAIL, ACCOUNT, WRONG_KIND, because="a restore does not show its strategy"),
    case("nothing to test", NOT_APPLICABLE, ACCOUNT, of("an empty database")),
    case("jobs not readable", UNKNOWN, ACCOUNT, of("backups copied daily", "RestoreJob"), because="ListRestoreJobs"),
)


def protected(kind: str = "RDS", *, days: float = 1) -> ProtectedResource:
    arn = f"arn:aws:rds:{HOME}:123456789012:db:{kind}"
    return made(ProtectedResource, ResourceArn=arn, ResourceType=kind, LastBackupTime=ago(days=days))


def restores_of(*kinds: str, ran: float | None = 5, vaults: tuple[str, ...] = ("*",)) -> tuple[Any, Any, Any]:
    arn = f"arn:aws:backup:{HOME}:123456789012:restore-testing-plan:weekly"
    raw = {"RestoreTestingPlanArn": arn, "RestoreTestingPlanName": "weekly", "ScheduleExpression": "cron(0 5 ? * 1 *)"}
    plan = made(RestoreTestingPlan, raw | ({"LastExecutionTime": ago(days=ran)} if ran is not None else {}))
    chosen = [
        made(RestoreTestingSelection, RestoreTestingSelectionName=kind, RestoreTestingPlanName="weekly",
             ProtectedResourceType=kind, under=plan)
        for kind in kinds
    ]  # fmt: skip
    scope = made(
        RestoreTestingScope, RecoveryPointSelection={"Algorithm": "LATEST_WITHIN_WINDOW", "IncludeVaults": list(vaults)}
    )
    return every(plan), every(*chosen), every_of((plan, scope))


test_backup_restore_testing_plan_covers_types = cases(
    "backup_restore_testing_plan_covers_types",
    case("covered", PASS, HERE, ACCOUNT, every(protected()), *restores_of("RDS"), because="restores of RDS are tested"),
    case(
        "a type is missing",
        FAIL,
        HERE,
        ACCOUNT,
        every(protected(), protected("EFS")),
        *restores_of("RDS"),
        because="no restore testing plan restores EFS",
    ),
    case("no plan", FAIL, HERE, ACCOUNT, every(protected()), NONE, NONE, NONE, because="RDS"),
    case(
        "it never ran", FAIL, HERE, ACCOUNT, every(protected()), *restores_of("RDS", ran=None), because="have not run"
    ),
    case(
        "it ran long ago", FAIL, HERE, ACCOUNT, every(protected()), *restores_of("RDS", ran=90), because="for 62 days"
    ),
    case("another limit", PASS, HERE, ACCOUNT, every(protected()), *restores_of("RDS", ran=90), stale_days=100),
    case(
        "no vault", FAIL, HERE, ACCOUNT, every(protected()), *restores_of("RDS", vaults=()), because="include no vault"
    ),
    case("old backups", NOT_APPLICABLE, HERE, ACCOUNT, every(protected(days=90)), NONE, NONE, NONE),
    case("not readable", UNKNOWN, HERE, ACCOUNT, every(gaps=(gap("backup:ListProtectedResources"),)), NONE, NONE, NONE),
)

VAULT = vault()
DATABASE = f"arn:aws:rds:{HOME}:123456789012:db:shop-db"
RESTORED = of("backups copied daily", rto=timedelta(hours=2))


def point(arn: str = DATABASE) -> RecoveryPoint:
    raw = {"RecoveryPointArn": "arn:p", "BackupVaultName": "main", "ResourceArn": arn, "Status": "COMPLETED"}
    return made(RecoveryPoint, raw, under=VAULT)


def restore(*, days: float = 10, hours: float = 1, **more: Any) -> RestoreJob:
    raw = {
        "RestoreJobId": f"r-{days}",
        "RecoveryPointArn": "arn:p",
        "SourceResourceArn": DATABASE,
        "Status": "COMPLETED",
        "CreationDate": ago(days=days),
        "CompletionDate": ago(days=days, hours=-hours),
    }
    return made(RestoreJob, raw | more)


def held(*jobs: RestoreJob, recovery: Recovery = RESTORED, of: RecoveryPoint | None = None) -> tuple[Any, ...]:
    return VAULT, ACCOUNT, every(of or point()), every(*jobs), recovery


test_backup_restore_job_recent_and_valid = cases(
    "backup_restore_job_recent_and_valid",
    case("restored", PASS, *held(restore()), because="restores of 1 resources worked"),
    case("never", FAIL, *held(), because="shop-db was not restored in 366 days"),
    case("long ago", FAIL, *held(restore(days=400)), because="shop-db was not restored in 366 days"),
    case(
        "critical",
        FAIL,
        *held(restore(days=100), recovery=of("backups copied daily", tier=Tier.CRITICAL)),
        because="in 92 days",
    ),
    case(
        "the last one failed",
        FAIL,
        *held(restore(), restore(days=2, Status="FAILED", StatusMessage="no role")),
        because="FAILED: no role",
    ),
    case("one is running", PASS, *held(restore(), restore(days=0.1, Status="RUNNING"))),
    case("not valid", FAIL, *held(restore(ValidationStatus="FAILED")), because="validation"),
    case("too slow", FAIL, *held(restore(hours=1.5)), because="more than 2 h"),
    case("unknown to any workload", FAIL, *held(of=point("arn:aws:rds:eu-west-1:1:db:other")), because="other"),
    case("promoted instead", NOT_APPLICABLE, *held(recovery=of("warm standby"))),
    case("points not readable", UNKNOWN, VAULT, ACCOUNT, every(gaps=(gap("backup:List"),)), NONE, RESTORED),
)

SERVERS = survey(parts(BY_NAME["a server by block replication"]))
CRITICAL = of("a server by block replication", tier=Tier.CRITICAL)


def server(**more: Any) -> SourceServer:
    hints = {"identificationHints": {"awsInstanceID": "i-legacy"}}
    return made(SourceServer, {"arn": "arn:s", "sourceServerID": "s-1", "sourceProperties": hints} | more)


def drill(status: str = "LAUNCHED", *, days: float = 100, **more: Any) -> RecoveryJob:
    raw = {
        "arn": f"arn:j{days}",
        "jobID": f"j-{days}",
        "type": "LAUNCH",
        "initiatedBy": "START_DRILL",
        "creationDateTime": ago(days=days),
        "participatingServers": [{"sourceServerID": "s-1", "launchStatus": status}],
    }
    return made(RecoveryJob, raw | more)


LAUNCHED = {"lastLaunch": {"initiated": {"apiCallDateTime": ago(days=5), "type": "DRILL"}}}

test_drs_recovery_drill_recent = cases(
    "drs_recovery_drill_recent",
    case("drilled", PASS, server(), ACCOUNT, every(drill()), SERVERS, because="it was launched on 2026-08-18"),
    case("critical", FAIL, server(), ACCOUNT, every(drill()), CRITICAL, because="in 92 days"),
    case("never", FAIL, server(), ACCOUNT, NONE, SERVERS, because="in 366 days"),
    case("another server", FAIL, server(sourceServerID="s-2"), ACCOUNT, every(drill()), SERVERS),
    case("the launch failed", FAIL, server(), ACCOUNT, every(drill("FAILED")), SERVERS, because="it was FAILED"),
    case("the last launch failed", FAIL, server(lastLaunchResult="FAILED"), ACCOUNT, NONE, SERVERS),
    case("the lifecycle remembers", PASS, server(lifeCycle=LAUNCHED), ACCOUNT, NONE, SERVERS),
    case("terminated only", FAIL, server(), ACCOUNT, every(drill(type="TERMINATE")), SERVERS),
    case("jobs not readable", UNKNOWN, server(), ACCOUNT, every(gaps=(gap("drs:DescribeJobs"),)), SERVERS),
)

IMPORTANT = of("warm standby", tier=Tier.IMPORTANT)
FUNCTIONS = of("functions and a global table", tier=Tier.CRITICAL)


def experiment(*actions: str, days: float = 30, status: str = "completed", document: str = "") -> tuple[Any, Any]:
    one = made(
        Experiment, id=f"e{days}", arn=f"arn:e{days}", experimentTemplateId="t", state={"status": status},
        creationTime=ago(days=days),
    )  # fmt: skip
    raw: dict[str, Any] = {name: {"actionId": name} for name in actions}
    if document:
        arn = f"arn:aws:ssm:{HOME}::document/{document}"
        raw["ssm"] = {"actionId": "aws:ssm:send-command", "parameters": {"documentArn": arn}}
    return one, made(ExperimentActions, actions=raw)


def ran(*pairs: tuple[Any, Any], recovery: Recovery = IMPORTANT, templates: Any = NONE) -> tuple[Any, ...]:
    return ACCOUNT, recovery, every(*(one for one, _ in pairs)), every_of(*pairs), templates


ALL = ("aws:rds:failover-db-cluster", "aws:ecs:task-network-latency", "aws:ec2:stop-instances")
TEMPLATE = every(made(ExperimentTemplate, id="t", arn="arn:t", creationTime=ago(days=3)))

test_fis_experiments_cover_failure_scenarios = cases(
    "fis_experiments_cover_failure_scenarios",
    case("all", PASS, *ran(experiment(*ALL)), because="cover the loss of a zone"),
    case("latency by a document", PASS, *ran(experiment(ALL[0], ALL[2], document="AWSFIS-Run-Network-Latency"))),
    case("one is missing", FAIL, *ran(experiment(*ALL[:2])), because="covers the termination of instances"),
    case("functions are not terminated", PASS, *ran(experiment(*ALL[:2]), recovery=FUNCTIONS)),
    case("long ago", FAIL, *ran(experiment(*ALL, days=400)), because="of 366 days"),
    case("stopped", FAIL, *ran(experiment(*ALL, status="stopped"))),
    case("templates that never ran", FAIL, *ran(templates=TEMPLATE), severity=Severity.LOW, because="1 templates"),
    case("none", FAIL, *ran(), severity=Severity.MEDIUM),
    case("nothing critical", NOT_APPLICABLE, *ran(recovery=of("warm standby"))),
    case("not readable", UNKNOWN, ACCOUNT, IMPORTANT, every(gaps=(gap("fis:ListExperiments"),)), NONE, NONE),
)


def document(name: str, kind: str = "Automation") -> Document:
    return made(Document, Name=name, DocumentType=kind)


def execution(name: str, *, days: float = 5) -> AutomationExecution:
    return made(
        AutomationExecution, AutomationExecutionId=name, DocumentName=name, AutomationExecutionStatus="Success",
        ExecutionStartTime=ago(days=days),
    )  # fmt: skip


MACHINE = made(
    StateMachine,
    stateMachineArn="arn:aws:states:eu-west-1:1:stateMachine:region-switch",
    name="region-switch",
    type="STANDARD",
)
RUNBOOK = every(document("shop-failover"))
TOLD = of("warm standby", tier=Tier.IMPORTANT, runbook="https://wiki/runbook")

test_recovery_runbook_automated = cases(
    "recovery_runbook_automated",
    case(
        "run lately", PASS, ACCOUNT, IMPORTANT, RUNBOOK, NONE, every(execution("shop-failover")), because="2026-11-21"
    ),
    case("a state machine", PASS, ACCOUNT, IMPORTANT, NONE, every(MACHINE), NONE, because="region-switch"),
    case("none", FAIL, ACCOUNT, IMPORTANT, NONE, NONE, NONE, because="looks like a runbook"),
    case("a command is no runbook", FAIL, ACCOUNT, IMPORTANT, every(document("dr-command", "Command")), NONE, NONE),
    case("another name", FAIL, ACCOUNT, IMPORTANT, every(document("patching")), NONE, NONE),
    case(
        "another pattern",
        PASS,
        ACCOUNT,
        IMPORTANT,
        every(document("patching")),
        NONE,
        every(execution("patching")),
        runbook_pattern="patch",
    ),
    case("not run in a month", FAIL, ACCOUNT, IMPORTANT, RUNBOOK, NONE, NONE, other_days=30),
    case("not run as far as is remembered", UNKNOWN, ACCOUNT, IMPORTANT, RUNBOOK, NONE, NONE),
    case("nothing critical", NOT_APPLICABLE, ACCOUNT, of("warm standby"), NONE, NONE, NONE),
    case("the profile names it", NOT_APPLICABLE, ACCOUNT, TOLD, NONE, NONE, NONE),
    case("not readable", UNKNOWN, ACCOUNT, IMPORTANT, every(gaps=(gap("ssm:ListDocuments"),)), NONE, NONE),
)
