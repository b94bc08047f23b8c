"""`auditor deliver`: send a saved assessment to another system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from auditor.cli.deliveries import KINDS, Credentials, Kind, Outbox, tell
from auditor.cli.options import SENDER, option
from auditor.cli.output import say
from auditor.cli.verdict import CLEAN, INCOMPLETE
from auditor.errors import UsageError
from auditor.saved import is_snapshot, load


@click.group("deliver")
def deliver_() -> None:
    """Send a saved assessment, a JSON report of `auditor scan`, to another system.

    Nothing that exists there is closed by mistake, and sending the same assessment twice changes nothing.
    """


def _command(name: str, kind: Kind) -> click.Command:
    @click.command(name, help=kind.help, short_help=kind.short)
    @click.argument("assessment", type=click.Path(path_type=Path), required=name != "securityhub")
    @kind.options
    @option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
    @SENDER
    @option("--region", help="The region to start from; by default that of the AWS profile.")
    @click.option("-q", "--quiet", is_flag=True, help="Say nothing but what could not be delivered.")
    @click.pass_context
    def run(ctx: click.Context, /, assessment: Path | None, *, quiet: bool, **given: Any) -> None:
        credentials = Credentials(*(given.pop(key) for key in ("profile", "role_arn", "external_id", "region")))
        resume = given.pop("resume", False)
        made = kind.make(**given)

        def show(text: str) -> None:
            say(text, quiet=quiet)

        if resume:
            cloud = credentials.open(made)
            sound = tell(made, made.resume(cloud.client), show)  # type: ignore[attr-defined]
        elif assessment is None:
            raise UsageError("name the ASSESSMENT to send, or --resume what waits in the --spool")
        else:
            sound = Outbox([made], credentials).send(_read(assessment), show)
        ctx.exit(CLEAN if sound else INCOMPLETE)

    if name == "securityhub":
        run = option("--resume", is_flag=True, help="Send what waits in the --spool, and no assessment.")(run)
    return run


def _read(path: Path) -> Any:
    if is_snapshot(path):
        raise UsageError(f"{path} is a snapshot; `auditor assess {path} --format json > report.json` judges it first")
    return load(path)


for _name, _kind in KINDS.items():
    deliver_.add_command(_command(_name, _kind))
