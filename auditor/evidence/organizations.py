"""AWS Organizations: the organization, its accounts and what it lays down for this one.

Members may ask for the organization itself only; the rest is for the management account and delegated
administrators.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.policy import PolicyDocument
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, described, listed

_ALONE = "AWSOrganizationsNotInUseException"
"""The account belongs to no organization."""


@evidence
class Organization(Evidence):
    """The organization that the account belongs to; absent where it belongs to none."""

    id: str = at("Id")
    management_account: str = at("MasterAccountId")
    feature_set: str = at("FeatureSet")

    @property
    def has_all_features(self) -> bool:
        """Whether it has policies and trusted access, not consolidated billing alone."""
        return self.feature_set == "ALL"


organization = described(
    Organization, call("organizations", "DescribeOrganization", absent=_ALONE), "Organization", of=Account
)


@evidence
class MemberAccount(Resource):
    """An account of the organization, the management account too."""

    type_name: ClassVar = "AWS::Organizations::Account"
    arn: str = at("Arn")
    account_id: str = at("Id")


member_accounts = listed(MemberAccount, call("organizations", "ListAccounts", absent=_ALONE), "Accounts[]", of=Account)


@evidence
class DelegatedAdministrator(Resource):
    """A member account that administers some AWS services for the organization."""

    type_name: ClassVar = "AWS::Organizations::Account"
    arn: str = at("Arn")
    account_id: str = at("Id")


delegated_administrators = listed(
    DelegatedAdministrator,
    call("organizations", "ListDelegatedAdministrators", absent=_ALONE),
    "DelegatedAdministrators[]",
    of=Account,
)


@evidence
class DelegatedServices(Evidence):
    """The services that a delegated administrator administers."""

    services: tuple[str, ...] = at("DelegatedServices[].ServicePrincipal")
    """Service principals, for example `guardduty.amazonaws.com`."""


@collector(call("organizations", "ListDelegatedServicesForAccount"))
def delegated_services(aws: Aws, administrator: DelegatedAdministrator) -> DelegatedServices:
    """All pages of an administrator's services."""
    pages = aws.pages("ListDelegatedServicesForAccount", AccountId=administrator.account_id)
    return aws.parse(
        DelegatedServices, {"DelegatedServices": [one for page in pages for one in page["DelegatedServices"]]}
    )


@evidence
class TrustedServices(Evidence):
    """The services with trusted access to the organization."""

    services: tuple[str, ...] = at("EnabledServicePrincipals[].ServicePrincipal")
    """Service principals, for example `access-analyzer.amazonaws.com`."""


@collector(call("organizations", "ListAWSServiceAccessForOrganization", absent=_ALONE))
def trusted_services(aws: Aws, _account: Account) -> TrustedServices:
    """All pages of the services with trusted access."""
    pages = aws.pages("ListAWSServiceAccessForOrganization")
    found = [one for page in pages for one in page["EnabledServicePrincipals"]]
    return aws.parse(TrustedServices, {"EnabledServicePrincipals": found})


@evidence
class GuardrailPolicy(Resource):
    """A service or resource control policy that is attached to the account, or to a unit or root above it."""

    type_name: ClassVar = "AWS::Organizations::Policy"
    arn: str = at("Arn")
    policy_id: str = at("Id")
    kind: str = at("Type")
    """`SERVICE_CONTROL_POLICY` or `RESOURCE_CONTROL_POLICY`."""
    is_aws_managed: bool = at("AwsManaged")


@collector(
    call("organizations", "ListPoliciesForTarget", absent=_ALONE), call("organizations", "ListParents", absent=_ALONE)
)
def guardrail_policies(aws: Aws, account: Account) -> Iterable[GuardrailPolicy]:
    """Each policy once, from the account up to the root."""
    seen: set[str] = set()
    for target in _upwards(aws, account.id):
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            for page in aws.pages("ListPoliciesForTarget", TargetId=target, Filter=kind):
                fresh = [one for one in page["Policies"] if one["Id"] not in seen]
                seen.update(one["Id"] for one in fresh)
                yield from (aws.parse(GuardrailPolicy, one) for one in fresh)


_LEVELS = 6
"""Units are nested five levels deep at most, under the root (quotas of AWS Organizations)."""


def _upwards(aws: Aws, child: str) -> Iterator[str]:
    """The account, the units above it, and the root."""
    yield child
    for _ in range(_LEVELS):
        if child.startswith("r-"):
            return
        child = aws("ListParents", ChildId=child)["Parents"][0]["Id"]
        yield child


@evidence
class GuardrailDocument(Evidence):
    """What a service or resource control policy says."""

    document: PolicyDocument = at("Content", parse=PolicyDocument.read)


guardrail_document = described(
    GuardrailDocument, call("organizations", "DescribePolicy"), "Policy", of=GuardrailPolicy, PolicyId="policy_id"
)
