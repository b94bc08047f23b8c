from typing import Any

from auditor.every import Every, Group
from auditor.evidence.accessanalyzer import Analyzer
from auditor.evidence.account import BillingContact, OperationsContact, PrimaryContact, SecurityContact
from auditor.evidence.cloudtrail import Trail, TrailStatus
from auditor.evidence.config import ConfigRecorderStatus
from auditor.evidence.ec2 import EbsEncryptionByDefault, Instance
from auditor.evidence.ecs import EcsService
from auditor.evidence.guardduty import Detector, DetectorId
from auditor.evidence.lambda_ import Function
from auditor.evidence.organizations import Organization
from auditor.evidence.rds import DbInstance
from auditor.evidence.securityhub import Hub
from auditor.inference.baseline import Baseline
from auditor.inference.baseline import baseline as baseline_of
from auditor.inference.regions import RegionUse
from auditor.model import Account, Region, Severity
from auditor.testing import (
    ACCOUNT,
    FAIL,
    NOT_APPLICABLE,
    NOW,
    PASS,
    REGION,
    UNKNOWN,
    case,
    cases,
    every,
    every_of,
    gap,
    gathered,
    made,
)

MINE, OTHER = "123456789012", "999999999999"


def contacts(security: str = "", operations: str = "", billing: str = "") -> tuple[Any, ...]:
    """By address; none where it is empty."""
    return (
        made(SecurityContact, EmailAddress=security) if security else None,
        made(OperationsContact, EmailAddress=operations) if operations else None,
        made(BillingContact, EmailAddress=billing) if billing else None,
    )


OWN = contacts("sec@example.com", "ops@example.com", "bill@example.com")
COMPLETE = every(made(PrimaryContact, PhoneNumber="+1", CompanyName="Example"))
UNREADABLE = every(gaps=(gap("account:GetContactInformation", "global"),))

test_account_alternate_contacts_missing = cases(
    "account_alternate_contacts_missing",
    case("three of their own", PASS, ACCOUNT, *OWN, COMPLETE),
    case("no security contact", FAIL, ACCOUNT, *contacts(), COMPLETE, because="security", severity=Severity.MEDIUM),
    case(
        "no other contacts",
        FAIL,
        ACCOUNT,
        *contacts("sec@example.com"),
        COMPLETE,
        because="operations and no billing",
        severity=Severity.LOW,
    ),
    case(
        "all the same",
        FAIL,
        ACCOUNT,
        *contacts("a@x.com", "A@x.com", "a@x.com"),
        COMPLETE,
        because="same",
        severity=Severity.LOW,
    ),
    case("two the same", PASS, ACCOUNT, *contacts("sec@x.com", "ops@x.com", "ops@x.com"), COMPLETE),
    case(
        "a private mailbox",
        FAIL,
        ACCOUNT,
        *contacts("me@gmail.com", "ops@x.com", "b@x.com"),
        COMPLETE,
        because="gmail.com",
    ),
    case(
        "a bare primary contact",
        FAIL,
        ACCOUNT,
        *OWN,
        every(made(PrimaryContact, PhoneNumber="+1")),
        because="no company",
        severity=Severity.INFORMATIONAL,
    ),
    case("a primary contact that cannot be read", UNKNOWN, ACCOUNT, *OWN, UNREADABLE),
    case("a missing one, whatever the primary", FAIL, ACCOUNT, *contacts(), UNREADABLE),
)

SECOND = Region("us-east-1", ACCOUNT)
HERE = made(Instance, InstanceId="i-1")
THERE = made(Instance, InstanceId="i-2", region="us-east-1")
BOTH = RegionUse({"instance": every(HERE, THERE)})
UNREAD = RegionUse({"instance": every(gaps=(gap("ec2:DescribeInstances"),))})
OPT_IN = Region("af-south-1", Account(MINE, "aws", ("eu-west-1", "af-south-1"), NOW))


def recorder(region: str) -> ConfigRecorderStatus:
    return made(ConfigRecorderStatus, name="default", recording=True, region=region)


def detector(region: str) -> Detector:
    identifier = made(DetectorId, "d", region=region)
    found = gathered(Detector, identifier, GetDetector={"Status": "ENABLED"})
    assert isinstance(found[0], Detector)
    return found[0]


def analyzer(region: str) -> Analyzer:
    arn = f"arn:aws:access-analyzer:{region}:{MINE}:analyzer/a"
    return made(Analyzer, {"arn": arn, "type": "ACCOUNT", "status": "ACTIVE"}, region=region)


def details(kind: type[Any], raw: dict[str, Any], *regions: str) -> Every[Any]:
    """A detail of some regions."""
    return Every([Group(name, None, (made(kind, raw, region=name),)) for name in regions])


RAW_TRAIL = {"Name": "t", "TrailARN": "arn:t", "HomeRegion": "eu-west-1", "IsMultiRegionTrail": True}
TRAIL = gathered(Trail, REGION, DescribeTrails={"trailList": [RAW_TRAIL]})[0]
LOGGING = every_of((TRAIL, made(TrailStatus, IsLogging=True, under=TRAIL)))


def baseline(*regions: str, hub: tuple[str, ...] | None = None, recorders: Any = None) -> Baseline:
    """Everything in some regions; Security Hub perhaps in others."""
    found = baseline_of.function(
        every(*(recorder(name) for name in regions)) if recorders is None else recorders,
        every(*(detector(name) for name in regions)),
        details(Hub, {"HubArn": "arn:hub"}, *(regions if hub is None else hub)),
        every(),
        every(*(analyzer(name) for name in regions)),
        details(EbsEncryptionByDefault, {"EbsEncryptionByDefault": True}, *regions),
        every(TRAIL),
        LOGGING,
    )
    assert isinstance(found, Baseline)
    return found


test_account_region_used_without_baseline = cases(
    "account_region_used_without_baseline",
    case("everything in both", PASS, REGION, BOTH, baseline("eu-west-1", "us-east-1"), because="1 instance"),
    case(
        "nothing in the second",
        FAIL,
        SECOND,
        BOTH,
        baseline("eu-west-1"),
        because="an AWS Config recorder, a GuardDuty detector, Security Hub",
        severity=Severity.HIGH,
    ),
    case(
        "one thing less",
        FAIL,
        SECOND,
        BOTH,
        baseline("eu-west-1", "us-east-1", hub=("eu-west-1",)),
        because="other regions have: Security Hub",
        severity=Severity.MEDIUM,
    ),
    case("what no region has", PASS, SECOND, BOTH, baseline("eu-west-1", "us-east-1", hub=())),
    case("not used", NOT_APPLICABLE, Region("eu-central-1", ACCOUNT), BOTH, baseline("eu-west-1")),
    case(
        "an opt-in region that is not used",
        FAIL,
        OPT_IN,
        BOTH,
        baseline("eu-west-1"),
        because="opt-in",
        severity=Severity.LOW,
    ),
    case("an allowed region", PASS, REGION, BOTH, baseline("eu-west-1"), allowed_regions=("eu-west-1",)),
    case(
        "a region that is not allowed",
        FAIL,
        SECOND,
        BOTH,
        baseline("eu-west-1", "us-east-1"),
        because="not an allowed region",
        severity=Severity.MEDIUM,
        allowed_regions=("eu-west-1",),
    ),
    case("a region that could not be read", UNKNOWN, REGION, UNREAD, baseline("eu-west-1")),
    case(
        "recorders that could not be read",
        UNKNOWN,
        REGION,
        BOTH,
        baseline("eu-west-1", recorders=every(gaps=(gap("config:DescribeConfigurationRecorderStatus"),))),
    ),
)


def organization(features: str = "ALL", management: str = OTHER) -> Organization:
    return made(Organization, Id="o-1", MasterAccountId=management, FeatureSet=features)


test_organizations_account_not_member = cases(
    "organizations_account_not_member",
    case("a member", PASS, ACCOUNT, organization(), because="o-1"),
    case("alone", FAIL, ACCOUNT, None, because="no organization"),
    case("billing only", FAIL, ACCOUNT, organization("CONSOLIDATED_BILLING"), because="o-1"),
)


def instance(state: str = "running", stack: str = "") -> Instance:
    tags = [{"Key": "aws:cloudformation:stack-name", "Value": stack}] if stack else []
    return made(Instance, InstanceId="i-1", State={"Name": state}, Tags=tags)


def workloads(
    *, instances: tuple[Instance, ...] = (), databases: tuple[DbInstance, ...] = (), functions: int = 0
) -> tuple[Any, ...]:
    services: tuple[EcsService, ...] = ()
    made_functions = [
        made(Function, FunctionArn=f"arn:aws:lambda:eu-west-1:{MINE}:function:f{number}") for number in range(functions)
    ]
    return every(*instances), every(*databases), every(*services), every(*made_functions)


MANAGEMENT = organization(management=MINE)
DATABASE = made(DbInstance, DBInstanceArn=f"arn:aws:rds:eu-west-1:{MINE}:db:d")

test_organizations_management_account_has_workloads = cases(
    "organizations_management_account_has_workloads",
    case("nothing", PASS, ACCOUNT, MANAGEMENT, *workloads()),
    case("an instance", FAIL, ACCOUNT, MANAGEMENT, *workloads(instances=(instance(),)), because="1 instances"),
    case("a database", FAIL, ACCOUNT, MANAGEMENT, *workloads(databases=(DATABASE,)), because="1 databases"),
    case("a stopped instance", PASS, ACCOUNT, MANAGEMENT, *workloads(instances=(instance("stopped"),))),
    case("tooling", PASS, ACCOUNT, MANAGEMENT, *workloads(instances=(instance(stack="AWSAccelerator-net"),))),
    case("some glue", PASS, ACCOUNT, MANAGEMENT, *workloads(functions=10)),
    case("many functions", FAIL, ACCOUNT, MANAGEMENT, *workloads(functions=11), because="11 functions"),
    case("a member", NOT_APPLICABLE, ACCOUNT, organization(), *workloads(instances=(instance(),))),
    case("alone", NOT_APPLICABLE, ACCOUNT, None, *workloads(instances=(instance(),))),
    case("denied", UNKNOWN, ACCOUNT, MANAGEMENT, every(gaps=(gap("ec2:DescribeInstances"),)), *workloads()[1:]),
)
