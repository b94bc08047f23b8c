from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from auditor.errors import Unread
from auditor.model import GLOBAL, GapKind
from auditor.typed import Evidence, Place, Resource, at, evidence, find_enclosing, parent, parse, reference

PLACE = Place("aws", "123456789012", "eu-west-1", "ec2:DescribeThings", "ec2:DescribeThings")


@evidence
class Part(Evidence):
    port: int = at("Port")


@evidence
class Thing(Resource):
    type_name: ClassVar = "AWS::Test::Thing"
    arn_format: ClassVar = "arn:{partition}:test:{region}:{account}:thing/{id}"
    id: str = at("Id")
    state: str = at("State.Name")
    address: str | None = at("Address")
    on: bool = at("On")
    tenancy: str = at("Tenancy", absent="default")
    groups: tuple[str, ...] = at("Groups[].GroupId")
    nested: tuple[int, ...] = at("Outer[].Inner[].Port")
    parts: tuple[Part, ...] = at("Parts")
    made: datetime = at("Made")
    size: int | None = at("Size", parse=lambda value: value * 1024)
    tags: Mapping[str, str] = at("Tags")


@evidence
class Child(Resource):
    type_name: ClassVar = "AWS::Test::Child"
    arn: str = at("Arn")
    thing: str = parent("id")


def thing(**raw: Any) -> Thing:
    return parse(Thing, {"Id": "t-1"} | raw, PLACE)


def test_fields_come_from_their_paths() -> None:
    found = thing(
        State={"Name": "running"},
        Address="10.0.0.1",
        On=False,
        Groups=[{"GroupId": "a"}, {"GroupId": "b"}],
        Outer=[{"Inner": [{"Port": 1}, {"Port": 2}]}, {}, {"Inner": [{"Port": 3}]}],
        Parts=[{"Port": 80}],
        Made="2026-01-02T03:04:05+00:00",
        Size=2,
        Tags=[{"Key": "Name", "Value": "web"}],
    )
    assert (found.state, found.address, found.on, found.groups) == ("running", "10.0.0.1", False, ("a", "b"))
    assert found.nested == (1, 2, 3)
    assert found.parts[0].port == 80
    assert found.made == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found.size == 2048
    assert dict(found.tags) == {"Name": "web"}
    assert found.name == "web"


@pytest.mark.parametrize("field", ["state", "on", "made"])
def test_a_field_that_aws_left_out_is_unread_and_names_its_path(field: str) -> None:
    with pytest.raises(Unread) as caught:
        getattr(thing(), field)
    assert caught.value.gap.kind is GapKind.FIELD_MISSING
    assert caught.value.gap.reason.startswith("the answer to ec2:DescribeThings has no ")


def test_absence_is_an_answer_only_where_the_type_says_so() -> None:
    found = thing()
    assert found.address is None
    assert found.size is None
    assert found.groups == ()
    assert found.tenancy == "default"
    assert found.tags == {}


def test_an_arn_is_made_of_the_place_and_the_fields() -> None:
    assert thing().arn == "arn:aws:test:eu-west-1:123456789012:thing/t-1"
    assert parse(Thing, {"Id": "t-1"}, Place("aws-cn", "1", GLOBAL)).arn == "arn:aws-cn:test::1:thing/t-1"


def test_a_child_knows_what_it_was_listed_under() -> None:
    above = thing()
    child = parse(Child, {"Arn": "arn:aws:test:::c"}, PLACE, above)
    assert child.thing == "t-1"
    assert child.enclosing(Thing) is above
    assert find_enclosing(above, Child) is None
    with pytest.raises(LookupError, match="not listed under a Child"):
        above.enclosing(Child)


def test_evidence_is_frozen() -> None:
    with pytest.raises(AttributeError, match="Thing is frozen"):
        thing().state = "x"  # type: ignore[misc]
    with pytest.raises(AttributeError, match="has no colour"):
        _ = thing().colour  # type: ignore[attr-defined]


def test_a_field_without_a_path_is_refused_at_load() -> None:
    with pytest.raises(TypeError, match=r'Bare: say where size stands: size: \.\.\. = at\("Path"\)'):

        @evidence
        class Bare(Evidence):
            size: int


def test_a_reference_names_the_resource_for_a_finding() -> None:
    ref = reference(thing(Tags=[{"Key": "team", "Value": "x"}]))
    assert (ref.type, ref.region, ref.name, ref.tags) == ("AWS::Test::Thing", "eu-west-1", "t-1", {"team": "x"})


@pytest.mark.parametrize(
    "raw",
    [
        [{"Key": "a", "Value": "b"}],
        [{"key": "a", "value": "b"}],
        [{"TagKey": "a", "TagValue": "b"}],
        {"a": "b"},
    ],
)
def test_tags_come_in_many_shapes(raw: Any) -> None:
    assert dict(thing(Tags=raw).tags) == {"a": "b"}
