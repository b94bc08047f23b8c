"""Encryption in transit and at rest."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from auditor.every import Every
from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.evidence.acmpca import CertificateAuthority, SharedCertificateAuthority
from auditor.evidence.apigateway import ApiDomain, RestApi, RestMethod
from auditor.evidence.cloudfront import Distribution
from auditor.evidence.dynamodb import Table
from auditor.evidence.ec2 import EbsDefaultKey, EbsEncryptionByDefault, Snapshot, Volume
from auditor.evidence.ec2_network import Vpc
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.efs import FileSystem, FileSystemPolicy
from auditor.evidence.elasticache import CacheCluster, ReplicationGroup
from auditor.evidence.elb import ClassicLoadBalancer, ClassicPolicies
from auditor.evidence.elbv2 import (
    Action,
    Listener,
    ListenerRule,
    LoadBalancer,
    SslPolicies,
    TargetGroup,
)
from auditor.evidence.iam import ServerCertificate
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.kinesis import Stream, StreamSettings
from auditor.evidence.kms import Alias, Key, KeyRotation
from auditor.evidence.macie import SensitiveDataFinding
from auditor.evidence.opensearch import Domain
from auditor.evidence.policy import Statement
from auditor.evidence.rds import (
    Database,
    DbCluster,
    DbClusterParameters,
    DbClusterSnapshot,
    DbInstance,
    DbInstanceParameters,
    DbProxy,
    DbSnapshot,
)
from auditor.evidence.redshift import RedshiftCluster, RedshiftParameters
from auditor.evidence.s3 import Bucket, BucketEncryption, BucketLogging, BucketPolicy
from auditor.evidence.secretsmanager import Secret
from auditor.evidence.sns import Subscription, Topic
from auditor.evidence.sqs import Queue
from auditor.inference.access_logs import AccessLogs
from auditor.model import Account, Region, Severity, Verdict, failed, manual, not_applicable, passed, unknown
from auditor.typed import Resource
from auditor.wiring import Tags, check

MONTH = timedelta(days=30)


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def s3_bucket_plaintext_requests(bucket: Bucket, policy: BucketPolicy | None) -> Verdict:
    """S3 buckets refuse requests without TLS 1.2.

    Why: S3 still answers plain HTTP; one misconfigured client sends objects and signatures in clear text.
    Fix: add a statement that denies s3:* to everyone on the bucket and its objects where aws:SecureTransport is
        false, and one where s3:TlsVersion is less than 1.2.
    """
    if policy is None:
        return failed("it has no bucket policy, so plain HTTP is answered")
    denials = [one for one in policy.document.denying if "false" in one.values_of("aws:SecureTransport")]
    if not denials:
        return failed("no statement of its policy denies requests without TLS")
    reasons = [_left_out(one, bucket.arn, "aws:SecureTransport") for one in denials]
    if all(reasons):
        return failed(f"its denial of plain HTTP leaves out {reasons[0]}")
    if not any(_refuses_old_tls(one, bucket.arn) for one in policy.document.denying):
        return failed("plain HTTP is denied, but no statement denies TLS below 1.2 to all", severity=Severity.LOW)
    return passed("its policy denies plain HTTP and TLS below 1.2 to everyone")


def _refuses_old_tls(statement: Statement, bucket: str) -> bool:
    """Whether a denial covers every request with a version of TLS below 1.2 (or below a higher one)."""
    numbers = (keys for operator, keys in statement.conditions.items() if operator.lower().startswith("numericless"))
    bounds = {value for keys in numbers for value in keys.get("s3:tlsversion", ())}
    return bool(bounds & {"1.2", "1.3"}) and not _left_out(statement, bucket, "s3:TlsVersion")


def _left_out(statement: Statement, bucket: str, key: str) -> str:
    """What a denial on one condition key does not cover; empty where that is nothing of the bucket and its objects."""
    if not statement.names_anyone:
        return "some principals"
    missing = [name for name in ("s3:GetObject", "s3:PutObject", "s3:ListBucket") if not statement.covers_action(name)]
    if missing:
        return f"the actions {', '.join(missing)}"
    if not statement.covers_resource(bucket):
        return "the bucket itself"
    if not statement.covers_resource(f"{bucket}/any/key"):
        return "the objects"
    others = statement.narrowed_beyond(key)
    return f"requests that do not meet its condition on {', '.join(others)}" if others else ""


@check(severity=Severity.LOW, practices=["SEC08-BP02"])
def s3_bucket_default_key_not_customer(
    bucket: Bucket,
    encryption: BucketEncryption | None,
    tags: Tags,
    logging: Every[BucketLogging],
    access_logs: AccessLogs,
    aliases: Every[Alias],
    findings: Every[SensitiveDataFinding],
    *,
    classification_tags: tuple[str, ...] = ("DataClassification", "data-classification", "Sensitivity"),
    sensitive_values: tuple[str, ...] = ("confidential", "restricted", "pii", "phi", "secret"),
) -> Verdict:
    """Buckets with sensitive data use a customer managed KMS key.

    Why: with a key of your own, reading an object takes a second permission, each use is logged, and access can be
        cut off at once by disabling the key.
    Fix: run aws s3api put-bucket-encryption with SSEAlgorithm aws:kms, the ARN of your key and BucketKeyEnabled true;
        let the bucket's readers use the key.
    """
    if encryption and encryption.uses_customer_key and not _is_aws_managed(encryption.kms_key, aliases, bucket.region):
        if encryption.bucket_key or encryption.algorithm != "aws:kms":
            return passed(f"its default key is {encryption.kms_key}")
        reason = "its default key is the customer's, but without a bucket key each object costs a request to KMS"
        return failed(reason, severity=Severity.INFORMATIONAL)
    if bucket.bucket in logging.by(_log_target, bucket.region) or access_logs.go_to(bucket):
        return not_applicable("services write logs to it that take no key but S3's own")
    found = next((name for name in classification_tags if tags.get(name, "").lower() in sensitive_values), None)
    how = f"it encrypts with {encryption.algorithm} and no key of your own" if encryption else "no encryption was set"
    if found:
        return failed(f"{how}, though its tag {found} says {tags[found]}", severity=Severity.MEDIUM)
    seen = next((one for one in findings.known() if one.bucket == bucket.bucket), None)
    if seen:
        what = ", ".join(sorted(seen.categories)).lower() or "sensitive data"
        return failed(f"{how}, though Macie found {what} in {seen.object_key}", severity=Severity.MEDIUM)
    return failed(how)


def _log_target(logging: BucketLogging) -> str | None:
    return logging.target


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def elbv2_listener_plaintext(
    listener: Listener, balancer: LoadBalancer, rules: Every[ListenerRule], groups: Every[TargetGroup]
) -> Verdict:
    """Load balancer listeners carry TLS or redirect to it.

    Why: whoever is on the way reads and changes what clients send, the VPC's own network included.
    Fix: give the listener a certificate and the protocol HTTPS or TLS; make a listener on port 80 redirect to HTTPS
        (a redirect action with Protocol HTTPS and status HTTP_301).
    """
    if balancer.is_gateway or listener.port is None:
        return not_applicable("a gateway load balancer passes packets on to appliances")
    if listener.is_tls:
        return passed(f"port {listener.port} takes {listener.protocol}")
    told = f"port {listener.port} of {balancer.name} takes {listener.protocol}"
    if not listener.is_http:
        return _passed_through(listener, balancer, groups, told)
    kept = _keeps_plain(listener.default_actions) or next(
        (found for one in rules.of(listener) if (found := _keeps_plain(one.actions))), ""
    )
    if kept:
        return failed(f"{told} and {kept}", severity=_exposed(balancer))
    return passed(f"{told}, forwards nothing and redirects to HTTPS only")


def _keeps_plain(actions: Sequence[Action]) -> str:
    """What actions do with plain HTTP other than to refuse it or send it to HTTPS; empty where nothing."""
    if any(one.forwards for one in actions):
        return "forwards requests"
    plain = any(one.kind == "redirect" and not one.redirects_to_https for one in actions)
    return "redirects to plain HTTP" if plain else ""


_TLS_PORTS = (22, 443, 465, 636, 853, 990, 993, 995, 5671, 6443, 8443, 8883, 9094)
"""Ports whose protocols begin with TLS, or with their own encryption (IANA's registry)."""


def _passed_through(listener: Listener, balancer: LoadBalancer, groups: Every[TargetGroup], told: str) -> Verdict:
    """A network load balancer's listener without TLS: what the targets take decides."""
    if listener.port in _TLS_PORTS or listener.protocol == "QUIC":
        return passed(f"{told}, where clients and targets encrypt")
    by_arn = groups.by(_arn, balancer.region)
    targets = [group for arn in listener.target_group_arns for group in by_arn.get(arn, ())]
    if targets and all(group.target_type == "alb" for group in targets):
        return not_applicable(f"{told} for an application load balancer, whose own listener is judged")
    if listener.port == 80:  # noqa: PLR2004 - HTTP
        return failed(told, severity=_exposed(balancer))
    if targets and all(group.protocol == "TLS" or group.port in _TLS_PORTS for group in targets):
        return passed(f"{told}, and its targets take TLS")
    return failed(f"{told}, and nothing tells that clients encrypt", severity=Severity.LOW)


def _exposed(balancer: LoadBalancer) -> Severity:
    return Severity.HIGH if balancer.is_internet_facing else Severity.MEDIUM


def _arn(resource: Resource) -> str:
    return resource.arn


_VERSIONS = ("SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def elbv2_listener_tls_below_1_2(listener: Listener, policies: SslPolicies, *, minimum: str = "TLSv1.2") -> Verdict:
    """Load balancer TLS policies accept TLS 1.2 and higher only.

    Why: TLS 1.0 and 1.1 have known weaknesses, and an attacker on the way can make both sides fall back to them.
    Fix: set the listener's security policy to ELBSecurityPolicy-TLS13-1-2-Res-2021-06 or a newer one; the access logs
        name the clients that still use an old version.
    """
    if not listener.is_tls or listener.ssl_policy is None:
        return not_applicable("TLS does not end here")
    policy = policies.named(listener.ssl_policy)
    if policy is None:
        return unknown(f"the region's security policies do not include {listener.ssl_policy}")
    old = [one for one in policy.protocols if one in _VERSIONS[: _VERSIONS.index(minimum)]]
    if old:
        return failed(f"{policy.policy} accepts {', '.join(old)}", protocols=list(policy.protocols))
    weak = [one for one in policy.ciphers if one.endswith("-SHA")]
    if weak:
        return failed(f"{policy.policy} accepts ciphers with CBC and SHA-1 ({weak[0]})", severity=Severity.LOW)
    if "TLSv1.3" not in policy.protocols:
        return failed(f"{policy.policy} does not offer TLS 1.3", severity=Severity.LOW)
    return passed(f"{policy.policy} accepts {', '.join(policy.protocols)}")


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def elb_load_balancer_plaintext(balancer: ClassicLoadBalancer) -> Verdict:
    """Classic Load Balancers take TLS.

    Why: whoever is on the way reads and changes what clients send, the VPC's own network included.
    Fix: add an HTTPS or SSL listener with a certificate of ACM; best move to an Application Load Balancer, which can
        redirect plain HTTP.
    """
    if not balancer.listeners:
        return not_applicable("it has no listener")
    plain = [one for one in balancer.listeners if one.protocol == "HTTP" or (one.protocol, one.port) == ("TCP", 80)]
    secure = [one for one in balancer.listeners if one.is_tls]
    if plain and not secure:
        told = f"port {plain[0].port} of {balancer.name} takes {plain[0].protocol}, and no port takes TLS"
        return failed(told, severity=Severity.HIGH if balancer.is_internet_facing else Severity.MEDIUM)
    if plain:
        return passed(f"port {secure[0].port} takes {secure[0].protocol} beside port {plain[0].port} in clear text")
    return passed("no listener takes plain HTTP")


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def elb_load_balancer_tls_below_1_2(balancer: ClassicLoadBalancer, policies: ClassicPolicies) -> Verdict:
    """Classic Load Balancers accept TLS 1.2 and higher only.

    Why: TLS 1.0 and 1.1 have known weaknesses, and an attacker on the way can make both sides fall back to them.
    Fix: give the listener the policy ELBSecurityPolicy-TLS-1-2-2017-01 (set-load-balancer-policies-of-listener).
    """
    secure = [one for one in balancer.listeners if one.is_tls]
    if not secure:
        return not_applicable("no listener takes TLS")
    named = [(one, policies.of(one)) for one in secure]
    for listener, policy in named:
        old = [one for one in policy.protocols if one in _VERSIONS[: _VERSIONS.index("TLSv1.2")]] if policy else []
        if policy and old:
            return failed(f"port {listener.port} accepts {', '.join(old)} by {policy.policy}")
    unnamed = [one.port for one, policy in named if policy is None]
    if unnamed:
        return unknown(f"AWS does not name the policy by which port {unnamed[0]} negotiates TLS")
    return passed(f"{len(secure)} listeners accept TLS 1.2 and higher only")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"], aliases=["tier_traffic_encrypted_between_tiers"])
def elbv2_target_group_plaintext(
    group: TargetGroup, balancers: Every[LoadBalancer], listeners: Every[Listener], vpcs: Every[Vpc]
) -> Verdict:
    """Load balancers re-encrypt traffic to their targets.

    Why: behind the load balancer, requests with their cookies and tokens cross the VPC in clear text.
    Fix: let the targets take HTTPS (a certificate that they sign themselves is enough: it is not verified) and make a
        target group with the protocol HTTPS, or TLS for a network load balancer.
    """
    if not group.is_in_use:
        return not_applicable("no load balancer uses it")
    if group.target_type not in ("instance", "ip") or group.protocol == "GENEVE":
        return not_applicable(f"its targets are of type {group.target_type}")
    if group.protocol == "HTTP":
        return _sent_plain(f"{group.name} sends requests to port {group.port} as HTTP", group, vpcs)
    if group.protocol in ("UDP", "TCP_UDP"):
        reason = f"{group.name} sends {group.protocol}, whose encryption is not seen"
        return failed(reason, severity=Severity.INFORMATIONAL)
    if group.protocol != "TCP":
        return passed(f"it sends {group.protocol}")
    attached = balancers.by(_arn, group.region).get(group.load_balancer_arns[0], ())
    before = [listener for one in attached for listener in listeners.of(one)]
    if any(one.protocol == "TLS" and group.arn in one.target_group_arns for one in before):
        reason = f"TLS ends at the load balancer, and {group.name} goes on as TCP to port {group.port}"
        return _sent_plain(reason, group, vpcs)
    return passed("the load balancer passes connections on as they come")


def _sent_plain(reason: str, group: TargetGroup, vpcs: Every[Vpc]) -> Verdict:
    """A failure, of less weight where the VPC encrypts what passes between its hosts beneath."""
    if any(one.id == group.vpc_id and one.enforces_encryption for one in vpcs.known()):
        return failed(f"{reason}; {group.vpc_id} enforces encryption beneath", severity=Severity.LOW)
    return failed(reason)


@check(severity=Severity.MEDIUM, practices=["SEC09-BP01"])
def acm_certificate_unmanaged(
    certificate: Certificate, detail: CertificateDetail, account: Account, *, expiry_days: int = 30
) -> Verdict:
    """Endpoints use ACM-issued certificates that renew themselves.

    Why: a certificate that somebody must renew is forgotten once, and then every client refuses to connect.
    Fix: request a certificate from ACM with DNS validation, keep its CNAME record in the zone, and give it to the
        load balancer, distribution or API; then delete the imported one.
    """
    left = certificate.time_left(account.now)
    if not certificate.in_use or left is None:
        return not_applicable("nothing uses it, or it is not issued yet")
    days = left.days
    if certificate.status == "REVOKED":
        return failed("it is in use and revoked, so that clients may refuse it", severity=Severity.CRITICAL)
    if left < timedelta(0) or certificate.status == "EXPIRED":
        return failed(f"it is in use and expired {-days} days ago", severity=Severity.CRITICAL, days_left=days)
    if certificate.has_weak_key:
        return failed("its RSA key has 1024 bits", severity=Severity.HIGH)
    trouble = _renewal_trouble(certificate, detail)
    soon = left <= timedelta(days=expiry_days)
    if certificate.is_imported:
        reason = f"it is imported, so ACM does not renew it, and expires in {days} days"
        return failed(reason, severity=Severity.HIGH if soon else Severity.MEDIUM, days_left=days)
    if trouble or soon:
        reason = f"{trouble}, and it expires in {days} days" if trouble else f"it expires in {days} days"
        return failed(reason, severity=Severity.HIGH, days_left=days)
    return passed(f"ACM renews it before it expires in {days} days")


def _renewal_trouble(certificate: Certificate, detail: CertificateDetail) -> str:
    """What keeps ACM from renewing a certificate; empty where nothing does."""
    if detail.renewal_status in ("PENDING_VALIDATION", "FAILED"):
        why = f" ({detail.renewal_trouble})" if detail.renewal_trouble else ""
        return f"its renewal is {detail.renewal_status}{why}"
    return "ACM may not renew it (INELIGIBLE)" if certificate.renewal == "INELIGIBLE" else ""


@check(severity=Severity.HIGH, practices=["SEC09-BP01"])
def iam_server_certificate_in_use(
    certificate: ServerCertificate,
    account: Account,
    listeners: Every[Listener],
    distributions: Every[Distribution],
    classic: Every[ClassicLoadBalancer],
) -> Verdict:
    """No endpoint uses a certificate that was uploaded to IAM.

    Why: IAM neither renews a certificate nor tells anybody when it is about to expire.
    Fix: request a certificate from ACM, give it to the listener or distribution, then delete the one in IAM.
    """
    users = [one.arn for one in listeners.known() if certificate.arn in one.certificate_arns]
    users += [one.arn for one in distributions.known() if one.iam_certificate == certificate.certificate_id]
    users += [one.arn for one in classic.known() if any(each.certificate == certificate.arn for each in one.listeners)]
    if users:
        expired = certificate.expires < account.now
        reason = f"{users[0]} uses it, and it {'expired' if expired else 'expires'} on {certificate.expires:%Y-%m-%d}"
        return failed(reason, severity=Severity.CRITICAL if expired else Severity.HIGH, users=users)
    number = len(listeners) + len(distributions) + len(classic)
    return passed(f"none of {number} listeners, distributions and Classic Load Balancers uses it")


@check(severity=Severity.HIGH, practices=["SEC08-BP02"])
def rds_storage_unencrypted(instance: DbInstance, aliases: Every[Alias]) -> Verdict:
    """Database instances are encrypted with a KMS key.

    Why: whoever gets hold of a copy of unencrypted storage reads the whole database.
    Fix: encryption cannot be turned on: take a snapshot, copy it with a KMS key (copy-db-snapshot --kms-key-id),
        restore the copy, and switch the application over.
    """
    if instance.is_cluster_member:
        return not_applicable(f"its cluster {instance.cluster} holds the storage")
    return _storage(instance, aliases)


@check(severity=Severity.HIGH, practices=["SEC08-BP02"])
def rds_cluster_storage_unencrypted(cluster: DbCluster, aliases: Every[Alias]) -> Verdict:
    """Database clusters are encrypted with a KMS key.

    Why: whoever gets hold of a copy of unencrypted storage reads the whole database.
    Fix: encryption cannot be turned on: restore a snapshot of the cluster with a KMS key
        (restore-db-cluster-from-snapshot --kms-key-id) and switch the application over.
    """
    return _storage(cluster, aliases)


_RDS_OWNED = "sse-rds"
"""Encrypted with a key that AWS owns, though StorageEncrypted is false then (RDS API reference, DBCluster)."""


def _storage(database: Database, aliases: Every[Alias]) -> Verdict:
    if database.encryption_type == _RDS_OWNED:
        return failed("its key is owned by RDS, so nobody sees or stops its use", severity=Severity.LOW)
    if not database.encrypted:
        return failed(f"the storage of {database.name} is not encrypted")
    if _is_aws_managed(database.kms_key, aliases, database.region):
        reason = "its key is alias/aws/rds, whose policy is AWS's: snapshots cannot go to another account"
        return failed(reason, severity=Severity.LOW)
    return passed(f"{database.kms_key} encrypts its storage")


def _is_aws_managed(key: str | None, aliases: Every[Alias], region: str) -> bool:
    """Whether a key, by ARN or id, is one that an AWS service manages."""
    found = aliases.by(_target, region).get((key or "").rpartition("/")[2], ())
    return any(one.is_aws_managed for one in found)


def _target(alias: Alias) -> str | None:
    return alias.key_id


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02"])
def rds_snapshot_unencrypted(snapshot: DbSnapshot) -> Verdict:
    """Manual snapshots of database instances are encrypted.

    Why: a snapshot outlives its database and can be shared; unencrypted, whoever gets it reads everything.
    Fix: copy it with a KMS key (copy-db-snapshot --kms-key-id), then delete it.
    """
    return _database_snapshot(snapshot)


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02"])
def rds_cluster_snapshot_unencrypted(snapshot: DbClusterSnapshot) -> Verdict:
    """Manual snapshots of database clusters are encrypted.

    Why: a snapshot outlives its database and can be shared; unencrypted, whoever gets it reads everything.
    Fix: restore it into an encrypted cluster (restore-db-cluster-from-snapshot --kms-key-id), take a snapshot of that,
        then delete it.
    """
    return _database_snapshot(snapshot)


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02"])
def ec2_snapshot_unencrypted(snapshot: Snapshot) -> Verdict:
    """EBS snapshots are encrypted.

    Why: a snapshot outlives its volume and can be shared; unencrypted, whoever gets it reads everything.
    Fix: copy it with a KMS key (copy-snapshot --encrypted --kms-key-id), then delete it.
    """
    return passed("it is encrypted") if snapshot.encrypted else failed(f"{snapshot.name} is not encrypted")


def _database_snapshot(snapshot: DbSnapshot | DbClusterSnapshot) -> Verdict:
    if not snapshot.is_manual:
        return not_applicable("it is automated, and encrypted like its database")
    if snapshot.encryption_type == _RDS_OWNED:
        return passed("it is encrypted with a key that RDS owns")
    return passed("it is encrypted") if snapshot.encrypted else failed(f"{snapshot.name} is not encrypted")


@check(severity=Severity.HIGH, practices=["SEC08-BP02"], aliases=["tier_storage_encrypted_at_rest"])
def ec2_volume_unencrypted(volume: Volume) -> Verdict:
    """EBS volumes are encrypted.

    Why: whoever gets hold of a snapshot or copy of an unencrypted volume reads its files.
    Fix: encryption cannot be turned on: take a snapshot, copy it with a KMS key (copy-snapshot --encrypted), make a
        volume of the copy and put it in the place of the old one.
    """
    if volume.encrypted:
        return passed("it is encrypted")
    if volume.is_attached:
        return failed(f"it is not encrypted and attached to {', '.join(volume.instances) or 'a service'}")
    if volume.is_unattached:
        return failed(f"it is not encrypted, {volume.size_gib} GiB, attached to nothing", severity=Severity.MEDIUM)
    return not_applicable(f"its state is {volume.state}")


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02", "SEC08-BP03"])
def ec2_ebs_default_encryption_off(
    region: Region, default: EbsEncryptionByDefault, key: EbsDefaultKey, volumes: Every[Volume]
) -> Verdict:
    """EBS encryption by default is on in every enabled region.

    Why: otherwise each volume is encrypted only if its creator thought of it.
    Fix: run aws ec2 enable-ebs-encryption-by-default in the region, then aws ec2 modify-ebs-default-kms-key-id with a
        key of your own.
    """
    if not default.enabled:
        return failed(f"new volumes in {region.name} are not encrypted unless asked for")
    if key.is_aws_managed and volumes.within(region.name):
        number = len(volumes.within(region.name))
        reason = f"the default key of {region.name} (volumes there: {number}) is AWS's: you cannot revoke it"
        return failed(reason, severity=Severity.LOW)
    return passed(f"new volumes in {region.name} are encrypted with {key.key}")


@check(severity=Severity.MEDIUM, practices=["SEC08-BP01"])
def kms_key_rotation_disabled(
    key: Key,
    rotation: KeyRotation | None,
    account: Account,
    aliases: Every[Alias],
    volumes: Every[Volume],
    instances: Every[DbInstance],
    clusters: Every[DbCluster],
    file_systems: Every[FileSystem],
    tables: Every[Table],
    queues: Every[Queue],
    topics: Every[Topic],
    secrets: Every[Secret],
    buckets: Every[Bucket],
    encryption: Every[BucketEncryption],
    *,
    max_rotation_days: int = 365,
) -> Verdict:
    """Customer managed keys rotate and none in use awaits deletion.

    Why: rotation limits how much one key material protects; and without its key, data is lost for ever.
    Fix: run aws kms enable-key-rotation --rotation-period-in-days 365; for a key that is still in use, aws kms
        cancel-key-deletion and aws kms enable-key at once.
    """
    if key.state in _UNUSABLE:
        names = {key.arn, key.key_id, *(name for one in aliases.within(key.region) for name in _names(one, key))}
        stores = (volumes, instances, clusters, file_systems, tables, queues, topics, secrets)
        users = [user for every in stores for user in _users(every, key, names)]
        return _unusable(key, users or _buckets_under(key, names, buckets, encryption), (*stores, buckets))
    if key.origin == "EXTERNAL":
        return _imported(key, account)
    if key.is_replica or not key.is_symmetric or key.origin != "AWS_KMS" or not key.is_enabled or rotation is None:
        return not_applicable("this kind of key does not rotate by itself, or its primary decides")
    if not rotation.enabled:
        return failed("automatic rotation is off")
    if rotation.period_days and rotation.period_days > max_rotation_days:
        return failed(f"it rotates every {rotation.period_days} days, over {max_rotation_days}")
    return passed(f"it rotates every {rotation.period_days or 365} days")


def _names(alias: Alias, key: Key) -> tuple[str, ...]:
    return (alias.arn, alias.alias) if alias.key_id == key.key_id else ()


_UNUSABLE = ("PendingDeletion", "PendingReplicaDeletion", "Disabled", "PendingImport", "Unavailable")
"""States in which a key decrypts nothing: the last two are of imported material that is gone (or was never there), and
of a key store that is not connected."""


Store = Volume | DbInstance | DbCluster | FileSystem | Table | Queue | Topic | Secret


def _users(stores: Every[Any], key: Key, names: set[str]) -> Iterable[str]:
    """The stores that are known to be encrypted with a key."""
    return (one.arn for one in stores.known() if one.region == key.region and _key_of(one) in names)


def _buckets_under(key: Key, names: set[str], buckets: Every[Bucket], encryption: Every[BucketEncryption]) -> list[str]:
    """The buckets whose new objects are encrypted with a key."""
    near = buckets.within(key.region)
    return [one.arn for one in near if any(default.kms_key in names for default in encryption.of(one))]


def _key_of(store: Store) -> str | None:
    return store.key if isinstance(store, (Volume, Secret)) else store.kms_key


def _unusable(key: Key, users: list[str], stores: Iterable[Every[Any]]) -> Verdict:
    until = f" and will be deleted on {key.deletion_date:%Y-%m-%d}" if key.deletion_date else ""
    if users:
        reason = f"it is {key.state}{until}, yet {users[0]} is encrypted with it"
        return failed(reason, severity=Severity.CRITICAL, users=users)
    number = sum(len(every.within(key.region)) for every in stores)
    return not_applicable(f"it is {key.state}, and none of {number} stores uses it")


def _imported(key: Key, account: Account) -> Verdict:
    if key.material_expires and key.material_expires - account.now <= MONTH:
        reason = f"its imported material expires on {key.material_expires:%Y-%m-%d}; then nothing can be decrypted"
        return failed(reason, severity=Severity.HIGH)
    return not_applicable("its material was imported: only you can replace it")


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02", "SEC09-BP02"])
def sqs_queue_encryption(queue: Queue) -> Verdict:
    """SQS queues encrypt messages and refuse plaintext requests.

    Why: messages wait for days and may hold personal data; and SQS still answers plain HTTP.
    Fix: set KmsMasterKeyId to a key of your own, and add a statement to the queue's policy that denies sqs:* to
        everyone where aws:SecureTransport is false.
    """
    if not queue.is_encrypted:
        return failed("its messages are not encrypted at rest")
    if queue.kms_key is None:
        return failed("its messages are encrypted with SQS's key, which has no policy of yours", severity=Severity.LOW)
    if queue.has_service_managed_key:
        return failed("its key is alias/aws/sqs, which other services cannot send with", severity=Severity.LOW)
    if queue.policy is None or not queue.policy.denies_plaintext("sqs:SendMessage", "sqs:ReceiveMessage"):
        return failed("its policy does not deny requests without TLS to everyone", severity=Severity.LOW)
    return passed(f"{queue.kms_key} encrypts its messages, and plain HTTP is denied")


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02", "SEC09-BP02"])
def sns_topic_encryption(topic: Topic, subscriptions: Every[Subscription]) -> Verdict:
    """SNS topics encrypt messages and deliver over TLS only.

    Why: a subscription by http sends every message in clear text; and messages are kept on disk for retries.
    Fix: subscribe https endpoints instead of http ones, set KmsMasterKeyId to a key of your own, and deny sns:Publish
        to everyone where aws:SecureTransport is false.
    """
    mine = [one for one in subscriptions.by(_topic, topic.region).get(topic.arn, ()) if one.is_confirmed]
    plain = [one.endpoint for one in mine if one.protocol == "http"]
    if plain:
        return failed(f"it sends messages to {plain[0]} without TLS", severity=Severity.HIGH, endpoints=len(plain))
    if topic.kms_key is None:
        return failed("its messages are not encrypted at rest")
    if topic.has_service_managed_key:
        return failed("its key is alias/aws/sns, which other services cannot publish with", severity=Severity.LOW)
    if not topic.policy.denies_plaintext("sns:Publish"):
        return failed("its policy does not deny sns:Publish without TLS to everyone", severity=Severity.LOW)
    if topic.signature_version == "1" and any(one.protocol == "https" for one in mine):
        reason = "it signs messages to https endpoints with SHA-1 (SignatureVersion 1)"
        return failed(reason, severity=Severity.INFORMATIONAL)
    return passed(f"{topic.kms_key} encrypts its messages, and plain HTTP is denied")


def _topic(subscription: Subscription) -> str:
    return subscription.topic


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02"])
def kinesis_stream_unencrypted(_stream: Stream, settings: StreamSettings) -> Verdict:
    """Kinesis data streams encrypt records with KMS.

    Why: records stay in the stream for a day to a year, readable to whoever gets at the storage.
    Fix: run aws kinesis start-stream-encryption --encryption-type KMS with a key of your own; let producers and
        consumers use the key.
    """
    if settings.encryption == "NONE":
        return failed("its records are not encrypted at rest")
    if (settings.kms_key or "").endswith("alias/aws/kinesis"):
        return failed("its key is alias/aws/kinesis, which other accounts cannot use", severity=Severity.LOW)
    return passed(f"{settings.kms_key} encrypts its records")


@check(severity=Severity.MEDIUM, practices=["SEC08-BP02", "SEC09-BP02"])
def efs_file_system_encryption(file_system: FileSystem, policy: FileSystemPolicy | None) -> Verdict:
    """EFS encrypts at rest and admits only encrypted mounts.

    Why: NFS sends files in clear text unless the client asks for TLS, and without a policy nobody makes it ask.
    Fix: add a file system policy that denies everything to everyone where aws:SecureTransport is false, and mount with
        -o tls. Encryption at rest cannot be turned on: copy the files to a new file system (AWS DataSync).
    """
    if not file_system.encrypted:
        return failed("it is not encrypted at rest, which only a new file system can mend", severity=Severity.HIGH)
    if policy is None:
        return failed("it has no policy, so mounts without TLS are admitted")
    if not policy.document.denies_plaintext("elasticfilesystem:ClientMount"):
        return failed("no statement of its policy denies mounts without TLS to everyone")
    return passed("it is encrypted, and its policy denies mounts without TLS")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def ecs_service_efs_mount_plaintext(_service: EcsService, definition: TaskDefinition) -> Verdict:
    """ECS services mount EFS file systems with TLS.

    Why: NFS sends files in clear text unless the task definition asks for TLS.
    Fix: register a revision with efsVolumeConfiguration.transitEncryption ENABLED, and let the service run it.
    """
    mounts = [one for one in definition.volumes if one.file_system]
    if not mounts:
        return not_applicable("its tasks mount no EFS file system")
    plain = [one for one in mounts if one.transit_encryption != "ENABLED"]
    if plain:
        reason = f"{definition.name} mounts {plain[0].file_system} as {plain[0].volume} without TLS"
        return failed(reason, mounts=[one.volume for one in plain])
    return passed(f"{definition.name} mounts {mounts[0].file_system} with TLS")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02", "SEC08-BP02"])
def elasticache_replication_group_encryption(
    group: ReplicationGroup, tags: Tags, *, session_pattern: str = "(?i)session|auth|token"
) -> Verdict:
    """ElastiCache encrypts in transit (required mode) and at rest.

    Why: sessions, tokens and cached records cross the network in clear text, and lie so in snapshots.
    Fix: run aws elasticache modify-replication-group --transit-encryption-enabled --transit-encryption-mode preferred,
        move the clients to TLS, then set the mode to required. At rest takes a new group, restored from a snapshot.
    """
    texts = (group.group, *tags.values())
    keeps_sessions = any(re.search(session_pattern, text) for text in texts)
    return _cache(group, Severity.HIGH if keeps_sessions else Severity.MEDIUM)


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02", "SEC08-BP02"])
def elasticache_cluster_encryption(cluster: CacheCluster) -> Verdict:
    """Caches without replication encrypt in transit and at rest.

    Why: sessions, tokens and cached records cross the network in clear text.
    Fix: create the cluster anew with TransitEncryptionEnabled and move the clients to TLS; a replication group or a
        serverless cache encrypts at rest as well.
    """
    if cluster.is_group_member:
        return not_applicable(f"its replication group {cluster.replication_group} is judged")
    if cluster.is_memcached:
        return passed("it takes TLS") if cluster.transit_encryption else failed("clients talk to it in clear text")
    return _cache(cluster, Severity.MEDIUM)


def _cache(cache: ReplicationGroup | CacheCluster, severity: Severity) -> Verdict:
    if not cache.transit_encryption:
        return failed("clients talk to it in clear text", severity=severity)
    if cache.transit_encryption_mode == "preferred":
        return failed("its transit encryption mode is preferred: clear text is still accepted")
    if not cache.at_rest_encryption:
        return failed("its data is not encrypted at rest")
    return passed("it requires TLS and is encrypted at rest")


@check(severity=Severity.HIGH, practices=["SEC09-BP02", "SEC08-BP02"])
def opensearch_domain_encryption(domain: Domain) -> Verdict:
    """OpenSearch domains enforce TLS 1.2, node-to-node and at-rest encryption.

    Why: documents and credentials cross the network in clear text, or lie so on disks and in snapshots.
    Fix: run aws opensearch update-domain-config with EnforceHTTPS true, TLSSecurityPolicy
        Policy-Min-TLS-1-2-PFS-2023-10, NodeToNodeEncryptionOptions and EncryptionAtRestOptions enabled.
    """
    gaps = [
        (Severity.HIGH, "HTTPS is not enforced", domain.enforces_https),
        (Severity.HIGH, "data is not encrypted at rest", domain.encrypts_at_rest),
        (Severity.MEDIUM, "nodes talk in clear text", domain.encrypts_between_nodes),
        (Severity.MEDIUM, "TLS 1.0 is accepted", domain.tls_policy != "Policy-Min-TLS-1-0-2019-07"),
    ]
    found = [(severity, reason) for severity, reason, fine in gaps if not fine]
    if not found:
        return passed("it enforces HTTPS and encrypts at rest and between nodes")
    return failed("; ".join(reason for _, reason in found), severity=found[0][0])


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02", "SEC08-BP02"])
def redshift_cluster_encryption(cluster: RedshiftCluster, parameters: RedshiftParameters) -> Verdict:
    """Redshift requires TLS from clients and encrypts at rest.

    Why: queries, results and passwords cross the network in clear text, or lie so on disks and in snapshots.
    Fix: set require_ssl to true in a parameter group of your own and reboot; aws redshift modify-cluster --encrypted
        --kms-key-id (the cluster stays available).
    """
    if not cluster.encrypted:
        return failed("its data is not encrypted at rest", severity=Severity.HIGH)
    if not parameters.requires_tls:
        return failed("its parameter group leaves require_ssl false, so clients may come without TLS")
    if any(one.status == "pending-reboot" for one in cluster.parameter_groups):
        return failed("its parameters take effect only after a reboot", severity=Severity.LOW)
    return passed("it requires TLS and is encrypted at rest")


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def rds_instance_tls_not_forced(instance: DbInstance, parameters: DbInstanceParameters) -> Verdict:
    """Database instances refuse connections without TLS.

    Why: one client without TLS sends its password, its queries and their results in clear text.
    Fix: set rds.force_ssl (PostgreSQL, SQL Server) or require_secure_transport (MySQL, MariaDB) to 1 in a parameter
        group of your own, after the clients have the CA bundle of RDS.
    """
    if instance.is_cluster_member:
        return not_applicable(f"its cluster {instance.cluster} is judged")
    pending = any(one.status == "pending-reboot" for one in instance.parameter_groups)
    return _forced(instance, parameters.values, pending=pending)


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def rds_cluster_tls_not_forced(cluster: DbCluster, parameters: DbClusterParameters) -> Verdict:
    """Database clusters refuse connections without TLS.

    Why: one client without TLS sends its password, its queries and their results in clear text.
    Fix: set rds.force_ssl (PostgreSQL), require_secure_transport (MySQL) or tls (DocumentDB) in a cluster parameter
        group of your own, after the clients have the CA bundle of RDS.
    """
    pending = any(one.parameter_group_status == "pending-reboot" for one in cluster.members)
    return _forced(cluster, parameters.values, pending=pending)


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def rds_proxy_tls_not_required(proxy: DbProxy) -> Verdict:
    """Database proxies refuse connections without TLS.

    Why: one client without TLS sends its password, its queries and their results in clear text.
    Fix: run aws rds modify-db-proxy --require-tls.
    """
    return passed("it requires TLS") if proxy.requires_tls else failed("it takes connections without TLS")


def _forced(database: Database, values: Mapping[str, str], *, pending: bool) -> Verdict:
    """What the parameters in use make of TLS; an empty value is the engine's default."""
    if database.is_neptune:
        return passed("Neptune takes TLS only")
    if database.engine.startswith(("oracle", "db2", "custom")):
        return manual(
            "does the database refuse connections without TLS (for Oracle: the SSL option of its option group)?"
        )
    weak = _plain(database, values)
    if weak:
        return failed(weak)
    old = _old_versions(database, values)
    if old:
        return failed(old, severity=Severity.MEDIUM)
    if pending:
        return failed("TLS is forced only after a reboot that is pending", severity=Severity.LOW)
    return passed("it refuses connections without TLS")


def _plain(database: Database, values: Mapping[str, str]) -> str:
    """The parameter that admits connections without TLS; empty where none does."""
    engine, version = database.engine, _version(database)
    if database.is_docdb:
        return "the parameter tls is disabled" if values.get("tls") == "disabled" else ""
    if "postgres" in engine or engine.startswith("sqlserver"):
        by_default = "postgres" in engine and version >= ((17,) if database.is_aurora else (15,))
        name = "rds.force_ssl"
    else:
        since = {"mariadb": (11, 8), "mysql": (9, 7)}.get(engine)
        by_default = since is not None and version >= since
        name = "require_secure_transport"
    forced = values[name].upper() in ("1", "ON", "TRUE") if values.get(name) else by_default
    return "" if forced else f"{name} is {values.get(name) or 'off by default'} in {engine} {database.engine_version}"


def _old_versions(database: Database, values: Mapping[str, str]) -> str:
    """The parameter that admits TLS 1.0 or 1.1; empty where none does."""
    if database.is_docdb:
        return "the parameter tls is enabled, which admits TLS 1.0" if values.get("tls") == "enabled" else ""
    if database.engine.startswith("sqlserver"):
        loose = [name for name in ("rds.tls10", "rds.tls11") if values.get(name, "disabled") != "disabled"]
        return f"{loose[0]} is {values[loose[0]] or 'on by default'}" if loose else ""
    name = "ssl_min_protocol_version" if "postgres" in database.engine else "tls_version"
    old = [one.strip() for one in values.get(name, "").split(",") if one.strip() in ("TLSv1", "TLSv1.1")]
    return f"{name} admits {', '.join(old)}" if old else ""


def _version(database: Database) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", database.engine_version)[:2])


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def apigateway_domain_tls_below_1_2(domain: ApiDomain) -> Verdict:
    """API Gateway domains accept TLS 1.2 and higher only.

    Why: TLS 1.0 and 1.1 have known weaknesses, and an attacker on the way can make both sides fall back to them.
    Fix: run aws apigateway update-domain-name with the patch operation replace /securityPolicy TLS_1_2, or one of the
        SecurityPolicy_TLS13 policies.
    """
    if domain.security_policy == "TLS_1_0":
        return failed("its security policy TLS_1_0 accepts TLS 1.0 and 1.1")
    return passed(f"its security policy is {domain.security_policy}")


@check(severity=Severity.LOW, practices=["SEC09-BP02"])
def apigateway_default_endpoint_tls_below_1_2(api: RestApi) -> Verdict:
    """The execute-api names of REST APIs accept TLS 1.2 and higher only, or are closed.

    Why: whoever knows the API's id reaches it past the custom domain name, by the older versions of TLS, too.
    Fix: run aws apigateway update-rest-api with the patch operation replace /disableExecuteApiEndpoint true, where
        clients use a custom domain name; or replace /securityPolicy by TLS_1_2 or one of the SecurityPolicy_TLS13
        policies.
    """
    if api.closes_default_endpoint:
        return not_applicable("its execute-api name is closed")
    if api.security_policy == "TLS_1_0":
        return failed(f"{api.host} is open, and its security policy TLS_1_0 accepts TLS 1.0 and 1.1")
    return passed(f"its security policy is {api.security_policy}")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def apigateway_integration_plaintext(method: RestMethod) -> Verdict:
    """API Gateway calls its back ends with TLS and verifies them.

    Why: behind the API, requests with their tokens cross the internet in clear text or to whoever answers.
    Fix: give the integration an https:// address with a certificate of a public authority, or a VPC link, and set
        tlsConfig.insecureSkipVerification to false.
    """
    if method.integration_type not in ("HTTP", "HTTP_PROXY"):
        return not_applicable("it calls no HTTP back end")
    if method.connection_type == "INTERNET" and (method.integration_uri or "").startswith("http://"):
        return failed(f"{method.name} calls {method.integration_uri} without TLS")
    if method.skips_verification:
        return failed(f"{method.name} does not verify the certificate of {method.integration_uri}")
    return passed(f"{method.name} calls its back end with TLS or through a VPC link")


@check(severity=Severity.HIGH, practices=["SEC09-BP02", "SEC08-BP02"])
def kafka_cluster_encryption(cluster: KafkaCluster, aliases: Every[Alias]) -> Verdict:
    """MSK clusters accept TLS clients only and encrypt between brokers.

    Why: messages and credentials of clients cross the network in clear text.
    Fix: run aws kafka update-security with ClientBroker TLS, after the clients have moved to the TLS port; encryption
        between brokers can only be chosen when a cluster is made.
    """
    if cluster.is_serverless:
        return not_applicable("it is serverless: clients come by TLS and IAM only")
    if not cluster.encrypts_between_brokers:
        return failed("its brokers talk to each other in clear text, which only a new cluster can mend")
    if cluster.client_encryption == "PLAINTEXT":
        return failed("clients talk to it in clear text")
    if cluster.client_encryption == "TLS_PLAINTEXT":
        return failed("clients may talk to it in clear text (TLS_PLAINTEXT)", severity=Severity.MEDIUM)
    if _is_aws_managed(cluster.key, aliases, cluster.region):
        return failed("its key is alias/aws/kafka, which has no policy of yours", severity=Severity.LOW)
    return passed("clients and brokers talk TLS only")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP01", "SEC09-BP03"])
def acmpca_internal_tls_without_private_ca(
    _account: Account,
    balancers: Every[LoadBalancer],
    listeners: Every[Listener],
    services: Every[EcsService],
    authorities: Every[CertificateAuthority],
    shared: Every[SharedCertificateAuthority],
    certificates: Every[Certificate],
) -> Verdict:
    """Internal TLS uses a private certificate authority.

    Why: with public certificates each internal host name is in public logs, and whoever gets one from any public
        authority passes for the service; with none, nothing is encrypted.
    Fix: create a subordinate authority in AWS Private CA, or share one by RAM, issue the internal certificates from it,
        and let Service Connect use it.
    """
    internal = [listener for one in balancers if one.scheme == "internal" for listener in listeners.of(one)]
    connected = [one for one in services if one.primary and one.primary.service_connect]
    if not internal and not connected:
        return not_applicable("there is no internal load balancer and no Service Connect service")
    issuing = [one for one in (*authorities.known(), *shared.known()) if one.is_active]
    private = [one for one in certificates.known() if one.kind == "PRIVATE"]
    if issuing or private:
        return passed(f"{len(issuing)} private authorities are active, and {len(private)} certificates private")
    number = len(authorities) + len(shared)
    public = {one.arn for one in certificates if one.kind == "AMAZON_ISSUED"}
    served = f"{len(internal)} internal listeners and {len(connected)} Service Connect services"
    if internal and all(public.intersection(one.certificate_arns) for one in internal) and not connected:
        reason = f"{served} have public certificates, whose names stand in public logs"
        return failed(reason, severity=Severity.LOW)
    return failed(f"none of {number} private authorities is active, for {served}")


_YEAR = timedelta(days=365)


@check(severity=Severity.MEDIUM, practices=["SEC09-BP01", "SEC09-BP03"])
def acmpca_authority_unfit(
    authority: CertificateAuthority,
    account: Account,
    certificates: Every[Certificate],
    details: Every[CertificateDetail],
) -> Verdict:
    """Private certificate authorities are fit to use.

    Why: when the authority expires, all that it signed stops at once; without revocation a stolen certificate holds
        until its end.
    Fix: issue from a subordinate of five years or less, renew it a year before its end, and turn on OCSP or a CRL.
    """
    used = [one for one in certificates.within(authority.region) if one.in_use and _issued_by(one, details, authority)]
    if authority.status in ("EXPIRED", "DISABLED") and used:
        reason = f"it is {authority.status}, and {used[0].domain} of {len(used)} certificates in use is its"
        return failed(reason, severity=Severity.CRITICAL)
    if not authority.is_active:
        return not_applicable(f"it is {authority.status}")
    if authority.expires and authority.expires - account.now <= _YEAR:
        return failed(f"it expires on {authority.expires:%Y-%m-%d}", severity=Severity.HIGH)
    if authority.is_root and used:
        return failed(f"it is a root authority and has issued {used[0].domain} itself")
    if not authority.revokes:
        return failed("it publishes neither a CRL nor OCSP")
    return passed(f"it is {authority.kind.lower()}, tells what is revoked and lasts beyond a year")


def _issued_by(certificate: Certificate, details: Every[CertificateDetail], authority: CertificateAuthority) -> bool:
    if certificate.kind != "PRIVATE":
        return False
    return any(one.authority == authority.arn for one in details.of(certificate))


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def tls_between_processes_enforced(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Traffic between processes, pods and self-run servers uses TLS 1.2 or higher.

    Why: listeners and parameters can be inspected, sockets on instances and in pods cannot.
    Fix: let services speak TLS to each other, by a mesh or by their own settings, and refuse plain connections;
    answer in the audit profile.
    """
    return manual("does all traffic between processes and pods use TLS 1.2 or higher?")
