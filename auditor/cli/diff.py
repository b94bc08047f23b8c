"""`auditor diff`: what became of an account between two scans."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import click
from tabulate import tabulate

from auditor.cli.assessments import read_assessment
from auditor.cli.options import option
from auditor.cli.selection import choose
from auditor.cli.verdict import CLEAN, FINDINGS
from auditor.diff import Change, Diff, Kind, State, diff, document
from auditor.document import instant
from auditor.model import Severity
from auditor.text import line, plain, shorten

TITLES = {
    Kind.NEW: "New failures",
    Kind.FIXED: "Fixed",
    Kind.CHANGED: "Changed",
    Kind.GONE: "Gone: no longer there, or no longer judged",
}
_SAID = {
    State.FAIL: "failed",
    State.WAIVED: "waived",
    State.UNKNOWN: "unknown",
    State.ERROR: "error",
    State.MANUAL: "to answer",
    State.PASS: "passed",
    State.ABSENT: "not there",
    State.NOT_RUN: "not looked at",
}
_CELL = 200
_MOST = 50
"""Changes of a kind that the table and Markdown name; JSON has all of them."""


@click.command("diff")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@option(
    "--audit-profile",
    metavar="NAME|FILE",
    default="default",
    show_default=True,
    help="By which a snapshot is judged; a JSON report has been judged already.",
)
@option(
    "--checks-path",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="A folder of your own checks, by which a snapshot is judged too.",
)
@click.option("--format", "form", type=click.Choice(["table", "json", "markdown"]), default="table", show_default=True)
@option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    help="Exit with 3 where a failure that is new, or got worse, is of this severity or worse.",
)
@click.pass_context
def diff_(
    ctx: click.Context,
    before: Path,
    after: Path,
    audit_profile: str,
    checks_path: Path | None,
    form: str,
    fail_on: str | None,
) -> None:
    """Compare two scans of one account: JSON reports or snapshots, the earlier one first.

    A failure that became UNKNOWN is not fixed, and what only one of the scans looked at is not compared.
    """
    choice = cache(lambda: choose(audit_profile=audit_profile, checks_path=checks_path))
    found = diff(read_assessment(before, choice), read_assessment(after, choice))
    click.echo(FORMATS[form](found))
    ctx.exit(FINDINGS if fail_on and found.reaches(Severity(fail_on)) else CLEAN)


def _json(found: Diff) -> str:
    return json.dumps(document(found), indent=2)


def _table(found: Diff) -> str:
    sections = [[click.style(_heading(found), bold=True), _sums(found)]]
    for kind, title in TITLES.items():
        if changes := _worth_naming(found, kind):
            rows = [_cells(change) for change in changes[:_MOST]]
            table = tabulate(rows, ["severity", "check", "resource", "", "because"], disable_numparse=True)
            sections.append([click.style(f"{title} ({len(changes):,})", bold=True), table, *_rest(len(changes))])
    if notes := [*_uncompared(found), *found.notes]:
        sections.append([click.style("To know", bold=True), *(f"- {plain(note)}" for note in notes)])
    return "\n\n".join("\n".join(section) for section in sections)


def _cells(change: Change) -> tuple[str, ...]:
    room = max((shutil.get_terminal_size((140, 24)).columns - 60) // 3, 20)
    return (
        change.severity.value,
        shorten(plain(change.identity.check), room + 10),
        shorten(_resource(change), room),
        _step(change),
        shorten(_reason(change), room + 20),
    )


def _worth_naming(found: Diff, kind: Kind) -> list[Change]:
    """The changes of a kind without those that are in the words of the reason only."""
    return [change for change in found.of(kind) if not _only_words(change)]


def _only_words(change: Change) -> bool:
    before, after = change.before, change.after
    return bool(before and after and change.was is change.now and before.severity is after.severity)


def _heading(found: Diff) -> str:
    before, after = found.before, found.after
    moments = " to ".join(instant(one.scan.started) for one in (before, after))
    scores = " to ".join(_score(one.scores.overall.value) for one in (before, after))
    return f"Account {plain(after.scan.account)}, {moments}: score {scores}"


def _score(value: float | None) -> str:
    return "not judged" if value is None else f"{value:g}"


def _sums(found: Diff) -> str:
    counts = [f"{len(found.of(kind)):,} {kind.value.replace('_', ' ')}" for kind in Kind if kind is not Kind.UNCHANGED]
    same = ", ".join(f"{times:,} {_SAID[state]}" for state, times in found.unchanged.items())
    return f"{', '.join(counts)}; {sum(found.unchanged.values()):,} unchanged" + (f" ({same})" if same else "")


def _step(change: Change) -> str:
    if change.was is change.now and change.before and change.after:
        return f"{change.before.severity.value} to {change.after.severity.value}"
    return f"{_SAID[change.was]} to {_SAID[change.now]}"


def _resource(change: Change) -> str:
    return f"{plain(change.resource.name)} ({plain(change.resource.region)})"


def _reason(change: Change) -> str:
    """Why it is as it is now; for what is gone, why it was as it was; where it cannot be seen, that."""
    if change.after is None and change.now is State.UNKNOWN:
        return "a part of the check could not be read"
    some = change.after or change.before
    return line(some.reason) if some else ""


def _rest(total: int) -> list[str]:
    return [f"... and {total - _MOST:,} more; --format json has all"] if total > _MOST else []


def _uncompared(found: Diff) -> Iterator[str]:
    words = sum(1 for change in found.of(Kind.CHANGED) if _only_words(change))
    if words:
        yield f"{words:,} of the changed differ only in reason or waiver, and are not named"
    for side, name in (("before", "first"), ("after", "second")):
        if checks := [check for check, only in found.not_run.items() if only == side]:
            yield f"only the {name} scan ran {_list(checks)}: not compared"


def _list(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most:,} more checks" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _markdown(found: Diff) -> str:
    lines = [f"# {escape(_heading(found))}", "", escape(_sums(found))]
    for kind, title in TITLES.items():
        if changes := _worth_naming(found, kind):
            lines += ["", f"## {title} ({len(changes):,})", "", "| severity | check | resource | | because |"]
            lines += ["|---|---|---|---|---|", *(_row(change) for change in changes[:_MOST])]
            lines += ["", *_rest(len(changes))] if len(changes) > _MOST else []
    if notes := [*_uncompared(found), *found.notes]:
        lines += ["", "## To know", "", *(f"- {escape(note)}" for note in notes)]
    return "\n".join(lines)


def _row(change: Change) -> str:
    texts = (shorten(text, _CELL) for text in (_resource(change), _step(change), _reason(change)))
    return f"| {' | '.join((change.severity.value, _code(change.identity.check), *map(escape, texts)))} |"


def _code(check: str) -> str:
    return f"`{check}`" if check.isidentifier() else escape(check)


_MARKUP = re.compile(r"[\\`*_\[\]~|$]")
_REFERENCE = re.compile(r"[@#!](?=\w)|:(?=//)|\bwww(?=\.)|\bGH-(?=\d)", re.IGNORECASE)
"""What a forge turns into a mention, an issue or a link after Markdown is done: a space of no width parts it."""


def escape(text: str) -> str:
    """Text that Markdown shows as it is, within a line or a table: no markup, mention or link comes of a name."""
    parted = _REFERENCE.sub(lambda found: f"{found[0]}\u200b", plain(text))
    return _MARKUP.sub(r"\\\g<0>", html.escape(parted, quote=False))


FORMATS: dict[str, Callable[[Diff], str]] = {"table": _table, "json": _json, "markdown": _markdown}
