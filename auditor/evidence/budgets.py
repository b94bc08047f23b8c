"""AWS Budgets: budgets and when they raise an alarm."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class Budget(Resource):
    """A budget of the account."""

    type_name: ClassVar = "AWS::Budgets::Budget"
    arn_format: ClassVar = "arn:{partition}:budgets::{account}:budget/{budget}"
    budget: str = at("BudgetName")
    kind: str = at("BudgetType")
    limit: float | None = at("BudgetLimit.Amount")
    """None where the limit is planned by month."""
    unit: str | None = at("BudgetLimit.Unit")
    actual: float | None = at("CalculatedSpend.ActualSpend.Amount")
    forecast: float | None = at("CalculatedSpend.ForecastedSpend.Amount")
    """None while there is too little history."""
    health: str | None = at("HealthStatus.Status")

    @property
    def account_id(self) -> str:
        """The account that it belongs to."""
        return self.arn.split(":")[4]

    @property
    def is_of_cost(self) -> bool:
        """Whether it watches cost, and can see it."""
        return self.kind == "COST" and self.health != "UNHEALTHY"


budgets = listed(Budget, call("budgets", "DescribeBudgets", page=1000), "Budgets[]", of=Account, AccountId="id")


@evidence
class BudgetNotification(Evidence):
    """When a budget tells its subscribers; the last subscriber takes the notification along when it goes."""

    kind: str = at("NotificationType")
    """`ACTUAL` or `FORECASTED`."""
    threshold: float = at("Threshold")


@evidence
class BudgetNotifications(Evidence):
    """All notifications of a budget."""

    notifications: tuple[BudgetNotification, ...] = at("Notifications")

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that there are: `ACTUAL`, `FORECASTED`."""
        return frozenset(one.kind for one in self.notifications)


budget_notifications = described(
    BudgetNotifications,
    call("budgets", "DescribeNotificationsForBudget", absent="NotFoundException"),
    of=Budget,
    AccountId="account_id",
    BudgetName="budget",
)
