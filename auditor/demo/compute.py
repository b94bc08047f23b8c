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
    machine = _launch_template(ec2, image, identity, shop)
    _scaling_group(clients, machine, shop, balancers)
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


def _launch_template(ec2: Any, image: str, identity: Identity, shop: Network) -> dict[str, Any]:
    """The application's machine; gives what it is made of, since moto takes only half of that from a template."""
    disk = {"Encrypted": True, "KmsKeyId": identity.keys["shop-data"], "VolumeType": "gp3", "VolumeSize": 20}
    machine: dict[str, Any] = {
        "ImageId": image,
        "InstanceType": "m7g.large",
        "IamInstanceProfile": {"Name": "shop-app"},
        "SecurityGroupIds": [shop.groups["shop-app"]],
        "MetadataOptions": {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": disk}],
        "TagSpecifications": tagged("instance", labels("shop-app", "app")),
    }
    ec2.create_launch_template(
        LaunchTemplateName="shop-app",
        LaunchTemplateData=machine,
        TagSpecifications=tagged("launch-template", labels("shop-app", "app")),
    )
    return machine


def _scaling_group(clients: Clients, machine: dict[str, Any], shop: Network, balancers: Balancers) -> None:
    """Three machines, one a zone: launched by hand and attached, because moto would put all into the first subnet."""
    scaling = clients("autoscaling")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="shop-app",
        LaunchTemplate={"LaunchTemplateName": "shop-app", "Version": "$Latest"},
        MinSize=0,
        DesiredCapacity=0,
        MaxSize=9,
        VPCZoneIdentifier=",".join(shop.subnets["app"]),
        TargetGroupARNs=[balancers.targets["shop-app"]],
        HealthCheckType="ELB",
        HealthCheckGracePeriod=120,
        Tags=[dict(tag, PropagateAtLaunch=True) for tag in pairs(labels("shop-app", "app"))],
    )
    ids = [_launch(clients("ec2"), {**machine, "SubnetId": subnet}) for subnet in shop.subnets["app"]]
    scaling.attach_instances(AutoScalingGroupName="shop-app", InstanceIds=ids)
    scaling.update_auto_scaling_group(AutoScalingGroupName="shop-app", MinSize=2)
    scaling.put_scaling_policy(
        AutoScalingGroupName="shop-app",
        PolicyName="half-busy",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50.0,
        },
    )


def _weak_instances(ec2: Any, image: str, shop: Network) -> str:
    """A bastion that the internet reaches on port 22, an old web server, a staging server, a forgotten one."""
    public, app = shop.subnets["public"][0], shop.subnets["app"]
    plain = {"ImageId": image, "MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled"}}
    staging = labels("shop-staging", "app", environment="staging")
    plans: tuple[tuple[str, str, str, dict[str, str], dict[str, Any]], ...] = (
        (
            "t3.micro",
            public,
            "shop-bastion",
            labels("shop-bastion", "web"),
            {"IamInstanceProfile": {"Name": "shop-bastion"}},
        ),
        ("m3.large", public, "shop-legacy-web", {"Name": "legacy-web"}, {"UserData": USER_DATA}),
        ("m5.xlarge", app[0], "shop-app", staging, {"IamInstanceProfile": {"Name": "shop-app"}}),
        ("c4.large", app[1], "shop-app", {"Name": "old-batch"}, {}),
    )
    _, web, _, forgotten = (
        _launch(
            ec2,
            {
                **plain,
                "InstanceType": kind,
                "SubnetId": subnet,
                "SecurityGroupIds": [shop.groups[group]],
                "TagSpecifications": tagged("instance", tags),
                **more,
            },
        )
        for kind, subnet, group, tags, more in plans
    )
    ec2.stop_instances(InstanceIds=[forgotten])
    return web


def _launch(ec2: Any, machine: dict[str, Any]) -> str:
    instance: str = ec2.run_instances(MinCount=1, MaxCount=1, **machine)["Instances"][0]["InstanceId"]
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
