"""Pictures of topologies: what they show, where it stands, and that names stay text."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from itertools import combinations
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from crowd import crowd, description, edge, marks, node, small
from goldens import same_as_golden

from auditor.drawing import FORMATS, Mark, Scene, make_scene, marks_of
from auditor.drawing.layout import arrange
from auditor.errors import UsageError
from auditor.model import Severity

HOSTILE = (
    '"]; end; click n0 "javascript:alert(1)"',
    "<script>alert(1)</script>",
    "</svg><img src=x onerror=alert(1)>",
    "]]>&amp;&#60;",
    "line\nbreak\x1b[31m\u202e",
    "half \ud83d a character",
    "\\",
    '"',
    "`**bold**`",
    "1. list",
    "%%{init: {}}%%",
    "end",
    "",
    "x" * 4000,
)
CROWD = crowd()


def scene(**more: Any) -> Scene:
    return make_scene(CROWD, marks(CROWD["nodes"]), **more)


def shop(name: str = "shop") -> Scene:
    world = small(name)
    return make_scene(world, {world["nodes"][5]["id"]: (_mark(name),)}, title=name)


def _mark(name: str = "open") -> Mark:
    return Mark(Severity.HIGH, "database_is_open", name, name, name, name)


@pytest.mark.parametrize("form", list(FORMATS))
def test_a_small_account_looks_as_it_did(form: str) -> None:
    same_as_golden(f"topology.{form}", FORMATS[form](shop()))


@pytest.mark.parametrize("form", list(FORMATS))
def test_the_same_description_gives_the_same_bytes_whatever_came_before(form: str) -> None:
    copy = json.loads(json.dumps(CROWD))
    assert FORMATS[form](make_scene(copy, marks(copy["nodes"]))) == FORMATS[form](scene())


def test_200_nodes_are_all_there_once_and_readably_few() -> None:
    cards = scene().cards
    drawn = Counter(one["id"] for card in cards for one in card.nodes)
    assert drawn == Counter(one["id"] for one in CROWD["nodes"])
    assert len(drawn) == 200
    assert len(cards) < 120


def test_no_two_boxes_of_200_nodes_overlap() -> None:
    boxes = [box for _, box in arrange(scene()).cards]
    for one, other in combinations(boxes, 2):
        apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
        assert apart_x or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_no_line_crosses_a_box() -> None:
    picture = arrange(scene())
    for line in picture.lines:
        for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
            for _, box in picture.cards:
                across = max(min(x1, x2), box.x) < min(max(x1, x2), box.x + box.width) or box.x < x1 == x2 < (
                    box.x + box.width
                )
                along = max(min(y1, y2), box.y) < min(max(y1, y2), box.y + box.height) or box.y < y1 == y2 < (
                    box.y + box.height
                )
                assert not (across and along), (line.link, box)


def test_boxes_stand_in_the_band_and_the_frame_that_they_belong_to() -> None:
    picture = arrange(scene())
    bands = {one.kind: one for one in picture.bands}
    vpcs = {one.label: one for one in picture.frames if one.kind == "vpc"}
    for card, box in picture.cards:
        assert bands[card.band].y <= box.y
        assert box.y + box.height <= bands[card.band].y + bands[card.band].height
        if card.vpc:
            frame = vpcs[card.vpc]
            assert frame.x <= box.x
            assert box.x + box.width <= frame.x + frame.width


def test_the_worst_of_many_stand_by_themselves() -> None:
    nodes = [node("function", f"f{number:02}", "application") for number in range(30)]
    cards = make_scene(description(nodes, []), {nodes[20]["id"]: (_mark(),)}).cards
    assert "f20" in {card.title for card in cards}
    (more,) = (card for card in cards if card.is_many)
    assert more.title == f"{len(more.nodes)} more"


def test_a_target_group_is_part_of_its_load_balancer_and_leaves_its_port() -> None:
    found = shop()
    assert [one.kind for one in found.cards].count("target_group") == 0
    fleet = next(one for one in found.cards if one.kind == "auto_scaling_group")
    assert [one.label for one in found.links if one.target == fleet.id] == ["8080"]


def test_one_application_is_drawn_with_its_way_in() -> None:
    found = scene(application="shop")
    kinds = {one["kind"] for card in found.cards for one in card.nodes}
    others = [one for card in found.cards for one in card.nodes if one["application"] != "shop"]
    assert {one["kind"] for one in others} <= {"internet", "dns_name", "web_acl"}
    assert {"internet", "dns_name"} <= kinds
    with pytest.raises(UsageError, match="did you mean shop"):
        scene(application="shpo")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_stays_text(name: str) -> None:
    ET.fromstring(FORMATS["svg"](shop(name)).encode("utf-8"))  # noqa: S314 - our own
    html = FORMATS["html"](shop(name))
    assert html.encode("utf-8")
    assert html.count("<script") == 2
    assert "<img" not in html
    assert "\x1b" not in html
    assert_mermaid(FORMATS["mermaid"](shop(name)))
    assert_dot(FORMATS["dot"](shop(name)))


@pytest.mark.parametrize("form", ["svg", "html"])
def test_nothing_is_loaded(form: str) -> None:
    text = FORMATS[form](scene())
    outside = [one for one in re.findall(r"https?://[^\s\"'<)]+", text) if "www.w3.org" not in one]
    assert not outside
    assert " style=" not in text


def test_mermaid_and_dot_of_200_nodes_are_well_formed() -> None:
    assert_mermaid(FORMATS["mermaid"](scene()))
    assert_dot(FORMATS["dot"](scene()))


def assert_mermaid(text: str) -> None:
    label = r'"[^"\n`<>]*(<br/>[^"\n`<>]*)?"'
    allowed = re.compile(
        rf"flowchart TB|  subgraph band_\w+\[{label}\]|    n\d+\[{label}\]|  end"
        rf"|  n\d+ -->(\|{label}\|)? n\d+|  classDef \w+ stroke:#\w+,stroke-width:3px|  class n\d+(,n\d+)* \w+"
    )
    assert [line for line in text.splitlines() if not allowed.fullmatch(line)] == []
    assert text.count("  subgraph ") == len(re.findall(r"^  end$", text, re.MULTILINE))


def assert_dot(text: str) -> None:
    bare = re.sub(r'"(\\.|[^"\\\n])*"', "S", text)
    assert '"' not in bare
    assert bare.count("{") == bare.count("}")
    declared = set(re.findall(r"^ +(n\d+) \[", bare, re.MULTILINE))
    assert set(re.findall(r"n\d+", bare)) == declared


def test_a_finding_marks_the_node_that_it_is_about() -> None:
    from dataclasses import replace

    from sample import sample

    from auditor.model import Status

    whole = sample()
    failure = next(one for one in whole.findings if one.status is Status.FAIL and one.waiver is None)
    fleet = node("auto_scaling_group", "shop", "application", members=["i-1"])
    arns = (fleet["id"], "arn:aws:ec2:eu-west-1:1:instance/i-1", f"{fleet['id']}/part", "arn:aws:s3:::other")
    about = tuple(replace(failure, resource=replace(failure.resource, arn=arn)) for arn in arns)
    passing = replace(about[0], status=Status.PASS)
    found = marks_of([fleet], replace(whole, findings=(*about, passing)))
    assert [len(one) for one in found.values()] == [3]


def test_nothing_at_all_can_be_drawn() -> None:
    empty = make_scene(description([], []))
    for write in FORMATS.values():
        assert write(empty)
    lone = make_scene(description([node("internet", "the internet", "unplaced", "global", id="internet")], []))
    for write in FORMATS.values():
        assert write(lone)


def test_a_kind_and_a_tier_that_nobody_knows_are_unplaced() -> None:
    new = node("quantum", "q", "elsewhere")
    old = node("queue", "jobs", "messaging")
    for write in FORMATS.values():
        assert "quantum" in write(make_scene(description([new, old], [edge(old, new, "entangled")])))


def test_the_picture_has_words() -> None:
    tree = ET.parse(io.BytesIO(FORMATS["svg"](shop()).encode()))  # noqa: S314 - our own
    names = {"s": "http://www.w3.org/2000/svg"}
    title, words = tree.find("s:title", names), tree.find("s:desc", names)
    assert title is not None
    assert words is not None
    assert (title.text, "relational data 1" in (words.text or "")) == ("shop", True)
