"""Answers to the Well-Architected Tool: practices that the account follows are selected in a workload's review."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from auditor.calls import Call, call
from auditor.cloud.asking import RefusedError, ask
from auditor.deliver.delivery import HOME, Clients, Receipt
from auditor.deliver.lens_ledger import Update, standings, update
from auditor.document import instant
from auditor.model import Assessment
from auditor.registry import load
from auditor.text import plain

READS = (
    call("wellarchitected", "ListWorkloads"),
    call("wellarchitected", "ListLensReviews"),
    call("wellarchitected", "ListAnswers"),
    call("wellarchitected", "GetAnswer"),
)
WRITES = (
    call("wellarchitected", "CreateWorkload"),
    call("wellarchitected", "CreateMilestone"),
    call("wellarchitected", "UpdateAnswer"),
)

LENS = "wellarchitected"
_PAGE = 50
_PAUSES = (0.5, 2.0)
"""Seconds before a further try, where somebody else is writing."""
_CONFLICT = "ConflictException"
_MOST_TOLD = 10


def mapped() -> Mapping[str, frozenset[str]]:
    """The ids of all installed checks, by practice."""
    found: dict[str, set[str]] = defaultdict(set)
    for check in load().checks.values():
        for practice in check.practices:
            found[practice].add(check.id)
    return {practice: frozenset(ids) for practice, ids in found.items()}


class _NoWorkloadError(Exception):
    """There is nothing to write into; the text says what to do."""


@dataclass(frozen=True, slots=True)
class WellArchitected:
    """The delivery, with its settings."""

    workload: str
    """Its name in the tool."""
    create: bool = False
    """Make it, where there is none."""
    owner: str = "auditor"
    """The review owner of a workload that is made."""
    lens: str = LENS
    dry_run: bool = False
    mapped: Callable[[], Mapping[str, frozenset[str]]] = mapped
    sleep: Callable[[float], None] = time.sleep

    @property
    def title(self) -> str:
        """Its name in messages."""
        return f"Well-Architected Tool, {self.workload}"

    @property
    def calls(self) -> Sequence[Call]:
        """What it calls; a dry run only reads."""
        return READS if self.dry_run else (*READS, *WRITES)

    @property
    def at_home(self) -> bool:
        """A workload may span accounts, and be reviewed in another."""
        return False

    def send(self, assessment: Assessment, clients: Clients) -> Receipt:
        """Bring the review up to date: first a milestone, then the answers that change, one call each."""
        client = clients("wellarchitected", HOME)
        found = standings(assessment, self.mapped())
        try:
            workload = self._workload(client, assessment)
            review = _Review(client, workload, self.lens, self.sleep)
            review.insist_on_lens()
            changes = {one: update(review.answer(one), found[one], assessment) for one in review.questions(found)}
            strangers = sorted(set(found) - set(changes))
            if not self.dry_run:
                review.send(changes, assessment)
        except (RefusedError, _NoWorkloadError) as error:
            return Receipt({self.workload: {"not sent": 1}}, [f"{self.title}: {error}"])
        problems = [f"{self.title}: {line}" for line in review.problems]
        return Receipt(
            {self.workload: _counts(changes, changes if self.dry_run else review.sent)},
            problems,
            [*_lines(changes, self), *_warnings(changes, strangers)],
        )

    def _workload(self, client: Any, assessment: Assessment) -> str:
        """The id of the workload; in a dry run the name of one that would be made is no workload yet."""
        pages = _pages(client.list_workloads, "WorkloadSummaries", WorkloadNamePrefix=self.workload)
        ids = [one["WorkloadId"] for one in pages if one["WorkloadName"] == self.workload]
        if len(ids) > 1:
            raise _NoWorkloadError(f"{len(ids)} workloads have this name ({', '.join(sorted(ids))}); rename one")
        if ids:
            return str(ids[0])
        if self.dry_run and self.create:
            raise _NoWorkloadError("there is no such workload yet; without --dry-run it would be made")
        if not self.create:
            raise _NoWorkloadError("there is no such workload here; make it with --create, or check --region")
        scan = assessment.scan
        made = ask(
            client.create_workload,
            WorkloadName=self.workload,
            Description=f"Made for the reviews of account {scan.account}.",
            Environment="PRODUCTION",
            AccountIds=[scan.account],
            AwsRegions=list(scan.regions),
            ReviewOwner=self.owner,
            Lenses=[self.lens],
            ClientRequestToken=_token("workload", self.workload, scan.account),
        )
        return str(made["WorkloadId"])


class _Review:
    """A lens review of a workload."""

    def __init__(self, client: Any, workload: str, lens: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._workload = workload
        self._lens = lens
        self._sleep = sleep
        self._place = {"WorkloadId": workload, "LensAlias": lens}
        self.sent: set[str] = set()
        self.problems: list[str] = []

    def insist_on_lens(self) -> None:
        """Raises where the workload is not reviewed by the lens."""
        reviews = _pages(self._client.list_lens_reviews, "LensReviewSummaries", WorkloadId=self._workload)
        lenses = {one["LensAlias"] for one in reviews}
        if self._lens not in lenses:
            raise _NoWorkloadError(
                f"it is not reviewed by the lens {self._lens}, but by {', '.join(sorted(lenses)) or 'none'}; add it"
            )

    def questions(self, wanted: Mapping[str, Any]) -> list[str]:
        """The wanted questions that the lens has, and that people hold to be applicable, in its order."""
        answers = _pages(self._client.list_answers, "AnswerSummaries", **self._place)
        return [one["QuestionId"] for one in answers if one["QuestionId"] in wanted]

    def answer(self, question: str) -> Mapping[str, Any]:
        """The answer with its notes, which lists leave out."""
        found: Mapping[str, Any] = ask(self._client.get_answer, **self._place, QuestionId=question)["Answer"]
        return found

    def send(self, changes: Mapping[str, Update], assessment: Assessment) -> None:
        """Send what changes. One that is refused is told; where nothing more would be taken, the rest is left."""
        waiting = {question: one for question, one in changes.items() if not one.is_empty}
        if waiting:
            self._milestone(assessment)
        for question, one in waiting.items():
            try:
                self._update(question, one)
                self.sent.add(question)
            except RefusedError as refusal:
                self.problems.append(f"{question}: {refusal}")
                if refusal.code not in (_CONFLICT, "ValidationException") and not refusal.passing:
                    return

    def _milestone(self, assessment: Assessment) -> None:
        """Keep the review as it is, once for a scan: the name of a milestone is taken once."""
        name = f"auditor {instant(assessment.scan.started)}"
        token = _token("milestone", self._workload, name)
        try:
            ask(
                self._client.create_milestone,
                WorkloadId=self._workload,
                MilestoneName=name,
                ClientRequestToken=token,
            )
        except RefusedError as refusal:
            if refusal.code != _CONFLICT:
                raise

    def _update(self, question: str, one: Update) -> None:
        choices = {"ChoiceUpdates": one.choices} if one.choices else {}
        notes = {"Notes": one.notes} if one.notes is not None else {}
        for pause in (*_PAUSES, None):
            try:
                ask(self._client.update_answer, **self._place, QuestionId=question, **choices, **notes)
            except RefusedError as refusal:
                if refusal.code != _CONFLICT or pause is None:
                    raise
                self._sleep(pause)
            else:
                return


def _pages(operation: Any, key: str, **params: Any) -> Iterator[Mapping[str, Any]]:
    token: dict[str, str] = {}
    while True:
        page = ask(operation, **params, MaxResults=_PAGE, **token)
        yield from page.get(key, [])
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _counts(changes: Mapping[str, Update], done: Container[str]) -> Mapping[str, int]:
    """What became of the answers, in the words of the receipt."""
    counts: Counter[str] = Counter()
    for question, one in changes.items():
        counts["kept"] += one.kept
        if one.is_empty:
            counts["unchanged"] += 1
        elif question in done:
            counts["selected"] += one.count("SELECTED")
            counts["taken back"] += one.count("UNSELECTED")
            counts["noted"] += one.notes is not None
        else:
            counts["not sent"] += 1
    return counts


def _lines(changes: Mapping[str, Update], delivery: WellArchitected) -> list[str]:
    """In a dry run every change, a line each."""
    if not delivery.dry_run:
        return []
    return [f"would {_said(line)}" for one in changes.values() for line in one.lines]


def _said(line: str) -> str:
    question, _, rest = line.partition(": ")
    return plain(f"{rest} in {question}")


def _warnings(changes: Mapping[str, Update], strangers: Sequence[str]) -> Iterator[str]:
    """What of ours the lens does not know, and where there was no room."""
    unknown = [name for one in changes.values() for name in one.unknown]
    for kind, names in (("choice", unknown), ("question", strangers)):
        for name in names[:_MOST_TOLD]:
            yield f"the lens has no {kind} {name}: it is left out"
        if len(names) > _MOST_TOLD:
            yield f"and {len(names) - _MOST_TOLD} more"
    for question, one in changes.items():
        if one.crowded:
            yield f"{question}: its notes are full; the evidence is left out"


def _token(*parts: str) -> str:
    """The same request again is the same, not a second one."""
    return sha256("\0".join(parts).encode()).hexdigest()
