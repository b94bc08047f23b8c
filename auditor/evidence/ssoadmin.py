"""AWS IAM Identity Center: the instances that a region shows; its directory is left alone, as it is about people."""

from __future__ import annotations

from typing import ClassVar

from auditor.calls import call
from auditor.typed import Resource, at, evidence
from auditor.wiring import listed


@evidence
class SsoInstance(Resource):
    """An instance of Identity Center, of the account or of its organization."""

    type_name: ClassVar = "AWS::SSO::Instance"
    arn: str = at("InstanceArn")
    owner: str = at("OwnerAccountId")
    status: str = at("Status")

    @property
    def is_active(self) -> bool:
        """Whether people can sign in through it."""
        return self.status == "ACTIVE"


sso_instances = listed(SsoInstance, call("sso-admin", "ListInstances", page=100), "Instances[]")
