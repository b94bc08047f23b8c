import pytest

from auditor.errors import Unread
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import Subnet
from auditor.evidence.ec2_zones import LocalZone
from auditor.evidence.elbv2 import LoadBalancer, LoadBalancerTags
from auditor.inference.local_zones import LocalZones, Placements, counterparts
from auditor.testing import HOME, every, every_of, gap, gathered, made
from auditor.wiring import Batch

METRO = made(LocalZone, ZoneName="metro-1a", ZoneType="local-zone")
TYPELESS = made(LocalZone, ZoneName=f"{HOME}a")
NEAR = made(Subnet, SubnetId="near", AvailabilityZone="metro-1a")
INNER = made(Subnet, SubnetId="inner", AvailabilityZone=f"{HOME}a")
ZONES = LocalZones(every(METRO, TYPELESS), every(NEAR, INNER))


def test_a_zone_without_a_type_is_no_local_zone() -> None:
    assert ZONES.of(NEAR) is METRO
    assert ZONES.of(INNER) is None
    assert ZONES.named(None, HOME) is None


def test_a_subnet_is_in_the_region_or_not() -> None:
    assert ZONES.is_in_region("inner", HOME)
    assert not ZONES.is_in_region("near", HOME)
    assert not ZONES.is_in_region("gone", HOME)


def test_zones_that_could_not_be_read_are_not_taken_for_none() -> None:
    with pytest.raises(Unread):
        LocalZones(every(gaps=(gap("ec2:DescribeAvailabilityZones"),)), every(NEAR)).of(NEAR)


def test_what_stands_where_is_told_by_its_tags() -> None:
    tags = [{"Key": "Service", "Value": "Shop"}]
    alone = made(Instance, InstanceId="i-1", SubnetId="near", Tags=tags)
    member = made(
        Instance, InstanceId="i-2", SubnetId="inner", Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}]
    )
    group = made(
        AutoScalingGroup, AutoScalingGroupARN="arn:g", AutoScalingGroupName="web", VPCZoneIdentifier="inner", Tags=tags
    )
    balancer = made(LoadBalancer, LoadBalancerArn="arn:lb", LoadBalancerName="shop")
    answer = {"TagDescriptions": [{"ResourceArn": "arn:lb", "Tags": tags}]}
    tagged = gathered(LoadBalancerTags, Batch([balancer]), DescribeTags=answer)["arn:lb"]
    known = Placements(every(alone, member), every(group), every(balancer), every_of((balancer, tagged)))
    first, *others = known.within(HOME)
    assert [one.what for one in (first, *others)] == ["instance i-1", "group web", "load balancer shop"]
    assert [one.what for one in counterparts(first, known.within(HOME))] == ["group web", "load balancer shop"]
