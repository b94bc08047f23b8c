import json
from typing import Any

import pytest
from principals import BY_EC2, role

from auditor.errors import Unread
from auditor.evidence.ec2 import Instance
from auditor.evidence.lambda_ import Function, FunctionPolicy, FunctionUrl
from auditor.inference.environments import Environments, environment
from auditor.inference.function_urls import CALLING, UrlCallers
from auditor.inference.role_use import RoleUse, instance_workload, role_use
from auditor.inference.topology import Topology
from auditor.testing import every, every_of, gap, made

APP = role("app")
PROFILE = {"Arn": "arn:aws:iam::123456789012:instance-profile/host", "Id": "AIPAEXAMPLE"}
HOST = role("host", by=BY_EC2, InstanceProfileList=[{"Arn": PROFILE["Arn"]}])
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:pay"
FUNCTION = made(Function, FunctionName="pay", FunctionArn=ARN, Role=APP.arn)
REPLICA = made(Function, FunctionName="edge", FunctionArn=f"{ARN}2", Role=APP.arn, MasterArn=ARN)


def instance(id: str, group: str = "") -> Instance:  # noqa: A002 - AWS calls it so
    tags = [{"Key": "aws:autoscaling:groupName", "Value": group}] if group else []
    return made(Instance, InstanceId=id, IamInstanceProfile=PROFILE, Tags=tags)


def admitting(*actions: str, **changes: Any) -> Any:
    """A function's policy by which everyone may do so."""
    one = {"Effect": "Allow", "Principal": "*", "Action": [*actions], "Resource": ARN, **changes}
    return every_of((FUNCTION, made(FunctionPolicy, Policy=json.dumps({"Statement": [one]}))))


def callers(auth: str, policies: Any) -> UrlCallers:
    raw = {"FunctionArn": ARN, "FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/", "AuthType": auth}
    url = made(FunctionUrl, raw, under=FUNCTION)
    return UrlCallers(every_of((FUNCTION, url)), policies, every(), every_of())


OPEN = callers("NONE", admitting(*CALLING))


def use(*evidence: Any, gaps: Any = (), url: UrlCallers = OPEN, sender: str = "") -> RoleUse:
    """What runs as the two roles, in an account that has this and no other."""
    inferred = {Topology: _topology(sender), UrlCallers: url}
    found = []
    for need in role_use.needs:
        own = [one for one in evidence if type(one) is need.kind]
        denied = gaps if need.kind is Function else ()
        found.append(inferred.get(need.kind) or every(*own, gaps=denied))
    result = role_use.function(*found)
    assert isinstance(result, RoleUse)
    return result


def _topology(sender: str) -> Topology:
    """The graph of an account with one function that has a URL, and perhaps an API that sends it requests."""
    from auditor.inference.graph import INTERNET, Draft, Gaps, Node

    draft = Draft({ARN: {"env": "dev"}}, {})
    draft.put(Node(INTERNET, INTERNET, "the internet", "global", ""))
    draft.add(FUNCTION, "function")
    draft.link(INTERNET, ARN, "route", "lambda:ListFunctionUrlConfigs FunctionUrl")
    if sender:
        draft.put(Node(sender, "api", sender, "eu-west-1", "", is_public=True))
        draft.link(INTERNET, sender, "route", "apigatewayv2:GetApis ApiEndpoint")
        draft.link(sender, ARN, "route", "apigatewayv2:GetIntegrations IntegrationUri")
    return Topology(draft.finish(), draft.aliases, Gaps({FunctionUrl: [gap("lambda:ListFunctionUrlConfigs")]}))


def test_functions_and_instances_act_as_roles() -> None:
    found = use(APP, HOST, FUNCTION, REPLICA, instance("i-1"), instance("i-2", "web"), instance("i-3", "web"))
    assert [str(one) for one in found.known(APP)] == ["function pay"]
    assert [str(one) for one in found.known(HOST)] == ["instance i-1", "group web"]
    assert found.role_of(ARN) is APP
    assert found.role_of(instance_workload(instance("i-3", "web"))) is HOST
    assert found.role_of("arn:none") is None
    assert found.named(APP.arn) is APP


def test_what_the_internet_reaches_is_told_with_its_tags() -> None:
    found = use(APP, HOST, FUNCTION)
    reached = found.reached(APP)
    assert reached is not None
    assert reached.way == "its URL"
    assert reached.tags == {"env": "dev"}
    assert found.reached(HOST) is None
    assert found.way_to(ARN, "eu-west-1") == "its URL"


SHUT = {"Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}


@pytest.mark.parametrize(
    ("auth", "policies", "sender", "expected"),
    [
        pytest.param("NONE", admitting(*CALLING), "", "its URL", id="everyone may call it"),
        pytest.param("NONE", admitting(CALLING[0]), "", "", id="everyone lacks an action"),
        pytest.param("NONE", every_of(), "", "", id="no policy, so that nobody may"),
        pytest.param("AWS_IAM", every_of(), "", "", id="who may sign is the account's own affair"),
        pytest.param("AWS_IAM", admitting(*CALLING), "", "its URL", id="whoever has an AWS account may sign"),
        pytest.param("AWS_IAM", admitting(*CALLING, **SHUT), "", "", id="everyone may, of URLs without signatures"),
        pytest.param("NONE", every_of(), "shop", "shop", id="an API sends requests, whatever the URL"),
        pytest.param("NONE", every(gaps=[gap("lambda:GetPolicy")]), "shop", "shop", id="an API does, policy unread"),
    ],
)
def test_a_url_is_a_way_for_whom_the_policy_admits(auth: str, policies: Any, sender: str, expected: str) -> None:
    found = use(APP, HOST, FUNCTION, url=callers(auth, policies), sender=sender)
    reached = found.reached(APP)
    assert (reached.way if reached else "") == expected


def test_whom_a_url_answers_is_unknown_where_its_policy_was_not_read() -> None:
    found = use(APP, HOST, FUNCTION, url=callers("NONE", every(gaps=[gap("lambda:GetPolicy")])))
    assert found.reached(APP) is None
    with pytest.raises(Unread, match="lambda:GetPolicy"):
        found.way_to(ARN, "eu-west-1")


def test_that_nothing_reaches_a_workload_is_said_only_without_gaps() -> None:
    found = use(APP, HOST, made(Function, FunctionName="x", FunctionArn=f"{ARN}x", Role=APP.arn))
    with pytest.raises(Unread):
        found.way_to(f"{ARN}x", "eu-west-1")
    assert found.way_to(f"{ARN}x", "us-east-1") == ""


def test_one_that_is_known_is_enough_to_say_that_a_role_is_used() -> None:
    found = use(APP, HOST, FUNCTION, gaps=(gap("lambda:ListFunctions"),))
    assert found.is_used(APP)
    with pytest.raises(Unread):
        found.is_used(HOST)
    with pytest.raises(Unread):
        found.all(APP)
    assert not use(APP, HOST).is_used(HOST)


@pytest.mark.parametrize(
    ("tags", "names", "expected"),
    [
        ({"env": "PRD"}, (), "production"),
        ({"Environment": "uat"}, ("prod-x",), "staging"),
        ({"env": "blue"}, ("shop-dev",), "development"),
        ({}, ("table/orders.qa",), "test"),
        ({}, ("snapshot:rds:shop-prod-2026",), "production"),
        ({}, ("productive", "developer"), ""),
    ],
)
def test_an_environment_by_tag_or_else_by_a_word_of_a_name(tags: Any, names: Any, expected: str) -> None:
    assert environment(tags, *names) == expected


def test_an_environment_that_only_unread_tags_could_tell_is_not_guessed() -> None:
    found = Environments(every(gaps=(gap("tag:GetResources"),)))
    assert found.of("arn:aws:s3:::shop-dev", "eu-west-1") == "development"
    assert found.of("arn:aws:s3:::shop", "us-east-1") == ""
    with pytest.raises(Unread):
        found.of("arn:aws:s3:::shop", "eu-west-1")
