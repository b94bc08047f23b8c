from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.cloudfront import (
    AdditionalMetrics,
    CachePolicy,
    CloudFrontFunction,
    CloudFrontFunctionCode,
    Distribution,
    DistributionSettings,
    DistributionTenant,
    EdgeFunction,
    EdgeReplica,
    KeyValueStore,
    OriginAccessControl,
    OriginBuckets,
    OriginRequestPolicy,
    ResponseHeadersPolicy,
    VpcOrigin,
    VpcOriginEndpoint,
)
from auditor.model import GapKind, Region
from auditor.redact import Redactor
from auditor.testing import ACCOUNT, gap, gathered, made


def origin(domain: str, name: str = "o", **fields: Any) -> dict[str, Any]:
    return {"Id": name, "DomainName": domain, **fields}


def distribution(**changes: Any) -> Distribution:
    fields = {
        "Id": "E1",
        "ARN": "arn:aws:cloudfront::123456789012:distribution/E1",
        "DomainName": "d1.cloudfront.net",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin("app.example.com")]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
        "CacheBehaviors": {"Quantity": 0},
    }
    return made(Distribution, fields | changes)


def with_origin(domain: str, **fields: Any) -> Distribution:
    return distribution(Origins={"Quantity": 1, "Items": [origin(domain, **fields)]})


@pytest.mark.parametrize(
    ("domain", "kind", "bucket", "region"),
    [
        ("assets.s3.amazonaws.com", "s3", "assets", None),
        ("assets.s3.eu-west-1.amazonaws.com", "s3", "assets", "eu-west-1"),
        ("assets.s3-eu-west-1.amazonaws.com", "s3", "assets", "eu-west-1"),
        ("assets.s3.dualstack.eu-west-1.amazonaws.com", "s3", "assets", "eu-west-1"),
        ("my.s3.site.s3.cn-north-1.amazonaws.com.cn", "s3", "my.s3.site", "cn-north-1"),
        ("www.s3-website-us-east-1.amazonaws.com", "s3_website", "www", "us-east-1"),
        ("www.s3-website.eu-central-1.amazonaws.com", "s3_website", "www", "eu-central-1"),
        ("abc.lambda-url.eu-west-1.on.aws", "lambda_url", None, "eu-west-1"),
        ("abc.execute-api.eu-west-1.amazonaws.com", "apigw", None, "eu-west-1"),
        ("x.egress.abc.mediapackagev2.eu-west-1.amazonaws.com", "media", None, "eu-west-1"),
        ("ec2-1-2-3-4.eu-west-1.compute.amazonaws.com", "ec2", None, "eu-west-1"),
        ("203.0.113.9", "ec2", None, None),
        ("shop-us-east-1-1.eu-west-1.elb.amazonaws.com", "other", None, "eu-west-1"),
        ("APP.example.com", "other", None, None),
    ],
)
def test_an_origin_is_known_by_its_name(domain: str, kind: str, bucket: str | None, region: str | None) -> None:
    one = with_origin(domain).origins[0]
    assert (one.kind, one.bucket, one.region) == (kind, bucket, region)


def test_a_vpc_origin_is_no_bucket() -> None:
    one = with_origin("a.s3.amazonaws.com", VpcOriginConfig={"VpcOriginId": "vo_1"}).origins[0]
    assert (one.kind, one.bucket, one.is_complete) == ("vpc_origin", None, True)


def test_origin_says_how_it_is_reached() -> None:
    config = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}
    custom = {**config, "OriginSslProtocols": {"Quantity": 2, "Items": ["TLSv1", "TLSv1.2"]}}
    headers = {"Quantity": 1, "Items": [{"HeaderName": "X-Key", "HeaderValue": "hidden"}]}
    one = with_origin("app.example.com", CustomOriginConfig=custom, CustomHeaders=headers).origins[0]
    assert (one.protocol_policy, one.old_protocols, one.header_names) == (
        "https-only",
        ("TLSv1",),
        frozenset({"x-key"}),
    )
    assert "hidden" not in repr(one)
    assert not with_origin("app.example.com").origins[0].is_complete


def test_behaviors_reach_the_members_of_origin_groups() -> None:
    group = {
        "Id": "g",
        "FailoverCriteria": {"StatusCodes": {"Quantity": 1, "Items": [500]}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": "a"}, {"OriginId": "b"}]},
    }
    path = {"PathPattern": "/api/*", "TargetOriginId": "a", "ViewerProtocolPolicy": "allow-all"}
    one = distribution(
        Origins={"Quantity": 2, "Items": [origin("a.example.com", "a"), origin("b.example.com", "b")]},
        OriginGroups={"Quantity": 1, "Items": [group]},
        DefaultCacheBehavior={"TargetOriginId": "g", "ViewerProtocolPolicy": "redirect-to-https"},
        CacheBehaviors={"Quantity": 1, "Items": [path]},
    )
    default, api = one.behaviors
    assert [each.id for each in one.origins_of(default)] == ["a", "b"]
    assert [each.path for each in one.behaviors_of(one.origins[0])] == ["default (*)", "/api/*"]
    assert [each.path for each in one.behaviors_of(one.origins[1])] == ["default (*)"]
    assert (default.allows_http, api.allows_http) == (False, True)
    assert one.origin_groups[0].status_codes == (500,)


def test_behavior_knows_writes_and_code() -> None:
    behavior = {
        "TargetOriginId": "o",
        "ViewerProtocolPolicy": "https-only",
        "AllowedMethods": {"Quantity": 2, "Items": ["GET", "POST"]},
        "FunctionAssociations": {"Quantity": 1, "Items": [{"FunctionARN": "f", "EventType": "viewer-request"}]},
        "LambdaFunctionAssociations": {
            "Quantity": 1,
            "Items": [{"LambdaFunctionARN": "arn:1", "EventType": "origin-response", "IncludeBody": True}],
        },
    }
    one = distribution(DefaultCacheBehavior=behavior).default_behavior
    assert one.accepts_writes
    assert one.runs_code_at("viewer-request")
    assert one.runs_code_at("origin-response")
    assert not one.runs_code_at("viewer-response")
    assert one.lambdas[0].includes_body


def test_distribution_serves_where_it_is_enabled_and_no_copy() -> None:
    assert distribution().serves
    assert not distribution(Enabled=False).serves
    assert not distribution(Staging=True).serves
    assert distribution(ConnectionMode="tenant-only").is_multi_tenant
    assert distribution(Aliases={"Quantity": 1, "Items": ["WWW.example.com"]}).hosts == (
        "d1.cloudfront.net",
        "www.example.com",
    )


def test_settings_and_metrics() -> None:
    assert made(DistributionSettings, Logging={"Enabled": True}, DefaultRootObject="index.html").logs_to_bucket
    assert made(DistributionSettings).default_root_object == ""
    status = {"RealtimeMetricsSubscriptionStatus": "Enabled"}
    assert made(AdditionalMetrics, RealtimeMetricsSubscriptionConfig=status).enabled


def test_tenant() -> None:
    one = made(
        DistributionTenant,
        Arn="arn:aws:cloudfront::123456789012:distribution-tenant/dt_1",
        DistributionId="E1",
        Enabled=True,
        Domains=[{"Domain": "shop.example.com"}],
        Customizations={"WebAcl": {"Action": "disable"}},
    )
    assert (one.web_acl_action, one.domains) == ("disable", ("shop.example.com",))


def cache_policy(**key: Any) -> CachePolicy:
    config = {"Name": "p", "MinTTL": 0, "ParametersInCacheKeyAndForwardedToOrigin": key}
    return made(CachePolicy, CachePolicy={"Id": "p", "CachePolicyConfig": config})


def test_cache_policy_has_the_documented_defaults() -> None:
    one = cache_policy(
        EnableAcceptEncodingGzip=True,
        HeadersConfig={"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["Accept-Language"]}},
    )
    assert (one.default_ttl, one.max_ttl, one.never_caches) == (86400, 31536000, False)
    assert one.lets_compress
    assert one.varies_by("accept-language")
    assert one.arn == "arn:aws:cloudfront::123456789012:cache-policy/p"


def test_cache_policy_without_time_compresses_nothing() -> None:
    key = {"EnableAcceptEncodingGzip": True}
    config = {
        "Name": "off",
        "MinTTL": 0,
        "DefaultTTL": 0,
        "MaxTTL": 0,
        "ParametersInCacheKeyAndForwardedToOrigin": key,
    }
    one = made(CachePolicy, CachePolicy={"Id": "p", "CachePolicyConfig": config})
    assert one.never_caches
    assert not one.lets_compress
    assert not cache_policy().lets_compress


@pytest.mark.parametrize(
    ("behavior", "named", "sent"),
    [
        ("none", [], False),
        ("whitelist", ["authorization"], True),
        ("whitelist", ["Accept"], False),
        ("allViewer", [], True),
        ("allViewerAndWhitelistCloudFront", [], True),
        ("allExcept", ["Authorization"], False),
        ("allExcept", ["Host"], True),
    ],
)
def test_origin_request_policy_sends_headers(behavior: str, named: list[str], sent: bool) -> None:
    config = {
        "Name": "p",
        "HeadersConfig": {"HeaderBehavior": behavior, "Headers": {"Quantity": len(named), "Items": named}},
        "CookiesConfig": {"CookieBehavior": "all"},
    }
    one = made(OriginRequestPolicy, OriginRequestPolicy={"Id": "p", "OriginRequestPolicyConfig": config})
    assert one.sends_header("Authorization") is sent
    assert one.cookie_behavior == "all"


def test_response_headers_policy() -> None:
    headers = {
        "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 31536000},
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"Override": True, "FrameOption": "DENY"},
    }
    config = {"Name": "p", "SecurityHeadersConfig": headers}
    one = made(ResponseHeadersPolicy, ResponseHeadersPolicy={"Id": "p", "ResponseHeadersPolicyConfig": config})
    assert (one.hsts_seconds, one.has_content_type_options, one.frame_option) == (31536000, True, "DENY")
    assert one.content_security_policy is None


@pytest.mark.parametrize(
    ("signing", "always"), [("always", True), ("always-amz-auth", True), ("never", False), ("no-override", False)]
)
def test_origin_access_control(signing: str, always: bool) -> None:
    one = made(OriginAccessControl, Id="oac", SigningBehavior=signing, OriginAccessControlOriginType="s3")
    assert one.always_signs is always


@pytest.mark.parametrize(("kind", "protects"), [("lambda", True), ("s3", False)])
def test_origin_access_control_is_for_one_type_of_origin(kind: str, protects: bool) -> None:
    one = made(OriginAccessControl, Id="o", SigningBehavior="always", OriginAccessControlOriginType=kind)
    assert one.protects("lambda") is protects
    never = made(OriginAccessControl, Id="o", SigningBehavior="never", OriginAccessControlOriginType=kind)
    assert not never.protects(kind)


def test_origin_shield() -> None:
    shield = {"Enabled": True, "OriginShieldRegion": "us-east-2"}
    one = with_origin("app.example.com", OriginShield=shield).origins[0]
    assert (one.has_shield, one.shield_region) == (True, "us-east-2")
    assert not with_origin("app.example.com", OriginShield={"Enabled": False}).origins[0].has_shield
    assert not with_origin("app.example.com").origins[0].has_shield


def test_vpc_origin() -> None:
    one = made(VpcOrigin, Id="vo_1", Arn="arn:vo", Status="Deployed", OriginEndpointArn="arn:lb")
    protocols = {"Quantity": 1, "Items": ["TLSv1.1"]}
    config = {"OriginProtocolPolicy": "http-only", "OriginSslProtocols": protocols}
    endpoint = made(VpcOriginEndpoint, {"Id": "vo_1", "VpcOriginEndpointConfig": config}, under=one)
    assert (endpoint.protocol_policy, endpoint.old_protocols, one.leads_to) == ("http-only", ("TLSv1.1",), "arn:lb")
    assert one.is_deployed


def test_a_vpc_origin_that_is_an_instance() -> None:
    arn = "arn:aws:ec2:eu-west-1:123456789012:instance/i-1"
    one = made(VpcOrigin, Id="vo_1", Arn="arn:vo", Status="Deploying", OriginEndpointArn=arn)
    assert (one.leads_to, one.is_deployed) == ("i-1", False)


@pytest.mark.parametrize(
    ("policy", "ports"), [("http-only", (8080,)), ("https-only", (443,)), ("match-viewer", (8080, 443))]
)
def test_the_ports_on_which_cloudfront_speaks_to_a_vpc_origin(policy: str, ports: tuple[int, ...]) -> None:
    raw = {"Id": "vo_1", "VpcOriginEndpointConfig": {"OriginProtocolPolicy": policy, "HTTPPort": 8080}}
    assert made(VpcOriginEndpoint, raw).ports == ports


def function(stage: str = "LIVE") -> CloudFrontFunction:
    return made(
        CloudFrontFunction,
        Name="f",
        FunctionConfig={
            "Runtime": "cloudfront-js-2.0",
            "KeyValueStoreAssociations": {"Quantity": 1, "Items": [{"KeyValueStoreARN": "arn:kvs"}]},
        },
        FunctionMetadata={
            "FunctionARN": "arn:aws:cloudfront::123456789012:function/f",
            "Stage": stage,
            "LastModifiedTime": "2026-01-01T00:00:00+00:00",
        },
    )


def test_function_in_its_stages() -> None:
    assert (function().is_live, function("DEVELOPMENT").is_live) == (True, False)
    assert function().key_value_stores == ("arn:kvs",)
    assert made(KeyValueStore, ARN="arn:aws:cloudfront::1:key-value-store/k", Name="flags").name == "flags"


def read(source: str) -> CloudFrontFunctionCode:
    redacted = Redactor(b"k").clean({"FunctionCode": source})
    return gathered(CloudFrontFunctionCode, function(), GetFunction=redacted)  # type: ignore[no-any-return]


def test_a_literal_is_told_from_an_expression() -> None:
    assert read("const secret = 'hunter22hunter22';").literal_secrets == ("password",)
    assert read("const token = request.headers.authorization;").literal_secrets == ()
    assert read("const id = 'AKIAIOSFODNN7EXAMPLE';").literal_secrets == ("aws-access-key",)


def buckets(answer: Any) -> OriginBuckets:
    two = {
        "Quantity": 3,
        "Items": [origin("b.s3.amazonaws.com", "1"), origin("b.s3.amazonaws.com", "2"), origin("x.example.com", "3")],
    }
    return gathered(OriginBuckets, distribution(Origins=two), GetBucketLocation=answer)  # type: ignore[no-any-return]


def test_buckets_of_origins_are_told_apart_by_the_error() -> None:
    assert buckets({"LocationConstraint": "eu-west-1"}).found == ("b",)
    assert buckets(Absent("NoSuchBucket")).missing == ("b",)
    assert buckets(Unread(gap("s3:GetBucketLocation"))).closed == ("b",)
    with pytest.raises(Unread):
        buckets(Unread(gap("s3:GetBucketLocation", kind=GapKind.THROTTLED)))


def test_edge_functions_are_asked_once_a_version() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:auth:3"
    lambdas = {"Quantity": 1, "Items": [{"LambdaFunctionARN": arn, "EventType": "viewer-request"}]}
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "LambdaFunctionAssociations": lambdas}
    item = {"Id": "E1", "ARN": "arn:E1", "DefaultCacheBehavior": behavior}
    answer = {"FunctionArn": arn, "FunctionName": "auth", "Version": "3", "Runtime": "nodejs22.x", "CodeSize": 900}
    found = gathered(
        EdgeFunction,
        ACCOUNT,
        ListDistributions={"DistributionList": {"Items": [item, item]}},
        GetFunctionConfiguration=answer,
    )
    assert [(one.name, one.runtime, one.code_bytes) for one in found] == [("auth:3", "nodejs22.x", 900)]
    empty = gathered(
        EdgeFunction, ACCOUNT, ListDistributions={"DistributionList": {"Quantity": 0}}, GetFunctionConfiguration=answer
    )
    assert empty == ()


def runs(*names: str) -> dict[str, Any]:
    """A listing of one distribution that runs a version of each function."""
    arns = [f"arn:aws:lambda:us-east-1:123456789012:function:{name}:1" for name in names]
    lambdas = {"Items": [{"LambdaFunctionARN": arn, "EventType": "viewer-request"} for arn in arns]}
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "LambdaFunctionAssociations": lambdas}
    return {"DistributionList": {"Items": [{"Id": "E1", "ARN": "arn:E1", "DefaultCacheBehavior": behavior}]}}


def result(name: str, *values: float) -> dict[str, Any]:
    return {"Id": name, "Timestamps": ["2026-11-01T00:00:00+00:00"] * len(values), "Values": list(values)}


def test_edge_replicas_are_where_a_function_ran() -> None:
    def answer(params: Any) -> Any:
        first, *_, last = params["MetricDataQueries"]
        assert len(params["MetricDataQueries"]) == 8
        assert first["MetricStat"]["Metric"]["Dimensions"] == [{"Name": "FunctionName", "Value": "us-east-1.auth"}]
        assert (last["Id"], last["MetricStat"]["Stat"], last["MetricStat"]["Period"]) == ("p991", "p99", 14 * 86400)
        assert params["StartTime"] < params["EndTime"]
        seen = [
            result("invocations0", 3, 1),
            result("total0", 30, 10),
            result("longest0", 15, 12),
            result("p990", 14, 9),
        ]
        return {"MetricDataResults": [*seen, result("invocations1")]}

    found = gathered(
        EdgeReplica, Region("eu-west-1", ACCOUNT), GetMetricData=answer, ListDistributions=runs("auth", "idle")
    )
    (one,) = found
    assert (one.function_name, one.region) == ("us-east-1.auth", "eu-west-1")
    assert (one.invocations, one.average_ms, one.longest_ms, one.p99_ms) == (4, 10, 15, 14)


def test_no_metrics_are_asked_where_no_function_runs() -> None:
    def never(_params: Any) -> Any:
        raise AssertionError

    assert gathered(EdgeReplica, Region("eu-west-1", ACCOUNT), GetMetricData=never, ListDistributions=runs()) == ()
