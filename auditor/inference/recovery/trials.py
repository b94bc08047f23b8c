"""Recovery tests that were seen, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from auditor.every import Every
from auditor.evidence.backup import RestoreJob
from auditor.evidence.drs import RecoveryJob, SourceServer
from auditor.evidence.fis import Experiment, ExperimentActions
from auditor.inference.recovery.basics import Fact, gaps_of, tried
from auditor.model import Gap, Json
from auditor.workloads import RecoveryTest, Strategy

REGION_FAULTS = frozenset({
    "aws:network:route-table-disrupt-cross-region-connectivity",
    "aws:network:transit-gateway-disrupt-cross-region-connectivity",
    "aws:dynamodb:global-table-pause-replication",
    "aws:s3:bucket-pause-replication",
})  # fmt: skip
"""Actions of Fault Injection Service that cut a region off (its user guide, actions reference)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A recovery that was tried and worked."""

    kind: str
    """`restore`, `drs_drill`, `region_fault` or `manual`."""
    when: datetime
    region: str
    resources: frozenset[str]
    """The ARNs, or ids, of what was recovered; empty where it is about all."""
    tags: Mapping[str, str]
    seconds: float | None
    fact: Fact

    def describe(self) -> Json:
        """As JSON."""
        return {
            "kind": self.kind,
            "time": self.when.isoformat(),
            "region": self.region,
            "seconds": self.seconds,
            "evidence": [self.fact.describe()],
        }


ACCEPTED: Mapping[Strategy, frozenset[str]] = {
    Strategy.NONE: frozenset(),
    Strategy.BACKUP_AND_RESTORE: frozenset({"restore", "drs_drill", "manual"}),
    Strategy.PILOT_LIGHT: frozenset({"drs_drill", "manual"}),
    Strategy.WARM_STANDBY: frozenset({"manual"}),
    Strategy.ACTIVE_ACTIVE: frozenset({"region_fault", "manual"}),
}
"""The kinds of test that show a strategy to work. Promotions, region switches and changed routes would count for the
upper three, but are only in CloudTrail's and Region switch's histories, which are not read."""


@dataclass(frozen=True, slots=True)
class TrialEvidence:
    """All that tells of tests."""

    restores: Every[RestoreJob]
    jobs: Every[RecoveryJob]
    source_servers: Every[SourceServer]
    experiments: Every[Experiment]
    actions: Every[ExperimentActions]


def find_trials(evidence: TrialEvidence) -> tuple[tuple[Trial, ...], tuple[Gap, ...]]:
    """The tests, newest first; and the gaps that may hide more."""
    found = sorted(
        (*_restores(evidence), *_launches(evidence), *_experiments(evidence)),
        key=lambda one: (one.when, one.fact.resource),
        reverse=True,
    )
    return tuple(found), gaps_of(evidence.restores, evidence.jobs, evidence.experiments, evidence.actions)


def _restores(evidence: TrialEvidence) -> Iterator[Trial]:
    for job in evidence.restores.known():
        if job.succeeded and job.validation in (None, "SUCCESSFUL") and job.source_arn:
            took = (job.completed - job.created).total_seconds() if job.completed else None
            fact = Fact("backup:ListRestoreJobs", job.region, job.arn, "Status", job.status)
            yield Trial(
                "restore", job.completed or job.created, job.region, frozenset({job.source_arn}), {}, took, fact
            )


def _launches(evidence: TrialEvidence) -> Iterator[Trial]:
    instances = {one.id: one.instance or one.hostname or "" for one in evidence.source_servers.known()}
    for job in evidence.jobs.known():
        launched = job.servers and all(one.status == "LAUNCHED" for one in job.servers)
        if job.type == "LAUNCH" and job.initiated_by in ("START_DRILL", "START_RECOVERY") and launched:
            took = (job.ended - job.created).total_seconds() if job.ended else None
            about = frozenset(instances.get(one.source_server, "") for one in job.servers)
            fact = Fact("drs:DescribeJobs", job.region, job.arn, "launchStatus", "LAUNCHED")
            yield Trial("drs_drill", job.ended or job.created, job.region, about, {}, took, fact)


def _experiments(evidence: TrialEvidence) -> Iterator[Trial]:
    for one in evidence.experiments.known():
        done, _ = tried(lambda one=one: evidence.actions.of(one))  # type: ignore[misc]
        faults = sorted({action for each in done or () for action in each.actions} & REGION_FAULTS)
        if one.completed and faults:
            fact = Fact("fis:GetExperiment", one.region, one.arn, "actionId", ", ".join(faults))
            yield Trial("region_fault", one.created, one.region, frozenset(), one.tags, None, fact)


def reported(test: RecoveryTest | None, region: str) -> Iterator[Trial]:
    """The test that the profile reports."""
    if test is not None:
        when = datetime.combine(test.date, time(), UTC)
        took = test.recovery_time.total_seconds() if test.recovery_time else None
        fact = Fact("profile", region, test.report, "last_test", test.date.isoformat())
        yield Trial("manual", when, region, frozenset(), {}, took, fact)


def newest(trials: Iterable[Trial], strategy: Strategy) -> Trial | None:
    """The newest test that shows a strategy to work."""
    found = [one for one in trials if one.kind in ACCEPTED[strategy]]
    return max(found, key=lambda one: (one.when, one.kind), default=None)


def is_recent(trial: Trial, now: datetime, window: timedelta) -> bool:
    """Whether it is not too long ago."""
    return now - trial.when <= window
