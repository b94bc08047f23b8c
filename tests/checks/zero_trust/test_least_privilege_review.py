import json
from typing import Any

from principals import allow, rights, role, user

from auditor.errors import Absent
from auditor.evidence.accessanalyzer import ActiveFindings, Analyzer
from auditor.evidence.backup import BackupVault
from auditor.evidence.cloudtrail import EventDataStore, EventDataStoreDetail, Trail
from auditor.evidence.ec2 import Image, Instance, PublicSnapshot, SharedSnapshot, Snapshot, SnapshotBlockPublicAccess
from auditor.evidence.ecr import Repository, RepositoryPolicy
from auditor.evidence.efs import FileSystem
from auditor.evidence.events import EventBus
from auditor.evidence.glue import CatalogDatabase, CatalogTable
from auditor.evidence.iam import CredentialReport, Group, ServiceUses, User
from auditor.evidence.kms import Key, KeyEntry, KeyPolicy
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy
from auditor.evidence.logs import LogGroup
from auditor.evidence.organizations import (
    DelegatedAdministrator,
    DelegatedServices,
    MemberAccount,
    Organization,
    TrustedServices,
)
from auditor.evidence.ram import ResourceShare, SharePrincipal
from auditor.evidence.rds import DbClusterSnapshot, DbClusterSnapshotSharing, DbSnapshot, DbSnapshotSharing
from auditor.evidence.resource_policies import ResourcePolicy
from auditor.evidence.s3 import (
    AccountPublicAccessBlock,
    Bucket,
    BucketAcl,
    BucketEntry,
    BucketOwnership,
    BucketPolicy,
    BucketPublicAccessBlock,
)
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.evidence.securitylake import SecurityLake
from auditor.evidence.sns import Topic, TopicEntry
from auditor.evidence.sqs import Queue, QueueEntry
from auditor.evidence.ssm import Document, DocumentReaders
from auditor.inference.access import Perimeter
from auditor.inference.public_access import Outside
from auditor.inference.regions import RegionUse
from auditor.model import GLOBAL, Region, Severity
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
    every_of,
    gap,
    gathered,
    made,
)

OUTSIDE = Outside(Perimeter(ACCOUNT.id))


HERE = "eu-west-1:123456789012"
MINE, OTHER = "123456789012", "999999999999"

IDLE = RegionUse({"instance": every()})
BUSY = RegionUse({"instance": every(made(Instance, InstanceId="i-1"))})


def statement(action: str | list[str], condition: Any = None, **changes: Any) -> dict[str, Any]:
    raw = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"}
    return raw | ({"Condition": condition} if condition else {}) | changes


def text(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ROOT = statement("kms:*", Principal={"AWS": f"arn:aws:iam::{MINE}:root"})


def analyzer(kind: str = "ACCOUNT", status: str = "ACTIVE", reason: str = "") -> Analyzer:
    extra = {"statusReason": {"code": reason}} if reason else {}
    arn = f"arn:aws:access-analyzer:{HERE}:analyzer/outside"
    return made(Analyzer, {"arn": arn, "name": "outside", "type": kind, "status": status} | extra)


def organization(management: str) -> Organization:
    return made(Organization, Id="o-1", MasterAccountId=management, FeatureSet="ALL")


MEMBER = every(organization(OTHER))

test_accessanalyzer_external_missing = cases(
    "accessanalyzer_external_missing",
    case("active", PASS, REGION, every(analyzer()), every(), BUSY),
    case("of the organization", PASS, REGION, every(analyzer("ORGANIZATION")), every(organization(MINE)), BUSY),
    case("none with resources", FAIL, REGION, every(), every(), BUSY, because="1 instance", severity=Severity.HIGH),
    case("none in an idle region", FAIL, REGION, every(), every(), IDLE, severity=Severity.LOW),
    case("unused access only", FAIL, REGION, every(analyzer("ACCOUNT_UNUSED_ACCESS")), every(), BUSY),
    case(
        "failed",
        FAIL,
        REGION,
        every(analyzer(status="FAILED", reason="SERVICE_LINKED_ROLE_CREATION_FAILED")),
        every(),
        BUSY,
        because="SERVICE_LINKED_ROLE_CREATION_FAILED",
    ),
    case("being made", FAIL, REGION, every(analyzer(status="CREATING")), every(), BUSY, because="is CREATING"),
    case(
        "failed in an idle region",
        FAIL,
        REGION,
        every(analyzer(status="FAILED")),
        every(),
        IDLE,
        severity=Severity.LOW,
    ),
    case("a member account", UNKNOWN, REGION, every(), MEMBER, BUSY, because="member"),
    case("a member that is taken for covered", PASS, REGION, every(), MEMBER, BUSY, assume_org_analyzer=True),
    case("the management account", FAIL, REGION, every(), every(organization(MINE)), BUSY),
    case("denied", UNKNOWN, REGION, every(gaps=(gap("accessanalyzer:ListAnalyzers"),)), every(), BUSY),
    case(
        "no analyzer in the region",
        NOT_APPLICABLE,
        Region("eu-west-1", ACCOUNT, frozenset({"accessanalyzer"})),
        every(),
        every(),
        BUSY,
    ),
)


def findings(*raw: tuple[str, str, int], error: str = "") -> ActiveFindings:
    """Findings by kind, type of resource and age in days."""
    items = [
        {
            "id": str(days),
            "findingType": kind,
            "resourceType": resource,
            "resource": f"arn:{resource}",
            "createdAt": ago(days=days),
            "analyzedAt": ago(days=1),
            "updatedAt": ago(days=1),
            "resourceOwnerAccount": MINE,
            "status": "ACTIVE",
        }
        | ({"error": error} if error else {})
        for kind, resource, days in raw
    ]
    found = gathered(ActiveFindings, analyzer(), ListFindingsV2={"findings": items})
    assert isinstance(found, ActiveFindings)
    return found


UNUSED = analyzer("ACCOUNT_UNUSED_ACCESS")

test_accessanalyzer_finding_stale = cases(
    "accessanalyzer_finding_stale",
    case("none", PASS, analyzer(), findings(), ACCOUNT, because="none of 0"),
    case("young", PASS, analyzer(), findings(("ExternalAccess", "AWS::S3::Bucket", 29)), ACCOUNT),
    case(
        "an old one on a bucket",
        FAIL,
        analyzer(),
        findings(("ExternalAccess", "AWS::SQS::Queue", 90), ("ExternalAccess", "AWS::S3::Bucket", 31)),
        ACCOUNT,
        because="2 findings are open for more than 30 days, the oldest, on arn:AWS::SQS::Queue",
        severity=Severity.HIGH,
    ),
    case(
        "an old one on a queue",
        FAIL,
        analyzer(),
        findings(("ExternalAccess", "AWS::SQS::Queue", 31)),
        ACCOUNT,
        severity=Severity.MEDIUM,
    ),
    case(
        "a resource that it may not read",
        FAIL,
        analyzer(),
        findings(("ExternalAccess", "AWS::S3::Bucket", 2), error="ACCESS_DENIED"),
        ACCOUNT,
        because="may not read 1 resources, arn:AWS::S3::Bucket among them",
        severity=Severity.MEDIUM,
    ),
    case(
        "an error of the service",
        PASS,
        analyzer(),
        findings(("ExternalAccess", "AWS::S3::Bucket", 2), error="INTERNAL_ERROR"),
        ACCOUNT,
    ),
    case("unused access may wait", PASS, UNUSED, findings(("UnusedIAMRole", "AWS::IAM::Role", 59)), ACCOUNT),
    case(
        "unused access for too long",
        FAIL,
        UNUSED,
        findings(("UnusedIAMRole", "AWS::IAM::Role", 61)),
        ACCOUNT,
        because="60 days",
        severity=Severity.MEDIUM,
    ),
    case(
        "a longer limit",
        PASS,
        analyzer(),
        findings(("ExternalAccess", "AWS::SQS::Queue", 31)),
        ACCOUNT,
        max_age_days=40,
    ),
)

USER = made(User, Arn=f"arn:aws:iam::{MINE}:user/alice", UserName="alice", CreateDate=ago(days=400))
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)


def report(**changes: str) -> CredentialReport:
    """The report with the row of one user, who has nothing but what is given."""
    row = {name: "false" if name.endswith(("active", "enabled")) else "N/A" for name in COLUMNS.split(",")}
    row |= {"user": "alice", "arn": USER.arn} | changes
    found = gathered(
        CredentialReport,
        ACCOUNT,
        GenerateCredentialReport={"State": "COMPLETE"},
        GetCredentialReport={"Content": f"{COLUMNS}\n{','.join(row.values())}", "GeneratedTime": ago(hours=1)},
    )
    assert isinstance(found, CredentialReport)
    return found


def password(used: str) -> CredentialReport:
    return report(password_enabled="true", password_last_used=used)


def key(used: str, rotated: str = ago(days=400)) -> CredentialReport:
    return report(access_key_1_active="true", access_key_1_last_used_date=used, access_key_1_last_rotated=rotated)


test_iam_user_credential_unused = cases(
    "iam_user_credential_unused",
    case("a password in use", PASS, USER, password(ago(days=44)), ACCOUNT),
    case(
        "an idle password", FAIL, USER, password(ago(days=46)), ACCOUNT, because="password was last used on 2026-10-11"
    ),
    case("a password that was never used", FAIL, USER, password("no_information"), ACCOUNT, because="never used since"),
    case(
        "a password that was changed since",
        PASS,
        USER,
        report(password_enabled="true", password_last_used=ago(days=300), password_last_changed=ago(days=3)),
        ACCOUNT,
    ),
    case(
        "a new password that was never used",
        PASS,
        USER,
        report(password_enabled="true", password_last_used="no_information", password_last_changed=ago(days=3)),
        ACCOUNT,
    ),
    case("a key in use", PASS, USER, key(ago(days=1)), ACCOUNT),
    case("an idle key", FAIL, USER, key(ago(days=100)), ACCOUNT, because="access key was last used on 2026-08-18"),
    case("a new key", PASS, USER, key("N/A", ago(days=2)), ACCOUNT),
    case("a key that was never used", FAIL, USER, key("N/A"), ACCOUNT, because="never used since 2025-10-22"),
    case("a longer limit", PASS, USER, key(ago(days=80)), ACCOUNT, unused_days=90),
    case("no credential", NOT_APPLICABLE, USER, report(), ACCOUNT),
    case("a user younger than the report", UNKNOWN, USER, report(arn="arn:aws:iam::123456789012:user/bob"), ACCOUNT),
)

ALL_ON = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
ALL_OFF = dict.fromkeys(ALL_ON, False)
ACCOUNT_BLOCK = made(AccountPublicAccessBlock, ALL_ON)

test_s3_account_public_access_allowed = cases(
    "s3_account_public_access_allowed",
    case("all on", PASS, ACCOUNT, ACCOUNT_BLOCK),
    case("none", FAIL, ACCOUNT, None, because="no Block Public Access", severity=Severity.HIGH),
    case(
        "one off",
        FAIL,
        ACCOUNT,
        made(AccountPublicAccessBlock, ALL_ON | {"BlockPublicPolicy": False}),
        because="BlockPublicPolicy off",
        severity=Severity.MEDIUM,
    ),
    case("all off", FAIL, ACCOUNT, made(AccountPublicAccessBlock, ALL_OFF), severity=Severity.HIGH),
)

BUCKET = gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1"))[0]
BLOCK = made(BucketPublicAccessBlock, ALL_ON, under=BUCKET)
NO_BLOCK = made(BucketPublicAccessBlock, ALL_OFF, under=BUCKET)
ENFORCED = made(BucketOwnership, Rules=[{"ObjectOwnership": "BucketOwnerEnforced"}], under=BUCKET)
PRIVATE = made(BucketAcl, Owner={"ID": "me"}, Grants=[], under=BUCKET)


def bucket_policy(*statements: dict[str, Any]) -> BucketPolicy:
    return made(BucketPolicy, Policy=text(*statements), under=BUCKET)


def granted(permission: str, group: str = "AllUsers") -> BucketAcl:
    grantee = {"Type": "Group", "URI": f"http://acs.amazonaws.com/groups/global/{group}"}
    return made(BucketAcl, Owner={"ID": "me"}, Grants=[{"Grantee": grantee, "Permission": permission}], under=BUCKET)


READS = bucket_policy(statement("s3:GetObject"))
WRITES = bucket_policy(statement(["s3:GetObject", "s3:PutObject"]))
ORGANIZATION = bucket_policy(statement("s3:*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}))
IGNORING = made(BucketPublicAccessBlock, ALL_OFF | {"IgnorePublicAcls": True}, under=BUCKET)

test_s3_bucket_public = cases(
    "s3_bucket_public",
    case("closed", PASS, BUCKET, None, BLOCK, None, PRIVATE, ENFORCED, OUTSIDE),
    case("closed by the account", PASS, BUCKET, ACCOUNT_BLOCK, None, None, PRIVATE, None, OUTSIDE),
    case("open to the organization", PASS, BUCKET, None, BLOCK, ORGANIZATION, PRIVATE, ENFORCED, OUTSIDE),
    case(
        "read by policy",
        FAIL,
        BUCKET,
        None,
        NO_BLOCK,
        READS,
        PRIVATE,
        ENFORCED,
        OUTSIDE,
        because="statement Open",
        severity=Severity.HIGH,
    ),
    case(
        "written by policy",
        FAIL,
        BUCKET,
        None,
        None,
        WRITES,
        PRIVATE,
        None,
        OUTSIDE,
        because="more than read",
        severity=Severity.CRITICAL,
    ),
    case(
        "read by ACL",
        FAIL,
        BUCKET,
        None,
        None,
        None,
        granted("READ"),
        None,
        OUTSIDE,
        because="grant of READ",
        severity=Severity.HIGH,
    ),
    case(
        "read by any AWS account", FAIL, BUCKET, None, None, None, granted("READ", "AuthenticatedUsers"), None, OUTSIDE
    ),
    case(
        "written by ACL",
        FAIL,
        BUCKET,
        None,
        None,
        None,
        granted("WRITE"),
        None,
        OUTSIDE,
        because="WRITE",
        severity=Severity.CRITICAL,
    ),
    case(
        "written by logs only",
        FAIL,
        BUCKET,
        None,
        NO_BLOCK,
        None,
        granted("WRITE", "x"),
        None,
        OUTSIDE,
        severity=Severity.LOW,
    ),
    case(
        "ACLs without effect",
        FAIL,
        BUCKET,
        None,
        NO_BLOCK,
        None,
        granted("WRITE"),
        ENFORCED,
        OUTSIDE,
        severity=Severity.LOW,
    ),
    case(
        "a policy held back",
        FAIL,
        BUCKET,
        ACCOUNT_BLOCK,
        None,
        READS,
        PRIVATE,
        None,
        OUTSIDE,
        because="only Block",
        severity=Severity.MEDIUM,
    ),
    case(
        "an ACL held back", FAIL, BUCKET, None, IGNORING, None, granted("READ"), None, OUTSIDE, severity=Severity.MEDIUM
    ),
    case("meant for everyone", PASS, BUCKET, None, NO_BLOCK, READS, PRIVATE, ENFORCED, OUTSIDE, public_buckets=("b",)),
    case(
        "writing is never meant",
        FAIL,
        BUCKET,
        None,
        NO_BLOCK,
        WRITES,
        PRIVATE,
        ENFORCED,
        OUTSIDE,
        public_buckets=("b",),
    ),
    case(
        "no block at all",
        FAIL,
        BUCKET,
        None,
        None,
        None,
        PRIVATE,
        ENFORCED,
        OUTSIDE,
        because="RestrictPublicBuckets off",
        severity=Severity.LOW,
    ),
)


def kms_key(state: str = "Enabled") -> Key:
    arn = f"arn:aws:kms:{HERE}:key/k"
    metadata = {"KeyId": "k", "Arn": arn, "KeyManager": "CUSTOMER", "KeyState": state}
    found = gathered(Key, made(KeyEntry, KeyArn=arn, KeyId="k"), DescribeKey={"KeyMetadata": metadata})
    assert isinstance(found[0], Key)
    return found[0]


KEY = kms_key()


def key_policy(*statements: dict[str, Any]) -> KeyPolicy:
    return made(KeyPolicy, Policy=text(*statements), under=KEY)


VIA = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}

test_kms_key_policy_public = cases(
    "kms_key_policy_public",
    case("the account", PASS, KEY, key_policy(ROOT), OUTSIDE),
    case(
        "everyone",
        FAIL,
        KEY,
        key_policy(ROOT, statement("kms:Decrypt")),
        OUTSIDE,
        because="statement Open",
        severity=Severity.CRITICAL,
    ),
    case(
        "everyone of the account",
        PASS,
        KEY,
        key_policy(ROOT, statement("kms:*", {"StringEquals": {"kms:CallerAccount": MINE, **VIA}})),
        OUTSIDE,
    ),
    case(
        "everyone through a service",
        FAIL,
        KEY,
        key_policy(ROOT, statement("kms:Decrypt", {"StringEquals": VIA})),
        OUTSIDE,
        because="s3.eu-west-1.amazonaws.com",
        severity=Severity.HIGH,
    ),
    case(
        "nobody manages it",
        FAIL,
        KEY,
        key_policy(statement("kms:Decrypt", Principal={"AWS": MINE})),
        OUTSIDE,
        because="cannot be managed",
        severity=Severity.MEDIUM,
    ),
    case(
        "a deleted role alone manages it",
        FAIL,
        KEY,
        key_policy(statement("kms:*", Principal={"AWS": "AROAEXAMPLE123456789"})),
        OUTSIDE,
        because="anyone but deleted principals",
        severity=Severity.MEDIUM,
    ),
    case(
        "a role manages it",
        PASS,
        KEY,
        key_policy(statement("kms:*", Principal={"AWS": ["AROAEXAMPLE123456789", f"arn:aws:iam::{MINE}:role/keys"]})),
        OUTSIDE,
    ),
    case("waiting for deletion", NOT_APPLICABLE, kms_key("PendingDeletion"), key_policy(statement("kms:*")), OUTSIDE),
)

FUNCTION = made(Function, FunctionArn=f"arn:aws:lambda:{HERE}:function:f", FunctionName="f")


def function_policy(*statements: dict[str, Any]) -> FunctionPolicy:
    return made(FunctionPolicy, Policy=text(*statements), under=FUNCTION)


NONE: Any = every()
LIVE = made(FunctionAlias, under=FUNCTION, Name="live", AliasArn=f"{FUNCTION.arn}:live", FunctionVersion="3")
OPEN_LIVE = every_of((LIVE, made(AliasPolicy, Policy=text(statement("lambda:InvokeFunction")))))

test_lambda_function_policy_public = cases(
    "lambda_function_policy_public",
    case("no policy", PASS, FUNCTION, None, NONE, NONE, OUTSIDE),
    case(
        "a service",
        PASS,
        FUNCTION,
        function_policy(statement("lambda:InvokeFunction", Principal={"Service": "s3.amazonaws.com"})),
        NONE,
        NONE,
        OUTSIDE,
    ),
    case(
        "everyone",
        FAIL,
        FUNCTION,
        function_policy(statement("lambda:InvokeFunction")),
        NONE,
        NONE,
        OUTSIDE,
        because="lambda:InvokeFunction",
    ),
    case(
        "everyone of an organization",
        PASS,
        FUNCTION,
        function_policy(statement("lambda:*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
        NONE,
        NONE,
        OUTSIDE,
    ),
    case(
        "a function URL",
        PASS,
        FUNCTION,
        function_policy(
            statement("lambda:InvokeFunctionUrl", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
        ),
        NONE,
        NONE,
        OUTSIDE,
    ),
    case(
        "invoked through its URL only",
        PASS,
        FUNCTION,
        function_policy(statement("lambda:InvokeFunction", {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})),
        NONE,
        NONE,
        OUTSIDE,
    ),
    case(
        "an alias for everyone",
        FAIL,
        FUNCTION,
        None,
        every(LIVE),
        OPEN_LIVE,
        OUTSIDE,
        because="statement Open of its alias live lets any",
        severity=Severity.CRITICAL,
    ),
    case("an alias for nobody", PASS, FUNCTION, None, every(LIVE), every_of(), OUTSIDE),
    case("aliases denied", UNKNOWN, FUNCTION, None, every(gaps=(gap("lambda:ListAliases"),)), NONE, OUTSIDE),
    case(
        "everyone, and aliases denied",
        FAIL,
        FUNCTION,
        function_policy(statement("lambda:InvokeFunction")),
        every(gaps=(gap("lambda:ListAliases"),)),
        NONE,
        OUTSIDE,
    ),
)


def queue(*statements: dict[str, Any]) -> Queue:
    attributes = {"QueueArn": f"arn:aws:sqs:{HERE}:q"} | ({"Policy": text(*statements)} if statements else {})
    entry = made(QueueEntry, "https://sqs.eu-west-1.amazonaws.com/123456789012/q")
    found = gathered(Queue, entry, GetQueueAttributes={"Attributes": attributes})
    assert isinstance(found[0], Queue)
    return found[0]


FROM_TOPIC = {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:{HERE}:t"}}

test_sqs_queue_policy_public = cases(
    "sqs_queue_policy_public",
    case("no policy", PASS, queue(), OUTSIDE),
    case("one topic", PASS, queue(statement("sqs:SendMessage", FROM_TOPIC)), OUTSIDE),
    case(
        "everyone sends",
        FAIL,
        queue(statement("sqs:SendMessage")),
        OUTSIDE,
        because="sqs:SendMessage",
        severity=Severity.HIGH,
    ),
    case(
        "everyone receives",
        FAIL,
        queue(statement("sqs:*")),
        OUTSIDE,
        because="sqs:ReceiveMessage",
        severity=Severity.CRITICAL,
    ),
)


def topic(*statements: dict[str, Any]) -> Topic:
    arn = f"arn:aws:sns:{HERE}:t"
    attributes = {"TopicArn": arn, "Owner": MINE, "Policy": text(*statements)}
    found = gathered(Topic, made(TopicEntry, TopicArn=arn), GetTopicAttributes={"Attributes": attributes})
    assert isinstance(found[0], Topic)
    return found[0]


test_sns_topic_policy_public = cases(
    "sns_topic_policy_public",
    case(
        "the default policy",
        PASS,
        topic(statement("SNS:Subscribe", {"StringEquals": {"AWS:SourceOwner": MINE}}, Principal={"AWS": "*"})),
        OUTSIDE,
    ),
    case(
        "everyone publishes",
        FAIL,
        topic(statement("sns:Publish")),
        OUTSIDE,
        because="sns:Publish",
        severity=Severity.HIGH,
    ),
    case(
        "everyone subscribes",
        FAIL,
        topic(statement("sns:*")),
        OUTSIDE,
        because="sns:Subscribe",
        severity=Severity.CRITICAL,
    ),
)

REPOSITORY = made(Repository, repositoryArn=f"arn:aws:ecr:{HERE}:repository/r", repositoryName="r")


def repository_policy(*statements: dict[str, Any]) -> RepositoryPolicy:
    return made(RepositoryPolicy, policyText=text(*statements), under=REPOSITORY)


test_ecr_repository_policy_public = cases(
    "ecr_repository_policy_public",
    case("no policy", PASS, REPOSITORY, None, OUTSIDE),
    case("one account", PASS, REPOSITORY, repository_policy(statement("ecr:*", Principal={"AWS": OTHER})), OUTSIDE),
    case(
        "everyone pulls",
        FAIL,
        REPOSITORY,
        repository_policy(statement("ecr:BatchGetImage")),
        OUTSIDE,
        because="ecr:BatchGetImage",
        severity=Severity.HIGH,
    ),
    case(
        "everyone pushes",
        FAIL,
        REPOSITORY,
        repository_policy(statement("ecr:*")),
        OUTSIDE,
        because="ecr:PutImage",
        severity=Severity.CRITICAL,
    ),
)

SECRET = made(Secret, ARN=f"arn:aws:secretsmanager:{HERE}:secret:s-1", Name="s")


def secret_policy(*statements: dict[str, Any]) -> SecretPolicy:
    answer = {"ResourcePolicy": text(*statements)} if statements else {}
    found: SecretPolicy = gathered(SecretPolicy, SECRET, GetResourcePolicy=answer)
    return found


test_secretsmanager_secret_policy_public = cases(
    "secretsmanager_secret_policy_public",
    case(
        "a copy",
        NOT_APPLICABLE,
        made(Secret, ARN=f"arn:aws:secretsmanager:{HERE}:secret:s", Name="s", PrimaryRegion="us-east-1"),
        None,
        OUTSIDE,
        because="us-east-1",
    ),
    case("no policy", PASS, SECRET, secret_policy(), OUTSIDE),
    case(
        "everyone",
        FAIL,
        SECRET,
        secret_policy(statement("secretsmanager:GetSecretValue")),
        OUTSIDE,
        severity=Severity.CRITICAL,
    ),
    case(
        "one network",
        PASS,
        SECRET,
        secret_policy(statement("secretsmanager:*", {"StringEquals": {"aws:SourceVpce": "vpce-1"}})),
        OUTSIDE,
    ),
)

RAW_SNAPSHOT = {
    "SnapshotId": "snap-1",
    "Encrypted": False,
    "VolumeSize": 8,
    "StartTime": ago(days=9),
    "State": "completed",
}
SNAPSHOT = made(Snapshot, RAW_SNAPSHOT)
PUBLIC = every(
    *gathered(
        PublicSnapshot,
        made(SharedSnapshot, SnapshotId="snap-1"),
        DescribeSnapshotAttribute={"CreateVolumePermissions": [{"Group": "all"}]},
    )
)


def sharing(state: str) -> Any:
    return every(made(SnapshotBlockPublicAccess, State=state))


UNREADABLE = every(gaps=(gap("ec2:GetSnapshotBlockPublicAccessState"),))

test_ec2_snapshot_public = cases(
    "ec2_snapshot_public",
    case("private", PASS, SNAPSHOT, every(), sharing("unblocked")),
    case(
        "public",
        FAIL,
        SNAPSHOT,
        PUBLIC,
        sharing("unblocked"),
        because="unencrypted snapshot of 8 GiB from 2026-11-17",
        severity=Severity.CRITICAL,
    ),
    case("new sharing is blocked", FAIL, SNAPSHOT, PUBLIC, sharing("block-new-sharing"), severity=Severity.CRITICAL),
    case("all sharing is blocked", FAIL, SNAPSHOT, PUBLIC, sharing("block-all-sharing"), severity=Severity.MEDIUM),
    case("a block that cannot be read", FAIL, SNAPSHOT, PUBLIC, UNREADABLE, severity=Severity.CRITICAL),
    case("denied", UNKNOWN, SNAPSHOT, every(gaps=(gap("ec2:DescribeSnapshots"),)), sharing("unblocked")),
)


def image(*, public: bool, encrypted: bool = True) -> Image:
    device = {"DeviceName": "/dev/xvda", "Ebs": {"SnapshotId": "snap-1", "Encrypted": encrypted}}
    return made(Image, ImageId="ami-1", Public=public, BlockDeviceMappings=[device])


test_ec2_image_public = cases(
    "ec2_image_public",
    case("private", PASS, image(public=False, encrypted=False)),
    case("public", FAIL, image(public=True), severity=Severity.HIGH),
    case(
        "public and unencrypted",
        FAIL,
        image(public=True, encrypted=False),
        because="snap-1",
        severity=Severity.CRITICAL,
    ),
)


def db_snapshot(kind: str = "manual") -> DbSnapshot:
    return made(DbSnapshot, DBSnapshotArn=f"arn:aws:rds:{HERE}:snapshot:s", DBSnapshotIdentifier="s", SnapshotType=kind)


def shared_with(*accounts: str) -> DbSnapshotSharing:
    attributes = [{"AttributeName": "restore", "AttributeValues": list(accounts)}]
    answer = {"DBSnapshotAttributesResult": {"DBSnapshotAttributes": attributes}}
    found = gathered(DbSnapshotSharing, db_snapshot(), DescribeDBSnapshotAttributes=answer)
    assert isinstance(found, DbSnapshotSharing)
    return found


COLLEAGUE = every(made(MemberAccount, Arn="arn:aws:organizations::1:account/o-1/999999999999", Id=OTHER))
DENIED_ACCOUNTS = every(gaps=(gap("organizations:ListAccounts", "global"),))

test_rds_snapshot_public = cases(
    "rds_snapshot_public",
    case("shared with nobody", PASS, db_snapshot(), shared_with(), ACCOUNT, every()),
    case(
        "public", FAIL, db_snapshot(), shared_with("all"), ACCOUNT, every(), because="every", severity=Severity.CRITICAL
    ),
    case(
        "a stranger", FAIL, db_snapshot(), shared_with(OTHER), ACCOUNT, every(), because=OTHER, severity=Severity.HIGH
    ),
    case("an account of the organization", PASS, db_snapshot(), shared_with(OTHER), ACCOUNT, COLLEAGUE),
    case("a trusted account", PASS, db_snapshot(), shared_with(OTHER), ACCOUNT, every(), trusted_accounts=(OTHER,)),
    case("an automated one", NOT_APPLICABLE, db_snapshot("automated"), shared_with(), ACCOUNT, every()),
    case("an organization that cannot be read", UNKNOWN, db_snapshot(), shared_with(OTHER), ACCOUNT, DENIED_ACCOUNTS),
    case("nobody, whatever the organization", PASS, db_snapshot(), shared_with(), ACCOUNT, DENIED_ACCOUNTS),
)

CLUSTER_SNAPSHOT = made(
    DbClusterSnapshot,
    DBClusterSnapshotArn=f"arn:aws:rds:{HERE}:cluster-snapshot:s",
    DBClusterSnapshotIdentifier="s",
    SnapshotType="manual",
)


def cluster_shared_with(*accounts: str) -> DbClusterSnapshotSharing:
    attributes = [{"AttributeName": "restore", "AttributeValues": list(accounts)}]
    answer = {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotAttributes": attributes}}
    found = gathered(DbClusterSnapshotSharing, CLUSTER_SNAPSHOT, DescribeDBClusterSnapshotAttributes=answer)
    assert isinstance(found, DbClusterSnapshotSharing)
    return found


test_rds_cluster_snapshot_public = cases(
    "rds_cluster_snapshot_public",
    case("shared with nobody", PASS, CLUSTER_SNAPSHOT, cluster_shared_with(), ACCOUNT, every()),
    case("public", FAIL, CLUSTER_SNAPSHOT, cluster_shared_with("all"), ACCOUNT, every(), severity=Severity.CRITICAL),
    case("a stranger", FAIL, CLUSTER_SNAPSHOT, cluster_shared_with(OTHER), ACCOUNT, every(), severity=Severity.HIGH),
    case(
        "an organization that cannot be read",
        UNKNOWN,
        CLUSTER_SNAPSHOT,
        cluster_shared_with(OTHER),
        ACCOUNT,
        DENIED_ACCOUNTS,
    ),
)


BUS = made(EventBus, Name="orders", Arn=f"arn:aws:events:{HERE}:event-bus/orders")
VAULT = made(BackupVault, BackupVaultName="v", BackupVaultArn=f"arn:aws:backup:{HERE}:backup-vault:v")
FILES = made(FileSystem, FileSystemId="fs-1", FileSystemArn=f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-1")


def policy_of(scope: Any, **answers: Any) -> ResourcePolicy:
    (found,) = gathered(ResourcePolicy, scope, **answers)
    assert isinstance(found, ResourcePolicy)
    return found


def bus_policy(*statements: dict[str, Any]) -> ResourcePolicy:
    raw = {"Name": "orders", "Arn": BUS.arn, "Policy": text(*statements)}
    (found,) = bus_policies_of(made(EventBus, raw))
    return found


def bus_policies_of(bus: EventBus) -> tuple[ResourcePolicy, ...]:
    found: tuple[ResourcePolicy, ...] = gathered(ResourcePolicy, bus, ListEventBuses={})
    return found


def vault_policy(*statements: dict[str, Any]) -> ResourcePolicy:
    return policy_of(VAULT, GetBackupVaultAccessPolicy={"Policy": text(*statements)})


def files_policy(*statements: dict[str, Any]) -> ResourcePolicy:
    return policy_of(FILES, DescribeFileSystemPolicy={"Policy": text(*statements)})


def of_bucket(*statements: dict[str, Any]) -> ResourcePolicy:
    return policy_of(BUCKET, GetBucketPolicy={"Policy": text(*statements)})


def of_key(*statements: dict[str, Any]) -> ResourcePolicy:
    return policy_of(KEY, GetKeyPolicy={"Policy": text(*statements)})


BY_MOUNT_TARGET = {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
OTHERS = {"AWS": f"arn:aws:iam::{OTHER}:root"}

test_resource_policy_public_other = cases(
    "resource_policy_public_other",
    case("a bus for one account", PASS, bus_policy(statement("events:PutEvents", Principal=OTHERS)), OUTSIDE),
    case(
        "a bus for everyone",
        FAIL,
        bus_policy(statement("events:PutEvents")),
        OUTSIDE,
        because="statement Open of its policy lets anyone call events:PutEvents",
        severity=Severity.HIGH,
    ),
    case(
        "copies into a vault",
        FAIL,
        vault_policy(statement("backup:CopyIntoBackupVault")),
        OUTSIDE,
        severity=Severity.MEDIUM,
    ),
    case(
        "a vault for everyone",
        FAIL,
        vault_policy(statement("backup:CopyIntoBackupVault"), statement("backup:DeleteRecoveryPoint")),
        OUTSIDE,
        because="backup:DeleteRecoveryPoint",
        severity=Severity.CRITICAL,
    ),
    case(
        "files by mount targets",
        PASS,
        files_policy(statement("elasticfilesystem:ClientMount", BY_MOUNT_TARGET)),
        OUTSIDE,
    ),
    case("files for everyone", FAIL, files_policy(statement("elasticfilesystem:ClientMount")), OUTSIDE),
    case("files without a policy", PASS, policy_of(FILES, DescribeFileSystemPolicy=Absent("PolicyNotFound")), OUTSIDE),
    case("judged elsewhere", NOT_APPLICABLE, of_bucket(statement("s3:*")), OUTSIDE, because="s3_bucket_public"),
)

DOCUMENT = made(Document, Name="restart", DocumentType="Automation")

test_ssm_document_public = cases(
    "ssm_document_public",
    case("shared with nobody", PASS, DOCUMENT, None, because="nobody"),
    case("with an account", PASS, DOCUMENT, made(DocumentReaders, AccountIds=[OTHER]), because="1 named accounts"),
    case("with everyone", FAIL, DOCUMENT, made(DocumentReaders, AccountIds=["all"]), because="every AWS account"),
)

PERIMETER = Perimeter(MINE)
NOBODY: Any = every()
SISTERS = every(made(MemberAccount, Id=OTHER, Arn=f"arn:aws:organizations::{MINE}:account/o-1/{OTHER}"))
NO_MEMBERS = every(gaps=(gap("organizations:ListAccounts", GLOBAL),))
READ_BY_OTHER = of_bucket(statement("s3:GetObject", Principal=OTHERS))

test_resource_policy_external_account = cases(
    "resource_policy_external_account",
    case("its own account", PASS, of_key(ROOT), PERIMETER, NOBODY, because="no account outside"),
    case(
        "a stranger who reads",
        FAIL,
        READ_BY_OTHER,
        PERIMETER,
        NOBODY,
        because=f"lets {OTHER} read (s3:GetObject)",
        severity=Severity.MEDIUM,
    ),
    case(
        "a stranger who changes the policy",
        FAIL,
        of_bucket(statement("s3:PutBucketPolicy", Principal=OTHERS)),
        PERIMETER,
        NOBODY,
        severity=Severity.HIGH,
    ),
    case(
        "a stranger who decrypts",
        FAIL,
        of_key(ROOT, statement("kms:Decrypt", Principal=OTHERS)),
        PERIMETER,
        NOBODY,
        severity=Severity.HIGH,
    ),
    case(
        "the worst of two",
        FAIL,
        of_bucket(
            statement("s3:GetObject", Principal=OTHERS),
            statement(["s3:GetObject", "s3:PutBucketPolicy"], Sid="Grave", Principal={"AWS": "333333333333"}),
        ),
        PERIMETER,
        NOBODY,
        because="statement Grave of its policy lets 333333333333 administer (s3:PutBucketPolicy), and 1 other accounts",
        severity=Severity.HIGH,
    ),
    case(
        "another organization, members denied",
        FAIL,
        of_bucket(statement("s3:GetObject", {"StringEquals": {"aws:PrincipalOrgID": "o-stranger00"}})),
        PERIMETER,
        NO_MEMBERS,
        because="lets o-stranger00 read",
    ),
    case("a member of the organization", PASS, READ_BY_OTHER, PERIMETER, SISTERS, because="organization only"),
    case("a trusted account", PASS, READ_BY_OTHER, PERIMETER, NO_MEMBERS, trusted_accounts=(OTHER,)),
    case("another one is trusted", FAIL, READ_BY_OTHER, PERIMETER, NO_MEMBERS, trusted_accounts=("333333333333",)),
    case("members denied", UNKNOWN, READ_BY_OTHER, PERIMETER, NO_MEMBERS, because="organizations:ListAccounts"),
    case("nobody outside, members denied", PASS, of_key(ROOT), PERIMETER, NO_MEMBERS),
    case("everyone", NOT_APPLICABLE, of_bucket(statement("s3:GetObject")), PERIMETER, NOBODY, because="everyone"),
    case("no policy", PASS, policy_of(FILES, DescribeFileSystemPolicy=Absent("PolicyNotFound")), PERIMETER, NOBODY),
)

SHARE_ARN = f"arn:aws:ram:{HERE}:resource-share/1"


def share(status: str = "ACTIVE", *, outsiders: bool = False) -> ResourceShare:
    raw = {"resourceShareArn": SHARE_ARN, "name": "net", "status": status, "allowExternalPrincipals": outsiders}
    return made(ResourceShare, raw)


def shared(*, external: bool, to: str = OTHER) -> Any:
    return every(made(SharePrincipal, id=to, resourceShareArn=SHARE_ARN, external=external))


test_ram_resource_share_external = cases(
    "ram_resource_share_external",
    case("within the organization", PASS, share(), shared(external=False), because="1 principals"),
    case(
        "with a stranger", FAIL, share(outsiders=True), shared(external=True), because=OTHER, severity=Severity.MEDIUM
    ),
    case("with a trusted account", PASS, share(), shared(external=True), trusted_accounts=(OTHER,)),
    case(
        "with a role of a trusted account",
        PASS,
        share(),
        shared(external=True, to=f"arn:aws:iam::{OTHER}:role/net"),
        trusted_accounts=(OTHER,),
    ),
    case("open to strangers", FAIL, share(outsiders=True), shared(external=False), severity=Severity.LOW),
    case("pending", NOT_APPLICABLE, share("PENDING"), shared(external=True), because="PENDING"),
    case("denied", UNKNOWN, share(), every(gaps=(gap("ram:ListPrincipals"),))),
)


def delegate(account: str = OTHER) -> DelegatedAdministrator:
    return made(DelegatedAdministrator, Id=account, Arn=f"arn:aws:organizations::{MINE}:account/o-1/{account}")


def serving(one: DelegatedAdministrator, *names: str) -> tuple[DelegatedAdministrator, DelegatedServices]:
    answer = {"DelegatedServices": [{"ServicePrincipal": name} for name in names]}
    found = gathered(DelegatedServices, one, ListDelegatedServicesForAccount=answer)
    assert isinstance(found, DelegatedServices)
    return one, found


def trusting(*names: str) -> TrustedServices:
    answer = {"EnabledServicePrincipals": [{"ServicePrincipal": name} for name in names]}
    found = gathered(TrustedServices, ACCOUNT, ListAWSServiceAccessForOrganization=answer)
    assert isinstance(found, TrustedServices)
    return found


ANALYZER = "access-analyzer.amazonaws.com"
SELF, SECURITY = delegate(MINE), delegate()
OURS, THEIRS = organization(MINE), organization(OTHER)
TRUSTED = trusting(ANALYZER)
WIDE = every(analyzer("ORGANIZATION"))
BY_SECURITY = (every(SECURITY), every_of(serving(SECURITY, ANALYZER)))
BY_US = (every(SELF), every_of(serving(SELF, ANALYZER)))
BY_NOBODY = (every(), every_of())
DELEGATES_DENIED = every(gaps=(gap("organizations:ListDelegatedAdministrators", GLOBAL),))

test_accessanalyzer_organization_missing = cases(
    "accessanalyzer_organization_missing",
    case("delegated", PASS, ACCOUNT, OURS, *BY_SECURITY, TRUSTED, every(), BUSY, because=OTHER),
    case("we are the delegate", PASS, ACCOUNT, THEIRS, *BY_US, TRUSTED, WIDE, BUSY, because="eu-west-1"),
    case(
        "no analyzer at the delegate",
        FAIL,
        ACCOUNT,
        THEIRS,
        *BY_US,
        TRUSTED,
        every(analyzer()),
        BUSY,
        because="eu-west-1, eu-central-1, us-east-1",
        severity=Severity.MEDIUM,
    ),
    case(
        "no trusted access", FAIL, ACCOUNT, OURS, *BY_SECURITY, trusting(), every(), BUSY, because="no trusted access"
    ),
    case("done by the management account", FAIL, ACCOUNT, OURS, *BY_NOBODY, TRUSTED, WIDE, BUSY, severity=Severity.LOW),
    case(
        "a plain member", NOT_APPLICABLE, ACCOUNT, THEIRS, *BY_SECURITY, TRUSTED, every(), BUSY, because="plain member"
    ),
    case(
        "another service's delegate",
        NOT_APPLICABLE,
        ACCOUNT,
        THEIRS,
        every(SELF),
        every_of(serving(SELF)),
        None,
        WIDE,
        BUSY,
    ),
    case("no organization", NOT_APPLICABLE, ACCOUNT, None, *BY_NOBODY, None, every(), BUSY),
    case("denied", UNKNOWN, ACCOUNT, OURS, DELEGATES_DENIED, every_of(), TRUSTED, WIDE, BUSY),
)


def unused(days: int = 90, *excluded: str) -> Analyzer:
    arn = f"arn:aws:access-analyzer:{HERE}:analyzer/unused"
    rule = {"exclusions": [{"accountIds": list(excluded)}]} if excluded else {}
    config = {"unusedAccess": {"unusedAccessAge": days, "analysisRule": rule}}
    raw = {"arn": arn, "name": "unused", "type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE", "configuration": config}
    return made(Analyzer, raw)


ANALYZERS_DENIED = every(gaps=(gap("accessanalyzer:ListAnalyzers"),))
ORGANIZATION_DENIED = every(gaps=(gap("organizations:DescribeOrganization", GLOBAL),))

test_accessanalyzer_unused_access_missing = cases(
    "accessanalyzer_unused_access_missing",
    case("one", PASS, ACCOUNT, every(unused()), every(), because="analyzer unused"),
    case("late", FAIL, ACCOUNT, every(unused(120)), every(), because="after 120 days", severity=Severity.LOW),
    case("late, but one is not", PASS, ACCOUNT, every(unused(120), unused(30)), every()),
    case("one that leaves us out", FAIL, ACCOUNT, every(unused(90, MINE)), every(), severity=Severity.LOW),
    case("none, history instead", PASS, ACCOUNT, every(analyzer()), every(), because="access history"),
    case("none", FAIL, ACCOUNT, every(analyzer()), every(), because="none of 1 analyzers", accept_last_accessed=False),
    case("none in a member account", UNKNOWN, ACCOUNT, every(), MEMBER, accept_last_accessed=False, because="member"),
    case("denied", UNKNOWN, ACCOUNT, ANALYZERS_DENIED, every()),
    case("organization denied", UNKNOWN, ACCOUNT, every(), ORGANIZATION_DENIED, accept_last_accessed=False),
)


def uses(status: str = "COMPLETED", **last: int | None) -> ServiceUses:
    """When services were last used, in days ago."""
    services = [
        {"ServiceName": name, "ServiceNamespace": name}
        | ({"LastAuthenticated": ago(days=days)} if days is not None else {})
        for name, days in last.items()
    ]
    found = gathered(
        ServiceUses,
        role("job"),
        GenerateServiceLastAccessedDetails={"JobId": "j" * 36},
        GetServiceLastAccessedDetails={
            "JobStatus": status,
            "JobCreationDate": ago(hours=1),
            "JobCompletionDate": ago(hours=1),
            "ServicesLastAccessed": services,
        },
    )
    assert isinstance(found, ServiceUses)
    return found


JOB = role("job", allow("logs:*", "sqs:*", "sns:*", "ec2:*", "s3:GetObject"))
KEEPER = role("job", allow("logs:*", "kms:*"))
OF_PERMISSION_SET = role("AWSReservedSSO_Admin_1", allow("*"), path="/aws-reserved/sso.amazonaws.com/eu-west-1/")
QUIET = uses(logs=1, sqs=200, sns=None, ec2=None)

test_iam_principal_services_unused = cases(
    "iam_principal_services_unused",
    case("most are used", PASS, JOB, uses(logs=1, sqs=2, sns=3, ec2=None), ACCOUNT, rights(JOB), because="3 of 4"),
    case(
        "most are not",
        FAIL,
        JOB,
        QUIET,
        ACCOUNT,
        rights(JOB),
        because="3 of 4 services were not used for 90 days; it used logs",
        severity=Severity.MEDIUM,
    ),
    case(
        "of a permission set",
        NOT_APPLICABLE,
        OF_PERMISSION_SET,
        QUIET,
        ACCOUNT,
        rights(OF_PERMISSION_SET),
        because="permission set",
    ),
    case("of a user", FAIL, user("ada"), QUIET, ACCOUNT, rights(user("ada"))),
    case(
        "keys in full",
        FAIL,
        KEEPER,
        uses(kms=None, sns=None, sqs=None),
        ACCOUNT,
        rights(KEEPER),
        because="kms in full among them; it used none",
        severity=Severity.HIGH,
    ),
    case(
        "one object of S3", FAIL, JOB, uses(s3=None, sns=None, sqs=None), ACCOUNT, rights(JOB), severity=Severity.MEDIUM
    ),
    case("two of two", PASS, JOB, uses(sns=None, sqs=None), ACCOUNT, rights(JOB)),
    case("a larger share", PASS, JOB, QUIET, ACCOUNT, rights(JOB), max_unused_share=0.8),
    case("long ago counts", PASS, JOB, QUIET, ACCOUNT, rights(JOB), unused_days=300),
    case(
        "a young role", NOT_APPLICABLE, role("new", CreateDate=ago(days=9)), QUIET, ACCOUNT, rights(), because="90 days"
    ),
    case(
        "a group",
        NOT_APPLICABLE,
        made(Group, Arn=f"arn:aws:iam::{MINE}:group/g", GroupName="g"),
        None,
        ACCOUNT,
        rights(),
    ),
    case("a report that is not ready", UNKNOWN, JOB, uses("IN_PROGRESS"), ACCOUNT, rights(JOB), because="IN_PROGRESS"),
)

STORE = made(EventDataStore, EventDataStoreArn=f"arn:aws:cloudtrail:{HERE}:eventdatastore/1", Name="lake")
MANAGEMENT = [{"Name": "all", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]


def keeping(days: int = 365, *, protected: bool = True, everywhere: bool = True) -> Any:
    raw = {
        "Status": "ENABLED",
        "MultiRegionEnabled": everywhere,
        "OrganizationEnabled": False,
        "RetentionPeriod": days,
        "TerminationProtectionEnabled": protected,
        "AdvancedEventSelectors": MANAGEMENT,
    }
    return every_of((STORE, made(EventDataStoreDetail, raw)))


GROUP_ARN = f"arn:aws:logs:{HERE}:log-group:trail"
TRAIL = gathered(
    Trail,
    DescribeTrails={
        "trailList": [
            {
                "TrailARN": f"arn:aws:cloudtrail:{HERE}:trail/main",
                "Name": "main",
                "HomeRegion": "eu-west-1",
                "S3BucketName": "audit",
                "CloudWatchLogsLogGroupArn": f"{GROUP_ARN}:*",
            }
        ]
    },
)[0]


def log_group(days: int | None) -> LogGroup:
    retention = {"retentionInDays": days} if days else {}
    return made(LogGroup, {"arn": f"{GROUP_ARN}:*", "logGroupName": "trail"} | retention)


DATABASE = made(CatalogDatabase, Name="audit")
TABLE = made(
    CatalogTable, under=DATABASE, Name="trail", StorageDescriptor={"Location": "s3://audit/AWSLogs/1/CloudTrail"}
)
LAKE_ARN = f"arn:aws:securitylake:{HERE}:data-lake/default"
LAKE = made(SecurityLake, dataLakeArn=LAKE_ARN, region="eu-west-1", createStatus="COMPLETED")
NO: Any = every()
NO_TABLES = every(gaps=(gap("glue:GetTables"),))

test_cloudtrail_lake_history_missing = cases(
    "cloudtrail_lake_history_missing",
    case("a store", PASS, ACCOUNT, every(STORE), keeping(), NO, NO, NO, NO, because="lake keeps 365 days"),
    case("an open store", FAIL, ACCOUNT, every(STORE), keeping(protected=False), NO, NO, NO, NO, because="deletion"),
    case("a short store", FAIL, ACCOUNT, every(STORE), keeping(90), NO, NO, NO, NO, because="none of 1"),
    case("a store of one region", FAIL, ACCOUNT, every(STORE), keeping(everywhere=False), NO, NO, NO, NO),
    case(
        "a log group", PASS, ACCOUNT, NO, every_of(), every(TRAIL), every(log_group(400)), NO, NO, because="log group"
    ),
    case("a log group for ever", PASS, ACCOUNT, NO, every_of(), every(TRAIL), every(log_group(None)), NO, NO),
    case("a short log group", FAIL, ACCOUNT, NO, every_of(), every(TRAIL), every(log_group(30)), NO, NO),
    case("a table", PASS, ACCOUNT, NO, every_of(), every(TRAIL), NO, every(TABLE), NO, because="table trail"),
    case("a table of other data", FAIL, ACCOUNT, NO, every_of(), NO, NO, every(TABLE), NO),
    case("a lake", PASS, ACCOUNT, NO, every_of(), NO, NO, NO, every(LAKE), because="Security Lake"),
    case("nothing", FAIL, ACCOUNT, NO, every_of(), every(TRAIL), NO, NO, NO, because="365 days", severity=Severity.LOW),
    case("tables denied", UNKNOWN, ACCOUNT, NO, every_of(), every(TRAIL), NO, NO_TABLES, NO),
    case("enough, tables denied", PASS, ACCOUNT, every(STORE), keeping(), NO, NO, NO_TABLES, NO),
)

test_role_scope_matches_need = cases(
    "role_scope_matches_need", case("a question", MANUAL, ACCOUNT, because="is it written down what each workload ne")
)

test_policies_right_sized_regularly = cases(
    "policies_right_sized_regularly",
    case("a question", MANUAL, ACCOUNT, because="are policies reduced by real usage at fi"),
)

test_access_findings_reviewed_on_schedule = cases(
    "access_findings_reviewed_on_schedule",
    case("a question", MANUAL, ACCOUNT, because="who reviewed the findings of access last"),
)
