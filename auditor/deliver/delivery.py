"""What a delivery is, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from auditor.calls import Call
from auditor.model import Assessment

HOME = ""
"""The region that the credentials come with, where a delivery has no region of its own."""

Clients = Callable[[str, str], Any]
"""Gives the boto3 client of a service (boto3's name) in a region, or at HOME."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery."""

    counts: Mapping[str, Mapping[str, int]]
    """By place (a region, a bucket, a workload): what happened how often, for example `{"new": 3, "archived": 1}`."""
    problems: Sequence[str] = ()
    """One line each, on what could not be delivered: where, why, and what to do."""
    notes: Sequence[str] = ()
    """One line each, on what there is to know and nothing to do about."""
    files: Sequence[Path] = field(default=())
    """Files of this machine that were written."""


class Delivery(Protocol):
    """A way to send an assessment."""

    @property
    def title(self) -> str:
        """What it is called in a message: `Security Hub`."""

    @property
    def calls(self) -> Sequence[Call]:
        """The API operations that it makes; none where it does not go to AWS."""

    @property
    def at_home(self) -> bool:
        """Whether it must be sent with credentials of the audited account itself."""

    def send(self, assessment: Assessment, clients: Clients) -> Receipt:
        """Send it; what fails is in the receipt. Raises AuditorError only before anything was sent."""
