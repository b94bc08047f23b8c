"""Amazon OpenSearch Service: domains, of OpenSearch and of Elasticsearch, and their connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.typed import Resource, at, evidence
from auditor.wiring import Batch, collector, listed


@evidence
class DomainEntry(Resource):
    """A domain as ListDomainNames names it."""

    type_name: ClassVar = "AWS::OpenSearchService::Domain"
    arn_format: ClassVar = "arn:{partition}:es:{region}:{account}:domain/{domain}"
    domain: str = at("DomainName")


domain_entries = listed(DomainEntry, call("opensearch", "ListDomainNames"), "DomainNames[]")


def _log_types(raw: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted(name for name, option in raw.items() if option.get("Enabled")))


@evidence
class Domain(Resource):
    """A domain."""

    type_name: ClassVar = "AWS::OpenSearchService::Domain"
    arn: str = at("ARN")
    domain: str = at("DomainName")
    engine_version: str = at("EngineVersion")
    address: str | None = at("Endpoint")
    addresses: Mapping[str, str] = at("Endpoints")
    """By `vpc` and the like, for a domain in a VPC."""
    instance_type: str = at("ClusterConfig.InstanceType")
    instance_count: int = at("ClusterConfig.InstanceCount")
    zone_awareness: bool = at("ClusterConfig.ZoneAwarenessEnabled")
    zone_count: int = at("ClusterConfig.ZoneAwarenessConfig.AvailabilityZoneCount", absent=2)
    """ZoneAwarenessConfig: 2 is the default, where zone awareness is on."""
    standby: bool = at("ClusterConfig.MultiAZWithStandbyEnabled", absent=False)
    """ClusterConfig: false is the default."""
    dedicated_masters: bool = at("ClusterConfig.DedicatedMasterEnabled")
    master_count: int = at("ClusterConfig.DedicatedMasterCount", absent=0)
    """Not sent where there are none."""
    warm: bool = at("ClusterConfig.WarmEnabled", absent=False)
    """ClusterConfig: false is the default."""
    volume_gib: int | None = at("EBSOptions.VolumeSize")
    """None where the instances have disks of their own."""
    policy: PolicyDocument | None = at("AccessPolicies", parse=lambda text: PolicyDocument.read(text) if text else None)
    vpc: str | None = at("VPCOptions.VPCId")
    subnets: tuple[str, ...] = at("VPCOptions.SubnetIds")
    vpc_security_groups: tuple[str, ...] = at("VPCOptions.SecurityGroupIds")
    encrypts_at_rest: bool = at("EncryptionAtRestOptions.Enabled")
    kms_key: str | None = at("EncryptionAtRestOptions.KmsKeyId")
    encrypts_between_nodes: bool = at("NodeToNodeEncryptionOptions.Enabled")
    enforces_https: bool = at("DomainEndpointOptions.EnforceHTTPS")
    tls_policy: str | None = at("DomainEndpointOptions.TLSSecurityPolicy")
    fine_grained_access: bool = at("AdvancedSecurityOptions.Enabled")
    anonymous_access: bool = at("AdvancedSecurityOptions.AnonymousAuthEnabled", absent=False)
    """AdvancedSecurityOptions: only sent while it is on, on the way to fine-grained access control."""
    log_types: tuple[str, ...] = at("LogPublishingOptions", parse=_log_types)
    use_case: str | None = at("UseCase")
    update_available: bool = at("ServiceSoftwareOptions.UpdateAvailable")


@collector(call("opensearch", "DescribeDomains"), batch=5)
def domains(aws: Aws, entries: Batch[DomainEntry]) -> Iterable[Domain]:
    """Five at a time, which is the most; not those that are being deleted."""
    for raw in aws("DescribeDomains", DomainNames=[one.domain for one in entries]).get("DomainStatusList", ()):
        if not raw.get("Deleted"):
            yield aws.parse(Domain, raw)


@evidence
class OutboundConnection(Resource):
    """A connection from a domain to one that it searches or replicates."""

    type_name: ClassVar = "AWS::OpenSearchService::OutboundConnection"
    arn_format: ClassVar = "arn:{partition}:es:{region}:{account}:outbound-connection/{id}"
    id: str = at("ConnectionId")
    domain: str = at("LocalDomainInfo.AWSDomainInformation.DomainName")
    remote_domain: str = at("RemoteDomainInfo.AWSDomainInformation.DomainName")
    remote_region: str = at("RemoteDomainInfo.AWSDomainInformation.Region")
    remote_account: str | None = at("RemoteDomainInfo.AWSDomainInformation.OwnerId")
    status: str = at("ConnectionStatus.StatusCode")


outbound_connections = listed(
    OutboundConnection,
    call("opensearch", "DescribeOutboundConnections", MaxResults=100),
    "Connections[]",
    skip={"ConnectionStatus.StatusCode": ("DELETING", "DELETED", "REJECTED")},
)
