"""Who provides what, and everything that a set of checks will read. No AWS in here."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from auditor.calls import Call, call
from auditor.errors import WiringError
from auditor.metrics import Metric, MetricSpec
from auditor.model import Account, Region
from auditor.registry import AnyCheck, Registry
from auditor.typed import Resource, inline_tags
from auditor.wiring import Collector, Form, Inference, Need, Tags
from auditor.workloads import Workloads

METRIC_DATA = call("cloudwatch", "GetMetricData")
TAGGED = call("resourcegroupstaggingapi", "GetResources", page=100)
"""The calls of the two kinds of evidence that any resource may have."""


class Sources:
    """The collectors and inferences of a run, by the kind of evidence that they provide."""

    def __init__(self, collectors: Iterable[Collector], inferences: Iterable[Inference]) -> None:
        self._listers: dict[type, list[Collector]] = {}
        self._details: dict[type, list[Collector]] = {}
        self._inferences: dict[type, Inference] = {}
        for one in collectors:
            table = self._listers if one.many else self._details
            others = table.setdefault(one.provides, [])
            if any(other.scope is one.scope and other.calls == one.calls for other in others):
                raise WiringError(f"two collectors provide {one.provides.__name__} by the same calls")
            others.append(one)
        for inference in inferences:
            if inference.provides in self._inferences or inference.provides in self._details:
                raise WiringError(f"two functions provide {inference.provides.__name__}")
            self._inferences[inference.provides] = inference

    def listers(self, kind: type) -> list[Collector]:
        """The collectors that list a kind; raises WiringError where there is none."""
        return _find(self._listers, kind)

    @property
    def services(self) -> frozenset[str]:
        """Every service that a collector can ask."""
        tables = (*self._listers.values(), *self._details.values())
        return frozenset(call.service for ones in tables for one in ones for call in one.calls)

    def is_listed(self, kind: type) -> bool:
        """Whether a kind is a resource that a collector lists."""
        return kind in self._listers

    def detail(self, kind: type, subject: type) -> Collector:
        """The collector that describes a subject (or its region or account) by this kind."""
        found = _find(self._details, kind)
        for one in found:
            if one.scope in (Account, Region) or issubclass(subject, one.scope) or one.scope in self.enclosing(subject):
                return one
        raise WiringError(f"{kind.__name__} is about a {found[0].scope.__name__}, not a {subject.__name__}")

    def details(self, kind: type) -> list[Collector]:
        """All collectors that give this kind, whatever they describe."""
        return _find(self._details, kind)

    def inference(self, kind: type) -> Inference | None:
        """The inference that makes this kind, if it is inferred."""
        return self._inferences.get(kind)

    def enclosing(self, kind: type) -> set[type]:
        """The kinds that resources of a kind are listed under, all the way up."""
        if kind not in self._listers:
            return set()
        above = {one.scope for one in self._listers[kind]} - {Account, Region}
        return above.union(*(self.enclosing(one) for one in above))

    def check(self, need: Need, subject: type) -> None:
        """Refuse a need that nothing can fill for this subject."""
        kind = need.kind
        if kind in (Account, Region, Metric, Tags, Workloads) or self.inference(kind):
            return
        if need.form is Form.EVERY:
            _find(self._listers | self._details, kind)
        elif kind in self._listers and issubclass(kind, Resource):
            if not issubclass(subject, kind) and kind not in self.enclosing(subject):
                raise WiringError(
                    f"a {subject.__name__} is not listed under a {kind.__name__}; ask for Every[{kind.__name__}]"
                )
        else:
            self._names(kind)
            self.detail(kind, subject)

    def _names(self, kind: type) -> None:
        if kind not in self._details:
            _find({**self._details, **self._listers, **self._inferences}, kind)


def _find(table: Mapping[type, object], kind: type) -> list[Collector]:
    if kind in table:
        return table[kind]  # type: ignore[return-value]
    name = getattr(kind, "__name__", str(kind))
    close = difflib.get_close_matches(name, [k.__name__ for k in table], 1)
    raise WiringError(f"nothing provides {name}" + (f"; did you mean {close[0]}?" if close else ""))


@dataclass(slots=True)
class Plan:
    """What to read for a set of checks: a static graph, known before the first call."""

    sources: Sources
    allow_paid: bool = False
    """Whether calls that cost money are made."""
    collectors: list[Collector] = field(default_factory=list)
    metrics: dict[type, list[MetricSpec]] = field(default_factory=dict)
    """The metrics to ask for each resource of a kind."""
    tags: bool = False
    """Whether the Tagging API is needed."""
    inferred: list[type] = field(default_factory=list)
    """What is inferred, in the order in which it is needed."""
    _calls_of: dict[str, tuple[Call, ...]] = field(default_factory=dict)

    @property
    def views(self) -> dict[str, type]:
        """What is inferred and has something to show as a whole, by the name that its class gives it."""
        return {name: kind for kind in self.inferred if (name := getattr(kind, "view", ""))}

    def dependents(self, kind: type) -> list[Collector]:
        """The planned collectors that ask about each resource of a kind."""
        return [one for one in self.collectors if one.scope is kind]

    def roots(self, scope: type) -> list[Collector]:
        """The planned collectors of a scope (`Account` or `Region`)."""
        return [one for one in self.collectors if one.scope is scope]

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every operation that can be called, sorted by name, without repeats."""
        all_calls = (call for one in self.collectors for call in one.calls)
        found = {call.name: call for call in all_calls if self.allow_paid or not call.paid}
        if self.metrics:
            found[METRIC_DATA.name] = METRIC_DATA
        if self.tags:
            found[TAGGED.name] = TAGGED
        return tuple(found[name] for name in sorted(found))

    def calls_of(self, check: str) -> tuple[Call, ...]:
        """The operations that one check reads, those that cost money too."""
        return self._calls_of[check]


def make_plan(
    registry: Registry,
    checks: Iterable[AnyCheck],
    sources: Sources | None = None,
    *,
    views: Collection[str] = (),
    allow_paid: bool = False,
) -> Plan:
    """The plan of these checks and views; raises WiringError, naming the check, where one cannot be filled."""
    sources = sources or Sources(registry.collectors, registry.inferences)
    plan = Plan(sources, allow_paid)
    for shown in registry.inferences:
        if getattr(shown.provides, "view", "") in views:
            _Closure(plan).infer(shown)
    for one in checks:
        part = Plan(sources, allow_paid=True)
        try:
            _Closure(part).check(one)
        except WiringError as error:
            raise WiringError(f"{one.id} in {one.module}: {error}") from None
        plan._calls_of[one.id] = part.calls  # noqa: SLF001 - the plan is being made here
        _merge(plan, part)
    return plan


def _merge(plan: Plan, part: Plan) -> None:
    plan.collectors.extend(one for one in part.collectors if one not in plan.collectors)
    for kind, specs in part.metrics.items():
        known = plan.metrics.setdefault(kind, [])
        known.extend(spec for spec in specs if spec not in known)
    plan.inferred.extend(one for one in part.inferred if one not in plan.inferred)
    plan.tags = plan.tags or part.tags


class _Closure:
    """Follows needs to collectors, and collectors to the collectors of their scopes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._sources = plan.sources

    def check(self, one: AnyCheck) -> None:
        if one.subject not in (Account, Region):
            self._list(one.subject)
        for need in one.needs:
            self._need(need, one.subject)

    def _need(self, need: Need, subject: type) -> None:
        self._sources.check(need, subject)
        if need.spec is not None:
            specs = self._plan.metrics.setdefault(subject, [])
            specs.append(need.spec)
        elif need.kind is Tags:
            self._plan.tags = self._plan.tags or not inline_tags(subject)
        else:
            for one in self._collectors(need, subject):
                self._add(one)

    def _collectors(self, need: Need, subject: type) -> Iterator[Collector]:
        kind = need.kind
        inference = self._sources.inference(kind)
        if inference:
            self.infer(inference)
        elif kind in (Account, Region, Workloads):
            return
        elif need.form is Form.EVERY:
            yield from self._sources.listers(kind) if self._sources.is_listed(kind) else self._sources.details(kind)
        elif self._sources.is_listed(kind):
            yield from self._sources.listers(kind)
        else:
            yield self._sources.detail(kind, subject)

    def infer(self, inference: Inference) -> None:
        """Plan an inference, and what it rests on, once."""
        if inference.provides not in self._plan.inferred:
            self._plan.inferred.append(inference.provides)
            for need in inference.needs:
                self._need(need, inference.scope)

    def _list(self, kind: type) -> None:
        for one in self._sources.listers(kind):
            self._add(one)

    def _add(self, one: Collector) -> None:
        if one not in self._plan.collectors:
            self._plan.collectors.append(one)
            if one.scope not in (Account, Region):
                self._list(one.scope)
