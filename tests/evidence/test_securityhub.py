from typing import Any

from auditor.evidence.securityhub import FindingAggregator, Hub, HubV2, ProductSubscription, Standard
from auditor.model import Region
from auditor.testing import ACCOUNT, gathered, made

HERE = "arn:aws:securityhub:eu-west-1:123456789012"


def test_hubs() -> None:
    assert made(Hub, HubArn=f"{HERE}:hub/default").arn.endswith("hub/default")
    assert made(HubV2, HubV2Arn=f"{HERE}:hubv2/1").arn.endswith("hubv2/1")


def test_standards_that_are_being_switched_off_are_left_out() -> None:
    def subscription(status: str, **more: Any) -> dict[str, Any]:
        arn = "arn:aws:securityhub:eu-west-1::standards/aws-foundational-security-best-practices/v/1.0.0"
        return {
            "StandardsSubscriptionArn": f"{HERE}:subscription/aws-foundational-security-best-practices/v/1.0.0",
            "StandardsArn": arn,
            "StandardsInput": {},
            "StandardsStatus": status,
        } | more

    reason = {"StatusReasonCode": "NO_AVAILABLE_CONFIGURATION_RECORDER"}
    ready, incomplete = gathered(
        Standard,
        GetEnabledStandards={
            "StandardsSubscriptions": [
                subscription("READY"),
                subscription("INCOMPLETE", StandardsStatusReason=reason),
                subscription("DELETING"),
            ]
        },
    )
    assert ready.is_ready
    assert ready.reason is None
    assert not incomplete.is_ready
    assert incomplete.reason == "NO_AVAILABLE_CONFIGURATION_RECORDER"


def test_an_integration_names_its_product() -> None:
    assert made(ProductSubscription, f"{HERE}:product-subscription/aws/guardduty").product == "aws/guardduty"


def aggregators(region: str, home: str, mode: str, *regions: str) -> tuple[FindingAggregator, ...]:
    arn = f"arn:aws:securityhub:{home}:123456789012:finding-aggregator/1"
    answer = {
        "FindingAggregatorArn": arn,
        "FindingAggregationRegion": home,
        "RegionLinkingMode": mode,
        "Regions": list(regions),
    }
    found: tuple[FindingAggregator, ...] = gathered(
        FindingAggregator,
        Region(region, ACCOUNT),
        ListFindingAggregators={"FindingAggregators": [{"FindingAggregatorArn": arn}]},
        GetFindingAggregator=answer,
    )
    return found


def test_an_aggregator_is_described_in_its_own_region() -> None:
    assert len(aggregators("eu-west-1", "eu-west-1", "ALL_REGIONS")) == 1
    assert aggregators("us-east-1", "eu-west-1", "ALL_REGIONS") == ()
    assert len(aggregators("us-east-1", "ap-south-1", "ALL_REGIONS")) == 1


def test_which_regions_an_aggregator_covers() -> None:
    (everything,) = aggregators("eu-west-1", "eu-west-1", "ALL_REGIONS")
    assert everything.covers("us-east-1")
    (some,) = aggregators("eu-west-1", "eu-west-1", "SPECIFIED_REGIONS", "us-east-1")
    assert some.covers("eu-west-1")
    assert some.covers("us-east-1")
    assert not some.covers("eu-central-1")
    (most,) = aggregators("eu-west-1", "eu-west-1", "ALL_REGIONS_EXCEPT_SPECIFIED", "us-east-1")
    assert not most.covers("us-east-1")
    assert most.covers("eu-central-1")
