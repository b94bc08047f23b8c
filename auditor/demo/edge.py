"""The edge: CloudFront, web ACLs, names and their health checks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.balancers import DOMAIN
from auditor.demo.clients import GLOBAL, labels, pairs

if TYPE_CHECKING:
    from auditor.demo.balancers import Balancers
    from auditor.demo.clients import Clients

CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
SECURITY_HEADERS = "67f7725c-6f97-4210-82d7-5512b31e9d03"
RULE_GROUPS = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
    "AWSManagedRulesSQLiRuleSet",
)


def build_edge(clients: Clients, balancers: Balancers) -> None:
    """Two distributions, one as it should be; a web ACL for it and one for the load balancer; failover by name."""
    cloudfront = clients("cloudfront")
    acl = _web_acl(clients("wafv2", GLOBAL), "shop-edge", "CLOUDFRONT", RULE_GROUPS)
    access = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": "shop-assets",
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        }
    )["OriginAccessControl"]["Id"]
    shop = _distribution(cloudfront, _shop_distribution(balancers, acl, access), labels("shop-web", "web"))
    _distribution(cloudfront, _weak_distribution(balancers), {"Name": "shop-downloads"})
    _regional_acl(clients("wafv2"), balancers)
    _names(clients("route53"), balancers, shop)


def _web_acl(waf: Any, name: str, scope: str, groups: tuple[str, ...]) -> str:
    def seen(metric: str) -> dict[str, Any]:
        return {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": metric}

    managed = [
        {
            "Name": group,
            "Priority": priority,
            "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": group}},
            "OverrideAction": {"None": {}},
            "VisibilityConfig": seen(group),
        }
        for priority, group in enumerate(groups)
    ]
    rate = {
        "Name": "rate",
        "Priority": len(groups),
        "Statement": {"RateBasedStatement": {"Limit": 2000, "AggregateKeyType": "IP"}},
        "Action": {"Block": {}},
        "VisibilityConfig": seen("rate"),
    }
    arn: str = waf.create_web_acl(
        Name=name,
        Scope=scope,
        DefaultAction={"Allow": {}},
        Rules=[*managed, rate],
        VisibilityConfig=seen(name),
        Tags=pairs(labels(name, "web")),
    )["Summary"]["ARN"]
    return arn


def _regional_acl(waf: Any, balancers: Balancers) -> None:
    """The load balancer's own web ACL has the core rules only; nothing stands before the old load balancer."""
    acl = _web_acl(waf, "shop-web", "REGIONAL", RULE_GROUPS[:1])
    waf.associate_web_acl(WebACLArn=acl, ResourceArn=balancers.arns["shop-web"])


def _distribution(cloudfront: Any, config: dict[str, Any], tags: dict[str, str]) -> str:
    name: str = cloudfront.create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config, "Tags": {"Items": pairs(tags)}}
    )["Distribution"]["DomainName"]
    return name


def _listed(*items: Any) -> dict[str, Any]:
    return {"Quantity": len(items), "Items": list(items)}


def _behavior(origin: str, policy: str, viewers: str, **more: Any) -> dict[str, Any]:
    return {
        "TargetOriginId": origin,
        "CachePolicyId": policy,
        "ViewerProtocolPolicy": viewers,
        "Compress": True,
        "AllowedMethods": {**_listed("GET", "HEAD"), "CachedMethods": _listed("GET", "HEAD")},
        **more,
    }


def _web_origin(name: str, domain: str, protocol: str, *versions: str) -> dict[str, Any]:
    custom = {
        "HTTPPort": 80,
        "HTTPSPort": 443,
        "OriginProtocolPolicy": protocol,
        "OriginSslProtocols": _listed(*versions),
    }
    return {"Id": name, "DomainName": domain, "OriginPath": "", "CustomOriginConfig": custom}


def _bucket_origin(bucket: str, access: str = "") -> dict[str, Any]:
    origin: dict[str, Any] = {
        "Id": bucket,
        "DomainName": f"{bucket}.s3.eu-west-1.amazonaws.com",
        "OriginPath": "",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }
    return origin | ({"OriginAccessControlId": access} if access else {})


def _shop_distribution(balancers: Balancers, acl: str, access: str) -> dict[str, Any]:
    """Static files from the bucket, everything under /api/ from the load balancer, over TLS all the way."""
    api = _behavior("shop-web", CACHING_DISABLED, "https-only", PathPattern="/api/*", OriginRequestPolicyId=ALL_VIEWER)
    return {
        "CallerReference": "shop-web",
        "Comment": "The shop",
        "Enabled": True,
        "HttpVersion": "http2and3",
        "IsIPV6Enabled": True,
        "PriceClass": "PriceClass_100",
        "DefaultRootObject": "index.html",
        "WebACLId": acl,
        "Aliases": _listed(DOMAIN),
        "Origins": _listed(
            _bucket_origin("shop-assets", access),
            _web_origin("shop-web", balancers.dns_name, "https-only", "TLSv1.2"),
        ),
        "DefaultCacheBehavior": _behavior(
            "shop-assets", CACHING_OPTIMIZED, "redirect-to-https", ResponseHeadersPolicyId=SECURITY_HEADERS
        ),
        "CacheBehaviors": _listed(api),
        "Logging": {
            "Enabled": True,
            "IncludeCookies": False,
            "Bucket": "shop-logs.s3.amazonaws.com",
            "Prefix": "cloudfront/",
        },
        "ViewerCertificate": {
            "ACMCertificateArn": balancers.edge_certificate,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        },
    }


def _weak_distribution(balancers: Balancers) -> dict[str, Any]:
    """Plain HTTP for viewers and origin, an old TLS version, no web ACL, no logs, an open bucket behind it."""
    old = _behavior("legacy-web", CACHING_DISABLED, "allow-all", PathPattern="/old/*")
    return {
        "CallerReference": "shop-downloads",
        "Comment": "Downloads",
        "Enabled": True,
        "HttpVersion": "http1.1",
        "PriceClass": "PriceClass_All",
        "Aliases": _listed(f"downloads.{DOMAIN}"),
        "Origins": _listed(
            _bucket_origin("shop-downloads"),
            _web_origin("legacy-web", balancers.dns_name.replace("shop", "legacy"), "http-only", "TLSv1", "TLSv1.1"),
        ),
        "DefaultCacheBehavior": _behavior("shop-downloads", CACHING_OPTIMIZED, "allow-all"),
        "CacheBehaviors": _listed(old),
        "ViewerCertificate": {
            "ACMCertificateArn": balancers.edge_certificate,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1",
        },
    }


def _names(route53: Any, balancers: Balancers, distribution: str) -> None:
    """The API fails over to the recovery Region; the shop's name points at CloudFront, the old one at nothing else."""
    zone = route53.create_hosted_zone(Name=DOMAIN, CallerReference="shop")["HostedZone"]["Id"]
    check = _health_check(route53)
    records = [
        _record(DOMAIN, "A", AliasTarget=_alias("Z2FDTNDATAQYW2", distribution)),
        _record(f"old.{DOMAIN}", "CNAME", TTL=86400, ResourceRecords=[{"Value": "gone.example.net"}]),
    ]
    sides = {"PRIMARY": balancers.dns_name, "SECONDARY": f"recovery.{DOMAIN}"}
    for side, target in sides.items():
        watched = {"HealthCheckId": check} if side == "PRIMARY" else {}
        values = [{"Value": target}]
        records.append(
            _record(
                f"api.{DOMAIN}", "CNAME", SetIdentifier=side, Failover=side, TTL=60, ResourceRecords=values, **watched
            )
        )
    changes = [{"Action": "CREATE", "ResourceRecordSet": record} for record in records]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _record(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Type": kind, **more}


def _alias(zone: str, target: str) -> dict[str, Any]:
    return {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False}


def _health_check(route53: Any) -> str:
    config = {
        "Type": "HTTPS",
        "FullyQualifiedDomainName": f"api.{DOMAIN}",
        "Port": 443,
        "ResourcePath": "/health",
        "RequestInterval": 10,
        "FailureThreshold": 3,
    }
    check: str = route53.create_health_check(CallerReference="shop-api", HealthCheckConfig=config)["HealthCheck"]["Id"]
    return check
