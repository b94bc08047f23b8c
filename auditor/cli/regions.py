"""`auditor regions`: which regions the account has."""

from __future__ import annotations

import json

import click
from tabulate import tabulate

from auditor.cli.options import AWS


@click.command()
@AWS
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def regions(profile: str | None, role_arn: str | None, external_id: str | None, form: str) -> None:
    """List the regions of the account: a scan reads the enabled ones."""
    from auditor.cloud.session import open_cloud

    states = open_cloud(profile, role_arn, external_id).region_states()
    if form == "json":
        click.echo(json.dumps([{"region": name, "enabled": on} for name, on in states.items()], indent=2))
        return
    rows = [(name, "enabled" if on else "disabled") for name, on in states.items()]
    click.echo(tabulate(rows, ["region", "state"], tablefmt="simple", disable_numparse=True))
