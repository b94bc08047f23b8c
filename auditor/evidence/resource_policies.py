"""The policies of resources of all services as one kind, for what is true of each of them.

Each of them is read by the call that its service's own module makes, so that it is asked for once; where a listing has
brought the policy with its resource, that call is named for its permission and not made again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, TypeVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.evidence.acmpca import CertificateAuthority
from auditor.evidence.apigateway import RestApi
from auditor.evidence.backup import BackupVault
from auditor.evidence.dynamodb import Table
from auditor.evidence.ecr import Repository
from auditor.evidence.efs import FileSystem
from auditor.evidence.events import EventBus
from auditor.evidence.kinesis import Stream
from auditor.evidence.kms import Key
from auditor.evidence.lambda_ import Function
from auditor.evidence.opensearch import Domain
from auditor.evidence.policy import PolicyDocument
from auditor.evidence.s3 import Bucket
from auditor.evidence.secretsmanager import Secret
from auditor.evidence.sns import Topic
from auditor.evidence.sqs import Queue
from auditor.model import Region
from auditor.typed import Resource, at, evidence, parent
from auditor.wiring import collector

P = TypeVar("P", bound="ResourcePolicy")
_GONE = "ResourceNotFoundException"


def _read(raw: Any) -> PolicyDocument:
    return raw if isinstance(raw, PolicyDocument) else PolicyDocument.read(raw)


@evidence
class ResourcePolicy(Resource):
    """The policy of a resource; what has none is not among them, but for file systems."""

    type_name: ClassVar = "AWS::IAM::ResourcePolicy"
    name_format: ClassVar = "{label}"
    judged_by: ClassVar[str] = ""
    """The check that says whether it is public, where one knows more of its service than the policy."""
    holds_secrets: ClassVar[bool] = False
    """Whether reading by it opens secrets or encrypted data."""
    arn: str = parent("arn")
    label: str = parent("name")
    document: PolicyDocument | None = at("document", parse=_read)


@evidence
class PolicyOfBucket(ResourcePolicy):
    """A bucket's policy."""

    type_name: ClassVar = "AWS::S3::Bucket"
    judged_by: ClassVar = "s3_bucket_public"


@evidence
class PolicyOfKey(ResourcePolicy):
    """A key's policy."""

    type_name: ClassVar = "AWS::KMS::Key"
    judged_by: ClassVar = "kms_key_policy_public"
    holds_secrets: ClassVar = True


@evidence
class PolicyOfFunction(ResourcePolicy):
    """A function's policy."""

    type_name: ClassVar = "AWS::Lambda::Function"
    judged_by: ClassVar = "lambda_function_policy_public"


@evidence
class PolicyOfQueue(ResourcePolicy):
    """A queue's policy."""

    type_name: ClassVar = "AWS::SQS::Queue"
    judged_by: ClassVar = "sqs_queue_policy_public"


@evidence
class PolicyOfTopic(ResourcePolicy):
    """A topic's policy."""

    type_name: ClassVar = "AWS::SNS::Topic"
    judged_by: ClassVar = "sns_topic_policy_public"


@evidence
class PolicyOfSecret(ResourcePolicy):
    """A secret's policy."""

    type_name: ClassVar = "AWS::SecretsManager::Secret"
    judged_by: ClassVar = "secretsmanager_secret_policy_public"
    holds_secrets: ClassVar = True


@evidence
class PolicyOfRepository(ResourcePolicy):
    """An image repository's policy."""

    type_name: ClassVar = "AWS::ECR::Repository"
    judged_by: ClassVar = "ecr_repository_policy_public"


@evidence
class PolicyOfRestApi(ResourcePolicy):
    """A REST API's policy."""

    type_name: ClassVar = "AWS::ApiGateway::RestApi"
    judged_by: ClassVar = "apigateway_route_unauthenticated"


@evidence
class PolicyOfDomain(ResourcePolicy):
    """The policy of an OpenSearch domain in a VPC."""

    type_name: ClassVar = "AWS::OpenSearchService::Domain"


@evidence
class PolicyOfPublicDomain(PolicyOfDomain):
    """The policy of an OpenSearch domain with a public endpoint."""

    judged_by: ClassVar = "opensearch_domain_public_endpoint"


@evidence
class PolicyOfFileSystem(ResourcePolicy):
    """A file system's policy; without one, whoever reaches a mount target gets in."""

    type_name: ClassVar = "AWS::EFS::FileSystem"


@evidence
class PolicyOfBus(ResourcePolicy):
    """An event bus's policy."""

    type_name: ClassVar = "AWS::Events::EventBus"


@evidence
class PolicyOfVault(ResourcePolicy):
    """A backup vault's policy."""

    type_name: ClassVar = "AWS::Backup::BackupVault"


@evidence
class PolicyOfTable(ResourcePolicy):
    """A table's policy."""

    type_name: ClassVar = "AWS::DynamoDB::Table"


@evidence
class PolicyOfStream(ResourcePolicy):
    """A stream's policy."""

    type_name: ClassVar = "AWS::Kinesis::Stream"


@evidence
class PolicyOfAuthority(ResourcePolicy):
    """A certificate authority's policy."""

    type_name: ClassVar = "AWS::ACMPCA::CertificateAuthority"


@evidence
class PolicyOfCatalog(ResourcePolicy):
    """The policy of a region's Glue data catalog."""

    type_name: ClassVar = "AWS::Glue::DataCatalog"
    arn_format: ClassVar = "arn:{partition}:glue:{region}:{account}:catalog"
    arn: str = at("arn")
    label: str = at("label", absent="the data catalog")


@evidence
class PolicyOfLogs(ResourcePolicy):
    """A resource policy of CloudWatch Logs, for log groups of a region."""

    type_name: ClassVar = "AWS::Logs::ResourcePolicy"
    arn_format: ClassVar = "arn:{partition}:logs:{region}:{account}:resource-policy:{label}"
    arn: str = at("arn")
    label: str = at("label")


def _made(aws: Aws, kind: type[P], document: Any, **more: str) -> Iterator[P]:
    """The policy, where there is one."""
    if document:
        yield aws.parse(kind, {"document": document, **more})


def _answered(aws: Aws, kind: type[P], operation: str, member: str, **params: str) -> Iterator[P]:
    """The policy of a call's answer, perhaps as text; no policy where the call says that there is none."""
    yield from _made(aws, kind, aws(operation, **params).get(member))


@collector(call("s3", "GetBucketPolicy", absent="NoSuchBucketPolicy"))
def of_buckets(aws: Aws, bucket: Bucket) -> Iterable[ResourcePolicy]:
    """A bucket's."""
    yield from _answered(aws, PolicyOfBucket, "GetBucketPolicy", "Policy", Bucket=bucket.bucket)


@collector(call("kms", "GetKeyPolicy", PolicyName="default"))
def of_keys(aws: Aws, key: Key) -> Iterable[ResourcePolicy]:
    """A key's."""
    yield from _answered(aws, PolicyOfKey, "GetKeyPolicy", "Policy", KeyId=key.arn)


@collector(call("lambda", "GetPolicy", absent=_GONE))
def of_functions(aws: Aws, function: Function) -> Iterable[ResourcePolicy]:
    """A function's."""
    yield from _answered(aws, PolicyOfFunction, "GetPolicy", "Policy", FunctionName=function.function_name)


@collector(call("secretsmanager", "GetResourcePolicy"))
def of_secrets(aws: Aws, secret: Secret) -> Iterable[ResourcePolicy]:
    """A secret's; a copy has that of its primary, and is not asked about."""
    if not secret.is_replica:
        yield from _answered(aws, PolicyOfSecret, "GetResourcePolicy", "ResourcePolicy", SecretId=secret.arn)


@collector(
    call("ecr", "GetRepositoryPolicy", absent=("RepositoryPolicyNotFoundException", "RepositoryNotFoundException"))
)
def of_repositories(aws: Aws, repository: Repository) -> Iterable[ResourcePolicy]:
    """A repository's."""
    name = repository.repository
    yield from _answered(aws, PolicyOfRepository, "GetRepositoryPolicy", "policyText", repositoryName=name)


@collector(call("backup", "GetBackupVaultAccessPolicy", absent=_GONE))
def of_vaults(aws: Aws, vault: BackupVault) -> Iterable[ResourcePolicy]:
    """A vault's."""
    yield from _answered(aws, PolicyOfVault, "GetBackupVaultAccessPolicy", "Policy", BackupVaultName=vault.vault)


@collector(call("dynamodb", "GetResourcePolicy", absent="PolicyNotFoundException"))
def of_tables(aws: Aws, table: Table) -> Iterable[ResourcePolicy]:
    """A table's."""
    yield from _answered(aws, PolicyOfTable, "GetResourcePolicy", "Policy", ResourceArn=table.arn)


@collector(call("kinesis", "GetResourcePolicy", absent=_GONE))
def of_streams(aws: Aws, stream: Stream) -> Iterable[ResourcePolicy]:
    """A stream's; AWS answers with an empty one where it has none."""
    yield from _answered(aws, PolicyOfStream, "GetResourcePolicy", "Policy", ResourceARN=stream.arn)


@collector(call("acm-pca", "GetPolicy", absent=_GONE))
def of_authorities(aws: Aws, authority: CertificateAuthority) -> Iterable[ResourcePolicy]:
    """A certificate authority's."""
    yield from _answered(aws, PolicyOfAuthority, "GetPolicy", "Policy", ResourceArn=authority.arn)


@collector(call("efs", "DescribeFileSystemPolicy", absent="PolicyNotFound"))
def of_file_systems(aws: Aws, system: FileSystem) -> Iterable[ResourcePolicy]:
    """A file system's, even where it has none."""
    try:
        document = aws("DescribeFileSystemPolicy", FileSystemId=system.id)["Policy"]
    except Absent:
        document = None
    yield aws.parse(PolicyOfFileSystem, {"document": document})


@collector(call("sqs", "GetQueueAttributes"))
def of_queues(aws: Aws, queue: Queue) -> Iterable[ResourcePolicy]:
    """A queue's."""
    yield from _made(aws, PolicyOfQueue, queue.policy)


@collector(call("sns", "GetTopicAttributes"))
def of_topics(aws: Aws, topic: Topic) -> Iterable[ResourcePolicy]:
    """A topic's."""
    yield from _made(aws, PolicyOfTopic, topic.policy)


@collector(call("apigateway", "GetRestApis"))
def of_rest_apis(aws: Aws, api: RestApi) -> Iterable[ResourcePolicy]:
    """A REST API's."""
    yield from _made(aws, PolicyOfRestApi, api.policy)


@collector(call("opensearch", "DescribeDomains"))
def of_domains(aws: Aws, domain: Domain) -> Iterable[ResourcePolicy]:
    """A domain's."""
    yield from _made(aws, PolicyOfDomain if domain.vpc else PolicyOfPublicDomain, domain.policy)


@collector(call("events", "ListEventBuses"))
def of_buses(aws: Aws, bus: EventBus) -> Iterable[ResourcePolicy]:
    """An event bus's."""
    yield from _made(aws, PolicyOfBus, bus.policy)


@collector(call("glue", "GetResourcePolicy", absent="EntityNotFoundException"))
def of_catalogs(aws: Aws, _region: Region) -> Iterable[ResourcePolicy]:
    """The data catalog's."""
    yield from _answered(aws, PolicyOfCatalog, "GetResourcePolicy", "PolicyInJson")


@collector(call("logs", "DescribeResourcePolicies"))
def of_logs(aws: Aws, _region: Region) -> Iterable[ResourcePolicy]:
    """Those of CloudWatch Logs."""
    for page in aws.pages("DescribeResourcePolicies"):
        for raw in page.get("resourcePolicies", ()):
            yield from _made(aws, PolicyOfLogs, raw["policyDocument"], label=raw["policyName"])
