import json
from typing import Any

from auditor.evidence.apigateway import (
    Api,
    ApiDomain,
    BasePathMappings,
    EndpointVpcLink,
    RequestValidator,
    RestApi,
    RestAuthorizer,
    RestMethod,
    RestStage,
    UsagePlan,
)
from auditor.testing import HOME, gathered, made

POLICY = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}]}


def api(**fields: Any) -> RestApi:
    usual = {"id": "a1", "name": "orders", "endpointConfiguration": {"types": ["REGIONAL"]}}
    return made(RestApi, usual | fields)


def test_rest_api() -> None:
    one = api(tags={"team": "shop"})
    assert (one.name, one.is_private, one.closes_default_endpoint, one.policy) == ("orders", False, False, None)
    assert one.arn == f"arn:aws:apigateway:{HOME}::/restapis/a1"
    assert one.host == f"a1.execute-api.{HOME}.amazonaws.com"
    assert one.tags == {"team": "shop"}
    assert api(endpointConfiguration={"types": ["PRIVATE"], "vpcEndpointIds": ["vpce-1"]}).is_private


def test_rest_apis_are_apis() -> None:
    (one,) = gathered(Api, GetRestApis={"items": [{"id": "a1", "name": "orders", "endpointConfiguration": {}}]})
    assert isinstance(one, RestApi)
    assert (one.dimension, one.is_edge_optimized, one.is_private) == ("orders", False, False)
    assert api(endpointConfiguration={"types": ["EDGE"]}).is_edge_optimized


def test_policy_is_text_within_text() -> None:
    plain = json.dumps(POLICY)
    escaped = json.dumps(plain)[1:-1]
    assert '\\"' in escaped
    for text in (plain, escaped):
        policy = api(policy=text).policy
        assert policy is not None
        assert policy.denying[0].names_anyone


def test_stage() -> None:
    setting = {"throttlingRateLimit": 10.0, "throttlingBurstLimit": 5, "cachingEnabled": True, "cacheTtlInSeconds": 60}
    one = made(
        RestStage,
        {
            "stageName": "prod",
            "methodSettings": {"*/*": setting},
            "accessLogSettings": {"destinationArn": "arn:log", "format": "$context.requestId"},
            "canarySettings": {"percentTraffic": 5.0},
            "tracingEnabled": True,
        },
        under=api(),
    )
    assert (one.name, one.api, one.traces, one.has_cache) == ("orders/prod", "a1", True, False)
    assert (one.access_log, one.canary_percent, one.web_acl) == ("arn:log", 5, None)
    assert [(each.path, each.rate_limit, each.caches) for each in one.settings] == [("*/*", 10, True)]
    assert one.arn == f"arn:aws:apigateway:{HOME}::/restapis/a1/stages/prod"


def test_methods_of_all_paths() -> None:
    get = {
        "httpMethod": "GET",
        "authorizationType": "AWS_IAM",
        "methodIntegration": {"type": "AWS_PROXY", "uri": "arn:f", "timeoutInMillis": 29000},
    }
    preflight = {"httpMethod": "OPTIONS", "authorizationType": "NONE", "methodIntegration": {"type": "MOCK"}}
    items = [
        {"id": "r", "path": "/"},
        {"id": "s", "path": "/orders", "resourceMethods": {"OPTIONS": preflight, "GET": get}},
    ]
    found = gathered(RestMethod, api(), GetResources=[{"items": items[:1]}, {"items": items[1:]}])
    assert [(one.name, one.authorization, one.is_preflight) for one in found] == [
        ("GET /orders", "AWS_IAM", False),
        ("OPTIONS /orders", "NONE", True),
    ]
    assert (found[0].timeout_ms, found[0].connection_type, found[0].needs_key) == (29000, "INTERNET", False)
    assert found[0].arn == f"arn:aws:execute-api:{HOME}:123456789012:a1/*/GET/orders"


def test_a_method_that_leads_to_a_load_balancer() -> None:
    onward = {"connectionType": "VPC_LINK", "connectionId": "vl", "integrationTarget": "arn:lb"}
    verbs = {"GET": {"authorizationType": "NONE", "methodIntegration": onward}}
    (one,) = gathered(RestMethod, api(), GetResources={"items": [{"path": "/", "resourceMethods": verbs}]})
    assert (one.connection_type, one.vpc_link, one.integration_target) == ("VPC_LINK", "vl", "arn:lb")


def test_vpc_link() -> None:
    one = made(EndpointVpcLink, {"id": "vl", "name": "private", "targetArns": ["arn:lb"], "status": "AVAILABLE"})
    assert (one.name, one.targets, one.is_open) == ("private", ("arn:lb",), True)
    assert one.arn == f"arn:aws:apigateway:{HOME}::/vpclinks/vl"
    assert not made(EndpointVpcLink, id="vl", name="private", status="PENDING").is_open


def test_authorizer_and_validator() -> None:
    fields = {"id": "z", "name": "users", "type": "COGNITO_USER_POOLS", "providerARNs": ["arn:pool"]}
    one = made(RestAuthorizer, fields, under=api())
    assert (one.type, one.providers, one.cache_seconds) == ("COGNITO_USER_POOLS", ("arn:pool",), None)
    validator = made(RequestValidator, {"id": "v", "validateRequestBody": True}, under=api())
    assert (validator.checks_body, validator.checks_parameters) == (True, False)


def test_domain_and_its_mappings() -> None:
    domain = made(
        ApiDomain,
        domainName="api.example.com",
        securityPolicy="TLS_1_2",
        mutualTlsAuthentication={"truststoreUri": "s3://b/ca.pem", "truststoreWarnings": ["old"]},
    )
    assert (domain.security_policy, domain.truststore_warnings) == ("TLS_1_2", ("old",))
    pages = [{"items": [{"basePath": "v1", "restApiId": "a1", "stage": "prod"}]}, {"items": [{"restApiId": "a2"}]}]
    found = gathered(BasePathMappings, domain, GetBasePathMappings=pages)
    assert [(one.base_path, one.api) for one in found.mappings] == [("v1", "a1"), ("(none)", "a2")]


def test_a_private_domain_is_asked_by_its_id() -> None:
    def answer(params: Any) -> Any:
        assert params == {"domainName": "api.example.com", "domainNameId": "d1"}
        return {"items": []}

    domain = made(ApiDomain, domainName="api.example.com", domainNameId="d1")
    assert gathered(BasePathMappings, domain, GetBasePathMappings=answer).mappings == ()


def test_usage_plan() -> None:
    one = made(
        UsagePlan,
        id="u",
        name="partners",
        apiStages=[{"apiId": "a1", "stage": "prod"}],
        throttle={"rateLimit": 5.0, "burstLimit": 10},
    )
    assert (one.rate_limit, one.burst_limit, one.quota) == (5, 10, None)
    assert [(each.api, each.stage) for each in one.stages] == [("a1", "prod")]
