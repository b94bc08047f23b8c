"""Policy documents of IAM and of resources: parsed once, then asked in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

Names = tuple[str, ...]

ANYONE = "*"

IDENTITY_KEYS = ("aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount", "aws:PrincipalArn")
"""Condition keys that say who asks."""

_READING = ("get", "list", "describe", "batchget", "head", "lookup", "search", "query", "scan", "view")
"""What the names of actions that only read begin with."""


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
    def label(self) -> str:
        """How a reason names it: by its Sid, if it has one."""
        return f"statement {self.sid}" if self.sid else "a statement"

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

    @property
    def only_reads(self) -> bool:
        """Whether every action that it names only reads, by the verb in its name."""
        verbs = [action.partition(":")[2].lower() for action in self.actions]
        return not self.not_actions and all(verb.startswith(_READING) for verb in verbs)

    def required(self, key: str) -> tuple[Names, ...]:
        """What a request must have for a condition key: one tuple of alternatives for each condition that demands it.

        `...IfExists` and `ForAllValues:` are also met where the key is missing, and negations by everything else:
        they demand nothing.
        """
        return self._by_operators(key, _demands)

    def excepted(self, key: str) -> tuple[Names, ...]:
        """The values of a condition key that negations (`StringNotEquals`, ...) leave out of it."""
        return self._by_operators(key, _negates)

    def _by_operators(self, key: str, fits: Callable[[str], bool]) -> tuple[Names, ...]:
        wanted = key.lower()
        return tuple(keys[wanted] for operator, keys in self.conditions.items() if wanted in keys and fits(operator))

    def narrowed_beyond(self, key: str) -> Names:
        """The condition keys that narrow it besides one, in lower case."""
        wanted = key.lower()
        return tuple(dict.fromkeys(name for keys in self.conditions.values() for name in keys if name != wanted))

    @property
    def limited_to(self) -> Names:
        """The organizations, accounts or principals that its conditions limit it to; empty where they name none."""
        demanded = (values for key in IDENTITY_KEYS for values in self.required(key))
        return next((values for values in demanded if all(map(names_account, values))), ())

    @property
    def spares_only(self) -> bool:
        """Whether, as a Deny, it leaves nobody but named organizations, accounts or principals."""
        if self.not_principals:
            return not self.conditions
        excepted = [values for key in IDENTITY_KEYS for values in self.excepted(key)]
        alone = sum(map(len, self.conditions.values())) == len(excepted) == 1
        return self.names_anyone and alone and all(map(names_account, excepted[0]))

    def values_of(self, key: str) -> Names:
        """The values that its conditions name for a condition key, whatever the operator."""
        wanted = key.lower()
        return tuple(
            value
            for keys in self.conditions.values()
            for name, values in keys.items()
            if name == wanted
            for value in values
        )


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

    def denies_plaintext(self, *actions: str) -> bool:
        """Whether a Deny refuses these actions to everyone who comes without TLS, with no further condition."""
        return any(
            one.names_anyone
            and "false" in one.values_of("aws:SecureTransport")
            and not one.narrowed_beyond("aws:SecureTransport")
            and all(one.covers_action(action) for action in actions)
            for one in self.denying
        )

    def turns_strangers_away(self, action: str) -> bool:
        """Whether a Deny refuses an action to all but named organizations, accounts or principals."""
        return any(one.spares_only and one.covers_action(action) for one in self.denying)

    @property
    def denying(self) -> tuple[Statement, ...]:
        """Its Deny statements."""
        return tuple(one for one in self.statements if one.denies)


def matches(text: str, pattern: str) -> bool:
    """Whether text fits a pattern of the policy language: `*` and `?`, and no other wildcard."""
    if "*" not in pattern and "?" not in pattern:
        return text == pattern
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def account_of(principal: str) -> str:
    """The account that an ARN or an account id names; empty where there is none."""
    parts = principal.split(":")
    account = parts[4] if len(parts) > 4 else principal  # noqa: PLR2004 - the account is an ARN's fifth part
    return account if account.isdigit() else ""


def names_account(value: str) -> bool:
    """Whether a value of a condition names its account or organization, without a wildcard in that part."""
    return bool(account_of(value)) or re.match(r"o-[^*?/]+(/|$)", value) is not None


def _demands(operator: str) -> bool:
    name = operator.lower()
    return not (name.startswith("forallvalues:") or name.endswith("ifexists") or "not" in name or name == "null")


def _negates(operator: str) -> bool:
    return "not" in operator.lower()


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
        {
            op: {key.lower(): _strings(values) for key, values in keys.items()}
            for op, keys in raw.get("Condition", {}).items()
        },
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
