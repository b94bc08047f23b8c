"""What would have to be done for a strategy, in order, and what each step brings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import heapify, heappop, heappush

from auditor.inference.recovery.basics import Store
from auditor.inference.recovery.components import Component
from auditor.inference.recovery.figures import FOLLOWING, GROWS, MECHANISMS, MINUTE, NOTHING, STARTS, Scope, Span, State
from auditor.inference.recovery.posture import CHECKS, CONDITIONS, Posture, total
from auditor.inference.recovery.records import Action, Predicate
from auditor.inference.recovery.routes import Route
from auditor.workloads import Strategy

_NOT_BY_ITSELF = "nothing makes it follow by itself: load it in both regions, or declare it derivable"


def steps_to(posture: Posture, strategy: Strategy) -> tuple[Action, ...]:
    """The steps that the conditions of a strategy, and its routing, still want."""
    return tuple(_Steps(posture).to(strategy))


class _Worst:
    """The slowest of many spans, while one after another of them is replaced."""

    def __init__(self, spans: Mapping[str, Span]) -> None:
        self._spans = dict(spans)
        self._lows = [(-span.low, key) for key, span in spans.items()]
        self._highs = [(-span.high, key) for key, span in spans.items()]
        heapify(self._lows)
        heapify(self._highs)

    def put(self, key: str, span: Span) -> None:
        """Replace a span; what is stale on a heap is taken off when it comes to the top."""
        self._spans[key] = span
        heappush(self._lows, (-span.low, key))
        heappush(self._highs, (-span.high, key))

    @property
    def span(self) -> Span:
        """Both ends apart."""
        while self._lows and -self._lows[0][0] != self._spans[self._lows[0][1]].low:
            heappop(self._lows)
        while self._highs and -self._highs[0][0] != self._spans[self._highs[0][1]].high:
            heappop(self._highs)
        return Span(-self._lows[0][0], -self._highs[0][0]) if self._lows else NOTHING


class _Steps:
    """Goes through the conditions that do not hold, and takes each step as done for those after it."""

    def __init__(self, posture: Posture) -> None:
        self._posture = posture
        self._place = posture.recovery or "a second region"
        self._losses = _Worst(posture.losses)
        self._data = _Worst(posture.data_times)
        self._starts = _Worst(posture.start_times)
        self._route = posture.route
        self._twins = {one.component.arn: one for one in posture.twins}

    def to(self, strategy: Strategy) -> Iterator[Action]:
        names = CONDITIONS.get(strategy, ())
        names = (*names, "routed") if strategy.rank > Strategy.BACKUP_AND_RESTORE.rank else names
        for name in names:
            predicate = self._posture.predicates[name]
            if not predicate.holds:
                yield from self._of(predicate)

    def _of(self, predicate: Predicate) -> Iterator[Action]:
        for part in predicate.lacking:
            text = self._store(predicate.name, part) if isinstance(part, Store) else self._part(predicate.name, part)
            yield self._action(predicate.name, part.arn, text)
        if predicate.name in ("routed", "active_routing", "network_ready"):
            yield self._action(predicate.name, self._posture.name, self._whole(predicate.name))
        elif not predicate.lacking and predicate.unread:
            reasons = ", ".join(sorted({one.reason for one in predicate.unread})[:3])
            yield self._action(predicate.name, self._posture.name, f"let it be read, as {reasons}")

    def _action(self, name: str, resource: str, text: str) -> Action:
        stages = self._posture.stages_of(self._data.span, self._starts.span, self._route)
        return Action(name, CHECKS[name], resource, text, self._losses.span, total(stages))

    def _store(self, name: str, store: Store) -> str:
        if name == "multi_write":
            return (
                f"let {store.label} take writes in both regions, by a global table, write forwarding or rules both ways"
            )
        by_backup = name == "stores_any_copy" and store.kind not in _NOT_BACKED_UP
        mechanism = MECHANISMS["backup_copy_cross_region" if by_backup else store.suggestion]
        if name == "stores_all_continuous" and mechanism.kind not in FOLLOWING:
            return f"{store.label}: {_NOT_BY_ITSELF}"
        self._losses.put(store.arn, mechanism.rpo)
        self._data.put(store.arn, mechanism.data)
        trouble = next((one.trouble for one in store.copies if one.trouble and Scope.REGION_LOSS in one.covers), "")
        if trouble and not by_backup:
            return f"repair the copy of {store.label}: {trouble}"
        if by_backup:
            return f"copy backups of {store.label} to {self._place} (CopyActions of an AWS Backup rule)"
        return f"replicate {store.label} to {self._place} by {mechanism.words}"

    def _part(self, name: str, part: Component) -> str:
        twin = self._twins.get(part.arn)
        there = twin.other.label if twin and twin.other else ""
        if name == "startable":
            self._start(part, STARTS[State.ARTIFACTS])
            return _ARTIFACTS.get(part.kind, "deploy {label} in {place}, scaled to zero if need be").format(
                label=part.label, place=self._place, image=part.image or "its image"
            )
        if name == "full_scale":
            self._start(part, NOTHING)
            return f"raise {there or part.label} in {self._place} to {part.capacity or 1:g} {part.unit}".rstrip()
        if name == "serves_both":
            return f"make targets of {part.label} healthy in {self._posture.primary} and in {self._place}"
        self._start(part, GROWS)
        if there:
            return f"run {there} in {self._place} at a tenth of production at least, and register its targets"
        return f"run a counterpart of {part.label} in {self._place}"

    def _start(self, part: Component, span: Span) -> None:
        if part.is_compute:
            self._starts.put(part.arn, span)

    def _whole(self, name: str) -> str:
        if name == "network_ready":
            return f"make a VPC with subnets in two zones of {self._place}"
        mechanism = "route53_failover" if name == "routed" else "route53_latency"
        if not self._route.automatic:
            times = Span(30, 90), Span(MINUTE, 2 * MINUTE)
            self._route = Route(self._posture.name, mechanism, self._posture.pair, *times, healthy=True)
        trouble = next((one.trouble for one in self._posture.routes if one.trouble), "")
        if trouble:
            return f"repair the routing: {trouble}"
        if name == "routed":
            return f"add failover records with health checks, or Global Accelerator, to {self._place}"
        return (
            f"send traffic to {self._posture.primary} and {self._place} by latency or weight, or by Global Accelerator"
        )


_NOT_BACKED_UP = frozenset({"session cache", "search domain"})
"""Kinds of stores that AWS Backup does not take (its developer guide: supported resources)."""

_ARTIFACTS: Mapping[str, str] = {
    "Auto Scaling group": "copy {image} of {label} to {place} and deploy its launch template there",
    "instance": "copy {image} of {label} to {place} with a launch template, or replicate it by DRS",
    "service": "replicate the repositories of {label} to {place} and register its task definition there",
    "function": "deploy {label} in {place}",
}
