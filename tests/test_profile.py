from __future__ import annotations

import json
import pickle
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from auditor.assess import Settings
from auditor.errors import ProfileError
from auditor.model import Account, Answer, Pillar, Severity, Verdict, Waiver, passed
from auditor.profile import Profile, Selection, Selector, available, load_profile, schema
from auditor.registry import Registry, profile_folders
from auditor.wiring import Check, Threshold
from auditor.workloads import DURATION, Frequency, Members, Money, RecoveryTest, Strategy, Tier, Workload, duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from auditor.registry import AnyCheck


def made(
    name: str,
    home: str,
    *practices: str,
    severity: Severity = Severity.HIGH,
    aliases: tuple[str, ...] = (),
    **thresholds: tuple[Any, Any],
) -> AnyCheck:
    def function() -> Verdict:
        return passed("it is a stand-in")

    function.__module__ = f"auditor.checks.{home}"
    known = tuple(Threshold(name, default, hint) for name, (default, hint) in thresholds.items())
    return Check(name, f"{name} is well", "why", "fix", practices, severity, function, Account, (), known, aliases)


CHECKS = (
    made("backup_recent", "disaster_recovery.backup", "REL09-BP03", aliases=("backup_fresh",), max_age_hours=(30, int)),
    made("backup_tested", "disaster_recovery.testing", "REL09-BP04", severity=Severity.MEDIUM),
    made("cdn_logging", "edge.cdn", "SEC04-BP01", severity=Severity.LOW, prefixes=(["a"], tuple[str, ...])),
    made("cdn_tls", "edge.cdn", "SEC09-BP02", severity=Severity.CRITICAL),
    made(
        "kms_key_rotation_disabled", "zero_trust.encryption", "SEC08-BP01",
        max_days=(365, int), ratio=(0.5, float), strict=(True, bool), mode=("any", str), ports=([22], tuple[int, ...]),
    ),
    made("s3_bucket_plaintext", "zero_trust.encryption", "SEC09-BP02", severity=Severity.MEDIUM),
)  # fmt: skip
REGISTRY = Registry({one.id: one for one in CHECKS}, (), (), ())
ALL = tuple(REGISTRY.checks)


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes files into the current folder, so that messages name them as given."""
    monkeypatch.chdir(tmp_path)

    def put(text: str | bytes, name: str = "my.yaml") -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return put


def load(path: Path | str = "my.yaml", folders: tuple[Path, ...] = ()) -> Profile:
    return load_profile(str(path), REGISTRY, folders)


def refused(path: Path | str = "my.yaml", folders: tuple[Path, ...] = ()) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load(path, folders)
    assert caught.value.exit_code == 2
    return str(caught.value).split("\n")


def chosen(profile: Profile) -> tuple[str, ...]:
    return tuple(one.id for one in profile.select(REGISTRY.checks))


WAIVER = "waivers:\n- checks: [{}]\n  resources: ['*']\n  reason: r\n  owner: o\n  expires: {}\n"
WORKLOAD = "workloads:\n- name: a\n  members: {{tags: {{app: a}}}}\n  {}\n"

TOP = (
    " (it has name, title, description, extends, checks, parameters, waivers, workloads, allow_paid_calls, answers,"
    " requirements)"
)

MISTAKES = [
    # parameters
    (
        "parameters:\n  kms_key_rotation_disabled:\n    max_dayz: 1",
        (
            "my.yaml:3: parameters.kms_key_rotation_disabled.max_dayz: there is no such threshold;"
            " did you mean max_days? (it has max_days, ratio, strict, mode, ports)"
        ),
    ),
    (
        "parameters: {cdn_tls: {days: 1}}",
        "my.yaml:1: parameters.cdn_tls.days: there is no such threshold (it has none)",
    ),
    (
        "parameters:\n  kms_key_rotation_disabld: {max_days: 1}",
        (
            "my.yaml:2: parameters.kms_key_rotation_disabld: there is no such check;"
            " did you mean kms_key_rotation_disabled?"
        ),
    ),
    (
        "parameters: {zzz: {max_days: 1}}",
        "my.yaml:1: parameters.zzz: there is no such check; `auditor checks list` shows them",
    ),
    (
        "parameters:\n  kms_key_rotation_disabled:\n    max_days: ninety",
        "my.yaml:3: parameters.kms_key_rotation_disabled.max_days: expected a whole number, got 'ninety'",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {max_days: 1.5}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.max_days: expected a whole number, got 1.5",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {max_days: yes}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.max_days: expected a whole number, got yes",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {ratio: [1]}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.ratio: expected a number, got a list",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {ratio: .nan}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.ratio: expected a finite number, got .nan",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {strict: 1}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.strict: expected true or false, got 1",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {mode: no}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.mode: expected text, got no; put it in quotes",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {ports: 22}}",
        "my.yaml:1: parameters.kms_key_rotation_disabled.ports: expected a list, got 22",
    ),
    (
        "parameters: {kms_key_rotation_disabled: {ports:\n [22,\n ssh]}}",
        "my.yaml:3: parameters.kms_key_rotation_disabled.ports[1]: expected a whole number, got 'ssh'",
    ),
    (
        "parameters: {kms_key_rotation_disabled: }",
        "my.yaml:1: parameters.kms_key_rotation_disabled: expected a mapping, got nothing",
    ),
    (
        "parameters:\n  backup_fresh: {max_age_hours: 1}\n  backup_recent: {max_age_hours: 2}",
        "my.yaml:1: parameters: backup_fresh and backup_recent are the same check; keep one of them",
    ),
    # selectors
    (
        "checks: {include: [s3_bucket_plain]}",
        "my.yaml:1: checks.include[0]: no check is called s3_bucket_plain; did you mean s3_bucket_plaintext?",
    ),
    (
        "checks:\n  exclude:\n  - 'zz_*'",
        "my.yaml:3: checks.exclude[0]: no check is called zz_*; `auditor checks list` shows them",
    ),
    (
        "checks: {include: [edge]}",
        "my.yaml:1: checks.include[0]: no check is called edge; it is a pattern: a selector of it is {pattern: edge}",
    ),
    (
        "checks: {include: [cdn]}",
        "my.yaml:1: checks.include[0]: no check is called cdn; it is a control: a selector of it is {control: cdn}",
    ),
    (
        "checks: {include: [{id: cdn_tsl}]}",
        "my.yaml:1: checks.include[0].id: no check is called cdn_tsl; did you mean cdn_tls?",
    ),
    (
        "checks: {include: [{pattern: zero-trust}]}",
        (
            "my.yaml:1: checks.include[0].pattern: there is no such pattern; did you mean zero_trust?"
            " (there are disaster_recovery, edge, zero_trust)"
        ),
    ),
    (
        "checks: {include: [{control: bakup, severity: low}]}",
        (
            "my.yaml:1: checks.include[0].control: there is no such control; did you mean backup?"
            " (there are backup, cdn, encryption, testing)"
        ),
    ),
    (
        "checks: {include: [{pillar: securty}]}",
        (
            "my.yaml:1: checks.include[0].pillar: there is no such pillar; did you mean security? (there are"
            " operational_excellence, security, reliability, performance_efficiency, cost_optimization, sustainability)"
        ),
    ),
    (
        "checks: {include: [{severity: urgent}]}",
        (
            "my.yaml:1: checks.include[0].severity: there is no such severity"
            " (there are informational, low, medium, high, critical)"
        ),
    ),
    (
        "checks: {include: [{practice: SEC09-BP2}]}",
        "my.yaml:1: checks.include[0].practice: there is no such practice; did you mean SEC09-BP02?",
    ),
    (
        "checks: {include: [{practice: 'SEC10-*'}]}",
        "my.yaml:1: checks.include[0].practice: no installed check answers to SEC10-*",
    ),
    (
        "checks: {include: [{pillar: sustainability}]}",
        "my.yaml:1: checks.include[0]: no check has pillar sustainability",
    ),
    (
        "checks: {include: [{pattern: disaster_recovery, severity: critical}]}",
        "my.yaml:1: checks.include[0]: no check has pattern disaster_recovery and severity critical",
    ),
    (
        "checks: {include: [{patern: edge}]}",
        (
            "my.yaml:1: checks.include[0].patern: there is no such key; did you mean pattern?"
            " (it has id, pattern, control, practice, pillar, severity)"
        ),
    ),
    ("checks: {include: edge}", "my.yaml:1: checks.include: expected a list, got 'edge'"),
    ("checks: {include: []}", "my.yaml:1: checks.include: is empty"),
    ("checks: {include: ['']}", "my.yaml:1: checks.include[0]: is empty"),
    ("checks: {include: [{}]}", "my.yaml:1: checks.include[0]: is empty"),
    (
        "checks: {include: [7]}",
        "my.yaml:1: checks.include[0]: expected text or a mapping, got 7; put it in quotes",
    ),
    ("checks: {exclude: ['*']}", "my.yaml:1: checks: no check is left"),
    # waivers
    ("waivers:\n- checks: ['*']\n  resources: ['*']", "my.yaml:2: waivers[0]: lacks reason, owner and expires"),
    # workloads
    ("workloads: [{name: a}]", "my.yaml:1: workloads[0]: lacks members"),
    ("workloads: [{name: a, members: {}}]", "my.yaml:1: workloads[0].members: is empty"),
    (
        "workloads: [{name: a, members: {tags: {app: 1}}}]",
        "my.yaml:1: workloads[0].members.tags.app: expected text, got 1; put it in quotes",
    ),
    (
        "workloads: [{name: a, members: {arns: [x]}}, {name: a, members: {arns: [y]}}]",
        "my.yaml:1: workloads: a is there more than once",
    ),
    # answers and the rest
    (
        "allow_paid_calls: 'yes'",
        "my.yaml:1: allow_paid_calls: expected true or false, got 'yes'",
    ),
    (
        "answers: {backup_testd: yes we do}",
        "my.yaml:1: answers.backup_testd: there is no such check; did you mean backup_tested?",
    ),
    ("answers: {backup_tested: yes}", "my.yaml:1: answers.backup_tested: expected a mapping, got yes"),
    (
        "answers: {backup_tested: {holds: true, by: ann}}",
        "my.yaml:1: answers.backup_tested: lacks date",
    ),
    ("name: My Profile", "my.yaml:1: name: expected something like orders-production, got 'My Profile'"),
    ("title: ''", "my.yaml:1: title: is empty"),
    ("waiver: []", "my.yaml:1: waiver: there is no such key; did you mean waivers?" + TOP),
    ("- a", "my.yaml:1: expected a mapping, got a list"),
    ("# nothing\n\nnull", "my.yaml:3: expected a mapping, got nothing"),
    (f"title: {'x' * 4001}", f"my.yaml:1: title: expected at most 4000 characters, got '{'x' * 59}…'"),
    # YAML
    ("title: a\nname: b\ntitle: c", "my.yaml:3: title: is there twice, first on line 1"),
    ("answers:\n  no: x", "my.yaml:2: answers.no: expected text as the key; put it in quotes"),
    ("? [a]\n: b", "my.yaml:1: ?: expected text as the key; put it in quotes"),
    (
        "title: !!python/name:os.system ''",
        "my.yaml:1: title: the YAML tag tag:yaml.org,2002:python/name:os.system has no meaning here",
    ),
    ("title: !!int x", "my.yaml:1: title: 'x' cannot be read as a value"),
    ("title: [a,", "my.yaml:2:1: malformed YAML: did not find expected node content"),
    ("name: x\ntitle: b: c", "my.yaml:2:9: malformed YAML: mapping values are not allowed in this context"),
    ("a: *b", "my.yaml:1:4: malformed YAML: found undefined alias"),
    ("a: 1\n---\nb: 2", "my.yaml:2:1: malformed YAML: but found another document"),
    ("title: a\nname: \x00", "my.yaml:2: malformed YAML: control characters are not allowed"),
    ("&a [*a]", "my.yaml:1: is nested too deeply; does an alias (*) repeat itself?"),
    ("[" * 5000, "my.yaml:1:1001: malformed YAML: exceeded maximum nesting depth"),
    ("", "my.yaml: is empty"),
    ("# a remark", "my.yaml: is empty"),
    (b"name: x\ntitle: caf\xe9", "my.yaml:2: is not UTF-8: the byte 0xe9"),
    (b"#" * ((1 << 20) + 1), "my.yaml: is larger than 1 MiB, which no profile needs"),
    # text that a terminal would obey
    ('"\\e[31mtitle": x', r"my.yaml:1: \x1b[31mtitle: there is no such key; did you mean title?" + TOP),
]

WAIVER_MISTAKES = [
    ("'*'", "2027-02-30", 6, "expires: the calendar has no 2027-02-30"),
    ("'*'", "'20270101'", 6, "expires: expected something like 2027-06-30, got '20270101'"),
    ("'*'", "2027-01-01 10:00:00", 6, "expires: expected something like 2027-06-30, got '2027-01-01 10:00:00'"),
    ("'*'", "never", 6, "expires: expected something like 2027-06-30, got 'never'"),
    ("s4_*", "2027-01-01", 2, "checks[0]: no check is called s4_*; `auditor checks list` shows them"),
]

WORKLOAD_MISTAKES = [
    ("rpo: 15", "rpo: expected something like 15m, 4h or 1d, got 15"),
    ("rto: 4 parsecs", "rto: expected something like 15m, 4h or 1d, got '4 parsecs'"),
    ("rto: 1:30", "rto: expected something like 15m, 4h or 1d, got 1:30"),
    ("rto: 1.5", "rto: expected something like 15m, 4h or 1d, got 1.5"),
    ("rto:", "rto: expected something like 15m, 4h or 1d, got nothing"),
    ("rto: -4h", "rto: expected something like 15m, 4h or 1d, got '-4h'"),
    (
        "downtime_cost_per_hour: a lot",
        "downtime_cost_per_hour: expected something like 12000 or 12,000 EUR, got 'a lot'",
    ),
    ("downtime_cost_per_hour: 12,5", "downtime_cost_per_hour: expected something like 12000 or 12,000 EUR, got '12,5'"),
    ("availability_sla: 120", "availability_sla: expected at most 100, got 120"),
    ("availability_sla: -1", "availability_sla: expected at least 0, got -1"),
    (
        "tier: crit",
        "tier: there is no such tier; did you mean critical? (there are critical, important, standard, non_critical)",
    ),
    ("primary_region: Frankfurt", "primary_region: expected something like eu-central-1, got 'Frankfurt'"),
    ("recovery_account: 012345670123", "recovery_account: expected text, got 012345670123; put it in quotes"),
    ("last_test: {date: 2026-01-01}", "last_test: lacks report"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_names_file_line_key_and_what_would_be_right(
    write: Callable[..., Path], text: str | bytes, message: str
) -> None:
    write(text)
    assert refused() == [message]


@pytest.mark.parametrize(("checks", "expires", "line", "message"), WAIVER_MISTAKES)
def test_a_mistake_in_a_waiver(write: Callable[..., Path], checks: str, expires: str, line: int, message: str) -> None:
    write(WAIVER.format(checks, expires))
    assert refused() == [f"my.yaml:{line}: waivers[0].{message}"]


@pytest.mark.parametrize(("text", "message"), WORKLOAD_MISTAKES)
def test_a_mistake_in_a_workload(write: Callable[..., Path], text: str, message: str) -> None:
    write(WORKLOAD.format(text))
    assert refused() == [f"my.yaml:4: workloads[0].{message}"]


def test_all_mistakes_are_said_together_from_the_top(write: Callable[..., Path]) -> None:
    write("nam: x\nparameters:\n  cdn_tls: {a: 1, b: 2}\n  zzz: 1\nwaivers: 3\nextends: nowhere\n")
    lines = refused()
    assert [line.split(":")[1] for line in lines] == ["1", "3", "3", "4", "5", "6"]


def test_a_flood_of_mistakes_is_cut(write: Callable[..., Path]) -> None:
    write("".join(f"key{n}: 1\n" for n in range(5000)))
    lines = refused()
    assert len(lines) == 51
    assert lines[-1] == "my.yaml: has more mistakes than these 50"


def test_aliases_that_multiply_are_refused(write: Callable[..., Path]) -> None:
    bomb = "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 15))
    write(f"- &a0 [x]\n{bomb}")
    assert "has too many values" in refused()[0]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gone.yaml", "gone.yaml: there is no such file"),
        ("folder.yaml", "folder.yaml: is a folder; name a file in it"),
        ("./folder", "folder: is a folder; name a file in it"),
        ("a\x00/b", r"a\x00/b: there is no such file"),
        ("/dev/null", "/dev/null: there is no such file"),
        ("", "no name: there is no such profile (there are none; a file has a / in its name or ends in .yaml)"),
    ],
)
def test_what_is_no_file_is_said_to_be_none(write: Callable[..., Path], name: str, message: str) -> None:
    write("title: x", "folder.yaml/x.yaml")
    write("title: x", "folder/x.yaml")
    assert refused(name) == [message]


def test_a_file_name_that_the_system_refuses(write: Callable[..., Path]) -> None:
    write("title: x")
    assert refused("./" + "x" * 5000)[0].endswith(": cannot be read: File name too long")


def test_an_unknown_name_gets_the_near_miss(write: Callable[..., Path]) -> None:
    write("title: x", "installed/default.yaml")
    assert refused("defualt", (Path("installed"),)) == [
        (
            "defualt: there is no such profile; did you mean default?"
            " (there are default; a file has a / in its name or ends in .yaml)"
        )
    ]


def test_the_smallest_profile_is_everything(write: Callable[..., Path]) -> None:
    profile = load(write("title: All"))
    assert (profile.name, profile.title, profile.description, profile.source) == ("my", "All", "", Path("my.yaml"))
    assert chosen(profile) == ALL
    assert profile.parameters == {}


@pytest.mark.parametrize(
    ("checks", "ids"),
    [
        ("{include: [cdn_tls]}", ("cdn_tls",)),
        ("{include: ['cdn_*', backup_tested]}", ("backup_tested", "cdn_logging", "cdn_tls")),
        ("{include: [backup_fresh]}", ("backup_recent",)),
        ("{include: ['backup_f*']}", ("backup_recent",)),
        ("{include: [{pattern: edge}]}", ("cdn_logging", "cdn_tls")),
        ("{include: [{control: encryption}]}", ("kms_key_rotation_disabled", "s3_bucket_plaintext")),
        ("{include: [{pillar: reliability}]}", ("backup_recent", "backup_tested")),
        ("{include: [{practice: SEC09-BP02}]}", ("cdn_tls", "s3_bucket_plaintext")),
        ("{include: [{practice: 'REL*'}]}", ("backup_recent", "backup_tested")),
        ("{include: [{severity: high}]}", ("backup_recent", "cdn_tls", "kms_key_rotation_disabled")),
        ("{include: [{practice: SEC09-BP02, severity: high}]}", ("cdn_tls",)),
        ("{include: [{id: '*_t*', pattern: edge}, {control: testing}]}", ("backup_tested", "cdn_tls")),
        ("{exclude: [{pattern: edge}, 's3_*']}", ("backup_recent", "backup_tested", "kms_key_rotation_disabled")),
        ("{include: [{pattern: edge}], exclude: [{severity: critical}]}", ("cdn_logging",)),
    ],
)
def test_selection(write: Callable[..., Path], checks: str, ids: tuple[str, ...]) -> None:
    assert chosen(load(write(f"checks: {checks}"))) == ids


def test_selection_is_by_id_whatever_the_order_of_the_checks(write: Callable[..., Path]) -> None:
    profile = load(write("title: All"))
    backwards = {name: REGISTRY.checks[name] for name in reversed(ALL)}
    assert profile.select(backwards) == profile.select(REGISTRY.checks)


def test_a_child_narrows_what_its_parent_selects(write: Callable[..., Path]) -> None:
    write("checks: {include: [{pattern: edge}, {pattern: zero_trust}]}", "parent.yaml")
    write("extends: parent.yaml\nchecks: {include: [{practice: 'SEC09-*'}], exclude: [s3_bucket_plaintext]}")
    profile = load()
    assert chosen(profile) == ("cdn_tls",)
    assert profile.selection == (
        Selection((Selector(pattern="edge"), Selector(pattern="zero_trust"))),
        Selection((Selector(practice="SEC09-*"),), (Selector("s3_bucket_plaintext"),)),
    )


def test_a_child_cannot_bring_back_what_its_parent_leaves_out(write: Callable[..., Path]) -> None:
    write("checks: {include: [{pattern: edge}]}", "parent.yaml")
    write("extends: parent.yaml\nchecks:\n  include:\n  - cdn_tls\n  - backup_recent")
    assert refused() == ["my.yaml:5: checks.include[1]: selects nothing of what parent.yaml selects"]


def test_extending_merges_parameters_adds_waivers_and_replaces_workloads_by_name(write: Callable[..., Path]) -> None:
    write(
        "title: Parent\ndescription: parent\n"
        "parameters: {kms_key_rotation_disabled: {max_days: 90, ratio: 1}, backup_fresh: {max_age_hours: 5}}\n"
        + WAIVER.format("cdn_tls", "2027-01-01")
        + "workloads:\n- {name: a, members: {arns: [x]}, rpo: 1h}\n- {name: b, members: {arns: [y]}}\n"
        "answers:\n"
        "  backup_tested: {holds: true, by: ann, date: '2026-11-01', note: drill}\n"
        "  cdn_tls: {holds: true, by: ann, date: '2026-11-01'}\n",
        "base/parent.yml",
    )
    write(
        "extends: ../base/parent.yml\nname: child\n"
        "parameters: {kms_key_rotation_disabled: {max_days: 30.0}, cdn_logging: {prefixes: []}}\n"
        + WAIVER.format("cdn_logging", "'2027-02-02'")
        + "workloads:\n- {name: a, members: {stacks: [z]}}\nanswers:\n"
        "  cdn_tls: {holds: false, by: bob, date: '2026-11-02', expires: '2026-12-01'}\n",
        "team/child.yaml",
    )
    write("extends: child.yaml", "team/leaf.yaml")
    profile = load("team/leaf.yaml")
    assert (profile.name, profile.title, profile.description) == ("leaf", "leaf", "")
    assert profile.parameters == {
        "kms_key_rotation_disabled": {"max_days": 30, "ratio": 1},
        "backup_recent": {"max_age_hours": 5},
        "cdn_logging": {"prefixes": []},
    }
    assert isinstance(profile.parameters["kms_key_rotation_disabled"]["max_days"], int)
    assert [(waiver.checks, waiver.expires) for waiver in profile.waivers] == [
        (("cdn_tls",), "2027-01-01"),
        (("cdn_logging",), "2027-02-02"),
    ]
    assert profile.workloads == (Workload("a", Members(stacks=("z",))), Workload("b", Members(arns=("y",))))
    assert profile.answers == {
        "backup_tested": Answer(True, "ann", "2026-11-01", "2027-11-01", "drill"),
        "cdn_tls": Answer(False, "bob", "2026-11-02", "2026-12-01"),
    }


def test_a_profile_says_whether_calls_may_cost_money_and_the_extending_one_wins(write: Callable[..., Path]) -> None:
    write("title: Silent", "silent.yaml")
    write("allow_paid_calls: true", "paid.yaml")
    write("extends: paid.yaml", "heir.yaml")
    write("extends: paid.yaml\nallow_paid_calls: false", "thrifty.yaml")
    allowed = {name: load(f"./{name}.yaml").allow_paid_calls for name in ("silent", "paid", "heir", "thrifty")}
    assert allowed == {"silent": False, "paid": True, "heir": True, "thrifty": False}


def test_a_profile_extends_an_installed_one_by_name(write: Callable[..., Path]) -> None:
    write("checks: {include: [{pattern: edge}]}", "installed/public.yaml")
    write("extends: public")
    folders = (Path("installed"),)
    assert chosen(load(folders=folders)) == ("cdn_logging", "cdn_tls")
    assert load("public", folders).source == Path("installed/public.yaml")


@pytest.mark.parametrize(
    ("parent", "message"),
    [
        ("extends: my.yaml", "parent.yaml:1: extends: goes in a circle: my.yaml extends parent.yaml extends my.yaml"),
        ("extends: ./parent.yaml", "parent.yaml:1: extends: goes in a circle: parent.yaml extends parent.yaml"),
        ("title: [", "my.yaml:2: extends: parent.yaml:2:1: malformed YAML: did not find expected node content"),
        (None, "my.yaml:2: extends: parent.yaml: there is no such file"),
        ("titel: x", "parent.yaml:1: titel: there is no such key; did you mean title?"),
    ],
)
def test_mistakes_along_the_chain(write: Callable[..., Path], parent: str | None, message: str) -> None:
    if parent is not None:
        write(parent, "parent.yaml")
    write("title: x\nextends: parent.yaml")
    (line,) = refused()
    assert line.startswith(message)


def test_mistakes_of_parent_and_child_come_together(write: Callable[..., Path]) -> None:
    write("titel: x", "parent.yaml")
    write("extends: parent.yaml\nnam: x")
    assert [line.split(": ")[0] for line in refused()] == ["parent.yaml:1", "my.yaml:2"]


def test_a_waiver_in_full(write: Callable[..., Path]) -> None:
    write(
        "waivers:\n- checks: [backup_fresh, 'backup_*', cdn_tls]\n  resources: ['arn:aws:s3:::a', '*']\n"
        "  reason: |\n    Moved\n    in May\n  owner: ops@example.com\n  expires: 2027-01-01\n"
    )
    checks = ("backup_recent", "backup_*", "cdn_tls")
    waiver = Waiver("Moved\nin May", "ops@example.com", "2027-01-01", checks, ("arn:aws:s3:::a", "*"))
    assert load().waivers == (waiver,)
    assert hash(waiver)


def test_a_workload_in_full(write: Callable[..., Path]) -> None:
    write(
        """
workloads:
- name: orders
  members: {tags: {app: orders, env: prod}, stacks: ["orders-*"], applications: [shop], arns: ["arn:aws:s3:::orders-*"]}
  type: mission_critical_transaction
  tier: critical
  rpo: 0
  rto: 1h 30m
  availability_sla: 99.99
  downtime_cost_per_hour: 12,000 EUR
  expected_outages_per_year: 0.1
  primary_region: eu-central-1
  recovery_region: us-gov-west-1
  recovery_account: "111122223333"
  data_residency: [Germany]
  strategy: warm_standby
  strategy_reason: the budget
  test_frequency: quarterly
  last_test: {date: 2026-05-01, report: https://example.com/1, recovery_time: 20 minutes}
  runbook: https://example.com/2
  derivable: ["arn:aws:s3:::logs-*"]
  out_of_scope: {zone_loss: single zone by choice}
"""
    )
    (workload,) = load().workloads
    assert workload == Workload(
        "orders",
        Members({"app": "orders", "env": "prod"}, ("orders-*",), ("shop",), ("arn:aws:s3:::orders-*",)),
        "mission_critical_transaction",
        Tier.CRITICAL,
        timedelta(),
        timedelta(minutes=90),
        99.99,
        Money(12000, "EUR"),
        0.1,
        "eu-central-1",
        "us-gov-west-1",
        "111122223333",
        ("Germany",),
        Strategy.WARM_STANDBY,
        "the budget",
        Frequency.QUARTERLY,
        RecoveryTest(date(2026, 5, 1), "https://example.com/1", timedelta(minutes=20)),
        "https://example.com/2",
        ("arn:aws:s3:::logs-*",),
        {"zone_loss": "single zone by choice"},
    )
    assert pickle.loads(pickle.dumps(workload)) == workload  # noqa: S301 - our own
    assert hash(workload)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("12000", Money(12000)),
        ("12_000", Money(12000)),
        ("99.5", Money(99.5)),
        ("12000 CHF", Money(12000, "CHF")),
        ("1,234,567.89 USD", Money(1234567.89)),
    ],
)
def test_money(write: Callable[..., Path], text: str, money: Money) -> None:
    (workload,) = load(write(WORKLOAD.format(f"downtime_cost_per_hour: {text}"))).workloads
    assert workload.downtime_cost_per_hour == money


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", timedelta()),
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("15 min", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("1.5 hours", timedelta(minutes=90)),
        ("1d", timedelta(days=1)),
        ("2 weeks", timedelta(weeks=2)),
        ("1d12h", timedelta(hours=36)),
        ("1 hour 30 minutes", timedelta(minutes=90)),
        ("999999w", timedelta(weeks=999_999)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize("text", ["", "15", "h", "4H", "-1h", "1h ", "1 month", "1e3s", "PT4H", "4h\n", "٤h", "1.h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="expected a duration such as 15m, 4h or 1d, got '"):
        duration(text)


@given(st.from_regex(DURATION, fullmatch=True))
def test_every_text_that_the_schema_takes_for_a_duration_is_one(text: str) -> None:
    assert timedelta() <= duration(text)


def test_anchors_are_followed(write: Callable[..., Path]) -> None:
    write("checks:\n  include: &all [{pattern: edge}]\n  exclude: [cdn_tls]\nwaivers: &none []\nworkloads: *none\n")
    assert chosen(load()) == ("cdn_logging",)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(write: Callable[..., Path]) -> None:
    profile = load(write(b"\xef\xbb\xbftitle: x\r\nname: y\r\n"))
    assert (profile.name, profile.title) == ("y", "x")


def test_profiles_are_values_and_fit_an_assessment(write: Callable[..., Path]) -> None:
    write("parameters: {kms_key_rotation_disabled: {ports: [1]}}\n" + WAIVER.format("'*'", "2027-01-01"))
    profile = load()
    assert profile == load()
    assert hash(profile) == hash(load())
    assert pickle.loads(pickle.dumps(profile)) == profile  # noqa: S301 - our own
    assert Settings(profile.name, profile.parameters, profile.waivers).profile == "my"


def test_available_lists_by_name_and_refuses_two_of_one(write: Callable[..., Path]) -> None:
    write("title: B\ndescription: of b", "one/b.yaml")
    write("extends: b", "two/a.yml")
    write("{}", "one/schema.json")
    found = available([Path("one"), Path("two")])
    assert [(one.name, one.title, one.description, str(one.path)) for one in found] == [
        ("a", "a", "", "two/a.yml"),
        ("b", "B", "of b", "one/b.yaml"),
    ]
    write("title: B", "two/b.yaml")
    with pytest.raises(ProfileError, match=r"two profiles are called b: one/b\.yaml and two/b\.yaml"):
        available([Path("one"), Path("two")])


def test_the_schema_is_a_schema_with_the_thresholds_of_the_checks() -> None:
    whole = schema(REGISTRY)
    jsonschema.Draft202012Validator.check_schema(whole)
    json.dumps(whole)
    parameters = whole["properties"]["parameters"]["properties"]
    assert parameters["backup_fresh"]["deprecated"] is True
    assert parameters["backup_recent"]["properties"] == {"max_age_hours": {"type": "integer", "default": 30}}
    assert set(whole["properties"]["answers"]["properties"]) == {*ALL, "backup_fresh"}


def test_the_schema_says_what_the_program_says() -> None:
    static = json.loads((next(iter(profile_folders())) / "schema.json").read_text("utf-8"))
    parts, workload = static["$defs"], static["$defs"]["workload"]["properties"]
    assert parts["duration"]["pattern"] == DURATION.pattern
    assert parts["selector"]["properties"]["pillar"]["enum"] == list(Pillar)
    assert parts["selector"]["properties"]["severity"]["enum"] == list(Severity)
    assert workload["tier"]["enum"] == list(Tier)
    assert workload["strategy"]["enum"] == list(Strategy)
    assert workload["test_frequency"]["enum"] == list(Frequency)
    assert set(workload) == set(Workload.__dataclass_fields__)
    assert set(workload["members"]["properties"]) == set(Members.__dataclass_fields__)


def test_words_have_an_order() -> None:
    assert [one.rank for one in Strategy] == [0, 1, 2, 3, 4]
    assert sorted(Frequency, key=lambda one: one.interval) == list(Frequency)


# Whatever stands in a file

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes()
JUNK = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner))
WORDS = st.sampled_from(
    ["*", "edge", "cdn_*", "4h", "2027-01-01", "high", "SEC*", "[", "[!", "eu-west-1", "12000", "x.yaml", "a" * 300]
)
KEYS = st.sampled_from(
    [
        "name",
        "extends",
        "checks",
        "include",
        "exclude",
        "parameters",
        "waivers",
        "workloads",
        "allow_paid_calls",
        "answers",
        "pattern",
        "id",
        "pillar",
        "severity",
        "practice",
        "resources",
        "reason",
        "owner",
        "expires",
        "members",
        "tags",
        "rpo",
        "last_test",
        "kms_key_rotation_disabled",
        "backup_fresh",
        "max_days",
        "ports",
        "arns",
        "stacks",
        "downtime_cost_per_hour",
    ]
)
NEARLY = st.recursive(
    WORDS | SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6), max_leaves=25
)
SLOTS = st.fixed_dictionaries(
    {},
    optional={
        "checks": st.dictionaries(st.sampled_from(["include", "exclude"]), st.lists(NEARLY, max_size=3)),
        "parameters": st.dictionaries(KEYS, st.dictionaries(KEYS, NEARLY)),
        "waivers": st.lists(st.dictionaries(KEYS, NEARLY)),
        "workloads": st.lists(st.dictionaries(KEYS, NEARLY)),
        "answers": st.dictionaries(KEYS, NEARLY),
    },
)
ANYTHING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def profile_or_mistakes(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    mistakes: list[str] = []
    try:
        assert load_profile(str(path), REGISTRY, ()).select(REGISTRY.checks)
    except ProfileError as error:
        mistakes = str(error).split("\n")
    assert all(line.startswith(str(path)) and line.isprintable() for line in mistakes)


@ANYTHING
@given(document=JUNK | NEARLY | SLOTS)
@example(document={"checks": {"include": [{"pattern": "edge", "severity": None}]}})
@example(document={"parameters": {"kms_key_rotation_disabled": {"max_days": 10**400, "ratio": 10**400}}})
@example(document={"workloads": [{"name": "a", "members": {"arns": ["x"]}, "downtime_cost_per_hour": 10**400}]})
def test_any_yaml_is_a_profile_or_a_list_of_mistakes(tmp_path: Path, document: object) -> None:
    text = yaml.safe_dump(document, allow_unicode=True)
    profile_or_mistakes(tmp_path / "junk.yaml", text.encode("utf-8", "replace"))


@ANYTHING
@given(content=st.binary() | st.text("ab: -[]{}&*!|>'\"%@`,?#\n\t<~01.", max_size=60).map(str.encode))
@example(content=b"!!int ''")
@example(content=b"- &a\n- <<: *a")
@example(content=b"9" * 5000)
@example(content=b"!!float -")
@example(content=b"!!bool x")
def test_any_bytes_are_a_profile_or_a_list_of_mistakes(tmp_path: Path, content: bytes) -> None:
    profile_or_mistakes(tmp_path / "junk.yaml", content)
