"""The Well-Architected Tool, against an endpoint with its limits: what is selected, taken back, noted, left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from modeled import Endpoint, started
from sample import sample

from auditor.deliver.delivery import Receipt
from auditor.deliver.lens_ledger import BEGIN, END, MOST_NOTES, SELECTED, TAKEN_BACK
from auditor.deliver.wellarchitected import WellArchitected, mapped
from auditor.model import Assessment, Finding, Status, Waiver
from auditor.practices import practices
from auditor.registry import load

WHOLE = sample()
WORKLOAD = f"{7:032x}"
PRACTICE = practices()["SEC02-BP01"]
FIRST, SECOND = (replace(WHOLE.checks[0], id=name, practices=(PRACTICE.id,)) for name in ("first", "second"))
MAPPED = {PRACTICE.id: frozenset({"first", "second"})}
QUESTION, CHOICE = PRACTICE.question, PRACTICE.choice
NONE, OTHER = "sec_identities_no", "sec_identities_other"


@pytest.fixture(scope="module")
def process() -> Iterator[Endpoint]:
    with started(Path(__file__).parent / "lens.py") as endpoint:
        yield endpoint


def answer(question: str = QUESTION, **changes: Any) -> dict[str, Any]:
    ids = [one.choice for one in practices().values() if one.question == question]
    choices = [{"ChoiceId": name, "Title": name} for name in (*ids, f"{question}_other", f"{question}_no")]
    blank = {
        "QuestionId": question, "PillarId": "security", "QuestionTitle": f"How about {question}?", "Choices": choices,
        "SelectedChoices": [], "ChoiceAnswers": [], "IsApplicable": True,
    }  # fmt: skip
    return blank | changes


def questions(*special: dict[str, Any]) -> dict[str, Any]:
    """The answers of a lens: every question of the framework, and these as they are."""
    every = {one.question: answer(one.question) for one in practices().values()}
    return every | {one["QuestionId"]: one for one in special}


def workload(*special: dict[str, Any], name: str = "shop") -> dict[str, Any]:
    return {"name": name, "lenses": ["wellarchitected"], "answers": questions(*special), "milestones": []}


@pytest.fixture
def lens(process: Endpoint) -> Endpoint:
    process.put({WORKLOAD: workload()})
    process.set()
    return process


Send = Callable[..., Receipt]


@pytest.fixture
def send(lens: Endpoint) -> Send:
    client = boto3.client(
        "wellarchitected", "eu-west-1", endpoint_url=lens.url, aws_access_key_id="x", aws_secret_access_key="x"
    )

    def deliver(assessment: Assessment, name: str = "shop", **settings: Any) -> Receipt:
        settings = {"mapped": lambda: MAPPED, "sleep": lambda _: None} | settings
        return WellArchitected(name, **settings).send(assessment, lambda *_: client)

    return deliver


def found(check: str, status: Status, reason: str = "it is so") -> Finding:
    return replace(WHOLE.findings[0], check=check, status=status, reason=reason, waiver=None)


def scan(*findings: Finding, checks: tuple[Any, ...] = (FIRST, SECOND), complete: bool = True) -> Assessment:
    return replace(
        WHOLE,
        checks=checks,
        findings=findings,
        practices={PRACTICE.id: PRACTICE},
        scan=replace(WHOLE.scan, complete=complete),
    )


PASSED = scan(found("first", Status.PASS), found("second", Status.PASS))
WAIVED = replace(found("second", Status.FAIL), waiver=Waiver("accepted", "ann", "2027-01-01"))
FAILED = scan(found("first", Status.PASS), found("second", Status.FAIL, "the lock is off"))


def there(lens: Endpoint, identity: str = WORKLOAD) -> Any:
    return lens.state[identity]["answers"][QUESTION]


def counts(receipt: Receipt) -> Mapping[str, int]:
    (only,) = receipt.counts.values()
    return {name: times for name, times in only.items() if times}


def test_a_practice_whose_checks_all_pass_is_selected_after_a_milestone(lens: Endpoint, send: Send) -> None:
    receipt = send(PASSED)
    assert receipt.problems == []
    assert counts(receipt) == {"selected": 1, "noted": 1}
    kept = there(lens)
    assert kept["SelectedChoices"] == [CHOICE]
    assert kept["ChoiceAnswers"] == [{"ChoiceId": CHOICE, "Status": "SELECTED", "Notes": f"{SELECTED}2 passed"}]
    assert "SEC02-BP01 met: 2 passed" in kept["Notes"]
    assert lens.state[WORKLOAD]["milestones"] == ["auditor 2026-11-26T05:54:53Z"]
    order = [operation for operation, *_ in lens.calls if operation in ("CreateMilestone", "UpdateAnswer")]
    assert order == ["CreateMilestone", "UpdateAnswer"]


def test_the_same_scan_twice_changes_nothing(lens: Endpoint, send: Send) -> None:
    send(PASSED)
    before = lens.state
    lens.set()
    assert counts(send(PASSED)) == {"unchanged": 1}
    assert lens.state == before
    assert {operation for operation, *_ in lens.calls}.isdisjoint({"CreateMilestone", "UpdateAnswer"})


@pytest.mark.parametrize(
    ("why", "assessment"),
    [
        ("a check fails", FAILED),
        ("a failure is waived", scan(found("first", Status.PASS), WAIVED)),
        ("a check could not judge", scan(found("first", Status.PASS), found("second", Status.UNKNOWN))),
        ("a check broke", scan(found("first", Status.PASS), found("second", Status.ERROR))),
        ("a person is to answer", scan(found("first", Status.PASS), found("second", Status.MANUAL))),
        ("a check was not run", scan(found("first", Status.PASS), checks=(FIRST,))),
        ("the scan was stopped", replace(PASSED, scan=replace(PASSED.scan, complete=False))),
    ],
)
def test_nothing_less_than_all_of_it_selects_a_practice(
    lens: Endpoint, send: Send, why: str, assessment: Assessment
) -> None:
    receipt = send(assessment)
    assert there(lens)["SelectedChoices"] == [], why
    assert counts(receipt) == {"noted": 1}


def test_a_check_without_resources_does_not_stand_in_the_way(lens: Endpoint, send: Send) -> None:
    assert counts(send(scan(found("first", Status.PASS)))) == {"selected": 1, "noted": 1}


def test_our_own_selection_is_taken_back_for_a_failure_only(lens: Endpoint, send: Send) -> None:
    send(PASSED)
    send(scan(found("first", Status.PASS), found("second", Status.UNKNOWN)))
    assert there(lens)["SelectedChoices"] == [CHOICE]
    receipt = send(FAILED)
    assert counts(receipt) == {"taken back": 1, "noted": 1}
    assert there(lens)["SelectedChoices"] == []
    assert there(lens)["ChoiceAnswers"][0]["Notes"] == f"{TAKEN_BACK}1 of 2 failed"
    assert "SEC02-BP01 not met: 1 of 2 failed; second " in there(lens)["Notes"]
    assert "the lock is off" in there(lens)["Notes"]
    assert counts(send(PASSED)) == {"selected": 1, "noted": 1}


def test_what_a_person_selected_is_never_taken_back(lens: Endpoint, send: Send) -> None:
    human = answer(SelectedChoices=[CHOICE, OTHER], ChoiceAnswers=[{"ChoiceId": CHOICE, "Status": "SELECTED"}])
    lens.put({WORKLOAD: workload(human)})
    assert counts(send(FAILED)) == {"noted": 1}
    assert there(lens)["SelectedChoices"] == [CHOICE, OTHER]


@pytest.mark.parametrize(
    ("why", "human"),
    [
        (
            "taken back",
            {"ChoiceAnswers": [{"ChoiceId": CHOICE, "Status": "UNSELECTED", "Notes": f"{SELECTED}2 passed"}]},
        ),
        ("not applicable", {"ChoiceAnswers": [{"ChoiceId": CHOICE, "Status": "NOT_APPLICABLE", "Reason": "OTHER"}]}),
        ("none of these", {"SelectedChoices": [NONE]}),
    ],
)
def test_what_a_person_decided_is_not_decided_again(lens: Endpoint, send: Send, why: str, human: Any) -> None:
    lens.put({WORKLOAD: workload(answer(**human))})
    assert counts(send(PASSED)) == {"noted": 1, "kept": 1}, why
    assert there(lens)["SelectedChoices"] == human.get("SelectedChoices", [])


def test_a_question_that_does_not_apply_is_left_alone(lens: Endpoint, send: Send) -> None:
    lens.put({WORKLOAD: workload(answer(IsApplicable=False))})
    assert counts(send(PASSED)) == {"unchanged": 1}
    assert "Notes" not in there(lens)


@pytest.mark.parametrize(
    "notes", ["ours is below", "ours is below\n", f"above\n{BEGIN}\nold\n{END}\nand below\n", f"{BEGIN} is not ended"]
)
def test_the_notes_of_people_stay_as_they_are(lens: Endpoint, send: Send, notes: str) -> None:
    lens.put({WORKLOAD: workload(answer(Notes=notes))})
    send(PASSED)
    kept = there(lens)["Notes"]
    human = notes if END not in notes else "above\n|\nand below\n"
    before, _, after = human.partition("|")
    assert kept.startswith(before)
    assert kept.endswith(after)
    assert kept.rpartition(BEGIN)[2].count("met: 2 passed") == 1
    send(FAILED)
    assert there(lens)["Notes"].count("SEC02-BP01") == 1


def test_full_notes_are_told_and_left(lens: Endpoint, send: Send) -> None:
    lens.put({WORKLOAD: workload(answer(Notes="x" * (MOST_NOTES - 50)))})
    receipt = send(PASSED)
    assert there(lens)["Notes"] == "x" * (MOST_NOTES - 50)
    assert receipt.notes == [f"{QUESTION}: its notes are full; the evidence is left out"]
    assert counts(receipt) == {"selected": 1}


def test_much_evidence_is_cut_to_what_the_notes_take(lens: Endpoint, send: Send) -> None:
    same = [one for one in practices().values() if one.question == QUESTION]
    info = replace(FIRST, practices=tuple(one.id for one in same))
    many = [found("first", Status.FAIL, "r" * 900)]
    assessment = replace(scan(*many, checks=(info,)), practices={one.id: one for one in same})
    lens.put({WORKLOAD: workload(answer(Notes="y" * 1500))})
    receipt = send(assessment, mapped=lambda: {one.id: frozenset({"first"}) for one in same})
    assert receipt.problems == []
    assert there(lens)["Notes"].startswith("y" * 1500)
    assert len(there(lens)["Notes"]) <= MOST_NOTES
    assert f"…\n{END}" in there(lens)["Notes"]


def test_choices_and_questions_that_the_lens_does_not_have_are_told(lens: Endpoint, send: Send) -> None:
    lens.put({WORKLOAD: workload(answer(Choices=[{"ChoiceId": NONE, "Title": "None"}]))})
    assert send(PASSED).notes == [f"the lens has no choice {CHOICE}: it is left out"]
    state = lens.state
    del state[WORKLOAD]["answers"][QUESTION]
    lens.put(state)
    assert send(PASSED).notes == [f"the lens has no question {QUESTION}: it is left out"]


def test_a_dry_run_prints_the_changes_and_only_reads(lens: Endpoint, send: Send) -> None:
    before = lens.state
    receipt = send(PASSED, dry_run=True)
    assert receipt.notes == [f"would select {PRACTICE.title!r} (2 passed) in How about {QUESTION}?"]
    assert counts(receipt) == {"selected": 1, "noted": 1}
    assert lens.state == before
    reading = {operation for operation, *_ in lens.calls}
    assert reading == {"ListWorkloads", "ListLensReviews", "ListAnswers", "GetAnswer"}


def test_a_workload_is_made_when_that_is_asked_for(lens: Endpoint, send: Send) -> None:
    lens.put({})
    lens.set(questions=questions())
    refused = send(PASSED)
    assert refused.problems == [
        "Well-Architected Tool, shop: there is no such workload here; make it with --create, or check --region"
    ]
    assert lens.state == {}
    assert counts(send(PASSED, create=True)) == {"selected": 1, "noted": 1}
    (made,) = lens.state.values()
    assert made["made"]["AccountIds"] == [WHOLE.scan.account]
    assert made["made"]["AwsRegions"] == list(WHOLE.scan.regions)
    assert counts(send(PASSED, create=True)) == {"unchanged": 1}
    assert len(lens.state) == 1


def test_the_name_of_a_workload_is_its_whole_name(lens: Endpoint, send: Send) -> None:
    lens.put({WORKLOAD: workload(name="shop-old")})
    assert "no such workload" in send(PASSED).problems[0]
    lens.put({WORKLOAD: workload(), f"{8:032x}": workload()})
    assert f"2 workloads have this name ({WORKLOAD}, {8:032x})" in send(PASSED).problems[0]


def test_a_lens_that_the_workload_lacks_is_one_line(lens: Endpoint, send: Send) -> None:
    assert "not reviewed by the lens serverless, but by wellarchitected" in send(PASSED, lens="serverless").problems[0]


def test_another_writer_is_waited_for(lens: Endpoint, send: Send) -> None:
    lens.set(conflicts=2)
    assert send(PASSED).problems == []
    lens.set(conflicts=3)
    receipt = send(FAILED)
    assert f"{QUESTION}: ConflictException: somebody else is writing" in receipt.problems[0]
    assert counts(receipt) == {"not sent": 1}


@pytest.mark.parametrize("operation", ["ListWorkloads", "ListAnswers", "GetAnswer", "CreateMilestone", "UpdateAnswer"])
def test_a_denial_is_one_line(lens: Endpoint, send: Send, operation: str) -> None:
    lens.set(deny=[operation])
    receipt = send(PASSED)
    assert len(receipt.problems) == 1
    assert f"not authorized to perform: wellarchitected:{operation}" in receipt.problems[0]
    assert counts(receipt) == {"not sent": 1}


def test_all_installed_checks_are_mapped_to_their_practices() -> None:
    expected = {(practice, one.id) for one in load().checks.values() for practice in one.practices}
    assert {(practice, name) for practice, ids in mapped().items() for name in ids} == expected
    assert {practice for practice, _ in expected} <= practices().keys()
