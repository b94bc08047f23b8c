import pytest
from stores import warehouse

from auditor.evidence.redshift import RedshiftCluster, RedshiftLogging, RedshiftParameters, RedshiftSubnetGroup
from auditor.testing import gathered, made


def test_a_cluster() -> None:
    one = warehouse(
        Endpoint={"Address": "dwh.eu-west-1.redshift.amazonaws.com", "Port": 5439},
        VpcSecurityGroups=[{"VpcSecurityGroupId": "sg-1"}],
        ClusterSnapshotCopyStatus={"DestinationRegion": "us-east-1"},
        Encrypted=True,
    )
    assert one.arn == "arn:aws:redshift:eu-west-1:123456789012:cluster:dwh"
    assert (one.port, one.vpc_security_groups, one.copy_region, one.encrypted) == (5439, ("sg-1",), "us-east-1", True)


@pytest.mark.parametrize(
    ("text", "expected"), [("Enabled", True), ("enabled", True), ("Disabled", False), (None, False)]
)
def test_zones(text: str | None, expected: bool) -> None:
    assert warehouse(MultiAZ=text).multi_az is expected
    relocation = text.lower() if text else None
    assert warehouse(AvailabilityZoneRelocationStatus=relocation).relocatable is expected


def test_a_cluster_that_is_being_deleted_is_none() -> None:
    items = [{"ClusterIdentifier": state, "ClusterStatus": state} for state in ("deleting", "resizing")]
    assert [one.identifier for one in gathered(RedshiftCluster, DescribeClusters={"Clusters": items})] == ["resizing"]


@pytest.mark.parametrize(("value", "expected"), [("true", True), ("false", False)])
def test_whether_clients_need_tls(value: str, expected: bool) -> None:
    one = warehouse(ClusterParameterGroups=[{"ParameterGroupName": "tuned", "ParameterApplyStatus": "in-sync"}])
    pages = [{"Parameters": [{"ParameterName": "require_ssl", "ParameterValue": value}]}]
    assert gathered(RedshiftParameters, one, DescribeClusterParameters=pages).requires_tls is expected
    assert not gathered(RedshiftParameters, warehouse(), DescribeClusterParameters=pages).requires_tls


def test_logs_and_subnets() -> None:
    assert made(RedshiftLogging, LoggingEnabled=True, BucketName="audit").bucket == "audit"
    group = made(
        RedshiftSubnetGroup, ClusterSubnetGroupName="data", VpcId="vpc-1", Subnets=[{"SubnetIdentifier": "subnet-a"}]
    )
    assert group.subnets == ("subnet-a",)
