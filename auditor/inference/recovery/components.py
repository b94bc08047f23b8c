"""What serves an application in one region, and its counterpart in another."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.drs import SourceServer
from auditor.evidence.ec2 import Image, Instance, InstanceType, LaunchTemplate
from auditor.evidence.ec2_network import Subnet
from auditor.evidence.ecr import Repository
from auditor.evidence.ecs import EcsService, TaskDefinition, TaskDefinitionFamily
from auditor.evidence.eks import NodeGroup
from auditor.evidence.elasticache import ReplicationGroup
from auditor.evidence.elbv2 import LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.lambda_ import Function
from auditor.evidence.purpose import own_words, sessions
from auditor.evidence.sns import TopicEntry
from auditor.evidence.sqs import QueueEntry
from auditor.inference.recovery.basics import Answer, Fact, all_of, any_of, gaps_of, tried
from auditor.inference.recovery.figures import FULL_SCALE_PART, GROWS, RUNNING_SHARE, STARTS, Span, State
from auditor.inference.recovery.names import normal
from auditor.model import Account, Gap, Json

Key = tuple[str, ...]

_HELPERS = re.compile(r"CustomS3AutoDelete|CustomCDK|CustomResource|LogRetention|-AWS679f|cdk-|Provider-framework")
"""Functions that CDK makes for deployments; they serve nobody."""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of an application in one region."""

    arn: str
    name: str
    kind: str
    """What people call it: `service`, `load balancer`."""
    region: str
    tags: Mapping[str, str]
    keys: frozenset[Key]
    """What its counterpart in another region shares with it: names without the region, logical ids, families."""
    operation: str
    is_compute: bool = True
    state: State = State.SERVING
    serves: Answer = True
    """Whether a healthy target stands behind it; idle where that is not known."""
    capacity: float | None = 1.0
    """In the unit of its kind; None where it could not be read."""
    most: float | None = math.inf
    """The capacity that it can grow to."""
    unit: str = ""
    """What capacities are compared in; those of different units are not."""
    is_blocked: bool = False
    """Whether it cannot launch more."""
    needs_network: bool = True
    image: str | None = None
    image_names: tuple[str, ...] = ()
    template: str = ""
    families: tuple[str, ...] = ()
    zones: frozenset[str] = frozenset()
    """The zones that it is set up to serve in; empty where the service chooses them, or they are not known."""
    unread: tuple[Gap, ...] = ()
    """What could not be read of its zones, or of what stands beside it."""

    @property
    def label(self) -> str:
        """The kind and the name."""
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Twin:
    """A component and what stands for it in the recovery region."""

    component: Component
    state: State | None
    """None where it could not be read."""
    other: Component | None = None
    share: float | None = None
    """Its capacity against the component's."""
    fact: Fact | None = None
    hides: bool = False
    """Whether what could not be read may hold a better one."""

    def _unless_hidden(self, answer: Answer) -> Answer:
        return None if answer is False and self.hides else answer

    @property
    def starts(self) -> Answer:
        """Whether something can be started."""
        return self._unless_hidden(None if self.state is None else self.state is not State.NONE)

    @property
    def runs(self) -> Answer:
        """Whether it runs, at a tenth of production at least."""
        return self.runs_at(RUNNING_SHARE)

    @property
    def runs_full(self) -> Answer:
        """Whether it runs at half of production at least, as each component of a full standby does."""
        return self.runs_at(FULL_SCALE_PART)

    @property
    def serves_both(self) -> Answer:
        """Whether healthy targets stand behind both."""
        return all_of((self.component.serves, self._unless_hidden(self.other.serves if self.other else False)))

    def runs_at(self, least: float) -> Answer:
        """Whether it runs at such a share of production at least; what could only be started does not."""
        if self.state not in (State.SERVING, State.IDLE):
            return self._unless_hidden(False)
        return None if self.share is None else self._unless_hidden(self.share >= least)

    @property
    def grows(self) -> bool:
        """Whether it can reach production size."""
        if self.other is None or self.component.capacity is None or self.other.unit != self.component.unit:
            return True
        most = math.inf if self.other.most is None else self.other.most
        enough = (self.other.capacity or 0) >= self.component.capacity
        return enough or (most >= self.component.capacity and not self.other.is_blocked)

    @property
    def start(self) -> Span:
        """How long it takes to serve at production size."""
        if self.state is None:
            return STARTS[State.NONE]
        span = STARTS[self.state]
        if self.state is State.SERVING and (self.share is None or self.share < 1):
            span = GROWS
        return span if self.grows else Span(span.low, math.inf)

    def describe(self) -> Json:
        """As JSON."""
        return {
            "component": self.component.arn,
            "kind": self.component.kind,
            "name": self.component.name,
            "twin": self.other.arn if self.other else None,
            "state": self.state.value if self.state else None,
            "share": None if self.share is None else round(self.share, 3),
            "start_seconds": self.start.describe(),
            "evidence": [self.fact.describe()] if self.fact else [],
        }


@dataclass(frozen=True)
class ComponentEvidence:
    """All that tells of components and of what could be started in their place."""

    account: Account
    tags: Mapping[str, Mapping[str, str]]
    groups: Every[AutoScalingGroup]
    launch_settings: Every[GroupLaunchSettings]
    instances: Every[Instance]
    instance_types: Every[InstanceType]
    images: Every[Image]
    templates: Every[LaunchTemplate]
    services: Every[EcsService]
    task_definitions: Every[TaskDefinition]
    families: Every[TaskDefinitionFamily]
    repositories: Every[Repository]
    node_groups: Every[NodeGroup]
    functions: Every[Function]
    balancers: Every[LoadBalancer]
    target_groups: Every[TargetGroup]
    target_healths: Every[TargetHealth]
    caches: Every[ReplicationGroup]
    queues: Every[QueueEntry]
    topics: Every[TopicEntry]
    source_servers: Every[SourceServer]
    subnets: Every[Subnet]

    @property
    def listing_gaps(self) -> tuple[Gap, ...]:
        """What may hide a component or its counterpart."""
        return gaps_of(
            self.groups, self.instances, self.services, self.node_groups, self.functions, self.balancers, self.caches,
            self.queues, self.topics,
        )  # fmt: skip

    @cached_property
    def vcpus(self) -> Mapping[str, int]:
        """The vCPUs of the instance types that are in use."""
        found: dict[str, int] = {}
        for one in self.instance_types.known():
            count, _ = tried(lambda one=one: one.vcpus)  # type: ignore[misc]
            if count:
                found[one.instance_type] = count
        return found

    @cached_property
    def groups_by_target(self) -> Mapping[Key, tuple[Key, ...]]:
        """The target groups of each target, by its region and its id or address."""
        found: dict[Key, tuple[Key, ...]] = {}
        for group in self.target_groups.known():
            healths, _ = tried(lambda group=group: self.target_healths.of(group))  # type: ignore[misc]
            for target in {target.id for health in healths or () for target in health.targets}:
                key = group.region, target
                found[key] = (*found.get(key, ()), ("instance", "targets", group.arn))
        return found

    @cached_property
    def target_gaps(self) -> tuple[Gap, ...]:
        """What may hide that an instance is a target."""
        return gaps_of(self.target_groups, self.target_healths)

    @cached_property
    def zone_by_subnet(self) -> Mapping[str, str]:
        """The zone of each subnet."""
        return {one.id: one.zone for one in self.subnets.known()}

    def zones(self, region: str, subnets: Iterable[str]) -> tuple[frozenset[str], tuple[Gap, ...]]:
        """The zones of subnets of a region, and what could not be read of them."""
        known = self.zone_by_subnet
        wanted = frozenset(subnets)
        if wanted <= known.keys():
            return frozenset(known[one] for one in wanted), ()
        return frozenset(), tuple(gap for gap in self.subnets.gaps if gap.region == region)

    @cached_property
    def target_group_by_arn(self) -> Mapping[str, TargetGroup]:
        """Target groups."""
        return {one.arn: one for one in self.target_groups.known()}

    @cached_property
    def target_groups_behind(self) -> Mapping[str, Sequence[str]]:
        """The ARNs of target groups, by that of the load balancer that sends to them."""
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.target_groups.known():
            for balancer in one.load_balancer_arns:
                found[balancer].append(one.arn)
        return found

    def health(self, target_groups: Sequence[str]) -> Answer:
        """Whether a healthy target stands behind each; True where there are none."""
        if not target_groups:
            return True
        return any_of(self._healthy(arn) for arn in target_groups)

    def _healthy(self, arn: str) -> Answer:
        group = self.target_group_by_arn.get(arn)
        if group is None:
            return None if self.target_groups.gaps else False
        found, gaps = tried(lambda: self.target_healths.of(group))
        return None if gaps else any(one.healthy for one in found or ())


def find_components(evidence: ComponentEvidence) -> tuple[tuple[Component, ...], tuple[Gap, ...]]:
    """The components in the order of their ARNs, and the gaps that may hide more."""
    found: list[Component] = []
    broken: list[Gap] = []
    for _, make in sorted(_makers(evidence), key=lambda one: one[0]):
        component, gaps = tried(make)
        broken += gaps
        if component is not None:
            found.append(component)
    return tuple(found), (*evidence.listing_gaps, *broken)


def _makers(evidence: ComponentEvidence) -> Iterator[tuple[str, Callable[[], Component | None]]]:
    kinds: tuple[tuple[Every[Any], Callable[[ComponentEvidence, Any], Component | None]], ...] = (
        (evidence.groups, _group),
        (evidence.instances, _instance),
        (evidence.services, _service),
        (evidence.node_groups, _node_group),
        (evidence.functions, _function),
        (evidence.balancers, _balancer),
        (evidence.caches, _cache),
        (evidence.queues, _queue),
        (evidence.topics, _topic),
    )
    for every, make in kinds:
        for one in every.known():
            yield one.arn, lambda make=make, one=one: make(evidence, one)  # type: ignore[misc]


def _keys(kind: str, name: str, tags: Mapping[str, str], *more: Key) -> frozenset[Key]:
    """By its name, and by its logical id in stacks of one name."""
    found: list[Key] = [(kind, "name", normal(name)), *more]
    stack, logical = tags.get("aws:cloudformation:stack-name"), tags.get("aws:cloudformation:logical-id")
    if stack and logical:
        found.append((kind, "logical", normal(stack), logical))
    return frozenset(found)


def _state(capacity: float, healthy: Answer) -> State:
    if not capacity:
        return State.ZERO
    return State.SERVING if healthy else State.IDLE


def _group(evidence: ComponentEvidence, group: AutoScalingGroup) -> Component | None:
    if group.is_eks_node_group:
        return None
    settings, _ = tried(lambda: evidence.launch_settings.of(group))
    made = next(iter(settings or ()), None)
    types = [one.instance_type or "" for one in group.in_service]
    unit, each = _unit(evidence, types or [(made.instance_type if made else None) or ""])
    template = normal(group.launch_template.name or "") if group.launch_template else ""
    size, healthy = len(types), evidence.health(group.target_groups)
    return Component(
        group.arn, group.group_name, "Auto Scaling group", group.region, group.tags,
        _keys("group", group.group_name, group.tags, *([("group", "template", template)] if template else ())),
        "autoscaling:DescribeAutoScalingGroups", state=_state(size, healthy), serves=healthy, capacity=size * each,
        most=group.maximum * each, unit=unit, is_blocked="Launch" in group.suspended_processes,
        image=made.image if made else None, template=template, zones=frozenset(group.zones),
    )  # fmt: skip


def _unit(evidence: ComponentEvidence, types: Sequence[str]) -> tuple[str, float]:
    """What the capacity of instances is counted in, and how much each has: vCPU, or else instances of one type."""
    if types and all(one in evidence.vcpus for one in types):
        return "vCPU", sum(evidence.vcpus[one] for one in types) / len(types)
    return "/".join(sorted(set(types))), 1.0


def _instance(evidence: ComponentEvidence, instance: Instance) -> Component | None:
    """One that stands alone; the others are members of something that is judged."""
    if instance.auto_scaling_group or instance.is_eks_node or instance.is_karpenter_node or instance.is_managed:
        return None
    unit, each = _unit(evidence, [instance.instance_type])
    state = State.SERVING if instance.is_running else State.STOPPED if instance.is_stopped else State.IDLE
    zone, unread = tried(lambda: instance.zone)
    ways = (instance.id, *([instance.private_ip] if instance.private_ip else []))
    shared = [key for one in ways for key in evidence.groups_by_target.get((instance.region, one), ())]
    return Component(
        instance.arn, instance.name, "instance", instance.region, instance.tags,
        _keys("instance", instance.name, instance.tags, *shared), "ec2:DescribeInstances", state=state,
        capacity=each if instance.is_running else 0.0, most=each, unit=unit, image=instance.image,
        template=normal(instance.tags.get("aws:ec2launchtemplate:id", "")),
        zones=frozenset({zone} if zone else ()),
        unread=(*unread, *(gap for gap in evidence.target_gaps if gap.region == instance.region)),
    )  # fmt: skip


def _service(evidence: ComponentEvidence, service: EcsService) -> Component | None:
    if not service.is_replica:
        return None
    found, _ = tried(lambda: evidence.task_definitions.of(service))
    task = next(iter(found or ()), None)
    each = float(task.cpu) / 1024 if task and task.cpu else 1.0
    unit = "vCPU" if task and task.cpu else "tasks"
    running, healthy = service.running, evidence.health(service.target_groups)
    zones, unread = evidence.zones(service.region, service.subnets)
    return Component(
        service.arn, service.service_name, "service", service.region, service.tags,
        _keys("service", service.service_name, service.tags, *([("service", "family", task.family)] if task else ())),
        "ecs:DescribeServices", state=_state(running, healthy), serves=healthy,
        capacity=running * each, unit=unit, families=(task.family,) if task else (),
        image_names=tuple(one.image for one in task.containers) if task else (), zones=zones, unread=unread,
    )  # fmt: skip


def _node_group(evidence: ComponentEvidence, group: NodeGroup) -> Component:
    zones, unread = evidence.zones(group.region, group.subnets)
    names = "/".join((normal(group.cluster_name), normal(group.node_group)))
    return Component(
        group.arn, f"{group.cluster_name}/{group.node_group}", "node group", group.region, group.tags,
        _keys("nodes", names, group.tags), "eks:DescribeNodegroup", state=_state(group.desired, True),
        capacity=float(group.desired), most=float(group.maximum), unit="/".join(sorted(group.instance_types)),
        zones=zones, unread=unread,
    )  # fmt: skip


def _function(evidence: ComponentEvidence, function: Function) -> Component | None:
    """Its capacity is made on demand; the quota of concurrent executions is judged apart."""
    if function.is_edge_replica or _HELPERS.search(function.function_name):
        return None
    tags = evidence.tags.get(function.arn, {})
    return Component(
        function.arn, function.function_name, "function", function.region, tags,
        _keys("function", function.function_name, tags), "lambda:ListFunctions", needs_network=function.is_in_vpc,
        unit="functions",
    )  # fmt: skip


def _balancer(evidence: ComponentEvidence, balancer: LoadBalancer) -> Component | None:
    if balancer.is_gateway:
        return None
    tags = evidence.tags.get(balancer.arn, {})
    behind = evidence.target_groups_behind.get(balancer.arn, ())
    healthy: Answer = None if evidence.target_groups.gaps else False
    healthy = evidence.health(behind) if behind else healthy
    return Component(
        balancer.arn, balancer.load_balancer_name, "load balancer", balancer.region, tags,
        _keys("balancer", balancer.load_balancer_name, tags), "elbv2:DescribeLoadBalancers", is_compute=False,
        state=_state(1, healthy), serves=healthy, unit="balancers",
        zones=frozenset(one.zone for one in balancer.zones),
    )  # fmt: skip


def _cache(evidence: ComponentEvidence, cache: ReplicationGroup) -> Component | None:
    tags = evidence.tags.get(cache.arn, {})
    if sessions(cache.group, cache.description, *own_words(tags)):
        return None  # a store
    return _entry(evidence, cache.arn, cache.group, "cache", cache.region, "elasticache:DescribeReplicationGroups")


def _queue(evidence: ComponentEvidence, queue: QueueEntry) -> Component:
    return _entry(evidence, queue.arn, queue.queue_name, "queue", queue.region, "sqs:ListQueues")


def _topic(evidence: ComponentEvidence, topic: TopicEntry) -> Component:
    return _entry(evidence, topic.arn, topic.name, "topic", topic.region, "sns:ListTopics")


def _entry(evidence: ComponentEvidence, arn: str, name: str, kind: str, region: str, operation: str) -> Component:
    tags = evidence.tags.get(arn, {})
    return Component(
        arn, name, kind, region, tags, _keys(kind, name, tags), operation, is_compute=False, needs_network=False
    )


class Twins:
    """Finds what stands for a component in another region."""

    def __init__(self, evidence: ComponentEvidence) -> None:
        self._evidence = evidence
        self._images = {(one.region, one.source_image): one for one in evidence.images.known() if one.source_image}
        self._by_name = {(one.region, one.image_name): one for one in evidence.images.known() if one.image_name}
        self._own = {one.id: one for one in evidence.images.known()}
        self._templates = {(one.region, normal(one.template_name)) for one in evidence.templates.known()}
        self._families = {(one.region, one.family) for one in evidence.families.known()}
        self._repositories = {(one.region, one.repository) for one in evidence.repositories.known()}
        self._sources: dict[str, list[SourceServer]] = {}
        for server in evidence.source_servers.known():
            self._sources.setdefault(server.instance or "", []).append(server)

    def of(self, component: Component, others: Iterable[Component], region: str, gaps: Sequence[Gap]) -> Twin:
        """The best counterpart among the components of a region, or what could be started there."""
        service = component.operation.partition(":")[0]
        hides = any(gap.region == region and gap.service == service for gap in gaps)
        return replace(self._best(component, others, region), hides=hides)

    def _best(self, component: Component, others: Iterable[Component], region: str) -> Twin:
        found = [_twin(component, one) for one in others if one.keys & component.keys and one.arn != component.arn]
        best = min(found, key=_order, default=None)
        if best is not None and best.state not in (State.ZERO, State.STOPPED):
            return best
        state, fact = self._startable(component, region)
        if best is not None and (state in (None, State.NONE) or STARTS[state].high >= best.start.high):
            return best
        return Twin(component, state, fact=fact)

    def _startable(self, component: Component, region: str) -> tuple[State | None, Fact | None]:
        if component.kind == "instance":
            for server in self._replicas(component, region):
                if server.replicates:
                    fact = Fact("drs:DescribeSourceServers", region, server.arn, "State", server.replication_state)
                    return State.DRS, fact
        answer = self._artifacts(component, region)
        if answer:
            return State.ARTIFACTS, Fact("ec2:DescribeImages", region, component.arn, "", "an image and a template")
        return (None if answer is None else State.NONE), None

    def _replicas(self, component: Component, region: str) -> Iterator[SourceServer]:
        for one in self._sources.get(component.arn.rpartition("/")[2], ()):
            if one.region == region and one.region != component.region:
                yield one

    def _artifacts(self, component: Component, region: str) -> Answer:
        """Whether an image and what launches it are in a region."""
        evidence = self._evidence
        if component.kind == "service" and component.families:
            there = all((region, family) in self._families for family in component.families)
            there = there and all(self._pullable(image, region) for image in component.image_names)
            unread = gaps_of(evidence.families, evidence.repositories)
        elif component.kind in ("Auto Scaling group", "instance"):
            there = self._has_image(component, region) and self._has_template(component, region)
            unread = gaps_of(evidence.images, evidence.templates, evidence.source_servers, evidence.launch_settings)
        else:
            return False
        return True if there else None if unread else False

    def _has_image(self, component: Component, region: str) -> bool:
        """A public image is in every region, under an id that the template there names."""
        own = self._own.get(component.image or "")
        if component.image is None or (own is None and self._evidence.images.gaps):
            return False
        if own is None:
            return True
        copies = (self._images.get((region, own.id)), self._by_name.get((region, own.image_name)))
        return any(one is not None and one.state == "available" for one in copies)

    def _has_template(self, component: Component, region: str) -> bool:
        names = (component.template, normal(component.name))
        return any(name and (region, name) in self._templates for name in names)

    def _pullable(self, image: str, region: str) -> bool:
        """Whether an image can be had without its own region: of a registry elsewhere, or from a repository there."""
        host, _, path = image.partition("/")
        if ".dkr.ecr." not in host:
            return True
        return (region, path.partition("@")[0].partition(":")[0]) in self._repositories


def _twin(component: Component, other: Component) -> Twin:
    share = None
    if component.capacity is not None and other.capacity is not None and component.unit == other.unit:
        share = other.capacity / component.capacity if component.capacity else 1.0
    if not other.is_compute:
        share = 1.0
    fact = Fact(other.operation, other.region, other.arn, "capacity", f"{other.capacity} {other.unit}".strip())
    return Twin(component, other.state, other, share, fact)


def _order(twin: Twin) -> tuple[int, float, str]:
    return (twin.state or State.NONE).rank, -(twin.share or 0), twin.other.arn if twin.other else ""


@dataclass(frozen=True, slots=True)
class Network:
    """The regions with a network of the account's own in two zones."""

    ready: frozenset[str]
    gaps: tuple[Gap, ...] = field(default=())

    def serves(self, region: str) -> Answer:
        """Whether a region has one."""
        return True if region in self.ready else None if any(one.region == region for one in self.gaps) else False
