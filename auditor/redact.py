"""Secrets are replaced where responses enter; nothing behind the transport ever holds one.

A marker keeps what checks need: that there was a secret, of which type, and whether two are the same one
(a short keyed hash, its key made anew for each snapshot, so that markers cannot be looked up).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

_MARKER = re.compile(r"\[redacted ([a-z-]+) [0-9a-f]{8}\]")

_SECRET_NAME = re.compile(
    r"(?i)(passw(or)?d|passphrase|secret|token|api[_-]?key|apikey|private[_-]?key|access[_-]?key|credential|auth[_-]?key|connection[_-]?string)"
)
_HARMLESS_NAME = re.compile(
    r"(?i)(arn|name|_id|id|url|uri|path|file|length|policy|enabled|ttl|timeout|expir\w*|rotation\w*|version|type|region|table|bucket|endpoint|next\w*token|hosted\w*)$"
)
_REFERENCE = re.compile(
    r"^(arn:|\{\{resolve:|\$\{|ssm:|secretsmanager:|/aws/reference/|https?://[^@]*$|true$|false$|\d{1,6}$|\*+$|AQ[IE]CA)",
    re.IGNORECASE,
)

_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("private-key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)")),
    ("signed-url", re.compile(r"(?<=\?)\S*X-Amz-Signature=\S*")),
    ("aws-access-key", re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b")),
    ("aws-secret-key", re.compile(r"(?i)(?<=secret)[\w\"' ]{0,20}[:=][\"' ]{0,3}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])")),
    ("github-token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})")),
    ("gitlab-token", re.compile(r"\bglpat-[\w-]{20,}")),
    ("slack-token", re.compile(r"\bxox[abposr]-[\w-]{10,}")),
    ("stripe-key", re.compile(r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}")),
    ("google-key", re.compile(r"\bAIza[\w-]{35}\b")),
    ("sendgrid-key", re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}")),
    ("json-web-token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}")),
    ("url-password", re.compile(r"(?<=://)[^\s/:@]{1,64}:[^\s/@]{1,128}(?=@)")),
    (
        "password",
        re.compile(
            r"(?i)(?<![\w-])[\w.-]*(?:passw(?:or)?d|passwd|(?<![\d}*]:)secret(?!s?manager)|token|api_?key)\w*[\"']?\s*[:=]\s*[\"']?[^\s\"'$%{(<&;|]{6,}"
        ),
    ),
)

_SETTINGS = frozenset(
    {
        "Environment",
        "environment",
        "Variables",
        "EnvironmentVariables",
        "environmentVariables",
        "StageVariables",
        "stageVariables",
        "variables",
        "Parameters",
        "parameters",
        "Outputs",
        "DefaultArguments",
        "DockerLabels",
        "dockerLabels",
    }
)
"""Fields whose entries are named by customers: there a telling name is enough."""

_TEXTS = frozenset(
    {
        "UserData",
        "userData",
        "TemplateBody",
        "Definition",
        "definition",
        "command",
        "entryPoint",
        "Command",
        "FunctionCode",
        "Value",
        "DefaultValue",
        "ParameterValue",
        "Description",
        "description",
        "Input",
        "input",
        "Body",
        "value",
    }
)
"""Fields of free text: there the patterns are looked for."""

_WITHHELD = frozenset(
    {
        "SecretString",
        "SecretBinary",
        "SecretAccessKey",
        "SessionToken",
        "MasterUserPassword",
        "AuthToken",
        "PrivateKey",
        "ClientSecret",
        "ConnectionPassword",
        "PreSharedKey",
    }
)
"""Fields that hold a secret by definition."""


class Redactor:
    """Turns a response into JSON values without secrets, in one walk."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def clean(self, value: Any) -> Any:
        """The response as JSON values: dates as ISO 8601, bytes as text, secrets as markers."""
        return self._walk(value, "", named=False)

    def marker(self, kind: str, secret: str) -> str:
        """What stands for a secret: `[redacted aws-access-key 1a2b3c4d]`."""
        return (
            f"[redacted {kind} {hmac.new(self._key, secret.encode(errors='replace'), hashlib.sha256).hexdigest()[:8]}]"
        )

    def _walk(self, value: Any, field: str, *, named: bool) -> Any:
        if isinstance(value, str):
            return self._text(value, field, named=named)
        if isinstance(value, Mapping):
            return self._mapping(value, field, named=named or field in _SETTINGS)
        if isinstance(value, (list, tuple)):
            return [self._walk(item, field, named=named or field in _SETTINGS) for item in value]
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, (bytes, bytearray)):
            return self._text(bytes(value).decode("utf-8", "replace"), field, named=named)
        if hasattr(value, "read"):
            return self._text(value.read().decode("utf-8", "replace"), field, named=named)
        return value

    def _mapping(self, value: Mapping[str, Any], field: str, *, named: bool) -> dict[str, Any]:
        if field in _USER_DATA:  # DescribeInstanceAttribute wraps it: {"UserData": {"Value": ...}}
            return {k: self._walk(v, field, named=named) for k, v in value.items()}
        if named:
            pair = next(
                (
                    k
                    for k in ("name", "Name", "ParameterKey", "OutputKey", "key", "Key")
                    if isinstance(value.get(k), str)
                ),
                None,
            )
            if pair:
                return {
                    k: self._setting(value[pair], v) if k in _VALUE_FIELDS else self._walk(v, k, named=False)
                    for k, v in value.items()
                }
        return {
            k: self._setting(k, v) if named and isinstance(v, str) else self._walk(v, k, named=named)
            for k, v in value.items()
        }

    def _setting(self, name: str, value: Any) -> Any:
        """A named setting: secret by its name, unless it only refers to a secret kept elsewhere."""
        if not isinstance(value, str):
            return self._walk(value, name, named=True)
        telling = _SECRET_NAME.search(name) and not _HARMLESS_NAME.search(name)
        if telling and value and not _REFERENCE.match(value) and not _MARKER.search(value):
            return self.marker("password", value)
        return self._patterns(value)

    def _text(self, value: str, field: str, *, named: bool) -> str:
        if field in _WITHHELD and value:
            return self.marker("secret", value)
        if field in _USER_DATA:
            value = _decoded(value)
        return self._patterns(value) if named or field in _TEXTS else self._keys(value)

    def _keys(self, value: str) -> str:
        """Anywhere: private keys and signed URLs; access key ids are identifiers of IAM there."""
        if "PRIVATE KEY" in value or "X-Amz-Signature=" in value:
            return self._replace(_PATTERNS[:2], value)
        return value

    def _patterns(self, value: str) -> str:
        return self._replace(_PATTERNS, value) if len(value) >= _SHORTEST else value

    def _replace(self, patterns: tuple[tuple[str, re.Pattern[str]], ...], value: str) -> str:
        for kind, pattern in patterns:
            value = pattern.sub(lambda match, kind=kind: self._found(kind, match.group()), value)  # type: ignore[misc]
        return value

    def _found(self, kind: str, text: str) -> str:
        return text if _MARKER.search(text) else self.marker(kind, text)


_USER_DATA = ("UserData", "userData")

_SHORTEST = 12
"""Characters of the shortest text that the patterns could match."""

_VALUE_FIELDS = frozenset({"value", "Value", "ParameterValue", "OutputValue", "DefaultValue"})


def _decoded(value: str) -> str:
    """User data as text; AWS sends it in base64."""
    try:
        return base64.b64decode(value, validate=True).decode("utf-8")
    except ValueError:
        return value


def secrets_in(value: str) -> tuple[str, ...]:
    """The types of the secrets that stood in a text, by their markers."""
    return tuple(match.group(1) for match in _MARKER.finditer(value))
