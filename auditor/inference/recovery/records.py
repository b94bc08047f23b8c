"""The pieces of a posture: conditions, bounds, stages, steps and targets."""

from __future__ import annotations

import math
from dataclasses import dataclass

from auditor.inference.recovery.basics import Answer, Copy, Fact, Store
from auditor.inference.recovery.components import Component
from auditor.inference.recovery.figures import Scope, Span
from auditor.model import Gap, Json


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition of a strategy: whether it holds, and what it fails on."""

    name: str
    holds: Answer
    lacking: tuple[Store | Component, ...] = ()
    facts: tuple[Fact, ...] = ()
    unread: tuple[Gap, ...] = ()

    def describe(self) -> Json:
        """As JSON."""
        return {
            "predicate": self.name,
            "holds": self.holds,
            "lacking": [one.arn for one in self.lacking],
            "unread": sorted({one.reason for one in self.unread}),
            "evidence": [one.describe() for one in self.facts],
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of the recovery time."""

    name: str
    span: Span
    basis: str


@dataclass(frozen=True, slots=True)
class Bound:
    """A loss of data at best and at worst, and what sets the worst."""

    span: Span
    store: Store | None = None
    copy: Copy | None = None
    skew: float = 0.0
    """By how much the stores may disagree after the recovery; seconds."""

    def describe(self) -> Json:
        """As JSON."""
        return {
            "seconds": self.span.describe(),
            "store": self.store.arn if self.store else None,
            "mechanism": self.copy.mechanism.name if self.copy else None,
            "measured": self.copy.measured if self.copy else False,
            "source": self._source,
            "skew_seconds": None if self.skew == math.inf else round(self.skew, 1),
        }

    @property
    def _source(self) -> str:
        if self.copy is None:
            return "no copy" if self.store else "no stores"
        return "evidence" if self.copy.measured else self.copy.mechanism.source

    @property
    def words(self) -> str:
        """The interval and what sets it."""
        if self.store is None:
            return str(self.span)
        if self.copy is None:
            unread = f"no copy of {self.store.label} was seen, and not all could be read"
            return f"{self.span}, as " + (unread if self.store.unread else f"{self.store.label} has no copy")
        how = "measured" if self.copy.measured else "by the table"
        return f"{self.span}, set by {self.copy.words} of {self.store.label}, {how}"


@dataclass(frozen=True, slots=True)
class Action:
    """A step to a strategy, and what recovery would be once it is done, with those before it."""

    predicate: str
    check: str
    resource: str
    text: str
    rpo_after: Span
    rto_after: Span

    def describe(self) -> Json:
        """As JSON."""
        return {
            "predicate": self.predicate,
            "check": self.check,
            "resource": self.resource,
            "action": self.text,
            "rpo_after_seconds": self.rpo_after.describe(),
            "rto_after_seconds": self.rto_after.describe(),
        }


@dataclass(frozen=True, slots=True)
class Target:
    """A declared objective against what is achieved."""

    metric: str
    scope: Scope
    declared: float
    achieved: Span
    verdict: str
    """`met`, `at_risk`, `missed`, or `unknown`: what could not be read decides, or nothing belongs to the workload."""

    def describe(self) -> Json:
        """As JSON."""
        return {
            "metric": self.metric,
            "scope": self.scope.value,
            "declared_seconds": self.declared,
            "achieved_seconds": self.achieved.describe(),
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Factor:
    """What lowers the confidence, by how much, and why."""

    value: float
    reason: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be read, by what it may hide."""

    stores: tuple[Gap, ...] = ()
    components: tuple[Gap, ...] = ()
    routes: tuple[Gap, ...] = ()
    trials: tuple[Gap, ...] = ()

    @property
    def parts(self) -> tuple[Gap, ...]:
        """What may hide a store or component."""
        return (*self.stores, *self.components)

    @property
    def all(self) -> tuple[Gap, ...]:
        """All of it, each once."""
        return tuple(dict.fromkeys((*self.stores, *self.components, *self.routes, *self.trials)))
