from typing import Any

import pytest

from auditor.errors import Absent
from auditor.evidence.elasticbeanstalk import BeanstalkEnvironment, BeanstalkOptions
from auditor.testing import REGION, gathered, made

RAW: dict[str, Any] = {
    "EnvironmentName": "shop-web",
    "EnvironmentArn": "arn:aws:elasticbeanstalk:eu-west-1:123456789012:environment/shop/shop-web",
    "ApplicationName": "shop",
    "Status": "Ready",
    "Tier": {"Name": "WebServer", "Type": "Standard"},
}
WEB = made(BeanstalkEnvironment, RAW)


def test_a_web_server_without_enhanced_health() -> None:
    assert (WEB.environment, WEB.application, WEB.is_web_server, WEB.health_status) == ("shop-web", "shop", True, None)
    assert not made(BeanstalkEnvironment, RAW | {"Tier": {"Name": "Worker"}}).is_web_server


def test_what_is_terminated_is_no_environment() -> None:
    listed = {"Environments": [RAW, RAW | {"Status": "Terminated"}, RAW | {"Status": "Terminating"}]}
    (found,) = gathered(BeanstalkEnvironment, REGION, DescribeEnvironments=listed)
    assert found.status == "Ready"


def settings(status: str, *options: tuple[str, str, str | None]) -> dict[str, Any]:
    raw = [
        {"Namespace": space, "OptionName": name, **({"Value": value} if value else {})}
        for space, name, value in options
    ]
    return {"DeploymentStatus": status, "OptionSettings": raw}


def test_options_of_what_is_deployed() -> None:
    size = ("aws:autoscaling:asg", "MinSize")
    answer = {
        "ConfigurationSettings": [
            settings("pending", (*size, "4")),
            settings("deployed", (*size, "2"), ("aws:autoscaling:asg", "Cooldown", None)),
        ]
    }
    options = gathered(BeanstalkOptions, WEB, DescribeConfigurationSettings=answer)
    assert (options.value(*size), options.number(*size)) == ("2", 2.0)
    assert options.number("aws:autoscaling:asg", "Cooldown") is None
    assert options.value("aws:autoscaling:asg", "MaxSize") is None


def test_an_environment_that_is_gone_has_no_options() -> None:
    with pytest.raises(Absent):
        gathered(BeanstalkOptions, WEB, DescribeConfigurationSettings={"ConfigurationSettings": []})
