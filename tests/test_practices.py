from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from datetime import date
from importlib import resources
from typing import TYPE_CHECKING

import pytest
import yaml

from auditor.model import Pillar, Practice, Severity
from auditor.practices import _document, edition, practices

if TYPE_CHECKING:
    from collections.abc import Mapping

ID = re.compile(r"(?P<prefix>OPS|SEC|REL|PERF|COST|SUS)(?P<question>\d\d)-BP(?P<place>\d\d)")

PILLARS = {
    "OPS": (Pillar.OPERATIONAL_EXCELLENCE, 11, 68),
    "SEC": (Pillar.SECURITY, 11, 63),
    "REL": (Pillar.RELIABILITY, 13, 65),
    "PERF": (Pillar.PERFORMANCE_EFFICIENCY, 5, 32),
    "COST": (Pillar.COST_OPTIMIZATION, 11, 50),
    "SUS": (Pillar.SUSTAINABILITY, 6, 29),
}
"""By prefix: the pillar, its questions and its practices."""

SLUGS = {"performing-architecture": "architecture", "data-management": "data", "application-security": "appsec"}
"""By question: what its choices begin with, where that is not the question's own id."""


def parts(practice: Practice) -> tuple[str, int, int]:
    found = ID.fullmatch(practice.id)
    assert found, practice.id
    return found["prefix"], int(found["question"]), int(found["place"])


def by_question() -> Mapping[tuple[str, int], list[Practice]]:
    groups: defaultdict[tuple[str, int], list[Practice]] = defaultdict(list)
    for practice in practices().values():
        prefix, question, _ = parts(practice)
        groups[prefix, question].append(practice)
    return groups


def test_the_edition_is_a_date() -> None:
    assert date.fromisoformat(edition()) == date(2024, 11, 6)


def test_there_are_307_practices_of_57_questions() -> None:
    assert len(practices()) == 307
    assert len(by_question()) == 57


def test_each_practice_stands_under_its_own_id() -> None:
    assert all(key == practice.id for key, practice in practices().items())


@pytest.mark.parametrize("prefix", PILLARS)
def test_the_prefix_decides_the_pillar(prefix: str) -> None:
    pillar, questions, count = PILLARS[prefix]
    members = [practice for practice in practices().values() if parts(practice)[0] == prefix]
    assert {practice.pillar for practice in members} == {pillar}
    assert len(members) == count
    assert sorted({parts(practice)[1] for practice in members}) == list(range(1, questions + 1))


def test_practices_come_in_the_framework_s_order() -> None:
    order = list(PILLARS)
    keys = [(order.index(prefix), *numbers) for prefix, *numbers in map(parts, practices().values())]
    assert keys == sorted(keys)


def test_numbering_within_a_question_has_no_gap() -> None:
    for question, members in by_question().items():
        assert [parts(practice)[2] for practice in members] == list(range(1, len(members) + 1)), question


def test_a_question_has_one_id_and_one_title_of_its_own() -> None:
    told = {key: {(p.question, p.question_title) for p in members} for key, members in by_question().items()}
    assert all(len(names) == 1 for names in told.values())
    names = [name for (name,) in told.values()]
    assert len({name for name, _ in names}) == len({title for _, title in names}) == 57


def test_a_question_s_title_is_numbered_and_asks() -> None:
    for (prefix, number), members in by_question().items():
        assert re.fullmatch(rf"{prefix} {number}\. How do(es)? .+[^ ]\?", members[0].question_title)


def test_a_question_s_id_is_a_slug() -> None:
    for practice in practices().values():
        separator = "_" if practice.pillar is Pillar.SUSTAINABILITY else "-"
        assert re.fullmatch(rf"[a-z]+({separator}[a-z]+)*", practice.question), practice.id


def test_choices_are_unique() -> None:
    twice = [choice for choice, times in Counter(p.choice for p in practices().values()).items() if times > 1]
    assert twice == []


def test_a_choice_begins_with_its_question() -> None:
    elsewhere = []
    for practice in practices().values():
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", practice.choice), practice.id
        slug = SLUGS.get(practice.question, practice.question.replace("-", "_"))
        if not practice.choice.startswith(f"{parts(practice)[0].lower()}_{slug}_"):
            elsewhere.append(practice.id)
    assert elsewhere == ["SEC05-BP04"]


def test_titles_read_as_titles() -> None:
    for practice in practices().values():
        assert re.fullmatch(r"[A-Z][A-Za-z',() -]+[a-z)sIA]", practice.title), practice.id
        assert "  " not in practice.title, practice.id


def test_titles_repeat_only_where_the_framework_repeats_itself() -> None:
    counts = Counter(practice.title for practice in practices().values())
    assert {title for title, times in counts.items() if times > 1} == {
        "Load test your workload",
        "Perform post-incident analysis",
    }


def test_risks_are_the_three_of_the_framework() -> None:
    assert Counter(practice.risk for practice in practices().values()) == {
        Severity.HIGH: 127,
        Severity.MEDIUM: 143,
        Severity.LOW: 37,
    }


@pytest.mark.parametrize(
    ("identifier", "risk", "choice", "title"),
    [
        ("OPS05-BP04", "medium", "ops_dev_integ_build_mgmt_sys", "Use build and deployment management systems"),
        ("OPS07-BP02", "high", "ops_ready_to_support_const_orr", "Ensure a consistent review of operational readiness"),
        ("SEC01-BP01", "high", "sec_securely_operate_multi_accounts", "Separate workloads using accounts"),
        ("SEC02-BP01", "high", "sec_identities_enforce_mechanisms", "Use strong sign-in mechanisms"),
        ("SEC03-BP07", "low", "sec_permissions_analyze_cross_account", "Analyze public and cross-account access"),
        ("SEC05-BP02", "high", "sec_network_protection_layered", "Control traffic flow within your network layers"),
        ("SEC08-BP02", "high", "sec_protect_data_rest_encrypt", "Enforce encryption at rest"),
        ("SEC09-BP03", "low", "sec_protect_data_transit_authentication", "Authenticate network communications"),
        ("REL09-BP03", "medium", "rel_backing_up_data_automated_backups_data", "Perform data backup automatically"),
        ("REL11-BP02", "high", "rel_withstand_component_failures_failover2good", "Fail over to healthy resources"),
        ("REL13-BP05", "medium", "rel_planning_for_recovery_auto_recovery", "Automate recovery"),
        ("PERF05-BP04", "low", "perf_process_culture_load_test", "Load test your workload"),
        ("COST06-BP04", "medium", "cost_type_size_number_resources_shared", "Consider using shared resources"),
        ("COST11-BP01", "low", "cost_evaluate_cost_effort_automations_operations", "Perform automation for operations"),
        ("SUS06-BP01", "medium", "sus_sus_dev_a1", "Communicate and cascade your sustainability goals"),
    ],
)
def test_a_practice_is_what_the_framework_says(identifier: str, risk: str, choice: str, title: str) -> None:
    practice = practices()[identifier]
    assert (practice.risk.value, practice.choice, practice.title) == (risk, choice, title)


@pytest.mark.parametrize(
    ("identifier", "question", "title"),
    [
        ("OPS04-BP01", "observability", "OPS 4. How do you implement observability in your workload?"),
        ("SEC02-BP01", "identities", "SEC 2. How do you manage authentication for people and machines?"),
        ("REL13-BP01", "planning-for-recovery", "REL 13. How do you plan for disaster recovery (DR)?"),
        ("COST02-BP01", "govern-usage", "COST 2. How do you govern usage?"),
        ("SUS01-BP01", "sus_region", "SUS 1. How do you select Regions for your workload?"),
    ],
)
def test_a_practice_names_its_question(identifier: str, question: str, title: str) -> None:
    practice = practices()[identifier]
    assert (practice.question, practice.question_title) == (question, title)


def test_practices_cannot_be_changed() -> None:
    practice = practices()["SEC02-BP01"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        practice.title = "Use weak ones"  # type: ignore[misc]
    with pytest.raises(TypeError):
        practices()["SEC99-BP01"] = practice  # type: ignore[index]


def test_practices_are_read_once() -> None:
    assert practices() is practices()


def test_the_slow_loader_reads_the_same() -> None:
    assert yaml.safe_load(resources.files("auditor").joinpath("practices.yaml").read_text("utf-8")) == _document()
