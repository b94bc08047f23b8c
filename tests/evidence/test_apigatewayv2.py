from typing import Any

from auditor.evidence.apigateway import Api
from auditor.evidence.apigatewayv2 import (
    ApiMapping,
    HttpApi,
    HttpAuthorizer,
    HttpDomain,
    HttpIntegration,
    HttpRoute,
    HttpStage,
    VpcLink,
)
from auditor.testing import HOME, gathered, made


def api(**fields: Any) -> HttpApi:
    usual = {
        "ApiId": "h1",
        "Name": "orders",
        "ProtocolType": "HTTP",
        "ApiEndpoint": f"https://h1.execute-api.{HOME}.amazonaws.com",
    }
    return made(HttpApi, usual | fields)


def test_api() -> None:
    one = api()
    assert (one.name, one.is_websocket, one.closes_default_endpoint) == ("orders", False, False)
    assert one.host == f"h1.execute-api.{HOME}.amazonaws.com"
    assert api(ProtocolType="WEBSOCKET", ApiEndpoint="wss://h1.example.com").host == "h1.example.com"


def test_http_apis_are_apis() -> None:
    item = {"ApiId": "h1", "Name": "orders", "ProtocolType": "HTTP", "ApiEndpoint": "https://h1.example.com"}
    (one,) = gathered(Api, GetApis={"Items": [item]})
    assert isinstance(one, HttpApi)
    assert (one.dimension, one.host, one.is_private, one.is_edge_optimized) == ("h1", "h1.example.com", False, False)


def test_route() -> None:
    one = made(HttpRoute, {"RouteId": "r", "RouteKey": "GET /orders", "Target": "integrations/i1"}, under=api())
    assert (one.name, one.authorization, one.integration) == ("GET /orders", "NONE", "i1")
    default = made(HttpRoute, {"RouteId": "r", "RouteKey": "$default"}, under=api())
    assert (one.path, default.path, default.integration) == ("/orders", "", None)


def test_integration() -> None:
    fields = {
        "IntegrationId": "i1",
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": "http://x",
        "TimeoutInMillis": 9,
    }
    one = made(HttpIntegration, fields, under=api())
    assert (one.connection_type, one.uri, one.timeout_ms, one.server_name) == ("INTERNET", "http://x", 9, None)


def test_vpc_link() -> None:
    fields = {"VpcLinkId": "vl", "Name": "private", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    one = made(VpcLink, fields | {"VpcLinkStatus": "AVAILABLE"})
    assert (one.name, one.subnet_ids, one.group_ids) == ("private", ("subnet-1",), ("sg-1",))
    states = ("AVAILABLE", "INACTIVE", "PENDING", "DELETING", "FAILED")
    opened = [state for state in states if made(VpcLink, fields | {"VpcLinkStatus": state}).is_open]
    assert opened == ["AVAILABLE", "INACTIVE"]


def test_stage() -> None:
    one = made(
        HttpStage,
        {
            "StageName": "$default",
            "AutoDeploy": True,
            "DefaultRouteSettings": {"ThrottlingRateLimit": 10.0},
            "RouteSettings": {"GET /orders": {"ThrottlingRateLimit": 2.0, "ThrottlingBurstLimit": 4}},
        },
        under=api(),
    )
    assert (one.name, one.deploys_itself, one.rate_limit, one.burst_limit) == ("orders/$default", True, 10, None)
    assert [(each.route, each.rate_limit, each.burst_limit) for each in one.route_limits] == [("GET /orders", 2, 4)]
    assert one.access_log is None


def test_authorizer() -> None:
    jwt = {"Issuer": "https://login.example.com", "Audience": ["shop"]}
    fields = {"AuthorizerId": "z", "Name": "users", "AuthorizerType": "JWT", "JwtConfiguration": jwt}
    one = made(HttpAuthorizer, fields, under=api())
    assert (one.type, one.issuer, one.audience) == ("JWT", "https://login.example.com", ("shop",))


def test_domain_and_its_mappings() -> None:
    configuration = {"ApiGatewayDomainName": "d-1.example.com", "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}
    domain = made(HttpDomain, DomainName="api.example.com", DomainNameConfigurations=[configuration])
    assert [(one.host, one.security_policy) for one in domain.configurations] == [("d-1.example.com", "TLS_1_2")]
    mapping = made(ApiMapping, {"ApiMappingId": "m", "ApiId": "h1", "Stage": "$default"}, under=domain)
    assert (mapping.domain, mapping.api, mapping.key) == ("api.example.com", "h1", "")
