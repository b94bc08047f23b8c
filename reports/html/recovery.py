"""What the workloads can recover from, as a section of the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.posture import document, outline, section, style

if TYPE_CHECKING:
    from auditor.model import Assessment

MOST = 25
"""Workloads that the page shows; the rest are counted."""


def recovery(assessment: Assessment) -> dict[str, Any]:
    """The section's content, empty without workloads, and how many of them it leaves out."""
    view = assessment.views.get("recovery")
    if not view or not view["workloads"]:
        return {"recovery": "", "more_workloads": 0}
    made = document(view, assessment.scan)
    more = max(len(made["workloads"]) - MOST, 0)
    shown = {**made, "workloads": made["workloads"][:MOST]}
    return {"recovery": section(outline(shown)), "more_workloads": more}


def recovery_style() -> str:
    """The section's style, which the page's policy is to let through."""
    return style()
