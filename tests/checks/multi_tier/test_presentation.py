from typing import Any

from edges import custom, distribution, edge_of, fronted_by, s3

from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.evidence.ec2_network import PrefixList, SecurityGroup
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup, AcceleratorListener
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.evidence.s3 import Bucket, BucketEntry, BucketPolicyStatus, BucketWebsite
from auditor.model import Severity
from auditor.testing import ACCOUNT, FAIL, NOT_APPLICABLE, PASS, UNKNOWN, ago, case, cases, every, gap, gathered, made

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
BY_TWO = fronted_by(
    ORIGIN, [record("origin.example.com", "lb.example.com."), record("lb.example.com", f"dualstack.{HOST}.", "A")]
)
UNREAD_GROUPS = every(gaps=(gap("globalaccelerator:ListEndpointGroups", "global"),))
ANSWERS = listener(FIXED)

test_cloudfront_fronts_public_web_entry = cases(
    "cloudfront_fronts_public_web_entry",
    case("origin by name", PASS, SHOP, LISTENS, NONE, DIRECT, NONE),
    case("origin by alias", PASS, SHOP, LISTENS, NONE, BY_ALIAS, NONE),
    case("origin by two records", PASS, SHOP, LISTENS, NONE, BY_TWO, NONE),
    case("in front of no one", FAIL, SHOP, LISTENS, NONE, OPEN, NONE, because="forwards from port 443"),
    case("by a disabled one", FAIL, SHOP, LISTENS, NONE, fronted_by([distribution(custom(HOST), Enabled=False)]), NONE),
    case("only a rule forwards", FAIL, SHOP, every(ANSWERS), rule_of(ANSWERS, FORWARD), OPEN, NONE, because="port 80"),
    case("accelerated", NOT_APPLICABLE, SHOP, LISTENS, NONE, OPEN, accelerated(SHOP.arn)),
    case("accelerators unread", UNKNOWN, SHOP, LISTENS, NONE, OPEN, UNREAD_GROUPS),
    case("accelerators not needed", PASS, SHOP, LISTENS, NONE, DIRECT, UNREAD_GROUPS),
    case("answers itself", NOT_APPLICABLE, SHOP, every(ANSWERS), rule_of(ANSWERS, FIXED), OPEN, NONE),
    case("internal", NOT_APPLICABLE, balancer(Scheme="internal"), LISTENS, NONE, OPEN, NONE),
    case("being made", NOT_APPLICABLE, balancer(State={"Code": "provisioning"}), LISTENS, NONE, OPEN, NONE),
    case(
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
