"""What an audit profile may say, and its mistakes in words.

The rules are a JSON Schema that knows the installed checks and their thresholds.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

from auditor.practices import practices
from auditor.profile_files import MOST_MISTAKES, File, Place, near, short
from auditor.profile_selection import Selector
from auditor.registry import profile_folders
from auditor.text import plain

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, FormatChecker, ValidationError

    from auditor.registry import AnyCheck, Registry


def schema(registry: Registry) -> dict[str, Any]:
    """The JSON Schema of profiles, with the installed checks and their thresholds."""
    whole: dict[str, Any] = json.loads(_static_schema())
    checks = registry.checks.values()
    selector = whole["$defs"]["selector"]["properties"]
    selector["pattern"]["enum"] = sorted({one.pattern for one in checks})
    selector["control"]["enum"] = sorted({one.control for one in checks})
    sections = whole["properties"]
    names = every_name(registry)
    sections["parameters"] |= _closed({name: _thresholds(registry.checks[name]) for name in names.values()})
    sections["parameters"]["properties"] |= {
        alias: _thresholds(registry.checks[name]) | {"deprecated": True}
        for alias, name in names.items()
        if alias != name
    }
    sections["answers"] |= _closed(dict.fromkeys(names, sections["answers"]["additionalProperties"]))
    return whole


@cache
def _static_schema() -> str:
    return (next(iter(profile_folders())) / "schema.json").read_text("utf-8")


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": dict(properties), "additionalProperties": False}


def _thresholds(one: AnyCheck) -> dict[str, Any]:
    return {"title": one.title, **_closed({t.name: {**t.schema, "default": t.default} for t in one.thresholds})}


def every_name(registry: Registry) -> dict[str, str]:
    """Every name that a check goes by, with its id: aliases first, so that an id is never taken for another's alias."""
    checks = registry.checks.values()
    return {alias: one.id for one in checks for alias in one.aliases} | {one.id: one.id for one in checks}


class Rules:
    """The JSON Schema of the installed checks, and its mistakes in words."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._shipped = next(profile_folders(), None)

    @cached_property
    def _validator(self) -> Draft202012Validator:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - a twentieth of a second that only profiles cost

        return Draft202012Validator(schema(self._registry), format_checker=_formats(self._registry))

    def hold(self, file: File) -> None:
        """Note what is wrong with a file, unless it is shipped with the program: those are right by test."""
        if file.path.parent == self._shipped:
            return
        errors = self._validator.iter_errors(file.document)
        mistakes = (mistake for error in errors for mistake in _mistakes(file, error))
        for place, text in islice(mistakes, MOST_MISTAKES + 1):
            file.blame(place, text)


def _mistakes(file: File, error: ValidationError) -> Iterator[tuple[Place, str]]:
    place: Place = tuple(error.absolute_path)
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])  # type: ignore[index]
        for key in error.instance:  # type: ignore[union-attr]
            if key not in known:
                yield (*place, key), _stranger(place, key, known)
    elif error.validator == "anyOf":
        yield place, f"lacks {_listed([one['required'][0] for one in wanted], 'or')}"
    elif error.validator == "required":
        missing = [key for key in wanted if key not in error.instance]  # type: ignore[operator]
        yield place, f"lacks {_listed(missing, 'and')}"
    elif error.validator == "enum":
        kind = next(key for key in reversed(place) if isinstance(key, str))
        yield place, _no_such(kind, error.instance, wanted, "there are")
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
        return f"there is no such check{near(key, known) or '; `auditor checks list` shows them'}"
    return _no_such("threshold" if place[:1] == ("parameters",) else "key", key, known, "it has")


def _no_such(kind: str, word: Any, known: Sequence[str], have: str) -> str:
    return f"there is no such {kind}{near(str(word), known)} ({have} {', '.join(known) or 'none'})"


def _listed(words: Sequence[str], last: str) -> str:
    *most, end = words
    return f"{', '.join(most)} {last} {end}" if most else end


def _formats(registry: Registry) -> FormatChecker:
    """What JSON Schema has no word for, as its formats."""
    from jsonschema import FormatChecker  # noqa: PLC0415 - as above

    formats = _Formats(registry)
    checker = FormatChecker(formats=())
    for name, test in {
        "calendar-date": formats.calendar_date,
        "requirement-ids": formats.requirement_ids,
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
        self._names = every_name(registry)

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
        hint = near(value, self._names) or "; `auditor checks list` shows them"
        raise ValueError(f"no check is called {short(value)}{hint}")

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
            raise ValueError(f"no installed check answers to {short(value)}")
        raise ValueError(f"there is no such practice{near(value, practices())}")

    def selector(self, value: object) -> bool:
        """A selector that selects something; what is wrong with one of its parts is said of that part."""
        if isinstance(value, str):
            return self.check_glob(value)
        if not isinstance(value, dict) or not value or not all(isinstance(part, str) for part in value.values()):
            return True
        try:
            parts = {key: Selector.read({key: part}) for key, part in value.items()}
        except (TypeError, ValueError):
            return True
        blamed = [one for key, one in parts.items() if key not in ("pillar", "severity")]
        if all(map(self._any, blamed)) and not self._any(Selector.read(value)):
            raise ValueError(f"no check has {_listed([f'{key} {part}' for key, part in value.items()], 'and')}")
        return True

    def _any(self, selector: Selector) -> bool:
        return any(map(selector.matches, self._checks))

    def workload_names(self, value: object) -> bool:
        """Workloads with a name each."""
        return _unequal(value, "name")

    def requirement_ids(self, value: object) -> bool:
        """Requirements with an id each."""
        return _unequal(value, "id")


def _unequal(value: object, key: str) -> bool:
    """True where no two items have the same text under the key."""
    if isinstance(value, list):
        names = Counter(str(one[key]) for one in value if isinstance(one, dict) and key in one)
        if twice := [name for name, times in names.items() if times > 1]:
            raise ValueError(f"{_listed([short(name) for name in twice], 'and')} is there more than once")
    return True
