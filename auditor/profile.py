"""Audit profiles: which checks run, by which thresholds, what is waived, and what the workloads are for.

A profile is a YAML file. It is held against a JSON Schema that knows the installed checks and their thresholds;
all its mistakes are said together, each with its line and the near-miss.
"""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fnmatch import fnmatchcase
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from auditor.errors import ProfileError
from auditor.model import Json, Pillar, Severity, Waiver
from auditor.practices import practices
from auditor.registry import profile_folders
from auditor.text import plain, shorten
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
    from jsonschema import FormatChecker, ValidationError

    from auditor.registry import AnyCheck, Registry


@dataclass(frozen=True, slots=True)
class Selector:
    """Some of the checks: those of which everything that is given holds."""

    id: str = "*"
    pattern: str | None = None
    control: str | None = None
    practice: str | None = None
    pillar: Pillar | None = None
    severity: Severity | None = None
    """This one or a worse one."""

    def matches(self, one: AnyCheck) -> bool:
        """Whether it selects this check."""
        return (
            any(fnmatchcase(name, self.id) for name in (one.id, *one.aliases))
            and self.pattern in (None, one.pattern)
            and self.control in (None, one.control)
            and (self.practice is None or any(fnmatchcase(name, self.practice) for name in one.practices))
            and (self.pillar is None or self.pillar in _pillars(one))
            and (self.severity is None or one.severity.rank >= self.severity.rank)
        )


def _pillars(one: AnyCheck) -> set[Pillar]:
    known = practices()
    return {known[name].pillar for name in one.practices if name in known}


@dataclass(frozen=True, slots=True)
class Selection:
    """What one file keeps of the checks that the profile it extends selects."""

    include: tuple[Selector, ...] = ()
    """Empty: everything."""
    exclude: tuple[Selector, ...] = ()

    def of(self, checks: Iterable[AnyCheck]) -> tuple[AnyCheck, ...]:
        """The checks that are kept, in their order."""
        kept = (one for one in checks if not self.include or _selected(one, self.include))
        return tuple(one for one in kept if not _selected(one, self.exclude))


def _selected(one: AnyCheck, selectors: Iterable[Selector]) -> bool:
    return any(selector.matches(one) for selector in selectors)


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
    answers: Mapping[str, str] = field(hash=False)
    source: Path

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
    return tuple(_info(name, path) for name, path in sorted(_installed(folders).items()))


def load_profile(name_or_path: str, registry: Registry, folders: Iterable[Path] | None = None) -> Profile:
    """An installed profile by its name, or a file (what has a `/` or ends in .yaml or .yml).

    Raises ProfileError with every mistake of the file and of the files that it extends.
    """
    installed = _installed(folders)
    files = _chain(_read(_locate(name_or_path, Path(), installed)), _Rules(registry), installed)
    _refuse(files)
    profile = _merge(files, registry)
    _refuse_idle(files, profile.selection, registry)
    _refuse(files)
    return profile


def schema(registry: Registry) -> dict[str, Any]:
    """The JSON Schema of profiles, with the installed checks and their thresholds."""
    whole: dict[str, Any] = json.loads(_static_schema())
    checks = registry.checks.values()
    selector = whole["$defs"]["selector"]["properties"]
    selector["pattern"]["enum"] = sorted({one.pattern for one in checks})
    selector["control"]["enum"] = sorted({one.control for one in checks})
    sections = whole["properties"]
    names = _names(registry)
    sections["parameters"] |= _closed({name: _thresholds(registry.checks[name]) for name in names.values()})
    sections["parameters"]["properties"] |= {
        alias: _thresholds(registry.checks[name]) | {"deprecated": True}
        for alias, name in names.items()
        if alias != name
    }
    sections["answers"] |= _closed(dict.fromkeys(names, sections["answers"]["additionalProperties"]))
    return whole


# Files


Place = tuple[str | int, ...]
"""Where something stands in a document: keys and indexes, from the top."""

_SUFFIXES = (".yaml", ".yml")
_MOST_BYTES = 1 << 20
_MOST_VALUES = 20_000
_DEEPEST = 20
_MOST_MISTAKES = 50


@dataclass(slots=True)
class _File:
    """A file's content as plain values, the line of each of them, and what is wrong with it."""

    path: Path
    document: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    written: dict[Place, str] = field(default_factory=dict)
    """Scalars that YAML does not take for text, as the file writes them."""
    mistakes: dict[tuple[int, Place], str] = field(default_factory=dict)

    def blame(self, place: Place, text: str) -> None:
        """Note a mistake; the first one of a place is enough."""
        at = place
        while at not in self.lines and at:
            at = at[:-1]
        self.mistakes.setdefault((self.lines.get(at, 1), place), text)

    def report(self) -> Iterator[str]:
        """One line a mistake, from the top of the file."""
        where = plain(str(self.path))
        ordered = sorted(self.mistakes.items(), key=lambda item: item[0][0])
        for (line, place), text in ordered[:_MOST_MISTAKES]:
            yield ": ".join(part for part in (f"{where}:{line}", _key(place), text) if part)
        if len(ordered) > _MOST_MISTAKES:
            yield f"{where}: has more mistakes than these {_MOST_MISTAKES}"

    def got(self, place: Place, value: Any) -> str:
        """What stands there, as the file writes it."""
        if isinstance(value, Mapping):
            return "a mapping"
        if isinstance(value, list):
            return "a list"
        if value is None:
            return "nothing"
        return _quoted(value) if isinstance(value, str) else _short(self.written.get(place, str(value)))


def _refuse(files: Iterable[_File]) -> None:
    lines = [line for file in files for line in file.report()]
    if lines:
        raise ProfileError("\n".join(lines))


def _installed(folders: Iterable[Path] | None) -> dict[str, Path]:
    """Files of the installed profiles, by name: the file's, without its suffix."""
    found: dict[str, Path] = {}
    for folder in profile_folders() if folders is None else folders:
        for path in sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES):
            if path.stem in found:
                raise ProfileError(f"two profiles are called {path.stem}: {found[path.stem]} and {path}")
            found[path.stem] = path
    return found


def _info(name: str, path: Path) -> ProfileInfo:
    document = _read(path).document
    texts = document if isinstance(document, dict) else {}
    return ProfileInfo(name, str(texts.get("title", name)), str(texts.get("description", "")), path)


def _locate(name: str, folder: Path, installed: Mapping[str, Path]) -> Path:
    """The file that a name or a path, relative to the folder, stands for."""
    if "/" in name or os.sep in name or name.endswith(_SUFFIXES):
        return folder / name
    if name not in installed:
        known = f"there are {', '.join(sorted(installed)) or 'none'}; a file has a / in its name or ends in .yaml"
        raise ProfileError(f"{_short(name) or 'no name'}: there is no such profile{_near(name, installed)} ({known})")
    return installed[name]


def _text(path: Path) -> str:
    """A file's text; raises ProfileError where there is none that could be a profile."""
    where = plain(str(path))
    try:
        if path.is_dir():
            raise ProfileError(f"{where}: is a folder; name a file in it")
        if not path.is_file():
            raise ProfileError(f"{where}: there is no such file")
        with path.open("rb") as stream:
            content = stream.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise ProfileError(f"{where}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > _MOST_BYTES:
        raise ProfileError(f"{where}: is larger than {_MOST_BYTES >> 20} MiB, which no profile needs")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ProfileError(f"{where}:{line}: is not UTF-8: the byte 0x{content[error.start]:02x}") from error


def _read(path: Path) -> _File:
    """Read a file; raises ProfileError where it is no YAML at all."""
    where, text = plain(str(path)), _text(path)
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ProfileError(f"{where}{place}: malformed YAML: {plain(error.problem or str(error))}") from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ProfileError(f"{where}:{line}: malformed YAML: {error.reason}") from error
    except RecursionError as error:
        raise ProfileError(f"{where}: malformed YAML: it is nested too deeply") from error
    if node is None:
        raise ProfileError(f"{where}: is empty")
    file = _File(path)
    _Reader(file).read(node)
    return file


class _Reader:
    """Turns YAML's nodes into plain values, without what YAML does in silence: a key's last value wins, dates, NaN."""

    def __init__(self, file: _File) -> None:
        self._file = file
        self._read = 0

    def read(self, node: yaml.Node) -> None:
        """Fill the file in."""
        self._file.lines[()] = node.start_mark.line + 1
        self._file.document = self._value(node, ())

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._read += 1
        if self._read > _MOST_VALUES or len(place) > _DEEPEST:
            what = "is nested too deeply" if len(place) > _DEEPEST else "has too many values"
            line = node.start_mark.line + 1
            raise ProfileError(f"{plain(str(self._file.path))}:{line}: {what}; does an alias (*) repeat itself?")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _item(self, node: yaml.Node, place: Place) -> Any:
        self._file.lines[place] = node.start_mark.line + 1
        return self._value(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line, name = key.start_mark.line + 1, self._name(key)
            at: Place = (*place, key.value.strip() if isinstance(key, yaml.ScalarNode) else "?")
            if name is None:
                self._file.lines[at] = line
                self._file.blame(at, "expected text as the key; put it in quotes")
            elif name in found:
                first, self._file.lines[at] = self._file.lines[at], line
                self._file.blame(at, f"is there twice, first on line {first}")
                self._file.lines[at] = first
            else:
                self._file.lines[at] = line
                found[name] = self._value(value, at)
        return found

    @staticmethod
    def _name(key: yaml.Node) -> str | None:
        tag = key.tag.rpartition(":")[2]
        return key.value.strip() if isinstance(key, yaml.ScalarNode) and tag in _TEXTS else None

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        make = _SCALARS.get(node.tag.removeprefix("tag:yaml.org,2002:"))
        if make is None:
            self._file.blame(place, f"the YAML tag {_short(node.tag)} has no meaning here")
            return None
        try:
            value = make(node)
        except (ValueError, KeyError, IndexError, OverflowError):
            self._file.blame(place, f"{_quoted(node.value)} cannot be read as a value")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._file.blame(place, f"expected a finite number, got {_short(node.value)}")
        if not isinstance(value, str):
            self._file.written[place] = node.value
        return value


_MAKER = yaml.constructor.SafeConstructor()
_TEXTS = ("str", "timestamp", "value", "merge")
_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TEXTS, lambda node: node.value.strip()),
    "null": lambda _: None,
    "bool": _MAKER.construct_yaml_bool,
    "int": _MAKER.construct_yaml_int,
    "float": _MAKER.construct_yaml_float,
}


def _chain(file: _File, rules: _Rules, installed: Mapping[str, Path]) -> list[_File]:
    """The file and what it extends, from the root; each held against the rules."""
    files = [file]
    while True:
        rules.hold(file)
        above = file.document.get("extends") if isinstance(file.document, dict) else None
        if not isinstance(above, str) or not above:
            return files[::-1]
        try:
            parent = _read(_locate(above, file.path.parent, installed))
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


# Rules


class _Rules:
    """The JSON Schema of the installed checks, and its mistakes in words."""

    def __init__(self, registry: Registry) -> None:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - a twentieth of a second that only profiles cost

        self._schema = schema(registry)
        self._validator = Draft202012Validator(self._schema, format_checker=_formats(registry))

    def hold(self, file: _File) -> None:
        """Note what is wrong with a file."""
        errors = self._validator.iter_errors(file.document)
        mistakes = (mistake for error in errors for mistake in _mistakes(file, error))
        for place, text in islice(mistakes, _MOST_MISTAKES + 1):
            file.blame(place, text)


def _mistakes(file: _File, error: ValidationError) -> Iterator[tuple[Place, str]]:
    place: Place = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])  # type: ignore[index]
        for key in error.instance:  # type: ignore[union-attr]
            if key not in known:
                yield (*place, key), _stranger(place, key, known)
    elif error.validator == "required":
        missing = [key for key in wanted if key not in error.instance]  # type: ignore[operator]
        yield place, f"lacks {_listed(missing, 'and')}"
    elif error.validator == "enum":
        yield (
            place,
            _no_such(
                next(str(key) for key in reversed(place) if isinstance(key, str)), error.instance, wanted, "there are"
            ),
        )
    elif error.validator == "format":
        yield place, str(error.cause)
    else:
        yield place, _wrong(error, wanted, file.got(place, error.instance))


def _wrong(error: ValidationError, wanted: Any, got: str) -> str:
    """What a value should have been."""
    examples: Sequence[Any] = error.schema.get("examples", ())  # type: ignore[union-attr]
    kinds = [wanted] if isinstance(wanted, str) else wanted
    if error.validator == "type" and not (examples and len(kinds) > 1):
        quote = "; put it in quotes" if "string" in kinds and isinstance(error.instance, int | float) else ""
        return f"expected {_listed([_KINDS[kind] for kind in kinds], 'or')}, got {got}{quote}"
    if examples:
        return f"expected something like {_listed([str(one) for one in examples], 'or')}, got {got}"
    if error.validator in ("minLength", "minItems", "minProperties"):
        return "is empty"
    limits = {"maxLength": "at most {} characters", "minimum": "at least {}", "maximum": "at most {}"}
    limit = limits.get(str(error.validator))
    return f"expected {limit.format(wanted)}, got {got}" if limit else plain(error.message)


_KINDS = {
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
}


def _stranger(place: Place, key: str, known: Sequence[str]) -> str:
    if place in (("parameters",), ("answers",)):
        return f"there is no such check{_near(key, known) or '; `auditor checks list` shows them'}"
    return _no_such("threshold" if place[:1] == ("parameters",) else "key", key, known, "it has")


def _no_such(kind: str, word: Any, known: Sequence[str], have: str) -> str:
    return f"there is no such {kind}{_near(str(word), known)} ({have} {', '.join(known) or 'none'})"


def _near(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word[:80], list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def _listed(words: Sequence[str], last: str) -> str:
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def _short(text: str) -> str:
    return shorten(plain(text), 60)


def _quoted(text: str) -> str:
    return f"'{_short(text)}'"


def _key(place: Place) -> str:
    """A place as people write it: `waivers[0].expires`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in place)
    return "".join(parts).removeprefix(".")


@cache
def _static_schema() -> str:
    return (next(iter(profile_folders())) / "schema.json").read_text("utf-8")


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _thresholds(one: AnyCheck) -> dict[str, Any]:
    return {"title": one.title, **_closed({t.name: {**t.schema, "default": t.default} for t in one.thresholds})}


def _names(registry: Registry) -> dict[str, str]:
    """Every name that a check goes by, with its id: aliases first, so that an id is never taken for another's alias."""
    checks = registry.checks.values()
    return {alias: one.id for one in checks for alias in one.aliases} | {one.id: one.id for one in checks}


def _formats(registry: Registry) -> FormatChecker:
    """What JSON Schema has no word for, as its formats."""
    from jsonschema import FormatChecker  # noqa: PLC0415 - as above

    formats = _Formats(registry)
    checker = FormatChecker(formats=())
    for name, test in {
        "calendar-date": formats.calendar_date,
        "check-glob": formats.check_glob,
        "check-names": formats.check_names,
        "practice-glob": formats.practice_glob,
        "selector": formats.selector,
        "workload-names": formats.workload_names,
    }.items():
        checker.checks(name, raises=ValueError)(test)
    return checker


class _Formats:
    """Each returns True, or raises ValueError with the mistake; a wrong type is the schema's business."""

    def __init__(self, registry: Registry) -> None:
        self._checks = registry.checks.values()
        self._names = _names(registry)

    def calendar_date(self, value: object) -> bool:
        """A day that the calendar has."""
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            try:
                date.fromisoformat(value)
            except ValueError:
                raise ValueError(f"the calendar has no {value}") from None
        return True

    def check_glob(self, value: object) -> bool:
        """The id of a check, or a glob that fits one."""
        if not isinstance(value, str) or not value or any(fnmatchcase(name, value) for name in self._names):
            return True
        for kind in ("pattern", "control"):
            if value in {getattr(one, kind) for one in self._checks}:
                raise ValueError(f"no check is called {value}; it is a {kind}: a selector of it is {{{kind}: {value}}}")
        near = _near(value, self._names) or "; `auditor checks list` shows them"
        raise ValueError(f"no check is called {_short(value)}{near}")

    def check_names(self, value: object) -> bool:
        """No check by two of its names."""
        if isinstance(value, dict):
            seen: dict[str, str] = {}
            for name in value:
                first = seen.setdefault(self._names.get(str(name), str(name)), str(name))
                if first != name:
                    raise ValueError(f"{first} and {name} are the same check; keep one of them")
        return True

    def practice_glob(self, value: object) -> bool:
        """The id of a best practice, or a glob, that a check answers to."""
        if not isinstance(value, str) or not value or self._any(Selector(practice=value)):
            return True
        if any(fnmatchcase(name, value) for name in practices()):
            raise ValueError(f"no installed check answers to {_short(value)}")
        raise ValueError(f"there is no such practice{_near(value, practices())}")

    def selector(self, value: object) -> bool:
        """A selector that selects something; what is wrong with one of its parts is said of that part."""
        if isinstance(value, str):
            return self.check_glob(value)
        if not isinstance(value, dict) or not value or not all(isinstance(part, str) for part in value.values()):
            return True
        try:
            parts = {key: _selector({key: part}) for key, part in value.items()}
        except (TypeError, ValueError):
            return True
        blamed = [one for key, one in parts.items() if key not in ("pillar", "severity")]
        if all(map(self._any, blamed)) and not self._any(_selector(value)):
            raise ValueError(f"no check has {_listed([f'{key} {part}' for key, part in value.items()], 'and')}")
        return True

    def _any(self, selector: Selector) -> bool:
        return any(map(selector.matches, self._checks))

    def workload_names(self, value: object) -> bool:
        """Workloads with a name each."""
        if isinstance(value, list):
            names = Counter(str(one["name"]) for one in value if isinstance(one, dict) and "name" in one)
            if twice := [name for name, times in names.items() if times > 1]:
                raise ValueError(f"{_listed([_short(name) for name in twice], 'and')} is there more than once")
        return True


# From documents to a profile


def _merge(files: Sequence[_File], registry: Registry) -> Profile:
    """The files, which have no mistakes, from the root to the profile."""
    names = _names(registry)
    parameters: dict[str, dict[str, Json]] = {}
    waivers: list[Waiver] = []
    workloads: dict[str, Workload] = {}
    answers: dict[str, str] = {}
    for document in (file.document for file in files):
        for check, values in document.get("parameters", {}).items():
            known = {t.name: t.schema for t in registry.checks[names[check]].thresholds}
            exact = {name: _exact(value, known[name]) for name, value in values.items()}
            parameters.setdefault(names[check], {}).update(exact)
        waivers += [_waiver(raw, registry) for raw in document.get("waivers", ())]
        workloads |= {raw["name"]: _workload(raw) for raw in document.get("workloads", ())}
        answers |= {names[check]: answer for check, answer in document.get("answers", {}).items()}
    own, path = files[-1].document, files[-1].path
    name = own.get("name", path.stem)
    return Profile(
        name, own.get("title", name), own.get("description", ""), tuple(_selection(file.document) for file in files),
        parameters, tuple(waivers), Workloads(workloads.values()), answers, path,
    )  # fmt: skip


def _refuse_idle(files: Sequence[_File], steps: Sequence[Selection], registry: Registry) -> None:
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
    checks = document.get("checks", {})
    include, exclude = (tuple(map(_selector, checks.get(key, ()))) for key in ("include", "exclude"))
    return Selection(include, exclude)


def _selector(raw: str | Mapping[str, str]) -> Selector:
    parts: dict[str, Any] = {"id": raw} if isinstance(raw, str) else dict(raw)
    for key, kind in (("pillar", Pillar), ("severity", Severity)):
        if key in parts:
            parts[key] = kind(parts[key])
    return Selector(**parts)


def _waiver(raw: Mapping[str, Any], registry: Registry) -> Waiver:
    checks = dict.fromkeys(name for glob in raw["checks"] for name in _current(glob, registry))
    return Waiver(raw["reason"], raw["owner"], raw["expires"], tuple(checks), tuple(raw["resources"]))


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
