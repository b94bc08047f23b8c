import pytest

from auditor.evidence.purpose import derivable, nonproduction, own_words, sessions


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"env": "dev"}, "env=dev"),
        ({"Environment": "Sandbox"}, "Environment=Sandbox"),
        ({"stage": "prod"}, ""),
        ({"env": "staging"}, ""),
        ({"purpose": "test"}, ""),
        ({}, ""),
    ],
)
def test_a_tag_that_says_nobody_depends_on_it(tags: dict[str, str], expected: str) -> None:
    assert nonproduction(tags) == expected


def test_what_can_be_rebuilt() -> None:
    assert derivable({"backup": "False"}) == "backup=False"
    assert derivable({"dr:exclude": "true"}, "orders") == "dr:exclude=true"
    assert derivable({"backup": "daily"}, "orders") == ""


@pytest.mark.parametrize("name", ["alb-access-logs", "my-logs", "cdk-hnb659fds-assets-1-eu-west-1", "athena-results"])
def test_buckets_that_can_be_rebuilt_by_their_name(name: str) -> None:
    assert derivable({}, name) == "its name"
    assert derivable({}) == ""


@pytest.mark.parametrize(
    "name", ["sessions", "user-sess", "WebSession", "login", "refresh-tokens", "cart", "shop-carts"]
)
def test_words_for_sessions(name: str) -> None:
    assert sessions("other", name)


@pytest.mark.parametrize("name", ["assess", "cartography", "orders"])
def test_words_that_only_look_like_sessions(name: str) -> None:
    assert not sessions(name)


def test_tags_that_a_stack_puts_on_everything_say_nothing() -> None:
    assert own_words({"aws:cloudformation:stack-name": "login", "holds": "pages"}) == ("pages",)
