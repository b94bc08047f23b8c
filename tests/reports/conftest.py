from __future__ import annotations

import io
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from goldens import same_as_golden
from sample import big, clean, empty, interrupted, sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment

MAKERS = {"sample": sample, "interrupted": interrupted, "clean": clean, "empty": empty, "big": big}


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Holds a text to a golden file."""
    return same_as_golden


@pytest.fixture(scope="session")
def render() -> Callable[[Assessment], str]:
    """The HTML of an assessment."""
    renderer = import_module("auditor.reports.html").html

    def write(assessment: Assessment) -> str:
        out = io.StringIO(newline="")
        renderer(assessment, out)
        return out.getvalue()

    return write


@pytest.fixture(scope="session")
def address(render: Callable[[Assessment], str], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Where the report of a named assessment lies, written on first demand."""
    folder = tmp_path_factory.mktemp("html")

    def of(name: str) -> str:
        path = folder / f"{name}.html"
        if not path.exists():
            path.write_text(render(MAKERS[name]()), encoding="utf-8", newline="")
        return path.as_uri()

    return of
