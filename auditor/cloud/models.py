"""A botocore session whose models and handlers know only what collectors have declared.

What is not in a model cannot be called: the client has no method for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, cast

from auditor.calls import Call
from auditor.cloud.handlers import declared_handlers
from auditor.cloud.model_files import model_files

_ALWAYS = {
    "sts": {"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"},
    "iam": {"ListAccountAliases"},
    "ec2": {"DescribeRegions"},
    "sso": {"GetRoleCredentials"},
    "sso-oidc": {"CreateToken"},
    "signin": {"CreateOAuth2Token"},
    "s3": {"HeadBucket"},
}
"""What opening an account calls, and what botocore calls for credentials, and for buckets of another region."""


def declared_session(calls: Iterable[Call]) -> Any:
    """A botocore session that loads only the declared operations of each service, and the shapes that they use."""
    from botocore.session import Session

    kept = {service: set(operations) for service, operations in _ALWAYS.items()}
    for call in calls:
        kept.setdefault(call.service, set()).add(call.operation)
    handlers = declared_handlers(set(kept), set().union(*kept.values()))
    core = Session(event_hooks=handlers, include_builtin_handlers=False)
    core.get_component("data_loader").file_loader = model_files(kept)
    core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=time_of)
    return core


def time_of(value: Any) -> datetime:
    """A time of an answer, as botocore reads it; raises ValueError for what is none.

    What all of AWS's protocols send, seconds since 1970 or ISO 8601 with a zone, is read without looking for other
    forms, which is a fifteenth of what boto3's calls cost.
    """
    with suppress(TypeError, ValueError, OverflowError, OSError):
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        if "T" in value and (found := datetime.fromisoformat(value)).tzinfo:
            return found
    from botocore.utils import parse_timestamp  # boto3 is slow to import, and this is rare

    return cast("datetime", parse_timestamp(value))
