from typing import Any

from auditor.evidence.guardduty import Detector, DetectorId, FilterName, FindingFilter
from auditor.testing import gathered, made

DETECTOR = made(DetectorId, "d1")


def test_a_detector_is_named_by_its_id() -> None:
    (found,) = gathered(DetectorId, ListDetectors={"DetectorIds": ["d1"]})
    assert found.arn == "arn:aws:guardduty:eu-west-1:123456789012:detector/d1"


def test_a_detector_with_its_plans() -> None:
    answer = {
        "Status": "ENABLED",
        "FindingPublishingFrequency": "SIX_HOURS",
        "Tags": {"owner": "security"},
        "Features": [
            {"Name": "S3_DATA_EVENTS", "Status": "ENABLED"},
            {"Name": "EKS_AUDIT_LOGS", "Status": "DISABLED"},
            {
                "Name": "RUNTIME_MONITORING",
                "Status": "ENABLED",
                "AdditionalConfiguration": [
                    {"Name": "EC2_AGENT_MANAGEMENT", "Status": "ENABLED"},
                    {"Name": "EKS_ADDON_MANAGEMENT", "Status": "DISABLED"},
                ],
            },
        ],
    }
    (found,) = gathered(Detector, DETECTOR, GetDetector=answer)
    assert found.is_enabled
    assert found.arn == DETECTOR.arn
    assert found.tags == {"owner": "security"}
    assert found.enabled == {"S3_DATA_EVENTS", "RUNTIME_MONITORING", "RUNTIME_MONITORING/EC2_AGENT_MANAGEMENT"}
    assert found.off == {"EKS_AUDIT_LOGS", "RUNTIME_MONITORING/EKS_ADDON_MANAGEMENT"}
    assert found.publishing_frequency == "SIX_HOURS"


def test_a_suspended_detector() -> None:
    (found,) = gathered(Detector, DETECTOR, GetDetector={"Status": "DISABLED"})
    assert not found.is_enabled
    assert found.enabled == frozenset()


def finding_filter(action: str, **criterion: Any) -> FindingFilter:
    name = made(FilterName, "quiet", under=DETECTOR)
    answer = {"Name": "quiet", "Action": action, "FindingCriteria": {"Criterion": criterion}}
    (found,) = gathered(FindingFilter, name, GetFilter=answer)
    assert isinstance(found, FindingFilter)
    return found


def test_filters() -> None:
    found = finding_filter("ARCHIVE", type={"Equals": ["Recon:EC2/Portscan"]})
    assert found.arn == "arn:aws:guardduty:eu-west-1:123456789012:detector/d1/filter/quiet"
    assert found.suppresses
    assert found.types == ("Recon:EC2/Portscan",)
    view = finding_filter("NOOP", severity={"GreaterThanOrEqual": 7})
    assert not view.suppresses
    assert view.types == ()
    assert set(view.criteria) == {"severity"}
