"""The command line. Each command is a module of its own, imported when it is called: `--help` stays instant."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from auditor.errors import AuditorError

_COMMANDS = {
    "scan": ("auditor.cli.scan", "scan", "Read an account and report how far it is from the patterns."),
    "assess": ("auditor.cli.assess", "assess", "Judge a snapshot again, offline."),
    "deliver": ("auditor.cli.deliver", "deliver_", "Send a saved report: Security Hub, S3, a webhook and others."),
    "diff": ("auditor.cli.diff", "diff_", "Compare two scans: what is new, fixed, changed or gone."),
    "topology": ("auditor.cli.topology", "topology", "Draw the tiers of an account, with what failed on them."),
    "recovery": ("auditor.cli.recovery", "recovery", "Show what the workloads can recover from, and how fast."),
    "history": ("auditor.cli.history", "history", "Show how findings and scores went over time."),
    "checks": ("auditor.cli.checks", "checks", "List and explain the checks."),
    "profiles": ("auditor.cli.profiles", "profiles", "List, show and validate audit profiles."),
    "permissions": ("auditor.cli.permissions", "permissions", "Print the least-privilege policy that a scan needs."),
    "regions": ("auditor.cli.regions", "regions", "List the regions of the account."),
}

EXIT_CODES = """\b
Exit codes:
  0    complete, and nothing at or over --fail-on
  1    internal error
  2    wrong usage
  3    findings at or over --fail-on
  4    otherwise clean, but a part could not be read
  130  interrupted; the partial report is written
"""


class _Lazy(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], _COMMANDS, 1)
            hint = f"did you mean {close[0]}?" if close else f"the commands are {', '.join(_COMMANDS)}"
            raise click.UsageError(f"there is no command {args[0]}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from auditor import __version__

        click.echo(f"auditor {__version__}")
        ctx.exit()


@click.group(
    cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}, epilog=EXIT_CODES
)
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Print the version."
)
def cli() -> None:
    """Audit an AWS account, read-only, against the patterns of the Well-Architected Framework.

    \b
    Start here:
      auditor scan --demo                      a demonstration account, no AWS needed
      auditor scan --profile PROD --region eu-west-1
      auditor permissions                      the policy that a scan needs
    """  # noqa: D301 - \b is click's mark for a paragraph that is not to be wrapped


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit. Every expected failure is one line on standard error."""
    try:
        code = cli.main(args=args, prog_name="auditor", standalone_mode=False)
    except click.exceptions.Abort:
        _stop("interrupted", 130)
    except KeyboardInterrupt:
        _stop("interrupted", 130)
    except click.ClickException as error:
        _stop(error.format_message(), error.exit_code, _usage(error))
    except AuditorError as error:
        _stop(str(error), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if os.environ.get("AUDITOR_TRACEBACK"):
            raise
        _stop(
            f"internal error: {type(error).__name__}: {error}; set AUDITOR_TRACEBACK=1 to see where, and report it", 1
        )
    sys.exit(code if isinstance(code, int) else 0)


def run() -> NoReturn:
    """The program: run the command line and leave at once, without taking a hundred clients apart first."""
    try:
        main()
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)


def _usage(error: click.ClickException) -> str:
    context: Any = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context else ""


def _stop(message: str, code: int, hint: str = "") -> NoReturn:
    from auditor.text import plain

    label = click.style("auditor:", fg="red", bold=True)
    for line in message.splitlines() or [""]:
        click.echo(f"{label} {plain(line)}", err=True)
    if hint:
        click.echo(hint, err=True)
    sys.exit(code)
