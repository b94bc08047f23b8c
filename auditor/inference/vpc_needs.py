"""Which services of AWS the workloads of a VPC use, by what their roles name and what their platforms need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import Subnet, Vpc
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.eks import EksCluster
from auditor.evidence.iam import Role
from auditor.evidence.lambda_ import Function
from auditor.inference.principals import services_in
from auditor.inference.privilege import Privilege
from auditor.inference.role_use import RoleUse, instance_workload
from auditor.wiring import inference

_VPC, _VPC_ID = attrgetter("vpc"), attrgetter("vpc_id")
_ENDPOINTS: Mapping[str, tuple[str, ...]] = {"ecr": ("ecr.api", "ecr.dkr")}
"""The endpoints of services that have others than one of their IAM prefix."""
_FARGATE = ("ecr.api", "ecr.dkr", "logs", "s3")
_EKS = ("sts", "ec2", "ecr.api", "ecr.dkr", "eks-auth")


@dataclass(frozen=True, slots=True)
class User:
    """A workload that uses a service, and where it stands."""

    name: str
    subnets: tuple[str, ...]
    groups: tuple[str, ...]


class VpcNeeds:
    """Answers for each VPC; strict about what runs in its region."""

    def __init__(
        self,
        functions: Every[Function],
        services: Every[EcsService],
        definitions: Every[TaskDefinition],
        instances: Every[Instance],
        clusters: Every[EksCluster],
        subnets: Every[Subnet],
        use: RoleUse,
        privilege: Privilege,
    ) -> None:
        self._functions = functions
        self._services = services
        self._definitions = definitions
        self._instances = instances
        self._clusters = clusters
        self._subnets = subnets
        self._use = use
        self._privilege = privilege

    def of(self, vpc: Vpc) -> Mapping[str, tuple[User, ...]]:
        """The workloads of a VPC by the endpoints that they need."""
        found: dict[str, list[User]] = defaultdict(list)
        for user, names in self._users(vpc):
            for name in dict.fromkeys(names):
                found[name].append(user)
        return {name: tuple(users) for name, users in found.items()}

    def _users(self, vpc: Vpc) -> Iterator[tuple[User, tuple[str, ...]]]:
        region = vpc.region
        own = {one.id for one in self._subnets.by(_VPC_ID, region).get(vpc.id, ())}
        for function in self._functions.by(_VPC, region).get(vpc.id, ()):
            user = User(f"function {function.name}", function.subnets, function.security_groups)
            yield user, self._named(self._use.role_of(function.arn))
        for instance in (one for one in self._instances.by(_VPC, region).get(vpc.id, ()) if one.is_running):
            user = User(instance.id, (instance.subnet or "",), instance.security_groups)
            yield user, self._named(self._use.role_of(instance_workload(instance)))
        for service in (one for one in self._services.within(region) if own.intersection(one.subnets)):
            user = User(f"service {service.name}", service.subnets, service.security_groups)
            platform = _FARGATE if service.runs_on_fargate else ()
            yield user, (*platform, *self._secrets(service), *self._named(self._use.role_of(service.arn)))
        for cluster in self._clusters.by(_VPC, region).get(vpc.id, ()):
            yield User(f"cluster {cluster.name}", cluster.subnets, cluster.security_groups), _EKS

    def _named(self, role: Role | None) -> tuple[str, ...]:
        """The services that a role's statements allow by name."""
        if role is None:
            return ()
        rules = (rule for rule in self._privilege.rights(role).granted.all if rule.statement.actions)
        return tuple(_endpoints(services_in(rule for rule in rules if rule.statement.allows)))

    def _secrets(self, service: EcsService) -> tuple[str, ...]:
        """The services from which ECS fetches what it puts into a task's environment."""
        definitions = self._definitions.of(service)
        sources = (one.source for each in definitions for container in each.containers for one in container.secrets)
        return tuple("secretsmanager" if ":secretsmanager:" in one else "ssm" for one in sources)


def _endpoints(services: Iterable[str]) -> Iterator[str]:
    for service in services:
        yield from _ENDPOINTS.get(service, (service,))


@inference
def vpc_needs(
    functions: Every[Function],
    services: Every[EcsService],
    definitions: Every[TaskDefinition],
    instances: Every[Instance],
    clusters: Every[EksCluster],
    subnets: Every[Subnet],
    use: RoleUse,
    privilege: Privilege,
) -> VpcNeeds:
    """What the VPCs of the account need."""
    return VpcNeeds(functions, services, definitions, instances, clusters, subnets, use, privilege)
