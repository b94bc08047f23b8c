"""Containers: the orders service on ECS, an EKS cluster, image repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, allow, labels, pairs, policy

if TYPE_CHECKING:
    from auditor.demo.balancers import Balancers
    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity
    from auditor.demo.network import Network


def build_containers(clients: Clients, identity: Identity, shop: Network, balancers: Balancers) -> None:
    """Repositories, the cluster with a good and a careless service, and Kubernetes with a public endpoint."""
    _repositories(clients("ecr"))
    ecs = clients("ecs")
    ecs.create_cluster(
        clusterName="shop",
        settings=[{"name": "containerInsights", "value": "enabled"}],
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        tags=_tags("shop"),
    )
    _orders_service(ecs, identity, shop, balancers)
    _legacy_service(ecs, identity, shop)
    _kubernetes(clients("eks"), identity, shop)


def _tags(name: str) -> list[dict[str, str]]:
    return pairs(labels(name, "app"), "key", "value")


def _repositories(ecr: Any) -> None:
    ecr.create_repository(
        repositoryName="shop/orders",
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS"},
        tags=pairs(labels("shop/orders", "app")),
    )
    ecr.create_repository(repositoryName="legacy/reports", imageScanningConfiguration={"scanOnPush": False})
    pull = {**allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], Principal="*"), "Sid": "everybody"}
    del pull["Resource"]
    ecr.set_repository_policy(repositoryName="legacy/reports", policyText=policy(pull))


def _orders_service(ecs: Any, identity: Identity, shop: Network, balancers: Balancers) -> None:
    """Two tasks in private subnets, behind the internal load balancer; the password comes by reference."""
    secret = f"arn:aws:secretsmanager:{PRIMARY}:{identity.account}:secret:shop/orders-db"
    container = {
        "name": "orders",
        "image": f"{identity.account}.dkr.ecr.{PRIMARY}.amazonaws.com/shop/orders:2026.5.1",
        "portMappings": [{"containerPort": 8080}],
        "environment": [{"name": "LOG_LEVEL", "value": "info"}],
        "secrets": [{"name": "DB_PASSWORD", "valueFrom": secret}],
        "readonlyRootFilesystem": True,
        "healthCheck": {"command": ["CMD", "/health"]},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/shop/orders"}},
    }
    _task(ecs, "shop-orders", container, identity, taskRoleArn=identity.roles["shop-orders-task"])
    target = {"targetGroupArn": balancers.targets["shop-orders"], "containerName": "orders", "containerPort": 8080}
    _service(ecs, "shop-orders", 2, _place(shop.subnets["app"], shop.groups["shop-app"], "DISABLED"), [target])


def _legacy_service(ecs: Any, identity: Identity, shop: Network) -> None:
    """One task on a public address, without a role of its own, with a password in its environment."""
    container = {
        "name": "reports",
        "image": f"{identity.account}.dkr.ecr.{PRIMARY}.amazonaws.com/legacy/reports:latest",
        "privileged": True,
        "portMappings": [{"containerPort": 80}],
        "environment": [
            {"name": "DB_HOST", "value": "shop-reporting"},
            {"name": "DB_PASSWORD", "value": "made-up-Passw0rd-2"},
        ],
    }
    _task(ecs, "legacy-reports", container, identity)
    _service(
        ecs, "legacy-reports", 1, _place(shop.subnets["public"][:1], shop.groups["shop-legacy-web"], "ENABLED"), []
    )


def _task(ecs: Any, family: str, container: dict[str, Any], identity: Identity, **roles: str) -> None:
    ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="512",
        memory="1024",
        executionRoleArn=identity.roles["shop-ecs-execution"],
        containerDefinitions=[container],
        tags=_tags(family),
        **roles,
    )


def _place(subnets: list[str], group: str, public: str) -> dict[str, Any]:
    return {"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": public}}


def _service(ecs: Any, name: str, count: int, place: dict[str, Any], targets: list[dict[str, Any]]) -> None:
    ecs.create_service(
        cluster="shop",
        serviceName=name,
        taskDefinition=name,
        desiredCount=count,
        launchType="FARGATE",
        networkConfiguration=place,
        loadBalancers=targets,
        tags=_tags(name),
    )


def _kubernetes(eks: Any, identity: Identity, shop: Network) -> None:
    """The API endpoint is open to the internet, secrets are not encrypted by a key of ours."""
    eks.create_cluster(
        name="shop-platform",
        version="1.28",
        roleArn=identity.roles["shop-eks"],
        resourcesVpcConfig={
            "subnetIds": shop.subnets["app"],
            "securityGroupIds": [shop.groups["shop-app"]],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        tags=labels("shop-platform", "app"),
    )
