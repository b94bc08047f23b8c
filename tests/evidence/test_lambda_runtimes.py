from datetime import date

from auditor.evidence.lambda_runtimes import end_of_support


def test_runtimes_with_and_without_a_date() -> None:
    assert end_of_support("nodejs20.x") == date(2026, 4, 30)
    assert end_of_support("python2.7") == date.min
    assert end_of_support("python9.9") is None
