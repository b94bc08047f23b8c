from auditor.evidence.budgets import Budget, BudgetNotifications
from auditor.testing import made

BUDGET = made(
    Budget,
    BudgetName="monthly",
    BudgetType="COST",
    TimeUnit="MONTHLY",
    BudgetLimit={"Amount": "100.5", "Unit": "USD"},
    CalculatedSpend={"ActualSpend": {"Amount": "90", "Unit": "USD"}},
)


def test_a_budget() -> None:
    assert BUDGET.arn == "arn:aws:budgets::123456789012:budget/monthly"
    assert BUDGET.account_id == "123456789012"
    assert (BUDGET.limit, BUDGET.actual, BUDGET.forecast) == (100.5, 90.0, None)
    assert BUDGET.is_of_cost


def test_a_budget_that_cannot_see_its_cost() -> None:
    sick = made(Budget, BudgetName="b", BudgetType="COST", TimeUnit="MONTHLY", HealthStatus={"Status": "UNHEALTHY"})
    assert not sick.is_of_cost
    assert not made(Budget, BudgetName="b", BudgetType="USAGE", TimeUnit="MONTHLY").is_of_cost


def test_notifications() -> None:
    forecast = {"NotificationType": "FORECASTED", "ComparisonOperator": "GREATER_THAN", "Threshold": 100.0}
    found = made(BudgetNotifications, Notifications=[forecast], under=BUDGET)
    assert found.kinds == {"FORECASTED"}
    assert made(BudgetNotifications, under=BUDGET).kinds == frozenset()
