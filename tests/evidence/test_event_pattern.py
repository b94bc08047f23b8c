from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evidence.event_pattern import UnknownMatcherError, surely_takes, takes

EVENT = {
    "source": "aws.guardduty",
    "detail-type": "GuardDuty Finding",
    "resources": ["arn:a", "arn:b"],
    "detail": {"severity": 8, "type": "Backdoor:EC2/C&CActivity.B", "archived": False, "ip": "10.0.0.7", "none": None},
}


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        {"source": ["aws.guardduty"]},
        {"source": ["aws.macie", "aws.guardduty"], "detail-type": ["GuardDuty Finding"]},
        {"resources": ["arn:b"]},
        {"detail": {"severity": [8.0]}},
        {"detail": {"severity": [{"numeric": [">=", 7]}]}},
        {"detail": {"severity": [{"numeric": [">", 0, "<=", 8]}]}},
        {"detail": {"type": [{"prefix": "Backdoor:"}]}},
        {"detail": {"type": [{"prefix": {"equals-ignore-case": "backdoor:"}}]}},
        {"detail": {"type": [{"suffix": ".B"}]}},
        {"detail": {"type": [{"wildcard": "*EC2/*"}]}},
        {"detail": {"type": [{"anything-but": ["Recon:EC2/Portscan"]}]}},
        {"detail": {"type": [{"anything-but": {"prefix": "Recon"}}]}},
        {"source": [{"equals-ignore-case": "AWS.GuardDuty"}]},
        {"detail": {"ip": [{"cidr": "10.0.0.0/24"}]}},
        {"detail": {"archived": [False]}},
        {"detail": {"none": [None]}},
        {"detail": {"type": [{"exists": True}], "absent": [{"exists": False}]}},
        {"$or": [{"source": ["aws.macie"]}, {"detail": {"severity": [8]}}]},
    ],
)
def test_a_pattern_takes_the_event(pattern: dict[str, Any]) -> None:
    assert takes(pattern, EVENT)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.securityhub"]},
        {"source": ["aws.guardduty"], "detail-type": ["Other"]},
        {"detail": {"severity": ["8"]}},
        {"detail": {"severity": [True]}},
        {"detail": {"severity": [{"numeric": [">", 8]}]}},
        {"detail": {"type": [{"prefix": "backdoor:"}]}},
        {"detail": {"type": [{"anything-but": {"prefix": "Backdoor"}}]}},
        {"detail": {"type": [{"anything-but": "Backdoor:EC2/C&CActivity.B"}]}},
        {"detail": {"type": [{"wildcard": "*S3/*"}]}},
        {"detail": {"ip": [{"cidr": "10.0.1.0/24"}]}},
        {"detail": {"type": [{"cidr": "10.0.1.0/24"}]}},
        {"detail": {"absent": [{"exists": True}]}},
        {"detail": {"absent": [{"anything-but": "x"}]}},
        {"detail": {"absent": {"deeper": ["x"]}}},
        {"source": []},
        {"$or": [{"source": ["aws.macie"]}, {"detail": {"severity": [7]}}]},
    ],
)
def test_a_pattern_leaves_the_event(pattern: dict[str, Any]) -> None:
    assert not takes(pattern, EVENT)


def test_an_unknown_matcher_is_no_answer() -> None:
    with pytest.raises(UnknownMatcherError, match="sounds-like"):
        takes({"source": [{"sounds-like": "x"}]}, EVENT)
    assert surely_takes({"source": [{"sounds-like": "x"}]}, EVENT) is None
    assert surely_takes({"source": ["aws.guardduty"]}, EVENT) is True


_SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3)
_OBJECTS = st.dictionaries(st.text("abc", min_size=1, max_size=2), _SCALARS, max_size=4)


@given(_OBJECTS)
def test_the_pattern_of_all_its_values_takes_an_event(event: dict[str, Any]) -> None:
    assert takes({name: [value] for name, value in event.items()}, event)


@given(_OBJECTS, _SCALARS)
def test_anything_but_is_the_opposite_of_a_value(event: dict[str, Any], value: Any) -> None:
    for name in event:
        assert takes({name: [{"anything-but": [value]}]}, event) != takes({name: [value]}, event)
