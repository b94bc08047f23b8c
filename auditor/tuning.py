"""How a run uses the interpreter; each figure was measured by `benchmarks/`."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

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


@contextmanager
def no_collections() -> Iterator[None]:
    """Keep the garbage collector away while the block lasts: for what makes much that lives and no cycles.

    An assessment is a tenth quicker without; what it leaves is its graphs, which are few.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


_M_ARENA_MAX = -8
"""glibc's name for it in `malloc.h`."""
_ARENAS = 2


def share_memory_between_threads() -> None:
    """Keep glibc from giving each of a scan's threads memory of its own, which grew a process from 150 to 200 MiB.

    Where the C library is another, nothing happens.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
