from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.appmesh import Mesh, MeshEgress, VirtualNode, VirtualNodeEntry
from auditor.model import Gap, GapKind
from auditor.testing import gap, gathered, made

MOMENT = "2024-01-01T00:00:00+00:00"
OWNERS = {"meshOwner": "123456789012", "resourceOwner": "123456789012", "version": 1}
MESH_ARN = "arn:aws:appmesh:eu-west-1:123456789012:mesh/shop"
NODE_ARN = f"{MESH_ARN}/virtualNode/web"
LISTED = {"arn": MESH_ARN, "meshName": "shop", "createdAt": MOMENT, "lastUpdatedAt": MOMENT, **OWNERS}


def mesh() -> Mesh:
    found: Mesh = gathered(Mesh, ListMeshes={"meshes": [LISTED, {**LISTED, "meshOwner": "999999999999"}]})[0]
    return found


def node(**spec: Any) -> VirtualNode:
    entry_raw = {
        "arn": NODE_ARN,
        "meshName": "shop",
        "virtualNodeName": "web",
        "createdAt": MOMENT,
        "lastUpdatedAt": MOMENT,
    }
    entry = gathered(VirtualNodeEntry, mesh(), ListVirtualNodes={"virtualNodes": [{**entry_raw, **OWNERS}]})[0]
    metadata = {"arn": NODE_ARN, "uid": "1", "createdAt": MOMENT, "lastUpdatedAt": MOMENT, **OWNERS}
    raw = {
        "meshName": "shop",
        "virtualNodeName": "web",
        "metadata": metadata,
        "status": {"status": "ACTIVE"},
        "spec": spec,
    }
    found: VirtualNode = gathered(VirtualNode, entry, DescribeVirtualNode={"virtualNode": raw})[0]
    return found


def test_a_mesh_of_another_account_is_left_out() -> None:
    assert len(gathered(Mesh, ListMeshes={"meshes": [LISTED, {**LISTED, "meshOwner": "999999999999"}]})) == 1


def test_a_node_in_words() -> None:
    trust = {"validation": {"trust": {"sds": {"secretName": "ca"}}}}
    certificate = {"certificate": {"file": {"certificateChain": "/c", "privateKey": "/k"}}}
    tls = {"mode": "STRICT", **certificate, **trust}
    policy = {"clientPolicy": {"tls": {**certificate, **trust}}}
    one = node(listeners=[{"portMapping": {"port": 80, "protocol": "http"}, "tls": tls}], backendDefaults=policy)
    assert one.arn == NODE_ARN
    assert one.mesh == "shop"
    assert one.listeners[0].mode == "STRICT"
    assert one.listeners[0].client_trust == "sds"
    assert one.demands_tls
    assert one.client_certificate == "file"


def test_a_node_without_settings_takes_and_sends_plain_text() -> None:
    one = node(listeners=[{"portMapping": {"port": 80, "protocol": "http"}}])
    assert one.listeners[0].mode == "DISABLED"
    assert one.listeners[0].client_trust is None
    assert not one.demands_tls
    assert one.client_certificate is None


def test_egress_is_closed_unless_it_says_so() -> None:
    assert made(MeshEgress, spec={}).filter == "DROP_ALL"
    assert made(MeshEgress, spec={"egressFilter": {"type": "ALLOW_ALL"}}).filter == "ALLOW_ALL"


@pytest.mark.parametrize("kind", [GapKind.UNREACHABLE, GapKind.UNSUPPORTED, GapKind.NOT_SUBSCRIBED])
def test_a_service_that_is_gone_has_no_mesh(kind: GapKind) -> None:
    with pytest.raises(Absent):
        gathered(Mesh, ListMeshes=Unread(gap("appmesh:ListMeshes", kind=kind)))


def test_a_denied_read_stays_one() -> None:
    denied: Gap = gap("appmesh:ListMeshes")
    with pytest.raises(Unread):
        gathered(Mesh, ListMeshes=Unread(denied))
