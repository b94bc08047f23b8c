"""AWS Resilience Hub: applications and how they do against their policies."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class ResilienceApp(Resource):
    """An application that is assessed against a resiliency policy."""

    type_name: ClassVar = "AWS::ResilienceHub::App"
    name_format: ClassVar = "{app}"
    arn: str = at("appArn")
    app: str = at("name")
    status: str = at("status", absent="Active")
    """`Active` or `Deleting`."""
    compliance: str = at("complianceStatus", absent="NotAssessed")
    """`PolicyMet`, `PolicyBreached`, `NotAssessed`, `ChangesDetected`, `NotApplicable` or `MissingPolicy`."""
    drift: str = at("driftStatus", absent="NotChecked")
    """`NotChecked`, `NotDetected` or `Detected`."""
    evaluated: datetime | None = at("lastAppComplianceEvaluationTime")
    schedule: str = at("assessmentSchedule", absent="Disabled")
    """`Disabled` or `Daily`."""


apps = listed(ResilienceApp, call("resiliencehub", "ListApps"), "appSummaries[]")
