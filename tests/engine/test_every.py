from typing import Any

import pytest

from auditor.errors import Unread
from auditor.every import Every, Group
from auditor.evidence.s3 import BucketEntry
from auditor.testing import gap, made

A = made(BucketEntry, Name="a", region="eu-west-1")
B = made(BucketEntry, Name="b", region="eu-central-1")
WEST = Group("eu-west-1", None, (A,))
CENTRAL = Group("eu-central-1", None, (B,))
DENIED: Group[Any] = Group("us-east-1", None, (), gap("s3:List", "us-east-1"))


def test_all_of_a_kind_can_be_gone_through() -> None:
    every = Every([WEST, CENTRAL])
    assert list(every) == [A, B]
    assert len(every) == 2
    assert every
    assert every.gaps == ()


@pytest.mark.parametrize("ask", [list, len, lambda every: every.by(str)])
def test_a_part_that_could_not_be_read_makes_the_whole_unread(ask: Any) -> None:
    with pytest.raises(Unread, match="s3:List was denied"):
        ask(Every([WEST, DENIED]))


def test_one_that_is_known_is_enough_to_say_that_there_is_one() -> None:
    assert Every([WEST, DENIED])
    with pytest.raises(Unread):
        bool(Every([DENIED]))
    assert Every([WEST, DENIED]).known() == (A,)


def test_a_region_is_strict_for_itself_only() -> None:
    every = Every([WEST, CENTRAL, DENIED])
    assert every.within("eu-west-1") == (A,)
    assert every.within("eu-north-1") == ()
    with pytest.raises(Unread):
        every.within("us-east-1")


def test_a_scope_is_strict_for_itself_and_for_the_listing_that_would_have_named_it() -> None:
    every = Every([Group("eu-west-1", A, ("of a",)), Group("eu-central-1", B, (), gap("x:Y"))])
    assert every.of(A) == ("of a",)
    with pytest.raises(Unread, match="x:Y"):
        every.of(B)
    with pytest.raises(Unread, match="x:Z"):
        Every([Group("eu-west-1", None, (), gap("x:Z"))]).of(A)


def test_an_index_is_made_once() -> None:
    calls = []

    def key(entry: BucketEntry) -> str:
        calls.append(entry)
        return entry.region

    every = Every([WEST, CENTRAL])
    assert every.by(key)["eu-west-1"] == (A,)
    assert every.by(key)["eu-central-1"] == (B,)
    assert len(calls) == 2
