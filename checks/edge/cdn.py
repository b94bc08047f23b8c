"""Global CDN (content delivery)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.apigateway import RestApi
from auditor.evidence.cloudfront import (
    AdditionalMetrics,
    Behavior,
    CachePolicy,
    Distribution,
    DistributionSettings,
    Origin,
    OriginAccessControl,
    OriginBuckets,
    ResponseHeadersPolicy,
    VpcOriginEndpoint,
)
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.logs import Delivery, DeliverySource
from auditor.evidence.policy import Statement
from auditor.evidence.s3 import Bucket, BucketPolicy, BucketPolicyStatus
from auditor.inference.edge import Edge, Fronted
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check

HOME = "us-east-1"
"""Where CloudFront's metrics, alarms and log deliveries stand."""

_IDLE = not_applicable("it is disabled, or a staging copy")
_ID = attrgetter("id")
_VPC_ORIGIN = attrgetter("vpc_origin")

Requests = Annotated[
    Metric, metric("AWS/CloudFront", "Requests", "Sum", days=14, region=HOME, DistributionId="id", Region="=Global")
]
MonthOfRequests = Annotated[
    Metric, metric("AWS/CloudFront", "Requests", "Sum", days=30, region=HOME, DistributionId="id", Region="=Global")
]
HourlyRequests = Annotated[
    Metric,
    metric(
        "AWS/CloudFront", "Requests", "Sum", days=7, period=3600, region=HOME, DistributionId="id", Region="=Global"
    ),
]
HourlyErrors = Annotated[
    Metric,
    metric(
        "AWS/CloudFront",
        "5xxErrorRate",
        "Average",
        days=7,
        period=3600,
        region=HOME,
        DistributionId="id",
        Region="=Global",
    ),
]

Problem = tuple[Severity, str]


def _worst(problems: Sequence[Problem]) -> Verdict:
    """One failure of several: all of them said, the worst first, at the severity of that one."""
    ranked = sorted(problems, key=lambda one: -one[0].rank)
    return failed("; ".join(reason for _, reason in ranked), severity=ranked[0][0])


def _paths(behaviors: Iterable[Behavior]) -> str:
    return ", ".join(one.path for one in behaviors)


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def cloudfront_viewer_https(distribution: Distribution) -> Verdict:
    """All behaviors require HTTPS from viewers.

    Why: over plain HTTP, cookies, tokens and pages can be read and changed on the way to the viewer.
    Fix: set the viewer protocol policy of every behavior to redirect-to-https, or to https-only for APIs.
    """
    if not distribution.serves:
        return _IDLE
    open_ones = [one for one in distribution.behaviors if one.allows_http]
    if open_ones:
        return failed(f"plain HTTP is allowed for {_paths(open_ones)}", behaviors=[one.path for one in open_ones])
    return passed("every behavior answers HTTPS only or redirects to it")


_BELOW_TLS_1_2 = ("SSLv3", "TLSv1", "TLSv1_2016", "TLSv1.1_2016")


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def cloudfront_minimum_tls_version(
    distribution: Distribution, *, allowed: tuple[str, ...] = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
) -> Verdict:
    """Viewer security policy is TLSv1.2_2021 or newer.

    Why: older policies accept TLS 1.0 and 1.1, or ciphers without forward secrecy.
    Fix: set the security policy (MinimumProtocolVersion) of the viewer certificate to TLSv1.2_2021 or newer.
    """
    if not distribution.serves:
        return _IDLE
    if distribution.has_default_certificate or not distribution.aliases:
        return not_applicable("CloudFront's own certificate has no security policy to choose")
    policy = distribution.minimum_tls
    if policy is None:
        return unknown("the answer names no security policy for its certificate")
    if policy in allowed:
        return passed(f"its security policy is {policy}")
    severity = Severity.HIGH if policy in _BELOW_TLS_1_2 else Severity.MEDIUM
    return failed(f"its security policy is {policy}", severity=severity, security_policy=policy)


@check(severity=Severity.LOW, practices=["SEC09-BP01", "COST06-BP02"])
def cloudfront_custom_certificate_sni(
    distribution: Distribution, requests: Requests, *, min_requests: int = 1_000_000
) -> Verdict:
    """Public distributions use their own certificate with SNI.

    Why: dedicated IP addresses for clients without SNI cost USD 600 a month, and the cloudfront.net certificate
        keeps TLS 1.0 open.
    Fix: attach an ACM certificate of us-east-1 for your domain with SSLSupportMethod sni-only.
    """
    if not distribution.serves or distribution.is_multi_tenant:
        return not_applicable("it is disabled, a staging copy, or its tenants bring the certificates")
    if distribution.tls_method in ("vip", "static-ip"):
        return failed(f"it pays for dedicated IP addresses ({distribution.tls_method})", severity=Severity.MEDIUM)
    if not distribution.has_default_certificate:
        return passed("it has a certificate of its own, served by SNI")
    if requests.total >= min_requests:
        return failed(
            f"{requests.total:,.0f} requests in 14 days used {distribution.domain}, whose certificate permits TLS 1.0",
            requests=requests.total,
        )
    return passed(f"it has CloudFront's certificate, but only {requests.total:,.0f} requests in 14 days")


@check(severity=Severity.HIGH, practices=["SEC09-BP02"])
def cloudfront_origin_https(distribution: Distribution, endpoints: Every[VpcOriginEndpoint]) -> Verdict:
    """CloudFront talks to custom origins over HTTPS with TLS 1.2.

    Why: viewers see a padlock while the second half of the way is clear text, or protected by TLS 1.0.
    Fix: set OriginProtocolPolicy to https-only and OriginSslProtocols to TLSv1.2 alone.
    """
    if not distribution.serves:
        return _IDLE
    judged = [
        one for one in distribution.origins if one.vpc_origin or (one.protocol_policy and one.kind != "s3_website")
    ]
    if not judged:
        return not_applicable("it has neither custom nor VPC origins")
    problems = [problem for one in judged for problem in _plain_origin(distribution, one, endpoints)]
    return _worst(problems) if problems else passed(f"all {len(judged)} custom and VPC origins get HTTPS with TLS 1.2")


def _plain_origin(distribution: Distribution, origin: Origin, endpoints: Every[VpcOriginEndpoint]) -> Iterator[Problem]:
    settings: Origin | VpcOriginEndpoint = origin
    worst = Severity.HIGH
    if origin.vpc_origin:
        found = endpoints.by(_VPC_ORIGIN).get(origin.vpc_origin)
        if not found:
            return
        settings, worst = found[0], Severity.MEDIUM
    if settings.protocol_policy == "http-only":
        yield worst, f"origin {origin.domain} is http-only"
    over_http = [one for one in distribution.behaviors_of(origin) if one.allows_http]
    if settings.protocol_policy == "match-viewer" and over_http:
        yield Severity.MEDIUM, f"origin {origin.domain} gets plain HTTP from the viewers of {_paths(over_http)}"
    if settings.old_protocols:
        yield Severity.MEDIUM, f"origin {origin.domain} may be spoken to in {', '.join(settings.old_protocols)}"


@check(severity=Severity.HIGH, practices=["SEC03-BP07", "SEC08-BP04"])
def cloudfront_s3_origin_oac(distribution: Distribution, controls: Every[OriginAccessControl]) -> Verdict:
    """S3 origins use origin access control.

    Why: without it the bucket must be public, so that everyone can go around the edge, its WAF and its logs.
    Fix: give the S3 origin an origin access control that always signs, let the bucket policy admit
        cloudfront.amazonaws.com with AWS:SourceArn of the distribution, and block public access.
    """
    if not distribution.serves:
        return _IDLE
    buckets = [one for one in distribution.origins if one.bucket]
    if not buckets:
        return not_applicable("it has no S3 origin")
    vague = [one for one in buckets if not one.is_complete]
    if vague:
        return unknown(f"the answer does not say how origin {vague[0].domain} is reached")
    problems = [problem for one in buckets for problem in _unsigned(one, controls)]
    return _worst(problems) if problems else passed(f"requests to all {len(buckets)} S3 origins are signed")


def _unsigned(origin: Origin, controls: Every[OriginAccessControl]) -> Iterator[Problem]:
    if origin.kind == "s3_website":
        yield Severity.MEDIUM, f"{origin.domain} is a website endpoint: it needs a public bucket and plain HTTP"
    elif not origin.access_control and not origin.access_identity:
        yield Severity.HIGH, f"origin {origin.domain} has no origin access control"
    elif not origin.access_control:
        yield Severity.MEDIUM, f"origin {origin.domain} has an origin access identity only, which cannot use SSE-KMS"
    else:
        lax = [one for one in controls.by(_ID).get(origin.access_control, ()) if not one.always_signs]
        for control in lax:
            yield Severity.HIGH, f"the access control of origin {origin.domain} has signing behavior {control.signing}"


@check(severity=Severity.CRITICAL, practices=["SEC05-BP02", "REL02-BP01"])
def cloudfront_s3_origin_bucket_exists(_distribution: Distribution, buckets: OriginBuckets) -> Verdict:
    """S3 origins point at existing buckets.

    Why: bucket names are free for all; whoever registers the missing one serves content under your domain.
    Fix: create the bucket again in your account, or remove the origin from the distribution, even a disabled one.
    """
    if buckets.missing:
        return failed(f"no account has the bucket {', '.join(buckets.missing)}", buckets=list(buckets.missing))
    if not buckets.found and not buckets.closed:
        return not_applicable("it has no S3 origin")
    note = f"; {', '.join(buckets.closed)} refused us, as another account's bucket does" if buckets.closed else ""
    return passed(f"the buckets of its origins exist{note}")


_EQUALITIES = ("stringequals", "stringlike", "arnequals", "arnlike", "stringequalsignorecase")


def _held_to(statement: Statement, key: str) -> tuple[str, ...]:
    """The values that a positive condition on a key names."""
    operators = [name for name in statement.conditions if name.lower().rpartition(":")[2] in _EQUALITIES]
    return tuple(value for name in operators for value in statement.conditions[name].get(key.lower(), ()))


@check(severity=Severity.HIGH, practices=["SEC03-BP07", "SEC05-BP02", "SEC08-BP04"])
def cloudfront_s3_origin_bucket_only_from_distribution(
    bucket: Bucket, edge: Edge, policy: BucketPolicy | None, status: BucketPolicyStatus | None, account: Account
) -> Verdict:
    """Buckets behind CloudFront accept reads from that distribution only.

    Why: a bucket that anyone, or any account's distribution, can read makes the edge's WAF and sign-in pointless.
    Fix: let the bucket policy allow s3:GetObject to cloudfront.amazonaws.com alone, with AWS:SourceArn equal to the
        distribution's ARN, and turn on Block Public Access.
    """
    if not edge.before_bucket(bucket.bucket):
        return not_applicable("no distribution of the account reads it")
    if policy is None:
        return passed("it has no bucket policy that could let others in")
    if status is not None and status.is_public:
        return failed("S3 takes its bucket policy for public")
    reading = [one for one in policy.document.allowing if one.covers_action("s3:GetObject")]
    problems = [problem for one in reading for problem in _lets_others_read(one, account)]
    return (
        _worst(problems) if problems else passed("its policy lets no one but named distributions read through the edge")
    )


def _lets_others_read(statement: Statement, account: Account) -> Iterator[Problem]:
    sources = _held_to(statement, "aws:SourceArn")
    if statement.names_anyone:
        if not (sources or _held_to(statement, "aws:SourceVpce") or _held_to(statement, "aws:PrincipalOrgID")):
            yield Severity.HIGH, "a statement lets everyone read objects"
        return
    if "cloudfront.amazonaws.com" not in statement.principals.get("Service", ()):
        return
    own = f":cloudfront::{account.id}:distribution/"
    foreign = [arn for arn in sources if own not in arn]
    if foreign:
        yield Severity.HIGH, f"CloudFront may read for {foreign[0]}, which is not of this account"
    elif not sources and not _held_to(statement, "aws:SourceAccount"):
        yield Severity.HIGH, "CloudFront may read for the distributions of any account"
    elif not sources or any(arn.endswith(f"{own}*") for arn in sources):
        yield Severity.LOW, "CloudFront may read for every distribution of this account"


@check(severity=Severity.LOW, practices=["PERF04-BP05"])
def cloudfront_http3_enabled(distribution: Distribution) -> Verdict:
    """Distributions offer HTTP/3 to viewers.

    Why: HTTP/3 connects in fewer round trips and bears packet loss better, which mobile viewers feel most.
    Fix: set HttpVersion to http2and3; nothing changes for clients that do not know it.
    """
    if not distribution.serves:
        return _IDLE
    if distribution.mutual_tls in ("required", "optional"):
        return not_applicable("it asks viewers for certificates, which HTTP/3 does not support")
    if distribution.http_version.lower() in ("http3", "http2and3"):
        return passed(f"its HTTP version is {distribution.http_version}")
    return failed(f"its HTTP version is {distribution.http_version}")


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01", "OPS04-BP02", "REL06-BP01"])
def cloudfront_access_logging(
    distribution: Distribution,
    settings: DistributionSettings,
    sources: Every[DeliverySource],
    deliveries: Every[Delivery],
    account: Account,
) -> Verdict:
    """Access logs are delivered, through either log system.

    Why: without them nobody can say who asked for what during an attack or an outage.
    Fix: turn on standard logging v2 (a CloudWatch Logs delivery of ACCESS_LOGS), standard logging to S3, or
        real-time logs.
    """
    if not distribution.serves:
        return _IDLE
    if settings.logs_to_bucket:
        return passed("standard logs go to a bucket")
    if any(one.realtime_log for one in distribution.behaviors):
        return passed("real-time logs are on")
    delivered = {one.source_name for one in deliveries.known()}
    if any(_logs_access(one, distribution) and one.source_name in delivered for one in sources.known()):
        return passed("standard logs (v2) are delivered through CloudWatch Logs")
    if account.partition == "aws" and HOME not in account.regions:
        return unknown(f"{HOME}, where its log deliveries would stand, is not among the scanned regions")
    return _unlogged([one for one in sources.within(HOME) if _logs_access(one, distribution)], deliveries)


def _unlogged(sources: Sequence[DeliverySource], deliveries: Every[Delivery]) -> Verdict:
    """The verdict where no delivery is known: strict about those that could not be read."""
    if not sources:
        return failed("it has no standard logs to a bucket, no real-time logs and no log delivery")
    delivered = {one.source_name for one in deliveries.within(HOME)}
    idle = ", ".join(one.source_name for one in sources if one.source_name not in delivered)
    return failed(f"its delivery source {idle} has no delivery, and no other logs are on")


def _logs_access(source: DeliverySource, distribution: Distribution) -> bool:
    return source.log_type == "ACCESS_LOGS" and distribution.arn in source.resource_arns


@check(severity=Severity.LOW, practices=["SEC03-BP07"])
def cloudfront_default_root_object(distribution: Distribution, settings: DistributionSettings) -> Verdict:
    """Distributions in front of S3 have a default root object.

    Why: a request for / then reaches the bucket itself, which answers with an error or the list of its objects.
    Fix: set DefaultRootObject, for example to index.html.
    """
    if not distribution.serves:
        return _IDLE
    origins = distribution.origins_of(distribution.default_behavior)
    if not origins or origins[0].kind != "s3":
        return not_applicable("its default behavior does not lead to a bucket")
    if settings.default_root_object:
        return passed(f"its default root object is {settings.default_root_object}")
    if distribution.default_behavior.runs_code_at("viewer-request"):
        return passed("a viewer-request function decides what / leads to")
    return failed(f"/ leads to the bucket {origins[0].bucket} itself: there is no default root object")


_SERVER_ERRORS = (500, 502, 503, 504)
_REGION_OF = attrgetter("bucket")


@check(severity=Severity.MEDIUM, practices=["REL11-BP02", "REL10-BP01", "REL02-BP01"])
def cloudfront_origin_failover(distribution: Distribution, buckets: Every[Bucket], tags: Tags) -> Verdict:
    """Distributions fail over to a second, independent origin.

    Why: with one origin, or two that share a region, one failure behind the edge is an outage for every viewer.
    Fix: put the origin and a copy in another region into an origin group with failover on 500, 502, 503 and 504, and
        let the behaviors target the group.
    """
    if not distribution.serves:
        return _IDLE
    if tags.get("dr") == "none":
        return not_applicable("it is tagged dr: none")
    if {one.kind for one in distribution.origins} <= {"media", "lambda_url"}:
        return not_applicable("media and function URL origins have one region by design")
    if not distribution.origin_groups:
        return failed("it has no origin group")
    problems = list(_weak_groups(distribution, buckets))
    return failed("; ".join(problems)) if problems else passed("its origin groups span independent origins")


def _weak_groups(distribution: Distribution, buckets: Every[Bucket]) -> Iterator[str]:
    targets = {one.target for one in distribution.behaviors}
    origins = {one.id: one for one in distribution.origins}
    for group in distribution.origin_groups:
        if group.id not in targets:
            yield f"no behavior targets the origin group {group.id}"
        lacking = [str(code) for code in _SERVER_ERRORS if code not in group.status_codes]
        if lacking:
            yield f"the origin group {group.id} does not fail over on {', '.join(lacking)}"
        members = [origins[name] for name in group.members if name in origins]
        if len({one.domain for one in members}) < len(members):
            yield f"both members of the origin group {group.id} are {members[0].domain}"
            continue
        regions = {_region(one, buckets) for one in members}
        if len(regions) == 1 and None not in regions:
            yield f"both members of the origin group {group.id} stand in {regions.pop()}"


def _region(origin: Origin, buckets: Every[Bucket]) -> str | None:
    """The region by the name; where a bucket's name has none, the bucket's own."""
    if origin.region or not origin.bucket:
        return origin.region
    own = buckets.by(_REGION_OF).get(origin.bucket, ())
    return own[0].region if own else None


@check(severity=Severity.MEDIUM, practices=["REL06-BP02", "REL06-BP03", "REL11-BP01"])
def cloudfront_error_rate(
    distribution: Distribution,
    requests: HourlyRequests,
    errors: HourlyErrors,
    alarms: Every[MetricAlarm],
    account: Account,
    *,
    max_5xx_percent: float = 1,
    min_requests: int = 10_000,
) -> Verdict:
    """Server errors at the edge stay below one percent and raise an alarm.

    Why: a 5xx at the edge is an error in front of a viewer, whatever the origin's own dashboards say.
    Fix: find the failing origin by the additional metrics or the logs, and put an alarm with an action on
        AWS/CloudFront 5xxErrorRate of the distribution, in us-east-1.
    """
    if not distribution.serves:
        return _IDLE
    if requests.total < min_requests:
        return not_applicable(f"it had only {requests.total:,.0f} requests in 7 days")
    if not errors:
        return unknown(f"CloudWatch has {requests.total:,.0f} requests of 7 days, but no 5xxErrorRate")
    rate = _weighted(errors, requests)
    bad_hours = sum(value > _BAD_HOUR_PERCENT for value in errors.values)
    if rate > max_5xx_percent or bad_hours >= _BAD_HOURS:
        return failed(f"{rate:.2f} % of requests in 7 days were 5xx, in {bad_hours} hours more than 10 %", rate=rate)
    if any(_watches(one, distribution) for one in alarms.known()):
        return passed(f"{rate:.2f} % of requests in 7 days were 5xx, and an alarm watches it")
    if account.partition == "aws" and HOME not in account.regions:
        return unknown(f"{HOME}, where its alarms would stand, is not among the scanned regions")
    return _unwatched(rate, alarms)


def _unwatched(rate: float, alarms: Every[MetricAlarm]) -> Verdict:
    """The verdict where no alarm is known: strict about those that could not be read."""
    seen = len(alarms.within(HOME))
    reason = f"none of {seen} alarms in {HOME} acts on its errors or latency ({rate:.2f} % of requests were 5xx)"
    return failed(reason, severity=Severity.LOW)


_BAD_HOUR_PERCENT = 10
_BAD_HOURS = 3


def _weighted(errors: Metric, requests: Metric) -> float:
    """The rate over all requests; hour by hour where both metrics have the same hours."""
    if len(errors.values) != len(requests.values):
        return errors.average
    return sum(rate * count for rate, count in zip(errors.values, requests.values, strict=True)) / requests.total


def _watches(alarm: MetricAlarm, distribution: Distribution) -> bool:
    watched = ("5xxErrorRate", "TotalErrorRate", "OriginLatency")
    return alarm.acts and any(alarm.watches("AWS/CloudFront", name, DistributionId=distribution.id) for name in watched)


@check(severity=Severity.LOW, practices=["COST04-BP03", "SUS02-BP03"])
def cloudfront_distribution_in_use(
    distribution: Distribution, requests: MonthOfRequests, account: Account, *, days: int = 30
) -> Verdict:
    """Enabled distributions receive requests.

    Why: a forgotten distribution keeps certificates, aliases and origins reachable that nobody watches.
    Fix: disable it, wait for its deployment, and delete it with its aliases' DNS records.
    """
    if not distribution.serves:
        return _IDLE
    if requests.total > 0:
        return passed(f"it had {requests.total:,.0f} requests in 30 days")
    age = account.now - distribution.modified
    if age <= timedelta(days=days):
        return passed(f"it was changed {age.days} days ago, too recently to be called unused")
    return failed(f"it had no request in 30 days and was last changed {age.days} days ago")


@check(severity=Severity.LOW, practices=["OPS04-BP02", "PERF05-BP02", "REL06-BP01"])
def cloudfront_additional_metrics_enabled(
    distribution: Distribution, metrics: AdditionalMetrics | None, requests: Requests, *, min_requests: int = 10_000
) -> Verdict:
    """Distributions publish cache hit rate and origin latency metrics.

    Why: without them nobody sees that the cache stopped working, or which status the origin's errors have.
    Fix: turn on additional metrics (CreateMonitoringSubscription), a small fixed fee per distribution.
    """
    if not distribution.serves:
        return _IDLE
    if requests.total < min_requests:
        return not_applicable(f"it had only {requests.total:,.0f} requests in 14 days")
    if metrics is not None and metrics.enabled:
        return passed("its additional metrics are on")
    return failed(
        f"{requests.total:,.0f} requests in 14 days left no cache hit rate, origin latency or error by status"
    )


_COMPRESSED = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".mp4", ".ts", ".m4s", ".woff2", ".zip", ".gz")


@check(severity=Severity.LOW, practices=["PERF04-BP05", "COST08-BP03", "SUS04-BP07"])
def cloudfront_compression_effective(distribution: Distribution, policies: Every[CachePolicy]) -> Verdict:
    """Compression is on and the cache policy lets it work.

    Why: uncompressed text is three to five times as many bytes to pay for and to wait for.
    Fix: set Compress on the behavior, and use a cache policy with gzip and Brotli on and a TTL above 0.
    """
    if not distribution.serves:
        return _IDLE
    judged = [one for one in distribution.behaviors if not _carries_compressed(distribution, one)]
    if not judged:
        return not_applicable("its behaviors carry media and compressed files only")
    problems = [problem for one in judged for problem in _uncompressed(one, policies)]
    return failed("; ".join(problems)) if problems else passed(f"all {len(judged)} behaviors compress")


def _carries_compressed(distribution: Distribution, behavior: Behavior) -> bool:
    media = any(one.kind == "media" for one in distribution.origins_of(behavior))
    return media or behavior.path.lower().endswith(_COMPRESSED)


def _uncompressed(behavior: Behavior, policies: Every[CachePolicy]) -> Iterator[str]:
    if not behavior.compresses:
        yield f"{behavior.path} has compression off"
    elif behavior.cache_policy:
        for policy in policies.by(_ID).get(behavior.cache_policy, ()):
            if not policy.lets_compress:
                yield f"{behavior.path} never compresses under the cache policy {policy.title}"


@check(severity=Severity.MEDIUM, practices=["PERF03-BP05", "COST08-BP02"])
def cloudfront_static_behavior_caching(
    distribution: Distribution, policies: Every[CachePolicy], *, min_default_ttl: int = 60
) -> Verdict:
    """Behaviors in front of S3 or media origins cache objects.

    Why: each request for a static object then goes to the origin: slower for viewers, and paid twice.
    Fix: use a caching policy such as Managed-CachingOptimized; min_default_ttl is in seconds.
    """
    if not distribution.serves:
        return _IDLE
    judged = [one for one in distribution.behaviors if _is_static(distribution, one)]
    if not judged:
        return not_applicable("no behavior serves static objects only")
    problems = [problem for one in judged for problem in _uncached(one, policies, min_default_ttl)]
    return failed("; ".join(problems)) if problems else passed(f"all {len(judged)} static behaviors cache")


_STATIC = frozenset({"s3", "s3_website", "media"})


def _is_static(distribution: Distribution, behavior: Behavior) -> bool:
    """Whether it only reads static objects; an upload path and an HTML entry are not meant to cache."""
    kinds = {one.kind for one in distribution.origins_of(behavior)}
    return bool(kinds) and kinds <= _STATIC and not behavior.accepts_writes and not behavior.path.endswith(".html")


def _uncached(behavior: Behavior, policies: Every[CachePolicy], min_default_ttl: int) -> Iterator[str]:
    for name, minimum, default, maximum in _ttls(behavior, policies):
        if maximum == 0:
            yield f"{behavior.path} caches nothing ({name})"
        elif minimum == 0 and default < min_default_ttl:
            yield f"{behavior.path} keeps objects for {default} s by default ({name})"


def _ttls(behavior: Behavior, policies: Every[CachePolicy]) -> Iterator[tuple[str, int, int, int]]:
    """The name of its policy with the least, the usual and the longest seconds in the cache."""
    if behavior.cache_policy:
        for one in policies.by(_ID).get(behavior.cache_policy, ()):
            yield one.title, one.min_ttl, one.default_ttl, one.max_ttl
    elif behavior.legacy_max_ttl is not None:
        yield "legacy settings", behavior.legacy_min_ttl or 0, behavior.legacy_default_ttl or 0, behavior.legacy_max_ttl


_API = frozenset({"apigw", "lambda_url"})


@check(severity=Severity.LOW, practices=["SEC05-BP03", "SEC09-BP02"])
def cloudfront_security_headers_policy(
    distribution: Distribution, policies: Every[ResponseHeadersPolicy], *, min_hsts: int = 31_536_000
) -> Verdict:
    """Web behaviors add security headers at the edge.

    Why: without HSTS, nosniff and a framing rule, browsers allow downgrades, type confusion and clickjacking.
    Fix: attach a response headers policy such as Managed-SecurityHeadersPolicy with a Strict-Transport-Security of
        a year; min_hsts is in seconds.
    """
    if not distribution.serves:
        return _IDLE
    if {one.kind for one in distribution.origins} <= _API:
        return not_applicable("all its origins are APIs")
    behavior = distribution.default_behavior
    attached = policies.by(_ID).get(behavior.response_headers_policy, ()) if behavior.response_headers_policy else ()
    lax = [one for one in attached if one.cors_credentials and "*" in one.cors_origins]
    if lax:
        return failed(f"{lax[0].title} shares answers with credentials with every site", severity=Severity.MEDIUM)
    lacking = _missing_headers(attached[0], min_hsts) if attached else ["a response headers policy"]
    if not lacking:
        return passed(f"its default behavior adds the headers of {attached[0].title}")
    if behavior.runs_code_at("viewer-response"):
        return failed(
            f"its default behavior lacks {', '.join(lacking)}, unless its viewer-response function adds it",
            severity=Severity.INFORMATIONAL,
        )
    return failed(f"its default behavior lacks {', '.join(lacking)}")


def _missing_headers(policy: ResponseHeadersPolicy, min_hsts: int) -> list[str]:
    present = {
        f"Strict-Transport-Security of {min_hsts} s": (policy.hsts_seconds or 0) >= min_hsts,
        "X-Content-Type-Options": policy.has_content_type_options,
        "X-Frame-Options or Content-Security-Policy": bool(policy.frame_option or policy.content_security_policy),
    }
    return [name for name, there in present.items() if not there]


@check(severity=Severity.LOW, practices=["PERF04-BP02", "COST08-BP02"])
def apigateway_edge_endpoint_double_cdn(api: RestApi, fronted: Fronted) -> Verdict:
    """Edge-optimized APIs are not placed behind a second distribution.

    Why: each request then crosses two networks of edge locations, and its headers tell the API the wrong viewer.
    Fix: change the endpoint type of the API to REGIONAL.
    """
    if "EDGE" not in api.endpoint_types:
        return not_applicable("its endpoint is not edge-optimized")
    if fronted.reaches(api.host):
        return failed(f"a distribution of the account fetches from {api.host}, which is behind AWS's own already")
    return passed("no distribution of the account fetches from it")
