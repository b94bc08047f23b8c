from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.dax import DaxCluster, DaxSubnetGroup
from auditor.testing import REGION, gathered, made

ARN = "arn:aws:dax:eu-west-1:123456789012:cache/orders"
BASE: dict[str, Any] = {"ClusterArn": ARN, "ClusterName": "orders", "Status": "available", "SubnetGroup": "data"}


def test_a_cluster_and_where_it_stands() -> None:
    nodes = [
        {"NodeId": f"orders-{zone}", "AvailabilityZone": zone, "Endpoint": {"Address": f"{zone}.example", "Port": 9111}}
        for zone in ("eu-west-1a", "eu-west-1b")
    ]
    raw = BASE | {
        "ClusterDiscoveryEndpoint": {"Address": "orders.example", "Port": 9111, "URL": "daxs://orders.example"},
        "IamRoleArn": "arn:aws:iam::123456789012:role/dax",
        "SecurityGroups": [{"SecurityGroupIdentifier": "sg-1", "Status": "active"}],
        "Nodes": nodes,
    }
    gone = BASE | {"ClusterName": "gone", "Status": "deleting"}
    (one,) = gathered(DaxCluster, REGION, DescribeClusters={"Clusters": [raw, gone]})
    assert (one.name, one.address, one.port) == ("orders", "orders.example", 9111)
    assert (one.zones, one.node_addresses) == (
        ("eu-west-1a", "eu-west-1b"),
        ("eu-west-1a.example", "eu-west-1b.example"),
    )
    assert (one.vpc_security_groups, one.role) == (("sg-1",), "arn:aws:iam::123456789012:role/dax")


@pytest.mark.parametrize(
    ("told", "port"),
    [
        ({"ClusterEndpointEncryptionType": "NONE"}, 8111),
        ({"ClusterEndpointEncryptionType": "TLS"}, 9111),
        ({}, 8111),
    ],
)
def test_the_port_of_a_cluster_that_is_being_made(told: dict[str, str], port: int) -> None:
    assert made(DaxCluster, BASE | told).port == port


def test_a_subnet_group() -> None:
    group = {"SubnetGroupName": "data", "VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "subnet-1"}]}
    one = gathered(DaxSubnetGroup, made(DaxCluster, BASE), DescribeSubnetGroups={"SubnetGroups": [group]})
    assert (one.vpc, one.subnets) == ("vpc-1", ("subnet-1",))


@pytest.mark.parametrize(
    ("cluster", "answers"),
    [
        pytest.param({**BASE, "SubnetGroup": "gone"}, {"DescribeSubnetGroups": {"SubnetGroups": []}}, id="it is gone"),
        pytest.param({"ClusterArn": ARN, "ClusterName": "orders", "Status": "available"}, {}, id="none is named"),
    ],
)
def test_a_cluster_without_a_subnet_group(cluster: dict[str, Any], answers: dict[str, Any]) -> None:
    with pytest.raises(Absent):
        gathered(DaxSubnetGroup, made(DaxCluster, cluster), **answers)
