# ruff: noqa: E501 - a pattern stands on one line
"""Secrets in free text: user data, code, templates, command lines, documents of any kind.

A name that tells, then something that assigns, then a value that is written out. What only mentions a secret stays: an
expression (`process.env.DB_PASSWORD`), a reference (`{{resolve:…}}`), a command (`$(curl …)`), a type, a sentence.
"""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from auditor.secrets_shapes import Found, looks_secret, shapes
from auditor.secrets_values import is_literal, tells_secret

_MENTIONS = re.compile(
    r"p(?:ass|wd|sk)|s(?:ecret|alt|ign\(|ecurestring)|token|k(?:ey)|c(?:red|onn)|auth|b(?:earer|asic )|identified|hmac"
    r"|jwt|verify\(|mnemonic|login|net user|-(?:u |-user|a |p)"
).search
"""What a text must mention, in lower case, to be looked at for what it assigns or hands over."""
_HANDS_OVER = re.compile(r"[=:|?(<\"'`\n]|\s-|\A-|login |require|masterauth|net user|[Bb]earer |[Bb]asic ").search
_RUN = re.compile(r"[A-Za-z0-9+/]{28}").search
_ENCODED = re.compile(r"[A-Za-z0-9+/]{28,}+(?:\r?\n[ \t]*[A-Za-z0-9+/]{2,}+)*+={0,2}")
_MARKER = re.compile(r"\[redacted [a-z-]+ [0-9a-f]{8}\]")
_MOST = 1 << 20
"""Bytes that something compressed is unpacked to, at most."""
_DEEPEST = 3
_SHORTEST = 6
_LONG = 28


def replaced(text: str, marker: Callable[[str, str], str]) -> str:
    """The text with its secrets replaced by markers."""
    if not (_tells(text) or looks_secret(text) or (len(text) >= _LONG and _RUN(text))):
        return text
    return _with_markers(text, secrets_of(text), marker)


def replaced_shapes(text: str, marker: Callable[[str, str], str]) -> str:
    """The text with those of its secrets replaced that their shape gives away."""
    return _with_markers(text, shapes(text), marker)


def _with_markers(text: str, found: Iterable[Found], marker: Callable[[str, str], str]) -> str:
    pieces, done = [], 0
    for one in _apart(text, found):
        pieces += [text[done : one.start], marker(one.kind, one.secret)]
        done = one.end
    return "".join([*pieces, text[done:]]) if done else text


def _apart(text: str, found: Iterable[Found]) -> list[Found]:
    """What was found in order, overlaps joined, without what is a marker already."""
    markers = [match.span() for match in _MARKER.finditer(text)] if "[redacted " in text else []
    apart: list[Found] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if any(start < one.end and one.start < end for start, end in markers):
            continue
        if apart and one.start < apart[-1].end:
            if one.end > apart[-1].end:
                whole = text[apart[-1].start : one.end]
                apart[-1] = Found(apart[-1].start, one.end, apart[-1].kind, whole)
        else:
            apart.append(one)
    return apart


def _tells(text: str) -> bool:
    return _HANDS_OVER(text) is not None and _MENTIONS(text.lower()) is not None


def secrets_of(text: str, depth: int = 0) -> Iterator[Found]:
    """Every secret in a text; some may overlap."""
    if len(text) < _SHORTEST:
        return
    yield from shapes(text)
    if _tells(text):
        yield from chain.from_iterable(rule(text) for rule in _RULES)
    if depth < _DEEPEST:
        yield from _encoded(text, depth)


# --- assignments


_SITE = re.compile(
    r"(?P<name>(?<![\w$-])[\w$.-]{2,80}+)(?P<close>\\*[\"'`]?\]?)(?P<gap>[ \t]{0,20})"
    r"(?P<sep>:=|:-|\?=|=>|===?|!==?|\|\||\?\?|[:=])(?P<after>[ \t]*)"
)
_PREFIX = r"(?:\b[rbfuRBFU]{1,2}|@)?"
_QUOTED = re.compile(
    _PREFIX + r"(?:(?P<slashes>\\+)(?P<mark>[\"'])(?P<escaped>(?:(?!\\+[\"'])[^\n]){0,4000})\\+(?P=mark)"
    r"|\"(?P<double>(?:[^\"\\\n]|\\.){0,4000})\"|'(?P<single>(?:[^'\\\n]|\\.){0,4000})'|`(?P<tick>[^`\n]{0,4000})`)"
)
_BARE = re.compile(r"[^\s\"'`;&|<>\\]+")
_DOTTED = re.compile(r"[A-Za-z_$][\w$]*\??(?:(?:\.|::|->)[A-Za-z_$#][\w$]*\??)+[!?]?$")
_WORD = re.compile(r"[A-Za-z_$][A-Za-z_$]*$")
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*$")
_EXPRESSION_START = tuple("$({[<!&*@%|>")
_CODE = re.compile(r"(?m)\b(?:function|const|let|var|return|import|def|async|await|class|interface)\b|=>|;\s*$")
_LINE_END = re.compile(r"[ \t]*(?:[,;}\])\"'\\]|#|//|\r?\n|$)")
_JUDGED = 512
"""Characters of a value by which it is judged."""
_CLOSERS = ",)}];:"


def _assigned(text: str) -> Iterator[Found]:
    done = 0
    for site in _SITE.finditer(text):
        told = tells_secret(site["name"]) if site.start() >= done else ""
        if not told or (site["sep"] == ":" and text[site.start() - 1 : site.start()] in (":", "/")):
            continue
        quoted = _QUOTED.match(text, site.end())
        found = _quoted(site, quoted, told) if quoted else _bare(text, site, told)
        if found:
            done = found.end
            yield found


def _span(quoted: re.Match[str]) -> tuple[int, int, str]:
    group = next(name for name in ("escaped", "double", "single", "tick") if quoted[name] is not None)
    return quoted.start(group), quoted.end(group), quoted[group]


_SENTENCE = re.compile(r"[^\d]*\s[^\d]*$")
_LETTERS = 16
"""A key or token of letters alone has at least as many: a shorter one is a word."""
_LEAST = {"password": 4, "secret": 8}


def _quoted(site: re.Match[str], quoted: re.Match[str], told: str) -> Found | None:
    start, end, value = _span(quoted)
    tight = site["sep"] == "=" and not site["gap"] and not site["after"]
    if "f" in quoted[0][:2].lower().split('"')[0].split("'")[0] and "{" in value:
        return None
    return _written(start, end, value, told, site["name"], spaces=tight and told == "password")


def _written(start: int, end: int, value: str, told: str, name: str, *, spaces: bool = False) -> Found | None:
    """A value between quotation marks: a secret unless it is a sentence, a word or another name."""
    if len(value) < _LEAST[told] or not is_literal(value) or value.lower() == name.lower():
        return None
    if _SENTENCE.match(value) and not spaces:
        return None
    if told == "secret" and (
        tells_secret(value) or (_letters(value) and len(value) < _LETTERS) or " " in value.strip()
    ):
        return None
    return Found(start, end, "password", value)


def _letters(value: str) -> bool:
    return not any(map(str.isdigit, value)) and all(one.isalpha() or one in "-_./: " for one in value)


def _bare(text: str, site: re.Match[str], told: str) -> Found | None:
    match = _BARE.match(text, site.end(), site.end() + _JUDGED)
    if match is None or site["sep"] in ("===", "==", "!==", "!=", "||", "??", "=>"):
        return None
    value = match[0]
    value = value.rstrip(_CLOSERS) if value.count("(") <= value.count(")") else value
    tight = site["sep"] in ("=", ":-") and not site["gap"] and not site["after"]
    if len(value) < max(_LEAST[told], 0 if tight else _SHORTEST) or not is_literal(value) or _DOTTED.match(value):
        return None
    good = _tight(text, site, value, told) if tight else _spaced(text, site, value, told)
    if good and match.end() - match.start() == _JUDGED:
        match = _BARE.match(text, site.end())
        value = match[0] if match else value
    return Found(site.end(), site.end() + len(value), "password", value) if good else None


def _tight(text: str, site: re.Match[str], value: str, told: str) -> bool:
    """`NAME=value` of a shell, an option, a query; not a keyword argument, and no call."""
    if "(" in value and re.match(r"[\w.$]+\(", value):
        return False
    before = text[: site.start()].rstrip()[-1:]
    behind = text[site.end() + len(value) : site.end() + len(value) + 1]
    if before in ("(", ",") and behind in (",", ")") and _IDENTIFIER.match(value):
        return False
    if _WORD.match(value):
        return (
            behind not in (",", ")", ".") and not tells_secret(value) and (told == "password" or len(value) >= _LETTERS)
        )
    if value.startswith(("$", "{", "<", "[")):
        return False
    return not ((told == "secret" or _IDENTIFIER.match(value)) and tells_secret(value))


def _spaced(text: str, site: re.Match[str], value: str, told: str) -> bool:
    """`name: value` and `name = value`, as in YAML and INI files; in code a value without quotes is an expression."""
    if value.startswith(_EXPRESSION_START) or "(" in value or "[" in value or "::" in value:
        return False
    if not _LINE_END.match(text, site.end() + len(value)):
        return False
    code = _CODE.search(text) is not None
    if _IDENTIFIER.match(value) and (code or tells_secret(value)):
        return False
    if _letters(value):
        line = text.rfind("\n", 0, site.start()) + 1
        alone = not text[line : site.start()].strip(" \t-\"'")
        return told == "password" and alone and not code and value.islower()
    return told == "password" or not tells_secret(value)


# --- other ways to hand over a secret


_VALUE = r"(?:\\*\"(?P<d>[^\"\n\\]{3,500})\\*\"|\\*'(?P<s>[^'\n\\]{3,500})\\*'|(?P<b>[^\s\"'`;&|<>\\,()]{3,500}))"
_NAMED_RULES = tuple(
    (hint, re.compile(pattern + _VALUE))
    for hint, pattern in (
        ("-", r"(?<!\S)[-]{1,2}(?P<name>[A-Za-z][\w-]{2,40})[ \t]+(?!-)"),
        ("alue", r"(?:Parameter|Output|Option)?(?:[Nn]ame|[Kk]ey)\\*[\"']?[ \t]*[:=][ \t]*\\*[\"']?(?P<name>[\w./-]{2,80})\\*[\"']?[ \t]*,?\s+\\*[\"']?(?:\w*[Vv]alue)\\*[\"']?[ \t]*[:=][ \t]*"),
        ("(", r"\(\s*\\*[\"'](?P<name>[\w.-]{2,60})\\*[\"']\s*,\s*(?=\\*[\"'])"),
        ("Default:", r"(?m)^(?P<indent>[ \t]*+)[\"']?(?P<name>[A-Za-z]\w{2,80}+)[\"']?:[ \t]*\r?\n(?:(?P=indent)[ \t]++(?!Default)[^\n]*+\n){0,8}+(?P=indent)[ \t]++Default:[ \t]*"),
        ("</", r"<(?P<name>[\w.:-]{2,60})(?:\s[^<>]{0,200})?>(?=[^<>\n]{3,500}</)"),
        ("(", r"(?i)(?:\.|\bset|\bwith)(?P<name>pass(?:word|wd)|api_?key|token|secret)\(\s*(?=\\*[\"'])"),
    )
)  # fmt: skip
_PLAIN_RULES = tuple(
    (kind, hints.split(), re.compile(pattern))
    for kind, hints, pattern in (
        ("password", "identified password", r"(?i)\b(?:user|role|login|grant)\b[^;\n]{0,200}?\b(?:identified\s+(?:with\s+\S+\s+)?by|password)\s+(?:as\s+)?" + "(?=\\\\*['\"])" + _VALUE),
        ("bearer-token", "bearer ssws splunk apikey", r"(?i)\b(?:bearer|ssws|splunk|apikey)\s+(?P<b>(?=[^\s\"']*\d)[\w.~+/-]{16,}={0,2})"),
        ("basic-auth", "basic", r"\b[Bb]asic\s+(?P<b>[A-Za-z0-9+/]{8,}={0,2})(?![\w+/=-])"),
        ("password", "-u --user --proxy-user", r"(?:\s-u|\s--user|\s--proxy-user)[ =]?\\*[\"']?[\w.@-]{1,64}:(?P<b>[^\s\"'\\]{3,})"),
        ("password", "chpasswd", r"(?:\b[\w-]{1,32}|\}):(?P<b>[^\s\"':]{4,})\\*[\"']?\s*\|\s*(?:sudo\s+)?chpasswd"),
        ("password", "echo", r"\becho\s+(?:-n\s+|-e\s+)?" + _VALUE + r"\s*\|\s*(?:sudo\s+)?(?:passwd|docker\s+login|podman\s+login|helm\s+registry|vncpasswd|kinit|gh\s+auth)\b"),
        ("password", "-p", r"\b(?:mysql|mariadb)\w*\b[^\n|;]{0,200}?\s-p(?=[^\s])" + _VALUE),
        ("password", "-p -w", r"\b(?:sshpass|docker\s+login|podman\s+login|az\s+login|smbclient|ldapsearch)\b[^\n|;]{0,200}?\s-(?:p|w)\s*" + _VALUE),
        ("password", "redis-cli", r"\bredis-cli\b[^\n|;]{0,200}?\s-a\s+" + _VALUE),
        ("password", "requirepass masterauth", r"(?m)^\s*(?:requirepass|masterauth)\s+" + _VALUE),
        ("password", "login", r"(?i)\blogin\s+\S+\s+password\s+" + _VALUE),
        ("password", "net", r"(?i)\bnet\s+user\s+\S+\s+(?!/)" + _VALUE + r"\s+/add"),
        ("password", "securestring", r"(?i)ConvertTo-SecureString\s+(?:-String\s+)?(?=\\*[\"'])" + _VALUE),
        ("password", "chpasswd", r"(?s)chpasswd:.{0,300}?\n\s*(?:-\s+)?(?:root|admin|ubuntu|ec2-user|centos|debian|[a-z]{3,12}user):(?P<b>[^\s:|]{4,})"),
        ("hmac-key", "createhmac", r"createHmac\(\s*['\"][\w-]+['\"]\s*,\s*(?:Buffer\.from\(\s*)?(?=['\"])" + _VALUE),
        ("hmac-key", "hmac.", r"\bhmac\.(?:new|HMAC)\(\s*(?:key\s*=\s*)?b?(?=['\"])" + _VALUE),
        ("hmac-key", "jwt.", r"(?i)\bjwt\.(?:sign|verify|encode|decode)\([^,\n]{1,200},\s*(?=['\"])" + _VALUE),
    )
)  # fmt: skip


def _value_of(match: re.Match[str]) -> tuple[int, int, str, bool]:
    """Where the value of a rule stands, the value, and whether it stood between quotation marks."""
    groups = match.groupdict()
    group = next(name for name in ("d", "s", "b") if groups.get(name) is not None)
    return match.start(group), match.end(group), match[group], group != "b"


def _named(text: str) -> Iterator[Found]:
    for rule in (rule for hint, rule in _NAMED_RULES if hint in text):
        for match in rule.finditer(text):
            told = tells_secret(match["name"])
            start, end, value, quoted = _value_of(match)
            if not told or (not quoted and (_DOTTED.match(value) or value.startswith(_EXPRESSION_START))):
                continue
            found = None if value.endswith(":") else _written(start, end, value, told, match["name"])
            if found:
                yield found


def _handed_over(text: str) -> Iterator[Found]:
    lowered = text.lower()
    for kind, rule in ((kind, rule) for kind, hints, rule in _PLAIN_RULES if any(hint in lowered for hint in hints)):
        for match in rule.finditer(text):
            start, end, value, quoted = _value_of(match)
            if kind == "basic-auth" and not _is_basic(value):
                continue
            sentence = _SENTENCE.match(value) if quoted else value.startswith(_EXPRESSION_START)
            if is_literal(value) and not sentence and not _DOTTED.match(value):
                yield Found(start, end, kind, value)


def _is_basic(value: str) -> bool:
    """Whether it is the base64 of `user:password`."""
    plain = unpacked(value)
    return plain is not None and ":" in plain and is_literal(plain.partition(":")[2])


_SECRET_KEY = re.compile(
    r"(?<![A-Za-z0-9/+_-])(?=[A-Za-z0-9/+]*\d)(?=[A-Za-z0-9/+]*[A-Z])(?=[A-Za-z0-9/+]*[a-z])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-])"
)
_KEY_PLACE = re.compile(r"(?i)secret|\bA[KS]IA[A-Z2-7]{16}")
_NEAR = 160


def _secret_access_keys(text: str) -> Iterator[Found]:
    """Forty characters of base64 near the word secret or an access key id."""
    if _KEY_PLACE.search(text):
        for match in _SECRET_KEY.finditer(text):
            if _KEY_PLACE.search(text, max(0, match.start() - _NEAR), match.start()):
                yield Found(*match.span(), "aws-secret-key", match[0])


_RULES = (_secret_access_keys, _assigned, _named, _handed_over)


# --- encoded


def unpacked(value: str) -> str | None:
    """The text behind base64, compressed or not; None where there is none."""
    try:
        data = base64.b64decode("".join(value.split()), validate=True)
    except ValueError:
        return None
    return plain_text(data)


def plain_text(data: bytes) -> str | None:
    """Bytes as text, unpacked where they are compressed; None where they are neither."""
    if data[:2] == b"\x1f\x8b" or data[:2] in (b"\x78\x9c", b"\x78\xda", b"\x78\x01"):
        try:
            data = zlib.decompressobj(wbits=47).decompress(data, _MOST)
        except zlib.error:
            return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _encoded(text: str, depth: int) -> Iterator[Found]:
    """Base64 within a text that hides a secret: parts of MIME messages, files that cloud-init writes."""
    for match in _ENCODED.finditer(text):
        plain = unpacked(match[0])
        if plain and (inner := next(secrets_of(plain, depth + 1), None)):
            yield Found(*match.span(), inner.kind, inner.secret)


__all__ = ["Found", "looks_secret", "plain_text", "replaced", "replaced_shapes", "secrets_of", "unpacked"]
