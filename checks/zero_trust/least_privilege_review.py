"""Least-privilege access review."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from auditor.every import Every
from auditor.evidence.accessanalyzer import ActiveFindings, Analyzer
from auditor.evidence.ec2 import Image, PublicSnapshot, Snapshot, SnapshotBlockPublicAccess
from auditor.evidence.ecr import Repository, RepositoryPolicy
from auditor.evidence.iam import AccessKey, CredentialReport, Credentials, User
from auditor.evidence.kms import Key, KeyPolicy
from auditor.evidence.lambda_ import Function, FunctionPolicy
from auditor.evidence.organizations import MemberAccount, Organization
from auditor.evidence.policy import PolicyDocument, Statement
from auditor.evidence.rds import (
    DbClusterSnapshot,
    DbClusterSnapshotSharing,
    DbSnapshot,
    DbSnapshotSharing,
    SnapshotSharing,
)
from auditor.evidence.s3 import (
    AccountPublicAccessBlock,
    Bucket,
    BucketAcl,
    BucketOwnership,
    BucketPolicy,
    BucketPublicAccessBlock,
)
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.evidence.sns import Topic
from auditor.evidence.sqs import Queue
from auditor.inference.public_access import open_statements
from auditor.inference.regions import RegionUse
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def accessanalyzer_external_missing(
    region: Region,
    analyzers: Every[Analyzer],
    organizations: Every[Organization],
    use: RegionUse,
    *,
    assume_org_analyzer: bool = False,
) -> Verdict:
    """An external-access analyzer is active in every region in use.

    Why: a bucket, key, queue or role that is opened to another account by mistake stays open until somebody happens
        to read its policy; the analyzer, free of charge, sees it within minutes, but only in its own region.
    Fix: create an analyzer of type ACCOUNT or, from the delegated administrator, ORGANIZATION in every region.

    `assume_org_analyzer` takes a member account for covered by its organization's analyzer.
    """
    found = [one for one in analyzers.within(region.name) if one.finds_external_access]
    if any(one.is_active for one in found):
        return passed("an analyzer of external access is active")
    if found:
        return failed(f"analyzer {found[0].name} is {found[0].status} ({found[0].trouble})")
    if any(one.management_account != region.account.id for one in organizations):
        if assume_org_analyzer:
            return passed("the account is a member of an organization, whose analyzer is taken to cover it")
        return unknown("there is no analyzer here, and a member account cannot see whether its organization has one")
    severity = Severity.HIGH if use.may_use(region.name) else Severity.LOW
    return failed(f"there is no analyzer, and the region has {use.summary(region.name)}", severity=severity)


@check(severity=Severity.MEDIUM, practices=["SEC03-BP07"])
def accessanalyzer_finding_stale(
    analyzer: Analyzer, active: ActiveFindings, account: Account, *, max_age_days: int = 30
) -> Verdict:
    """Analyzer findings are reviewed and settled on schedule.

    Why: an open finding is access from outside, or access that nobody uses, that somebody has been told of and has
        left in place.
    Fix: remove the access, or archive the finding with a rule that says why it is meant.

    `max_age_days` is how long a finding may stay open; findings of unused access may stay twice as long.
    """
    allowed = max_age_days * (2 if analyzer.finds_unused_access else 1)
    stale = [one for one in active.findings if one.created < account.now - timedelta(days=allowed)]
    if not stale:
        return passed(f"none of {len(active.findings)} open findings is older than {allowed} days")
    oldest = min(stale, key=lambda one: one.created)
    grave = any(one.kind == "ExternalAccess" and one.resource_type in _GRAVE_TYPES for one in stale)
    return failed(
        f"{len(stale)} findings are open for more than {allowed} days, the oldest, on {oldest.resource}, since "
        f"{oldest.created:%Y-%m-%d}",
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        stale=len(stale),
    )


_GRAVE_TYPES = (
    "AWS::S3::Bucket",
    "AWS::IAM::Role",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::EC2::Snapshot",
    "AWS::RDS::DBSnapshot",
    "AWS::RDS::DBClusterSnapshot",
)


@check(severity=Severity.MEDIUM, practices=["SEC02-BP05", "SEC03-BP06"])
def iam_user_credential_unused(
    user: User, report: CredentialReport, account: Account, *, unused_days: int = 45
) -> Verdict:
    """Idle passwords and access keys of IAM users are disabled.

    Why: a credential that nobody uses is one whose theft nobody notices.
    Fix: delete the password (DeleteLoginProfile) and deactivate, then delete, the access keys; better, replace the
        user by IAM Identity Center or a role.

    `unused_days` is how long a password or key may stay unused.
    """
    row = report.rows.get(user.arn)
    if row is None:
        return unknown(f"the credential report of {report.generated:%Y-%m-%d %H:%M} does not have the user yet")
    if not row.password_enabled and not row.active_keys:
        return not_applicable("the user has neither a password nor an active access key")
    limit = account.now - timedelta(days=unused_days)
    idle = [
        *_idle_password(user, row, limit),
        *(_idle_key(user, key) for key in row.active_keys if _used(user, key) < limit),
    ]
    if idle:
        return failed(f"{' and '.join(idle)}, more than {unused_days} days")
    return passed(f"its credentials were used within {unused_days} days")


def _idle_password(user: User, row: Credentials, limit: datetime) -> Iterable[str]:
    if row.password_enabled and (row.password_used or user.created) < limit:
        yield _last("its password", row.password_used, user.created)


def _idle_key(user: User, key: AccessKey) -> str:
    return _last("an access key", key.used, key.rotated or user.created)


def _used(user: User, key: AccessKey) -> datetime:
    return key.used or key.rotated or user.created


def _last(what: str, used: datetime | None, made: datetime) -> str:
    return f"{what} was last used on {used:%Y-%m-%d}" if used else f"{what} was never used since {made:%Y-%m-%d}"


@check(severity=Severity.HIGH, practices=["SEC03-BP07", "SEC08-BP04"])
def s3_account_public_access_allowed(_account: Account, block: AccountPublicAccessBlock | None) -> Verdict:
    """S3 Block Public Access is on for the account.

    Why: one wrong policy or ACL on one bucket publishes its objects; the account's setting makes that mistake
        without effect.
    Fix: turn all four settings of Block Public Access on for the account (s3control PutPublicAccessBlock), and serve
        public content through CloudFront with origin access control.
    """
    if block is None:
        return failed("the account has no Block Public Access configuration")
    if not block.off:
        return passed("all four settings are on")
    severity = Severity.MEDIUM if len(block.off) == 1 else Severity.HIGH
    return failed(f"the account leaves {', '.join(block.off)} off", severity=severity, off=list(block.off))


_WRITING_GRANTS = ("WRITE", "WRITE_ACP", "FULL_CONTROL")


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07", "SEC08-BP04"])
def s3_bucket_public(
    bucket: Bucket,
    account_block: AccountPublicAccessBlock | None,
    block: BucketPublicAccessBlock | None,
    policy: BucketPolicy | None,
    acl: BucketAcl,
    ownership: BucketOwnership | None,
    *,
    public_buckets: tuple[str, ...] = (),
) -> Verdict:
    """No bucket is open to the public.

    Why: public buckets are found by scanners within hours; readers take the data, writers plant malware or run up
        the bill.
    Fix: turn Block Public Access on for the bucket, remove the public statement or grant, and serve public content
        through CloudFront with origin access control.

    `public_buckets` are the names of buckets whose reading by everyone is meant.
    """
    settings = [one for one in (account_block, block) if one is not None]
    statements = open_statements(policy.document) if policy else ()
    live = () if any(one.restrict_public_buckets for one in settings) else statements
    ignored = any(one.ignore_public_acls for one in settings) or (ownership is not None and ownership.disables_acls)
    grants = () if ignored else acl.public
    writes = [one.label for one in live if not one.only_reads]
    writes += [f"the ACL's grant of {one.permission}" for one in grants if one.permission in _WRITING_GRANTS]
    if writes:
        return failed(f"everyone may do more than read by {writes[0]}")
    if (live or grants) and bucket.bucket in public_buckets:
        return passed("everyone may read it, which is meant")
    if live:
        return failed(f"everyone may read it by {live[0].label} of its policy", severity=Severity.HIGH)
    if grants:
        return failed(f"everyone may read it by the ACL's grant of {grants[0].permission}", severity=Severity.HIGH)
    if statements or (acl.public and not (ownership and ownership.disables_acls)):
        return failed("only Block Public Access holds back a grant to everyone", severity=Severity.MEDIUM)
    off = set.intersection(*(set(one.off) for one in settings)) if settings else _ALL_SETTINGS
    if off:
        return failed(f"it is not public, but leaves {', '.join(sorted(off))} off", severity=Severity.LOW)
    return passed("nobody outside is admitted, and Block Public Access is on")


_ALL_SETTINGS = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"}


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07", "SEC08-BP01"])
def kms_key_policy_public(key: Key, policy: KeyPolicy) -> Verdict:
    """No KMS key policy admits everyone.

    Why: whoever may use the key can decrypt every copy of the data that leaves the account, from any AWS account.
    Fix: name the account's root or roles as principals; where a wildcard is needed, demand kms:CallerAccount or
        aws:PrincipalOrgID, not kms:ViaService alone.
    """
    if key.state.startswith("Pending") and key.state.endswith("Deletion"):
        return not_applicable("the key waits for its deletion")
    statements = open_statements(policy.document)
    direct = [one for one in statements if not one.required("kms:ViaService")]
    if direct:
        return failed(f"{direct[0].label} of its policy admits every AWS account")
    if statements:
        reason = f"{statements[0].label} admits every AWS account that comes through {_service(statements[0])}"
        return failed(reason, severity=Severity.HIGH)
    if not any(one.covers_action("kms:PutKeyPolicy") for one in policy.document.allowing):
        return failed(
            "no statement lets anyone change the policy, so the key cannot be managed", severity=Severity.MEDIUM
        )
    return passed("its policy admits named principals only")


def _service(statement: Statement) -> str:
    return ", ".join(statement.values_of("kms:ViaService"))


def _opened(document: PolicyDocument | None, grave: tuple[str, ...], graded: tuple[Severity, Severity]) -> Verdict:
    """The verdict on a resource policy: worse where everyone may do one of the grave actions."""
    statements = open_statements(document) if document else ()
    for statement in statements:
        action = next((one for one in grave if statement.covers_action(one)), None)
        if action:
            return failed(f"{statement.label} of its policy lets everyone call {action}", severity=graded[0])
    if statements:
        actions = ", ".join(statements[0].actions)
        return failed(f"{statements[0].label} of its policy lets everyone call {actions}", severity=graded[1])
    return passed("its policy admits nobody unnamed")


_CRITICAL_OR_HIGH = (Severity.CRITICAL, Severity.HIGH)


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07"])
def lambda_function_policy_public(_function: Function, policy: FunctionPolicy | None) -> Verdict:
    """No function policy admits everyone.

    Why: any AWS account can invoke the function, at your cost and with the rights of its role.
    Fix: remove the statement (RemovePermission) and add one that names the account, or the service with
        aws:SourceArn and aws:SourceAccount.
    """
    if policy is None:
        return passed("it has no resource policy")
    statements = [one for one in open_statements(policy.document) if not _is_url(one)]
    if statements:
        return failed(f"{statements[0].label} of its policy lets everyone call {', '.join(statements[0].actions)}")
    return passed("its policy admits nobody unnamed")


def _is_url(statement: Statement) -> bool:
    """Whether it only opens the function's URL, whose authentication is judged apart."""
    demanded = statement.required("lambda:FunctionUrlAuthType") or statement.required("lambda:InvokedViaFunctionUrl")
    return bool(demanded) or statement.actions == ("lambda:InvokeFunctionUrl",)


_TAKING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SetQueueAttributes")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def sqs_queue_policy_public(queue: Queue) -> Verdict:
    """No queue policy admits everyone.

    Why: strangers read and delete the messages, or feed the consumer with forged ones.
    Fix: name the principals, or demand aws:SourceArn of the topic, bucket or rule that sends, with aws:SourceAccount.
    """
    return _opened(queue.policy, _TAKING, _CRITICAL_OR_HIGH)


_LISTENING = ("sns:Subscribe", "sns:Receive", "sns:SetTopicAttributes")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def sns_topic_policy_public(topic: Topic) -> Verdict:
    """No topic policy admits everyone.

    Why: a stranger subscribes his own address and gets a copy of every message, or publishes forged ones.
    Fix: name the principals, or demand aws:SourceOwner, aws:SourceAccount or aws:PrincipalOrgID.
    """
    return _opened(topic.policy, _LISTENING, _CRITICAL_OR_HIGH)


_PUSHING = ("ecr:PutImage", "ecr:CompleteLayerUpload", "ecr:SetRepositoryPolicy")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def ecr_repository_policy_public(_repository: Repository, policy: RepositoryPolicy | None) -> Verdict:
    """No private image repository admits everyone.

    Why: every AWS account can pull the image with the code and secrets in it, or push one that your clusters run.
    Fix: name the accounts in the repository policy, or demand aws:PrincipalOrgID; publish by ECR Public if it is
        meant.
    """
    return _opened(policy.document if policy else None, _PUSHING, _CRITICAL_OR_HIGH)


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07"])
def secretsmanager_secret_policy_public(_secret: Secret, policy: SecretPolicy) -> Verdict:
    """No secret's policy admits everyone.

    Why: every AWS account can read the secret, if its key lets it.
    Fix: name the roles that read it, and put the policy with BlockPublicPolicy.
    """
    return _opened(policy.document, (), (Severity.CRITICAL, Severity.CRITICAL))


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07", "SEC08-BP04"])
def ec2_snapshot_public(
    snapshot: Snapshot, public: Every[PublicSnapshot], blocks: Every[SnapshotBlockPublicAccess]
) -> Verdict:
    """No EBS snapshot is public.

    Why: every AWS account can make a volume of it and read the disk with its credentials and data.
    Fix: remove the permission of the group all (ModifySnapshotAttribute), and block sharing for the region
        (EnableSnapshotBlockPublicAccess, block-all-sharing).
    """
    if not public.by(_arn).get(snapshot.arn):
        return passed("it is not shared with everyone")
    if _blocks_sharing(snapshot.region, blocks):
        return failed("it is shared with everyone, and only the region's block holds it back", severity=Severity.MEDIUM)
    sealed = "encrypted" if snapshot.encrypted else "unencrypted"
    return failed(
        f"every AWS account may copy this {sealed} snapshot of {snapshot.size_gib} GiB from {snapshot.started:%Y-%m-%d}"
    )


def _arn(snapshot: PublicSnapshot) -> str:
    return snapshot.arn


def _blocks_sharing(region: str, blocks: Every[SnapshotBlockPublicAccess]) -> bool:
    """Whether the region is seen to block all sharing; where that cannot be read, nothing mitigates what is seen."""
    unread = {gap.region for gap in blocks.gaps}
    return region not in unread and any(one.state == "block-all-sharing" for one in blocks.within(region))


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def ec2_image_public(image: Image) -> Verdict:
    """No machine image is public.

    Why: every AWS account can start it and read the code, keys and configuration baked into it.
    Fix: make it private (ModifyImageAttribute), share it with named accounts or the organization, and block public
        sharing for the region (EnableImageBlockPublicAccess).
    """
    if not image.is_public:
        return passed("it is private")
    plain = [one.snapshot for one in image.devices if one.snapshot and one.encrypted is False]
    if plain:
        return failed(
            f"every AWS account may start it and read its unencrypted disk {plain[0]}", severity=Severity.CRITICAL
        )
    return failed("every AWS account may start it")


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07", "SEC08-BP04"])
def rds_snapshot_public(
    snapshot: DbSnapshot,
    sharing: DbSnapshotSharing,
    account: Account,
    organization: Every[MemberAccount],
    *,
    trusted_accounts: tuple[str, ...] = (),
) -> Verdict:
    """No database snapshot is public or shared with unknown accounts.

    Why: whoever may restore the snapshot has the whole database, with all rows, as of that day.
    Fix: remove `all` and unknown accounts (ModifyDBSnapshotAttribute, restore), and share encrypted snapshots with
        named accounts only.

    `trusted_accounts` are account ids besides the account itself and its organization.
    """
    return _shared(snapshot.is_manual, sharing, account, organization, trusted_accounts)


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07", "SEC08-BP04"])
def rds_cluster_snapshot_public(
    snapshot: DbClusterSnapshot,
    sharing: DbClusterSnapshotSharing,
    account: Account,
    organization: Every[MemberAccount],
    *,
    trusted_accounts: tuple[str, ...] = (),
) -> Verdict:
    """No snapshot of a database cluster is public or shared with unknown accounts.

    Why: whoever may restore the snapshot has the whole database (Aurora, DocumentDB or Neptune), as of that day.
    Fix: remove `all` and unknown accounts (ModifyDBClusterSnapshotAttribute, restore), and share encrypted snapshots
        with named accounts only.

    `trusted_accounts` are account ids besides the account itself and its organization.
    """
    return _shared(snapshot.is_manual, sharing, account, organization, trusted_accounts)


def _shared(
    is_manual: bool,
    sharing: SnapshotSharing,
    account: Account,
    organization: Every[MemberAccount],
    trusted: tuple[str, ...],
) -> Verdict:
    if not is_manual:
        return not_applicable("only manual snapshots can be shared")
    if sharing.is_public:
        return failed("every AWS account may restore it")
    foreign = [one for one in sharing.shared_with if one not in (account.id, *trusted)]
    strangers = set(foreign).difference(one.account_id for one in organization) if foreign else ()
    if strangers:
        return failed(f"it is shared with {', '.join(sorted(strangers))}", severity=Severity.HIGH)
    return passed("it is shared with nobody unknown")
