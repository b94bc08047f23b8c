"""Strategy that the workload actually has."""

from collections.abc import Iterable

from auditor.evidence.ce import RegionCosts
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.basics import Answer, Store
from auditor.inference.recovery.components import Component, Twin
from auditor.inference.recovery.figures import BANDS
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check
from auditor.workloads import Strategy, Tier

_BY_TIER = {Tier.CRITICAL: Severity.CRITICAL, Tier.IMPORTANT: Severity.CRITICAL, Tier.NON_CRITICAL: Severity.LOW}
_MOST = 4


def _words(strategy: Strategy) -> str:
    return strategy.value.replace("_", " ") if strategy is not Strategy.NONE else "no strategy"


def _some(names: Iterable[str]) -> str:
    found = list(names)
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    return ", ".join(found[:_MOST]) + more


def _open(posture: Posture, about: str) -> Verdict:
    """What could not be read leaves the answer open."""
    why = _some(posture.undecided) or "its evidence is incomplete"
    return unknown(f"{about}, as {why}", gaps=posture.gaps_of_standby)


@check(severity=Severity.HIGH, practices=["REL13-BP02"])
def workload_strategy_effective(_account: Account, recovery: Recovery) -> Verdict:
    """Workloads can be recovered outside their region.

    Why: one store without a copy elsewhere is lost with its region, and the workload with it, whatever else is copied.
    Fix: give each store that is named a copy in another region: a CopyActions rule of AWS Backup, a replica, a global
        table or a replication rule; or declare it derivable in the profile.
    """
    return recovery.verdict(_effective)


def _effective(posture: Posture) -> Verdict:
    if "region_loss" in posture.group.workload.out_of_scope:
        return not_applicable(
            f"its loss of a region is out of scope: {posture.group.workload.out_of_scope['region_loss']}"
        )
    if posture.effective is not Strategy.NONE:
        return passed(
            f"it has {_words(posture.effective)} in {posture.recovery}, RPO {posture.rpo().span}, RTO {posture.rto}",
            strategy=posture.effective.value,
            confidence=posture.confidence,
        )
    if posture.best_case is not Strategy.NONE:
        return _open(posture, f"it may have {_words(posture.best_case)} or none")
    if not posture.stores:
        return failed(f"nothing outside {posture.primary} can start its code", severity=Severity.MEDIUM)
    bare = posture.predicates["stores_any_copy"].lacking
    meant = f", though {_words(posture.intended)} is meant" if posture.intended is not Strategy.NONE else ""
    return failed(
        f"{len(bare)} of {len(posture.stores)} stores have no copy outside their region: "
        f"{_some(_placed(one, posture) for one in bare)}{meant}",
        severity=_BY_TIER.get(posture.tier or Tier.STANDARD, Severity.HIGH),
        intended=posture.intended.value,
    )


def _placed(part: Store | Component, posture: Posture) -> str:
    """Its name, and its region where that is not the primary one."""
    return part.name if part.region == posture.primary else f"{part.name} in {part.region}"


@check(severity=Severity.HIGH, practices=["REL13-BP02", "COST05-BP03"])
def workload_strategy_weakest_link(_account: Account, recovery: Recovery, *, intended_share: float = 0.6) -> Verdict:
    """No component holds a workload below the strategy that most of it has.

    Why: a standby that one missing copy makes useless costs as much as one that works.
    Fix: bring the named parts to the strategy of the others, or save the cost of a standby that cannot be used.
    """
    return recovery.verdict(lambda one: _weakest_link(one, intended_share))


def _weakest_link(posture: Posture, share: float) -> Verdict:
    meant = posture.meant(share)
    if meant is Strategy.NONE:
        return posture.lacks("nothing of it is copied to another region", posture.gaps_of_standby)
    if posture.gaps_of_standby or posture.effective.rank < meant.rank <= posture.best_case.rank:
        return _open(posture, f"whether all of it reaches {_words(meant)} is not known")
    if meant.rank <= posture.effective.rank:
        return passed(f"all of it reaches {_words(posture.effective)}")
    below = [f"{part.name} ({_words(reached)})" for part, reached in posture.reach() if reached.rank < meant.rank]
    low, high = BANDS[meant].cost
    named = _some(below) or "its network or its routing"
    return failed(
        f"most of it reaches {_words(meant)}, which costs {low} to {high} percent of production, "
        f"but {named} leaves it at {_words(posture.effective)}",
        intended=meant.value,
        effective=posture.effective.value,
    )


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL13-BP04"])
def workload_standby_stack_complete(
    _account: Account, recovery: Recovery, *, min_capacity_ratio: float = 0.1, full_scale_ratio: float = 0.8
) -> Verdict:
    """Every component of the production stack has a counterpart in the recovery region.

    Why: a stack that lacks one queue, function or group cannot serve, and is built by hand while customers wait.
    Fix: deploy the same templates to the recovery region, scaled down; let every component run there for a warm
        standby, at min_capacity_ratio of production at least, or full_scale_ratio for an active region.
    """
    return recovery.verdict(lambda one: _stack(one, min_capacity_ratio, full_scale_ratio))


def _stack(posture: Posture, least: float, full: float) -> Verdict:
    meant = posture.group.workload.strategy or posture.intended
    if meant.rank < Strategy.PILOT_LIGHT.rank:
        return posture.lacks(f"{_words(meant)} needs no standby", posture.gaps_of_intent)
    if posture.gaps_of_intent:
        return _open(posture, "whether more is meant than is seen is not known")
    if not posture.twins:
        return posture.lacks("it has no components besides its stores", posture.world.unseen.components)
    if posture.recovery is not None and posture.recovery not in posture.world.account.regions:
        return unknown(f"its recovery region {posture.recovery} was not scanned")
    wanted = full if meant is Strategy.ACTIVE_ACTIVE else least
    answers = [(one, _stands(one, meant, wanted)) for one in posture.twins]
    missing = [_gap(one) for one, answer in answers if answer is False]
    if missing:
        return failed(f"for {_words(meant)} it lacks in {posture.recovery or 'another region'} {_some(missing)}")
    if posture.world.unseen.components or any(answer is None for _, answer in answers):
        return _open(posture, "not all of its components could be seen")
    return passed(f"all {len(answers)} components have a counterpart in {posture.recovery}")


def _stands(twin: Twin, meant: Strategy, wanted: float) -> Answer:
    if meant is Strategy.PILOT_LIGHT or not twin.component.is_compute:
        return twin.starts if twin.component.is_compute or meant is not Strategy.PILOT_LIGHT else True
    return twin.runs_at(wanted)


def _gap(twin: Twin) -> str:
    if twin.other is None or twin.share is None:
        return twin.component.label
    return f"{twin.component.label} ({twin.share:.0%} of production)"


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL10-BP01"])
def workload_active_active_serves_both_regions(_account: Account, recovery: Recovery) -> Verdict:
    """An active-active workload serves reads and writes in every region.

    Why: with one writer, or one region without traffic, the loss of a region is a failover after all, and takes the
        time of a warm standby.
    Fix: send traffic to both regions by latency or weight; use global tables, write forwarding or two-way replication
        for what is written; keep healthy targets in both.
    """
    return recovery.verdict(_active)


def _active(posture: Posture) -> Verdict:
    if Strategy.ACTIVE_ACTIVE not in (posture.group.workload.strategy, posture.intended):
        return posture.lacks("it is not meant to be active in two regions", posture.gaps_of_intent)
    if posture.gaps_of_intent:
        return _open(posture, "whether it is meant to be active in two regions is not known")
    lacking = [posture.predicates[name] for name in ("active_routing", "serves_both", "multi_write")]
    wrong = [
        _ACTIVE[one.name].format(_some(part.name for part in one.lacking)) for one in lacking if one.holds is False
    ]
    if wrong:
        return failed("; ".join(wrong), subclass=posture.subclass)
    if any(one.holds is None for one in lacking):
        return _open(posture, "whether both regions serve is not known")
    return passed(f"{' and '.join(sorted(posture.pair))} take traffic and writes")


_ACTIVE = {
    "active_routing": "no route sends traffic to both regions",
    "serves_both": "not both regions have healthy targets of {}",
    "multi_write": "writes of {} are taken in one region only",
}


@check(severity=Severity.LOW, practices=["COST05-BP03", "COST05-BP05", "SUS02-BP02"])
def workload_strategy_not_excessive(_account: Account, recovery: Recovery, *, excess_levels: int = 2) -> Verdict:
    """The strategy is not costlier than the declared objectives need.

    Why: a standby that no objective asks for is paid for every hour.
    Fix: step down to the cheapest strategy that meets the objectives, or say in the profile (strategy_reason) why not.
    """
    return recovery.verdict(lambda one: _excessive(one, excess_levels))


def _excessive(posture: Posture, levels: int) -> Verdict:
    workload = posture.group.workload
    if workload.strategy_reason:
        return not_applicable(f"the profile gives a reason: {workload.strategy_reason}")
    declared = any(one is not None for one in (workload.rpo, workload.rto, workload.availability_sla))
    spare = posture.tier is Tier.NON_CRITICAL and posture.effective.rank >= Strategy.WARM_STANDBY.rank
    if not declared and posture.tier is not Tier.NON_CRITICAL:
        return posture.lacks("nothing says what it needs", posture.world.unseen.parts)
    over = posture.effective.rank - posture.required.rank
    if spare or over >= levels:
        have, need = BANDS[posture.effective].cost, BANDS[posture.required].cost
        return failed(
            f"it has {_words(posture.effective)} ({have[0]} to {have[1]} percent of production a year) where "
            f"{_words(posture.required)} ({need[0]} to {need[1]} percent) would do"
        )
    if posture.best_case.rank - posture.required.rank >= levels:
        return _open(posture, f"it may have {_words(posture.best_case)}")
    return passed(f"it has {_words(posture.effective)}, and its objectives ask for {_words(posture.required)}")


@check(severity=Severity.LOW, practices=["COST05-BP03", "COST05-BP05"])
def workload_dr_cost_within_band(
    _account: Account, costs: RegionCosts | None, recovery: Recovery, *, tolerance: float = 0.25
) -> Verdict:
    """Recovery spending is within the band of its strategy.

    Why: spending as for a warm standby and recovering as from backups is the worst of both.
    Fix: finish the standby so that the strategy it costs is reached, or take apart what does not help to recover.
    """
    if costs is None:
        return not_applicable("Cost Explorer has no data of the account")
    return recovery.verdict(lambda posture: _spent(posture, costs, tolerance))


def _spent(posture: Posture, costs: RegionCosts, tolerance: float) -> Verdict:
    """What the recovery region costs against the primary one; of one workload alone, for bills are by region."""
    if not posture.world.is_only:
        return not_applicable("the bill is by region, and several workloads share them")
    if posture.recovery is None or posture.effective in (Strategy.NONE, Strategy.ACTIVE_ACTIVE):
        return not_applicable("it has no standby that costs apart")
    production = costs.of(posture.primary)
    if not production:
        return not_applicable(f"nothing was billed in {posture.primary}")
    percent = 100 * costs.of(posture.recovery) / production
    low, high = BANDS[posture.effective].cost
    told = f"{posture.recovery} costs {percent:.0f} percent of {posture.primary}, and {_words(posture.effective)}"
    if percent > high * (1 + tolerance):
        return failed(f"{told} {high:g} at most", percent=round(percent, 1))
    if percent < low * (1 - tolerance):
        return failed(f"{told} {low:g} at least: capacity may be missing", severity=Severity.INFORMATIONAL)
    return passed(f"{told} {low:g} to {high:g}", percent=round(percent, 1))
