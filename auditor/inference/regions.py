"""Which regions the account uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from auditor.every import Every
from auditor.evidence.dynamodb import Table
from auditor.evidence.ec2 import Instance
from auditor.evidence.ecs import EcsService
from auditor.evidence.elbv2 import LoadBalancer
from auditor.evidence.lambda_ import Function
from auditor.evidence.rds import DbInstance
from auditor.evidence.s3 import Bucket
from auditor.model import GLOBAL
from auditor.wiring import inference


class RegionUse:
    """What there is of the account's own in each region; what AWS makes in every region does not count."""

    def __init__(self, kinds: Mapping[str, Every[Any]]) -> None:
        self._kinds = kinds
        self._counts: dict[str, Counter[str]] = {}
        for word, every in kinds.items():
            for one in every.known():
                self._counts.setdefault(one.region, Counter())[word] += 1

    @property
    def known(self) -> frozenset[str]:
        """The regions in which something was seen, whatever could not be read."""
        return frozenset(self._counts)

    def summary(self, region: str) -> str:
        """What was seen in a region, in words: `2 instances, 1 bucket`."""
        counts: Mapping[str, int] = self._counts.get(region, {})
        seen = (f"{number} {word}{'s' if number > 1 else ''}" for word, number in counts.items())
        return ", ".join(seen) or "nothing of the account's own"

    def uses(self, region: str) -> bool:
        """Whether a region is in use; raises `Unread` where nothing was seen and not all could be read."""
        return region in self._counts or any(every.within(region) for every in self._kinds.values())

    def may_use(self, region: str) -> bool:
        """Whether a region is in use, or part of it could not be read: for grading what is wrong in any case."""
        gaps = (gap for every in self._kinds.values() for gap in every.gaps)
        return region in self._counts or any(gap.region in (region, GLOBAL) for gap in gaps)


@inference
def region_use(
    instances: Every[Instance],
    functions: Every[Function],
    services: Every[EcsService],
    load_balancers: Every[LoadBalancer],
    databases: Every[DbInstance],
    tables: Every[Table],
    buckets: Every[Bucket],
) -> RegionUse:
    """Compute, entry points and stores by region."""
    return RegionUse(
        {
            "instance": instances,
            "function": functions,
            "service": services,
            "load balancer": load_balancers,
            "database": databases,
            "table": tables,
            "bucket": buckets,
        }
    )
