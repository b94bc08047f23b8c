"""Amazon MSK: Kafka clusters, provisioned and serverless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class KafkaCluster(Resource):
    """A cluster."""

    type_name: ClassVar = "AWS::MSK::Cluster"
    name_format: ClassVar = "{cluster}"
    arn: str = at("ClusterArn")
    cluster: str = at("ClusterName")
    kind: str = at("ClusterType")
    """`PROVISIONED` or `SERVERLESS`."""
    state: str = at("State")
    client_encryption: str = at("Provisioned.EncryptionInfo.EncryptionInTransit.ClientBroker")
    """`TLS`, `TLS_PLAINTEXT` or `PLAINTEXT`."""
    encrypts_between_brokers: bool = at("Provisioned.EncryptionInfo.EncryptionInTransit.InCluster")
    zone_ids: tuple[str, ...] = at("Provisioned.BrokerNodeGroupInfo.ZoneIds")
    client_subnets: tuple[str, ...] = at("Provisioned.BrokerNodeGroupInfo.ClientSubnets")
    """One in each zone."""
    brokers: int = at("Provisioned.NumberOfBrokerNodes", absent=0)
    key: str | None = at("Provisioned.EncryptionInfo.EncryptionAtRest.DataVolumeKMSKeyId")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_serverless(self) -> bool:
        """Whether AWS runs its brokers, which take TLS and IAM only."""
        return self.kind == "SERVERLESS"

    @property
    def zone_count(self) -> int:
        """How many zones its brokers stand in."""
        return len(set(self.zone_ids)) or len(set(self.client_subnets))


kafka_clusters = listed(
    KafkaCluster, call("kafka", "ListClustersV2", page=100), "ClusterInfoList[]", skip={"State": ("DELETING",)}
)
