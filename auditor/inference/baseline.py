"""The security baseline of a region: who records, detects and encrypts there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from auditor.every import Every
from auditor.evidence.accessanalyzer import Analyzer
from auditor.evidence.cloudtrail import Trail, TrailStatus
from auditor.evidence.config import ConfigRecorderStatus
from auditor.evidence.ec2 import EbsEncryptionByDefault
from auditor.evidence.guardduty import Detector
from auditor.evidence.securityhub import Hub, HubV2
from auditor.model import Region
from auditor.wiring import inference


class Baseline:
    """What each region has of the baseline; a region is read when it is asked about."""

    def __init__(self, controls: Mapping[tuple[str, str], Callable[[str], bool]]) -> None:
        self._controls = controls
        """Questions about a region, by the service that they are about and the control's name."""

    def lacks(self, region: Region, others: Iterable[str]) -> Iterator[str]:
        """What a region could have, lacks, and at least one other has; the others are asked until one has it."""
        others = tuple(others)
        for (service, name), has in self._controls.items():
            if region.serves(service) and not has(region.name) and any(has(other) for other in others):
                yield name


@inference
def baseline(
    recorders: Every[ConfigRecorderStatus],
    detectors: Every[Detector],
    hubs: Every[Hub],
    hubs_v2: Every[HubV2],
    analyzers: Every[Analyzer],
    encryption: Every[EbsEncryptionByDefault],
    trails: Every[Trail],
    statuses: Every[TrailStatus],
) -> Baseline:
    """The controls by their names, each as a question about a region."""

    def analyzed(region: str) -> bool:
        return any(one.is_active and one.finds_external_access for one in analyzers.within(region))

    def recorded(region: str) -> bool:
        covering = (one for one in trails if one.covers(region))
        return any(status.is_logging for trail in covering for status in statuses.of(trail))

    return Baseline(
        {
            ("config", "an AWS Config recorder"): lambda region: any(
                one.is_recording for one in recorders.within(region)
            ),
            ("guardduty", "a GuardDuty detector"): lambda region: any(
                one.is_enabled for one in detectors.within(region)
            ),
            ("securityhub", "Security Hub"): lambda region: bool(hubs.within(region) or hubs_v2.within(region)),
            ("accessanalyzer", "an external-access analyzer"): analyzed,
            ("ec2", "EBS encryption by default"): lambda region: any(one.enabled for one in encryption.within(region)),
            ("cloudtrail", "a trail"): recorded,
        }
    )
