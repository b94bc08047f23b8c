"""Account and organization."""

from auditor.every import Every
from auditor.evidence.account import (
    BillingContact,
    OperationsContact,
    PrimaryContact,
    SecurityContact,
)
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import EcsService
from auditor.evidence.lambda_ import Function
from auditor.evidence.organizations import Organization
from auditor.evidence.rds import DbInstance
from auditor.inference.baseline import Baseline
from auditor.inference.regions import RegionUse
from auditor.model import Account, Region, Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_FREE_MAIL = (
    "aol.com", "gmail.com", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "icloud.com", "live.com",
    "outlook.com", "proton.me", "protonmail.com", "web.de", "yahoo.com",
)  # fmt: skip


@check(severity=Severity.MEDIUM, practices=["SEC10-BP01", "SEC01-BP02", "OPS02-BP01"])
def account_alternate_contacts_missing(
    _account: Account,
    security: SecurityContact | None,
    operations: OperationsContact | None,
    billing: BillingContact | None,
    primary: Every[PrimaryContact],
) -> Verdict:
    """Security, operations and billing contacts are registered and differ.

    Why: AWS writes of a leaked key or a suspension to the root user's mailbox, which nobody may read for days.
    Fix: register a shared mailbox of the security team, of operations and of billing (PutAlternateContact), best for
        all accounts from the management account.
    """
    if security is None:
        return failed("there is no security contact")
    missing = [name for name, one in (("operations", operations), ("billing", billing)) if one is None]
    if missing:
        return failed(f"there is no {' and no '.join(missing)} contact", severity=Severity.LOW)
    contacts = [one for one in (security, operations, billing) if one is not None]
    if len({one.email.lower() for one in contacts}) == 1:
        return failed("all three contacts have the same address", severity=Severity.LOW)
    private = [one.mail_domain for one in contacts if one.mail_domain in _FREE_MAIL]
    if private:
        return failed(f"a contact has a private mailbox at {private[0]}", severity=Severity.LOW)
    bare = [
        name for one in primary for name, value in (("phone number", one.phone), ("company", one.company)) if not value
    ]
    if bare:
        return failed(f"the primary contact has no {' and no '.join(bare)}", severity=Severity.INFORMATIONAL)
    return passed("security, operations and billing have contacts of their own")


_ALWAYS_OPEN = (
    "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3", "sa-east-1",
    "us-east-1", "us-east-2", "us-west-1", "us-west-2",
)  # fmt: skip
"""Regions of before March 2019, which nobody can close; all others are opened one by one (Account Management guide)."""
_FEW = 2


@check(severity=Severity.HIGH, practices=["SEC01-BP05", "SEC01-BP06", "SEC04-BP01"])
def account_region_used_without_baseline(
    region: Region,
    use: RegionUse,
    baseline: Baseline,
    *,
    allowed_regions: tuple[str, ...] = (),
) -> Verdict:
    """Every Region in use has the security baseline, unused ones are closed.

    Why: the region that somebody tried out once has the resources, and none of the guards that the main region has.
    Fix: roll the baseline out to every region (StackSets, Control Tower, delegated administrators), and deny unused
        regions by an SCP on aws:RequestedRegion; close opt-in regions that nobody uses.

    `allowed_regions`, where set, are the only regions that may be used.
    """
    if not use.uses(region.name):
        if region.account.partition == "aws" and region.name not in _ALWAYS_OPEN:
            return failed("it is an opt-in region, open and not used", severity=Severity.LOW)
        return not_applicable("the region is not used")
    found = use.summary(region.name)
    if allowed_regions and region.name not in allowed_regions:
        return failed(f"it is not an allowed region, and has {found}", severity=Severity.MEDIUM)
    others = sorted(set(region.account.regions) - {region.name}, key=lambda name: (name not in use.known, name))
    lacks = list(baseline.lacks(region, others))
    if lacks:
        severity = Severity.MEDIUM if len(lacks) <= _FEW else Severity.HIGH
        return failed(f"it has {found}, and lacks what other regions have: {', '.join(lacks)}", severity=severity)
    return passed(f"it has {found}, and the baseline of the other regions")


@check(severity=Severity.MEDIUM, practices=["SEC01-BP01", "COST02-BP03"])
def organizations_account_not_member(_account: Account, organization: Organization | None) -> Verdict:
    """The account belongs to an organization with all features.

    Why: outside an organization no service control policy binds the account, and its security services are on their
        own.
    Fix: invite the account into an organization, and enable all features (EnableAllFeatures).
    """
    if organization is None:
        return failed("the account belongs to no organization")
    if not organization.has_all_features:
        return failed(f"organization {organization.id} has consolidated billing only")
    return passed(f"it belongs to organization {organization.id}, with all features")


_STACK_TAG = "aws:cloudformation:stack-name"


@check(severity=Severity.HIGH, practices=["SEC01-BP01"])
def organizations_management_account_has_workloads(
    account: Account,
    organization: Organization | None,
    instances: Every[Instance],
    databases: Every[DbInstance],
    services: Every[EcsService],
    functions: Every[Function],
    *,
    max_functions: int = 10,
    tooling_stacks: tuple[str, ...] = (
        "StackSet-",
        "AWSControlTower",
        "AWSAccelerator",
        "landing-zone",
        "Prowler",
        "security",
    ),
) -> Verdict:
    """The management account runs no workloads.

    Why: no service control policy binds the management account: a hole in a workload there is a hole in all accounts.
    Fix: move the workloads to member accounts, and keep the management account for billing and the organization.

    `max_functions` is how many Lambda functions may be glue, and `tooling_stacks` are parts of the names of stacks
    that run the organization.
    """
    if organization is None or organization.management_account != account.id:
        return not_applicable("it is not the management account of an organization")
    running = [
        one for one in instances if one.is_running and not _is_tooling(one.tags.get(_STACK_TAG, ""), tooling_stacks)
    ]
    counts = {"instances": len(running), "databases": len(databases), "services": len(services)}
    glue = len(functions)
    found = [f"{count} {kind}" for kind, count in counts.items() if count]
    found += [f"{glue} functions"] if glue > max_functions else []
    if found:
        return failed(f"the management account runs {', '.join(found)}")
    return passed("the management account runs no workloads")


def _is_tooling(stack: str, names: tuple[str, ...]) -> bool:
    return any(name.lower() in stack.lower() for name in names)
