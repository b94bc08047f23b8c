import json
from typing import Any

from auditor.evidence.cloudtrail import Trail
from auditor.evidence.config import DeliveryChannel
from auditor.evidence.dynamodb import Table, TableEntry, TableExport
from auditor.evidence.events import EventBus, EventRule, RuleTarget
from auditor.evidence.macie import (
    AutomatedDiscovery,
    ClassificationJob,
    ClassifiedBucket,
    FindingsFilter,
    FindingsPublication,
    MacieSession,
    SensitiveDataFinding,
)
from auditor.evidence.organizations import MemberAccount
from auditor.evidence.rds import DbExportTask
from auditor.evidence.s3 import Bucket, BucketEntry, BucketReplication
from auditor.evidence.securityhub import Hub
from auditor.evidence.tagging import TaggedResource
from auditor.inference.access import Perimeter
from auditor.inference.alerts import Alerts
from auditor.inference.environments import Environments
from auditor.model import Region, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    REGION,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    gap,
    gathered,
    made,
)

HERE = "eu-west-1:123456789012"


def session(status: str = "ENABLED", frequency: str = "FIFTEEN_MINUTES") -> MacieSession:
    found = gathered(MacieSession, GetMacieSession={"status": status, "findingPublishingFrequency": frequency})
    assert isinstance(found, MacieSession)
    return found


def bucket(name: str, region: str = "eu-west-1") -> Bucket:
    found = gathered(Bucket, made(BucketEntry, Name=name, BucketRegion=region))
    assert isinstance(found[0], Bucket)
    return found[0]


TRAIL = gathered(
    Trail,
    REGION,
    DescribeTrails={
        "trailList": [{"Name": "t", "TrailARN": "arn:t", "HomeRegion": "eu-west-1", "S3BucketName": "trail"}]
    },
)
CHANNEL = made(DeliveryChannel, name="default", s3BucketName="config")
LOGS = (every(*TRAIL), every(CHANNEL))
DATA = every(bucket("data"))

UNTAGGED: Any = every()
TAGS_DENIED: Any = every(gaps=(gap("tag:GetResources"),))
MEDIUM = Severity.MEDIUM


def labelled(name: str, sensitivity: str) -> TaggedResource:
    tags = [{"Key": "Sensitivity", "Value": sensitivity}]
    return made(TaggedResource, ResourceARN=f"arn:aws:s3:::{name}", Tags=tags)


test_macie_session_missing = cases(
    "macie_session_missing",
    case(
        "no Macie in the region",
        NOT_APPLICABLE,
        Region("eu-west-1", ACCOUNT, frozenset({"macie2"})),
        None,
        DATA,
        *LOGS,
        UNTAGGED,
    ),
    case("enabled", PASS, REGION, session(), DATA, *LOGS, UNTAGGED),
    case("off", FAIL, REGION, None, DATA, *LOGS, UNTAGGED, because="1 buckets", severity=Severity.MEDIUM),
    case("paused", FAIL, REGION, session("PAUSED"), DATA, *LOGS, UNTAGGED, because="paused"),
    case(
        "off, beside sensitive data",
        FAIL,
        REGION,
        None,
        DATA,
        *LOGS,
        every(labelled("data", "PII")),
        because="a tag calls data sensitive",
        severity=Severity.HIGH,
    ),
    case(
        "off, sensitive data elsewhere", FAIL, REGION, None, DATA, *LOGS, every(labelled("x", "PII")), severity=MEDIUM
    ),
    case("off, beside public data", FAIL, REGION, None, DATA, *LOGS, every(labelled("data", "open")), severity=MEDIUM),
    case("off, tags denied", FAIL, REGION, None, DATA, *LOGS, TAGS_DENIED, severity=MEDIUM),
    case("slow", FAIL, REGION, session(frequency="SIX_HOURS"), DATA, *LOGS, UNTAGGED, severity=Severity.LOW),
    case("no bucket", NOT_APPLICABLE, REGION, None, every(bucket("data", "us-east-1")), *LOGS, UNTAGGED),
    case("logs only", NOT_APPLICABLE, REGION, None, every(bucket("trail"), bucket("config")), *LOGS, UNTAGGED),
    case("denied", UNKNOWN, REGION, session(), every(gaps=(gap("s3:ListBuckets", "global"),)), *LOGS, UNTAGGED),
)


def discovery(status: str) -> AutomatedDiscovery:
    found = gathered(AutomatedDiscovery, GetAutomatedDiscoveryConfiguration={"status": status})
    assert isinstance(found, AutomatedDiscovery)
    return found


def job(kind: str, status: str) -> ClassificationJob:
    item = {"jobId": "1", "name": "weekly", "jobType": kind, "jobStatus": status}
    found = gathered(ClassificationJob, ListClassificationJobs={"items": [item]})
    assert isinstance(found[0], ClassificationJob)
    return found[0]


OFF = discovery("DISABLED")

test_macie_automated_discovery_off = cases(
    "macie_automated_discovery_off",
    case("on", PASS, REGION, session(), discovery("ENABLED"), every()),
    case("off", FAIL, REGION, session(), OFF, every(), because="discovery is off"),
    case("a scheduled job", PASS, REGION, session(), OFF, every(job("SCHEDULED", "IDLE")), because="weekly"),
    case("a paused job", FAIL, REGION, session(), OFF, every(job("SCHEDULED", "USER_PAUSED"))),
    case("a job that ran once", FAIL, REGION, session(), OFF, every(job("ONE_TIME", "COMPLETE"))),
    case("Macie is off", NOT_APPLICABLE, REGION, None, None, every()),
    case("Macie is paused", NOT_APPLICABLE, REGION, session("PAUSED"), OFF, every()),
    case("denied", UNKNOWN, REGION, session(), OFF, every(gaps=(gap("macie2:ListClassificationJobs"),))),
)


def classified(**changes: Any) -> ClassifiedBucket:
    raw = {
        "accountId": "123456789012",
        "bucketArn": "arn:aws:s3:::data",
        "bucketName": "data",
        "region": "eu-west-1",
        "objectCount": 10,
        "classifiableObjectCount": 8,
        "unclassifiableObjectCount": {"total": 2},
        "automatedDiscoveryMonitoringStatus": "MONITORED",
        "lastAutomatedDiscoveryTime": ago(days=3),
        "sensitivityScore": 80,
        "publicAccess": {"effectivePermission": "NOT_PUBLIC"},
        "sharedAccess": "NOT_SHARED",
        "replicationDetails": {"replicatedExternally": False},
        "serverSideEncryption": {"type": "aws:kms"},
        "versioning": True,
    }
    found = gathered(ClassifiedBucket, DescribeBuckets={"buckets": [raw | changes]})
    assert isinstance(found[0], ClassifiedBucket)
    return found[0]


def seen(name: str, **changes: Any) -> ClassifiedBucket:
    raw = {"bucketArn": f"arn:aws:s3:::{name}", "bucketName": name, "region": "eu-west-1", "accountId": "123456789012"}
    found: ClassifiedBucket = gathered(ClassifiedBucket, DescribeBuckets={"buckets": [raw | changes]})[0]
    return found


UNMONITORED: dict[str, Any] = {"automatedDiscoveryMonitoringStatus": "NOT_MONITORED"}

test_macie_bucket_unmonitored = cases(
    "macie_bucket_unmonitored",
    case("monitored", PASS, classified(), ACCOUNT),
    case("in no discovery", FAIL, classified(**UNMONITORED), ACCOUNT, because="8 objects", severity=Severity.MEDIUM),
    case("in a job", PASS, classified(**UNMONITORED, jobDetails={"isMonitoredByJob": "TRUE"}), ACCOUNT),
    case("refused", FAIL, classified(errorCode="ACCESS_DENIED"), ACCOUNT, because="refused", severity=Severity.HIGH),
    case("beyond the quota", FAIL, seen("data", errorCode="BUCKET_COUNT_EXCEEDS_QUOTA"), ACCOUNT, because="quota"),
    case("mostly closed", FAIL, classified(unclassifiableObjectCount={"total": 6}), ACCOUNT, because="6 of 10"),
    case("long ago", FAIL, classified(lastAutomatedDiscoveryTime=ago(days=91)), ACCOUNT, severity=Severity.LOW),
    case("empty", NOT_APPLICABLE, classified(objectCount=0, classifiableObjectCount=0), ACCOUNT),
)


def publication(*, classification: bool) -> FindingsPublication:
    settings = {"publishClassificationFindings": classification, "publishPolicyFindings": True}
    answer = {"securityHubConfiguration": settings}
    found = gathered(FindingsPublication, GetFindingsPublicationConfiguration=answer)
    assert isinstance(found, FindingsPublication)
    return found


BUS = made(EventBus, Name="default", Arn=f"arn:aws:events:{HERE}:event-bus/default")
HUB = made(Hub, HubArn=f"arn:aws:securityhub:{HERE}:hub/default")


def alerts(*patterns: Any, target: str = f"arn:aws:sns:{HERE}:alerts") -> Alerts:
    rules = [
        made(EventRule, Name=str(n), Arn=f"arn:rule/{n}", State="ENABLED", EventPattern=json.dumps(one), under=BUS)
        for n, one in enumerate(patterns)
    ]
    return Alerts(every(*rules), every(*(made(RuleTarget, Id="1", Arn=target, under=one) for one in rules)))


MACIE = {"source": ["aws.macie"]}
ONLY_MACIE = {"source": ["aws.securityhub"], "detail": {"findings": {"ProductName": ["Macie"]}}}
PUBLISHED, KEPT = publication(classification=True), publication(classification=False)

NO_FILTER: Any = every()
FILTERS_DENIED: Any = every(gaps=(gap("macie2:ListFindingsFilters"),))


def suppressing(**criterion: Any) -> Any:
    conditions = {key.replace("_", "."): value for key, value in criterion.items()}
    arn = f"arn:aws:macie2:{HERE}:findings-filter/1"
    answers = {
        "ListFindingsFilters": {
            "findingsFilterListItems": [{"id": "1", "action": "ARCHIVE"}, {"id": "2", "action": "NOOP"}]
        },
        "GetFindingsFilter": {"arn": arn, "name": "quiet", "findingCriteria": {"criterion": conditions}},
    }
    found = gathered(FindingsFilter, **answers)
    assert len(found) == 1
    return every(*found)


test_macie_finding_alert_missing = cases(
    "macie_finding_alert_missing",
    case("a rule", PASS, REGION, session(), KEPT, None, alerts(MACIE), NO_FILTER),
    case(
        "no rule", FAIL, REGION, session(), KEPT, HUB, alerts(), NO_FILTER, because="no rule", severity=Severity.MEDIUM
    ),
    case(
        "a rule without effect",
        FAIL,
        REGION,
        session(),
        KEPT,
        HUB,
        alerts(MACIE, target=f"arn:aws:logs:{HERE}:g"),
        NO_FILTER,
    ),
    case(
        "policy findings only",
        FAIL,
        REGION,
        session(),
        KEPT,
        HUB,
        alerts({"detail": {"category": ["POLICY"]}}),
        NO_FILTER,
    ),
    case("Security Hub only", FAIL, REGION, session(), PUBLISHED, HUB, alerts(), NO_FILTER, severity=Severity.LOW),
    case("Security Hub and a rule", PASS, REGION, session(), PUBLISHED, HUB, alerts(ONLY_MACIE), NO_FILTER),
    case(
        "published to no hub", FAIL, REGION, session(), PUBLISHED, None, alerts(), NO_FILTER, severity=Severity.MEDIUM
    ),
    case(
        "a matcher of tomorrow",
        UNKNOWN,
        REGION,
        session(),
        KEPT,
        None,
        alerts({"source": [{"sounds": "x"}]}),
        NO_FILTER,
    ),
    case(
        "a suppression rule for a type",
        FAIL,
        REGION,
        session(),
        KEPT,
        None,
        alerts(MACIE),
        suppressing(type={"eq": ["SensitiveData:S3Object/Personal"]}),
        because="rule quiet archives findings by type alone, of any bucket",
        severity=Severity.HIGH,
    ),
    case("one for everything", FAIL, REGION, session(), PUBLISHED, HUB, alerts(ONLY_MACIE), suppressing()),
    case(
        "one for all buckets but one",
        FAIL,
        REGION,
        session(),
        KEPT,
        None,
        alerts(MACIE),
        suppressing(resourcesAffected_s3Bucket_name={"neq": ["data"]}),
    ),
    case(
        "one for a bucket",
        PASS,
        REGION,
        session(),
        KEPT,
        None,
        alerts(MACIE),
        suppressing(resourcesAffected_s3Bucket_name={"eq": ["data"]}),
    ),
    case(
        "one for policy findings",
        PASS,
        REGION,
        session(),
        KEPT,
        None,
        alerts(MACIE),
        suppressing(category={"eq": ["POLICY"]}),
    ),
    case("filters denied", UNKNOWN, REGION, session(), KEPT, None, alerts(MACIE), FILTERS_DENIED),
    case("no rule, filters denied", FAIL, REGION, session(), KEPT, None, alerts(), FILTERS_DENIED, severity=MEDIUM),
    case("Macie is off", NOT_APPLICABLE, REGION, None, None, HUB, alerts(), NO_FILTER),
)

PLAIN: dict[str, Any] = {"sensitivityScore": 1}

test_macie_sensitive_bucket_exposed = cases(
    "macie_sensitive_bucket_exposed",
    case("private", PASS, classified()),
    case("not sensitive", NOT_APPLICABLE, classified(**PLAIN, publicAccess={"effectivePermission": "PUBLIC"})),
    case(
        "public",
        FAIL,
        classified(publicAccess={"effectivePermission": "PUBLIC"}, versioning=False),
        because="public",
        severity=Severity.CRITICAL,
    ),
    case("shared", FAIL, classified(sharedAccess="EXTERNAL"), because="shared", severity=Severity.HIGH),
    case("replicated", FAIL, classified(replicationDetails={"replicatedExternally": True}), severity=Severity.HIGH),
    case("plain", FAIL, classified(serverSideEncryption={"type": "NONE"}), severity=Severity.MEDIUM),
    case("S3's own key", FAIL, classified(serverSideEncryption={"type": "AES256"}), severity=Severity.LOW),
    case("public or not", UNKNOWN, classified(publicAccess={"effectivePermission": "UNKNOWN"}), because="public or"),
    case("shared or not", UNKNOWN, classified(sharedAccess="UNKNOWN")),
    case("public or not, and without versions", FAIL, classified(sharedAccess="UNKNOWN", versioning=False)),
    case("no versions", FAIL, classified(versioning=False), because="versions", severity=Severity.LOW),
    case(
        "sensitive by tag", FAIL, classified(**PLAIN, tags=[{"key": "Sensitivity", "value": "PII"}], versioning=False)
    ),
    case(
        "tagged as something else", NOT_APPLICABLE, classified(**PLAIN, tags=[{"key": "Sensitivity", "value": "low"}])
    ),
)

# ---- production data elsewhere


def found_in(bucket_name: str, count: int, *categories: str) -> SensitiveDataFinding:
    sensitive = [{"category": category, "totalCount": count} for category in categories]
    raw = {
        "id": "f",
        "accountId": "123456789012",
        "category": "CLASSIFICATION",
        "archived": False,
        "resourcesAffected": {"s3Bucket": {"name": bucket_name}, "s3Object": {"key": "dump.sql"}},
        "classificationDetails": {"result": {"sensitiveData": sensitive}},
    }
    answer = {"ListFindings": {"findingIds": ["f"]}, "GetFindings": {"findings": [raw]}}
    found: SensitiveDataFinding = gathered(SensitiveDataFinding, **answer)[0]
    return found


def tags(**values: str) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


PERSONAL, KEYS = "PERSONAL_INFORMATION", "CREDENTIALS"
FINDINGS_DENIED = every(gaps=(gap("macie2:ListFindings"),))

test_macie_sensitive_data_in_nonproduction = cases(
    "macie_sensitive_data_in_nonproduction",
    case("nothing found", PASS, seen("shop-dev"), every(), because="its name calls non-production"),
    case("found elsewhere", PASS, seen("shop-dev"), every(found_in("other-dev", 5, PERSONAL))),
    case(
        "a few people",
        FAIL,
        seen("shop-dev"),
        every(found_in("shop-dev", 5, PERSONAL)),
        because="dump.sql holds 5 pieces of personal_information",
        severity=Severity.HIGH,
    ),
    case("many people", FAIL, seen("shop-dev"), every(found_in("shop-dev", 100, PERSONAL)), severity=Severity.CRITICAL),
    case("a key", FAIL, seen("shop-dev"), every(found_in("shop-dev", 1, KEYS)), severity=Severity.CRITICAL),
    case("by tag", FAIL, seen("x", tags=tags(env="QA")), every(found_in("x", 5, PERSONAL)), because="its tag env=QA"),
    case(
        "scored only",
        FAIL,
        seen("shop-dev", sensitivityScore=51),
        every(),
        because="scores it 51",
        severity=Severity.MEDIUM,
    ),
    case("scored low", PASS, seen("shop-dev", sensitivityScore=50), every()),
    case("production", NOT_APPLICABLE, seen("shop"), every(found_in("shop", 5, PERSONAL))),
    case("production by tag", NOT_APPLICABLE, seen("shop-dev", tags=tags(Environment="prod")), every()),
    case("denied", UNKNOWN, seen("shop-dev"), FINDINGS_DENIED),
)


def places(*tagged: tuple[str, str], gaps: Any = ()) -> Environments:
    """Environments by tag, of ARNs."""
    found = (made(TaggedResource, ResourceARN=arn, Tags=[{"Key": "env", "Value": value}]) for arn, value in tagged)
    return Environments(every(*found, gaps=gaps))


BY_NAME = places()
UNTOLD = places(gaps=(gap("tag:GetResources"),))
LIVE, MIRROR, UNTOLD_BUCKET, LIVE_COPY = (bucket(name) for name in ("shop-prod", "shop-dev", "shop", "shop-prod-copy"))
ALL = every(LIVE, MIRROR, UNTOLD_BUCKET, LIVE_COPY)
OUTER = Perimeter("123456789012")
NOBODY: Any = every()
OTHER = "999999999999"
SISTER = every(made(MemberAccount, Id=OTHER, Arn=f"arn:aws:organizations::1:account/o-1/{OTHER}"))
MEMBERS_DENIED = every(gaps=(gap("organizations:ListAccounts", "global"),))
BUCKETS_DENIED = every(gaps=(gap("s3:ListAllMyBuckets", "global"),))


def copied(to: str, status: str = "Enabled", account: str = "") -> BucketReplication:
    owner = {"Account": account} if account else {}
    rule = {"Status": status, "Destination": {"Bucket": f"arn:aws:s3:::{to}", **owner}}
    return made(BucketReplication, Role="r", Rules=[rule])


def replicated(*more: Any, source: Bucket = LIVE, members: Any = NOBODY, buckets: Any = ALL, by: Any = BY_NAME) -> Any:
    return source, *more, buckets, by, OUTER, members


test_production_export_to_nonproduction = cases(
    "production_export_to_nonproduction",
    case(
        "production to production", PASS, *replicated(copied("shop-prod-copy")), because="from production to production"
    ),
    case("production to test", FAIL, *replicated(copied("shop-dev")), because="shop-dev, which is for development"),
    case("test to test", PASS, *replicated(copied("shop-dev"), source=MIRROR)),
    case("by tag", FAIL, *replicated(copied("shop-dev"), source=UNTOLD_BUCKET, by=places((UNTOLD_BUCKET.arn, "live")))),
    case("untold", NOT_APPLICABLE, *replicated(copied("shop"))),
    case(
        "a stranger", FAIL, *replicated(copied("shop-prod-copy", account=OTHER)), because=OTHER, severity=Severity.HIGH
    ),
    case("a sister", PASS, *replicated(copied("shop-prod-copy", account=OTHER), members=SISTER)),
    case("a trusted account", PASS, *replicated(copied("shop-prod-copy", account=OTHER)), trusted_accounts=(OTHER,)),
    case("switched off", NOT_APPLICABLE, *replicated(copied("shop-dev", "Disabled"))),
    case("not replicated", NOT_APPLICABLE, *replicated(None)),
    case("tags denied", UNKNOWN, *replicated(copied("shop-dev"), source=UNTOLD_BUCKET, by=UNTOLD)),
    case("buckets denied", UNKNOWN, *replicated(copied("shop-dev"), buckets=BUCKETS_DENIED)),
    case("members denied", UNKNOWN, *replicated(copied("shop-dev", account=OTHER), members=MEMBERS_DENIED)),
)


def task(source: str, to: str, status: str = "COMPLETE", days: int = 3) -> DbExportTask:
    arn = f"arn:aws:rds:{HERE}:snapshot:{source}"
    raw = {
        "ExportTaskIdentifier": "t",
        "SourceArn": arn,
        "S3Bucket": to,
        "Status": status,
        "TaskEndTime": ago(days=days),
    }
    return made(DbExportTask, raw)


test_rds_export_to_nonproduction = cases(
    "rds_export_to_nonproduction",
    case(
        "production to test",
        FAIL,
        task("orders-prod", "shop-dev"),
        ACCOUNT,
        ALL,
        BY_NAME,
        because="orders-prod was exported to shop-dev",
    ),
    case("production to production", PASS, task("orders-prod", "shop-prod"), ACCOUNT, ALL, BY_NAME),
    case("untold", NOT_APPLICABLE, task("orders", "shop-dev"), ACCOUNT, ALL, BY_NAME),
    case("long ago", NOT_APPLICABLE, task("orders-prod", "shop-dev", days=91), ACCOUNT, ALL, BY_NAME),
    case("failed", NOT_APPLICABLE, task("orders-prod", "shop-dev", "FAILED"), ACCOUNT, ALL, BY_NAME, because="FAILED"),
    case("buckets denied", UNKNOWN, task("orders-prod", "shop-dev"), ACCOUNT, BUCKETS_DENIED, BY_NAME),
)


def export(table_name: str, to: str, status: str = "COMPLETED") -> TableExport:
    arn = f"arn:aws:dynamodb:{HERE}:table/{table_name}"
    raw = {
        "ExportArn": f"{arn}/export/1",
        "TableArn": arn,
        "S3Bucket": to,
        "ExportStatus": status,
        "EndTime": ago(days=3),
    }
    summary = {"ExportArn": raw["ExportArn"], "ExportStatus": status}
    found: TableExport = gathered(
        TableExport, ListExports={"ExportSummaries": [summary]}, DescribeExport={"ExportDescription": raw}
    )[0]
    return found


test_dynamodb_export_to_nonproduction = cases(
    "dynamodb_export_to_nonproduction",
    case(
        "production to test",
        FAIL,
        export("prod-orders", "shop-dev"),
        ACCOUNT,
        ALL,
        BY_NAME,
        because="prod-orders was exported",
    ),
    case("production to production", PASS, export("prod-orders", "shop-prod"), ACCOUNT, ALL, BY_NAME),
    case("in progress", NOT_APPLICABLE, export("prod-orders", "shop-dev", "IN_PROGRESS"), ACCOUNT, ALL, BY_NAME),
    case(
        "an old one is left out",
        NOT_APPLICABLE,
        export("prod-orders", "shop-dev"),
        ACCOUNT,
        ALL,
        BY_NAME,
        lookback_days=1,
    ),
    case("buckets denied", UNKNOWN, export("prod-orders", "shop-dev"), ACCOUNT, BUCKETS_DENIED, BY_NAME),
)


def table(name: str, source: str = "") -> Table:
    restored = {"RestoreSummary": {"SourceTableArn": f"arn:aws:dynamodb:{HERE}:table/{source}"}} if source else {}
    raw = {"TableName": name, "TableArn": f"arn:aws:dynamodb:{HERE}:table/{name}", "TableStatus": "ACTIVE", **restored}
    found: Table = gathered(Table, made(TableEntry, name), DescribeTable={"Table": raw})[0]
    return found


test_dynamodb_restore_to_nonproduction = cases(
    "dynamodb_restore_to_nonproduction",
    case(
        "production as test",
        FAIL,
        table("orders-test", "orders-prod"),
        BY_NAME,
        because="orders-prod was restored as orders-test",
    ),
    case("production as production", PASS, table("orders-prod-2", "orders-prod"), BY_NAME),
    case("not restored", NOT_APPLICABLE, table("orders-test"), BY_NAME),
    case("untold", NOT_APPLICABLE, table("orders", "orders-prod"), BY_NAME),
    case("tags denied", UNKNOWN, table("orders", "orders-prod"), UNTOLD),
)

test_data_classification_scheme_defined = cases(
    "data_classification_scheme_defined",
    case("a question", MANUAL, ACCOUNT, because="is there a scheme of data classes"),
)
