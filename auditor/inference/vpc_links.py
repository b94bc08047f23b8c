"""Which private load balancers API Gateway reaches by VPC links, and for which APIs of the internet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.apigateway import EndpointVpcLink
from auditor.evidence.apigatewayv2 import VpcLink
from auditor.evidence.elbv2 import LoadBalancer
from auditor.inference.filters import Filters
from auditor.inference.fronts import EVERY_PORT, Front, Indexed, indexed
from auditor.inference.private_integrations import PrivateIntegrations, Use, Uses
from auditor.inference.traffic import IPV4, Ranges
from auditor.model import Gap
from auditor.wiring import inference

_ANYWHERE = Ranges.all(IPV4)


@dataclass(frozen=True, slots=True)
class _Here:
    """What is known in a region."""

    endpoints: Indexed[EndpointVpcLink]
    links: Indexed[VpcLink]
    uses: Uses


class VpcLinks:
    """The APIs before private load balancers; a region is read when it is asked about.

    What could not be read puts those load balancers in doubt to which the links lead that are known; where the links
    are not known either, all that a link can lead to.
    """

    def __init__(
        self,
        filters: Filters,
        integrations: PrivateIntegrations,
        endpoints: Every[EndpointVpcLink],
        links: Every[VpcLink],
    ) -> None:
        self._filters = filters
        self._integrations = integrations
        self._endpoints = endpoints
        self._links = links
        self._made: dict[str, _Here] = {}

    def before(self, balancer: LoadBalancer) -> tuple[Front, ...]:
        """The APIs that reach a load balancer."""
        here = self._here(balancer.region)
        known = (front for use in here.uses.known for front in self._by(use, balancer, here))
        return tuple(dict.fromkeys((*known, *self._possible(balancer, here))))

    def _by(self, use: Use, balancer: LoadBalancer, here: _Here) -> Iterator[Front]:
        """The front that an integration makes of an API before a load balancer."""
        for endpoint in here.endpoints.found.get(use.link, ()):
            if endpoint.is_open and balancer.arn in endpoint.targets:
                yield _by_endpoint(use.front, endpoint, balancer)
        for link in here.links.found.get(use.link, ()):
            if link.is_open and use.balancer == balancer.arn:
                yield self._by_interfaces(use.front, link)
        if use.link in here.endpoints.found or use.link in here.links.found:
            return
        gap = here.links.gap if use.balancer else here.endpoints.gap
        if gap and (use.balancer == balancer.arn or (balancer.is_network and not use.balancer)):
            yield _unknown(use.front, gap)

    def _possible(self, balancer: LoadBalancer, here: _Here) -> Iterator[Front]:
        """The fronts that integrations which could not be read may make."""
        if here.uses.gap is None:
            return
        front = Front("API Gateway", "API Gateway", "", "a VPC link", EVERY_PORT, doubt=here.uses.gap)
        for endpoint in (one for found in here.endpoints.found.values() for one in found):
            if endpoint.is_open and balancer.arn in endpoint.targets:
                yield _by_endpoint(front, endpoint, balancer)
        for link in (one for found in here.links.found.values() for one in found):
            if link.is_open and self._network(link) in ("", balancer.vpc_id):
                yield self._by_interfaces(front, link)
        gaps = (here.endpoints.gap if balancer.is_network else None, here.links.gap)
        yield from (_unknown(front, gap) for gap in gaps if gap)

    def _by_interfaces(self, front: Front, link: VpcLink) -> Front:
        way = f"the VPC link {link.id}"
        try:
            subnets = [self._filters.subnet(one, link.region) for one in link.subnet_ids]
        except Unread as failure:
            return _unknown(replace(front, way=way), failure.gap)
        addresses = Ranges.of((cidr for subnet in subnets for cidr in subnet.cidrs), IPV4)
        return replace(front, way=way, addresses=addresses, group_ids=frozenset(link.group_ids))

    def _network(self, link: VpcLink) -> str:
        """The VPC of a link; empty where it cannot be told."""
        try:
            return self._filters.subnet(link.subnet_ids[0], link.region).vpc_id if link.subnet_ids else ""
        except Unread:
            return ""

    def _here(self, region: str) -> _Here:
        if region not in self._made:
            endpoints = indexed(self._endpoints, _key, region)
            links = indexed(self._links, _key, region)
            self._made[region] = _Here(endpoints, links, self._integrations.within(region))
        return self._made[region]


def _key(link: EndpointVpcLink | VpcLink) -> tuple[str, ...]:
    """Its id; one whose status was left out is not known."""
    return (link.id,) if link.status else ()


def _by_endpoint(front: Front, endpoint: EndpointVpcLink, balancer: LoadBalancer) -> Front:
    """By PrivateLink: from addresses of AWS's, which nobody is told."""
    way, filtered = f"the VPC link {endpoint.id}", balancer.filters_endpoints
    return replace(front, way=way, addresses=_ANYWHERE, is_endpoint=True, is_filtered=filtered)


def _unknown(front: Front, gap: Gap) -> Front:
    """By a link of which nothing is known: what it leads to is taken to let it in."""
    return replace(front, way=front.way or "a VPC link", addresses=_ANYWHERE, is_filtered=False, doubt=gap)


@inference
def vpc_links(
    filters: Filters,
    integrations: PrivateIntegrations,
    endpoints: Every[EndpointVpcLink],
    links: Every[VpcLink],
) -> VpcLinks:
    """What API Gateway reaches inside the account's VPCs."""
    return VpcLinks(filters, integrations, endpoints, links)
