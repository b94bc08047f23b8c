import pytest

from auditor.errors import Unread
from auditor.evidence.kafka import KafkaCluster
from auditor.testing import gathered, made

ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/events/1"
BASE = {"ClusterArn": ARN, "ClusterName": "events", "ClusterType": "PROVISIONED", "State": "ACTIVE"}


def test_a_cluster_in_words() -> None:
    transit = {"ClientBroker": "TLS_PLAINTEXT", "InCluster": True}
    encrypted = {"EncryptionInTransit": transit, "EncryptionAtRest": {"DataVolumeKMSKeyId": "key/1"}}
    one = made(KafkaCluster, {**BASE, "Provisioned": {"EncryptionInfo": encrypted}, "Tags": {"env": "prod"}})
    assert one.name == "events"
    assert one.client_encryption == "TLS_PLAINTEXT"
    assert one.encrypts_between_brokers
    assert one.key == "key/1"
    assert one.tags == {"env": "prod"}
    assert not one.is_serverless


def test_a_serverless_cluster_says_nothing_of_its_brokers() -> None:
    one = made(KafkaCluster, {**BASE, "ClusterType": "SERVERLESS"})
    assert one.is_serverless
    with pytest.raises(Unread):
        _ = one.client_encryption


def test_clusters_that_are_being_deleted_are_left_out() -> None:
    assert not gathered(KafkaCluster, ListClustersV2={"ClusterInfoList": [{**BASE, "State": "DELETING"}]})


def provisioned(encryption: str, access: str = "DISABLED", **signs_in: bool) -> KafkaCluster:
    """A cluster with this encryption for clients and these ways to sign in."""
    raw = {
        "BrokerNodeGroupInfo": {
            "ClientSubnets": ["subnet-1", "subnet-2"],
            "InstanceType": "kafka.m5.large",
            "SecurityGroups": ["sg-1"],
            "ConnectivityInfo": {"PublicAccess": {"Type": access}},
        },
        "NumberOfBrokerNodes": 2,
        "ClientAuthentication": {"Sasl": {name: {"Enabled": on} for name, on in signs_in.items()}},
        "EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": encryption}},
    }
    return made(KafkaCluster, {**BASE, "Provisioned": raw})


@pytest.mark.parametrize(
    ("cluster", "ports"),
    [
        pytest.param(provisioned("PLAINTEXT"), (9092,), id="in clear text"),
        pytest.param(provisioned("TLS_PLAINTEXT"), (9092, 9094), id="with TLS or without"),
        pytest.param(provisioned("TLS", Scram=True, Iam=False), (9094, 9096), id="by password"),
        pytest.param(provisioned("TLS", Scram=True, Iam=True), (9094, 9096, 9098), id="by password or IAM"),
        pytest.param(provisioned("TLS", "SERVICE_PROVIDED_EIPS", Iam=True), (9094, 9098, 9194, 9198), id="public"),
    ],
)
def test_brokers_take_clients_on_a_port_for_each_way(cluster: KafkaCluster, ports: tuple[int, ...]) -> None:
    assert cluster.ports == ports
    assert (cluster.subnets, cluster.groups) == (("subnet-1", "subnet-2"), ("sg-1",))


def test_a_serverless_cluster_stands_in_networks_of_its_clients() -> None:
    networks = [
        {"SubnetIds": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]},
        {"SubnetIds": ["subnet-3"], "SecurityGroupIds": ["sg-1", "sg-2"]},
    ]
    one = made(KafkaCluster, {**BASE, "ClusterType": "SERVERLESS", "Serverless": {"VpcConfigs": networks}})
    assert (one.subnets, one.groups) == (("subnet-1", "subnet-2", "subnet-3"), ("sg-1", "sg-2"))
    assert (one.ports, one.is_public) == ((9098,), False)
