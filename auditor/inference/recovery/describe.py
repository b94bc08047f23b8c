"""A posture as JSON: deterministic, and complete enough for a page of its own."""

from __future__ import annotations

from auditor.inference.recovery.figures import BANDS, Scope
from auditor.inference.recovery.posture import Posture
from auditor.inference.recovery.steps import steps_to
from auditor.model import Json
from auditor.workloads import Strategy

MOST_STEPS = 100
"""Steps to a strategy that are written down; of the rest their number is."""


def describe(posture: Posture) -> dict[str, Json]:
    """All that is known of a workload's recovery, and what each higher strategy would take."""
    return {
        "workload": posture.name,
        "basis": posture.group.basis,
        "account": posture.world.account.id,
        "tier": posture.tier.value if posture.tier else None,
        "primary_region": posture.primary,
        "recovery_region": posture.recovery,
        **_strategy(posture),
        **_times(posture),
        "confidence": _confidence(posture),
        "unread": list(posture.unread),
        "cost": _cost(posture),
        "targets": [one.describe() for one in posture.targets],
        "required": posture.required.value,
        "stores": [one.describe() for one in posture.stores],
        "components": [one.describe() for one in posture.twins],
        "routes": [one.describe() for one in posture.routes],
        "predicates": [one.describe() for one in posture.predicates.values()],
        "ladder": [_rung(posture, one) for one in Strategy if one.rank > posture.effective.rank],
    }


def _strategy(posture: Posture) -> dict[str, Json]:
    return {
        "effective": posture.effective.value,
        "level": posture.effective.rank,
        "best_case": posture.best_case.value,
        "intended": posture.intended.value,
        "subclass": posture.subclass,
        "complete": posture.is_complete,
        "missing": [one.name for one in posture.missing],
    }


def _times(posture: Posture) -> dict[str, Json]:
    band = BANDS[posture.effective]
    trial = posture.trial
    return {
        "rpo": {scope.value: posture.rpo(scope).describe() for scope in Scope},
        "rto": {
            "seconds": posture.rto.describe(),
            "dominant_stage": posture.dominant_stage.name,
            "stages": [
                {"stage": one.name, "seconds": one.span.describe(), "basis": one.basis} for one in posture.stages
            ],
        },
        "band": {"rpo_seconds": band.rpo.describe(), "rto_seconds": band.rto.describe()},
        "tested": trial.describe() if trial else None,
        "test_is_recent": posture.is_tested,
        "test_window_days": posture.window.days,
        "tests": [one.describe() for one in posture.trials],
    }


def _confidence(posture: Posture) -> Json:
    factors: list[Json] = [{"factor": one.value, "reason": one.reason} for one in posture.factors]
    return {"value": posture.confidence, "label": posture.confidence_label, "factors": factors}


def _cost(posture: Posture) -> Json:
    above = posture.next_strategy
    return {
        "band_percent": list(posture.cost_band),
        "next_band_percent": list(BANDS[above].cost) if above else None,
        "share": posture.cost_share,
        "estimated": True,
        "basis": "0.6 of the capacity in the recovery region and 0.4 of the stores with a copy, against production",
    }


def _rung(posture: Posture, strategy: Strategy) -> Json:
    """What a higher strategy takes: the steps that are missing, in order, and what it costs and achieves."""
    band = BANDS[strategy]
    steps = steps_to(posture, strategy)
    return {
        "strategy": strategy.value,
        "band_percent": list(band.cost),
        "rpo_seconds": band.rpo.describe(),
        "rto_seconds": band.rto.describe(),
        "steps": [one.describe() for one in steps[:MOST_STEPS]],
        "more_steps": max(len(steps) - MOST_STEPS, 0),
    }
