from typing import Any

import pytest

from auditor.aws import Aws
from auditor.errors import Absent
from auditor.evidence import ce
from auditor.evidence.ce import (
    RegionCosts,
    ReservationsUse,
    SavingsPlansCoverage,
    SavingsPlansRecommendation,
    SavingsPlansUse,
)
from auditor.model import GLOBAL
from auditor.testing import ACCOUNT, Canned, gathered
from auditor.wiring import Collector

EC2, ECS = "Amazon Elastic Compute Cloud - Compute", "Amazon Elastic Container Service"


def row(service: str, covered: str, on_demand: str) -> dict[str, Any]:
    coverage = {"SpendCoveredBySavingsPlans": covered, "OnDemandCost": on_demand, "TotalCost": "0"}
    return {"Attributes": {"SERVICE": service}, "Coverage": coverage}


def test_coverage_is_added_up_over_services_and_pages() -> None:
    pages = [
        {"SavingsPlansCoverages": [row(EC2, "75.5", "24.5")], "NextToken": "more"},
        {"SavingsPlansCoverages": [row(ECS, "0", "100")]},
    ]
    found = gathered(SavingsPlansCoverage, ACCOUNT, GetSavingsPlansCoverage=pages)
    assert (found.spend(), found.percent()) == (200, 37.75)
    assert (found.spend(EC2), found.percent(EC2)) == (100, 75.5)
    assert (found.spend("AWS Lambda"), found.percent("AWS Lambda")) == (0, 0)


def asked(one: Collector, answer: dict[str, Any]) -> dict[str, Any]:
    """The parameters with which a collector asks."""
    canned = Canned({one.calls[0].operation: answer})
    one.function(Aws(canned, "aws", ACCOUNT.id, GLOBAL, one.calls), ACCOUNT)
    (request,) = canned.requests
    return dict(request.params)


def test_the_thirty_days_before_yesterday_are_asked_for() -> None:
    wanted = {"Start": "2026-10-26", "End": "2026-11-25"}
    collectors = (ce.savings_plans_coverage, ce.savings_plans_use, ce.reservations_use)
    assert [asked(one, {})["TimePeriod"] for one in collectors] == [wanted] * 3


def test_advice_to_other_accounts_of_the_organization_is_left_out() -> None:
    def details(*accounts: str) -> dict[str, Any]:
        rows = [{"AccountId": one, "HourlyCommitmentToPurchase": "1.5"} for one in accounts]
        return {"SavingsPlansPurchaseRecommendation": {"SavingsPlansPurchaseRecommendationDetails": rows}}

    def advice(answer: dict[str, Any]) -> Any:
        found = gathered(SavingsPlansRecommendation, ACCOUNT, GetSavingsPlansPurchaseRecommendation=answer)
        return found.advice

    assert advice(details("999999999999", ACCOUNT.id)).hourly_commitment == 1.5
    assert advice(details("999999999999")) is None
    assert advice({}) is None


def test_the_use_of_savings_plans() -> None:
    total = {
        "Utilization": {"TotalCommitment": "720", "UnusedCommitment": "72.0", "UtilizationPercentage": "90"},
        "Savings": {"NetSavings": "-3.5", "OnDemandCostEquivalent": "900"},
    }
    use = gathered(SavingsPlansUse, ACCOUNT, GetSavingsPlansUtilization={"Total": total})
    assert (use.commitment, use.unused, use.used_percent, use.saved, use.on_demand_cost) == (720, 72, 90, -3.5, 900)


def test_an_account_without_savings_plans_has_no_use_of_them() -> None:
    with pytest.raises(Absent):
        gathered(SavingsPlansUse, ACCOUNT, GetSavingsPlansUtilization=Absent("DataUnavailableException"))


def test_the_use_of_reservations_by_subscription() -> None:
    group = {
        "Key": "SUBSCRIPTION_ID",
        "Value": "4711",
        "Attributes": {"endDateTime": "2027-01-01T00:00:00.000Z"},
        "Utilization": {"UtilizationPercentage": "50", "RICostForUnusedHours": "12.5"},
    }
    total = {"PurchasedHours": "720", "UtilizationPercentage": "50", "NetRISavings": "8"}
    answer = {"UtilizationsByTime": [{"Groups": [group]}], "Total": total}
    use = gathered(ReservationsUse, ACCOUNT, GetReservationUtilization=answer)
    assert (use.hours, use.used_percent, use.saved) == (720, 50, 8)
    (one,) = use.subscriptions
    assert (one.subscription, one.ends, one.unused_cost) == ("4711", "2027-01-01T00:00:00.000Z", 12.5)


def test_without_reservations_there_are_no_hours() -> None:
    use = gathered(ReservationsUse, ACCOUNT, GetReservationUtilization={"UtilizationsByTime": []})
    assert (use.hours, use.subscriptions) == (0, ())


def test_what_regions_cost_is_amortized_and_without_taxes_and_credits() -> None:
    def answer(asked: Any) -> Any:
        assert asked["Metrics"] == ["AmortizedCost"]
        assert asked["Filter"]["Not"]["Dimensions"]["Values"] == ["Tax", "Refund", "Credit"]
        month = [{"Keys": ["eu-west-1"], "Metrics": {"AmortizedCost": {"Amount": "12.5", "Unit": "USD"}}}]
        return {"ResultsByTime": [{"Groups": month}, {"Groups": month}]}

    found: RegionCosts = gathered(RegionCosts, ACCOUNT, GetCostAndUsage=answer)
    assert (found.of("eu-west-1"), found.of("eu-central-1")) == (25.0, 0.0)
