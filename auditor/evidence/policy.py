"""Policy documents of IAM and of resources: parsed once, then asked in words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Names = tuple[str, ...]

ANYONE = "*"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; lists where the language allows a single value or a list, keys of conditions in lower case."""

    effect: str
    """`Allow` or `Deny`."""
    sid: str
    principals: Mapping[str, Names]
    """By type (`AWS`, `Service`, `Federated`, `CanonicalUser`); `*` alone is `{"AWS": ("*",)}`."""
    not_principals: Mapping[str, Names]
    actions: Names
    not_actions: Names
    resources: Names
    not_resources: Names
    conditions: Mapping[str, Mapping[str, Names]]
    """By operator, then by condition key."""

    @property
    def allows(self) -> bool:
        """Whether its effect is Allow."""
        return self.effect == "Allow"

    @property
    def denies(self) -> bool:
        """Whether its effect is Deny."""
        return self.effect == "Deny"

    @property
    def names_anyone(self) -> bool:
        """Whether its principal is everyone, of any account."""
        return ANYONE in self.principals.get("AWS", ())

    def covers_action(self, action: str) -> bool:
        """Whether an action (`s3:GetObject`) falls under it; actions compare without regard to case."""
        wanted = action.lower()
        if self.not_actions:
            return not any(matches(wanted, pattern.lower()) for pattern in self.not_actions)
        return any(matches(wanted, pattern.lower()) for pattern in self.actions)

    def covers_resource(self, arn: str) -> bool:
        """Whether an ARN falls under it."""
        if self.not_resources:
            return not any(matches(arn, pattern) for pattern in self.not_resources)
        return any(matches(arn, pattern) for pattern in self.resources)

    def values_of(self, key: str) -> Names:
        """The values that its conditions name for a condition key, whatever the operator."""
        wanted = key.lower()
        return tuple(value for keys in self.conditions.values() for name, values in keys.items() if name == wanted for value in values)


@dataclass(frozen=True, slots=True)
class PolicyDocument:
    """A policy: its statements in order."""

    statements: tuple[Statement, ...]

    @classmethod
    def read(cls, document: str | Mapping[str, Any]) -> PolicyDocument:
        """From JSON text, or from what botocore decoded; raises ValueError where it is no policy."""
        loaded = json.loads(document) if isinstance(document, str) else document
        if not isinstance(loaded, Mapping):
            message = "a policy is a JSON object"
            raise ValueError(message)  # noqa: TRY004 - a malformed document, not a wrong argument
        return cls(tuple(_statement(one) for one in _several(loaded.get("Statement", ()))))

    @property
    def allowing(self) -> tuple[Statement, ...]:
        """Its Allow statements."""
        return tuple(one for one in self.statements if one.allows)

    @property
    def denying(self) -> tuple[Statement, ...]:
        """Its Deny statements."""
        return tuple(one for one in self.statements if one.denies)


def matches(text: str, pattern: str) -> bool:
    """Whether text fits a pattern of the policy language: `*` and `?`, and no other wildcard."""
    if "*" not in pattern and "?" not in pattern:
        return text == pattern
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def _statement(raw: Any) -> Statement:
    if not isinstance(raw, Mapping) or raw.get("Effect") not in ("Allow", "Deny"):
        message = "a statement has an Effect of Allow or Deny"
        raise ValueError(message)
    return Statement(
        raw["Effect"],
        str(raw.get("Sid", "")),
        _principals(raw.get("Principal")),
        _principals(raw.get("NotPrincipal")),
        _strings(raw.get("Action")),
        _strings(raw.get("NotAction")),
        _strings(raw.get("Resource")),
        _strings(raw.get("NotResource")),
        {op: {key.lower(): _strings(values) for key, values in keys.items()} for op, keys in raw.get("Condition", {}).items()},
    )


def _principals(raw: Any) -> Mapping[str, Names]:
    if raw is None:
        return {}
    if isinstance(raw, str):
        return {"AWS": (raw,)}
    return {kind: _strings(values) for kind, values in raw.items()}


def _strings(raw: Any) -> Names:
    return tuple(_text(value) for value in _several(raw))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _several(raw: Any) -> Sequence[Any]:
    if raw is None:
        return ()
    return raw if isinstance(raw, (list, tuple)) else (raw,)
