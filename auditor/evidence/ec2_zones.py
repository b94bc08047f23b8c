"""Local Zones: parts of a region near a metropolitan area, and the databases that stand in them."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.evidence.rds import DbInstance
from auditor.model import Region
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed

_ELSEWHERE = {"ZoneType": ("availability-zone", "wavelength-zone"), "OptInStatus": ("not-opted-in",)}


@evidence
class LocalZone(Resource):
    """A Local Zone that the account has opted in to."""

    type_name: ClassVar = "AWS::EC2::AvailabilityZone"
    name_format: ClassVar = "{zone}"
    arn_format: ClassVar = "arn:{partition}:ec2:{region}::availability-zone/{zone}"
    zone: str = at("ZoneName")
    group: str = at("GroupName")
    """How Route 53 names it: `us-west-2-lax-1`."""
    border_group: str = at("NetworkBorderGroup")
    """From where its public addresses are announced."""
    kind: str = at("ZoneType", absent="availability-zone")

    @property
    def is_local(self) -> bool:
        """Whether it is a Local Zone; an answer without a type is of an ordinary zone."""
        return self.kind == "local-zone"


local_zones = listed(
    LocalZone, call("ec2", "DescribeAvailabilityZones"), "AvailabilityZones[]", of=Region, skip=_ELSEWHERE
)


@evidence
class PlacedDbInstance(DbInstance):
    """A database instance, with the place of its backups."""

    backup_target: str = at("BackupTarget", absent="region")
    """`region` (the default of CreateDBInstance), `local` for the Local Zone, or `outposts`."""


placed_db_instances = listed(
    PlacedDbInstance, call("rds", "DescribeDBInstances"), "DBInstances[]", skip={"DBInstanceStatus": ("deleting",)}
)
