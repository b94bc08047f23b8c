"""AWS Elastic Beanstalk: environments, and the options that they run with."""

from __future__ import annotations

from typing import ClassVar

from auditor.aws import Aws
from auditor.calls import call
from auditor.errors import Absent
from auditor.typed import Evidence, Resource, at, evidence
from auditor.wiring import collector, listed


@evidence
class BeanstalkEnvironment(Resource):
    """An environment that is not terminated: a version of an application, and what it runs on."""

    type_name: ClassVar = "AWS::ElasticBeanstalk::Environment"
    arn: str = at("EnvironmentArn")
    environment: str = at("EnvironmentName")
    application: str = at("ApplicationName")
    status: str = at("Status")
    tier: str = at("Tier.Name")
    """`WebServer` or `Worker`."""
    health_status: str | None = at("HealthStatus")
    """Only sent where health reporting is enhanced."""

    @property
    def is_web_server(self) -> bool:
        """Whether it serves requests; workers take messages of a queue."""
        return self.tier == "WebServer"


beanstalk_environments = listed(
    BeanstalkEnvironment, call("elasticbeanstalk", "DescribeEnvironments", IncludeDeleted=False), "Environments[]",
    skip={"Status": ("Terminating", "Terminated")},
)  # fmt: skip


@evidence
class BeanstalkOption(Evidence):
    """One option of an environment."""

    namespace: str = at("Namespace")
    name: str = at("OptionName")
    value: str | None = at("Value")


@evidence
class BeanstalkOptions(Evidence):
    """The options that an environment runs with, those that nobody set too."""

    options: tuple[BeanstalkOption, ...] = at("OptionSettings")

    def value(self, namespace: str, name: str) -> str | None:
        """The value of an option; None where the environment has no such option."""
        found = (one.value for one in self.options if (one.namespace, one.name) == (namespace, name))
        return next(found, None)

    def number(self, namespace: str, name: str) -> float | None:
        """The value of an option that is a number; None where there is none."""
        text = self.value(namespace, name)
        return float(text) if text else None


@collector(call("elasticbeanstalk", "DescribeConfigurationSettings"))
def beanstalk_options(aws: Aws, environment: BeanstalkEnvironment) -> BeanstalkOptions:
    """Of what is deployed; a change that is being made is listed beside it, and does not count yet."""
    names = {"ApplicationName": environment.application, "EnvironmentName": environment.environment}
    found = aws("DescribeConfigurationSettings", **names).get("ConfigurationSettings", ())
    deployed = [one for one in found if one.get("DeploymentStatus") == "deployed"]
    if not (deployed or found):
        raise Absent(environment.environment)
    return aws.parse(BeanstalkOptions, (deployed or found)[0])
