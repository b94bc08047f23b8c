from __future__ import annotations

import json
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from pages import Parsed
from sample import CHECKS, HOSTILE, MARKUP, UNREAD, big, clean, empty, interrupted, sample

from auditor.model import Assessment, Score, Severity, Status
from auditor.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    Render = Callable[[Assessment], str]

DASH = "\N{EN DASH}"
SUMMARY = import_module("auditor.reports.html.summary")
PAYLOAD = import_module("auditor.reports.html.payload")


@pytest.fixture(scope="module")
def parsed(render: Render) -> Parsed:
    return Parsed(render(sample()))


def test_nothing_is_loaded(parsed: Parsed) -> None:
    links = [a[name] or "" for _, a in parsed.elements for name in ("href", "src", "action", "srcset") if name in a]
    assert links
    assert [link for link in links if not link.startswith(("#", "data:image/svg+xml,"))] == []
    assert not re.search(r"url\(|@import", parsed.styles[0])
    assert parsed.tags["link"] == 1


def test_policy_allows_this_style_and_this_script_and_those_of_its_frame_alone(parsed: Parsed) -> None:
    def source(text: str) -> str:
        return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"

    framed = Parsed(next(attributes["srcdoc"] or "" for tag, attributes in parsed.elements if tag == "iframe"))
    assert parsed.policy() == (
        f"default-src 'none'; style-src {source(parsed.styles[0])} {source(framed.styles[0])}; "
        f"script-src {source(parsed.scripts[1])} {source(framed.scripts[1])}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_nothing_needs_a_looser_policy(parsed: Parsed) -> None:
    names = {name for _, attributes in parsed.elements for name in attributes}
    assert "style" not in names
    assert not [name for name in names if name.startswith("on")]


def test_equal_assessments_give_equal_bytes(render: Render) -> None:
    assert render(sample()) == render(sample())


def test_names_do_not_become_markup(parsed: Parsed) -> None:
    assert parsed.tags["script"] == 2
    assert parsed.tags["style"] == 1
    assert parsed.tags["img"] == 0
    assert MARKUP in parsed.text


def test_template_syntax_in_names_is_text(parsed: Parsed) -> None:
    assert "{{7*7}}" in parsed.text


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty])
def test_no_character_hides_or_reorders_text(render: Render, make: Callable[[], Assessment]) -> None:
    page = render(make()).replace("\n", "")
    assert plain(page) == page


def test_data_cannot_end_its_element(render: Render) -> None:
    page = render(sample())
    data = page.split('id="data">', 1)[1].split("</script>", 1)[0]
    assert not set("<>&\u2028\u2029") & set(data)


def _told(data: dict[str, Any], row: list[Any]) -> tuple[Any, ...]:
    check, state, severity, resource, reason, waiver, *observed = row
    return (
        data["checks"][check]["id"],
        data["states"][state][0],
        data["severities"][severity],
        json.dumps(data["resources"][resource]),
        data["reasons"][reason],
        tuple(data["waivers"][waiver]) if waiver >= 0 else None,
        json.dumps(observed[0] if observed else {}),
    )


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(2000)])
def test_every_finding_is_in_the_data(render: Render, make: Callable[[], Assessment]) -> None:
    assessment = make()
    data = Parsed(render(assessment)).data
    expected = Counter(
        (
            f.check,
            SUMMARY.state(f),
            f.severity.value,
            json.dumps(
                PAYLOAD.clean([f.resource.arn, f.resource.type, f.resource.region, f.resource.name, f.resource.tags])
            ),
            plain(f.reason),
            (f.waiver.reason, f.waiver.owner, f.waiver.expires) if f.waiver else None,
            json.dumps(PAYLOAD.clean(f.observed)),
        )
        for f in assessment.findings
    )
    assert Counter(_told(data, row) for row in data["findings"]) == expected


def test_worst_checks_stand_first(parsed: Parsed) -> None:
    data = parsed.data
    open_failures = [row for row in data["findings"] if data["states"][row[1]][0] == "FAIL"]
    worst = [
        min(row[2] for row in open_failures if row[0] == check) for check in dict.fromkeys(r[0] for r in open_failures)
    ]
    assert worst == sorted(worst)
    assert {row[0] for row in open_failures} == set(range(len(worst)))


def test_header_says_what_was_scanned(parsed: Parsed) -> None:
    for words in (
        "acme-production",
        "111122223333",
        "2026-11-26 05:54 UTC",
        "eu-central-1, eu-west-1, us-east-1",
        "default",
    ):
        assert words in parsed.text


def test_summary_counts_open_failures(parsed: Parsed) -> None:
    assessment = sample()
    failed = [f for f in assessment.findings if f.status is Status.FAIL and not f.waiver]
    checks = len({f.check for f in failed})
    resources = len({f.resource.arn for f in failed})
    words = f"{len(failed)} open failures on {resources} resources, found by {checks} of {len(CHECKS)} checks."
    assert words in parsed.text


def test_partial_report_says_so_loudly(render: Render) -> None:
    page = Parsed(render(interrupted())).text
    assert "This is a partial report" in page
    assert "214 of 1501 calls were not made" in page
    assert "(partial)" in page


def test_gaps_alone_are_told_apart_from_a_partial_scan(parsed: Parsed) -> None:
    assert "Some of the account could not be read" in parsed.text
    assert "partial report" not in parsed.text


def test_complete_report_raises_no_alarm(render: Render) -> None:
    page = Parsed(render(clean())).text
    assert "could not be read" not in page
    assert "partial" not in page
    assert "Nothing failed among 35 findings." in page


def test_empty_account_is_not_a_perfect_one(render: Render) -> None:
    page = Parsed(render(empty())).text
    assert "There was nothing to judge." in page
    assert "not judged" in page


def test_what_could_not_be_read_is_listed_with_its_reason(parsed: Parsed) -> None:
    for unread in UNREAD:
        assert unread.gap.action in parsed.text
        assert plain(unread.gap.message) in parsed.text
    assert "Denied by the organization" in parsed.text


def test_one_gap_in_many_regions_is_listed_once(render: Render) -> None:
    gap = UNREAD[1]
    elsewhere = replace(gap, gap=replace(gap.gap, region="ap-south-1"), times=3)
    page = Parsed(render(replace(sample(), unread=(gap, elsewhere)))).text
    assert "eu-west-1, ap-south-1 · 15 times" in page


def test_waivers_name_owner_and_expiry(parsed: Parsed) -> None:
    assert "Jörg Müller, ERP until 2026-12-31 · 1 failure" in parsed.text
    assert "web-team@example.com until 2027-03-31 · 1 failure" in parsed.text


def test_warnings_are_shown(parsed: Parsed) -> None:
    for warning in sample().warnings:
        assert plain(warning) in parsed.text


def test_listing_without_script_is_bounded(render: Render) -> None:
    page = render(big(3000))
    listing = page.split("<noscript>", 1)[1].split("</noscript>", 1)[0]
    assert listing.count('class="name"') == SUMMARY.LISTED * len(CHECKS)
    assert "more.</p>" in listing


@pytest.mark.parametrize("name", HOSTILE)
def test_listing_without_script_shows_names_as_text(render: Render, name: str) -> None:
    listing = render(sample()).split("<noscript>", 1)[1].split("</noscript>", 1)[0]
    assert plain(name) in Parsed(listing).words


@pytest.mark.parametrize(
    ("value", "whole", "band"),
    [(None, DASH, "none"), (0.0, "0", "poor"), (49.9, "49", "poor"), (79.99, "79", "fair"), (99.96, "99", "good")],
)
def test_scores_are_never_rounded_up(value: float | None, whole: str, band: str) -> None:
    score = Score(value, 1, 1, 0)
    assert SUMMARY.whole(score) == whole
    assert SUMMARY.band(score) == band


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (2**60, str(2**60)),
        (0.71, 0.71),
        (True, True),
        (None, None),
        (MappingProxyType({"a\u202e": ("x\x00", 1)}), {"a\\u202e": ["x\\x00", 1]}),
    ],
)
def test_observed_values_survive_javascript(value: object, expected: object) -> None:
    assert PAYLOAD.clean(value) == expected


def test_pattern_without_a_score_is_not_judged(render: Render) -> None:
    assessment = sample()
    scores = replace(assessment.scores, patterns={}, controls={})
    assert f"Zero trust {DASH} not judged" in Parsed(render(replace(assessment, scores=scores))).text


def test_every_gap_kind_has_a_title() -> None:
    kinds = import_module("auditor.model").GapKind
    assert set(SUMMARY.GAP_TITLES) == set(kinds)


def test_severities_are_worst_first() -> None:
    assert SUMMARY.SEVERITIES[0] is Severity.CRITICAL
