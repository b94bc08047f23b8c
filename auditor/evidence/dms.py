"""AWS Database Migration Service: replication tasks and the endpoints between which they copy."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.evidence.hosts import region_of
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


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

    @property
    def follows(self) -> bool:
        """Whether it captures changes, rather than copy once."""
        return self.migration in ("cdc", "full-load-and-cdc")


tasks = listed(
    DmsTask,
    call("dms", "DescribeReplicationTasks", page=100, absent="ResourceNotFoundFault", WithoutSettings=True),
    "ReplicationTasks[]",
)
