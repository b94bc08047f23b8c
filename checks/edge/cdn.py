"""Global CDN (content delivery)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Annotated

from auditor.every import Every
from auditor.evidence.apigateway import Api, RestApi
from auditor.evidence.apigatewayv2 import HttpApi
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
    endpoint_kind,
)
from auditor.evidence.cloudwatch import MetricAlarm
from auditor.evidence.ec2_network import ElasticIp
from auditor.evidence.logs import Delivery, DeliverySource
from auditor.evidence.mediapackagev2 import ChannelGroup, ChannelGroupDomain
from auditor.evidence.policy import Statement
from auditor.evidence.s3 import Bucket, BucketPolicy, BucketPolicyStatus
from auditor.inference.edge import STATIC_ORIGINS, Caching, Edge, Fronted, Origins
from auditor.metrics import Metric, metric
from auditor.model import Account, Severity, Verdict, failed, manual, not_applicable, passed, unknown
from auditor.wiring import Tags, check

HOME = "us-east-1"
"""Where CloudFront's metrics, alarms and log deliveries stand."""

_IDLE = not_applicable("it is disabled, or a staging copy")
_ID = attrgetter("id")
_PUBLIC_IP = attrgetter("public_ip")
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
HitRate = Annotated[
    Metric,
    metric("AWS/CloudFront", "CacheHitRate", "Average", days=14, region=HOME, DistributionId="id", Region="=Global"),
]
RestCalls = Annotated[Metric, metric("AWS/ApiGateway", "Count", "Sum", days=14, ApiName="dimension")]
HttpCalls = Annotated[Metric, metric("AWS/ApiGateway", "Count", "Sum", days=14, ApiId="dimension")]

Problem = tuple[Severity, str]


def _worst(problems: Sequence[Problem]) -> Verdict:
    """One failure of several: all of them said, the worst first, at the severity of that one."""
    ranked = sorted(problems, key=lambda one: -one[0].rank)
    return failed("; ".join(reason for _, reason in ranked), severity=ranked[0][0])


def _paths(behaviors: Iterable[Behavior]) -> str:
    return ", ".join(one.path for one in behaviors)


@check(severity=Severity.HIGH, practices=["SEC09-BP02"], aliases=["cloudfront_distribution_tls"])
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


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"], aliases=["cloudfront_presentation_viewer_tls"])
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


@check(severity=Severity.HIGH, practices=["SEC09-BP02"], aliases=["cloudfront_presentation_origin_tls"])
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


@check(
    severity=Severity.HIGH,
    practices=["SEC03-BP07", "SEC08-BP04"],
    aliases=["cloudfront_presentation_s3_origin_access_control"],
)
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


def _weighted(rates: Metric, requests: Metric) -> float:
    """A rate over all requests, by the newest datapoints that both metrics have; there must be one of each."""
    pairs = rates.paired(requests)
    weight = sum(count for _, count in pairs)
    return sum(rate * count for rate, count in pairs) / weight if weight else rates.average


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


@check(
    severity=Severity.MEDIUM,
    practices=["PERF03-BP05", "COST08-BP02"],
    aliases=["cloudfront_presentation_static_caching"],
)
def cloudfront_static_behavior_caching(
    distribution: Distribution, caching: Caching, *, min_default_ttl: int = 60
) -> Verdict:
    """Behaviors in front of S3 or media origins cache objects.

    Why: each request for a static object then goes to the origin: slower for viewers, and paid twice.
    Fix: use a caching policy such as Managed-CachingOptimized; min_default_ttl is in seconds. A path may keep what
        changes for less, where another path of the same origin keeps the rest for longer.
    """
    if not distribution.serves:
        return _IDLE
    judged = [one for one in distribution.behaviors if _reads_store(distribution, one)]
    if not judged:
        return not_applicable("no behavior serves static objects only")
    kept = {one.target for one in judged if not any(_uncached(one, caching, min_default_ttl))}
    least = {one.path: 0 if one.target in kept else min_default_ttl for one in judged}
    problems = [problem for one in judged for problem in _uncached(one, caching, least[one.path])]
    return failed("; ".join(problems)) if problems else passed(f"all {len(judged)} static behaviors cache")


def _reads_store(distribution: Distribution, behavior: Behavior) -> bool:
    """Whether it only reads static objects; an upload path and an HTML entry are not meant to cache."""
    kinds = {one.kind for one in distribution.origins_of(behavior)}
    return (
        bool(kinds) and kinds <= STATIC_ORIGINS and not behavior.accepts_writes and not behavior.path.endswith(".html")
    )


def _uncached(behavior: Behavior, caching: Caching, min_default_ttl: int) -> Iterator[str]:
    times = caching.times(behavior)
    if times is None:
        return
    if times.most == 0:
        yield f"{behavior.path} caches nothing ({times.source})"
    elif times.least == 0 and times.usual < min_default_ttl:
        yield f"{behavior.path} keeps objects for {times.usual} s by default ({times.source})"


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


def _without_rate(
    metrics: AdditionalMetrics | None, rates: Metric, requests: Metric, min_requests: int
) -> Verdict | None:
    """Why the cache hit rate cannot be judged; None where it can."""
    if requests.total < min_requests:
        return not_applicable(f"it had only {requests.total:,.0f} requests in 14 days")
    if metrics is None or not metrics.enabled:
        return unknown("its additional metrics are off, so that CloudWatch has no cache hit rate of it")
    return None if rates else unknown("CloudWatch has no cache hit rate of it from the last 14 days")


def _hits(rates: Metric, requests: Metric, min_hit_percent: float, note: str = "") -> Verdict:
    rate = _weighted(rates, requests)
    reason = f"{rate:.1f} % of {requests.total:,.0f} requests in 14 days came from the cache"
    if rate < min_hit_percent:
        return failed(f"only {reason}{note}", hit_percent=round(rate, 1))
    return passed(reason)


@check(severity=Severity.MEDIUM, practices=["PERF03-BP05", "PERF04-BP07", "COST08-BP02", "SUS04-BP07"])
def cloudfront_static_cache_hit_ratio(
    distribution: Distribution,
    caching: Caching,
    metrics: AdditionalMetrics | None,
    rates: HitRate,
    requests: Requests,
    *,
    min_hit_percent: float = 85,
    min_requests: int = 10_000,
) -> Verdict:
    """Static distributions serve over 85 percent of requests from cache.

    Why: each miss makes a viewer wait for the origin, and is paid for at the origin as well.
    Fix: lengthen the time to live, take cookies, headers and query strings out of the cache key, and turn on Origin
        Shield where viewers are spread over continents.
    """
    if not distribution.serves:
        return _IDLE
    if caching.kind(distribution) != "static":
        return not_applicable("not all its behaviors are static")
    return _without_rate(metrics, rates, requests, min_requests) or _hits(rates, requests, min_hit_percent)


_BUSY = 1_000_000
_BY_PATH = "; the rates of its static and dynamic paths are told by x-edge-result-type in the access logs"


@check(severity=Severity.LOW, practices=["PERF03-BP05", "PERF04-BP07", "COST08-BP02"])
def cloudfront_dynamic_cache_hit_ratio(
    distribution: Distribution,
    caching: Caching,
    metrics: AdditionalMetrics | None,
    rates: HitRate,
    requests: Requests,
    *,
    min_hit_percent: float = 40,
    min_requests: int = 10_000,
) -> Verdict:
    """Dynamic distributions serve at least 40 percent of requests from cache.

    Why: most pages and API answers are the same for many viewers for some seconds; without a cache the origin must be
        built for every peak.
    Fix: let the origin send Cache-Control with short times for what is the same for everyone, and use a cache policy
        whose maximum is above 0 on those paths.
    """
    if not distribution.serves:
        return _IDLE
    kind = caching.kind(distribution)
    if kind == "static":
        return not_applicable("all its behaviors are static")
    if all(caching.is_off(one) for one in distribution.behaviors):
        if requests.total < _BUSY:
            return not_applicable("caching is off for all its paths")
        reason = f"caching is off for all its paths, and {requests.total:,.0f} requests in 14 days went to the origin"
        return failed(reason, severity=Severity.INFORMATIONAL)
    note = _BY_PATH if kind == "mixed" else ""
    return _without_rate(metrics, rates, requests, min_requests) or _hits(rates, requests, min_hit_percent, note)


_VOLATILE = frozenset(
    {
        "user-agent",
        "accept-language",
        "referer",
        "cookie",
        "authorization",
        "x-forwarded-for",
        "cloudfront-viewer-address",
    }
)


@check(severity=Severity.LOW, practices=["PERF03-BP05", "COST08-BP02"])
def cloudfront_cache_key_minimal(distribution: Distribution, caching: Caching) -> Verdict:
    """Cache keys of static behaviors hold no cookies or volatile headers.

    Why: every cookie, header or query string in the key makes another copy of the same object, and another miss.
    Fix: use Managed-CachingOptimized; send what the origin needs beside the key by an origin request policy.
    """
    if not distribution.serves:
        return _IDLE
    judged = [one for one in distribution.behaviors if caching.is_static(distribution, one)]
    if not judged:
        return not_applicable("no behavior is static")
    problems = [f"{one.path} varies by {part}" for one in judged for part in _volatile(distribution, one, caching)]
    return (
        failed("; ".join(problems)) if problems else passed(f"the cache keys of {len(judged)} static paths are small")
    )


def _volatile(distribution: Distribution, behavior: Behavior, caching: Caching) -> Iterator[str]:
    """What is in the cache key that should not be."""
    policy = caching.policy(behavior)
    cookies = policy.cookie_behavior if policy else behavior.legacy_cookies
    headers = policy.headers if policy else behavior.legacy_headers
    queries = policy.query_behavior == "all" if policy else _by_any_query(behavior)
    if cookies in ("all", "allExcept"):
        yield "cookies"
    if queries and any(one.kind == "s3" for one in distribution.origins_of(behavior)):
        yield "any query string, which S3 ignores"
    yield from (f"the header {name}" for name in headers if name == "*" or name.lower() in _VOLATILE)


def _by_any_query(behavior: Behavior) -> bool:
    return bool(behavior.legacy_query_string) and not behavior.legacy_query_keys


@check(severity=Severity.MEDIUM, practices=["REL02-BP01", "REL10-BP01", "SEC05-BP01"])
def cloudfront_dynamic_origin_is_managed_endpoint(
    distribution: Distribution, origins: Origins, addresses: Every[ElasticIp]
) -> Verdict:
    """Dynamic origins are load balancers or gateways, not instances.

    Why: when that one instance is replaced or fails, every viewer gets a 502, and it must stand in the internet.
    Fix: put a load balancer with health checks before the instances, best an internal one as a VPC origin.
    """
    if not distribution.serves:
        return _IDLE
    judged = [one for one in distribution.origins if one.kind not in STATIC_ORIGINS]
    if not judged:
        return not_applicable("its origins hold static objects only")
    alone = [reason for one in judged for reason in _instances(one, origins, addresses)]
    return failed("; ".join(alone)) if alone else passed(f"none of its {len(judged)} dynamic origins is an instance")


def _instances(origin: Origin, origins: Origins, addresses: Every[ElasticIp]) -> Iterator[str]:
    if origin.kind == "ec2":
        yield f"origin {origin.domain} is an instance"
    elif origin.kind == "other":
        names = origins.addresses(origin)
        yield from (f"origin {origin.domain} leads to the instance {name}" for name in sorted(names) if _is_named(name))
        mapped = (one for name in sorted(names) for one in addresses.by(_PUBLIC_IP).get(name, ()) if one.instance_id)
        yield from (f"origin {origin.domain} leads to {one.public_ip} of {one.instance_id}" for one in mapped)


def _is_named(host: str) -> bool:
    return host.startswith("ec2-") and endpoint_kind(host) == "ec2"


_SHIELDS = frozenset(
    {
        "us-east-1",
        "us-east-2",
        "us-west-2",
        "ap-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "eu-central-1",
        "eu-west-1",
        "eu-west-2",
        "sa-east-1",
        "me-central-1",
    }
)
"""Where Origin Shield is offered (CloudFront Developer Guide, choosing the Region for Origin Shield)."""


@check(severity=Severity.LOW, practices=["PERF03-BP05", "PERF04-BP07", "COST08-BP03"])
def cloudfront_origin_shield_placement(
    distribution: Distribution,
    caching: Caching,
    origins: Origins,
    metrics: AdditionalMetrics | None,
    rates: HitRate,
    requests: Requests,
    *,
    min_hit_percent: float = 85,
    min_requests: int = 10_000,
) -> Verdict:
    """Origin Shield is on where hit ratio is low, and sits next to the origin.

    Why: without it every edge location misses for itself; in the wrong region every miss crosses the world twice.
    Fix: turn on Origin Shield in the region of the origin for static content that hits too seldom; leave it off where
        the hit rate is high already, as it is paid by request.
    """
    if not distribution.serves:
        return _IDLE
    shielded = [one for one in distribution.origins if one.has_shield]
    away = [(one, origins.region(one)) for one in shielded]
    wrong = [f"{one.domain} is in {at}, its shield in {one.shield_region}" for one, at in away if _is_away(one, at)]
    if wrong:
        return failed("; ".join(wrong))
    if shielded:
        return passed(f"Origin Shield is in {shielded[0].shield_region}, next to the origin")
    if caching.kind(distribution) != "static":
        return not_applicable("it has no Origin Shield, and not all its behaviors are static")
    return _without_rate(metrics, rates, requests, min_requests) or _hits(
        rates, requests, min_hit_percent, ", and no origin has Origin Shield"
    )


def _is_away(origin: Origin, region: str | None) -> bool:
    return region in _SHIELDS and origin.shield_region != region


_NEAR = """
    US CA MX IL AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC
    MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK
"""
_CHEAPEST_COUNTRIES = frozenset(_NEAR.split())
"""The countries that PriceClass_100 is near to: North America, Europe and Israel."""


@check(severity=Severity.LOW, practices=["COST07-BP02", "COST08-BP02", "SUS02-BP04"])
def cloudfront_price_class_fit(distribution: Distribution) -> Verdict:
    """Price class matches the regions that viewers come from.

    Why: edge locations in South America, Australia and Asia cost up to twice as much for viewers who are not there.
    Fix: set PriceClass_100 for viewers in North America and Europe, PriceClass_200 for all but South America and
        Australia.
    """
    if not distribution.serves or distribution.price_class == "None":
        return not_applicable("it is disabled, a staging copy, or has a flat price")
    if distribution.price_class == "PriceClass_100":
        return passed("its price class is the smallest, PriceClass_100")
    if distribution.geo_restriction != "whitelist":
        return manual(
            f"do more than 2 % of its requests come from where only {distribution.price_class} serves? The usage types"
            " of CloudFront in Cost Explorer (such as AU-Requests-Tier2-HTTPS) tell"
        )
    dear = sorted(set(distribution.geo_countries) - _CHEAPEST_COUNTRIES)
    if dear:
        return passed(f"it serves {', '.join(dear)} by {distribution.price_class}")
    reason = f"it serves only {', '.join(sorted(distribution.geo_countries))}, and pays for {distribution.price_class}"
    return failed(reason)


@check(severity=Severity.MEDIUM, practices=["PERF04-BP02", "SEC03-BP07"])
def cloudfront_media_origin_protected(
    _group: ChannelGroup, domain: ChannelGroupDomain, fronted: Fronted, controls: Every[OriginAccessControl]
) -> Verdict:
    """MediaPackage endpoints are reached through CloudFront with access control.

    Why: players that fetch from MediaPackage itself cost its egress price, and whoever has the URL watches for free.
    Fix: make the egress domain an origin with an origin access control of type mediapackagev2 that always signs, and
        give the endpoints a policy that admits the distribution only.
    """
    ways = fronted.ways_to(domain.host)
    if not ways:
        return failed(f"no distribution has {domain.host} as an origin")
    by_id = controls.by(_ID)
    bare = [
        way
        for way in ways
        if not any(one.protects("mediapackagev2") for one in by_id.get(way.origin.access_control, ()))
    ]
    if bare:
        return failed(f"{bare[0].distribution.id} sends {domain.host} requests that are not signed")
    return passed(f"{ways[0].distribution.id} signs its requests to {domain.host}")


@check(severity=Severity.LOW, practices=["PERF04-BP02", "SEC05-BP03", "COST08-BP03"])
def edge_public_endpoint_behind_cloudfront(
    api: Api, origins: Origins, rest: RestCalls, http: HttpCalls, *, min_requests: int = 1_000_000
) -> Verdict:
    """Busy public APIs are served through CloudFront.

    Why: callers far away wait for every round trip, and floods and probes are met by the API's own quotas.
    Fix: put a distribution with a web ACL in front and close the execute-api endpoint; min_requests is for 14 days.
        Load balancers are judged by cloudfront_fronts_public_web_entry.
    """
    if api.is_private or (isinstance(api, HttpApi) and api.is_websocket):
        return not_applicable("it is private, or a WebSocket API")
    if api.tags.get("edge") == "exempt":
        return not_applicable("it is tagged edge: exempt")
    if api.is_edge_optimized:
        return passed("its endpoint is edge-optimized, behind a distribution of AWS's own")
    calls = rest.total + http.total
    if calls < min_requests:
        return not_applicable(f"it had only {calls:,.0f} calls in 14 days")
    ways = origins.ways_to_api(api)
    if ways:
        return passed(f"{ways[0].distribution.id} has it as an origin")
    return failed(f"{calls:,.0f} calls in 14 days came straight to {api.host}")
