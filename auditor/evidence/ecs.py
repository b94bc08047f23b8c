"""Amazon ECS: clusters, services, the task definitions that they run, and capacity providers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, digits, evidence
from auditor.wiring import Batch, collector, described, listed


@evidence
class ClusterEntry(Resource):
    """A cluster as ListClusters names it."""

    type_name: ClassVar = "AWS::ECS::Cluster"
    arn: str = at("")


@evidence
class CapacityUse(Evidence):
    """A part of a capacity provider strategy."""

    provider: str = at("capacityProvider")
    weight: int = at("weight", absent=0)
    base: int = at("base", absent=0)

    @property
    def is_spot(self) -> bool:
        """Whether it is Fargate's spare capacity."""
        return self.provider == "FARGATE_SPOT"


@evidence
class EcsCluster(Resource):
    """A cluster that is not deleted."""

    type_name: ClassVar = "AWS::ECS::Cluster"
    arn: str = at("clusterArn")
    cluster_name: str = at("clusterName")
    status: str = at("status")
    active_services: int = at("activeServicesCount")
    running_tasks: int = at("runningTasksCount")
    container_instances: int = at("registeredContainerInstancesCount")
    settings: Mapping[str, str] = at("settings")
    capacity_providers: tuple[str, ...] = at("capacityProviders")
    default_strategy: tuple[CapacityUse, ...] = at("defaultCapacityProviderStrategy")
    exec_logging: str | None = at("configuration.executeCommandConfiguration.logging")
    exec_key: str | None = at("configuration.executeCommandConfiguration.kmsKeyId")
    service_connect_namespace: str | None = at("serviceConnectDefaults.namespace")
    tags: Mapping[str, str] = at("tags")

    @property
    def container_insights(self) -> str | None:
        """`enabled`, `enhanced` or `disabled`; None where the account's setting decides."""
        return self.settings.get("containerInsights")

    @property
    def is_empty(self) -> bool:
        """Whether nothing runs in it."""
        return not self.active_services and not self.running_tasks


cluster_entries = listed(ClusterEntry, call("ecs", "ListClusters"), "clusterArns[]")

_CLUSTER_PARTS = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
_DELETED = ("INACTIVE", "DEPROVISIONING")


@collector(call("ecs", "DescribeClusters", include=_CLUSTER_PARTS), batch=100)
def clusters(aws: Aws, batch: Batch[ClusterEntry]) -> Iterable[EcsCluster]:
    """A hundred by one call."""
    answer = aws("DescribeClusters", clusters=[entry.arn for entry in batch])
    for raw in answer.get("clusters", ()):
        if raw.get("status") not in _DELETED:
            yield aws.parse(EcsCluster, raw)


@evidence
class EcsServiceEntry(Resource):
    """A service as ListServices names it."""

    type_name: ClassVar = "AWS::ECS::Service"
    arn: str = at("")


service_entries = listed(
    EcsServiceEntry,
    call("ecs", "ListServices", absent="ClusterNotFoundException", page=100),
    "serviceArns[]",
    of=EcsCluster,
    cluster="arn",
)


@evidence
class ServiceConnectEndpoint(Evidence):
    """A port that a service offers to others by Service Connect."""

    port_name: str = at("portName")
    certificate_authority: str | None = at("tls.issuerCertificateAuthority.awsPcaAuthorityArn")
    request_timeout_seconds: int | None = at("timeout.perRequestTimeoutSeconds")
    idle_timeout_seconds: int | None = at("timeout.idleTimeoutSeconds")


@evidence
class Deployment(Evidence):
    """One deployment of a service; the primary one is what is wanted now."""

    status: str = at("status")
    task_definition: str = at("taskDefinition")
    created: datetime = at("createdAt")
    updated: datetime = at("updatedAt")
    failed_tasks: int = at("failedTasks", absent=0)
    rollout: str | None = at("rolloutState")
    """Only for the rolling update of ECS itself."""
    platform_version: str | None = at("platformVersion")
    service_connect: bool = at("serviceConnectConfiguration.enabled", absent=False)
    service_connect_namespace: str | None = at("serviceConnectConfiguration.namespace")
    endpoints: tuple[ServiceConnectEndpoint, ...] = at("serviceConnectConfiguration.services")
    lattice_target_groups: tuple[str, ...] = at("vpcLatticeConfigurations[].targetGroupArn")


@evidence
class ServiceEvent(Evidence):
    """A line of the service's event log."""

    created: datetime = at("createdAt")
    message: str = at("message")


@evidence
class ServiceTarget(Evidence):
    """A load balancer that a service registers its tasks with."""

    target_group: str | None = at("targetGroupArn")
    alternate: str | None = at("advancedConfiguration.alternateTargetGroupArn")
    """The other target group of a blue/green deployment: after each, tasks are in the one that they were not in."""
    classic: str | None = at("loadBalancerName")
    container: str | None = at("containerName")
    port: int | None = at("containerPort")


@evidence
class EcsService(Resource):
    """A service that is not deleted."""

    type_name: ClassVar = "AWS::ECS::Service"
    arn: str = at("serviceArn")
    service_name: str = at("serviceName")
    cluster: str = at("clusterArn")
    status: str = at("status")
    desired: int = at("desiredCount")
    running: int = at("runningCount")
    pending: int = at("pendingCount")
    launch_type: str | None = at("launchType")
    """None where a capacity provider strategy decides."""
    strategy: tuple[CapacityUse, ...] = at("capacityProviderStrategy")
    platform_family: str | None = at("platformFamily")
    platform_version: str | None = at("platformVersion")
    scheduling: str = at("schedulingStrategy", absent="REPLICA")
    task_definition: str | None = at("taskDefinition")
    """None under an external deployment controller: its task sets name theirs."""
    targets: tuple[ServiceTarget, ...] = at("loadBalancers")
    task_set_target_groups: tuple[str, ...] = at("taskSets[].loadBalancers[].targetGroupArn")
    """Where CodeDeploy or an external controller has registered the tasks, whatever the service was made with."""
    registries: tuple[str, ...] = at("serviceRegistries[].registryArn")
    subnets: tuple[str, ...] = at("networkConfiguration.awsvpcConfiguration.subnets")
    security_groups: tuple[str, ...] = at("networkConfiguration.awsvpcConfiguration.securityGroups")
    public_ip: str = at("networkConfiguration.awsvpcConfiguration.assignPublicIp", absent="DISABLED")
    task_set_public_ips: tuple[str, ...] = at("taskSets[].networkConfiguration.awsvpcConfiguration.assignPublicIp")
    deployments: tuple[Deployment, ...] = at("deployments")
    events: tuple[ServiceEvent, ...] = at("events")
    deployment_controller: str = at("deploymentController.type", absent="ECS")
    deployment_strategy: str = at("deploymentConfiguration.strategy", absent="ROLLING")
    minimum_healthy_percent: int | None = at("deploymentConfiguration.minimumHealthyPercent")
    maximum_percent: int | None = at("deploymentConfiguration.maximumPercent")
    circuit_breaker: bool = at("deploymentConfiguration.deploymentCircuitBreaker.enable", absent=False)
    circuit_breaker_rollback: bool = at("deploymentConfiguration.deploymentCircuitBreaker.rollback", absent=False)
    deployment_alarms: bool = at("deploymentConfiguration.alarms.enable", absent=False)
    deployment_hooks: tuple[str, ...] = at("deploymentConfiguration.lifecycleHooks[].hookTargetArn")
    grace_seconds: int = at("healthCheckGracePeriodSeconds", absent=0)
    rebalancing: str = at("availabilityZoneRebalancing", absent="DISABLED")
    """Services that were made before it existed have it disabled (ECS developer guide)."""
    execute_command: bool = at("enableExecuteCommand", absent=False)
    propagates_tags: str = at("propagateTags", absent="NONE")
    created: datetime = at("createdAt")
    tags: Mapping[str, str] = at("tags")

    @property
    def cluster_name(self) -> str:
        """The last part of its cluster's ARN."""
        return self.cluster.rpartition("/")[2]

    @property
    def scaling_resource(self) -> str:
        """What Application Auto Scaling calls it."""
        return f"service/{self.cluster_name}/{self.service_name}"

    @property
    def is_replica(self) -> bool:
        """Whether it keeps a number of tasks, not one on each container instance."""
        return self.scheduling == "REPLICA"

    @property
    def target_groups(self) -> tuple[str, ...]:
        """The ARNs of its target groups, both of a blue/green deployment."""
        own = (arn for one in self.targets for arn in (one.target_group, one.alternate))
        return tuple(dict.fromkeys(arn for arn in (*own, *self.task_set_target_groups) if arn))

    @property
    def has_load_balancer(self) -> bool:
        """Whether a load balancer sends it requests."""
        return bool(self.targets or self.task_set_target_groups)

    @property
    def runs_on_fargate(self) -> bool:
        """Whether AWS runs its hosts by Fargate."""
        return self.launch_type == "FARGATE" or any(one.provider.startswith("FARGATE") for one in self.strategy)

    @property
    def is_spot_only(self) -> bool:
        """Whether all its capacity may be taken back within two minutes."""
        used = [one for one in self.strategy if one.base or one.weight]
        return bool(used) and all(one.is_spot for one in used)

    @property
    def assigns_public_ip(self) -> bool:
        """Whether its tasks get public addresses."""
        return "ENABLED" in (self.public_ip, *self.task_set_public_ips)

    @property
    def primary(self) -> Deployment | None:
        """The deployment that is wanted now."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)


@collector(call("ecs", "DescribeServices", include=["TAGS"]), batch=10)
def services(aws: Aws, batch: Batch[EcsServiceEntry]) -> Iterable[EcsService]:
    """Ten by one call, which is the most that it takes."""
    answer = aws("DescribeServices", cluster=batch.enclosing(EcsCluster).arn, services=[entry.arn for entry in batch])
    for raw in answer.get("services", ()):
        if raw.get("status") != "INACTIVE":
            yield aws.parse(EcsService, raw)


@evidence
class ContainerSecret(Evidence):
    """A variable whose value ECS fetches when the task starts."""

    variable: str = at("name")
    source: str = at("valueFrom")


@evidence
class PortMapping(Evidence):
    """A port of a container."""

    port_name: str | None = at("name")
    container_port: int | None = at("containerPort")
    """None for a range."""
    protocol: str = at("protocol", absent="tcp")
    app_protocol: str | None = at("appProtocol")


@evidence
class Container(Evidence):
    """A container of a task definition."""

    container: str = at("name")
    image: str = at("image")
    is_essential: bool = at("essential", absent=True)
    environment: Mapping[str, str] = at("environment")
    environment_files: tuple[str, ...] = at("environmentFiles[].value")
    secrets: tuple[ContainerSecret, ...] = at("secrets")
    registry_credentials: str | None = at("repositoryCredentials.credentialsParameter")
    entry_point: tuple[str, ...] = at("entryPoint")
    command: tuple[str, ...] = at("command")
    docker_labels: Mapping[str, str] = at("dockerLabels")
    ports: tuple[PortMapping, ...] = at("portMappings")
    log_driver: str | None = at("logConfiguration.logDriver")
    log_options: Mapping[str, str] = at("logConfiguration.options")
    firelens: str | None = at("firelensConfiguration.type")
    health_command: tuple[str, ...] = at("healthCheck.command")
    health_start_seconds: int | None = at("healthCheck.startPeriod")
    is_privileged: bool = at("privileged", absent=False)
    has_read_only_root: bool = at("readonlyRootFilesystem", absent=False)
    user: str | None = at("user")
    added_capabilities: tuple[str, ...] = at("linuxParameters.capabilities.add")
    devices: tuple[str, ...] = at("linuxParameters.devices[].hostPath")
    accelerators: tuple[str, ...] = at("resourceRequirements[].type")
    extra_hosts: tuple[str, ...] = at("extraHosts[].ipAddress")
    version_consistency: str = at("versionConsistency", absent="enabled")
    """ECS resolves tags to digests unless it is told not to (ECS API reference, ContainerDefinition)."""
    depends_on: tuple[str, ...] = at("dependsOn[].containerName")


@evidence
class TaskVolume(Evidence):
    """A volume that containers of a task may mount."""

    volume: str = at("name")
    host_path: str | None = at("host.sourcePath")
    docker_scope: str | None = at("dockerVolumeConfiguration.scope")
    file_system: str | None = at("efsVolumeConfiguration.fileSystemId")
    transit_encryption: str = at("efsVolumeConfiguration.transitEncryption", absent="DISABLED")
    access_point: str | None = at("efsVolumeConfiguration.authorizationConfig.accessPointId")
    iam_authorization: str = at("efsVolumeConfiguration.authorizationConfig.iam", absent="DISABLED")

    @property
    def outlives_task(self) -> bool:
        """Whether it lies on the host, where a task that starts elsewhere misses it."""
        return self.host_path is not None or self.docker_scope == "shared"


@evidence
class TaskDefinition(Resource):
    """The revision of a task definition that a service runs; a detail of the service."""

    type_name: ClassVar = "AWS::ECS::TaskDefinition"
    name_format: ClassVar = "{family}:{revision}"
    arn: str = at("taskDefinitionArn")
    family: str = at("family")
    revision: int = at("revision")
    status: str = at("status")
    task_role: str | None = at("taskRoleArn")
    execution_role: str | None = at("executionRoleArn")
    network_mode: str = at("networkMode", absent="bridge")
    """Docker's default on Linux (ECS API reference, TaskDefinition)."""
    cpu: str | None = at("cpu", parse=digits)
    memory: str | None = at("memory", parse=digits)
    architecture: str = at("runtimePlatform.cpuArchitecture", absent="X86_64")
    operating_system: str = at("runtimePlatform.operatingSystemFamily", absent="LINUX")
    compatibilities: tuple[str, ...] = at("compatibilities")
    containers: tuple[Container, ...] = at("containerDefinitions")
    volumes: tuple[TaskVolume, ...] = at("volumes")
    proxy: str | None = at("proxyConfiguration.type")
    pid_mode: str | None = at("pidMode")
    registered: datetime | None = at("registeredAt")
    registered_by: str | None = at("registeredBy")

    @property
    def essential_containers(self) -> tuple[Container, ...]:
        """The containers whose end is the task's end."""
        return tuple(one for one in self.containers if one.is_essential)


@evidence
class TaskDefinitionFamily(Resource):
    """The revisions of a task definition under one name, with at least one of them active."""

    type_name: ClassVar = "AWS::ECS::TaskDefinition"
    arn_format: ClassVar = "arn:{partition}:ecs:{region}:{account}:task-definition/{family}"
    family: str = at("")


@evidence
class LatestTaskDefinition(TaskDefinition):
    """The newest active revision of a family, whether or not a service runs it."""


task_definition_families = listed(
    TaskDefinitionFamily, call("ecs", "ListTaskDefinitionFamilies", status="ACTIVE"), "families[]"
)
service_task_definition = described(
    TaskDefinition,
    call("ecs", "DescribeTaskDefinition"),
    "taskDefinition",
    of=EcsService,
    taskDefinition="task_definition",
)


@collector(call("ecs", "DescribeTaskDefinition"))
def latest_task_definitions(aws: Aws, family: TaskDefinitionFamily) -> Iterable[LatestTaskDefinition]:
    """A family's name stands for its newest active revision."""
    yield aws.parse(LatestTaskDefinition, aws("DescribeTaskDefinition", taskDefinition=family.family)["taskDefinition"])


@evidence
class CapacityProvider(Resource):
    """Where tasks get their hosts: Fargate, an Auto Scaling group, or managed instances."""

    type_name: ClassVar = "AWS::ECS::CapacityProvider"
    arn: str = at("capacityProviderArn")
    provider: str = at("name")
    auto_scaling_group: str | None = at("autoScalingGroupProvider.autoScalingGroupArn")
    managed_scaling: str | None = at("autoScalingGroupProvider.managedScaling.status")
    managed_termination_protection: str | None = at("autoScalingGroupProvider.managedTerminationProtection")
    managed_instances_role: str | None = at("managedInstancesProvider.infrastructureRoleArn")


@collector(call("ecs", "DescribeCapacityProviders"))
def capacity_providers(aws: Aws, cluster: EcsCluster) -> Iterable[CapacityProvider]:
    """Those that the cluster names; a hundred are the most that one call takes."""
    names = list(cluster.capacity_providers)
    raws: Iterable[Any] = (
        aws("DescribeCapacityProviders", capacityProviders=names)["capacityProviders"] if names else ()
    )
    for raw in raws:
        yield aws.parse(CapacityProvider, raw)


@evidence
class TaskEntry(Resource):
    """A running task as ListTasks names it."""

    type_name: ClassVar = "AWS::ECS::Task"
    arn: str = at("")


@evidence
class EcsTask(Resource):
    """A running task."""

    type_name: ClassVar = "AWS::ECS::Task"
    arn: str = at("taskArn")
    group: str | None = at("group")
    """`service:` and the service's name, for a task of a service."""
    last_status: str = at("lastStatus")
    zone: str | None = at("availabilityZone")
    task_definition: str = at("taskDefinitionArn")
    image_digests: tuple[str, ...] = at("containers[].imageDigest")
    images: tuple[str, ...] = at("containers[].image")


task_entries = listed(
    TaskEntry, call("ecs", "ListTasks", absent="ClusterNotFoundException"), "taskArns[]", of=EcsCluster, cluster="arn"
)


@collector(call("ecs", "DescribeTasks"), batch=100)
def tasks(aws: Aws, batch: Batch[TaskEntry]) -> Iterable[EcsTask]:
    """A hundred by one call; those that ended meanwhile are left out."""
    answer = aws("DescribeTasks", cluster=batch.enclosing(EcsCluster).arn, tasks=[entry.arn for entry in batch])
    for raw in answer.get("tasks", ()):
        yield aws.parse(EcsTask, raw)


@evidence
class EcsAccountSettings(Evidence):
    """The account's defaults for ECS in a region, in force for who scans."""

    values: Mapping[str, str] = at("settings")

    @property
    def container_insights(self) -> str | None:
        """The default of new clusters."""
        return self.values.get("containerInsights")


ecs_account_settings = described(EcsAccountSettings, call("ecs", "ListAccountSettings", effectiveSettings=True))
