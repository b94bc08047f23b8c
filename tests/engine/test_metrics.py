from datetime import UTC, datetime

import pytest

from auditor.metrics import Metric


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 5), (90, 9), (99, 10), (100, 10)])
def test_a_percentile_is_a_datapoint(percent: float, expected: float) -> None:
    assert Metric(tuple(float(value) for value in (7, 3, 10, 1, 5, 2, 9, 4, 8, 6))).percentile(percent) == expected


def test_the_percentile_of_one_datapoint() -> None:
    assert Metric((4.0,)).percentile(95) == 4


def test_datapoints_are_paired_by_their_periods() -> None:
    hits = Metric.read({"Timestamps": ["2026-01-02", "2026-01-01", "2026-01-04"], "Values": [2, 1, 4]})
    misses = Metric.read({"Timestamps": ["2026-01-01", "2026-01-04", "2026-01-05"], "Values": [10, 40, 50]})
    assert hits.paired(misses) == ((1.0, 10.0), (4.0, 40.0))
    assert Metric((1.0, 2.0, 3.0)).paired(Metric((20.0, 30.0))) == ((2.0, 20.0), (3.0, 30.0))


def test_what_publishes_no_zeros_is_filled_with_them() -> None:
    read = Metric.read(
        {
            "Timestamps": ["2026-01-01T03:00:00+00:00", "2026-01-01T01:00:00", "2026-01-01T04:00:00+00:00"],
            "Values": [3, 1, 9],
        }
    )
    end = datetime(2026, 1, 1, 4, tzinfo=UTC)
    assert read.filled(3600, end, 4) == (0.0, 1.0, 0.0, 3.0), "the period that begins at the end is left out"
    assert read.filled(3600, end, 2) == (0.0, 3.0)
    assert Metric((5.0, 6.0)).filled(60, end, 3) == (0.0, 5.0, 6.0)
