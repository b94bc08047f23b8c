"""The account that is scanned: many resources in a realistic mix, over the given regions, made through boto3.

Every name begins with `bench-` and a number, so that `replica.py` can tell the names from the rest of an answer.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

TAGS = {"environment": "production", "workload": "bench", "owner": "bench-team"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS.items()]


@dataclass
class Place:
    """One region of the account, with what the resources in it are made of."""

    session: Any
    region: str
    made: Counter[str] = field(default_factory=Counter)
    _clients: dict[str, Any] = field(default_factory=dict)

    def __call__(self, service: str) -> Any:
        """The service's client in this region."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, region_name=self.region)
        return self._clients[service]

    def name(self, kind: str, number: int) -> str:
        """A name that no other resource of the account has."""
        return f"bench-{number:04d}-{kind}-{self.region}"

    @cached_property
    def vpcs(self) -> list[str]:
        """The networks, of which the first few resources of a region are made."""
        ec2 = self("ec2")
        return [ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")["Vpc"]["VpcId"] for number in range(2)]

    @cached_property
    def zones(self) -> list[str]:
        """Three zones of the region, one of them twice where there are but two."""
        known = self("ec2").describe_availability_zones()["AvailabilityZones"]
        names = sorted(zone["ZoneName"] for zone in known)
        return [names[number % len(names)] for number in range(3)]

    @cached_property
    def subnets(self) -> list[str]:
        """Three subnets a network, in three zones."""
        return [
            self("ec2").create_subnet(
                VpcId=vpc, CidrBlock=f"10.{number}.{zone}.0/24", AvailabilityZone=self.zones[zone]
            )["Subnet"]["SubnetId"]
            for number, vpc in enumerate(self.vpcs)
            for zone in range(3)
        ]

    @cached_property
    def groups(self) -> list[str]:
        """Security groups of the first network; `security_groups` fills it."""
        return []

    @cached_property
    def role(self) -> str:
        """The ARN of a role that functions and tasks run as."""
        made = self("iam").create_role(RoleName=self.name("service", 0), AssumeRolePolicyDocument=_trust("lambda"))
        return str(made["Role"]["Arn"])

    @cached_property
    def cluster(self) -> str:
        """The ECS cluster that services run in."""
        return str(self("ecs").create_cluster(clusterName=self.name("cluster", 0))["cluster"]["clusterArn"])


def _trust(service: str) -> str:
    return _policy("sts:AssumeRole", Principal={"Service": f"{service}.amazonaws.com"})


def _policy(action: str, **more: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **more}]})


def _code() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return event\n")
    return written.getvalue()


def _networks(place: Place, _number: int) -> None:
    assert place.subnets  # noqa: S101 - making them is the work


def _security_group(place: Place, number: int) -> None:
    ec2 = place("ec2")
    vpc = place.vpcs[number % 2]
    group = ec2.create_security_group(GroupName=place.name("group", number), Description="bench", VpcId=vpc)["GroupId"]
    source = "0.0.0.0/0" if number % 9 == 0 else "10.0.0.0/8"
    port = (22, 443, 5432, 8080)[number % 4]
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": source}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    if vpc == place.vpcs[0]:
        place.groups.append(group)


def _instance(place: Place, number: int) -> None:
    place("ec2").run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, InstanceType="m5.large", SubnetId=place.subnets[number % 3],
        SecurityGroupIds=[place.groups[number % len(place.groups)]],
        MetadataOptions={"HttpTokens": "required" if number % 2 else "optional"},
        TagSpecifications=[{"ResourceType": "instance", "Tags": [*PAIRS, _name(place, "instance", number)]}],
    )  # fmt: skip


def _name(place: Place, kind: str, number: int) -> dict[str, str]:
    return {"Key": "Name", "Value": place.name(kind, number)}


def _volume(place: Place, number: int) -> None:
    zone = place.zones[number % 3]
    tags = [{"ResourceType": "volume", "Tags": [*PAIRS, _name(place, "volume", number)]}]
    place("ec2").create_volume(AvailabilityZone=zone, Size=20, Encrypted=number % 3 > 0, TagSpecifications=tags)


def _balancer(place: Place, number: int) -> None:
    elb = place("elbv2")
    made = elb.create_load_balancer(
        Name=f"bench-{number:04d}-{place.region}",
        Subnets=place.subnets[:3],
        SecurityGroups=place.groups[:1],
        Tags=PAIRS,
    )
    target = elb.create_target_group(
        Name=f"bench-{number:04d}-{place.region}", Protocol="HTTP", Port=80, VpcId=place.vpcs[0]
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": target}]
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=forward)


def _bucket(place: Place, number: int) -> None:
    s3 = place("s3")
    name = place.name("bucket", number)
    where = {} if place.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    s3.create_bucket(Bucket=name, **where)
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": PAIRS})
    if number % 2:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        statement = _policy("s3:GetObject", Principal="*", Resource=f"arn:aws:s3:::{name}/*")
        s3.put_bucket_policy(Bucket=name, Policy=statement.replace("Allow", "Deny"))


def _role(place: Place, number: int) -> None:
    iam = place("iam")
    name = place.name("role", number)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust("ec2"), Tags=PAIRS)
    for policy in range(number % 3):
        document = _policy("s3:GetObject", Resource=f"arn:aws:s3:::bench-{policy}/*")
        iam.put_role_policy(RoleName=name, PolicyName=f"inline-{policy}", PolicyDocument=document)


def _user(place: Place, number: int) -> None:
    iam = place("iam")
    name = place.name("user", number)
    iam.create_user(UserName=name, Tags=PAIRS)
    if number % 2:
        iam.create_access_key(UserName=name)
    else:
        iam.create_login_profile(UserName=name, Password="Bench-0000-Bench")  # noqa: S106 - it opens nothing


def _managed_policy(place: Place, number: int) -> None:
    document = _policy("dynamodb:GetItem", Resource="*")
    place("iam").create_policy(PolicyName=place.name("policy", number), PolicyDocument=document, Tags=PAIRS)


def _function(place: Place, number: int) -> None:
    place("lambda").create_function(
        FunctionName=place.name("function", number), Runtime="python3.13", Role=place.role, Handler="main.handler",
        Code={"ZipFile": _code()}, Timeout=30, MemorySize=256, Tags=TAGS,
        Environment={"Variables": {"TABLE": "bench", "STAGE": "production"}},
    )  # fmt: skip


def _queue(place: Place, number: int) -> None:
    place("sqs").create_queue(QueueName=place.name("queue", number), tags=TAGS)


def _topic(place: Place, number: int) -> None:
    place("sns").create_topic(Name=place.name("topic", number), Tags=PAIRS)


def _table(place: Place, number: int) -> None:
    place("dynamodb").create_table(
        TableName=place.name("table", number), BillingMode="PAY_PER_REQUEST", Tags=PAIRS,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )  # fmt: skip


def _log_group(place: Place, number: int) -> None:
    place("logs").create_log_group(logGroupName=f"/aws/lambda/{place.name('function', number)}", tags=TAGS)


def _alarm(place: Place, number: int) -> None:
    dimensions = [{"Name": "QueueName", "Value": place.name("queue", number)}]
    place("cloudwatch").put_metric_alarm(
        AlarmName=place.name("alarm", number), MetricName="ApproximateAgeOfOldestMessage", Namespace="AWS/SQS",
        Dimensions=dimensions, Period=300, EvaluationPeriods=3, Threshold=600, Statistic="Maximum",
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip


def _database(place: Place, number: int) -> None:
    place("rds").create_db_instance(
        DBInstanceIdentifier=place.name("db", number), DBInstanceClass="db.m6g.large", Engine="postgres",
        AllocatedStorage=100, MasterUsername="bench", MasterUserPassword="Bench-0000-Bench",
        StorageEncrypted=number % 2 == 0, MultiAZ=number % 3 == 0, Tags=PAIRS,
    )  # fmt: skip


def _key(place: Place, number: int) -> None:
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    made = place("kms").create_key(Description=place.name("key", number), Tags=tags)
    place("kms").create_alias(AliasName=f"alias/{place.name('key', number)}", TargetKeyId=made["KeyMetadata"]["KeyId"])


def _secret(place: Place, number: int) -> None:
    place("secretsmanager").create_secret(Name=place.name("secret", number), SecretString="bench", Tags=PAIRS)


def _repository(place: Place, number: int) -> None:
    place("ecr").create_repository(repositoryName=place.name("repository", number), tags=PAIRS)


def _service(place: Place, number: int) -> None:
    ecs = place("ecs")
    name = place.name("service", number)
    container = {"name": "main", "image": "bench:1", "memory": 256, "essential": True}
    ecs.register_task_definition(family=name, containerDefinitions=[container])
    ecs.create_service(cluster=place.cluster, serviceName=name, taskDefinition=name, desiredCount=2)


def _file_system(place: Place, number: int) -> None:
    place("efs").create_file_system(CreationToken=place.name("files", number), Encrypted=True, Tags=PAIRS)


def _parameter(place: Place, number: int) -> None:
    place("ssm").put_parameter(Name=f"/{place.name('parameter', number)}", Value="bench", Type="String", Tags=PAIRS)


def _rule(place: Place, number: int) -> None:
    name = place.name("rule", number)
    place("events").put_rule(Name=name, ScheduleExpression="rate(1 hour)", State="ENABLED", Tags=PAIRS)
    target = f"arn:aws:sqs:{place.region}:123456789012:{place.name('queue', number)}"
    place("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": target}])


def _stream(place: Place, number: int) -> None:
    place("kinesis").create_stream(StreamName=place.name("stream", number), ShardCount=1)


def _state_machine(place: Place, number: int) -> None:
    definition = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
    name = place.name("machine", number)
    place("stepfunctions").create_state_machine(name=name, definition=definition, roleArn=place.role)


def _api(place: Place, number: int) -> None:
    place("apigateway").create_rest_api(name=place.name("api", number), tags=TAGS)


def _certificate(place: Place, number: int) -> None:
    place("acm").request_certificate(DomainName=f"{place.name('site', number)}.example.com", ValidationMethod="DNS")


def _zone(place: Place, number: int) -> None:
    name = place.name("zone", number)
    place("route53").create_hosted_zone(Name=f"{name}.example.com", CallerReference=name)


@dataclass(frozen=True)
class Share:
    """How many of a kind there are in an account of 1,000 resources."""

    kind: str
    make: Callable[[Place, int], None]
    of_thousand: int
    counts: int = 1
    """Resources that one call of `make` brings."""


MIX = (
    Share("network", _networks, 2, 8),
    Share("security group", _security_group, 80),
    Share("instance", _instance, 90),
    Share("volume", _volume, 80),
    Share("load balancer", _balancer, 16, 2),
    Share("bucket", _bucket, 60),
    Share("role", _role, 110),
    Share("user", _user, 20),
    Share("managed policy", _managed_policy, 20),
    Share("function", _function, 90),
    Share("queue", _queue, 50),
    Share("topic", _topic, 24),
    Share("table", _table, 40),
    Share("log group", _log_group, 90),
    Share("alarm", _alarm, 50),
    Share("database", _database, 16),
    Share("KMS key", _key, 20),
    Share("secret", _secret, 24),
    Share("repository", _repository, 16),
    Share("service", _service, 12),
    Share("file system", _file_system, 4),
    Share("parameter", _parameter, 20),
    Share("rule", _rule, 12),
    Share("stream", _stream, 4),
    Share("state machine", _state_machine, 8),
    Share("API", _api, 6),
    Share("certificate", _certificate, 6),
    Share("zone", _zone, 2),
)


def build(session: Any, resources: int, regions: Sequence[str]) -> dict[str, int]:
    """Make the account, and say how many of each kind it has."""
    places = [Place(session, region) for region in regions]
    made: Counter[str] = Counter()
    for share in MIX:
        for number, place in _spread(share, resources, places):
            share.make(place, number)
            made[share.kind] += share.counts
    return dict(made)


def _spread(share: Share, resources: int, places: Sequence[Place]) -> Iterator[tuple[int, Place]]:
    """The numbers of a kind, dealt out to the regions; at least one a region, but for the networks exactly one."""
    wanted = len(places) if share.make is _networks else round(share.of_thousand * resources / 1000)
    for number in range(max(wanted, len(places))):
        yield number // len(places), places[number % len(places)]
