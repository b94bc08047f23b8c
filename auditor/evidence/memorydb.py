"""Amazon MemoryDB: clusters of Valkey or Redis OSS that keep what they hold, and where they stand."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class MemoryDbCluster(Resource):
    """A cluster."""

    type_name: ClassVar = "AWS::MemoryDB::Cluster"
    name_format: ClassVar = "{cluster}"
    arn: str = at("ARN")
    cluster: str = at("Name")
    status: str = at("Status")
    address: str | None = at("ClusterEndpoint.Address")
    """None while the cluster is being made."""
    port: int | None = at("ClusterEndpoint.Port")
    subnet_group: str | None = at("SubnetGroupName")
    vpc_security_groups: tuple[str, ...] = at("SecurityGroups[].SecurityGroupId")
    zones: tuple[str, ...] = at("Shards[].Nodes[].AvailabilityZone")
    """The zone of each node."""
    node_addresses: tuple[str, ...] = at("Shards[].Nodes[].Endpoint.Address")


memorydb_clusters = listed(
    MemoryDbCluster,
    call("memorydb", "DescribeClusters", page=50, ShowShardDetails=True),
    "Clusters[]",
    skip={"Status": ("deleting",)},
)


@evidence
class MemoryDbSubnetGroup(Resource):
    """The subnets that clusters are placed in."""

    type_name: ClassVar = "AWS::MemoryDB::SubnetGroup"
    name_format: ClassVar = "{group}"
    arn: str = at("ARN")
    group: str = at("Name")
    vpc: str = at("VpcId")
    subnets: tuple[str, ...] = at("Subnets[].Identifier")


memorydb_subnet_groups = listed(
    MemoryDbSubnetGroup, call("memorydb", "DescribeSubnetGroups", page=50), "SubnetGroups[]"
)
