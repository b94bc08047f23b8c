"""What newly pushed container images were built of, as far as ECR tells it without a download.

ECR turns an image of Docker's format (V2, schema 2) that is asked for by its tag into schema 1, which has history and
configuration within the manifest; for OCI images there is no such conversion (ECR user guide, image manifest formats).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.evidence.ecr import Repository
from auditor.redact import secrets_in
from auditor.typed import Resource, at, evidence, parent
from auditor.wiring import collector

_SCHEMA_1 = "application/vnd.docker.distribution.manifest.v1+json"
_GONE = "RepositoryNotFoundException"
_NEWEST = 5
"""How many images of a repository are looked at."""


@evidence
class TaggedImage(Resource):
    """One of the newest tagged images of a repository."""

    type_name: ClassVar = "AWS::ECR::Repository"
    name_format: ClassVar = "{repository}:{tag}"
    arn_format: ClassVar = "arn:{partition}:ecr:{region}:{account}:repository/{repository}:{tag}"
    repository: str = parent("repository")
    tag: str = at("tag")
    pushed: datetime = at("pushed")
    manifest: str | None = at("manifest")
    """With history and configuration, its secrets as markers; None where ECR has no such form of it."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The types of the secrets that stand in its configuration and history."""
        return secrets_in(self.manifest or "")


@collector(
    call("ecr", "BatchGetImage", absent=_GONE, acceptedMediaTypes=[_SCHEMA_1]),
    call("ecr", "DescribeImages", absent=_GONE, page=1000),
)
def tagged_images(aws: Aws, repository: Repository) -> Iterable[TaggedImage]:
    """The five that were pushed last, by one call; those that ECR cannot convert are answered as failures."""
    name = repository.repository
    pages = aws.pages("DescribeImages", repositoryName=name)
    tagged = [one for page in pages for one in page["imageDetails"] if one.get("imageTags")]
    newest = sorted(tagged, key=lambda one: str(one["imagePushedAt"]), reverse=True)[:_NEWEST]
    wanted = {one["imageTags"][0]: one for one in newest}
    answer = aws("BatchGetImage", repositoryName=name, imageIds=[{"imageTag": tag} for tag in wanted]) if wanted else {}
    found = {one["imageId"]["imageTag"]: one for one in answer.get("images", ()) if _has_history(one)}
    for tag, one in wanted.items():
        manifest = found.get(tag, {}).get("imageManifest")
        yield aws.parse(TaggedImage, {"tag": tag, "pushed": one["imagePushedAt"], "manifest": manifest})


def _has_history(image: dict[str, str]) -> bool:
    return "v1Compatibility" in image.get("imageManifest", "")
