"""AWS Database Migration Service: replication tasks and the endpoints between which they copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.hosts import region_of
from auditor.model import Region
from auditor.typed import Resource, at, evidence
from auditor.wiring import collector, listed


@evidence
class DmsEndpoint(Resource):
    """A database that tasks read from or write to."""

    type_name: ClassVar = "AWS::DMS::Endpoint"
    arn: str = at("EndpointArn")
    endpoint: str = at("EndpointIdentifier")
    server: str | None = at("ServerName")
    """The host; None for endpoints without one, such as buckets."""

    @property
    def database_region(self) -> str | None:
        """The region of a database of AWS, by its host; None for one elsewhere."""
        return region_of(self.server.lower()) if self.server else None


endpoints = listed(
    DmsEndpoint, call("dms", "DescribeEndpoints", page=100, absent="ResourceNotFoundFault"), "Endpoints[]"
)


@evidence
class DmsTask(Resource):
    """A task that copies a database, once or all the time."""

    type_name: ClassVar = "AWS::DMS::ReplicationTask"
    name_format: ClassVar = "{task}"
    arn: str = at("ReplicationTaskArn")
    task: str = at("ReplicationTaskIdentifier")
    migration: str = at("MigrationType")
    """`full-load`, `cdc` or `full-load-and-cdc`."""
    status: str = at("Status")
    source: str = at("SourceEndpointArn")
    target: str = at("TargetEndpointArn")
    tables_errored: int = at("ReplicationTaskStats.TablesErrored", absent=0)
    failure: str = at("LastFailureMessage", absent="")
    instance: str | None = at("instance")
    """The identifier of the replication instance that it runs on; None for one that is gone."""

    @property
    def id(self) -> str:
        """The end of its ARN, by which CloudWatch names it."""
        return self.arn.rpartition(":")[2]

    @property
    def follows(self) -> bool:
        """Whether it captures changes, rather than copy once."""
        return self.migration in ("cdc", "full-load-and-cdc")


@collector(
    call("dms", "DescribeReplicationTasks", page=100, absent="ResourceNotFoundFault", WithoutSettings=True),
    call("dms", "DescribeReplicationInstances", page=100, absent="ResourceNotFoundFault"),
)
def tasks(aws: Aws, _region: Region) -> Iterable[DmsTask]:
    """The tasks of a region, each with the identifier of its instance, which its metrics are named by."""
    with suppress(Absent):
        found = [raw for page in aws.pages("DescribeReplicationTasks") for raw in page.get("ReplicationTasks", ())]
        names = _instances(aws) if found else {}
        for raw in found:
            yield aws.parse(DmsTask, {**raw, "instance": names.get(raw.get("ReplicationInstanceArn", ""))})


def _instances(aws: Aws) -> Mapping[str, str]:
    """The identifiers of the replication instances, by their ARN."""
    with suppress(Absent):
        pages = aws.pages("DescribeReplicationInstances")
        rows = [raw for page in pages for raw in page.get("ReplicationInstances", ())]
        return {raw["ReplicationInstanceArn"]: raw["ReplicationInstanceIdentifier"] for raw in rows}
    return {}
