"""Application Recovery Controller, Region switch: plans that move an application between regions."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class SwitchPlan(Resource):
    """A plan."""

    type_name: ClassVar = "AWS::ARCRegionSwitch::Plan"
    name_format: ClassVar = "{plan}"
    arn: str = at("arn")
    plan: str = at("name")
    regions: tuple[str, ...] = at("regions")
    primary_region: str | None = at("primaryRegion")
    objective_minutes: int | None = at("recoveryTimeObjectiveMinutes")


switch_plans = listed(SwitchPlan, call("arc-region-switch", "ListPlans", page=100), "plans[]", of=Account)


@evidence
class PlanWarning(Evidence):
    """What the last evaluation found wrong with a step."""

    status: str = at("warningStatus")
    """`active` or `resolved`."""
    message: str = at("warningMessage", absent="")


@evidence
class PlanEvaluation(Evidence):
    """What AWS finds of a plan, which it evaluates twice an hour."""

    state: str | None = at("evaluationState")
    """`passed`, `actionRequired`, `pendingEvaluation` or `unknown`."""
    evaluated: datetime | None = at("lastEvaluationTime")
    warnings: tuple[PlanWarning, ...] = at("warnings")

    @property
    def active(self) -> tuple[PlanWarning, ...]:
        """Warnings that stand."""
        return tuple(one for one in self.warnings if one.status == "active")


plan_evaluation = described(
    PlanEvaluation,
    call("arc-region-switch", "GetPlanEvaluationStatus", absent="ResourceNotFoundException"),
    of=SwitchPlan,
    planArn="arn",
)
