"""AWS Cost Explorer: how far commitments cover an account, whether they are used, and what AWS would have it buy.

Each request costs 0.01 USD, so every call is declared as paid, and checks share their answers. Cost Explorer is a
day or two behind; the 30 days that end before yesterday are asked for. Amounts are in the account's currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Account, Json
from auditor.typed import Evidence, at, evidence
from auditor.wiring import collector

_NO_DATA = "DataUnavailableException"
"""What Cost Explorer says of commitments to an account that has none, or of which it knows nothing yet."""
_DAYS = 30


def _month(account: Account) -> Json:
    """Both ends must lie before the current date, and the end does not count in (API reference)."""
    end = account.now.date() - timedelta(days=1)
    return {"Start": (end - timedelta(days=_DAYS)).isoformat(), "End": end.isoformat()}


@evidence
class ServiceCoverage(Evidence):
    """The spend of a service that Savings Plans could cover, in 30 days."""

    service: str = at("Attributes.SERVICE")
    covered: float = at("Coverage.SpendCoveredBySavingsPlans")
    """What the covered usage would have cost on demand."""
    on_demand: float = at("Coverage.OnDemandCost")


@evidence
class SavingsPlansCoverage(Evidence):
    """What Savings Plans cover in 30 days, by service; nothing where nothing could be covered."""

    services: tuple[ServiceCoverage, ...] = at("SavingsPlansCoverages")

    def spend(self, *names: str) -> float:
        """What the usage of some services costs on demand; of all where none is named."""
        return sum(one.covered + one.on_demand for one in self._of(names))

    def percent(self, *names: str) -> float:
        """How much of that Savings Plans cover; 0 where there is no such spend."""
        spend = self.spend(*names)
        return 100 * sum(one.covered for one in self._of(names)) / spend if spend else 0.0

    def _of(self, names: tuple[str, ...]) -> Iterator[ServiceCoverage]:
        return (one for one in self.services if not names or one.service in names)


@collector(
    call(
        "ce",
        "GetSavingsPlansCoverage",
        paid=True,
        absent=_NO_DATA,
        GroupBy=[{"Type": "DIMENSION", "Key": "SERVICE"}],
    )
)
def savings_plans_coverage(aws: Aws, account: Account) -> SavingsPlansCoverage:
    """All pages, as one table; absent where Cost Explorer knows of no such spend."""
    pages = aws.pages("GetSavingsPlansCoverage", TimePeriod=_month(account))
    return aws.parse(
        SavingsPlansCoverage,
        {"SavingsPlansCoverages": [row for page in pages for row in page.get("SavingsPlansCoverages", ())]},
    )


@evidence
class SavingsPlansAdvice(Evidence):
    """What AWS recommends an account to buy: a Compute Savings Plan for one year, with nothing upfront."""

    currency: str = at("CurrencyCode")
    hourly_commitment: float = at("HourlyCommitmentToPurchase")
    monthly_saving: float = at("EstimatedMonthlySavingsAmount")
    saving_percent: float = at("EstimatedSavingsPercentage")
    least_hourly_spend: float = at("CurrentMinimumHourlyOnDemandSpend")
    """On demand, in the cheapest hour of 30 days: what runs all the time and is not covered."""
    mean_hourly_spend: float = at("CurrentAverageHourlyOnDemandSpend")


@evidence
class SavingsPlansRecommendation(Evidence):
    """The answer of Cost Explorer, whether or not it recommends anything."""

    details: tuple[SavingsPlansAdvice, ...] = at("SavingsPlansPurchaseRecommendationDetails")

    @property
    def advice(self) -> SavingsPlansAdvice | None:
        """What to buy; None where nothing would pay off."""
        return next(iter(self.details), None)


@collector(
    call(
        "ce",
        "GetSavingsPlansPurchaseRecommendation",
        paid=True,
        absent=_NO_DATA,
        AccountScope="LINKED",
        SavingsPlansType="COMPUTE_SP",
        TermInYears="ONE_YEAR",
        PaymentOption="NO_UPFRONT",
        LookbackPeriodInDays="THIRTY_DAYS",
    )
)
def savings_plans_recommendation(aws: Aws, account: Account) -> SavingsPlansRecommendation:
    """For this account; a management account is told of every account of its organization."""
    found = aws("GetSavingsPlansPurchaseRecommendation").get("SavingsPlansPurchaseRecommendation", {})
    rows: list[Mapping[str, Any]] = found.get("SavingsPlansPurchaseRecommendationDetails", [])
    own = [row for row in rows if row.get("AccountId", account.id) == account.id]
    return aws.parse(SavingsPlansRecommendation, {"SavingsPlansPurchaseRecommendationDetails": own})


@evidence
class SavingsPlansUse(Evidence):
    """How far the Savings Plans of an account were used in 30 days, and what they saved."""

    commitment: float = at("Utilization.TotalCommitment")
    unused: float = at("Utilization.UnusedCommitment")
    used_percent: float = at("Utilization.UtilizationPercentage")
    saved: float = at("Savings.NetSavings")
    """After what the plans cost; negative where they cost more than they spared."""
    on_demand_cost: float = at("Savings.OnDemandCostEquivalent")


@collector(call("ce", "GetSavingsPlansUtilization", paid=True, absent=_NO_DATA))
def savings_plans_use(aws: Aws, account: Account) -> SavingsPlansUse:
    """Of all its plans together; absent where it has none."""
    return aws.parse(SavingsPlansUse, aws("GetSavingsPlansUtilization", TimePeriod=_month(account)).get("Total", {}))


@evidence
class ReservationUse(Evidence):
    """How far one reservation was used in 30 days."""

    subscription: str = at("Value")
    ends: str | None = at("Attributes.endDateTime")
    """ISO 8601."""
    used_percent: float = at("Utilization.UtilizationPercentage")
    unused_cost: float = at("Utilization.RICostForUnusedHours")


@evidence
class ReservationsUse(Evidence):
    """How far the EC2 reservations of an account were used in 30 days, and what they saved."""

    hours: float = at("Total.PurchasedHours", absent=0.0)
    """Hours that were paid for; the total is left out where there is no reservation."""
    used_percent: float = at("Total.UtilizationPercentage")
    unused_cost: float = at("Total.RICostForUnusedHours")
    saved: float = at("Total.NetRISavings")
    on_demand_cost: float = at("Total.OnDemandCostOfRIHoursUsed")
    subscriptions: tuple[ReservationUse, ...] = at("Groups")


@collector(
    call(
        "ce",
        "GetReservationUtilization",
        paid=True,
        absent=_NO_DATA,
        GroupBy=[{"Type": "DIMENSION", "Key": "SUBSCRIPTION_ID"}],
    )
)
def reservations_use(aws: Aws, account: Account) -> ReservationsUse:
    """Without a filter Cost Explorer answers for EC2; the total is the same on every page."""
    pages = list(aws.pages("GetReservationUtilization", TimePeriod=_month(account)))
    groups = [
        group for page in pages for span in page.get("UtilizationsByTime", ()) for group in span.get("Groups", ())
    ]
    return aws.parse(ReservationsUse, {"Total": pages[0].get("Total"), "Groups": groups})


@evidence
class RegionCosts(Evidence):
    """What the usage in each region cost in the 30 days, in the account's currency.

    Amortized: what a Savings Plan or reservation covers would else cost nothing where it runs.
    """

    amounts: Mapping[str, float] = at("regions")

    def of(self, region: str) -> float:
        """The cost of a region; 0 where there was none."""
        return self.amounts.get(region, 0.0)


@collector(
    call(
        "ce",
        "GetCostAndUsage",
        paid=True,
        absent=_NO_DATA,
        Granularity="MONTHLY",
        Metrics=["AmortizedCost"],
        GroupBy=[{"Type": "DIMENSION", "Key": "REGION"}],
        Filter={"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Tax", "Refund", "Credit"]}}},
    )
)
def region_costs(aws: Aws, account: Account) -> RegionCosts:
    """Both calendar months that the days lie in, added up."""
    amounts: dict[str, float] = {}
    for page in aws.pages("GetCostAndUsage", TimePeriod=_month(account)):
        for period in page.get("ResultsByTime", ()):
            for group in period.get("Groups", ()):
                (region,) = group["Keys"]
                amounts[region] = amounts.get(region, 0.0) + float(group["Metrics"]["AmortizedCost"]["Amount"])
    return aws.parse(RegionCosts, {"regions": amounts})
