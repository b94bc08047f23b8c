import json
from typing import Any

import networks
from networks import SSH_OPEN, eni, exposure, interfaces
from principals import IDLE as UNUSED
from principals import allow, rights, role, used

from auditor.evidence.accessanalyzer import Analyzer
from auditor.evidence.cloudtrail import EventSelectors, Trail, TrailStatus
from auditor.evidence.config import ConfigRecorder, ConfigRecorderStatus, DeliveryChannel
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import SecurityGroup
from auditor.evidence.ecr import Repository
from auditor.evidence.ecs import ClusterEntry, EcsCluster, EcsService, EcsServiceEntry
from auditor.evidence.eks import EksCluster, EksClusterEntry
from auditor.evidence.events import EventBus, EventRule, RuleTarget
from auditor.evidence.guardduty import Detector, DetectorId, FilterName, FindingFilter
from auditor.evidence.iam import Role
from auditor.evidence.inspector import InspectorStatus, UnscannedResource
from auditor.evidence.lambda_ import Function, FunctionPolicy
from auditor.evidence.macie import FindingsPublication, MacieSession
from auditor.evidence.rds import DbInstance
from auditor.evidence.s3 import Bucket, BucketEntry, BucketVersioning
from auditor.evidence.securityhub import FindingAggregator, Hub, HubV2, ProductSubscription, Standard
from auditor.evidence.sns import Subscription
from auditor.evidence.sqs import QueueEntry
from auditor.evidence.stepfunctions import StateMachine
from auditor.inference.alerts import Alerts
from auditor.inference.regions import RegionUse
from auditor.inference.role_use import Workload
from auditor.metrics import Metric
from auditor.model import Region, Severity
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

HERE = "eu-west-1:123456789012"
SECOND = Region("us-east-1", ACCOUNT)
BARE = Region("eu-west-1", ACCOUNT, frozenset({"guardduty", "securityhub", "config", "inspector2", "macie2"}))
"""A region that has none of the services that watch."""

BUCKET = gathered(Bucket, made(BucketEntry, Name="logs", BucketRegion="eu-west-1"))[0]
INSTANCE = made(Instance, InstanceId="i-1", State={"Name": "running"})
FUNCTION = made(Function, FunctionArn=f"arn:aws:lambda:{HERE}:function:f", FunctionName="f")
REPOSITORY = made(Repository, repositoryArn=f"arn:aws:ecr:{HERE}:repository/r", repositoryName="r")
DATABASE = made(DbInstance, DBInstanceArn=f"arn:aws:rds:{HERE}:db:d", Engine="postgres")
CLUSTER = gathered(
    EksCluster,
    made(EksClusterEntry, "k"),
    DescribeCluster={"cluster": {"name": "k", "arn": f"arn:aws:eks:{HERE}:cluster/k"}},
)[0]


ECS_CLUSTER = gathered(
    EcsCluster,
    Batch([made(ClusterEntry, f"arn:aws:ecs:{HERE}:cluster/c")]),
    DescribeClusters={
        "clusters": [{"clusterArn": f"arn:aws:ecs:{HERE}:cluster/c", "clusterName": "c", "status": "ACTIVE"}]
    },
)[0]


def service(launch_type: str) -> EcsService:
    arn = f"arn:aws:ecs:{HERE}:service/c/s"
    raw = {"serviceArn": arn, "serviceName": "s", "status": "ACTIVE", "launchType": launch_type}
    entry = made(EcsServiceEntry, arn, under=ECS_CLUSTER)
    found = gathered(EcsService, Batch([entry]), DescribeServices={"services": [raw]})
    assert isinstance(found[0], EcsService)
    return found[0]


def use(*instances: Instance) -> RegionUse:
    return RegionUse({"instance": every(*instances)})


IDLE, BUSY = use(), use(INSTANCE)
BOTH = use(INSTANCE, made(Instance, InstanceId="i-2", region="us-east-1"))
UNREAD = RegionUse({"instance": every(gaps=(gap("ec2:DescribeInstances"),))})


def trail(name: str = "main", **changes: Any) -> Trail:
    raw = {
        "Name": name,
        "TrailARN": f"arn:aws:cloudtrail:{HERE}:trail/{name}",
        "HomeRegion": "eu-west-1",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "LogFileValidationEnabled": True,
        "KmsKeyId": "arn:aws:kms:eu-west-1:123456789012:key/k",
        "S3BucketName": "logs",
    }
    item = {key: value for key, value in (raw | changes).items() if value is not None}
    found = gathered(Trail, REGION, DescribeTrails={"trailList": [item]})
    assert isinstance(found[0], Trail)
    return found[0]


def trails(*found: Trail, logging: bool = True, status: Any = None, selectors: Any = None) -> tuple[Any, ...]:
    """Trails of one status and one selection."""
    state = {"IsLogging": logging, "LatestDeliveryTime": ago(hours=1)} | (status or {})
    statuses = [(one, made(TrailStatus, state, under=one)) for one in found]
    choices = [(one, made(EventSelectors, selectors or {}, under=one)) for one in found]
    return every(*found), every_of(*statuses), every_of(*choices)


def storage(status: str = "Enabled") -> tuple[Any, Any]:
    return every(BUCKET), every_of((BUCKET, made(BucketVersioning, Status=status)))


WRITES = {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]}
DENIED_TRAILS = (every(gaps=(gap("cloudtrail:DescribeTrails"),)), every(), every())

test_cloudtrail_trail_incomplete = cases(
    "cloudtrail_trail_incomplete",
    case("complete and sealed", PASS, ACCOUNT, *trails(trail()), *storage(), because="trail main records"),
    case("no trail", FAIL, ACCOUNT, *trails(), *storage(), because="no trail", severity=Severity.CRITICAL),
    case("trails that could not be read", UNKNOWN, ACCOUNT, *DENIED_TRAILS, *storage()),
    case("not logging", FAIL, ACCOUNT, *trails(trail(), logging=False), *storage(), because="does not log"),
    case(
        "one region only",
        FAIL,
        ACCOUNT,
        *trails(trail(IsMultiRegionTrail=False)),
        *storage(),
        because="covers eu-west-1 only",
        severity=Severity.CRITICAL,
    ),
    case(
        "without global services",
        FAIL,
        ACCOUNT,
        *trails(trail(IncludeGlobalServiceEvents=False)),
        *storage(),
        because="global",
    ),
    case(
        "writes only", FAIL, ACCOUNT, *trails(trail(), selectors=WRITES), *storage(), because="main, leaves out reads"
    ),
    case(
        "a failed delivery",
        FAIL,
        ACCOUNT,
        *trails(trail(), status={"LatestDeliveryError": "AccessDenied"}),
        *storage(),
        because="(AccessDenied)",
        severity=Severity.HIGH,
    ),
    case(
        "no delivery for two days",
        FAIL,
        ACCOUNT,
        *trails(trail(), status={"LatestDeliveryTime": ago(days=2)}),
        *storage(),
        because="2026-11-24",
        severity=Severity.HIGH,
    ),
    case(
        "no validation",
        FAIL,
        ACCOUNT,
        *trails(trail(LogFileValidationEnabled=False)),
        *storage(),
        because="validation",
        severity=Severity.MEDIUM,
    ),
    case("no key", FAIL, ACCOUNT, *trails(trail(KmsKeyId=None)), *storage(), because="KMS key", severity=Severity.LOW),
    case(
        "an erasable bucket",
        FAIL,
        ACCOUNT,
        *trails(trail()),
        *storage("Suspended"),
        because="logs, which has neither",
        severity=Severity.MEDIUM,
    ),
    case("a bucket of another account", PASS, ACCOUNT, *trails(trail(S3BucketName="archive")), *storage("Suspended")),
    case(
        "the better of two counts",
        PASS,
        ACCOUNT,
        *trails(trail("bare", KmsKeyId=None), trail("sealed")),
        *storage(),
        because="trail sealed",
    ),
)


def detector(**changes: Any) -> Detector:
    answer = {"Status": "ENABLED", "FindingPublishingFrequency": "FIFTEEN_MINUTES"} | changes
    found = gathered(Detector, made(DetectorId, "d1"), GetDetector=answer)
    assert isinstance(found[0], Detector)
    return found[0]


test_guardduty_detector_missing = cases(
    "guardduty_detector_missing",
    case("no GuardDuty in the region", NOT_APPLICABLE, BARE, every(), BUSY, because="no GuardDuty"),
    case("enabled", PASS, REGION, every(detector()), IDLE),
    case("none where there are workloads", FAIL, REGION, every(), BUSY, because="1 instance", severity=Severity.HIGH),
    case("none in an idle region", FAIL, REGION, every(), IDLE, because="nothing", severity=Severity.MEDIUM),
    case("none where workloads could not be read", FAIL, REGION, every(), UNREAD, severity=Severity.HIGH),
    case("another region's", FAIL, SECOND, every(detector()), IDLE),
    case("suspended", FAIL, REGION, every(detector(Status="DISABLED")), BUSY, because="d1 is suspended"),
    case(
        "slow to publish",
        FAIL,
        REGION,
        every(detector(FindingPublishingFrequency="SIX_HOURS")),
        BUSY,
        because="six hours",
        severity=Severity.LOW,
    ),
    case("denied", UNKNOWN, REGION, every(gaps=(gap("guardduty:ListDetectors"),)), BUSY),
)


PLANS = ("S3_DATA_EVENTS", "EKS_AUDIT_LOGS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS")
AGENTS = ("EC2_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT")


def status(*, on: bool) -> str:
    return "ENABLED" if on else "DISABLED"


def features(*names: str, parts: tuple[str, ...] = ()) -> Detector:
    """A detector that offers everything, of which some is on."""
    agents = [{"Name": part, "Status": status(on=part in parts)} for part in AGENTS]
    runtime = {"Name": "RUNTIME_MONITORING", "Status": status(on="RUNTIME_MONITORING" in names)}
    plans = [{"Name": name, "Status": status(on=name in names)} for name in PLANS]
    return detector(Features=[*plans, runtime | {"AdditionalConfiguration": agents}])


def resources(
    *,
    buckets: Any = (),
    instances: Any = (),
    clusters: Any = (),
    services: Any = (),
    databases: Any = (),
    functions: Any = (),
) -> tuple[Any, ...]:
    return tuple(every(*found) for found in (buckets, instances, clusters, services, databases, functions))


def legacy(*, agent: bool) -> Detector:
    """A detector with the audit log and the older runtime monitoring of EKS, of which the newer one is off."""
    part = {"Name": "EKS_ADDON_MANAGEMENT", "Status": status(on=agent)}
    older = {"Name": "EKS_RUNTIME_MONITORING", "Status": "ENABLED", "AdditionalConfiguration": [part]}
    others = [{"Name": "EKS_AUDIT_LOGS", "Status": "ENABLED"}, {"Name": "RUNTIME_MONITORING", "Status": "DISABLED"}]
    return detector(Features=[older, *others])


ALL_PLANS = features(*PLANS, "RUNTIME_MONITORING", parts=AGENTS)
EVERYTHING = resources(
    buckets=[BUCKET],
    instances=[INSTANCE],
    clusters=[CLUSTER],
    services=[service("FARGATE")],
    databases=[DATABASE],
    functions=[FUNCTION],
)

test_guardduty_protection_plan_off = cases(
    "guardduty_protection_plan_off",
    case("all plans", PASS, ALL_PLANS, *EVERYTHING),
    case("nothing to protect", PASS, features(), *resources()),
    case("suspended", NOT_APPLICABLE, detector(Status="DISABLED"), *EVERYTHING),
    case("no plan is named", UNKNOWN, detector(Features=[]), *EVERYTHING),
    case(
        "a plan that the region does not offer",
        PASS,
        detector(Features=[{"Name": "S3_DATA_EVENTS", "Status": "ENABLED"}]),
        *EVERYTHING,
    ),
    case(
        "one plan",
        FAIL,
        features(),
        *resources(buckets=[BUCKET]),
        because="S3_DATA_EVENTS (1 buckets)",
        severity=Severity.MEDIUM,
    ),
    case("three plans", FAIL, features(), *EVERYTHING, because="LAMBDA_NETWORK_LOGS", severity=Severity.HIGH),
    case(
        "an engine that is not profiled",
        PASS,
        features(),
        *resources(databases=[made(DbInstance, DBInstanceArn=f"arn:aws:rds:{HERE}:db:o", Engine="oracle-ee")]),
    ),
    case(
        "an agent that is not managed",
        FAIL,
        features("EBS_MALWARE_PROTECTION", "RUNTIME_MONITORING"),
        *resources(instances=[INSTANCE]),
        because="EC2_AGENT_MANAGEMENT (1 instances)",
        severity=Severity.MEDIUM,
    ),
    case(
        "runtime monitoring off",
        FAIL,
        features(),
        *resources(services=[service("FARGATE")]),
        because="RUNTIME_MONITORING",
    ),
    case("the plan for EKS alone", PASS, legacy(agent=True), *resources(clusters=[CLUSTER])),
    case(
        "its agent not managed", FAIL, legacy(agent=False), *resources(clusters=[CLUSTER]), because="EKS_ADDON_MANAGEM"
    ),
    case(
        "the plan for EKS alone beside services",
        FAIL,
        legacy(agent=True),
        *resources(clusters=[CLUSTER], services=[service("FARGATE")]),
        because="does not have RUNTIME_MONITORING",
    ),
    case("services on instances", PASS, features(), *resources(services=[service("EC2")])),
    case(
        "an optional plan",
        FAIL,
        detector(Features=[{"Name": "AI_PROTECTION", "Status": "DISABLED"}]),
        *resources(),
        because="AI_PROTECTION",
        severity=Severity.INFORMATIONAL,
    ),
    case(
        "an optional plan that is not wanted",
        PASS,
        detector(Features=[{"Name": "AI_PROTECTION", "Status": "DISABLED"}]),
        *resources(),
        optional_features=(),
    ),
    case("denied", UNKNOWN, features(), every(gaps=(gap("s3:ListBuckets", "global"),)), *resources()[1:]),
)


def finding_filter(action: str = "ARCHIVE", **criterion: Any) -> FindingFilter:
    name = made(FilterName, "quiet", under=made(DetectorId, "d1"))
    conditions = {key.replace("_", "."): value for key, value in criterion.items()}
    answer = {"Name": "quiet", "Action": action, "FindingCriteria": {"Criterion": conditions}}
    found = gathered(FindingFilter, name, GetFilter=answer)
    assert isinstance(found[0], FindingFilter)
    return found[0]


TAGGED = {"Equals": ["i-1"]}
PORTSCAN = {"Equals": ["Recon:EC2/Portscan"]}

test_guardduty_filter_hides_severe = cases(
    "guardduty_filter_hides_severe",
    case("a view", NOT_APPLICABLE, finding_filter("NOOP", type={"Equals": ["x"]})),
    case("no criterion", FAIL, finding_filter(), because="every finding"),
    case("by type alone", FAIL, finding_filter(type={"Equals": ["Recon:EC2/Portscan"]}), because="by type alone"),
    case("by severity alone", FAIL, finding_filter(severity={"GreaterThanOrEqual": 7}), because="severity"),
    case(
        "by kind of resource",
        FAIL,
        finding_filter(resource_resourceType={"Equals": ["Instance"]}),
        because="resource.resourceType",
        severity=Severity.HIGH,
    ),
    case(
        "a scanner's portscans",
        PASS,
        finding_filter(type={"Equals": ["Recon:EC2/Portscan"]}, resource_instanceDetails_instanceId=TAGGED),
        because="resource.instanceDetails.instanceId",
    ),
    case(
        "all instances but one",
        FAIL,
        finding_filter(type=PORTSCAN, resource_instanceDetails_instanceId={"NotEquals": ["i-1"]}),
        because="of any resource or actor",
        severity=Severity.HIGH,
    ),
    case(
        "any instance by a wildcard",
        FAIL,
        finding_filter(type=PORTSCAN, resource_instanceDetails_instanceId={"Matches": ["*"]}),
        severity=Severity.HIGH,
    ),
    case(
        "instances by a pattern",
        PASS,
        finding_filter(type=PORTSCAN, resource_instanceDetails_tags_value={"Matches": ["scanner-*"]}),
    ),
    case(
        "by kind of action",
        FAIL,
        finding_filter(service_action_actionType={"Equals": ["PORT_PROBE"]}),
        because="service.action.actionType",
        severity=Severity.HIGH,
    ),
    case(
        "every type of one instance",
        FAIL,
        finding_filter(resource_instanceDetails_instanceId=TAGGED),
        because="every type and severity",
        severity=Severity.MEDIUM,
    ),
    case(
        "what is slight of one instance",
        PASS,
        finding_filter(severity={"LessThan": 4}, resource_instanceDetails_instanceId=TAGGED),
    ),
    case(
        "grave types of one instance",
        FAIL,
        finding_filter(type={"Equals": ["Backdoor:EC2/Spambot"]}, resource_instanceDetails_instanceId=TAGGED),
        because="Backdoor:EC2/Spambot",
        severity=Severity.MEDIUM,
    ),
)

HUB = made(Hub, HubArn=f"arn:aws:securityhub:{HERE}:hub/default")
GUARDDUTY = {"source": ["aws.guardduty"], "detail": {"severity": [{"numeric": [">=", 7]}]}}
LAMBDA = f"arn:aws:lambda:{HERE}:function:isolate"
TOPIC = f"arn:aws:sns:{HERE}:alerts"


def bus(name: str = "default", region: str = "eu-west-1") -> EventBus:
    return made(EventBus, Name=name, Arn=f"arn:aws:events:{region}:123456789012:event-bus/{name}", region=region)


def rule(name: str, pattern: Any, state: str = "ENABLED", on: EventBus | None = None) -> EventRule:
    arn = f"arn:aws:events:{HERE}:rule/{name}"
    return made(EventRule, Name=name, Arn=arn, State=state, EventPattern=json.dumps(pattern), under=on or bus())


def answers(*pairs: tuple[EventRule, str]) -> Alerts:
    """Rules, each with the target that it calls."""
    targets = [made(RuleTarget, Id="1", Arn=target, under=one) for one, target in pairs]
    return Alerts(every(*(one for one, _ in pairs)), every(*targets))


CENTRAL = bus("security", "us-east-1")
FORWARD = (rule("forward", GUARDDUTY), CENTRAL.arn)

test_events_rule_threat_remediation_missing = cases(
    "events_rule_threat_remediation_missing",
    case("a function answers", PASS, REGION, every(detector()), None, answers((rule("r", GUARDDUTY), LAMBDA))),
    case(
        "a topic is told",
        FAIL,
        REGION,
        every(detector()),
        None,
        answers((rule("r", GUARDDUTY), TOPIC)),
        because="notify",
        severity=Severity.MEDIUM,
    ),
    case("no rule", FAIL, REGION, every(detector()), None, answers(), because="no rule", severity=Severity.HIGH),
    case(
        "a rule of another source",
        FAIL,
        REGION,
        every(detector()),
        None,
        answers((rule("r", {"source": ["aws.ec2"]}), LAMBDA)),
    ),
    case("a disabled rule", FAIL, REGION, every(detector()), None, answers((rule("r", GUARDDUTY, "DISABLED"), LAMBDA))),
    case(
        "a rule of another bus",
        FAIL,
        REGION,
        every(detector()),
        None,
        answers((rule("r", GUARDDUTY, on=CENTRAL), LAMBDA)),
    ),
    case(
        "findings of Security Hub",
        PASS,
        REGION,
        every(),
        HUB,
        answers((rule("r", {"detail": {"findings": {"Severity": {"Label": ["CRITICAL", "HIGH"]}}}}), LAMBDA)),
    ),
    case(
        "a log group",
        FAIL,
        REGION,
        every(detector()),
        None,
        answers((rule("r", GUARDDUTY), f"arn:aws:logs:{HERE}:log-group:g")),
    ),
    case(
        "a matcher of tomorrow",
        UNKNOWN,
        REGION,
        every(detector()),
        None,
        answers((rule("r", {"source": [{"sounds": "x"}]}), LAMBDA)),
    ),
    case(
        "the bus of another account",
        PASS,
        REGION,
        every(detector()),
        None,
        answers((rule("r", GUARDDUTY), "arn:aws:events:eu-west-1:999999999999:event-bus/default")),
    ),
    case(
        "a central bus that answers",
        PASS,
        REGION,
        every(detector()),
        None,
        answers(FORWARD, (rule("central", GUARDDUTY, on=CENTRAL), LAMBDA)),
    ),
    case(
        "a central bus where nothing listens",
        FAIL,
        REGION,
        every(detector()),
        None,
        answers(FORWARD),
        severity=Severity.HIGH,
    ),
    case("nothing that finds", NOT_APPLICABLE, REGION, every(detector(Status="DISABLED")), None, answers()),
    case("denied", UNKNOWN, REGION, every(detector()), None, Alerts(every(gaps=(gap("events:ListRules"),)), every())),
)


FUNCTION_ARN = f"arn:aws:lambda:{HERE}:function:isolate"
ISOLATE = made(Function, FunctionArn=FUNCTION_ARN, FunctionName="isolate")
ANSWER = rule("answer", GUARDDUTY)
NO_FAILURE, TWO_FAILURES = Metric(), Metric((0.0, 2.0))


def calls(target: str, queue: str = f"arn:aws:sqs:{HERE}:dead") -> Any:
    return every(made(RuleTarget, {"Id": "1", "Arn": target, "DeadLetterConfig": {"Arn": queue}}, under=ANSWER))


def permission(principal: str = "events.amazonaws.com", source: str = ANSWER.arn) -> Any:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION_ARN,
        "Condition": {"ArnLike": {"AWS:SourceArn": source}},
    }
    policy = made(FunctionPolicy, Policy=json.dumps({"Statement": [statement]}), under=ISOLATE)
    return every_of((ISOLATE, policy))


def subscription(arn: str) -> Any:
    return every(made(Subscription, SubscriptionArn=arn, TopicArn=TOPIC, Protocol="email", Endpoint="a@example.com"))


SILENT = answers()
REST: tuple[Any, ...] = (every(), every(), UNUSED, rights())
ALLOWED = (every(ISOLATE), permission(), every(), *REST)
PAUSED = rule("paused", GUARDDUTY, "DISABLED")
ANOTHER = answers((rule("other", GUARDDUTY), LAMBDA))
QUEUE = made(QueueEntry, "https://sqs.eu-west-1.amazonaws.com/123456789012/alerts")
MACHINE = made(StateMachine, stateMachineArn=f"arn:aws:states:{HERE}:stateMachine:isolate", name="isolate")
STARTER = role("starter", allow("states:StartExecution"))
STARTS = every(
    made(
        RuleTarget,
        {
            "Id": "1",
            "Arn": MACHINE.arn,
            "RoleArn": STARTER.arn,
            "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{HERE}:dead"},
        },
        under=ANSWER,
    )
)
REFUSED = every(gaps=[gap("service:ListThings")])


def begun(*roles: Role, machines: Any = None, queues: Any = None) -> tuple[Any, ...]:
    """The surroundings of a target that is no function."""
    known = every(MACHINE) if machines is None else machines
    waiting = every() if queues is None else queues
    return (every(), every(), every(), known, waiting, used(roles=roles), rights(*roles))


BARE_TARGET = every(made(RuleTarget, Id="1", Arn=FUNCTION_ARN, under=ANSWER))

test_events_rule_threat_remediation_broken = cases(
    "events_rule_threat_remediation_broken",
    case("a live function", PASS, ANSWER, REGION, SILENT, calls(FUNCTION_ARN), *ALLOWED, NO_FAILURE),
    case("no target", FAIL, ANSWER, REGION, SILENT, every(), *ALLOWED, NO_FAILURE, because="no target"),
    case(
        "a deleted function",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        calls(FUNCTION_ARN),
        every(),
        every(),
        every(),
        *REST,
        NO_FAILURE,
        because="function:isolate does not exist",
    ),
    case(
        "a function that another service may call",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        calls(FUNCTION_ARN),
        every(ISOLATE),
        permission("s3.amazonaws.com"),
        every(),
        *REST,
        NO_FAILURE,
        because="does not let this rule",
    ),
    case(
        "a function that another rule may call",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        calls(FUNCTION_ARN),
        every(ISOLATE),
        permission(source=f"arn:aws:events:{HERE}:rule/other"),
        every(),
        *REST,
        NO_FAILURE,
    ),
    case(
        "a topic that nobody confirmed",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        calls(TOPIC),
        every(),
        every(),
        subscription("PendingConfirmation"),
        *REST,
        NO_FAILURE,
        because="topic alerts",
    ),
    case(
        "a topic",
        PASS,
        ANSWER,
        REGION,
        SILENT,
        calls(TOPIC),
        every(),
        every(),
        subscription(f"{TOPIC}:1"),
        *REST,
        NO_FAILURE,
    ),
    case("a queue", PASS, ANSWER, REGION, SILENT, calls(QUEUE.arn), *begun(queues=every(QUEUE)), NO_FAILURE),
    case(
        "a deleted queue",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        calls(QUEUE.arn),
        *begun(),
        NO_FAILURE,
        because="queue alerts does not exist",
    ),
    case("queues denied", UNKNOWN, ANSWER, REGION, SILENT, calls(QUEUE.arn), *begun(queues=REFUSED), NO_FAILURE),
    case("a state machine", PASS, ANSWER, REGION, SILENT, STARTS, *begun(STARTER), NO_FAILURE),
    case(
        "a deleted state machine",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        STARTS,
        *begun(STARTER, machines=every()),
        NO_FAILURE,
        because="stateMachine:isolate does not exist",
    ),
    case(
        "a role that may not start it",
        FAIL,
        ANSWER,
        REGION,
        SILENT,
        STARTS,
        *begun(role("starter", allow("states:StartExecution", on="arn:aws:states:*:*:stateMachine:other"))),
        NO_FAILURE,
        because="its role starter may not start stateMachine:isolate",
    ),
    case(
        "a role that is gone", FAIL, ANSWER, REGION, SILENT, STARTS, *begun(), NO_FAILURE, because="role/starter does"
    ),
    case(
        "state machines denied", UNKNOWN, ANSWER, REGION, SILENT, STARTS, *begun(STARTER, machines=REFUSED), NO_FAILURE
    ),
    case("failures", FAIL, ANSWER, REGION, SILENT, calls(FUNCTION_ARN), *ALLOWED, TWO_FAILURES, because="2 times"),
    case(
        "no dead-letter queue", FAIL, ANSWER, REGION, SILENT, BARE_TARGET, *ALLOWED, NO_FAILURE, severity=Severity.LOW
    ),
    case("disabled", FAIL, PAUSED, REGION, SILENT, every(), *ALLOWED, NO_FAILURE, because="disabled"),
    case("disabled beside another", NOT_APPLICABLE, PAUSED, REGION, ANOTHER, every(), *ALLOWED, NO_FAILURE),
    case(
        "about something else",
        NOT_APPLICABLE,
        rule("r", {"source": ["aws.ec2"]}),
        REGION,
        SILENT,
        every(),
        *ALLOWED,
        NO_FAILURE,
    ),
    case(
        "denied", UNKNOWN, ANSWER, REGION, SILENT, every(gaps=(gap("events:ListTargetsByRule"),)), *ALLOWED, NO_FAILURE
    ),
)


def standard(name: str, status: str = "READY", reason: str = "", region: str = "eu-west-1") -> Standard:
    raw = {
        "StandardsSubscriptionArn": f"arn:aws:securityhub:{region}:123456789012:subscription/{name}/v/1.0.0",
        "StandardsArn": f"arn:aws:securityhub:{region}::standards/{name}/v/1.0.0",
        "StandardsInput": {},
        "StandardsStatus": status,
    }
    because = {"StandardsStatusReason": {"StatusReasonCode": reason}} if reason else {}
    return made(Standard, raw | because, region=region)


def aggregator(mode: str, *regions: str) -> FindingAggregator:
    arn = f"arn:aws:securityhub:{HERE}:finding-aggregator/1"
    answer = {"FindingAggregatorArn": arn, "FindingAggregationRegion": "eu-west-1", "RegionLinkingMode": mode}
    found = gathered(
        FindingAggregator,
        REGION,
        ListFindingAggregators={"FindingAggregators": [{"FindingAggregatorArn": arn}]},
        GetFindingAggregator=answer | {"Regions": list(regions)},
    )
    assert isinstance(found[0], FindingAggregator)
    return found[0]


FSBP = standard("aws-foundational-security-best-practices")
HUB_V2 = made(HubV2, HubV2Arn=f"arn:aws:securityhub:{HERE}:hubv2/1")
NO_RECORDER = standard("pci-dss", "INCOMPLETE", "NO_AVAILABLE_CONFIGURATION_RECORDER")

test_securityhub_hub_missing = cases(
    "securityhub_hub_missing",
    case("no Security Hub in the region", NOT_APPLICABLE, BARE, None, every(), every(), every(), BUSY),
    case("one region with a standard", PASS, REGION, HUB, every(), every(FSBP), every(), BUSY),
    case(
        "off with workloads", FAIL, REGION, None, every(), every(), every(), BUSY, because="off", severity=Severity.HIGH
    ),
    case("off in an idle region", FAIL, REGION, None, every(), every(), every(), IDLE, severity=Severity.MEDIUM),
    case("the newer one", PASS, REGION, None, every(HUB_V2), every(), every(), BUSY, because="newer"),
    case(
        "the newer one unread",
        UNKNOWN,
        REGION,
        None,
        every(gaps=(gap("securityhub:DescribeSecurityHubV2"),)),
        every(),
        every(),
        BUSY,
    ),
    case(
        "no standard",
        FAIL,
        REGION,
        HUB,
        every(),
        every(),
        every(),
        BUSY,
        because="none of its 0",
        severity=Severity.MEDIUM,
    ),
    case(
        "a standard of tags",
        FAIL,
        REGION,
        HUB,
        every(),
        every(standard("aws-resource-tagging-standard")),
        every(),
        BUSY,
    ),
    case(
        "a standard that is not ready", FAIL, REGION, HUB, every(), every(standard("pci-dss", "PENDING")), every(), BUSY
    ),
    case(
        "no recorder",
        FAIL,
        REGION,
        HUB,
        every(),
        every(NO_RECORDER),
        every(),
        BUSY,
        because="recorder",
        severity=Severity.HIGH,
    ),
    case(
        "two regions apart",
        FAIL,
        REGION,
        HUB,
        every(),
        every(FSBP),
        every(),
        BOTH,
        because="1 other",
        severity=Severity.MEDIUM,
    ),
    case("two regions linked", PASS, REGION, HUB, every(), every(FSBP), every(aggregator("ALL_REGIONS")), BOTH),
    case(
        "a region that is not linked",
        FAIL,
        SECOND,
        HUB,
        every(),
        every(standard("pci-dss", region="us-east-1")),
        every(aggregator("SPECIFIED_REGIONS", "eu-central-1")),
        BOTH,
        because="aggregator",
    ),
    case("denied", UNKNOWN, REGION, HUB, every(), every(gaps=(gap("securityhub:GetEnabledStandards"),)), every(), BUSY),
)


def received(*names: str) -> Any:
    return every(
        *(made(ProductSubscription, f"arn:aws:securityhub:{HERE}:product-subscription/aws/{name}") for name in names)
    )


def macie(*, policy: bool = True) -> tuple[MacieSession, FindingsPublication]:
    settings = {"publishClassificationFindings": True, "publishPolicyFindings": policy}
    session = gathered(MacieSession, GetMacieSession={"status": "ENABLED"})
    answer = {"securityHubConfiguration": settings}
    return session, gathered(FindingsPublication, GetFindingsPublicationConfiguration=answer)


ALL_FIVE = received("guardduty", "inspector", "macie", "access-analyzer", "config")
ANALYZER = made(Analyzer, {"arn": f"arn:aws:access-analyzer:{HERE}:analyzer/a", "type": "ACCOUNT", "status": "ACTIVE"})
RECORDING = made(ConfigRecorderStatus, name="default", recording=True)
INSPECTOR = gathered(
    InspectorStatus,
    BatchGetAccountStatus={
        "accounts": [{"accountId": "123456789012", "state": {"status": "ENABLED"}, "resourceState": {}}]
    },
)
REST = (every(ANALYZER), every(RECORDING))

test_securityhub_integration_missing = cases(
    "securityhub_integration_missing",
    case("all five", PASS, REGION, HUB, ALL_FIVE, every(detector()), INSPECTOR, *macie(), *REST),
    case("no hub", NOT_APPLICABLE, REGION, None, every(), every(detector()), INSPECTOR, *macie(), *REST),
    case(
        "Inspector is off",
        FAIL,
        REGION,
        HUB,
        ALL_FIVE,
        every(detector()),
        None,
        *macie(),
        *REST,
        because="inspector (off)",
        severity=Severity.MEDIUM,
    ),
    case(
        "GuardDuty is off",
        FAIL,
        REGION,
        HUB,
        ALL_FIVE,
        every(),
        INSPECTOR,
        *macie(),
        *REST,
        because="guardduty (off)",
        severity=Severity.HIGH,
    ),
    case(
        "one is not received",
        FAIL,
        REGION,
        HUB,
        received("guardduty", "inspector", "macie", "config"),
        every(detector()),
        INSPECTOR,
        *macie(),
        *REST,
        because="access-analyzer (not received)",
    ),
    case(
        "Macie keeps its findings",
        FAIL,
        REGION,
        HUB,
        ALL_FIVE,
        every(detector()),
        INSPECTOR,
        *macie(policy=False),
        *REST,
        because="policy findings",
    ),
    case(
        "denied",
        UNKNOWN,
        REGION,
        HUB,
        every(gaps=(gap("securityhub:ListEnabledProductsForImport"),)),
        every(),
        INSPECTOR,
        *macie(),
        *REST,
    ),
)


def recorder(region: str = "eu-west-1", **group: Any) -> ConfigRecorder:
    kinds = {"allSupported": True, "includeGlobalResourceTypes": True} | group
    return made(ConfigRecorder, name="default", recordingGroup=kinds, region=region)


def recording(**changes: Any) -> ConfigRecorderStatus:
    return made(ConfigRecorderStatus, {"name": "default", "recording": True, "lastStatus": "Success"} | changes)


CHANNEL = made(DeliveryChannel, name="default", s3BucketName="logs")
MUST = [
    f"AWS::{kind}" for kind in ("EC2::SecurityGroup", "EC2::NetworkAcl", "S3::Bucket", "KMS::Key", "Lambda::Function")
]
WITHOUT_IAM = recorder(includeGlobalResourceTypes=False)

test_config_recorder_incomplete = cases(
    "config_recorder_incomplete",
    case("no AWS Config in the region", NOT_APPLICABLE, BARE, every(), every(), every(), BUSY),
    case("all types", PASS, REGION, every(recorder()), every(recording()), every(CHANNEL), BUSY),
    case(
        "none with workloads",
        FAIL,
        REGION,
        every(),
        every(),
        every(),
        BUSY,
        because="1 instance",
        severity=Severity.HIGH,
    ),
    case("none in an idle region", FAIL, REGION, every(), every(), every(), IDLE, severity=Severity.MEDIUM),
    case(
        "a service's own does not count",
        FAIL,
        REGION,
        every(made(ConfigRecorder, name="x", servicePrincipal="s")),
        every(),
        every(),
        IDLE,
    ),
    case(
        "stopped",
        FAIL,
        REGION,
        every(recorder()),
        every(recording(recording=False)),
        every(CHANNEL),
        IDLE,
        because="stopped",
    ),
    case(
        "failing",
        FAIL,
        REGION,
        every(recorder()),
        every(recording(lastStatus="Failure", lastErrorCode="NoSuchBucket")),
        every(CHANNEL),
        BUSY,
        because="(NoSuchBucket)",
        severity=Severity.MEDIUM,
    ),
    case("no channel", FAIL, REGION, every(recorder()), every(recording()), every(), BUSY, because="delivery channel"),
    case(
        "some types",
        FAIL,
        REGION,
        every(recorder(allSupported=False, resourceTypes=["AWS::S3::Bucket", "AWS::KMS::Key"])),
        every(recording()),
        every(CHANNEL),
        BUSY,
        because="AWS::EC2::SecurityGroup",
        severity=Severity.MEDIUM,
    ),
    case(
        "an excluded type",
        FAIL,
        REGION,
        every(recorder(allSupported=False, exclusionByResourceTypes={"resourceTypes": ["AWS::KMS::Key"]})),
        every(recording()),
        every(CHANNEL),
        BUSY,
        because="leaves out AWS::KMS::Key",
    ),
    case(
        "IAM nowhere",
        FAIL,
        REGION,
        every(WITHOUT_IAM),
        every(recording()),
        every(CHANNEL),
        BUSY,
        severity=Severity.HIGH,
    ),
    case(
        "roles only",
        FAIL,
        REGION,
        every(recorder(allSupported=False, resourceTypes=[*MUST, "AWS::IAM::Role"])),
        every(recording()),
        every(CHANNEL),
        BUSY,
        because="all of IAM roles, users and policies",
        severity=Severity.HIGH,
    ),
    case("no status", UNKNOWN, REGION, every(recorder()), every(), every(CHANNEL), BUSY, because="recorder default"),
    case(
        "IAM in another region",
        PASS,
        REGION,
        every(WITHOUT_IAM, recorder("us-east-1")),
        every(recording()),
        every(CHANNEL),
        BUSY,
    ),
    case(
        "IAM twice",
        FAIL,
        REGION,
        every(recorder(), recorder("eu-central-1")),
        every(recording()),
        every(CHANNEL),
        BUSY,
        because="after eu-central-1",
        severity=Severity.LOW,
    ),
    case(
        "denied", UNKNOWN, REGION, every(gaps=(gap("config:DescribeConfigurationRecorders"),)), every(), every(), BUSY
    ),
)


def scans(**status: str) -> InspectorStatus:
    state = {name.rstrip("_"): {"status": value} for name, value in status.items()}
    account = {"accountId": "123456789012", "state": {"status": "ENABLED"}, "resourceState": state}
    found = gathered(InspectorStatus, BatchGetAccountStatus={"accounts": [account]})
    assert isinstance(found, InspectorStatus)
    return found


ON = scans(ec2="ENABLED", ecr="ENABLED", lambda_="ENABLED")
PUBLIC = made(Instance, InstanceId="i-9", State={"Name": "running"}, PublicIpAddress="3.3.3.3")
STOPPED = made(Instance, InstanceId="i-0", State={"Name": "stopped"})

COVERED: Any = every()
COVERAGE_DENIED: Any = every(gaps=[gap("inspector2:ListCoverage")])


def uncovered(*resources: tuple[str, str], kind: str = "PACKAGE") -> Any:
    items = [
        {
            "resourceId": name,
            "resourceType": "AWS_EC2_INSTANCE",
            "accountId": ACCOUNT.id,
            "scanType": kind,
            "scanStatus": {"statusCode": "INACTIVE", "reason": reason},
        }
        for name, reason in resources
    ]
    return every(*gathered(UnscannedResource, ListCoverage={"coveredResources": items}))


test_inspector_scanning_off = cases(
    "inspector_scanning_off",
    case(
        "everything is scanned",
        PASS,
        REGION,
        ON,
        every(INSTANCE),
        every(REPOSITORY),
        every(FUNCTION),
        exposure(),
        interfaces(),
        COVERED,
    ),
    case(
        "just being switched on",
        PASS,
        REGION,
        scans(ec2="ENABLING", ecr="DISABLED"),
        every(INSTANCE),
        every(),
        every(),
        exposure(),
        interfaces(),
        COVERED,
    ),
    case(
        "off",
        FAIL,
        REGION,
        None,
        every(INSTANCE),
        every(),
        every(FUNCTION),
        exposure(),
        interfaces(),
        COVERED,
        because="1 instances, 1 functions",
    ),
    case(
        "images only",
        FAIL,
        REGION,
        scans(ec2="ENABLED", ecr="DISABLED"),
        every(PUBLIC),
        every(REPOSITORY),
        every(),
        exposure(),
        interfaces(),
        COVERED,
        because="1 repositories",
        severity=Severity.MEDIUM,
    ),
    case(
        "a reached instance",
        FAIL,
        REGION,
        None,
        every(PUBLIC),
        every(),
        every(),
        exposure(SSH_OPEN),
        interfaces(eni(instance="i-9")),
        COVERED,
        because="the internet reaches i-9",
        severity=Severity.HIGH,
    ),
    case(
        "instances and functions left out",
        FAIL,
        REGION,
        ON,
        every(INSTANCE),
        every(),
        every(FUNCTION),
        exposure(),
        interfaces(),
        uncovered(("i-1", "NO_INVENTORY"), (f"{FUNCTION.arn}:$LATEST", "UNSUPPORTED_RUNTIME")),
        because=f"but not i-1 (NO_INVENTORY), {FUNCTION.arn} (UNSUPPORTED_RUNTIME)",
        severity=Severity.LOW,
    ),
    case(
        "others left out",
        PASS,
        REGION,
        ON,
        every(INSTANCE),
        every(),
        every(),
        exposure(),
        interfaces(),
        uncovered(("i-7", "RESOURCE_TERMINATED")),
    ),
    case(
        "coverage denied",
        UNKNOWN,
        REGION,
        ON,
        every(INSTANCE),
        every(),
        every(),
        exposure(),
        interfaces(),
        COVERAGE_DENIED,
    ),
    case(
        "off, coverage denied",
        FAIL,
        REGION,
        None,
        every(INSTANCE),
        every(),
        every(),
        exposure(),
        interfaces(),
        COVERAGE_DENIED,
    ),
    case(
        "no Inspector", NOT_APPLICABLE, BARE, None, every(PUBLIC), every(), every(), exposure(), interfaces(), COVERED
    ),
    case(
        "stopped instances",
        NOT_APPLICABLE,
        REGION,
        None,
        every(STOPPED),
        every(),
        every(),
        exposure(),
        interfaces(),
        COVERED,
    ),
    case(
        "denied",
        UNKNOWN,
        REGION,
        ON,
        every(gaps=(gap("ec2:DescribeInstances"),)),
        every(),
        every(),
        exposure(),
        interfaces(),
        COVERED,
    ),
)

# ---- isolation

VPC = networks.vpc()
RUNNING = made(Instance, InstanceId="i-1", State={"Name": "running"}, VpcId="vpc-1")
OPEN_EGRESS = networks.rule(networks.ANYWHERE)
CLOSED = networks.group(id="sg-closed")
DEFAULT = networks.group(id="sg-default", GroupName="default")
QUARANTINE = networks.group(id="sg-q", GroupName="quarantine", egress=[OPEN_EGRESS])
LOOSE = networks.group(networks.rule("10.0.0.0/8", ports=22), id="sg-f", GroupName="forensics")
WEB = networks.group(networks.rule(networks.ANYWHERE, ports=443), id="sg-web")
ACTING = role("isolate", allow("ec2:ModifyInstanceAttribute"))
WATCHING = role("isolate", allow("ec2:Describe*"))


def responding(of: Role) -> Any:
    return used(Workload("function", "isolate", FUNCTION_ARN, of.arn), roles=[of])


ANSWERED = answers((ANSWER, LAMBDA))
ABLE = (ANSWERED, responding(ACTING), rights(ACTING))
UNABLE = (ANSWERED, responding(WATCHING), rights(WATCHING))
SILENCE = (SILENT, UNUSED, rights())


def groups(*found: SecurityGroup) -> Any:
    return every(*found)


HOSTS = every(RUNNING)

test_ec2_vpc_isolation_path_missing = cases(
    "ec2_vpc_isolation_path_missing",
    case(
        "a group and an actor",
        PASS,
        VPC,
        REGION,
        HOSTS,
        groups(CLOSED),
        *ABLE,
        because="isolate may move instances into sg-closed",
    ),
    case(
        "no actor",
        FAIL,
        VPC,
        REGION,
        HOSTS,
        groups(CLOSED),
        *SILENCE,
        because="sg-closed would isolate, and no response",
        severity=Severity.MEDIUM,
    ),
    case("an actor without rights", FAIL, VPC, REGION, HOSTS, groups(CLOSED), *UNABLE, severity=Severity.MEDIUM),
    case(
        "no group",
        FAIL,
        VPC,
        REGION,
        HOSTS,
        groups(WEB, DEFAULT),
        *ABLE,
        because="none of its 1 groups",
        severity=Severity.MEDIUM,
    ),
    case("neither", FAIL, VPC, REGION, HOSTS, groups(WEB), *SILENCE, severity=Severity.HIGH),
    case("the default group", FAIL, VPC, REGION, HOSTS, groups(DEFAULT), *ABLE, because="none of its 0 groups"),
    case(
        "a group that lets out",
        FAIL,
        VPC,
        REGION,
        HOSTS,
        groups(QUARANTINE),
        *ABLE,
        because="sg-q still lets",
        severity=Severity.LOW,
    ),
    case(
        "a group that lets in",
        FAIL,
        VPC,
        REGION,
        HOSTS,
        groups(LOOSE),
        *ABLE,
        because="lets tcp 22 in",
        severity=Severity.MEDIUM,
    ),
    case("a group of another VPC", FAIL, VPC, REGION, HOSTS, groups(networks.group(id="sg-x", VpcId="vpc-2")), *ABLE),
    case("nothing runs", NOT_APPLICABLE, VPC, REGION, every(STOPPED), groups(WEB), *SILENCE),
    case("instances denied", UNKNOWN, VPC, REGION, every(gaps=(gap("ec2:DescribeInstances"),)), groups(WEB), *SILENCE),
    case("groups denied", UNKNOWN, VPC, REGION, HOSTS, every(gaps=(gap("ec2:DescribeSecurityGroups"),)), *SILENCE),
)

test_isolation_exercise_within_seconds = cases(
    "isolation_exercise_within_seconds",
    case("a question", MANUAL, ACCOUNT, because="when was the isolation of an instance ex"),
)

test_remediation_effect_verified = cases(
    "remediation_effect_verified",
    case("a question", MANUAL, ACCOUNT, because="was the automated response tested with s"),
)
