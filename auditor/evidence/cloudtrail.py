"""AWS CloudTrail: trails, whether they log and what, and the event data stores of CloudTrail Lake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed

Names = tuple[str, ...]


@evidence
class Trail(Resource):
    """A trail that records this account, its own or one of its organization, in the region that it was made in."""

    type_name: ClassVar = "AWS::CloudTrail::Trail"
    arn: str = at("TrailARN")
    region: str = at("HomeRegion")
    trail_name: str = at("Name")
    is_multi_region: bool = at("IsMultiRegionTrail")
    is_organization_trail: bool = at("IsOrganizationTrail")
    has_global_events: bool = at("IncludeGlobalServiceEvents")
    validates_log_files: bool = at("LogFileValidationEnabled")
    kms_key: str | None = at("KmsKeyId")
    log_bucket: str = at("S3BucketName")
    log_prefix: str | None = at("S3KeyPrefix")
    log_group_arn: str | None = at("CloudWatchLogsLogGroupArn")

    @property
    def owner(self) -> str:
        """The account that the trail was made in; for an organization's trail, the management account."""
        return self.arn.split(":")[4]

    def covers(self, region: str) -> bool:
        """Whether it records the events of a region."""
        return self.is_multi_region or self.region == region


@collector(call("cloudtrail", "DescribeTrails"))
def trails(aws: Aws, region: Region) -> Iterable[Trail]:
    """Each trail once: a multi-region trail is answered in every region as a shadow of itself.

    One whose home region is not scanned is taken where the scan's first region sees its shadow.
    """
    scanned = region.account.regions
    for page in aws.pages("DescribeTrails"):
        for raw in page.get("trailList", ()):
            home = raw.get("HomeRegion", region.name)
            if home == region.name or (home not in scanned and region.name == scanned[0]):
                yield aws.parse(Trail, raw)


@evidence
class TrailStatus(Evidence):
    """Whether a trail logs, and how its last delivery went."""

    is_logging: bool = at("IsLogging")
    delivery_error: str | None = at("LatestDeliveryError")
    delivered: datetime | None = at("LatestDeliveryTime")
    log_group_error: str | None = at("LatestCloudWatchLogsDeliveryError")


trail_status = described(TrailStatus, call("cloudtrail", "GetTrailStatus"), of=Trail, Name="arn")


@evidence
class DataResources(Evidence):
    """Resources whose data events a basic selector records."""

    kind: str = at("Type")
    arns: Names = at("Values")


@evidence
class BasicSelector(Evidence):
    """A basic event selector."""

    read_write: str = at("ReadWriteType", absent="All")
    has_management: bool = at("IncludeManagementEvents", absent=True)
    excluded_sources: Names = at("ExcludeManagementEventSources")
    data_resources: tuple[DataResources, ...] = at("DataResources")


@evidence
class FieldSelector(Evidence):
    """One condition of an advanced selector on a field of the event."""

    field: str = at("Field")
    equals: Names = at("Equals")
    not_equals: Names = at("NotEquals")
    starts_with: Names = at("StartsWith")
    not_starts_with: Names = at("NotStartsWith")
    ends_with: Names = at("EndsWith")
    not_ends_with: Names = at("NotEndsWith")

    @property
    def narrows(self) -> bool:
        """Whether it keeps only what it names, instead of leaving out what it names."""
        return bool(self.equals or self.starts_with or self.ends_with)

    def admits(self, value: str) -> bool:
        """Whether an event with this value of the field passes."""
        if value in self.not_equals or value.startswith(self.not_starts_with) or value.endswith(self.not_ends_with):
            return False
        return not self.narrows or (
            value in self.equals or value.startswith(self.starts_with) or value.endswith(self.ends_with)
        )


@evidence
class AdvancedSelector(Evidence):
    """An advanced event selector: an event passes when all of its fields do."""

    fields: tuple[FieldSelector, ...] = at("FieldSelectors")

    def admits(self, field: str, value: str) -> bool:
        """Whether its conditions on a field let a value pass; a field that it does not name is free."""
        return all(one.admits(value) for one in self.fields if one.field == field)

    def is_about(self, category: str) -> bool:
        """Whether it selects events of a category (`Management`, `Data`)."""
        return any(one.field == "eventCategory" and category in one.equals for one in self.fields)

    @property
    def is_narrowed(self) -> bool:
        """Whether it keeps only some sources, names or resources of its category."""
        return any(one.narrows for one in self.fields if one.field not in ("eventCategory", "readOnly"))


_READ_ONLY = {"reads": "true", "writes": "false"}
_BASIC = {"reads": ("All", "ReadOnly"), "writes": ("All", "WriteOnly")}


@evidence
class EventSelectors(Evidence):
    """Which events a trail records. A trail that was never told records all management events, reads and writes."""

    basic: tuple[BasicSelector, ...] = at("EventSelectors")
    advanced: tuple[AdvancedSelector, ...] = at("AdvancedEventSelectors")

    @property
    def has_management_reads(self) -> bool:
        """Whether management events that only read are recorded, of all services but those left out by name."""
        return self._has_management("reads")

    @property
    def has_management_writes(self) -> bool:
        """Whether management events that change something are recorded."""
        return self._has_management("writes")

    def _has_management(self, kind: str) -> bool:
        if not self.basic and not self.advanced:
            return True
        return any(one.has_management and one.read_write in _BASIC[kind] for one in self.basic) or any(
            one.is_about("Management") and not one.is_narrowed and one.admits("readOnly", _READ_ONLY[kind])
            for one in self.advanced
        )

    def has_management_source(self, source: str) -> bool:
        """Whether management events of a service (`kms.amazonaws.com`), reads too, are recorded."""
        if not self.basic and not self.advanced:
            return True
        return any(
            one.has_management and one.read_write in _BASIC["reads"] and source not in one.excluded_sources
            for one in self.basic
        ) or any(
            one.is_about("Management") and one.admits("readOnly", "true") and one.admits("eventSource", source)
            for one in self.advanced
        )

    def has_data_events(self, kind: str, arn: str) -> bool:
        """Whether data events of a resource are recorded: `has_data_events("AWS::S3::Object", object_arn)`."""
        return any(
            kind == resources.kind and arn.startswith(resources.arns)
            for one in self.basic
            for resources in one.data_resources
        ) or any(
            one.is_about("Data") and one.admits("resources.type", kind) and one.admits("resources.ARN", arn)
            for one in self.advanced
        )


event_selectors = described(EventSelectors, call("cloudtrail", "GetEventSelectors"), of=Trail, TrailName="arn")


@evidence
class InsightSelectors(Evidence):
    """The kinds of unusual activity that a trail looks for."""

    kinds: Names = at("InsightSelectors[].InsightType")


insight_selectors = described(
    InsightSelectors,
    call("cloudtrail", "GetInsightSelectors", absent="InsightNotEnabledException"),
    of=Trail,
    TrailName="arn",
)


@evidence
class EventDataStore(Resource):
    """An event data store of CloudTrail Lake."""

    type_name: ClassVar = "AWS::CloudTrail::EventDataStore"
    arn: str = at("EventDataStoreArn")
    store_name: str = at("Name")


event_data_stores = listed(EventDataStore, call("cloudtrail", "ListEventDataStores"), "EventDataStores[]")


@evidence
class EventDataStoreDetail(Evidence):
    """What an event data store keeps and for how long; listings name the store only."""

    status: str = at("Status")
    is_multi_region: bool = at("MultiRegionEnabled")
    is_organization_store: bool = at("OrganizationEnabled")
    retention_days: int = at("RetentionPeriod")
    is_termination_protected: bool = at("TerminationProtectionEnabled")
    selectors: tuple[AdvancedSelector, ...] = at("AdvancedEventSelectors")

    @property
    def is_enabled(self) -> bool:
        """Whether it takes events."""
        return self.status == "ENABLED"

    @property
    def has_management_events(self) -> bool:
        """Whether it keeps management events of all services."""
        return any(one.is_about("Management") and not one.is_narrowed for one in self.selectors)


event_data_store_detail = described(
    EventDataStoreDetail, call("cloudtrail", "GetEventDataStore"), of=EventDataStore, EventDataStore="arn"
)
