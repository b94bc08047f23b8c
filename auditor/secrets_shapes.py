# ruff: noqa: E501 - the table has a line for each shape
"""Secrets that their shape gives away, in whatever field: vendors' keys, private keys, URLs with credentials.

One table says it all. A hint is how a shape begins, behind something that is no letter and no digit; the hints together
are the cheap question that every string of every response is asked first (`looks_secret`), so they are literals.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from auditor.secrets_values import is_literal


class Found(NamedTuple):
    """A secret in a text: from where to where, of which kind, and what to fingerprint."""

    start: int
    end: int
    kind: str
    secret: str


_PEM = (
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?=[\s\\nr]*[A-Za-z0-9+/=:, -]{8})"
    r"(?:[A-Za-z0-9+/=\s\\:,.]|-(?!----))*+(?:-----END [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
)

_TABLE: tuple[tuple[str, str, str], ...] = (
    # kind, hints (literals, how it begins), pattern (group 1 is the secret where there is one)
    ("private-key", "----BEGIN", _PEM),
    ("private-key", "PuTTY-User-Key-File-", r"PuTTY-User-Key-File-\d:[\s\S]*?Private-MAC:.*"),
    ("age-key", "AGE-SECRET-KEY-1", r"AGE-SECRET-KEY-1[0-9A-Z]{50,60}"),
    ("signed-url", "Amz-Signature= Goog-Signature=", r"(?<=\?)[^\s\"'<>\\]*X-(?:Amz|Goog)-Signature=[0-9a-f]{6,}[^\s\"'<>\\]*"),
    ("signed-url", "Signature=", r"(?<=\?)(?=[^\s\"'<>\\]*(?:AccessKeyId|Key-Pair-Id|GoogleAccessId)=)[^\s\"'<>\\]*[?&]?Signature=[\w%~+/-]{20,}[^\s\"'<>\\]*"),
    ("signed-url", "sig=", r"[?&]sig=([\w%+/=-]{30,})"),
    ("aws-access-key", "AKIA ASIA", r"(?<![A-Za-z0-9/+])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9/+])"),
    ("aws-access-key", "ABSK bedrock-api-key-", r"(?:ABSK[A-Za-z0-9+/]{100,}={0,2}|bedrock-api-key-[A-Za-z0-9+/]{40,}={0,2})"),
    ("aws-session-token", "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz", r"(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[A-Za-z0-9+/]{60,}={0,2}"),
    ("appsync-key", "da2-", r"da2-[a-z0-9]{26}(?![A-Za-z0-9])"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"),
    ("gitlab-token", "glpat- gldt- glrt- glptt- glcbt- glsoat- glft- gloas- glagent- glimt-", r"gl(?:pat|dt|rt|ptt|cbt|soat|ft|oas|agent|imt)-[\w.-]{20,}"),
    ("slack-token", "xoxa- xoxb- xoxe- xoxe. xoxo- xoxp- xoxr- xoxs- xapp-", r"(?:xox[abeoprs][-.][\w.-]{10,}|xapp-\d-[\w-]{20,})"),
    ("webhook", "hooks.slack.com/ discord.com/api/webhooks/ discordapp.com/api/webhooks/ webhook.office.com/", r"(?:hooks\.slack\.com/(?:services|workflows|triggers)|discord(?:app)?\.com/api/webhooks|webhook\.office\.com/webhookb2)/([\w/@.-]{30,})"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{24,})"),
    ("google-key", "AIza GOCSPX- ya29.", r"(?:AIza[\w-]{35}(?![\w-])|GOCSPX-[\w-]{24,}|ya29\.[\w-]{20,})"),
    ("sendgrid-key", "SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    ("mailgun-key", "key-", r"key-[0-9a-f]{32}(?![0-9A-Za-z-])"),
    ("mailchimp-key", "us", r"(?<![\w-])[0-9a-f]{32}-us\d{1,2}(?![\w-])"),
    ("json-web-token", "eyJ", r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"),
    ("npm-token", "npm_", r"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])"),
    ("pypi-token", "pypi-", r"pypi-AgE[\w-]{50,}"),
    ("docker-token", "dckr_pat_ dckr_oat_", r"dckr_[po]at_[\w-]{20,}"),
    ("rubygems-key", "rubygems_", r"rubygems_[0-9a-f]{48}"),
    ("twilio-key", "SK", r"SK[0-9a-f]{32}(?![0-9A-Za-z])"),
    ("telegram-token", "AA", r"(?<![\w:-])\d{8,10}:AA[\w-]{33}(?![\w-])"),
    ("discord-token", "", r"(?<![\w.-])[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,40}(?![\w.-])"),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9A-Fa-f]{32}"),
    ("square-token", "sq0atp- sq0csp- EAAA", r"(?:sq0(?:atp|csp)-[\w-]{22,}|EAAA[\w-]{60})"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", r"do[por]_v1_[0-9a-f]{64}"),
    ("heroku-key", "HRKU-", r"HRKU-[\w-]{30,}"),
    ("vault-token", "hvs. hvb. hvr.", r"hv[sbr]\.[\w-]{24,}"),
    ("terraform-token", "atlasv1.", r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,}"),
    ("newrelic-key", "NRAK- NRJS- NRII- NRSP-", r"NR(?:AK|JS|II|SP)-[\w-]{19,}"),
    ("databricks-token", "dapi", r"dapi[0-9a-f]{32}"),
    ("anthropic-key", "sk-ant-", r"sk-ant-[\w-]{20,}"),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin- sk-", r"sk-(?:(?:proj|svcacct|admin)-[\w-]{40,}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48})"),
    ("huggingface-token", "hf_", r"hf_[A-Za-z0-9]{30,}"),
    ("replicate-token", "r8_", r"r8_[A-Za-z0-9]{37}"),
    ("groq-key", "gsk_", r"gsk_[A-Za-z0-9]{40,}"),
    ("perplexity-key", "pplx-", r"pplx-[A-Za-z0-9]{40,}"),
    ("xai-key", "xai-", r"xai-[A-Za-z0-9]{60,}"),
    ("linear-key", "lin_api_ lin_oauth_", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}"),
    ("notion-token", "ntn_ secret_", r"(?:ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{43}(?![A-Za-z0-9]))"),
    ("figma-token", "figd_", r"figd_[\w-]{36,}"),
    ("airtable-token", "pat", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("postman-key", "PMAK-", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    ("atlassian-token", "ATATT3 ATCTT3 ATBB", r"(?:AT[AC]TT3[\w=-]{50,}|ATBB[A-Za-z0-9]{32})"),
    ("dynatrace-token", "dt0c01. dt0s16.", r"dt0(?:c01|s16)\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("grafana-token", "glsa_ glc_eyJ", r"(?:glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|glc_eyJ[A-Za-z0-9+/=]{40,})"),
    ("sentry-token", "sntrys_eyJ sntryu_", r"(?:sntrys_eyJ[\w+/=]{40,}|sntryu_[0-9a-f]{64})"),
    ("doppler-token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim.", r"dp\.(?:pt|st|ct|sa|scim)\.(?:[\w-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    ("pulumi-token", "pul-", r"pul-[0-9a-f]{40}"),
    ("planetscale-token", "pscale_", r"pscale_(?:tkn|pw|oauth)_[\w.-]{32,}"),
    ("launchdarkly-key", "sdk-", r"sdk-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("sonar-token", "sqp_ squ_ sqa_", r"sq[pua]_[0-9a-f]{40}"),
    ("artifactory-token", "AKCp cmVmd", r"(?:AKCp[A-Za-z0-9]{69,}|cmVmdGtu[A-Za-z0-9]{50,})"),
    ("netlify-token", "nfp_", r"nfp_[A-Za-z0-9]{36,}"),
    ("fly-token", "FlyV1 fm2_", r"(?:FlyV1 |fm2_)[\w+/=,]{60,}"),
    ("supabase-key", "sbp_ sb_secret_", r"(?:sbp_[0-9a-f]{40}|sb_secret_[\w-]{20,})"),
    ("tailscale-key", "tskey-", r"tskey-(?:auth|api|client|scim|webhook)-[\w-]{20,}"),
    ("onepassword-token", "ops_eyJ A3-", r"(?:ops_eyJ[A-Za-z0-9+/=]{100,}|A3-[A-Z0-9]{6}-(?:[A-Z0-9]{5,11}-){2,5}[A-Z0-9]{5})"),
    ("azure-secret", "", r"(?<![\w~.-])[\w~.-]{3}[78]Q~[\w~.-]{31,34}(?![\w~.-])"),
    ("alibaba-key", "LTAI", r"LTAI[A-Za-z0-9]{20,24}(?![A-Za-z0-9])"),
    ("circleci-token", "CCIPAT_", r"CCIPAT_\w{22}_[0-9a-f]{40}"),
    ("contentful-token", "CFPAT-", r"CFPAT-[\w-]{40,}"),
    ("buildkite-token", "bkua_", r"bkua_[0-9a-z]{40}"),
    ("dropbox-token", "sl.", r"sl\.(?:u\.)?[\w-]{120,}"),
    ("braintree-token", "access_token$", r"access_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}"),
    ("razorpay-key", "rzp_live_ rzp_test_", r"rzp_(?:live|test)_[A-Za-z0-9]{14,}"),
    ("easypost-key", "EZAK EZTK", r"EZ[AT]K[A-Za-z0-9]{54}"),
    ("duffel-token", "duffel_live_ duffel_test_", r"duffel_(?:live|test)_[\w-]{40,}"),
    ("plaid-token", "access-production- access-development- access-sandbox-", r"access-(?:production|development|sandbox)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("facebook-token", "EAAC EAAB EAAG", r"EAA[BCG][A-Za-z0-9]{80,}"),
    ("url-password", "//", r"://[^\s/:@\"'<>\[\]\\]{0,64}:(?!\d{1,5}/)([^\s\"'<>\\]{1,128})(?=@)"),
    ("url-password", "tcp( unix(", r"[\w.-]:([^\s:@/\"']{1,128})@(?:tcp|unix)\("),
    ("connection-password", "Password= PASSWORD= password= Pwd= PWD= pwd= passwd=", r"(?:(?<=[;&?\s\"'])|\A)(?:[Pp]assword|PASSWORD|[Pp]wd|PWD|passwd)=([^\s;&\"'<>\\,()]{3,128})(?=[;&\s\"',]|\Z)"),
    ("azure-key", "AccountKey= SharedAccessKey= AccessKey=", r"(?:Account|SharedAccess|Access)Key=([A-Za-z0-9+/]{30,}={0,2})"),
)  # fmt: skip

_AFTER = {
    "//": r"[^\s/:@]{0,64}:[^\s\"'<>]{1,128}@",
    "SK": "[0-9a-f]{32}",
    "key-": "[0-9a-f]{32}",
    "sk-": "[A-Za-z0-9]{40}",
    "pat": r"[A-Za-z0-9]{14}\.",
    "sl.": r"[\w-]{2,120}",
    "sdk-": "[0-9a-f]{8}-",
    "SG.": r"[\w-]{16}",
    "dapi": "[0-9a-f]{32}",
    "A3-": "[A-Z0-9]{6}-",
    "us": r"\d{1,2}(?![\w-])",
    "AA": r"[\w-]{33}(?![\w-])",
}
"""What must follow a hint that is too short to tell much."""


def _any_of(hints: list[str]) -> str:
    """A pattern for hints, grouped by their first character: the regex engine then has few branches to try."""
    groups = groupby(sorted(hints), key=lambda hint: hint[0])
    return "|".join(
        re.escape(first) + "(?:" + "|".join(re.escape(one[1:]) + _AFTER.get(one, "") for one in rest) + ")"
        for first, rest in groups
    )


_HINTS = [hint for _, hints, _ in _TABLE for hint in hints.split()]
_INNER = r"(?<=[.~])(?:(?<=Q~)[\w~.-]{31}|(?<=\.[\w-]{6}\.)[\w-]{27})"
"""Within the two shapes that begin with nothing telling, Azure's and Discord's."""
_SUSPECT = re.compile(rf"[^A-Za-z0-9](?!\d)(?:{_any_of(_HINTS)}|{_INNER})").search
_OPEN = ("(?<", "://", "[?&]", "(?:(?<", "[\\w")
"""How patterns begin that say themselves what stands before them."""
_SHAPES = tuple(
    (
        kind,
        tuple(hints.split()),
        re.compile(pattern if pattern.startswith(_OPEN) else f"(?<![A-Za-z0-9]){pattern}"),
    )
    for kind, hints, pattern in _TABLE
)  # fmt: skip
_JUDGED = frozenset({"url-password", "connection-password"})
"""Kinds whose place tells more than their shape: there a reference may stand as well."""

SHORTEST = 12
_UUID = 36
"""Characters of the shortest string that can hold a shape."""


def looks_secret(text: str) -> bool:
    """Whether a text may hold a secret by its shape; a cheap question, asked of every string."""
    is_arn = text[:4] == "arn:" and " " not in text
    is_uuid = len(text) == _UUID and text[8::5][:4] == "----"
    if len(text) < SHORTEST or is_arn or is_uuid:
        return False
    return _SUSPECT(" " + text) is not None


def shapes(text: str) -> Iterator[Found]:
    """The secrets in a text that their shape gives away."""
    if not looks_secret(text):
        return
    for kind, hints, pattern in _SHAPES:
        if not hints or any(hint in text for hint in hints):
            for match in pattern.finditer(text):
                group = 1 if pattern.groups else 0
                secret = match.group(group)
                if kind not in _JUDGED or is_literal(secret):
                    yield Found(*match.span(group), kind, secret)
