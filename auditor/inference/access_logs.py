"""Where load balancers write their access logs."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.elb import ClassicAttributes
from auditor.evidence.elbv2 import LoadBalancerAttributes
from auditor.evidence.s3 import Bucket
from auditor.wiring import inference

_BUCKET = attrgetter("access_log_bucket")


@dataclass(frozen=True, slots=True)
class AccessLogs:
    """The settings of load balancers of both generations; their logs stay in their region."""

    attributes: Every[LoadBalancerAttributes]
    classic: Every[ClassicAttributes]

    def go_to(self, bucket: Bucket) -> bool:
        """Whether a load balancer writes to a bucket; strict about there being none that does."""
        settings: tuple[Every[LoadBalancerAttributes] | Every[ClassicAttributes], ...] = self.attributes, self.classic
        return any(bucket.bucket in one.by(_BUCKET, bucket.region) for one in settings)


@inference
def access_logs(attributes: Every[LoadBalancerAttributes], classic: Every[ClassicAttributes]) -> AccessLogs:
    """The access logs of the account's load balancers."""
    return AccessLogs(attributes, classic)
