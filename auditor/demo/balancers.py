"""Load balancers, their certificates and target groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from auditor.demo.clients import GLOBAL, labels, pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.demo.clients import Clients
    from auditor.demo.network import Network

DOMAIN = "shop.example.com"


@dataclass(frozen=True, slots=True)
class Balancers:
    """ARNs, the public name of the shop's load balancer, and the certificate for CloudFront."""

    arns: Mapping[str, str]
    targets: Mapping[str, str]
    dns_name: str
    edge_certificate: str


def build_balancers(clients: Clients, shop: Network) -> Balancers:
    """The shop's load balancer (HTTPS, HTTP redirects), an old one (HTTP only) and an internal one for orders."""
    elb = clients("elbv2")
    targets = {name: _target_group(elb, shop.vpc, name, *how) for name, how in TARGET_GROUPS.items()}
    web = _balancer(elb, "shop-web", "internet-facing", shop.subnets["public"], [shop.groups["shop-alb"]])
    legacy = _balancer(
        elb, "legacy-web", "internet-facing", shop.subnets["public"][:2], [shop.groups["shop-legacy-web"]]
    )
    orders = _balancer(elb, "shop-orders", "internal", shop.subnets["app"], [], kind="network")
    _web_listeners(elb, web["LoadBalancerArn"], targets["shop-app"], _certificate(clients("acm")))
    _forward(elb, legacy["LoadBalancerArn"], "HTTP", 80, targets["legacy-web"])
    _forward(elb, orders["LoadBalancerArn"], "TCP", 8080, targets["shop-orders"])
    _attributes(elb, web["LoadBalancerArn"])
    arns = {made["LoadBalancerName"]: made["LoadBalancerArn"] for made in (web, legacy, orders)}
    return Balancers(arns, targets, web["DNSName"], _certificate(clients("acm", GLOBAL)))


TARGET_GROUPS: Mapping[str, tuple[str, int, str]] = {
    "shop-app": ("HTTPS", 8443, "instance"),
    "legacy-web": ("HTTP", 80, "instance"),
    "shop-orders": ("TCP", 8080, "ip"),
    "shop-standby": ("HTTP", 8080, "ip"),
}
"""Protocol, port and kind of target; nothing uses the standby's."""


def _target_group(elb: Any, vpc: str, name: str, protocol: str, port: int, kind: str) -> str:
    health = {} if protocol == "TCP" else {"HealthCheckPath": "/health", "Matcher": {"HttpCode": "200"}}
    made = elb.create_target_group(
        Name=name, Protocol=protocol, Port=port, VpcId=vpc, TargetType=kind, Tags=pairs(labels(name, "app")), **health
    )
    arn: str = made["TargetGroups"][0]["TargetGroupArn"]
    return arn


def _balancer(
    elb: Any, name: str, scheme: str, subnets: list[str], groups: list[str], kind: str = "application"
) -> Any:
    made = elb.create_load_balancer(
        Name=name, Scheme=scheme, Type=kind, Subnets=subnets, SecurityGroups=groups, Tags=pairs(labels(name, "web"))
    )
    return made["LoadBalancers"][0]


def _certificate(acm: Any) -> str:
    arn: str = acm.request_certificate(
        DomainName=DOMAIN,
        SubjectAlternativeNames=[f"*.{DOMAIN}"],
        ValidationMethod="DNS",
        Tags=pairs(labels("shop", "web")),
    )["CertificateArn"]
    return arn


def _web_listeners(elb: Any, balancer: str, targets: str, certificate: str) -> None:
    _forward(
        elb,
        balancer,
        "HTTPS",
        443,
        targets,
        SslPolicy="ELBSecurityPolicy-TLS13-1-2-2021-06",
        Certificates=[{"CertificateArn": certificate}],
    )
    redirect = {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol="HTTP",
        Port=80,
        DefaultActions=[{"Type": "redirect", "RedirectConfig": redirect}],
    )


def _forward(elb: Any, balancer: str, protocol: str, port: int, targets: str, **more: Any) -> None:
    elb.create_listener(
        LoadBalancerArn=balancer,
        Protocol=protocol,
        Port=port,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
        **more,
    )


def _attributes(elb: Any, balancer: str) -> None:
    wanted = {
        "access_logs.s3.enabled": "true",
        "access_logs.s3.bucket": "shop-logs",
        "deletion_protection.enabled": "true",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }
    elb.modify_load_balancer_attributes(LoadBalancerArn=balancer, Attributes=pairs(wanted))
