"""Files that a command writes besides reports."""

from __future__ import annotations

import tempfile
from pathlib import Path

from auditor.errors import UsageError


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; raises UsageError where it cannot be written."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".auditor-", encoding="utf-8", newline="", delete=False
        ) as out:
            out.write(text)
        Path(out.name).replace(path)
    except OSError as error:
        raise UsageError(f"--output {path}: cannot write there: {error.strerror or error}") from None
