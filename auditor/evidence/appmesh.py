"""AWS App Mesh, which ended on 2026-09-30: meshes and the TLS of their nodes, where somebody still has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import Call, call
from auditor.errors import Absent, Unread
from auditor.model import GapKind, Region
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, described

_GONE = (GapKind.UNREACHABLE, GapKind.UNSUPPORTED, GapKind.NOT_SUBSCRIBED)
"""How an endpoint that AWS has shut down answers, or does not."""


def _mesh(operation: str, **params: Any) -> Call:
    return call("appmesh", operation, absent="NotFoundException", **params)


@evidence
class Mesh(Resource):
    """A mesh of the account."""

    type_name: ClassVar = "AWS::AppMesh::Mesh"
    arn: str = at("arn")
    mesh: str = at("meshName")


@collector(_mesh("ListMeshes", page=100))
def meshes(aws: Aws, _region: Region) -> Iterable[Mesh]:
    """The meshes of a region; none where the service is gone."""
    try:
        for page in aws.pages("ListMeshes"):
            owned = (raw for raw in page["meshes"] if raw["meshOwner"] == aws.account)
            yield from (aws.parse(Mesh, raw) for raw in owned)
    except Unread as failure:
        if failure.gap.kind in _GONE:
            raise Absent(failure.gap.reason) from failure
        raise


@evidence
class MeshEgress(Evidence):
    """What the proxies of a mesh let out."""

    filter: str = at("spec.egressFilter.type", absent="DROP_ALL")
    """DROP_ALL is the default (App Mesh API reference, EgressFilter)."""


mesh_egress = described(MeshEgress, _mesh("DescribeMesh"), "mesh", of=Mesh, meshName="mesh")


@evidence
class VirtualNodeEntry(Resource):
    """A virtual node as ListVirtualNodes names it."""

    type_name: ClassVar = "AWS::AppMesh::VirtualNode"
    arn: str = at("arn")
    mesh: str = at("meshName")
    node: str = at("virtualNodeName")


@collector(_mesh("ListVirtualNodes", page=100))
def virtual_node_entries(aws: Aws, mesh: Mesh) -> Iterable[VirtualNodeEntry]:
    """The nodes of a mesh."""
    for page in aws.pages("ListVirtualNodes", meshName=mesh.mesh):
        yield from (aws.parse(VirtualNodeEntry, raw) for raw in page["virtualNodes"])


def _sort(raw: Any) -> str:
    """`acm`, `file` or `sds`: the one member that a union has."""
    return str(next(iter(raw)))


def _enforces(tls: Mapping[str, Any]) -> bool:
    """True unless set, where there is a policy (App Mesh API reference, ClientPolicyTls)."""
    return bool(tls.get("enforce", True))


@evidence
class MeshListener(Evidence):
    """A port of a virtual node."""

    port: int = at("portMapping.port")
    mode: str = at("tls.mode", absent="DISABLED")
    """Without TLS settings, plain text is all that it takes."""
    client_trust: str | None = at("tls.validation.trust", parse=_sort)
    """Whose certificates it accepts of clients; None where it asks for none."""


@evidence
class VirtualNode(Resource):
    """A virtual node."""

    type_name: ClassVar = "AWS::AppMesh::VirtualNode"
    arn: str = at("metadata.arn")
    mesh: str = parent("mesh")
    listeners: tuple[MeshListener, ...] = at("spec.listeners")
    demands_tls: bool = at("spec.backendDefaults.clientPolicy.tls", absent=False, parse=_enforces)
    """Whether it calls others by TLS only."""
    client_certificate: str | None = at("spec.backendDefaults.clientPolicy.tls.certificate", parse=_sort)
    """`file` or `sds` (SPIRE)."""


@collector(_mesh("DescribeVirtualNode"))
def virtual_nodes(aws: Aws, entry: VirtualNodeEntry) -> Iterable[VirtualNode]:
    """The node with its settings."""
    answer = aws("DescribeVirtualNode", meshName=entry.mesh, virtualNodeName=entry.node)
    yield aws.parse(VirtualNode, answer["virtualNode"])
