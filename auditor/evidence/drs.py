"""AWS Elastic Disaster Recovery: source servers, their replication, and the jobs that launched them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import listed

_NOT_IN_USE = "UninitializedAccountException"
"""The service was never set up in the region."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?")


def _duration(text: str) -> timedelta:
    """A duration of ISO 8601: `P1DT2H3M4.5S`."""
    found = _DURATION.fullmatch(text)
    if found is None:
        message = f"{text} is no duration"
        raise ValueError(message)
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


@evidence
class SourceServer(Resource):
    """A server that is replicated to this region."""

    type_name: ClassVar = "AWS::DRS::SourceServer"
    arn: str = at("arn")
    id: str = at("sourceServerID")
    instance: str | None = at("sourceProperties.identificationHints.awsInstanceID")
    """The EC2 instance that it is; None for a server elsewhere."""
    hostname: str | None = at("sourceProperties.identificationHints.hostname")
    origin_region: str | None = at("sourceCloudProperties.originRegion")
    origin_account: str | None = at("sourceCloudProperties.originAccountID")
    replication_state: str = at("dataReplicationInfo.dataReplicationState")
    replication_error: str | None = at("dataReplicationInfo.dataReplicationError.error")
    lag: timedelta | None = at("dataReplicationInfo.lagDuration", parse=_duration)
    last_seen: datetime | None = at("lifeCycle.lastSeenByServiceDateTime")
    last_launch_result: str | None = at("lastLaunchResult")
    last_launch: datetime | None = at("lifeCycle.lastLaunch.initiated.apiCallDateTime")
    last_launch_type: str | None = at("lifeCycle.lastLaunch.initiated.type")
    last_launch_status: str | None = at("lifeCycle.lastLaunch.status")
    tags: Mapping[str, str] = at("tags")

    @property
    def replicates(self) -> bool:
        """Whether its replication is up to date."""
        return self.replication_state in ("CONTINUOUS", "CREATING_SNAPSHOT")


source_servers = listed(SourceServer, call("drs", "DescribeSourceServers", absent=_NOT_IN_USE), "items[]")


@evidence
class LaunchedServer(Evidence):
    """What became of a source server in a job."""

    source_server: str = at("sourceServerID")
    status: str | None = at("launchStatus")
    action_statuses: tuple[str, ...] = at("launchActionsStatus.runs[].status")


@evidence
class RecoveryJob(Resource):
    """A launch, for a drill or in earnest, or the clearing away after it."""

    type_name: ClassVar = "AWS::DRS::Job"
    arn: str = at("arn")
    id: str = at("jobID")
    type: str | None = at("type")
    initiated_by: str | None = at("initiatedBy")
    status: str | None = at("status")
    created: datetime = at("creationDateTime")
    ended: datetime | None = at("endDateTime")
    servers: tuple[LaunchedServer, ...] = at("participatingServers")

    @property
    def is_drill(self) -> bool:
        """Whether somebody tried the recovery."""
        return self.initiated_by == "START_DRILL"


recovery_jobs = listed(RecoveryJob, call("drs", "DescribeJobs", absent=_NOT_IN_USE), "items[]")
