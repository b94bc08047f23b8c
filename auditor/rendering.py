"""Renderers turn an assessment into a format; found through the entry-point group `auditor.reports`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from auditor.model import Assessment

Render = Callable[[Assessment, TextIO], None]


@dataclass(frozen=True, slots=True)
class Renderer:
    """A named format, the suffix of its files, and the function that writes it."""

    format: str
    suffix: str
    function: Render
    terminal: bool = False
    """Written to standard output rather than to a file."""

    def __call__(self, assessment: Assessment, out: TextIO) -> None:
        """Write the assessment to `out`, a text stream in UTF-8 with newline translation off."""
        self.function(assessment, out)


def renderer(format: str, *, suffix: str, terminal: bool = False) -> Callable[[Render], Renderer]:  # noqa: A002 - the option's own name
    """Make a renderer of a function that takes an assessment and a text stream."""

    def wrap(function: Render) -> Renderer:
        return Renderer(format, suffix, function, terminal)

    return wrap
