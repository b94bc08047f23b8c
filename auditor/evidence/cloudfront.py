"""Amazon CloudFront: distributions with their origins and behaviors, policies, origin access controls and functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent, Unread
from auditor.evidence.hosts import region_of
from auditor.model import GLOBAL, Account, GapKind, Json, Region
from auditor.redact import secrets_in
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed

_BUCKET = re.compile(
    r"^(?P<bucket>.+?)\.s3(?P<website>-website)?(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?$"
)
_INSTANCE = re.compile(r"^ec2-[0-9-]+\..*compute.*\.amazonaws\.com(\.cn)?$|^\d{1,3}(\.\d{1,3}){3}$")
_REDACTED_LITERAL = re.compile(r"\[redacted password [0-9a-f]{8}\]['\"]")
_MEDIA = (".mediapackage.", ".mediapackagev2.", ".mediapackage-vod.", ".mediastore.")
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OLD_PROTOCOLS = ("SSLv3", "TLSv1", "TLSv1.1")
"""What CloudFront can still speak to an origin, and no one should."""


def _outdated(protocols: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for one in protocols if one in _OLD_PROTOCOLS)


def _lower(name: str) -> str:
    return name.lower()


def endpoint_kind(host: str) -> str:
    """What a name says of whom it belongs to: `s3`, `s3_website`, `media`, `lambda_url`, `apigw`, `ec2` or `other`."""
    if bucket := _BUCKET.match(host):
        return "s3_website" if bucket["website"] else "s3"
    kinds = (
        ("media", any(part in host for part in _MEDIA)),
        ("lambda_url", host.endswith(".on.aws") and ".lambda-url." in host),
        ("apigw", ".execute-api." in host),
        ("ec2", _INSTANCE.match(host) is not None),
    )
    return next((kind for kind, fits in kinds if fits), "other")


@dataclass(frozen=True, slots=True)
class OriginHeader:
    """A header that CloudFront adds to its requests to an origin."""

    header: str
    """In lower case."""
    value: str = field(repr=False)
    """A marker in the place of the value, equal for equal values: it is mostly a secret."""


def _headers(raw: Iterable[Mapping[str, str]]) -> tuple[OriginHeader, ...]:
    return tuple(OriginHeader(one["HeaderName"].lower(), one["HeaderValue"]) for one in raw)


@evidence
class Origin(Evidence):
    """Where a distribution fetches from."""

    id: str = at("Id")
    domain: str = at("DomainName", parse=_lower)
    path: str = at("OriginPath", absent="")
    headers: tuple[OriginHeader, ...] = at("CustomHeaders.Items", absent=(), parse=_headers)
    access_control: str | None = at("OriginAccessControlId")
    access_identity: str | None = at("S3OriginConfig.OriginAccessIdentity")
    protocol_policy: str | None = at("CustomOriginConfig.OriginProtocolPolicy")
    """Only a custom origin has one: `http-only`, `match-viewer` or `https-only`."""
    tls_protocols: tuple[str, ...] = at("CustomOriginConfig.OriginSslProtocols.Items")
    vpc_origin: str | None = at("VpcOriginConfig.VpcOriginId")
    has_shield: bool = at("OriginShield.Enabled", absent=False)
    shield_region: str | None = at("OriginShield.OriginShieldRegion")

    @property
    def kind(self) -> str:
        """What it is by its name: `vpc_origin`, `s3`, `s3_website`, `media`, `lambda_url`, `apigw`, `ec2`, `other`."""
        if self.vpc_origin:
            return "vpc_origin"
        found = endpoint_kind(self.domain)
        return "s3" if found == "other" and self.access_identity is not None else found

    @property
    def bucket(self) -> str | None:
        """The bucket's name, where it is a bucket or a bucket's website."""
        found = _BUCKET.match(self.domain)
        return found["bucket"] if found and not self.vpc_origin else None

    @property
    def region(self) -> str | None:
        """The region, where the name of an AWS endpoint tells it."""
        return region_of(self.domain)

    @property
    def header_names(self) -> frozenset[str]:
        """The names of the headers that CloudFront adds, in lower case."""
        return frozenset(one.header for one in self.headers)

    @property
    def is_complete(self) -> bool:
        """Whether the answer says what kind of origin it is, as AWS's always does."""
        return bool(self.vpc_origin) or self.access_identity is not None or self.protocol_policy is not None

    @property
    def old_protocols(self) -> tuple[str, ...]:
        """The outdated protocols that CloudFront may speak to it."""
        return _outdated(self.tls_protocols)


@evidence
class OriginGroup(Evidence):
    """A primary and a secondary origin, and the statuses that make CloudFront take the second."""

    id: str = at("Id")
    members: tuple[str, ...] = at("Members.Items[].OriginId")
    status_codes: tuple[int, ...] = at("FailoverCriteria.StatusCodes.Items")


@evidence
class FunctionAssociation(Evidence):
    """A CloudFront Function at a behavior's event."""

    function: str = at("FunctionARN")
    event: str = at("EventType")


@evidence
class LambdaAssociation(Evidence):
    """A version of a Lambda@Edge function at a behavior's event."""

    version_arn: str = at("LambdaFunctionARN")
    event: str = at("EventType")
    includes_body: bool = at("IncludeBody", absent=False)


@evidence
class Behavior(Evidence):
    """How requests are served: those of a path, or, by the default behavior, all others."""

    target: str = at("TargetOriginId")
    viewer_protocol: str = at("ViewerProtocolPolicy")
    methods: tuple[str, ...] = at("AllowedMethods.Items")
    compresses: bool = at("Compress", absent=False)
    functions: tuple[FunctionAssociation, ...] = at("FunctionAssociations.Items")
    lambdas: tuple[LambdaAssociation, ...] = at("LambdaFunctionAssociations.Items")
    realtime_log: str | None = at("RealtimeLogConfigArn")
    cache_policy: str | None = at("CachePolicyId")
    origin_request_policy: str | None = at("OriginRequestPolicyId")
    response_headers_policy: str | None = at("ResponseHeadersPolicyId")
    signed_by_key_group: bool = at("TrustedKeyGroups.Enabled", absent=False)
    legacy_query_string: bool | None = at("ForwardedValues.QueryString")
    legacy_query_keys: tuple[str, ...] = at("ForwardedValues.QueryStringCacheKeys.Items")
    legacy_cookies: str | None = at("ForwardedValues.Cookies.Forward")
    legacy_headers: tuple[str, ...] = at("ForwardedValues.Headers.Items")
    legacy_min_ttl: int | None = at("MinTTL")
    legacy_default_ttl: int | None = at("DefaultTTL")
    legacy_max_ttl: int | None = at("MaxTTL")

    @property
    def path(self) -> str:
        """The path pattern, as the console writes it of the default behavior."""
        return "default (*)"

    @property
    def allows_http(self) -> bool:
        """Whether viewers may use plain HTTP."""
        return self.viewer_protocol == "allow-all"

    @property
    def accepts_writes(self) -> bool:
        """Whether it lets POST, PUT, PATCH or DELETE through."""
        return bool(_WRITES & set(self.methods))

    def runs_code_at(self, event: str) -> bool:
        """Whether a function of either kind runs at an event, such as `viewer-request`."""
        events = {*(one.event for one in self.functions), *(one.event for one in self.lambdas)}
        return event in events


@evidence
class PathBehavior(Behavior):
    """How requests of a path are served."""

    path: str = at("PathPattern")


@evidence
class Distribution(Resource):
    """A distribution as ListDistributions describes it.

    `Staging` and `ConnectionMode` are left out by emulators; a distribution is neither staging nor multi-tenant
    unless it says so (CloudFront API reference, DistributionConfig).
    """

    type_name: ClassVar = "AWS::CloudFront::Distribution"
    arn: str = at("ARN")
    id: str = at("Id")
    domain: str = at("DomainName", parse=_lower)
    aliases: tuple[str, ...] = at("Aliases.Items")
    enabled: bool = at("Enabled")
    staging: bool = at("Staging", absent=False)
    connection_mode: str = at("ConnectionMode", absent="direct")
    modified: datetime = at("LastModifiedTime")
    origins: tuple[Origin, ...] = at("Origins.Items")
    origin_groups: tuple[OriginGroup, ...] = at("OriginGroups.Items")
    default_behavior: Behavior = at("DefaultCacheBehavior")
    path_behaviors: tuple[PathBehavior, ...] = at("CacheBehaviors.Items")
    has_default_certificate: bool = at("ViewerCertificate.CloudFrontDefaultCertificate", absent=False)
    acm_certificate: str | None = at("ViewerCertificate.ACMCertificateArn")
    iam_certificate: str | None = at("ViewerCertificate.IAMCertificateId")
    tls_method: str | None = at("ViewerCertificate.SSLSupportMethod")
    """`sni-only`, or `vip` and `static-ip` for addresses of its own."""
    minimum_tls: str | None = at("ViewerCertificate.MinimumProtocolVersion")
    web_acl: str = at("WebACLId", absent="")
    """A wafv2 ARN, a bare id of WAF Classic, or nothing."""
    http_version: str = at("HttpVersion")
    price_class: str = at("PriceClass")
    geo_restriction: str = at("Restrictions.GeoRestriction.RestrictionType", absent="none")
    geo_countries: tuple[str, ...] = at("Restrictions.GeoRestriction.Items")
    mutual_tls: str | None = at("ViewerMtlsConfig.Mode")

    @property
    def serves(self) -> bool:
        """Whether viewers are meant to be served by it: enabled, and no staging copy."""
        return self.enabled and not self.staging

    @property
    def is_multi_tenant(self) -> bool:
        """Whether only its tenants serve viewers."""
        return self.connection_mode == "tenant-only"

    @property
    def behaviors(self) -> tuple[Behavior, ...]:
        """The default behavior, then those of paths."""
        return (self.default_behavior, *self.path_behaviors)

    def origins_of(self, behavior: Behavior) -> tuple[Origin, ...]:
        """The origins that a behavior can reach: its target, or the members of its origin group in order."""
        groups = {group.id: group.members for group in self.origin_groups}
        wanted = groups.get(behavior.target, (behavior.target,))
        by_id = {origin.id: origin for origin in self.origins}
        return tuple(by_id[name] for name in wanted if name in by_id)

    def behaviors_of(self, origin: Origin) -> tuple[Behavior, ...]:
        """The behaviors that can reach an origin."""
        return tuple(one for one in self.behaviors if origin in self.origins_of(one))

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names under which viewers reach it."""
        return (self.domain, *(alias.lower() for alias in self.aliases))


distributions = listed(Distribution, call("cloudfront", "ListDistributions"), "DistributionList.Items[]", of=Account)


@evidence
class DistributionSettings(Evidence):
    """What only the whole configuration says."""

    default_root_object: str = at("DefaultRootObject", absent="")
    logs_to_bucket: bool = at("Logging.Enabled", absent=False)
    continuous_deployment: str | None = at("ContinuousDeploymentPolicyId")


distribution_settings = described(
    DistributionSettings,
    call("cloudfront", "GetDistributionConfig"),
    "DistributionConfig",
    of=Distribution,
    Id="id",
)


@evidence
class AdditionalMetrics(Evidence):
    """The paid metrics: cache hit rate, origin latency and error rates by status. Absent where never subscribed."""

    status: str = at("RealtimeMetricsSubscriptionConfig.RealtimeMetricsSubscriptionStatus")

    @property
    def enabled(self) -> bool:
        """Whether CloudWatch gets them."""
        return self.status == "Enabled"


additional_metrics = described(
    AdditionalMetrics,
    call("cloudfront", "GetMonitoringSubscription", absent="NoSuchMonitoringSubscription"),
    "MonitoringSubscription",
    of=Distribution,
    DistributionId="id",
)


@evidence
class DistributionTenant(Resource):
    """A tenant of a multi-tenant distribution."""

    type_name: ClassVar = "AWS::CloudFront::DistributionTenant"
    arn: str = at("Arn")
    distribution: str = at("DistributionId")
    enabled: bool = at("Enabled")
    domains: tuple[str, ...] = at("Domains[].Domain")
    web_acl_action: str | None = at("Customizations.WebAcl.Action")
    """`override` or `disable`, where it differs from its distribution."""


distribution_tenants = listed(
    DistributionTenant, call("cloudfront", "ListDistributionTenants"), "DistributionTenantList[]", of=Account
)


@evidence
class CachePolicy(Resource):
    """What makes two requests one object, and for how long; AWS-managed ones are listed too.

    A maximum that is not set is a year, and a default a day (CloudFront API reference, CachePolicyConfig).
    """

    type_name: ClassVar = "AWS::CloudFront::CachePolicy"
    arn_format: ClassVar = "arn:{partition}:cloudfront::{account}:cache-policy/{id}"
    id: str = at("CachePolicy.Id")
    title: str = at("CachePolicy.CachePolicyConfig.Name")
    min_ttl: int = at("CachePolicy.CachePolicyConfig.MinTTL")
    default_ttl: int = at("CachePolicy.CachePolicyConfig.DefaultTTL", absent=86400)
    max_ttl: int = at("CachePolicy.CachePolicyConfig.MaxTTL", absent=31536000)
    gzip: bool = at(
        "CachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingGzip", absent=False
    )
    brotli: bool = at(
        "CachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.EnableAcceptEncodingBrotli",
        absent=False,
    )
    header_behavior: str = at(
        "CachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.HeaderBehavior",
        absent="none",
    )
    headers: tuple[str, ...] = at(
        "CachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.HeadersConfig.Headers.Items"
    )
    cookie_behavior: str = at(
        "CachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.CookiesConfig.CookieBehavior",
        absent="none",
    )
    query_behavior: str = at(
        "CachePolicy.CachePolicyConfig.ParametersInCacheKeyAndForwardedToOrigin.QueryStringsConfig.QueryStringBehavior",
        absent="none",
    )

    @property
    def never_caches(self) -> bool:
        """Whether nothing can stay in the cache: the maximum is 0 seconds."""
        return self.max_ttl == 0

    def varies_by(self, header: str) -> bool:
        """Whether a viewer's header of this name makes another object of it."""
        return header.lower() in {name.lower() for name in self.headers}

    @property
    def lets_compress(self) -> bool:
        """Whether CloudFront may compress: an encoding is in the cache key and objects are cached at all."""
        return (self.gzip or self.brotli) and not (self.min_ttl == self.default_ttl == self.max_ttl == 0)


cache_policies = listed(CachePolicy, call("cloudfront", "ListCachePolicies"), "CachePolicyList.Items[]", of=Account)


@evidence
class OriginRequestPolicy(Resource):
    """What is sent to the origin beside the cache key."""

    type_name: ClassVar = "AWS::CloudFront::OriginRequestPolicy"
    arn_format: ClassVar = "arn:{partition}:cloudfront::{account}:origin-request-policy/{id}"
    id: str = at("OriginRequestPolicy.Id")
    header_behavior: str = at("OriginRequestPolicy.OriginRequestPolicyConfig.HeadersConfig.HeaderBehavior")
    headers: tuple[str, ...] = at("OriginRequestPolicy.OriginRequestPolicyConfig.HeadersConfig.Headers.Items")
    cookie_behavior: str = at("OriginRequestPolicy.OriginRequestPolicyConfig.CookiesConfig.CookieBehavior")

    def sends_header(self, name: str) -> bool:
        """Whether the viewer's header of this name reaches the origin by it."""
        named = name.lower() in {header.lower() for header in self.headers}
        if self.header_behavior == "allExcept":
            return not named
        everything = self.header_behavior in ("allViewer", "allViewerAndWhitelistCloudFront")
        return everything or (self.header_behavior == "whitelist" and named)


origin_request_policies = listed(
    OriginRequestPolicy,
    call("cloudfront", "ListOriginRequestPolicies"),
    "OriginRequestPolicyList.Items[]",
    of=Account,
)

_HEADERS = "ResponseHeadersPolicy.ResponseHeadersPolicyConfig"


@evidence
class ResponseHeadersPolicy(Resource):
    """Headers that CloudFront adds to answers."""

    type_name: ClassVar = "AWS::CloudFront::ResponseHeadersPolicy"
    arn_format: ClassVar = "arn:{partition}:cloudfront::{account}:response-headers-policy/{id}"
    id: str = at("ResponseHeadersPolicy.Id")
    title: str = at(f"{_HEADERS}.Name")
    hsts_seconds: int | None = at(f"{_HEADERS}.SecurityHeadersConfig.StrictTransportSecurity.AccessControlMaxAgeSec")
    has_content_type_options: bool = at(
        f"{_HEADERS}.SecurityHeadersConfig.ContentTypeOptions", absent=False, parse=lambda _raw: True
    )
    frame_option: str | None = at(f"{_HEADERS}.SecurityHeadersConfig.FrameOptions.FrameOption")
    content_security_policy: str | None = at(
        f"{_HEADERS}.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy"
    )
    cors_origins: tuple[str, ...] = at(f"{_HEADERS}.CorsConfig.AccessControlAllowOrigins.Items")
    cors_credentials: bool = at(f"{_HEADERS}.CorsConfig.AccessControlAllowCredentials", absent=False)


response_headers_policies = listed(
    ResponseHeadersPolicy,
    call("cloudfront", "ListResponseHeadersPolicies"),
    "ResponseHeadersPolicyList.Items[]",
    of=Account,
)


@evidence
class OriginAccessControl(Resource):
    """How CloudFront signs its requests to an origin."""

    type_name: ClassVar = "AWS::CloudFront::OriginAccessControl"
    arn_format: ClassVar = "arn:{partition}:cloudfront::{account}:origin-access-control/{id}"
    id: str = at("Id")
    signing: str = at("SigningBehavior")
    """`always`, `always-amz-auth`, `never` or `no-override`."""
    origin_type: str = at("OriginAccessControlOriginType")

    @property
    def always_signs(self) -> bool:
        """Whether every request to the origin is signed, whatever the viewer sent."""
        return self.signing in ("always", "always-amz-auth")

    def protects(self, kind: str) -> bool:
        """Whether it always signs for an origin of a type: `s3`, `lambda`, `mediapackagev2` or `mediastore`."""
        return self.always_signs and self.origin_type == kind


origin_access_controls = listed(
    OriginAccessControl,
    call("cloudfront", "ListOriginAccessControls"),
    "OriginAccessControlList.Items[]",
    of=Account,
)


@evidence
class VpcOrigin(Resource):
    """A private load balancer or instance that CloudFront reaches within the VPC."""

    type_name: ClassVar = "AWS::CloudFront::VpcOrigin"
    arn: str = at("Arn")
    id: str = at("Id")
    status: str = at("Status")
    """`Deployed` or `Deploying`."""
    endpoint: str = at("OriginEndpointArn")
    """The ARN of the load balancer or instance."""

    @property
    def is_deployed(self) -> bool:
        """Whether CloudFront has its interfaces in the VPC."""
        return self.status == "Deployed"

    @property
    def leads_to(self) -> str:
        """The id of the instance, or the ARN of the load balancer."""
        return self.endpoint.rpartition(":instance/")[2]


vpc_origins = listed(VpcOrigin, call("cloudfront", "ListVpcOrigins"), "VpcOriginList.Items[]", of=Account)


@evidence
class VpcOriginEndpoint(Evidence):
    """How CloudFront speaks to a VPC origin."""

    vpc_origin: str = at("Id")
    http_port: int = at("VpcOriginEndpointConfig.HTTPPort", absent=80)
    https_port: int = at("VpcOriginEndpointConfig.HTTPSPort", absent=443)
    """80 and 443 unless set (CloudFront API reference, VpcOriginEndpointConfig)."""
    protocol_policy: str = at("VpcOriginEndpointConfig.OriginProtocolPolicy")
    tls_protocols: tuple[str, ...] = at("VpcOriginEndpointConfig.OriginSslProtocols.Items")

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports on which CloudFront speaks to it."""
        by_policy = {"http-only": (self.http_port,), "https-only": (self.https_port,)}
        return by_policy.get(self.protocol_policy, (self.http_port, self.https_port))

    @property
    def old_protocols(self) -> tuple[str, ...]:
        """The outdated protocols that CloudFront may speak to it."""
        return _outdated(self.tls_protocols)


vpc_origin_endpoint = described(
    VpcOriginEndpoint, call("cloudfront", "GetVpcOrigin"), "VpcOrigin", of=VpcOrigin, Id="id"
)


@evidence
class CloudFrontFunction(Resource):
    """A CloudFront Function in one stage; a published one is listed in both."""

    type_name: ClassVar = "AWS::CloudFront::Function"
    arn: str = at("FunctionMetadata.FunctionARN")
    function_name: str = at("Name")
    stage: str = at("FunctionMetadata.Stage")
    runtime: str = at("FunctionConfig.Runtime")
    modified: datetime = at("FunctionMetadata.LastModifiedTime")
    key_value_stores: tuple[str, ...] = at("FunctionConfig.KeyValueStoreAssociations.Items[].KeyValueStoreARN")

    @property
    def is_live(self) -> bool:
        """Whether this is the published stage, the one that distributions run."""
        return self.stage == "LIVE"


functions = listed(CloudFrontFunction, call("cloudfront", "ListFunctions"), "FunctionList.Items[]", of=Account)


@evidence
class CloudFrontFunctionCode(Evidence):
    """The source of a function, with what looks like a secret replaced."""

    source: str = at("FunctionCode")

    @property
    def literal_secrets(self) -> tuple[str, ...]:
        """The types of the secrets that stood in it as literals.

        A name such as `token` makes the redaction take an expression for a secret as well; only behind a literal
        is there a quotation mark left.
        """
        kinds = set(secrets_in(self.source)) - {"password"}
        return tuple(sorted(kinds | ({"password"} if _REDACTED_LITERAL.search(self.source) else set())))


function_code = described(
    CloudFrontFunctionCode,
    call("cloudfront", "GetFunction", absent="NoSuchFunctionExists"),
    of=CloudFrontFunction,
    Name="function_name",
    Stage="stage",
)


@evidence
class KeyValueStore(Resource):
    """Data that CloudFront Functions look up."""

    type_name: ClassVar = "AWS::CloudFront::KeyValueStore"
    name_format: ClassVar = "{store_name}"
    arn: str = at("ARN")
    store_name: str = at("Name")


key_value_stores = listed(
    KeyValueStore, call("cloudfront", "ListKeyValueStores"), "KeyValueStoreList.Items[]", of=Account
)


@dataclass(frozen=True, slots=True)
class OriginBuckets:
    """The buckets that a distribution's origins name, by what S3 says of them."""

    found: tuple[str, ...]
    missing: tuple[str, ...]
    """No account has them: anyone may register the name."""
    closed: tuple[str, ...]
    """S3 answered 403, as it does only for a bucket that exists: another account's, or one that is denied to us."""


@collector(call("s3", "GetBucketLocation", absent="NoSuchBucket"))
def origin_buckets(aws: Aws, distribution: Distribution) -> OriginBuckets:
    """Asks S3 for the location of each bucket: NoSuchBucket and AccessDenied tell a free name from a taken one."""
    names = sorted({origin.bucket for origin in distribution.origins if origin.bucket})
    answers = {name: _answer(aws, name) for name in names}
    by_answer = {kind: tuple(n for n, a in answers.items() if a == kind) for kind in ("found", "missing", "closed")}
    return OriginBuckets(**by_answer)


def _answer(aws: Aws, bucket: str) -> str:
    try:
        aws("GetBucketLocation", Bucket=bucket)
    except Absent:
        return "missing"
    except Unread as failure:
        if failure.gap.kind is not GapKind.DENIED:
            raise
        return "closed"
    return "found"


@evidence
class EdgeFunction(Resource):
    """A version of a Lambda function that a distribution runs at the edge (Lambda@Edge); it stands in us-east-1."""

    type_name: ClassVar = "AWS::Lambda::Function"
    name_format: ClassVar = "{function_name}:{version}"
    arn: str = at("FunctionArn")
    function_name: str = at("FunctionName")
    version: str = at("Version")
    runtime: str | None = at("Runtime")
    """None for a container image."""
    role: str = at("Role")
    code_bytes: int = at("CodeSize")
    memory_mb: int = at("MemorySize")
    timeout_seconds: int = at("Timeout")
    layers: tuple[str, ...] = at("Layers[].Arn")

    @property
    def unqualified_name(self) -> str:
        """The name by which its replicas' metrics and logs call it."""
        return f"us-east-1.{self.function_name}"


@collector(call("lambda", "GetFunctionConfiguration"), call("cloudfront", "ListDistributions"))
def edge_functions(aws: Aws, _account: Account) -> Iterable[EdgeFunction]:
    """Each version once, whichever distributions and events have it."""
    for arn in _versions(aws):
        yield aws.parse(EdgeFunction, aws("GetFunctionConfiguration", FunctionName=arn))


def _versions(aws: Aws) -> tuple[str, ...]:
    """The ARNs of all versions at the edge; the answer is the one that the distributions were read from."""
    pages = replace(aws, region=GLOBAL).pages("ListDistributions")
    found = (aws.parse(Distribution, raw) for page in pages for raw in page["DistributionList"].get("Items", ()))
    uses = (one.version_arn for each in found for behavior in each.behaviors for one in behavior.lambdas)
    return tuple(dict.fromkeys(uses))


@evidence
class EdgeReplica(Resource):
    """How a Lambda@Edge function did in one region in the last 14 days, whatever its version."""

    type_name: ClassVar = "AWS::Lambda::Function"
    arn_format: ClassVar = "arn:{partition}:lambda:{region}:{account}:function:{function_name}"
    function_name: str = at("name")
    """`us-east-1.` and the function's name, as replicas are called."""
    invocations: float = at("invocations")
    total_ms: float = at("total")
    longest_ms: float = at("longest")
    p99_ms: float = at("p99")

    @property
    def average_ms(self) -> float:
        """How long an invocation took."""
        return self.total_ms / self.invocations


_DAYS = 14
_STATISTICS = (
    ("invocations", "Invocations", "Sum"),
    ("total", "Duration", "Sum"),
    ("longest", "Duration", "Maximum"),
    ("p99", "Duration", "p99"),
)
_FUNCTIONS_A_CALL = 500 // len(_STATISTICS)
"""GetMetricData takes at most 500 queries (CloudWatch API reference)."""


@collector(call("cloudwatch", "GetMetricData"), call("cloudfront", "ListDistributions"))
def edge_replicas(aws: Aws, region: Region) -> Iterable[EdgeReplica]:
    """Where functions ran: their metrics are in the region nearest to the viewer. Asked only where there are any."""
    names = list(dict.fromkeys(f"us-east-1.{arn.split(':')[6]}" for arn in _versions(aws)))
    end = region.account.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    window = {"StartTime": (end - timedelta(days=_DAYS)).isoformat(), "EndTime": end.isoformat()}
    for first in range(0, len(names), _FUNCTIONS_A_CALL):
        part = names[first : first + _FUNCTIONS_A_CALL]
        queries = [_query(place, name, *one) for place, name in enumerate(part) for one in _STATISTICS]
        pages = aws.pages("GetMetricData", MetricDataQueries=queries, **window)
        results = {one["Id"]: one["Values"] for page in pages for one in page["MetricDataResults"] if one["Values"]}
        for place, name in enumerate(part):
            values = {word: _joined(results.get(f"{word}{place}", ()), kind) for word, _, kind in _STATISTICS}
            if values["invocations"]:
                yield aws.parse(EdgeReplica, {"name": name, **values})


def _joined(values: Sequence[float], statistic: str) -> float:
    """One figure, where CloudWatch cuts the time in two."""
    return sum(values) if statistic == "Sum" else max(values, default=0)


def _query(place: int, name: str, word: str, metric: str, statistic: str) -> Json:
    """One metric over the whole time."""
    dimensions: Json = [{"Name": "FunctionName", "Value": name}]
    asked: Json = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": f"{word}{place}", "MetricStat": {"Metric": asked, "Period": _DAYS * 86400, "Stat": statistic}}
