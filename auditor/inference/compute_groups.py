"""The part of a topology that computes: Auto Scaling groups, instances, ECS services and functions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import Container, EcsService, TaskDefinition
from auditor.evidence.elbv2 import Target, TargetGroup, TargetHealth
from auditor.evidence.iam import ManagedPolicy, Role
from auditor.evidence.lambda_ import EventSourceMapping, Function, FunctionUrl
from auditor.evidence.policy import Statement
from auditor.inference.graph import INTERNET, Draft, Node
from auditor.wiring import inference

_ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "dynamodb": {
        "read": ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Scan"),
        "write": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
    },
    "sqs": {"receive": ("sqs:ReceiveMessage",), "write": ("sqs:SendMessage",)},
    "sns": {"write": ("sns:Publish",)},
    "s3": {"read": ("s3:GetObject",), "write": ("s3:PutObject",)},
    "kinesis": {"receive": ("kinesis:GetRecords",), "write": ("kinesis:PutRecord", "kinesis:PutRecords")},
    "kafka": {"receive": ("kafka-cluster:ReadData",), "write": ("kafka-cluster:WriteData",)},
    "dax": {
        "read": ("dax:GetItem", "dax:BatchGetItem", "dax:Query", "dax:Scan"),
        "write": ("dax:PutItem", "dax:UpdateItem", "dax:DeleteItem", "dax:BatchWriteItem"),
    },
    "es": {"read": ("es:ESHttpGet",), "write": ("es:ESHttpPost", "es:ESHttpPut")},
}
"""What it takes to use a store, by the service in its ARN."""

_STREAM = "/stream/"
_TOPIC = re.compile(r"^(arn:[^:]*:kafka:[^:]*:[^:]*):topic/([^/]+/[^/]+)/.*")


@dataclass(frozen=True, slots=True)
class ComputeEvidence:
    """What is known of what computes."""

    groups: Every[AutoScalingGroup]
    launches: Every[GroupLaunchSettings]
    instances: Every[Instance]
    services: Every[EcsService]
    definitions: Every[TaskDefinition]
    functions: Every[Function]
    urls: Every[FunctionUrl]
    mappings: Every[EventSourceMapping]
    health: Every[TargetHealth]
    target_groups: Every[TargetGroup]
    roles: Every[Role]
    policies: Every[ManagedPolicy]


@inference
def compute_evidence(
    groups: Every[AutoScalingGroup],
    launches: Every[GroupLaunchSettings],
    instances: Every[Instance],
    services: Every[EcsService],
    definitions: Every[TaskDefinition],
    functions: Every[Function],
    urls: Every[FunctionUrl],
    mappings: Every[EventSourceMapping],
    health: Every[TargetHealth],
    target_groups: Every[TargetGroup],
    roles: Every[Role],
    policies: Every[ManagedPolicy],
) -> ComputeEvidence:
    """All of it, whatever could not be read."""
    return ComputeEvidence(
        groups, launches, instances, services, definitions, functions, urls, mappings, health, target_groups, roles,
        policies,
    )  # fmt: skip


class ComputeGroups:
    """Draws what computes; instances of a group are part of it."""

    def __init__(self, draft: Draft, evidence: ComputeEvidence) -> None:
        self._draft = draft
        self._evidence = evidence
        self._by_group: dict[tuple[str, str], list[Instance]] = defaultdict(list)
        self._texts: list[tuple[Node, str, str, str]] = []
        """What configurations say: the node, the field, the variable's name and its value."""
        self._roles: list[tuple[Node, str]] = []
        """Nodes, and the ARN of a role or instance profile."""
        self.targets: list[tuple[TargetGroup, Target]] = []
        """Addresses that target groups send to, for whoever knows whose they are."""

    def draw(self) -> None:
        """Nodes, and the edges that name resources by ARN or id."""
        draft, evidence = self._draft, self._evidence
        draft.each(Instance, evidence.instances, self._instance)
        draft.each(AutoScalingGroup, evidence.groups, self._group)
        for instances in self._by_group.values():
            self._without_group(instances)
        draft.each(EcsService, evidence.services, self._service)
        draft.each(Function, evidence.functions, self._function)
        draft.each(FunctionUrl, evidence.urls, self._url)
        draft.each(EventSourceMapping, evidence.mappings, self._mapping)
        draft.each(TargetGroup, evidence.target_groups, self._targets)

    def _instance(self, one: Instance) -> None:
        """Kept by its group; one that is stopped serves nobody, but still belongs to its tier."""
        group = one.auto_scaling_group
        if group:
            self._by_group[one.region, group].append(one)
        else:
            self._alone(one)

    def _alone(self, one: Instance) -> None:
        node = self._draft.add(
            one, "instance", vpc=one.vpc or "", subnets=_some(one.subnet), zones=(one.zone,),
            groups=one.security_groups, is_public=bool(one.public_ip),
        )  # fmt: skip
        self._holds(node, [one])
        if one.instance_profile_arn:
            self._roles.append((node, one.instance_profile_arn))

    def _holds(self, node: Node, instances: Iterable[Instance]) -> None:
        for one in instances:
            self._draft.aliases[one.id] = self._draft.aliases[one.arn] = node.id
            self._draft.served_at(node.id, one.public_ip, one.public_dns, one.private_ip)

    def _group(self, group: AutoScalingGroup) -> None:
        instances = self._by_group.pop((group.region, group.group_name), [])
        launch = next(iter(self._draft.details(GroupLaunchSettings, self._evidence.launches, group)), None)
        own = tuple(dict.fromkeys(name for one in instances for name in one.security_groups))
        node = self._draft.add(
            group, "auto_scaling_group", vpc=next((one.vpc for one in instances if one.vpc), ""),
            subnets=tuple(sorted({one.subnet for one in instances if one.subnet})) or group.subnets,
            zones=tuple(sorted({one.zone for one in instances} or group.zones)),
            groups=own or (launch.security_groups if launch else ()),
            is_public=any(one.public_ip for one in instances), members=tuple(sorted(one.id for one in instances)),
        )  # fmt: skip
        self._holds(node, instances)
        profiles = {one.instance_profile_arn for one in instances} | {launch.instance_profile_arn if launch else None}
        self._roles += ((node, profile) for profile in sorted(filter(None, profiles)))
        for arn in (*group.target_groups, *group.traffic_sources):
            given = "autoscaling:DescribeAutoScalingGroups TargetGroupARNs"
            self._draft.link(arn, node.id, "route", given, arn)

    def _without_group(self, instances: Iterable[Instance]) -> None:
        """Instances whose tag names a group that is not listed."""
        for one in instances:
            self._alone(one)

    def _service(self, service: EcsService) -> None:
        node = self._draft.add(
            service, "ecs_service", subnets=service.subnets, groups=service.security_groups,
            is_public=service.assigns_public_ip,
        )  # fmt: skip
        for arn in service.target_groups:
            self._draft.link(arn, node.id, "route", "ecs:DescribeServices loadBalancers[].targetGroupArn", arn)
        for definition in self._draft.details(TaskDefinition, self._evidence.definitions, service):
            if definition.task_role:
                self._roles.append((node, definition.task_role))
            for container in definition.containers:
                self._texts += ((node, given, name, value) for given, name, value in _said(container))

    def _function(self, one: Function) -> None:
        if one.is_edge_replica:
            return
        node = self._draft.add(one, "function", vpc=one.vpc or "", subnets=one.subnets, groups=one.security_groups)
        self._roles.append((node, one.role))
        given = "lambda:ListFunctions Environment.Variables"
        self._texts += ((node, given, name, value) for name, value in one.environment.items())
        for system in one.file_systems:
            self._texts.append((node, "lambda:ListFunctions FileSystemConfigs[].Arn", system, system))

    def _url(self, url: FunctionUrl) -> None:
        arn = url.enclosing(Function).arn
        host = url.url.partition("://")[2].rstrip("/")
        self._draft.served_at(arn, host)
        self._draft.link(INTERNET, arn, "route", "lambda:ListFunctionUrlConfigs FunctionUrl", host)

    def _mapping(self, one: EventSourceMapping) -> None:
        if one.source and one.is_enabled:
            source = one.source.partition(_STREAM)[0] if ":dynamodb:" in one.source else one.source
            given = "lambda:ListEventSourceMappings EventSourceArn"
            self._draft.link(source, one.function, "event", given, one.source)

    def _targets(self, group: TargetGroup) -> None:
        given = "elbv2:DescribeTargetHealth Target.Id"
        for health in self._draft.details(TargetHealth, self._evidence.health, group):
            for target in health.targets:
                if group.target_type == "ip":
                    self.targets.append((group, target))
                else:
                    self._draft.link(group.arn, _bare(target.id), "route", given, port=target.port)

    def connect(self, others: Iterable[tuple[Node, str]]) -> None:
        """The edges that follow names in configurations and ARNs in policies; `others` act as roles, too."""
        for node, given, name, value in self._texts:
            for naming in self._draft.named(value, node.region):
                self._draft.link(node.id, naming.node, "environment", given, name, mode=naming.mode)
        Grants(self._draft, self._evidence.roles, self._evidence.policies).connect((*self._roles, *others))


def _said(container: Container) -> Iterator[tuple[str, str, str]]:
    """Field, variable and value of what a container's configuration says."""
    for name, value in container.environment.items():
        yield "ecs:DescribeTaskDefinition containerDefinitions[].environment", name, value
    for secret in container.secrets:
        yield "ecs:DescribeTaskDefinition containerDefinitions[].secrets", secret.variable, secret.source


def _bare(target: str) -> str:
    """A function's ARN without alias or version; what is no function's stays as it is."""
    return ":".join(target.split(":")[:7]) if ":function:" in target else target


def _some(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


class Grants:
    """Which stores the roles of workloads name; a role that many share is read once."""

    def __init__(self, draft: Draft, roles: Every[Role], policies: Every[ManagedPolicy]) -> None:
        self._draft = draft
        self._documents: dict[str, tuple[Statement, ...]] = {}
        self._known: dict[str, Role] = {}
        self._made: dict[str, tuple[tuple[str, str], ...]] = {}
        draft.each(ManagedPolicy, policies, self._policy)
        draft.each(Role, roles, self._role)

    def _policy(self, policy: ManagedPolicy) -> None:
        self._documents[policy.arn] = policy.document.allowing

    def _role(self, role: Role) -> None:
        for arn in (role.arn, *role.instance_profiles):
            self._known[arn] = role

    def connect(self, holders: Iterable[tuple[Node, str]]) -> None:
        """An edge from each workload to each store that its role names by its ARN and lets it use."""
        given = "iam:GetAccountAuthorizationDetails PolicyDocument.Statement[].Resource"
        for node, arn in holders:
            role = self._known.get(arn)
            if role is None:
                continue
            if role.arn not in self._made:
                self._made[role.arn] = tuple(self._granted(role))
            for store, mode in self._made[role.arn]:
                self._draft.link(node.id, store, "role", given, role.arn, mode=mode)

    def _granted(self, role: Role) -> Iterator[tuple[str, str]]:
        """Stores and modes, such as `read,write`."""
        own = (statement for policy in role.inline_policies for statement in policy.document.allowing)
        attached = (statement for arn in role.attached_policies for statement in self._documents.get(arn, ()))
        modes: dict[str, set[str]] = defaultdict(set)
        for statement in (*own, *attached):
            for pattern in statement.resources:
                store = _store(pattern)
                if store in self._draft.nodes:
                    modes[store] |= _modes(statement, store)
        for store in sorted(modes):
            if modes[store]:
                yield store, ",".join(sorted(modes[store]))


def _store(pattern: str) -> str:
    """The ARN of a store that a resource pattern is for; one with wildcards elsewhere than at its end is none.

    An index stands for its table, and a topic of Kafka for its cluster.
    """
    bare = _TOPIC.sub(r"\1:cluster/\2", pattern.partition("/index/")[0])
    return bare.removesuffix("/*").removesuffix("*") if bare.endswith("*") else bare


def _modes(statement: Statement, store: str) -> set[str]:
    service = store.partition(":")[2].partition(":")[2].partition(":")[0]
    by_mode = _ACTIONS.get(service, {})
    return {mode for mode, actions in by_mode.items() if any(statement.covers_action(one) for one in actions)}
