"""Distributions and web ACLs for the tests of checks, in the shape of AWS's answers."""

from __future__ import annotations

from typing import Any

from auditor.evidence.cloudfront import Distribution
from auditor.evidence.wafv2 import WebAcl, WebAclEntry
from auditor.inference.edge import Edge, Fronted
from auditor.metrics import Metric
from auditor.registry import load
from auditor.testing import every, gathered, made

ACL_ARN = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1-2"
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


def inferred(kind: type, *evidence: Any) -> Any:
    """What an inference makes of evidence."""
    one = next(one for one in load().inferences if one.provides is kind)
    return one.function(*evidence)


def web_acl(*rules: dict[str, Any], arn: str = ACL_ARN, **fields: Any) -> WebAcl:
    """A web ACL with rules."""
    entry = made(WebAclEntry, Name="edge", Id="1-2", ARN=arn)
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


def own(action: str, statement: dict[str, Any], name: str = "own") -> dict[str, Any]:
    """A rule of the web ACL itself."""
    return {"Name": name, "Priority": 1, "Action": {action: {}}, "Statement": statement, "VisibilityConfig": SEEN}


def points(*values: float) -> Metric:
    """The datapoints of a metric."""
    return Metric(values)
