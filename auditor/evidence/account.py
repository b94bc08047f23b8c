"""AWS Account Management: contacts, and the regions that are open."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import Call, call
from auditor.model import Account
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class AlternateContact(Evidence):
    """Whom AWS tells besides the root user's mailbox."""

    email: str = at("EmailAddress")

    @property
    def mail_domain(self) -> str:
        """The domain of its address."""
        return self.email.rpartition("@")[2].lower()


@evidence
class SecurityContact(AlternateContact):
    """The contact for security: abuse, leaked keys, vulnerabilities."""


@evidence
class OperationsContact(AlternateContact):
    """The contact for operations: maintenance, retirements, quotas."""


@evidence
class BillingContact(AlternateContact):
    """The contact for billing: invoices and payments."""


def _contact(kind: str) -> Call:
    absent = "ResourceNotFoundException"
    return call("account", "GetAlternateContact", absent=absent, AlternateContactType=kind)


security_contact = described(SecurityContact, _contact("SECURITY"), "AlternateContact", of=Account)
operations_contact = described(OperationsContact, _contact("OPERATIONS"), "AlternateContact", of=Account)
billing_contact = described(BillingContact, _contact("BILLING"), "AlternateContact", of=Account)


@evidence
class PrimaryContact(Evidence):
    """The contact information of the account itself."""

    phone: str | None = at("PhoneNumber")
    company: str | None = at("CompanyName")


primary_contact = described(PrimaryContact, call("account", "GetContactInformation"), "ContactInformation", of=Account)


@evidence
class AccountRegion(Resource):
    """A region as the account has opened or closed it."""

    type_name: ClassVar = "AWS::Account::Region"
    arn_format: ClassVar = "arn:{partition}:account::{account}:region/{region_name}"
    region_name: str = at("RegionName")
    status: str = at("RegionOptStatus")

    @property
    def is_opted_in(self) -> bool:
        """Whether it is a region that is closed by default, and was opened."""
        return self.status in ("ENABLED", "ENABLING")


account_regions = listed(AccountRegion, call("account", "ListRegions", page=50), "Regions[]", of=Account)
