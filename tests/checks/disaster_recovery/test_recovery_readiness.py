from dataclasses import replace
from typing import Any

import threetier
from recovery_accounts import BY_NAME, Spec, declared, parts, survey
from recovery_accounts import labelled as of
from stores import FRANKFURT, db_instance

from auditor.every import Every, Group
from auditor.evidence.acm import Certificate
from auditor.evidence.autoscaling import AutoScalingGroup, GroupLaunchSettings
from auditor.evidence.cloudformation import Stack
from auditor.evidence.ec2 import EbsEncryptionByDefault, Image, Instance, InstanceType, OfferedInstanceTypes, Volume
from auditor.evidence.ec2_network import ElasticIp
from auditor.evidence.ecr import ContainerImage, Repository
from auditor.evidence.ecs import EcsCluster, EcsService, EcsServiceEntry, TaskDefinition
from auditor.evidence.elbv2 import Listener, LoadBalancer
from auditor.evidence.kms import Key, KeyEntry
from auditor.evidence.lambda_ import Function
from auditor.evidence.secretsmanager import Secret, SecretReplication
from auditor.evidence.servicequotas import ServiceQuota
from auditor.evidence.ssm import Parameter
from auditor.inference.baseline import baseline
from auditor.inference.recovery import Recovery
from auditor.model import Region, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    HOME,
    NOT_APPLICABLE,
    PASS,
    UNKNOWN,
    ago,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)
from auditor.wiring import Batch
from auditor.workloads import Members, Strategy, Workload, Workloads

OWNER = ACCOUNT.id
HERE = Region(HOME, ACCOUNT)


WARM, LOST, PLAIN = of("warm standby"), of("an empty database"), of("compute in one region only")
UNREAD = every(gaps=(gap("service:List", FRANKFURT),))
FAR = survey(
    parts(BY_NAME["warm standby"]),
    Workloads([replace(declared(strategy=Strategy.WARM_STANDBY), recovery_region="ap-south-1")]),
)
ELSEWHERE = Workload("shop", Members(arns=("*",)), primary_region=HOME, recovery_region="ap-south-1")
MIRRORED = survey(
    parts(BY_NAME["warm standby"]),
    Workloads(
        [
            Workload(
                "shop",
                Members(arns=("*",)),
                primary_region=FRANKFURT,
                recovery_region=HOME,
                strategy=Strategy.WARM_STANDBY,
            )
        ]
    ),
)

test_dr_region_enabled_and_networked = cases(
    "dr_region_enabled_and_networked",
    case("a network", PASS, ACCOUNT, WARM, because="eu-central-1 has a VPC with subnets in two zones"),
    case(
        "no recovery region is seen",
        UNKNOWN,
        ACCOUNT,
        of("an empty database", "Table"),
        because="as far as it could be seen",
    ),
    case(
        "what needs one is not seen",
        UNKNOWN,
        ACCOUNT,
        of("a broken global table", "Function"),
        because="as far as it could be seen",
    ),
    case(
        "none, for servers",
        FAIL,
        ACCOUNT,
        of("no network for the servers", strategy=Strategy.PILOT_LIGHT),
        severity=Severity.HIGH,
        because="no VPC, other than the default one",
    ),
    case(
        "none, for backups",
        FAIL,
        ACCOUNT,
        survey(parts(Spec(database="backup", compute="plain"))),
        severity=Severity.LOW,
    ),
    case("no recovery region", NOT_APPLICABLE, ACCOUNT, LOST),
    case("none that is seen", UNKNOWN, ACCOUNT, of("an empty database", "Table"), because="dynamodb:"),
    case("functions need none", NOT_APPLICABLE, ACCOUNT, of("functions and a global table")),
    case("not scanned", UNKNOWN, ACCOUNT, survey(parts(BY_NAME["warm standby"]), Workloads([ELSEWHERE]))),
    case("not readable", UNKNOWN, ACCOUNT, of("warm standby", "Vpc"), because="ec2:DescribeVpcs was denied"),
)


def group_of(label: str) -> AutoScalingGroup:
    found = [one for one in parts(BY_NAME[label]) if isinstance(one, AutoScalingGroup) and one.region == HOME]
    return found[0]


test_autoscaling_group_dr_reaches_production_size = cases(
    "autoscaling_group_dr_reaches_production_size",
    case("large enough", PASS, group_of("warm standby"), WARM, because="grows to 8 m7g.large; 4 run here"),
    case(
        "too small", FAIL, group_of("warm standby"), of("a standby too small to grow"), because="grows to 1 m7g.large"
    ),
    case("it cannot launch", FAIL, group_of("warm standby"), of("a standby that cannot launch"), because="suspended"),
    case("no counterpart", NOT_APPLICABLE, group_of("warm standby"), PLAIN),
)

GROUP = group_of("warm standby")


def launches(image: str) -> GroupLaunchSettings:
    data = {"LaunchTemplateVersions": [{"LaunchTemplateData": {"ImageId": image, "InstanceType": "m7g.large"}}]}
    found = gathered(GroupLaunchSettings, GROUP, DescribeLaunchTemplateVersions=data)
    assert isinstance(found, GroupLaunchSettings)
    return found


def image(name: str = "ami-1", *, region: str = HOME, days: float = 3, **more: Any) -> Image:
    raw = {"ImageId": name, "Name": "shop-web", "State": "available", "CreationDate": ago(days=days)}
    return made(Image, raw | more, region=region)


OWN, COPY = image(), image("ami-2", region=FRANKFURT, Name="other", SourceImageId="ami-1", SourceImageRegion=HOME)

test_ec2_image_copied_to_dr_region = cases(
    "ec2_image_copied_to_dr_region",
    case("copied", PASS, GROUP, launches("ami-1"), every(OWN, COPY), WARM, because="has the copy ami-2"),
    case("by its name", PASS, GROUP, launches("ami-1"), every(OWN, image("ami-3", region=FRANKFURT)), WARM),
    case("no copy", FAIL, GROUP, launches("ami-1"), every(OWN), WARM, because="has no copy of ami-1 (shop-web)"),
    case("no standby is seen", UNKNOWN, GROUP, launches("ami-1"), every(OWN), of("an empty database", "Table")),
    case("not scanned", UNKNOWN, GROUP, launches("ami-1"), every(OWN), FAR, because="ap-south-1 was not scanned"),
    case(
        "an old copy",
        FAIL,
        GROUP,
        launches("ami-1"),
        every(OWN, image("ami-3", region=FRANKFURT, days=30)),
        WARM,
        because="27 days older",
    ),
    case(
        "another limit",
        PASS,
        GROUP,
        launches("ami-1"),
        every(OWN, image("ami-3", region=FRANKFURT, days=30)),
        WARM,
        max_lag_days=30,
    ),
    case(
        "not ready", FAIL, GROUP, launches("ami-1"), every(OWN, image("ami-3", region=FRANKFURT, State="pending")), WARM
    ),
    case("a public image", NOT_APPLICABLE, GROUP, launches("ami-9"), every(OWN), WARM),
    case("no standby", NOT_APPLICABLE, GROUP, launches("ami-1"), every(OWN), LOST),
    case("not readable", UNKNOWN, GROUP, launches("ami-1"), Every([*every(OWN)._groups, *UNREAD._groups]), WARM),
)


def service(region: str = HOME, name: str = "shop-api") -> EcsService:
    cluster = f"arn:aws:ecs:{region}:{OWNER}:cluster/shop"
    raw = {
        "serviceArn": f"arn:aws:ecs:{region}:{OWNER}:service/shop/{name}", "serviceName": name, "clusterArn": cluster,
        "status": "ACTIVE", "desiredCount": 2, "runningCount": 2, "taskDefinition": "shop-api:7",
    }  # fmt: skip
    found = gathered(EcsService, Batch([_entry(cluster, region)]), DescribeServices={"services": [raw]})
    assert isinstance(found[0], EcsService)
    return found[0]


def _entry(cluster: str, region: str) -> EcsServiceEntry:
    from auditor.evidence.ecs import ClusterEntry

    entry = made(ClusterEntry, cluster, region=region)
    (above,) = gathered(
        EcsCluster, Batch([entry]), DescribeClusters={"clusters": [{"clusterArn": cluster, "status": "ACTIVE"}]}
    )
    return made(EcsServiceEntry, f"{cluster}/x", under=above)


def task(image: str, **container: Any) -> TaskDefinition:
    raw = {"taskDefinitionArn": "arn:t", "family": "shop-api", "revision": 7, "cpu": "512", "memory": "1024"}
    return made(TaskDefinition, raw | {"containerDefinitions": [{"name": "app", "image": image} | container]})


def registry(region: str = HOME) -> str:
    return f"{OWNER}.dkr.ecr.{region}.amazonaws.com"


def stored(tag: str = "v7", *, region: str = FRANKFURT, name: str = "shop/api") -> ContainerImage:
    arn = f"arn:aws:ecr:{region}:{OWNER}:repository/{name}"
    repository = made(Repository, repositoryName=name, repositoryArn=arn, region=region)
    return made(
        ContainerImage, repositoryName=name, imageDigest="sha256:abc", imageTags=[tag], imagePushedAt=ago(days=3),
        under=repository,
    )  # fmt: skip


SERVICE, THERE = service(), service(FRANKFURT)
IN_USE = task(f"{registry()}/shop/api:v7")
BY_DIGEST = task(f"{registry()}/shop/api@sha256:abc")
SERVED = survey([*parts(BY_NAME["warm standby"]), SERVICE, THERE, (SERVICE, IN_USE), (THERE, IN_USE)])

test_ecr_image_present_in_dr_region = cases(
    "ecr_image_present_in_dr_region",
    case("by its tag", PASS, SERVICE, IN_USE, every(stored()), WARM, because="eu-central-1 has shop/api:v7"),
    case("by its digest", PASS, SERVICE, BY_DIGEST, every(stored("x")), WARM),
    case(
        "the other way round",
        PASS,
        THERE,
        task(f"{registry(FRANKFURT)}/shop/api:v7"),
        every(stored(region=HOME)),
        MIRRORED,
        because="eu-west-1 has shop/api:v7",
    ),
    case("another tag", FAIL, SERVICE, IN_USE, every(stored("v6")), WARM, because="has no shop/api:v7"),
    case("in its own region only", FAIL, SERVICE, IN_USE, every(stored(region=HOME)), WARM),
    case("the standby pulls from here", FAIL, THERE, IN_USE, every(), SERVED, because="it stands in for"),
    case("the standby pulls from there", PASS, THERE, task(f"{registry(FRANKFURT)}/shop/api:v7"), every(), SERVED),
    case("a public image", NOT_APPLICABLE, SERVICE, task("public.ecr.aws/nginx:1"), every(), WARM),
    case("no standby", NOT_APPLICABLE, SERVICE, IN_USE, every(), LOST),
    case("not readable", UNKNOWN, SERVICE, IN_USE, UNREAD, WARM),
)


def stack(name: str = "shop", *, region: str = HOME, days: float = 5, **more: Any) -> Stack:
    raw = {
        "StackId": f"arn:aws:cloudformation:{region}:{OWNER}:stack/{name}/1", "StackName": name,
        "StackStatus": "UPDATE_COMPLETE", "CreationTime": ago(days=400), "LastUpdatedTime": ago(days=days),
    }  # fmt: skip
    return made(Stack, raw | more, region=region)


def twin(**more: Any) -> Stack:
    return stack(**({"name": "shop-euc1", "region": FRANKFURT} | more))


test_cloudformation_stack_dr_parity = cases(
    "cloudformation_stack_dr_parity",
    case("as new", PASS, stack(), every(stack(), twin()), WARM, because="shop-euc1 in eu-central-1 is as new"),
    case("the other way round", PASS, twin(), every(stack()), MIRRORED, because="shop in eu-west-1 is as new"),
    case("of a stack set", PASS, stack("StackSet-net-1a"), every(twin(name="StackSet-net-2b")), WARM),
    case("none", FAIL, stack(), every(stack()), WARM, because="eu-central-1 has no such stack"),
    case("old", FAIL, stack(), every(twin(days=40)), WARM, because="35 days before it"),
    case("another limit", PASS, stack(), every(twin(days=40)), WARM, max_lag_days=60),
    case("rolled back", FAIL, stack(), every(twin(StackStatus="UPDATE_ROLLBACK_FAILED")), WARM, because="FAILED"),
    case("drifted", FAIL, stack(), every(twin(DriftInformation={"StackDriftStatus": "DRIFTED"})), WARM),
    case("nested", NOT_APPLICABLE, stack(RootId="arn:root"), every(), WARM),
    case("no standby", NOT_APPLICABLE, stack(), every(), LOST),
    case("not readable", UNKNOWN, stack(), UNREAD, WARM),
)


def function(*, region: str = HOME, **more: Any) -> Function:
    raw = {
        "FunctionName": "shop-mail", "FunctionArn": f"arn:aws:lambda:{region}:{OWNER}:function:shop-mail",
        "CodeSha256": "abc", "Runtime": "python3.13", "Handler": "app.main", "MemorySize": 256, "Timeout": 10,
    }  # fmt: skip
    return made(Function, raw | more, region=region)


def both(**more: Any) -> tuple[Function, Any, Recovery]:
    here, there = function(), function(region=FRANKFURT, **more)
    return here, every(here, there), survey([*parts(BY_NAME["warm standby"]), here, there])


ALONE = survey([*parts(BY_NAME["warm standby"]), function()], Workloads([declared(strategy=Strategy.WARM_STANDBY)]))
LAYER = [{"Arn": f"arn:aws:lambda:{FRANKFURT}:{OWNER}:layer:tools:4"}]

test_lambda_function_dr_code_parity = cases(
    "lambda_function_dr_code_parity",
    case("the same", PASS, *both(), because="runs the same code"),
    case("other code", FAIL, *both(CodeSha256="xyz"), severity=Severity.MEDIUM, because="runs other code"),
    case(
        "other settings",
        FAIL,
        *both(MemorySize=512, Timeout=3),
        severity=Severity.LOW,
        because="differs in its memory, its timeout",
    ),
    case("other layers", FAIL, *both(Layers=LAYER), because="its layers"),
    case("other variables", FAIL, *both(Environment={"Variables": {"A": "1"}}), because="the names of its variables"),
    case("none", FAIL, function(), every(function()), ALONE, severity=Severity.HIGH, because="has no such function"),
    case("no standby", NOT_APPLICABLE, function(), every(), LOST),
    case("not readable", UNKNOWN, function(), UNREAD, both()[2]),
)


def released(here: TaskDefinition, there: TaskDefinition) -> tuple[Any, ...]:
    found = survey([*parts(BY_NAME["warm standby"]), SERVICE, THERE, (SERVICE, here), (THERE, there)])
    return SERVICE, here, every(SERVICE, THERE), every_of((SERVICE, here), (THERE, there)), found


SAME = task(f"{registry(FRANKFURT)}/shop/api:v7")
ENV = {"environment": [{"name": "QUEUE", "value": f"https://sqs.{HOME}.amazonaws.com/1/jobs"}]}
SECRET = {"secrets": [{"name": "PASSWORD", "valueFrom": f"arn:aws:secretsmanager:{HOME}:{OWNER}:secret:db"}]}
WITHOUT = survey(
    [*parts(BY_NAME["warm standby"]), SERVICE, (SERVICE, IN_USE)],
    Workloads([declared(strategy=Strategy.WARM_STANDBY)]),
)

test_ecs_task_definition_dr_parity = cases(
    "ecs_task_definition_dr_parity",
    case("the same", PASS, *released(IN_USE, SAME), because="shop-api in eu-central-1 runs the same release"),
    case("another image", FAIL, *released(IN_USE, task(f"{registry(FRANKFURT)}/shop/api:v6")), because="shop/api:v6"),
    case(
        "a variable of here", FAIL, *released(task("x/a:1", **ENV), task("x/a:1", **ENV)), because="QUEUE of eu-west-1"
    ),
    case(
        "a secret of here",
        FAIL,
        *released(IN_USE, task(f"{registry(FRANKFURT)}/shop/api:v7", **SECRET)),
        because="takes PASSWORD from eu-west-1",
    ),
    case(
        "other variables",
        FAIL,
        *released(IN_USE, task(f"{registry(FRANKFURT)}/shop/api:v7", environment=[{"name": "A", "value": "1"}])),
        because="has other variables",
    ),
    case("none", FAIL, SERVICE, IN_USE, every(SERVICE), every(), WITHOUT, because="eu-central-1 has no such service"),
    case("no standby", NOT_APPLICABLE, SERVICE, IN_USE, every(), every(), LOST),
    case("services not readable", UNKNOWN, SERVICE, IN_USE, UNREAD, every(), SERVED),
    case("tasks not readable", UNKNOWN, SERVICE, IN_USE, every(SERVICE, THERE), UNREAD, SERVED),
)


def parameter(name: str, *, region: str = HOME) -> Parameter:
    return made(Parameter, Name=name, Type="String", Version=1, LastModifiedDate=ago(days=3), region=region)


test_ssm_parameter_present_in_dr_region = cases(
    "ssm_parameter_present_in_dr_region",
    case("all", PASS, HERE, every(parameter("/shop/a"), parameter("/shop/a", region=FRANKFURT)), WARM, because="all 1"),
    case(
        "named by region",
        PASS,
        HERE,
        every(parameter("/eu-west-1/a"), parameter("/eu-central-1/a", region=FRANKFURT)),
        WARM,
    ),
    case(
        "one is missing",
        FAIL,
        HERE,
        every(parameter("/shop/a"), parameter("/shop/b"), parameter("/shop/a", region=FRANKFURT)),
        WARM,
        because="lacks 1 of 2 parameters: /shop/b",
    ),
    case("of AWS", NOT_APPLICABLE, HERE, every(parameter("/cdk-bootstrap/x")), WARM),
    case("no standby", NOT_APPLICABLE, HERE, every(parameter("/shop/a")), LOST),
    case("not readable", UNKNOWN, HERE, Every([*every(parameter("/shop/a"))._groups, *UNREAD._groups]), WARM),
)


def secret(name: str = "shop/db", *, region: str = HOME, **more: Any) -> Secret:
    raw = {"ARN": f"arn:aws:secretsmanager:{region}:{OWNER}:secret:{name}", "Name": name, "CreatedDate": ago(days=9)}
    return made(Secret, raw | more, region=region)


def copied(status: str = "InSync") -> SecretReplication:
    return made(SecretReplication, ReplicationStatus=[{"Region": FRANKFURT, "Status": status}])


UNCOPIED = made(SecretReplication, {})

test_secretsmanager_secret_replicated_to_dr_region = cases(
    "secretsmanager_secret_replicated_to_dr_region",
    case("in sync", PASS, secret(), copied(), every(), WARM, because="in eu-central-1 is in sync"),
    case("failed", FAIL, secret(), copied("Failed"), every(), WARM, because="is Failed"),
    case("not replicated", FAIL, secret(), UNCOPIED, every(secret()), WARM, severity=Severity.HIGH),
    case(
        "the other way round",
        FAIL,
        secret(region=FRANKFURT),
        UNCOPIED,
        every(secret()),
        MIRRORED,
        severity=Severity.LOW,
        because="a secret of its own in eu-west-1",
    ),
    case("one of its own", FAIL, secret(), UNCOPIED, every(secret(region=FRANKFURT)), WARM, severity=Severity.LOW),
    case("a replica", NOT_APPLICABLE, secret(PrimaryRegion="us-east-1"), UNCOPIED, every(), WARM),
    case("of RDS", NOT_APPLICABLE, secret(OwningService="rds"), UNCOPIED, every(), WARM),
    case("no standby", NOT_APPLICABLE, secret(), UNCOPIED, every(), LOST),
    case("not readable", UNKNOWN, secret(), UNCOPIED, UNREAD, WARM),
)


def key(*, region: str = HOME, kind: str = "", replicas: tuple[str, ...] = (), state: str = "Enabled") -> Key:
    raw: dict[str, Any] = {
        "Arn": f"arn:aws:kms:{region}:{OWNER}:key/mrk-1", "KeyId": "mrk-1", "KeyManager": "CUSTOMER",
        "CreationDate": ago(days=90), "KeyState": state, "KeySpec": "SYMMETRIC_DEFAULT", "Origin": "AWS_KMS",
    }  # fmt: skip
    if kind:
        there = [{"Region": one} for one in replicas]
        raw["MultiRegionConfiguration"] = {"MultiRegionKeyType": kind, "ReplicaKeys": there}
    entry = made(KeyEntry, KeyArn=raw["Arn"], KeyId="mrk-1", region=region)
    (found,) = gathered(Key, entry, DescribeKey={"KeyMetadata": raw})
    assert isinstance(found, Key)
    return found


test_kms_key_usable_in_dr_region = cases(
    "kms_key_usable_in_dr_region",
    case("replicated", PASS, key(kind="PRIMARY", replicas=(FRANKFURT,)), WARM, because="a replica in eu-central-1"),
    case("replicated elsewhere", FAIL, key(kind="PRIMARY", replicas=("us-east-1",)), WARM, severity=Severity.MEDIUM),
    case("a usable replica", PASS, key(region=FRANKFURT, kind="REPLICA"), WARM, because="for eu-west-1 and is enabled"),
    case(
        "a disabled replica",
        FAIL,
        key(region=FRANKFURT, kind="REPLICA", state="Disabled"),
        WARM,
        severity=Severity.HIGH,
        because="is Disabled",
    ),
    case("a replica elsewhere", NOT_APPLICABLE, key(region="us-east-1", kind="REPLICA"), WARM),
    case("of one region", NOT_APPLICABLE, key(), WARM),
)


def certificate(name: str, *, region: str = HOME, days: float = 200, **more: Any) -> Certificate:
    raw = {
        "CertificateArn": f"arn:aws:acm:{region}:{OWNER}:certificate/{name}", "DomainName": name, "Status": "ISSUED",
        "NotAfter": ago(days=-days), "SubjectAlternativeNameSummaries": [name],
    }  # fmt: skip
    return made(Certificate, raw | more, region=region)


def listener(protocol: str = "HTTPS") -> Listener:
    arn = f"arn:aws:elasticloadbalancing:{HOME}:{OWNER}:loadbalancer/app/shop/1"
    balancer = made(LoadBalancer, LoadBalancerArn=arn, LoadBalancerName="shop", Type="application")
    raw = {"ListenerArn": f"{arn}/l", "LoadBalancerArn": arn, "Port": 443, "Protocol": protocol}
    named = [{"CertificateArn": f"arn:aws:acm:{HOME}:{OWNER}:certificate/shop.example.com"}]
    return made(Listener, raw | {"Certificates": named}, under=balancer)


HERS = certificate("shop.example.com")

test_acm_certificate_present_in_dr_region = cases(
    "acm_certificate_present_in_dr_region",
    case(
        "the same name", PASS, listener(), ACCOUNT, every(HERS, certificate("shop.example.com", region=FRANKFURT)), WARM
    ),
    case("a wildcard", PASS, listener(), ACCOUNT, every(HERS, certificate("*.example.com", region=FRANKFURT)), WARM),
    case(
        "a wildcard of two labels", FAIL, listener(), ACCOUNT, every(HERS, certificate("*.com", region=FRANKFURT)), WARM
    ),
    case("none", FAIL, listener(), ACCOUNT, every(HERS), WARM, because="covers shop.example.com"),
    case(
        "about to expire",
        FAIL,
        listener(),
        ACCOUNT,
        every(HERS, certificate("shop.example.com", region=FRANKFURT, days=10)),
        WARM,
    ),
    case(
        "another limit",
        PASS,
        listener(),
        ACCOUNT,
        every(HERS, certificate("shop.example.com", region=FRANKFURT, days=10)),
        WARM,
        min_days_left=5,
    ),
    case(
        "not issued",
        FAIL,
        listener(),
        ACCOUNT,
        every(HERS, certificate("shop.example.com", region=FRANKFURT, Status="PENDING_VALIDATION")),
        WARM,
    ),
    case("of IAM", NOT_APPLICABLE, listener(), ACCOUNT, every(), WARM),
    case("no TLS", NOT_APPLICABLE, listener("HTTP"), ACCOUNT, every(HERS), WARM),
    case("not readable", UNKNOWN, listener(), ACCOUNT, Every([*every(HERS)._groups, *UNREAD._groups]), WARM),
)


def guarded(*regions: str) -> Any:
    rows = [
        (Region(one, ACCOUNT), made(EbsEncryptionByDefault, EbsEncryptionByDefault=one in regions, region=one))
        for one in ACCOUNT.regions
    ]
    from auditor.every import Group

    encryption = Every([Group(region.name, None, (value,)) for region, value in rows])
    return baseline.function(every(), every(), every(), every(), every(), encryption, every(), every())


UNGUARDED = baseline.function(*[every(gaps=(gap("guardduty:ListDetectors", FRANKFURT),))] * 8)

test_dr_region_security_parity = cases(
    "dr_region_security_parity",
    case("both", PASS, ACCOUNT, guarded(HOME, FRANKFURT), WARM, because="has what eu-west-1 has"),
    case("neither", PASS, ACCOUNT, guarded(), WARM),
    case("here only", FAIL, ACCOUNT, guarded(HOME), WARM, because="eu-central-1 lacks EBS encryption by default"),
    case("no recovery region", NOT_APPLICABLE, ACCOUNT, guarded(HOME), LOST),
    case(
        "no recovery region is seen",
        UNKNOWN,
        ACCOUNT,
        guarded(HOME),
        of("an empty database", "Table"),
        because="as far as it could be seen",
    ),
    case("not scanned", UNKNOWN, ACCOUNT, guarded(), survey(parts(BY_NAME["warm standby"]), Workloads([ELSEWHERE]))),
    case("not readable", UNKNOWN, ACCOUNT, UNGUARDED, WARM),
)


def quotas(region: str = FRANKFURT, **values: float) -> Any:
    """Quotas by code, with a dash where the name has a low line."""
    raw = [
        {
            "QuotaArn": f"arn:aws:servicequotas:{region}:123456789012:ec2/{code}",
            "ServiceCode": "ec2",
            "QuotaCode": code.replace("_", "-"),
            "QuotaName": f"quota {code}",
            "Value": value,
        }
        for code, value in values.items()
    ]

    def answer(asked: Any) -> Any:
        return {"Quotas": raw if asked["ServiceCode"] == "ec2" else []}

    return every(*gathered(ServiceQuota, Region(region, ACCOUNT), ListServiceQuotas=answer))


def running(kind: str = "m7g.large", region: str = HOME, **changes: Any) -> Instance:
    raw = {"InstanceId": "i-1", "InstanceType": kind, "State": {"Name": "running"}}
    return made(Instance, raw | changes, region=region)


ROOMY, TIGHT = quotas(L_1216C47A=64, L_7B6409FD=40), quotas(L_1216C47A=5, L_7B6409FD=40)
BARE = quotas(L_1216C47A=64)
FULL, BACK = quotas(L_7A658B76=50), quotas(HOME, L_1216C47A=64)
FLEET = every(running(), running(), running(), running(region=FRANKFURT))
SPOT = every(running(InstanceLifecycle="spot"), running("p5.48xlarge"), running(State={"Name": "stopped"}))
ONE = running()
KINDS = {"InstanceTypes": [{"InstanceType": "m7g.large", "VCpuInfo": {"DefaultVCpus": 2}}]}
SIZES = every_of((ONE, gathered(InstanceType, Batch([ONE]), DescribeInstanceTypes=KINDS)[ONE.arn]))
NO: Any = every()
REST = (every(db_instance()), *(NO,) * 7)
SMALL = (NO,) * 8
LARGE_DISK = every(made(Volume, VolumeId="vol-1", VolumeType="gp3", Size=60 * 1024))
DISKS = (NO, NO, NO, NO, LARGE_DISK, NO, NO, NO)
OWN_CHIPS = every(running("trn1.32xlarge"), running("inf2.xlarge"), running("mac2.metal"), running("hpc6a.48xlarge"))
SPOT_ONLY = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}
CONTAINERS = [
    threetier.service(runningCount=4, launchType="FARGATE"),
    threetier.service("spot", runningCount=9, **SPOT_ONLY),
]
TASK_OF_EACH = every_of(*((one, task("image")) for one in CONTAINERS))
FARGATE = (NO, NO, NO, NO, NO, every(*CONTAINERS), TASK_OF_EACH, NO)


def address(name: str, **changes: Any) -> ElasticIp:
    return made(ElasticIp, AllocationId=name, PublicIp="203.0.113.9", **changes)


ADDRESSES = every(address("a"), address("b"), address("c", ServiceManaged="alb"))
FIXED = (NO, NO, NO, NO, NO, NO, NO, ADDRESSES)
LOWER = Every([*quotas(L_1216C47A=8)._groups, *quotas(HOME, L_1216C47A=640)._groups])
DENIED_HOME = Every(
    [*quotas(L_1216C47A=8)._groups, Group(HOME, None, (), gap("servicequotas:ListServiceQuotas", HOME))]
)

test_dr_region_service_quota_headroom = cases(
    "dr_region_service_quota_headroom",
    case("room", PASS, ACCOUNT, of("warm standby"), ROOMY, FLEET, SIZES, *REST, because="uses of 2 quotas"),
    case("too few", FAIL, ACCOUNT, of("warm standby"), TIGHT, FLEET, SIZES, *REST, because="for 3 and needs 4"),
    case(
        "twice as much", FAIL, ACCOUNT, of("warm standby"), TIGHT, FLEET, SIZES, *REST, headroom=2.0, because="needs 8"
    ),
    case("disks", FAIL, ACCOUNT, of("warm standby"), FULL, NO, NO, *DISKS, because="needs 60"),
    case("the other way", PASS, ACCOUNT, MIRRORED, BACK, FLEET, SIZES, *SMALL, because="what eu-central-1 uses"),
    case("no quotas told", UNKNOWN, ACCOUNT, of("warm standby"), NO, FLEET, SIZES, *REST, because="L-1216C47A, L-7B"),
    case("one not told", UNKNOWN, ACCOUNT, of("warm standby"), BARE, FLEET, SIZES, *REST, because="quota L-7B6409FD"),
    case("chips of their own", NOT_APPLICABLE, ACCOUNT, of("warm standby"), ROOMY, OWN_CHIPS, SIZES, *SMALL),
    case("containers", FAIL, ACCOUNT, of("warm standby"), quotas(L_3032A538=1), NO, NO, *FARGATE, because="needs 2"),
    case("addresses", FAIL, ACCOUNT, of("warm standby"), quotas(L_0263D0A3=1), NO, NO, *FIXED, because="needs 2"),
    case("addresses of AWS", PASS, ACCOUNT, of("warm standby"), quotas(L_0263D0A3=2), NO, NO, *FIXED),
    case("lower than at home", FAIL, ACCOUNT, of("warm standby"), LOWER, FLEET, SIZES, *SMALL, because="is 8, 640 in"),
    case("home not readable", UNKNOWN, ACCOUNT, of("warm standby"), DENIED_HOME, FLEET, SIZES, *SMALL),
    case("nothing that counts", NOT_APPLICABLE, ACCOUNT, of("warm standby"), ROOMY, SPOT, SIZES, *SMALL),
    case("no recovery region", NOT_APPLICABLE, ACCOUNT, of("an empty database"), ROOMY, FLEET, SIZES, *REST),
    case(
        "quotas denied",
        UNKNOWN,
        ACCOUNT,
        of("warm standby"),
        every(gaps=(gap("servicequotas:ListServiceQuotas", FRANKFURT),)),
        FLEET,
        SIZES,
        *REST,
    ),
)


def offered(*names: str, region: str = FRANKFURT) -> Any:
    raw = {"InstanceTypeOfferings": [{"InstanceType": one} for one in names]}
    found: Any = gathered(OfferedInstanceTypes, Region(region, ACCOUNT), DescribeInstanceTypeOfferings=raw)
    return Every([Group(region, None, (found,))])


test_ec2_dr_region_capacity_obtainable = cases(
    "ec2_dr_region_capacity_obtainable",
    case("offered", PASS, ACCOUNT, of("warm standby"), every(running()), offered("m7g.large"), because="m7g.large"),
    case("not offered", FAIL, ACCOUNT, of("warm standby"), every(running()), offered("m6g.large"), because="m7g.large"),
    case("nothing runs", NOT_APPLICABLE, ACCOUNT, of("warm standby"), NO, offered("m7g.large")),
    case("no recovery region", NOT_APPLICABLE, ACCOUNT, of("an empty database"), every(running()), offered()),
    case("the other way", PASS, ACCOUNT, MIRRORED, every(running(region=FRANKFURT)), offered("m7g.large", region=HOME)),
)
