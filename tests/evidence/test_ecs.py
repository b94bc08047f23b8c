from collections.abc import Callable
from typing import Any

from auditor.evidence.ecs import (
    CapacityProvider,
    ClusterEntry,
    EcsAccountSettings,
    EcsCluster,
    EcsService,
    EcsServiceEntry,
    EcsTask,
    LatestTaskDefinition,
    TaskDefinition,
    TaskDefinitionFamily,
    TaskEntry,
)
from auditor.testing import REGION, gathered, made
from auditor.wiring import Batch


def noted(asked: list[Any], answer: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    """An answer that remembers what was asked."""

    def reply(params: Any) -> dict[str, Any]:
        asked.append(params)
        return answer

    return reply


CLUSTER_ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
SERVICE_ARN = "arn:aws:ecs:eu-west-1:123456789012:service/shop/web"


def cluster(**fields: Any) -> EcsCluster:
    raw = {
        "clusterArn": CLUSTER_ARN,
        "clusterName": "shop",
        "status": "ACTIVE",
        "activeServicesCount": 1,
        "runningTasksCount": 2,
        "settings": [{"name": "containerInsights", "value": "enabled"}],
        "capacityProviders": ["FARGATE"],
        "tags": [{"key": "team", "value": "shop"}],
    }
    answer = {"clusters": [raw | fields]}
    found: tuple[EcsCluster, ...] = gathered(
        EcsCluster, Batch([made(ClusterEntry, CLUSTER_ARN)]), DescribeClusters=answer
    )
    return found[0]


def service(**fields: Any) -> EcsService:
    raw: dict[str, Any] = {
        "serviceArn": SERVICE_ARN,
        "serviceName": "web",
        "clusterArn": CLUSTER_ARN,
        "status": "ACTIVE",
        "desiredCount": 2,
        "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7",
    }
    entry = made(EcsServiceEntry, SERVICE_ARN, under=cluster())
    found: tuple[EcsService, ...] = gathered(EcsService, Batch([entry]), DescribeServices={"services": [raw | fields]})
    return found[0]


def test_a_cluster_speaks_of_itself() -> None:
    one = cluster()
    assert one.name == "shop"
    assert one.container_insights == "enabled"
    assert one.tags == {"team": "shop"}
    assert not one.is_empty
    assert cluster(settings=[]).container_insights is None
    assert cluster(activeServicesCount=0, runningTasksCount=0).is_empty


def test_clusters_come_by_their_arns_and_deleted_ones_are_none() -> None:
    entries = gathered(ClusterEntry, REGION, ListClusters={"clusterArns": [CLUSTER_ARN, f"{CLUSTER_ARN}-2"]})
    asked: list[Any] = []
    raws = [
        {"clusterArn": entry.arn, "status": status}
        for entry, status in zip(entries, ("ACTIVE", "INACTIVE"), strict=True)
    ]
    found = gathered(EcsCluster, Batch(entries), DescribeClusters=noted(asked, {"clusters": raws}))
    assert [one.arn for one in found] == [CLUSTER_ARN]
    assert asked == [{"include": ["CONFIGURATIONS", "SETTINGS", "TAGS"], "clusters": [CLUSTER_ARN, f"{CLUSTER_ARN}-2"]}]


def test_services_are_described_with_their_cluster_and_tags() -> None:
    asked: list[Any] = []
    entry = made(EcsServiceEntry, SERVICE_ARN, under=cluster())
    raws = [{"serviceArn": SERVICE_ARN, "status": "ACTIVE"}, {"serviceArn": "arn:gone", "status": "INACTIVE"}]
    found = gathered(EcsService, Batch([entry]), DescribeServices=noted(asked, {"services": raws}))
    assert [one.arn for one in found] == [SERVICE_ARN]
    assert asked == [{"include": ["TAGS"], "cluster": CLUSTER_ARN, "services": [SERVICE_ARN]}]
    assert found[0].enclosing(EcsCluster).cluster_name == "shop"


def test_a_service_speaks_of_itself() -> None:
    one = service(
        launchType="FARGATE",
        loadBalancers=[{"targetGroupArn": "arn:tg", "containerName": "web", "containerPort": 80}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}},
        deploymentConfiguration={
            "deploymentCircuitBreaker": {"enable": True, "rollback": True},
            "minimumHealthyPercent": 100,
        },
    )
    assert one.cluster_name == "shop"
    assert one.scaling_resource == "service/shop/web"
    assert one.is_replica
    assert one.target_groups == ("arn:tg",)
    assert one.has_load_balancer
    assert one.runs_on_fargate
    assert not one.assigns_public_ip
    assert one.circuit_breaker_rollback
    assert one.minimum_healthy_percent == 100
    assert one.deployment_controller == "ECS"
    assert one.grace_seconds == 0
    assert one.primary is None


def test_public_addresses_of_services_and_task_sets() -> None:
    public = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
    assert service(networkConfiguration=public).assigns_public_ip
    assert service(taskSets=[{"networkConfiguration": public}]).assigns_public_ip


def test_capacity_on_spot() -> None:
    spot, steady = {"capacityProvider": "FARGATE_SPOT", "weight": 1}, {"capacityProvider": "FARGATE", "base": 1}
    assert service(capacityProviderStrategy=[spot]).is_spot_only
    assert service(capacityProviderStrategy=[spot]).runs_on_fargate
    assert not service(capacityProviderStrategy=[spot, steady]).is_spot_only
    assert service(capacityProviderStrategy=[spot, {"capacityProvider": "FARGATE", "weight": 0}]).is_spot_only
    assert not service().is_spot_only


def test_the_primary_deployment_and_service_connect() -> None:
    connect = {
        "enabled": True,
        "namespace": "shop",
        "services": [
            {
                "portName": "http",
                "tls": {"issuerCertificateAuthority": {"awsPcaAuthorityArn": "arn:ca"}},
                "timeout": {"perRequestTimeoutSeconds": 5},
            }
        ],
    }
    primary = {
        "status": "PRIMARY",
        "taskDefinition": "web:7",
        "rolloutState": "COMPLETED",
        "serviceConnectConfiguration": connect,
    }
    one = service(deployments=[{"status": "ACTIVE", "taskDefinition": "web:6"}, primary]).primary
    assert one is not None
    assert one.service_connect
    assert one.endpoints[0].certificate_authority == "arn:ca"
    assert one.endpoints[0].request_timeout_seconds == 5
    assert one.failed_tasks == 0


DEFINITION: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7",
    "family": "web",
    "revision": 7,
    "status": "ACTIVE",
    "taskRoleArn": "arn:aws:iam::123456789012:role/web",
    "networkMode": "awsvpc",
    "runtimePlatform": {"cpuArchitecture": "ARM64"},
    "compatibilities": ["EC2", "FARGATE"],
    "containerDefinitions": [
        {
            "name": "web",
            "image": "web:1",
            "environment": [{"name": "TABLE", "value": "orders"}],
            "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:1:secret:db"}],
            "environmentFiles": [{"value": "arn:aws:s3:::b/web.env", "type": "s3"}],
            "portMappings": [{"containerPort": 80, "name": "http", "appProtocol": "http"}],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/shop/web"}},
            "healthCheck": {"command": ["CMD", "curl", "localhost"]},
            "resourceRequirements": [{"type": "GPU", "value": "1"}],
            "linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}},
        },
        {"name": "sidecar", "image": "x", "essential": False, "privileged": True},
    ],
    "volumes": [
        {"name": "host", "host": {"sourcePath": "/data"}},
        {"name": "scratch", "host": {}},
        {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}},
    ],
}


def test_the_task_definition_of_a_service() -> None:
    asked: list[Any] = []
    found: TaskDefinition = gathered(
        TaskDefinition,
        service(),
        DescribeTaskDefinition=noted(asked, {"taskDefinition": DEFINITION}),
    )
    assert asked == [{"taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"}]
    assert (found.family, found.revision) == ("web", 7)
    assert found.execution_role is None
    assert found.architecture == "ARM64"
    web, sidecar = found.containers
    assert found.essential_containers == (web,)
    assert web.environment == {"TABLE": "orders"}
    assert (web.secrets[0].variable, web.secrets[0].source) == (
        "DB_PASSWORD",
        "arn:aws:secretsmanager:eu-west-1:1:secret:db",
    )
    assert web.environment_files == ("arn:aws:s3:::b/web.env",)
    assert web.log_options["awslogs-group"] == "/shop/web"
    assert web.accelerators == ("GPU",)
    assert web.added_capabilities == ("NET_ADMIN",)
    assert web.version_consistency == "enabled"
    assert sidecar.is_privileged
    host, scratch, files = found.volumes
    assert host.outlives_task
    assert not scratch.outlives_task
    assert (files.file_system, files.transit_encryption, files.iam_authorization) == ("fs-1", "ENABLED", "DISABLED")


def test_the_newest_revision_of_each_family() -> None:
    families = gathered(TaskDefinitionFamily, REGION, ListTaskDefinitionFamilies={"families": ["web"]})
    assert families[0].arn == "arn:aws:ecs:eu-west-1:123456789012:task-definition/web"
    asked: list[Any] = []
    found = gathered(
        LatestTaskDefinition,
        families[0],
        DescribeTaskDefinition=noted(asked, {"taskDefinition": DEFINITION}),
    )
    assert asked == [{"taskDefinition": "web"}]
    assert found[0].revision == 7
    assert isinstance(found[0], TaskDefinition)


def test_capacity_providers_that_a_cluster_names() -> None:
    raw = {
        "capacityProviderArn": "arn:cp",
        "name": "hosts",
        "autoScalingGroupProvider": {"autoScalingGroupArn": "arn:asg", "managedScaling": {"status": "ENABLED"}},
    }
    found: tuple[CapacityProvider, ...] = gathered(
        CapacityProvider, cluster(), DescribeCapacityProviders={"capacityProviders": [raw]}
    )
    assert found[0].auto_scaling_group == "arn:asg"
    assert found[0].managed_scaling == "ENABLED"
    assert gathered(CapacityProvider, cluster(capacityProviders=[]), DescribeCapacityProviders={}) == ()


def test_running_tasks() -> None:
    entry = gathered(TaskEntry, cluster(), ListTasks={"taskArns": ["arn:aws:ecs:eu-west-1:123456789012:task/shop/1"]})[
        0
    ]
    raw = {
        "taskArn": entry.arn,
        "group": "service:web",
        "availabilityZone": "eu-west-1a",
        "containers": [{"image": "web:1", "imageDigest": "sha256:1"}],
    }
    found = gathered(EcsTask, Batch([entry]), DescribeTasks={"tasks": [raw]})
    assert found[0].zone == "eu-west-1a"
    assert found[0].image_digests == ("sha256:1",)
    assert found[0].enclosing(EcsCluster).cluster_name == "shop"


def test_the_accounts_settings() -> None:
    settings = made(EcsAccountSettings, {"settings": [{"name": "containerInsights", "value": "disabled"}]})
    assert settings.container_insights == "disabled"
    assert made(EcsAccountSettings, {"settings": []}).container_insights is None
