"""A scene as one page that needs no network: pan, zoom, filters, and the findings of what is clicked."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from auditor.drawing.scene import BANDS, Card, Scene
from auditor.drawing.svg import drawing, style
from auditor.model import Severity
from auditor.text import plain


def page(scene: Scene) -> str:
    """The page. Nothing may be loaded by it, and only its own style and script may run."""
    css, script = sources()
    context = {
        "scene": scene,
        "bands": [(name, title) for name, title in BANDS.items() if any(_band(one) == name for one in scene.cards)],
        "severities": [one.value for one in reversed(Severity) if any(card.severity is one for card in scene.cards)],
        "failed": sum(len(one.marks) for one in scene.cards),
        "resources": sum(len(one.nodes) for one in scene.cards),
        "style": Markup(css),  # noqa: S704 - our own file
        "script": Markup(script),  # noqa: S704 - our own file
        "policy": _policy(css, script),
        "picture": Markup(drawing(scene)),  # noqa: S704 - escaped where it is made
        "data": _script_safe([_described(one) for one in scene.cards]),
    }
    return str(_template().render(context))


def sources() -> tuple[str, str]:
    """The page's style and script, the same for every scene: for the policy of a page that frames it."""
    return f"{style()}{_source('page.css')}", _source("page.js")


def _template() -> Any:
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 - slow to import

    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: plain(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.from_string(_source("page.html.j2"))


def _source(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def _policy(css: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src '{_hash(css)}'; script-src '{_hash(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _script_safe(value: Any) -> Markup:
    """JSON that cannot end the script element that holds it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704 - escaped


def _band(card: Card) -> str:
    return card.band if card.band in BANDS else "unplaced"


def _described(card: Card) -> dict[str, Any]:
    """What the script shows and filters by; every text is made visible here and put as text there."""
    return {
        "title": plain(card.title),
        "note": plain(card.note),
        "band": _band(card),
        "tier": BANDS[_band(card)],
        "applications": sorted({plain(one["application"]) for one in card.nodes if one["application"]}),
        "severities": sorted({one.severity.value for one in card.marks}),
        "nodes": [_node(one) for one in card.nodes],
        "marks": [
            {
                "severity": one.severity.value,
                "check": plain(one.check),
                "title": plain(one.title),
                "reason": plain(one.reason),
                "fix": plain(one.fix),
                "resource": plain(one.resource),
            }
            for one in card.marks
        ],
    }


def _node(node: dict[str, Any]) -> dict[str, Any]:
    places = (node["region"], node["vpc"], ", ".join(node["subnets"]))
    return {
        "id": plain(node["id"]),
        "name": plain(node["name"]),
        "place": plain(" · ".join(filter(None, places))),
        "rule": plain(node["rule"]),
        "ports": ", ".join(map(str, node["ports"])),
    }
