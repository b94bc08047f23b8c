"""Elastic Load Balancing of the first generation: Classic Load Balancers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class ClassicListener(Evidence):
    """A port on which a Classic Load Balancer takes connections."""

    protocol: str = at("Listener.Protocol", parse=str.upper)
    """`HTTP`, `HTTPS`, `TCP` or `SSL`."""
    port: int = at("Listener.LoadBalancerPort")
    instance_port: int = at("Listener.InstancePort")
    certificate: str | None = at("Listener.SSLCertificateId")
    """The ARN of a certificate of ACM or IAM."""
    policies: tuple[str, ...] = at("PolicyNames")

    @property
    def is_tls(self) -> bool:
        """Whether TLS ends here."""
        return self.protocol in ("HTTPS", "SSL")


@evidence
class ClassicLoadBalancer(Resource):
    """A Classic Load Balancer."""

    type_name: ClassVar = "AWS::ElasticLoadBalancing::LoadBalancer"
    name_format: ClassVar = "{load_balancer_name}"
    arn_format: ClassVar = "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{load_balancer_name}"
    load_balancer_name: str = at("LoadBalancerName")
    scheme: str | None = at("Scheme")
    """`internet-facing` or `internal`; None outside a VPC."""
    dns_name: str = at("DNSName")
    subnet_ids: tuple[str, ...] = at("Subnets")
    """None of them outside a VPC."""
    group_ids: tuple[str, ...] = at("SecurityGroups")
    instance_ids: tuple[str, ...] = at("Instances[].InstanceId")
    listeners: tuple[ClassicListener, ...] = at("ListenerDescriptions")
    cookie_policies: tuple[str, ...] = at("Policies.LBCookieStickinessPolicies[].PolicyName")
    app_cookie_policies: tuple[str, ...] = at("Policies.AppCookieStickinessPolicies[].PolicyName")
    """Its policies of stickiness, by its own cookie and by the application's; a listener has to name one to use it."""

    @property
    def is_internet_facing(self) -> bool:
        """Whether its addresses are public."""
        return self.scheme != "internal"

    def stickiness(self, listener: ClassicListener) -> str | None:
        """The kind of stickiness of a listener (`lb_cookie`, `app_cookie`); None where it is off."""
        kinds = {"lb_cookie": self.cookie_policies, "app_cookie": self.app_cookie_policies}
        return next((kind for kind, policies in kinds.items() if {*policies} & {*listener.policies}), None)


classic_load_balancers = listed(
    ClassicLoadBalancer, call("elb", "DescribeLoadBalancers", page=400), "LoadBalancerDescriptions[]"
)


@evidence
class ClassicAttributes(Evidence):
    """The attributes of a Classic Load Balancer."""

    writes_access_logs: bool = at("AccessLog.Enabled")
    bucket: str | None = at("AccessLog.S3BucketName")
    """Which may still be named where access logs are off."""

    @property
    def access_log_bucket(self) -> str | None:
        """The bucket of its access logs; None where they are off."""
        return self.bucket if self.writes_access_logs else None


classic_attributes = described(
    ClassicAttributes,
    call("elb", "DescribeLoadBalancerAttributes", absent="LoadBalancerNotFound"),
    "LoadBalancerAttributes",
    of=ClassicLoadBalancer,
    LoadBalancerName="load_balancer_name",
)


@evidence
class ClassicPolicy(Evidence):
    """A policy of a Classic Load Balancer; that of a listener with TLS names versions and ciphers."""

    policy: str = at("PolicyName")
    kind: str = at("PolicyTypeName")
    attributes: Mapping[str, str] = at(
        "PolicyAttributeDescriptions",
        parse=lambda raw: {one["AttributeName"]: one.get("AttributeValue", "") for one in raw},
    )

    @property
    def protocols(self) -> tuple[str, ...]:
        """The versions of TLS and SSL that it accepts: `TLSv1.2`."""
        on = (name for name, value in self.attributes.items() if value.lower() == "true")
        return tuple(sorted(name.removeprefix("Protocol-") for name in on if name.startswith("Protocol-")))


@evidence
class ClassicPolicies(Evidence):
    """The policies of a Classic Load Balancer."""

    policies: tuple[ClassicPolicy, ...] = at("PolicyDescriptions")

    def of(self, listener: ClassicListener) -> ClassicPolicy | None:
        """The policy by which a listener negotiates TLS; None where AWS names none."""
        negotiating = (one for one in self.policies if one.kind == "SSLNegotiationPolicyType")
        return next((one for one in negotiating if one.policy in listener.policies), None)


@collector(call("elb", "DescribeLoadBalancerPolicies", absent="LoadBalancerNotFound"))
def classic_policies(aws: Aws, balancer: ClassicLoadBalancer) -> ClassicPolicies:
    """Asked only where a listener has one, as each that takes TLS does."""
    if not any(one.policies for one in balancer.listeners):
        return aws.parse(ClassicPolicies, {"PolicyDescriptions": []})
    return aws.parse(ClassicPolicies, aws("DescribeLoadBalancerPolicies", LoadBalancerName=balancer.load_balancer_name))
