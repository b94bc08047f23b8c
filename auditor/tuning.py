"""How a run uses the interpreter; each figure was measured by `benchmarks/`."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_THRESHOLDS = (200_000, 20, 1000)
"""New objects before the garbage collector looks: botocore's models are large, live long, and would be walked
again and again. Saved a quarter of a scan's CPU for about 4 MB."""


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the garbage collector run rarely while the block lasts."""
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
