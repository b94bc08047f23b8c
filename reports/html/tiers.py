"""The picture of the tiers within the report: a page in its own frame, which the report's policy lets run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from auditor.document import instant
from auditor.drawing import make_scene, marks_of
from auditor.drawing.page import page, sources

if TYPE_CHECKING:
    from auditor.drawing import Mark
    from auditor.model import Assessment


def marks(assessment: Assessment) -> dict[str, tuple[Mark, ...]]:
    """The open failures of each node of the topology; nothing, where there is none."""
    view = assessment.views.get("topology")
    return marks_of(view["nodes"], assessment) if view else {}  # type: ignore[arg-type]  # a view is plain JSON


def frame(assessment: Assessment, marked: dict[str, tuple[Mark, ...]]) -> Markup:
    """The picture's page, as an attribute's text; empty where there is nothing to draw."""
    view = assessment.views.get("topology")
    if not view or not view["nodes"]:
        return Markup("")
    scan = assessment.scan
    title = f"{scan.alias or scan.account}, {instant(scan.started)[:10]}"
    return escape(page(make_scene(dict(view), marked, title=title)))


__all__ = ["frame", "marks", "sources"]
