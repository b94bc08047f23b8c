import json
from typing import Any

from auditor.evidence.cloudtrail import Trail
from auditor.evidence.config import DeliveryChannel
from auditor.evidence.events import EventBus, EventRule, RuleTarget
from auditor.evidence.macie import (
    AutomatedDiscovery,
    ClassificationJob,
    ClassifiedBucket,
    FindingsPublication,
    MacieSession,
)
from auditor.evidence.s3 import Bucket, BucketEntry
from auditor.evidence.securityhub import Hub
from auditor.inference.alerts import Alerts
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
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

test_macie_session_missing = cases(
    "macie_session_missing",
    case("enabled", PASS, REGION, session(), DATA, *LOGS),
    case("off", FAIL, REGION, None, DATA, *LOGS, because="1 buckets", severity=Severity.MEDIUM),
    case("paused", FAIL, REGION, session("PAUSED"), DATA, *LOGS, because="paused"),
    case("slow", FAIL, REGION, session(frequency="SIX_HOURS"), DATA, *LOGS, severity=Severity.LOW),
    case("no bucket", NOT_APPLICABLE, REGION, None, every(bucket("data", "us-east-1")), *LOGS),
    case("logs only", NOT_APPLICABLE, REGION, None, every(bucket("trail"), bucket("config")), *LOGS),
    case("denied", UNKNOWN, REGION, session(), every(gaps=(gap("s3:ListBuckets", "global"),)), *LOGS),
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


UNMONITORED: dict[str, Any] = {"automatedDiscoveryMonitoringStatus": "NOT_MONITORED"}

test_macie_bucket_unmonitored = cases(
    "macie_bucket_unmonitored",
    case("monitored", PASS, classified(), ACCOUNT),
    case("in no discovery", FAIL, classified(**UNMONITORED), ACCOUNT, because="8 objects", severity=Severity.MEDIUM),
    case("in a job", PASS, classified(**UNMONITORED, jobDetails={"isMonitoredByJob": "TRUE"}), ACCOUNT),
    case("refused", FAIL, classified(errorCode="ACCESS_DENIED"), ACCOUNT, because="refused", severity=Severity.HIGH),
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

test_macie_finding_alert_missing = cases(
    "macie_finding_alert_missing",
    case("a rule", PASS, REGION, session(), KEPT, None, alerts(MACIE)),
    case("no rule", FAIL, REGION, session(), KEPT, HUB, alerts(), because="no rule", severity=Severity.MEDIUM),
    case("a rule without effect", FAIL, REGION, session(), KEPT, HUB, alerts(MACIE, target=f"arn:aws:logs:{HERE}:g")),
    case("policy findings only", FAIL, REGION, session(), KEPT, HUB, alerts({"detail": {"category": ["POLICY"]}})),
    case("Security Hub only", FAIL, REGION, session(), PUBLISHED, HUB, alerts(), severity=Severity.LOW),
    case("Security Hub and a rule", PASS, REGION, session(), PUBLISHED, HUB, alerts(ONLY_MACIE)),
    case("published to no hub", FAIL, REGION, session(), PUBLISHED, None, alerts(), severity=Severity.MEDIUM),
    case("a matcher of tomorrow", UNKNOWN, REGION, session(), KEPT, None, alerts({"source": [{"sounds": "x"}]})),
    case("Macie is off", NOT_APPLICABLE, REGION, None, None, HUB, alerts()),
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
    case("no versions", FAIL, classified(versioning=False), because="versions", severity=Severity.LOW),
    case(
        "sensitive by tag", FAIL, classified(**PLAIN, tags=[{"key": "Sensitivity", "value": "PII"}], versioning=False)
    ),
    case(
        "tagged as something else", NOT_APPLICABLE, classified(**PLAIN, tags=[{"key": "Sensitivity", "value": "low"}])
    ),
)
