"""What is reckoned from what was measured; no process and no clock in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

MIB = 1024 * 1024
RATIO = 1.3
"""Wall time of a scan over its bound, at most."""
SECONDS = ((1_100, 6.0), (11_000, 40.0))
"""Wall time of a scan of so many resources in two regions, at most."""
RSS, RSS_RESOURCE = 150e6 / MIB, 3e3 / MIB
"""Memory of a scan, and a resource."""
OWN = 0.25
"""CPU of a scan beyond boto3's own."""
HELP = 0.25
ASSESS, ASSESSED = 1.5, 10_000
"""Seconds for so many resources, judged offline."""


@dataclass(frozen=True)
class Usage:
    """What a process took."""

    wall: float
    cpu: float
    """User and system time."""
    rss: float
    """The most memory that was resident, in MiB."""


@dataclass(frozen=True)
class Calls:
    """What the endpoint was asked during one scan."""

    made: int
    repeated: int
    """Questions asked again, after an answer that was no error of the server."""
    retried: int
    """Questions asked again after a server's error or throttling: botocore's own doing."""
    errors: Mapping[str, int]
    """Answers that were not 200, by status."""
    again: Mapping[str, int]
    """The operations that were asked again."""
    missed: Sequence[str]
    """Operations that the endpoint had to ask moto for during the scan."""
    endpoint: float
    """CPU seconds of the endpoint."""
    throttled: int = 0
    """Requests that came too early."""
    rate_bound: float = 0.0
    """Seconds that the calls of the slowest service take at its rate."""
    slowest: str = ""


def calls_of(log: Mapping[str, Any]) -> Calls:
    """The log of an endpoint, counted."""
    again: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    made = retried = 0
    for row in log["questions"]:
        made += row["asked"]
        if row["status"] >= 300:
            errors[str(row["status"])] += row["asked"]
        if (row["status"] >= 500 and row["status"] != 501) or row["status"] == 429:
            retried += row["asked"] - 1
        elif row["asked"] > 1:
            again[f"{row['service']}:{row['name']}"] += row["asked"] - 1
    limits = {name: log[name] for name in ("throttled", "rate_bound", "slowest") if name in log}
    return Calls(made, again.total(), retried, dict(errors), dict(again), log["missed"], log["cpu"], **limits)


def quickest(floors: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The least of each figure of several runs: what another program took meanwhile is nobody's cost."""
    return {name: min(one[name] for one in floors) for name in floors[0]}


@dataclass(frozen=True)
class Row:
    """One line of the result: the smaller the better."""

    name: str
    unit: str
    measured: float
    target: float | None = None
    bound: float | None = None

    @property
    def ratio(self) -> float | None:
        """How often the bound is in what was measured."""
        return self.measured / self.bound if self.bound else None

    @property
    def verdict(self) -> str:
        """Whether the target is reached; empty where there is none."""
        if self.target is None:
            return ""
        return "ok" if (self.ratio or self.measured) <= self.target else "over"

    @property
    def cells(self) -> tuple[str, ...]:
        """The line as text."""
        numbers = (self.measured, self.bound, self.ratio, self.target)
        digits = 0 if self.unit == "" and float(self.measured).is_integer() else 2
        texts = ("" if number is None else f"{number:.{digits}f}" for number in numbers)
        return (self.name, self.unit, *texts, self.verdict)

    @property
    def json(self) -> dict[str, Any]:
        """The line as data."""
        return {**asdict(self), "ratio": self.ratio, "verdict": self.verdict}


HEADERS = ("", "unit", "measured", "bound", "ratio", "target", "")


@dataclass(frozen=True)
class Measured:
    """Everything that one run of the benchmark measured."""

    latency: float
    scans: Sequence[Usage]
    calls: Calls
    chain: int
    """Calls that stand behind one another."""
    floor: Mapping[str, float]
    """What boto3 alone costs."""
    help: float
    assess: Usage
    resources: int
    """Of the scan's account."""
    assessed: int
    """Of the offline assessment."""

    @property
    def scan(self) -> Usage:
        """The quickest scan, and the most memory of all."""
        quickest = min(self.scans, key=lambda scan: scan.wall)
        return Usage(quickest.wall, quickest.cpu, max(scan.rss for scan in self.scans))

    @property
    def calls_cpu(self) -> float:
        """CPU seconds that boto3 takes for the calls alone."""
        return self.calls.made * self.floor["call"]

    @property
    def clients_cpu(self) -> float:
        """CPU seconds that boto3 takes to make the clients."""
        return self.floor["clients"] * self.floor["client"]

    @property
    def own_cpu(self) -> float:
        """CPU seconds of the scan beyond boto3's."""
        return self.scan.cpu - self.calls_cpu - self.clients_cpu - self.floor["imports"]

    @property
    def bound(self) -> float:
        """Seconds that no scan with these calls can undercut on boto3, with one core."""
        return max(self.chain * self.latency, self.calls_cpu, self.calls.rate_bound)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The result."""
        scan, assess = self.scan, self.assess
        own = self.own_cpu
        return (
            Row("scan: wall time over its bound", "s", scan.wall, RATIO, self.bound),
            Row("scan: wall time", "s", scan.wall, next((at for most, at in SECONDS if self.resources <= most), None)),
            Row("scan: peak memory of a process", "MiB", scan.rss, RSS + self.resources * RSS_RESOURCE),
            Row("scan: CPU beyond boto3's own, of boto3's", "", own / (scan.cpu - own), OWN),
            Row("scan: calls", "", self.calls.made),
            Row("scan: calls made twice", "", self.calls.repeated, 0),
            Row("help: CPU", "s", self.help, HELP),
            Row(f"assess {self.assessed} resources: wall time", "s", assess.wall, ASSESS * self.assessed / ASSESSED),
            Row(f"assess {self.assessed} resources: memory", "MiB", assess.rss),
        )

    @property
    def parts(self) -> tuple[tuple[str, float], ...]:
        """Where the CPU seconds of the scan went."""
        floor = self.floor
        return (
            (f"boto3: {self.calls.made} calls of {1000 * floor['call']:.2f} ms", self.calls_cpu),
            (f"boto3: {floor['clients']:.0f} clients of {1000 * floor['client']:.2f} ms", self.clients_cpu),
            ("boto3: import and session", floor["imports"]),
            ("auditor: the rest", self.own_cpu),
            ("CPU of the scan", self.scan.cpu),
        )
