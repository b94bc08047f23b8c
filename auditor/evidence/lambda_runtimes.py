"""When AWS stops patching a Lambda runtime: dates of the Lambda Developer Guide, read in November 2026."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

_ENDS: Mapping[str, date] = {
    name: date.fromisoformat(day)
    for name, day in (
        ("nodejs18.x", "2025-09-01"),
        ("nodejs20.x", "2026-04-30"),
        ("nodejs22.x", "2027-04-30"),
        ("nodejs24.x", "2028-04-30"),
        ("python3.8", "2024-10-14"),
        ("python3.9", "2025-12-15"),
        ("python3.10", "2026-10-31"),
        ("python3.11", "2027-06-30"),
        ("python3.12", "2028-10-31"),
        ("python3.13", "2029-06-30"),
        ("python3.14", "2029-06-30"),
        ("java8", "2024-01-08"),
        ("java8.al2", "2027-06-30"),
        ("java11", "2027-06-30"),
        ("java17", "2027-06-30"),
        ("java21", "2029-06-30"),
        ("java25", "2029-06-30"),
        ("dotnet6", "2024-12-20"),
        ("dotnet8", "2026-11-10"),
        ("dotnet10", "2028-11-14"),
        ("ruby3.2", "2026-03-31"),
        ("ruby3.3", "2027-03-31"),
        ("ruby3.4", "2028-03-31"),
        ("ruby4.0", "2029-03-31"),
        ("go1.x", "2024-01-08"),
        ("provided", "2024-01-08"),
        ("provided.al2", "2026-07-31"),
        ("provided.al2023", "2029-06-30"),
    )
}

_LONG_GONE = frozenset(
    {
        "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x", "nodejs14.x",
        "nodejs16.x", "python2.7", "python3.6", "python3.7", "ruby2.5", "ruby2.7", "dotnetcore1.0", "dotnetcore2.0",
        "dotnetcore2.1", "dotnetcore3.1",
    }
)  # fmt: skip
"""Runtimes of which the guide no longer says the date."""


def end_of_support(runtime: str) -> date | None:
    """The day from which a runtime gets no patches; None for one that is not known, which may be newer than this."""
    return date.min if runtime in _LONG_GONE else _ENDS.get(runtime)
