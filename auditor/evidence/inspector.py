"""Amazon Inspector: which kinds of resources it scans in a region."""

from __future__ import annotations

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.model import Region
from auditor.typed import Evidence, at, evidence
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
