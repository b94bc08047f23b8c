"""IAM Access Analyzer: analyzers and their open findings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, listed


@evidence
class Analyzer(Resource):
    """An analyzer of one region."""

    type_name: ClassVar = "AWS::AccessAnalyzer::Analyzer"
    arn: str = at("arn")
    kind: str = at("type")
    """`ACCOUNT`, `ORGANIZATION`, or one of these with `_UNUSED_ACCESS` or `_INTERNAL_ACCESS`."""
    status: str = at("status")
    trouble: str | None = at("statusReason.code")
    unused_days: int | None = at("configuration.unusedAccess.unusedAccessAge")
    """After how many days without use access counts as unused."""
    excluded_accounts: tuple[str, ...] = at("configuration.unusedAccess.analysisRule.exclusions[].accountIds[]")
    """Accounts whose unused access it leaves out."""
    tags: Mapping[str, str] = at("tags")

    @property
    def is_active(self) -> bool:
        """Whether it analyzes."""
        return self.status == "ACTIVE"

    @property
    def finds_external_access(self) -> bool:
        """Whether it looks for access from outside the account or organization."""
        return self.kind in ("ACCOUNT", "ORGANIZATION")

    @property
    def finds_unused_access(self) -> bool:
        """Whether it looks for roles, keys and permissions that nobody uses."""
        return self.kind.endswith("_UNUSED_ACCESS")

    @property
    def covers_organization(self) -> bool:
        """Whether its zone of trust is the organization."""
        return self.kind.startswith("ORGANIZATION")


analyzers = listed(Analyzer, call("accessanalyzer", "ListAnalyzers"), "analyzers[]")


@evidence
class AnalyzerFinding(Evidence):
    """Access that an analyzer found and nobody has removed or archived."""

    kind: str = at("findingType")
    """`ExternalAccess`, `UnusedIAMRole`, `UnusedPermission`, ..."""
    resource: str | None = at("resource")
    resource_type: str = at("resourceType")
    created: datetime = at("createdAt")
    error: str | None = at("error")
    """`ACCESS_DENIED` where the analyzer may not read the resource."""


@evidence
class ActiveFindings(Evidence):
    """The findings of an analyzer that are open."""

    findings: tuple[AnalyzerFinding, ...] = at("findings")


@collector(call("accessanalyzer", "ListFindingsV2", filter={"status": {"eq": ["ACTIVE"]}}))
def active_findings(aws: Aws, analyzer: Analyzer) -> ActiveFindings:
    """All pages of an analyzer's open findings."""
    pages = aws.pages("ListFindingsV2", analyzerArn=analyzer.arn)
    return aws.parse(ActiveFindings, {"findings": [one for page in pages for one in page["findings"]]})
