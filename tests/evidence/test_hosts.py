import pytest

from auditor.evidence.hosts import region_of


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("shop-1.eu-west-1.elb.amazonaws.com", "eu-west-1"),
        ("shop-1.elb.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("b.s3-website.eu-central-1.amazonaws.com", "eu-central-1"),
        ("s3-website-us-east-1.amazonaws.com", "us-east-1"),
        ("s3-website.eu-central-1.amazonaws.com", "eu-central-1"),
        ("eu-west-1.s3.amazonaws.com", None),
        ("d1.cloudfront.net", None),
        ("eu-west-1.example.com", None),
    ],
)
def test_region_of_a_host(host: str, region: str | None) -> None:
    assert region_of(host) == region
