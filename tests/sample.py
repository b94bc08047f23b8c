"""Assessments for the renderers' tests: a rich one with hostile names, a big one, and the edges."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from crowd import exposed, recovered, small

from auditor.model import (
    GLOBAL,
    Assessment,
    CheckCount,
    CheckInfo,
    Control,
    Finding,
    Gap,
    GapKind,
    Json,
    Pattern,
    Pillar,
    Practice,
    ResourceRef,
    ScanInfo,
    Score,
    Scores,
    Severity,
    Status,
    Unread,
    Waiver,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

ACCOUNT = "111122223333"
REGIONS = ("eu-central-1", "eu-west-1", "us-east-1")

MARKUP = "<script>alert(1)</script>"
BREAKOUT = "</script></style><img src=x onerror=alert(2)>\"'`{{7*7}}"
CONTROL = "bell\x07 escape\x1b[31m null\x00 delete\x7f next\x85"
BIDI = "invoice-\u202egpj.exe\u2066\u200f"
SEPARATORS = "line\u2028paragraph\u2029\ufeffend"
FORMULA = '=HYPERLINK("http://example.invalid","open")'
LONG = "platform-" + "-".join(f"segment{n:02d}" for n in range(24))

HOSTILE = (MARKUP, BREAKOUT, CONTROL, BIDI, SEPARATORS, FORMULA, LONG)
"""Names that an account can hold and a report must show as text."""

PATTERNS = (
    Pattern(
        "zero_trust",
        "Zero trust",
        (
            Control("identity", "Identities prove themselves, every time"),
            Control("data", "Data is encrypted, at rest and in transit"),
            Control("network", "No network location is trusted"),
        ),
    ),
    Pattern(
        "disaster_recovery",
        "Disaster recovery",
        (Control("backup", "Backups exist and restore"), Control("failover", "Another region can take over")),
    ),
    Pattern("multi_tier", "Multi-tier", (Control("tiers", "Tiers reach only their neighbours"),)),
    Pattern("edge", "Edge", (Control("delivery", "The edge answers, the origin hides"),)),
    Pattern(
        "foundation",
        "Foundation",
        (
            Control("operations", "Operations are observed"),
            Control("efficiency", "Resources fit their load"),
            Control("people", "People and processes"),
        ),
    ),
)

_PRACTICES = (
    ("SEC02-BP01", "Use strong sign-in mechanisms", Pillar.SECURITY, "identities", Severity.HIGH),
    ("SEC03-BP02", "Grant least privilege access", Pillar.SECURITY, "permissions", Severity.HIGH),
    ("SEC05-BP02", "Control traffic flow within your network layers", Pillar.SECURITY, "network", Severity.HIGH),
    ("SEC08-BP02", "Enforce encryption at rest", Pillar.SECURITY, "data-rest", Severity.HIGH),
    ("SEC09-BP02", "Enforce encryption in transit", Pillar.SECURITY, "data-transit", Severity.HIGH),
    ("REL09-BP03", "Perform data backup automatically", Pillar.RELIABILITY, "backup", Severity.MEDIUM),
    ("REL10-BP01", "Deploy the workload to multiple locations", Pillar.RELIABILITY, "fault-isolation", Severity.HIGH),
    ("REL13-BP03", "Test disaster recovery implementation", Pillar.RELIABILITY, "recovery", Severity.HIGH),
    (
        "PERF03-BP05",
        "Implement data access patterns that use caching",
        Pillar.PERFORMANCE_EFFICIENCY,
        "data",
        Severity.LOW,
    ),
    ("PERF04-BP02", "Evaluate available networking features", Pillar.PERFORMANCE_EFFICIENCY, "network", Severity.LOW),
    (
        "OPS04-BP01",
        "Identify key performance indicators",
        Pillar.OPERATIONAL_EXCELLENCE,
        "observability",
        Severity.MEDIUM,
    ),
    ("COST06-BP03", "Select resource type and size by metrics", Pillar.COST_OPTIMIZATION, "sizing", Severity.MEDIUM),
    ("SUS05-BP01", "Use the minimum hardware for your needs", Pillar.SUSTAINABILITY, "hardware", Severity.LOW),
)

PRACTICES: Mapping[str, Practice] = {
    id_: Practice(
        id=id_,
        title=title,
        pillar=pillar,
        question=question,
        question_title=f"{id_[:-5]}. How do you care for {question}?",
        choice=f"{id_.lower()}_choice",
        risk=risk,
    )
    for id_, title, pillar, question, risk in _PRACTICES
}


def _info(
    place: str,
    id_: str,
    severity: Severity,
    practices: str,
    resource_type: str,
    title: str,
    why: str,
    fix: str,
    evidence: str = "",
    **thresholds: Json,
) -> CheckInfo:
    pattern, control = place.split(".")
    ids = tuple(practices.split())
    pillars = tuple(dict.fromkeys(PRACTICES[p].pillar for p in ids))
    return CheckInfo(
        id_,
        title,
        why,
        fix,
        severity,
        pattern,
        control,
        pillars,
        ids,
        resource_type,
        tuple(evidence.split()),
        thresholds,
    )


CHECKS = (
    _info(
        "zero_trust.identity",
        "root_user_has_mfa",
        Severity.CRITICAL,
        "SEC02-BP01",
        "AWS::IAM::User",
        "The root user signs in with a second factor.",
        "whoever learns the root password owns the account, its backups and its logs.",
        "enable a hardware or passkey MFA device for the root user, and lock the password away.",
        "iam:GetAccountSummary",
    ),
    _info(
        "zero_trust.identity",
        "iam_role_without_escalation",
        Severity.HIGH,
        "SEC03-BP02",
        "AWS::IAM::Role",
        "Roles cannot raise their own privileges.",
        "a role that may pass a stronger role or rewrite its own policy is an administrator in all but name.",
        "bind iam:PassRole and iam:PutRolePolicy to the roles that need them, or set a permissions boundary.",
        "iam:GetAccountAuthorizationDetails iam:ListRoles",
        max_path_length=4,
    ),
    _info(
        "zero_trust.data",
        "s3_bucket_requires_tls",
        Severity.HIGH,
        "SEC09-BP02 SEC08-BP02",
        "AWS::S3::Bucket",
        "S3 buckets refuse requests without TLS.",
        "one misconfigured client sends objects in clear text.",
        "deny s3:* to everyone where aws:SecureTransport is false.",
        "s3:ListBuckets s3:GetBucketPolicy",
    ),
    _info(
        "zero_trust.data",
        "ebs_volume_encrypted",
        Severity.MEDIUM,
        "SEC08-BP02",
        "AWS::EC2::Volume",
        "EBS volumes are encrypted.",
        "a snapshot of a clear volume can be shared, copied and read anywhere.",
        "turn on encryption by default in the region, then copy the snapshot encrypted and replace the volume.",
        "ec2:DescribeVolumes",
    ),
    _info(
        "zero_trust.network",
        "security_group_without_open_admin_ports",
        Severity.CRITICAL,
        "SEC05-BP02",
        "AWS::EC2::SecurityGroup",
        "No security group opens administration ports to the internet.",
        "SSH and RDP on the open internet are found within minutes and guessed at for ever.",
        "remove the rule and use Session Manager, or narrow the source to a known range.",
        "ec2:DescribeSecurityGroups ec2:DescribeNetworkInterfaces",
        admin_ports=[22, 3389],
    ),
    _info(
        "disaster_recovery.backup",
        "rds_backup_retention",
        Severity.HIGH,
        "REL09-BP03",
        "AWS::RDS::DBInstance",
        "Databases keep automated backups long enough.",
        "an error that is found after the last backup has expired cannot be undone.",
        "raise BackupRetentionPeriod to what the workload's objectives ask for.",
        "rds:DescribeDBInstances",
        minimum_days=7,
    ),
    _info(
        "disaster_recovery.backup",
        "dynamodb_point_in_time_recovery",
        Severity.MEDIUM,
        "REL09-BP03",
        "AWS::DynamoDB::Table",
        "DynamoDB tables can be restored to any second.",
        "a faulty deployment overwrites items faster than a nightly backup notices.",
        "turn on point-in-time recovery.",
        "dynamodb:ListTables dynamodb:DescribeContinuousBackups",
    ),
    _info(
        "disaster_recovery.failover",
        "aurora_replica_in_recovery_region",
        Severity.HIGH,
        "REL10-BP01 REL13-BP03",
        "AWS::RDS::DBCluster",
        "Critical Aurora clusters have a secondary in the recovery region.",
        "without a replica, recovery waits for a restore that takes longer than the objective allows.",
        "add the recovery region to the global database and rehearse the switch.",
        "rds:DescribeDBClusters rds:DescribeGlobalClusters",
    ),
    _info(
        "multi_tier.tiers",
        "rds_instance_reachable_only_from_app_tier",
        Severity.CRITICAL,
        "SEC05-BP02",
        "AWS::RDS::DBInstance",
        "Databases are reachable from the application tier only.",
        "a database that the web tier reaches is one injection away from the internet.",
        "reference the application tier's security group in the database's ingress rules, and nothing else.",
        "rds:DescribeDBInstances ec2:DescribeSecurityGroups ec2:DescribeRouteTables",
    ),
    _info(
        "edge.delivery",
        "cloudfront_origin_not_public",
        Severity.MEDIUM,
        "SEC05-BP02 PERF04-BP02",
        "AWS::CloudFront::Distribution",
        "Origins answer CloudFront alone.",
        "an origin that anyone can call sidesteps the firewall in front of it.",
        "use origin access control for S3, and a VPC origin or a secret header for the rest.",
        "cloudfront:ListDistributions",
    ),
    _info(
        "foundation.operations",
        "lambda_errors_alarmed",
        Severity.LOW,
        "OPS04-BP01",
        "AWS::Lambda::Function",
        "Functions have an alarm on their errors.",
        "a function that fails in silence is found by customers.",
        "alarm on the Errors metric, or on an error rate, of each function that matters.",
        "lambda:ListFunctions cloudwatch:DescribeAlarms",
    ),
    _info(
        "foundation.efficiency",
        "ec2_instance_sized_to_load",
        Severity.LOW,
        "COST06-BP03 SUS05-BP01",
        "AWS::EC2::Instance",
        "Instances are sized to their load.",
        "idle capacity is paid for by the hour and powered by the hour.",
        "move to the next smaller size, or to Graviton, and watch the 95th percentile.",
        "ec2:DescribeInstances cloudwatch:GetMetricData",
        minimum_cpu_percent=10,
        days=14,
    ),
    _info(
        "foundation.efficiency",
        "elasticache_hit_rate",
        Severity.INFORMATIONAL,
        "PERF03-BP05",
        "AWS::ElastiCache::CacheCluster",
        "Caches answer most requests themselves.",
        "a cache that misses adds a hop instead of saving one.",
        "look at key design and time to live before adding memory.",
        "elasticache:DescribeCacheClusters cloudwatch:GetMetricData",
        minimum_ratio=0.85,
    ),
    _info(
        "foundation.people",
        "recovery_rehearsed",
        Severity.MEDIUM,
        "REL13-BP03",
        "AWS::Account",
        "Recovery is rehearsed within the last year.",
        "a plan that nobody has walked through fails at its first step.",
        "run a game day, write down what broke, and answer in the profile.",
    ),
)

WAIVER = Waiver("public by design: the marketing site's assets", "web-team@example.com", "2027-03-31")
LEGACY = Waiver("the vendor <b>cannot</b> encrypt before release 9", "Jörg Müller, ERP", "2026-12-31")


@dataclass(frozen=True, slots=True)
class _Case:
    """One finding in short."""

    check: str
    name: str
    status: Status
    reason: str
    region: str = REGIONS[0]
    severity: Severity | None = None
    waiver: Waiver | None = None
    observed: Mapping[str, Json] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


_PROD = {"environment": "production", "team": "payments"}
_TLS = "s3_bucket_requires_tls"
_OPEN = "security_group_without_open_admin_ports"


def _cases() -> tuple[_Case, ...]:
    return (*_identity(), *_buckets(), *_network(), *_tiers(), *_recovery(), *_foundation())


def _identity() -> tuple[_Case, ...]:
    role, ok = "iam_role_without_escalation", "no path leads from the role to administrator rights"
    steps: Json = [
        {"action": "iam:PassRole", "resource": "arn:aws:iam::111122223333:role/admin"},
        {"action": "lambda:CreateFunction", "resource": "*"},
    ]
    return (
        _Case(
            "root_user_has_mfa",
            "root",
            Status.FAIL,
            "no MFA device is registered for the root user",
            GLOBAL,
            observed={"AccountMFAEnabled": 0},
        ),
        _Case(
            role,
            "deployer",
            Status.FAIL,
            "it may pass role/admin to a function that it creates",
            GLOBAL,
            observed={"steps": steps, "length": 2},
            tags=_PROD,
        ),
        _Case(
            role,
            MARKUP,
            Status.FAIL,
            f"{MARKUP} may rewrite its own policy",
            GLOBAL,
            Severity.CRITICAL,
            observed={MARKUP: MARKUP},
            tags={MARKUP: BREAKOUT},
        ),
        _Case(role, "reader", Status.PASS, ok, GLOBAL),
        _Case(role, "ci-runner", Status.PASS, ok, GLOBAL),
    )


def _buckets() -> tuple[_Case, ...]:
    why = "no statement denies requests without TLS"
    failed = [
        _Case(_TLS, name, Status.FAIL, why, REGIONS[n % 3], observed={"has_policy": n % 2 == 0}, tags=_PROD)
        for n, name in enumerate(("invoices-archive", BREAKOUT, BIDI, CONTROL, SEPARATORS, FORMULA, LONG))
    ]
    return (
        *failed,
        _Case(_TLS, "www-assets", Status.FAIL, why, waiver=WAIVER, observed={"has_policy": True}),
        _Case(
            _TLS,
            "audit-logs",
            Status.UNKNOWN,
            "s3:GetBucketPolicy was denied by a policy of the organization (SCP or RCP)",
        ),
        *(_Case(_TLS, f"data-{n:02d}", Status.PASS, "the bucket policy denies requests without TLS") for n in range(9)),
        _Case(
            "ebs_volume_encrypted",
            "vol-0a1b2c3d4e5f60718",
            Status.FAIL,
            "the volume is not encrypted",
            waiver=LEGACY,
            observed={"Encrypted": False, "KmsKeyId": None, "Size": 500},
        ),
        _Case(
            "ebs_volume_encrypted", "vol-0ffffffffffffffff", Status.PASS, "it is encrypted with alias/ebs", REGIONS[1]
        ),
    )


def _network() -> tuple[_Case, ...]:
    return (
        _Case(
            _OPEN,
            "sg-bastion",
            Status.FAIL,
            "port 22 is open to 0.0.0.0/0 and two interfaces use the group",
            observed={"ports": [22], "sources": ["0.0.0.0/0", "::/0"], "interfaces": ["eni-1", "eni-2"]},
            tags=_PROD,
        ),
        _Case(
            _OPEN,
            "sg-unused",
            Status.FAIL,
            "port 3389 is open to 0.0.0.0/0, though nothing uses the group",
            REGIONS[2],
            Severity.LOW,
            observed={"ports": [3389], "interfaces": []},
        ),
        *(_Case(_OPEN, f"sg-app-{n}", Status.PASS, "no administration port is open to the internet") for n in range(6)),
    )


def _tiers() -> tuple[_Case, ...]:
    app = "rds_instance_reachable_only_from_app_tier"
    return (
        _Case(
            app,
            "orders-db",
            Status.FAIL,
            "sg-web of the web tier reaches port 5432",
            observed={"port": 5432, "from": ["sg-web"]},
            tags=_PROD,
        ),
        _Case(app, "ledger-db", Status.PASS, "only sg-app reaches port 5432", tags=_PROD),
        _Case(
            app,
            "crm-db",
            Status.UNKNOWN,
            "ec2:DescribeRouteTables was throttled until the retries ran out in us-east-1",
            REGIONS[2],
        ),
        _Case(
            "cloudfront_origin_not_public",
            "E1ABCDEFGHIJKL",
            Status.ERROR,
            "the check broke: KeyError: 'Origins'",
            GLOBAL,
        ),
        _Case(
            "cloudfront_origin_not_public",
            "E2ABCDEFGHIJKL",
            Status.PASS,
            "all 2 origins use origin access control",
            GLOBAL,
        ),
    )


def _recovery() -> tuple[_Case, ...]:
    days = "rds_backup_retention"
    return (
        _Case(
            days,
            "orders-db",
            Status.FAIL,
            "backups are kept for 1 day, and 7 are asked for",
            observed={"BackupRetentionPeriod": 1, "minimum_days": 7},
            tags=_PROD,
        ),
        _Case(
            days,
            "crm-db",
            Status.FAIL,
            "backups are turned off",
            REGIONS[2],
            Severity.CRITICAL,
            observed={"BackupRetentionPeriod": 0, "minimum_days": 7},
        ),
        _Case(days, "ledger-db", Status.PASS, "backups are kept for 35 days"),
        _Case("dynamodb_point_in_time_recovery", "sessions", Status.FAIL, "point-in-time recovery is off", REGIONS[1]),
        _Case("dynamodb_point_in_time_recovery", "orders", Status.PASS, "point-in-time recovery is on", REGIONS[1]),
        _Case(
            "aurora_replica_in_recovery_region",
            "ledger",
            Status.FAIL,
            "the global database has no member in eu-west-1",
            observed={"members": ["eu-central-1"], "rpo_minutes": 5},
        ),
        _Case(
            "recovery_rehearsed",
            ACCOUNT,
            Status.MANUAL,
            "when was the last recovery rehearsed, and what broke?",
            GLOBAL,
        ),
    )


def _foundation() -> tuple[_Case, ...]:
    alarm = "lambda_errors_alarmed"
    return (
        *(
            _Case(alarm, f"handler-{n}", Status.FAIL, "no alarm watches its Errors metric", REGIONS[n % 3])
            for n in range(4)
        ),
        *(
            _Case(alarm, f"worker-{n}", Status.PASS, "an alarm watches its Errors metric", REGIONS[n % 3])
            for n in range(12)
        ),
        _Case(
            "ec2_instance_sized_to_load",
            "i-0123456789abcdef0",
            Status.FAIL,
            "its CPU stayed under 4 % for 14 days",
            observed={"cpu_p95_percent": 3.8, "InstanceType": "m5.4xlarge"},
            tags={"Name": "batch-ñandú", "team": "data"},
        ),
        _Case("ec2_instance_sized_to_load", "i-0fedcba9876543210", Status.PASS, "its CPU peaks at 61 %"),
        _Case(
            "elasticache_hit_rate",
            "catalogue-cache",
            Status.FAIL,
            "71 % of the requests were hits, and 85 % are asked for",
            observed={"ratio": 0.71, "hits": 7100231, "misses": 2899769},
        ),
        _Case(
            "elasticache_hit_rate",
            "session-cache",
            Status.UNKNOWN,
            "cloudwatch:GetMetricData was denied in eu-west-1",
            REGIONS[1],
        ),
    )


_INFO = {info.id: info for info in CHECKS}
_STEMS = {
    "AWS::IAM::User": "iam::{a}:",
    "AWS::IAM::Role": "iam::{a}:role/",
    "AWS::S3::Bucket": "s3:::",
    "AWS::EC2::Volume": "ec2:{r}:{a}:volume/",
    "AWS::EC2::SecurityGroup": "ec2:{r}:{a}:security-group/",
    "AWS::EC2::Instance": "ec2:{r}:{a}:instance/",
    "AWS::RDS::DBInstance": "rds:{r}:{a}:db:",
    "AWS::RDS::DBCluster": "rds:{r}:{a}:cluster:",
    "AWS::DynamoDB::Table": "dynamodb:{r}:{a}:table/",
    "AWS::CloudFront::Distribution": "cloudfront::{a}:distribution/",
    "AWS::Lambda::Function": "lambda:{r}:{a}:function:",
    "AWS::ElastiCache::CacheCluster": "elasticache:{r}:{a}:cluster:",
    "AWS::Account": "iam::{a}:root#",
}


def _resource(kind: str, name: str, region: str, tags: Mapping[str, str]) -> ResourceRef:
    stem = _STEMS[kind].format(r=region, a=ACCOUNT)
    return ResourceRef(f"arn:aws:{stem}{name}", kind, region, name, tags)


def _finding(case: _Case) -> Finding:
    info = _INFO[case.check]
    resource = _resource(info.resource_type, case.name, case.region, case.tags)
    severity = case.severity or info.severity
    return Finding(case.check, case.status, severity, resource, case.reason, case.observed, case.waiver)


def _gap(kind: GapKind, action: str, region: str, code: str, message: str) -> Gap:
    service, operation = action.split(":")
    return Gap(kind, service, operation, action, region, code, message)


UNREAD = (
    Unread(
        _gap(
            GapKind.DENIED_BY_ORGANIZATION,
            "s3:GetBucketPolicy",
            REGIONS[0],
            "AccessDenied",
            "User is not authorized to perform s3:GetBucketPolicy with an explicit deny in a service control policy",
        ),
        1,
        (_TLS,),
    ),
    Unread(
        _gap(
            GapKind.DENIED,
            "cloudwatch:GetMetricData",
            REGIONS[1],
            "AccessDeniedException",
            f"{MARKUP} is not authorized",
        ),
        12,
        ("elasticache_hit_rate", "ec2_instance_sized_to_load"),
    ),
    Unread(
        _gap(
            GapKind.THROTTLED, "ec2:DescribeRouteTables", REGIONS[2], "RequestLimitExceeded", "Request limit exceeded."
        ),
        1,
        ("rds_instance_reachable_only_from_app_tier",),
    ),
    Unread(
        _gap(
            GapKind.REGION_DISABLED,
            "ec2:DescribeVolumes",
            "me-south-1",
            "OptInRequired",
            "Not subscribed to this region",
        ),
        1,
        ("ebs_volume_encrypted",),
    ),
    Unread(_gap(GapKind.NOT_SUBSCRIBED, "shield:DescribeSubscription", GLOBAL, "ResourceNotFound", ""), 1, ()),
)

WARNINGS = (
    "the waiver of lambda_errors_alarmed by ops@example.com expired on 2026-06-30 and hides nothing any more",
    f"the region me-south-1 was left out: it is not enabled, says {MARKUP}",
)

SCAN = ScanInfo(
    account=ACCOUNT,
    partition="aws",
    regions=REGIONS,
    started=datetime(2026, 11, 26, 5, 54, 53, tzinfo=UTC),
    complete=True,
    calls=1287,
    seconds=41.5,
    alias="acme-production",
    caller="arn:aws:sts::111122223333:assumed-role/auditor/nightly",
)


def sample() -> Assessment:
    """A finished scan with gaps, waivers, warnings, hostile names and every status that is reported."""
    whole = assemble((_finding(case) for case in _cases()), unread=UNREAD, warnings=WARNINGS)
    return replace(whole, views={"topology": small(MARKUP), "exposure": exposed(MARKUP), "recovery": recovered(MARKUP)})


def interrupted() -> Assessment:
    """The same scan, stopped half-way."""
    scan = replace(SCAN, complete=False, note="interrupted after 41 s; 214 of 1501 calls were not made")
    return replace(sample(), scan=scan)


def clean() -> Assessment:
    """A scan that found nothing to fix and could read everything."""
    return assemble(f for f in sample().findings if f.status is Status.PASS)


def empty() -> Assessment:
    """A scan of an account that holds nothing, without an alias."""
    return replace(assemble(()), scan=replace(SCAN, alias="", regions=(), calls=0, seconds=0.0, caller=""))


def big(findings: int = 20000) -> Assessment:
    """So many findings, spread over all checks, regions and statuses; a few checks hold most of them."""
    return assemble(_numbered(n) for n in range(findings))


def _numbered(n: int) -> Finding:
    info = CHECKS[(n * n // 7 + n) % len(CHECKS)]
    status = (Status.PASS, Status.FAIL, Status.PASS, Status.FAIL, Status.PASS, Status.UNKNOWN)[n % 6]
    region = REGIONS[n % 7 % 3]
    tags = {
        "environment": ("production", "staging")[n % 2],
        "team": f"team-{n % 40:02d}",
        "cost-center": f"{n % 97:04d}",
    }
    resource = _resource(info.resource_type, f"resource-{n:05d}-of-a-large-account", region, tags)
    reason = f"setting {n % 50} of the resource is {n % 1000}, and {n % 50 + 7} is asked for"
    observed: dict[str, Json] = {"setting": n % 50, "value": n % 1000, "enabled": n % 3 == 0}
    waiver = WAIVER if status is Status.FAIL and n % 41 == 0 else None
    return Finding(info.id, status, info.severity, resource, reason, observed, waiver)


def assemble(findings: Iterable[Finding], *, unread: Sequence[Unread] = (), warnings: Sequence[str] = ()) -> Assessment:
    """An assessment of these findings over the sample's catalogue, sorted and scored."""
    ordered = tuple(sorted(findings, key=lambda f: (f.check, f.resource.arn, f.reason)))
    return Assessment(
        tool_version="0.1.0",
        scan=SCAN,
        profile="default",
        patterns=PATTERNS,
        practices=PRACTICES,
        checks=CHECKS,
        counts=_counts(ordered),
        findings=ordered,
        scores=_scores(ordered),
        unread=tuple(unread),
        warnings=tuple(warnings),
    )


def _counts(findings: Iterable[Finding]) -> tuple[CheckCount, ...]:
    tally: defaultdict[str, Counter[Status]] = defaultdict(Counter)
    for finding in findings:
        tally[finding.check][finding.status] += 1
    return tuple(CheckCount(info.id, dict(tally[info.id]) or {Status.NOT_APPLICABLE: 1}) for info in CHECKS)


def _scores(findings: Sequence[Finding]) -> Scores:
    by_check: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_check[finding.check].append(finding)

    def of(chosen: Callable[[CheckInfo], bool]) -> Score:
        return _score([(info.severity, by_check[info.id]) for info in CHECKS if chosen(info)])

    places = [(p.id, c.id) for p in PATTERNS for c in p.controls]
    return Scores(
        overall=of(lambda _: True),
        pillars={pillar: of(lambda info, p=pillar: p in info.pillars) for pillar in Pillar},  # type: ignore[misc]
        patterns={p.id: of(lambda info, i=p.id: info.pattern == i) for p in PATTERNS},  # type: ignore[misc]
        controls={at: of(lambda info, a=at: (info.pattern, info.control) == a) for at in places},  # type: ignore[misc]
    )


_WEIGHTS = dict(zip(Severity, (0, 1, 3, 6, 10), strict=True))


def _score(groups: Iterable[tuple[Severity, Sequence[Finding]]]) -> Score:
    """The documented formula, in its plainest form."""
    total = weight = 0.0
    tally: Counter[str] = Counter()
    for severity, findings in groups:
        kinds = Counter("WAIVED" if f.waiver else f.status.value for f in findings)
        tally += kinds
        if judged := kinds["PASS"] + kinds["FAIL"]:
            total += _WEIGHTS[severity] * kinds["PASS"] / judged
            weight += _WEIGHTS[severity]
    value = round(100 * total / weight, 1) if weight else None
    return Score(value, tally["PASS"], tally["FAIL"], tally["UNKNOWN"], tally["WAIVED"])
