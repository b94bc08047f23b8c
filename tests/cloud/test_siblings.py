"""Clients of one service share what does not depend on the region, and nothing else."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from conftest import CREDENTIALS

from auditor.calls import call
from auditor.cloud.session import Cloud, open_cloud
from auditor.model import GLOBAL

ASKED = {
    "ec2": "DescribeRegions", "s3": "ListBuckets", "dynamodb": "ListTables", "lambda": "ListFunctions",
    "iam": "ListUsers", "cloudfront": "ListDistributions", "sts": "GetCallerIdentity", "kms": "ListKeys",
    "elbv2": "DescribeLoadBalancers",
}  # fmt: skip
REGIONS = ("eu-west-1", "us-east-1", "us-gov-west-1", "cn-north-1", "eu-central-1")


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


@pytest.fixture
def cloud() -> Cloud:
    return open_cloud(calls=[call(service, operation) for service, operation in ASKED.items()])


def asks(client: Any, operation: str) -> tuple[str, str]:
    """Where it sends a question, and the scope that this is signed for; nothing is sent."""
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 403, {}, None)

    client.meta.events.register("before-send", answer)
    method = {name: python for python, name in client.meta.method_to_api_mapping.items()}[operation]
    with pytest.raises(Exception):  # noqa: B017, PT011 - there is no answer to read
        getattr(client, method)()
    signed = sent[0].headers["Authorization"]
    scope = (signed.decode() if isinstance(signed, bytes) else signed).partition("Credential=")[2].partition(",")[0]
    return sent[0].url, "/".join(scope.split("/")[2:])


@pytest.mark.parametrize("service", ASKED)
def test_each_asks_where_it_would_by_itself(service: str, cloud: Cloud) -> None:
    for region in REGIONS:
        ours = asks(cloud.client(service, region), ASKED[service])
        assert ours == asks(boto3.client(service, region_name=region), ASKED[service]), region


@pytest.mark.parametrize("service", ASKED)
def test_they_have_one_model_and_one_set_of_rules(service: str, cloud: Cloud) -> None:
    first, second = (cloud.client(service, region) for region in ("eu-west-1", "us-east-1"))
    assert first.meta.service_model is second.meta.service_model
    assert first._ruleset_resolver._provider is second._ruleset_resolver._provider


def test_another_process_has_its_own(cloud: Cloud) -> None:
    here, there = (one.client("iam", GLOBAL).meta.service_model for one in (cloud, cloud.afresh()))
    assert here is not there
