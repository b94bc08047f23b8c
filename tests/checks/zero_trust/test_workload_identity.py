import json
from typing import Any

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
from auditor.evidence.elbv2 import Listener, ListenerRule, LoadBalancer
from auditor.evidence.lambda_ import AliasPolicy, Function, FunctionAlias, FunctionPolicy
from auditor.model import Severity
from auditor.testing import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, case, cases, every, gap, gathered, made
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

test_ecs_service_connect_tls_off = cases(
    "ecs_service_connect_tls_off",
    case("certificates", PASS, connected(WITH_TLS)),
    case("one port without", FAIL, connected(WITH_TLS, WITHOUT_TLS), because="admin", severity=Severity.MEDIUM),
    case("a client only", NOT_APPLICABLE, connected()),
    case("off", NOT_APPLICABLE, connected(WITHOUT_TLS, enabled=False)),
    case("not used", NOT_APPLICABLE, service()),
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


OUTSIDE: dict[str, Any] = {"StringNotEqualsIfExists": {"aws:ResourceOrgID": "o-a1b2c3d4e5"}}
DENIAL: dict[str, Any] = {**ANYTHING, "Effect": "Deny", "Condition": OUTSIDE}
INTERFACE: dict[str, Any] = {"VpcEndpointType": "Interface"}

test_ec2_vpc_endpoint_policy_full_access = cases(
    "ec2_vpc_endpoint_policy_full_access",
    case("everything", FAIL, endpoint(ANYTHING), because="everything of s3", severity=Severity.MEDIUM),
    case("all of the service", FAIL, endpoint({**ANYTHING, "Action": "s3:*"})),
    case("a lesser service", FAIL, endpoint(ANYTHING, service_name="ec2", **INTERFACE), severity=Severity.LOW),
    case("principals of the organization", PASS, endpoint({**ANYTHING, **within("aws:PrincipalOrgID")})),
    case("resources of the organization", PASS, endpoint({**ANYTHING, **within("aws:ResourceOrgID")})),
    case("a denial of the rest", PASS, endpoint(ANYTHING, DENIAL)),
    case("a bucket", PASS, endpoint({**ANYTHING, "Resource": "arn:aws:s3:::shop/*"})),
    case("a harmless condition", FAIL, endpoint({**ANYTHING, **within("aws:RequestedRegion")})),
    case("a service without policies", NOT_APPLICABLE, endpoint(**INTERFACE)),
    case("appliances", NOT_APPLICABLE, endpoint(ANYTHING, VpcEndpointType="GatewayLoadBalancer")),
    case("being made", NOT_APPLICABLE, endpoint(ANYTHING, State="Pending")),
)
