"""Amazon Inspector: which kinds of resources it scans in a region, and which resources it leaves out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.model import Region
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector


@evidence
class InspectorStatus(Evidence):
    """The status of Inspector and of each kind of scan."""

    status: str = at("state.status")
    ec2: str = at("resourceState.ec2.status")
    ecr: str = at("resourceState.ecr.status")
    functions: str = at("resourceState.lambda.status", absent="DISABLED")
    """The three that are optional in the API are left out where the region does not have them."""
    function_code: str = at("resourceState.lambdaCode.status", absent="DISABLED")
    repositories: str = at("resourceState.codeRepository.status", absent="DISABLED")


@collector(call("inspector2", "BatchGetAccountStatus"))
def inspector_status(aws: Aws, region: Region) -> InspectorStatus:
    """The status of this account; `Absent` where Inspector knows nothing of it."""
    answer = aws("BatchGetAccountStatus", accountIds=[region.account.id])
    accounts = answer.get("accounts", [])
    if not accounts and not answer.get("failedAccounts"):
        raise Absent("BatchGetAccountStatus")
    return aws.parse(InspectorStatus, accounts[0] if accounts else {})


_INACTIVE = {"scanStatusCode": [{"comparison": "EQUALS", "value": "INACTIVE"}]}


@evidence
class UnscannedResource(Resource):
    """A resource of a kind that is scanned, which is not."""

    type_name: ClassVar = "AWS::InspectorV2::Coverage"
    arn_format: ClassVar = "arn:{partition}:inspector2:{region}:{account}:coverage/{id}"
    id: str = at("resourceId", parse=lambda text: text.removesuffix(":$LATEST"))
    """An instance's id, or the ARN of a function, image or repository."""
    reason: str = at("scanStatus.reason")
    """For example `UNMANAGED_EC2_INSTANCE` or `NO_INVENTORY`."""


@collector(call("inspector2", "ListCoverage", page=200, filterCriteria=_INACTIVE))
def unscanned_resources(aws: Aws, _region: Region) -> Iterable[UnscannedResource]:
    """Those of this account, by packages or network; a delegated administrator's answer has its members' too."""
    for page in aws.pages("ListCoverage"):
        for raw in page.get("coveredResources", ()):
            if raw.get("accountId") == aws.account and raw.get("scanType") != "CODE":
                yield aws.parse(UnscannedResource, raw)
