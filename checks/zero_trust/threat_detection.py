"""Continuous monitoring and threat detection."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from operator import attrgetter
from typing import Annotated, Any

from auditor.every import Every
from auditor.evidence.accessanalyzer import Analyzer
from auditor.evidence.cloudtrail import EventSelectors, Trail, TrailStatus
from auditor.evidence.config import ConfigRecorder, ConfigRecorderStatus, DeliveryChannel
from auditor.evidence.ec2 import Instance
from auditor.evidence.ec2_network import SecurityGroup, Vpc
from auditor.evidence.ecr import Repository
from auditor.evidence.ecs import EcsService
from auditor.evidence.eks import EksCluster
from auditor.evidence.event_pattern import surely_takes
from auditor.evidence.events import EventRule, RuleTarget
from auditor.evidence.guardduty import Detector, FindingFilter
from auditor.evidence.inspector import InspectorStatus, UnscannedResource
from auditor.evidence.lambda_ import Function, FunctionPolicy
from auditor.evidence.macie import FindingsPublication, MacieSession
from auditor.evidence.policy import PolicyDocument, matches
from auditor.evidence.rds import DbInstance
from auditor.evidence.s3 import Bucket, BucketVersioning
from auditor.evidence.securityhub import FindingAggregator, Hub, HubV2, ProductSubscription, Standard
from auditor.evidence.sns import Subscription
from auditor.evidence.sqs import QueueEntry
from auditor.evidence.stepfunctions import StateMachine
from auditor.inference.alerts import RESPONDING, Alerts, Reach, event
from auditor.inference.exposure import Exposure
from auditor.inference.network import Interfaces
from auditor.inference.privilege import Privilege
from auditor.inference.regions import RegionUse
from auditor.inference.role_use import RoleUse
from auditor.metrics import Metric, metric
from auditor.model import Account, Region, Severity, Verdict, failed, manual, not_applicable, passed, unknown
from auditor.typed import Resource
from auditor.wiring import check

_VPC, _VPC_ID = attrgetter("vpc"), attrgetter("vpc_id")
_SLOW = "SIX_HOURS"
Flaw = tuple[Severity, str]


@check(severity=Severity.CRITICAL, practices=["SEC04-BP01", "SEC04-BP02"])
def cloudtrail_trail_incomplete(
    account: Account,
    trails: Every[Trail],
    statuses: Every[TrailStatus],
    selectors: Every[EventSelectors],
    buckets: Every[Bucket],
    versioning: Every[BucketVersioning],
) -> Verdict:
    """One tamper-evident trail covers all regions, reads and writes.

    Why: what no trail records cannot be investigated: an intruder works in the region, or by the kind of call, that
        nobody logs, and erases what is logged where the logs can be changed.
    Fix: make one multi-region trail with global service events, read and write management events, log file
        validation and a KMS key, into a bucket with versioning and Object Lock in an account for logs.
    """
    lacks = {trail: _lacks(trail, statuses, selectors) for trail in trails.known()}
    complete = [trail for trail, missing in lacks.items() if not missing]
    if not complete and not list(trails):
        return failed("the account has no trail")
    if not complete:
        nearest = min(lacks, key=lambda trail: len(lacks[trail]))
        return failed(f"no trail is complete; the nearest, {nearest.trail_name}, {' and '.join(lacks[nearest])}")
    flaws = [_worst_first(_flaws(one, statuses, buckets, versioning, account)) for one in complete]
    best = min(range(len(complete)), key=lambda at: (_rank(flaws[at]), len(flaws[at])))
    return _graded(
        flaws[best], f"trail {complete[best].trail_name}", "records all regions, reads and writes, and is sealed"
    )


def _lacks(trail: Trail, statuses: Every[TrailStatus], selectors: Every[EventSelectors]) -> list[str]:
    """What keeps a trail from recording everything."""
    logging = any(one.is_logging for one in statuses.of(trail))
    recorded = selectors.of(trail)
    shortcomings = (
        (not logging, "does not log"),
        (not trail.is_multi_region, f"covers {trail.region} only"),
        (not trail.has_global_events, "leaves out global services"),
        (not any(one.has_management_reads for one in recorded), "leaves out reads"),
        (not any(one.has_management_writes for one in recorded), "leaves out writes"),
    )
    return [text for missing, text in shortcomings if missing]


def _flaws(
    trail: Trail,
    statuses: Every[TrailStatus],
    buckets: Every[Bucket],
    versioning: Every[BucketVersioning],
    account: Account,
) -> Iterator[Flaw]:
    """What is wrong with a trail that records everything."""
    for status in statuses.of(trail):
        if status.delivery_error:
            yield Severity.HIGH, f"could not deliver its last log ({status.delivery_error})"
        elif status.delivered and account.now - status.delivered > timedelta(days=1):
            yield Severity.HIGH, f"delivered its last log on {status.delivered:%Y-%m-%d}"
    if not trail.validates_log_files:
        yield Severity.MEDIUM, "has no log file validation"
    own = buckets.by(_bucket_name).get(trail.log_bucket, ())
    if any(not one.enabled for bucket in own for one in versioning.of(bucket)):
        yield Severity.MEDIUM, f"logs into {trail.log_bucket}, which has neither versioning nor Object Lock"
    if trail.kms_key is None:
        yield Severity.LOW, "is not encrypted with a KMS key"


def _bucket_name(bucket: Bucket) -> str:
    return bucket.bucket


def _worst_first(flaws: Iterable[Flaw]) -> list[Flaw]:
    return sorted(flaws, key=lambda flaw: -flaw[0].rank)


def _rank(flaws: list[Flaw]) -> int:
    return flaws[0][0].rank if flaws else -1


def _graded(flaws: list[Flaw], subject: str, praise: str) -> Verdict:
    """The verdict on something with flaws, the worst first; all of them are named."""
    if not flaws:
        return passed(f"{subject} {praise}")
    return failed(f"{subject} {', '.join(text for _, text in flaws)}", severity=flaws[0][0])


@check(severity=Severity.HIGH, practices=["SEC04-BP01", "SEC04-BP02"])
def guardduty_detector_missing(region: Region, detectors: Every[Detector], use: RegionUse) -> Verdict:
    """GuardDuty runs in every enabled region.

    Why: stolen keys are first used where nobody looks; without a detector, mining, credential theft and command and
        control traffic in the region raise no finding.
    Fix: enable GuardDuty in every region, best from the delegated administrator with auto-enable for all accounts,
        and set the finding publishing frequency to FIFTEEN_MINUTES.
    """
    if not region.serves("guardduty"):
        return not_applicable("the region has no GuardDuty")
    found = detectors.within(region.name)
    if not found:
        return _missing("GuardDuty has no detector", region, use)
    if not any(one.is_enabled for one in found):
        return _missing(f"detector {found[0].detector_id} is suspended", region, use)
    if all(one.publishing_frequency == _SLOW for one in found if one.is_enabled):
        return failed("the detector publishes repeated findings every six hours only", severity=Severity.LOW)
    return passed(f"detector {found[0].detector_id} is enabled")


def _missing(what: str, region: Region, use: RegionUse) -> Verdict:
    """A service does not watch a region; what is left unwatched grades it."""
    severity = Severity.HIGH if use.may_use(region.name) else Severity.MEDIUM
    return failed(f"{what}, and the region has {use.summary(region.name)}", severity=severity)


_MANY_GAPS = 3
_WATCHED_ENGINES = ("aurora-mysql", "aurora-postgresql", "postgres")
"""What RDS Protection profiles (GuardDuty user guide, RDS Protection)."""
_RUNTIME = ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")
"""The plan for all platforms, and its predecessor, for EKS alone."""
_EKS_AGENT = "EKS_ADDON_MANAGEMENT"


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01"])
def guardduty_protection_plan_off(
    detector: Detector,
    buckets: Every[Bucket],
    instances: Every[Instance],
    clusters: Every[EksCluster],
    services: Every[EcsService],
    databases: Every[DbInstance],
    functions: Every[Function],
    *,
    optional_features: tuple[str, ...] = ("AI_PROTECTION", "AI_ANALYST"),
) -> Verdict:
    """GuardDuty plans cover every kind of resource in use.

    Why: without its plan, GuardDuty sees the network and the API of a resource, but not reads of objects, the
        Kubernetes audit log, logins to databases or processes in containers.
    Fix: enable the named protection plans on the detector, best for the whole organization.

    `optional_features` are plans whose absence is only noted.
    """
    if not detector.is_enabled:
        return not_applicable("the detector is suspended")
    if not detector.plans:
        return unknown("GuardDuty does not say which plans the detector has")
    here = detector.region
    platforms = {
        _EKS_AGENT: ("EKS clusters", clusters.within(here)),
        "ECS_FARGATE_AGENT_MANAGEMENT": ("services", [one for one in services.within(here) if one.runs_on_fargate]),
        "EC2_AGENT_MANAGEMENT": ("instances", instances.within(here)),
    }
    used = {
        "S3_DATA_EVENTS": ("buckets", buckets.within(here)),
        "EKS_AUDIT_LOGS": ("EKS clusters", clusters.within(here)),
        "EBS_MALWARE_PROTECTION": ("instances", instances.within(here)),
        "RDS_LOGIN_EVENTS": ("databases", [one for one in databases.within(here) if one.engine in _WATCHED_ENGINES]),
        "LAMBDA_NETWORK_LOGS": ("functions", functions.within(here)),
    }
    gaps = [_named(plan, *found) for plan, found in used.items() if found[1] and plan in detector.off]
    gaps += _runtime_gaps(detector, platforms)
    if gaps:
        severity = Severity.HIGH if len(gaps) >= _MANY_GAPS else Severity.MEDIUM
        return failed(f"the detector does not have {', '.join(gaps)}", severity=severity, gaps=gaps)
    return _optional_plans(detector, optional_features)


def _optional_plans(detector: Detector, optional: tuple[str, ...]) -> Verdict:
    off = [one.plan for one in detector.plans if one.plan in optional and one.plan in detector.off]
    if off:
        return failed(f"the detector leaves {', '.join(off)} off", severity=Severity.INFORMATIONAL)
    return passed("every plan for the resources in use is on")


def _named(plan: str, what: str, found: Sequence[object]) -> str:
    return f"{plan} ({len(found)} {what})"


def _runtime_gaps(detector: Detector, platforms: Mapping[str, tuple[str, Sequence[object]]]) -> list[str]:
    """What runtime monitoring lacks: the plan, or the agent on a platform in use."""
    present = {part: found for part, found in platforms.items() if found[1]}
    unmanaged = {name.partition("/")[2] for name in detector.off} - {one.partition("/")[2] for one in detector.enabled}
    whole, for_eks = (plan in detector.enabled for plan in _RUNTIME)
    watched = set(present) if whole else {_EKS_AGENT} if for_eks else set()
    plan = [_RUNTIME[0]] if present.keys() - watched and detector.off.intersection(_RUNTIME) else []
    return [*plan, *(_named(part, *found) for part, found in present.items() if part in unmanaged & watched)]


_PINNING = ("resource.", "service.action.", "service.additionalInfo.", "accountId")
_OF_A_CLASS = frozenset((
    "resourceType", "actionType", "api", "serviceName", "callerType", "userType", "protocol", "connectionDirection",
    "blocked", "port", "platform", "instanceType", "instanceState", "threatListName",
))  # fmt: skip
"""The last parts of fields that say what kind of thing it is, not which one."""
_BOUNDS = frozenset(("Lt", "Lte", "LessThan", "LessThanOrEqual", "Eq", "Equals"))
_GRAVE_TYPES = ("CryptoCurrency", "Backdoor", "Trojan", "UnauthorizedAccess", "CredentialAccess", "AttackSequence")


@check(severity=Severity.HIGH, practices=["SEC04-BP03"])
def guardduty_filter_hides_severe(finding_filter: FindingFilter) -> Verdict:
    """No suppression rule hides severe or whole classes of findings.

    Why: archived findings reach neither EventBridge nor Security Hub; a rule by type or severity alone silences the
        next real intrusion too.
    Fix: pin the suppression rule to the resource or actor that is known to be harmless (instance id, image, tag,
        role, address), or delete it.
    """
    if not finding_filter.suppresses:
        return not_applicable("the filter only shows findings, it archives none")
    pins = [key for key, condition in finding_filter.criteria.items() if _pins(key, condition)]
    if not finding_filter.criteria:
        return failed("it archives every finding")
    if not pins:
        return failed(f"it archives by {', '.join(sorted(finding_filter.criteria))} alone, of any resource or actor")
    grave = [name for name in finding_filter.types if name.startswith(_GRAVE_TYPES)]
    if grave:
        return failed(f"it archives {', '.join(grave)} for {', '.join(pins)}", severity=Severity.MEDIUM)
    if not finding_filter.types and not finding_filter.criteria.get("severity", {}).keys() & _BOUNDS:
        reason = f"it archives findings of every type and severity for {', '.join(pins)}"
        return failed(reason, severity=Severity.MEDIUM)
    return passed(f"it archives only for {', '.join(pins)}")


def _pins(key: str, condition: Mapping[str, Any]) -> bool:
    """Whether a condition names resources or actors; all but some are nearly all, and so is a bare wildcard."""
    named = [value for matcher in ("Eq", "Equals", "Matches") for value in condition.get(matcher) or ()]
    about_one = key.startswith(_PINNING) and key.rpartition(".")[2] not in _OF_A_CLASS
    return about_one and bool(named) and "*" not in named


_GUARDDUTY_TYPES = (
    "UnauthorizedAccess:EC2/MaliciousIPCaller.Custom",
    "CryptoCurrency:EC2/BitcoinTool.B!DNS",
    "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
)


@check(severity=Severity.HIGH, practices=["SEC04-BP04", "SEC10-BP04", "SEC10-BP06"])
def events_rule_threat_remediation_missing(
    region: Region, detectors: Every[Detector], hub: Hub | None, alerts: Alerts
) -> Verdict:
    """Severe findings start an automated response through EventBridge.

    Why: stolen credentials are used within minutes; a finding that only waits in a console is read when the damage
        is done.
    Fix: on the default bus, match severe GuardDuty or Security Hub findings and call a Lambda function, state
        machine or Automation document that isolates the resource or revokes the session.
    """
    watched = any(one.is_enabled for one in detectors.within(region.name))
    samples = [_guardduty_event(region, kind) for kind in _GUARDDUTY_TYPES] if watched else []
    samples += [_hub_event(region)] if hub else []
    if not samples:
        return not_applicable("neither GuardDuty nor Security Hub runs here")
    reached = max(alerts.reach(region.name, sample) for sample in samples)
    if reached is Reach.RESPONSE:
        return passed("a rule on the default bus answers severe findings")
    if reached is Reach.NOTIFICATION:
        return failed("severe findings notify, and start no response", severity=Severity.MEDIUM)
    if reached is Reach.UNCLEAR:
        return unknown("a rule uses a matcher of event patterns that is not known here")
    return failed("no rule on the default bus takes a severe finding to a target")


Failures = Annotated[Metric, metric("AWS/Events", "FailedInvocations", "Sum", days=30, RuleName="rule_name")]


@check(severity=Severity.HIGH, practices=["SEC10-BP06", "SEC04-BP04"])
def events_rule_threat_remediation_broken(
    rule: EventRule,
    region: Region,
    alerts: Alerts,
    targets: Every[RuleTarget],
    functions: Every[Function],
    policies: Every[FunctionPolicy],
    subscriptions: Every[Subscription],
    machines: Every[StateMachine],
    queues: Every[QueueEntry],
    use: RoleUse,
    privilege: Privilege,
    failures: Failures,
) -> Verdict:
    """The automated response has live targets and does not fail.

    Why: a rule whose function was deleted, or may not be called, looks like a response until the day that it is
        needed.
    Fix: repair or replace the target, let events.amazonaws.com call it for this rule (AddPermission), and give the
        target a dead-letter queue.
    """
    samples = [*(_guardduty_event(region, kind) for kind in _GUARDDUTY_TYPES), _hub_event(region)]
    if rule.bus != "default" or not any(surely_takes(rule.pattern or _NO_EVENT, one) for one in samples):
        return not_applicable("it takes no severe finding")
    if not rule.is_enabled:
        if any(alerts.reach(region.name, one) >= Reach.NOTIFICATION for one in samples):
            return not_applicable("it is disabled, and another rule takes severe findings")
        return failed("it is disabled, and no other rule takes severe findings")
    found = targets.of(rule)
    if not found:
        return failed("it has no target")
    called = _Called(functions, policies, subscriptions, machines, queues, use, privilege)
    broken = [why for one in found if (why := _broken(one, rule, called))]
    if broken:
        return failed(", ".join(broken))
    if failures.total:
        return failed(f"it failed to call its targets {failures.total:.0f} times in 30 days")
    if not all(one.dead_letter_queue for one in found if one.service in RESPONDING):
        return failed("a target that responds has no dead-letter queue", severity=Severity.LOW)
    return passed(f"its {len(found)} targets live, and none failed in 30 days")


_NO_EVENT: Mapping[str, Any] = {"source": []}


@dataclass(frozen=True, slots=True)
class _Called:
    """What targets can be, and who may call them."""

    functions: Every[Function]
    policies: Every[FunctionPolicy]
    subscriptions: Every[Subscription]
    machines: Every[StateMachine]
    queues: Every[QueueEntry]
    use: RoleUse
    privilege: Privilege


def _broken(target: RuleTarget, rule: EventRule, called: _Called) -> str:
    """Why a target does nothing; empty where it does, or is not of a kind that is looked into."""
    _, _, service, _, owner, name = target.target.split(":", 5)
    if owner != rule.arn.split(":")[4]:
        return ""
    listening = called.subscriptions.by(_topic_of, rule.region).get(target.target, ()) if service == "sns" else ()
    if service == "sns" and not any(one.is_confirmed for one in listening):
        return f"topic {name} has no confirmed subscription"
    if service == "sqs" and target.target not in called.queues.by(_arn_of, rule.region):
        return f"queue {name} does not exist"
    if service == "states":
        return _unstarted(target, name, rule, called)
    return _uncalled(target, name, rule, called) if service == "lambda" else ""


def _unstarted(target: RuleTarget, name: str, rule: EventRule, called: _Called) -> str:
    """Why a rule does not start a state machine, which it does as a role of the account."""
    if _unqualified(target.target) not in called.machines.by(_arn_of, rule.region):
        return f"{name} does not exist"
    role = called.use.named(target.role)
    if role is None:
        return f"its role {target.role} does not exist" if target.role else f"it has no role to start {name}"
    allowed = called.privilege.rights(role).can("states:StartExecution", target.target).possible
    return "" if allowed else f"its role {role.name} may not start {name}"


def _uncalled(target: RuleTarget, name: str, rule: EventRule, called: _Called) -> str:
    """Why a rule does not call a function, whose policy must let it."""
    found = called.functions.by(_arn_of, rule.region).get(_unqualified(target.target), ())
    if not found:
        return f"{name} does not exist"
    qualified = target.target.count(":") > found[0].arn.count(":")
    if qualified or any(_may_call(one.document, rule) for one in called.policies.of(found[0])):
        return ""
    return f"the policy of {name} does not let this rule call it"


def _unqualified(arn: str) -> str:
    """The ARN of a function or state machine without a version or alias."""
    return ":".join(arn.split(":")[:7])


def _may_call(policy: PolicyDocument, rule: EventRule) -> bool:
    return any(
        "events.amazonaws.com" in one.principals.get("Service", ())
        and one.covers_action("lambda:InvokeFunction")
        and all(any(matches(rule.arn, value) for value in values) for values in one.required("aws:SourceArn"))
        for one in policy.allowing
    )


def _topic_of(subscription: Subscription) -> str:
    return subscription.topic


def _arn_of(resource: Resource) -> str:
    return resource.arn


def _guardduty_event(region: Region, kind: str) -> Mapping[str, Any]:
    service = {"archived": False, "count": 1, "serviceName": "guardduty"}
    detail = {"type": kind, "severity": 8.0, "accountId": region.account.id, "region": region.name, "service": service}
    return event(region, "aws.guardduty", "GuardDuty Finding", detail)


def _hub_event(region: Region) -> Mapping[str, Any]:
    finding = {
        "Severity": {"Label": "CRITICAL", "Normalized": 90},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
        "ProductName": "GuardDuty",
        "AwsAccountId": region.account.id,
        "Types": ["TTPs/Command and Control/Backdoor:EC2-C&CActivity.B"],
    }
    return event(region, "aws.securityhub", "Security Hub Findings - Imported", {"findings": [finding]})


_STANDARDS = ("aws-foundational-security-best-practices", "cis-aws-foundations-benchmark", "nist-800-53", "pci-dss")
_NO_RECORDER = "NO_AVAILABLE_CONFIGURATION_RECORDER"


@check(severity=Severity.HIGH, practices=["SEC04-BP02", "SEC01-BP03"])
def securityhub_hub_missing(
    region: Region,
    hub: Hub | None,
    hubs_v2: Every[HubV2],
    standards: Every[Standard],
    aggregators: Every[FindingAggregator],
    use: RegionUse,
) -> Verdict:
    """Security Hub runs in every region in use, with standards, aggregated.

    Why: findings of GuardDuty, Inspector, Macie and Config stay in five consoles times seventeen regions, and no
        standard says which controls are broken.
    Fix: enable Security Hub in every region, best by central configuration of the organization, with AWS
        Foundational Security Best Practices and a finding aggregator that links all regions.
    """
    if not region.serves("securityhub"):
        return not_applicable("the region has no Security Hub")
    if hub is None:
        if hubs_v2.within(region.name):
            return passed("the newer Security Hub is enabled")
        return _missing("Security Hub is off", region, use)
    subscribed = standards.within(region.name)
    if any(one.reason == _NO_RECORDER for one in subscribed):
        return failed("its standards evaluate nothing: AWS Config has no recorder here")
    if not any(one.is_ready and any(name in one.standard_arn for name in _STANDARDS) for one in subscribed):
        return failed(f"none of its {len(subscribed)} standards is a ready baseline", severity=Severity.MEDIUM)
    others = use.known - {region.name}
    if others and use.uses(region.name) and not any(one.covers(region.name) for one in aggregators):
        return failed(f"no aggregator links it to the {len(others)} other regions in use", severity=Severity.MEDIUM)
    return passed("Security Hub is enabled with a baseline standard")


_CLIENTS = {"inspector": "inspector2", "macie": "macie2", "access-analyzer": "accessanalyzer"}
"""What boto3 calls the services whose findings Security Hub takes."""


@check(severity=Severity.MEDIUM, practices=["SEC04-BP02", "SEC04-BP03"])
def securityhub_integration_missing(
    region: Region,
    hub: Hub | None,
    products: Every[ProductSubscription],
    detectors: Every[Detector],
    inspector: InspectorStatus | None,
    macie: MacieSession | None,
    publication: FindingsPublication | None,
    analyzers: Every[Analyzer],
    recorders: Every[ConfigRecorderStatus],
) -> Verdict:
    """Security Hub receives Config, Inspector, Macie, GuardDuty and analyzer findings.

    Why: what does not reach Security Hub is not in its reports, its automation rules or its tickets.
    Fix: turn the named services on in the region, and accept their findings (EnableImportFindingsForProduct); for
        Macie, publish policy findings to Security Hub.
    """
    if hub is None:
        return not_applicable("Security Hub is off here")
    here = region.name
    on = {
        "guardduty": any(one.is_enabled for one in detectors.within(here)),
        "inspector": inspector is not None and inspector.status == "ENABLED",
        "macie": macie is not None and macie.is_enabled,
        "access-analyzer": any(one.is_active for one in analyzers.within(here)),
        "config": any(one.is_recording for one in recorders.within(here)),
    }
    received = {one.product for one in products.within(here)}
    missing = [
        f"{name} ({'not received' if on[name] else 'off'})"
        for name in on
        if region.serves(_CLIENTS.get(name, name)) and (not on[name] or f"aws/{name}" not in received)
    ]
    if on["macie"] and "aws/macie" in received and not (publication and publication.has_policy_findings):
        missing.append("macie (policy findings are not published)")
    if missing:
        severity = Severity.HIGH if any(one.startswith("guardduty") for one in missing) else Severity.MEDIUM
        return failed(f"it does not get findings of {', '.join(missing)}", severity=severity)
    return passed("it gets the findings of all five services, as far as the region has them")


_MUST_RECORD = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::NetworkAcl",
    "AWS::S3::Bucket",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
)
_GLOBAL_TYPES = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::User")


@check(severity=Severity.MEDIUM, practices=["SEC04-BP01", "SEC04-BP02"])
def config_recorder_incomplete(
    region: Region,
    recorders: Every[ConfigRecorder],
    statuses: Every[ConfigRecorderStatus],
    channels: Every[DeliveryChannel],
    use: RegionUse,
) -> Verdict:
    """AWS Config records every resource type in every region in use.

    Why: without the record nobody can say who opened the security group, when, or what the bucket policy was before;
        Security Hub's controls evaluate nothing.
    Fix: start a recorder of all supported types in every region with a delivery channel, and record global IAM types
        in exactly one of them.
    """
    if not region.serves("config"):
        return not_applicable("the region has no AWS Config")
    own = [one for one in recorders.within(region.name) if one.service is None]
    if not own:
        return _missing("AWS Config has no recorder", region, use)
    status = next((one for one in statuses.within(region.name) if one.recorder == own[0].recorder), None)
    if status is None:
        return unknown(f"AWS Config does not say whether recorder {own[0].recorder} records")
    if not status.is_recording:
        return _missing(f"recorder {status.recorder} is stopped", region, use)
    if status.has_failed:
        return failed(f"recorder {status.recorder} failed to deliver ({status.error_code})")
    if not channels.within(region.name):
        return failed(f"recorder {own[0].recorder} has no delivery channel")
    missing = [name for name in _MUST_RECORD if not own[0].records(name)]
    if missing:
        return failed(f"recorder {own[0].recorder} leaves out {', '.join(missing)}")
    return _global_types(region, recorders)


def _global_types(region: Region, recorders: Every[ConfigRecorder]) -> Verdict:
    """IAM is the same in all regions: one record of it is needed, and each more is paid for."""
    with_iam = sorted(one.region for one in recorders if all(map(one.records, _GLOBAL_TYPES)))
    if not with_iam and region.name == min(one.region for one in recorders):
        return failed("no recorder of any region records all of IAM roles, users and policies", severity=Severity.HIGH)
    if region.name in with_iam[1:]:
        return failed(f"it records IAM a second time, after {with_iam[0]}", severity=Severity.LOW)
    return passed("the recorder runs and records what matters")


_SCANNING = ("ENABLED", "ENABLING")


@check(severity=Severity.MEDIUM, practices=["SEC06-BP01"])
def inspector_scanning_off(
    region: Region,
    status: InspectorStatus | None,
    instances: Every[Instance],
    repositories: Every[Repository],
    functions: Every[Function],
    exposure: Exposure,
    interfaces: Interfaces,
    unscanned: Every[UnscannedResource],
) -> Verdict:
    """Inspector scans the instances, images and functions in use.

    Why: known vulnerabilities in packages stay open for months where nothing looks for them; exploits follow a
        disclosure within days.
    Fix: activate Amazon Inspector's EC2, ECR and Lambda scanning in the region, best from the delegated administrator
        with auto-activation for all accounts; let instances that it cannot inspect be managed by Systems Manager.
    """
    if not region.serves("inspector2"):
        return not_applicable("the region has no Amazon Inspector")
    running = [one for one in instances.within(region.name) if one.is_running]
    used = {
        "instances": (status and status.ec2, running),
        "repositories": (status and status.ecr, repositories.within(region.name)),
        "functions": (status and status.functions, functions.within(region.name)),
    }
    if not any(found for _, found in used.values()):
        return not_applicable("there is nothing to scan here")
    off = [f"{len(found)} {kind}" for kind, (scan, found) in used.items() if found and scan not in _SCANNING]
    if not off:
        seen = {one.id for one in running} | {one.arn for one in functions.within(region.name)}
        return _left_out({one.id: one.reason for one in unscanned.within(region.name) if one.id in seen})
    unseen = running if used["instances"][0] not in _SCANNING else []
    public = [one.id for one in unseen if _is_exposed(one, exposure, interfaces)]
    if public:
        reason = f"Inspector does not scan {', '.join(off)}, of which the internet reaches {public[0]}"
        return failed(reason, severity=Severity.HIGH, public_instances=public)
    return failed(f"Inspector does not scan {', '.join(off)}")


def _left_out(reasons: Mapping[str, str]) -> Verdict:
    """The verdict where every kind is scanned: single instances and functions may still be left out."""
    if not reasons:
        return passed("Inspector scans every kind of resource in use")
    named = [f"{name} ({reason})" for name, reason in reasons.items()]
    more = f" and {len(named) - 3} more" if len(named) > 3 else ""  # noqa: PLR2004 - enough to recognize them
    reason = f"Inspector scans every kind of resource in use, but not {', '.join(named[:3])}{more}"
    return failed(reason, severity=Severity.LOW, unscanned=list(reasons))


def _is_exposed(instance: Instance, exposure: Exposure, interfaces: Interfaces) -> bool:
    own = interfaces.of_instance(instance.id, instance.region)
    return any(not path.service for one in own for path in exposure.of(one))


_ISOLATING = ("ec2:ModifyInstanceAttribute", "ec2:ModifyNetworkInterfaceAttribute")


@check(severity=Severity.MEDIUM, practices=["SEC10-BP06", "SEC10-BP03"])
def ec2_vpc_isolation_path_missing(
    vpc: Vpc,
    region: Region,
    instances: Every[Instance],
    groups: Every[SecurityGroup],
    alerts: Alerts,
    use: RoleUse,
    privilege: Privilege,
    *,
    name_pattern: str = "(?i)quarantine|isolat|forensic",
) -> Verdict:
    """A compromised instance can be isolated by security group at once.

    Why: an intruder works on while somebody creates a group, looks for who may change the instance, and asks for leave.
    Fix: keep in each VPC a security group without ingress and egress, and let the response to severe findings have a
        role that may call ec2:ModifyInstanceAttribute.

    `name_pattern` is how groups for isolation are called.
    """
    running = [one for one in instances.by(_VPC, vpc.region).get(vpc.id, ()) if one.is_running]
    if not running:
        return not_applicable("no instance runs in it")
    own = [one for one in groups.by(_VPC_ID, vpc.region).get(vpc.id, ()) if not one.is_default]
    closed = next((one for one in own if not one.ingress and not one.egress), None)
    meant = [one for one in own if re.search(name_pattern, f"{one.group_name} {one.name}")]
    actor = _actor(running[0], region, alerts, use, privilege)
    if closed and actor:
        return passed(f"{actor} may move instances into {closed.id}, which lets nothing through")
    told = "" if actor else ", and no response to findings has a role that may change its instances"
    shut_in = next((one for one in meant if not one.ingress), None)
    if not closed and shut_in:
        severity = Severity.LOW if actor else Severity.MEDIUM
        return failed(f"{shut_in.id} still lets connections out{told}", severity=severity)
    if not closed and meant:
        return failed(f"{meant[0].id} is meant for isolation and lets {meant[0].ingress[0].what} in{told}")
    if not closed:
        reason = f"none of its {len(own)} groups is without rules{told}"
        return failed(reason, severity=Severity.MEDIUM if actor else Severity.HIGH)
    return failed(f"{closed.id} would isolate{told}")


def _actor(instance: Instance, region: Region, alerts: Alerts, use: RoleUse, privilege: Privilege) -> str:
    """What answers severe findings and may change an instance; empty where nothing does."""
    samples = [*(_guardduty_event(region, kind) for kind in _GUARDDUTY_TYPES), _hub_event(region)]
    for target in (one for sample in samples for one in alerts.responders(region.name, sample)):
        name = target.target.rpartition(":")[2]
        if target.target.split(":")[4] != region.account.id:
            return f"account {target.target.split(':')[4]}"
        role = use.role_of(_unqualified(target.target)) or use.named(target.role)
        if role and any(privilege.rights(role).can(action, instance.arn).possible for action in _ISOLATING):
            return name
    return ""


@check(severity=Severity.MEDIUM, practices=["SEC10-BP07"])
def isolation_exercise_within_seconds(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Isolating a compromised instance was exercised and took seconds.

    Why: that the parts are there can be inspected; how long they take only an exercise shows.
    Fix: isolate an instance in an exercise twice a year, and write down the time from finding to isolation;
    answer in the audit profile.
    """
    return manual("when was the isolation of an instance exercised last, and did it take seconds?")


@check(severity=Severity.MEDIUM, practices=["SEC10-BP04", "SEC10-BP07"])
def remediation_effect_verified(account: Account) -> Verdict:  # noqa: ARG001 - a question about the account
    """Automated responses do what they are meant to.

    Why: whether a function runs and may act can be seen, whether it does the right thing cannot.
    Fix: replay sample findings against the response in a test account, and check what it changed; answer in the
    audit profile.
    """
    return manual("was the automated response tested with sample findings, and did it do the right thing?")
