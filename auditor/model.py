"""What a scan is about and what it says: frozen values, no behavior beyond themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]

NOTHING: Mapping[str, str] = MappingProxyType({})

GLOBAL = "global"
"""The region of resources that belong to no region (IAM, CloudFront, Route 53)."""


class Pillar(StrEnum):
    """The six pillars of the Well-Architected Framework, in the framework's order."""

    OPERATIONAL_EXCELLENCE = "operational_excellence"
    SECURITY = "security"
    RELIABILITY = "reliability"
    PERFORMANCE_EFFICIENCY = "performance_efficiency"
    COST_OPTIMIZATION = "cost_optimization"
    SUSTAINABILITY = "sustainability"

    @property
    def title(self) -> str:  # type: ignore[override]  # the word users know; str.title has no use here
        """As the framework writes it: `Operational excellence`."""
        return self.value.replace("_", " ").capitalize()


class Severity(StrEnum):
    """How much a failure matters; declared from least to worst."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for informational to 4 for critical."""
        return _SEVERITY_RANK[self]

    def raised(self, steps: int = 1) -> Severity:
        """The severity so many steps worse (or milder, when negative), within the scale."""
        scale = list(Severity)
        return scale[min(max(self.rank + steps, 0), len(scale) - 1)]


_SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


class Status(StrEnum):
    """The answer of one check on one resource."""

    PASS = "PASS"  # noqa: S105 - a status, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"
    """Evidence could not be read; the reason names what was denied or missing."""
    ERROR = "ERROR"
    """The check itself broke: a defect of the program."""
    MANUAL = "MANUAL"
    """A question that no API answers."""
    NOT_APPLICABLE = "NOT_APPLICABLE"
    """The check does not speak about this resource; counted, not reported."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says of one resource. `reason` is a fragment that finishes "because ..."."""

    status: Status
    reason: str
    severity: Severity | None = None
    """Overrides the check's own severity, where one check grades its cases."""
    observed: Mapping[str, Json] = field(default_factory=lambda: NOTHING)
    gaps: tuple[Gap, ...] = ()
    """What could not be read, where the verdict is UNKNOWN for its sake: the report lists it."""


def passed(reason: str, **observed: Json) -> Verdict:
    """The resource is as it should be."""
    return Verdict(Status.PASS, reason, None, observed or NOTHING)


def failed(reason: str, *, severity: Severity | None = None, **observed: Json) -> Verdict:
    """The resource is not as it should be; `severity` grades this case apart from the check."""
    return Verdict(Status.FAIL, reason, severity, observed or NOTHING)


def unknown(reason: str, *, gaps: Iterable[Gap] = (), **observed: Json) -> Verdict:
    """There is not enough evidence to judge, and why; `gaps` are what could not be read."""
    return Verdict(Status.UNKNOWN, reason, None, observed or NOTHING, tuple(gaps))


def manual(reason: str, **observed: Json) -> Verdict:
    """Only a person can answer; the reason is the question."""
    return Verdict(Status.MANUAL, reason, None, observed or NOTHING)


def not_applicable(reason: str) -> Verdict:
    """The check does not speak about this resource."""
    return Verdict(Status.NOT_APPLICABLE, reason)


@dataclass(frozen=True, slots=True)
class ResourceRef:
    """Which resource a finding is about."""

    arn: str
    type: str
    """CloudFormation's type name, for example `AWS::S3::Bucket`."""
    region: str
    name: str
    tags: Mapping[str, str] = field(default_factory=lambda: NOTHING)


@dataclass(frozen=True, slots=True)
class Account:
    """The account that is judged, and the moment of the scan: the only clock there is."""

    id: str
    partition: str
    regions: tuple[str, ...]
    now: datetime

    @property
    def reference(self) -> ResourceRef:
        """The account as the subject of a finding."""
        return ResourceRef(f"arn:{self.partition}:iam::{self.id}:root", "AWS::::Account", GLOBAL, self.id)


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the account."""

    name: str
    account: Account
    unserved: frozenset[str] = frozenset()
    """Services, by boto3's name, that do not exist in this region."""

    def serves(self, service: str) -> bool:
        """Whether a service exists in this region, so that it could be missing from the account."""
        return service not in self.unserved

    @property
    def reference(self) -> ResourceRef:
        """The account in this region, as the subject of a finding."""
        return ResourceRef(self.account.reference.arn, "AWS::::Account", self.name, f"{self.account.id} in {self.name}")


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted risk: who accepted it, why, and until when (an ISO date)."""

    reason: str
    owner: str
    expires: str
    checks: tuple[str, ...] = ("*",)
    resources: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer to a question that no API answers (status MANUAL); dates are ISO dates."""

    holds: bool
    by: str
    date: str
    expires: str
    """The last day on which it counts."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a framework asks for, and the checks whose passing shows it."""

    id: str
    title: str
    checks: tuple[str, ...] = ()
    note: str = ""
    """Why no check shows it, or what the checks do not show of it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict on one resource. What belongs to the check stands once, in `CheckInfo`."""

    check: str
    status: Status
    severity: Severity
    resource: ResourceRef
    reason: str
    observed: Mapping[str, Json]
    waiver: Waiver | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """A best practice of the Well-Architected Framework."""

    id: str
    """For example `SEC02-BP01`."""
    title: str
    pillar: Pillar
    question: str
    """The Well-Architected Tool's QuestionId."""
    question_title: str
    """For example `SEC 2. How do you manage authentication for people and machines?`."""
    choice: str
    """The Well-Architected Tool's ChoiceId."""
    risk: Severity


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What there is to know about a check, apart from its answers."""

    id: str
    title: str
    why: str
    fix: str
    severity: Severity
    pattern: str
    control: str
    pillars: tuple[Pillar, ...]
    practices: tuple[str, ...]
    resource_type: str
    evidence: tuple[str, ...]
    """The API operations that it reads, as `service:Operation`."""
    thresholds: Mapping[str, Json]
    """The values in force, by name."""


@dataclass(frozen=True, slots=True)
class Control:
    """A group of checks within a pattern."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Pattern:
    """An architecture pattern, for example zero trust, with its controls."""

    id: str
    title: str
    controls: tuple[Control, ...]


class GapKind(StrEnum):
    """Why something could not be read."""

    DENIED = "denied"
    """No IAM policy allows it, or one denies it."""
    DENIED_BY_ORGANIZATION = "denied_by_organization"
    """A service control or resource control policy denies it."""
    THROTTLED = "throttled"
    UNREACHABLE = "unreachable"
    """No connection, a time-out, or a server error that outlasted the retries."""
    CREDENTIALS = "credentials"
    """Credentials expired or were refused."""
    REGION_DISABLED = "region_disabled"
    NOT_SUBSCRIBED = "not_subscribed"
    UNSUPPORTED = "unsupported"
    """The endpoint does not know the operation."""
    NOT_ALLOWED = "not_allowed"
    """A call that costs money, which the user has not allowed: it was not made."""
    NOT_COLLECTED = "not_collected"
    """The scan was stopped before, or the snapshot does not hold it."""
    FIELD_MISSING = "field_missing"
    """AWS answered, but left the field out."""
    INVALID = "invalid"
    """An answer that the program could not use, or a request that AWS refused."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that could not be read, and why."""

    kind: GapKind
    service: str
    operation: str
    action: str
    """The IAM action, for example `s3:GetBucketPolicy`."""
    region: str
    code: str
    message: str

    @property
    def reason(self) -> str:
        """A fragment that finishes "because ..."."""
        return _reason(self)


@lru_cache(4096)
def _reason(gap: Gap) -> str:
    place = "" if gap.region == GLOBAL else f" in {gap.region}"
    detail = ": ".join(part for part in (gap.code, gap.message) if part)[:160]
    return _GAP_REASONS[gap.kind].format(action=gap.action, code=gap.code, detail=detail) + place


_GAP_REASONS = {
    GapKind.DENIED: "{action} was denied",
    GapKind.DENIED_BY_ORGANIZATION: "{action} was denied by a policy of the organization (SCP or RCP)",
    GapKind.THROTTLED: "{action} was throttled until the retries ran out",
    GapKind.UNREACHABLE: "{action} got no usable answer ({code})",
    GapKind.CREDENTIALS: "the credentials were refused at {action} ({code})",
    GapKind.REGION_DISABLED: "{action} could not be asked: the region is not enabled",
    GapKind.NOT_SUBSCRIBED: "{action} answered that the account is not subscribed ({code})",
    GapKind.UNSUPPORTED: "{action} is not offered by this endpoint",
    GapKind.NOT_ALLOWED: "{action} costs money and was not asked; allow it with --allow-paid-calls",
    GapKind.NOT_COLLECTED: "{action} was not collected",
    GapKind.FIELD_MISSING: "the answer to {action} has no {code}",
    GapKind.INVALID: "{action} gave no answer that can be used ({detail})",
}


@dataclass(frozen=True, slots=True)
class Unread:
    """A gap as the report lists it: once for all the resources that it concerns."""

    gap: Gap
    times: int
    checks: tuple[str, ...]
    """The checks that answered UNKNOWN for it."""


@dataclass(frozen=True, slots=True)
class Score:
    """A weighted share of what passed, 0 to 100; None where nothing was judged.

    Within a check, the share of judged resources that passed; between checks, weighted by severity
    (informational 0, low 1, medium 3, high 6, critical 10), so that many resources of one kind do
    not drown the rest. Waived failures and UNKNOWN are left out and counted beside it.
    """

    value: float | None
    passed: int
    failed: int
    unknown: int
    waived: int = 0


@dataclass(frozen=True, slots=True)
class ScanInfo:
    """The circumstances of the scan; all of it comes from the snapshot."""

    account: str
    partition: str
    regions: tuple[str, ...]
    started: datetime
    complete: bool
    """False where the scan was interrupted or its credentials expired."""
    note: str = ""
    """One line on why it is not complete."""
    calls: int = 0
    seconds: float = 0.0
    alias: str = ""
    caller: str = ""
    """The ARN that scanned."""


@dataclass(frozen=True, slots=True)
class CheckCount:
    """How one check went: verdicts by status."""

    check: str
    statuses: Mapping[Status, int]


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores by what they are of."""

    overall: Score
    pillars: Mapping[Pillar, Score]
    patterns: Mapping[str, Score]
    controls: Mapping[tuple[str, str], Score]


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """What one scan of the account came to, as the history keeps it; the first of a trend is the oldest."""

    started: datetime
    complete: bool
    checks: int
    """Checks that were run: two points of different counts are not quite comparable."""
    failed: int
    """Open failures: those without a waiver."""
    overall: float | None
    pillars: Mapping[Pillar, float | None]


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that a report can say. Sorted, and equal for equal snapshots and profiles."""

    tool_version: str
    scan: ScanInfo
    profile: str
    patterns: tuple[Pattern, ...]
    practices: Mapping[str, Practice]
    checks: tuple[CheckInfo, ...]
    counts: tuple[CheckCount, ...]
    findings: tuple[Finding, ...]
    scores: Scores
    unread: tuple[Unread, ...]
    warnings: tuple[str, ...] = ()
    """Lines for the reader: expired waivers, unknown parameters of a pack, regions left out."""
    trend: tuple[TrendPoint, ...] = ()
    """Earlier scans of the account under this profile and then this one, where a history is kept."""
    requirements: tuple[Requirement, ...] = ()
    """Those of the profile, in its order."""
    group_by: str = "control"
    """What reports for people are grouped by: `control`, or `requirement`."""
    views: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What the inferences behind the checks show as a whole, by name: `topology`, `recovery`; each in its own form."""
