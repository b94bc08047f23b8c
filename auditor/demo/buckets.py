"""Buckets: kept as they should be, with a copy in the recovery Region, and two that are not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, RECOVERY, allow, labels, pairs, policy

if TYPE_CHECKING:
    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity

CLOSED = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
LOG_WRITERS = ("logging.s3", "cloudtrail", "config", "logdelivery.elasticloadbalancing")


def build_buckets(clients: Clients, identity: Identity) -> None:
    """Data, its copy, static files, logs, backups of old, and a public download bucket."""
    primary, recovery = clients("s3"), clients("s3", RECOVERY)
    _good_bucket(recovery, "shop-data-replica", RECOVERY, identity.keys["shop-data-recovery"])
    _good_bucket(primary, "shop-logs", PRIMARY, "")
    for name in ("shop-data", "shop-assets"):
        _good_bucket(primary, name, PRIMARY, identity.keys["shop-data"])
        _log_access(primary, name)
    _replicate(primary, identity.roles["shop-replication"])
    _expire(primary)
    _weak_buckets(primary)


def _good_bucket(s3: Any, name: str, region: str, key: str) -> None:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(labels(name, "data", data_classification="internal"))})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=CLOSED)
    algorithm = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rule = {"ApplyServerSideEncryptionByDefault": algorithm, "BucketKeyEnabled": bool(key)}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_policy(Bucket=name, Policy=_bucket_policy(name))


def _bucket_policy(name: str) -> str:
    """Nothing without TLS; the static files are read by CloudFront, the logs are written by their services."""
    arn = f"arn:aws:s3:::{name}"
    everything = [arn, f"{arn}/*"]
    plaintext = {"Bool": {"aws:SecureTransport": "false"}}
    statements = [allow("s3:*", everything, Effect="Deny", Principal={"AWS": "*"}, Condition=plaintext)]
    if name == "shop-assets":
        statements.append(allow("s3:GetObject", f"{arn}/*", Principal={"Service": "cloudfront.amazonaws.com"}))
    if name == "shop-logs":
        statements += [
            allow("s3:PutObject", f"{arn}/*", Principal={"Service": f"{service}.amazonaws.com"})
            for service in LOG_WRITERS
        ]
        statements.append(allow("s3:GetBucketAcl", arn, Principal={"Service": "cloudtrail.amazonaws.com"}))
    return policy(*statements)


def _log_access(s3: Any, name: str) -> None:
    target = {"TargetBucket": "shop-logs", "TargetPrefix": f"s3/{name}/"}
    s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": target})


def _replicate(s3: Any, role: str) -> None:
    minutes = {"Minutes": 15}
    rule = {
        "ID": "to-the-recovery-region",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {
            "Bucket": "arn:aws:s3:::shop-data-replica",
            "ReplicationTime": {"Status": "Enabled", "Time": minutes},
            "Metrics": {"Status": "Enabled", "EventThreshold": minutes},
        },
    }
    s3.put_bucket_replication(Bucket="shop-data", ReplicationConfiguration={"Role": role, "Rules": [rule]})


def _expire(s3: Any) -> None:
    rules = [
        {
            "ID": "logs-for-a-year",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": 365},
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ]
    s3.put_bucket_lifecycle_configuration(Bucket="shop-logs", LifecycleConfiguration={"Rules": rules})


def _weak_buckets(s3: Any) -> None:
    """Anyone may read the downloads; nothing protects the old exports, whose tags call them confidential."""
    for name in ("shop-downloads", "legacy-exports"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": PRIMARY})
    everybody = allow("s3:GetObject", "arn:aws:s3:::shop-downloads/*", Principal="*")
    s3.put_bucket_policy(Bucket="shop-downloads", Policy=policy(everybody))
    confidential = pairs({"Name": "legacy-exports", "data-classification": "confidential"})
    s3.put_bucket_tagging(Bucket="legacy-exports", Tagging={"TagSet": confidential})
