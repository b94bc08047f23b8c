"""Machines: the application's scaling group, a bastion on the internet, old servers, their disks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from auditor.demo.clients import PRIMARY, RECOVERY, labels, pairs, tagged

if TYPE_CHECKING:
    from auditor.demo.balancers import Balancers
    from auditor.demo.clients import Clients
    from auditor.demo.identity import Identity
    from auditor.demo.network import Network

USER_DATA = "#!/bin/sh\nexport DB_PASSWORD=made-up-Passw0rd-1\n/opt/legacy/start\n"


def build_fleet(clients: Clients, identity: Identity, shop: Network, balancers: Balancers) -> None:
    """Everything that runs on EC2."""
    ec2 = clients("ec2")
    ec2.enable_ebs_encryption_by_default()
    image = _image(ec2)
    clients("ec2", RECOVERY).copy_image(Name="shop-app-1", SourceImageId=image, SourceRegion=PRIMARY)
    template = _launch_template(ec2, image, identity, shop)
    _scaling_group(clients("autoscaling"), template, shop, balancers)
    old = _weak_instances(ec2, image, shop)
    clients("elbv2").register_targets(TargetGroupArn=balancers.targets["legacy-web"], Targets=[{"Id": old}])
    _disks(ec2, identity)


def _image(ec2: Any) -> str:
    """The application's own image, private to the account."""
    image: str = ec2.register_image(
        Name="shop-app-1", Architecture="arm64", RootDeviceName="/dev/xvda", VirtualizationType="hvm"
    )["ImageId"]
    ec2.create_tags(Resources=[image], Tags=pairs(labels("shop-app-1", "app")))
    return image


def _launch_template(ec2: Any, image: str, identity: Identity, shop: Network) -> str:
    disk = {"Encrypted": True, "KmsKeyId": identity.keys["shop-data"], "VolumeType": "gp3", "VolumeSize": 20}
    made = ec2.create_launch_template(
        LaunchTemplateName="shop-app",
        LaunchTemplateData={
            "ImageId": image,
            "InstanceType": "m7g.large",
            "IamInstanceProfile": {"Name": "shop-app"},
            "SecurityGroupIds": [shop.groups["shop-app"]],
            "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
            "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": disk}],
            "TagSpecifications": tagged("instance", labels("shop-app", "app")),
        },
        TagSpecifications=tagged("launch-template", labels("shop-app", "app")),
    )
    template: str = made["LaunchTemplate"]["LaunchTemplateId"]
    return template


def _scaling_group(scaling: Any, template: str, shop: Network, balancers: Balancers) -> None:
    tags = [{"Key": key, "Value": value, "PropagateAtLaunch": True} for key, value in labels("shop-app", "app").items()]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="shop-app",
        LaunchTemplate={"LaunchTemplateId": template, "Version": "$Latest"},
        MinSize=2,
        DesiredCapacity=3,
        MaxSize=9,
        VPCZoneIdentifier=",".join(shop.subnets["app"]),
        TargetGroupARNs=[balancers.targets["shop-app"]],
        HealthCheckType="ELB",
        HealthCheckGracePeriod=120,
        Tags=tags,
    )
    half_busy = {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
        "TargetValue": 50.0,
    }
    scaling.put_scaling_policy(
        AutoScalingGroupName="shop-app",
        PolicyName="half-busy",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration=half_busy,
    )


def _weak_instances(ec2: Any, image: str, shop: Network) -> str:
    """A bastion that the internet reaches on port 22, an old web server, a staging server, a forgotten one."""
    public = shop.subnets["public"][0]
    _instance(
        ec2, image, public, [shop.groups["shop-bastion"]], labels("shop-bastion", "web"), "t3.micro", "shop-bastion"
    )
    old = _instance(ec2, image, public, [shop.groups["shop-legacy-web"]], {"Name": "legacy-web"}, "m3.large")
    staging = labels("shop-staging", "app", environment="staging")
    _instance(ec2, image, shop.subnets["app"][0], [shop.groups["shop-app"]], staging, "m5.xlarge", "shop-app")
    forgotten = _instance(
        ec2, image, shop.subnets["app"][1], [shop.groups["shop-app"]], {"Name": "old-batch"}, "c4.large"
    )
    ec2.stop_instances(InstanceIds=[forgotten])
    return old


def _instance(
    ec2: Any, image: str, subnet: str, groups: list[str], tags: dict[str, str], kind: str, profile: str = ""
) -> str:
    """An instance of its own, with the old metadata service; without a profile it has a password in its user data."""
    interface = {"DeviceIndex": 0, "SubnetId": subnet, "Groups": groups}
    more: dict[str, Any] = {"IamInstanceProfile": {"Name": profile}} if profile else {"UserData": USER_DATA}
    made = ec2.run_instances(
        ImageId=image,
        InstanceType=kind,
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[interface],
        MetadataOptions={"HttpTokens": "optional", "HttpEndpoint": "enabled"},
        TagSpecifications=tagged("instance", tags),
        **more,
    )
    instance: str = made["Instances"][0]["InstanceId"]
    return instance


def _disks(ec2: Any, identity: Identity) -> None:
    """An encrypted disk with a private snapshot; an old plain one whose snapshot anyone may copy."""
    zone = f"{PRIMARY}a"
    kept = ec2.create_volume(
        AvailabilityZone=zone,
        Size=50,
        VolumeType="gp3",
        Encrypted=True,
        KmsKeyId=identity.keys["shop-data"],
        TagSpecifications=tagged("volume", labels("shop-index", "app")),
    )["VolumeId"]
    plain = ec2.create_volume(
        AvailabilityZone=zone,
        Size=200,
        VolumeType="gp2",
        Encrypted=False,
        TagSpecifications=tagged("volume", {"Name": "legacy-export"}),
    )["VolumeId"]
    ec2.create_snapshot(VolumeId=kept, TagSpecifications=tagged("snapshot", labels("shop-index", "app")))
    public = ec2.create_snapshot(VolumeId=plain, TagSpecifications=tagged("snapshot", {"Name": "legacy-export"}))[
        "SnapshotId"
    ]
    ec2.modify_snapshot_attribute(
        SnapshotId=public, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
