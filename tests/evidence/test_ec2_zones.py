from auditor.evidence.ec2_zones import LocalZone, PlacedDbInstance
from auditor.testing import HOME, gathered, made


def test_only_local_zones_that_are_used_are_listed() -> None:
    def zone(name: str, **fields: str) -> dict[str, str]:
        return {"ZoneName": name, "NetworkBorderGroup": name[:-1], "GroupName": name[:-1], **fields}

    answer = {
        "AvailabilityZones": [
            zone(f"{HOME}a", ZoneType="availability-zone", OptInStatus="opt-in-not-required"),
            zone("wave-1a", ZoneType="wavelength-zone", OptInStatus="opted-in"),
            zone("metro-1a", ZoneType="local-zone", OptInStatus="opted-in"),
            zone("metro-2a", ZoneType="local-zone", OptInStatus="not-opted-in"),
            zone("plain-1a"),
        ]
    }
    first, second = gathered(LocalZone, DescribeAvailabilityZones=answer)
    assert (first.name, first.is_local, first.group, first.border_group) == ("metro-1a", True, "metro-1", "metro-1")
    assert first.arn == f"arn:aws:ec2:{HOME}::availability-zone/metro-1a"
    assert (second.name, second.is_local) == ("plain-1a", False)


def test_backups_are_in_the_region_unless_said() -> None:
    assert made(PlacedDbInstance, DBInstanceArn="arn:d").backup_target == "region"
    assert made(PlacedDbInstance, DBInstanceArn="arn:d", BackupTarget="local").backup_target == "local"
