"""How a run uses the interpreter; each figure was measured by `benchmarks/`."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_THRESHOLDS = (20_000, 20, 1000)
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


_MALLOC = {-8: 2, -3: 64 * 1024, -1: 128 * 1024}
"""Settings of glibc by their numbers in `malloc.h`: M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD.

Two arenas: by itself glibc gives each of a scan's threads memory of its own, which grew a process from 150 to 200 MiB.
And thresholds that stay: glibc raises them with what is freed, after which pages of answers are never given back.
"""


def spare_memory() -> None:
    """Let glibc share memory between threads and give back what is free; where the C library is another, do nothing."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            library = ctypes.CDLL(None)
            for setting, value in _MALLOC.items():
                library.mallopt(setting, value)


_MOST_FILES = 10_240
"""What macOS bears, whose hard limit is none."""


def raise_file_limit() -> int:
    """Let the process have as many files and connections open as it can, and say how many that are.

    By itself that is 256 on macOS and 1,024 on most Linux systems: a scan of many regions has more connections.
    """
    try:
        import resource  # noqa: PLC0415 - Windows lacks it
    except ImportError:  # Windows has no such limit for sockets
        return _MOST_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            return most
    return most if soft == resource.RLIM_INFINITY else soft
