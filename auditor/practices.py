"""The best practices of the Well-Architected Framework: what a check answers to."""

from __future__ import annotations

from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from auditor.model import Pillar, Practice, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PILLARS: Mapping[str, Pillar] = MappingProxyType(
    {
        "OPS": Pillar.OPERATIONAL_EXCELLENCE,
        "SEC": Pillar.SECURITY,
        "REL": Pillar.RELIABILITY,
        "PERF": Pillar.PERFORMANCE_EFFICIENCY,
        "COST": Pillar.COST_OPTIMIZATION,
        "SUS": Pillar.SUSTAINABILITY,
    }
)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's loader is nine times faster, and absent where PyYAML was built without it."""


@cache
def practices() -> Mapping[str, Practice]:
    """Every best practice by its id, in the framework's order."""
    return MappingProxyType({practice.id: practice for practice in _practices(_document()["questions"])})


def edition() -> str:
    """The edition of the framework that the practices are of: the date of its publication."""
    return str(_document()["edition"])


@cache
def _document() -> Mapping[str, Any]:
    text = resources.files("auditor").joinpath("practices.yaml").read_text("utf-8")
    document: Mapping[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506  # both loaders are safe ones
    return document


def _practices(questions: Mapping[str, Mapping[str, Any]]) -> Iterator[Practice]:
    for key, question in questions.items():
        prefix, number = key[:-2], int(key[-2:])
        title = f"{prefix} {number}. {question['title']}"
        for place, (risk, choice, name) in question["practices"].items():
            yield Practice(
                id=f"{key}-{place}",
                title=name,
                pillar=_PILLARS[prefix],
                question=question["id"],
                question_title=title,
                choice=choice,
                risk=Severity(risk),
            )
