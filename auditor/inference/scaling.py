"""When Auto Scaling groups grow and shrink: their policies and alarms, reduced to metric, threshold and minutes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.application_autoscaling import ScalingPolicy as ServicePolicy
from auditor.evidence.application_autoscaling import ScheduledScaling
from auditor.evidence.autoscaling import AutoScalingGroup, ScalingPolicy, ScheduledAction
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ecs import EcsService
from auditor.typed import Resource
from auditor.wiring import inference

_GROUP = attrgetter("group")
CPU_METRICS = ("CPUUtilization", "ASGAverageCPUUtilization")
_OUT_MINUTES = 3.0
_IN_MINUTES = 15.0
_IN_RATIO = 0.7
_PLAUSIBLE_IN = (0.5, 0.95)
"""Target tracking of EC2 Auto Scaling adds after 3 minutes over the target, and removes after 15 under 0.7 of it."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes a policy act."""

    policy: str
    metric: str
    threshold: float
    minutes: float

    @property
    def is_cpu(self) -> bool:
        """Whether it looks at the CPU."""
        return self.metric in CPU_METRICS


@dataclass(frozen=True, slots=True)
class GroupScaling:
    """How one group scales; policies that are disabled or whose alarms are not heard are left out."""

    policies: tuple[ScalingPolicy, ...]
    out: tuple[Trigger, ...]
    """What adds instances."""
    back: tuple[Trigger, ...]
    """What removes them."""

    @property
    def scales_out(self) -> bool:
        """Whether a policy adds instances."""
        return any(policy.scales_out for policy in self.policies)

    @property
    def is_set_off(self) -> bool:
        """Whether anything makes a policy add instances: a simple or step policy does nothing without an alarm."""
        adding = [one for one in self.policies if one.scales_out]
        return bool(self.out) or any(one.tracks_target or one.is_predictive or one.alarms for one in adding)

    @property
    def scales_in(self) -> bool:
        """Whether a policy removes instances."""
        return any(policy.scales_in for policy in self.policies)

    @property
    def first_cpu_out(self) -> Trigger | None:
        """The CPU trigger that adds instances first."""
        return min((one for one in self.out if one.is_cpu), key=lambda one: one.threshold, default=None)

    @property
    def first_cpu_in(self) -> Trigger | None:
        """The CPU trigger that removes instances first."""
        return max((one for one in self.back if one.is_cpu), key=lambda one: one.threshold, default=None)


class Scaling:
    """The scaling of all groups; a region is read when it is asked about."""

    def __init__(self, policies: Every[ScalingPolicy], alarms: Every[MetricAlarm]) -> None:
        self._policies = policies
        self._alarms = alarms
        self._by_group: dict[str, Mapping[str, list[ScalingPolicy]]] = {}
        self._by_policy: dict[str, Mapping[str, list[MetricAlarm]]] = {}

    def all_policies(self, group: AutoScalingGroup) -> tuple[ScalingPolicy, ...]:
        """Every policy of a group, disabled ones too."""
        if group.region not in self._by_group:
            found: dict[str, list[ScalingPolicy]] = defaultdict(list)
            for policy in self._policies.within(group.region):
                found[policy.group].append(policy)
            self._by_group[group.region] = found
        return tuple(self._by_group[group.region].get(group.group_name, ()))

    def of(self, group: AutoScalingGroup) -> GroupScaling:
        """How a group scales."""
        heard = "AlarmNotification" not in group.suspended_processes
        active = tuple(one for one in self.all_policies(group) if one.enabled and (heard or one.is_predictive))
        out = tuple(trigger for policy in active for trigger in self._out(policy))
        back = tuple(trigger for policy in active for trigger in self._back(policy))
        return GroupScaling(active, out, back)

    def _out(self, policy: ScalingPolicy) -> Iterator[Trigger]:
        rising = [one for one in self._alarms_of(policy) if one.comparison.startswith("Greater")]
        if policy.tracks_target:
            if policy.target_value is not None:
                minutes = min(map(_minutes, rising), default=_OUT_MINUTES)
                yield Trigger(policy.policy_name, policy.tracked_metric, policy.target_value, minutes)
        elif policy.scales_out:
            for alarm in rising:
                if alarm.threshold is not None:
                    first = alarm.threshold + policy.first_adding_bound
                    yield Trigger(policy.policy_name, alarm.metric or "", first, _minutes(alarm))

    def _back(self, policy: ScalingPolicy) -> Iterator[Trigger]:
        falling = [one for one in self._alarms_of(policy) if one.comparison.startswith("Less")]
        if not policy.scales_in:
            return
        if policy.tracks_target and policy.target_value is not None:
            minutes = min(map(_minutes, falling), default=_IN_MINUTES)
            yield Trigger(policy.policy_name, policy.tracked_metric, _low(policy.target_value, falling), minutes)
        elif not policy.tracks_target:
            for alarm in falling:
                if alarm.threshold is not None:
                    yield Trigger(policy.policy_name, alarm.metric or "", alarm.threshold, _minutes(alarm))

    def _alarms_of(self, policy: ScalingPolicy) -> list[MetricAlarm]:
        """Those that name the policy as their action, which is how they reach it."""
        if policy.region not in self._by_policy:
            found: dict[str, list[MetricAlarm]] = defaultdict(list)
            for alarm in self._alarms.within(policy.region):
                for action in alarm.actions if alarm.has_enabled_actions else ():
                    found[action].append(alarm)
            self._by_policy[policy.region] = found
        return self._by_policy[policy.region].get(policy.arn, [])


def _minutes(alarm: MetricAlarm) -> float:
    periods = alarm.datapoints_to_alarm or alarm.evaluation_periods
    return (alarm.period or 60) * periods / 60


def _low(target: float, falling: list[MetricAlarm]) -> float:
    """The threshold at which target tracking removes instances; its alarm's, where that is plausible."""
    least, most = (ratio * target for ratio in _PLAUSIBLE_IN)
    known = [one.threshold for one in falling if one.threshold is not None and least <= one.threshold <= most]
    return max(known, default=_IN_RATIO * target)


def scales_ahead(
    one: Resource | None,
    scaling: Scaling,
    actions: Every[ScheduledAction],
    service_actions: Every[ScheduledScaling],
    service_policies: Every[ServicePolicy],
) -> bool:
    """Whether a group or service is ready before a peak: by a schedule, a forecast, or the peak's size all day."""
    if isinstance(one, AutoScalingGroup):
        planned = any(act.changes_size for act in actions.by(_GROUP, one.region).get(one.group_name, ()))
        return planned or one.has_fixed_size or any(policy.is_predictive for policy in scaling.of(one).policies)
    if isinstance(one, EcsService):
        acts, policies = service_actions.within(one.region), service_policies.within(one.region)
        planned = any(act.resource_id == one.scaling_resource and act.minimum is not None for act in acts)
        return planned or any(each.resource_id == one.scaling_resource and each.is_predictive for each in policies)
    return False


@inference
def scaling(policies: Every[ScalingPolicy], alarms: Every[MetricAlarm]) -> Scaling:
    """How the account's Auto Scaling groups scale."""
    return Scaling(policies, alarms)
