import json
from typing import Any

import pytest

from auditor.aws import Aws
from auditor.errors import Absent, Unread
from auditor.evidence.acmpca import CertificateAuthority
from auditor.evidence.apigateway import RestApi
from auditor.evidence.backup import BackupVault
from auditor.evidence.dynamodb import Table, TableEntry
from auditor.evidence.ecr import Repository
from auditor.evidence.efs import FileSystem
from auditor.evidence.events import EventBus
from auditor.evidence.kinesis import Stream
from auditor.evidence.kms import Key, KeyEntry
from auditor.evidence.lambda_ import Function
from auditor.evidence.opensearch import Domain, DomainEntry
from auditor.evidence.resource_policies import PolicyOfPublicDomain, ResourcePolicy
from auditor.evidence.s3 import Bucket, BucketEntry
from auditor.evidence.secretsmanager import Secret
from auditor.evidence.sns import Topic, TopicEntry
from auditor.evidence.sqs import Queue, QueueEntry
from auditor.model import Region
from auditor.registry import load
from auditor.testing import ACCOUNT, REGION, Canned, gathered, made
from auditor.wiring import Batch

HERE = "eu-west-1:123456789012"
TEXT = json.dumps({"Statement": [{"Sid": "One", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]})
BUCKET = gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1"))[0]
KEY = gathered(
    Key,
    made(KeyEntry, KeyArn=f"arn:aws:kms:{HERE}:key/1", KeyId="1"),
    DescribeKey={"KeyMetadata": {"Arn": f"arn:aws:kms:{HERE}:key/1", "KeyId": "1", "KeyManager": "CUSTOMER"}},
)[0]
TABLE = gathered(
    Table,
    made(TableEntry, "t"),
    DescribeTable={"Table": {"TableArn": f"arn:aws:dynamodb:{HERE}:table/t", "TableName": "t"}},
)[0]
FILES = made(FileSystem, FileSystemId="fs-1", FileSystemArn=f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-1")
QUEUE = gathered(
    Queue,
    made(QueueEntry, "https://sqs.eu-west-1.amazonaws.com/123456789012/q"),
    GetQueueAttributes={"Attributes": {"QueueArn": f"arn:aws:sqs:{HERE}:q", "Policy": TEXT}},
)[0]
TOPIC = gathered(
    Topic,
    made(TopicEntry, TopicArn=f"arn:aws:sns:{HERE}:t"),
    GetTopicAttributes={"Attributes": {"TopicArn": f"arn:aws:sns:{HERE}:t", "Policy": TEXT}},
)[0]


def domain(**changes: Any) -> Domain:
    raw = {"ARN": f"arn:aws:es:{HERE}:domain/d", "DomainName": "d", "DomainId": "1/d", "ClusterConfig": {}}
    answer = {"DomainStatusList": [{**raw, "AccessPolicies": TEXT, **changes}]}
    found: Domain = gathered(Domain, Batch([made(DomainEntry, DomainName="d")]), DescribeDomains=answer)[0]
    return found


BY_A_CALL = [
    (BUCKET, {"GetBucketPolicy": {"Policy": TEXT}}, "AWS::S3::Bucket"),
    (KEY, {"GetKeyPolicy": {"Policy": TEXT}}, "AWS::KMS::Key"),
    (
        made(Function, FunctionName="f", FunctionArn=f"arn:aws:lambda:{HERE}:function:f"),
        {"GetPolicy": {"Policy": TEXT}},
        "AWS::Lambda::Function",
    ),
    (
        made(Secret, ARN=f"arn:aws:secretsmanager:{HERE}:secret:s", Name="s"),
        {"GetResourcePolicy": {"ResourcePolicy": TEXT}},
        "AWS::SecretsManager::Secret",
    ),
    (
        made(Repository, repositoryArn=f"arn:aws:ecr:{HERE}:repository/r", repositoryName="r"),
        {"GetRepositoryPolicy": {"policyText": TEXT}},
        "AWS::ECR::Repository",
    ),
    (
        made(BackupVault, BackupVaultName="v", BackupVaultArn=f"arn:aws:backup:{HERE}:backup-vault:v"),
        {"GetBackupVaultAccessPolicy": {"Policy": TEXT}},
        "AWS::Backup::BackupVault",
    ),
    (TABLE, {"GetResourcePolicy": {"Policy": TEXT}}, "AWS::DynamoDB::Table"),
    (
        made(Stream, StreamARN=f"arn:aws:kinesis:{HERE}:stream/s", StreamName="s", StreamStatus="ACTIVE"),
        {"GetResourcePolicy": {"Policy": TEXT}},
        "AWS::Kinesis::Stream",
    ),
    (
        made(CertificateAuthority, Arn=f"arn:aws:acm-pca:{HERE}:certificate-authority/1"),
        {"GetPolicy": {"Policy": TEXT}},
        "AWS::ACMPCA::CertificateAuthority",
    ),
    (FILES, {"DescribeFileSystemPolicy": {"Policy": TEXT}}, "AWS::EFS::FileSystem"),
]
BROUGHT_BY_THE_LISTING = [
    (QUEUE, "GetQueueAttributes", "AWS::SQS::Queue"),
    (TOPIC, "GetTopicAttributes", "AWS::SNS::Topic"),
    (made(RestApi, id="a", name="shop", policy=TEXT), "GetRestApis", "AWS::ApiGateway::RestApi"),
    (domain(VPCOptions={"VPCId": "vpc-1"}), "DescribeDomains", "AWS::OpenSearchService::Domain"),
    (
        made(EventBus, Name="orders", Arn=f"arn:aws:events:{HERE}:event-bus/orders", Policy=TEXT),
        "ListEventBuses",
        "AWS::Events::EventBus",
    ),
]


def policies(scope: Any, service: str = "", **answers: Any) -> tuple[ResourcePolicy, ...]:
    """What the collector of the scope's kind makes of the answers; several have operations of one name."""
    found = [one for one in load().collectors if one.provides is ResourcePolicy and one.scope is type(scope)]
    (one,) = [each for each in found if service in ("", each.calls[0].service)]
    region, above = (scope.name, None) if isinstance(scope, Region) else (scope.region, scope)
    aws = Aws(Canned(answers), ACCOUNT.partition, ACCOUNT.id, region, one.calls, above)
    return tuple(one.function(aws, scope))


@pytest.mark.parametrize(("scope", "answers", "kind"), BY_A_CALL, ids=[kind for _, _, kind in BY_A_CALL])
def test_a_policy_that_has_a_call_of_its_own(scope: Any, answers: dict[str, Any], kind: str) -> None:
    (one,) = policies(scope, **answers)
    assert one.arn == scope.arn
    assert one.name == scope.name
    assert type(one).type_name == kind
    assert one.region == "eu-west-1"
    assert one.document is not None
    assert one.document.statements[0].sid == "One"


@pytest.mark.parametrize(("scope", "operation", "kind"), BROUGHT_BY_THE_LISTING)
def test_a_policy_that_came_with_its_resource_is_not_asked_for_again(scope: Any, operation: str, kind: str) -> None:
    refused: dict[str, Any] = {operation: Unread}
    (one,) = policies(scope, **refused)
    assert one.arn == scope.arn
    assert type(one).type_name == kind
    assert one.document is scope.policy


def test_what_has_no_policy_is_not_listed() -> None:
    bus = made(EventBus, Name="default", Arn=f"arn:aws:events:{HERE}:event-bus/default")
    assert policies(bus, ListEventBuses={}) == ()
    stream = made(Stream, StreamARN=f"arn:aws:kinesis:{HERE}:stream/s", StreamName="s", StreamStatus="ACTIVE")
    assert policies(stream, GetResourcePolicy={"Policy": ""}) == ()
    with pytest.raises(Absent):
        policies(BUCKET, GetBucketPolicy=Absent("NoSuchBucketPolicy"))


def test_a_file_system_without_a_policy_is_listed() -> None:
    (one,) = policies(FILES, DescribeFileSystemPolicy=Absent("PolicyNotFound"))
    assert one.document is None


def test_a_public_domain_is_judged_by_its_own_check() -> None:
    (one,) = policies(domain(), DescribeDomains={})
    assert isinstance(one, PolicyOfPublicDomain)
    assert one.judged_by == "opensearch_domain_public_endpoint"


def test_policies_of_a_region() -> None:
    answer = {"resourcePolicies": [{"policyName": "route53", "policyDocument": TEXT}]}
    (logs,) = policies(REGION, "logs", DescribeResourcePolicies=answer)
    assert logs.arn == f"arn:aws:logs:{HERE}:resource-policy:route53"
    assert logs.name == "route53"
    (catalog,) = policies(REGION, "glue", GetResourcePolicy={"PolicyInJson": TEXT})
    assert catalog.arn == f"arn:aws:glue:{HERE}:catalog"
    assert catalog.name == "the data catalog"


def test_a_malformed_policy_is_unread() -> None:
    with pytest.raises(Unread):
        policies(BUCKET, GetBucketPolicy={"Policy": "{}x"})
