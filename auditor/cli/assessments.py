"""The earlier assessments that a command compares with: a saved report, or a snapshot that is judged now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from auditor.cli.selection import Choice
from auditor.errors import UsageError
from auditor.model import Assessment
from auditor.saved import is_snapshot, load
from auditor.scan import assess_snapshot
from auditor.snapshot import Snapshot
from auditor.tuning import no_collections


def read_assessment(path: Path, choice: Callable[[], Choice]) -> Assessment:
    """The assessment of a file; a snapshot is judged by the choice, which is asked for only then."""
    return judge(path, choice()) if is_snapshot(path) else load(path)


def judge(path: Path, choice: Choice) -> Assessment:
    """What a snapshot comes to by the chosen checks and profile."""
    opened = Snapshot.open(path)
    try:
        with no_collections():
            return assess_snapshot(opened, choice.registry, choice.checks, choice.plan, choice.settings)
    finally:
        opened.close()


def read_view(path: Path, name: str, choice: Callable[[], Choice]) -> tuple[Assessment, Any]:
    """An assessment and one of its views; raises UsageError where it has none, and says why."""
    assessment = read_assessment(path, lambda: choice().showing(name))
    view = assessment.views.get(name)
    if view is None:
        why = "what it rests on could not be read" if is_snapshot(path) else "its checks needed none; scan with more"
        raise UsageError(f"{path} holds no {name}: {why}")
    return assessment, view
