from auditor.inference.baseline import Baseline
from auditor.model import Region
from auditor.testing import ACCOUNT, REGION

WATCHED = Baseline({("guardduty", "a detector"): lambda region: region == "us-east-1"})


def test_a_region_lacks_what_another_one_has() -> None:
    assert list(WATCHED.lacks(REGION, ["eu-central-1", "us-east-1"])) == ["a detector"]
    assert list(WATCHED.lacks(REGION, ["eu-central-1"])) == []
    assert list(WATCHED.lacks(Region("us-east-1", ACCOUNT), ["eu-west-1"])) == []


def test_a_region_does_not_lack_a_service_that_it_cannot_have() -> None:
    bare = Region("eu-west-1", ACCOUNT, frozenset({"guardduty"}))
    assert list(WATCHED.lacks(bare, ["us-east-1"])) == []
