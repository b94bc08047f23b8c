import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.macie import (
    AutomatedDiscovery,
    ClassificationJob,
    ClassifiedBucket,
    FindingsPublication,
    MacieSession,
    SensitiveDataFinding,
    finding_bucket,
)
from auditor.model import Gap, GapKind
from auditor.testing import every, gathered


def refused(message: str) -> Unread:
    return Unread(
        Gap(
            GapKind.DENIED,
            "macie2",
            "GetMacieSession",
            "macie2:GetMacieSession",
            "eu-west-1",
            "AccessDeniedException",
            message,
        )
    )


def test_a_session() -> None:
    found = gathered(MacieSession, GetMacieSession={"status": "ENABLED", "findingPublishingFrequency": "ONE_HOUR"})
    assert found.is_enabled
    assert found.publishing_frequency == "ONE_HOUR"
    assert not gathered(MacieSession, GetMacieSession={"status": "PAUSED"}).is_enabled


def test_macie_that_is_off_is_told_from_a_denial_by_its_message() -> None:
    with pytest.raises(Absent):
        gathered(MacieSession, GetMacieSession=refused("Macie is not enabled"))
    with pytest.raises(Unread):
        gathered(MacieSession, GetMacieSession=refused("User x is not authorized to perform macie2:GetMacieSession"))


def test_discovery_and_publication() -> None:
    assert gathered(AutomatedDiscovery, GetAutomatedDiscoveryConfiguration={"status": "ENABLED"}).is_enabled
    settings = {"publishClassificationFindings": False, "publishPolicyFindings": True}
    found = gathered(FindingsPublication, GetFindingsPublicationConfiguration={"securityHubConfiguration": settings})
    assert found.has_policy_findings
    assert not found.has_classification_findings


def test_jobs() -> None:
    def job(kind: str, status: str) -> dict[str, str]:
        return {"jobId": status, "name": "j", "jobType": kind, "jobStatus": status}

    items = [job("SCHEDULED", "IDLE"), job("SCHEDULED", "USER_PAUSED"), job("ONE_TIME", "RUNNING")]
    found = gathered(ClassificationJob, ListClassificationJobs={"items": items})
    assert [one.recurs for one in found] == [True, False, False]
    assert found[0].arn == "arn:aws:macie2:eu-west-1:123456789012:classification-job/IDLE"


def test_buckets_of_members_are_left_out() -> None:
    mine = {
        "accountId": "123456789012",
        "bucketArn": "arn:aws:s3:::mine",
        "bucketName": "mine",
        "region": "eu-west-1",
        "classifiableObjectCount": 7,
        "automatedDiscoveryMonitoringStatus": "MONITORED",
        "jobDetails": {"isMonitoredByJob": "FALSE"},
        "sensitivityScore": 80,
        "publicAccess": {"effectivePermission": "NOT_PUBLIC"},
    }
    other = mine | {"accountId": "999999999999"}
    (found,) = gathered(ClassifiedBucket, DescribeBuckets={"buckets": [mine, other]})
    assert found.is_monitored
    assert not found.is_in_job
    assert found.classifiable == 7
    assert found.sensitivity == 80
    assert found.exposure == "NOT_PUBLIC"


def test_open_findings_of_this_account() -> None:
    sensitive = [{"category": "CREDENTIALS", "totalCount": 2}, {"category": "PERSONAL_INFORMATION", "totalCount": 3}]
    base = {
        "accountId": "123456789012",
        "resourcesAffected": {"s3Bucket": {"name": "b"}, "s3Object": {"key": "dump.sql", "size": 10}},
        "classificationDetails": {"result": {"sensitiveData": sensitive}},
    }
    found = gathered(
        SensitiveDataFinding,
        ListFindings=[{"findingIds": ["1", "2", "3"]}, {"findingIds": []}],
        GetFindings={
            "findings": [
                {**base, "id": "1"},
                {**base, "id": "2", "accountId": "999999999999"},
                {**base, "id": "3", "sample": True},
            ]
        },
    )
    assert [one.id for one in found] == ["1"]
    assert found[0].count == 5
    assert found[0].categories == {"CREDENTIALS", "PERSONAL_INFORMATION"}
    assert found[0].object_key == "dump.sql"
    assert every(*found).by(finding_bucket, "eu-west-1")["b"] == found


def test_findings_of_macie_that_is_off() -> None:
    with pytest.raises(Absent):
        gathered(SensitiveDataFinding, ListFindings=refused("Macie is not enabled"), GetFindings={})
