"""A store of evidence that a test made, whose kinds can be denied: checks and inferences run on it as on a scan's."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from auditor.assess import Settings, assess
from auditor.errors import Absent, Unread
from auditor.every import Group
from auditor.metrics import Metric
from auditor.model import GLOBAL, Account, Assessment, Gap, Region, ScanInfo
from auditor.plan import Plan, make_plan
from auditor.registry import load
from auditor.store import Answer, Store
from auditor.testing import ACCOUNT, gap
from auditor.typed import Resource
from auditor.wiring import Collector
from auditor.workloads import Workloads

REGISTRY = load()


class Given(Store):
    """The evidence that is given; nothing of the denied kinds can be read in the denied regions, by default in all."""

    def __init__(
        self,
        plan: Plan,
        found: Iterable[Any],
        workloads: Workloads,
        denied: Collection[str] = (),
        regions: Collection[str] = (*ACCOUNT.regions, GLOBAL),
    ) -> None:
        super().__init__(plan.sources, ACCOUNT, None, lambda _service, _region: True, workloads)  # type: ignore[arg-type]
        self._found = list(found)
        self._denied = denied
        self._where = regions

    def subjects(self, kind: type) -> tuple[Group[Any], ...]:
        """Those of the kind, and a gap for each region in which it is denied."""
        if kind in (Account, Region):
            return super().subjects(kind)
        if kind not in self._groups:
            self._groups[kind] = (*self._given(kind), *self._gaps(kind))
        return self._groups[kind]

    def _given(self, kind: type[Any]) -> Iterator[Group[Any]]:
        for one in self._found:
            if isinstance(one, Resource) and type(one) is kind and not self._is_denied(kind, one.region):
                yield Group(one.region, one._parent, (one,))

    def _gaps(self, kind: type) -> Iterator[Group[Any]]:
        for region in (*self.account.regions, GLOBAL):
            if self._is_denied(kind, region):
                yield Group(region, None, (), self._gap(self._sources.listers(kind)[0], region))

    def _is_denied(self, kind: type, region: str) -> bool:
        return kind.__name__ in self._denied and region in self._where

    def _gap(self, one: Collector, region: str) -> Gap:
        return gap(one.calls[0].name, region)

    def _described(self, one: Collector, scope: Any) -> Answer:
        region = scope.region if isinstance(scope, Resource) else getattr(scope, "name", GLOBAL)
        if self._is_denied(one.provides, region):
            return Answer(failure=Unread(self._gap(one, region)))
        for pair in self._found:
            if isinstance(pair, tuple) and type(pair[1]) is one.provides and pair[0] is scope:
                return Answer(pair[1])
        return Answer(failure=Absent(one.name))

    def _metric(self, spec: Any, subject: Any) -> Metric:
        return Metric.read({})

    def region_tags(self, region: str) -> dict[str, Any]:
        """None: resources carry their own."""
        return {}


def plan_of(pattern: str) -> Plan:
    """What the checks of a pattern read."""
    return make_plan(REGISTRY, [one for one in REGISTRY.checks.values() if one.pattern == pattern])


def judged(plan: Plan, checks: Iterable[Any], store: Store) -> Assessment:
    """The checks on the evidence of a store."""
    settings = Settings(workloads=store.workloads)
    scan = ScanInfo(ACCOUNT.id, ACCOUNT.partition, ACCOUNT.regions, ACCOUNT.now, complete=True)
    return assess(checks, REGISTRY.patterns, plan, store, settings, scan)
