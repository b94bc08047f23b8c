from collections.abc import Callable
from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.eks import (
    ClusterInsights,
    EksAddons,
    EksCluster,
    EksClusterEntry,
    FargateProfiles,
    KubernetesVersions,
    NodeGroup,
    NodeGroupEntry,
    PodIdentities,
)
from auditor.testing import REGION, gathered, made


def noted(asked: list[Any], answer: dict[str, Any]) -> Callable[[Any], dict[str, Any]]:
    """An answer that remembers what was asked."""

    def reply(params: Any) -> dict[str, Any]:
        asked.append(params)
        return answer

    return reply


RAW: dict[str, Any] = {
    "name": "shop",
    "arn": "arn:aws:eks:eu-west-1:123456789012:cluster/shop",
    "status": "ACTIVE",
    "version": "1.33",
    "resourcesVpcConfig": {
        "vpcId": "vpc-1",
        "endpointPublicAccess": True,
        "endpointPrivateAccess": False,
        "publicAccessCidrs": ["0.0.0.0/0"],
    },
    "logging": {
        "clusterLogging": [{"types": ["api", "audit"], "enabled": True}, {"types": ["scheduler"], "enabled": False}]
    },
    "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:key"}}],
    "tags": {"team": "shop"},
}
ENTRY = made(EksClusterEntry, "shop")


def cluster(**changes: Any) -> EksCluster:
    found: tuple[EksCluster, ...] = gathered(EksCluster, ENTRY, DescribeCluster={"cluster": RAW | changes})
    return found[0]


def test_a_cluster_speaks_of_itself() -> None:
    one = cluster()
    assert ENTRY.arn == one.arn
    assert one.is_open_to_internet
    assert one.logged_types == {"api", "audit"}
    assert one.encrypts_secrets
    assert one.keys == ("arn:key",)
    assert one.tags == {"team": "shop"}
    assert not one.auto_mode
    assert cluster(computeConfig={"enabled": True}).auto_mode
    assert not cluster(encryptionConfig=[]).encrypts_secrets


def test_an_endpoint_that_is_not_open() -> None:
    network = RAW["resourcesVpcConfig"]
    assert not cluster(resourcesVpcConfig=network | {"publicAccessCidrs": ["192.0.2.0/24"]}).is_open_to_internet
    assert not cluster(resourcesVpcConfig=network | {"endpointPublicAccess": False}).is_open_to_internet


def test_clusters_by_name_without_those_that_go() -> None:
    assert [one.cluster_name for one in gathered(EksClusterEntry, REGION, ListClusters={"clusters": ["shop"]})] == [
        "shop"
    ]
    assert gathered(EksCluster, ENTRY, DescribeCluster={"cluster": RAW | {"status": "DELETING"}}) == ()
    with pytest.raises(Absent):
        gathered(EksCluster, ENTRY, DescribeCluster=Absent("ResourceNotFoundException"))


def test_node_groups() -> None:
    entry = gathered(NodeGroupEntry, cluster(), ListNodegroups={"nodegroups": ["workers"]})[0]
    assert entry.cluster_name == "shop"
    raw = {
        "nodegroupArn": "arn:aws:eks:eu-west-1:123456789012:nodegroup/shop/workers/1",
        "nodegroupName": "workers",
        "clusterName": "shop",
        "status": "ACTIVE",
        "scalingConfig": {"minSize": 1, "maxSize": 5, "desiredSize": 2},
        "resources": {"autoScalingGroups": [{"name": "eks-workers"}]},
        "remoteAccess": {"ec2SshKey": "ops"},
    }
    asked: list[Any] = []
    found = gathered(NodeGroup, entry, DescribeNodegroup=noted(asked, {"nodegroup": raw}))
    assert asked == [{"clusterName": "shop", "nodegroupName": "workers"}]
    assert (found[0].minimum, found[0].maximum, found[0].desired) == (1, 5, 2)
    assert found[0].auto_scaling_groups == ("eks-workers",)
    assert found[0].capacity_type == "ON_DEMAND"
    assert found[0].ssh_key == "ops"
    assert found[0].enclosing(EksCluster).version == "1.33"
    assert gathered(NodeGroup, entry, DescribeNodegroup={"nodegroup": raw | {"status": "DELETING"}}) == ()


def test_lists_of_all_pages() -> None:
    addons = gathered(EksAddons, cluster(), ListAddons=[{"addons": ["vpc-cni"]}, {"addons": ["coredns"]}])
    assert addons.names == ("vpc-cni", "coredns")
    assert gathered(FargateProfiles, cluster(), ListFargateProfiles={"fargateProfileNames": ["jobs"]}).names == (
        "jobs",
    )
    pods = gathered(PodIdentities, cluster(), ListPodIdentityAssociations={"associations": [{"associationId": "a-1"}]})
    assert pods.associations == ("a-1",)


def test_what_stands_in_the_way_of_an_upgrade() -> None:
    insights = [
        {"name": "Deprecated APIs", "category": "UPGRADE_READINESS", "insightStatus": {"status": "ERROR"}},
        {"name": "Kubelet skew", "category": "UPGRADE_READINESS", "insightStatus": {"status": "PASSING"}},
    ]
    found = gathered(ClusterInsights, cluster(), ListInsights={"insights": insights})
    assert [one.insight for one in found.upgrade_errors] == ["Deprecated APIs"]


def test_versions() -> None:
    versions = [
        {
            "clusterVersion": "1.33",
            "versionStatus": "STANDARD_SUPPORT",
            "endOfStandardSupportDate": "2026-07-29T00:00:00+00:00",
        }
    ]
    found = gathered(KubernetesVersions, cluster(), DescribeClusterVersions={"clusterVersions": versions})
    one = found.get("1.33")
    assert one is not None
    assert one.standard_support_ends is not None
    assert one.standard_support_ends.year == 2026
    assert one.extended_support_ends is None
    assert found.get("1.12") is None
