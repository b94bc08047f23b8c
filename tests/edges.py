"""Distributions and web ACLs for the tests of checks, in the shape of AWS's answers."""

from __future__ import annotations

from typing import Any

from auditor.evidence.cloudfront import Distribution
from auditor.evidence.wafv2 import AclRule, WebAcl, WebAclAssociations, WebAclEntry
from auditor.inference.edge import AclUse, Caching, Edge, EdgePermissions, EdgeUses, Fronted, Origins
from auditor.metrics import Metric
from auditor.model import GLOBAL
from auditor.registry import load
from auditor.testing import HOME, every, every_of, gathered, made

ACL_ARN = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1-2"
REGIONAL_ACL_ARN = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/app/3-4"
SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"}


def items(*values: Any) -> dict[str, Any]:
    """CloudFront's way to write a list."""
    return {"Quantity": len(values), "Items": list(values)}


def custom(
    domain: str = "app.example.com", name: str = "o", policy: str = "https-only", *protocols: str
) -> dict[str, Any]:
    """A custom origin."""
    config = {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": policy}
    return {
        "Id": name,
        "DomainName": domain,
        "CustomOriginConfig": config | {"OriginSslProtocols": items(*(protocols or ("TLSv1.2",)))},
    }


def s3(bucket: str = "assets", name: str = "o", control: str = "oac", identity: str = "") -> dict[str, Any]:
    """A bucket as an origin."""
    return {
        "Id": name,
        "DomainName": f"{bucket}.s3.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": identity},
        "OriginAccessControlId": control,
    }


def behavior(viewers: str = "https-only", target: str = "o", **fields: Any) -> dict[str, Any]:
    """A behavior; with a PathPattern, one of a path."""
    return {"TargetOriginId": target, "ViewerProtocolPolicy": viewers, **fields}


def distribution(*origins: dict[str, Any], **changes: Any) -> Distribution:
    """A distribution that serves, with one custom origin unless others are given."""
    fields = {
        "Id": "E1",
        "ARN": "arn:aws:cloudfront::123456789012:distribution/E1",
        "DomainName": "d1.cloudfront.net",
        "Enabled": True,
        "LastModifiedTime": "2026-01-01T00:00:00+00:00",
        "Origins": items(*(origins or (custom(),))),
        "DefaultCacheBehavior": behavior(),
        "CacheBehaviors": items(),
        "HttpVersion": "http2and3",
        "WebACLId": ACL_ARN,
    }
    return made(Distribution, fields | changes)


def edge_of(*distributions: Distribution) -> Edge:
    """What is known of the edge of an account with these distributions."""
    return inferred(Edge, every(*distributions))  # type: ignore[no-any-return]


def fronted_by(distributions: Any, records: Any = ()) -> Fronted:
    """The names that the distributions fetch from."""
    return inferred(Fronted, every(*distributions), every(*records))  # type: ignore[no-any-return]


def origins_of(
    *distributions: Distribution,
    records: Any = (),
    balancers: Any = (),
    private: Any = (),
    domains: Any = (),
    mappings: Any = (),
    buckets: Any = (),
    gaps: Any = (),
) -> Origins:
    """What the origins of distributions are; `gaps` are reads of records that were denied."""
    names = inferred(Fronted, every(*distributions), every(*records, gaps=gaps))
    others = (balancers, private, domains, mappings, buckets)
    return inferred(Origins, names, *(every(*items) for items in others))  # type: ignore[no-any-return]


def caching_of(*policies: Any, gaps: Any = ()) -> Caching:
    """How distributions cache under these policies."""
    return inferred(Caching, every(*policies, gaps=gaps))  # type: ignore[no-any-return]


def acl_use(
    *distributions: Distribution,
    balancers: Any = (),
    stages: Any = (),
    acls: Any = (),
    associated: Any = (),
    gaps: Any = (),
) -> AclUse:
    """What web ACLs protect; `associated` are web ACLs, which all stand before all the load balancers."""
    known = origins_of(*distributions, balancers=balancers)
    arns = {"ResourceArns": [one.arn for one in balancers]}
    entries = [one.enclosing(WebAclEntry) for one in associated]
    pairs = [(one, gathered(WebAclAssociations, one, ListResourcesForWebACL=arns)) for one in entries]
    lists = (every(*items) for items in (balancers, stages, acls))
    return inferred(AclUse, edge_of(*distributions), known, *lists, every_of(*pairs, gaps=gaps))  # type: ignore[no-any-return]


def uses_of(*distributions: Distribution) -> EdgeUses:
    """Where distributions run Lambda@Edge functions."""
    return inferred(EdgeUses, every(*distributions))  # type: ignore[no-any-return]


def permissions_of(*roles: Any, policies: Any = (), gaps: Any = ()) -> EdgePermissions:
    """What roles may do."""
    return inferred(EdgePermissions, every(*roles, gaps=gaps), every(*policies))  # type: ignore[no-any-return]


def inferred(kind: type, *evidence: Any) -> Any:
    """What an inference makes of evidence."""
    one = next(one for one in load().inferences if one.provides is kind)
    return one.function(*evidence)


def web_acl(*rules: dict[str, Any], arn: str = ACL_ARN, **fields: Any) -> WebAcl:
    """A web ACL with rules."""
    place = GLOBAL if ":global/" in arn else HOME
    entry = made(WebAclEntry, {"Name": "edge", "Id": "1-2", "ARN": arn}, region=place)
    raw = {"Name": "edge", "Id": "1-2", "ARN": arn, "DefaultAction": {"Allow": {}}, "VisibilityConfig": SEEN}
    return gathered(WebAcl, entry, GetWebACL={"WebACL": raw | {"Rules": list(rules)} | fields})[0]  # type: ignore[no-any-return]


def group(name: str, *, override: str = "None", **statement: Any) -> dict[str, Any]:
    """A rule that runs a group managed by AWS."""
    return {
        "Name": name.removeprefix("AWSManagedRules"),
        "Priority": 0,
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": name, **statement}},
        "OverrideAction": {override: {}},
        "VisibilityConfig": SEEN,
    }


def own(action: str, statement: dict[str, Any], name: str = "own", priority: int = 1) -> dict[str, Any]:
    """A rule of the web ACL itself."""
    return {
        "Name": name,
        "Priority": priority,
        "Action": {action: {}},
        "Statement": statement,
        "VisibilityConfig": SEEN,
    }


def rule_of(acl: WebAcl, place: int = 0) -> AclRule:
    """A rule of a web ACL, as something that has metrics."""
    return gathered(AclRule, acl, GetWebACL={})[place]  # type: ignore[no-any-return]


def points(*values: float) -> Metric:
    """The datapoints of a metric."""
    return Metric(values)
