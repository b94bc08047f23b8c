import base64
import json
from typing import Any

from networks import group as security_group
from networks import rule as permission
from principals import IDLE, allow, rights, role, used, user, workload

from auditor.evidence.autoscaling import LaunchConfiguration
from auditor.evidence.cloudformation import Stack
from auditor.evidence.cloudtrail import EventSelectors, Trail, TrailStatus
from auditor.evidence.codebuild import BuildProject, ProjectName
from auditor.evidence.ec2 import Instance, InstanceUserData, LaunchTemplateVersion
from auditor.evidence.ecr import Repository
from auditor.evidence.ecr_images import TaggedImage
from auditor.evidence.ecs import (
    ClusterEntry,
    EcsCluster,
    EcsService,
    EcsServiceEntry,
    LatestTaskDefinition,
    TaskDefinition,
)
from auditor.evidence.ecs import TaskDefinitionFamily as Family
from auditor.evidence.inspector import InspectorStatus
from auditor.evidence.kms import Alias, Key, KeyEntry, KeyPolicy
from auditor.evidence.lambda_ import Function
from auditor.evidence.rds import DbCluster, DbInstance, DbProxy
from auditor.evidence.redshift import RedshiftCluster
from auditor.evidence.secretsmanager import Secret, SecretPolicy
from auditor.evidence.ssm import Parameter
from auditor.inference.secret_names import SecretNames
from auditor.model import Region, Severity
from auditor.redact import Redactor
from auditor.testing import (
    ACCOUNT,
    FAIL,
    MANUAL,
    NOT_APPLICABLE,
    PASS,
    REGION,
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

NONE = every()
PREFIX = "arn:aws:secretsmanager:eu-west-1:123456789012:secret"
ACCESS_KEY = "AKIA" + "Z234567ABCDEFGHI"


def recorded(raw: dict[str, Any]) -> dict[str, Any]:
    """The response as the snapshot has it: with markers where secrets stood."""
    clean: dict[str, Any] = Redactor(b"a key for tests").clean(raw)
    return clean


def secret(name: str = "payment", **changes: Any) -> Secret:
    raw = {"ARN": f"{PREFIX}:{name}-a1b2c3", "Name": name, "CreatedDate": ago(days=10), "LastChangedDate": ago(days=9)}
    return made(Secret, {**raw, **changes})


def tagged(**tags: str) -> dict[str, Any]:
    return {"Tags": [{"Key": name, "Value": value} for name, value in tags.items()]}


PROXY = made(DbProxy, DBProxyArn="arn:aws:rds:eu-west-1:123456789012:db-proxy:p", Auth=[{"SecretArn": secret().arn}])
PROXIES_DENIED = every(gaps=[gap("rds:DescribeDBProxies")])

test_secretsmanager_secret_rotation_off = cases(
    "secretsmanager_secret_rotation_off",
    case("rotates", PASS, secret(RotationEnabled=True), ACCOUNT, NONE),
    case("off", FAIL, secret(), ACCOUNT, NONE, because="9 days ago", severity=Severity.MEDIUM),
    case("old", FAIL, secret(LastChangedDate=ago(days=91)), ACCOUNT, NONE, because="91 days", severity=Severity.HIGH),
    case(
        "as old as a profile allows",
        FAIL,
        secret(LastChangedDate=ago(days=91)),
        ACCOUNT,
        NONE,
        severity=Severity.MEDIUM,
        max_age_days=365,
    ),
    case(
        "never changed",
        FAIL,
        made(Secret, ARN=f"{PREFIX}:x-a1b2c3", Name="x", CreatedDate=ago(days=100)),
        ACCOUNT,
        NONE,
        because="100 days",
    ),
    case(
        "a database's by name",
        FAIL,
        secret("shop/orders-db"),
        ACCOUNT,
        NONE,
        because="a database",
        severity=Severity.HIGH,
    ),
    case("a database's by tag", FAIL, secret(**tagged(use="postgres")), ACCOUNT, NONE, severity=Severity.HIGH),
    case("a database's by its proxy", FAIL, secret(), ACCOUNT, every(PROXY), severity=Severity.HIGH),
    case("not a database's", FAIL, secret("feedback"), ACCOUNT, NONE, severity=Severity.MEDIUM),
    case("a copy", NOT_APPLICABLE, secret(PrimaryRegion="us-east-1"), ACCOUNT, NONE, because="us-east-1"),
    case("the primary of copies", FAIL, secret(PrimaryRegion="eu-west-1"), ACCOUNT, NONE),
    case("a service's", NOT_APPLICABLE, secret(OwningService="rds"), ACCOUNT, NONE, because="rds"),
    case(
        "a third party's",
        NOT_APPLICABLE,
        secret(**tagged(rotation="external")),
        ACCOUNT,
        NONE,
        because="rotation=external",
    ),
    case("no longer exempt", FAIL, secret(**tagged(rotation="external")), ACCOUNT, NONE, exempt_tags=()),
    case("proxies denied", UNKNOWN, secret(), ACCOUNT, PROXIES_DENIED, because="rds:DescribeDBProxies was denied"),
    case("a database's, proxies denied", FAIL, secret("orders-db"), ACCOUNT, PROXIES_DENIED),
)

ROTATOR = made(Function, FunctionName="rotate", FunctionArn="arn:aws:lambda:eu-west-1:123456789012:function:rotate")
FUNCTIONS = every(ROTATOR)
ABROAD = ROTATOR.arn.replace("123456789012", "210987654321")


def rotating(days: int = 30, **changes: Any) -> Secret:
    raw = {
        "RotationEnabled": True,
        "RotationLambdaARN": ROTATOR.arn,
        "RotationRules": {"AutomaticallyAfterDays": days},
        "LastRotatedDate": ago(days=9),
    }
    return secret(**{**raw, **changes})


def pending(**changed: float) -> Secret:
    stages = {"a": ["AWSCURRENT"], "b": ["AWSPENDING"]}
    return rotating(SecretVersionsToStages=stages, LastChangedDate=ago(**changed))


YOUNG = made(Secret, ARN=f"{PREFIX}:x-a1b2c3", Name="x", CreatedDate=ago(days=9), RotationEnabled=True)

test_secretsmanager_secret_rotation_overdue = cases(
    "secretsmanager_secret_rotation_overdue",
    case("on time", PASS, rotating(), ACCOUNT, FUNCTIONS, because="2026-11-17"),
    case("not due yet", PASS, YOUNG, ACCOUNT, FUNCTIONS, because="not due"),
    case(
        "due and missed",
        FAIL,
        rotating(NextRotationDate=ago(days=3)),
        ACCOUNT,
        FUNCTIONS,
        because="2026-11-23",
        severity=Severity.HIGH,
    ),
    case("due just now", PASS, rotating(NextRotationDate=ago(days=1)), ACCOUNT, FUNCTIONS),
    case("due just now, without grace", FAIL, rotating(NextRotationDate=ago(days=1)), ACCOUNT, FUNCTIONS, grace_days=0),
    case(
        "too long ago", FAIL, rotating(LastRotatedDate=ago(days=33)), ACCOUNT, FUNCTIONS, because="interval of 30 days"
    ),
    case(
        "never",
        FAIL,
        secret(RotationEnabled=True, RotationRules={"ScheduleExpression": "rate(4 days)"}),
        ACCOUNT,
        FUNCTIONS,
        because="never rotated",
    ),
    case(
        "turned on lately for an old secret",
        PASS,
        secret(
            RotationEnabled=True,
            RotationRules={"ScheduleExpression": "rate(4 days)"},
            NextRotationDate=ago(days=-3),
            CreatedDate=ago(days=700),
        ),
        ACCOUNT,
        FUNCTIONS,
        because="not due",
    ),
    case("hangs", FAIL, pending(days=2), ACCOUNT, FUNCTIONS, because="AWSPENDING"),
    case("under way", PASS, pending(hours=2), ACCOUNT, FUNCTIONS),
    case("function gone", FAIL, rotating(), ACCOUNT, NONE, because="function:rotate does not exist"),
    case("function of another account", PASS, rotating(RotationLambdaARN=ABROAD), ACCOUNT, NONE),
    case("a function's alias", PASS, rotating(RotationLambdaARN=f"{ROTATOR.arn}:live"), ACCOUNT, FUNCTIONS),
    case("rarely", FAIL, rotating(180), ACCOUNT, FUNCTIONS, because="every 180 days", severity=Severity.MEDIUM),
    case("as rarely as a profile allows", PASS, rotating(180), ACCOUNT, FUNCTIONS, max_interval_days=180),
    case("off", NOT_APPLICABLE, secret(), ACCOUNT, FUNCTIONS),
    case(
        "functions denied",
        UNKNOWN,
        rotating(),
        ACCOUNT,
        every(gaps=[gap("lambda:ListFunctions")]),
        because="lambda:ListFunctions was denied",
    ),
)

MANAGED: dict[str, Any] = {"MasterUserSecret": {"SecretArn": f"{PREFIX}:rds!db-1", "SecretStatus": "active"}}
IMPAIRED: dict[str, Any] = {"MasterUserSecret": {"SecretArn": f"{PREFIX}:rds!db-1", "SecretStatus": "impaired"}}


def names(*secrets: Secret) -> SecretNames:
    return SecretNames(every(*secrets))


BY_HAND = names(secret("shop/orders-password"))
BY_HAND_ROTATING = names(secret("shop/orders", RotationEnabled=True))
BY_TAG = names(secret("x", **tagged(database="orders")))
OTHERS = names(secret("reorders"), secret("orders2"))
SECRETS_DENIED = every(gaps=[gap("secretsmanager:ListSecrets")])
NO_NAMES, NAMES_DENIED = names(), SecretNames(SECRETS_DENIED)


def database(**changes: Any) -> DbInstance:
    arn = "arn:aws:rds:eu-west-1:123456789012:db:orders"
    return made(DbInstance, {"DBInstanceArn": arn, "DBInstanceIdentifier": "orders", "Engine": "postgres", **changes})


test_rds_master_password_unmanaged = cases(
    "rds_master_password_unmanaged",
    case("managed", PASS, database(**MANAGED), NO_NAMES, because="rds!db-1"),
    case("impaired", FAIL, database(**IMPAIRED), NO_NAMES, because="impaired", severity=Severity.HIGH),
    case("nowhere", FAIL, database(), OTHERS, because="no secret", severity=Severity.MEDIUM),
    case("by hand", FAIL, database(), BY_HAND, because="shop/orders-password, which does not", severity=Severity.LOW),
    case("by hand, rotating", FAIL, database(), BY_HAND_ROTATING, because="which rotates", severity=Severity.LOW),
    case("by hand, by its tag", FAIL, database(), BY_TAG, severity=Severity.LOW),
    case("of a cluster", NOT_APPLICABLE, database(DBClusterIdentifier="shop"), NO_NAMES),
    case("a replica", NOT_APPLICABLE, database(ReadReplicaSourceDBInstanceIdentifier="main"), NO_NAMES),
    case("secrets denied", UNKNOWN, database(), NAMES_DENIED, because="secretsmanager:ListSecrets was denied"),
)


def cluster(writes: bool = True, **changes: Any) -> DbCluster:
    raw = {
        "DBClusterArn": "arn:aws:rds:eu-west-1:123456789012:cluster:orders",
        "DBClusterIdentifier": "orders",
        "Engine": "aurora-postgresql",
        "DBClusterMembers": [{"DBInstanceIdentifier": "orders-1", "IsClusterWriter": writes}],
    }
    return made(DbCluster, {**raw, **changes})


test_rds_cluster_master_password_unmanaged = cases(
    "rds_cluster_master_password_unmanaged",
    case("managed", PASS, cluster(**MANAGED), NO_NAMES),
    case("nowhere", FAIL, cluster(), NO_NAMES, severity=Severity.MEDIUM),
    case("by hand", FAIL, cluster(), BY_HAND, severity=Severity.LOW),
    case("Neptune", NOT_APPLICABLE, cluster(Engine="neptune"), NO_NAMES),
    case("a secondary", NOT_APPLICABLE, cluster(writes=False), NO_NAMES),
    case("secrets denied", UNKNOWN, cluster(), NAMES_DENIED),
)


def warehouse(**changes: Any) -> RedshiftCluster:
    return made(RedshiftCluster, {"ClusterIdentifier": "orders", **changes})


test_redshift_cluster_master_password_unmanaged = cases(
    "redshift_cluster_master_password_unmanaged",
    case("managed", PASS, warehouse(MasterPasswordSecretArn=f"{PREFIX}:redshift!orders"), NO_NAMES),
    case("nowhere", FAIL, warehouse(), NO_NAMES, severity=Severity.MEDIUM),
    case("by hand", FAIL, warehouse(), BY_HAND, because="shop/orders-password", severity=Severity.LOW),
    case("secrets denied", UNKNOWN, warehouse(), NAMES_DENIED),
)


def function(error: str = "", key: str | None = None, **variables: str) -> Function:
    environment = {"Environment": {"Error": {"ErrorCode": error}} if error else {"Variables": variables}}
    own = {"KMSKeyArn": key} if key else {}
    raw = {"FunctionName": "pay", "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:pay"}
    return made(Function, recorded({**raw, **environment, **own}))


test_lambda_function_plaintext_secret = cases(
    "lambda_function_plaintext_secret",
    case("settings", PASS, function(STAGE="live", LOG_LEVEL="info"), because="2 environment variables"),
    case("none", PASS, function(), because="no environment"),
    case(
        "by its name",
        FAIL,
        function(DB_PASSWORD="hunter2hunter2"),
        because="DB_PASSWORD (password) stands",
        severity=Severity.HIGH,
    ),
    case(
        "by its shape",
        FAIL,
        function(SETTING=ACCESS_KEY),
        because="SETTING (aws-access-key)",
        severity=Severity.CRITICAL,
    ),
    case(
        "under an own key",
        FAIL,
        function(key="arn:aws:kms:eu-west-1:1:key/1", API_KEY="hunter2hunter2"),
        because="in its environment variables",
    ),
    case(
        "many",
        FAIL,
        function(**{f"TOKEN_{letter}": "hunter2hunter2" for letter in "QRSTU"}),
        because="and 2 more stand",
    ),
    case("a reference", PASS, function(DB_PASSWORD=f"{PREFIX}:shop-a1b2c3")),
    case("the name of a secret", PASS, function(SECRET_NAME="shop/orders-database")),
    case("ciphertext", PASS, function(DB_PASSWORD="AQICAHhJbn4xample0000000")),
    case("variables not readable", UNKNOWN, function("AccessDeniedException"), because="AccessDeniedException"),
)

CLUSTER_ARN = "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"
CLUSTERS = {"clusters": [{"clusterArn": CLUSTER_ARN, "clusterName": "shop", "status": "ACTIVE"}]}
CLUSTER = gathered(EcsCluster, Batch([made(ClusterEntry, CLUSTER_ARN)]), DescribeClusters=CLUSTERS)[0]
ENTRY = made(EcsServiceEntry, "arn:aws:ecs:eu-west-1:123456789012:service/shop/web", under=CLUSTER)
TASKS = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web"


def container(**changes: Any) -> dict[str, Any]:
    return {"name": "app", "image": "shop/web:1", **changes}


def definition(revision: int = 2, **changes: Any) -> dict[str, Any]:
    raw = {"taskDefinitionArn": f"{TASKS}:{revision}", "family": "web", "revision": revision}
    return recorded({**raw, "containerDefinitions": [container(**changes)]})


def newest(**changes: Any) -> LatestTaskDefinition:
    answer = {"taskDefinition": definition(**changes)}
    (found,) = gathered(LatestTaskDefinition, made(Family, "web"), DescribeTaskDefinition=answer)
    one: LatestTaskDefinition = found
    return one


def running(revision: int = 2) -> EcsService:
    service = {"serviceArn": ENTRY.arn, "serviceName": "web", "taskDefinition": f"{TASKS}:{revision}"}
    (found,) = gathered(EcsService, Batch([ENTRY]), DescribeServices={"services": [service]})
    one: EcsService = found
    return one


SECRET_SETTING: dict[str, Any] = {"environment": [{"name": "DB_PASSWORD", "value": "hunter2hunter2"}]}
SECRET_COMMAND: dict[str, Any] = {"command": ["serve", "--token=hunter2hunter2"]}
SECRET_LABEL: dict[str, Any] = {"dockerLabels": {"api_key": "hunter2hunter2"}}
REFERENCE: dict[str, Any] = {"secrets": [{"name": "DB_PASSWORD", "valueFrom": f"{PREFIX}:shop-a1b2c3"}]}
FILE: dict[str, Any] = {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::shop/web.env"}]}
SERVICES_DENIED = every(gaps=[gap("ecs:ListServices")])

test_ecs_task_definition_plaintext_secret = cases(
    "ecs_task_definition_plaintext_secret",
    case("references", PASS, newest(**REFERENCE), every(running())),
    case(
        "in use",
        FAIL,
        newest(**SECRET_SETTING),
        every(running()),
        because="app.DB_PASSWORD (password) stands in web:2",
        severity=Severity.CRITICAL,
    ),
    case("not in use", FAIL, newest(**SECRET_SETTING), every(running(1)), severity=Severity.MEDIUM),
    case("in a command", FAIL, newest(**SECRET_COMMAND), NONE, because="app.command"),
    case("in a label", FAIL, newest(**SECRET_LABEL), NONE, because="app.api_key"),
    case("in a file", FAIL, newest(**FILE), every(running()), because="shop/web.env", severity=Severity.MEDIUM),
    case("services denied", UNKNOWN, newest(**SECRET_SETTING), SERVICES_DENIED, because="ecs:ListServices was denied"),
)

OLDER = made(TaskDefinition, definition(1, **SECRET_SETTING))

test_ecs_service_plaintext_secret = cases(
    "ecs_service_plaintext_secret",
    case("an older revision", FAIL, running(1), OLDER, every(newest()), because="in web:1", severity=Severity.CRITICAL),
    case(
        "an older revision with references",
        PASS,
        running(1),
        made(TaskDefinition, definition(1, **REFERENCE)),
        every(newest()),
    ),
    case(
        "the newest revision",
        NOT_APPLICABLE,
        running(),
        made(TaskDefinition, definition(**SECRET_SETTING)),
        every(newest()),
    ),
    case("task definitions denied", UNKNOWN, running(1), OLDER, every(gaps=[gap("ecs:ListTaskDefinitionFamilies")])),
)

SCRIPT = f"#!/bin/sh\nexport AWS_ACCESS_KEY_ID={ACCESS_KEY}\n"
FETCHES = "#!/bin/sh\nexport DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id shop)\n"
INSTANCE = made(Instance, InstanceId="i-1")


def encoded(script: str) -> str:
    return base64.b64encode(script.encode()).decode()


def user_data(script: str) -> InstanceUserData:
    value = recorded({"UserData": {"Value": encoded(script)}}) if script else {"UserData": {}}
    return made(InstanceUserData, value["UserData"])


test_ec2_user_data_plaintext_secret = cases(
    "ec2_user_data_plaintext_secret",
    case("none", PASS, INSTANCE, user_data("")),
    case("fetched at boot", PASS, INSTANCE, user_data(FETCHES)),
    case("a key", FAIL, INSTANCE, user_data(SCRIPT), because="aws-access-key", severity=Severity.CRITICAL),
)


def template(script: str) -> LaunchTemplateVersion:
    raw = {"LaunchTemplateId": "lt-1", "VersionNumber": 3, "LaunchTemplateData": {"UserData": encoded(script)}}
    answer = {"LaunchTemplateVersions": [recorded(raw)]}
    (found,) = gathered(LaunchTemplateVersion, DescribeLaunchTemplateVersions=answer)
    one: LaunchTemplateVersion = found
    return one


test_ec2_launch_template_plaintext_secret = cases(
    "ec2_launch_template_plaintext_secret",
    case("fetched at boot", PASS, template(FETCHES)),
    case("a key", FAIL, template(SCRIPT), because="aws-access-key", severity=Severity.CRITICAL),
)


def configuration(script: str) -> LaunchConfiguration:
    arn = "arn:aws:autoscaling:eu-west-1:123456789012:launchConfiguration:1:launchConfigurationName/web"
    raw = {"LaunchConfigurationARN": arn, "LaunchConfigurationName": "web", "UserData": encoded(script)}
    return made(LaunchConfiguration, recorded(raw))


test_autoscaling_launch_configuration_plaintext_secret = cases(
    "autoscaling_launch_configuration_plaintext_secret",
    case("fetched at boot", PASS, configuration(FETCHES)),
    case("a key", FAIL, configuration(SCRIPT), because="a secret (aws-access-key)", severity=Severity.CRITICAL),
)


def parameter(name: str, kind: str = "String", **changes: Any) -> Parameter:
    return made(
        Parameter, {"Name": name, "Type": kind, "LastModifiedDate": ago(days=91), "DataType": "text", **changes}
    )


OWN: dict[str, Any] = {"KeyId": "arn:aws:kms:eu-west-1:123456789012:key/1"}
AWS_KEY: dict[str, Any] = {"KeyId": "alias/aws/ssm"}

test_ssm_parameter_plaintext_secret = cases(
    "ssm_parameter_plaintext_secret",
    case("a setting", PASS, parameter("/shop/feature"), ACCOUNT),
    case(
        "in the clear",
        FAIL,
        parameter("/shop/smtp-password"),
        ACCOUNT,
        because="type is String",
        severity=Severity.HIGH,
    ),
    case("a list in the clear", FAIL, parameter("/shop/tokens", "StringList"), ACCOUNT),
    case("about a secret", PASS, parameter("/shop/secret-arn"), ACCOUNT),
    case("encrypted", PASS, parameter("/shop/smtp-password", "SecureString", **OWN), ACCOUNT),
    case(
        "AWS's key",
        FAIL,
        parameter("/shop/smtp-password", "SecureString", **AWS_KEY),
        ACCOUNT,
        because="alias/aws/ssm",
        severity=Severity.LOW,
    ),
    case(
        "a database's, old",
        FAIL,
        parameter("/shop/db/password", "SecureString", **OWN),
        ACCOUNT,
        because="91 days",
        severity=Severity.LOW,
    ),
    case(
        "a database's, old as allowed",
        PASS,
        parameter("/shop/db/password", "SecureString", **OWN),
        ACCOUNT,
        max_age_days=100,
    ),
    case("an image", NOT_APPLICABLE, parameter("/shop/token", DataType="aws:ec2:image"), ACCOUNT),
    case("type not told", UNKNOWN, made(Parameter, Name="/shop/token"), ACCOUNT, because="Type"),
)


def stack(outputs: Any = (), **parameters: str) -> Stack:
    raw = {
        "StackId": "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        "StackName": "shop",
        "Parameters": [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        "Outputs": [{"OutputKey": name, "OutputValue": value} for name, value in dict(outputs).items()],
    }
    return made(Stack, recorded(raw))


test_cloudformation_stack_plaintext_secret = cases(
    "cloudformation_stack_plaintext_secret",
    case("settings", PASS, stack(Stage="live")),
    case("a parameter", FAIL, stack(DbPassword="hunter2hunter2"), because="DbPassword", severity=Severity.HIGH),
    case("NoEcho", PASS, stack(DbPassword="****")),
    case("a dynamic reference", PASS, stack(DbPassword="{{resolve:secretsmanager:shop}}")),
    case("an output", FAIL, stack({"Key": ACCESS_KEY}), because="Key (aws-access-key)"),
    case(
        "a parameter with the name of an output",
        FAIL,
        stack({"DbPassword": f"{PREFIX}:shop-a1b2c3"}, DbPassword="hunter2hunter2"),
        because="DbPassword (password)",
    ),
    case("an output's ARN", PASS, stack({"SecretArn": f"{PREFIX}:shop-a1b2c3"})),
)


def trail(name: str = "main", *, multi: bool = True, region: str = "eu-west-1") -> Trail:
    arn = f"arn:aws:cloudtrail:{region}:123456789012:trail/{name}"
    raw = {"TrailARN": arn, "Name": name, "HomeRegion": region, "IsMultiRegionTrail": multi}
    (found,) = gathered(Trail, Region(region, ACCOUNT), DescribeTrails={"trailList": [raw]})
    one: Trail = found
    return one


def selecting(read_write: str = "All", excluded: tuple[str, ...] = (), *, management: bool = True) -> EventSelectors:
    selector = {"ReadWriteType": read_write, "IncludeManagementEvents": management}
    excludes = {"ExcludeManagementEventSources": list(excluded)}
    return made(EventSelectors, EventSelectors=[{**selector, **excludes}])


MAIN = trail()
LOCAL = trail("local", multi=False, region="us-east-1")
SECRET = every(secret())
SECURE = every(parameter("/shop/smtp-password", "SecureString", **OWN))
CLEAR = every(parameter("/shop/feature"))


def recording(*pairs: tuple[Trail, EventSelectors], logging: bool = True) -> tuple[Any, ...]:
    statuses = [(one, made(TrailStatus, IsLogging=logging)) for one, _ in pairs]
    return every(*(one for one, _ in pairs)), every_of(*statuses), every_of(*pairs)


ALL = recording((MAIN, selecting()))

test_cloudtrail_secret_reads_not_logged = cases(
    "cloudtrail_secret_reads_not_logged",
    case("all recorded", PASS, REGION, SECRET, NONE, *ALL, because="(secrets there: 1)"),
    case("of parameters", PASS, REGION, NONE, SECURE, *ALL),
    case("by default", PASS, REGION, SECRET, NONE, *recording((MAIN, made(EventSelectors)))),
    case(
        "writes only",
        FAIL,
        REGION,
        SECRET,
        NONE,
        *recording((MAIN, selecting("WriteOnly"))),
        because="secretsmanager, ssm, kms",
        severity=Severity.HIGH,
    ),
    case("no management events", FAIL, REGION, SECRET, NONE, *recording((MAIN, selecting(management=False)))),
    case(
        "without KMS",
        FAIL,
        REGION,
        SECRET,
        NONE,
        *recording((MAIN, selecting("All", ("kms.amazonaws.com",)))),
        because="KMS in eu-west-1",
        severity=Severity.LOW,
    ),
    case(
        "another trail has KMS",
        PASS,
        REGION,
        SECRET,
        NONE,
        *recording((MAIN, selecting("All", ("kms.amazonaws.com",))), (trail("second"), selecting())),
    ),
    case("stopped", FAIL, REGION, SECRET, NONE, *recording((MAIN, selecting()), logging=False)),
    case("another region's", FAIL, REGION, SECRET, NONE, *recording((LOCAL, selecting())), because="eu-west-1"),
    case("no trail", FAIL, REGION, SECRET, NONE, *recording()),
    case("nothing secret", NOT_APPLICABLE, REGION, NONE, CLEAR, *ALL),
    case(
        "one that records all, and trails of other regions denied",
        PASS,
        REGION,
        SECRET,
        NONE,
        every(MAIN, gaps=[gap("cloudtrail:DescribeTrails", "us-east-1")]),
        *ALL[1:],
    ),
    case(
        "trails denied",
        UNKNOWN,
        REGION,
        SECRET,
        NONE,
        every(gaps=[gap("cloudtrail:DescribeTrails")]),
        *ALL[1:],
        because="cloudtrail:DescribeTrails was denied",
    ),
)

# ---- who can read a secret

OWN_KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT.id}:key/1111"
PAYMENT = secret()
KEYED_SECRET = secret(KmsKeyId="alias/payment")
READ = allow("secretsmanager:GetSecretValue", on=PAYMENT.arn)
READERS = [user(f"reader-{number}", READ) for number in range(7)]
DECRYPTERS = [user(f"reader-{number}", READ, allow("kms:Decrypt", on=OWN_KEY)) for number in range(7)]
BOSSES = [user(f"boss-{number}", allow("*")) for number in range(9)]
WEB = role("web", READ)


def secret_policy(*statements: dict[str, Any]) -> SecretPolicy:
    text = json.dumps({"Statement": list(statements)})
    answer = {"ResourcePolicy": text} if statements else {}
    found: SecretPolicy = gathered(SecretPolicy, PAYMENT, GetResourcePolicy=answer)
    return found


def kms_key() -> Key:
    raw = {"Arn": OWN_KEY, "KeyId": "1111", "KeyManager": "CUSTOMER", "KeyState": "Enabled"}
    entry = made(KeyEntry, KeyArn=OWN_KEY, KeyId="1111")
    found: Key = gathered(Key, entry, DescribeKey={"KeyMetadata": raw})[0]
    return found


KEY = kms_key()
DELEGATING = {
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT.id}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
KEY_POLICY = every_of((KEY, made(KeyPolicy, Policy=json.dumps({"Statement": [DELEGATING]}))))
SHUT_KEY = every_of((KEY, made(KeyPolicy, Policy=json.dumps({"Statement": []}))))
KEY_ALIAS = every(made(Alias, AliasArn="arn:alias/payment", AliasName="alias/payment", TargetKeyId="1111"))
PATH_ALIAS = every(
    made(Alias, AliasArn="arn:alias/shop/payment", AliasName="alias/shop/payment", TargetKeyId="1111"),
)
PLAIN_KEY = (every(KEY), KEY_POLICY, KEY_ALIAS)
REFUSING = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "secretsmanager:*",
    "Resource": "*",
    "Condition": {"StringNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT.id}:user/reader-0"}},
}
DENIED_KEYS = every(gaps=[gap("kms:ListKeys")])
OPEN_POLICY = secret_policy()

test_secretsmanager_secret_many_readers = cases(
    "secretsmanager_secret_many_readers",
    case("few", PASS, PAYMENT, OPEN_POLICY, rights(*READERS[:3]), IDLE, *PLAIN_KEY, because="3 users and roles"),
    case(
        "many",
        FAIL,
        PAYMENT,
        OPEN_POLICY,
        rights(*READERS),
        IDLE,
        *PLAIN_KEY,
        because="7 users and roles can read it, over 5, most by statement Own of inline policy own of user/reader",
        severity=Severity.MEDIUM,
    ),
    case("many, which is allowed", PASS, PAYMENT, OPEN_POLICY, rights(*READERS), IDLE, *PLAIN_KEY, max_readers=7),
    case(
        "far too many",
        FAIL,
        PAYMENT,
        OPEN_POLICY,
        rights(*READERS),
        IDLE,
        *PLAIN_KEY,
        max_readers=2,
        severity=Severity.HIGH,
    ),
    case(
        "a copy",
        NOT_APPLICABLE,
        secret(PrimaryRegion="us-east-1"),
        None,
        rights(),
        IDLE,
        *PLAIN_KEY,
        because="us-east-1",
    ),
    case("administrators", PASS, PAYMENT, OPEN_POLICY, rights(*BOSSES), IDLE, *PLAIN_KEY, because="0 users"),
    case(
        "others are denied",
        PASS,
        PAYMENT,
        secret_policy(REFUSING),
        rights(*READERS),
        IDLE,
        *PLAIN_KEY,
        because="1 users",
    ),
    case("without the key", PASS, KEYED_SECRET, OPEN_POLICY, rights(*READERS), IDLE, *PLAIN_KEY, because="0 users"),
    case(
        "without the key, whose alias has a path",
        PASS,
        secret(KmsKeyId="alias/shop/payment"),
        OPEN_POLICY,
        rights(*READERS),
        IDLE,
        every(KEY),
        KEY_POLICY,
        PATH_ALIAS,
        because="0 users",
    ),
    case(
        "functions denied, which do not matter",
        FAIL,
        PAYMENT,
        OPEN_POLICY,
        rights(*READERS, gaps=[gap("lambda:ListFunctions")]),
        IDLE,
        *PLAIN_KEY,
    ),
    case("with the key", FAIL, KEYED_SECRET, OPEN_POLICY, rights(*DECRYPTERS), IDLE, *PLAIN_KEY),
    case(
        "a key for nobody", PASS, KEYED_SECRET, OPEN_POLICY, rights(*DECRYPTERS), IDLE, every(KEY), SHUT_KEY, KEY_ALIAS
    ),
    case(
        "a reader that the internet reaches",
        FAIL,
        PAYMENT,
        OPEN_POLICY,
        rights(*READERS[:2], WEB),
        used(workload(WEB, "web", way="shop"), roles=[WEB]),
        *PLAIN_KEY,
        max_readers=2,
        because="among them is web",
        severity=Severity.HIGH,
    ),
    case("keys denied", UNKNOWN, KEYED_SECRET, OPEN_POLICY, rights(*READERS), IDLE, DENIED_KEYS, KEY_POLICY, KEY_ALIAS),
    case(
        "aliases denied",
        UNKNOWN,
        KEYED_SECRET,
        OPEN_POLICY,
        rights(*READERS),
        IDLE,
        every(KEY),
        KEY_POLICY,
        DENIED_KEYS,
    ),
    case(
        "policies denied",
        UNKNOWN,
        KEYED_SECRET,
        OPEN_POLICY,
        rights(*READERS),
        IDLE,
        every(KEY),
        DENIED_KEYS,
        KEY_ALIAS,
    ),
)

# ---- clients of databases without a secret

APP_GROUP, DATA_GROUP = "sg-app", "sg-data"
LETS_APP_IN = every(security_group(permission(APP_GROUP, ports=5432), id=DATA_GROUP))
LETS_RANGE_IN = every(security_group(permission("10.0.0.0/16", ports=5432), id=DATA_GROUP))


def orders(**changes: Any) -> DbInstance:
    raw = {
        "DBInstanceIdentifier": "orders",
        "DBInstanceArn": f"arn:aws:rds:eu-west-1:{ACCOUNT.id}:db:orders",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": DATA_GROUP}],
    }
    return made(DbInstance, {**raw, **changes})


ORDERS, AT_3306, AT_5432 = orders(), orders(Endpoint={"Port": 3306}), orders(Endpoint={"Port": 5432})
PROXIED = made(
    DbProxy,
    DBProxyName="pool",
    DBProxyArn=f"arn:aws:rds:eu-west-1:{ACCOUNT.id}:db-proxy:pool",
    VpcSecurityGroupIds=[DATA_GROUP],
    Auth=[{"IAMAuth": "REQUIRED"}],
)


def client(**changes: Any) -> Function:
    arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT.id}:function:f"
    vpc = {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": [APP_GROUP]}
    return made(Function, {"FunctionName": "f", "FunctionArn": arn, "VpcConfig": vpc, **changes})


FETCHER, NAKED = role("fetcher", allow("secretsmanager:GetSecretValue", on=PAYMENT.arn)), role("naked")
SIGNER = role("signer", allow("rds-db:connect", on="arn:aws:rds-db:*:*:dbuser:*/*"))
OPENER = role("opener", allow("kms:Decrypt", on=OWN_KEY))
SEALED: dict[str, Any] = {"Environment": {"Variables": {"DB_PASSWORD": "AQICAHhJbn4xample0000000"}}}
LEAKING: dict[str, Any] = {"Environment": {"Variables": {"DB_PASSWORD": "[redacted password 1a2b3c4d]"}}}
DBS, NO_PROXY = every(ORDERS), every()


def acting(one: Any) -> tuple[Any, Any]:
    return used(workload(one), roles=[one]), rights(one)


DATABASES_DENIED = every(gaps=[gap("rds:DescribeDBInstances")])

test_workload_secret_source_missing = cases(
    "workload_secret_source_missing",
    case(
        "it may fetch",
        PASS,
        client(),
        DBS,
        NO_PROXY,
        LETS_APP_IN,
        *acting(FETCHER),
        because="secretsmanager:GetSecretValue",
    ),
    case("it may sign in", PASS, client(), DBS, NO_PROXY, LETS_APP_IN, *acting(SIGNER), because="rds-db:connect"),
    case(
        "it may not",
        FAIL,
        client(),
        DBS,
        NO_PROXY,
        LETS_APP_IN,
        *acting(NAKED),
        because="it reaches orders, and its role may not call",
        severity=Severity.MEDIUM,
    ),
    case(
        "a secret in its settings",
        FAIL,
        client(**LEAKING),
        DBS,
        NO_PROXY,
        LETS_APP_IN,
        *acting(NAKED),
        severity=Severity.HIGH,
    ),
    case("it may decrypt, but has no ciphertext", FAIL, client(), DBS, NO_PROXY, LETS_APP_IN, *acting(OPENER)),
    case(
        "it may decrypt its settings",
        PASS,
        client(**SEALED),
        DBS,
        NO_PROXY,
        LETS_APP_IN,
        *acting(OPENER),
        because="kms:Decrypt",
    ),
    case("a proxy by IAM", PASS, client(), DBS, every(PROXIED), LETS_APP_IN, *acting(SIGNER), because="pool"),
    case(
        "a secret for a proxy by IAM",
        FAIL,
        client(),
        DBS,
        every(PROXIED),
        LETS_APP_IN,
        *acting(FETCHER),
        because="rds-db:connect",
    ),
    case("let in by another port", NOT_APPLICABLE, client(), every(AT_3306), NO_PROXY, LETS_APP_IN, *acting(NAKED)),
    case("let in by its port", FAIL, client(), every(AT_5432), NO_PROXY, LETS_APP_IN, *acting(NAKED)),
    case("let in by a range", NOT_APPLICABLE, client(), DBS, NO_PROXY, LETS_RANGE_IN, *acting(NAKED)),
    case(
        "in no VPC", NOT_APPLICABLE, client(VpcConfig={}), DBS, NO_PROXY, LETS_APP_IN, *acting(NAKED), because="no VPC"
    ),
    case("databases denied", UNKNOWN, client(), DATABASES_DENIED, NO_PROXY, LETS_APP_IN, *acting(NAKED)),
    case("proxies denied", UNKNOWN, client(), DBS, DATABASES_DENIED, LETS_APP_IN, *acting(NAKED)),
    case("groups denied", UNKNOWN, client(), DBS, NO_PROXY, DATABASES_DENIED, *acting(NAKED)),
)


def ecs_client(*groups: str) -> EcsService:
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": list(groups)}}
    raw = {"serviceArn": ENTRY.arn, "serviceName": "web", "networkConfiguration": network}
    found: EcsService = gathered(EcsService, Batch([ENTRY]), DescribeServices={"services": [raw]})[0]
    return found


def task(**settings: Any) -> TaskDefinition:
    raw = {
        "taskDefinitionArn": f"{TASKS}:9",
        "family": "web",
        "revision": 9,
        "containerDefinitions": [{"name": "app", **settings}],
    }
    return made(TaskDefinition, raw)


def serving(one: Any) -> tuple[Any, Any]:
    held = workload(one)
    running_as = type(held)("service", "web", ENTRY.arn, one.arn)
    return used(running_as, roles=[one]), rights(one)


SERVICE = ecs_client(APP_GROUP)
INJECTED: dict[str, Any] = {"secrets": [{"name": "DB", "valueFrom": PAYMENT.arn}]}
PLAIN_TEXT: dict[str, Any] = {"environment": [{"name": "DB_PASSWORD", "value": "[redacted password 1a2b3c4d]"}]}

test_ecs_workload_secret_source_missing = cases(
    "ecs_workload_secret_source_missing",
    case("it may fetch", PASS, SERVICE, task(), DBS, NO_PROXY, LETS_APP_IN, *serving(FETCHER)),
    case("it may not", FAIL, SERVICE, task(), DBS, NO_PROXY, LETS_APP_IN, *serving(NAKED), severity=Severity.MEDIUM),
    case("no role", FAIL, SERVICE, task(), DBS, NO_PROXY, LETS_APP_IN, IDLE, rights()),
    case(
        "plain text",
        FAIL,
        SERVICE,
        task(**PLAIN_TEXT),
        DBS,
        NO_PROXY,
        LETS_APP_IN,
        IDLE,
        rights(),
        severity=Severity.HIGH,
    ),
    case("by reference", NOT_APPLICABLE, SERVICE, task(**INJECTED), DBS, NO_PROXY, LETS_APP_IN, IDLE, rights()),
    case("no interfaces", NOT_APPLICABLE, ecs_client(), task(), DBS, NO_PROXY, LETS_APP_IN, IDLE, rights()),
    case("databases denied", UNKNOWN, SERVICE, task(), DATABASES_DENIED, NO_PROXY, LETS_APP_IN, IDLE, rights()),
    case("proxies denied", UNKNOWN, SERVICE, task(), DBS, DATABASES_DENIED, LETS_APP_IN, IDLE, rights()),
    case("groups denied", UNKNOWN, SERVICE, task(), DBS, NO_PROXY, DATABASES_DENIED, IDLE, rights()),
)


def scanning(**status: str) -> InspectorStatus:
    names = {"code": "lambdaCode", "source": "codeRepository", "ecr": "ecr"}
    state = {names[name]: {"status": value} for name, value in status.items()}
    account = {"accountId": ACCOUNT.id, "state": {"status": "ENABLED"}, "resourceState": state}
    found: InspectorStatus = gathered(InspectorStatus, BatchGetAccountStatus={"accounts": [account]})
    return found


def build(source: str = "GITHUB") -> BuildProject:
    raw = {"name": "ci", "arn": f"arn:aws:codebuild:eu-west-1:{ACCOUNT.id}:project/ci", "source": {"type": source}}
    found: BuildProject = gathered(
        BuildProject, Batch([made(ProjectName, "ci")]), BatchGetProjects={"projects": [raw]}
    )[0]
    return found


REPOSITORY = made(Repository, repositoryArn=f"arn:aws:ecr:eu-west-1:{ACCOUNT.id}:repository/r", repositoryName="r")
FULL = scanning(code="ENABLED", source="ENABLED", ecr="ENABLED")
ONE_FUNCTION, ONE_REPOSITORY, ONE_BUILD = every(client()), every(REPOSITORY), every(build())
WITHOUT_INSPECTOR = Region("eu-west-1", ACCOUNT, frozenset({"inspector2"}))

test_inspector_secret_scanning_off = cases(
    "inspector_secret_scanning_off",
    case("everything", PASS, REGION, FULL, ONE_FUNCTION, ONE_REPOSITORY, ONE_BUILD),
    case("off", FAIL, REGION, None, ONE_FUNCTION, ONE_REPOSITORY, NONE, because="1 functions and 1 repositories"),
    case("no code scanning", FAIL, REGION, scanning(ecr="ENABLED", code="DISABLED"), ONE_FUNCTION, NONE, NONE),
    case("sources", FAIL, REGION, scanning(ecr="ENABLED"), NONE, ONE_REPOSITORY, ONE_BUILD, severity=Severity.LOW),
    case("builds without a source", NOT_APPLICABLE, REGION, None, NONE, NONE, every(build("NO_SOURCE"))),
    case("nothing", NOT_APPLICABLE, REGION, None, NONE, NONE, NONE),
    case("no Inspector", NOT_APPLICABLE, WITHOUT_INSPECTOR, None, ONE_FUNCTION, NONE, NONE),
    case("functions denied", UNKNOWN, REGION, FULL, every(gaps=[gap("lambda:ListFunctions")]), NONE, NONE),
    case("repositories denied", UNKNOWN, REGION, FULL, NONE, every(gaps=[gap("ecr:DescribeRepositories")]), NONE),
    case("projects denied", UNKNOWN, REGION, FULL, NONE, NONE, every(gaps=[gap("codebuild:ListProjects")])),
)


def image(*environment: str, schema_1: bool = True) -> TaggedImage:
    history = [{"v1Compatibility": json.dumps({"config": {"Env": list(environment)}})}]
    manifest = recorded({"imageManifest": json.dumps({"schemaVersion": 1, "history": history} if schema_1 else {})})
    found: TaggedImage = gathered(
        TaggedImage,
        REPOSITORY,
        DescribeImages={
            "imageDetails": [{"imageTags": ["v7"], "imageDigest": "sha256:1", "imagePushedAt": ago(days=1)}]
        },
        BatchGetImage={"images": [{"imageId": {"imageTag": "v7"}, **manifest}]},
    )[0]
    return found


test_ecr_image_embedded_secret = cases(
    "ecr_image_embedded_secret",
    case("nothing", PASS, image("PATH=/usr/bin"), because="r:v7"),
    case(
        "a password", FAIL, image("DB_PASSWORD=hunter2xY9"), because="1 secrets (password)", severity=Severity.CRITICAL
    ),
    case("a key", FAIL, image(f"KEY={ACCESS_KEY}"), because="aws-access-key"),
    case("an OCI image", UNKNOWN, image(schema_1=False), because="OCI"),
)

test_source_code_without_credentials = cases(
    "source_code_without_credentials", case("a question", MANUAL, ACCOUNT, because="was all source code")
)

test_repositories_scanned_for_secrets = cases(
    "repositories_scanned_for_secrets",
    case("a question", MANUAL, ACCOUNT, because="does the host of the repositories stop p"),
)

test_secrets_retrieved_at_runtime = cases(
    "secrets_retrieved_at_runtime",
    case("a question", MANUAL, ACCOUNT, because="do applications fetch secrets at run tim"),
)
