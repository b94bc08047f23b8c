from __future__ import annotations

import json
import unicodedata
from types import MappingProxyType

import pytest
import wcwidth
from hypothesis import given
from hypothesis import strategies as st

from auditor.text import compact_json, line, plain, shorten, wrap

ARN = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/orders/50dc6c495c0c9188"
TEXT = st.text() | st.text("ab \x1b[31m\x9b\u202e\u200d\ufe0f漢e\u0301👨", max_size=60)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("orders-db", "orders-db"),
        ("Jörg Müller, 東京 \U0001f600", "Jörg Müller, 東京 \U0001f600"),
        ("", ""),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b31m", r"\x9b31m"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("null\x00 delete\x7f bell\x07", r"null\x00 delete\x7f bell\x07"),
        ("invoice-\u202egpj.exe", r"invoice-\u202egpj.exe"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("line\u2028paragraph\u2029", r"line\u2028paragraph\u2029"),
        ("no-break\xa0space", r"no-break\xa0space"),
        ("half \ud800", r"half \ud800"),
        ("tag \U000e0041", r"tag \U000e0041"),
        ("filler\u3164selector\ufe0f", r"filler\u3164selector\ufe0f"),
        (r"C:\temp", r"C:\temp"),
    ],
)
def test_plain_shows_what_a_terminal_would_obey_hide_or_reorder(text: str, seen: str) -> None:
    assert plain(text) == seen


@given(TEXT)
def test_plain_text_is_printable_and_visible(text: str) -> None:
    seen = plain(text)
    assert seen.isprintable()
    assert {unicodedata.category(char)[0] for char in seen.replace(" ", "")} <= set("LMNPS")
    assert wcwidth.width(seen, control_codes="strict") >= 0
    seen.encode()


@given(TEXT)
def test_plain_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"], max_codepoint=0xFFF)))
def test_plain_leaves_visible_text_alone(text: str) -> None:
    assert plain(text) == text


def test_line_joins_prose_that_its_source_wrapped() -> None:
    assert line("deny s3:* to everyone\n        without TLS.\n") == "deny s3:* to everyone without TLS."


def test_shorten_keeps_the_tail_of_an_arn() -> None:
    assert shorten(ARN, 40) == "arn:aws:elast…pp/orders/50dc6c495c0c9188"


def test_shorten_keeps_the_head_of_a_name() -> None:
    assert shorten("Data is encrypted, at rest and in transit", 18) == "Data is encrypted…"


def test_shorten_counts_cells_rather_than_characters() -> None:
    assert shorten("東京東京東京", 7) == "東京東…"
    assert shorten("東京東京東京", 6) == "東京…"
    assert shorten("東京東京東京", 12) == "東京東京東京"


@given(TEXT.map(plain), st.integers(1, 60), st.booleans())
def test_shorten_fits(text: str, width: int, is_arn: bool) -> None:
    text = f"arn:{text}" if is_arn else text
    short = shorten(text, width)
    assert wcwidth.width(short) <= width
    assert (short == text) == (wcwidth.width(text) <= width)


@given(TEXT.map(plain), st.integers(2, 60), st.integers(1, 4) | st.none())
def test_wrapped_lines_fit(text: str, width: int, lines: int | None) -> None:
    wrapped = wrap(text, width, lines=lines)
    assert all(wcwidth.width(row) <= width for row in wrapped)
    assert lines is None or len(wrapped) <= lines


@given(st.lists(st.text("abc-/:", min_size=1, max_size=9), max_size=30))
def test_wrap_keeps_every_word_whole(words: list[str]) -> None:
    assert " ".join(wrap(" ".join(words), 9)) == " ".join(words)


def test_wrap_marks_what_it_left_out() -> None:
    assert wrap("one two three four five", 9, lines=2) == ["one two", "three …"]


def test_compact_json_takes_whatever_a_check_observed() -> None:
    observed = MappingProxyType({"ports": (22, 3389), "group": MappingProxyType({"open": True}), "ratio": float("nan")})
    assert compact_json(observed) == '{"ports": [22, 3389], "group": {"open": true}, "ratio": null}'


def test_compact_json_refuses_what_is_not_json() -> None:
    with pytest.raises(TypeError, match="set is not a JSON value"):
        compact_json({"ports": {22}})


SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_compact_json_reads_back_the_same_and_is_one_safe_line(value: object) -> None:
    written = compact_json(value)
    assert written.isascii()
    assert written.isprintable() or "\x7f" in written
    assert json.loads(written) == value == json.loads(compact_json(value, ascii_only=False))
