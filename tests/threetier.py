"""A small application in three tiers for tests: names, an edge, a load balancer, workloads, and stores behind them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from networks import balancer, eni, group, health, listener, route, rule, subnet, table, target_group, vpc

from auditor.evidence.autoscaling import AutoScalingGroup
from auditor.evidence.dax import DaxCluster, DaxSubnetGroup
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import SecurityGroup, Subnet
from auditor.evidence.ecs import ClusterEntry, EcsCluster, EcsService, EcsServiceEntry, TaskDefinition
from auditor.evidence.efs import FileSystem, MountTarget, MountTargetSecurityGroups
from auditor.evidence.elasticache import CacheCluster
from auditor.evidence.elbv2 import TargetGroup
from auditor.evidence.iam import Role
from auditor.evidence.kafka import KafkaCluster
from auditor.evidence.lambda_ import EventSourceMapping, Function
from auditor.evidence.memorydb import MemoryDbCluster
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.route53 import HostedZone, RecordSet
from auditor.evidence.s3 import Bucket, BucketEntry
from auditor.evidence.sqs import QueueEntry
from auditor.evidence.tagging import TaggedResource
from auditor.inference.tiers import Tiers
from auditor.model import Account, Gap
from auditor.registry import load
from auditor.testing import ACCOUNT, HOME, every, every_of, gathered, made
from auditor.wiring import Batch, Form, Need

ID = ACCOUNT.id
RDS = f"arn:aws:rds:{HOME}:{ID}"


class World:
    """Evidence of an account by kind; details are given as pairs of a resource and its detail."""

    def __init__(self, *items: Any, gaps: Mapping[type, Sequence[Gap]] | None = None) -> None:
        self._items = items
        self._gaps = gaps or {}
        self._made: dict[Any, Any] = {Account: ACCOUNT}

    def every(self, kind: type) -> Any:
        """All of a kind."""
        pairs = [one for one in self._items if isinstance(one, tuple) and type(one[1]) is kind]
        gaps = self._gaps.get(kind, ())
        return every_of(*pairs, gaps=gaps) if pairs else every(*self._of(kind), gaps=gaps)

    def _of(self, kind: type) -> list[Any]:
        return [one for one in self._items if type(one) is kind]

    def get(self, kind: type) -> Any:
        """What the inferences make of it."""
        if kind not in self._made:
            one = next(one for one in load().inferences if one.provides is kind)
            self._made[kind] = one.function(*(self._need(need) for need in one.needs))
        return self._made[kind]

    def _need(self, need: Need) -> Any:
        if need.kind is Account:
            return ACCOUNT
        return self.every(need.kind) if need.form is Form.EVERY else self.get(need.kind)

    @property
    def tiers(self) -> Tiers:
        """The tiers."""
        found: Tiers = self.get(Tiers)
        return found


def instance(id: str = "i-1", *, groups: Any = ("sg-app",), asg: str = "", name: str = "", **more: Any) -> Instance:  # noqa: A002
    tags = [{"Key": "aws:autoscaling:groupName", "Value": asg}] if asg else []
    tags += [{"Key": "Name", "Value": name}] if name else []
    raw = {
        "InstanceId": id,
        "State": {"Name": "running"},
        "SubnetId": "subnet-app",
        "VpcId": "vpc-1",
        "Placement": {"AvailabilityZone": f"{HOME}a"},
        "SecurityGroups": [{"GroupId": one} for one in groups],
        "Tags": tags,
    }
    return made(Instance, raw | more)


def asg(name: str = "shop", *, targets: Any = (), subnets: str = "subnet-app", **more: Any) -> AutoScalingGroup:
    raw = {
        "AutoScalingGroupName": name,
        "AutoScalingGroupARN": f"arn:aws:autoscaling:{HOME}:{ID}:autoScalingGroup:1:autoScalingGroupName/{name}",
        "VPCZoneIdentifier": subnets,
        "AvailabilityZones": [f"{HOME}a"],
        "TargetGroupARNs": list(targets),
        "MinSize": 2,
        "MaxSize": 4,
        "DesiredCapacity": 2,
    }
    return made(AutoScalingGroup, raw | more)


def database(name: str = "shop", *, groups: Any = ("sg-db",), subnets: Any = ("subnet-db",), **more: Any) -> DbInstance:
    raw = {
        "DBInstanceArn": f"{RDS}:db:{name}",
        "DBInstanceIdentifier": name,
        "DBInstanceStatus": "available",
        "Engine": "postgres",
        "AvailabilityZone": f"{HOME}a",
        "PubliclyAccessible": False,
        "Endpoint": {"Address": f"{name}.abc.{HOME}.rds.amazonaws.com", "Port": 5432},
        "VpcSecurityGroups": [{"VpcSecurityGroupId": one, "Status": "active"} for one in groups],
        "DBSubnetGroup": {
            "DBSubnetGroupName": "data",
            "VpcId": "vpc-1",
            "Subnets": [{"SubnetIdentifier": one} for one in subnets],
        },
    }
    return made(DbInstance, raw | more)


def cluster(name: str = "aurora", **more: Any) -> DbCluster:
    raw = {
        "DBClusterArn": f"{RDS}:cluster:{name}",
        "DBClusterIdentifier": name,
        "Status": "available",
        "Engine": "aurora-postgresql",
        "Endpoint": f"{name}.cluster-abc.{HOME}.rds.amazonaws.com",
        "ReaderEndpoint": f"{name}.cluster-ro-abc.{HOME}.rds.amazonaws.com",
        "Port": 5432,
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-db", "Status": "active"}],
    }
    return made(DbCluster, raw | more)


def cache(name: str = "sessions", *, groups: Any = ("sg-cache",), **more: Any) -> CacheCluster:
    raw = {
        "ARN": f"arn:aws:elasticache:{HOME}:{ID}:cluster:{name}",
        "CacheClusterId": name,
        "Engine": "redis",
        "CacheClusterStatus": "available",
        "CacheNodes": [{"CacheNodeId": "0001", "Endpoint": {"Address": f"{name}.cache.amazonaws.com", "Port": 6379}}],
        "SecurityGroups": [{"SecurityGroupId": one, "Status": "active"} for one in groups],
    }
    return made(CacheCluster, raw | more)


def memory(name: str = "sessions", *, groups: Any = ("sg-cache",)) -> MemoryDbCluster:
    raw = {
        "Name": name,
        "ARN": f"arn:aws:memorydb:{HOME}:{ID}:cluster/{name}",
        "Status": "available",
        "ClusterEndpoint": {"Address": f"clustercfg.{name}.abc.memorydb.{HOME}.amazonaws.com", "Port": 6379},
        "SecurityGroups": [{"SecurityGroupId": one} for one in groups],
        "SubnetGroupName": "data",
    }
    return made(MemoryDbCluster, raw)


def dax(name: str = "orders", *, place: str = "subnet-db", groups: Any = ("sg-dax",)) -> tuple[Any, ...]:
    """A DAX cluster and its subnet group."""
    raw = {
        "ClusterArn": f"arn:aws:dax:{HOME}:{ID}:cache/{name}",
        "ClusterName": name,
        "Status": "available",
        "ClusterDiscoveryEndpoint": {"Address": f"{name}.abc.dax-clusters.{HOME}.amazonaws.com", "Port": 8111},
        "SubnetGroup": "data",
        "SecurityGroups": [{"SecurityGroupIdentifier": one, "Status": "active"} for one in groups],
        "Nodes": [{"NodeId": f"{name}-a", "AvailabilityZone": f"{HOME}a"}],
        "IamRoleArn": f"arn:aws:iam::{ID}:role/dax",
    }
    cluster = made(DaxCluster, raw)
    placed = {"SubnetGroups": [{"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": place}]}]}
    return cluster, (cluster, gathered(DaxSubnetGroup, cluster, DescribeSubnetGroups=placed))


def kafka(name: str = "events", *, groups: Any = ("sg-kafka",)) -> KafkaCluster:
    brokers = {"ClientSubnets": ["subnet-db"], "InstanceType": "kafka.m5.large", "SecurityGroups": list(groups)}
    raw = {
        "ClusterArn": f"arn:aws:kafka:{HOME}:{ID}:cluster/{name}/1-2",
        "ClusterName": name,
        "ClusterType": "PROVISIONED",
        "State": "ACTIVE",
        "Provisioned": {
            "BrokerNodeGroupInfo": brokers,
            "NumberOfBrokerNodes": 1,
            "EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "TLS"}},
        },
    }
    return made(KafkaCluster, raw)


def mounted(name: str = "fs-1", *, place: str = "subnet-app", groups: Any = ("sg-nfs",)) -> tuple[Any, ...]:
    """A file system with a mount target in a subnet, and its security groups."""
    arn = f"arn:aws:elasticfilesystem:{HOME}:{ID}:file-system/{name}"
    system = made(FileSystem, FileSystemArn=arn, FileSystemId=name, LifeCycleState="available")
    where = {"MountTargetId": f"{name}-mt", "SubnetId": place, "VpcId": "vpc-1", "AvailabilityZoneName": f"{HOME}a"}
    mount = made(MountTarget, where, under=system)
    return system, (system, mount), (mount, made(MountTargetSecurityGroups, SecurityGroups=list(groups)))


def queue(name: str = "jobs") -> QueueEntry:
    return made(QueueEntry, f"https://sqs.{HOME}.amazonaws.com/{ID}/{name}")


def bucket(name: str = "shop-assets") -> Bucket:
    entry = made(BucketEntry, Name=name, BucketRegion=HOME)
    found: Bucket = gathered(Bucket, entry, GetBucketLocation={})[0]
    return found


def function(name: str = "work", *, role: str = "worker", **more: Any) -> Function:
    arn = f"arn:aws:lambda:{HOME}:{ID}:function:{name}"
    raw = {"FunctionArn": arn, "FunctionName": name, "Role": f"arn:aws:iam::{ID}:role/{role}"}
    return made(Function, raw | more)


def mapping(of: Function, source: str, state: str = "Enabled") -> EventSourceMapping:
    return made(EventSourceMapping, UUID="1", EventSourceArn=source, FunctionArn=of.arn, State=state)


def role(name: str, *statements: dict[str, Any], profile: str = "") -> Role:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    raw: dict[str, Any] = {
        "Arn": f"arn:aws:iam::{ID}:role/{name}",
        "RoleName": name,
        "Path": "/",
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": json.dumps(policy)}],
    }
    if profile:
        raw["InstanceProfileList"] = [{"Arn": f"arn:aws:iam::{ID}:instance-profile/{profile}"}]
    return made(Role, raw)


def allow(resource: str, *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def service(name: str = "web", *, targets: Any = (), groups: Any = ("sg-app",), **more: Any) -> EcsService:
    entry = made(ClusterEntry, f"arn:aws:ecs:{HOME}:{ID}:cluster/main")
    above = {"clusterArn": entry.arn, "clusterName": "main", "status": "ACTIVE"}
    clusters = gathered(EcsCluster, Batch([entry]), DescribeClusters={"clusters": [above]})
    arn = f"arn:aws:ecs:{HOME}:{ID}:service/main/{name}"
    raw = {
        "serviceArn": arn,
        "serviceName": name,
        "clusterArn": entry.arn,
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": 2,
        "loadBalancers": [{"targetGroupArn": one, "containerName": "web", "containerPort": 80} for one in targets],
        "networkConfiguration": {
            "awsvpcConfiguration": {"subnets": ["subnet-app"], "securityGroups": list(groups)},
        },
    }
    listed = made(EcsServiceEntry, arn, under=clusters[0])
    found: EcsService = gathered(EcsService, Batch([listed]), DescribeServices={"services": [raw | more]})[0]
    return found


def definition(of: EcsService, role_name: str = "", **variables: str) -> tuple[EcsService, TaskDefinition]:
    """A service and its task definition, for a detail."""
    named = [{"name": name, "value": value} for name, value in variables.items()]
    raw: dict[str, Any] = {
        "taskDefinitionArn": f"{of.arn}:1",
        "containerDefinitions": [{"name": "web", "image": "web", "environment": named}],
    }
    if role_name:
        raw["taskRoleArn"] = f"arn:aws:iam::{ID}:role/{role_name}"
    return of, made(TaskDefinition, raw, under=of)


def record(host: str, target: str, *, private: bool = False, kind: str = "A") -> RecordSet:
    zone = made(HostedZone, Id="/hostedzone/Z1", Name="example.com.", Config={"PrivateZone": private})
    where: dict[str, Any] = {"AliasTarget": {"HostedZoneId": "Z", "DNSName": target, "EvaluateTargetHealth": False}}
    if target[:1].isdigit():
        where = {"ResourceRecords": [{"Value": target}], "TTL": 60}
    return made(RecordSet, {"Name": f"{host}.", "Type": kind} | where, under=zone)


def tagged(arn: str, **tags: str) -> TaggedResource:
    return made(TaggedResource, ResourceARN=arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])


PUBLIC, APP, DB = (
    subnet(f"subnet-{name}", f"10.0.{number}.0/24") for number, name in enumerate(("web", "app", "db"), 1)
)
TABLES = (
    table(route("0.0.0.0/0", GatewayId="igw-1"), id="rtb-web", Associations=[{"SubnetId": "subnet-web"}]),
    table(route("0.0.0.0/0", NatGatewayId="nat-1"), id="rtb-app", Associations=[{"SubnetId": "subnet-app"}]),
    table(id="rtb-db", Associations=[{"Main": True}]),
)
LB_GROUP = group(rule("0.0.0.0/0", ports=443), id="sg-lb")
APP_GROUP = group(rule("sg-lb", ports=8080), id="sg-app")
DB_GROUP = group(rule("sg-app", ports=5432), id="sg-db")
CACHE_GROUP = group(rule("sg-app", ports=6379), id="sg-cache")
DAX_GROUP = group(rule("sg-app", ports=8111), id="sg-dax")
KAFKA_GROUP = group(rule("sg-app", ports=9094), id="sg-kafka")
SHOP = balancer(AvailabilityZones=[{"ZoneName": f"{HOME}a", "SubnetId": "subnet-web"}])
HTTPS = listener(SHOP, to=f"{SHOP.arn}/tg")
TARGETS: TargetGroup = target_group(SHOP)
FLEET = asg(targets=(TARGETS.arn,))
MEMBERS = tuple(instance(f"i-{number}", asg="shop", PrivateIpAddress=f"10.0.2.1{number}") for number in (1, 2))
DATABASE = database()
NETWORK = (vpc(), PUBLIC, APP, DB, *TABLES)
GROUPS: tuple[SecurityGroup, ...] = (LB_GROUP, APP_GROUP, DB_GROUP, CACHE_GROUP)
SUBNETS: tuple[Subnet, ...] = (PUBLIC, APP, DB)
THREE_TIER = (
    *NETWORK,
    *GROUPS,
    SHOP,
    HTTPS,
    TARGETS,
    (TARGETS, health("i-1", "i-2")),
    FLEET,
    *MEMBERS,
    DATABASE,
    record("shop.example.com", SHOP.dns_name),
)
"""shop.example.com -> a load balancer in the public subnet -> two instances of a group -> a database."""

DB_ENI = eni(
    "eni-db", public="", groups=("sg-db",), instance="", SubnetId="subnet-db", RequesterId="amazon-rds",
    Description="RDSNetworkInterface", PrivateIpAddress="10.0.3.10",
)  # fmt: skip


def world(*more: Any, gaps: Mapping[type, Sequence[Gap]] | None = None, without: Any = ()) -> World:
    """The three tiers and more, with what is to be left out of them."""
    return World(*(one for one in THREE_TIER if not any(one is gone for gone in without)), *more, gaps=gaps)
