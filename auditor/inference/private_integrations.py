"""Which APIs of the internet pass requests on into VPCs, by which links, and to what."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.apigateway import Api, ApiDomain, RestApi, RestMethod, RestStage
from auditor.evidence.apigatewayv2 import HttpApi, HttpDomain, HttpIntegration
from auditor.evidence.elbv2 import balancer_of
from auditor.inference.api_names import ApiNames
from auditor.inference.fronts import EVERY_PORT, HTTP_API, REST_API, Front
from auditor.inference.traffic import Ranges
from auditor.model import Gap
from auditor.wiring import inference

A = TypeVar("A")
P = TypeVar("P", bound=Api)
T = TypeVar("T")

_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")
_URL = re.compile(r"^(https?)://[^/:]*(?::(\d+))?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Use:
    """An integration by which an API that the internet reaches uses a VPC link."""

    front: Front
    """As far as the API and its integration tell."""
    link: str
    balancer: str = ""
    """The ARN of the load balancer, where the integration names it; where it does not, the link does."""


@dataclass(frozen=True, slots=True)
class Uses:
    """The uses in a region, and what could not be read and may hold another one."""

    known: tuple[Use, ...]
    gap: Gap | None


class PrivateIntegrations:
    """Answers for each region. An API is of the internet unless it is private, or has no name that answers."""

    def __init__(
        self,
        names: ApiNames,
        rest_apis: Every[RestApi],
        methods: Every[RestMethod],
        stages: Every[RestStage],
        http_apis: Every[HttpApi],
        integrations: Every[HttpIntegration],
    ) -> None:
        self._names = names
        self._rest_apis = rest_apis
        self._methods = methods
        self._stages = stages
        self._http_apis = http_apis
        self._integrations = integrations

    def within(self, region: str) -> Uses:
        """The uses of a region, each once."""
        known: dict[Use, None] = {}
        gaps: list[Gap] = []

        def take(ask: Callable[[A], Iterable[T]], about: A) -> Iterator[T]:
            try:
                yield from ask(about)
            except Unread as failure:
                gaps.append(failure.gap)

        for rest in take(self._rest_apis.within, region):
            known.update(dict.fromkeys(take(self._of_rest, rest)))
        for http in take(self._http_apis.within, region):
            known.update(dict.fromkeys(take(self._of_http, http)))
        return Uses(tuple(known), next(iter(gaps), None))

    def _of_rest(self, api: RestApi) -> Iterator[Use]:
        front = _front(api, REST_API, self._names.of_rest)
        for method in self._methods.of(api) if front else ():
            if front and method.connection_type == "VPC_LINK":
                for link, uri in self._resolved(api, method):
                    yield Use(replace(front, ports=_ports(uri)), link, method.integration_target or "")

    def _resolved(self, api: RestApi, method: RestMethod) -> Iterator[tuple[str, str]]:
        """The link and the URL of a method, in each stage where stage variables stand for a part of them."""
        texts = method.vpc_link or "", method.integration_uri or ""
        if not any(map(_VARIABLE.search, texts)):
            yield texts
            return
        for stage in self._stages.of(api):
            link, uri = (_VARIABLE.sub(lambda found: stage.variables.get(found[1], ""), text) for text in texts)  # noqa: B023
            yield link, uri

    def _of_http(self, api: HttpApi) -> Iterator[Use]:
        front = _front(api, HTTP_API, self._names.of_http)
        for one in self._integrations.of(api) if front else ():
            uri = one.uri or ""
            if front and one.connection_type == "VPC_LINK" and one.vpc_link:
                if balancer := balancer_of(uri):
                    yield Use(replace(front, listener=uri), one.vpc_link, balancer)
                elif api.is_websocket:
                    yield Use(replace(front, ports=_ports(uri)), one.vpc_link)


def _front(api: P, service: str, names: Callable[[P], Sequence[ApiDomain | HttpDomain]]) -> Front | None:
    """An API at the name under which the internet reaches it; None where there is no such name."""
    if api.is_private:
        return None
    front = Front(service, api.host, api.arn, "", EVERY_PORT)
    if not api.closes_default_endpoint:
        return front
    try:
        found = names(api)
    except Unread as failure:
        return replace(front, doubt=failure.gap)
    return replace(front, name=found[0].domain) if found else None


def _ports(url: str) -> Ranges:
    """The port of a URL."""
    found = _URL.match(url)
    if found is None:
        return EVERY_PORT
    port = int(found[2]) if found[2] else _PORTS[found[1]]
    return Ranges(((port, port),))


@inference
def private_integrations(
    names: ApiNames,
    rest_apis: Every[RestApi],
    methods: Every[RestMethod],
    stages: Every[RestStage],
    http_apis: Every[HttpApi],
    integrations: Every[HttpIntegration],
) -> PrivateIntegrations:
    """What the account's APIs pass on into its VPCs."""
    return PrivateIntegrations(names, rest_apis, methods, stages, http_apis, integrations)
