"""`auditor assess`: the same judgement, offline, from a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.options import REPORT, SELECTION, VERBOSITY
from auditor.cli.output import choose_output
from auditor.cli.scan import report
from auditor.cli.selection import choose
from auditor.cli.verdict import exit_code
from auditor.scan import assess_snapshot
from auditor.snapshot import Snapshot
from auditor.tuning import rare_collections


@click.command()
@click.argument("snapshot", type=click.Path(path_type=Path))
@SELECTION
@REPORT
@VERBOSITY
@click.pass_context
def assess(ctx: click.Context, /, snapshot: Path, **given: Any) -> None:
    """Judge SNAPSHOT, a file that `auditor scan --snapshot` wrote, without AWS.

    The same snapshot and profile give the same report, byte for byte.
    """
    formats, folder, fail_on, verbose, quiet = (
        given.pop(name) for name in ("formats", "output_dir", "fail_on", "verbose", "quiet")
    )
    choice = choose(**given)
    output = choose_output(formats, folder, quiet=quiet)
    opened = Snapshot.open(snapshot)
    try:
        with rare_collections():
            assessment = assess_snapshot(opened, choice.registry, choice.checks, choice.plan, choice.settings)
    finally:
        opened.close()
    report(assessment, output, None, verbose=verbose, quiet=quiet)
    ctx.exit(exit_code(assessment, fail_on))
