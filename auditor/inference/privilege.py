"""Which principals are administrators, which can become one, and by which chain of steps.

    privilege.administrator(role)       # a Grant: certain, possible, or not
    chain = privilege.escalation(user)  # None, or the shortest chain of steps to an administrator
    chain.text, chain.certain, chain.cheapest.label

Principals are nodes; a step from one to another is an assumed role, credentials or trust of the other that the first
may change, a role that it may pass to a service, or what already runs as the other and may be taken over. A chain is a
possibility, not an event. The ways are data: escalation.yaml.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.iam import CredentialReport, Group, ManagedPolicy, Principal, Role, User
from auditor.evidence.lambda_ import Function
from auditor.evidence.organizations import GuardrailDocument, GuardrailPolicy, Organization
from auditor.evidence.policy import Names, PolicyDocument
from auditor.evidence.stepfunctions import StateMachine, StateMachineDefinition
from auditor.inference.access import guardrails
from auditor.inference.escalation import ADMINISTRATOR, Held, Step, Steps, first
from auditor.inference.policy import Grant, Rights, Rule, Rules, Truth, welcome
from auditor.inference.principals import Builder, Node, administrator, services_in
from auditor.model import GLOBAL, Account, Gap, GapKind
from auditor.wiring import inference

MAX_HOPS = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that chains need, and how many starts' chains break without it."""

    rule: Rule
    breaks: int
    of: int
    """How many starts have a chain."""

    @property
    def label(self) -> str:
        """How a reason names it."""
        return self.rule.label


@dataclass(frozen=True, slots=True)
class Escalation:
    """The shortest chain from a principal to an administrator."""

    steps: tuple[Step, ...]
    cheapest: Fact
    """The statement of this chain whose change breaks the chains of most principals."""

    @property
    def certain(self) -> bool:
        """Whether no step depends on what could not be told."""
        return all(step.certain for step in self.steps)

    @property
    def unresolved(self) -> Names:
        """What it depends on."""
        return tuple(dict.fromkeys(key for step in self.steps for key in step.unresolved))

    @property
    def text(self) -> str:
        """Step by step, in words."""
        return ", then ".join(step.text for step in self.steps)

    @property
    def end(self) -> str:
        """The ARN of the administrator that it leads to, or of the last to give itself all rights."""
        last = self.steps[-1]
        return last.source if last.target == ADMINISTRATOR else last.target


class Privilege:
    """Answers for every principal of the account.

    What is found in what could be read holds; that nothing is found is said only where all could be read.
    """

    def __init__(
        self,
        account: Account,
        nodes: Sequence[Node],
        held: Sequence[Held],
        sources: Sequence[Every[Any]] = (),
        *,
        inventory: Sequence[Every[Any]] = (),
        guardrails_known: bool = True,
    ) -> None:
        self.guardrails_known = guardrails_known
        """Whether the organization's service control policies were read, or there are none that bind the account."""
        self._nodes = {node.arn: node for node in nodes}
        self._by_action: dict[str, tuple[Node, ...]] = {}
        self._sources = tuple(sources)
        """Principals and policies: what rights are made of."""
        self._inventory = tuple(inventory)
        """What runs as roles: chains may lead over it, rights do not depend on it."""
        services = tuple(dict.fromkeys(name for node in nodes for name in services_in(node.rights.granted.all)))
        for node in nodes:
            node.admin = administrator(node.rights, services)
        steps = Steps(self._nodes, held, account.partition, services)
        self._searches = tuple(_Search(steps, nodes, certain=certain) for certain in (True, False))

    def rights(self, principal: Principal) -> Rights:
        """What a principal may do; raises `Unread` where a policy of it could not be read."""
        return self._node(principal).rights

    def can(
        self, principal: Principal, action: str, resource: str, policy: PolicyDocument | None = None, *,
        delegates: bool = True,
    ) -> Grant:  # fmt: skip
        """Whether a principal may act on a resource, whose policy may add or refuse.

        A key's policy must name the account for the account's policies to count: `delegates=False`.
        """
        rights = self.rights(principal)
        if policy is None:
            return rights.can(action, resource)
        said = welcome(policy, principal.arn, action, resource, rights.known)
        return rights.joined(said, action, resource, delegates=delegates)

    def holders(
        self, action: str, resource: str, policy: PolicyDocument | None = None, *, delegates: bool = True
    ) -> tuple[tuple[Principal, Grant], ...]:
        """The users and roles that may act on a resource, or may on a condition; strict about what was read."""
        self._strict()
        allows = policy is not None and any(one.allows for one in policy.statements)
        principals = (
            node.principal for node in (self._nodes.values() if allows else self._allowed(action)) if node.starts
        )
        answers = ((one, self.can(one, action, resource, policy, delegates=delegates)) for one in principals)
        return tuple((one, grant) for one, grant in answers if grant.possible)

    def _allowed(self, action: str) -> tuple[Node, ...]:
        """Those whose own policies allow an action somewhere, or may: who else has it, a resource must name."""
        if action not in self._by_action:
            found = (one for one in self._nodes.values() if one.missing or one.rights.granted.about(action)[0])
            self._by_action[action] = tuple(found)
        return self._by_action[action]

    def administrator(self, principal: Principal) -> Grant:
        """Whether a principal may do everything, within its boundary and the policies of the organization."""
        return self._node(principal).admin

    def seems_strong(self, principal: Principal) -> Truth:
        """Whether it is an administrator, or can become one; None where that is neither seen nor ruled out.

        It tells how grave a finding is that stands without it, so it never raises.
        """
        node = self._nodes.get(principal.arn)
        if node and (node.admin.possible or (node.starts and self._chain(node, MAX_HOPS))):
            return True
        is_known = node and not node.missing and not any(self._gaps(self._sources, self._inventory))
        return False if is_known else None

    def escalation(self, principal: Principal, *, max_hops: int = MAX_HOPS) -> Escalation | None:
        """The shortest chain that makes a principal an administrator: of certain steps, if there is one.

        None for administrators. Raises `Unread` where none was found and not everything could be read.
        """
        node = self._node(principal)
        if node.admin.possible or not node.starts:
            return None
        if steps := self._chain(node, max_hops):
            return Escalation(steps, self._cheapest(steps))
        self._strict(self._inventory)
        return None

    def _chain(self, node: Node, max_hops: int) -> tuple[Step, ...]:
        """Of certain steps, if there is one."""
        return next(filter(None, (search.chain(node, max_hops) for search in self._searches)), ())

    def _node(self, principal: Principal) -> Node:
        node = self._nodes.get(principal.arn)
        if node is None or node.missing:
            self._strict()
            raise _unread(principal.arn)
        return node

    def _strict(self, inventory: Sequence[Every[Any]] = ()) -> None:
        """Raises for what could not be read of principals, their policies and what else is asked for."""
        for gap in self._gaps(self._sources, inventory):
            raise Unread(gap)

    def _gaps(self, *kinds: Sequence[Every[Any]]) -> Iterator[Gap]:
        yield from (gap for sources in kinds for source in sources for gap in source.gaps)
        yield from (_unread(arn).gap for arn in self._missing)

    @functools.cached_property
    def _missing(self) -> tuple[str, ...]:
        return tuple(arn for node in self._nodes.values() for arn in node.missing)

    @functools.cached_property
    def _breaks(self) -> tuple[Counter[int], int]:
        """How many starts' chains each statement carries, and how many starts there are."""
        counts: Counter[int] = Counter()
        starts = 0
        for node in self._nodes.values():
            steps = self._chain(node, MAX_HOPS)
            if node.starts and steps:
                starts += 1
                counts.update({id(rule.statement) for step in steps for rule in step.rules})
        return counts, starts

    def _cheapest(self, steps: Sequence[Step]) -> Fact:
        """Of the statements of a chain the one that carries most chains; of equals the first, and one's own."""
        counts, starts = self._breaks
        rules = [rule for step in steps for rule in step.rules]
        best = max(rules, key=lambda rule: counts[id(rule.statement)])
        return Fact(best, counts[id(best.statement)], starts)


def _unread(arn: str) -> Unread:
    """A policy or principal that is not where it should be: unknown, not without rights."""
    action = "iam:GetAccountAuthorizationDetails"
    service, _, operation = action.partition(":")
    return Unread(Gap(GapKind.FIELD_MISSING, service, operation, action, GLOBAL, arn, "it is not among the details"))


class _Search:
    """Breadth first, backward from the administrators, as deep as was asked for."""

    def __init__(self, steps: Steps, nodes: Iterable[Node], *, certain: bool) -> None:
        self._steps = steps
        self._is_certain = certain
        several = tuple(nodes)
        self._frontier = [one for one in several if (one.admin.certain if certain else one.admin.possible)]
        self._waiting = [one for one in several if not one.admin.possible and not one.missing]
        self._depth = 0
        self._found: dict[str, tuple[int, Step]] = {}

    def chain(self, start: Node, hops: int) -> tuple[Step, ...]:
        """The shortest chain from a principal, if it has so few steps."""
        while self._depth < hops and (self._frontier or not self._depth):
            self._deepen()
        depth, _ = self._found.get(start.arn, (hops + 1, None))
        here, steps = start.arn, []
        while depth <= hops and here in self._found:
            steps.append(self._found[here][1])
            here = steps[-1].target
        return tuple(steps)

    def _deepen(self) -> None:
        self._depth += 1
        reached = []
        for node in self._waiting:
            step = first(one for one in self._ahead(node) if one and (one.certain or not self._is_certain))
            if step:
                self._found[node.arn] = self._depth, step
                reached.append(node)
        self._waiting = [node for node in self._waiting if node.arn not in self._found]
        self._frontier = reached

    def _ahead(self, node: Node) -> Iterator[Step | None]:
        """Steps that end it, and steps to those that were reached last."""
        if self._depth == 1 and not node.is_linked:
            yield self._steps.alone(node)
        for target in self._frontier:
            step = self._steps.between(node, target)
            if step and target.admin.unresolved:  # it must be an administrator, too
                doubts = dict.fromkeys((*step.unresolved, *target.admin.unresolved))
                yield replace(step, unresolved=tuple(doubts))
            else:
                yield step


# ---- made of the account's evidence


def _held(
    functions: Iterable[Function],
    instances: Iterable[Instance],
    services: Iterable[EcsService],
    definitions: Iterable[TaskDefinition],
    machines: Iterable[tuple[StateMachine, StateMachineDefinition]],
) -> Iterator[Held]:
    """What runs as a role."""
    yield from (Held("function", one.arn, one.name, one.role) for one in functions)
    for instance in instances:
        if instance.instance_profile_arn:
            yield Held("instance", instance.arn, instance.id, instance.instance_profile_arn)
    roles = {one.arn: one.task_role for one in definitions}
    for service in services:
        role = roles.get(service.task_definition or "")
        if role and service.execute_command:
            yield Held("task", service.arn.replace(":service/", ":task/"), f"service {service.name}", role)
    yield from (Held("state_machine", machine.arn, machine.name, one.role) for machine, one in machines)


@inference
def privilege(
    account: Account,
    users: Every[User],
    groups: Every[Group],
    roles: Every[Role],
    policies: Every[ManagedPolicy],
    credentials: Every[CredentialReport],
    organizations: Every[Organization],
    controls: Every[GuardrailPolicy],
    documents: Every[GuardrailDocument],
    functions: Every[Function],
    instances: Every[Instance],
    services: Every[EcsService],
    definitions: Every[TaskDefinition],
    machines: Every[StateMachine],
    machine_definitions: Every[StateMachineDefinition],
) -> Privilege:
    """Rights, administrators and chains to them, of all users and roles of the account.

    Service control policies are taken together: what each level above the account allows is not told apart.
    """
    own = next(iter(organizations.known()), None)
    is_bound = bool(organizations.gaps) or (own is not None and own.management_account != account.id)
    ceilings = _ceilings(controls, documents) if is_bound else []
    builder = Builder(
        account,
        policies.known(),
        credentials.known(),
        own,
        ceilings,
        membership_known=own is not None or not organizations.gaps,
    )
    pairs = [(one, described) for one in machines.known() for described in _described(machine_definitions, one)]
    held = tuple(_held(functions.known(), instances.known(), services.known(), definitions.known(), pairs))
    nodes = _nodes(builder, users.known(), groups.known(), roles.known())
    inventory: tuple[Every[Any], ...] = (functions, instances, services, definitions, machines, machine_definitions)
    if users.known():
        inventory += (credentials,)
    sources = (users, groups, roles, policies)
    known = not is_bound or bool(ceilings)
    return Privilege(account, nodes, held, sources, inventory=inventory, guardrails_known=known)


def _ceilings(controls: Every[GuardrailPolicy], documents: Every[GuardrailDocument]) -> list[Rules]:
    found = guardrails("SERVICE_CONTROL_POLICY", controls, documents)
    rules = (Rule(one, "a service control policy") for document in found for one in document.statements)
    return [Rules(rules)] if found else []


def _nodes(builder: Builder, users: Iterable[User], groups: Iterable[Group], roles: Iterable[Role]) -> list[Node]:
    grouped = {one.group_name: builder.group(one) for one in groups}
    members = (builder.user(one, grouped) for one in users)
    return [*members, *map(builder.role, roles), *grouped.values()]


def _described(definitions: Every[StateMachineDefinition], machine: StateMachine) -> Sequence[StateMachineDefinition]:
    return () if definitions.gaps else definitions.of(machine)
