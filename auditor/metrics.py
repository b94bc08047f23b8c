"""CloudWatch metrics as evidence: asked by specification, 500 to a call."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from auditor.model import Json
from auditor.typed import moment


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """Which metric of the judged resource; `dimensions` name the resource's fields."""

    namespace: str
    metric: str
    statistic: str
    """`Sum`, `Average`, `Maximum`, `Minimum`, `SampleCount` or a percentile such as `p99`."""
    days: int
    period: int
    """Seconds."""
    dimensions: tuple[tuple[str, str], ...]
    region: str = ""
    """The region to ask, where it is not the resource's (CloudFront's metrics are in us-east-1)."""

    def values(self, resource: object) -> tuple[str, ...]:
        """The values of the dimensions for a resource; raises `Unread` where it lacks the field."""
        return tuple([_field(resource, path) for _, path in self.dimensions])

    @property
    def part(self) -> str:
        """What of CloudWatch it is, as canonical text: `AWS/RDS ReplicaLag Maximum 3600 s 14 days `."""
        return f"{self.namespace} {self.metric} {self.statistic} {self.period} s {self.days} days "

    def about(self, values: Sequence[str]) -> Mapping[str, Json]:
        """The dimensions of one resource, by name."""
        return {name: value for (name, _), value in zip(self.dimensions, values, strict=True)}

    def query(self, values: Sequence[str]) -> Json:
        """The `MetricStat` that GetMetricData takes for one resource."""
        dimensions: Json = [{"Name": name, "Value": value} for name, value in self.about(values).items()]
        metric: Json = {"Namespace": self.namespace, "MetricName": self.metric, "Dimensions": dimensions}
        return {"Metric": metric, "Period": self.period, "Stat": self.statistic}


def _field(resource: object, path: str) -> str:
    """A field of the resource, or the text itself where it begins with `=`."""
    return path.removeprefix("=") if path.startswith("=") else str(getattr(resource, path))


def metric(
    namespace: str,
    name: str,
    statistic: str,
    *,
    days: int = 14,
    period: int = 86400,
    region: str = "",
    **dimensions: str,
) -> MetricSpec:
    """What to ask of CloudWatch for the judged resource.

    `Hits = Annotated[Metric, metric("AWS/ElastiCache", "CacheHits", "Sum", CacheClusterId="id")]`.
    A dimension names a field of the judged resource; `"=text"` is the text itself.
    """
    return MetricSpec(namespace, name, statistic, days, period, tuple(dimensions.items()), region)


@dataclass(frozen=True, slots=True)
class Metric:
    """The datapoints of one metric, oldest first, one a period."""

    values: tuple[float, ...] = field(default=())
    times: tuple[str, ...] = field(default=())
    """When each datapoint's period began, in ISO 8601."""

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Metric:
        """From one entry of GetMetricData's `MetricDataResults`."""
        points = sorted(zip(raw.get("Timestamps", ()), raw.get("Values", ()), strict=False))
        return cls(tuple(float(value) for _, value in points), tuple(str(time) for time, _ in points))

    def paired(self, other: Metric) -> tuple[tuple[float, float], ...]:
        """The datapoints of the periods that both metrics have; without times, counted back from the newest."""
        if not (self.times and other.times):
            return tuple(zip(reversed(self.values), reversed(other.values), strict=False))[::-1]
        theirs = dict(zip(other.times, other.values, strict=False))
        return tuple((value, theirs[at]) for at, value in zip(self.times, self.values, strict=False) if at in theirs)

    def filled(self, seconds: int, end: datetime, count: int) -> tuple[float, ...]:
        """The last `count` periods of so many seconds before `end`, 0 where nothing was counted.

        For what publishes no zeros, such as the requests of a load balancer; without times, counted back from the end.
        """
        found = [0.0] * count
        back = [end - timedelta(seconds=seconds * periods) for periods in range(len(self.values), 0, -1)]
        times = [moment(one) for one in self.times] or back
        for began, value in zip(times, self.values, strict=False):
            place = count - math.ceil((end - began).total_seconds() / seconds)
            if 0 <= place < count:
                found[place] = value
        return tuple(found)

    def __bool__(self) -> bool:
        """Whether there is any datapoint."""
        return bool(self.values)

    @property
    def total(self) -> float:
        """The sum of the datapoints."""
        return sum(self.values)

    @property
    def average(self) -> float:
        """The mean of the datapoints; there must be one."""
        return sum(self.values) / len(self.values)

    @property
    def maximum(self) -> float:
        """The greatest datapoint; there must be one."""
        return max(self.values)

    @property
    def minimum(self) -> float:
        """The least datapoint; there must be one."""
        return min(self.values)

    def percentile(self, percent: float) -> float:
        """The least datapoint that so many percent of them do not exceed (nearest rank); there must be one."""
        ordered = sorted(self.values)
        return ordered[max(math.ceil(percent / 100 * len(ordered)), 1) - 1]
