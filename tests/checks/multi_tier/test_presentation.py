from typing import Any

import networks as net
import threetier as three
from edges import ACL_ARN, acl_use, custom, distribution, edge_of, fronted_by, own, s3, web_acl
from edges import group as managed

from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.evidence.cloudfront import Distribution, VpcOrigin
from auditor.evidence.dynamodb import TableEntry as Table
from auditor.evidence.ec2_network import PrefixList, SecurityGroup
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup, AcceleratorListener
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.evidence.s3 import Bucket, BucketEntry, BucketPolicyStatus, BucketWebsite
from auditor.evidence.wafv2 import WebAclAssociations, WebAclEntry
from auditor.inference.exposure import Exposure
from auditor.inference.network import Interfaces
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, every, gap, gathered, made
from auditor.wiring import Tags

HOST = "Shop-1.eu-west-1.elb.amazonaws.com"
NONE = every()
ZONE = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.")


def balancer(**fields: Any) -> LoadBalancer:
    usual = {
        "LoadBalancerArn": "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1",
        "LoadBalancerName": "shop",
        "DNSName": HOST,
        "Type": "application",
        "Scheme": "internet-facing",
        "State": {"Code": "active"},
        "SecurityGroups": ["sg-1"],
    }
    return made(LoadBalancer, usual | fields)


SHOP = balancer()
FORWARD = {"Type": "forward", "TargetGroupArn": "arn:tg"}
FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}


def redirect(status: str = "HTTP_301", protocol: str = "HTTPS") -> dict[str, Any]:
    return {"Type": "redirect", "RedirectConfig": {"Protocol": protocol, "StatusCode": status}}


def listener(*actions: dict[str, Any], protocol: str = "HTTP", port: int = 80, under: LoadBalancer = SHOP) -> Listener:
    raw = {
        "ListenerArn": f"arn:listener/{port}",
        "LoadBalancerArn": under.arn,
        "Port": port,
        "Protocol": protocol,
        "DefaultActions": list(actions),
    }
    return made(Listener, raw, under=under)


def rule_of(under: Listener, *actions: dict[str, Any]) -> Any:
    raw = {"RuleArn": "arn:rule", "Priority": "7", "IsDefault": False, "Actions": list(actions)}
    return every(*gathered(ListenerRule, under, DescribeRules={"Rules": [raw]}))


def record(host: str, target: str, kind: str = "CNAME") -> RecordSet:
    where: dict[str, Any] = {"TTL": 60, "ResourceRecords": [{"Value": target}]}
    if kind == "A":
        where = {"AliasTarget": {"HostedZoneId": "Z", "DNSName": target, "EvaluateTargetHealth": False}}
    return made(RecordSet, {"Name": f"{host}.", "Type": kind, **where}, under=ZONE)


def accelerated(*arns: str) -> Any:
    accelerator = made(Accelerator, AcceleratorArn="arn:a", Enabled=True)
    above = made(AcceleratorListener, {"ListenerArn": "arn:a/l"}, under=accelerator)
    endpoints = [{"EndpointId": arn} for arn in arns]
    raw = {"EndpointGroupArn": "arn:a/l/g", "EndpointGroupRegion": "eu-west-1", "EndpointDescriptions": endpoints}
    return every(made(AcceleratorEndpointGroup, raw, under=above))


WEB = listener(FORWARD, protocol="HTTPS", port=443)
LISTENS = every(WEB)
OPEN = fronted_by([])
DIRECT = fronted_by([distribution(custom(HOST.lower()))])
ORIGIN = [distribution(custom("origin.example.com"))]
BY_ALIAS = fronted_by(ORIGIN, [record("origin.example.com", f"dualstack.{HOST}.", "A")])
BY_PRIVATE_NAME = fronted_by(ORIGIN, [three.record("origin.example.com", f"dualstack.{HOST}.", private=True)])
BY_TWO = fronted_by(
    ORIGIN, [record("origin.example.com", "lb.example.com."), record("lb.example.com", f"dualstack.{HOST}.", "A")]
)
UNREAD_GROUPS = every(gaps=(gap("globalaccelerator:ListEndpointGroups", "global"),))
ANSWERS = listener(FIXED)

BESIDE = record("www.example.com", f"dualstack.{HOST}.", "A")
INSIDE = three.record("www.example.com", f"dualstack.{HOST}.", private=True)
ORIGIN_NAME = record("origin.example.com", f"dualstack.{HOST}.", "A")
UNREAD_RECORDS = every(gaps=(gap("route53:ListResourceRecordSets", "global"),))


def entry(
    name: str,
    status: Any,
    of: Any,
    listens: Any,
    rules: Any,
    fronted: Any,
    accelerators: Any,
    records: Any = NONE,
    **options: Any,
) -> Any:
    return case(name, status, of, listens, rules, fronted, accelerators, records, **options)


test_cloudfront_fronts_public_web_entry = cases(
    "cloudfront_fronts_public_web_entry",
    entry("origin by name", PASS, SHOP, LISTENS, NONE, DIRECT, NONE),
    entry("origin by alias", PASS, SHOP, LISTENS, NONE, BY_ALIAS, NONE),
    entry("origin by two records", PASS, SHOP, LISTENS, NONE, BY_TWO, NONE),
    entry(
        "origin by a private zone's name", FAIL, SHOP, LISTENS, NONE, BY_PRIVATE_NAME, NONE, because="no distribution"
    ),
    entry("a record leads past it", FAIL, SHOP, LISTENS, NONE, DIRECT, NONE, every(BESIDE), because="www.example.com"),
    entry("a record of VPCs", PASS, SHOP, LISTENS, NONE, DIRECT, NONE, every(INSIDE)),
    entry("the origin's own record", PASS, SHOP, LISTENS, NONE, BY_ALIAS, NONE, every(ORIGIN_NAME)),
    entry("records unread", UNKNOWN, SHOP, LISTENS, NONE, DIRECT, NONE, UNREAD_RECORDS),
    entry("in front of no one", FAIL, SHOP, LISTENS, NONE, OPEN, NONE, because="forwards from port 443"),
    entry(
        "by a disabled one", FAIL, SHOP, LISTENS, NONE, fronted_by([distribution(custom(HOST), Enabled=False)]), NONE
    ),
    entry("only a rule forwards", FAIL, SHOP, every(ANSWERS), rule_of(ANSWERS, FORWARD), OPEN, NONE, because="port 80"),
    entry("accelerated", NOT_APPLICABLE, SHOP, LISTENS, NONE, OPEN, accelerated(SHOP.arn)),
    entry("accelerators unread", UNKNOWN, SHOP, LISTENS, NONE, OPEN, UNREAD_GROUPS),
    entry("accelerators not needed", PASS, SHOP, LISTENS, NONE, DIRECT, UNREAD_GROUPS),
    entry("answers itself", NOT_APPLICABLE, SHOP, every(ANSWERS), rule_of(ANSWERS, FIXED), OPEN, NONE),
    entry("internal", NOT_APPLICABLE, balancer(Scheme="internal"), LISTENS, NONE, OPEN, NONE),
    entry("being made", NOT_APPLICABLE, balancer(State={"Code": "provisioning"}), LISTENS, NONE, OPEN, NONE),
    entry(
        "listeners unread",
        UNKNOWN,
        SHOP,
        every(gaps=(gap("elasticloadbalancing:DescribeListeners"),)),
        NONE,
        OPEN,
        NONE,
    ),
)


def groups(**source: Any) -> Any:
    door = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, **source}
    return every(made(SecurityGroup, GroupId="sg-1", GroupName="web", IpPermissions=[door]))


ANYWHERE = groups(IpRanges=[{"CidrIp": "0.0.0.0/0"}])
LISTED = groups(PrefixListIds=[{"PrefixListId": "pl-1"}])
LIST = made(
    PrefixList,
    PrefixListId="pl-1",
    PrefixListArn="arn:pl-1",
    PrefixListName="com.amazonaws.global.cloudfront.origin-facing",
    OwnerId="AWS",
)
OTHER_LIST = made(
    PrefixList, PrefixListId="pl-1", PrefixListArn="arn:pl-1", PrefixListName="office", OwnerId="123456789012"
)
LISTS = every(LIST)
PLAIN = listener(FORWARD)
SENDS = listener(redirect())

test_elbv2_entry_redirects_http = cases(
    "elbv2_entry_redirects_http",
    case("redirects", PASS, SENDS, SHOP, NONE, ANYWHERE, LISTS),
    case("forwards", FAIL, PLAIN, SHOP, NONE, ANYWHERE, LISTS, severity=Severity.MEDIUM, because="port 80 forwards"),
    case("a rule forwards", FAIL, SENDS, SHOP, rule_of(SENDS, FORWARD), ANYWHERE, LISTS, because="rule 7"),
    case("a rule redirects", PASS, SENDS, SHOP, rule_of(SENDS, redirect()), ANYWHERE, LISTS),
    case("answers itself", FAIL, ANSWERS, SHOP, NONE, ANYWHERE, LISTS, severity=Severity.LOW),
    case("for now", FAIL, listener(redirect("HTTP_302")), SHOP, NONE, ANYWHERE, LISTS, severity=Severity.LOW),
    case("to HTTP", FAIL, listener(redirect(protocol="HTTP")), SHOP, NONE, ANYWHERE, LISTS, severity=Severity.LOW),
    case("for CloudFront only", NOT_APPLICABLE, PLAIN, SHOP, NONE, LISTED, LISTS),
    case(
        "the port is closed", NOT_APPLICABLE, listener(FORWARD, port=8080), SHOP, NONE, ANYWHERE, LISTS, because="8080"
    ),
    case("for another list", FAIL, PLAIN, SHOP, NONE, LISTED, every(OTHER_LIST)),
    case("for groups", FAIL, PLAIN, SHOP, NONE, groups(UserIdGroupPairs=[{"GroupId": "sg-2"}]), LISTS),
    case("no group", FAIL, PLAIN, balancer(SecurityGroups=[]), NONE, NONE, LISTS),
    case("groups unread", UNKNOWN, PLAIN, SHOP, NONE, every(gaps=(gap("ec2:DescribeSecurityGroups"),)), LISTS),
    case(
        "rules unread", UNKNOWN, SENDS, SHOP, every(gaps=(gap("elasticloadbalancing:DescribeRules"),)), ANYWHERE, LISTS
    ),
    case("HTTPS", NOT_APPLICABLE, WEB, SHOP, NONE, ANYWHERE, LISTS),
    case("internal", NOT_APPLICABLE, PLAIN, balancer(Scheme="internal"), NONE, ANYWHERE, LISTS),
)

BUCKET = gathered(Bucket, made(BucketEntry, Name="www.example.com", BucketRegion="eu-west-1"))[0]
SITE = made(BucketWebsite, IndexDocument={"Suffix": "index.html"})
REDIRECT = made(BucketWebsite, RedirectAllRequestsTo={"HostName": "example.com"})
PUBLIC, PRIVATE = made(BucketPolicyStatus, IsPublic=True), made(BucketPolicyStatus, IsPublic=False)
ENDPOINT = "www.example.com.s3-website-eu-west-1.amazonaws.com"
BARE = edge_of(distribution())
READS = edge_of(distribution(s3("www.example.com")))
WEBSITE = fronted_by([distribution(custom(ENDPOINT))])

test_s3_static_assets_through_cloudfront = cases(
    "s3_static_assets_through_cloudfront",
    case("public, behind a distribution", PASS, BUCKET, None, PUBLIC, READS, OPEN, NONE),
    case("website behind a distribution", PASS, BUCKET, SITE, PRIVATE, BARE, WEBSITE, NONE),
    case("public alone", FAIL, BUCKET, None, PUBLIC, BARE, OPEN, NONE, because="it is public"),
    case("website alone", FAIL, BUCKET, SITE, None, BARE, OPEN, NONE, because="it is a website"),
    case(
        "a record goes around",
        FAIL,
        BUCKET,
        SITE,
        PUBLIC,
        READS,
        OPEN,
        every(record("www.example.com", "s3-website-eu-west-1.amazonaws.com.", "A")),
        because="the record www.example.com",
    ),
    case(
        "a CNAME goes around",
        FAIL,
        BUCKET,
        SITE,
        PUBLIC,
        READS,
        OPEN,
        every(record("shop.example.com", f"{ENDPOINT}.")),
        because="shop.example.com",
    ),
    case(
        "another site's record",
        PASS,
        BUCKET,
        SITE,
        PUBLIC,
        READS,
        OPEN,
        every(record("other.example.com", "s3-website-eu-west-1.amazonaws.com.", "A")),
    ),
    case("private", NOT_APPLICABLE, BUCKET, None, PRIVATE, BARE, OPEN, NONE),
    case("redirects only", NOT_APPLICABLE, BUCKET, REDIRECT, PRIVATE, BARE, OPEN, NONE),
    case("records unread", UNKNOWN, BUCKET, SITE, PUBLIC, READS, OPEN, every(gaps=(gap("route53:ListHostedZones"),))),
)


def certificate(days: float = 200, **fields: Any) -> Certificate:
    usual = {
        "CertificateArn": "arn:c",
        "DomainName": "www.example.com",
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "RenewalEligibility": "ELIGIBLE",
        "NotAfter": ago(days=-days),
    }
    return made(Certificate, usual | fields)


def detail(*users: str, renewal: str = "", method: str = "DNS") -> CertificateDetail:
    fields: dict[str, Any] = {
        "InUseBy": list(users or (SHOP.arn,)),
        "DomainValidationOptions": [{"DomainName": "www.example.com", "ValidationMethod": method}],
    }
    if renewal:
        fields["RenewalSummary"] = {"RenewalStatus": renewal}
    return made(CertificateDetail, fields, under=certificate())


test_acm_presentation_certificate_renewable = cases(
    "acm_presentation_certificate_renewable",
    case("renews itself", PASS, certificate(), detail(), ACCOUNT),
    case("of a distribution", PASS, certificate(), detail("arn:aws:cloudfront::1:distribution/E1"), ACCOUNT),
    case("imported", FAIL, certificate(Type="IMPORTED"), detail(), ACCOUNT, because="imported"),
    case("not eligible", FAIL, certificate(RenewalEligibility="INELIGIBLE"), detail(), ACCOUNT, because="not eligible"),
    case("expired", FAIL, certificate(Status="EXPIRED"), detail(), ACCOUNT, because="EXPIRED"),
    case("renewal stuck", FAIL, certificate(10), detail(renewal="PENDING_VALIDATION"), ACCOUNT, because="10 days"),
    case("renewal not started", FAIL, certificate(10), detail(), ACCOUNT, because="not started"),
    case("just renewed", PASS, certificate(10), detail(renewal="SUCCESS"), ACCOUNT),
    case("later is enough", PASS, certificate(10), detail(), ACCOUNT, min_days=5),
    case("by email", FAIL, certificate(), detail(method="EMAIL"), ACCOUNT, severity=Severity.LOW),
    case("used elsewhere", NOT_APPLICABLE, certificate(Type="IMPORTED"), detail("arn:aws:apigateway:x"), ACCOUNT),
)


def presenting(name: str, status: Any, judged: Any, *more: Any, gaps: Any = None, **options: Any) -> Any:
    here = three.world(net.acl(), *more, gaps=gaps)
    return case(name, status, judged, here.tiers, here.get(Exposure), here.get(Interfaces), **options)


FRONT = three.instance("i-f", groups=("sg-f",), PublicIpAddress="52.1.1.1", SubnetId="subnet-web")
FRONT_NAME = three.record("www.example.com", "52.1.1.1")
FRONT_CARD = net.eni("eni-f", public="52.1.1.1", groups=("sg-f",), instance="i-f", SubnetId="subnet-web")
WEB_OPEN, SSH_ONLY = (net.group(net.rule("0.0.0.0/0", ports=port), id="sg-f") for port in (443, 22))
EDGE_ONLY = net.group(net.rule("pl-cf", ports=443), id="sg-f")
INNER = net.balancer("inner", scheme="internal", groups=("sg-in",))
INNER_PARTS = (INNER, net.listener(INNER, 8080, "HTTP"), net.group(net.rule("sg-app", ports=8080), id="sg-in"))
NO_STORE = net.group(id="sg-db")
SERVER_WORLD = three.world(*INNER_PARTS, NO_STORE, without=(three.DB_GROUP,))
SERVERS = three.MEMBERS[0]
ALONE = three.asg("web", targets=())
BARE_INSTANCE = three.instance("i-n", groups=("sg-x",))
UNREAD_DATA: dict[type, Any] = {Table: (gap("dynamodb:ListTables"),)}


def serving(name: str, status: Any, judged: Any, world: Any, **options: Any) -> Any:
    return case(name, status, judged, world.tiers, world.get(Exposure), world.get(Interfaces), **options)


test_presentation_tier_without_compute = cases(
    "presentation_tier_without_compute",
    presenting(
        "a public name leads to it",
        FAIL,
        FRONT,
        FRONT,
        FRONT_NAME,
        FRONT_CARD,
        WEB_OPEN,
        because="leads to the instance itself, and tcp 443 is open to the internet",
        severity=Severity.HIGH,
    ),
    presenting("only for other ports", NOT_APPLICABLE, FRONT, FRONT, FRONT_NAME, FRONT_CARD, SSH_ONLY),
    presenting("only for CloudFront", NOT_APPLICABLE, FRONT, FRONT, FRONT_NAME, FRONT_CARD, EDGE_ONLY, net.CLOUDFRONT),
    presenting("no name leads to it", NOT_APPLICABLE, BARE_INSTANCE, BARE_INSTANCE),
    presenting("its group is judged", NOT_APPLICABLE, SERVERS, because="shop is judged"),
    presenting(
        "a worker of the application",
        PASS,
        three.instance("i-a", groups=("sg-app",)),
        three.instance("i-a", groups=("sg-app",)),
        because="uses shop",
    ),
    presenting(
        "stopped",
        NOT_APPLICABLE,
        three.instance("i-f", State={"Name": "stopped"}),
        three.instance("i-f", State={"Name": "stopped"}),
    ),
    presenting(
        "no name leads to it, while records are unread",
        UNKNOWN,
        BARE_INSTANCE,
        BARE_INSTANCE,
        gaps={RecordSet: (gap("route53:ListResourceRecordSets", "global"),)},
    ),
)

test_autoscaling_group_not_in_presentation_tier = cases(
    "autoscaling_group_not_in_presentation_tier",
    presenting("of the application tier", PASS, three.FLEET, because="sends it requests"),
    serving(
        "web servers before an internal load balancer",
        FAIL,
        three.FLEET,
        SERVER_WORLD,
        because="calls the internal load balancer inner",
        severity=Severity.HIGH,
    ),
    serving(
        "web servers, while tables are unread",
        UNKNOWN,
        three.FLEET,
        three.world(*INNER_PARTS, NO_STORE, without=(three.DB_GROUP,), gaps=UNREAD_DATA),
    ),
    presenting("empty", NOT_APPLICABLE, ALONE, ALONE),
)

AT_EDGE = distribution(custom("shop.elb.amazonaws.com"))
BY_RECORD = distribution(custom("shop.example.com"))
SIGNED = custom("shop.elb.amazonaws.com") | {
    "CustomHeaders": {"Quantity": 1, "Items": [{"HeaderName": "X-From-Edge", "HeaderValue": "s"}]}
}
WITH_HEADER = distribution(SIGNED)
FROM_EDGE = net.group(net.rule("pl-cf", ports=443), id="sg-lb")
RANGE = net.group(net.rule("52.94.0.0/22", ports=443), id="sg-lb")
WIDE_RANGE = net.group(net.rule("52.0.0.0/11", ports=443), id="sg-lb")
REFUSES = net.listener(three.SHOP, DefaultActions=[FIXED])
COMMON = managed("AWSManagedRulesCommonRuleSet")
COUNTS = managed("AWSManagedRulesCommonRuleSet", override="Count")
OWN_ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/own/1-2"
OWN_ENTRY = made(WebAclEntry, Name="own", Id="1-2", ARN=OWN_ACL)
USED_BY = (
    OWN_ENTRY,
    gathered(WebAclAssociations, OWN_ENTRY, ListResourcesForWebACL={"ResourceArns": [three.SHOP.arn]}),
)
EDGE_ACL = web_acl(COMMON, arn=ACL_ARN)


def header_rule(header: str) -> Any:
    condition = {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": header, "Values": ["s"]}}
    raw = {"RuleArn": "arn:rule", "Priority": "1", "IsDefault": False, "Actions": [FORWARD], "Conditions": [condition]}
    return every(*gathered(ListenerRule, REFUSES, DescribeRules={"Rules": [raw]}))


def bypass(
    name: str,
    status: Any,
    *more: Any,
    judged: Any = three.SHOP,
    listens: Any = three.HTTPS,
    rules: Any = NONE,
    acls: Any = (),
    strict: Any = (),
    without: Any = (),
    gaps: Any = None,
    **options: Any,
) -> Any:
    here = three.world(net.acl(), *more, without=without, gaps=gaps)
    known = acls if not isinstance(acls, tuple) else every(*acls)
    listening = listens if not isinstance(listens, Listener) else every(listens)
    use = acl_use(balancers=[three.SHOP], acls=strict, associated=strict)
    return case(name, status, judged, here.tiers, here.get(Exposure), listening, rules, known, use, **options)


def demands(header: str) -> Any:
    """The load balancer's own web ACL, which blocks requests without a header."""
    byte = {
        "FieldToMatch": {"SingleHeader": {"Name": header}},
        "SearchString": "s",
        "TextTransformations": [],
        "PositionalConstraint": "EXACTLY",
    }
    return web_acl(own("Block", {"NotStatement": {"Statement": {"ByteMatchStatement": byte}}}), arn=OWN_ACL)


PRIVATE_SHOP = net.balancer(scheme="internal", AvailabilityZones=[{"ZoneName": "z", "SubnetId": "subnet-web"}])
VPC_ORIGIN = made(VpcOrigin, Id="vo-1", Arn="arn:vo", OriginEndpointArn=PRIVATE_SHOP.arn)
PRIVATELY = distribution(
    {"Id": "o", "DomainName": "x.internal", "VpcOriginConfig": {"VpcOriginId": "vo-1", "OwnerAccountId": ACCOUNT.id}}
)

TWICE = net.vpc_origin(three.SHOP.arn)
EDGE_TWICE = (TWICE, net.vpc_origin_endpoint(TWICE), FROM_EDGE, net.CLOUDFRONT)
"""CloudFront is let in, and reaches the load balancer inside the VPC as well."""

test_elbv2_entry_closed_to_cloudfront_bypass = cases(
    "elbv2_entry_closed_to_cloudfront_bypass",
    bypass("open to anywhere", FAIL, AT_EDGE, because="port 443 is open to the internet", severity=Severity.HIGH),
    bypass("by a record", FAIL, BY_RECORD, because="443"),
    bypass("a range wider than a /16", FAIL, AT_EDGE, WIDE_RANGE, without=(three.LB_GROUP,), because="52.0.0.0/11"),
    bypass("a small range", PASS, AT_EDGE, RANGE, without=(three.LB_GROUP,)),
    bypass("CloudFront's addresses only", PASS, AT_EDGE, FROM_EDGE, net.CLOUDFRONT, without=(three.LB_GROUP,)),
    bypass(
        "a VPC origin as well",
        PASS,
        distribution(
            custom("shop.elb.amazonaws.com"),
            {"Id": "v", "DomainName": "x.internal", "VpcOriginConfig": {"VpcOriginId": "vo_1"}},
        ),
        *EDGE_TWICE,
        without=(three.LB_GROUP,),
        because="only CloudFront's addresses",
    ),
    bypass("a header is demanded", PASS, WITH_HEADER, listens=REFUSES, rules=header_rule("x-from-edge")),
    bypass("another header is demanded", FAIL, WITH_HEADER, listens=REFUSES, rules=header_rule("x-other")),
    bypass("a header, but the default forwards", FAIL, WITH_HEADER, rules=header_rule("x-from-edge")),
    bypass(
        "the same rules before it", PASS, AT_EDGE, USED_BY[0], USED_BY, acls=(EDGE_ACL, web_acl(COMMON, arn=OWN_ACL))
    ),
    bypass("its web ACL demands the header", PASS, WITH_HEADER, strict=[demands("x-from-edge")], because="web ACL"),
    bypass("its web ACL demands another header", FAIL, WITH_HEADER, strict=[demands("x-other")]),
    bypass("they only count", FAIL, AT_EDGE, USED_BY[0], USED_BY, acls=(EDGE_ACL, web_acl(COUNTS, arn=OWN_ACL))),
    bypass(
        "internal by a VPC origin",
        PASS,
        PRIVATE_SHOP,
        VPC_ORIGIN,
        PRIVATELY,
        judged=PRIVATE_SHOP,
        without=(three.SHOP,),
    ),
    bypass("no origin", NOT_APPLICABLE),
    bypass("distributions unread", UNKNOWN, gaps={Distribution: (gap("cloudfront:ListDistributions", "global"),)}),
    bypass("listeners unread", UNKNOWN, AT_EDGE, listens=every(gaps=(gap("elbv2:DescribeListeners"),))),
    bypass("rules unread", UNKNOWN, WITH_HEADER, listens=REFUSES, rules=every(gaps=(gap("elbv2:DescribeRules"),))),
    bypass(
        "whose the web ACLs are is unread",
        UNKNOWN,
        USED_BY[0],
        distribution(custom("shop.elb.amazonaws.com"), WebACLId=ACL_ARN),
        acls=(EDGE_ACL,),
        gaps={WebAclAssociations: (gap("wafv2:ListResourcesForWebACL"),)},
    ),
    bypass("web ACLs unread", UNKNOWN, AT_EDGE, acls=every(gaps=(gap("wafv2:GetWebACL"),))),
)


def weighted(set_id: str, *, watched: bool = True) -> RecordSet:
    alias = {"HostedZoneId": "Z", "DNSName": three.SHOP.dns_name, "EvaluateTargetHealth": watched}
    raw = {"Name": "shop.example.com.", "Type": "A", "SetIdentifier": set_id, "Weight": 50, "AliasTarget": alias}
    return made(RecordSet, raw, under=ZONE)


def shifting(
    name: str, status: Any, *more: Any, judged: Any = three.SHOP, rules: Any = NONE, tags: Any = None, **options: Any
) -> Any:
    here = three.world(*more)
    records = options.pop("records", here.every(RecordSet))
    listening = options.pop("listens", every(three.HTTPS))
    found = options.pop("distributions", here.every(Distribution))
    return case(name, status, judged, here.tiers, records, listening, rules, found, Tags(tags or {}), **options)


SPLIT = net.listener(
    three.SHOP,
    DefaultActions=[
        {
            "Type": "forward",
            "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": f"arn:{n}", "Weight": 50} for n in (1, 2)]},
        }
    ],
)
BLUE_GREEN = three.service(targets=(three.TARGETS.arn,), deploymentConfiguration={"strategy": "BLUE_GREEN"})
BY_CODE_DEPLOY = three.service(targets=(three.TARGETS.arn,), deploymentController={"type": "CODE_DEPLOY"})
STAGED = distribution(custom("shop.elb.amazonaws.com"), Staging=True, Id="E2", ARN=f"{ACL_ARN}-2")
UNREAD = every(gaps=(gap("elbv2:Denied"),))

test_route53_blue_green_path_available = cases(
    "route53_blue_green_path_available",
    shifting("nothing has weights", FAIL, because="has weights", severity=Severity.LOW),
    shifting("weighted records", PASS, weighted("blue"), weighted("green"), because="the record shop.example.com"),
    shifting("one weighted record", FAIL, weighted("blue")),
    shifting("nobody watches the targets", FAIL, weighted("blue"), weighted("green", watched=False), because="neither"),
    shifting("weighted target groups", PASS, listens=every(SPLIT), because="forward action"),
    shifting("ECS blue/green", PASS, BLUE_GREEN, because="deployment of web"),
    shifting("ECS by CodeDeploy", PASS, BY_CODE_DEPLOY),
    shifting("EC2 by CodeDeploy", PASS, three.asg("CodeDeploy_shop_d-1", targets=(three.TARGETS.arn,))),
    shifting("a staging distribution", PASS, AT_EDGE, STAGED, because="staging distribution"),
    shifting("no entry", NOT_APPLICABLE, INNER, judged=INNER),
    shifting("for trials", NOT_APPLICABLE, tags={"env": "dev"}),
    shifting("records unread", UNKNOWN, records=UNREAD),
    shifting("listeners unread", UNKNOWN, listens=UNREAD),
    shifting("rules unread", UNKNOWN, rules=UNREAD),
    shifting("distributions unread", UNKNOWN, distributions=UNREAD),
)
