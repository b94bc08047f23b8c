"""Edge authentication and personalization."""

import re
from collections.abc import Iterator
from operator import attrgetter

from auditor.every import Every
from auditor.evidence.cloudfront import (
    Behavior,
    CachePolicy,
    CloudFrontFunction,
    CloudFrontFunctionCode,
    Distribution,
    OriginRequestPolicy,
)
from auditor.model import Severity, Verdict, failed, not_applicable, passed
from auditor.wiring import check

_ID = attrgetter("id")

_KEY_LITERAL = re.compile(r"createHmac\(\s*['\"][\w-]+['\"]\s*,\s*['\"][^'\"]{16,}['\"]")
_NAMED_LITERAL = re.compile(
    r"(?i)\b(?:const|let|var)\s+\w*(?:secret|key|password|token)\w*\s*=\s*['\"][^'\"\s]{16,}['\"]"
)
_BASIC_LITERAL = re.compile(r"['\"]Basic\s+(?:['\"]\s*\+\s*['\"])?[A-Za-z0-9+/]{8,}={0,2}['\"]")


@check(severity=Severity.HIGH, practices=["SEC02-BP03"])
def cloudfront_function_no_secret_in_code(function: CloudFrontFunction, code: CloudFrontFunctionCode) -> Verdict:
    """Edge functions hold no signing keys or credentials in code.

    Why: everyone who may read the function, its repository or its build logs can then sign tokens of their own.
    Fix: take the key out of the code, replace it, and verify with a key from a KeyValueStore, or use a signature
        by public key in Lambda@Edge.
    """
    found = {*code.literal_secrets, *_literal_keys(code.source)}
    if found:
        kinds = ", ".join(sorted(found))
        return failed(f"the {function.stage} code holds a literal {kinds}", kinds=sorted(found))
    return passed(f"the {function.stage} code holds no literal that looks like a secret")


def _literal_keys(source: str) -> Iterator[str]:
    if _KEY_LITERAL.search(source):
        yield "HMAC key"
    if _NAMED_LITERAL.search(source):
        yield "value of a name that means a secret"
    if _BASIC_LITERAL.search(source):
        yield "Basic credential"


_SPLITS_TOKEN = re.compile(r"split\(\s*['\"]\.['\"]\s*\)|Bearer")
_DECODES = re.compile(r"\batob\(|Buffer\.from\([^)]*base64|JSON\.parse\(")
_EXPIRY = re.compile(r"\bexp\b")
_ASYMMETRIC = re.compile(r"\b(?:RS|ES|PS)(?:256|384|512)\b")


@check(severity=Severity.HIGH, practices=["SEC09-BP03", "SEC11-BP04"])
def cloudfront_jwt_function_verifies_signature(
    function: CloudFrontFunction, code: CloudFrontFunctionCode, distributions: Every[Distribution]
) -> Verdict:
    """JWT functions at the edge check signature and expiry.

    Why: a token whose signature nobody checks can be written by anyone, with any name and role in it.
    Fix: verify HS256 tokens with crypto.createHmac and compare exp with the time; verify RS256 and ES256 in
        Lambda@Edge or at the origin. The code is judged by its text: read it before acting.
    """
    if not function.is_live:
        return not_applicable("only the live stage runs")
    if not (_SPLITS_TOKEN.search(code.source) and _DECODES.search(code.source)):
        return not_applicable("it reads no token")
    if not any(_judges_viewers(behavior, function.arn) for one in distributions for behavior in one.behaviors):
        return not_applicable("no behavior runs it on viewer requests")
    problems = list(_unverified(code.source))
    return failed("; ".join(problems)) if problems else passed("it makes an HMAC and reads the expiry of tokens")


def _judges_viewers(behavior: Behavior, arn: str) -> bool:
    return any(one.function == arn and one.event == "viewer-request" for one in behavior.functions)


def _unverified(source: str) -> Iterator[str]:
    if "createHmac" not in source:
        yield "it decodes a token and never computes its signature"
    if not _EXPIRY.search(source):
        yield "it never reads the exp claim"
    asymmetric = _ASYMMETRIC.search(source)
    if asymmetric:
        yield f"it names {asymmetric[0]}, which CloudFront Functions cannot verify"


_VARIANTS = (
    "CloudFront-Viewer-Country",
    "CloudFront-Is-Mobile-Viewer",
    "CloudFront-Is-Tablet-Viewer",
    "Accept-Language",
)
_DYNAMIC = frozenset({"apigw", "lambda_url", "other", "vpc_origin"})

Problem = tuple[Severity, str]


@check(severity=Severity.HIGH, practices=["SEC08-BP04", "SEC03-BP07"])
def cloudfront_personalized_response_not_shared(
    distribution: Distribution, caches: Every[CachePolicy], requests: Every[OriginRequestPolicy]
) -> Verdict:
    """Personalized responses are not served to other viewers from cache.

    Why: what the origin answers to one viewer's cookie is stored and given to the next one.
    Fix: put the cookie or header into the cache key, or use Managed-CachingDisabled for paths that depend on it.
    """
    if not distribution.serves:
        return not_applicable("it is disabled, or a staging copy")
    problems = [
        problem
        for behavior in distribution.behaviors
        if behavior.cache_policy and behavior.origin_request_policy
        for cache in caches.by(_ID).get(behavior.cache_policy, ())
        for request in requests.by(_ID).get(behavior.origin_request_policy, ())
        for problem in _shared(distribution, behavior, cache, request)
    ]
    if not problems:
        return passed("what reaches the origins by viewer is in the cache key, or is not cached")
    worst = max((severity for severity, _ in problems), key=lambda one: one.rank)
    return failed("; ".join(reason for _, reason in problems), severity=worst)


def _shared(
    distribution: Distribution, behavior: Behavior, cache: CachePolicy, request: OriginRequestPolicy
) -> Iterator[Problem]:
    if cache.never_caches:
        return
    secret = _personal(cache, request)
    kinds = {one.kind for one in distribution.origins_of(behavior)}
    if secret and cache.min_ttl > 0:
        yield Severity.HIGH, f"{behavior.path} keeps answers to {secret} for at least {cache.min_ttl} s for everyone"
    elif secret and cache.default_ttl > 0 and kinds & _DYNAMIC:
        yield Severity.MEDIUM, f"{behavior.path} keeps answers to {secret} for everyone unless the origin forbids it"
    runs = any(one.event.startswith("origin-") for one in behavior.lambdas)
    variant = next((one for one in _VARIANTS if request.sends_header(one) and not cache.varies_by(one)), None)
    if runs and variant:
        yield Severity.LOW, f"{behavior.path} varies by {variant}, which is not in its cache key"


def _personal(cache: CachePolicy, request: OriginRequestPolicy) -> str:
    """What tells viewers apart, reaches the origin and is not in the cache key."""
    if request.cookie_behavior != "none" and cache.cookie_behavior == "none":
        return "cookies"
    if request.sends_header("Authorization") and not cache.varies_by("Authorization"):
        return "the header Authorization"
    return ""
