"""The Tagging API: resources of all services by their tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class TaggedResource(Resource):
    """A resource of any service that has tags, or had some; one that never had any is not answered."""

    type_name: ClassVar = "AWS::TaggedResource"
    arn: str = at("ResourceARN")
    tags: Mapping[str, str] = at("Tags")


tagged_resources = listed(
    TaggedResource, call("resourcegroupstaggingapi", "GetResources", page=100), "ResourceTagMappingList[]"
)
