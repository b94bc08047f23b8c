"""Amazon S3: buckets and their configuration, and the account's block of public access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Account, Region
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, described, listed


@evidence
class BucketEntry(Resource):
    """A bucket as ListBuckets names it, before its region is sure."""

    type_name: ClassVar = "AWS::S3::Bucket"
    arn_format: ClassVar = "arn:{partition}:s3:::{bucket}"
    bucket: str = at("Name")
    listed_region: str | None = at("BucketRegion")


@evidence
class Bucket(Resource):
    """A general purpose bucket; its details are asked in its own region."""

    type_name: ClassVar = "AWS::S3::Bucket"
    arn_format: ClassVar = "arn:{partition}:s3:::{bucket}"
    bucket: str = parent("bucket")
    region: str = at("LocationConstraint")


bucket_entries = listed(BucketEntry, call("s3", "ListBuckets", page=1000), "Buckets[]", of=Account)


@collector(call("s3", "GetBucketLocation"))
def buckets(aws: Aws, entry: BucketEntry) -> Iterable[Bucket]:
    """The bucket with its region; only where ListBuckets left it out is the location asked."""
    region = entry.listed_region or _location(aws, entry)
    yield aws.parse(Bucket, {"LocationConstraint": region})


def _location(aws: Aws, entry: BucketEntry) -> str:
    """A null location is us-east-1, and `EU` an old name of eu-west-1 (S3 API reference, GetBucketLocation)."""
    location: str | None = aws("GetBucketLocation", Bucket=entry.bucket).get("LocationConstraint")
    return {"": "us-east-1", "EU": "eu-west-1"}.get(location or "", str(location))


def bucket_name(bucket: Bucket) -> str:
    """To find a bucket by: `buckets.by(bucket_name)`; names are unique in a partition."""
    return bucket.bucket


@evidence
class BucketPolicy(Evidence):
    """The bucket policy."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


bucket_policy = described(
    BucketPolicy, call("s3", "GetBucketPolicy", absent="NoSuchBucketPolicy"), of=Bucket, Bucket="bucket"
)


@evidence
class PublicAccessBlock(Evidence):
    """The four settings of Block Public Access."""

    block_public_acls: bool = at("BlockPublicAcls")
    ignore_public_acls: bool = at("IgnorePublicAcls")
    block_public_policy: bool = at("BlockPublicPolicy")
    restrict_public_buckets: bool = at("RestrictPublicBuckets")

    @property
    def off(self) -> tuple[str, ...]:
        """The settings that are off, in AWS's names."""
        settings: Mapping[str, bool] = {
            "BlockPublicAcls": self.block_public_acls,
            "IgnorePublicAcls": self.ignore_public_acls,
            "BlockPublicPolicy": self.block_public_policy,
            "RestrictPublicBuckets": self.restrict_public_buckets,
        }
        return tuple(name for name, on in settings.items() if not on)


@evidence
class BucketPublicAccessBlock(PublicAccessBlock):
    """Block Public Access of a bucket."""


@evidence
class AccountPublicAccessBlock(PublicAccessBlock):
    """Block Public Access of the account, for all its buckets."""


bucket_public_access_block = described(
    BucketPublicAccessBlock,
    call("s3", "GetPublicAccessBlock", absent="NoSuchPublicAccessBlockConfiguration"),
    "PublicAccessBlockConfiguration",
    of=Bucket,
    Bucket="bucket",
)
account_public_access_block = described(
    AccountPublicAccessBlock,
    call("s3control", "GetPublicAccessBlock", absent="NoSuchPublicAccessBlockConfiguration"),
    "PublicAccessBlockConfiguration",
    of=Account,
    AccountId="id",
)


@evidence
class BucketVersioning(Evidence):
    """Versioning; a bucket that never had it sends no status."""

    status: str = at("Status", absent="Disabled")
    mfa_delete: str = at("MFADelete", absent="Disabled")

    @property
    def enabled(self) -> bool:
        """Whether new versions are kept."""
        return self.status == "Enabled"


bucket_versioning = described(BucketVersioning, call("s3", "GetBucketVersioning"), of=Bucket, Bucket="bucket")


@evidence
class BucketEncryption(Evidence):
    """The encryption of objects that say nothing of their own; every bucket has one since 2023."""

    algorithm: str = at(
        "Rules[].ApplyServerSideEncryptionByDefault.SSEAlgorithm", parse=lambda found: next(iter(found))
    )
    """`AES256`, `aws:kms` or `aws:kms:dsse`."""
    kms_key: str | None = at(
        "Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID", parse=lambda found: next(iter(found), None)
    )
    """An id, an ARN or an alias; None where AWS's own key for S3 is used."""
    bucket_key: bool = at("Rules[].BucketKeyEnabled", parse=any)

    @property
    def uses_kms(self) -> bool:
        """Whether a KMS key, AWS's own or the customer's, encrypts the objects."""
        return self.algorithm.startswith("aws:kms")

    @property
    def uses_customer_key(self) -> bool:
        """Whether it is a KMS key that is not AWS's own for S3."""
        return self.uses_kms and self.kms_key is not None and not self.kms_key.endswith("alias/aws/s3")


bucket_encryption = described(
    BucketEncryption,
    call("s3", "GetBucketEncryption", absent="ServerSideEncryptionConfigurationNotFoundError"),
    "ServerSideEncryptionConfiguration",
    of=Bucket,
    Bucket="bucket",
)


def _filter(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a rule filters by, on one level; rules of the first version of the API have a prefix of their own."""
    given = rule.get("Filter", {})
    flat = {"Prefix": rule.get("Prefix", ""), **given, **given.get("And", {})}
    return {name: value for name, value in flat.items() if value or name.startswith("ObjectSize")}


def _filter_tags(rule: Mapping[str, Any]) -> Mapping[str, str]:
    flat = _filter(rule)
    return {one["Key"]: one["Value"] for one in (*filter(None, [flat.get("Tag")]), *flat.get("Tags", ()))}


@evidence
class RuleFilter(Evidence):
    """Which objects a lifecycle or replication rule is about."""

    prefix: str = at("", parse=lambda rule: _filter(rule).get("Prefix", ""))
    """Empty where every key is meant."""
    tags: Mapping[str, str] = at("", parse=_filter_tags)
    excludes: bool = at("", parse=lambda rule: "Not" in _filter(rule))
    larger_than: int | None = at("", parse=lambda rule: _filter(rule).get("ObjectSizeGreaterThan"))
    smaller_than: int | None = at("", parse=lambda rule: _filter(rule).get("ObjectSizeLessThan"))

    @property
    def is_everything(self) -> bool:
        """Whether every object falls under it."""
        by_size = self.larger_than is not None or self.smaller_than is not None
        return not (self.prefix or self.tags or self.excludes or by_size)

    def __str__(self) -> str:
        """For a reason: `prefix logs/ and tag kind`."""
        parts = [f"prefix {self.prefix}" if self.prefix else "", *(f"tag {key}" for key in self.tags)]
        parts.append("an exclusion" if self.excludes else "")
        return " and ".join(part for part in parts if part) or "every object"


@evidence
class Transition(Evidence):
    """A move of objects to another storage class."""

    days: int | None = at("Days")
    storage_class: str = at("StorageClass")


@evidence
class NoncurrentTransition(Evidence):
    """A move of versions that are no longer current to another storage class."""

    days: int | None = at("NoncurrentDays")
    storage_class: str = at("StorageClass")


@evidence
class LifecycleRule(Evidence):
    """What becomes of some objects with time."""

    id: str = at("ID", absent="")
    """PutBucketLifecycleConfiguration: rules may have no id."""
    status: str = at("Status")
    filter: RuleFilter = at("")
    expires_days: int | None = at("Expiration.Days")
    expires_on: datetime | None = at("Expiration.Date")
    cleans_delete_markers: bool = at("Expiration.ExpiredObjectDeleteMarker", absent=False)
    """An action that a rule does not name is not taken."""
    transitions: tuple[Transition, ...] = at("Transitions")
    noncurrent_transitions: tuple[NoncurrentTransition, ...] = at("NoncurrentVersionTransitions")
    noncurrent_expires_days: int | None = at("NoncurrentVersionExpiration.NoncurrentDays")
    noncurrent_kept: int | None = at("NoncurrentVersionExpiration.NewerNoncurrentVersions")
    aborts_uploads_days: int | None = at("AbortIncompleteMultipartUpload.DaysAfterInitiation")

    @property
    def enabled(self) -> bool:
        """Whether it is applied."""
        return self.status == "Enabled"

    @property
    def expires(self) -> bool:
        """Whether it deletes current objects."""
        return self.expires_days is not None or self.expires_on is not None


@evidence
class BucketLifecycle(Evidence):
    """What becomes of the objects of a bucket with time."""

    rules: tuple[LifecycleRule, ...] = at("Rules")

    @property
    def enabled(self) -> tuple[LifecycleRule, ...]:
        """The rules that are applied."""
        return tuple(one for one in self.rules if one.enabled)


bucket_lifecycle = described(
    BucketLifecycle,
    call("s3", "GetBucketLifecycleConfiguration", absent="NoSuchLifecycleConfiguration"),
    of=Bucket,
    Bucket="bucket",
)


@evidence
class ReplicationRule(Evidence):
    """Which objects are copied where."""

    id: str = at("ID", absent="")
    """PutBucketReplication: S3 makes an id where none is given."""
    status: str = at("Status")
    filter: RuleFilter = at("")
    kms_objects: bool = at(
        "SourceSelectionCriteria.SseKmsEncryptedObjects.Status", parse="Enabled".__eq__, absent=False
    )
    """Whether objects under a KMS key are copied; left out, they are skipped (S3 user guide)."""
    replica_changes: bool = at(
        "SourceSelectionCriteria.ReplicaModifications.Status", parse="Enabled".__eq__, absent=False
    )
    delete_markers: bool = at("DeleteMarkerReplication.Status", parse="Enabled".__eq__, absent=False)
    destination_arn: str = at("Destination.Bucket")
    destination_account: str | None = at("Destination.Account")
    """None where the rule leaves the owner of the copies as it is."""
    destination_class: str | None = at("Destination.StorageClass")
    replica_key: str | None = at("Destination.EncryptionConfiguration.ReplicaKmsKeyID")
    time_control: bool = at("Destination.ReplicationTime.Status", parse="Enabled".__eq__, absent=False)
    """Whether S3 promises to copy within 15 minutes."""
    metrics: bool = at("Destination.Metrics.Status", parse="Enabled".__eq__, absent=False)
    """Whether S3 publishes the lag, the backlog and the failures; all these are off where a rule leaves them out."""

    @property
    def enabled(self) -> bool:
        """Whether it is applied."""
        return self.status == "Enabled"

    @property
    def destination(self) -> str:
        """The name of the bucket that it copies to."""
        return self.destination_arn.rpartition(":")[2]


@evidence
class BucketReplication(Evidence):
    """Copies of a bucket's objects to other buckets."""

    role: str | None = at("Role")
    rules: tuple[ReplicationRule, ...] = at("Rules")

    @property
    def enabled(self) -> tuple[ReplicationRule, ...]:
        """The rules that are applied."""
        return tuple(one for one in self.rules if one.enabled)


def replica_buckets(replication: BucketReplication) -> frozenset[str]:
    """The names of the buckets that a bucket is copied to: `replications.by(replica_buckets)`."""
    return frozenset(one.destination for one in replication.enabled)


bucket_replication = described(
    BucketReplication,
    call("s3", "GetBucketReplication", absent="ReplicationConfigurationNotFoundError"),
    "ReplicationConfiguration",
    of=Bucket,
    Bucket="bucket",
)


@evidence
class BucketLogging(Evidence):
    """Where a bucket's access logs go; both None where they are off."""

    target: str | None = at("LoggingEnabled.TargetBucket")
    prefix: str | None = at("LoggingEnabled.TargetPrefix")


bucket_logging = described(BucketLogging, call("s3", "GetBucketLogging"), of=Bucket, Bucket="bucket")


@evidence
class BucketOwnership(Evidence):
    """Who owns what others write, and whether ACLs count."""

    setting: str = at("Rules[].ObjectOwnership", parse=lambda found: next(iter(found)))
    """`BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`."""

    @property
    def disables_acls(self) -> bool:
        """Whether ACLs have no effect."""
        return self.setting == "BucketOwnerEnforced"


bucket_ownership = described(
    BucketOwnership,
    call("s3", "GetBucketOwnershipControls", absent="OwnershipControlsNotFoundError"),
    "OwnershipControls",
    of=Bucket,
    Bucket="bucket",
)


@evidence
class AclGrant(Evidence):
    """What an ACL gives to whom."""

    permission: str = at("Permission")
    grantee: str | None = at("Grantee.ID")
    group: str | None = at("Grantee.URI")

    @property
    def is_public(self) -> bool:
        """Whether it is given to everyone, or to whoever has any AWS account."""
        return (self.group or "").endswith(("/AllUsers", "/AuthenticatedUsers"))


@evidence
class BucketAcl(Evidence):
    """The access control list of a bucket."""

    owner: str | None = at("Owner.ID")
    grants: tuple[AclGrant, ...] = at("Grants")

    @property
    def public(self) -> tuple[AclGrant, ...]:
        """What is given to everyone."""
        return tuple(one for one in self.grants if one.is_public)


bucket_acl = described(BucketAcl, call("s3", "GetBucketAcl"), of=Bucket, Bucket="bucket")


@evidence
class BucketPolicyStatus(Evidence):
    """Whether S3 takes the bucket policy for a public one."""

    is_public: bool = at("IsPublic")


bucket_policy_status = described(
    BucketPolicyStatus,
    call("s3", "GetBucketPolicyStatus", absent="NoSuchBucketPolicy"),
    "PolicyStatus",
    of=Bucket,
    Bucket="bucket",
)


@evidence
class ObjectLock(Evidence):
    """Object Lock of a bucket: whether versions can be kept from deletion, and are by default."""

    mode: str | None = at("Rule.DefaultRetention.Mode")
    """`COMPLIANCE` or `GOVERNANCE`; None where each object must be locked by whoever writes it."""
    days: int | None = at("Rule.DefaultRetention.Days")
    years: int | None = at("Rule.DefaultRetention.Years")

    @property
    def locks_by_default(self) -> bool:
        """Whether new objects are locked for a time."""
        return self.mode is not None

    @property
    def retention_days(self) -> int:
        """How long new objects are locked."""
        return (self.days or 0) + 365 * (self.years or 0)


object_lock = described(
    ObjectLock,
    call("s3", "GetObjectLockConfiguration", absent="ObjectLockConfigurationNotFoundError"),
    "ObjectLockConfiguration",
    of=Bucket,
    Bucket="bucket",
)


@evidence
class Notification(Evidence):
    """Which events go where."""

    id: str = at("Id", absent="")
    """PutBucketNotificationConfiguration: an id is optional."""
    target: str = at("", parse=lambda raw: raw.get("TopicArn") or raw.get("QueueArn") or raw["LambdaFunctionArn"])
    events: tuple[str, ...] = at("Events")
    key_filter: Mapping[str, str] = at("Filter.Key.FilterRules")
    """`prefix` and `suffix`, as S3 writes them: in lower case or capitalized."""


@evidence
class BucketNotifications(Evidence):
    """Which events of a bucket go where."""

    topics: tuple[Notification, ...] = at("TopicConfigurations")
    queues: tuple[Notification, ...] = at("QueueConfigurations")
    functions: tuple[Notification, ...] = at("LambdaFunctionConfigurations")
    to_event_bridge: bool = at("EventBridgeConfiguration", parse=lambda _raw: True, absent=False)
    """S3 user guide: EventBridge is on where its configuration, an empty one, is there."""

    @property
    def all(self) -> tuple[Notification, ...]:
        """All of them, EventBridge apart."""
        return (*self.topics, *self.queues, *self.functions)


bucket_notifications = described(
    BucketNotifications, call("s3", "GetBucketNotificationConfiguration"), of=Bucket, Bucket="bucket"
)


@evidence
class BucketWebsite(Evidence):
    """Website hosting of a bucket, which serves plain HTTP."""

    index: str | None = at("IndexDocument.Suffix")
    redirects_to: str | None = at("RedirectAllRequestsTo.HostName")


bucket_website = described(
    BucketWebsite, call("s3", "GetBucketWebsite", absent="NoSuchWebsiteConfiguration"), of=Bucket, Bucket="bucket"
)


@evidence
class IntelligentTiering(Evidence):
    """An archive configuration of Intelligent-Tiering."""

    id: str = at("Id")
    status: str = at("Status")
    filter: RuleFilter = at("")
    tiers: Mapping[str, int] = at("Tierings", parse=lambda raw: {one["AccessTier"]: one["Days"] for one in raw})
    """Days without access by tier: `ARCHIVE_ACCESS`, `DEEP_ARCHIVE_ACCESS`."""


@evidence
class BucketIntelligentTiering(Evidence):
    """The archive configurations of a bucket."""

    configurations: tuple[IntelligentTiering, ...] = at("IntelligentTieringConfigurationList")


bucket_intelligent_tiering = described(
    BucketIntelligentTiering,
    call("s3", "ListBucketIntelligentTieringConfigurations"),
    of=Bucket,
    Bucket="bucket",
)


@evidence
class Inventory(Evidence):
    """A list of a bucket's objects that S3 writes regularly."""

    id: str = at("Id")
    enabled: bool = at("IsEnabled")
    frequency: str = at("Schedule.Frequency")


@evidence
class BucketInventories(Evidence):
    """The inventories of a bucket."""

    inventories: tuple[Inventory, ...] = at("InventoryConfigurationList")


bucket_inventories = described(
    BucketInventories, call("s3", "ListBucketInventoryConfigurations"), of=Bucket, Bucket="bucket"
)


@evidence
class AccessPoint(Resource):
    """An access point: a name and a policy of its own for a bucket."""

    type_name: ClassVar = "AWS::S3::AccessPoint"
    arn: str = at("AccessPointArn")
    access_point: str = at("Name")
    bucket: str = at("Bucket")
    bucket_account: str | None = at("BucketAccountId")
    network: str = at("NetworkOrigin")
    """`Internet` or `VPC`."""
    vpc: str | None = at("VpcConfiguration.VpcId")
    owner: str = at("AccessPointArn", parse=lambda arn: arn.split(":")[4])


@collector(call("s3control", "ListAccessPoints"))
def access_points(aws: Aws, region: Region) -> Iterable[AccessPoint]:
    """The account's access points to buckets of a region."""
    for page in aws.pages("ListAccessPoints", AccountId=region.account.id):
        for raw in page.get("AccessPointList", ()):
            yield aws.parse(AccessPoint, raw)


@evidence
class AccessPointPublicAccessBlock(PublicAccessBlock):
    """Block Public Access of an access point; it is chosen at creation and never changes."""


@evidence
class AccessPointPolicyStatus(Evidence):
    """Whether S3 takes the policy of an access point for a public one."""

    is_public: bool = at("IsPublic")


access_point_public_access_block = described(
    AccessPointPublicAccessBlock,
    call("s3control", "GetAccessPoint"),
    "PublicAccessBlockConfiguration",
    of=AccessPoint,
    AccountId="owner",
    Name="access_point",
)
access_point_policy_status = described(
    AccessPointPolicyStatus,
    call("s3control", "GetAccessPointPolicyStatus", absent="NoSuchAccessPointPolicy"),
    "PolicyStatus",
    of=AccessPoint,
    AccountId="owner",
    Name="access_point",
)


@evidence
class MultiRegionBucket(Evidence):
    """A bucket behind a multi-region access point."""

    bucket: str = at("Bucket")
    region: str = at("Region")


@evidence
class MultiRegionAccessPoint(Resource):
    """One name for buckets of several regions."""

    type_name: ClassVar = "AWS::S3::MultiRegionAccessPoint"
    arn_format: ClassVar = "arn:{partition}:s3::{account}:accesspoint/{alias}"
    access_point: str = at("Name")
    alias: str = at("Alias")
    status: str = at("Status")
    buckets: tuple[MultiRegionBucket, ...] = at("Regions")


multi_region_access_points = listed(
    MultiRegionAccessPoint,
    call("s3control", "ListMultiRegionAccessPoints"),
    "AccessPoints[]",
    of=Account,
    skip={"Status": ("DELETING",)},
    AccountId="id",
)


@evidence
class StorageLensEntry(Resource):
    """A configuration of Storage Lens as it is listed."""

    type_name: ClassVar = "AWS::S3::StorageLens"
    arn: str = at("StorageLensArn")
    id: str = at("Id")
    home: str = at("HomeRegion")
    enabled: bool = at("IsEnabled", absent=False)
    owner: str = at("StorageLensArn", parse=lambda arn: arn.split(":")[4])


@collector(call("s3control", "ListStorageLensConfigurations"))
def storage_lens_entries(aws: Aws, region: Region) -> Iterable[StorageLensEntry]:
    """The configurations whose home is this region."""
    for page in aws.pages("ListStorageLensConfigurations", AccountId=region.account.id):
        for raw in page.get("StorageLensConfigurationList", ()):
            if raw.get("HomeRegion", region.name) == region.name:
                yield aws.parse(StorageLensEntry, raw)


@evidence
class StorageLens(Evidence):
    """What a configuration of Storage Lens measures and where it writes it."""

    buckets: tuple[str, ...] = at("Include.Buckets")
    regions: tuple[str, ...] = at("Include.Regions")
    """Both empty where it is about everything that is not excluded."""
    excluded_buckets: tuple[str, ...] = at("Exclude.Buckets")
    excluded_regions: tuple[str, ...] = at("Exclude.Regions")
    bucket_cost_metrics: bool = at("AccountLevel.BucketLevel.AdvancedCostOptimizationMetrics.IsEnabled", absent=False)
    prefix_metrics: bool = at("AccountLevel.BucketLevel.PrefixLevel.StorageMetrics.IsEnabled", absent=False)
    """These are paid for, and off by default (S3 user guide)."""
    exports_to: str | None = at("DataExport.S3BucketDestination.Arn")


storage_lens = described(
    StorageLens,
    call("s3control", "GetStorageLensConfiguration"),
    "StorageLensConfiguration",
    of=StorageLensEntry,
    AccountId="owner",
    ConfigId="id",
)
