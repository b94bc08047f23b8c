import json
from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.ecr import (
    ContainerImage,
    LifecyclePolicy,
    RegistryPolicy,
    RegistryReplication,
    RegistryScanning,
    Repository,
    RepositoryPolicy,
)
from auditor.testing import gathered, made


def repository(**fields: Any) -> Repository:
    plain = {
        "repositoryArn": "arn:aws:ecr:eu-west-1:123456789012:repository/shop/web",
        "repositoryName": "shop/web",
        "imageTagMutability": "IMMUTABLE",
    }
    return made(Repository, plain | fields)


def test_a_repository_speaks_of_itself() -> None:
    one = repository(
        imageScanningConfiguration={"scanOnPush": True},
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": "arn:key"},
    )
    assert one.has_immutable_tags
    assert one.scans_on_push
    assert (one.encryption, one.key) == ("KMS", "arn:key")
    plain = repository(imageTagMutability="MUTABLE")
    assert not plain.has_immutable_tags
    assert not plain.scans_on_push
    assert plain.key is None
    assert repository(imageTagMutability="IMMUTABLE_WITH_EXCLUSION").has_immutable_tags


def test_policies() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert made(RepositoryPolicy, {"policyText": text}).document.allowing[0].names_anyone
    assert made(RegistryPolicy, {"policyText": text}).document.statements
    assert made(LifecyclePolicy, {"lifecyclePolicyText": "{}"}).text == "{}"
    with pytest.raises(Absent):
        gathered(RepositoryPolicy, repository(), GetRepositoryPolicy=Absent("RepositoryPolicyNotFoundException"))


def test_an_image() -> None:
    one = made(
        ContainerImage,
        under=repository(),
        repositoryName="shop/web",
        imageDigest="sha256:1",
        imageTags=["v1"],
        imageScanStatus={"status": "COMPLETE"},
        imageScanFindingsSummary={"findingSeverityCounts": {"CRITICAL": 2}},
    )
    assert one.arn == "arn:aws:ecr:eu-west-1:123456789012:repository/shop/web/sha256:1"
    assert one.severity_counts == {"CRITICAL": 2}
    assert one.last_pulled is None


def test_how_the_registry_scans() -> None:
    rules = [
        {"scanFrequency": "CONTINUOUS_SCAN", "repositoryFilters": [{"filter": "shop/*", "filterType": "WILDCARD"}]}
    ]
    scanning = made(RegistryScanning, {"scanType": "ENHANCED", "rules": rules})
    assert scanning.is_enhanced
    assert scanning.frequencies("shop/web") == {"CONTINUOUS_SCAN"}
    assert scanning.frequencies("other") == frozenset()


def test_where_the_registry_replicates_to() -> None:
    far = [{"region": "eu-central-1", "registryId": "123456789012"}]
    rules = [{"destinations": far, "repositoryFilters": [{"filter": "shop", "filterType": "PREFIX_MATCH"}]}]
    replication = made(RegistryReplication, {"rules": rules})
    assert replication.regions("shop/web") == {"eu-central-1"}
    assert replication.regions("other") == frozenset()
    assert made(RegistryReplication, {"rules": [{"destinations": far}]}).regions("other") == {"eu-central-1"}
    assert made(RegistryReplication, {"rules": []}).regions("shop/web") == frozenset()
