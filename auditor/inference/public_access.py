"""Whom a resource policy really admits: everyone, once its conditions and denials are taken into account."""

from __future__ import annotations

from collections.abc import Callable

from auditor.evidence.policy import ANYONE, PolicyDocument, Statement, names_account
from auditor.inference.traffic import IPV4, IPV6, PUBLIC, Ranges, is_world

_CALLER = (
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:SourceAccount",
    "aws:SourceOwner",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceArn",
    "kms:CallerAccount",
    "s3:DataAccessPointAccount",
    "s3:DataAccessPointArn",
    "elasticfilesystem:AccessPointArn",
)
"""Condition keys that say for which account or organization a request comes."""

_NETWORKS = ("aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn")
_ADDRESSES = ("aws:SourceIp", "aws:VpcSourceIp")
_THROUGH_AWS = ("aws:viaawsservice", "aws:principalisawsservice")
"""Exceptions for AWS's own services, as a Deny makes them beside its real condition."""


def open_statements(document: PolicyDocument) -> tuple[Statement, ...]:
    """The statements that admit everyone: no condition limits them, and no Deny takes back what they give."""
    return tuple(one for one in document.allowing if _admits_anyone(one) and not _is_taken_back(one, document))


def _admits_anyone(statement: Statement) -> bool:
    """Allow with NotPrincipal admits everyone but those that it names."""
    return (statement.names_anyone or bool(statement.not_principals)) and not _is_limited(statement)


def _is_limited(statement: Statement) -> bool:
    """Whether a condition demands something that not everyone has; conditions add up, so one is enough."""
    return _demands(statement.required) or any(
        all(_is_own_user(value) for value in values) for values in statement.required("aws:userid")
    )


def _demands(values_of: Callable[[str], tuple[tuple[str, ...], ...]]) -> bool:
    """Whether the values of a key, each an alternative, all name an account, a network or few addresses."""
    by_caller = any(all(map(_names_owner, values)) for key in _CALLER for values in values_of(key))
    by_network = any(_are_named(values) for key in _NETWORKS for values in values_of(key))
    return by_caller or by_network or any(_are_few(values) for key in _ADDRESSES for values in values_of(key))


def _names_owner(value: str) -> bool:
    """Whether it names an account or organization, or a bucket: S3's ARNs have no account, but one owner."""
    bucket = value.partition(":s3:::")[2].partition("/")[0]
    return names_account(value) or (bool(bucket) and not set("*?").intersection(bucket))


def _is_own_user(value: str) -> bool:
    """Whether it names a unique id (`AROA...:*`), not a pattern for any."""
    return value[:4].isalnum()


def _are_named(values: tuple[str, ...]) -> bool:
    return not any(set("*?").intersection(value) for value in values)


def _are_few(cidrs: tuple[str, ...]) -> bool:
    """Whether addresses, all together, are less than what counts as the whole world; private ones are nobody's."""
    return not any(is_world(Ranges.of(cidrs, family) & PUBLIC[family], family) for family in (IPV4, IPV6))


def _is_taken_back(statement: Statement, document: PolicyDocument) -> bool:
    """Whether one Deny refuses everything that a statement gives to all but those whom it names."""
    return any(_spares_few(one) and _covers(one, statement) for one in document.denying)


def _spares_few(denial: Statement) -> bool:
    if denial.spares_only or (denial.names_anyone and not denial.conditions):
        return True
    keys = {key for keys in denial.conditions.values() for key in keys}
    alone = len(keys.difference(_THROUGH_AWS)) == 1
    return denial.names_anyone and alone and _demands(denial.excepted)


def _covers(denial: Statement, statement: Statement) -> bool:
    """Whether a Deny covers the actions and resources of a statement; its patterns are taken as they are written."""
    actions = statement.actions or (ANYONE,)
    resources = statement.resources or (ANYONE,)
    reached = not (denial.resources or denial.not_resources) or all(map(denial.covers_resource, resources))
    return reached and all(map(denial.covers_action, actions))
