"""Measures the graph of the tiers and its judgement at several sizes, each in a process of its own.

python -m benchmarks.tiers [--resources 1000] [--times 1 3 10 25] [--json FILE]

One scan of a made account is recorded, and its snapshot made larger (`replica.py`). Then, from the snapshot alone, the
tiers are inferred and described, and every check of the pattern judges. Reading a recorded answer is part of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tabulate import tabulate

from benchmarks.run import REGIONS, endpoint, scan

PATTERN = "multi_tier"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tiers", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--resources", type=int, default=1000)
    parser.add_argument(
        "--times", type=int, nargs="+", default=(1, 3, 10, 25), help="sizes, as multiples of the resources"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        found = [_sized(path, times) for path, times in _snapshots(options, Path(name))]
    _show(found)
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n")


def _snapshots(options: argparse.Namespace, folder: Path) -> list[tuple[Path, int]]:
    regions = REGIONS[:2]
    with endpoint(options.resources, regions) as server:
        scan(server, regions, folder, ["--pattern", PATTERN])

    from benchmarks.replay import Replay  # noqa: PLC0415 - after the scan, as in run.py

    replay = Replay.of(folder / "scan.db", ["--pattern", PATTERN])
    made = [(folder / f"{times}.db", times) for times in options.times]
    for path, times in made:
        replay.replicate(path, times - 1)
    return made


def _sized(path: Path, times: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.tiers", "--one", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own program
    found: dict[str, Any] = json.loads(done.stdout)
    return {"times": times, **found}


def measure(path: Path) -> dict[str, Any]:
    """CPU seconds of the graph and of its judgement, and the peak memory of this process, in MiB."""
    from auditor.assess import Settings, assess  # noqa: PLC0415 - not in the parent, whose memory a child's counts from
    from auditor.inference.tiers import Tiers  # noqa: PLC0415
    from auditor.plan import make_plan  # noqa: PLC0415
    from auditor.registry import load  # noqa: PLC0415
    from auditor.scan import account_of, scan_info  # noqa: PLC0415
    from auditor.snapshot import Reader, Snapshot  # noqa: PLC0415
    from auditor.store import Store  # noqa: PLC0415
    from auditor.tuning import rare_collections  # noqa: PLC0415
    from auditor.wiring import Need  # noqa: PLC0415

    registry = load()
    checks = [one for one in registry.checks.values() if one.pattern == PATTERN]
    plan = make_plan(registry, checks)
    snapshot = Snapshot.open(path)
    account = account_of(snapshot)
    with rare_collections():
        store = Store(plan.sources, account, Reader(snapshot), lambda _service, _region: True)
        before = time.process_time()
        view = store.resolver(Need(Tiers))(account).describe()
        drawn = time.process_time()
        found = assess(checks, registry.patterns, plan, store, Settings(), scan_info(snapshot, account))
        judged = time.process_time()
    return {
        "nodes": len(view["nodes"]),
        "edges": len(view["edges"]),
        "findings": len(found.findings),
        "graph": drawn - before,
        "judgement": judged - drawn,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _show(found: Sequence[dict[str, Any]]) -> None:
    first = found[0]
    rows = [
        [
            one["times"], one["nodes"], one["edges"], one["findings"], f"{one['graph']:.2f}", f"{one['judgement']:.2f}",
            f"{_per_node(one) / _per_node(first):.2f}", f"{one['memory']:.0f}",
        ]
        for one in found
    ]  # fmt: skip
    headers = ("size", "nodes", "edges", "findings", "graph, s", "judgement, s", "a node, against the first", "MiB")
    print(tabulate(rows, headers, disable_numparse=True, colalign=["right"] * len(headers)))


def _per_node(one: dict[str, Any]) -> float:
    return float((one["graph"] + one["judgement"]) / one["nodes"])


if __name__ == "__main__":
    main()
