"""Network segmentation and compliance signals."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.dax import DaxCluster
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import (
    ANYWHERE,
    FlowLog,
    NatGateway,
    NetworkInterface,
    Permission,
    PrefixList,
    PrefixListEntries,
    Route,
    SecurityGroup,
    Subnet,
    Vpc,
    VpcPeeringConnection,
)
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.elb import ClassicAttributes, ClassicLoadBalancer
from auditor.evidence.elbv2 import (
    Listener,
    LoadBalancer,
    LoadBalancerAttributes,
    TargetGroup,
    TargetGroupAttributes,
    TargetHealth,
)
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.evidence.lambda_ import EventSourceMapping, Function
from auditor.evidence.purpose import nonproduction
from auditor.evidence.rds import DbInstance
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.tagging import TaggedResource
from auditor.inference.exposure import Exposure, Path
from auditor.inference.graph import Edge, Node
from auditor.inference.network import Interfaces, Routes
from auditor.inference.tier_labels import Tier, route_evidence
from auditor.inference.tiers import Tiers
from auditor.inference.topology import COMPUTE
from auditor.inference.traffic import IPV4, IPV6, PUBLIC, Ranges
from auditor.model import Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import Tags, check

_ID = attrgetter("id")
_SUBNET = attrgetter("subnet_id")
_RESOURCE = attrgetter("resource_id")
_VPC = attrgetter("vpc_id")
_CLUSTERED = ("search", "file_system", "warehouse")
"""Stores whose own nodes talk to each other behind one security group."""
_ADMIN_PORTS = (22, 3389)
_ENVIRONMENT = ("env", "environment", "stage")
_PATH_EVIDENCE = (
    LoadBalancer, TargetGroup, TargetHealth, NetworkInterface, SecurityGroup, Instance, AutoScalingGroup,
)  # fmt: skip
"""What would show a way to a store through a load balancer or a host."""

_Graded = tuple[Severity, str]


def _computes(tiers: Tiers, node: Node) -> bool:
    """Whether a node is known to be compute of the application tier; what is, stays it whatever else is read."""
    return node.kind in COMPUTE and Tier.APPLICATION in tiers.guess(node).tiers


def _keeps_data(tiers: Tiers, node: Node) -> bool:
    """Whether a node is of the caching or a data tier."""
    return any(tier.holds_data for tier in tiers.guess(node).tiers)


def _be_sure(tiers: Tiers, nodes: Iterable[Node]) -> None:
    """For an answer that no more of them is compute of the application: `Unread` where one of them may be."""
    for node in nodes:
        tiers.label(node)


def _names(nodes: Iterable[Node]) -> str:
    listed = [node.name for node in nodes]
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")  # noqa: PLR2004 - enough to recognize it


def _worst(found: Sequence[_Graded]) -> Verdict:
    severity, reason = max(found, key=lambda one: one[0].rank)
    more = f"; {len(found) - 1} more such sources" if len(found) > 1 else ""
    return failed(f"{reason}{more}", severity=severity)


@check(severity=Severity.HIGH, practices=["SEC05-BP01"])
def vpc_tiers_use_separate_subnets(
    subnet: Subnet, tiers: Tiers, vpcs: Every[Vpc], gateways: Every[NatGateway]
) -> Verdict:
    """Public, application and data tiers use separate subnets.

    Why: routes and network ACLs are drawn around subnets; where tiers share one, the database has the application's
        way to the internet, and the application the load balancer's.
    Fix: give each tier subnets of its own in every zone, and move the members that the finding names there.

    Mount targets of EFS and DAX clusters may stand beside compute. AWS wants one target in each zone for all its
    subnets, in whichever of them, and DAX in the subnets of its clients; security groups guard both, and no route of
    the subnet leads to or from what they hold.
    """
    here = tiers.in_subnet(subnet)
    compute = [node for node in here if _computes(tiers, node)]
    stores = [node for node in here if _keeps_data(tiers, node)]
    if not compute and not stores:
        _be_sure(tiers, here)
        return not_applicable("no workload and no store runs in it")
    default = any(one.is_default for one in vpcs.by(_ID, subnet.region).get(subnet.vpc_id, ()))
    if default and any(tiers.application(node) for node in (*compute, *stores)):
        return failed(f"an application runs in the default VPC: {_names((*compute, *stores))}")
    apart = [node for node in stores if not _stands_by_compute(node)]
    if compute and apart:
        return failed(f"it holds stores ({_names(apart)}) together with application compute ({_names(compute)})")
    doors = [node.name for node in here if node.kind == "load_balancer" and node.is_public]
    doors += [one.id for one in gateways.by(_SUBNET, subnet.region).get(subnet.id, ()) if one.is_public]
    if compute and doors:
        reason = f"it holds application compute ({_names(compute)}) together with {', '.join(sorted(doors)[:3])}"
        return failed(reason, severity=Severity.MEDIUM)
    _be_sure(tiers, here)
    beside = f" and what may stand beside it ({_names(stores)})" if compute and stores else ""
    return passed(f"it holds {'application compute' if compute else 'stores'}{beside} only")


def _stands_by_compute(node: Node) -> bool:
    """Whether it has no more in a subnet than interfaces for clients nearby, which call nobody."""
    return node.kind == "file_system" or isinstance(node.resource, DaxCluster)


@check(severity=Severity.HIGH, practices=["SEC05-BP01", "SEC05-BP02"])
def vpc_data_subnets_without_internet_route(subnet: Subnet, tiers: Tiers, routes: Routes) -> Verdict:
    """Data-tier subnets have no route to or from the internet.

    Why: with a route to an internet gateway, one public address and one rule separate the data from the internet; with
        any way out, whoever gets into the database can carry the data away.
    Fix: give the data subnets a route table with local routes and gateway endpoints only, and turn MapPublicIpOnLaunch
        off.

    A way out is nothing to mount targets of EFS and to DAX clusters, whose interfaces call nobody.
    """
    stores = [node for node in tiers.in_subnet(subnet) if _keeps_data(tiers, node)]
    if not stores:
        return not_applicable("no store has an interface in it")
    table = routes.of_subnet(subnet)
    if table is None:
        return unknown("no route table of the subnet or its VPC is listed")
    inward = [route for route in table.default_routes if route.to_internet_gateway or route.egress_only_gateway_id]
    if inward:
        public = [node.name for node in stores if node.is_public]
        reason = f"{table.id} routes {inward[0].destination} to {inward[0].target} and it holds {_names(stores)}"
        if public and inward[0].to_internet_gateway:
            return failed(f"{reason}; {public[0]} is publicly accessible", severity=Severity.CRITICAL)
        return failed(reason)
    if subnet.gives_public_ipv4:
        return failed("it gives public addresses to what is launched in it", severity=Severity.MEDIUM)
    if table.default_routes:
        route = table.default_routes[0]
        if all(map(_stands_by_compute, stores)):
            return passed(f"{table.id} routes {route.destination} to {route.target}, unused by {_names(stores)}")
        reason = f"{table.id} routes {route.destination} to {route.target}: stores need not call out"
        return failed(reason, severity=Severity.LOW)
    return passed(f"{table.id} has no default route")


def _is_public_subnet(subnet_id: str, region: str, routes: Routes, subnets: Every[Subnet]) -> bool:
    return any(routes.is_public(one) for one in subnets.by(_ID, region).get(subnet_id, ()))


@check(severity=Severity.HIGH, practices=["SEC05-BP01"])
def vpc_application_compute_private(
    instance: Instance, tiers: Tiers, interfaces: Interfaces, routes: Routes, subnets: Every[Subnet]
) -> Verdict:
    """Application compute has no public address and sits in private subnets.

    Why: an instance with a public address is reached past the load balancer, its web ACL and its logs.
    Fix: launch it in a subnet whose default route leads to a NAT gateway or nowhere, without a public address, and let
        only the load balancer reach it.
    """
    node = tiers.node(instance)
    if node is None or Tier.APPLICATION not in tiers.label(node).tiers:
        return not_applicable("it is no compute of the application tier")
    own = (address for one in interfaces.of_instance(instance.id, instance.region) for address in one.public_ips)
    address = instance.public_ip or next(own, None)
    if address:
        return failed(f"it has the public address {address}")
    if instance.subnet and _is_public_subnet(instance.subnet, instance.region, routes, subnets):
        reason = f"its subnet {instance.subnet} routes to an internet gateway, though it has no public address"
        return failed(reason, severity=Severity.MEDIUM)
    return passed("it has no public address and its subnet no route to an internet gateway")


@check(severity=Severity.HIGH, practices=["SEC05-BP01"])
def ecs_service_application_private(
    service: EcsService, tiers: Tiers, routes: Routes, subnets: Every[Subnet]
) -> Verdict:
    """ECS services of the application tier have no public addresses and sit in private subnets.

    Why: a task with a public address is reached past the load balancer, its web ACL and its logs.
    Fix: set assignPublicIp to DISABLED and move the service to subnets whose default route leads to a NAT gateway, or
        to VPC endpoints for ECR, S3 and CloudWatch Logs.
    """
    node = tiers.node(service)
    if node is None or Tier.APPLICATION not in tiers.label(node).tiers:
        return not_applicable("it is no compute of the application tier")
    if not service.subnets:
        return not_applicable("its tasks have no network of their own; their instances are judged")
    if service.assigns_public_ip:
        return failed("assignPublicIp is ENABLED")
    public = [one for one in service.subnets if _is_public_subnet(one, service.region, routes, subnets)]
    if public:
        return failed(f"its subnet {public[0]} routes to an internet gateway", severity=Severity.MEDIUM)
    return passed("its tasks get no public addresses and its subnets have no route to an internet gateway")


@check(severity=Severity.HIGH, practices=["SEC05-BP01"])
def autoscaling_group_application_private(
    group: AutoScalingGroup, settings: GroupLaunchSettings | None, tiers: Tiers
) -> Verdict:
    """Auto Scaling groups of the application tier launch instances without public addresses.

    Why: each instance that the group launches is then reached past the load balancer, its web ACL and its logs.
    Fix: set AssociatePublicIpAddress to false in a new version of the launch template and refresh the group.
    """
    node = tiers.node(group)
    if node is None or Tier.APPLICATION not in tiers.label(node).tiers:
        return not_applicable("it is no compute of the application tier")
    if settings is None:
        return not_applicable("the launch template that it names does not exist")
    if settings.gives_public_ip:
        return failed("its launch settings ask for a public address")
    return passed("its launch settings ask for no public address")


@check(severity=Severity.HIGH, practices=["SEC05-BP02"])
def security_group_data_tier_admits_application_only(
    group: SecurityGroup,
    tiers: Tiers,
    interfaces: Interfaces,
    groups: Every[SecurityGroup],
    vpcs: Every[Vpc],
    subnets: Every[Subnet],
    lists: Every[PrefixList],
    entries: Every[PrefixListEntries],
) -> Verdict:
    """The data tier accepts connections from application security groups only.

    Why: a range admits whatever gets an address in it, and a load balancer's group whoever takes the load balancer
        over; only the application has business with the store.
    Fix: replace the source that the finding names by the security group of the application's workload, on the store's
        port alone.
    """
    stores = [node for node in tiers.attached(group) if node.ports and _keeps_data(tiers, node)]
    if not stores:
        return not_applicable("no store with a port uses it")
    doors = [rule for rule in group.ingress if any(rule.covers(port) for node in stores for port in node.ports)]
    blocks = [(rule, block) for rule in doors for block in _blocks(rule, group.region, lists, entries)]
    whole = _cidrs(vpcs.by(_ID, group.region).get(group.vpc_id, ()))
    inside = _application_cidrs(tiers, group, subnets) if blocks else ()
    found = [_block_to_store(rule, block, whole, inside) for rule, block in blocks]
    found += (
        (Severity.HIGH, _open_to_list(rule, one)) for rule in doors for one in _services(rule, group.region, lists)
    )
    named = ((rule, name) for rule in doors for name in rule.group_ids)
    for rule, name in named:
        source = next(iter(groups.by(_ID, group.region).get(name, ())), None)
        reason = _group_to_store(group, source, name, stores, tiers, interfaces)
        found += [(severity, f"{rule.what} is open to {text}") for severity, text in reason]
    if found:
        return _worst(found)
    return passed(f"only groups of the application reach {_names(stores)}")


def _blocks(
    rule: Permission, region: str, lists: Every[PrefixList], entries: Every[PrefixListEntries]
) -> Iterator[str]:
    """The ranges of a rule, those of customers' prefix lists counted in."""
    yield from rule.ranges
    for name in rule.prefix_lists:
        for one in lists.by(_ID, region).get(name, ()):
            if not one.is_aws_managed:
                yield from (cidr for found in entries.of(one) for cidr in found.cidrs)


def _services(rule: Permission, region: str, lists: Every[PrefixList]) -> list[PrefixList]:
    """The prefix lists of AWS's services that a rule names."""
    known = (one for name in rule.prefix_lists for one in lists.by(_ID, region).get(name, ()))
    return [one for one in known if one.is_aws_managed]


def _open_to_list(rule: Permission, named: PrefixList) -> str:
    return f"{rule.what} is open to the AWS prefix list {named.list_name}"


def _cidrs(places: Iterable[Vpc | Subnet]) -> tuple[str, ...]:
    return tuple(cidr for place in places for cidr in place.cidrs)


def _application_cidrs(tiers: Tiers, group: SecurityGroup, subnets: Every[Subnet]) -> tuple[str, ...]:
    """The blocks of the subnets of the group's VPC in which application compute runs."""
    near = subnets.by(_VPC, group.region).get(group.vpc_id, ())
    return _cidrs(one for one in near if any(_computes(tiers, node) for node in tiers.in_subnet(one)))


def _covers(blocks: Iterable[str], block: str) -> bool:
    """Whether a block lies within others."""
    blocks = tuple(blocks)
    families = ((Ranges.of(blocks, family), Ranges.of([block], family)) for family in (IPV4, IPV6))
    return any(part and whole.covers(part) for whole, part in families)


def _is_whole(block: str, whole: Iterable[str]) -> bool:
    """Whether a block is a network's or a larger one."""
    return any(_covers([block], one) for one in whole)


def _is_public(block: str) -> bool:
    return any(Ranges.of([block], family) & public for family, public in PUBLIC.items())


def _block_to_store(rule: Permission, block: str, whole: Sequence[str], inside: Sequence[str]) -> _Graded:
    if block in ANYWHERE:
        return Severity.CRITICAL, f"{rule.what} is open to {block}"
    if _is_whole(block, whole):
        return Severity.HIGH, f"{rule.what} is open to {block}, the whole VPC or more"
    if inside and _covers(inside, block):
        return Severity.LOW, f"{rule.what} is open to {block}, application subnets, by address and not by group"
    return Severity.HIGH, f"{rule.what} is open to {block}, which is not of the application's subnets"


def _group_to_store(
    group: SecurityGroup,
    source: SecurityGroup | None,
    name: str,
    stores: Sequence[Node],
    tiers: Tiers,
    interfaces: Interfaces,
) -> Iterator[_Graded]:
    """What is wrong with a group that is admitted to stores."""
    if source is None:
        yield Severity.INFORMATIONAL, f"{name}, which is no group of this account and region"
        return
    if source.id == group.id:
        if not all(node.kind in _CLUSTERED for node in stores):
            yield Severity.MEDIUM, f"{name} itself: every member reaches the store, and what is added later"
        return
    members = tiers.attached(source)
    outside = [one for one in members if one.kind == "load_balancer" or _presents(tiers, one)]
    foreign = [one for one in members if any(tiers.applications.apart(one, store) for store in stores)]
    if outside:
        yield Severity.HIGH, f"{name}, the group of {_names(outside)} in front of the application"
    elif foreign:
        yield Severity.MEDIUM, f"{name}, the group of {_names(foreign)} of another application"
    elif not members and not interfaces.of_group(source):
        yield Severity.INFORMATIONAL, f"{name}, which nothing uses"


def _presents(tiers: Tiers, node: Node) -> bool:
    return node.kind in COMPUTE and tiers.label(node).tiers == (Tier.PRESENTATION,)


@check(severity=Severity.HIGH, practices=["SEC05-BP02"])
def security_group_application_tier_admits_load_balancer_only(
    group: SecurityGroup,
    tiers: Tiers,
    groups: Every[SecurityGroup],
    vpcs: Every[Vpc],
    attributes: Every[TargetGroupAttributes],
    lists: Every[PrefixList],
    entries: Every[PrefixListEntries],
) -> Verdict:
    """Application compute accepts traffic from its load balancer only.

    Why: whoever reaches the workload's port directly goes around the load balancer with its web ACL, its TLS policy
        and its logs.
    Fix: let only the security group of the load balancer in, on the port of the target group.
    """
    users = tiers.attached(group)
    compute = [node for node in users if node.kind != "function" and _computes(tiers, node)]
    if not compute:
        _be_sure(tiers, users)
        return not_applicable("no compute of the application tier uses it")
    behind = _target_groups(tiers, compute)
    if not behind:
        return _judge_worker(group, compute, tiers)
    balancers = [one for target in behind for one in _balancers(tiers, target)]
    doors = _doors(group, compute, behind, tiers)
    found = [
        graded
        for rule in doors
        for block in _blocks(rule, group.region, lists, entries)
        if not _is_for_clients(block, balancers, behind, attributes)
        for graded in _block_to_compute(rule, block, compute, vpcs.by(_ID, group.region).get(group.vpc_id, ()))
    ]
    allowed = {name for one in balancers for name in one.group_ids} | {group.id}
    for rule in doors:
        for name in sorted({*rule.group_ids} - allowed):
            found += _group_to_compute(rule, name, compute, tiers, groups.by(_ID, group.region).get(name, ()))
        found += [(Severity.MEDIUM, _open_to_list(rule, one)) for one in _services(rule, group.region, lists)]
    if found:
        return _worst(found)
    return passed(f"{_names(compute)} takes requests from {', '.join(one.name for one in balancers)} only")


def _target_groups(tiers: Tiers, compute: Iterable[Node]) -> list[TargetGroup]:
    """The target groups in use that send requests to any of the nodes."""
    sources = {source.id: source.resource for node in compute for source, _ in tiers.topology.into(node, "route")}
    return [one for one in sources.values() if isinstance(one, TargetGroup) and one.is_in_use]


def _balancers(tiers: Tiers, group: TargetGroup) -> list[LoadBalancer]:
    found = (tiers.node(arn) for arn in group.load_balancer_arns)
    return [node.resource for node in found if node and isinstance(node.resource, LoadBalancer)]


def _ports(group: TargetGroup) -> Iterator[int]:
    if group.port:
        yield group.port
    if group.health_check_port and group.health_check_port.isdigit():
        yield int(group.health_check_port)


def _doors(
    group: SecurityGroup, compute: Sequence[Node], behind: Iterable[TargetGroup], tiers: Tiers
) -> list[Permission]:
    """The rules for the ports on which compute takes requests and health checks.

    A task in bridge mode is registered with a port of its host that ECS chose, whatever its target group says.
    """
    services = (node.resource for node in compute if isinstance(node.resource, EcsService))
    ports = {target.port for one in services for target in one.targets if target.port}
    ports.update(port for one in behind for port in _ports(one))
    routes = (edges for node in compute for _, edges in tiers.topology.into(node, "route"))
    ports.update(edge.port for edges in routes for edge in edges if edge.port)
    return [rule for rule in group.ingress if any(rule.covers(port) for port in ports)]


def _judge_worker(group: SecurityGroup, compute: Sequence[Node], tiers: Tiers) -> Verdict:
    for node in compute:
        tiers.topology.gaps.none_of(route_evidence(node.kind), group.region)
    if any(tiers.topology.is_routed(node) for node in compute):
        return not_applicable("requests reach its compute past no load balancer")
    if group.ingress:
        reason = f"{_names(compute)} serves no requests, but it lets {group.ingress[0].what} in"
        return failed(reason, severity=Severity.LOW)
    return passed(f"it lets nothing in to {_names(compute)}")


def _is_for_clients(
    block: str,
    balancers: Sequence[LoadBalancer],
    groups: Sequence[TargetGroup],
    attributes: Every[TargetGroupAttributes],
) -> bool:
    """Whether a range is how the clients of a Network Load Balancer without groups are let in, or its own nodes."""
    bare = [one for one in balancers if one.is_network and not one.group_ids]
    if not bare:
        return False
    keeps = [found.keeps_client_address for one in groups for found in attributes.of(one)]
    return bool(keeps) and (any(keeps) or not _is_public(block))


def _block_to_compute(rule: Permission, block: str, compute: Sequence[Node], vpcs: Iterable[Vpc]) -> Iterator[_Graded]:
    if block in ANYWHERE:
        public = [node for node in compute if node.is_public]
        severity = Severity.CRITICAL if public else Severity.HIGH
        address = f", and {_names(public)} has a public address" if public else ""
        yield severity, f"{rule.what} is open to {block}{address}"
    elif _is_public(block):
        yield Severity.HIGH, f"{rule.what} is open to {block}, past the load balancer"
    else:
        whole = ", the whole VPC," if _is_whole(block, _cidrs(vpcs)) else ""
        yield Severity.MEDIUM, f"{rule.what} is open to {block}{whole} past the load balancer"


def _group_to_compute(
    rule: Permission, name: str, compute: Sequence[Node], tiers: Tiers, known: Iterable[SecurityGroup]
) -> Iterator[_Graded]:
    """What is wrong with a group that is admitted to compute: only its own application and operators may be."""
    for source in known:
        for member in tiers.attached(source):
            label = tiers.guess(member)
            if member.kind == "load_balancer":
                yield (
                    Severity.HIGH,
                    f"{rule.what} is open to {name}, the group of {member.name}, which does not target it",
                )
            elif label.tier.holds_data or any(tiers.applications.apart(member, node) for node in compute):
                yield (
                    Severity.HIGH,
                    f"{rule.what} is open to {name}, the group of {member.name} of {_whose(label.tier)}",
                )


def _whose(tier: Tier) -> str:
    return "the data tier" if tier.holds_data else "another application"


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def security_group_entry_admits_web_ports_only(
    group: SecurityGroup, tiers: Tiers, listeners: Every[Listener], *, allowed_ports: tuple[int, ...] = (80, 443)
) -> Verdict:
    """Entry load balancers admit web ports only.

    Why: a port that is open without a listener waits for the next listener that somebody adds, and one beside the web
        ports carries what no web ACL reads.
    Fix: let 0.0.0.0/0 in on 443, and on 80 for the redirect, and limit egress to the targets' group and port.
    """
    nodes = [node.resource for node in tiers.attached(group)]
    balancers = [one for one in nodes if isinstance(one, LoadBalancer) and one.is_internet_facing]
    if not balancers:
        return not_applicable("no internet-facing load balancer uses it")
    served = {listener.port for one in balancers for listener in listeners.of(one)}
    for rule in (one for one in group.ingress if one.is_open_to_anywhere and one.has_ports):
        first, last = rule.ports
        if rule.is_all_traffic:
            return failed("all traffic is let in from anywhere")
        unserved = next((port for port in range(first, last + 1) if port not in served), None)
        if unserved is not None:
            return failed(f"{rule.what} is open to anywhere, and port {unserved} has no listener")
        beside = next((port for port in range(first, last + 1) if port not in allowed_ports), None)
        if beside is not None:
            return failed(f"port {beside} is open to anywhere beside {', '.join(map(str, allowed_ports))}")
    if group.open_egress:
        reason = f"its egress lets {group.open_egress[0].what} out to anywhere, not to its targets only"
        return failed(reason, severity=Severity.LOW)
    return passed("anywhere is let in on ports with listeners among the web ports only")


@check(severity=Severity.HIGH, practices=["SEC05-BP01", "SEC05-BP02"])
def security_group_not_shared_across_tiers(group: SecurityGroup, tiers: Tiers) -> Verdict:
    """No security group is shared by two tiers.

    Why: what one tier must let in, the other then lets in too: the port of the web server becomes the port of the
        database.
    Fix: make one group for each tier, let them name each other as sources, and take the shared one away.
    """
    if "aws:eks:cluster-name" in group.tags:
        return not_applicable("EKS shares it between its control plane and nodes")
    found: dict[str, list[Node]] = {}
    users = tiers.attached(group)
    for node in users:
        if tier := _segment(tiers, node):
            found.setdefault(tier, []).append(node)
    if not found:
        _be_sure(tiers, users)
        return not_applicable("no member of a tier uses it")
    listed = " and ".join(f"{tier} ({_names(found[tier])})" for tier in sorted(found))
    if group.is_default:
        return failed(f"it is the default group of {group.vpc_id}, and used by {listed}")
    if not group.ingress:
        return not_applicable("it lets nothing in")
    if len(found) == 1:
        _be_sure(tiers, users)
    else:
        return failed(f"it is shared by {listed}", severity=Severity.HIGH if "data" in found else Severity.MEDIUM)
    return passed(f"it is used by {listed} only")


def _segment(tiers: Tiers, node: Node) -> str:
    """Which part of the network a node belongs to; empty where it has none."""
    if node.kind == "load_balancer":
        return "entry" if node.is_public else "application"
    tier = tiers.guess(node).tier
    if tier is Tier.PRESENTATION:
        tier = tiers.label(node).tier
    if tier.holds_data:
        return "caching" if tier is Tier.CACHING else "data"
    return {Tier.APPLICATION: "application", Tier.OPERATIONS: "management", Tier.PRESENTATION: "entry"}.get(tier, "")


@check(severity=Severity.CRITICAL, practices=["SEC05-BP02", "SEC05-BP01"])
def tier_path_bypasses_application(
    database: DbInstance,
    tiers: Tiers,
    exposure: Exposure,
    interfaces: Interfaces,
    routes: Routes,
    peerings: Every[VpcPeeringConnection],
    vpcs: Every[Vpc],
    groups: Every[SecurityGroup],
) -> Verdict:
    """No network path reaches the data tier around the application tier.

    Why: the application is where queries are checked; whoever reaches the database past it needs one password for
        everything in it.
    Fix: cut the path where the finding names it: PubliclyAccessible off, no load balancer target and no administration
        host on the way, and no peered environment among the sources.
    """
    node = tiers.node(database)
    if node is None or not database.vpc:
        return not_applicable("it is in no VPC yet")
    direct: tuple[Path, ...] = ()
    if database.publicly_accessible:
        direct = exposure.if_public(database.subnets, database.vpc_security_groups, database.region)
    return _bypasses(node, direct, tiers, exposure, interfaces, routes, peerings, vpcs, groups)


@check(severity=Severity.CRITICAL, practices=["SEC05-BP02", "SEC05-BP01"])
def tier_path_to_cache_bypasses_application(
    cluster: CacheCluster,
    tiers: Tiers,
    exposure: Exposure,
    interfaces: Interfaces,
    routes: Routes,
    peerings: Every[VpcPeeringConnection],
    vpcs: Every[Vpc],
    groups: Every[SecurityGroup],
) -> Verdict:
    """No network path reaches a cache around the application tier.

    Why: caches hold sessions and copies of data, and many of them ask nobody for a password.
    Fix: cut the path where the finding names it: no load balancer target and no administration host on the way, and no
        peered environment among the sources.
    """
    node = tiers.node(cluster)
    if node is None or not node.groups:
        return not_applicable("its security groups are not told")
    return _bypasses(node, (), tiers, exposure, interfaces, routes, peerings, vpcs, groups)


@check(severity=Severity.CRITICAL, practices=["SEC05-BP02", "SEC05-BP01"])
def tier_path_to_warehouse_bypasses_application(
    cluster: RedshiftCluster,
    tiers: Tiers,
    exposure: Exposure,
    interfaces: Interfaces,
    routes: Routes,
    peerings: Every[VpcPeeringConnection],
    vpcs: Every[Vpc],
    groups: Every[SecurityGroup],
) -> Verdict:
    """No network path reaches a data warehouse around the application tier.

    Why: the warehouse holds the copy of everything; one password past the application opens all of it.
    Fix: cut the path where the finding names it: PubliclyAccessible off, no load balancer target and no administration
        host on the way, and no peered environment among the sources.
    """
    node = tiers.node(cluster)
    if node is None or not cluster.vpc:
        return not_applicable("it is in no VPC")
    direct: tuple[Path, ...] = ()
    if cluster.publicly_accessible:
        direct = exposure.if_public(node.subnets, cluster.vpc_security_groups, cluster.region)
    return _bypasses(node, direct, tiers, exposure, interfaces, routes, peerings, vpcs, groups)


def _bypasses(
    node: Node,
    direct: Iterable[Path],
    tiers: Tiers,
    exposure: Exposure,
    interfaces: Interfaces,
    routes: Routes,
    peerings: Every[VpcPeeringConnection],
    vpcs: Every[Vpc],
    groups: Every[SecurityGroup],
) -> Verdict:
    """The ways to a store past the application, from the worst on."""
    open_to = [path for path in direct if not path.service and any(path.covers(port) for port in node.ports)]
    if open_to:
        return failed(f"the internet reaches it directly: {open_to[0].describe()}")
    way = _routed_around(tiers, node)
    if way:
        return failed(f"requests reach it as a load balancer's target: {' -> '.join(one.name for one in way)}")
    for host, path in _administered(tiers, node, exposure, interfaces):
        reason = f"{host.name}, which the internet reaches ({path.describe()}), is admitted to it"
        return failed(reason, severity=Severity.HIGH)
    for side in _peers(node, routes, peerings, vpcs, groups):
        return failed(side, severity=Severity.HIGH)
    tiers.topology.gaps.none_of(_PATH_EVIDENCE, node.region)
    return passed(f"no path from the internet or a peered environment reaches {node.name} past the application")


def _routed_around(tiers: Tiers, node: Node) -> tuple[Node, ...]:
    """A way of requests from the internet to a store through a target group; a proxy in between is a store's too."""
    way = tiers.topology.path_from_internet(node)
    targeted = any(one.kind == "target_group" for one in way)
    return () if not targeted or any(one.kind in COMPUTE for one in way) else way


def _administered(tiers: Tiers, node: Node, exposure: Exposure, interfaces: Interfaces) -> Iterator[tuple[Node, Path]]:
    """The operators' hosts that are admitted to a store and that the internet reaches on SSH or RDP."""
    for user in tiers.topology.users(node):
        if user.node.kind in COMPUTE and tiers.guess(user.node).tier is Tier.OPERATIONS:
            own = (one for name in user.node.groups for one in interfaces.of_group_id(name, node.region))
            here = (one for one in own if one.instance_id and tiers.node(one.instance_id) is user.node)
            for path in (path for one in here for path in exposure.of(one)):
                if not path.service and any(path.covers(port) for port in _ADMIN_PORTS):
                    yield user.node, path


def _peers(
    node: Node,
    routes: Routes,
    peerings: Every[VpcPeeringConnection],
    vpcs: Every[Vpc],
    groups: Every[SecurityGroup],
) -> Iterator[str]:
    """Peered networks of another environment that are routed to a store and admitted to it."""
    own = _environment(vpcs.by(_ID, node.region).get(node.vpc, ()))
    tables = (routes.by_ids(subnet, node.vpc, node.region) for subnet in node.subnets)
    ways: dict[str, Route] = {
        way.peering_id: way for table in tables if table for way in table.routes if way.peering_id
    }
    for link in (one for one in peerings.within(node.region) if one.is_active and one.id in ways):
        side = link.other_side(node.vpc)
        other = _environment(vpcs.by(_ID).get(side.vpc_id, ())) if side else ""
        if side and own and other and own != other:
            for rule, block, group in _admitted_blocks(node, groups):
                if any(_covers([cidr], block) or _covers([block], cidr) for cidr in (*side.cidrs, *side.ipv6_cidrs)):
                    yield (
                        f"{link.id} joins {node.vpc} ({own}) with {side.vpc_id} ({other}), and {group.id} admits "
                        f"{block} on {rule.what}"
                    )


def _environment(vpcs: Iterable[Vpc]) -> str:
    """What a tag says that a network is for."""
    tags: Mapping[str, str] = {key.lower(): value.lower() for one in vpcs for key, value in one.tags.items()}
    return next((tags[key] for key in _ENVIRONMENT if key in tags), "")


def _admitted_blocks(node: Node, groups: Every[SecurityGroup]) -> Iterator[tuple[Permission, str, SecurityGroup]]:
    known = (one for name in node.groups for one in groups.by(_ID, node.region).get(name, ()))
    for group in known:
        for rule in group.ingress:
            if any(rule.covers(port) for port in node.ports):
                yield from ((rule, block, group) for block in rule.ranges)


_DECLARED = (TaskDefinition, Function, EventSourceMapping, Role, ManagedPolicy, TaggedResource)
"""What says who calls whom, and to which application they belong."""


@check(severity=Severity.LOW, practices=["SEC05-BP01", "REL03-BP01"])
def tier_layers_called_in_order(balancer: LoadBalancer, tiers: Tiers) -> Verdict:
    """Tiers call only the next tier.

    Why: a front end that reads the database itself, or one application that writes another's, makes every change of
        the store a change of all its callers.
    Fix: let the tier in between do it: an interface of the application that owns the store.
    """
    node = tiers.node(balancer)
    application = tiers.application(node) if node else None
    if node is None or application is None or tiers.guess(node).part != "entry":
        return not_applicable("it is no entry of an application")
    calls = [
        (tiers.topology.nodes[name], target, edges)
        for name in application.nodes
        for target, edges in tiers.topology.out_of(tiers.topology.nodes[name], "environment", "role", "event")
    ]
    foreign = [one for one in calls if one[0].kind in COMPUTE and tiers.applications.apart(one[0], one[1])]
    if foreign and (stores := [one for one in foreign if tiers.guess(one[1]).tier.holds_data]):
        reason = f"{_call(*stores[0])}, a store of the application {_application(tiers, stores[0][1])}"
        return failed(reason, severity=Severity.MEDIUM)
    tiers.topology.gaps.none_of(_DECLARED, balancer.region)
    if not calls:
        return not_applicable("nothing that is configured says who calls whom")
    backwards = [one for one in calls if _is_trigger(tiers, *one)]
    named = f"; {_call(*backwards[0])}, as a trigger may" if backwards else ""
    return passed(f"{len(calls)} configured calls lead to the next tier{named}")


def _is_trigger(tiers: Tiers, source: Node, target: Node, edges: Sequence[Edge]) -> bool:
    stored = tiers.guess(source).tier.holds_data
    return stored and target.kind in COMPUTE and any(one.kind == "event" for one in edges)


def _call(source: Node, target: Node, edges: Sequence[Edge]) -> str:
    return f"{source.name} calls {target.name} ({edges[0].kind}: {edges[0].given.partition(' ')[0]})"


def _application(tiers: Tiers, node: Node) -> str:
    found = tiers.application(node)
    return found.name if found else "nobody"


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01", "OPS04-BP02"])
def elbv2_entry_access_logs_enabled(
    balancer: LoadBalancer, attributes: LoadBalancerAttributes, listeners: Every[Listener], tags: Tags
) -> Verdict:
    """Entry load balancers write access logs.

    Why: without them nobody can say who asked for what before, during and after an incident.
    Fix: turn access_logs.s3.enabled on, with a bucket whose policy lets the Elastic Load Balancing service write.
    """
    own = listeners.of(balancer)
    if balancer.is_gateway or not own:
        return not_applicable("it is a gateway load balancer, or has no listener")
    if balancer.is_network and not any(one.is_tls for one in own):
        return not_applicable("Network Load Balancers log TLS connections only, and it has no TLS listener")
    if attributes.access_log_bucket is None:
        return _without_logs("access_logs.s3.enabled is false", balancer, tags)
    if attributes.is_on("connection_logs.s3.enabled") is False:
        reason = f"access logs go to {attributes.access_log_bucket}, but connection logs are off"
        return failed(reason, severity=Severity.INFORMATIONAL)
    return passed(f"access logs go to {attributes.access_log_bucket}")


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01", "OPS04-BP02"])
def elb_entry_access_logs_enabled(balancer: ClassicLoadBalancer, attributes: ClassicAttributes, tags: Tags) -> Verdict:
    """Classic Load Balancers write access logs.

    Why: without them nobody can say who asked for what before, during and after an incident.
    Fix: turn AccessLog on (modify-load-balancer-attributes), with a bucket whose policy lets the Elastic Load Balancing
        service write.
    """
    if not balancer.listeners:
        return not_applicable("it has no listener")
    if attributes.access_log_bucket is None:
        return _without_logs("AccessLog.Enabled is false", balancer, tags)
    return passed(f"access logs go to {attributes.access_log_bucket}")


def _without_logs(reason: str, balancer: LoadBalancer | ClassicLoadBalancer, tags: Tags) -> Verdict:
    trial = nonproduction(tags) if not balancer.is_internet_facing else ""
    more = f"; it is internal and its tag says {trial}" if trial else ""
    return failed(f"{reason}{more}", severity=Severity.LOW if trial else None)


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01"])
def vpc_tier_flow_logs_enabled(vpc: Vpc, tiers: Tiers, logs: Every[FlowLog], subnets: Every[Subnet]) -> Verdict:
    """VPCs that hold tiers record flow logs.

    Why: who tried to reach the database, from where and whether it got through, is written down nowhere else.
    Fix: create a flow log of the VPC with the traffic type ALL, to S3 or CloudWatch Logs.
    """
    here = tiers.in_vpc(vpc.id, vpc.region)
    members = [node for node in here if _computes(tiers, node) or _keeps_data(tiers, node)]
    if not members:
        _be_sure(tiers, here)
        return not_applicable("no workload and no store of a tier stands in it")
    by_resource = logs.by(_RESOURCE, vpc.region)
    whole = [one for one in by_resource.get(vpc.id, ()) if one.delivers]
    holding = [one for one in subnets.by(_VPC, vpc.region).get(vpc.id, ()) if tiers.in_subnet(one)]
    parts = [next((log for log in by_resource.get(one.id, ()) if log.delivers), None) for one in holding]
    active = whole or [one for one in parts if one]
    if not whole and (not parts or not all(parts)):
        bare = [one.id for one, log in zip(holding, parts, strict=True) if log is None]
        where = f" for {', '.join(bare[:3])}" if len(bare) < len(holding) else ""
        return failed(f"no flow log is delivered{where}, and it holds {_names(members)}")
    if not any(one.records_rejected for one in active):
        return failed(f"{active[0].id} records accepted traffic only", severity=Severity.LOW)
    return passed(f"{active[0].id} is delivered")
