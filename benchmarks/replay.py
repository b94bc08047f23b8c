"""What a recorded scan asked, and in which order it had to: for the bound, and for larger snapshots.

python -m benchmarks.replay SNAPSHOT QUESTIONS [--copies N --replica FILE] [-- options of `auditor scan`]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.aws import Request
from auditor.cli.scan import scan
from auditor.cli.selection import choose
from auditor.model import GLOBAL
from auditor.partitions import global_region
from auditor.plan import METRIC_DATA
from auditor.scan import account_of
from auditor.snapshot import Snapshot
from benchmarks.floor import Question
from benchmarks.replica import replicate
from benchmarks.walk import Chain, Walk

_CHOICE = ("audit_profile", "checks_path", "check", "exclude_check", "pattern", "pillar", "severity", "service")


@dataclass(frozen=True)
class Replay:
    """A recorded scan, walked through."""

    walk: Walk

    @classmethod
    def of(cls, path: Path, options: Sequence[str]) -> Replay:
        """The scan of a snapshot, made with these options of `auditor scan`."""
        given = scan.make_context("scan", list(options), resilient_parsing=False).params
        choice = choose(**{name: given[name] for name in _CHOICE})
        snapshot = Snapshot.open(path)
        account = account_of(snapshot)
        unserved = {tuple(pair) for pair in snapshot.meta("unserved", ())}
        return cls(
            Walk(choice.plan, account, snapshot, lambda service, region: (service, region) not in unserved).run()
        )

    @property
    def chain(self) -> Chain:
        """The longest chain of calls that wait for one another."""
        return self.walk.longest

    def write_questions(self, path: Path) -> Path:
        """Every question of the scan, but for metrics, which are asked 500 at a time."""
        asked = (self._question(one) for one in self.walk.clock.requests.values() if one.call != METRIC_DATA)
        path.write_text(json.dumps(list(asked)))
        return path

    def _question(self, one: Request) -> Question:
        call, account = one.call, self.walk.account
        region = global_region(account.partition, call.service) if one.region == GLOBAL else one.region
        page = call.page if one.paged else None
        return Question(call.service, region, call.operation, dict(one.params), page)

    def replicate(self, path: Path, copies: int) -> None:
        """Write a snapshot of so many more resources."""
        replicate(self.walk, path, copies)


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the questions of a snapshot, and a larger snapshot; print the longest chain as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--copies", type=int, default=0, help="so many more resources of each kind")
    parser.add_argument("--replica", type=Path, help="the larger snapshot")
    parser.add_argument("scan", nargs="*", help="the options of the scan, after --")
    options = parser.parse_args(arguments)
    replay = Replay.of(options.snapshot, options.scan)
    replay.write_questions(options.questions)
    if options.replica:
        replay.replicate(options.replica, options.copies)
    print(json.dumps({"calls": replay.chain.calls, "text": str(replay.chain)}))


if __name__ == "__main__":
    main()
