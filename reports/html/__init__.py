"""The report for people: one HTML file that needs no network, holds every finding and filters them in place."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from auditor.model import Pillar
from auditor.rendering import renderer
from auditor.requirements import Standing, outcomes, sums
from auditor.text import plain

from .payload import payload
from .recovery import recovery, recovery_style
from .scorecards import scorecards
from .summary import FILTERS, summary
from .tiers import frame, marks, sources
from .ways import unseen, ways

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from jinja2 import Environment

    from auditor.model import Assessment


@renderer("html", suffix=".html")
def html(assessment: Assessment, out: TextIO) -> None:
    """Write the page: a summary that reads without JavaScript, and all findings as data for the script."""
    style, script = _source("style.css") + recovery_style(), _source("script.js")
    view = summary(assessment)
    marked = marks(assessment)
    picture = frame(assessment, marked)
    framed = [sources()] if picture else []
    context = {
        **view,
        "patterns": scorecards(assessment, view["groups"]),
        "pillars": list(Pillar),
        "ways": ways(assessment, marked),
        "unseen_ways": unseen(assessment),
        "tiers": picture,
        **recovery(assessment),
        "requirements": requirements(assessment),
        "requirement_sums": sums(outcomes(assessment)),
        "style": Markup(style),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "policy": _policy([style, *(css for css, _ in framed)], [script, *(js for _, js in framed)]),
        "data": _script_safe(payload(assessment, view["groups"])),
    }
    out.writelines(_environment().get_template("template.html.j2").stream(context))


def requirements(assessment: Assessment) -> list[Any]:
    """The outcomes of the requirements: those that ask for work first, each kind in the framework's order."""
    order = list(Standing)
    return sorted(outcomes(assessment), key=lambda one: order.index(one.standing))


def _source(name: str) -> str:
    return files(__name__).joinpath(name).read_text("utf-8")


def _environment() -> Environment:
    """Autoescape for markup, and `plain` for what escaping leaves: characters that hide or reorder text."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_source),
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _policy(styles: Iterable[str], scripts: Iterable[str]) -> str:
    """Nothing may be loaded, and only these very styles and scripts may run, here and in a frame within."""
    return (
        f"default-src 'none'; style-src {_hashes(styles)}; script-src {_hashes(scripts)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Iterable[str]) -> str:
    return " ".join(f"'{_hash(text)}'" for text in texts)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _script_safe(value: Any) -> Markup:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped
