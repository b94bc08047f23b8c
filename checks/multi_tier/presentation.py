"""Presentation tier."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.cloudfront import Distribution, VpcOrigin
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import NetworkInterface, Permission, PrefixList, SecurityGroup
from auditor.evidence.ecs import EcsService
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.globalaccelerator import AcceleratorEndpointGroup
from auditor.evidence.purpose import nonproduction
from auditor.evidence.route53 import RecordSet
from auditor.evidence.s3 import Bucket, BucketPolicyStatus, BucketWebsite
from auditor.evidence.wafv2 import WebAcl, WebAclAssociations, WebAclEntry
from auditor.inference.edge import AclUse, Edge, Fronted
from auditor.inference.entrances import is_private, name_id
from auditor.inference.exposure import Exposure, Path
from auditor.inference.fronts import CLOUDFRONT
from auditor.inference.graph import Node
from auditor.inference.network import Interfaces
from auditor.inference.tier_labels import Tier
from auditor.inference.tiers import Tiers
from auditor.inference.traffic import IPV4
from auditor.model import Account, Severity, Status, Verdict, failed, not_applicable, passed
from auditor.wiring import Tags, check

_ID = attrgetter("id")
_ARN = attrgetter("arn")
_WEB_PORTS = (80, 443)
_WIDE = 2**16
"""The addresses of an IPv4 /16; whom a wider range belongs to, nobody can say."""


@check(severity=Severity.HIGH, practices=["REL07-BP01", "SUS05-BP03"])
def presentation_tier_without_compute(
    instance: Instance, tiers: Tiers, exposure: Exposure, interfaces: Interfaces
) -> Verdict:
    """No EC2 instance serves in the presentation tier.

    Why: a web server in front of the application has to be scaled, patched and kept alive for what CloudFront and S3
        do by themselves.
    Fix: serve static content from S3 through CloudFront, route the rest from CloudFront to the application's load
        balancer, and take the web servers away.
    """
    node = tiers.node(instance)
    if not instance.is_running or node is None:
        return not_applicable("it does not run")
    if node.kind != "instance":
        return not_applicable(f"its group {node.name} is judged")
    if instance.auto_scaling_group:
        tiers.insist_on(AutoScalingGroup, instance.region)
    return _serves_itself(node, interfaces.of_instance(instance.id, instance.region), tiers, exposure)


@check(severity=Severity.HIGH, practices=["REL07-BP01", "SUS05-BP03"])
def autoscaling_group_not_in_presentation_tier(
    group: AutoScalingGroup, tiers: Tiers, exposure: Exposure, interfaces: Interfaces
) -> Verdict:
    """No Auto Scaling group serves in the presentation tier.

    Why: a fleet of web servers in front of the application is a tier to scale, patch and pay for that CloudFront and
        S3 make unnecessary.
    Fix: serve static content from S3 through CloudFront, route the rest from CloudFront to the application's load
        balancer, and take the web servers away.
    """
    node = tiers.node(group)
    if node is None or not node.members:
        tiers.insist_on(Instance, group.region)
        return not_applicable("it has no instances")
    own = [one for name in node.members for one in interfaces.of_instance(name, group.region)]
    return _serves_itself(node, own, tiers, exposure)


def _serves_itself(node: Node, own: Iterable[NetworkInterface], tiers: Tiers, exposure: Exposure) -> Verdict:
    label = tiers.label(node)
    if label.tier is Tier.APPLICATION:
        return passed(f"it is of the application tier: {label.rule}")
    if label.tier is not Tier.PRESENTATION:
        return not_applicable(f"it serves no viewers: {label.rule}")
    if label.rests_on:
        return failed(label.rule)
    paths = [path for one in own for path in exposure.direct(one) if not path.service]
    web = [path for path in paths if any(path.covers(port) for port in _WEB_PORTS)]
    if web:
        return failed(f"{label.rule}, and {web[0].ports} is open to {web[0].origin}")
    return not_applicable("a public name leads to it, but the internet reaches neither port 80 nor 443")


@check(severity=Severity.HIGH, practices=["SEC05-BP02", "SEC05-BP03"])
def elbv2_entry_closed_to_cloudfront_bypass(
    balancer: LoadBalancer,
    tiers: Tiers,
    exposure: Exposure,
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    acls: Every[WebAcl],
    use: AclUse,
) -> Verdict:
    """Load balancers behind CloudFront cannot be reached directly.

    Why: whoever finds the load balancer's own name goes around the web ACL, the rate limits and the cache at the edge.
    Fix: make the load balancer internal and reach it by a VPC origin; or limit its security group to the prefix list
        com.amazonaws.global.cloudfront.origin-facing and demand a secret header from CloudFront in every rule.
    """
    node = tiers.node(balancer)
    fronts = list(_fronts(tiers, node)) if node else []
    if not fronts:
        tiers.topology.gaps.none_of((Distribution, RecordSet, VpcOrigin), balancer.region)
        return not_applicable("no distribution has it as an origin")
    if not balancer.is_internet_facing:
        return passed("it is internal: CloudFront reaches it by a VPC origin")
    wide = [path for path in exposure.of_load_balancer(balancer) if _is_wide(path)]
    if not wide:
        return passed("only CloudFront's addresses reach its listeners")
    if _demands_header(balancer, fronts, listeners, rules):
        return passed("every rule that forwards demands a header that CloudFront adds")
    if use.refuses_without(_added(fronts), balancer):
        return passed("its web ACL refuses requests without a header that CloudFront adds")
    if _filters_alike(tiers, balancer, fronts, acls):
        return passed("its own web ACL runs the managed rule groups of the edge")
    name = fronts[0].name
    return failed(f"{name} stands before it, but port {wide[0].first} is open to {wide[0].origin}")


def _fronts(tiers: Tiers, node: Node | None) -> Iterator[Distribution]:
    """The distributions that fetch from a load balancer, by its own name or a record's."""
    sources = [source for source, _ in tiers.topology.into(node, "route")] if node else []
    above = (further for one in sources if one.kind == "dns_name" for further, _ in tiers.topology.into(one, "route"))
    found = {one.id: one.resource for one in (*sources, *above) if one.kind == "distribution"}
    yield from (one for one in found.values() if isinstance(one, Distribution))


def _is_wide(path: Path) -> bool:
    many = path.sources.size > _WIDE if path.family == IPV4 else path.is_world()
    return not path.service and path.front != CLOUDFRONT and many


def _added(fronts: Iterable[Distribution]) -> frozenset[str]:
    """The names of the headers that distributions add to their requests."""
    return frozenset(name for one in fronts for origin in one.origins for name in origin.header_names)


def _demands_header(
    balancer: LoadBalancer, fronts: Iterable[Distribution], listeners: Every[Listener], rules: Every[ListenerRule]
) -> bool:
    """Whether what does not carry a header of CloudFront's is turned away by every listener."""
    added = _added(fronts)
    own = listeners.of(balancer)
    turned_away = all(not action.forwards for one in own for action in one.default_actions)
    forwarding = [rule for one in own for rule in rules.of(one) if rule.forwards and not rule.is_default]
    return bool(forwarding) and turned_away and all(added & {*rule.headers} for rule in forwarding)


def _filters_alike(tiers: Tiers, balancer: LoadBalancer, fronts: Iterable[Distribution], acls: Every[WebAcl]) -> bool:
    """Whether the load balancer's own web ACL runs all managed groups that run at the edge."""
    by_arn = acls.by(_ARN)
    node = tiers.node(balancer)
    arns = [source.id for source, _ in tiers.topology.into(node, "protects")] if node else []
    here = {name for arn in arns for acl in by_arn.get(arn, ()) for name in _managed(acl)}
    edge = {name for one in fronts for acl in by_arn.get(one.web_acl, ()) for name in _managed(acl)}
    if edge - here:
        tiers.topology.gaps.none_of((WebAclEntry, WebAclAssociations), balancer.region)
    return bool(edge) and edge <= here


def _managed(acl: WebAcl) -> Iterator[str]:
    """The managed rule groups of a web ACL that do more than count."""
    groups = (group for rule in acl.rules if not rule.group_only_counts for group in rule.groups)
    return (group.group for group in groups if group.group)


@check(severity=Severity.LOW, practices=["OPS06-BP03", "REL08-BP05"])
def route53_blue_green_path_available(
    balancer: LoadBalancer,
    tiers: Tiers,
    records: Every[RecordSet],
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    distributions: Every[Distribution],
    tags: Tags,
) -> Verdict:
    """Releases can shift traffic by weight.

    Why: a release that reaches all viewers at once reaches them with its mistakes, too, and going back takes as long.
    Fix: forward to two target groups by weight, let ECS or CodeDeploy deploy blue/green, or give the name two weighted
        records.
    """
    node = tiers.node(balancer)
    if node is None or tiers.guess(node).part != "entry" or balancer.is_gateway:
        return not_applicable("no request from the internet is known to reach it")
    if trial := nonproduction(tags):
        return not_applicable(f"its tag {trial} says that nobody depends on it")
    members = _members(tiers, node)
    way = _by_names(members, records) or _by_forwarding(balancer, listeners, rules) or _by_deployment(members)
    way = way or _by_staging(members, distributions)
    if not way:
        return failed("no record, listener, deployment or staging distribution of its application has weights")
    kind, watched = way
    if not watched:
        return failed(f"{kind} has weights, but neither a health check nor EvaluateTargetHealth")
    return passed(f"{kind} can shift traffic")


def _members(tiers: Tiers, node: Node) -> list[Node]:
    """All nodes of a node's application, or the node alone."""
    application = tiers.application(node)
    return [tiers.topology.nodes[name] for name in application.nodes] if application else [node]


_Way = tuple[str, bool] | None
"""What shifts traffic, and whether it notices a target that is down; None where nothing does."""


def _by_names(members: Iterable[Node], records: Every[RecordSet]) -> _Way:
    by_name = records.by(name_id)
    for node in members:
        twins = [one for one in by_name.get(node.id, ()) if one.weight is not None]
        if len(twins) > 1:
            return f"the record {node.name}", all(twin.is_watched for twin in twins)
    return None


def _by_forwarding(balancer: LoadBalancer, listeners: Every[Listener], rules: Every[ListenerRule]) -> _Way:
    own = listeners.of(balancer)
    actions = [action for one in own for action in one.default_actions]
    actions += [action for one in own for rule in rules.of(one) for action in rule.actions]
    split = any(sum(one.weight is not None for one in action.weighted) > 1 for action in actions)
    return ("a forward action with two weighted target groups", True) if split else None


def _by_deployment(members: Iterable[Node]) -> _Way:
    """ECS says so itself; CodeDeploy names the groups that it makes for an EC2 deployment after itself."""
    for node in members:
        one = node.resource
        shifts = isinstance(one, EcsService) and (
            one.deployment_controller == "CODE_DEPLOY" or one.deployment_strategy in ("BLUE_GREEN", "LINEAR", "CANARY")
        )
        if shifts or (isinstance(one, AutoScalingGroup) and one.group_name.startswith("CodeDeploy_")):
            return f"the deployment of {node.name}", True
    return None


def _by_staging(members: Iterable[Node], distributions: Every[Distribution]) -> _Way:
    """A staging distribution of CloudFront's continuous deployment fetches from the same origins."""
    own = {o.domain for node in members if isinstance(node.resource, Distribution) for o in node.resource.origins}
    staged = [one for one in distributions if one.staging and own & {origin.domain for origin in one.origins}]
    return (f"the staging distribution {staged[0].name}", True) if staged else None


@check(severity=Severity.MEDIUM, practices=["PERF04-BP02", "SEC05-BP03", "REL02-BP01"])
def cloudfront_fronts_public_web_entry(
    balancer: LoadBalancer,
    listeners: Every[Listener],
    rules: Every[ListenerRule],
    fronted: Fronted,
    groups: Every[AcceleratorEndpointGroup],
    records: Every[RecordSet],
) -> Verdict:
    """Internet-facing web entries are served through CloudFront.

    Why: viewers far away wait for every round trip, and floods and probes meet the application tier itself.
    Fix: put a distribution with a web ACL in front, best with the load balancer made internal as a VPC origin, and
        point every record of viewers at the distribution.
    """
    if not (balancer.is_application and balancer.is_internet_facing and balancer.is_active):
        return not_applicable("it is no active, internet-facing application load balancer")
    ports = [one.port for one in listeners.of(balancer) if one.is_http and _forwards(one, rules)]
    if not ports:
        return not_applicable("none of its HTTP listeners forwards to targets")
    if fronted.reaches(balancer.dns_name):
        beside = sorted({one.host for one in records if _leads_to(one, balancer) and not fronted.reaches(one.host)})
        if beside:
            return failed(f"a distribution has it as an origin, but {', '.join(beside[:3])} leads viewers past it")
        return passed("a distribution has it as an origin")
    if _is_endpoint(balancer, groups.known()) or _is_endpoint(balancer, tuple(groups)):
        return not_applicable("Global Accelerator stands in front of it")
    return failed(f"no distribution has {balancer.dns_name} as an origin; it forwards from port {_numbers(ports)}")


def _leads_to(record: RecordSet, balancer: LoadBalancer) -> bool:
    """Whether a record that the internet resolves names a load balancer."""
    own = balancer.dns_name.lower()
    return not is_private(record) and own in {one.removeprefix("dualstack.") for one in record.targets}


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
    if verdict.status is not Status.FAIL or not balancer.group_ids:
        return verdict
    own = [one for name in balancer.group_ids for one in groups.by(_ID).get(name, ())]
    doors = [door for one in own for door in one.ingress if listener.port and door.covers(listener.port)]
    if own and not doors:
        return not_applicable(f"its security groups let nobody in on port {listener.port}")
    if doors and _are_for_cloudfront(doors, lists.within(balancer.region)):
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


def _are_for_cloudfront(doors: Iterable[Permission], lists: Iterable[PrefixList]) -> bool:
    """Whether rules let only CloudFront's addresses in."""
    cloudfront = {one.id for one in lists if one.is_cloudfront}
    return all(not door.ranges and not door.references and set(door.prefix_lists) <= cloudfront for door in doors)


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
