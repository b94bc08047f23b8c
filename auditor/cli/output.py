"""Where reports go: the terminal, standard output, or files in a folder."""

from __future__ import annotations

import difflib
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from auditor.document import instant
from auditor.errors import UsageError
from auditor.model import Assessment
from auditor.registry import renderers
from auditor.rendering import Renderer

_DEFAULT_FOLDER = Path("auditor-report")


@dataclass(frozen=True, slots=True)
class Output:
    """Which formats are written, and where; checked before a scan begins."""

    shown: tuple[Renderer, ...]
    """Formats for standard output."""
    written: tuple[Renderer, ...]
    """Formats for files."""
    folder: Path

    def write(self, assessment: Assessment) -> list[Path]:
        """Write the files, each whole or not at all; gives their paths."""
        stamp = instant(assessment.scan.started).replace("-", "").replace(":", "")
        name = f"auditor-{assessment.scan.account}-{stamp}"
        return [self._file(one, self.folder / f"{name}{one.suffix}", assessment) for one in self.written]

    def _file(self, one: Renderer, path: Path, assessment: Assessment) -> Path:
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=".auditor-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
                one(assessment, out)
            Path(temporary).replace(path)
        finally:
            Path(temporary).unlink(missing_ok=True)
        return path

    def show(self, assessment: Assessment) -> None:
        """Write to standard output what belongs there."""
        for one in self.shown:
            one(assessment, sys.stdout)


def choose_output(formats: Sequence[str], folder: Path | None, *, quiet: bool = False) -> Output:
    """Where each format goes; raises UsageError for an unknown format or a folder that cannot be written.

    Without formats it is the table, and with a folder JSON and HTML too. One file format alone goes to
    standard output, so that it can be piped.
    """
    names = tuple(dict.fromkeys(formats)) or (("table", "json", "html") if folder else ("table",))
    chosen = named_formats(names)
    if len(chosen) == 1 and folder is None:
        return Output(() if quiet and chosen[0].terminal else tuple(chosen), (), _DEFAULT_FOLDER)
    shown = tuple(one for one in chosen if one.terminal and not quiet)
    written = tuple(one for one in chosen if not one.terminal)
    place = folder or _DEFAULT_FOLDER
    if written:
        _writable(place)
    return Output(shown, written, place)


def named_formats(names: Sequence[str]) -> list[Renderer]:
    """The formats of these names, each once; raises UsageError, with the near-miss, for an unknown one."""
    known = renderers()
    for name in names:
        if name not in known:
            raise UsageError(_unknown(name, list(known)))
    return [known[name] for name in dict.fromkeys(names)]


def _writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder, prefix=".auditor-")
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise UsageError(f"--output-dir {folder}: cannot write there: {error.strerror or error}") from None


def _unknown(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"--format {name}: there is no such format; {hint}"


def say(text: str = "", *, quiet: bool = False) -> None:
    """A line for the person at the terminal; standard output stays the report's."""
    if not quiet:
        click.echo(text, err=True)
