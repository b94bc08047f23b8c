"""Which alarms do something, and what they watch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from auditor.every import Every
from auditor.evidence.cloudwatch import CompositeAlarm, MetricAlarm
from auditor.wiring import inference

_Index = Mapping[tuple[str, str], tuple[MetricAlarm, ...]]


class ActingAlarms:
    """The metric alarms with enabled actions, their own or those of a composite alarm that names them.

    A region is read when it is asked about.
    """

    def __init__(self, alarms: Every[MetricAlarm], composites: Every[CompositeAlarm]) -> None:
        self._alarms = alarms
        self._composites = composites
        self._named: dict[str, frozenset[str]] = {}
        self._indexes: dict[str, tuple[_Index, tuple[MetricAlarm, ...]]] = {}

    def within(self, region: str) -> tuple[MetricAlarm, ...]:
        """Those of a region."""
        return tuple(one for one in self._alarms.within(region) if self.includes(one))

    def includes(self, alarm: MetricAlarm) -> bool:
        """Whether an alarm acts, or a composite alarm that acts names it."""
        return alarm.acts or alarm.alarm in self._names(alarm.region)

    def watch(self, region: str, namespace: str, metric: str, **dimensions: str) -> bool:
        """Whether one of a region watches a metric of one resource, or a query of it all of the namespace."""
        by_metric, with_queries = self._index(region)
        found = (*by_metric.get((namespace, metric), ()), *with_queries)
        return any(one.watches(namespace, metric, **dimensions) for one in found)

    def _names(self, region: str) -> frozenset[str]:
        """The alarms that acting composite alarms name, through composite alarms of composite alarms too."""
        if region not in self._named:
            rules = {one.alarm: one.alarms for one in self._composites.within(region)}
            found: set[str] = set()
            waiting = [one.alarm for one in self._composites.within(region) if one.acts]
            while waiting:
                new = rules.get(waiting.pop(), frozenset()) - found
                found |= new
                waiting += new
            self._named[region] = frozenset(found)
        return self._named[region]

    def _index(self, region: str) -> tuple[_Index, tuple[MetricAlarm, ...]]:
        """Alarms by the metrics that they name, and those with expressions, which may search for any."""
        if region not in self._indexes:
            found: dict[tuple[str, str], list[MetricAlarm]] = defaultdict(list)
            for alarm in self.within(region):
                for metric in alarm.named_metrics:
                    found[metric].append(alarm)
            with_queries = tuple(one for one in self.within(region) if one.expressions)
            self._indexes[region] = ({key: tuple(value) for key, value in found.items()}, with_queries)
        return self._indexes[region]


@inference
def acting_alarms(alarms: Every[MetricAlarm], composites: Every[CompositeAlarm]) -> ActingAlarms:
    """The alarms of the account that do something."""
    return ActingAlarms(alarms, composites)
