"""`auditor scan`: read an account, judge it, report."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.options import AWS, DELIVER, PAID, REPORT, SELECTION, VERBOSITY, option, several, together
from auditor.cli.output import Output, choose_output, say
from auditor.cli.past import Past, open_past
from auditor.cli.progress import progress
from auditor.cli.selection import Choice, choose
from auditor.cli.verdict import CLEAN, INCOMPLETE, INTERRUPTED, next_steps
from auditor.cloud.session import Identity, open_cloud
from auditor.crew import MOST, Part, sensible_processes
from auditor.errors import UsageError
from auditor.model import Account, Assessment, Region
from auditor.scan import assess_snapshot, record
from auditor.scheduler import WORKERS
from auditor.snapshot import Snapshot
from auditor.transport import Tally
from auditor.tuning import no_collections, rare_collections, spare_memory

if TYPE_CHECKING:
    from auditor.cli.deliveries import Outbox

_MOST_WORKERS = 256


@dataclass(frozen=True, slots=True)
class Target:
    """Whose account, and which part of it."""

    profile: str | None
    role_arn: str | None
    external_id: str | None
    region: Sequence[str]
    demo: bool


@dataclass(frozen=True, slots=True)
class Run:
    """How a scan is carried out."""

    snapshot: Path | None
    resume: bool
    max_workers: int
    processes: int
    verbose: bool
    quiet: bool


@click.command()
@AWS
@several("--region", metavar="REGION", help="Regions to read, or all; by default all that are enabled.")
@SELECTION
@PAID
@REPORT
@DELIVER
@together(
    option(
        "--snapshot",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Keep what was read, for `auditor assess`.",
    ),
    option("--resume", is_flag=True, help="Go on with an interrupted --snapshot."),
    option("--dry-run", is_flag=True, help="Print the calls that a scan would make, and make none."),
    option(
        "--max-workers",
        type=click.IntRange(1, _MOST_WORKERS),
        default=WORKERS,
        show_default=True,
        help="Threads that read, in each process.",
    ),
    option(
        "--processes",
        type=click.IntRange(1, MOST),
        help="Processes that read, each with its threads; by default one a core.",
    ),
    option("--demo", is_flag=True, help="Scan a demonstration account, without AWS."),
)
@VERBOSITY
@click.pass_context
def scan(ctx: click.Context, /, **given: Any) -> None:
    """Read an account, read-only, and report how far it is from the patterns.

    Nothing in the account is changed. What could not be read is reported as UNKNOWN, never as passed.
    """
    target = Target(*(given.pop(name) for name in ("profile", "role_arn", "external_id", "region", "demo")))
    run = Run(*(given.pop(name) for name in ("snapshot", "resume", "max_workers", "processes", "verbose", "quiet")))
    formats, folder, fail_on, dry_run = (given.pop(name) for name in ("formats", "output_dir", "fail_on", "dry_run"))
    if run.resume and not run.snapshot:
        raise UsageError("--resume needs --snapshot FILE: the scan to go on with")
    baseline, history = given.pop("baseline"), given.pop("history")
    outbox = _outbox(target, given.pop("deliver"), given.pop("deliver_role_arn"))
    choice = choose(**given)
    if dry_run:
        _print_calls(choice)
        return
    output = choose_output(formats, folder, quiet=run.quiet)
    past = open_past(baseline, history, choice)
    ctx.exit(_scan(target, run, choice, output, past, outbox, fail_on))


def _scan(
    target: Target, run: Run, choice: Choice, output: Output, past: Past, outbox: Outbox | None, fail_on: str | None
) -> int:
    spare_memory()
    with rare_collections(), _account(target, quiet=run.quiet), _snapshot(run) as snapshot:
        outcome = _record(target, run, choice, snapshot)
        with no_collections():
            assessment = assess_snapshot(snapshot, choice.registry, choice.checks, choice.plan, choice.settings)
    present = past.apply(assessment, quiet=run.quiet)
    report(present.assessment, output, run.snapshot, verbose=run.verbose, quiet=run.quiet)
    arrived = not outbox or outbox.send(assessment, lambda text: say(text, quiet=run.quiet))
    code = INTERRUPTED if outcome.interrupted else present.exit_code(fail_on)
    return code if arrived or code != CLEAN else INCOMPLETE


def _outbox(target: Target, deliveries: Sequence[str], role_arn: str | None) -> Outbox | None:
    """What is to be sent after the scan; what is wrong with it is said before."""
    if not deliveries:
        return None
    if target.demo:
        raise UsageError("--deliver sends to real systems, and --demo has nothing to tell them; choose one")
    from auditor.cli.deliveries import Credentials, Outbox, parse

    near = next((name for name in target.region if name != "all"), None)
    credentials = Credentials(target.profile, role_arn or target.role_arn, target.external_id, near)
    return Outbox([parse(text) for text in deliveries], credentials)


def _account(target: Target, *, quiet: bool) -> AbstractContextManager[None]:
    """The demonstration account while it is open, or the real one."""
    if not target.demo:
        return nullcontext()
    from auditor.demo.account import demo_account

    say("Building the demonstration account (two regions, in this process, no AWS) ...", quiet=quiet)
    return demo_account()


def _record(target: Target, run: Run, choice: Choice, snapshot: Snapshot) -> Part:
    near = next((name for name in target.region if name != "all"), None)
    cloud = open_cloud(target.profile, target.role_arn, target.external_id, near, choice.plan.calls)
    identity = cloud.identity()
    regions = tuple(snapshot.meta("regions") or cloud.regions(_wanted(target)))
    _say_whom(identity, regions, choice, quiet=run.quiet)
    tally = Tally()
    processes = 1 if target.demo else run.processes or sensible_processes()
    with progress(tally, len(regions), enabled=not run.quiet):
        return record(
            cloud, identity, regions, choice.plan, snapshot, tally, workers=run.max_workers, processes=processes
        )


def _say_whom(identity: Identity, regions: Sequence[str], choice: Choice, *, quiet: bool) -> None:
    named = f" ({identity.alias})" if identity.alias else ""
    checks = "1 check" if len(choice.checks) == 1 else f"{len(choice.checks)} checks"
    say(f"Account {identity.account}{named} as {identity.caller}: {checks}, {_places(regions)}", quiet=quiet)


def _wanted(target: Target) -> Sequence[str]:
    """The regions that are asked for; none: all that are enabled."""
    if target.region or not target.demo:
        return target.region
    from auditor.demo.clients import PRIMARY, RECOVERY

    return PRIMARY, RECOVERY


def _places(regions: Sequence[str]) -> str:
    few = 4
    return ", ".join(regions) if len(regions) <= few else f"{len(regions)} regions"


@contextmanager
def _snapshot(run: Run) -> Iterator[Snapshot]:
    """The file that is asked for, or one for this run only."""
    folder = None if run.snapshot else Path(tempfile.mkdtemp(prefix="auditor-"))
    path = run.snapshot or Path(str(folder)) / "scan.db"
    snapshot = Snapshot.open(path) if run.resume and path.exists() else Snapshot.create(path)
    try:
        yield snapshot
    finally:
        snapshot.close()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


def report(assessment: Assessment, output: Output, snapshot: Path | None, *, verbose: bool, quiet: bool) -> None:
    """Show and write the reports, then say where the files are and what to do next."""
    output.show(assessment)
    files = output.write(assessment)
    if verbose:
        _say_unread(assessment)
    if not quiet:
        _say_next(list(next_steps(assessment, files, snapshot)))
    _say_written([*files, *([snapshot] if snapshot else [])], quiet=quiet)


def _say_unread(assessment: Assessment) -> None:
    for entry in assessment.unread:
        say(f"not read: {entry.gap.reason} [{entry.gap.code}] {entry.gap.message}")


def _say_next(steps: Sequence[str]) -> None:
    if steps:
        say("\nNext:")
    for step in steps:
        say(f"  - {step}")


def _say_written(paths: Sequence[Path], *, quiet: bool) -> None:
    if paths:
        say("\nWritten:", quiet=quiet)
    for path in paths:
        say(str(path) if quiet else f"  {path}")


def _print_calls(choice: Choice) -> None:
    """Every operation of the plan, with how often: a constant, or once a resource."""
    rows: dict[str, set[str]] = {}
    for one in choice.plan.collectors:
        for call in one.calls:
            rows.setdefault(call.name, set()).add(_how_often(one.scope))
    for call in choice.plan.calls:
        often = " and ".join(sorted(rows.get(call.name, {"per region, in batches"})))
        click.echo(f"{call.name:<62} {often}")
    say(f"\n{len(choice.plan.calls)} operations for {len(choice.checks)} checks; no call was made")


def _how_often(scope: type) -> str:
    if scope is Account:
        return "once"
    return "once a region" if scope is Region else f"once for each {scope.__name__}"
