"""What the shop would recover from: backup plans and vaults, and what stands by in the other Region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, RECOVERY, labels, pairs, tagged

if TYPE_CHECKING:
    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity
    from auditor.demo.network import Network


def build_recovery(clients: Clients, identity: Identity, recovery: Network) -> None:
    """A locked vault in each Region, a plan that copies, a forgotten plan that does not, and a small standby."""
    for region, key in ((PRIMARY, "shop-data"), (RECOVERY, "shop-data-recovery")):
        _vault(clients("backup", region), identity.keys[key])
    clients("backup").create_backup_vault(BackupVaultName="legacy")
    copy = f"arn:aws:backup:{RECOVERY}:{identity.account}:backup-vault:shop"
    _plan(clients("backup"), "shop-hourly", "shop", "cron(0 * * * ? *)", copy)
    _plan(clients("backup"), "legacy-weekly", "legacy", "cron(0 3 ? * SUN *)", "")
    _standby(clients, recovery)


def _vault(backup: Any, key: str) -> None:
    backup.create_backup_vault(BackupVaultName="shop", EncryptionKeyArn=key, BackupVaultTags=labels("shop", "data"))
    backup.put_backup_vault_lock_configuration(BackupVaultName="shop", MinRetentionDays=7, MaxRetentionDays=365)


def _plan(backup: Any, name: str, vault: str, schedule: str, copy: str) -> None:
    rule: dict[str, Any] = {
        "RuleName": name,
        "TargetBackupVaultName": vault,
        "ScheduleExpression": schedule,
        "StartWindowMinutes": 60,
        "Lifecycle": {"DeleteAfterDays": 35},
    }
    if copy:
        rule["CopyActions"] = [{"DestinationBackupVaultArn": copy, "Lifecycle": {"DeleteAfterDays": 35}}]
    backup.create_backup_plan(BackupPlan={"BackupPlanName": name, "Rules": [rule]}, BackupPlanTags={"workload": "shop"})


def _standby(clients: Clients, recovery: Network) -> None:
    """A scaling group that could grow to four instances, where production may need nine."""
    ec2 = clients("ec2", RECOVERY)
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    template = ec2.create_launch_template(
        LaunchTemplateName="shop-app",
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": "m7g.large",
            "SecurityGroupIds": [recovery.groups["shop-app"]],
            "MetadataOptions": {"HttpTokens": "required"},
        },
        TagSpecifications=tagged("launch-template", labels("shop-app", "app")),
    )["LaunchTemplate"]["LaunchTemplateId"]
    clients("autoscaling", RECOVERY).create_auto_scaling_group(
        AutoScalingGroupName="shop-app",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        MinSize=0,
        DesiredCapacity=0,
        MaxSize=4,
        VPCZoneIdentifier=",".join(recovery.subnets["app"]),
        Tags=[dict(tag, PropagateAtLaunch=True) for tag in pairs(labels("shop-app", "app"))],
    )
