"""`auditor profiles`: which audit profiles there are, and whether yours is right."""

from __future__ import annotations

import json
from pathlib import Path

import click
from tabulate import tabulate

from auditor.cli.options import option
from auditor.profile import Profile, available, load_profile, schema
from auditor.registry import load

CHECKS_PATH = option(
    "--checks-path", metavar="DIR", type=click.Path(path_type=Path), help="A folder of your own checks."
)


@click.group()
def profiles() -> None:
    """List, show and validate audit profiles."""


@profiles.command("list")
def list_() -> None:
    """List the installed profiles."""
    rows = [(one.name, one.title) for one in available()]
    click.echo(tabulate(rows, ["profile", "for"], tablefmt="simple", disable_numparse=True))


@profiles.command()
@click.argument("profile", metavar="NAME|FILE")
@CHECKS_PATH
def show(profile: str, checks_path: Path | None) -> None:
    """Show what a profile chooses and sets, with what it extends."""
    registry = load(checks_path.resolve() if checks_path else None)
    loaded = load_profile(profile, registry)
    click.echo("\n".join(_page(loaded, len(loaded.select(registry.checks)), len(registry.checks))))


def _page(profile: Profile, chosen: int, total: int) -> list[str]:
    lines = [click.style(profile.name, bold=True), profile.title, "", " ".join(profile.description.split()), ""]
    lines.append(f"Checks: {chosen} of {total}")
    lines += [
        f"  {check}.{name} = {json.dumps(value)}"
        for check, values in profile.parameters.items()
        for name, value in values.items()
    ]
    lines += [f"Waiver: {', '.join(w.checks)} until {w.expires} by {w.owner}: {w.reason}" for w in profile.waivers]
    lines += [f"Workload: {workload.name}" for workload in profile.workloads]
    return lines


@profiles.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@CHECKS_PATH
def validate(files: tuple[str, ...], checks_path: Path | None) -> None:
    """Check profile files; every mistake is named with file, line and key."""
    registry = load(checks_path.resolve() if checks_path else None)
    for file in files:
        profile = load_profile(file, registry)
        click.echo(f"{file}: fine, {len(profile.select(registry.checks))} of {len(registry.checks)} checks")


@profiles.command("schema")
@CHECKS_PATH
def schema_(checks_path: Path | None) -> None:
    """Print the JSON Schema of profiles, with the thresholds of the installed checks, for editors."""
    click.echo(json.dumps(schema(load(checks_path.resolve() if checks_path else None)), indent=2))
