"""An account whose endpoint can go wrong, and what it looks like on a calm day."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from conftest import environment
from faults.world import Endpoint, Scan, Scanned, scan_of


@pytest.fixture(scope="session")
def endpoint() -> Iterator[Endpoint]:
    """It has learned the account by one scan, and plays from then on."""
    command = [sys.executable, str(Path(__file__).with_name("faulty.py"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Endpoint(port, datetime.now(UTC).replace(microsecond=0).isoformat())
        finally:
            process.kill()


@pytest.fixture(scope="session")
def calm(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Scanned:
    """The account on a calm day."""
    with pytest.MonkeyPatch.context() as patch:
        found = scan_of(endpoint, tmp_path_factory.mktemp("calm") / "scan.db", patch)
    endpoint.play()
    return found


@pytest.fixture
def scan(endpoint: Endpoint, calm: Scanned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scan]:
    """Scans the account in this process; afterwards the endpoint is calm again."""
    numbers = count()

    def run(path: Path | None = None, **options: Any) -> Scanned:
        return scan_of(endpoint, path or tmp_path / f"{next(numbers)}.db", monkeypatch, **options)

    yield run
    endpoint.fault()
