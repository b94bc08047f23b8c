"""What belongs to instances and logs without their saying so: volumes, recovery alarms, and who writes a log group."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from auditor.every import Every
from auditor.evidence.cloudtrail import Trail
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ec2 import Instance, Volume
from auditor.evidence.ec2_network import FlowLog
from auditor.evidence.logs import LogGroup
from auditor.wiring import inference


class Disks:
    """The volumes of instances. Only what could be read: it says what a thing costs, and decides nothing."""

    def __init__(self, volumes: Every[Volume]) -> None:
        found: dict[str, list[Volume]] = defaultdict(list)
        for volume in volumes.known():
            for instance in volume.instances:
                found[instance].append(volume)
        self._by_instance = found

    def of_instance(self, instance: Instance) -> tuple[Volume, ...]:
        """The known volumes that are attached to an instance."""
        return tuple(self._by_instance.get(instance.id, ()))


@inference
def disks(volumes: Every[Volume]) -> Disks:
    """The volumes of the account's instances."""
    return Disks(volumes)


class RecoveryAlarms:
    """The alarms that move an instance to another host when its own fails; a region is read when it is asked about."""

    def __init__(self, alarms: Every[MetricAlarm]) -> None:
        self._alarms = alarms
        self._made: dict[str, tuple[MetricAlarm, ...]] = {}

    def cover(self, instance: Instance) -> bool:
        """Whether an alarm recovers an instance."""
        if instance.region not in self._made:
            self._made[instance.region] = tuple(one for one in self._alarms.within(instance.region) if _recovers(one))
        watched = (
            one.watches("AWS/EC2", "StatusCheckFailed_System", InstanceId=instance.id)
            for one in self._made[instance.region]
        )
        return any(watched)


def _recovers(alarm: MetricAlarm) -> bool:
    return alarm.has_enabled_actions and any(action.endswith(":ec2:recover") for action in alarm.actions)


@inference
def recovery_alarms(alarms: Every[MetricAlarm]) -> RecoveryAlarms:
    """The alarms of the account that recover instances."""
    return RecoveryAlarms(alarms)


class AuditLogs:
    """The log groups that hold what an investigation needs; a region is read when it is asked about."""

    def __init__(self, trails: Every[Trail], flow_logs: Every[FlowLog]) -> None:
        self._trails = trails
        self._flow_logs = flow_logs
        self._made: dict[str, Mapping[str, str]] = {}

    def writer(self, group: LogGroup) -> str:
        """What writes to a log group: a trail, a flow log, a cluster's control plane; empty where none of them does."""
        if group.log_group.startswith("/aws/eks/") and group.log_group.endswith("/cluster"):
            return "the control plane of an EKS cluster"
        found = self._index(group.region)
        return found.get(group.arn) or found.get(group.log_group, "")

    def _index(self, region: str) -> Mapping[str, str]:
        """By the ARN of a trail's group, and by the name of a flow log's."""
        if region not in self._made:
            flows = {one.log_group: f"the flow log {one.id}" for one in self._flow_logs.within(region) if one.log_group}
            trails = {
                one.log_group_arn.removesuffix(":*"): f"the trail {one.trail_name}"
                for one in self._trails.within(region)
                if one.log_group_arn
            }
            self._made[region] = flows | trails
        return self._made[region]


@inference
def audit_logs(trails: Every[Trail], flow_logs: Every[FlowLog]) -> AuditLogs:
    """The log groups of the account's trails and flow logs."""
    return AuditLogs(trails, flow_logs)
