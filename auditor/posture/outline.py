"""What a person reads of a recovery document, in order and in words, whatever the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from auditor.posture.document import Document
from auditor.posture.words import ANSWERS, BASES, CONDITIONS, SCOPES, STRATEGIES, VERDICTS, band, span, time
from auditor.workloads import Strategy

HEADINGS = ("Workload", "Strategy", "RPO", "RTO", "Objectives", "Next", "Confidence")

_ORDER = list(Strategy)
_FEW = 8
"""Resources that lack something, and are named."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is said of a workload, with its particulars."""

    label: str
    text: str
    particulars: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do."""

    text: str
    after: str
    """What recovery would be then; empty where it is as after the step before."""
    check: str


@dataclass(frozen=True, slots=True)
class Rung:
    """A higher strategy, and what it takes."""

    title: str
    told: str
    steps: tuple[Step, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Section:
    """A workload."""

    name: str
    told: str
    verdict: str
    """`met`, `unknown`, `at_risk` or `missed` by the worst of its objectives; empty where none is declared."""
    row: tuple[str, ...]
    """Its cells under HEADINGS."""
    lines: tuple[Line, ...]
    rungs: tuple[Rung, ...]
    workload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outline:
    """An account's workloads."""

    title: str
    sections: tuple[Section, ...]
    not_modelled: tuple[str, ...]
    assumed: str
    """The strategy that was asked for, in words."""


def outline(document: Document) -> Outline:
    """The outline of a document: of each workload the way to the next strategy, or to the one that is assumed."""
    account = document["account"]
    name = f"{account['alias']} ({account['id']})" if account["alias"] else account["id"]
    assume = document["assume"]
    return Outline(
        f"Recovery of account {name}, {document['started'][:10]}",
        tuple(_section(one, assume) for one in document["workloads"]),
        tuple(document["not_modelled"]),
        STRATEGIES[assume] if assume else "",
    )


def _section(one: Mapping[str, Any], assume: str | None) -> Section:
    where = f"{one['primary_region']} to {one['recovery_region'] or 'no second region'}"
    told = [BASES.get(one["basis"], one["basis"]), where, *([f"tier {one['tier']}"] if one["tier"] else [])]
    ladder = one["ladder"] if assume else one["ladder"][:1]
    return Section(
        one["workload"],
        ", ".join(told),
        _verdict(one["targets"]),
        _row(one),
        (*_facts(one), Line("Evidence", "condition by condition", tuple(_conditions(one)))),
        tuple(_rung(each) for each in ladder),
        one,
    )


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = VERDICTS.get(_verdict(one["targets"]), "none declared")
    first = one["ladder"][0] if one["ladder"] else None
    more = len(first["steps"]) + first["more_steps"] if first else 0
    steps = f"{more} step{'' if more == 1 else 's'} to {STRATEGIES[first['strategy']]}" if first else "nothing above"
    return (
        one["workload"],
        STRATEGIES[one["effective"]],
        span(one["rpo"]["region_loss"]["seconds"]),
        span(one["rto"]["seconds"]),
        verdict,
        steps,
        f"{one['confidence']['label']}, {one['confidence']['value'] * 100:.0f} %",
    )


def _verdict(targets: Sequence[Mapping[str, Any]]) -> str:
    found = {one["verdict"] for one in targets}
    return next((one for one in ("missed", "at_risk", "unknown", "met") if one in found), "")


def _facts(one: Mapping[str, Any]) -> Iterator[Line]:
    stores = {each["arn"]: each for each in one["stores"]}
    yield Line("Strategy", _strategy(one))
    loss = one["rpo"]["region_loss"]
    others = [f"{span(each['seconds'])} when {SCOPES[scope]}{_set_by(each, stores)}"
              for scope, each in one["rpo"].items() if scope != "region_loss"]  # fmt: skip
    yield Line("RPO", f"{span(loss['seconds'])} when the region is lost{_set_by(loss, stores)}", tuple(others))
    rto = one["rto"]
    stages = [f"{each['stage']}: {span(each['seconds'])} ({each['basis'].replace('_', ' ')})" for each in rto["stages"]]
    yield Line("RTO", f"{span(rto['seconds'])}; the longest part: {rto['dominant_stage']}", tuple(stages))
    yield _objectives(one)
    yield _cost(one)
    yield _tested(one)
    confidence = one["confidence"]
    factors = tuple(f"x {each['factor']:g}: {each['reason']}" for each in confidence["factors"])
    yield Line("Confidence", f"{confidence['label']}, {confidence['value'] * 100:.0f} %", factors)


def _strategy(one: Mapping[str, Any]) -> str:
    said = STRATEGIES[one["effective"]] + (f" ({one['subclass'].replace('_', ' ')})" if one["subclass"] else "")
    if _rank(one["best_case"]) > _rank(one["effective"]):
        said += f"; at best {STRATEGIES[one['best_case']]}, which depends on what could not be read"
    if _rank(one["intended"]) > _rank(one["effective"]):
        said += f"; it was meant to be {STRATEGIES[one['intended']]}"
    return said


def _rank(strategy: str) -> int:
    return _ORDER.index(Strategy(strategy))


def _set_by(loss: Mapping[str, Any], stores: Mapping[str, Mapping[str, Any]]) -> str:
    """What sets it; where copies could not be read, that none was seen does not say that there is none."""
    if not loss["store"]:
        return ""
    store = stores[loss["store"]]
    name = f"{store['kind']} {store['name']}"
    if not loss["mechanism"]:
        return (
            f": no copy of {name} was seen, but not all could be read"
            if store["unread"]
            else (f": {name} has no copy that survives it")
        )
    how = "measured" if loss["measured"] else loss["source"]
    return f": {loss['mechanism'].replace('_', ' ')} of {name} ({how})"


def _objectives(one: Mapping[str, Any]) -> Line:
    needed = f"the cheapest strategy for them is {STRATEGIES[one['required']]}"
    told = [
        f"{each['metric'].upper()} {time(each['declared_seconds'])} when {SCOPES[each['scope']]}: "
        f"{VERDICTS[each['verdict']]} ({span(each['achieved_seconds'])})"
        for each in one["targets"]
    ]
    if not told:
        return Line("Objectives", "the profile declares none")
    return Line("Objectives", f"{VERDICTS[_verdict(one['targets'])]}; {needed}", tuple(told))


def _cost(one: Mapping[str, Any]) -> Line:
    cost = one["cost"]
    share = f"; this one has {cost['share'] * 100:.0f} % standing by" if cost["share"] is not None else ""
    return Line("Cost", f"{band(cost['band_percent'])} is usual, an estimate{share}", (cost["basis"],))


def _tested(one: Mapping[str, Any]) -> Line:
    tested = one["tested"]
    if not tested:
        return Line("Tested", f"no test of it can be seen; one in {one['test_window_days']} days is expected")
    took = f" in {time(tested['seconds'])}" if tested["seconds"] is not None else ""
    age = "recent enough" if one["test_is_recent"] else f"over {one['test_window_days']} days ago"
    return Line("Tested", f"{tested['kind'].replace('_', ' ')} on {tested['time'][:10]}{took}, {age}")


def _conditions(one: Mapping[str, Any]) -> Iterator[str]:
    """Each condition of the strategies: whether it holds, what it lacks, what decided."""
    names = {each["arn"]: f"{each['kind']} {each['name']}" for each in one["stores"]}
    names |= {each["component"]: f"{each['kind']} {each['name']}" for each in one["components"]}
    for each in one["predicates"]:
        lacking = [names.get(arn, arn) for arn in each["lacking"]]
        more = f" and {len(lacking) - _FEW} more" if len(lacking) > _FEW else ""
        which = "; not" if each["holds"] is False else " of"
        lack = f"{which} {', '.join(lacking[:_FEW])}{more}" if lacking else ""
        facts = sorted({fact["operation"] for fact in each["evidence"]})
        seen = f" [{', '.join(facts)}]" if facts else ""
        yield f"{CONDITIONS.get(each['predicate'], each['predicate'])}: {ANSWERS[each['holds']]}{lack}{seen}"


def _rung(one: Mapping[str, Any]) -> Rung:
    steps = []
    last = ""
    for each in one["steps"]:
        after = f"RPO {span(each['rpo_after_seconds'])}, RTO {span(each['rto_after_seconds'])}"
        steps.append(Step(each["action"], after if after != last else "", each["check"]))
        last = after
    told = f"{band(one['band_percent'])}; RPO {span(one['rpo_seconds'])}, RTO {span(one['rto_seconds'])} are usual"
    return Rung(STRATEGIES[one["strategy"]], told, tuple(steps), one["more_steps"])
