"""Golden files: what a renderer wrote when someone last looked; AUDITOR_REWRITE_GOLDENS=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "reports" / "golden"


def same_as_golden(name: str, text: str) -> None:
    path = FOLDER / name
    if os.environ.get("AUDITOR_REWRITE_GOLDENS"):
        path.write_text(text, encoding="utf-8", newline="")
    assert path.read_bytes().decode("utf-8") == text, f"{name} differs; AUDITOR_REWRITE_GOLDENS=1 rewrites it"
