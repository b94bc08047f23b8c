import pytest

from auditor.inference.demand import DAY, WEEK, Demand

OFFICE = (*(10.0,) * 8, *(100.0,) * 10, *(10.0,) * 6)
WEEKEND = (10.0,) * 24


@pytest.mark.parametrize(
    ("hours", "shape"),
    [
        ((0.5,) * 336, "idle"),
        ((100.0, 104.0) * 168, "steady"),
        (OFFICE * 14, "periodic"),
        ((*(10.0,) * 335, 9000.0), "bursty"),
        ((0.0, 0.0, 100.0, 0.0, 90.0, 95.0, 80.0, 110.0, 0.0, 70.0, 100.0) * 30, "sparse"),
        ((), "idle"),
    ],
)
def test_the_shape_of_demand(hours: tuple[float, ...], shape: str) -> None:
    assert Demand(hours).shape == shape


def test_demand_comes_back_by_day_or_by_week() -> None:
    assert Demand(OFFICE * 14).period == DAY
    assert Demand((*OFFICE, *WEEKEND * 6) * 2).period == WEEK
    assert Demand(OFFICE).period == 0


def test_days_with_a_steep_peak() -> None:
    assert Demand(OFFICE * 14).steep_days(2.0) == 14
    assert Demand(OFFICE * 14).steep_days(11.0) == 0
    assert Demand((50.0,) * 336).steep_days(2.0) == 0


def test_figures_of_nothing() -> None:
    assert Demand(()).variation == 0
    assert Demand(()).peak_to_mean == 0
    assert Demand(()).repeats(DAY) == 0
