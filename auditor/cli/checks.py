"""`auditor checks`: what is checked, why, how it is mended and by which evidence it is judged."""

from __future__ import annotations

import json
import shutil
from typing import Any

import click
from tabulate import tabulate

from auditor.assess import describe
from auditor.cli.options import SELECTION
from auditor.cli.selection import Choice, choose
from auditor.document import check_document
from auditor.errors import UsageError
from auditor.model import CheckInfo
from auditor.practices import practices
from auditor.text import plain, shorten, wrap

FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)


@click.group()
def checks() -> None:
    """List the checks, or explain one."""


@checks.command("list")
@SELECTION
@FORMAT
def list_(form: str, **given: Any) -> None:
    """List the checks that the options choose."""
    infos = _infos(choose(**given))
    if form == "json":
        click.echo(json.dumps([check_document(info) for info in infos], indent=2))
        return
    room = max(shutil.get_terminal_size((120, 24)).columns - 70, 24)
    rows = [
        (info.id, info.severity.value, f"{info.pattern}.{info.control}", shorten(plain(info.title), room))
        for info in infos
    ]
    click.echo(tabulate(rows, ["check", "severity", "control", "good state"], tablefmt="simple", disable_numparse=True))
    click.echo(f"\n{len(infos)} checks; `auditor checks show ID` explains one", err=True)


@checks.command()
@click.argument("check_id", metavar="ID")
@SELECTION
@FORMAT
def show(check_id: str, form: str, **given: Any) -> None:
    """Explain one check: risk, fix, evidence, thresholds, practices."""
    if given.get("check"):
        raise UsageError("`checks show` takes the check as its argument; leave out --check")
    info = _infos(choose(**given | {"check": (check_id,)}))[0]
    if form == "json":
        click.echo(json.dumps(check_document(info), indent=2))
    else:
        click.echo("\n".join(_page(info)))


def _infos(choice: Choice) -> list[CheckInfo]:
    parameters = choice.profile.parameters
    infos = [describe(one, choice.plan, parameters.get(one.id, {})) for one in choice.checks]
    return sorted(infos, key=lambda info: (info.pattern, info.control, info.id))


def _page(info: CheckInfo) -> list[str]:
    width = min(shutil.get_terminal_size((100, 24)).columns, 100)
    known = practices()
    lines = [click.style(info.id, bold=True), *wrap(info.title, width), ""]
    facts = {
        "Severity": info.severity.value,
        "Judges": info.resource_type,
        "Pattern": f"{info.pattern}, control {info.control}",
        "Pillars": ", ".join(pillar.title for pillar in info.pillars),
    }
    lines += [f"{name + ':':<10}{value}" for name, value in facts.items()]
    for name, text in (("Why", info.why), ("Fix", info.fix)):
        lines += ["", click.style(name, bold=True), *(f"  {line}" for line in wrap(text, width - 2))]
    lines += _section("Practices", [f"{name}  {known[name].title}" for name in info.practices if name in known])
    lines += _section("Thresholds", [f"{name} = {json.dumps(value)}" for name, value in info.thresholds.items()])
    return lines + _section("Evidence", list(info.evidence))


def _section(title: str, rows: list[str]) -> list[str]:
    return ["", click.style(title, bold=True), *(f"  {row}" for row in rows)] if rows else []
