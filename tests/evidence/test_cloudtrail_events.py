import json
from typing import Any

from auditor.evidence.cloudtrail_events import ENDINGS, BackupEndings
from auditor.testing import REGION, ago, gathered


def test_every_kind_is_asked_for_once_and_what_was_cut_is_named() -> None:
    asked = []

    def answer(params: Any) -> dict[str, Any]:
        (wanted,) = params["LookupAttributes"]
        asked.append(wanted["AttributeValue"])
        return {"Events": [], "NextToken": "more"} if wanted["AttributeValue"] == "DeleteSnapshot" else {"Events": []}

    found = gathered(BackupEndings, REGION, LookupEvents=answer)
    assert tuple(asked) == ENDINGS
    assert found.cut == ("DeleteSnapshot",)


def test_an_event_is_put_down_to_the_role_behind_a_session() -> None:
    issuer = {"sessionIssuer": {"arn": "arn:aws:iam::123456789012:role/admin"}}
    record = {"userIdentity": {"arn": "arn:aws:sts::123456789012:assumed-role/admin/eve", "sessionContext": issuer}}
    raw = {"EventName": "DeleteSnapshot", "EventTime": ago(hours=1), "CloudTrailEvent": json.dumps(record)}
    found = gathered(
        BackupEndings,
        REGION,
        LookupEvents=lambda params: {
            "Events": [raw] if params["LookupAttributes"][0]["AttributeValue"] == "DeleteSnapshot" else []
        },
    )
    (one,) = found.items
    assert one.principal == "arn:aws:iam::123456789012:role/admin"
    assert one.succeeded
    assert not one.service
