"""Pictures of a topology: a description, which is a plain dict, becomes SVG, a page, Mermaid or DOT.

`scene` decides what is drawn, `layout` where, and one module a format writes it. Nothing here knows evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from auditor.drawing.marks import Mark, marks_of
from auditor.drawing.page import page
from auditor.drawing.scene import Scene, make_scene
from auditor.drawing.svg import svg
from auditor.drawing.words import dot, mermaid

FORMATS: Mapping[str, Callable[[Scene], str]] = {"svg": svg, "html": page, "mermaid": mermaid, "dot": dot}
"""What a scene can be written as."""

__all__ = ["FORMATS", "Mark", "Scene", "make_scene", "marks_of"]
