"""Security Hub with its true limits, as far as deliveries can meet them: `python tests/deliver/hub.py` serves it.

Its state is `{region: {Id: finding}}`. Settings: `off` regions where it is not enabled, `deny` operations that are
denied, `fail` {Id: [code, times]} findings that are refused so often, `busy` a rate of its own.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from asff_validator import batch_problems, problems
from modeled import Api, RefusalError, serve

ACCOUNT = "111122223333"
HUMAN = ("Note", "UserDefinedFields", "VerificationState", "Workflow")
"""What BatchImportFindings does not update in a finding that is there."""


def import_findings(api: Api, region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, region, "BatchImportFindings", 10, 30)
    findings = params["Findings"]
    wrong = [one for one in batch_problems(findings) if one not in {p for f in findings for p in problems(f)}]
    if wrong:
        raise RefusalError("InvalidInputException", "; ".join(wrong))
    failed = [told for told in (_import(api, region, finding) for finding in findings) if told]
    return {"FailedCount": len(failed), "SuccessCount": len(findings) - len(failed), "FailedFindings": failed}


def _import(api: Api, region: str, finding: dict[str, Any]) -> dict[str, str] | None:
    """Take one finding; what it is refused for, else."""
    identity = finding["Id"]
    wrong = problems(finding)
    if finding["AwsAccountId"] != api.settings.get("account", ACCOUNT) or finding["ProductArn"].split(":")[3] != region:
        wrong.append("a foreign account or region")
    if wrong:
        return {"Id": identity, "ErrorCode": "InvalidInput", "ErrorMessage": "; ".join(wrong)}
    code, times = api.settings.get("fail", {}).get(identity, ("", 0))
    if times:
        api.settings["fail"][identity] = (code, times - 1)
        return {"Id": identity, "ErrorCode": code, "ErrorMessage": "try again"}
    held = api.state.setdefault(region, {}).get(identity)
    if held and _moment(finding["UpdatedAt"]) <= _moment(held["UpdatedAt"]):
        return None  # an update that is not newer is taken, and changes nothing
    api.state[region][identity] = _kept(finding, held, region)
    return None


def _kept(finding: dict[str, Any], held: dict[str, Any] | None, region: str) -> dict[str, Any]:
    own = {
        "Severity": {"Label": finding["FindingProviderFields"]["Severity"]["Label"]},
        "Types": finding["FindingProviderFields"]["Types"],
        "Region": region,
        "ProcessedAt": datetime.now(UTC).isoformat(),
        "CompanyName": "Personal",
        "WorkflowState": "NEW",
        "Workflow": {"Status": "NEW"},
        "ProductFields": {
            **finding.get("ProductFields", {}),
            "aws/securityhub/FindingId": f"{finding['ProductArn']}/{finding['Id']}",
            "aws/securityhub/ProductName": "Default",
            "aws/securityhub/CompanyName": "Personal",
        },
    }
    kept = {**own, **finding, "ProductFields": own["ProductFields"]}
    if held:
        kept = {k: v for k, v in kept.items() if k not in HUMAN} | {k: held[k] for k in HUMAN if k in held}
        kept["Workflow"] = {"Status": _reopened(finding, held)}
    return kept


def _reopened(finding: dict[str, Any], held: dict[str, Any]) -> str:
    """The workflow status goes back to NEW where a finding comes back or stops passing."""
    workflow = str(held["Workflow"]["Status"])
    back = held["RecordState"] == "ARCHIVED" and finding["RecordState"] == "ACTIVE"
    worse = held["Compliance"]["Status"] == "PASSED" and finding["Compliance"]["Status"] != "PASSED"
    return "NEW" if workflow in ("RESOLVED", "NOTIFIED") and (back or worse) else workflow


def get_findings(api: Api, region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, region, "GetFindings", 3, 6)
    filters = params.get("Filters", {})
    found = [one for _, one in sorted(api.state.get(region, {}).items()) if _matches(one, filters)]
    start = int(params.get("NextToken") or 0)
    end = start + params.get("MaxResults", 20)
    if params.get("MaxResults", 20) > 100:
        raise RefusalError("InvalidInputException", "MaxResults is over 100")
    return {"Findings": found[start:end]} | ({"NextToken": str(end)} if end < len(found) else {})


def _matches(finding: dict[str, Any], filters: dict[str, Any]) -> bool:
    return all(any(_meets(str(finding[name]), one) for one in wanted) for name, wanted in filters.items())


def _meets(text: str, wanted: dict[str, str]) -> bool:
    if wanted["Comparison"] == "PREFIX":
        return text.startswith(wanted["Value"])
    assert wanted["Comparison"] == "EQUALS"
    return text == wanted["Value"]


def update_findings(api: Api, region: str, params: dict[str, Any]) -> dict[str, Any]:
    _gate(api, region, "BatchUpdateFindings", 10, 30)
    named = params["FindingIdentifiers"]
    if len(named) > 100:
        raise RefusalError("InvalidInputException", f"{len(named)} findings")
    held = api.state.get(region, {})
    missing = [one for one in named if one["Id"] not in held]
    for one in named:
        if one["Id"] in held:
            held[one["Id"]]["Workflow"] = params["Workflow"]
            if "Note" in params:
                held[one["Id"]]["Note"] = params["Note"] | {"UpdatedAt": datetime.now(UTC).isoformat()}
    lost = [{"FindingIdentifier": one, "ErrorCode": "FindingNotFound", "ErrorMessage": "?"} for one in missing]
    return {"ProcessedFindings": [one for one in named if one not in missing], "UnprocessedFindings": lost}


def _gate(api: Api, region: str, operation: str, rate: float, burst: float) -> None:
    if region in api.settings.get("off", ()):
        raise RefusalError("InvalidAccessException", f"Account {ACCOUNT} is not subscribed to AWS Security Hub", 401)
    if operation in api.settings.get("deny", ()):
        raise RefusalError("AccessDeniedException", f"not authorized to perform: securityhub:{operation}", 403)
    if not api.allow((operation, region), rate, burst):
        raise RefusalError("TooManyRequestsException", "Rate exceeded", 429)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


if __name__ == "__main__":
    handlers = {
        "BatchImportFindings": import_findings,
        "GetFindings": get_findings,
        "BatchUpdateFindings": update_findings,
    }
    serve(Api("securityhub", handlers, {}))
