"""Amazon S3: buckets and their configuration, and the account's block of public access."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Account
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


@evidence
class BucketPolicy(Evidence):
    """The bucket policy."""

    document: PolicyDocument = at("Policy", parse=PolicyDocument.read)


bucket_policy = described(BucketPolicy, call("s3", "GetBucketPolicy", absent="NoSuchBucketPolicy"), of=Bucket, Bucket="bucket")


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
