import pytest

from auditor.errors import Unread
from auditor.every import Every
from auditor.evidence.ec2 import Instance
from auditor.evidence.lambda_ import Function
from auditor.inference.regions import RegionUse
from auditor.testing import every, gap, made

INSTANCE = made(Instance, InstanceId="i-1")
FUNCTION = made(Function, FunctionArn="arn:aws:lambda:us-east-1:123456789012:function:f", region="us-east-1")


def use(instances: Every[Instance], functions: Every[Function]) -> RegionUse:
    return RegionUse({"instance": instances, "function": functions})


def test_what_was_seen_makes_a_region_used() -> None:
    found = use(every(INSTANCE, made(Instance, InstanceId="i-2")), every(FUNCTION))
    assert found.uses("eu-west-1")
    assert not found.uses("eu-central-1")
    assert found.known == {"eu-west-1", "us-east-1"}
    assert found.summary("eu-west-1") == "2 instances"
    assert found.summary("eu-central-1") == "nothing of the account's own"


def test_one_that_was_seen_is_enough_whatever_could_not_be_read() -> None:
    found = use(every(INSTANCE), every(gaps=(gap("lambda:ListFunctions"),)))
    assert found.uses("eu-west-1")


def test_a_region_that_could_not_be_read_is_not_taken_for_idle() -> None:
    found = use(every(), every(gaps=(gap("lambda:ListFunctions"),)))
    with pytest.raises(Unread):
        found.uses("eu-west-1")
    assert found.may_use("eu-west-1")
    assert not found.may_use("us-east-1")
    assert not found.uses("us-east-1")
