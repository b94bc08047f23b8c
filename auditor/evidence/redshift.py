"""Amazon Redshift: provisioned clusters, their parameters, logs and subnets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed


@evidence
class ClusterParameterGroup(Evidence):
    """A parameter group of a cluster, and whether its values are in force."""

    group: str = at("ParameterGroupName")
    status: str = at("ParameterApplyStatus")


@evidence
class RedshiftCluster(Resource):
    """A provisioned cluster."""

    type_name: ClassVar = "AWS::Redshift::Cluster"
    arn_format: ClassVar = "arn:{partition}:redshift:{region}:{account}:cluster:{identifier}"
    identifier: str = at("ClusterIdentifier")
    status: str = at("ClusterStatus")
    created: datetime | None = at("ClusterCreateTime")
    node_type: str = at("NodeType")
    node_count: int = at("NumberOfNodes")
    address: str | None = at("Endpoint.Address")
    port: int | None = at("Endpoint.Port")
    publicly_accessible: bool = at("PubliclyAccessible")
    encrypted: bool = at("Encrypted")
    kms_key: str | None = at("KmsKeyId")
    enhanced_vpc_routing: bool = at("EnhancedVpcRouting")
    backup_retention_days: int = at("AutomatedSnapshotRetentionPeriod")
    copy_region: str | None = at("ClusterSnapshotCopyStatus.DestinationRegion")
    """The region that its snapshots are copied to."""
    multi_az: bool = at("MultiAZ", parse=lambda text: str(text).lower() == "enabled", absent=False)
    """RA3 clusters say `Enabled` or `Disabled`; others cannot be in several zones."""
    relocatable: bool = at("AvailabilityZoneRelocationStatus", parse=lambda text: text == "enabled", absent=False)
    """Whether it can move to another zone; RA3 clusters only."""
    zone: str | None = at("AvailabilityZone")
    vpc: str | None = at("VpcId")
    subnet_group: str | None = at("ClusterSubnetGroupName")
    vpc_security_groups: tuple[str, ...] = at("VpcSecurityGroups[].VpcSecurityGroupId")
    parameter_groups: tuple[ClusterParameterGroup, ...] = at("ClusterParameterGroups")
    master_secret: str | None = at("MasterPasswordSecretArn")
    version_upgrades: bool = at("AllowVersionUpgrade")
    tags: Mapping[str, str] = at("Tags")


redshift_clusters = listed(
    RedshiftCluster,
    call("redshift", "DescribeClusters"),
    "Clusters[]",
    skip={"ClusterStatus": ("deleting", "final-snapshot")},
)


@evidence
class RedshiftParameters(Evidence):
    """The parameters of a cluster."""

    values: Mapping[str, str] = at("Parameters")

    @property
    def requires_tls(self) -> bool:
        """Whether clients cannot connect in clear text."""
        return self.values.get("require_ssl", "").lower() == "true"


@collector(call("redshift", "DescribeClusterParameters"))
def redshift_parameters(aws: Aws, cluster: RedshiftCluster) -> RedshiftParameters:
    """Of the groups in use; a group that many clusters share is asked once."""
    pages = (
        page
        for one in cluster.parameter_groups
        for page in aws.pages("DescribeClusterParameters", ParameterGroupName=one.group)
    )
    return aws.parse(
        RedshiftParameters, {"Parameters": [item for page in pages for item in page.get("Parameters", ())]}
    )


@evidence
class RedshiftLogging(Evidence):
    """The audit log of a cluster."""

    enabled: bool = at("LoggingEnabled")
    bucket: str | None = at("BucketName")


redshift_logging = described(
    RedshiftLogging, call("redshift", "DescribeLoggingStatus"), of=RedshiftCluster, ClusterIdentifier="identifier"
)


@evidence
class RedshiftSubnetGroup(Resource):
    """The subnets that clusters are placed in."""

    type_name: ClassVar = "AWS::Redshift::ClusterSubnetGroup"
    arn_format: ClassVar = "arn:{partition}:redshift:{region}:{account}:subnetgroup:{group}"
    group: str = at("ClusterSubnetGroupName")
    vpc: str = at("VpcId")
    subnets: tuple[str, ...] = at("Subnets[].SubnetIdentifier")
    tags: Mapping[str, str] = at("Tags")


redshift_subnet_groups = listed(
    RedshiftSubnetGroup, call("redshift", "DescribeClusterSubnetGroups"), "ClusterSubnetGroups[]"
)
