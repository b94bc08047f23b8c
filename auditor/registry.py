"""What is installed: checks, collectors, inferences and report formats, found through entry points.

A third party's package is found in the same way as the program's own folders: an entry point of the group
`auditor.checks` (or `.evidence`, `.inference`, `.reports`, `.profiles`) names a package, and every function
that the decorators made in it counts. Two of one name are an error, never an override.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from auditor.errors import UsageError, WiringError
from auditor.model import Control, Pattern
from auditor.rendering import Renderer
from auditor.wiring import Check, Collector, Inference

T = TypeVar("T")
AnyCheck = Check[...]

_BROKEN = (ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError, LookupError)
"""What importing a module with a mistake in it raises."""

_FOLDER = "auditor_checks_path"
"""The package name under which `--checks-path` is imported."""


@dataclass(frozen=True, slots=True)
class Registry:
    """All that a run can use. Checks by id, sorted."""

    checks: dict[str, AnyCheck]
    collectors: tuple[Collector, ...]
    inferences: tuple[Inference, ...]
    patterns: tuple[Pattern, ...]


@functools.cache
def load(checks_path: Path | None = None) -> Registry:
    """Everything installed, and the checks of a folder; raises WiringError on two of one name."""
    modules = [*_installed("auditor.checks"), *(_folder(checks_path) if checks_path else ())]
    checks: dict[str, AnyCheck] = {}
    for one in _made(modules, Check):
        if one.id in checks:
            raise WiringError(f"two checks have the id {one.id}: in {checks[one.id].module} and in {one.module}")
        checks[one.id] = one
    evidence = list(_installed("auditor.evidence"))
    return Registry(
        dict(sorted(checks.items())),
        tuple(_made([*evidence, *modules], Collector)),
        tuple(_made([*_installed("auditor.inference"), *modules], Inference)),
        _patterns(modules, checks.values()),
    )


@functools.cache
def renderers() -> dict[str, Renderer]:
    """The report formats by name."""
    found: dict[str, Renderer] = {}
    for one in _made(_installed("auditor.reports"), Renderer):
        if one.format in found:
            raise WiringError(f"two renderers make the format {one.format}")
        found[one.format] = one
    return dict(sorted(found.items()))


def profile_folders() -> Iterator[Path]:
    """Folders of installed audit profiles; the program's own comes first."""
    for point in _points("auditor.profiles"):
        package = importlib.import_module(point)
        yield from (Path(folder) for folder in package.__path__)


@functools.cache
def _entry_points() -> tuple[EntryPoint, ...]:
    """Those of every installed distribution; reading them is most of the cost, so it is done once."""
    return tuple(point for one in distributions() for point in one.entry_points)


def _points(group: str) -> list[str]:
    """The packages that a group's entry points name; the program's own first."""
    names = {point.value for point in _entry_points() if point.group == group}
    return sorted(names, key=lambda name: (not name.startswith("auditor."), name))


def _installed(group: str) -> Iterator[ModuleType]:
    for point in _points(group):
        package = _import(point, group)
        yield package
        for found in pkgutil.walk_packages(getattr(package, "__path__", []), f"{point}."):
            yield _import(found.name, group)


def _import(name: str, group: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except _BROKEN as error:
        raise WiringError(f"{name}, found by the entry point group {group}: {type(error).__name__}: {error}") from error


def _folder(path: Path) -> Iterator[ModuleType]:
    """The modules of a folder of checks, as a package of their own; its sub-folders are patterns."""
    if not path.is_dir():
        raise UsageError(f"--checks-path {path}: there is no such folder")
    for file in sorted(path.rglob("*.py")):
        name = ".".join([_FOLDER, *(file.relative_to(path).with_suffix("").parts)]).removesuffix(".__init__")
        _packages(name)
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None and spec.loader is not None  # noqa: S101, PT018 - a .py file always has them
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except _BROKEN as error:
            raise WiringError(f"{file}: {type(error).__name__}: {error}") from error
        yield module


def _packages(name: str) -> None:
    """Stand-ins for the packages above a module of a folder."""
    parts = name.split(".")[:-1]
    for end in range(1, len(parts) + 1):
        package = ".".join(parts[:end])
        if package not in sys.modules:
            sys.modules[package] = ModuleType(package)


def _made(modules: Iterable[ModuleType], kind: type[T]) -> Iterator[T]:
    """What the decorators made in these modules; what a module only imports is left to its owner."""
    seen: set[int] = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, kind) and id(value) not in seen and _is_home(value, module):
                seen.add(id(value))
                yield value


def _is_home(value: Any, module: ModuleType) -> bool:
    home = getattr(value.function, "__module__", module.__name__)
    return home in (module.__name__, "auditor.wiring")


def _patterns(modules: Iterable[ModuleType], checks: Iterable[AnyCheck]) -> tuple[Pattern, ...]:
    """Patterns and controls with the titles that their packages and modules give themselves."""
    used = {(check.pattern, check.control): check.module for check in checks}
    by_name = {module.__name__: module for module in modules}
    order = list(by_name)
    controls: dict[str, list[Control]] = {}
    for (pattern, control), home in sorted(used.items(), key=lambda item: (item[0][0], order.index(item[1]))):
        controls.setdefault(pattern, []).append(Control(control, _title(by_name.get(home), control)))
    homes = {pattern: home.rpartition(".")[0] for (pattern, _), home in used.items()}
    return tuple(
        Pattern(p, _title(by_name.get(homes[p]) or sys.modules.get(homes[p]), p), tuple(cs))
        for p, cs in controls.items()
    )


def _title(module: ModuleType | None, name: str) -> str:
    first = (inspect.getdoc(module) or "").partition("\n")[0].rstrip(".") if module else ""
    return first or name.replace("_", " ").capitalize()
