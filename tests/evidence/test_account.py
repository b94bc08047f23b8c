from auditor.evidence.account import (
    AccountRegion,
    BillingContact,
    OperationsContact,
    PrimaryContact,
    SecurityContact,
)
from auditor.testing import ACCOUNT, gathered, made


def test_contacts() -> None:
    for kind, role in ((SecurityContact, "SECURITY"), (OperationsContact, "OPERATIONS"), (BillingContact, "BILLING")):
        found = made(kind, EmailAddress="Team@Example.COM", AlternateContactType=role)
        assert found.mail_domain == "example.com"


def test_each_contact_is_asked_for_by_its_own_type() -> None:
    asked: list[object] = []

    def answer(params: dict[str, object]) -> dict[str, object]:
        asked.append(params["AlternateContactType"])
        return {"AlternateContact": {"EmailAddress": "a@b.c"}}

    for kind in (SecurityContact, OperationsContact, BillingContact):
        gathered(kind, ACCOUNT, GetAlternateContact=answer)
    assert asked == ["SECURITY", "OPERATIONS", "BILLING"]


def test_primary_contact() -> None:
    found = made(PrimaryContact, FullName="A", PhoneNumber="+1")
    assert found.phone == "+1"
    assert found.company is None


def test_regions() -> None:
    opened = made(AccountRegion, RegionName="af-south-1", RegionOptStatus="ENABLED")
    assert opened.is_opted_in
    assert opened.region_name == "af-south-1"
    assert not made(AccountRegion, RegionName="eu-west-1", RegionOptStatus="ENABLED_BY_DEFAULT").is_opted_in
