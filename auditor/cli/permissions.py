"""`auditor permissions`: the least that a scan needs, as a policy."""

from __future__ import annotations

from typing import Any

import click

from auditor.cli.options import PAID, SELECTION
from auditor.cli.output import say
from auditor.cli.selection import choose
from auditor.permissions import FORMATS, SIZE_LIMIT, actions


@click.command()
@SELECTION
@PAID
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="json", show_default=True)
def permissions(form: str, **given: Any) -> None:
    """Print the least-privilege policy for the chosen checks: reading actions only."""
    needed = actions(choose(**given).plan)
    text = FORMATS[form](needed)
    click.echo(text)
    if form == "json" and len(text) > SIZE_LIMIT:
        say(f"note: over {SIZE_LIMIT:,} characters, the most a managed policy may have; the other formats split it")
