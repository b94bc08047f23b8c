"""Every finding as compact data for the page's script: what repeats is written once and named by its index."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from auditor.model import Pillar
from auditor.text import plain

from .summary import SEVERITIES, STATES, Group, prose, state

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from auditor.model import Assessment, CheckInfo, Finding, ResourceRef

EXACT = 2**53
"""Beyond it, JavaScript's numbers skip integers."""


class _Table:
    """Values in the order of their first appearance, each known by its place."""

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}

    def place(self, value: Hashable) -> int:
        return self._places.setdefault(value, len(self._places))

    def values(self) -> list[Any]:
        return list(self._places)


def payload(assessment: Assessment, groups: Iterable[Group]) -> dict[str, Any]:
    """The script's data; findings stand as they are shown, check by check and worst first."""
    groups = list(groups)
    tables = {name: _Table() for name in ("resources", "reasons", "waivers")}
    findings = [_finding(n, f, tables) for n, group in enumerate(groups) for f in group.findings]
    return {
        "states": list(STATES.items()),
        "severities": [severity.value for severity in SEVERITIES],
        "pillars": [[pillar.value, pillar.title] for pillar in Pillar],
        "patterns": [
            [plain(p.id), plain(p.title), [[plain(c.id), plain(c.title)] for c in p.controls]]
            for p in assessment.patterns
        ],
        "practices": {plain(p.id): [plain(p.title), p.pillar.title] for p in assessment.practices.values()},
        "checks": [_check(group.info) for group in groups],
        "resources": [_resource(row) for row in tables["resources"].values()],
        "reasons": [plain(reason) for reason in tables["reasons"].values()],
        "waivers": [[plain(text) for text in row] for row in tables["waivers"].values()],
        "findings": findings,
    }


def _check(info: CheckInfo) -> dict[str, Any]:
    return {
        "id": plain(info.id),
        "title": prose(info.title).removesuffix("."),
        "why": prose(info.why),
        "fix": prose(info.fix),
        "severity": SEVERITIES.index(info.severity),
        "pattern": plain(info.pattern),
        "control": plain(info.control),
        "pillars": [pillar.value for pillar in info.pillars],
        "practices": [plain(practice) for practice in info.practices],
        "evidence": [plain(operation) for operation in info.evidence],
        "thresholds": clean(info.thresholds),
    }


def _finding(check: int, finding: Finding, tables: Mapping[str, _Table]) -> list[Any]:
    """Check, state, severity, resource, reason, waiver (-1 for none) and, where there is any, what was observed."""
    waiver = finding.waiver
    row = [
        check,
        list(STATES).index(state(finding)),
        SEVERITIES.index(finding.severity),
        tables["resources"].place(_key(finding.resource)),
        tables["reasons"].place(finding.reason),
        tables["waivers"].place((waiver.reason, waiver.owner, waiver.expires)) if waiver else -1,
    ]
    return [*row, clean(finding.observed)] if finding.observed else row


def _key(resource: ResourceRef) -> Hashable:
    return resource.arn, resource.type, resource.region, resource.name, tuple(resource.tags.items())


def _resource(row: Sequence[Any]) -> list[Any]:
    *texts, tags = row
    return [*(plain(text) for text in texts), clean(dict(tags))]


def clean(value: Any) -> Any:
    """A JSON value that JavaScript reads as it was meant, with text that hides nothing."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, Mapping):
        return {plain(str(key)): clean(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [clean(inner) for inner in value]
    if isinstance(value, (int, float)) and not (math.isfinite(value) and abs(value) <= EXACT):
        return str(value)
    return value
