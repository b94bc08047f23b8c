"""The part of a topology by which requests come in: names, distributions, accelerators, APIs, load balancers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.every import Every
from auditor.evidence.apigateway import ApiDomain, BasePathMappings, EndpointVpcLink, RestApi, RestMethod
from auditor.evidence.apigatewayv2 import ApiMapping, HttpApi, HttpDomain, HttpIntegration
from auditor.evidence.cloudfront import Distribution, Origin, VpcOrigin
from auditor.evidence.elbv2 import Listener, LoadBalancer, TargetGroup, balancer_of
from auditor.evidence.globalaccelerator import Accelerator, AcceleratorEndpointGroup
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.evidence.wafv2 import WebAclAssociations, WebAclEntry
from auditor.inference.graph import INTERNET, Draft, Node, given_by, plain_host
from auditor.model import GLOBAL
from auditor.wiring import inference

_TYPES = ("A", "AAAA", "CNAME")
_FUNCTION = re.compile(r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+")
_URL_HOST = re.compile(r"^https?://([^/:]+)")


@dataclass(frozen=True, slots=True)
class EntranceEvidence:
    """What is known of how requests come in."""

    records: Every[RecordSet]
    distributions: Every[Distribution]
    vpc_origins: Every[VpcOrigin]
    accelerators: Every[Accelerator]
    endpoint_groups: Every[AcceleratorEndpointGroup]
    rest_apis: Every[RestApi]
    rest_methods: Every[RestMethod]
    rest_domains: Every[ApiDomain]
    rest_mappings: Every[BasePathMappings]
    endpoint_links: Every[EndpointVpcLink]
    http_apis: Every[HttpApi]
    http_integrations: Every[HttpIntegration]
    http_domains: Every[HttpDomain]
    http_mappings: Every[ApiMapping]
    balancers: Every[LoadBalancer]
    listeners: Every[Listener]
    target_groups: Every[TargetGroup]
    web_acls: Every[WebAclEntry]
    associations: Every[WebAclAssociations]


@inference
def entrance_evidence(
    records: Every[RecordSet],
    distributions: Every[Distribution],
    vpc_origins: Every[VpcOrigin],
    accelerators: Every[Accelerator],
    endpoint_groups: Every[AcceleratorEndpointGroup],
    rest_apis: Every[RestApi],
    rest_methods: Every[RestMethod],
    rest_domains: Every[ApiDomain],
    rest_mappings: Every[BasePathMappings],
    endpoint_links: Every[EndpointVpcLink],
    http_apis: Every[HttpApi],
    http_integrations: Every[HttpIntegration],
    http_domains: Every[HttpDomain],
    http_mappings: Every[ApiMapping],
    balancers: Every[LoadBalancer],
    listeners: Every[Listener],
    target_groups: Every[TargetGroup],
    web_acls: Every[WebAclEntry],
    associations: Every[WebAclAssociations],
) -> EntranceEvidence:
    """All of it, whatever could not be read."""
    return EntranceEvidence(
        records, distributions, vpc_origins, accelerators, endpoint_groups, rest_apis, rest_methods, rest_domains,
        rest_mappings, endpoint_links, http_apis, http_integrations, http_domains, http_mappings, balancers, listeners,
        target_groups, web_acls, associations,
    )  # fmt: skip


class Entrances:
    """Draws the entrances. Names are linked last, when every part of the draft has said where it is served."""

    def __init__(self, draft: Draft, evidence: EntranceEvidence) -> None:
        self._draft = draft
        self._evidence = evidence
        self._vpc_origins: dict[str, str] = {}
        self._origins: list[tuple[Distribution, Origin]] = []
        self._integrations: list[tuple[str, str, str]] = []
        """API, URI and the field that has it."""
        self._asked: list[tuple[str, str]] = []
        """API, and the VPC link that it uses."""
        self._links: dict[str, EndpointVpcLink] = {}
        self._public: dict[str, list[str]] = {}
        self._private: dict[str, list[str]] = {}
        """The nodes of a name, as the internet and as VPCs resolve it."""

    def draw(self) -> None:
        """Nodes, and the edges between them that need no names."""
        draft, evidence = self._draft, self._evidence
        draft.put(Node(INTERNET, INTERNET, "the internet", GLOBAL, "", is_public=True))
        draft.each(VpcOrigin, evidence.vpc_origins, self._vpc_origin)
        draft.each(Distribution, evidence.distributions, self._distribution)
        draft.each(Accelerator, evidence.accelerators, self._accelerator)
        draft.each(AcceleratorEndpointGroup, evidence.endpoint_groups, self._endpoints)
        draft.each(LoadBalancer, evidence.balancers, self._balancer)
        draft.each(TargetGroup, evidence.target_groups, self._target_group)
        draft.each(WebAclEntry, evidence.web_acls, self._web_acl)
        self._apis()

    def _vpc_origin(self, origin: VpcOrigin) -> None:
        self._vpc_origins[origin.id] = origin.endpoint

    def _distribution(self, one: Distribution) -> None:
        if not one.serves:
            return
        node = self._draft.add(one, "distribution", is_public=True)
        self._draft.served_at(node.id, *one.hosts)
        self._draft.link(INTERNET, node.id, "route", "cloudfront:ListDistributions DomainName", one.domain)
        if one.web_acl:
            self._draft.link(one.web_acl, node.id, "protects", "cloudfront:ListDistributions WebACLId", one.web_acl)
        self._origins += ((one, origin) for origin in one.origins)

    def _accelerator(self, one: Accelerator) -> None:
        if one.enabled:
            node = self._draft.add(one, "accelerator", is_public=True)
            self._draft.served_at(node.id, one.dns_name)
            self._draft.link(INTERNET, node.id, "route", "globalaccelerator:ListAccelerators DnsName", one.dns_name)

    def _endpoints(self, group: AcceleratorEndpointGroup) -> None:
        given = "globalaccelerator:ListEndpointGroups EndpointDescriptions[].EndpointId"
        for endpoint in group.endpoints:
            self._draft.link(group.enclosing(Accelerator).arn, endpoint.id, "route", given, endpoint.id)

    def _balancer(self, one: LoadBalancer) -> None:
        listeners = self._draft.details(Listener, self._evidence.listeners, one)
        ports = tuple(sorted({listener.port for listener in listeners if listener.port is not None}))
        node = self._draft.add(
            one, "load_balancer", vpc=one.vpc_id, subnets=one.subnet_ids, zones=tuple(zone.zone for zone in one.zones),
            groups=one.group_ids, ports=ports, is_public=one.is_internet_facing,
        )  # fmt: skip
        self._draft.served_at(node.id, one.dns_name)
        self._draft.called(node, (plain_host(one.dns_name),))
        if one.is_internet_facing:
            self._draft.link(INTERNET, node.id, "route", "elbv2:DescribeLoadBalancers Scheme", "internet-facing")

    def _target_group(self, one: TargetGroup) -> None:
        node = self._draft.add(one, "target_group", vpc=one.vpc_id or "", ports=(one.port,) if one.port else ())
        for arn in one.load_balancer_arns:
            given = "elbv2:DescribeTargetGroups LoadBalancerArns"
            self._draft.link(arn, node.id, "route", given, arn, port=one.port)

    def _web_acl(self, entry: WebAclEntry) -> None:
        node = self._draft.add(entry, "web_acl")
        for association in self._draft.details(WebAclAssociations, self._evidence.associations, entry):
            for arn in association.load_balancers:
                self._draft.link(node.id, arn, "protects", "wafv2:ListResourcesForWebACL ResourceArns", arn)

    def _apis(self) -> None:
        draft, evidence = self._draft, self._evidence
        draft.each(RestApi, evidence.rest_apis, self._rest_api)
        draft.each(HttpApi, evidence.http_apis, self._http_api)
        draft.each(RestMethod, evidence.rest_methods, self._rest_method)
        draft.each(HttpIntegration, evidence.http_integrations, self._http_integration)
        draft.each(EndpointVpcLink, evidence.endpoint_links, self._endpoint_link)
        draft.each(ApiDomain, evidence.rest_domains, self._rest_domain)
        draft.each(HttpDomain, evidence.http_domains, self._http_domain)

    def _rest_api(self, api: RestApi) -> None:
        node = self._draft.add(api, "api", is_public=not api.is_private)
        self._draft.served_at(node.id, api.host)
        if not api.is_private and not api.closes_default_endpoint:
            self._draft.link(INTERNET, node.id, "route", "apigateway:GetRestApis endpointConfiguration.types", api.host)

    def _http_api(self, api: HttpApi) -> None:
        node = self._draft.add(api, "api", is_public=True)
        self._draft.served_at(node.id, api.host)
        if not api.closes_default_endpoint:
            self._draft.link(INTERNET, node.id, "route", "apigatewayv2:GetApis ApiEndpoint", api.host)

    def _rest_method(self, method: RestMethod) -> None:
        given = "apigateway:GetResources methodIntegration.uri"
        api = method.enclosing(RestApi).arn
        self._integrations.append((api, method.integration_uri or "", given))
        self._asked.append((api, method.vpc_link or ""))
        if target := method.integration_target:
            self._draft.link(
                api, target, "route", "apigateway:GetResources methodIntegration.integrationTarget", target
            )

    def _http_integration(self, one: HttpIntegration) -> None:
        given = "apigatewayv2:GetIntegrations IntegrationUri"
        api = one.enclosing(HttpApi).arn
        self._integrations.append((api, one.uri or "", given))
        self._asked.append((api, one.vpc_link or ""))

    def _endpoint_link(self, one: EndpointVpcLink) -> None:
        if one.is_open:
            self._links[one.id] = one

    def _rest_domain(self, domain: ApiDomain) -> None:
        for found in self._draft.details(BasePathMappings, self._evidence.rest_mappings, domain):
            self._custom(
                [f"/restapis/{one.api}" for one in found.mappings], domain, domain.regional_host, domain.edge_host
            )

    def _http_domain(self, domain: HttpDomain) -> None:
        found = self._draft.details(ApiMapping, self._evidence.http_mappings, domain)
        self._custom([f"/apis/{one.api}" for one in found], domain, *(one.host for one in domain.configurations))

    def _custom(self, paths: Iterable[str], domain: ApiDomain | HttpDomain, *hosts: str | None) -> None:
        """The APIs that a custom domain name leads to are served at its hosts; the name itself is a record's."""
        start = domain.arn.partition("::/")[0]
        for path in paths:
            arn = f"{start}::{path}"
            self._draft.served_at(arn, *hosts)
            self._draft.link(INTERNET, arn, "route", given_by(domain), domain.domain)

    def connect(self) -> None:
        """The edges that follow names."""
        self._draft.each(RecordSet, self._evidence.records, self._record)
        self._draft.each(RecordSet, self._evidence.records, self._follow)
        for distribution, origin in self._origins:
            self._origin(distribution, origin)
        for api, uri, given in self._integrations:
            self._integration(api, uri, given)
        for api, link in self._asked:
            for target in self._links[link].targets if link in self._links else ():
                self._draft.link(api, target, "route", "apigateway:GetVpcLinks targetArns", target)

    def _origin(self, distribution: Distribution, origin: Origin) -> None:
        given = "cloudfront:ListDistributions Origins.Items[].DomainName"
        if origin.vpc_origin:
            given = "cloudfront:ListVpcOrigins OriginEndpointArn"
            target = self._vpc_origins.get(origin.vpc_origin, "")
            self._draft.link(distribution.arn, target, "route", given, origin.vpc_origin)
        for target in self._draft.hosts.get(origin.domain, ()):
            self._draft.link(distribution.arn, target, "route", given, origin.domain)
        if origin.bucket:
            partition = distribution.arn.split(":")[1]
            self._draft.link(distribution.arn, f"arn:{partition}:s3:::{origin.bucket}", "route", given, origin.domain)
        for target in self._public.get(origin.domain, ()):
            self._draft.link(distribution.arn, target, "route", given, origin.domain)

    def _integration(self, api: str, uri: str, given: str) -> None:
        for arn in _FUNCTION.findall(uri):
            self._draft.link(api, arn, "route", given, arn)
        if balancer := balancer_of(uri):
            self._draft.link(api, balancer, "route", given, uri)
        if host := _URL_HOST.match(uri):
            for target in self._draft.hosts.get(plain_host(host[1]), ()):
                self._draft.link(api, target, "route", given, host[1])

    def _record(self, record: RecordSet) -> None:
        """A node for each name and type; records that share one are one node."""
        if record.type not in _TYPES:
            return
        node = Node(name_id(record), "dns_name", record.host, GLOBAL, "route53:ListResourceRecordSets Name", record)
        if self._draft.put(node).resource is record and not is_private(record):
            self._draft.link(INTERNET, node.id, "route", "route53:ListResourceRecordSets Name", record.host)
        names = self._private if is_private(record) else self._public
        names.setdefault(record.host, []).append(node.id)

    def _follow(self, record: RecordSet) -> None:
        if record.type not in _TYPES:
            return
        source = name_id(record)
        given = "route53:ListResourceRecordSets " + (
            "AliasTarget.DNSName" if record.alias else "ResourceRecords[].Value"
        )
        for target in record.targets:
            host = plain_host(target)
            for node in (*self._draft.hosts.get(host, ()), *self._named(host, record)):
                self._draft.link(source, node, "route", given, host)
            if host.startswith("s3-website"):
                partition = record.arn.split(":")[1]
                self._draft.link(source, f"arn:{partition}:s3:::{record.host}", "route", given, host)

    def _named(self, host: str, asking: RecordSet) -> list[str]:
        """The nodes of a name to which a record leads; in a VPC a private zone comes before the public one."""
        private = self._private.get(host, []) if is_private(asking) else []
        return private or self._public.get(host, [])


def is_private(record: RecordSet) -> bool:
    """Whether only VPCs resolve a record."""
    return record.enclosing(HostedZone).is_private


def name_id(record: RecordSet) -> str:
    """The node of a record; a private zone may have other answers for a name than the public one."""
    return f"{'dns-private' if is_private(record) else 'dns'}/{record.host}/{record.type}"
