import json
from typing import Any

from auditor.evidence.s3 import Bucket, BucketEntry, BucketPolicy
from auditor.model import Severity
from auditor.testing import FAIL, PASS, case, cases, gathered, made

BUCKET = gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1"))[0]


def policy(*statements: dict[str, Any]) -> BucketPolicy:
    return made(BucketPolicy, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def denial(**changes: Any) -> dict[str, Any]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    resources = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    return {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resources, "Condition": condition} | changes


OLD_TLS = denial(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}})

test_s3_bucket_plaintext_requests = cases(
    "s3_bucket_plaintext_requests",
    case("no policy", FAIL, BUCKET, None, because="no bucket policy"),
    case("textbook", PASS, BUCKET, policy(denial(), OLD_TLS)),
    case("without the TLS version", FAIL, BUCKET, policy(denial()), severity=Severity.LOW),
    case("a list and other case", PASS, BUCKET, policy(denial(Condition={"Bool": {"AWS:securetransport": ["false"]}}), OLD_TLS)),
    case("allows instead of denies", FAIL, BUCKET, policy(denial(Effect="Allow")), because="no statement"),
    case("objects only", FAIL, BUCKET, policy(denial(Resource="arn:aws:s3:::b/*")), because="the bucket itself"),
    case("one principal", FAIL, BUCKET, policy(denial(Principal={"AWS": "arn:aws:iam::123456789012:root"})), because="principals"),
    case("reads only", FAIL, BUCKET, policy(denial(Action="s3:Get*")), because="s3:PutObject"),
)
