"""The words of recovery: strategies, disasters, conditions and times."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.workloads import Strategy

Span = Sequence[float | None]
"""Seconds at best and at worst; None is without bound."""

STRATEGIES: Mapping[str, str] = {
    Strategy.NONE: "None",
    Strategy.BACKUP_AND_RESTORE: "Backup and Restore",
    Strategy.PILOT_LIGHT: "Pilot Light",
    Strategy.WARM_STANDBY: "Warm Standby",
    Strategy.ACTIVE_ACTIVE: "Multi-Site Active-Active",
}

SCOPES: Mapping[str, str] = {
    "region_loss": "the region is lost",
    "zone_loss": "a zone is lost",
    "data_corruption": "data is corrupted",
    "account_compromise": "the account is taken over",
}

CONDITIONS: Mapping[str, str] = {
    "stores_any_copy": "every store has a usable copy in the recovery region",
    "stores_continuous": "stores of transactions follow there continuously",
    "stores_all_continuous": "all stores follow there continuously",
    "startable": "everything that serves can be started there",
    "network_ready": "a network is there to start it in",
    "running": "a standby of everything that serves runs there",
    "full_scale": "the standby has the size of production",
    "routed": "traffic can move there",
    "active_routing": "traffic goes to both regions",
    "serves_both": "healthy targets serve in both regions",
    "multi_write": "stores take writes in both regions",
}

BASES: Mapping[str, str] = {
    "profile": "as the profile says",
    "awsApplication": "an application",
    "stack": "a stack",
    "tag": "by a tag",
    "account": "what belongs to no workload",
}

VERDICTS: Mapping[str, str] = {"met": "met", "at_risk": "at risk", "missed": "missed", "unknown": "not known"}
"""Of a declared objective."""

ANSWERS: Mapping[bool | None, str] = {True: "yes", False: "no", None: "not known"}

_HOUR = 3600
_FINE = 10
"""Amounts below which a tenth matters."""
_UNITS = ((1, "s", 120), (60, "min", 7200), (_HOUR, "h", 172800), (86400, "days", float("inf")))


def time(seconds: float | None) -> str:
    """A time as people say it: `90 s`, `15 min`, `4 h`, `2 days`."""
    if seconds is None:
        return "no bound"
    size, unit = (
        (_HOUR, "h") if seconds == _HOUR else next((size, unit) for size, unit, most in _UNITS if seconds < most)
    )
    amount = seconds / size
    return f"{amount:.2g} {unit}" if amount < _FINE else f"{amount:.0f} {unit}"


def span(seconds: Span) -> str:
    """An interval: `1 h to 24 h`."""
    low, high = seconds
    if low is None:
        return "unbounded"
    return time(low) if time(low) == time(high) else f"{time(low)} to {time(high)}"


def band(percent: Sequence[float]) -> str:
    """A share of what production costs: `15 to 20 % of production`."""
    low, high = percent
    return f"{low:g} % of production" if low == high else f"{low:g} to {high:g} % of production"
