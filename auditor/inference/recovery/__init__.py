"""What each workload of the account can recover from: its strategy, RPO and RTO, and what is missing to the next.

`Recovery` holds a `Posture` for each workload. The figures stand in `figures`, each with its source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.backup import BackupVault, CopyJob, RecoveryPoint, RestoreJob
from auditor.evidence.cloudfront import Distribution
from auditor.evidence.drs import RecoveryJob, SourceServer
from auditor.evidence.dynamodb import ContinuousBackups, Table
from auditor.evidence.ec2 import Image, Instance, InstanceType, LaunchTemplate, Snapshot, Volume
from auditor.evidence.ec2_network import Subnet, Vpc
from auditor.evidence.ecr import Repository
from auditor.evidence.ecs import EcsService, TaskDefinition, TaskDefinitionFamily
from auditor.evidence.efs import FileSystem, FileSystemReplication
from auditor.evidence.eks import NodeGroup
from auditor.evidence.elasticache import GlobalReplicationGroup, ReplicationGroup
from auditor.evidence.elbv2 import LoadBalancer, TargetGroup, TargetHealth
from auditor.evidence.fis import Experiment, ExperimentActions
from auditor.evidence.globalaccelerator import AcceleratorEndpointGroup, AcceleratorListener
from auditor.evidence.kms import Key
from auditor.evidence.lambda_ import Function
from auditor.evidence.opensearch import Domain, OutboundConnection
from auditor.evidence.rds import DbAutomatedBackup, DbCluster, DbInstance, GlobalCluster
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.route53 import HealthCheck, RecordSet
from auditor.evidence.s3 import Bucket, BucketReplication, BucketVersioning, MultiRegionAccessPoint
from auditor.evidence.sns import TopicEntry
from auditor.evidence.sqs import QueueEntry
from auditor.evidence.tagging import TaggedResource
from auditor.inference.recovery.backups import Backups
from auditor.inference.recovery.basics import Store, gaps_of
from auditor.inference.recovery.components import Component, ComponentEvidence, Network, Twin, Twins, find_components
from auditor.inference.recovery.describe import describe
from auditor.inference.recovery.groups import ACCOUNT_DEFAULT, Group, find_groups
from auditor.inference.recovery.posture import Posture, World
from auditor.inference.recovery.records import Action, Unseen
from auditor.inference.recovery.routes import RouteEvidence, find_routes
from auditor.inference.recovery.steps import steps_to
from auditor.inference.recovery.stores import StoreEvidence, find_stores
from auditor.inference.recovery.trials import TrialEvidence, find_trials
from auditor.model import Account, Gap, Json, Status, Verdict, not_applicable
from auditor.wiring import inference
from auditor.workloads import Strategy, Workloads

NOT_MODELLED = (
    "Aurora DSQL", "DMS tasks", "FSx", "Keyspaces", "MemoryDB", "MSK", "Redshift Serverless", "streams of Kinesis",
    "user pools of Cognito", "lags in CloudWatch", "shares of requests", "plans of ARC Region switch", "bills",
)  # fmt: skip
"""What may decide a recovery and is not looked at."""


class Recovery:
    """The postures of the account's workloads, those of the profile first."""

    view: ClassVar = "recovery"

    def __init__(self, postures: Sequence[Posture]) -> None:
        self.postures = tuple(postures)
        self._beside: dict[str, Posture | None] = {}
        self._hidden: dict[str, Gap | None] = {}

    def __iter__(self) -> Iterator[Posture]:
        return iter(self.postures)

    def of(self, workload: str) -> Posture | None:
        """The posture of a workload by its name."""
        return next((one for one in self.postures if one.name == workload), None)

    def owner(self, arn: str) -> Posture | None:
        """The posture of the workload that a store or component belongs to.

        Raises `Unread` where it is not known which of its regions is the primary one.
        """
        return _placed(self._owners.get(arn))

    @property
    def unseen(self) -> tuple[Gap, ...]:
        """What could not be read, and may hide a store or component."""
        return next((one.world.unseen for one in self.postures), Unseen()).parts

    @cached_property
    def _owners(self) -> Mapping[str, Posture]:
        stores = {
            arn: one for one in self.postures for part in one.group.stores for arn in (part.arn, *part.stands_for)
        }
        return stores | {part.arn: one for one in self.postures for part in one.group.components}

    def beside(self, region: str) -> Posture | None:
        """Of the workloads that live in a region and are meant to have a standby in another, the best protected.

        Raises `Unread` where none is seen to, and what could not be read may tell another.
        """
        if region not in self._beside:
            here = [one for one in self.postures if one.primary == region]
            found = [one for one in here if one.recovery and one.wants_standby]
            self._beside[region] = max(found, key=lambda one: (one.intended.rank, one.name), default=None)
            self._hidden[region] = next((gap for one in here for gap in one.gaps_of_intent), None)
        if self._beside[region] is None and (gap := self._hidden[region]):
            raise Unread(gap)
        return _placed(self._beside[region])

    def twin_of(self, arn: str) -> Twin | None:
        """A component of a primary region with what stands for it in the recovery region; raises as `owner`."""
        return self._twins.get(arn) if self.owner(arn) else None

    @cached_property
    def _twins(self) -> Mapping[str, Twin]:
        return {twin.component.arn: twin for one in self.postures if one.recovery for twin in one.twins}

    def gaps_to(self, strategy: Strategy) -> Mapping[str, tuple[Action, ...]]:
        """What each workload would need for a strategy, by its name."""
        return {one.name: steps_to(one, strategy) for one in self.postures}

    def steps(self, posture: Posture, strategy: Strategy | None = None) -> tuple[Action, ...]:
        """What a workload needs for a strategy, or else for the next one."""
        wanted = strategy or posture.next_strategy
        return steps_to(posture, wanted) if wanted else ()

    def describe(self) -> Mapping[str, Json]:
        """All of it as JSON."""
        return {
            "workloads": [describe(one) for one in self.postures],
            "not_modelled": list(NOT_MODELLED),
        }

    def verdict(self, judge: Callable[[Posture], Verdict]) -> Verdict:
        """One verdict for all workloads: the worst of theirs, naming each that shares it.

        FAIL before UNKNOWN before PASS; where none is judged the check does not apply.
        """
        verdicts = [(one, one.unplaced if one.gaps_of_place else judge(one)) for one in self.postures]
        for status in (Status.FAIL, Status.UNKNOWN, Status.MANUAL, Status.PASS):
            found = [(one, verdict) for one, verdict in verdicts if verdict.status is status]
            if found:
                return _joined(status, found)
        return next((verdict for _, verdict in verdicts), not_applicable("there is no workload with stores or compute"))


def _placed(posture: Posture | None) -> Posture | None:
    """The same; raises `Unread` where it is not known which of its regions is the primary one."""
    if posture and posture.gaps_of_place:
        raise Unread(posture.gaps_of_place[0])
    return posture


def _joined(status: Status, found: Sequence[tuple[Posture, Verdict]]) -> Verdict:
    grades = [verdict.severity for _, verdict in found]
    severity = None if None in grades else max((one for one in grades if one), key=lambda one: one.rank, default=None)
    observed: dict[str, Json] = {one.name: dict(verdict.observed) for one, verdict in found if verdict.observed}
    reasons = [f"{one.name}: {verdict.reason}" for one, verdict in found]
    more = f"; and {len(reasons) - _MOST} more workloads" if len(reasons) > _MOST else ""
    gaps = tuple(dict.fromkeys(gap for _, verdict in found for gap in verdict.gaps))
    return Verdict(status, "; ".join(reasons[:_MOST]) + more, severity, observed, gaps)


_MOST = 5
"""Workloads that a reason names."""


@inference
def recovery(
    account: Account,
    workloads: Workloads,
    tagged: Every[TaggedResource],
    instances: Every[DbInstance],
    clusters: Every[DbCluster],
    global_clusters: Every[GlobalCluster],
    automated_backups: Every[DbAutomatedBackup],
    tables: Every[Table],
    continuous_backups: Every[ContinuousBackups],
    buckets: Every[Bucket],
    replications: Every[BucketReplication],
    versionings: Every[BucketVersioning],
    file_systems: Every[FileSystem],
    file_system_replications: Every[FileSystemReplication],
    caches: Every[ReplicationGroup],
    datastores: Every[GlobalReplicationGroup],
    warehouses: Every[RedshiftCluster],
    domains: Every[Domain],
    connections: Every[OutboundConnection],
    volumes: Every[Volume],
    snapshots: Every[Snapshot],
    servers: Every[Instance],
    source_servers: Every[SourceServer],
    points: Every[RecoveryPoint],
    copy_jobs: Every[CopyJob],
    vaults: Every[BackupVault],
    keys: Every[Key],
    groups: Every[AutoScalingGroup],
    launch_settings: Every[GroupLaunchSettings],
    instance_types: Every[InstanceType],
    images: Every[Image],
    templates: Every[LaunchTemplate],
    services: Every[EcsService],
    task_definitions: Every[TaskDefinition],
    families: Every[TaskDefinitionFamily],
    repositories: Every[Repository],
    node_groups: Every[NodeGroup],
    functions: Every[Function],
    balancers: Every[LoadBalancer],
    target_groups: Every[TargetGroup],
    target_healths: Every[TargetHealth],
    queues: Every[QueueEntry],
    topics: Every[TopicEntry],
    vpcs: Every[Vpc],
    subnets: Every[Subnet],
    records: Every[RecordSet],
    health_checks: Every[HealthCheck],
    listeners: Every[AcceleratorListener],
    endpoint_groups: Every[AcceleratorEndpointGroup],
    distributions: Every[Distribution],
    access_points: Every[MultiRegionAccessPoint],
    restores: Every[RestoreJob],
    recovery_jobs: Every[RecoveryJob],
    experiments: Every[Experiment],
    experiment_actions: Every[ExperimentActions],
) -> Recovery:
    """By the profile's workloads, else by application tags and stacks, else of the account as a whole.

    What could not be read is never taken for good: the strategy is what is known to hold, the best case what may.
    """
    tags = {one.arn: one.tags for one in tagged.known()}
    backups = Backups(account, points, copy_jobs, vaults, keys)
    stores = StoreEvidence(
        account, backups, tags, tagged.gaps, instances, clusters, global_clusters, automated_backups, tables,
        continuous_backups, buckets, replications, versionings, file_systems, file_system_replications, caches,
        datastores, warehouses, domains, connections, volumes, snapshots, servers, source_servers,
    )  # fmt: skip
    components = ComponentEvidence(
        account, tags, groups, launch_settings, servers, instance_types, images, templates, services, task_definitions,
        families, repositories, node_groups, functions, balancers, target_groups, target_healths, caches, queues,
        topics, source_servers, subnets,
    )  # fmt: skip
    routes = RouteEvidence(records, health_checks, listeners, endpoint_groups, distributions, access_points)
    trials = TrialEvidence(restores, recovery_jobs, source_servers, experiments, experiment_actions)
    return _Survey(account, workloads, stores, components, tagged.gaps).of(_network(vpcs, subnets), routes, trials)


def _network(vpcs: Every[Vpc], subnets: Every[Subnet]) -> Network:
    """A VPC of the account's own, not the default one, with subnets in two zones."""
    own = {(one.region, one.id) for one in vpcs.known() if not one.is_default}
    zones: dict[tuple[str, str], set[str]] = {}
    for one in subnets.known():
        zones.setdefault((one.region, one.vpc_id), set()).add(one.zone)
    ready = {region for (region, vpc), found in zones.items() if len(found) > 1 and (region, vpc) in own}
    return Network(frozenset(ready), gaps_of(vpcs, subnets))


class _Survey:
    """Puts stores and components together to workloads, and finds the two regions of each."""

    def __init__(
        self,
        account: Account,
        workloads: Workloads,
        stores: StoreEvidence,
        components: ComponentEvidence,
        tag_gaps: Sequence[Gap],
    ) -> None:
        self._account = account
        self._twins = Twins(components)
        self._balancers = components.balancers.known()
        found_stores, store_gaps = find_stores(stores)
        found_components, component_gaps = find_components(components)
        self._groups = find_groups(workloads, found_stores, found_components)
        self._store_gaps = (*store_gaps, *tag_gaps)
        self._component_gaps = (*component_gaps, *tag_gaps)
        if not self._groups and (hidden := (*store_gaps, *component_gaps)):
            raise Unread(hidden[0])

    def of(self, network: Network, routes: RouteEvidence, trials: TrialEvidence) -> Recovery:
        found_routes, route_gaps = find_routes(routes)
        found_trials, trial_gaps = find_trials(trials)
        unclaimed = [
            one for group in self._groups if group.workload.name == ACCOUNT_DEFAULT for one in group.components
        ]
        world = World(
            self._account, self._twins, network, found_routes, found_trials,
            {one.arn: frozenset({one.dns_name.lower(), one.arn}) for one in self._balancers},
            Unseen(self._store_gaps, self._component_gaps, route_gaps, trial_gaps), tuple(unclaimed),
            len(self._groups) == 1,
        )  # fmt: skip
        return Recovery([self._posture(one, world) for one in self._groups])

    def _posture(self, group: Group, world: World) -> Posture:
        """In the recovery region that serves it best, unless the profile names one."""
        scores = _scores(group)
        named = group.workload.primary_region
        primary = named or min(scores, key=lambda place: (-scores[place], place), default=self._account.regions[0])
        gaps = () if named else self._hides_primary(group, scores)
        declared = group.workload.recovery_region
        if declared:
            return Posture(group, world, primary, declared, gaps_of_place=gaps)
        candidates = sorted({*self._account.regions, *_copied_to(group.stores)} - {primary})
        postures = [Posture(group, world, primary, place) for place in candidates]
        best = max(postures, key=_merit, default=None)
        possible = max((one.best_case for one in postures), key=lambda one: one.rank, default=Strategy.NONE)
        place = best.recovery if best and any(_merit(best)) else None
        return Posture(group, world, primary, place, possible, gaps)

    def _hides_primary(self, group: Group, scores: Mapping[str, float]) -> tuple[Gap, ...]:
        """The gaps that may hide why another region is the primary one: each action may list one store more."""
        unread = (gap for store in group.stores for gap in store.unread)
        gaps = tuple(dict.fromkeys((*self._store_gaps, *self._component_gaps, *unread)))
        first, *rest = sorted(scores.values(), reverse=True) or [0.0]
        return gaps if rest and first - rest[0] <= len({gap.action for gap in gaps}) else ()


def _copied_to(stores: Iterable[Store]) -> Iterator[str]:
    return (copy.region for one in stores for copy in one.copies if copy.region != "?")


def _merit(posture: Posture) -> tuple[int, int, int, bool]:
    """What a candidate for the recovery region has; nothing where neither copies nor counterparts are there."""
    place = posture.recovery or ""
    copies = sum(any(copy.region == place for copy in one.copies) for one in posture.stores)
    twins = sum(one.other is not None or bool(one.starts) for one in posture.twins)
    if not (copies or twins):
        return (0, 0, 0, False)
    return (posture.effective.rank, copies, twins, any(place in one.regions for one in posture.routes))


def _scores(group: Group) -> Mapping[str, float]:
    """How much speaks for each region to be the primary one: its stores that take writes, and its share of capacity."""
    scores: dict[str, float] = {}
    for store in group.stores:
        for place in store.takes_writes_in:
            scores[place] = scores.get(place, 0) + 1
    compute: list[Component] = [one for one in group.components if one.is_compute]
    total = sum(one.capacity or 0 for one in compute) or 1
    for one in group.components:
        share = (one.capacity or 0) / total if one.is_compute else 0.0
        scores[one.region] = scores.get(one.region, 0) + share
    return scores


__all__ = ["Posture", "Recovery", "recovery"]
