"""Amazon Security Lake: whether it gathers security data in a region."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class SecurityLake(Resource):
    """The data lake of a region."""

    type_name: ClassVar = "AWS::SecurityLake::DataLake"
    arn: str = at("dataLakeArn")
    region: str = at("region")
    status: str | None = at("createStatus")
    expires_days: int | None = at("lifecycleConfiguration.expiration.days")
    """None where it keeps its data for ever."""

    def keeps_for(self, days: int) -> bool:
        """Whether its data is kept at least so many days."""
        return self.expires_days is None or self.expires_days >= days


security_lakes = listed(SecurityLake, call("securitylake", "ListDataLakes"), "dataLakes[]")
