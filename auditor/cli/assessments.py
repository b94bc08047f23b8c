"""The earlier assessments that a command compares with: a saved report, or a snapshot that is judged now."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from auditor.cli.selection import Choice
from auditor.model import Assessment
from auditor.saved import is_snapshot, load
from auditor.scan import assess_snapshot
from auditor.snapshot import Snapshot
from auditor.tuning import rare_collections


def read_assessment(path: Path, choice: Callable[[], Choice]) -> Assessment:
    """The assessment of a file; a snapshot is judged by the choice, which is asked for only then."""
    return judge(path, choice()) if is_snapshot(path) else load(path)


def judge(path: Path, choice: Choice) -> Assessment:
    """What a snapshot comes to by the chosen checks and profile."""
    opened = Snapshot.open(path)
    try:
        with rare_collections():
            return assess_snapshot(opened, choice.registry, choice.checks, choice.plan, choice.settings)
    finally:
        opened.close()
