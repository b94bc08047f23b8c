"""AWS CodeBuild: build projects, as what they run with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import Batch, collector, listed


@evidence
class ProjectName(Resource):
    """A project as ListProjects names it."""

    type_name: ClassVar = "AWS::CodeBuild::Project"
    arn_format: ClassVar = "arn:{partition}:codebuild:{region}:{account}:project/{project}"
    project: str = at("")


def _plain(variables: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Variables whose value stands there, and is not the name of a parameter or secret."""
    return {one["name"]: one["value"] for one in variables if one.get("type", "PLAINTEXT") == "PLAINTEXT"}


@evidence
class BuildProject(Resource):
    """A build project."""

    type_name: ClassVar = "AWS::CodeBuild::Project"
    arn: str = at("arn")
    project: str = at("name")
    role: str | None = at("serviceRole")
    source: str = at("source.type")
    """`GITHUB`, `CODEPIPELINE`, `NO_SOURCE`, ..."""
    environment: Mapping[str, str] = at("environment.environmentVariables", absent={}, parse=_plain)
    """Only the variables of type PLAINTEXT."""
    tags: Mapping[str, str] = at("tags")


project_names = listed(ProjectName, call("codebuild", "ListProjects"), "projects[]")


@collector(call("codebuild", "BatchGetProjects"), batch=100)
def build_projects(aws: Aws, batch: Batch[ProjectName]) -> Iterable[BuildProject]:
    """A hundred by one call, which is the most that it takes."""
    answer = aws("BatchGetProjects", names=[one.project for one in batch])
    yield from (aws.parse(BuildProject, raw) for raw in answer.get("projects", ()))
