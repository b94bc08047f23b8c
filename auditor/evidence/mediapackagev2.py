"""AWS Elemental MediaPackage: channel groups, whose endpoints video players fetch from."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


def _host(value: str) -> str:
    return value.lower()


@evidence
class ChannelGroup(Resource):
    """Channels that share a domain name for their endpoints."""

    type_name: ClassVar = "AWS::MediaPackageV2::ChannelGroup"
    arn: str = at("Arn")
    group_name: str = at("ChannelGroupName")


channel_groups = listed(ChannelGroup, call("mediapackagev2", "ListChannelGroups", page=100), "Items[]", of=Region)


@evidence
class ChannelGroupDomain(Evidence):
    """The name under which the endpoints of a channel group are reached."""

    host: str = at("EgressDomain", parse=_host)


channel_group_domain = described(
    ChannelGroupDomain,
    call("mediapackagev2", "GetChannelGroup", absent="ResourceNotFoundException"),
    of=ChannelGroup,
    ChannelGroupName="group_name",
)
