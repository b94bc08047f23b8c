"""Assessments in which every text of unknown origin is as bad as it gets, for the tests of the renderers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from sample import BIDI, CONTROL, FORMULA, MARKUP, SEPARATORS, sample

from auditor.model import Status, Waiver

if TYPE_CHECKING:
    from auditor.model import Assessment

NASTY = (
    "",
    "   ",
    MARKUP,
    CONTROL,
    BIDI,
    SEPARATORS,
    FORMULA,
    "half \ud83d a character",
    "\x00\ufffe\uffff",
    "]]>&amp;<![CDATA[",
    "{0} {{1}} [click](https://example.invalid)",
    "|a|b\\|c\\\\|d|",
    "`` ` ```x` ",
    "@security-team #1 org/repo#2 GH-3 !4 $5 www.example.invalid https://example.invalid a@example.invalid",
    "# heading\n- item\n\n---\n> quote",
    "..",
    "🏳️‍🌈" * 300,
    "é" * 3000,
    "e" + "\u0301" * 3000,
    "\U000e0100" * 500,
)
TEXTS = st.sampled_from(NASTY) | st.text(st.characters(categories=["L", "N", "P", "S", "Z", "C"]), max_size=60)
TAGS = st.dictionaries(TEXTS, TEXTS, max_size=4)


def worst(text: str, times: int = 200) -> Assessment:
    """This text wherever an account, a profile or a pack puts one, and so many tags and facts."""
    many: dict[str, Any] = {f"{text}{number}": text for number in range(times)}
    whole = sample()
    waiver = Waiver(text, text, text)
    findings = tuple(
        replace(
            finding,
            reason=text,
            resource=replace(finding.resource, name=text, arn=f"{finding.resource.arn}{text}", tags=many),
            observed=many | {"nested": [many, float("nan")]},
            waiver=waiver if finding.waiver else None,
        )
        for finding in whole.findings
    )
    gap = whole.unread[0]
    return replace(
        whole,
        profile=text,
        tool_version=text,
        scan=replace(whole.scan, alias=text, note=text, caller=text, complete=False),
        checks=tuple(replace(check, title=text, why=text, fix=text) for check in whole.checks),
        findings=findings,
        unread=tuple(replace(gap, gap=replace(gap.gap, code=f"{n}", message=text)) for n in range(times)),
        warnings=(text,) * times,
    )


@st.composite
def assessments(draw: st.DrawFn) -> Assessment:
    """One finding of each status, and a waived one, about a resource with drawn texts."""
    whole = sample()
    chosen = [next(one for one in whole.findings if one.status is status) for status in Status if status in _REPORTED]
    waived = next(one for one in whole.findings if one.waiver)
    findings = tuple(
        replace(
            finding,
            reason=draw(TEXTS),
            resource=replace(finding.resource, name=draw(TEXTS), arn=draw(TEXTS), tags=draw(TAGS)),
            observed=draw(TAGS),
            waiver=Waiver(draw(TEXTS), draw(TEXTS), "2027-03-31") if finding is waived else None,
        )
        for finding in (*chosen, waived)
    )
    return replace(whole, findings=findings, warnings=(draw(TEXTS),), profile=draw(TEXTS))


_REPORTED = frozenset(Status) - {Status.NOT_APPLICABLE}
