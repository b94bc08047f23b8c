"""What one workload can recover from: its strategy, how long that takes, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from auditor.inference.recovery.basics import Answer, Copy, Fact, Store, all_of, any_of, elsewhere
from auditor.inference.recovery.components import Component, Network, Twin, Twins
from auditor.inference.recovery.figures import (
    BANDS,
    BUFFER,
    FOLLOWING,
    FREQUENCIES,
    FULL_SCALE,
    INTENDED_SHARE,
    MANUAL,
    NOTHING,
    STARTS,
    UNBOUNDED,
    Scope,
    Span,
    State,
    required_strategy,
    slowest,
)
from auditor.inference.recovery.groups import Group
from auditor.inference.recovery.records import Bound, Factor, Predicate, Stage, Target, Unseen
from auditor.inference.recovery.routes import BY_HAND, Route, best_route, leads_to
from auditor.inference.recovery.trials import Trial, is_recent, newest, reported
from auditor.model import GLOBAL, Account, Gap, Verdict, not_applicable, unknown
from auditor.workloads import Frequency, Strategy, Tier

CHECKS: Mapping[str, str] = {
    "stores_any_copy": "workload_strategy_effective",
    "stores_continuous": "workload_strategy_weakest_link",
    "stores_all_continuous": "workload_strategy_weakest_link",
    "startable": "workload_standby_stack_complete",
    "network_ready": "dr_region_enabled_and_networked",
    "running": "workload_standby_stack_complete",
    "full_scale": "workload_standby_stack_complete",
    "routed": "route53_workload_multi_region_routing",
    "active_routing": "workload_active_active_serves_both_regions",
    "serves_both": "workload_active_active_serves_both_regions",
    "multi_write": "workload_active_active_serves_both_regions",
}
"""The check that reports each predicate."""

CONDITIONS: Mapping[Strategy, tuple[str, ...]] = {
    Strategy.BACKUP_AND_RESTORE: ("stores_any_copy",),
    Strategy.PILOT_LIGHT: ("stores_continuous", "startable", "network_ready"),
    Strategy.WARM_STANDBY: ("stores_all_continuous", "running"),
    Strategy.ACTIVE_ACTIVE: (
        "stores_all_continuous", "running", "full_scale", "active_routing", "serves_both", "multi_write",
    ),
}  # fmt: skip
"""The predicates of each strategy; those of a higher one imply those of the lower."""


_TWO_ZONES = "two zones or more, in a VPC of the account's own"
_PILOT = Strategy.PILOT_LIGHT.rank
_FROM_THE_TOP = tuple(reversed(list(CONDITIONS)))


@dataclass(frozen=True, slots=True)
class World:
    """What the account has, for all workloads."""

    account: Account
    twins: Twins
    network: Network
    routes: tuple[Route, ...]
    trials: tuple[Trial, ...]
    entries: Mapping[str, frozenset[str]]
    """The names under which each entry point, by ARN, is reached."""
    unseen: Unseen
    unclaimed: tuple[Component, ...]
    """What stands in no workload, and may stand for a component of one."""
    is_only: bool
    """Whether there is one workload, to which then all routes and tests belong."""


@dataclass(frozen=True)
class Posture:
    """A workload between its primary region and a recovery region."""

    group: Group
    world: World
    primary: str
    recovery: str | None
    possible: Strategy = Strategy.NONE
    """The best that any region leaves possible, where the recovery region was inferred."""
    gaps_of_place: tuple[Gap, ...] = ()
    """What leaves open which of its regions is the primary one, where that was inferred."""

    # Where and what

    @property
    def name(self) -> str:
        """The workload's name."""
        return self.group.workload.name

    @property
    def tier(self) -> Tier | None:
        """How much hangs on it."""
        return self.group.workload.tier

    @property
    def stores(self) -> tuple[Store, ...]:
        """Its stores, without those whose data is rebuilt."""
        return self.group.stores

    @property
    def is_open(self) -> bool:
        """Whether what could not be read leaves a higher strategy possible."""
        return self.best_case is not self.effective

    @property
    def is_empty(self) -> bool:
        """Whether nothing of the account belongs to it, as where the profile's members pick nothing."""
        return not self.stores and not self.group.components

    @property
    def pair(self) -> frozenset[str]:
        """Its primary and its recovery region."""
        return frozenset({self.primary, self.recovery} - {None})  # type: ignore[arg-type]

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """What serves it in the primary region."""
        return tuple(one for one in self.group.components if one.region == self.primary)

    @cached_property
    def twins(self) -> tuple[Twin, ...]:
        """Each component with its counterpart in the recovery region."""
        place = self.recovery
        if place is None:
            return tuple(Twin(one, State.NONE) for one in self.components)
        others = [one for one in (*self.group.components, *self.world.unclaimed) if one.region == place]
        by_key: dict[tuple[str, ...], list[Component]] = {}
        for one in others:
            for key in one.keys:
                by_key.setdefault(key, []).append(one)
        gaps = self.world.unseen.components
        return tuple(
            self.world.twins.of(one, [found for key in sorted(one.keys) for found in by_key.get(key, ())], place, gaps)
            for one in self.components
        )

    @property
    def compute(self) -> tuple[Twin, ...]:
        """Those that run code."""
        return tuple(one for one in self.twins if one.component.is_compute)

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The routes that lead to it."""
        if self.world.is_only:
            return self.world.routes
        names = frozenset(name for one in self.group.components for name in self.world.entries.get(one.arn, ()))
        arns = {one.arn for one in self.group.components} | {one.arn for one in self.stores}
        return tuple(one for one in self.world.routes if leads_to(one, names | arns))

    @cached_property
    def route(self) -> Route:
        """What moves its traffic to the recovery region."""
        return best_route(self.routes, self.pair) if self.recovery else BY_HAND

    # Predicates

    @cached_property
    def predicates(self) -> Mapping[str, Predicate]:
        """All conditions of the strategies, by name."""
        found = (*self._store_predicates(), *self._compute_predicates(), *self._traffic_predicates())
        return {one.name: one for one in found}

    def _store_predicates(self) -> Iterator[Predicate]:
        yield self._stores("stores_any_copy", lambda one: one.protected(Scope.REGION_LOSS))
        yield self._stores("stores_continuous", self._follows)
        yield self._stores("stores_all_continuous", lambda one: self._follows(one, strict=True))

    def _follows(self, store: Store, *, strict: bool = False) -> Answer:
        """Whether a store is in the other region: following it, but for files where that is not asked."""
        places = elsewhere(store, self.pair)
        if strict or store.transactional:
            return store.protected(Scope.REGION_LOSS, FOLLOWING, places, live=strict)
        return store.protected(Scope.REGION_LOSS, regions=places)

    def _stores(self, name: str, test: Callable[[Store], Answer]) -> Predicate:
        answers = [(one, test(one)) for one in self.stores]
        hidden = self.world.unseen.stores
        found = [answer for _, answer in answers]
        if not self.stores and not hidden:  # code that can be deployed again is all that there is
            hidden = self.world.unseen.components
            found = [one.starts for one in self.compute] or ([] if hidden else [False])
        holds = all_of((*found, *((None,) if hidden else ())))
        proofs = [self._best(one, Scope.REGION_LOSS) for one, answer in answers if answer]
        facts = [fact for copy in proofs if copy for fact in copy.facts]
        unread = (*hidden, *(gap for one, answer in answers if answer is None for gap in one.unread))
        return Predicate(name, holds, tuple(one for one, answer in answers if not answer), tuple(facts), unread)

    def _compute_predicates(self) -> Iterator[Predicate]:
        yield self._twins_all("startable", [(one, one.starts) for one in self.compute])
        yield self._network()
        entries = [(one, one.starts) for one in self.twins if not one.component.is_compute]
        yield self._twins_all("running", [*((one, one.runs) for one in self.compute), *entries])
        yield self._twins_all("full_scale", [(one, one.runs_full) for one in self.compute])

    def _twins_all(self, name: str, answers: Sequence[tuple[Twin, Answer]]) -> Predicate:
        hidden = self.world.unseen.components
        holds = all_of((*(answer for _, answer in answers), *((None,) if hidden else ())))
        if name == "full_scale" and holds:
            holds = self._capacity_share >= FULL_SCALE
        lacking = tuple(one.component for one, answer in answers if not answer)
        facts = tuple(one.fact for one, answer in answers if answer and one.fact)
        return Predicate(name, holds, lacking, facts, hidden)

    @cached_property
    def _capacity_share(self) -> float:
        """The capacity in the recovery region against production: the mean over what runs code."""
        shares = [min(one.share or 0.0, 1.0) if one.runs else 0.0 for one in self.compute]
        return sum(shares) / len(shares) if shares else 1.0

    def _network(self) -> Predicate:
        needs = any(one.component.needs_network for one in self.compute)
        serves = self.world.network.serves(self.recovery or "")
        facts: tuple[Fact, ...] = ()
        if needs and serves and self.recovery:
            facts = (Fact("ec2:DescribeSubnets", self.recovery, self.recovery, "AvailabilityZone", _TWO_ZONES),)
        return Predicate("network_ready", serves if needs else True, facts=facts, unread=self.world.network.gaps)

    def _traffic_predicates(self) -> Iterator[Predicate]:
        hidden = self.world.unseen.routes
        unknown = (None,) if hidden else ()
        pair = self.pair
        two = len(pair) > 1
        routed = any_of((*((one.covers(pair) for one in self.routes) if two else ()), *unknown))
        facts = tuple(one.fact for one in self.routes if one.fact)
        yield Predicate("routed", routed, facts=facts, unread=hidden)
        spread = any_of((*((one.spreads(pair) for one in self.routes) if two else ()), *unknown))
        yield Predicate("active_routing", spread, facts=facts, unread=hidden)
        serving = [(one, one.serves_both) for one in self.twins if one.component.kind == "load balancer"]
        yield self._twins_all("serves_both", [*serving, *((one, one.runs) for one in self.compute)])
        writable = [(one, self._writes_everywhere(one)) for one in self.stores]
        holds = all_of((*(answer for _, answer in writable), *((None,) if self.world.unseen.stores else ())))
        lacking = tuple(one for one, answer in writable if not answer)
        yield Predicate("multi_write", holds, lacking, unread=self.world.unseen.stores)

    def _writes_everywhere(self, store: Store) -> Answer:
        places = elsewhere(store, self.pair)
        writers = [one for one in store.copies if one.multi_writer]
        found = any_of(one.serves(Scope.REGION_LOSS, FOLLOWING, places) for one in writers)
        return found if found or not store.unread else None

    # Strategy

    @cached_property
    def effective(self) -> Strategy:
        """The highest strategy whose conditions are known to hold."""
        return self._highest(lambda holds: holds is True)

    @cached_property
    def best_case(self) -> Strategy:
        """The highest strategy that what could not be read leaves possible."""
        return max(self.possible, self._highest(lambda holds: holds is not False), key=lambda one: one.rank)

    def _highest(self, passes: Callable[[Answer], bool]) -> Strategy:
        for strategy in _FROM_THE_TOP:
            if all(passes(self.predicates[name].holds) for name in CONDITIONS[strategy]):
                return strategy
        return Strategy.NONE

    @property
    def subclass(self) -> str:
        """What a warm standby lacks to be active in both regions, where that is little."""
        if self.effective is not Strategy.WARM_STANDBY or not self.predicates["full_scale"].holds:
            return ""
        spreads = self.predicates["active_routing"].holds and self.predicates["serves_both"].holds
        return "read_local" if spreads else "hot_standby"

    @cached_property
    def intended(self) -> Strategy:
        """The highest strategy that most of its parts reach on their own; never below the effective one."""
        return self.meant()

    @property
    def wants_standby(self) -> bool:
        """Whether more than backups is meant, by the profile or else by what is there."""
        return (self.group.workload.strategy or self.intended).rank >= _PILOT

    def meant(self, share: float = INTENDED_SHARE) -> Strategy:
        """The highest strategy that such a share of its parts reaches on its own; never below the effective one."""
        parts = [strategy for _, strategy in self.reach()]
        for strategy in _FROM_THE_TOP:
            reached = sum(one.rank >= strategy.rank for one in parts)
            if parts and reached / len(parts) >= share:
                return max(strategy, self.effective, key=lambda one: one.rank)
        return self.effective

    def reach(self) -> Iterator[tuple[Store | Component, Strategy]]:
        """Each part with the highest strategy that it reaches itself."""
        yield from ((one, self._reach(one)) for one in self.stores)
        yield from ((one.component, self._reach(one)) for one in self.twins)

    def _reach(self, part: Store | Twin) -> Strategy:
        if isinstance(part, Twin):
            if part.runs if part.component.is_compute else part.starts:
                full = part.runs_full and self.predicates["active_routing"].holds
                return Strategy.ACTIVE_ACTIVE if full else Strategy.WARM_STANDBY
            return Strategy.PILOT_LIGHT if part.starts else Strategy.BACKUP_AND_RESTORE
        if self.recovery is None:
            return Strategy.NONE
        if self._follows(part, strict=True):
            return Strategy.ACTIVE_ACTIVE if self._writes_everywhere(part) else Strategy.WARM_STANDBY
        if self._follows(part):
            return Strategy.PILOT_LIGHT
        return Strategy.BACKUP_AND_RESTORE if part.protected(Scope.REGION_LOSS) else Strategy.NONE

    @property
    def missing(self) -> tuple[Predicate, ...]:
        """What is not known to hold of the effective strategy's conditions and of its routing."""
        names = (*CONDITIONS.get(self.effective, CONDITIONS[Strategy.BACKUP_AND_RESTORE]), "routed")
        return tuple(self.predicates[name] for name in names if not self.predicates[name].holds)

    @property
    def is_complete(self) -> bool:
        """Whether traffic follows too."""
        return not self.missing

    # How much is lost, and for how long

    def rpo(self, scope: Scope = Scope.REGION_LOSS) -> Bound:
        """The loss of data after a disaster."""
        return self._rpo({one.arn: self._best(one, scope) for one in self.stores})

    def _best(self, store: Store, scope: Scope) -> Copy | None:
        """The best copy in the pair's other region, else anywhere: the strategy says whether that is enough."""
        if scope is Scope.REGION_LOSS and self.recovery:
            there = store.best(scope, elsewhere(store, self.pair))
            if there is not None:
                return there
        return store.best(scope)

    def _rpo(self, copies: Mapping[str, Copy | None]) -> Bound:
        rows = [(one, copies[one.arn]) for one in self.stores]
        if not rows:
            return Bound(NOTHING)
        spans = [copy.rpo if copy else UNBOUNDED for _, copy in rows]
        store, copy = max(rows, key=lambda row: (row[1].rpo.high if row[1] else math.inf, row[0].arn))
        skew = max(one.high for one in spans) - min(one.high for one in spans) if len(spans) > 1 else 0.0
        return Bound(slowest(spans), store, copy, 0.0 if math.isnan(skew) else skew)

    @cached_property
    def data_times(self) -> Mapping[str, Span]:
        """Until the data of each store can be used, by its ARN."""
        return {one.arn: self._data_time(one.arn, self._best(one, Scope.REGION_LOSS)) for one in self.stores}

    @cached_property
    def start_times(self) -> Mapping[str, Span]:
        """Until each component that runs code serves, by its ARN."""
        return {one.component.arn: self._start_time(one.component.arn, one.start) for one in self.compute}

    @property
    def losses(self) -> Mapping[str, Span]:
        """What each store loses with its region, by its ARN."""
        best = ((one.arn, self._best(one, Scope.REGION_LOSS)) for one in self.stores)
        return {arn: copy.rpo if copy else UNBOUNDED for arn, copy in best}

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The parts of the recovery time, in their order."""
        return self.stages_of(slowest(self.data_times.values()), slowest(self.start_times.values()), self.route)

    def stages_of(self, data: Span, compute: Span, route: Route) -> tuple[Stage, ...]:
        """The parts of the recovery time with these times until data and compute are ready, and this route."""
        detect, traffic = (
            Stage("detect", route.detect, route.mechanism),
            Stage("traffic", route.switch, route.mechanism),
        )
        if self.effective is Strategy.ACTIVE_ACTIVE:
            return (detect, traffic)
        restore = self._restore(data, compute)
        people = (Stage("declare", MANUAL, "a person decides"), Stage("validate", MANUAL, "a person looks"))
        return (detect, people[0], restore, traffic, people[1])

    def _restore(self, data: Span, compute: Span) -> Stage:
        trial = self.trial
        if trial and trial.kind == "manual" and trial.seconds is not None:
            tested = Span(trial.seconds, trial.seconds * BUFFER)
            return Stage("data and compute", tested, f"tested {trial.when:%Y-%m-%d}, with a buffer of 50 percent")
        slower = "data" if data.high >= compute.high else "compute"
        return Stage("data and compute", slowest((data, compute)), f"both at once; {slower} takes longer")

    def _data_time(self, arn: str, copy: Copy | None) -> Span:
        """Until the data of a store can be used; by its newest restore test where it is restored."""
        if copy is None:
            return UNBOUNDED
        tested = next((one for one in self.trials if one.kind == "restore" and arn in one.resources), None)
        if copy.mechanism.kind not in FOLLOWING and tested and tested.seconds is not None:
            return Span(tested.seconds, tested.seconds * BUFFER)
        return copy.data

    def _start_time(self, arn: str, span: Span) -> Span:
        """Until a component serves; by its newest drill where Elastic Disaster Recovery launches it."""
        name = arn.rpartition("/")[2]
        tested = next((one for one in self.trials if one.kind == "drs_drill" and name in one.resources), None)
        if span == STARTS[State.DRS] and tested and tested.seconds is not None:
            return Span(tested.seconds, tested.seconds * BUFFER)
        return span

    @property
    def rto(self) -> Span:
        """The time until it serves again after the loss of its region."""
        return total(self.stages)

    @property
    def dominant_stage(self) -> Stage:
        """The stage that takes longest."""
        return max(self.stages, key=lambda one: one.span.high)

    # Tests

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """The tests of its parts, newest first."""
        own = {store.arn for store in self.stores} | {one.arn.rpartition("/")[2] for one in self.group.components}
        workload = self.group.workload
        found = [one for one in self.world.trials if self._concerns(one, own)]
        found += reported(workload.last_test, self.recovery or self.primary)
        return tuple(sorted(found, key=lambda one: (one.when, one.kind), reverse=True))

    def _concerns(self, trial: Trial, own: set[str]) -> bool:
        if trial.kind == "restore" and trial.region == self.primary:
            return False  # it shows nothing about another region
        if trial.resources:
            return bool(trial.resources & own)
        wanted = self.group.workload.members.tags
        return self.world.is_only or bool(wanted and wanted.items() <= trial.tags.items())

    @cached_property
    def trial(self) -> Trial | None:
        """The newest test that shows the effective strategy to work."""
        return newest(self.trials, self.effective)

    @property
    def window(self) -> timedelta:
        """How old a test may be."""
        frequency = self.group.workload.test_frequency or FREQUENCIES.get(self.tier, Frequency.YEARLY)
        return frequency.interval

    @property
    def is_tested(self) -> bool:
        """Whether such a test is recent enough."""
        return self.trial is not None and is_recent(self.trial, self.world.account.now, self.window)

    # Objectives

    @property
    def scope(self) -> Scope:
        """The disaster that its objectives are held against: the greatest that is in scope."""
        outside = self.group.workload.out_of_scope
        return next((one for one in Scope if one.value not in outside), Scope.REGION_LOSS)

    @property
    def required(self) -> Strategy:
        """The cheapest strategy that has room for the declared objectives."""
        workload = self.group.workload
        rpo, rto = (one.total_seconds() if one is not None else None for one in (workload.rpo, workload.rto))
        return required_strategy(rpo, rto, workload.availability_sla)

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """The declared objectives against what is achieved."""
        workload = self.group.workload
        found = []
        if workload.rpo is not None:
            bound = self.rpo(self.scope)
            hidden = self._hides_better(bound) or bool(
                self.world.unseen.stores and bound.span.high <= workload.rpo.total_seconds()
            )
            found.append(self._target("rpo", workload.rpo, bound.span, sure=True, hidden=hidden))
        if workload.rto is not None and self.scope is Scope.REGION_LOSS:
            sure = self.is_tested or self.tier is not Tier.CRITICAL
            found.append(self._target("rto", workload.rto, self.rto, sure=sure, hidden=self.is_open))
        return tuple(found)

    def _hides_better(self, bound: Bound) -> bool:
        """Whether the store that sets a loss may have a copy that could not be read."""
        return bound.store is not None and bound.copy is None and bound.store.protected(self.scope) is None

    def _target(self, metric: str, declared: timedelta, span: Span, *, sure: bool, hidden: bool) -> Target:
        seconds = declared.total_seconds()
        verdict = "missed" if span.low > seconds else "met" if span.high <= seconds and sure else "at_risk"
        if self.is_empty or hidden:
            verdict = "unknown"
        return Target(metric, self.scope, seconds, span, verdict)

    # Confidence

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """What lowers the confidence."""
        return tuple(self._factors())

    def _factors(self) -> Iterator[Factor]:
        if self.group.workload.recovery_region is None and self.recovery:
            yield Factor(0.9, f"that {self.recovery} is the recovery region was inferred")
        if not self.group.is_sure:
            yield Factor(0.8, f"that these resources recover together was inferred ({self.group.basis})")
        for reason in self.unread[:_MOST_UNREAD]:
            yield Factor(0.9, reason)
        copies = [copy for one in self.stores if (copy := self._best(one, Scope.REGION_LOSS))]
        if any(one.mechanism.kind in FOLLOWING and not one.measured for one in copies):
            yield Factor(0.9, "the lag of a continuous mechanism was not measured")
        if any(one.is_assumed for one in copies):
            yield Factor(0.8, "a copy lies where it could not be looked at")
        if any(one.mechanism.name == "opensearch_cross_cluster" for one in copies):
            yield Factor(0.7, "which indexes are replicated is not known")
        if not self.is_tested and self.effective is not Strategy.NONE:
            yield Factor(0.85, f"no recovery test in {self.window.days} days shows it")
        if self.effective is Strategy.ACTIVE_ACTIVE:
            yield Factor(0.9, "the share of requests of each region was not measured")

    @cached_property
    def unread(self) -> tuple[str, ...]:
        """What could not be read, in words, each with its regions."""
        unseen = self.world.unseen
        return reasons((*unseen.all, *self._gaps_of_stores, *self._network_gaps))

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """The part of that which leaves its strategy and its figures open: tests change neither."""
        unseen = self.world.unseen
        gaps = (*unseen.stores, *unseen.components, *unseen.routes, *self._gaps_of_stores, *self._network_gaps)
        bare = (one for one in self.stores if not one.protected(Scope.REGION_LOSS))
        doubts = {copy.trouble for one in bare for copy in one.copies if copy.healthy is None and copy.trouble}
        return (*reasons(gaps), *sorted(doubts))

    @cached_property
    def unread_of_stores(self) -> tuple[str, ...]:
        """The part of that which may hide a store, or a copy of one."""
        return reasons((*self.world.unseen.stores, *self._gaps_of_stores))

    def lacks(self, what: str, gaps: Iterable[Gap]) -> Verdict:
        """That a check does not apply to it for want of something, unless that is in what could not be read."""
        hidden = tuple(dict.fromkeys(gaps))
        if not hidden:
            return not_applicable(what)
        return unknown(f"{what}, as far as it could be seen: {', '.join(reasons(hidden)[:2])}", gaps=hidden)

    @property
    def unplaced(self) -> Verdict:
        """The verdict on whatever depends on which of its regions is the primary one."""
        why = ", ".join(reasons(self.gaps_of_place)[:2])
        return unknown(f"which of its regions is the primary one is not known: {why}", gaps=self.gaps_of_place)

    @cached_property
    def gaps_of_copies(self) -> tuple[Gap, ...]:
        """What may hide a store, or any copy of one."""
        return (*self.world.unseen.stores, *(gap for one in self.stores for gap in one.unread))

    @cached_property
    def gaps_of_standby(self) -> tuple[Gap, ...]:
        """What may hide that more of it is in another region, or that more leads there."""
        unseen = self.world.unseen
        return tuple(dict.fromkeys((*self.gaps_of_copies, *unseen.components, *unseen.routes)))

    @property
    def gaps_of_intent(self) -> tuple[Gap, ...]:
        """What may hide that more is meant than is seen; none where the profile says what is."""
        return self.gaps_of_standby if self.group.workload.strategy is None else ()

    @property
    def _gaps_of_stores(self) -> tuple[Gap, ...]:
        return tuple(gap for one in self.stores if not one.protected(Scope.REGION_LOSS) for gap in one.unread)

    @property
    def _network_gaps(self) -> tuple[Gap, ...]:
        return () if self.predicates["network_ready"].holds else self.world.network.gaps

    @property
    def confidence(self) -> float:
        """0 to 1."""
        return round(math.prod(one.value for one in self.factors), 3)

    @property
    def confidence_label(self) -> str:
        """`high`, `medium` or `low`."""
        return next(label for least, label in _LABELS if self.confidence >= least)

    # Cost

    @property
    def cost_band(self) -> tuple[float, float]:
        """What the effective strategy costs, in percent of production, by the table."""
        return BANDS[self.effective].cost

    @property
    def cost_share(self) -> float:
        """An estimate of what stands in the recovery region against production.

        Capacity counts 0.6 and stores 0.4, with 0.05 at least where there is any copy: an assumption of this program.
        """
        copied = [one for one in self.stores if one.protected(Scope.REGION_LOSS)]
        stored = len(copied) / len(self.stores) if self.stores else 0.0
        share = 0.6 * (self._capacity_share if self.compute and self.recovery else 0.0) + 0.4 * stored
        return round(max(share, 0.05) if copied else share, 3)

    # What is missing

    @property
    def next_strategy(self) -> Strategy | None:
        """One above the effective one."""
        above = [one for one in Strategy if one.rank == self.effective.rank + 1]
        return above[0] if above else None


_MOST_UNREAD = 7
"""0.9 to the seventh is the floor of 0.5 that unread evidence may bring about on its own."""
_LABELS = ((0.8, "high"), (0.5, "medium"), (0.0, "low"))


def reasons(gaps: Iterable[Gap]) -> tuple[str, ...]:
    """Each reason once, with its regions."""
    places: dict[str, set[str]] = {}
    for one in gaps:
        places.setdefault(one.reason.removesuffix(f" in {one.region}"), set()).add(one.region)
    return tuple(
        f"{reason} in {', '.join(sorted(regions - {GLOBAL}))}" if regions - {GLOBAL} else reason
        for reason, regions in sorted(places.items())
    )


def total(stages: Iterable[Stage]) -> Span:
    """One after another."""
    found = NOTHING
    for one in stages:
        found += one.span
    return found
