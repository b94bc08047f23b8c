from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample import FORMULA, HOSTILE, WAIVER, big, empty, sample

from auditor.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.model import Assessment, Finding

module = import_module("auditor.reports.csv")

HEADER = [
    "check",
    "title",
    "status",
    "severity",
    "pattern",
    "control",
    "pillars",
    "practices",
    "account",
    "region",
    "resource_type",
    "resource_arn",
    "resource_name",
    "reason",
    "observed",
    "fix",
    "waiver_reason",
    "waiver_owner",
    "waiver_expires",
    "tags",
]

# What a spreadsheet may take for the start of a formula: listed apart from the module's own list, on purpose.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212", "\ufe66", "\ufe63")
BLANKS = ("", " ", "  ", "\xa0", "\u3000", "\ufeff", "\u200b", "\x00", " \u2003 ")
CELLS = st.text() | st.builds(
    "".join, st.tuples(st.sampled_from(BLANKS), st.sampled_from((*FORMULAS, "'", '"')), st.text())
)


def write(assessment: Assessment) -> str:
    out = io.StringIO(newline="")
    module.csv(assessment, out)
    return out.getvalue()


def read(assessment: Assessment) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write(assessment), newline=""), strict=True))


def original(cell: str) -> str:
    return cell.removeprefix("'")


def one(**changes: object) -> Assessment:
    whole = sample()
    (finding,) = (f for f in whole.findings if f.resource.name == "orders-db" and f.check == "rds_backup_retention")
    return replace(whole, findings=(replace(finding, **changes),))  # type: ignore[arg-type]


def test_same_as_the_golden_file(golden: Callable[[str, str], None]) -> None:
    whole = sample()
    # A null character would make the file binary for git: names that hide something have tests of their own.
    shown = tuple(finding for finding in whole.findings if plain(finding.resource.name) == finding.resource.name)
    golden("sample.csv", write(replace(whole, findings=shown)))


def test_named_and_written_to_a_file() -> None:
    assert (module.csv.format, module.csv.suffix, module.csv.terminal) == ("csv", ".csv", False)


def test_header_is_fixed() -> None:
    assert list(module.COLUMNS) == HEADER
    assert write(empty()) == ",".join(f'"{column}"' for column in HEADER) + "\r\n"


def test_a_row_a_finding_with_everything_that_it_says() -> None:
    (row,) = read(one(waiver=WAIVER))
    assert row == {
        "check": "rds_backup_retention",
        "title": "Databases keep automated backups long enough.",
        "status": "FAIL",
        "severity": "high",
        "pattern": "disaster_recovery",
        "control": "backup",
        "pillars": "reliability",
        "practices": "REL09-BP03",
        "account": "111122223333",
        "region": "eu-central-1",
        "resource_type": "AWS::RDS::DBInstance",
        "resource_arn": "arn:aws:rds:eu-central-1:111122223333:db:orders-db",
        "resource_name": "orders-db",
        "reason": "backups are kept for 1 day, and 7 are asked for",
        "observed": '{"BackupRetentionPeriod": 1, "minimum_days": 7}',
        "fix": "raise BackupRetentionPeriod to what the workload's objectives ask for.",
        "waiver_reason": "public by design: the marketing site's assets",
        "waiver_owner": "web-team@example.com",
        "waiver_expires": "2027-03-31",
        "tags": '{"environment": "production", "team": "payments"}',
    }


def test_every_finding_is_there_in_order() -> None:
    whole = sample()
    rows = read(whole)
    assert [(r["check"], original(r["resource_name"])) for r in rows] == [
        (f.check, f.resource.name) for f in whole.findings
    ]
    assert {name for name in HOSTILE if name in {original(r["resource_name"]) for r in rows}} == set(HOSTILE)


def test_lines_end_as_rfc_4180_says() -> None:
    text = write(big(50))
    assert text.count("\r\n") == text.count("\n") == 51
    assert text.endswith("\r\n")


def test_json_columns_read_back() -> None:
    for finding, row in zip(sample().findings, read(sample()), strict=True):
        assert json.loads(row["observed"]) == finding.observed
        assert json.loads(row["tags"]) == finding.resource.tags


def test_lone_surrogates_can_be_written_and_json_keeps_them() -> None:
    text = write(one(reason="half a \ud83d", observed={"name": "\ud83d"}))
    assert text.encode()
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["reason"] == r"half a \ud83d"
    assert json.loads(row["observed"]) == {"name": "\ud83d"}


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("trigger", FORMULAS)
def test_formulas_are_neutralized(trigger: str, blank: str) -> None:
    cell = f"{blank}{trigger}HYPERLINK(1)"
    assert module.inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["orders-db", "a=b", "3-1", "{}", "", "   ", '"=1"', "x\t=1", "東京", "§1"])
def test_other_text_is_left_alone(cell: str) -> None:
    assert module.inert(cell) == cell


def test_formula_in_a_resource_name() -> None:
    (row,) = (r for r in read(sample()) if FORMULA in r["resource_name"])
    assert row["resource_name"] == f"'{FORMULA}"


@given(CELLS, CELLS)
def test_no_cell_read_back_starts_a_formula_and_one_prefix_gives_back_the_text(name: str, reason: str) -> None:
    finding: Finding = one().findings[0]
    hostile = replace(finding, reason=reason, resource=replace(finding.resource, name=name, region=reason, arn=name))
    (row,) = read(replace(sample(), findings=(hostile,)))
    for cell in row.values():
        assert not cell.startswith(FORMULAS)
        assert not cell.lstrip("".join(BLANKS)).startswith(FORMULAS)
    encodable = [text.encode("utf-8", "surrogatepass").decode("utf-8", "replace") == text for text in (name, reason)]
    if all(encodable):
        assert original(row["resource_name"]) == original(row["resource_arn"]) == name
        assert original(row["reason"]) == original(row["region"]) == reason
