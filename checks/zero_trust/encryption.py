"""Encryption in transit and at rest."""

from auditor.evidence.policy import Statement
from auditor.evidence.s3 import Bucket, BucketPolicy
from auditor.model import Severity, Verdict, failed, passed
from auditor.wiring import check


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
    reasons = [_left_out(one, bucket.arn) for one in denials]
    if all(reasons):
        return failed(f"its denial of plain HTTP leaves out {reasons[0]}")
    if not any(one.values_of("s3:TlsVersion") for one in policy.document.denying):
        return failed("plain HTTP is denied, but no statement denies TLS below 1.2", severity=Severity.LOW)
    return passed("its policy denies plain HTTP and TLS below 1.2 to everyone")


def _left_out(statement: Statement, bucket: str) -> str:
    """What a denial does not cover; empty where it covers everyone, all requests, the bucket and its objects."""
    if not statement.names_anyone:
        return "some principals"
    missing = [name for name in ("s3:GetObject", "s3:PutObject", "s3:ListBucket") if not statement.covers_action(name)]
    if missing:
        return f"the actions {', '.join(missing)}"
    if not statement.covers_resource(bucket):
        return "the bucket itself"
    return "" if statement.covers_resource(f"{bucket}/any/key") else "the objects"
