import json
from typing import Any

from auditor.evidence.ecr import Repository
from auditor.evidence.ecr_images import TaggedImage
from auditor.redact import Redactor
from auditor.testing import ago, gathered, made

REPOSITORY = made(Repository, repositoryArn="arn:aws:ecr:eu-west-1:123456789012:repository/r", repositoryName="r")


def details(*tags: str) -> dict[str, Any]:
    """Images by tag, the first of them the newest; one has no tag."""
    listed = [
        {"imageTags": [tag], "imageDigest": f"sha256:{tag}", "imagePushedAt": ago(days=days)}
        for days, tag in enumerate(tags)
    ]
    return {"imageDetails": [*listed, {"imageDigest": "sha256:0", "imagePushedAt": ago(hours=1)}]}


def manifest(tag: str, *environment: str) -> dict[str, Any]:
    history = [{"v1Compatibility": json.dumps({"config": {"Env": list(environment)}})}]
    text = json.dumps({"schemaVersion": 1, "history": history})
    clean: dict[str, Any] = Redactor(b"a key for tests").clean({"imageManifest": text})
    return {"imageId": {"imageTag": tag}, **clean}


def test_secrets_in_the_environment_that_an_image_was_built_with() -> None:
    answer = {"images": [manifest("v1", "PATH=/bin", "DB_PASSWORD=hunter2xY9")]}
    (one,) = gathered(TaggedImage, REPOSITORY, DescribeImages=details("v1"), BatchGetImage=answer)
    assert one.name == "r:v1"
    assert one.arn == "arn:aws:ecr:eu-west-1:123456789012:repository/r:v1"
    assert one.secrets == ("password",)


def test_only_the_newest_tagged_images_are_asked_for() -> None:
    asked: list[Any] = []

    def answer(params: Any) -> dict[str, Any]:
        asked.extend(one["imageTag"] for one in params["imageIds"])
        return {"images": [manifest(tag) for tag in asked]}

    found = gathered(TaggedImage, REPOSITORY, DescribeImages=details(*"abcdefg"), BatchGetImage=answer)
    assert asked == list("abcde")
    assert [one.tag for one in found] == list("abcde")


def test_an_image_that_ecr_does_not_convert_has_no_manifest() -> None:
    failure = {"imageId": {"imageTag": "v1"}, "failureCode": "ImageNotFound"}
    (one,) = gathered(
        TaggedImage, REPOSITORY, DescribeImages=details("v1"), BatchGetImage={"images": [], "failures": [failure]}
    )
    assert one.manifest is None
    assert one.secrets == ()


def test_a_repository_without_tags_is_not_asked() -> None:
    assert gathered(TaggedImage, REPOSITORY, DescribeImages=details(), BatchGetImage={}) == ()
