"""The report for people: one HTML file that needs no network, holds every finding and filters them in place."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from auditor.rendering import renderer
from auditor.text import plain

from .payload import payload
from .summary import FILTERS, summary

if TYPE_CHECKING:
    from typing import TextIO

    from auditor.model import Assessment


@renderer("html", suffix=".html")
def html(assessment: Assessment, out: TextIO) -> None:
    """Write the page: a summary that reads without JavaScript, and all findings as data for the script."""
    style, script = _source("style.css"), _source("script.js")
    page = _environment().from_string(_source("template.html.j2"))
    view = summary(assessment)
    context = {
        **view,
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "policy": _policy(style, script),
        "data": _script_safe(payload(assessment, view["groups"])),
    }
    out.writelines(page.stream(context))


def _source(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _environment() -> Environment:
    """Autoescape for markup, and `plain` for what escaping leaves: characters that hide or reorder text."""
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _policy(style: str, script: str) -> str:
    """Nothing may be loaded, and only this very style and script may run."""
    return (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _script_safe(value: Any) -> Markup:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped
