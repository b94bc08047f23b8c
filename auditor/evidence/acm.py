"""AWS Certificate Manager: certificates, and how they renew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed

_KEY_TYPES = (
    "RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1",
)  # fmt: skip
"""Every algorithm: without a filter, ListCertificates gives RSA keys of 1024 and 2048 bits only."""


@evidence
class Certificate(Resource):
    """A certificate: issued by ACM, by a private authority, or imported."""

    type_name: ClassVar = "AWS::CertificateManager::Certificate"
    name_format: ClassVar = "{domain}"
    arn: str = at("CertificateArn")
    domain: str = at("DomainName")
    names: tuple[str, ...] = at("SubjectAlternativeNameSummaries")
    """The first hundred names; `CertificateDetail.names` has all."""
    has_more_names: bool = at("HasAdditionalSubjectAlternativeNames", absent=False)
    status: str = at("Status")
    """`ISSUED`, `PENDING_VALIDATION`, `EXPIRED`, ..."""
    kind: str = at("Type")
    """`AMAZON_ISSUED`, `PRIVATE` or `IMPORTED`."""
    key_algorithm: str = at("KeyAlgorithm")
    in_use: bool = at("InUse")
    renewal: str | None = at("RenewalEligibility")
    """`ELIGIBLE` or `INELIGIBLE`."""
    expires: datetime | None = at("NotAfter")
    """None before it is issued."""

    @property
    def is_imported(self) -> bool:
        """Whether it was imported, so that ACM does not renew it."""
        return self.kind == "IMPORTED"

    @property
    def has_weak_key(self) -> bool:
        """Whether its key has 1024 bits; AWS writes the algorithm with `_` or `-`."""
        return self.key_algorithm.replace("-", "_") == "RSA_1024"

    def time_left(self, now: datetime) -> timedelta | None:
        """How long it is still valid; None before it is issued."""
        return self.expires - now if self.expires else None


certificates = listed(
    Certificate,
    call("acm", "ListCertificates", page=1000, Includes={"keyTypes": list(_KEY_TYPES)}),
    "CertificateSummaryList[]",
)


@evidence
class CertificateDetail(Evidence):
    """What only the description of a certificate tells."""

    names: tuple[str, ...] = at("SubjectAlternativeNames")
    used_by: tuple[str, ...] = at("InUseBy")
    """ARNs of load balancers, distributions, ..."""
    authority: str | None = at("CertificateAuthorityArn")
    """The private authority that issued it."""
    renewal_status: str | None = at("RenewalSummary.RenewalStatus")
    """`PENDING_AUTO_RENEWAL`, `PENDING_VALIDATION`, `SUCCESS` or `FAILED`; None before the first renewal is due."""
    renewal_trouble: str | None = at("RenewalSummary.RenewalStatusReason")
    validation_methods: tuple[str, ...] = at("DomainValidationOptions[].ValidationMethod")
    """`DNS`, `EMAIL` or `HTTP`, one a name."""


certificate_detail = described(
    CertificateDetail, call("acm", "DescribeCertificate"), "Certificate", of=Certificate, CertificateArn="arn"
)
