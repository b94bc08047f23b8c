"""What every part of the demonstration account is made with: the clients, the tags, the names of the Regions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boto3.session import Session

PRIMARY = "eu-west-1"
RECOVERY = "eu-central-1"
GLOBAL = "us-east-1"
"""Where AWS keeps what belongs to CloudFront: its certificates, web ACLs and metrics."""

ACCOUNT = "123456789012"
"""moto's own account."""

OTHER_ACCOUNT = "210987654321"
"""A partner's account, outside the organization."""

Pairs = list[dict[str, str]]


class Clients:
    """One client a service and Region, made when first asked for."""

    def __init__(self, session: Session) -> None:
        self._session: Any = session
        self._made: dict[tuple[str, str], Any] = {}
        self.account: str = self("sts").get_caller_identity()["Account"]

    def __call__(self, service: str, region: str = PRIMARY) -> Any:
        """The service's client in the Region."""
        key = service, region
        if key not in self._made:
            self._made[key] = self._session.client(service, region_name=region)
        return self._made[key]


def labels(name: str, tier: str = "", **more: str) -> dict[str, str]:
    """The tags that a well-kept resource of the shop carries; keyword arguments add to them or replace them."""
    own = {"Name": name, "environment": "production", "workload": "shop", "owner": "shop-team"}
    return own | ({"tier": tier} if tier else {}) | {key.replace("_", "-"): value for key, value in more.items()}


def pairs(tags: Mapping[str, str], key: str = "Key", value: str = "Value") -> Pairs:
    """Tags as the list that most services want."""
    return [{key: name, value: text} for name, text in tags.items()]


def tagged(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """Tags as EC2 wants them at creation."""
    return [{"ResourceType": kind, "Tags": pairs(tags)}]


def policy(*statements: Mapping[str, Any]) -> str:
    """A policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows; keyword arguments are further elements, such as Principal and Condition."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def trust(principal: Mapping[str, Any], action: str = "sts:AssumeRole", **condition: Any) -> str:
    """A trust policy; keyword arguments are the condition's operators."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return policy(statement | ({"Condition": condition} if condition else {}))
