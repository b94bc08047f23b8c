"""Functions and the APIs in front of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, labels

if TYPE_CHECKING:
    from auditor.demo.clients import Clients
    from auditor.demo.events import Messaging
    from auditor.demo.identity import Identity
    from auditor.demo.network import Network

EMPTY_ZIP = b"PK\x05\x06" + bytes(18)


def build_functions(clients: Clients, identity: Identity, shop: Network, messaging: Messaging) -> dict[str, str]:
    """Create the functions and APIs; give the functions' ARNs by name."""
    functions = clients("lambda")
    private = {"SubnetIds": shop.subnets["app"], "SecurityGroupIds": [shop.groups["shop-app"]]}
    dead = {"TargetArn": messaging.queues["shop-orders-dead"]}
    plain = {"Variables": {"API_KEY": "made-up-key-4f9a1c7e2b", "DB_PASSWORD": "made-up-Passw0rd-3"}}
    plans: dict[str, dict[str, Any]] = {
        "shop-checkout": {"VpcConfig": private, "DeadLetterConfig": dead, "TracingConfig": {"Mode": "Active"}},
        "shop-rotate-secret": {"VpcConfig": private, "Timeout": 60},
        "shop-thumbnails": {"MemorySize": 3008, "Timeout": 900},
        "legacy-newsletter": {"Runtime": "python3.8", "Environment": plain},
    }
    arns = {name: _function(functions, identity, name, plan) for name, plan in plans.items()}
    _mappings(functions, messaging)
    _open_doors(functions)
    _rest_api(clients("apigateway"), arns["shop-checkout"])
    _http_api(clients("apigatewayv2"), arns["legacy-newsletter"])
    return arns


def _function(functions: Any, identity: Identity, name: str, plan: dict[str, Any]) -> str:
    arn: str = functions.create_function(
        **{
            "FunctionName": name,
            "Runtime": "python3.13",
            "Architectures": ["arm64"],
            "Role": identity.roles["shop-lambda"],
            "Handler": "main.handler",
            "Code": {"ZipFile": EMPTY_ZIP},
            "Tags": labels(name, "app"),
            **plan,
        }
    )["FunctionArn"]
    return arn


def _mappings(functions: Any, messaging: Messaging) -> None:
    functions.create_event_source_mapping(
        FunctionName="shop-checkout",
        EventSourceArn=messaging.queues["shop-orders"],
        BatchSize=10,
        FunctionResponseTypes=["ReportBatchItemFailures"],
    )


def _open_doors(functions: Any) -> None:
    """A function URL without a check of the caller, and a permission for everybody."""
    functions.create_function_url_config(FunctionName="legacy-newsletter", AuthType="NONE")
    functions.add_permission(
        FunctionName="legacy-newsletter",
        StatementId="everybody",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )


def _rest_api(gateway: Any, function: str) -> None:
    """Orders may be placed by signed callers only; their state may be read by anyone."""
    api = gateway.create_rest_api(
        name="shop-api", endpointConfiguration={"types": ["REGIONAL"]}, tags=labels("shop-api", "web")
    )["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    uri = f"arn:aws:apigateway:{PRIMARY}:lambda:path/2015-03-31/functions/{function}/invocations"
    for path, method, who in (("orders", "POST", "AWS_IAM"), ("state", "GET", "NONE")):
        resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=path)["id"]
        place = {"restApiId": api, "resourceId": resource, "httpMethod": method}
        gateway.put_method(authorizationType=who, **place)
        gateway.put_integration(type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, **place)
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(
        restApiId=api,
        stageName="live",
        deploymentId=deployment,
        tracingEnabled=True,
        tags=labels("shop-api-live", "web"),
    )


def _http_api(gateway: Any, function: str) -> None:
    """An old HTTP API: no authorizer, every origin."""
    api = gateway.create_api(
        Name="legacy-newsletter",
        ProtocolType="HTTP",
        CorsConfiguration={"AllowOrigins": ["*"]},
        Tags={"Name": "legacy"},
    )["ApiId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(
        ApiId=api, RouteKey="POST /subscribe", Target=f"integrations/{integration}", AuthorizationType="NONE"
    )
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
