"""Which API operations are declared, and which IAM action each needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from auditor.model import Json

_PREFIXES = {
    "accessanalyzer": "access-analyzer",
    "apigatewayv2": "apigateway",
    "docdb": "rds",
    "efs": "elasticfilesystem",
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "emr": "elasticmapreduce",
    "neptune": "rds",
    "opensearch": "es",
    "opensearchserverless": "aoss",
    "resourcegroupstaggingapi": "tag",
    "s3control": "s3",
    "service-quotas": "servicequotas",
    "sso-admin": "sso",
    "stepfunctions": "states",
}
"""IAM prefixes that differ from boto3's name of the service."""

_ACTIONS = {
    "accessanalyzer:ListFindingsV2": "access-analyzer:ListFindings",
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "budgets:DescribeNotificationsForBudget": "budgets:ViewBudget",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBucketIntelligentTieringConfigurations": "s3:GetIntelligentTieringConfiguration",
    "s3:ListBucketInventoryConfigurations": "s3:GetInventoryConfiguration",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "efs:DescribeFileSystemPolicy": "elasticfilesystem:DescribeFileSystemPolicy",
}
"""Operations whose IAM action has another name (Service Authorization Reference)."""


@dataclass(frozen=True, slots=True)
class Call:
    """One API operation that a collector may make, and how its answers are to be taken."""

    service: str
    """boto3's name of the client, for example `elbv2`."""
    operation: str
    params: Mapping[str, Json] = field(default_factory=dict, compare=False)
    """Parameters that are the same at every call."""
    absent: tuple[str, ...] = ()
    """Error codes that mean "there is none"."""
    page: int | None = None
    """Items a page, where the operation's own default is smaller than its maximum."""
    until: tuple[str, str] | None = None
    """A field and its value: ask again until it has it (credential reports are made on demand)."""
    paid: bool = False
    """AWS charges for each request (Cost Explorer: 0.01 USD): asked only where the user allows it."""

    name: str = field(init=False, compare=False)
    """`service:Operation`, in boto3's names."""
    action: str = field(init=False, compare=False)
    """The IAM action that it needs. API Gateway's actions are HTTP methods."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", f"{self.service}:{self.operation}")
        object.__setattr__(self, "action", _ACTIONS.get(self.name) or _usual_action(self.service, self.operation))


def _usual_action(service: str, operation: str) -> str:
    prefix = _PREFIXES.get(service, service)
    return "apigateway:GET" if prefix == "apigateway" else f"{prefix}:{operation}"


def call(
    service: str,
    operation: str,
    *,
    absent: str | tuple[str, ...] = (),
    page: int | None = None,
    until: tuple[str, str] | None = None,
    paid: bool = False,
    **params: Json,
) -> Call:
    """Declare one operation; `params` are sent with every call of it."""
    codes = (absent,) if isinstance(absent, str) else absent
    return Call(service, operation, params, codes, page, until, paid)
