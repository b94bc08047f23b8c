from auditor.evidence.mediapackagev2 import ChannelGroup, ChannelGroupDomain
from auditor.testing import gathered, made

GROUP = made(ChannelGroup, Arn="arn:aws:mediapackagev2:eu-west-1:1:channelGroup/live", ChannelGroupName="live")


def test_a_channel_group_is_asked_for_its_domain_by_name() -> None:
    def answer(params: object) -> object:
        assert params == {"ChannelGroupName": "live"}
        return {"EgressDomain": "ABC.egress.xyz.mediapackagev2.eu-west-1.amazonaws.com"}

    assert GROUP.name == "live"
    found: ChannelGroupDomain = gathered(ChannelGroupDomain, GROUP, GetChannelGroup=answer)
    assert found.host == "abc.egress.xyz.mediapackagev2.eu-west-1.amazonaws.com"
