import json
from typing import Any

from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.evidence.acmpca import CertificateAuthority, SharedCertificateAuthority
from auditor.evidence.apigateway import ApiDomain, RestApi, RestMethod
from auditor.evidence.cloudfront import Distribution
from auditor.evidence.dynamodb import Table, TableEntry
from auditor.evidence.ec2 import EbsDefaultKey, EbsEncryptionByDefault, Snapshot, Volume
from auditor.evidence.ec2_network import Vpc
from auditor.evidence.ecs import ClusterEntry, EcsCluster, EcsService, EcsServiceEntry, TaskDefinition
from auditor.evidence.efs import FileSystem, FileSystemPolicy
from auditor.evidence.elasticache import CacheCluster, ReplicationGroup
from auditor.evidence.elb import ClassicAttributes, ClassicLoadBalancer, ClassicPolicies
from auditor.evidence.elbv2 import (
    Listener,
    ListenerRule,
    LoadBalancer,
    LoadBalancerAttributes,
    SslPolicies,
    TargetGroup,
)
from auditor.evidence.iam import ServerCertificate
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.kinesis import Stream, StreamSettings
from auditor.evidence.kms import Alias, Key, KeyEntry, KeyRotation
from auditor.evidence.macie import SensitiveDataFinding
from auditor.evidence.opensearch import Domain, DomainEntry
from auditor.evidence.rds import (
    DbCluster,
    DbClusterParameters,
    DbClusterSnapshot,
    DbInstance,
    DbInstanceParameters,
    DbProxy,
    DbSnapshot,
)
from auditor.evidence.redshift import RedshiftCluster, RedshiftParameters
from auditor.evidence.s3 import Bucket, BucketEncryption, BucketEntry, BucketLogging, BucketPolicy
from auditor.evidence.secretsmanager import Secret
from auditor.evidence.sns import Subscription, Topic, TopicEntry
from auditor.evidence.sqs import Queue, QueueEntry
from auditor.inference.access_logs import AccessLogs
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    REGION,
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
from auditor.wiring import Batch

BUCKET = gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1"))[0]


def policy(*statements: dict[str, Any]) -> BucketPolicy:
    return made(BucketPolicy, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


PLAIN_HTTP = {"Bool": {"aws:SecureTransport": "false"}}


def denial(**changes: Any) -> dict[str, Any]:
    resources = ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": resources,
        "Condition": PLAIN_HTTP,
    } | changes


OLD_TLS = denial(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}})

test_s3_bucket_plaintext_requests = cases(
    "s3_bucket_plaintext_requests",
    case("no policy", FAIL, BUCKET, None, because="no bucket policy"),
    case("textbook", PASS, BUCKET, policy(denial(), OLD_TLS)),
    case("without the TLS version", FAIL, BUCKET, policy(denial()), severity=Severity.LOW),
    case(
        "a list and other case",
        PASS,
        BUCKET,
        policy(denial(Condition={"Bool": {"AWS:securetransport": ["false"]}}), OLD_TLS),
    ),
    case("allows instead of denies", FAIL, BUCKET, policy(denial(Effect="Allow")), because="no statement"),
    case("objects only", FAIL, BUCKET, policy(denial(Resource="arn:aws:s3:::b/*")), because="the bucket itself"),
    case(
        "one principal",
        FAIL,
        BUCKET,
        policy(denial(Principal={"AWS": "arn:aws:iam::123456789012:root"})),
        because="principals",
    ),
    case("reads only", FAIL, BUCKET, policy(denial(Action="s3:Get*")), because="s3:PutObject"),
    case(
        "from some addresses only",
        FAIL,
        BUCKET,
        policy(denial(Condition=PLAIN_HTTP | {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}), OLD_TLS),
        because="its condition on aws:sourceip",
        severity=Severity.MEDIUM,
    ),
    case(
        "both in one statement, which plain HTTP never meets",
        FAIL,
        BUCKET,
        policy(denial(Condition=PLAIN_HTTP | {"NumericLessThan": {"s3:TlsVersion": "1.2"}})),
        because="its condition on s3:tlsversion",
    ),
    case(
        "a lower bound",
        FAIL,
        BUCKET,
        policy(denial(), denial(Condition={"NumericLessThan": {"s3:TlsVersion": "1.1"}})),
        severity=Severity.LOW,
    ),
    case(
        "a higher bound", PASS, BUCKET, policy(denial(), denial(Condition={"NumericLessThan": {"s3:TlsVersion": 1.3}}))
    ),
    case(
        "a bound for one principal",
        FAIL,
        BUCKET,
        policy(denial(), OLD_TLS | {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        severity=Severity.LOW,
    ),
)


def encryption(algorithm: str = "aws:kms", key: str | None = None, *, bucket_key: bool = True) -> BucketEncryption:
    default = {"SSEAlgorithm": algorithm, **({"KMSMasterKeyID": key} if key else {})}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}
    return made(BucketEncryption, Rules=[rule])


OWN_KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SSE_S3 = encryption("AES256", bucket_key=False)
NONE = every()
QUIET = every_of((BUCKET, made(BucketLogging)))
TARGET = every_of((BUCKET, made(BucketLogging, LoggingEnabled={"TargetBucket": "b", "TargetPrefix": ""})))
BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer"


def balancer(kind: str = "application", scheme: str = "internet-facing") -> LoadBalancer:
    own = {} if kind == "gateway" else {"Scheme": scheme}
    arn = f"{BALANCER_ARN}/app/shop/1"
    return made(LoadBalancer, {"LoadBalancerArn": arn, "LoadBalancerName": "shop", "Type": kind, **own})


ALB = balancer()
LOGS = [{"Key": "access_logs.s3.enabled", "Value": "true"}, {"Key": "access_logs.s3.bucket", "Value": "b"}]
LOGGED = AccessLogs(every_of((ALB, made(LoadBalancerAttributes, Attributes=LOGS))), NONE)
UNLOGGED = AccessLogs(NONE, NONE)
LOGS_DENIED = AccessLogs(NONE, every(gaps=[gap("elasticloadbalancing:DescribeLoadBalancerAttributes")]))


def classic_logs(*, on: bool) -> AccessLogs:
    settings = made(ClassicAttributes, AccessLog={"Enabled": on, "S3BucketName": "b"})
    return AccessLogs(NONE, every_of((made(ClassicLoadBalancer, LoadBalancerName="old"), settings)))


LOGGED_CLASSIC, OFF_CLASSIC = classic_logs(on=True), classic_logs(on=False)


def alias(name: str, key_id: str = OWN_KEY.rpartition("/")[2]) -> Alias:
    arn = f"arn:aws:kms:eu-west-1:123456789012:{name}"
    return made(Alias, AliasName=name, AliasArn=arn, TargetKeyId=key_id)


SHOP = every(alias("alias/shop"))
AWS_RDS = every(alias("alias/aws/rds"))
ALIASES_DENIED = every(gaps=[gap("kms:ListAliases")])
AWS_S3 = every(alias("alias/aws/s3"))
NO_FINDINGS = every(gaps=[gap("macie2:ListFindings")])
LOW = Severity.LOW


def found_in(bucket: str) -> Any:
    raw = {
        "id": "f",
        "accountId": "123456789012",
        "resourcesAffected": {"s3Bucket": {"name": bucket}, "s3Object": {"key": "dump.sql"}},
        "classificationDetails": {"result": {"sensitiveData": [{"category": "PERSONAL_INFORMATION", "totalCount": 5}]}},
    }
    answers = {"ListFindings": {"findingIds": ["f"]}, "GetFindings": {"findings": [raw]}}
    return every(*gathered(SensitiveDataFinding, **answers))


test_s3_bucket_default_key_not_customer = cases(
    "s3_bucket_default_key_not_customer",
    case("an own key", PASS, BUCKET, encryption(key=OWN_KEY), {}, QUIET, UNLOGGED, SHOP, NONE, because=OWN_KEY),
    case(
        "twice encrypted",
        PASS,
        BUCKET,
        encryption("aws:kms:dsse", OWN_KEY, bucket_key=False),
        {},
        QUIET,
        UNLOGGED,
        SHOP,
        NONE,
    ),
    case(
        "no bucket key",
        FAIL,
        BUCKET,
        encryption(key=OWN_KEY, bucket_key=False),
        {},
        QUIET,
        UNLOGGED,
        SHOP,
        NONE,
        severity=Severity.INFORMATIONAL,
    ),
    case("a key of S3", FAIL, BUCKET, SSE_S3, {}, QUIET, UNLOGGED, SHOP, NONE, because="AES256", severity=Severity.LOW),
    case(
        "AWS's key",
        FAIL,
        BUCKET,
        encryption(),
        {},
        QUIET,
        UNLOGGED,
        SHOP,
        NONE,
        because="aws:kms",
        severity=Severity.LOW,
    ),
    case("AWS's key by name", FAIL, BUCKET, encryption(key="alias/aws/s3"), {}, QUIET, UNLOGGED, SHOP, NONE),
    case(
        "AWS's key by its ARN", FAIL, BUCKET, encryption(key=OWN_KEY), {}, QUIET, UNLOGGED, AWS_S3, NONE, severity=LOW
    ),
    case("aliases denied", UNKNOWN, BUCKET, encryption(key=OWN_KEY), {}, QUIET, UNLOGGED, ALIASES_DENIED, NONE),
    case("S3's key, aliases denied", FAIL, BUCKET, SSE_S3, {}, QUIET, UNLOGGED, ALIASES_DENIED, NONE),
    case(
        "sensitive by a finding of Macie",
        FAIL,
        BUCKET,
        SSE_S3,
        {},
        QUIET,
        UNLOGGED,
        SHOP,
        found_in("b"),
        because="Macie found personal_information in dump.sql",
        severity=Severity.MEDIUM,
    ),
    case("a finding in another bucket", FAIL, BUCKET, SSE_S3, {}, QUIET, UNLOGGED, SHOP, found_in("c"), severity=LOW),
    case("findings denied", FAIL, BUCKET, SSE_S3, {}, QUIET, UNLOGGED, SHOP, NO_FINDINGS, severity=LOW),
    case("never set", FAIL, BUCKET, None, {}, QUIET, UNLOGGED, SHOP, NONE, because="no encryption was set"),
    case(
        "sensitive",
        FAIL,
        BUCKET,
        SSE_S3,
        {"Sensitivity": "PII"},
        QUIET,
        UNLOGGED,
        SHOP,
        NONE,
        because="Sensitivity says PII",
        severity=Severity.MEDIUM,
    ),
    case(
        "not sensitive",
        FAIL,
        BUCKET,
        SSE_S3,
        {"Sensitivity": "public"},
        QUIET,
        UNLOGGED,
        SHOP,
        NONE,
        severity=Severity.LOW,
    ),
    case("logs of S3", NOT_APPLICABLE, BUCKET, SSE_S3, {}, TARGET, UNLOGGED, SHOP, NONE),
    case("logs of a load balancer", NOT_APPLICABLE, BUCKET, SSE_S3, {}, QUIET, LOGGED, SHOP, NONE),
    case("logs of a Classic Load Balancer", NOT_APPLICABLE, BUCKET, SSE_S3, {}, QUIET, LOGGED_CLASSIC, SHOP, NONE),
    case("logs that are off", FAIL, BUCKET, SSE_S3, {}, QUIET, OFF_CLASSIC, SHOP, NONE, because="AES256"),
    case("load balancers denied", UNKNOWN, BUCKET, SSE_S3, {}, QUIET, LOGS_DENIED, SHOP, NONE),
    case(
        "logging denied",
        UNKNOWN,
        BUCKET,
        SSE_S3,
        {},
        every(gaps=[gap("s3:GetBucketLogging")]),
        UNLOGGED,
        SHOP,
        NONE,
        because="s3:GetBucketLogging was denied",
    ),
)


REDIRECT = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
GROUP_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/shop/1"
FORWARD = {"Type": "forward", "TargetGroupArn": GROUP_ARN}
ONWARD = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTP", "StatusCode": "HTTP_301"}}
FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}


def listener(protocol: str, port: int, *actions: dict[str, Any], **changes: Any) -> Listener:
    raw = {
        "ListenerArn": f"{BALANCER_ARN.replace('loadbalancer', 'listener')}/app/shop/1/{port}",
        "LoadBalancerArn": ALB.arn,
        "Protocol": protocol,
        "Port": port,
        "DefaultActions": list(actions or [FORWARD]),
    }
    return made(Listener, raw | changes, under=ALB)


def rule(owner: Listener, action: dict[str, Any]) -> ListenerRule:
    raw = {"RuleArn": f"{owner.arn}/rule", "Priority": "1", "IsDefault": False, "Actions": [action]}
    (found,) = gathered(ListenerRule, owner, DescribeRules={"Rules": [raw]})
    one: ListenerRule = found
    return one


def group(protocol: str = "HTTPS", port: int = 443, **changes: Any) -> TargetGroup:
    raw = {
        "TargetGroupArn": GROUP_ARN,
        "TargetGroupName": "shop",
        "Protocol": protocol,
        "Port": port,
        "LoadBalancerArns": [ALB.arn],
    }
    return made(TargetGroup, raw | changes)


NLB = balancer("network")
HTTP = listener("HTTP", 80)
TO_HTTPS = listener("HTTP", 80, REDIRECT)
APP = listener("TCP", 5000)
GROUPS_DENIED = every(gaps=[gap("elasticloadbalancing:DescribeTargetGroups")])

test_elbv2_listener_plaintext = cases(
    "elbv2_listener_plaintext",
    case("HTTPS", PASS, listener("HTTPS", 443), ALB, NONE, NONE),
    case("HTTP", FAIL, HTTP, ALB, NONE, NONE, because="port 80 of shop takes HTTP", severity=Severity.HIGH),
    case("HTTP within the VPC", FAIL, HTTP, balancer(scheme="internal"), NONE, NONE, severity=Severity.MEDIUM),
    case("a redirect", PASS, TO_HTTPS, ALB, NONE, NONE),
    case("a redirect with an exception", FAIL, TO_HTTPS, ALB, every(rule(TO_HTTPS, FORWARD)), NONE),
    case("a redirect and an answer", PASS, TO_HTTPS, ALB, every(rule(TO_HTTPS, FIXED)), NONE),
    case("a redirect to plain HTTP", FAIL, listener("HTTP", 80, ONWARD), ALB, NONE, NONE, because="to plain HTTP"),
    case(
        "a redirect as it came",
        FAIL,
        listener("HTTP", 80, ONWARD | {"RedirectConfig": {"StatusCode": "HTTP_301", "Protocol": "#{protocol}"}}),
        ALB,
        NONE,
        NONE,
        because="to plain HTTP",
        severity=Severity.HIGH,
    ),
    case("a rule that redirects to plain HTTP", FAIL, TO_HTTPS, ALB, every(rule(TO_HTTPS, ONWARD)), NONE),
    case("an answer only", PASS, listener("HTTP", 80, FIXED), ALB, NONE, NONE),
    case("rules denied", UNKNOWN, TO_HTTPS, ALB, every(gaps=[gap("elasticloadbalancing:DescribeRules")]), NONE),
    case("TLS", PASS, listener("TLS", 443), NLB, NONE, NONE),
    case("TCP on 80", FAIL, listener("TCP", 80), NLB, NONE, every(group()), severity=Severity.HIGH),
    case("TCP on 80, groups denied", UNKNOWN, listener("TCP", 80), NLB, NONE, GROUPS_DENIED),
    case(
        "TCP on 80 for an application load balancer",
        NOT_APPLICABLE,
        listener("TCP", 80),
        NLB,
        NONE,
        every(group("TCP", 80, TargetType="alb")),
    ),
    case("QUIC", PASS, listener("QUIC", 5000), NLB, NONE, NONE),
    case("TCP on 443", PASS, listener("TCP", 443), NLB, NONE, NONE),
    case("TCP to targets with TLS", PASS, APP, NLB, NONE, every(group("TCP", 8443))),
    case("TCP", FAIL, APP, NLB, NONE, every(group("TCP", 5000)), because="nothing tells", severity=Severity.LOW),
    case("a gateway", NOT_APPLICABLE, APP, balancer("gateway"), NONE, NONE),
)


def policies(*protocols: str, ciphers: tuple[str, ...] = ("TLS_AES_128_GCM_SHA256",)) -> SslPolicies:
    named = [{"Name": name, "Priority": 1} for name in ciphers]
    answer = {"SslPolicies": [{"Name": "ELBSecurityPolicy-X", "SslProtocols": list(protocols), "Ciphers": named}]}
    found: SslPolicies = gathered(SslPolicies, REGION, DescribeSSLPolicies=answer)
    return found


TLS = listener("HTTPS", 443, SslPolicy="ELBSecurityPolicy-X")
SHA1 = ("ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA")

test_elbv2_listener_tls_below_1_2 = cases(
    "elbv2_listener_tls_below_1_2",
    case("1.2 and 1.3", PASS, TLS, policies("TLSv1.2", "TLSv1.3")),
    case("1.0", FAIL, TLS, policies("TLSv1", "TLSv1.1", "TLSv1.2"), because="TLSv1, TLSv1.1", severity=Severity.HIGH),
    case("SSL", FAIL, TLS, policies("SSLv3", "TLSv1.2"), because="accepts SSLv3"),
    case("no 1.3", FAIL, TLS, policies("TLSv1.2"), because="TLS 1.3", severity=Severity.LOW),
    case(
        "SHA-1", FAIL, TLS, policies("TLSv1.2", "TLSv1.3", ciphers=SHA1), because="AES128-SHA)", severity=Severity.LOW
    ),
    case("1.3 is wanted", FAIL, TLS, policies("TLSv1.2", "TLSv1.3"), because="accepts TLSv1.2", minimum="TLSv1.3"),
    case(
        "an unknown policy",
        UNKNOWN,
        listener("TLS", 443, SslPolicy="ELBSecurityPolicy-Y"),
        policies("TLSv1.3"),
        because="ELBSecurityPolicy-Y",
    ),
    case("no TLS", NOT_APPLICABLE, HTTP, policies("TLSv1")),
)

ENDS_TLS = listener("TLS", 443)


def classic(*listeners: tuple[str, int], scheme: str = "internet-facing", certificate: str = "") -> ClassicLoadBalancer:
    described = [
        {
            "Listener": {"Protocol": protocol, "LoadBalancerPort": port, "InstancePort": 80}
            | ({"SSLCertificateId": certificate} if certificate else {}),
            "PolicyNames": ["p"] if protocol in ("HTTPS", "SSL") else [],
        }
        for protocol, port in listeners
    ]
    return made(ClassicLoadBalancer, LoadBalancerName="old", Scheme=scheme, ListenerDescriptions=described)


def negotiating(*protocols: str, name: str = "p") -> ClassicPolicies:
    offered = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2")
    attributes = [
        {"AttributeName": f"Protocol-{one}", "AttributeValue": str(one in protocols).lower()} for one in offered
    ]
    raw = {
        "PolicyName": name,
        "PolicyTypeName": "SSLNegotiationPolicyType",
        "PolicyAttributeDescriptions": [*attributes, {"AttributeName": "AES128-SHA256", "AttributeValue": "true"}],
    }
    sticky = {"PolicyName": "p", "PolicyTypeName": "LBCookieStickinessPolicyType"}
    answer = {"PolicyDescriptions": [sticky, raw]}
    found: ClassicPolicies = gathered(ClassicPolicies, classic(("SSL", 443)), DescribeLoadBalancerPolicies=answer)
    return found


CLASSIC = classic(("HTTPS", 443), ("HTTP", 80))

test_elb_load_balancer_plaintext = cases(
    "elb_load_balancer_plaintext",
    case("HTTPS", PASS, classic(("HTTPS", 443))),
    case("HTTP beside HTTPS", PASS, CLASSIC, because="beside port 80"),
    case("HTTP", FAIL, classic(("HTTP", 8080)), because="port 8080 of old takes HTTP", severity=Severity.HIGH),
    case("HTTP within the VPC", FAIL, classic(("HTTP", 80), scheme="internal"), severity=Severity.MEDIUM),
    case("TCP on 80", FAIL, classic(("TCP", 80)), because="takes TCP"),
    case("TCP on 443", PASS, classic(("TCP", 443))),
    case("no listener", NOT_APPLICABLE, classic()),
)

test_elb_load_balancer_tls_below_1_2 = cases(
    "elb_load_balancer_tls_below_1_2",
    case("1.2", PASS, CLASSIC, negotiating("TLSv1.2")),
    case("1.0", FAIL, CLASSIC, negotiating("TLSv1", "TLSv1.2"), because="TLSv1 by p", severity=Severity.HIGH),
    case("SSL", FAIL, classic(("SSL", 993)), negotiating("SSLv3", "TLSv1.2"), because="port 993 accepts SSLv3"),
    case("an unknown policy", UNKNOWN, CLASSIC, negotiating("TLSv1.2", name="q"), because="port 443"),
    case("no TLS", NOT_APPLICABLE, classic(("HTTP", 80)), gathered(ClassicPolicies, classic(("HTTP", 80)))),
)

SEALED = every(
    made(Vpc, VpcId="vpc-1", OwnerId="123456789012", EncryptionControl={"Mode": "enforce", "State": "available"})
)
MONITORED = every(
    made(Vpc, VpcId="vpc-1", OwnerId="123456789012", EncryptionControl={"Mode": "monitor", "State": "available"})
)
PLAIN_GROUP = group("HTTP", 8080, VpcId="vpc-1")

test_elbv2_target_group_plaintext = cases(
    "elbv2_target_group_plaintext",
    case("HTTPS", PASS, group(), every(ALB), NONE, NONE),
    case("HTTP", FAIL, PLAIN_GROUP, every(ALB), NONE, NONE, because="port 8080 as HTTP", severity=Severity.MEDIUM),
    case("encrypted beneath", FAIL, PLAIN_GROUP, every(ALB), NONE, SEALED, because="vpc-1", severity=Severity.LOW),
    case("encryption watched only", FAIL, PLAIN_GROUP, every(ALB), NONE, MONITORED, severity=Severity.MEDIUM),
    case("networks denied", FAIL, PLAIN_GROUP, every(ALB), NONE, every(gaps=[gap("ec2:DescribeVpcs")])),
    case("TLS ends before TCP", FAIL, group("TCP", 8080), every(ALB), every(ENDS_TLS), NONE, because="TLS ends"),
    case("TCP all the way", PASS, group("TCP", 443), every(ALB), every(listener("TCP", 443)), NONE),
    case("UDP", FAIL, group("UDP", 53), every(ALB), NONE, NONE, severity=Severity.INFORMATIONAL),
    case("UDP beside TCP", FAIL, group("TCP_UDP", 53), every(ALB), NONE, NONE, severity=Severity.INFORMATIONAL),
    case("unused", NOT_APPLICABLE, group("HTTP", 80, LoadBalancerArns=[]), every(ALB), NONE, NONE),
    case("functions", NOT_APPLICABLE, group("HTTP", 80, TargetType="lambda"), every(ALB), NONE, NONE),
    case(
        "listeners denied",
        UNKNOWN,
        group("TCP"),
        every(ALB),
        every(gaps=[gap("elasticloadbalancing:DescribeListeners")]),
        NONE,
    ),
)


def certificate(days: float = 200, **changes: Any) -> Certificate:
    raw = {
        "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        "DomainName": "shop.example.com",
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": "RSA_2048",
        "InUse": True,
        "RenewalEligibility": "ELIGIBLE",
        "NotAfter": ago(days=-days),
    }
    return made(Certificate, {name: value for name, value in {**raw, **changes}.items() if value is not None})


def renewal(status: str) -> CertificateDetail:
    summary = {"RenewalStatus": status, "DomainValidationOptions": [], "UpdatedAt": ago(days=1)}
    return made(CertificateDetail, RenewalSummary={**summary, "RenewalStatusReason": "CAA_ERROR"})


CALM = made(CertificateDetail)

test_acm_certificate_unmanaged = cases(
    "acm_certificate_unmanaged",
    case("renewed by ACM", PASS, certificate(), CALM, ACCOUNT, because="200 days"),
    case("renewed already", PASS, certificate(), renewal("SUCCESS"), ACCOUNT),
    case("about to expire", FAIL, certificate(29), CALM, ACCOUNT, because="29 days", severity=Severity.HIGH),
    case("time enough", PASS, certificate(29), CALM, ACCOUNT, expiry_days=14),
    case(
        "not validated",
        FAIL,
        certificate(),
        renewal("PENDING_VALIDATION"),
        ACCOUNT,
        because="CAA_ERROR",
        severity=Severity.HIGH,
    ),
    case("failed", FAIL, certificate(), renewal("FAILED"), ACCOUNT, because="FAILED"),
    case("not eligible", FAIL, certificate(RenewalEligibility="INELIGIBLE"), CALM, ACCOUNT, severity=Severity.HIGH),
    case("private", PASS, certificate(Type="PRIVATE"), CALM, ACCOUNT),
    case("imported", FAIL, certificate(Type="IMPORTED"), CALM, ACCOUNT, because="imported", severity=Severity.MEDIUM),
    case("imported, about to expire", FAIL, certificate(9, Type="IMPORTED"), CALM, ACCOUNT, severity=Severity.HIGH),
    case(
        "expired",
        FAIL,
        certificate(-3, Status="EXPIRED"),
        CALM,
        ACCOUNT,
        because="3 days ago",
        severity=Severity.CRITICAL,
    ),
    case(
        "a short key", FAIL, certificate(KeyAlgorithm="RSA_1024"), CALM, ACCOUNT, because="1024", severity=Severity.HIGH
    ),
    case("revoked", FAIL, certificate(Status="REVOKED"), CALM, ACCOUNT, because="revoked", severity=Severity.CRITICAL),
    case("unused", NOT_APPLICABLE, certificate(9, InUse=False, Type="IMPORTED"), CALM, ACCOUNT),
    case("not issued", NOT_APPLICABLE, certificate(NotAfter=None, Status="PENDING_VALIDATION"), CALM, ACCOUNT),
    case("use not told", UNKNOWN, certificate(InUse=None), CALM, ACCOUNT, because="InUse"),
)


def uploaded(days: float) -> ServerCertificate:
    return made(
        ServerCertificate,
        Arn="arn:aws:iam::123456789012:server-certificate/old",
        ServerCertificateId="ASCAEXAMPLE",
        Expiration=ago(days=-days),
    )


HTTPS_OLD = every(listener("HTTPS", 443, Certificates=[{"CertificateArn": uploaded(9).arn}]))
CDN = every(
    made(
        Distribution,
        ARN="arn:aws:cloudfront::123456789012:distribution/E1",
        Id="E1",
        ViewerCertificate={"IAMCertificateId": "ASCAEXAMPLE"},
    )
)
CDN_DENIED = every(gaps=[gap("cloudfront:ListDistributions")])

OLD_CLASSIC = every(classic(("HTTPS", 443), certificate=uploaded(9).arn))
CLASSIC_DENIED = every(gaps=[gap("elasticloadbalancing:DescribeLoadBalancers")])

test_iam_server_certificate_in_use = cases(
    "iam_server_certificate_in_use",
    case("unused", PASS, uploaded(9), ACCOUNT, every(HTTP), NONE, NONE, because="none of 1"),
    case(
        "on a listener",
        FAIL,
        uploaded(9),
        ACCOUNT,
        HTTPS_OLD,
        NONE,
        NONE,
        because="/443 uses it",
        severity=Severity.HIGH,
    ),
    case(
        "on a distribution",
        FAIL,
        uploaded(9),
        ACCOUNT,
        NONE,
        CDN,
        NONE,
        because="distribution/E1",
        severity=Severity.HIGH,
    ),
    case("on a Classic Load Balancer", FAIL, uploaded(9), ACCOUNT, NONE, NONE, OLD_CLASSIC, because="loadbalancer/old"),
    case("Classic Load Balancers denied", UNKNOWN, uploaded(9), ACCOUNT, NONE, NONE, CLASSIC_DENIED),
    case(
        "expired", FAIL, uploaded(-9), ACCOUNT, HTTPS_OLD, NONE, NONE, because="2026-11-17", severity=Severity.CRITICAL
    ),
    case("used, others denied", FAIL, uploaded(9), ACCOUNT, HTTPS_OLD, CDN_DENIED, NONE),
    case(
        "denied", UNKNOWN, uploaded(9), ACCOUNT, every(HTTP), CDN_DENIED, NONE, because="cloudfront:ListDistributions"
    ),
)

RDS = "arn:aws:rds:eu-west-1:123456789012"


def instance(*, encrypted: bool = True, key: str = OWN_KEY, **changes: Any) -> DbInstance:
    raw = {"DBInstanceArn": f"{RDS}:db:orders", "DBInstanceIdentifier": "orders", "StorageEncrypted": encrypted}
    return made(DbInstance, {**raw, **({"KmsKeyId": key} if encrypted else {}), **changes})


def cluster(*, encrypted: bool = True, **changes: Any) -> DbCluster:
    raw = {"DBClusterArn": f"{RDS}:cluster:shop", "DBClusterIdentifier": "shop", "StorageEncrypted": encrypted}
    return made(DbCluster, {**raw, **({"KmsKeyId": OWN_KEY} if encrypted else {}), **changes})


test_rds_storage_unencrypted = cases(
    "rds_storage_unencrypted",
    case("an own key", PASS, instance(), SHOP, because=OWN_KEY),
    case("not encrypted", FAIL, instance(encrypted=False), SHOP, because="orders", severity=Severity.HIGH),
    case("AWS's key", FAIL, instance(), AWS_RDS, because="alias/aws/rds", severity=Severity.LOW),
    case(
        "RDS's own key",
        FAIL,
        instance(encrypted=False, StorageEncryptionType="sse-rds"),
        SHOP,
        because="owned by RDS",
        severity=Severity.LOW,
    ),
    case("of a cluster", NOT_APPLICABLE, instance(encrypted=False, DBClusterIdentifier="shop"), SHOP),
    case("aliases denied", UNKNOWN, instance(), ALIASES_DENIED, because="kms:ListAliases was denied"),
    case("not encrypted, aliases denied", FAIL, instance(encrypted=False), ALIASES_DENIED),
)

test_rds_cluster_storage_unencrypted = cases(
    "rds_cluster_storage_unencrypted",
    case("an own key", PASS, cluster(), SHOP),
    case("not encrypted", FAIL, cluster(encrypted=False), SHOP, because="shop", severity=Severity.HIGH),
    case("AWS's key", FAIL, cluster(), AWS_RDS, severity=Severity.LOW),
    case(
        "RDS's own key",
        FAIL,
        cluster(encrypted=False, StorageEncryptionType="sse-rds"),
        ALIASES_DENIED,
        because="owned by RDS",
        severity=Severity.LOW,
    ),
    case("aliases denied", UNKNOWN, cluster(), ALIASES_DENIED),
)


def db_snapshot(kind: str = "manual", **changes: Any) -> DbSnapshot:
    raw = {"DBSnapshotArn": f"{RDS}:snapshot:s", "DBSnapshotIdentifier": "s", "SnapshotType": kind}
    return made(DbSnapshot, {**raw, **changes})


def cluster_snapshot(kind: str = "manual", **changes: Any) -> DbClusterSnapshot:
    raw = {"DBClusterSnapshotArn": f"{RDS}:cluster-snapshot:s", "SnapshotType": kind}
    return made(DbClusterSnapshot, {**raw, **changes})


test_rds_snapshot_unencrypted = cases(
    "rds_snapshot_unencrypted",
    case("encrypted", PASS, db_snapshot(Encrypted=True)),
    case("not encrypted", FAIL, db_snapshot(Encrypted=False), because="s is not encrypted", severity=Severity.MEDIUM),
    case("RDS's own key", PASS, db_snapshot(Encrypted=False, StorageEncryptionType="sse-rds"), because="RDS owns"),
    case("automated", NOT_APPLICABLE, db_snapshot("automated", Encrypted=False)),
    case("not told", UNKNOWN, db_snapshot(), because="Encrypted"),
)

test_rds_cluster_snapshot_unencrypted = cases(
    "rds_cluster_snapshot_unencrypted",
    case("encrypted", PASS, cluster_snapshot(StorageEncrypted=True)),
    case("not encrypted", FAIL, cluster_snapshot(StorageEncrypted=False), severity=Severity.MEDIUM),
    case("RDS's own key", PASS, cluster_snapshot(StorageEncrypted=False, StorageEncryptionType="sse-rds")),
    case("automated", NOT_APPLICABLE, cluster_snapshot("automated", StorageEncrypted=False)),
    case("not told", UNKNOWN, cluster_snapshot(), because="StorageEncrypted"),
)

test_ec2_snapshot_unencrypted = cases(
    "ec2_snapshot_unencrypted",
    case("encrypted", PASS, made(Snapshot, SnapshotId="snap-1", Encrypted=True)),
    case("not encrypted", FAIL, made(Snapshot, SnapshotId="snap-1", Encrypted=False), because="snap-1"),
    case("not told", UNKNOWN, made(Snapshot, SnapshotId="snap-1"), because="Encrypted"),
)


def volume(state: str = "in-use", **changes: Any) -> Volume:
    attached = [{"InstanceId": "i-1", "DeleteOnTermination": True}] if state == "in-use" else []
    raw = {"VolumeId": "vol-1", "State": state, "Size": 80, "Encrypted": False, "Attachments": attached}
    return made(Volume, {**raw, **changes})


test_ec2_volume_unencrypted = cases(
    "ec2_volume_unencrypted",
    case("encrypted", PASS, volume(Encrypted=True)),
    case("attached", FAIL, volume(), because="attached to i-1", severity=Severity.HIGH),
    case("of a service", FAIL, volume(Attachments=[]), because="a service", severity=Severity.HIGH),
    case("attached to nothing", FAIL, volume("available"), because="80 GiB", severity=Severity.MEDIUM),
    case("being made", NOT_APPLICABLE, volume("creating")),
    case("not told", UNKNOWN, made(Volume, VolumeId="vol-1"), because="Encrypted"),
)


def default(*, enabled: bool) -> EbsEncryptionByDefault:
    return made(EbsEncryptionByDefault, EbsEncryptionByDefault=enabled)


AWS_EBS = made(EbsDefaultKey, KmsKeyId="alias/aws/ebs")
OWN_EBS = made(EbsDefaultKey, KmsKeyId=OWN_KEY)

test_ec2_ebs_default_encryption_off = cases(
    "ec2_ebs_default_encryption_off",
    case("on with an own key", PASS, REGION, default(enabled=True), OWN_EBS, every(volume())),
    case("off", FAIL, REGION, default(enabled=False), AWS_EBS, NONE, because="eu-west-1", severity=Severity.MEDIUM),
    case(
        "AWS's key",
        FAIL,
        REGION,
        default(enabled=True),
        AWS_EBS,
        every(volume()),
        because="volumes there: 1",
        severity=Severity.LOW,
    ),
    case("AWS's key for nothing", PASS, REGION, default(enabled=True), AWS_EBS, NONE),
    case("volumes denied", UNKNOWN, REGION, default(enabled=True), AWS_EBS, every(gaps=[gap("ec2:DescribeVolumes")])),
)


def key(state: str = "Enabled", **changes: Any) -> Key:
    metadata = {
        "KeyId": OWN_KEY.rpartition("/")[2],
        "Arn": OWN_KEY,
        "KeyManager": "CUSTOMER",
        "KeyState": state,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "Origin": "AWS_KMS",
    }
    entry = made(KeyEntry, KeyId=metadata["KeyId"], KeyArn=OWN_KEY)
    (found,) = gathered(Key, entry, DescribeKey={"KeyMetadata": metadata | changes})
    one: Key = found
    return one


ON = made(KeyRotation, KeyRotationEnabled=True, RotationPeriodInDays=365)
OFF = made(KeyRotation, KeyRotationEnabled=False)
RARE = made(KeyRotation, KeyRotationEnabled=True, RotationPeriodInDays=2560)
STORES = (
    "volumes", "instances", "clusters", "file_systems", "tables", "queues", "topics", "secrets", "buckets",
    "encryption",
)  # fmt: skip
DENIED = every(gaps=[gap("ec2:DescribeVolumes")])
PLAIN_S3 = every_of((BUCKET, SSE_S3))


def stores(aliases: Any = SHOP, **found: Any) -> tuple[Any, ...]:
    return (ACCOUNT, aliases, *(found.get(name, NONE) for name in STORES))


def queue(policy: dict[str, Any] | None = None, **attributes: str) -> Queue:
    arn = "arn:aws:sqs:eu-west-1:123456789012:q"
    entry = made(QueueEntry, "https://sqs.eu-west-1.amazonaws.com/123456789012/q")
    own = {"Policy": json.dumps({"Statement": [policy]})} if policy else {}
    answer = {"Attributes": {"QueueArn": arn, "SqsManagedSseEnabled": "false", **own, **attributes}}
    (found,) = gathered(Queue, entry, GetQueueAttributes=answer)
    one: Queue = found
    return one


def topic(*statements: dict[str, Any], **attributes: str) -> Topic:
    entry = made(TopicEntry, TopicArn="arn:aws:sns:eu-west-1:123456789012:t")
    answer = {"TopicArn": entry.arn, "Policy": json.dumps({"Statement": list(statements)}), **attributes}
    (found,) = gathered(Topic, entry, GetTopicAttributes={"Attributes": answer})
    one: Topic = found
    return one


def table(key_arn: str) -> Table:
    description = {"TableName": "t", "TableArn": "arn:aws:dynamodb:eu-west-1:123456789012:table/t"}
    described = {**description, "SSEDescription": {"KMSMasterKeyArn": key_arn}}
    (found,) = gathered(Table, made(TableEntry, "t"), DescribeTable={"Table": described})
    one: Table = found
    return one


SECRET_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:s-a1b2c3"
SECRET = every(made(Secret, ARN=SECRET_ARN, Name="s", KmsKeyId="alias/shop"))
ELSEWHERE = every(made(Secret, ARN=SECRET_ARN, Name="s", KmsKeyId="alias/shop", region="us-east-1"))
DOOMED = key("PendingDeletion", DeletionDate=ago(days=-7))

test_kms_key_rotation_disabled = cases(
    "kms_key_rotation_disabled",
    case("rotates", PASS, key(), ON, *stores(), because="every 365 days"),
    case("does not rotate", FAIL, key(), OFF, *stores(), severity=Severity.MEDIUM),
    case("rotates rarely", FAIL, key(), RARE, *stores(), because="2560 days, over 365"),
    case("as rarely as a profile allows", PASS, key(), RARE, *stores(), max_rotation_days=2560),
    case("asymmetric", NOT_APPLICABLE, key(KeySpec="RSA_2048"), None, *stores()),
    case("of a custom key store", NOT_APPLICABLE, key(Origin="AWS_CLOUDHSM"), OFF, *stores()),
    case(
        "a replica",
        NOT_APPLICABLE,
        key(MultiRegion=True, MultiRegionConfiguration={"MultiRegionKeyType": "REPLICA"}),
        OFF,
        *stores(),
    ),
    case("imported", NOT_APPLICABLE, key(Origin="EXTERNAL"), OFF, *stores()),
    case(
        "imported, about to expire",
        FAIL,
        key(Origin="EXTERNAL", ValidTo=ago(days=-9)),
        OFF,
        *stores(),
        because="2026-12-05",
        severity=Severity.HIGH,
    ),
    case("imported, valid for long", NOT_APPLICABLE, key(Origin="EXTERNAL", ValidTo=ago(days=-99)), OFF, *stores()),
    case(
        "doomed and used by a volume",
        FAIL,
        DOOMED,
        OFF,
        *stores(volumes=every(volume(KmsKeyId=OWN_KEY))),
        because="deleted on 2026-12-03",
        severity=Severity.CRITICAL,
    ),
    case(
        "disabled and used by a database",
        FAIL,
        key("Disabled"),
        OFF,
        *stores(instances=every(instance())),
        because="db:orders",
        severity=Severity.CRITICAL,
    ),
    case("doomed and used by its alias", FAIL, DOOMED, OFF, *stores(secrets=SECRET), because=SECRET_ARN),
    case("doomed and used by a table", FAIL, DOOMED, OFF, *stores(tables=every(table(OWN_KEY)))),
    case("doomed and used by a queue", FAIL, DOOMED, OFF, *stores(queues=every(queue(KmsMasterKeyId="alias/shop")))),
    case(
        "doomed and used by a bucket",
        FAIL,
        DOOMED,
        OFF,
        *stores(buckets=every(BUCKET), encryption=every_of((BUCKET, encryption(key=OWN_KEY)))),
        because="arn:aws:s3:::b is encrypted",
        severity=Severity.CRITICAL,
    ),
    case(
        "doomed, a bucket's encryption denied",
        UNKNOWN,
        DOOMED,
        OFF,
        *stores(buckets=every(BUCKET), encryption=every(gaps=[gap("s3:GetEncryptionConfiguration")])),
    ),
    case(
        "doomed, buckets of another key",
        NOT_APPLICABLE,
        DOOMED,
        OFF,
        *stores(buckets=every(BUCKET), encryption=PLAIN_S3),
    ),
    case(
        "its imported material is gone",
        FAIL,
        key("PendingImport", Origin="EXTERNAL"),
        None,
        *stores(volumes=every(volume(KmsKeyId=OWN_KEY))),
        because="it is PendingImport, yet",
        severity=Severity.CRITICAL,
    ),
    case("material never imported", NOT_APPLICABLE, key("PendingImport", Origin="EXTERNAL"), None, *stores()),
    case(
        "its store is not connected",
        FAIL,
        key("Unavailable", Origin="AWS_CLOUDHSM"),
        None,
        *stores(instances=every(instance())),
        severity=Severity.CRITICAL,
    ),
    case("used, others denied", FAIL, DOOMED, OFF, *stores(secrets=SECRET, volumes=DENIED)),
    case("another region's alias", NOT_APPLICABLE, DOOMED, OFF, *stores(secrets=ELSEWHERE)),
    case("doomed and unused", NOT_APPLICABLE, DOOMED, OFF, *stores(volumes=every(volume())), because="none of 1"),
    case(
        "doomed, volumes denied",
        UNKNOWN,
        DOOMED,
        OFF,
        *stores(volumes=DENIED),
        because="ec2:DescribeVolumes was denied",
    ),
    case("doomed, aliases denied", UNKNOWN, DOOMED, OFF, *stores(ALIASES_DENIED)),
)

PLAIN_DENIED = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "*",
    "Condition": PLAIN_HTTP,
}
SOMETIMES = PLAIN_DENIED | {"Condition": PLAIN_HTTP | {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}

test_sqs_queue_encryption = cases(
    "sqs_queue_encryption",
    case("an own key and TLS", PASS, queue(PLAIN_DENIED, KmsMasterKeyId=OWN_KEY)),
    case("not encrypted", FAIL, queue(PLAIN_DENIED), severity=Severity.MEDIUM),
    case(
        "SQS's key", FAIL, queue(PLAIN_DENIED, SqsManagedSseEnabled="true"), because="SQS's key", severity=Severity.LOW
    ),
    case("AWS's key", FAIL, queue(PLAIN_DENIED, KmsMasterKeyId="alias/aws/sqs"), severity=Severity.LOW),
    case("no policy", FAIL, queue(KmsMasterKeyId=OWN_KEY), because="without TLS", severity=Severity.LOW),
    case("denied in one network", FAIL, queue(SOMETIMES, KmsMasterKeyId=OWN_KEY), severity=Severity.LOW),
    case(
        "an allowance", FAIL, queue({**PLAIN_DENIED, "Effect": "Allow"}, KmsMasterKeyId=OWN_KEY), severity=Severity.LOW
    ),
    case(
        "not told",
        UNKNOWN,
        gathered(
            Queue,
            made(QueueEntry, "https://sqs/1/q"),
            GetQueueAttributes={"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-1:1:q"}},
        )[0],
    ),
)


def subscription(protocol: str, arn: str = "arn:aws:sns:eu-west-1:123456789012:t:1") -> Subscription:
    topic_arn = "arn:aws:sns:eu-west-1:123456789012:t"
    endpoint = f"{protocol}://hooks.example.com/"
    return made(Subscription, SubscriptionArn=arn, TopicArn=topic_arn, Protocol=protocol, Endpoint=endpoint)


GOOD = topic(PLAIN_DENIED, KmsMasterKeyId=OWN_KEY)

test_sns_topic_encryption = cases(
    "sns_topic_encryption",
    case("an own key and TLS", PASS, GOOD, NONE),
    case("not encrypted", FAIL, topic(PLAIN_DENIED), NONE, severity=Severity.MEDIUM),
    case("AWS's key", FAIL, topic(PLAIN_DENIED, KmsMasterKeyId="alias/aws/sns"), NONE, severity=Severity.LOW),
    case(
        "plain HTTP is taken", FAIL, topic(KmsMasterKeyId=OWN_KEY), NONE, because="sns:Publish", severity=Severity.LOW
    ),
    case("plain HTTP is sent", FAIL, GOOD, every(subscription("http")), because="http://hooks", severity=Severity.HIGH),
    case("plain HTTP, never confirmed", PASS, GOOD, every(subscription("http", "PendingConfirmation"))),
    case("old signatures", FAIL, GOOD, every(subscription("https")), because="SHA-1", severity=Severity.INFORMATIONAL),
    case(
        "new signatures",
        PASS,
        topic(PLAIN_DENIED, KmsMasterKeyId=OWN_KEY, SignatureVersion="2"),
        every(subscription("https")),
    ),
    case("subscriptions denied", UNKNOWN, GOOD, every(gaps=[gap("sns:ListSubscriptions")])),
)

STREAM = made(Stream, StreamARN="arn:aws:kinesis:eu-west-1:123456789012:stream/s", StreamName="s")


def settings(**changes: Any) -> StreamSettings:
    return made(StreamSettings, {"OpenShardCount": 1, **changes})


test_kinesis_stream_unencrypted = cases(
    "kinesis_stream_unencrypted",
    case("an own key", PASS, STREAM, settings(EncryptionType="KMS", KeyId=OWN_KEY)),
    case("none", FAIL, STREAM, settings(EncryptionType="NONE"), severity=Severity.MEDIUM),
    case("never", FAIL, STREAM, settings()),
    case("AWS's key", FAIL, STREAM, settings(EncryptionType="KMS", KeyId="alias/aws/kinesis"), severity=Severity.LOW),
)


def file_system(**changes: Any) -> FileSystem:
    arn = "arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1"
    return made(FileSystem, {"FileSystemArn": arn, "FileSystemId": "fs-1", **changes})


def mounts(statement: dict[str, Any]) -> FileSystemPolicy:
    return made(FileSystemPolicy, FileSystemId="fs-1", Policy=json.dumps({"Statement": [statement]}))


ENCRYPTED = file_system(Encrypted=True)

test_efs_file_system_encryption = cases(
    "efs_file_system_encryption",
    case("encrypted twice", PASS, ENCRYPTED, mounts(PLAIN_DENIED)),
    case("not at rest", FAIL, file_system(Encrypted=False), mounts(PLAIN_DENIED), severity=Severity.HIGH),
    case("no policy", FAIL, ENCRYPTED, None, because="no policy", severity=Severity.MEDIUM),
    case("plain mounts but for one network", FAIL, ENCRYPTED, mounts(SOMETIMES), because="no statement"),
    case("plain mounts", FAIL, ENCRYPTED, mounts({**PLAIN_DENIED, "Effect": "Allow"}), because="no statement"),
    case("not told", UNKNOWN, file_system(), None, because="Encrypted"),
)


ECS_CLUSTER_ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/c"
ECS_CLUSTER = gathered(
    EcsCluster,
    Batch([made(ClusterEntry, ECS_CLUSTER_ARN)]),
    DescribeClusters={"clusters": [{"clusterArn": ECS_CLUSTER_ARN, "clusterName": "c", "status": "ACTIVE"}]},
)[0]


def connected() -> EcsService:
    entry = made(EcsServiceEntry, "arn:aws:ecs:eu-west-1:123456789012:service/c/web", under=ECS_CLUSTER)
    deployment = {"status": "PRIMARY", "serviceConnectConfiguration": {"enabled": True}}
    raw = {"serviceArn": entry.arn, "serviceName": "web", "deployments": [deployment]}
    found: EcsService = gathered(EcsService, Batch([entry]), DescribeServices={"services": [raw]})[0]
    return found


def mounting(*settings: str | None) -> TaskDefinition:
    """A task definition with a volume on EFS for each setting of transit encryption."""
    volumes = [
        {
            "name": f"v{n}",
            "efsVolumeConfiguration": {"fileSystemId": "fs-1"} | ({"transitEncryption": one} if one else {}),
        }
        for n, one in enumerate(settings)
    ]
    arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:2"
    raw = {"taskDefinitionArn": arn, "family": "web", "revision": 2, "volumes": [{"name": "scratch"}, *volumes]}
    return made(TaskDefinition, raw)


test_ecs_service_efs_mount_plaintext = cases(
    "ecs_service_efs_mount_plaintext",
    case("with TLS", PASS, connected(), mounting("ENABLED"), because="web:2 mounts fs-1"),
    case("one without", FAIL, connected(), mounting("ENABLED", "DISABLED"), because="as v1", severity=Severity.MEDIUM),
    case("never asked for", FAIL, connected(), mounting(None), because="as v0 without TLS"),
    case("no file system", NOT_APPLICABLE, connected(), mounting()),
)


def cache_group(name: str = "shop", **changes: Any) -> ReplicationGroup:
    arn = f"arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:{name}"
    raw = {"ARN": arn, "ReplicationGroupId": name, "TransitEncryptionEnabled": True, "AtRestEncryptionEnabled": True}
    return made(ReplicationGroup, {**raw, **changes})


PLAIN: dict[str, Any] = {"TransitEncryptionEnabled": False}

test_elasticache_replication_group_encryption = cases(
    "elasticache_replication_group_encryption",
    case("both", PASS, cache_group(TransitEncryptionMode="required"), {}),
    case("plain", FAIL, cache_group(**PLAIN), {}, because="clear text", severity=Severity.MEDIUM),
    case("plain sessions", FAIL, cache_group("shop-sessions", **PLAIN), {}, severity=Severity.HIGH),
    case("plain sessions by tag", FAIL, cache_group(**PLAIN), {"use": "auth"}, severity=Severity.HIGH),
    case("plain carts", FAIL, cache_group(**PLAIN), {"use": "cart"}, severity=Severity.HIGH, session_pattern="cart"),
    case("preferred", FAIL, cache_group(TransitEncryptionMode="preferred"), {}, because="still accepted"),
    case("not at rest", FAIL, cache_group(AtRestEncryptionEnabled=False), {}, because="at rest"),
    case("not told", UNKNOWN, made(ReplicationGroup, ARN="arn:x:y:z:1:g", ReplicationGroupId="g"), {}),
)


def cache_cluster(engine: str = "redis", **changes: Any) -> CacheCluster:
    arn = "arn:aws:elasticache:eu-west-1:123456789012:cluster:c"
    raw = {"ARN": arn, "Engine": engine, "TransitEncryptionEnabled": True, "AtRestEncryptionEnabled": False}
    return made(CacheCluster, {**raw, **changes})


test_elasticache_cluster_encryption = cases(
    "elasticache_cluster_encryption",
    case("both", PASS, cache_cluster(AtRestEncryptionEnabled=True)),
    case("not at rest", FAIL, cache_cluster(), because="at rest", severity=Severity.MEDIUM),
    case("plain Memcached", FAIL, cache_cluster("memcached", **PLAIN), because="clear text"),
    case("Memcached with TLS", PASS, cache_cluster("memcached")),
    case("of a group", NOT_APPLICABLE, cache_cluster(ReplicationGroupId="shop")),
    case("not told", UNKNOWN, made(CacheCluster, ARN="arn:x:y:z:1:c", Engine="redis")),
)


def domain(
    *, https: bool = True, rest: bool = True, nodes: bool = True, tls: str = "Policy-Min-TLS-1-2-2019-07"
) -> Domain:
    status = {
        "DomainId": "1/d",
        "DomainName": "d",
        "ARN": "arn:aws:es:eu-west-1:123456789012:domain/d",
        "ClusterConfig": {},
        "DomainEndpointOptions": {"EnforceHTTPS": https, "TLSSecurityPolicy": tls},
        "EncryptionAtRestOptions": {"Enabled": rest},
        "NodeToNodeEncryptionOptions": {"Enabled": nodes},
    }
    entries = Batch([made(DomainEntry, DomainName="d")])
    (found,) = gathered(Domain, entries, DescribeDomains={"DomainStatusList": [status]})
    one: Domain = found
    return one


test_opensearch_domain_encryption = cases(
    "opensearch_domain_encryption",
    case("all", PASS, domain()),
    case("plain HTTP", FAIL, domain(https=False), because="HTTPS", severity=Severity.HIGH),
    case("not at rest", FAIL, domain(rest=False), because="at rest", severity=Severity.HIGH),
    case("between nodes", FAIL, domain(nodes=False), because="nodes", severity=Severity.MEDIUM),
    case("TLS 1.0", FAIL, domain(tls="Policy-Min-TLS-1-0-2019-07"), because="TLS 1.0", severity=Severity.MEDIUM),
    case("all gaps in one", FAIL, domain(https=False, nodes=False), because="enforced; nodes", severity=Severity.HIGH),
)


def warehouse(**changes: Any) -> RedshiftCluster:
    groups = [{"ParameterGroupName": "own", "ParameterApplyStatus": "in-sync"}]
    raw = {"ClusterIdentifier": "w", "Encrypted": True, "ClusterParameterGroups": groups}
    return made(RedshiftCluster, {**raw, **changes})


def require_ssl(value: str) -> RedshiftParameters:
    parameters = [{"ParameterName": "require_ssl", "ParameterValue": value}]
    found: RedshiftParameters = gathered(
        RedshiftParameters, warehouse(), DescribeClusterParameters={"Parameters": parameters}
    )
    return found


PENDING = [{"ParameterGroupName": "own", "ParameterApplyStatus": "pending-reboot"}]

test_redshift_cluster_encryption = cases(
    "redshift_cluster_encryption",
    case("both", PASS, warehouse(), require_ssl("true")),
    case("not at rest", FAIL, warehouse(Encrypted=False), require_ssl("true"), severity=Severity.HIGH),
    case("plain", FAIL, warehouse(), require_ssl("false"), because="require_ssl", severity=Severity.MEDIUM),
    case("not yet", FAIL, warehouse(ClusterParameterGroups=PENDING), require_ssl("true"), severity=Severity.LOW),
    case("not told", UNKNOWN, made(RedshiftCluster, ClusterIdentifier="w"), require_ssl("true"), because="Encrypted"),
)


def engine(name: str, version: str, **changes: Any) -> DbInstance:
    return instance(Engine=name, EngineVersion=version, **changes)


def parameters(**values: str) -> DbInstanceParameters:
    listed = [{"ParameterName": name.replace("__", "."), "ParameterValue": value} for name, value in values.items()]
    owner = instance(DBParameterGroups=[{"DBParameterGroupName": "own", "ParameterApplyStatus": "in-sync"}])
    found: DbInstanceParameters = gathered(DbInstanceParameters, owner, DescribeDBParameters={"Parameters": listed})
    return found


WAITING: dict[str, Any] = {
    "DBParameterGroups": [{"DBParameterGroupName": "own", "ParameterApplyStatus": "pending-reboot"}]
}
FORCED = parameters(rds__force_ssl="1")

test_rds_instance_tls_not_forced = cases(
    "rds_instance_tls_not_forced",
    case("PostgreSQL forces it", PASS, engine("postgres", "14.9"), FORCED),
    case(
        "PostgreSQL does not",
        FAIL,
        engine("postgres", "16.3"),
        parameters(rds__force_ssl="0"),
        because="rds.force_ssl is 0",
        severity=Severity.HIGH,
    ),
    case(
        "PostgreSQL 14 by default",
        FAIL,
        engine("postgres", "14.9"),
        parameters(),
        because="off by default in postgres 14.9",
    ),
    case("PostgreSQL 15 by default", PASS, engine("postgres", "15.2"), parameters()),
    case("MySQL forces it", PASS, engine("mysql", "8.0.36"), parameters(require_secure_transport="ON")),
    case("MySQL by default", FAIL, engine("mysql", "8.4.3"), parameters(), because="require_secure_transport"),
    case("MySQL 9.7 by default", PASS, engine("mysql", "9.7.1"), parameters()),
    case("MySQL 9.7 switched off", FAIL, engine("mysql", "9.7.1"), parameters(require_secure_transport="0")),
    case(
        "PostgreSQL with TLS 1.0",
        FAIL,
        engine("postgres", "16.3"),
        parameters(ssl_min_protocol_version="TLSv1"),
        because="ssl_min_protocol_version admits TLSv1",
        severity=Severity.MEDIUM,
    ),
    case("PostgreSQL with TLS 1.2", PASS, engine("postgres", "16.3"), parameters(ssl_min_protocol_version="TLSv1.2")),
    case("MariaDB 11.8 by default", PASS, engine("mariadb", "11.8.2"), parameters()),
    case("MariaDB 10 by default", FAIL, engine("mariadb", "10.11.6"), parameters(require_secure_transport="")),
    case(
        "old versions",
        FAIL,
        engine("mysql", "5.7.44"),
        parameters(require_secure_transport="1", tls_version="TLSv1,TLSv1.2"),
        because="admits TLSv1",
        severity=Severity.MEDIUM,
    ),
    case("SQL Server forces it", PASS, engine("sqlserver-se", "15.00.4345.5.v1"), FORCED),
    case(
        "SQL Server by default", FAIL, engine("sqlserver-se", "16.00.4085.2.v1"), parameters(), because="rds.force_ssl"
    ),
    case(
        "SQL Server with TLS 1.0",
        FAIL,
        engine("sqlserver-se", "15.00.4345.5.v1"),
        parameters(rds__force_ssl="1", rds__tls10=""),
        because="rds.tls10 is on by default",
        severity=Severity.MEDIUM,
    ),
    case("not yet", FAIL, engine("postgres", "14.9", **WAITING), FORCED, because="reboot", severity=Severity.LOW),
    case("Oracle", MANUAL, engine("oracle-se2", "19.0.0.0"), parameters(), because="SSL option"),
    case("of a cluster", NOT_APPLICABLE, engine("postgres", "14.9", DBClusterIdentifier="shop"), parameters()),
    case("engine not told", UNKNOWN, instance(), parameters(), because="Engine"),
)


def cluster_parameters(**values: str) -> DbClusterParameters:
    listed = [{"ParameterName": name.replace("__", "."), "ParameterValue": value} for name, value in values.items()]
    owner = cluster(DBClusterParameterGroup="own")
    answer = {"Parameters": listed}
    found: DbClusterParameters = gathered(DbClusterParameters, owner, DescribeDBClusterParameters=answer)
    return found


def engines(name: str, version: str, **changes: Any) -> DbCluster:
    return cluster(Engine=name, EngineVersion=version, **changes)


LATER: dict[str, Any] = {
    "DBClusterMembers": [
        {"DBInstanceIdentifier": "a", "IsClusterWriter": True, "DBClusterParameterGroupStatus": "pending-reboot"}
    ]
}

test_rds_cluster_tls_not_forced = cases(
    "rds_cluster_tls_not_forced",
    case(
        "Aurora 16 by default", FAIL, engines("aurora-postgresql", "16.4"), cluster_parameters(), severity=Severity.HIGH
    ),
    case("Aurora 17 by default", PASS, engines("aurora-postgresql", "17.4"), cluster_parameters()),
    case("a Multi-AZ cluster by default", PASS, engines("postgres", "16.4"), cluster_parameters()),
    case(
        "Aurora MySQL forces it",
        PASS,
        engines("aurora-mysql", "8.0.mysql_aurora.3.08.0"),
        cluster_parameters(require_secure_transport="ON"),
    ),
    case(
        "DocumentDB without",
        FAIL,
        engines("docdb", "5.0.0"),
        cluster_parameters(tls="disabled"),
        severity=Severity.HIGH,
    ),
    case(
        "DocumentDB with old versions",
        FAIL,
        engines("docdb", "5.0.0"),
        cluster_parameters(tls="enabled"),
        severity=Severity.MEDIUM,
    ),
    case("DocumentDB with new versions", PASS, engines("docdb", "5.0.0"), cluster_parameters(tls="tls1.2+")),
    case(
        "Aurora with TLS 1.1",
        FAIL,
        engines("aurora-postgresql", "17.4"),
        cluster_parameters(ssl_min_protocol_version="TLSv1.1"),
        severity=Severity.MEDIUM,
    ),
    case("Neptune", PASS, engines("neptune", "1.3.2.0"), cluster_parameters()),
    case("not yet", FAIL, engines("aurora-postgresql", "17.4", **LATER), cluster_parameters(), severity=Severity.LOW),
    case("engine not told", UNKNOWN, cluster(), cluster_parameters(), because="Engine"),
)

PROXY_ARN = "arn:aws:rds:eu-west-1:123456789012:db-proxy:p"

test_rds_proxy_tls_not_required = cases(
    "rds_proxy_tls_not_required",
    case("required", PASS, made(DbProxy, DBProxyArn=PROXY_ARN, RequireTLS=True)),
    case("not required", FAIL, made(DbProxy, DBProxyArn=PROXY_ARN, RequireTLS=False), severity=Severity.MEDIUM),
    case("not told", UNKNOWN, made(DbProxy, DBProxyArn=PROXY_ARN), because="RequireTLS"),
)


def api_domain(**changes: Any) -> ApiDomain:
    return made(ApiDomain, {"domainName": "api.example.com", **changes})


test_apigateway_domain_tls_below_1_2 = cases(
    "apigateway_domain_tls_below_1_2",
    case("1.2", PASS, api_domain(securityPolicy="TLS_1_2")),
    case("1.3", PASS, api_domain(securityPolicy="SecurityPolicy_TLS13_1_3_2025_09"), because="TLS13"),
    case("1.0", FAIL, api_domain(securityPolicy="TLS_1_0"), because="TLS 1.0", severity=Severity.HIGH),
    case("not told", UNKNOWN, api_domain(), because="securityPolicy"),
)


def rest_api(kind: str = "REGIONAL", **changes: Any) -> RestApi:
    return made(RestApi, {"id": "a1", "name": "shop", "endpointConfiguration": {"types": [kind]}, **changes})


test_apigateway_default_endpoint_tls_below_1_2 = cases(
    "apigateway_default_endpoint_tls_below_1_2",
    case("1.2", PASS, rest_api(securityPolicy="TLS_1_2")),
    case("1.3", PASS, rest_api(securityPolicy="SecurityPolicy_TLS13_1_3_2025_09"), because="TLS13"),
    case(
        "1.0",
        FAIL,
        rest_api(securityPolicy="TLS_1_0"),
        because="a1.execute-api.eu-west-1.amazonaws.com is open",
        severity=Severity.LOW,
    ),
    case("by default", FAIL, rest_api(), because="TLS_1_0"),
    case("private by default", PASS, rest_api("PRIVATE")),
    case("closed", NOT_APPLICABLE, rest_api(securityPolicy="TLS_1_0", disableExecuteApiEndpoint=True)),
)


def method(kind: str = "HTTP_PROXY", uri: str = "https://back.example.com", **changes: Any) -> RestMethod:
    integration = {"methodIntegration": {"type": kind, "uri": uri, **changes}}
    items = [{"id": "r", "path": "/orders", "resourceMethods": {"GET": {"httpMethod": "GET", **integration}}}]
    (found,) = gathered(RestMethod, made(RestApi, id="a", name="shop"), GetResources={"items": items})
    one: RestMethod = found
    return one


test_apigateway_integration_plaintext = cases(
    "apigateway_integration_plaintext",
    case("TLS", PASS, method()),
    case("plain", FAIL, method(uri="http://back.example.com"), because="GET /orders calls http://back.example.com"),
    case("plain within the VPC", PASS, method(uri="http://back.example.com", connectionType="VPC_LINK")),
    case("not verified", FAIL, method(tlsConfig={"insecureSkipVerification": True}), because="does not verify"),
    case("a function", NOT_APPLICABLE, method("AWS_PROXY", "arn:aws:apigateway:eu-west-1:lambda:path/x")),
)


def kafka(client: str = "TLS", *, brokers: bool = True, kind: str = "PROVISIONED") -> KafkaCluster:
    transit = {"ClientBroker": client, "InCluster": brokers}
    encrypted = {"EncryptionInTransit": transit, "EncryptionAtRest": {"DataVolumeKMSKeyId": OWN_KEY}}
    settings = {"Provisioned": {"EncryptionInfo": encrypted}} if kind == "PROVISIONED" else {}
    arn = "arn:aws:kafka:eu-west-1:123456789012:cluster/events/1"
    return made(KafkaCluster, {"ClusterArn": arn, "ClusterName": "events", "ClusterType": kind, **settings})


test_kafka_cluster_encryption = cases(
    "kafka_cluster_encryption",
    case("TLS only", PASS, kafka(), SHOP),
    case("TLS or not", FAIL, kafka("TLS_PLAINTEXT"), SHOP, because="TLS_PLAINTEXT", severity=Severity.MEDIUM),
    case("clear text", FAIL, kafka("PLAINTEXT"), SHOP, because="clear text", severity=Severity.HIGH),
    case("clear text between brokers", FAIL, kafka(brokers=False), SHOP, because="brokers", severity=Severity.HIGH),
    case("AWS's key", FAIL, kafka(), every(alias("alias/aws/kafka")), because="alias/aws/kafka", severity=Severity.LOW),
    case("serverless", NOT_APPLICABLE, kafka(kind="SERVERLESS"), SHOP),
    case("aliases denied", UNKNOWN, kafka(), ALIASES_DENIED),
)

INTERNAL = balancer(scheme="internal")
PUBLIC_CERT = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
INNER = made(
    Listener, ListenerArn="l", LoadBalancerArn=INTERNAL.arn, Port=443, Protocol="HTTPS",
    Certificates=[{"CertificateArn": PUBLIC_CERT}], under=INTERNAL,
)  # fmt: skip
INNER_PLAIN = made(Listener, ListenerArn="p", LoadBalancerArn=INTERNAL.arn, Port=80, Protocol="HTTP", under=INTERNAL)


def issued(kind: str = "AMAZON_ISSUED", *, used: bool = True) -> Certificate:
    return made(Certificate, CertificateArn=PUBLIC_CERT, DomainName="shop.internal", Type=kind, InUse=used)


AUTHORITY_ARN = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1"


def authority(
    status: str = "ACTIVE", kind: str = "SUBORDINATE", days: int = 900, **changes: Any
) -> CertificateAuthority:
    raw = {"Arn": AUTHORITY_ARN, "Type": kind, "Status": status, "NotAfter": ago(days=-days)}
    revoking = {"RevocationConfiguration": {"OcspConfiguration": {"Enabled": True}}}
    return made(CertificateAuthority, raw | revoking | changes)


SHARED = made(SharedCertificateAuthority, Arn=AUTHORITY_ARN, Type="SUBORDINATE", Status="ACTIVE")


def inner(*authorities: Any, of: Any = NONE, services: Any = NONE, certificates: Any = NONE, lists: Any = None) -> Any:
    return (
        ACCOUNT,
        every(INTERNAL),
        every(INNER) if lists is None else lists,
        services,
        every(*authorities),
        of,
        certificates,
    )


def refused(name: str) -> Any:
    return every(gaps=[gap(name)])


ONE_CERT = every(issued())
QUIET_REST = (NONE, NONE, NONE, NONE)

test_acmpca_internal_tls_without_private_ca = cases(
    "acmpca_internal_tls_without_private_ca",
    case("an authority", PASS, *inner(authority()), because="1 private authorities"),
    case("a shared one", PASS, *inner(of=every(SHARED))),
    case("a private certificate", PASS, *inner(certificates=every(issued("PRIVATE")))),
    case("none", FAIL, *inner(lists=every(INNER_PLAIN)), because="for 1 internal listeners", severity=Severity.MEDIUM),
    case("an expired one", FAIL, *inner(authority("EXPIRED")), because="none of 1 private authorities"),
    case("public certificates", FAIL, *inner(certificates=ONE_CERT), because="public logs", severity=Severity.LOW),
    case(
        "Service Connect", FAIL, ACCOUNT, NONE, NONE, every(connected()), NONE, NONE, NONE, because="1 Service Connect"
    ),
    case("nothing internal", NOT_APPLICABLE, ACCOUNT, every(ALB), NONE, NONE, NONE, NONE, NONE),
    case(
        "balancers denied", UNKNOWN, ACCOUNT, refused("elasticloadbalancing:DescribeLoadBalancers"), NONE, *QUIET_REST
    ),
    case("listeners denied", UNKNOWN, *inner(lists=refused("elasticloadbalancing:DescribeListeners"))),
    case("services denied", UNKNOWN, *inner(services=refused("ecs:ListServices"))),
    case(
        "authorities denied",
        UNKNOWN,
        ACCOUNT,
        every(INTERNAL),
        every(INNER),
        NONE,
        refused("acm-pca:ListX"),
        NONE,
        NONE,
    ),
    case("shared ones denied", UNKNOWN, *inner(of=refused("acm-pca:ListCertificateAuthorities"))),
    case("certificates denied", UNKNOWN, *inner(certificates=refused("acm:ListCertificates"))),
)


def of_authority(kind: str = "PRIVATE", *, used: bool = True, arn: str = AUTHORITY_ARN) -> tuple[Any, Any]:
    one = issued(kind, used=used)
    return every(one), every_of((one, made(CertificateDetail, CertificateAuthorityArn=arn)))


UNUSED_CERTS = (NONE, every_of())

test_acmpca_authority_unfit = cases(
    "acmpca_authority_unfit",
    case("fit", PASS, authority(), ACCOUNT, *of_authority(), because="subordinate"),
    case(
        "expired and in use",
        FAIL,
        authority("EXPIRED"),
        ACCOUNT,
        *of_authority(),
        because="shop.internal",
        severity=Severity.CRITICAL,
    ),
    case("expired and idle", NOT_APPLICABLE, authority("EXPIRED"), ACCOUNT, *of_authority(used=False)),
    case("expired, others in use", NOT_APPLICABLE, authority("EXPIRED"), ACCOUNT, *of_authority(arn="arn:other")),
    case("not ready", NOT_APPLICABLE, authority("PENDING_CERTIFICATE"), ACCOUNT, *UNUSED_CERTS),
    case("soon over", FAIL, authority(days=300), ACCOUNT, *UNUSED_CERTS, because="expires on", severity=Severity.HIGH),
    case(
        "a root that issues",
        FAIL,
        authority(kind="ROOT"),
        ACCOUNT,
        *of_authority(),
        because="root",
        severity=Severity.MEDIUM,
    ),
    case("a root that does not", PASS, authority(kind="ROOT"), ACCOUNT, *UNUSED_CERTS),
    case("no revocation", FAIL, authority(RevocationConfiguration={}), ACCOUNT, *UNUSED_CERTS, because="neither a CRL"),
    case(
        "short-lived",
        PASS,
        authority(RevocationConfiguration={}, UsageMode="SHORT_LIVED_CERTIFICATE"),
        ACCOUNT,
        *UNUSED_CERTS,
    ),
    case("certificates denied", UNKNOWN, authority(), ACCOUNT, refused("acm:ListCertificates"), every_of()),
    case("details denied", UNKNOWN, authority(), ACCOUNT, of_authority()[0], refused("acm:DescribeCertificate")),
)

test_tls_between_processes_enforced = cases(
    "tls_between_processes_enforced",
    case("a question", MANUAL, ACCOUNT, because="does all traffic between processes and p"),
)
