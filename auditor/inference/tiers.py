"""The tiers of the account: every node's label and application, and who is attached and placed where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, ClassVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.dax import DaxCluster, DaxSubnetGroup
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import NetworkInterface, SecurityGroup, Subnet, Vpc
from auditor.evidence.ecs import EcsService
from auditor.evidence.efs import FileSystem, MountTarget, MountTargetSecurityGroups
from auditor.evidence.elasticache import CacheCluster, CacheSubnetGroup, ReplicationGroup, ServerlessCache
from auditor.evidence.elbv2 import LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.lambda_ import Function
from auditor.evidence.memorydb import MemoryDbCluster, MemoryDbSubnetGroup
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import DbCluster, DbInstance, DbProxy, DbSubnetGroup
from auditor.evidence.redshift import RedshiftCluster, RedshiftSubnetGroup
from auditor.inference.applications import Application, Applications
from auditor.inference.graph import INTERNET, Edge, Node
from auditor.inference.network import Interfaces, Routes
from auditor.inference.tier_labels import Label, Labels, Tier
from auditor.inference.topology import STORES, Topology, interface_tier
from auditor.model import Json
from auditor.typed import Resource
from auditor.wiring import inference

_ATTACHED: Mapping[type, str] = {
    LoadBalancer: "edge",
    Instance: "compute",
    AutoScalingGroup: "compute",
    EcsService: "compute",
    Function: "compute",
    DbInstance: "database",
    DbCluster: "database",
    DbProxy: "database",
    DbSubnetGroup: "database",
    RedshiftCluster: "database",
    RedshiftSubnetGroup: "database",
    ReplicationGroup: "cache",
    CacheCluster: "cache",
    CacheSubnetGroup: "cache",
    ServerlessCache: "cache",
    MemoryDbCluster: "cache",
    MemoryDbSubnetGroup: "cache",
    DaxCluster: "cache",
    DaxSubnetGroup: "cache",
    Domain: "search",
    FileSystem: "file",
    MountTarget: "file",
    MountTargetSecurityGroups: "file",
}
"""What has interfaces, and what these say that they are part of."""
_WIDE = 400
"""From how many pairs on a security group is drawn itself, not each workload with each store that it opens."""


SERVING = ("auto_scaling_group", "instance", "ecs_service")
BEHIND = (TargetGroup, TargetHealth, AutoScalingGroup, Instance, EcsService)
"""What runs behind load balancers, and the evidence that would show it."""


class Tiers:
    """Answers about tiers. One that would rest on what could not be read raises `Unread`."""

    view: ClassVar = "topology"

    def __init__(
        self,
        topology: Topology,
        labels: Labels,
        applications: Applications,
        interfaces: Interfaces,
        routes: Routes,
        subnets: Every[Subnet],
        vpcs: Every[Vpc],
    ) -> None:
        self._vpcs = vpcs
        self.topology = topology
        self.applications = applications
        self._labels = labels
        self._interfaces = interfaces
        self._routes = routes
        self._subnets = subnets
        self._placed: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for node in topology.nodes.values():
            for subnet in node.subnets:
                self._placed[node.region, subnet].append(node)
        self._in_vpc: dict[tuple[str, str], list[Node]] = defaultdict(list)
        for node in topology.nodes.values():
            self._in_vpc[node.region, node.vpc].append(node)
        self._live: dict[str, frozenset[tuple[str, str, str]]] = {}

    def node(self, resource: Resource | str) -> Node | None:
        """The node of a resource or ARN; of an instance of a group and a member of a cluster, the whole's."""
        return self.topology.node(resource)

    def label(self, node: Node) -> Label:
        """The tier of a node, and why; raises `Unread` where something unread could change it."""
        found = self._labels.of(node)
        self.topology.gaps.none_of(found.rests_on, node.region)
        return found

    def guess(self, node: Node) -> Label:
        """The tier of a node from what is known, whatever is not."""
        return self._labels.of(node)

    def application(self, node: Node) -> Application | None:
        """The application that a node belongs to."""
        return self.applications.of(node)

    def insist_on(self, kind: type, region: str) -> None:
        """For an answer that rests on there being no more of a kind: raises `Unread` where some was not read."""
        self.topology.gaps.none_of([kind], region)

    def attached(self, group: SecurityGroup) -> tuple[Node, ...]:
        """All nodes that use a security group; gaps count only where an interface of that kind has the group."""
        self._whole(group.region, lambda: self._interfaces.of_group(group))
        return self.topology.attached(group.id, group.region)

    def target_groups(self, balancer: LoadBalancer) -> list[Node]:
        """The target groups that a load balancer forwards to."""
        node = self.node(balancer)
        targets = (target for target, _ in self.topology.out_of(node, "route")) if node else ()
        return [one for one in targets if one.kind == "target_group"]

    def behind(self, balancer: LoadBalancer) -> list[Node]:
        """The groups, instances and services that are known to take a load balancer's requests."""
        groups = self.target_groups(balancer)
        found = {one.id: one for group in groups for one, _ in self.topology.out_of(group, "route")}
        return [one for one in found.values() if one.kind in SERVING]

    def in_subnet(self, subnet: Subnet) -> tuple[Node, ...]:
        """All nodes that have something running in a subnet; a subnet group's name alone does not count."""
        self._whole(subnet.region, lambda: self._interfaces.of_subnet(subnet))
        return tuple(node for node in self._placed.get((subnet.region, subnet.id), ()) if self._runs_in(node, subnet))

    def in_vpc(self, vpc_id: str, region: str) -> tuple[Node, ...]:
        """All nodes that stand in a VPC."""
        self._whole(region, lambda: self._interfaces.of_vpc(vpc_id, region))
        return tuple(self._in_vpc.get((region, vpc_id), ()))

    def _whole(self, region: str, interfaces: Callable[[], Iterable[NetworkInterface]]) -> None:
        """Raises `Unread` where a kind was not fully read of which one of the interfaces could be."""
        gaps = self.topology.gaps
        broken = [kind for kind in gaps.kinds(region) if kind in _ATTACHED]
        if broken:
            seen = {self._interfaces.tier(one) for one in interfaces()}
            gaps.none_of([kind for kind in broken if _ATTACHED[kind] in seen or None in seen], region)

    def _runs_in(self, node: Node, subnet: Subnet) -> bool:
        """A store by its interfaces, where they can be told, else by the zones that it names."""
        if node.kind == "ecs_service":
            return isinstance(node.resource, EcsService) and bool(node.resource.desired or node.resource.running)
        if node.kind not in STORES:
            return True
        live = self._live_in(node.region)
        tier = interface_tier(node)
        places = {one for one in node.subnets if any((one, name, tier) in live for name in node.groups)}
        return subnet.id in places if places else not node.zones or subnet.zone in node.zones

    def _live_in(self, region: str) -> frozenset[tuple[str, str, str]]:
        """Subnet, security group and tier of the interfaces of a region."""
        if region not in self._live:
            known = ((one, self._interfaces.tier(one) or "") for one in self._interfaces.within(region))
            self._live[region] = frozenset((one.subnet_id, name, tier) for one, tier in known for name in one.group_ids)
        return self._live[region]

    def fits(self, application: Application) -> str:
        """Why the multi-tier pattern is not what an application follows; empty where it is."""
        nodes = [self.topology.nodes[name] for name in application.nodes]
        compute = [one for one in nodes if one.kind in SERVING]
        if not compute:
            return "it has functions only" if any(one.kind == "function" for one in nodes) else "nothing in it computes"
        if not any(source.kind == "target_group" for one in compute for source, _ in self.topology.into(one, "route")):
            return "no load balancer sends requests to what computes"
        if not any(self.guess(one).tier.holds_data for one in nodes):
            return "it has no cache and keeps no data"
        return ""

    def describe(self) -> dict[str, Json]:
        """Everything for a picture or a file: nodes, edges, bands, applications, subnets and gaps, in order."""
        edges, hubs = self._drawn()
        nodes = [one for one in self.topology.nodes.values() if one.kind != "security_group" or one.id in hubs]
        bands = self._labels.by_tier()
        kept = {one.id for one in nodes}
        return {
            "nodes": [self._describe(one) for one in nodes],
            "edges": [_edge(ends, edges[ends]) for ends in sorted(edges)],
            "bands": [
                {"tier": tier.value, "nodes": [one.id for one in bands[tier] if one.id in kept]} for tier in Tier
            ],
            "applications": [self._application(one, kept) for one in self.applications.all],
            "vpcs": [
                {"id": one.id, "name": one.name, "region": one.region, "cidr": one.cidr}
                for one in sorted(self._vpcs.known(), key=lambda one: (one.region, one.id))
            ],
            "subnets": list(self._describe_subnets()),
            "unread": [gap.reason for gap in self.topology.gaps.all()],
        }

    def _describe(self, node: Node) -> dict[str, Json]:
        label, application = self.guess(node), self.application(node)
        resource_type = type(node.resource).type_name if node.resource else None
        return {
            "id": node.id, "kind": node.kind, "type": resource_type, "name": node.name, "region": node.region,
            "tier": label.tier.value, "tiers": [one.value for one in label.tiers], "part": label.part,
            "confidence": label.confidence, "rule": label.rule,
            "sure": not self.topology.gaps.of(label.rests_on, node.region), "given": node.given, "vpc": node.vpc,
            "subnets": list(node.subnets), "zones": list(node.zones), "security_groups": list(node.groups),
            "ports": list(node.ports), "public": node.is_public, "members": list(node.members),
            "application": application.name if application else None,
        }  # fmt: skip

    def _drawn(self) -> tuple[dict[tuple[str, str], dict[Edge, None]], set[str]]:
        """Edges by their ends; those through a security group lead straight on, unless it joins very many."""
        found: dict[tuple[str, str], dict[Edge, None]] = defaultdict(dict)
        hubs: set[str] = set()
        for group in self.topology.of_kind("security_group"):
            members = list(self.topology.into(group, "member"))
            opened = list(self.topology.out_of(group, "flow"))
            if len(members) * len(opened) > _WIDE:
                hubs.add(group.id)
                continue
            for member, _ in members:
                for target, edges in opened:
                    if member.id != target.id:
                        found[member.id, target.id].update(dict.fromkeys(edges))
        for (start, end), edges in self.topology.graph.edges.items():
            aside = {self.topology.nodes[one].kind: one for one in (start, end)}.get("security_group")
            if aside is None or aside in hubs:
                found[start, end].update(dict.fromkeys(edges))
        return found, hubs

    def _application(self, one: Application, kept: set[str]) -> dict[str, Json]:
        names = [name for name in one.nodes if name in kept]
        reason = self.fits(one)
        tiers: dict[str, Json] = {
            tier.value: [name for name in names if self.guess(self.topology.nodes[name]).tier is tier] for tier in Tier
        }
        return {
            "name": one.name, "rule": one.rule, "applies": not reason, "reason": reason, "entries": list(one.entries),
            "nodes": names, "tiers": {tier: found for tier, found in tiers.items() if found},
        }  # fmt: skip

    def _describe_subnets(self) -> Iterator[dict[str, Json]]:
        for subnet in sorted(self._subnets.known(), key=lambda one: (one.region, one.vpc_id, one.zone, one.id)):
            here = _known(self.in_subnet, subnet)
            tiers = sorted({self.guess(node).tier.value for node in here}) if here is not None else None
            yield {
                "id": subnet.id, "name": subnet.name, "region": subnet.region, "vpc": subnet.vpc_id,
                "zone": subnet.zone, "reach": _known(self.reach, subnet), "tiers": tiers,
            }  # fmt: skip

    def reach(self, subnet: Subnet) -> str:
        """How a subnet is connected: `public`, `private_egress` (a default route elsewhere) or `isolated`."""
        if self._routes.is_public(subnet):
            return "public"
        table = self._routes.of_subnet(subnet)
        return "private_egress" if table is not None and table.default_routes else "isolated"


def _known(ask: Callable[[Subnet], Any], subnet: Subnet) -> Any:
    """An answer for a picture, which shows what is known; None where something was not read."""
    try:
        return ask(subnet)
    except Unread:
        return None


def _edge(ends: tuple[str, str], edges: Iterable[Edge]) -> dict[str, Json]:
    reasons = sorted(edges, key=lambda one: (-one.strength, one.kind, one.given, one.value, one.mode, one.port or 0))
    return {
        "from": ends[0], "to": ends[1], "kinds": list(dict.fromkeys(one.kind for one in reasons)),
        "strength": reasons[0].strength, "ports": sorted({one.port for one in reasons if one.port}),
        "modes": sorted({mode for one in reasons for mode in one.mode.split(",") if mode}),
        "evidence": [{"kind": one.kind, "given": one.given, "value": one.value} for one in reasons],
    }  # fmt: skip


@inference
def tiers(
    topology: Topology,
    groups: Every[SecurityGroup],
    interfaces: Interfaces,
    routes: Routes,
    subnets: Every[Subnet],
    vpcs: Every[Vpc],
) -> Tiers:
    """The tiers of the account."""
    labels = Labels(topology, groups.known())
    return Tiers(topology, labels, Applications(topology), interfaces, routes, subnets, vpcs)


__all__ = ["BEHIND", "INTERNET", "SERVING", "Application", "Label", "Node", "Tier", "Tiers", "tiers"]
