"""What the page says before any script runs: scores, what to fix first, waivers, and what could not be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from auditor.document import instant
from auditor.model import GLOBAL, Finding, GapKind, Score, Severity, Status
from auditor.text import line

from .trend import trend

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from auditor.model import Assessment, CheckInfo, Gap, Unread, Waiver

SEVERITIES = tuple(reversed(Severity))
"""Worst first, as a reader wants them."""

STATES = {
    "FAIL": "Failed",
    "ERROR": "Error",
    "UNKNOWN": "Unknown",
    "MANUAL": "To answer",
    "WAIVED": "Waived",
    "PASS": "Passed",
}
"""What a finding is shown as, in the order of attention; a waived failure stands apart from the open ones."""

GAP_TITLES = {
    GapKind.DENIED: "Denied",
    GapKind.DENIED_BY_ORGANIZATION: "Denied by the organization",
    GapKind.THROTTLED: "Throttled",
    GapKind.UNREACHABLE: "Unreachable",
    GapKind.CREDENTIALS: "Credentials refused",
    GapKind.REGION_DISABLED: "Region not enabled",
    GapKind.NOT_SUBSCRIBED: "Not subscribed",
    GapKind.UNSUPPORTED: "Not offered",
    GapKind.NOT_ALLOWED: "Costs money, not allowed",
    GapKind.NOT_COLLECTED: "Not collected",
    GapKind.FIELD_MISSING: "Left out of the answer",
    GapKind.INVALID: "Unusable answer",
}

FIRST = 8
"""How many checks `Fix first` names."""
NAMED = 3
"""How many resources it names for each."""
LISTED = 10
"""How many failures a check lists for a reader without JavaScript."""
FAIR, GOOD = 50, 80
"""From which score on a bar changes color."""


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one check in the order of attention."""

    info: CheckInfo
    findings: tuple[Finding, ...]
    failed: tuple[Finding, ...]
    """The open failures: those without a waiver."""

    @property
    def worst(self) -> Severity:
        """The worst open failure's severity, or the check's own where nothing failed."""
        return max((f.severity for f in self.failed), key=lambda s: s.rank, default=self.info.severity)


@dataclass(frozen=True, slots=True)
class Hole:
    """What could not be read, once for all the regions where the same thing happened."""

    title: str
    gap: Gap
    regions: tuple[str, ...]
    times: int
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """A stretch of the bar that shows how findings divide."""

    state: str
    title: str
    count: int
    start: float
    width: float


def summary(assessment: Assessment) -> dict[str, Any]:
    """The template's variables."""
    groups = grouped(assessment)
    states = Counter(state(f) for f in assessment.findings)
    failed = [f for group in groups for f in group.failed]
    return {
        "assessment": assessment,
        "scan": assessment.scan,
        "scores": assessment.scores,
        "started": instant(assessment.scan.started),
        "groups": groups,
        "first": [group for group in groups if group.failed][:FIRST],
        "with_failures": sum(1 for group in groups if group.failed),
        "silent": len(assessment.checks) - len(groups),
        "states": [(name, title, states[name]) for name, title in STATES.items()],
        "shares": _shares(states),
        "severities": [(severity, sum(1 for f in failed if f.severity is severity)) for severity in SEVERITIES],
        "failed": len(failed),
        "failed_resources": len({f.resource.arn for f in failed}),
        "resources": len({f.resource.arn for f in assessment.findings}),
        "titles": {info.id: prose(info.title).removesuffix(".") for info in assessment.checks},
        "waivers": _waivers(assessment.findings),
        "holes": _holes(assessment.unread),
        "trend": trend(assessment.trend),
        "left_out": _left_out(assessment),
        "unjudged": Score(None, 0, 0, 0),
        "named": NAMED,
        "listed": LISTED,
    }


def _left_out(assessment: Assessment) -> int:
    """How many verdicts were counted and are not there, as those that a baseline has too."""
    reported = (count.statuses.items() for count in assessment.counts)
    counted = sum(times for statuses in reported for status, times in statuses if status is not Status.NOT_APPLICABLE)
    return max(counted - len(assessment.findings), 0)


def state(finding: Finding) -> str:
    """The status as it is shown; only a failure can be waived."""
    return "WAIVED" if finding.waiver and finding.status is Status.FAIL else finding.status.value


def grouped(assessment: Assessment) -> list[Group]:
    """The findings by check: worst open failures first, then many before few, then those that want attention."""
    by_check: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in assessment.findings:
        by_check[finding.check].append(finding)
    groups = [_group(info, by_check[info.id]) for info in assessment.checks if info.id in by_check]
    return sorted(groups, key=_urgency)


def _group(info: CheckInfo, findings: Sequence[Finding]) -> Group:
    places = {name: place for place, name in enumerate(STATES)}
    ordered = sorted(findings, key=lambda f: (places[state(f)], -f.severity.rank))
    return Group(info, tuple(ordered), tuple(f for f in ordered if state(f) == "FAIL"))


def _urgency(group: Group) -> tuple[bool, bool, int, int, str]:
    calm = all(f.status is Status.PASS for f in group.findings)
    return not group.failed, calm, -group.worst.rank, -len(group.failed), group.info.id


def _shares(states: Mapping[str, int]) -> list[Share]:
    total, start, shares = sum(states.values()), 0.0, []
    for name, title in STATES.items():
        if count := states.get(name, 0):
            width = round(100 * count / total, 3)
            shares.append(Share(name, title, count, round(start, 3), width))
            start += width
    return shares


def _waivers(findings: Iterable[Finding]) -> list[tuple[Waiver, int]]:
    """Each waiver in use with the number of failures that it covers; the first to expire stands first."""
    used: dict[tuple[str, str, str], Waiver] = {}
    times: Counter[tuple[str, str, str]] = Counter()
    for waiver in (f.waiver for f in findings if f.waiver and state(f) == "WAIVED"):
        key = (waiver.expires, waiver.owner, waiver.reason)
        used.setdefault(key, waiver)
        times[key] += 1
    return [(used[key], times[key]) for key in sorted(used)]


def _holes(unread: Iterable[Unread]) -> list[Hole]:
    alike: defaultdict[tuple[GapKind, str, str], list[Unread]] = defaultdict(list)
    for one in unread:
        alike[one.gap.kind, one.gap.action, one.gap.code].append(one)
    return [_hole(ones) for ones in alike.values()]


def _hole(ones: Sequence[Unread]) -> Hole:
    gap = ones[0].gap
    return Hole(
        title=GAP_TITLES.get(gap.kind, prose(gap.kind.value.replace("_", " ")).capitalize()),
        gap=replace(gap, region=GLOBAL),  # its reason then names no region: they are listed beside it
        regions=tuple(dict.fromkeys(one.gap.region for one in ones)),
        times=sum(one.times for one in ones),
        checks=tuple(sorted({check for one in ones for check in one.checks})),
    )


def prose(text: str) -> str:
    """A check's own words on one line."""
    return line(text)


def whole(score: Score) -> str:
    """The score as a number, rounded down so that 100 is never said of less."""
    return "\N{EN DASH}" if score.value is None else str(int(score.value))


def band(score: Score) -> str:
    """Which color a score has."""
    if score.value is None:
        return "none"
    return "poor" if score.value < FAIR else "fair" if score.value < GOOD else "good"


def number(count: int) -> str:
    """With commas between thousands."""
    return f"{count:,}"


def count(number_: int, one: str, many: str = "") -> str:
    """For example `1 check`, `1,204 checks`."""
    return f"{number_:,} {one if number_ == 1 else many or one + 's'}"


FILTERS: dict[str, Callable[..., str]] = {
    "prose": prose,
    "whole": whole,
    "band": band,
    "number": number,
    "count": count,
}
