import json
from typing import Any

from edges import behavior, caching_of, custom, distribution, edge_of, fronted_by, items, origins_of, points, s3

from auditor.evidence.apigateway import RestApi
from auditor.evidence.apigatewayv2 import HttpApi
from auditor.evidence.cloudfront import (
    AdditionalMetrics,
    CachePolicy,
    Distribution,
    DistributionSettings,
    OriginAccessControl,
    OriginBuckets,
    ResponseHeadersPolicy,
    VpcOrigin,
    VpcOriginEndpoint,
)
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ec2_network import ElasticIp
from auditor.evidence.logs import Delivery, DeliverySource
from auditor.evidence.mediapackagev2 import ChannelGroup, ChannelGroupDomain
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.evidence.s3 import Bucket, BucketEntry, BucketPolicy, BucketPolicyStatus
from auditor.model import Account, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
    MANUAL,
    NOT_APPLICABLE,
    NOW,
    PASS,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

DISABLED = distribution(Enabled=False)
STAGING = distribution(Staging=True)
ELSEWHERE = Account("123456789012", "aws", ("eu-west-1",), NOW)
NONE = every()

test_cloudfront_viewer_https = cases(
    "cloudfront_viewer_https",
    case("HTTPS only", PASS, distribution()),
    case("redirects", PASS, distribution(DefaultCacheBehavior=behavior("redirect-to-https"))),
    case("default allows HTTP", FAIL, distribution(DefaultCacheBehavior=behavior("allow-all")), because="default (*)"),
    case(
        "a path allows HTTP",
        FAIL,
        distribution(CacheBehaviors=items(behavior("allow-all", PathPattern="/img/*"))),
        because="/img/*",
    ),
    case("disabled", NOT_APPLICABLE, DISABLED),
    case("staging", NOT_APPLICABLE, STAGING),
)


def secured(policy: str | None, **certificate: Any) -> Distribution:
    chosen = {"MinimumProtocolVersion": policy} if policy else {}
    viewer = {"ACMCertificateArn": "arn:c", "SSLSupportMethod": "sni-only", **chosen, **certificate}
    return distribution(Aliases=items("www.example.com"), ViewerCertificate=viewer)


test_cloudfront_minimum_tls_version = cases(
    "cloudfront_minimum_tls_version",
    case("newest", PASS, secured("TLSv1.3_2025")),
    case("recommended", PASS, secured("TLSv1.2_2021")),
    case("older ciphers", FAIL, secured("TLSv1.2_2019"), severity=Severity.MEDIUM, because="TLSv1.2_2019"),
    case("TLS 1.1", FAIL, secured("TLSv1.1_2016"), severity=Severity.HIGH),
    case("TLS 1.0", FAIL, secured("TLSv1"), severity=Severity.HIGH),
    case("allowed by the profile", PASS, secured("TLSv1.2_2019"), allowed=("TLSv1.2_2019",)),
    case("default certificate", NOT_APPLICABLE, distribution(ViewerCertificate={"CloudFrontDefaultCertificate": True})),
    case("no policy in the answer", UNKNOWN, secured(None)),
    case("disabled", NOT_APPLICABLE, DISABLED),
)

DEFAULT = distribution(ViewerCertificate={"CloudFrontDefaultCertificate": True})

test_cloudfront_custom_certificate_sni = cases(
    "cloudfront_custom_certificate_sni",
    case("own certificate by SNI", PASS, secured("TLSv1.2_2021"), points(5e6)),
    case(
        "dedicated addresses",
        FAIL,
        secured("TLSv1", SSLSupportMethod="vip"),
        points(),
        severity=Severity.MEDIUM,
        because="vip",
    ),
    case("busy on cloudfront.net", FAIL, DEFAULT, points(600_000, 600_000), severity=Severity.LOW, because="1,200,000"),
    case("quiet on cloudfront.net", PASS, DEFAULT, points(10)),
    case("tenants bring certificates", NOT_APPLICABLE, distribution(ConnectionMode="tenant-only"), points(5e6)),
    case("disabled", NOT_APPLICABLE, DISABLED, points()),
)


def endpoint(policy: str, *protocols: str) -> tuple[VpcOrigin, VpcOriginEndpoint]:
    one = made(VpcOrigin, Id="vo_1", Arn="arn:vo_1", OriginEndpointArn="arn:lb")
    config = {"OriginProtocolPolicy": policy, "OriginSslProtocols": items(*protocols)}
    return one, made(VpcOriginEndpoint, {"Id": "vo_1", "VpcOriginEndpointConfig": config}, under=one)


VPC = distribution(
    {"Id": "o", "DomainName": "internal-1.eu-west-1.elb.amazonaws.com", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
)
WEBSITE = custom("www.s3-website.eu-west-1.amazonaws.com", "o", "http-only")

test_cloudfront_origin_https = cases(
    "cloudfront_origin_https",
    case("HTTPS only", PASS, distribution(), NONE),
    case(
        "HTTP only",
        FAIL,
        distribution(custom(policy="http-only")),
        NONE,
        severity=Severity.HIGH,
        because="app.example.com is http-only",
    ),
    case(
        "as the viewer, who may use HTTP",
        FAIL,
        distribution(custom(policy="match-viewer"), DefaultCacheBehavior=behavior("allow-all")),
        NONE,
        severity=Severity.MEDIUM,
        because="default (*)",
    ),
    case("as the viewer, who may not", PASS, distribution(custom(policy="match-viewer")), NONE),
    case(
        "old protocols",
        FAIL,
        distribution(custom("app.example.com", "o", "https-only", "TLSv1.1", "TLSv1.2")),
        NONE,
        severity=Severity.MEDIUM,
        because="TLSv1.1",
    ),
    case("VPC origin over HTTP", FAIL, VPC, every_of(endpoint("http-only")), severity=Severity.MEDIUM),
    case("VPC origin over HTTPS", PASS, VPC, every_of(endpoint("https-only", "TLSv1.2"))),
    case("VPC origin unread", UNKNOWN, VPC, every(gaps=(gap("cloudfront:GetVpcOrigin", "global"),))),
    case("unread, but without VPC origin", PASS, distribution(), every(gaps=(gap("cloudfront:GetVpcOrigin"),))),
    case("website endpoint", NOT_APPLICABLE, distribution(WEBSITE), NONE),
    case("bucket only", NOT_APPLICABLE, distribution(s3()), NONE),
    case("disabled", NOT_APPLICABLE, DISABLED, NONE),
)


def control(signing: str) -> Any:
    return every(made(OriginAccessControl, Id="oac", SigningBehavior=signing, OriginAccessControlOriginType="s3"))


test_cloudfront_s3_origin_oac = cases(
    "cloudfront_s3_origin_oac",
    case("signed", PASS, distribution(s3()), control("always")),
    case("neither control nor identity", FAIL, distribution(s3(control="")), NONE, severity=Severity.HIGH),
    case(
        "identity only",
        FAIL,
        distribution(s3(control="", identity="origin-access-identity/cloudfront/E")),
        NONE,
        severity=Severity.MEDIUM,
    ),
    case("control never signs", FAIL, distribution(s3()), control("never"), severity=Severity.HIGH, because="never"),
    case("viewers may override", FAIL, distribution(s3()), control("no-override"), because="no-override"),
    case("website endpoint", FAIL, distribution(WEBSITE), NONE, severity=Severity.MEDIUM, because="website endpoint"),
    case("incomplete answer", UNKNOWN, distribution({"Id": "o", "DomainName": "a.s3.amazonaws.com"}), NONE),
    case("controls unread", UNKNOWN, distribution(s3()), every(gaps=(gap("cloudfront:ListOriginAccessControls"),))),
    case("no bucket", NOT_APPLICABLE, distribution(), NONE),
    case("disabled", NOT_APPLICABLE, DISABLED, NONE),
)

test_cloudfront_s3_origin_bucket_exists = cases(
    "cloudfront_s3_origin_bucket_exists",
    case("found", PASS, distribution(s3()), OriginBuckets(("assets",), (), ())),
    case("missing", FAIL, distribution(s3()), OriginBuckets((), ("assets",), ()), because="assets"),
    case(
        "missing behind a disabled one", FAIL, DISABLED, OriginBuckets((), ("assets",), ()), severity=Severity.CRITICAL
    ),
    case("of another account", PASS, distribution(s3()), OriginBuckets((), (), ("assets",)), because="refused"),
    case("no bucket", NOT_APPLICABLE, distribution(), OriginBuckets((), (), ())),
)

ASSETS = gathered(Bucket, made(BucketEntry, Name="assets", BucketRegion="eu-west-1"))[0]
ONE = distribution(s3())
EDGE = edge_of(ONE)


def allowing(principal: Any, condition: Any = None, action: str = "s3:GetObject") -> BucketPolicy:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "arn:aws:s3:::assets/*"}
    return made(
        BucketPolicy, Policy=json.dumps({"Statement": [statement | ({"Condition": condition} if condition else {})]})
    )


SERVICE = {"Service": "cloudfront.amazonaws.com"}
PRIVATE = made(BucketPolicyStatus, IsPublic=False)


def pinned(arn: str, operator: str = "StringEquals") -> BucketPolicy:
    return allowing(SERVICE, {operator: {"AWS:SourceArn": arn}})


test_cloudfront_s3_origin_bucket_only_from_distribution = cases(
    "cloudfront_s3_origin_bucket_only_from_distribution",
    case("that distribution", PASS, ASSETS, EDGE, pinned(ONE.arn), PRIVATE, ACCOUNT),
    case("that distribution by pattern", PASS, ASSETS, EDGE, pinned(ONE.arn, "ArnLike"), PRIVATE, ACCOUNT),
    case(
        "public", FAIL, ASSETS, EDGE, allowing("*"), made(BucketPolicyStatus, IsPublic=True), ACCOUNT, because="public"
    ),
    case("any account's", FAIL, ASSETS, EDGE, allowing(SERVICE), PRIVATE, ACCOUNT, severity=Severity.HIGH),
    case(
        "all but one",
        FAIL,
        ASSETS,
        EDGE,
        pinned(ONE.arn, "StringNotEquals"),
        PRIVATE,
        ACCOUNT,
        because="any account",
    ),
    case(
        "another account's",
        FAIL,
        ASSETS,
        EDGE,
        pinned("arn:aws:cloudfront::999999999999:distribution/E2"),
        PRIVATE,
        ACCOUNT,
        severity=Severity.HIGH,
        because="999999999999",
    ),
    case(
        "all of the account",
        FAIL,
        ASSETS,
        EDGE,
        allowing(SERVICE, {"StringEquals": {"AWS:SourceAccount": "123456789012"}}),
        PRIVATE,
        ACCOUNT,
        severity=Severity.LOW,
    ),
    case(
        "all of the account by pattern",
        FAIL,
        ASSETS,
        EDGE,
        pinned("arn:aws:cloudfront::123456789012:distribution/*", "ArnLike"),
        PRIVATE,
        ACCOUNT,
        severity=Severity.LOW,
    ),
    case("everyone", FAIL, ASSETS, EDGE, allowing("*"), PRIVATE, ACCOUNT, because="everyone"),
    case(
        "everyone of the organization",
        PASS,
        ASSETS,
        EDGE,
        allowing("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
        PRIVATE,
        ACCOUNT,
    ),
    case("writes only", PASS, ASSETS, EDGE, allowing(SERVICE, action="s3:PutObject"), PRIVATE, ACCOUNT),
    case("no policy", PASS, ASSETS, EDGE, None, None, ACCOUNT),
    case("no distribution reads it", NOT_APPLICABLE, ASSETS, edge_of(distribution()), allowing("*"), PRIVATE, ACCOUNT),
    case(
        "only a disabled one reads it",
        NOT_APPLICABLE,
        ASSETS,
        edge_of(distribution(s3(), Enabled=False)),
        None,
        None,
        ACCOUNT,
    ),
)

test_cloudfront_http3_enabled = cases(
    "cloudfront_http3_enabled",
    case("with HTTP/2", PASS, distribution()),
    case("HTTP/2 only", FAIL, distribution(HttpVersion="http2"), because="http2"),
    case(
        "client certificates", NOT_APPLICABLE, distribution(HttpVersion="http2", ViewerMtlsConfig={"Mode": "required"})
    ),
    case("disabled", NOT_APPLICABLE, DISABLED),
)

QUIET = made(DistributionSettings)


def source(log_type: str = "ACCESS_LOGS", region: str = "us-east-1") -> DeliverySource:
    fields = {"arn": "arn:s", "name": "s", "resourceArns": [ONE.arn], "service": "cloudfront", "logType": log_type}
    return made(DeliverySource, fields, region=region)


DELIVERY = made(Delivery, {"arn": "arn:d", "deliverySourceName": "s"}, region="us-east-1")
LOGS_GAP = gap("logs:DescribeDeliverySources", "us-east-1")

test_cloudfront_access_logging = cases(
    "cloudfront_access_logging",
    case("to a bucket", PASS, ONE, made(DistributionSettings, Logging={"Enabled": True}), NONE, NONE, ACCOUNT),
    case(
        "in real time",
        PASS,
        distribution(DefaultCacheBehavior=behavior(RealtimeLogConfigArn="arn:r")),
        QUIET,
        NONE,
        NONE,
        ACCOUNT,
    ),
    case("standard logging v2", PASS, ONE, QUIET, every(source()), every(DELIVERY), ACCOUNT, because="v2"),
    case("a source without delivery", FAIL, ONE, QUIET, every(source()), NONE, ACCOUNT, because="has no delivery"),
    case("another kind of log", FAIL, ONE, QUIET, every(source("CONNECTION_LOGS")), every(DELIVERY), ACCOUNT),
    case("none", FAIL, ONE, QUIET, NONE, NONE, ACCOUNT, because="no log delivery"),
    case("us-east-1 not scanned", UNKNOWN, ONE, QUIET, NONE, NONE, ELSEWHERE, because="us-east-1"),
    case("unread", UNKNOWN, ONE, QUIET, every(gaps=(LOGS_GAP,)), NONE, ACCOUNT),
    case("unread, but logged", PASS, ONE, QUIET, every(source(), gaps=(LOGS_GAP,)), every(DELIVERY), ACCOUNT),
    case("disabled", NOT_APPLICABLE, DISABLED, QUIET, NONE, NONE, ACCOUNT),
)

CODE = items({"FunctionARN": "arn:f", "EventType": "viewer-request"})

test_cloudfront_default_root_object = cases(
    "cloudfront_default_root_object",
    case("set", PASS, ONE, made(DistributionSettings, DefaultRootObject="index.html"), because="index.html"),
    case("empty", FAIL, ONE, made(DistributionSettings, DefaultRootObject=""), because="assets"),
    case(
        "a function decides", PASS, distribution(s3(), DefaultCacheBehavior=behavior(FunctionAssociations=CODE)), QUIET
    ),
    case("custom origin", NOT_APPLICABLE, distribution(), QUIET),
    case("disabled", NOT_APPLICABLE, DISABLED, QUIET),
)


def failing_over(
    *origins: dict[str, Any], codes: tuple[int, ...] = (500, 502, 503, 504), target: str = "g"
) -> Distribution:
    group = {
        "Id": "g",
        "FailoverCriteria": {"StatusCodes": items(*codes)},
        "Members": items(*({"OriginId": one["Id"]} for one in origins)),
    }
    return distribution(*origins, OriginGroups=items(group), DefaultCacheBehavior=behavior(target=target))


IRELAND = custom("a.eu-west-1.elb.amazonaws.com", "a")
FRANKFURT = custom("b.eu-central-1.elb.amazonaws.com", "b")
COPY = gathered(Bucket, made(BucketEntry, Name="copy", BucketRegion="eu-west-1"))[0]
FAR_COPY = gathered(Bucket, made(BucketEntry, Name="copy", BucketRegion="eu-central-1"))[0]
BUCKETS = failing_over(s3("assets", "a"), s3("copy", "b"))

test_cloudfront_origin_failover = cases(
    "cloudfront_origin_failover",
    case("two regions", PASS, failing_over(IRELAND, FRANKFURT), NONE, {}),
    case("no origin group", FAIL, distribution(), NONE, {}, because="no origin group"),
    case(
        "one region",
        FAIL,
        failing_over(IRELAND, custom("b.eu-west-1.elb.amazonaws.com", "b")),
        NONE,
        {},
        because="stand in eu-west-1",
    ),
    case("one origin twice", FAIL, failing_over(IRELAND, IRELAND | {"Id": "b"}), NONE, {}, because="both members"),
    case("buckets of one region", FAIL, BUCKETS, every(ASSETS, COPY), {}, because="eu-west-1"),
    case("buckets of two regions", PASS, BUCKETS, every(ASSETS, FAR_COPY), {}),
    case("buckets unread", UNKNOWN, BUCKETS, every(gaps=(gap("s3:ListBuckets"),)), {}),
    case(
        "no behavior uses it",
        FAIL,
        failing_over(IRELAND, FRANKFURT, target="a"),
        NONE,
        {},
        because="no behavior targets",
    ),
    case("codes left out", FAIL, failing_over(IRELAND, FRANKFURT, codes=(500, 502)), NONE, {}, because="503, 504"),
    case("tagged", NOT_APPLICABLE, distribution(), NONE, {"dr": "none"}),
    case("function URLs", NOT_APPLICABLE, distribution(custom("a.lambda-url.eu-west-1.on.aws")), NONE, {}),
    case("disabled", NOT_APPLICABLE, DISABLED, NONE, {}),
)


def alarm(metric: str = "5xxErrorRate", identifier: str = "E1", **fields: Any) -> MetricAlarm:
    usual = {
        "AlarmArn": "arn:alarm",
        "AlarmName": "errors",
        "ActionsEnabled": True,
        "AlarmActions": ["arn:topic"],
        "Namespace": "AWS/CloudFront",
        "MetricName": metric,
        "Dimensions": [{"Name": "DistributionId", "Value": identifier}, {"Name": "Region", "Value": "Global"}],
    }
    return made(MetricAlarm, usual | fields, region="us-east-1")


BUSY = points(10_000, 10_000)
FEW = points(0.1, 0.2)
ALARMED = every(alarm())

test_cloudfront_error_rate = cases(
    "cloudfront_error_rate",
    case("few and watched", PASS, ONE, BUSY, FEW, ALARMED, ACCOUNT, because="0.15 %"),
    case("too many", FAIL, ONE, points(1000, 99_000), points(0, 2.0), ALARMED, ACCOUNT, because="1.98 %"),
    case("bad hours", FAIL, ONE, points(1, 1, 1, 1e6), points(20, 20, 20, 0), ALARMED, ACCOUNT, because="3 hours"),
    case(
        "hours that differ", FAIL, ONE, BUSY, points(4.0), ALARMED, ACCOUNT, severity=Severity.MEDIUM, because="4.00 %"
    ),
    case("no alarm", FAIL, ONE, BUSY, FEW, NONE, ACCOUNT, severity=Severity.LOW, because="none of 0 alarms"),
    case("alarm of another", FAIL, ONE, BUSY, FEW, every(alarm(identifier="E2")), ACCOUNT, severity=Severity.LOW),
    case("alarm without action", FAIL, ONE, BUSY, FEW, every(alarm(AlarmActions=[])), ACCOUNT, severity=Severity.LOW),
    case("alarm on latency", PASS, ONE, BUSY, FEW, every(alarm("OriginLatency")), ACCOUNT),
    case(
        "alarms unread", UNKNOWN, ONE, BUSY, FEW, every(gaps=(gap("cloudwatch:DescribeAlarms", "us-east-1"),)), ACCOUNT
    ),
    case("alarms not scanned", UNKNOWN, ONE, BUSY, FEW, NONE, ELSEWHERE, because="us-east-1"),
    case("no error rate", UNKNOWN, ONE, BUSY, points(), ALARMED, ACCOUNT, because="no 5xxErrorRate"),
    case("few requests", NOT_APPLICABLE, ONE, points(10), FEW, NONE, ACCOUNT),
    case("raised limit", PASS, ONE, BUSY, points(4.0, 4.0), ALARMED, ACCOUNT, max_5xx_percent=5),
    case("disabled", NOT_APPLICABLE, DISABLED, BUSY, FEW, NONE, ACCOUNT),
)

test_cloudfront_distribution_in_use = cases(
    "cloudfront_distribution_in_use",
    case("in use", PASS, ONE, points(0, 5), ACCOUNT, because="5 requests"),
    case("unused", FAIL, ONE, points(), ACCOUNT, because="no request"),
    case("only zeros", FAIL, ONE, points(0, 0), ACCOUNT),
    case("new", PASS, distribution(LastModifiedTime=ago(days=3)), points(), ACCOUNT, because="3 days ago"),
    case("new for a shorter time", FAIL, distribution(LastModifiedTime=ago(days=3)), points(), ACCOUNT, days=2),
    case("disabled", NOT_APPLICABLE, DISABLED, points(), ACCOUNT),
)

SUBSCRIBED = made(AdditionalMetrics, RealtimeMetricsSubscriptionConfig={"RealtimeMetricsSubscriptionStatus": "Enabled"})
ENDED = made(AdditionalMetrics, RealtimeMetricsSubscriptionConfig={"RealtimeMetricsSubscriptionStatus": "Disabled"})

test_cloudfront_additional_metrics_enabled = cases(
    "cloudfront_additional_metrics_enabled",
    case("on", PASS, ONE, SUBSCRIBED, BUSY),
    case("off", FAIL, ONE, ENDED, BUSY, because="20,000 requests"),
    case("never", FAIL, ONE, None, BUSY),
    case("few requests", NOT_APPLICABLE, ONE, None, points(1)),
    case("disabled", NOT_APPLICABLE, DISABLED, None, BUSY),
)


def policy(default: int = 86400, maximum: int = 31536000, minimum: int = 1, *, gzip: bool = True) -> Any:
    config = {
        "Name": "Caching",
        "MinTTL": minimum,
        "DefaultTTL": default,
        "MaxTTL": maximum,
        "ParametersInCacheKeyAndForwardedToOrigin": {"EnableAcceptEncodingGzip": gzip},
    }
    return every(made(CachePolicy, CachePolicy={"Id": "p", "CachePolicyConfig": config}))


def cached(*origins: dict[str, Any], **fields: Any) -> Distribution:
    return distribution(*origins, DefaultCacheBehavior=behavior(Compress=True, CachePolicyId="p", **fields))


POLICY_GAP = every(gaps=(gap("cloudfront:ListCachePolicies", "global"),))
UPLOADS = items("GET", "HEAD", "PUT")

test_cloudfront_compression_effective = cases(
    "cloudfront_compression_effective",
    case("compresses", PASS, cached(), policy()),
    case("off", FAIL, distribution(), NONE, because="default (*) has compression off"),
    case("no encoding in the key", FAIL, cached(), policy(gzip=False), because="Caching"),
    case("caches nothing", FAIL, cached(), policy(0, 0, 0)),
    case("policies unread", UNKNOWN, cached(), POLICY_GAP),
    case(
        "compressed files only",
        PASS,
        distribution(DefaultCacheBehavior=behavior(Compress=True), CacheBehaviors=items(behavior(PathPattern="*.JPG"))),
        NONE,
        because="all 1",
    ),
    case("media", NOT_APPLICABLE, distribution(custom("x.mediapackage.eu-west-1.amazonaws.com")), NONE),
    case("disabled", NOT_APPLICABLE, DISABLED, NONE),
)


def caching(*times: int, **fields: Any) -> Any:
    return caching_of(*policy(*times, **fields))


NO_CACHING = caching_of()
CACHING_UNREAD = caching_of(gaps=POLICY_GAP.gaps)


def beside(seconds: int, others: int, most: int = 86400) -> Distribution:
    """A path that keeps objects for seconds beside a default behavior of the same bucket."""
    news = behavior(PathPattern="/news.json", MinTTL=0, DefaultTTL=seconds, MaxTTL=most)
    rest = behavior(MinTTL=0, DefaultTTL=others, MaxTTL=86400)
    return distribution(s3(), DefaultCacheBehavior=rest, CacheBehaviors=items(news))


test_cloudfront_static_behavior_caching = cases(
    "cloudfront_static_behavior_caching",
    case("caches", PASS, cached(s3()), caching()),
    case("caches nothing", FAIL, cached(s3()), caching(0, 0, 0), because="caches nothing (Caching)"),
    case("keeps for seconds", FAIL, cached(s3()), caching(10, 100, 0), because="10 s"),
    case("keeps for seconds at least", PASS, cached(s3()), caching(10, 100, 5)),
    case("what changes is kept for seconds", PASS, beside(10, 3600), NO_CACHING, because="all 2"),
    case("nothing is kept for longer", FAIL, beside(10, 20), NO_CACHING, because="/news.json keeps objects for 10 s"),
    case("what changes is not kept", FAIL, beside(0, 3600, most=0), NO_CACHING, because="/news.json caches nothing"),
    case("shorter is enough", PASS, cached(s3()), caching(10, 100, 0), min_default_ttl=5),
    case(
        "legacy settings",
        FAIL,
        distribution(s3(), DefaultCacheBehavior=behavior(MinTTL=0, DefaultTTL=0, MaxTTL=0)),
        NO_CACHING,
        because="legacy settings",
    ),
    case("policies unread", UNKNOWN, cached(s3()), CACHING_UNREAD),
    case("upload path", NOT_APPLICABLE, cached(s3(), AllowedMethods=UPLOADS), caching(0, 0, 0)),
    case("dynamic origin", NOT_APPLICABLE, cached(), caching(0, 0, 0)),
    case("disabled", NOT_APPLICABLE, DISABLED, NO_CACHING),
)


def headers(seconds: int = 31_536_000, **config: Any) -> Any:
    security = {
        "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": seconds},
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"Override": True, "FrameOption": "DENY"},
    }
    fields = {"Name": "Secure", "SecurityHeadersConfig": security} | config
    return every(made(ResponseHeadersPolicy, ResponseHeadersPolicy={"Id": "h", "ResponseHeadersPolicyConfig": fields}))


WITH_HEADERS = distribution(DefaultCacheBehavior=behavior(ResponseHeadersPolicyId="h"))
ANSWERS = items({"FunctionARN": "arn:f", "EventType": "viewer-response"})
SHARED = {"AccessControlAllowOrigins": items("*"), "AccessControlAllowCredentials": True}

test_cloudfront_security_headers_policy = cases(
    "cloudfront_security_headers_policy",
    case("all headers", PASS, WITH_HEADERS, headers(), because="Secure"),
    case("no policy", FAIL, distribution(), NONE, severity=Severity.LOW, because="a response headers policy"),
    case("short HSTS", FAIL, WITH_HEADERS, headers(60), because="Strict-Transport-Security"),
    case("short HSTS is enough", PASS, WITH_HEADERS, headers(60), min_hsts=60),
    case(
        "no security headers", FAIL, WITH_HEADERS, headers(SecurityHeadersConfig={}), because="X-Content-Type-Options"
    ),
    case(
        "a function may add them",
        FAIL,
        distribution(DefaultCacheBehavior=behavior(FunctionAssociations=ANSWERS)),
        NONE,
        severity=Severity.INFORMATIONAL,
    ),
    case("credentials for every site", FAIL, WITH_HEADERS, headers(CorsConfig=SHARED), severity=Severity.MEDIUM),
    case("unread", UNKNOWN, WITH_HEADERS, every(gaps=(gap("cloudfront:ListResponseHeadersPolicies"),))),
    case("APIs only", NOT_APPLICABLE, distribution(custom("a.execute-api.eu-west-1.amazonaws.com")), NONE),
    case("disabled", NOT_APPLICABLE, DISABLED, NONE),
)


def rest_api(kind: str) -> RestApi:
    return made(RestApi, id="a1", name="orders", endpointConfiguration={"types": [kind]})


BEFORE_API = fronted_by([distribution(custom(f"a1.execute-api.{HOME}.amazonaws.com"))])

test_apigateway_edge_endpoint_double_cdn = cases(
    "apigateway_edge_endpoint_double_cdn",
    case("behind a distribution", FAIL, rest_api("EDGE"), BEFORE_API, because=f"a1.execute-api.{HOME}"),
    case("alone", PASS, rest_api("EDGE"), fronted_by([distribution()])),
    case("regional", NOT_APPLICABLE, rest_api("REGIONAL"), BEFORE_API),
)


APP = distribution()
NONE_SEEN = points()
STORE = cached(s3())
PAGES = cached(custom(), AllowedMethods=items("GET", "HEAD", "POST"))
OFF = cached(custom())
BOTH = distribution(
    s3("assets", "s"),
    custom(),
    DefaultCacheBehavior=behavior(CachePolicyId="p"),
    CacheBehaviors=items(behavior(target="s", PathPattern="/img/*", CachePolicyId="p")),
)
LONG_LIVED = cached(custom(), AllowedMethods=items("GET", "HEAD"))
KEEPS, KEEPS_DAYS, KEEPS_NONE = caching(60, 3600, 0), caching(86400, 31536000, 0), caching(0, 0, 0)
REQUESTS, FEW_REQUESTS = points(10_000, 30_000), points(100)
GOOD, POOR = points(80, 90), points(10, 50)

test_cloudfront_static_cache_hit_ratio = cases(
    "cloudfront_static_cache_hit_ratio",
    case("hits", PASS, STORE, KEEPS, SUBSCRIBED, GOOD, REQUESTS, because="87.5 % of 40,000"),
    case("misses", FAIL, STORE, KEEPS, SUBSCRIBED, POOR, REQUESTS, because="only 40.0 %"),
    case("weighted by the newest days", FAIL, STORE, KEEPS, SUBSCRIBED, points(50), REQUESTS, because="50.0 %"),
    case("kept for days", FAIL, LONG_LIVED, KEEPS_DAYS, SUBSCRIBED, POOR, REQUESTS),
    case("a lower target", PASS, STORE, KEEPS, SUBSCRIBED, POOR, REQUESTS, min_hit_percent=30),
    case("metrics off", UNKNOWN, STORE, KEEPS, ENDED, NONE_SEEN, REQUESTS, because="additional metrics are off"),
    case("metrics never on", UNKNOWN, STORE, KEEPS, None, NONE_SEEN, REQUESTS),
    case("no datapoint", UNKNOWN, STORE, KEEPS, SUBSCRIBED, NONE_SEEN, REQUESTS, because="no cache hit rate"),
    case("few requests", NOT_APPLICABLE, STORE, KEEPS, SUBSCRIBED, POOR, FEW_REQUESTS),
    case("dynamic", NOT_APPLICABLE, PAGES, KEEPS, SUBSCRIBED, POOR, REQUESTS),
    case("mixed", NOT_APPLICABLE, BOTH, KEEPS, SUBSCRIBED, POOR, REQUESTS),
    case("policies unread", UNKNOWN, STORE, CACHING_UNREAD, SUBSCRIBED, POOR, REQUESTS),
    case("disabled", NOT_APPLICABLE, DISABLED, KEEPS, SUBSCRIBED, POOR, REQUESTS),
)

test_cloudfront_dynamic_cache_hit_ratio = cases(
    "cloudfront_dynamic_cache_hit_ratio",
    case("hits", PASS, PAGES, KEEPS, SUBSCRIBED, POOR, REQUESTS, because="40.0 %"),
    case("misses", FAIL, PAGES, KEEPS, SUBSCRIBED, points(10, 20), REQUESTS, because="only 17.5 %"),
    case("mixed", FAIL, BOTH, KEEPS, SUBSCRIBED, points(5), REQUESTS, because="x-edge-result-type"),
    case("metrics off", UNKNOWN, PAGES, KEEPS, None, NONE_SEEN, REQUESTS),
    case("few requests", NOT_APPLICABLE, PAGES, KEEPS, SUBSCRIBED, points(5), FEW_REQUESTS),
    case("caching off", NOT_APPLICABLE, OFF, KEEPS_NONE, SUBSCRIBED, points(0), REQUESTS),
    case(
        "caching off for millions",
        FAIL,
        OFF,
        KEEPS_NONE,
        None,
        NONE_SEEN,
        points(2e6),
        severity=Severity.INFORMATIONAL,
        because="2,000,000",
    ),
    case("static", NOT_APPLICABLE, STORE, KEEPS, SUBSCRIBED, points(5), REQUESTS),
    case("disabled", NOT_APPLICABLE, DISABLED, KEEPS, SUBSCRIBED, POOR, REQUESTS),
)


def keyed(cookies: str = "none", queries: str = "none", *names: str) -> Any:
    """A cache policy with these parts in its key."""
    key = {
        "EnableAcceptEncodingGzip": True,
        "CookiesConfig": {"CookieBehavior": cookies},
        "QueryStringsConfig": {"QueryStringBehavior": queries},
        "HeadersConfig": {"HeaderBehavior": "whitelist" if names else "none", "Headers": items(*names)},
    }
    config = {"Name": "Own", "MinTTL": 0, "DefaultTTL": 86400, "ParametersInCacheKeyAndForwardedToOrigin": key}
    return caching_of(made(CachePolicy, CachePolicy={"Id": "p", "CachePolicyConfig": config}))


def legacy(**values: Any) -> Distribution:
    return distribution(s3(), DefaultCacheBehavior=behavior(ForwardedValues=values, DefaultTTL=60, MaxTTL=600))


test_cloudfront_cache_key_minimal = cases(
    "cloudfront_cache_key_minimal",
    case("small", PASS, STORE, keyed()),
    case("all cookies", FAIL, STORE, keyed("all"), because="default (*) varies by cookies"),
    case("most cookies", FAIL, STORE, keyed("allExcept"), because="cookies"),
    case("query strings of a bucket", FAIL, STORE, keyed("none", "all"), because="any query string"),
    case("query strings of a site", PASS, LONG_LIVED, keyed("none", "all")),
    case("a volatile header", FAIL, STORE, keyed("none", "none", "User-Agent"), because="User-Agent"),
    case("a steady header", PASS, STORE, keyed("none", "none", "Origin")),
    case("legacy cookies", FAIL, legacy(Cookies={"Forward": "all"}), NO_CACHING, because="cookies"),
    case("legacy headers", FAIL, legacy(Headers=items("*")), NO_CACHING, because="the header *"),
    case("legacy query string", FAIL, legacy(QueryString=True), NO_CACHING, because="any query string"),
    case("legacy query keys", PASS, legacy(QueryString=True, QueryStringCacheKeys=items("v")), NO_CACHING),
    case("dynamic", NOT_APPLICABLE, PAGES, keyed("all")),
    case("policies unread", UNKNOWN, STORE, CACHING_UNREAD),
    case("disabled", NOT_APPLICABLE, DISABLED, NO_CACHING),
)

ZONE = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")


def record(target: str, kind: str = "A", host: str = "app.example.com") -> RecordSet:
    raw = {"Name": f"{host}.", "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": target}]}
    return made(RecordSet, raw, under=ZONE)


HOST_NAME = "ec2-192-0-2-1.eu-west-1.compute.amazonaws.com"
ON_INSTANCE = made(ElasticIp, PublicIp="192.0.2.1", AllocationId="e", InstanceId="i-1")
ON_BALANCER = made(ElasticIp, PublicIp="192.0.2.1", AllocationId="e", AssociationId="a")
BY_ADDRESS = origins_of(APP, records=[record("192.0.2.1")])
RECORDS_UNREAD = origins_of(APP, gaps=(gap("route53:ListHostedZones", "global"),))

test_cloudfront_dynamic_origin_is_managed_endpoint = cases(
    "cloudfront_dynamic_origin_is_managed_endpoint",
    case("something else", PASS, APP, origins_of(APP), every(ON_INSTANCE)),
    case("an instance by name", FAIL, distribution(custom(HOST_NAME)), origins_of(), NONE, because="is an instance"),
    case("an instance by address", FAIL, APP, BY_ADDRESS, every(ON_INSTANCE), because="192.0.2.1 of i-1"),
    case(
        "an instance by alias", FAIL, APP, origins_of(APP, records=[record(HOST_NAME, "CNAME")]), NONE, because="ec2-"
    ),
    case("a load balancer's address", PASS, APP, BY_ADDRESS, every(ON_BALANCER)),
    case("static", NOT_APPLICABLE, STORE, origins_of(), NONE),
    case("records unread", UNKNOWN, APP, RECORDS_UNREAD, NONE),
    case("addresses unread", UNKNOWN, APP, BY_ADDRESS, every(gaps=(gap("ec2:DescribeAddresses"),))),
    case("disabled", NOT_APPLICABLE, DISABLED, origins_of(), NONE),
)


def shielded(region: str, origin: dict[str, Any]) -> Distribution:
    return cached(origin | {"OriginShield": {"Enabled": True, "OriginShieldRegion": region}})


BALANCER = custom("shop-1.eu-west-1.elb.amazonaws.com")
UNMEASURED = (SUBSCRIBED, NONE_SEEN, points())

test_cloudfront_origin_shield_placement = cases(
    "cloudfront_origin_shield_placement",
    case(
        "next to the origin",
        PASS,
        shielded("eu-west-1", BALANCER),
        KEEPS,
        origins_of(),
        *UNMEASURED,
        because="eu-west-1",
    ),
    case(
        "far away",
        FAIL,
        shielded("us-east-1", BALANCER),
        KEEPS,
        origins_of(),
        *UNMEASURED,
        because="its shield in us-east-1",
    ),
    case("far from a bucket", FAIL, shielded("us-east-1", s3()), KEEPS, origins_of(buckets=[ASSETS]), *UNMEASURED),
    case(
        "none offered there",
        PASS,
        shielded("eu-west-2", custom("a.eu-west-3.elb.amazonaws.com")),
        KEEPS,
        origins_of(),
        *UNMEASURED,
    ),
    case(
        "by a record",
        FAIL,
        shielded("us-east-1", custom()),
        KEEPS,
        origins_of(records=[record("shop-1.eu-west-1.elb.amazonaws.com", "CNAME")]),
        *UNMEASURED,
    ),
    case("hits without it", PASS, STORE, KEEPS, origins_of(), SUBSCRIBED, GOOD, REQUESTS),
    case("misses without it", FAIL, STORE, KEEPS, origins_of(), SUBSCRIBED, POOR, REQUESTS, because="Origin Shield"),
    case("metrics off", UNKNOWN, STORE, KEEPS, origins_of(), None, NONE_SEEN, REQUESTS),
    case("dynamic", NOT_APPLICABLE, PAGES, KEEPS, origins_of(), SUBSCRIBED, POOR, REQUESTS),
    case("disabled", NOT_APPLICABLE, DISABLED, KEEPS, origins_of(), *UNMEASURED),
)


def priced(name: str, *countries: str) -> Distribution:
    kind = "whitelist" if countries else "none"
    geo = {"GeoRestriction": {"RestrictionType": kind, **items(*countries)}}
    return distribution(PriceClass=name, Restrictions=geo)


test_cloudfront_price_class_fit = cases(
    "cloudfront_price_class_fit",
    case("smallest", PASS, priced("PriceClass_100")),
    case("Europe only, all locations", FAIL, priced("PriceClass_All", "DE", "FR"), because="DE, FR, and pays"),
    case("Europe only, most locations", FAIL, priced("PriceClass_200", "DE", "US")),
    case("Japan too", PASS, priced("PriceClass_200", "DE", "JP"), because="JP"),
    case("viewers not known", MANUAL, priced("PriceClass_All"), because="Cost Explorer"),
    case("flat price", NOT_APPLICABLE, priced("None")),
    case("disabled", NOT_APPLICABLE, DISABLED),
)

EGRESS = "abc.egress.xyz.mediapackagev2.eu-west-1.amazonaws.com"
CHANNELS = made(ChannelGroup, Arn="arn:aws:mediapackagev2:eu-west-1:1:channelGroup/live", ChannelGroupName="live")
DOMAIN = made(ChannelGroupDomain, {"EgressDomain": EGRESS}, under=CHANNELS)
VIDEO = fronted_by([distribution(custom(EGRESS) | {"OriginAccessControlId": "oac"})])


def signs(kind: str = "mediapackagev2", signing: str = "always") -> Any:
    raw = {"Id": "oac", "SigningBehavior": signing, "OriginAccessControlOriginType": kind}
    return every(made(OriginAccessControl, raw))


test_cloudfront_media_origin_protected = cases(
    "cloudfront_media_origin_protected",
    case("signed", PASS, CHANNELS, DOMAIN, VIDEO, signs(), because="E1 signs"),
    case("no distribution", FAIL, CHANNELS, DOMAIN, fronted_by([APP]), signs(), because="no distribution"),
    case("no control", FAIL, CHANNELS, DOMAIN, fronted_by([distribution(custom(EGRESS))]), NONE, because="not signed"),
    case("never signs", FAIL, CHANNELS, DOMAIN, VIDEO, signs(signing="never")),
    case("of another type", FAIL, CHANNELS, DOMAIN, VIDEO, signs("s3")),
    case(
        "controls unread", UNKNOWN, CHANNELS, DOMAIN, VIDEO, every(gaps=(gap("cloudfront:ListOriginAccessControls"),))
    ),
)


def rest(kind: str = "REGIONAL", **fields: Any) -> RestApi:
    return made(RestApi, {"id": "a1", "name": "orders", "endpointConfiguration": {"types": [kind]}} | fields)


HTTP = made(
    HttpApi, ApiId="h1", Name="web", ProtocolType="HTTP", ApiEndpoint="https://h1.execute-api.eu-west-1.amazonaws.com"
)
SOCKETS = made(
    HttpApi, ApiId="w1", Name="ws", ProtocolType="WEBSOCKET", ApiEndpoint="wss://w1.execute-api.eu-west-1.amazonaws.com"
)
CALLS, NO_CALLS = points(600_000, 600_000), points()
NO_ORIGIN = origins_of(APP)

test_edge_public_endpoint_behind_cloudfront = cases(
    "edge_public_endpoint_behind_cloudfront",
    case("behind one", PASS, rest(), origins_of(distribution(custom(rest().host))), CALLS, NO_CALLS, because="E1"),
    case("straight", FAIL, rest(), NO_ORIGIN, CALLS, NO_CALLS, because="1,200,000 calls"),
    case("HTTP API", FAIL, HTTP, NO_ORIGIN, NO_CALLS, CALLS, because="h1.execute-api"),
    case("few calls", NOT_APPLICABLE, rest(), NO_ORIGIN, points(10), NO_CALLS),
    case("few are many", FAIL, rest(), NO_ORIGIN, points(10), NO_CALLS, min_requests=5),
    case("edge-optimized", PASS, rest("EDGE"), NO_ORIGIN, CALLS, NO_CALLS),
    case("exempt", NOT_APPLICABLE, rest(tags={"edge": "exempt"}), NO_ORIGIN, CALLS, NO_CALLS),
    case("private", NOT_APPLICABLE, rest("PRIVATE"), NO_ORIGIN, CALLS, NO_CALLS),
    case("WebSocket", NOT_APPLICABLE, SOCKETS, NO_ORIGIN, NO_CALLS, CALLS),
    case("records unread", UNKNOWN, rest(), RECORDS_UNREAD, CALLS, NO_CALLS),
)
