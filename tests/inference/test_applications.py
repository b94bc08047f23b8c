from __future__ import annotations

from typing import Any

from networks import balancer, group, listener, rule, target_group
from threetier import (
    CACHE_GROUP,
    DATABASE,
    FLEET,
    ID,
    MEMBERS,
    SHOP,
    THREE_TIER,
    World,
    asg,
    bucket,
    cache,
    database,
    definition,
    function,
    instance,
    mapping,
    queue,
    service,
    tagged,
    world,
)

from auditor.evidence.dynamodb import TableEntry
from auditor.inference.applications import Application
from auditor.inference.tiers import Tiers
from auditor.testing import HOME, made


def of(tiers: Tiers, resource: Any) -> Application | None:
    node = tiers.node(resource)
    assert node is not None
    return tiers.application(node)


def name(tiers: Tiers, resource: Any) -> str:
    found = of(tiers, resource)
    return found.name if found else ""


def stack(number: str) -> tuple[Any, ...]:
    """A second application of the same build, of its own groups."""
    front = balancer(f"app{number}", groups=(f"sg-lb{number}",))
    targets = target_group(front, arn=f"{front.arn}/tg")
    return (
        front,
        listener(front, to=targets.arn),
        targets,
        asg(f"app{number}", targets=(targets.arn,)),
        instance(f"i-of-app{number}", asg=f"app{number}", groups=(f"sg-app{number}",)),
        group(rule(f"sg-app{number}", ports=5432), id=f"sg-db{number}"),
        group(id=f"sg-app{number}"),
        database(f"data{number}", groups=(f"sg-db{number}",)),
    )


SECOND = stack("2")


def test_what_is_connected_is_one_application_named_after_its_public_name() -> None:
    tiers = world(*SECOND).tiers
    assert name(tiers, DATABASE) == name(tiers, SHOP) == name(tiers, MEMBERS[0]) == "shop.example.com"
    assert name(tiers, SECOND[0]) == name(tiers, SECOND[-1]) == "app2"
    assert [one.name for one in tiers.applications.all] == ["app2", "shop.example.com"]
    found = of(tiers, SHOP)
    assert found is not None
    assert found.entries == (SHOP.arn,)


def test_a_tag_goes_before_what_is_connected() -> None:
    tags = [tagged(one.arn, Application="Storefront") for one in (SHOP, FLEET)]
    data = [tagged(one.arn, Application="Orders") for one in (DATABASE, bucket())]
    tiers = world(bucket(), *tags, *data).tiers
    assert name(tiers, SHOP) == name(tiers, FLEET) == "Storefront"
    assert name(tiers, DATABASE) == "Orders"
    nodes = [tiers.node(one) for one in (FLEET, DATABASE)]
    assert nodes[0] is not None
    assert nodes[1] is not None
    assert tiers.applications.apart(nodes[0], nodes[1])


def test_what_has_no_tag_belongs_to_the_nearest_that_has_one() -> None:
    tags = [tagged(one.arn, app="storefront") for one in (SHOP, FLEET)]
    tiers = world(*tags).tiers
    assert name(tiers, DATABASE) == "storefront"
    node, data = tiers.node(FLEET), tiers.node(DATABASE)
    assert node is not None
    assert data is not None
    assert not tiers.applications.apart(node, data)


def test_a_tag_of_one_kind_of_resource_is_a_name_and_joins_nothing() -> None:
    tiers = world(tagged(DATABASE.arn, service="postgres")).tiers
    assert name(tiers, DATABASE) == "shop.example.com"


def test_the_registry_of_applications_goes_before_other_tags() -> None:
    arn = f"arn:aws:resource-groups:{HOME}:{ID}:group/Storefront/0abc"
    registered = tagged(SHOP.arn, awsApplication=arn, app="other")
    tiers = world(registered, tagged(FLEET.arn, app="other"), tagged(DATABASE.arn, app="other")).tiers
    assert name(tiers, SHOP) == "Storefront"
    assert name(tiers, FLEET) == "other"


def test_a_stack_joins_what_nothing_else_connects() -> None:
    made_by = {"aws:cloudformation:stack-name": "shop-prod"}
    loose = bucket("loose-bucket")
    apart = world(loose).tiers
    assert of(apart, loose) is None
    joined = world(loose, tagged(loose.arn, **made_by), tagged(SHOP.arn, **made_by)).tiers
    assert name(joined, loose) == "shop.example.com"


def test_a_store_that_many_use_joins_nobody() -> None:
    table = made(TableEntry, "settings-table")
    services = [service(f"s{number}", groups=(), targets=()) for number in range(6)]
    uses = [definition(one, TABLE="settings-table") for one in services]
    tiers = world(table, *services, *uses).tiers
    node = tiers.node(table)
    assert node is not None
    assert tiers.application(node) is None
    assert tiers.applications.is_shared(node)
    assert tiers.applications.why_none(node) == "more than 5 workloads use it"
    fewer = world(table, *services[:5], *uses[:5]).tiers
    shared = fewer.node(table)
    assert shared is not None
    assert not fewer.applications.is_shared(shared)


def test_what_nothing_enters_is_no_application() -> None:
    lonely = database("lonely", groups=("sg-lonely",))
    tiers = world(lonely).tiers
    node = tiers.node(lonely)
    assert node is not None
    assert tiers.application(node) is None
    assert "no request comes in" in tiers.applications.why_none(node)


def test_a_worker_and_its_queue_are_an_application() -> None:
    worker, jobs = function("resize"), queue()
    tiers = World(worker, jobs, mapping(worker, jobs.arn)).tiers
    assert name(tiers, jobs) == name(tiers, worker) == "resize"


def test_applications_of_one_name_are_told_apart() -> None:
    parts = [stack("2"), stack("3")]
    tags = [tagged(part[0].arn, app="same") for part in parts] + [tagged(parts[0][3].arn, app="same")]
    tiers = world(*parts[0], *parts[1], *tags).tiers
    assert name(tiers, parts[0][0]) == name(tiers, parts[1][0]) == "same"
    twins = [balancer(f"x{number}", groups=(), LoadBalancerName="twin") for number in (1, 2)]
    assert [one.name for one in World(*twins).tiers.applications.all] == ["twin", "twin (2)"]


def test_whether_the_pattern_fits() -> None:
    tiers = world().tiers
    found = of(tiers, SHOP)
    assert found is not None
    assert tiers.fits(found) == ""
    worker, jobs = function("resize"), queue()
    serverless = World(worker, jobs, mapping(worker, jobs.arn)).tiers
    assert serverless.fits(serverless.applications.all[0]) == "it has functions only"
    bare = World(*(one for one in THREE_TIER if one is not DATABASE)).tiers
    assert bare.fits(bare.applications.all[0]) == "it has no cache and keeps no data"
    alone = World(SHOP).tiers
    assert alone.fits(alone.applications.all[0]) == "nothing in it computes"


def test_a_cache_that_the_application_reaches_is_its_own() -> None:
    tiers = world(cache()).tiers
    assert CACHE_GROUP.id == "sg-cache"
    assert name(tiers, cache()) == "shop.example.com"
