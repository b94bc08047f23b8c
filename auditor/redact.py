"""Secrets are replaced where responses enter; nothing behind the transport ever holds one.

A marker keeps what checks need: that there was a secret, of which type, and whether two are the same one
(a short keyed hash, its key made anew for each snapshot, so that markers cannot be looked up).

Where a string stands decides how closely it is looked at: any string for shapes that give themselves away, free text
for assignments as well, settings that customers name by their names, and some fields hold a secret by definition.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from auditor.secrets_shapes import SHORTEST, looks_secret
from auditor.secrets_text import replaced, replaced_shapes, unpacked
from auditor.secrets_values import is_literal, is_secret, tells_secret

_MARKER = re.compile(r"\[redacted ([a-z-]+) [0-9a-f]{8}\]")


def secrets_in(value: str) -> tuple[str, ...]:
    """The types of the secrets that stood in a text, by their markers."""
    return tuple(match.group(1) for match in _MARKER.finditer(value))


_SETTINGS = """
    Environment environment Variables variables EnvironmentVariables environmentVariables
    RuntimeEnvironmentVariables environmentVariablesOverride StageVariables stageVariables Parameters parameters
    Outputs outputs DefaultArguments NonOverridableArguments Arguments DockerLabels dockerLabels
    ConnectionProperties connectionProperties AuthenticationConfiguration OptionSettings Properties
    ProviderDetails HyperParameters HeaderParameters QueryStringParameters BodyParameters RequestParameters
    requestParameters options Options ContainerOverrides containerOverrides connectorConfiguration
    Configurations LogOptions SparkProperties JobParameters ParameterOverrides EndpointSettings
    OAuthHttpParameters Metadata
"""
"""Fields whose entries are named by customers: there a telling name is enough."""

_DOCUMENTS = """
    TemplateBody Definition definition imageManifest Content content Document document Template template InputTemplate
    requestTemplates responseTemplates RequestTemplates ResponseTemplates containerProperties
    ContainerDefinitions containerDefinitions Body body ProcessedTemplate StageDescription Input input
    InputPathsMap Payload
"""
"""Fields of whole documents, as text or as what botocore made of it: all names in there are the customer's."""

_TEXTS = """
    FunctionCode ConnectionFunctionCode Value value DefaultValue ParameterValue OutputValue Description
    description buildspec buildSpec CustomerGatewayConfiguration ExtraConnectionAttributes
    requestMappingTemplate responseMappingTemplate code Code Script script ScriptContent scriptContent
    ConfigText Comment comment JdbcUrl ConnectionString connectionString ZipFile MetadataText InitScript
"""
"""Fields of free text: there the patterns are looked for."""

_WITHHELD = """
    SecretString SecretBinary SecretAccessKey secretAccessKey SessionToken sessionToken MasterUserPassword
    masterUserPassword AuthToken authToken PrivateKey privateKey privateKeyBase64 PrivateKeyPlaintext
    ClientSecret clientSecret ClientSecretValue ConnectionPassword PreSharedKey SharedSecret sharedSecret
    authKey AuthKey Password password AccountPassword AsmPassword SaslPassword AuthPassword SslClientKeyPassword
    DbPassword dbPassword FsxAdminPassword ServicePassword ServiceCredentialSecret PasswordData KeyMaterial
    SecretToAuthenticateInitiator SecretToAuthenticateTarget RandomPassword oauthToken accessToken AccessToken
    RefreshToken refreshToken basicAuthCredentials streamKey ApiKeyValue AdminUserPassword adminUserPassword
    AppServerPrivateKey ClaimCertificatePrivateKey webhookSecret RadiusSharedSecret MacKey
"""
"""Fields that hold a secret by definition, unless they only refer to one."""

_PAGING = """
    NextToken nextToken Marker NextMarker marker nextMarker PaginationToken paginationToken ContinuationToken
    NextContinuationToken continuationToken position nextPageToken NextPageToken StartingToken
    LastEvaluatedTableName LastEvaluatedKey NextVersionIdMarker NextKeyMarker KeyMarker VersionIdMarker
    UploadIdMarker PageToken pageToken NextRecordName ResumptionToken LockToken NextLockToken ETag RevisionId
    QueryExecutionId
"""
"""What asks for the next page, or locks: never touched."""

_ROLES = {
    **dict.fromkeys(_SETTINGS.split(), "settings"),
    **dict.fromkeys(_DOCUMENTS.split(), "document"),
    **dict.fromkeys(_TEXTS.split(), "text"),
    **dict.fromkeys(_WITHHELD.split(), "withheld"),
    **dict.fromkeys(_PAGING.split(), "paging"),
    **dict.fromkeys(("UserData", "userData", "user_data"), "user data"),
    **dict.fromkeys(("Tags", "tags", "TagSet", "TagList", "tagList", "TagsList", "ResourceTags"), "tags"),
    **dict.fromkeys(
        ("Command", "command", "Commands", "commands", "entryPoint", "EntryPoint", "Args", "args"), "command"
    ),
    **dict.fromkeys(("AccessKeyId", "accessKeyId"), "key id"),
    "CustomHeaders": "origin headers",
    "HttpHeaderConfig": "header condition",
    "ByteMatchStatement": "byte match",
    "ByteMatchTuples": "byte match",
}
_HEADER_FIELDS = {
    "origin headers": ("HeaderValue",),
    "header condition": ("Values", "RegexValues"),
    "byte match": ("SearchString", "TargetString"),
}
"""Values of headers by which origins and firewalls know that a request came the right way: secrets by definition."""

_NAME_FIELDS = ("name", "Name", "ParameterKey", "ParameterName", "OutputKey", "OptionName", "key", "Key", "HeaderName")
_VALUE_FIELDS = frozenset({"value", "Value", "ParameterValue", "OutputValue", "DefaultValue"})
_INHERITING = _VALUE_FIELDS | {"default", "Default", "defaultValue", "Fn::Sub", "Fn::Base64"}
"""Fields that say the value of the setting within which they stand."""
_ELSEWHERE = frozenset({"PARAMETER_STORE", "SECRETS_MANAGER"})
"""Types of settings whose value is the name of a secret."""
_MANY_DIGITS = 10**5


class Redactor:
    """Turns a response into JSON values without secrets, in one walk."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._by_role: dict[str, Callable[[str, Any], Any]] = {
            "settings": self._settings,
            "document": self._settings,
            "text": self._free,
            "withheld": self._withheld,
            "paging": lambda _, value: _as_json(value),
            "key id": lambda _, value: _as_json(value),
            "user data": self._user_data,
            "tags": lambda _, value: self._plain(value, roles={}),
            "command": self._command,
            "origin headers": self._headers,
            "header condition": self._headers,
            "byte match": self._headers,
        }

    def clean(self, value: Any) -> Any:
        """The response as JSON values: dates as ISO 8601, bytes as text, secrets as markers."""
        return self._plain(value)

    def marker(self, kind: str, secret: str) -> str:
        """What stands for a secret: `[redacted aws-access-key 1a2b3c4d]`."""
        digest = hmac.new(self._key, secret.encode(errors="replace"), hashlib.sha256)
        return f"[redacted {kind} {digest.hexdigest()[:8]}]"

    # --- any field

    def _plain(self, value: Any, roles: Mapping[str, str] = _ROLES) -> Any:
        """The hot path: most of a response is names, ids and states, which one cheap question lets through."""
        kind = type(value)
        if kind is dict:
            clean = dict(value)
            for key, item in value.items():
                if key in roles:
                    clean[key] = self._by_role[roles[key]](key, item)
                elif type(item) is str:
                    if len(item) >= SHORTEST and looks_secret(item):
                        clean[key] = self._shapes(item)
                elif type(item) not in _SIMPLE:
                    clean[key] = self._plain(item, roles)
            return clean
        if kind is list or kind is tuple:
            return [self._plain(item, roles) for item in value]
        if kind is str:
            return self._shapes(value) if len(value) >= SHORTEST and looks_secret(value) else value
        if isinstance(value, Mapping):
            return self._plain(dict(value), roles)
        plain = _as_json(value)
        return self._plain(plain, roles) if isinstance(plain, str) and not isinstance(value, date) else plain

    def _shapes(self, value: str) -> str:
        if _IS_JSON(value):
            clean = self._json(value, lambda loaded: self._plain(loaded, {}))
            if clean is not None:
                return clean
        return replaced_shapes(value, self.marker)

    # --- free text

    def _free(self, field: str, value: Any) -> Any:
        if type(value) is str:
            return value if _IS_PLAIN(value) else self._text(value)
        value = _as_json(value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, (list, tuple)):
            return [self._free(field, item) for item in value]
        return self._plain(value)

    def _text(self, value: str) -> str:
        """Free text; where it is JSON it stays JSON."""
        if len(value) < _SHORTEST_TEXT:
            return value
        if _IS_JSON(value):
            clean = self._json(value, lambda loaded: self._settings("", loaded))
            if clean is not None:
                return clean
        return replaced(value, self.marker)

    def _json(self, text: str, clean: Callable[[Any], Any]) -> str | None:
        """JSON in a string, cleaned within; None where it is none."""
        repeated: list[str] = []

        def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
            made = dict(items)
            if len(made) < len(items):
                repeated.append("")
            return made

        try:
            loaded = json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse, parse_float=_finite)
            if not isinstance(loaded, (dict, list)):
                return None
            cleaned = clean(loaded)
            return text if cleaned == loaded and not repeated else json.dumps(cleaned, ensure_ascii=False)
        except (ValueError, RecursionError):
            return None

    # --- settings

    def _settings(self, name: str, value: Any, parent: str = "") -> Any:
        """Settings named by customers, in whatever form: a mapping, or a list of names and values."""
        value = _as_json(value)
        if isinstance(value, Mapping):
            return self._named(value, parent)
        if isinstance(value, (list, tuple)):
            return [self._settings(name, item, parent) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _named(self, value: Mapping[str, Any], parent: str) -> dict[str, Any]:
        own = "" if _VALUE_FIELDS.isdisjoint(value) else _own_name(value)
        return {key: self._entry(key, item, own, parent) for key, item in value.items()}

    def _entry(self, key: str, item: Any, own: str, parent: str) -> Any:
        if key not in _SPECIAL and not tells_secret(key):
            return self._free(key, item) if type(item) is str else self._setting(key, item)
        if own and key in _VALUE_FIELDS:
            return self._setting(own, item)
        if parent and key in _INHERITING:
            return self._setting(parent, item)
        role = _ROLES.get(key)
        if role in _FIRM or (role == "withheld" and not tells_secret(key)):
            return self._by_role[role](key, item)
        return self._setting(key, item)

    def _setting(self, name: str, value: Any) -> Any:
        """A named setting: secret by its name, unless it only refers to a secret kept elsewhere."""
        value = _as_json(value)
        if isinstance(value, str):
            return self._by_name(name, value) if is_secret(name, value) else self._text(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _MANY_DIGITS:
            return self.marker("password", str(value)) if tells_secret(name) == "password" else value
        if isinstance(value, (list, tuple)):
            return [self._setting(name, item) for item in value]
        return self._named(value, name) if isinstance(value, Mapping) else value

    def _by_name(self, name: str, value: str) -> str:
        """The marker of a value that is secret by its name, of the kind that its shape tells where it has one."""
        if _MARKER.search(value):
            return self._text(value)
        clean = replaced(f"{name}={value}" if _KEY_NAME.search(name) else value, self.marker)
        whole = _MARKER.fullmatch(clean.removeprefix(f"{name}="))
        return self.marker(whole.group(1) if whole else "password", value)

    # --- fields of their own

    def _withheld(self, field: str, value: Any) -> Any:
        value = _as_json(value)
        if isinstance(value, Mapping):
            return self._named(value, field)
        if isinstance(value, (list, tuple)):
            return [self._withheld(field, item) for item in value]
        if not isinstance(value, str) or _MARKER.fullmatch(value):
            return value
        return self.marker("secret", value) if value and (is_literal(value) or field == "SecretString") else value

    def _headers(self, role_field: str, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._headers(role_field, item) for item in value]
        if not isinstance(value, Mapping):
            return self._plain(value)
        role = _ROLES[role_field]
        if role == "byte match" and not _is_about_header(value.get("FieldToMatch")):
            return self._plain(value)
        secret = _HEADER_FIELDS[role]
        return {
            key: self._hidden(item)
            if key in secret
            else self._headers(role_field, item)
            if key == "Items"
            else self._plain(item)
            for key, item in value.items()
        }

    def _hidden(self, value: Any) -> Any:
        value = _as_json(value)
        if isinstance(value, (list, tuple)):
            return [self._hidden(item) for item in value]
        if not isinstance(value, str) or not value or _MARKER.fullmatch(value):
            return value
        return self.marker("secret", value)

    def _command(self, field: str, value: Any) -> Any:
        """A command line in words: an option that tells of a secret is followed by it."""
        if not isinstance(value, (list, tuple)) or not all(isinstance(word, str) for word in value):
            return self._settings(field, value)
        return [self._word(before, word) for before, word in zip(("", *value), value, strict=False)]

    def _word(self, before: str, word: str) -> str:
        if before.startswith("-") and "=" not in before and not word.startswith("-") and is_secret(before, word):
            return self._by_name(before.lstrip("-"), word)
        return self._text(word)

    def _user_data(self, field: str, value: Any) -> Any:
        """User data as text: AWS sends it in base64, compressed perhaps."""
        value = _as_json(value)
        if isinstance(value, Mapping):  # DescribeInstanceAttribute wraps it: {"UserData": {"Value": ...}}
            return {key: self._user_data(field, item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._user_data(field, item) for item in value]
        if not isinstance(value, str):
            return value
        return self._text(_decoded(value))


_IS_JSON = re.compile(r"\s*[{\[]").match
_SIMPLE = frozenset({int, float, bool, type(None)})
_SHORTEST_TEXT = 8
_IS_PLAIN = re.compile(
    r"[a-z0-9_./-]{1,19}\Z|[A-Za-z .,]{1,200}\Z|arn:aws[a-z-]*:[\w:/.*+=@!-]{1,200}\Z", re.ASCII
).match
"""A word, a sentence of words alone, an ARN: what most values are, and what holds no secret."""
_FIRM = frozenset(_ROLES.values()) - {"settings", "document", "text", "key id", "withheld"}
"""Roles that a field keeps among settings."""
_SPECIAL = frozenset(key for key, role in _ROLES.items() if role in _FIRM or role == "withheld") | _INHERITING
_KEY_NAME = re.compile(r"(?i)secret.*key")
_ENOUGH = 8


def _as_json(value: Any) -> Any:
    """Dates, bytes and streams as text; all else as it is."""
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "read"):
        value = value.read()
    return bytes(value).decode("utf-8", "replace") if isinstance(value, (bytes, bytearray)) else value


def _own_name(value: Mapping[str, Any]) -> str:
    """The name in a pair of name and value; none where the value says where the secret is."""
    if any(isinstance(value.get(one), str) and value[one] in _ELSEWHERE for one in ("type", "Type")):
        return ""
    return next((value[one] for one in _NAME_FIELDS if isinstance(value.get(one), str)), "")


def _is_about_header(field: Any) -> bool:
    return isinstance(field, Mapping) and ("SingleHeader" in field or field.get("Type") == "HEADER")


def _decoded(value: str) -> str:
    plain = unpacked(value) if len(value) >= _ENOUGH else None
    return value if plain is None else plain


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _finite(number: str) -> float:
    """A number that survives being written again; raises ValueError for one that does not."""
    made = float(number)
    if made in (float("inf"), float("-inf")):
        raise ValueError(number)
    return made


__all__ = ["Redactor", "secrets_in"]
