import pytest

from auditor.evidence.accessanalyzer import ActiveFindings, Analyzer
from auditor.testing import ago, gathered, made

ARN = "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer/account"


def analyzer(kind: str, status: str = "ACTIVE") -> Analyzer:
    return made(Analyzer, {"arn": ARN, "name": "account", "type": kind, "createdAt": ago(days=9), "status": status})


@pytest.mark.parametrize(
    ("kind", "external", "unused", "organization"),
    [
        ("ACCOUNT", True, False, False),
        ("ORGANIZATION", True, False, True),
        ("ACCOUNT_UNUSED_ACCESS", False, True, False),
        ("ORGANIZATION_UNUSED_ACCESS", False, True, True),
        ("ACCOUNT_INTERNAL_ACCESS", False, False, False),
    ],
)
def test_what_an_analyzer_looks_for(kind: str, external: bool, unused: bool, organization: bool) -> None:
    one = analyzer(kind)
    assert (one.finds_external_access, one.finds_unused_access, one.covers_organization) == (
        external,
        unused,
        organization,
    )


def test_an_analyzer_that_failed_says_why() -> None:
    failed = {"status": "FAILED", "statusReason": {"code": "AWS_SERVICE_ACCESS_DISABLED"}}
    one = made(Analyzer, {"arn": ARN, "name": "account", "type": "ORGANIZATION", "createdAt": ago(days=9), **failed})
    assert not one.is_active
    assert one.trouble == "AWS_SERVICE_ACCESS_DISABLED"
    assert one.unused_days is None


def test_open_findings_of_all_pages() -> None:
    role = {
        "id": "1",
        "findingType": "ExternalAccess",
        "resource": "arn:aws:iam::123456789012:role/partner",
        "resourceType": "AWS::IAM::Role",
        "createdAt": ago(days=100),
        "status": "ACTIVE",
    }
    blind = {"id": "2", "resourceType": "AWS::S3::Bucket", "createdAt": ago(days=1), "error": "ACCESS_DENIED"}
    found = gathered(ActiveFindings, analyzer("ACCOUNT"), ListFindingsV2=[{"findings": [role]}, {"findings": [blind]}])
    assert [one.resource_type for one in found.findings] == ["AWS::IAM::Role", "AWS::S3::Bucket"]
    assert found.findings[0].kind == "ExternalAccess"
    assert found.findings[1].error == "ACCESS_DENIED"
    assert found.findings[1].resource is None


def test_accounts_that_an_analyzer_leaves_out() -> None:
    rule = {"exclusions": [{"accountIds": ["111111111111", "222222222222"]}, {"resourceTags": [{"team": "x"}]}]}
    raw = {"arn": "arn:x", "name": "x", "type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE"}
    config = {"configuration": {"unusedAccess": {"unusedAccessAge": 90, "analysisRule": rule}}}
    assert made(Analyzer, raw | config).excluded_accounts == ("111111111111", "222222222222")
    assert made(Analyzer, raw).excluded_accounts == ()
