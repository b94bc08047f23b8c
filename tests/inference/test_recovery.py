from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recovery_accounts import (
    ACTIVE,
    BY_NAME,
    LABELLED,
    NONE,
    PILOT,
    RESTORE,
    WARM,
    Label,
    Spec,
    declared,
    needs,
    parts,
    posture,
    survey,
    tagged,
)
from stores import FRANKFURT, US, db_instance, replica, replication_group, table, tags, vault, warehouse

from auditor.errors import Unread
from auditor.evidence.backup import RecoveryPoint
from auditor.evidence.elasticache import GlobalReplicationGroup
from auditor.evidence.sqs import QueueEntry
from auditor.inference.recovery.figures import BANDS, MECHANISMS, Scope, Span, in_words, required_strategy
from auditor.inference.recovery.names import normal
from auditor.testing import HOME, NOW, ago, made
from auditor.workloads import Frequency, Members, RecoveryTest, Strategy, Tier, Workload, Workloads


def ends(span: Span) -> tuple[float, float]:
    return span.low, span.high


@pytest.mark.parametrize("label", LABELLED, ids=lambda one: one.name)
def test_labelled_accounts(label: Label) -> None:
    found = posture(label.spec)
    assert (found.effective, found.best_case) == (label.strategy, label.strategy)
    bound = found.rpo()
    assert ends(bound.span) == pytest.approx(label.rpo)
    assert ends(found.rto) == pytest.approx(label.rto, rel=0.001)
    assert (bound.copy.mechanism.name if bound.copy else "") == label.bound


def test_there_are_thirty_labels_and_each_strategy_has_some() -> None:
    assert len(LABELLED) >= 30
    assert {one.strategy for one in LABELLED} == set(Strategy)


# Laws

_STEPS: dict[str, tuple[tuple[Any, ...], ...]] = {
    "database": (("plain", "backup"), ("plain", "logs"), ("plain", "replica"), ("broken_replica", "replica")),
    "cluster": (("plain", "global"), ("plain", "headless"), ("headless", "global"), ("global", "forwarding")),
    "table": (("plain", "global"), ("broken", "global")),
    "bucket": (
        ("plain", "replicated"),
        ("same_region", "replicated"),
        ("replicated", "both_ways"),
        ("replicated", "timed"),
    ),
    "files": (("plain", "replicated"), ("paused", "replicated")),
    "compute": (
        ("plain", "no_image"),
        ("no_image", "artifacts"),
        ("no_image", "zero"),
        ("zero", "tiny"),
        ("zero", "small"),
        ("small", "full"),
    ),
    "server": (("plain", "drs"), ("stalled", "drs")),
    "function": (("plain", "both"),),
    "balancer": (("plain", "both"), ("plain", "down"), ("down", "both")),
    "routing": (
        ("none", "failover"),
        ("none", "latency"),
        ("unwatched", "failover"),
        ("none", "accelerator"),
        ("parked", "accelerator"),
    ),
    "network": ((False, True),),
    "history": ((False, True),),
}
"""For each part, states of which the second has one mechanism more than the first."""

_CHOICES = {
    "database": ("absent", "plain", "backup", "replica"),
    "table": ("absent", "global"),
    "bucket": ("absent", "plain", "replicated", "both_ways"),
    "compute": ("absent", "plain", "zero", "small", "full"),
    "balancer": ("absent", "both"),
    "routing": ("none", "failover", "latency"),
    "network": (False, True),
}


def better(spec: Spec, name: str) -> list[Spec]:
    """The accounts that have one mechanism more in one part."""
    return [replace(spec, **{name: more}) for less, more in _STEPS[name] if getattr(spec, name) == less]


def is_worse(without: Any, having: Any) -> bool:
    """Whether an account is no better than another, in strategy, in loss and in what is possible."""
    loss, other = without.rpo().span.high, having.rpo().span.high
    ranks = without.effective.rank <= having.effective.rank, without.best_case.rank <= having.best_case.rank
    return all(ranks) and loss >= other


def test_one_mechanism_more_never_worsens_and_one_less_never_improves() -> None:
    seen = {}
    primary = declared()
    for values in itertools.product(*_CHOICES.values()):
        chosen: dict[str, Any] = dict(zip(_CHOICES, values, strict=True))
        spec = Spec(**chosen, workload=primary)
        seen[repr(spec)] = posture(spec), spec
    assert len(seen) == math.prod(map(len, _CHOICES.values()))
    compared = 0
    for found, spec in seen.values():
        for name in _CHOICES:
            for more in better(spec, name):
                if repr(more) in seen:
                    compared += 1
                    assert is_worse(found, seen[repr(more)][0]), (spec, more)
    assert compared > 1000


_ANY = st.builds(
    Spec,
    database=st.sampled_from(["absent", "plain", "backup", "logs", "replica", "broken_replica"]),
    cluster=st.sampled_from(["absent", "plain", "headless", "global", "forwarding"]),
    table=st.sampled_from(["absent", "plain", "global", "broken"]),
    bucket=st.sampled_from(["absent", "plain", "same_region", "replicated", "timed", "both_ways"]),
    files=st.sampled_from(["absent", "plain", "paused", "replicated"]),
    compute=st.sampled_from(["absent", "plain", "no_image", "artifacts", "zero", "tiny", "small", "full"]),
    server=st.sampled_from(["absent", "plain", "stalled", "drs"]),
    function=st.sampled_from(["absent", "plain", "both"]),
    balancer=st.sampled_from(["absent", "plain", "down", "both"]),
    routing=st.sampled_from(["none", "unwatched", "failover", "latency", "accelerator", "parked"]),
    network=st.booleans(),
    history=st.booleans(),
)


@given(_ANY)
def test_any_account_gains_by_any_mechanism(spec: Spec) -> None:
    if not parts(replace(spec, routing="none", network=False)):
        return
    spec = replace(spec, workload=declared())
    found = posture(spec)
    for name in _STEPS:
        for more in better(spec, name):
            assert is_worse(found, posture(more)), (spec, more)


@pytest.mark.parametrize("kind", sorted(needs()))
def test_a_denied_read_never_raises_the_strategy(kind: str) -> None:
    for label in LABELLED:
        whole = posture(label.spec)
        try:
            found = survey(parts(label.spec), Workloads([label.spec.workload] if label.spec.workload else []), [kind])
        except Unread:
            continue
        for one in found:
            assert one.effective.rank <= whole.effective.rank, (label.name, kind)
            assert one.best_case.rank >= whole.effective.rank, (label.name, kind)
            assert one.confidence <= whole.confidence or one.effective is not whole.effective


@given(_ANY, st.sets(st.sampled_from(sorted(needs())), min_size=1, max_size=3))
def test_no_set_of_denied_reads_raises_the_strategy(spec: Spec, denied: set[str]) -> None:
    made_up = Workloads([declared()])
    whole, *_ = survey(parts(spec), made_up)
    try:
        found, *_ = survey(parts(spec), made_up, denied)
    except Unread:
        return
    assert found.effective.rank <= whole.effective.rank
    assert found.best_case.rank >= whole.effective.rank


def test_equal_evidence_in_any_order_gives_equal_descriptions() -> None:
    for label in LABELLED[::5]:
        workloads = Workloads([label.spec.workload] if label.spec.workload else [])
        one = survey(parts(label.spec), workloads).describe()
        other = survey(reversed(parts(label.spec)), workloads).describe()
        assert json.dumps(one, sort_keys=True, allow_nan=False) == json.dumps(other, sort_keys=True, allow_nan=False)


def test_every_figure_has_a_source() -> None:
    assert all(one.source for one in MECHANISMS.values())
    assert all(one.rpo.low <= one.rpo.high and one.data.low <= one.data.high for one in MECHANISMS.values())
    assert BANDS[Strategy.WARM_STANDBY].cost == (40, 60)


# What is asked


def test_what_is_missing_to_the_next_strategy() -> None:
    found = survey(parts(BY_NAME["pilot light of zero"]))
    steps = found.steps(found.postures[0])
    assert [one.predicate for one in steps] == ["running", "routed"]
    assert steps[0].text.startswith("run Auto Scaling group shop-web-eu-central-1 in eu-central-1 at a tenth")
    assert steps[0].check == "workload_standby_stack_complete"
    assert ends(steps[1].rto_after) == (30 + 300 + 300 + 60 + 300, 90 + 1800 + 1800 + 120 + 1800)


def test_a_copy_for_each_store_that_has_none() -> None:
    found = survey(parts(Spec(database="plain", bucket="plain", table="plain")))
    steps = found.steps(found.postures[0])
    assert [one.text for one in steps] == [
        "copy backups of table shop-orders to a second region (CopyActions of an AWS Backup rule)",
        "copy backups of database instance shop-db to a second region (CopyActions of an AWS Backup rule)",
        "copy backups of bucket shop-documents to a second region (CopyActions of an AWS Backup rule)",
    ]
    assert [ends(one.rpo_after) for one in steps] == [(math.inf, math.inf), (math.inf, math.inf), (3600, 86400)]


def test_what_aws_backup_does_not_take_is_replicated() -> None:
    found = survey([replication_group("sessions")])
    (step,) = found.steps(found.postures[0])
    assert step.text == "replicate session cache sessions to a second region by elasticache global datastore"


def test_tests_that_were_not_read_leave_no_strategy_open() -> None:
    (found,) = survey(parts(Spec(database="plain")), denied=["RestoreJob", "RecoveryPoint"])
    assert any("ListRestoreJobs" in one for one in found.unread)
    assert not any("ListRestoreJobs" in one for one in (*found.undecided, *found.unread_of_stores))
    assert any("ListRecoveryPointsByBackupVault" in one for one in found.undecided)
    assert "no copy of database instance shop-db was seen" in found.rpo().words


def test_what_if() -> None:
    found = survey(parts(Spec(database="plain", compute="plain", balancer="plain")))
    steps = found.gaps_to(Strategy.WARM_STANDBY)["account-default"]
    assert [one.predicate for one in steps] == ["stores_all_continuous", "running", "running", "routed"]
    assert "replicate database instance shop-db" in steps[0].text
    (one,) = json.loads(json.dumps(found.describe()))["workloads"]
    warm = next(rung for rung in one["ladder"] if rung["strategy"] == "warm_standby")
    assert warm["band_percent"] == [40, 60]
    assert [step["predicate"] for step in warm["steps"]] == [one.predicate for one in steps]
    assert found.gaps_to(Strategy.NONE)["account-default"] == ()
    assert survey(parts(BY_NAME["active in both regions"])).steps(posture(BY_NAME["active in both regions"])) == ()


def test_a_broken_copy_is_to_be_repaired() -> None:
    found = survey(parts(Spec(database="broken_replica")))
    steps = found.gaps_to(PILOT)["account-default"]
    assert steps[0].text.endswith("shop-db: the replication of shop-db is error")
    unwatched = posture(BY_NAME["failover without a health check"])
    assert "repair the routing: shop.example.com/CNAME/eu-west-1 has no health check" in [
        one.text for one in survey([]).steps(unwatched, WARM)
    ]


def test_scopes_other_than_the_loss_of_the_region() -> None:
    plain = posture(Spec(database="plain"))
    assert ends(plain.rpo(Scope.ZONE_LOSS).span) == (math.inf, math.inf)
    kept = posture(Spec(database="plain", history=True))
    assert ends(kept.rpo(Scope.DATA_CORRUPTION).span) == (300, 300)
    assert ends(posture(Spec(table="global")).rpo(Scope.DATA_CORRUPTION).span) == (math.inf, math.inf)
    assert ends(posture(Spec(table="global")).rpo(Scope.ZONE_LOSS).span) == (0, 0)


@pytest.mark.parametrize(("lock", "bounded"), [("open", False), ("governance", False), ("final", True)])
def test_only_a_final_lock_survives_an_intruder(lock: str, bounded: bool) -> None:
    found = posture(Spec(database="backup", locked=lock))
    assert found.rpo(Scope.ACCOUNT_COMPROMISE).span.is_bounded is bounded


def test_stores_that_disagree() -> None:
    found = posture(BY_NAME["pilot light by artifacts"]).rpo()
    assert found.skew == 598
    assert found.words.startswith("60 s to 10 min, set by rds cross region read replica in eu-central-1 of database")


def test_subclasses_of_a_warm_standby() -> None:
    assert posture(BY_NAME["hot standby"]).subclass == "hot_standby"
    assert posture(BY_NAME["both regions, one writer"]).subclass == "read_local"
    assert posture(BY_NAME["warm standby"]).subclass == ""


def test_what_was_meant() -> None:
    found = posture(BY_NAME["one store of many not copied"])
    assert (found.effective, found.intended) == (NONE, WARM)
    assert [part.name for part, strategy in found.reach() if strategy is NONE] == ["fs-1"]


def test_a_routing_that_is_missing_leaves_the_strategy_incomplete() -> None:
    found = posture(BY_NAME["warm standby without routing"])
    assert [one.name for one in found.missing] == ["routed"]
    assert not found.is_complete
    assert posture(BY_NAME["warm standby"]).is_complete


def test_confidence_names_what_lowers_it() -> None:
    found = posture(BY_NAME["warm standby"])
    assert found.confidence == round(0.9 * 0.8 * 0.9 * 0.85, 3)
    assert found.confidence_label == "medium"
    told = posture(BY_NAME["a reported test"])
    assert [one.reason for one in told.factors] == ["the lag of a continuous mechanism was not measured"]
    (unread,) = survey(parts(BY_NAME["warm standby"]), denied=["RedshiftCluster"])
    denied = "redshift:DescribeClusters was denied in eu-central-1, eu-west-1, us-east-1"
    assert unread.unread == (denied,)
    assert denied in [one.reason for one in unread.factors]
    assert (unread.effective, unread.best_case) == (NONE, WARM)


def test_nothing_to_say_where_nothing_could_be_read() -> None:
    with pytest.raises(Unread):
        survey([], denied=needs())
    assert survey([]).postures == ()


@pytest.mark.parametrize("kind", ["DbInstance", "AutoScalingGroup"])
def test_where_something_may_be_hidden_an_account_is_not_taken_for_empty(kind: str) -> None:
    with pytest.raises(Unread):
        survey([], denied=[kind])


def test_backups_of_any_replica_are_of_the_global_table() -> None:
    pairs = (HOME, FRANKFURT), (FRANKFURT, HOME)
    here, there = (table("orders", region=place, Replicas=[replica(other)]) for place, other in pairs)
    holder = vault()
    raw = {"RecoveryPointArn": "arn:p", "BackupVaultName": "main", "ResourceArn": here.arn, "Status": "COMPLETED"}
    point = made(RecoveryPoint, raw | {"ResourceType": "DynamoDB", "CreationDate": ago(hours=3)}, under=holder)
    found = survey([here, there, holder, point])
    (store,) = found.postures[0].stores
    assert store.arn == there.arn
    assert store.protected(Scope.DATA_CORRUPTION)
    assert found.owner(here.arn) is found.owner(there.arn) is found.postures[0]


# Workloads


def test_the_profile_says_what_recovers_together() -> None:
    shop, blog = db_instance("shop", TagList=tags(app="shop")), db_instance("blog", TagList=tags(team="web"))
    found = survey([shop, blog], Workloads([Workload("journal", Members(tags={"team": "web"}), tier=Tier.CRITICAL)]))
    assert [(one.name, one.group.basis) for one in found] == [("journal", "profile"), ("account-default", "account")]
    assert found.owner(blog.arn) is found.of("journal")
    assert found.of("journal").window == timedelta(days=92)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("members", "picked"),
    [
        (Members(arns=("*:db:shop",)), True),
        (Members(stacks=("shop-*",)), True),
        (Members(applications=("a1b2",)), True),
        (Members(tags={"team": "web"}), True),
        (Members(tags={"team": "web", "env": "prod"}), False),
        (Members(), False),
    ],
)
def test_members(members: Members, picked: bool) -> None:
    marks = {
        "team": "web",
        "aws:cloudformation:stack-name": "shop-data",
        "awsApplication": "arn:aws:resource-groups:eu-west-1:123456789012:group/shop/a1b2",
    }
    one = db_instance("shop", TagList=[{"Key": key, "Value": value} for key, value in marks.items()])
    found = survey([one], Workloads([Workload("w", members)])).of("w")
    assert found is not None
    assert bool(found.stores) is picked


def test_tags_and_stacks_where_the_profile_is_silent() -> None:
    orders, shop = table("orders"), db_instance("shop", TagList=tags(app="Shop"))
    blog = db_instance("blog", TagList=tags(**{"aws:cloudformation:stack-name": "blog-eu-west-1"}))
    trial = db_instance("trial", TagList=tags(env="dev"))
    found = survey([orders, shop, blog, trial, tagged(orders, app="shop")])
    assert [(one.name, one.group.basis, one.tier) for one in found] == [
        ("account-default-nonproduction", "account", Tier.NON_CRITICAL),
        ("blog", "stack", None),
        ("shop", "tag", None),
    ]
    rehearsal = survey([db_instance("trial", TagList=tags(Environment="Staging"))])
    assert [one.tier for one in rehearsal] == [Tier.NON_CRITICAL]
    assert [one.name for one in found.of("shop").stores] == ["orders", "shop"]  # type: ignore[union-attr]


def test_derivable_data_is_no_store() -> None:
    cache = warehouse(Tags=tags(backup="false"))
    found = survey([db_instance("shop"), cache])
    assert [one.name for one in found.postures[0].stores] == ["shop"]
    mine = Workload("shop", Members(arns=("*",)), derivable=("*:db:shop",))
    assert survey([db_instance("shop")], Workloads([mine])).postures[0].stores == ()


def test_names_without_regions_and_roles() -> None:
    assert normal("shop-web-eu-west-1") == normal("Shop-Web-euc1") == normal("dr-shop-web") == "shop-web"
    assert normal("prod-use1-api") == "prod-api"
    assert normal("primary") == "primary"
    assert normal("address") == "address"


def test_the_regions_of_a_workload() -> None:
    spec = BY_NAME["warm standby"]
    assert (posture(spec).primary, posture(spec).recovery) == (HOME, FRANKFURT)
    told = Workload("shop", Members(arns=("*",)), primary_region=FRANKFURT, recovery_region=US)
    found = posture(replace(spec, workload=told))
    assert (found.primary, found.recovery) == (FRANKFURT, US)
    assert posture(Spec(database="plain")).recovery is None


def test_queues_and_session_caches_count() -> None:
    queue = made(QueueEntry, f"https://sqs.{HOME}.amazonaws.com/123456789012/shop-jobs")
    found = survey([*parts(BY_NAME["warm standby"]), queue]).postures[0]
    assert found.effective is PILOT
    assert [one.name for one in found.predicates["running"].lacking] == ["shop-jobs"]
    sessions = replication_group("sessions", GlobalReplicationGroupInfo={"GlobalReplicationGroupId": "g"})
    assert survey([sessions]).postures[0].effective is NONE
    members = [
        {"ReplicationGroupId": "sessions", "ReplicationGroupRegion": HOME, "Role": "PRIMARY", "Status": "associated"},
        {"ReplicationGroupId": "s2", "ReplicationGroupRegion": FRANKFURT, "Role": "SECONDARY", "Status": "associated"},
    ]
    arn = "arn:aws:elasticache::123456789012:globalreplicationgroup:g"
    (store,) = _datastore(arn, members)
    assert survey([sessions, store]).postures[0].effective is WARM


def _datastore(arn: str, members: list[dict[str, str]]) -> Any:
    from auditor.testing import REGION, gathered

    raw = {"GlobalReplicationGroupId": "g", "ARN": arn, "Status": "available", "Members": members}
    return gathered(GlobalReplicationGroup, REGION, DescribeGlobalReplicationGroups={"GlobalReplicationGroups": [raw]})


# Objectives and tests


def judged(spec: str, **more: Any) -> dict[str, str]:
    found = posture(replace(BY_NAME[spec], workload=declared(**more)))
    return {one.metric: one.verdict for one in found.targets}


def test_objectives_against_what_is_achieved() -> None:
    assert judged("warm standby") == {}
    assert judged("warm standby", rpo=timedelta(days=2), rto=timedelta(hours=2)) == {"rpo": "met", "rto": "met"}
    assert judged("warm standby", rpo=timedelta(hours=1), rto=timedelta(hours=1)) == {
        "rpo": "at_risk",
        "rto": "at_risk",
    }
    assert judged("warm standby", rpo=timedelta(0), rto=timedelta(minutes=1)) == {"rpo": "missed", "rto": "missed"}
    critical = judged("warm standby", rto=timedelta(hours=2), tier=Tier.CRITICAL)
    assert critical == {"rto": "at_risk"}, "nobody tested it"
    assert judged("warm standby", rto=timedelta(hours=2, minutes=30), tier=Tier.CRITICAL, last_test=recent(40)) == {
        "rto": "met"
    }
    outside = judged("warm standby", rto=timedelta(hours=2), rpo=timedelta(0), out_of_scope={"region_loss": "no"})
    assert outside == {"rpo": "missed"}


def recent(minutes: int, days: int = 30) -> RecoveryTest:
    return RecoveryTest((NOW - timedelta(days=days)).date(), "https://wiki", timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("rpo", "rto", "sla", "strategy"),
    [
        (None, None, None, RESTORE),
        (None, 60, None, ACTIVE),
        (None, None, 99.995, ACTIVE),
        (None, 1800, None, WARM),
        (30, None, None, WARM),
        (None, None, 99.9, WARM),
        (None, 14400, None, PILOT),
        (3600, None, None, PILOT),
        (86400, 86400, 99.0, RESTORE),
    ],
)
def test_the_strategy_that_objectives_ask_for(rpo: Any, rto: Any, sla: Any, strategy: Strategy) -> None:
    assert required_strategy(rpo, rto, sla) is strategy


def test_the_age_of_tests_by_tier() -> None:
    spec = BY_NAME["a tested restore"]
    assert posture(spec).is_tested
    assert not posture(replace(spec, test="old_restore")).is_tested
    assert posture(spec).window.days == 366
    monthly = declared(test_frequency=Frequency.MONTHLY, last_test=recent(40, days=40))
    assert not posture(replace(BY_NAME["warm standby"], workload=monthly)).is_tested
    assert posture(replace(BY_NAME["active in both regions"], test="region_fault")).is_tested
    assert not posture(replace(BY_NAME["warm standby"], test="restore")).is_tested, "a restore shows no standby"


def test_what_it_costs() -> None:
    warm = posture(BY_NAME["warm standby"])
    assert warm.cost_band == (40, 60)
    assert warm.cost_share == round(0.6 * 0.25 + 0.4, 3)
    assert posture(Spec(database="plain")).cost_share == 0


def test_times_in_words() -> None:
    assert [in_words(one) for one in (5, 90, 600, 4 * 3600, 3 * 86400, math.inf)] == [
        "5 s", "90 s", "10 min", "4 h", "3 days", "no bound",
    ]  # fmt: skip
    assert ago(days=1) < NOW.isoformat()
