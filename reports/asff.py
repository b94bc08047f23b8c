"""The findings in the AWS Security Finding Format, for Security Hub and what reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from auditor.asff import findings
from auditor.interchange import json_members
from auditor.rendering import renderer

if TYPE_CHECKING:
    from auditor.model import Assessment


@renderer("asff", suffix=".asff.json")
def asff(assessment: Assessment, out: TextIO) -> None:
    """Write one document, `{"Findings": [...]}`, a line a finding; a request takes 100 of them."""
    out.writelines(json_members({"Findings": findings(assessment)}))
    out.write("\n")
