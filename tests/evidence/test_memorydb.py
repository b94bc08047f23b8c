from auditor.evidence.memorydb import MemoryDbCluster, MemoryDbSubnetGroup
from auditor.testing import REGION, gathered, made


def test_a_cluster_and_where_it_stands() -> None:
    nodes = [
        {"Name": f"sessions-0001-00{number}", "AvailabilityZone": zone, "Endpoint": {"Address": f"{number}.example"}}
        for number, zone in ((1, "eu-west-1a"), (2, "eu-west-1b"))
    ]
    arn = "arn:aws:memorydb:eu-west-1:123456789012:cluster/sessions"
    raw = {
        "ARN": arn,
        "Name": "sessions",
        "Status": "available",
        "ClusterEndpoint": {"Address": "clustercfg.sessions.example", "Port": 6379},
        "SubnetGroupName": "data",
        "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
        "Shards": [{"Name": "0001", "Nodes": nodes}],
    }
    gone = raw | {"Name": "gone", "Status": "deleting"}
    (one,) = gathered(MemoryDbCluster, REGION, DescribeClusters={"Clusters": [raw, gone]})
    assert (one.name, one.address, one.port) == ("sessions", "clustercfg.sessions.example", 6379)
    assert one.zones == ("eu-west-1a", "eu-west-1b")
    assert one.node_addresses == ("1.example", "2.example")
    assert one.vpc_security_groups == ("sg-1",)


def test_a_subnet_group() -> None:
    one = made(MemoryDbSubnetGroup, Name="data", VpcId="vpc-1", Subnets=[{"Identifier": "subnet-1"}])
    assert (one.name, one.vpc, one.subnets) == ("data", "vpc-1", ("subnet-1",))
