"""The outline as HTML: a section of the report, and a page of its own. Neither loads anything or runs a script."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING

from markupsafe import Markup

from auditor.posture.outline import HEADINGS, Outline
from auditor.posture.timeline import timeline
from auditor.text import plain

if TYPE_CHECKING:
    from jinja2 import Environment


def page(outline: Outline) -> str:
    """The page, ending in a newline."""
    css = f"{_source('page.css')}{style()}"
    policy = f"default-src 'none'; style-src 'sha256-{_hash(css)}'; img-src data:; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("page.html.j2")
    return template.render(outline=outline, body=section(outline), style=Markup(css), policy=policy)  # noqa: S704 - ours


def section(outline: Outline) -> Markup:
    """The workloads, below whatever heading stands over them."""
    template = _environment().get_template("section.html.j2")
    return Markup(template.render(outline=outline, headings=HEADINGS, timeline=timeline))  # noqa: S704 - autoescaped


def style() -> str:
    """The style of the section, for the page that holds it."""
    return _source("section.css")


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    return Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_source),
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
