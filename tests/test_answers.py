"""Questions that no API answers, and what an audit profile says to them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from conftest import Auditor

from auditor.assess import answered
from auditor.model import Answer, Status, manual
from auditor.registry import load

QUESTION = manual("is it so?")
TODAY = date(2026, 11, 26)

PROFILE = """
extends: default
answers:
  source_code_without_credentials: {{holds: {holds}, by: ann, date: "2026-11-01", expires: "{expires}", note: ticket 7}}
"""


@pytest.mark.parametrize(
    ("answer", "status", "reason"),
    [
        (Answer(True, "ann", "2026-11-01", "2026-11-26"), Status.PASS, "it is so, as ann answered on 2026-11-01"),
        (
            Answer(False, "ann", "2026-11-01", "2027-11-01", "ticket 7"),
            Status.FAIL,
            "it is not so, as ann answered on 2026-11-01: ticket 7",
        ),
        (
            Answer(True, "ann", "2026-01-01", "2026-11-25"),
            Status.MANUAL,
            "is it so? (ann answered on 2026-01-01, which counted until 2026-11-25)",
        ),
    ],
)
def test_an_answer_decides_until_its_last_day(answer: Answer, status: Status, reason: str) -> None:
    verdict = answered(QUESTION, answer, TODAY)
    assert (verdict.status, verdict.reason) == (status, reason)


def test_each_question_asks_and_says_where_to_answer() -> None:
    questions = [one for one in load().checks.values() if not one.needs and one.subject.__name__ == "Account"]
    assert len(questions) >= 14
    for one in questions:
        assert one.function(None).reason.endswith("?"), one.id
        assert "answer in the audit profile" in one.fix


def test_a_profile_answers_a_question(auditor: Auditor, tmp_path: Path) -> None:
    def status(holds: str, expires: str) -> str:
        (tmp_path / "mine.yaml").write_text(PROFILE.format(holds=holds, expires=expires))
        select = ["--check", "source_code_without_credentials", "--audit-profile", "mine.yaml"]
        done = auditor("scan", "--demo", "--format", "json", *select, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        (finding,) = json.loads(done.stdout)["findings"]
        return str(finding["status"])

    assert status("true", "2999-01-01") == "PASS"
    assert status("false", "2999-01-01") == "FAIL"
    assert status("true", "2026-11-02") == "MANUAL"
