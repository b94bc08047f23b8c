import pytest

from auditor.metrics import Metric


@pytest.mark.parametrize(("percent", "expected"), [(0, 1), (50, 5), (90, 9), (99, 10), (100, 10)])
def test_a_percentile_is_a_datapoint(percent: float, expected: float) -> None:
    assert Metric(tuple(float(value) for value in (7, 3, 10, 1, 5, 2, 9, 4, 8, 6))).percentile(percent) == expected


def test_the_percentile_of_one_datapoint() -> None:
    assert Metric((4.0,)).percentile(95) == 4
