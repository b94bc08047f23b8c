"""Progress while collecting: one line on a terminal, nothing elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from auditor.transport import Tally

_EVERY = 0.1


@contextmanager
def progress(tally: Tally, regions: int, *, enabled: bool) -> Iterator[None]:
    """Show a tally until the block ends, if standard error is a terminal."""
    if not enabled or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # slow to import, and only a terminal needs it

    console = Console(stderr=True)
    begun, done = time.monotonic(), threading.Event()
    with console.status(_line(tally, regions, 0), spinner="dots") as status:
        ticker = threading.Thread(target=_tick, args=(status, tally, regions, begun, done), daemon=True)
        ticker.start()
        try:
            yield
        finally:
            done.set()
            ticker.join()


def _tick(status: object, tally: Tally, regions: int, begun: float, done: threading.Event) -> None:
    while not done.wait(_EVERY):
        status.update(_line(tally, regions, time.monotonic() - begun))  # type: ignore[attr-defined]


def _line(tally: Tally, regions: int, seconds: float) -> str:
    counts = tally.counts
    parts = [f"{counts.calls:,} calls", f"{counts.in_flight} in flight"]
    if counts.throttled:
        parts.append(f"{counts.throttled} throttled")
    if counts.denied:
        parts.append(f"{counts.denied} denied")
    parts += ["1 region" if regions == 1 else f"{regions} regions", f"{int(seconds) // 60}:{int(seconds) % 60:02d}"]
    return "Reading the account: " + " · ".join(parts)
