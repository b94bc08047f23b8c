"""`auditor assess`: the same judgement, offline, from a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.assessments import judge
from auditor.cli.options import REPORT, SELECTION, VERBOSITY
from auditor.cli.output import choose_output
from auditor.cli.past import open_past
from auditor.cli.scan import report
from auditor.cli.selection import choose
from auditor.tuning import spare_memory


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
    baseline, history = given.pop("baseline"), given.pop("history")
    spare_memory()
    choice = choose(**given)
    output = choose_output(formats, folder, quiet=quiet)
    past = open_past(baseline, history, choice)
    present = past.apply(judge(snapshot, choice), quiet=quiet)
    report(present.assessment, output, None, verbose=verbose, quiet=quiet)
    ctx.exit(present.exit_code(fail_on))
