import json
from typing import Any

import networks
from principals import ADMIN, IDLE, OUTSIDE, allow, managed, rights, role, used, workload

from auditor.evidence.acmpca import CertificateAuthority
from auditor.evidence.apigateway import ApiDomain, BasePathMappings, RestApi
from auditor.evidence.apigatewayv2 import ApiMapping, HttpApi, HttpDomain
from auditor.evidence.appmesh import Mesh, MeshEgress, VirtualNode, VirtualNodeEntry
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import VpcEndpoint
from auditor.evidence.ecs import (
    ClusterEntry,
    EcsCluster,
    EcsService,
    EcsServiceEntry,
    LatestTaskDefinition,
    TaskDefinition,
    TaskDefinitionFamily,
)
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer, TargetGroup
from auditor.evidence.kms import Key, KeyEntry, KeyPolicy
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy, FunctionUrl
from auditor.evidence.route53_vpcs import VpcZones
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.evidence.tagging import TaggedResource
from auditor.inference.api_names import ApiNames
from auditor.inference.function_urls import UrlCallers
from auditor.inference.powers import Powers
from auditor.inference.role_use import Workload
from auditor.inference.vpc_needs import VpcNeeds
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)
from auditor.wiring import Batch

NONE = every()
ECS = "arn:aws:ecs:eu-west-1:123456789012"
TASK_ROLE = "arn:aws:iam::123456789012:role/task"
EXECUTION_ROLE = "arn:aws:iam::123456789012:role/execution"


def definition(revision: int = 2, **changes: Any) -> dict[str, Any]:
    raw = {"taskDefinitionArn": f"{ECS}:task-definition/web:{revision}", "family": "web", "revision": revision}
    return {**raw, "executionRoleArn": EXECUTION_ROLE, **changes}


def newest(**changes: Any) -> LatestTaskDefinition:
    answer = {"taskDefinition": definition(**changes)}
    (found,) = gathered(LatestTaskDefinition, made(TaskDefinitionFamily, "web"), DescribeTaskDefinition=answer)
    one: LatestTaskDefinition = found
    return one


OWN: dict[str, Any] = {"taskRoleArn": TASK_ROLE}
SHARED: dict[str, Any] = {"taskRoleArn": EXECUTION_ROLE}
ON_HOST: dict[str, Any] = {"compatibilities": ["EXTERNAL", "EC2"], "networkMode": "host"}
ON_FARGATE: dict[str, Any] = {"compatibilities": ["EC2", "FARGATE"], "networkMode": "awsvpc"}

test_ecs_task_definition_without_task_role = cases(
    "ecs_task_definition_without_task_role",
    case("a role of its own", PASS, newest(**OWN), because=TASK_ROLE),
    case("the execution role", FAIL, newest(**SHARED), because=EXECUTION_ROLE, severity=Severity.MEDIUM),
    case("none, on the host's network", FAIL, newest(**ON_HOST), because="their instance", severity=Severity.HIGH),
    case("none, on a bridge by default", FAIL, newest(compatibilities=["EC2"]), severity=Severity.HIGH),
    case("none, on Fargate", FAIL, newest(**ON_FARGATE), severity=Severity.INFORMATIONAL),
)

CLUSTER_ARN = f"{ECS}:cluster/shop"
CLUSTERS = {"clusters": [{"clusterArn": CLUSTER_ARN, "clusterName": "shop", "status": "ACTIVE"}]}
CLUSTER = gathered(EcsCluster, Batch([made(ClusterEntry, CLUSTER_ARN)]), DescribeClusters=CLUSTERS)[0]


def service(**deployment: Any) -> EcsService:
    entry = made(EcsServiceEntry, f"{ECS}:service/shop/web", under=CLUSTER)
    raw = {"serviceArn": entry.arn, "serviceName": "web", "deployments": [{"status": "PRIMARY", **deployment}]}
    (found,) = gathered(EcsService, Batch([entry]), DescribeServices={"services": [raw]})
    one: EcsService = found
    return one


OLDER = made(TaskDefinition, definition(1, **SHARED))

test_ecs_service_without_task_role = cases(
    "ecs_service_without_task_role",
    case("an older revision", FAIL, service(), OLDER, every(newest()), because="web:1", severity=Severity.MEDIUM),
    case("an older revision with a role", PASS, service(), made(TaskDefinition, definition(1, **OWN)), every(newest())),
    case("the newest", NOT_APPLICABLE, service(), made(TaskDefinition, definition(**SHARED)), every(newest())),
    case("task definitions denied", UNKNOWN, service(), OLDER, every(gaps=[gap("ecs:DescribeTaskDefinition")])),
)


def connected(*ports: dict[str, Any], enabled: bool = True) -> EcsService:
    configuration = {"enabled": enabled, "namespace": "shop", "services": list(ports)}
    return service(serviceConnectConfiguration=configuration)


AUTHORITY = {"awsPcaAuthorityArn": "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1"}
WITH_TLS: dict[str, Any] = {"portName": "api", "tls": {"issuerCertificateAuthority": AUTHORITY}}
WITHOUT_TLS: dict[str, Any] = {"portName": "admin"}
ABROAD = {"awsPcaAuthorityArn": "arn:aws:acm-pca:eu-west-1:999999999999:certificate-authority/1"}
OF_OTHERS: dict[str, Any] = {"portName": "api", "tls": {"issuerCertificateAuthority": ABROAD}}


def authority(status: str = "ACTIVE") -> CertificateAuthority:
    return made(CertificateAuthority, Arn=AUTHORITY["awsPcaAuthorityArn"], Type="ROOT", Status=status)


AUTHORITIES = every(authority())
AUTHORITIES_DENIED = every(gaps=[gap("acm-pca:ListCertificateAuthorities")])

test_ecs_service_connect_tls_off = cases(
    "ecs_service_connect_tls_off",
    case("certificates", PASS, connected(WITH_TLS), AUTHORITIES),
    case(
        "one port without",
        FAIL,
        connected(WITH_TLS, WITHOUT_TLS),
        AUTHORITIES,
        because="admin",
        severity=Severity.MEDIUM,
    ),
    case("a client only", NOT_APPLICABLE, connected(), AUTHORITIES),
    case("off", NOT_APPLICABLE, connected(WITHOUT_TLS, enabled=False), AUTHORITIES),
    case("not used", NOT_APPLICABLE, service(), AUTHORITIES),
    case(
        "of an authority that is disabled",
        FAIL,
        connected(WITH_TLS),
        every(authority("DISABLED")),
        because="certificate-authority/1, which is DISABLED",
        severity=Severity.HIGH,
    ),
    case("of an authority that is gone", FAIL, connected(WITH_TLS), every(), because="deleted", severity=Severity.HIGH),
    case("of another account's authority", PASS, connected(OF_OTHERS), every()),
    case("authorities denied", UNKNOWN, connected(WITH_TLS), AUTHORITIES_DENIED),
    case("plain, authorities denied", FAIL, connected(WITHOUT_TLS), AUTHORITIES_DENIED),
)

BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1"


def balancer(scheme: str = "internet-facing", kind: str = "application") -> LoadBalancer:
    return made(LoadBalancer, LoadBalancerArn=BALANCER_ARN, LoadBalancerName="shop", Type=kind, Scheme=scheme)


PUBLIC, INTERNAL = balancer(), balancer("internal")


def listener(mode: str = "off", protocol: str = "HTTPS", **mutual: Any) -> Listener:
    arn = BALANCER_ARN.replace("loadbalancer/", "listener/") + "/2"
    raw = {"ListenerArn": arn, "Port": 443, "Protocol": protocol, "MutualAuthentication": {"Mode": mode, **mutual}}
    return made(Listener, raw, under=PUBLIC)


PLAIN = listener()


def rule(kind: str) -> ListenerRule:
    answer = {"Rules": [{"RuleArn": f"{PLAIN.arn}/rule", "IsDefault": False, "Actions": [{"Type": kind}]}]}
    (found,) = gathered(ListenerRule, PLAIN, DescribeRules=answer)
    one: ListenerRule = found
    return one


REMOVED = listener("verify", TrustStoreAssociationStatus="removed", TrustStoreArn="arn:aws:x:y:z:truststore")

test_elbv2_listener_mutual_tls_unverified = cases(
    "elbv2_listener_mutual_tls_unverified",
    case("verified", PASS, listener("verify", TrustStoreAssociationStatus="active"), PUBLIC, NONE),
    case("passed on", FAIL, listener("passthrough"), PUBLIC, NONE, because="443", severity=Severity.MEDIUM),
    case("expired ones too", FAIL, listener("verify", IgnoreClientCertificateExpiry=True), PUBLIC, NONE),
    case("trust store removed", FAIL, REMOVED, PUBLIC, NONE, because="truststore", severity=Severity.HIGH),
    case("nobody asks, internal", FAIL, PLAIN, INTERNAL, NONE, severity=Severity.INFORMATIONAL),
    case("people sign in, internal", PASS, PLAIN, INTERNAL, every(rule("authenticate-oidc"))),
    case("rules forward, internal", FAIL, PLAIN, INTERNAL, every(rule("forward"))),
    case("public without", NOT_APPLICABLE, PLAIN, PUBLIC, NONE),
    case("no TLS", NOT_APPLICABLE, listener(protocol="HTTP"), PUBLIC, NONE),
    case("network", NOT_APPLICABLE, listener(protocol="TLS"), balancer(kind="network"), NONE),
    case("rules denied", UNKNOWN, PLAIN, INTERNAL, every(gaps=[gap("elasticloadbalancing:DescribeRules")])),
)

FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pay"
FUNCTION = made(Function, FunctionName="pay", FunctionArn=FUNCTION_ARN)
ALIAS = made(FunctionAlias, under=FUNCTION, Name="live", AliasArn=f"{FUNCTION_ARN}:live")


def permission(service_name: str, **condition: Any) -> dict[str, Any]:
    principal = {"Service": f"{service_name}.amazonaws.com"}
    one = {"Sid": "Call", "Effect": "Allow", "Principal": principal, "Action": "lambda:InvokeFunction"}
    return {**one, "Condition": condition} if condition else one


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


def policy(*statements: dict[str, Any]) -> FunctionPolicy:
    return made(FunctionPolicy, Policy=document(*statements))


def from_arn(arn: str) -> dict[str, Any]:
    return {"ArnLike": {"AWS:SourceArn": arn}}


TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"
BUCKET = from_arn("arn:aws:s3:::shop-uploads")
OWN_ACCOUNT: dict[str, Any] = {"StringEquals": {"AWS:SourceAccount": "123456789012"}}
SOME_ORGANIZATION: dict[str, Any] = {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}
PERSON = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "lambda:InvokeFunction"}
TOKEN: dict[str, Any] = {"StringEquals": {"lambda:EventSourceToken": "amzn1.ask.skill.1"}}

test_lambda_permission_unscoped_service = cases(
    "lambda_permission_unscoped_service",
    case("a topic", PASS, FUNCTION, policy(permission("sns", **from_arn(TOPIC)))),
    case("an account", PASS, FUNCTION, policy(permission("events", **OWN_ACCOUNT))),
    case("an organization", PASS, FUNCTION, policy(permission("events", **SOME_ORGANIZATION))),
    case("anybody's", FAIL, FUNCTION, policy(permission("sns")), because="statement Call", severity=Severity.HIGH),
    case("a bucket alone", FAIL, FUNCTION, policy(permission("s3", **BUCKET)), because="shop-uploads, whoever's"),
    case("a bucket and its account", PASS, FUNCTION, policy(permission("s3", **BUCKET, **OWN_ACCOUNT))),
    case("any account's topics", FAIL, FUNCTION, policy(permission("sns", **from_arn("arn:aws:sns:*:*:orders")))),
    case("an optional source", FAIL, FUNCTION, policy(permission("sns", ArnLikeIfExists={"AWS:SourceArn": TOPIC}))),
    case("another service", FAIL, FUNCTION, policy(permission("lexv2")), severity=Severity.MEDIUM),
    case(
        "the worse of two",
        FAIL,
        FUNCTION,
        policy(permission("lexv2"), permission("sns")),
        because="sns.amazonaws.com",
        severity=Severity.HIGH,
    ),
    case("a skill by its token", PASS, FUNCTION, policy(permission("alexa-appkit", **TOKEN))),
    case("a smart home skill by its token", PASS, FUNCTION, policy(permission("alexa-connectedhome", **TOKEN))),
    case("a skill without", FAIL, FUNCTION, policy(permission("alexa-appkit")), severity=Severity.MEDIUM),
    case("people only", NOT_APPLICABLE, FUNCTION, policy(PERSON)),
    case("no policy", NOT_APPLICABLE, FUNCTION, None),
)

test_lambda_alias_permission_unscoped_service = cases(
    "lambda_alias_permission_unscoped_service",
    case("a topic", PASS, ALIAS, made(AliasPolicy, Policy=document(permission("sns", **from_arn(TOPIC))))),
    case("anybody's", FAIL, ALIAS, made(AliasPolicy, Policy=document(permission("sns"))), severity=Severity.HIGH),
    case("no policy", NOT_APPLICABLE, ALIAS, None),
)

ANYTHING: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


def endpoint(*statements: dict[str, Any], service_name: str = "s3", **changes: Any) -> VpcEndpoint:
    raw = {
        "VpcEndpointId": "vpce-1",
        "VpcEndpointType": "Gateway",
        "ServiceName": f"com.amazonaws.eu-west-1.{service_name}",
        "State": "Available",
        **({"PolicyDocument": document(*statements)} if statements else {}),
    }
    return made(VpcEndpoint, {**raw, **changes})


def within(key: str) -> dict[str, Any]:
    return {"Condition": {"StringEquals": {key: "o-a1b2c3d4e5"}}}


STRANGE: dict[str, Any] = {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}
DENIAL: dict[str, Any] = {**ANYTHING, "Effect": "Deny", "Condition": STRANGE}
INTERFACE: dict[str, Any] = {"VpcEndpointType": "Interface"}


def without(raw: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in raw.items() if key != name}


test_ec2_vpc_endpoint_policy_full_access = cases(
    "ec2_vpc_endpoint_policy_full_access",
    case("everything", FAIL, endpoint(ANYTHING), because="everything of s3", severity=Severity.MEDIUM),
    case("all of the service", FAIL, endpoint({**ANYTHING, "Action": "s3:*"})),
    case("a lesser service", FAIL, endpoint(ANYTHING, service_name="ec2", **INTERFACE), severity=Severity.LOW),
    case("principals of the organization", PASS, endpoint({**ANYTHING, **within("aws:PrincipalOrgID")})),
    case("resources of the organization", PASS, endpoint({**ANYTHING, **within("aws:ResourceOrgID")})),
    case("a denial of the rest", PASS, endpoint(ANYTHING, DENIAL)),
    case(
        "a denial of one action",
        FAIL,
        endpoint(ANYTHING, {**DENIAL, "Action": "s3:DeleteBucket"}),
        because="but for s3:DeleteBucket",
        severity=Severity.MEDIUM,
    ),
    case("a denial for one bucket", FAIL, endpoint(ANYTHING, {**DENIAL, "Resource": "arn:aws:s3:::shop/*"})),
    case(
        "a denial but for AWS's buckets",
        PASS,
        endpoint(ANYTHING, {**without(DENIAL, "Resource"), "NotResource": "arn:aws:s3:::al2023-*/*"}),
    ),
    case("all buckets", FAIL, endpoint({**ANYTHING, "Resource": "arn:aws:s3:::*"})),
    case("a bucket", PASS, endpoint({**ANYTHING, "Resource": "arn:aws:s3:::shop/*"})),
    case("a harmless condition", FAIL, endpoint({**ANYTHING, **within("aws:RequestedRegion")})),
    case("a service without policies", NOT_APPLICABLE, endpoint(**INTERFACE)),
    case("appliances", NOT_APPLICABLE, endpoint(ANYTHING, VpcEndpointType="GatewayLoadBalancer")),
    case("being made", NOT_APPLICABLE, endpoint(ANYTHING, State="Pending")),
)

# ---- roles of workloads

JOB = role("job", allow("s3:GetObject", on="arn:aws:s3:::b/*"))
PRECIOUS = role("precious", allow("dynamodb:GetItem", on="arn:aws:dynamodb:*:*:table/orders"))
SHOP = {"aws:cloudformation:stack-name": "shop"}


def sharing(of: Any, *ones: Workload, **more: Any) -> Any:
    return used(*ones, roles=[of], **more)


def two(of: Any, first: dict[str, str], second: dict[str, str], way: str = "") -> Any:
    return sharing(of, workload(of, "pay", way=way, **first), workload(of, "ship", **second))


BLIND = sharing(JOB, gaps=[gap("lambda:ListFunctions")])

UNTAGGED = every()
TAGS_DENIED = every(gaps=[gap("tag:GetResources")])
FUNCTIONS = "arn:aws:lambda:eu-west-1:123456789012:function"
IN_SHOP = [{"Key": key, "Value": value} for key, value in SHOP.items()]

test_iam_role_shared_by_workloads = cases(
    "iam_role_shared_by_workloads",
    case("one", PASS, JOB, sharing(JOB, workload(JOB)), rights(JOB), UNTAGGED, because="1 workloads"),
    case(
        "two",
        FAIL,
        JOB,
        two(JOB, {}, {}),
        rights(JOB),
        UNTAGGED,
        because="2 workloads act as it (function pay, function ship)",
        severity=Severity.MEDIUM,
    ),
    case("two are allowed", PASS, JOB, two(JOB, {}, {}), rights(JOB), UNTAGGED, max_workloads=2),
    case("of one stack", PASS, JOB, two(JOB, SHOP, SHOP), rights(JOB), UNTAGGED),
    case("of one application", PASS, JOB, two(JOB, {"App": "shop"}, {"App": "shop"}), rights(JOB), UNTAGGED),
    case("of one stack, with a table", FAIL, PRECIOUS, two(PRECIOUS, SHOP, SHOP), rights(PRECIOUS), UNTAGGED),
    case(
        "of two environments",
        FAIL,
        JOB,
        two(JOB, {"env": "prod"}, {"env": "dev"}),
        rights(JOB),
        UNTAGGED,
        because="of development and production",
        severity=Severity.HIGH,
    ),
    case(
        "one is reached",
        FAIL,
        JOB,
        two(JOB, {}, {}, way="api"),
        rights(JOB),
        UNTAGGED,
        because="reaches the function pay by api",
        severity=Severity.HIGH,
    ),
    case("nobody's", NOT_APPLICABLE, JOB, IDLE, rights(JOB), UNTAGGED),
    case("AWS's", NOT_APPLICABLE, role("x", path="/aws-service-role/x/"), IDLE, rights(), UNTAGGED),
    case("functions denied", UNKNOWN, JOB, BLIND, rights(JOB), UNTAGGED),
    case(
        "of one stack, by the Tagging API",
        PASS,
        JOB,
        two(JOB, {}, {}),
        rights(JOB),
        every(*(made(TaggedResource, ResourceARN=f"{FUNCTIONS}:{one}", Tags=IN_SHOP) for one in ("pay", "ship"))),
    ),
    case("tags denied", UNKNOWN, JOB, two(JOB, {}, {}), rights(JOB), TAGS_DENIED, because="GetResources was denied"),
    case("a table, tags denied", FAIL, PRECIOUS, two(PRECIOUS, {}, {}), rights(PRECIOUS), TAGS_DENIED),
)


def judged(*statements: dict[str, Any], policies: Any = (), extra: Any = ()) -> tuple[Any, ...]:
    """A role of a function with these rights, and what the check wants beside it."""
    one = role("app", *statements, policies=policies)
    return one, sharing(one, workload(one)), rights(one, *extra), every(*extra)


SQS_FULL = managed("arn:aws:iam::aws:policy/AmazonSQSReadOnlyFullAccess", allow("sqs:List*"))
POLICIES_DENIED = every(gaps=[gap("iam:GetAccountAuthorizationDetails", "global")])
ATTACHED = judged(policies=[SQS_FULL.arn], extra=[SQS_FULL])

test_iam_workload_role_overscoped = cases(
    "iam_workload_role_overscoped",
    case("named actions on named resources", PASS, *judged(allow("s3:GetObject", on="arn:aws:s3:::b/*"))),
    case("what has no resources", PASS, *judged(allow("ec2:Describe*", "xray:Put*", "logs:PutLogEvents"))),
    case(
        "any role may be assumed",
        FAIL,
        *judged(allow("sts:AssumeRole", "secretsmanager:GetSecretValue")),
        because="statement Own of inline policy own of role/app allows sts:AssumeRole on *",
        severity=Severity.CRITICAL,
    ),
    case(
        "any secret", FAIL, *judged(allow("secretsmanager:Get*")), because="GetSecretValue on *", severity=Severity.HIGH
    ),
    case("any bucket", FAIL, *judged(allow("s3:GetObject", on="arn:aws:s3:::*/*")), severity=Severity.HIGH),
    case("any table of a region", FAIL, *judged(allow("dynamodb:Query", on="arn:aws:dynamodb:eu-west-1:1:table/*"))),
    case("any key by a condition", PASS, *judged(allow("kms:Decrypt", StringEquals={"kms:ViaService": "s3.x"}))),
    case("any queue", FAIL, *judged(allow("sqs:*")), because="sqs:ReceiveMessage", severity=Severity.MEDIUM),
    case(
        "a whole service", FAIL, *judged(allow("athena:*")), because="athena:* on everything", severity=Severity.MEDIUM
    ),
    case("a broad policy of AWS", FAIL, *ATTACHED, because="AmazonSQSReadOnlyFullAccess", severity=Severity.MEDIUM),
    case("denied again", PASS, *judged(allow("s3:GetObject"), {**allow("s3:*"), "Effect": "Deny"})),
    case("an administrator", NOT_APPLICABLE, *judged(allow("*")), because="iam_principal_administrator"),
    case("nobody's", NOT_APPLICABLE, JOB, IDLE, rights(JOB), every()),
    case("functions denied", UNKNOWN, JOB, BLIND, rights(JOB), every()),
    case("policies denied", UNKNOWN, *ATTACHED[:3], POLICIES_DENIED),
)

# ---- what the internet reaches

SECRETS = [made(Secret, ARN=f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{n}", Name=str(n)) for n in range(7)]
NO_POLICIES = every_of(*((one, gathered(SecretPolicy, one, GetResourcePolicy={})) for one in SECRETS))


def kms_key(number: int) -> tuple[Key, KeyPolicy]:
    arn = f"arn:aws:kms:eu-west-1:123456789012:key/{number}"
    entry = made(KeyEntry, KeyArn=arn, KeyId=str(number))
    root = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*", "Resource": "*"}
    metadata = {"Arn": arn, "KeyId": str(number), "KeyManager": "CUSTOMER"}
    one: Key = gathered(Key, entry, DescribeKey={"KeyMetadata": metadata})[0]
    return one, made(KeyPolicy, Policy=json.dumps({"Statement": [root]}))


KEYS = [kms_key(number) for number in range(5)]


def powers(*evidence: Any, gaps: Any = ()) -> Powers:
    return Powers(
        rights(*evidence, gaps=gaps), every(*SECRETS), NO_POLICIES, every(*(one for one, _ in KEYS)), every_of(*KEYS)
    )


CURIOUS = role("curious", allow("secretsmanager:GetSecretValue"))
OPENING = role("opening", allow("kms:Decrypt"))
RISING = role("rising", allow("sts:AssumeRole", on=ADMIN.arn))


def host(tokens: str = "required", **changes: Any) -> Instance:
    metadata = {"HttpTokens": tokens, "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1}
    profile = {"Arn": "arn:aws:iam::123456789012:instance-profile/app", "Id": "AIPAEXAMPLE"}
    raw = {
        "InstanceId": "i-1",
        "State": {"Name": "running"},
        "IamInstanceProfile": profile,
        "MetadataOptions": metadata,
    }
    return made(Instance, raw | changes)


HOST = host()
OPEN_HOST = (networks.exposure(networks.SSH_OPEN), networks.interfaces(networks.eni()))
SHUT_HOST = (networks.exposure(networks.group()), networks.interfaces(networks.eni()))
UNREAD_HOST = (networks.exposure(gaps=(gap("ec2:DescribeSecurityGroups"),)), networks.interfaces(networks.eni()))


def running(of: Any) -> Any:
    return used(Workload("instance", "i-1", HOST.arn, of.arn), roles=[of])


test_ec2_internet_reachable_privileged_role = cases(
    "ec2_internet_reachable_privileged_role",
    case(
        "an administrator",
        FAIL,
        HOST,
        *OPEN_HOST,
        running(ADMIN),
        powers(ADMIN),
        because="its role admin is an administrator; the internet reaches it: tcp 22 of 52.1.2.3",
        severity=Severity.CRITICAL,
    ),
    case("a way up", FAIL, HOST, *OPEN_HOST, running(RISING), powers(RISING, ADMIN), because="can become"),
    case("secrets", FAIL, HOST, *OPEN_HOST, running(CURIOUS), powers(CURIOUS), because="can read 7 secrets, over 5"),
    case("keys", FAIL, HOST, *OPEN_HOST, running(OPENING), powers(OPENING), because="can decrypt with 5 keys, over 3"),
    case(
        "secrets, functions denied",
        FAIL,
        HOST,
        *OPEN_HOST,
        running(CURIOUS),
        powers(CURIOUS, gaps=[gap("lambda:ListFunctions")]),
        because="can read 7 secrets",
    ),
    case(
        "a modest role, functions denied",
        UNKNOWN,
        HOST,
        *OPEN_HOST,
        running(JOB),
        powers(JOB, gaps=[gap("lambda:ListFunctions")]),
        because="lambda:ListFunctions was denied",
    ),
    case("few secrets", PASS, HOST, *OPEN_HOST, running(CURIOUS), powers(CURIOUS), max_secrets=7),
    case("a modest role", PASS, HOST, *OPEN_HOST, running(JOB), powers(JOB), because="not privileged"),
    case("not reached", PASS, HOST, *SHUT_HOST, running(ADMIN), powers(ADMIN), because="does not reach"),
    case(
        "without tokens", FAIL, host("optional"), *OPEN_HOST, running(ADMIN), powers(ADMIN), because="without a token"
    ),
    case("no role", NOT_APPLICABLE, host(), *OPEN_HOST, IDLE, powers()),
    case("groups denied", UNKNOWN, HOST, *UNREAD_HOST, running(ADMIN), powers(ADMIN)),
)

WEB_SERVICE = service()


def serving(of: Any, way: str = "shop", unseen: Any = None) -> Any:
    return used(Workload("service", "web", WEB_SERVICE.arn, of.arn, way=way), roles=[of], unseen=unseen)


UNSEEN = {TargetGroup: [gap("elasticloadbalancing:DescribeTargetGroups")]}

test_ecs_internet_reachable_privileged_role = cases(
    "ecs_internet_reachable_privileged_role",
    case(
        "an administrator",
        FAIL,
        WEB_SERVICE,
        serving(ADMIN),
        powers(ADMIN),
        because="its role admin is an administrator, and requests from the internet come by shop",
        severity=Severity.HIGH,
    ),
    case("a modest role", PASS, WEB_SERVICE, serving(JOB), powers(JOB), because="not privileged"),
    case("not reached", PASS, WEB_SERVICE, serving(ADMIN, ""), powers(ADMIN), because="no request"),
    case("no role", NOT_APPLICABLE, WEB_SERVICE, IDLE, powers()),
    case("ways that could not be read", UNKNOWN, WEB_SERVICE, serving(ADMIN, "", UNSEEN), powers(ADMIN)),
)


def function_url(auth: str, arn: str = FUNCTION_ARN) -> FunctionUrl:
    raw = {"FunctionArn": arn, "FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/", "AuthType": auth}
    return made(FunctionUrl, raw, under=FUNCTION)


def invoked(of: Any, way: str = "api") -> Any:
    return used(Workload("function", "pay", FUNCTION_ARN, of.arn, way=way), roles=[of])


def inviting(*actions: str) -> str:
    """A function's policy by which everyone may do so."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": [*actions], "Resource": FUNCTION_ARN}
    return json.dumps({"Statement": [statement]})


BOTH = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
INVITING = every_of((FUNCTION, made(FunctionPolicy, Policy=inviting(*BOTH))))
HALF = every_of((FUNCTION, made(FunctionPolicy, Policy=inviting(BOTH[0]))))
LIVE = made(FunctionAlias, under=FUNCTION, Name="live", AliasArn=f"{FUNCTION_ARN}:live", FunctionVersion="3")
LIVE_URL = function_url("NONE", f"{FUNCTION_ARN}:live")
POLICY_DENIED = every(gaps=[gap("lambda:GetPolicy")])
URLS_DENIED = every(gaps=[gap("lambda:ListFunctionUrlConfigs")])


def callable_by(*urls: FunctionUrl, policies: Any = INVITING) -> UrlCallers:
    return UrlCallers(every_of(*((FUNCTION, one) for one in urls)), policies, every(), every_of())


OPEN = callable_by(function_url("NONE"))
OPEN_ALIAS = UrlCallers(
    every_of((FUNCTION, LIVE_URL)), every_of(), every(LIVE), every_of((LIVE, made(AliasPolicy, Policy=inviting(*BOTH))))
)
SHUT = callable_by(function_url("NONE"), policies=HALF)
SIGNED = callable_by(function_url("AWS_IAM"))
UNREAD_POLICY = callable_by(function_url("NONE"), policies=POLICY_DENIED)
UNREAD_URLS = UrlCallers(URLS_DENIED, INVITING, every(), every_of())
ONE_UNREAD = UrlCallers(
    every_of((FUNCTION, LIVE_URL), (FUNCTION, function_url("NONE"))), INVITING, URLS_DENIED, every_of()
)


test_lambda_internet_reachable_privileged_role = cases(
    "lambda_internet_reachable_privileged_role",
    case(
        "by an API",
        FAIL,
        FUNCTION,
        invoked(ADMIN),
        powers(ADMIN),
        callable_by(),
        because="its role admin is an administrator, and requests from the internet come by api",
        severity=Severity.HIGH,
    ),
    case(
        "by an API and an open URL",
        FAIL,
        FUNCTION,
        invoked(ADMIN),
        powers(ADMIN),
        OPEN,
        because="come by api, and a URL of it asks for no credentials",
        severity=Severity.CRITICAL,
    ),
    case(
        "by an alias's open URL",
        FAIL,
        FUNCTION,
        invoked(ADMIN, "its URL"),
        powers(ADMIN),
        OPEN_ALIAS,
        because="come by its URL, and a URL of it asks for no credentials",
        severity=Severity.CRITICAL,
    ),
    case(
        "by an open URL, beside one whose policy was not read",
        FAIL,
        FUNCTION,
        invoked(ADMIN, "its URL"),
        powers(ADMIN),
        ONE_UNREAD,
        because="asks for no credentials",
        severity=Severity.CRITICAL,
    ),
    case(
        "by an API, and a URL that the function's policy closes",
        FAIL,
        FUNCTION,
        invoked(ADMIN),
        powers(ADMIN),
        SHUT,
        because="come by api",
        severity=Severity.HIGH,
    ),
    case(
        "by an API, and a URL whose policy was not read",
        FAIL,
        FUNCTION,
        invoked(ADMIN),
        powers(ADMIN),
        UNREAD_POLICY,
        because="come by api; whether a URL of it answers everyone is not known: lambda:GetPolicy was denied",
        severity=Severity.HIGH,
    ),
    case(
        "by an API, URLs denied",
        FAIL,
        FUNCTION,
        invoked(ADMIN),
        powers(ADMIN),
        UNREAD_URLS,
        because="is not known: lambda:ListFunctionUrlConfigs was denied",
        severity=Severity.HIGH,
    ),
    case(
        "by a URL that whoever has an AWS account may sign for",
        FAIL,
        FUNCTION,
        invoked(ADMIN, "its URL"),
        powers(ADMIN),
        SIGNED,
        because="come by its URL",
        severity=Severity.HIGH,
    ),
    case("a modest role", PASS, FUNCTION, invoked(JOB), powers(JOB), OPEN),
    case("not reached", PASS, FUNCTION, invoked(ADMIN, ""), powers(ADMIN), callable_by()),
    case("no role", NOT_APPLICABLE, FUNCTION, IDLE, powers(), OPEN),
    case(
        "by a URL whose policy was not read",
        UNKNOWN,
        FUNCTION,
        used(
            Workload("function", "pay", FUNCTION_ARN, ADMIN.arn),
            roles=[ADMIN],
            unjudged={FUNCTION_ARN: gap("lambda:GetPolicy")},
        ),
        powers(ADMIN),
        UNREAD_POLICY,
        because="lambda:GetPolicy was denied",
    ),
)

# ---- mutual TLS

MESH = gathered(
    Mesh,
    ListMeshes={
        "meshes": [
            {
                "arn": "arn:aws:appmesh:eu-west-1:123456789012:mesh/shop",
                "meshName": "shop",
                "meshOwner": "123456789012",
                "resourceOwner": "123456789012",
                "createdAt": "2024-01-01T00:00:00+00:00",
                "lastUpdatedAt": "2024-01-01T00:00:00+00:00",
                "version": 1,
            }
        ]
    },
)[0]
TRUST: dict[str, Any] = {"validation": {"trust": {"file": {"certificateChain": "/ca"}}}}
CALLS: dict[str, Any] = {"certificate": {"sds": {"secretName": "spiffe://shop"}}, **TRUST}


def node(listener_tls: Any, client_tls: Any, *more: dict[str, Any]) -> VirtualNode:
    tls = (
        {"tls": {"certificate": {"file": {"certificateChain": "/c", "privateKey": "[redacted]"}}, **listener_tls}}
        if listener_tls
        else {}
    )
    policy = {"clientPolicy": {"tls": client_tls}} if client_tls else {}
    arn = "arn:aws:appmesh:eu-west-1:123456789012:mesh/shop/virtualNode/web"
    moment = "2024-01-01T00:00:00+00:00"
    owners = {"meshOwner": "123456789012", "resourceOwner": "123456789012", "version": 1}
    times = {"createdAt": moment, "lastUpdatedAt": moment}
    listed = {"arn": arn, "meshName": "shop", "virtualNodeName": "web", **owners, **times}
    entry = gathered(VirtualNodeEntry, MESH, ListVirtualNodes={"virtualNodes": [listed]})[0]
    raw = {
        "meshName": "shop",
        "virtualNodeName": "web",
        "metadata": {"arn": arn, "uid": "1", **owners, **times},
        "status": {"status": "ACTIVE"},
        "spec": {
            "backendDefaults": policy,
            "listeners": [{"portMapping": {"port": 80, "protocol": "http"}, **tls}, *more],
        },
    }
    found: VirtualNode = gathered(VirtualNode, entry, DescribeVirtualNode={"virtualNode": raw})[0]
    return found


DROPS = made(MeshEgress, spec={"egressFilter": {"type": "DROP_ALL"}})
LETS_OUT = made(MeshEgress, spec={"egressFilter": {"type": "ALLOW_ALL"}})
STRICT: dict[str, Any] = {"mode": "STRICT", **TRUST}

test_appmesh_virtual_node_mtls_off = cases(
    "appmesh_virtual_node_mtls_off",
    case("both sides", PASS, node(STRICT, CALLS), DROPS, because="SPIRE"),
    case("plain text", FAIL, node(None, CALLS), DROPS, because="port 80 takes plain text (DISABLED)"),
    case(
        "plain text at a second port",
        FAIL,
        node(STRICT, CALLS, {"portMapping": {"port": 81, "protocol": "http"}}),
        DROPS,
        because="port 81 takes plain text (DISABLED)",
    ),
    case("plain text too", FAIL, node({"mode": "PERMISSIVE", **TRUST}, CALLS), DROPS, because="PERMISSIVE"),
    case("no client certificates", FAIL, node({"mode": "STRICT"}, CALLS), DROPS, because="no certificate"),
    case("calls in clear text", FAIL, node(STRICT, None), DROPS, because="calls other services"),
    case("calls as it likes", FAIL, node(STRICT, {"enforce": False, **CALLS}), DROPS),
    case("calls without a certificate", FAIL, node(STRICT, TRUST), DROPS),
    case("an open mesh", FAIL, node(STRICT, CALLS), LETS_OUT, because="the mesh shop", severity=Severity.LOW),
)


def names(api: str, *truststores: str, warning: str = "") -> ApiNames:
    rest, maps, http, http_maps = [], [], [], []
    for number, store in enumerate(truststores):
        warned = {"truststoreWarnings": [warning]} if warning else {}
        tls = {"mutualTlsAuthentication": {"truststoreUri": store, **warned}} if store else {}
        one = made(ApiDomain, {"domainName": f"{number}.example.com", **tls})
        upper = {"MutualTlsAuthentication": {"TruststoreUri": store}} if store else {}
        other = made(HttpDomain, {"DomainName": f"{number}.example.com", **upper})
        rest.append(one)
        maps.append((one, gathered(BasePathMappings, one, GetBasePathMappings={"items": [{"restApiId": api}]})))
        http.append(other)
        http_maps.append(made(ApiMapping, under=other, ApiMappingId="m", ApiId=api, Stage="live"))
    return ApiNames(every(*rest), every_of(*maps), every(*http), every(*http_maps))


def rest(policy_statement: Any = None, *, closed: bool = False, private: bool = False) -> RestApi:
    raw: dict[str, Any] = {"id": "a1", "name": "shop", "disableExecuteApiEndpoint": closed}
    raw["endpointConfiguration"] = {"types": ["PRIVATE" if private else "REGIONAL"]}
    text = {"policy": json.dumps({"Statement": [policy_statement]})} if policy_statement else {}
    return made(RestApi, raw | text)


ANYONE = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*", "Sid": "All"}
BY_ENDPOINT = ANYONE | {"Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}}
DOMAINS_DENIED = ApiNames(*(every(gaps=[gap("apigateway:GET")]) for _ in range(4)))

test_apigateway_mutual_tls_bypass = cases(
    "apigateway_mutual_tls_bypass",
    case("one way in", PASS, rest(closed=True), names("a1", "s3://t/a"), OUTSIDE),
    case("execute-api", FAIL, rest(), names("a1", "s3://t/a"), OUTSIDE, because="execute-api", severity=Severity.HIGH),
    case("another name", FAIL, rest(closed=True), names("a1", "s3://t/a", ""), OUTSIDE, because="1.example.com"),
    case(
        "a bad truststore",
        FAIL,
        rest(closed=True),
        names("a1", "s3://t/a", warning="expired"),
        OUTSIDE,
        because="expired",
        severity=Severity.MEDIUM,
    ),
    case("private by endpoint", PASS, rest(BY_ENDPOINT, private=True), names("a1"), OUTSIDE),
    case(
        "private for anyone",
        FAIL,
        rest(ANYONE, private=True),
        names("a1"),
        OUTSIDE,
        because="anyone",
        severity=Severity.MEDIUM,
    ),
    case("private without a policy", PASS, rest(private=True), names("a1"), OUTSIDE, because="every call to it fails"),
    case("neither", NOT_APPLICABLE, rest(), names("a1", ""), OUTSIDE),
    case("another API's certificates", NOT_APPLICABLE, rest(), names("b2", "s3://t/a"), OUTSIDE),
    case("names denied", UNKNOWN, rest(), DOMAINS_DENIED, OUTSIDE),
)


def http(*, closed: bool = False) -> HttpApi:
    raw = {"ApiId": "a1", "Name": "shop", "ProtocolType": "HTTP", "RouteSelectionExpression": "x"}
    return made(HttpApi, raw | {"DisableExecuteApiEndpoint": closed})


test_apigatewayv2_mutual_tls_bypass = cases(
    "apigatewayv2_mutual_tls_bypass",
    case("one way in", PASS, http(closed=True), names("a1", "s3://t/a")),
    case("execute-api", FAIL, http(), names("a1", "s3://t/a"), because="execute-api"),
    case("another name", FAIL, http(closed=True), names("a1", "s3://t/a", ""), because="1.example.com"),
    case("no certificates", NOT_APPLICABLE, http(), names("a1", "")),
    case("names denied", UNKNOWN, http(), DOMAINS_DENIED),
)

# ---- endpoints

VPC = networks.vpc()


def in_vpc(**changes: Any) -> Function:
    network = {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-app"]}
    return made(Function, {"FunctionName": "pay", "FunctionArn": FUNCTION_ARN, "VpcConfig": network, **changes})


def needs(of: Any, gaps: Any = ()) -> VpcNeeds:
    subnets = every(networks.subnet())
    return VpcNeeds(every(in_vpc(), gaps=gaps), every(), every_of(), every(), every(), subnets, invoked(of), rights(of))


def vpce(name: str, kind: str = "Interface", state: str = "Available", **changes: Any) -> VpcEndpoint:
    raw = {"VpcEndpointId": f"vpce-{name}", "VpcEndpointType": kind, "ServiceName": f"com.amazonaws.eu-west-1.{name}"}
    own = {"PrivateDnsEnabled": True, "Groups": [{"GroupId": "sg-vpce"}]} if kind == "Interface" else {}
    return made(VpcEndpoint, raw | {"VpcId": "vpc-1", "State": state} | own | changes)


S3_READER = role("files", allow("s3:PutObject", on="arn:aws:s3:::b/*"))
SECRETIVE = role("keeper", allow("secretsmanager:GetSecretValue", on=SECRETS[0].arn))
SENDER = role("sender", allow("sqs:SendMessage", on="arn:aws:sqs:*:*:q"))
ADMITTING = every(networks.group(networks.rule("10.0.0.0/16", ports=443), id="sg-vpce"))
PULLER = role("puller", allow("ecr:BatchGetImage", on="arn:aws:ecr:*:*:repository/web"))
BY_LIST = every(networks.group(networks.rule("pl-1", ports=443), id="sg-vpce"))
BY_GROUP = every(networks.group(networks.rule("sg-app", ports=443), id="sg-vpce"))
ELSEWHERE = every(networks.group(networks.rule("192.168.0.0/16", ports=443), id="sg-vpce"))
OUT = networks.routes(networks.table(networks.route("0.0.0.0/0", NatGatewayId="nat-1")))
WITHIN = networks.routes(networks.table())
ZONES = gathered(VpcZones, VPC, ListHostedZonesByVPC={"HostedZoneSummaries": [], "MaxItems": "100"})
CENTRAL = gathered(
    VpcZones,
    VPC,
    ListHostedZonesByVPC={
        "HostedZoneSummaries": [
            {"HostedZoneId": "Z1", "Name": f"{name}.eu-west-1.amazonaws.com.", "Owner": {"OwningAccount": "1"}}
            for name in ("secretsmanager", "api.ecr", "dkr.ecr")
        ],
        "MaxItems": "100",
    },
)
S3_GATEWAY = vpce("s3", "Gateway", RouteTableIds=["rtb-1"])
KEEPING = vpce("secretsmanager")
GROUPS_DENIED = every(gaps=[gap("ec2:DescribeSecurityGroups")])

test_ec2_vpc_endpoint_missing_for_used_service = cases(
    "ec2_vpc_endpoint_missing_for_used_service",
    case(
        "a gateway",
        PASS,
        VPC,
        ACCOUNT,
        needs(S3_READER),
        every(S3_GATEWAY),
        ADMITTING,
        OUT,
        ZONES,
        because="lead to s3",
    ),
    case(
        "no gateway",
        FAIL,
        VPC,
        ACCOUNT,
        needs(S3_READER),
        every(),
        ADMITTING,
        OUT,
        ZONES,
        because="s3 has no endpoint, though function pay",
        severity=Severity.MEDIUM,
    ),
    case(
        "a gateway elsewhere",
        FAIL,
        VPC,
        ACCOUNT,
        needs(S3_READER),
        every(vpce("s3", "Gateway", RouteTableIds=["rtb-9"])),
        ADMITTING,
        OUT,
        ZONES,
        because="not on the route table rtb-1",
    ),
    case("secrets", PASS, VPC, ACCOUNT, needs(SECRETIVE), every(KEEPING), ADMITTING, OUT, ZONES),
    case("secrets, by group", PASS, VPC, ACCOUNT, needs(SECRETIVE), every(KEEPING), BY_GROUP, OUT, ZONES),
    case(
        "secrets, not admitted",
        FAIL,
        VPC,
        ACCOUNT,
        needs(SECRETIVE),
        every(KEEPING),
        ELSEWHERE,
        OUT,
        ZONES,
        because="admits 443 from function pay",
        severity=Severity.MEDIUM,
    ),
    case(
        "secrets, no name",
        FAIL,
        VPC,
        ACCOUNT,
        needs(SECRETIVE),
        every(vpce("secretsmanager", PrivateDnsEnabled=False)),
        ADMITTING,
        OUT,
        ZONES,
        because="private DNS",
    ),
    case(
        "secrets, pending",
        FAIL,
        VPC,
        ACCOUNT,
        needs(SECRETIVE),
        every(vpce("secretsmanager", state="Pending")),
        ADMITTING,
        OUT,
        ZONES,
        because="is pending",
    ),
    case(
        "secrets by the internet",
        FAIL,
        VPC,
        ACCOUNT,
        needs(SECRETIVE),
        every(),
        ADMITTING,
        OUT,
        ZONES,
        severity=Severity.HIGH,
    ),
    case(
        "secrets with no way out",
        FAIL,
        VPC,
        ACCOUNT,
        needs(SECRETIVE),
        every(),
        ADMITTING,
        WITHIN,
        ZONES,
        severity=Severity.MEDIUM,
    ),
    case("secrets by a central endpoint", PASS, VPC, ACCOUNT, needs(SECRETIVE), every(), ADMITTING, OUT, CENTRAL),
    case(
        "a queue",
        FAIL,
        VPC,
        ACCOUNT,
        needs(SENDER),
        every(),
        ADMITTING,
        OUT,
        ZONES,
        because="sqs",
        severity=Severity.LOW,
    ),
    case(
        "not looked for",
        NOT_APPLICABLE,
        VPC,
        ACCOUNT,
        needs(SENDER),
        every(),
        ADMITTING,
        OUT,
        ZONES,
        check_services=("s3",),
    ),
    case("everything names nothing", NOT_APPLICABLE, VPC, ACCOUNT, needs(ADMIN), every(), ADMITTING, OUT, ZONES),
    case(
        "functions denied",
        UNKNOWN,
        VPC,
        ACCOUNT,
        needs(S3_READER, [gap("lambda:ListFunctions")]),
        every(S3_GATEWAY),
        ADMITTING,
        OUT,
        ZONES,
    ),
    case(
        "endpoints denied",
        UNKNOWN,
        VPC,
        ACCOUNT,
        needs(S3_READER),
        every(gaps=[gap("ec2:DescribeVpcEndpoints")]),
        ADMITTING,
        OUT,
        ZONES,
    ),
    case("groups denied", UNKNOWN, VPC, ACCOUNT, needs(SECRETIVE), every(KEEPING), GROUPS_DENIED, OUT, ZONES),
    case(
        "secrets, named by a zone",
        PASS,
        VPC,
        ACCOUNT,
        needs(SECRETIVE),
        every(vpce("secretsmanager", PrivateDnsEnabled=False)),
        ADMITTING,
        OUT,
        CENTRAL,
    ),
    case("secrets, by a prefix list", PASS, VPC, ACCOUNT, needs(SECRETIVE), every(KEEPING), BY_LIST, OUT, ZONES),
    case("images by central endpoints", PASS, VPC, ACCOUNT, needs(PULLER), every(), ADMITTING, OUT, CENTRAL),
    case(
        "a VPC of another account",
        NOT_APPLICABLE,
        networks.vpc(OwnerId="999999999999"),
        ACCOUNT,
        needs(SECRETIVE),
        every(),
        ADMITTING,
        OUT,
        ZONES,
        because="999999999999 shares it",
    ),
)

test_workload_identity_attested_outside_aws = cases(
    "workload_identity_attested_outside_aws",
    case("a question", MANUAL, ACCOUNT, because="do workloads outside AWS get short-lived"),
)

test_service_mesh_mutual_tls_enforced = cases(
    "service_mesh_mutual_tls_enforced",
    case("a question", MANUAL, ACCOUNT, because="do the meshes that run in clusters refus"),
)
