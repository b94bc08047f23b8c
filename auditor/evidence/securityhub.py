"""AWS Security Hub: the hub of a region, its standards and integrations, and aggregation of findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed

_OFF = "InvalidAccessException"
"""What Security Hub CSPM answers in a region where the account has not enabled it."""


@evidence
class Hub(Evidence):
    """Security Hub CSPM, enabled in a region."""

    arn: str = at("HubArn")


hub = described(Hub, call("securityhub", "DescribeHub", absent=(_OFF, "ResourceNotFoundException")))


@evidence
class HubV2(Evidence):
    """The newer Security Hub, enabled in a region."""

    arn: str = at("HubV2Arn")


hub_v2 = described(HubV2, call("securityhub", "DescribeSecurityHubV2", absent="ResourceNotFoundException"))


@evidence
class Standard(Resource):
    """A standard that is enabled in a region."""

    type_name: ClassVar = "AWS::SecurityHub::Standard"
    arn: str = at("StandardsSubscriptionArn")
    standard_arn: str = at("StandardsArn")
    status: str = at("StandardsStatus")
    reason: str | None = at("StandardsStatusReason.StatusReasonCode")

    @property
    def is_ready(self) -> bool:
        """Whether its controls are evaluated."""
        return self.status == "READY"


standards = listed(
    Standard,
    call("securityhub", "GetEnabledStandards", absent=_OFF, page=100),
    "StandardsSubscriptions[]",
    skip={"StandardsStatus": ("DELETING",)},
)


@evidence
class ProductSubscription(Resource):
    """An integration: a product whose findings the hub takes."""

    type_name: ClassVar = "AWS::SecurityHub::ProductSubscription"
    arn: str = at("")

    @property
    def product(self) -> str:
        """The product, for example `aws/guardduty`."""
        return self.arn.partition(":product-subscription/")[2]


product_subscriptions = listed(
    ProductSubscription,
    call("securityhub", "ListEnabledProductsForImport", absent=_OFF, page=100),
    "ProductSubscriptions[]",
)


@evidence
class FindingAggregator(Resource):
    """What brings the findings of several regions into one."""

    type_name: ClassVar = "AWS::SecurityHub::FindingAggregator"
    arn: str = at("FindingAggregatorArn")
    home: str = at("FindingAggregationRegion")
    mode: str = at("RegionLinkingMode")
    linked: tuple[str, ...] = at("Regions")

    def covers(self, region: str) -> bool:
        """Whether the findings of a region come to the aggregation region."""
        if region == self.home or self.mode == "ALL_REGIONS":
            return True
        named = region in self.linked
        return not named if self.mode == "ALL_REGIONS_EXCEPT_SPECIFIED" else named


@collector(
    call("securityhub", "GetFindingAggregator"),
    call("securityhub", "ListFindingAggregators", absent=_OFF, page=100),
)
def finding_aggregators(aws: Aws, region: Region) -> Iterable[FindingAggregator]:
    """Each aggregator once: every region names it, the aggregation region describes it."""
    for page in aws.pages("ListFindingAggregators"):
        for raw in page.get("FindingAggregators", ()):
            home = raw["FindingAggregatorArn"].split(":")[3]
            if home == region.name or home not in region.account.regions:
                answer = aws("GetFindingAggregator", FindingAggregatorArn=raw["FindingAggregatorArn"])
                yield aws.parse(FindingAggregator, answer)
