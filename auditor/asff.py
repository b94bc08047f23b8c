"""Findings in the AWS Security Finding Format 2018-10-08, as Security Hub's BatchImportFindings takes them.

Every length and pattern is kept by shortening, never by leaving out: what does not fit ends in `…`, and of a map with
too many entries the last one says what else there was. Lengths count UTF-16 units, the strictest reading of the limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from types import MappingProxyType
from typing import Any

from auditor.document import instant
from auditor.interchange import guidance, identified, region_of, sentence
from auditor.model import Assessment, CheckInfo, Finding, Pillar, ResourceRef, Severity, Status, Waiver
from auditor.text import ELLIPSIS, compact_json, line, plain

Asff = dict[str, Any]

VERSION = "2018-10-08"

MOST_FINDINGS, MOST_BATCH_BYTES, MOST_FINDING_BYTES = 100, 6_000_000, 240_000
"""What one BatchImportFindings takes; KB and MB read as powers of ten, to be on the safe side."""

MOST_FIELDS, MOST_REQUIREMENTS = 50, 32
OTHER_VALUES = (1023, 255, 63)
"""Lengths of what was observed: the most that is allowed, then less and less, should the finding be too big."""

_COMPLIANCE = MappingProxyType(
    {
        Status.PASS: "PASSED",
        Status.FAIL: "FAILED",
        Status.UNKNOWN: "NOT_AVAILABLE",
        Status.ERROR: "NOT_AVAILABLE",
        Status.MANUAL: "WARNING",
    }
)
_REASON_CODES = MappingProxyType(
    {Status.UNKNOWN: "EVIDENCE_NOT_READ", Status.ERROR: "CHECK_BROKE", Status.MANUAL: "ANSWER_NEEDED"}
)
_BEGINNINGS = MappingProxyType(
    {
        Status.PASS: "Passed, because",
        Status.FAIL: "Failed, because",
        Status.UNKNOWN: "Not judged, because",
        Status.ERROR: "Not judged, because",
        Status.MANUAL: "To be answered by a person:",
    }
)
_PARTITIONS = MappingProxyType(
    {
        "aws": "aws",
        "aws-cn": "aws-cn",
        "aws-us-gov": "aws-us-gov",
        "aws-iso": "aws-us-iso",
        "aws-iso-b": "aws-us-iso-b",
    }
)
"""Security Hub's words for partitions; for others it has none, and the field, which is optional, is left out."""

_TYPES = """
AwsAccount AwsAmazonMqBroker AwsApiGatewayRestApi AwsApiGatewayStage AwsApiGatewayV2Api AwsApiGatewayV2Stage
AwsAppSyncGraphQlApi AwsAthenaWorkGroup AwsAutoScalingAutoScalingGroup AwsAutoScalingLaunchConfiguration
AwsBackupBackupPlan AwsBackupBackupVault AwsBackupRecoveryPoint AwsCertificateManagerCertificate
AwsCloudFormationStack AwsCloudFrontDistribution AwsCloudTrailTrail AwsCloudWatchAlarm AwsCodeBuildProject
AwsDmsEndpoint AwsDmsReplicationInstance AwsDmsReplicationTask AwsDynamoDbTable AwsEc2ClientVpnEndpoint AwsEc2Eip
AwsEc2Instance AwsEc2LaunchTemplate AwsEc2NetworkAcl AwsEc2NetworkInterface AwsEc2RouteTable AwsEc2SecurityGroup
AwsEc2Subnet AwsEc2TransitGateway AwsEc2Volume AwsEc2Vpc AwsEc2VpcEndpointService AwsEc2VpcPeeringConnection
AwsEc2VpnConnection AwsEcrRepository AwsEcsCluster AwsEcsService AwsEcsTask AwsEcsTaskDefinition AwsEfsAccessPoint
AwsEksCluster AwsElasticBeanstalkEnvironment AwsElasticsearchDomain AwsEventSchemasRegistry AwsEventsEndpoint
AwsEventsEventbus AwsGuardDutyDetector AwsIamAccessKey AwsIamGroup AwsIamPolicy AwsIamRole AwsIamUser
AwsKinesisStream AwsKmsKey AwsLambdaFunction AwsLambdaLayerVersion AwsMskCluster AwsNetworkFirewallFirewall
AwsNetworkFirewallFirewallPolicy AwsNetworkFirewallRuleGroup AwsOpenSearchServiceDomain AwsRdsDbCluster
AwsRdsDbClusterSnapshot AwsRdsDbInstance AwsRdsDbSecurityGroup AwsRdsDbSnapshot AwsRdsEventSubscription
AwsRedshiftCluster AwsRoute53HostedZone AwsS3AccessPoint AwsS3Bucket AwsS3Object AwsSageMakerNotebookInstance
AwsSecretsManagerSecret AwsSnsTopic AwsSqsQueue AwsWafRegionalRule AwsWafRegionalRuleGroup AwsWafRegionalWebAcl
AwsWafRule AwsWafRuleGroup AwsWafWebAcl AwsWafv2RuleGroup AwsWafv2WebAcl
"""
"""The resource types of Security Hub. Nearly all are CloudFormation's name without its colons, in other capitals."""

_RESOURCE_TYPES = MappingProxyType(
    {name.lower(): name for name in _TYPES.split()}
    | {
        "awsecrimage": "AwsEcrContainerImage",
        "awselasticloadbalancingloadbalancer": "AwsElbLoadBalancer",
        "awselasticloadbalancingv2loadbalancer": "AwsElbv2LoadBalancer",
        "awsiammanagedpolicy": "AwsIamPolicy",
        "awsstepfunctionsstatemachine": "AwsStepFunctionStateMachine",
    }
)

_NOT_IN_TAGS = re.compile(r"[^A-Za-z0-9 .:+=@_/-]")
"""Security Hub takes fewer characters in tags than the services that hold them do."""


def findings(assessment: Assessment, region: str | None = None) -> Iterator[Asff]:
    """Every finding of the assessment, in its order; with a region, those that Security Hub keeps there."""
    checks = {check.id: _About.of(check, assessment) for check in assessment.checks}
    for identity, finding in identified(assessment):
        if region in (None, region_of(finding.resource, assessment.scan.partition)):
            yield _fitting(_finding(identity, finding, checks[finding.check], assessment), finding)


def batches(findings: Iterable[Asff]) -> Iterator[list[Asff]]:
    """The findings in as few requests as Security Hub's limits allow, in their order."""
    batch: list[Asff] = []
    room = MOST_BATCH_BYTES
    for finding in findings:
        size = _size(finding) + len(", ")
        if batch and (len(batch) == MOST_FINDINGS or size > room):
            yield batch
            batch, room = [], MOST_BATCH_BYTES
        batch.append(finding)
        room -= size
    if batch:
        yield batch


def resource_type(cloudformation: str) -> str:
    """Security Hub's name of a CloudFormation type; `Other` where it has none."""
    return _RESOURCE_TYPES.get(cloudformation.replace(":", "").lower(), "Other")


def cut(text: str, most: int) -> str:
    """Plain text of at most so many UTF-16 units; `…` stands for what is gone."""
    if 2 * len(text) <= most or (len(text) <= most and text.isascii()):
        return text
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * most:
        return text
    return encoded[: 2 * (most - 1)].decode("utf-16-le", "ignore") + ELLIPSIS


@dataclass(frozen=True, slots=True)
class _About:
    """What every finding of a check says alike."""

    id: str
    title: str
    why: str
    remediation: Asff
    types: list[str]
    requirements: list[str]
    first_fields: dict[str, str]
    last_fields: dict[str, str]
    """Product fields, before and after those of the finding."""

    @classmethod
    def of(cls, check: CheckInfo, assessment: Assessment) -> _About:
        scan = assessment.scan
        first = {
            "ProviderName": "auditor",
            "ProviderVersion": assessment.tool_version,
            "auditor/Pattern": check.pattern,
            "auditor/Control": check.control,
            "auditor/Pillars": ", ".join(check.pillars),
            "auditor/Practices": ", ".join(check.practices),
        }
        last = {
            "auditor/Fix": line(check.fix),
            "auditor/Profile": assessment.profile,
            "auditor/ScanComplete": str(scan.complete).lower(),
            "auditor/ScanNote": scan.note,
            "auditor/AccountAlias": scan.alias,
        }
        return cls(
            _text(check.id, 512),
            _text(line(check.title), 256, instead=check.id),
            f" Why it matters: {line(check.why)}" if check.why else "",
            {"Recommendation": _recommendation(check, assessment)},
            _types(check),
            _requirements(check),
            _product_fields(first),
            _product_fields(last),
        )


def _finding(identity: str, finding: Finding, about: _About, assessment: Assessment) -> Asff:
    scan = assessment.scan
    moment = instant(scan.started)
    region = region_of(finding.resource, scan.partition)
    return {
        "SchemaVersion": VERSION,
        "Id": identity,
        "ProductArn": f"arn:{scan.partition}:securityhub:{region}:{scan.account}:product/{scan.account}/default",
        "ProductName": "auditor",
        "GeneratorId": about.id,
        "AwsAccountId": scan.account,
        "CreatedAt": moment,
        "UpdatedAt": moment,
        "LastObservedAt": moment,
        "Title": about.title,
        "Description": _description(finding, about),
        "Remediation": about.remediation,
        "ProductFields": about.first_fields | _own_fields(finding) | about.last_fields,
        "Resources": [_resource(finding, scan.account, scan.partition, region)],
        "Compliance": _compliance(finding, about),
        "Workflow": {"Status": _workflow(finding)},
        "RecordState": "ACTIVE",
        "FindingProviderFields": {"Severity": _severity(finding), "Types": about.types},
    } | ({"Note": _note(finding.waiver, moment)} if finding.waiver else {})


def _fitting(made: Asff, finding: Finding) -> Asff:
    """The finding with what was observed, which alone is as big as it likes, cut to the size that is allowed."""
    (resource,) = made["Resources"]
    observed = _observed(finding.resource, finding.observed)
    for length in OTHER_VALUES if observed else ():
        resource["Details"] = {"Other": _fields(observed, key=127, value=length)}
        if _size(made) <= MOST_FINDING_BYTES:
            break
    return made


def _size(finding: Asff) -> int:
    """The bytes that the finding takes in a request: botocore sends ASCII with escapes."""
    return len(compact_json(finding))


def _text(text: str, most: int, *, instead: str = "-") -> str:
    """Text that Security Hub takes: plain, not blank, not too long."""
    begun = (text.strip(" ") or instead.strip(" ") or "-")[: most + 1]  # made plain, it is never shorter
    return cut(plain(begun), most)


def _description(finding: Finding, about: _About) -> str:
    reason = sentence(cut(f"{_BEGINNINGS[finding.status]} {plain(finding.reason)}", 700))
    return _text(f"{reason}{about.why}", 1024)


def _recommendation(check: CheckInfo, assessment: Assessment) -> dict[str, str]:
    pages = guidance(check, assessment.practices)
    text = _text(sentence(check.fix), 512, instead=check.title)
    return {"Text": text} | ({"Url": pages[0]} if pages else {})


def _own_fields(finding: Finding) -> dict[str, str]:
    return _product_fields(
        {
            "auditor/Status": finding.status.value,
            "auditor/Reason": finding.reason,
            "auditor/ResourceName": finding.resource.name,
            "auditor/ResourceType": finding.resource.type,
        }
    )


def _product_fields(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: _text(value, 2048) for name, value in fields.items() if value.strip()}


def _resource(finding: Finding, account: str, partition: str, region: str) -> Asff:
    resource = finding.resource
    kind = resource_type(resource.type)
    identity = f"AWS::::Account:{account}" if kind == "AwsAccount" else resource.arn
    return (
        {"Type": kind, "Id": _middle(_text(identity, 4096, instead=resource.name), 512)}
        | ({"Partition": _PARTITIONS[partition]} if partition in _PARTITIONS else {})
        | {"Region": cut(region, 16)}
        | ({"Tags": _tags(resource.tags)} if resource.tags else {})
    )


def _middle(text: str, most: int) -> str:
    """An identifier that keeps both ends, for its tail says which resource it is."""
    encoded = text.encode("utf-16-le")
    if len(encoded) <= 2 * most:
        return text
    return cut(text, most // 2) + encoded[-2 * (most // 2) :].decode("utf-16-le", "ignore")


def _tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags as Security Hub takes them; where they differ from the true ones, `_observed` has those too."""
    return {_tag(key, 128): _tag(tags[key], 256) for key in sorted(tags)[:MOST_FIELDS]}


@lru_cache(maxsize=4096)
def _tag(text: str, most: int) -> str:
    fit = _NOT_IN_TAGS.sub("_", text).strip()
    return (fit if len(fit) <= most else fit[: most - 3] + "...") or "-"


def _observed(resource: ResourceRef, observed: Mapping[str, Any]) -> dict[str, str]:
    fields: dict[str, Any] = dict(observed)
    if _tags(resource.tags) != dict(resource.tags):
        fields = {"Tags as they are": dict(resource.tags)} | fields
    return {
        key: value if isinstance(value, str) else compact_json(value, ascii_only=False) for key, value in fields.items()
    }


def _fields(values: Mapping[str, str], *, key: int, value: int) -> dict[str, str]:
    """A map of at most 50 entries; the last one tells of those over that."""
    names = list(values)
    rest = names[MOST_FIELDS - 1 :] if len(names) > MOST_FIELDS else []
    fields: dict[str, str] = {}
    for name in names[: len(names) - len(rest)]:
        fields[_free(name, key, fields)] = _text(values[name], value)
    if rest:
        fields[_free(ELLIPSIS, key, fields)] = _text(
            f"{len(rest)} more: " + ", ".join(f"{name}={values[name]}" for name in rest), value
        )
    return fields


def _free(name: str, most: int, taken: Mapping[str, str]) -> str:
    """The name, made fit; numbered where shortening made it equal to another."""
    fit = _text(name, most)
    if fit not in taken:
        return fit
    short = _text(name, most - 4)
    return next(fit for number in count(2) if (fit := f"{short} #{number}") not in taken)


def _compliance(finding: Finding, about: _About) -> Asff:
    code = _REASON_CODES.get(finding.status)
    reasons = [{"ReasonCode": code, "Description": _text(finding.reason, 1024)}] if code else []
    return (
        {"Status": _COMPLIANCE[finding.status]}
        | ({"RelatedRequirements": about.requirements} if about.requirements else {})
        | ({"StatusReasons": reasons} if reasons else {})
    )


def _requirements(check: CheckInfo) -> list[str]:
    named = [_text(f"AWS Well-Architected {practice}", 64) for practice in check.practices]
    kept = named if len(named) <= MOST_REQUIREMENTS else named[: MOST_REQUIREMENTS - 1]
    return kept + ([f"{len(named) - len(kept)} more"] if kept is not named else [])


def _workflow(finding: Finding) -> str:
    if finding.waiver:
        return "SUPPRESSED"
    return "RESOLVED" if finding.status is Status.PASS else "NEW"


def _note(waiver: Waiver, moment: str) -> dict[str, str]:
    text = f"Waived until {waiver.expires} by {cut(plain(waiver.owner), 128)}: {plain(waiver.reason)}"
    return {"Text": _text(text, 512), "UpdatedBy": "auditor", "UpdatedAt": moment}


def _severity(finding: Finding) -> dict[str, str]:
    """As Security Hub's own controls: what passes is INFORMATIONAL, `no issue was found`."""
    label = Severity.INFORMATIONAL if finding.status is Status.PASS else finding.severity
    return {"Label": label.value.upper(), "Original": finding.severity.value}


def _types(check: CheckInfo) -> list[str]:
    root = "Software and Configuration Checks"
    best = [f"{root}/AWS Security Best Practices"] if Pillar.SECURITY in check.pillars else []
    return best + [f"{root}/AWS Well-Architected/{pillar.title}" for pillar in check.pillars] or [root]
