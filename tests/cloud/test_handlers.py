"""The store of botocore's handlers against botocore's own."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from botocore.hooks import _FIRST, _LAST, _MIDDLE, EventAliaser, _PrefixTrie
from botocore.session import get_session
from hypothesis import given
from hypothesis import strategies as st

from auditor.calls import call
from auditor.cloud.handlers import Handlers
from auditor.cloud.models import declared_session

NAMES = st.lists(st.sampled_from(["a", "b", "*"]), min_size=1, max_size=4).map(".".join)
EVENTS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=5).map(".".join)
ADDED = st.lists(st.tuples(NAMES, st.sampled_from([_FIRST, _MIDDLE, _LAST])), max_size=12)


@given(ADDED, st.sets(st.integers(0, 11)), EVENTS)
def test_handlers_are_found_in_the_order_in_which_botocore_calls_them(
    added: list[tuple[str, int]], removed: set[int], event: str
) -> None:
    ours, theirs = Handlers(), _PrefixTrie()
    for number, (name, section) in enumerate(added):
        ours.append_item(name, number, section)
        theirs.append_item(name, number, section)
    assert ours.prefix_search(event) == tuple(theirs.prefix_search(event))
    for number in removed & set(range(len(added))):
        ours.remove_item(added[number][0], number)
        theirs.remove_item(added[number][0], number)
    assert ours.prefix_search(event) == tuple(theirs.prefix_search(event))


def test_a_copy_is_changed_alone() -> None:
    first = Handlers()
    first.append_item("a", 1)
    second = copy.copy(first)
    second.append_item("a.b", 2)
    second.remove_item("a", 1)
    assert first.prefix_search("a.b") == (1,)
    assert second.prefix_search("a.b") == (2,)


def test_what_was_never_there_cannot_be_removed() -> None:
    with pytest.raises(ValueError, match="not in trie"):
        Handlers().remove_item("a", 1)


def test_clients_use_it() -> None:
    client = declared_session([call("kms", "ListKeys")]).create_client("kms", region_name="eu-west-1")
    assert isinstance(client.meta.events, EventAliaser)
    assert isinstance(client.meta.events._emitter._handlers, Handlers)


def test_a_client_copies_little_of_what_botocore_does() -> None:
    lean, whole = declared_session([call("s3", "GetBucketLocation")]), get_session()
    assert _size(lean) < 0.6 * _size(whole)


def _size(session: Any) -> int:
    """Of what each client copies, in characters: it has no other measure."""
    return len(repr(session.get_component("event_emitter")._emitter._handlers.__dict__))


@pytest.mark.parametrize(
    ("service", "operation", "event", "handler"),
    [
        (
            "s3control", "GetPublicAccessBlock",
            "before-parameter-build.s3-control.X", "remove_accid_host_prefix_from_model",
        ),
        ("route53", "ListHostedZones", "before-parameter-build.route-53.X", "fix_route53_ids"),
        ("apigateway", "GetRestApis", "before-call.api-gateway.X", "add_accept_header"),
        ("iam", "GetRole", "after-call.iam.GetRole", "json_decode_policies"),
    ],
)  # fmt: skip
def test_a_service_has_its_handlers_and_no_other_has_them(
    service: str, operation: str, event: str, handler: str
) -> None:
    def called(name: str, declared: str) -> list[str]:
        emitter = declared_session([call(name, declared)]).get_component("event_emitter")._emitter
        return [getattr(one, "__name__", "") for one in emitter._handlers.prefix_search(event)]

    assert handler in called(service, operation)
    if service != "iam":  # which opening an account always asks
        assert handler not in called("kms", "ListKeys")
