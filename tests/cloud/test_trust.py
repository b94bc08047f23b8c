"""Clients over TLS: they trust whom boto3 would, and learn it once."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from conftest import CREDENTIALS

from auditor.cloud.models import declared_session
from auditor.cloud.session import Cloud, open_cloud
from auditor.cloud.trust import trust_once, trusting_context
from auditor.errors import CredentialsError
from benchmarks.authority import Authority

WHO = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:iam::123456789012:user/x</Arn><UserId>x</UserId><Account>123456789012</Account>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Sts(BaseHTTPRequestHandler):
    """Says who asks, and closes the connection."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(WHO)))
        self.end_headers()
        self.wfile.write(WHO)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def opened(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], Cloud]]:
    """Opens an account behind TLS, for one who trusts the authorities of a file."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue())
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"https://localhost:{server.server_port}"
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": url, "AWS_MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(name, value)

    def opened(bundle: Path) -> Cloud:
        monkeypatch.setenv("AWS_CA_BUNDLE", str(bundle))
        return open_cloud()

    yield opened
    server.shutdown()
    server.server_close()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files of authorities that were read."""
    found: list[str] = []
    load = ssl.SSLContext.load_verify_locations

    def note(self: ssl.SSLContext, cafile: Any = None, *more: Any, **named: Any) -> None:
        found.append(str(cafile))
        load(self, cafile, *more, **named)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", note)
    return found


def test_authorities_are_read_once_for_all_clients_and_connections(
    opened: Callable[[Path], Cloud], authority: Authority, read: list[str]
) -> None:
    cloud = opened(authority.bundle)
    for region in ("eu-west-1", "eu-central-1", "eu-west-1"):
        assert cloud.client("sts", region).get_caller_identity()["Account"] == "123456789012"
    assert read == [str(authority.bundle)]


def test_another_process_reads_them_for_itself(
    opened: Callable[[Path], Cloud], authority: Authority, read: list[str]
) -> None:
    cloud = opened(authority.bundle)
    for one in (cloud, cloud.afresh()):
        one.client("sts", "eu-west-1").get_caller_identity()
    assert read == [str(authority.bundle)] * 2


def test_a_server_of_an_authority_that_is_not_trusted_is_refused(
    opened: Callable[[Path], Cloud], tmp_path: Path
) -> None:
    cloud = opened(Authority(tmp_path / "another", "Another CA").bundle)
    for _ in range(2):
        with pytest.raises(CredentialsError, match="certificate verify failed"):
            cloud.identity()


def test_a_bundle_that_is_not_there_is_said_each_time(opened: Callable[[Path], Cloud], tmp_path: Path) -> None:
    cloud = opened(tmp_path / "missing.pem")
    for _ in range(2):
        with pytest.raises(CredentialsError, match="could not be asked who you are"):
            cloud.identity()


@pytest.mark.parametrize(("settings", "shared"), [({}, True), ({"proxy_ca_bundle": "proxy.pem"}, False)])
def test_what_a_proxy_is_trusted_by_is_not_trusted_elsewhere(settings: dict[str, str], shared: bool) -> None:
    context = trusting_context()
    config = Config(proxies_config=settings)
    client = declared_session(()).create_client("sts", region_name="eu-west-1", config=config)
    trust_once(client, context)
    session = client._endpoint.http_session
    assert session._manager.connection_pool_kw["ssl_context"] is context
    assert (session._get_ssl_context() is context) is shared
