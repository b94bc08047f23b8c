"""Amazon DynamoDB: tables, their replicas, backups, expiry, policies and exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class TableEntry(Resource):
    """A table as ListTables names it."""

    type_name: ClassVar = "AWS::DynamoDB::Table"
    arn_format: ClassVar = "arn:{partition}:dynamodb:{region}:{account}:table/{table}"
    table: str = at("")


table_entries = listed(TableEntry, call("dynamodb", "ListTables"), "TableNames[]")


@evidence
class SecondaryIndex(Evidence):
    """A global secondary index."""

    index: str = at("IndexName")
    status: str = at("IndexStatus")
    read_units: int = at("ProvisionedThroughput.ReadCapacityUnits", absent=0)
    write_units: int = at("ProvisionedThroughput.WriteCapacityUnits", absent=0)
    """DynamoDB API reference: 0, or nothing, where the table is on demand."""
    item_count: int | None = at("ItemCount")


@evidence
class TableReplica(Evidence):
    """A replica of a global table in another region."""

    region: str = at("RegionName")
    status: str = at("ReplicaStatus")
    status_reason: str = at("ReplicaStatusDescription", absent="")
    kms_key: str | None = at("KMSMasterKeyId")

    @property
    def is_active(self) -> bool:
        """Whether it takes reads, writes and replication."""
        return self.status == "ACTIVE"

    @property
    def is_broken(self) -> bool:
        """Whether replication to it has stopped and will not go on by itself."""
        return self.status not in ("ACTIVE", "CREATING", "UPDATING", "DELETING")


@evidence
class Table(Resource):
    """A table, in one region; each replica of a global table is a table of its own region."""

    type_name: ClassVar = "AWS::DynamoDB::Table"
    arn: str = at("TableArn")
    table: str = at("TableName")
    status: str = at("TableStatus")
    created: datetime = at("CreationDateTime")
    billing_mode: str = at("BillingModeSummary.BillingMode", absent="PROVISIONED")
    """DescribeTable: the summary is left out where a table was never on demand."""
    read_units: int = at("ProvisionedThroughput.ReadCapacityUnits", absent=0)
    write_units: int = at("ProvisionedThroughput.WriteCapacityUnits", absent=0)
    max_on_demand_reads: int | None = at("OnDemandThroughput.MaxReadRequestUnits")
    max_on_demand_writes: int | None = at("OnDemandThroughput.MaxWriteRequestUnits")
    indexes: tuple[SecondaryIndex, ...] = at("GlobalSecondaryIndexes")
    keys: Mapping[str, str] = at("KeySchema", parse=lambda raw: {one["AttributeName"]: one["KeyType"] for one in raw})
    """`HASH` or `RANGE` by the name of the attribute."""
    item_count: int = at("ItemCount")
    size_bytes: int = at("TableSizeBytes")
    streams: bool = at("StreamSpecification.StreamEnabled", absent=False)
    """DescribeTable: the specification is left out where streams were never enabled."""
    stream_view: str | None = at("StreamSpecification.StreamViewType")
    stream_arn: str | None = at("LatestStreamArn")
    global_version: str | None = at("GlobalTableVersion")
    replicas: tuple[TableReplica, ...] = at("Replicas")
    """Those in other regions."""
    consistency: str | None = at("MultiRegionConsistency")
    """`EVENTUAL` or `STRONG` for a global table."""
    kms_key: str | None = at("SSEDescription.KMSMasterKeyArn")
    """None where the key is owned by DynamoDB, which is the default."""
    table_class: str = at("TableClassSummary.TableClass", absent="STANDARD")
    """CreateTable: STANDARD is the default."""
    deletion_protection: bool = at("DeletionProtectionEnabled")
    restored_from: str | None = at("RestoreSummary.SourceTableArn")

    @property
    def is_provisioned(self) -> bool:
        """Whether its capacity is bought ahead; on demand otherwise."""
        return self.billing_mode == "PROVISIONED"

    @property
    def is_active(self) -> bool:
        """Whether it serves requests, if only while something of it changes."""
        return self.status in ("ACTIVE", "UPDATING")

    @property
    def is_global(self) -> bool:
        """Whether it has replicas in other regions."""
        return bool(self.replicas)

    @property
    def is_strongly_consistent(self) -> bool:
        """Whether a write is in every region before it is acknowledged."""
        return self.consistency == "STRONG"

    @property
    def active_regions(self) -> tuple[str, ...]:
        """The other regions in which an active replica stands."""
        return tuple(sorted(one.region for one in self.replicas if one.is_active))


@collector(call("dynamodb", "DescribeTable", absent="ResourceNotFoundException"))
def tables(aws: Aws, entry: TableEntry) -> Iterable[Table]:
    """The table of a name, unless it is being deleted."""
    raw = aws("DescribeTable", TableName=entry.table)["Table"]
    if raw.get("TableStatus") != "DELETING":
        yield aws.parse(Table, raw)


@evidence
class GlobalReplica(Resource):
    """A replica of a table in another region, as the table's own region sees it."""

    type_name: ClassVar = "AWS::DynamoDB::Table"
    arn_format: ClassVar = "arn:{partition}:dynamodb:{region}:{account}:table/{table}/replica/{replica_region}"
    table: str = at("table")
    replica_region: str = at("region")
    status: str = at("status")
    is_strong: bool = at("strong")


@collector(call("dynamodb", "DescribeTable", absent="ResourceNotFoundException"))
def global_replicas(aws: Aws, entry: TableEntry) -> Iterable[GlobalReplica]:
    """The replicas of a table; the answer is the one that the table itself comes from."""
    raw = aws("DescribeTable", TableName=entry.table)["Table"]
    strong = raw.get("MultiRegionConsistency") == "STRONG"
    for one in raw.get("Replicas", ()) if raw.get("TableStatus") != "DELETING" else ():
        seen = {"table": entry.table, "region": one.get("RegionName"), "status": one.get("ReplicaStatus")}
        yield aws.parse(GlobalReplica, {**seen, "strong": strong})


def table_name(table: Table) -> str:
    """To find a table's replicas by: all of them have its name."""
    return table.table


@evidence
class ContinuousBackups(Evidence):
    """Point-in-time recovery of a table."""

    status: str = at("PointInTimeRecoveryDescription.PointInTimeRecoveryStatus")
    days: int | None = at("PointInTimeRecoveryDescription.RecoveryPeriodInDays")
    """How far back it reaches; None while it is off."""
    earliest: datetime | None = at("PointInTimeRecoveryDescription.EarliestRestorableDateTime")
    latest: datetime | None = at("PointInTimeRecoveryDescription.LatestRestorableDateTime")

    @property
    def enabled(self) -> bool:
        """Whether the table can be restored to a moment of the past."""
        return self.status == "ENABLED"

    @property
    def reach_days(self) -> int:
        """How far back it reaches; 35 days where nothing shorter was chosen (UpdateContinuousBackups)."""
        return (self.days or 35) if self.enabled else 0


continuous_backups = described(
    ContinuousBackups,
    call("dynamodb", "DescribeContinuousBackups"),
    "ContinuousBackupsDescription",
    of=Table,
    TableName="table",
)


@evidence
class TimeToLive(Evidence):
    """Whether items expire."""

    status: str = at("TimeToLiveStatus")
    attribute: str | None = at("AttributeName")

    @property
    def enabled(self) -> bool:
        """Whether items are deleted once the moment in their attribute has passed."""
        return self.status in ("ENABLED", "ENABLING")


time_to_live = described(
    TimeToLive, call("dynamodb", "DescribeTimeToLive"), "TimeToLiveDescription", of=Table, TableName="table"
)


@evidence
class TablePolicy(Evidence):
    """The resource policy of a table."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


table_policy = described(
    TablePolicy,
    call("dynamodb", "GetResourcePolicy", absent="PolicyNotFoundException"),
    of=Table,
    ResourceArn="arn",
)


@evidence
class TableExport(Resource):
    """An export of a table to S3."""

    type_name: ClassVar = "AWS::DynamoDB::Export"
    arn: str = at("ExportArn")
    table_arn: str = at("TableArn")
    status: str = at("ExportStatus")
    bucket: str = at("S3Bucket")
    bucket_owner: str | None = at("S3BucketOwner")
    ended: datetime | None = at("EndTime")


@collector(call("dynamodb", "DescribeExport"), call("dynamodb", "ListExports"))
def table_exports(aws: Aws, _region: Region) -> Iterable[TableExport]:
    """The exports of the last 90 days, which is how long DynamoDB remembers them."""
    for page in aws.pages("ListExports"):
        for summary in page.get("ExportSummaries", ()):
            raw = aws("DescribeExport", ExportArn=summary["ExportArn"])["ExportDescription"]
            yield aws.parse(TableExport, raw)
