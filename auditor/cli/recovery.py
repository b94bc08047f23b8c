"""`auditor recovery`: what each workload can recover from, from a snapshot or a saved report."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from auditor.cli.files import write_whole
from auditor.cli.options import SELECTION, option
from auditor.cli.output import say
from auditor.cli.selection import choose
from auditor.workloads import Strategy

_FORMATS = ("table", "json", "html", "markdown")
_WIDEST = 120


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@option("--workload", metavar="NAME", default="", help="Only this workload.")
@option(
    "--assume",
    type=click.Choice([one.value for one in Strategy if one is not Strategy.NONE]),
    help="What this strategy would take, instead of the next one.",
)
@option("--format", "form", type=click.Choice(_FORMATS), default="table", show_default=True)
@option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write here, not to standard output.")
@SELECTION
def recovery(source: Path, workload: str, assume: str | None, form: str, output: Path | None, **given: Any) -> None:
    """Show what each workload of SOURCE, a snapshot or a JSON report of `auditor scan`, can recover from.

    The strategy that is really there, the RPO and RTO that it reaches and what bounds them, the declared objectives
    against that, how sure it is, and the steps to the next strategy.
    """
    from auditor.cli.assessments import read_view
    from auditor.posture import document, insist_on_form, narrowed, outline

    assessment, view = read_view(source, "recovery", lambda: choose(**given))
    if ignored := _ignored(source, given):
        say(f"{source} is a report, judged when it was made: {', '.join(ignored)} would count for its snapshot only")
    whole = document(view, assessment.scan)
    insist_on_form(whole)
    made = narrowed(whole, workload, Strategy(assume) if assume else None)
    if form == "json":
        text = json.dumps(made, indent=2, ensure_ascii=True) + "\n"
    else:
        text = _written(outline(made), form, to_file=output is not None)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text)
    if form == "table" and output is None:
        _say_next(source, made, workload)
    elif output is not None:
        say(str(output))


def _ignored(source: Path, given: Mapping[str, Any]) -> list[str]:
    """The options of the command line that choose and declare what a report has already been judged by."""
    from auditor.saved import is_snapshot

    if is_snapshot(source):
        return []
    origin = click.get_current_context().get_parameter_source
    typed = (one for one in sorted(given) if origin(one) is ParameterSource.COMMANDLINE)
    return [f"--{one.replace('_', '-')}" for one in typed]


def _written(drawn: Any, form: str, *, to_file: bool) -> str:
    from auditor.posture import markdown, page, table

    if form == "html":
        return page(drawn)
    if form == "markdown":
        return markdown(drawn)
    width = 100 if to_file else min(shutil.get_terminal_size((100, 24)).columns, _WIDEST)
    return table(drawn, width)


def _say_next(source: Path, made: dict[str, Any], workload: str) -> None:
    steps = []
    if any(not one["targets"] for one in made["workloads"]):
        steps.append("declare workloads with their RPO and RTO in an audit profile: docs/profiles.md says how")
    if any(one["unread"] for one in made["workloads"]):
        steps.append("`auditor permissions` prints the policy that allows what could not be read")
    if made["assume"] is None and any(one["ladder"] for one in made["workloads"]):
        chosen = f" --workload {workload}" if workload else ""
        steps.append(f"`auditor recovery {source}{chosen} --assume warm_standby` shows what that would take")
    if steps:
        say("\nNext:")
    for step in steps:
        say(f"  - {step}")
