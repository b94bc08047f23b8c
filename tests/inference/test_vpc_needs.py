from typing import Any

import pytest
from networks import subnet, vpc
from principals import allow, rights, role, used

from auditor.errors import Unread
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import ClusterEntry, EcsCluster, EcsService, EcsServiceEntry, TaskDefinition
from auditor.evidence.eks import EksCluster, EksClusterEntry
from auditor.inference.role_use import Workload
from auditor.inference.vpc_needs import VpcNeeds
from auditor.testing import every, every_of, gap, gathered, made
from auditor.wiring import Batch

ECS = "arn:aws:ecs:eu-west-1:123456789012"
CLUSTER = gathered(
    EcsCluster,
    Batch([made(ClusterEntry, f"{ECS}:cluster/c")]),
    DescribeClusters={"clusters": [{"clusterArn": f"{ECS}:cluster/c", "clusterName": "c", "status": "ACTIVE"}]},
)[0]
ENTRY = made(EcsServiceEntry, f"{ECS}:service/c/web", under=CLUSTER)
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
RAW = {"serviceArn": ENTRY.arn, "serviceName": "web", "launchType": "FARGATE", "networkConfiguration": NETWORK}
SERVICE: EcsService = gathered(EcsService, Batch([ENTRY]), DescribeServices={"services": [RAW]})[0]
SOURCES = ("arn:aws:secretsmanager:eu-west-1:1:secret:s", "arn:aws:ssm:eu-west-1:1:parameter/p")
SECRETS = [{"name": str(number), "valueFrom": source} for number, source in enumerate(SOURCES)]
DEFINITION = made(
    TaskDefinition, taskDefinitionArn=f"{ECS}:task-definition/web:1", family="web", revision=1,
    containerDefinitions=[{"name": "app", "secrets": SECRETS}],
)  # fmt: skip
EKS_ARN = "arn:aws:eks:eu-west-1:123456789012:cluster/k"
EKS: EksCluster = gathered(
    EksCluster,
    made(EksClusterEntry, "k"),
    DescribeCluster={"cluster": {"name": "k", "arn": EKS_ARN, "resourcesVpcConfig": {"vpcId": "vpc-1"}}},
)[0]
HOST_ROLE = role("host", allow("ecr:GetAuthorizationToken", "sns:Publish"), {**allow("kms:Decrypt"), "Effect": "Deny"})


def host(state: str = "running", where: str = "vpc-1") -> Instance:
    return made(Instance, InstanceId="i-1", State={"Name": state}, VpcId=where, SubnetId="subnet-1")


def needs(instances: Any = (), services: Any = (), clusters: Any = (), gaps: Any = ()) -> dict[str, list[str]]:
    use = used(Workload("instance", "i-1", host().arn, HOST_ROLE.arn), roles=[HOST_ROLE])
    found = VpcNeeds(
        every(gaps=gaps),
        every(*services),
        every_of(*((one, DEFINITION) for one in services)),
        every(*instances),
        every(*clusters),
        every(subnet()),
        use,
        rights(HOST_ROLE),
    ).of(vpc())
    return {name: [one.name for one in users] for name, users in found.items()}


def test_an_instance_needs_what_its_role_allows_by_name() -> None:
    assert needs([host()]) == {"ecr.api": ["i-1"], "ecr.dkr": ["i-1"], "sns": ["i-1"]}
    assert needs([host("stopped")]) == {}
    assert needs([host(where="vpc-2")]) == {}


def test_a_service_on_fargate_needs_its_platform_and_its_secrets() -> None:
    assert set(needs(services=[SERVICE])) == {"ecr.api", "ecr.dkr", "logs", "s3", "secretsmanager", "ssm"}


def test_a_cluster_of_eks_needs_its_platform() -> None:
    assert set(needs(clusters=[EKS])) == {"sts", "ec2", "ecr.api", "ecr.dkr", "eks-auth"}


def test_what_could_not_be_read_is_not_taken_for_nothing() -> None:
    with pytest.raises(Unread):
        needs(gaps=(gap("lambda:ListFunctions"),))
