"""What runs as which role, and what of it the internet reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.codebuild import BuildProject
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.iam import Role
from auditor.evidence.lambda_ import Function
from auditor.evidence.stepfunctions import StateMachine, StateMachineDefinition
from auditor.inference.function_urls import Openings, UrlCallers
from auditor.inference.graph import INTERNET, Gaps
from auditor.inference.tier_labels import route_evidence
from auditor.inference.topology import Topology
from auditor.model import NOTHING, Gap
from auditor.wiring import inference


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that acts as a role: the instances of an Auto Scaling group are one."""

    kind: str
    """`function`, `service`, `group`, `instance`, `state machine` or `build project`."""
    name: str
    arn: str
    """A group's is its name: its instances know no more."""
    role: str
    """The ARN of the role, or of the instance profile that hands it out."""
    tags: Mapping[str, str] = field(default_factory=lambda: NOTHING)
    way: str = ""
    """By what requests from the internet get to it; empty where none is known."""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class RoleUse:
    """Answers for every role of the account."""

    def __init__(
        self,
        workloads: Iterable[Workload],
        roles: Iterable[Role],
        gaps: Sequence[Gap] = (),
        ways: Gaps | None = None,
        *,
        unread_roles: Sequence[Gap] = (),
        undescribed: Mapping[str, Gap] | None = None,
        unjudged: Mapping[str, Gap] | None = None,
    ) -> None:
        self._gaps = tuple(gaps)
        self._unread_roles = tuple(unread_roles)
        self._undescribed = undescribed or {}
        """Why it is not known as what a workload runs, by its ARN."""
        self._unjudged = unjudged or {}
        """Why it is not known whether everyone may call a function's URL, by its ARN."""
        self._ways = ways or Gaps({})
        known = tuple(roles)
        self._roles = {role.arn: role for role in known}
        profiles = {profile: role.arn for role in known for profile in role.instance_profiles}
        self._by_role: dict[str, dict[str, Workload]] = defaultdict(dict)
        self._by_workload: dict[str, tuple[Workload, str]] = {}
        for one in workloads:
            role = profiles.get(one.role, one.role)
            self._by_role[role].setdefault(one.arn, one)
            self._by_workload[one.arn] = one, role

    def known(self, role: Role) -> tuple[Workload, ...]:
        """What is seen to run as a role, whatever could not be read."""
        return tuple(self._by_role.get(role.arn, {}).values())

    def all(self, role: Role) -> tuple[Workload, ...]:
        """All that runs as a role; raises `Unread` where some of it could not be read."""
        for gap in self._gaps:
            raise Unread(gap)
        return self.known(role)

    def is_used(self, role: Role) -> bool:
        """Whether something runs as a role; one that is known is enough to say yes."""
        return bool(self.known(role) or self.all(role))

    def reached(self, role: Role) -> Workload | None:
        """Something that runs as a role and is seen to get requests from the internet."""
        return next((one for one in self.known(role) if one.way), None)

    def role_of(self, arn: str) -> Role | None:
        """The role of a workload; None where it has none, or one that is gone; raises `Unread` where it is unknown."""
        if arn in self._undescribed:
            raise Unread(self._undescribed[arn])
        _, role = self._by_workload.get(arn, (None, ""))
        return self.named(role)

    def named(self, arn: str | None) -> Role | None:
        """The role of an ARN; None where it is of another account, or gone; raises `Unread` where it is not known."""
        found = self._roles.get(arn or "")
        if arn and found is None:
            for gap in self._unread_roles:
                raise Unread(gap)
        return found

    def way_to(self, arn: str, region: str) -> str:
        """By what requests from the internet get to a workload; strict about there being nothing."""
        workload, _ = self._by_workload.get(arn, (None, ""))
        if workload and workload.way:
            return workload.way
        if arn in self._unjudged:
            raise Unread(self._unjudged[arn])
        self._ways.none_of(route_evidence(workload.kind if workload else ""), region)
        return ""


def instance_workload(instance: Instance) -> str:
    """What `RoleUse` calls the workload that an instance is, or is part of."""
    group = instance.auto_scaling_group
    return f"{instance.region}/{group}" if group else instance.arn


def _workloads(
    functions: Iterable[Function],
    services: Iterable[tuple[EcsService, TaskDefinition]],
    instances: Iterable[Instance],
    machines: Iterable[tuple[StateMachine, StateMachineDefinition]],
    projects: Iterable[BuildProject],
) -> Iterator[Workload]:
    yield from (Workload("function", one.name, one.arn, one.role) for one in functions if not one.is_edge_replica)
    for service, definition in services:
        if definition.task_role:
            yield Workload("service", service.service_name, service.arn, definition.task_role, service.tags)
    for instance in instances:
        if instance.instance_profile_arn:
            group, profile = instance.auto_scaling_group, instance.instance_profile_arn
            kind, name = ("group", group) if group else ("instance", instance.id)
            yield Workload(kind, name, instance_workload(instance), profile, instance.tags)
    yield from (Workload("state machine", machine.name, machine.arn, one.role) for machine, one in machines)
    yield from (Workload("build project", one.project, one.arn, one.role, one.tags) for one in projects if one.role)


def _placed(
    one: Workload, topology: Topology, members: Mapping[str, str], openings: Mapping[str, Openings]
) -> Workload:
    """The same with its tags and the way to it, where the graph knows them.

    What leads from the internet straight to a workload is a function's URL, which is a way for whom the policy admits.
    """
    node = topology.node(members.get(one.arn, one.arn))
    if node is None:
        return one
    senders = (source.name for source in topology.entrances(node) if source.id != INTERNET)
    opened = one.arn in openings and openings[one.arn].urls
    way = next(senders, "its URL" if opened else "")
    return Workload(one.kind, one.name, one.arn, one.role, one.tags or node.tags, way)


@inference
def role_use(
    functions: Every[Function],
    services: Every[EcsService],
    definitions: Every[TaskDefinition],
    instances: Every[Instance],
    machines: Every[StateMachine],
    machine_definitions: Every[StateMachineDefinition],
    projects: Every[BuildProject],
    roles: Every[Role],
    topology: Topology,
    callers: UrlCallers,
) -> RoleUse:
    """What runs as the roles of the account."""
    found = _workloads(
        functions.known(),
        _described(services, definitions),
        instances.known(),
        _described(machines, machine_definitions),
        projects.known(),
    )
    members = {instance_workload(one): one.arn for one in instances.known()}
    sources: tuple[Every[Any], ...] = (
        functions, services, definitions, instances, machines, machine_definitions, projects,
    )  # fmt: skip
    gaps = [gap for source in sources for gap in source.gaps]
    openings = {one.arn: callers.openings(one) for one in functions.known()}
    undescribed = dict([*_undescribed(services, definitions), *_undescribed(machines, machine_definitions)])
    return RoleUse(
        (_placed(one, topology, members, openings) for one in found),
        roles.known(),
        gaps,
        topology.gaps,
        unread_roles=roles.gaps,
        undescribed=undescribed,
        unjudged={arn: one.gap for arn, one in openings.items() if one.gap},
    )


def _undescribed(resources: Every[Any], details: Every[Any]) -> Iterator[tuple[str, Gap]]:
    """Each known resource whose detail could not be read, and why."""
    for one in resources.known():
        try:
            details.of(one)
        except Unread as failure:
            yield one.arn, failure.gap


def _described(resources: Every[Any], details: Every[Any]) -> Iterator[tuple[Any, Any]]:
    """Each known resource with its detail, where that could be read."""
    for one in resources.known():
        try:
            yield from ((one, detail) for detail in details.of(one))
        except Unread:
            continue
