from __future__ import annotations

import gc
import os
import sys
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto.server import ThreadedMotoServer

from auditor.demo.account import build
from auditor.demo.emulator import DemoUnavailable, emulator

MINE = {"AWS_PROFILE": "mine", "AWS_ENDPOINT_URL": "https://example.com", "AWS_REGION": "us-west-2"}


def test_the_environment_is_hidden_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in MINE.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with emulator():
        assert not MINE.keys() & os.environ.keys()
        assert os.environ["AWS_ACCESS_KEY_ID"] == "demonstration"
    assert dict(os.environ) == before


def test_the_environment_comes_back_after_a_failure() -> None:
    before = dict(os.environ)
    with pytest.raises(KeyError), emulator():
        raise KeyError
    assert dict(os.environ) == before


def test_a_client_that_knows_nothing_of_moto_reaches_nothing() -> None:
    with emulator():
        session: Any = boto3.session.Session()
        client = session.client("sts")
        with patch("moto.core.models.botocore_stubber.enabled", new=False), pytest.raises(EndpointConnectionError):
            client.get_caller_identity()


def test_without_moto_it_says_what_to_install() -> None:
    with patch.dict(sys.modules, {"moto": None}), pytest.raises(DemoUnavailable, match=r"auditor\[demo\]"), emulator():
        pytest.fail("it opened")


def test_the_account_can_be_built_on_a_server(monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "demonstration")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "demonstration")
    try:
        session: Any = boto3.session.Session(region_name="eu-west-1")
        build(session)
        aliases = session.client("iam").list_account_aliases()["AccountAliases"]
    finally:
        server.stop()
    assert aliases == ["shop-production"]
    assert gc.isenabled()
