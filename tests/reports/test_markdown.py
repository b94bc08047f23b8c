from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from goldens import same_as_golden
from hostile import NASTY, TEXTS, assessments, worst
from hypothesis import given, settings
from markdown_it import MarkdownIt
from sample import LONG, big, clean, empty, interrupted, sample

from auditor.model import Pattern, Severity, Status
from auditor.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

module = import_module("auditor.reports.markdown")
MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TAG = re.compile(r"</?([a-z0-9]+)([^<>]*)>")
OURS = {"h1", "h2", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "code", "a", "ul", "li", "blockquote"}
MENTION = re.compile(r"(?<![\w`])[@#!](?=\w)|https?://|www\.\w", re.IGNORECASE)
"""What GitHub and GitLab turn into a mention, a reference or a link in text that is no code."""


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.markdown(assessment, out)
    return out.getvalue()


def rendered(text: str) -> str:
    return str(MARKDOWN.render(text))


def text_of(markup: str) -> str:
    """The text of rendered Markdown as a reader sees it."""
    return html.unescape(TAG.sub("", markup)).replace("\u200b", "")


def inert(markup: str) -> None:
    """Nothing is in it but what the report itself put there."""
    for name, attributes in TAG.findall(markup):
        assert name in OURS
        assert re.fullmatch(
            r"|/| /| href=\"https://docs\.aws\.amazon\.com/[\w/.-]+\"| style=\"text-align:right\"", attributes
        )
    prose = html.unescape(TAG.sub("\n", re.sub("<code>.*?</code>|<a .*?</a>", "", markup)))
    assert not MENTION.search(prose)


def test_same_as_the_golden_file() -> None:
    same_as_golden("sample.md", write(sample()))


def test_a_partial_scan_and_an_empty_account_same_as_the_golden_files() -> None:
    same_as_golden("interrupted.md", write(interrupted()))
    same_as_golden("empty.md", write(empty()))


def test_named_and_written_to_a_file() -> None:
    assert (module.markdown.format, module.markdown.suffix, module.markdown.terminal) == ("markdown", ".md", False)


def test_equal_assessments_give_equal_bytes() -> None:
    assert write(sample()) == write(sample())


@pytest.mark.parametrize("make", [sample, interrupted, clean, empty, lambda: big(2000)])
def test_it_renders_and_fits_a_comment(make: Callable[[], Assessment]) -> None:
    text = write(make())
    assert len(text) <= module.LONGEST
    inert(rendered(text))


@pytest.mark.parametrize("text", [*NASTY, LONG * 10, "<|&$" * 2000, "@a" * 2000])
def test_the_worst_fits_a_comment_and_stays_text(text: str) -> None:
    whole = worst(text)
    controls = tuple(replace(whole.patterns[0].controls[0], id=f"{n}", title=text) for n in range(200))
    patterns = (Pattern("many", text, controls),)
    controls_scored = {("many", control.id): whole.scores.overall for control in controls}
    scores = replace(whole.scores, patterns={"many": whole.scores.overall}, controls=controls_scored)
    checks = tuple(replace(whole.checks[0], id=f"check_{n}", title=text, fix=text, why=text) for n in range(200))
    failing = [finding for finding in whole.findings if finding.status is Status.FAIL]
    findings = tuple(replace(failing[n % len(failing)], check=f"check_{n}") for n in range(200))
    full = replace(whole, patterns=patterns, scores=scores, checks=checks, findings=findings)
    written = write(full)
    assert len(written) <= module.LONGEST
    inert(rendered(written))
    assert re.search(r"^… and \d+ more$", written, re.MULTILINE)


@given(assessments())
@settings(max_examples=60, deadline=None)
def test_any_text_stays_text_and_no_table_breaks(assessment: Assessment) -> None:
    markup = rendered(write(assessment))
    inert(markup)
    for table in re.findall("<table>.*?</table>", markup, re.DOTALL):
        heads = table.count("</th>")
        rows = [row for row in re.findall("<tr>.*?</tr>", table, re.DOTALL) if "</td>" in row]
        assert all(row.count("</td>") == heads for row in rows)


@given(TEXTS)
def test_escaped_text_reads_as_plain_text(text: str) -> None:
    words = ["x", *plain(text).split(), "y"]
    paragraph = rendered(f"x {module.escape(text)} y")
    assert text_of(paragraph).split() == words
    table = rendered(f"| a | b |\n|---|---|\n| x {module.escape(text)} y | z |")
    first, second = re.findall("<td>(.*?)</td>", table)
    assert (text_of(first).split(), second) == (words, "z")
    inert(paragraph)
    inert(table)


@given(TEXTS)
def test_names_in_code_read_as_plain_text(text: str) -> None:
    markup = rendered(f"| a | b |\n|---|---|\n| {module.code(text)} | z |")
    cells = re.findall("<td>(.*?)</td>", markup)
    assert len(cells) == 2
    assert text_of(cells[0]).strip() == plain(text).strip()
    assert cells[0] == "" or cells[0].startswith("<code>")
    inert(markup)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", "a&#124;b"),
        ("<b> & &amp;", "&lt;b&gt; &amp; &amp;&#8203;amp;"),
        ("`x` *y* _z_ ~~n~~", r"\`x\` \*y\* \_z\_ \~\~&#8203;n\~\~"),
        ("[click](https://example.invalid)", r"\[click\](https:&#8203;//example.invalid)"),
        ("@team #12 GH-3", "@&#8203;team #&#8203;12 GH-&#8203;3"),
        ("www.example.invalid", "www&#8203;.example.invalid"),
        ("71 % of $5", "71 % of &#36;&#8203;5"),
        ("bell\x07", r"bell\\x07"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert module.escape(text) == escaped


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("orders-db", "`orders-db`"),
        ("a`b", "``a`b``"),
        ("`a`", "`` `a` ``"),
        ("a|b", "<code>a&#124;b</code>"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_code(name: str, code: str) -> None:
    assert module.code(name) == code


def test_summary_first() -> None:
    lines = write(sample()).splitlines()
    assert lines[0] == "# AWS account 111122223333 (acme-production): 45 of 100"
    assert lines[2].startswith("**23 failed (5 critical, 10 high, ")
    headings = [line for line in lines if line.startswith("## ")]
    assert headings == [
        "## Pillars",
        "## 11 checks failed, the worst first",
        "## Patterns and controls",
        "## Not everything could be read",
        "## Waived",
        "## Warnings",
    ]


def test_the_worst_checks_come_first() -> None:
    severities = re.findall(r"^\| \*\*(\w+)\*\* \| .+ `\w+` \|", write(big(500)), re.MULTILINE)
    ranks = [Severity(severity).rank for severity in severities]
    assert ranks
    assert ranks == sorted(ranks, reverse=True)


def test_a_partial_scan_says_so_at_once() -> None:
    assert write(interrupted()).splitlines()[2].startswith("> **Partial scan**: interrupted after 41 s")


def test_lists_that_do_not_fit_end_in_how_many_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHECKS", 4)
    text = write(sample())
    assert "\n\n… and 7 more\n\n## Patterns" in text
    assert text.count("\n| **") >= 4


def test_nothing_found_nothing_said() -> None:
    text = write(clean())
    assert "checks failed" not in text
    assert "Waived" not in text
    assert write(empty()).startswith("# AWS account 111122223333: not judged\n")
