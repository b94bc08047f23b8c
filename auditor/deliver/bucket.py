"""Report files to an S3 bucket, encrypted, by account and date; never into a bucket that the public can read."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.calls import Call, call
from auditor.cloud.asking import RefusedError, ask
from auditor.deliver.delivery import HOME, Clients, Receipt
from auditor.document import instant
from auditor.model import Assessment
from auditor.rendering import Renderer

CALLS = (
    call("s3", "HeadBucket"),
    call("s3", "GetPublicAccessBlock"),
    call("s3", "GetBucketPolicyStatus"),
    call("s3", "GetBucketAcl"),
    call("s3", "PutObject"),
)

_BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_EVERYONE = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_NO_BLOCK, _NO_POLICY = "NoSuchPublicAccessBlockConfiguration", "NoSuchBucketPolicy"
_TYPES = {".json": "application/json", ".html": "text/html", ".csv": "text/csv", ".xml": "application/xml"}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The delivery, with its settings."""

    name: str
    formats: Sequence[Renderer]
    prefix: str = ""
    """What keys begin with, without a slash at the end."""
    kms_key: str = ""
    """ARN, id or alias of a KMS key; without it S3's own key (SSE-S3) encrypts."""
    owner: str = ""
    """The account that owns the bucket: with it a bucket of the same name elsewhere is refused."""
    dry_run: bool = False

    @property
    def title(self) -> str:
        """Its name in messages."""
        return f"s3://{self.name}"

    @property
    def calls(self) -> Sequence[Call]:
        """What it calls; a dry run only reads. S3 asks KMS for a key in our name."""
        if self.dry_run:
            return CALLS[:-1]
        return (*CALLS, call("kms", "GenerateDataKey")) if self.kms_key else CALLS

    @property
    def at_home(self) -> bool:
        """Reports of many accounts go to one place."""
        return False

    def send(self, assessment: Assessment, clients: Clients) -> Receipt:
        """Write the files, each on its own: one that fails is a problem of the receipt, and so is an unfit bucket."""
        client = clients("s3", HOME)
        bucket = {"Bucket": self.name} | ({"ExpectedBucketOwner": self.owner} if self.owner else {})
        try:
            _insist_on_privacy(client, bucket)
        except (RefusedError, _UnfitError) as error:
            return Receipt({self.title: {"not sent": len(self.formats)}}, [f"{self.title}: {error}"])
        keys = {one: self.key(one, assessment) for one in self.formats}
        if self.dry_run:
            return Receipt({self.title: {"files": len(keys)}}, notes=[f"would write {key}" for key in keys.values()])
        problems = []
        for one, key in keys.items():
            try:
                ask(client.put_object, **bucket, **self._object(one, key, assessment))
            except RefusedError as refusal:
                problems.append(f"{self.title}/{key}: {refusal}")
        done = len(keys) - len(problems)
        written = [f"s3://{self.name}/{key}" for key in keys.values()] if not problems else []
        return Receipt({self.title: {"files": done, "not sent": len(problems)}}, problems, written)

    def key(self, one: Renderer, assessment: Assessment) -> str:
        """`PREFIX/account=111122223333/date=2026-11-26/auditor-111122223333-20261126T055453Z.json`."""
        scan = assessment.scan
        moment = instant(scan.started)
        stamp = moment.replace("-", "").replace(":", "")
        place = f"account={scan.account}/date={moment[:10]}/auditor-{scan.account}-{stamp}{one.suffix}"
        return f"{self.prefix.strip('/')}/{place}".lstrip("/")

    def _object(self, one: Renderer, key: str, assessment: Assessment) -> Mapping[str, Any]:
        out = io.StringIO()
        one(assessment, out)
        kind = _TYPES.get("." + one.suffix.rpartition(".")[2], "text/plain")
        encryption = (
            {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key, "BucketKeyEnabled": True}
            if self.kms_key
            else {"ServerSideEncryption": "AES256"}
        )
        return {"Key": key, "Body": out.getvalue().encode(), "ContentType": f"{kind}; charset=utf-8", **encryption}


class _UnfitError(Exception):
    """Nothing is to be written into the bucket."""


def _insist_on_privacy(client: Any, bucket: Mapping[str, Any]) -> None:
    """Raises where the bucket is public, or where nobody may know."""
    ask(client.head_bucket, **bucket)
    block = _answer(client.get_public_access_block, _NO_BLOCK, **bucket).get("PublicAccessBlockConfiguration", {})
    if all(block.get(name) for name in _BLOCKS):
        return
    status = _answer(client.get_bucket_policy_status, _NO_POLICY, **bucket).get("PolicyStatus", {})
    if status.get("IsPublic"):
        raise _UnfitError("its policy makes it public; a report shows what is weak: use a private bucket")
    grants = ask(client.get_bucket_acl, **bucket).get("Grants", [])
    if any(grant.get("Grantee", {}).get("URI") in _EVERYONE for grant in grants):
        raise _UnfitError("its access control list lets everyone in; use a private bucket")


def _answer(operation: Any, absent: str, **params: Any) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = ask(operation, **params)
    except RefusedError as refusal:
        if refusal.code == absent:
            return {}
        raise
    return found
