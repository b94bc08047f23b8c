"""Which tier each node of a topology belongs to, by which rule, and how sure that is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.evidence.apigateway import RestMethod
from auditor.evidence.apigatewayv2 import HttpIntegration
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.cloudfront import Distribution
from auditor.evidence.dax import DaxCluster
from auditor.evidence.dynamodb import TableEntry
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import Permission, SecurityGroup
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.efs import FileSystem
from auditor.evidence.elasticache import CacheCluster, ReplicationGroup, ServerlessCache
from auditor.evidence.elbv2 import LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.lambda_ import EventSourceMapping, Function, FunctionUrl
from auditor.evidence.memorydb import MemoryDbCluster
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import Database, DbCluster, DbInstance, DbProxy
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.route53 import RecordSet
from auditor.evidence.s3 import Bucket
from auditor.evidence.sqs import QueueEntry
from auditor.inference.graph import INTERNET, Node
from auditor.inference.topology import COMPUTE, STORES, Tie, Topology

_SERVERS = (Distribution, RecordSet, LoadBalancer, TargetGroup, TargetHealth)
_FUNCTIONS = (RestMethod, HttpIntegration, FunctionUrl, LoadBalancer, TargetGroup, TargetHealth)
_STORES: tuple[type, ...] = (
    DbInstance, DbCluster, DbProxy, ReplicationGroup, CacheCluster, ServerlessCache, MemoryDbCluster, DaxCluster,
    Domain, FileSystem, RedshiftCluster, TableEntry, Bucket, QueueEntry, KafkaCluster, SecurityGroup, Role,
    ManagedPolicy,
)  # fmt: skip
_USERS: Mapping[str, tuple[type, ...]] = {
    "auto_scaling_group": (GroupLaunchSettings, Instance),
    "instance": (),
    "ecs_service": (TaskDefinition,),
    "function": (EventSourceMapping,),
}
USERS: tuple[type, ...] = (
    AutoScalingGroup, Instance, EcsService, Function, *(kind for kinds in _USERS.values() for kind in kinds),
    Role, ManagedPolicy,
)  # fmt: skip
"""What would tell that a workload uses a bucket."""


def route_evidence(kind: str) -> tuple[type, ...]:
    """What would tell that requests are sent to a workload of a kind."""
    return _FUNCTIONS if kind == "function" else _SERVERS


def use_evidence(kind: str) -> tuple[type, ...]:
    """What would tell that a workload of a kind uses a store."""
    return (*_STORES, *_USERS[kind])


_OPERATORS = re.compile(r"(?<![a-z])(bastion|jump(box|host)?|nat|vpn|proxy)(?![a-z])", re.IGNORECASE)
_ADMIN_PORTS = (22, 3389)
_WEB_PORTS = (80, 443)
_STORED = (*STORES, "queue", "topic", "stream")


class Tier(StrEnum):
    """The bands of a multi-tier architecture, from the outside inwards."""

    PRESENTATION = "presentation"
    APPLICATION = "application"
    CACHING = "caching"
    DATA_RELATIONAL = "data_relational"
    DATA_NON_RELATIONAL = "data_non_relational"
    MESSAGING = "messaging"
    OPERATIONS = "operations"
    UNPLACED = "unplaced"

    @property
    def holds_data(self) -> bool:
        """Whether it keeps what must not be reached around the application: data and caches."""
        return self in (Tier.CACHING, Tier.DATA_RELATIONAL, Tier.DATA_NON_RELATIONAL)


@dataclass(frozen=True, slots=True)
class Label:
    """The tier of a node."""

    tiers: tuple[Tier, ...]
    """Mostly one; the first of two is where it is drawn."""
    rule: str
    confidence: float
    part: str = ""
    """`entry` or `internal` of load balancers and APIs, `async` of workers, `analytics` of data warehouses."""
    rests_on: tuple[type, ...] = ()
    """The kinds of evidence whose absence decided; with a gap in one of them the label is a guess."""

    @property
    def tier(self) -> Tier:
        """The tier, or the first of two."""
        return self.tiers[0]


_BY_KIND: Mapping[str, tuple[Tier, str]] = {
    INTERNET: (Tier.UNPLACED, "the internet belongs to no tier"),
    "dns_name": (Tier.PRESENTATION, "names are presentation"),
    "distribution": (Tier.PRESENTATION, "distributions are presentation"),
    "accelerator": (Tier.PRESENTATION, "accelerators are presentation"),
    "web_acl": (Tier.PRESENTATION, "web ACLs are presentation"),
    "security_group": (Tier.UNPLACED, "a security group is where its members are"),
    "cache": (Tier.CACHING, "caches are caching"),
    "proxy": (Tier.DATA_RELATIONAL, "database proxies are relational data"),
    "table": (Tier.DATA_NON_RELATIONAL, "tables are non-relational data"),
    "search": (Tier.DATA_NON_RELATIONAL, "search domains are non-relational data"),
    "file_system": (Tier.DATA_NON_RELATIONAL, "file systems are non-relational data"),
    "queue": (Tier.MESSAGING, "queues carry messages"),
    "topic": (Tier.MESSAGING, "topics carry messages"),
    "stream": (Tier.MESSAGING, "streams carry messages"),
}


class Labels:
    """Labels the nodes of a topology."""

    def __init__(self, topology: Topology, groups: Iterable[SecurityGroup]) -> None:
        self._topology = topology
        self._groups = {(one.region, one.id): one for one in groups}
        self._made: dict[str, Label] = {}

    def of(self, node: Node) -> Label:
        """The label of a node, from what is known."""
        if node.id not in self._made:
            self._made[node.id] = self._label(node)
        return self._made[node.id]

    def by_tier(self) -> Mapping[Tier, tuple[Node, ...]]:
        """The nodes of each tier, in order; a node of two tiers is where it is drawn."""
        found: dict[Tier, list[Node]] = defaultdict(list)
        for node in self._topology.nodes.values():
            found[self.of(node).tier].append(node)
        return {tier: tuple(found[tier]) for tier in Tier}

    def _label(self, node: Node) -> Label:
        if node.kind in COMPUTE:
            return self._compute(node)
        if node.kind in ("load_balancer", "api", "target_group"):
            part = "entry" if node.id in self._topology.depths else "internal"
            return Label((Tier.APPLICATION,), "load balancers, target groups and APIs are application", 1.0, part)
        if node.kind == "bucket":
            return self._bucket(node)
        if node.kind == "database":
            return self._database(node)
        if isinstance(node.resource, MemoryDbCluster):
            return Label((Tier.DATA_NON_RELATIONAL,), "MemoryDB keeps what it holds, as a cache need not", 1.0)
        if node.kind == "warehouse":
            return Label((Tier.DATA_RELATIONAL,), "data warehouses are relational data", 1.0, "analytics")
        tier, rule = _BY_KIND[node.kind]
        return Label((tier,), rule, 1.0)

    @staticmethod
    def _database(node: Node) -> Label:
        engine = node.resource
        if isinstance(engine, Database) and (engine.is_docdb or engine.is_neptune):
            return Label((Tier.DATA_NON_RELATIONAL,), f"the engine {engine.engine} is not relational", 1.0)
        return Label((Tier.DATA_RELATIONAL,), "databases are relational data", 1.0)

    def _bucket(self, node: Node) -> Label:
        served = any(source.kind in ("distribution", "dns_name") for source, _ in self._topology.into(node, "route"))
        used = [tie for tie in self._topology.users(node) if tie.node.kind in COMPUTE]
        written = any("write" in edge.mode for tie in used for edge in tie.edges)
        if served and written:
            both = (Tier.PRESENTATION, Tier.DATA_NON_RELATIONAL)
            return Label(both, "a distribution reads the bucket and a workload writes it", 0.9)
        if served:
            return Label((Tier.PRESENTATION,), "a distribution or a name leads to the bucket", 1.0)
        if used:
            sure = max(tie.strongest.strength for tie in used)
            return Label((Tier.DATA_NON_RELATIONAL,), "a workload uses the bucket", sure)
        return Label((Tier.UNPLACED,), "no workload is known to use the bucket", 0.5, rests_on=USERS)

    def _compute(self, node: Node) -> Label:
        store = self._topology.first_use(node, _is_store)
        if self._topology.is_routed(node) or _is_classic(node):
            return self._routed(node, store)
        source = self._topology.consumes(node)
        if source is not None:
            rule = f"it takes the messages of {source.name}, and no load balancer sends it requests"
            return Label((Tier.APPLICATION,), rule, 0.9, "async")
        if reason := self._operates(node):
            return Label((Tier.OPERATIONS,), reason, 0.6, rests_on=route_evidence(node.kind))
        if store:
            rule = f"it uses {store.node.name}, and no load balancer sends it requests"
            return Label((Tier.APPLICATION,), rule, store.strongest.strength, "internal")
        rule = "no load balancer sends it requests, and it is not known to use a store"
        absent = (*route_evidence(node.kind), *use_evidence(node.kind))
        return Label((Tier.UNPLACED,), rule, 0.5, rests_on=absent)

    def _routed(self, node: Node, store: Tie | None) -> Label:
        if self._has_only_names(node):
            reason = self._operates(node)
            if reason and not self._serves_others(node):
                return Label((Tier.OPERATIONS,), reason, 0.6, rests_on=route_evidence(node.kind))
        if node.kind in ("instance", "auto_scaling_group") and self._is_named(node):
            rule = "a public name or a distribution leads to the instance itself"
            return Label((Tier.PRESENTATION, *((Tier.APPLICATION,) if store else ())), rule, 1.0)
        inner = None if store else self._topology.first_use(node, _is_inner)
        if inner:
            name = inner.node.name
            rule = f"it serves requests, calls the internal load balancer {name} and uses no store: a web server"
            return Label((Tier.PRESENTATION,), rule, 0.6, rests_on=use_evidence(node.kind))
        sends = "a name leads to it" if self._has_only_names(node) else "a load balancer or an API sends it requests"
        return Label((Tier.APPLICATION,), sends, 1.0)

    def _is_named(self, node: Node) -> bool:
        """Whether requests come to it from the internet past no load balancer: by a name, an edge or an address."""
        return any(one.kind in ("dns_name", "distribution", "accelerator") for one in self._topology.entrances(node))

    def _has_only_names(self, node: Node) -> bool:
        """Whether nothing leads to it but names, which an operators' host has like a web server."""
        sources = [source.kind for source, _ in self._topology.into(node, "route")]
        return bool(sources) and set(sources) == {"dns_name"} and not _is_classic(node)

    def _operates(self, node: Node) -> str:
        """Why it is there for operators; empty where it is not. Nothing on a function is logged on to."""
        if node.kind not in ("instance", "auto_scaling_group"):
            return ""
        if found := _OPERATORS.search(node.name):
            return f"its name says {found[0].lower()}, and no load balancer sends it requests"
        for group, rule in self._doors(node):
            if port := next((port for port in _ADMIN_PORTS if rule.covers(port)), 0):
                return f"{group.id} admits port {port} to it, and no load balancer sends it requests"
        return ""

    def _serves_others(self, node: Node) -> bool:
        """Whether more comes in than operators: web requests, where its name says what it is, else on any other port.

        A gateway is called what it is, and takes what it passes on: only a web server beside is more than that.
        """
        doors = [rule for _, rule in self._doors(node)]
        if _OPERATORS.search(node.name):
            return any(rule.covers(port) for rule in doors for port in _WEB_PORTS)
        return any(rule.has_ports and rule.ports not in {(port, port) for port in _ADMIN_PORTS} for rule in doors)

    def _doors(self, node: Node) -> Iterator[tuple[SecurityGroup, Permission]]:
        """The rules of its groups that are meant for others; one for all traffic, or for its own members, is not."""
        groups = (self._groups.get((node.region, name)) for name in node.groups)
        for group in filter(None, groups):
            for rule in group.ingress:
                others = bool(rule.ranges or rule.prefix_lists or {*rule.group_ids} - {group.id})
                if others and not rule.is_all_traffic:
                    yield group, rule


def _is_store(node: Node) -> bool:
    return node.kind in _STORED


def _is_inner(node: Node) -> bool:
    return node.kind == "load_balancer" and not node.is_public


def _is_classic(node: Node) -> bool:
    """Whether a Classic Load Balancer sends requests to a group."""
    return isinstance(node.resource, AutoScalingGroup) and bool(node.resource.classic_load_balancers)
