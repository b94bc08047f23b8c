"""What the report shows beside its findings: scorecards, the ways in from the internet, and the tiers."""

from __future__ import annotations

import io
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from crowd import description, edge, exposed, node, recovered, small
from pages import Parsed
from sample import sample

from auditor.drawing import Mark, marks_of
from auditor.model import Assessment, Pillar, Score, Severity, Status

REPORT = import_module("auditor.reports.html")
CARDS = import_module("auditor.reports.html.scorecards")
RECOVERY = import_module("auditor.reports.html.recovery")
SUMMARY = import_module("auditor.reports.html.summary")
WAYS = import_module("auditor.reports.html.ways")


def written(assessment: Assessment) -> str:
    out = io.StringIO()
    REPORT.html(assessment, out)
    return out.getvalue()


def cards(assessment: Assessment) -> dict[str, Any]:
    found = CARDS.scorecards(assessment, SUMMARY.grouped(assessment))
    return {f"{pattern.id}.{card.id}": card for pattern in found for card in pattern.controls}


def test_a_control_names_what_failed_worst_and_what_was_not_seen() -> None:
    whole = sample()
    checks = {info.id: info for info in whole.checks}
    for place, card in cards(whole).items():
        own = [one for one in whole.findings if f"{checks[one.check].pattern}.{checks[one.check].control}" == place]
        failed = {one.check for one in own if one.status is Status.FAIL and not one.waiver}
        assert len(card.worst) + card.more == len(failed)
        assert len(card.unknown) + card.unseen == len({one.reason for one in own if one.status is Status.UNKNOWN})
        assert {group.info.id for group in card.questions} == {one.check for one in own if one.status is Status.MANUAL}
        ranks = [group.worst.rank for group in card.worst]
        assert ranks == sorted(ranks, reverse=True)
    assert any(card.worst for card in cards(whole).values())
    assert any(card.unknown for card in cards(whole).values())


def test_the_matrix_has_the_part_of_each_pillar_in_a_pattern() -> None:
    whole = sample()
    for pattern in CARDS.scorecards(whole, SUMMARY.grouped(whole)):
        ids = {info.id for info in whole.checks if info.pattern == pattern.id and Pillar.SECURITY in info.pillars}
        passed = sum(one.check in ids and one.status is Status.PASS and not one.waiver for one in whole.findings)
        assert pattern.pillars[Pillar.SECURITY].passed == passed
    page = Parsed(written(whole))
    assert f"{Score(None, 0, 0, 0).value}" not in page.text.split("Patterns")[1][:400]


def ways(view: dict[str, Any] | None, reached: dict[str, Any] | None = None, marks: Any = None) -> list[Any]:
    views = {name: one for name, one in (("topology", view), ("exposure", reached)) if one is not None}
    found: list[Any] = WAYS.ways(replace(sample(), views=views), marks or {})
    return found


def test_a_way_leads_from_the_entry_to_the_data_behind_it() -> None:
    (way,) = ways(small())
    (branch,) = way.branches
    assert [stop.kind for stop in branch.through] == ["load balancer", "target group", "auto scaling group"]
    assert [(stop.kind, stop.ports, stop.holds_data) for stop in branch.stores] == [("database", "5432", True)]
    assert (way.entry.kind, way.doors, way.more) == ("dns name", (), 0)


def test_what_the_internet_reaches_directly_is_a_way_of_its_own() -> None:
    by_kind = {way.entry.kind: way for way in ways(small(), exposed())}
    assert set(by_kind) == {"dns name", "load balancer", "auto scaling group", "network interface"}
    assert by_kind["load balancer"].doors == ("tcp 443 from the internet",)
    assert by_kind["load balancer"].why == ("rtb-1 routes 0.0.0.0/0 to igw-1", "rule of shop")
    assert by_kind["auto scaling group"].branches[0].stores[0].kind == "database"
    assert by_kind["network interface"].branches == ()


def test_what_only_a_service_in_front_reaches_is_no_way_of_its_own() -> None:
    world, edge_node = node("internet", "w", "unplaced", id="internet"), node("distribution", "d", "presentation")
    inner = node("load_balancer", "inner", "application")
    view = description([world, edge_node, inner], [edge(world, edge_node), edge(edge_node, inner)])
    path = {"ports": "tcp 443", "origin": "the internet", "chain": [], "front": "CloudFront"}
    asked = {"id": inner["id"], "name": "inner", "region": "eu-west-1", "instance": None, "paths": [path]}
    assert [way.entry.kind for way in ways(view, {"reached": [asked]})] == ["distribution"]
    direct = asked | {"paths": [path, path | {"front": ""}]}
    assert {way.entry.kind for way in ways(view, {"reached": [direct]})} == {"distribution", "load balancer"}
    assert [way.entry.kind for way in ways(None, {"reached": [asked]})] == ["network interface"]


def test_without_a_topology_there_is_still_what_is_reached() -> None:
    assert [way.entry.kind for way in ways(None, exposed())] == ["network interface"] * 3
    assert ways(None) == []
    assert ways(small() | {"edges": []}) == []


def test_the_worst_way_is_first() -> None:
    world, safe, bad = node("internet", "w", "unplaced", id="internet"), node("api", "a", "x"), node("api", "b", "x")
    view = description([world, safe, bad], [edge(world, safe), edge(world, bad)])
    mark = Mark(Severity.HIGH, "check", "Title.", "it is so", "Fix.", "b")
    found = ways(view, marks={bad["id"]: (mark,)})
    assert [(way.entry.name, way.entry.failed, way.entry.worst) for way in found] == [
        ("b", 1, Severity.HIGH), ("a", 0, None),
    ]  # fmt: skip


def test_a_loop_ends() -> None:
    world, one, two = (node("internet", "w", "unplaced", id="internet"), node("api", "a", "x"), node("queue", "b", "y"))
    view = description([world, one, two], [edge(world, one), edge(one, two), edge(two, one)])
    assert [way.branches for way in ways(view)] == [()]


def test_many_stores_are_counted_not_listed() -> None:
    world, door = node("internet", "w", "unplaced", id="internet"), node("api", "a", "x")
    stores = [node("table", f"t{n}", "data_non_relational") for n in range(20)]
    view = description([world, door, *stores], [edge(world, door), *(edge(door, one, "role") for one in stores)])
    (way,) = ways(view)
    assert (len(way.branches[0].stores), way.more) == (WAYS.CHAINS, 20 - WAYS.CHAINS)


def test_the_picture_is_framed_without_any_right_but_its_script() -> None:
    page = written(sample())
    (frame,) = [attrs for tag, attrs in Parsed(page).elements if tag == "iframe"]
    assert frame["sandbox"] == "allow-scripts"
    assert "src" not in frame
    inner = Parsed(frame["srcdoc"] or "")
    marked = marks_of(sample().views["topology"]["nodes"], sample())  # type: ignore[arg-type]
    assert f"{sum(map(len, marked.values()))} failed checks" in inner.text
    policy = next(attrs["content"] for tag, attrs in Parsed(page).elements if attrs.get("http-equiv"))
    own = next(attrs["content"] for tag, attrs in inner.elements if attrs.get("http-equiv"))
    for kind in ("style-src", "script-src"):
        (hashed,) = [part.split()[1] for part in (own or "").split("; ") if part.startswith(kind)]
        assert hashed in (policy or ""), "the report's policy holds for the frame too"


@pytest.mark.parametrize("views", [{}, {"topology": description([], [])}])
def test_without_a_topology_there_is_no_picture_and_no_link_to_one(views: dict[str, Any]) -> None:
    page = Parsed(written(replace(sample(), views=views)))
    assert not page.tags["iframe"]
    assert "#tiers" not in [attrs.get("href") for _, attrs in page.elements]
    assert "#ways" not in [attrs.get("href") for _, attrs in page.elements]


def test_each_workload_has_its_strategy_its_picture_and_its_next_steps() -> None:
    page = written(replace(sample(), views={"recovery": recovered("shop")}))
    parsed = Parsed(page)
    assert "#recovery" in [attrs.get("href") for _, attrs in parsed.elements]
    (picture,) = [attrs for tag, attrs in parsed.elements if tag == "svg" and attrs.get("class") == "timeline"]
    assert picture["aria-label"] == "shop: RPO 1 h to 24 h, RTO 70 min to 26 h; RPO 15 min declared"
    assert "replicate database instance shop to eu-central-1" in parsed.text
    assert "missed; the cheapest strategy for them is Pilot Light" in parsed.text


def test_many_workloads_are_counted() -> None:
    (one,) = recovered()["workloads"]
    many = [{**one, "workload": f"w{number}"} for number in range(RECOVERY.MOST + 3)]
    page = Parsed(written(replace(sample(), views={"recovery": recovered() | {"workloads": many}})))
    assert page.tags["article"] >= RECOVERY.MOST
    assert "and 3 more workloads: auditor recovery shows them all" in page.text


def test_without_workloads_there_is_no_recovery_and_no_link_to_it() -> None:
    for views in ({}, {"recovery": recovered() | {"workloads": []}}):
        page = Parsed(written(replace(sample(), views=views)))
        assert "#recovery" not in [attrs.get("href") for _, attrs in page.elements]
