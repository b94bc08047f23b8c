"""Data classification and protection."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from auditor.every import Every
from auditor.evidence.cloudtrail import Trail
from auditor.evidence.config import DeliveryChannel
from auditor.evidence.dynamodb import Table, TableExport
from auditor.evidence.macie import (
    AutomatedDiscovery,
    ClassificationJob,
    ClassifiedBucket,
    FindingsFilter,
    FindingsPublication,
    MacieSession,
    SensitiveDataFinding,
    finding_bucket,
)
from auditor.evidence.organizations import MemberAccount
from auditor.evidence.rds import DbExportTask
from auditor.evidence.s3 import Bucket, BucketReplication
from auditor.evidence.securityhub import Hub
from auditor.evidence.tagging import TaggedResource
from auditor.inference.access import Perimeter
from auditor.inference.alerts import Alerts, Reach, event
from auditor.inference.environments import PRODUCTION, Environments
from auditor.model import Account, Region, Severity, Verdict, failed, manual, not_applicable, passed, unknown
from auditor.wiring import check

_SLOW = "SIX_HOURS"
_OFF = "Macie is off here"


@check(severity=Severity.MEDIUM, practices=["SEC07-BP03"])
def macie_session_missing(
    region: Region,
    session: MacieSession | None,
    buckets: Every[Bucket],
    trails: Every[Trail],
    channels: Every[DeliveryChannel],
    tagged: Every[TaggedResource],
    *,
    classification_tags: tuple[str, ...] = ("DataClassification", "data-classification", "Sensitivity"),
    sensitive_values: tuple[str, ...] = ("confidential", "restricted", "pii", "phi", "secret"),
) -> Verdict:
    """Macie is enabled in every region that stores objects.

    Why: nobody knows by heart which of the buckets hold personal data or keys; without Macie a leak tells.
    Fix: enable Amazon Macie in the region, best from the delegated administrator for all accounts, and publish
        findings every fifteen minutes.

    `classification_tags` are tag keys, and `sensitive_values` the values of them that mean sensitive data.
    """
    if not region.serves("macie2"):
        return not_applicable("the region has no Macie")
    stored = {one.bucket for one in buckets.within(region.name)}
    if not stored:
        return not_applicable("no bucket is here")
    stored -= {one.log_bucket for one in trails} | {one.bucket for one in channels if one.bucket}
    if not stored:
        return not_applicable("only logs of CloudTrail and AWS Config are stored here")
    if session is None or not session.is_enabled:
        state = session.status.lower() if session else "off"
        called = [name for name in _tagged(tagged, classification_tags, sensitive_values) if name in stored]
        if called:
            reason = f"Macie is {state}, and of {len(stored)} buckets here a tag calls {called[0]} sensitive"
            return failed(reason, severity=Severity.HIGH, sensitive=called)
        return failed(f"Macie is {state}, and {len(stored)} buckets are here")
    if session.publishing_frequency == _SLOW:
        return failed("Macie publishes updated policy findings every six hours only", severity=Severity.LOW)
    return passed("Macie is enabled")


def _tagged(tagged: Every[TaggedResource], keys: Sequence[str], values: Sequence[str]) -> list[str]:
    """The buckets that are known to have a tag which says that their data is sensitive."""
    buckets = (one for one in tagged.known() if ":s3:::" in one.arn)
    sensitive = (one for one in buckets if any(one.tags.get(key, "").lower() in values for key in keys))
    return [one.arn.rpartition(":")[2] for one in sensitive]


@check(severity=Severity.MEDIUM, practices=["SEC07-BP03"])
def macie_automated_discovery_off(
    region: Region,
    session: MacieSession | None,
    discovery: AutomatedDiscovery | None,
    jobs: Every[ClassificationJob],
) -> Verdict:
    """Sensitive data discovery runs continuously.

    Why: buckets change every day; what was classified once says nothing about the dump that arrived last night.
    Fix: enable automated sensitive data discovery, or schedule a classification job that covers all buckets.
    """
    if session is None or not session.is_enabled:
        return not_applicable(_OFF)
    if discovery is not None and discovery.is_enabled:
        return passed("automated discovery is on")
    scheduled = [one.job for one in jobs.within(region.name) if one.recurs]
    if scheduled:
        return passed(f"job {scheduled[0]} runs on a schedule")
    return failed("automated discovery is off, and no classification job runs on a schedule")


_STALE_DAYS = 90


@check(severity=Severity.MEDIUM, practices=["SEC07-BP03", "SEC07-BP01"])
def macie_bucket_unmonitored(bucket: ClassifiedBucket, account: Account) -> Verdict:
    """No bucket escapes classification.

    Why: sensitive data gathers where nobody looks: in the bucket that is excluded, or that Macie may not read.
    Fix: take the bucket into automated discovery or a scheduled job, and let Macie's service-linked role through its
        bucket policy and key policy.
    """
    if bucket.error == "ACCESS_DENIED":
        return failed("Macie is refused by the bucket", severity=Severity.HIGH)
    if bucket.error == "BUCKET_COUNT_EXCEEDS_QUOTA":
        return failed("Macie passes it by: the account has more buckets than Macie's quota")
    if not bucket.objects:
        return not_applicable("it is empty")
    if bucket.classifiable and not (bucket.is_monitored or bucket.is_in_job):
        return failed(f"{bucket.classifiable} objects that Macie can read are in no discovery and no job")
    if bucket.unclassifiable > bucket.objects / 2:
        return failed(
            f"{bucket.unclassifiable} of {bucket.objects} objects are of a format or key that Macie cannot open"
        )
    if bucket.last_discovery and bucket.last_discovery < account.now - timedelta(days=_STALE_DAYS):
        return failed(f"it was last looked into on {bucket.last_discovery:%Y-%m-%d}", severity=Severity.LOW)
    return passed("Macie looks into it")


@check(severity=Severity.MEDIUM, practices=["SEC04-BP03", "SEC07-BP03"])
def macie_finding_alert_missing(
    region: Region,
    session: MacieSession | None,
    publication: FindingsPublication | None,
    hub: Hub | None,
    alerts: Alerts,
    filters: Every[FindingsFilter],
) -> Verdict:
    """A sensitive data finding raises an alert.

    Why: the copy of production data in a test bucket is found, and nobody reads Macie's console.
    Fix: route aws.macie findings by an EventBridge rule to a topic or function, or publish classification findings to
        Security Hub and route them from there. Let suppression rules name the bucket that they are about.
    """
    if session is None or not session.is_enabled:
        return not_applicable(_OFF)
    reached = alerts.reach(region.name, _macie_event(region))
    if reached >= Reach.NOTIFICATION:
        return _kept(region, filters) or passed("an EventBridge rule takes sensitive data findings to a target")
    if reached is Reach.UNCLEAR:
        return unknown("a rule uses a matcher of event patterns that is not known here")
    if hub is None or publication is None or not publication.has_classification_findings:
        return failed("no rule takes sensitive data findings, and Security Hub does not get them")
    if alerts.reach(region.name, _hub_event(region)) >= Reach.NOTIFICATION:
        return _kept(region, filters) or passed("Security Hub gets them, and a rule takes its findings to a target")
    return failed("only Security Hub gets sensitive data findings, and no rule takes them on", severity=Severity.LOW)


def _kept(region: Region, filters: Every[FindingsFilter]) -> Verdict | None:
    """A failure, if a suppression rule swallows findings before any rule or Security Hub sees them."""
    swallowing = (one for one in filters.within(region.name) if not one.is_pinned and not one.is_about_policies)
    found = next(swallowing, None)
    if found is None:
        return None
    by = f"by {', '.join(sorted(found.criteria))} alone" if found.criteria else "all there are"
    return failed(f"suppression rule {found.filter_name} archives findings {by}, of any bucket", severity=Severity.HIGH)


_FINDING_TYPE = "SensitiveData:S3Object/Personal"


def _macie_event(region: Region) -> Mapping[str, Any]:
    severity = {"description": "High", "score": 3}
    detail = {"type": _FINDING_TYPE, "category": "CLASSIFICATION", "severity": severity, "archived": False}
    return event(region, "aws.macie", "Macie Finding", {**detail, "accountId": region.account.id})


def _hub_event(region: Region) -> Mapping[str, Any]:
    finding = {
        "ProductName": "Macie",
        "Severity": {"Label": "HIGH", "Normalized": 70},
        "Types": [f"Sensitive Data Identifications/PII/{_FINDING_TYPE}"],
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
    }
    return event(region, "aws.securityhub", "Security Hub Findings - Imported", {"findings": [finding]})


_SENSITIVE_SCORE = 51
"""From here on Macie calls a bucket sensitive (Macie user guide, sensitivity scoring)."""


@check(severity=Severity.CRITICAL, practices=["SEC07-BP02", "SEC08-BP04"])
def macie_sensitive_bucket_exposed(
    bucket: ClassifiedBucket,
    *,
    classification_tags: tuple[str, ...] = ("DataClassification", "data-classification", "Sensitivity"),
    sensitive_values: tuple[str, ...] = ("confidential", "restricted", "pii", "phi", "secret"),
) -> Verdict:
    """Buckets with sensitive data are neither public, shared nor plain.

    Why: this is the bucket that the breach notification will be about.
    Fix: turn on Block Public Access, remove grants to other accounts, and use a customer managed KMS key and
        versioning; or move the data out.

    `classification_tags` are tag keys, and `sensitive_values` the values of them that mean sensitive data.
    """
    tagged = {bucket.tags[name].lower() for name in classification_tags if name in bucket.tags}
    scored = bucket.sensitivity is not None and bucket.sensitivity >= _SENSITIVE_SCORE
    if not scored and not tagged.intersection(sensitive_values):
        return not_applicable("neither Macie nor a tag calls it sensitive")
    flaws = list(_exposures(bucket))
    if flaws:
        worst, why = flaws[0]
        return failed(f"it holds sensitive data and {why}", severity=worst, flaws=[text for _, text in flaws])
    if "UNKNOWN" in (bucket.exposure, bucket.shared_access):
        return unknown("Macie could not determine whether it is public or shared")
    return passed("it is private, encrypted with a KMS key and versioned")


def _exposures(bucket: ClassifiedBucket) -> Iterator[tuple[Severity, str]]:
    """What is wrong with a bucket of sensitive data, the worst first."""
    if bucket.exposure == "PUBLIC":
        yield Severity.CRITICAL, "is public"
    if bucket.shared_access == "EXTERNAL":
        yield Severity.HIGH, "is shared with accounts outside the organization"
    if bucket.is_replicated_externally:
        yield Severity.HIGH, "is replicated to accounts outside the organization"
    if bucket.encryption == "NONE":
        yield Severity.MEDIUM, "is not encrypted by default"
    if bucket.encryption == "AES256":
        yield Severity.LOW, "is encrypted with S3's own key, which no policy guards"
    if not bucket.is_versioned:
        yield Severity.LOW, "keeps no versions"


@check(severity=Severity.HIGH, practices=["SEC07-BP02", "SEC07-BP03"])
def macie_sensitive_data_in_nonproduction(
    bucket: ClassifiedBucket,
    findings: Every[SensitiveDataFinding],
    *,
    environment_tags: tuple[str, ...] = ("Environment", "env", "stage"),
    nonproduction_values: tuple[str, ...] = ("dev", "development", "test", "qa", "staging", "sandbox", "nonprod"),
    nonproduction_pattern: str = "(?i)(^|[-.])(dev|test|qa|stg|staging|sandbox|nonprod)([-.]|$)",
    bulk_count: int = 100,
) -> Verdict:
    """No production-grade personal data sits in non-production buckets.

    Why: test buckets are open to everybody who develops, and to the tools that they try out.
    Fix: delete the copy that the finding names, rotate credentials that it holds, and give developers masked or made-up
        data.

    `environment_tags` with `nonproduction_values`, or `nonproduction_pattern` in a name, tell buckets that are not for
    production; from `bulk_count` pieces of data on an object counts as a dump.
    """
    said = next((f"{key}={bucket.tags[key]}" for key in environment_tags if key in bucket.tags), "")
    tagged = said.partition("=")[2].lower() in nonproduction_values
    if not tagged and (said or not re.search(nonproduction_pattern, bucket.bucket)):
        return not_applicable("neither its tags nor its name call it non-production")
    found = findings.by(finding_bucket, bucket.region).get(bucket.bucket, ())
    why = f"its tag {said}" if tagged else "its name"
    if not found:
        if bucket.sensitivity is not None and bucket.sensitivity >= _SENSITIVE_SCORE:
            reason = f"Macie scores it {bucket.sensitivity}, though {why} says that it is not for production"
            return failed(reason, severity=Severity.MEDIUM)
        return passed(f"Macie has no open finding in it, which {why} calls non-production")
    worst = max(found, key=lambda one: ("CREDENTIALS" in one.categories, one.count))
    grave = "CREDENTIALS" in worst.categories or worst.count >= bulk_count
    kinds = ", ".join(sorted(worst.categories)).lower() or "sensitive data"
    reason = (
        f"{worst.object_key} holds {worst.count} pieces of {kinds}, though {why} says that it is not for production"
    )
    return failed(reason, severity=Severity.CRITICAL if grave else Severity.HIGH, findings=len(found))


@check(severity=Severity.HIGH, practices=["SEC07-BP02"])
def production_export_to_nonproduction(
    bucket: Bucket,
    replication: BucketReplication | None,
    buckets: Every[Bucket],
    places: Environments,
    perimeter: Perimeter,
    members: Every[MemberAccount],
    *,
    trusted_accounts: tuple[str, ...] = (),
) -> Verdict:
    """Production buckets are not replicated to non-production or to strangers.

    Why: a replication that somebody set up for one test goes on copying every object, and nobody looks at it.
    Fix: delete the rule (or make its Destination a production bucket), and empty the bucket that got the copies.

    `trusted_accounts` are account ids besides the account itself and its organization.
    """
    rules = replication.enabled if replication else ()
    if not rules:
        return not_applicable("it is not replicated")
    named = {one.destination_account for one in rules if one.destination_account}
    strangers = {one for one in named if not perimeter.is_inside(one)}.difference(trusted_accounts)
    if strangers and not trusted_accounts:
        strangers = strangers.difference(one.account_id for one in members)
    if strangers:
        return failed(f"it is replicated to account {', '.join(sorted(strangers))}, which is not trusted")
    source = places.of(bucket.arn, bucket.region)
    regions = {one.bucket: one.region for one in buckets}
    targets = {one.destination: _place(one.destination_arn, regions, places) for one in rules}
    wrong = next((name for name, found in targets.items() if found not in ("", PRODUCTION)), "")
    return _flow(source, targets.get(wrong, next(iter(targets.values()))), f"it is replicated to {wrong or 'others'}")


def _place(bucket_arn: str, regions: Mapping[str, str], places: Environments) -> str:
    """The environment of a bucket, perhaps of one that another account has."""
    return places.of(bucket_arn, regions.get(bucket_arn.rpartition(":")[2], ""))


def _flow(source: str, target: str, told: str) -> Verdict:
    """The verdict on a copy, by the environments on both sides."""
    if not source or not target:
        return not_applicable("neither tags nor names tell the environments of both sides")
    if source == PRODUCTION and target != PRODUCTION:
        return failed(f"{told}, which is for {target}", source=source, target=target)
    return passed(f"{told}: from {source} to {target}")


@check(severity=Severity.HIGH, practices=["SEC07-BP02"])
def rds_export_to_nonproduction(
    task: DbExportTask, account: Account, buckets: Every[Bucket], places: Environments, *, lookback_days: int = 90
) -> Verdict:
    """Production databases are not exported to non-production buckets.

    Why: an export is the whole database as files, for everybody who may read the bucket.
    Fix: delete the exported files, and mask the data before developers get it.

    `lookback_days` is how old an export may be to be looked at.
    """
    if task.status != "COMPLETE" or not _is_recent(task.ended, account, lookback_days):
        return not_applicable(f"it is {task.status}, or older than {lookback_days} days")
    source, name = places.of(task.source, task.region), task.source.split(":", 6)[-1]
    return _flow(source, _bucket_place(task.bucket, account, buckets, places), f"{name} was exported to {task.bucket}")


@check(severity=Severity.HIGH, practices=["SEC07-BP02"])
def dynamodb_export_to_nonproduction(
    export: TableExport, account: Account, buckets: Every[Bucket], places: Environments, *, lookback_days: int = 90
) -> Verdict:
    """Production tables are not exported to non-production buckets.

    Why: an export is the whole table as files, for everybody who may read the bucket.
    Fix: delete the exported files, and mask the data before developers get it.

    `lookback_days` is how old an export may be to be looked at.
    """
    if export.status != "COMPLETED" or not _is_recent(export.ended, account, lookback_days):
        return not_applicable(f"it is {export.status}, or older than {lookback_days} days")
    source, name = places.of(export.table_arn, export.region), export.table_arn.rpartition("/")[2]
    target = _bucket_place(export.bucket, account, buckets, places)
    return _flow(source, target, f"{name} was exported to {export.bucket}")


def _is_recent(ended: datetime | None, account: Account, days: int) -> bool:
    return ended is not None and account.now - ended <= timedelta(days=days)


def _bucket_place(name: str, account: Account, buckets: Every[Bucket], places: Environments) -> str:
    region = next((one.region for one in buckets if one.bucket == name), "")
    return places.of(f"arn:{account.partition}:s3:::{name}", region)


@check(severity=Severity.HIGH, practices=["SEC07-BP02"])
def dynamodb_restore_to_nonproduction(table: Table, places: Environments) -> Verdict:
    """Production tables are not restored as non-production ones.

    Why: a restored table has every row of the original, behind the rights of a test.
    Fix: delete the table, and make test data or mask what developers need.
    """
    if table.restored_from is None:
        return not_applicable("it was not restored from another table")
    source = places.of(table.restored_from, table.region)
    name = table.restored_from.rpartition("/")[2]
    return _flow(source, places.of(table.arn, table.region), f"{name} was restored as {table.table}")


@check(severity=Severity.MEDIUM, practices=["SEC07-BP01"])
def data_classification_scheme_defined(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """A classification scheme says which data is sensitive.

    Why: Macie's managed identifiers find common kinds of data; which kinds the business holds no API knows.
    Fix: define classes of data with owners, add custom identifiers for the business's own kinds to Macie, and
    tag stores by class; answer in the audit profile.
    """
    return manual("is there a scheme of data classes, and does Macie look for the kinds that the business holds?")
