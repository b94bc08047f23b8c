"""Whom resource policies admit from outside: everyone, a network, strangers. A thin layer over `access_of`.

It answers whatever could not be read: without the organization's members each other account is a stranger, without its
resource control policies a policy seems as open as it is written. Where that would be unfair, ask `Perimeter`.
"""

from __future__ import annotations

from auditor.every import Every
from auditor.evidence.organizations import GuardrailDocument, GuardrailPolicy, MemberAccount, Organization
from auditor.evidence.policy import PolicyDocument
from auditor.inference.access import Access, Admission, Audience, Perimeter, access_of, guardrails
from auditor.model import Account
from auditor.wiring import inference

Admissions = tuple[Admission, ...]
_NOBODY = Access(())


class Outside:
    """Answers for every policy of the account."""

    def __init__(self, perimeter: Perimeter) -> None:
        self._perimeter = perimeter

    def admitted(self, document: PolicyDocument | None) -> Access:
        """All whom a policy admits; without one nobody."""
        return access_of(document, self._perimeter) if document else _NOBODY

    def everyone(self, document: PolicyDocument | None) -> Admissions:
        """The admissions of anyone, with an AWS account or without."""
        return self.admitted(document).public

    def by_network(self, document: PolicyDocument | None) -> Admissions:
        """The admissions of anyone who comes from a network."""
        return self.admitted(document).by_network

    def strangers(self, document: PolicyDocument | None) -> Admissions:
        """The admissions of everyone, and of accounts and organizations that are not known to be the own ones."""
        return tuple(one for one in self.admitted(document).admissions if one.outside or one.is_public)

    def principals(self, document: PolicyDocument | None) -> Admissions:
        """The admissions of accounts: the own, others and anyone's, but of no service."""
        services = (Audience.SERVICE, Audience.UNGUARDED_SERVICE)
        return tuple(one for one in self.admitted(document).admissions if one.audience not in services)


@inference
def outside(
    account: Account,
    organizations: Every[Organization],
    members: Every[MemberAccount],
    policies: Every[GuardrailPolicy],
    documents: Every[GuardrailDocument],
) -> Outside:
    """The account's outside, as far as it is known."""
    own = next(iter(organizations.known()), None)
    is_bound = own is not None and own.management_account != account.id
    controls = guardrails("RESOURCE_CONTROL_POLICY", policies, documents) if is_bound else ()
    known = frozenset(one.account_id for one in members.known())
    return Outside(Perimeter(account.id, own.id if own else "", known, controls=controls))
