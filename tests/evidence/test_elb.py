from networks import classic

from auditor.evidence.elb import ClassicAttributes, ClassicLoadBalancer
from auditor.testing import gathered

STICKY = classic(
    ListenerDescriptions=[
        {"Listener": {"Protocol": "HTTP", "LoadBalancerPort": port, "InstancePort": 80}, "PolicyNames": [policy]}
        for port, policy in ((80, "app"), (443, "lb"), (8080, "tls"))
    ],
    Policies={
        "AppCookieStickinessPolicies": [{"PolicyName": "app", "CookieName": "JSESSIONID"}],
        "LBCookieStickinessPolicies": [{"PolicyName": "lb"}],
        "OtherPolicies": ["tls"],
    },
)


def kinds(balancer: ClassicLoadBalancer) -> dict[int, str | None]:
    return {one.port: balancer.stickiness(one) for one in balancer.listeners}


def test_a_listener_is_sticky_by_the_policies_that_it_names() -> None:
    assert kinds(STICKY) == {80: "app_cookie", 443: "lb_cookie", 8080: None}
    assert kinds(classic()) == {443: None}


def logs(**settings: object) -> ClassicAttributes:
    answer = {"LoadBalancerAttributes": {"AccessLog": settings, "ConnectionDraining": {"Enabled": True}}}
    found: ClassicAttributes = gathered(ClassicAttributes, classic(), DescribeLoadBalancerAttributes=answer)
    return found


def test_the_bucket_of_access_logs_counts_while_they_are_on() -> None:
    assert logs(Enabled=True, S3BucketName="logs").access_log_bucket == "logs"
    assert logs(Enabled=False, S3BucketName="logs").access_log_bucket is None
    assert logs(Enabled=False).access_log_bucket is None
