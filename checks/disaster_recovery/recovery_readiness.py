"""Standby capacity and artifacts in the recovery Region."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta

from auditor.every import Every
from auditor.evidence.acm import Certificate
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.cloudformation import Stack
from auditor.evidence.ec2 import Image, Instance, InstanceType, OfferedInstanceTypes, Volume
from auditor.evidence.ec2_network import ElasticIp, Vpc
from auditor.evidence.ecr import ContainerImage
from auditor.evidence.ecs import EcsService, TaskDefinition
from auditor.evidence.elbv2 import Listener, LoadBalancer
from auditor.evidence.kms import Key
from auditor.evidence.lambda_ import Function
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.secretsmanager import Secret, SecretReplication
from auditor.evidence.servicequotas import ServiceQuota
from auditor.evidence.ssm import Parameter
from auditor.inference.baseline import Baseline
from auditor.inference.recovery import Posture, Recovery
from auditor.inference.recovery.figures import State
from auditor.inference.recovery.names import normal
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed, unknown
from auditor.wiring import check
from auditor.workloads import Strategy

_MOST = 5


def _some(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:_MOST]) + (f" and {len(found) - _MOST} more" if len(found) > _MOST else "")


def _arn(resource: Function | EcsService) -> str:
    return resource.arn


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL02-BP03"])
def dr_region_enabled_and_networked(account: Account, recovery: Recovery) -> Verdict:
    """The recovery region has a network ready for the workload.

    Why: a VPC, its routes and its addresses take days to plan and are not made in the hour of a disaster.
    Fix: make a VPC of the workload's own in the recovery region, with subnets in two zones and a block of addresses
        that overlaps no other.
    """
    return recovery.verdict(lambda one: _network(one, account))


def _network(posture: Posture, account: Account) -> Verdict:
    if posture.recovery is None:
        return posture.lacks("it has no recovery region", posture.gaps_of_standby)
    if posture.recovery not in account.regions:
        return unknown(f"its recovery region {posture.recovery} was not scanned")
    if not any(one.component.needs_network for one in posture.compute):
        return posture.lacks("it needs no network", posture.world.unseen.components)
    ready = posture.predicates["network_ready"]
    if ready.holds is None:
        return unknown(f"its network in {posture.recovery} is not known, as {ready.unread[0].reason}")
    if ready.holds:
        return passed(f"{posture.recovery} has a VPC with subnets in two zones")
    return failed(
        f"{posture.recovery} has no VPC, other than the default one, with subnets in two zones",
        severity=None if posture.wants_standby else Severity.LOW,
    )


@check(severity=Severity.HIGH, practices=["REL13-BP02", "REL01-BP06"])
def autoscaling_group_dr_reaches_production_size(group: AutoScalingGroup, recovery: Recovery) -> Verdict:
    """Standby groups in the recovery region can grow to production size.

    Why: a standby that stops growing below production fails under the load that it was made for.
    Fix: raise MaxSize of the group in the recovery region to the desired capacity of production, and resume its
        Launch process.
    """
    twin = recovery.twin_of(group.arn)
    if twin is not None and twin.other is None and twin.hides:
        return unknown("whether it has a counterpart in the recovery region could not be read")
    if twin is None or twin.other is None:
        owner = recovery.owner(group.arn)
        what = "it has no counterpart in another region"
        return not_applicable(what) if owner is None else owner.lacks(what, () if twin else owner.gaps_of_standby)
    there, own = twin.other, twin.component
    if there.is_blocked:
        return failed(f"{there.name} in {there.region} cannot launch: its process Launch is suspended")
    if there.unit != own.unit or there.most is None or own.capacity is None:
        return unknown(f"{there.name} counts {there.unit}, and {own.name} counts {own.unit}")
    if there.most < own.capacity:
        return failed(f"{there.name} in {there.region} grows to {there.most:g} {there.unit}; {own.capacity:g} run here")
    return passed(f"{there.name} in {there.region} grows to {there.most:g} {there.unit}; {own.capacity:g} run here")


@check(severity=Severity.HIGH, practices=["REL13-BP04", "REL13-BP02"])
def ec2_image_copied_to_dr_region(
    group: AutoScalingGroup,
    settings: GroupLaunchSettings,
    images: Every[Image],
    recovery: Recovery,
    *,
    max_lag_days: int = 7,
) -> Verdict:
    """Current machine images are copied to the recovery region.

    Why: an image stands in one region; without a copy nothing can be launched elsewhere while that region is down.
    Fix: copy each image as it is released (CopyImage, or distribution settings of EC2 Image Builder) and let the
        launch template there name the copy.
    """
    place = _standby_of(group.region, recovery)
    if isinstance(place, Verdict):
        return place
    own = next((one for one in images.within(group.region) if one.id == settings.image), None)
    if own is None:
        return not_applicable(f"its image {settings.image} is not of the account")
    there = [one for one in images.within(place) if _is_copy(one, own)]
    if not there:
        return failed(f"{place} has no copy of {own.id} ({own.image_name})")
    newest = max(there, key=lambda one: one.created)
    if own.created - newest.created > timedelta(days=max_lag_days):
        return failed(f"the copy {newest.id} in {place} is {(own.created - newest.created).days} days older")
    return passed(f"{place} has the copy {newest.id}")


def _standby_of(region: str, recovery: Recovery) -> str | Verdict:
    """The region of the standby of what is in a region; or why there is nothing to judge."""
    beside = recovery.beside(region)
    if beside is None or beside.recovery is None:
        return not_applicable("no workload of its region is meant to have a standby")
    if beside.recovery not in beside.world.account.regions:
        return unknown(f"the recovery region {beside.recovery} was not scanned")
    return beside.recovery


def _is_copy(there: Image, own: Image) -> bool:
    by_source = there.source_image == own.id and there.source_region == own.region
    return there.state == "available" and (by_source or (bool(own.image_name) and there.image_name == own.image_name))


@check(severity=Severity.HIGH, practices=["REL13-BP04", "REL13-BP02"])
def ecr_image_present_in_dr_region(
    service: EcsService, task: TaskDefinition, images: Every[ContainerImage], recovery: Recovery
) -> Verdict:
    """Container images in use can be pulled in the recovery region.

    Why: a task that pulls from the region that is down does not start.
    Fix: add a replication rule of the registry (PutReplicationConfiguration) that covers the repository, push the
        image once more so that it is copied, and name the registry of the region in task definitions there.
    """
    if twin := next(
        (one for each in recovery for one in each.twins if one.other and one.other.arn == service.arn), None
    ):
        foreign = [one.image for one in task.containers if f".dkr.ecr.{twin.component.region}." in one.image]
        if foreign:
            return failed(f"it pulls {_some(foreign)} from the region that it stands in for")
        return passed("it pulls nothing from the region that it stands in for")
    place = _standby_of(service.region, recovery)
    if isinstance(place, Verdict):
        return place
    used = [_image(one.image) for one in task.containers if f".dkr.ecr.{service.region}." in one.image]
    if not used:
        return not_applicable("it uses no image of a private registry of its region")
    there = images.within(place)
    missing = [f"{name}:{mark}" for name, mark in used if not any(_matches(one, name, mark) for one in there)]
    if missing:
        return failed(f"{place} has no {_some(missing)}")
    return passed(f"{place} has {_some(f'{name}:{mark}' for name, mark in used)}")


def _image(uri: str) -> tuple[str, str]:
    """The repository, and the digest or the tag."""
    path = uri.partition("/")[2]
    name, at_sign, digest = path.partition("@")
    if at_sign:
        return name.partition(":")[0], digest
    name, _, mark = path.partition(":")
    return name, mark or "latest"


def _matches(image: ContainerImage, repository: str, mark: str) -> bool:
    return image.repository == repository and (mark == image.digest or mark in image.image_tags)


@check(severity=Severity.MEDIUM, practices=["REL13-BP04", "OPS05-BP03"])
def cloudformation_stack_dr_parity(
    stack: Stack, stacks: Every[Stack], recovery: Recovery, *, max_lag_days: int = 7
) -> Verdict:
    """Stacks of a workload exist in the recovery region and match production.

    Why: a standby that was deployed once and not since runs last year's release, or fails to.
    Fix: deploy both regions by one pipeline or a stack set, and repair the named stack.
    """
    place = _standby_of(stack.region, recovery)
    if isinstance(place, Verdict):
        return place
    if stack.is_nested or not stack.is_settled:
        return not_applicable("it is part of another stack, or not settled")
    found = [one for one in stacks.within(place) if _same_stack(one, stack)]
    if not found:
        return failed(f"{place} has no such stack")
    there = max(found, key=lambda one: one.changed)
    if not there.is_settled:
        return failed(f"{there.stack} in {there.region} is {there.status}")
    if there.drift == "DRIFTED":
        return failed(f"{there.stack} in {there.region} has drifted from its template")
    late = stack.changed - there.changed
    if late > timedelta(days=max_lag_days):
        return failed(f"{there.stack} in {there.region} was last changed {late.days} days before it")
    return passed(f"{there.stack} in {there.region} is as new")


def _same_stack(there: Stack, here: Stack) -> bool:
    """By name; the stacks of a stack set have its name and an id of their own."""
    return not there.is_nested and _bare(there) == _bare(here)


def _bare(stack: Stack) -> str:
    return normal(
        stack.stack.rpartition("-")[0] if stack.is_of_stack_set and stack.stack.count("-") > 1 else stack.stack
    )


@check(severity=Severity.MEDIUM, practices=["REL13-BP04"])
def lambda_function_dr_code_parity(function: Function, functions: Every[Function], recovery: Recovery) -> Verdict:
    """Functions in the recovery region run the same code and settings.

    Why: after a failover the old code meets the new data.
    Fix: deploy both regions by one pipeline; compare CodeSha256 in a test of it.
    """
    twin = recovery.twin_of(function.arn)
    owner = recovery.owner(function.arn)
    if owner is None:
        return not_applicable("it belongs to no workload")
    if twin is None or not owner.wants_standby:
        return owner.lacks("its workload is not meant to have a standby", owner.gaps_of_intent)
    if twin.other is None:
        if twin.state is None or twin.hides:
            functions.within(owner.recovery or "")
            return unknown(f"whether {owner.recovery} has it is not known")
        severe = owner.intended.rank >= Strategy.WARM_STANDBY.rank
        return failed(f"{owner.recovery} has no such function", severity=Severity.HIGH if severe else None)
    there = functions.by(_arn)[twin.other.arn][0]
    if there.code_sha256 != function.code_sha256:
        return failed(f"{there.function_name} in {there.region} runs other code")
    other = [name for name, differs in _differences(function, there).items() if differs]
    if other:
        return failed(f"{there.function_name} in {there.region} differs in {_some(other)}", severity=Severity.LOW)
    return passed(f"{there.function_name} in {there.region} runs the same code with the same settings")


def _differences(here: Function, there: Function) -> Mapping[str, bool]:
    return {
        "its runtime": here.runtime != there.runtime,
        "its handler": here.handler != there.handler,
        "its memory": here.memory != there.memory,
        "its timeout": here.timeout != there.timeout,
        "its architecture": set(here.architectures) != set(there.architectures),
        "its layers": _layers(here) != _layers(there),
        "the names of its variables": set(here.environment) != set(there.environment),
    }


def _layers(function: Function) -> set[str]:
    return {one.arn.split(":layer:")[-1] for one in function.layers}


@check(severity=Severity.MEDIUM, practices=["REL13-BP04"])
def ecs_task_definition_dr_parity(
    service: EcsService,
    task: TaskDefinition,
    services: Every[EcsService],
    tasks: Every[TaskDefinition],
    recovery: Recovery,
) -> Verdict:
    """ECS services in the recovery region run the same release as production.

    Why: after a failover customers meet another release, or one that calls back into the region that is down.
    Fix: deploy both regions by one pipeline, and let variables and secrets name what is in the region itself.
    """
    twin, owner = recovery.twin_of(service.arn), recovery.owner(service.arn)
    if owner is None:
        return not_applicable("it belongs to no workload")
    if twin is None or not owner.wants_standby:
        return owner.lacks("its workload is not meant to have a standby", owner.gaps_of_intent)
    if twin.other is None:
        if twin.state not in (None, State.NONE):
            return not_applicable("it is started from artifacts")
        if twin.state is None or twin.hides:
            services.within(owner.recovery or "")
            return unknown(f"whether {owner.recovery} has it is not known")
        return failed(f"{owner.recovery} has no such service")
    there = next(iter(tasks.of(services.by(_arn)[twin.other.arn][0])), None)
    if there is None:
        return unknown(f"the task definition of {twin.other.name} is not known")
    wrong = [*_release(task, there), *_foreign(there, service.region)]
    if wrong:
        return failed(f"{twin.other.name} in {twin.other.region} {'; '.join(wrong[:_MOST])}")
    return passed(f"{twin.other.name} in {twin.other.region} runs the same release")


def _release(here: TaskDefinition, there: TaskDefinition) -> Iterator[str]:
    if sorted(one.image.partition("/")[2] for one in here.containers) != sorted(
        one.image.partition("/")[2] for one in there.containers
    ):
        yield f"runs {_some(one.image.partition('/')[2] for one in there.containers)}"
    if (here.cpu, here.memory) != (there.cpu, there.memory):
        yield f"has {there.cpu} CPU units and {there.memory} MiB, not {here.cpu} and {here.memory}"
    names = ({name for one in task.containers for name in one.environment} for task in (here, there))
    if len({frozenset(one) for one in names}) > 1:
        yield "has other variables"


def _foreign(there: TaskDefinition, region: str) -> Iterator[str]:
    """What of it names the region that it stands in for."""
    for one in there.containers:
        for secret in one.secrets:
            if f":{region}:" in secret.source:
                yield f"takes {secret.variable} from {region}"
        for name, value in one.environment.items():
            if f":{region}:" in value or f".{region}." in value:
                yield f"has {name} of {region}"


_AWS_PREFIXES = ("/aws/", "/cdk-bootstrap/")


@check(severity=Severity.MEDIUM, practices=["REL13-BP04"])
def ssm_parameter_present_in_dr_region(region: Region, parameters: Every[Parameter], recovery: Recovery) -> Verdict:
    """Configuration parameters exist in the recovery region.

    Why: Parameter Store does not replicate; the first missing name stops the first task that starts.
    Fix: write parameters to both regions by the pipeline that deploys them.
    """
    place = _standby_of(region.name, recovery)
    if isinstance(place, Verdict):
        return place
    here = {one.parameter for one in parameters.within(region.name) if not one.parameter.startswith(_AWS_PREFIXES)}
    if not here:
        return not_applicable("it has no parameters")
    there = {normal(one.parameter) for one in parameters.within(place)}
    missing = [one for one in here if normal(one) not in there]
    if missing:
        return failed(f"{place} lacks {len(missing)} of {len(here)} parameters: {_some(missing)}")
    return passed(f"{place} has all {len(here)} parameters")


@check(severity=Severity.HIGH, practices=["REL13-BP04", "SEC02-BP03"])
def secretsmanager_secret_replicated_to_dr_region(
    secret: Secret, replication: SecretReplication, secrets: Every[Secret], recovery: Recovery
) -> Verdict:
    """Secrets are replicated to the recovery region.

    Why: a service that cannot fetch its password does not start, and nobody remembers it.
    Fix: add the recovery region to the secret (ReplicateSecretToRegions), with a KMS key that is usable there.
    """
    beside = recovery.beside(secret.region)
    if beside is None or beside.recovery is None:
        return not_applicable("no workload of its region is meant to have a standby")
    if secret.is_replica or secret.owning_service:
        return not_applicable("it is a replica, or a service of the region owns it")
    copy = next((one for one in replication.replicas if one.region == beside.recovery), None)
    if copy and copy.status != "InSync":
        return failed(f"its replica in {copy.region} is {copy.status}")
    if copy:
        return passed(f"its replica in {copy.region} is in sync")
    if any(one.secret_name == secret.secret_name for one in secrets.within(beside.recovery)):
        return failed(f"a secret of its own in {beside.recovery} has its name, and drifts apart", severity=Severity.LOW)
    return failed(f"it is not replicated to {beside.recovery}")


@check(severity=Severity.HIGH, practices=["REL13-BP04", "SEC08-BP01"])
def kms_key_usable_in_dr_region(key: Key, recovery: Recovery) -> Verdict:
    """Multi-Region keys of production have a replica that is usable in the recovery region.

    Why: what an application encrypted under a key of the lost region cannot be read anywhere else.
    Fix: replicate the key to the recovery region (ReplicateKey), keep it enabled, and give its policy the roles there.
    """
    if key.is_replica:
        homes = {one.primary for one in recovery if one.recovery == key.region}
        if not homes:
            return not_applicable("it stands in no recovery region")
        if not key.is_enabled:
            return failed(f"it is a replica for {_some(homes)} and is {key.state}")
        return passed(f"it is a replica for {_some(homes)} and is enabled")
    beside = recovery.beside(key.region)
    if key.multi_region_type is None or beside is None or beside.recovery is None:
        return not_applicable("it is no Multi-Region key of a region with a standby")
    if beside.recovery in key.replica_regions:
        return passed(f"it has a replica in {beside.recovery}")
    return failed(f"it has no replica in {beside.recovery}", severity=Severity.MEDIUM)


@check(severity=Severity.MEDIUM, practices=["REL13-BP04"])
def acm_certificate_present_in_dr_region(
    listener: Listener,
    account: Account,
    certificates: Every[Certificate],
    recovery: Recovery,
    *,
    min_days_left: int = 30,
) -> Verdict:
    """TLS certificates for a workload's names are issued in the recovery region.

    Why: a certificate belongs to its region, and validating a new one needs DNS changes at the worst moment.
    Fix: request the same names in the recovery region (RequestCertificate, DNS validation uses the same record).
    """
    if not listener.is_tls:
        return not_applicable("it ends no TLS")
    place = _standby_of(listener.region, recovery)
    if isinstance(place, Verdict):
        return place
    own = [one for one in certificates.within(listener.region) if one.arn in listener.certificate_arns]
    until = account.now + timedelta(days=min_days_left)
    ready = {
        name
        for one in certificates.within(place)
        if one.status == "ISSUED" and one.expires is not None and one.expires > until
        for name in (one.domain, *one.names)
    }
    names = {name for one in own for name in (one.domain, *one.names)}
    missing = [one for one in names if not _covered(one, ready)]
    if missing:
        return failed(f"no certificate in {place} that lasts {min_days_left} days covers {_some(missing)}")
    if not names:
        return not_applicable("its certificate is not of Certificate Manager")
    return passed(f"certificates in {place} cover {_some(names)}")


def _covered(name: str, ready: set[str]) -> bool:
    """By itself, or by a wildcard of one label."""
    return name in ready or f"*.{name.partition('.')[2]}" in ready


@check(severity=Severity.HIGH, practices=["SEC04-BP01", "REL13-BP04"])
def dr_region_security_parity(_account: Account, baseline: Baseline, recovery: Recovery) -> Verdict:
    """Detective controls in the recovery region equal those of production.

    Why: on the day of a failover production runs where nobody looks.
    Fix: turn on in the recovery region what production has: GuardDuty, AWS Config, Security Hub, a trail, EBS
        encryption by default.
    """
    return recovery.verdict(lambda one: _parity(one, baseline))


def _parity(posture: Posture, baseline: Baseline) -> Verdict:
    if posture.recovery is None:
        return posture.lacks("it has no recovery region", posture.gaps_of_standby)
    if posture.recovery not in posture.world.account.regions:
        return unknown(f"its recovery region {posture.recovery} was not scanned")
    lacking = list(baseline.lacks(Region(posture.recovery, posture.world.account), [posture.primary]))
    if lacking:
        return failed(f"{posture.recovery} lacks {', '.join(lacking)}, which {posture.primary} has", missing=lacking)
    return passed(f"{posture.recovery} has what {posture.primary} has")


_STANDARD = frozenset("acdhimrtz")
"""Families that count against the quota of standard instances, by their first letter."""
_APART = ("dl", "hpc", "inf", "mac", "trn")
"""Families that begin alike and have quotas of their own, or run on dedicated hosts."""

_VCPUS, _ALBS, _VPCS, _DATABASES, _DB_CLUSTERS, _GP3, _FARGATE, _ADDRESSES = (
    "L-1216C47A", "L-53DA6B97", "L-F678F1CE", "L-7B6409FD", "L-952B80B8", "L-7A658B76", "L-3032A538", "L-0263D0A3",
)  # fmt: skip
"""Quotas that a failover needs, by code (Service Quotas console): vCPUs of standard on-demand instances, application
load balancers, VPCs, database instances, database clusters, TiB of gp3 volumes, vCPUs of Fargate, Elastic IPs."""
_HALF = 0.5

Usage = Mapping[str, Mapping[str, float]]
"""How much of each quota is used, by region and code."""


@check(severity=Severity.HIGH, practices=["REL01-BP02", "REL01-BP06"])
def dr_region_service_quota_headroom(
    account: Account,
    recovery: Recovery,
    quotas: Every[ServiceQuota],
    instances: Every[Instance],
    types: Every[InstanceType],
    databases: Every[DbInstance],
    clusters: Every[DbCluster],
    balancers: Every[LoadBalancer],
    vpcs: Every[Vpc],
    volumes: Every[Volume],
    services: Every[EcsService],
    tasks: Every[TaskDefinition],
    addresses: Every[ElasticIp],
    *,
    headroom: float = 1.0,
) -> Verdict:
    """Service quotas in the recovery region hold the production load.

    Why: quotas of a region in which little runs are the defaults, and a failover stops where they end.
    Fix: ask for the values of the primary region in the recovery region too (RequestServiceQuotaIncrease).
    """
    vcpus = {one.instance_type: float(one.vcpus) for one in types}
    counted: tuple[tuple[str, str, float], ...] = (
        *((one.region, _VCPUS, vcpus.get(one.instance_type, 1.0)) for one in instances if _counts(one)),
        *((one.region, _ALBS, 1.0) for one in balancers if one.is_application),
        *((one.region, _VPCS, 1.0) for one in vpcs),
        *((one.region, _DATABASES, 1.0) for one in databases),
        *((one.region, _DB_CLUSTERS, 1.0) for one in clusters),
        *((one.region, _GP3, one.size_gib / 1024) for one in volumes if one.volume_type == "gp3"),
        *((one.region, _FARGATE, _fargate(one, tasks)) for one in services if _is_fargate(one)),
        *((one.region, _ADDRESSES, 1.0) for one in addresses if not one.service_managed),
    )
    usage: dict[str, dict[str, float]] = {}
    for region, code, amount in counted:
        usage.setdefault(region, {}).setdefault(code, 0.0)
        usage[region][code] += amount
    return recovery.verdict(lambda one: _room(one, account, usage, quotas, headroom))


def _counts(instance: Instance) -> bool:
    standard = instance.instance_type[0] in _STANDARD and not instance.instance_type.startswith(_APART)
    return instance.is_running and instance.lifecycle == "on-demand" and standard


def _is_fargate(service: EcsService) -> bool:
    """Whether it counts against the quota of on-demand capacity; Fargate Spot has one of its own."""
    return service.runs_on_fargate and not service.is_spot_only


def _fargate(service: EcsService, tasks: Every[TaskDefinition]) -> float:
    """The vCPUs of its running tasks."""
    return sum(float(one.cpu or 0) / 1024 for one in tasks.of(service)) * service.running


def _room(posture: Posture, account: Account, usage: Usage, quotas: Every[ServiceQuota], headroom: float) -> Verdict:
    """Whether what the primary region uses, and the recovery region does not have yet, fits there."""
    if posture.recovery is None:
        return posture.lacks("it has no recovery region", posture.gaps_of_standby)
    if posture.recovery not in account.regions:
        return unknown(f"its recovery region {posture.recovery} was not scanned")
    here, used = usage.get(posture.primary, {}), usage.get(posture.recovery, {})
    judged = {code: amount for code, amount in sorted(here.items()) if amount}
    if not judged:
        return not_applicable(f"nothing runs in {posture.primary} that these quotas limit")
    there = {one.code: one for one in quotas.within(posture.recovery)}
    short = []
    for code, amount in judged.items():
        need = max(amount - used.get(code, 0.0), 0.0) * headroom
        if code in there and (free := there[code].value - used.get(code, 0.0)) < need:
            short.append(f"{there[code].quota} has room for {free:g} and needs {need:g}")
    short += _lower(posture, judged, there, quotas) if not short else []
    if short:
        return failed(f"{posture.recovery}: {'; '.join(short)}")
    if untold := sorted(judged.keys() - there.keys()):
        return unknown(f"{posture.recovery} does not tell its quota {', '.join(untold)}")
    return passed(f"{posture.recovery} has room for what {posture.primary} uses of {len(judged)} quotas")


def _lower(
    posture: Posture, judged: Mapping[str, float], there: Mapping[str, ServiceQuota], quotas: Every[ServiceQuota]
) -> list[str]:
    """Quotas that are lower than at home, where more than half of them is used already."""
    home = {one.code: one.value for one in quotas.within(posture.primary)}
    return [
        f"{there[code].quota} is {there[code].value:g}, {home[code]:g} in {posture.primary}, and {amount:g} are used"
        for code, amount in judged.items()
        if code in there and code in home and there[code].value < home[code] and amount > there[code].value * _HALF
    ]


@check(severity=Severity.MEDIUM, practices=["REL13-BP02", "REL11-BP05"])
def ec2_dr_region_capacity_obtainable(
    account: Account, recovery: Recovery, instances: Every[Instance], offers: Every[OfferedInstanceTypes]
) -> Verdict:
    """Production instance types can be obtained in the recovery region.

    Why: newer and special types are not in every region, and a launch template that names one starts nothing there.
    Fix: choose types that both regions offer (DescribeInstanceTypeOfferings), or several types in the group's mixed
        instances policy; for what must not fail keep capacity reservations.
    """
    running = [one for one in instances if one.is_running]
    return recovery.verdict(lambda one: _obtainable(one, account, running, offers))


def _obtainable(
    posture: Posture, account: Account, running: Iterable[Instance], offers: Every[OfferedInstanceTypes]
) -> Verdict:
    if posture.recovery is None:
        return posture.lacks("it has no recovery region", posture.gaps_of_standby)
    if posture.recovery not in account.regions:
        return unknown(f"its recovery region {posture.recovery} was not scanned")
    wanted = {one.instance_type for one in running if one.region == posture.primary}
    if not wanted:
        return not_applicable(f"no instance runs in {posture.primary}")
    found = {name for one in offers.within(posture.recovery) for name in one.names}
    missing = wanted - found
    if missing:
        return failed(f"{posture.recovery} offers no {_some(missing)}")
    return passed(f"{posture.recovery} offers {_some(wanted)}")
