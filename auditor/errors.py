"""What can go wrong, each with the exit code of the program. A message says what, where and what to do."""

from __future__ import annotations

from typing import ClassVar

from auditor.model import Gap


class AuditorError(Exception):
    """The root: an expected failure with a message for the user."""

    exit_code: ClassVar[int] = 1


class UsageError(AuditorError):
    """The user asked for something that is not there or not allowed."""

    exit_code = 2


class CredentialsError(UsageError):
    """There are no usable AWS credentials."""


class WiringError(UsageError):
    """A check, collector or inference asks for something that nothing provides."""


class ProfileError(UsageError):
    """An audit profile is wrong."""


class SnapshotError(UsageError):
    """A snapshot file cannot be used."""


class UndeclaredError(AuditorError):
    """A collector made a call that it did not declare: a defect of the collector."""


class Unread(Exception):  # noqa: N818 - a state of the evidence, not a failure of the program
    """Evidence could not be read. Whoever asked for it answers UNKNOWN, with the gap's reason."""

    def __init__(self, gap: Gap) -> None:
        super().__init__(gap)
        self.gap = gap

    def __str__(self) -> str:
        return self.gap.reason


class Absent(Exception):  # noqa: N818 - an answer: there is no such thing
    """AWS answered that there is nothing there, by one of the codes that the call declares."""


class Unserved(Absent):
    """The region does not have the service."""
