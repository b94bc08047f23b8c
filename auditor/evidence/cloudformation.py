"""AWS CloudFormation: stacks and what drifted from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import collector, listed


@evidence
class Stack(Resource):
    """A stack that is not deleted."""

    type_name: ClassVar = "AWS::CloudFormation::Stack"
    arn: str = at("StackId")
    stack: str = at("StackName")
    status: str = at("StackStatus")
    status_reason: str | None = at("StackStatusReason")
    created: datetime = at("CreationTime")
    updated: datetime | None = at("LastUpdatedTime")
    root_arn: str | None = at("RootId")
    """The stack that it is nested in, at the top; None for a root stack."""
    is_termination_protected: bool = at("EnableTerminationProtection")
    drift: str | None = at("DriftInformation.StackDriftStatus")
    drift_checked: datetime | None = at("DriftInformation.LastCheckTimestamp")
    parameters: Mapping[str, str] = at("Parameters")
    outputs: Mapping[str, str] = at(
        "Outputs", parse=lambda raw: {one["OutputKey"]: one.get("OutputValue", "") for one in raw}
    )
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_nested(self) -> bool:
        """Whether it is a part of another stack."""
        return self.root_arn is not None

    @property
    def is_of_stack_set(self) -> bool:
        """Whether a stack set made it, whose administrator then owns it."""
        return self.stack.startswith("StackSet-")

    @property
    def is_settled(self) -> bool:
        """Whether it stands as made or updated: its last operation ended well, or was rolled back to that state."""
        return self.status.endswith("_COMPLETE") and self.status not in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE")

    @property
    def changed(self) -> datetime:
        """When it was last updated, or else made."""
        return self.updated or self.created


stacks = replace(
    listed(Stack, call("cloudformation", "DescribeStacks"), "Stacks[]", skip={"StackStatus": ("DELETE_COMPLETE",)}),
    calls=(call("cloudformation", "DescribeStacks"), call("cloudformation", "ListStacks")),
)
"""All stacks by one operation. Without a stack's name it needs the right to list stacks too (API reference)."""


@evidence
class DriftedResource(Resource):
    """A resource that differs from its stack's template."""

    type_name: ClassVar = "AWS::CloudFormation::StackResource"
    arn_format: ClassVar = "{stack_arn}/{logical_id}"
    stack_arn: str = at("StackId")
    logical_id: str = at("LogicalResourceId")
    resource_type: str = at("ResourceType")
    status: str = at("StackResourceDriftStatus")


@collector(
    call(
        "cloudformation",
        "DescribeStackResourceDrifts",
        MaxResults=100,
        StackResourceDriftStatusFilters=["MODIFIED", "DELETED"],
    )
)
def drifted_resources(aws: Aws, stack: Stack) -> Iterable[DriftedResource]:
    """What drifted, by the last check; asked of drifted stacks only."""
    if stack.drift != "DRIFTED":
        return
    for page in aws.pages("DescribeStackResourceDrifts", StackName=stack.arn):
        for raw in page.get("StackResourceDrifts", ()):
            yield aws.parse(DriftedResource, raw)
