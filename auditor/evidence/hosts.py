"""What the names of AWS's endpoints tell."""

from __future__ import annotations

import re

_REGION = re.compile(r"^[a-z]{2}(-[a-z]+)+-\d$")
_OF_AWS = (".amazonaws.com", ".amazonaws.com.cn", ".on.aws")
_SERVICE_AND_REGION = ("s3-website-", "s3-")


def region_of(host: str) -> str | None:
    """The region in the name of an endpoint of AWS; None where it has none."""
    if not host.endswith(_OF_AWS):
        return None
    first, *rest = host.split(".")
    labels = [first, *rest] if first.startswith(_SERVICE_AND_REGION) else rest  # else it is the resource's own name
    return next((region for region in map(_bare, labels) if _REGION.match(region)), None)


def _bare(label: str) -> str:
    """A part of a name without the service that older names of S3 write before the region."""
    return next((label.removeprefix(start) for start in _SERVICE_AND_REGION if label.startswith(start)), label)
