"""Presentation tier."""

from collections.abc import Sequence
from datetime import timedelta
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.evidence.ec2_network import PrefixList, SecurityGroup
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.globalaccelerator import AcceleratorEndpointGroup
from auditor.evidence.route53 import RecordSet
from auditor.evidence.s3 import Bucket, BucketPolicyStatus, BucketWebsite
from auditor.inference.edge import Edge, Fronted
from auditor.model import Account, Severity, Status, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_ID = attrgetter("id")


@check(severity=Severity.MEDIUM, practices=["PERF04-BP02", "SEC05-BP03", "REL02-BP01"])
def cloudfront_fronts_public_web_entry(
    balancer: LoadBalancer,
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    fronted: Fronted,
    groups: Every[AcceleratorEndpointGroup],
) -> Verdict:
    """Internet-facing web entries are served through CloudFront.

    Why: viewers far away wait for every round trip, and floods and probes meet the application tier itself.
    Fix: put a distribution with a web ACL in front, best with the load balancer made internal as a VPC origin.
    """
    if not (balancer.is_application and balancer.is_internet_facing and balancer.is_active):
        return not_applicable("it is no active, internet-facing application load balancer")
    ports = [one.port for one in listeners.of(balancer) if one.is_http and _forwards(one, rules)]
    if not ports:
        return not_applicable("none of its HTTP listeners forwards to targets")
    if fronted.reaches(balancer.dns_name):
        return passed("a distribution has it as an origin")
    if _is_endpoint(balancer, groups.known()) or _is_endpoint(balancer, tuple(groups)):
        return not_applicable("Global Accelerator stands in front of it")
    return failed(f"no distribution has {balancer.dns_name} as an origin; it forwards from port {_numbers(ports)}")


def _forwards(listener: Listener, rules: Every[ListenerRule]) -> bool:
    return any(one.forwards for one in listener.default_actions) or any(one.forwards for one in rules.of(listener))


def _is_endpoint(balancer: LoadBalancer, groups: Sequence[AcceleratorEndpointGroup]) -> bool:
    return any(one.id == balancer.arn for group in groups for one in group.endpoints)


def _numbers(ports: Sequence[int | None]) -> str:
    return ", ".join(str(port) for port in sorted(port for port in ports if port is not None))


@check(severity=Severity.MEDIUM, practices=["SEC09-BP02"])
def elbv2_entry_redirects_http(
    listener: Listener,
    balancer: LoadBalancer,
    rules: Every[ListenerRule],
    groups: Every[SecurityGroup],
    lists: Every[PrefixList],
) -> Verdict:
    """Public listeners redirect plain HTTP to HTTPS.

    Why: a viewer who types the name without https sends cookies and forms in clear text.
    Fix: give the HTTP listener one default action: redirect to HTTPS with status HTTP_301, and no other rules.
    """
    if not (balancer.is_application and balancer.is_internet_facing) or listener.protocol != "HTTP":
        return not_applicable("it is no HTTP listener of an internet-facing application load balancer")
    verdict = _plain_http(listener, [one for one in rules.of(listener) if not one.is_default])
    if verdict.status is Status.FAIL and _is_for_cloudfront(balancer, listener, groups, lists):
        return not_applicable("only CloudFront can reach it, whose origin settings are judged")
    return verdict


def _plain_http(listener: Listener, extra: Sequence[ListenerRule]) -> Verdict:
    forwarding = [one.priority for one in extra if one.forwards]
    if any(one.forwards for one in listener.default_actions):
        return failed(f"port {listener.port} forwards plain HTTP to targets")
    if forwarding:
        return failed(f"rule {', '.join(forwarding)} of port {listener.port} forwards plain HTTP to targets")
    if not listener.redirects_to_https or not all(one.redirects_to_https for one in extra):
        return failed(f"port {listener.port} answers plain HTTP itself instead of redirecting", severity=Severity.LOW)
    if not any(one.redirect_status == "HTTP_301" for one in listener.default_actions):
        return failed(f"port {listener.port} redirects with a status that is not kept", severity=Severity.LOW)
    return passed(f"port {listener.port} redirects to HTTPS with HTTP_301")


def _is_for_cloudfront(
    balancer: LoadBalancer, listener: Listener, groups: Every[SecurityGroup], lists: Every[PrefixList]
) -> bool:
    """Whether its security groups let only CloudFront's addresses in on the listener's port."""
    own = [one for name in balancer.group_ids for one in groups.by(_ID).get(name, ())]
    doors = [door for one in own for door in one.ingress if listener.port and door.covers(listener.port)]
    cloudfront = {one.id for one in lists.within(balancer.region) if one.is_cloudfront}
    return bool(doors) and all(
        not door.ranges and not door.references and set(door.prefix_lists) <= cloudfront for door in doors
    )


@check(severity=Severity.MEDIUM, practices=["PERF04-BP02", "COST08-BP03"])
def s3_static_assets_through_cloudfront(
    bucket: Bucket,
    website: BucketWebsite | None,
    status: BucketPolicyStatus | None,
    edge: Edge,
    fronted: Fronted,
    records: Every[RecordSet],
) -> Verdict:
    """Static assets are served from S3 through CloudFront.

    Why: a public bucket answers from one region at S3's transfer price, without TLS for your domain, WAF or cache.
    Fix: put a distribution with origin access control in front, make the bucket private, and point the record at it.
    """
    public = status is not None and status.is_public
    if website is None and not public:
        return not_applicable("it serves nobody directly: no website, no public policy")
    if website is not None and website.redirects_to:
        return not_applicable(f"it only redirects to {website.redirects_to}")
    kind = "a website" if website is not None else "public"
    named = [one.host for one in records if any(_is_website(target, bucket, one.host) for target in one.targets)]
    if named:
        return failed(f"the record {named[0]} leads to its website endpoint, around CloudFront")
    if edge.before_bucket(bucket.bucket) or any(fronted.reaches(host) for host in _endpoints(bucket)):
        return passed(f"it is {kind}, and a distribution has it as an origin")
    return failed(f"it is {kind}, and no distribution has it as an origin")


def _is_website(target: str, bucket: Bucket, host: str) -> bool:
    """An alias names the endpoint of the region, and the record's own name is the bucket's."""
    shared = target in _website_hosts(bucket) and host == bucket.bucket
    return shared or target in _endpoints(bucket)


def _website_hosts(bucket: Bucket) -> tuple[str, ...]:
    """Older regions write a dash before the region, newer ones a dot (S3 User Guide, website endpoints)."""
    return tuple(f"s3-website{mark}{bucket.region}.amazonaws.com" for mark in "-.")


def _endpoints(bucket: Bucket) -> tuple[str, ...]:
    return tuple(f"{bucket.bucket}.{host}" for host in _website_hosts(bucket))


@check(severity=Severity.MEDIUM, practices=["SEC09-BP01"])
def acm_presentation_certificate_renewable(
    certificate: Certificate, detail: CertificateDetail, account: Account, *, min_days: int = 30
) -> Verdict:
    """Certificates of the entry points renew by themselves.

    Why: a certificate that somebody has to renew is forgotten once, and then every viewer sees a warning.
    Fix: request the certificate from ACM with DNS validation, keep the validation records, and replace imported ones.
    """
    if not any(":cloudfront:" in arn or ":elasticloadbalancing:" in arn for arn in detail.used_by):
        return not_applicable("no distribution or load balancer uses it")
    if certificate.status != "ISSUED":
        return failed(f"entry points use it while it is {certificate.status}")
    if certificate.is_imported:
        return failed("it was imported, so that ACM does not renew it")
    if certificate.renewal == "INELIGIBLE":
        return failed("ACM says that it is not eligible for renewal")
    left = certificate.time_left(account.now)
    if left is not None and left < timedelta(days=min_days) and detail.renewal_status != "SUCCESS":
        return failed(f"it expires in {left.days} days and its renewal is {detail.renewal_status or 'not started'}")
    if "EMAIL" in detail.validation_methods:
        return failed("a person must answer an email to renew it", severity=Severity.LOW)
    return passed("ACM renews it without anyone's help")
