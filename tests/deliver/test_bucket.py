"""Report files to S3: where they go, how they are encrypted, and which buckets are refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from sample import ACCOUNT, sample

from auditor.cli.output import named_formats
from auditor.deliver.bucket import Bucket
from auditor.saved import parse

BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
KEY = f"account={ACCOUNT}/date=2026-11-26/auditor-{ACCOUNT}-20261126T055453Z.json"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", "us-east-1")
        client.create_bucket(Bucket="reports")
        yield client


def send(s3: Any, **settings: Any) -> Any:
    formats = named_formats(settings.pop("formats", ("json",)))
    return Bucket("reports", formats, **settings).send(sample(), lambda _service, _region: s3)


def test_files_go_under_account_and_date_encrypted(s3: Any) -> None:
    s3.put_public_access_block(Bucket="reports", PublicAccessBlockConfiguration=BLOCKED)
    receipt = send(s3, formats=("json", "html"), prefix="audits/")
    assert receipt.problems == []
    assert receipt.counts == {"s3://reports": {"files": 2, "not sent": 0}}
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket="reports")["Contents"]]
    assert keys == [f"audits/{KEY.replace('.json', '.html')}", f"audits/{KEY}"]
    kept = s3.get_object(Bucket="reports", Key=f"audits/{KEY}")
    assert kept["ServerSideEncryption"] == "AES256"
    assert kept["ContentType"] == "application/json; charset=utf-8"
    assert len(parse(kept["Body"].read(), "kept").findings) == len(sample().findings)


def test_a_key_of_the_users_own_encrypts(s3: Any) -> None:
    assert send(s3, kms_key="alias/reports").problems == []
    kept = s3.head_object(Bucket="reports", Key=KEY)
    assert (kept["ServerSideEncryption"], kept["SSEKMSKeyId"]) == ("aws:kms", "alias/reports")


def test_the_same_scan_twice_is_the_same_object(s3: Any) -> None:
    send(s3)
    first = s3.get_object(Bucket="reports", Key=KEY)["Body"].read()
    send(s3)
    assert s3.get_object(Bucket="reports", Key=KEY)["Body"].read() == first
    assert s3.list_objects_v2(Bucket="reports")["KeyCount"] == 1


def public_policy(s3: Any) -> None:
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}
    s3.put_bucket_policy(Bucket="reports", Policy=json.dumps({"Version": "2012-10-17", "Statement": [everyone]}))


def public_list(s3: Any) -> None:
    s3.put_bucket_acl(Bucket="reports", ACL="public-read")


@pytest.mark.parametrize(
    ("expose", "why"), [(public_policy, "its policy makes it public"), (public_list, "lets everyone in")]
)
def test_a_public_bucket_is_refused_and_a_blocked_one_is_not(s3: Any, expose: Any, why: str) -> None:
    expose(s3)
    receipt = send(s3)
    assert len(receipt.problems) == 1
    assert why in receipt.problems[0]
    assert s3.list_objects_v2(Bucket="reports")["KeyCount"] == 0
    s3.put_public_access_block(Bucket="reports", PublicAccessBlockConfiguration=BLOCKED)
    assert send(s3).problems == []


@pytest.mark.parametrize("operation", ["GetPublicAccessBlock", "GetBucketAcl", "GetBucketPolicyStatus", "PutObject"])
def test_where_nobody_may_know_nothing_is_written(s3: Any, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    ask = BaseClient._make_api_call

    def deny(self: Any, name: str, params: Any) -> Any:
        if name == operation:
            told = {"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}
            raise ClientError(told | {"ResponseMetadata": {"HTTPStatusCode": 403}}, name)
        return ask(self, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", deny)
    receipt = send(s3)
    assert len(receipt.problems) == 1
    assert "AccessDenied: Access Denied" in receipt.problems[0]
    assert s3.list_objects_v2(Bucket="reports")["KeyCount"] == 0


def test_a_bucket_that_is_not_there_is_one_line(s3: Any) -> None:
    s3.delete_bucket(Bucket="reports")
    receipt = send(s3)
    assert receipt.problems == ["s3://reports: 404: Not Found"]


def test_a_dry_run_names_the_files_and_writes_none(s3: Any) -> None:
    receipt = send(s3, dry_run=True)
    assert receipt.notes == [f"would write {KEY}"]
    assert s3.list_objects_v2(Bucket="reports")["KeyCount"] == 0
