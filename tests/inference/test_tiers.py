from __future__ import annotations

import json
from typing import Any

import pytest
from networks import (
    balancer,
    endpoint_link,
    eni,
    group,
    health,
    http_api,
    http_integration,
    listener,
    rest_api,
    rest_method,
    rule,
    subnet,
    target_group,
    vpc_origin,
)
from networks import distribution as vpc_distribution
from threetier import (
    APP,
    APP_GROUP,
    DATABASE,
    DAX_GROUP,
    DB,
    DB_ENI,
    DB_GROUP,
    FLEET,
    KAFKA_GROUP,
    MEMBERS,
    PUBLIC,
    SHOP,
    TARGETS,
    World,
    allow,
    asg,
    bucket,
    cache,
    cluster,
    database,
    dax,
    definition,
    function,
    instance,
    kafka,
    mapping,
    memory,
    queue,
    record,
    role,
    service,
    world,
)

from auditor.errors import Unread
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.dax import DaxCluster
from auditor.evidence.dynamodb import TableEntry
from auditor.evidence.elbv2 import TargetHealth
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.memorydb import MemoryDbSubnetGroup
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.sns import TopicEntry
from auditor.inference.tiers import Tier, Tiers
from auditor.testing import HOME, gap, made

T = world().tiers


def described(tiers: Tiers) -> Any:
    return json.loads(json.dumps(tiers.describe()))


def label(tiers: Tiers, resource: Any) -> Any:
    node = tiers.node(resource)
    assert node is not None
    return tiers.label(node)


def test_each_node_has_a_tier_a_rule_and_a_confidence() -> None:
    found = {node.name: T.guess(node).tier for node in T.topology.nodes.values() if node.kind != "target_group"}
    assert found["shop.example.com"] is Tier.PRESENTATION
    assert label(T, SHOP).part == "entry"
    assert label(T, FLEET).rule == "a load balancer or an API sends it requests"
    assert label(T, DATABASE).tier is Tier.DATA_RELATIONAL
    assert all(0 < T.guess(node).confidence <= 1 for node in T.topology.nodes.values())


def test_instances_of_a_group_and_members_of_a_cluster_are_part_of_it() -> None:
    assert T.node(MEMBERS[0]) is T.node(FLEET)
    above = cluster()
    member = database("one", DBClusterIdentifier="aurora")
    tiers = world(above, member).tiers
    assert tiers.node(member) is tiers.node(above)
    found = tiers.node(above)
    assert found is not None
    assert found.members == ("one",)


def test_a_member_whose_cluster_is_not_listed_stands_for_itself() -> None:
    member = database("one", DBClusterIdentifier="aurora")
    found = world(member, gaps={DbCluster: (gap("rds:DescribeDBClusters"),)}).tiers.node(member)
    assert found is not None
    assert found.resource is member


def test_edges_carry_the_field_that_gave_them() -> None:
    edges = {(edge["from"], edge["to"]): edge for edge in described(T)["edges"]}
    to_data = edges[FLEET.arn, DATABASE.arn]
    assert to_data["kinds"] == ["flow"]
    assert to_data["ports"] == [5432]
    assert to_data["strength"] == 0.6
    assert to_data["evidence"][0]["value"] == "sg-app in sg-db"
    routed = edges[TARGETS.arn, FLEET.arn]
    assert [one["given"] for one in routed["evidence"]] == [
        "autoscaling:DescribeAutoScalingGroups TargetGroupARNs",
        "elbv2:DescribeTargetHealth Target.Id",
    ]


def test_the_way_from_the_internet_goes_by_the_shortest_routes() -> None:
    fleet = T.node(FLEET)
    assert fleet is not None
    assert [one.kind for one in T.topology.path_from_internet(fleet)] == [
        "internet", "load_balancer", "target_group", "auto_scaling_group",
    ]  # fmt: skip
    assert T.topology.depths[fleet.id] == 1
    data = T.node(DATABASE)
    assert data is not None
    assert T.topology.path_from_internet(data) == ()


def test_a_public_name_of_private_addresses_lets_nobody_in() -> None:
    inner = balancer("inner", scheme="internal")
    host = instance("i-9", groups=("sg-x",), PrivateIpAddress="10.0.2.9")
    to_balancer, to_host = record("api.example.com", inner.dns_name), record("db.example.com", "10.0.2.9")
    tiers = world(inner, host, to_balancer, to_host).tiers
    assert label(tiers, inner).part == "internal"
    assert label(tiers, host).tiers == (Tier.APPLICATION,)
    for one in (inner, host):
        node = tiers.node(one)
        assert node is not None
        assert tiers.topology.path_from_internet(node) == ()


APPLICATION = balancer("application", scheme="internal")
CONNECTED = [
    (vpc_distribution(), vpc_origin(APPLICATION.arn)),
    (rest_api(), rest_method(rest_api(), "vl2", integrationTarget=APPLICATION.arn)),
    (rest_api(), rest_method(rest_api()), endpoint_link(APPLICATION.arn)),
    (http_api(), http_integration(http_api(), listener(APPLICATION).arn)),
    (http_api(), http_integration(http_api("WEBSOCKET"), "http://inner/", "vl1"), endpoint_link(APPLICATION.arn)),
]


@pytest.mark.parametrize("front", CONNECTED)
def test_a_private_way_leads_from_the_internet_to_an_internal_load_balancer(front: tuple[Any, ...]) -> None:
    tiers = world(APPLICATION, *front).tiers
    node = tiers.node(APPLICATION)
    assert node is not None
    way = [one.kind for one in tiers.topology.path_from_internet(node)]
    assert way in (["internet", "distribution", "load_balancer"], ["internet", "api", "load_balancer"])


def test_a_vpc_link_that_is_not_there_leads_nowhere() -> None:
    front = (rest_api(), rest_method(rest_api()), endpoint_link(APPLICATION.arn, status="PENDING"))
    tiers = world(APPLICATION, *front).tiers
    node = tiers.node(APPLICATION)
    assert node is not None
    assert tiers.topology.path_from_internet(node) == ()


WEB = service(targets=(TARGETS.arn,), groups=())
TABLE = made(TableEntry, "orders-table")


@pytest.mark.parametrize(
    ("value", "mode"),
    [
        ("aurora.cluster-abc.eu-west-1.rds.amazonaws.com", "writer"),
        ("postgres://aurora.cluster-ro-abc.eu-west-1.rds.amazonaws.com:5432/shop", "reader"),
        ("jdbc:postgresql://AURORA.cluster-abc.eu-west-1.rds.amazonaws.com/shop?ssl=true", "writer"),
    ],
)
def test_an_address_in_a_variable_is_a_use(value: str, mode: str) -> None:
    tiers = world(WEB, definition(WEB, DB_URL=value), cluster()).tiers
    node, above = tiers.node(WEB), tiers.node(cluster())
    assert node is not None
    assert above is not None
    tie = next(one for one in tiers.topology.uses(node) if one.node is above)
    assert tie.strongest.kind == "environment"
    assert tie.strongest.mode == mode
    assert tie.strongest.value == "DB_URL"
    assert value not in json.dumps(tiers.describe())


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("orders-table", True),
        ("orders-table,others", True),
        ("my-orders-table-2", False),
        (f"arn:aws:dynamodb:{HOME}:123456789012:table/orders-table", True),
    ],
)
def test_a_name_in_a_variable_counts_as_a_word(value: str, found: bool) -> None:
    tiers = world(WEB, definition(WEB, TABLE=value), TABLE).tiers
    node = tiers.node(TABLE)
    assert node is not None
    assert bool(tiers.topology.users(node)) is found


def test_a_short_name_is_no_evidence() -> None:
    short = made(TableEntry, "prod")
    tiers = world(WEB, definition(WEB, ENVIRONMENT="prod"), short).tiers
    node = tiers.node(short)
    assert node is not None
    assert not tiers.topology.users(node)


JOBS = queue()


@pytest.mark.parametrize(
    ("resource", "actions", "modes"),
    [
        (JOBS.arn, ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "receive"),
        (JOBS.arn, ["sqs:*"], "receive,write"),
        (TABLE.arn, ["dynamodb:GetItem"], "read"),
        (f"{TABLE.arn}/index/*", ["dynamodb:Query"], "read"),
        (f"{bucket().arn}/*", ["s3:PutObject", "s3:GetObject"], "read,write"),
        ("*", ["sqs:*"], ""),
        (f"arn:aws:sqs:{HOME}:*:jobs", ["sqs:*"], ""),
        (JOBS.arn, ["sqs:GetQueueAttributes"], ""),
    ],
)
def test_a_role_that_names_a_store_uses_it(resource: str, actions: list[str], modes: str) -> None:
    worker = function("work")
    tiers = world(worker, role("worker", allow(resource, *actions)), JOBS, TABLE, bucket()).tiers
    node = tiers.node(worker)
    assert node is not None
    found = [edge.mode for tie in tiers.topology.uses(node) for edge in tie.edges if edge.kind == "role"]
    assert found == ([modes] if modes else [])


def test_a_worker_takes_messages_and_serves_no_requests() -> None:
    worker = function("work")
    by_mapping = world(worker, JOBS, mapping(worker, JOBS.arn)).tiers
    assert label(by_mapping, worker).part == "async"
    by_role = world(worker, JOBS, role("worker", allow(JOBS.arn, "sqs:ReceiveMessage"))).tiers
    assert label(by_role, worker).part == "async"
    disabled = world(worker, JOBS, mapping(worker, JOBS.arn, "Disabled")).tiers
    assert label(disabled, worker).tier is Tier.UNPLACED


def test_queues_topics_and_streams_carry_messages() -> None:
    topic = made(TopicEntry, TopicArn=f"arn:aws:sns:{HOME}:123456789012:news")
    tiers = world(topic, JOBS).tiers
    assert label(tiers, topic).tier is Tier.MESSAGING
    assert label(tiers, JOBS).tier is Tier.MESSAGING


def test_engines_that_are_not_relational() -> None:
    docs = cluster("docs", Engine="docdb")
    assert label(world(docs).tiers, docs).tier is Tier.DATA_NON_RELATIONAL
    facts = made(RedshiftCluster, ClusterIdentifier="facts", ClusterStatus="available", PubliclyAccessible=False)
    assert label(world(facts).tiers, facts).part == "analytics"


def test_memorydb_keeps_data_where_its_subnet_group_says() -> None:
    where = made(MemoryDbSubnetGroup, Name="data", VpcId="vpc-1", Subnets=[{"Identifier": "subnet-db"}])
    tiers = world(memory(), where).tiers
    assert label(tiers, memory()).tier is Tier.DATA_NON_RELATIONAL
    node = tiers.node(memory())
    assert node is not None
    assert (node.vpc, node.subnets, node.ports) == ("vpc-1", ("subnet-db",), (6379,))


CACHE, CACHE_PLACE = dax()
EVENTS = kafka()


def tie(tiers: Tiers, user: Any, store: Any) -> Any:
    """Why one is connected to another; None where it is not."""
    node, target = tiers.node(user), tiers.node(store)
    assert node is not None
    assert target is not None
    return next((one for one in tiers.topology.uses(node) if one.node is target), None)


def test_a_dax_cluster_is_a_cache_where_its_subnet_group_says() -> None:
    tiers = world(CACHE, CACHE_PLACE).tiers
    assert label(tiers, CACHE).tier is Tier.CACHING
    node = tiers.node(CACHE)
    assert node is not None
    assert (node.vpc, node.subnets, node.groups, node.ports) == ("vpc-1", ("subnet-db",), ("sg-dax",), (8111,))


def test_a_kafka_cluster_carries_messages_in_the_subnets_of_its_brokers() -> None:
    tiers = world(EVENTS).tiers
    assert label(tiers, EVENTS).tier is Tier.MESSAGING
    node = tiers.node(EVENTS)
    assert node is not None
    assert (node.vpc, node.subnets, node.groups, node.ports) == ("vpc-1", ("subnet-db",), ("sg-kafka",), (9094,))


@pytest.mark.parametrize(
    ("parts", "store", "door", "port"),
    [
        pytest.param((CACHE, CACHE_PLACE), CACHE, DAX_GROUP, 8111, id="DAX"),
        pytest.param((EVENTS,), EVENTS, KAFKA_GROUP, 9094, id="Kafka"),
    ],
)
def test_a_group_that_admits_the_application_is_a_use(parts: Any, store: Any, door: Any, port: int) -> None:
    found = tie(world(*parts, door).tiers, FLEET, store)
    assert [(edge.kind, edge.port) for edge in found.edges] == [("flow", port)]
    shut = group(rule("sg-app", ports=22), id=door.id)
    assert tie(world(*parts, shut).tiers, FLEET, store) is None


@pytest.mark.parametrize(
    ("resource", "actions", "store", "mode"),
    [
        pytest.param(CACHE.arn, ["dax:GetItem", "dax:Query"], CACHE, "read", id="reads DAX"),
        pytest.param(CACHE.arn, ["dax:*"], CACHE, "read,write", id="all of DAX"),
        pytest.param(
            EVENTS.arn.replace(":cluster/", ":topic/") + "/orders", ["kafka-cluster:ReadData"], EVENTS, "receive",
            id="reads a topic",
        ),
        pytest.param(
            EVENTS.arn.replace(":cluster/", ":topic/") + "/*", ["kafka-cluster:*Data"], EVENTS, "receive,write",
            id="all topics",
        ),
    ],
)  # fmt: skip
def test_a_role_that_names_a_cluster_or_its_topics_uses_it(
    resource: str, actions: list[str], store: Any, mode: str
) -> None:
    worker = function("work")
    tiers = world(worker, role("worker", allow(resource, *actions)), CACHE, CACHE_PLACE, EVENTS).tiers
    assert [edge.mode for edge in tie(tiers, worker, store).edges] == [mode]


def test_a_role_that_may_only_connect_to_kafka_neither_reads_nor_writes() -> None:
    worker = function("work")
    rights = role("worker", allow(EVENTS.arn, "kafka-cluster:Connect"))
    assert tie(world(worker, rights, EVENTS).tiers, worker, EVENTS) is None


def test_an_address_of_dax_in_a_variable_is_a_use() -> None:
    url = f"dax://orders.abc.dax-clusters.{HOME}.amazonaws.com"
    found = tie(world(WEB, definition(WEB, ORDERS_CACHE=url), CACHE, CACHE_PLACE).tiers, WEB, CACHE)
    assert found.strongest.kind == "environment"


def test_dax_uses_the_tables_that_its_role_names() -> None:
    rights = role("dax", allow(TABLE.arn, "dynamodb:GetItem", "dynamodb:PutItem"))
    found = tie(world(CACHE, CACHE_PLACE, rights, TABLE).tiers, CACHE, TABLE)
    assert [(edge.kind, edge.mode) for edge in found.edges] == [("role", "read,write")]


def test_a_function_that_kafka_feeds_is_a_worker() -> None:
    worker = function("work")
    fed = label(world(worker, EVENTS, mapping(worker, EVENTS.arn)).tiers, worker)
    assert (fed.part, fed.tier) == ("async", Tier.APPLICATION)


@pytest.mark.parametrize(
    ("kind", "action"), [(DaxCluster, "dax:DescribeClusters"), (KafkaCluster, "kafka:ListClustersV2")]
)
def test_what_may_use_a_cluster_that_was_not_read_has_no_sure_tier(kind: type, action: str) -> None:
    lonely = asg("lonely")
    assert label(world(lonely).tiers, lonely).tier is Tier.UNPLACED
    with pytest.raises(Unread, match=action):
        label(world(lonely, gaps={kind: (gap(action),)}).tiers, lonely)


def test_a_bucket_is_where_it_is_read_and_written() -> None:
    from edges import distribution, s3

    assets = bucket()
    served = world(assets, distribution(s3("shop-assets"))).tiers
    assert label(served, assets).tiers == (Tier.PRESENTATION,)
    worker = function("work")
    writes = role("worker", allow(f"{assets.arn}/*", "s3:PutObject"))
    both = world(assets, distribution(s3("shop-assets")), worker, writes).tiers
    assert label(both, assets).tiers == (Tier.PRESENTATION, Tier.DATA_NON_RELATIONAL)
    assert label(world(assets, worker, writes).tiers, assets).tier is Tier.DATA_NON_RELATIONAL
    assert label(world(assets).tiers, assets).tier is Tier.UNPLACED


INNER = balancer("inner", scheme="internal", groups=("sg-in",))
INNER_PARTS = (INNER, listener(INNER, 8080, "HTTP"), group(rule("sg-app", ports=8080), id="sg-in"))


def test_web_servers_call_an_internal_load_balancer_and_no_store() -> None:
    web = world(*INNER_PARTS, group(id="sg-db"), without=(DB_GROUP,)).tiers
    assert label(web, FLEET).tier is Tier.PRESENTATION
    assert label(world(*INNER_PARTS).tiers, FLEET).tier is Tier.APPLICATION
    assert label(web, INNER).part == "internal"


@pytest.mark.parametrize(
    ("name", "doors", "tier"),
    [
        ("bastion", (), Tier.OPERATIONS),
        ("nat-a", (), Tier.OPERATIONS),
        ("natalie", (), Tier.UNPLACED),
        ("box", (rule("10.0.0.0/8", ports=22),), Tier.OPERATIONS),
        ("box", (rule("sg-ops", ports=3389),), Tier.OPERATIONS),
        ("box", (rule("sg-x"),), Tier.UNPLACED),
        ("box", (rule("sg-ops"),), Tier.UNPLACED),
        ("box", (rule("10.0.0.0/8", ports=443),), Tier.UNPLACED),
    ],
)
def test_hosts_of_operators(name: str, doors: Any, tier: Tier) -> None:
    host = instance("i-9", name=name, groups=("sg-x",))
    assert label(world(host, group(*doors, id="sg-x")).tiers, host).tier is tier


def test_an_instance_behind_a_name_presents_by_itself() -> None:
    host = instance("i-9", groups=("sg-app",), PublicIpAddress="52.1.1.1")
    named = world(host, record("www.example.com", "52.1.1.1")).tiers
    assert label(named, host).tiers == (Tier.PRESENTATION, Tier.APPLICATION)
    private = world(host, record("www.example.com", "52.1.1.1", private=True)).tiers
    assert label(private, host).tier is Tier.APPLICATION


@pytest.mark.parametrize("private_first", [True, False])
def test_a_name_of_a_private_zone_is_not_that_of_the_public_one(private_first: bool) -> None:
    host = instance("i-9", groups=("sg-x",), PublicIpAddress="52.1.1.1")
    inner = instance("i-8", groups=("sg-x",), PrivateIpAddress="10.0.2.8")
    both = (record("www.example.com", "10.0.2.8", private=True), record("www.example.com", "52.1.1.1"))
    tiers = world(host, inner, *(both if private_first else reversed(both))).tiers
    assert label(tiers, host).tier is Tier.PRESENTATION
    assert label(tiers, inner).tier is Tier.APPLICATION
    node = tiers.node(inner)
    assert node is not None
    assert tiers.topology.path_from_internet(node) == ()


@pytest.mark.parametrize(
    ("name", "doors", "private", "tier"),
    [
        ("bastion", (rule("0.0.0.0/0", ports=22),), False, Tier.OPERATIONS),
        ("vpn", (), False, Tier.OPERATIONS),
        ("vpn", (), True, Tier.OPERATIONS),
        ("box", (rule("0.0.0.0/0", ports=22),), False, Tier.OPERATIONS),
        ("box", (rule("0.0.0.0/0", ports=22), rule("0.0.0.0/0", ports=443)), False, Tier.PRESENTATION),
        ("proxy", (rule("0.0.0.0/0", ports=80),), False, Tier.PRESENTATION),
        ("vpn", (rule("0.0.0.0/0", ports=1194),), False, Tier.OPERATIONS),
        ("box", (rule("sg-ops", ports=22), rule("10.0.0.0/8", ports=8080)), True, Tier.APPLICATION),
        ("box", (), False, Tier.PRESENTATION),
    ],
)
def test_a_host_of_operators_stays_one_when_it_has_a_name(name: str, doors: Any, private: bool, tier: Tier) -> None:
    host = instance("i-9", name=name, groups=("sg-x",), PublicIpAddress="52.1.1.1")
    tiers = world(host, group(*doors, id="sg-x"), record("in.example.com", "52.1.1.1", private=private)).tiers
    assert label(tiers, host).tier is tier


def test_a_group_behind_a_classic_load_balancer_serves() -> None:
    old = asg("old", LoadBalancerNames=["classic"])
    assert label(world(old).tiers, old).tier is Tier.APPLICATION


def test_addresses_of_targets_are_traced_to_their_owners() -> None:
    to_address = target_group(SHOP, 5432, "TCP", "ip", arn=f"{SHOP.arn}/ip")
    card = eni("eni-1", public="", groups=("sg-app",), instance="i-1", PrivateIpAddress="10.0.2.11")
    parts = (to_address, (to_address, health("10.0.3.10", "10.0.2.11")), DB_ENI, card)
    tiers = world(*parts).tiers
    node = tiers.node(to_address)
    assert node is not None
    assert {target.name for target, _ in tiers.topology.out_of(node, "route")} == {"shop"}
    assert {target.kind for target, _ in tiers.topology.out_of(node, "route")} == {"database", "auto_scaling_group"}


def test_what_was_not_read_leaves_labels_that_rest_on_it_open() -> None:
    host = instance("i-9", name="bastion", groups=("sg-x",))
    unread = world(host, gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth"),)}).tiers
    with pytest.raises(Unread, match="DescribeTargetHealth"):
        label(unread, host)
    assert label(unread, FLEET).tier is Tier.APPLICATION
    node = unread.node(host)
    assert node is not None
    assert unread.guess(node).tier is Tier.OPERATIONS
    found = {one["id"]: one for one in described(unread)["nodes"]}
    assert found[node.id]["sure"] is False
    assert found[FLEET.arn]["sure"] is True


def test_a_gap_of_another_region_leaves_a_label_alone() -> None:
    host = instance("i-9", name="bastion", groups=("sg-x",))
    elsewhere = world(host, gaps={TargetHealth: (gap("elbv2:DescribeTargetHealth", "us-east-1"),)}).tiers
    assert label(elsewhere, host).tier is Tier.OPERATIONS


def test_a_field_that_is_missing_is_a_gap_and_not_the_end() -> None:
    broken = made(DbInstance, DBInstanceArn="arn:aws:rds:eu-west-1:1:db:x", DBInstanceIdentifier="x")
    tiers = world(broken).tiers
    assert tiers.node(broken) is None
    assert tiers.node(DATABASE) is not None
    assert any("PubliclyAccessible" in gap.reason for gap in tiers.topology.gaps.all())


def test_who_is_attached_and_who_runs_where() -> None:
    assert [one.name for one in T.attached(APP_GROUP)] == ["shop"]
    assert [one.kind for one in T.in_subnet(DB)] == ["database"]
    assert [one.kind for one in T.in_subnet(APP)] == ["auto_scaling_group"]
    assert {one.kind for one in T.in_vpc("vpc-1", HOME)} == {
        "auto_scaling_group", "database", "load_balancer", "security_group", "target_group",
    }  # fmt: skip


def test_a_gap_counts_only_where_an_interface_could_be_of_that_kind() -> None:
    missing: dict[type, Any] = {Domain: (gap("es:DescribeDomains"),)}
    card = eni("eni-1", public="", groups=("sg-app",), instance="i-1", SubnetId="subnet-app")
    searched = eni("eni-2", public="", groups=("sg-x",), instance="", SubnetId="subnet-db", Description="ES shop")
    tiers = world(card, searched, gaps=missing).tiers
    assert tiers.attached(APP_GROUP)
    assert tiers.in_subnet(APP)
    with pytest.raises(Unread, match="es:DescribeDomains"):
        tiers.in_subnet(DB)
    with pytest.raises(Unread, match="es:DescribeDomains"):
        tiers.in_vpc("vpc-1", HOME)


def test_a_store_runs_where_its_interfaces_are_or_else_in_its_zones() -> None:
    other = subnet("subnet-2", "10.0.4.0/24", AvailabilityZone=f"{HOME}b")
    spread = database(subnets=("subnet-db", "subnet-2"))
    told = world(spread, other, DB_ENI, without=(DATABASE,)).tiers
    assert told.in_subnet(DB)
    assert not told.in_subnet(other)
    untold = world(spread, other, without=(DATABASE,)).tiers
    assert untold.in_subnet(DB)
    assert not untold.in_subnet(other)


def test_how_subnets_are_connected() -> None:
    assert [T.reach(one) for one in (PUBLIC, APP, DB)] == ["public", "private_egress", "isolated"]


def test_the_description_is_plain_sorted_and_the_same_in_any_order() -> None:
    parts = (cache(), WEB, definition(WEB, TABLE="orders-table"), TABLE, JOBS)
    first, second = world(*parts), World(*reversed((*parts, *world()._items)))
    assert json.dumps(first.tiers.describe()) == json.dumps(second.tiers.describe())
    found = described(first.tiers)
    assert [one["id"] for one in found["nodes"]] == sorted(one["id"] for one in found["nodes"])
    assert [band["tier"] for band in found["bands"]] == [tier.value for tier in Tier]
    placed = [name for band in found["bands"] for name in band["nodes"]]
    assert sorted(placed) == [one["id"] for one in found["nodes"]]
    assert found["applications"][0]["applies"] is True
    assert found["subnets"][0]["tiers"] == ["application"]


def test_a_group_that_joins_very_many_is_drawn_itself() -> None:
    network = {"VpcId": "vpc-1", "SubnetIds": ["subnet-app"], "SecurityGroupIds": ["sg-app"]}
    workers = [function(f"w{number:03}", VpcConfig=network) for number in range(250)]
    found = described(world(*workers, cache(groups=("sg-cache",))).tiers)
    kinds = {one["kind"] for one in found["nodes"]}
    assert "security_group" in kinds
    assert len(found["edges"]) < 300


def test_an_empty_account_has_an_empty_topology() -> None:
    tiers = World().tiers
    assert tiers.describe()["edges"] == []
    assert tiers.in_vpc("vpc-1", HOME) == ()


def test_instances_without_their_group_stand_for_themselves() -> None:
    lost = instance("i-9", asg="gone")
    found = world(lost, gaps={AutoScalingGroup: (gap("autoscaling:DescribeAutoScalingGroups"),)}).tiers.node(lost)
    assert found is not None
    assert found.kind == "instance"
