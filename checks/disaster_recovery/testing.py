"""Recovery tests and game days."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from auditor.every import Every
from auditor.evidence.backup import (
    BackupVault,
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
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.figures import BUFFER, in_words
from auditor.inference.recovery.trials import ACCEPTED
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check
from auditor.workloads import Strategy, Tier

_MOST = 4


def _some(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:_MOST]) + (f" and {len(found) - _MOST} more" if len(found) > _MOST else "")


def _days(posture: Posture | None, critical: int, other: int) -> int:
    """How old a test may be: the profile's frequency, else by tier."""
    if posture is not None and posture.group.workload.test_frequency is not None:
        return posture.window.days
    return critical if posture is not None and posture.tier is Tier.CRITICAL else other


@check(severity=Severity.HIGH, practices=["REL13-BP03", "REL12-BP05"])
def workload_recovery_test_recent(
    _account: Account, recovery: Recovery, *, critical_days: int = 92, other_days: int = 366
) -> Verdict:
    """The recovery of each workload was tested within its required frequency.

    Why: an untested recovery is a document; what it misses is found out on the day that it is needed.
    Fix: restore to the recovery region, drill with Elastic Disaster Recovery, or rehearse the failover with Fault
        Injection Service; report game days in the profile (last_test).
    """
    return recovery.verdict(lambda one: _tested(one, critical_days, other_days))


def _tested(posture: Posture, critical: int, other: int) -> Verdict:
    if posture.effective is Strategy.NONE:
        return posture.lacks("there is no recovery to test", posture.gaps_of_standby)
    days = _days(posture, critical, other)
    trial, now = posture.trial, posture.world.account.now
    if trial is not None and now - trial.when <= timedelta(days=days):
        took = f", in {in_words(trial.seconds)}" if trial.seconds is not None else ""
        return passed(f"a {_word(trial.kind)} of {trial.when:%Y-%m-%d} worked{took}")
    if posture.world.unseen.trials:
        return unknown(f"whether it was tested is not known, as {posture.world.unseen.trials[0].reason}")
    wanted = " or ".join(_word(one) for one in sorted(ACCEPTED[posture.effective]))
    if trial is not None:
        return failed(f"its last {_word(trial.kind)} was on {trial.when:%Y-%m-%d}, more than {days} days ago")
    other_kinds = sorted({_word(one.kind) for one in posture.trials})
    seen = f"; a {' and a '.join(other_kinds)} does not show its strategy" if other_kinds else ""
    return failed(f"no {wanted} of the last {days} days was seen{seen}")


def _word(kind: str) -> str:
    return {"drs_drill": "drill", "manual": "reported test", "region_fault": "region fault"}.get(kind, kind)


@check(severity=Severity.MEDIUM, practices=["REL09-BP04"])
def backup_restore_testing_plan_covers_types(
    region: Region,
    account: Account,
    protected: Every[ProtectedResource],
    plans: Every[RestoreTestingPlan],
    selections: Every[RestoreTestingSelection],
    scopes: Every[RestoreTestingScope],
    *,
    stale_days: int = 62,
) -> Verdict:
    """A restore testing plan covers every type of resource that is backed up.

    Why: backups that were never restored fail for reasons that only a restore finds: keys, roles, subnets, quotas.
    Fix: create a restore testing plan (CreateRestoreTestingPlan) with a selection for each of the named types, and
        let it run at least as often as recovery is to be tested.
    """
    since = account.now - timedelta(days=30)
    backed_up = {
        one.resource_type for one in protected.within(region.name) if one.last_backup and one.last_backup >= since
    }
    if not backed_up:
        return not_applicable("nothing was backed up here in 30 days")
    covered = {one.resource_type for one in selections.within(region.name)}
    if missing := backed_up - covered:
        return failed(f"no restore testing plan restores {_some(missing)}", types=sorted(missing))
    known = plans.within(region.name)
    late = [
        one.plan for one in known if one.last_run is None or account.now - one.last_run > timedelta(days=stale_days)
    ]
    if len(late) == len(known):
        return failed(f"the restore testing plans {_some(late)} have not run for {stale_days} days")
    closed = [one.plan for one in known if not any(scope.vaults for scope in scopes.of(one))]
    if len(closed) == len(known):
        return failed(f"the restore testing plans {_some(closed)} include no vault")
    return passed(f"restores of {_some(backed_up)} are tested")


@check(severity=Severity.HIGH, practices=["REL09-BP04", "REL13-BP03"])
def backup_restore_job_recent_and_valid(
    vault: BackupVault,
    account: Account,
    points: Every[RecoveryPoint],
    jobs: Every[RestoreJob],
    recovery: Recovery,
    *,
    critical_days: int = 92,
    other_days: int = 366,
) -> Verdict:
    """Restores from a vault succeed, are validated and fit the RTO.

    Why: a restore that fails, or takes longer than the objective, is no recovery.
    Fix: restore a recovery point of each named resource by a restore testing plan, repair what fails (StatusMessage of
        the job), and choose a faster mechanism where 1.5 times the duration is over the objective.
    """
    held = {one.resource_arn for one in points.of(vault) if one.is_complete and not one.is_parent}
    judged = {arn: owner for arn in held if not _is_promoted(owner := recovery.owner(arn))}
    if not judged:
        return not_applicable("it holds nothing that recovery restores")
    newest = _newest(jobs)
    troubles = [
        text
        for arn, owner in sorted(judged.items())
        if (text := _trouble(arn, owner, newest.get(arn), account.now, _days(owner, critical_days, other_days)))
    ]
    if troubles:
        return failed(f"{'; '.join(troubles[:_MOST])}", resources=len(troubles))
    return passed(f"the newest restores of {len(judged)} resources worked")


def _is_promoted(posture: Posture | None) -> bool:
    """Whether the recovery of a workload promotes replicas instead of restoring."""
    return posture is not None and posture.effective.rank >= Strategy.PILOT_LIGHT.rank


def _newest(jobs: Every[RestoreJob]) -> Mapping[str, RestoreJob]:
    ended = sorted((one for one in jobs if one.source_arn), key=lambda one: (one.created, one.id))
    return {one.source_arn or "": one for one in ended if one.status not in ("PENDING", "RUNNING")}


def _trouble(arn: str, owner: Posture | None, job: RestoreJob | None, now: datetime, days: int) -> str:
    name = arn.rpartition(":")[2]
    if job is None or (job.succeeded and now - job.created > timedelta(days=days)):
        return f"{name} was not restored in {days} days"
    if not job.succeeded:
        return f"the last restore of {name} {job.status}" + (f": {job.message}" if job.message else "")
    if job.validation in ("FAILED", "TIMED_OUT"):
        return f"the validation of the last restore of {name} {job.validation}"
    rto = owner.group.workload.rto if owner else None
    if rto is not None and job.completed is not None and (job.completed - job.created) * BUFFER > rto:
        took = in_words((job.completed - job.created).total_seconds())
        return (
            f"the restore of {name} took {took}, with a buffer of 50 percent more than {in_words(rto.total_seconds())}"
        )
    return ""


@check(severity=Severity.HIGH, practices=["REL13-BP03", "REL12-BP05"])
def drs_recovery_drill_recent(
    server: SourceServer,
    account: Account,
    jobs: Every[RecoveryJob],
    recovery: Recovery,
    *,
    critical_days: int = 92,
    other_days: int = 366,
) -> Verdict:
    """Elastic Disaster Recovery drills launched every source server successfully.

    Why: a server that replicates may still not boot: drivers, licenses and launch settings show only in a launch.
    Fix: start a drill (StartRecovery with isDrill), repair the launch settings where it fails, and terminate the drill
        instances afterwards.
    """
    days = _days(_workload_of(server, recovery), critical_days, other_days)
    since = account.now - timedelta(days=days)
    if server.last_launch_status == "FAILED" or server.last_launch_result == "FAILED":
        return failed("its last launch FAILED")
    launches = [one for one in jobs.within(server.region) if one.type == "LAUNCH" and one.created >= since]
    entries = [
        (job, one)
        for job in sorted(launches, key=lambda job: job.created)
        for one in job.servers
        if one.source_server == server.id and job.initiated_by in ("START_DRILL", "START_RECOVERY")
    ]
    if entries:
        job, last = entries[-1]
        if last.status != "LAUNCHED" or "FAILED" in last.action_statuses:
            return failed(f"in the launch of {job.created:%Y-%m-%d} it was {last.status or 'not launched'}")
        return passed(f"it was launched on {job.created:%Y-%m-%d}")
    if server.last_launch is not None and server.last_launch >= since:
        return passed(f"it was launched on {server.last_launch:%Y-%m-%d}")
    return failed(f"it was not launched in {days} days")


def _workload_of(server: SourceServer, recovery: Recovery) -> Posture | None:
    names = (part.arn.rpartition("/")[2] for one in recovery for part in one.group.components)
    if server.instance is None or server.instance not in names:
        return None
    return next(
        one for one in recovery for part in one.group.components if part.arn.rpartition("/")[2] == server.instance
    )


_SCENARIOS: Mapping[str, tuple[str, ...]] = {
    "the loss of a zone": (
        "aws:network:disrupt-connectivity", "aws:ec2:asg-insufficient-instance-capacity-error",
        "aws:ebs:pause-volume-io", "aws:rds:failover-db-cluster", "aws:elasticache:replicationgroup-interrupt-az-power",
    ),
    "latency": (
        "aws:ecs:task-network-latency", "aws:eks:pod-network-latency", "aws:lambda:invocation-add-delay",
        "AWSFIS-Run-Network-Latency",
    ),
    "the termination of instances": (
        "aws:ec2:terminate-instances", "aws:ec2:stop-instances", "aws:ecs:stop-task",
        "aws:eks:terminate-nodegroup-instances", "aws:eks:pod-delete",
    ),
}  # fmt: skip
"""Actions of Fault Injection Service, and documents that it runs, by what they stand for."""
_NOT_FOR_FUNCTIONS = "the termination of instances"


@check(severity=Severity.MEDIUM, practices=["REL12-BP04", "REL12-BP05"])
def fis_experiments_cover_failure_scenarios(
    account: Account,
    recovery: Recovery,
    experiments: Every[Experiment],
    actions: Every[ExperimentActions],
    templates: Every[ExperimentTemplate],
    *,
    critical_days: int = 92,
    other_days: int = 366,
) -> Verdict:
    """Fault injection covers the loss of a zone, latency and the termination of instances.

    Why: assumptions about failures that nobody tried are wrong more often than not.
    Fix: create and run experiments of Fault Injection Service for the named scenarios, with a stop condition.
    """
    judged = [one for one in recovery if one.tier in (Tier.CRITICAL, Tier.IMPORTANT)]
    if not judged:
        return not_applicable("no workload is declared critical or important")
    days = min(_days(one, critical_days, other_days) for one in judged)
    since = account.now - timedelta(days=days)
    recent = [one for one in experiments if one.completed and one.created >= since]
    done = {name for one in recent for each in actions.of(one) for name in (*each.actions, *each.documents)}
    servers = any(twin.component.kind != "function" for one in judged for twin in one.compute)
    wanted = [one for one in _SCENARIOS if servers or one != _NOT_FOR_FUNCTIONS]
    missing = [one for one in wanted if not any(name.startswith(_SCENARIOS[one]) for name in done)]
    if not missing:
        return passed(f"experiments of {days} days cover {' and '.join(wanted)}")
    some = len(templates)
    prepared = f", though there are {some} templates" if some else ""
    return failed(
        f"no experiment of {days} days covers {_some(missing)}{prepared}",
        severity=Severity.LOW if some and not recent else None,
    )


_REMEMBERED_DAYS = 30
"""How long Systems Manager remembers executions (its user guide)."""
_RUNBOOK = r"(?i)fail-?over|disaster|recover|\bdr\b|region-?switch"


@check(severity=Severity.LOW, practices=["OPS07-BP03", "REL13-BP05", "OPS10-BP01"])
def recovery_runbook_automated(
    account: Account,
    recovery: Recovery,
    documents: Every[Document],
    machines: Every[StateMachine],
    executions: Every[AutomationExecution],
    *,
    runbook_pattern: str = _RUNBOOK,
    other_days: int = 366,
) -> Verdict:
    """Recovery runs from an executable runbook that was run recently.

    Why: steps that people read and type are slow and go wrong under stress.
    Fix: write the recovery as a Systems Manager Automation document or a state machine, run it in every drill, and
        name it so that it is found (runbook_pattern).
    """
    judged = [one for one in recovery if one.tier in (Tier.CRITICAL, Tier.IMPORTANT)]
    if not judged:
        return not_applicable("no workload is declared critical or important")
    if all(one.group.workload.runbook for one in judged):
        return not_applicable("the profile names the runbooks")
    fits = re.compile(runbook_pattern)
    runbooks = [one.document for one in documents if one.is_runbook and fits.search(one.document)]
    flows = [one.name for one in machines if fits.search(one.name)]
    if not runbooks and not flows:
        return failed("no Automation document and no state machine looks like a runbook for recovery")
    since = account.now - timedelta(days=other_days)
    run = [one for one in executions if one.document in runbooks and one.started >= since]
    if run:
        last = max(run, key=lambda one: one.started)
        return passed(f"{last.document} ran on {last.started:%Y-%m-%d}")
    if flows:
        return passed(f"the state machine {_some(flows)} is there for it")
    if other_days > _REMEMBERED_DAYS:
        return unknown(f"{_some(runbooks)} did not run in {_REMEMBERED_DAYS} days, and no longer is remembered")
    return failed(f"{_some(runbooks)} did not run in {other_days} days")
