"""A check pack, a report format and a profile of somebody else, installed as a distribution of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Auditor

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "acme-checks"
version = "1.0"

[project.entry-points."auditor.checks"]
acme = "acme_checks"
[project.entry-points."auditor.reports"]
acme = "acme_reports"
[project.entry-points."auditor.profiles"]
acme = "acme_profiles"

[tool.setuptools]
packages = ["acme_checks", "acme_checks.naming", "acme_reports", "acme_profiles"]
package-data = { acme_profiles = ["*.yaml"] }
"""

CHECK = '''
"""Names of buckets."""
from auditor.evidence.s3 import Bucket
from auditor.model import Severity, Verdict, failed, passed
from auditor.wiring import check


@check(severity=Severity.LOW, practices=["OPS05-BP01"])
def acme_bucket_prefix(bucket: Bucket, *, prefix: str = "acme-") -> Verdict:
    """Buckets carry the company's prefix.

    Why: names without it are taken for somebody else's.
    Fix: name it so.
    """
    return passed("it does") if bucket.bucket.startswith(prefix) else failed(f"it is called {bucket.bucket}")
'''

REPORT = '''
"""One line."""
from auditor.rendering import renderer


@renderer("acme", suffix=".acme", terminal=True)
def acme(assessment, out):
    """The number of findings."""
    out.write(f"acme says {len(assessment.findings)}\\n")
'''

PROFILE = """
name: acme
title: What Acme wants
description: Our own checks only.
checks:
  include: ["acme_*"]
parameters:
  acme_bucket_prefix: {prefix: shop-}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with the distribution installed in it."""
    source, target = tmp_path_factory.mktemp("acme"), tmp_path_factory.mktemp("site")
    (source / "pyproject.toml").write_text(PROJECT)
    for folder, files in {
        "acme_checks": {"__init__.py": '"""Acme\'s checks."""'},
        "acme_checks/naming": {"__init__.py": '"""Naming."""', "buckets.py": CHECK},
        "acme_reports": {"__init__.py": "", "acme.py": REPORT},
        "acme_profiles": {"__init__.py": "", "acme.yaml": PROFILE},
    }.items():
        (source / folder).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (source / folder / name).write_text(text)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    subprocess.run([*command, "--target", str(target), str(source)], check=True, timeout=120)
    return str(target)


def test_its_checks_are_listed_under_their_pattern(site: str, auditor: Auditor) -> None:
    shown = auditor("checks", "show", "acme_bucket_prefix", "--format", "json", PYTHONPATH=site)
    one = json.loads(shown.stdout)
    assert (one["pattern"], one["control"], one["pillars"]) == ("naming", "buckets", ["operational_excellence"])
    assert one["evidence"] == ["s3:GetBucketLocation", "s3:ListBuckets"]


def test_its_profile_and_its_report_format_are_found(site: str, auditor: Auditor, tmp_path: Path) -> None:
    done = auditor(
        "scan",
        "--demo",
        "--audit-profile",
        "acme",
        "--format",
        "acme,json",
        "--output-dir",
        str(tmp_path),
        PYTHONPATH=site,
    )
    assert done.returncode == 0, done.stderr
    (report,) = (json.loads(path.read_text()) for path in tmp_path.glob("*.json"))
    failed = [finding["reason"] for finding in report["findings"] if finding["status"] == "FAIL"]
    assert done.stdout == f"acme says {len(report['findings'])}\n"
    assert failed
    assert all(reason.startswith("it is called legacy-") for reason in failed)


def test_without_it_nothing_of_it_is_there(auditor: Auditor) -> None:
    done = auditor("checks", "show", "acme_bucket_prefix")
    assert done.returncode == 2
    assert "acme_bucket_prefix: no check is called so" in done.stderr
