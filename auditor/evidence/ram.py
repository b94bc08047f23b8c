"""AWS Resource Access Manager: what the account shares, and with whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class ResourceShare(Resource):
    """A share of the account's own resources."""

    type_name: ClassVar = "AWS::RAM::ResourceShare"
    name_format: ClassVar = "{share}"
    arn: str = at("resourceShareArn")
    share: str = at("name")
    status: str = at("status")
    allows_outsiders: bool = at("allowExternalPrincipals")
    """Whether accounts outside the organization may be invited."""
    tags: Mapping[str, str] = at("tags")

    @property
    def is_active(self) -> bool:
        """Whether the resources are shared now."""
        return self.status == "ACTIVE"


@evidence
class SharePrincipal(Resource):
    """An account, organization, unit, role or service that something is shared with."""

    type_name: ClassVar = "AWS::RAM::Principal"
    arn_format: ClassVar = "{share_arn}/{principal}"
    principal: str = at("id")
    share_arn: str = at("resourceShareArn")
    is_external: bool = at("external")
    """Whether it is outside the organization."""


def share_arn(principal: SharePrincipal) -> str:
    """To find the principals of a share: `principals.by(share_arn)`."""
    return principal.share_arn


resource_shares = listed(
    ResourceShare,
    call("ram", "GetResourceShares", page=500, resourceOwner="SELF"),
    "resourceShares[]",
    skip={"status": ("DELETING", "DELETED", "FAILED")},
)
share_principals = listed(SharePrincipal, call("ram", "ListPrincipals", page=500, resourceOwner="SELF"), "principals[]")
