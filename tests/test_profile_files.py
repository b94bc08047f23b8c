"""The audit profiles that come with the program, against the checks that come with it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import jsonschema
import pytest
import yaml

from auditor.profile import available, load_profile, schema
from auditor.registry import load, profile_folders

FOLDER = next(iter(profile_folders()))
OWN = [one for one in available() if one.path.parent == FOLDER]
NAMES = [one.name for one in OWN]


def test_the_names_are_these() -> None:
    assert NAMES == [
        "cis-aws-foundations", "default", "hipaa-security-rule", "iso-27001", "mission-critical", "pci-dss-4",
        "public-api", "soc-2",
    ]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_holds_the_rules(name: str, tmp_path: Path) -> None:
    """Which nobody looks at when it is loaded by its name."""
    registry = load()
    (shipped,) = (one.path for one in OWN if one.name == name)
    assert load_profile(str(shutil.copy(shipped, tmp_path)), registry).select(registry.checks)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_is_right_and_selects_checks(name: str) -> None:
    registry = load()
    profile = load_profile(name, registry)
    assert profile.name == name
    assert profile.title != name
    assert profile.description
    assert profile.select(registry.checks)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_profile_decides_nothing_for_the_user(name: str) -> None:
    profile = load_profile(name, load())
    assert (profile.waivers, profile.workloads, profile.answers) == ((), (), {})


@pytest.mark.parametrize("name", NAMES)
def test_a_parameter_of_a_shipped_profile_changes_something(name: str) -> None:
    registry = load()
    profile = load_profile(name, registry)
    for check, values in profile.parameters.items():
        defaults = {t.name: t.default for t in registry.checks[check].thresholds}
        assert all(defaults[name] != value for name, value in values.items()), check


def test_the_default_is_every_check_by_the_thresholds_of_the_catalogue() -> None:
    registry = load()
    profile = load_profile("default", registry)
    assert [one.id for one in profile.select(registry.checks)] == list(registry.checks)
    assert profile.parameters == {}


def test_the_default_loads_fast() -> None:
    load_profile("default", load())  # jsonschema is imported once
    best = min(_seconds() for _ in range(5))
    assert best < 0.02


def _seconds() -> float:
    start = time.perf_counter()
    load_profile("default", load())
    return time.perf_counter() - start


def test_the_schema_of_the_installed_checks_is_one_for_editors() -> None:
    whole = json.loads(json.dumps(schema(load())))
    jsonschema.Draft202012Validator.check_schema(whole)
    for one in OWN:
        jsonschema.validate(yaml.safe_load(one.path.read_text("utf-8")), whole)


def test_the_example_of_the_docs_is_right(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "profiles.md").read_text("utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]
    path = tmp_path / "orders.yaml"
    path.write_text(example, "utf-8")
    assert load_profile(str(path), load()).workloads[0].name == "orders"
