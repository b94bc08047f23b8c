"""Audit profiles: which checks run, by which thresholds, what is waived, and what the workloads are for.

A profile is a YAML file. It is held against a JSON Schema that knows the installed checks and their thresholds;
all its mistakes are said together, each with its line and the near-miss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from auditor.errors import ProfileError
from auditor.model import Answer, Json, Requirement, Waiver
from auditor.profile_files import File, installed_files, locate, read_file, refuse
from auditor.profile_rules import Rules, every_name, schema
from auditor.profile_selection import Selection, Selector
from auditor.text import plain
from auditor.workloads import (
    Frequency,
    Members,
    Money,
    RecoveryTest,
    Strategy,
    Tier,
    Workload,
    Workloads,
    duration,
)

if TYPE_CHECKING:
    from auditor.registry import AnyCheck, Registry


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile with all that it extends. Check ids are the current ones, whatever aliases the files use."""

    name: str
    title: str
    description: str
    selection: tuple[Selection, ...]
    """From the profile at the root to this one; each narrows the one before."""
    parameters: Mapping[str, Mapping[str, Json]] = field(hash=False)
    waivers: tuple[Waiver, ...]
    workloads: Workloads
    answers: Mapping[str, Answer] = field(hash=False)
    source: Path
    allow_paid_calls: bool = False
    """Whether a scan may make calls that AWS charges for."""
    requirements: tuple[Requirement, ...] = ()
    """What the framework asks for that the profile is of."""

    def select(self, checks: Mapping[str, AnyCheck]) -> tuple[AnyCheck, ...]:
        """The checks that run, by id."""
        chosen = tuple(checks[name] for name in sorted(checks))
        for step in self.selection:
            chosen = step.of(chosen)
        return chosen


@dataclass(frozen=True, slots=True)
class ProfileInfo:
    """An installed profile, as a list shows it."""

    name: str
    title: str
    description: str
    path: Path


def available(folders: Iterable[Path] | None = None) -> tuple[ProfileInfo, ...]:
    """The installed profiles, by name; raises ProfileError where two have one name."""
    return tuple(_info(name, path) for name, path in sorted(installed_files(folders).items()))


def load_profile(name_or_path: str, registry: Registry, folders: Iterable[Path] | None = None) -> Profile:
    """An installed profile by its name, or a file (what has a `/` or ends in .yaml or .yml).

    Raises ProfileError with every mistake of the file and of the files that it extends.
    """
    installed = installed_files(folders)
    files = _chain(read_file(locate(name_or_path, Path(), installed)), Rules(registry), installed)
    refuse(files)
    profile = _merge(files, registry)
    _refuse_idle(files, profile.selection, registry)
    refuse(files)
    return profile


def _info(name: str, path: Path) -> ProfileInfo:
    document = read_file(path).document
    texts = document if isinstance(document, dict) else {}
    return ProfileInfo(name, str(texts.get("title", name)), str(texts.get("description", "")), path)


def _chain(file: File, rules: Rules, installed: Mapping[str, Path]) -> list[File]:
    """The file and what it extends, from the root; each held against the rules."""
    files = [file]
    while True:
        rules.hold(file)
        above = file.document.get("extends") if isinstance(file.document, dict) else None
        if not isinstance(above, str) or not above:
            return files[::-1]
        try:
            parent = read_file(locate(above, file.path.parent, installed))
        except ProfileError as error:
            file.blame(("extends",), str(error))
            return files[::-1]
        known = [one.path.resolve() for one in files]
        if parent.path.resolve() in known:
            circle = [*files[known.index(parent.path.resolve()) :], parent]
            file.blame(("extends",), f"goes in a circle: {' extends '.join(plain(str(one.path)) for one in circle)}")
            return files[::-1]
        file = parent
        files.append(file)


def _merge(files: Sequence[File], registry: Registry) -> Profile:
    """The files, which have no mistakes, from the root to the profile."""
    names = every_name(registry)
    parameters: dict[str, dict[str, Json]] = {}
    waivers: list[Waiver] = []
    workloads: dict[str, Workload] = {}
    answers: dict[str, Answer] = {}
    requirements: dict[str, Requirement] = {}
    for document in (file.document for file in files):
        for check, values in document.get("parameters", {}).items():
            known = {t.name: t.schema for t in registry.checks[names[check]].thresholds}
            exact = {name: _exact(value, known[name]) for name, value in values.items()}
            parameters.setdefault(names[check], {}).update(exact)
        waivers += [_waiver(raw, registry) for raw in document.get("waivers", ())]
        workloads |= {raw["name"]: _workload(raw) for raw in document.get("workloads", ())}
        answers |= {names[check]: _answer(raw) for check, raw in document.get("answers", {}).items()}
        requirements |= {raw["id"]: _requirement(raw, registry) for raw in document.get("requirements", ())}
    own, path = files[-1].document, files[-1].path
    nearest = [file.document for file in reversed(files)]
    paid = next((one["allow_paid_calls"] for one in nearest if "allow_paid_calls" in one), False)
    name = own.get("name", path.stem)
    return Profile(
        name, own.get("title", name), own.get("description", ""), tuple(_selection(file.document) for file in files),
        parameters, tuple(waivers), Workloads(workloads.values()), answers, path, paid,
        tuple(requirements.values()),
    )  # fmt: skip


def _refuse_idle(files: Sequence[File], steps: Sequence[Selection], registry: Registry) -> None:
    """Note selectors that select nothing of what is left to them, and files that leave nothing."""
    left: tuple[AnyCheck, ...] = tuple(registry.checks.values())
    for file, step in zip(files, steps, strict=True):
        for index, selector in enumerate(step.include):
            if not any(map(selector.matches, left)):
                file.blame(("checks", "include", index), f"selects nothing of what {file.document['extends']} selects")
        left, before = step.of(left), left
        if before and not left:
            file.blame(("checks",), "no check is left")


def _exact(value: Json, kind: Mapping[str, Json]) -> Json:
    """A whole number as an int, though it be written 90.0."""
    if isinstance(value, list) and isinstance(items := kind.get("items"), Mapping):
        return [_exact(item, items) for item in value]
    return int(value) if kind["type"] == "integer" and isinstance(value, float) else value


def _selection(document: Mapping[str, Any]) -> Selection:
    """What a file says of the checks; requirements alone select what shows them."""
    shown = dict.fromkeys(name for one in document.get("requirements", ()) for name in one.get("checks", ()))
    checks = document.get("checks", {"include": list(shown)})
    include, exclude = (tuple(map(Selector.read, checks.get(key, ()))) for key in ("include", "exclude"))
    return Selection(include, exclude)


def _waiver(raw: Mapping[str, Any], registry: Registry) -> Waiver:
    checks = dict.fromkeys(name for glob in raw["checks"] for name in _current(glob, registry))
    return Waiver(raw["reason"], raw["owner"], raw["expires"], tuple(checks), tuple(raw["resources"]))


def _answer(raw: Mapping[str, Any]) -> Answer:
    given = date.fromisoformat(raw["date"])
    expires = raw.get("expires") or (given + _COUNTS).isoformat()
    return Answer(raw["holds"], raw["by"], raw["date"], expires, raw.get("note", ""))


_COUNTS = timedelta(days=365)
"""How long an answer counts that does not say it."""


def _requirement(raw: Mapping[str, Any], registry: Registry) -> Requirement:
    globs = [glob for name in raw.get("checks", ()) for glob in _current(name, registry)]
    checks = sorted({name for name in registry.checks for glob in globs if fnmatchcase(name, glob)})
    return Requirement(str(raw["id"]), raw["title"], tuple(checks), raw.get("note", ""))


def _current(glob: str, registry: Registry) -> Iterator[str]:
    """The glob, where it fits an id, and the ids of checks that it fits by an older name only."""
    if any(fnmatchcase(name, glob) for name in registry.checks):
        yield glob
    for one in registry.checks.values():
        if not fnmatchcase(one.id, glob) and any(fnmatchcase(alias, glob) for alias in one.aliases):
            yield one.id


def _workload(raw: Mapping[str, Any]) -> Workload:
    return Workload(**{key: _FIELDS.get(key, _frozen)(value) for key, value in raw.items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _duration(value: str | int) -> timedelta:
    return duration(str(value))


def _money(value: str | float) -> Money:
    amount, _, currency = str(value).partition(" ")
    return Money(float(amount.replace(",", "")), currency or "USD")


def _members(raw: Mapping[str, Any]) -> Members:
    return Members(**{key: _frozen(value) for key, value in raw.items()})


def _test(raw: Mapping[str, Any]) -> RecoveryTest:
    took = _duration(raw["recovery_time"]) if "recovery_time" in raw else None
    return RecoveryTest(date.fromisoformat(raw["date"]), raw["report"], took)


_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "members": _members,
    "tier": Tier,
    "rpo": _duration,
    "rto": _duration,
    "availability_sla": float,
    "downtime_cost_per_hour": _money,
    "expected_outages_per_year": float,
    "strategy": Strategy,
    "test_frequency": Frequency,
    "last_test": _test,
}


__all__ = ["Profile", "ProfileInfo", "Selection", "Selector", "available", "load_profile", "schema"]
