"""Descriptions of topologies as plain dicts: a small one, and one with 200 nodes in two regions."""

from __future__ import annotations

from typing import Any

from auditor.drawing import Mark
from auditor.model import Severity

REGIONS = ("eu-west-1", "eu-central-1")
_KINDS = (
    ("load_balancer", "application", 8), ("target_group", "application", 8), ("auto_scaling_group", "application", 12),
    ("instance", "application", 40), ("ecs_service", "application", 16), ("function", "application", 44),
    ("cache", "caching", 8), ("database", "data_relational", 14), ("table", "data_non_relational", 14),
    ("bucket", "unplaced", 12), ("queue", "messaging", 12), ("topic", "messaging", 6), ("instance", "operations", 2),
)  # fmt: skip
_AWAY = ("function", "table", "bucket", "queue", "topic")


def node(kind: str, name: str, tier: str, region: str = "eu-west-1", vpc: str = "", **more: Any) -> dict[str, Any]:
    return {
        "id": f"arn:aws:{kind}:{region}:123456789012:{name}", "kind": kind, "type": None, "name": name,
        "region": region, "tier": tier, "tiers": [tier], "part": "", "confidence": 1.0, "rule": "it was made so",
        "sure": True, "given": "", "vpc": vpc, "subnets": [], "zones": [], "security_groups": [], "ports": [],
        "public": False, "members": [], "application": "shop",
    } | more  # fmt: skip


def edge(start: dict[str, Any], end: dict[str, Any], kind: str = "route", *ports: int) -> dict[str, Any]:
    return {
        "from": start["id"], "to": end["id"], "kinds": [kind], "strength": 1.0, "ports": list(ports), "modes": [],
        "evidence": [],
    }  # fmt: skip


def description(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> dict[str, Any]:
    names = sorted({one["application"] for one in nodes if one["application"]})
    return {
        "nodes": nodes, "edges": edges, "bands": [], "subnets": [], "unread": [],
        "applications": [{"name": name, "nodes": []} for name in names],
    }  # fmt: skip


def small(name: str = "shop") -> dict[str, Any]:
    world = node("internet", "the internet", "unplaced", "global", id="internet", application=None)
    site = node("dns_name", f"{name}.example.com", "presentation", "global")
    door = node("load_balancer", name, "application", vpc="vpc-1")
    group = node("target_group", name, "application", vpc="vpc-1")
    fleet = node("auto_scaling_group", name, "application", vpc="vpc-1", members=["i-1", "i-2"])
    store = node("database", name, "data_relational", vpc="vpc-1", ports=[5432])
    jobs = node("queue", name, "messaging")
    edges = [
        edge(world, site), edge(site, door), edge(door, group, "route", 8080), edge(group, fleet),
        edge(fleet, store, "flow", 5432), edge(fleet, jobs, "role"),
    ]  # fmt: skip
    found = description([world, site, door, group, fleet, store, jobs], edges)
    return found | {"vpcs": [{"id": "vpc-1", "name": name, "region": "eu-west-1", "cidr": "10.0.0.0/16"}]}


def crowd() -> dict[str, Any]:
    """200 nodes: two regions with two VPCs each, and three applications."""
    nodes = [node("internet", "the internet", "unplaced", "global", id="internet", application=None)]
    nodes += [node("dns_name", f"{name}.example.com", "presentation", "global") for name in ("shop", "api", "blog")]
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for kind, tier, many in _KINDS:
        for number in range(many):
            region, vpc = REGIONS[number % 5 == 4], f"vpc-{REGIONS[number % 5 == 4]}-{number % 2}"
            one = node(kind, f"{kind.replace('_', '-')}-{tier[:3]}-{number:02}", tier, region)
            one |= {"vpc": "" if kind in _AWAY else vpc, "application": ("shop", "api", "blog")[number % 3]}
            one["subnets"] = [] if kind in _AWAY else [f"subnet-{vpc}-{number % 4}"]
            nodes.append(one)
            by_kind.setdefault(kind, []).append(one)
    return description(nodes, _edges(nodes, by_kind))


def _edges(nodes: list[dict[str, Any]], kinds: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    found = [edge(nodes[0], one) for one in nodes[1:4]]
    found += [edge(nodes[1 + n % 3], one, "route", 443) for n, one in enumerate(kinds["load_balancer"])]
    for number, (door, group) in enumerate(zip(kinds["load_balancer"], kinds["target_group"], strict=True)):
        found += [edge(door, group, "route", 8080), edge(group, kinds["auto_scaling_group"][number])]
    for number, one in enumerate(kinds["auto_scaling_group"]):
        near = [other for other in kinds["database"] + kinds["cache"] if other["vpc"] == one["vpc"]]
        found += [edge(one, other, "flow", 5432 if other["kind"] == "database" else 6379) for other in near[:4]]
        found.append(edge(one, kinds["queue"][number % 12], "role"))
    for number, one in enumerate(kinds["function"]):
        found.append(edge(kinds["queue"][number % 12], one, "event"))
        found.append(edge(one, kinds["table"][number % 14], "role"))
    found += [edge(one, kinds["queue"][n], "event") for n, one in enumerate(kinds["topic"])]
    return found


def exposed(name: str = "shop") -> dict[str, Any]:
    """What the internet reaches of the small one: its load balancer, an instance of its fleet, and a stranger."""
    return {
        "reached": [
            _reached("arn:aws:load_balancer:eu-west-1:123456789012:" + name, name, "tcp 443", f"rule of {name}"),
            _reached("arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-1", name, "tcp 22", instance="i-1"),
            _reached("arn:aws:ec2:eu-west-1:123456789012:network-interface/eni-2", "stray", "all tcp ports"),
        ],
        "unread": ["ec2:DescribeNetworkAcls was denied in eu-central-1"],
    }


def _reached(name: str, called: str, ports: str, *chain: str, instance: str | None = None) -> dict[str, Any]:
    path = {
        "ports": ports, "origin": "the internet", "sources": "world", "address": "52.1.2.3",
        "chain": ["rtb-1 routes 0.0.0.0/0 to igw-1", *chain], "inspected": False,
    }  # fmt: skip
    return {"id": name, "name": called, "region": "eu-west-1", "instance": instance, "paths": [path]}


def marks(nodes: list[dict[str, Any]]) -> dict[str, tuple[Mark, ...]]:
    """A finding or two on every third node."""
    scale = list(reversed(Severity))
    return {
        one["id"]: tuple(
            Mark(scale[(n + m) % 5], f"check_{m}", f"Title {m}.", f"of {one['name']}", "Do better.", one["name"])
            for m in range(1 + n % 4)
        )
        for n, one in enumerate(nodes)
        if n % 3 == 0
    }


def recovered(name: str = "shop") -> dict[str, Any]:
    """A workload with a database that is backed up to another region, and misses its objectives."""
    store = f"arn:aws:rds:eu-west-1:123456789012:db:{name}"
    loss = {"seconds": [3600, 86400], "store": store, "mechanism": "backup_copy_cross_region", "measured": False,
            "source": "guide: hours to 24 h", "skew_seconds": 0}  # fmt: skip
    fact = {
        "operation": "backup:ListCopyJobs",
        "region": "eu-west-1",
        "resource": store,
        "field": "State",
        "value": name,
    }
    step = {"predicate": "stores_continuous", "check": "workload_strategy_weakest_link", "resource": store,
            "action": f"replicate database instance {name} to eu-central-1", "rpo_after_seconds": [0, 60],
            "rto_after_seconds": [3600, None]}  # fmt: skip
    workload = {
        "workload": name, "basis": "profile", "account": "123456789012", "tier": "critical",
        "primary_region": "eu-west-1", "recovery_region": "eu-central-1", "effective": "backup_and_restore", "level": 1,
        "best_case": "backup_and_restore", "intended": "pilot_light", "required": "pilot_light", "subclass": "",
        "complete": True, "missing": ["stores_continuous"],
        "rpo": dict.fromkeys(("region_loss", "zone_loss", "data_corruption", "account_compromise"), loss),
        "rto": {"seconds": [4200, 93600], "dominant_stage": "data and compute",
                "stages": [{"stage": "data and compute", "seconds": [3600, 86400], "basis": name}]},
        "band": {"rpo_seconds": [3600, 86400], "rto_seconds": [3600, 86400]}, "tested": None, "test_is_recent": False,
        "test_window_days": 92, "tests": [],
        "confidence": {"value": 0.72, "label": "medium", "factors": [{"factor": 0.9, "reason": f"{name} was denied"}]},
        "unread": [f"{name} was denied"],
        "cost": {"band_percent": [5, 10], "next_band_percent": [15, 20], "share": 0.4, "estimated": True, "basis": "?"},
        "targets": [{"metric": "rpo", "scope": "region_loss", "declared_seconds": 900,
                     "achieved_seconds": [3600, 86400], "verdict": "missed"}],
        "stores": [{"arn": store, "name": name, "kind": "database instance", "region": "eu-west-1", "copies": [],
                    "unread": []}],
        "components": [], "routes": [],
        "predicates": [{"predicate": "stores_continuous", "holds": False, "lacking": [store], "unread": [],
                        "evidence": [fact]}],
        "ladder": [{"strategy": "pilot_light", "band_percent": [15, 20], "rpo_seconds": [60, 3600],
                    "rto_seconds": [1800, 14400], "steps": [step], "more_steps": 0}],
    }  # fmt: skip
    return {"workloads": [workload], "not_modelled": ["FSx"]}
