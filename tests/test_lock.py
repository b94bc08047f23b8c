"""The lock file pins, with hashes, what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = [*PROJECT["dependencies"], *EXTRAS["analytics"], *EXTRAS["demo"], *EXTRAS["test"]]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
ENTRIES = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", LOCK).strip())


def pinned(entry: str) -> tuple[str, str]:
    found = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", entry)
    assert found, f"not pinned: {entry.splitlines()[0]}"
    return canonicalize_name(found[1]), found[2]


@pytest.mark.parametrize("text", ASKED)
def test_each_dependency_is_pinned_within_its_range(text: str) -> None:
    asked = Requirement(text)
    versions = [version for name, version in map(pinned, ENTRIES) if name == canonicalize_name(asked.name)]
    assert versions, f"requirements.lock has no {asked.name}: run `make lock`"
    assert all(version in asked.specifier for version in versions), "run `make lock`"


def test_everything_is_pinned_by_its_hashes() -> None:
    assert len(ENTRIES) > len(ASKED)
    assert [pinned(entry)[0] for entry in ENTRIES if "--hash=sha256:" not in entry] == []
