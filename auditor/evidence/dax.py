"""Amazon DAX: caches in front of DynamoDB, and where they stand."""

from __future__ import annotations

from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, listed

_PORT, _TLS_PORT = 8111, 9111


@evidence
class DaxCluster(Resource):
    """A cluster."""

    type_name: ClassVar = "AWS::DAX::Cluster"
    name_format: ClassVar = "{cluster}"
    arn: str = at("ClusterArn")
    cluster: str = at("ClusterName")
    status: str = at("Status")
    address: str | None = at("ClusterDiscoveryEndpoint.Address")
    """None while the cluster is being made."""
    own_port: int | None = at("ClusterDiscoveryEndpoint.Port")
    endpoint_encryption: str | None = at("ClusterEndpointEncryptionType")
    """`NONE` or `TLS`."""
    subnet_group: str | None = at("SubnetGroup")
    vpc_security_groups: tuple[str, ...] = at("SecurityGroups[].SecurityGroupIdentifier")
    role: str | None = at("IamRoleArn")
    """With which it reads and writes tables for its clients."""
    zones: tuple[str, ...] = at("Nodes[].AvailabilityZone")
    """The zone of each node."""
    node_addresses: tuple[str, ...] = at("Nodes[].Endpoint.Address")

    @property
    def port(self) -> int:
        """The port that it listens on, of which there are but two to choose from."""
        return self.own_port or (_TLS_PORT if self.endpoint_encryption == "TLS" else _PORT)


dax_clusters = listed(
    DaxCluster, call("dax", "DescribeClusters", page=100), "Clusters[]", skip={"Status": ("deleting",)}
)


@evidence
class DaxSubnetGroup(Evidence):
    """The subnets that a cluster is placed in."""

    vpc: str = at("VpcId")
    subnets: tuple[str, ...] = at("Subnets[].SubnetIdentifier")


@collector(call("dax", "DescribeSubnetGroups", absent="SubnetGroupNotFoundFault"))
def dax_subnet_group(aws: Aws, cluster: DaxCluster) -> DaxSubnetGroup:
    """Asked where there is a cluster, as most regions have none; a group that many share is asked once."""
    if cluster.subnet_group is None:
        raise Absent("it names no subnet group")
    for raw in aws("DescribeSubnetGroups", SubnetGroupNames=[cluster.subnet_group]).get("SubnetGroups", ()):
        return aws.parse(DaxSubnetGroup, raw)
    raise Absent("there is no subnet group of that name")
