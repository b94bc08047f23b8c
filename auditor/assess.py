"""Evidence to assessment: every chosen check on every resource. Pure: no AWS, no clock, no files."""

from __future__ import annotations

import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from fnmatch import fnmatchcase
from sys import intern
from typing import Any

from auditor import __version__
from auditor.errors import Absent, Unread, Unserved
from auditor.model import (
    GLOBAL,
    Account,
    Answer,
    Assessment,
    CheckCount,
    CheckInfo,
    Finding,
    Gap,
    Json,
    Pattern,
    Pillar,
    Region,
    Requirement,
    ResourceRef,
    ScanInfo,
    Status,
    Verdict,
    Waiver,
    not_applicable,
)
from auditor.model import (
    Unread as UnreadEntry,
)
from auditor.plan import Plan
from auditor.practices import practices
from auditor.registry import AnyCheck
from auditor.score import score
from auditor.store import Store, Subject
from auditor.typed import Resource, inline_tags, reference
from auditor.wiring import Need
from auditor.workloads import Workloads


@dataclass(frozen=True, slots=True)
class Settings:
    """What a profile decides about an assessment, apart from which checks run."""

    profile: str = "default"
    parameters: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """Thresholds by check id."""
    waivers: tuple[Waiver, ...] = ()
    workloads: Workloads = field(default_factory=Workloads)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """To the questions of checks, by their ids."""
    requirements: tuple[Requirement, ...] = ()
    group_by: str = "control"


def assess(
    checks: Iterable[AnyCheck],
    patterns: Iterable[Pattern],
    plan: Plan,
    store: Store,
    settings: Settings,
    scan: ScanInfo,
) -> Assessment:
    """Judge everything; a check or resource that breaks is an ERROR of its own and stops nothing."""
    chosen = sorted(checks, key=lambda one: one.id)
    run = _Run(store, plan, settings)
    for one in chosen:
        run.judge(one)
    waive = _Waivers(settings.waivers, scan.started.date())
    findings = tuple(map(waive, run.findings))
    infos = tuple(describe(one, plan, settings.parameters.get(one.id, {})) for one in chosen)
    used = {practice for one in chosen for practice in one.practices}
    return Assessment(
        __version__,
        scan,
        settings.profile,
        _used(patterns, chosen),
        {name: practice for name, practice in practices().items() if name in used},
        infos,
        tuple(CheckCount(one.id, dict(run.counts[one.id])) for one in chosen),
        findings,
        score(infos, findings),
        run.unread(),
        (*waive.warnings(),),
        requirements=settings.requirements,
        group_by=settings.group_by,
        views=dict(_views(plan, store)),
    )


def _views(plan: Plan, store: Store) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """What the inferences of the plan show; where one could not be made, its checks say why."""
    for name, kind in sorted(plan.views.items()):
        with suppress(Unread, Unserved, Absent):
            yield name, store.resolver(Need(kind))(store.account).describe()


def _order(finding: Finding) -> tuple[str, str, str]:
    return finding.resource.region, finding.resource.arn, finding.reason


def _used(patterns: Iterable[Pattern], checks: Iterable[AnyCheck]) -> tuple[Pattern, ...]:
    used = {(one.pattern, one.control) for one in checks}
    kept = (replace(p, controls=tuple(c for c in p.controls if (p.id, c.id) in used)) for p in patterns)
    return tuple(pattern for pattern in kept if pattern.controls)


def describe(one: AnyCheck, plan: Plan, parameters: Mapping[str, Json]) -> CheckInfo:
    """What there is to know about a check, with the thresholds in force."""
    known = practices()
    pillars = dict.fromkeys(known[name].pillar for name in one.practices if name in known)
    thresholds = {t.name: parameters.get(t.name, t.default) for t in one.thresholds}
    calls = tuple(call.name for call in plan.calls_of(one.id))
    return CheckInfo(
        one.id, one.title, one.why, one.fix, one.severity, one.pattern, one.control,
        tuple(sorted(pillars, key=list(Pillar).index)), one.practices, subject_type(one.subject), calls, thresholds,
    )  # fmt: skip


def subject_type(kind: type) -> str:
    """The CloudFormation type of what a check judges."""
    return kind.type_name if issubclass(kind, Resource) else "AWS::::Account"


class _Run:
    """The findings of a run, and what could not be read."""

    def __init__(self, store: Store, plan: Plan, settings: Settings) -> None:
        self._store = store
        self._plan = plan
        self._settings = settings
        self.findings: list[Finding] = []
        self.counts: dict[str, Counter[Status]] = defaultdict(Counter)
        self._references: dict[Subject, ResourceRef] = {}
        self._gaps: dict[Gap, Counter[str]] = defaultdict(Counter)

    def judge(self, one: AnyCheck) -> None:
        """One check on all its resources, its findings in order; a part that could not be listed is one UNKNOWN."""
        before = len(self.findings)
        options = dict(self._settings.parameters.get(one.id, {}))
        options = {t.name: _as_given(options[t.name], t.default) for t in one.thresholds if t.name in options}
        asked = [self._store.resolver(need) for need in one.needs]
        unlisted: set[tuple[str, str]] = set()
        for group in self._store.subjects(one.subject):
            for subject in filter(self._is_covered, group.items):
                self._add(one, self._reference(subject), self._verdict(one, subject, asked, options))
            if group.gap and (group.region, group.gap.reason) not in unlisted:
                unlisted.add((group.region, group.gap.reason))
                self._add(one, self._place(group.region), self._unknown(one, group.gap))
        self.findings[before:] = sorted(self.findings[before:], key=_order)

    def _is_covered(self, subject: Subject) -> bool:
        """Whether the subject is where the scan looked: a list for the account, as of buckets, names other regions."""
        region = subject.region if isinstance(subject, Resource) else GLOBAL
        return region == GLOBAL or region in self._store.account.regions

    def _verdict(
        self, one: AnyCheck, subject: Subject, asked: Sequence[Callable[[Any], Any]], options: Mapping[str, Any]
    ) -> Verdict:
        try:
            return self._counted(one, one.function(subject, *[ask(subject) for ask in asked], **options))
        except Unread as failure:
            return self._unknown(one, failure.gap)
        except Unserved as failure:
            return not_applicable(str(failure))
        except Absent as failure:
            return Verdict(Status.UNKNOWN, f"AWS has nothing to judge it by ({failure})")
        except Exception as error:  # noqa: BLE001 - whatever breaks in a check is that check's ERROR
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
            return Verdict(Status.ERROR, f"the check broke: {type(error).__name__}: {error} ({where})")

    def _counted(self, one: AnyCheck, verdict: Verdict) -> Verdict:
        for gap in verdict.gaps:
            self._gaps[gap][one.id] += 1
        return verdict

    def _unknown(self, one: AnyCheck, gap: Gap) -> Verdict:
        return self._counted(one, Verdict(Status.UNKNOWN, gap.reason, gaps=(gap,)))

    def _add(self, one: AnyCheck, resource: ResourceRef, verdict: Verdict) -> None:
        answer = self._settings.answers.get(one.id)
        if answer and verdict.status is Status.MANUAL:
            verdict = answered(verdict, answer, self._store.account.now.date())
        self.counts[one.id][verdict.status] += 1
        if verdict.status is not Status.NOT_APPLICABLE:
            severity = verdict.severity or one.severity
            reason = intern(verdict.reason)  # of 20 findings 19 say what another says
            self.findings.append(Finding(one.id, verdict.status, severity, resource, reason, verdict.observed))

    def _reference(self, subject: Subject) -> ResourceRef:
        if subject not in self._references:
            self._references[subject] = self._name(subject)
        return self._references[subject]

    def _name(self, subject: Subject) -> ResourceRef:
        if isinstance(subject, (Account, Region)):
            return subject.reference
        if inline_tags(type(subject)) or not self._plan.tags:
            return reference(subject)
        try:
            return reference(subject, self._store.region_tags(subject.region).get(subject.arn, {}))
        except (Unread, Absent):
            return reference(subject)

    def _place(self, region: str) -> ResourceRef:
        account = self._store.account
        return account.reference if region == GLOBAL else Region(region, account).reference

    def unread(self) -> tuple[UnreadEntry, ...]:
        """The gaps that left a check without an answer, once for each operation, region and code."""
        merged: dict[tuple[str, ...], tuple[Gap, Counter[str]]] = {}
        for gap, checks in self._gaps.items():
            key = (gap.action, gap.operation, gap.region, gap.kind, gap.code)
            _, total = merged.setdefault(key, (gap, Counter()))
            total.update(checks)
        return tuple(
            UnreadEntry(gap, sum(total.values()), tuple(sorted(total))) for _, (gap, total) in sorted(merged.items())
        )


def _as_given(value: Json, default: Json) -> Json | tuple[Json, ...]:
    return tuple(value) if isinstance(default, list) and isinstance(value, list) else value


def answered(question: Verdict, answer: Answer, today: date) -> Verdict:
    """The verdict of a person on a question; one that is too old leaves the question open, and says so."""
    who = f"{answer.by} answered on {answer.date}"
    if date.fromisoformat(answer.expires) < today:
        return replace(question, reason=f"{question.reason} ({who}, which counted until {answer.expires})")
    note = f": {answer.note}" if answer.note else ""
    said = f"it is so, as {who}{note}" if answer.holds else f"it is not so, as {who}{note}"
    return replace(question, status=Status.PASS if answer.holds else Status.FAIL, reason=said)


class _Waivers:
    """Applies waivers to failures; an expired one hides nothing and says so."""

    def __init__(self, waivers: tuple[Waiver, ...], today: date) -> None:
        self._waivers = waivers
        self._today = today
        self._expired: Counter[Waiver] = Counter()

    def __call__(self, finding: Finding) -> Finding:
        if finding.status is not Status.FAIL:
            return finding
        for waiver in self._waivers:
            if _covers(waiver, finding):
                if date.fromisoformat(waiver.expires) >= self._today:
                    return replace(finding, waiver=waiver)
                self._expired[waiver] += 1
        return finding

    def warnings(self) -> Iterator[str]:
        for waiver, times in self._expired.items():
            findings = "1 finding is" if times == 1 else f"{times} findings are"
            waived = ", ".join(waiver.checks)
            yield f"the waiver of {waived} by {waiver.owner} expired on {waiver.expires}: {findings} reported again"


def _covers(waiver: Waiver, finding: Finding) -> bool:
    return any(fnmatchcase(finding.check, glob) for glob in waiver.checks) and any(
        fnmatchcase(finding.resource.arn, glob) for glob in waiver.resources
    )
