"""What `auditor recovery` shows: every labelled account in every format, and hostile names in all of them."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
import wcwidth
from crowd import recovered
from hostile import NASTY
from pages import Parsed
from posture.views import SCAN, everything, named, renamed, view
from recovery_accounts import BY_NAME, LABELLED, parts, survey

from auditor.errors import UsageError
from auditor.posture import document, insist_on_form, markdown, narrowed, outline, page, table
from auditor.posture.outline import HEADINGS
from auditor.posture.timeline import timeline
from auditor.posture.words import STRATEGIES, VERDICTS, band, span, time
from auditor.workloads import Members, Strategy, Workload

WARM = "warm standby without routing"
ORDER = list(Strategy)


def test_the_view_of_the_renderers_tests_is_sound() -> None:
    insist_on_form(document(recovered(), SCAN))


def test_every_labelled_account_has_the_form_of_the_schema() -> None:
    made = json.loads(json.dumps(everything()))
    insist_on_form(made)
    assert len(made["workloads"]) == len(LABELLED)


@pytest.mark.parametrize("label", LABELLED, ids=lambda one: one.name)
def test_the_ladder_has_what_each_higher_strategy_lacks(label: Any) -> None:
    (one,) = named(label.name)["workloads"]
    assert [rung["strategy"] for rung in one["ladder"]] == ORDER[ORDER.index(label.strategy) + 1 :]
    holds = {each["predicate"]: each["holds"] for each in one["predicates"]}
    for rung in one["ladder"]:
        assert rung["steps"]
        assert not any(holds[step["predicate"]] for step in rung["steps"])


def test_the_steps_of_a_rung_never_make_recovery_slower() -> None:
    for one in everything()["workloads"]:
        for rung in one["ladder"]:
            ends = [step["rto_after_seconds"][1] or float("inf") for step in rung["steps"]]
            assert all(before >= after for before, after in pairwise(ends)), (one["workload"], rung["strategy"])


def test_the_matrix_has_a_row_for_each_workload() -> None:
    _, _, _, _, *rows = table(outline(everything()), 200).splitlines()
    for label, row in zip(LABELLED, rows, strict=False):
        assert row.startswith(label.name[:20])
        assert STRATEGIES[label.strategy] in row


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_keeps_its_width(width: int) -> None:
    for line in table(outline(everything()), width).splitlines():
        assert wcwidth.width(line) <= width, line


def test_one_workload_alone_is_shown_with_its_evidence() -> None:
    alone, among = (table(outline(made), 100) for made in (named(WARM), everything()))
    assert "every store has a usable copy in the recovery region: yes" in " ".join(alone.split())
    assert "condition by condition" not in among


def test_what_is_said_is_what_the_document_has() -> None:
    (section,) = outline(named(WARM)).sections
    (one,) = named(WARM)["workloads"]
    lines = {line.label: line for line in section.lines}
    assert lines["RPO"].text.startswith(span(one["rpo"]["region_loss"]["seconds"]))
    assert lines["RTO"].text.startswith(span(one["rto"]["seconds"]))
    assert len(lines["Confidence"].particulars) == len(one["confidence"]["factors"])
    assert len(lines["Evidence"].particulars) == len(one["predicates"])
    assert [step.text for step in section.rungs[0].steps] == [step["action"] for step in one["ladder"][0]["steps"]]


def test_a_copy_that_could_not_be_read_is_not_said_to_be_missing() -> None:
    unseen = survey(parts(BY_NAME["an empty database"]), denied=["RecoveryPoint"]).describe()
    (section,) = outline(document(unseen, SCAN)).sections
    text = {line.label: line.text for line in section.lines}["RPO"]
    assert text.endswith("no copy of database instance shop-db was seen, but not all could be read")
    (sure,) = outline(named("an empty database")).sections
    assert {line.label: line.text for line in sure.lines}["RPO"].endswith("shop-db has no copy that survives it")


def test_the_next_step_is_told_whole_where_there_is_room() -> None:
    assert "to Multi-Site Active-Active" in table(outline(everything()), 200)
    assert "4 steps to Multi-Site Activ…" in table(outline(named("warm standby")), 104)


def test_a_condition_that_is_open_says_of_what() -> None:
    unseen = survey(parts(BY_NAME["an empty database"]), denied=["RecoveryPoint"]).describe()
    (section,) = outline(document(unseen, SCAN)).sections
    told = {line.label: line.particulars for line in section.lines}["Evidence"]
    assert "recovery region: not known of database instance shop-db" in told[0]


def test_assuming_a_strategy_shows_its_steps_alone() -> None:
    made = narrowed(named("an empty database"), assume=Strategy.WARM_STANDBY)
    insist_on_form(made)
    (section,) = outline(made).sections
    assert [rung.title for rung in section.rungs] == ["Warm Standby"]
    assert "40 to 60 % of production" in section.rungs[0].told
    assert "To Warm Standby" in table(outline(made))
    reached = narrowed(named(WARM), assume=Strategy.PILOT_LIGHT)
    for text in (table(outline(reached)), markdown(outline(reached)), Parsed(page(outline(reached))).text):
        assert "Pilot Light is reached: nothing is missing." in text


def test_a_workload_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"--workload shop: there is no such workload; there are an empty database"):
        narrowed(named("an empty database"), "shop")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda one: one.pop("ladder"), r"\$\.workloads\[0\]: 'ladder' is a required property"),
        (lambda one: one.update(effective="hot"), r"\$\.workloads\[0\]\.effective: 'hot' is not one of"),
        (lambda one: one["rto"].update(seconds=[1]), r"\$\.workloads\[0\]\.rto\.seconds: \[1\]"),
        (lambda one: one.update(targets=[{}]), r"\$\.workloads\[0\]\.targets\[0\]"),
    ],
)
def test_a_view_that_is_not_sound_is_told_with_its_place(spoil: Any, message: str) -> None:
    made = copy.deepcopy(named(WARM))
    spoil(made["workloads"][0])
    with pytest.raises(UsageError, match=message):
        insist_on_form(made)


def test_an_account_without_workloads() -> None:
    empty = outline({**everything(), "workloads": []})
    for text in (table(empty), markdown(empty), Parsed(page(empty)).text):
        assert "There is no workload with stores or compute." in text


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_names_stay_text(text: str) -> None:
    drawn = outline(renamed(BY_NAME[WARM], text))
    shown = table(drawn, 100)
    assert all(char.isprintable() or char == "\n" for char in shown)
    written = Parsed(page(drawn))
    calm = Parsed(page(outline(named(WARM))))
    assert set(written.tags) <= set(calm.tags) | {"ul", "li", "span"}
    assert not written.tags["script"]
    assert written.policy().startswith("default-src 'none'; style-src 'sha256-")
    for line in markdown(drawn).splitlines():
        unescaped = re.sub(r"\\.", "", line)
        assert not line.startswith("| ") or unescaped.count("|") == len(HEADINGS) + 1, line
        assert not re.search(r"[<>`]", unescaped)


def test_a_timeline_tells_in_words_what_it_draws() -> None:
    (one,) = named(WARM)["workloads"]
    drawn = str(timeline(one))
    told = f"{WARM}: RPO {span(one['rpo']['region_loss']['seconds'])}, RTO {span(one['rto']['seconds'])}"
    assert f'aria-label="{told}' in drawn
    unbounded = str(timeline(named("an empty database")["workloads"][0]))
    assert drawn.count('class="endless"') == 0
    assert unbounded.count('class="endless"') == 2


def test_a_longer_time_is_drawn_farther_from_the_disaster() -> None:
    (one,) = copy.deepcopy(named(WARM))["workloads"]
    edges = []
    for seconds in (1, 60, 3600, 86400, 30 * 86400):
        one["rpo"]["region_loss"]["seconds"] = [0, seconds]
        one["rto"]["seconds"] = [0, seconds]
        boxes = re.findall(r'class="maybe" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"', str(timeline(one)))
        (left, _), (start, width) = [(float(a), float(b)) for a, b in boxes]
        edges.append((left, start + width))
    assert edges == sorted(edges, key=lambda pair: -pair[0]) == sorted(edges, key=lambda pair: pair[1])
    assert len(set(edges)) == len(edges)


def test_declared_objectives_are_marked() -> None:
    promised = Workload("shop", Members(arns=("*",)), rpo=timedelta(minutes=15), rto=timedelta(hours=1))
    (one,) = view(replace(BY_NAME[WARM], workload=promised))["workloads"]
    assert {target["metric"] for target in one["targets"]} == {"rpo", "rto"}
    drawn = str(timeline(one))
    for target in one["targets"]:
        if target["scope"] == "region_loss":
            assert f"declared {time(target['declared_seconds'])}: {VERDICTS[target['verdict']]}" in drawn


def test_words() -> None:
    assert [time(one) for one in (0, 90, 900, 3600, 5400, 10000, 86400, 200000, None)] == [
        "0 s", "90 s", "15 min", "1 h", "90 min", "2.8 h", "24 h", "2.3 days", "no bound",
    ]  # fmt: skip
    assert [span(one) for one in ((60, 60), (0, 900), (3600, None), (None, None))] == [
        "60 s", "0 s to 15 min", "1 h to no bound", "unbounded",
    ]  # fmt: skip
    assert [band(one) for one in ((0, 0), (15, 20))] == ["0 % of production", "15 to 20 % of production"]


def test_the_same_evidence_gives_the_same_bytes() -> None:
    one, other = (outline(document(view(BY_NAME[WARM]), SCAN)) for _ in range(2))
    assert page(one) == page(other)
    assert table(one) == table(other)
