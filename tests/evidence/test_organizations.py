import json
from collections.abc import Mapping
from typing import Any

from auditor.evidence.organizations import (
    DelegatedAdministrator,
    DelegatedServices,
    GuardrailDocument,
    GuardrailPolicy,
    MemberAccount,
    Organization,
    TrustedServices,
)
from auditor.testing import ACCOUNT, ago, gathered, made

PREFIX = "arn:aws:organizations::111111111111"
FULL = {
    "Id": "p-FullAWSAccess",
    "Arn": "arn:aws:organizations::aws:policy/service_control_policy/p-FullAWSAccess",
    "Name": "FullAWSAccess",
    "Type": "SERVICE_CONTROL_POLICY",
    "AwsManaged": True,
}
REGIONS = {
    "Id": "p-regions",
    "Arn": f"{PREFIX}:policy/o-abc/service_control_policy/p-regions",
    "Name": "regions",
    "Type": "SERVICE_CONTROL_POLICY",
    "AwsManaged": False,
}


def member(account: str) -> Mapping[str, str]:
    return {"Id": account, "Arn": f"{PREFIX}:account/o-abc/{account}"}


def test_the_organization_and_its_management_account() -> None:
    found = made(Organization, Id="o-abc", FeatureSet="ALL", MasterAccountId="111111111111")
    assert found.has_all_features
    assert found.management_account == "111111111111"
    assert not made(Organization, Id="o-abc", FeatureSet="CONSOLIDATED_BILLING").has_all_features


def test_member_accounts_are_global() -> None:
    found = made(MemberAccount, member("222222222222"))
    assert found.account_id == "222222222222"
    assert found.region == "global"


def test_delegated_services_of_all_pages() -> None:
    administrator = made(DelegatedAdministrator, member("222222222222"))
    pages = [
        {"DelegatedServices": [{"ServicePrincipal": "guardduty.amazonaws.com", "DelegationEnabledDate": ago(days=9)}]},
        {"DelegatedServices": [{"ServicePrincipal": "config.amazonaws.com"}]},
    ]
    found = gathered(DelegatedServices, administrator, ListDelegatedServicesForAccount=pages)
    assert found.services == ("guardduty.amazonaws.com", "config.amazonaws.com")


def test_services_with_trusted_access_of_all_pages() -> None:
    pages = [
        {"EnabledServicePrincipals": [{"ServicePrincipal": "access-analyzer.amazonaws.com"}]},
        {"EnabledServicePrincipals": []},
    ]
    found = gathered(TrustedServices, ACCOUNT, ListAWSServiceAccessForOrganization=pages)
    assert found.services == ("access-analyzer.amazonaws.com",)


def test_guardrails_are_gathered_once_each_from_the_account_to_the_root() -> None:
    above = {ACCOUNT.id: "ou-ab12-shop", "ou-ab12-shop": "r-ab12"}
    asked: list[str] = []

    def policies(params: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append(params["TargetId"])
        scp = params["Filter"] == "SERVICE_CONTROL_POLICY"
        return {"Policies": [FULL, REGIONS] if scp and params["TargetId"] == "r-ab12" else [FULL] if scp else []}

    found = gathered(
        GuardrailPolicy,
        ACCOUNT,
        ListParents=lambda params: {"Parents": [{"Id": above[params["ChildId"]]}]},
        ListPoliciesForTarget=policies,
    )
    assert [one.policy_id for one in found] == ["p-FullAWSAccess", "p-regions"]
    assert [one.is_aws_managed for one in found] == [True, False]
    assert asked == [ACCOUNT.id] * 2 + ["ou-ab12-shop"] * 2 + ["r-ab12"] * 2


def test_what_a_guardrail_says() -> None:
    denial = {"Effect": "Deny", "Action": "organizations:LeaveOrganization", "Resource": "*"}
    found = made(GuardrailDocument, Content=json.dumps({"Version": "2012-10-17", "Statement": [denial]}))
    assert found.document.denying[0].covers_action("organizations:LeaveOrganization")
