from typing import Any

from auditor.evidence.acmpca import CertificateAuthority, SharedCertificateAuthority
from auditor.testing import ago, gathered, made

ARN = "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/1"


def authority(**changes: Any) -> CertificateAuthority:
    return made(CertificateAuthority, {"Arn": ARN, "Type": "SUBORDINATE", "Status": "ACTIVE", **changes})


def test_an_authority_in_words() -> None:
    one = authority(Type="ROOT", NotAfter=ago(days=-30))
    assert one.is_active
    assert one.is_root
    assert one.expires is not None
    assert authority(Status="PENDING_CERTIFICATE").expires is None
    assert not authority(Status="EXPIRED").is_active


def test_revocation_is_told_by_crl_or_ocsp_or_not_needed() -> None:
    assert not authority().revokes
    assert not authority(RevocationConfiguration={"CrlConfiguration": {"Enabled": False}}).revokes
    assert authority(RevocationConfiguration={"CrlConfiguration": {"Enabled": True}}).revokes
    assert authority(RevocationConfiguration={"OcspConfiguration": {"Enabled": True}}).revokes
    assert authority(UsageMode="SHORT_LIVED_CERTIFICATE").revokes


def test_deleted_authorities_are_left_out() -> None:
    listed = [{"Arn": ARN, "Status": "DELETED"}, {"Arn": f"{ARN}2", "Status": "ACTIVE"}]
    for kind in (CertificateAuthority, SharedCertificateAuthority):
        found = gathered(kind, ListCertificateAuthorities={"CertificateAuthorities": listed})
        assert [one.arn for one in found] == [f"{ARN}2"]
