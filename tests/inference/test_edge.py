from typing import Any

import pytest
from edges import (
    REGIONAL_ACL_ARN,
    acl_use,
    behavior,
    caching_of,
    custom,
    distribution,
    items,
    origins_of,
    own,
    s3,
    uses_of,
    web_acl,
)

from auditor.errors import Unread
from auditor.evidence.apigatewayv2 import HttpDomain
from auditor.evidence.cloudfront import CachePolicy, Distribution
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.testing import gap, made

ZONE = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")
NETWORK = made(LoadBalancer, LoadBalancerArn="arn:n", DNSName="net-1.elb.eu-west-1.amazonaws.com", Type="network")
SHOP = made(LoadBalancer, LoadBalancerArn="arn:a", DNSName="Shop-1.eu-west-1.elb.amazonaws.com", Type="application")
DOMAIN = made(
    HttpDomain, DomainName="api.example.com", DomainNameConfigurations=[{"ApiGatewayDomainName": "d-1.x.com"}]
)


def record(host: str, target: str, kind: str = "CNAME") -> RecordSet:
    where: dict[str, Any] = {"TTL": 60, "ResourceRecords": [{"Value": target}]}
    return made(RecordSet, {"Name": f"{host}.", "Type": kind, **where}, under=ZONE)


@pytest.mark.parametrize(
    ("origin", "target", "kind"),
    [
        ("shop-1.eu-west-1.elb.amazonaws.com", "", "alb"),
        ("net-1.elb.eu-west-1.amazonaws.com", "", "nlb"),
        ("app.example.com", "dualstack.shop-1.eu-west-1.elb.amazonaws.com", "alb"),
        ("app.example.com", "a1.execute-api.eu-west-1.amazonaws.com", "apigw"),
        ("api.example.com", "", "apigw"),
        ("app.example.com", "d-1.x.com", "apigw"),
        ("app.example.com", "192.0.2.1", "external"),
        ("app.example.com", "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com", "ec2"),
        ("app.example.com", "", "external"),
        ("b.s3.amazonaws.com", "", "s3"),
    ],
)
def test_an_origin_is_told_by_what_its_name_leads_to(origin: str, target: str, kind: str) -> None:
    records = [record(origin, target, "A" if target[:1].isdigit() else "CNAME")] if target else []
    one = distribution(custom(origin))
    known = origins_of(one, records=records, balancers=[NETWORK, SHOP], domains=[DOMAIN])
    assert known.kind(one.origins[0]) == kind


def test_records_are_read_only_where_they_matter() -> None:
    bucket, site = distribution(s3()), distribution(custom())
    known = origins_of(bucket, site, gaps=(gap("route53:ListHostedZones", "global"),))
    assert known.kind(bucket.origins[0]) == "s3"
    with pytest.raises(Unread):
        known.kind(site.origins[0])


def policy(default: int, maximum: int = 31536000) -> CachePolicy:
    config = {"Name": "Own", "MinTTL": 0, "DefaultTTL": default, "MaxTTL": maximum}
    return made(CachePolicy, CachePolicy={"Id": "p", "CachePolicyConfig": config})


READS, WRITES = items("GET", "HEAD"), items("GET", "HEAD", "POST")


def cached(*origins: dict[str, Any], **fields: Any) -> Distribution:
    return distribution(*origins, DefaultCacheBehavior=behavior(CachePolicyId="p", **fields))


@pytest.mark.parametrize(
    ("one", "times", "kind"),
    [
        (cached(s3()), (60, 600), "static"),
        (cached(s3()), (0, 0), "dynamic"),
        (cached(s3(), AllowedMethods=WRITES), (60, 600), "dynamic"),
        (cached(custom(), AllowedMethods=READS), (3600, 86400), "static"),
        (cached(custom(), AllowedMethods=READS), (60, 86400), "dynamic"),
        (cached(custom(), AllowedMethods=WRITES), (3600, 86400), "dynamic"),
        (cached(custom("x.mediapackage.eu-west-1.amazonaws.com")), (1, 5), "static"),
    ],
)
def test_a_distribution_is_static_or_dynamic(one: Distribution, times: tuple[int, int], kind: str) -> None:
    assert caching_of(policy(*times)).kind(one) == kind


def test_a_distribution_of_both_is_mixed() -> None:
    paths = items(behavior(target="s", PathPattern="/img/*", CachePolicyId="p"))
    one = distribution(s3("a", "s"), custom(), DefaultCacheBehavior=behavior(CachePolicyId="p"), CacheBehaviors=paths)
    assert caching_of(policy(60)).kind(one) == "mixed"


def test_legacy_settings_tell_times_as_well() -> None:
    one = distribution(DefaultCacheBehavior=behavior(MinTTL=1, DefaultTTL=2, MaxTTL=3))
    times = caching_of().times(one.default_behavior)
    assert times is not None
    assert (times.least, times.usual, times.most, times.source) == (1, 2, 3, "legacy settings")
    assert caching_of().times(distribution().default_behavior) is None


def test_only_distributions_that_serve_use_functions() -> None:
    lambdas = items({"LambdaFunctionARN": "arn:f:1", "EventType": "viewer-request"})
    fields = {"DefaultCacheBehavior": behavior(LambdaFunctionAssociations=lambdas)}
    assert [one.event for one in uses_of(distribution(**fields)).of("arn:f:1")] == ["viewer-request"]
    assert uses_of(distribution(Enabled=False, **fields)).of("arn:f:1") == ()
    assert uses_of(distribution(**fields)).of("arn:f:2") == ()


PUBLIC = made(
    LoadBalancer,
    LoadBalancerArn="arn:p",
    DNSName="p-1.eu-west-1.elb.amazonaws.com",
    Scheme="internet-facing",
    State={"Code": "active"},
)


def test_a_regional_web_acl_protects_what_the_internet_meets_first() -> None:
    acl = web_acl(arn=REGIONAL_ACL_ARN)
    before = distribution(custom("p-1.eu-west-1.elb.amazonaws.com"))
    assert acl_use(balancers=[PUBLIC], associated=[acl]).of(acl).arns == ("arn:p",)
    assert not acl_use(before, balancers=[PUBLIC], associated=[acl]).of(acl)
    unread = (gap("wafv2:ListResourcesForWebACL"),)
    assert not acl_use(before, balancers=[PUBLIC], gaps=unread).of(acl), "whose it is does not matter there"


def test_associations_are_read_only_for_web_acls_that_demand_the_header() -> None:
    unread = (gap("wafv2:ListResourcesForWebACL"),)
    lax = web_acl(arn=REGIONAL_ACL_ARN)
    names = frozenset({"x-key"})
    assert not acl_use(acls=[lax], gaps=unread).refuses_without(names, PUBLIC)
    byte = {
        "FieldToMatch": {"SingleHeader": {"Name": "x-key"}},
        "SearchString": "s",
        "TextTransformations": [],
        "PositionalConstraint": "EXACTLY",
    }
    lacking = {"NotStatement": {"Statement": {"ByteMatchStatement": byte}}}
    strict = web_acl(own("Block", lacking), arn=REGIONAL_ACL_ARN)
    assert acl_use(balancers=[PUBLIC], acls=[strict], associated=[strict]).refuses_without(names, PUBLIC)
    assert not acl_use(balancers=[PUBLIC], acls=[strict], associated=[strict]).refuses_without(frozenset(), PUBLIC)
    with pytest.raises(Unread):
        acl_use(acls=[strict], gaps=unread).refuses_without(names, PUBLIC)
