from typing import Any

from auditor.evidence.apigateway import RestApi
from auditor.evidence.apigatewayv2 import HttpApi
from auditor.evidence.cloudformation import DriftedResource, Stack
from auditor.evidence.cloudtrail import InsightSelectors, Trail, TrailStatus
from auditor.evidence.cloudwatch import CompositeAlarm, Dashboard, DashboardBody, MetricAlarm
from auditor.evidence.config import AggregationAuthorization, ConfigAggregator, ConfigRecorderStatus
from auditor.evidence.dynamodb import Table, TableEntry
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import ClusterEntry, EcsCluster, EcsService, EcsServiceEntry
from auditor.evidence.elasticache import ReplicationGroup
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.lambda_ import Function
from auditor.evidence.rds import DbCluster, DbInstance
from auditor.evidence.s3 import Bucket, BucketEntry
from auditor.evidence.sns import Subscription, Topic, TopicEntry
from auditor.evidence.ssm import Association, MaintenanceTask, MaintenanceWindow, ManagedInstance, PatchState
from auditor.evidence.tagging import TaggedResource
from auditor.inference.alarms import ActingAlarms
from auditor.model import Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
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

HERE = "eu-west-1:123456789012"
MINE, OTHER = "123456789012", "999999999999"

RAW_TRAIL = {"Name": "t", "TrailARN": "arn:t", "HomeRegion": "eu-west-1", "IsMultiRegionTrail": True}
TRAIL = gathered(Trail, REGION, DescribeTrails={"trailList": [RAW_TRAIL]})[0]


def insights(*kinds: str, logging: bool = True) -> tuple[Any, ...]:
    status = made(TrailStatus, IsLogging=logging, under=TRAIL)
    found = made(InsightSelectors, InsightSelectors=[{"InsightType": kind} for kind in kinds], under=TRAIL)
    return every(TRAIL), every_of((TRAIL, status)), every_of((TRAIL, found))


RATES = ("ApiCallRateInsight", "ApiErrorRateInsight")

test_cloudtrail_insights_missing = cases(
    "cloudtrail_insights_missing",
    case("both kinds", PASS, ACCOUNT, *insights(*RATES)),
    case("one kind", FAIL, ACCOUNT, *insights("ApiCallRateInsight"), because="looks for ApiErrorRateInsight"),
    case("none", FAIL, ACCOUNT, *insights()[:2], every(), because="ApiCallRateInsight and"),
    case("a trail that does not log", FAIL, ACCOUNT, *insights(*RATES, logging=False)),
    case("no trail", FAIL, ACCOUNT, every(), every(), every()),
    case("denied", UNKNOWN, ACCOUNT, *insights()[:2], every(gaps=(gap("cloudtrail:GetInsightSelectors"),))),
)


def recording(*regions: str) -> Any:
    return every(*(made(ConfigRecorderStatus, name="default", recording=True, region=name) for name in regions))


def aggregator(account: str, *, everywhere: bool = True) -> ConfigAggregator:
    return made(
        ConfigAggregator,
        ConfigurationAggregatorArn=f"arn:aws:config:{HERE}:config-aggregator/a",
        ConfigurationAggregatorName="a",
        AccountAggregationSources=[{"AccountIds": [account], "AllAwsRegions": everywhere}],
    )


TWO = recording("eu-west-1", "us-east-1")
AUTHORIZED = made(
    AggregationAuthorization, AggregationAuthorizationArn="arn:x", AuthorizedAccountId=OTHER, AuthorizedAwsRegion="x"
)
UNREAD_AGGREGATORS = every(gaps=(gap("config:DescribeConfigurationAggregators"),))

test_config_aggregation_missing = cases(
    "config_aggregation_missing",
    case("an aggregator", PASS, ACCOUNT, TWO, every(aggregator(MINE)), every()),
    case(
        "of some regions", FAIL, ACCOUNT, TWO, every(aggregator(MINE, everywhere=False)), every(), because="2 regions"
    ),
    case("of another account's data", FAIL, ACCOUNT, TWO, every(aggregator(OTHER)), every()),
    case("an authorization", PASS, ACCOUNT, TWO, every(), every(AUTHORIZED), because=OTHER),
    case("nothing", FAIL, ACCOUNT, TWO, every(), every()),
    case("one region", NOT_APPLICABLE, ACCOUNT, recording("eu-west-1"), every(), every()),
    case("denied", UNKNOWN, ACCOUNT, TWO, UNREAD_AGGREGATORS, every()),
    case("authorized, whatever was denied", PASS, ACCOUNT, TWO, UNREAD_AGGREGATORS, every(AUTHORIZED)),
)

TOPIC = f"arn:aws:sns:{HERE}:ops"


def alarm(name: str = "errors", **changes: Any) -> MetricAlarm:
    raw = {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{HERE}:alarm:{name}",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        "StateUpdatedTimestamp": ago(days=1),
    }
    return made(MetricAlarm, raw | changes)


def composite(rule: str) -> CompositeAlarm:
    arn = f"arn:aws:cloudwatch:{HERE}:alarm:all"
    return made(
        CompositeAlarm, AlarmName="all", AlarmArn=arn, AlarmRule=rule, ActionsEnabled=True, AlarmActions=[TOPIC]
    )


BARE = alarm(AlarmActions=[])
UNREAD_COMPOSITES = ActingAlarms(every(BARE), every(gaps=(gap("cloudwatch:DescribeAlarms"),)))

test_cloudwatch_alarm_without_action = cases(
    "cloudwatch_alarm_without_action",
    case("an action", PASS, alarm(), ActingAlarms(every(), every())),
    case("none", FAIL, BARE, ActingAlarms(every(), every()), because="no action"),
    case(
        "disabled", FAIL, alarm(ActionsEnabled=False), ActingAlarms(every(), every()), because="1 actions are disabled"
    ),
    case("a composite alarm acts", PASS, BARE, ActingAlarms(every(), every(composite("ALARM(errors)")))),
    case("a composite alarm of others", FAIL, BARE, ActingAlarms(every(), every(composite("ALARM(other)")))),
    case("target tracking", NOT_APPLICABLE, alarm("TargetTracking-asg-AlarmHigh-1"), ActingAlarms(every(), every())),
    case("denied", UNKNOWN, BARE, UNREAD_COMPOSITES),
)


def topic(arn: str = TOPIC) -> Topic:
    found = gathered(Topic, made(TopicEntry, TopicArn=arn), GetTopicAttributes={"Attributes": {"TopicArn": arn}})
    assert isinstance(found[0], Topic)
    return found[0]


def subscribed(arn: str) -> Any:
    return every(made(Subscription, SubscriptionArn=arn, TopicArn=TOPIC, Protocol="email", Endpoint="ops@example.com"))


CONFIRMED, PENDING = subscribed(f"{TOPIC}:1"), subscribed("PendingConfirmation")
FUNCTION_ARN = f"arn:aws:lambda:{HERE}:function:repair"
FUNCTION = made(Function, FunctionArn=FUNCTION_ARN, FunctionName="repair")
FOREIGN = f"arn:aws:sns:eu-west-1:{OTHER}:ops"
TO_TOPIC = (every(topic()), CONFIRMED, every())

test_cloudwatch_alarm_action_unreachable = cases(
    "cloudwatch_alarm_action_unreachable",
    case("a confirmed subscription", PASS, alarm(), ACCOUNT, *TO_TOPIC),
    case("a deleted topic", FAIL, alarm(), ACCOUNT, every(), CONFIRMED, every(), because="topic ops does not exist"),
    case("nobody confirmed", FAIL, alarm(), ACCOUNT, every(topic()), PENDING, every(), because="no confirmed"),
    case("nobody subscribed", FAIL, alarm(), ACCOUNT, every(topic()), every(), every()),
    case("another account's topic", PASS, alarm(AlarmActions=[FOREIGN]), ACCOUNT, every(), every(), every()),
    case("a function", PASS, alarm(AlarmActions=[FUNCTION_ARN]), ACCOUNT, every(), every(), every(FUNCTION)),
    case(
        "a function's alias",
        PASS,
        alarm(AlarmActions=[f"{FUNCTION_ARN}:live"]),
        ACCOUNT,
        every(),
        every(),
        every(FUNCTION),
    ),
    case(
        "a deleted function",
        FAIL,
        alarm(AlarmActions=[FUNCTION_ARN]),
        ACCOUNT,
        every(),
        every(),
        every(),
        because="repair",
    ),
    case("one of two lives", PASS, alarm(AlarmActions=[TOPIC, FUNCTION_ARN]), ACCOUNT, *TO_TOPIC, because="1 of 2"),
    case(
        "recovers the instance",
        PASS,
        alarm(AlarmActions=["arn:aws:automate:eu-west-1:ec2:recover"]),
        ACCOUNT,
        *TO_TOPIC,
    ),
    case("no action", NOT_APPLICABLE, BARE, ACCOUNT, *TO_TOPIC),
    case("denied", UNKNOWN, alarm(), ACCOUNT, every(gaps=(gap("sns:ListTopics"),)), CONFIRMED, every()),
)


def state(value: str, days: int, **changes: Any) -> MetricAlarm:
    return alarm(StateValue=value, StateTransitionedTimestamp=ago(days=days), **changes)


test_cloudwatch_alarm_stuck = cases(
    "cloudwatch_alarm_stuck",
    case("fine", PASS, state("OK", 400), ACCOUNT),
    case("red since a day", PASS, state("ALARM", 1), ACCOUNT),
    case("red for weeks", FAIL, state("ALARM", 30), ACCOUNT, because="ALARM since 2026-10-27"),
    case("without data for weeks", FAIL, state("INSUFFICIENT_DATA", 30), ACCOUNT, because="INSUFFICIENT_DATA"),
    case("no data is fine", PASS, state("INSUFFICIENT_DATA", 30, TreatMissingData="notBreaching"), ACCOUNT),
    case(
        "an update where no transition is known",
        FAIL,
        alarm(StateValue="ALARM", StateUpdatedTimestamp=ago(days=8)),
        ACCOUNT,
    ),
    case("scale-in", NOT_APPLICABLE, state("ALARM", 30, AlarmName="TargetTracking-asg-AlarmLow-1"), ACCOUNT),
    case("scale-out", FAIL, state("ALARM", 30, AlarmName="TargetTracking-asg-AlarmHigh-1"), ACCOUNT),
    case("a longer limit", PASS, state("ALARM", 30), ACCOUNT, max_days=31),
)

NAMED = alarm(AlarmDescription="see https://wiki.example.com/x")

test_cloudwatch_alarm_without_runbook = cases(
    "cloudwatch_alarm_without_runbook",
    case("all of them", PASS, ACCOUNT, every(NAMED, alarm(AlarmDescription="Runbook 7"))),
    case("none of them", FAIL, ACCOUNT, every(alarm(), alarm("b", AlarmDescription="too hot")), because="2 of 2"),
    case("a word within a word", FAIL, ACCOUNT, every(alarm(AlarmDescription="warning")), because="1 of 1"),
    case("a few without", PASS, ACCOUNT, every(NAMED, NAMED, NAMED, alarm()), because="1 of 4"),
    case("fewer may be without", FAIL, ACCOUNT, every(NAMED, NAMED, NAMED, alarm()), max_missing_percent=20),
    case("no alarm calls people", NOT_APPLICABLE, ACCOUNT, every(BARE, alarm(AlarmActions=[FUNCTION_ARN]))),
    case("denied", UNKNOWN, ACCOUNT, every(gaps=(gap("cloudwatch:DescribeAlarms"),))),
)


def balancer(kind: str = "application") -> LoadBalancer:
    prefix = {"application": "app", "network": "net"}[kind]
    arn = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/{prefix}/web/1"
    return made(LoadBalancer, LoadBalancerArn=arn, LoadBalancerName="web", Type=kind)


def table() -> Table:
    raw = {"TableName": "orders", "TableArn": f"arn:aws:dynamodb:{HERE}:table/orders", "TableStatus": "ACTIVE"}
    found = gathered(Table, made(TableEntry, "orders"), DescribeTable={"Table": raw})
    assert isinstance(found[0], Table)
    return found[0]


ECS_CLUSTER = gathered(
    EcsCluster,
    Batch([made(ClusterEntry, f"arn:aws:ecs:{HERE}:cluster/c")]),
    DescribeClusters={"clusters": [{"clusterArn": f"arn:aws:ecs:{HERE}:cluster/c", "status": "ACTIVE"}]},
)[0]
SERVICE = gathered(
    EcsService,
    Batch([made(EcsServiceEntry, f"arn:aws:ecs:{HERE}:service/c/s", under=ECS_CLUSTER)]),
    DescribeServices={
        "services": [
            {
                "serviceArn": f"arn:aws:ecs:{HERE}:service/c/s",
                "serviceName": "s",
                "clusterArn": f"arn:aws:ecs:{HERE}:cluster/c",
                "status": "ACTIVE",
            }
        ]
    },
)[0]
DATABASE = made(DbInstance, DBInstanceArn=f"arn:aws:rds:{HERE}:db:d", DBInstanceIdentifier="d", Engine="postgres")
CLUSTER = made(
    DbCluster,
    DBClusterArn=f"arn:aws:rds:{HERE}:cluster:c",
    DBClusterIdentifier="c",
    Engine="aurora-postgresql",
    DBClusterMembers=[{"DBInstanceIdentifier": "c-1", "IsClusterWriter": True}],
)
CACHE = made(
    ReplicationGroup,
    ARN=f"arn:aws:elasticache:{HERE}:replicationgroup:r",
    ReplicationGroupId="r",
    MemberClusters=["r-001"],
)


def rest_api(**tags: str) -> RestApi:
    return made(RestApi, {"id": "a1b2c3", "name": "shop", "tags": tags})


HTTP_API = made(HttpApi, ApiId="d4e5f6", Name="mobile", ProtocolType="HTTP")
CHAT = made(HttpApi, ApiId="g7h8i9", Name="chat", ProtocolType="WEBSOCKET")


def on(namespace: str, metric: str, **dimensions: str) -> MetricAlarm:
    return alarm(
        f"{namespace}-{metric}",
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )


def acting(*alarms: MetricAlarm) -> ActingAlarms:
    return ActingAlarms(every(*alarms), every())


def resources(
    *,
    balancers: Any = (),
    rest: Any = (),
    http: Any = (),
    databases: Any = (),
    clusters: Any = (),
    tables: Any = (),
    caches: Any = (),
    services: Any = (),
) -> tuple[Any, ...]:
    return tuple(every(*found) for found in (balancers, rest, http, databases, clusters, tables, caches, services))


WEB = {"LoadBalancer": "app/web/1"}
ON_WEB = (
    on("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", **WEB),
    on("AWS/ApplicationELB", "TargetResponseTime", **WEB),
)
D = {"DBInstanceIdentifier": "d"}
ON_DATABASE = tuple(on("AWS/RDS", name, **D) for name in ("FreeStorageSpace", "CPUUtilization", "DatabaseConnections"))
ON_CLUSTER = (
    on("AWS/RDS", "VolumeBytesUsed", DBClusterIdentifier="c"),
    on("AWS/RDS", "CPUUtilization", DBInstanceIdentifier="c-1"),
    on("AWS/RDS", "DatabaseConnections", DBClusterIdentifier="c"),
)
ON_CACHE = tuple(on("AWS/ElastiCache", name, CacheClusterId="r-001") for name in ("EngineCPUUtilization", "Evictions"))
ON_API = (on("AWS/ApiGateway", "5XXError", ApiName="shop"), on("AWS/ApiGateway", "Latency", ApiName="shop"))
QUERY = alarm("q", Metrics=[{"Id": "q", "Expression": 'SELECT SUM(ThrottledRequests) FROM "AWS/DynamoDB"'}])
EVERYTHING = resources(
    balancers=[balancer()],
    rest=[rest_api()],
    databases=[DATABASE],
    clusters=[CLUSTER],
    tables=[table()],
    caches=[CACHE],
    services=[SERVICE],
)
ON_SERVICE = on("AWS/ECS", "CPUUtilization", ServiceName="s", ClusterName="c")
ALL_ALARMS = acting(*ON_WEB, *ON_API, *ON_DATABASE, *ON_CLUSTER, *ON_CACHE, QUERY, ON_SERVICE)
ON_MOBILE = (on("AWS/ApiGateway", "5xx", ApiId="d4e5f6"), on("AWS/ApiGateway", "Latency", ApiId="d4e5f6"))

test_cloudwatch_critical_resource_without_alarm = cases(
    "cloudwatch_critical_resource_without_alarm",
    case("everything", PASS, REGION, ALL_ALARMS, *EVERYTHING, because="7 of 7"),
    case(
        "nothing", FAIL, REGION, acting(), *EVERYTHING, because="7 of 7 resources lack alarms, among them c, d, orders"
    ),
    case("errors only", FAIL, REGION, acting(ON_WEB[0]), *resources(balancers=[balancer()]), because="web"),
    case(
        "a network load balancer",
        PASS,
        REGION,
        acting(on("AWS/NetworkELB", "UnHealthyHostCount", LoadBalancer="net/web/1")),
        *resources(balancers=[balancer("network")]),
    ),
    case(
        "another one's alarms",
        FAIL,
        REGION,
        acting(on("AWS/NetworkELB", "UnHealthyHostCount", LoadBalancer="net/api/2")),
        *resources(balancers=[balancer("network")]),
    ),
    case("an HTTP API", PASS, REGION, acting(*ON_MOBILE), *resources(http=[HTTP_API])),
    case(
        "alarms without actions",
        FAIL,
        REGION,
        acting(alarm(Namespace="AWS/DynamoDB", MetricName="SystemErrors", AlarmActions=[])),
        *resources(tables=[table()]),
    ),
    case(
        "half of them",
        FAIL,
        REGION,
        acting(*ON_WEB),
        *resources(balancers=[balancer()], tables=[table()]),
        because="1 of 2",
    ),
    case(
        "half of them is enough",
        PASS,
        REGION,
        acting(*ON_WEB),
        *resources(balancers=[balancer()], tables=[table()]),
        min_coverage_percent=50,
    ),
    case("a test API", NOT_APPLICABLE, REGION, acting(), *resources(rest=[rest_api(env="dev")])),
    case("a WebSocket API", NOT_APPLICABLE, REGION, acting(), *resources(http=[CHAT])),
    case("nothing here", NOT_APPLICABLE, REGION, acting(), *resources()),
    case(
        "denied",
        UNKNOWN,
        REGION,
        ALL_ALARMS,
        every(gaps=(gap("elasticloadbalancing:DescribeLoadBalancers"),)),
        *EVERYTHING[1:],
    ),
)


def shown(*texts: str) -> tuple[Any, Any]:
    """Dashboards by their bodies."""
    pairs = []
    for number, text in enumerate(texts):
        arn = f"arn:aws:cloudwatch::{MINE}:dashboard/{number}"
        dashboard = made(Dashboard, DashboardName=str(number), DashboardArn=arn)
        pairs.append((dashboard, made(DashboardBody, DashboardBody=text, under=dashboard)))
    return every(*(one for one, _ in pairs)), every_of(*pairs)


ENTRIES = (every(balancer()), every(), every())
UNREAD_BODIES = every(gaps=(gap("cloudwatch:GetDashboard", "global"),))

test_cloudwatch_dashboard_missing = cases(
    "cloudwatch_dashboard_missing",
    case("a load balancer", PASS, ACCOUNT, *shown('{"x": "app/web/1"}'), *ENTRIES),
    case("an API", PASS, ACCOUNT, *shown('["ApiName", "shop"]'), every(), every(rest_api()), every()),
    case("no dashboard", FAIL, ACCOUNT, *shown(), *ENTRIES, because="no dashboard"),
    case("something else", FAIL, ACCOUNT, *shown("{}", "[]"), *ENTRIES, because="none of 2"),
    case("no entry point", NOT_APPLICABLE, ACCOUNT, *shown(), every(), every(), every()),
    case("a test API", NOT_APPLICABLE, ACCOUNT, *shown(), every(), every(rest_api(stage="test")), every()),
    case("bodies denied", UNKNOWN, ACCOUNT, shown("{}")[0], UNREAD_BODIES, *ENTRIES),
)


def stack(status: str = "UPDATE_COMPLETE", **changes: Any) -> Stack:
    raw = {
        "StackId": f"arn:aws:cloudformation:{HERE}:stack/app/1",
        "StackName": "app",
        "StackStatus": status,
        "CreationTime": ago(days=90),
        "EnableTerminationProtection": True,
    }
    return made(Stack, raw | changes)


UNPROTECTED: dict[str, Any] = {"EnableTerminationProtection": False}

test_cloudformation_stack_failed = cases(
    "cloudformation_stack_failed",
    case("protected", PASS, stack(), ACCOUNT),
    case("stuck", FAIL, stack("UPDATE_ROLLBACK_FAILED"), ACCOUNT, because="2026-08-28", severity=Severity.HIGH),
    case("not deleted", FAIL, stack("DELETE_FAILED"), ACCOUNT, because="DELETE_FAILED", severity=Severity.MEDIUM),
    case("never made", FAIL, stack("ROLLBACK_COMPLETE"), ACCOUNT, because="rolled back", severity=Severity.LOW),
    case("never made, yesterday", PASS, stack("ROLLBACK_COMPLETE", CreationTime=ago(days=1)), ACCOUNT),
    case("an update that was rolled back", PASS, stack("UPDATE_ROLLBACK_COMPLETE"), ACCOUNT),
    case("unprotected", FAIL, stack(**UNPROTECTED), ACCOUNT, because="termination", severity=Severity.LOW),
    case("unprotected in development", PASS, stack(**UNPROTECTED, Tags=[{"Key": "env", "Value": "dev"}]), ACCOUNT),
    case("nested", PASS, stack(**UNPROTECTED, RootId="arn:root"), ACCOUNT),
    case("of a stack set", PASS, stack(**UNPROTECTED, StackName="StackSet-base-1"), ACCOUNT),
)


def drift(status: str, days: int | None = 1, **changes: Any) -> Stack:
    checked = {} if days is None else {"LastCheckTimestamp": ago(days=days)}
    return stack(DriftInformation={"StackDriftStatus": status} | checked, **changes)


def drifted(one: Stack, kind: str) -> Any:
    raw = {
        "StackId": one.arn,
        "LogicalResourceId": "Thing",
        "ResourceType": kind,
        "StackResourceDriftStatus": "MODIFIED",
        "Timestamp": ago(days=1),
    }
    return every(*gathered(DriftedResource, one, DescribeStackResourceDrifts={"StackResourceDrifts": [raw]}))


DRIFTED = drift("DRIFTED")

test_cloudformation_stack_drifted = cases(
    "cloudformation_stack_drifted",
    case("in sync", PASS, drift("IN_SYNC"), every(), ACCOUNT, because="2026-11-25"),
    case(
        "a queue drifted",
        FAIL,
        DRIFTED,
        drifted(DRIFTED, "AWS::SQS::Queue"),
        ACCOUNT,
        because="1 resources",
        severity=Severity.MEDIUM,
    ),
    case(
        "a role drifted",
        FAIL,
        DRIFTED,
        drifted(DRIFTED, "AWS::IAM::Role"),
        ACCOUNT,
        because="Thing",
        severity=Severity.HIGH,
    ),
    case("never checked", FAIL, drift("NOT_CHECKED", None), every(), ACCOUNT, because="never", severity=Severity.LOW),
    case("checked long ago", FAIL, drift("IN_SYNC", 31), every(), ACCOUNT, because="2026-10-26", severity=Severity.LOW),
    case("a longer limit", PASS, drift("IN_SYNC", 31), every(), ACCOUNT, max_check_age_days=60),
    case("nested", NOT_APPLICABLE, drift("DRIFTED", RootId="arn:root"), every(), ACCOUNT),
    case("being updated", NOT_APPLICABLE, stack("UPDATE_IN_PROGRESS"), every(), ACCOUNT),
    case("denied", UNKNOWN, DRIFTED, every(gaps=(gap("cloudformation:DescribeStackResourceDrifts"),)), ACCOUNT),
)


def tagged(name: str, *keys: str) -> TaggedResource:
    tags = [{"Key": key, "Value": "x"} for key in keys]
    return made(TaggedResource, ResourceARN=f"arn:aws:sqs:{HERE}:{name}", Tags=tags)


FULL = ("Owner", "Environment", "Application", "CostCenter")
NONE = (every(), every(), every(), every())
BUCKETS = every(*gathered(Bucket, made(BucketEntry, Name="b", BucketRegion="eu-west-1")))

test_resource_required_tags_missing = cases(
    "resource_required_tags_missing",
    case("all of them", PASS, ACCOUNT, every(tagged("a", *FULL)), *NONE, because="1 of 1"),
    case("one is missing", FAIL, ACCOUNT, every(tagged("a", *FULL[1:])), *NONE, because="owner (1)"),
    case("tags were removed", FAIL, ACCOUNT, every(tagged("a")), *NONE, because="1 of 1"),
    case("never tagged", FAIL, ACCOUNT, every(tagged("a", *FULL)), *NONE[:3], BUCKETS, because="1 of 2"),
    case("nine of ten", PASS, ACCOUNT, every(*(tagged(str(n), *FULL) for n in range(9)), tagged("x")), *NONE),
    case("half is enough", PASS, ACCOUNT, every(tagged("a", *FULL)), *NONE[:3], BUCKETS, min_coverage_percent=50),
    case("other tags", PASS, ACCOUNT, every(tagged("a", "team")), *NONE, required_tags=("team",)),
    case(
        "two spellings",
        FAIL,
        ACCOUNT,
        every(tagged("a", *FULL), tagged("b", *FULL[:3], "cost-center")),
        *NONE,
        because="CostCenter and cost-center",
    ),
    case("nothing", NOT_APPLICABLE, ACCOUNT, every(), *NONE),
    case("denied", UNKNOWN, ACCOUNT, every(gaps=(gap("tag:GetResources"),)), *NONE),
)


def instance(state: str = "running", days: float = 30, **changes: Any) -> Instance:
    return made(Instance, InstanceId="i-1", State={"Name": state}, LaunchTime=ago(days=days), **changes)


def agent(ping: str = "Online", hours: float = 0, **changes: Any) -> ManagedInstance:
    return made(ManagedInstance, InstanceId="i-1", PingStatus=ping, LastPingDateTime=ago(hours=hours), **changes)


test_ssm_instance_not_managed = cases(
    "ssm_instance_not_managed",
    case("online", PASS, instance(), every(agent()), ACCOUNT),
    case("not registered", FAIL, instance(), every(), ACCOUNT, because="not registered"),
    case(
        "silent for two days", FAIL, instance(), every(agent("ConnectionLost", 48)), ACCOUNT, because="2026-11-24 12:00"
    ),
    case("silent for an hour", PASS, instance(), every(agent("ConnectionLost", 1)), ACCOUNT),
    case("a longer limit", PASS, instance(), every(agent("ConnectionLost", 48)), ACCOUNT, max_offline_hours=72),
    case("stopped", NOT_APPLICABLE, instance("stopped"), every(), ACCOUNT),
    case("just launched", NOT_APPLICABLE, instance(days=0.01), every(), ACCOUNT),
    case("a service's own", NOT_APPLICABLE, instance(Operator={"Managed": True}), every(), ACCOUNT),
    case("denied", UNKNOWN, instance(), every(gaps=(gap("ssm:DescribeInstanceInformation"),)), ACCOUNT),
)


def patches(days: int = 1, **counts: int) -> PatchState:
    raw = {"InstanceId": "i-1", "PatchGroup": "", "BaselineId": "pb-1", "OperationEndTime": ago(days=days)}
    answer = {"InstancePatchStates": [raw | counts]}
    found = gathered(PatchState, Batch([agent()]), DescribeInstancePatchStates=answer)
    return next(iter(found.values()))  # type: ignore[no-any-return]


test_ssm_patch_state_noncompliant = cases(
    "ssm_patch_state_noncompliant",
    case("patched", PASS, agent(), patches(), ACCOUNT),
    case(
        "patches are missing",
        FAIL,
        agent(),
        patches(CriticalNonCompliantCount=2, FailedCount=1),
        ACCOUNT,
        because="2 critical, 1 failed",
        severity=Severity.HIGH,
    ),
    case("never scanned", FAIL, agent(), None, ACCOUNT, because="never", severity=Severity.MEDIUM),
    case("scanned long ago", FAIL, agent(), patches(15), ACCOUNT, because="2026-11-11", severity=Severity.MEDIUM),
    case("a longer limit", PASS, agent(), patches(15), ACCOUNT, max_scan_age_days=30),
    case(
        "waiting for a reboot",
        FAIL,
        agent(),
        patches(8, InstalledPendingRebootCount=3),
        ACCOUNT,
        because="3 patches",
        severity=Severity.MEDIUM,
    ),
    case("waiting since yesterday", PASS, agent(), patches(1, InstalledPendingRebootCount=3), ACCOUNT),
    case("a failed association", FAIL, agent(AssociationStatus="Failed"), patches(), ACCOUNT, severity=Severity.LOW),
)

WINDOW = made(MaintenanceWindow, WindowId="mw-1")
PATCHING = made(Association, AssociationId="1", Name="AWS-RunPatchBaseline", ScheduleExpression="rate(7 days)")
ONCE = made(Association, AssociationId="1", Name="AWS-RunPatchBaseline")
INVENTORY = made(Association, AssociationId="2", Name="AWS-GatherSoftwareInventory", ScheduleExpression="rate(1 day)")
TASK = made(MaintenanceTask, WindowTaskId="t", TaskArn="AWS-RunPatchBaseline", under=WINDOW)
GROUPED = instance(Tags=[{"Key": "aws:autoscaling:groupName", "Value": "web"}])
MACHINES = every(agent())

test_ssm_patching_and_inventory_not_scheduled = cases(
    "ssm_patching_and_inventory_not_scheduled",
    case("associations", PASS, REGION, MACHINES, every(), every(PATCHING, INVENTORY), every()),
    case("a maintenance window", PASS, REGION, MACHINES, every(), every(INVENTORY), every(TASK)),
    case(
        "nothing patches",
        FAIL,
        REGION,
        MACHINES,
        every(),
        every(INVENTORY),
        every(),
        because="patches 1",
        severity=Severity.MEDIUM,
    ),
    case("patched once", FAIL, REGION, MACHINES, every(), every(ONCE, INVENTORY), every()),
    case(
        "no inventory",
        FAIL,
        REGION,
        MACHINES,
        every(),
        every(PATCHING),
        every(),
        because="inventory",
        severity=Severity.LOW,
    ),
    case("replaced, not patched", NOT_APPLICABLE, REGION, MACHINES, every(GROUPED), every(), every()),
    case("no machine", NOT_APPLICABLE, REGION, every(), every(), every(), every()),
    case("denied", UNKNOWN, REGION, MACHINES, every(), every(gaps=(gap("ssm:ListAssociations"),)), every()),
)
