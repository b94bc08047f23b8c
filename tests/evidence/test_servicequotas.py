from auditor.errors import Absent
from auditor.evidence.servicequotas import QuotaManagement, ServiceQuota
from auditor.testing import gathered, made


def test_quotas_of_the_services_that_the_region_has() -> None:
    quota = {
        "QuotaArn": "arn:aws:servicequotas:eu-west-1:123456789012:lambda/L-B99A9384",
        "ServiceCode": "lambda",
        "QuotaCode": "L-B99A9384",
        "QuotaName": "Concurrent executions",
        "Value": 1000.0,
        "GlobalQuota": False,
        "Adjustable": True,
        "UsageMetric": {
            "MetricNamespace": "AWS/Lambda",
            "MetricName": "ConcurrentExecutions",
            "MetricDimensions": {},
            "MetricStatisticRecommendation": "Maximum",
        },
    }

    def answer(params: dict[str, object]) -> object:
        return {"Quotas": [quota]} if params["ServiceCode"] == "lambda" else Absent("NoSuchResourceException")

    (found,) = gathered(ServiceQuota, ListServiceQuotas=answer)
    assert (found.code, found.value, found.usage_metric) == ("L-B99A9384", 1000.0, "ConcurrentExecutions")
    assert not found.is_global


def test_management() -> None:
    assert made(QuotaManagement, OptInStatus="ENABLED", OptInType="NotifyOnly").is_on
    assert not made(QuotaManagement, OptInStatus="DISABLED").is_on
