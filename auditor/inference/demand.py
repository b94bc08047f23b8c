"""The shape of demand over time: how much it varies, and whether it comes back by day or week."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

DAY, WEEK = 24, 168
"""Hours after which demand may come back."""
_PERIODIC = 0.6
_IDLE, _STEADY, _BURSTY, _PEAKED, _SPARSE = 1.0, 0.3, 1.5, 8.0, 0.3
_SILENT = 0.01
"""The share of the mean under which an hour counts as empty."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Demand by the hour, oldest first, without holes."""

    hours: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Of an hour."""
        return sum(self.hours) / len(self.hours) if self.hours else 0.0

    @property
    def variation(self) -> float:
        """The standard deviation as a share of the mean (cv)."""
        mean = self.mean
        spread = math.sqrt(sum((one - mean) ** 2 for one in self.hours) / len(self.hours)) if self.hours else 0.0
        return spread / mean if mean else 0.0

    @property
    def peak_to_mean(self) -> float:
        """The 99th percentile, by nearest rank, to the mean."""
        ordered = sorted(self.hours)
        return ordered[math.ceil(0.99 * len(ordered)) - 1] / self.mean if self.mean else 0.0

    @property
    def empty_share(self) -> float:
        """The share of hours with next to nothing."""
        return sum(one < _SILENT * self.mean for one in self.hours) / len(self.hours) if self.hours else 1.0

    def repeats(self, lag: int) -> float:
        """The autocorrelation after so many hours, -1 to 1; 0 where there is less than twice of it."""
        return _autocorrelation(self.hours, lag) if len(self.hours) >= 2 * lag else 0.0

    @property
    def period(self) -> int:
        """A day or a week, after which demand comes back; 0 where it does not."""
        return next((lag for lag in (DAY, WEEK) if self.repeats(lag) >= _PERIODIC), 0)

    @property
    def shape(self) -> str:
        """`idle`, `steady`, `periodic`, `bursty`, `sparse` or `variable`."""
        kinds = (
            ("idle", self.mean < _IDLE),
            ("steady", self.variation < _STEADY),
            ("periodic", self.period > 0),
            ("bursty", self.variation > _BURSTY or self.peak_to_mean > _PEAKED),
            ("sparse", self.empty_share > _SPARSE),
        )
        return next((kind for kind, fits in kinds if fits), "variable")

    def steep_days(self, ratio: float) -> int:
        """On how many days the peak hour had so many times the requests of the hour before."""
        days = (range(start, min(start + DAY, len(self.hours))) for start in range(0, len(self.hours), DAY))
        peaks = (max(day, key=self.hours.__getitem__) for day in days)
        return sum(
            peak > 0 and self.hours[peak] > 0 and self.hours[peak] >= ratio * self.hours[peak - 1] for peak in peaks
        )


def _autocorrelation(values: Sequence[float], lag: int) -> float:
    mean = sum(values) / len(values)
    whole = sum((one - mean) ** 2 for one in values)
    pairs = zip(values, values[lag:], strict=False)
    return (
        sum((one - mean) * (later - mean) for one, later in pairs) / whole * len(values) / (len(values) - lag)
        if whole
        else 0.0
    )
