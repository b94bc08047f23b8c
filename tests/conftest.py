"""Fixtures that several folders share: an account behind HTTP, the command line in a process of its own, a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

settings.register_profile("shared", deadline=None)  # the machine is shared: how long an example takes says nothing
settings.load_profile("shared")

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
Auditor = Callable[..., "subprocess.CompletedProcess[str]"]

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-west-1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of moto's server, a process of its own, that holds the demonstration account."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = tmp_path_factory.mktemp("moto") / "server.log"
    settled = os.environ | {"MOTO_ACM_VALIDATION_WAIT": "0"}  # else a certificate is issued between two scans
    with log.open("w") as out:
        command = [sys.executable, "-m", "moto.server", "-p", str(port)]
        process = subprocess.Popen(command, stdout=out, stderr=out, env=settled)
    try:
        _wait(url, process, log)
        _build(url)
        yield url
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(f"{url}/moto-api/", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def _build(url: str) -> None:
    script = "import boto3; from auditor.demo.account import build; build(boto3.session.Session())"
    subprocess.run([sys.executable, "-c", script], env=environment(AWS_ENDPOINT_URL=url), check=True, timeout=120)


def environment(**changes: str) -> dict[str, str]:
    """The environment of a test process: no setting of the machine's user, and credentials that open nothing."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "AUDITOR_", "NO_COLOR"))}
    return kept | CREDENTIALS | {"HOME": "/nonexistent", "COLUMNS": "100"} | changes


@pytest.fixture(scope="session")
def auditor() -> Auditor:
    """Runs the command line as a user does; keywords are changes of the environment."""

    def run(
        *arguments: str, cwd: Path | None = None, timeout: float = 180, **changes: str
    ) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "auditor", *arguments]
        return subprocess.run(
            command, env=environment(**changes), cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False
        )

    return run


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    browser = os.environ.get("AUDITOR_TEST_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
    chromedriver = shutil.which("chromedriver")
    if not browser or not chromedriver:
        pytest.skip("there is no chromium with its chromedriver on the PATH")
    webdriver: Any = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    started = webdriver.Chrome(
        options=_options(webdriver, browser, tmp_path_factory.mktemp("profile")),
        service=webdriver.ChromeService(executable_path=chromedriver),  # named, so that nothing is downloaded
    )
    yield started
    started.quit()


def _options(webdriver: Any, browser: str, profile: Path) -> Any:
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return options
