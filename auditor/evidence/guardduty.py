"""Amazon GuardDuty: detectors with their protection plans, and the filters that archive findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.typed import Evidence, Resource, at, evidence, parent
from auditor.wiring import collector, listed

_ARN = "arn:{partition}:guardduty:{region}:{account}:detector/{detector_id}"


@evidence
class DetectorId(Resource):
    """A detector as ListDetectors names it: by its id only."""

    type_name: ClassVar = "AWS::GuardDuty::Detector"
    arn_format: ClassVar = _ARN
    detector_id: str = at("")


@evidence
class ProtectionPart(Evidence):
    """A part of a protection plan, such as the agent's management on one platform."""

    part: str = at("Name")
    status: str = at("Status")


@evidence
class ProtectionPlan(Evidence):
    """A feature of a detector."""

    plan: str = at("Name")
    status: str = at("Status")
    parts: tuple[ProtectionPart, ...] = at("AdditionalConfiguration")


@evidence
class Detector(Resource):
    """The detector of a region."""

    type_name: ClassVar = "AWS::GuardDuty::Detector"
    arn_format: ClassVar = _ARN
    detector_id: str = parent("detector_id")
    status: str = at("Status")
    publishing_frequency: str = at("FindingPublishingFrequency")
    plans: tuple[ProtectionPlan, ...] = at("Features")
    tags: Mapping[str, str] = at("Tags")

    @property
    def is_enabled(self) -> bool:
        """Whether it analyzes; a suspended one does not."""
        return self.status == "ENABLED"

    @property
    def enabled(self) -> frozenset[str]:
        """The names of the plans that are on and, as `PLAN/PART`, of their parts."""
        return frozenset(name for name, status in self._statuses() if status == "ENABLED")

    @property
    def off(self) -> frozenset[str]:
        """The plans that are off and, as `PLAN/PART`, parts of plans that are on; what is not offered is neither."""
        return frozenset(name for name, status in self._statuses() if status != "ENABLED")

    def _statuses(self) -> Iterator[tuple[str, str]]:
        for one in self.plans:
            yield one.plan, one.status
            if one.status == "ENABLED":
                yield from ((f"{one.plan}/{part.part}", part.status) for part in one.parts)


detector_ids = listed(DetectorId, call("guardduty", "ListDetectors"), "DetectorIds[]")


@collector(call("guardduty", "GetDetector"))
def detectors(aws: Aws, detector: DetectorId) -> Iterable[Detector]:
    """The detector with its settings."""
    yield aws.parse(Detector, aws("GetDetector", DetectorId=detector.detector_id))


@evidence
class FilterName(Resource):
    """A filter as ListFilters names it."""

    type_name: ClassVar = "AWS::GuardDuty::Filter"
    arn_format: ClassVar = _ARN + "/filter/{filter_name}"
    detector_id: str = parent("detector_id")
    filter_name: str = at("")


@evidence
class FindingFilter(Resource):
    """A saved filter; with the action ARCHIVE it is a suppression rule."""

    type_name: ClassVar = "AWS::GuardDuty::Filter"
    arn_format: ClassVar = _ARN + "/filter/{filter_name}"
    detector_id: str = parent("detector_id")
    filter_name: str = parent("filter_name")
    action: str = at("Action")
    criteria: Mapping[str, Mapping[str, Any]] = at("FindingCriteria.Criterion")
    """Conditions by the finding's field."""
    tags: Mapping[str, str] = at("Tags")

    @property
    def suppresses(self) -> bool:
        """Whether it archives what matches, so that neither EventBridge nor Security Hub hears of it."""
        return self.action == "ARCHIVE"

    @property
    def types(self) -> tuple[str, ...]:
        """The types of findings that it names."""
        condition = self.criteria.get("type", {})
        return tuple(condition.get("Equals") or condition.get("Eq") or condition.get("Matches") or ())


filter_names = listed(
    FilterName, call("guardduty", "ListFilters"), "FilterNames[]", of=DetectorId, DetectorId="detector_id"
)


@collector(call("guardduty", "GetFilter"))
def filters(aws: Aws, name: FilterName) -> Iterable[FindingFilter]:
    """The filter with its criteria."""
    yield aws.parse(FindingFilter, aws("GetFilter", DetectorId=name.detector_id, FilterName=name.filter_name))
