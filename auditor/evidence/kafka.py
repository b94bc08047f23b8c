"""Amazon MSK: Kafka clusters, provisioned and serverless."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed

_PLAIN_PORT, _TLS_PORT, _PASSWORD_PORT, _IAM_PORT = 9092, 9094, 9096, 9098
_PUBLIC = 100
"""How much higher the ports are that clients of the internet use (Amazon MSK developer guide, port information)."""


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
    security_groups: tuple[str, ...] = at("Provisioned.BrokerNodeGroupInfo.SecurityGroups")
    serverless_security_groups: tuple[str, ...] = at("Serverless.VpcConfigs[].SecurityGroupIds[]")
    serverless_subnets: tuple[str, ...] = at("Serverless.VpcConfigs[].SubnetIds[]")
    public_access: str = at("Provisioned.BrokerNodeGroupInfo.ConnectivityInfo.PublicAccess.Type", absent="DISABLED")
    """`DISABLED` is the default (Amazon MSK API reference, PublicAccess)."""
    signs_in_by_iam: bool | None = at("Provisioned.ClientAuthentication.Sasl.Iam.Enabled")
    signs_in_by_password: bool | None = at("Provisioned.ClientAuthentication.Sasl.Scram.Enabled")
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
    def is_public(self) -> bool:
        """Whether its brokers have public addresses."""
        return self.public_access == "SERVICE_PROVIDED_EIPS"

    @property
    def subnets(self) -> tuple[str, ...]:
        """Where clients reach its brokers."""
        return tuple(dict.fromkeys((*self.client_subnets, *self.serverless_subnets)))

    @property
    def groups(self) -> tuple[str, ...]:
        """The security groups of its brokers."""
        return tuple(dict.fromkeys((*self.security_groups, *self.serverless_security_groups)))

    @property
    def ports(self) -> tuple[int, ...]:
        """Where its brokers take clients: a port for each way of encryption and sign-in, others from the internet."""
        if self.is_serverless:
            return (_IAM_PORT,)
        ways = {
            _PLAIN_PORT: "PLAINTEXT" in self.client_encryption,
            _TLS_PORT: self.client_encryption != "PLAINTEXT",
            _PASSWORD_PORT: self.signs_in_by_password,
            _IAM_PORT: self.signs_in_by_iam,
        }
        own = tuple(port for port, is_open in ways.items() if is_open)
        return (*own, *(port + _PUBLIC for port in own if port != _PLAIN_PORT and self.is_public))

    @property
    def zone_count(self) -> int:
        """How many zones its brokers stand in."""
        return len(set(self.zone_ids)) or len(set(self.client_subnets))


kafka_clusters = listed(
    KafkaCluster, call("kafka", "ListClustersV2", page=100), "ClusterInfoList[]", skip={"State": ("DELETING",)}
)
