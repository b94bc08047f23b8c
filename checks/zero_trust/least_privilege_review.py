"""Least-privilege access review."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from auditor.every import Every
from auditor.evidence.accessanalyzer import ActiveFindings, Analyzer
from auditor.evidence.cloudtrail import EventDataStore, EventDataStoreDetail, Trail
from auditor.evidence.ec2 import Image, PublicSnapshot, Snapshot, SnapshotBlockPublicAccess
from auditor.evidence.ecr import Repository, RepositoryPolicy
from auditor.evidence.glue import CatalogTable
from auditor.evidence.iam import AccessKey, CredentialReport, Credentials, Principal, Role, ServiceUses, User
from auditor.evidence.kms import Key, KeyPolicy
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy
from auditor.evidence.logs import LogGroup
from auditor.evidence.organizations import (
    DelegatedAdministrator,
    DelegatedServices,
    MemberAccount,
    Organization,
    TrustedServices,
)
from auditor.evidence.policy import PolicyDocument, Statement, account_of
from auditor.evidence.ram import ResourceShare, SharePrincipal, share_arn
from auditor.evidence.rds import (
    DbClusterSnapshot,
    DbClusterSnapshotSharing,
    DbSnapshot,
    DbSnapshotSharing,
    SnapshotSharing,
)
from auditor.evidence.resource_policies import PolicyOfVault, ResourcePolicy
from auditor.evidence.s3 import (
    AccountPublicAccessBlock,
    Bucket,
    BucketAcl,
    BucketOwnership,
    BucketPolicy,
    BucketPublicAccessBlock,
)
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.evidence.securitylake import SecurityLake
from auditor.evidence.sns import Topic
from auditor.evidence.sqs import Queue
from auditor.evidence.ssm import Document, DocumentReaders
from auditor.inference.access import Access, Admission, Kind, Perimeter, access_of, kinds_of
from auditor.inference.principals import SSO_PATH
from auditor.inference.privilege import Privilege
from auditor.inference.public_access import Outside
from auditor.inference.regions import RegionUse
from auditor.model import Account, Region, Severity, Verdict, failed, manual, not_applicable, passed, unknown
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
    if not region.serves("accessanalyzer"):
        return not_applicable("the region has no IAM Access Analyzer")
    found = [one for one in analyzers.within(region.name) if one.finds_external_access]
    if any(one.is_active for one in found):
        return passed("an analyzer of external access is active")
    severity = Severity.HIGH if use.may_use(region.name) else Severity.LOW
    if found:
        why = f" ({found[0].trouble})" if found[0].trouble else ""
        return failed(f"analyzer {found[0].name} is {found[0].status}{why}", severity=severity)
    if any(one.management_account != region.account.id for one in organizations):
        if assume_org_analyzer:
            return passed("the account is a member of an organization, whose analyzer is taken to cover it")
        return unknown("there is no analyzer here, and a member account cannot see whether its organization has one")
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
    blind = [one for one in active.findings if one.error == "ACCESS_DENIED"]
    if not stale and blind:
        return failed(f"it may not read {len(blind)} resources, {blind[0].resource} among them, and is blind there")
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
    """A password that was changed since counts as new: nobody could have used it before."""
    changed = row.password_changed or user.created
    if row.password_enabled and max(row.password_used or changed, changed) < limit:
        yield _last("its password", row.password_used, changed)


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
    outside: Outside,
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
    statements = outside.everyone(policy.document if policy else None)
    live = () if any(one.restrict_public_buckets for one in settings) else statements
    ignored = any(one.ignore_public_acls for one in settings) or (ownership is not None and ownership.disables_acls)
    grants = () if ignored else acl.public
    writes = [one.label for one in live if one.kinds - {Kind.READ}]
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
def kms_key_policy_public(key: Key, policy: KeyPolicy, outside: Outside) -> Verdict:
    """No KMS key policy admits everyone.

    Why: whoever may use the key can decrypt every copy of the data that leaves the account, from any AWS account.
    Fix: name the account's root or roles as principals; where a wildcard is needed, demand kms:CallerAccount or
        aws:PrincipalOrgID, not kms:ViaService alone.
    """
    if key.state.startswith("Pending") and key.state.endswith("Deletion"):
        return not_applicable("the key waits for its deletion")
    open_to_all = outside.everyone(policy.document)
    direct = [one for one in open_to_all if not one.statement.required("kms:ViaService")]
    if direct:
        return failed(f"{direct[0].label} of its policy admits every AWS account")
    if open_to_all:
        first = open_to_all[0]
        reason = f"{first.label} admits every AWS account that comes through {_service(first.statement)}"
        return failed(reason, severity=Severity.HIGH)
    managing = [one for one in policy.document.allowing if one.covers_action("kms:PutKeyPolicy")]
    if not any(map(_names_somebody, managing)):
        who = "anyone but deleted principals" if managing else "anyone"
        reason = f"no statement lets {who} change the policy, so the key cannot be managed"
        return failed(reason, severity=Severity.MEDIUM)
    return passed("its policy admits named principals only")


def _names_somebody(statement: Statement) -> bool:
    """Whether it names more than users and roles that are deleted, of whom IAM leaves the unique ids."""
    names = (name for several in statement.principals.values() for name in several)
    return bool(statement.not_principals) or any(not _DELETED.fullmatch(name) for name in names)


_DELETED = re.compile(r"A(?:IDA|ROA)[A-Z0-9]+")


def _service(statement: Statement) -> str:
    return ", ".join(statement.values_of("kms:ViaService"))


def _opened(found: Sequence[Admission], grave: tuple[str, ...], graded: tuple[Severity, Severity]) -> Verdict:
    """The verdict on a resource policy: worse where everyone may do one of the grave actions."""
    for one in found:
        action = next((action for action in grave if one.allows(action)), None)
        if action:
            return failed(f"{one.label} of its policy lets {one.who} call {action}", severity=graded[0])
    if found:
        actions = ", ".join(found[0].actions)
        return failed(f"{found[0].label} of its policy lets {found[0].who} call {actions}", severity=graded[1])
    return passed("its policy admits nobody unnamed")


_CRITICAL_OR_HIGH = (Severity.CRITICAL, Severity.HIGH)


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07"])
def lambda_function_policy_public(
    function: Function,
    policy: FunctionPolicy | None,
    aliases: Every[FunctionAlias],
    alias_policies: Every[AliasPolicy],
    outside: Outside,
) -> Verdict:
    """No policy of a function or of its aliases admits everyone.

    Why: any AWS account can invoke the function, at your cost and with the rights of its role.
    Fix: remove the statement (RemovePermission) and add one that names the account, or the service with
        aws:SourceArn and aws:SourceAccount.
    """
    if policy and (found := _callers(policy.document, outside)):
        return _opened(found, (), (Severity.CRITICAL, Severity.CRITICAL))
    policies = [(alias, one) for alias in aliases.of(function) for one in alias_policies.of(alias)]
    for alias, one in policies:
        if found := _callers(one.document, outside):
            actions = ", ".join(found[0].actions)
            return failed(f"{found[0].label} of its alias {alias.alias} lets {found[0].who} call {actions}")
    return passed("its policy admits nobody unnamed" if policy or policies else "it has no resource policy")


def _callers(document: PolicyDocument, outside: Outside) -> list[Admission]:
    """Everyone's admissions to more than the function's URL."""
    return [one for one in outside.everyone(document) if not _is_url(one.statement)]


def _is_url(statement: Statement) -> bool:
    """Whether it only opens the function's URL, whose authentication is judged apart."""
    demanded = statement.required("lambda:FunctionUrlAuthType") or statement.required("lambda:InvokedViaFunctionUrl")
    return bool(demanded) or statement.actions == ("lambda:InvokeFunctionUrl",)


_TAKING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:SetQueueAttributes")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def sqs_queue_policy_public(queue: Queue, outside: Outside) -> Verdict:
    """No queue policy admits everyone.

    Why: strangers read and delete the messages, or feed the consumer with forged ones.
    Fix: name the principals, or demand aws:SourceArn of the topic, bucket or rule that sends, with aws:SourceAccount.
    """
    return _opened(outside.everyone(queue.policy), _TAKING, _CRITICAL_OR_HIGH)


_LISTENING = ("sns:Subscribe", "sns:Receive", "sns:SetTopicAttributes")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def sns_topic_policy_public(topic: Topic, outside: Outside) -> Verdict:
    """No topic policy admits everyone.

    Why: a stranger subscribes his own address and gets a copy of every message, or publishes forged ones.
    Fix: name the principals, or demand aws:SourceOwner, aws:SourceAccount or aws:PrincipalOrgID.
    """
    return _opened(outside.everyone(topic.policy), _LISTENING, _CRITICAL_OR_HIGH)


_PUSHING = ("ecr:PutImage", "ecr:CompleteLayerUpload", "ecr:SetRepositoryPolicy")


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def ecr_repository_policy_public(_repository: Repository, policy: RepositoryPolicy | None, outside: Outside) -> Verdict:
    """No private image repository admits everyone.

    Why: every AWS account can pull the image with the code and secrets in it, or push one that your clusters run.
    Fix: name the accounts in the repository policy, or demand aws:PrincipalOrgID; publish by ECR Public if it is
        meant.
    """
    return _opened(outside.everyone(policy.document if policy else None), _PUSHING, _CRITICAL_OR_HIGH)


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07"])
def secretsmanager_secret_policy_public(secret: Secret, policy: SecretPolicy | None, outside: Outside) -> Verdict:
    """No secret's policy admits everyone.

    Why: every AWS account can read the secret, if its key lets it.
    Fix: name the roles that read it, and put the policy with BlockPublicPolicy.
    """
    if policy is None:
        return not_applicable(f"it is a copy of the secret in {secret.primary_region}, which is judged there")
    return _opened(outside.everyone(policy.document), (), (Severity.CRITICAL, Severity.CRITICAL))


@check(severity=Severity.CRITICAL, practices=["SEC03-BP07", "SEC08-BP04"])
def ec2_snapshot_public(
    snapshot: Snapshot, public: Every[PublicSnapshot], blocks: Every[SnapshotBlockPublicAccess]
) -> Verdict:
    """No EBS snapshot is public.

    Why: every AWS account can make a volume of it and read the disk with its credentials and data.
    Fix: remove the permission of the group all (ModifySnapshotAttribute), and block sharing for the region
        (EnableSnapshotBlockPublicAccess, block-all-sharing).
    """
    if not public.by(_arn, snapshot.region).get(snapshot.arn):
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


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def resource_policy_public_other(policy: ResourcePolicy, outside: Outside) -> Verdict:
    """No other resource policy admits everyone.

    Why: buses, vaults, file systems, catalogs, tables, streams and logs are opened by a policy just as buckets are, and
        nobody looks there.
    Fix: name the accounts as Principal, or demand aws:PrincipalOrgID, aws:SourceAccount or aws:SourceArn.
    """
    if policy.judged_by:
        return not_applicable(f"{policy.judged_by} judges it")
    found = [one for one in outside.everyone(policy.document) if not one.statement.required(_BY_MOUNT_TARGET)]
    if not isinstance(policy, PolicyOfVault):
        return _opened(found, (), (Severity.HIGH, Severity.HIGH))
    others = [one for one in found if one.actions != (_COPYING,)]
    return _opened(others or found, (), (Severity.CRITICAL, Severity.CRITICAL if others else Severity.MEDIUM))


_BY_MOUNT_TARGET = "elasticfilesystem:AccessedViaMountTarget"
_COPYING = "backup:CopyIntoBackupVault"


@check(severity=Severity.HIGH, practices=["SEC03-BP07"])
def ssm_document_public(_document: Document, readers: DocumentReaders | None) -> Verdict:
    """No Systems Manager document is shared with everyone.

    Why: a runbook tells every AWS account how your machines are kept, and perhaps the secrets that it was written with.
    Fix: remove `all` (aws ssm modify-document-permission --account-ids-to-remove all), and block public sharing for the
        region (the service setting /ssm/documents/console/public-sharing-permission).
    """
    if readers is not None and readers.is_public:
        return failed("every AWS account may read and run it")
    number = len(readers.accounts) if readers else 0
    return passed(f"it is shared with {number} named accounts" if number else "it is shared with nobody")


@check(severity=Severity.MEDIUM, practices=["SEC03-BP07", "SEC03-BP08", "SEC03-BP09"])
def resource_policy_external_account(
    policy: ResourcePolicy,
    perimeter: Perimeter,
    members: Every[MemberAccount],
    *,
    trusted_accounts: tuple[str, ...] = (),
) -> Verdict:
    """Access by accounts outside the organization is known and intended.

    Why: the partner's account that was let in for a project three years ago still reads the bucket, and so does whoever
        took that account over.
    Fix: remove the principal from the policy, or list its account in trusted_accounts when the access is meant.

    `trusted_accounts` are account ids besides the account itself and its organization.
    """
    access = access_of(policy.document, perimeter.trusting(*trusted_accounts)) if policy.document else Access(())
    if access.public:
        return not_applicable("it admits everyone, which is judged by itself")
    if not access.external_accounts:
        return passed("its policy admits no account outside")
    if not trusted_accounts and all(map(str.isdigit, access.external_accounts)):
        known = {one.account_id for one in members}
        if not access.external_accounts.keys() - known:
            return passed("its policy admits accounts of the organization only")
    first = max(access.external, key=lambda one: one.worst.rank)
    grave = first.worst is Kind.ADMIN or policy.holds_secrets
    action = next(one for one in first.actions if first.worst in kinds_of(one))
    others = len(access.external_accounts.keys() - {*first.outside})
    more = f", and {others} other accounts are let in" if others else ""
    return failed(
        f"{first.label} of its policy lets {' and '.join(first.outside)} {first.worst} ({action}){more}",
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        accounts={name: str(kind) for name, kind in access.external_accounts.items()},
    )


@check(severity=Severity.MEDIUM, practices=["SEC03-BP08", "SEC03-BP07"])
def ram_resource_share_external(
    share: ResourceShare, principals: Every[SharePrincipal], *, trusted_accounts: tuple[str, ...] = ()
) -> Verdict:
    """Resources are shared by RAM within the organization only.

    Why: subnets, certificate authorities and transit gateways that another company's account uses open the network
        itself to it.
    Fix: remove the principal (DisassociateResourceShare), and forbid others for good (UpdateResourceShare,
        allowExternalPrincipals false).

    `trusted_accounts` are account ids outside the organization that may share.
    """
    if not share.is_active:
        return not_applicable(f"it is {share.status}")
    everybody = principals.by(share_arn, share.region).get(share.arn, ())
    external = (one.principal for one in everybody if one.is_external)
    outsiders = [one for one in external if account_of(one) not in trusted_accounts]
    if outsiders:
        return failed(f"it is shared with {', '.join(sorted(outsiders))} outside the organization")
    if share.allows_outsiders:
        return failed("nobody outside has it, but it may be shared with anybody", severity=Severity.LOW)
    return passed(f"it is shared with {len(everybody)} principals of the organization")


_ANALYZER = "access-analyzer.amazonaws.com"


@check(severity=Severity.MEDIUM, practices=["SEC03-BP07", "SEC03-BP05"])
def accessanalyzer_organization_missing(
    account: Account,
    organization: Organization | None,
    administrators: Every[DelegatedAdministrator],
    services: Every[DelegatedServices],
    trusted: TrustedServices | None,
    analyzers: Every[Analyzer],
    use: RegionUse,
) -> Verdict:
    """The organization has an organization-level analyzer.

    Why: an analyzer of one account takes each other account of the company for a stranger, and says nothing of the
        accounts that have none.
    Fix: give Access Analyzer trusted access (EnableAWSServiceAccess), make the security account its delegated
        administrator, and create there an analyzer of type ORGANIZATION in every region in use.
    """
    if organization is None:
        return not_applicable("the account is in no organization")
    delegates = [one for one in administrators if any(_ANALYZER in found.services for found in services.of(one))]
    is_management = organization.management_account == account.id
    if not is_management and all(one.account_id != account.id for one in delegates):
        return not_applicable("the account is a plain member of its organization")
    if trusted is None or _ANALYZER not in trusted.services:
        return failed(f"{_ANALYZER} has no trusted access to the organization")
    if is_management and any(one.account_id != account.id for one in delegates):
        return passed(f"{delegates[0].account_id} administers Access Analyzer for the organization")
    active = {one.region for one in analyzers if one.is_active and one.kind == "ORGANIZATION"}
    lacking = sorted(use.known - active) if active else list(account.regions)
    if lacking:
        return failed(f"no active analyzer of type ORGANIZATION is in {', '.join(lacking)}", regions=lacking)
    if is_management:
        return failed(
            "the management account does the work: there is no delegated administrator", severity=Severity.LOW
        )
    return passed(f"analyzers of the organization are active in {', '.join(sorted(active))}")


@check(severity=Severity.MEDIUM, practices=["SEC03-BP04"])
def accessanalyzer_unused_access_missing(
    account: Account,
    analyzers: Every[Analyzer],
    organizations: Every[Organization],
    *,
    max_age_days: int = 90,
    accept_last_accessed: bool = True,
) -> Verdict:
    """An unused-access analyzer tracks permissions that nobody uses.

    Why: permissions only ever grow; what nobody has used for months is of use to an intruder alone.
    Fix: create an analyzer of type ACCOUNT_UNUSED_ACCESS or, for all accounts, ORGANIZATION_UNUSED_ACCESS; it is
        charged by role and user.

    `max_age_days` is after how many days access must count as unused; `accept_last_accessed` takes this program's own
    reading of the access history (iam_principal_services_unused) for an equal.
    """
    found = [one for one in analyzers.known() if one.finds_unused_access and one.is_active]
    if not found:
        return _without_analyzer(account, analyzers, organizations, accept_last_accessed=accept_last_accessed)
    best = min(found, key=lambda one: (account.id in one.excluded_accounts, one.unused_days or 0))
    if account.id in best.excluded_accounts:
        return failed(f"analyzer {best.name} leaves this account out", severity=Severity.LOW)
    if best.unused_days and best.unused_days > max_age_days:
        reason = f"analyzer {best.name} counts access as unused after {best.unused_days} days, over {max_age_days}"
        return failed(reason, severity=Severity.LOW)
    return passed(f"analyzer {best.name} looks for unused access")


def _without_analyzer(
    account: Account, analyzers: Every[Analyzer], organizations: Every[Organization], *, accept_last_accessed: bool
) -> Verdict:
    number = len(analyzers)
    if accept_last_accessed:
        return passed("there is no analyzer of unused access; the access history is read instead")
    if any(one.management_account != account.id for one in organizations):
        return unknown("none is here, and a member account cannot see whether its organization has one")
    return failed(f"none of {number} analyzers looks for unused access")


_PRECIOUS = ("iam", "sts", "kms", "secretsmanager", "organizations", "s3")
_FEWEST_UNUSED = 3


@check(severity=Severity.MEDIUM, practices=["SEC03-BP04"])
def iam_principal_services_unused(
    principal: Principal,
    uses: ServiceUses | None,
    account: Account,
    privilege: Privilege,
    *,
    unused_days: int = 90,
    min_age_days: int = 90,
    max_unused_share: float = 0.5,
) -> Verdict:
    """Granted services are ones that the role uses.

    Why: each service that a role may use and does not is only there for whoever steals its credentials.
    Fix: keep statements for the services that the finding lists as used, and remove the rest; Access Analyzer writes
        the policy from CloudTrail's history (StartPolicyGeneration).

    `unused_days` is after how long a service counts as unused, `min_age_days` how old a principal must be to be judged,
    and `max_unused_share` which share of the granted services may be unused.
    """
    if uses is None or not isinstance(principal, (Role, User)):
        return not_applicable("nobody signs in as it, or it is AWS's")
    if SSO_PATH in principal.arn:
        return not_applicable("Identity Center makes it of a permission set, and is where that is changed")
    if account.now - principal.created < timedelta(days=min_age_days):
        return not_applicable(f"it is younger than {min_age_days} days")
    if not uses.is_complete:
        return unknown(f"IAM's report of its last use is {uses.status}")
    limit = account.now - timedelta(days=unused_days)
    used = sorted(one.service for one in uses.services if one.last_used and one.last_used >= limit)
    unused = sorted(one.service for one in uses.services if one.service not in used)
    share = len(unused) / len(uses.services) if uses.services else 0.0
    if share < max_unused_share or len(unused) < _FEWEST_UNUSED:
        return passed(f"it used {len(used)} of {len(uses.services)} services within {unused_days} days")
    rights = privilege.rights(principal)
    grave = [one for one in unused if one in _PRECIOUS and rights.can(f"{one}:*").possible]
    wide = f", {', '.join(grave)} in full among them" if grave else ""
    kept = f"it used {', '.join(used[:8])}" + (" and more" if len(used) > 8 else "") if used else "it used none"  # noqa: PLR2004
    return failed(
        f"{len(unused)} of {len(uses.services)} services were not used for {unused_days} days{wide}; {kept}",
        severity=Severity.HIGH if grave else Severity.MEDIUM,
        used=used,
        unused=unused,
    )


@check(severity=Severity.LOW, practices=["SEC04-BP02", "SEC03-BP04"])
def cloudtrail_lake_history_missing(
    _account: Account,
    stores: Every[EventDataStore],
    details: Every[EventDataStoreDetail],
    trails: Every[Trail],
    groups: Every[LogGroup],
    tables: Every[CatalogTable],
    lakes: Every[SecurityLake],
    *,
    min_retention_days: int = 365,
) -> Verdict:
    """A year of queryable activity history backs permission reviews.

    Why: whether a permission was ever used, or what a stolen key did last spring, is asked months later.
    Fix: keep the trail's log group for a year, or query the trail's bucket with Athena (a Glue table), or enable
        Security Lake; CloudTrail Lake takes no new customers since 2026-05-31.

    `min_retention_days` is how long the history must be kept.
    """
    kept = [one for one in stores.known() if any(_keeps(found, min_retention_days) for found in details.of(one))]
    if kept:
        if not any(found.is_termination_protected for one in kept for found in details.of(one)):
            return failed(f"event data store {kept[0].store_name} is not protected from deletion")
        return passed(f"event data store {kept[0].store_name} keeps {min_retention_days} days or more")
    substitute = _substitute(trails, groups, tables, lakes, min_retention_days)
    if substitute:
        return passed(substitute)
    number = len(stores) + len(trails) + len(groups) + len(tables) + len(lakes)
    return failed(f"none of {number} stores, trails, log groups and tables keeps {min_retention_days} days of activity")


def _keeps(store: EventDataStoreDetail, days: int) -> bool:
    whole = store.is_enabled and store.is_multi_region and store.has_management_events
    return whole and store.retention_days >= days


def _substitute(
    trails: Every[Trail], groups: Every[LogGroup], tables: Every[CatalogTable], lakes: Every[SecurityLake], days: int
) -> str:
    """What else makes a year of events searchable; empty where nothing is known to."""
    named = {(one.log_group_arn or "").removesuffix(":*") for one in trails.known()}
    for group in groups.known():
        if group.arn in named and group.keeps_for(days):
            return f"the trail's log group {group.log_group} keeps {days} days or more"
    buckets = tuple(f"s3://{one.log_bucket}/" for one in trails.known())
    for table in tables.known():
        if f"{table.location or ''}/".startswith(buckets):
            return f"the table {table.table} of the data catalog reads the trail's bucket"
    lake = next((one for one in lakes.known() if one.keeps_for(days)), None)
    return f"Security Lake keeps {days} days or more in {lake.region}" if lake else ""


@check(severity=Severity.MEDIUM, practices=["SEC03-BP01", "SEC03-BP02"])
def role_scope_matches_need(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Roles allow what their workloads need, by a record of that need.

    Why: unused services and wildcards show what is too much; what is needed is recorded nowhere in AWS.
    Fix: write down what each workload needs, in its repository beside its policy, and review changes of both
    together; answer in the audit profile.
    """
    return manual("is it written down what each workload needs, and do its roles allow that and no more?")


@check(severity=Severity.MEDIUM, practices=["SEC03-BP04"])
def policies_right_sized_regularly(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Policies are cut down to what is used, as a habit.

    Why: permissions pile up as projects come and go; versions of policies show that they changed, not why.
    Fix: cut policies down by last-accessed data and Access Analyzer's findings at fixed times, and keep the
    record; answer in the audit profile.
    """
    return manual("are policies reduced by real usage at fixed times, and is there a record of the last time?")


@check(severity=Severity.MEDIUM, practices=["SEC03-BP04", "SEC04-BP03"])
def access_findings_reviewed_on_schedule(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """People review findings of access on a schedule.

    Why: a finding that nobody reads changes nothing; meetings and tickets are outside AWS.
    Fix: put the review of Access Analyzer, Security Hub and GuardDuty into a calendar with an owner and
    tickets; answer in the audit profile.
    """
    return manual("who reviewed the findings of access last, and when?")
