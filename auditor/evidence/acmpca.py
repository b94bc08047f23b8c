"""AWS Private CA: certificate authorities of the account, and those that others share with it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class CertificateAuthority(Resource):
    """A private certificate authority of the account."""

    type_name: ClassVar = "AWS::ACMPCA::CertificateAuthority"
    arn: str = at("Arn")
    kind: str = at("Type")
    """`ROOT` or `SUBORDINATE`."""
    status: str = at("Status")
    expires: datetime | None = at("NotAfter")
    """None before it has a certificate of its own."""
    has_crl: bool = at("RevocationConfiguration.CrlConfiguration.Enabled", absent=False)
    has_ocsp: bool = at("RevocationConfiguration.OcspConfiguration.Enabled", absent=False)
    """Without a configuration nothing is published (Private CA API reference, RevocationConfiguration)."""
    usage: str = at("UsageMode", absent="GENERAL_PURPOSE")
    """`SHORT_LIVED_CERTIFICATE` issues for seven days at most, so that nothing need be revoked."""

    @property
    def is_active(self) -> bool:
        """Whether it issues certificates."""
        return self.status == "ACTIVE"

    @property
    def is_root(self) -> bool:
        """Whether nobody signed it but itself."""
        return self.kind == "ROOT"

    @property
    def revokes(self) -> bool:
        """Whether it tells which certificates no longer hold, or need not."""
        return self.has_crl or self.has_ocsp or self.usage == "SHORT_LIVED_CERTIFICATE"


@evidence
class SharedCertificateAuthority(CertificateAuthority):
    """A private certificate authority that another account shares with this one."""


certificate_authorities = listed(
    CertificateAuthority,
    call("acm-pca", "ListCertificateAuthorities", page=100, ResourceOwner="SELF"),
    "CertificateAuthorities[]",
    skip={"Status": ("DELETED",)},
)
shared_certificate_authorities = listed(
    SharedCertificateAuthority,
    call("acm-pca", "ListCertificateAuthorities", page=100, ResourceOwner="OTHER_ACCOUNTS"),
    "CertificateAuthorities[]",
    skip={"Status": ("DELETED",)},
)
