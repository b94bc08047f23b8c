import json
from typing import Any

from auditor.evidence.accessanalyzer import ActiveFindings, Analyzer
from auditor.evidence.ec2 import Image, Instance, PublicSnapshot, SharedSnapshot, Snapshot, SnapshotBlockPublicAccess
from auditor.evidence.ecr import Repository, RepositoryPolicy
from auditor.evidence.iam import CredentialReport, User
from auditor.evidence.kms import Key, KeyEntry, KeyPolicy
from auditor.evidence.lambda_ import Function, FunctionPolicy
from auditor.evidence.organizations import MemberAccount, Organization
from auditor.evidence.rds import DbClusterSnapshot, DbClusterSnapshotSharing, DbSnapshot, DbSnapshotSharing
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
from auditor.evidence.sns import Topic, TopicEntry
from auditor.evidence.sqs import Queue, QueueEntry
from auditor.inference.regions import RegionUse
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
    case("a member account", UNKNOWN, REGION, every(), MEMBER, BUSY, because="member"),
    case("a member that is taken for covered", PASS, REGION, every(), MEMBER, BUSY, assume_org_analyzer=True),
    case("the management account", FAIL, REGION, every(), every(organization(MINE)), BUSY),
    case("denied", UNKNOWN, REGION, every(gaps=(gap("accessanalyzer:ListAnalyzers"),)), every(), BUSY),
)


def findings(*raw: tuple[str, str, int]) -> ActiveFindings:
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
    case("closed", PASS, BUCKET, None, BLOCK, None, PRIVATE, ENFORCED),
    case("closed by the account", PASS, BUCKET, ACCOUNT_BLOCK, None, None, PRIVATE, None),
    case("open to the organization", PASS, BUCKET, None, BLOCK, ORGANIZATION, PRIVATE, ENFORCED),
    case(
        "read by policy",
        FAIL,
        BUCKET,
        None,
        NO_BLOCK,
        READS,
        PRIVATE,
        ENFORCED,
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
        because="grant of READ",
        severity=Severity.HIGH,
    ),
    case("read by any AWS account", FAIL, BUCKET, None, None, None, granted("READ", "AuthenticatedUsers"), None),
    case(
        "written by ACL",
        FAIL,
        BUCKET,
        None,
        None,
        None,
        granted("WRITE"),
        None,
        because="WRITE",
        severity=Severity.CRITICAL,
    ),
    case(
        "written by logs only", FAIL, BUCKET, None, NO_BLOCK, None, granted("WRITE", "x"), None, severity=Severity.LOW
    ),
    case("ACLs without effect", FAIL, BUCKET, None, NO_BLOCK, None, granted("WRITE"), ENFORCED, severity=Severity.LOW),
    case(
        "a policy held back",
        FAIL,
        BUCKET,
        ACCOUNT_BLOCK,
        None,
        READS,
        PRIVATE,
        None,
        because="only Block",
        severity=Severity.MEDIUM,
    ),
    case("an ACL held back", FAIL, BUCKET, None, IGNORING, None, granted("READ"), None, severity=Severity.MEDIUM),
    case("meant for everyone", PASS, BUCKET, None, NO_BLOCK, READS, PRIVATE, ENFORCED, public_buckets=("b",)),
    case("writing is never meant", FAIL, BUCKET, None, NO_BLOCK, WRITES, PRIVATE, ENFORCED, public_buckets=("b",)),
    case(
        "no block at all",
        FAIL,
        BUCKET,
        None,
        None,
        None,
        PRIVATE,
        ENFORCED,
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
    case("the account", PASS, KEY, key_policy(ROOT)),
    case(
        "everyone",
        FAIL,
        KEY,
        key_policy(ROOT, statement("kms:Decrypt")),
        because="statement Open",
        severity=Severity.CRITICAL,
    ),
    case(
        "everyone of the account",
        PASS,
        KEY,
        key_policy(ROOT, statement("kms:*", {"StringEquals": {"kms:CallerAccount": MINE, **VIA}})),
    ),
    case(
        "everyone through a service",
        FAIL,
        KEY,
        key_policy(ROOT, statement("kms:Decrypt", {"StringEquals": VIA})),
        because="s3.eu-west-1.amazonaws.com",
        severity=Severity.HIGH,
    ),
    case(
        "nobody manages it",
        FAIL,
        KEY,
        key_policy(statement("kms:Decrypt", Principal={"AWS": MINE})),
        because="cannot be managed",
        severity=Severity.MEDIUM,
    ),
    case("waiting for deletion", NOT_APPLICABLE, kms_key("PendingDeletion"), key_policy(statement("kms:*"))),
)

FUNCTION = made(Function, FunctionArn=f"arn:aws:lambda:{HERE}:function:f", FunctionName="f")


def function_policy(*statements: dict[str, Any]) -> FunctionPolicy:
    return made(FunctionPolicy, Policy=text(*statements), under=FUNCTION)


test_lambda_function_policy_public = cases(
    "lambda_function_policy_public",
    case("no policy", PASS, FUNCTION, None),
    case(
        "a service",
        PASS,
        FUNCTION,
        function_policy(statement("lambda:InvokeFunction", Principal={"Service": "s3.amazonaws.com"})),
    ),
    case(
        "everyone", FAIL, FUNCTION, function_policy(statement("lambda:InvokeFunction")), because="lambda:InvokeFunction"
    ),
    case(
        "everyone of an organization",
        PASS,
        FUNCTION,
        function_policy(statement("lambda:*", {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}})),
    ),
    case(
        "a function URL",
        PASS,
        FUNCTION,
        function_policy(
            statement("lambda:InvokeFunctionUrl", {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
        ),
    ),
    case(
        "invoked through its URL only",
        PASS,
        FUNCTION,
        function_policy(statement("lambda:InvokeFunction", {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})),
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
    case("no policy", PASS, queue()),
    case("one topic", PASS, queue(statement("sqs:SendMessage", FROM_TOPIC))),
    case(
        "everyone sends", FAIL, queue(statement("sqs:SendMessage")), because="sqs:SendMessage", severity=Severity.HIGH
    ),
    case(
        "everyone receives", FAIL, queue(statement("sqs:*")), because="sqs:ReceiveMessage", severity=Severity.CRITICAL
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
    ),
    case("everyone publishes", FAIL, topic(statement("sns:Publish")), because="sns:Publish", severity=Severity.HIGH),
    case("everyone subscribes", FAIL, topic(statement("sns:*")), because="sns:Subscribe", severity=Severity.CRITICAL),
)

REPOSITORY = made(Repository, repositoryArn=f"arn:aws:ecr:{HERE}:repository/r", repositoryName="r")


def repository_policy(*statements: dict[str, Any]) -> RepositoryPolicy:
    return made(RepositoryPolicy, policyText=text(*statements), under=REPOSITORY)


test_ecr_repository_policy_public = cases(
    "ecr_repository_policy_public",
    case("no policy", PASS, REPOSITORY, None),
    case("one account", PASS, REPOSITORY, repository_policy(statement("ecr:*", Principal={"AWS": OTHER}))),
    case(
        "everyone pulls",
        FAIL,
        REPOSITORY,
        repository_policy(statement("ecr:BatchGetImage")),
        because="ecr:BatchGetImage",
        severity=Severity.HIGH,
    ),
    case(
        "everyone pushes",
        FAIL,
        REPOSITORY,
        repository_policy(statement("ecr:*")),
        because="ecr:PutImage",
        severity=Severity.CRITICAL,
    ),
)

SECRET = made(Secret, ARN=f"arn:aws:secretsmanager:{HERE}:secret:s-1", Name="s")


def secret_policy(*statements: dict[str, Any]) -> SecretPolicy:
    return made(SecretPolicy, {"ResourcePolicy": text(*statements)} if statements else {}, under=SECRET)


test_secretsmanager_secret_policy_public = cases(
    "secretsmanager_secret_policy_public",
    case("no policy", PASS, SECRET, secret_policy()),
    case(
        "everyone", FAIL, SECRET, secret_policy(statement("secretsmanager:GetSecretValue")), severity=Severity.CRITICAL
    ),
    case(
        "one network",
        PASS,
        SECRET,
        secret_policy(statement("secretsmanager:*", {"StringEquals": {"aws:SourceVpce": "vpce-1"}})),
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
