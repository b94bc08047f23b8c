"""Amazon EKS: clusters, their compute, add-ons and identities, and how long versions are supported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, listed

_GONE = "ResourceNotFoundException"


@evidence
class EksClusterEntry(Resource):
    """A cluster as ListClusters names it."""

    type_name: ClassVar = "AWS::EKS::Cluster"
    arn_format: ClassVar = "arn:{partition}:eks:{region}:{account}:cluster/{cluster_name}"
    cluster_name: str = at("")


@evidence
class ClusterLogging(Evidence):
    """Kinds of control plane logs, and whether they are written."""

    types: tuple[str, ...] = at("types")
    enabled: bool = at("enabled")


@evidence
class EksCluster(Resource):
    """A Kubernetes cluster that is not being deleted."""

    type_name: ClassVar = "AWS::EKS::Cluster"
    arn: str = at("arn")
    cluster_name: str = at("name")
    status: str = at("status")
    version: str = at("version")
    role: str = at("roleArn")
    vpc: str = at("resourcesVpcConfig.vpcId")
    subnets: tuple[str, ...] = at("resourcesVpcConfig.subnetIds")
    security_groups: tuple[str, ...] = at("resourcesVpcConfig.securityGroupIds")
    cluster_security_group: str | None = at("resourcesVpcConfig.clusterSecurityGroupId")
    has_public_endpoint: bool = at("resourcesVpcConfig.endpointPublicAccess")
    has_private_endpoint: bool = at("resourcesVpcConfig.endpointPrivateAccess")
    public_cidrs: tuple[str, ...] = at("resourcesVpcConfig.publicAccessCidrs")
    logging: tuple[ClusterLogging, ...] = at("logging.clusterLogging")
    issuer: str | None = at("identity.oidc.issuer")
    encrypted_resources: tuple[str, ...] = at("encryptionConfig[].resources[]")
    keys: tuple[str, ...] = at("encryptionConfig[].provider.keyArn")
    authentication_mode: str | None = at("accessConfig.authenticationMode")
    support_type: str | None = at("upgradePolicy.supportType")
    """`EXTENDED` or `STANDARD`: whether it stays, at a surcharge, when standard support ends."""
    auto_mode: bool = at("computeConfig.enabled", absent=False)
    zonal_shift: bool = at("zonalShiftConfig.enabled", absent=False)
    deletion_protection: bool = at("deletionProtection", absent=False)
    created: datetime = at("createdAt")
    tags: Mapping[str, str] = at("tags")

    @property
    def is_open_to_internet(self) -> bool:
        """Whether any address may reach its API; its own credentials are still asked for."""
        return self.has_public_endpoint and any(cidr in ("0.0.0.0/0", "::/0") for cidr in self.public_cidrs)

    @property
    def logged_types(self) -> frozenset[str]:
        """The control plane logs that are written: `api`, `audit`, `authenticator` and so on."""
        return frozenset(kind for one in self.logging if one.enabled for kind in one.types)

    @property
    def encrypts_secrets(self) -> bool:
        """Whether Kubernetes secrets are encrypted with a key of the account."""
        return "secrets" in self.encrypted_resources


cluster_entries = listed(EksClusterEntry, call("eks", "ListClusters"), "clusters[]")


@collector(call("eks", "DescribeCluster", absent=_GONE))
def clusters(aws: Aws, entry: EksClusterEntry) -> Iterable[EksCluster]:
    """One by one; EKS has no call for several."""
    raw = aws("DescribeCluster", name=entry.cluster_name)["cluster"]
    if raw.get("status") != "DELETING":
        yield aws.parse(EksCluster, raw)


@evidence
class NodeGroupEntry(Resource):
    """A node group as ListNodegroups names it; its real ARN ends in an id."""

    type_name: ClassVar = "AWS::EKS::Nodegroup"
    arn_format: ClassVar = "arn:{partition}:eks:{region}:{account}:nodegroup/{cluster_name}/{node_group}"
    cluster_name: str = parent("cluster_name")
    node_group: str = at("")


@evidence
class NodeGroup(Resource):
    """A group of nodes that EKS manages."""

    type_name: ClassVar = "AWS::EKS::Nodegroup"
    arn: str = at("nodegroupArn")
    node_group: str = at("nodegroupName")
    cluster_name: str = at("clusterName")
    status: str = at("status")
    version: str | None = at("version")
    """Absent where a launch template names the image."""
    capacity_type: str = at("capacityType", absent="ON_DEMAND")
    minimum: int = at("scalingConfig.minSize")
    maximum: int = at("scalingConfig.maxSize")
    desired: int = at("scalingConfig.desiredSize")
    instance_types: tuple[str, ...] = at("instanceTypes")
    subnets: tuple[str, ...] = at("subnets")
    image_type: str | None = at("amiType")
    role: str | None = at("nodeRole")
    auto_scaling_groups: tuple[str, ...] = at("resources.autoScalingGroups[].name")
    ssh_key: str | None = at("remoteAccess.ec2SshKey")
    ssh_source_groups: tuple[str, ...] = at("remoteAccess.sourceSecurityGroups")
    health_issues: tuple[str, ...] = at("health.issues[].code")
    tags: Mapping[str, str] = at("tags")


node_group_entries = listed(
    NodeGroupEntry,
    call("eks", "ListNodegroups", absent=_GONE),
    "nodegroups[]",
    of=EksCluster,
    clusterName="cluster_name",
)


@collector(call("eks", "DescribeNodegroup", absent=_GONE))
def node_groups(aws: Aws, entry: NodeGroupEntry) -> Iterable[NodeGroup]:
    """One by one; EKS has no call for several."""
    raw = aws("DescribeNodegroup", clusterName=entry.cluster_name, nodegroupName=entry.node_group)["nodegroup"]
    if raw.get("status") != "DELETING":
        yield aws.parse(NodeGroup, raw)


@evidence
class EksAddons(Evidence):
    """The names of a cluster's add-ons."""

    names: tuple[str, ...] = at("addons")


@evidence
class FargateProfiles(Evidence):
    """The names of a cluster's Fargate profiles."""

    names: tuple[str, ...] = at("fargateProfileNames")


@evidence
class PodIdentities(Evidence):
    """The service accounts of a cluster that have a role by EKS Pod Identity."""

    associations: tuple[str, ...] = at("associations[].associationId")


@evidence
class ClusterInsight(Evidence):
    """What EKS found about a cluster."""

    insight: str = at("name")
    category: str = at("category")
    status: str = at("insightStatus.status")
    reason: str | None = at("insightStatus.reason")


@evidence
class ClusterInsights(Evidence):
    """What stands in the way of an upgrade, and other findings of EKS itself."""

    items: tuple[ClusterInsight, ...] = at("insights")

    @property
    def upgrade_errors(self) -> tuple[ClusterInsight, ...]:
        """The findings that will break an upgrade."""
        return tuple(one for one in self.items if one.category == "UPGRADE_READINESS" and one.status == "ERROR")


@collector(call("eks", "ListAddons"))
def addons(aws: Aws, cluster: EksCluster) -> EksAddons:
    """All pages as one."""
    names = [name for page in aws.pages("ListAddons", clusterName=cluster.cluster_name) for name in page["addons"]]
    return aws.parse(EksAddons, {"addons": names})


@collector(call("eks", "ListFargateProfiles"))
def fargate_profiles(aws: Aws, cluster: EksCluster) -> FargateProfiles:
    """All pages as one."""
    pages = aws.pages("ListFargateProfiles", clusterName=cluster.cluster_name)
    return aws.parse(
        FargateProfiles, {"fargateProfileNames": [n for page in pages for n in page["fargateProfileNames"]]}
    )


@collector(call("eks", "ListPodIdentityAssociations"))
def pod_identities(aws: Aws, cluster: EksCluster) -> PodIdentities:
    """All pages as one."""
    pages = aws.pages("ListPodIdentityAssociations", clusterName=cluster.cluster_name)
    return aws.parse(PodIdentities, {"associations": [one for page in pages for one in page["associations"]]})


@collector(call("eks", "ListInsights"))
def cluster_insights(aws: Aws, cluster: EksCluster) -> ClusterInsights:
    """All pages as one."""
    pages = aws.pages("ListInsights", clusterName=cluster.cluster_name)
    return aws.parse(ClusterInsights, {"insights": [one for page in pages for one in page["insights"]]})


@evidence
class KubernetesVersion(Evidence):
    """A version that EKS knows, and until when."""

    version: str = at("clusterVersion")
    status: str = at("versionStatus")
    """`STANDARD_SUPPORT`, `EXTENDED_SUPPORT` or `UNSUPPORTED`."""
    standard_support_ends: datetime | None = at("endOfStandardSupportDate")
    extended_support_ends: datetime | None = at("endOfExtendedSupportDate")


@evidence
class KubernetesVersions(Evidence):
    """The versions of Kubernetes that EKS offers in a region."""

    items: tuple[KubernetesVersion, ...] = at("clusterVersions")

    def get(self, version: str) -> KubernetesVersion | None:
        """What is known of a version."""
        return next((one for one in self.items if one.version == version), None)


@collector(call("eks", "DescribeClusterVersions", includeAll=True))
def kubernetes_versions(aws: Aws, _cluster: EksCluster) -> KubernetesVersions:
    """Asked for each cluster, so that a region without clusters is not asked; equal questions are asked once."""
    found = [raw for page in aws.pages("DescribeClusterVersions") for raw in page["clusterVersions"]]
    return aws.parse(KubernetesVersions, {"clusterVersions": found})
