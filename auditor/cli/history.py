"""`auditor history`: what the scans that were kept with `--history` say over time."""

from __future__ import annotations

import csv
import io
import json
import shutil
import statistics
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from auditor.cli.options import option
from auditor.cli.output import say
from auditor.cli.parquet import write_parquet
from auditor.document import instant
from auditor.history import Episode, History, Scan, State, Tracked
from auditor.model import Pillar, Score
from auditor.text import plain, shorten

SCHEMA, VERSION = "auditor.history", "1.0"

Row = dict[str, Any]

_MOST = 50
"""Findings of a state that the table names; the other formats have all."""
_DAY = 86400
_SHORT = {
    Pillar.OPERATIONAL_EXCELLENCE: "ops",
    Pillar.SECURITY: "sec",
    Pillar.RELIABILITY: "rel",
    Pillar.PERFORMANCE_EFFICIENCY: "perf",
    Pillar.COST_OPTIMIZATION: "cost",
    Pillar.SUSTAINABILITY: "sus",
}

FILE = click.argument("file", type=click.Path(path_type=Path))
ACCOUNT = option("--account", metavar="ID", help="Only this account.")
FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json", "csv"]), default="table", show_default=True
)


@click.group()
def history() -> None:
    """Show how findings and scores went over time, from a FILE that `--history` keeps."""


@history.command()
@FILE
@ACCOUNT
@click.option("--state", type=click.Choice([state.value for state in State]), help="Only findings that stand so.")
@FORMAT
def show(file: Path, account: str | None, state: str | None, form: str) -> None:
    """Show each finding: since when it is open, when it was fixed, how often it came back."""
    with closing(History.open(file)) as opened:
        found = [one for one in opened.findings(account) if state in (None, one.state)]
    _FINDINGS[form](found)


@history.command()
@FILE
@ACCOUNT
@FORMAT
def trend(file: Path, account: str | None, form: str) -> None:
    """Show the scores of each scan, overall and by pillar."""
    with closing(History.open(file)) as opened:
        scans = opened.scans(account)
    _SCANS[form](scans)


@history.command()
@FILE
@ACCOUNT
@FORMAT
@click.option(
    "--parquet",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Write the findings to this Parquet file, and the scores beside it, instead of printing.",
)
def export(file: Path, account: str | None, form: str, parquet: Path | None) -> None:
    """Export everything: findings with all their episodes, scans with all their scores."""
    with closing(History.open(file)) as opened:
        found, scans = opened.findings(account), opened.scans(account)
    if parquet:
        scores = parquet.with_name(f"{parquet.stem}-scores{parquet.suffix}")
        write_parquet(parquet, _FINDING_COLUMNS, [finding_row(one) for one in found])
        write_parquet(scores, _SCORE_COLUMNS, [row for scan in scans for row in score_rows(scan)])
        say(f"Written:\n  {parquet}\n  {scores}")
    elif form == "json":
        _print_json({"findings": [_with_episodes(one) for one in found], "scans": [scan_row(scan) for scan in scans]})
    elif form == "csv":
        _FINDINGS["csv"](found)
    else:
        _SCANS["table"](scans)
        click.echo()
        _findings_table(found, most=None)


_FINDING_COLUMNS = {
    "account": "VARCHAR",
    "profile": "VARCHAR",
    "check": "VARCHAR",
    "region": "VARCHAR",
    "resource_arn": "VARCHAR",
    "resource_type": "VARCHAR",
    "resource_name": "VARCHAR",
    "severity": "VARCHAR",
    "state": "VARCHAR",
    "first_seen": "TIMESTAMPTZ",
    "last_seen": "TIMESTAMPTZ",
    "opened": "TIMESTAMPTZ",
    "resolved": "TIMESTAMPTZ",
    "how": "VARCHAR",
    "reopened": "BIGINT",
    "seconds_to_fix": "BIGINT",
    "reason": "VARCHAR",
}

_SCORE_COLUMNS = {
    "account": "VARCHAR",
    "profile": "VARCHAR",
    "started": "TIMESTAMPTZ",
    "complete": "BOOLEAN",
    "checks": "BIGINT",
    "of": "VARCHAR",
    "name": "VARCHAR",
    "value": "DOUBLE",
    "passed": "BIGINT",
    "failed": "BIGINT",
    "unknown": "BIGINT",
    "waived": "BIGINT",
}


def finding_row(one: Tracked) -> Row:
    """A finding as one row; the moments of `opened` and `resolved` are those of its last episode."""
    last = one.episodes[-1]
    return {
        "account": one.account,
        "profile": one.profile,
        "check": one.identity.check,
        "region": one.identity.region,
        "resource_arn": one.identity.arn,
        "resource_type": one.type,
        "resource_name": one.name,
        "severity": one.severity.value,
        "state": one.state.value,
        "first_seen": instant(one.episodes[0].opened),
        "last_seen": instant(last.last_seen),
        "opened": instant(last.opened),
        "resolved": instant(last.resolved) if last.resolved else None,
        "how": last.how.value if last.how else None,
        "reopened": one.reopened,
        "seconds_to_fix": one.seconds_to_fix,
        "reason": one.reason,
    }


def _with_episodes(one: Tracked) -> Row:
    return finding_row(one) | {"episodes": [_episode(episode) for episode in one.episodes]}


def _episode(episode: Episode) -> Row:
    return {
        "opened": instant(episode.opened),
        "last_seen": instant(episode.last_seen),
        "resolved": instant(episode.resolved) if episode.resolved else None,
        "how": episode.how.value if episode.how else None,
    }


def scan_row(scan: Scan) -> Row:
    """A scan with its scores, for JSON."""
    return {
        "account": scan.account,
        "alias": scan.alias,
        "profile": scan.profile,
        "started": instant(scan.started),
        "complete": scan.complete,
        "tool": scan.tool,
        "checks": scan.checks,
        "open_failures": scan.failed,
        "overall": _numbers(scan.overall),
        "pillars": {pillar.value: _numbers(score) for pillar, score in scan.pillars.items()},
        "patterns": {pattern: _numbers(score) for pattern, score in scan.patterns.items()},
    }


def score_rows(scan: Scan) -> Iterable[Row]:
    """A scan as one row a score."""
    about = {
        "account": scan.account,
        "profile": scan.profile,
        "started": instant(scan.started),
        "complete": scan.complete,
        "checks": scan.checks,
    }
    named = [("overall", "", scan.overall), *(("pillar", p.value, s) for p, s in scan.pillars.items())]
    named += [("pattern", name, score) for name, score in scan.patterns.items()]
    return [about | {"of": of, "name": name} | _numbers(score) for of, name, score in named]


def _numbers(score: Score) -> Row:
    return {
        "value": score.value,
        "passed": score.passed,
        "failed": score.failed,
        "unknown": score.unknown,
        "waived": score.waived,
    }


def _print_json(members: Row) -> None:
    click.echo(json.dumps({"schema": SCHEMA, "version": VERSION} | members, indent=2))


def _print_csv(columns: Iterable[str], rows: Iterable[Row]) -> None:
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(columns), quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _inert("" if value is None else str(value)) for key, value in row.items()})
    click.echo(out.getvalue(), nl=False)


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: `'` stands before what would be one."""
    return f"'{cell}" if cell.lstrip()[:1] in {*"=+-@'"} and cell.strip() else cell


def _findings_table(found: Sequence[Tracked], most: int | None = _MOST) -> None:
    accounts = len({one.account for one in found}) > 1
    columns = ["severity", "check", "resource", "first seen", "last seen", "came back", "fixed in"]
    for state in State:
        if chosen := [one for one in found if one.state is state]:
            click.echo(click.style(f"{state.value.capitalize()} ({len(chosen):,})", bold=True))
            rows = [_cells(one, account=accounts) for one in chosen[:most]]
            click.echo(tabulate(rows, columns, tablefmt="simple", disable_numparse=True))
            if most and len(chosen) > most:
                click.echo(f"... and {len(chosen) - most:,} more; --format json or csv has all")
            click.echo()
    click.echo(_sums(found))


def _cells(one: Tracked, *, account: bool) -> tuple[str, ...]:
    room = max((shutil.get_terminal_size((130, 24)).columns - 62) // 2, 20)
    place = f"{one.account}, {one.identity.region}" if account else one.identity.region
    return (
        one.severity.value,
        shorten(plain(one.identity.check), room),
        shorten(plain(f"{one.name} ({place})"), room),
        instant(one.episodes[0].opened)[:10],
        instant(one.episodes[-1].last_seen)[:10],
        f"{one.reopened}x" if one.reopened else "",
        "" if one.seconds_to_fix is None else _days(one.seconds_to_fix),
    )


def _days(seconds: float) -> str:
    return f"{seconds / _DAY:.1f} d"


def _sums(found: Sequence[Tracked]) -> str:
    counts = ", ".join(f"{sum(1 for one in found if one.state is state):,} {state.value}" for state in State)
    times = [one.seconds_to_fix for one in found if one.seconds_to_fix is not None]
    return counts + (f"; half of the resolved were fixed within {_days(statistics.median(times))}" if times else "")


def _scans_table(scans: Sequence[Scan]) -> None:
    columns = ["account", "profile", "scanned", "checks", "open", "score", *_SHORT.values(), ""]
    rows = [
        (
            scan.account,
            plain(scan.profile),
            instant(scan.started)[:16].replace("T", " "),
            scan.checks,
            scan.failed,
            _points(scan.overall.value),
            *(_points(scan.pillars[p].value if p in scan.pillars else None) for p in _SHORT),
            "" if scan.complete else "partial",
        )
        for scan in scans
    ]
    click.echo(tabulate(rows, columns, tablefmt="simple", disable_numparse=True))


def _points(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


_FINDINGS: dict[str, Callable[[Sequence[Tracked]], None]] = {
    "table": _findings_table,
    "json": lambda found: _print_json({"findings": [_with_episodes(one) for one in found]}),
    "csv": lambda found: _print_csv(_FINDING_COLUMNS, map(finding_row, found)),
}

_SCANS: dict[str, Callable[[Sequence[Scan]], None]] = {
    "table": _scans_table,
    "json": lambda scans: _print_json({"scans": [scan_row(scan) for scan in scans]}),
    "csv": lambda scans: _print_csv(_SCORE_COLUMNS, (row for scan in scans for row in score_rows(scan))),
}
