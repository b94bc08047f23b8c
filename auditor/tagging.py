"""Tags of resources whose listing does not bring them: one paginated question a region."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.aws import Aws
from auditor.model import GLOBAL, Account
from auditor.partitions import global_region
from auditor.plan import TAGGED
from auditor.typed import pairs


def region_tags(aws: Aws) -> Mapping[str, Mapping[str, str]]:
    """Tags by ARN of every resource of a region that has, or had, tags. Raises `Unread`."""
    return {
        item["ResourceARN"]: pairs(item.get("Tags", ()))
        for page in aws.pages(TAGGED.operation)
        for item in page.get("ResourceTagMappingList", ())
        if "ResourceARN" in item
    }


def tag_region(account: Account, region: str) -> str:
    """Where the tags of a region's resources are asked; those of global ones are in the partition's home."""
    home = global_region(account.partition)
    return home if region == GLOBAL and home in account.regions else region


def tag_regions(account: Account) -> tuple[str, ...]:
    """All places to ask for tags."""
    return tuple(dict.fromkeys((*account.regions, tag_region(account, GLOBAL))))
