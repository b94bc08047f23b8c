"""Opening an account: whose it is, which regions it has, and what its clients can do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from botocore.utils import parse_timestamp
from conftest import CREDENTIALS

from auditor.calls import call
from auditor.cloud.model_files import pruned
from auditor.cloud.models import declared_session, time_of
from auditor.cloud.session import Cloud, open_cloud
from auditor.errors import CredentialsError, UsageError
from auditor.model import GLOBAL
from auditor.partitions import global_region, partition_of

ROLE = "arn:aws:iam::123456789012:role/auditor"


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """An empty account, and no setting of the machine's user."""
    from moto import mock_aws

    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def test_the_identity_is_that_of_the_credentials() -> None:
    import boto3

    boto3.client("iam").create_account_alias(AccountAlias="shop")
    identity = open_cloud().identity()
    assert (identity.account, identity.partition, identity.alias) == ("123456789012", "aws", "shop")


def test_all_enabled_regions_are_scanned_unless_some_are_named() -> None:
    cloud = open_cloud()
    everything = cloud.regions()
    assert "eu-west-1" in everything
    assert cloud.regions(["all"]) == everything
    assert cloud.regions(["eu-west-1", "eu-central-1", "eu-west-1"]) == ("eu-central-1", "eu-west-1")


def test_a_region_that_is_not_there_names_the_near_miss() -> None:
    with pytest.raises(UsageError, match="there is no region eu-wset-1; did you mean eu-west-1"):
        open_cloud().regions(["eu-wset-1"])
    with pytest.raises(UsageError, match="auditor regions"):
        open_cloud().regions(["moon"])


def test_a_region_that_is_not_there_is_not_asked_who_one_is() -> None:
    cloud = open_cloud(region="eu-wset-1")
    assert cloud.home == "eu-west-1", "the user's own"
    assert cloud.identity().account == "123456789012"
    with pytest.raises(UsageError, match="did you mean eu-west-1"):
        cloud.regions(["eu-wset-1"])
    assert open_cloud(region="cn-north-1").partition == "aws-cn"


def test_a_disabled_region_is_told_from_one_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cloud, "_enabled", lambda _: (frozenset({"eu-west-1"}), frozenset({"af-south-1"})))
    with pytest.raises(UsageError, match="region af-south-1 is not enabled in this account"):
        open_cloud().regions(["af-south-1"])
    assert open_cloud().region_states() == {"af-south-1": False, "eu-west-1": True}


def _refusing(monkeypatch: pytest.MonkeyPatch, operation: str, code: str) -> None:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    ask = BaseClient._make_api_call

    def refuse(self: Any, name: str, params: Any) -> Any:
        if name == operation:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, name)
        return ask(self, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)


def test_where_regions_may_not_be_listed_those_of_every_account_are_scanned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _refusing(monkeypatch, "DescribeRegions", "UnauthorizedOperation")
    assert {"eu-west-1", "us-east-1"} <= set(open_cloud().regions())


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("ExpiredToken", "expired or invalid"),
        ("AccessDenied", "AWS refused"),
        ("Odd", "could not be asked who you are"),
    ],
)
def test_credentials_that_do_not_work_are_one_line(monkeypatch: pytest.MonkeyPatch, code: str, message: str) -> None:
    _refusing(monkeypatch, "GetCallerIdentity", code)
    with pytest.raises(CredentialsError, match=message):
        open_cloud().identity()


def test_an_assumed_role_is_bounded_to_reading_and_carries_the_external_id(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from botocore.client import BaseClient

    boto3.client("iam").create_role(RoleName="auditor", AssumeRolePolicyDocument="{}")
    ask, asked = BaseClient._make_api_call, []

    def note(self: Any, name: str, params: Any) -> Any:
        asked.append((name, params))
        return ask(self, name, params)

    monkeypatch.setattr(BaseClient, "_make_api_call", note)
    assert ":assumed-role/auditor/" in open_cloud(role_arn=ROLE, external_id="secret-id").identity().caller
    (params,) = (params for name, params in asked if name == "AssumeRole")
    assert params["ExternalId"] == "secret-id"
    assert {one["arn"] for one in params["PolicyArns"]} == {
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::aws:policy/SecurityAudit",
    }


def test_a_client_has_no_method_for_what_was_not_declared() -> None:
    cloud = open_cloud(calls=[call("sqs", "ListQueues")])
    client = cloud.client("sqs", "eu-west-1")
    assert client.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert not hasattr(client, "delete_queue")
    assert cloud.client("sqs", "eu-west-1") is client
    assert cloud.afresh().client("sqs", "eu-west-1") is not client


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("sts", "assume_role"),
        ("sts", "assume_role_with_web_identity"),
        ("sso", "get_role_credentials"),
        ("sso-oidc", "create_token"),
        ("signin", "create_o_auth2_token"),
        ("s3", "head_bucket"),
    ],
)
def test_a_client_has_what_botocore_calls_by_itself(service: str, method: str) -> None:
    assert callable(getattr(declared_session(()).create_client(service, region_name="eu-west-1"), method))


def test_a_web_identity_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on EKS, or in a pipeline that signs in by OpenID Connect."""
    token = tmp_path / "token"
    token.write_text("a.web.token")
    for name in CREDENTIALS:
        if "REGION" not in name:
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ROLE_SESSION_NAME", "pipeline")
    assert open_cloud().identity().caller == "arn:aws:sts::123456789012:assumed-role/auditor/pipeline"


def test_what_botocore_does_for_a_declared_operation_it_still_does() -> None:
    core = declared_session([call("s3", "CreateBucket"), call("s3", "GetBucketLocation")])
    client = core.create_client("s3", region_name="eu-west-1")
    client.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert client.get_bucket_location(Bucket="shop")["LocationConstraint"] == "eu-west-1"


def test_pruning_keeps_the_shapes_that_an_operation_reaches() -> None:
    model = {
        "metadata": {},
        "operations": {"A": {"input": {"shape": "In"}, "documentation": "x"}, "B": {"input": {"shape": "Other"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}, "documentation": "x"},
            "Text": {"type": "string"},
            "Other": {"type": "structure", "members": {}},
        },
    }
    assert pruned(model, {"A"}) == {
        "metadata": {},
        "operations": {"A": {"input": {"shape": "In"}}},
        "shapes": {
            "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-27T14:05:09.123Z", "2026-11-27T14:05:09Z", "2026-11-27T14:05:09.1+02:00", "20261127T140509Z",
        "2026-11-27T14:05:09", "2026-11-27", "Fri, 27 Nov 2026 14:05:09 GMT", "Thu, 01 Jan 1970 00:00:00 GMT",
        "1795788309", "1795788309.5", 1795788309, 1795788309.25, 0, -1, 32503680000, 10**11,
    ],
)  # fmt: skip
def test_times_of_answers_are_those_that_botocore_reads(value: Any) -> None:
    found, expected = time_of(value), parse_timestamp(value)
    assert (found.tzinfo is None) == (expected.tzinfo is None)
    assert found == expected


@pytest.mark.parametrize("value", ["soon", "", "Tomorrow", "2026-13-40T99:99:99Z", None, [], 10**400])
def test_what_is_no_time_is_refused_as_botocore_refuses_it(value: Any) -> None:
    with pytest.raises(Exception) as expected:  # noqa: PT011 - whatever it is
        parse_timestamp(value)
    with pytest.raises(type(expected.value)):
        time_of(value)


def test_the_times_of_an_answer_are_in_utc_whatever_zone_the_machine_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        client = declared_session([call("kms", "CreateKey")]).create_client("kms", region_name="eu-west-1")
        assert client.create_key()["KeyMetadata"]["CreationDate"].utcoffset() == timedelta(0)
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def _names(monkeypatch: pytest.MonkeyPatch, errno: int | None) -> None:
    def look_up(host: str, port: int) -> list[str]:
        if errno is not None:
            raise socket.gaierror(errno, host)
        return [host]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    ("errno", "served"), [(None, True), (socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)], ids=["there", "not", "?"]
)
def test_where_endpoint_data_has_no_endpoint_its_name_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, errno: int | None, served: bool
) -> None:
    _names(monkeypatch, errno)
    cloud = open_cloud()
    assert "ap-southeast-4" not in cloud._available("macie2")
    assert cloud.serves("macie2", "ap-southeast-4") is served
    assert cloud.serves("s3", "eu-west-1")
    assert cloud.serves("ec2", "moon-1")


def test_behind_a_proxy_no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    _names(monkeypatch, socket.EAI_NONAME)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    assert open_cloud().serves("macie2", "ap-southeast-4")


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso")],
)
def test_a_region_tells_its_partition(region: str, partition: str) -> None:
    assert partition_of(region) == partition


@pytest.mark.parametrize(
    ("partition", "service", "region"),
    [
        ("aws", "iam", "us-east-1"),
        ("aws", "globalaccelerator", "us-west-2"),
        ("aws-cn", "route53", "cn-northwest-1"),
        ("aws-us-gov", "iam", "us-gov-west-1"),
    ],
)
def test_global_services_are_signed_for_one_region(partition: str, service: str, region: str) -> None:
    assert global_region(partition, service) == region


def test_global_services_are_asked_once_in_their_region() -> None:
    clients = open_cloud(calls=[call("iam", "ListUsers")])
    assert clients.client("iam", GLOBAL).meta.endpoint_url == "https://iam.amazonaws.com"
    assert clients.client("sts", GLOBAL).meta.region_name == "us-east-1"


def test_the_users_own_retry_settings_win(monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_cloud().client("sts", "eu-west-1").meta.config.retries["mode"] == "adaptive"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    assert open_cloud().client("sts", "eu-west-1").meta.config.retries["total_max_attempts"] == 2


@pytest.mark.parametrize(
    ("config", "host"),
    [
        ("", "s3.eu-west-1.amazonaws.com"),
        ("[default]\ns3 =\n  addressing_style = virtual\n", "shop.s3.eu-west-1.amazonaws.com"),
        ("[default]\ns3 =\n  use_accelerate_endpoint = true\n", "shop.s3-accelerate.amazonaws.com"),
    ],
    ids=["nothing said", "virtual hosts", "accelerate"],
)
def test_all_buckets_of_a_region_have_one_host_unless_the_user_says_how(config: str, host: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(config)
    client = open_cloud(calls=[call("s3", "GetBucketPolicy")]).client("s3", "eu-west-1")
    asked: list[str] = []
    client.meta.events.register("before-send.s3", lambda request, **_: asked.append(urlsplit(request.url).hostname))
    with pytest.raises(ClientError):  # there is no such bucket
        client.get_bucket_policy(Bucket="shop")
    assert asked == [host]
