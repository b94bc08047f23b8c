from auditor.evidence.ssoadmin import SsoInstance
from auditor.testing import made

ARN = "arn:aws:sso:::instance/ssoins-1"


def test_an_instance_that_is_being_made_serves_nobody_yet() -> None:
    assert made(SsoInstance, InstanceArn=ARN, OwnerAccountId="123456789012", Status="ACTIVE").is_active
    starting = made(SsoInstance, InstanceArn=ARN, OwnerAccountId="999999999999", Status="CREATE_IN_PROGRESS")
    assert not starting.is_active
    assert starting.owner == "999999999999"
    assert starting.name == "ssoins-1"
