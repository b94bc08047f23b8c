"""Amazon API Gateway, HTTP and WebSocket APIs: routes, integrations, stages, authorizers and domain names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.apigateway import Api
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, listed


def _host(url: str) -> str:
    return url.partition("://")[2].lower()


@evidence
class HttpApi(Api):
    """An HTTP or WebSocket API."""

    type_name: ClassVar = "AWS::ApiGatewayV2::Api"
    name_format: ClassVar = "{api_name}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/apis/{id}"
    id: str = at("ApiId")
    api_name: str = at("Name")
    protocol: str = at("ProtocolType")
    """`HTTP` or `WEBSOCKET`."""
    endpoint: str = at("ApiEndpoint", parse=_host)
    created: datetime = at("CreatedDate")
    version: str | None = at("Version")
    imported: tuple[str, ...] = at("ImportInfo")
    closes_default_endpoint: bool = at("DisableExecuteApiEndpoint", absent=False)
    """Clients may use the execute-api name unless it says so (API reference, Api)."""
    tags: Mapping[str, str] = at("Tags")

    @property
    def host(self) -> str:
        """Its execute-api name."""
        return self.endpoint

    @property
    def is_websocket(self) -> bool:
        """Whether it keeps connections open."""
        return self.protocol == "WEBSOCKET"


_HTTP_APIS = call("apigatewayv2", "GetApis")

http_apis = listed(HttpApi, _HTTP_APIS, "Items[]", of=Region)


@collector(_HTTP_APIS)
def apis(aws: Aws, _region: Region) -> Iterable[Api]:
    """The HTTP and WebSocket APIs, among APIs of any kind."""
    for page in aws.pages("GetApis"):
        yield from (aws.parse(HttpApi, raw) for raw in page.get("Items", ()))


@evidence
class HttpRoute(Resource):
    """A route of an API."""

    type_name: ClassVar = "AWS::ApiGatewayV2::Route"
    name_format: ClassVar = "{key}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/apis/{api}/routes/{id}"
    api: str = parent("id")
    id: str = at("RouteId")
    key: str = at("RouteKey")
    """Such as `GET /orders/{id}`, `$default` or `$connect`."""
    authorization: str = at("AuthorizationType", absent="NONE")
    """`NONE` unless set (API reference, Route)."""
    authorizer: str | None = at("AuthorizerId")
    scopes: tuple[str, ...] = at("AuthorizationScopes")
    needs_key: bool = at("ApiKeyRequired", absent=False)
    target: str | None = at("Target")
    """`integrations/<id>`."""

    @property
    def path(self) -> str:
        """The path in its key; empty for `$default` and the routes of a WebSocket API."""
        return self.key.partition(" ")[2]

    @property
    def integration(self) -> str | None:
        """The id of its integration."""
        return self.target.rpartition("/")[2] if self.target else None


http_routes = listed(HttpRoute, call("apigatewayv2", "GetRoutes"), "Items[]", of=HttpApi, ApiId="id")


@evidence
class HttpIntegration(Resource):
    """What a route of an API calls."""

    type_name: ClassVar = "AWS::ApiGatewayV2::Integration"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/apis/{api}/integrations/{id}"
    api: str = parent("id")
    id: str = at("IntegrationId")
    type: str = at("IntegrationType")
    subtype: str | None = at("IntegrationSubtype")
    uri: str | None = at("IntegrationUri")
    connection_type: str = at("ConnectionType", absent="INTERNET")
    """Through a VPC link only where it says so (API reference, Integration)."""
    vpc_link: str | None = at("ConnectionId")
    timeout_ms: int | None = at("TimeoutInMillis")
    server_name: str | None = at("TlsConfig.ServerNameToVerify")
    request_parameters: Mapping[str, str] = at("RequestParameters")


http_integrations = listed(HttpIntegration, call("apigatewayv2", "GetIntegrations"), "Items[]", of=HttpApi, ApiId="id")


@evidence
class VpcLink(Resource):
    """A VPC link of the second kind, interfaces in subnets of a VPC; HTTP and REST APIs use it."""

    type_name: ClassVar = "AWS::ApiGatewayV2::VpcLink"
    name_format: ClassVar = "{link_name}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/vpclinks/{id}"
    id: str = at("VpcLinkId")
    link_name: str = at("Name")
    subnet_ids: tuple[str, ...] = at("SubnetIds")
    group_ids: tuple[str, ...] = at("SecurityGroupIds")
    status: str = at("VpcLinkStatus")
    """`AVAILABLE`, `INACTIVE`, `PENDING`, `DELETING` or `FAILED`."""

    @property
    def is_open(self) -> bool:
        """Whether requests get through; an inactive one is brought back by them (developer guide, VPC links)."""
        return self.status in ("AVAILABLE", "INACTIVE")


vpc_links = listed(VpcLink, call("apigatewayv2", "GetVpcLinks"), "Items[]", of=Region)


@dataclass(frozen=True, slots=True)
class RouteLimits:
    """The limits of a stage for a route."""

    route: str
    rate_limit: float | None
    burst_limit: int | None


def _limits(raw: Mapping[str, Mapping[str, Any]]) -> tuple[RouteLimits, ...]:
    return tuple(
        RouteLimits(route, one.get("ThrottlingRateLimit"), one.get("ThrottlingBurstLimit"))
        for route, one in sorted(raw.items())
    )


@evidence
class HttpStage(Resource):
    """A stage of an API."""

    type_name: ClassVar = "AWS::ApiGatewayV2::Stage"
    name_format: ClassVar = "{api_name}/{stage}"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/apis/{api}/stages/{stage}"
    api: str = parent("id")
    api_name: str = parent("api_name")
    stage: str = at("StageName")
    deploys_itself: bool = at("AutoDeploy", absent=False)
    access_log: str | None = at("AccessLogSettings.DestinationArn")
    access_log_format: str | None = at("AccessLogSettings.Format")
    rate_limit: float | None = at("DefaultRouteSettings.ThrottlingRateLimit")
    burst_limit: int | None = at("DefaultRouteSettings.ThrottlingBurstLimit")
    route_limits: tuple[RouteLimits, ...] = at("RouteSettings", absent=(), parse=_limits)
    has_metrics: bool = at("DefaultRouteSettings.DetailedMetricsEnabled", absent=False)
    updated: datetime | None = at("LastUpdatedDate")
    variables: Mapping[str, str] = at("StageVariables")
    tags: Mapping[str, str] = at("Tags")


http_stages = listed(HttpStage, call("apigatewayv2", "GetStages"), "Items[]", of=HttpApi, ApiId="id")


@evidence
class HttpAuthorizer(Resource):
    """An authorizer of an API."""

    type_name: ClassVar = "AWS::ApiGatewayV2::Authorizer"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/apis/{api}/authorizers/{id}"
    api: str = parent("id")
    id: str = at("AuthorizerId")
    authorizer_name: str = at("Name")
    type: str = at("AuthorizerType")
    """`JWT` or `REQUEST`."""
    issuer: str | None = at("JwtConfiguration.Issuer")
    audience: tuple[str, ...] = at("JwtConfiguration.Audience")
    identity_source: tuple[str, ...] = at("IdentitySource")
    function_uri: str | None = at("AuthorizerUri")
    cache_seconds: int | None = at("AuthorizerResultTtlInSeconds")


http_authorizers = listed(HttpAuthorizer, call("apigatewayv2", "GetAuthorizers"), "Items[]", of=HttpApi, ApiId="id")


@evidence
class DomainConfiguration(Evidence):
    """One endpoint of a domain name."""

    host: str | None = at("ApiGatewayDomainName")
    certificate: str | None = at("CertificateArn")
    endpoint_type: str = at("EndpointType")
    security_policy: str = at("SecurityPolicy")


@evidence
class HttpDomain(Resource):
    """A custom domain name, as HTTP and WebSocket APIs see it."""

    type_name: ClassVar = "AWS::ApiGatewayV2::DomainName"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/domainnames/{domain}"
    domain: str = at("DomainName")
    configurations: tuple[DomainConfiguration, ...] = at("DomainNameConfigurations")
    truststore: str | None = at("MutualTlsAuthentication.TruststoreUri")
    truststore_warnings: tuple[str, ...] = at("MutualTlsAuthentication.TruststoreWarnings")
    routing_mode: str | None = at("RoutingMode")
    tags: Mapping[str, str] = at("Tags")


http_domains = listed(HttpDomain, call("apigatewayv2", "GetDomainNames"), "Items[]", of=Region)


@evidence
class ApiMapping(Resource):
    """Which stage of which API a path of a domain name leads to."""

    type_name: ClassVar = "AWS::ApiGatewayV2::ApiMapping"
    arn_format: ClassVar = "arn:{partition}:apigateway:{region}::/domainnames/{domain}/apimappings/{id}"
    domain: str = parent("domain")
    id: str = at("ApiMappingId")
    api: str = at("ApiId")
    stage: str = at("Stage")
    key: str = at("ApiMappingKey", absent="")


api_mappings = listed(ApiMapping, call("apigatewayv2", "GetApiMappings"), "Items[]", of=HttpDomain, DomainName="domain")
