from __future__ import annotations

import io
import re
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import wcwidth
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import HOSTILE, big, clean, empty, interrupted, sample

from auditor.model import GLOBAL, Severity, Status, Unread
from auditor.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

module = import_module("auditor.reports.table")

INK = re.compile(r"\x1b\[[0-9;]+m")
MAKERS = [sample, interrupted, clean, empty, lambda: big(2000)]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _calm_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


def write(assessment: Assessment, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    module.table(assessment, out)
    return out.getvalue()


def section(text: str, start: str) -> str:
    (found,) = (part for part in re.split(r"\n\n(?=\S)", text) if part.startswith(start))
    return found


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty], ids=lambda make: make.__name__)
def test_same_as_the_golden_file_at_80_columns(
    make: Callable[[], Assessment], golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    golden(f"{make.__name__}-80.txt", write(make(), Terminal()))


def test_same_as_the_golden_file_where_there_is_no_terminal(golden: Callable[[str, str], None]) -> None:
    golden("sample-100.txt", write(sample()))


def test_named_and_written_to_the_terminal() -> None:
    assert (module.table.format, module.table.suffix, module.table.terminal) == ("table", ".txt", True)


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_fits_the_window(make: Callable[[], Assessment], columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    text = write(make(), Terminal())
    assert max(wcwidth.width(line) for line in text.splitlines()) <= columns
    assert not [line for line in INK.sub("", text).split("\n") if line != line.rstrip()]


@pytest.mark.parametrize(("columns", "used"), [("1", 40), ("500", 120)])
def test_absurd_windows_are_met_half_way(columns: str, used: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert max(wcwidth.width(line) for line in write(sample(), Terminal()).splitlines()) in range(used - 8, used + 1)


@pytest.mark.parametrize("make", MAKERS)
def test_color_is_all_that_a_terminal_adds(make: Callable[[], Assessment], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    colored = write(make(), Terminal())
    assert INK.search(colored)
    assert INK.sub("", colored) == write(make())
    assert all(line.count("\x1b[") % 2 == 0 for line in colored.splitlines())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_no_color_where_it_is_not_wanted(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in write(sample(), Terminal())


def test_an_empty_no_color_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b" in write(sample(), Terminal())


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


def test_a_partial_scan_is_called_so_at_both_ends() -> None:
    parts = write(interrupted()).split("\n\n")
    assert parts[1].startswith("PARTIAL SCAN: interrupted after 41 s")
    assert parts[-1].startswith("PARTIAL SCAN: ")
    assert "PARTIAL" not in write(sample())


def test_the_worst_check_comes_first_and_by_its_worst_finding() -> None:
    labels = re.findall(r"^(CRITICAL|HIGH|MEDIUM|LOW|INFO) ", write(sample()), re.MULTILINE)
    assert labels == ["CRITICAL"] * 5 + ["HIGH"] * 2 + ["MEDIUM"] + ["LOW"] * 2
    assert "crm-db in us-east-1, because backups are turned off" in write(sample())


def test_what_is_not_shown_is_counted() -> None:
    text = write(big(2000))
    assert "\n\n14 checks failed; the 10 worst:\n\n" in text
    assert "… and 4 checks more: " in text


def test_waived_failures_are_no_failures() -> None:
    whole = sample()
    waived = [f for f in whole.findings if f.check == "ebs_volume_encrypted" and f.status is Status.FAIL]
    assert [bool(f.waiver) for f in waived] == [True]
    assert "ebs_volume_encrypted" not in write(whole)
    assert "2 waived" in write(whole)


def test_a_clean_account_is_told_nothing_else() -> None:
    text = write(clean())
    assert text.endswith("\n\n14 checks on 34 resources: 35 passed, 0 failed, 0 unknown, 0 waived\n")
    assert not re.search("checks? failed|could be read|broke|Warnings", text)


def test_nothing_judged_is_no_score() -> None:
    assert re.search(r"^Overall +not judged +- +0 +0 +0$", write(empty()), re.MULTILINE)


@pytest.mark.parametrize(("value", "shown"), [(99.96, "99"), (100.0, "100"), (0.4, "0")])
def test_a_score_is_never_rounded_up(value: float, shown: str) -> None:
    whole = sample()
    scores = replace(whole.scores, overall=replace(whole.scores.overall, value=value))
    assert re.search(rf"^Overall +[█░]{{20}} +{shown} ", write(replace(whole, scores=scores)), re.MULTILINE)


def test_only_the_worst_controls_of_a_pattern_are_shown() -> None:
    scores = section(write(sample()).replace("\n\nZero", "\nZero"), "Operational excellence")
    rows = [line.split("  ")[1] for line in scores.splitlines() if line.startswith("  ")]
    assert rows[:3] == [
        "Identities prove themselves, every time",
        "Data is encrypted, at rest and in transit",
        "No network location is trusted",
    ]
    assert "The edge answers" not in scores


def test_gaps_are_grouped_by_action_and_reason_over_regions() -> None:
    whole = sample()
    gap = next(u.gap for u in whole.unread if u.gap.action == "cloudwatch:GetMetricData")
    elsewhere = Unread(replace(gap, region="us-east-1"), 3, ("lambda_errors_alarmed",))
    text = section(write(replace(whole, unread=(*whole.unread, elsewhere))), "Not everything")
    assert text.splitlines()[:2] == [
        "Not everything could be read: 6 checks left UNKNOWN, in whole or in part",
        "  3 checks  cloudwatch:GetMetricData was denied in eu-west-1, us-east-1",
    ]


def test_many_gaps_are_cut_and_counted() -> None:
    whole = sample()
    gap = whole.unread[0].gap
    unread = tuple(
        Unread(replace(gap, action=f"s3:Get{n:02d}", region=GLOBAL), 1, ("s3_bucket_requires_tls",)) for n in range(13)
    )
    lines = section(write(replace(whole, unread=unread)), "Not everything").splitlines()
    assert len(lines) == 12
    assert lines[-1] == "  … and for 3 reasons more"


def test_a_gap_that_no_check_needed_is_still_told() -> None:
    whole = clean()
    text = section(write(replace(whole, unread=(replace(sample().unread[0], checks=()),))), "Not everything")
    assert text.startswith(
        "Not everything could be read: no check needed it\n  0 checks  s3:GetBucketPolicy was denied"
    )


def test_broken_checks_are_owned_up_to() -> None:
    assert section(write(sample()), "1 check broke") == (
        "1 check broke, which is a defect of auditor: please report it\n  cloudfront_origin_not_public"
    )


def test_sums() -> None:
    assert " ".join(write(sample()).split("\n\n")[-1].split()) == (
        "14 checks on 62 resources: 35 passed, 23 failed (5 critical, 10 high, 1 medium, 6 low, 1 informational), "
        "3 unknown, 2 waived, 1 to answer by hand, 1 broken"
    )


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0, "0 s"), (41.5, "42 s"), (59.7, "1 min 0 s"), (185.0, "3 min 5 s"), (7290.0, "2 h 1 min")],
)
def test_time_taken(seconds: float, shown: str) -> None:
    whole = sample()
    assert f"calls in {shown}, by" in write(replace(whole, scan=replace(whole.scan, seconds=seconds)))


@pytest.mark.parametrize(
    ("fix", "shown"),
    [
        ("turn it on. Then wait.", "turn it on"),
        (
            "use a boundary, e.g. one per team, and\n    nothing else.",
            "use a boundary, e.g. one per team, and nothing else",
        ),
        ("deny s3:* where aws:SecureTransport is false", "deny s3:* where aws:SecureTransport is false"),
    ],
)
def test_the_first_sentence_of_the_fix(fix: str, shown: str) -> None:
    whole = sample()
    checks = tuple(replace(check, fix=fix) for check in whole.checks)
    assert f"          Fix: {shown}\n" in write(replace(whole, checks=checks))


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_the_partition_is_named_where_it_is_not_the_usual_one(partition: str) -> None:
    whole = sample()
    text = write(replace(whole, scan=replace(whole.scan, partition=partition)))
    assert text.startswith("AWS account 111122223333 (acme-production) in aws-cn\n") == (partition == "aws-cn")


def test_wide_characters_are_aligned() -> None:
    whole = sample()
    patterns = tuple(replace(pattern, title="東京" * n) for n, pattern in enumerate(whole.patterns, 1))
    rows = [line for line in write(replace(whole, patterns=patterns)).splitlines() if "█" in line or "░" in line]
    assert len({wcwidth.width(line) for line in rows}) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_text(name: str) -> None:
    assert_harmless(hostile(name))


@given(st.text() | st.text("a \x1b[2J\x9b\r\n\u202e\u200d漢e\u0301👨\U0001f3fd🇩🇪", min_size=1, max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_shown_as_text_and_fits(name: str) -> None:
    assert_harmless(hostile(name))


def hostile(text: str) -> Assessment:
    """An account that says this text wherever it can."""
    whole = sample()
    finding = next(f for f in whole.findings if f.status is Status.FAIL and not f.waiver)
    resource = replace(finding.resource, name=text, arn=f"arn:{text}", region=text)
    scan = replace(whole.scan, alias=text, note=text, caller=f"arn:{text}", regions=(text, text), complete=False)
    gap = replace(whole.unread[0].gap, action=text, code=text, region=text, message=text)
    return replace(
        whole,
        scan=scan,
        profile=text,
        findings=(replace(finding, severity=Severity.CRITICAL, resource=resource, reason=text),),
        unread=(Unread(gap, 1, ()),),
        warnings=(text,),
    )


def assert_harmless(assessment: Assessment) -> None:
    text = write(assessment)
    lines = text.removesuffix("\n").split("\n")
    assert lines == [plain(line) for line in lines]
    assert max(map(wcwidth.width, lines)) <= 100
    text.encode()
