"""RPO, RTO, SLA and cost of downtime."""

from datetime import timedelta

from auditor.evidence.resiliencehub import ResilienceApp
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.figures import BANDS, HOUR, OUTAGES_PER_YEAR, in_words
from auditor.inference.recovery.records import Target
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check
from auditor.workloads import Money, Strategy, Tier

_OBJECTIVES = ("rpo", "rto", "tier")
_YEAR = timedelta(days=365)


@check(severity=Severity.MEDIUM, practices=["REL13-BP01"])
def workload_recovery_objectives_declared(_account: Account, recovery: Recovery) -> Verdict:
    """Each production workload has declared RPO, RTO, tier and test frequency.

    Why: without objectives nobody can say whether the recovery is good enough, or too dear.
    Fix: add the workload to the profile with tier, rpo, rto, downtime_cost_per_hour and test_frequency, or tag its
        resources with dr:rpo, dr:rto and dr:tier.
    """
    return recovery.verdict(_declared)


def _declared(posture: Posture) -> Verdict:
    workload = posture.group.workload
    if posture.tier is Tier.NON_CRITICAL:
        return not_applicable("it is not of production")
    if not posture.stores and not any(one.kind == "load balancer" for one in posture.group.components):
        return posture.lacks("it has neither stores nor load balancers", posture.world.unseen.parts)
    tagged = {key for part in posture.stores for key in part.tags}
    tagged |= {key for part in posture.group.components for key in part.tags}
    missing = [one for one in _OBJECTIVES if getattr(workload, one) is None and f"dr:{one}" not in tagged]
    if missing:
        return failed(f"nothing declares its {', '.join(missing)}")
    costs = ("downtime_cost_per_hour", "test_frequency")
    if absent := [one for one in costs if getattr(workload, one) is None]:
        return failed(f"the profile lacks its {' and '.join(absent)}", severity=Severity.LOW)
    return passed("the profile declares its RPO, RTO, tier, cost of downtime and test frequency")


def _target(posture: Posture, metric: str) -> Target | None:
    return next((one for one in posture.targets if one.metric == metric), None)


def _unread(posture: Posture) -> str:
    if posture.is_empty:
        return "nothing was found that belongs to it: see its members in the profile"
    return ", ".join(posture.undecided[:3]) or "its evidence is incomplete"


@check(severity=Severity.CRITICAL, practices=["REL13-BP01", "REL13-BP02"])
def workload_rpo_target_met(_account: Account, recovery: Recovery) -> Verdict:
    """The achievable RPO meets the declared RPO.

    Why: what is lost in a disaster is decided by the slowest copy of any store, not by the fastest.
    Fix: give the named store a mechanism whose figure is below the objective: a global database or table, replication
        with time control, or more frequent copies.
    """
    return recovery.verdict(_rpo)


def _rpo(posture: Posture) -> Verdict:
    target = _target(posture, "rpo")
    if target is None:
        return not_applicable("it declares no RPO")
    bound, declared = posture.rpo(target.scope), in_words(target.declared)
    if target.verdict == "met":
        return passed(f"its RPO is {bound.words}, within {declared}", rpo_seconds=bound.span.describe())
    if target.verdict == "unknown":
        return unknown(f"whether it meets its RPO of {declared} is not known, as {_unread(posture)}")
    severity = Severity.CRITICAL if target.verdict == "missed" else Severity.MEDIUM
    return failed(
        f"its RPO is {bound.words}; {declared} is declared", severity=severity, rpo_seconds=bound.span.describe()
    )


@check(severity=Severity.CRITICAL, practices=["REL13-BP01", "REL13-BP02"])
def workload_rto_target_met(_account: Account, recovery: Recovery) -> Verdict:
    """The achievable RTO, with a buffer of 50 percent on what was tested, meets the declared RTO.

    Why: detecting, deciding and validating take their time too, and a disaster is slower than a drill.
    Fix: shorten the stage that dominates: run a standby instead of restoring, let health checks move the traffic, and
        test the recovery so that an estimate becomes a figure.
    """
    return recovery.verdict(_rto)


def _rto(posture: Posture) -> Verdict:
    target = _target(posture, "rto")
    if target is None:
        return not_applicable("it declares no RTO, or the loss of its region is out of scope")
    stage, declared = posture.dominant_stage, in_words(target.declared)
    text = f"its RTO is {posture.rto}, most of it to {stage.name} ({stage.span}: {stage.basis})"
    if target.verdict == "unknown":
        return unknown(f"whether it meets its RTO of {declared} is not known, as {_unread(posture)}")
    if target.verdict == "missed":
        return failed(f"{text}; {declared} is declared", rto_seconds=posture.rto.describe())
    if target.verdict == "at_risk":
        tested = "" if posture.is_tested else ", untested"
        return failed(
            f"{text}{tested}; {declared} is declared", severity=Severity.MEDIUM, rto_seconds=posture.rto.describe()
        )
    if not posture.is_tested:
        return failed(f"{text}, within {declared}, but no recent test shows it", severity=Severity.LOW)
    return passed(f"{text}, within {declared}", rto_seconds=posture.rto.describe())


@check(severity=Severity.LOW, practices=["COST05-BP03", "REL13-BP01"])
def workload_dr_investment_justified(
    _account: Account,
    recovery: Recovery,
    *,
    yearly_production_cost: float = 0.0,
    expected_outages_per_year: float = OUTAGES_PER_YEAR,
) -> Verdict:
    """Recovery spending is below the expected yearly cost of downtime.

    Why: a standby is worth as much as the downtime that it saves, and no more; and often it would save more.
    Fix: step down where the named saving is greater than what it would cost in downtime, up where it is less;
        yearly_production_cost is what a workload costs in its primary region, in the currency of its downtime.
    """
    return recovery.verdict(lambda one: _investment(one, yearly_production_cost, expected_outages_per_year))


def _investment(posture: Posture, production: float, outages: float) -> Verdict:
    cost = posture.group.workload.downtime_cost_per_hour
    if cost is None or not production:
        return not_applicable("the cost of its downtime, or of its production, is not declared")
    if not posture.rto.is_bounded:
        return not_applicable("nothing bounds its downtime")
    often = posture.group.workload.expected_outages_per_year or outages
    here = posture.effective
    down = {one: often * cost.amount * BANDS[one].rto.high / HOUR for one in Strategy}
    down[here] = often * cost.amount * posture.rto.high / HOUR
    spent = {one: sum(BANDS[one].cost) / 2 / 100 * production for one in Strategy}
    cheaper, dearer = (next((one for one in Strategy if one.rank == here.rank + step), here) for step in (-1, 1))
    saved = down[here] - down[dearer]
    if dearer is not here and spent[dearer] - spent[here] < saved:
        extra = _money(spent[dearer] - spent[here], cost)
        return failed(f"{_words(dearer)} would cost {extra} a year more and save {_money(saved, cost)} of downtime",
                      severity=Severity.MEDIUM)  # fmt: skip
    if (
        cheaper is not here
        and cheaper is not Strategy.NONE
        and spent[here] - spent[cheaper] > down[cheaper] - down[here]
    ):
        return failed(
            f"{_words(here)} costs {_money(spent[here] - spent[cheaper], cost)} a year more than {_words(cheaper)} and "
            f"saves {_money(down[cheaper] - down[here], cost)} of downtime",
            severity=Severity.LOW,
        )
    return passed(f"at {often:g} outages a year no other strategy is cheaper than {_words(here)}, downtime counted in")


def _money(amount: float, like: Money) -> str:
    return f"{amount:,.0f} {like.currency}"


def _words(strategy: Strategy) -> str:
    return strategy.value.replace("_", " ")


@check(severity=Severity.HIGH, practices=["REL11-BP07", "REL13-BP02"])
def workload_sla_matches_strategy(
    _account: Account, recovery: Recovery, *, warm_standby_above: float = 99.5, active_active_above: float = 99.99
) -> Verdict:
    """The strategy supports the contracted availability, in percent.

    Why: an availability of 99.95 percent leaves 4.4 hours a year, less than one restore from backups takes.
    Fix: run a warm standby for an availability above warm_standby_above, and two active regions above
        active_active_above; or agree on less.
    """
    return recovery.verdict(lambda one: _sla(one, warm_standby_above, active_active_above))


def _sla(posture: Posture, warm: float, active: float) -> Verdict:
    sla = posture.group.workload.availability_sla
    if sla is None:
        return not_applicable("it has no contracted availability")
    allowed = in_words((1 - sla / 100) * _YEAR.total_seconds())
    needed = Strategy.ACTIVE_ACTIVE if sla > active else Strategy.WARM_STANDBY if sla > warm else Strategy.NONE
    if posture.effective.rank >= needed.rank:
        return passed(f"{sla:g} percent leaves {allowed} a year, and it has {_words(posture.effective)}")
    if posture.best_case.rank >= needed.rank:
        return unknown(f"whether it has {_words(needed)} is not known, as {_unread(posture)}")
    return failed(
        f"{sla:g} percent leaves {allowed} a year; it has {_words(posture.effective)} with an RTO up to "
        f"{in_words(posture.rto.high)}, not {_words(needed)}"
    )


_BROKEN = {
    "PolicyBreached": "it does not meet its policy",
    "MissingPolicy": "it has no policy to be held against",
    "ChangesDetected": "it was changed since its last assessment",
}


@check(severity=Severity.MEDIUM, practices=["REL13-BP03", "REL13-BP04"])
def resiliencehub_application_policy_met(app: ResilienceApp, account: Account, *, max_age_days: int = 30) -> Verdict:
    """Resilience Hub assessments are recent, without drift, and meet their policy.

    Why: an application that was assessed once, and has changed since, is protected as it was then.
    Fix: mend what the assessment names or change the policy, publish the changed application, and set a daily schedule.
    """
    if app.status != "Active":
        return not_applicable(f"the application is {app.status}")
    if app.compliance == "NotApplicable":
        return not_applicable("Resilience Hub says that no policy applies to it")
    if app.compliance in _BROKEN:
        return failed(f"{_BROKEN[app.compliance]} ({app.compliance})")
    if app.drift == "Detected":
        return failed("it has drifted from its last assessment")
    if app.evaluated is None or app.compliance == "NotAssessed":
        return failed("it was never assessed")
    age = (account.now - app.evaluated).days
    if age > max_age_days:
        return failed(f"it was assessed {age} days ago, more than {max_age_days}")
    if app.schedule == "Disabled":
        return failed("it is assessed by hand only", severity=Severity.LOW)
    return passed(f"it met its policy {age} days ago")
