"""Service Quotas: the applied values, and automatic management."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described

SERVICES = (
    "apigateway", "cloudformation", "dynamodb", "ebs", "ec2", "ecs", "eks", "elasticloadbalancing", "events", "fargate",
    "iam", "kinesis", "kms", "lambda", "logs", "monitoring", "rds", "s3", "sns", "sqs", "states", "vpc",
)  # fmt: skip
"""The services whose quotas limit how far a workload grows."""


@evidence
class ServiceQuota(Resource):
    """A quota with the value that is in force."""

    type_name: ClassVar = "AWS::ServiceQuotas::Quota"
    arn: str = at("QuotaArn")
    service: str = at("ServiceCode")
    code: str = at("QuotaCode")
    quota: str = at("QuotaName")
    value: float = at("Value")
    is_global: bool = at("GlobalQuota")
    is_adjustable: bool = at("Adjustable")
    usage_namespace: str | None = at("UsageMetric.MetricNamespace")
    usage_metric: str | None = at("UsageMetric.MetricName")
    usage_dimensions: Mapping[str, str] = at("UsageMetric.MetricDimensions")
    usage_statistic: str | None = at("UsageMetric.MetricStatisticRecommendation")


@collector(call("service-quotas", "ListServiceQuotas", absent="NoSuchResourceException", page=100))
def service_quotas(aws: Aws, _region: Region) -> Iterable[ServiceQuota]:
    """The quotas of the services that carry workloads; a service that the region lacks has none."""
    for service in SERVICES:
        with suppress(Absent):
            for page in aws.pages("ListServiceQuotas", ServiceCode=service):
                for raw in page.get("Quotas", ()):
                    yield aws.parse(ServiceQuota, raw)


@evidence
class QuotaManagement(Evidence):
    """Automatic management of quotas: AWS warns, or raises them by itself."""

    status: str = at("OptInStatus")

    @property
    def is_on(self) -> bool:
        """Whether the account opted in."""
        return self.status == "ENABLED"


quota_management = described(
    QuotaManagement, call("service-quotas", "GetAutoManagementConfiguration", absent="NoSuchResourceException")
)
