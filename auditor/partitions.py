"""What is fixed in AWS's partitions: where the services that have no region answer."""

from __future__ import annotations

_GLOBAL_REGION = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-eusc": "eusc-de-east-1",
}

_ELSEWHERE = {
    ("aws", "globalaccelerator"): "us-west-2",
    ("aws", "route53-recovery-control-config"): "us-west-2",
    ("aws", "route53-recovery-readiness"): "us-west-2",
    ("aws", "networkmanager"): "us-west-2",
    ("aws", "s3control"): "us-west-2",
    ("aws-cn", "route53"): "cn-northwest-1",
    ("aws-cn", "cloudfront"): "cn-northwest-1",
    ("aws-cn", "organizations"): "cn-northwest-1",
}
"""Services whose one endpoint is not in the partition's usual region (AWS General Reference, endpoints)."""


def global_region(partition: str, service: str = "") -> str:
    """The region to sign for, where a service of a partition is asked once for the account."""
    return _ELSEWHERE.get((partition, service)) or _GLOBAL_REGION.get(partition, "us-east-1")


def partition_of(region: str) -> str:
    """The partition of a region by its name: `cn-north-1` is in `aws-cn`."""
    for prefix, partition in (
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eusc-", "aws-eusc"),
    ):
        if region.startswith(prefix):
            return partition
    return "aws"
