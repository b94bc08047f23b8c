"""Amazon Macie: whether it runs in a region, what it classifies, and where its findings go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import Call, call
from auditor.errors import Absent, Unread
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector

_OFF = "not enabled"
"""Macie answers AccessDeniedException with `Macie is not enabled`, where others say that there is none."""


def _macie(operation: str, **params: Any) -> Call:
    return call("macie2", operation, absent="ResourceNotFoundException", **params)


def _asked(aws: Aws, operation: str) -> Iterable[dict[str, Any]]:
    """The pages of an answer; `Absent` where Macie is off, which its code alone does not tell from a denial."""
    try:
        yield from aws.pages(operation)
    except Unread as failure:
        if _OFF in failure.gap.message.lower():
            raise Absent(failure.gap.message) from failure
        raise


@evidence
class MacieSession(Evidence):
    """Macie in a region."""

    status: str = at("status")
    publishing_frequency: str = at("findingPublishingFrequency")

    @property
    def is_enabled(self) -> bool:
        """Whether it runs; a paused one keeps its findings and looks at nothing."""
        return self.status == "ENABLED"


@collector(_macie("GetMacieSession"))
def macie_session(aws: Aws, _region: Region) -> MacieSession:
    """The session of a region."""
    return aws.parse(MacieSession, next(iter(_asked(aws, "GetMacieSession"))))


@evidence
class AutomatedDiscovery(Evidence):
    """Automated discovery of sensitive data."""

    status: str = at("status")

    @property
    def is_enabled(self) -> bool:
        """Whether buckets are sampled all the time."""
        return self.status == "ENABLED"


@collector(_macie("GetAutomatedDiscoveryConfiguration"))
def automated_discovery(aws: Aws, _region: Region) -> AutomatedDiscovery:
    """The configuration of a region; a member account may not read it."""
    return aws.parse(AutomatedDiscovery, next(iter(_asked(aws, "GetAutomatedDiscoveryConfiguration"))))


@evidence
class FindingsPublication(Evidence):
    """What Macie sends to Security Hub."""

    has_policy_findings: bool = at("securityHubConfiguration.publishPolicyFindings")
    has_classification_findings: bool = at("securityHubConfiguration.publishClassificationFindings")


@collector(_macie("GetFindingsPublicationConfiguration"))
def findings_publication(aws: Aws, _region: Region) -> FindingsPublication:
    """The configuration of a region."""
    return aws.parse(FindingsPublication, next(iter(_asked(aws, "GetFindingsPublicationConfiguration"))))


@evidence
class ClassificationJob(Resource):
    """A job that looks for sensitive data in buckets."""

    type_name: ClassVar = "AWS::Macie::ClassificationJob"
    arn_format: ClassVar = "arn:{partition}:macie2:{region}:{account}:classification-job/{job_id}"
    job_id: str = at("jobId")
    job: str = at("name")
    status: str = at("jobStatus")
    kind: str = at("jobType")

    @property
    def recurs(self) -> bool:
        """Whether it runs on a schedule and is not paused or cancelled."""
        return self.kind == "SCHEDULED" and self.status in ("IDLE", "RUNNING")


@collector(_macie("ListClassificationJobs", page=200))
def classification_jobs(aws: Aws, _region: Region) -> Iterable[ClassificationJob]:
    """The jobs of a region."""
    for page in _asked(aws, "ListClassificationJobs"):
        for raw in page.get("items", ()):
            yield aws.parse(ClassificationJob, raw)


@evidence
class ClassifiedBucket(Resource):
    """A bucket as Macie sees it."""

    type_name: ClassVar = "AWS::S3::Bucket"
    arn: str = at("bucketArn")
    bucket: str = at("bucketName")
    region: str = at("region")
    tags: Mapping[str, str] = at("tags")
    objects: int = at("objectCount")
    classifiable: int = at("classifiableObjectCount")
    unclassifiable: int = at("unclassifiableObjectCount.total")
    error: str | None = at("errorCode")
    is_monitored: bool = at(
        "automatedDiscoveryMonitoringStatus", parse=lambda status: status == "MONITORED", absent=False
    )
    is_in_job: bool = at("jobDetails.isMonitoredByJob", parse=lambda answer: answer == "TRUE", absent=False)
    last_discovery: datetime | None = at("lastAutomatedDiscoveryTime")
    sensitivity: int | None = at("sensitivityScore")
    exposure: str | None = at("publicAccess.effectivePermission")
    shared_access: str | None = at("sharedAccess")
    is_replicated_externally: bool = at("replicationDetails.replicatedExternally")
    encryption: str | None = at("serverSideEncryption.type")
    is_versioned: bool = at("versioning")


@collector(_macie("DescribeBuckets", page=1000))
def classified_buckets(aws: Aws, _region: Region) -> Iterable[ClassifiedBucket]:
    """The buckets of this account in a region; an administrator's answer has those of its members too."""
    for page in _asked(aws, "DescribeBuckets"):
        for raw in page.get("buckets", ()):
            if raw.get("accountId") in (aws.account, None):
                yield aws.parse(ClassifiedBucket, raw)


@evidence
class FoundSensitiveData(Evidence):
    """How often a category of sensitive data was found in an object."""

    category: str = at("category")
    """`FINANCIAL_INFORMATION`, `PERSONAL_INFORMATION`, `CREDENTIALS` or `CUSTOM_IDENTIFIER`."""
    count: int = at("totalCount", absent=0)


@evidence
class SensitiveDataFinding(Resource):
    """An open finding of sensitive data in an object."""

    type_name: ClassVar = "AWS::Macie::Finding"
    arn_format: ClassVar = "arn:{partition}:macie2:{region}:{account}:finding/{id}"
    id: str = at("id")
    bucket: str = at("resourcesAffected.s3Bucket.name")
    object_key: str | None = at("resourcesAffected.s3Object.key")
    object_bytes: int | None = at("resourcesAffected.s3Object.size")
    object_modified: datetime | None = at("resourcesAffected.s3Object.lastModified")
    found: tuple[FoundSensitiveData, ...] = at("classificationDetails.result.sensitiveData")

    @property
    def categories(self) -> frozenset[str]:
        """The categories of what was found."""
        return frozenset(one.category for one in self.found)

    @property
    def count(self) -> int:
        """How many pieces of sensitive data were found."""
        return sum(one.count for one in self.found)


def finding_bucket(finding: SensitiveDataFinding) -> str:
    """To find the findings of a bucket: `findings.by(finding_bucket, region)`."""
    return finding.bucket


_OPEN_CLASSIFICATIONS = {"criterion": {"category": {"eq": ["CLASSIFICATION"]}, "archived": {"eq": ["false"]}}}
_AT_ONCE = 50
"""The most that GetFindings takes."""


@collector(_macie("GetFindings"), _macie("ListFindings", page=_AT_ONCE, findingCriteria=_OPEN_CLASSIFICATIONS))
def sensitive_data_findings(aws: Aws, _region: Region) -> Iterable[SensitiveDataFinding]:
    """The open findings of this account in a region, fifty by one call; samples are left out."""
    for page in _asked(aws, "ListFindings"):
        ids = page.get("findingIds", [])
        found = aws("GetFindings", findingIds=ids)["findings"] if ids else ()
        for raw in found:
            if raw.get("accountId") in (aws.account, None) and not raw.get("sample"):
                yield aws.parse(SensitiveDataFinding, raw)


_PINNING = ("resourcesAffected.s3Bucket.", "resourcesAffected.s3Object.")


@evidence
class FindingsFilter(Resource):
    """A filter that archives what matches: a suppression rule. Macie publishes nothing of what it archives."""

    type_name: ClassVar = "AWS::Macie::FindingsFilter"
    arn: str = at("arn")
    filter_name: str = at("name")
    criteria: Mapping[str, Mapping[str, Any]] = at("findingCriteria.criterion")
    """Conditions by the finding's field."""

    def _named(self, field: str) -> tuple[str, ...]:
        condition = self.criteria.get(field, {})
        return tuple(condition.get("eq") or condition.get("eqExactMatch") or ())

    @property
    def is_pinned(self) -> bool:
        """Whether it names buckets or objects, so that findings about others are kept."""
        return any(self._named(field) for field in self.criteria if field.startswith(_PINNING))

    @property
    def is_about_policies(self) -> bool:
        """Whether it archives findings about the settings of buckets only, and none of sensitive data."""
        types = self._named("type")
        return self._named("category") == ("POLICY",) or bool(types and all(one.startswith("Policy:") for one in types))


@collector(_macie("GetFindingsFilter"), _macie("ListFindingsFilters", page=50))
def findings_filters(aws: Aws, _region: Region) -> Iterable[FindingsFilter]:
    """The suppression rules of a region; filters that only show findings are not asked about."""
    for page in _asked(aws, "ListFindingsFilters"):
        for item in page.get("findingsFilterListItems", ()):
            if item.get("action") == "ARCHIVE":
                yield aws.parse(FindingsFilter, aws("GetFindingsFilter", id=item["id"]))
