from __future__ import annotations

import io
import os
import shutil
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from goldens import same_as_golden
from sample import big, clean, empty, interrupted, sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

    from auditor.model import Assessment

MAKERS = {"sample": sample, "interrupted": interrupted, "clean": clean, "empty": empty, "big": big}

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


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Holds a text to a golden file."""
    return same_as_golden


@pytest.fixture(scope="session")
def render() -> Callable[[Assessment], str]:
    """The HTML of an assessment."""
    renderer = import_module("auditor.reports.html").html

    def write(assessment: Assessment) -> str:
        out = io.StringIO(newline="")
        renderer(assessment, out)
        return out.getvalue()

    return write


@pytest.fixture(scope="session")
def address(render: Callable[[Assessment], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Where the report of a named assessment lies, written on first demand."""
    folder = tmp_path_factory.mktemp("html")

    def of(name: str) -> str:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(render(MAKERS[name]()), encoding="utf-8", newline="")
        return path.as_uri()

    return of


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
