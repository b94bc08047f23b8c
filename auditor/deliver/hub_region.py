"""What a delivery says to Security Hub in one region: what is there, what is new, and what to do with it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from auditor import asff
from auditor.asff import Asff
from auditor.cloud.asking import RefusedError, ask
from auditor.deliver.hub_ledger import PREFIX, PROVIDER, Change, Held, Ledger, Workflow, workflow
from auditor.deliver.pace import Pace
from auditor.text import plain

Sleep = Callable[[float], None]

READS_PER_SECOND, WRITES_PER_SECOND = 3, 10
"""What AWS allows an account in a region, without bursts (Security Hub quotas)."""

MOST_READ, MOST_UPDATES = 100, 100
"""Findings of one GetFindings, and of one BatchUpdateFindings."""

_PAUSES = (0.5, 2.0, 5.0)
"""Seconds before each further try of what was refused for the moment."""

_PASSING = frozenset(
    {
        "InternalException", "InternalFailure", "InternalError", "ServiceUnavailable", "Throttling",
        "ThrottlingException", "LimitExceeded", "LimitExceededException", "TooManyRequestsException",
    }
)  # fmt: skip
"""Codes of a single finding that say: try again."""

_UNFIT = frozenset({"InvalidInputException", "ValidationException", "ParamValidationError"})
"""Codes of a request that say: one of its findings is wrong."""

_LONGEST = 300


class _Refused(NamedTuple):
    """A finding that was not taken."""

    id: str
    code: str
    message: str
    passing: bool = False
    """It may be taken later."""


class HubRegion:
    """Security Hub of an account in a region, for one delivery; used by one thread."""

    def __init__(self, region: str, client: Any, sleep: Sleep = time.sleep) -> None:
        self.region = region
        self.counts: Counter[str] = Counter()
        self.problems: list[str] = []
        self.unsent: list[Asff] = []
        self._client = client
        self._sleep = sleep
        self._reading = Pace(READS_PER_SECOND, sleep=sleep)
        self._writing = Pace(WRITES_PER_SECOND, sleep=sleep)
        self._closed = False
        self._refused: dict[tuple[str, str], list[str]] = {}

    def held(self, account: str) -> Iterator[Mapping[str, Any]]:
        """Our findings of the account that are there; raises RefusedError where they cannot be read."""
        filters = {
            "AwsAccountId": [{"Value": account, "Comparison": "EQUALS"}],
            "Id": [{"Value": PREFIX, "Comparison": "PREFIX"}],
        }
        token: dict[str, str] = {}
        while True:
            self._reading.wait()
            page = ask(self._client.get_findings, Filters=filters, MaxResults=MOST_READ, **token)
            yield from page["Findings"]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def bring(self, findings: Iterable[Asff], held: Mapping[str, Held], ledger: Ledger) -> None:
        """Send the findings as the ledger has it; what cannot be sent is told, and kept in `unsent` as it was."""
        waiting: dict[str, Asff] = {}
        workflows: dict[Workflow, list[dict[str, str]]] = defaultdict(list)

        def changes() -> Iterator[Asff]:
            for finding in findings:
                there = held.get(finding["Id"])
                change = ledger.change(finding, there)
                if change is None:
                    continue
                self.counts[change] += 1
                if change is Change.LEFT:
                    continue
                wanted = workflow(finding, there)
                if wanted:
                    workflows[wanted].append({"Id": finding["Id"], "ProductArn": finding["ProductArn"]})
                waiting[finding["Id"]] = finding
                yield ledger.fresh(finding, there)

        for batch in asff.batches(changes()):
            raw = {one["Id"]: waiting.pop(one["Id"]) for one in batch}
            self.unsent += [raw[identity] for identity in self._send(batch)]
        self._set(workflows)
        self._tell()

    def preview(self, findings: Iterable[Asff], held: Mapping[str, Held], ledger: Ledger) -> None:
        """Count what `bring` would do."""
        changes = (ledger.change(finding, held.get(finding["Id"])) for finding in findings)
        self.counts.update(change for change in changes if change)

    def give_up(self, refusal: RefusedError, findings: Iterable[Asff]) -> None:
        """Nothing can be sent here: tell why, and keep all of it."""
        self._close(refusal)
        self.unsent += findings

    def _send(self, batch: Sequence[Asff]) -> list[str]:
        """Send a batch, what is refused for the moment again; gives the ids that may be sent later."""
        refused: list[_Refused] = []
        for pause in (0.0, *_PAUSES):
            if self._closed or not batch:
                break
            if pause:
                self._sleep(pause)
            refused = self._import(batch)
            self._note(one for one in refused if not one.passing)
            again = {one.id for one in refused if one.passing}
            batch = [one for one in batch if one["Id"] in again]
        if batch and not self._closed:
            self._note(one for one in refused if one.passing)
        return [one["Id"] for one in batch]

    def _import(self, batch: Sequence[Asff]) -> list[_Refused]:
        """Send a batch once; gives what is refused. One that is refused as a whole is halved, to learn for which."""
        self._writing.wait()
        try:
            answer = ask(self._client.batch_import_findings, Findings=batch)
        except RefusedError as refusal:
            if refusal.code in _UNFIT and len(batch) > 1:
                middle = len(batch) // 2
                return [*self._import(batch[:middle]), *self._import(batch[middle:])]
            if refusal.code not in _UNFIT and not refusal.passing:
                self._close(refusal)
            passing = refusal.code not in _UNFIT
            return [_Refused(one["Id"], refusal.code, refusal.message, passing) for one in batch]
        return [
            _Refused(one["Id"], one["ErrorCode"], one["ErrorMessage"], one["ErrorCode"] in _PASSING)
            for one in answer.get("FailedFindings", [])
        ]

    def _set(self, workflows: Mapping[Workflow, Sequence[Mapping[str, str]]]) -> None:
        """Resolve what passes, suppress what is waived."""
        for wanted, named in sorted(workflows.items()):
            note = {"Note": {"Text": wanted.note, "UpdatedBy": PROVIDER}} if wanted.note else {}
            for start in range(0, len(named), MOST_UPDATES):
                some = named[start : start + MOST_UPDATES]
                if self._closed:
                    return
                self._writing.wait()
                try:
                    answer = ask(
                        self._client.batch_update_findings,
                        FindingIdentifiers=some,
                        Workflow={"Status": wanted.status},
                        **note,
                    )
                except RefusedError as refusal:
                    self.problems.append(f"{self.region}: {len(some)} findings stay as open as they were: {refusal}")
                    continue
                self._note(
                    _Refused(one["FindingIdentifier"]["Id"], one["ErrorCode"], one["ErrorMessage"])
                    for one in answer.get("UnprocessedFindings", [])
                )

    def _close(self, refusal: RefusedError) -> None:
        self._closed = True
        advice = "; enable it there, or leave the region out" if refusal.code == "InvalidAccessException" else ""
        self.problems.append(f"{self.region}: {refusal}{advice}")

    def _note(self, refused: Iterable[_Refused]) -> None:
        for one in refused:
            self._refused.setdefault((one.code, one.message), []).append(one.id)

    def _tell(self) -> None:
        """What was refused, by reason: one line each, with the first finding that it was said of."""
        for (code, message), ids in self._refused.items():
            more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
            said = plain(f"{code}: {message}")[:_LONGEST]
            self.problems.append(f"{self.region}: {plain(ids[0])}{more} refused: {said}")
        self._refused.clear()
