"""Amazon ECR: private repositories, who may use them, and the registry's scanning and replication."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.evidence.policy import PolicyDocument, matches
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import described, listed


@evidence
class Repository(Resource):
    """A private repository."""

    type_name: ClassVar = "AWS::ECR::Repository"
    name_format: ClassVar = "{repository}"
    arn: str = at("repositoryArn")
    repository: str = at("repositoryName")
    uri: str = at("repositoryUri")
    mutability: str = at("imageTagMutability")
    """`MUTABLE` or `IMMUTABLE`, each also `_WITH_EXCLUSION`."""
    scans_on_push: bool = at("imageScanningConfiguration.scanOnPush", absent=False)
    """Its own setting, which the registry's scanning rules replace."""
    encryption: str = at("encryptionConfiguration.encryptionType", absent="AES256")
    key: str | None = at("encryptionConfiguration.kmsKey")
    created: datetime = at("createdAt")

    @property
    def has_immutable_tags(self) -> bool:
        """Whether a tag, once pushed, keeps its image; with the exclusions that it names."""
        return self.mutability.startswith("IMMUTABLE")


repositories = listed(Repository, call("ecr", "DescribeRepositories", page=1000), "repositories[]")


@evidence
class RepositoryPolicy(Evidence):
    """The resource policy of a repository."""

    document: PolicyDocument = at("policyText", parse=PolicyDocument.read)


repository_policy = described(
    RepositoryPolicy,
    call("ecr", "GetRepositoryPolicy", absent=("RepositoryPolicyNotFoundException", "RepositoryNotFoundException")),
    of=Repository,
    repositoryName="repository",
)


@evidence
class LifecyclePolicy(Evidence):
    """By which rules old images are removed."""

    text: str = at("lifecyclePolicyText")


lifecycle_policy = described(
    LifecyclePolicy,
    call("ecr", "GetLifecyclePolicy", absent=("LifecyclePolicyNotFoundException", "RepositoryNotFoundException")),
    of=Repository,
    repositoryName="repository",
)


@evidence
class ContainerImage(Resource):
    """An image of a repository."""

    type_name: ClassVar = "AWS::ECR::Image"
    arn_format: ClassVar = "arn:{partition}:ecr:{region}:{account}:repository/{repository}/{digest}"
    repository: str = at("repositoryName")
    digest: str = at("imageDigest")
    image_tags: tuple[str, ...] = at("imageTags")
    pushed: datetime = at("imagePushedAt")
    last_pulled: datetime | None = at("lastRecordedPullTime")
    scan_status: str | None = at("imageScanStatus.status")
    severity_counts: Mapping[str, int] = at("imageScanFindingsSummary.findingSeverityCounts")


container_images = listed(
    ContainerImage,
    call("ecr", "DescribeImages", absent="RepositoryNotFoundException", page=1000),
    "imageDetails[]",
    of=Repository,
    repositoryName="repository",
)


@evidence
class ScanningRule(Evidence):
    """Which repositories are scanned, and how often."""

    frequency: str = at("scanFrequency")
    filters: tuple[str, ...] = at("repositoryFilters[].filter")

    def covers(self, repository: str) -> bool:
        """Whether it concerns a repository."""
        return any(matches(repository, one) for one in self.filters)


@evidence
class RegistryScanning(Evidence):
    """How the registry of a region scans images."""

    scan_type: str = at("scanType")
    rules: tuple[ScanningRule, ...] = at("rules")

    @property
    def is_enhanced(self) -> bool:
        """Whether Amazon Inspector scans, languages' packages too."""
        return self.scan_type == "ENHANCED"

    def frequencies(self, repository: str) -> frozenset[str]:
        """How often it scans a repository: `SCAN_ON_PUSH`, `CONTINUOUS_SCAN` or `MANUAL`."""
        return frozenset(rule.frequency for rule in self.rules if rule.covers(repository))


registry_scanning = described(
    RegistryScanning, call("ecr", "GetRegistryScanningConfiguration"), "scanningConfiguration"
)


@evidence
class ReplicationDestination(Evidence):
    """Where images are copied to."""

    region: str = at("region")
    registry: str = at("registryId")


@evidence
class RegistryReplicationRule(Evidence):
    """Which repositories are copied, and where to."""

    destinations: tuple[ReplicationDestination, ...] = at("destinations")
    prefixes: tuple[str, ...] = at("repositoryFilters[].filter")
    """None for all repositories."""

    def covers(self, repository: str) -> bool:
        """Whether it concerns a repository."""
        return not self.prefixes or repository.startswith(self.prefixes)


@evidence
class RegistryReplication(Evidence):
    """How the registry of a region copies images to other regions and accounts."""

    rules: tuple[RegistryReplicationRule, ...] = at("rules")

    def regions(self, repository: str) -> frozenset[str]:
        """The regions that a repository is copied to."""
        rules = [rule for rule in self.rules if rule.covers(repository)]
        return frozenset(place.region for rule in rules for place in rule.destinations)


registry_replication = described(RegistryReplication, call("ecr", "DescribeRegistry"), "replicationConfiguration")


@evidence
class RegistryPolicy(Evidence):
    """Who may replicate into the registry of a region."""

    document: PolicyDocument = at("policyText", parse=PolicyDocument.read)


registry_policy = described(RegistryPolicy, call("ecr", "GetRegistryPolicy", absent="RegistryPolicyNotFoundException"))
