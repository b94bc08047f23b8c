"""What a name tells of its value, and whether a value is a secret itself or only says where one is."""

from __future__ import annotations

import re
from functools import lru_cache

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")

_STRONG = re.compile(
    r"(?:passw(?:or)?ds?|passwd|passphrase|passcode|pwd)\d*(?=_|$)|(?:^|_)(?:user|db|my|root|admin|smtp|ldap|pg)?pass\d*$"
)
_TELLING = re.compile(
    r"(?:secrets?|tokens?|credentials?|creds|key_?base|conn(?:ection)?_?str(?:ing)?|psk|mnemonic|salt|redis(?:cli)?_auth"
    r"|(?:api|app|application|auth|access|account|private|priv|signing|signature|encryption|encrypt|decryption|cipher|crypto|secret"
    r"|master|shared|license|licence|jwt|hmac|session|storage|webhook|consumer|write|deploy|aes|service|subscription|admin|cookie"
    r"|stream|integration|ingest)_?keys?)\d*(?=_|$)"
)
_HARMLESS_END = re.compile(
    r"(?:^|_)(?:arns?|names?|ids?|identifiers?|ur[lin]s?|endpoints?|hosts?|ports?|paths?|files?|filename|dir(?:ectory)?|folder"
    r"|length|len|size|min|max|count|limits?|ttl|timeout|expir\w*|age|lifetime|duration|days|hours|minutes|mins|seconds|secs|ms"
    r"|interval|date|time|at|on|policy|policies|enabled|disabled|required|optional|needed|version|types?|kind|formats?|mode"
    r"|alg|algorithms?|encoding|encryption|headers?|prefix|suffix|regions?|tables?|buckets?|queues?|topics?|stores?|sources?"
    r"|managers?|manager_\w+|providers?|backend|engine|class|scopes?|audience|issuers?|rotations?|rotat\w+|status|state|location|refs?"
    r"|references?|alias\w*|labels?|titles?|desc|description|hint|prompt|fields?|params?|parameters?|attributes?|regex|patterns?"
    r"|validat\w+|rules?|strength|complexity|histor\w+|reset|changed?|updated?|created?|owners?|revoked?|hosted|usage|used|budget|prices?"
    r"|quota|rate|bytes|encrypted|groups?|roles?|users?|username|emails?|services?|functions?|lambda|stacks?|domains?|namespace"
    r"|env|environment|stdin|fd|index|position|algo|cache|handlers?|authorizers?|counts?|page|command|commands|exists|present|set"
    r"|number|methods?|ssm|arn_\w+|config|settings?|options?|permissions?|units?|validity|strategy|flow|family|category|level|tier|plan|template|view|model|dim|dimensions?|vocab|embeddings?"
    r"|chars|charset|alphabet|separator|delimiter|symbol|address|chain|decimals|contract|window|schedule|question|recovery|link|form|map"
    r"|message|error|warning|kms|vault|mount|volume|stage|stages|staging_labels?|loc|mandatory)\d*$"
)
_HARMLESS_START = re.compile(
    r"^(?:_|no_|use_|has_|is_|enable_|disable_|require_|requires_|allow_|skip_|max_|min_|num_|show_|hide_|rotate_|validate_|manage_"
    r"|next_|last_page_|starting_|continuation_|pagination_|idempotency_|aws_request_|token_ttl)"
)
_HARMLESS_TOKEN = re.compile(
    r"(?:^|_)(?:next|page|paging|pagination|continuation|starting|start|resume|upload|idempotency|client_request|creator_request|task"
    r"|request|lock|update|change|checkpoint|max|min|num|prompt|output|input|total|completion)_?(?:page_|record_)?tokens?(?=_|$)"
)


_CONDITION_KEY = re.compile(r"[a-z][a-z0-9-]*:[A-Z]")
"""A key of an IAM condition, such as `aws:PrincipalTag/token`."""


@lru_cache(maxsize=16384)
def tells_secret(name: str) -> str:
    """What the name of a setting tells of its value: `password`, `secret` (a key or token), or nothing."""
    if _CONDITION_KEY.match(name):
        return ""
    words = _BOUNDARY.sub("_", name[:200]).lower().strip("_")
    if _HARMLESS_END.search(words) or _HARMLESS_START.match(words) or _HARMLESS_TOKEN.search(words):
        return ""
    if _STRONG.search(words):
        return "password"
    return "secret" if _TELLING.search(words) else ""


_REFERENCE = re.compile(
    r"arn:aws|\{[{%]|\$\{|\$\(|\$\$?\.|\$(?:[A-Z_][A-Z0-9_]*|[a-z_]+|[a-z]+(?:[A-Z][a-z]+)+|env:\w+)\W*$|%\w+%$|%\(?\w*\)?s$|\{[\w.\s]*\}$|<[^>]*>?$"
    r"|!(?:Ref|Sub|GetAtt|ImportValue|Join|If|FindInMap|Select|Split|Base64)\b|Fn::|Ref\b\W|AWS::|alias/"
    r"|(?:ssm|ssm-secure|secretsmanager|resolve|vault|awskms|gcpkms|kms|sm|file|env|from|op|ref\+\w+|keyring|bitwarden|aws-sm|awssm):(?!\S*[^\w/:.@-])"
    r"|AQI[CA]A|AQEC|ENC\[|\{cipher\}|-----BEGIN (?:CERTIFICATE|PUBLIC|RSA PUBLIC)|ssh-(?:rsa|ed25519|dss) |ecdsa-sha2-"
    r"|(?:https?|s3|gs|sftp|ftps?|wss?|ldaps?|tcp|amqps?|rediss?|mysql|postgres(?:ql)?|mongodb(?:\+srv)?|jdbc:\w+)://[^@\s]*$"
    r"|States\.[A-Z]\w+\(|sha(?:256|512):[0-9a-f]{40}"
    r"|(?:method|integration|context|stageVariables|request|process\.env|os\.environ|self|this|var|local|module|data)\.[\w.-]"
    r"|\d{4}-\d\d-\d\d|\d{1,5}$|\d{1,6}\s?(?:ms|[smhd]|min|days?|hours?)$|\d+(?:\.\d+){1,3}$"
    r"|[*x•.:#_?-]+$|xxx+\b|\[redacted "
)
_INTERPOLATED = re.compile(r"\$\{[^}]*\}|\{\{[^}]*\}\}|\$\([^)]*\)|#\{[^}]*\}|<%=?.*?%>")
_PATH = re.compile(r"[~.]{0,2}(?:/[\w.@:+-]{1,60})+/?$|[A-Za-z]:\\[\w\\. -]+$|[a-z][a-z0-9_.-]*(?:/[a-z0-9_.-]+)+$")
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)")
_LONG = 32
_WORDS = """
    true false yes no on off null nil none undefined void never any string str text number int integer boolean
    bool object array list map bytes required optional enabled disabled default auto automatic manual managed
    inherit inherited bearer basic digest oauth oauth2 oidc saml jwt cookie header headers query body form aws
    aws_iam iam ssm vault env environment secretsmanager parameterstore sha1 sha256 sha384 sha512 md5 bcrypt
    argon2 argon2id scrypt pbkdf2 hs256 hs384 hs512 rs256 rs384 rs512 es256 es384 es512 hmac scram-sha-256
    aes256 aes-256 aws:kms aws_owned_key customer_managed_key password passwd secret token credential
    credentials securestring stringlist plaintext plain opaque redacted hidden masked omitted removed sensitive
    noecho n/a tbd todo unknown empty unset unused static dynamic file session_token access_token refresh_token
    id_token client_secret api_key userpassword srp keyword forever expired invalid valid missing active
    inactive pending alphanumeric anything everything something nothing rotated public private hours minutes
    days seconds
"""
_STOP = frozenset(_WORDS.split())
"""Words that stand where a secret could, and are none."""


def is_literal(value: str) -> bool:
    """Whether a value where a secret belongs is one, and not a reference, a placeholder or a mere word."""
    value = value.strip().strip("\"'")
    if not value or _REFERENCE.match(value) or value.lower() in _STOP:
        return False
    if "{" in value or "$(" in value or "<%" in value:
        rest = _INTERPOLATED.sub("", value)
        if rest != value and not _RANDOM.match(rest):
            return False
    return not (_PATH.match(value) and not (len(value) >= _LONG and _RANDOM.match(value)))


_NAMELIKE = re.compile(r"[a-z0-9]+(?:[-_./][a-z0-9]+)+$|[A-Z]+(?:_[A-Z0-9]+)+$|[A-Z]?[a-z]+(?:[A-Z][a-z]+)+$", re.ASCII)
_SHORT = 6
_WEAK = frozenset({"password", "passwd", "secret", "admin"})


def is_secret(name: str, value: str) -> bool:
    """Whether the value of a setting is secret by the setting's name."""
    told = tells_secret(name)
    if not told:
        return False
    if told == "password" and value.lower() in _WEAK and value.lower() != name.lower():
        return True
    if not is_literal(value):
        return False
    if told == "password":
        return True
    return len(value) >= _SHORT and not (_NAMELIKE.match(value) and tells_secret(value))
