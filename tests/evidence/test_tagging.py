from auditor.evidence.tagging import TaggedResource
from auditor.testing import made


def test_a_resource_of_any_service() -> None:
    arn = "arn:aws:sqs:eu-west-1:123456789012:q"
    found = made(TaggedResource, ResourceARN=arn, Tags=[{"Key": "owner", "Value": "shop"}])
    assert found.arn == arn
    assert found.tags == {"owner": "shop"}


def test_a_resource_whose_tags_were_removed() -> None:
    assert made(TaggedResource, ResourceARN="arn:aws:s3:::b", Tags=[]).tags == {}
