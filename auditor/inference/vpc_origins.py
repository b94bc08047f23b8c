"""Which private load balancers and instances CloudFront reaches inside a VPC, and for which distributions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.cloudfront import Distribution, VpcOrigin, VpcOriginEndpoint
from auditor.evidence.ec2_network import NetworkInterface
from auditor.evidence.elbv2 import LoadBalancer
from auditor.inference.filters import Filters
from auditor.inference.fronts import CLOUDFRONT, EVERY_PORT, Front, Indexed, indexed
from auditor.inference.traffic import IPV4, Ranges
from auditor.wiring import inference

_GROUP = "CloudFront-VPCOrigins-Service-SG"
"""The one security group of CloudFront's interfaces in a VPC, which it makes under this name (developer guide)."""


class VpcOrigins:
    """The distributions before what CloudFront reaches privately.

    A list that could not be read puts in doubt what it could have led to, and no more: CloudFront has a security group
    in each VPC that it reaches, and a VPC origin is of use only to a distribution that names it.
    """

    def __init__(
        self,
        filters: Filters,
        distributions: Every[Distribution],
        origins: Every[VpcOrigin],
        endpoints: Every[VpcOriginEndpoint],
    ) -> None:
        self._filters = filters
        self._distributions = distributions
        self._origins = origins
        self._endpoints = endpoints

    def before_balancer(self, balancer: LoadBalancer) -> tuple[Front, ...]:
        """The distributions that reach a load balancer."""
        return self._before(balancer.arn, balancer, balancer.subnet_ids)

    def before_host(self, interface: NetworkInterface) -> tuple[Front, ...]:
        """The distributions that reach the instance of an interface."""
        return self._before(interface.instance_id or "", interface, (interface.subnet_id,))

    def _before(self, end: str, to: LoadBalancer | NetworkInterface, subnet_ids: Iterable[str]) -> tuple[Front, ...]:
        known = [front for origin in self._by_end.found.get(end, ()) for front in self._of(origin)]
        found = [*known, *self._possible(to)]
        if not found:
            return ()
        subnets = (self._filters.subnet(one, to.region) for one in subnet_ids)
        addresses = Ranges.of((cidr for subnet in subnets for cidr in subnet.cidrs), IPV4)
        groups = frozenset(one.id for one in self._filters.groups_called(_GROUP, to.vpc_id, to.region))
        return tuple(replace(one, addresses=addresses, group_ids=groups) for one in found)

    def _of(self, origin: VpcOrigin) -> Iterator[Front]:
        way = f"the VPC origin {origin.id}"
        try:
            ports = Ranges.joined((port, port) for one in self._endpoints.of(origin) for port in one.ports)
            doubt = None
        except Unread as failure:
            ports, doubt = EVERY_PORT, failure.gap
        users = self._by_origin.found.get(origin.id, ())
        for one in users:
            yield Front(CLOUDFRONT, one.domain, one.arn, way, ports, doubt=doubt)
        if not users and self._by_origin.gap:
            yield Front(CLOUDFRONT, CLOUDFRONT, origin.arn, way, ports, doubt=self._by_origin.gap)

    def _possible(self, to: LoadBalancer | NetworkInterface) -> Iterator[Front]:
        """What VPC origins that could not be read may lead to."""
        gap = self._by_end.gap
        if gap and self._names_another and self._filters.groups_called(_GROUP, to.vpc_id, to.region):
            yield Front(CLOUDFRONT, CLOUDFRONT, "", "a VPC origin", EVERY_PORT, doubt=gap)

    @cached_property
    def _by_end(self) -> Indexed[VpcOrigin]:
        return indexed(self._origins, lambda one: (one.leads_to,) if one.is_deployed else ())

    @cached_property
    def _by_origin(self) -> Indexed[Distribution]:
        return indexed(
            self._distributions,
            lambda one: {origin.vpc_origin for origin in one.origins if origin.vpc_origin} if one.serves else (),
        )

    @cached_property
    def _names_another(self) -> bool:
        """Whether a distribution names, or may name, a VPC origin that is not known."""
        known = {one.id for one in self._origins.known()}
        return self._by_origin.gap is not None or any(name not in known for name in self._by_origin.found)


@inference
def vpc_origins(
    filters: Filters,
    distributions: Every[Distribution],
    origins: Every[VpcOrigin],
    endpoints: Every[VpcOriginEndpoint],
) -> VpcOrigins:
    """What CloudFront reaches inside the account's VPCs."""
    return VpcOrigins(filters, distributions, origins, endpoints)
