"""Amazon API Gateway, REST APIs: stages, methods, authorizers, domain names and usage plans."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, listed

_PAGE = 500


def _policy(raw: str) -> PolicyDocument:
    """API Gateway sends the policy as text within text: its quotes are escaped once more."""
    return PolicyDocument.read(json.loads(f'"{raw}"') if '\\"' in raw else raw)


class Api(Resource):
    """A REST, HTTP or WebSocket API, for what is true of all three."""

    __slots__ = ()
    type_name: ClassVar = "AWS::ApiGateway::RestApi"
    id: str
    api_name: str
    created: datetime
    closes_default_endpoint: bool

    @property
    def host(self) -> str:
        """Its execute-api name."""
        raise NotImplementedError

    @property
    def is_private(self) -> bool:
        """Whether it is reached through VPC endpoints only."""
        return False

    @property
    def is_edge_optimized(self) -> bool:
        """Whether it is behind a distribution of AWS's own."""
        return False

    @property
    def dimension(self) -> str:
        """How CloudWatch names it: a REST API by its name (`ApiName`), the others by their id (`ApiId`)."""
        return self.id


@evidence
class RestApi(Api):
    """A REST API."""

    type_name: ClassVar = "AWS::ApiGateway::RestApi"
    name_format: ClassVar = "{api_name}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/restapis/{id}"
    id: str = at("id")
    api_name: str = at("name")
    created: datetime = at("createdDate")
    version: str | None = at("version")
    endpoint_types: tuple[str, ...] = at("endpointConfiguration.types")
    """`EDGE`, `REGIONAL` or `PRIVATE`."""
    vpc_endpoints: tuple[str, ...] = at("endpointConfiguration.vpcEndpointIds")
    policy: PolicyDocument | None = at("policy", parse=_policy)
    closes_default_endpoint: bool = at("disableExecuteApiEndpoint", absent=False)
    """Clients may use the execute-api name unless it says so (API reference, RestApi)."""
    own_security_policy: str | None = at("securityPolicy")
    """Of its execute-api name; None where it was never chosen."""
    tags: Mapping[str, str] = at("tags")

    @property
    def security_policy(self) -> str:
        """The TLS policy of its execute-api name, by default that of its kind (developer guide, security policies)."""
        return self.own_security_policy or ("TLS_1_2" if self.is_private else "TLS_1_0")

    @property
    def is_private(self) -> bool:
        """Whether it is reached through VPC endpoints only."""
        return "PRIVATE" in self.endpoint_types

    @property
    def is_edge_optimized(self) -> bool:
        """Whether it is behind a distribution of AWS's own."""
        return "EDGE" in self.endpoint_types

    @property
    def dimension(self) -> str:
        """How CloudWatch names it."""
        return self.api_name

    @property
    def host(self) -> str:
        """Its execute-api name; China's has another end."""
        end = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"{self.id}.execute-api.{self.region}.{end}"


_REST_APIS = call("apigateway", "GetRestApis", page=_PAGE)

rest_apis = listed(RestApi, _REST_APIS, "items[]", of=Region)


@collector(_REST_APIS)
def apis(aws: Aws, _region: Region) -> Iterable[Api]:
    """The REST APIs, among APIs of any kind."""
    for page in aws.pages("GetRestApis"):
        yield from (aws.parse(RestApi, raw) for raw in page.get("items", ()))


@dataclass(frozen=True, slots=True)
class MethodSettings:
    """The settings of a stage for a path and method; `*/*` is for all that have none of their own."""

    path: str
    burst_limit: int | None
    rate_limit: float | None
    caches: bool
    encrypts_cache: bool
    cache_seconds: int | None
    logging_level: str | None
    traces_data: bool
    has_metrics: bool


def _settings(raw: Mapping[str, Mapping[str, Any]]) -> tuple[MethodSettings, ...]:
    return tuple(
        MethodSettings(
            path,
            one.get("throttlingBurstLimit"),
            one.get("throttlingRateLimit"),
            one.get("cachingEnabled", False),
            one.get("cacheDataEncrypted", False),
            one.get("cacheTtlInSeconds"),
            one.get("loggingLevel"),
            one.get("dataTraceEnabled", False),
            one.get("metricsEnabled", False),
        )
        for path, one in sorted(raw.items())
    )


@evidence
class RestStage(Resource):
    """A stage of a REST API."""

    type_name: ClassVar = "AWS::ApiGateway::Stage"
    name_format: ClassVar = "{api_name}/{stage}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/restapis/{api}/stages/{stage}"
    api: str = parent("id")
    api_name: str = parent("api_name")
    stage: str = at("stageName")
    deployment: str | None = at("deploymentId")
    created: datetime | None = at("createdDate")
    updated: datetime | None = at("lastUpdatedDate")
    web_acl: str | None = at("webAclArn")
    client_certificate: str | None = at("clientCertificateId")
    has_cache: bool = at("cacheClusterEnabled", absent=False)
    cache_size: str | None = at("cacheClusterSize")
    traces: bool = at("tracingEnabled", absent=False)
    access_log: str | None = at("accessLogSettings.destinationArn")
    access_log_format: str | None = at("accessLogSettings.format")
    canary_percent: float | None = at("canarySettings.percentTraffic")
    settings: tuple[MethodSettings, ...] = at("methodSettings", absent=(), parse=_settings)
    variables: Mapping[str, str] = at("variables")
    tags: Mapping[str, str] = at("tags")


rest_stages = listed(RestStage, call("apigateway", "GetStages"), "item[]", of=RestApi, restApiId="id")


@evidence
class RestMethod(Resource):
    """A method on a path of a REST API, with its integration."""

    type_name: ClassVar = "AWS::ApiGateway::Method"
    name_format: ClassVar = "{verb} {path}"
    arn_format: ClassVar = "arn:{partition}:execute-api:{region}:{account}:{api}/*/{verb}{path}"
    api: str = parent("id")
    path: str = at("path")
    verb: str = at("httpMethod")
    authorization: str = at("authorizationType")
    """`NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`."""
    authorizer: str | None = at("authorizerId")
    scopes: tuple[str, ...] = at("authorizationScopes")
    needs_key: bool = at("apiKeyRequired", absent=False)
    validator: str | None = at("requestValidatorId")
    request_models: Mapping[str, str] = at("requestModels")
    integration_type: str | None = at("methodIntegration.type")
    """`HTTP`, `HTTP_PROXY`, `AWS`, `AWS_PROXY` or `MOCK`; None where it has none yet."""
    integration_uri: str | None = at("methodIntegration.uri")
    integration_target: str | None = at("methodIntegration.integrationTarget")
    """The ARN of the load balancer, where a VPC link of the second kind leads to it."""
    connection_type: str = at("methodIntegration.connectionType", absent="INTERNET")
    """Through a VPC link only where it says so (API reference, Integration)."""
    vpc_link: str | None = at("methodIntegration.connectionId")
    timeout_ms: int | None = at("methodIntegration.timeoutInMillis")
    response_mode: str = at("methodIntegration.responseTransferMode", absent="BUFFERED")
    skips_verification: bool = at("methodIntegration.tlsConfig.insecureSkipVerification", absent=False)

    @property
    def is_preflight(self) -> bool:
        """Whether it only answers CORS preflights, which carry no credentials."""
        return self.verb == "OPTIONS" and self.integration_type in (None, "MOCK")


@collector(call("apigateway", "GetResources", page=_PAGE, embed=["methods"]))
def rest_methods(aws: Aws, api: RestApi) -> Iterable[RestMethod]:
    """The methods of all paths; paths without one are left out."""
    for page in aws.pages("GetResources", restApiId=api.id):
        for resource in page.get("items", ()):
            for verb, method in sorted(resource.get("resourceMethods", {}).items()):
                yield aws.parse(RestMethod, {"httpMethod": verb, **method, "path": resource["path"]})


@evidence
class EndpointVpcLink(Resource):
    """A VPC link of the first kind, an endpoint of network load balancers; REST and WebSocket APIs use it."""

    type_name: ClassVar = "AWS::ApiGateway::VpcLink"
    name_format: ClassVar = "{link_name}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/vpclinks/{id}"
    id: str = at("id")
    link_name: str = at("name")
    targets: tuple[str, ...] = at("targetArns")
    status: str = at("status")
    """`AVAILABLE`, `PENDING`, `DELETING` or `FAILED`."""

    @property
    def is_open(self) -> bool:
        """Whether requests get through."""
        return self.status == "AVAILABLE"


endpoint_vpc_links = listed(EndpointVpcLink, call("apigateway", "GetVpcLinks", page=_PAGE), "items[]", of=Region)


@evidence
class RestAuthorizer(Resource):
    """An authorizer of a REST API."""

    type_name: ClassVar = "AWS::ApiGateway::Authorizer"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/restapis/{api}/authorizers/{id}"
    api: str = parent("id")
    id: str = at("id")
    authorizer_name: str = at("name")
    type: str = at("type")
    """`TOKEN`, `REQUEST`, `COGNITO_USER_POOLS` or `JWT`."""
    providers: tuple[str, ...] = at("providerARNs")
    function_uri: str | None = at("authorizerUri")
    identity_source: str | None = at("identitySource")
    cache_seconds: int | None = at("authorizerResultTtlInSeconds")


rest_authorizers = listed(
    RestAuthorizer, call("apigateway", "GetAuthorizers", page=_PAGE), "items[]", of=RestApi, restApiId="id"
)


@evidence
class RequestValidator(Resource):
    """What a REST API checks of a request before it calls the backend."""

    type_name: ClassVar = "AWS::ApiGateway::RequestValidator"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/restapis/{api}/requestvalidators/{id}"
    api: str = parent("id")
    id: str = at("id")
    checks_body: bool = at("validateRequestBody", absent=False)
    checks_parameters: bool = at("validateRequestParameters", absent=False)


request_validators = listed(
    RequestValidator, call("apigateway", "GetRequestValidators", page=_PAGE), "items[]", of=RestApi, restApiId="id"
)


@evidence
class ApiDomain(Resource):
    """A custom domain name, as REST APIs see it; those of HTTP APIs are listed too."""

    type_name: ClassVar = "AWS::ApiGateway::DomainName"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/domainnames/{domain}"
    domain: str = at("domainName")
    domain_id: str | None = at("domainNameId")
    """Only a private domain name has one."""
    endpoint_types: tuple[str, ...] = at("endpointConfiguration.types")
    security_policy: str = at("securityPolicy")
    regional_host: str | None = at("regionalDomainName")
    edge_host: str | None = at("distributionDomainName")
    """The name of the distribution that AWS keeps for an edge-optimized domain."""
    certificate: str | None = at("certificateArn")
    regional_certificate: str | None = at("regionalCertificateArn")
    truststore: str | None = at("mutualTlsAuthentication.truststoreUri")
    truststore_warnings: tuple[str, ...] = at("mutualTlsAuthentication.truststoreWarnings")
    routing_mode: str | None = at("routingMode")
    tags: Mapping[str, str] = at("tags")


api_domains = listed(ApiDomain, call("apigateway", "GetDomainNames", page=_PAGE), "items[]", of=Region)


@evidence
class BasePathMapping(Evidence):
    """Which stage of which API a path of a domain name leads to."""

    base_path: str = at("basePath", absent="(none)")
    api: str = at("restApiId")
    stage: str | None = at("stage")


@evidence
class BasePathMappings(Evidence):
    """The mappings of a domain name."""

    mappings: tuple[BasePathMapping, ...] = at("items")


@collector(call("apigateway", "GetBasePathMappings", page=_PAGE))
def base_path_mappings(aws: Aws, domain: ApiDomain) -> BasePathMappings:
    """All pages; a private domain name is told from a public one of the same name by its id."""
    own = {"domainNameId": domain.domain_id} if domain.domain_id else {}
    pages = aws.pages("GetBasePathMappings", domainName=domain.domain, **own)
    return aws.parse(BasePathMappings, {"items": [item for page in pages for item in page.get("items", ())]})


@evidence
class UsagePlanStage(Evidence):
    """A stage that a usage plan opens, perhaps with limits of its own for some methods."""

    api: str = at("apiId")
    stage: str = at("stage")


@evidence
class UsagePlan(Resource):
    """How much the holders of some API keys may call."""

    type_name: ClassVar = "AWS::ApiGateway::UsagePlan"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/usageplans/{id}"
    id: str = at("id")
    plan_name: str = at("name")
    stages: tuple[UsagePlanStage, ...] = at("apiStages")
    rate_limit: float | None = at("throttle.rateLimit")
    burst_limit: int | None = at("throttle.burstLimit")
    quota: int | None = at("quota.limit")
    quota_period: str | None = at("quota.period")
    tags: Mapping[str, str] = at("tags")


usage_plans = listed(UsagePlan, call("apigateway", "GetUsagePlans", page=_PAGE), "items[]", of=Region)
