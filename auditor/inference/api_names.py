"""The custom domain names that lead to APIs."""

from __future__ import annotations

from auditor.every import Every
from auditor.evidence.apigateway import ApiDomain, BasePathMappings, RestApi
from auditor.evidence.apigatewayv2 import ApiMapping, HttpApi, HttpDomain
from auditor.wiring import inference

Names = tuple[ApiDomain, ...] | tuple[HttpDomain, ...]


class ApiNames:
    """Answers for every API; strict about the region of the API."""

    def __init__(
        self,
        domains: Every[ApiDomain],
        mappings: Every[BasePathMappings],
        http_domains: Every[HttpDomain],
        http_mappings: Every[ApiMapping],
    ) -> None:
        self._domains = domains
        self._mappings = mappings
        self._http_domains = http_domains
        self._http_mappings = http_mappings

    def of_rest(self, api: RestApi) -> tuple[ApiDomain, ...]:
        """The names that lead to a REST API."""
        return tuple(
            one
            for one in self._domains.within(api.region)
            if any(mapping.api == api.id for found in self._mappings.of(one) for mapping in found.mappings)
        )

    def of_http(self, api: HttpApi) -> tuple[HttpDomain, ...]:
        """The names that lead to an HTTP or WebSocket API."""
        return tuple(
            one
            for one in self._http_domains.within(api.region)
            if any(mapping.api == api.id for mapping in self._http_mappings.of(one))
        )


@inference
def api_names(
    domains: Every[ApiDomain],
    mappings: Every[BasePathMappings],
    http_domains: Every[HttpDomain],
    http_mappings: Every[ApiMapping],
) -> ApiNames:
    """The names of the account's APIs."""
    return ApiNames(domains, mappings, http_domains, http_mappings)
