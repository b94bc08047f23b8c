from typing import Any

import pytest

from auditor.errors import Absent, Unread
from auditor.evidence.inspector import InspectorStatus, UnscannedResource
from auditor.testing import gathered


def account(**scans: str) -> dict[str, Any]:
    state = {name: {"status": status} for name, status in scans.items()}
    return {"accountId": "123456789012", "state": {"status": "ENABLED"}, "resourceState": state}


def test_a_status_by_kind_of_scan() -> None:
    answer = {"accounts": [account(ec2="ENABLED", ecr="DISABLED", **{"lambda": "ENABLED"})]}
    found = gathered(InspectorStatus, BatchGetAccountStatus=answer)
    assert (found.ec2, found.ecr, found.functions, found.function_code) == (
        "ENABLED",
        "DISABLED",
        "ENABLED",
        "DISABLED",
    )


def test_an_account_that_is_unknown_has_none() -> None:
    with pytest.raises(Absent):
        gathered(InspectorStatus, BatchGetAccountStatus={"accounts": []})


def test_a_failed_answer_is_no_answer() -> None:
    failed = {"accounts": [], "failedAccounts": [{"accountId": "123456789012", "errorCode": "INTERNAL_ERROR"}]}
    found = gathered(InspectorStatus, BatchGetAccountStatus=failed)
    with pytest.raises(Unread):
        _ = found.ec2


def test_what_is_left_out_by_packages_in_this_account() -> None:
    def item(name: str, account_id: str = "123456789012", kind: str = "PACKAGE") -> dict[str, Any]:
        status = {"statusCode": "INACTIVE", "reason": "NO_INVENTORY"}
        named = {"resourceId": name, "resourceType": "AWS_EC2_INSTANCE", "accountId": account_id}
        return {**named, "scanType": kind, "scanStatus": status}

    items = [item("i-1"), item("i-2", "999999999999"), item("f:$LATEST"), item("g", kind="CODE")]
    found = gathered(UnscannedResource, ListCoverage={"coveredResources": items})
    assert [(one.id, one.reason) for one in found] == [("i-1", "NO_INVENTORY"), ("f", "NO_INVENTORY")]
