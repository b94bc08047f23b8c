"""What lands on a user's machine: one package, and all of it."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import environment

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.xdist_group("server")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    source = tmp_path_factory.mktemp("source")
    _run("git", "-C", str(ROOT), "checkout-index", "--all", f"--prefix={source}/")
    _run(sys.executable, "-m", "build", "--wheel", "--outdir", str(out), str(source))
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command in an environment that was empty before."""
    place = tmp_path_factory.mktemp("environment")
    _run(sys.executable, "-m", "venv", str(place))
    _run(str(place / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", str(wheel))
    return place / "bin" / "auditor"


def _run(*command: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, cwd=cwd, env=environment(**changes), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in (0, 4), done.stdout + done.stderr
    return done


def test_a_wheel_holds_one_top_level_package_with_its_types_and_data(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"auditor"}
    for needed in (
        "py.typed",
        "practices.yaml",
        "profiles/default.yaml",
        "profiles/schema.json",
        "reports/html/script.js",
    ):
        assert f"auditor/{needed}" in names
    tracked = _run("git", "-C", str(ROOT), "ls-files", "auditor", "checks", "reports", "profiles").stdout.split()
    in_wheel = {name if name.startswith("auditor/") else f"auditor/{name}" for name in tracked}
    assert in_wheel <= set(names)


def test_the_wheel_lists_its_checks_from_any_folder(installed: Path, tmp_path: Path) -> None:
    listed = json.loads(_run(str(installed), "checks", "list", "--format", "json", cwd=tmp_path).stdout)
    assert len(listed) >= 60


def test_the_wheel_scans_an_account_behind_http(installed: Path, server: str, tmp_path: Path) -> None:
    done = _run(
        str(installed), "scan", "--region", "eu-west-1", "--format", "json", cwd=tmp_path, AWS_ENDPOINT_URL=server
    )
    report = json.loads(done.stdout)
    assert report["account"]["id"] == "123456789012"
    assert report["summary"]["statuses"]["FAIL"] > 10
    assert report["summary"]["statuses"]["ERROR"] == 0
