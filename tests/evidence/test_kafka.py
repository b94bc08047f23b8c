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
