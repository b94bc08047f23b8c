"""What a scan has to do with earlier ones: the history that it is added to, the baseline that it is held against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import click

from auditor.cli.assessments import read_assessment
from auditor.cli.output import say
from auditor.cli.selection import Choice
from auditor.cli.verdict import CLEAN, INCOMPLETE, exit_code
from auditor.diff import DiffError, since
from auditor.history import HistoryError, Recorded, examine, record
from auditor.model import Assessment
from auditor.text import plain


@dataclass(frozen=True, slots=True)
class Past:
    """Both, as far as they are asked for."""

    baseline: Assessment | None
    history: Path | None

    def apply(self, assessment: Assessment, *, quiet: bool) -> Present:
        """Keep the assessment in the history, then leave out what the baseline has; what fails is only said."""
        sound = True
        try:
            assessment = self._kept(assessment, quiet=quiet)
        except HistoryError as error:
            sound = _complain(error)
        try:
            assessment = self._narrowed(assessment, quiet=quiet)
        except DiffError as error:
            sound = _complain(error)
        return Present(assessment, sound)

    def _kept(self, assessment: Assessment, *, quiet: bool) -> Assessment:
        if not self.history:
            return assessment
        recorded, trend = record(self.history, assessment)
        say(f"History: {_said(recorded)}", quiet=quiet)
        return replace(assessment, trend=trend)

    def _narrowed(self, assessment: Assessment, *, quiet: bool) -> Assessment:
        if not self.baseline:
            return assessment
        narrowed = since(assessment, self.baseline)
        say(f"Baseline: {plain(narrowed.warnings[0])}", quiet=quiet)
        return narrowed


@dataclass(frozen=True, slots=True)
class Present:
    """What is reported."""

    assessment: Assessment
    sound: bool
    """Whether history and baseline did what was asked of them."""

    def exit_code(self, fail_on: str | None) -> int:
        """The assessment's; never clean where a part of the order failed."""
        code = exit_code(self.assessment, fail_on)
        return INCOMPLETE if code == CLEAN and not self.sound else code


def open_past(baseline: Path | None, history: Path | None, choice: Choice) -> Past:
    """Read the baseline and look at the history, before a scan begins: what is wrong with them is said at once."""
    if history:
        examine(history)
    return Past(read_assessment(baseline, lambda: choice) if baseline else None, history)


def _complain(error: Exception) -> bool:
    click.echo(f"{click.style('auditor:', fg='red', bold=True)} {plain(str(error))}", err=True)
    return False


def _said(recorded: Recorded) -> str:
    if recorded.late:
        return "a later scan is there already; only this one's scores were added"
    if recorded.again and not (recorded.opened or recorded.reopened or recorded.resolved):
        return "this scan was there already; nothing changed"
    return f"{recorded.opened:,} new, {recorded.reopened:,} reopened, {recorded.resolved:,} resolved"
