from datetime import timedelta
from typing import Any

import pytest

from auditor.evidence.acm import Certificate, CertificateDetail
from auditor.testing import NOW, ago, made

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd"


def certificate(**changes: Any) -> Certificate:
    raw = {
        "CertificateArn": ARN,
        "DomainName": "shop.example.com",
        "Status": "ISSUED",
        "Type": "AMAZON_ISSUED",
        "KeyAlgorithm": "RSA_2048",
        "InUse": True,
        "RenewalEligibility": "ELIGIBLE",
        "NotAfter": ago(days=-40),
    }
    return made(Certificate, raw | changes)


def test_a_certificate_that_acm_renews() -> None:
    issued = certificate()
    assert issued.name == "shop.example.com"
    assert issued.time_left(NOW) == timedelta(days=40)
    assert not issued.is_imported
    assert not issued.has_weak_key
    assert not issued.has_more_names


def test_a_certificate_that_is_not_issued_yet_has_no_end() -> None:
    pending = made(Certificate, CertificateArn=ARN, DomainName="new.example.com", Status="PENDING_VALIDATION")
    assert pending.time_left(NOW) is None
    assert pending.renewal is None


@pytest.mark.parametrize(("algorithm", "weak"), [("RSA_1024", True), ("EC_prime256v1", False)])
def test_which_keys_are_weak(algorithm: str, weak: bool) -> None:
    assert certificate(KeyAlgorithm=algorithm).has_weak_key is weak


def test_an_imported_certificate() -> None:
    assert certificate(Type="IMPORTED").is_imported


def test_the_description_tells_users_and_renewal() -> None:
    detail = made(
        CertificateDetail,
        SubjectAlternativeNames=["shop.example.com", "www.example.com"],
        InUseBy=["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/1"],
        DomainValidationOptions=[{"DomainName": "shop.example.com", "ValidationMethod": "DNS"}],
        RenewalSummary={
            "RenewalStatus": "PENDING_VALIDATION",
            "DomainValidationOptions": [],
            "RenewalStatusReason": "CAA_ERROR",
            "UpdatedAt": ago(days=1),
        },
    )
    assert detail.names == ("shop.example.com", "www.example.com")
    assert len(detail.used_by) == 1
    assert detail.validation_methods == ("DNS",)
    assert detail.renewal_status == "PENDING_VALIDATION"
    assert detail.renewal_trouble == "CAA_ERROR"
    assert made(CertificateDetail, InUseBy=[]).renewal_status is None


def test_the_authority_of_a_private_certificate() -> None:
    assert made(CertificateDetail, CertificateAuthorityArn="arn:ca").authority == "arn:ca"
    assert made(CertificateDetail).authority is None
