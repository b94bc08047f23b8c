"""The files of audit profiles: which there are, and YAML read with the line of each value.

What is wrong with a file is noted on it by place, and said together.
"""

from __future__ import annotations

import difflib
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from auditor.errors import ProfileError
from auditor.registry import profile_folders
from auditor.text import plain, shorten

Place = tuple[str | int, ...]
"""Where something stands in a document: keys and indexes, from the top."""

MOST_MISTAKES = 50
"""How many mistakes of one file are said."""

_SUFFIXES = (".yaml", ".yml")
_MOST_BYTES = 1 << 20
_MOST_VALUES = 20_000
_DEEPEST = 20


@dataclass(slots=True)
class File:
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
        for (line, place), text in ordered[:MOST_MISTAKES]:
            yield ": ".join(part for part in (f"{where}:{line}", _key(place), text) if part)
        if len(ordered) > MOST_MISTAKES:
            yield f"{where}: has more mistakes than these {MOST_MISTAKES}"

    def got(self, place: Place, value: Any) -> str:
        """What stands there, as the file writes it."""
        if isinstance(value, Mapping):
            return "a mapping"
        if isinstance(value, list):
            return "a list"
        if value is None:
            return "nothing"
        return _quoted(value) if isinstance(value, str) else short(self.written.get(place, str(value)))


def refuse(files: Iterable[File]) -> None:
    """Raise ProfileError with every mistake of the files, if there is one."""
    lines = [line for file in files for line in file.report()]
    if lines:
        raise ProfileError("\n".join(lines))


def installed_files(folders: Iterable[Path] | None) -> dict[str, Path]:
    """Files of the installed profiles, by name: the file's, without its suffix."""
    found: dict[str, Path] = {}
    for folder in profile_folders() if folders is None else folders:
        for path in sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES):
            if path.stem in found:
                raise ProfileError(f"two profiles are called {path.stem}: {found[path.stem]} and {path}")
            found[path.stem] = path
    return found


def locate(name: str, folder: Path, installed: Mapping[str, Path]) -> Path:
    """The file that a name or a path, relative to the folder, stands for."""
    if "/" in name or os.sep in name or name.endswith(_SUFFIXES):
        return folder / name
    if name not in installed:
        known = f"there are {', '.join(sorted(installed)) or 'none'}; a file has a / in its name or ends in .yaml"
        raise ProfileError(f"{short(name) or 'no name'}: there is no such profile{near(name, installed)} ({known})")
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


def read_file(path: Path) -> File:
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
    file = File(path)
    _Reader(file).read(node)
    return file


class _Reader:
    """Turns YAML's nodes into plain values, without what YAML does in silence: a key's last value wins, dates, NaN."""

    def __init__(self, file: File) -> None:
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
            self._file.blame(place, f"the YAML tag {short(node.tag)} has no meaning here")
            return None
        try:
            value = make(node)
        except (ValueError, KeyError, IndexError, OverflowError):
            self._file.blame(place, f"{_quoted(node.value)} cannot be read as a value")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self._file.blame(place, f"expected a finite number, got {short(node.value)}")
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


def near(word: str, known: Iterable[str]) -> str:
    """What the word was likely meant to be, as the end of a mistake; empty where nothing is like it."""
    close = difflib.get_close_matches(word[:80], list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def short(text: str) -> str:
    """Text of a file, fit for a mistake."""
    return shorten(plain(text), 60)


def _quoted(text: str) -> str:
    return f"'{short(text)}'"


def _key(place: Place) -> str:
    """A place as people write it: `waivers[0].expires`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{short(part)}" for part in place)
    return "".join(parts).removeprefix(".")
