from typing import Any

import pytest

from auditor.errors import Unread
from auditor.evidence.cloudtrail import Trail
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ec2 import Instance, Volume
from auditor.evidence.ec2_network import FlowLog
from auditor.evidence.logs import LogGroup
from auditor.inference.compute import AuditLogs, Disks, RecoveryAlarms
from auditor.testing import REGION, every, gap, gathered, made

INSTANCE = made(Instance, InstanceId="i-1")


def volume(number: int, of: str) -> Volume:
    return made(Volume, VolumeId=f"vol-{number}", Attachments=[{"InstanceId": of}])


def test_the_volumes_of_an_instance() -> None:
    disks = Disks(every(volume(1, "i-1"), volume(2, "i-2"), volume(3, "i-1"), gaps=(gap("ec2:DescribeVolumes"),)))
    assert [one.id for one in disks.of_instance(INSTANCE)] == ["vol-1", "vol-3"]
    assert disks.of_instance(made(Instance, InstanceId="i-9")) == ()


def alarm(action: str, *, acts: bool = True) -> MetricAlarm:
    dimensions = [{"Name": "InstanceId", "Value": "i-1"}]
    return made(
        MetricAlarm,
        Namespace="AWS/EC2",
        MetricName="StatusCheckFailed_System",
        Dimensions=dimensions,
        ActionsEnabled=acts,
        AlarmActions=[action],
    )


RECOVER = "arn:aws:automate:eu-west-1:ec2:recover"


def test_alarms_that_recover_an_instance() -> None:
    assert RecoveryAlarms(every(alarm(RECOVER))).cover(INSTANCE)
    assert not RecoveryAlarms(every(alarm("arn:aws:sns:eu-west-1:123456789012:ops"))).cover(INSTANCE)
    assert not RecoveryAlarms(every(alarm(RECOVER, acts=False))).cover(INSTANCE)
    assert not RecoveryAlarms(every(alarm(RECOVER))).cover(made(Instance, InstanceId="i-2"))


def test_alarms_that_could_not_be_read_cover_nothing_and_deny_nothing() -> None:
    with pytest.raises(Unread):
        RecoveryAlarms(every(gaps=(gap("cloudwatch:DescribeAlarms"),))).cover(INSTANCE)


def logs(name: str) -> LogGroup:
    return made(LogGroup, arn=f"arn:aws:logs:eu-west-1:123456789012:log-group:{name}:*", logGroupName=name)


def test_who_writes_a_log_group() -> None:
    trail: dict[str, Any] = {
        "TrailARN": "arn:t",
        "Name": "main",
        "HomeRegion": "eu-west-1",
        "CloudWatchLogsLogGroupArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/trail:*",
    }
    trails = gathered(Trail, REGION, DescribeTrails={"trailList": [trail]})
    audit = AuditLogs(every(*trails), every(made(FlowLog, FlowLogId="fl-1", LogGroupName="/flows")))
    assert audit.writer(logs("/trail")) == "the trail main"
    assert audit.writer(logs("/flows")) == "the flow log fl-1"
    assert audit.writer(logs("/aws/eks/shop/cluster")) == "the control plane of an EKS cluster"
    assert audit.writer(logs("/shop")) == ""
