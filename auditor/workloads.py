"""Workloads: resources that recover together, and what is promised of them. They come from the audit profile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum


class Tier(StrEnum):
    """How much hangs on a workload; declared from most to least."""

    CRITICAL = "critical"
    """Any downtime does damage at once."""
    IMPORTANT = "important"
    """It faces customers, and revenue depends on it."""
    STANDARD = "standard"
    """Hours of outage are tolerable."""
    NON_CRITICAL = "non_critical"
    """It can be rebuilt."""


class Strategy(StrEnum):
    """The recovery strategies; declared from slowest to fastest."""

    NONE = "none"
    BACKUP_AND_RESTORE = "backup_and_restore"
    PILOT_LIGHT = "pilot_light"
    WARM_STANDBY = "warm_standby"
    ACTIVE_ACTIVE = "active_active"

    @property
    def rank(self) -> int:
        """0 for none to 4 for active-active."""
        return list(Strategy).index(self)


class Frequency(StrEnum):
    """How often recovery is to be tested."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"

    @property
    def interval(self) -> timedelta:
        """The longest that such a stretch of the calendar lasts."""
        return _INTERVALS[self]


_INTERVALS: Mapping[Frequency, timedelta] = {
    Frequency.MONTHLY: timedelta(days=31),
    Frequency.QUARTERLY: timedelta(days=92),
    Frequency.HALF_YEARLY: timedelta(days=184),
    Frequency.YEARLY: timedelta(days=366),
}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, and the ISO code of its currency."""

    amount: float
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class Members:
    """What belongs to a workload: a resource that one of these picks; of the tags, all must be there."""

    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    stacks: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    arns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecoveryTest:
    """A recovery test that a person reports."""

    date: date
    report: str
    recovery_time: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Workload:
    """Resources that recover together, and what is promised of them; None where the profile does not say."""

    name: str
    members: Members
    type: str | None = None
    tier: Tier | None = None
    rpo: timedelta | None = None
    rto: timedelta | None = None
    availability_sla: float | None = None
    """In percent."""
    downtime_cost_per_hour: Money | None = None
    expected_outages_per_year: float | None = None
    primary_region: str | None = None
    recovery_region: str | None = None
    recovery_account: str | None = None
    data_residency: tuple[str, ...] = ()
    strategy: Strategy | None = None
    strategy_reason: str | None = None
    test_frequency: Frequency | None = None
    last_test: RecoveryTest | None = None
    runbook: str | None = None
    derivable: tuple[str, ...] = ()
    """ARNs of data that is rebuilt rather than restored."""
    out_of_scope: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Disasters that it need not survive, and why."""


class Workloads(tuple[Workload, ...]):
    """The workloads of the profile, in its order; checks and inferences ask for it by this type."""

    __slots__ = ()


def duration(text: str) -> timedelta:
    """Read `15m`, `4h`, `1d`, `1h 30m`, `90 minutes`; `0` needs no unit. Raises ValueError."""
    if text == "0":
        return timedelta()
    if not DURATION.fullmatch(text):
        raise ValueError(f"expected a duration such as 15m, 4h or 1d, got {text!r}")
    parts = re.findall(r"([0-9.]+) ?([a-z])", text)
    return sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())


_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_ONE = r"[0-9]{1,6}(\.[0-9]{1,3})? ?(s|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)"
DURATION = re.compile(f"^{_ONE}( ?{_ONE})*$")
"""The schema's pattern of durations."""
