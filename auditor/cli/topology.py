"""`auditor topology`: a picture of the tiers of an account, from a snapshot or a saved report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from auditor.cli.files import write_whole
from auditor.cli.options import SELECTION, option
from auditor.cli.selection import Choice, choose


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@option(
    "--format",
    "form",
    type=click.Choice(("svg", "html", "mermaid", "dot", "json")),
    default="svg",
    show_default=True,
    help="A picture, a page to look around in, text for Mermaid or Graphviz, or the graph itself.",
)
@option("--application", metavar="NAME", default="", help="Only this application.")
@option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write here, not to standard output.")
@option("--findings/--no-findings", default=True, show_default=True, help="Mark what failed.")
@SELECTION
def topology(source: Path, form: str, application: str, output: Path | None, findings: bool, **given: Any) -> None:
    """Draw the tiers of SOURCE, a snapshot or a JSON report of `auditor scan`, with what failed on them."""
    text = _drawn(source, lambda: choose(**given), form, application, findings=findings)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text)
        click.echo(str(output), err=True)


def _drawn(path: Path, choose_checks: Callable[[], Choice], form: str, application: str, *, findings: bool) -> str:
    from auditor.cli.assessments import read_view
    from auditor.document import instant
    from auditor.drawing import FORMATS, make_scene, marks_of

    assessment, description = read_view(path, "topology", choose_checks)
    scan = assessment.scan
    marks = marks_of(description["nodes"], assessment) if findings else {}
    title = f"{scan.alias or scan.account}, {instant(scan.started)[:10]}"
    scene = make_scene(description, marks, title=title, application=application)
    return FORMATS[form](scene) if form != "json" else _json(description, scene)


def _json(description: dict[str, Any], scene: Any) -> str:
    """The description, of one application if one was chosen, with the failures of each node."""
    import json
    from dataclasses import asdict

    kept = {node["id"] for card in scene.cards for node in card.nodes}
    nodes = [
        {**node, "findings": [asdict(one) for one in scene.marks.get(node["id"], ())]}
        for node in description["nodes"]
        if node["id"] in kept
    ]
    edges = [one for one in description["edges"] if {one["from"], one["to"]} <= kept]
    bands = [{**one, "nodes": [name for name in one["nodes"] if name in kept]} for one in description["bands"]]
    applications = [one for one in description["applications"] if one["name"] in scene.applications]
    shown = {**description, "nodes": nodes, "edges": edges, "bands": bands, "applications": applications}
    return json.dumps(shown, indent=2, ensure_ascii=True) + "\n"
