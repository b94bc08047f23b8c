"""Micro-segmentation with security groups."""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_network
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.config import ConfigRecorderStatus, ConfigRule
from auditor.evidence.ec2_network import (
    NetworkInterface,
    Permission,
    SecurityGroup,
    Subnet,
    TransitGateway,
    TransitGatewayVpcAttachment,
    Vpc,
    VpcPeeringConnection,
)
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.opensearch import Domain
from auditor.evidence.rds import DbInstance
from auditor.evidence.wafv2 import WebAcl, WebAclAssociations, WebAclEntry
from auditor.inference.exposure import Exposure, Path
from auditor.inference.fronts import CLOUDFRONT, REST_API
from auditor.inference.lateral import Lateral
from auditor.inference.network import GroupReferences, Hosts, Interfaces, Routes
from auditor.inference.public_access import Outside
from auditor.inference.traffic import PUBLIC, Ranges
from auditor.model import Region, Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_ID = attrgetter("id")
_NAMED = 20
"""Security groups that a finding names; what an account has may be thousands."""
_STORES = ("database", "cache", "search")
_DATA_TIERS = (*_STORES, "file")
_WORKLOAD_TAGS = ("Service", "Application", "App", "app.kubernetes.io/name")


@check(severity=Severity.CRITICAL, practices=["SEC05-BP02", "SEC05-BP01"])
def ec2_interface_admin_port_internet_reachable(
    interface: NetworkInterface,
    exposure: Exposure,
    hosts: Hosts,
    *,
    admin_ports: tuple[int, ...] = (22, 23, 135, 445, 2375, 2376, 3389, 5900, 5985, 5986, 6443, 10250),
    world_min_addresses: int = 16777216,
) -> Verdict:
    """No administration port can be reached from the internet.

    Why: SSH, RDP and the APIs of Docker and Kubernetes are attacked within minutes of being reachable; one weak
        password or unpatched server then gives a shell inside the network.
    Fix: take the port out of the security group that the finding names and use Session Manager or EC2 Instance
        Connect Endpoint; where the port must stay, limit its source to a VPN's range.
    """
    if not interface.is_in_use or interface.is_load_balancer:
        return not_applicable("it is not in use, or it belongs to a load balancer, whose targets are judged")
    return _reached_on(admin_ports, interface, exposure, hosts, world_min_addresses)


@check(severity=Severity.CRITICAL, practices=["SEC05-BP01", "SEC05-BP02"])
def ec2_interface_data_port_internet_reachable(
    interface: NetworkInterface,
    exposure: Exposure,
    hosts: Hosts,
    *,
    data_ports: tuple[int, ...] = (
        1433, 1521, 2049, 3306, 5432, 5439, 5601, 5672, 6379, 7000, 8182, 9042, 9092, 9094, 9096, 9098, 9200, 9300,
        11211, 27017,
    ),
    world_min_addresses: int = 16777216,
) -> Verdict:  # fmt: skip
    """No database or cache port can be reached from the internet.

    Why: databases, caches and brokers on instances or in containers often ask for no password; whoever connects
        reads or deletes the data.
    Fix: let the port in only from the security group of the application that uses it, and move the workload to a
        subnet without a route to an internet gateway.
    """
    if not interface.is_in_use or not (interface.instance_id or interface.tier == "compute"):
        return not_applicable("it belongs to no instance, task or node; managed services have checks of their own")
    return _reached_on(data_ports, interface, exposure, hosts, world_min_addresses)


def _reached_on(
    ports: Sequence[int], interface: NetworkInterface, exposure: Exposure, hosts: Hosts, world_min_addresses: int
) -> Verdict:
    """Direct paths are looked for first: they are enough to fail, whatever could not be read of load balancers."""
    found = _on(ports, exposure.direct(interface)) or _on(ports, exposure.through_load_balancers(interface))
    if not found:
        return passed("no path from the internet leads to any of these ports")
    worst = max(found, key=lambda path: (path.is_world(world_min_addresses), not path.inspected))
    open_ports = sorted({port for path in found for port in _served(ports, path)})
    severity = Severity.CRITICAL if worst.is_world(world_min_addresses) else Severity.HIGH
    if worst.inspected:
        severity = severity.raised(-1)
    stopped = hosts.is_stopped(interface)
    reason = f"{_ports(open_ports)} can be reached: {worst.describe()}"
    return failed(
        f"{reason}; the instance is stopped now" if stopped else reason,
        severity=Severity.MEDIUM if stopped else severity,
        ports=open_ports,
        addresses=worst.sources.size,
    )


_TCP_ONLY = frozenset((
    22, 23, 135, 445, 1433, 1521, 2375, 2376, 3306, 5432, 5439, 5601, 5672, 5900, 5985, 5986, 6379, 6443, 7000, 8182,
    9042, 9092, 9094, 9096, 9098, 9200, 9300, 10250, 27017,
))  # fmt: skip
"""Ports whose services take TCP only, so that UDP on the same number is something else; RDP, NFS and Memcached, and
what a profile adds, are looked for on both."""


def _on(ports: Sequence[int], paths: Iterable[Path]) -> list[Path]:
    """The paths to one of the ports that are not for a service of AWS alone."""
    return [path for path in paths if path.has_ports and not path.service and _served(ports, path)]


def _served(ports: Sequence[int], path: Path) -> list[int]:
    """The ports that a path leads to."""
    asked = (port for port in ports if path.protocol == "tcp" or port not in _TCP_ONLY)
    return [port for port in asked if path.covers(port, path.protocol)]


def _ports(ports: Sequence[int]) -> str:
    listed = ", ".join(map(str, ports[:6])) + (f" and {len(ports) - 6} more" if len(ports) > 6 else "")  # noqa: PLR2004
    return f"port {listed}" if len(ports) == 1 else f"ports {listed}"


@check(severity=Severity.HIGH, practices=["SEC05-BP01", "SEC05-BP02"])
def ec2_workload_bypasses_entry_point(
    interface: NetworkInterface,
    exposure: Exposure,
    interfaces: Interfaces,
    hosts: Hosts,
    *,
    direct_ports: tuple[int, ...] = (),
    entry_point_tags: tuple[str, ...] = ("Role=nat", "Role=vpn", "Role=firewall"),
) -> Verdict:
    """Workloads are reached from the internet only through a load balancer.

    Why: traffic that goes straight to a workload passes no web ACL, no TLS policy and no access log, and a single
        scan finds it.
    Fix: put the workload in a private subnet without a public address behind an Application Load Balancer with AWS
        WAF; list ports that must be direct in direct_ports.
    """
    if not interface.is_in_use or interfaces.tier(interface) != "compute":
        return not_applicable("it belongs to no instance, task or node")
    if interface.forwards or hosts.has_tag(interface, entry_point_tags):
        return not_applicable("it is an entry point itself: a NAT, VPN or firewall instance")
    paths = [path for path in exposure.direct(interface) if not path.service]
    bypasses = [path for path in paths if path.has_ports and _beyond(path, direct_ports)]
    if bypasses:
        worst = max(bypasses, key=lambda path: (path.is_world(), not path.inspected))
        severity = Severity.HIGH if worst.is_world() else Severity.MEDIUM
        return failed(worst.describe(), severity=severity.raised(-1) if worst.inspected else severity)
    echoed = next((path for path in paths if path.protocol.startswith("icmp")), None)
    if echoed and not any(path.has_ports for path in paths):
        reason = f"no TCP or UDP, but ICMP is let in to {echoed.address} from {echoed.origin}"
        return failed(reason, severity=Severity.INFORMATIONAL)
    if ":ecs:" in interface.description and interface.public_ips and not paths:
        reason = f"the task has the public address {interface.public_ips[0]}, which serves only what it sends"
        return failed(reason, severity=Severity.LOW)
    return passed("no path from the internet leads to it past a load balancer")


def _beyond(path: Path, direct_ports: Sequence[int]) -> bool:
    """Whether it leads to a port that is not meant to be direct."""
    return path.last - path.first + 1 > sum(1 for port in set(direct_ports) if path.first <= port <= path.last)


@check(severity=Severity.CRITICAL, practices=["SEC05-BP01", "SEC03-BP07"])
def rds_instance_internet_reachable(
    database: DbInstance, exposure: Exposure, interfaces: Interfaces, routes: Routes
) -> Verdict:
    """RDS databases cannot be reached from the internet.

    Why: a database with a public address is one password, or one unpatched hole, away from anybody.
    Fix: set PubliclyAccessible to false, move the DB subnet group to subnets without a route to an internet gateway,
        and let the port in from the application's security group only.
    """
    if database.vpc is None or database.port is None:
        return not_applicable("it has no endpoint in a VPC yet")
    if not database.publicly_accessible:
        public = [one for one in database.subnets if _is_public(one, database, routes)]
        if public and len(public) == len(database.subnets):
            reason = (
                f"it has no public address, but all {len(public)} subnets of its group route to an internet gateway"
            )
            return failed(reason, severity=Severity.LOW)
        return passed("it has no public address")
    paths = [path for path in _paths_to(database, exposure, interfaces) if path.covers(database.port)]
    open_to = [path for path in paths if not path.service]
    if open_to:
        worst = max(open_to, key=lambda path: path.is_world())
        return failed(f"it has a public address and port {database.port} is open: {worst.describe()}")
    reason = f"it has a public address; only routes, ACLs or groups keep port {database.port} closed today"
    return failed(reason, severity=Severity.MEDIUM)


def _is_public(subnet_id: str, database: DbInstance, routes: Routes) -> bool:
    table = routes.by_ids(subnet_id, database.vpc or "", database.region)
    return table is not None and table.is_public


def _paths_to(database: DbInstance, exposure: Exposure, interfaces: Interfaces) -> tuple[Path, ...]:
    """The paths to its interfaces; where none is found, those that there would be in its subnets."""
    groups = database.vpc_security_groups
    members = {one for group in groups for one in interfaces.of_group_id(group, database.region)}
    own = [one for one in members if one.tier == "database" and one.subnet_id in database.subnets]
    if own:
        return tuple(path for one in own for path in exposure.of(one))
    return exposure.if_public(database.subnets, groups, database.region)


@check(severity=Severity.HIGH, practices=["SEC05-BP01", "SEC03-BP07"])
def opensearch_domain_public_endpoint(domain: Domain, outside: Outside) -> Verdict:
    """OpenSearch domains live in a VPC and check the caller's identity.

    Why: a public endpoint is open to the whole internet but for its access policy, and a domain in a VPC without
        fine-grained access control trusts whoever is in the network.
    Fix: create the domain with VPCOptions and AdvancedSecurityOptions.Enabled, reindex into it, and turn
        AnonymousAuthEnabled off.
    """
    if domain.vpc is None:
        if outside.everyone(domain.policy) and not domain.fine_grained_access:
            reason = "its endpoint is public, its access policy admits anyone, and fine-grained access control is off"
            return failed(reason, severity=Severity.CRITICAL)
        return failed("its endpoint is public: it is in no VPC")
    if not domain.fine_grained_access:
        return failed(f"in {domain.vpc}, fine-grained access control is off", severity=Severity.MEDIUM)
    if domain.anonymous_access:
        return failed(f"in {domain.vpc}, anonymous access is still allowed", severity=Severity.MEDIUM)
    return passed(f"it is in {domain.vpc} with fine-grained access control")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def ec2_security_group_public_range_latent(
    group: SecurityGroup, exposure: Exposure, interfaces: Interfaces, *, world_min_addresses: int = 16777216
) -> Verdict:
    """No security group admits public ranges beyond its entry point's ports.

    Why: a rule that is open to the world waits for the day when something behind it gets a public address, another
        route or a load balancer.
    Fix: delete the rule, or name the security group of the load balancer or the range of the partner as its source.
    """
    open_to_world = exposure.admitted_world(group, world_min_addresses)
    if not open_to_world:
        return passed("no rule admits a public range as large as the world")
    attached = interfaces.of_group(group)
    reached = [path for one in exposure.balancers_of(group) for path in exposure.of_load_balancer(one)]
    reached += [path for one in attached for path in exposure.of(one)]
    latent = [(path, left) for path in open_to_world if (left := _unreached(path, reached))]
    if not latent:
        return passed("what it opens to the world is reached and judged where it is reached")
    path, left = latent[0]
    first, last = left.intervals[0]
    ports = f"{first}" if first == last else f"{first}-{last}"
    reason = f"it opens {path.protocol} {ports} to the world, where nothing is reached today"
    used = attached or exposure.balancers_of(group)
    return failed(
        reason if used else f"{reason}; no interface uses it", severity=Severity.MEDIUM if used else Severity.LOW
    )


def _unreached(path: Path, reached: Sequence[Path]) -> Ranges:
    """The ports of a path that no way from the internet leads to; a service inside the VPC needs no public range."""
    same = (one for one in reached if one.protocol == path.protocol and not one.front)
    return Ranges(((path.first, path.last),)) - Ranges.joined((one.first, one.last) for one in same)


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def ec2_security_group_cidr_instead_of_group(
    group: SecurityGroup,
    interfaces: Interfaces,
    vpcs: Every[Vpc],
    peerings: Every[VpcPeeringConnection],
    gateways: Every[TransitGateway],
    attachments: Every[TransitGatewayVpcAttachment],
    *,
    on_premises_cidrs: tuple[str, ...] = (),
) -> Verdict:
    """Internal ingress names source security groups, not address ranges.

    Why: a range admits whatever gets an address in it, today's workloads and tomorrow's; a group admits the members
        that somebody put there.
    Fix: replace the range by a reference to the security groups that the finding names.
    """
    if not interfaces.of_group(group):
        return not_applicable("it is attached to nothing")
    referable = _referable(group, vpcs, peerings, gateways, attachments)
    linked = tuple(cidr for cidrs in referable.values() for cidr in cidrs)
    rules = [
        (rule, block)
        for rule in group.ingress
        for block in rule.ranges
        if (_is_internal(block) or _within(block, linked))
        and not _within(block, on_premises_cidrs)
        and any(_overlaps(block, one) for one in linked)
    ]
    named = [(rule, block, _in_networks(block, referable, group.region, interfaces)) for rule, block in rules]
    wrong = [one for one in named if not one[2] or any(source.group_ids for source in one[2])]
    if not wrong:
        return passed("no rule names a range whose hosts could be named by their groups")
    rule, block, sources = max(wrong, key=lambda one: (_is_whole(one[0], one[1], linked), _size(one[1])))
    severity = Severity.HIGH if _is_whole(rule, block, linked) else Severity.MEDIUM
    if all(_serves_endpoint(one[0]) for one in wrong) and _has_endpoint(interfaces.of_group(group)):
        severity = Severity.LOW
    groups = sorted({one for source in sources for one in source.group_ids})
    instead = f"name {', '.join(groups[:4])} instead" if groups else "no interface is in it now"
    reason = f"{rule.what} is open to {block}: {_size(block)} addresses for {len(sources)} interfaces; {instead}"
    return failed(reason, severity=severity, rules=len(wrong), replacement=groups[:_NAMED], replacements=len(groups))


def _in_networks(
    block: str, networks: Mapping[str, Sequence[str]], region: str, interfaces: Interfaces
) -> tuple[NetworkInterface, ...]:
    """The interfaces of VPCs that have an address in a block."""
    return tuple(one for vpc_id in networks for one in interfaces.in_range(block, vpc_id, region))


def _referable(
    group: SecurityGroup,
    vpcs: Every[Vpc],
    peerings: Every[VpcPeeringConnection],
    gateways: Every[TransitGateway],
    attachments: Every[TransitGatewayVpcAttachment],
) -> Mapping[str, tuple[str, ...]]:
    """The networks whose security groups a rule of this group can name, by VPC, with their blocks."""
    sides = (one.other_side(group.vpc_id) for one in peerings.within(group.region) if one.is_active)
    peered = {side.vpc_id: (*side.cidrs, *side.ipv6_cidrs) for side in sides if side and side.region == group.region}
    carrying = {one.id for one in gateways.within(group.region) if one.carries_group_references}
    joined = [one for one in attachments.within(group.region) if one.transit_gateway_id in carrying]
    ours = {one.transit_gateway_id for one in joined if one.vpc_id == group.vpc_id}
    near = {group.vpc_id, *(one.vpc_id for one in joined if one.transit_gateway_id in ours)}
    by_id = vpcs.by(_ID, group.region)
    return {**peered, **{one: by_id[one][0].cidrs for one in sorted(near) if one in by_id}}


def _is_internal(block: str) -> bool:
    return not any(Ranges.of([block], family) & public for family, public in PUBLIC.items())


def _within(block: str, blocks: Sequence[str]) -> bool:
    return any(_covers(other, block) for other in blocks)


def _covers(block: str, other: str) -> bool:
    return any(part and whole.covers(part) for whole, part in _by_family(block, other))


def _overlaps(block: str, other: str) -> bool:
    return any(one & another for one, another in _by_family(block, other))


def _by_family(block: str, other: str) -> list[tuple[Ranges, Ranges]]:
    return [(Ranges.of([block], family), Ranges.of([other], family)) for family in PUBLIC]


def _size(block: str) -> int:
    return ip_network(block, strict=False).num_addresses


def _is_whole(rule: Permission, block: str, linked: Sequence[str]) -> bool:
    """Whether a rule opens more than 100 ports to a whole network."""
    return rule.has_ports and rule.span > 100 and any(_covers(block, one) for one in linked)  # noqa: PLR2004


def _serves_endpoint(rule: Permission) -> bool:
    return rule.protocol == "tcp" and rule.ports == (443, 443)


def _has_endpoint(members: Sequence[NetworkInterface]) -> bool:
    return all(one.interface_type == "vpc_endpoint" for one in members)


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02", "SEC05-BP01"])
def ec2_security_group_shared_across_tiers(
    group: SecurityGroup,
    interfaces: Interfaces,
    hosts: Hosts,
    references: GroupReferences,
    balancers: Every[LoadBalancer],
    *,
    workload_tags: tuple[str, ...] = ("Service", "Application", "App", "app.kubernetes.io/name"),
) -> Verdict:
    """Each workload tier has a security group of its own.

    Why: what one member of a group needs, all members get; a group that spans tiers opens the database to what the
        web server was meant to receive.
    Fix: make one security group for each tier and workload, and let them name each other as sources.
    """
    if not group.ingress and not references.name(group):
        return not_applicable("it lets nothing in and no rule refers to it")
    members = interfaces.of_group(group)
    known = {tier for one in members if (tier := interfaces.tier(one)) in ("edge", "compute", *_DATA_TIERS)}
    if "edge" in known and all(_is_inner(one, balancers) for one in members if interfaces.tier(one) == "edge"):
        known.remove("edge")
    tiers = sorted(known)
    if len(tiers) > 1:
        worst = "edge" in tiers and bool({"database", "cache"} & set(tiers))
        reason = f"it is attached to interfaces of the tiers {' and '.join(tiers)}"
        return failed(reason, severity=Severity.HIGH if worst else Severity.MEDIUM)
    workloads = sorted({name for one in members if (name := hosts.workload(one, workload_tags))})
    if len(workloads) > 1 and group.ingress:
        return failed(f"it joins {len(workloads)} workloads, such as {workloads[0]} and {workloads[1]}")
    return passed(f"its {len(members)} interfaces are of one tier and workload")


def _is_inner(interface: NetworkInterface, balancers: Every[LoadBalancer]) -> bool:
    """Whether it is an internal load balancer's: the front of the tier behind it, not the edge."""
    found = balancers.by(_dimension, interface.region).get(interface.description.removeprefix("ELB "), ())
    return any(not one.is_internet_facing for one in found)


def _dimension(balancer: LoadBalancer) -> str:
    return balancer.dimension


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def ec2_security_group_default_in_use(group: SecurityGroup, interfaces: Interfaces) -> Verdict:
    """Default security groups are empty and unused.

    Why: whatever is launched without naming a group joins the default one, and its members trust each other on all
        ports.
    Fix: give each workload a group of its own, then delete all rules of the default group.
    """
    if not group.is_default:
        return not_applicable("it is no default group")
    members = interfaces.of_group(group)
    beyond = [rule for rule in group.ingress if rule.ranges or rule.prefix_lists or {*rule.group_ids} - {group.id}]
    if members and beyond:
        reason = f"{len(members)} interfaces use it, and it lets in {beyond[0].what} from beyond its members"
        return failed(reason, severity=Severity.HIGH)
    if members:
        return failed(f"{len(members)} interfaces use it, such as {members[0].id}")
    rules = len(group.ingress) + len(group.egress)
    if rules:
        return failed(f"nothing uses it, but it has {rules} rules", severity=Severity.LOW)
    return passed("nothing uses it and it has no rules")


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def ec2_security_group_internal_all_ports(
    group: SecurityGroup, interfaces: Interfaces, hosts: Hosts, *, max_port_span: int = 100
) -> Verdict:
    """Rules between tiers open single ports, not whole ranges.

    Why: a rule for all ports lets a compromised neighbor try every service on the host, not only the one it uses.
    Fix: replace the rule by one for each port that the service listens on.
    """
    members = interfaces.of_group(group)
    if not members:
        return not_applicable("it is attached to nothing")
    wide = [rule for rule in group.ingress if rule.has_ports and (rule.is_all_traffic or rule.span >= max_port_span)]
    others = [rule for rule in wide if {*rule.group_ids} - {group.id} or any(map(_is_internal, rule.ranges))]
    if others:
        sources = [*others[0].group_ids, *filter(_is_internal, others[0].ranges)]
        reason = f"it lets in {others[0].what} from {', '.join(sources[:3])}"
        return failed(reason, severity=Severity.LOW if _is_service_group(group) else Severity.MEDIUM)
    workloads = {hosts.workload(one, _WORKLOAD_TAGS) or one.id for one in members}
    if any(group.id in rule.group_ids for rule in wide) and len(members) > 1 and len(workloads) > 1:
        reason = f"its {len(members)} members of {len(workloads)} workloads may talk to each other on all ports"
        return failed(reason, severity=Severity.LOW if _is_service_group(group) else Severity.MEDIUM)
    return passed(f"no rule for other groups or private ranges spans {max_port_span} ports")


def _is_service_group(group: SecurityGroup) -> bool:
    """Whether a service made it, or needs it so: EKS, EMR, Glue, FSx, Directory Service."""
    words = f"{group.group_name} {group.description}".lower()
    services = ("elasticmapreduce", "glue", "fsx", "_controllers", "aws created security group for d-")
    return "aws:eks:cluster-name" in group.tags or any(word in words for word in services)


@check(severity=Severity.HIGH, practices=["SEC05-BP01", "SEC05-BP02"])
def ec2_edge_tier_reaches_data_tier(group: SecurityGroup, interfaces: Interfaces, exposure: Exposure) -> Verdict:
    """The internet-facing tier has no direct path to the data tier.

    Why: whoever takes over the internet-facing tier then talks to the database at once, with no application between
        that checks what is asked.
    Fix: delete the ingress rule that the finding names, and let only the application's group in.
    """
    stores = [one for one in interfaces.of_group(group) if interfaces.tier(one) in _STORES]
    if not stores:
        return not_applicable("no database, cache or search domain uses it")
    own = {one.id for one in stores}
    for rule in (one for one in group.ingress if one.has_ports):
        for source in (one for one in _sources(rule, group, interfaces) if one.id not in own):
            path = next((one for one in exposure.facing(source) if not one.service), None)
            if path and any(exposure.connects(source, store, rule) for store in stores):
                what = "load balancer interface" if source.is_load_balancer else "interface"
                return failed(
                    f"its rule for {rule.what} admits the {what} {source.id}, which the internet reaches "
                    f"({path.describe()}), to {stores[0].id}"
                )
    return passed(f"nothing that the internet reaches is admitted to its {len(stores)} interfaces of the data tier")


def _sources(rule: Permission, group: SecurityGroup, interfaces: Interfaces) -> tuple[NetworkInterface, ...]:
    """The interfaces that a rule admits, by their groups or addresses."""
    by_group = (one for named in rule.group_ids for one in interfaces.of_group_id(named, group.region))
    ranges = (one for block in rule.ranges for one in interfaces.in_range(block, group.vpc_id, group.region))
    return tuple(dict.fromkeys((*by_group, *ranges)))


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def ec2_vpc_lateral_blast_radius(
    vpc: Vpc, lateral: Lateral, hosts: Hosts, *, max_share: float = 0.5, min_interfaces: int = 10
) -> Verdict:
    """One compromised entry point cannot reach most of the VPC.

    Why: the first host that falls is rarely the one that matters; rules that let everything inside talk to everything
        make it the key to the rest.
    Fix: replace the rules that the finding names by rules from one workload's group to another's, on single ports.
    """
    others = len(lateral.workloads(vpc))
    if others < min_interfaces:
        return not_applicable(f"it holds {others} interfaces of workloads, fewer than {min_interfaces}")
    widest = lateral.widest(vpc)
    if widest is None:
        return passed("the internet reaches none of its workloads")
    percent = round(100 * widest.share)
    within = f"from {widest.start.id}, which the internet reaches, {len(widest.reached)} of {widest.of} interfaces"
    if widest.share <= max_share:
        return passed(f"{within} ({percent} %) can be reached in three steps")
    rules = "; ".join(f"{rule} (without it {round(100 * share)} %)" for rule, share in widest.rules)
    own = hosts.workload(widest.start, _WORKLOAD_TAGS)
    stores = (one for one in widest.reached if one.tier == "database")
    foreign = [one for one in stores if own and hosts.workload(one, _WORKLOAD_TAGS) not in (None, own)]
    reason = f"{within} ({percent} %) can be reached in three steps, by {rules}"
    return failed(
        f"{reason}; {foreign[0].id} is a database of another workload" if foreign else reason,
        severity=Severity.HIGH if foreign else Severity.MEDIUM,
        share=round(widest.share, 3),
    )


@check(severity=Severity.MEDIUM, practices=["SEC05-BP02"])
def ec2_security_group_unrestricted_egress(group: SecurityGroup, interfaces: Interfaces, routes: Routes) -> Verdict:
    """Data and compute tiers cannot open connections to any address.

    Why: open egress is the way out for stolen data and the way home for malicious code.
    Fix: delete the rule for 0.0.0.0/0 and ::/0; allow TCP 443 to the prefix lists and endpoints that are used, and
        nothing at all from managed databases and caches.
    """
    members = interfaces.of_group(group)
    if not members:
        return not_applicable("it is attached to nothing")
    if not group.open_egress:
        return passed("no rule lets connections out to any address")
    what = group.open_egress[0].what
    stores = [one for one in members if interfaces.tier(one) in _DATA_TIERS]
    if stores:
        return failed(f"it lets {what} out to any address from {interfaces.tier(stores[0])} interface {stores[0].id}")
    if any(interfaces.tier(one) == "edge" for one in members):
        return failed(f"it lets {what} out to any address from a load balancer", severity=Severity.LOW)
    compute = [one for one in members if interfaces.tier(one) == "compute"]
    wide = [rule for rule in group.open_egress if rule.has_ports and rule.ports == (0, 65535)]
    if not compute or not wide:
        return passed("what it lets out to any address is limited to single ports, or comes from no workload")
    leaving = [one for one in compute if _gets_out(one, routes)]
    if leaving:
        reason = f"it lets {wide[0].what} out to any address, and {leaving[0].id} has a default route"
        return failed(reason, severity=Severity.LOW)
    reason = f"it lets {wide[0].what} out to any address, but no subnet of its interfaces has a default route"
    return failed(reason, severity=Severity.INFORMATIONAL)


def _gets_out(interface: NetworkInterface, routes: Routes) -> bool:
    table = routes.by_ids(interface.subnet_id, interface.vpc_id, interface.region)
    return table is not None and bool(table.default_routes)


@check(severity=Severity.MEDIUM, practices=["SEC05-BP03"])
def elbv2_load_balancer_without_waf(
    balancer: LoadBalancer, exposure: Exposure, web_acls: Every[WebAcl], associations: Every[WebAclAssociations]
) -> Verdict:
    """Internet-facing application load balancers stand behind AWS WAF.

    Why: without a web ACL every request, scanners' and bots' included, reaches the application.
    Fix: associate a web ACL with AWSManagedRulesCommonRuleSet, AWSManagedRulesKnownBadInputsRuleSet and a rate-based
        rule, or let only CloudFront in and put the web ACL on the distribution.
    """
    if not balancer.is_active or balancer.is_gateway:
        return not_applicable("it is not active, or a gateway load balancer")
    paths = exposure.of_load_balancer(balancer)
    if not balancer.is_internet_facing and not paths:
        return not_applicable("it is internal, and nothing of the internet leads to it")
    world = [path for path in paths if path.is_world() and path.front not in _WITH_ACL]
    if balancer.is_network:
        web = sorted({path.first for path in world} & {80, 443, 8080, 8443})
        if web:
            reason = f"a network load balancer, which can have no web ACL, serves {_ports(web)} to the internet"
            return failed(reason, severity=Severity.LOW)
        return passed("the network load balancer serves no web port to the internet")
    if not world:
        services = sorted({one for path in paths for one in (path.service, path.front) if one})
        return passed(f"only {services[0]} reaches it" if services else "no listener is reached by the whole internet")
    named = [acl for acl in web_acls.within(balancer.region) if _protects(acl, balancer, associations)]
    if not named:
        return failed(
            f"no web ACL is associated, and {_ports(sorted({path.first for path in world}))} is open to the world"
        )
    if not named[0].rules:
        return failed(f"its web ACL {named[0].name} has no rules", severity=Severity.LOW)
    return passed(f"the web ACL {named[0].name} stands before it")


_WITH_ACL = (CLOUDFRONT, REST_API)
"""What takes a web ACL itself, where the requests that it passes on are best filtered."""


def _protects(acl: WebAcl, balancer: LoadBalancer, associations: Every[WebAclAssociations]) -> bool:
    return any(balancer.arn in one.load_balancers for one in associations.of(acl.enclosing(WebAclEntry)))


@check(severity=Severity.MEDIUM, practices=["SEC05-BP01"])
def ec2_subnet_public_hosts_workload(
    subnet: Subnet,
    routes: Routes,
    interfaces: Interfaces,
    hosts: Hosts,
    *,
    entry_point_tags: tuple[str, ...] = ("Role=nat", "Role=vpn", "Role=firewall", "Role=bastion"),
) -> Verdict:
    """Public subnets hold entry points only, not workloads.

    Why: in a subnet with a route to an internet gateway, one public address and one rule are all that separates a
        workload from the internet.
    Fix: move workloads to subnets whose default route goes to a NAT gateway or nowhere, leave load balancers and NAT
        gateways, and turn MapPublicIpOnLaunch off.
    """
    if not routes.is_public(subnet):
        return not_applicable("its route table has no default route to an internet gateway")
    here = [one for one in interfaces.of_subnet(subnet) if interfaces.tier(one) in ("compute", *_DATA_TIERS)]
    workloads = [one for one in here if not one.forwards and not hosts.has_tag(one, entry_point_tags)]
    stores = [one for one in workloads if interfaces.tier(one) in _STORES]
    if stores:
        reason = f"it is public and holds {len(stores)} interfaces of stores, such as {stores[0].id}"
        return failed(f"{reason} ({interfaces.tier(stores[0])})", severity=Severity.HIGH)
    if workloads:
        public = _gives_addresses(subnet, routes) or any(_is_addressed(one, subnet, routes) for one in workloads)
        reason = f"it is public and holds {len(workloads)} interfaces of workloads, such as {workloads[0].id}"
        return failed(
            reason if public else f"{reason}, without public addresses",
            severity=Severity.MEDIUM if public else Severity.LOW,
        )
    if _gives_addresses(subnet, routes) and subnet.free_addresses:
        return failed("it is public and gives whatever is launched in it a public address", severity=Severity.LOW)
    return passed("it is public and holds entry points only")


def _gives_addresses(subnet: Subnet, routes: Routes) -> bool:
    """Whether what is launched in a public subnet gets an address that the internet can use."""
    return subnet.gives_public_ipv4 or (subnet.gives_ipv6 and _routes_ipv6(subnet, routes))


def _is_addressed(interface: NetworkInterface, subnet: Subnet, routes: Routes) -> bool:
    """Whether an interface in a public subnet has such an address."""
    return bool(interface.public_ips or (interface.ipv6_addresses and _routes_ipv6(subnet, routes)))


def _routes_ipv6(subnet: Subnet, routes: Routes) -> bool:
    table = routes.of_subnet(subnet)
    return table is not None and any(one.ipv6_destination for one in table.internet_routes)


_RULES = {
    "SSH from anywhere": ("INCOMING_SSH_DISABLED", "VPC_SG_PORT_RESTRICTION_CHECK"),
    "open ports": ("RESTRICTED_INCOMING_TRAFFIC", "VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS"),
    "default security groups": ("VPC_DEFAULT_SECURITY_GROUP_CLOSED",),
    "public addresses": ("EC2_INSTANCE_NO_PUBLIC_IP",),
}
"""What must be watched, and the managed rules that do it."""


@check(severity=Severity.MEDIUM, practices=["SEC04-BP04", "SEC05-BP04"])
def config_network_rules_missing(
    region: Region,
    interfaces: Interfaces,
    vpcs: Every[Vpc],
    rules: Every[ConfigRule],
    recorders: Every[ConfigRecorderStatus],
    *,
    accept_rule_names: tuple[str, ...] = (),
) -> Verdict:
    """AWS Config rules watch for open ports in every region with a VPC.

    Why: a port that somebody opens tonight is noticed by a rule that evaluates each change, not by the next review.
    Fix: turn on the AWS Config recorder and deploy INCOMING_SSH_DISABLED, RESTRICTED_INCOMING_TRAFFIC,
        VPC_DEFAULT_SECURITY_GROUP_CLOSED and EC2_INSTANCE_NO_PUBLIC_IP, or enable Security Hub's standards.
    """
    if not region.serves("config"):
        return not_applicable("the region has no AWS Config")
    defaults = {vpc.id for vpc in vpcs.within(region.name) if vpc.is_default}
    used = [one for one in interfaces.within(region.name) if one.vpc_id not in defaults]
    if not used:
        return not_applicable("no interface is in use outside the default VPC")
    active = [rule for rule in rules.within(region.name) if rule.is_active]
    known = {rule.identifier for rule in active}
    accepted = any(rule.rule in accept_rule_names for rule in active)
    missing = [what for what, identifiers in _RULES.items() if not known & set(identifiers)]
    if missing and not accepted:
        return failed(f"no active rule watches for {', '.join(missing)}, while {len(used)} interfaces are in use")
    if not any(one.is_recording for one in recorders.within(region.name)):
        return failed("the rules exist, but no recorder records, so that nothing evaluates them")
    return passed("active rules watch SSH, open ports, default groups and public addresses")
