from auditor.evidence.codebuild import BuildProject, ProjectName
from auditor.testing import gathered, made
from auditor.wiring import Batch

ARN = "arn:aws:codebuild:eu-west-1:123456789012:project/ci"


def test_a_project_with_the_variables_whose_values_stand_there() -> None:
    name = made(ProjectName, "ci")
    assert name.arn == ARN
    variables = [
        {"name": "STAGE", "value": "live"},
        {"name": "REGION", "value": "eu-west-1", "type": "PLAINTEXT"},
        {"name": "TOKEN", "value": "/shop/token", "type": "PARAMETER_STORE"},
        {"name": "PASSWORD", "value": "shop/db", "type": "SECRETS_MANAGER"},
    ]
    raw = {
        "arn": ARN,
        "name": "ci",
        "serviceRole": "arn:aws:iam::123456789012:role/ci",
        "source": {"type": "GITHUB"},
        "environment": {"environmentVariables": variables},
    }
    (one,) = gathered(BuildProject, Batch([name]), BatchGetProjects={"projects": [raw]})
    assert one.environment == {"STAGE": "live", "REGION": "eu-west-1"}
    assert one.role == "arn:aws:iam::123456789012:role/ci"
    assert one.source == "GITHUB"


def test_a_project_without_variables_or_a_role() -> None:
    raw = {"arn": ARN, "name": "ci"}
    (one,) = gathered(BuildProject, Batch([made(ProjectName, "ci")]), BatchGetProjects={"projects": [raw]})
    assert one.environment == {}
    assert one.role is None
