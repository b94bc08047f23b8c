"""Options that commands share. Every one can be given as an environment variable: `--role-arn` is AUDITOR_ROLE_ARN."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from auditor.model import Pillar, Severity

F = TypeVar("F", bound=Callable[..., Any])


def option(*names: str, **settings: Any) -> Callable[[F], F]:
    """A click option with its environment variable, which its help names."""
    longest = max((name for name in names if name.startswith("--")), key=len).partition("/")[0]
    variable = "AUDITOR_" + longest.removeprefix("--").replace("-", "_").upper()
    return click.option(*names, envvar=variable, show_envvar=True, **settings)


def together(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order that the help shows."""

    def wrap(function: F) -> F:
        for one in reversed(options):
            function = one(function)
        return function

    return wrap


class Words(click.ParamType):  # type: ignore[type-arg, unused-ignore]  # generic since click 8.3
    """One word or several with commas between: `--region eu-west-1,eu-central-1`."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:  # noqa: ARG002 - click's signature
        """Split the text of an option or a variable; click asks again for what it has converted."""
        if isinstance(value, tuple):
            return value
        return tuple(word for part in str(value).split(",") for word in part.split())


class Written(click.types.StringParamType):
    """Words that belong together; in an environment variable several have semicolons between."""

    envvar_list_splitter = ";"


def several(*names: str, **settings: Any) -> Callable[[F], F]:
    """An option that may be given more than once, or with commas; its value is a flat tuple."""
    return option(*names, type=Words(), multiple=True, callback=_flat, **settings)


def _flat(_ctx: click.Context, _param: click.Parameter, value: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(word for words in value for word in words)


def credentials(role: str) -> Callable[[F], F]:
    """The options that say in whose name AWS is asked; `role` is the help of the role."""
    return together(
        option("--profile", help="The AWS profile to use; by default boto3's own chain of credentials."),
        option("--role-arn", metavar="ARN", help=role),
        option("--external-id", metavar="ID", help="The external id that the role asks for."),
    )


AWS = credentials("A role to assume, for reading only.")
SENDER = credentials("A role to assume; its session may send this, and do nothing else.")

SELECTION = together(
    option(
        "--audit-profile",
        metavar="NAME|FILE",
        default="default",
        show_default=True,
        help="What to check, and how strictly.",
    ),
    option(
        "--checks-path",
        metavar="DIR",
        type=click.Path(path_type=Path),
        help="A folder of your own checks, added to the installed ones.",
    ),
    several("--check", metavar="GLOB", help="Only these checks."),
    several("--exclude-check", metavar="GLOB", help="All but these checks."),
    several("--pattern", metavar="PATTERN", help="Only checks of these patterns."),
    several("--pillar", metavar="PILLAR", help=f"Only checks of these pillars: {', '.join(Pillar)}."),
    option(
        "--severity",
        type=click.Choice([severity.value for severity in Severity]),
        help="Only checks of this severity or worse.",
    ),
    several("--service", metavar="SERVICE", help="Only checks of these services, for example s3 or ec2."),
)

PAID = option(
    "--allow-paid-calls",
    is_flag=True,
    help="Make the calls that cost money too: a few to Cost Explorer, at 0.01 USD each.",
)

REPORT = together(
    several(
        "--format",
        "formats",
        metavar="FORMAT",
        help="table, json, csv, html, or another installed format; may be several.",
    ),
    option(
        "--group-by",
        type=click.Choice(["control", "requirement"]),
        default="control",
        show_default=True,
        help="What reports for people begin with: controls, or the requirements of the profile's framework.",
    ),
    option("--output-dir", type=click.Path(path_type=Path), metavar="DIR", help="Where report files go."),
    option(
        "--fail-on",
        type=click.Choice([severity.value for severity in Severity]),
        help="Exit with 3 where a finding is of this severity or worse.",
    ),
    option(
        "--baseline",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Leave out the failures that this earlier JSON report or snapshot has too.",
    ),
    option(
        "--history",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Add the scan to this file, which `auditor history` reads.",
    ),
)

DELIVER = together(
    option(
        "--deliver",
        type=Written(),
        multiple=True,
        metavar="DELIVERY",
        help="Send the result, as after `auditor deliver`: securityhub, 's3 BUCKET', webhook; may be several"
        " (in the variable with ; between).",
    ),
    option("--deliver-role-arn", metavar="ARN", help="The role that sends; by default the one that reads."),
)

VERBOSITY = together(
    click.option("-v", "--verbose", is_flag=True, help="Say more: regions left out, every read that failed."),
    click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors and the paths of files."),
)
